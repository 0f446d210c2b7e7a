#include "zone.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHAIN_MAX = 20, WORDS_MAX = 64, RDATA_MAX = 65000 };

enum status {
    STATUS_NONE,
    STATUS_NXDOMAIN,
    STATUS_NODATA,
    STATUS_SERVFAIL,
    STATUS_REFUSED,
    STATUS_NOTIMP,
    STATUS_FORMERR,
    STATUS_DROP,
    STATUS_TRUNCATE
};
static const char *const status_words[] = {"", "NXDOMAIN", "NODATA", "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "DROP",
                                           "TRUNCATE"};

struct record {
    struct record *next;
    uint32_t ttl_s;
    uint16_t type, size;
    uint8_t status; /* enum status: not a record but a impact, for this type (0: all) */
    uint8_t data[];
};

struct node {
    struct node *next;
    uint64_t hash;
    struct record *first, **last;
    uint8_t size;
    uint8_t name[];
};

struct zone {
    struct node **buckets;
    uint32_t mask, count;
    unsigned missing_rcode;
    bool generate;
    struct generator generator;
};

static const uint8_t soa_data[] = "\2ns\3lab\7invalid\0\4root\3lab\7invalid\0"
                                  "\0\0\0\1\0\0\x0e\x10\0\0\2\x58\0\1\x51\x80\0\0\1\x2c";
const struct item zone_soa = {.owner = (const uint8_t *)"", .data = soa_data, .ttl_s = 300, .type = TYPE_SOA,
                              .size = sizeof soa_data - 1, .name_at = -1};

static void *need(void *memory)
{
    if (!memory) {
        fputs("mxs_server: out of memory\n", stderr);
        abort();
    }
    return memory;
}

struct zone *zone_create(void)
{
    struct zone *zone = need(calloc(1, sizeof *zone));
    zone->mask = (1u << 12) - 1;
    zone->buckets = need(calloc(zone->mask + 1u, sizeof *zone->buckets));
    zone->missing_rcode = RCODE_NXDOMAIN;
    return zone;
}

void zone_destroy(struct zone *zone)
{
    for (uint32_t i = 0; i <= zone->mask; i++)
        for (struct node *node = zone->buckets[i], *next; node; node = next) {
            next = node->next;
            for (struct record *r = node->first, *after; r; r = after) {
                after = r->next;
                free(r);
            }
            free(node);
        }
    free(zone->buckets);
    free(zone);
}

static struct node *find_node(const struct zone *zone, const uint8_t *name, uint32_t size)
{
    uint64_t hash = wire_hash(name, size);
    for (struct node *node = zone->buckets[hash & zone->mask]; node; node = node->next)
        if (node->hash == hash && node->size == size && memcmp(node->name, name, size) == 0)
            return node;
    return NULL;
}

static void grow(struct zone *zone)
{
    uint32_t mask = zone->mask * 4 + 3;
    struct node **buckets = need(calloc(mask + 1u, sizeof *buckets));
    for (uint32_t i = 0; i <= zone->mask; i++)
        for (struct node *node = zone->buckets[i], *next; node; node = next) {
            next = node->next;
            node->next = buckets[node->hash & mask];
            buckets[node->hash & mask] = node;
        }
    free(zone->buckets);
    zone->buckets = buckets;
    zone->mask = mask;
}

static struct node *put_node(struct zone *zone, const uint8_t *name, uint32_t size)
{
    struct node *node = find_node(zone, name, size);
    if (node)
        return node;
    if (zone->count > zone->mask)
        grow(zone);
    node = need(calloc(1, sizeof *node + size));
    node->hash = wire_hash(name, size);
    node->last = &node->first;
    node->size = (uint8_t)size;
    memcpy(node->name, name, size);
    node->next = zone->buckets[node->hash & zone->mask];
    zone->buckets[node->hash & zone->mask] = node;
    zone->count++;
    if (*name)
        put_node(zone, name + *name + 1, size - *name - 1u);
    return node;
}

static void put_record(struct zone *zone, const uint8_t *name, uint32_t name_size, const struct record *like,
                       const uint8_t *data)
{
    struct node *node = put_node(zone, name, name_size);
    struct record *record = need(malloc(sizeof *record + like->size));
    *record = *like;
    record->next = NULL;
    memcpy(record->data, data, like->size);
    *node->last = record;
    node->last = &record->next;
}

/* One line as words; a quoted word is a TXT string, its quotes kept as the first byte to tell it from a number. */
static int split(char *line, char **words)
{
    int count = 0;
    char *at = line;
    for (;;) {
        at += strspn(at, " \t\r\n");
        if (!*at || *at == '#' || *at == ';' || count == WORDS_MAX)
            return count;
        words[count++] = at;
        if (*at == '"') {
            for (at++; *at && *at != '"'; at++)
                if (*at == '\\' && at[1])
                    at++;
        } else {
            at += strcspn(at, " \t\r\n");
        }
        if (*at)
            *at++ = 0;
    }
}

static bool is_number(const char *word)
{
    return *word && strspn(word, "0123456789") == strlen(word);
}

/* A string of any length becomes character strings of 255 bytes. Escapes as in names. */
static int put_text(const char *word, uint8_t *out, int used)
{
    if (*word == '"')
        word++;
    int length_at = used++;
    for (; *word; word++) {
        if (used - length_at == 256) {
            out[length_at] = 255;
            length_at = used++;
        }
        if (used >= RDATA_MAX)
            return -1;
        if (*word == '\\' && word[1]) {
            word++;
            if (is_number((char[]){word[0], 0}) && word[1] && word[2]) {
                out[used++] = (uint8_t)((word[0] - '0') * 100 + (word[1] - '0') * 10 + word[2] - '0');
                word += 2;
                continue;
            }
        }
        out[used++] = (uint8_t)*word;
    }
    out[length_at] = (uint8_t)(used - length_at - 1);
    return used;
}

static int put_hex(const char *word, uint8_t *out, int used)
{
    unsigned byte;
    for (; word[0] && word[1] && used < RDATA_MAX; word += 2) {
        if (sscanf(word, "%2x", &byte) != 1)
            return -1;
        out[used++] = (uint8_t)byte;
    }
    return used;
}

static int put_host(const char *word, uint8_t *out, int used)
{
    uint32_t size = wire_name(word, strlen(word), out + used);
    return size ? used + (int)size : -1;
}

/* Words of rdata to wire; -1: cannot be read. */
static int put_rdata(uint16_t type, char **words, int count, uint8_t *out)
{
    int used = 0;
    switch (type) {
    case TYPE_A:
        return count == 1 && inet_pton(AF_INET, words[0], out) == 1 ? 4 : -1;
    case TYPE_AAAA:
        return count == 1 && inet_pton(AF_INET6, words[0], out) == 1 ? 16 : -1;
    case TYPE_CNAME:
    case TYPE_NS:
    case TYPE_PTR:
        return count == 1 ? put_host(words[0], out, 0) : -1;
    case TYPE_MX:
        if (count != 2 || !is_number(words[0]))
            return -1;
        wire_set16(out, 0, (uint16_t)atoi(words[0]));
        return put_host(words[1], out, 2);
    case TYPE_SRV:
        for (int i = 0; i < 3 && count == 4; i++)
            wire_set16(out, (uint32_t)i * 2, (uint16_t)atoi(words[i]));
        return count == 4 ? put_host(words[3], out, 6) : -1;
    case TYPE_TLSA:
        for (int i = 0; i < 3 && count == 4; i++)
            out[i] = (uint8_t)atoi(words[i]);
        return count == 4 ? put_hex(words[3], out, 3) : -1;
    case TYPE_TXT:
        for (int i = 0; i < count && used >= 0; i++)
            used = put_text(words[i], out, used);
        return count > 0 ? used : -1;
    default:
        return -1;
    }
}

static int rdata_words(uint16_t type)
{
    return type == TYPE_MX ? 2 : type == TYPE_SRV || type == TYPE_TLSA ? 4 : 1;
}

static enum status find_status(const char *word)
{
    for (unsigned i = 1; i < sizeof status_words / sizeof *status_words; i++)
        if (strcasecmp(word, status_words[i]) == 0)
            return (enum status)i;
    return STATUS_NONE;
}

/* The words after the name. NULL, or what is wrong. */
static const char *read_words(struct zone *zone, const uint8_t *name, uint32_t name_size, char **words, int count)
{
    static uint8_t rdata[RDATA_MAX + 512];
    struct record like = {.ttl_s = 300};
    int at = 0;
    while (at < count && (is_number(words[at]) || strcasecmp(words[at], "IN") == 0)) {
        if (is_number(words[at]))
            like.ttl_s = (uint32_t)strtoul(words[at], NULL, 10);
        at++;
    }
    if (at == count)
        return "no type";
    like.status = (uint8_t)find_status(words[at]);
    if (like.status) {
        like.type = at + 1 < count ? wire_type(words[at + 1]) : 0;
        put_record(zone, name, name_size, &like, rdata);
        return NULL;
    }
    like.type = wire_type(words[at++]);
    if (like.type == TYPE_SOA)
        return NULL;
    if (count - at > rdata_words(like.type) && is_number(words[at]))
        like.ttl_s = (uint32_t)strtoul(words[at++], NULL, 10);
    int size = like.type ? put_rdata(like.type, words + at, count - at, rdata) : -1;
    if (size < 0)
        return "cannot read type or rdata";
    like.size = (uint16_t)size;
    put_record(zone, name, name_size, &like, rdata);
    return NULL;
}

bool zone_load(struct zone *zone, const char *path, char *error)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        snprintf(error, 200, "%s: %s", path, strerror(errno));
        return false;
    }
    char *line = NULL, *words[WORDS_MAX];
    size_t room = 0;
    unsigned number = 0;
    const char *wrong = NULL;
    while (!wrong && getline(&line, &room, file) > 0) {
        uint8_t name[WIRE_NAME_MAX];
        number++;
        int count = split(line, words);
        if (count == 0 || words[0][0] == '$')
            continue;
        uint32_t size = wire_name(words[0], strlen(words[0]), name);
        wrong = size ? read_words(zone, name, size, words + 1, count - 1) : "cannot read the name";
    }
    if (wrong)
        snprintf(error, 200, "%s:%u: %s", path, number, wrong);
    free(line);
    fclose(file);
    return !wrong;
}

void zone_set_default(struct zone *zone, unsigned rcode)
{
    zone->missing_rcode = rcode;
}

void zone_set_generator(struct zone *zone, const struct generator *generator)
{
    zone->generate = true;
    zone->generator = *generator;
}

/* The node itself, or the nearest `*.` above it: below a name that exists, never through it. */
static const struct node *find_with_wildcard(const struct zone *zone, const uint8_t *name, uint32_t size)
{
    const struct node *node = find_node(zone, name, size);
    while (!node && *name) {
        size -= *name + 1u;
        name += *name + 1;
        uint8_t star[WIRE_NAME_MAX + 2] = {1, '*'};
        memcpy(star + 2, name, size);
        node = find_node(zone, star, size + 2);
        if (!node && find_node(zone, name, size))
            return NULL;
    }
    return node;
}

static bool apply_status(enum status status, struct content *out)
{
    static const unsigned rcodes[] = {[STATUS_NXDOMAIN] = RCODE_NXDOMAIN, [STATUS_SERVFAIL] = RCODE_SERVFAIL,
                                      [STATUS_REFUSED] = RCODE_REFUSED,   [STATUS_NOTIMP] = RCODE_NOTIMP,
                                      [STATUS_FORMERR] = RCODE_FORMERR};
    if (status == STATUS_DROP)
        out->drop = true;
    else if (status == STATUS_TRUNCATE)
        out->truncate = true;
    else if (status != STATUS_NODATA)
        out->rcode = rcodes[status];
    return status != STATUS_TRUNCATE;
}

/* The records of one node. Returns the target of a CNAME that must be followed. */
static const uint8_t *put_node_items(const struct node *node, const uint8_t *owner, uint16_t type, struct content *out)
{
    const uint8_t *target = NULL;
    for (const struct record *r = node->first; r; r = r->next) {
        if (r->status) {
            if ((r->type == 0 || r->type == type) && apply_status((enum status)r->status, out))
                return NULL;
            continue;
        }
        bool alias = r->type == TYPE_CNAME && type != TYPE_CNAME;
        if ((r->type != type && !alias) || out->count == CONTENT_ITEMS_MAX)
            continue;
        out->items[out->count++] = (struct item){.owner = owner, .data = r->data, .ttl_s = r->ttl_s, .type = r->type,
                                                 .size = r->size, .name_at = wire_name_at(r->type)};
        if (alias)
            target = r->data;
    }
    return target;
}

static const uint8_t root_ns[] = "\2ns\3lab\7invalid";

static void find_missing(const struct zone *zone, const struct question *question, bool first, struct content *out)
{
    if (question->name_size == 1 && question->type == TYPE_NS)
        out->items[out->count++] =
            (struct item){.data = root_ns, .ttl_s = 3600, .type = TYPE_NS, .size = sizeof root_ns, .name_at = 0};
    else if (first && zone->generate)
        generate_content(&zone->generator, question, out);
    else if (question->name_size > 1)
        out->rcode = zone->missing_rcode;
}

void zone_find(const struct zone *zone, const struct question *question, struct content *out)
{
    out->rcode = RCODE_NOERROR;
    out->drop = out->truncate = false;
    out->count = 0;
    const uint8_t *name = question->name, *owner = NULL;
    uint32_t size = question->name_size;
    for (int links = 0; links < CHAIN_MAX; links++) {
        const struct node *node = find_with_wildcard(zone, name, size);
        if (!node || (!node->first && zone->generate) || size == 1) {
            find_missing(zone, question, links == 0, out);
            return;
        }
        const uint8_t *target = put_node_items(node, owner, question->type, out);
        if (!target)
            return;
        owner = name = target;
        for (size = 1; *target; target += *target + 1)
            size += *target + 1u;
    }
}
