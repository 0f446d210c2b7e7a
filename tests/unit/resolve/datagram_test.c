#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/resolve/internal/datagram.h"

static int server;
static struct mxs_server address;
static struct mxs_datagram_socket out;
static mxs_datagram_batch *batch;

/* A socket that hears everything, and one connected to it. */
static void open_both(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    struct mxs_detail detail;
    char text[40];
    server = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(server, (struct sockaddr *)&here, sizeof here), 0);
    cr_assert_eq(getsockname(server, (struct sockaddr *)&here, &size), 0);
    snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(here.sin_port));
    cr_assert_eq(mxs_server_parse(text, &address, &detail), MXS_OK);
    cr_assert_eq(mxs_datagram_open(&address, &out), MXS_OK);
    cr_assert_eq(mxs_datagram_batch_create(&batch), MXS_OK);
}

static void close_both(void)
{
    mxs_datagram_batch_destroy(&batch);
    close(out.fd);
    close(server);
}

/* Number `at` of a batch: lengths return in no order, the longest and the shortest among them. */
static uint32_t make(uint32_t at, uint8_t *out)
{
    uint32_t size = at == 5 ? MXS_QUERY_MAX : at == 6 ? 1 : 30 + at * 7 % 9;
    memset(out, (int)(at + 1), size);
    return size;
}

static void put(uint32_t first, uint32_t count)
{
    uint8_t bytes[MXS_QUERY_MAX];
    for (uint32_t i = first; i < first + count; i++) {
        uint32_t size = make(i, bytes);
        cr_assert(mxs_datagram_batch_put(batch, &out, bytes, size));
    }
}

/* Every datagram arrives once, by itself, as it was. */
static void expect(uint32_t count)
{
    uint8_t bytes[2048], wanted[MXS_QUERY_MAX];
    bool seen[256] = {false};
    ssize_t size;
    uint32_t arrived = 0;
    while ((size = recv(server, bytes, sizeof bytes, 0)) > 0) {
        uint32_t at = bytes[0] - 1u;
        cr_assert_lt(at, count);
        cr_assert_not(seen[at], "twice");
        cr_assert_eq((uint32_t)size, make(at, wanted));
        cr_assert_eq(memcmp(bytes, wanted, (size_t)size), 0);
        seen[at] = true;
        arrived++;
    }
    cr_expect_eq(arrived, count);
}

Test(datagram, a_way_that_takes_no_packets_of_several_gets_single_ones, .init = open_both, .fini = close_both)
{
    int on = 1; /* the kernel cannot cut up what it may not sum */
    uint64_t sent = 0;
    cr_assert_eq(setsockopt(out.fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
    put(0, MXS_BATCH_MAX);
    cr_expect_eq(mxs_datagram_batch_flush(batch, &sent), MXS_SENT_ALL);
    cr_expect_eq(sent, MXS_BATCH_MAX);
    expect(MXS_BATCH_MAX);
    sent = 0;
    put(0, 20);
    cr_expect_eq(mxs_datagram_batch_flush(batch, &sent), MXS_SENT_ALL);
    cr_expect_eq(sent, 20);
    expect(20);
}

Test(datagram, nobody_there_empties_the_batch, .init = open_both, .fini = close_both)
{
    uint64_t sent = 0;
    close(server);
    server = -1;
    put(0, 10);
    enum mxs_sent first = mxs_datagram_batch_flush(batch, &sent); /* the kernel learns of it from the first */
    put(0, 10);
    cr_expect(first == MXS_SENT_UNREACHABLE || mxs_datagram_batch_flush(batch, &sent) == MXS_SENT_UNREACHABLE);
    cr_expect(first == MXS_SENT_UNREACHABLE || mxs_datagram_batch_count(batch) == 0);
}

Test(datagram, a_batch_belongs_to_one_socket, .init = open_both, .fini = close_both)
{
    struct mxs_datagram_socket other = {.fd = out.fd + 1};
    cr_assert(mxs_datagram_batch_put(batch, &out, "x", 1));
    cr_expect_not(mxs_datagram_batch_put(batch, &other, "x", 1));
    cr_expect_eq(mxs_datagram_batch_count(batch), 1);
}

Test(datagram, of_every_length_each_arrives_once_and_whole, .init = open_both, .fini = close_both)
{
    for (uint32_t count = 1; count <= MXS_BATCH_MAX; count += count < 10 ? 1 : 59) {
        uint64_t sent = 0;
        put(0, count);
        cr_expect_eq(mxs_datagram_batch_count(batch), count);
        cr_expect_eq(mxs_datagram_batch_flush(batch, &sent), MXS_SENT_ALL);
        cr_expect_eq(sent, count);
        cr_expect_eq(mxs_datagram_batch_count(batch), 0);
        expect(count);
    }
}

Test(datagram, more_of_one_length_than_a_packet_holds, .init = open_both, .fini = close_both)
{
    uint8_t bytes[40] = {0};
    uint64_t sent = 0;
    for (uint32_t i = 0; i < MXS_BATCH_MAX; i++)
        cr_assert(mxs_datagram_batch_put(batch, &out, bytes, sizeof bytes));
    cr_expect(mxs_datagram_batch_full(batch));
    cr_expect_eq(mxs_datagram_batch_flush(batch, &sent), MXS_SENT_ALL);
    uint32_t arrived = 0;
    while (recv(server, bytes, sizeof bytes, 0) == sizeof bytes)
        arrived++;
    cr_expect_eq(arrived, MXS_BATCH_MAX);
}

/* A turn as the loop makes it: the kernel names the readable sockets in the same order each time, and reading one takes
 * a while. */
static uint32_t turn(mxs_arrivals *arrivals, uint32_t *rounds, uint32_t *reads, uint32_t sockets, uint64_t each_ns,
                     uint64_t *now_ns)
{
    uint32_t read = 0;
    for (uint32_t i = 0; i < sockets; i++)
        if (mxs_arrivals_turn(arrivals, &rounds[i], *now_ns)) {
            reads[i]++;
            read++;
            *now_ns += each_ns;
        }
    mxs_arrivals_end_turn(arrivals);
    return read;
}

Test(datagram, a_turn_is_full_after_a_while_and_no_socket_is_passed_over)
{
    enum { SOCKETS = 64, TURNS = 1000 };
    uint32_t rounds[SOCKETS] = {0}, reads[SOCKETS] = {0};
    uint64_t now_ns = 1000000000, each_ns = 350000;
    mxs_arrivals *arrivals;
    cr_assert_eq(mxs_arrivals_create(&arrivals), MXS_OK);
    for (int i = 0; i < TURNS; i++) {
        uint64_t began_ns = now_ns;
        cr_assert_gt(turn(arrivals, rounds, reads, SOCKETS, each_ns, &now_ns), 0, "turn %d read nothing", i);
        cr_assert_leq(now_ns - began_ns, MXS_TURN_MS * 1000000ull + each_ns, "turn %d", i);
        for (uint32_t at = 1; at < SOCKETS; at++)
            cr_assert(reads[at] <= reads[0] && reads[at] + 1 >= reads[0],
                      "turn %d: socket %u read %u times, the first %u", i, at, reads[at], reads[0]);
    }
    mxs_arrivals_destroy(&arrivals);
}

Test(datagram, in_turns_that_are_not_full_every_socket_is_read)
{
    uint32_t rounds[8] = {0}, reads[8] = {0};
    uint64_t now_ns = 1000000000;
    mxs_arrivals *arrivals;
    cr_assert_eq(mxs_arrivals_create(&arrivals), MXS_OK);
    for (int i = 0; i < 100; i++)
        cr_expect_eq(turn(arrivals, rounds, reads, 8, 1000, &now_ns), 8);
    mxs_arrivals_destroy(&arrivals);
}
