/* The domains of a run, from wherever they come: sorted, then in their order recognised in the database or given the
 * next id, and stored with the columns that are kept with them.
 *
 * In         Names, each with its values of the kept columns; several times the same is one
 * Out        domain, member, and what facets.h says; notes of the kind `columns` on what could not be kept
 * Limits     32 MB for sorting, 30 where columns are kept; more goes through files beside the database
 * Errors     Those of the sorter, the store and the writer
 * Ownership  open/close
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_MEMBERS_H
#define MXS_SCANNER_RUN_INTERNAL_MEMBERS_H

#include "base/sorter.h"
#include "scanner/input/list.h"
#include "scanner/run/internal/facets.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/survey.h"

struct mxs_members {
    struct mxs_survey *survey;
    mxs_sorter *sorter;
    mxs_known *known;
    mxs_facets *facets; /* NULL: no columns are kept */
    uint64_t accepted;  /* different names */
};

MXS_CHECK enum mxs_err mxs_members_open(struct mxs_members *members, struct mxs_survey *survey, bool keep,
                                        struct mxs_detail *detail);
/* Also after a failed open. */
void mxs_members_close(struct mxs_members *members);

/* From now on an entry's facets are these columns. */
MXS_CHECK enum mxs_err mxs_members_begin_part(struct mxs_members *members, const char *const *columns, uint32_t count,
                                              struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_members_put(struct mxs_members *members, const struct mxs_entry *entry,
                                       struct mxs_detail *detail);
/* After the last: gives ids, and hands new names to the writer. */
MXS_CHECK enum mxs_err mxs_members_find(struct mxs_members *members, struct mxs_detail *detail);
/* Inside the caller's transaction, when the writer is at rest. */
MXS_CHECK enum mxs_err mxs_members_store(struct mxs_members *members, struct mxs_detail *detail);

#endif
