/* Where a person's words become numbers, once: the rest of the room reads this struct and no option by name. The table
 * of options stands beside it, because what an option is called and what it does belong together.
 *
 * In         The values of the scan options
 * Out        What a scan needs to know, in its own types
 * Units      In the names
 * Limits     MXS_POOL_MAX resolvers
 * Errors     MXS_ERR_INPUT with a sentence
 * Ownership  init/finish; texts belong to the values
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_RUN_SETTINGS_H
#define MXS_SCANNER_RUN_SETTINGS_H

#include "options/option.h"
#include "scanner/checks/registry.h"
#include "scanner/input/exclude.h"
#include "scanner/input/list.h"
#include "scanner/recursor/recursor.h"
#include "scanner/resolve/address.h"
#include "scanner/resolve/pool.h"
#include "scanner/run/shard.h"
#include "scanner/schedule/scheduler.h"

/* How mail servers are met. */
struct mxs_smtp_settings {
    char *helo; /* canonical; owned; NULL without the check */
    uint32_t rate, concurrency, timeout_s, retry_s;
};

struct mxs_settings {
    const char *db;
    const char *list;
    char **resolvers; /* addresses; owned */
    size_t resolver_count, resolver_capacity;
    unsigned checks;      /* bits of scanner/checks/registry.h */
    char checks_text[64]; /* in fixed order */
    const char *exclude, *rules, *psl, *asn_db, *status_file, *on_finish, *on_change, *sandbox, *finish_to;
    bool fetch_sts;
    const char *ca_file;
    char sts_connect[MXS_RESOLVER_ADDRESS_MAX]; /* "" none */
    struct mxs_list_options input; /* how lists are read */
    struct mxs_smtp_settings smtp;
    bool own_recursor;  /* --recursor: nobody else is asked */
    struct mxs_recursor_options recursor;
    bool fresh; /* --new */
    struct mxs_shard shard;
    bool quiet;
    int verbose;
    bool seed_given;
    uint64_t seed;
    uint32_t time_limit_s; /* 0 none */
    struct mxs_scheduler_options scheduler;
    struct mxs_pool_options pool;
    struct mxs_detail no_resolver; /* for a doctor: why the system names none; err MXS_OK: it does */
    char *controls[MXS_HEALTH_CONTROLS]; /* canonical; owned */
    uint32_t control_count;
    bool controls_built_in;
};

/* Who reads them: a lookup has the first MXS_ASK_OPTION_COUNT options only; a doctor has a scan's, and goes on where
 * the system names no resolver that can be read. */
enum mxs_settings_use { MXS_USE_LOOKUP, MXS_USE_SCAN, MXS_USE_DOCTOR };
/* The system's resolvers are read from /etc/resolv.conf when none is named; none are there with --recursor. */
MXS_CHECK enum mxs_err mxs_settings_init(struct mxs_settings *settings, const mxs_values *values,
                                         enum mxs_settings_use use, struct mxs_detail *detail);
/* The pool's options. What is excluded is not asked as a control name either; exclude may be NULL. controls: room for
 * MXS_HEALTH_CONTROLS, which must live as long as the pool. */
struct mxs_pool_options mxs_settings_pool(const struct mxs_settings *settings, const mxs_exclude *exclude,
                                          const char **controls);
/* Of a text of checks, as --checks and a run have it. */
MXS_CHECK enum mxs_err mxs_settings_parse_checks(struct mxs_settings *settings, const char *text,
                                                 struct mxs_detail *detail);
/* What completions offer of these options. */
const char *mxs_settings_word(const char *of, size_t index);
void mxs_settings_finish(struct mxs_settings *settings);

#define MXS_ASK_OPTION_COUNT 33
#define MXS_SCAN_OPTION_COUNT 47
/* The first is lookup's alone; from the second on a scan has them all, lookup MXS_ASK_OPTION_COUNT of them. */
/* Of these what a file says of a scan holds for all who ask, or look at what a scan would do. */
extern const char *const mxs_whom_to_ask[];
extern const struct mxs_option mxs_ask_options[1 + MXS_SCAN_OPTION_COUNT];
#define mxs_scan_options (mxs_ask_options + 1)

#endif
