/* DMARC: the record of the domain; where it has none, that of the organisational domain holds, and the walk up the tree
 * of DMARC's successor is made beside it. Then whether external report addresses agreed. */
#include "scanner/parse/dmarc.h"

#include <stdio.h>

#include "base/json.h"
#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"

_Static_assert(MXS_DMARC_MARK_REJECT == (int)MXS_DMARC_REJECT && MXS_DMARC_MARK_NONE == (int)MXS_DMARC_NONE,
               "the marks follow the policies");

#define NAME_SIZE (MXS_NAME_TEXT_MAX + 64)
#define PARENTS_MAX 8u

/* --- asking --- */

static void begin(struct mxs_asking *asking)
{
    mxs_asking_put(asking, MXS_ASK_DMARC, MXS_TYPE_TXT, MXS_TEXT(""), "_dmarc.");
}

/* What agreed is told by nothing, what did not by an entry: the answer is looked at here already. */
static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    (void)asking;
    mxs_keep_texts(answer, mxs_dmarc_is, entry);
    if (entry->ask == MXS_ASK_DMARC)
        mxs_keep_nearly(answer, "dmarc", entry);
    if (entry->ask == MXS_ASK_DMARC && entry->text_count == 0 && mxs_outcome_settled(answer->outcome) &&
        mxs_asking_holds(answer->alias, MXS_TEXT("dmarc"))) {
        entry->target = answer->alias;
        entry->flags |= MXS_ENTRY_NEARLY;
    }
    if (entry->ask == MXS_ASK_NO_DMARC)
        entry->target = answer->alias;
    if (entry->ask == MXS_ASK_DMARC_ELSEWHERE && entry->text_count > 0)
        entry->flags |= MXS_ENTRY_NEARLY;
    if (entry->ask == MXS_ASK_REPORT && mxs_outcome_settled(entry->outcome)) {
        bool agreed = entry->text_count > 0;
        entry->text_count = 0;
        entry->target = agreed ? (struct mxs_text){NULL, 0} : entry->key;
    }
}

static uint32_t texts_of(const struct mxs_shared_answer *answer, struct mxs_text *texts)
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

static void found_at(struct mxs_asking *asking, enum mxs_ask ask, struct mxs_text at,
                     const struct mxs_shared_answer *answer)
{
    bool settled = mxs_outcome_settled((enum mxs_outcome)answer->outcome);
    struct mxs_policy_entry entry = {
        .ask = ask, .outcome = settled ? MXS_ANSWERED : (enum mxs_outcome)answer->outcome, .key = at};
    entry.text_count = settled ? texts_of(answer, entry.texts) : 0;
    mxs_asking_add(asking, &entry);
}

static uint32_t count_labels(struct mxs_text name)
{
    uint32_t count = 0;
    for (; name.size_bytes > 0; name = mxs_name_parent(name))
        count++;
    return count;
}

/* Of the parents, the one that holds under the walk up the tree; count: none. It ends at a record that says it is
 * (psd=n) or stands below (psd=y) the organisational domain; else the record highest up counts. An answer that is
 * missing decides nothing. */
static uint32_t find_tree(const struct mxs_shared_answer *const *answers, uint32_t count)
{
    struct mxs_text texts[MXS_SHARED_TEXTS];
    uint32_t tree = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!mxs_outcome_settled((enum mxs_outcome)answers[i]->outcome))
            return count;
        if (texts_of(answers[i], texts) == 0)
            continue;
        char psd = psd_of(texts[0]);
        if (psd != 'y' || tree == count)
            tree = i;
        if (psd != 'u')
            break;
    }
    return tree;
}

/* Where the domain publishes nothing itself. Parents of more than eight labels are skipped, as the successor asks.
 * False: answers are waited for. */
static bool follow_parents(struct mxs_asking *asking)
{
    const struct mxs_shared_answer *answers[PARENTS_MAX];
    struct mxs_text parents[PARENTS_MAX], name_asked = asking->slot->subject.name;
    uint32_t count = 0;
    bool waits = false;
    for (struct mxs_text at = mxs_name_parent(name_asked); at.size_bytes > 0; at = mxs_name_parent(at)) {
        char name[NAME_SIZE];
        if (count_labels(at) > PARENTS_MAX)
            continue;
        int size = snprintf(name, sizeof name, "_dmarc.%.*s", MXS_TEXT_ARG(at));
        parents[count] = at;
        answers[count] =
            mxs_asking_want(asking, MXS_ASK_DMARC_TREE, (struct mxs_text){name, (uint32_t)size}, MXS_TYPE_TXT);
        waits |= answers[count++] == NULL;
    }
    if (waits)
        return false;
    struct mxs_text organisation = mxs_domain_registrable(asking->context->suffixes, name_asked),
                    texts[MXS_SHARED_TEXTS];
    struct mxs_text found = {NULL, 0};
    for (uint32_t i = 0; i < count; i++) {
        if (!mxs_text_equal(parents[i], organisation) || organisation.size_bytes >= name_asked.size_bytes)
            continue;
        bool settled = mxs_outcome_settled((enum mxs_outcome)answers[i]->outcome);
        if (!settled || texts_of(answers[i], texts) > 0) {
            found_at(asking, MXS_ASK_DMARC_ORG, parents[i], answers[i]);
            found = parents[i];
        }
    }
    uint32_t tree = find_tree(answers, count);
    if (tree < count && !mxs_text_equal(found, parents[tree]))
        found_at(asking, MXS_ASK_DMARC_TREE, parents[tree], answers[tree]);
    return true;
}

static bool is_asked(const struct mxs_policy_slot *slot, struct mxs_text name)
{
    for (uint32_t i = 0; i < slot->question_count; i++)
        if (slot->questions[i].ask == MXS_ASK_REPORT && mxs_text_equal(slot->questions[i].name, name))
            return true;
    return false;
}

static void follow_report(struct mxs_asking *asking, struct mxs_text organisation, struct mxs_text at)
{
    char lower[MXS_NAME_TEXT_MAX + 1], name[NAME_SIZE * 2 + 32];
    if (at.data == NULL || at.size_bytes == 0 || at.size_bytes > MXS_NAME_TEXT_MAX)
        return;
    for (uint32_t k = 0; k < at.size_bytes; k++)
        lower[k] = at.data[k] >= 'A' && at.data[k] <= 'Z' ? (char)(at.data[k] | 0x20) : at.data[k];
    at.data = lower;
    if (!mxs_name_is_hostname(at) ||
        mxs_text_equal(mxs_domain_registrable(asking->context->suffixes, at), organisation))
        return;
    int size = snprintf(name, sizeof name, "%.*s._report._dmarc.%.*s", MXS_TEXT_ARG(asking->slot->subject.name),
                        MXS_TEXT_ARG(at));
    struct mxs_text asked = {name, (uint32_t)size};
    if (!is_asked(asking->slot, asked))
        mxs_asking_put_name(asking, MXS_ASK_REPORT, MXS_TYPE_TXT, at, asked);
}

/* Of addresses outside the organisation, of reports and of failures @rfc{7489,7.1}. */
static void follow_reports(struct mxs_asking *asking, const struct mxs_policy_entry *own)
{
    struct mxs_dmarc dmarc;
    if (own->text_count != 1)
        return;
    mxs_dmarc_parse(own->texts[0], &dmarc);
    if (dmarc.reason != MXS_DMARC_OK)
        return;
    struct mxs_text organisation = mxs_domain_registrable(asking->context->suffixes, asking->slot->subject.name);
    const struct mxs_dmarc_uris *const both[] = {&dmarc.rua, &dmarc.ruf};
    for (size_t k = 0; k < 2; k++) {
        for (uint32_t i = 0; i < both[k]->count && i < MXS_DMARC_URIS_MAX; i++)
            follow_report(asking, organisation, both[k]->at[i].domain);
        if (both[k]->count > MXS_DMARC_URIS_MAX)
            mxs_asking_add(asking, &(struct mxs_policy_entry){.ask = MXS_ASK_REPORT, .outcome = MXS_LIMIT});
    }
}

/* A panel that adds the name itself makes "_dmarc._dmarc" of what was typed. Where nothing is at _dmarc, nothing is
 * below. An alias is held against that of a name that nobody uses: a DNAME leads all names away, and means nothing by
 * that. False: there is nothing to ask. */
static bool ask_what_was_meant(struct mxs_asking *asking, const struct mxs_policy_question *own)
{
    if (own->entry == NULL)
        return own->outcome != MXS_NXDOMAIN && mxs_asking_find(asking, MXS_ASK_DMARC_ELSEWHERE) == NULL &&
               mxs_asking_put(asking, MXS_ASK_DMARC_ELSEWHERE, MXS_TYPE_TXT, MXS_TEXT("_dmarc._dmarc"), ".") != NULL;
    if (own->entry->target.data == NULL || mxs_asking_find(asking, MXS_ASK_NO_DMARC) != NULL)
        return false;
    struct mxs_policy_question *nobodys =
        mxs_asking_put_nobodys(asking, MXS_ASK_NO_DMARC, MXS_TYPE_TXT, MXS_TEXT(""), ".");
    if (nobodys != NULL)
        nobodys->not_kept = true;
    return nobodys != NULL;
}

static void drop_dname(struct mxs_policy_slot *slot)
{
    bool led = false;
    for (uint32_t i = 0; i < slot->question_count; i++)
        led |= slot->questions[i].ask == MXS_ASK_NO_DMARC && slot->questions[i].entry != NULL;
    for (uint32_t i = 0; i < slot->question_count && led; i++)
        if (slot->questions[i].ask == MXS_ASK_DMARC)
            slot->questions[i].entry = NULL;
}

static bool advance(struct mxs_asking *asking)
{
    const struct mxs_policy_question *own = mxs_asking_find(asking, MXS_ASK_DMARC);
    if (own == NULL || *asking->step > 0)
        return true;
    bool none = own->entry == NULL || (own->entry->flags & MXS_ENTRY_NEARLY) != 0;
    if (none && mxs_outcome_settled((enum mxs_outcome)own->outcome)) {
        if (ask_what_was_meant(asking, own))
            return false;
        drop_dname(asking->slot);
        return follow_parents(asking);
    }
    *asking->step = 1;
    if (!none)
        follow_reports(asking, own->entry);
    return false; /* their answers come first */
}

/* --- reading --- */

static uint8_t mark_of(const struct mxs_policy_entry *entry, struct mxs_dmarc *dmarc)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    mxs_dmarc_read(records, mxs_pack_records(entry, records), dmarc);
    if (!mxs_outcome_settled(entry->outcome))
        return MXS_POLICY_UNKNOWN;
    if (dmarc->reason != MXS_DMARC_OK)
        return MXS_DMARC_MARK_FAULTY;
    return (uint8_t)(entry->ask == MXS_ASK_DMARC_ORG ? mxs_dmarc_subdomain(dmarc, true) : dmarc->policy);
}

static void read(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry)
{
    struct mxs_policy_facts *facts = reading->facts;
    struct mxs_dmarc dmarc;
    if (entry->flags & MXS_ENTRY_NEARLY) {
        facts->dmarc_nearly |= entry->ask == MXS_ASK_DMARC;
        facts->dmarc_elsewhere |= entry->ask == MXS_ASK_DMARC_ELSEWHERE;
        return;
    }
    switch (entry->ask) {
    case MXS_ASK_DMARC:
    case MXS_ASK_DMARC_ORG:
        facts->dmarc = mark_of(entry, &dmarc);
        if (facts->dmarc == MXS_POLICY_UNKNOWN)
            return;
        facts->dmarc_inherited = entry->ask == MXS_ASK_DMARC_ORG;
        if (facts->dmarc == MXS_DMARC_MARK_FAULTY)
            return;
        facts->dmarc_percent = dmarc.percent;
        facts->dmarc_reports = dmarc.rua.count > 0;
        facts->dmarc_testing = dmarc.testing;
        facts->dmarc_unenforced = dmarc.policy == MXS_DMARC_NONE || dmarc.subdomain_policy == MXS_DMARC_NONE ||
                                  (dmarc.policy == MXS_DMARC_QUARANTINE && dmarc.percent < 100);
        facts->dmarc_discarded = dmarc.discarded > 0 || dmarc.policy_supposed ||
                                 (dmarc.wrong_tags & ~(uint32_t)MXS_DMARC_P_NOT_SECOND) != 0;
        break;
    case MXS_ASK_DMARC_TREE: facts->dmarc_differs = true; break;
    case MXS_ASK_REPORT: facts->dmarc_unauthorised |= mxs_outcome_settled(entry->outcome); break;
    default: break;
    }
}

/* --- judging --- */

static const struct mxs_measure_word marks[] = {
    {MXS_DMARC_MARK_ABSENT, "absent", "absent"}, {MXS_DMARC_MARK_NONE, "none", "p=none"},
    {MXS_DMARC_MARK_QUARANTINE, "quarantine", "p=quarantine"}, {MXS_DMARC_MARK_REJECT, "reject", "p=reject"},
    {MXS_DMARC_MARK_FAULTY, "faulty", "faulty"}, {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_DMARC, "dmarc", "DMARC", false, marks}};

static void judge(struct mxs_check_judging *judging)
{
    const struct mxs_policy_facts *facts = judging->facts;
    mxs_judging_value(judging, MXS_MEASURE_DMARC, facts->dmarc);
    if (facts->dmarc == MXS_POLICY_UNKNOWN)
        return;
    if (facts->dmarc == MXS_DMARC_MARK_ABSENT)
        mxs_judging_put(judging, MXS_FINDING_DMARC_MISSING);
    else if (facts->dmarc == MXS_DMARC_MARK_FAULTY)
        mxs_judging_put(judging, MXS_FINDING_DMARC_FAULTY);
    else if (facts->dmarc == MXS_DMARC_MARK_NONE)
        mxs_judging_put(judging, MXS_FINDING_DMARC_NONE);
    else if (facts->dmarc_percent < 100 || facts->dmarc_testing)
        mxs_judging_put(judging, MXS_FINDING_DMARC_PARTIAL);
    bool there = facts->dmarc >= MXS_DMARC_MARK_NONE && facts->dmarc <= MXS_DMARC_MARK_REJECT;
    if (there && !facts->dmarc_reports && !facts->dmarc_inherited)
        mxs_judging_put(judging, MXS_FINDING_DMARC_NO_REPORTS);
    bool own = facts->dmarc != MXS_DMARC_MARK_ABSENT && !facts->dmarc_inherited;
    if (facts->dmarc_nearly || (facts->dmarc_elsewhere && !own))
        mxs_judging_put(judging, MXS_FINDING_DMARC_NEARLY);
    if (there && facts->dmarc_discarded)
        mxs_judging_put(judging, MXS_FINDING_DMARC_DISCARDED);
    if (facts->dmarc_unauthorised)
        mxs_judging_put(judging, MXS_FINDING_DMARC_UNAUTHORISED);
    if (facts->dmarc_differs)
        mxs_judging_put(judging, MXS_FINDING_DMARC_TREE);
}

/* --- telling --- */

enum { COLUMN = 1 };
static const struct mxs_check_column columns[] = {
    {COLUMN, "dmarc", "auth.dmarc", "null", "no DMARC", "record", MXS_LINE_ALWAYS}};

static void put_uris(struct mxs_json *json, const char *key, const struct mxs_dmarc_uris *uris)
{
    mxs_json_open_array(json, key);
    for (uint32_t i = 0; i < uris->count && i < MXS_DMARC_URIS_MAX; i++)
        mxs_json_put_text(json, NULL, uris->at[i].uri.data, uris->at[i].uri.size_bytes);
    mxs_json_close(json);
}

/* unauthorised: domains of report addresses that did not agree; tree: where the walk up the tree finds another. */
static void put_others(struct mxs_json *json, struct mxs_bytes content)
{
    struct mxs_policy_entry entry, tree = {.key = {NULL, 0}};
    mxs_json_open_array(json, "unauthorised");
    for (uint32_t at = 0; mxs_pack_next(content, &at, &entry);) {
        if (entry.ask == MXS_ASK_DMARC_TREE && entry.text_count > 0)
            tree = entry;
        if (entry.ask == MXS_ASK_REPORT && mxs_outcome_settled(entry.outcome))
            mxs_json_put_text(json, NULL, entry.key.data, entry.key.size_bytes);
    }
    mxs_json_close(json);
    if (tree.key.data == NULL) {
        mxs_json_put_null(json, "tree");
        return;
    }
    mxs_json_open_object(json, "tree");
    mxs_json_put_text(json, "at", tree.key.data, tree.key.size_bytes);
    mxs_json_put_text(json, "record", tree.texts[0].data, tree.texts[0].size_bytes);
    mxs_json_close(json);
}

/* Of a record that is none nothing is known but that. */
static void put_tags(struct mxs_json *json, const struct mxs_policy_entry *entry, struct mxs_bytes content)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_dmarc dmarc;
    mxs_dmarc_read(records, mxs_pack_records(entry, records), &dmarc);
    bool good = dmarc.reason == MXS_DMARC_OK, below = dmarc.subdomain_policy != MXS_DMARC_ABSENT;
    mxs_json_put_string(json, "subdomain_policy", good && below ? mxs_dmarc_policy_text(dmarc.subdomain_policy) : NULL);
    if (good)
        mxs_json_put_int(json, "percent", dmarc.percent);
    else
        mxs_json_put_null(json, "percent");
    mxs_json_put_string(json, "dkim_alignment", !good ? NULL : dmarc.strict_dkim ? "strict" : "relaxed");
    mxs_json_put_string(json, "spf_alignment", !good ? NULL : dmarc.strict_spf ? "strict" : "relaxed");
    put_uris(json, "rua", &dmarc.rua);
    put_uris(json, "ruf", &dmarc.ruf);
    put_others(json, content);
    if (dmarc.rua.count > MXS_DMARC_URIS_MAX || dmarc.ruf.count > MXS_DMARC_URIS_MAX)
        mxs_json_put_string(json, "addresses", "limit");
}

/* What was meant, and where it stands if not at _dmarc. */
static void put_nearly(struct mxs_json *json, struct mxs_text nearly, struct mxs_text at)
{
    if (nearly.data == NULL)
        return;
    mxs_json_put_text(json, "nearly", nearly.data, nearly.size_bytes);
    if (at.data != NULL)
        mxs_json_put_text(json, "nearly_at", at.data, at.size_bytes);
}

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry, record_entry = {.text_count = 0};
    struct mxs_text nearly = {NULL, 0}, nearly_at = {NULL, 0}, record = {NULL, 0};
    struct mxs_json json;
    uint8_t mark = MXS_POLICY_UNKNOWN;
    bool found = false, limit = false;
    for (uint32_t at = 0; mxs_pack_next(telling->content, &at, &entry);) {
        struct mxs_dmarc dmarc;
        bool is_record = entry.ask == MXS_ASK_DMARC || entry.ask == MXS_ASK_DMARC_ORG;
        if ((entry.flags & MXS_ENTRY_NEARLY) && (is_record || entry.ask == MXS_ASK_DMARC_ELSEWHERE)) {
            if (nearly.data == NULL) {
                nearly = mxs_tell_nearly(telling, &entry);
                nearly_at = is_record ? (struct mxs_text){NULL, 0} : entry.key.data != NULL ? entry.key : MXS_TEXT("@");
            }
            continue;
        }
        limit |= is_record && entry.outcome == MXS_LIMIT;
        if (found || !is_record || entry.text_count == 0)
            continue;
        found = true;
        record = mxs_tell_join(telling, &entry);
        mark = mark_of(&entry, &dmarc);
        record_entry = entry;
    }
    if (!found && !limit && nearly.data == NULL)
        return;
    mxs_json_init(&json, telling->out);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_text(&json, "record", record.data, record.size_bytes);
    mxs_json_put_string(&json, "policy", mark != MXS_POLICY_UNKNOWN ? marks[mark].name : limit ? "limit" : NULL);
    mxs_json_put_text(&json, "inherited_from", record_entry.key.data, record_entry.key.size_bytes);
    if (found)
        put_tags(&json, &record_entry, telling->content);
    else
        put_nearly(&json, nearly, nearly_at);
    mxs_json_finish(&json);
    mxs_tell(telling, COLUMN, record);
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_DMARC_MISSING, "dmarc_missing", MXS_WARNING, "There is no DMARC record: spoofed mail is delivered.",
     "Publish `v=DMARC1; p=none; rua=mailto:...`, read the reports, then enforce the policy."},
    {MXS_FINDING_DMARC_FAULTY, "dmarc_faulty", MXS_WARNING, "The DMARC record cannot be used, or there are several.",
     "Keep one record, beginning with `v=DMARC1; p=`."},
    {MXS_FINDING_DMARC_NONE, "dmarc_none", MXS_NOTICE, "DMARC is in monitoring mode (`p=none`).",
     "When the reports show that none of your own senders fails, move to `quarantine`, then to `reject`."},
    {MXS_FINDING_DMARC_PARTIAL, "dmarc_partial", MXS_NOTICE,
     "DMARC is enforced for part of the mail only, or in test mode.",
     "Raise `pct` to 100 and remove `t=y` when the reports are clean."},
    {MXS_FINDING_DMARC_NO_REPORTS, "dmarc_no_reports", MXS_INFO, "Nobody receives DMARC reports.",
     "Add `rua=mailto:...`: without reports nobody sees what the policy rejects."},
    {MXS_FINDING_DMARC_UNAUTHORISED, "dmarc_report_refused", MXS_NOTICE,
     "A DMARC report address in another domain is not authorised to receive reports.",
     "Ask its owner to publish the `_report._dmarc` record (RFC 7489 7.1), or use another address."},
    {MXS_FINDING_DMARC_TREE, "dmarc_tree_differs", MXS_INFO,
     "The DNS tree walk of DMARC's successor finds another record than the public suffix list does.",
     "Publish a record at the domain itself."},
    {MXS_FINDING_DMARC_NEARLY, "dmarc_nearly", MXS_WARNING,
     "Something was meant as DMARC, and receivers do not find it: a record that is not valid, one at another name than "
     "_dmarc, or an alias of a name that has none (the export shows it as `nearly`).",
     "A TXT record must stand at `_dmarc` and begin with exactly `v=DMARC1;` (RFC 7489 6.1, 6.4)."},
    {MXS_FINDING_DMARC_DISCARDED, "dmarc_discarded", MXS_INFO,
     "Part of the DMARC record cannot be parsed: receivers ignore that part. Where it is the policy, they take it for "
     "`p=none`.",
     "Fix it: tags are `name=value`, separated by semicolons; `p` is `none`, `quarantine` or `reject` (RFC 7489 6.3)."},
};

const struct mxs_check mxs_check_dmarc = {.id = 3,
                                          .name = "dmarc",
                                          .option = "auth",
                                          .subject = MXS_SUBJECT_DOMAIN,
                                          .asks = 1ull << MXS_ASK_DMARC | 1ull << MXS_ASK_DMARC_ORG |
                                                  1ull << MXS_ASK_DMARC_TREE | 1ull << MXS_ASK_REPORT |
                                                  1ull << MXS_ASK_DMARC_ELSEWHERE | 1ull << MXS_ASK_NO_DMARC,
                                          .watch = 1ull << MXS_ASK_TXT,
                                          .watch_as = MXS_ASK_DMARC_ELSEWHERE,
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
