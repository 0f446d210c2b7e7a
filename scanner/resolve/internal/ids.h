/* Taken from the kernel a thousand at a time.
 *
 * Spec       @rfc{5452,9.2}
 * In         The kernel's randomness
 * Out        Query ids nobody can guess
 * Ownership  Plain values; zeroed, it begins
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_IDS_H
#define MXS_SCANNER_RESOLVE_INTERNAL_IDS_H

#include <stdint.h>

#define MXS_IDS_AT_ONCE 1024u

struct mxs_query_ids {
    uint16_t ids[MXS_IDS_AT_ONCE];
    uint32_t left;
};

uint16_t mxs_ids_take(struct mxs_query_ids *ids);

#endif
