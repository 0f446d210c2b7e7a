/* An answer is stored twice in its life: here when it comes, and as a fact when the run is merged. Here it must be
 * cheap above all, so a batch is one blob of rows (pack.h).
 *
 * In         The journal of a run
 * Out        Its answers, in order of arrival, without those of resolvers that were found to lie
 * Units      rtt_us microseconds; asked_after_s, ttl_s seconds
 * Errors     Those of db/query.h; a damaged batch is MXS_ERR_FOREIGN_DB
 * Ownership  open/finish; a row lives until the next call
 * Threads    That of the store
 * Bugs       Packed in the machine's byte order: an unfinished run can be resumed on the same kind of machine only
 */
#ifndef MXS_SCANNER_WRITE_JOURNAL_H
#define MXS_SCANNER_WRITE_JOURNAL_H

#include "db/query.h"
#include "model/answer.h"
#include "scanner/write/internal/pack.h"

/* A row of policies sums up the answers of many resolvers and names the last one only: of such rows all that
 * were ended while a liar was asked are passed over, whoever is named.
 * In rows of policies and TLSA: set is the content's id. */
enum mxs_journal_kind {
    MXS_JOURNAL_DOMAINS = 0,
    MXS_JOURNAL_HOSTS = 1,
    MXS_JOURNAL_POLICIES = 2,
    MXS_JOURNAL_TLSA = 3
};

enum mxs_pass {
    MXS_PASS_FIRST = 0,
    MXS_PASS_SETTLE = 1,
    MXS_PASS_SAMPLE = 2, /* compared with the settled answer, never a fact */
    /* Of policies and TLSA: what one resolver says of a change. Of MX hosts: whether another one denies it, too; what
     * was settled stands where that is not */
    MXS_PASS_CONFIRM = 3
};

/* More liars than this in one run end it with an error: nothing is left to trust. */
#define MXS_WITHDRAWALS_MAX 1024 /* as many as resolvers */

struct mxs_journal {
    struct mxs_query query;
    struct mxs_unpack unpack; /* of the present batch */
    bool damaged;
    enum mxs_journal_kind kind;
    int64_t batch;          /* id of the present one */
    struct {
        uint16_t resolver;
        uint32_t since_after_s;
        int64_t last_batch; /* stored before the liar was found */
    } withdrawn[MXS_WITHDRAWALS_MAX];
    uint32_t withdrawn_count;
};

void mxs_journal_open(struct mxs_journal *journal, mxs_store *store, int64_t run_id, enum mxs_journal_kind kind);
/* Of the batches that hold an answer about first .. last; answers about others come along. */
void mxs_journal_open_range(struct mxs_journal *journal, mxs_store *store, int64_t run_id, enum mxs_journal_kind kind,
                            uint32_t first, uint32_t last);
/* The next answer, or NULL at the end and after a failure. */
const struct mxs_journal_row *mxs_journal_next(struct mxs_journal *journal);
MXS_CHECK enum mxs_err mxs_journal_finish(struct mxs_journal *journal, struct mxs_detail *detail);

#endif
