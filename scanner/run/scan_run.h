/* The run that is made: what its row says, as far as the stages need it.
 *
 * Units      Unix seconds
 */
#ifndef MXS_SCANNER_RUN_SCAN_RUN_H
#define MXS_SCANNER_RUN_SCAN_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct mxs_scan_run {
    int64_t id, list_id, previous; /* previous: 0 none */
    int64_t started_at;
    uint64_t seed;
    char stage[16];
    char input_digest[33]; /* "" before import is over */
    bool resumed, degraded;
    uint64_t lines, accepted, rejected, duplicates;
};

#endif
