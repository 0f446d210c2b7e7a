/* Domains judged per second, by shape: what `mxsurvey classify` spends on one MX set. Run: judge_bench (a Release
 * build) */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "scanner/classify/judge.h"

#define ROUNDS 1000000u
#define HOSTS_MAX 16

struct shape {
    const char *name;
    uint32_t count;
    const char *hosts[HOSTS_MAX];
    uint16_t preferences[HOSTS_MAX];
    uint32_t addresses; /* per host */
};

static const struct shape shapes[] = {
    {"one MX host of Microsoft", 1, {"example-org.mail.protection.outlook.com"}, {10}, 4},
    {"five of Google",
     5,
     {"aspmx.l.google.com", "alt1.aspmx.l.google.com", "alt2.aspmx.l.google.com", "alt3.aspmx.l.google.com",
      "alt4.aspmx.l.google.com"},
     {1, 5, 5, 10, 10},
     2},
    {"two of a gateway", 2, {"mx1.example-org.iphmx.com", "mx2.example-org.iphmx.com"}, {10, 10}, 3},
    {"one of its own", 1, {"mail.example.org"}, {10}, 1},
    {"two of a small hoster", 2, {"mx1.small-hoster.net", "mx2.small-hoster.net"}, {10, 20}, 1},
    {"fifteen of fifteen",
     15,
     {"a.h1.net", "a.h2.net", "a.h3.net", "a.h4.net", "a.h5.net", "a.h6.net", "a.h7.net", "a.h8.net", "a.h9.net",
      "a.h10.net", "a.h11.net", "a.h12.net", "a.h13.net", "a.h14.net", "a.h15.net"},
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     2},
};

static void measure(const struct mxs_judge *judge, const struct shape *shape)
{
    static struct mxs_host_facts hosts[HOSTS_MAX];
    static struct mxs_mx_host mx_hosts[HOSTS_MAX];
    static struct mxs_address addresses[HOSTS_MAX][8];
    struct mxs_arena arena;
    struct mxs_verdict verdict;
    mxs_arena_init(&arena, 1 << 16, 0);
    for (uint32_t i = 0; i < shape->count; i++) {
        for (uint32_t k = 0; k < shape->addresses; k++)
            addresses[i][k] = (struct mxs_address){4, {20, 1, (uint8_t)i, (uint8_t)k}, 64496};
        hosts[i] = (struct mxs_host_facts){.id = i,
                                           .name = mxs_text_of(shape->hosts[i]),
                                           .a = MXS_ANSWERED,
                                           .aaaa = MXS_NODATA,
                                           .addresses = addresses[i],
                                           .address_count = shape->addresses};
        mx_hosts[i] = (struct mxs_mx_host){shape->preferences[i], &hosts[i]};
    }
    struct mxs_domain_facts facts = {.name = MXS_TEXT("example.org"), .mx = MXS_ANSWERED, .hosts_asked = true,
                                     .mx_hosts = mx_hosts, .mx_host_count = shape->count};
    uint64_t start_ns = mxs_clock_ns(), labels = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        mxs_judge_domain(judge, &facts, &arena, &verdict);
        labels += verdict.label_count;
        mxs_arena_reset(&arena);
    }
    double s = (double)(mxs_clock_ns() - start_ns) / 1e9;
    printf("%-28s %9.0f domains/s  %6.0f ns  %.1f labels\n", shape->name, ROUNDS / s, s / ROUNDS * 1e9,
           (double)labels / ROUNDS);
    mxs_arena_finish(&arena);
}

int main(void)
{
    struct mxs_detail detail;
    mxs_rules *rules = NULL;
    mxs_suffixes *suffixes = NULL;
    if (mxs_rules_create_built_in(&rules, &detail) != MXS_OK ||
        mxs_suffixes_create(&suffixes, NULL, &detail) != MXS_OK) {
        fprintf(stderr, "%s\n", detail.text);
        return 1;
    }
    struct mxs_judge judge = {rules, suffixes};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        measure(&judge, &shapes[i]);
    mxs_rules_destroy(&rules);
    mxs_suffixes_destroy(&suffixes);
    return 0;
}
