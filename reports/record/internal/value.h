/* What is known of one domain, and how each column of column.h reads its value from it.
 *
 * In         A run: its facts, a verdict, the MX hosts of a set, policies, how the domain was measured
 * Out        One value of a column
 * Units      As its column says
 * Ownership  Views: what they show must live until the record is written
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_VALUE_H
#define MXS_REPORTS_RECORD_INTERNAL_VALUE_H

#include "reports/data/facts.h"
#include "reports/record/internal/column.h"

struct mxs_policies;

struct mxs_record_mx_host {
    int64_t preference;
    const struct mxs_facts_host *host;
};

/* A sign of who holds the mailbox. rule NULL: none names it. */
struct mxs_record_evidence {
    const char *kind, *rule, *value;
};

enum {
    MXS_REDUNDANCY_HOSTS,
    MXS_REDUNDANCY_USABLE,
    MXS_REDUNDANCY_TIERS,
    MXS_REDUNDANCY_LOAD_SHARING,
    MXS_REDUNDANCY_MULTIHOMED,
    MXS_REDUNDANCY_BACKUP,
    MXS_REDUNDANCY_ADDRESSES,
    MXS_REDUNDANCY_PREFIXES,
    MXS_REDUNDANCY_ASNS,
    MXS_REDUNDANCY_PROVIDERS,
    MXS_REDUNDANCY_SINGLE_POINT,
    MXS_REDUNDANCY_SURVIVES_PROVIDER,
    MXS_REDUNDANCY_COUNT
};

/* What was judged. */
struct mxs_record_verdict {
    struct mxs_table row;      /* state, then the members of redundancy */
    struct mxs_table labels;   /* role, provider, share, confidence */
    struct mxs_table findings; /* code, name */
};

struct mxs_record_measured {
    const char *resolver; /* NULL: nothing is known */
    size_t resolver_size;
    int64_t attempts, rtt_us, asked_at;
    uint16_t ede; /* code + 1; MXS_EDE_NONE */
};

struct mxs_record_source {
    const struct mxs_facts *facts;
    const char *name; /* the domain; NULL: the MX hosts are told for domains that none of them belongs to */
    size_t name_size;
    int8_t outcome;
    const struct mxs_record_mx_host *mx;
    size_t mx_count;
    const struct mxs_record_evidence *evidence;
    size_t evidence_count;
    const struct mxs_record_verdict *verdict;
    struct mxs_policies *policies;
    const struct mxs_record_measured *measured;
    uint32_t domain_id; /* for its facets */
    const struct mxs_facts_host *own; /* a domain without MX itself; NULL: it has one, or does not exist */
    const char *servers; /* JSON of what was met where the domain is its own MX host; NULL: nothing */
    bool content_only;
    size_t item; /* the element of the array at hand; SIZE_MAX: none */
};

mxs_record_read mxs_record_read_domain, mxs_record_read_mx, mxs_record_read_own, mxs_record_read_evidence,
    mxs_record_read_label, mxs_record_read_verdict, mxs_record_read_finding, mxs_record_read_policy,
    mxs_record_read_measured, mxs_record_read_unsettled;

/* What the `argument` of a column picks. */
enum { MXS_READ_NAME, MXS_READ_OUTCOME, MXS_READ_SERVERS };
enum {
    MXS_READ_MX,
    MXS_READ_PREFERENCE,
    MXS_READ_HOST,
    MXS_READ_TTL,
    MXS_READ_ALIAS,
    MXS_READ_USABLE,
    MXS_READ_A,
    MXS_READ_A_OUTCOME,
    MXS_READ_A_ADDRESSES,
    MXS_READ_AAAA,
    MXS_READ_AAAA_OUTCOME,
    MXS_READ_AAAA_ADDRESSES,
    MXS_READ_PROVIDER,
    MXS_READ_SMTP
};
enum { MXS_READ_EVIDENCE, MXS_READ_KIND, MXS_READ_RULE, MXS_READ_VALUE };
enum { MXS_READ_GATEWAY, MXS_READ_MAILBOX, MXS_READ_MAILBOXES, MXS_READ_BACKUP, MXS_READ_CONFIDENCE };
enum { MXS_READ_RESOLVER, MXS_READ_ATTEMPTS, MXS_READ_RTT, MXS_READ_ASKED_AT, MXS_READ_EDE, MXS_READ_STALE };
#define MXS_READ_STATE (-1)

/* By preference, then host name. */
void mxs_record_sort(struct mxs_record_mx_host *list, size_t count);
/* What the MX hosts say about who holds the mailbox: those of the first level with a usable one, or the first when
 * addresses were not asked. Where no rule names any of them, what their servers show. out has room for `count` and for
 * the signs of all. Returns how many. */
size_t mxs_record_find_evidence(const struct mxs_facts *facts, const struct mxs_record_mx_host *list, size_t count,
                                struct mxs_record_evidence *out);

/* Of one MX host; out has room for its signals. */
size_t mxs_record_find_signals(const struct mxs_facts *facts, const struct mxs_facts_host *host,
                               struct mxs_record_evidence *out);

#endif
