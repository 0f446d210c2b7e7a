#include "scanner/input/list.h"

#include <criterion/criterion.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/input/files.h"

/* The entries of a file as text, "line:name" or "line!reason", one after the other with a blank between. */
static enum mxs_err read_all(const char *path, char *out, size_t size, struct mxs_detail *detail)
{
    mxs_list *list = NULL;
    out[0] = '\0';
    enum mxs_err err = mxs_list_open(&list, path, NULL, detail);
    if (err != MXS_OK) {
        cr_expect_null(list);
        return err;
    }
    struct mxs_entry entry;
    size_t used = 0;
    while ((err = mxs_list_next(list, &entry, detail)) == MXS_OK) {
        cr_assert_eq(entry.reason == NULL, entry.name.size_bytes != 0);
        cr_assert_leq(entry.text.size_bytes, 1020);
        if (used + 300 < size)
            used += (size_t)snprintf(out + used, size - used, "%s%llu%s%s", used == 0 ? "" : " ",
                                     (unsigned long long)entry.line, entry.reason == NULL ? ":" : "!",
                                     entry.reason == NULL ? entry.name.data : entry.reason);
    }
    struct mxs_entry again;
    cr_expect_eq(mxs_list_next(list, &again, detail), err);
    mxs_list_close(&list);
    cr_expect_null(list);
    return err;
}

static void expect_bytes(const char *bytes, size_t size, const char *want)
{
    char path[PATH_SIZE], found[4096];
    struct mxs_detail detail = {0};
    file_of(path, bytes, size);
    cr_expect_eq(read_all(path, found, sizeof found, &detail), MXS_ERR_END, "%s", detail.text);
    cr_expect_str_eq(found, want);
    unlink(path);
}

#define EXPECT(bytes, want) expect_bytes((bytes), sizeof(bytes) - 1, (want))

static void expect_refused(const char *path, const char *words)
{
    char found[1024];
    struct mxs_detail detail = {0};
    cr_expect_eq(read_all(path, found, sizeof found, &detail), MXS_ERR_INPUT, "%s", path);
    cr_expect(strstr(detail.text, words) != NULL, "%s", detail.text);
    cr_expect(strstr(detail.text, path) != NULL, "%s", detail.text);
}

Test(list, what_is_no_file_is_refused_with_cause_and_remedy)
{
    expect_refused("/nonexistent/list", "there is no such file");
    expect_refused("/etc/passwd/x", "there is no such file");
    expect_refused("/tmp", "directory");
}

Test(list, an_unreadable_file_is_refused)
{
    char path[PATH_SIZE];
    file_of(path, "a.example\n", 10);
    cr_assert_eq(chmod(path, 0), 0);
    pid_t child = fork();
    if (child == 0) { /* root reads anything: ask as nobody */
        mxs_list *list = NULL;
        struct mxs_detail detail = {0};
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        _exit(mxs_list_open(&list, path, NULL, &detail) == MXS_ERR_INPUT && strstr(detail.text, "not permitted") != NULL
                  ? 0
                  : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    cr_expect_eq(status, 0);
    unlink(path);
}

Test(list, a_binary_file_is_refused_only_without_a_name)
{
    char path[PATH_SIZE], found[4096];
    struct mxs_detail detail = {0};
    static char bytes[200000];
    srand(3);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)rand();
    file_of(path, bytes, sizeof bytes);
    expect_refused(path, "binary");
    unlink(path);
    memset(bytes, 0, sizeof bytes);
    file_of(path, bytes, sizeof bytes);
    expect_refused(path, "binary");
    unlink(path);
    memcpy(bytes + 30000, "\nfound.example\n", 15);
    file_of(path, bytes, sizeof bytes);
    cr_expect_eq(read_all(path, found, sizeof found, &detail), MXS_ERR_END);
    cr_expect_str_eq(found, "1!nul_byte 2:found.example 3!line_too_long");
    unlink(path);
    memset(bytes, 0, sizeof bytes); /* the shape of a program: a header, then names that end in NUL */
    memcpy(bytes, "\177ELF\2\1\1", 7);
    for (size_t i = 4096; i + 16 < sizeof bytes; i += 16)
        memcpy(bytes + i, "_ZN3abc", 8);
    file_of(path, bytes, sizeof bytes);
    expect_refused(path, "binary");
    unlink(path);
    EXPECT("a\0b\nlocalhost\n", "1!nul_byte 2:localhost");
}

Test(list, nothing_is_no_entry)
{
    EXPECT("", "");
    EXPECT("\n", "");
    EXPECT("\r\r\n\n\r", "");
    EXPECT("# only\n ; comments\n\t\n", "");
    EXPECT("\xEF\xBB\xBF", "");
    EXPECT("\xFF\xFE", "");
}

Test(list, only_rejects_are_no_binary_file)
{
    EXPECT("192.0.2.1\n*.x\n", "1!ip_address 2!wildcard");
}

Test(list, line_ends_of_every_kind)
{
    EXPECT("a\nb\r\nc\rd", "1:a 2:b 3:c 4:d");
    EXPECT("a\r\n\r\nb\r\n", "1:a 3:b");
    EXPECT("a\r\rb", "1:a 3:b");
    EXPECT("a\n\rb", "1:a 3:b");
    EXPECT("a,\r\nb ,\r\nc.\rd.", "1:a 2:b 3:c 4:d");
}

Test(list, marks_and_comments)
{
    EXPECT("\xEF\xBB\xBF" "A.Example\n#x\n\nb # x\n\xEF\xBB\xBF" "c\n", "1:a.example 4:b 5:c");
    EXPECT("1,google.com\r\n2,b\xC3\xBC.com\r\n3,\r\n", "1:google.com 2:xn--b-eha.com");
}

Test(list, utf16_of_both_orders)
{
    EXPECT("\xFF\xFE" "a\0.\0\xFC\0b\0\r\0\n\0c\0", "1:a.xn--b-dha 2:c");
    EXPECT("\xFE\xFF" "\0a\0.\0\xFC\0b\0\r\0\n\0c", "1:a.xn--b-dha 2:c");
    EXPECT("\xFF\xFE" "a\0\n\0\x3D\xD8\n\0b\0", "1:a 2!not_utf8 3:b");     /* half a pair */
    EXPECT("\xFF\xFE"
           "a\0\n\0\0\xDC\n\0b\0\nx",
           "1:a 2!not_utf8 3:xn--b-z73c");                                    /* the other half; U+780A, no line end */
    EXPECT("\xFF\xFE" "a\0\n\0b", "1:a 2!not_utf8");                          /* an odd byte at the end */
    EXPECT("\xFF\xFE" "a\0\0\0b\0\n\0c\0", "1!nul_byte 2:c");
}

Test(list, lengths_over_the_plain_path)
{
    char line[600];
    memset(line, 'x', sizeof line);
    line[63] = line[127] = line[191] = '.';
    line[253] = '\n';
    memcpy(line + 254, "y\n", 2);
    char path[PATH_SIZE], found[2048];
    struct mxs_detail detail;
    file_of(path, line, 256);
    cr_expect_eq(read_all(path, found, sizeof found, &detail), MXS_ERR_END);
    cr_expect_eq(strlen(found), 2 + 253 + 4);
    unlink(path);
    line[253] = 'x';
    line[254] = '\n';
    expect_bytes(line, 255, "1!name_too_long");
    line[63] = 'x';
    expect_bytes(line, 255, "1!label_too_long");
    EXPECT("1.2.3.4\na.4\n4.a\n1.2.3.4.5\n", "1!ip_address 2!numeric_tld 3:4.a 4!numeric_tld");
    EXPECT("a..b\n.a\na.\n.\n", "1!empty_label 2!empty_label 3:a 4!empty_name");
}

Test(list, a_long_line_is_one_reject)
{
    static char bytes[200000];
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes + MXS_LIST_LINE_MAX, "\nb\n", 3);
    char want[64] = "1!label_too_long 2:b";
    expect_bytes(bytes, MXS_LIST_LINE_MAX + 3, want);
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes + MXS_LIST_LINE_MAX + 1, "\r\nb\n", 4);
    expect_bytes(bytes, MXS_LIST_LINE_MAX + 5, "1!line_too_long 2:b");
    bytes[0] = '#';
    expect_bytes(bytes, MXS_LIST_LINE_MAX + 5, "2:b");
    memset(bytes, 'a', sizeof bytes);
    expect_bytes(bytes, sizeof bytes, "1!line_too_long");
}

static long peak_kb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

Test(list, a_line_of_64_mb_through_a_pipe_takes_no_memory)
{
    static char piece[1 << 20];
    char found[1024];
    struct mxs_detail detail = {0};
    memset(piece, 'a', sizeof piece);
    struct fed_pipe fed = pipe_of(piece, sizeof piece, 64, sizeof piece);
    long before = peak_kb();
    cr_expect_eq(read_all(fed.path, found, sizeof found, &detail), MXS_ERR_END, "%s", detail.text);
    cr_expect_str_eq(found, "1!line_too_long");
    cr_expect_lt(peak_kb() - before, 16 * 1024);
    pipe_end(&fed);
}

Test(list, a_pipe_that_gives_a_byte_at_a_time)
{
    char found[1024];
    struct mxs_detail detail = {0};
    struct fed_pipe fed = pipe_of("\xFF\xFE" "a\0\r\0\n\0\xFC\0", 10, 1, 1);
    cr_expect_eq(read_all(fed.path, found, sizeof found, &detail), MXS_ERR_END);
    cr_expect_str_eq(found, "1:a 2:xn--tda");
    pipe_end(&fed);
}

Test(list, a_dash_is_standard_input)
{
    char found[1024];
    struct mxs_detail detail = {0};
    struct fed_pipe fed = pipe_of("a\n.\n", 4, 1, 4);
    cr_assert_eq(dup2(fed.fd, STDIN_FILENO), STDIN_FILENO);
    cr_expect_eq(read_all("-", found, sizeof found, &detail), MXS_ERR_END, "%s", detail.text);
    cr_expect_str_eq(found, "1:a 2!empty_name");
    cr_expect_eq(read_all("-", found, sizeof found, &detail), MXS_ERR_END); /* still open, and at its end */
    pipe_end(&fed);
}

/* Lines of all lengths across every refill of the buffer: each name once, in order. */
Test(list, refills_lose_nothing)
{
    char line[128], path[PATH_SIZE];
    file_of(path, "", 0);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    for (unsigned i = 0; i < 60000; i++)
        fprintf(file, "%sn%u.%.*s%s", i % 5 == 0 ? "1," : "", i, (int)(i % 47 + 1),
                "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
                i % 3 == 0   ? "\r\n"
                : i % 3 == 1 ? "\r"
                             : "\n");
    fclose(file);
    mxs_list *list = NULL;
    struct mxs_detail detail;
    struct mxs_entry entry;
    cr_assert_eq(mxs_list_open(&list, path, NULL, &detail), MXS_OK);
    for (unsigned i = 0; i < 60000; i++) {
        cr_assert_eq(mxs_list_next(list, &entry, &detail), MXS_OK);
        snprintf(line, sizeof line, "n%u.%.*s", i, (int)(i % 47 + 1),
                 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
        cr_assert(mxs_text_equal(entry.name, mxs_text_of(line)), "%s", line);
        cr_assert_eq(entry.line, i + 1);
    }
    cr_assert_eq(mxs_list_next(list, &entry, &detail), MXS_ERR_END);
    uint64_t read_bytes, size_bytes;
    mxs_list_position(list, &read_bytes, &size_bytes);
    cr_expect_eq(read_bytes, size_bytes);
    mxs_list_close(&list);
    unlink(path);
}

Test(list, the_text_of_a_reject_is_what_was_read)
{
    char path[PATH_SIZE];
    mxs_list *list = NULL;
    struct mxs_detail detail;
    struct mxs_entry entry;
    file_of(path, "ok.example\n  A B\t\r\n", 19);
    cr_assert_eq(mxs_list_open(&list, path, NULL, &detail), MXS_OK);
    cr_assert_eq(mxs_list_next(list, &entry, &detail), MXS_OK);
    uint64_t read_bytes, size_bytes;
    mxs_list_position(list, &read_bytes, &size_bytes);
    cr_expect_eq(read_bytes, 11);
    cr_expect_eq(size_bytes, 19);
    cr_assert_eq(mxs_list_next(list, &entry, &detail), MXS_OK);
    cr_expect(mxs_text_equal(entry.text, MXS_TEXT("  A B\t")));
    mxs_list_close(&list);
    mxs_list_close(&list);
    unlink(path);
}
