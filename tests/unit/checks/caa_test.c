/* Records of CAA as a stranger may write them, kept, judged and told. */
#include <criterion/criterion.h>

#include "scanner/checks/judge.h"
#include "scanner/checks/registry.h"

enum { ASK_CAA = 24, MEASURE = 9, PUBLISHED = 1, MALFORMED = 3, NO_MAIL = 104, BAD = 105, CRITICAL = 125 };

static struct mxs_arena arena;
static mxs_out out;
static struct mxs_policy_row row;
static void begin(void)
{
    mxs_arena_init(&arena, 4096, 0);
    mxs_out_attach(&out, NULL);
}
static void end(void)
{
    mxs_arena_finish(&arena);
    mxs_out_abandon(&out);
}
TestSuite(checks_caa, .init = begin, .fini = end);

/* Judged and told: the record's own octets, or flags 0, a tag and a value. */
static struct mxs_policy_addition judge(enum mxs_outcome outcome, const struct mxs_text *rdata, uint32_t count)
{
    static uint8_t bytes[MXS_PACK_MAX];
    static struct mxs_policy_facts facts;
    struct mxs_policy_entry entry = {.ask = ASK_CAA, .outcome = outcome, .text_count = count};
    struct mxs_policy_addition addition;
    struct mxs_verdict verdict = {.state = MXS_STATE_MX};
    struct mxs_pack pack;
    memcpy(entry.texts, rdata, count * sizeof *rdata);
    mxs_pack_init(&pack, bytes);
    cr_assert(count == 0 || mxs_pack_put(&pack, &entry, 0));
    struct mxs_bytes content = {bytes, pack.size_bytes};
    cr_assert(mxs_policy_read(content, mxs_checks_parse("mx,caa"), &arena, &facts));
    mxs_policy_judge(&verdict, &facts, NULL, &addition);
    cr_assert(mxs_policy_tell(content, false, &arena, &out, &row));
    return addition;
}

static struct mxs_text property(const char *tag, const char *value)
{
    size_t tag_size = strlen(tag), value_size = strlen(value);
    char *bytes = mxs_arena_take(&arena, 2 + tag_size + value_size);
    bytes[0] = 0;
    bytes[1] = (char)tag_size;
    memcpy(bytes + 2, tag, tag_size);
    memcpy(bytes + 2 + tag_size, value, value_size);
    return (struct mxs_text){bytes, (uint32_t)(2 + tag_size + value_size)};
}

static bool has(struct mxs_policy_addition addition, unsigned code) { return addition.findings >> (code - 64) & 1; }

Test(checks_caa, what_cannot_be_read_is_malformed_and_told_by_its_octets)
{
    static const struct mxs_text rdata[] = {
        {"\0", 1},          {"\0\0", 2},       {"\0\5issu", 6},    {"\0\1-x", 4},
        {"\0\377issue", 7}, {"\0\5is ue;", 8}, {"\0\5issue\1", 8}, {"\0\5issueca..example", 17}};
    for (size_t i = 0; i < sizeof rdata / sizeof *rdata; i++) {
        struct mxs_policy_addition addition = judge(MXS_ANSWERED, &rdata[i], 1);
        cr_expect(has(addition, BAD), "record %zu", i);
        cr_expect_eq(addition.measures.values[MEASURE], MALFORMED);
        cr_expect_eq(row.column_count, 1);
    }
    judge(MXS_ANSWERED, rdata, 1);
    cr_expect(mxs_text_equal(row.columns[0].text, MXS_TEXT("\\# 00")), "%.*s", MXS_TEXT_ARG(row.columns[0].text));
}

Test(checks_caa, values_by_their_grammar)
{
    static const struct { const char *tag, *value; bool good;
    } cases[] = {
        {"issue", "ca.example", true},
        {"ISSUE", " ca.example ; a=1; b=2;", true},
        {"issue", "", true},
        {"issue", ";", true},
        {"issuewild", "; policy=ev", true},
        {"issuemail", ";", true},
        {"issue", "ca.example a=1", false},
        {"issue", "-ca.example", false},
        {"issue", "ca.example; =1", false},
        {"issue", "ca.example; a", false},
        {"issue", "ca.example; a=b c", false},
        {"issue", "%%%%", false},
        {"iodef", "mailto:a@b.example", true},
        {"iodef", "https://b.example/", true},
        {"iodef", "b.example", false},
        {"iodef", "mailto:", false},
        {"tbs", "anything \001", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mxs_text rdata = property(cases[i].tag, cases[i].value);
        struct mxs_policy_addition addition = judge(MXS_ANSWERED, &rdata, 1);
        cr_expect_eq(has(addition, BAD), !cases[i].good, "%s '%s'", cases[i].tag, cases[i].value);
    }
}

Test(checks_caa, mail_is_forbidden_where_nobody_is_named)
{
    struct mxs_text none = property("issuemail", ";"), named = property("issuemail", "ca.example"),
                    web = property("issue", ";");
    const struct mxs_text both[] = {none, named};
    cr_expect(has(judge(MXS_ANSWERED, &none, 1), NO_MAIL));
    cr_expect_not(has(judge(MXS_ANSWERED, both, 2), NO_MAIL));
    cr_expect_not(has(judge(MXS_ANSWERED, &web, 1), NO_MAIL));
    cr_expect_eq(judge(MXS_ANSWERED, &web, 1).measures.values[MEASURE], PUBLISHED);
    cr_expect(mxs_text_equal(row.columns[0].json,
                             MXS_TEXT("{\"record\":\"0 issue \\\";\\\"\",\"result\":\"ok\",\"inherited_from\":null,"
                                      "\"issue\":[],\"issuewild\":null,\"issuemail\":null,\"iodef\":null}")),
              "%.*s", MXS_TEXT_ARG(row.columns[0].json));
}

Test(checks_caa, what_is_not_settled_is_not_known)
{
    struct mxs_text none = property("issuemail", ";");
    struct mxs_policy_addition addition = judge(MXS_LIMIT, &none, 1);
    cr_expect_eq(addition.measures.values[MEASURE], MXS_POLICY_UNKNOWN);
    cr_expect_eq(addition.findings, 0);
}

Test(checks_caa, a_critical_property_that_is_not_registered_is_told)
{
    static const struct { unsigned char flags; const char *tag, *value; bool found; } rows[] = {
        {128, "tbs", "unknown", true}, {255, "future", "", true}, {128, "path", "x", true},
        {0, "tbs", "unknown", false}, {127, "tbs", "unknown", false}, {1, "tbs", "unknown", false},
        {128, "issue", "ca.example", false},
        {128, "IssueWild", ";", false}, {128, "issuemail", ";", false}, {128, "issuevmc", ";", false},
        {128, "iodef", "mailto:a@b.example", false}, {128, "contactemail", "a@b.example", false},
        {128, "contactphone", "+1", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mxs_text records[] = {property("issue", "ca.example"), property(rows[i].tag, rows[i].value)};
        ((char *)records[1].data)[0] = (char)rows[i].flags;
        struct mxs_policy_addition addition = judge(MXS_ANSWERED, records, 2);
        cr_expect_eq(has(addition, CRITICAL), rows[i].found, "%u %s", rows[i].flags, rows[i].tag);
        cr_expect_eq(addition.measures.values[MEASURE], PUBLISHED, "%s", rows[i].tag);
    }
}
