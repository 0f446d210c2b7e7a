#include "scanner/checks/content.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "scanner/checks/judge.h"
#include "scanner/checks/registry.h"

static struct mxs_bytes pack_of(uint8_t *bytes, const struct mxs_policy_entry *entries, uint32_t count)
{
    struct mxs_pack pack;
    mxs_pack_init(&pack, bytes);
    for (uint32_t i = 0; i < count; i++)
        cr_assert(mxs_pack_put(&pack, &entries[i], 0));
    return (struct mxs_bytes){bytes, pack.size_bytes};
}

static mxs_out out;
static void open_out(void) { mxs_out_attach(&out, NULL); }
static void close_out(void) { mxs_out_abandon(&out); }
TestSuite(checks_content, .init = open_out, .fini = close_out);

static bool tell(struct mxs_bytes content, struct mxs_arena *arena, struct mxs_policy_row *row)
{
    return mxs_policy_tell(content, false, arena, &out, row);
}

/* What a column tells as JSON; "" : nothing. */
static struct mxs_text json_of(const struct mxs_policy_row *row, uint8_t column)
{
    for (uint8_t i = 0; i < row->column_count; i++)
        if (row->columns[i].column == column)
            return row->columns[i].json;
    return MXS_TEXT("");
}

static const struct mxs_policy_entry sample[] = {
    {.ask = MXS_ASK_TXT, .outcome = MXS_ANSWERED, .texts = {{"v=spf1 include:a.test -all", 26}}, .text_count = 1},
    {.ask = MXS_ASK_TOKENS, .outcome = MXS_ANSWERED, .texts = {{"MS=ms1", 6}, {"MS=ms2", 6}}, .text_count = 2},
    {.ask = MXS_ASK_DMARC, .outcome = MXS_TIMEOUT},
    {.ask = MXS_ASK_SELECTOR, .outcome = MXS_NXDOMAIN, .key = {"s\\.1", 4}, .target = {"k._domainkey.b.test", 19}},
};

Test(checks_content, every_cut_and_every_flipped_byte_is_read_without_harm)
{
    uint8_t *bytes = malloc(MXS_PACK_MAX), copy[512];
    struct mxs_bytes content = pack_of(bytes, sample, 4);
    struct mxs_arena arena;
    struct mxs_policy_facts facts;
    mxs_arena_init(&arena, 4096, 0);
    cr_assert_leq(content.size_bytes, sizeof copy);
    for (uint32_t size = 0; size <= content.size_bytes; size++) {
        for (int flip = 0; flip < 256; flip += 51) {
            memcpy(copy, bytes, content.size_bytes);
            if (size < content.size_bytes)
                copy[size] = (uint8_t)(copy[size] ^ flip);
            struct mxs_bytes cut = {copy, flip == 0 ? size : content.size_bytes};
            struct mxs_policy_row row;
            mxs_arena_reset(&arena);
            cr_expect(mxs_policy_read(cut, MXS_CHECK_AUTH | MXS_CHECK_TRANSPORT, &arena, &facts));
            cr_expect(tell(cut, &arena, &row));
            cr_expect(mxs_policy_tell(cut, true, &arena, &out, &row));
        }
    }
    mxs_arena_finish(&arena);
    free(bytes);
}

/* Nobody packs so; a damaged database holds what it likes. */
Test(checks_content, the_same_question_many_times_is_told_once)
{
    enum { TIMES = 40 };
    struct mxs_policy_entry entries[TIMES];
    for (int i = 0; i < TIMES; i++)
        entries[i] = (struct mxs_policy_entry){
            .ask = MXS_ASK_MTA_STS, .outcome = MXS_ANSWERED, .texts = {{"v=STSv1; id=1;", 14}}, .text_count = 1};
    uint8_t *bytes = malloc(MXS_PACK_MAX);
    struct mxs_bytes content = pack_of(bytes, entries, TIMES);
    struct mxs_arena arena;
    struct mxs_policy_row row;
    mxs_arena_init(&arena, 4096, 0);
    cr_assert(tell(content, &arena, &row));
    cr_expect_eq(row.column_count, 1);
    mxs_arena_finish(&arena);
    free(bytes);
}

Test(checks_content, what_does_not_fit_is_left_out_whole)
{
    uint8_t *bytes = malloc(MXS_PACK_MAX);
    char *text = calloc(1, 40000);
    struct mxs_pack pack;
    mxs_pack_init(&pack, bytes);
    struct mxs_policy_entry entry = {.ask = MXS_ASK_TXT, .texts = {{text, 40000}}, .text_count = 1};
    cr_expect(mxs_pack_put(&pack, &entry, 0));
    uint32_t size = pack.size_bytes;
    cr_expect_not(mxs_pack_put(&pack, &entry, 0));
    cr_expect_eq(pack.size_bytes, size);
    free(text);
    free(bytes);
}

Test(checks_content, what_is_put_comes_back)
{
    uint8_t *bytes = malloc(MXS_PACK_MAX);
    struct mxs_bytes content = pack_of(bytes, sample, 4);
    struct mxs_policy_entry entry;
    uint32_t at = 0;
    for (int i = 0; i < 4; i++) {
        cr_assert(mxs_pack_next(content, &at, &entry));
        cr_expect_eq(entry.ask, sample[i].ask);
        cr_expect_eq(entry.outcome, sample[i].outcome);
        cr_expect(mxs_text_equal(entry.key, sample[i].key));
        cr_expect(mxs_text_equal(entry.target, sample[i].target));
        cr_expect_eq(entry.text_count, sample[i].text_count);
        for (uint32_t k = 0; k < entry.text_count; k++)
            cr_expect(mxs_text_equal(entry.texts[k], sample[i].texts[k]));
    }
    cr_expect_not(mxs_pack_next(content, &at, &entry));
    free(bytes);
}

Test(checks_content, what_is_not_settled_is_not_known)
{
    uint8_t *bytes = malloc(MXS_PACK_MAX);
    struct mxs_bytes content = pack_of(bytes, sample, 4);
    struct mxs_arena arena;
    struct mxs_policy_facts facts;
    mxs_arena_init(&arena, 4096, 0);
    cr_assert(mxs_policy_read(content, MXS_CHECK_AUTH, &arena, &facts));
    cr_expect_eq(facts.dmarc, MXS_POLICY_UNKNOWN);
    cr_expect_eq(facts.mta_sts, MXS_POLICY_UNKNOWN);
    cr_expect_eq(facts.bimi, MXS_RECORD_NONE);
    cr_expect_eq(facts.include_count, 1);
    cr_expect_eq(facts.token_count, 2);
    cr_expect_eq(facts.key_count, 1);
    struct mxs_policy_row row;
    cr_assert(tell(content, &arena, &row));
    cr_expect(mxs_text_equal(json_of(&row, 2),
                             MXS_TEXT("[{\"selector\":\"s\\\\.1\",\"type\":null,\"bits\":0,\"reason\":\"no_record\","
                                      "\"target\":\"k._domainkey.b.test\"}]")),
              "%.*s", MXS_TEXT_ARG(json_of(&row, 2)));
    mxs_arena_finish(&arena);
    free(bytes);
}

Test(checks_content, hostile_bytes_of_a_dmarc_record_make_plain_json)
{
    static const struct mxs_policy_entry entries[] = {
        {.ask = MXS_ASK_DMARC_ORG, .outcome = MXS_ANSWERED, .key = {"b.test", 6},
         .texts = {{"v=DMARC1; p=none; rua=mailto:\"\\\x01\xff<b>@a.test", 39}}, .text_count = 1},
        {.ask = MXS_ASK_REPORT, .outcome = MXS_NXDOMAIN, .key = {"a.test", 6}},
        {.ask = MXS_ASK_REPORT, .outcome = MXS_TIMEOUT, .key = {"c.test", 6}},
    };
    uint8_t *bytes = malloc(MXS_PACK_MAX);
    struct mxs_bytes content = pack_of(bytes, entries, 3);
    struct mxs_arena arena;
    struct mxs_policy_row row;
    mxs_arena_init(&arena, 4096, 0);
    cr_assert(tell(content, &arena, &row));
    struct mxs_text json = json_of(&row, 1);
    cr_assert_gt(json.size_bytes, 0);
    for (uint32_t i = 0; i < json.size_bytes; i++)
        cr_expect_geq((unsigned char)json.data[i], 0x20);
    cr_expect_not_null(memmem(json.data, json.size_bytes, "\"unauthorised\":[\"a.test\"]", 25));
    mxs_arena_finish(&arena);
    free(bytes);
}

Test(checks_content, an_open_selector_or_organisation_leaves_it_open)
{
    static const struct mxs_policy_entry entries[] = {
        {.ask = MXS_ASK_DMARC_ORG, .outcome = MXS_SERVFAIL, .key = {"b.test", 6}},
        {.ask = MXS_ASK_SELECTOR, .outcome = MXS_TIMEOUT, .key = {"s1", 2}},
    };
    uint8_t *bytes = malloc(MXS_PACK_MAX);
    struct mxs_bytes content = pack_of(bytes, entries, 2);
    struct mxs_arena arena;
    struct mxs_policy_facts facts;
    struct mxs_policy_row row;
    mxs_arena_init(&arena, 4096, 0);
    cr_assert(mxs_policy_read(content, MXS_CHECK_AUTH | MXS_CHECK_TRANSPORT, &arena, &facts));
    cr_expect_eq(facts.dmarc, MXS_POLICY_UNKNOWN);
    cr_expect_eq(facts.dkim, MXS_POLICY_UNKNOWN);
    cr_assert(tell(content, &arena, &row));
    cr_expect_eq(row.column_count, 0);
    mxs_arena_finish(&arena);
    free(bytes);
}
