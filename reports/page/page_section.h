/* Each function writes what stands between a section's heading and its end.
 *
 * Spec       docs/manual.md, "What the words mean"
 * In         A snapshot
 * Out        The sections of the page
 * Units      For people
 * Errors     Those of the store
 * Threads    One at a time; struct mxs_history has a second one inside
 */
#ifndef MXS_REPORTS_PAGE_PAGE_SECTION_H
#define MXS_REPORTS_PAGE_PAGE_SECTION_H

#include <pthread.h>

#include "reports/data/diff.h"
#include "reports/data/kept.h"
#include "reports/page/page.h"
#include "reports/data/trend.h"

struct mxs_section {
    struct mxs_page *page;
    struct mxs_snapshot *snapshot;
    struct mxs_history *history;
    mxs_store *store;
    struct mxs_run_sums sums;
    int64_t runs; /* complete ones of the list, up to this */
    struct mxs_kept kept; /* the names of the list's columns */
    struct mxs_detail *detail;
};

/* What the words mean, for the page and whatever else must say it. */
struct mxs_definition {
    const char *word, *meaning;
    bool of_policies; /* only where the run asked for them */
};
extern const struct mxs_definition mxs_definitions[];
extern const size_t mxs_definition_count;
bool mxs_definition_holds(const struct mxs_definition *definition, const struct mxs_run *run);

typedef enum mxs_err mxs_section_write(struct mxs_section *section);

mxs_section_write mxs_section_write_accounting;
mxs_section_write mxs_section_write_findings;
mxs_section_write mxs_section_write_providers;
mxs_section_write mxs_section_write_concentration;
mxs_section_write mxs_section_write_redundancy;
mxs_section_write mxs_section_write_impact;
mxs_section_write mxs_section_write_networks;
mxs_section_write mxs_section_write_policies;
mxs_section_write mxs_section_write_servers;
mxs_section_write mxs_section_write_groups;
mxs_section_write mxs_section_write_facets;
mxs_section_write mxs_section_write_changes;
mxs_section_write mxs_section_write_trend;
mxs_section_write mxs_section_write_method;
mxs_section_write mxs_section_write_citation;

/* A table of the catalog by name, read for the section; limit as in mxs_catalog_read. */
MXS_CHECK enum mxs_err mxs_section_read(struct mxs_section *section, const char *name, int64_t limit,
                                        struct mxs_table *out);
/* The same, and put as a figure with its table. A table without rows is put as the sentence `none`, or not at all
 * (NULL). */
MXS_CHECK enum mxs_err mxs_section_put(struct mxs_section *section, const char *name, int64_t limit, size_t bars,
                                       const char *none);
/* Under which law the mail is: of each role the largest countries, the unknown, and a row of all others. */
MXS_CHECK enum mxs_err mxs_section_put_jurisdictions(struct mxs_section *section);
/* <h3>, with the accent of a role or without (NULL). */
void mxs_section_put_heading(struct mxs_section *section, const char *text, const char *role);
/* "2026-11-18 05:20:00 UTC" */
const char *mxs_section_time(int64_t seconds, char *buffer);

/* A diff and a trend walk all rows once more. They do so on a connection and a thread of their own while the page's
 * other sections are counted; where there can be none (a database in memory), after them. */
struct mxs_history {
    const struct mxs_run *run;
    mxs_store *store; /* NULL: the page's */
    pthread_t thread;
    bool running, taken, wants_trend, has_diff, has_trend;
    struct mxs_diff diff;
    struct mxs_trend trend;
    enum mxs_err err;
    struct mxs_detail detail;
};

void mxs_history_open(struct mxs_history *history, const struct mxs_section *section);
/* From two runs on there is a diff, from three on a trend. Closes the snapshot. */
MXS_CHECK enum mxs_err mxs_history_take(struct mxs_history *history, struct mxs_section *section);
void mxs_history_close(struct mxs_history *history);

#endif
