#include "scanner/input/counts.h"

#include <stdio.h>

#include "scanner/input/entry.h"

bool mxs_list_counts_sentence(const struct mxs_list_counts *counts, uint32_t *cursor, char out[MXS_LIST_SENTENCE_SIZE])
{
    _Static_assert(MXS_FACET_VALUE_MAX == 64000, "the number stands in these words");
    const struct {
        uint64_t count;
        const char *one, *many;
    } told[] = {
        {counts->assumed, "row names its domain in bytes that are not UTF-8 and were read as Windows-1252",
         "rows name their domains in bytes that are not UTF-8 and were read as Windows-1252"},
        {counts->assumed_kept, "row has kept cells that are not UTF-8 and were read as Windows-1252",
         "rows have kept cells that are not UTF-8 and were read as Windows-1252"},
        {counts->nul_kept, "kept cell holds NUL bytes, which are left out",
         "kept cells hold NUL bytes, which are left out"},
        {counts->cut_kept, "kept cell is longer than 64,000 bytes and was cut there",
         "kept cells are longer than 64,000 bytes and were cut there"},
    };
    while (*cursor < sizeof told / sizeof *told) {
        uint32_t at = (*cursor)++;
        if (told[at].count == 0)
            continue;
        snprintf(out, MXS_LIST_SENTENCE_SIZE, "%llu %s", (unsigned long long)told[at].count,
                 told[at].count == 1 ? told[at].one : told[at].many);
        return true;
    }
    return false;
}
