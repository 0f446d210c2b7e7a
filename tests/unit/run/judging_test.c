#include "scanner/run/judging.h"

#include <criterion/criterion.h>

#include "scanner/run/internal/known.h"
#include "scanner/run/internal/stages.h"

/* One domain with an MX host, in one complete run and one that was interrupted. */
static const char world[] =
    "INSERT INTO list VALUES (1, 'default');"
    "INSERT INTO run (id, list_id, state, stage, started_at, input_digest, checks, shard, seed, options, versions)"
    " VALUES (1, 1, 'complete', 'finish', 1, '', 'mx,host', '1/1', 1, '', ''), (2, 1, 'running', 'domains', 2, '', "
    "'mx,host', '1/1', 1, '', '');"
    "INSERT INTO member VALUES (2, 1, 1);"
    "INSERT INTO domain VALUES (1, 'a.example');"
    "INSERT INTO host (id, name) VALUES (1, 'mx.a.example');"
    "INSERT INTO text VALUES (1, 'alias.example');"
    "INSERT INTO address VALUES (1, x'14000001', '20.0.0.1', '20.0.0.0/24', 1, NULL);"
    "INSERT INTO address_entry VALUES (1, 0, 1);"
    "INSERT INTO mx_entry VALUES (1, 10, 1);"
    "INSERT INTO host_history VALUES (1, 1, 1, NULL, 0, 1, 1, NULL, NULL, NULL, 1);"
    "INSERT INTO domain_history VALUES (1, 1, 1, NULL, 0, 1, NULL, NULL);";

static struct mxs_detail detail;

static mxs_store *open_world(const char *more)
{
    mxs_store *store;
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK);
    cr_assert_eq(mxs_store_run(store, world, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_run(store, more, &detail), MXS_OK, "%s", detail.text);
    return store;
}

static enum mxs_err judge(const char *more)
{
    mxs_store *store = open_world(more);
    mxs_rules *rules;
    mxs_suffixes *suffixes;
    mxs_judging *judging;
    bool dropped;
    struct mxs_dictionary dictionary;
    mxs_dictionary_init(&dictionary);
    cr_assert_eq(mxs_rules_create_built_in(&rules, &detail), MXS_OK);
    cr_assert_eq(mxs_suffixes_create(&suffixes, NULL, &detail), MXS_OK);
    cr_assert_eq(mxs_dictionary_load(&dictionary, store, &detail), MXS_OK, "%s", detail.text);
    const struct mxs_judging_options options = {
        .store = store, .dictionary = &dictionary, .rules = rules, .suffixes = suffixes, .rules_source = "test"};
    cr_assert_eq(mxs_judging_open(&judging, &options, true, &dropped, &detail), MXS_OK, "%s", detail.text);
    enum mxs_err err = mxs_judging_all(judging, &detail);
    mxs_judging_close(&judging);
    mxs_dictionary_finish(&dictionary);
    mxs_rules_destroy(&rules);
    mxs_suffixes_destroy(&suffixes);
    mxs_store_close(&store);
    return err;
}

Test(survey_judging, facts_that_name_what_is_not_there_are_refused)
{
    static const char *const damaged[] = {
        "UPDATE domain_history SET outcome = 200",
        "UPDATE domain_history SET mx_set_id = 77",
        "UPDATE domain_history SET outcome = 2, mx_set_id = 77",
        "UPDATE domain_history SET outcome = 1, mx_set_id = NULL, implicit_host_id = 99",
        "UPDATE host_history SET a_outcome = 200",
        "UPDATE host_history SET a_set_id = 99",
        "UPDATE host_history SET aaaa_set_id = -1",
        "UPDATE host_history SET alias_id = 99",
        "UPDATE host_history SET registrable_outcome = 99",
        "INSERT INTO domain VALUES (4294967296, 'z.example')",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
        cr_expect_eq(judge(damaged[i]), MXS_ERR_FOREIGN_DB, "%s", damaged[i]);
    cr_expect_eq(judge("SELECT 1"), MXS_OK, "%s", detail.text);
}

static enum mxs_err check(const char *more, enum mxs_journal_kind kind, struct mxs_journal_row row)
{
    static struct mxs_survey survey;
    uint8_t bytes[MXS_PACK_SIZE(1)];
    struct mxs_query query;
    survey = (struct mxs_survey){.store = open_world(more), .run = {.id = 2, .list_id = 1}};
    mxs_dictionary_init(&survey.dictionary);
    cr_assert_eq(mxs_dictionary_load(&survey.dictionary, survey.store, &detail), MXS_OK, "%s", detail.text);
    mxs_query_open(&query, survey.store, "INSERT INTO journal VALUES (1, 2, ?1, 0, 4294967295, ?2)");
    mxs_query_int(&query, 1, kind);
    mxs_query_blob(&query, 2, bytes, mxs_pack(&row, 1, bytes));
    mxs_query_run(&query);
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
    enum mxs_err err = mxs_run_check(&survey, &detail);
    mxs_dictionary_finish(&survey.dictionary);
    mxs_store_close(&survey.store);
    return err;
}

Test(survey_judging, a_journal_that_names_what_is_not_there_is_not_taken_up)
{
    const struct {
        const char *more;
        enum mxs_journal_kind kind;
        struct mxs_journal_row row;
    } damaged[] = {
        {"SELECT 1", MXS_JOURNAL_DOMAINS, {.subject = 2}},
        {"SELECT 1", MXS_JOURNAL_DOMAINS, {.subject = UINT32_MAX}},
        {"SELECT 1", MXS_JOURNAL_DOMAINS, {.subject = 1, .set = 2}},
        {"SELECT 1", MXS_JOURNAL_DOMAINS, {.subject = 1, .alias = 2}},
        {"SELECT 1", MXS_JOURNAL_DOMAINS, {.subject = 1, .implicit_host = 2}},
        {"SELECT 1", MXS_JOURNAL_HOSTS, {.subject = 2, .type = 1}},
        {"SELECT 1", MXS_JOURNAL_HOSTS, {.subject = 1, .set = 2, .type = 1}},
        {"SELECT 1", MXS_JOURNAL_POLICIES, {.subject = 2}},
        {"SELECT 1", MXS_JOURNAL_TLSA, {.subject = 2}},
        {"UPDATE member SET last_domain = 4294967295 WHERE run_id = 2", MXS_JOURNAL_DOMAINS, {.subject = 1}},
        {"UPDATE member SET first_domain = 0 WHERE run_id = 2", MXS_JOURNAL_DOMAINS, {.subject = 1}},
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
        cr_expect_eq(check(damaged[i].more, damaged[i].kind, damaged[i].row), MXS_ERR_FOREIGN_DB, "%zu", i);
    cr_expect_eq(check("SELECT 1", MXS_JOURNAL_DOMAINS,
                       (struct mxs_journal_row){.subject = 1, .set = 1, .alias = 1, .implicit_host = 1}),
                 MXS_OK);
    cr_expect_eq(check("SELECT 1", MXS_JOURNAL_HOSTS, (struct mxs_journal_row){.subject = 1, .set = 1, .alias = 1}),
                 MXS_OK);
}

/* The verdict of a set is shared by its domains, but for one under whose own domain an MX host of it lies. */
Test(survey_judging, who_runs_its_own_mx_host_is_judged_apart_from_who_shares_it)
{
    mxs_store *store = open_world("INSERT INTO domain VALUES (2, 'b.example'); INSERT INTO domain_history VALUES (2, "
                                  "1, 1, NULL, 0, 1, NULL, NULL);");
    int64_t self = 0, other = 0;
    mxs_rules *rules;
    mxs_suffixes *suffixes;
    mxs_judging *judging;
    bool dropped;
    struct mxs_dictionary dictionary;
    mxs_dictionary_init(&dictionary);
    cr_assert_eq(mxs_rules_create_built_in(&rules, &detail), MXS_OK);
    cr_assert_eq(mxs_suffixes_create(&suffixes, NULL, &detail), MXS_OK);
    cr_assert_eq(mxs_dictionary_load(&dictionary, store, &detail), MXS_OK, "%s", detail.text);
    const struct mxs_judging_options options = {
        .store = store, .dictionary = &dictionary, .rules = rules, .suffixes = suffixes, .rules_source = "test"};
    cr_assert_eq(mxs_judging_open(&judging, &options, true, &dropped, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_judging_all(judging, &detail), MXS_OK, "%s", detail.text);
    mxs_judging_close(&judging);
#define LABELLED(domain, provider) "SELECT count(*) FROM judgement j JOIN verdict_label l ON l.verdict_id = " \
    "j.verdict_id JOIN provider p" \
                                   " ON p.id = l.provider_id WHERE j.domain_id = " domain " AND p.name = '" provider "'"
    cr_expect_eq(mxs_query_one_int(store, LABELLED("1", "self"), 0, &self, &detail), MXS_OK);
    cr_expect_eq(mxs_query_one_int(store, LABELLED("2", "org:a.example"), 0, &other, &detail), MXS_OK);
    cr_expect(self == 1 && other == 1, "%lld %lld", (long long)self, (long long)other);
    mxs_dictionary_finish(&dictionary);
    mxs_rules_destroy(&rules);
    mxs_suffixes_destroy(&suffixes);
    mxs_store_close(&store);
}
