/* What mail servers said, as rows of a run in progress and as intervals of facts.
 *
 * In         Answers of scanner/smtp
 * Out        Rows of certificate, smtp_answer and smtp_measured
 * Errors     Those of the store
 * Ownership  open/close
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SMTP_ROWS_H
#define MXS_SCANNER_RUN_INTERNAL_SMTP_ROWS_H

#include "base/out.h"
#include "db/query.h"
#include "model/smtp.h"

/* Of a row; stored. */
enum {
    MXS_SMTP_FLAG_MASKED = 1,
    MXS_SMTP_FLAG_INJECTED = 2,
    MXS_SMTP_FLAG_TLS_SETTLED = 4,
    MXS_SMTP_FLAG_NAME_MATCHES = 8,
    MXS_SMTP_FLAG_EXPIRED = 16,
    MXS_SMTP_FLAG_TRUSTED = 32
};

struct mxs_smtp_rows {
    mxs_store *store;
    struct mxs_query certificate, answer, measured;
    int64_t run;
    uint32_t uncommitted;
    mxs_out names; /* scratch for a JSON list */
    /* of the address under way */
    const struct mxs_smtp_answer *current;
    uint32_t address;
    int64_t certificate_id;
};

void mxs_smtp_rows_open(struct mxs_smtp_rows *rows, mxs_store *store, int64_t list, int64_t run);
/* What the address said, with its certificate; then a row for each MX host that leads there, within the answer's life.
 */
MXS_CHECK enum mxs_err mxs_smtp_rows_begin(struct mxs_smtp_rows *rows, uint32_t address,
                                           const struct mxs_smtp_answer *answer, struct mxs_detail *detail);
/* tested: the host's name was sent. holds: the certificate is for it. */
void mxs_smtp_rows_put(struct mxs_smtp_rows *rows, uint32_t host, bool tested, bool holds);
MXS_CHECK enum mxs_err mxs_smtp_rows_commit(struct mxs_smtp_rows *rows, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_smtp_rows_close(struct mxs_smtp_rows *rows, struct mxs_detail *detail);

#endif
