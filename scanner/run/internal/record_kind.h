/* The two kinds of records that may come in parts of a pool: addresses of an MX host, and the MX records of a domain.
 *
 * In         Sets of the dictionary
 * Out        Their records as numbers: an address id; preference * 2^32 + host id
 * Errors     A set of no records: out of memory is 0, as in the dictionary
 * Threads    As the dictionary
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_RECORD_KIND_H
#define MXS_SCANNER_RUN_INTERNAL_RECORD_KIND_H

#include "scanner/write/dictionary.h"

struct mxs_record_kind {
    /* ?1 list: subject, record, seen_run, ascending */
    const char *entries;
    /* ?1 subject, ?2 list, ?3 last_run of what still stands, ?4 run: sets of both families, first_run, last_run,
     * whether that is of runs that were pruned */
    const char *told;
    const char *remove, *insert; /* ?1 subject, ?2 list, ?3 record, ?4 seen_run */
    const char *grown;           /* ?1 subject, ?2 run; NULL: comparing needs no such word */
    uint32_t (*count)(const struct mxs_dictionary *dictionary, uint32_t set);
    int64_t (*record)(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index);
    bool (*has)(const struct mxs_dictionary *dictionary, int64_t record); /* of a number that a file says */
    bool (*has_set)(const struct mxs_dictionary *dictionary, int64_t set); /* and it may be a part of one */
    int (*family)(const struct mxs_dictionary *dictionary, int64_t record); /* 0; 1 AAAA */
    struct mxs_record (*text)(const struct mxs_dictionary *dictionary, int64_t record);
    uint32_t (*set)(struct mxs_dictionary *dictionary, const struct mxs_record *records, uint32_t count);
    bool named; /* each record that comes or goes is told by its name */
};

extern const struct mxs_record_kind mxs_record_kind_address, mxs_record_kind_mx;

#endif
