/* A connection lives through connect, dialogue, close; its one timer ends it wherever it hangs. Bytes are read into a
 * buffer that all connections share, because they are used up within the call: so a connection that waits costs its own
 * few kilobytes and no more.
 *
 * What cannot be written at once (it is a line, or a flight of TLS) is copied and left to libuv; that a write failed is
 * not looked at, since the read that follows tells why. */
#include "scanner/smtp/internal/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "scanner/outside/outside.h"

#define PORT 25
#define JUMP_MS 500u /* a timer that comes later than this was ours to miss */
#define LAST_LOOK_MS 2
#define FLIGHT_SIZE 4096u
#define UNREAD_MAX 65536u /* who asks for more than that (keys, alerts) and reads none of it gets no more */

struct mxs_smtp_connection {
    mxs_smtp_connection *next, *previous;
    struct mxs_smtp_connection_host *host;
    uint32_t target;
    struct mxs_smtp_target expected;
    uv_tcp_t stream;
    uv_timer_t timer;
    uv_connect_t connect;
    uint32_t handles;   /* not yet closed */
    bool ended, unstarted, late;
    int connect_status; /* of a call that failed at once: told by the timer */
    uint64_t started_ns, connected_ns;
    uint64_t due_ms; /* by the loop's clock, as the timer: by another it could seem to come early */
    int32_t connect_ms, banner_ms;
    mxs_smtp_session *session;
    mxs_smtp_chain *chain;
    struct mxs_smtp_dialogue dialogue;
};

static void follow(mxs_smtp_connection *connection, enum mxs_smtp_step step);

/* --- the end --- */

static void on_closed(uv_handle_t *handle)
{
    mxs_smtp_connection *connection = handle->data;
    if (--connection->handles != 0)
        return;
    struct mxs_smtp_connection_host *host = connection->host;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        host->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    bool started = !connection->unstarted;
    free(connection);
    host->closed(host->arg, started);
}

static void hang_up(mxs_smtp_connection *connection)
{
    if (uv_is_closing((uv_handle_t *)&connection->stream))
        return;
    mxs_smtp_session_close(&connection->session);
    mxs_smtp_chain_destroy(&connection->chain);
    uv_close((uv_handle_t *)&connection->stream, on_closed);
    uv_close((uv_handle_t *)&connection->timer, on_closed);
}

static struct mxs_text text_of(const char *text)
{
    return text[0] == 0 ? (struct mxs_text){NULL, 0} : mxs_text_of(text);
}

static void finish(mxs_smtp_connection *connection)
{
    if (connection->ended)
        return;
    connection->ended = true;
    const struct mxs_smtp_dialogue *dialogue = &connection->dialogue;
    char banner_name[MXS_SMTP_NAME_SIZE];
    mxs_smtp_dialogue_banner_name(dialogue->banner, banner_name);
    struct mxs_smtp_answer answer = {.outcome = dialogue->outcome,
                                     .code = dialogue->code,
                                     .masked = dialogue->masked,
                                     .injected = dialogue->injected,
                                     .tls_settled = dialogue->tls_settled,
                                     .attempts = 1,
                                     .starttls = dialogue->starttls,
                                     .banner = text_of(dialogue->banner),
                                     .name = text_of(dialogue->name),
                                     .banner_name = text_of(banner_name),
                                     .reply = text_of(dialogue->said),
                                     .tls_failure = text_of(dialogue->tls_failure),
                                     .connect_ms = connection->connect_ms,
                                     .banner_ms = connection->banner_ms,
                                     .certificate =
                                         connection->chain == NULL ? NULL : mxs_smtp_chain_facts(connection->chain)};
    bool stands = dialogue->tls_settled && connection->session != NULL && dialogue->tls_failure[0] == 0;
    if (stands) {
        answer.tls = mxs_text_of(mxs_smtp_session_version(connection->session));
        answer.cipher = mxs_text_of(mxs_smtp_session_cipher(connection->session));
    }
    connection->host->done(connection->host->arg, connection->target, &answer, dialogue->heard, &connection->chain);
    hang_up(connection);
}

/* --- out --- */

struct rest {
    uv_write_t write;
    char bytes[];
};

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
}

static void transmit(mxs_smtp_connection *connection, const uint8_t *bytes, size_t size)
{
    uv_stream_t *stream = (uv_stream_t *)&connection->stream;
    uv_buf_t out = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
    if (uv_stream_get_write_queue_size(stream) > UNREAD_MAX)
        return;
    int count = uv_try_write(stream, &out, 1);
    if (count < 0 && count != UV_EAGAIN)
        return;
    size_t written = count < 0 ? 0 : (size_t)count;
    if (written == size)
        return;
    struct rest *rest = malloc(sizeof *rest + size - written);
    if (rest == NULL)
        return;
    memcpy(rest->bytes, bytes + written, size - written);
    rest->write.data = rest;
    out = uv_buf_init(rest->bytes, (unsigned)(size - written));
    if (uv_write(&rest->write, stream, &out, 1, on_written) != 0)
        free(rest);
}

static void transmit_flight(mxs_smtp_connection *connection)
{
    uint8_t flight[FLIGHT_SIZE];
    for (size_t size; (size = mxs_smtp_session_take(connection->session, flight, sizeof flight)) > 0;)
        transmit(connection, flight, size);
}

static void speak(mxs_smtp_connection *connection)
{
    struct mxs_bytes line = {(const uint8_t *)connection->dialogue.send, connection->dialogue.send_bytes};
    if (connection->session == NULL)
        transmit(connection, line.data, line.size_bytes);
    else if (mxs_smtp_session_write(connection->session, line))
        transmit_flight(connection);
}

/* --- time --- */

static void on_timer(uv_timer_t *timer);

static void expect_until(mxs_smtp_connection *connection, uint64_t timeout_ms)
{
    uv_update_time(connection->host->loop);
    connection->due_ms = uv_now(connection->host->loop) + timeout_ms;
    connection->late = false;
    MXS_ASSERT(uv_timer_start(&connection->timer, on_timer, timeout_ms, 0) == 0);
}

static enum mxs_smtp_event event_of(int status)
{
    switch (status) {
    case UV_ECONNREFUSED:
    case UV_ECONNRESET:
        return MXS_SMTP_CONNECT_REFUSED;
    case UV_ETIMEDOUT:
        return MXS_SMTP_LATE;
    default:
        return MXS_SMTP_CONNECT_UNREACHABLE;
    }
}

/* Timers run before sockets are read. So the end of its time is first only noted; and when it is noticed long after, it
 * was this program that did not run, and the server gets its time once more. */
static void on_timer(uv_timer_t *timer)
{
    mxs_smtp_connection *connection = timer->data;
    if (connection->connect_status != 0) {
        follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, event_of(connection->connect_status)));
        return;
    }
    if (!connection->late) {
        bool asleep = uv_now(connection->host->loop) - connection->due_ms > JUMP_MS;
        expect_until(connection, asleep ? connection->dialogue.timeout_ms : LAST_LOOK_MS);
        connection->late = !asleep;
        return;
    }
    follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, MXS_SMTP_LATE));
}

/* --- TLS --- */

static void begin_tls(mxs_smtp_connection *connection)
{
    if (mxs_smtp_session_open(&connection->session, connection->host->tls, connection->expected.host) != MXS_OK) {
        snprintf(connection->dialogue.tls_failure, sizeof connection->dialogue.tls_failure, "no memory here");
        follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, MXS_SMTP_INSECURE));
        return;
    }
    transmit_flight(connection);
    expect_until(connection, connection->dialogue.timeout_ms);
}

static void read_certificate(mxs_smtp_connection *connection)
{
    if (connection->chain == NULL)
        connection->chain = mxs_smtp_session_chain(connection->session, &connection->expected);
}

static void fail_tls(mxs_smtp_connection *connection)
{
    struct mxs_smtp_dialogue *dialogue = &connection->dialogue;
    read_certificate(connection);
    mxs_smtp_session_failure(connection->session, dialogue->tls_failure, sizeof dialogue->tls_failure,
                             &dialogue->tls_settled);
    follow(connection, mxs_smtp_dialogue_put_event(dialogue, MXS_SMTP_INSECURE));
}

/* What the bytes decipher to goes to the dialogue, which may end the connection. */
static void read_deciphered(mxs_smtp_connection *connection)
{
    uint8_t plain[FLIGHT_SIZE];
    while (!connection->ended) {
        size_t size = mxs_smtp_session_read(connection->session, plain, sizeof plain);
        if (size == 0)
            return;
        follow(connection, mxs_smtp_dialogue_put(&connection->dialogue, (struct mxs_bytes){plain, (uint32_t)size}));
    }
}

static void put_ciphered(mxs_smtp_connection *connection, struct mxs_bytes bytes)
{
    enum mxs_smtp_tls_state state;
    if (mxs_smtp_session_put(connection->session, bytes, &state) != MXS_OK) {
        follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, MXS_SMTP_CLOSED));
        return;
    }
    transmit_flight(connection);
    if (state == MXS_SMTP_TLS_FAILED) {
        fail_tls(connection);
        return;
    }
    if (state == MXS_SMTP_TLS_WAITING)
        return;
    if (connection->dialogue.state == MXS_SMTP_STATE_TLS) {
        read_certificate(connection);
        follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, MXS_SMTP_SECURED));
    }
    read_deciphered(connection);
    /* With TLS 1.3 a server that refuses us for want of a certificate says so only now. */
    if (!connection->ended && connection->dialogue.state == MXS_SMTP_STATE_EHLO_AGAIN &&
        mxs_smtp_session_alerted(connection->session))
        fail_tls(connection);
}

/* --- in --- */

static void follow(mxs_smtp_connection *connection, enum mxs_smtp_step step)
{
    struct mxs_smtp_dialogue *dialogue = &connection->dialogue;
    if (connection->banner_ms < 0 && dialogue->banner[0] != 0)
        connection->banner_ms = (int32_t)((mxs_clock_ns() - connection->connected_ns) / MXS_NS_PER_MS);
    switch (step) {
    case MXS_SMTP_WAIT:
        return;
    case MXS_SMTP_SEND:
        speak(connection);
        expect_until(connection, dialogue->timeout_ms);
        return;
    case MXS_SMTP_HANDSHAKE:
        begin_tls(connection);
        return;
    case MXS_SMTP_FAREWELL:
        speak(connection);
        finish(connection);
        return;
    case MXS_SMTP_CLOSE:
        if (connection->session != NULL) {
            mxs_smtp_session_end(connection->session);
            transmit_flight(connection);
        }
        finish(connection);
        return;
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    mxs_smtp_connection *connection = handle->data;
    *out = uv_buf_init((char *)connection->host->buffer, (unsigned)connection->host->buffer_size);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    mxs_smtp_connection *connection = stream->data;
    if (connection->ended || count == 0)
        return;
    struct mxs_bytes bytes = {(const uint8_t *)buffer->base, count < 0 ? 0 : (uint32_t)count};
    if (count < 0)
        follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, MXS_SMTP_CLOSED));
    else if (connection->session != NULL)
        put_ciphered(connection, bytes);
    else
        follow(connection, mxs_smtp_dialogue_put(&connection->dialogue, bytes));
}

static void on_connected(uv_connect_t *connect, int status)
{
    mxs_smtp_connection *connection = connect->data;
    if (connection->ended || status == UV_ECANCELED)
        return;
    uv_stream_t *stream = (uv_stream_t *)&connection->stream;
    if (status == 0)
        status = uv_read_start(stream, on_alloc, on_read);
    if (status != 0) {
        follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, event_of(status)));
        return;
    }
    (void)uv_tcp_nodelay(&connection->stream, 1); /* what it saves is a moment, no more */
    connection->connected_ns = mxs_clock_ns();
    connection->connect_ms = (int32_t)((connection->connected_ns - connection->started_ns) / MXS_NS_PER_MS);
    follow(connection, mxs_smtp_dialogue_put_event(&connection->dialogue, MXS_SMTP_CONNECTED));
    expect_until(connection, connection->dialogue.timeout_ms);
}

/* --- the beginning --- */

static struct sockaddr_storage socket_address(const struct mxs_address *address)
{
    struct sockaddr_storage any = {0};
    if (address->family == 4) {
        struct sockaddr_in *four = (struct sockaddr_in *)&any;
        four->sin_family = AF_INET;
        four->sin_port = htons(PORT);
        memcpy(&four->sin_addr, address->bytes, 4);
    } else {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&any;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(PORT);
        memcpy(&six->sin6_addr, address->bytes, 16);
    }
    return any;
}

static bool is_shortage(int status)
{
    return status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOBUFS || status == UV_ENOMEM ||
           status == UV_EADDRNOTAVAIL || status == UV_EAGAIN;
}

enum mxs_err mxs_smtp_connection_open(struct mxs_smtp_connection_host *host, uint32_t target,
                                      const struct mxs_address *address, const struct mxs_smtp_target *expected)
{
    mxs_smtp_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return MXS_ERR_MEMORY;
    if (uv_tcp_init(host->loop, &connection->stream) != 0) {
        free(connection);
        return MXS_ERR_FULL;
    }
    MXS_ASSERT(uv_timer_init(host->loop, &connection->timer) == 0);
    connection->handles = 2;
    connection->host = host;
    connection->target = target;
    connection->expected = *expected;
    connection->connect_ms = connection->banner_ms = -1;
    connection->stream.data = connection->timer.data = connection->connect.data = connection;
    connection->next = host->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    host->connections = connection;
    mxs_smtp_dialogue_init(&connection->dialogue, host->helo, host->timeout_ms, address);
    connection->started_ns = mxs_clock_ns();
    struct sockaddr_storage any = socket_address(address);
    int status =
        mxs_outside_connect(&connection->stream, &connection->connect, (const struct sockaddr *)&any, on_connected);
    if (is_shortage(status)) {
        connection->unstarted = connection->ended = true;
        hang_up(connection);
        return MXS_ERR_FULL;
    }
    connection->connect_status = status;
    expect_until(connection, status == 0 ? connection->dialogue.timeout_ms : 0);
    return MXS_OK;
}

void mxs_smtp_connection_close_all(struct mxs_smtp_connection_host *host)
{
    for (mxs_smtp_connection *at = host->connections; at != NULL; at = at->next) {
        at->ended = true;
        hang_up(at);
    }
}
