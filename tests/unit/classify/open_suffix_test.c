#include "scanner/classify/internal/open_suffix.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Of names that anybody, or any resident, firm or association of a country, registers. */
static const char *const open_to_all[] = {
    "com", "net", "org", "info", "biz", "app", "zip", "academy", "zone", "berlin", "shop", "example", "test",
    "de", "nl", "ch", "at", "fr", "uk", "us", "ca", "it", "au", "nz", "jp", "cn", "eu", "io", "co", "tv", "ac",
    "co.uk", "org.uk", "me.uk", "com.br", "net.br", "blog.br", "com.au", "net.au", "org.au", "id.au", "co.nz",
    "co.za", "co.jp", "or.jp", "ne.jp", "co.kr", "com.cn", "com.tw", "com.hk", "com.tr", "co.il", "org.il",
    "com.mx", "com.ar", "co.id", "com.pl", "waw.pl", "com.ua", "co.at", "or.at", "com.bd", "co.ck",
};
/* Of governments, schools, brands and towns, of Internet exchanges, and of who knows whom. */
static const char *const other[] = {
    "gov", "mil", "edu", "int", "arpa", "aero", "coop", "post", "va", "kp", "br", "th", "il", "ua", "gb", "ck",
    "bmw", "google", "aaa", "apple", "barclays", "bank", "cpa", "gov.uk", "ac.uk", "nhs.uk", "police.uk", "mod.uk",
    "ltd.uk", "net.uk", "gov.br", "mil.br", "jus.br", "gov.au", "edu.au", "qld.gov.au", "gc.ca", "on.ca", "pe.ca",
    "gouv.fr", "gv.at", "ac.at", "go.jp", "lg.jp", "ed.jp", "ac.jp", "ad.jp", "tokyo.jp", "kawasaki.jp",
    "chiyoda.tokyo.jp", "gob.mx", "gob.ar", "gub.uy", "gob.es", "gouv.ci", "govt.nz", "mil.nz", "ac.nz", "school.nz",
    "go.kr", "mil.kr", "re.kr", "gov.tr", "bel.tr", "pol.tr", "k12.tr", "muni.il", "idf.il", "k12.il", "gov.il",
    "gov.cn", "edu.cn", "go.id", "sch.id", "ac.za", "gov.za", "gov.pl", "edu.pl", "ca.us", "co.us", "or.us", "fed.us",
    "k12.ca.us", "co.it", "me.it", "or.it", "gov.it", "com.kp", "airline.aero", "oslo.no",
};

static bool takes(const char *label, const char *suffix)
{
    char name[100];
    snprintf(name, sizeof name, "%s.%s", label, suffix);
    return mxs_open_suffix_takes(mxs_text_of(name));
}

Test(classify_open_suffix, what_is_known_to_be_open_and_nothing_else)
{
    for (size_t i = 0; i < sizeof open_to_all / sizeof *open_to_all; i++)
        cr_expect(takes("gone", open_to_all[i]), "%s", open_to_all[i]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        cr_expect_not(takes("gone", other[i]), "%s", other[i]);
    static const char *const none[] = {"", "com", "gone"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_not(mxs_open_suffix_takes(mxs_text_of(none[i])), "%s", none[i]);
}

Test(classify_open_suffix, an_internationalised_top_level_takes_its_own_script_alone)
{
    static const struct { const char *label, *top; bool takes;
    } rows[] = {
        {"xn--e1afmkfd", "xn--p1ai", true},    /* пример.рф */
        {"xn---2-jlc6aj", "xn--p1ai", true},   /* дом-2 */
        {"gone", "xn--p1ai", false},           /* Latin */
        {"1", "xn--p1ai", false},
        {"xn--mnchen-3ya", "xn--p1ai", false}, /* münchen */
        {"xn--fiqs8s", "xn--p1ai", false},     /* 中国 */
        {"xn--fiqs8s", "xn--fiqs8s", true},
        {"xn--qxam", "xn--qxa6a", true},       /* ελ.ευ */
        {"xn--qxam", "xn--qxam", true},
        {"xn--p1ai", "xn--qxa6a", false},
        {"xn--e1afmkfd", "xn--90ae", true},    /* пример.бг */
        {"xn--e1afmkfd", "xn--mgberp4a5d4ar", false}, /* not named */
        {"xn--e1afmkfd", "com", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(takes(rows[i].label, rows[i].top), rows[i].takes, "%s.%s", rows[i].label, rows[i].top);
}
