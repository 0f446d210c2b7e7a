/* Facts hold no opinion. An outcome of MXS_NOT_ASKED means the check was not part of the run.
 *
 * Spec       @rfc{5321,5.1} @rfc{7505,3}
 * Out        What a run found out about a domain, as the judges read it
 * Limits     MXS_RECORDS_MAX MX hosts per domain
 * Ownership  Views; whoever assembles the facts owns all of it for the time of the judgement
 */
#ifndef MXS_MODEL_FACTS_H
#define MXS_MODEL_FACTS_H

#include "model/answer.h"

struct mxs_address {
    uint8_t family;     /* 4 or 6 */
    uint8_t bytes[16];  /* network order; IPv4 in the first four */
    uint32_t asn;       /* 0: unknown */
};

struct mxs_host_facts {
    uint32_t id;            /* the store's id of the host name */
    struct mxs_text name;   /* canonical; "" in a null MX */
    enum mxs_outcome a, aaaa;
    struct mxs_text alias;  /* the target when the name is a CNAME, else data NULL */
    const struct mxs_address *addresses; /* A then AAAA, sorted by bytes */
    uint32_t address_count;
    enum mxs_outcome registrable; /* settle stage: outcome of asking the registrable domain of a dangling
                                     MX host; MXS_NOT_ASKED otherwise */
    bool secure_tlsa;
};

struct mxs_mx_host {
    uint16_t preference;
    const struct mxs_host_facts *host;
};

struct mxs_domain_facts {
    struct mxs_text name;
    enum mxs_outcome mx;
    bool implicit;      /* mx is nodata and MX hosts holds the domain itself at preference 0 */
    bool hosts_asked;   /* the check `host` was part of the run */
    bool alias_beside;  /* a CNAME stands beside the MX records, which is why mx is malformed */
    const struct mxs_mx_host *mx_hosts; /* by preference, then host name */
    uint32_t mx_host_count;
};

#endif
