/* SPF: the record of the domain, and what its policy comes to with all it includes. Names below the domain are asked
 * here, all others once per run for all domains. The walk is begun again whenever an answer has come, until it wants
 * nothing more. */
#include "scanner/parse/spf_walk.h"

#include "base/json.h"
#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"
#include "scanner/parse/spf_cover.h"

#define LOOKUPS_NEAR 9

/* --- asking --- */

static void begin(struct mxs_asking *asking) { mxs_asking_put(asking, MXS_ASK_TXT, MXS_TYPE_TXT, MXS_TEXT(""), ""); }

/* For a and mx with a short prefix: MX hosts, or addresses (of TXT the strings stand beside the data), one for each
 * block of that size. Sorted before anything is cut, as mxs_keep_texts does. */
static void keep_items(const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    struct mxs_text addresses[MXS_RECORDS_MAX], last = {0};
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < answer->record_count && count < MXS_RECORDS_MAX; i++) {
        const struct mxs_record *record = &answer->records[i];
        if (record->host.data != NULL && record->host.size_bytes > 0 && entry->text_count < MXS_PACK_TEXTS)
            entry->texts[entry->text_count++] = record->host;
        else if (record->data.size_bytes * 8 >= MXS_SPF_PREFIX_WIDE && record->cut.data == NULL)
            addresses[count++] = (struct mxs_text){(const char *)record->data.data, record->data.size_bytes};
    }
    mxs_pack_sort(addresses, count);
    for (uint32_t i = 0; i < count && kept < MXS_SPF_ADDRESSES_MAX && entry->text_count < MXS_PACK_TEXTS; i++) {
        if (kept > 0 && memcmp(last.data, addresses[i].data, MXS_SPF_PREFIX_WIDE / 8) == 0)
            continue;
        entry->texts[entry->text_count++] = last = addresses[i];
        kept++;
    }
}

static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    (void)asking;
    mxs_keep_texts(answer, mxs_spf_is, entry);
    if (entry->ask == MXS_ASK_OWN)
        keep_items(answer, entry);
    if (entry->ask == MXS_ASK_TXT) {
        mxs_keep_nearly(answer, "spf1", entry);
        mxs_keep_nearly(answer, "vspf", entry); /* of another version; "spf2.0" alone is Sender ID */
    }
}

/* They outlive the walk, as the answer's own texts do not. */
static const struct mxs_text *copy_items(struct mxs_arena *arena, const struct mxs_text *texts, uint32_t count)
{
    struct mxs_text *items = count == 0 ? NULL : mxs_arena_take(arena, count * sizeof *items);
    if (items != NULL)
        memcpy(items, texts, count * sizeof *items);
    return items;
}

static const struct mxs_spf_known *known_as(struct mxs_arena *arena, enum mxs_outcome outcome, uint32_t record_count,
                                            const struct mxs_text *texts, uint32_t text_count, uint16_t type)
{
    static const struct mxs_spf_known nothing = {.outcome = MXS_LIMIT};
    struct mxs_spf_known *known = mxs_arena_take(arena, sizeof *known);
    struct mxs_spf *spf = mxs_arena_take(arena, sizeof *spf);
    struct mxs_record records[MXS_PACK_TEXTS];
    if (known == NULL || spf == NULL)
        return &nothing;
    *known = (struct mxs_spf_known){.outcome = outcome, .record_count = record_count};
    if (type != MXS_TYPE_TXT) {
        known->items = copy_items(arena, texts, text_count);
        known->item_count = known->items == NULL ? 0 : text_count;
    }
    if (type != MXS_TYPE_TXT || !mxs_outcome_settled(outcome))
        return known;
    for (uint32_t i = 0; i < text_count; i++)
        records[i] = (struct mxs_record){.data = {(const uint8_t *)texts[i].data, texts[i].size_bytes}};
    mxs_spf_read(records, text_count, arena, spf);
    known->spf = spf;
    return known;
}

static const struct mxs_spf_known *find_own(struct mxs_asking *asking, struct mxs_text name, uint16_t type)
{
    struct mxs_policy_slot *slot = asking->slot;
    struct mxs_arena *scratch = &asking->context->scratch;
    for (uint32_t i = 0; i < slot->question_count; i++) {
        const struct mxs_policy_question *question = &slot->questions[i];
        if ((question->ask != MXS_ASK_OWN && question->ask != MXS_ASK_TXT) || question->type != type ||
            !mxs_text_equal(question->name, name))
            continue;
        const struct mxs_policy_entry *entry = question->entry;
        if (!mxs_asking_is_answered(question))
            return NULL;
        return known_as(scratch, (enum mxs_outcome)question->outcome, question->record_count,
                        entry == NULL ? NULL : entry->texts, entry == NULL ? 0 : entry->text_count, type);
    }
    struct mxs_policy_question *question = mxs_asking_put_name(asking, MXS_ASK_OWN, type, MXS_TEXT(""), name);
    if (question == NULL)
        return known_as(scratch, MXS_LIMIT, 0, NULL, 0, type);
    question->not_kept = true;
    return NULL;
}

static const struct mxs_spf_known *find_known(void *arg, struct mxs_text name, uint16_t type)
{
    struct mxs_asking *asking = arg;
    struct mxs_policy_context *context = asking->context;
    const struct mxs_policy_subject *subject = &asking->slot->subject;
    bool hosts = type == MXS_SPF_TYPE_HOSTS;
    type = hosts ? MXS_TYPE_MX : type;
    if (!hosts && type == MXS_TYPE_MX && mxs_text_equal(name, subject->name) && subject->id < context->mx_count)
        return known_as(&context->scratch, (enum mxs_outcome)(context->mx[subject->id] >> 12),
                        context->mx[subject->id] & 4095, NULL, 0, type);
    if (mxs_name_within(name, subject->name))
        return find_own(asking, name, type);
    const struct mxs_shared_answer *answer = mxs_asking_want(asking, MXS_ASK_OWN, name, type);
    if (answer == NULL)
        return NULL;
    struct mxs_text texts[MXS_SHARED_TEXTS];
    for (uint32_t i = 0; i < answer->text_count; i++)
        texts[i] = mxs_shared_text(answer, i);
    return known_as(&context->scratch, (enum mxs_outcome)answer->outcome, answer->record_count, texts,
                    answer->text_count, type);
}

static uint8_t at_most(uint32_t value) { return (uint8_t)(value < 255 ? value : 255); }

static bool advance(struct mxs_asking *asking)
{
    struct mxs_spf_verdict spf;
    struct mxs_arena *scratch = &asking->context->scratch;
    mxs_spf_walk(asking->slot->subject.name, scratch, find_known, asking, &spf);
    if (spf.result == MXS_SPF_RESULT_WANTED)
        return false;
    enum mxs_spf_cover cover = MXS_SPF_COVER_SOME;
    if (spf.result == MXS_SPF_RESULT_OK && spf.wide)
        cover = mxs_spf_cover_read(asking->slot->subject.name, scratch, find_known, asking);
    const uint8_t walk[] = {(uint8_t)spf.result,  (uint8_t)spf.reason, (uint8_t)spf.all,
                            at_most(spf.lookups), at_most(spf.voids),  (uint8_t)cover};
    _Static_assert(sizeof walk == MXS_SPF_WALK_SIZE, "as it is read");
    struct mxs_policy_entry entry = {.ask = MXS_ASK_SPF_WALK,
                                     .outcome = MXS_ANSWERED,
                                     .text_count = 1,
                                     .texts = {{(const char *)walk, sizeof walk}}};
    if (spf.result == MXS_SPF_RESULT_LIMIT)
        entry.outcome = MXS_LIMIT;
    else if (spf.unsettled) /* a permanent error that comes first holds, its counts do not @rfc{7208,4.6.4} */
        entry.outcome = MXS_SERVFAIL;
    mxs_asking_add(asking, &entry);
    return true;
}

/* --- reading --- */

enum { RESULT, REASON, ALL, LOOKUPS, VOIDS, COVER };

/* lost: the record itself found no room, and what the walk came to cannot be told without it. */
static const uint8_t *walk_of(const struct mxs_policy_entry *entry, bool lost)
{
    static const uint8_t limit[MXS_SPF_WALK_SIZE] = {MXS_SPF_RESULT_LIMIT};
    static const uint8_t unread[MXS_SPF_WALK_SIZE] = {MXS_SPF_RESULT_TEMPERROR};
    const uint8_t *walk = entry->text_count == 1 && entry->texts[0].size_bytes == MXS_SPF_WALK_SIZE
                              ? (const uint8_t *)entry->texts[0].data
                              : unread;
    bool known = walk[RESULT] <= MXS_SPF_RESULT_LIMIT && walk[RESULT] != MXS_SPF_RESULT_WANTED &&
                 walk[REASON] < MXS_SPF_REASON_COUNT;
    return !known ? unread : lost ? limit : walk;
}

/* Whether what passes at the policy that a term leads to passes here: not behind "all", which ends the evaluation
 * @rfc{7208,5.1}, not with a redirect beside it @rfc{7208,6.1}. */
static bool lets_pass(const struct mxs_spf *spf, uint32_t index)
{
    const struct mxs_spf_term *term = &spf->terms[index];
    if (term->domain.data == NULL || term->qualifier != '+' ||
        (term->kind != MXS_SPF_INCLUDE && term->kind != MXS_SPF_REDIRECT))
        return false;
    uint32_t count = term->kind == MXS_SPF_REDIRECT ? spf->term_count : index;
    for (uint32_t i = 0; i < count; i++)
        if (spf->terms[i].kind == MXS_SPF_ALL)
            return false;
    return true;
}

/* "-all", and nothing before it that lets anybody pass; modifiers and what stands behind it say nothing of that. */
static bool says_nobody(const struct mxs_spf *spf)
{
    if (spf->reason != MXS_SPF_OK || spf->all == NULL)
        return false;
    for (const struct mxs_spf_term *term = spf->terms; term <= spf->all; term++)
        if (term->kind < MXS_SPF_REDIRECT && term->qualifier != '-')
            return false;
    return true;
}

static void read_terms(struct mxs_policy_facts *facts, const struct mxs_spf *spf)
{
    facts->spf_bare = says_nobody(spf);
    for (uint32_t i = 0; i < spf->term_count; i++) {
        const struct mxs_spf_term *term = &spf->terms[i];
        facts->spf_ptr |= term->kind == MXS_SPF_PTR && (spf->all == NULL || term < spf->all);
        if (lets_pass(spf, i) && facts->include_count < MXS_POLICY_INCLUDES_MAX)
            facts->includes[facts->include_count++] = term->domain;
    }
}

static void read(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry)
{
    struct mxs_policy_facts *facts = reading->facts;
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_spf spf;
    if (entry->flags & MXS_ENTRY_NEARLY) {
        facts->spf_nearly = true;
        return;
    }
    if (entry->ask == MXS_ASK_TXT) {
        facts->spf_lost = entry->outcome == MXS_LIMIT; /* tokens stand apart, and are there all the same */
        facts->spf_open = !mxs_outcome_settled(entry->outcome);
        facts->tokens_open |= facts->spf_open && !facts->spf_lost;
        mxs_spf_read(records, mxs_pack_records(entry, records), reading->arena, &spf);
        read_terms(facts, &spf);
        for (uint32_t i = 0; i < entry->text_count && facts->token_count < MXS_POLICY_TOKENS_MAX;
             i++) /* of a database before schema 3 */
            if (!mxs_spf_is(entry->texts[i]))
                facts->tokens[facts->token_count++] = entry->texts[i];
        return;
    }
    const uint8_t *walk = walk_of(entry, facts->spf_lost);
    bool open = walk[RESULT] == MXS_SPF_RESULT_LIMIT || walk[RESULT] == MXS_SPF_RESULT_TEMPERROR;
    facts->spf = open ? MXS_SPF_MARK_TEMPERROR : walk[RESULT];
    facts->spf_reason = walk[REASON];
    facts->spf_all = (char)walk[ALL];
    facts->spf_lookups = walk[LOOKUPS];
    facts->spf_voids = walk[VOIDS];
    facts->spf_cover = walk[COVER];
}

/* --- judging --- */

static const struct mxs_measure_word marks[] = {{MXS_SPF_MARK_OK, "ok", "valid"},
                                                {MXS_SPF_MARK_NONE, "none", "absent"},
                                                {MXS_SPF_MARK_PERMERROR, "permerror", "permanent error"},
                                                {0, NULL, NULL}};
static const struct mxs_measure_word ends[] = {{'-', "fail", "-all (fail)"},
                                               {'~', "softfail", "~all (softfail)"},
                                               {'?', "neutral", "?all, or nothing (neutral)"},
                                               {'+', "pass", "+all (pass)"},
                                               {0, NULL, NULL}};
static const struct mxs_measure measures[] = {
    {MXS_MEASURE_SPF, "spf", "SPF", false, marks},
    {MXS_MEASURE_SPF_ALL, "spf_all", "SPF ends in", false, ends},
};

static void judge_error(struct mxs_check_judging *judging, unsigned reason)
{
    switch (reason) {
    case MXS_SPF_MANY_RECORDS: mxs_judging_put(judging, MXS_FINDING_SPF_MANY_RECORDS); break;
    case MXS_SPF_TOO_MANY_LOOKUPS: mxs_judging_put(judging, MXS_FINDING_SPF_TOO_MANY_LOOKUPS); break;
    case MXS_SPF_TOO_MANY_VOIDS: mxs_judging_put(judging, MXS_FINDING_SPF_TOO_MANY_VOIDS); break;
    case MXS_SPF_TOO_MANY_MX_HOSTS: mxs_judging_put(judging, MXS_FINDING_SPF_TOO_MANY_MX_HOSTS); break;
    case MXS_SPF_INCLUDE_NONE:
    case MXS_SPF_REDIRECT_NONE: mxs_judging_put(judging, MXS_FINDING_SPF_INCLUDE_NONE); break;
    default: mxs_judging_put(judging, MXS_FINDING_SPF_SYNTAX); break;
    }
}

static void judge(struct mxs_check_judging *judging)
{
    const struct mxs_policy_facts *facts = judging->facts;
    mxs_judging_value(judging, MXS_MEASURE_SPF, facts->spf == MXS_SPF_MARK_TEMPERROR ? MXS_POLICY_UNKNOWN : facts->spf);
    if (facts->spf == MXS_SPF_MARK_NONE)
        mxs_judging_put(judging, judging->silent ? MXS_FINDING_SPF_MISSING_PARKED : MXS_FINDING_SPF_MISSING);
    if (facts->spf == MXS_SPF_MARK_NONE && facts->spf_nearly)
        mxs_judging_put(judging, MXS_FINDING_SPF_NEARLY);
    if (facts->spf == MXS_SPF_MARK_PERMERROR)
        judge_error(judging, facts->spf_reason);
    if (facts->spf != MXS_SPF_MARK_OK)
        return;
    mxs_judging_value(judging, MXS_MEASURE_SPF_ALL, (uint8_t)facts->spf_all);
    /* What the terms before decide never comes to the end @rfc{7208,4.6.2}. */
    uint8_t cover = facts->spf_cover;
    if (mxs_spf_cover_passes(cover) || (facts->spf_all == '+' && cover == MXS_SPF_COVER_SOME))
        mxs_judging_put(judging, MXS_FINDING_SPF_PASS_ALL);
    else if ((facts->spf_all == '?' && cover != MXS_SPF_COVER_DECIDED) || cover == MXS_SPF_COVER_NEUTRAL)
        mxs_judging_put(judging, MXS_FINDING_SPF_NEUTRAL);
    if (facts->spf_lookups >= LOOKUPS_NEAR && facts->spf_lookups <= MXS_SPF_LOOKUPS_MAX)
        mxs_judging_put(judging, MXS_FINDING_SPF_NEAR_LIMIT);
    if (facts->spf_ptr)
        mxs_judging_put(judging, MXS_FINDING_SPF_PTR);
}

/* --- telling --- */

enum { COLUMN = 0 };
static const struct mxs_check_column columns[] = {
    {COLUMN, "spf", "auth.spf", "null", "no SPF", "record", MXS_LINE_ALWAYS}};

static void put_count(struct mxs_json *json, const char *key, bool known, uint8_t count)
{
    if (known)
        mxs_json_put_int(json, key, count);
    else
        mxs_json_put_null(json, key);
}

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry;
    struct mxs_text record = {NULL, 0}, nearly = {NULL, 0};
    static const char *const passing[] = {[MXS_SPF_COVER_PASS_ALL] = "all",
                                          [MXS_SPF_COVER_PASS_IPV4] = "ipv4",
                                          [MXS_SPF_COVER_PASS_IPV6] = "ipv6"};
    const uint8_t *walk = NULL;
    struct mxs_json json;
    bool settled = true, lost = false;
    for (uint32_t at = 0; mxs_pack_next(telling->content, &at, &entry);) {
        if (entry.ask == MXS_ASK_TXT) {
            *(entry.flags & MXS_ENTRY_NEARLY ? &nearly : &record) = mxs_tell_join(telling, &entry);
            lost = entry.outcome == MXS_LIMIT;
        }
        if (entry.ask == MXS_ASK_SPF_WALK) {
            walk = walk_of(&entry, lost);
            settled = mxs_outcome_settled(entry.outcome) && !lost;
        }
    }
    if (walk == NULL)
        return;
    mxs_json_init(&json, telling->out);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_text(&json, "record", record.data, record.size_bytes);
    mxs_json_put_string(&json, "result", mxs_spf_result_text((enum mxs_spf_result)walk[RESULT]));
    mxs_json_put_string(&json, "reason", mxs_spf_reason_text((enum mxs_spf_reason)walk[REASON]));
    mxs_json_put_text(&json, "all", walk[ALL] != 0 ? (const char *)&walk[ALL] : NULL, 1);
    bool counted = settled && walk[LOOKUPS] < MXS_SPF_COUNT_MAX; /* a loop has no number, and no end */
    put_count(&json, "lookups", counted, walk[LOOKUPS]);
    put_count(&json, "voids", counted, walk[VOIDS]);
    if (walk[RESULT] == MXS_SPF_RESULT_OK && walk[COVER] >= MXS_SPF_COVER_PASS_ALL &&
        walk[COVER] <= MXS_SPF_COVER_PASS_IPV6)
        mxs_json_put_string(&json, "passing", passing[walk[COVER]]);
    if (nearly.data != NULL)
        mxs_json_put_text(&json, "nearly", nearly.data, nearly.size_bytes);
    mxs_json_finish(&json);
    if (record.data != NULL && walk[RESULT] == MXS_SPF_RESULT_PERMERROR)
        record = mxs_tell_append(telling, record, MXS_TEXT(" (permerror)"));
    mxs_tell(telling, COLUMN, record);
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_SPF_MISSING, "spf_missing", MXS_WARNING,
     "There is no SPF record: receivers cannot tell who may send for the domain.",
     "Publish one `v=spf1` record that names your senders and ends in `-all` or `~all`."},
    {MXS_FINDING_SPF_MISSING_PARKED, "spf_missing_parked", MXS_NOTICE,
     "The domain takes no mail, and does not say that nobody sends for it.",
     "Publish `v=spf1 -all`."},
    {MXS_FINDING_SPF_MANY_RECORDS, "spf_many_records", MXS_WARNING,
     "There are several SPF records (permerror).",
     "Merge them into one record."},
    {MXS_FINDING_SPF_SYNTAX, "spf_syntax", MXS_WARNING,
     "The SPF record, or one that it includes, cannot be parsed (permerror).",
     "Fix it (`mxsurvey explain` names the term), or ask the service you include."},
    {MXS_FINDING_SPF_TOO_MANY_LOOKUPS, "spf_too_many_lookups", MXS_WARNING,
     "SPF needs more than 10 DNS lookups (permerror, RFC 7208 4.6.4).",
     "Remove includes of services that are no longer used; replace `a` and `mx` with `ip4` and `ip6`."},
    {MXS_FINDING_SPF_TOO_MANY_MX_HOSTS, "spf_too_many_mx_hosts", MXS_WARNING,
     "An SPF term `mx` leads to more than 10 MX hosts (permerror, RFC 7208 4.6.4).",
     "Name the senders with `ip4` and `ip6` instead."},
    {MXS_FINDING_SPF_TOO_MANY_VOIDS, "spf_too_many_voids", MXS_NOTICE,
     "More than 2 DNS lookups of the SPF record return nothing: receivers may report a permerror.",
     "Remove the terms whose names no longer exist."},
    {MXS_FINDING_SPF_INCLUDE_NONE, "spf_include_none", MXS_WARNING,
     "SPF includes a domain without an SPF record (permerror).",
     "Remove the include, or fix its name."},
    {MXS_FINDING_SPF_PASS_ALL, "spf_pass_all", MXS_CRITICAL,
     "SPF lets every IPv4 address, every IPv6 address or both send for the domain, or all that it does not refuse "
     "before `+all`.",
     "Name your senders, and end the record in `-all` or `~all`."},
    {MXS_FINDING_SPF_NEUTRAL, "spf_neutral", MXS_NOTICE,
     "SPF does not say what to do with other senders (neutral): it ends in `?all` or nothing, or `?` stands before "
     "terms that cover every address.",
     "End the record in `-all` or `~all`, and take out such terms."},
    {MXS_FINDING_SPF_NEAR_LIMIT, "spf_near_limit", MXS_INFO,
     "SPF needs 9 or 10 of the 10 allowed DNS lookups.",
     "One more service, or a change to one you include, may break it: remove what is no longer used."},
    {MXS_FINDING_SPF_PTR, "spf_ptr", MXS_INFO,
     "SPF uses the mechanism `ptr`.",
     "RFC 7208 5.5 discourages it, and many receivers skip it: remove it."},
    {MXS_FINDING_SPF_NEARLY, "spf_nearly", MXS_WARNING,
     "A TXT record was meant as SPF, but is not valid: receivers find no policy (the export shows it as `nearly`).",
     "It must begin with exactly `v=spf1` and a space (RFC 7208 4.5)."},
};

const struct mxs_check mxs_check_spf = {.id = 2,
                                        .name = "spf",
                                        .option = "auth",
                                        .subject = MXS_SUBJECT_DOMAIN,
                                        .asks = 1ull << MXS_ASK_TXT | 1ull << MXS_ASK_OWN | 1ull << MXS_ASK_SPF_WALK,
                                        .begin = begin,
                                        .advance = advance,
                                        .keep = keep,
                                        .read = read,
                                        .judge = judge,
                                        .tell = tell,
                                        .findings = findings,
                                        .finding_count = MXS_COUNT_OF(findings),
                                        .measures = measures,
                                        .measure_count = MXS_COUNT_OF(measures),
                                        .columns = columns,
                                        .column_count = MXS_COUNT_OF(columns)};
