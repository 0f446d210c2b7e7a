/* The table `measurement` holds one row of packed numbers per block of ids: per domain 2 to 6 bytes instead of a row of
 * 19, and a tenth of the time to store it. No view shows it; the scanner writes and both sides read it through this one
 * file.
 *
 * In         How answers were come by, in order of the domains' ids
 * Out        The same, read back: all, or of one domain
 * Units      rtt_us microseconds; asked_after_s, ttl_s seconds
 * Limits     MXS_MEASURED_BLOCK ids per row of the table
 * Errors     Those of db/query.h; a block that cannot be read is MXS_ERR_FOREIGN_DB
 * Ownership  open/finish; init/finish
 * Threads    That of the store
 */
#ifndef MXS_DB_MEASURED_H
#define MXS_DB_MEASURED_H

#include "db/query.h"

#define MXS_MEASURED_BLOCK 4096u
#define MXS_MEASURED_NO_TTL UINT32_MAX

struct mxs_measured_row {
    uint32_t domain;
    uint32_t resolver, attempts, rtt_us, asked_after_s, ttl_s; /* resolver: row id; ttl_s: MXS_MEASURED_NO_TTL */
    uint32_t ede; /* extended error, code + 1; 0: none */
    int64_t run;
};

/* --- reading */

struct mxs_measured {
    struct mxs_query query;
    const uint8_t *at, *end;
    uint64_t numbers[7]; /* of the row read last */
    uint32_t common;     /* those that all rows of the block share, as bits */
    uint32_t next; /* the lowest id the next row may have */
    uint32_t last; /* of the block */
    bool over, damaged;
};

/* Of the domains first .. last, ascending (whole blocks are read: rows around them may come, too). */
void mxs_measured_open(struct mxs_measured *measured, mxs_store *store, uint32_t first, uint32_t last);
bool mxs_measured_next(struct mxs_measured *measured, struct mxs_measured_row *out);
MXS_CHECK enum mxs_err mxs_measured_finish(struct mxs_measured *measured, struct mxs_detail *detail);
/* MXS_ERR_END: the run did not measure the domain, or a later one did. */
MXS_CHECK enum mxs_err mxs_measured_find(mxs_store *store, uint32_t domain, int64_t run, struct mxs_measured_row *out,
                                         struct mxs_detail *detail);

/* --- writing */

/* Gives the next row, ids ascending; false after the last. */
typedef bool (*mxs_measured_source)(void *arg, struct mxs_measured_row *row);

/* Puts these rows in the place of what is known of domains first .. last; of others in the same blocks, and of domains
 * the source does not name, what was known stays. Inside the caller's transaction. */
MXS_CHECK enum mxs_err mxs_measured_put(mxs_store *store, uint32_t first, uint32_t last, mxs_measured_source source,
                                        void *arg, struct mxs_detail *detail);

#endif
