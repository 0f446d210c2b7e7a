/* Many datagrams for one pass through the kernel.
 *
 * Where several of one length leave as one packet (internal/packets.h), the datagrams of a batch leave in order of
 * their lengths, the longest first: a packet may end with one that is shorter. A way that does not take such packets
 * (an old kernel, a tunnel) says so at the first one, and gets single datagrams from then on. */
#include "scanner/resolve/internal/datagram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "scanner/outside/outside.h"
#include "scanner/resolve/internal/packets.h"

#define SEGMENTS_MAX 64 /* the kernel's, up to Linux 6.8 */
#define BUFFER_BYTES (1 << 26) /* the kernel grants what it may */

/* An odd number of cache lines apart: a power of two would put the beginnings of all datagrams into the same few places
 * of the cache. */
#define ARRIVALS_STRIDE (MXS_DATAGRAM_MAX + 64)

struct mxs_arrivals {
    uint64_t began_ns; /* the turn of the loop; 0: not yet */
    uint32_t round;    /* each socket is read once a round, which takes as many turns as it needs */
    bool left;         /* sockets, in this turn */
    struct mxs_packet headers[MXS_ARRIVALS_MAX];
    struct iovec vectors[MXS_ARRIVALS_MAX];
    uint8_t bytes[MXS_ARRIVALS_MAX][ARRIVALS_STRIDE];
};

struct mxs_datagram_batch {
    struct mxs_datagram_socket *socket;
    bool single;           /* the way down takes no packets of several datagrams */
    uint32_t first, count; /* vectors first .. count - 1 wait */
    struct iovec vectors[MXS_BATCH_MAX];
    uint8_t bytes[MXS_BATCH_MAX][MXS_QUERY_MAX];
};

enum mxs_err mxs_arrivals_create(mxs_arrivals **out)
{
    mxs_arrivals *arrivals = calloc(1, sizeof *arrivals);
    if (arrivals == NULL)
        return MXS_ERR_MEMORY;
    for (uint32_t i = 0; i < MXS_ARRIVALS_MAX; i++) {
        arrivals->vectors[i] = (struct iovec){arrivals->bytes[i], MXS_DATAGRAM_MAX};
        arrivals->headers[i].header.msg_iov = &arrivals->vectors[i];
        arrivals->headers[i].header.msg_iovlen = 1;
    }
    *out = arrivals;
    return MXS_OK;
}

void mxs_arrivals_destroy(mxs_arrivals **arrivals)
{
    free(*arrivals);
    *arrivals = NULL;
}

bool mxs_arrivals_turn(mxs_arrivals *arrivals, uint32_t *round, uint64_t now_ns)
{
    if (arrivals->began_ns == 0) {
        arrivals->began_ns = now_ns;
        arrivals->round += !arrivals->left;
        arrivals->left = false;
    }
    if (*round == arrivals->round)
        return false;
    if (now_ns - arrivals->began_ns >= MXS_TURN_MS * MXS_NS_PER_MS) {
        arrivals->left = true;
        return false;
    }
    *round = arrivals->round;
    return true;
}

void mxs_arrivals_end_turn(mxs_arrivals *arrivals) { arrivals->began_ns = 0; }

int mxs_arrivals_read(mxs_arrivals *arrivals, int fd)
{
    int count;
    do
        count = mxs_packets_read(fd, arrivals->headers, MXS_ARRIVALS_MAX);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

uint8_t *mxs_arrivals_take(mxs_arrivals *arrivals, uint32_t at, uint32_t *size_bytes, bool *cut)
{
    MXS_ASSERT(at < MXS_ARRIVALS_MAX);
    *size_bytes = arrivals->headers[at].size_bytes;
    *cut = (arrivals->headers[at].header.msg_flags & MSG_TRUNC) != 0;
    return arrivals->bytes[at];
}

enum mxs_err mxs_datagram_batch_create(mxs_datagram_batch **out)
{
    mxs_datagram_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return MXS_ERR_MEMORY;
    batch->single = !mxs_packets_joined();
    *out = batch;
    return MXS_OK;
}

void mxs_datagram_batch_destroy(mxs_datagram_batch **batch)
{
    free(*batch);
    *batch = NULL;
}

bool mxs_datagram_batch_put(mxs_datagram_batch *batch, struct mxs_datagram_socket *socket, const void *data,
                            uint32_t size_bytes)
{
    MXS_ASSERT(size_bytes <= MXS_QUERY_MAX);
    if (batch->count == MXS_BATCH_MAX || (batch->count != 0 && batch->socket != socket))
        return false;
    batch->socket = socket;
    memcpy(batch->bytes[batch->count], data, size_bytes);
    batch->vectors[batch->count] = (struct iovec){batch->bytes[batch->count], size_bytes};
    batch->count++;
    return true;
}

uint32_t mxs_datagram_batch_count(const mxs_datagram_batch *batch) { return batch->count - batch->first; }
bool mxs_datagram_batch_full(const mxs_datagram_batch *batch) { return batch->count == MXS_BATCH_MAX; }

void mxs_datagram_batch_reset(mxs_datagram_batch *batch) { batch->first = batch->count = 0; }

bool mxs_datagram_unreachable(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN ||
           error == ENETDOWN;
}

/* Puts what waits in order of length, the longest first. */
static void sort_waiting(mxs_datagram_batch *batch)
{
    uint8_t positions[MXS_QUERY_MAX + 1] = {0};
    struct iovec sorted[MXS_BATCH_MAX];
    uint32_t shortest = MXS_QUERY_MAX, longest = 0, position = 0;
    for (uint32_t i = batch->first; i < batch->count; i++) {
        uint32_t size = (uint32_t)batch->vectors[i].iov_len;
        positions[size]++;
        shortest = size < shortest ? size : shortest;
        longest = size > longest ? size : longest;
    }
    for (uint32_t size = longest + 1; size-- > shortest;) { /* counts become first places */
        uint32_t count = positions[size];
        positions[size] = (uint8_t)position;
        position += count;
    }
    for (uint32_t i = batch->first; i < batch->count; i++)
        sorted[positions[batch->vectors[i].iov_len]++] = batch->vectors[i];
    memcpy(batch->vectors + batch->first, sorted, position * sizeof *sorted);
}

/* How many of what waits make the next packet: those of one length, and one that is shorter. */
static uint32_t next_packet(const mxs_datagram_batch *batch)
{
    const struct iovec *first = &batch->vectors[batch->first];
    uint32_t left = batch->count - batch->first, count = 1;
    uint32_t most = batch->single ? 1 : left < SEGMENTS_MAX ? left : SEGMENTS_MAX;
    while (count < most && first[count - 1].iov_len == first->iov_len)
        count++;
    return count;
}

static bool write_packet(mxs_datagram_batch *batch, uint32_t count)
{
    const struct iovec *first = &batch->vectors[batch->first];
    uint16_t cut = batch->socket->cut_bytes;
    if (count > 1)
        cut = (uint16_t)first->iov_len;
    else if (batch->single || cut < first->iov_len)
        cut = 0;
    if (cut != batch->socket->cut_bytes) {
        if (!mxs_packets_cut(batch->socket->fd, cut))
            return false;
        batch->socket->cut_bytes = cut;
    }
    return writev(batch->socket->fd, first, (int)count) >= 0;
}

enum mxs_sent mxs_datagram_batch_flush(mxs_datagram_batch *batch, uint64_t *sent)
{
    if (!batch->single && batch->first < batch->count)
        sort_waiting(batch);
    while (batch->first < batch->count) {
        uint32_t count = next_packet(batch);
        if (write_packet(batch, count)) {
            *sent += count;
            batch->first += count;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM) {
            return MXS_SENT_LATER;
        } else if (mxs_datagram_unreachable(errno)) {
            mxs_datagram_batch_reset(batch);
            return MXS_SENT_UNREACHABLE;
        } else if (errno != EINTR && count > 1) {
            batch->single = true;
        } else if (errno != EINTR) {
            batch->first++; /* a filter of this machine took this one: lost, as on any line */
        }
    }
    mxs_datagram_batch_reset(batch);
    return MXS_SENT_ALL;
}

enum mxs_err mxs_datagram_open(const struct mxs_server *server, struct mxs_datagram_socket *out)
{
    int fd = mxs_outside_open(SOCK_DGRAM, &server->address.any);
    if (fd < 0) {
        int code = -fd;
        bool later = code == EMFILE || code == ENFILE || code == EAGAIN || code == ENOBUFS || code == ENOMEM ||
                     code == EADDRNOTAVAIL;
        return later ? MXS_ERR_FULL : MXS_ERR_IO;
    }
    int size = BUFFER_BYTES;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    *out = (struct mxs_datagram_socket){.fd = fd};
    return MXS_OK;
}
