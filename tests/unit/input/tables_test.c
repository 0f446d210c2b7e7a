/* Tables as spreadsheets save them, and which of their columns is read. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "tests/unit/input/found.h"

/* The header decides, and the fuller column is named with its numbers. */
Test(tables, a_fuller_column_than_the_chosen_one_is_named)
{
    static const struct mxs_list_options mail = {.column = "E-Mail"};
    char text[4096] = "Name;Website;E-Mail;Land\n", lines[4096] = "";
    for (int i = 0; i < 20; i++) {
        size_t used = strlen(text), put = strlen(lines);
        snprintf(text + used, sizeof text - used, "Ort %d;%s;%s;Tirol\n", i, i % 5 < 2 ? "www.ort.example" : "",
                 i == 0 ? "" : "amt@post.example");
        snprintf(lines + put, sizeof lines - put, "{%s\"mail\":\"amt@post.example\"}\n",
                 i % 5 < 2 ? "\"url\":\"www.ort.example\"," : "");
    }
    expect_how(text, NULL,
               "names from column `Website`, by its header; 8 of the first 8 cells are names; `E-Mail` holds names in"
               " 19 of the first 20 rows, this one in 8: --column decides");
    expect_how(lines, NULL, "; `mail` holds names in 20 of the first lines, this one in 8: --column decides");
    struct found *found = read_bytes(text, strlen(text), &mail);
    cr_expect(strstr(found->how, "Website") == NULL, "%s", found->how);
    found = read_bytes("Domain,Website\na.example,b.example\n", 35, NULL);
    cr_expect(strstr(found->how, "--column") == NULL, "%s", found->how);
}

Test(tables, what_cannot_be_kept_is_said)
{
    static const struct mxs_list_options all = {.keep = "all"};
    expect_how("$ORIGIN test.\n@ SOA a. b. 1 2 3 4 5\na NS y.\n", &all, "below its apex; it has no columns to keep");
    char line[400], key[128];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    snprintf(line, sizeof line, "{\"domain\":\"a.example\",\"%s\":\"x\"}\n", key);
    expect_how(line, &all, "; keys over 100 bytes are not read");
    struct found *found = read_bytes(line, strlen(line), NULL);
    cr_expect(strstr(found->how, "not read") == NULL, "%s", found->how);
}

Test(tables, encodings)
{
    EXPECT("\xEF\xBB\xBFName;Website\nX;b\xC3\xBC" "cher.example\n", "2:xn--bcher-kva.example", 1);
    EXPECT("\xFF\xFE" "d\0o\0m\0a\0i\0n\0,\0x\0\n\0a\0.\0b\0,\0\xFC\0\n\0", "2:a.b", 1);
    EXPECT("Name;Website;Land\nX;b\xFC"
           "cher.example;\xD6sterreich\nY;a.example;Wien\n",
           "2:xn--bcher-kva.example 3:a.example", 1);
    struct found *found = read_bytes("Name;Website;Land\nX;b\xFC"
                                     "cher.example;\x80\n",
                                     37, &(struct mxs_list_options){.keep = "Land"});
    cr_expect_str_eq(found->text, "2:xn--bcher-kva.example{0=\xE2\x82\xAC}");
    cr_expect(found->counts.assumed == 1 && found->counts.assumed_kept == 1);
}

/* What Excel saves as CSV (UTF-8 with its mark, the code page of the country), and as "Unicode text": UTF-16, tabs. */
Test(tables, excels_own_encodings)
{
    static const struct mxs_list_options keep = {.keep = "Ort"};
    static const char want[] = "2:a.example{0=B\xC3\xB6zen} 3:b.example{0=Wien\n2}";
    static const char utf8[] = "Ort;Domain;Zahl\r\nB\xC3\xB6zen;a.example;1,5\r\n\"Wien\n2\";b.example;\"x;y\"\r\n";
    char bytes[512];
    int size = snprintf(bytes, sizeof bytes, "\xEF\xBB\xBF%s", utf8);
    expect(bytes, (size_t)size, &keep, want, 1);
    size = snprintf(bytes, sizeof bytes,
                    "Ort;Domain;Zahl\r\nB\xF6zen;a.example;1,5\r\n\"Wien\n2\";b.example;\"x;y\"\r\n");
    expect(bytes, (size_t)size, &keep, want, 1);
    for (int big = 0; big < 2; big++) {
        size_t used = 0;
        bytes[used++] = (char)(big ? 0xFE : 0xFF);
        bytes[used++] = (char)(big ? 0xFF : 0xFE);
        for (const unsigned char *at = (const unsigned char *)utf8; *at != '\0'; at++) {
            unsigned char c = *at == 0xC3 ? (unsigned char)(*++at + 0x40) : *at == ';' ? '\t' : *at;
            bytes[used + (size_t)!big] = '\0';
            bytes[used + (size_t)big] = (char)c;
            used += 2;
        }
        expect(bytes, used, &keep, want, 1);
    }
}

Test(tables, tables_as_excel_saves_them)
{
    EXPECT("sep=;\r\nDomain;Zahl\r\na.example;1,5\r\nb.example;2,5\r\n", "3:a.example 4:b.example", 1);
    static const char *const said[] = {
        "SEP=;", "\"sep=;\"", "sep=;;;", "Sep=;  ", "\xEF\xBB\xBFsep=;", "# x\r\nsep=;"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char bytes[160], want[64];
        int line = i == 5 ? 4 : 3;
        int size = snprintf(bytes, sizeof bytes,
                            "%s\r\nDomain;Zahl;Ort\r\na.example;\"1;5\";x\r\nb.example;2,5;y\r\n", said[i]);
        snprintf(want, sizeof want, "%d:a.example{0=x} %d:b.example{0=y}", line, line + 1);
        expect(bytes, (size_t)size, &(struct mxs_list_options){.keep = "Ort"}, want, 1);
    }
    EXPECT_WITH(OPTIONS(.keep = "all"), "sep=^\nDomain^n\na.example^1;2\n", "3:a.example{0=1;2}", 1);
    EXPECT("sep=,\nDomain\na.example\n", "3:a.example", 1);
    EXPECT("sep=,\na.example\nb.example\n", "2:a.example 3:b.example", 0);
    expect_failure("sep=;\r\n", NULL, "no column of this table holds names");
    EXPECT("sep=x.example\nb.example\n", "1!bad_character 2:b.example", 0);
    EXPECT("# made by hand\nDomain;Zahl\na.example;1\n", "3:a.example", 1);
    EXPECT("Domain\tNote\r\na.example\t\"x\ty\"\r\n", "2:a.example", 1);
    EXPECT("domain|n\na.example|1\n", "2:a.example", 1);
    EXPECT("Domain,Note\r\r\na.example,x\rb.example,y\r", "3:a.example 4:b.example", 1);
}

/* Prices, dates and versions are no names, so their columns are none of names. */
Test(tables, numbers_with_dots_are_no_names)
{
    EXPECT("app,version,site\nx,1.2.3,a.example\ny,2.0,b.example\n", "2:a.example 3:b.example", 1);
    EXPECT("2024.01.02,a.example\n2024.01.03,b.example\n", "1:a.example 2:b.example", 0);
    expect_failure("app,version\nx,1.2.3\ny,2.0\n", &(struct mxs_list_options){.format = MXS_LIST_CSV},
                   "no column of this table holds names");
    EXPECT("{\"domain\":\"a.example\"}\n{\"domain\":5}\n", "1:a.example 2!numeric_tld", 0);
}

/* Files that were joined have their header in the middle, too. */
Test(tables, the_header_once_more_is_no_name)
{
    EXPECT("domain,n\na.example,1\ndomain,n\nb.example,2\n", "2:a.example 4:b.example", 2);
    EXPECT("Domain\na.example\nDomain\nb.example\n", "2:a.example 4:b.example", 2);
    EXPECT("domain,n\na.example,1\ntotal,2\n", "2:a.example 3:total", 1);
}

/* A word that may be a name itself heads a list only where all below it have a dot. */
Test(tables, a_common_word_heads_a_list)
{
    EXPECT("Name\na.example\nb.example\n", "2:a.example 3:b.example", 1);
    expect_how("company\n# ours\na.example\n", NULL, "names from column `company`");
    EXPECT("name\ncom\na.example\n", "1:name 2:com 3:a.example", 0);
    EXPECT("name\n", "1:name", 0);
    EXPECT("mail\na.example\n", "2:a.example", 1);
    EXPECT("localhost\na.example\n", "1:localhost 2:a.example", 0);
}

/* So does a word that is no top level, in whatever language, and the list stays a plain one. */
Test(tables, a_word_that_nobody_knows_heads_a_list)
{
    EXPECT("kunde\na.example\n# ours\nb.example # x\n", "2:a.example 4:b.example", 1);
    EXPECT("# made\n\nB\xC3\xBC" "cher\r\nx@a.example\r\n", "4:a.example", 1);
    EXPECT("\xEF\xBB\xBFKunden-Nr\na.example", "2:a.example", 1);
    expect_how("vhost\na.example\n", NULL, "a plain list; its first line, `vhost`, is taken for a header");
    EXPECT("kunde\nfirma\na.example\n", "1:kunde 2:firma 3:a.example", 0);
    EXPECT("a.example\nkunde\nb.example\n", "1:a.example 2:kunde 3:b.example", 0);
    EXPECT("school\na.example\n", "1:school 2:a.example", 0);
    EXPECT("kunde@firma\na.example\n", "1:firma 2:a.example", 0);
    EXPECT("kunde\n", "1:kunde", 0);
    EXPECT_WITH(OPTIONS(.format = MXS_LIST_PLAIN), "kunde\na.example\n", "1:kunde 2:a.example", 0);
}

Test(tables, how_a_web_service_fails_is_no_list)
{
    static const struct mxs_list_options none, column = {.column = "documentation_url"};
    expect_failure("{\"message\":\"Not Found\",\"documentation_url\":\"https://docs.example/rest\"}\n", &none,
                   "how a web service fails");
    expect_failure("{\"error\":\"quota\",\"see\":\"https://docs.example/\"}\n", &none, "how a web service fails");
    EXPECT("{\"url\":\"https://a.example/\",\"error\":\"\"}\n", "1:a.example", 0);
    EXPECT("{\"domain\":\"a.example\",\"message\":\"x\"}\n", "1:a.example", 0);
    expect("{\"message\":\"x\",\"documentation_url\":\"https://docs.example/\"}\n", 60, &column, "1:docs.example", 0);
    expect_failure("\n<HTML>\n<head>\n<title>\nError\n", &none, "this is a page of HTML");
    expect_failure(" <!DOCTYPE html>\na.example\n", &none, "this is a page of HTML");
    expect_failure("<?xml version=\"1.0\"?>\na.example\n", &none, "this is an XML document");
    expect_failure("%PDF-1.4\n1 0 obj\nendobj\na.example\n", &none, "this is a PDF");
}
