/* One connection per query: a resolver that closes after one answer fails nobody else. The callback never runs
 * inside put.
 *
 * Spec       @rfc{1035,4.2.2} @rfc{7766,5} @rfc{7766,8}
 * In         Queries whose answer over UDP was truncated
 * Out        The whole message, or how it failed
 * Units      timeout_ms from the start of a connection; a query waits in the queue at most twice as long
 * Limits     max connections at once, the rest queues
 * Errors     MXS_ERR_MEMORY, MXS_ERR_FULL from put: then nothing is called back
 * Ownership  create/destroy by the resolver; handles close on the loop after destroy
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_TCP_H
#define MXS_SCANNER_RESOLVE_INTERNAL_TCP_H

#include <uv.h>

#include "base/bytes.h"
#include "scanner/resolve/address.h"
#include "scanner/resolve/internal/datagram.h"

typedef struct mxs_tcp mxs_tcp;

enum mxs_tcp_end {
    MXS_TCP_MESSAGE, /* one whole message */
    MXS_TCP_SILENT,  /* nothing whole within the time */
    MXS_TCP_CLOSED,  /* refused, reset or closed before a whole message */
};
/* message is valid for the call. Returns whether the message was the one waited for; false: keep listening. */
typedef bool (*mxs_tcp_done)(void *arg, void *owner, enum mxs_tcp_end end, struct mxs_bytes message, uint32_t rtt_us);

struct mxs_tcp_host {
    uv_loop_t *loop;
    const struct mxs_server *server;
    uint32_t max;
    uint32_t timeout_ms;
    uint64_t *connections; /* counted here */
    mxs_tcp_done done;
    void (*closed)(void *arg); /* after destroy, when the last handle is closed */
    void *arg;
};

MXS_CHECK enum mxs_err mxs_tcp_create(mxs_tcp **out, const struct mxs_tcp_host *host);
void mxs_tcp_destroy(mxs_tcp **tcp);
MXS_CHECK enum mxs_err mxs_tcp_ask(mxs_tcp *tcp, const uint8_t *query, uint32_t size_bytes, void *owner);

#endif
