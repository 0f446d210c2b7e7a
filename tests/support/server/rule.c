#include "rule.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mangle.h"

static bool fail(char *error, const char *what, const char *word)
{
    snprintf(error, 200, "%s '%.80s'", what, word ? word : "");
    return false;
}

static bool is_key(const char *word, const char *key, const char **value)
{
    size_t size = strlen(key);
    if (strncmp(word, key, size) != 0)
        return false;
    *value = word + size;
    return true;
}

static bool read_match(struct rule *rule, const char *word, char *error)
{
    const char *value;
    if (is_key(word, "name=", &value))
        snprintf(rule->glob, sizeof rule->glob, "%s", value);
    else if (is_key(word, "suffix=", &value))
        rule->suffix_size = wire_name(value, strlen(value), rule->suffix);
    else if (is_key(word, "type=", &value))
        rule->type = wire_type(value);
    else if (is_key(word, "server=", &value))
        rule->server = (unsigned)atoi(value);
    else if (is_key(word, "transport=", &value))
        rule->tcp = strcmp(value, "tcp") == 0;
    else if (strcmp(word, "edns") == 0 || strcmp(word, "noedns") == 0)
        rule->edns = word[0] == 'e';
    else if (is_key(word, "share=", &value))
        rule->share = atof(value) / 100;
    else if (strcmp(word, "sticky") == 0)
        rule->sticky = true;
    else if (is_key(word, "first=", &value))
        rule->first = (uint32_t)atoi(value);
    else if (is_key(word, "attempt=", &value))
        rule->attempt = (uint32_t)atoi(value);
    else if (is_key(word, "every=", &value))
        rule->every = (uint32_t)atoi(value);
    else if (is_key(word, "after=", &value))
        rule->after_s = atof(value);
    else if (is_key(word, "until=", &value))
        rule->until_s = atof(value);
    else
        return fail(error, "unknown match", word);
    return true;
}

static bool read_delay(struct rule *rule, const char *value)
{
    rule->mixture = value && strcmp(value, "f18") == 0;
    if (rule->mixture)
        return true;
    int read = value ? sscanf(value, "%lf..%lf", &rule->low_ms, &rule->high_ms) : 0;
    if (read == 1)
        rule->high_ms = rule->low_ms;
    return read >= 1;
}

static bool read_host(struct rule *rule, const char *value)
{
    rule->host_size = value ? wire_name(value, strlen(value), rule->host) : 0;
    return rule->host_size > 0;
}

static bool read_forge(struct rule *rule, const char *value)
{
    static const char *const names[] = {"id", "question", "qr", "address", "port", "late"};
    if (value && strcmp(value, "all") == 0)
        rule->number = 63;
    for (unsigned i = 0; value && i < 6; i++)
        if (strcmp(value, names[i]) == 0)
            rule->number = 1u << i;
    return rule->number != 0;
}

static bool read_tcp(struct rule *rule, const char *value)
{
    static const char *const names[] = {"normal", "close", "bytes", "silent", "refuse", "cut"};
    for (unsigned i = 0; value && i < 6; i++)
        if (strcmp(value, names[i]) == 0) {
            rule->fault = (enum tcp_fault)i;
            return true;
        }
    return false;
}

static unsigned rcode_of(const char *word)
{
    static const char *const names[] = {"noerror", "formerr", "servfail", "nxdomain", "notimp", "refused"};
    for (unsigned i = 0; word && i < 6; i++)
        if (strcmp(word, names[i]) == 0)
            return i;
    return word && word[0] >= '0' && word[0] <= '9' ? (unsigned)atoi(word) : 16;
}

static bool read_fate(struct rule *rule, const char *verb, const char *one, const char *two)
{
    static const struct { const char *verb; enum impact impact; } plain[] = {
        {"drop", FATE_DROP}, {"empty", FATE_EMPTY}, {"truncate", FATE_TRUNCATE}, {"edns-formerr", FATE_EDNS_FORMERR},
        {"corrupt", FATE_CORRUPT}, {"cut", FATE_CUT}, {"foreign", FATE_FOREIGN},
    };
    static const struct { const char *verb; enum impact impact; } named[] = {
        {"mx", FATE_MX}, {"referral", FATE_REFERRAL}, {"beside", FATE_BESIDE},
    };
    rule->class = CLASS_IMPACT;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(verb, plain[i].verb) == 0) {
            rule->impact = plain[i].impact;
            rule->number = RCODE_FORMERR;
            return true;
        }
    if (strcmp(verb, "malformed") == 0 || strcmp(verb, "bomb") == 0) {
        rule->impact = *verb == 'm' ? FATE_MALFORMED : FATE_BOMB;
        return *verb == 'm' ? mangle_kind(one, &rule->number) : bomb_kind(one, &rule->number);
    }
    if (strcmp(verb, "hijack") == 0) {
        rule->impact = FATE_HIJACK;
        return one && inet_pton(AF_INET, one, rule->address) == 1 && (!two || read_host(rule, two));
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(verb, named[i].verb) == 0) {
            rule->impact = named[i].impact;
            return read_host(rule, one);
        }
    if (strcmp(verb, "edns-notimp") == 0) {
        rule->impact = FATE_EDNS_FORMERR;
        rule->number = RCODE_NOTIMP;
        return true;
    }
    if (strcmp(verb, "rotate") == 0) {
        rule->impact = FATE_ROTATE;
        rule->number = one ? (unsigned)atoi(one) : 0;
        return rule->number > 0;
    }
    if (strcmp(verb, "dns64") == 0) {
        rule->impact = FATE_DNS64;
        return one && inet_pton(AF_INET6, one, rule->prefix) == 1;
    }
    rule->impact = strcmp(verb, "header") == 0 ? FATE_HEADER : FATE_RCODE;
    rule->number = rcode_of(strcmp(verb, "header") == 0 || strcmp(verb, "rcode") == 0 ? one : verb);
    return rule->number < 16;
}

static bool read_action(struct rule *rule, const char *verb, const char *one, const char *two)
{
    if (strcmp(verb, "delay") == 0) {
        rule->class = CLASS_DELAY;
        return read_delay(rule, one);
    }
    if (strcmp(verb, "forge") == 0) {
        rule->class = CLASS_FORGE;
        return read_forge(rule, one);
    }
    if (strcmp(verb, "duplicate") == 0) {
        rule->class = CLASS_COPY;
        rule->number = one ? (unsigned)atoi(one) : 1;
        return rule->number > 0 && rule->number < 100;
    }
    if (strcmp(verb, "reorder") == 0) {
        rule->class = CLASS_ORDER;
        rule->high_ms = one ? atof(one) : 5;
        return true;
    }
    if (strcmp(verb, "tcp") == 0) {
        rule->class = CLASS_TCP;
        return read_tcp(rule, one);
    }
    if (strcmp(verb, "capacity") == 0) {
        rule->class = CLASS_CAPACITY;
        rule->low_ms = one ? atof(one) : 0; /* per second */
        rule->number = !two || strcmp(two, "drop") == 0 ? 16 : rcode_of(strcmp(two, "refuse") == 0 ? "refused" : two);
        return rule->low_ms > 0;
    }
    if (strcmp(verb, "ede") == 0) {
        rule->class = CLASS_EDE;
        rule->number = one ? (unsigned)atoi(one) : 0;
        snprintf(rule->text, sizeof rule->text, "%s", two ? two : "");
        return one != NULL;
    }
    if (strcmp(verb, "trailing") == 0) {
        rule->class = CLASS_TRAIL;
        rule->number = one ? (unsigned)atoi(one) : 11;
        return rule->number > 0 && rule->number < 256;
    }
    if (strcmp(verb, "flags") == 0) {
        rule->class = CLASS_FLAGS;
        for (const char *word = one; word != NULL; word = word == one ? two : NULL)
            rule->number |= strcmp(word, "ra") == 0 ? 1 : strcmp(word, "aa") == 0 ? 2 : 0;
        return true;
    }
    if (strcmp(verb, "bare") == 0 || strcmp(verb, "own-soa") == 0) {
        rule->class = CLASS_SOA;
        rule->number = strcmp(verb, "own-soa") == 0;
        return true;
    }
    if (strcmp(verb, "down") == 0) {
        rule->class = CLASS_DOWN;
        return rule->server != 0;
    }
    return read_fate(rule, verb, one, two);
}

static bool read_line(struct rules *rules, char *line, char *error)
{
    char *save = NULL, *word = strtok_r(line, " \t\r", &save);
    if (!word)
        return true;
    if (rules->count == RULES_MAX)
        return fail(error, "too many rules at", word);
    struct rule *rule = &rules->rules[rules->count];
    *rule = (struct rule){.tcp = -1, .edns = -1, .share = -1, .until_s = 1e9};
    for (; word && strcmp(word, "->") != 0; word = strtok_r(NULL, " \t\r", &save))
        if (!read_match(rule, word, error))
            return false;
    char *verb = word ? strtok_r(NULL, " \t\r", &save) : NULL;
    char *one = verb ? strtok_r(NULL, " \t\r", &save) : NULL;
    char *two = one ? strtok_r(NULL, " \t\r", &save) : NULL;
    if (!verb || !read_action(rule, verb, one, two))
        return fail(error, "cannot read action", verb);
    rules->needs_text |= rule->glob[0] != 0;
    rules->count++;
    return true;
}

bool rules_read(struct rules *rules, const char *text, char *error)
{
    char *copy = strdup(text), *save = NULL;
    bool good = copy != NULL;
    for (char *line = strtok_r(copy, "\n", &save); line && good; line = strtok_r(NULL, "\n", &save)) {
        line[strcspn(line, "#")] = 0;
        good = read_line(rules, line, error);
    }
    free(copy);
    return good;
}

bool rules_load(struct rules *rules, const char *path, char *error)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return fail(error, strerror(errno), path);
    char *text = NULL;
    size_t size = 0;
    bool good = getdelim(&text, &size, 0, file) < 0 || rules_read(rules, text, error);
    free(text);
    fclose(file);
    return good;
}

static double fraction(uint64_t hash)
{
    return (double)(hash >> 11) / 9007199254740992.0;
}

static uint64_t draw_of(const struct rules *rules, unsigned index, const struct asked *asked, bool sticky)
{
    return wire_mix(asked->hash ^ wire_mix(rules->seed * 131 + index) ^ (sticky ? 0 : wire_mix(asked->attempt)));
}

static bool below(const struct question *question, const struct rule *rule)
{
    if (rule->suffix_size == 0)
        return true;
    for (const uint8_t *at = question->name;; at += *at + 1) {
        uint32_t left = question->name_size - (uint32_t)(at - question->name);
        if (left == rule->suffix_size && memcmp(at, rule->suffix, left) == 0)
            return true;
        if (*at == 0)
            return false;
    }
}

static bool matches(const struct rules *rules, struct rule *rule, const struct asked *asked, const char *text)
{
    unsigned index = (unsigned)(rule - rules->rules);
    if ((rule->server && rule->server != asked->server + 1) || (rule->type && rule->type != asked->question->type) ||
        (rule->tcp >= 0 && rule->tcp != (int)asked->tcp) ||
        (rule->edns >= 0 && rule->edns != (asked->question->payload != 0)) ||
        (rule->impact == FATE_EDNS_FORMERR && asked->question->payload == 0))
        return false;
    if (asked->second < rule->after_s || asked->second >= rule->until_s)
        return false;
    if ((rule->first && asked->attempt > rule->first) || (rule->attempt && asked->attempt != rule->attempt))
        return false;
    if (!below(asked->question, rule) || (rule->glob[0] && fnmatch(rule->glob, text, 0) != 0))
        return false;
    if (rule->share >= 0 && fraction(draw_of(rules, index, asked, rule->sticky)) >= rule->share)
        return false;
    return rule->every == 0 || ++rule->hits % rule->every == 0;
}

/* The F18 mixture: 85 % 2 ms, 13 % 120 - 600 ms, 2 % 0.8 - 2.5 s. */
static double delay_ms(const struct rule *rule, uint64_t draw)
{
    double where = fraction(wire_mix(draw)), part = fraction(wire_mix(draw + 1));
    if (!rule->mixture)
        return rule->low_ms + (rule->high_ms - rule->low_ms) * part;
    return where < 0.85 ? 2 : where < 0.98 ? 120 + 480 * part : 800 + 1700 * part;
}

void rules_decide(struct rules *rules, const struct asked *asked, struct plan *out)
{
    char text[1024] = "";
    *out = (struct plan){.draw = draw_of(rules, RULES_MAX, asked, false)};
    if (rules->needs_text)
        wire_text(asked->question->name, text);
    for (unsigned i = 0; i < rules->count; i++) {
        struct rule *rule = &rules->rules[i];
        if (out->by_class[rule->class] || !matches(rules, rule, asked, text))
            continue;
        out->by_class[rule->class] = rule;
        if (rule->class == CLASS_DELAY || rule->class == CLASS_ORDER)
            out->delay_ns += (uint64_t)(delay_ms(rule, draw_of(rules, i + RULES_MAX, asked, false)) * 1e6);
    }
}

bool rules_down(const struct rules *rules, unsigned server, double second)
{
    for (unsigned i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (rule->class == CLASS_DOWN && rule->server == server + 1 && second >= rule->after_s &&
            second < rule->until_s)
            return true;
    }
    return false;
}

bool rules_refuse(const struct rules *rules, unsigned server)
{
    for (unsigned i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (rule->class == CLASS_TCP && rule->fault == STREAM_REFUSE && (!rule->server || rule->server == server + 1))
            return true;
    }
    return false;
}

/* A bucket of a twentieth of a second: a burst of that size passes, no more. */
bool rules_take(struct rules *rules, const struct rule *capacity, unsigned server, uint64_t now_ns)
{
    struct rule *rule = &rules->rules[capacity - rules->rules];
    double depth = rule->low_ms / 20 < 1 ? 1 : rule->low_ms / 20;
    if (rule->bucket[server].at_ns == 0)
        rule->bucket[server].tokens = depth;
    else
        rule->bucket[server].tokens += (double)(now_ns - rule->bucket[server].at_ns) * rule->low_ms / 1e9;
    rule->bucket[server].at_ns = now_ns;
    if (rule->bucket[server].tokens > depth)
        rule->bucket[server].tokens = depth;
    if (rule->bucket[server].tokens < 1)
        return false;
    rule->bucket[server].tokens -= 1;
    return true;
}
