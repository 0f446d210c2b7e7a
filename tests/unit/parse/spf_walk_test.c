/* Policies that lead to others, over a small zone held in a table. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/parse/spf_cover.h"
#include "scanner/parse/spf_walk.h"

struct row { const char *name; uint16_t type; enum mxs_outcome outcome; const char *text; uint32_t count; };

static struct mxs_arena arena;
static struct mxs_spf_verdict verdict;
static const struct row *zone;
static uint32_t asked;
static void open_arena(void) { mxs_arena_init(&arena, 1 << 14, 0); }
static void close_arena(void) { mxs_arena_finish(&arena); }
TestSuite(parse_spf_walk, .init = open_arena, .fini = close_arena);

/* Hosts or addresses, one behind the other with blanks between. */
static void put_items(struct mxs_spf_known *known, const char *text, uint16_t type)
{
    char copy[400], *rest = copy, *word;
    struct mxs_text *items = mxs_arena_take(&arena, 40 * sizeof *items);
    snprintf(copy, sizeof copy, "%s", text);
    while ((word = strsep(&rest, " ")) != NULL) {
        uint8_t bytes[16];
        bool address = type == MXS_TYPE_A || type == MXS_TYPE_AAAA;
        struct mxs_text item = mxs_text_of(word);
        if (address) {
            cr_assert_eq(inet_pton(type == MXS_TYPE_A ? AF_INET : AF_INET6, word, bytes), 1);
            item = (struct mxs_text){(const char *)bytes, type == MXS_TYPE_A ? 4 : 16};
        }
        items[known->item_count++] = mxs_arena_text(&arena, item);
    }
    known->items = items;
}

static const struct mxs_spf_known *find(void *arg, struct mxs_text name, uint16_t type)
{
    (void)arg;
    asked++;
    struct mxs_spf_known *known = mxs_arena_take_zeroed(&arena, 1, sizeof *known);
    struct mxs_spf *spf = mxs_arena_take_zeroed(&arena, 1, sizeof *spf);
    for (const struct row *row = zone; row->name != NULL; row++) {
        if (!mxs_text_equal(name, mxs_text_of(row->name)) || row->type != type)
            continue;
        if (row->outcome == MXS_NOT_ASKED)
            return NULL;
        known->outcome = row->outcome;
        known->record_count = row->count;
        if (row->text != NULL && type != MXS_TYPE_TXT) {
            put_items(known, row->text, type);
        } else if (row->text != NULL) {
            struct mxs_record record = {.data = {(const uint8_t *)row->text, (uint32_t)strlen(row->text)}};
            mxs_spf_read(&record, 1, &arena, spf);
            known->spf = spf;
        }
        return known;
    }
    known->outcome = MXS_NXDOMAIN;
    return known;
}

static enum mxs_spf_result walk(const struct row *rows)
{
    zone = rows;
    asked = 0;
    mxs_spf_walk(MXS_TEXT("example.org"), &arena, find, NULL, &verdict);
    return verdict.result;
}
#define TXT(name, text) {name, MXS_TYPE_TXT, MXS_ANSWERED, text, 1}
#define ROWS(...) ((const struct row[]){__VA_ARGS__, {0}})

Test(parse_spf_walk, loops_end_as_too_many_lookups)
{
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:example.org -all"))), MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_TOO_MANY_LOOKUPS);
    cr_assert_eq(verdict.lookups, MXS_SPF_COUNT_MAX);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 redirect=%{d}"))), MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_TOO_MANY_LOOKUPS);
    /* many includes, each of which includes all again: 64 look-ups and no more */
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:example.org include:example.org include:example.org"))),
                 MXS_SPF_RESULT_PERMERROR);
    cr_assert_leq(asked, MXS_SPF_COUNT_MAX + 1);
}

Test(parse_spf_walk, an_error_in_an_include_is_named_by_its_position)
{
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a.example -all"),
                           TXT("a.example", "v=spf1 include:b.example"), TXT("b.example", "v=spf1 moo"))),
                 MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_UNKNOWN_MECHANISM);
    cr_assert(mxs_text_equal(verdict.where, MXS_TEXT("b.example")));
    cr_assert_eq(verdict.lookups, 2);
    cr_assert_eq(verdict.all, '-');
}

Test(parse_spf_walk, targets_without_a_policy)
{
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a.example -all"))), MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_INCLUDE_NONE);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 redirect=a.example"), TXT("a.example", "no policy"))),
                 MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_REDIRECT_NONE);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a..example -all"))), MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_INCLUDE_NONE);
    cr_assert_eq(walk(ROWS(TXT("example.org", "nothing"))), MXS_SPF_RESULT_NONE);
    cr_assert_eq(walk(ROWS({"other", 1, MXS_ANSWERED, NULL, 1})), MXS_SPF_RESULT_NONE);
}

Test(parse_spf_walk, a_temporary_failure_is_never_a_fact)
{
    cr_assert_eq(walk(ROWS({"example.org", MXS_TYPE_TXT, MXS_TIMEOUT, NULL, 0})), MXS_SPF_RESULT_TEMPERROR);
    cr_assert_eq(verdict.all, 0);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a.example -all"),
                           {"a.example", MXS_TYPE_TXT, MXS_SERVFAIL, NULL, 0})),
                 MXS_SPF_RESULT_TEMPERROR);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 a -all"), {"example.org", MXS_TYPE_A, MXS_TIMEOUT, NULL, 0})),
                 MXS_SPF_RESULT_TEMPERROR);
    cr_assert(verdict.unsettled);
}

Test(parse_spf_walk, every_include_that_is_not_there_is_void_and_none_that_is_not_settled)
{
#define GONE(name) {name, MXS_TYPE_TXT, MXS_NXDOMAIN, NULL, 0}
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a.example include:b.example include:c.example ~all"),
                           GONE("a.example"), GONE("b.example"), GONE("c.example"))),
                 MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_INCLUDE_NONE);
    cr_assert_eq(verdict.voids, 3);
    cr_assert_not(verdict.unsettled);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a.example include:b.example include:c.example ~all"),
                           GONE("a.example"), {"b.example", MXS_TYPE_TXT, MXS_TIMEOUT, NULL, 0}, GONE("c.example"))),
                 MXS_SPF_RESULT_PERMERROR); /* that comes first, whatever the others say */
    cr_assert(verdict.unsettled);
}

Test(parse_spf_walk, ten_lookups_are_allowed_and_eleven_are_not)
{
    cr_assert_eq(
        walk(ROWS(TXT("example.org", "v=spf1 a mx a mx a mx a mx ptr exists:example.org ip4:192.0.2.1 -all a a a"),
                  {"example.org", MXS_TYPE_A, MXS_ANSWERED, NULL, 1},
                  {"example.org", MXS_TYPE_MX, MXS_ANSWERED, NULL, 10})),
        MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.lookups, 10);
    cr_assert(verdict.sender_needed);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 a mx a mx a mx a mx a ptr a -all"),
                           {"example.org", MXS_TYPE_A, MXS_ANSWERED, NULL, 1},
                           {"example.org", MXS_TYPE_MX, MXS_ANSWERED, NULL, 1})),
                 MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_TOO_MANY_LOOKUPS);
    cr_assert_eq(verdict.lookups, 11);
}

Test(parse_spf_walk, two_voids_are_allowed_and_three_are_not)
{
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 a:a.example exists:b.example ?all"))), MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.voids, 2);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 a:a.example mx:b.example a:c.example ?all"))),
                 MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_TOO_MANY_VOIDS);
    /* a name with one family of addresses is no void */
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 a ?all"), {"example.org", MXS_TYPE_A, MXS_NODATA, NULL, 0},
                           {"example.org", MXS_TYPE_AAAA, MXS_ANSWERED, NULL, 1})), MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.voids, 0);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 a ?all"), {"example.org", MXS_TYPE_A, MXS_NODATA, NULL, 0},
                           {"example.org", MXS_TYPE_AAAA, MXS_NODATA, NULL, 0})), MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.voids, 1);
}

Test(parse_spf_walk, eleven_mx_hosts_are_too_many)
{
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 mx"), {"example.org", MXS_TYPE_MX, MXS_ANSWERED, NULL, 11})),
                 MXS_SPF_RESULT_PERMERROR);
    cr_assert_eq(verdict.reason, MXS_SPF_TOO_MANY_MX_HOSTS);
}

Test(parse_spf_walk, what_is_not_known_yet_is_wanted_all_at_once)
{
    cr_assert_eq(walk(ROWS({"example.org", MXS_TYPE_TXT, MXS_NOT_ASKED, NULL, 0})), MXS_SPF_RESULT_WANTED);
    cr_assert_eq(verdict.wanted, 1);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a.example include:b.example a -all"),
                           {"a.example", MXS_TYPE_TXT, MXS_NOT_ASKED, NULL, 0},
                           {"b.example", MXS_TYPE_TXT, MXS_NOT_ASKED, NULL, 0},
                           {"example.org", MXS_TYPE_A, MXS_NOT_ASKED, NULL, 0})),
                 MXS_SPF_RESULT_WANTED);
    cr_assert_eq(verdict.wanted, 3);
}

Test(parse_spf_walk, whose_all_decides)
{
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:a.example"), TXT("a.example", "v=spf1 -all"))),
                 MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.all, '?');
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 redirect=a.example"),
                           TXT("a.example", "v=spf1 include:b.example ~all"), TXT("b.example", "v=spf1 +all"))),
                 MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.all, '~');
    cr_assert_eq(verdict.policies, 3);
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 redirect=nowhere.example -all"))), MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.all, '-');
    cr_assert_eq(verdict.lookups, 0);
}

/* But for exists, which nobody's sender is tried with: it may match everybody. */
Test(parse_spf_walk, terms_that_hang_on_the_sender_are_counted_and_not_asked)
{
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:%{ir}.a.example exists:%{l}.b.example a:%{h} -all"))),
                 MXS_SPF_RESULT_OK);
    cr_assert_eq(verdict.lookups, 3);
    cr_assert_eq(asked, 2);
    cr_assert(verdict.sender_needed);
    cr_assert_eq(verdict.voids, 0); /* of a sender whom somebody knows it may be there */
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 -exists:%{i}.b.example ~exists:%{l}.b.example -all"))),
                 MXS_SPF_RESULT_OK);
    cr_assert_eq(asked, 3); /* they may refuse everybody */
    cr_assert_eq(walk(ROWS(TXT("example.org", "v=spf1 include:%{d}.a.example -all"),
                           TXT("example.org.a.example", "v=spf1 a:%{o} -all"),
                           {"example.org", MXS_TYPE_A, MXS_ANSWERED, NULL, 1})),
                 MXS_SPF_RESULT_OK);
    cr_assert_not(verdict.sender_needed);
}

static enum mxs_spf_cover cover_of(const struct row *rows)
{
    cr_assert_eq(walk(rows), MXS_SPF_RESULT_OK);
    return verdict.wide ? mxs_spf_cover_read(MXS_TEXT("example.org"), &arena, find, NULL) : MXS_SPF_COVER_SOME;
}
static bool passes_all(const struct row *rows) { return mxs_spf_cover_passes(cover_of(rows)); }
#define A(name) {name, MXS_TYPE_A, MXS_ANSWERED, NULL, 1}
#define MX(name, host) {name, MXS_TYPE_MX, MXS_ANSWERED, NULL, 1}, {name, MXS_SPF_TYPE_HOSTS, MXS_ANSWERED, host, 1}

Test(parse_spf_walk, what_lets_the_whole_internet_send)
{
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 +all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 ip4:0.0.0.0/0 -all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 ip4:25.1.2.3/0 -all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 ip6:::/0 -all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 ip6:2000::/4 ip6:3000::/4 -all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 a/0 -all"), A("example.org"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 mx/0 -all"), MX("example.org", "mx.example.org"),
                              A("mx.example.org"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 mx//0 -all"), MX("example.org", "mx.example.org"),
                              {"mx.example.org", MXS_TYPE_AAAA, MXS_ANSWERED, NULL, 1})));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 exists:%{i}.b.example -all"), A("192.0.2.81.b.example"))));
    cr_assert(passes_all(
        ROWS(TXT("example.org", "v=spf1 exists:%{ir}.%{v}.b.example -all"), A("81.2.0.192.in-addr.b.example"))));
    cr_assert(passes_all(
        ROWS(TXT("example.org", "v=spf1 include:c.example -all"), TXT("c.example", "v=spf1 exists:%{l1r-}.b.example"),
             A("x3a9c51e07d.b.example"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 exists:%{h} -all"), A("example.org"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"))));
    cr_assert(passes_all(
        ROWS(TXT("example.org", "v=spf1 ip4:128.0.0.0/2 ip4:192.0.0.0/3 ip4:64.0.0.0/2 ip4:0.0.0.0/2 ~all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 -ip4:25.1.1.1 ip4:0.0.0.0/0 -all"))));
    cr_assert(passes_all(
        ROWS(TXT("example.org", "v=spf1 include:b.example -all"), TXT("b.example", "v=spf1 ip4:0.0.0.0/0 -all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 include:b.example -all"), TXT("b.example", "v=spf1 +all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 ip4:0.0.0.0/1 redirect=b.example"),
                              TXT("b.example", "v=spf1 ip4:128.0.0.0/1 -all"))));
    cr_assert(passes_all(ROWS(TXT("example.org", "v=spf1 exists:b.example -all"), A("b.example"))));
}

#define AT(name, addresses) {name, MXS_TYPE_A, MXS_ANSWERED, addresses, 1}
#define AT6(name, addresses) {name, MXS_TYPE_AAAA, MXS_ANSWERED, addresses, 1}

Test(parse_spf_walk, what_lies_around_the_addresses_of_a_name_counts)
{
    static const struct { const char *text, *a, *aaaa, *mx; enum mxs_spf_cover cover;
    } rows[] = {
        {"a/1 ip4:128.0.0.0/1 -all", "25.1.1.1", NULL, NULL, MXS_SPF_COVER_PASS_IPV4},
        {"a/1 ip4:128.0.0.0/1 -all", "200.1.1.1", NULL, NULL, MXS_SPF_COVER_SOME},
        {"a/1 ip4:0.0.0.0/1 -all", "200.1.1.1", NULL, NULL, MXS_SPF_COVER_PASS_IPV4},
        {"a/1 -all", "25.1.1.1 200.1.1.1", NULL, NULL, MXS_SPF_COVER_PASS_IPV4},
        {"a/1 -all", "25.1.1.1 26.1.1.1", NULL, NULL, MXS_SPF_COVER_SOME},
        {"a/2 -all", "1.1.1.1 65.1.1.1 130.1.1.1 193.1.1.1", NULL, NULL, MXS_SPF_COVER_PASS_IPV4},
        {"?a/1 ip4:128.0.0.0/1 -all", "25.1.1.1", NULL, NULL, MXS_SPF_COVER_NEUTRAL},
        {"~a/1 ip4:0.0.0.0/0 -all", "25.1.1.1", NULL, NULL, MXS_SPF_COVER_SOME},
        {"a//4 -all", NULL, "2a00::1 3001::1", NULL, MXS_SPF_COVER_PASS_IPV6},
        {"a/1//4 -all", "25.1.1.1 200.1.1.1", "2a00::1 3001::1", NULL, MXS_SPF_COVER_PASS_ALL},
        {"a//4 -all", NULL, "2a00::1", NULL, MXS_SPF_COVER_SOME},
        {"a//17 -all", NULL, "2a00::1 3001::1", NULL, MXS_SPF_COVER_SOME},
        {"mx/1 -all", "25.1.1.1", NULL, "example.org b.example", MXS_SPF_COVER_PASS_IPV4},
        {"mx/1 -all", "199.1.1.1", NULL, "example.org b.example", MXS_SPF_COVER_SOME},
        {"-mx/1 +all", "25.1.1.1", NULL, "example.org b.example", MXS_SPF_COVER_PASS_IPV6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[100];
        snprintf(text, sizeof text, "v=spf1 %s", rows[i].text);
        struct row none = {"none.example", MXS_TYPE_A, MXS_ANSWERED, NULL, 1};
        struct row a = AT("example.org", rows[i].a), six = AT6("example.org", rows[i].aaaa);
        struct row mx[] = {MX("example.org", rows[i].mx)};
        cr_expect_eq(cover_of(ROWS(TXT("example.org", text), rows[i].a == NULL ? none : a,
                                   rows[i].aaaa == NULL ? none : six, AT("b.example", "200.1.1.1"), mx[0], mx[1])),
                     rows[i].cover, "row %zu: %s", i, rows[i].text);
    }
}

Test(parse_spf_walk, what_refuses_nobody)
{
    static const struct { const char *text, *other; enum mxs_spf_cover cover;
    } rows[] = {
        {"v=spf1 ?ip4:0.0.0.0/0 -all", NULL, MXS_SPF_COVER_NEUTRAL},
        {"v=spf1 ?ip6:2000::/3 -all", NULL, MXS_SPF_COVER_NEUTRAL},
        {"v=spf1 ip4:0.0.0.0/1 ?ip4:128.0.0.0/1 -all", NULL, MXS_SPF_COVER_NEUTRAL},
        {"v=spf1 ?include:b.example -all", "v=spf1 ip4:0.0.0.0/0 -all", MXS_SPF_COVER_NEUTRAL},
        {"v=spf1 redirect=b.example", "v=spf1 ?ip4:0.0.0.0/0 -all", MXS_SPF_COVER_NEUTRAL},
        {"v=spf1 ip4:0.0.0.0/1 redirect=b.example", "v=spf1 ?ip4:128.0.0.0/1 -all", MXS_SPF_COVER_NEUTRAL},
        {"v=spf1 include:b.example -all", "v=spf1 ?ip4:0.0.0.0/0 -all", MXS_SPF_COVER_NONE}, /* no match */
        {"v=spf1 -ip4:0.0.0.0/1 ?ip4:0.0.0.0/0 -all", NULL, MXS_SPF_COVER_NONE},
        {"v=spf1 ~ip4:128.0.0.0/1 ?ip4:0.0.0.0/0 -all", NULL, MXS_SPF_COVER_NONE},
        {"v=spf1 ?ip4:0.0.0.0/1 -all", NULL, MXS_SPF_COVER_SOME},
        {"v=spf1 ip4:0.0.0.0/0 ?ip4:0.0.0.0/0 -all", NULL, MXS_SPF_COVER_PASS_IPV4},
        {"v=spf1 +all", NULL, MXS_SPF_COVER_PASS_ALL},
        {"v=spf1 ip4:0.0.0.0/0 ip6:::/0 -all", NULL, MXS_SPF_COVER_PASS_ALL},
        {"v=spf1 exists:b.example -all", NULL, MXS_SPF_COVER_PASS_ALL},
        {"v=spf1 ip6:2000::/3 -all", NULL, MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 include:b.example ip6:::/0 -all", "v=spf1 ip4:0.0.0.0/0 -all", MXS_SPF_COVER_PASS_ALL},
        /* in order: what is refused first never passes, whatever the end says */
        {"v=spf1 -ip4:0.0.0.0/0 +all", NULL, MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 ~ip6:::/0 +all", NULL, MXS_SPF_COVER_PASS_IPV4},
        {"v=spf1 -ip4:0.0.0.0/0 -ip6:::/0 +all", NULL, MXS_SPF_COVER_DECIDED},
        {"v=spf1 -ip4:0.0.0.0/1 -ip6:2000::/16 +all", NULL, MXS_SPF_COVER_SOME},
        {"v=spf1 -ip4:0.0.0.0/0 redirect=b.example", "v=spf1 +all", MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 -include:b.example +all", "v=spf1 ip4:0.0.0.0/0 -all", MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 -a:b.example/0 +all", NULL, MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 -mx:c.example/0 +all", NULL, MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 ?include:b.example +all", "v=spf1 +all", MXS_SPF_COVER_NEUTRAL},
        {"v=spf1 ~include:b.example +all", "v=spf1 +all", MXS_SPF_COVER_DECIDED},
        {"v=spf1 -include:b.example ?all", "v=spf1 +all", MXS_SPF_COVER_DECIDED},
        {"v=spf1 -include:b.example", "v=spf1 +all", MXS_SPF_COVER_DECIDED},
        {"v=spf1 ?include:b.example +all", "v=spf1 ?all", MXS_SPF_COVER_PASS_ALL}, /* no match */
        {"v=spf1 ?include:b.example +all", "v=spf1 ip4:0.0.0.0/1 -all", MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 ?ip6:::/0 ?include:b.example +all", "v=spf1 ip4:0.0.0.0/1 -all", MXS_SPF_COVER_SOME},
        {"v=spf1 -ip6:::/0 -ip4:0.0.0.0/1 ip4:128.0.0.0/1 +all", NULL, MXS_SPF_COVER_DECIDED},
        {"v=spf1 -ip6:::/0 -ip4:0.0.0.0/1 redirect=b.example", "v=spf1 ip4:128.0.0.0/1 +all", MXS_SPF_COVER_DECIDED},
        {"v=spf1 -ip6:::/0 -ip4:0.0.0.0/1 redirect=b.example", "v=spf1 ip4:128.0.0.0/2 +all", MXS_SPF_COVER_SOME},
        {"v=spf1 -ip4:0.0.0.0/0 ~ip6:::/0 ?all", NULL, MXS_SPF_COVER_DECIDED},
        {"v=spf1 -ip4:0.0.0.0/0 ~ip6:2000::/4 ?all", NULL, MXS_SPF_COVER_NONE},
        {"v=spf1 -exists:b.example +all", NULL, MXS_SPF_COVER_DECIDED},
        {"v=spf1 -exists:%{i}.d.example +all", NULL, MXS_SPF_COVER_PASS_ALL}, /* for some */
        {"v=spf1 -exists:%{i}.w.example +all", NULL, MXS_SPF_COVER_DECIDED},
        /* what a term matches is not known: it lets pass, or the end does; else nothing is claimed */
        {"v=spf1 include:%{i}.b.example +all", NULL, MXS_SPF_COVER_PASS_ALL},
        {"v=spf1 ?include:%{i}.b.example +all", NULL, MXS_SPF_COVER_DECIDED},
        {"v=spf1 -include:%{i}.b.example ?all", NULL, MXS_SPF_COVER_DECIDED},
        {"v=spf1 -include:b.example +all", "v=spf1 redirect=%{i}.d.example", MXS_SPF_COVER_DECIDED},
        {"v=spf1 -include:b.example +all", "v=spf1 -ip4:0.0.0.0/0 include:%{i}.d.example", MXS_SPF_COVER_PASS_IPV4},
        {"v=spf1 -exists:%{i}.late.example +all", NULL, MXS_SPF_COVER_DECIDED},
        {"v=spf1 -a:%{h}/0 +all", NULL, MXS_SPF_COVER_PASS_IPV6},
        {"v=spf1 -a:b.example/32//0 +all", NULL, MXS_SPF_COVER_PASS_IPV4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(cover_of(ROWS(TXT("example.org", rows[i].text), TXT("b.example", rows[i].other), A("b.example"),
                                   MX("c.example", "b.example"), A("192.0.2.81.w.example"),
                                   {"192.0.2.81.late.example", MXS_TYPE_A, MXS_TIMEOUT, NULL, 0},
                                   {"b.example", MXS_TYPE_AAAA, MXS_TIMEOUT, NULL, 0})),
                     rows[i].cover, "%s", rows[i].text);
}

Test(parse_spf_walk, what_does_not)
{
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 -all"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 ip4:0.0.0.0/1 -all"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 ip4:0.0.0.0/1 ip4:64.0.0.0/2 ip4:0.0.0.0/1 -all"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 ~ip4:0.0.0.0/0 -all"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 -ip4:0.0.0.0/1 ip4:0.0.0.0/0 -all"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 -all ip4:0.0.0.0/0"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 ?include:b.example -all"), TXT("b.example", "v=spf1 +all"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 a/24 ip4:25.0.0.0/8 -all"), A("example.org"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 exists:%{i}.b.example -all"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 ~exists:%{i}.b.example -all"), A("192.0.2.81.b.example"))));
    /* nobody's addresses: of a null MX, of hosts that have none, of the other family alone */
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 mx/0 -all"), MX("example.org", NULL))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 mx/0 -all"), MX("example.org", "mx.example.org"))));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 mx/0 -all"), MX("example.org", "mx.example.org"),
                               {"mx.example.org", MXS_TYPE_AAAA, MXS_ANSWERED, NULL, 1})));
    cr_assert(!passes_all(ROWS(TXT("example.org", "v=spf1 mx/0 -all"), MX("example.org", "mx.example.org"),
                               {"mx.example.org", MXS_TYPE_A, MXS_TIMEOUT, NULL, 0})));
}
