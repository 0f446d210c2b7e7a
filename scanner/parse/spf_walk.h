/* No sender is at hand, so every term counts as one that does not match, up to "all" or the redirect: the longest way
 * through the policy, which is what the limits are about. The walk holds no state. It asks find for each name; what
 * is not known yet it counts in wanted and goes on, so that one walk names many questions at once. Whoever drives
 * it asks them, keeps the answers (one cache serves a whole run: policies share their includes), and walks again
 * until nothing is wanted. The same walk over stored answers needs no DNS at all.
 *
 * Spec       @rfc{7208,4.6.4} @rfc{7208,5.2} @rfc{7208,6.1}
 * In         A domain, and what is known so far of the names its policy leads to
 * Out        What the policy comes to for a sender it does not know
 * Units      Counts of terms and look-ups
 * Limits     MXS_SPF_COUNT_MAX look-ups are counted, and as deep it goes
 * Errors     In the verdict: enum mxs_spf_result and its reason
 * Ownership  Views of what find gives, and one name from the arena
 * Threads    Any. Pure: find is its only way out
 * Bugs       The addresses of the MX hosts of an mx term are asked for up to /16 only: void look-ups go uncounted
 */
#ifndef MXS_SCANNER_PARSE_SPF_WALK_H
#define MXS_SCANNER_PARSE_SPF_WALK_H

#include "scanner/parse/spf.h"

#define MXS_SPF_LOOKUPS_MAX 10
#define MXS_SPF_VOIDS_MAX 2
#define MXS_SPF_MX_HOSTS_MAX 10
#define MXS_SPF_COUNT_MAX 64

/* What one question brought. spf only where the type was TXT and the outcome is settled. */
struct mxs_spf_known {
    enum mxs_outcome outcome;
    uint32_t record_count;
    const struct mxs_spf *spf;
    /* Of MXS_SPF_TYPE_HOSTS the MX hosts, without the root, of which a null MX speaks; of A and AAAA the addresses, as
     * bytes, MXS_SPF_ADDRESSES_MAX at most. */
    const struct mxs_text *items;
    uint32_t item_count;
};
#define MXS_SPF_ADDRESSES_MAX 16
/* With a prefix that long one address matches a block of scanner/parse/spf_cover. */
#define MXS_SPF_PREFIX_WIDE 16
/* The type MX, and the hosts are wanted, too. No type of the DNS has this number. */
#define MXS_SPF_TYPE_HOSTS 0xff0f
/* NULL: not known yet; find has taken note of the question. Types: TXT, A, AAAA, MX, MXS_SPF_TYPE_HOSTS. What it
 * returns must last as long as the walk. */
typedef const struct mxs_spf_known *(*mxs_spf_find)(void *arg, struct mxs_text name, uint16_t type);

enum mxs_spf_result {
    MXS_SPF_RESULT_OK = 0,
    MXS_SPF_RESULT_NONE = 1,
    MXS_SPF_RESULT_PERMERROR = 2,
    MXS_SPF_RESULT_TEMPERROR = 3, /* a question it hangs on is not settled */
    MXS_SPF_RESULT_WANTED = 4,    /* not an end: answers are missing */
    MXS_SPF_RESULT_LIMIT = 5,     /* it hangs on more than we read or ask */
};
const char *mxs_spf_result_text(enum mxs_spf_result result); /* "ok", "none", "permerror", "temperror", "limit" */

struct mxs_spf_verdict {
    enum mxs_spf_result result;
    enum mxs_spf_reason reason; /* the first that struck, in order of evaluation */
    struct mxs_text where;      /* the name whose policy it struck */
    char all;                   /* the qualifier that decides in the end, '?' when no term does; 0 without a policy */
    uint32_t lookups;           /* terms that ask the DNS; counting stops at MXS_SPF_COUNT_MAX */
    uint32_t voids;
    uint32_t policies;          /* policies read, each as often as it is included */
    uint32_t wanted;
    bool wide;                  /* its terms may decide of everybody: scanner/parse/spf_cover knows */
    bool unsettled;             /* a question is not settled: what was counted is less than there may be */
    bool sender_needed;         /* some term hangs on who sends: it is counted, its look-up is not made */
};

void mxs_spf_walk(struct mxs_text domain, struct mxs_arena *arena, mxs_spf_find find, void *arg,
                  struct mxs_spf_verdict *out);

#endif
