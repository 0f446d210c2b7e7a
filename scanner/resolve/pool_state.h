/* How a pool is made, and what its checks saw of a resolver: what the pool and its checks both know.
 *
 * Units      milliseconds, microseconds, unix seconds as named
 * Limits     MXS_HEALTH_CONTROLS control names
 */
#ifndef MXS_SCANNER_RESOLVE_POOL_STATE_H
#define MXS_SCANNER_RESOLVE_POOL_STATE_H

#include "scanner/resolve/resolver.h"

#define MXS_HEALTH_CONTROLS 8 /* control names; more are not asked */

typedef struct mxs_pool mxs_pool;

struct mxs_pool_options {
    struct mxs_resolver_options resolver;
    bool health;
    const char *const *controls; /* names whose MX all resolvers must agree on */
    uint32_t control_count;
    bool controls_built_in;      /* not a person's choice: judged more mildly (scanner/resolve/internal/health.h) */
    bool spare_invalid;          /* names under "invalid." are not asked: a person excluded them */
    bool spare_dns64;            /* the same of ipv4only.arpa */
    uint32_t health_ms;          /* between two checks; 0: a minute */
    bool hurried;                /* somebody waits for a few answers: a start does not wait for control names, and an
                                    end for what a check asked only as long as the resolver may be silent: who leaves
                                    such a question unanswered shows nothing wrong by it */
};

/* How a reason to shut a resolver out ends that tells of no lie: who refers, or denies without knowing, said nothing
 * false. */
#define MXS_POOL_NO_RECURSOR_TEXT "it is no recursive resolver"
/* Who is shut out for this is known to have known them: also to the sitting that goes on with the run. */
#define MXS_POOL_KNEW_REASON "denies all control names, which it answered before"
/* Behind a resolver's address: what is said where pool_health names a prefix. */
#define MXS_POOL_DNS64_TEXT "makes IPv6 addresses out of IPv4 ones (DNS64, %s): they are not counted"

/* The same where dns64_unknown is set. */
#define MXS_POOL_DNS64_UNKNOWN_TEXT \
    "does not say whether it makes IPv6 addresses out of IPv4 ones (DNS64), since it gives no answer for" \
    " ipv4only.arpa: what it makes under another prefix than 64:ff9b::/96 counts as IPv6"

/* The same where plain is set. */
#define MXS_POOL_PLAIN_TEXT \
    "leaves questions with EDNS unanswered, or a firewall before it does: it is asked without, large answers come by" \
    " TCP, and it cannot say that an answer is filtered or old"

/* Behind mxs_pool_denial_text: it is what a closed network's resolver says, and one that withholds. Whoever reads it
 * knows which it is. */
#define MXS_POOL_DENIES_REMEDY \
    "ask another resolver; in a closed network, name a domain with MX records there with --control NAME"

/* What is seen of a resolver, or not known (yet). */
enum mxs_sight { MXS_SIGHT_NONE, MXS_SIGHT_NO, MXS_SIGHT_YES };

/* What the checks saw of a resolver; recorded, never a reason to exclude it. */
struct mxs_pool_health {
    bool answers;          /* to the last control question */
    bool fit;              /* may be asked */
    enum mxs_sight recursion; /* RA */
    enum mxs_sight edns;      /* an OPT in the answer */
    enum mxs_sight tcp;       /* answers by TCP; asked once, after its first answer */
    enum mxs_sight validates; /* AD in that answer about the root, which is signed */
    enum mxs_outcome invalid; /* what it says of a name that must not exist; MXS_NOT_ASKED: nothing yet */
    uint32_t latency_us;   /* of the last control question */
    char dns64[52];        /* the prefix under which it makes AAAA records out of A records; "": it does not */
    bool dns64_unknown;    /* whether it does: it answers, and has not answered that question */
    bool dns64_awaited;    /* nor been given up on it */
    bool plain;            /* it left questions with EDNS unanswered, and is asked without */
    bool denies;           /* most control names, answering none, and nobody else knows them (else it is shut out) */
    uint32_t openings;     /* of the breaker */
    int64_t checked_at; /* unix seconds, by the steady clock, of the last check that found nothing wrong; 0: none yet */
};

/* What a resolver last said of a control name. */
struct mxs_pool_control {
    enum mxs_outcome outcome; /* MXS_NOT_ASKED: nothing yet */
    enum mxs_sight agrees;     /* with the majority; unknown where there was none, or the answer not settled */
    char text[96];            /* "10 a.example, 20 b.example", in the order of the answer; cut when it is longer */
};

#endif
