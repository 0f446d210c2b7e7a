/* DKIM keys at the selectors that are known: there is no way to list those of a domain. Two are always asked, the
 * others unless _domainkey does not exist: then nothing below it can @rfc{8020,2}; some servers deny it wrongly, which
 * is why two are asked all the same. */
#include "scanner/parse/dkim.h"

#include "base/intern.h"
#include "base/json.h"
#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"
#include "scanner/parse/words.h"

#define KEY_WEAK 1024
#define KEY_GOOD 2048

static void put_selectors(struct mxs_asking *asking, bool first)
{
    const mxs_evidence *evidence = asking->context->evidence;
    for (uint32_t i = 0; i < mxs_evidence_selector_count(evidence); i++) {
        const struct mxs_selector *selector = mxs_evidence_selector(evidence, i);
        if (selector->first == first)
            mxs_asking_put(asking, MXS_ASK_SELECTOR, MXS_TYPE_TXT, selector->name, "._domainkey.");
    }
}

static void begin(struct mxs_asking *asking)
{
    mxs_asking_put(asking, MXS_ASK_DOMAINKEY, MXS_TYPE_TXT, MXS_TEXT(""), "_domainkey.");
    put_selectors(asking, true);
}

/* A key of another service than mail is to be ignored @rfc{6376,3.6.1}. */
static bool is_of_mail(const struct mxs_dkim *dkim)
{
    return dkim->email || (dkim->reason != MXS_DKIM_OK && dkim->reason != MXS_DKIM_NO_SHA256);
}

/* Of more texts than an entry holds, the one that decides is kept: a key that can be used, the first in order. */
static void keep_key(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    struct mxs_text best = {NULL, 0};
    for (uint32_t i = 0; i < answer->record_count; i++) {
        struct mxs_text text = mxs_record_text(&answer->records[i]);
        struct mxs_dkim dkim;
        if (text.data == NULL || !mxs_dkim_is(text) || (best.data != NULL && mxs_text_compare(text, best) >= 0))
            continue;
        mxs_arena_reset(&asking->context->scratch);
        mxs_dkim_parse(text, &asking->context->scratch, &dkim);
        if (dkim.reason == MXS_DKIM_OK && is_of_mail(&dkim))
            best = text;
    }
    if (best.data != NULL && mxs_text_compare(best, entry->texts[MXS_PACK_TEXTS - 1]) > 0)
        entry->texts[MXS_PACK_TEXTS - 1] = best; /* behind those that are kept, so they stay sorted */
}

/* A selector without a key keeps its alias only where that is about keys, or leads nowhere: otherwise it is a wildcard,
 * which every selector has. */
static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    if (entry->ask == MXS_ASK_DOMAINKEY) {
        entry->target =
            entry->outcome == MXS_NODATA || entry->outcome == MXS_ANSWERED ? MXS_TEXT("") : (struct mxs_text){NULL, 0};
        return;
    }
    if (!mxs_keep_texts(answer, mxs_dkim_is, entry))
        keep_key(asking, answer, entry);
    if (entry->text_count > 0 || mxs_asking_holds(answer->alias, MXS_TEXT("domainkey")) ||
        mxs_asking_holds(answer->alias, MXS_TEXT("dkim")) || answer->outcome == MXS_NXDOMAIN)
        entry->target = answer->alias;
    if (entry->target.data != NULL && answer->outcome == MXS_NXDOMAIN)
        entry->flags |= MXS_ENTRY_DANGLING;
}

static bool is_same(const struct mxs_policy_entry *a, const struct mxs_policy_entry *b)
{
    bool same = a->text_count == b->text_count && mxs_text_equal(a->target, b->target);
    for (uint32_t i = 0; same && i < a->text_count; i++)
        same = mxs_text_equal(a->texts[i], b->texts[i]);
    return same;
}

/* What every selector answers is told once, as "*". It may be another value at each name: where most selectors have a
 * key, and one that nobody uses has, too, no domain has set them up. Where that one could not be settled, and most have
 * a key, neither are they. */
static void drop_wildcards(struct mxs_policy_slot *slot)
{
    const struct mxs_policy_question *any = NULL;
    for (uint32_t i = 0; i < slot->question_count; i++)
        if (slot->questions[i].ask == MXS_ASK_NO_SELECTOR)
            any = &slot->questions[i];
    bool settled = any != NULL && mxs_outcome_settled((enum mxs_outcome)any->outcome);
    if (any == NULL || (settled && any->entry == NULL))
        return;
    uint32_t asked = 0, left = 0;
    for (uint32_t i = 0; i < slot->question_count; i++) {
        struct mxs_policy_question *question = &slot->questions[i];
        if (settled && question->ask == MXS_ASK_SELECTOR && question->entry != NULL &&
            is_same(question->entry, any->entry))
            question->entry = NULL;
        asked += question->ask == MXS_ASK_SELECTOR;
        left += question->ask == MXS_ASK_SELECTOR && question->entry != NULL;
    }
    for (uint32_t i = 0; left * 2 > asked && i < slot->question_count; i++) {
        struct mxs_policy_question *question = &slot->questions[i];
        if (question->ask != MXS_ASK_SELECTOR)
            continue;
        if (!settled && question->entry != NULL)
            question->outcome = any->outcome;
        question->entry = NULL;
    }
}

static bool advance(struct mxs_asking *asking)
{
    const struct mxs_policy_slot *slot = asking->slot;
    const struct mxs_policy_question *domainkey = mxs_asking_find(asking, MXS_ASK_DOMAINKEY);
    bool found = false;
    if (*asking->step > 0) {
        drop_wildcards(asking->slot);
        return true;
    }
    *asking->step = 1;
    for (uint32_t i = 0; i < slot->question_count; i++)
        found |= slot->questions[i].ask == MXS_ASK_SELECTOR && slot->questions[i].entry != NULL;
    if (domainkey != NULL && (found || domainkey->outcome != MXS_NXDOMAIN))
        put_selectors(asking, false);
    if (found || domainkey == NULL || domainkey->outcome != MXS_NXDOMAIN)
        mxs_asking_put_nobodys(asking, MXS_ASK_NO_SELECTOR, MXS_TYPE_TXT, MXS_TEXT("*"), "._domainkey.");
    return false;
}

static void read(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry)
{
    struct mxs_policy_facts *facts = reading->facts;
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_dkim dkim;
    if (entry->ask == MXS_ASK_DOMAINKEY) {
        facts->domainkey = mxs_outcome_settled(entry->outcome);
        return;
    }
    if (!mxs_outcome_settled(entry->outcome)) {
        if (facts->dkim == MXS_RECORD_NONE)
            facts->dkim = MXS_POLICY_UNKNOWN;
        facts->keys_open |= entry->ask == MXS_ASK_SELECTOR;
        return;
    }
    mxs_dkim_read(records, mxs_pack_records(entry, records), reading->arena, &dkim);
    if (!is_of_mail(&dkim))
        return;
    bool there = dkim.reason == MXS_DKIM_OK;
    if (there)
        facts->dkim = MXS_RECORD_GOOD;
    else if (dkim.reason != MXS_DKIM_NO_RECORD && facts->dkim != MXS_RECORD_GOOD)
        facts->dkim = MXS_RECORD_FAULTY;
    bool sign = entry->ask == MXS_ASK_SELECTOR; /* a wildcard leads everywhere */
    if (facts->key_count < MXS_POLICY_KEYS_MAX)
        facts->keys[facts->key_count++] = (struct mxs_policy_key){
            .selector = entry->key,
            .dangling = sign && (entry->flags & MXS_ENTRY_DANGLING) != 0,
            .there = there,
            .revoked = dkim.reason == MXS_DKIM_REVOKED,
            .testing = dkim.testing,
            .faulty = !there && dkim.reason != MXS_DKIM_NO_RECORD && dkim.reason != MXS_DKIM_REVOKED,
            .ed25519 = dkim.type == MXS_DKIM_ED25519,
            .bits = (uint16_t)dkim.bits,
            .target = sign ? entry->target : (struct mxs_text){NULL, 0}};
}

static const struct mxs_measure_word marks[] = {{MXS_RECORD_NONE, "none", "none found"},
                                                {MXS_RECORD_GOOD, "found", "found"},
                                                {MXS_RECORD_FAULTY, "faulty", "faulty"},
                                                {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_DKIM, "dkim", "DKIM key at a known selector", false, marks}};

static void judge(struct mxs_check_judging *judging)
{
    mxs_judging_value(judging, MXS_MEASURE_DKIM, judging->facts->dkim);
    for (uint32_t i = 0; i < judging->facts->key_count; i++) {
        const struct mxs_policy_key *key = &judging->facts->keys[i];
        if (key->dangling)
            mxs_judging_put(judging, MXS_FINDING_DKIM_DANGLING);
        if (key->faulty)
            mxs_judging_put(judging, MXS_FINDING_DKIM_FAULTY);
        if (!key->there)
            continue;
        if (!key->ed25519 && key->bits < KEY_WEAK)
            mxs_judging_put(judging, MXS_FINDING_DKIM_WEAK);
        else if (!key->ed25519 && key->bits < KEY_GOOD)
            mxs_judging_put(judging, MXS_FINDING_DKIM_SHORT);
        if (key->testing)
            mxs_judging_put(judging, MXS_FINDING_DKIM_TESTING);
    }
}

enum { COLUMN = 2 };
static const struct mxs_check_column columns[] = {
    {COLUMN, "dkim", "auth.dkim", "[]", "no DKIM key known", NULL, MXS_LINE_ALWAYS}};

static void put_key(struct mxs_json *json, const struct mxs_policy_entry *entry, const struct mxs_dkim *dkim)
{
    mxs_json_open_object(json, NULL);
    mxs_json_put_text(json, "selector", entry->key.data, entry->key.size_bytes);
    mxs_json_put_string(json, "type", dkim->reason == MXS_DKIM_OK ? mxs_dkim_type_text(dkim->type) : NULL);
    mxs_json_put_int(json, "bits", dkim->bits);
    mxs_json_put_string(json, "reason", mxs_dkim_reason_text(dkim->reason));
    mxs_json_put_text(json, "target", entry->target.data, entry->target.size_bytes);
    mxs_json_close(json);
}

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry;
    struct mxs_text line = {NULL, 0};
    struct mxs_json json;
    mxs_json_init(&json, telling->out);
    for (uint32_t at = 0; mxs_pack_next(telling->content, &at, &entry);) {
        char selector[MXS_NAME_TEXT_MAX + 2];
        struct mxs_record records[MXS_PACK_TEXTS];
        struct mxs_dkim dkim;
        if ((entry.ask != MXS_ASK_SELECTOR && entry.ask != MXS_ASK_NO_SELECTOR) || !mxs_outcome_settled(entry.outcome))
            continue;
        mxs_dkim_read(records, mxs_pack_records(&entry, records), telling->arena, &dkim);
        if (!is_of_mail(&dkim))
            continue;
        if (line.data == NULL) {
            line = MXS_TEXT("DKIM");
            mxs_json_open_array(&json, NULL);
        }
        put_key(&json, &entry, &dkim);
        snprintf(selector, sizeof selector, " %.*s", MXS_TEXT_ARG(entry.key));
        line = mxs_tell_append(telling, line, mxs_text_of(selector));
    }
    mxs_json_finish(&json);
    if (line.data != NULL)
        mxs_tell(telling, COLUMN, line);
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_DKIM_WEAK, "dkim_weak_key", MXS_WARNING,
     "A DKIM key is shorter than 1024 bits: it can be broken, and receivers ignore it.",
     "Replace it with a key of 2048 bits."},
    {MXS_FINDING_DKIM_SHORT, "dkim_short_key", MXS_INFO,
     "A DKIM key is shorter than 2048 bits.",
     "Use 2048 bits at the next key rotation (RFC 8301)."},
    {MXS_FINDING_DKIM_FAULTY, "dkim_faulty", MXS_NOTICE,
     "A DKIM key record cannot be used: it cannot be parsed, its key is of an unknown type, or its `h` does not name "
     "`sha256`.",
     "Fix it or remove it: signatures made with it fail."},
    {MXS_FINDING_DKIM_TESTING, "dkim_testing", MXS_INFO,
     "A DKIM key is marked as a test (`t=y`).",
     "Remove the flag when signing works."},
    {MXS_FINDING_DKIM_DANGLING, "dkim_dangling", MXS_INFO,
     "A DKIM selector is an alias of a name that does not exist.",
     "Remove the alias, or enable signing at the service that it points to."},
};

const struct mxs_check mxs_check_dkim = {.id = 4,
                                         .name = "dkim",
                                         .option = "auth",
                                         .subject = MXS_SUBJECT_DOMAIN,
                                         .asks = 1ull << MXS_ASK_DOMAINKEY | 1ull << MXS_ASK_SELECTOR |
                                                 1ull << MXS_ASK_NO_SELECTOR,
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
