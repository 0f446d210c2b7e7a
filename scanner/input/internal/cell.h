/* What a cell of a table offers as names: one or several, as addresses of mail, URLs or names.
 *
 * Spec       @rfc{5322,3.4} @rfc{3986,3.2}
 * In         The text of a cell, UTF-8 or anything else
 * Out        Each value, and whether it is a name. A cell that only says that it is empty ("-", "n/a", "none") has none
 * Units      Bytes
 * Limits     A value ends at a comma, semicolon, bar or line end; at a blank only where all words are names with a dot
 * Ownership  Views of the cell
 * Threads    Any
 * Bugs       A single label is a name only where it is the whole cell
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_CELL_H
#define MXS_SCANNER_INPUT_INTERNAL_CELL_H

#include "scanner/input/counts.h"
#include "scanner/input/internal/line.h"

struct mxs_input_cell {
    struct mxs_text rest; /* of the cell */
    struct mxs_text words; /* of a piece whose blanks part values */
    bool several, has_angle;
};

void mxs_cell_init(struct mxs_input_cell *cell, struct mxs_text text);
/* False: no more values. */
bool mxs_cell_next(struct mxs_input_cell *cell, struct mxs_text *value);
/* The name of a value, into name (MXS_NAME_TEXT_MAX + 1 bytes): as mxs_line_parse fills an entry, all but its line. */
void mxs_cell_entry(const struct mxs_input_cell *cell, struct mxs_text value, char *name, struct mxs_entry *out);
/* Without its leading "www.", where two labels are left. */
struct mxs_text mxs_cell_without_www(struct mxs_text name);
/* A cell as it is kept, in its place, which is the caller's to write to: without blanks at both ends and without NUL,
 * at which terminals, C strings and the DNS end; *nul and *cut count what that cost. */
struct mxs_text mxs_cell_kept(struct mxs_text cell, uint32_t *nul, uint32_t *cut);

#endif
