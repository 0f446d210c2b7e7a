/* A domain's facts written as one line, and its verdict read as one line, so that a test is a row of a table.
 *
 * Facts: MX hosts parted by ';', each `PREFERENCE NAME WORD...`, in order of preference and name. A word is an address
 * (with @ASN when known), `nx` (the name does not exist), `a:OUTCOME`, `aaaa:OUTCOME`, `alias`, `unregistered` (the
 * registrable domain does not exist either), `skip` (never asked). Without words the host exists and has no address.
 * `.` is the null MX.
 *
 * Verdicts: words such as `state=mx usable=2 backup=effective apart=address,asn mailbox=acme:10000 +single_host`. An
 * expected line is met when each of its words is there, and no word after `-` is. */
#ifndef TESTS_UNIT_CLASSIFY_WORLD_H
#define TESTS_UNIT_CLASSIFY_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/address.h"
#include "model/findings.h"
#include "scanner/classify/judge.h"

static const char world_rules[] =
    "box.example\tbox\tmailbox\t-\tAT\toperator's own domain\t2026-11-23\n"
    "mail.acme.example\tacme\tmailbox\t-\tSE\toperator's own domain\t2026-11-23\n"
    "one.acme.example\tacme\tmailbox\tone\tSE\toperator's own domain\t2026-11-23\n"
    "forward.example\tforward\tforwarder\t-\tNO\toperator's own domain\t2026-11-23\n"
    "gate.example\tgate\tgateway\t-\tNL\toperator's own domain\t2026-11-23\n"
    "wall.example\twall\tgateway\t-\tNL\toperator's own domain\t2026-11-23\n"
    "access.example\taccess\tisp\t-\tNZ\toperator's own domain\t2026-11-23\n"
    "names.example\tnames\tregistrar\t-\tNZ\toperator's own domain\t2026-11-23\n";

struct world {
    struct mxs_judge judge;
    mxs_rules *rules;
    mxs_suffixes *suffixes;
    struct mxs_arena arena;  /* of the judge */
    struct mxs_arena facts;  /* of the facts */
    struct mxs_verdict verdict;
    char text[4096];
};

static inline void world_open(struct world *w)
{
    struct mxs_detail detail;
    memset(w, 0, sizeof *w);
    if (mxs_rules_create(&w->rules, world_rules, sizeof world_rules - 1, "test rules", &detail) != MXS_OK ||
        mxs_suffixes_create(&w->suffixes, NULL, &detail) != MXS_OK) {
        fprintf(stderr, "%s\n", detail.text);
        abort();
    }
    w->judge = (struct mxs_judge){w->rules, w->suffixes};
    mxs_arena_init(&w->arena, 1 << 16, 0);
    mxs_arena_init(&w->facts, 1 << 16, 0);
}

static inline void world_close(struct world *w)
{
    mxs_arena_finish(&w->arena);
    mxs_arena_finish(&w->facts);
    mxs_rules_destroy(&w->rules);
    mxs_suffixes_destroy(&w->suffixes);
}

static inline enum mxs_outcome world_outcome(const char *text)
{
    for (unsigned o = 0; o < MXS_OUTCOME_COUNT; o++)
        if (strcmp(text, mxs_outcome_text((enum mxs_outcome)o)) == 0)
            return (enum mxs_outcome)o;
    return MXS_NOT_ASKED;
}

static inline void world_word(struct mxs_host_facts *host, struct mxs_address *addresses, const char *word)
{
    struct mxs_address a = {0};
    size_t size = strcspn(word, "@");
    if (strcmp(word, "nx") == 0) {
        host->a = host->aaaa = MXS_NXDOMAIN;
    } else if (strcmp(word, "unregistered") == 0) {
        host->a = host->aaaa = host->registrable = MXS_NXDOMAIN;
    } else if (strcmp(word, "skip") == 0) {
        host->a = host->aaaa = MXS_NOT_ASKED;
    } else if (strcmp(word, "alias") == 0) {
        host->alias = MXS_TEXT("target.example");
    } else if (strncmp(word, "a:", 2) == 0) {
        host->a = world_outcome(word + 2);
    } else if (strncmp(word, "aaaa:", 5) == 0) {
        host->aaaa = world_outcome(word + 5);
    } else if (mxs_address_parse((struct mxs_text){word, (uint32_t)size}, &a)) {
        a.asn = word[size] == '@' ? (uint32_t)strtoul(word + size + 1, NULL, 10) : 0;
        addresses[host->address_count++] = a;
        *(a.family == 4 ? &host->a : &host->aaaa) = MXS_ANSWERED;
    } else {
        fprintf(stderr, "no such word: %s\n", word);
        abort();
    }
}

/* One MX host; line is cut up. */
static inline struct mxs_mx_host world_mx_host(struct world *w, char *line)
{
    struct mxs_host_facts *host = mxs_arena_take_zeroed(&w->facts, 1, sizeof *host);
    struct mxs_address *addresses = mxs_arena_take_zeroed(&w->facts, 64, sizeof *addresses);
    char *rest = NULL, *preference = strtok_r(line, " ", &rest), *name = strtok_r(NULL, " ", &rest);
    host->name = mxs_arena_text(&w->facts, mxs_text_of(strcmp(name, ".") == 0 ? "" : name));
    host->a = host->aaaa = MXS_NODATA;
    host->registrable = MXS_NOT_ASKED;
    host->addresses = addresses;
    for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;)
        world_word(host, addresses, word);
    return (struct mxs_mx_host){(uint16_t)atoi(preference), host};
}

enum { WORLD_HOSTS = 0, WORLD_NO_HOSTS = 1, WORLD_IMPLICIT = 2 };

static inline struct mxs_domain_facts world_facts(struct world *w, const char *domain, const char *mx, int how,
                                                  const char *line)
{
    struct mxs_mx_host *mx_hosts = mxs_arena_take_zeroed(&w->facts, 1024, sizeof *mx_hosts);
    struct mxs_domain_facts facts = {.name = mxs_text_of(domain), .mx = world_outcome(mx),
                                     .implicit = how == WORLD_IMPLICIT, .hosts_asked = how != WORLD_NO_HOSTS,
                                     .mx_hosts = mx_hosts};
    char *copy = strdup(line), *rest = NULL;
    for (char *part = strtok_r(copy, ";", &rest); part != NULL; part = strtok_r(NULL, ";", &rest))
        if (part[strspn(part, " ")] != 0)
            mx_hosts[facts.mx_host_count++] = world_mx_host(w, part);
    if (how == WORLD_NO_HOSTS)
        for (uint32_t i = 0; i < facts.mx_host_count; i++) {
            struct mxs_host_facts *host = (struct mxs_host_facts *)(uintptr_t)mx_hosts[i].host;
            host->a = host->aaaa = MXS_NOT_ASKED;
        }
    free(copy);
    return facts;
}

#define WORLD_PRINT(...) at += (size_t)snprintf(w->text + at, sizeof w->text - at, __VA_ARGS__)

static inline size_t world_number(struct world *w, size_t at, const char *name, int32_t number)
{
    if (number < 0)
        WORLD_PRINT(" %s=?", name);
    else
        WORLD_PRINT(" %s=%d", name, number);
    return at;
}

/* The verdict as words, each with a space on both sides. */
static inline const char *world_text(struct world *w)
{
    static const char *const roles[] = {"gateway", "mailbox", "backup_provider"};
    static const char *const tri[] = {"no", "yes", "?"};
    const struct mxs_verdict *v = &w->verdict;
    const struct mxs_redundancy *r = &v->redundancy;
    size_t at = 0;
    WORLD_PRINT(" state=%s", mxs_state_text(v->state));
    at = world_number(w, at, "hosts", r->hosts);
    at = world_number(w, at, "usable", r->usable);
    at = world_number(w, at, "tiers", r->tiers);
    at = world_number(w, at, "addresses", r->addresses);
    at = world_number(w, at, "prefixes", r->prefixes);
    at = world_number(w, at, "asns", r->asns);
    at = world_number(w, at, "providers", r->providers);
    WORLD_PRINT(" sharing=%s multihomed=%s ipv6=%s", tri[r->load_sharing], tri[r->multihomed], tri[r->ipv6]);
    const char *backup = mxs_backup_text(r->backup), *point = mxs_single_point_text(r->single_point);
    WORLD_PRINT(" backup=%s single=%s", backup == NULL ? "?" : backup, point == NULL ? "?" : point);
    WORLD_PRINT(" apart=%s%s%s%s", r->backup_apart & MXS_APART_ADDRESS ? "a" : "",
                r->backup_apart & MXS_APART_PREFIX ? "p" : "", r->backup_apart & MXS_APART_ASN ? "n" : "",
                r->backup_apart & MXS_APART_PROVIDER ? "o" : "");
    for (uint32_t i = 0; i < v->label_count; i++)
        WORLD_PRINT(" %s=%.*s:%u", roles[v->labels[i].role], MXS_TEXT_ARG(v->labels[i].provider), v->labels[i].share);
    for (unsigned i = 0; i < mxs_findings_count; i++)
        if (mxs_findings_has(&v->findings, mxs_findings[i].code))
            WORLD_PRINT(" +%s", mxs_findings[i].name);
    WORLD_PRINT(" ");
    return w->text;
}

static inline const char *world_judge(struct world *w, const char *domain, const char *mx, int how, const char *line)
{
    struct mxs_domain_facts facts = world_facts(w, domain, mx, how, line);
    mxs_judge_domain(&w->judge, &facts, &w->arena, &w->verdict);
    const char *text = world_text(w);
    mxs_arena_reset(&w->arena);
    mxs_arena_reset(&w->facts);
    return text;
}

/* NULL when every word of expected is met by text, else the first that is not. */
static inline const char *world_unmet(const char *text, const char *expected)
{
    static char word[256];
    const char *at = expected;
    while (*(at += strspn(at, " ")) != 0) {
        size_t size = strcspn(at, " ");
        bool absent = *at == '-';
        snprintf(word, sizeof word, " %s%.*s ", absent ? "+" : "", (int)size - absent, at + absent);
        bool there = strstr(text, word) != NULL;
        if (absent) { /* "-mailbox=" forbids every word that begins so, "-single_host" that finding */
            char begin[256];
            snprintf(begin, sizeof begin, " %.*s", (int)size - 1, at + 1);
            there |= at[size - 1] == '=' && strstr(text, begin) != NULL;
        }
        if (there == absent)
            return word;
        at += size;
    }
    return NULL;
}

struct row {
    const char *sentence, *mx;
    int how;
    const char *facts, *expected;
};

#define WORLD_DOMAIN "example.org"

/* A test over a table. */
#define WORLD_TABLE(suite, name, rows) \
    Test(suite, name) \
    { \
        static struct world w; \
        world_open(&w); \
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) { \
            const char *text = world_judge(&w, WORLD_DOMAIN, rows[i].mx, rows[i].how, rows[i].facts); \
            const char *unmet = world_unmet(text, rows[i].expected); \
            cr_expect(unmet == NULL, "%s\n  facts %s\n  wanted%s\n  got %s", rows[i].sentence, rows[i].facts, \
                unmet, text); \
        } \
        world_close(&w); \
    }

#endif
