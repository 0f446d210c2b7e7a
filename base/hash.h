/* The one hash of tables that strangers feed: keyed at random, so a list that was made to collide gains nothing.
 *
 * Spec       SipHash-1-3
 * Threads    Any
 */
#ifndef MXS_BASE_HASH_H
#define MXS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t mxs_hash(const uint64_t key[2], const void *data, size_t size_bytes);
/* Fills both words from the system's random source; falls back to the clock and address layout. */
void mxs_hash_key(uint64_t key[2]);

#endif
