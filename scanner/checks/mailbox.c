/* Who holds the mailbox behind an MX that does not say: autodiscover, and the tokens that prove to a service who owns
 * the domain. The tokens stand beside SPF in one answer, and never take its room. What they mean is weighed in
 * scanner/classify/evidence. */
#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"

static void begin(struct mxs_asking *asking)
{
    mxs_asking_put(asking, MXS_ASK_AUTODISCOVER, MXS_TYPE_CNAME, MXS_TEXT(""), "autodiscover.");
    mxs_asking_put(asking, MXS_ASK_AUTODISCOVER_SRV, MXS_TYPE_SRV, MXS_TEXT(""), "_autodiscover._tcp.");
}

/* Of each service the first, then the others as long as there is room: many tokens of one hide no other's. Sorted; how
 * many. */
static uint32_t choose(const mxs_evidence *evidence, struct mxs_text *texts, uint32_t count)
{
    struct mxs_text chosen[MXS_PACK_TEXTS], others[MXS_PACK_TEXTS];
    uint32_t kept = 0, left = 0;
    if (count <= MXS_PACK_TEXTS)
        return count;
    for (uint32_t i = 0; i < count; i++) { /* in order of the text, so that those of one service lie together */
        struct mxs_text service = mxs_evidence_find_token(evidence, texts[i]);
        bool first = i == 0 || !mxs_text_equal(service, mxs_evidence_find_token(evidence, texts[i - 1]));
        if (first && kept < MXS_PACK_TEXTS)
            chosen[kept++] = texts[i];
        else if (left < MXS_PACK_TEXTS)
            others[left++] = texts[i];
    }
    for (uint32_t i = 0; i < left && kept < MXS_PACK_TEXTS; i++)
        chosen[kept++] = others[i];
    memcpy(texts, chosen, kept * sizeof *chosen);
    mxs_pack_sort(texts, kept);
    return kept;
}

/* Below 0: a client asks the server of a before that of b, 0: it may ask either first @rfc{2782}. */
static int srv_order(const struct mxs_record *a, const struct mxs_record *b)
{
    int order = (int)a->preference - b->preference;
    return order != 0 ? order : (int)b->weight - a->weight;
}

/* Of several SRV records those whose servers are asked first, of the lowest priority and largest weight, in the order
 * of their names and not that of the answer: one is the target, its equals are texts, and may contradict it. */
static void keep_servers(const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    struct mxs_text texts[MXS_RECORDS_MAX];
    const struct mxs_record *first = answer->records;
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 1; i < answer->record_count; i++)
        first = srv_order(&answer->records[i], first) < 0 ? &answer->records[i] : first;
    for (uint32_t i = 0; i < answer->record_count && count < MXS_RECORDS_MAX; i++)
        if (srv_order(&answer->records[i], first) == 0 && answer->records[i].host.data != NULL)
            texts[count++] = answer->records[i].host;
    mxs_pack_sort(texts, count);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || !mxs_text_equal(texts[i], texts[i - 1]))
            texts[kept++] = texts[i];
    entry->target = kept > 0 ? texts[0] : (struct mxs_text){NULL, 0};
    for (uint32_t i = 1; i < kept && entry->text_count < MXS_PACK_TEXTS; i++)
        entry->texts[entry->text_count++] = texts[i];
}

static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    struct mxs_text texts[MXS_RECORDS_MAX];
    uint32_t count = 0;
    if (entry->ask != MXS_ASK_TOKENS) {
        keep_servers(answer, entry);
        return;
    }
    for (uint32_t i = 0; i < answer->record_count && count < MXS_RECORDS_MAX; i++) {
        struct mxs_text text = {(const char *)answer->records[i].data.data, answer->records[i].data.size_bytes};
        if (text.data != NULL && mxs_evidence_find_token(asking->context->evidence, text).data != NULL)
            texts[count++] = text;
    }
    mxs_pack_sort(texts, count);
    entry->text_count = choose(asking->context->evidence, texts, count);
    memcpy(entry->texts, texts, entry->text_count * sizeof *texts);
}

/* Where autodiscover leads, every name of the domain may: then it says nothing. So a name that nobody uses is asked for
 * each of the two that lead somewhere. */
static const struct guess {
    uint8_t ask, nobodys;
    uint16_t type;
    const char *between;
} guesses[] = {{MXS_ASK_AUTODISCOVER, MXS_ASK_NO_AUTODISCOVER, MXS_TYPE_CNAME, "."},
               {MXS_ASK_AUTODISCOVER_SRV, MXS_ASK_NO_AUTODISCOVER_SRV, MXS_TYPE_SRV, "._tcp."}};

static struct mxs_policy_question *find(struct mxs_policy_slot *slot, uint8_t ask)
{
    for (uint32_t i = 0; i < slot->question_count; i++)
        if (slot->questions[i].ask == ask)
            return &slot->questions[i];
    return NULL;
}

/* What is known of a name that autodiscover leads to; NOT_ASKED: it is waited for. A customer's own name goes when the
 * customer does. Nobody's rule names what lies within the domain, and what is excluded is taken at its word. */
static enum mxs_outcome find_target(struct mxs_asking *asking, struct mxs_text target)
{
    const mxs_exclude *exclude = asking->context->exclude;
    if (target.size_bytes == 0 || mxs_name_within(target, asking->slot->subject.name) ||
        mxs_evidence_is_service(asking->context->evidence, target) ||
        (exclude != NULL && mxs_exclude_holds(exclude, target)))
        return MXS_ANSWERED;
    const struct mxs_shared_answer *answer = mxs_asking_want(asking, MXS_ASK_OWN, target, MXS_TYPE_A);
    return answer == NULL ? MXS_NOT_ASKED : (enum mxs_outcome)answer->outcome;
}

/* A name that does not exist holds no mailbox: it is shown where nothing else stands there. False: they are waited
 * for. */
static bool keep_targets(struct mxs_asking *asking, struct mxs_policy_question *question)
{
    const struct mxs_policy_entry *entry = question->entry;
    struct mxs_policy_entry *kept = mxs_arena_take_zeroed(&asking->slot->arena, 1, sizeof *kept);
    struct mxs_policy_entry open = {.ask = question->ask, .outcome = kept == NULL ? MXS_LIMIT : MXS_ANSWERED};
    bool known = true;
    for (uint32_t i = 0; i <= entry->text_count && kept != NULL; i++) {
        struct mxs_text target = i == 0 ? entry->target : entry->texts[i - 1];
        enum mxs_outcome outcome = find_target(asking, target);
        known &= outcome != MXS_NOT_ASKED;
        if (!mxs_outcome_settled(outcome))
            open.outcome = outcome;
        else if (outcome != MXS_NXDOMAIN && kept->target.data == NULL)
            kept->target = target;
        else if (outcome != MXS_NXDOMAIN)
            kept->texts[kept->text_count++] = target;
    }
    if (!known)
        return false;
    question->entry = NULL;
    if (!mxs_outcome_settled(open.outcome)) {
        mxs_asking_add(asking, &open);
        return true;
    }
    kept->ask = entry->ask;
    kept->outcome = entry->outcome;
    kept->flags = kept->target.data == NULL ? MXS_ENTRY_DANGLING : 0;
    kept->target = kept->target.data == NULL ? entry->target : kept->target;
    question->entry = kept;
    return true;
}

static bool advance(struct mxs_asking *asking)
{
    bool first = *asking->step == 0, asked = false;
    *asking->step = 1;
    for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        const struct guess *guess = &guesses[i];
        struct mxs_policy_question *question = find(asking->slot, guess->ask), *anywhere;
        if (question == NULL || question->entry == NULL)
            continue;
        if (first) {
            for (uint32_t k = 0; k <= question->entry->text_count; k++)
                find_target(asking, k == 0 ? question->entry->target : question->entry->texts[k - 1]);
            anywhere = mxs_asking_put_nobodys(asking, guess->nobodys, guess->type, MXS_TEXT(""), guess->between);
            asked = true;
            if (anywhere != NULL)
                anywhere->not_kept = true;
            continue;
        }
        anywhere = find(asking->slot, guess->nobodys); /* NULL: its name may not be asked */
        bool settled = anywhere == NULL || mxs_outcome_settled((enum mxs_outcome)anywhere->outcome);
        if (!settled) /* whether every name leads there is not known */
            question->outcome = anywhere->outcome;
        if (!settled || (anywhere != NULL && anywhere->entry != NULL &&
                         mxs_text_equal(question->entry->target, anywhere->entry->target)))
            question->entry = NULL;
        else
            asked |= !keep_targets(asking, question);
    }
    return !asked;
}

static void read(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry)
{
    struct mxs_policy_facts *facts = reading->facts;
    bool open = !mxs_outcome_settled(entry->outcome);
    facts->tokens_open |= open && entry->ask == MXS_ASK_TOKENS; /* they found no room */
    facts->autodiscover_open |= open && (entry->ask == MXS_ASK_AUTODISCOVER || entry->ask == MXS_ASK_AUTODISCOVER_SRV);
    if (entry->flags & MXS_ENTRY_DANGLING)
        return;
    switch (entry->ask) {
    case MXS_ASK_AUTODISCOVER: facts->autodiscover = entry->target; break;
    case MXS_ASK_AUTODISCOVER_SRV:
        if (facts->srv_count < MXS_POLICY_SRV_MAX)
            facts->autodiscover_srv[facts->srv_count++] = entry->target;
        for (uint32_t i = 0; i < entry->text_count && facts->srv_count < MXS_POLICY_SRV_MAX; i++)
            facts->autodiscover_srv[facts->srv_count++] = entry->texts[i];
        break;
    case MXS_ASK_TOKENS:
        for (uint32_t i = 0; i < entry->text_count && facts->token_count < MXS_POLICY_TOKENS_MAX; i++)
            facts->tokens[facts->token_count++] = entry->texts[i];
        break;
    default: break;
    }
}

/* Judged beside the checks, where all signs are weighed (judge.c). */
static const struct mxs_measure_word marks[] = {{MXS_MAILBOX_UNSETTLED, "unsettled", NULL}, {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_MAILBOX, "mailbox", "mailbox behind the MX", true, marks}};

enum { AUTODISCOVER = 7, TOKENS = 8 };
static const struct mxs_check_column columns[] = {
    {AUTODISCOVER, "autodiscover", NULL, "null", NULL, NULL, MXS_LINE_NEVER},
    {TOKENS, "tokens", NULL, "null", NULL, NULL, MXS_LINE_NEVER}};

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry;
    struct mxs_text autodiscover = {NULL, 0}, tokens = {NULL, 0};
    for (uint32_t at = 0; mxs_pack_next(telling->content, &at, &entry);) {
        if ((entry.ask == MXS_ASK_AUTODISCOVER || entry.ask == MXS_ASK_AUTODISCOVER_SRV) && autodiscover.data == NULL)
            autodiscover = entry.target;
        else if (entry.ask == MXS_ASK_TOKENS)
            tokens = mxs_tell_join(telling, &entry);
    }
    if (autodiscover.data != NULL)
        mxs_tell(telling, AUTODISCOVER, autodiscover);
    if (tokens.data != NULL)
        mxs_tell(telling, TOKENS, tokens);
}

const struct mxs_check mxs_check_mailbox = {
    .id = 9, .name = "mailbox", .option = "auth", .subject = MXS_SUBJECT_DOMAIN,
    .asks = 1ull << MXS_ASK_AUTODISCOVER | 1ull << MXS_ASK_AUTODISCOVER_SRV | 1ull << MXS_ASK_TOKENS |
            1ull << MXS_ASK_NO_AUTODISCOVER | 1ull << MXS_ASK_NO_AUTODISCOVER_SRV,
    .begin = begin, .advance = advance, .keep = keep, .watch = 1ull << MXS_ASK_TXT, .watch_as = MXS_ASK_TOKENS,
    .read = read, .tell = tell, .measures = measures, .measure_count = MXS_COUNT_OF(measures),
    .columns = columns, .column_count = MXS_COUNT_OF(columns)};
