/* The resolvers of a run. Health lives here (control questions, breaker, liars); the pace of each resolver
 * lives in scanner/schedule. A resolver that stops answering is not fit until a control question is answered; one that
 * answers what cannot be is a liar and never fit again.
 *
 * In         Resolver addresses
 * Out        Who is asked next, and who is fit to be asked
 * Limits     MXS_POOL_MAX resolvers
 * Errors     MXS_ERR_INPUT: an address that is none; MXS_ERR_FULL from ask
 * Ownership  create/destroy on the loop thread
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_POOL_H
#define MXS_SCANNER_RESOLVE_POOL_H

#include "scanner/resolve/resolver.h"

#define MXS_POOL_MAX 1024
#define MXS_HEALTH_CONTROLS 8 /* control names; more are not asked */

typedef struct mxs_pool mxs_pool;

/* tag comes back from mxs_pool_ask. resolver: index. */
typedef void (*mxs_pool_done)(void *arg, uint32_t tag, uint32_t resolver, const struct mxs_answer *answer,
                              uint32_t rtt_us, bool tcp);

struct mxs_pool_options {
    struct mxs_resolver_options resolver;
    bool health;
    const char *const *controls; /* names whose MX all resolvers must agree on */
    uint32_t control_count;
    bool controls_built_in;      /* not a person's choice: judged more mildly (scanner/resolve/health.h) */
    bool spare_invalid;          /* names under "invalid." are not asked: a person excluded them */
    bool spare_dns64;            /* the same of ipv4only.arpa */
    uint32_t health_ms;          /* between two checks; 0: a minute */
};

/* Behind a resolver's address: what is said where pool_health names a prefix. */
#define MXS_POOL_DNS64_TEXT "makes IPv6 addresses out of IPv4 ones (DNS64, %s): they are not counted"

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
    uint32_t openings;     /* of the breaker */
    int64_t checked_at;    /* unix seconds, by the steady clock, of the last check that found nothing wrong; 0: none yet */
};

/* What a resolver last said of a control name. */
struct mxs_pool_control {
    enum mxs_outcome outcome; /* MXS_NOT_ASKED: nothing yet */
    enum mxs_sight agrees;     /* with the majority; unknown where there was none, or the answer not settled */
    char text[96];            /* "10 a.example, 20 b.example", in the order of the answer; cut when it is longer */
};

/* A resolver was found to lie and is excluded. What it answered since since_unix_s (its last good check by the steady clock; 0: there was none)
 * is to be withdrawn and asked again. reason: static. Called from the loop. */
typedef void (*mxs_pool_liar)(void *arg, uint32_t resolver, int64_t since_unix_s, const char *reason);

MXS_CHECK enum mxs_err mxs_pool_create(mxs_pool **out, uv_loop_t *loop, const struct mxs_pool_options *options,
                                       struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_pool_put(mxs_pool *pool, const char *address, struct mxs_detail *detail);
void mxs_pool_destroy(mxs_pool **pool);

/* Asks every resolver one question (the root's NS), with health a name that must not exist, too, and calls ready when
 * all have answered or timed out, or one second after the first answered. answering: how many did. A resolver that has
 * not answered is not fit until it does. */
typedef void (*mxs_pool_ready)(void *arg, uint32_t answering);
void mxs_pool_probe(mxs_pool *pool, mxs_pool_ready ready, void *arg);

/* Checks all resolvers after_ms from now (the questions of a check leave at once: so a ceiling on the rate holds), whoever stands alone twice, and calls checked from the loop when nobody is left in doubt: what was
 * answered since the last regular check is then as sound as what was answered before it. With health off at once. */
typedef void (*mxs_pool_over)(void *arg);
void mxs_pool_check(mxs_pool *pool, uint32_t after_ms, mxs_pool_over checked, void *arg);

/* The canary of a resolver has come back with its answer, or has not. */
typedef void (*mxs_pool_canary_done)(void *arg, uint32_t resolver, bool answered, uint32_t rtt_us);
void mxs_pool_listen(mxs_pool *pool, mxs_pool_done done, mxs_pool_canary_done canary, void *arg);
uint32_t mxs_pool_count(const mxs_pool *pool);
/* Whether this resolver may be asked now. */
bool mxs_pool_fit(const mxs_pool *pool, uint32_t resolver);
MXS_CHECK enum mxs_err mxs_pool_ask(mxs_pool *pool, uint32_t resolver, const struct mxs_question *question, uint32_t tag);
/* Asks the resolver what it must have at hand, because it has answered it before: whether that comes back, and how soon,
 * says how the resolver is, and nothing about names. False: nothing was asked, canary is not called. */
bool mxs_pool_canary(mxs_pool *pool, uint32_t resolver);
/* It has answered this: a canary where it knows nothing of the root. */
void mxs_pool_learn(mxs_pool *pool, uint32_t resolver, const struct mxs_question *question);
/* It was silent about what another resolver has answered. */
void mxs_pool_blame(mxs_pool *pool, uint32_t resolver);
/* When something was last heard from it (base/clock.h), give or take a look. */
uint64_t mxs_pool_heard_ns(const mxs_pool *pool, uint32_t resolver);
const mxs_resolver *mxs_pool_resolver(const mxs_pool *pool, uint32_t resolver);
void mxs_pool_liars(mxs_pool *pool, mxs_pool_liar liar, void *arg);
const struct mxs_pool_health *mxs_pool_health(const mxs_pool *pool, uint32_t resolver);
/* control: index into the options' controls. */
const struct mxs_pool_control *mxs_pool_control(const mxs_pool *pool, uint32_t resolver, uint32_t control);
/* No check is under way, nobody is suspect, and whether each speaks TCP is known or will not be. */
bool mxs_pool_at_rest(const mxs_pool *pool);
/* Liars do not come back: then nobody does. */
bool mxs_pool_all_excluded(const mxs_pool *pool);
/* The reason it was excluded, or NULL. */
const char *mxs_pool_excluded(const mxs_pool *pool, uint32_t resolver);

#endif
