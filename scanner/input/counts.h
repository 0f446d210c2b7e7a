/* What of a list was read otherwise than it stands, and what was passed over: counted while it is read, told at its end
 * by the run and by plan in the same words.
 *
 * In         A list, or a list in a zip
 * Out        Counts; a sentence for each that a person should hear of
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_INPUT_COUNTS_H
#define MXS_SCANNER_INPUT_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#define MXS_LIST_SENTENCE_SIZE 160

struct mxs_list_counts {
    uint64_t passed_over; /* header, blank cells, other records of a zone */
    /* Of rows that were taken: */
    uint64_t assumed;      /* rows whose cell of names was read as Windows-1252 */
    uint64_t assumed_kept; /* rows of which a kept cell was */
    uint64_t nul_kept;     /* kept cells that held NUL, which is left out */
    uint64_t cut_kept;     /* kept cells that were cut at MXS_FACET_VALUE_MAX */
};

/* The next sentence; false after the last. *cursor begins at 0. What is passed over has none: it is told with the
 * lines. */
bool mxs_list_counts_sentence(const struct mxs_list_counts *counts, uint32_t *cursor,
                              char out[MXS_LIST_SENTENCE_SIZE]);

#endif
