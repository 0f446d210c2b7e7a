/* What a finished run says is counted once: how many domains have each verdict, in each top-level domain too, and whose
 * loss would take whose mail. Everything that is a share is counted from these tables, so that it is told at once
 * whatever the size of the list.
 *
 * In         A run that is judged
 * Out        verdict_count, tld_count and impact: intervals of runs, so that what did not change since the complete run
 *            before is not stored again. Runs of a list are counted in their order: what stood of later ones is
 *            taken back
 * Limits     Memory: 60 bytes a host and address, for the time of the call. Of each kind of part the MXS_IMPACT_MOST
 *            with most to lose, and the most used, are kept
 * Errors     Those of the store; MXS_ERR_MEMORY
 * Threads    That of the store
 */
#ifndef MXS_DB_COUNTS_H
#define MXS_DB_COUNTS_H

#include "base/bytes.h"
#include "base/counter.h"
#include "base/string_pool.h"
#include "db/store.h"

#define MXS_IMPACT_MOST 1000

/* How many domains name each row of a table, by its id; ids from `reach` on: none. */
struct mxs_domains_by_id {
    uint32_t *domains;
    size_t reach, capacity;
};

/* Of domains, while somebody walks over them anyway. */
struct mxs_domain_counts {
    struct mxs_counter tlds; /* place in names, verdict */
    struct mxs_string_pool names;
    struct mxs_domains_by_id mx_sets, own_hosts; /* the second: domains without an MX set that are their own host */
    uint64_t domains;
};
void mxs_domain_counts_init(struct mxs_domain_counts *counts);
/* One that has been judged: its ids are known to be in the database. 0: none. */
MXS_CHECK bool mxs_domain_counts_put(struct mxs_domain_counts *counts, struct mxs_text domain, int64_t verdict,
                                     uint32_t mx_set, uint32_t implicit_host);
void mxs_domain_counts_finish(struct mxs_domain_counts *counts);

/* Inside the caller's transaction. counts NULL: they are read from what is stored. */
MXS_CHECK enum mxs_err mxs_counts_write(mxs_store *store, int64_t run, const struct mxs_domain_counts *counts,
                                        struct mxs_detail *detail);
/* The same of every complete run that has none, and of those of its list after it. */
MXS_CHECK enum mxs_err mxs_counts_write_missing(mxs_store *store, struct mxs_detail *detail);

#endif
