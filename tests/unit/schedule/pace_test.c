#include <criterion/criterion.h>

#include "scanner/schedule/pace.h"

#define MS 1000000ull

/* Takes whatever fits every step_ns for two seconds; the most that left in any 100 ms. */
static uint32_t most_in_100_ms(uint32_t rate, uint64_t burst_ns, uint64_t step_ns, uint32_t *total)
{
    static uint32_t taken[2000];
    struct mxs_bucket bucket;
    mxs_bucket_init(&bucket, rate, burst_ns);
    memset(taken, 0, sizeof taken);
    *total = 0;
    for (uint64_t at = 0; at < 2000 * MS; at += step_ns)
        while (mxs_bucket_fits(&bucket, 5 + at)) {
            mxs_bucket_take(&bucket, 5 + at, 1);
            taken[at / MS]++;
            ++*total;
        }
    uint32_t most = 0;
    for (int from = 0; from <= 1900; from++) {
        uint32_t sum = 0;
        for (int at = from; at < from + 100; at++)
            sum += taken[at];
        most = sum > most ? sum : most;
    }
    return most;
}

Test(bucket, never_over_105_percent_in_any_100_ms)
{
    const uint32_t rates[] = {10, 100, 500, 1000, 7777, 20000, 300000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        uint32_t total;
        uint32_t most = most_in_100_ms(rates[i], 2 * MS, MS, &total);
        cr_expect_leq(most, rates[i] / 10 * 105 / 100 + (rates[i] < 1000), "rate %u: %u", rates[i], most);
        cr_expect_geq(total, rates[i] * 2 * 95 / 100, "rate %u: only %u", rates[i], total);
    }
}

Test(bucket, rate_0_is_no_ceiling)
{
    struct mxs_bucket bucket;
    mxs_bucket_init(&bucket, 0, MS);
    for (int i = 0; i < 100000; i++) {
        cr_assert(mxs_bucket_fits(&bucket, 0));
        mxs_bucket_take(&bucket, 0, 1);
    }
}

Test(bucket, what_was_taken_beyond_is_waited_for)
{
    struct mxs_bucket bucket;
    mxs_bucket_init(&bucket, 1000, 2 * MS);
    mxs_bucket_take(&bucket, 0, 100);
    cr_expect_not(mxs_bucket_fits(&bucket, 90 * MS));
    cr_expect(mxs_bucket_fits(&bucket, 100 * MS));
}

/* ---- a resolver made of arithmetic ---- */

#define SIM_MAX (1u << 20)
#define STEP_NS 100000ull

struct sim {
    double capacity_qps;     /* 0: no limit */
    double depth;            /* of the server's own bucket */
    bool refuses;            /* else it drops what is too much */
    uint32_t lost_of_1000;   /* by the line */
    uint64_t rtt_ns, timeout_ns;
    double tokens;
    uint32_t random;
};

/* Two first-in-first-out queues of due times: answers (kind by value) and timeouts. */
struct sim_queue {
    uint64_t due_ns[SIM_MAX];
    uint8_t refused[SIM_MAX];
    uint32_t first, last;
};
struct sim_client {
    struct mxs_window window;
    struct sim_queue near, far;
    uint32_t in_flight;
    uint64_t asked, answered, refused, lost; /* since the last reset */
};
static struct sim_client clients[2];

static void sim_push(struct sim_queue *queue, uint64_t due_ns, bool refused)
{
    cr_assert_lt(queue->last - queue->first, SIM_MAX);
    queue->due_ns[queue->last % SIM_MAX] = due_ns;
    queue->refused[queue->last++ % SIM_MAX] = refused;
}

static void sim_ask(struct sim *sim, struct sim_client *client, uint64_t now_ns)
{
    mxs_window_take(&client->window, client->in_flight, now_ns);
    client->in_flight++;
    client->asked++;
    sim->random = sim->random * 1664525u + 1013904223u;
    bool lost = (sim->random >> 8) % 1000 < sim->lost_of_1000;
    bool over = sim->capacity_qps != 0 && sim->tokens < 1;
    if (!lost && !over && sim->capacity_qps != 0)
        sim->tokens -= 1;
    if (lost || (over && !sim->refuses))
        sim_push(&client->far, now_ns + sim->timeout_ns, false);
    else
        sim_push(&client->near, now_ns + sim->rtt_ns, over);
}

static void sim_collect(struct sim *sim, struct sim_client *client, uint64_t now_ns)
{
    struct sim_queue *near = &client->near, *far = &client->far;
    for (; near->first != near->last && near->due_ns[near->first % SIM_MAX] <= now_ns; near->first++) {
        bool refused = near->refused[near->first % SIM_MAX] != 0;
        client->refused += refused;
        client->answered += !refused;
        client->in_flight--;
        mxs_window_put(&client->window, refused ? MXS_HEARD_REFUSED : MXS_HEARD_ANSWER,
                       near->due_ns[near->first % SIM_MAX] - sim->rtt_ns, now_ns);
    }
    for (; far->first != far->last && far->due_ns[far->first % SIM_MAX] <= now_ns; far->first++) {
        client->lost++;
        client->in_flight--;
        mxs_window_put(&client->window, MXS_HEARD_NOTHING, far->due_ns[far->first % SIM_MAX] - sim->timeout_ns, now_ns);
    }
}

static uint64_t sim_now;

static void sim_begin(struct sim *sim, uint32_t client_count, uint32_t ceiling)
{
    sim_now = 1000 * 1000 * MS;
    sim->tokens = sim->depth;
    sim->random = 1;
    for (uint32_t i = 0; i < client_count; i++) {
        clients[i].in_flight = clients[i].near.first = clients[i].near.last = clients[i].far.first = clients[i].far.last = 0;
        mxs_window_init(&clients[i].window, ceiling, sim->timeout_ns, sim_now);
    }
}

static void sim_run(struct sim *sim, uint32_t client_count, uint64_t span_ms)
{
    for (uint32_t i = 0; i < client_count; i++)
        clients[i].asked = clients[i].answered = clients[i].refused = clients[i].lost = 0;
    for (uint64_t end = sim_now + span_ms * MS; sim_now < end; sim_now += STEP_NS) {
        sim->tokens += sim->capacity_qps * STEP_NS / 1e9;
        sim->tokens = sim->tokens > sim->depth ? sim->depth : sim->tokens;
        for (uint32_t i = 0; i < client_count; i++) {
            struct sim_client *client = &clients[(i + sim_now / STEP_NS) % client_count];
            mxs_window_tick(&client->window, sim_now);
            sim_collect(sim, client, sim_now);
            /* a limit of speed: 200 in a step */
            for (int n = 0; n < 200 && mxs_window_fits(&client->window, client->in_flight, sim_now); n++)
                sim_ask(sim, client, sim_now);
        }
    }
}

Test(window, opens_to_its_ceiling_within_milliseconds_on_a_loopback)
{
    struct sim sim = {.rtt_ns = 200000, .timeout_ns = 5000 * MS};
    sim_begin(&sim, 1, 4096);
    cr_expect_eq(clients[0].window.size, MXS_WINDOW_FIRST);
    sim_run(&sim, 1, 100);
    cr_expect_gt(clients[0].window.size, 256, "%u", clients[0].window.size);
    sim_run(&sim, 1, 1000);
    cr_expect_eq(clients[0].window.rate_qps, 0);
    cr_expect_gt(clients[0].answered, 200000, "%lu", (unsigned long)clients[0].answered);
}

Test(window, fills_a_long_line)
{
    struct sim sim = {.rtt_ns = 200 * MS, .timeout_ns = 5000 * MS};
    sim_begin(&sim, 1, 50000);
    sim_run(&sim, 1, 3000);
    cr_expect_eq(clients[0].window.size, 50000, "%u", clients[0].window.size);
}

Test(window, steady_loss_of_the_line_does_not_close_it)
{
    const uint32_t losses[] = {50, 200};
    for (int i = 0; i < 2; i++) {
        struct sim sim = {.rtt_ns = 20 * MS, .timeout_ns = 1000 * MS, .lost_of_1000 = losses[i]};
        sim_begin(&sim, 1, 1000);
        sim_run(&sim, 1, 20000);
        sim_run(&sim, 1, 30000);
        /* A lost one holds its place until it is a suspect, 375 ms on average. */
        double lost = losses[i] / 1000.0;
        double ideal = 30 * (1 - lost) * 1000 / ((1 - lost) * 0.02 + lost * 0.375);
        cr_expect_gt((double)clients[0].answered, 0.7 * ideal, "%u: %.2f", losses[i], (double)clients[0].answered / ideal);
    }
}

static void expect_settled(struct sim *sim, const char *what)
{
    sim_begin(sim, 1, 4096);
    sim_run(sim, 1, 10000);
    sim_run(sim, 1, 30000);
    double share = (double)clients[0].answered / (sim->capacity_qps * 30);
    double bad = (double)(clients[0].lost + clients[0].refused) / (double)clients[0].asked;
    cr_expect_geq(share, 0.85, "%s: %.3f of the capacity", what, share);
    cr_expect_lt(bad, 0.02, "%s: %.4f lost", what, bad);
}

Test(window, settles_at_a_resolver_that_refuses_what_is_too_much)
{
    struct sim sim = {.capacity_qps = 1000, .depth = 100, .refuses = true, .rtt_ns = 200000, .timeout_ns = 5000 * MS};
    expect_settled(&sim, "refuses");
    sim.rtt_ns = 30 * MS;
    expect_settled(&sim, "refuses, far");
    sim = (struct sim){.capacity_qps = 50000, .depth = 1000, .refuses = true, .rtt_ns = 1 * MS, .timeout_ns = 5000 * MS};
    expect_settled(&sim, "refuses, fast");
}

Test(window, settles_at_a_resolver_that_drops_what_is_too_much)
{
    struct sim sim = {.capacity_qps = 1000, .depth = 100, .rtt_ns = 200000, .timeout_ns = 5000 * MS};
    expect_settled(&sim, "drops");
    sim.timeout_ns = 1000 * MS;
    expect_settled(&sim, "drops, short timeout");
    sim.timeout_ns = 5000 * MS;
    sim.rtt_ns = 30 * MS;
    expect_settled(&sim, "drops, far");
}

Test(window, two_share)
{
    for (int refuses = 0; refuses < 2; refuses++) {
        struct sim sim = {.capacity_qps = 1000, .depth = 100, .refuses = refuses != 0, .rtt_ns = 200000,
                          .timeout_ns = 2000 * MS};
        sim_begin(&sim, 2, 4096);
        sim_run(&sim, 1, 15000); /* the other comes later */
        mxs_window_init(&clients[1].window, 4096, sim.timeout_ns, sim_now);
        sim_run(&sim, 2, 60000);
        sim_run(&sim, 2, 60000);
        double share = (double)clients[0].answered / (double)(clients[0].answered + clients[1].answered);
        cr_expect(share > 0.35 && share < 0.65, "refuses %d: %.3f", refuses, share);
    }
}

Test(window, never_below_one)
{
    struct sim sim = {.capacity_qps = 1, .depth = 1, .refuses = true, .rtt_ns = 200000, .timeout_ns = 1000 * MS};
    sim_begin(&sim, 1, 4096);
    sim_run(&sim, 1, 20000);
    cr_expect_geq(clients[0].window.size, 1);
    cr_expect_gt(clients[0].answered, 10);
}
