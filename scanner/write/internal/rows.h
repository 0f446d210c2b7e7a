/* How each kind of row is stored. Everything is bound, never spliced into SQL.
 *
 * In         Batches
 * Out        Rows of the journal, inside the caller's transaction
 * Limits     wires_kept raw messages per run
 * Errors     Those of db/query.h
 * Ownership  init/finish
 * Threads    The one that holds the store
 */
#ifndef MXS_SCANNER_WRITE_INTERNAL_ROWS_H
#define MXS_SCANNER_WRITE_INTERNAL_ROWS_H

#include "base/bits.h"
#include "db/query.h"
#include "scanner/write/batch.h"
#include "scanner/write/dictionary.h"
#include "scanner/write/journal.h"

/* A host that answers have named, for the first time, or for the first time as a domain without MX. */
struct mxs_wanted {
    uint32_t host;
    bool implicit;
};

struct mxs_rows {
    mxs_store *store;
    struct mxs_dictionary *dictionary;
    int64_t run_id, started_at;
    const int64_t *resolver_ids;
    uint32_t wires_left;
    struct mxs_query journal, malformed, policy, policy_text, shared;
    struct mxs_journal_row *answers; /* MXS_BATCH_ROWS */
    uint8_t *packed;                 /* as many */
    struct mxs_bits wanted, implicit; /* by host id */
    struct mxs_wanted *fresh; /* since somebody took them */
    uint32_t fresh_count;
    size_t fresh_capacity;
};

MXS_CHECK enum mxs_err mxs_rows_init(struct mxs_rows *rows, mxs_store *store, struct mxs_dictionary *dictionary,
                                     int64_t run_id, int64_t started_at, const int64_t *resolver_ids,
                                     uint32_t wires_kept, struct mxs_detail *detail);
void mxs_rows_finish(struct mxs_rows *rows);
MXS_CHECK enum mxs_err mxs_rows_put(struct mxs_rows *rows, const struct mxs_batch *batch, struct mxs_detail *detail);
bool mxs_rows_host_is_wanted(const struct mxs_rows *rows, uint32_t host);
/* implicit: it is a domain without MX. */
MXS_CHECK bool mxs_rows_want_host(struct mxs_rows *rows, uint32_t host, bool implicit);

#endif
