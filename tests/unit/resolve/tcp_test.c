#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/resolve/internal/tcp.h"

#define TIMEOUT_MS 100
#define SECOND_MS 190 /* before a second time could be over */
#define PAUSE_MS 40 /* a turn of the loop that takes longer is the machine's, and proves nothing */

static uv_loop_t loop;
static uv_timer_t second;
static uv_idle_t turns;
static uint64_t turn_ms, longest_ms;
static bool told, second_over, closed;

static bool on_done(void *arg, void *owner, enum mxs_tcp_end end, struct mxs_bytes message, uint32_t rtt_us)
{
    (void)arg, (void)owner, (void)message, (void)rtt_us;
    cr_assert_eq(end, MXS_TCP_SILENT);
    cr_assert(!told);
    told = true;
    return true;
}

static void on_closed(void *arg) { (void)arg, closed = true; }

static void on_second(uv_timer_t *timer) { (void)timer, second_over = true; }

static void on_turn(uv_idle_t *idle)
{
    uint64_t now_ms = uv_now(idle->loop);
    longest_ms = now_ms - turn_ms > longest_ms ? now_ms - turn_ms : longest_ms;
    turn_ms = now_ms;
}

/* Whether a server that says nothing was given up on within its time; the loop never waits, so that the timer comes in
 * the very millisecond that it is due. */
static bool given_up(const struct mxs_server *server)
{
    uint64_t connections = 0;
    struct mxs_tcp_host host = {.loop = &loop, .server = server, .max = 4, .timeout_ms = TIMEOUT_MS,
                                .connections = &connections, .done = on_done, .closed = on_closed};
    mxs_tcp *tcp;
    told = second_over = closed = false;
    cr_assert_eq(mxs_tcp_create(&tcp, &host), MXS_OK);
    uv_update_time(&loop);
    turn_ms = uv_now(&loop), longest_ms = 0;
    cr_assert_eq(mxs_tcp_ask(tcp, (const uint8_t *)"question", 8, &loop), MXS_OK);
    cr_assert_eq(uv_timer_start(&second, on_second, SECOND_MS, 0), 0);
    while (!told && !second_over)
        uv_run(&loop, UV_RUN_ONCE);
    bool in_time = told;
    mxs_tcp_destroy(&tcp);
    while (!closed)
        uv_run(&loop, UV_RUN_ONCE);
    return in_time;
}

Test(tcp, a_silent_server_has_its_time_once, .timeout = 100)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    struct mxs_detail detail;
    struct mxs_server server;
    char text[40];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&here, sizeof here), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&here, &size), 0);
    cr_assert_eq(listen(listener, 64), 0);
    snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(here.sin_port));
    cr_assert_eq(mxs_server_parse(text, &server, &detail), MXS_OK);

    cr_assert_eq(uv_loop_init(&loop), 0);
    cr_assert_eq(uv_timer_init(&loop, &second), 0);
    cr_assert_eq(uv_idle_init(&loop, &turns), 0);
    cr_assert_eq(uv_idle_start(&turns, on_turn), 0);
    for (int undisturbed = 0; undisturbed < 10;) {
        bool in_time = given_up(&server);
        if (longest_ms >= PAUSE_MS)
            continue;
        cr_assert(in_time, "after %d", undisturbed);
        undisturbed++;
    }
    uv_close((uv_handle_t *)&second, NULL);
    uv_close((uv_handle_t *)&turns, NULL);
    cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_assert_eq(uv_loop_close(&loop), 0);
    close(listener);
}
