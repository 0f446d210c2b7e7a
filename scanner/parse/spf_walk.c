#include "scanner/parse/spf_walk.h"

#include "model/name.h"

const char *mxs_spf_result_text(enum mxs_spf_result result)
{
    static const char *const texts[] = {"ok", "none", "permerror", "temperror", "wanted", "limit"};
    MXS_ASSERT(result < sizeof texts / sizeof *texts);
    return texts[result];
}

#define BLOCKS_ALL 65536u
#define BLOCKS_ROUTED 50000u /* without those that are nobody's */

struct walk {
    struct mxs_text sender; /* the domain first asked about */
    struct mxs_arena *arena;
    mxs_spf_find find;
    void *arg;
    struct mxs_spf_verdict *out;
    struct mxs_text where;  /* the name whose policy is being read */
    bool over;              /* MXS_SPF_COUNT_MAX is reached */
    uint64_t blocks; /* of a /16, that terms match: an upper bound, so that few policies are looked at closely */
};

/* The first trouble is the verdict; the walk goes on behind it only to count. */
static void strike(struct walk *walk, enum mxs_spf_result result, enum mxs_spf_reason reason)
{
    if (walk->out->result != MXS_SPF_RESULT_OK)
        return;
    walk->out->result = result;
    walk->out->reason = reason;
    walk->out->where = walk->where;
}

/* NULL: nothing to say about it now. A question that cannot be settled is a temporary error for all it hangs on. */
static const struct mxs_spf_known *find_settled(struct walk *walk, struct mxs_text name, uint16_t type)
{
    const struct mxs_spf_known *known = walk->find(walk->arg, name, type);
    if (known == NULL) {
        walk->out->wanted++;
        return NULL;
    }
    if (!mxs_outcome_settled(known->outcome)) {
        walk->out->unsettled = true;
        strike(walk, known->outcome == MXS_LIMIT ? MXS_SPF_RESULT_LIMIT : MXS_SPF_RESULT_TEMPERROR, MXS_SPF_OK);
        return NULL;
    }
    return known;
}

static void count_lookup(struct walk *walk)
{
    if (++walk->out->lookups > MXS_SPF_LOOKUPS_MAX)
        strike(walk, MXS_SPF_RESULT_PERMERROR, MXS_SPF_TOO_MANY_LOOKUPS);
    walk->over = walk->out->lookups >= MXS_SPF_COUNT_MAX;
}

static void count_void(struct walk *walk)
{
    if (++walk->out->voids > MXS_SPF_VOIDS_MAX)
        strike(walk, MXS_SPF_RESULT_PERMERROR, MXS_SPF_TOO_MANY_VOIDS);
}

/* What refuses counts, too: it may leave an open end nobody. Of IPv4 65,536 are all; of IPv6 the 8,192 that are routed
 * weigh as much. A name may have many addresses. */
static void count_blocks(struct walk *walk, const struct mxs_spf_term *term)
{
    bool named = term->kind == MXS_SPF_A || term->kind == MXS_SPF_MX;
    unsigned four = term->kind == MXS_SPF_IP4 || named ? term->prefix4 : 32;
    unsigned six = term->kind == MXS_SPF_IP6 || named ? term->prefix6 : 128;
    uint64_t addresses = !named ? 1 : MXS_SPF_ADDRESSES_MAX * (term->kind == MXS_SPF_MX ? MXS_SPF_MX_HOSTS_MAX : 1);
    walk->blocks += four <= MXS_SPF_PREFIX_WIDE ? addresses << (16 - four) : 0;
    walk->blocks += six <= MXS_SPF_PREFIX_WIDE ? 8 * addresses << (16 - six) : 0;
    walk->blocks += term->kind == MXS_SPF_EXISTS ? BLOCKS_ALL : 0;
}

/* The name a term asks about, into name; data NULL: it hangs on the sender. "" is a name that cannot be. */
static struct mxs_text target(struct walk *walk, const struct mxs_spf_term *term, char *name)
{
    if (term->domain.data == NULL)
        return walk->where;
    uint32_t size_bytes;
    if (!mxs_spf_expand(term->domain, walk->where, walk->sender, name, &size_bytes)) {
        walk->out->sender_needed = true;
        return (struct mxs_text){NULL, 0};
    }
    return (struct mxs_text){name, size_bytes};
}

static void glance(struct walk *walk, struct mxs_text name, uint16_t type)
{
    walk->out->wanted += walk->find(walk->arg, name, type) == NULL;
}

/* What scanner/parse/spf_cover will want to know of a term that may match everybody, those that refuse included: they
 * may refuse all behind them. It decides nothing here. */
static void glance_wide(struct walk *walk, const struct mxs_spf_term *term, struct mxs_text asked)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes;
    if (term->kind == MXS_SPF_EXISTS && asked.data == NULL &&
        mxs_spf_expand_nobody(term->domain, walk->where, walk->sender, name, &size_bytes) && size_bytes > 0)
        glance(walk, (struct mxs_text){name, size_bytes}, MXS_TYPE_A);
    if (term->kind == MXS_SPF_A && asked.size_bytes > 0 && term->prefix6 <= MXS_SPF_PREFIX_WIDE)
        glance(walk, asked, MXS_TYPE_AAAA);
    bool wide = term->prefix4 <= MXS_SPF_PREFIX_WIDE || term->prefix6 <= MXS_SPF_PREFIX_WIDE;
    if (term->kind != MXS_SPF_MX || asked.size_bytes == 0 || !wide)
        return;
    const struct mxs_spf_known *known = walk->find(walk->arg, asked, MXS_SPF_TYPE_HOSTS);
    walk->out->wanted += known == NULL;
    bool few = known != NULL && known->item_count <= MXS_SPF_MX_HOSTS_MAX; /* of more, the policy is an error */
    for (uint32_t i = 0; few && i < known->item_count; i++) {
        glance(walk, known->items[i], MXS_TYPE_A);
        glance(walk, known->items[i], MXS_TYPE_AAAA);
    }
}

/* A term is void only when it is so for every sender: a name with one family of addresses is not. */
static void look_up(struct walk *walk, const struct mxs_spf_term *term)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_text asked = target(walk, term, name);
    glance_wide(walk, term, asked);
    if (asked.data == NULL)
        return;
    if (asked.size_bytes == 0) {
        count_void(walk);
        return;
    }
    const struct mxs_spf_known *known = find_settled(walk, asked, term->kind == MXS_SPF_MX ? MXS_TYPE_MX : MXS_TYPE_A);
    if (known == NULL)
        return;
    if (term->kind == MXS_SPF_MX && known->record_count > MXS_SPF_MX_HOSTS_MAX)
        strike(walk, MXS_SPF_RESULT_PERMERROR, MXS_SPF_TOO_MANY_MX_HOSTS);
    if (known->outcome == MXS_ANSWERED)
        return;
    if (term->kind == MXS_SPF_A && known->outcome == MXS_NODATA) {
        known = find_settled(walk, asked, MXS_TYPE_AAAA);
        if (known == NULL || known->outcome == MXS_ANSWERED)
            return;
    }
    count_void(walk);
}

static void walk_policy(struct walk *walk, struct mxs_text name, const struct mxs_spf *spf, bool decides);

/* include and redirect. Their target without a policy is a permanent error, its own reason the reason. */
static void enter(struct walk *walk, const struct mxs_spf_term *term, bool decides)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_text asked = target(walk, term, name);
    enum mxs_spf_reason none = term->kind == MXS_SPF_INCLUDE ? MXS_SPF_INCLUDE_NONE : MXS_SPF_REDIRECT_NONE;
    if (asked.data == NULL) {
        walk->blocks += term->qualifier == '+' ? 0 : BLOCKS_ALL; /* whom it matches is not known */
        return;
    }
    const struct mxs_spf_known *known = asked.size_bytes == 0 ? NULL : find_settled(walk, asked, MXS_TYPE_TXT);
    if (asked.size_bytes == 0 || (known != NULL && known->outcome != MXS_ANSWERED)) {
        count_void(walk);
        strike(walk, MXS_SPF_RESULT_PERMERROR, none);
    } else if (known != NULL && known->spf->reason == MXS_SPF_NO_RECORD) {
        strike(walk, MXS_SPF_RESULT_PERMERROR, none);
    } else if (known != NULL) {
        struct mxs_text before = walk->where;
        walk_policy(walk, asked, known->spf, decides);
        walk->where = before;
    }
}

static void walk_terms(struct walk *walk, const struct mxs_spf *spf)
{
    for (uint32_t i = 0; i < spf->term_count && &spf->terms[i] != spf->all && !walk->over; i++) {
        const struct mxs_spf_term *term = &spf->terms[i];
        count_blocks(walk, term);
        switch (term->kind) {
        case MXS_SPF_A:
        case MXS_SPF_MX:
        case MXS_SPF_EXISTS:
            count_lookup(walk);
            look_up(walk, term);
            break;
        case MXS_SPF_PTR: /* its names are the sender's */
            count_lookup(walk);
            walk->out->sender_needed = true;
            break;
        case MXS_SPF_INCLUDE:
            count_lookup(walk);
            enter(walk, term, false);
            break;
        default:
            break;
        }
    }
}

/* decides: no include lies between this policy and the domain, so that its "all" is the domain's. The name is copied
 * for the verdict to keep. As many policies can be open as look-ups are counted. */
static void walk_policy(struct walk *walk, struct mxs_text name, const struct mxs_spf *spf, bool decides)
{
    walk->where = mxs_arena_text(walk->arena, name);
    walk->out->policies++;
    if (walk->where.data == NULL) {
        strike(walk, MXS_SPF_RESULT_LIMIT, MXS_SPF_OK);
        walk->over = true;
        return;
    }
    if (spf->reason != MXS_SPF_OK) {
        strike(walk, spf->reason == MXS_SPF_TOO_MANY_TERMS ? MXS_SPF_RESULT_LIMIT : MXS_SPF_RESULT_PERMERROR,
               spf->reason);
        return;
    }
    walk_terms(walk, spf);
    walk->blocks += spf->all != NULL && spf->all->qualifier == '+' ? BLOCKS_ALL : 0;
    if (spf->all == NULL && spf->redirect != NULL && !walk->over) {
        count_lookup(walk);
        enter(walk, spf->redirect, decides);
    } else if (decides) {
        walk->out->all = spf->all == NULL ? '?' : spf->all->qualifier;
    }
}

void mxs_spf_walk(struct mxs_text domain, struct mxs_arena *arena, mxs_spf_find find, void *arg,
                  struct mxs_spf_verdict *out)
{
    *out = (struct mxs_spf_verdict){.result = MXS_SPF_RESULT_OK};
    struct walk walk = {.sender = domain, .arena = arena, .find = find, .arg = arg, .out = out, .where = domain};
    const struct mxs_spf_known *known = find_settled(&walk, domain, MXS_TYPE_TXT);
    if (known != NULL && (known->outcome != MXS_ANSWERED || known->spf->reason == MXS_SPF_NO_RECORD)) {
        out->result = MXS_SPF_RESULT_NONE;
        out->reason = MXS_SPF_NO_RECORD;
        out->where = domain;
    } else if (known != NULL) {
        walk_policy(&walk, domain, known->spf, true);
    }
    if (out->wanted != 0) {
        out->result = MXS_SPF_RESULT_WANTED;
        out->reason = MXS_SPF_OK;
    }
    out->wide = walk.blocks >= BLOCKS_ROUTED;
}
