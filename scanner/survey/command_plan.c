/* plan: what a scan would do, before a datagram leaves. The list is read whole, so the names are counted, not guessed; what
 * depends on the answers (exchanges per name, bytes per name) is estimated from shares that are printed beside it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/base/intern.h"
#include "scanner/input/exclude.h"
#include "scanner/input/list.h"
#include "scanner/survey/command.h"
#include "scanner/survey/complain.h"
#include "scanner/survey/settings.h"

#define EXCHANGES_PER_100_NAMES 35u /* distinct ones; large lists share more */
#define BYTES_PER_NAME 110u
#define BYTES_PER_EXCHANGE 250u
#define BYTES_PER_POLICIES 650
#define AUTH_QUESTIONS 20
#define TRANSPORT_QUESTIONS 2
#define QPS_WITHOUT_LIMIT 100000u   /* what a loopback resolver on two cores answers from its cache, at the most */

struct plan {
    uint64_t lines, rejected, excluded;
    uint64_t *hashes; /* of the accepted names */
    size_t count, capacity;
    uint64_t key[2];
};

static bool put_hash(struct plan *plan, struct mxs_text name)
{
    if (plan->count == plan->capacity) {
        size_t capacity = plan->capacity * 2 + 65536;
        uint64_t *grown = realloc(plan->hashes, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        plan->hashes = grown;
        plan->capacity = capacity;
    }
    plan->hashes[plan->count++] = mxs_hash(plan->key, name.data, name.size_bytes);
    return true;
}

static enum mxs_err read_list(struct plan *plan, const char *path, const mxs_exclude *exclude, struct mxs_detail *detail)
{
    mxs_list *list;
    struct mxs_entry entry;
    enum mxs_err err = mxs_list_open(&list, path, detail);
    if (err != MXS_OK)
        return err;
    while ((err = mxs_list_next(list, &entry, detail)) == MXS_OK) {
        plan->lines++;
        if (entry.reason != NULL)
            plan->rejected++;
        else if (mxs_exclude_holds(exclude, entry.name))
            plan->excluded++;
        else if (!put_hash(plan, entry.name)) {
            err = mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while counting names");
            break;
        }
    }
    mxs_list_close(&list);
    return err == MXS_ERR_END ? MXS_OK : err;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t count_distinct(struct plan *plan)
{
    uint64_t distinct = 0;
    qsort(plan->hashes, plan->count, sizeof *plan->hashes, by_value);
    for (size_t i = 0; i < plan->count; i++)
        distinct += i == 0 || plan->hashes[i] != plan->hashes[i - 1];
    return distinct;
}

static uint64_t queries_per_second(const struct mxs_settings *settings)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < settings->resolver_count; i++) {
        bool loopback = strncmp(settings->resolvers[i], "127.", 4) == 0 || strncmp(settings->resolvers[i], "::1", 3) == 0 ||
                        strncmp(settings->resolvers[i], "[::1]", 5) == 0;
        uint64_t rate = loopback && !settings->scheduler.resolver_rate_set ? 0 : settings->scheduler.resolver_rate_qps;
        sum += rate == 0 ? QPS_WITHOUT_LIMIT : rate;
    }
    uint64_t all = settings->scheduler.rate_qps;
    return all != 0 && all < sum ? all : sum;
}

/* Measured: half the domains have selectors to look for, and shared answers hardly count. */
static uint64_t policy_questions(const struct mxs_settings *settings, uint64_t names, uint64_t hosts)
{
    return (settings->checks & MXS_CHECK_AUTH ? names * AUTH_QUESTIONS : 0) +
           (settings->checks & MXS_CHECK_TRANSPORT ? names * TRANSPORT_QUESTIONS + hosts : 0);
}

static void print_plan(struct plan *plan, const struct mxs_settings *settings)
{
    uint64_t names = count_distinct(plan), hosts = names * EXCHANGES_PER_100_NAMES / 100;
    bool ask_hosts = (settings->checks & MXS_CHECK_HOST) != 0;
    uint64_t policies = policy_questions(settings, names, hosts);
    uint64_t questions = names + (ask_hosts ? 2 * hosts : 0) + policies, qps = queries_per_second(settings);
    uint64_t seconds = questions / qps + 1, bytes = names * BYTES_PER_NAME + (ask_hosts ? hosts * BYTES_PER_EXCHANGE : 0) +
                                                (policies > 0 ? names * BYTES_PER_POLICIES : 0);
    printf("lines       %" PRIu64 "\n", plan->lines);
    printf("names       %" PRIu64 "  (%" PRIu64 " duplicate, %" PRIu64 " rejected, %" PRIu64 " excluded)\n", names,
           plan->count - names, plan->rejected, plan->excluded);
    printf("checks      %s\n", settings->checks_text);
    printf("questions   about %" PRIu64 "  (one MX a name%s%s)\n", questions,
           ask_hosts ? "; A and AAAA of about 35 exchanges per 100 names" : "", policies > 0 ? "; policies" : "");
    printf("resolvers   %zu", settings->resolver_count);
    for (size_t i = 0; i < settings->resolver_count && i < 8; i++)
        printf("%s %s", i == 0 ? " " : ",", settings->resolvers[i]);
    printf("%s\n", settings->resolver_count > 8 ? ", ..." : "");
    printf("pace        at most %" PRIu64 " questions per second\n", qps);
    printf("time        at least %" PRIu64 "h %02" PRIu64 "m %02" PRIu64 "s\n", seconds / 3600, seconds / 60 % 60, seconds % 60);
    printf("database    about %.1f MB in %s\n", (double)bytes / 1e6, settings->db);
    printf("Nothing was sent.\n");
}

static int run_plan(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_detail detail = {0};
    struct plan plan = {0};
    mxs_exclude *exclude = NULL;
    mxs_complain_init(values);
    mxs_hash_key(plan.key);
    enum mxs_err err = mxs_settings_init(&settings, values, true, &detail);
    if (err != MXS_OK)
        return mxs_complain(err, true, &detail);
    bool usage = false;
    if (settings.exclude != NULL) {
        err = mxs_exclude_create_file(&exclude, settings.exclude, &detail);
        usage = err == MXS_ERR_INPUT;
    }
    for (int i = 0; err == MXS_OK && i < argc; i++)
        err = read_list(&plan, argv[i], exclude, &detail);
    if (err == MXS_OK)
        print_plan(&plan, &settings);
    free(plan.hashes);
    if (exclude != NULL)
        mxs_exclude_destroy(&exclude);
    mxs_settings_finish(&settings);
    return err == MXS_OK ? MXS_EXIT_DONE : mxs_complain(err, usage, &detail);
}

const struct mxs_command mxs_plan_command = {
    .name = "plan",
    .arguments = "[options] INPUT...",
    .summary = "what a scan would do, how long, how large; sends nothing",
    .examples = "mxsurvey plan domains.txt\n"
                "mxsurvey plan --rate 200 --checks mx domains.txt\n",
    .options = mxs_scan_options,
    .option_count = MXS_SCAN_OPTION_COUNT,
    .arguments_min = 1,
    .arguments_max = -1,
    .run = run_plan,
};
