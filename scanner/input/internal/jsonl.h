/* One JSON object a line, as dnsx, zdns, massdns and httpx write them.
 *
 * Spec       @rfc{8259,2}
 * In         A window at the beginning of a line
 * Out        The values of one key as entries, with the keys that are kept
 * Limits     A line of MXS_LIST_LINE_MAX bytes; MXS_JSONL_VALUES values of the kept keys on it
 * Errors     MXS_ERR_END alone: the window's own failure stands in the window
 * Ownership  open/finish; an entry's views live until the next call
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_JSONL_H
#define MXS_SCANNER_INPUT_INTERNAL_JSONL_H

#include "scanner/input/internal/cell.h"
#include "scanner/input/internal/columns.h"
#include "scanner/input/internal/leaves.h"
#include "scanner/input/internal/buffer.h"

#define MXS_JSONL_VALUES 4096u

struct mxs_jsonl {
    struct mxs_buffer *buffer;
    char column[MXS_LEAVES_PATH_MAX + 1];
    char kept[MXS_FACETS_MAX][MXS_COLUMN_HEAD_MAX + 4];
    uint32_t kept_count;
    bool drop_www;
    struct mxs_list_counts counts;
    uint64_t line;
    char *scratch;
    struct mxs_text *values;   /* of the column on this line; MXS_JSONL_VALUES */
    uint32_t value_count, value_at;
    struct mxs_facet_value *facets; /* MXS_JSONL_VALUES */
    uint32_t facet_count;
    bool overflow, cell_due, assumed, assumed_kept; /* Windows-1252, on this line */
    uint32_t nul_kept, cut_kept;
    struct mxs_input_cell cell;
    char long_text[MXS_LINE_TEXT_MAX + 4];
};

/* Counts the values of the keys on the buffered lines. *objects: how many of the lines are objects. */
MXS_CHECK enum mxs_err mxs_jsonl_shape(const struct mxs_buffer *buffer, struct mxs_columns *columns, uint32_t *lines,
                                       uint32_t *objects, struct mxs_detail *detail);
/* Whether the one line there is says that something failed, and best is but a link in it. */
bool mxs_jsonl_is_failure(const struct mxs_columns *columns, uint32_t lines, uint32_t best);
MXS_CHECK enum mxs_err mxs_jsonl_open(struct mxs_jsonl *jsonl, struct mxs_buffer *buffer, struct mxs_detail *detail);
void mxs_jsonl_finish(struct mxs_jsonl *jsonl);
enum mxs_err mxs_jsonl_next(struct mxs_jsonl *jsonl, char *name, struct mxs_entry *out);

#endif
