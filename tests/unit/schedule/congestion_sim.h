/* A resolver and those who ask it, made of arithmetic: a minute of overload takes some milliseconds.
 *
 * Time moves in steps. In each step the resolver's bucket fills, what is due comes back in an order that chance
 * decides, and whoever heard something, or whose tick it is, asks as much as its congestion control lets it: as the
 * scheduler does. Names may be silent or refused whatever the pace; canaries never are. */
#ifndef MXS_TESTS_CONGESTION_SIM_H
#define MXS_TESTS_CONGESTION_SIM_H

#include <criterion/criterion.h>

#include "scanner/schedule/internal/congestion.h"

#define MS 1000000ull
#define SIM_STEP_NS 20000ull
#define SIM_SLOTS 524288u /* of due times: ten seconds */
#define SIM_EVENTS (1u << 19)
#define SIM_CLIENTS 3
#define SIM_ASKS 60       /* of one client in a step: 3,000,000 a second */

struct sim_event {
    struct sim_event *next;
    uint64_t asked_ns;
    uint8_t client, heard;
    bool canary;
};

struct sim_client {
    struct mxs_congestion congestion;
    bool there;
    uint32_t in_flight;
    uint64_t tick_ns;
    uint64_t asked, answered, refused, lost, canaries; /* since the last sim_run */
};

static struct sim {
    double capacity_qps;     /* 0: no limit */
    double depth;            /* of the resolver's own bucket */
    bool refuses;            /* else it drops what is too much */
    bool queues; /* else it answers so many a second, each after those before it, and drops what waits over depth */
    double line_loss;
    double silent_share, refused_share; /* of names, whatever the pace */
    bool mix;                /* 85 % of the answers take rtt, 13 % 120 - 600 ms, 2 % 0.8 - 2.5 s */
    bool steady_ticks;
    uint64_t rtt_ns, jitter_ns, timeout_ns;
    uint32_t ceiling;
    /* below: its own */
    double tokens;
    uint64_t now_ns, random, free_ns;
} sim;
static struct sim_client sim_clients[SIM_CLIENTS];
static struct sim_event sim_events[SIM_EVENTS], *sim_free, *sim_due[SIM_SLOTS];

static double sim_chance(void)
{
    sim.random ^= sim.random << 13;
    sim.random ^= sim.random >> 7;
    sim.random ^= sim.random << 17;
    return (double)(sim.random >> 11) / 9007199254740992.0;
}

static uint64_t sim_latency(void)
{
    if (!sim.mix)
        return sim.rtt_ns + (uint64_t)(sim_chance() * (double)(sim.jitter_ns != 0 ? sim.jitter_ns
                                                               : sim.rtt_ns < MS  ? sim.rtt_ns
                                                                                  : MS));
    double kind = sim_chance(), within = sim_chance();
    if (kind < 0.85)
        return sim.rtt_ns;
    return (uint64_t)((kind < 0.98 ? 120 + 480 * within : 800 + 1700 * within) * (double)MS);
}

/* Whether the resolver has no room; how long the question waits. */
static bool sim_over(uint64_t *wait_ns)
{
    *wait_ns = 0;
    if (sim.capacity_qps <= 0)
        return false;
    if (sim.queues) {
        sim.free_ns = sim.free_ns < sim.now_ns ? sim.now_ns : sim.free_ns;
        *wait_ns = sim.free_ns - sim.now_ns;
        if ((double)*wait_ns * sim.capacity_qps / 1e9 >= sim.depth)
            return true;
        sim.free_ns += (uint64_t)(1e9 / sim.capacity_qps);
        return false;
    }
    bool over = sim.tokens < 1;
    sim.tokens -= over ? 0 : 1;
    return over;
}

static void sim_send(uint8_t client, bool canary)
{
    uint64_t wait_ns = 0;
    bool lost = sim_chance() < sim.line_loss, over = !lost && sim_over(&wait_ns),
         silent = !canary && sim_chance() < sim.silent_share;
    bool refused = !lost && ((over && sim.refuses) || (!over && !canary && sim_chance() < sim.refused_share));
    lost |= (over && !sim.refuses) || (!refused && silent);
    struct sim_event *event = sim_free;
    cr_assert_not_null(event);
    sim_free = event->next;
    uint64_t due_ns = sim.now_ns + (lost ? sim.timeout_ns : wait_ns + sim_latency());
    uint64_t slot =
        due_ns / SIM_STEP_NS > sim.now_ns / SIM_STEP_NS ? due_ns / SIM_STEP_NS : sim.now_ns / SIM_STEP_NS + 1;
    *event = (struct sim_event){sim_due[slot % SIM_SLOTS], sim.now_ns, client,
                                lost ? MXS_HEARD_NOTHING : refused ? MXS_HEARD_REFUSED : MXS_HEARD_ANSWER, canary};
    sim_due[slot % SIM_SLOTS] = event;
}

static void sim_ask(uint8_t client)
{
    struct sim_client *who = &sim_clients[client];
    bool canary = mxs_congestion_take(&who->congestion, sim.now_ns);
    who->in_flight++;
    who->asked++;
    sim_send(client, false);
    if (!canary)
        return;
    who->canaries++;
    mxs_congestion_take_canary(&who->congestion, sim.now_ns);
    sim_send(client, true);
}

static void sim_pump(uint8_t client, uint32_t *asks)
{
    const struct sim_client *who = &sim_clients[client];
    while (who->there && *asks > 0 && who->in_flight < sim.ceiling && mxs_congestion_fits(&who->congestion)) {
        --*asks;
        sim_ask(client);
    }
}

static void sim_hear(struct sim_event *event, uint32_t *asks)
{
    struct sim_client *who = &sim_clients[event->client];
    if (event->canary) {
        mxs_congestion_put_canary(&who->congestion, (enum mxs_heard)event->heard, event->asked_ns, sim.now_ns);
    } else {
        who->in_flight--;
        who->answered += event->heard == MXS_HEARD_ANSWER;
        who->refused += event->heard == MXS_HEARD_REFUSED;
        who->lost += event->heard == MXS_HEARD_NOTHING;
        mxs_congestion_put(&who->congestion, (enum mxs_heard)event->heard, event->asked_ns, sim.now_ns);
    }
    sim_pump(event->client, &asks[event->client]);
    event->next = sim_free;
    sim_free = event;
}

/* Everything that is due now, in any order. */
static void sim_hear_all(uint32_t *asks)
{
    static struct sim_event *due[SIM_EVENTS];
    uint32_t count = 0;
    struct sim_event **slot = &sim_due[sim.now_ns / SIM_STEP_NS % SIM_SLOTS];
    for (struct sim_event *event = *slot; event != NULL; event = event->next)
        due[count++] = event;
    *slot = NULL;
    for (; count > 0; count--) {
        uint32_t at = (uint32_t)(sim_chance() * count);
        struct sim_event *event = due[at];
        due[at] = due[count - 1];
        sim_hear(event, asks);
    }
}

/* Nobody asks yet. seed: any number. */
static void sim_begin(const struct sim *resolver, uint64_t seed)
{
    sim = *resolver;
    sim.random = 88172645463325252ull + seed * 7919 * 13;
    for (int i = 0; i < 50; i++)
        (void)sim_chance();
    sim.now_ns = 1000000 * MS;
    sim.tokens = sim.depth;
    sim.ceiling = sim.ceiling == 0 ? 20000 : sim.ceiling;
    memset(sim_clients, 0, sizeof sim_clients);
    memset(sim_due, 0, sizeof sim_due);
    sim_free = NULL;
    for (uint32_t i = 0; i < SIM_EVENTS; i++) {
        sim_events[i].next = sim_free;
        sim_free = &sim_events[i];
    }
}

static void sim_start(uint32_t client)
{
    sim_clients[client].there = true;
    sim_clients[client].tick_ns =
        sim.now_ns + (uint64_t)(sim_chance() * MS); /* two processes are not in step by the microsecond */
    mxs_congestion_init(&sim_clients[client].congestion, sim.ceiling, sim.timeout_ns, sim.rtt_ns, sim.now_ns);
}

static void sim_run(uint64_t span_ms)
{
    for (uint32_t i = 0; i < SIM_CLIENTS; i++)
        sim_clients[i].asked = sim_clients[i].answered = sim_clients[i].refused = sim_clients[i].lost =
            sim_clients[i].canaries = 0;
    for (uint64_t end_ns = sim.now_ns + span_ms * MS; sim.now_ns < end_ns; sim.now_ns += SIM_STEP_NS) {
        uint32_t asks[SIM_CLIENTS] = {SIM_ASKS, SIM_ASKS, SIM_ASKS};
        sim.tokens += sim.capacity_qps * SIM_STEP_NS / 1e9;
        sim.tokens = sim.tokens > sim.depth ? sim.depth : sim.tokens;
        sim_hear_all(asks);
        for (uint8_t i = 0; i < SIM_CLIENTS; i++) {
            struct sim_client *who = &sim_clients[i];
            if (!who->there || sim.now_ns < who->tick_ns)
                continue;
            who->tick_ns +=
                sim.steady_ticks ? 10 * MS : mxs_congestion_tick_ms(&sim.random, who->congestion.rate_qps != 0) * MS;
            mxs_congestion_tick(&who->congestion, sim.now_ns);
            sim_pump(i, &asks[i]);
        }
    }
}

/* Of the answers of the last sim_run. */
static double sim_share(uint32_t client)
{
    double all = 0;
    for (uint32_t i = 0; i < SIM_CLIENTS; i++)
        all += (double)sim_clients[i].answered;
    return (double)sim_clients[client].answered / all;
}

#endif
