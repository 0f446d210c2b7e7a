/* One recursive resolver: its channels, its sockets, its TCP. One attempt per ask; retry, spacing and the choice
 * of resolver are the scheduler's. The callback never runs inside ask.
 *
 * Spec       @rfc{1035,4.2} @rfc{5452,9} @rfc{6840,5.7} @rfc{6891,6.1} @rfc{7766,5}
 * In         Questions for one resolver
 * Out        One answer for each, later, on the loop thread
 * Units      timeout_ms milliseconds
 * Limits     64 channels, 2,000 questions in flight on each
 * Errors     From ask: MXS_ERR_FULL: no capacity now; MXS_ERR_IO: no way to the server from this machine;
 *            MXS_ERR_INPUT: not a name. An error return means the callback never runs
 * Ownership  create/destroy on the loop thread, never from a callback
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_RESOLVER_H
#define MXS_SCANNER_RESOLVE_RESOLVER_H

#include <uv.h>

#include "base/err.h"
#include "model/answer.h"
#include "scanner/resolve/counts.h"

typedef struct mxs_resolver mxs_resolver;

struct mxs_resolver_options {
    uint32_t timeout_ms;       /* of one attempt, UDP and TCP each */
    uint32_t channels_max;     /* 1 .. 64 */
    uint32_t tcp_max;          /* parallel TCP connections */
    uint16_t edns_payload;     /* 1232; 0 never asks with EDNS */
    uint32_t edns_probe_ms;    /* EDNS is tried again this long after it was switched off */
    bool dnssec_ok;
    struct mxs_arrivals *arrivals;     /* shared by the resolvers of a loop (pool does); NULL: its own */
};

/* answer and its views live for the call only. */
typedef void (*mxs_resolver_done)(void *arg, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us, bool tcp);
/* The server cannot be reached at all (ICMP): a resolver event. Its questions have ended with "unreachable". */
typedef void (*mxs_resolver_event)(void *arg);

/* address: "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53". */
MXS_CHECK enum mxs_err mxs_resolver_create(mxs_resolver **out, uv_loop_t *loop, const char *address,
                                           const struct mxs_resolver_options *options, mxs_resolver_done done,
                                           mxs_resolver_event unreachable, void *arg, struct mxs_detail *detail);
/* Closes its handles; the loop must run until they are closed. Nothing is called back any more. */
void mxs_resolver_destroy(mxs_resolver **resolver);

/* One attempt. tag comes back in done. The name is copied. */
MXS_CHECK enum mxs_err mxs_resolver_ask(mxs_resolver *resolver, const struct mxs_question *question, uint32_t tag);
/* The same by TCP from the first, with DO, to see whether that works: it stays out of the counts, and "timeout" also
 * means that the server closed without an answer. */
MXS_CHECK enum mxs_err mxs_resolver_ask_tcp(mxs_resolver *resolver, const struct mxs_question *question, uint32_t tag);
/* The same as ask, without EDNS: to see whether that is what it leaves unanswered. */
MXS_CHECK enum mxs_err mxs_resolver_ask_plain(mxs_resolver *resolver, const struct mxs_question *question,
                                              uint32_t tag);
/* Whether it is asked with EDNS. */
bool mxs_resolver_asks_edns(const mxs_resolver *resolver);
/* It leaves EDNS unanswered: it is asked without, until edns_probe_ms have passed. Open questions whose tag has one of
 * the bits of tags are asked again at once; the others time out. Not from a callback. */
void mxs_resolver_leave_edns(mxs_resolver *resolver, uint32_t tags);
/* Lowers or raises channels_max; channels already open stay. */
void mxs_resolver_limit(mxs_resolver *resolver, uint32_t channels_max);
/* One of its answers counts as withheld, too. */
void mxs_resolver_contradict(mxs_resolver *resolver);
uint32_t mxs_resolver_in_flight(const mxs_resolver *resolver);
const char *mxs_resolver_address(const mxs_resolver *resolver);
bool mxs_resolver_loopback(const mxs_resolver *resolver);
const struct mxs_resolver_counts *mxs_resolver_counts(const mxs_resolver *resolver);
/* c-ares' version, for the run's record. */
const char *mxs_resolver_cares_version(void);

#endif
