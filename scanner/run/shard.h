/* A shard is a part of a list that one scan surveys; merge makes one database of all. Which shard a name is of is
 * decided by its registrable domain, so that a customer's names, and what --polite counts, stay together. The hash is
 * FNV-1a, 64 bits, mixed once by the last step of SplitMix64: it never changes, for the shards of a survey are scanned
 * on several machines.
 *
 * In         K/N, auto or auto/N, and the environment that an engine sets: Slurm, Kubernetes, GNU parallel
 * Out        The number of a shard, from 1, and how many there are
 * Limits     MXS_SHARD_MAX shards
 * Errors     MXS_ERR_INPUT: no such shard, or no engine says which
 * Threads    Any
 */
#ifndef MXS_SCANNER_RUN_SHARD_H
#define MXS_SCANNER_RUN_SHARD_H

#include "base/err.h"
#include "model/domain.h"

#define MXS_SHARD_MAX 100000u
#define MXS_SHARD_TEXT_SIZE 16

struct mxs_shard {
    uint32_t number, count; /* 1/1: the whole list */
};

/* text NULL: the whole. Reads the environment for auto. */
MXS_CHECK enum mxs_err mxs_shard_parse(const char *text, struct mxs_shard *out, struct mxs_detail *detail);
void mxs_shard_text(const struct mxs_shard *shard, char out[MXS_SHARD_TEXT_SIZE]);
/* The number of the shard, of `count`, that a canonical name is of. */
uint32_t mxs_shard_of(const mxs_suffixes *suffixes, struct mxs_text name, uint32_t count);

#endif
