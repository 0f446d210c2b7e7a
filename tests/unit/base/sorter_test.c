#include "base/sorter.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static mxs_sorter *sorter;
static struct mxs_detail detail;

static void open_sorter(const char *folder, size_t memory_bytes)
{
    cr_assert_eq(mxs_sorter_create(&sorter, folder, memory_bytes, &detail), MXS_OK);
}

static void close_sorter(void) { mxs_sorter_destroy(&sorter); }

TestSuite(base_sorter, .fini = close_sorter);

static void put(const char *text)
{
    cr_assert_eq(mxs_sorter_put(sorter, mxs_text_of(text), &detail), MXS_OK, "%s", detail.text);
}

/* The next text, or NULL at the end; lives until the next call. */
static const char *next(void)
{
    static char copy[70000];
    struct mxs_text text;
    enum mxs_err err = mxs_sorter_next(sorter, &text, &detail);
    if (err == MXS_ERR_END)
        return NULL;
    cr_assert_eq(err, MXS_OK, "%s", detail.text);
    memcpy(copy, text.data, text.size_bytes);
    copy[text.size_bytes] = 0;
    return copy;
}

/* What qsort and a look at neighbours make of the same texts. */
static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void check_against_qsort(char **texts, size_t count)
{
    qsort(texts, count, sizeof *texts, by_bytes);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(texts[i], texts[i - 1]) == 0)
            continue;
        const char *given = next();
        cr_assert_not_null(given, "%zu of %zu", i, count);
        cr_assert_str_eq(given, texts[i]);
    }
    cr_assert_null(next());
    cr_assert_null(next(), "the end stays the end");
}

/* Long texts that agree nearly to their end, prefixes of each other, bytes above 127, many equal ones. */
static char *hostile_text(unsigned i, unsigned *state)
{
    static const char *const starts[] = {
        "", "a", "aaaaaaaa", "aaaaaaaaaaaaaaaa", "www.example.", "\xff\xfe", "zzzzzzzzzzzzzzz"};
    char text[512];
    *state = *state * 1103515245u + 12345u;
    unsigned draw = *state >> 8;
    int size = snprintf(text, sizeof text, "%s", starts[draw % 7]);
    if (draw / 7 % 3 == 0)
        size += snprintf(text + size, sizeof text - (size_t)size, "%0*u", (int)(draw / 21 % 300), i % 100);
    else if (draw / 7 % 3 == 1)
        snprintf(text + size, sizeof text - (size_t)size, "%c%u", (int)(draw / 21 % 254 + 1), draw % 1000);
    return strdup(text);
}

static void check_hostile(size_t count)
{
    char **texts = calloc(count, sizeof *texts);
    unsigned state = 7;
    for (unsigned i = 0; i < count; i++) {
        texts[i] = hostile_text(i, &state);
        put(texts[i]);
    }
    check_against_qsort(texts, count);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static unsigned open_files(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

Test(base_sorter, hostile_texts_in_memory)
{
    open_sorter(NULL, 0);
    check_hostile(20000);
}

Test(base_sorter, hostile_texts_in_many_runs)
{
    unsigned before = open_files();
    open_sorter("/tmp", 64 * 1024);
    check_hostile(20000);
    close_sorter();
    cr_assert_eq(open_files(), before, "the temporary file is closed");
}

/* In order for so many texts, then one that belongs to the front, and in order again; each of them twice. */
static void check_stretches(size_t count, size_t stretch)
{
    char **texts = calloc(count, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        char text[64];
        bool stray = stretch > 0 && i % stretch == stretch - 1;
        snprintf(text, sizeof text, "%s%08zu.example", stray ? "!" : "n", stray ? count - i : i / 2);
        put(texts[i] = strdup(text));
    }
    check_against_qsort(texts, count);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

Test(base_sorter, texts_that_come_in_order)
{
    static const size_t stretches[] = {0, 40000, 5000, 1001, 3};
    for (size_t i = 0; i < sizeof stretches / sizeof *stretches; i++) {
        open_sorter(NULL, 64 * 1024);
        check_stretches(40000, stretches[i]);
        close_sorter();
        open_sorter("/tmp", 64 * 1024);
        check_stretches(40000, stretches[i]);
        close_sorter();
    }
}

Test(base_sorter, texts_as_long_as_they_may_be)
{
    char *text = malloc(65536);
    open_sorter("/tmp", 64 * 1024);
    for (int i = 0; i < 6; i++) {
        memset(text, 'a', 65535);
        text[65535] = 0;
        text[65534] = (char)('f' - i % 5);
        put(text);
    }
    for (int i = 0; i < 5; i++) {
        const char *given = next();
        cr_assert_not_null(given);
        cr_assert_eq(strlen(given), 65535);
        cr_assert_eq(given[65534], 'b' + i);
    }
    cr_assert_null(next());
    free(text);
}

Test(base_sorter, nothing_gives_nothing_and_the_empty_text_is_one)
{
    open_sorter("/tmp", 64 * 1024);
    cr_assert_null(next());
    close_sorter();
    open_sorter("/tmp", 64 * 1024);
    put("");
    put("");
    cr_assert_str_eq(next(), "");
    cr_assert_null(next());
}

/* A file that may not grow, and a folder that is not there: a sentence, and no crash afterwards. */
Test(base_sorter, a_file_that_may_not_grow_is_a_full_disk)
{
    struct rlimit limit = {128 * 1024, 128 * 1024};
    enum mxs_err err = MXS_OK;
    char text[32];
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    open_sorter("/tmp", 64 * 1024);
    for (unsigned i = 0; err == MXS_OK && i < 200000; i++) {
        snprintf(text, sizeof text, "name%u.example", i * 2654435761u);
        err = mxs_sorter_put(sorter, mxs_text_of(text), &detail);
    }
    cr_expect_eq(err, MXS_ERR_DISK);
    cr_expect(strstr(detail.text, "make room") != NULL, "%s", detail.text);
}

Test(base_sorter, a_folder_that_is_not_there)
{
    enum mxs_err err = MXS_OK;
    open_sorter("/tmp/no such folder of mxsurvey", 64 * 1024);
    for (unsigned i = 0; err == MXS_OK && i < 10000; i++)
        err = mxs_sorter_put(sorter, MXS_TEXT("some.name.example"), &detail);
    cr_expect_eq(err, MXS_ERR_IO);
}
