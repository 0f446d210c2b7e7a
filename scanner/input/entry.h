/* What every form of list gives: entries, each a canonical name or a reject with its reason.
 *
 * Units      Lines counted from 1 within a file, also within a file of a zip
 * Limits     A line or a row over MXS_LIST_LINE_MAX is one reject; MXS_FACETS_MAX kept columns, their cells up to
 *            MXS_FACET_VALUE_MAX
 * Ownership  Views, until the next call of the reader
 */
#ifndef MXS_SCANNER_INPUT_ENTRY_H
#define MXS_SCANNER_INPUT_ENTRY_H

#include "base/bytes.h"
#include "base/err.h"

#define MXS_LIST_LINE_MAX 65536

#define MXS_FACETS_MAX 16
#define MXS_FACET_VALUE_MAX 64000 /* bytes; a longer cell is cut at a character, and counted */

enum mxs_list_format { MXS_LIST_DETECT, MXS_LIST_PLAIN, MXS_LIST_CSV, MXS_LIST_JSONL, MXS_LIST_ZONE };
/* Their words, "list", "csv", "jsonl", "zone": those of --input-format. */
const char *mxs_list_format_text(enum mxs_list_format format);
MXS_CHECK bool mxs_list_format_parse(const char *text, enum mxs_list_format *out);

/* The cell of a kept column. */
struct mxs_facet_value {
    uint32_t facet; /* index of mxs_list_facet */
    struct mxs_text value; /* UTF-8, never empty, without NUL, MXS_FACET_VALUE_MAX at most */
};

/* The closed list of reasons:
 *   empty_name      nothing is left: ".", "user@"; also "-"
 *   empty_label     two dots in a row, or a dot in front
 *   label_too_long  over 63 bytes as an A-label
 *   name_too_long   over 253 characters
 *   bad_character   anything but letters, digits, '-' and '_' in a label; also a port that is not a number
 *   ip_address      IPv4, IPv6, bracketed or not
 *   numeric_tld     the last label is digits alone: no top-level domain is @rfc{3696,2}
 *   wildcard        "*" or "*.example.com"
 *   several_fields  more on the line than one name and a comment
 *   nul_byte        a NUL on the line
 *   line_too_long   over MXS_LIST_LINE_MAX
 *   not_utf8        a host that is neither ASCII nor UTF-8
 *   unclosed_quote  a row of a table with a quote that does not end
 *   ragged_row      a row with fewer cells than the others, or with more
 *   not_json        a line that is no JSON object
 *   zone_syntax     a record of a zone that cannot be read
 *   generate_too_large  a $GENERATE of more than a million names
 *   idn_...         libidn2's own name of what is wrong with a label: idn_disallowed, idn_bidi ... */
struct mxs_entry {
    uint64_t line;
    struct mxs_text name;   /* canonical; size 0 when rejected */
    const char *reason;     /* NULL when accepted */
    struct mxs_text
        text; /* the line or the value as read, cut at 1,020 bytes, for the reject's record; any bytes at all */
    const struct mxs_facet_value *facets; /* of its row */
    uint32_t facet_count;
};

/* Asked before each block that is read; anything but MXS_OK ends the list with it. */
typedef enum mxs_err (*mxs_list_watch)(void *arg, struct mxs_detail *detail);

#endif
