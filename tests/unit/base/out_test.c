#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/out.h"

/* In the place of the C library's for this program: what is synced, and folders that cannot be. */
static const char *watched; /* a path: was it there when its folder was synced? */
static int folder_syncs, folder_fails;
static bool named_before;
int fsync(int fd)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        folder_syncs++;
        named_before = watched != NULL && access(watched, F_OK) == 0;
        errno = folder_fails;
        return folder_fails != 0 ? -1 : 0;
    }
    return (int)syscall(SYS_fsync, fd);
}

/* What lists and the DNS can hold to hurt whoever reads a report. */
static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</td></tr></table><h1>owned</h1>",
    "<!--",
    "-->",
    "]]>",
    "&lt;already&gt;",
    "<svg/onload=alert(1)>",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://x\")",
    "\xEF\xBC\x9D"
    "1+1",
    "\xEF\xBC\x8B"
    "1",
    "\xEF\xBC\x8D"
    "1",
    "\xEF\xBC\xA0"
    "x",
    "-",
    "=",
    "+",
    "@",
    "\033[2J",
    "\033]0;title\007",
    "\033[31mred",
    "\x9b"
    "31m",
    "\xc2\x9b"
    "31m",
    "a\bb",
    "a\x7f"
    "b",
    "bell\007",
    "abc\xE2\x80\xAE"
    "gpj.exe",
    "\xE2\x80\x8B"
    "zero",
    "\xE2\x80\xA8line",
    "\xEF\xBB\xBF"
    "bom",
    "\xE2\x81\xA6iso",
    "\xD8\x9C",
    "\xff\xfe",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xe2\x82",
    "\xf0\x9f\x98",
    "ok\x80",
    "\xc3(",
    "\xf8\x88\x80\x80\x80",
    "a,b",
    "a;b",
    "a\"b",
    "\"",
    "\"\"",
    "a\nb",
    "a\r\nb",
    " lead",
    "trail ",
    "'quoted'",
    "a|b",
    "a\\b",
    "\\",
    "\\\\",
    "\\\"",
    "`code`",
    "*bold*",
    "[link](http://x)",
    "![i](http://x)",
    "# head",
    "~~s~~",
    "$x$",
    "http://evil.example/",
    "user@evil.example",
    "\\input{/etc/passwd}",
    "\\write18{id}",
    "{",
    "}",
    "$",
    "%",
    "&",
    "#",
    "_",
    "^",
    "~",
    "\\end{document}",
    "--",
    "``",
    "^^5c",
    "a\\.b.example",
    "\\000.example",
    "mail\\032x.example",
    "xn--p1ai",
    "m\xc3\xbcnchen.example",
    "\xe4\xb8\xad\xe6\x96\x87",
    "\xf0\x9f\x98\x80",
    "",
    "a",
    "{\"json\":1}",
    "null",
    "true",
    "NaN",
    "1e309",
    "\\u0000",
    "\\ud800",
    "%00",
    "%s%s%n",
    "$(id)",
    "${jndi:ldap://x}",
    "'; DROP TABLE run; --",
    "1 OR 1=1",
    "..\\..\\x",
    "../../etc/passwd",
    "|ls",
    "`id`",
    "\x01",
    "\x1f",
    "\x02ttl",
};
#define HOSTILE_COUNT (sizeof hostile / sizeof *hostile)

static char *escaped(enum mxs_escape escape, const char *text)
{
    char *copy = mxs_out_escaped_copy(escape, text, strlen(text));
    cr_assert_not_null(copy);
    return copy;
}

/* Strict UTF-8, written apart from the decoder under test. */
static bool is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != 0) {
        int extra = *at < 0x80                  ? 0
                    : *at >= 0xc2 && *at < 0xe0 ? 1
                    : *at >= 0xe0 && *at < 0xf0 ? 2
                    : *at >= 0xf0 && *at < 0xf5 ? 3
                                                : -1;
        if (extra < 0 || (*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f) ||
            (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f))
            return false;
        for (at++; extra > 0; extra--, at++)
            if (*at < 0x80 || *at > 0xbf)
                return false;
    }
    return true;
}

static bool has_control(const char *text, const char *but)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++)
        if ((*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0)) && (at[0] == 0xc2 || strchr(but, *at) == NULL))
            return true;
    return strstr(text, "\xE2\x80\xAE") != NULL || strstr(text, "\xE2\x81\xA6") != NULL;
}

Test(reports_out, every_sink_makes_valid_utf8_of_anything)
{
    for (size_t i = 0; i < HOSTILE_COUNT; i++)
        for (int escape = MXS_ESCAPE_TERMINAL; escape <= MXS_ESCAPE_PROMETHEUS; escape++) {
            char *text = escaped((enum mxs_escape)escape, hostile[i]);
            cr_expect(is_utf8(text), "sink %d made invalid UTF-8 of string %zu", escape, i);
            free(text);
        }
}

Test(reports_out, nothing_steers_a_terminal)
{
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char *text = escaped(MXS_ESCAPE_TERMINAL, hostile[i]);
        cr_expect(!has_control(text, ""), "string %zu", i);
        free(text);
    }
}

Test(reports_out, no_csv_cell_starts_a_formula)
{
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char *text = escaped(MXS_ESCAPE_CSV, hostile[i]);
        const char *cell = text[0] == '"' ? text + 1 : text;
        cr_expect(*cell == '\0' || strchr("=+-@\t\r\n", *cell) == NULL, "string %zu became %s", i, text);
        cr_expect(!has_control(text, "\t\r\n"), "string %zu", i);
        size_t quotes = 0;
        for (const char *at = text; *at != '\0'; at++)
            quotes += *at == '"';
        cr_expect(quotes % 2 == 0);
        if (text[0] != '"')
            cr_expect_null(strpbrk(text, ",\"\r\n"), "string %zu is not quoted", i);
        free(text);
    }
}

Test(reports_out, csv_guards_with_an_apostrophe_inside_the_quotes)
{
    char *text = escaped(MXS_ESCAPE_CSV, "=A,B");
    cr_expect_str_eq(text, "\"'=A,B\"");
    free(text);
    text = escaped(MXS_ESCAPE_CSV, "say \"x\"");
    cr_expect_str_eq(text, "\"say \"\"x\"\"\"");
    free(text);
}

Test(reports_out, no_json_string_ends_early)
{
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char *text = escaped(MXS_ESCAPE_JSON, hostile[i]);
        for (const char *at = text; *at != '\0'; at++) {
            cr_expect((unsigned char)*at >= 0x20 && *at != '"', "string %zu", i);
            if (*at == '\\') {
                at++;
                cr_assert(strchr("\"\\ntu", *at) != NULL && *at != '\0');
                if (*at == 'u')
                    cr_assert(strspn(at + 1, "0123456789abcdef") >= 4);
            }
        }
        free(text);
    }
}

Test(reports_out, no_markup_survives_html)
{
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char *text = escaped(MXS_ESCAPE_HTML, hostile[i]);
        cr_expect_null(strpbrk(text, "<>\"'"), "string %zu became %s", i, text);
        cr_expect(!has_control(text, ""), "string %zu", i);
        free(text);
    }
}

Test(reports_out, no_markup_survives_markdown)
{
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char *text = escaped(MXS_ESCAPE_MARKDOWN, hostile[i]);
        for (const char *at = text; *at != '\0'; at++) {
            cr_expect(*at != '<' && *at != '>', "string %zu became %s", i, text);
            if (*at == '\\' && at[1] != '\0')
                at++;
            else
                cr_expect(strchr("|`*[]_~$", *at) == NULL, "string %zu became %s", i, text);
        }
        cr_expect_null(strstr(text, "://"), "string %zu links by itself: %s", i, text);
        cr_expect(!has_control(text, ""), "string %zu", i);
        free(text);
    }
}

Test(reports_out, no_command_survives_latex)
{
    static const char *const allowed[] = {"textbackslash{}",
                                          "textasciitilde{}",
                                          "textasciicircum{}",
                                          "textless{}",
                                          "textgreater{}",
                                          "textbar{}",
                                          "textquotedbl{}",
                                          "textasciigrave{}",
                                          "{",
                                          "}",
                                          "&",
                                          "%",
                                          "$",
                                          "#",
                                          "_"};
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char *text = escaped(MXS_ESCAPE_LATEX, hostile[i]);
        for (const char *at = text; *at != '\0'; at++) {
            if (*at != '\\') {
                cr_expect(strchr("&%$#_^~", *at) == NULL, "string %zu became %s", i, text);
                continue;
            }
            size_t known = 0;
            while (known < sizeof allowed / sizeof *allowed &&
                   strncmp(at + 1, allowed[known], strlen(allowed[known])) != 0)
                known++;
            cr_assert(known < sizeof allowed / sizeof *allowed, "string %zu became %s", i, text);
            at += strlen(allowed[known]);
        }
        free(text);
    }
}

/* pdfLaTeX stops at what its fonts have not; a bracket after the end of a row is an argument of it. */
Test(reports_out, latex_gets_what_its_fonts_have)
{
    static const char *const pairs[][2] = {
        {"[x]*", "{[}x]{*}"}, {"Z\xC3\xBCrich \xC8\x98", "Z\xC3\xBCrich \xC8\x98"},
        {"\xF0\x9F\x98\x80", "\\textless{}U+1F600\\textgreater{}"}, {"\xC4\xA7", "\\textless{}U+0127\\textgreater{}"},
        {"\xE4\xBE\x8B", "\\textless{}U+4F8B\\textgreater{}"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *text = escaped(MXS_ESCAPE_LATEX, pairs[i][0]);
        cr_expect_str_eq(text, pairs[i][1], "%s became %s", pairs[i][0], text);
        free(text);
    }
}

Test(reports_out, a_prometheus_label_stays_inside_its_quotes)
{
    char *text = escaped(MXS_ESCAPE_PROMETHEUS, "a\"} 1\nb\\");
    cr_expect_str_eq(text, "a\\\"} 1\\\\x0ab\\\\");
    free(text);
}

Test(reports_out, a_nul_inside_is_shown_not_cut)
{
    char *text = mxs_out_escaped_copy(MXS_ESCAPE_JSON, "a\0b", 3);
    cr_expect_str_eq(text, "a\\u0000b");
    free(text);
    text = mxs_out_escaped_copy(MXS_ESCAPE_CSV, "a\0b", 3);
    cr_expect_str_eq(text, "a\\x00b");
    free(text);
}

Test(reports_out, long_texts_grow_the_collecting_buffer)
{
    mxs_out out;
    mxs_out_attach(&out, NULL);
    for (int i = 0; i < 5000; i++)
        mxs_out_text(&out, "0123456789");
    cr_expect_eq(out.used, 50000);
    cr_expect_eq(out.err, MXS_OK);
    mxs_out_abandon(&out);
}

Test(reports_out, a_file_appears_only_when_it_is_whole)
{
    char folder[] = "/tmp/mxs-out-XXXXXX", path[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/report.txt", folder);
    struct mxs_detail detail;
    mxs_out out;
    cr_assert_eq(mxs_out_open(&out, path, &detail), MXS_OK);
    mxs_out_text(&out, "half");
    cr_expect_neq(access(path, F_OK), 0);
    mxs_out_abandon(&out);
    cr_expect_neq(access(path, F_OK), 0);
    cr_assert_eq(mxs_out_open(&out, path, &detail), MXS_OK);
    mxs_out_int(&out, INT64_MIN);
    cr_assert_eq(mxs_out_finish(&out, &detail), MXS_OK);
    char text[64] = "";
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(text, sizeof text, file));
    fclose(file);
    cr_expect_str_eq(text, "-9223372036854775808");
    unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something was left behind");
}

/* `-o /dev/null` by root must not put a file in its place. */
Test(reports_out, what_is_no_file_is_written_to_and_a_link_stays_one)
{
    char folder[] = "/tmp/mxs-out-XXXXXX", pipe_path[64], path[64], link_path[64], text[16] = "";
    struct mxs_detail detail;
    struct stat info;
    mxs_out out;
    cr_assert_not_null(mkdtemp(folder));
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    cr_assert_eq(mkfifo(pipe_path, 0600), 0);
    int reader = open(pipe_path, O_RDONLY | O_NONBLOCK);
    cr_assert_geq(reader, 0);
    cr_assert_eq(mxs_out_open(&out, pipe_path, &detail), MXS_OK, "%s", detail.text);
    mxs_out_text(&out, "through");
    cr_assert_eq(mxs_out_finish(&out, &detail), MXS_OK, "%s", detail.text);
    cr_expect_eq(read(reader, text, sizeof text), 7);
    cr_expect_str_eq(text, "through");
    cr_expect(lstat(pipe_path, &info) == 0 && S_ISFIFO(info.st_mode));
    close(reader);
    fclose(fopen(path, "w"));
    cr_assert_eq(symlink("file", link_path), 0);
    cr_assert_eq(mxs_out_open(&out, link_path, &detail), MXS_OK, "%s", detail.text);
    mxs_out_text(&out, "behind");
    cr_assert_eq(mxs_out_finish(&out, &detail), MXS_OK, "%s", detail.text);
    cr_expect(lstat(link_path, &info) == 0 && S_ISLNK(info.st_mode));
    cr_expect(stat(path, &info) == 0 && info.st_size == 6);
    cr_expect_eq(mxs_out_open(&out, folder, &detail), MXS_ERR_IO);
    unlink(pipe_path), unlink(link_path), unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something was left behind");
}

Test(reports_out, the_folder_is_synced_once_the_file_has_its_name)
{
    char folder[] = "/tmp/mxs-out-XXXXXX", path[128];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/report.txt", folder);
    watched = path;
    /* EINVAL: a file system whose folders cannot be synced. Any other failure is told, and the whole file stays. */
    static const struct {
        int fails;
        enum mxs_err err;
    } cases[] = {{EIO, MXS_ERR_IO}, {ENOSPC, MXS_ERR_DISK}, {EINVAL, MXS_OK}, {0, MXS_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mxs_detail detail;
        mxs_out out;
        folder_fails = cases[i].fails;
        folder_syncs = 0;
        cr_assert_eq(mxs_out_open(&out, path, &detail), MXS_OK);
        mxs_out_text(&out, "whole");
        cr_expect_eq(mxs_out_finish(&out, &detail), cases[i].err, "errno %d", folder_fails);
        if (cases[i].err != MXS_OK)
            cr_expect(strstr(detail.text, path) != NULL && strstr(detail.text, strerror(cases[i].fails)) != NULL, "%s",
                      detail.text);
        cr_expect_eq(folder_syncs, 1);
        cr_expect(named_before, "the name comes first");
        cr_expect_eq(unlink(path), 0);
    }
    cr_expect_eq(rmdir(folder), 0, "something was left behind");
    errno = 0;
    cr_expect_not(mxs_out_sync_folder("/nonexistent/report.txt"));
    cr_expect_eq(errno, ENOENT);
}

Test(reports_out, a_folder_that_is_not_there_is_told)
{
    struct mxs_detail detail;
    mxs_out out;
    cr_expect_eq(mxs_out_open(&out, "/nonexistent/report.txt", &detail), MXS_ERR_IO);
    cr_expect_not_null(strstr(detail.text, "/nonexistent/report.txt"));
}

Test(reports_out, a_full_disk_is_told)
{
    struct mxs_detail detail;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        cr_skip_test("no /dev/full");
    mxs_out out;
    mxs_out_attach(&out, full);
    mxs_out_text(&out, "x");
    cr_expect_eq(mxs_out_finish(&out, &detail), MXS_ERR_DISK);
    fclose(full);
}

/* What the world published may be of any length: it was a bug of the program beyond 1,023 bytes. */
Test(reports_out, what_is_formatted_may_be_long)
{
    mxs_out out;
    mxs_out_attach(&out, NULL);
    char *text = malloc(70001);
    memset(text, 'a', 70000);
    text[70000] = '\0';
    for (size_t size = 1022; size < 1027; size++)
        mxs_out_format(&out, "%.*s.", (int)size, text);
    mxs_out_format(&out, "<%s>", text);
    cr_assert_eq(mxs_out_check(&out, NULL), MXS_OK);
    cr_assert_eq(out.used, 5 * 1024 + 5 + 70002);
    cr_assert_eq(out.buffer[out.used - 1], '>');
    mxs_out_abandon(&out);
    free(text);
}

Test(reports_out, a_share_that_is_not_all_is_no_hundred_per_cent)
{
    static const struct {
        double share;
        const char *text;
    } cases[] = {{0, "0.0 %"}, {1e-12, "0.0 %"}, {1e-7, "<0.1 %"}, {0.0004999, "<0.1 %"}, {0.0005, "0.1 %"},
                 {1.0 / 3, "33.3 %"}, {0.9994, "99.9 %"}, {10087.0 / 10090, ">99.9 %"}, {1 - 1e-7, ">99.9 %"},
                 {0.1 + 0.2 + 0.7 - 1e-16, "100.0 %"}, {1, "100.0 %"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[MXS_SHARE_TEXT_SIZE];
        cr_expect_str_eq(mxs_share_text(cases[i].share, text), cases[i].text, "%.12g", cases[i].share);
    }
}
