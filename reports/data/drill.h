/* What a sender would do tonight: MX hosts by preference, equal ones in random order, the addresses of each in order,
 * until one takes the mail; and how long the ones before it would keep it waiting. From what the check smtp saw.
 *
 * Spec       @rfc{5321,5.1} @rfc{5321,4.5.3.2} @rfc{5321,4.5.4.1}
 * In         A run with the check smtp
 * Out        The hops of one domain; of a list, how many domains' mail would wait, and how long
 * Units      Milliseconds
 * Errors     MXS_ERR_INPUT: the run did not meet mail servers, or does not know the domain
 * Ownership  open/close
 * Threads    One at a time
 * Bugs       A sender's patience is assumed: 30 s for a connection (as Postfix has it), 300 s for the greeting
 */
#ifndef MXS_REPORTS_DATA_DRILL_H
#define MXS_REPORTS_DATA_DRILL_H

#include "reports/data/by.h"
#include "reports/data/impact.h"

#define MXS_DRILL_CONNECT_MS 30000
#define MXS_DRILL_GREETING_MS 300000
#define MXS_DRILL_COLUMNS 9

/* How it ends for a domain. */
enum mxs_drill_end {
    MXS_DRILL_AT_ONCE,  /* the first that is tried takes the mail, whichever of equals that is */
    MXS_DRILL_LATER,    /* others are tried before it, some or all of the times */
    MXS_DRILL_QUEUED,   /* nobody takes it now; the sender keeps it and tries again */
    MXS_DRILL_RETURNED, /* everybody refuses for good */
    MXS_DRILL_UNKNOWN,  /* it hangs on a server that was not met, or on addresses that are not settled */
    MXS_DRILL_END_COUNT,
};
extern const char *const mxs_drill_end_texts[MXS_DRILL_END_COUNT];

struct mxs_drill_server {
    int64_t host_id, address_id;
    int8_t outcome; /* enum mxs_smtp_outcome */
    bool settled;
    int64_t code, connect_ms, banner_ms; /* -1: not known */
};

struct mxs_drill {
    struct mxs_impact impact;
    int64_t unknown_from; /* preference of the first MX host of the set at hand whose addresses are not settled */
    struct mxs_drill_server *servers; /* by host, address */
    size_t server_count, server_capacity;
    struct mxs_table hops;    /* of the domains that were named */
    struct mxs_table summary; /* of the list: all, then by who runs the first MX host, or by a facet */
    struct mxs_column by_columns[MXS_DRILL_COLUMNS];
    struct mxs_drill_wait {
        int64_t wait_ms, domains;
        uint32_t group; /* a provider, or a group of a facet */
    } *waits;
    size_t wait_count, wait_capacity;
};

MXS_CHECK enum mxs_err mxs_drill_open(struct mxs_drill *drill, mxs_store *store, const struct mxs_run *run,
                                      struct mxs_detail *detail);
void mxs_drill_close(struct mxs_drill *drill);
/* Adds the hops of a domain (canonical name) to `hops`. */
MXS_CHECK enum mxs_err mxs_drill_put_domain(struct mxs_drill *drill, mxs_store *store, const struct mxs_run *run,
                                            const char *name, struct mxs_detail *detail);
/* Fill `summary`. spec: as in reports/data/by.h; a domain counts once under each of its values, so that these add up to
 * more than all. */
MXS_CHECK enum mxs_err mxs_drill_put_list(struct mxs_drill *drill, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_drill_put_by(struct mxs_drill *drill, mxs_store *store, const struct mxs_run *run,
                                        const char *spec, struct mxs_detail *detail);

#endif
