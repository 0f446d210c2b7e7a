/* Only what is settled on both sides is compared; the facts of the earlier one are what was known then
 * (mxs_facts_open_known). Kinds are independent of each other, and each comes at most once.
 *
 * Spec       docs/manual.md, "Every night"
 * In         One domain at two runs
 * Out        The kinds of its change, with old and new value
 * Errors     None: a value that does not fit in memory makes the sink's error
 * Ownership  Views of the facts
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_CHANGE_H
#define MXS_REPORTS_DATA_CHANGE_H

#include "reports/data/facts.h"
#include "base/out.h"

/* The most urgent first: in this order changes are told. */
enum mxs_change {
    MXS_CHANGE_RECEIVES_NO_MORE,
    MXS_CHANGE_HOST_DANGLING,
    MXS_CHANGE_BACKUP_LOST,
    MXS_CHANGE_SERVER_SILENT,
    MXS_CHANGE_PROVIDER_MIGRATED,
    MXS_CHANGE_RECEIVES_AGAIN,
    MXS_CHANGE_STATE_CHANGED,
    MXS_CHANGE_PREFERENCE_SWAP,
    MXS_CHANGE_HOST_REMOVED,
    MXS_CHANGE_HOST_ADDED,
    MXS_CHANGE_BACKUP_GAINED,
    MXS_CHANGE_ADDRESS_MOVED,
    MXS_CHANGE_POLICY_CHANGED,
    MXS_CHANGE_TLS_LOST,
    MXS_CHANGE_CERTIFICATE_ENDS,
    MXS_CHANGE_LEFT, /* the list: no change of the domain's mail */
    MXS_CHANGE_JOINED,
    MXS_CHANGE_FACET_CHANGED, /* the list, too: a column that was kept */
    MXS_CHANGE_COUNT, /* the following is told apart from the others */
    MXS_CHANGE_BECAME_UNDETERMINED = MXS_CHANGE_COUNT,
    MXS_CHANGE_ALL,
};
/* Bits of the kinds that are told, and are no change of a domain's mail. */
#define MXS_CHANGES_OF_NO_MAIL (1u << MXS_CHANGE_BECAME_UNDETERMINED | 1u << MXS_CHANGE_LEFT | \
    1u << MXS_CHANGE_JOINED | \
                                1u << MXS_CHANGE_FACET_CHANGED)
extern const char *const mxs_change_names[MXS_CHANGE_ALL];

/* What a verdict says that changes are made of. */
struct mxs_change_verdict {
    int state;            /* table state */
    int backup;           /* table backup; -1 unknown */
    bool mailbox_open;    /* who holds the mailbox could not be settled */
    const char *provider; /* "google", "google behind proofpoint", "a + b"; NULL: none named */
};

struct mxs_change_side {
    const struct mxs_facts *facts;
    const struct mxs_facts_mx_host *mx_hosts; /* by preference; the root of a null MX among them */
    size_t count;
    int64_t set;          /* equal for equal MX hosts; 0: none */
    bool grown;           /* of the new side: by more of a pool, and that is no change (v_same_mx) */
    bool own;             /* the one MX host is the domain itself: no MX record */
    const struct mxs_change_verdict *verdict;
    const char *facets;   /* the columns that differ, with their values; NULL: none */
    const char *policies; /* those that differ, in one line; NULL: not asked, not settled, or as on the other side */
    int64_t since;          /* of the old side: the first run that could not settle it, where a later one than its own
                               was asked for; 0: none */
    int64_t policies_since; /* the same of its policies alone */
};

/* The bits (1 << enum mxs_change) that hold between two sides. */
unsigned mxs_change_find(const struct mxs_change_side *from, const struct mxs_change_side *to);
/* An effective backup is gone, by a fact: a migration that drops it says so itself, and is no backup_lost. */
bool mxs_change_drops_backup(const struct mxs_change_side *from, const struct mxs_change_side *to);
/* The first run that could not settle the old value of a kind that holds; 0: the run that was asked for did. */
int64_t mxs_change_since(enum mxs_change kind, const struct mxs_change_side *from, const struct mxs_change_side *to);
/* Every MX host is settled that could say who carries the mail: those up to the first level with a usable one. While
 * one is not, a later level may stand in for it: that names another provider, and is no migration. And what stands
 * behind them is settled, where they do not say who holds the mailbox. */
bool mxs_change_is_certain(const struct mxs_change_side *side);
/* The old and the new value of one kind, as text; of left and joined the state it had, or has. */
void mxs_change_put_values(enum mxs_change kind, const struct mxs_change_side *from, const struct mxs_change_side *to,
                           mxs_out *old_value, mxs_out *new_value);

#endif
