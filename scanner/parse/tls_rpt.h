/* Two small records of the same form.
 *
 * Spec       @rfc{8460,3}; draft-brand-indicators-for-message-identification, 4
 * In         The TXT records of _smtp._tls.<name>; of default._bimi.<name>
 * Out        Where TLS reports go; whether a brand indicator is published
 * Errors     enum mxs_tls_rpt_reason, enum mxs_bimi_reason
 * Ownership  Views of the record given
 * Threads    Any. Pure
 * Bugs       Indicator and certificate of BIMI are neither fetched nor judged
 */
#ifndef MXS_SCANNER_PARSE_TLS_RPT_H
#define MXS_SCANNER_PARSE_TLS_RPT_H

#include "model/answer.h"

/* Stored in the database: never renumber; grows at the end only. */
enum mxs_tls_rpt_reason {
    MXS_TLS_RPT_OK = 0,
    MXS_TLS_RPT_NO_RECORD = 1,
    MXS_TLS_RPT_MANY_RECORDS = 2, /* as if there were none */
    MXS_TLS_RPT_BAD_RECORD = 3,
    MXS_TLS_RPT_NO_RUA = 4,       /* no rua, or no address in it */
    MXS_TLS_RPT_BAD_RUA = 5,      /* an address that is no URI, or a wrong one */
    MXS_TLS_RPT_REASON_COUNT = 6,
};
const char *mxs_tls_rpt_reason_text(enum mxs_tls_rpt_reason reason);

struct mxs_tls_rpt {
    enum mxs_tls_rpt_reason reason;
    struct mxs_text record;
    struct mxs_text rua;      /* as written */
    uint32_t mailto_count, https_count;
};
bool mxs_tls_rpt_is(struct mxs_text record);
void mxs_tls_rpt_parse(struct mxs_text record, struct mxs_tls_rpt *out);
void mxs_tls_rpt_read(const struct mxs_record *records, uint32_t count, struct mxs_tls_rpt *out);

/* Stored likewise. */
enum mxs_bimi_reason {
    MXS_BIMI_OK = 0,
    MXS_BIMI_NO_RECORD = 1,
    MXS_BIMI_MANY_RECORDS = 2,
    MXS_BIMI_BAD_RECORD = 3,
    MXS_BIMI_DECLINED = 4,    /* l and a empty: the owner wants no indicator shown */
    MXS_BIMI_BAD_LOCATION = 5,/* l is absent or no https: address */
    MXS_BIMI_REASON_COUNT = 6,
};
const char *mxs_bimi_reason_text(enum mxs_bimi_reason reason);

struct mxs_bimi {
    enum mxs_bimi_reason reason;
    struct mxs_text record;
    struct mxs_text location;    /* l */
    struct mxs_text certificate; /* a: empty or data NULL without one */
};
bool mxs_bimi_is(struct mxs_text record);
void mxs_bimi_parse(struct mxs_text record, struct mxs_bimi *out);
void mxs_bimi_read(const struct mxs_record *records, uint32_t count, struct mxs_bimi *out);

#endif
