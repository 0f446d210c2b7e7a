#include "scanner/resolve/datagram.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BUFFER_BYTES (1 << 20) /* the kernel grants what it may; one port can have 2,000 answers on the way */

/* An odd number of cache lines apart: a power of two would put the beginnings of all datagrams into the same few places of the
 * cache. */
#define RING_STRIDE (MXS_DATAGRAM_MAX + 64)

struct mxs_ring {
    struct mmsghdr headers[MXS_RING_MAX];
    struct iovec vectors[MXS_RING_MAX];
    uint8_t bytes[MXS_RING_MAX][RING_STRIDE];
};

struct mxs_batch {
    int fd;
    uint32_t first, count; /* datagrams first .. count - 1 wait */
    struct mmsghdr headers[MXS_BATCH_MAX];
    struct iovec vectors[MXS_BATCH_MAX];
    uint8_t bytes[MXS_BATCH_MAX][MXS_QUERY_MAX];
};

enum mxs_err mxs_ring_create(mxs_ring **out)
{
    mxs_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        return MXS_ERR_MEMORY;
    for (uint32_t i = 0; i < MXS_RING_MAX; i++) {
        ring->vectors[i] = (struct iovec){ring->bytes[i], MXS_DATAGRAM_MAX};
        ring->headers[i].msg_hdr.msg_iov = &ring->vectors[i];
        ring->headers[i].msg_hdr.msg_iovlen = 1;
    }
    *out = ring;
    return MXS_OK;
}

void mxs_ring_destroy(mxs_ring **ring)
{
    free(*ring);
    *ring = NULL;
}

int mxs_ring_read(mxs_ring *ring, int fd)
{
    int count;
    do
        count = recvmmsg(fd, ring->headers, MXS_RING_MAX, MSG_DONTWAIT, NULL);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

uint8_t *mxs_ring_take(mxs_ring *ring, uint32_t at, uint32_t *size_bytes, bool *cut)
{
    MXS_ASSERT(at < MXS_RING_MAX);
    *size_bytes = ring->headers[at].msg_len;
    *cut = (ring->headers[at].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    return ring->bytes[at];
}

enum mxs_err mxs_batch_create(mxs_batch **out)
{
    mxs_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return MXS_ERR_MEMORY;
    for (uint32_t i = 0; i < MXS_BATCH_MAX; i++) {
        batch->vectors[i].iov_base = batch->bytes[i];
        batch->headers[i].msg_hdr.msg_iov = &batch->vectors[i];
        batch->headers[i].msg_hdr.msg_iovlen = 1;
    }
    batch->fd = -1;
    *out = batch;
    return MXS_OK;
}

void mxs_batch_destroy(mxs_batch **batch)
{
    free(*batch);
    *batch = NULL;
}

bool mxs_batch_put(mxs_batch *batch, int fd, const void *data, uint32_t size_bytes)
{
    MXS_ASSERT(size_bytes <= MXS_QUERY_MAX);
    if (batch->count == MXS_BATCH_MAX || (batch->count != 0 && batch->fd != fd))
        return false;
    batch->fd = fd;
    memcpy(batch->bytes[batch->count], data, size_bytes);
    batch->vectors[batch->count].iov_len = size_bytes;
    batch->count++;
    return true;
}

uint32_t mxs_batch_count(const mxs_batch *batch) { return batch->count - batch->first; }
bool mxs_batch_full(const mxs_batch *batch) { return batch->count == MXS_BATCH_MAX; }

void mxs_batch_reset(mxs_batch *batch) { batch->first = batch->count = 0; }

bool mxs_datagram_unreachable(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN ||
           error == ENETDOWN;
}

enum mxs_sent mxs_batch_flush(mxs_batch *batch, uint64_t *sent)
{
    while (batch->first < batch->count) {
        int count = sendmmsg(batch->fd, batch->headers + batch->first, batch->count - batch->first, MSG_DONTWAIT);
        if (count > 0) {
            batch->first += (uint32_t)count;
            *sent += (uint64_t)count;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM) {
            return MXS_SENT_LATER;
        } else if (mxs_datagram_unreachable(errno)) {
            mxs_batch_reset(batch);
            return MXS_SENT_UNREACHABLE;
        } else if (errno != EINTR) {
            batch->first++; /* a filter of this machine took this one: lost, as on any line */
        }
    }
    mxs_batch_reset(batch);
    return MXS_SENT_ALL;
}

enum mxs_err mxs_datagram_open(const struct mxs_server *server, int *fd)
{
    int opened = socket(server->address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened < 0)
        return errno == EAFNOSUPPORT ? MXS_ERR_IO : MXS_ERR_FULL;
    int size = RECEIVE_BUFFER_BYTES;
    (void)setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (connect(opened, &server->address.any, server->size_bytes) != 0) {
        bool later = errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == EADDRNOTAVAIL;
        close(opened);
        return later ? MXS_ERR_FULL : MXS_ERR_IO;
    }
    *fd = opened;
    return MXS_OK;
}
