/* A DNS64 resolver makes AAAA records out of A records, so that its clients reach the IPv4 world through a translator.
 * For a survey each is the A record said twice: no IPv6, no second address. The prefix is found by asking for the AAAA
 * of a name that has none, and whose A records everybody knows.
 *
 * Spec       @rfc{7050,3} @rfc{6052,2.2} @rfc{6147,5}
 * In         What a resolver says of ipv4only.arpa, and its AAAA answers
 * Out        Its prefixes; the answers without what it made
 * Limits     MXS_DNS64_PREFIXES prefixes
 * Ownership  Plain values; records are views of the answer's
 * Threads    Any; one at a time
 * Bugs       Who synthesises under a prefix of its own and never answers for MXS_DNS64_NAME, or denies it, is not found
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_DNS64_H
#define MXS_SCANNER_RESOLVE_INTERNAL_DNS64_H

#include "base/bytes.h"
#include "model/answer.h"

#define MXS_DNS64_PREFIXES 4
#define MXS_DNS64_NAME MXS_TEXT("ipv4only.arpa")
#define MXS_DNS64_TEXT_SIZE 52

struct mxs_dns64 {
    uint32_t count;
    struct mxs_dns64_prefix {
        uint8_t bytes[16]; /* zero behind the prefix */
        uint8_t bits;      /* 32, 40, 48, 56, 64 or 96 */
    } prefixes[MXS_DNS64_PREFIXES];
};

/* Takes the prefixes that the answer about MXS_DNS64_NAME shows; those known before stay. */
void mxs_dns64_read(struct mxs_dns64 *dns64, const struct mxs_answer *answer);
/* Whether the 16 bytes lie under a prefix, or the well-known 64:ff9b::/96, as an IPv4 address is written there. */
bool mxs_dns64_made(const struct mxs_dns64 *dns64, const uint8_t *bytes);
/* The answer without the AAAA records that were made: false, and *out untouched, where there are none. kept:
 * MXS_RECORDS_MAX records. An answer of which nothing is left says that there is no AAAA. What lies under
 * the well-known prefix is taken away whoever made it, and convicts nobody: a zone may hold such an address itself. */
bool mxs_dns64_strip(const struct mxs_dns64 *dns64, const struct mxs_answer *answer, struct mxs_record *kept,
                     struct mxs_answer *out);
/* "64:ff9b::/96": the first prefix. Returns the length. */
uint32_t mxs_dns64_text(const struct mxs_dns64 *dns64, char out[MXS_DNS64_TEXT_SIZE]);

#endif
