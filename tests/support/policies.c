#include "policies.h"

#include <stdio.h>
#include <string.h>

#include "server/generate.h"

enum kind {
    DOMAIN_ITSELF,
    DMARC,
    BIMI,
    DOMAINKEY,
    SELECTOR,
    AUTODISCOVER,
    SRV,
    MTA_STS,
    TLS_RPT,
    TLSA,
    REPORT,
    SENDER
};
enum { SENDERS = 2000, SENDERS_HOT = 20, COLLECTORS = 50, KEY_BYTES = 294, MODULUS_AT = 33, MODULUS_BYTES = 256 };

struct asked {
    enum kind kind;
    const uint8_t *label, *domain; /* wire; label: the selector */
    uint32_t domain_size;
    uint64_t hash;                 /* of the domain */
};

static bool is_label(const uint8_t *name, const char *label)
{
    size_t size = strlen(label);
    return *name == size && memcmp(name + 1, label, size) == 0;
}

static const uint8_t *after(const uint8_t *name) { return name + *name + 1; }

/* What the name is asked for, told by the labels in front of the domain. */
static struct asked understand(const struct question *question)
{
    static const struct {
        const char *first, *second; /* second NULL: one label */
        enum kind kind;
    } prefixes[] = {{"_dmarc", NULL, DMARC}, {"default", "_bimi", BIMI}, {"_domainkey", NULL, DOMAINKEY},
                    {"autodiscover", NULL, AUTODISCOVER}, {"_autodiscover", "_tcp", SRV}, {"_mta-sts", NULL, MTA_STS},
                    {"_smtp", "_tls", TLS_RPT}, {"_25", "_tcp", TLSA}};
    const uint8_t *name = question->name, *end = name + question->name_size;
    struct asked out = {.kind = DOMAIN_ITSELF, .label = name, .domain = name};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (!is_label(name, prefixes[i].first) || (prefixes[i].second && !is_label(after(name), prefixes[i].second)))
            continue;
        out.kind = prefixes[i].kind;
        out.domain = prefixes[i].second ? after(after(name)) : after(name);
    }
    if (out.kind == DOMAIN_ITSELF && *name && is_label(after(name), "_domainkey")) {
        out.kind = SELECTOR;
        out.domain = after(after(name));
    }
    static const uint8_t sender[] = {6, 's', 'e', 'n', 'd', 'e', 'r'}, report[] = "\7_report\6_dmarc";
    const uint8_t *tld = end - sizeof generate_tld;
    if (question->name_size > sizeof sender + sizeof generate_tld &&
        memcmp(tld, generate_tld, sizeof generate_tld) == 0 && memcmp(tld - sizeof sender, sender, sizeof sender) == 0)
        out.kind = SENDER;
    if (memmem(name, question->name_size, report, sizeof report - 1))
        out.kind = REPORT;
    out.domain_size = (uint32_t)(end - out.domain);
    out.hash = wire_hash(out.domain, out.domain_size);
    return out;
}

/* A share of the domains, another one for every salt. */
static bool chosen(const struct asked *asked, uint64_t salt, unsigned percent)
{
    return wire_mix(asked->hash + salt) % 100 < percent;
}

static uint32_t put_record(uint8_t *out, uint16_t type, const void *data, uint32_t size)
{
    static const uint8_t start[12] = {0xc0, 12, 0, 0, 0, 1, 0, 0, 1, 44};
    memcpy(out, start, sizeof start);
    wire_set16(out, 2, type);
    wire_set16(out, 10, (uint16_t)size);
    memcpy(out + 12, data, size);
    return 12u + size;
}

static uint32_t put_text(uint8_t *out, const char *text)
{
    uint8_t data[512 + 4];
    uint32_t left = (uint32_t)strlen(text), used = 0;
    do {
        uint32_t size = left < 255 ? left : 255;
        data[used++] = (uint8_t)size;
        memcpy(data + used, text, size);
        used += size;
        text += size;
        left -= size;
    } while (left > 0);
    return put_record(out, TYPE_TXT, data, used);
}

static uint32_t put_name(uint8_t *out, uint16_t type, const char *text)
{
    uint8_t data[6 + WIRE_NAME_MAX] = {0};
    uint32_t front = type == TYPE_SRV ? 6 : 0, size = wire_name(text, strlen(text), data + front);
    return put_record(out, type, data, front + size);
}

static unsigned sender_of(uint64_t draw)
{
    return (unsigned)(draw % 100 < 80 ? draw / 100 % SENDERS_HOT : draw / 100 % SENDERS);
}

static uint32_t put_domain_texts(const struct asked *asked, uint8_t *out, uint16_t *count)
{
    char text[256];
    uint64_t draw = wire_mix(asked->hash + 11);
    uint32_t used = 0;
    if (chosen(asked, 1, 80)) {
        int size = snprintf(text, sizeof text, "v=spf1 %sinclude:_spf%u.sender.%.4s", chosen(asked, 2, 33) ? "mx " : "",
                            sender_of(draw), (const char *)generate_tld + 1);
        if (chosen(asked, 3, 20))
            size +=
                snprintf(text + size, sizeof text - (size_t)size, " ip4:%u.%u.%u.0/24", 20 + (unsigned)(draw >> 8) % 60,
                         (unsigned)(draw >> 16) % 256, (unsigned)(draw >> 24) % 256);
        snprintf(text + size, sizeof text - (size_t)size, " %sall", chosen(asked, 4, 50) ? "-" : "~");
        used += put_text(out + used, text);
        ++*count;
    }
    if (chosen(asked, 5, 40)) {
        snprintf(text, sizeof text, "MS=ms%08u", (unsigned)(draw % 100000000));
        used += put_text(out + used, text);
        ++*count;
    }
    return used;
}

/* An RSA key of 2048 bits by its form; its modulus is the domain's hash over and over. */
static uint32_t put_key(const struct asked *asked, uint8_t *out)
{
    static const uint8_t head[MODULUS_AT] = {0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                             0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01,
                                             0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
    static const uint8_t tail[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t key[KEY_BYTES];
    char text[32 + KEY_BYTES * 4 / 3];
    memcpy(key, head, sizeof head);
    for (unsigned i = 0; i < MODULUS_BYTES; i += 8) {
        uint64_t value = wire_mix(asked->hash + 100 + i);
        memcpy(key + MODULUS_AT + i, &value, 8);
    }
    key[MODULUS_AT] |= 0x80;
    memcpy(key + MODULUS_AT + MODULUS_BYTES, tail, sizeof tail);
    int used = sprintf(text, "v=DKIM1; k=rsa; p=");
    for (unsigned i = 0; i < KEY_BYTES; i += 3) {
        uint32_t three = (uint32_t)key[i] << 16 | (uint32_t)key[i + 1] << 8 | key[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            text[used++] = digits[three >> shift & 63];
    }
    text[used] = 0;
    return put_text(out, text);
}

/* The selector with the domain's own key: one of those that many use. */
static bool has_key(const struct asked *asked)
{
    static const char *const selectors[] = {"default", "dkim", "mail", "s1"};
    return chosen(asked, 20, 58) && is_label(asked->label, selectors[wire_mix(asked->hash + 21) % 4]);
}

static uint32_t put_selector(const struct asked *asked, uint8_t *out)
{
    char text[128];
    if (!chosen(asked, 6, 60))
        return 0;
    if (has_key(asked))
        return put_key(asked, out);
    if (!is_label(asked->label, "selector1") || !chosen(asked, 22, 42))
        return 0;
    snprintf(text, sizeof text, "selector1-d%08x._domainkey.t%06x.onmicrosoft.com", (unsigned)asked->hash,
             (unsigned)(asked->hash >> 40));
    return put_name(out, TYPE_CNAME, text);
}

static uint32_t put_dmarc(const struct asked *asked, uint8_t *out)
{
    static const char *const policies[] = {"none", "none", "quarantine", "reject"};
    char text[128];
    uint64_t draw = wire_mix(asked->hash + 31);
    /* parents of domains are top-level domains, which publish nothing */
    if (after(asked->domain)[0] == 0 || !chosen(asked, 7, 55))
        return 0;
    int size = snprintf(text, sizeof text, "v=DMARC1; p=%s", policies[draw % 4]);
    if (chosen(asked, 32, 50))
        snprintf(text + size, sizeof text - (size_t)size, "; rua=mailto:d@rua%u.collector.%.4s",
                 (unsigned)(draw / 4 % COLLECTORS), (const char *)generate_tld + 1);
    return put_text(out, text);
}

static uint32_t put_sender(const struct question *question, uint8_t *out)
{
    char text[128];
    uint64_t hash = wire_hash(question->name, question->name_size);
    if (is_label(question->name, "more"))
        return put_text(out, "v=spf1 ip4:20.0.0.0/12 ip4:40.0.0.0/12 ~all");
    char name[1024];
    snprintf(text, sizeof text, "v=spf1 ip4:20.%u.0.0/16 include:more.%.64s ~all", (unsigned)(hash % 256),
             wire_text(question->name, name));
    return put_text(out, text);
}

static uint32_t put_tlsa(const struct asked *asked, uint8_t *out)
{
    uint8_t data[35] = {3, 1, 1};
    for (int i = 0; i < 4; i++) {
        uint64_t value = wire_mix(asked->hash + 50 + (uint64_t)i);
        memcpy(data + 3 + i * 8, &value, 8);
    }
    return put_record(out, TYPE_TLSA, data, sizeof data);
}

/* One record or none of the small ones. */
static uint32_t put_small(const struct asked *asked, uint16_t type, uint8_t *out)
{
    char text[64];
    switch (asked->kind) {
    case BIMI: return chosen(asked, 8, 1) ? put_text(out, "v=BIMI1; l=https://x.test/l.svg") : 0;
    case AUTODISCOVER:
        return type == TYPE_CNAME && chosen(asked, 9, 20) ? put_name(out, TYPE_CNAME, "autodiscover.outlook.com") : 0;
    case MTA_STS:
        snprintf(text, sizeof text, "v=STSv1; id=%08u;", (unsigned)(asked->hash % 100000000));
        return chosen(asked, 10, 3) ? put_text(out, text) : 0;
    case TLS_RPT: return chosen(asked, 11, 3) ? put_text(out, "v=TLSRPTv1; rua=mailto:t@x.test") : 0;
    case TLSA: return chosen(asked, 12, 3) ? put_tlsa(asked, out) : 0;
    case REPORT: return put_text(out, "v=DMARC1");
    case DMARC: return put_dmarc(asked, out);
    case SELECTOR: return put_selector(asked, out);
    default: return 0;
    }
}

uint32_t policies_put(const struct question *question, uint8_t *out, uint16_t *count, unsigned *rcode)
{
    struct asked asked = understand(question);
    if (asked.kind == DOMAIN_ITSELF)
        return question->type == TYPE_TXT ? put_domain_texts(&asked, out, count) : 0;
    if (asked.kind == DOMAINKEY) {
        *rcode = chosen(&asked, 6, 60) ? RCODE_NOERROR : RCODE_NXDOMAIN;
        return 0;
    }
    uint32_t used = 0;
    if (asked.kind == SENDER)
        used = question->type == TYPE_TXT ? put_sender(question, out) : 0;
    else
        used = put_small(&asked, question->type, out);
    *count = used > 0;
    if (used == 0 && asked.kind != SENDER)
        *rcode = RCODE_NXDOMAIN;
    return used;
}
