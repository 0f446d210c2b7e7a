/* What is asked at once, and what only follows:
 *
 *   at once   the domain's TXT, _dmarc, default._bimi, _domainkey, the selectors that are always asked, autodiscover (CNAME
 *             and SRV), _mta-sts, _smtp._tls
 *   follows   the other selectors, unless _domainkey does not exist (then nothing below it can @rfc{8020,2}; some servers
 *             deny it wrongly, which is why two selectors are asked all the same)
 *             _dmarc of every parent, where the domain has no record of its own: one of them is the organisational domain,
 *             and the others are the walk up the tree of DMARC's successor
 *             what SPF leads to: names below the domain are asked here, all others once per run for all domains
 *             whether external addresses agreed to get reports
 *
 * advance() looks at what is known, so it may be called again and again until it finds nothing more to ask.
 */
#include "scanner/checks/policy_slot.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/name.h"
#include "scanner/parse/dkim.h"
#include "scanner/parse/mta_sts.h"
#include "scanner/parse/tls_rpt.h"

#define NAME_SIZE (MXS_NAME_TEXT_MAX + 64)
#define PARENTS_MAX 8u
#define REPORTS_MAX 4u
#define NOT_ASKED ((uint8_t)MXS_NOT_ASKED)

void mxs_policy_slot_init(struct mxs_policy_slot *slot, uint32_t self)
{
    slot->id = 0;
    slot->self = self;
    mxs_arena_init(&slot->arena, 4096, MXS_SLOT_ARENA);
}

void mxs_policy_slot_finish(struct mxs_policy_slot *slot) { mxs_arena_finish(&slot->arena); }

/* --- questions ------------------------------------------------------------------------------------------------------- */

static bool may_be_asked(const struct mxs_policy_context *context, struct mxs_text name)
{
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t size;
    if (name.size_bytes == 0 || name.size_bytes > MXS_NAME_TEXT_MAX || mxs_name_to_wire(name, wire, &size) != MXS_OK)
        return false;
    return context->exclude == NULL || !mxs_exclude_holds(context->exclude, name);
}

/* A name that cannot be asked, or is excluded, is left out. */
static struct mxs_policy_question *put_question(struct mxs_policy_slot *slot, const struct mxs_policy_context *context,
                                                enum mxs_ask ask, uint16_t type, struct mxs_text name)
{
    if (slot->question_count == MXS_POLICY_QUESTIONS || !may_be_asked(context, name))
        return NULL;
    struct mxs_text copy = mxs_arena_text(&slot->arena, name);
    if (copy.data == NULL)
        return NULL;
    struct mxs_policy_question *question = &slot->questions[slot->question_count++];
    *question = (struct mxs_policy_question){.name = copy, .type = type, .ask = (uint8_t)ask, .outcome = NOT_ASKED};
    return question;
}

/* prefix.<name> */
static struct mxs_policy_question *put_below(struct mxs_policy_slot *slot, const struct mxs_policy_context *context,
                                             enum mxs_ask ask, uint16_t type, const char *prefix, struct mxs_text key)
{
    char name[NAME_SIZE];
    int size = snprintf(name, sizeof name, "%.*s%s%.*s", MXS_TEXT_ARG(key), prefix, MXS_TEXT_ARG(slot->name));
    if (size <= 0 || (size_t)size >= sizeof name)
        return NULL;
    struct mxs_policy_question *question = put_question(slot, context, ask, type, (struct mxs_text){name, (uint32_t)size});
    if (question != NULL)
        question->key = key;
    return question;
}

static void put_selectors(struct mxs_policy_slot *slot, const struct mxs_policy_context *context, bool first)
{
    for (uint32_t i = 0; i < mxs_evidence_selector_count(context->evidence); i++) {
        const struct mxs_selector *selector = mxs_evidence_selector(context->evidence, i);
        if (selector->first == first)
            put_below(slot, context, MXS_ASK_SELECTOR, MXS_TYPE_TXT, "._domainkey.", selector->name);
    }
}

void mxs_policy_slot_begin(struct mxs_policy_slot *slot, const struct mxs_policy_context *context, uint32_t id, struct mxs_text name)
{
    static const struct {
        enum mxs_ask ask;
        uint16_t type;
        bool transport;
        const char *prefix;
    } first[] = {
        {MXS_ASK_TXT, MXS_TYPE_TXT, false, ""},
        {MXS_ASK_DMARC, MXS_TYPE_TXT, false, "_dmarc."},
        {MXS_ASK_BIMI, MXS_TYPE_TXT, false, "default._bimi."},
        {MXS_ASK_DOMAINKEY, MXS_TYPE_TXT, false, "_domainkey."},
        {MXS_ASK_AUTODISCOVER, MXS_TYPE_CNAME, false, "autodiscover."},
        {MXS_ASK_AUTODISCOVER_SRV, MXS_TYPE_SRV, false, "_autodiscover._tcp."},
        {MXS_ASK_MTA_STS, MXS_TYPE_TXT, true, "_mta-sts."},
        {MXS_ASK_TLS_RPT, MXS_TYPE_TXT, true, "_smtp._tls."},
    };
    mxs_arena_reset(&slot->arena);
    slot->id = id;
    slot->name = mxs_arena_text(&slot->arena, name);
    slot->question_count = slot->next = slot->open = slot->waiting = slot->attempts = 0;
    slot->selectors_put = slot->reports_put = false;
    slot->outcome = MXS_ANSWERED;
    slot->spf = (struct mxs_spf_verdict){.result = MXS_SPF_RESULT_WANTED};
    slot->found[0] = slot->found[1] = (struct mxs_policy_entry){.text_count = 0};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (first[i].transport ? context->transport : context->auth)
            put_below(slot, context, first[i].ask, first[i].type, first[i].prefix, MXS_TEXT(""));
    if (context->auth)
        put_selectors(slot, context, true);
}

/* --- answers --------------------------------------------------------------------------------------------------------- */

static bool is_wanted(enum mxs_ask ask, const mxs_evidence *evidence, struct mxs_text text)
{
    switch (ask) {
    case MXS_ASK_TXT: return mxs_spf_is(text) || mxs_evidence_is_token(evidence, text);
    case MXS_ASK_OWN: return mxs_spf_is(text);
    case MXS_ASK_DMARC:
    case MXS_ASK_DMARC_ORG:
    case MXS_ASK_DMARC_TREE:
    case MXS_ASK_REPORT: return mxs_dmarc_is(text);
    case MXS_ASK_BIMI: return mxs_bimi_is(text);
    case MXS_ASK_SELECTOR: return mxs_dkim_is(text);
    case MXS_ASK_MTA_STS: return mxs_mta_sts_is(text);
    case MXS_ASK_TLS_RPT: return mxs_tls_rpt_is(text);
    default: return false;
    }
}

uint32_t mxs_policy_interest(enum mxs_ask ask, const mxs_evidence *evidence, const struct mxs_record *records, uint32_t count,
                             struct mxs_text *texts, uint32_t texts_max)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count && kept < texts_max; i++) {
        struct mxs_text text = {(const char *)records[i].data.data, records[i].data.size_bytes};
        if (text.data != NULL && is_wanted(ask, evidence, text))
            texts[kept++] = text;
    }
    mxs_pack_sort(texts, kept);
    return kept;
}

static bool holds(struct mxs_text text, const char *word)
{
    return text.data != NULL && memmem(text.data, text.size_bytes, word, strlen(word)) != NULL;
}

/* Where an alias or a service points. A selector without a key keeps its alias only where that is about keys: otherwise it is
 * a wildcard, which every selector has. */
static struct mxs_text target_of(enum mxs_ask ask, const struct mxs_answer *answer, uint32_t text_count)
{
    static const struct mxs_text none = {NULL, 0};
    if (ask == MXS_ASK_AUTODISCOVER || ask == MXS_ASK_AUTODISCOVER_SRV)
        return answer->record_count > 0 ? answer->records[0].host : none;
    if (ask != MXS_ASK_SELECTOR)
        return none;
    return text_count > 0 || holds(answer->alias, "domainkey") || holds(answer->alias, "dkim") ? answer->alias : none;
}

static bool copy_entry(struct mxs_policy_slot *slot, struct mxs_policy_entry *entry)
{
    if (entry->target.data != NULL)
        entry->target = mxs_arena_text(&slot->arena, entry->target);
    for (uint32_t i = 0; i < entry->text_count; i++)
        entry->texts[i] = mxs_arena_text(&slot->arena, entry->texts[i]);
    return !mxs_arena_full(&slot->arena);
}

void mxs_policy_slot_put(struct mxs_policy_slot *slot, const struct mxs_policy_context *context, uint32_t index,
                         const struct mxs_answer *answer, uint32_t attempts)
{
    struct mxs_policy_question *question = &slot->questions[index];
    enum mxs_ask ask = (enum mxs_ask)question->ask;
    struct mxs_policy_entry entry = {.ask = ask, .outcome = answer->outcome, .key = question->key};
    MXS_ASSERT(question->outcome == NOT_ASKED && slot->open > 0);
    slot->open--;
    slot->attempts += attempts;
    question->outcome = (uint8_t)answer->outcome;
    question->record_count = answer->record_count;
    if (entry.key.size_bytes == 0)
        entry.key = (struct mxs_text){NULL, 0};
    if (question->type == MXS_TYPE_TXT)
        entry.text_count = mxs_policy_interest(ask, context->evidence, answer->records, answer->record_count, entry.texts, MXS_PACK_TEXTS);
    entry.target = target_of(ask, answer, entry.text_count);
    bool settled = mxs_outcome_settled(answer->outcome);
    if (!settled && mxs_outcome_settled((enum mxs_outcome)slot->outcome))
        slot->outcome = (uint8_t)answer->outcome;
    bool kept = entry.text_count > 0 || entry.target.data != NULL || !settled ||
                (ask == MXS_ASK_DOMAINKEY && answer->outcome != MXS_NXDOMAIN);
    if (!kept)
        return;
    struct mxs_policy_entry *copy = mxs_arena_take(&slot->arena, sizeof *copy);
    if (copy == NULL || !copy_entry(slot, &entry)) {
        slot->outcome = question->outcome = MXS_LIMIT;
        return;
    }
    *copy = entry;
    question->entry = copy;
}

/* --- what follows ---------------------------------------------------------------------------------------------------- */

static const struct mxs_policy_question *find_question(const struct mxs_policy_slot *slot, enum mxs_ask ask)
{
    for (uint32_t i = 0; i < slot->question_count; i++)
        if (slot->questions[i].ask == ask)
            return &slot->questions[i];
    return NULL;
}

/* The answer others may have asked for; NULL: it is waited for. */
static const struct mxs_shared_answer *want(struct mxs_policy_slot *slot, const struct mxs_policy_context *context,
                                            struct mxs_text name, uint16_t type)
{
    static const struct mxs_shared_answer nothing = {.outcome = MXS_LIMIT, .done = true};
    if (!may_be_asked(context, name))
        return &nothing;
    uint32_t id = mxs_shared_find(context->shared, name, type);
    if (id == 0)
        return &nothing;
    const struct mxs_shared_answer *answer = mxs_shared_at(context->shared, id);
    if (answer->done)
        return answer;
    if (!mxs_shared_wait(context->shared, id, slot->self))
        return &nothing;
    slot->waiting++;
    return NULL;
}

static void follow_selectors(struct mxs_policy_slot *slot, const struct mxs_policy_context *context)
{
    const struct mxs_policy_question *domainkey = find_question(slot, MXS_ASK_DOMAINKEY);
    bool found = false;
    for (uint32_t i = 0; i < slot->question_count; i++)
        found |= slot->questions[i].ask == MXS_ASK_SELECTOR && slot->questions[i].entry != NULL;
    if (!slot->selectors_put && domainkey != NULL && (found || domainkey->outcome != MXS_NXDOMAIN))
        put_selectors(slot, context, false);
    slot->selectors_put = true;
}

static uint32_t dmarc_texts(const struct mxs_shared_answer *answer, struct mxs_text *texts)
{
    uint32_t count = answer != NULL && answer->outcome == MXS_ANSWERED ? answer->text_count : 0;
    for (uint32_t i = 0; i < count; i++)
        texts[i] = mxs_shared_text(answer, i);
    return count;
}

static char psd_of(struct mxs_text text)
{
    struct mxs_dmarc dmarc;
    mxs_dmarc_parse(text, &dmarc);
    return dmarc.reason == MXS_DMARC_OK ? dmarc.public_suffix : 'u';
}

static void found_at(struct mxs_policy_entry *entry, enum mxs_ask ask, struct mxs_text at, const struct mxs_shared_answer *answer)
{
    bool settled = mxs_outcome_settled((enum mxs_outcome)answer->outcome);
    *entry = (struct mxs_policy_entry){.ask = ask, .outcome = settled ? MXS_ANSWERED : (enum mxs_outcome)answer->outcome, .key = at};
    entry->text_count = settled ? dmarc_texts(answer, entry->texts) : 0;
}

static uint32_t count_labels(struct mxs_text name)
{
    uint32_t count = 0;
    for (; name.size_bytes > 0; name = mxs_name_parent(name))
        count++;
    return count;
}

/* Of the parents, the one that holds under the walk up the tree; count: none. It ends at a record that says it is (psd=n) or
 * stands below (psd=y) the organisational domain; else the record highest up counts. An answer that is missing decides nothing. */
static uint32_t find_tree(const struct mxs_shared_answer *const *answers, uint32_t count)
{
    struct mxs_text texts[MXS_SHARED_TEXTS];
    uint32_t tree = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!mxs_outcome_settled((enum mxs_outcome)answers[i]->outcome))
            return count;
        if (dmarc_texts(answers[i], texts) == 0)
            continue;
        char psd = psd_of(texts[0]);
        if (psd != 'y' || tree == count)
            tree = i;
        if (psd != 'u')
            break;
    }
    return tree;
}

/* Where the domain publishes nothing itself. Parents of more than eight labels are skipped, as the successor asks. */
static void follow_dmarc(struct mxs_policy_slot *slot, const struct mxs_policy_context *context)
{
    const struct mxs_policy_question *own = find_question(slot, MXS_ASK_DMARC);
    const struct mxs_shared_answer *answers[PARENTS_MAX];
    struct mxs_text parents[PARENTS_MAX];
    uint32_t count = 0;
    if (own == NULL || own->entry != NULL)
        return;
    for (struct mxs_text at = mxs_name_parent(slot->name); at.size_bytes > 0; at = mxs_name_parent(at)) {
        char name[NAME_SIZE];
        if (count_labels(at) > PARENTS_MAX)
            continue;
        int size = snprintf(name, sizeof name, "_dmarc.%.*s", MXS_TEXT_ARG(at));
        parents[count] = at;
        answers[count++] = want(slot, context, (struct mxs_text){name, (uint32_t)size}, MXS_TYPE_TXT);
    }
    if (slot->waiting > 0)
        return;
    struct mxs_text organisation = mxs_domain_registrable(context->suffixes, slot->name), texts[MXS_SHARED_TEXTS];
    for (uint32_t i = 0; i < count; i++) {
        if (!mxs_text_equal(parents[i], organisation) || organisation.size_bytes >= slot->name.size_bytes)
            continue;
        bool settled = mxs_outcome_settled((enum mxs_outcome)answers[i]->outcome);
        if (!settled && mxs_outcome_settled((enum mxs_outcome)slot->outcome))
            slot->outcome = answers[i]->outcome;
        if (!settled || dmarc_texts(answers[i], texts) > 0)
            found_at(&slot->found[0], MXS_ASK_DMARC_ORG, parents[i], answers[i]);
    }
    uint32_t tree = find_tree(answers, count);
    if (tree < count && !mxs_text_equal(slot->found[0].key, parents[tree]))
        found_at(&slot->found[1], MXS_ASK_DMARC_TREE, parents[tree], answers[tree]);
}

static bool is_asked(const struct mxs_policy_slot *slot, struct mxs_text name)
{
    for (uint32_t i = 0; i < slot->question_count; i++)
        if (slot->questions[i].ask == MXS_ASK_REPORT && mxs_text_equal(slot->questions[i].name, name))
            return true;
    return false;
}

/* Of addresses outside the organisation, of reports and of failures @rfc{7489,7.1}. */
static void follow_reports(struct mxs_policy_slot *slot, const struct mxs_policy_context *context)
{
    const struct mxs_policy_question *own = find_question(slot, MXS_ASK_DMARC);
    struct mxs_dmarc dmarc;
    if (slot->reports_put || slot->waiting > 0)
        return;
    slot->reports_put = true;
    if (own == NULL || own->entry == NULL || own->entry->text_count != 1)
        return;
    mxs_dmarc_parse(own->entry->texts[0], &dmarc);
    struct mxs_text organisation = mxs_domain_registrable(context->suffixes, slot->name);
    const struct mxs_dmarc_uris *const both[] = {&dmarc.rua, &dmarc.ruf};
    for (uint32_t i = 0; dmarc.reason == MXS_DMARC_OK && i < 2 * REPORTS_MAX; i++) {
        const struct mxs_dmarc_uris *uris = both[i / REPORTS_MAX];
        char lower[NAME_SIZE], name[NAME_SIZE * 2 + 32];
        if (i % REPORTS_MAX >= uris->count)
            continue;
        struct mxs_text at = uris->at[i % REPORTS_MAX].domain;
        if (at.data == NULL || at.size_bytes == 0 || at.size_bytes > MXS_NAME_TEXT_MAX)
            continue;
        for (uint32_t k = 0; k < at.size_bytes; k++)
            lower[k] = at.data[k] >= 'A' && at.data[k] <= 'Z' ? (char)(at.data[k] | 0x20) : at.data[k];
        at.data = lower;
        if (!mxs_name_is_hostname(at) || mxs_text_equal(mxs_domain_registrable(context->suffixes, at), organisation))
            continue;
        int size = snprintf(name, sizeof name, "%.*s._report._dmarc.%.*s", MXS_TEXT_ARG(slot->name), MXS_TEXT_ARG(at));
        struct mxs_text asked = {name, (uint32_t)size};
        struct mxs_policy_question *question =
            is_asked(slot, asked) ? NULL : put_question(slot, context, MXS_ASK_REPORT, MXS_TYPE_TXT, asked);
        if (question != NULL)
            question->key = mxs_arena_text(&slot->arena, at);
    }
}

/* --- SPF ------------------------------------------------------------------------------------------------------------- */

struct walk {
    struct mxs_policy_slot *slot;
    struct mxs_policy_context *context;
};

static const struct mxs_spf_known *known_as(struct walk *walk, enum mxs_outcome outcome, uint32_t record_count,
                                            const struct mxs_text *texts, uint32_t text_count, uint16_t type)
{
    static const struct mxs_spf_known nothing = {.outcome = MXS_LIMIT};
    struct mxs_arena *arena = &walk->context->scratch;
    struct mxs_spf_known *known = mxs_arena_take(arena, sizeof *known);
    struct mxs_spf *spf = mxs_arena_take(arena, sizeof *spf);
    struct mxs_record records[MXS_PACK_TEXTS];
    if (known == NULL || spf == NULL)
        return &nothing;
    *known = (struct mxs_spf_known){outcome, record_count, NULL};
    if (type != MXS_TYPE_TXT || !mxs_outcome_settled(outcome))
        return known;
    for (uint32_t i = 0; i < text_count; i++)
        records[i] = (struct mxs_record){.data = {(const uint8_t *)texts[i].data, texts[i].size_bytes}};
    mxs_spf_read(records, text_count, arena, spf);
    known->spf = spf;
    return known;
}

static const struct mxs_spf_known *known_question(struct walk *walk, const struct mxs_policy_question *question)
{
    const struct mxs_policy_entry *entry = question->entry;
    if (question->outcome == NOT_ASKED)
        return NULL;
    return known_as(walk, (enum mxs_outcome)question->outcome, question->record_count, entry == NULL ? NULL : entry->texts,
                    entry == NULL ? 0 : entry->text_count, question->type);
}

static const struct mxs_spf_known *find_own(struct walk *walk, struct mxs_text name, uint16_t type)
{
    struct mxs_policy_slot *slot = walk->slot;
    for (uint32_t i = 0; i < slot->question_count; i++) {
        const struct mxs_policy_question *question = &slot->questions[i];
        if ((question->ask == MXS_ASK_OWN || question->ask == MXS_ASK_TXT) && question->type == type &&
            mxs_text_equal(question->name, name))
            return known_question(walk, question);
    }
    if (put_question(slot, walk->context, MXS_ASK_OWN, type, name) == NULL)
        return known_as(walk, MXS_LIMIT, 0, NULL, 0, type);
    return NULL;
}

static const struct mxs_spf_known *find_known(void *arg, struct mxs_text name, uint16_t type)
{
    struct walk *walk = arg;
    const struct mxs_policy_context *context = walk->context;
    if (type == MXS_TYPE_MX && mxs_text_equal(name, walk->slot->name) && walk->slot->id < context->mx_count)
        return known_as(walk, (enum mxs_outcome)(context->mx[walk->slot->id] >> 12), context->mx[walk->slot->id] & 4095, NULL, 0, type);
    if (mxs_name_within(name, walk->slot->name))
        return find_own(walk, name, type);
    const struct mxs_shared_answer *answer = want(walk->slot, context, name, type);
    if (answer == NULL)
        return NULL;
    struct mxs_text texts[MXS_SHARED_TEXTS];
    for (uint32_t i = 0; i < answer->text_count; i++)
        texts[i] = mxs_shared_text(answer, i);
    return known_as(walk, (enum mxs_outcome)answer->outcome, answer->record_count, texts, answer->text_count, type);
}

static void follow_spf(struct mxs_policy_slot *slot, struct mxs_policy_context *context)
{
    struct walk walk = {slot, context};
    if (slot->spf.result != MXS_SPF_RESULT_WANTED)
        return;
    mxs_spf_walk(slot->name, &context->scratch, find_known, &walk, &slot->spf);
    slot->spf.where = (struct mxs_text){NULL, 0}; /* lies in the scratch */
}

bool mxs_policy_slot_advance(struct mxs_policy_slot *slot, struct mxs_policy_context *context)
{
    MXS_ASSERT(slot->open == 0 && slot->waiting == 0 && slot->next == slot->question_count);
    if (!context->auth)
        return true;
    mxs_arena_reset(&context->scratch);
    follow_selectors(slot, context);
    follow_dmarc(slot, context);
    follow_reports(slot, context);
    follow_spf(slot, context);
    return slot->waiting == 0 && slot->next == slot->question_count;
}

/* --- the end --------------------------------------------------------------------------------------------------------- */

static int entry_order(const void *a, const void *b)
{
    return mxs_pack_order(*(const struct mxs_policy_entry *const *)a, *(const struct mxs_policy_entry *const *)b);
}

/* Whether the external address agreed: then there is nothing to tell. */
static bool is_told(const struct mxs_policy_question *question)
{
    if (question->ask == MXS_ASK_OWN)
        return false;
    return question->ask == MXS_ASK_REPORT ? question->entry == NULL : question->entry != NULL;
}

void mxs_policy_slot_pack(const struct mxs_policy_slot *slot, struct mxs_pack *pack)
{
    const struct mxs_policy_entry *entries[MXS_POLICY_QUESTIONS + 2];
    struct mxs_policy_entry refused[2 * REPORTS_MAX];
    uint32_t count = 0, refused_count = 0;
    for (uint32_t i = 0; i < slot->question_count; i++) {
        const struct mxs_policy_question *question = &slot->questions[i];
        if (!is_told(question))
            continue;
        if (question->ask == MXS_ASK_REPORT) {
            refused[refused_count] = (struct mxs_policy_entry){.ask = MXS_ASK_REPORT, .outcome = (enum mxs_outcome)question->outcome,
                                                               .key = question->key};
            entries[count++] = &refused[refused_count++];
        } else {
            entries[count++] = question->entry;
        }
    }
    for (int i = 0; i < 2; i++)
        if (slot->found[i].key.data != NULL)
            entries[count++] = &slot->found[i];
    qsort(entries, count, sizeof *entries, entry_order);
    for (uint32_t i = 0; i < count; i++)
        if (!mxs_pack_put(pack, entries[i]))
            return;
}
