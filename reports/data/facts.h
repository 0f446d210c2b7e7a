/* Reports over a million domains meet each MX host many times. One pass over the tables puts all of them in memory,
 * where an id is found by guessing its place: ids are given in sequence.
 *
 * In         A run
 * Out        Every host of the database as the run saw it: outcomes, addresses, provider, rule
 * Limits     Memory: about 200 bytes a host, 16 an MX host of a set
 * Errors     Those of the store; MXS_ERR_MEMORY
 * Ownership  open/close; all texts live until close
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_FACTS_H
#define MXS_REPORTS_DATA_FACTS_H

#include "reports/data/run.h"
#include "base/string_pool.h"

struct mxs_facts_address {
    const char *text;
    uint32_t prefix;  /* index in prefixes */
    uint32_t network; /* index in asns; UINT32_MAX: unknown */
    uint32_t country; /* of the network: index in countries; UINT32_MAX: unknown */
    bool public;
};

struct mxs_facts_host {
    const char *name;      /* "" is the root of a null MX */
    const char *alias;     /* NULL: none */
    uint32_t name_size;
    int8_t a, aaaa;        /* outcome; -1: not asked */
    int8_t usable;         /* 1, 0, -1 unknown */
    bool deliverable;      /* mail could go there by its name */
    uint32_t provider;     /* index in providers; UINT32_MAX: none */
    uint32_t rule;         /* index in rules; UINT32_MAX: none */
    bool unnamed;          /* no rule names it: its provider is org:NAME */
    uint32_t a_first, a_count, aaaa_first, aaaa_count; /* in entries */
    int64_t certificate_ends; /* the first to end of its servers' that answer, unix seconds; 0: none */
    bool ends_soon;           /* within 14 days of the run, or it has */
    bool silent_again;        /* in this run and the one before, and it answered earlier */
    /* What is known; of a host of which the run could not settle everything: what was last settled before. So are a,
     * aaaa and their sets in facts of mxs_facts_open_known. since and the like: the first run that could not, or 0. */
    int8_t existed;           /* the outcome of A that was last settled */
    bool known_soon, known_silent; /* as ends_soon and silent_again */
    int64_t known_ends;       /* as certificate_ends */
    int64_t since, existed_since, servers_since;
    int8_t secured;           /* 1: TLS stands on port 25; 0: surely not; -1: not known */
    const char *smtp, *smtp_content; /* JSON of what its servers said, and without what is measured; NULL: not met.
        "mta_sts":"?xHOST" is left open: it hangs on the domain's policy; x: o the certificate holds, r it does not, n
        not known */
    uint32_t servers_heard;          /* that have said something whole, up to the run */
    uint32_t signal_first, signal_count; /* in signals: whom its servers' names speak for */
};

struct mxs_facts_signal {
    const char *kind, *rule, *value; /* certificate, ehlo or banner */
};

/* An address of a host that is known, now, to answer with parts of a pool. */
struct mxs_facts_pool {
    uint32_t host, address; /* index in hosts, in addresses */
    int64_t moved_run;      /* the pool moved away from it; 0: it has not, or it came back */
};

struct mxs_facts_mx_host {
    int64_t preference;
    uint32_t host; /* index in hosts */
};

struct mxs_names {
    int64_t *ids;       /* ascending; those of asns in order of first sight */
    const char **texts;
    size_t count, capacity;
};

struct mxs_facts {
    int64_t *host_ids;
    struct mxs_facts_host *hosts;
    size_t host_count, host_capacity;
    int64_t *address_ids;
    struct mxs_facts_address *addresses;
    size_t address_count, address_capacity;
    int64_t *set_ids;
    uint32_t *set_starts;
    size_t set_count, set_capacity;
    uint32_t *entries;  /* indexes in addresses, set by set */
    size_t entry_count, entry_capacity;
    int64_t *mx_ids;    /* MX sets */
    uint32_t *mx_starts;
    size_t mx_count, mx_capacity;
    struct mxs_facts_mx_host *mx_hosts; /* set by set, by preference */
    size_t mx_host_count, mx_host_capacity;
    struct mxs_facts_pool *pools; /* by host, then address */
    size_t pool_count, pool_capacity;
    struct mxs_facts_signal *signals; /* host by host */
    size_t signal_count, signal_capacity;
    struct mxs_names providers, rules, asns;
    struct mxs_string_pool prefixes; /* and all other texts are kept there */
    struct mxs_string_pool countries;
    struct mxs_string_pool aliases;  /* but those of hosts, which are of the run */
    bool hosts_asked;
    bool borrowed;      /* everything but hosts and aliases is another's */
};

MXS_CHECK enum mxs_err mxs_facts_open(struct mxs_facts *facts, mxs_store *store, const struct mxs_run *run,
                                      struct mxs_detail *detail);
/* The same of another run of the database: what does not depend on the run is borrowed, from facts that must live
 * longer. */
MXS_CHECK enum mxs_err mxs_facts_open_beside(struct mxs_facts *facts, const struct mxs_facts *base, mxs_store *store,
                                             const struct mxs_run *run, struct mxs_detail *detail);
/* As above, with what is known of the MX hosts: to compare a later run with. */
MXS_CHECK enum mxs_err mxs_facts_open_known(struct mxs_facts *facts, const struct mxs_facts *base, mxs_store *store,
                                            const struct mxs_run *run, struct mxs_detail *detail);
void mxs_facts_close(struct mxs_facts *facts);

/* Places of ids in the arrays; the count when an id is not there. */
size_t mxs_facts_host_position(const struct mxs_facts *facts, int64_t id);
size_t mxs_facts_set_position(const struct mxs_facts *facts, int64_t mx_set_id);
/* NULL when the id is not there. */
const struct mxs_facts_host *mxs_facts_host(const struct mxs_facts *facts, int64_t id);
/* The MX hosts of an MX set, by preference; *count 0 when there is no such set. */
const struct mxs_facts_mx_host *mxs_facts_mx_hosts(const struct mxs_facts *facts, int64_t set, size_t *count);
/* The pools of addresses of a list. */
MXS_CHECK enum mxs_err mxs_facts_pools_load(struct mxs_facts *facts, mxs_store *store, int64_t list,
                                            struct mxs_detail *detail);
/* Of an address of a host; NULL: it is not known to be of a pool. */
const struct mxs_facts_pool *mxs_facts_pool(const struct mxs_facts *facts, uint32_t host, uint32_t address);
/* "" when there is none. */
const char *mxs_facts_outcome(int8_t outcome);
/* The organisation behind a host no rule names: "example.net" of "org:example.net"; NULL when a rule or nothing names
 * it. */
const char *mxs_facts_organisation(const struct mxs_facts *facts, const struct mxs_facts_host *host);
/* True when name is suffix or below it. */
bool mxs_facts_within(const char *name, size_t size_bytes, const char *suffix);

#endif
