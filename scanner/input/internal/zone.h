/* The names delegated in a zone: owners of NS records below the apex. A line is nearly always one record and is read as
 * it passes; what is folded over lines, quoted or escaped goes through ldns.
 *
 * Spec       @rfc{1035,5.1} @rfc{2308,4} $GENERATE as BIND has it
 * In         A window at the beginning of a master file: CZDS's, an AXFR's, a hand-written one
 * Out        Each delegated name as an entry, once where its records stand together; a record that cannot be read as a
 *            reject
 * Limits     A record of MXS_LIST_LINE_MAX bytes; MXS_ZONE_GENERATED names of one $GENERATE; MXS_ZONE_RESCANS
 *            brackets that are never closed are read over, later ones have to close on their line
 * Errors     MXS_ERR_END; MXS_ERR_INPUT: $INCLUDE, which would read another file; MXS_ERR_MEMORY. The window's own
 *            failure stands in it
 * Ownership  open/finish; an entry's views live until the next call
 * Threads    One at a time
 * Bugs       Without a SOA record the apex is what all owners end in, known at the end only
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_ZONE_H
#define MXS_SCANNER_INPUT_INTERNAL_ZONE_H

#include "scanner/input/internal/line.h"
#include "scanner/input/internal/buffer.h"

#define MXS_ZONE_GENERATED 1000000u
#define MXS_ZONE_RESCANS 1000u

struct mxs_zone_name {
    char text[MXS_NAME_TEXT_MAX + 1];
    uint32_t size;
    bool known;
};

struct mxs_zone {
    struct mxs_buffer *buffer;
    const char *path;
    struct mxs_zone_name origin, owner, apex,
        last;                   /* $ORIGIN; of the record before; of SOA, or what all owners end in; last one given */
    struct mxs_zone_name held;  /* without SOA: perhaps the apex */
    bool has_soa;
    uint64_t held_line;
    uint64_t passed_over, records;
    uint64_t line;
    char *record;               /* of several lines, as one */
    struct {
        uint64_t at, stop, step;
        char left[256];
        bool active;
    } generate;
    char long_text[MXS_LINE_TEXT_MAX + 4];
    struct mxs_text shown; /* what a reject shows of a gathered record; data NULL: the line itself */
    uint32_t rescans;
};

/* How many of the first buffered lines are records or directives of a zone, of how many. */
void mxs_zone_look(const struct mxs_buffer *buffer, uint32_t *lines, uint32_t *records);
MXS_CHECK enum mxs_err mxs_zone_open(struct mxs_zone *zone, struct mxs_buffer *buffer, const char *path,
                                     struct mxs_detail *detail);
void mxs_zone_finish(struct mxs_zone *zone);
enum mxs_err mxs_zone_next(struct mxs_zone *zone, char *name, struct mxs_entry *out, struct mxs_detail *detail);

#endif
