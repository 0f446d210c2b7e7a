/* Compressed lists: every format, from files and pipes, whole, cut and hostile. */
#include <criterion/criterion.h>
#include <sys/resource.h>

#include "scanner/input/list.h"
#include "tests/unit/input/files.h"

static const char *const KINDS[] = {"gz", "zst", "xz", "bz2", "zip"};

struct count {
    uint64_t accepted, rejected;
    enum mxs_err err;
    struct mxs_detail detail;
};

static struct count count_entries(const char *path)
{
    struct count count = {0};
    mxs_list *list = NULL;
    struct mxs_entry entry;
    count.err = mxs_list_open(&list, path, NULL, &count.detail);
    if (count.err != MXS_OK)
        return count;
    while ((count.err = mxs_list_next(list, &entry, &count.detail)) == MXS_OK) {
        count.accepted += entry.reason == NULL;
        count.rejected += entry.reason != NULL;
    }
    mxs_list_close(&list);
    return count;
}

static size_t make_names(char *out, unsigned count)
{
    size_t used = 0;
    uint32_t noise = 1;
    for (unsigned i = 0; i < count; i++) {
        noise = noise * 1664525u + 1013904223u;
        used += (size_t)sprintf(out + used, "n%08x%u.example\n", noise, i);
    }
    return used;
}

/* First n bytes of one file as another. */
static void cut_file(char path[PATH_SIZE], const char *from, size_t size)
{
    char *bytes = malloc(size + 1);
    FILE *file = fopen(from, "rb");
    cr_assert(bytes != NULL && file != NULL);
    cr_assert_eq(fread(bytes, 1, size, file), size);
    fclose(file);
    file_of(path, bytes, size);
    free(bytes);
}

Test(packed, a_cut_file_fails_after_its_whole_lines)
{
    static char names[4000000];
    size_t size = make_names(names, 100000);
    for (size_t i = 0; i < 5; i++) {
        char path[PATH_SIZE], cut[PATH_SIZE];
        packed_file_of(path, KINDS[i], names, size);
        cut_file(cut, path, size_of(path) * (i == 4 ? 1 : 3) / 4);
        struct count count = count_entries(cut);
        cr_expect_eq(count.err, MXS_ERR_INPUT, "%s", KINDS[i]);
        cr_expect_gt(count.accepted, 10000, "%s %llu", KINDS[i], (unsigned long long)count.accepted);
        cr_expect_lt(count.accepted, 100000);
        cr_expect_eq(count.rejected, 0, "%s: half a line was taken for a line", KINDS[i]);
        cr_expect_eq(count.detail.line, count.accepted);
        cr_expect(strstr(count.detail.text, "damaged or ends early") != NULL, "%s", count.detail.text);
        unlink(path);
        unlink(cut);
    }
}

Test(packed, a_cut_small_file_fails_at_once)
{
    for (size_t i = 0; i < 5; i++) {
        char path[PATH_SIZE], cut[PATH_SIZE];
        packed_file_of(path, KINDS[i], "a.example\nb.example\n", 20);
        for (size_t size = i == 4 ? 6 : 5; size <= 24; size++) {
            cut_file(cut, path, size);
            struct count count = count_entries(cut);
            cr_expect_eq(count.err, MXS_ERR_INPUT, "%s of %zu bytes", KINDS[i], size);
            cr_expect_eq(count.accepted + count.rejected, 0, "%s of %zu bytes", KINDS[i], size);
            cr_expect(strstr(count.detail.text, cut) != NULL, "%s", count.detail.text);
            cr_expect(strstr(count.detail.text, "before its first line") != NULL, "%s", count.detail.text);
            unlink(cut);
        }
        unlink(path);
    }
}

Test(packed, every_format_whole_from_a_file_and_a_pipe)
{
    for (size_t i = 0; i < 5; i++) {
        char path[PATH_SIZE];
        unsigned members = i == 4 ? 2 : 1;
        packed_file_of(path, KINDS[i], "\xEF\xBB\xBF" "a.example\n*.x\nc.example", 25);
        struct count count = count_entries(path);
        cr_expect_eq(count.err, MXS_ERR_END, "%s: %s", KINDS[i], count.detail.text);
        cr_expect_eq(count.accepted, 2 * members, "%s", KINDS[i]);
        cr_expect_eq(count.rejected, members);
        size_t size = size_of(path);
        char bytes[2048];
        FILE *file = fopen(path, "rb");
        cr_assert(file != NULL && size <= sizeof bytes && fread(bytes, 1, size, file) == size);
        fclose(file);
        struct fed_pipe fed = pipe_of(bytes, size, 1, 1);
        count = count_entries(fed.path);
        cr_expect_eq(count.err, MXS_ERR_END, "%s: %s", KINDS[i], count.detail.text);
        cr_expect_eq(count.accepted, 2 * members, "%s", KINDS[i]);
        pipe_end(&fed);
        unlink(path);
    }
}

Test(packed, nothing_packed_is_no_entry)
{
    for (size_t i = 0; i < 5; i++) {
        char path[PATH_SIZE];
        packed_file_of(path, KINDS[i], "", 0);
        struct count count = count_entries(path);
        cr_expect_eq(count.err, MXS_ERR_END, "%s: %s", KINDS[i], count.detail.text);
        cr_expect_eq(count.accepted + count.rejected, 0);
        unlink(path);
    }
}

Test(packed, utf16_inside_gz)
{
    char path[PATH_SIZE];
    packed_file_of(path, "gz", "\xFF\xFE" "a\0\n\0b\0", 8);
    cr_expect_eq(count_entries(path).accepted, 2);
    unlink(path);
}

Test(packed, a_bomb_takes_no_memory)
{
    size_t size = 64u << 20;
    char *zeros = calloc(1, size), path[PATH_SIZE];
    cr_assert_not_null(zeros);
    memset(zeros, 'a', size);
    packed_file_of(path, "gz", zeros, size);
    free(zeros);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    struct count count = count_entries(path);
    getrusage(RUSAGE_SELF, &after);
    cr_expect_eq(count.err, MXS_ERR_END);
    cr_expect_eq(count.rejected, 1);
    cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 16 * 1024);
    unlink(path);
}

Test(packed, only_the_beginning_of_a_format_is_not_one)
{
    char path[PATH_SIZE];
    const char *const heads[] = {"BZh9.example\n", "PK.example\n", "P\n", "BZh91AY&S\n"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        file_of(path, heads[i], strlen(heads[i]));
        struct count count = count_entries(path);
        cr_expect_eq(count.err, MXS_ERR_END, "%s", count.detail.text);
        cr_expect_eq(count.accepted + count.rejected, 1);
        unlink(path);
    }
    file_of(path, "\x1f\x8bgarbage that is no gzip at all", 32);
    cr_expect_eq(count_entries(path).err, MXS_ERR_INPUT);
    unlink(path);
}

/* A second list that was appended as it was must not be lost without a word. */
Test(packed, bytes_behind_the_compressed_data_are_refused)
{
    const char *const tails[] = {"lost.example\n", "x", "\0"};
    for (size_t i = 0; i < 4; i++) { /* a zip is read from its end */
        for (size_t tail = 0; tail < 3; tail++) {
            char path[PATH_SIZE];
            packed_file_of(path, KINDS[i], "a.example\nb.example\n", 20);
            FILE *file = fopen(path, "ab");
            cr_assert(file != NULL && fwrite(tails[tail], 1, tail == 0 ? 13 : 1, file) > 0);
            fclose(file);
            struct count count = count_entries(path);
            cr_expect_eq(count.err, MXS_ERR_INPUT, "%s, tail %zu: %llu names", KINDS[i], tail,
                         (unsigned long long)count.accepted);
            cr_expect(strstr(count.detail.text, path) != NULL, "%s", count.detail.text);
            size_t size = size_of(path);
            char bytes[2048];
            file = fopen(path, "rb");
            cr_assert(file != NULL && size <= sizeof bytes && fread(bytes, 1, size, file) == size);
            fclose(file);
            for (size_t step = 1; step < 2048; step += 2046) {
                struct fed_pipe fed = pipe_of(bytes, size, 1, step);
                cr_expect_eq(count_entries(fed.path).err, MXS_ERR_INPUT, "%s through a pipe, tail %zu, step %zu",
                             KINDS[i], tail, step);
                pipe_end(&fed);
            }
            unlink(path);
        }
    }
}

Test(packed, several_members_one_after_the_other_are_all_read)
{
    for (size_t i = 0; i < 4; i++) {
        char path[PATH_SIZE], bytes[2048];
        packed_file_of(path, KINDS[i], "a.example\nb.example\n", 20);
        size_t size = size_of(path);
        FILE *file = fopen(path, "rb");
        cr_assert(file != NULL && size <= sizeof bytes && fread(bytes, 1, size, file) == size);
        fclose(file);
        file = fopen(path, "ab");
        cr_assert(file != NULL && fwrite(bytes, 1, size, file) == size);
        fclose(file);
        struct count count = count_entries(path);
        cr_expect_eq(count.err, MXS_ERR_END, "%s: %s", KINDS[i], count.detail.text);
        cr_expect_eq(count.accepted, 4, "%s", KINDS[i]);
        unlink(path);
    }
}

/* As lines, a tar's headers would take the first name of each of its files with them. */
Test(packed, a_tar_is_refused_compressed_or_not)
{
    char block[1536] = "list.txt", path[PATH_SIZE];
    memcpy(block + 257, "ustar", 5);
    strcpy(block + 512, "a.example\nb.example\n");
    for (size_t i = 0; i < 5; i++) {
        if (i < 4)
            packed_file_of(path, KINDS[i], block, sizeof block);
        else
            file_of(path, block, sizeof block);
        struct count count = count_entries(path);
        cr_expect_eq(count.err, MXS_ERR_INPUT, "%zu", i);
        cr_expect(strstr(count.detail.text, "tar archive") != NULL, "%s", count.detail.text);
        unlink(path);
    }
}
