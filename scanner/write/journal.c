#include "scanner/write/journal.h"

void mxs_journal_open(struct mxs_journal *journal, mxs_store *store, int64_t run_id, enum mxs_journal_kind kind)
{
    *journal = (struct mxs_journal){0};
    mxs_query_open(&journal->query, store, "SELECT rows FROM journal WHERE run_id = ?1 AND kind = ?2 ORDER BY id");
    mxs_query_int(&journal->query, 1, run_id);
    mxs_query_int(&journal->query, 2, kind);
}

const struct mxs_journal_row *mxs_journal_next(struct mxs_journal *journal)
{
    while (journal->at == journal->end) {
        size_t size;
        if (journal->damaged || !mxs_query_next(&journal->query))
            return NULL;
        journal->at = mxs_query_column_blob(&journal->query, 0, &size);
        journal->damaged = size % sizeof journal->row != 0;
        journal->end = journal->at + (journal->damaged ? 0 : size);
    }
    memcpy(&journal->row, journal->at, sizeof journal->row);
    journal->at += sizeof journal->row;
    return &journal->row;
}

enum mxs_err mxs_journal_finish(struct mxs_journal *journal, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_query_finish(&journal->query, detail);
    if (err == MXS_OK && journal->damaged)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "the journal of the unfinished run is damaged: begin anew with --new");
    return err;
}
