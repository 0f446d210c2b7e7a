/* Addresses are looked at in blocks of a /16, of IPv4 all 65,536, of IPv6 the 8,192 of 2000::/3: a record of 64 KB
 * holds too few terms of longer prefixes to cover the internet with them. Blocks that are nobody's count as covered:
 * who leaves out 10.0.0.0/8 leaves out no sender. Terms are taken in order, and the first that holds a block decides
 * it, as for a sender. */
#include "scanner/parse/spf_cover.h"

#define BLOCK_BITS (unsigned)MXS_SPF_PREFIX_WIDE
#define IPV4_WORDS (65536u / 64)
#define IPV6_WORDS (8192u / 64)
#define DEPTH_MAX MXS_SPF_LOOKUPS_MAX

/* A bit for each block: whether a term has decided it, whether it passes, whether it passes or is neutral. */
struct blocks {
    uint64_t words[IPV4_WORDS + IPV6_WORDS]; /* IPv4 first */
};
struct cover {
    struct blocks decided, pass, open;
};

struct walk {
    struct mxs_text sender;
    struct mxs_arena *arena;
    mxs_spf_find find;
    void *arg;
};

static void put_range(struct blocks *blocks, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        blocks->words[i / 64] |= 1ull << i % 64;
}

static void put_ipv4(struct blocks *blocks, const uint8_t *address, unsigned prefix)
{
    if (prefix > BLOCK_BITS)
        return;
    uint32_t count = 1u << (BLOCK_BITS - prefix), block = (uint32_t)address[0] << 8 | address[1];
    put_range(blocks, block & ~(count - 1), count);
}

static void put_ipv6(struct blocks *blocks, const uint8_t *address, unsigned prefix)
{
    if (prefix > BLOCK_BITS)
        return;
    uint32_t count = 1u << (BLOCK_BITS - prefix), first = ((uint32_t)address[0] << 8 | address[1]) & ~(count - 1);
    uint32_t begin = first < 0x2000 ? 0x2000 : first, end = first + count > 0x4000 ? 0x4000 : first + count;
    if (begin < end)
        put_range(blocks, IPV4_WORDS * 64 + begin - 0x2000, end - begin);
}

static void put_all(struct blocks *blocks) { memset(blocks, 0xff, sizeof *blocks); }

/* What a term matches whoever sends. */
static void add(struct cover *cover, const struct blocks *matched, char qualifier)
{
    bool passes = qualifier == '+', open = passes || qualifier == '?';
    for (uint32_t i = 0; i < IPV4_WORDS + IPV6_WORDS; i++) {
        uint64_t fresh = matched->words[i] & ~cover->decided.words[i];
        cover->decided.words[i] |= fresh;
        cover->pass.words[i] |= passes ? fresh : 0;
        cover->open.words[i] |= open ? fresh : 0;
    }
}

static bool read_policy(struct walk *walk, struct mxs_text name, const struct mxs_spf *spf, unsigned depth,
                        struct cover *cover);

static const struct mxs_spf_known *find_target(struct walk *walk, struct mxs_text where,
                                               const struct mxs_spf_term *term, uint16_t type, char *name,
                                               uint32_t *size_bytes)
{
    if (term->domain.data == NULL) {
        memcpy(name, where.data, where.size_bytes);
        *size_bytes = where.size_bytes;
    } else if (!mxs_spf_expand(term->domain, where, walk->sender, name, size_bytes)) {
        return NULL;
    }
    return *size_bytes == 0 ? NULL : walk->find(walk->arg, (struct mxs_text){name, *size_bytes}, type);
}

/* What the policy that a term leads to makes of senders; NULL: no memory. */
static struct cover *follow(struct walk *walk, struct mxs_text where, const struct mxs_spf_term *term, unsigned depth)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes;
    const struct mxs_spf_known *known = find_target(walk, where, term, MXS_TYPE_TXT, name, &size_bytes);
    struct cover *cover = mxs_arena_take_zeroed(walk->arena, 1, sizeof *cover);
    if (known == NULL || known->outcome != MXS_ANSWERED || known->spf == NULL || known->spf->reason != MXS_SPF_OK ||
        depth == DEPTH_MAX)
        return cover;
    bool read = cover == NULL || read_policy(walk, (struct mxs_text){name, size_bytes}, known->spf, depth + 1, cover);
    return read ? cover : NULL;
}

static bool has_any(struct walk *walk, struct mxs_text name, uint16_t type)
{
    const struct mxs_spf_known *known = walk->find(walk->arg, name, type);
    return known != NULL && known->outcome == MXS_ANSWERED && known->record_count > 0;
}

/* What lies around the addresses of a name. Every address lies in a /0, whatever the name's own are. */
static void match_family(struct walk *walk, struct mxs_text name, uint16_t type, unsigned prefix, struct blocks *out)
{
    static const uint8_t zero[16];
    const struct mxs_spf_known *known = prefix > BLOCK_BITS ? NULL : walk->find(walk->arg, name, type);
    bool four = type == MXS_TYPE_A;
    if (known == NULL || known->outcome != MXS_ANSWERED || known->record_count == 0)
        return;
    for (uint32_t i = 0; i < (prefix == 0 ? 1 : known->item_count); i++) {
        const uint8_t *address = prefix == 0 ? zero : (const uint8_t *)known->items[i].data;
        if (prefix > 0 && known->items[i].size_bytes != (four ? 4 : 16))
            continue;
        if (four)
            put_ipv4(out, address, prefix);
        else
            put_ipv6(out, address, prefix);
    }
}

static void match_name(struct walk *walk, struct mxs_text name, const struct mxs_spf_term *term, struct blocks *out)
{
    match_family(walk, name, MXS_TYPE_A, term->prefix4, out);
    match_family(walk, name, MXS_TYPE_AAAA, term->prefix6, out);
}

/* a and mx, with a prefix so short that one address is enough to match a block. */
static void match_addresses(struct walk *walk, struct mxs_text where, const struct mxs_spf_term *term,
                            struct blocks *out)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes;
    bool mx = term->kind == MXS_SPF_MX;
    if (term->prefix4 > BLOCK_BITS && term->prefix6 > BLOCK_BITS)
        return;
    const struct mxs_spf_known *known =
        find_target(walk, where, term, mx ? MXS_SPF_TYPE_HOSTS : MXS_TYPE_A, name, &size_bytes);
    if (known != NULL && !mx)
        match_name(walk, (struct mxs_text){name, size_bytes}, term, out);
    for (uint32_t i = 0; known != NULL && mx && known->outcome == MXS_ANSWERED && i < known->item_count; i++)
        match_name(walk, known->items[i], term, out);
}

/* exists: one name for all senders, or one that is there for a sender whom nobody knows, as a wildcard is. */
static bool exists(struct walk *walk, struct mxs_text where, const struct mxs_spf_term *term)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes;
    return mxs_spf_expand_nobody(term->domain, where, walk->sender, name, &size_bytes) && size_bytes > 0 &&
           has_any(walk, (struct mxs_text){name, size_bytes}, MXS_TYPE_A);
}

static bool match(struct walk *walk, struct mxs_text where, const struct mxs_spf_term *term, unsigned depth,
                  struct blocks *out)
{
    const struct cover *included;
    memset(out, 0, sizeof *out);
    switch (term->kind) {
    case MXS_SPF_ALL: put_all(out); return true;
    case MXS_SPF_IP4: put_ipv4(out, term->address, term->prefix4); return true;
    case MXS_SPF_IP6: put_ipv6(out, term->address, term->prefix6); return true;
    case MXS_SPF_A:
    case MXS_SPF_MX: match_addresses(walk, where, term, out); return true;
    case MXS_SPF_INCLUDE: /* what passes there matches here @rfc{7208,5.2} */
        included = follow(walk, where, term, depth);
        if (included != NULL)
            *out = included->pass;
        return included != NULL;
    case MXS_SPF_EXISTS:
        if (exists(walk, where, term))
            put_all(out);
        return true;
    default: return true;
    }
}

static bool read_policy(struct walk *walk, struct mxs_text name, const struct mxs_spf *spf, unsigned depth,
                        struct cover *cover)
{
    struct blocks *matched = mxs_arena_take(walk->arena, sizeof *matched);
    if (matched == NULL)
        return false;
    for (uint32_t i = 0; i < spf->term_count; i++) {
        if (!match(walk, name, &spf->terms[i], depth, matched))
            return false;
        add(cover, matched, spf->terms[i].qualifier);
        if (&spf->terms[i] == spf->all)
            return true;
    }
    if (spf->redirect == NULL)
        return true;
    const struct cover *redirected = follow(walk, name, spf->redirect, depth);
    if (redirected == NULL)
        return false;
    add(cover, &redirected->pass, '+');
    add(cover, &redirected->open, '?');
    return true;
}

static void put_nobodys(struct blocks *blocks)
{
    static const struct { uint8_t address[2]; uint8_t prefix; } ranges[] = {
        {{0, 0}, 8}, {{10, 0}, 8}, {{100, 64}, 10}, {{127, 0}, 8}, {{169, 254}, 16}, {{172, 16}, 12}, {{192, 168}, 16},
        {{198, 18}, 15}, {{224, 0}, 3}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        put_ipv4(blocks, ranges[i].address, ranges[i].prefix);
}

static bool is_full(const uint64_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (words[i] != UINT64_MAX)
            return false;
    return true;
}

enum { IPV4_ALL = 1, IPV6_ALL = 2 };

/* Which families all of whose addresses are there. */
static unsigned read_families(struct blocks *blocks)
{
    put_nobodys(blocks);
    return (is_full(blocks->words, IPV4_WORDS) ? IPV4_ALL : 0) |
           (is_full(blocks->words + IPV4_WORDS, IPV6_WORDS) ? IPV6_ALL : 0);
}

enum mxs_spf_cover mxs_spf_cover_read(struct mxs_text domain, struct mxs_arena *arena, mxs_spf_find find, void *arg)
{
    struct walk walk = {domain, arena, find, arg};
    const struct mxs_spf_known *known = find(arg, domain, MXS_TYPE_TXT);
    struct cover *cover = mxs_arena_take_zeroed(arena, 1, sizeof *cover);
    if (known == NULL || known->spf == NULL || cover == NULL || !read_policy(&walk, domain, known->spf, 0, cover))
        return MXS_SPF_COVER_SOME;
    static const enum mxs_spf_cover passing[] = {[IPV4_ALL] = MXS_SPF_COVER_PASS_IPV4,
                                                 [IPV6_ALL] = MXS_SPF_COVER_PASS_IPV6,
                                                 [IPV4_ALL | IPV6_ALL] = MXS_SPF_COVER_PASS_ALL};
    unsigned families = read_families(&cover->pass);
    if (families != 0)
        return passing[families];
    if (read_families(&cover->open) != 0)
        return MXS_SPF_COVER_NEUTRAL;
    memset(&cover->open, 0, sizeof cover->open);
    put_nobodys(&cover->open); /* as read_families did to those that pass */
    return memcmp(&cover->open, &cover->pass, sizeof cover->open) == 0 ? MXS_SPF_COVER_NONE : MXS_SPF_COVER_SOME;
}
