#include <criterion/criterion.h>

#include "model/findings.h"
#include "tests/unit/classify/world.h"

static const struct row labels[] = {
    {"gateway: filters mail in front; the mailbox behind is unknown", "answered", WORLD_HOSTS,
     "10 mx.gate.example 20.1.1.1", "gateway=gate:10000 -mailbox= -backup_provider="},
    {"mailbox: holds it", "answered", WORLD_HOSTS, "10 mx.box.example 20.1.1.1", "mailbox=box:10000 -gateway="},
    {"forwarder: stands in front, the mailbox is unknown", "answered", WORLD_HOSTS, "10 mx.forward.example 20.1.1.1",
     "gateway=forward:10000 -mailbox="},
    {"isp: holds it, as far as MX can show", "answered", WORLD_HOSTS, "10 mx.access.example 20.1.1.1",
     "mailbox=access:10000"},
    {"registrar", "answered", WORLD_HOSTS, "10 mx.names.example 20.1.1.1", "mailbox=names:10000"},
    {"self: MX host under the domain's own registrable domain", "answered", WORLD_HOSTS, "10 mx.example.org 20.1.1.1",
     "mailbox=self:10000"},
    {"self: the domain itself", "answered", WORLD_HOSTS, "10 example.org 20.1.1.1", "mailbox=self:10000"},
    {"org: where no rule names a provider", "answered", WORLD_HOSTS, "10 a.b.example.co.uk 20.1.1.1",
     "mailbox=org:example.co.uk:10000"},
    {"org: an MX host that is a public suffix is its own", "answered", WORLD_HOSTS, "10 co.uk 20.1.1.1",
     "mailbox=org:co.uk:10000"},
    {"org: only the ICANN part of the list counts", "answered", WORLD_HOSTS, "10 mx.customer.blogspot.com 20.1.1.1",
     "mailbox=org:blogspot.com:10000"},
    {"a rule's suffix holds whole labels only", "answered", WORLD_HOSTS, "10 mx.notbox.example 20.1.1.1",
     "mailbox=org:notbox.example:10000"},
    {"the label comes from the first level with a usable MX host", "answered", WORLD_HOSTS,
     "10 mx.gate.example nx; 20 mx.box.example 20.1.1.1", "mailbox=box:10000 -gateway= -backup_provider="},
    {"later levels are recorded as backup providers", "answered", WORLD_HOSTS,
     "10 mx.gate.example 20.1.1.1; 20 mx.box.example 20.1.2.1; 30 mx.example.net 20.1.3.1",
     "gateway=gate:10000 backup_provider=box:0 backup_provider=org:example.net:0 -mailbox="},
    {"the same provider may be its own backup", "answered", WORLD_HOSTS,
     "10 a.box.example 20.1.1.1; 20 b.box.example 20.1.2.1", "mailbox=box:10000 backup_provider=box:0"},
    {"a backup that cannot be used is no provider", "answered", WORLD_HOSTS,
     "10 a.box.example 20.1.1.1; 20 mx.gate.example nx", "-backup_provider="},
    {"a mixed level gives equal shares", "answered", WORLD_HOSTS,
     "10 mx.box.example 20.1.1.1; 10 mx.mail.acme.example 20.1.2.1",
     "mailbox=box:5000 mailbox=acme:5000 +mixed_providers"},
    {"equal among providers, not MX hosts", "answered", WORLD_HOSTS,
     "10 a.box.example 20.1.1.1; 10 b.box.example 20.1.3.1; 10 mx.mail.acme.example 20.1.2.1",
     "mailbox=box:5000 mailbox=acme:5000"},
    {"three parts make a whole", "answered", WORLD_HOSTS,
     "10 mx.box.example 20.1.1.1; 10 mx.example.net 20.1.3.1; 10 mx.mail.acme.example 20.1.2.1",
     "mailbox=box:3334 mailbox=acme:3333 mailbox=org:example.net:3333"},
    {"a gateway and a mailbox at one level: half passes the gateway", "answered", WORLD_HOSTS,
     "10 mx.box.example 20.1.1.1; 10 mx.gate.example 20.1.2.1", "mailbox=box:5000 gateway=gate:5000 +mixed_providers"},
    {"two gateways at one level", "answered", WORLD_HOSTS, "10 mx.gate.example 20.1.1.1; 10 mx.wall.example 20.1.2.1",
     "gateway=gate:5000 gateway=wall:5000 -mailbox="},
    {"an MX host of the level that cannot be used has no share", "answered", WORLD_HOSTS,
     "10 mx.box.example 20.1.1.1; 10 mx.gate.example nx", "mailbox=box:10000 -gateway= -mixed_providers"},
    {"an unsettled MX host ahead leaves the label open", "answered", WORLD_HOSTS,
     "10 mx.gate.example a:timeout; 20 mx.box.example 20.1.1.1", "state=mx -gateway= -mailbox= -backup_provider="},
    {"an unsettled MX host of the same provider does not", "answered", WORLD_HOSTS,
     "10 a.box.example a:timeout; 20 b.box.example 20.1.1.1", "mailbox=box:10000"},
    {"an unsettled MX host behind does not", "answered", WORLD_HOSTS,
     "10 mx.box.example 20.1.1.1; 20 mx.gate.example a:timeout", "mailbox=box:10000 -backup_provider="},
    {"an unsettled MX host beside it, of another provider, does", "answered", WORLD_HOSTS,
     "10 mx.box.example 20.1.1.1; 10 mx.gate.example a:timeout", "-gateway= -mailbox="},
    {"no label without a usable MX host", "answered", WORLD_HOSTS, "10 mx.box.example nx", "state=broken -mailbox="},
    {"gateway in front, mailbox as backup: a way around", "answered", WORLD_HOSTS,
     "10 mx.gate.example 20.1.1.1; 20 mx.box.example 20.1.2.1", "+gateway_bypass"},
    {"gateway in front and behind", "answered", WORLD_HOSTS, "10 mx.gate.example 20.1.1.1; 20 mx.wall.example 20.1.2.1",
     "-gateway_bypass"},
    {"a mailbox host behind the gateway that may not be there", "answered", WORLD_HOSTS,
     "10 mx.gate.example 20.1.1.1; 20 mx.box.example a:timeout", "-gateway_bypass"},
};
WORLD_TABLE(classify_provider, labels, labels)

static const struct row mx_hosts[] = {
    {"alias MX host: the MX target is a CNAME", "answered", WORLD_HOSTS, "10 mx.example.org 20.1.1.1 alias",
     "state=mx +alias_mx_host"},
    {"alias to nowhere", "answered", WORLD_HOSTS, "10 mx.example.org alias nx",
     "state=broken +alias_mx_host +dangling_mx_host"},
    {"dangling MX host: target NXDOMAIN", "answered", WORLD_HOSTS, "10 mx.example.org 20.1.1.1; 20 old.example.net nx",
     "+dangling_mx_host -takeover_candidate"},
    {"nodata is not dangling", "answered", WORLD_HOSTS, "10 mx.example.org 20.1.1.1; 20 old.example.net",
     "-dangling_mx_host +dead_mx_host"},
    {"a timeout is not dangling", "answered", WORLD_HOSTS,
     "10 mx.example.org 20.1.1.1; 20 old.example.net a:nxdomain aaaa:timeout", "-dangling_mx_host"},
    {"one answer that it exists: A nxdomain, AAAA nodata", "answered", WORLD_HOSTS,
     "10 mx.example.org a:nxdomain aaaa:nodata", "state=broken +no_usable_mx_host -dangling_mx_host"},
    {"one answer that it exists: A nodata, AAAA nxdomain", "answered", WORLD_HOSTS,
     "10 mx.example.org a:nodata aaaa:nxdomain", "state=broken +no_usable_mx_host -dangling_mx_host"},
    {"no takeover: a top level that nobody sells under", "answered", WORLD_HOSTS, "10 mail.firm.con unregistered",
     "+dangling_mx_host -takeover_candidate"},
    {"no takeover: a URL, to which nobody delivers", "answered", WORLD_HOSTS,
     "10 http\\058\\047\\047mx.gone.net unregistered", "+dangling_mx_host -takeover_candidate +mx_host_is_url"},
    {"no takeover: a preference typed twice", "answered", WORLD_HOSTS, "10 10\\032mx.gone.net unregistered",
     "+dangling_mx_host -takeover_candidate +mx_host_with_blank"},
    {"no takeover: nobody sells under arpa", "answered", WORLD_HOSTS, "10 mx.gone.arpa unregistered",
     "+dangling_mx_host -takeover_candidate"},
    {"an underscore is a host that answers", "answered", WORLD_HOSTS, "10 mail_1.gone.net unregistered",
     "+dangling_mx_host +takeover_candidate"},
    {"no takeover: what no registry takes", "answered", WORLD_HOSTS, "10 mx.gone\\044.net unregistered",
     "+dangling_mx_host -takeover_candidate +mx_host_with_comma"},
    {"no takeover: what stands for no internationalised name", "answered", WORLD_HOSTS,
     "10 mx.xn--99999999999.net unregistered", "+dangling_mx_host -takeover_candidate +mx_host_with_bad_idn"},
    {"no takeover: a character that IDNA2008 refuses", "answered", WORLD_HOSTS,
     "10 mx.xn--a-ecp.net unregistered", "+dangling_mx_host -takeover_candidate +mx_host_with_bad_idn"},
    {"takeover: below a slip of its owner's lies a name that can be registered", "answered", WORLD_HOSTS,
     "10 xn--99999999999.gone.net unregistered", "+dangling_mx_host +takeover_candidate +mx_host_with_bad_idn"},
    {"takeover: an internationalised name", "answered", WORLD_HOSTS, "10 mx.xn--mnchen-3ya.net unregistered",
     "+dangling_mx_host +takeover_candidate -mx_host_with_bad_idn"},
    {"a broken label of a name that exists is nobody's concern", "answered", WORLD_HOSTS,
     "10 xn--99999999999.example.org 20.1.1.1", "state=mx -mx_host_with_bad_idn"},
    {"a slip is told although a wildcard answers", "answered", WORLD_HOSTS,
     "10 http\\058\\047\\047mx.example.org 20.1.1.1", "state=mx usable=1 +mx_host_is_url -dangling_mx_host"},
    {"an underscore is taken by mail servers", "answered", WORLD_HOSTS, "10 mail_1.example.org 20.1.1.1",
     "state=mx usable=1 -mx_host_with_bad_character"},
    {"takeover candidate: its registrable domain is NXDOMAIN", "answered", WORLD_HOSTS,
     "10 mx.example.org 20.1.1.1; 20 mx.gone.net unregistered", "+dangling_mx_host +takeover_candidate"},
    {"takeover: with provider exemptions", "answered", WORLD_HOSTS,
     "10 mx.example.org 20.1.1.1; 20 tenant.box.example unregistered", "+dangling_mx_host -takeover_candidate"},
    {"takeover: a name nobody can register", "answered", WORLD_HOSTS,
     "10 mx.example.org 20.1.1.1; 20 ms1.msv1.invalid unregistered", "+dangling_mx_host -takeover_candidate"},
    {"takeover: a single label", "answered", WORLD_HOSTS, "10 mx.example.org 20.1.1.1; 20 mailserver unregistered",
     "+dangling_mx_host -takeover_candidate"},
    {"takeover: an address as a name", "answered", WORLD_HOSTS, "10 mx.example.org 20.1.1.1; 20 1.2.3.4 unregistered",
     "+ip_literal -dangling_mx_host -takeover_candidate"},
    {"duplicate MX host: the same name at two preferences", "answered", WORLD_HOSTS,
     "10 mx.example.org 20.1.1.1; 20 mx.example.org 20.1.1.1", "+duplicate_mx_host"},
    {"two names with one address are not duplicates", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.1.1", "-duplicate_mx_host"},
    {"no IPv4: MX hosts with AAAA only", "answered", WORLD_HOSTS, "10 a.example.org 2a00::1", "+no_ipv4 -no_ipv6"},
    {"no IPv4 hangs on an open A", "answered", WORLD_HOSTS, "10 a.example.org 2a00::1 a:timeout", "-no_ipv4"},
    {"IPv6 coverage: none of several", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.2.1",
     "+no_ipv6 ipv6=no"},
    {"IPv6 coverage: a single MX host has one finding that matters", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1", "ipv6=no +single_host -no_ipv6"},
};
WORLD_TABLE(classify_audit, mx_hosts, mx_hosts)

/* Evidence from behind the MX may name the mailbox, but not where a rule of the first tier says whose it is. */
Test(classify_provider, the_mailbox_stays_open_where_no_rule_says_who_holds_it)
{
    static const struct {
        const char *mx_hosts;
        bool open;
    } cases[] = {{"10 mx.box.example 20.1.1.1", false},       {"10 mx.names.example 20.1.1.1", false},
                 {"10 mx.gate.example 20.1.1.1", true},       {"10 mx.access.example 20.1.1.1", true},
                 {"10 mx.example.org 20.1.1.1", true},        {"10 mx.box.example a:timeout", false},
                 {"10 mx.gate.example 20.1.1.1; 20 mx.box.example 20.1.2.1", true}};
    static struct world w;
    world_open(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_judge(&w, WORLD_DOMAIN, "answered", WORLD_HOSTS, cases[i].mx_hosts);
        cr_expect_eq(w.verdict.open_mailbox, cases[i].open, "%s", cases[i].mx_hosts);
    }
    world_close(&w);
}

Test(classify_provider, confidence_falls_from_rule_to_guess)
{
    static const char *const hosts[] = {"10 mx.box.example 20.1.1.1", "10 mx.access.example 20.1.1.1",
                                        "10 mx.example.org 20.1.1.1", "10 mx.names.example 20.1.1.1",
                                        "10 mx.example.net 20.1.1.1"};
    static struct world w;
    uint8_t last = 100;
    world_open(&w);
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        world_judge(&w, "example.org", "answered", WORLD_HOSTS, hosts[i]);
        cr_expect(w.verdict.labels[0].confidence < last, "%s", hosts[i]);
        last = w.verdict.labels[0].confidence;
    }
    world_close(&w);
}

Test(classify_provider, a_level_of_a_hundred_owners_keeps_sixteen_with_their_true_share)
{
    static char line[8192];
    static struct world w;
    world_open(&w);
    size_t at = 0;
    for (int i = 0; i < 100; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "10 mx.owner%03d.net 20.1.%d.1;", i, i);
    world_judge(&w, "example.org", "answered", WORLD_HOSTS, line);
    cr_expect_eq(w.verdict.label_count, MXS_MAILBOXES_MAX);
    cr_expect_eq(w.verdict.labels[15].share, 100);
    cr_expect_eq(w.verdict.redundancy.providers, 100);
    cr_expect(mxs_findings_has(&w.verdict.findings, MXS_FINDING_PROVIDERS_CUT));
    world_judge(&w, "example.org", "answered", WORLD_HOSTS, strstr(line, "10 mx.owner084.net"));
    cr_expect_eq(w.verdict.label_count, MXS_MAILBOXES_MAX);
    cr_expect(!mxs_findings_has(&w.verdict.findings, MXS_FINDING_PROVIDERS_CUT));
    world_close(&w);
}

Test(classify_judge, self_is_the_only_way_a_verdict_hangs_on_the_name)
{
    static const struct {
        const char *name, *host;
        bool self;
    } rows[] = {
        {"example.org", "mx.example.org", true},
        {"example.org", "example.org", true},
        {"deep.down.example.org", "mx.example.org", true},
        {"example.org", "mx.example.net", false},
        {"example.org", "mx.notexample.org", false},
        {"example.org", "", false},
        {"", "mx.example.org", false},
        {"", "", false},
        {"box.example", "mx.box.example", false}, /* the rule wins, also at home */
        {"example.co.uk", "mx.other.co.uk", false},
        {"co.uk", "mx.other.co.uk", false},
    };
    static struct world w;
    world_open(&w);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(mxs_judge_is_self(&w.judge, mxs_text_of(rows[i].name), mxs_text_of(rows[i].host)), rows[i].self,
                     "%s %s", rows[i].name, rows[i].host);
    world_close(&w);
}

Test(classify_judge, a_set_without_self_is_judged_alike_under_every_name)
{
    static const char *const sets[] = {"10 mx.example.net 20.1.1.1; 20 mx.box.example 20.1.2.1",
                                       "10 mx.gate.example 20.1.1.1",
                                       "10 a.example.com nx; 20 b.example.com a:timeout"};
    static struct world w;
    static char first[sizeof w.text];
    world_open(&w);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        memcpy(first, world_judge(&w, "", "answered", WORLD_HOSTS, sets[i]), sizeof first);
        cr_expect_str_eq(first, world_judge(&w, "example.org", "answered", WORLD_HOSTS, sets[i]));
        cr_expect_str_eq(first, world_judge(&w, "box.example", "answered", WORLD_HOSTS, sets[i]));
    }
    world_close(&w);
}

Test(classify_judge, a_host_seen_from_nowhere_has_a_rule_or_an_organisation)
{
    static struct world w;
    const struct mxs_rule *rule = NULL;
    world_open(&w);
    struct mxs_text who = mxs_judge_host(&w.judge, MXS_TEXT("mx.box.example"), &w.arena, &rule);
    cr_expect(mxs_text_equal(who, MXS_TEXT("box")) && rule != NULL);
    who = mxs_judge_host(&w.judge, MXS_TEXT("a.b.example.co.uk"), &w.arena, &rule);
    cr_expect(mxs_text_equal(who, MXS_TEXT("org:example.co.uk")) && rule == NULL);
    who = mxs_judge_host(&w.judge, MXS_TEXT(""), &w.arena, &rule);
    cr_expect(mxs_text_equal(who, MXS_TEXT("org:")));
    world_close(&w);
}
