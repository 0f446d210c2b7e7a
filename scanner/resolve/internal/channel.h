/* One c-ares channel over one socket of ours. The guard stands between the two: it finds each datagram's attempt by
 * its id, compares the question, and keeps the bytes. c-ares is only ever told the end of an attempt, by a short
 * well-formed message of our own making; what strangers wrote never reaches it.
 *
 * Spec       @rfc{5452,9.1} @rfc{5452,9.2}
 * In         Attempts to ask; datagrams that arrive
 * Out        Attempts that have ended, each once, with the bytes that ended it
 * Limits     MXS_CHANNEL_OPEN_MAX attempts at once
 * Errors     MXS_ERR_FULL: no capacity now; MXS_ERR_IO: no way to the server
 * Ownership  create/destroy by the resolver; the poll handle closes on the loop after destroy
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_CHANNEL_H
#define MXS_SCANNER_RESOLVE_INTERNAL_CHANNEL_H

#include <uv.h>

#include "scanner/resolve/address.h"
#include "scanner/resolve/counts.h"
#include "scanner/resolve/internal/attempt.h"
#include "scanner/parse/message.h"
#include "scanner/resolve/internal/datagram.h"

#define MXS_CHANNEL_OPEN_MAX 2000

/* What a channel shares with its resolver. */
struct mxs_channel_host {
    uv_loop_t *loop;
    const struct mxs_server *server;
    mxs_arrivals *arrivals;
    mxs_datagram_batch *batch;
    struct mxs_attempts *attempts;
    struct mxs_resolver_counts *counts;
    uint32_t timeout_ms;
    void (*readable)(void *arg, struct mxs_channel *channel); /* or in error: read it */
    void (*closed)(void *arg);
    void *arg;
};

typedef struct mxs_channel mxs_channel;

MXS_CHECK enum mxs_err mxs_channel_create(mxs_channel **out, const struct mxs_channel_host *host);
/* host->closed is called when its handle is closed. No attempt is told. */
void mxs_channel_destroy(mxs_channel **channel);

/* Asks: the datagram goes into the batch, which must have room; c-ares may replace its id. On success the attempt is in
 * the age list. */
MXS_CHECK enum mxs_err mxs_channel_ask(mxs_channel *channel, struct mxs_attempt *attempt, uint8_t *query,
                                       uint32_t size_bytes);
/* An id that no attempt of this channel has; candidate is tried first. */
uint16_t mxs_channel_id(const mxs_channel *channel, uint16_t candidate);
uint32_t mxs_channel_open_count(const mxs_channel *channel);
int mxs_channel_socket(const mxs_channel *channel);

/* Whether it is to be read in this turn of the loop (mxs_arrivals_turn); else it is readable in the next one, too. */
bool mxs_channel_turn(mxs_channel *channel);
enum mxs_channel_read { MXS_READ_MORE, MXS_READ_EMPTY, MXS_READ_UNREACHABLE };
/* Takes what has arrived, at most one arrivals; the attempts answered are ended. */
enum mxs_channel_read mxs_channel_read(mxs_channel *channel);
/* Keeps what the first look at an answer said. */
void mxs_channel_put_inspection(struct mxs_attempt *attempt, enum mxs_inspection inspection,
                                struct mxs_resolver_counts *counts);
/* Ends an open attempt without an answer. */
void mxs_channel_end(struct mxs_attempt *attempt, enum mxs_attempt_end end);
/* Tells c-ares of all ends, then hands them over one by one; NULL when there is none left. Their raw bytes are valid
 * until the next read. */
void mxs_channel_tell(mxs_channel *channel);
struct mxs_attempt *mxs_channel_next(mxs_channel *channel);
/* The attempt is over: gives it back as soon as c-ares has let go of it. */
void mxs_channel_release(struct mxs_attempt *attempt);
/* Lets c-ares look at its clock. */
void mxs_channel_tick(mxs_channel *channel);

#endif
