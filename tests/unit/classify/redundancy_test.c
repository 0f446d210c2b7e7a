#include <criterion/criterion.h>

#include "tests/unit/classify/world.h"

static const struct row levels[] = {
    {"usable MX host: settled with at least one public A or AAAA", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 10.0.0.1; 10 c.example.org nx", "hosts=3 usable=1 tiers=1"},
    {"level: the MX hosts of one preference", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.2.1", "tiers=1 sharing=yes"},
    {"tier: a level with at least one usable MX host", "answered", WORLD_HOSTS,
     "10 a.example.org nx; 20 b.example.org 20.1.1.1; 30 c.example.org 20.1.2.1", "tiers=2 usable=2"},
    {"tier 1 is the first such", "answered", WORLD_HOSTS,
     "10 a.example.org nx; 20 b.example.org 20.1.1.1; 20 c.example.org 20.1.2.1", "sharing=yes backup=none +nolisting"},
    {"hosts counts distinct names over all levels", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 a.example.org 20.1.1.1; 30 b.example.org nx",
     "hosts=2 usable=1 tiers=2 +duplicate_mx_host"},
    {"load sharing: one usable MX host in tier 1 is none", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org nx; 20 c.example.org 20.1.3.1", "sharing=no"},
    {"the same record said twice is one", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 a.example.org 20.1.1.1",
     "hosts=1 usable=1 sharing=no single=host -duplicate_mx_host"},
    {"load sharing hangs on an MX host not settled", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org a:timeout", "sharing=? usable=?"},
    {"load sharing is certain with two, whatever the third", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.2.1; 10 c.example.org a:timeout", "sharing=yes usable=?"},
    {"tiers hang on a level not settled", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org a:timeout", "tiers=? usable=? backup=?"},
    {"tiers do not hang on an open MX host beside a usable one", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org a:timeout", "tiers=1"},
    {"an open level ahead of tier 1 leaves tier 1 open", "answered", WORLD_HOSTS,
     "10 a.example.org a:timeout; 20 b.example.org 20.1.1.1; 20 c.example.org 20.1.1.2",
     "sharing=? backup=? tiers=? single=?"},
    {"nobody shares load where no level has two that may be usable", "answered", WORLD_HOSTS,
     "10 a.example.org a:timeout; 20 b.example.org 20.1.1.1; 30 c.example.org a:timeout", "sharing=no"},
    {"an open level of two ahead of tier 1 may share load", "answered", WORLD_HOSTS,
     "10 a.example.org a:timeout; 10 b.example.org a:timeout; 20 c.example.org 20.1.1.1", "sharing=?"},
    {"multihomed: one MX host, several addresses", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1 20.1.2.1",
     "multihomed=yes addresses=2 usable=1 single=host"},
    {"one MX host with A and AAAA has several addresses", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1 2a00::1",
     "multihomed=yes ipv6=yes"},
    {"one address is not several", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1", "multihomed=no"},
    {"a private address is not counted", "answered", WORLD_HOSTS, "10 a.example.org 10.0.0.1 20.1.1.1",
     "multihomed=no addresses=1"},
    {"two MX hosts are not one", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1 20.1.2.1; 20 b.example.org 20.1.3.1", "multihomed=no"},
    {"one address known, the other question open", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1 aaaa:timeout",
     "multihomed=?"},
    {"one address of one MX host: with an open one it is two MX hosts, or one address", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org a:timeout", "multihomed=no"},
    {"two addresses of one MX host hang on an open one", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1 20.1.1.2; 20 b.example.org a:timeout", "multihomed=?"},
    {"prefixes: /24 and /48", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1 20.1.1.2 20.1.2.1 2a00:1:2:3::1 2a00:1:2:4::1", "addresses=5 prefixes=3"},
    {"prefixes: of one family each, however equal their first bytes are", "answered", WORLD_HOSTS,
     "10 a.example.org 32.1.13.5 2001:dc0::1", "addresses=2 prefixes=2"},
    {"asns: null without a database", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1", "asns=?"},
    {"asns: null where any is unknown", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1@1 20.1.2.1", "asns=?"},
    {"asns: distinct", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1@1 20.1.2.1@2 20.1.3.1@1", "asns=2"},
    {"ipv6: some usable MX host has a public AAAA", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 2a00::1", "ipv6=yes -no_ipv6 -no_ipv4"},
    {"ipv6: a documentation address is none", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1 2001:db8::1",
     "ipv6=no"},
};
WORLD_TABLE(classify_redundancy, levels_and_tiers, levels)

static const struct row backups[] = {
    {"backup none: one level", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.2.1",
     "backup=none apart="},
    {"effective: an address that is not in tier 1", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.2.2.2", "backup=effective apart=ap"},
    {"effective, with one address shared and one not", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.1.1 20.2.2.2", "backup=effective"},
    {"graded: in the same /24, only the address is apart", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.1.2",
     "backup=effective apart=a single=prefix +backup_same_prefix"},
    {"graded: ASN", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1@1; 20 b.example.org 20.2.2.2@2",
     "apart=apn single=provider"},
    {"graded: one ASN", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1@1; 20 b.example.org 20.2.2.2@1",
     "apart=ap single=asn +single_asn"},
    {"graded: an unknown ASN is not apart", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1@1; 20 b.example.org 20.2.2.2", "apart=ap"},
    {"graded: provider", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1@1; 20 mx.box.example 20.2.2.2@2",
     "apart=apno single=none"},
    {"a backup with only AAAA", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1; 20 b.example.org 2a00::1",
     "backup=effective apart=ap ipv6=yes"},
    {"decorative: later tiers bring only addresses of tier 1", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.1.1", "backup=decorative apart= tiers=2 +backup_decorative"},
    {"decorative: the same name again", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1; 20 a.example.org 20.1.1.1",
     "backup=decorative +duplicate_mx_host single=host"},
    {"decorative: shared among all of tier 1", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.2.1; 20 c.example.org 20.1.1.1 20.1.2.1", "backup=decorative"},
    {"dead: later levels, and none has a usable MX host", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org nx; 30 c.example.org 10.0.0.1",
     "backup=dead tiers=1 +backup_dead +nolisting +dead_mx_host"},
    {"dead hangs on a later level not settled", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org nx; 30 c.example.org a:servfail", "backup=? -backup_dead"},
    {"effective is certain, whatever a further level", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.2.2.2; 30 c.example.org a:timeout", "backup=effective"},
    {"decorative hangs on a further level", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.1.1; 30 c.example.org a:timeout", "backup=?"},
    {"decorative hangs on the backup's AAAA", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.1.1 aaaa:timeout", "backup=?"},
    {"tier 1 not wholly known: effective is not certain", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1 aaaa:timeout; 20 b.example.org 2a00::1", "backup=?"},
    {"decorative is certain: more of tier 1 sets no backup apart", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org a:timeout; 20 c.example.org 20.1.1.1", "backup=decorative"},
    {"effective in the same prefix, until a further level is settled", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.1.1.2; 30 c.example.org a:timeout",
     "backup=effective apart=a -backup_same_prefix"},
    {"a dead first level does not make tier 1 a backup", "answered", WORLD_HOSTS,
     "10 a.example.org nx; 20 b.example.org 20.1.1.1", "backup=none +nolisting"},
    {"nolisting: a dead last level behind an effective backup", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org 20.2.2.2; 30 c.example.org nx", "backup=effective +nolisting"},
    {"a dead level in the middle is not nolisting", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org nx; 30 c.example.org 20.2.2.2",
     "backup=effective -nolisting +dead_mx_host"},
    {"nolisting: beside a live one only", "answered", WORLD_HOSTS, "10 a.example.org nx; 20 b.example.org nx",
     "state=broken -nolisting"},
};
WORLD_TABLE(classify_redundancy, backup, backups)

static const struct row points[] = {
    {"host: one usable MX host, one name", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1",
     "single=host +single_host"},
    {"host: also when others are dead", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1; 20 b.example.org nx",
     "single=host"},
    {"host: although it has many addresses", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1 20.2.2.2",
     "single=host"},
    {"address: two names, one address", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.1.1",
     "single=address +single_address -single_host"},
    {"prefix: two addresses, one /24", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.1.2",
     "single=prefix +single_prefix"},
    {"prefix: two addresses, one /48", "answered", WORLD_HOSTS,
     "10 a.example.org 2a00:1:2:3::1; 10 b.example.org 2a00:1:2:4::1", "single=prefix"},
    {"a /48 is not a /56 wide, nor a /40 narrow", "answered", WORLD_HOSTS,
     "10 a.example.org 2a00:1:2:100::1; 10 b.example.org 2a00:1:2:200::1", "prefixes=1 single=prefix"},
    {"neighbouring /48", "answered", WORLD_HOSTS, "10 a.example.org 2a00:1:2::1; 10 b.example.org 2a00:1:3::1",
     "prefixes=2"},
    {"asn: two prefixes, one ASN", "answered", WORLD_HOSTS, "10 a.example.org 20.1.1.1@7; 10 b.example.org 20.1.2.1@7",
     "single=asn"},
    {"what is unknown (asn) is skipped", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1@7; 10 b.example.org 20.1.2.1", "single=provider"},
    {"provider: self counts as a provider of its own", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.2.1", "single=provider providers=1 +single_provider"},
    {"provider: self beside another is two", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 mx.box.example 20.1.2.1", "single=none providers=2"},
    {"provider: an MX host that is not settled is the same provider's", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org a:timeout", "providers=1 usable=? single=?"},
    {"provider stands: a further MX host of the same one makes no second", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.2.1; 20 c.example.org a:timeout", "single=provider"},
    {"two prefixes are two, whatever another provider's has", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.2.1; 20 mx.box.example a:timeout",
     "single=wider_or_none prefixes=? -single_provider"},
    {"two prefixes of one network are two, too", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1@7; 10 b.example.org 20.1.2.1@7; 20 c.example.org a:timeout",
     "single=wider_or_none -single_asn"},
    {"and where an AAAA is open", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1@7 aaaa:timeout; 10 b.example.org 20.1.2.1@7", "single=wider_or_none"},
    {"one prefix may be two", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 10 b.example.org 20.1.1.2; 20 c.example.org a:timeout", "single=?"},
    {"provider: an MX host that is not settled may be another's", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 mx.box.example a:timeout", "providers=? usable=?"},
    {"provider: of none that is known to be usable", "answered", WORLD_HOSTS,
     "10 a.example.org a:timeout; 20 b.example.org a:timeout", "providers=?"},
    {"provider: two names of one organisation", "answered", WORLD_HOSTS,
     "10 a.example.net 20.1.1.1; 10 b.example.net 20.1.2.1", "single=provider mailbox=org:example.net:10000"},
    {"none: two of everything", "answered", WORLD_HOSTS, "10 a.example.net 20.1.1.1@1; 10 b.example.com 20.1.2.1@2",
     "single=none"},
    {"managed single MX skips host: one address", "answered", WORLD_HOSTS, "10 x.one.acme.example 20.1.1.1",
     "single=address +managed_single_mx -single_host -single_address"},
    {"managed single MX: addresses of one prefix", "answered", WORLD_HOSTS, "10 x.one.acme.example 20.1.1.1 20.1.1.2",
     "single=prefix +managed_single_mx -single_prefix"},
    {"managed single MX: judged by distinct addresses, never by host count", "answered", WORLD_HOSTS,
     "10 x.one.acme.example 20.1.1.1@1 20.1.2.1@2", "single=provider usable=1"},
    {"managed: of a provider known to give one, by rule", "answered", WORLD_HOSTS,
     "10 x.mail.acme.example 20.1.1.1 20.1.2.1", "single=host -managed_single_mx"},
    {"managed: two MX hosts are not a single MX", "answered", WORLD_HOSTS,
     "10 x.one.acme.example 20.1.1.1; 20 y.one.acme.example 20.1.1.1",
     "single=address +single_address -managed_single_mx"},
    {"nothing usable, nothing to lose", "answered", WORLD_HOSTS, "10 a.example.org nx",
     "single=? backup=? hosts=1 usable=0 tiers=0"},
    {"an open MX host leaves a single host open", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1; 20 b.example.org a:timeout", "single=? -single_host"},
    {"none stands: a further path makes no single point", "answered", WORLD_HOSTS,
     "10 a.example.net 20.1.1.1; 10 b.example.com 20.1.2.1; 20 c.example.org a:timeout", "single=none"},
    {"host stands: a further address makes no second host", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1 aaaa:timeout", "single=host"},
    {"address hangs on an open AAAA", "answered", WORLD_HOSTS, "10 x.one.acme.example 20.1.1.1 aaaa:timeout",
     "single=?"},
    {"provider stands: a further address makes no second provider", "answered", WORLD_HOSTS,
     "10 a.example.org 20.1.1.1 aaaa:timeout; 10 b.example.org 20.1.2.1", "single=provider"},
};
WORLD_TABLE(classify_redundancy, single_point_of_failure, points)

/* Schaumann 2023: what one name was seen with. */
static void judge_many(struct world *w, unsigned count, unsigned preferences, unsigned addresses, const char *expected)
{
    static struct mxs_host_facts hosts[1000];
    static struct mxs_mx_host mx_hosts[1000];
    static struct mxs_address list[1000][100];
    static char names[1000][32];
    for (unsigned i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "mx%04u.example.org", i);
        for (unsigned k = 0; k < addresses; k++)
            list[i][k] = (struct mxs_address){4, {20, (uint8_t)(i >> 4), (uint8_t)(i << 4 | k >> 8), (uint8_t)k}, i};
        hosts[i] = (struct mxs_host_facts){.id = i,
                                           .name = mxs_text_of(names[i]),
                                           .a = MXS_ANSWERED,
                                           .aaaa = MXS_NODATA,
                                           .addresses = list[i],
                                           .address_count = addresses};
        mx_hosts[i] = (struct mxs_mx_host){(uint16_t)((uint64_t)i * preferences / count), &hosts[i]};
    }
    struct mxs_domain_facts facts = {.name = MXS_TEXT("example.org"), .mx = MXS_ANSWERED, .hosts_asked = true,
                                     .mx_hosts = mx_hosts, .mx_host_count = count};
    mxs_judge_domain(&w->judge, &facts, &w->arena, &w->verdict);
    const char *unmet = world_unmet(world_text(w), expected);
    cr_expect(unmet == NULL, "%u MX hosts: wanted%s got %s", count, unmet, w->text);
    mxs_arena_reset(&w->arena);
}

Test(classify_redundancy, extremes_to_survive)
{
    static struct world w;
    world_open(&w);
    judge_many(&w, 398, 1, 1,
               "state=mx hosts=398 usable=398 tiers=1 addresses=398 sharing=yes backup=none +many_mx_hosts");
    judge_many(&w, 16, 2, 1, "hosts=16 -many_mx_hosts");
    judge_many(&w, 17, 2, 1, "hosts=17 +many_mx_hosts");
    judge_many(&w, 123, 117, 2, "state=mx hosts=123 usable=123 tiers=117 addresses=246 backup=effective");
    judge_many(&w, 1000, 1000, 1,
               "hosts=1000 tiers=1000 addresses=1000 sharing=no mailbox=self:10000 backup_provider=self:0");
    judge_many(&w, 1000, 10, 65, "hosts=1000 usable=1000 tiers=10 addresses=65000");
    judge_many(&w, 1000, 10, 66, "usable=1000 addresses=? prefixes=? providers=1");
    world_close(&w);
}

Test(classify_redundancy, no_memory_says_undetermined)
{
    static struct world w;
    world_open(&w);
    for (size_t limit = 1; limit < 2048; limit += 16) {
        struct mxs_arena small;
        mxs_arena_init(&small, 16, limit);
        struct mxs_domain_facts facts = world_facts(&w, "example.org", "answered", WORLD_HOSTS,
                                                    "10 a.example.net 20.1.1.1; 20 mx.box.example 20.1.2.1");
        mxs_judge_domain(&w.judge, &facts, &small, &w.verdict);
        cr_expect(mxs_arena_full(&small) ? w.verdict.state == MXS_STATE_UNDETERMINED && w.verdict.label_count == 0
                                         : w.verdict.state == MXS_STATE_MX);
        mxs_arena_finish(&small);
        mxs_arena_reset(&w.facts);
    }
    world_close(&w);
}
