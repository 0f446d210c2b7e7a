/* Tables, JSON lines and zone files as people have them: what is taken from where, and what is a reject. The rows are
 * ours; their forms are those of public lists and of the programs that write them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/input/found.h"

/* --- hostile --- */

Test(forms, a_quote_that_is_never_closed_costs_its_own_line)
{
    EXPECT("domain,note\na.example,x\nb.example,\"open\nc.example,y\nd.example,z\n",
           "2:a.example 3!unclosed_quote 4:c.example 5:d.example", 1);
    EXPECT("domain,note\n\"a.example,x\nb.example,y\n", "2!unclosed_quote 3:b.example", 1);
}

Test(forms, a_cell_that_goes_on_behind_its_closing_quote_swallows_no_row)
{
    static const struct mxs_list_options keep = {.keep = "all"};
    static const struct {
        const char *bytes, *want;
    } ROWS[] = {
        {"domain,company,n\na.example,\"Foo\" GmbH,1\nb.example,x,2\nc.example,\"Miller, Sons\",3\n",
         "2:a.example{0=Foo GmbH}{1=1} 3:b.example{0=x}{1=2} 4:c.example{0=Miller, Sons}{1=3}"},
        {"company\tdomain\n\"Foo\" Inc\ta.example\nBar\tb.example\n\"Q\" x\tc.example\n\"Z\"\td.example\n",
         "2:a.example{0=Foo Inc} 3:b.example{0=Bar} 4:c.example{0=Q x} 5:d.example{0=Z}"},
        {"domain,region\na.example,5\" pipe\nb.example,y \"quoted\" z\nc.example,\"z\"x\nd.example,\"\"\n"
         "e.example,\"a\"\"b\"\n",
         "2:a.example{0=5\" pipe} 3:b.example{0=y \"quoted\" z} 4:c.example{0=zx} 5:d.example 6:e.example{0=a\"b}"},
        /* the quotes of the row come out, and one cell has taken another */
        {"domain,a,b\na.example,\"x\" y,\"z\"\nb.example,\"x\" y,\"z\"\n",
         "2:a.example{0=x y}{1=z} 3:b.example{0=x y}{1=z}"},
        {"domain,a\r\na.example,\"x\"  \"y\" z\r\nb.example,\"\"x\r\nc.example,\"x\"y", /* the last line has no end */
         "2:a.example{0=x  \"y\" z} 3:b.example{0=x} 4:c.example{0=xy}"},
        /* a stray quote on a later line: the first line is what was open */
        {"domain,a\na.example,\"x\nb.example,\"y\" z\nc.example,w\n",
         "2!unclosed_quote 3:b.example{0=y z} 4:c.example{0=w}"},
        {"domain,a\na.example,\"x\nb.example,\"y\"\nc.example,w\n",
         "2!unclosed_quote 3:b.example{0=y} 4:c.example{0=w}"},
        /* what is open behind it costs its line, no more */
        {"domain,a,b\na.example,\"x\" y,\"z\nb.example,x,y\nc.example,\"x\",y\n",
         "2!unclosed_quote 3:b.example{0=x}{1=y} 4:c.example{0=x}{1=y}"},
        {"\"do\" main,domain\nx,a.example\n\"y\",b.example\n", "2:a.example{0=x} 3:b.example{0=y}"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        expect(ROWS[i].bytes, strlen(ROWS[i].bytes), &keep, ROWS[i].want, 1);
}

Test(forms, stray_quotes_within_a_row_take_nothing_from_cells_of_several_lines)
{
    static const struct mxs_list_options keep = {.keep = "all"};
    static const struct {
        const char *bytes, *want;
    } ROWS[] = {
        {"domain,a,b\na.example,\"the \"big, old\" one\",x\nb.example,y,z\n",
         "2:a.example{0=the \"big, old\" one}{1=x} 3:b.example{0=y}{1=z}"},
        {"domain,a,b\na.example,\"the \"big\" one\",\"x\ny\"\nb.example,y,z\n",
         "2:a.example{0=the \"big\" one}{1=x\ny} 4:b.example{0=y}{1=z}"},
        {"domain,a,b\na.example,\"x\r\n\"\"y\"\"\r\n\r\nz\" ,5\" pipe\nb.example,\"\"\"\n\"\"\",z\n",
         "2:a.example{0=x\r\n\"y\"\r\n\r\nz}{1=5\" pipe} 6:b.example{0=\"\n\"}{1=z}"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        expect(ROWS[i].bytes, strlen(ROWS[i].bytes), &keep, ROWS[i].want, 1);
}

/* The rows that are looked at are cut where the sample ends: half of a cell is no row. */
Test(forms, the_sample_sees_rows_behind_stray_quotes_and_no_half_cells)
{
    char *bytes = malloc(200000), want[64];
    size_t used = (size_t)sprintf(bytes, "id,who,a\n1,\"Foo\" GmbH,a.example\n");
    for (int i = 0; i < 90; i++)
        used += (size_t)sprintf(bytes + used, "%d,x,n%d.example\n", i, i);
    used += (size_t)sprintf(bytes + used, "7,\"");
    for (int i = 0; i < 1500; i++)
        used += (size_t)sprintf(bytes + used, "no.name.of.ours,%d\n", i);
    sprintf(bytes + used, "\",z.example\n");
    snprintf(want, sizeof want, "names from column `a`, 91 of the first 91 cells are names");
    expect_how(bytes, NULL, want);
    free(bytes);
}

Test(forms, columns_behind_the_last_that_is_read_are_told)
{
    static const struct mxs_list_options by_name = {.column = "domain", .format = MXS_LIST_CSV};
    char bytes[8192];
    size_t used = 0;
    for (int i = 0; i < 600; i++)
        used += (size_t)sprintf(bytes + used, "c%d,", i);
    used += (size_t)sprintf(bytes + used, "domain\n");
    for (int i = 0; i < 600; i++)
        used += (size_t)sprintf(bytes + used, "%d,", i % 10);
    sprintf(bytes + used, "a.example\n");
    expect_failure(bytes, NULL, "; columns behind the 512th are not read");
    expect_failure(bytes, &by_name, "; columns behind the 512th are not read");
}

Test(forms, ragged_rows_are_rejects)
{
    EXPECT("domain;city;n\na.example;Graz;1\nb.example;Linz\nc.example;Wien;2;3\nd.example;Wels;4;\ne.example\n",
           "2:a.example 3!ragged_row 4!ragged_row 5:d.example 6!ragged_row", 1);
}

Test(forms, a_row_over_the_limit_is_one_reject)
{
    size_t size = 200000;
    char *bytes = malloc(size + 100);
    size_t used = (size_t)sprintf(bytes, "domain,note\na.example,x\nb.example,");
    memset(bytes + used, 'x', size - used);
    used = size + (size_t)sprintf(bytes + size, "\nc.example,y\n");
    expect(bytes, used, NULL, "2:a.example 3!line_too_long 4:c.example", 1);
    free(bytes);
}

Test(forms, a_million_columns)
{
    size_t used = 0;
    char *bytes = malloc(3000000);
    used += (size_t)sprintf(bytes, "domain,x\na.example,1\nb.example");
    for (int i = 0; i < 1000000; i++)
        used += (size_t)sprintf(bytes + used, ",1");
    used += (size_t)sprintf(bytes + used, "\nc.example,1\n");
    expect(bytes, used, NULL, "2:a.example 3!line_too_long 4:c.example", 1);
    free(bytes);
}

Test(forms, json_that_is_none)
{
    EXPECT("{\"domain\":\"a.example\"}\n{\"domain\":\nnull\n{\"domain\":\"b.example\"} "
           "x\n[1]\n{\"domain\":\"c.example\"}\n{\"domain\":\"d.example\"}\n"
           "{\"domain\":\"e.example\"}\n{\"domain\":\"f.example\"}\n",
           "1:a.example 2!not_json 3!not_json 4!not_json 5!not_json 6:c.example 7:d.example 8:e.example 9:f.example",
           0);
}

Test(forms, json_of_any_depth)
{
    static char bytes[200200];
    size_t used = (size_t)sprintf(bytes, "{\"domain\":\"a.example\"}\n{\"x\":");
    memset(bytes + used, '[', 30000);
    memset(bytes + used + 30000, ']', 30000);
    used += 60000;
    used += (size_t)sprintf(bytes + used, "}\n{\"domain\":\"b.example\"}\n{\"domain\":\"c.example\"}\n");
    expect(bytes, used, NULL, "1:a.example 2!not_json 3:b.example 4:c.example", 0);
}

Test(forms, zone_directives_that_reach_out)
{
    expect_failure("$ORIGIN test.\n$TTL 300\n@ IN SOA a. b. 1 2 3 4 5\n$INCLUDE /etc/passwd\n", NULL,
                   "line 4: $INCLUDE");
    EXPECT("$ORIGIN test.\n@ 1 IN SOA a. b. 1 2 3 4 5\n$GENERATE 1-4000000 h$ NS ns.x.\n$GENERATE 1-2 h$ 60 IN NS "
           "ns.x.\n$GENERATE 1-9 a$ A 192.0.2.$\n"
           "$GENERATE 8-10/2 n${1,3,d}x NS y.\n",
           "3!generate_too_large 4:h1.test 4:h2.test 6:n009x.test 6:n011x.test", 3);
}

Test(forms, what_is_no_table_of_names)
{
    expect_failure("domain;city\nGraz Stadt;Graz\nLinz Stadt;Linz\n", NULL, "no column of this table holds names");
    expect_failure("name,web\nA,a.example\n", &(struct mxs_list_options){.column = "website"},
                   "there is no column `website`, which --column names; its columns are `name`, `web`");
    expect_failure("name,web\nA,a.example\n", &(struct mxs_list_options){.keep = "Region"}, "--keep names");
    expect_failure("a.example\nb.example\n", &(struct mxs_list_options){.keep = "Region"}, "plain list");
    expect_failure("a1,a2,a3,a4,a5,a6,a7,a8,a9,a10,a11,a12,a13,a14,a15,a16,a17,domain\n1,2,3,4,5,6,7,8,9,10,11,12,13,"
                   "14,15,16,17,a.example\n",
                   &(struct mxs_list_options){.keep = "all"}, "up to 16 columns");
}

/* --- tables --- */

Test(forms, public_lists)
{
    EXPECT("1,google.com\r\n2,facebook.com\r\n3,amazonaws.com\r\n", "1:google.com 2:facebook.com 3:amazonaws.com",
           0); /* Tranco, Umbrella */
    EXPECT("GlobalRank,TldRank,Domain,TLD,RefSubNets,RefIPs,IDN_Domain,IDN_TLD,PrevGlobalRank,PrevTldRank,"
           "PrevRefSubNets,PrevRefIPs\n"
           "1,1,google.com,com,488173,2486033,google.com,com,1,1,488224,2488053\n2,2,facebook.com,com,480955,2489203,"
           "facebook.com,com,2,2,481143,2491370\n",
           "2:google.com 3:facebook.com", 1); /* Majestic */
    EXPECT("origin,rank\nhttps://www.shop.test,1000\nhttp://news.test:8080,5000\n", "2:www.shop.test 3:news.test",
           1); /* CrUX */
    EXPECT("\"Rank\",\"Domain\",\"Open Page "
           "Rank\"\n\"1\",\"fonts.googleapis.com\",\"10.00\"\n\"2\",\"facebook.com\",\"10.00\"\n",
           "2:fonts.googleapis.com 3:facebook.com", 1); /* DomCop */
    EXPECT("Domain name,Domain type,Organization name,Suborganization name,City,State,Security contact email\n"
           "aarp.gov,Federal - Executive,\"Dept of Things, Other\",,Washington,DC,(blank)\nabc.gov,City,City of "
           "X,,X,OH,sec@x.example\n",
           "2:aarp.gov 3:abc.gov", 1);                                                                /* dotgov */
    EXPECT("1,netflix.com\n2,api-global.netflix.com\n", "1:netflix.com 2:api-global.netflix.com", 0); /* Cisco */
    EXPECT("rank\tdomain\n1\ta.example\n2\tb.example\n", "2:a.example 3:b.example", 1);
    EXPECT("rank,domain,country\n1,a.example,DE\n2,,DE\n", "2:a.example", 2);
    EXPECT("1,a.example\n2,\n3,b.example\n", "1:a.example 3:b.example", 1);
}

Test(forms, lists_of_one_column)
{
    EXPECT("domain\na.example\nb.example\n", "2:a.example 3:b.example", 1);
    EXPECT("Website\nhttps://www.a.example/x\nwww.b.example\nc.example, www.d.example\n",
           "2:a.example 3:b.example 4:c.example 4:d.example", 1);
    EXPECT("\"E-Mail\"\n\"x@a.example\"\n", "2:a.example", 1);
    EXPECT("www.a.example\nhttps://www.b.example\n", "1:www.a.example 2:www.b.example", 0);
    EXPECT("a.example, b.example\nc.example\nd.example\n", "1!several_fields 2:c.example 3:d.example", 0);
    EXPECT("domain.example\nb.example\n", "1:domain.example 2:b.example", 0);
    EXPECT("domain\n# ours\na.example\n ; old\nb.example # Vienna\nc.example ; x\n\"d.example\"\n",
           "3:a.example 5:b.example 6:c.example 7:d.example", 3);
    EXPECT("Website\nhttps://a.example/#top\nhttps://b.example/x;y\n", "2:a.example 3:b.example", 1);
}

Test(forms, addresses_of_mail_and_several_values)
{
    EXPECT("Name;E-Mail;Bundesland\nA;amt@a.example;Tirol\nB;\"Jane <j@b.example>\";Wien\nC;x@c.example, "
           "y@d.example;Wien\nD;;Wien\nE;\"Doe, Jane <j@e.example>; k@f.example\";Wien\n",
           "2:a.example 3:b.example 4:c.example 4:d.example 6:e.example 6:f.example", 2);
    EXPECT("id,domains\n1,\"a.example, b.example\"\n2,c.example d.example\n3,\"Vienna, "
           "Austria\"\n4,n/a\n5,\"e.example\nf.example\"\n6,-\n",
           "2:a.example 2:b.example 3:c.example 3:d.example 4!several_fields 4!several_fields 6:e.example 6:f.example",
           3);
    EXPECT("id,url\n1,\"https://a.example/x,y;z\"\n2,https://https://x\n3,\"https://b.example/,https://"
           "www.c.example\"\n4,https://d.example\n",
           "2:a.example 3!bad_character 4:b.example 4:c.example 5:d.example", 1);
}

Test(forms, the_column_is_found_in_many_languages)
{
    const char *const heads[] = {
        "domain",     "Domain Name", "DOMAINE",        "Domäne",         "dominio",       "Домен",
        "域名",       "ドメイン",    "hostname",       "FQDN",           "origin",        "Website",
        "Webseite",   "Site web",    "Sito web",       "Página web",     "Strona WWW",    "Сайт",
        "ΙΣΤΟΣΕΛΊΔΑ", "网站",        "홈페이지",       "E-Mail",         "Mailadresse",   "correo electrónico",
        "Courriel",   "Эл. почта",   "メールアドレス", "Company Domain", "contact_email", "Primary e-mail"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char bytes[300];
        size_t size = (size_t)snprintf(bytes, sizeof bytes,
                                       "x.example,%s,name\ny.example,a.example,A\nz.example,b.example,B\n", heads[i]);
        expect(bytes, size, NULL, "2:a.example 3:b.example", 1);
    }
}

Test(forms, a_website_loses_its_www_and_nothing_else_does)
{
    EXPECT("id,homepage\n1,www.a.example\n2,www.at\n3,wwwx.b.example\n", "2:a.example 3:www.at 4:wwwx.b.example", 1);
    EXPECT_WITH(OPTIONS(.keep_www = true), "id,homepage\n1,www.a.example\n", "2:www.a.example", 1);
    EXPECT("id,domain\n1,www.a.example\n", "2:www.a.example", 1);
    EXPECT("1,www.a.example\n2,www.b.example\n", "1:www.a.example 2:www.b.example", 0);
    expect_how("id,homepage\n1,www.a.example\n", NULL, "a leading www. is dropped (--keep-www keeps it)");
}

Test(forms, column_decides)
{
    EXPECT_WITH(OPTIONS(.column = "mx"), "domain,mx\na.example,m.example\n", "2:m.example", 1);
    EXPECT_WITH(OPTIONS(.column = "2"), "domain,mx\na.example,m.example\n", "2:m.example", 1);
    EXPECT_WITH(OPTIONS(.column = "1"), "a.example,m.example\n", "1:a.example", 0);
    EXPECT_WITH(OPTIONS(.column = "DOMAIN"), "domain,mx\na.example,m.example\n", "2:a.example", 1);
    expect_how("a.example,m.example\nb.example,n.example\n", NULL,
               "`column 1`, 2 of the first 2 cells are names; no header; `column 2` is as good: --column decides");
    expect_how("Email,Email\na@a.example,b@b.example\n", NULL, "`Email 2` is as good");
}

Test(forms, libcsvs_own_hard_cases)
{
    EXPECT(" \"domain\" , \"note\" \n \"a.example\" , \"quo\"\"te\" \n b.example , x y \n", "2:a.example 3:b.example",
           1);
    EXPECT("domain,note\na.example,\"a,b\nc\"\nb.example,\"\"\n\"c.example\",\"\"\"\"\n",
           "2:a.example 4:b.example 5:c.example", 1);
    EXPECT("domain,note\n\n\na.example,x\n   \nb.example,\"x\"y\"\n", "4:a.example 6:b.example", 1);
    EXPECT("domain,note\na.example,x", "2:a.example", 1);
    EXPECT("domain,note\r\n\"a.example\",\"line\r\nline\"\r\nb.example,x\r\n", "2:a.example 4:b.example", 1);
}

/* What stands in the cells, to the byte: `v` is kept beside the name. */
Test(forms, quotes_blanks_and_line_ends_in_cells)
{
    static const struct {
        const char *cell, *value;
    } cases[] = {
        {"\"\"", ""},                            /* empty, quoted */
        {"\"a \"\"b\"\" c\"", "a \"b\" c"},        /* RFC 4180, section 2: doubled quotes */
        {"\"\"\"a\"\"\"", "\"a\""},              /* at both ends */
        {"\"\"\"\"\"\"", "\"\""},                /* nothing but quotes */
        {"\"a,b\"", "a,b"},
        {"\"a\nb\"", "a\nb"},
        {"\"a\r\nb\"", "a\r\nb"},
        {"   \"a\"   ", "a"},                   /* blanks around quotes are no part of the cell */
        {"a \"b\" c", "a \"b\" c"},              /* quotes in an unquoted cell stand for themselves */
        {"a\"", "a\""},
        {"\"a\"b\"", "a\"b"},                   /* text behind a closing quote: it was none */
        {"\"a\" b\"", "a\" b"},
        {"\"a\"\"", "a\"\nx.example,"},          /* one quote too few: the row goes on to the next one */
        {"'a'", "'a'"},
        {"a\tb", "a\tb"},
        {"\\\"", "\\\""},                       /* a backslash protects nothing */
        {"=1+1", "=1+1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[200], want[200];
        bool open = strcmp(cases[i].cell, "\"a\"\"") == 0;
        size_t size = (size_t)snprintf(bytes, sizeof bytes, "domain,v\na.example,%s\n%sb.example,y\n", cases[i].cell,
                                       open ? "x.example,\"\n" : "");
        unsigned lines = 0;
        for (size_t at = 0; at < size; at++)
            lines += bytes[at] == '\n';
        const bool kept = cases[i].value[0] != '\0';
        snprintf(want, sizeof want, "2:a.example%s%s%s %u:b.example{0=y}", kept ? "{0=" : "", cases[i].value,
                 kept ? "}" : "", lines);
        expect(bytes, size, &(struct mxs_list_options){.keep = "v"}, want, 1);
    }
}

Test(forms, rows_of_nothing_but_marks)
{
    EXPECT("domain,v,w\n,,\n,\"\",\na.example,,\n  ,  ,  \n\"\",\"\",\"\"\nb.example,\" \",x\n",
           "4:a.example 7:b.example", 5);
    EXPECT("domain,v\r\r\na.example,x\n\r\n\n\rb.example,\"y\r\"\rc.example,z",
           "3:a.example 7:b.example 9:c.example", 1);
    EXPECT("domain,v\na.example,\0\nb\0.example,y\n\"c.example\",\"\0\"\n", "2:a.example 3!nul_byte 4:c.example", 1);
}

/* Wherever a read ends, the rows are the same: a pipe gives them byte by byte. */
Test(forms, a_table_that_comes_in_any_pieces)
{
    static const char bytes[] =
        "\"domain\" ; \"v\"\r\n\"a.example\";\"x\"\"y\r\n;z\"\r\n"
        "b.example ; \"\" \n\nc.example;\"q\"";
    for (size_t piece = 1; piece <= 7; piece++) {
        char path[PATH_SIZE];
        file_of(path, bytes, 0);
        unlink(path);
        cr_assert_eq(mkfifo(path, 0600), 0);
        pid_t child = fork();
        cr_assert_geq(child, 0);
        if (child == 0) {
            int fd = open(path, O_WRONLY);
            for (size_t at = 0; at < sizeof bytes - 1; at += piece) {
                size_t left = sizeof bytes - 1 - at;
                if (write(fd, bytes + at, left < piece ? left : piece) < 0)
                    _exit(1);
                usleep(200);
            }
            _exit(0);
        }
        struct found *found = read_path(path, &(struct mxs_list_options){.keep = "v"});
        cr_expect_eq(found->err, MXS_ERR_END, "%s", found->detail.text);
        cr_expect_str_eq(found->text, "2:a.example{0=x\"y\r\n;z} 4:b.example 6:c.example{0=q}", "%s", found->text);
        waitpid(child, NULL, 0);
        unlink(path);
    }
}

Test(forms, kept_columns_come_with_the_names)
{
    EXPECT_WITH(OPTIONS(.keep = "Region, n"), "domain,Region,n\na.example, Tyrol ,5\nb.example,,6\n",
                "2:a.example{0=Tyrol}{1=5} 3:b.example{1=6}", 1);
    EXPECT_WITH(OPTIONS(.keep = "all"), "domain,Region,n\na.example,Tyrol,5\n", "2:a.example{0=Tyrol}{1=5}", 1);
    EXPECT_WITH(OPTIONS(.keep = "all"), "1,a.example\n2,b.example\n", "1:a.example{0=1} 2:b.example{0=2}", 0);
    EXPECT_WITH(OPTIONS(.keep = "rank"), "1,a.example\n2,b.example\n", "1:a.example{0=1} 2:b.example{0=2}", 0);
    EXPECT_WITH(OPTIONS(.keep = "2"), "domain,Region\n\"a.example, b.example\",Tyrol\n",
                "2:a.example{0=Tyrol} 2:b.example{0=Tyrol}", 1);
    EXPECT_WITH(OPTIONS(.keep = "all"), "a.example\nb.example\n", "1:a.example 2:b.example", 0);
}

/* --- JSON lines --- */

Test(forms, outputs_of_other_programs)
{
    EXPECT("{\"host\":\"a.example\",\"ttl\":300,\"resolver\":[\"1.1.1.1:53\"],\"mx\":[\"mx1.example\"],\"status_code\":"
           "\"NOERROR\",\"timestamp\":\"2026-01-01T00:00:00Z\"}\n",
           "1:a.example", 0); /* dnsx */
    EXPECT("{\"data\":{\"answers\":[{\"answer\":\"mx.b.example.\",\"class\":\"IN\",\"name\":\"x.example\","
           "\"preference\":5,\"ttl\":1,\"type\":\"MX\"}],\"protocol\":\"udp\",\"resolver\":\"1.1.1.1:53\"},"
           "\"name\":\"a.example\",\"status\":\"NOERROR\"}\n",
           "1:a.example", 0); /* zdns */
    EXPECT("{\"name\":\"a.example\",\"results\":{\"MX\":{\"data\":{\"answers\":[{\"name\":\"b.example\"}]},\"status\":"
           "\"NOERROR\"}}}\n",
           "1:a.example", 0); /* zdns 2 */
    EXPECT("{\"name\":\"a.example.\",\"type\":\"MX\",\"class\":\"IN\",\"status\":\"NOERROR\",\"rx_ts\":1,\"data\":{"
           "\"answers\":[{\"ttl\":1,\"type\":\"MX\",\"class\":\"IN\",\"name\":\"a.example.\","
           "\"data\":\"10 mx.b.example.\"}]},\"flags\":[\"rd\"],\"resolver\":\"1.1.1.1:53\"}\n",
           "1:a.example", 0); /* massdns */
    EXPECT("{\"timestamp\":\"2026-01-01\",\"port\":\"443\",\"url\":\"https://a.example:443/"
           "x\",\"input\":\"a.example\",\"title\":\"T. "
           "x\",\"host\":\"192.0.2.1\",\"a\":[\"192.0.2.1\"],\"tech\":[\"nginx\"]}\n",
           "1:a.example", 0); /* httpx */
}

Test(forms, keys_of_json_lines)
{
    EXPECT_WITH(OPTIONS(.column = "data.site.host"), "{\"data\":{\"site\":{\"host\":\"a.example\"}}}\n{\"x\":1}\n",
                "1:a.example", 1);
    EXPECT_WITH(OPTIONS(.column = "hosts"), "{\"hosts\":[\"a.example\",\"b.example\",null,\"\"]}\n",
                "1:a.example 1:b.example", 0);
    EXPECT_WITH(OPTIONS(.keep = "asn.name,tags"),
                "{\"domain\":\"a.example\",\"asn\":{\"name\":\"X\\u00e9\"},\"tags\":[\"p\",\"q\",3,true]}\n\n{"
                "\"domain\":\"b.example\"}\n",
                "1:a.example{0=X\xC3\xA9}{1=p}{1=q}{1=3}{1=true} 3:b.example", 0);
    EXPECT("{\"domain\":\"b\\u00fccher.example\"}\n{\"domain\":null}\n{\"domain\":\"\\ud83d\\ude00.example\"}\n",
           "1:xn--bcher-kva.example 3!idn_disallowed", 1);
}

/* --- zones --- */

Test(forms, a_zone_of_czds)
{
    EXPECT("test.\t86400\tin\tsoa\tns1.x. admin.x. 1 2 3 4 "
           "5\ntest.\t86400\tin\tns\tns1.x.\na.test.\t3600\tin\tns\tns1.x.\na.test.\t3600\tin\tns\tns2.x.\na.test."
           "\t3600\tin\tds\t1 8 2 AB\n"
           "ns1.b.test.\t60\tin\ta\t192.0.2.1\nB.test.\t3600\tin\tns\tns1.b.test.\nabc.test.\t60\tin\trrsig\tds 8 2 1 "
           "2 3 4 test. x\ntest.\t86400\tin\tsoa\tns1.x. admin.x. 1 2 3 4 5\n",
           "3:a.test 7:b.test", 7);
}

Test(forms, a_zone_as_dig_and_people_write_it)
{
    EXPECT("; <<>> DiG <<>> axfr test\n;; global options: +cmd\ntest.\t\t300 IN SOA ns.x. r.x. 1 2 3 4 "
           "5\na.test.\t\t300 IN NS ns.x.\n;; Query time: 1\n",
           "4:a.test", 1);
    EXPECT("$ORIGIN test.\n$TTL 1d\n@ IN SOA ns ( root ; a (comment\n  1 2 3\n  4 5 )\n  IN NS ns\na NS ns.a\n  NS "
           "\"ns2\"\nb.test. 1h NS ( ns\n )\n\\032x NS ns\nc NS ns ; x\nns A 192.0.2.1\n$ORIGIN sub.test.\nd NS "
           "ns\nd.c NS ns\n",
           "7:a.test 9:b.test 11!bad_character 12:c.test 15:d.sub.test 16:d.c.sub.test", 7);
    EXPECT(". 86400 IN SOA a. b. 1 2 3 4 5\n. 86400 IN NS a.\ncom. 86400 IN NS a.\nxn--p1ai. 1 IN NS a.\n",
           "3:com 4:xn--p1ai", 2);
}

/* As an unclosed quote in a table: its own line, and not those behind it. */
Test(forms, a_bracket_of_a_zone_that_nobody_closes_costs_one_line)
{
    EXPECT("test. 1 IN SOA a. b. 1 2 3 4 5\na.test. NS x.\nb.test. TXT ( \"x\"\nc.test. NS x.\n  NS y.\nd.test. NS x.",
           "2:a.test 3!zone_syntax 4:c.test 6:d.test", 2);
    EXPECT("test. SOA a. b. ( 1 ; (((\r\n 2 3\r\n 4 5 )\r\na.test. TXT ( \"((;\" ; )\r\n )\r\nb.test. NS ( x.\r\n"
           "c.test. NS x.\r\n",
           "6!zone_syntax 7:c.test", 2);
    /* Whose a line without an owner is nobody knows there. */
    EXPECT("test. 1 IN SOA a. b. 1 2 3 4 5\na.test. NS x.\nb.test. NSEC ( c.test.\n NS RRSIG\n NS (x.)\n"
           "d.test. NS x.\n",
           "2:a.test 3!zone_syntax 4!zone_syntax 5!zone_syntax 6:d.test", 1);
}

Test(forms, a_zone_without_soa)
{
    EXPECT("a.test. 1 IN NS x.\nb.test. 1 IN NS x.\nc.d.test. 1 IN NS y.\n", "2:b.test 1:a.test 3:c.d.test", 0);
    EXPECT("test. 1 IN NS x.\na.test. 1 IN NS x.\nb.test. 1 IN NS x.\n", "2:a.test 3:b.test", 0);
    EXPECT("test. 1 IN NS x.\nother. 1 IN NS x.\na.test. 1 IN NS x.\n", "2:other 1:test 3:a.test", 0);
    static const char without[] = "a.b.test. 1 IN NS x.\nc.b.test. 1 IN NS x.\n";
    static const char with[] = "b.test. 1 IN SOA a. b. 1 2 3 4 5\na.b.test. 1 IN NS x.\n";
    cr_expect_str_eq(read_bytes(without, sizeof without - 1, NULL)->apex, "b.test");
    cr_expect_str_eq(read_bytes(with, sizeof with - 1, NULL)->apex, "-");
}

/* "owner NS host" is a line of nothing else; other records without a TTL and a class are believed beside it. */
Test(forms, a_zone_of_names_types_and_hosts_alone)
{
    EXPECT("a.test. NS x.\na.test. NS y.\nb.test. DS 1 8 2 AB\nb.test. NS x. ; sold\nc.test.\tns\tx.\n",
           "1:a.test 4:b.test 5:c.test", 2);
    EXPECT("a.test\nns.test\nb.test\n", "1:a.test 2:ns.test 3:b.test", 0);
}

Test(forms, input_format_decides)
{
    EXPECT_WITH(OPTIONS(.format = MXS_LIST_PLAIN), "domain\na.example\n", "1:domain 2:a.example", 0);
    EXPECT_WITH(OPTIONS(.format = MXS_LIST_CSV), "a.example\nb.example\n", "1:a.example 2:b.example", 0);
    EXPECT_WITH(OPTIONS(.format = MXS_LIST_ZONE), "a.test. NS x.\ntest. SOA a. b. 1 2 3 4 5\n", "1:a.test", 1);
}
