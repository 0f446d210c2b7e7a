"""The corner zone: one domain per definition and per boundary between two, served by NSD, with the expected row beside it.

A row of the table, parted by |:
    domain | state | hosts usable tiers (+load: shares load, +multi: multihomed) | backup | addresses prefixes providers |
    single point | mailbox; `gateway>` in front, `x+y` in equal parts, `;x` backups | findings
`-` stands for null or nothing. no_ipv6 is said only of several MX hosts: a single one has one finding that matters.
"""
import unittest

import harness

TABLE = """
# states
one.test             | mx              | 1 1 1       | none | 1 1 1 | host | self | single_host
implicit.test        | implicit_mx     | 1 1 1       | none | 1 1 1 | host | self | implicit_mx single_host
implicit-six.test    | implicit_mx     | 1 1 1       | none | 1 1 1 | host | self | implicit_mx single_host no_ipv4
implicit-private.test| broken          | 1 0 0       | -    | - - - | -    | -    | no_usable_mx_host private_address
implicit-both.test   | implicit_mx     | 1 1 1       | none | 1 1 1 | host | self | implicit_mx private_address single_host
null.test            | null_mx         | 0 0 0       | -    | - - - | -    | -    | -
null-address.test    | null_mx         | 0 0 0       | -    | - - - | -    | -    | -
null-preference.test | null_mx_invalid | 0 0 0       | -    | - - - | -    | -    | null_mx_preference
null-mixed.test      | null_mx_invalid | 1 1 1       | -    | - - - | -    | -    | null_mx_mixed
null-twice.test      | null_mx_invalid | 0 0 0       | -    | - - - | -    | -    | null_mx_mixed
text-only.test       | no_mail         | 0 0 0       | -    | - - - | -    | -    | -
below-only.test      | no_mail         | 0 0 0       | -    | - - - | -    | -    | -
nowhere.test         | nxdomain        | 0 0 0       | -    | - - - | -    | -    | no_such_domain
alias.test           | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
alias-chain.test     | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
alias-dead.test      | nxdomain        | 0 0 0       | -    | - - - | -    | -    | no_such_domain
alias-address.test   | implicit_mx     | 1 1 1       | none | 1 1 1 | host | self | implicit_mx single_host
alias-null.test      | null_mx         | 0 0 0       | -    | - - - | -    | -    | -
any.star.test        | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
star.test            | no_mail         | 0 0 0       | -    | - - - | -    | -    | -
tld-with-mx          | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
_under_score.test    | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
bücher.test          | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
shout.test           | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
zero.test            | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host
most.test            | mx              | 1 1 1       | none | 1 1 1 | host | org:one.test | single_host

# broken, and its borders
gone.test            | broken          | 1 0 0       | -    | - - - | -    | -    | dangling_mx_host no_usable_mx_host
empty.test           | broken          | 1 0 0       | -    | - - - | -    | -    | no_usable_mx_host
localhost-mx.test    | broken          | 1 0 0       | -    | - - - | -    | -    | localhost no_usable_mx_host
localhost-and.test   | mx              | 2 1 1       | none | 1 1 1 | host | org:one.test | localhost nolisting dead_mx_host single_host
literal.test         | broken          | 1 0 0       | -    | - - - | -    | -    | ip_literal no_usable_mx_host
literal-public.test  | broken          | 1 0 0       | -    | - - - | -    | -    | ip_literal no_usable_mx_host
literal-and.test     | mx              | 2 1 1       | none | 1 1 1 | host | org:one.test | ip_literal nolisting dead_mx_host single_host
private.test         | broken          | 1 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host
private-and.test     | mx              | 1 1 1       | none | 1 1 1 | host | self | private_address single_host
loop.test            | broken          | 1 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host
shared-last.test     | broken          | 1 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host
shared-after.test    | mx              | 1 1 1       | none | 1 1 1 | host | self | single_host
private-last.test    | broken          | 1 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host
private-after.test   | mx              | 1 1 1       | none | 1 1 1 | host | self | single_host
documentation.test   | broken          | 1 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host
unique-local.test    | broken          | 1 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host
multicast.test       | broken          | 1 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host
two-dead.test        | broken          | 2 0 0       | -    | - - - | -    | -    | private_address no_usable_mx_host

# MX hosts: names
own.test             | mx              | 1 1 1       | none | 1 1 1 | host | self | single_host
deep.below.one.test  | mx              | 1 1 1       | none | 1 1 1 | host | self | single_host
cname-live.test      | mx              | 1 1 1       | none | 1 1 1 | host | self | alias_mx_host single_host
cname-dead.test      | broken          | 1 0 0       | -    | - - - | -    | -    | alias_mx_host dangling_mx_host no_usable_mx_host
dangling.test        | mx              | 2 1 1       | none | 1 1 1 | host | org:one.test | dangling_mx_host nolisting dead_mx_host single_host
takeover.test        | mx              | 2 1 1       | none | 1 1 1 | host | org:one.test | dangling_mx_host takeover_candidate nolisting dead_mx_host single_host
takeover-only.test   | broken          | 1 0 0       | -    | - - - | -    | -    | dangling_mx_host takeover_candidate no_usable_mx_host
never-sold.test      | mx              | 2 1 1       | none | 1 1 1 | host | org:one.test | dangling_mx_host nolisting dead_mx_host single_host
exempt.test          | broken          | 1 0 0       | -    | - - - | -    | -    | dangling_mx_host no_usable_mx_host
public-suffix.test   | mx              | 1 1 1       | none | 1 1 1 | host | org:mx.co.uk | single_host
is-suffix.test       | mx              | 1 1 1       | none | 1 1 1 | host | org:com | single_host
private-suffix.test  | mx              | 1 1 1       | none | 1 1 1 | host | org:github.io | single_host
odd-label.test       | mx              | 1 1 1       | none | 1 1 1 | host | self | mx_host_with_escaped_dot single_host

# redundancy
equal.test           | mx              | 2 2 1 +load | none | 2 2 1 | provider | self | single_provider no_ipv6
equal-dual.test      | mx              | 2 2 1 +load | none | 4 4 1 | provider | self | single_provider
one-address.test     | mx              | 2 2 1 +load | none | 1 1 1 | address  | self | single_address no_ipv6
one-prefix.test      | mx              | 2 2 1 +load | none | 2 1 1 | prefix   | self | single_prefix no_ipv6
next-prefix.test     | mx              | 2 2 1 +load | none | 2 2 1 | provider | self | single_provider no_ipv6
one-prefix-six.test  | mx              | 2 2 1 +load | none | 2 1 1 | prefix   | self | single_prefix no_ipv4
multihomed.test      | mx              | 1 1 1 +multi| none | 2 2 1 | host     | self | single_host
dual.test            | mx              | 1 1 1 +multi| none | 2 2 1 | host     | self | single_host
six-only.test        | mx              | 1 1 1       | none | 1 1 1 | host     | self | single_host no_ipv4
backup.test          | mx              | 2 2 2       | effective  | 2 2 1 | provider | self;self | single_provider no_ipv6
swap-one.test        | mx              | 2 2 2       | effective  | 2 2 1 | provider | org:backup.test;org:backup.test | single_provider no_ipv6
swap-two.test        | mx              | 2 2 2       | effective  | 2 2 1 | provider | org:backup.test;org:backup.test | single_provider no_ipv6
backup-prefix.test   | mx              | 2 2 2       | effective  | 2 1 1 | prefix   | self;self | backup_same_prefix single_prefix no_ipv6
backup-six.test      | mx              | 2 2 2       | effective  | 2 2 1 | provider | self;self | single_provider
decorative.test      | mx              | 2 2 2       | decorative | 1 1 1 | address  | self;self | backup_decorative single_address no_ipv6
decorative-part.test | mx              | 2 2 2       | decorative | 2 2 1 | provider | self;self | backup_decorative single_provider no_ipv6
one-more.test        | mx              | 2 2 2       | effective  | 2 2 1 | provider | self;self | single_provider no_ipv6
dead.test            | mx              | 2 1 1       | dead       | 1 1 1 | host     | self | backup_dead dangling_mx_host nolisting dead_mx_host single_host
first-dead.test      | mx              | 2 1 1       | none       | 1 1 1 | host     | self | dangling_mx_host nolisting dead_mx_host single_host
both-ends.test       | mx              | 3 1 1       | dead       | 1 1 1 | host     | self | backup_dead dangling_mx_host nolisting dead_mx_host single_host
middle-dead.test     | mx              | 3 2 2       | effective  | 2 2 1 | provider | self;self | dangling_mx_host dead_mx_host single_provider no_ipv6
half-dead.test       | mx              | 2 1 1       | none       | 1 1 1 | host     | self | dangling_mx_host dead_mx_host single_host
twice.test           | mx              | 1 1 2       | decorative | 1 1 1 | host     | org:one.test;org:one.test | duplicate_mx_host backup_decorative single_host
three.test           | mx              | 4 4 3       | effective  | 4 4 1 | provider | self;self | single_provider no_ipv6

# providers
other.test           | mx              | 1 1 1       | none       | 1 1 1 | host     | org:acme.test | single_host
other-two.test       | mx              | 2 2 1 +load | none       | 2 2 2 | none     | org:acme.test+org:bolt.test | mixed_providers no_ipv6
backup-other.test    | mx              | 2 2 2       | effective  | 2 2 2 | none     | self;org:acme.test | no_ipv6
managed.test         | mx              | 1 1 1 +multi| none       | 2 2 1 | provider | microsoft | managed_single_mx single_provider
managed-one.test     | mx              | 1 1 1       | none       | 1 1 1 | address  | microsoft | managed_single_mx
managed-prefix.test  | mx              | 1 1 1 +multi| none       | 2 1 1 | prefix   | microsoft | managed_single_mx
smtp-google.test     | mx              | 1 1 1 +multi| none       | 2 2 1 | provider | google | managed_single_mx single_provider
five.test            | mx              | 5 5 3       | effective  | 5 5 1 | provider | google;google | single_provider no_ipv6
mixed.test           | mx              | 2 2 1 +load | none       | 3 3 2 | none     | google+microsoft | mixed_providers no_ipv6
gateway.test         | mx              | 1 1 1       | none       | 1 1 1 | host     | proofpoint>- | single_host
gateway-bypass.test  | mx              | 2 2 2       | effective  | 3 3 2 | none     | proofpoint>-;microsoft | gateway_bypass no_ipv6
gateway-mixed.test   | mx              | 2 2 1 +load | none       | 2 2 2 | none     | proofpoint>google | mixed_providers no_ipv6
first-gone.test      | mx              | 2 1 1       | none       | 1 1 1 | host     | google | dangling_mx_host nolisting dead_mx_host single_host
forwarder.test       | mx              | 1 1 1       | none       | 1 1 1 | host     | brevo>- | single_host
isp.test             | mx              | 1 1 1       | none       | 1 1 1 | host     | vodafone | single_host

# extremes
many.test            | mx              | 398 398 1 +load | none       | 398 2 1   | provider | self | single_provider no_ipv6 many_mx_hosts
levels.test          | mx              | 123 123 117 +load | effective  | 123 123 1 | provider | self;self | single_provider no_ipv6 many_mx_hosts
"""


def extremes():
    """398 MX hosts on one name; 123 MX hosts over 117 preferences (the first seven share one)."""
    lines = []
    for i in range(398):
        lines += [f"many.test MX 10 mx{i}.many.test", f"mx{i}.many.test A 20.9.{i // 256}.{i % 256}"]
    for i in range(123):
        lines += [f"levels.test MX {max(i, 6) * 10} mx{i}.levels.test", f"mx{i}.levels.test A 20.10.{i}.1"]
    return "\n".join(lines) + "\n"


def expected_rows():
    rows = {}
    for line in TABLE.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        rows[cells[0]] = cells[1:]
    return rows


def dash(values):
    return " ".join(values) or "-"


def provider_cell(provider):
    mailboxes = "+".join(sorted(name for name, _ in provider["mailboxes"])) or "-"
    gateway = (provider["gateway"] or "") + ">" if provider["gateway"] else ""
    backup = ";" + "+".join(sorted(provider["backup"])) if provider["backup"] else ""
    return gateway + mailboxes + backup


def mark(value):
    return "-" if value is None else str(value)


def row_of(record):
    r = record["redundancy"]
    paths = f"{r['hosts']} {r['usable']} {r['tiers']}" + (" +load" if r["load_sharing"] else "") + \
            (" +multi" if r["multihomed"] else "")
    return [record["state"], paths, mark(r["backup"]), " ".join(mark(r[key]) for key in ("addresses", "prefixes", "providers")), mark(r["single_point"]),
            provider_cell(record["provider"]), dash(sorted(record["findings"]))]


def normal(cells):
    state, paths, backup, counts, point, provider, findings = cells
    return [state, " ".join(paths.replace("+", " +").split()), backup, " ".join(counts.split()), point, provider,
            dash(sorted(findings.replace("-", "").split() if findings == "-" else findings.split()))]


class Corner(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        """One scan for all: the tests read what it found."""
        cls.case = harness.TestCase()
        cls.case.setUp()
        cls.addClassCleanup(cls.case.doCleanups)
        zone = (harness.SOURCE / "tests/e2e/data/corner.zone").read_text() + extremes()
        cls.rows_wanted = expected_rows()
        cls.server = cls.case.nsd(zone)
        names = [*cls.rows_wanted, "1.2.3.4.", "10.0.0.1"]
        cls.result = cls.case.scan(names, cls.server)
        if cls.result.code == 0:
            cls.records = cls.case.export()

    def setUp(self):
        super().setUp()
        self.assertEqual(self.result.code, 0, self.result)

    def record(self, domain):
        return self.records[domain.encode("idna").decode() if not domain.isascii() else domain]

    def test_table_has_the_promised_size(self):
        self.assertGreaterEqual(len(self.rows_wanted), 60)

    def test_every_row(self):
        for domain, cells in self.rows_wanted.items():
            with self.subTest(domain=domain):
                self.assertEqual(row_of(self.record(domain)), normal(cells))

    def test_addresses_as_names_are_rejects(self):
        found = self.case.rows("SELECT text, reason FROM v_reject ORDER BY line")
        self.assertEqual(found, [("1.2.3.4.", "ip_address"), ("10.0.0.1", "ip_address")])

    def test_null_mx_beside_others_keeps_what_was_read(self):
        record = self.record("null-mixed.test")
        self.assertEqual(self.mx_of(record), [(0, ""), (10, "mx.one.test")])

    def test_null_mx_as_exported(self):
        self.assertEqual(self.record("null.test")["mx"], [{"preference": 0, "host": ""}])
        self.assertEqual(self.mx_of(self.record("null-preference.test")), [(10, "")])
        self.assertEqual(self.mx_of(self.record("null-twice.test")), [(0, ""), (10, "")])

    def test_order_is_by_preference_then_host(self):
        self.assertEqual(self.mx_of(self.record("swap-one.test")), [(10, "a.backup.test"), (20, "b.backup.test")])
        self.assertEqual(self.mx_of(self.record("swap-two.test")), [(10, "b.backup.test"), (20, "a.backup.test")])
        levels = self.mx_of(self.record("levels.test"))
        self.assertEqual(len(levels), 123)
        self.assertEqual(len({preference for preference, _ in levels}), 117)
        self.assertEqual(levels, sorted(levels))

    def test_398_mx_hosts_came_over_tcp(self):
        self.assertEqual(len(self.record("many.test")["mx"]), 398)
        self.assertGreater(self.case.one("SELECT tcp_connections FROM v_run"), 1, "more than the check of TCP")

    def test_extreme_preferences(self):
        self.assertEqual(self.mx_of(self.record("zero.test")), [(0, "mx.one.test")])
        self.assertEqual(self.mx_of(self.record("most.test")), [(65535, "mx.one.test")])

    def test_names_are_canonical(self):
        self.assertEqual(self.mx_of(self.record("shout.test")), [(10, "mx.one.test")])
        self.assertEqual(self.mx_of(self.record("odd-label.test")), [(10, "mail\\.x.odd-label.test")])
        self.assertIn("xn--bcher-kva.test", self.records)

    def test_aliases_are_kept_apart(self):
        alias = dict(self.case.rows("SELECT domain, alias FROM v_domain WHERE alias IS NOT NULL"))
        self.assertEqual(alias, {"alias.test": "one.test", "alias-chain.test": "one.test", "alias-dead.test": "nowhere.test",
                                 "alias-address.test": "implicit.test", "alias-null.test": "null.test"})
        live, dead = (self.record(f"cname-{x}.test")["mx"][0] for x in ("live", "dead"))
        self.assertEqual((live["alias"], live["usable"], live["a"]["outcome"]), ("mx.one.test", True, "answered"))
        self.assertEqual((dead["alias"], dead["usable"], dead["a"]["outcome"]), ("mx.nowhere.test", False, "nxdomain"))

    def test_implicit_mx_host_is_the_domain_itself(self):
        self.assertEqual(self.record("implicit.test")["mx_outcome"], "nodata")
        found = self.case.rows("SELECT m.preference, m.host, m.implicit, h.addresses FROM v_mx m JOIN v_host h USING (run_id, host)"
                               " WHERE m.domain = 'implicit.test'")
        self.assertEqual(found, [(0, "implicit.test", 1, "20.0.2.1")])

    def test_literals_and_localhost_are_never_asked(self):
        for domain in ("literal.test", "literal-public.test", "localhost-mx.test"):
            entry = self.record(domain)["mx"][0]
            self.assertFalse(entry["usable"], domain)

    def test_what_backups_do_not_share(self):
        apart = dict(self.case.rows("SELECT d.domain, v.backup_apart FROM v_domain d JOIN verdict v ON v.id = d.verdict_id"))
        address, prefix, provider = 1, 2, 8
        self.assertEqual(apart["backup.test"], address | prefix)
        self.assertEqual(apart["backup-prefix.test"], address)
        self.assertEqual(apart["backup-six.test"], address | prefix)
        self.assertEqual(apart["backup-other.test"], address | prefix | provider)

    def test_mixed_first_choice_is_credited_in_equal_parts(self):
        provider = self.record("mixed.test")["provider"]
        self.assertIsNone(provider["mailbox"])
        self.assertEqual(sorted(map(tuple, provider["mailboxes"])), [("google", 0.5), ("microsoft", 0.5)])

    def test_evidence_names_the_rule(self):
        evidence = self.record("managed.test")["provider"]["evidence"]
        self.assertEqual([(e["kind"], e["value"]) for e in evidence], [("mx", "managed-test.mail.protection.outlook.com")])
        self.assertIn("protection.outlook.com", evidence[0]["rule"])

    def test_without_addresses_what_rests_on_them_is_null(self):
        db = self.folder / "mx-only.db"
        result = self.scan(list(self.rows_wanted), self.server, "--checks", "mx", db=db)
        self.assertEqual(result.code, 0, result)
        records = self.export(db=db)
        for domain, state in (("one.test", "mx"), ("gone.test", "mx"), ("private.test", "mx"), ("literal.test", "broken"),
                              ("localhost-mx.test", "broken"), ("literal-and.test", "mx"), ("implicit.test", "implicit_mx"),
                              ("implicit-private.test", "broken"), ("text-only.test", "no_mail"), ("null.test", "null_mx")):
            self.assertEqual(records[domain]["state"], state, domain)
        first = records["backup.test"]
        self.assertEqual((first["redundancy"]["hosts"], first["provider"]["mailbox"]), (2, "self"))
        for key in ("usable", "tiers", "addresses", "prefixes", "load_sharing", "backup", "single_point"):
            self.assertIsNone(first["redundancy"][key], key)
        entry = first["mx"][0]
        self.assertEqual((entry["usable"], entry["a"], entry["aaaa"]), (None, None, None))
        self.assertEqual(records["first-gone.test"]["provider"]["gateway"], "proofpoint")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
