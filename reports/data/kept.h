/* The columns of a list that a run kept with its domains: which facets there are, what values they have, and which each
 * domain has.
 *
 * In         A run
 * Out        For each facet the domains that have a value, by id, and the values as texts
 * Limits     Memory: 8 bytes a domain and facet, and the different values
 * Errors     Those of the store; MXS_ERR_MEMORY; MXS_ERR_FOREIGN_DB: codes without a value
 * Ownership  open/close; texts live until close
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_KEPT_H
#define MXS_REPORTS_DATA_KEPT_H

#include "base/string_pool.h"
#include "reports/data/run.h"

struct mxs_kept_facet {
    int64_t id;
    const char *name;
    const char **values;    /* by value id; NULL: there is none */
    size_t value_count;     /* the highest id + 1 */
    uint32_t *set_starts;   /* by set id: where its values begin in set_values; one more at the end */
    size_t set_count;       /* the highest id + 1 */
    uint32_t *set_values;   /* of a set by their texts, byte by byte */
    uint32_t *domains;      /* ascending */
    uint32_t *codes;        /* db/facets.h */
    size_t count, capacity;
};

struct mxs_kept {
    struct mxs_kept_facet *items; /* by name */
    size_t count;
    struct mxs_string_pool texts;
};

MXS_CHECK enum mxs_err mxs_kept_open(struct mxs_kept *kept, mxs_store *store, const struct mxs_run *run,
                                     struct mxs_detail *detail);
/* The same in two steps, for who needs few of many: the names, then what one of them holds. */
MXS_CHECK enum mxs_err mxs_kept_open_names(struct mxs_kept *kept, mxs_store *store, const struct mxs_run *run,
                                           struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_kept_read(struct mxs_kept *kept, const struct mxs_kept_facet *facet, mxs_store *store,
                                     const struct mxs_run *run, struct mxs_detail *detail);
void mxs_kept_close(struct mxs_kept *kept);

/* The facet of that name, or NULL with a sentence that names those there are. */
const struct mxs_kept_facet *mxs_kept_find(const struct mxs_kept *kept, const char *name, struct mxs_detail *detail);
/* The code of a domain; 0: it has no value. */
uint32_t mxs_kept_code(const struct mxs_kept_facet *facet, uint32_t domain);
/* How many values a code stands for, and the value id of one of them. */
size_t mxs_kept_code_count(const struct mxs_kept_facet *facet, uint32_t code);
uint32_t mxs_kept_code_value(const struct mxs_kept_facet *facet, uint32_t code, size_t at);

#endif
