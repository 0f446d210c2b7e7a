#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/run/shard.h"

static struct mxs_detail detail;
static const char *const variables[] = {"SLURM_ARRAY_TASK_ID",   "SLURM_ARRAY_TASK_MIN",   "SLURM_ARRAY_TASK_MAX",
                                        "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_INDEX",
                                        "PARALLEL_SEQ"};

static void forget_engines(void)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
}

TestSuite(run_shard, .init = forget_engines);

static void slurm(const char *id, const char *min, const char *max, const char *step, const char *count)
{
    const char *const values[] = {id, min, max, step, count};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (values[i] != NULL)
            setenv(variables[i], values[i], 1);
        else
            unsetenv(variables[i]);
}

/* "K/N", or what was refused. */
static const char *parsed(const char *text)
{
    static char out[sizeof detail.text];
    struct mxs_shard shard = {77, 77};
    if (mxs_shard_parse(text, &shard, &detail) == MXS_OK) {
        mxs_shard_text(&shard, out);
        return out;
    }
    cr_assert(shard.number == 77 && shard.count == 77, "what was refused wrote its output");
    return detail.text;
}

static void refused(const char *text, const char *word)
{
    const char *said = parsed(text);
    cr_assert(strstr(said, word) != NULL, "%s: `%s` is not in: %s", text, word, said);
    cr_assert(strstr(said, "--shard") != NULL, "%s", said);
}

Test(run_shard, what_is_no_shard_is_refused)
{
    static const char *const nonsense[] = {
        "",     "3",    "/",     "3/",        "/8",    "a/8",    "3/8x", " 3/8",
        "+3/8", "3/-8", "1/2/3", "automatic", "auto/", "auto/x", "AUTO", "9999999999/9999999999"};
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++)
        refused(nonsense[i], "is not K/N");
    refused("0/4", "numbered from 1 to 4");
    refused("5/4", "no shard 5 of 4");
    refused("1/0", "0 shards");
    refused("1/100001", "100001 shards");
}

Test(run_shard, a_shard_by_its_number)
{
    cr_assert_str_eq(parsed(NULL), "1/1");
    cr_assert_str_eq(parsed("1/1"), "1/1");
    cr_assert_str_eq(parsed("3/8"), "3/8");
    cr_assert_str_eq(parsed("100000/100000"), "100000/100000");
}

Test(run_shard, auto_without_an_engine_says_what_was_looked_for)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (strstr(variables[i], "ARRAY_TASK_M") == NULL && strstr(variables[i], "STEP") == NULL &&
            strstr(variables[i], "COUNT") == NULL)
            refused("auto", variables[i]);
    setenv("PARALLEL_SEQ", "", 1);
    refused("auto/4", "JOB_COMPLETION_INDEX");
}

Test(run_shard, a_whole_job_array)
{
    slurm("3", "1", "7", "1", "7");
    cr_assert_str_eq(parsed("auto"), "3/7");
    slurm("0", "0", "6", NULL, "7");
    cr_assert_str_eq(parsed("auto"), "1/7");
    slurm("5", "1", "9", "4", "3");
    cr_assert_str_eq(parsed("auto"), "2/3");
    slurm("7", "1", "7", "0", NULL);
    cr_assert_str_eq(parsed("auto"), "7/7");
}

Test(run_shard, a_part_of_an_array_demands_the_number)
{
    slurm("5", "3", "5", "1", "2"); /* --array=3,5 */
    refused("auto", "auto/N");
    cr_assert_str_eq(parsed("auto/7"), "5/7");
    slurm("3", "3", "4", "1", "2"); /* --array=3-4: its numbers agree */
    refused("auto", "auto/N");
    slurm("1", "1", "5", "1", "2"); /* --array=1,5 */
    refused("auto", "2 tasks");
    slurm("2", "1", "5", "2", "3");
    refused("auto", "auto/N");
    slurm("1", "1", NULL, "1", "2");
    refused("auto", "SLURM_ARRAY_TASK_MAX");
    slurm("1", "x", "2", "1", "2");
    refused("auto", "SLURM_ARRAY_TASK_MIN is `x`");
    slurm("0", "0", "6", "1", "7");
    refused("auto/7", "no shard 0 of 7");
}

Test(run_shard, the_index_of_kubernetes_and_of_gnu_parallel)
{
    setenv("JOB_COMPLETION_INDEX", "0", 1);
    cr_assert_str_eq(parsed("auto/4"), "1/4");
    refused("auto", "Kubernetes does not say how many");
    refused("auto/0", "0 shards");
    setenv("JOB_COMPLETION_INDEX", "4", 1);
    refused("auto/4", "no shard 5 of 4");
    setenv("PARALLEL_SEQ", "4", 1);
    refused("auto/4", "more than one");
    unsetenv("JOB_COMPLETION_INDEX");
    cr_assert_str_eq(parsed("auto/4"), "4/4");
    refused("auto", "GNU parallel does not say how many");
}

/* Written down once: shards of one survey are scanned by several machines, and night after night. */
Test(run_shard, the_hash_never_changes)
{
    static const struct {
        const char *name;
        uint32_t of_7, of_64;
    } known[] = {{"example.org", 5, 48}, {"example.co.uk", 5, 22}, {"xn--bcher-kva.example", 5, 39}, {"test", 6, 42}};
    mxs_suffixes *suffixes;
    cr_assert_eq(mxs_suffixes_create(&suffixes, NULL, &detail), MXS_OK, "%s", detail.text);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        cr_expect_eq(mxs_shard_of(suffixes, mxs_text_of(known[i].name), 7), known[i].of_7, "%s %u", known[i].name,
                     mxs_shard_of(suffixes, mxs_text_of(known[i].name), 7));
        cr_expect_eq(mxs_shard_of(suffixes, mxs_text_of(known[i].name), 64), known[i].of_64, "%s %u", known[i].name,
                     mxs_shard_of(suffixes, mxs_text_of(known[i].name), 64));
        cr_expect_eq(mxs_shard_of(suffixes, mxs_text_of(known[i].name), 1), 1);
    }
    mxs_suffixes_destroy(&suffixes);
}

Test(run_shard, names_of_a_registrable_domain_stay_together_and_others_are_spread)
{
    mxs_suffixes *suffixes;
    uint32_t sums[7] = {0};
    char name[64];
    cr_assert_eq(mxs_suffixes_create(&suffixes, NULL, &detail), MXS_OK, "%s", detail.text);
    for (uint32_t i = 0; i < 7000; i++) {
        snprintf(name, sizeof name, "mail.city%u.co.uk", i);
        uint32_t shard = mxs_shard_of(suffixes, mxs_text_of(name), 7);
        cr_assert(shard >= 1 && shard <= 7);
        sums[shard - 1]++;
        cr_assert_eq(mxs_shard_of(suffixes, mxs_text_of(name + 5), 7), shard, "%s", name);
    }
    for (uint32_t i = 0; i < 7; i++)
        cr_assert(sums[i] > 850 && sums[i] < 1150, "shard %u holds %u of 7000", i + 1, sums[i]);
    mxs_suffixes_destroy(&suffixes);
}
