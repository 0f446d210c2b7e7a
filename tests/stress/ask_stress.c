/* ask_stress: the asking stage alone. Asks MX of made names through pool and scheduler and prints what it cost.
 *
 *   ask_stress --resolver ADDR[:PORT] [--resolver ...] [--count N] [--concurrency N] [--rate QPS] [--tries N]
 *              [--timeout MS] [--deadline MS]
 *
 * Every question must come back exactly once; exits 1 when one does not. A figure here is for reading, not a test. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "scanner/schedule/scheduler.h"

struct run {
    mxs_scheduler *scheduler;
    mxs_pool *pool;
    uint32_t count, asked, answered;
    uint32_t outcomes[MXS_OUTCOME_COUNT];
    uint64_t records;
    uint8_t *seen;
    uint64_t begun_ns, longest_gap_ns, last_turn_ns;
    char name[64];
    bool bad;
};

static enum mxs_err next(void *arg, struct mxs_question *out)
{
    struct run *run = arg;
    if (run->asked == run->count)
        return MXS_ERR_END;
    static const char suffix[] = ".example"; /* by hand: printf would cost more than the scheduler */
    char *at = run->name + sizeof run->name - (sizeof suffix - 1);
    memcpy(at, suffix, sizeof suffix - 1);
    uint32_t number = run->asked;
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    *--at = 'd';
    *out = (struct mxs_question){
        .name = {at, (uint32_t)(run->name + sizeof run->name - at)}, .type = MXS_TYPE_MX, .subject = run->asked};
    run->asked++;
    return MXS_OK;
}

static enum mxs_err take(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                         const struct mxs_measurement *measurement)
{
    struct run *run = arg;
    (void)measurement;
    run->bad = run->bad || run->seen[question->subject] != 0;
    run->seen[question->subject] = 1;
    run->outcomes[answer->outcome]++;
    run->records += answer->record_count;
    run->answered++;
    return MXS_OK;
}

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void print(const struct run *run)
{
    double wall_s = (double)(mxs_clock_ns() - run->begun_ns) / 1e9;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%u questions, %.3f s, %.0f questions/s, %.2f us CPU each, longest turn of the loop, waiting included, %.1f "
           "ms, %ld MB\n",
           run->answered, wall_s, run->answered / wall_s, cpu_s() / run->answered * 1e6,
           (double)run->longest_gap_ns / 1e6, usage.ru_maxrss / 1024);
    for (int i = 0; i < MXS_OUTCOME_COUNT; i++)
        if (run->outcomes[i] != 0)
            printf("  %-12s %u\n", mxs_outcome_text((enum mxs_outcome)i), run->outcomes[i]);
    for (uint32_t i = 0; i < mxs_pool_count(run->pool); i++) {
        const mxs_resolver *resolver = mxs_pool_resolver(run->pool, i);
        const struct mxs_resolver_counts *counts = mxs_resolver_counts(resolver);
        printf("  %s: %llu asked, %llu datagrams, %llu tcp, %llu timeouts, %llu forged, %u ports\n",
               mxs_resolver_address(resolver), (unsigned long long)counts->asked,
               (unsigned long long)counts->datagrams, (unsigned long long)counts->tcp_connections,
               (unsigned long long)counts->timeouts, (unsigned long long)counts->forged, counts->ports);
    }
}

static void idle(void *arg, enum mxs_err err)
{
    struct run *run = arg;
    print(run);
    printf("  %s, %llu records\n", mxs_err_text(err), (unsigned long long)run->records);
    run->bad = run->bad || (err == MXS_OK && run->answered != run->count);
    mxs_scheduler_destroy(&run->scheduler);
    mxs_pool_destroy(&run->pool);
}

static void ready(void *arg, uint32_t answering)
{
    struct run *run = arg;
    printf("%u of %u resolvers answer, c-ares %s\n", answering, mxs_pool_count(run->pool),
           mxs_resolver_cares_version());
    run->begun_ns = mxs_clock_ns();
    mxs_scheduler_start(run->scheduler, 0, next, take, idle, run);
}

/* The loop by hand, so that the longest turn without waiting is known. */
static void turn(uv_loop_t *loop, struct run *run)
{
    while (uv_run(loop, UV_RUN_ONCE) != 0) {
        uint64_t now_ns = mxs_clock_ns();
        if (run->last_turn_ns != 0 && now_ns - run->last_turn_ns > run->longest_gap_ns)
            run->longest_gap_ns = now_ns - run->last_turn_ns;
        run->last_turn_ns = now_ns;
    }
}

int main(int argc, char **argv)
{
    static const struct option table[] = {
        {"resolver", required_argument, NULL, 'r'}, {"count", required_argument, NULL, 'n'},
        {"concurrency", required_argument, NULL, 'c'}, {"rate", required_argument, NULL, 'q'},
        {"tries", required_argument, NULL, 't'}, {"timeout", required_argument, NULL, 'm'},
        {"deadline", required_argument, NULL, 'd'}, {NULL, 0, NULL, 0}};
    struct mxs_pool_options pool = {.resolver = {.timeout_ms = 5000, .channels_max = 64, .tcp_max = 64,
                                                 .edns_payload = 1232, .edns_probe_ms = 300000}};
    struct mxs_scheduler_options options = {.concurrency = 4096, .tries = 3, .deadline_ms = 30000,
                                            .servfail_spacing_ms = 5000, .resolver_rate_qps = 500,
                                            .outage_wait_ms = 300000};
    static struct run run = {.count = 1000000};
    const char *addresses[MXS_POOL_MAX];
    uint32_t address_count = 0;
    for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (c) {
        case 'r': addresses[address_count++] = optarg; break;
        case 'n': run.count = (uint32_t)atoi(optarg); break;
        case 'c': options.concurrency = (uint32_t)atoi(optarg); break;
        case 'q': options.rate_qps = (uint32_t)atoi(optarg); break;
        case 't': options.tries = (uint32_t)atoi(optarg); break;
        case 'm': pool.resolver.timeout_ms = (uint32_t)atoi(optarg); break;
        case 'd': options.deadline_ms = (uint32_t)atoi(optarg); break;
        default: return 2;
        }
    }
    uv_loop_t loop;
    struct mxs_detail detail;
    run.seen = calloc(run.count, 1);
    MXS_ASSERT(run.seen != NULL && address_count != 0 && uv_loop_init(&loop) == 0);
    enum mxs_err err = mxs_pool_create(&run.pool, &loop, &pool, &detail);
    for (uint32_t i = 0; err == MXS_OK && i < address_count; i++)
        err = mxs_pool_put(run.pool, addresses[i], &detail);
    if (err == MXS_OK)
        err = mxs_scheduler_create(&run.scheduler, &loop, run.pool, &options, &detail);
    if (err != MXS_OK) {
        fprintf(stderr, "%s\n", detail.text);
        return 2;
    }
    mxs_pool_probe(run.pool, ready, &run);
    turn(&loop, &run);
    MXS_ASSERT(uv_loop_close(&loop) == 0);
    free(run.seen);
    return run.bad ? 1 : 0;
}
