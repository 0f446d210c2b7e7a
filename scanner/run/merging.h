/* One database of the databases of shards, as if one machine had scanned the list. What the shards know is told to a
 * new run as if it had been asked just now, and that run is judged once, as any other. It is built in a file beside
 * OUT, which takes OUT's place when it is whole: whatever ends a merge, OUT is what it was, or what it shall be.
 *
 * In         Databases of shards, each with a finished run; OUT, with or without earlier nights
 * Out        OUT with one more run
 * Limits     MXS_MERGE_MAX databases; memory as a scan has it, and that of one shard
 * Errors     MXS_ERR_INPUT: what does not belong together, is missing, or there twice; MXS_ERR_FOREIGN_DB: a damaged
 *            shard, by its name; MXS_ERR_DISK, MXS_ERR_STOPPED: the same command begins again
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_MERGING_H
#define MXS_SCANNER_RUN_MERGING_H

#include "scanner/run/settings.h"

#define MXS_MERGE_MAX 4096

struct mxs_merging {
    const char *out;
    char *const *paths;
    int count;
    const char *list;  /* NULL: the newest of the first database */
    bool partial;      /* go on without shards that are missing or cannot be read */
    struct mxs_settings settings; /* rules, psl, asn_db, quiet */
};

/* Of what was merged, for whoever tells it. */
struct mxs_merged {
    int64_t run, accepted;
    uint32_t shards, of;
    uint64_t hosts_asked, hosts_same; /* MX hosts that several shards asked, and that said the same */
    bool degraded, usage;
};

MXS_CHECK enum mxs_err mxs_merging_run(struct mxs_merging *merging, struct mxs_merged *out, struct mxs_detail *detail);

/* "1,204 times an MX host was asked by one more shard, 1,203 times (99.9 %) it said the same"; asked is not 0. */
const char *mxs_merging_agreement_text(char *out, size_t out_size, const char *what, uint64_t asked, uint64_t same);

#endif
