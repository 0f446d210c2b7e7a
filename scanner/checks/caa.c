/* CAA: which authorities may issue certificates for a name @rfc{8659,4}, and for the mail addresses below it
 * @rfc{9495,3}. The records of the nearest name that has any hold: the domain itself, else its parents one after the
 * other, up to the top-level domain @rfc{8659,3}. Parents are asked once per run for all domains. */
#include "base/json.h"
#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"
#include "scanner/parse/words.h"

enum { TYPE_CAA = 257, ASK_CAA = 24, ASK_CAA_PARENT = 25 }; /* PARENT: key: where they were found */
enum { FINDING_NO_MAIL_CERTIFICATES = 104, FINDING_MALFORMED = 105, FINDING_CRITICAL = 125 };
enum { MEASURE = 9, COLUMN = 9 };
enum { ABSENT, PUBLISHED, INHERITED, MALFORMED }; /* stored */
enum { FLAG_CRITICAL = 128 };

/* --- asking --- */

static void begin(struct mxs_asking *asking) { mxs_asking_put(asking, ASK_CAA, TYPE_CAA, MXS_TEXT(""), ""); }

static bool is_any(struct mxs_text text) { return text.data != NULL; }

static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    (void)asking;
    if (!mxs_keep_texts(answer, is_any, entry))
        entry->outcome = MXS_LIMIT;
}

/* One step up for each answer that says there is nothing; an answer that is missing ends the climb, and nothing is
 * known. */
static bool advance(struct mxs_asking *asking)
{
    const struct mxs_policy_question *own = mxs_asking_find(asking, ASK_CAA);
    if (own == NULL || own->entry != NULL || !mxs_outcome_settled((enum mxs_outcome)own->outcome))
        return true;
    for (struct mxs_text at = mxs_name_parent(asking->slot->subject.name); at.size_bytes > 0;
         at = mxs_name_parent(at)) {
        const struct mxs_shared_answer *answer = mxs_asking_want(asking, ASK_CAA_PARENT, at, TYPE_CAA);
        if (answer == NULL)
            return false;
        struct mxs_policy_entry entry = {
            .ask = ASK_CAA_PARENT, .outcome = (enum mxs_outcome)answer->outcome, .key = at};
        for (; entry.text_count < answer->text_count; entry.text_count++)
            entry.texts[entry.text_count] = mxs_shared_text(answer, entry.text_count);
        if (!mxs_outcome_settled(entry.outcome) || entry.text_count > 0) {
            mxs_asking_add(asking, &entry);
            return true;
        }
    }
    return true;
}

/* --- reading --- */

struct property {
    uint8_t flags;
    struct mxs_text tag, value;
};

/* Flags, the length of the tag, the tag, the value @rfc{8659,4.1}. */
static bool read_property(struct mxs_text rdata, struct property *out)
{
    uint32_t length = rdata.size_bytes < 2 ? 0 : (uint8_t)rdata.data[1];
    if (length == 0 || length > rdata.size_bytes - 2)
        return false;
    *out =
        (struct property){(uint8_t)rdata.data[0], mxs_text_cut(rdata, 2, 2 + length), mxs_text_from(rdata, 2 + length)};
    for (uint32_t i = 0; i < length; i++)
        if (!mxs_is_alnum(out->tag.data[i]))
            return false;
    return true;
}

static bool is_label(struct mxs_text label)
{
    for (uint32_t i = 0; i < label.size_bytes; i++)
        if (!mxs_is_alnum(label.data[i]) && (label.data[i] != '-' || i == 0 || i + 1 == label.size_bytes))
            return false;
    return label.size_bytes > 0;
}

static bool is_parameter(struct mxs_text text)
{
    uint32_t equals = mxs_text_find(text, '=');
    if (equals == text.size_bytes || !is_label(mxs_text_strip(mxs_text_cut(text, 0, equals))))
        return false;
    struct mxs_text value = mxs_text_strip(mxs_text_from(text, equals + 1));
    for (uint32_t i = 0; i < value.size_bytes; i++)
        if (value.data[i] <= 0x20 || value.data[i] > 0x7e)
            return false;
    return true;
}

/* An issuer's domain name, or none, and parameters behind a semicolon @rfc{8659,4.2}. issuer: size 0 where nobody is
 * named. */
static bool read_issuer(struct mxs_text value, struct mxs_text *issuer)
{
    struct mxs_text rest = value, piece = {NULL, 0}, label;
    bool first = mxs_text_next(&rest, ';', &piece), good = true;
    *issuer = first ? mxs_text_strip(piece) : MXS_TEXT("");
    for (struct mxs_text labels = *issuer; good && issuer->size_bytes > 0 && mxs_text_next(&labels, '.', &label);)
        good = is_label(label);
    while (good && mxs_text_next(&rest, ';', &piece))
        good = mxs_text_strip(piece).size_bytes == 0 || is_parameter(piece);
    return good;
}

static bool is_contact(struct mxs_text value)
{
    static const char *const schemes[] = {"mailto:", "http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t size = strlen(schemes[i]);
        if (value.size_bytes > size && mxs_text_same(mxs_text_cut(value, 0, (uint32_t)size), mxs_text_of(schemes[i])))
            return mxs_text_printable(value);
    }
    return false;
}

enum kind { ISSUE, ISSUE_WILD, ISSUE_MAIL, CONTACT, OTHER };
static const char *const tags[] = {"issue", "issuewild", "issuemail", "iodef"};

static enum kind kind_of(struct mxs_text tag)
{
    enum kind kind = ISSUE;
    while (kind < OTHER && !mxs_text_same(tag, mxs_text_of(tags[kind])))
        kind++;
    return kind;
}

/* What is told and judged of one record. */
struct reading {
    bool good;
    enum kind kind;
    struct property property;
    struct mxs_text issuer;
};

static struct reading read_record(struct mxs_text rdata)
{
    struct reading out = {.kind = OTHER};
    out.good = read_property(rdata, &out.property);
    if (!out.good)
        return out;
    out.kind = kind_of(out.property.tag);
    if (out.kind < CONTACT)
        out.good = read_issuer(out.property.value, &out.issuer);
    else if (out.kind == CONTACT)
        out.good = is_contact(out.property.value);
    return out;
}

/* The entry that holds for the domain; false: there is none. */
static bool find_entry(struct mxs_bytes content, struct mxs_policy_entry *out)
{
    for (uint32_t at = 0; mxs_pack_next(content, &at, out);)
        if (out->ask == ASK_CAA || out->ask == ASK_CAA_PARENT)
            return true;
    return false;
}

static bool is_malformed(const struct mxs_policy_entry *entry)
{
    for (uint32_t i = 0; i < entry->text_count; i++)
        if (!read_record(entry->texts[i]).good)
            return true;
    return false;
}

/* --- judging --- */

static const struct mxs_measure_word words[] = {{ABSENT, "absent", "absent"},
                                                {PUBLISHED, "published", "published"},
                                                {INHERITED, "inherited", "of a parent"},
                                                {MALFORMED, "malformed", "malformed"},
                                                {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MEASURE, "caa", "CAA", false, words}};

/* Whether records speak of mail, and none of them names anybody; one that cannot be read authorises nobody
 * @rfc{8659,4.2}. */
static bool forbids_mail(const struct mxs_policy_entry *entry)
{
    bool any = false, named = false;
    for (uint32_t i = 0; i < entry->text_count; i++) {
        const struct reading record = read_record(entry->texts[i]);
        any |= record.good && record.kind == ISSUE_MAIL;
        named |= record.good && record.kind == ISSUE_MAIL && record.issuer.size_bytes > 0;
    }
    return any && !named;
}

/* A property marked critical, which an authority must know or issue nothing @rfc{8659,4.1}, and whose tag IANA's
 * registry does not name as one in use. */
static bool is_critical_unknown(const struct mxs_policy_entry *entry)
{
    static const char *const registered[] = {"issue", "issuewild", "issuemail", "issuevmc", "iodef", "contactemail",
                                             "contactphone"};
    for (uint32_t i = 0; i < entry->text_count; i++) {
        struct property property;
        if (!read_property(entry->texts[i], &property) || !(property.flags & FLAG_CRITICAL))
            continue;
        bool known = false;
        for (size_t k = 0; k < sizeof registered / sizeof *registered; k++)
            known |= mxs_text_same(property.tag, mxs_text_of(registered[k]));
        if (!known)
            return true;
    }
    return false;
}

static void judge(struct mxs_check_judging *judging)
{
    struct mxs_policy_entry entry;
    if (!find_entry(judging->facts->content, &entry)) {
        mxs_judging_value(judging, MEASURE, ABSENT);
        return;
    }
    if (!mxs_outcome_settled(entry.outcome))
        return;
    bool malformed = is_malformed(&entry);
    mxs_judging_value(judging, MEASURE, malformed ? MALFORMED : entry.ask == ASK_CAA ? PUBLISHED : INHERITED);
    if (malformed)
        mxs_judging_put(judging, FINDING_MALFORMED);
    if (is_critical_unknown(&entry))
        mxs_judging_put(judging, FINDING_CRITICAL);
    if (judging->receives && forbids_mail(&entry))
        mxs_judging_put(judging, FINDING_NO_MAIL_CERTIFICATES);
}

/* --- telling --- */

static const struct mxs_check_column columns[] = {
    {COLUMN, "caa", "caa", "null", "no CAA", "record", MXS_LINE_WHERE_THERE}};

/* `0 issue "ca.example"`, as zone files write it. A record that is no property is told by its octets. */
static struct mxs_text write_record(struct mxs_check_telling *telling, struct mxs_text rdata)
{
    const struct reading record = read_record(rdata);
    struct mxs_text out = MXS_TEXT("\\#");
    char piece[32];
    if (record.property.tag.data == NULL) {
        for (uint32_t i = 0; i < rdata.size_bytes && i < 64; i++) {
            snprintf(piece, sizeof piece, "%s%02x", i == 0 ? " " : "", (uint8_t)rdata.data[i]);
            out = mxs_tell_append(telling, out, mxs_text_of(piece));
        }
        return out;
    }
    snprintf(piece, sizeof piece, "%u ", record.property.flags);
    out = mxs_tell_append(telling, mxs_text_of(piece), record.property.tag);
    out = mxs_tell_append(telling, out, MXS_TEXT(" \""));
    out = mxs_tell_append(telling, out, record.property.value);
    return mxs_tell_append(telling, out, MXS_TEXT("\""));
}

/* The issuers named by one kind of record: null where there is no such record, [] where nobody may issue. */
static void put_issuers(struct mxs_json *json, const struct mxs_policy_entry *entry, enum kind kind)
{
    bool any = false;
    for (uint32_t i = 0; i < entry->text_count; i++) {
        const struct reading record = read_record(entry->texts[i]);
        if (record.kind != kind)
            continue;
        if (!any)
            mxs_json_open_array(json, tags[kind]);
        any = true;
        struct mxs_text told = kind == CONTACT ? record.property.value : record.issuer;
        if (record.good && told.size_bytes > 0)
            mxs_json_put_text(json, NULL, told.data, told.size_bytes);
    }
    if (any)
        mxs_json_close(json);
    else
        mxs_json_put_null(json, tags[kind]);
}

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry;
    struct mxs_text line = MXS_TEXT("");
    struct mxs_json json;
    if (!find_entry(telling->content, &entry) || (entry.text_count == 0 && entry.outcome != MXS_LIMIT))
        return;
    for (uint32_t i = 0; i < entry.text_count; i++) {
        line = mxs_tell_append(telling, line, i == 0 ? MXS_TEXT("") : MXS_TEXT("; "));
        line = mxs_tell_append(telling, line, write_record(telling, entry.texts[i]));
    }
    mxs_json_init(&json, telling->out);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_text(&json, "record", line.data, line.size_bytes);
    mxs_json_put_string(&json, "result",
                        entry.outcome == MXS_LIMIT            ? "limit"
                        : !mxs_outcome_settled(entry.outcome) ? NULL
                        : is_malformed(&entry)                ? "malformed"
                                                              : "ok");
    mxs_json_put_text(&json, "inherited_from", entry.key.data, entry.key.size_bytes);
    for (enum kind kind = ISSUE; kind < OTHER; kind++)
        put_issuers(&json, &entry, kind);
    mxs_json_finish(&json);
    if (entry.outcome == MXS_LIMIT)
        line = mxs_tell_append(telling, line, MXS_TEXT(" (there are more than are read)"));
    mxs_tell(telling, COLUMN, line);
}

static const struct mxs_finding findings[] = {
    {FINDING_NO_MAIL_CERTIFICATES, "caa_no_mail_certificates", MXS_INFO,
     "The domain receives mail, and CAA lets no authority issue certificates for its mail addresses (`issuemail "
     "\";\"`).",
     "Right where nobody signs mail with S/MIME; else name the authority: `issuemail \"ca.example\"` (RFC 9495)."},
    {FINDING_MALFORMED, "caa_malformed", MXS_WARNING,
     "A CAA record cannot be read: it authorises nobody, and authorities may refuse to issue certificates.",
     "Correct it: flags, tag, and a value that names the authority, as `0 issue \"ca.example\"` (RFC 8659)."},
    {FINDING_CRITICAL, "caa_critical_unknown", MXS_WARNING,
     "A CAA record with a tag that is not registered is marked critical: an authority that does not know the tag "
     "issues no certificate for the domain.",
     "Correct the tag, or take the flag 128 away (RFC 8659 4.1)."},
};

const struct mxs_check mxs_check_caa = {.id = 11,
                                        .name = "caa",
                                        .option = "caa",
                                        .subject = MXS_SUBJECT_DOMAIN,
                                        .questions = 110,
                                        .asks = 1ull << ASK_CAA | 1ull << ASK_CAA_PARENT,
                                        .begin = begin,
                                        .advance = advance,
                                        .keep = keep,
                                        .judge = judge,
                                        .tell = tell,
                                        .findings = findings,
                                        .finding_count = MXS_COUNT_OF(findings),
                                        .measures = measures,
                                        .measure_count = MXS_COUNT_OF(measures),
                                        .columns = columns,
                                        .column_count = MXS_COUNT_OF(columns)};
