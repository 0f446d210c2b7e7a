/* A report is a list of names from here. The SQL takes the run as ?1 and names public views only; where it has a ?2,
 * that is the number of rows wanted.
 *
 * Out        Every table there is: its question, its SQL, its columns
 * Units      Each column's
 * Errors     Those of the store
 * Ownership  Static; the table read is the caller's
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_CATALOG_H
#define MXS_REPORTS_DATA_CATALOG_H

#include "reports/data/snapshot.h"

/* What a run must have asked, or been given, for a table to have rows. */
enum mxs_needs { MXS_NEEDS_NOTHING, MXS_NEEDS_HOSTS, MXS_NEEDS_POLICIES, MXS_NEEDS_NETWORKS, MXS_NEEDS_SERVERS };

struct mxs_catalog_entry {
    const char *name;     /* "providers": `report DB providers` */
    const char *title;
    const char *question;
    const char *sql;
    int64_t
        limit; /* rows a person is shown when nobody says how many; of each value of the first column where grouped */
    enum mxs_needs needs;
    bool grouped;
    bool counted;         /* too long to be read for the number of its rows: they are counted */
    const struct mxs_column *columns;
    size_t column_count;
};

extern const struct mxs_catalog_entry mxs_catalog[];
extern const size_t mxs_catalog_count;

/* NULL when there is none of that name. */
const struct mxs_catalog_entry *mxs_catalog_find(const char *name);

/* What a table of an entry says was not checked; NULL: nothing that it rests on. */
const char *mxs_catalog_unchecked(const struct mxs_catalog_entry *entry, const struct mxs_run *run);

/* limit 0: the entry's own; -1: all. A table that was cut knows how many rows there are. */
MXS_CHECK enum mxs_err mxs_catalog_read(const struct mxs_catalog_entry *entry, struct mxs_snapshot *snapshot,
                                        int64_t limit, struct mxs_table *out, struct mxs_detail *detail);

#endif
