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

#include "scanner/resolve/address.h"
#include "scanner/resolve/pool_state.h"

#define MXS_POOL_MAX 1024

/* tag comes back from mxs_pool_ask. resolver: index. */
typedef void (*mxs_pool_done)(void *arg, uint32_t tag, uint32_t resolver, const struct mxs_answer *answer,
                              uint32_t rtt_us, bool tcp);

/* A resolver was found to lie and is excluded. What it answered since since_unix_s (its last good check by the steady
 * clock; 0: there was none) is to be withdrawn and asked again. reason: static; NULL: it is not excluded,
 * it began to make addresses (DNS64), and what it makes is known from now on. Called from the loop. */
typedef void (*mxs_pool_lying_cb)(void *arg, uint32_t resolver, int64_t since_unix_s, const char *reason);

MXS_CHECK enum mxs_err mxs_pool_create(mxs_pool **out, uv_loop_t *loop, const struct mxs_pool_options *options,
                                       struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_pool_put(mxs_pool *pool, const char *address, struct mxs_detail *detail);
void mxs_pool_destroy(mxs_pool **pool);

/* Asks every resolver one question (the root's NS), with health a name that must not exist, too, and calls ready when
 * all have answered or timed out, or one second after the first answered. answering: how many did. A resolver that has
 * not answered is not fit until it does. */
typedef void (*mxs_pool_ready)(void *arg, uint32_t answering);
void mxs_pool_probe(mxs_pool *pool, mxs_pool_ready ready, void *arg);

/* Checks all resolvers after_ms from now (the questions of a check leave at once: so a ceiling on the rate holds),
 * whoever stands alone twice, and calls checked from the loop when nobody is left in doubt: what was answered since the
 * last regular check is then as sound as what was answered before it. With health off at once. */
typedef void (*mxs_pool_over)(void *arg);
void mxs_pool_check(mxs_pool *pool, uint32_t after_ms, mxs_pool_over checked, void *arg);

/* The canary of a resolver has come back with its answer, or has not. */
typedef void (*mxs_pool_canary_done)(void *arg, uint32_t resolver, enum mxs_outcome outcome, uint32_t rtt_us);
void mxs_pool_listen(mxs_pool *pool, mxs_pool_done done, mxs_pool_canary_done canary, void *arg);
uint32_t mxs_pool_count(const mxs_pool *pool);
/* Whether this resolver may be asked now. */
bool mxs_pool_fit(const mxs_pool *pool, uint32_t resolver);
MXS_CHECK enum mxs_err mxs_pool_ask(mxs_pool *pool, uint32_t resolver, const struct mxs_question *question,
                                    uint32_t tag);
/* Asks the resolver what it must have at hand, because it has answered it before: whether that comes back, and how
 * soon, says how the resolver is, and nothing about names. False: nothing was asked, canary is not called. */
bool mxs_pool_canary(mxs_pool *pool, uint32_t resolver);
/* It has answered this: a canary where it knows nothing of the root. */
void mxs_pool_learn(mxs_pool *pool, uint32_t resolver, const struct mxs_question *question);
/* It was silent about what another resolver has answered. */
void mxs_pool_blame(mxs_pool *pool, uint32_t resolver);
/* Another resolver has contradicted what it said doubtfully: it counts as withheld. */
void mxs_pool_contradict(mxs_pool *pool, uint32_t resolver);
/* When something was last heard from it (base/clock.h), give or take a look. */
uint64_t mxs_pool_heard_ns(const mxs_pool *pool, uint32_t resolver);
const mxs_resolver *mxs_pool_resolver(const mxs_pool *pool, uint32_t resolver);
void mxs_pool_lying(mxs_pool *pool, mxs_pool_lying_cb lying, void *arg);
const struct mxs_pool_health *mxs_pool_health(const mxs_pool *pool, uint32_t resolver);
/* control: index into the options' controls. */
const struct mxs_pool_control *mxs_pool_control(const mxs_pool *pool, uint32_t resolver, uint32_t control);
/* It answered the control names earlier in this run, in another process: if it denies them all now it is shut out. */
void mxs_pool_knew(mxs_pool *pool, uint32_t resolver);
/* What is said where health names one that denies; controls: those of the options. Returns the length. */
#define MXS_POOL_DENIAL_SIZE (MXS_RESOLVER_ADDRESS_MAX + 440)
uint32_t mxs_pool_denial_text(const mxs_pool *pool, uint32_t resolver, const char *const *controls, uint32_t count,
                              char out[MXS_POOL_DENIAL_SIZE]);
/* No check is under way, nobody is suspect, and whether each speaks TCP and makes addresses is known or will not be. */
bool mxs_pool_at_rest(const mxs_pool *pool);
/* Liars do not come back: then nobody does. */
bool mxs_pool_all_excluded(const mxs_pool *pool);
/* The reason it was excluded, or NULL. */
const char *mxs_pool_excluded(const mxs_pool *pool, uint32_t resolver);

#endif
