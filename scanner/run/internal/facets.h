/* The columns of lists that are kept with their domains (--keep), from the rows as they are read to the database.
 * Values become numbers at once; a domain's numbers travel behind its name through the sort, and are brought into the
 * order of the ids by another one.
 *
 * In         Rows: a name and the cells of the kept columns; then the names in order, each with its id
 * Out        facet, facet_value, facet_set, facet_block
 * Limits     MXS_FACETS_MAX facets; MXS_FACETS_VALUES_MEMORY for their values: what finds no room is sorted in a file;
 *            MXS_FACETS_SETS_MEMORY for sets of values: a facet that outgrows it is not kept, and said; of a name
 *            MXS_FACETS_SET_MOST values, more are counted and said
 * Errors     Those of the sorter and the store; MXS_ERR_MEMORY; MXS_ERR_INPUT: more facets over all lists
 * Ownership  create/destroy
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_FACETS_H
#define MXS_SCANNER_RUN_INTERNAL_FACETS_H

#include "base/sorter.h"
#include "db/store.h"
#include "scanner/input/list.h"

#define MXS_FACETS_VALUES_MEMORY (16u << 20)
#define MXS_FACETS_SETS_MEMORY (8u << 20)
#define MXS_FACETS_SET_MOST 16383u /* values of one name in one facet: what a key of base/intern.h holds */
/* Between a name and what is put behind it: below every character of a name, so that the order is that of the names. */
#define MXS_FACETS_MARK '\x01'

typedef struct mxs_facets mxs_facets;

/* Reads what the list has already. folder: for the sort, or NULL. */
MXS_CHECK enum mxs_err mxs_facets_create(mxs_facets **out, mxs_store *store, int64_t list, const char *folder,
                                         struct mxs_detail *detail);
void mxs_facets_destroy(mxs_facets **facets);

/* From now on rows are of this part of a list. */
MXS_CHECK enum mxs_err mxs_facets_begin_part(mxs_facets *facets, const char *const *names, uint32_t count,
                                             struct mxs_detail *detail);
/* The text to sort for a row: its name, and its values as numbers. The view lives until the next call. */
MXS_CHECK enum mxs_err mxs_facets_text(mxs_facets *facets, const struct mxs_entry *entry, struct mxs_text *out,
                                       struct mxs_detail *detail);

/* After the last row: puts those whose values found no room in memory among the names. */
MXS_CHECK enum mxs_err mxs_facets_end_rows(mxs_facets *facets, mxs_sorter *names, struct mxs_detail *detail);

/* What stands behind a name that was sorted; several texts of one name follow each other. */
MXS_CHECK enum mxs_err mxs_facets_take(mxs_facets *facets, struct mxs_text behind, struct mxs_detail *detail);
/* After the last text of a name: its id. */
MXS_CHECK enum mxs_err mxs_facets_end_name(mxs_facets *facets, uint32_t id, struct mxs_detail *detail);

/* Inside the caller's transaction. */
MXS_CHECK enum mxs_err mxs_facets_store(mxs_facets *facets, int64_t run, int64_t previous, struct mxs_detail *detail);
/* What is not kept, after mxs_facets_end_name of the last: the next sentence; false after the last of them.
 * *cursor begins at 0. */
#define MXS_FACETS_SENTENCE_SIZE 256
bool mxs_facets_sentence(const mxs_facets *facets, uint32_t *cursor, char out[MXS_FACETS_SENTENCE_SIZE]);

#endif
