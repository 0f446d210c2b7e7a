/* Room       scanner/survey
 * Spec       None
 * In         What a run says of one subject after the other, in ascending id
 * Out        Spans closed, opened, or left alone
 * Units      None
 * Limits     MXS_SPAN_COLUMNS columns of content
 * Errors     Those of db/query.h, sticky
 * Ownership  open/close
 * Threads    That of the store
 * Bugs       None
 *
 * The one place that knows how intervals are kept: domain_span, host_span and judgement all have the key (subject, list,
 * first_run), a last_run that is NULL while the span stands, and columns of content. A merge of two ascending sequences:
 * what stood before, and what the run says now.
 */
#ifndef MXS_SCANNER_SURVEY_SPAN_H
#define MXS_SCANNER_SURVEY_SPAN_H

#include "db/query.h"

#define MXS_SPAN_COLUMNS 6
#define MXS_SPAN_NULL INT64_MIN

struct mxs_span_fold {
    struct mxs_query standing, insert, close;
    int64_t run, previous;
    int columns;
    bool has_standing;
    int64_t subject, first_run; /* of the standing span under the cursor */
    int64_t content[MXS_SPAN_COLUMNS];
};

/* table: "domain_span" ...; key: its subject column; columns: the content columns, comma-separated. */
void mxs_span_open(struct mxs_span_fold *fold, mxs_store *store, const char *table, const char *key, const char *columns,
                   int column_count, int64_t list, int64_t run, int64_t previous);
/* The run says content of subject. Subjects that stood before and are passed over are closed. */
void mxs_span_put(struct mxs_span_fold *fold, int64_t subject, const int64_t *content);
/* Closes what stands behind the last subject, and ends. */
MXS_CHECK enum mxs_err mxs_span_close(struct mxs_span_fold *fold, struct mxs_detail *detail);

#endif
