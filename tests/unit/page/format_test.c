#include <criterion/criterion.h>
#include <locale.h>
#include <string.h>

#include "reports/format/format.h"
#include "reports/page/page.h"

static const struct mxs_column columns[] = {
    {"name", "name", MXS_UNIT_TEXT, 0},
    {"count", "count", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
    {"advice", "what to do", MXS_UNIT_PROSE, 0},
};

static void put(struct mxs_table *table, const char *name, int64_t count, double share, const char *advice)
{
    struct mxs_cell *row = mxs_table_row(table);
    cr_assert_not_null(row);
    mxs_table_put_text(table, &row[0], name, strlen(name));
    mxs_table_put_int(&row[1], count);
    mxs_table_put_real(&row[2], share);
    mxs_table_put_text(table, &row[3], advice, strlen(advice));
}

static const char *rendered(mxs_out *out, enum mxs_format format, const struct mxs_style *style)
{
    static struct mxs_table table;
    mxs_table_init(&table, "things", "Things", columns, 4);
    table.bases[MXS_BASE_RECEIVING] = 1234567;
    put(&table, "\xe4\xb8\xad\xe6\x96\x87", -1234, 0.3333, "Point it at another machine, or remove it.");
    put(&table, "=evil", 7, 1, "\033[2J");
    mxs_out_attach(out, NULL);
    mxs_page_write_as(out, format, &table, style);
    mxs_out_bytes(out, "", 1);
    cr_assert_eq(out->err, MXS_OK);
    mxs_table_finish(&table);
    return out->buffer;
}

Test(reports_format, numbers_stay_numbers_in_csv)
{
    mxs_out out;
    const char *text = rendered(&out, MXS_FORMAT_CSV, NULL);
    cr_expect_str_eq(text, "name,count,share,advice\n\xe4\xb8\xad\xe6\x96\x87,-1234,0.3333,\"Point it at another "
                           "machine, or remove it.\"\n"
                           "'=evil,7,1,\\x1b[2J\n");
    mxs_out_abandon(&out);
}

Test(reports_format, json_is_an_array_of_objects)
{
    mxs_out out;
    cr_expect_str_eq(rendered(&out, MXS_FORMAT_JSON, NULL),
                     "[\n{\"name\":\"\xe4\xb8\xad\xe6\x96\x87\",\"count\":-1234,\"share\":0.3333,\"advice\":\"Point it "
                     "at another machine, or remove it.\"},\n"
                     "{\"name\":\"=evil\",\"count\":7,\"share\":1,\"advice\":\"\\u001b[2J\"}]");
    mxs_out_abandon(&out);
}

Test(reports_format, wide_characters_align_and_sentences_wrap_between_words)
{
    const struct mxs_style style = {.width = 60};
    mxs_out out;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        cr_skip_test("no C.UTF-8");
    cr_expect_str_eq(rendered(&out, MXS_FORMAT_TEXT, &style), "Things\n"
                     "name    count    share  what to do\n"
                     "\xe4\xb8\xad\xe6\x96\x87   -1,234   33.3 %  Point it at another machine, or\n"
                     "                        remove it.\n"
                     "=evil       7  100.0 %  \\x1b[2J\n"
                     "share: of the 1,234,567 domains that can receive mail (mx,\n"
                     "implicit_mx)\n", "%s", out.buffer);
    mxs_out_abandon(&out);
}

/* Whatever must be typed stays whole: a sentence that would get a narrow column stands below its row. */
Test(reports_format, where_there_is_no_room_sentences_stand_below_their_row)
{
    const struct mxs_style style = {.width = 40};
    mxs_out out;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        cr_skip_test("no C.UTF-8");
    cr_expect_str_eq(rendered(&out, MXS_FORMAT_TEXT, &style), "Things\n"
                     "name    count    share\n"
                     "\xe4\xb8\xad\xe6\x96\x87   -1,234   33.3 %\n"
                     "    Point it at another machine, or\n"
                     "    remove it.\n"
                     "=evil       7  100.0 %\n"
                     "    \\x1b[2J\n"
                     "share: of the 1,234,567 domains that can\n"
                     "receive mail (mx, implicit_mx)\n", "%s", out.buffer);
    mxs_out_abandon(&out);
}

/* Turned it is as broad, and has as few rows: it is not turned back, and again. */
Test(reports_format, a_table_is_turned_once)
{
    static const struct mxs_column numbers[] = {{"name", "name", MXS_UNIT_TEXT, 0},
                                                {"count", "how many there are of it", MXS_UNIT_COUNT, 0}};
    static const struct mxs_style style = {.width = 30};
    struct mxs_table table;
    mxs_table_init(&table, "broad", "Broad", numbers, 2);
    struct mxs_cell *row = mxs_table_row(&table);
    mxs_table_put_text(&table, &row[0], "a name that is no shorter", 25);
    mxs_table_put_int(&row[1], 7);
    mxs_out out;
    mxs_out_attach(&out, NULL);
    mxs_format_text(&out, &table, &style);
    mxs_out_bytes(&out, "", 1);
    cr_expect_not_null(strstr(out.buffer, "7"), "%s", out.buffer);
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
}

/* Few rows of many numbers, wider than the screen: columns become lines. */
Test(reports_format, a_broad_table_of_few_rows_is_turned)
{
    static const struct mxs_column numbers[] = {{"role", "role", MXS_UNIT_TEXT, 0},
                                                {"domains", "domains labelled", MXS_UNIT_COUNT, 0},
                                                {"none", "nothing", MXS_UNIT_COUNT, 0},
                                                {"top1", "top 1", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED},
                                                {"top3", "top 3", MXS_UNIT_SHARE, MXS_BASE_NONE}};
    struct mxs_table table;
    mxs_table_init(&table, "broad", "Broad", numbers, 5);
    table.bases[MXS_BASE_ACCEPTED] = 9;
    for (int i = 0; i < 2; i++) {
        struct mxs_cell *row = mxs_table_row(&table);
        mxs_table_put_text(&table, &row[0], i == 0 ? "mailbox" : "gate\033[2Jway", i == 0 ? 7 : 11);
        mxs_table_put_int(&row[1], i == 0 ? 19349 : 7);
        mxs_table_put_real(&row[3], i == 0 ? 0.306 : 1);
        mxs_table_put_real(&row[4], i == 0 ? 0.402 : 1);
    }
    static const char *const wanted[] = {"Broad\n"
                                         "role              mailbox  gate\\x1b[2Jway\n"
                                         "domains labelled   19,349               7\n"
                                         "top 1              30.6 %         100.0 %\n"
                                         "top 3              40.2 %         100.0 %\n"
                                         "top 1: of all 9 names of the run\n",
                                         "Broad\n"
                                         "role            domains labelled    top 1    top 3\n"
                                         "mailbox                   19,349   30.6 %   40.2 %\n"
                                         "gate\\x1b[2Jway                 7  100.0 %  100.0 %\n"
                                         "top 1: of all 9 names of the run\n"};
    for (int i = 0; i < 2; i++) {
        const struct mxs_style style = {.width = i == 0 ? 49 : 52};
        mxs_out out;
        mxs_out_attach(&out, NULL);
        mxs_format_text(&out, &table, &style);
        mxs_out_bytes(&out, "", 1);
        cr_expect_str_eq(out.buffer, wanted[i], "%s", out.buffer);
        mxs_out_abandon(&out);
    }
    mxs_table_finish(&table);
}

Test(reports_format, a_table_that_was_cut_says_so_and_keeps_the_rest)
{
    struct mxs_table table;
    mxs_out out;
    const struct mxs_style style = {.width = 0};
    mxs_table_init(&table, "things", NULL, columns, 4);
    for (int i = 0; i < 5; i++)
        put(&table, i < 3 ? "a" : "b", i, 0, "x");
    mxs_table_cut(&table, 4, false);
    cr_expect_eq(table.row_count, 4);
    cr_expect_eq(table.total_rows, 5);
    cr_expect_eq(mxs_table_at(&table, 4, 1)->integer, 4, "what was cut can still be added up");
    mxs_out_attach(&out, NULL);
    mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
    mxs_out_bytes(&out, "", 1);
    cr_expect_not_null(strstr(out.buffer, "\n4 of 5 rows (--limit N shows more)\n"), "%s", out.buffer);
    mxs_out_abandon(&out);
    table.row_count = 5;
    table.total_rows = 0;
    mxs_table_cut(&table, 2, true);
    cr_expect_eq(table.row_count, 4, "two of each value");
    cr_expect_eq(mxs_table_at(&table, 2, 1)->integer, 3);
    mxs_table_finish(&table);
}

static const struct mxs_column change_columns[] = {{"domain", "domain", MXS_UNIT_TEXT, 0},
                                                   {"kind", "kind", MXS_UNIT_TEXT, 0},
                                                   {"old", "old", MXS_UNIT_TEXT, 0},
                                                   {"at", "at", MXS_UNIT_TIME, 0}};

static void put_change(struct mxs_table *table, const char *domain, const char *kind, const char *old)
{
    struct mxs_cell *row = mxs_table_row(table);
    cr_assert_not_null(row);
    mxs_table_put_text(table, &row[0], domain, strlen(domain));
    mxs_table_put_text(table, &row[1], kind, strlen(kind));
    mxs_table_put_text(table, &row[2], old, strlen(old));
    mxs_table_put_int(&row[3], 0);
}

/* The widest texts give way first, a time never. A mark stands where something is missing, which is told whole below;
 * what fits in a few lines, broken between words, is not cut. */
Test(reports_format, what_does_not_fit_is_cut_where_it_is_widest)
{
    const struct mxs_style style = {.width = 80};
    struct mxs_table table;
    mxs_out out;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        cr_skip_test("no C.UTF-8");
    struct mxs_column columns[4];
    memcpy(columns, change_columns, sizeof columns);
    columns[0].name = columns[0].title = "named";
    mxs_table_init(&table, "changes", NULL, columns, 4);
    put_change(&table, "a.example", "provider_migrated", "a-very-long-name.of-an-mx-host.example.net 192.0.2.1");
    put_change(&table,
               "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4"
               "\xb8\xad\xe6\x96\x87",
               "host_added", "twelve.chars");
    put_change(&table, "b.example", "host_added", "mx1.example, mx2.example, mx3");
    mxs_out_attach(&out, NULL);
    mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
    mxs_out_bytes(&out, "", 1);
    cr_expect_str_eq(
        out.buffer,
        "named            kind              old               at\n"
        "a.example        provider_migrat\xe2\x80\xa6  a-very-long-nam\xe2\x80\xa6  1970-01-01 00:00:00 UTC\n"
        "    kind: provider_migrated\n"
        "    old: a-very-long-name.of-an-mx-host.example.net 192.0.2.1\n"
        "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe2\x80\xa6  host_added  "
        "      twelve.chars      1970-01-01 00:00:00 UTC\n"
        "    named: \xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"
        "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\n"
        "b.example        host_added        mx1.example,      1970-01-01 00:00:00 UTC\n"
        "                                   mx2.example, mx3\n",
        "%s", out.buffer);
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
}

/* It is typed again, in `explain`. */
Test(reports_format, a_domain_is_never_cut)
{
    const struct mxs_style style = {.width = 40};
    struct mxs_table table;
    mxs_out out;
    mxs_table_init(&table, "changes", NULL, change_columns, 4);
    put_change(&table, "a-long-name-of-a-domain.with-a-part.example", "provider_migrated", "a-name.example.net");
    mxs_out_attach(&out, NULL);
    mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
    mxs_out_bytes(&out, "", 1);
    cr_expect_str_eq(out.buffer, "domain\n"
                     "a-long-name-of-a-domain.with-a-part.example\n"
                     "    kind: provider_migrated; old:\n"
                     "    a-name.example.net; at: 1970-01-01\n"
                     "    00:00:00 UTC\n",
                     "%s", out.buffer);
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
}

/* It is typed again after --where: more than 32 columns of it take a second line. */
Test(reports_format, a_value_of_a_column_of_the_list_is_whole)
{
    static const struct mxs_column columns[] = {{"by", "Sector", MXS_UNIT_TEXT, 0},
                                                {"provider", "provider", MXS_UNIT_TEXT, 0},
                                                {"names", "names", MXS_UNIT_COUNT, 0}};
    static const char *const values[] = {"authorities and corporations", "a value that is far longer than its room is"};
    const struct mxs_style style = {.width = 50};
    struct mxs_table table;
    mxs_out out;
    mxs_table_init(&table, "providers", NULL, columns, 3);
    for (int i = 0; i < 2; i++) {
        struct mxs_cell *cells = mxs_table_row(&table);
        cr_assert(cells != NULL);
        mxs_table_put_text(&table, &cells[0], values[i], strlen(values[i]));
        mxs_table_put_text(&table, &cells[1], "org:a-long-name-of-a-provider.example", 37);
        mxs_table_put_int(&cells[2], 12345);
    }
    mxs_out_attach(&out, NULL);
    mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
    mxs_out_bytes(&out, "", 1);
    cr_expect_not_null(strstr(out.buffer, values[0]), "%s", out.buffer);
    cr_expect_not_null(strstr(out.buffer, "\na value that is far longer than "), "%s", out.buffer);
    cr_expect_not_null(
        strstr(out.buffer, "\nits room is\n    provider:\n    org:a-long-name-of-a-provider.example\n"), "%s",
        out.buffer);
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
}

/* Numbers are never cut: titles take lines, and what still has no room stands below its row. */
Test(reports_format, no_column_of_numbers_is_wider_than_the_screen)
{
    static const struct mxs_column many[] = {{"role", "role", MXS_UNIT_TEXT, 0},
                                             {"all", "of all names", MXS_UNIT_COUNT, 0},
                                             {"mail", "of those that receive mail", MXS_UNIT_COUNT, 0},
                                             {"last", "labelled", MXS_UNIT_COUNT, 0}};
    static const struct {
        size_t width;
        const char *text;
    } cases[] = {{0, "role     of all names  of those that receive mail   labelled\n"
                     "mailbox     1,234,567                   1,234,567  1,234,567\n"},
                 {42, "                     of those\n"
                      "                         that\n"
                      "            of all    receive\n"
                      "role         names       mail   labelled\n"
                      "mailbox  1,234,567  1,234,567  1,234,567\n"},
                 {36, "                     of those\n"
                      "                         that\n"
                      "            of all    receive\n"
                      "role         names       mail\n"
                      "mailbox  1,234,567  1,234,567\n"
                      "    labelled: 1,234,567\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mxs_table table;
        mxs_out out;
        mxs_table_init(&table, "things", NULL, many, 4);
        for (int row = 0; row < 4; row++) {
            struct mxs_cell *cells = mxs_table_row(&table);
            mxs_table_put_text(&table, &cells[0], "mailbox", 7);
            for (int column = 1; column < 4; column++)
                mxs_table_put_int(&cells[column], 1234567);
        }
        const struct mxs_style style = {.width = cases[i].width};
        mxs_out_attach(&out, NULL);
        mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
        mxs_out_bytes(&out, "", 1);
        cr_expect_eq(strncmp(out.buffer, cases[i].text, strlen(cases[i].text)), 0, "%s", out.buffer);
        mxs_out_abandon(&out);
        mxs_table_finish(&table);
    }
}

/* libsmartcols never ends on half a character. */
Test(reports_format, what_the_locale_cannot_print_is_told_by_its_bytes, .timeout = 20)
{
    static const char *const locales[] = {"C.UTF-8", "C"};
    static const char *const shown[] = {
        "caf\xc3\xa9    \\xf0\\x9f\\xa2\\x8c\\xf0\\x9f\\xa2\\x8c  x    1970-01-01 00:00:00 UTC\n",
        "caf\\xc3\\xa9  \\xf0\\x9f\\xa2\\x8c\\xf0\\x9f\\xa2\\x8c  x    1970-01-01 00:00:00 UTC\n"};
    for (int i = 0; i < 2; i++)
        for (size_t width = 0; width < 80; width++) {
            const struct mxs_style style = {.width = width};
            struct mxs_table table;
            mxs_out out;
            if (setlocale(LC_CTYPE, locales[i]) == NULL)
                cr_skip_test("no %s", locales[i]);
            mxs_table_init(&table, "changes", NULL, change_columns, 4);
            put_change(&table, "caf\xc3\xa9", "\xf0\x9f\xa2\x8c\xf0\x9f\xa2\x8c", "x");
            mxs_out_attach(&out, NULL);
            mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
            mxs_out_bytes(&out, "", 1);
            cr_expect(width != 0 || strstr(out.buffer, shown[i]) != NULL, "%s", out.buffer);
            cr_expect_neq(mbstowcs(NULL, out.buffer, 0), (size_t)-1, "half a character: %s", out.buffer);
            mxs_out_abandon(&out);
            mxs_table_finish(&table);
        }
}

static const struct mxs_column counter_columns[] = {{"resolver", "resolver", MXS_UNIT_TEXT, 0},
                                                    {"asked", "asked", MXS_UNIT_COUNT, 0},
                                                    {"timeouts", "timeouts", MXS_UNIT_COUNT, 0},
                                                    {"refused", "REFUSED", MXS_UNIT_COUNT, 0},
                                                    {"tcp", "TCP", MXS_UNIT_FLAG, 0}};

static void put_counters(struct mxs_table *table, const char *name, int64_t timeouts)
{
    struct mxs_cell *row = mxs_table_row(table);
    cr_assert_not_null(row);
    mxs_table_put_text(table, &row[0], name, strlen(name));
    mxs_table_put_int(&row[1], 12345);
    mxs_table_put_int(&row[2], timeouts);
    mxs_table_put_int(&row[3], 0);
    mxs_table_put_int(&row[4], 0);
}

/* Rather than cut a name, a narrow terminal gets the columns of zeros as words; a flag that is off is no zero. */
Test(reports_format, counts_of_nothing_make_room_for_names)
{
    static const char whole[] = "resolver                       asked  timeouts  REFUSED  TCP\n",
                      most[] = "resolver                       asked  timeouts  TCP\n",
                      few[] = "resolver                       asked  TCP\n";
    const struct {
        size_t width;
        int64_t timeouts;
        const char *head, *tail;
    } cases[] = {{0, 0, whole, " no\n"}, {62, 0, whole, " no\n"}, {61, 0, few, "0 in every row: timeouts, REFUSED\n"},
                 {61, 7, most, "0 in every row: REFUSED\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mxs_style style = {.width = cases[i].width};
        struct mxs_table table;
        mxs_out out;
        mxs_table_init(&table, "resolvers", NULL, counter_columns, 5);
        put_counters(&table, "127.0.0.1:53", 0);
        put_counters(&table, "[2001:db8:0:1:2:3:4:5]:15353", cases[i].timeouts);
        mxs_out_attach(&out, NULL);
        mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
        mxs_out_bytes(&out, "", 1);
        cr_expect_eq(strncmp(out.buffer, cases[i].head, strlen(cases[i].head)), 0, "%zu: %s", i, out.buffer);
        size_t tail = strlen(cases[i].tail);
        cr_expect_str_eq(out.buffer + strlen(out.buffer) - tail, cases[i].tail, "%zu: %s", i, out.buffer);
        cr_expect_not_null(strstr(out.buffer, "[2001:db8:0:1:2:3:4:5]:15353"));
        mxs_out_abandon(&out);
        mxs_table_finish(&table);
    }
}

Test(reports_format, roles_have_their_colours_where_colour_is_wanted)
{
    static const struct mxs_column role_columns[] = {{"role", "role", MXS_UNIT_TEXT, 0},
                                                     {"domains", "domains", MXS_UNIT_COUNT, 0}};
    static const char *const roles[] = {"mailbox", "gateway", "backup", "other"};
    static const char coloured[] =
        "role     domains\n\033[34mmailbox\033[0m        1\n\033[35mgateway\033[0m        1\n"
        "\033[36mbackup \033[0m        1\nother          1\n";
    for (int color = 0; color < 2; color++) {
        const struct mxs_style style = {.color = color == 1};
        struct mxs_table table;
        mxs_out out;
        mxs_table_init(&table, "roles", NULL, role_columns, 2);
        for (size_t i = 0; i < 4; i++) {
            struct mxs_cell *row = mxs_table_row(&table);
            mxs_table_put_text(&table, &row[0], roles[i], strlen(roles[i]));
            mxs_table_put_int(&row[1], 1);
        }
        mxs_out_attach(&out, NULL);
        mxs_page_write_as(&out, MXS_FORMAT_TEXT, &table, &style);
        mxs_out_bytes(&out, "", 1);
        cr_expect_eq(strchr(out.buffer, '\033') != NULL, color == 1);
        if (color == 1)
            cr_expect_str_eq(out.buffer, coloured, "%s", out.buffer);
        mxs_out_abandon(&out);
        mxs_table_finish(&table);
    }
}

Test(reports_format, two_million_domains_are_not_rounded_to_six_digits)
{
    static const struct mxs_column count_columns[] = {{"domains", "domains", MXS_UNIT_DOMAINS, 0},
                                                      {"share", "share", MXS_UNIT_SHARE, 0}};
    struct mxs_table table;
    mxs_out out;
    mxs_table_init(&table, "counts", NULL, count_columns, 2);
    struct mxs_cell *row = mxs_table_row(&table);
    mxs_table_put_real(&row[0], 2345678.5);
    mxs_table_put_real(&row[1], 1.0 / 3);
    mxs_out_attach(&out, NULL);
    mxs_page_write_as(&out, MXS_FORMAT_CSV, &table, NULL);
    mxs_out_bytes(&out, "", 1);
    cr_expect_str_eq(out.buffer, "domains,share\n2345678.5,0.333333\n");
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
}

Test(reports_format, ascii_terminals_get_ascii)
{
    const struct mxs_style style = {.width = 80};
    mxs_out out;
    setlocale(LC_CTYPE, "C");
    for (const char *at = rendered(&out, MXS_FORMAT_TEXT, &style); *at != '\0'; at++)
        cr_assert(*at == '\n' || (*at >= ' ' && *at < 0x7f), "%s", out.buffer);
    mxs_out_abandon(&out);
}

Test(reports_format, latex_has_its_rules_and_markdown_its_alignment)
{
    mxs_out out;
    const char *text = rendered(&out, MXS_FORMAT_LATEX, NULL);
    cr_expect_not_null(strstr(text, "\\begin{tabular}{lrrp{0.3\\linewidth}}\n\\toprule\n"));
    cr_expect_not_null(strstr(text, "{-}1,234 & 33.3 \\% & Point"), "%s", text);
    mxs_out_abandon(&out);
    text = rendered(&out, MXS_FORMAT_MARKDOWN, NULL);
    cr_expect_not_null(strstr(text, "| --- | ---: | ---: | --- |\n"), "%s", text);
    mxs_out_abandon(&out);
}

Test(reports_format, counts_have_separators)
{
    char text[32];
    cr_expect_str_eq(mxs_count_text(0, text, sizeof text), "0");
    cr_expect_str_eq(mxs_count_text(999, text, sizeof text), "999");
    cr_expect_str_eq(mxs_count_text(1000, text, sizeof text), "1,000");
    cr_expect_str_eq(mxs_count_text(-123456, text, sizeof text), "-123,456");
    cr_expect_str_eq(mxs_count_text(INT64_MIN, text, sizeof text), "-9,223,372,036,854,775,808");
}

static const char *with_bars(mxs_out *out, const struct mxs_style *style)
{
    static struct mxs_table table;
    mxs_table_init(&table, "things", NULL, columns, 3);
    mxs_table_put_text(&table, mxs_table_row(&table), "a", 1);
    mxs_table_put_real(&table.cells[2], 0.5);
    mxs_table_put_text(&table, mxs_table_row(&table), "b", 1);
    mxs_table_put_real(&table.cells[5], 0.1);
    mxs_table_put_text(&table, mxs_table_row(&table), "c", 1); /* its share is not known */
    mxs_out_attach(out, NULL);
    mxs_format_text(out, &table, style);
    mxs_out_bytes(out, "", 1);
    cr_assert_eq(out->err, MXS_OK);
    mxs_table_finish(&table);
    return out->buffer;
}

Test(reports_format, bars_stand_beside_shares_where_there_is_room)
{
    static const struct mxs_style wide = {.width = 60, .bars = true}, narrow = {.width = 24, .bars = true}, pipe = {0};
    mxs_out out;
    setlocale(LC_ALL, "C.UTF-8");
    const char *text = with_bars(&out, &wide);
    cr_expect_not_null(strstr(text, "50.0 %  "
                                    "\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\xE2\x96"
                                    "\x88\xE2\x96\x88\xE2\x96\x88"
                                    "\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\n"),
                       "%s", text);
    cr_expect_not_null(strstr(text, "10.0 %  \xE2\x96\x88\xE2\x96\x88\xE2\x96\x8D\n"), "%s", text);
    mxs_out_abandon(&out);
    setlocale(LC_ALL, "C");
    text = with_bars(&out, &wide);
    cr_expect_not_null(strstr(text, "50.0 %  ############\n"), "%s", text);
    cr_expect_not_null(strstr(text, "10.0 %  ##\n"), "%s", text);
    mxs_out_abandon(&out);
    cr_expect_not_null(strstr(with_bars(&out, &narrow), "50.0 %\n"));
    mxs_out_abandon(&out);
    cr_expect_not_null(strstr(with_bars(&out, &pipe), "50.0 %\n"));
    mxs_out_abandon(&out);
}
