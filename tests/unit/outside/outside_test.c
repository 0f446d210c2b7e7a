/* The broker is asked by a process that may have been led astray: what it lets through, and what a request of any form
 * brings. */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/outside/internal/broker.h"
#include "scanner/outside/outside.h"

static union mxs_outside_address at(const char *text, uint16_t port)
{
    union mxs_outside_address out;
    memset(&out, 0, sizeof out);
    bool six = strchr(text, ':') != NULL;
    out.any.sa_family = six ? AF_INET6 : AF_INET;
    cr_assert_eq(inet_pton(out.any.sa_family, text, six ? (void *)&out.v6.sin6_addr : (void *)&out.v4.sin_addr), 1);
    if (six)
        out.v6.sin6_port = htons(port);
    else
        out.v4.sin_port = htons(port);
    return out;
}

static bool allows(const struct mxs_outside_rule *rules, size_t count, int type, const char *text, uint16_t port)
{
    union mxs_outside_address address = at(text, port);
    return mxs_outside_allows(rules, count, type, &address);
}

Test(outside, nobody_is_reached_without_a_rule)
{
    cr_expect_not(allows(NULL, 0, SOCK_STREAM, "8.8.8.8", 53));
    cr_expect_not(allows(NULL, 0, SOCK_DGRAM, "127.0.0.1", 53));
}

Test(outside, a_resolver_is_one_address_and_port)
{
    const struct mxs_outside_rule rules[] = {{.address = at("192.0.2.1", 53), .datagrams = true},
                                             {.address = at("2001:db8::1", 5353), .datagrams = true}};
    static const struct {
        const char *text;
        uint16_t port;
        bool let;
    } rows[] = {{"192.0.2.1", 54, false},         {"192.0.2.2", 53, false},     {"192.0.2.1", 0, false},
                {"::ffff:192.0.2.1", 53, false},  {"2001:db8::1", 53, false},   {"2001:db8::2", 5353, false},
                {"127.0.0.1", 53, false},         {"255.255.255.255", 53, false}, {"0.0.0.0", 53, false},
                {"192.0.2.1", 53, true},          {"2001:db8::1", 5353, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(allows(rules, 2, SOCK_DGRAM, rows[i].text, rows[i].port), rows[i].let, "%s", rows[i].text);
        cr_expect_eq(allows(rules, 2, SOCK_STREAM, rows[i].text, rows[i].port), rows[i].let, "%s", rows[i].text);
        cr_expect_not(allows(rules, 2, SOCK_RAW, rows[i].text, rows[i].port));
        cr_expect_not(allows(rules, 2, SOCK_SEQPACKET, rows[i].text, rows[i].port));
    }
    union mxs_outside_address scoped = at("2001:db8::1", 5353);
    scoped.v6.sin6_scope_id = 3;
    cr_expect_not(mxs_outside_allows(rules, 2, SOCK_DGRAM, &scoped));
}

Test(outside, a_port_of_every_public_address_is_for_tcp_alone)
{
    const struct mxs_outside_rule rule = {.port = 25};
    cr_expect(allows(&rule, 1, SOCK_STREAM, "8.8.8.8", 25));
    cr_expect(allows(&rule, 1, SOCK_STREAM, "2606:4700::1", 25));
    cr_expect_not(allows(&rule, 1, SOCK_DGRAM, "8.8.8.8", 25));
    cr_expect_not(allows(&rule, 1, SOCK_STREAM, "8.8.8.8", 26));
    static const char *const inside[] = {"127.0.0.1", "10.0.0.1",  "192.168.1.1", "169.254.169.254", "::1",
                                         "fe80::1",   "fd00::1",   "224.0.0.1",   "::ffff:8.8.8.8",  "0.0.0.0",
                                         "::",        "64:ff9b::808:808"};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        cr_expect_not(allows(&rule, 1, SOCK_STREAM, inside[i], 25), "%s", inside[i]);
}

Test(outside, a_web_server_of_ones_own_is_no_resolver)
{
    const struct mxs_outside_rule rule = {.address = at("127.0.0.1", 8443)};
    cr_expect(allows(&rule, 1, SOCK_STREAM, "127.0.0.1", 8443));
    cr_expect_not(allows(&rule, 1, SOCK_DGRAM, "127.0.0.1", 8443));
}

Test(outside, other_families_reach_nobody)
{
    const struct mxs_outside_rule rules[] = {{.port = 25}, {.address = at("192.0.2.1", 53), .datagrams = true}};
    for (int family = 0; family < 64; family++) {
        union mxs_outside_address address = at("192.0.2.1", 53);
        address.any.sa_family = (sa_family_t)family;
        cr_expect_eq(mxs_outside_allows(rules, 2, SOCK_STREAM, &address), family == AF_INET, "%d", family);
    }
}

/* ---- its process ---- */

static union mxs_outside_address here; /* a UDP socket of the test's */
static int hears, asks;
static pid_t pid;

static void begin(void)
{
    socklen_t size = sizeof here;
    here = at("127.0.0.1", 0);
    hears = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert(bind(hears, &here.any, sizeof here.v4) == 0 && getsockname(hears, &here.any, &size) == 0);
    const struct mxs_outside_rule rule = {.address = here, .datagrams = true};
    struct mxs_detail detail = {0};
    if (getenv("MXS_PLAIN") != NULL && strcmp(getenv("MXS_PLAIN"), "ON") == 0)
        cr_skip_test("no broker in this build");
    cr_assert_eq(mxs_broker_open(&rule, 1, NULL, NULL, &asks, &pid, &detail), MXS_OK, "%s", detail.text);
}

static void end(void)
{
    int status;
    close(asks);
    cr_expect(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(hears);
}

/* The code, and the descriptor that came or -1. */
static int32_t ask(const void *request, size_t size_bytes, int *fd)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(8 * sizeof(int))];
    } control;
    struct mxs_broker_reply reply = {.code = 12345};
    struct iovec vector = {&reply, sizeof reply};
    struct msghdr header = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *fd = -1;
    cr_assert_eq(send(asks, request, size_bytes, MSG_NOSIGNAL), (ssize_t)size_bytes);
    if (recvmsg(asks, &header, MSG_CMSG_CLOEXEC) <= 0)
        return 54321; /* it is gone */
    const struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    if (first != NULL) {
        cr_assert_eq(first->cmsg_len, CMSG_LEN(sizeof *fd), "one descriptor");
        memcpy(fd, CMSG_DATA(first), sizeof *fd);
    }
    return reply.code;
}

Test(broker, a_socket_comes_connected_to_whom_a_rule_names, .init = begin, .fini = end)
{
    struct mxs_broker_request request = {.kind = MXS_BROKER_DATAGRAMS, .address = here};
    char got[4] = "";
    int fd;
    cr_assert_eq(ask(&request, sizeof request, &fd), 0);
    cr_assert(fd >= 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    cr_expect_eq(write(fd, "x", 1), 1);
    cr_expect_eq(recv(hears, got, sizeof got, 0), 1);
    close(fd);
    request.kind = MXS_BROKER_STREAM; /* allowed, and nobody listens */
    int32_t code = ask(&request, sizeof request, &fd);
    cr_expect(code == ECONNREFUSED || (code == 0 && fd >= 0));
    if (fd >= 0)
        close(fd);
    request.kind = MXS_BROKER_LOCAL;
    cr_expect_eq(ask(&request, sizeof request, &fd), 0);
    cr_expect_eq(fd, -1, "an address is told, no socket");
}

Test(broker, of_every_other_request_no_socket_comes, .init = begin, .fini = end)
{
    int fd;
    for (uint32_t kind = 0; kind < 6; kind++) {
        struct mxs_broker_request request = {.kind = kind < 4 ? kind : kind * 0x10000001u, .address = here};
        request.address.v4.sin_port = (in_port_t)(request.address.v4.sin_port ^ 0x0101);
        int32_t code = ask(&request, sizeof request, &fd);
        cr_expect_eq(fd, -1);
        cr_expect_eq(code, kind == MXS_BROKER_LOCAL ? 0 : MXS_BROKER_REFUSED, "%u", kind);
        request.address.any.sa_family = AF_UNIX;
        cr_expect_eq(ask(&request, sizeof request, &fd), MXS_BROKER_REFUSED);
        cr_expect_eq(fd, -1);
    }
    struct mxs_broker_request good = {.kind = MXS_BROKER_DATAGRAMS, .address = here};
    cr_expect_eq(ask(&good, sizeof good, &fd), 0, "and it serves on");
    close(fd);
}

static void expect_gone(size_t size_bytes)
{
    char words[4096] = {0};
    int fd;
    cr_expect_eq(ask(words, size_bytes, &fd), 54321);
    cr_expect_eq(fd, -1);
}

Test(broker, it_leaves_whoever_sends_less_than_a_request, .init = begin, .fini = end) { expect_gone(3); }
Test(broker, it_leaves_whoever_sends_more_than_a_request, .init = begin, .fini = end)
{
    expect_gone(sizeof(struct mxs_broker_request) + 1);
}

Test(broker, signals_to_all_are_not_for_it, .init = begin, .fini = end)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
    struct mxs_broker_request good = {.kind = MXS_BROKER_DATAGRAMS, .address = here};
    int fd;
    cr_assert_eq(ask(&good, sizeof good, &fd), 0); /* from now on it serves */
    close(fd);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        kill(pid, signals[i]);
    cr_assert_eq(ask(&good, sizeof good, &fd), 0);
    close(fd);
}

Test(outside, without_a_broker_sockets_are_made_here)
{
    union mxs_outside_address to = at("127.0.0.1", 9), local;
    int fd = mxs_outside_open(SOCK_DGRAM, &to.any);
    cr_assert_geq(fd, 0);
    cr_expect_eq(write(fd, "x", 1), 1);
    close(fd);
    cr_assert_eq(mxs_outside_local(&to.any, &local), 0);
    cr_expect_eq(local.v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    struct sockaddr_storage other = {.ss_family = AF_UNIX};
    cr_expect_eq(mxs_outside_open(SOCK_DGRAM, (struct sockaddr *)&other), -EAFNOSUPPORT);
    mxs_outside_broker_close();
}
