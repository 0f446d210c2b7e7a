/* For SMTP the certificate authorities of usage 0 and 1 mean nothing: such a record is there and unusable. Records that
 * are all unusable still oblige the sender to use TLS, without authentication @rfc{7672,2.2}.
 *
 * Spec       @rfc{6698,2.1} @rfc{7672,3.1} @rfc{7671,4}
 * In         The rdata of TLSA records at _25._tcp.<MX host>
 * Out        Which of them a mail sender can use
 * Units      Bytes
 * Errors     enum mxs_tlsa_use of each record
 * Ownership  Views of the rdata
 * Threads    Any. Pure
 * Bugs       Whether a record matches the certificate cannot be known without port 25
 */
#ifndef MXS_SCANNER_PARSE_TLSA_H
#define MXS_SCANNER_PARSE_TLSA_H

#include "model/answer.h"

enum mxs_tlsa_use {
    MXS_TLSA_USABLE = 0,
    MXS_TLSA_BAD_USAGE = 1,    /* 0, 1, or unknown */
    MXS_TLSA_BAD_SELECTOR = 2,
    MXS_TLSA_BAD_MATCHING = 3,
    MXS_TLSA_BAD_LENGTH = 4,   /* a digest that has not its length, or no data */
    MXS_TLSA_USE_COUNT = 5,
};
const char *mxs_tlsa_use_text(enum mxs_tlsa_use use);

struct mxs_tlsa {
    uint8_t usage, selector, matching;
    struct mxs_bytes data;
    enum mxs_tlsa_use use;
};
/* rdata is at least 3 bytes: mxs_message_read sees to that. */
void mxs_tlsa_parse(struct mxs_bytes rdata, struct mxs_tlsa *out);

struct mxs_tlsa_set {
    uint32_t count, usable;
    uint32_t dane_ta, dane_ee;      /* usable ones of usage 2 and 3 */
    uint32_t unusable[MXS_TLSA_USE_COUNT];
};
void mxs_tlsa_read(const struct mxs_record *records, uint32_t count, struct mxs_tlsa_set *out);

#endif
