#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>

#include "scanner/write/internal/recent.h"

static struct mxs_record record_of(uint16_t preference, const char *host)
{
    return (struct mxs_record){.preference = preference, .host = mxs_text_of(host)};
}

static uint32_t find(const struct mxs_recent *recent, const struct mxs_record *records, uint32_t count)
{
    struct mxs_recent_key key;
    mxs_recent_read(records, count, &key);
    return mxs_recent_find(recent, &key);
}

static void put(struct mxs_recent *recent, const struct mxs_record *records, uint32_t count, uint32_t set)
{
    struct mxs_recent_key key;
    mxs_recent_read(records, count, &key);
    mxs_recent_put(recent, &key, set);
}

static struct mxs_recent *make_recent(void)
{
    struct mxs_recent *recent = calloc(1, sizeof *recent);
    cr_assert(recent != NULL);
    return recent;
}

Test(write_recent, what_is_too_long_is_never_found)
{
    struct mxs_recent *recent = make_recent();
    char host[200];
    memset(host, 'a', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    const struct mxs_record one = record_of(10, host);
    struct mxs_record many[MXS_RECORDS_MAX];
    for (uint32_t i = 0; i < MXS_RECORDS_MAX; i++)
        many[i] = record_of(10, "mx.example.net");
    put(recent, &one, 1, 7);
    put(recent, many, MXS_RECORDS_MAX, 8);
    cr_expect_eq(find(recent, &one, 1), 0);
    cr_expect_eq(find(recent, many, MXS_RECORDS_MAX), 0);
    free(recent);
}

Test(write_recent, sets_that_differ_a_little_are_not_the_same)
{
    struct mxs_recent *recent = make_recent();
    const struct mxs_record known[] = {record_of(10, "a.example"), record_of(20, "bb.example")};
    const struct mxs_record others[][2] = {
        {record_of(10, "a.example"), record_of(21, "bb.example")},
        {record_of(266, "a.example"), record_of(20, "bb.example")},
        {record_of(20, "bb.example"), record_of(10, "a.example")},
        {record_of(10, "a.examplf"), record_of(20, "bb.example")},
        {record_of(10, "a.examplebb"), record_of(20, ".example")},
        {record_of(10, ""), record_of(20, "bb.example")},
    };
    put(recent, known, 2, 7);
    cr_expect_eq(find(recent, known, 2), 7);
    cr_expect_eq(find(recent, known, 1), 0);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect_eq(find(recent, others[i], 2), 0, "set %zu", i);
    free(recent);
}

Test(write_recent, a_position_taken_by_another_set_says_nothing_of_the_first)
{
    struct mxs_recent *recent = make_recent();
    enum { SETS = 20000 };
    uint32_t known = 0;
    for (uint32_t i = 1; i <= SETS; i++) {
        char host[32];
        snprintf(host, sizeof host, "mx%u.example", i);
        const struct mxs_record record = record_of(10, host);
        put(recent, &record, 1, i);
        cr_assert_eq(find(recent, &record, 1), i);
    }
    for (uint32_t i = 1; i <= SETS; i++) {
        char host[32];
        snprintf(host, sizeof host, "mx%u.example", i);
        const struct mxs_record record = record_of(10, host);
        uint32_t set = find(recent, &record, 1);
        cr_expect(set == 0 || set == i);
        known += set == i;
    }
    cr_expect(known > 0 && known <= MXS_RECENT_SETS, "%u", known);
    free(recent);
}
