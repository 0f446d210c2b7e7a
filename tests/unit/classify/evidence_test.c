#include "scanner/classify/evidence.h"

#include <stdio.h>

#include <criterion/criterion.h>

static mxs_evidence *evidence;
static mxs_rules *rules;

static void open_tables(void)
{
    struct mxs_detail detail;
    cr_assert_eq(mxs_evidence_create(&evidence, &detail), MXS_OK);
    cr_assert_eq(mxs_rules_create_built_in(&rules, &detail), MXS_OK);
}

static void close_tables(void)
{
    mxs_evidence_destroy(&evidence);
    mxs_rules_destroy(&rules);
}

TestSuite(classify_evidence, .init = open_tables, .fini = close_tables);

static struct mxs_evidence_verdict judge(const struct mxs_policy_facts *facts)
{
    struct mxs_evidence_verdict behind;
    mxs_evidence_judge(evidence, rules, facts, NULL, &behind);
    return behind;
}

static void expect(const struct mxs_policy_facts *facts, const char *provider)
{
    struct mxs_evidence_verdict behind = judge(facts);
    if (provider == NULL)
        cr_expect_null(behind.provider.data, "%.*s", MXS_TEXT_ARG(behind.provider));
    else
        cr_expect(mxs_text_equal(behind.provider, mxs_text_of(provider)), "%.*s", MXS_TEXT_ARG(behind.provider));
}

static void put_key(struct mxs_policy_facts *facts, const char *selector, const char *target, bool there)
{
    facts->keys[facts->key_count++] =
        (struct mxs_policy_key){.selector = mxs_text_of(selector),
                                .target = target == NULL ? (struct mxs_text){NULL, 0} : mxs_text_of(target),
                                .there = there};
}

static void put_include(struct mxs_policy_facts *facts, const char *name)
{
    facts->includes[facts->include_count++] = mxs_text_of(name);
}

Test(classify_evidence, nothing_names_nobody)
{
    static struct mxs_policy_facts facts;
    expect(&facts, NULL);
}

Test(classify_evidence, names_that_only_look_alike_are_not_taken)
{
    static struct mxs_policy_facts facts;
    put_key(&facts, "selector1", "selector1.notonmicrosoft.com", false);
    put_key(&facts, "selector1", "onmicrosoft.com.evil.test", false);
    facts.autodiscover = MXS_TEXT("autodiscover.outlook.com.evil.test");
    put_include(&facts, "spf.protection.outlook.com.evil.test");
    facts.tokens[facts.token_count++] = MXS_TEXT("not MS=ms1");
    expect(&facts, NULL);
}

Test(classify_evidence, more_signs_than_are_kept_are_survived)
{
    static struct mxs_policy_facts facts;
    for (int i = 0; i < MXS_POLICY_KEYS_MAX; i++)
        put_key(&facts, "selector1", "selector1-a._domainkey.a.onmicrosoft.com", false);
    for (int i = 0; i < MXS_POLICY_INCLUDES_MAX; i++)
        put_include(&facts, "_spf.google.com");
    cr_expect_leq(judge(&facts).signal_count, MXS_SIGNALS_MAX);
    expect(&facts, "microsoft");
}

Test(classify_evidence, an_alias_decides)
{
    static struct mxs_policy_facts facts;
    put_key(&facts, "selector1", "selector1-a._domainkey.a.onmicrosoft.com", false);
    expect(&facts, "microsoft");
    cr_expect_eq(judge(&facts).confidence, 70);
    facts.autodiscover = MXS_TEXT("autodiscover.outlook.com");
    put_include(&facts, "spf.protection.outlook.com");
    cr_expect_eq(judge(&facts).confidence, 85);
}

Test(classify_evidence, an_alias_to_nothing_agrees_and_does_not_decide)
{
    static struct mxs_policy_facts facts;
    put_key(&facts, "selector1", "selector1-a._domainkey.a.onmicrosoft.com", false);
    facts.keys[0].dangling = true;
    expect(&facts, NULL);
    put_include(&facts, "spf.protection.outlook.com");
    expect(&facts, "microsoft");
    cr_expect_eq(judge(&facts).confidence, 60);
}

Test(classify_evidence, a_key_under_a_providers_own_selector_agrees_unless_it_is_revoked)
{
    static struct mxs_policy_facts facts;
    put_key(&facts, "google", NULL, true);
    put_include(&facts, "_spf.google.com");
    expect(&facts, "google");
    facts.keys[0].revoked = true;
    expect(&facts, NULL);
    facts.key_count = 0;
    put_key(&facts, "selector1", "selector1-x._domainkey.x.onmicrosoft.com", false);
    expect(&facts, "microsoft");
    facts.keys[0].revoked = true;
    expect(&facts, NULL);
}

Test(classify_evidence, a_mailbox_rule_speaks_for_its_provider)
{
    static struct mxs_policy_facts facts;
    facts.autodiscover = MXS_TEXT("autodiscover.hostpoint.ch");
    expect(&facts, "hostpoint");
}

Test(classify_evidence, a_service_that_only_sends_says_nothing)
{
    static struct mxs_policy_facts facts;
    put_key(&facts, "s1", "s1.domainkey.u1.wl.sendgrid.net", true);
    put_key(&facts, "ses", "x.dkim.amazonses.com", true);
    expect(&facts, NULL);
}

Test(classify_evidence, spf_alone_never_decides)
{
    static struct mxs_policy_facts facts;
    put_include(&facts, "_spf.google.com");
    expect(&facts, NULL);
    put_key(&facts, "google", NULL, true); /* its own selector agrees */
    expect(&facts, "google");
    cr_expect_eq(judge(&facts).confidence, 60);
    put_include(&facts, "spf.protection.outlook.com"); /* two mailbox providers: which? */
    expect(&facts, NULL);
}

static void put_token(struct mxs_policy_facts *facts, const char *text)
{
    facts->tokens[facts->token_count++] = mxs_text_of(text);
}

Test(classify_evidence, a_token_alone_never_decides)
{
    static struct mxs_policy_facts facts;
    for (int i = 0; i < MXS_POLICY_TOKENS_MAX; i++)
        put_token(&facts, "MS=ms12345678"); /* however often it stands there */
    expect(&facts, NULL);
    cr_expect_eq(judge(&facts).signal_count, MXS_POLICY_TOKENS_MAX, "and is told");
    put_include(&facts, "_spf.google.com"); /* agrees with somebody else */
    expect(&facts, NULL);
}

Test(classify_evidence, a_token_and_spf_of_one_provider_agree)
{
    static struct mxs_policy_facts facts;
    put_include(&facts, "spf.protection.outlook.com");
    put_token(&facts, "MS=F0F1F2F3F4F5F6F7F8F9F0F1F2F3F4F5F6F7F8F9"); /* measured, and left out */
    expect(&facts, NULL);
    put_token(&facts, "MS=ms12345678");
    expect(&facts, "microsoft");
    cr_expect_eq(judge(&facts).confidence, 60);
    cr_expect(judge(&facts).weak);
    put_key(&facts, "selector1", "selector1-a._domainkey.a.onmicrosoft.com", false);
    cr_expect_not(judge(&facts).weak);
}

Test(classify_evidence, autodiscover_of_one_and_a_token_of_another)
{
    static struct mxs_policy_facts facts;
    facts.autodiscover = MXS_TEXT("autodiscover.ionos.info");
    put_token(&facts, "MS=ms12345678");
    expect(&facts, "ionos");
    cr_expect(judge(&facts).weak);
}

Test(classify_evidence, signs_of_equal_weight_contradict)
{
    static struct mxs_policy_facts facts;
    put_key(&facts, "selector1", "selector1-a._domainkey.a.onmicrosoft.com", false);
    facts.autodiscover = MXS_TEXT("autodiscover.ionos.info");
    expect(&facts, NULL);
    put_include(&facts, "spf.protection.outlook.com");
    expect(&facts, "microsoft");
    cr_expect_eq(judge(&facts).confidence, 65);
}

/* --- servers --- */

static const char *speaks_for(const char *name)
{
    static char out[64];
    struct mxs_server_signal sign = {.kind = MXS_KIND_COUNT};
    if (!mxs_evidence_server(evidence, rules, mxs_text_of(name), &sign))
        return "nobody";
    snprintf(out, sizeof out, "%.*s", (int)sign.provider.size_bytes, sign.provider.data);
    cr_expect_neq(sign.kind, MXS_KIND_COUNT);
    return out;
}

Test(classify_evidence, what_is_no_name_of_a_server_names_nobody)
{
    static const char *const none[] = {"",
                                       ".",
                                       "*.",
                                       "*",
                                       "one.com.",
                                       "ONE.COM",
                                       "one.com ",
                                       "x\\.one.com",
                                       "[20.1.1.1]",
                                       "20.1.1.1",
                                       "one.com\x01",
                                       "mail.example.org",
                                       "notone.com",
                                       "one.com.example.org",
                                       "localhost"};
    char longest[70000];
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_str_eq(speaks_for(none[i]), "nobody", "%s", none[i]);
    memset(longest, 'a', sizeof longest);
    memcpy(longest + sizeof longest - 9, ".one.com", 9);
    cr_expect(speaks_for(longest) != NULL);
}

Test(classify_evidence, a_machine_that_is_rented_speaks_for_itself)
{
    static const char *const none[] = {"static.4.3.2.1.clients.your-server.de",
                                       "srv.clients.your-server.de",
                                       "vps-0a1b2c.vps.ovh.net",
                                       "ip-20-1-2-3.ip.secureserver.net",
                                       "20-1-2-3.cust.one.com",
                                       "host020.001.002.003.one.com",
                                       "ip20x1x2x3.one.com",
                                       "1.2.3.4.one.com"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_str_eq(speaks_for(none[i]), "nobody", "%s", none[i]);
    cr_expect_str_eq(speaks_for("www123.your-server.de"), "hetzner");
    cr_expect_str_eq(speaks_for("mx1-2-3.one.com"), "one.com", "three numbers are no address");
    cr_expect_str_eq(speaks_for("mx-2026-11-30-1.one.com"), "one.com");
    cr_expect_str_eq(speaks_for("mx256-1-2-3.one.com"), "one.com");
    cr_expect_str_eq(speaks_for("*.web-hosting.com"), "namecheap");
    cr_expect_str_eq(speaks_for("box123.unifiedlayer.com"), "bluehost", "a line for servers alone");
}

static struct mxs_evidence_verdict judge_with(const struct mxs_policy_facts *facts, const char *provider,
                                              enum mxs_kind kind, bool certificate, bool words)
{
    struct mxs_evidence_verdict behind;
    struct mxs_server_signal server = {
        .provider = mxs_text_of(provider), .kind = kind, .certificate = certificate, .words = words};
    mxs_evidence_judge(evidence, rules, facts, &server, &behind);
    return behind;
}

static void expect_behind(struct mxs_evidence_verdict behind, const char *provider, uint8_t confidence)
{
    cr_expect(mxs_text_equal(behind.provider, mxs_text_of(provider)), "%.*s", (int)behind.provider.size_bytes,
              behind.provider.data);
    cr_expect_eq(behind.confidence, confidence, "%u", behind.confidence);
    cr_expect_not(behind.weak);
    cr_expect_null(behind.front.data);
}

Test(classify_evidence, servers_that_contradict_each_other_name_nobody)
{
    static struct mxs_policy_facts facts;
    struct mxs_evidence_verdict behind;
    struct mxs_server_signal server = {.kind = MXS_KIND_MAILBOX, .certificate = true, .words = true};
    mxs_evidence_judge(evidence, rules, &facts, &server, &behind);
    cr_expect_null(behind.provider.data);
    cr_expect_null(behind.front.data);
}

Test(classify_evidence, a_server_stands_below_an_mx_rule_and_above_spf)
{
    static struct mxs_policy_facts facts;
    expect_behind(judge_with(&facts, "one.com", MXS_KIND_MAILBOX, true, true), "one.com", 80);
    expect_behind(judge_with(&facts, "one.com", MXS_KIND_MAILBOX, true, false), "one.com", 75);
    expect_behind(judge_with(&facts, "one.com", MXS_KIND_MAILBOX, false, true), "one.com", 65);
    expect_behind(judge_with(&facts, "hetzner", MXS_KIND_ISP, true, true), "hetzner", 65);
    put_include(&facts, "spf.protection.outlook.com");
    put_token(&facts, "MS=ms12345678");
    expect(&facts, "microsoft");
    expect_behind(judge_with(&facts, "one.com", MXS_KIND_MAILBOX, false, true), "one.com", 45);
    put_key(&facts, "selector1", "selector1-a._domainkey.a.onmicrosoft.com", false);
    expect_behind(judge_with(&facts, "hetzner", MXS_KIND_ISP, true, true), "microsoft",
                  70); /* who may hand mail on, hands it on */
    expect_behind(judge_with(&facts, "microsoft", MXS_KIND_MAILBOX, true, true), "microsoft", 85);
}

Test(classify_evidence, a_gateway_at_the_server_stands_in_front)
{
    static struct mxs_policy_facts facts;
    struct mxs_evidence_verdict behind = judge_with(&facts, "mailchannels", MXS_KIND_GATEWAY, true, true);
    cr_expect(mxs_text_equal(behind.front, MXS_TEXT("mailchannels")));
    cr_expect_eq(behind.front_confidence, 80);
    cr_expect_null(behind.provider.data, "it holds no mail");
    facts.autodiscover = MXS_TEXT("autodiscover.ionos.info");
    behind = judge_with(&facts, "mailchannels", MXS_KIND_GATEWAY, false, true);
    cr_expect(mxs_text_equal(behind.provider, MXS_TEXT("ionos")));
    cr_expect_eq(behind.front_confidence, 65);
}

Test(classify_evidence, tables_are_in_use)
{
    cr_expect_gt(mxs_evidence_selector_count(evidence), 20);
    uint32_t first = 0;
    for (uint32_t i = 0; i < mxs_evidence_selector_count(evidence); i++)
        first += mxs_evidence_selector(evidence, i)->first;
    cr_expect_eq(first, 2);
    cr_expect_eq(strlen(mxs_evidence_digest(evidence)), 16);
    cr_expect(mxs_text_equal(mxs_evidence_find_token(evidence, MXS_TEXT("MS=ms123")), MXS_TEXT("MS=ms")));
    cr_expect_null(mxs_evidence_find_token(evidence, MXS_TEXT("v=spf1 -all")).data);
}
