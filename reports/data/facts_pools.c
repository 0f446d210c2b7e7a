#include "base/vector.h"
#include "reports/data/facts.h"

/* Those of an address that is known no more matter to nobody. */
static bool put_pool(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t host = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0));
    size_t address = mxs_vector_find(facts->address_ids, facts->address_count, mxs_query_column_int(query, 1));
    if (host == facts->host_count || address == facts->address_count)
        return true;
    if (!mxs_vector_reserve(&facts->pools, &facts->pool_capacity, facts->pool_count, sizeof *facts->pools))
        return false;
    facts->pools[facts->pool_count++] =
        (struct mxs_facts_pool){(uint32_t)host, (uint32_t)address, mxs_query_column_int(query, 2)};
    return true;
}

enum mxs_err mxs_facts_pools_load(struct mxs_facts *facts, mxs_store *store, int64_t list, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, store,
                   "SELECT host_id, address_id, moved_run FROM v_address_pool WHERE list_id = ?1"
                   " ORDER BY host_id, address_id");
    mxs_query_int(&query, 1, list);
    while (ok && mxs_query_next(&query))
        ok = put_pool(facts, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !ok ? mxs_err_memory(detail, NULL) : err;
}

const struct mxs_facts_pool *mxs_facts_pool(const struct mxs_facts *facts, uint32_t host, uint32_t address)
{
    size_t low = 0, high = facts->pool_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct mxs_facts_pool *pool = &facts->pools[middle];
        if (pool->host < host || (pool->host == host && pool->address < address))
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < facts->pool_count && facts->pools[low].host == host && facts->pools[low].address == address;
    return found ? &facts->pools[low] : NULL;
}
