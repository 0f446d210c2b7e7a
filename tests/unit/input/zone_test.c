/* Zones that are longer than the window they are read through. Their forms are in forms_test.c. */
#include <criterion/criterion.h>

#include "scanner/input/list.h"
#include "tests/unit/input/files.h"

/* A zone whose second line is the bracket, and each line behind it a name. */
static void expect_one_reject(const char *zone, size_t size, uint32_t want)
{
    char path[PATH_SIZE];
    mxs_list *list = NULL;
    struct mxs_entry entry;
    uint32_t names = 0, rejects = 0;
    file_of(path, zone, size);
    cr_assert_eq(mxs_list_open(&list, path, NULL, NULL), MXS_OK);
    while (mxs_list_next(list, &entry, NULL) == MXS_OK) {
        names += entry.reason == NULL;
        rejects += entry.reason != NULL;
        cr_expect_eq(entry.line, names + 2);
        cr_expect(entry.reason == NULL || mxs_text_equal(entry.text, MXS_TEXT("b.test. TXT ( \"x\"")), "%.*s",
                  MXS_TEXT_ARG(entry.text));
    }
    mxs_list_close(&list);
    unlink(path);
    cr_expect_eq(names, want);
    cr_expect_eq(rejects, 1u);
}

Test(zone, a_bracket_that_nobody_closes_costs_one_line)
{
    static char zone[400000];
    size_t used = (size_t)sprintf(zone, "test. 1 IN SOA a. b. 1 2 3 4 5\nb.test. TXT ( \"x\"\n");
    for (unsigned i = 0; i < 10000; i++) /* more than a record may have, and than the buffer holds */
        used += (size_t)sprintf(zone + used, "n%u.test. NS x.%s\n", i, i % 5 == 0 ? " ; a (comment" : "");
    expect_one_reject(zone, used, 10000);
}

/* Wherever the buffer ends within them, between CR and LF, too. */
Test(zone, records_of_several_lines_keep_their_lines)
{
    static char zone[1200000];
    for (uint32_t width = 0; width < 8; width++) {
        size_t used = (size_t)sprintf(zone, "test. 1 IN SOA a. b. 1 2 3 4 5 ;%*s\r\n", (int)width, "");
        for (unsigned i = 0; i < 25000; i++)
            used += (size_t)sprintf(zone + used, "n%u.test. NS (\r\n\r\n x. )\r\n", i);
        char path[PATH_SIZE];
        file_of(path, zone, used);
        mxs_list *list = NULL;
        struct mxs_entry entry;
        uint64_t count = 0;
        cr_assert_eq(mxs_list_open(&list, path, NULL, NULL), MXS_OK);
        while (mxs_list_next(list, &entry, NULL) == MXS_OK && entry.reason == NULL && entry.line == count * 3 + 2)
            count++;
        mxs_list_close(&list);
        unlink(path);
        cr_expect_eq(count, 25000, "%llu at %u", (unsigned long long)count, width);
    }
}

/* However many there are: each looked for its end 64 KB on, this would take minutes. */
Test(zone, a_zone_of_brackets_alone_ends, .timeout = 60)
{
    static char zone[4u << 20];
    for (size_t i = 0; i < sizeof zone; i += 2)
        memcpy(zone + i, "(\n", 2);
    char path[PATH_SIZE];
    file_of(path, zone, sizeof zone);
    mxs_list *list = NULL;
    struct mxs_entry entry;
    uint64_t last = 0;
    cr_assert_eq(mxs_list_open(&list, path, &(struct mxs_list_options){.format = MXS_LIST_ZONE}, NULL), MXS_OK);
    while (mxs_list_next(list, &entry, NULL) == MXS_OK && entry.line == last + 1)
        last++;
    mxs_list_close(&list);
    unlink(path);
    cr_expect_eq(last, sizeof zone / 2, "line %llu", (unsigned long long)last);
}
