/* The system call is the cost of a query, so sends are collected and leave together, and arrivals are taken together.
 * A full socket buffer is back-pressure: the batch keeps its datagrams and the caller asks less.
 *
 * Spec       @rfc{768} @rfc{5452,9.2}
 * In         A connected UDP socket
 * Out        Many datagrams per system call
 * Units      Bytes
 * Limits     MXS_BATCH_MAX datagrams waiting to leave, MXS_ARRIVALS_MAX arriving at once
 * Errors     enum mxs_sent: what became of a batch
 * Ownership  create/destroy; what a arrivals holds is valid until the next read of it
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_DATAGRAM_H
#define MXS_SCANNER_RESOLVE_INTERNAL_DATAGRAM_H

#include "base/err.h"
#include "scanner/resolve/address.h"

#define MXS_BATCH_MAX 128
#define MXS_ARRIVALS_MAX 64 /* of each socket in a turn of the loop */
#define MXS_DATAGRAM_MAX 1536 /* longer answers count as truncated: we advertise 1232 */
#define MXS_QUERY_MAX 384     /* header, longest name, type, class, OPT with a cookie */

struct mxs_datagram_socket {
    int fd;
    uint16_t cut_bytes; /* into datagrams of this length the kernel cuts what is longer; 0: it does not */
};

/* Arrivals. One arrivals serves all resolvers of a loop: it is empty again before anybody else reads. */
typedef struct mxs_arrivals mxs_arrivals;
MXS_CHECK enum mxs_err mxs_arrivals_create(mxs_arrivals **out);
void mxs_arrivals_destroy(mxs_arrivals **arrivals);
/* Whether a socket is read in this turn of the loop. A turn is full after MXS_TURN_MS: the sockets that are left come
 * first in the next one, whatever order the kernel names them in. *round, zeroed at first, is the socket's. Who is told
 * yes has to end the turn when the loop looks at its sockets again. */
#define MXS_TURN_MS 5
bool mxs_arrivals_turn(mxs_arrivals *arrivals, uint32_t *round, uint64_t now_ns);
void mxs_arrivals_end_turn(mxs_arrivals *arrivals);
/* How many datagrams arrived, or -errno. */
int mxs_arrivals_read(mxs_arrivals *arrivals, int fd);
/* Number `at` of the last read. *cut: it was longer than the buffer. */
uint8_t *mxs_arrivals_take(mxs_arrivals *arrivals, uint32_t at, uint32_t *size_bytes, bool *cut);

/* Departures, all of one socket. */
enum mxs_sent {
    MXS_SENT_ALL,
    MXS_SENT_LATER,       /* no room in the kernel now; what is left stays in the batch */
    MXS_SENT_UNREACHABLE, /* the server cannot be reached; the batch is empty */
};
typedef struct mxs_datagram_batch mxs_datagram_batch;
MXS_CHECK enum mxs_err mxs_datagram_batch_create(mxs_datagram_batch **out);
void mxs_datagram_batch_destroy(mxs_datagram_batch **batch);
/* Copies a datagram for the socket in. False: the batch is full or belongs to another socket. */
MXS_CHECK bool mxs_datagram_batch_put(mxs_datagram_batch *batch, struct mxs_datagram_socket *socket, const void *data,
                                      uint32_t size_bytes);
uint32_t mxs_datagram_batch_count(const mxs_datagram_batch *batch);
bool mxs_datagram_batch_full(const mxs_datagram_batch *batch);
/* *sent grows by the datagrams that left. */
enum mxs_sent mxs_datagram_batch_flush(mxs_datagram_batch *batch, uint64_t *sent);
void mxs_datagram_batch_reset(mxs_datagram_batch *batch);

/* A non-blocking socket connected to the server. MXS_ERR_FULL: no descriptor or memory now. MXS_ERR_IO: no way there.
 */
MXS_CHECK enum mxs_err mxs_datagram_open(const struct mxs_server *server, struct mxs_datagram_socket *out);
/* Whether an errno of a connected socket says that the server cannot be reached. */
bool mxs_datagram_unreachable(int error);

#endif
