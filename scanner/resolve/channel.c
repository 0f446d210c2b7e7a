/* What c-ares sees.
 *
 * c-ares keeps the books of a channel: which id is open, on which socket. A question is entered with ares_send as the
 * shortest query c-ares takes (a header; for newer versions with the question "."), and asendv puts the real datagram
 * under the id it sees there into the batch of this loop turn. Whatever ends a question (an answer, our own timeout, an
 * ICMP message) is told through arecvfrom as the answer to that entry: a SERVFAIL, nothing else. The question and the
 * answer stay with us, byte for byte.
 *
 * So the differences between versions cannot matter: no version parses a stranger's bytes (one malformed datagram
 * ends every question of a connection in >= 1.34.0), none re-encodes an answer, switches EDNS off for ever, takes
 * SERVFAIL for a reason to ask at once again, or waits by its own clock. >= 1.32 sets its own timeouts from how fast
 * the good answers of a server were, and >= 1.34.7 opens another socket for the re-send, which it does not get: the
 * question would be over. So no answer it is told of is a good one: it learns nothing, and waits longer than we do. An
 * id is what asendv sees, so it does not matter whether ours is kept (1.18) or replaced. And c-ares does not spend its
 * time on comparing names that the guard has compared: that was a sixth of our own cost.
 *
 * A channel keeps its socket for its life; c-ares may "close" and "open" it as it likes. */
#include "scanner/resolve/internal/channel.h"

#include <sys/select.h>

#define CARES_NO_DEPRECATED /* only calls that 1.18 has, too */
#include <ares.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "scanner/parse/message.h"

#define ID_BUCKETS 256u /* small, so that those of 64 channels stay in the cache */

#define CARES_SLACK_MS \
    86400000 /* a day: our clock ends an attempt first, also when both stood still for hours and only ours knows */
#define TOLD_FLAGS 0x8182   /* QR, RD, RA, SERVFAIL: passed on at once (NOCHECKRESP), and counted in no average */

/* What c-ares enters into its books for a question, after id and flags. >= 1.22 wants a question in it. */
#if ARES_VERSION >= 0x011600
static const uint8_t entry_rest[] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1}; /* ". NS IN" */
#else
static const uint8_t entry_rest[] = {0, 0, 0, 0, 0, 0, 0, 0};
#endif
#define ENTRY_SIZE (4 + sizeof entry_rest)

static void write_entry(uint16_t id, uint16_t flags, uint8_t *out)
{
    const uint8_t head[4] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(flags >> 8), (uint8_t)flags};
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, entry_rest, sizeof entry_rest);
}

struct mxs_channel {
    struct mxs_channel_host host;
    ares_channel ares;
    uv_poll_t poll;
    struct mxs_datagram_socket socket;
    uint32_t round;              /* of the arrivals, in which it was read last */
    bool lent;                   /* c-ares holds the descriptor */
    bool closing;
    bool refused;                /* c-ares called back inside ares_send */
    uint32_t open_count;         /* attempts c-ares holds */
    struct mxs_attempt *asking;  /* inside ares_send, with its datagram */
    uint8_t *query;
    uint32_t query_size;
    struct mxs_attempt *ended, *ended_last, *untold;
    struct sockaddr_storage peer; /* the server as c-ares wrote it */
    socklen_t peer_size;
    struct mxs_attempt *ids[ID_BUCKETS];
};

/* ---- ids ---- */

static struct mxs_attempt *find_id(const mxs_channel *channel, uint16_t id)
{
    struct mxs_attempt *attempt = channel->ids[id % ID_BUCKETS];
    while (attempt != NULL && attempt->id != id)
        attempt = attempt->id_next;
    return attempt;
}

static void put_id(mxs_channel *channel, struct mxs_attempt *attempt)
{
    struct mxs_attempt **bucket = &channel->ids[attempt->id % ID_BUCKETS];
    attempt->id_next = *bucket;
    *bucket = attempt;
}

static void take_id(mxs_channel *channel, struct mxs_attempt *attempt)
{
    struct mxs_attempt **at = &channel->ids[attempt->id % ID_BUCKETS];
    while (*at != attempt) {
        MXS_ASSERT(*at != NULL);
        at = &(*at)->id_next;
    }
    *at = attempt->id_next;
}

uint16_t mxs_channel_id(const mxs_channel *channel, uint16_t candidate)
{
    while (find_id(channel, candidate) != NULL) /* ends: at most 2,000 of 65,536 are taken */
        candidate = (uint16_t)(candidate * 25173u + 13849u); /* a full-period walk over all ids */
    return candidate;
}

/* ---- the socket functions ---- */

static ares_socket_t on_socket(int family, int type, int protocol, void *arg)
{
    (void)family, (void)protocol;
    mxs_channel *channel = arg;
    if (type != SOCK_DGRAM || channel->lent || channel->closing) {
        errno = EMFILE;
        return ARES_SOCKET_BAD;
    }
    channel->lent = true;
    return channel->socket.fd;
}

static int on_close(ares_socket_t fd, void *arg)
{
    (void)fd;
    ((mxs_channel *)arg)->lent = false;
    return 0;
}

static int on_connect(ares_socket_t fd, const struct sockaddr *peer, ares_socklen_t size, void *arg)
{
    (void)fd;
    mxs_channel *channel = arg;
    MXS_ASSERT(size <= sizeof channel->peer);
    memcpy(&channel->peer, peer, size);
    channel->peer_size = size;
    return 0;
}

/* The id of what c-ares sends; the datagram is ours. */
static ares_ssize_t on_send(ares_socket_t fd, const struct iovec *vectors, int count, void *arg)
{
    (void)fd;
    mxs_channel *channel = arg;
    struct mxs_attempt *attempt = channel->asking;
    size_t size = 0;
    for (int i = 0; i < count; i++)
        size += vectors[i].iov_len;
    if (attempt == NULL || attempt->held || vectors[0].iov_len < 2)
        return (ares_ssize_t)size; /* a re-send by c-ares' own clock: swallowed */
    memcpy(channel->query, vectors[0].iov_base, 2);
    if (!mxs_datagram_batch_put(channel->host.batch, &channel->socket, channel->query, channel->query_size)) {
        errno = EWOULDBLOCK;
        return -1;
    }
    attempt->id = (uint16_t)(channel->query[0] << 8 | channel->query[1]);
    attempt->held = true;
    return (ares_ssize_t)size;
}

/* The answer that tells c-ares an attempt is over. */
static ares_ssize_t on_receive(ares_socket_t fd, void *data, size_t size, int flags, struct sockaddr *from,
                               ares_socklen_t *from_size, void *arg)
{
    (void)fd, (void)flags;
    mxs_channel *channel = arg;
    struct mxs_attempt *attempt = channel->untold;
    if (attempt == NULL || size < ENTRY_SIZE) {
        errno = EAGAIN;
        return -1;
    }
    channel->untold = attempt->next;
    write_entry(attempt->id, TOLD_FLAGS, data);
    if (from != NULL && from_size != NULL && *from_size >= channel->peer_size) {
        memcpy(from, &channel->peer, channel->peer_size);
        *from_size = channel->peer_size;
    }
    return (ares_ssize_t)ENTRY_SIZE;
}

static const struct ares_socket_functions socket_functions = {
    .asocket = on_socket,
    .aclose = on_close,
    .aconnect = on_connect,
    .arecvfrom = on_receive,
    .asendv = on_send,
};

/* ---- attempts ---- */

static void give_back(mxs_channel *channel, struct mxs_attempt *attempt)
{
    take_id(channel, attempt);
    channel->open_count--;
    attempt->held = false;
}

/* c-ares lets go of an attempt. */
static void on_answer(void *arg, int status, int timeouts, unsigned char *message, int size)
{
    (void)status, (void)timeouts, (void)message, (void)size;
    struct mxs_attempt *attempt = arg;
    mxs_channel *channel = attempt->channel;
    if (channel->closing)
        return;
    if (channel->asking == attempt) {
        channel->refused = true;
        attempt->held = false;
        return;
    }
    give_back(channel, attempt);
    if (attempt->state == MXS_ATTEMPT_OPEN) /* c-ares gave up before we did */
        mxs_channel_end(attempt, MXS_END_TIMEOUT);
    else if (attempt->state == MXS_ATTEMPT_DONE)
        mxs_attempts_put(channel->host.attempts, attempt);
}

enum mxs_err mxs_channel_ask(mxs_channel *channel, struct mxs_attempt *attempt, uint8_t *query, uint32_t size_bytes)
{
    uint8_t entry[ENTRY_SIZE];
    if (channel->open_count >= MXS_CHANNEL_OPEN_MAX)
        return MXS_ERR_FULL;
    write_entry((uint16_t)(query[0] << 8 | query[1]), 0x0100, entry);
    attempt->channel = channel;
    attempt->state = MXS_ATTEMPT_OPEN;
    channel->asking = attempt;
    channel->query = query;
    channel->query_size = size_bytes;
    channel->refused = false;
    ares_send(channel->ares, entry, (int)sizeof entry, on_answer, attempt);
    channel->asking = NULL;
    if (channel->refused)
        return MXS_ERR_FULL; /* c-ares has no memory, and has already let go of it */
    if (!attempt->held) { /* kept back by c-ares: our clock will end it */
        attempt->id = (uint16_t)(query[0] << 8 | query[1]);
        attempt->held = true;
    }
    put_id(channel, attempt);
    channel->open_count++;
    mxs_attempts_age(channel->host.attempts, attempt);
    return MXS_OK;
}

void mxs_channel_end(struct mxs_attempt *attempt, enum mxs_attempt_end end)
{
    mxs_channel *channel = attempt->channel;
    MXS_ASSERT(attempt->state == MXS_ATTEMPT_OPEN);
    mxs_attempts_unage(channel->host.attempts, attempt);
    attempt->state = MXS_ATTEMPT_ENDED;
    attempt->end = (uint8_t)end;
    attempt->next = NULL;
    if (channel->ended == NULL)
        channel->ended = attempt;
    else
        channel->ended_last->next = attempt;
    channel->ended_last = attempt;
    if (channel->untold == NULL && attempt->held)
        channel->untold = attempt;
}

void mxs_channel_tell(mxs_channel *channel)
{
    /* 1.18 reads on until EAGAIN; >= 1.34 takes a socket it did not make for one that may block, and reads once. */
    const struct mxs_attempt *before = NULL;
    while (channel->untold != NULL && channel->untold != before) {
        before = channel->untold;
        ares_process_fd(channel->ares, channel->socket.fd, ARES_SOCKET_BAD);
    }
    channel->untold = NULL;
}

struct mxs_attempt *mxs_channel_next(mxs_channel *channel)
{
    struct mxs_attempt *attempt = channel->ended;
    if (attempt != NULL)
        channel->ended = attempt->next;
    return attempt;
}

void mxs_channel_release(struct mxs_attempt *attempt)
{
    attempt->state = MXS_ATTEMPT_DONE;
    if (!attempt->held)
        mxs_attempts_put(attempt->channel->host.attempts, attempt);
}

void mxs_channel_tick(mxs_channel *channel) { ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

/* ---- the guard ---- */

void mxs_channel_put_inspection(struct mxs_attempt *attempt, enum mxs_inspection inspection,
                                struct mxs_resolver_counts *counts)
{
    attempt->questionless = inspection == MXS_INSPECT_NO_QUESTION;
    attempt->walked = inspection == MXS_INSPECT_WHOLE || inspection == MXS_INSPECT_TRAILED;
    counts->odd += inspection == MXS_INSPECT_TRAILED;
}

static void guard(mxs_channel *channel, uint8_t *data, uint32_t size_bytes, bool cut)
{
    struct mxs_resolver_counts *counts = channel->host.counts;
    struct mxs_attempt *attempt = NULL;
    if (size_bytes >= MXS_MESSAGE_HEADER_SIZE)
        attempt = find_id(channel, (uint16_t)(data[0] << 8 | data[1]));
    if (attempt == NULL || attempt->state != MXS_ATTEMPT_OPEN) {
        counts->forged++;
        return;
    }
    if (cut)
        data[2] |= 0x02; /* TC: what did not fit into our buffer is asked for by TCP */
    struct mxs_bytes wire = {data, size_bytes > MXS_DATAGRAM_MAX ? MXS_DATAGRAM_MAX : size_bytes};
    enum mxs_inspection inspection = mxs_message_inspect(wire, attempt->question, attempt->question_size);
    if (inspection == MXS_INSPECT_FORGED) {
        counts->forged++;
        return;
    }
    attempt->raw = wire;
    mxs_channel_put_inspection(attempt, inspection, counts);
    mxs_channel_end(attempt, MXS_END_ANSWER);
}

bool mxs_channel_turn(mxs_channel *channel)
{
    return mxs_arrivals_turn(channel->host.arrivals, &channel->round, mxs_clock_ns());
}

enum mxs_channel_read mxs_channel_read(mxs_channel *channel)
{
    int count = mxs_arrivals_read(channel->host.arrivals, channel->socket.fd);
    if (count < 0)
        return mxs_datagram_unreachable(-count) ? MXS_READ_UNREACHABLE : MXS_READ_EMPTY;
    uint32_t size;
    bool cut;
    for (uint32_t i = 0; i < (uint32_t)count;
         i++) { /* the attempts are spread over memory: fetched before they are needed */
        const uint8_t *data = mxs_arrivals_take(channel->host.arrivals, i, &size, &cut);
        const struct mxs_attempt *attempt = channel->ids[(data[0] << 8 | data[1]) % ID_BUCKETS];
        __builtin_prefetch(attempt);
        __builtin_prefetch((const char *)attempt + 64);
    }
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        uint8_t *data = mxs_arrivals_take(channel->host.arrivals, i, &size, &cut);
        guard(channel, data, size, cut);
    }
    return count == MXS_ARRIVALS_MAX ? MXS_READ_MORE : MXS_READ_EMPTY;
}

/* ---- opening and closing ---- */

static void on_poll(uv_poll_t *handle, int status, int events)
{
    (void)events;
    mxs_channel *channel = handle->data;
    if (status < 0 && !channel->closing) /* an error waits on the socket: libuv has stopped the handle */
        MXS_ASSERT(uv_poll_start(handle, UV_READABLE, on_poll) == 0);
    channel->host.readable(channel->host.arg, channel);
}

static bool open_ares(mxs_channel *channel)
{
    struct ares_options options = {0};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS;
    char lookups[] = "b";
    options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_STAYOPEN |
                    ARES_FLAG_IGNTC;
    options.timeout = (int)channel->host.timeout_ms + CARES_SLACK_MS;
    options.tries = 1;
    options.lookups = lookups;
#if ARES_VERSION >= 0x011600 /* 1.22.0 */
    mask |= ARES_OPT_MAXTIMEOUTMS;
    options.maxtimeout =
        options.timeout - 1; /* >= 1.32 waits 5 s at most, unless the timeout is above a maximum of ours */
#endif
#if ARES_VERSION >= 0x011700 /* 1.23.0 */
    mask |= ARES_OPT_QUERY_CACHE;
    options.qcache_max_ttl = 0;
#endif
    if (ares_init_options(&channel->ares, &options, mask) != ARES_SUCCESS)
        return false;
    if (ares_set_servers_ports_csv(channel->ares, channel->host.server->text_plain) != ARES_SUCCESS) {
        ares_destroy(channel->ares);
        return false;
    }
    ares_set_socket_functions(channel->ares, &socket_functions, channel);
    return true;
}

enum mxs_err mxs_channel_create(mxs_channel **out, const struct mxs_channel_host *host)
{
    mxs_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL)
        return MXS_ERR_MEMORY;
    channel->host = *host;
    enum mxs_err err = mxs_datagram_open(host->server, &channel->socket);
    if (err != MXS_OK) {
        free(channel);
        return err;
    }
    channel->poll.data = channel;
    if (!open_ares(channel)) {
        close(channel->socket.fd);
        free(channel);
        return MXS_ERR_FULL;
    }
    if (uv_poll_init(host->loop, &channel->poll, channel->socket.fd) != 0) {
        ares_destroy(channel->ares);
        close(channel->socket.fd);
        free(channel);
        return MXS_ERR_FULL;
    }
    MXS_ASSERT(uv_poll_start(&channel->poll, UV_READABLE, on_poll) == 0);
    host->counts->ports++;
    *out = channel;
    return MXS_OK;
}

static void on_poll_closed(uv_handle_t *handle)
{
    mxs_channel *channel = handle->data;
    void (*closed)(void *) = channel->host.closed;
    void *arg = channel->host.arg;
    free(channel);
    closed(arg);
}

void mxs_channel_destroy(mxs_channel **channel)
{
    mxs_channel *closing = *channel;
    *channel = NULL;
    closing->closing = true;
    ares_destroy(closing->ares);
    uv_close((uv_handle_t *)&closing->poll, on_poll_closed);
    close(closing->socket.fd);
}

uint32_t mxs_channel_open_count(const mxs_channel *channel) { return channel->open_count; }
int mxs_channel_socket(const mxs_channel *channel) { return channel->socket.fd; }
