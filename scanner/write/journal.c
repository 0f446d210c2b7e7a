#include "scanner/write/journal.h"

static void read_withdrawals(struct mxs_journal *journal, mxs_store *store, int64_t run_id)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "SELECT resolver_id, since_after_s, last_batch FROM withdrawal WHERE run_id = ?1");
    mxs_query_int(&query, 1, run_id);
    while (mxs_query_next(&query)) {
        if (journal->withdrawn_count == MXS_WITHDRAWALS_MAX) {
            journal->damaged = true;
            break;
        }
        journal->withdrawn[journal->withdrawn_count].resolver = (uint16_t)mxs_query_column_int(&query, 0);
        journal->withdrawn[journal->withdrawn_count].since_after_s = (uint32_t)mxs_query_column_int(&query, 1);
        journal->withdrawn[journal->withdrawn_count++].last_batch = mxs_query_column_int(&query, 2);
    }
    mxs_query_reset(&query);
    if (mxs_query_finish(&query, &journal->query.detail) != MXS_OK)
        journal->query.err = query.err;
}

static bool is_withdrawn(const struct mxs_journal *journal, const struct mxs_journal_row *row)
{
    for (uint32_t i = 0; i < journal->withdrawn_count; i++) {
        bool touched = journal->kind >= MXS_JOURNAL_POLICIES || row->resolver == journal->withdrawn[i].resolver;
        if (touched && journal->batch <= journal->withdrawn[i].last_batch &&
            row->asked_after_s >= journal->withdrawn[i].since_after_s)
            return true;
    }
    return false;
}

void mxs_journal_open(struct mxs_journal *journal, mxs_store *store, int64_t run_id, enum mxs_journal_kind kind)
{
    mxs_journal_open_range(journal, store, run_id, kind, 0, UINT32_MAX);
}

void mxs_journal_open_range(struct mxs_journal *journal, mxs_store *store, int64_t run_id, enum mxs_journal_kind kind,
                            uint32_t first, uint32_t last)
{
    *journal = (struct mxs_journal){.kind = kind};
    mxs_query_open(&journal->query, store,
                   "SELECT rows, id FROM journal WHERE run_id = ?1 AND kind = ?2 AND last_subject >= ?3"
                   " AND first_subject <= ?4 ORDER BY id");
    mxs_query_int(&journal->query, 1, run_id);
    mxs_query_int(&journal->query, 2, kind);
    mxs_query_int(&journal->query, 3, first);
    mxs_query_int(&journal->query, 4, last);
    read_withdrawals(journal, store, run_id);
}

const struct mxs_journal_row *mxs_journal_next(struct mxs_journal *journal)
{
    do {
        while (!mxs_unpack_next(&journal->unpack)) {
            size_t size;
            if (journal->damaged || !mxs_query_next(&journal->query))
                return NULL;
            const uint8_t *rows = mxs_query_column_blob(&journal->query, 0, &size);
            journal->batch = mxs_query_column_int(&journal->query, 1);
            journal->damaged = !mxs_unpack_begin(&journal->unpack, rows, size);
        }
        if (journal->unpack.row.outcome >= MXS_OUTCOME_COUNT || journal->unpack.row.pass > MXS_PASS_CONFIRM) {
            journal->damaged = true;
            journal->unpack.left = 0;
            return NULL;
        }
    } while (journal->withdrawn_count > 0 && is_withdrawn(journal, &journal->unpack.row));
    return &journal->unpack.row;
}

enum mxs_err mxs_journal_finish(struct mxs_journal *journal, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_query_finish(&journal->query, detail);
    if (err == MXS_OK && journal->damaged)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "the journal of the unfinished run is damaged, or more than 1,024 of its resolvers lied: "
                           "start over with --new, and with resolvers you trust");
    return err;
}
