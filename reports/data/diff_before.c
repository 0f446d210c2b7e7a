#include "reports/data/diff_before.h"

#include <stdlib.h>

#include "base/vector.h"

#define BIT(kind) (1u << (kind))
#define BACKUP_KINDS (BIT(MXS_CHANGE_BACKUP_LOST) | BIT(MXS_CHANGE_BACKUP_GAINED))
#define PROVIDER_KINDS BIT(MXS_CHANGE_PROVIDER_MIGRATED)
/* What the list says of a domain is no question to anybody, and policies settle by themselves. */
#define OTHER_KINDS (BIT(MXS_CHANGE_FACET_CHANGED) | BIT(MXS_CHANGE_LEFT) | BIT(MXS_CHANGE_JOINED) | \
                     BIT(MXS_CHANGE_POLICY_CHANGED))
#define COVERS(table, run) table ".first_run <= " run " AND ifnull(" table ".last_run, " run ") >= " run

static const unsigned kinds_of[MXS_DIFF_PARTS] = {
    [MXS_DIFF_STATE] = ~(BACKUP_KINDS | PROVIDER_KINDS | OTHER_KINDS),
    [MXS_DIFF_BACKUP] = BACKUP_KINDS,
    [MXS_DIFF_PROVIDER] = PROVIDER_KINDS,
};

void mxs_diff_before_open(struct mxs_diff_before *before, mxs_store *store, const struct mxs_run *from)
{
    *before = (struct mxs_diff_before){.from = from->id, .list = from->list_id};
    mxs_query_open(&before->runs, store,
                   "SELECT state_run, backup_run, provider_run FROM v_settled_run"
                   " WHERE run_id = ?1 AND domain_id = ?2");
    mxs_query_open(&before->domain, store,
                   "SELECT d.outcome, d.mx_set_id, d.implicit_host_id, j.verdict_id FROM domain_history d"
                   " JOIN judgement j ON j.domain_id = d.domain_id AND j.list_id = d.list_id AND " COVERS("j", "?3")
                   " WHERE d.domain_id = ?1 AND d.list_id = ?2 AND " COVERS("d", "?3"));
    mxs_query_open(&before->since, store,
                   "SELECT min(r.id) FROM run r JOIN judgement j ON j.domain_id = ?1 AND j.list_id = r.list_id"
                   " AND " COVERS("j", "r.id") " WHERE r.list_id = ?2 AND r.state = 'complete' AND r.id > ?3");
}

enum mxs_err mxs_diff_before_close(struct mxs_diff_before *before, enum mxs_err err, struct mxs_detail *detail)
{
    struct mxs_query *const queries[] = {&before->runs, &before->domain, &before->since};
    err = mxs_query_finish_each(queries, sizeof queries / sizeof *queries, err, detail);
    free(before->items);
    before->items = NULL;
    return err == MXS_OK && before->lost ? mxs_err_memory(detail, NULL) : err;
}

static void put_item(struct mxs_diff_before *before, const struct mxs_diff_before_item *item, size_t first)
{
    for (size_t i = first; i < before->count; i++)
        if (before->items[i].run == item->run) {
            before->items[i].kinds |= item->kinds;
            return;
        }
    if (mxs_vector_reserve(&before->items, &before->capacity, before->count, sizeof *before->items))
        before->items[before->count++] = *item;
    else
        before->lost = true;
}

unsigned mxs_diff_before_put(struct mxs_diff_before *before, int64_t domain, unsigned parts,
                             const struct mxs_diff_domain *to)
{
    unsigned kinds = ~0u;
    size_t first = before->count;
    mxs_query_reset(&before->runs);
    mxs_query_int(&before->runs, 1, before->from);
    mxs_query_int(&before->runs, 2, domain);
    bool found = mxs_query_next(&before->runs);
    for (int part = 0; found && part < MXS_DIFF_PARTS; part++) {
        int64_t run = mxs_query_column_int(&before->runs, part); /* 0: never */
        if (!(parts >> part & 1) || run == before->from)
            continue;
        kinds &= ~kinds_of[part];
        if (run != 0)
            put_item(before, &(struct mxs_diff_before_item){domain, run, kinds_of[part], *to}, first);
    }
    mxs_query_reset(&before->runs);
    return kinds;
}

static int by_run(const void *a, const void *b)
{
    const struct mxs_diff_before_item *x = a, *y = b;
    if (x->run != y->run)
        return x->run < y->run ? -1 : 1;
    return x->domain < y->domain ? -1 : x->domain > y->domain;
}

void mxs_diff_before_sort(struct mxs_diff_before *before)
{
    if (before->count > 1)
        qsort(before->items, before->count, sizeof *before->items, by_run);
}

static void bind(struct mxs_query *query, const struct mxs_diff_before *before, const struct mxs_diff_before_item *item)
{
    mxs_query_reset(query);
    mxs_query_int(query, 1, item->domain);
    mxs_query_int(query, 2, before->list);
    mxs_query_int(query, 3, item->run);
}

bool mxs_diff_before_find(struct mxs_diff_before *before, const struct mxs_diff_before_item *item,
                          struct mxs_diff_domain *out)
{
    bind(&before->domain, before, item);
    if (!mxs_query_next(&before->domain))
        return false;
    *out = (struct mxs_diff_domain){true, mxs_query_column_int(&before->domain, 0),
                                    mxs_query_column_int(&before->domain, 1), mxs_query_column_int(&before->domain, 2),
                                    mxs_query_column_int(&before->domain, 3)};
    mxs_query_reset(&before->domain);
    return true;
}

int64_t mxs_diff_before_since(struct mxs_diff_before *before, const struct mxs_diff_before_item *item)
{
    bind(&before->since, before, item);
    int64_t since = mxs_query_next(&before->since) ? mxs_query_column_int(&before->since, 0) : 0;
    mxs_query_reset(&before->since);
    return since;
}
