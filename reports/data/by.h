/* --by FACET: a table of the catalog once for each value of a facet, one below the other, the value in front. A domain
 * counts once under each of its values; those without one are told, too, and every row says how many domains its shares
 * are of.
 *
 * In         A snapshot, a table that is counted from verdicts, and "FACET", "FACET:10,100" (numbers, cut there) or
 *            "FACET:log" (by powers of ten)
 * Out        The table, with three columns more in front
 * Limits     The MXS_BY_MOST largest values; the rest are one group, "N others"
 * Errors     MXS_ERR_INPUT: no such facet, no numbers to cut, a table that is not counted from verdicts; those of the
 *            store
 * Ownership  init/finish: the table's columns live in struct mxs_by
 * Threads    That of the store
 */
#ifndef MXS_REPORTS_DATA_BY_H
#define MXS_REPORTS_DATA_BY_H

#include "reports/data/catalog.h"
#include "reports/data/kept.h"
#include "reports/data/subset.h"

#define MXS_BY_MOST 1000u
#define MXS_BY_COLUMNS 24

/* Which group each value of a facet belongs to. Groups from 0, in order; the last but one are the others, the last has
 * no value. */
struct mxs_by_groups {
    const struct mxs_kept_facet *facet;
    uint32_t *of_value;  /* by value id */
    const char **texts;  /* of values: the facet's own */
    char (*made)[80];    /* the words of stretches between cuts, and of the others */
    uint32_t count;      /* with the last two */
    uint32_t values;     /* different ones that domains have; of numbers that were cut: 0 */
    bool has_others, cut;
};

/* What --by asks of a reader that counts by itself. */
struct mxs_by_ask {
    const char *spec; /* NULL: nothing */
    bool people;      /* the group without a value has words instead of nothing */
    uint32_t most;    /* groups shown; 0: MXS_BY_MOST */
};

struct mxs_by {
    struct mxs_kept kept, before;
    const struct mxs_kept_facet *earlier; /* the same facet at an earlier run; NULL: none, or not kept then */
    struct mxs_by_groups groups;
    struct mxs_column columns[MXS_BY_COLUMNS];
    char title[160], head[128];
};

/* limit: rows of each group; -1: all. people: the group without a value has words instead of nothing, and no more than
 * `most` groups are shown (0: MXS_BY_MOST). */
MXS_CHECK enum mxs_err mxs_by_read(struct mxs_by *by, const struct mxs_catalog_entry *entry,
                                   struct mxs_snapshot *snapshot, const char *spec, int64_t limit, bool people,
                                   uint32_t most, struct mxs_table *out, struct mxs_detail *detail);
void mxs_by_finish(struct mxs_by *by);

/* The groups alone, for who counts something else than verdicts: sizes by the judged domains of the run. before: an
 * earlier run whose values have groups, too; NULL: none. */
MXS_CHECK enum mxs_err mxs_by_open_groups(struct mxs_by *by, mxs_store *store, const struct mxs_run *run,
                                          const struct mxs_run *before, const char *spec, uint32_t most,
                                          struct mxs_detail *detail);
/* Whether nearly all values are numbers, which can be cut. */
bool mxs_by_is_numeric(const struct mxs_by *by);
/* The groups of a domain, each once; room for `most`. earlier: by the values it had in the run before. Returns how
 * many. */
uint32_t mxs_by_groups_of(const struct mxs_by *by, uint32_t domain, bool earlier, uint32_t *out, uint32_t most);
#define MXS_BY_WITHIN 1024u /* groups of one domain */
/* The groups as runs of their own, from *first on, in place of those that an open subset had; whether all found room is
 * told by mxs_subset_finish. */
MXS_CHECK enum mxs_err mxs_by_put_subset(const struct mxs_by *by, const struct mxs_snapshot *snapshot,
                                         struct mxs_subset *subset, int64_t *first, struct mxs_detail *detail);
/* The text of a group in a cell: of those without a value words for people, nothing for programs; of a long one its
 * beginning for people, the whole for programs. */
void mxs_by_put_group(const struct mxs_by *by, uint32_t group, bool people, struct mxs_table *table,
                      struct mxs_cell *cell);

#endif
