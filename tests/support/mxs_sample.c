/* mxs_sample --list FILE --zone FILE [--count N]: a believable sample of domains, the same one always.
 *
 * The list is what a person would hand to a survey: U-labels, comments, a few lines that are no domain, a few
 * duplicates. The zone is for mxs_server. Names are under .example and .test, which nobody owns; MX hosts are named
 * as those of real providers are; every address is made up. See mxs_sample_data.h for the world.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mxs_sample_data.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { NAME_MAX_SIZE = 128, COUNT_DEFAULT = 10000 };

static const char *const tlds[] = {"example", "test"};

struct domain {
    char listed[NAME_MAX_SIZE], name[NAME_MAX_SIZE], dash[NAME_MAX_SIZE];
    uint64_t draw;
};

static uint64_t mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static unsigned names_max(void)
{
    return (unsigned)(COUNT_OF(first_words) * COUNT_OF(second_words) * 4);
}

/* Walks the word pairs in a shuffled order (a step that shares no factor with their number visits each once). */
static void make_name(unsigned number, char *listed, char *name)
{
    if (number % 250 == 249 && number / 250 < COUNT_OF(international) * 2) {
        unsigned at = number / 250;
        const char *tld = tlds[at / COUNT_OF(international)];
        at %= COUNT_OF(international);
        snprintf(listed, NAME_MAX_SIZE, "%s.%s", international[at][0], tld);
        snprintf(name, NAME_MAX_SIZE, "%s.%s", international[at][1], tld);
        return;
    }
    unsigned at = (unsigned)((uint64_t)number * 7919 % names_max());
    unsigned form = at % 4, pair = at / 4;
    snprintf(name, NAME_MAX_SIZE, "%s%s%s.%s", first_words[pair % COUNT_OF(first_words)], form & 1 ? "-" : "",
             second_words[pair / COUNT_OF(first_words)], tlds[form >> 1]);
    memcpy(listed, name, NAME_MAX_SIZE);
}

static void make_domain(unsigned number, struct domain *out)
{
    make_name(number, out->listed, out->name);
    memcpy(out->dash, out->name, sizeof out->dash);
    for (char *c = out->dash; *c; c++)
        if (*c == '.')
            *c = '-';
    out->draw = mix(number);
}

static const struct profile *profile_of(const struct domain *domain)
{
    unsigned total = 0;
    for (size_t i = 0; i < COUNT_OF(profiles); i++)
        total += profiles[i].weight;
    unsigned draw = (unsigned)(mix(domain->draw + 1) % total);
    size_t at = 0;
    for (; draw >= profiles[at].weight; at++)
        draw -= profiles[at].weight;
    return &profiles[at];
}

/* Forty hosters, each with sixteen /24: neighbours share prefixes as they do in the world. */
static void put_hosted(FILE *file, uint64_t draw, unsigned host)
{
    static const unsigned first[] = {5, 23, 31, 37, 46, 62, 78, 80, 85, 91};
    unsigned hoster = (unsigned)(draw % 40), lot = (unsigned)(draw / 40 % 16);
    fprintf(file, "%u.%u.%u.%u", first[hoster % 10], 16 + hoster, 32 + lot,
            2 + (unsigned)(draw / 640 % 120) * 2 + host);
}

static void put_position(FILE *file, const struct domain *domain, const char *position, size_t size)
{
    static const char *const policies[] = {"none", "none", "quarantine", "reject"};
    uint64_t draw = domain->draw;
    unsigned pool = (unsigned)(mix(draw + 2) % 64);
    if (size == 1 && *position == 'd')
        fputs(domain->name, file);
    else if (size == 4 && memcmp(position, "dash", 4) == 0)
        fputs(domain->dash, file);
    else if (size == 1 && *position == 'n')
        fprintf(file, "%06u", (unsigned)(mix(draw + 3) % 1000000));
    else if (size == 6 && memcmp(position, "policy", 6) == 0)
        fputs(policies[mix(draw + 4) % 4], file);
    else if (size == 2 && memcmp(position, "a6", 2) == 0)
        fprintf(file, "2a01:4f8:%x:%x::2", (unsigned)(mix(draw + 5) % 0xfff), (unsigned)(mix(draw + 6) % 0xffff));
    else if (size == 2 && *position == 'a')
        put_hosted(file, mix(draw + 7), position[1] == '2');
    else if (size == 2 && *position == 'b')
        put_hosted(file, mix(draw + 8), 0);
    else if (size == 2 && *position == 'm')
        fprintf(file, "52.101.%u.%u", 64 + pool, position[1] == '1' ? 8 : 26);
    else if (size == 2 && *position == 'p')
        fprintf(file, "%s.%u", position[1] == '1' ? "148.163.135" : "148.163.139", 20 + pool);
    else
        abort();
}

static void put_lines(FILE *file, const struct domain *domain, const char *lines)
{
    for (const char *at = lines; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end) {
            fputc(*at, file);
            continue;
        }
        put_position(file, domain, at + 1, (size_t)(end - at - 1));
        at = end;
    }
}

/* Every 1,000 names a line that is none, every 500 one that was there before. */
static void put_noise(FILE *file, unsigned number, const struct domain *domain)
{
    if (number % 1000 == 500)
        fprintf(file, "%s\n", rejects[number / 1000 % COUNT_OF(rejects)]);
    if (number % 500 == 300) {
        const char *form = repeats[number / 500 % COUNT_OF(repeats)];
        const char *position = strstr(form, "%s");
        fprintf(file, "%.*s%s%s\n", (int)(position - form), form, domain->listed, position + 2);
    }
}

static bool write_sample(FILE *list, FILE *zone, unsigned count)
{
    struct domain domain;
    fputs("# A sample of domains: made up, under names nobody owns.\n", list);
    fputs("# The world behind the sample list, for mxs_server. Every address is made up.\n", zone);
    fputs(shared_hosts, zone);
    for (unsigned i = 0; i < count; i++) {
        make_domain(i, &domain);
        fprintf(list, "%s\n", domain.listed);
        put_noise(list, i, &domain);
        put_lines(zone, &domain, profile_of(&domain)->lines);
    }
    return fflush(list) == 0 && fflush(zone) == 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: mxs_sample --list FILE --zone FILE [--count 1..%u]\n", names_max());
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"list", 1, 0, 'l'}, {"zone", 1, 0, 'z'}, {"count", 1, 0, 'c'}, {0, 0, 0, 0}};
    const char *list_path = NULL, *zone_path = NULL;
    unsigned count = COUNT_DEFAULT;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'l': list_path = optarg; break;
        case 'z': zone_path = optarg; break;
        case 'c': count = (unsigned)atoi(optarg); break;
        default: return usage();
        }
    if (!list_path || !zone_path || count < 1 || count > names_max())
        return usage();
    FILE *list = fopen(list_path, "w"), *zone = fopen(zone_path, "w");
    bool good = list && zone && write_sample(list, zone, count);
    if (!good)
        perror("mxs_sample: cannot write");
    if (list)
        fclose(list);
    if (zone)
        fclose(zone);
    return good ? 0 : 1;
}
