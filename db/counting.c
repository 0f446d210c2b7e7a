#include "db/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "db/bulk.h"
#include "db/internal/impact.h"
#include "db/query.h"

static enum mxs_err no_memory(struct mxs_detail *detail)
{
    return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while counting");
}

void mxs_domain_counts_init(struct mxs_domain_counts *counts)
{
    mxs_counter_init(&counts->verdicts);
    mxs_counter_init(&counts->tlds);
    mxs_string_pool_init(&counts->names);
    counts->domains = 0;
}

void mxs_domain_counts_finish(struct mxs_domain_counts *counts)
{
    mxs_counter_finish(&counts->verdicts);
    mxs_counter_finish(&counts->tlds);
    mxs_string_pool_finish(&counts->names);
}

bool mxs_domain_counts_put(struct mxs_domain_counts *counts, const char *domain, size_t size_bytes, int64_t verdict)
{
    const char *dot = memrchr(domain, '.', size_bytes);
    const char *tld = dot != NULL ? dot + 1 : domain;
    uint32_t position = mxs_string_pool_put(&counts->names, tld, size_bytes - (size_t)(tld - domain));
    if (position == MXS_STRING_NONE)
        return false;
    mxs_counter_put(&counts->verdicts, verdict, 0, 1);
    mxs_counter_put(&counts->tlds, position, verdict, 1);
    counts->domains++;
    return counts->verdicts.err == MXS_OK && counts->tlds.err == MXS_OK;
}

struct tally {
    int64_t run;
    const struct mxs_domain_counts *counts;
    const struct mxs_counter *counter; /* being written */
    size_t next;
};

static enum mxs_err count_domains(struct mxs_domain_counts *counts, mxs_store *store, int64_t list, int64_t run,
                                  struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, store,
                   "SELECT d.name, j.verdict_id FROM judgement j CROSS JOIN domain d ON d.id = j.domain_id"
                   " WHERE j.list_id = ?1 AND j.first_run <= ?2 AND (j.last_run IS NULL OR j.last_run >= ?2)");
    mxs_query_int(&query, 1, list);
    mxs_query_int(&query, 2, run);
    while (memory && mxs_query_next(&query)) {
        size_t size_bytes;
        const char *name = mxs_query_column_text(&query, 0, &size_bytes);
        memory = mxs_domain_counts_put(counts, name, size_bytes, mxs_query_column_int(&query, 1));
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

static bool next_count(void *arg, struct mxs_bulk_row *row)
{
    struct tally *tally = arg;
    while (tally->next < tally->counter->capacity && tally->counter->slots[tally->next].sum == 0)
        tally->next++;
    if (tally->next == tally->counter->capacity)
        return false;
    const struct mxs_counter_slot *slot = &tally->counter->slots[tally->next++];
    row->numbers[0] = tally->run;
    row->numbers[1] = slot->key;
    row->numbers[2] = slot->sum;
    row->numbers[3] = slot->second;
    if (tally->counter == &tally->counts->tlds) {
        row->text = tally->counts->names.texts[slot->key];
        row->text_size = strlen(row->text);
    }
    return true;
}

static enum mxs_err write_counts(struct tally *tally, mxs_store *store, struct mxs_detail *detail)
{
    tally->counter = &tally->counts->verdicts;
    tally->next = 0;
    enum mxs_err err =
        mxs_bulk_insert(store, "INSERT INTO verdict_count SELECT c0, c1, c2 FROM bulk(?1)", next_count, tally, detail);
    tally->counter = &tally->counts->tlds;
    tally->next = 0;
    return err == MXS_OK ? mxs_bulk_insert(store, "INSERT INTO tld_count SELECT c0, t, c3, c2 FROM bulk(?1)",
                                           next_count, tally, detail)
                         : err;
}

static enum mxs_err remove_counts(mxs_store *store, int64_t run, struct mxs_detail *detail)
{
    static const char *const statements[] = {"DELETE FROM verdict_count WHERE run_id = ?1",
                                             "DELETE FROM tld_count WHERE run_id = ?1",
                                             "DELETE FROM impact WHERE run_id = ?1"};
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; err == MXS_OK && i < sizeof statements / sizeof *statements; i++) {
        struct mxs_query query;
        mxs_query_open(&query, store, statements[i]);
        mxs_query_int(&query, 1, run);
        mxs_query_run(&query);
        err = mxs_query_finish(&query, detail);
    }
    return err;
}

static enum mxs_err find_run(mxs_store *store, int64_t run, int64_t *list, bool *hosts_asked, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "SELECT list_id, ',' || checks || ',' LIKE '%,host,%' FROM run WHERE id = ?1");
    mxs_query_int(&query, 1, run);
    if (mxs_query_next(&query)) {
        *list = mxs_query_column_int(&query, 0);
        *hosts_asked = mxs_query_column_int(&query, 1) != 0;
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_counts_write(mxs_store *store, int64_t run, const struct mxs_domain_counts *counts,
                              struct mxs_detail *detail)
{
    struct mxs_domain_counts read;
    struct tally tally = {.run = run, .counts = counts != NULL ? counts : &read};
    int64_t list = 0;
    bool hosts_asked = false;
    enum mxs_err err = find_run(store, run, &list, &hosts_asked, detail);
    if (err == MXS_OK)
        err = remove_counts(store, run, detail);
    if (err != MXS_OK)
        return err;
    mxs_domain_counts_init(&read);
    if (counts == NULL)
        err = count_domains(&read, store, list, run, detail);
    if (err == MXS_OK)
        err = write_counts(&tally, store, detail);
    mxs_domain_counts_finish(&read);
    return err == MXS_OK ? mxs_impact_write(store, run, list, hosts_asked, detail) : err;
}

enum mxs_err mxs_counts_write_missing(mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    struct mxs_ids runs = {0};
    bool memory = true;
    mxs_query_open(&query, store, "SELECT id FROM run WHERE state = 'complete' AND NOT EXISTS"
                   " (SELECT 1 FROM verdict_count c WHERE c.run_id = run.id) ORDER BY id");
    while (memory && mxs_query_next(&query))
        memory = mxs_ids_put(&runs, mxs_query_column_int(&query, 0));
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && !memory)
        err = no_memory(detail);
    for (size_t i = 0; err == MXS_OK && i < runs.count; i++)
        err = mxs_counts_write(store, runs.list[i], NULL, detail);
    mxs_ids_finish(&runs);
    return err;
}
