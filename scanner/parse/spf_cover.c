/* Addresses are looked at in blocks of a /16, of IPv4 all 65,536, of IPv6 the 8,192 of 2000::/3: a record of 64 KB
 * holds too few terms of longer prefixes to cover the internet with them. Blocks that are nobody's count as covered:
 * who leaves out 10.0.0.0/8 leaves out no sender. Terms are taken in order, and the first that holds a block decides
 * it, as for a sender. */
#include "scanner/parse/spf_cover.h"

#define BLOCK_BITS (unsigned)MXS_SPF_PREFIX_WIDE
#define IPV4_WORDS (65536u / 64)
#define IPV6_WORDS (8192u / 64)
#define DEPTH_MAX MXS_SPF_LOOKUPS_MAX

/* A bit for each block. */
struct blocks {
    uint64_t words[IPV4_WORDS + IPV6_WORDS]; /* IPv4 first */
};
/* What a term matches whoever sends, and what it may match for all we know. */
struct matched {
    struct blocks sure, maybe;
};
/* pass, open: whatever those terms come to of which we do not know what they match. */
struct cover {
    struct blocks decided;            /* by a term */
    struct blocks pass, open;         /* passes; passes or is neutral */
    struct blocks may_pass;
    struct blocks not_pass, not_open; /* a term before may have decided otherwise */
    struct blocks end;                /* what "all", or the lack of it, decides */
    char ends;                        /* its qualifier; 0: the end is not known */
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

static void put_family(struct blocks *blocks, bool four)
{
    memset(blocks->words + (four ? 0 : IPV4_WORDS), 0xff, (four ? IPV4_WORDS : IPV6_WORDS) * sizeof *blocks->words);
}

/* The blocks of a qualifier that may have got another one before. */
static uint64_t doubted(const struct cover *cover, uint32_t i, char qualifier)
{
    return qualifier == '+' ? cover->not_pass.words[i] | cover->not_open.words[i] : cover->not_open.words[i];
}

static void add(struct cover *cover, const struct blocks *sure, const struct blocks *maybe, char qualifier)
{
    bool passes = qualifier == '+', open = passes || qualifier == '?';
    for (uint32_t i = 0; i < IPV4_WORDS + IPV6_WORDS; i++) {
        uint64_t fresh = sure->words[i] & ~cover->decided.words[i];
        uint64_t perhaps = maybe->words[i] & ~cover->decided.words[i] & ~fresh;
        uint64_t known = fresh & ~doubted(cover, i, qualifier);
        cover->decided.words[i] |= fresh;
        cover->pass.words[i] |= passes ? known : 0;
        cover->open.words[i] |= open ? known : 0;
        cover->may_pass.words[i] |= passes ? fresh | perhaps : 0;
        cover->not_pass.words[i] |= passes ? 0 : perhaps;
        cover->not_open.words[i] |= open ? 0 : perhaps;
    }
}

/* What is left for the end of the policy: all, or what the end of the policy that it is redirected to decides. */
static void put_end(struct cover *cover, const struct blocks *blocks, char qualifier)
{
    cover->ends = qualifier;
    for (uint32_t i = 0; i < IPV4_WORDS + IPV6_WORDS; i++)
        cover->end.words[i] = blocks->words[i] & ~cover->decided.words[i] & ~doubted(cover, i, qualifier);
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
    if (cover == NULL)
        return NULL;
    if (known == NULL || known->outcome != MXS_ANSWERED || known->spf == NULL || known->spf->reason != MXS_SPF_OK ||
        depth == DEPTH_MAX) {
        put_all(&cover->may_pass); /* who sends says which policy it is */
        return cover;
    }
    bool read = read_policy(walk, (struct mxs_text){name, size_bytes}, known->spf, depth + 1, cover);
    return read ? cover : NULL;
}

static bool is_unsettled(const struct mxs_spf_known *known)
{
    return known == NULL || !mxs_outcome_settled(known->outcome);
}

/* What lies around the addresses of a name. Every address lies in a /0, whatever the name's own are. */
static void match_family(struct walk *walk, struct mxs_text name, uint16_t type, unsigned prefix, struct matched *out)
{
    static const uint8_t zero[16];
    const struct mxs_spf_known *known = prefix > BLOCK_BITS ? NULL : walk->find(walk->arg, name, type);
    bool four = type == MXS_TYPE_A;
    if (prefix > BLOCK_BITS)
        return;
    if (is_unsettled(known) || (prefix > 0 && known->item_count == MXS_SPF_ADDRESSES_MAX &&
                                known->record_count > known->item_count))
        put_family(&out->maybe, four);
    if (known == NULL || known->outcome != MXS_ANSWERED || known->record_count == 0)
        return;
    for (uint32_t i = 0; i < (prefix == 0 ? 1 : known->item_count); i++) {
        const uint8_t *address = prefix == 0 ? zero : (const uint8_t *)known->items[i].data;
        if (prefix > 0 && known->items[i].size_bytes != (four ? 4 : 16))
            continue;
        if (four)
            put_ipv4(&out->sure, address, prefix);
        else
            put_ipv6(&out->sure, address, prefix);
    }
}

static void match_name(struct walk *walk, struct mxs_text name, const struct mxs_spf_term *term, struct matched *out)
{
    match_family(walk, name, MXS_TYPE_A, term->prefix4, out);
    match_family(walk, name, MXS_TYPE_AAAA, term->prefix6, out);
}

/* a and mx, with a prefix so short that one address is enough to match a block. */
static void match_addresses(struct walk *walk, struct mxs_text where, const struct mxs_spf_term *term,
                            struct matched *out)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes = 1;
    bool mx = term->kind == MXS_SPF_MX;
    if (term->prefix4 > BLOCK_BITS && term->prefix6 > BLOCK_BITS)
        return;
    const struct mxs_spf_known *known =
        find_target(walk, where, term, mx ? MXS_SPF_TYPE_HOSTS : MXS_TYPE_A, name, &size_bytes);
    bool nameless = size_bytes == 0, open = known == NULL || (mx && is_unsettled(known));
    if (open && !nameless && term->prefix4 <= BLOCK_BITS)
        put_family(&out->maybe, true);
    if (open && !nameless && term->prefix6 <= BLOCK_BITS)
        put_family(&out->maybe, false);
    if (known != NULL && !mx)
        match_name(walk, (struct mxs_text){name, size_bytes}, term, out);
    for (uint32_t i = 0; known != NULL && mx && known->outcome == MXS_ANSWERED && i < known->item_count; i++)
        match_name(walk, known->items[i], term, out);
}

/* exists: one name for all senders, or one that is there for a sender whom nobody knows, as a wildcard is. One that is
 * there for some senders alone is passed over, as long prefixes are. */
static void match_exists(struct walk *walk, struct mxs_text where, const struct mxs_spf_term *term,
                         struct matched *out)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes;
    if (!mxs_spf_expand_nobody(term->domain, where, walk->sender, name, &size_bytes) || size_bytes == 0)
        return;
    const struct mxs_spf_known *known = walk->find(walk->arg, (struct mxs_text){name, size_bytes}, MXS_TYPE_A);
    if (is_unsettled(known))
        put_all(&out->maybe);
    else if (known->outcome == MXS_ANSWERED && known->record_count > 0)
        put_all(&out->sure);
}

static bool match(struct walk *walk, struct mxs_text where, const struct mxs_spf_term *term, unsigned depth,
                  struct matched *out)
{
    const struct cover *included;
    memset(out, 0, sizeof *out);
    switch (term->kind) {
    case MXS_SPF_ALL: put_all(&out->sure); return true;
    case MXS_SPF_IP4: put_ipv4(&out->sure, term->address, term->prefix4); return true;
    case MXS_SPF_IP6: put_ipv6(&out->sure, term->address, term->prefix6); return true;
    case MXS_SPF_A:
    case MXS_SPF_MX: match_addresses(walk, where, term, out); return true;
    case MXS_SPF_INCLUDE: /* what passes there matches here @rfc{7208,5.2} */
        included = follow(walk, where, term, depth);
        if (included != NULL)
            *out = (struct matched){included->pass, included->may_pass};
        return included != NULL;
    case MXS_SPF_EXISTS: match_exists(walk, where, term, out); return true;
    default: return true;
    }
}

static bool read_policy(struct walk *walk, struct mxs_text name, const struct mxs_spf *spf, unsigned depth,
                        struct cover *cover)
{
    struct matched *matched = mxs_arena_take(walk->arena, sizeof *matched);
    if (matched == NULL)
        return false;
    for (uint32_t i = 0; i < spf->term_count; i++) {
        if (!match(walk, name, &spf->terms[i], depth, matched))
            return false;
        if (&spf->terms[i] == spf->all)
            put_end(cover, &matched->sure, spf->all->qualifier);
        add(cover, &matched->sure, &matched->maybe, spf->terms[i].qualifier);
        if (&spf->terms[i] == spf->all)
            return true;
    }
    if (spf->redirect == NULL) {
        put_all(&matched->sure);
        put_end(cover, &matched->sure, '?'); /* @rfc{7208,4.7} */
        return true;
    }
    const struct cover *redirected = follow(walk, name, spf->redirect, depth);
    if (redirected == NULL)
        return false;
    put_end(cover, &redirected->end, redirected->ends);
    add(cover, &redirected->pass, &redirected->may_pass, '+');
    add(cover, &redirected->open, &redirected->open, '?');
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
    struct blocks *nobodys = mxs_arena_take_zeroed(arena, 1, sizeof *nobodys);
    if (nobodys == NULL)
        return MXS_SPF_COVER_SOME;
    put_nobodys(nobodys);
    put_nobodys(&cover->end); /* as read_families did to those that pass */
    bool left = memcmp(nobodys, &cover->end, sizeof *nobodys) != 0;
    bool passes = memcmp(nobodys, &cover->pass, sizeof *nobodys) != 0;
    if (cover->ends == '+' && left)
        return MXS_SPF_COVER_SOME;
    if (read_families(&cover->open) != 0)
        return MXS_SPF_COVER_NEUTRAL;
    if ((cover->ends == '+' || cover->ends == '?') && !left)
        return MXS_SPF_COVER_DECIDED;
    return passes ? MXS_SPF_COVER_SOME : MXS_SPF_COVER_NONE;
}
