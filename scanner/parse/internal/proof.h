/* What stands behind the answers of a message and says how far it can be believed: the authority's SOA or NS records,
 * and the extended errors of the OPT record.
 *
 * Spec       @rfc{2308,2.2} @rfc{6891,6.1.3} @rfc{8914,4}
 * In         The sections of a message that has been walked to its end
 * Out        struct mxs_proof
 * Limits     One SOA of the authority and one OPT are read, the first of each
 * Ownership  soa is a view of the message
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_PARSE_INTERNAL_PROOF_H
#define MXS_SCANNER_PARSE_INTERNAL_PROOF_H

#include "scanner/parse/internal/wire.h"

struct mxs_proof {
    const uint8_t *soa;  /* the owner of the authority section's SOA record; NULL without one */
    bool ns;             /* NS records stand there */
    bool rewritten;      /* an SOA stands in the additional section: so BIND marks what its policy zone (RPZ) wrote */
    unsigned rcode_high; /* the upper eight bits of the rcode */
    uint16_t ede;        /* code + 1; 0 none. Of several: what filters, then what is stale, then the first */
    bool filtered;       /* EDE 4, 15, 16, 17 */
    bool prohibited;     /* EDE 18: a filter, too, where the rcode is not a failure */
    bool ignorant;       /* EDE 20, 22, 23: it says that it could not know, so without an SOA it denies nothing */
};

/* wire->at stands at the first answer. */
void mxs_proof_read(struct mxs_wire *wire, uint32_t answers, uint32_t authorities, uint32_t additionals,
                    struct mxs_proof *out);
/* Whether the SOA is of a zone that name can lie in; at its apex only if it exists: some filters deny a name with an
 * SOA record of that very name. */
bool mxs_proof_covers(const struct mxs_proof *proof, struct mxs_wire *wire, const struct mxs_wire_name *name,
                      bool exists);

#endif
