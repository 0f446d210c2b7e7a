/* A connection lives through connect, write, read, close. Its one timer ends it wherever it hangs. A connection that
 * has said its end to the owner only waits for its two handles to close; then its place is free for the queue.
 *
 * Out of descriptors is not a failure of the server: the query goes back to the head of the queue and waits for a
 * place, as long as another connection is alive to free one. */
#include "scanner/resolve/internal/tcp.h"

#include <stdlib.h>

#include "base/clock.h"
#include "scanner/outside/outside.h"

#define LENGTH_SIZE 2u
#define FIRST_BYTES 2048u /* what nearly every answer has room in */
#define JUMP_MS 500u /* a timer that comes later than this was ours to miss */
#define LAST_LOOK_MS 2
#define STRANGE_MAX 8 /* messages that answer nothing we asked, before we give up on a connection */

struct query {
    struct query *next;
    void *owner;
    uint64_t queued_ns;
    uint32_t size_bytes; /* of bytes, length prefix included */
    uint8_t bytes[LENGTH_SIZE + MXS_QUERY_MAX];
};

struct connection {
    struct connection *next, *previous;
    struct mxs_tcp *tcp;
    struct query *query; /* NULL: ended */
    uv_tcp_t stream;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    uint64_t started_ns;
    uint64_t due_ms;     /* when its time is over, by the loop's clock, as the timer: by another it could come early */
    bool late;           /* it is over; what has arrived is read before that is said */
    uint32_t handles;    /* not yet closed */
    bool unstarted;      /* no descriptor for it: its place is no news for the queue */
    bool failed;         /* the connect call failed at once */
    uint32_t strange;
    uint8_t *bytes; /* of the message that is coming, as much of it as has come, and what came behind it */
    uint32_t have_bytes, capacity_bytes;
};

struct mxs_tcp {
    struct mxs_tcp_host host;
    struct query *first, *last;
    struct connection *connections;
    uint32_t count;
    uint32_t handles; /* of the queue's timer */
    uv_timer_t timer; /* ends what waited too long in the queue */
    bool closing;
};

static void start_next(struct mxs_tcp *tcp);

static void finished(struct mxs_tcp *tcp)
{
    if (!tcp->closing || tcp->count != 0 || tcp->handles != 0)
        return;
    void (*closed)(void *) = tcp->host.closed;
    void *arg = tcp->host.arg;
    free(tcp);
    closed(arg);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    if (--connection->handles != 0)
        return;
    struct mxs_tcp *tcp = connection->tcp;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        tcp->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    bool started = !connection->unstarted;
    free(connection->bytes);
    free(connection);
    tcp->count--;
    if (started)
        start_next(tcp);
    finished(tcp);
}

static void hang_up(struct connection *connection)
{
    if (uv_is_closing((uv_handle_t *)&connection->stream))
        return;
    uv_close((uv_handle_t *)&connection->stream, on_closed);
    uv_close((uv_handle_t *)&connection->timer, on_closed);
}

/* Tells the owner, unless the message was not its own; then the connection stays open. */
static void say(struct connection *connection, enum mxs_tcp_end end, struct mxs_bytes message)
{
    struct query *query = connection->query;
    struct mxs_tcp *tcp = connection->tcp;
    if (query == NULL)
        return;
    uint64_t rtt_ns = mxs_clock_ns() - connection->started_ns;
    uint32_t rtt_us = rtt_ns / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(rtt_ns / 1000);
    if (!tcp->host.done(tcp->host.arg, query->owner, end, message, rtt_us) && ++connection->strange < STRANGE_MAX)
        return;
    if (connection->strange == STRANGE_MAX)
        (void)tcp->host.done(tcp->host.arg, query->owner, MXS_TCP_CLOSED, (struct mxs_bytes){NULL, 0}, rtt_us);
    connection->query = NULL;
    free(query);
    hang_up(connection);
}

static void say_closed(struct connection *connection) { say(connection, MXS_TCP_CLOSED, (struct mxs_bytes){NULL, 0}); }

static void on_timer(uv_timer_t *timer);

static void expect_until(struct connection *connection, uint64_t timeout_ms)
{
    uv_loop_t *loop = connection->tcp->host.loop;
    uv_update_time(loop);
    connection->due_ms = uv_now(loop) + timeout_ms;
    MXS_ASSERT(uv_timer_start(&connection->timer, on_timer, timeout_ms, 0) == 0);
}

/* Timers run before sockets are read. So the end of its time is first only noted; and when it is noticed long after, it
 * was this program that did not run, and the server gets its time once more. */
static void on_timer(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    if (connection->failed) {
        say_closed(connection);
    } else if (!connection->late) {
        bool asleep = uv_now(connection->tcp->host.loop) - connection->due_ms > JUMP_MS;
        connection->late = !asleep;
        expect_until(connection, asleep ? connection->tcp->host.timeout_ms : LAST_LOOK_MS);
    } else {
        say(connection, MXS_TCP_SILENT, (struct mxs_bytes){NULL, 0});
    }
}

static uint32_t message_size(const struct connection *connection)
{
    return LENGTH_SIZE + ((uint32_t)connection->bytes[0] << 8 | connection->bytes[1]);
}

/* As large as the message says that it is: a connection with room for the largest would cost 64 KiB, and there are as
 * many as there are answers that did not fit. Without memory the read fails, and the connection with it. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct connection *connection = handle->data;
    uint32_t want = connection->have_bytes < LENGTH_SIZE ? FIRST_BYTES : message_size(connection);
    if (want > connection->capacity_bytes) {
        uint8_t *grown = realloc(connection->bytes, want);
        *out = uv_buf_init(NULL, 0);
        if (grown == NULL)
            return;
        connection->bytes = grown;
        connection->capacity_bytes = want;
    }
    *out = uv_buf_init((char *)connection->bytes + connection->have_bytes,
                       connection->capacity_bytes - connection->have_bytes);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    (void)buffer;
    struct connection *connection = stream->data;
    if (count < 0) {
        say_closed(connection);
        return;
    }
    connection->have_bytes += (uint32_t)count;
    while (connection->query != NULL && connection->have_bytes >= LENGTH_SIZE) {
        uint32_t size = message_size(connection);
        if (connection->have_bytes < size)
            return;
        say(connection, MXS_TCP_MESSAGE, (struct mxs_bytes){connection->bytes + LENGTH_SIZE, size - LENGTH_SIZE});
        connection->have_bytes -= size;
        memmove(connection->bytes, connection->bytes + size, connection->have_bytes);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->data;
    if (status < 0 && status != UV_ECANCELED)
        say_closed(connection);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct connection *connection = connect->data;
    if (connection->query == NULL)
        return;
    if (status < 0) {
        say_closed(connection);
        return;
    }
    uv_buf_t out = uv_buf_init((char *)connection->query->bytes, connection->query->size_bytes);
    connection->write.data = connection;
    if (uv_read_start((uv_stream_t *)&connection->stream, on_alloc, on_read) != 0 ||
        uv_write(&connection->write, (uv_stream_t *)&connection->stream, &out, 1, on_written) != 0)
        say_closed(connection);
}

/* False: no descriptor or memory for it now. */
static bool connect_now(struct mxs_tcp *tcp, struct query *query)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return false;
    connection->tcp = tcp;
    if (uv_tcp_init(tcp->host.loop, &connection->stream) != 0) {
        free(connection);
        return false;
    }
    MXS_ASSERT(uv_timer_init(tcp->host.loop, &connection->timer) == 0);
    connection->handles = 2;
    connection->stream.data = connection->timer.data = connection->connect.data = connection;
    connection->next = tcp->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    tcp->connections = connection;
    tcp->count++;
    connection->started_ns = mxs_clock_ns();
    int status =
        mxs_outside_connect(&connection->stream, &connection->connect, &tcp->host.server->address.any, on_connected);
    if (status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOBUFS || status == UV_ENOMEM) {
        connection->unstarted = true;
        hang_up(connection);
        return false;
    }
    connection->query = query;
    connection->failed = status != 0; /* said by the timer, never inside ask */
    expect_until(connection, status == 0 ? tcp->host.timeout_ms : 0);
    ++*tcp->host.connections;
    return true;
}

static void start_next(struct mxs_tcp *tcp)
{
    if (tcp->closing || tcp->first == NULL || tcp->count >= tcp->host.max)
        return;
    struct query *query = tcp->first;
    if (!connect_now(tcp, query))
        return; /* tried again when a connection closes, and by the timer */
    tcp->first = query->next;
    if (tcp->first == NULL)
        tcp->last = NULL;
}

/* Ends what waited too long, and tries again what could not be started. */
static void on_queue_timer(uv_timer_t *timer)
{
    struct mxs_tcp *tcp = timer->data;
    uint64_t limit_ns = 2 * tcp->host.timeout_ms * MXS_NS_PER_MS;
    while (tcp->first != NULL && mxs_clock_ns() - tcp->first->queued_ns > limit_ns) {
        struct query *query = tcp->first;
        tcp->first = query->next;
        if (tcp->first == NULL)
            tcp->last = NULL;
        (void)tcp->host.done(tcp->host.arg, query->owner, MXS_TCP_SILENT, (struct mxs_bytes){NULL, 0}, 0);
        free(query);
    }
    start_next(tcp);
    if (tcp->first == NULL)
        uv_timer_stop(timer);
}

enum mxs_err mxs_tcp_ask(mxs_tcp *tcp, const uint8_t *bytes, uint32_t size_bytes, void *owner)
{
    MXS_ASSERT(size_bytes <= MXS_QUERY_MAX && !tcp->closing);
    struct query *query = malloc(sizeof *query);
    if (query == NULL)
        return MXS_ERR_MEMORY;
    query->next = NULL;
    query->owner = owner;
    query->queued_ns = mxs_clock_ns();
    query->size_bytes = LENGTH_SIZE + size_bytes;
    query->bytes[0] = (uint8_t)(size_bytes >> 8);
    query->bytes[1] = (uint8_t)size_bytes;
    memcpy(query->bytes + LENGTH_SIZE, bytes, size_bytes);
    if (tcp->first == NULL)
        tcp->first = query;
    else
        tcp->last->next = query;
    tcp->last = query;
    start_next(tcp);
    if (tcp->first != NULL && !uv_is_active((uv_handle_t *)&tcp->timer))
        MXS_ASSERT(uv_timer_start(&tcp->timer, on_queue_timer, 100, 100) == 0);
    return MXS_OK;
}

enum mxs_err mxs_tcp_create(mxs_tcp **out, const struct mxs_tcp_host *host)
{
    mxs_tcp *tcp = calloc(1, sizeof *tcp);
    if (tcp == NULL)
        return MXS_ERR_MEMORY;
    tcp->host = *host;
    MXS_ASSERT(uv_timer_init(host->loop, &tcp->timer) == 0);
    tcp->timer.data = tcp;
    tcp->handles = 1;
    *out = tcp;
    return MXS_OK;
}

static void on_queue_closed(uv_handle_t *handle)
{
    struct mxs_tcp *tcp = handle->data;
    tcp->handles--;
    finished(tcp);
}

void mxs_tcp_destroy(mxs_tcp **owner)
{
    mxs_tcp *tcp = *owner;
    *owner = NULL;
    tcp->closing = true;
    while (tcp->first != NULL) {
        struct query *query = tcp->first;
        tcp->first = query->next;
        free(query);
    }
    for (struct connection *at = tcp->connections; at != NULL; at = at->next) {
        free(at->query);
        at->query = NULL;
        hang_up(at);
    }
    uv_close((uv_handle_t *)&tcp->timer, on_queue_closed);
}
