"""What is no answer never becomes a fact: referrals, filters, cut chains, contradictions, DNS64, alone and beside a good resolver."""
import json
import signal
import sqlite3

import harness

COUNT = 60
ZONE = "".join(f"n{i}.test MX 10 mx{i % 3}.host.example\n" for i in range(COUNT)) + \
    "".join(f"mx{i}.host.example A 25.10.{i}.1\n" for i in range(3)) + "empty.test TXT x\n" + \
    "ipv4only.arpa A 192.0.0.170\nipv4only.arpa A 192.0.0.171\n"
QUICK = ("--servfail-wait", 50, "--timeout", 500, "--deadline", 4000)
NAMES = [f"n{i}.test" for i in range(COUNT)]

# What server 2 does to every name below test and example; the outcome where nobody knows better.
STRANGE = {
    "referral": (["suffix=test -> referral test"], "refused"),
    "upward referral": (["suffix=test -> referral ."], "refused"),
    "neither RA nor AA": (["suffix=test -> empty", "suffix=test -> flags"], "refused"),
    "denies with neither": (["suffix=test -> nxdomain", "suffix=test -> flags"], "refused"),
    "cut chain": (["suffix=test -> cut"], "malformed"),
    "CNAME beside records": (["suffix=test type=MX -> beside elsewhere.test"], "malformed"),
    "records of nobody": (["suffix=test -> foreign"], "malformed"),
    "EDE 4": (["suffix=test -> mx sink.example", "suffix=test -> ede 4"], "filtered"),
    "EDE 15": (["suffix=test -> nxdomain", "suffix=test -> ede 15 blocked"], "filtered"),
    "EDE 16": (["suffix=test -> empty", "suffix=test -> ede 16"], "filtered"),
    "EDE 17": (["suffix=test -> servfail", "suffix=test -> ede 17"], "filtered"),
    "EDE 18": (["suffix=test -> nxdomain", "suffix=test -> ede 18"], "filtered"),
    "the type denied so": (["suffix=test -> empty", "suffix=test -> flags aa", "suffix=test -> bare"], "filtered"),
    "EDE 20": (["suffix=test -> empty", "suffix=test -> bare", "suffix=test -> ede 20"], "servfail"),
    "EDE 23": (["suffix=test -> nxdomain", "suffix=test -> bare", "suffix=test -> ede 23"], "servfail"),
    "Unbound's mark": (["suffix=test -> nxdomain", "suffix=test -> flags ra aa", "suffix=test -> bare"], "filtered"),
    "the type denied by Unbound": (["suffix=test -> empty", "suffix=test -> flags ra aa", "suffix=test -> bare"], "filtered"),
    "AdGuard's mark": (["suffix=test -> nxdomain", "suffix=test -> own-soa"], "filtered"),
    "Quad9's mark": (["suffix=test -> nxdomain", "suffix=test -> flags", "suffix=test -> bare"], "filtered"),
}


class NoAnswer(harness.TestCase):
    def scanned(self, names, server, *options, code=0):
        result = self.scan([*names], server, *QUICK, *options)
        self.assertEqual(result.code, code, result)
        return result

    def records(self):
        return {record["domain"]: record for record in map(json.loads, self.content().splitlines())}

    def test_alone_nothing_is_settled(self):
        for kind, (rules, outcome) in STRANGE.items():
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind.replace(' ', '-')}.db"
                self.scanned(NAMES[:5] + ["empty.test", "gone.test"], self.serve(ZONE, rules), code=3)
                found = self.rows("SELECT DISTINCT state FROM v_domain WHERE domain LIKE 'n%'")
                self.assertEqual(found, [("undetermined",)])
                self.assertEqual(self.rows("SELECT mx_outcome FROM v_domain WHERE domain = 'n0.test'"), [(outcome,)])

    def test_where_every_name_gets_servfail_more_of_them_end_at_once_than_are_in_flight(self):
        names = [f"n{i}.test" for i in range(200)]
        server = self.serve(ZONE, ["suffix=test -> servfail"])
        self.scanned(names, server, "--checks", "mx,caa", "--concurrency", 16, code=3)
        self.assertEqual(self.rows("SELECT state, count(*) FROM v_domain GROUP BY 1"), [("undetermined", 200)])

    def test_beside_a_good_resolver_it_decides(self):
        wanted = self.folder / "wanted.db"
        self.assertEqual(self.scan([*NAMES, "empty.test", "gone.test"], self.serve(ZONE), *QUICK, db=wanted).code, 0)
        for kind, (rules, _) in STRANGE.items():
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind.replace(' ', '-')}.db"
                server = self.serve(ZONE, [f"server=2 {rule}" for rule in rules], servers=2)
                self.scanned([*NAMES, "empty.test", "gone.test"], server)
                self.assertEqual(self.content(), self.content(db=wanted))

    def test_a_cname_beside_mx_is_told_and_a_cut_chain_is_not(self):
        zone = ZONE + "far.test MX 10 mx.aka.example\nmx.aka.example A 25.10.9.1\n"
        rules = ["name=n0.test type=MX -> beside elsewhere.test", "name=n1.test type=MX -> cut",
                 "name=n2.test type=MX -> foreign", "name=mx.aka.example type=A -> beside elsewhere.test"]
        self.scanned([*NAMES, "far.test"], self.serve(zone, rules), code=3)
        for _ in range(2):
            found = self.records()
            for name, findings in (("n0.test", ["alias_beside_mx"]), ("n1.test", []), ("n2.test", []),
                                   ("far.test", ["alias_mx_host"])):
                self.assertEqual((found[name]["state"], found[name]["findings"]), ("undetermined", findings), name)
            self.assertEqual((found["n0.test"]["mx_outcome"], found["n0.test"]["mx"]), ("malformed", []))
            self.assertIn("malformed, MX records beside an alias of elsewhere.test",
                          harness.run("explain", self.db, "n0.test").out)
            self.assertEqual(harness.run("classify", self.db).code, 0)
        self.scanned([*NAMES, "far.test"], self.serve(zone))
        self.assertEqual(self.records()["n0.test"]["state"], "mx")
        self.assertEqual(harness.run("diff", self.db, "--format", "json").json()["changes"], [])

    def test_what_a_filter_withheld_is_said_of_run_and_resolver(self):
        server = self.serve(ZONE + "blocked.test MX 10 mx.sunk.example\n",
                            ["suffix=sunk.example -> nxdomain", "suffix=sunk.example -> ede 15", "name=n1.test -> ede 3 stale"])
        self.scanned(["blocked.test", "n0.test", "n1.test"], server, code=3)
        record = self.records()["blocked.test"]
        self.assertEqual((record["state"], record["findings"]), ("undetermined", []), "no takeover, no dangling")
        self.assertEqual(record["mx"][0]["a"]["outcome"], "filtered")
        self.assertGreater(self.one("SELECT filtered FROM v_resolver"), 0)
        self.assertIn("withheld", self.one("SELECT text FROM v_note WHERE kind = 'filtered'"))
        measured = {line["domain"]: line["measured"] for line in map(json.loads, harness.run("export", self.db).out.splitlines())}
        self.assertEqual((measured["n1.test"]["ede"], measured["n1.test"]["stale"]), (3, True))
        self.assertEqual((measured["n0.test"]["ede"], measured["n0.test"]["stale"]), (None, False))

    def test_what_is_not_settled_is_not_explained_as_nothing(self):
        zone = ("a.test MX 10 mx.open.example\na.test MX 20 mx0.host.example\nmx.open.example A 25.20.0.1\nmx0.host.example A 25.10.0.1\n"
                "b.test MX 10 192.0.2.1\nb.test MX 20 localhost\nb.test MX 30 mx0.host.example\n")
        rules = ["name=mx.open.example -> servfail", *(f"name={n} -> servfail" for n in ("_dmarc.a.test", "_mta-sts.a.test", "_smtp._tls.a.test"))]
        self.scan(["a.test", "b.test"], self.serve(zone, rules), *QUICK, "--checks", "mx,host,auth,transport")
        explained = self.explained("a.test", "b.test")
        told = explained["a.test"]
        self.assertIn("Verdict: mailbox unknown, backup unknown", told)
        self.assertIn("1. preference 10, not settled\n", told)
        self.assertIn("2. preference 20, a tier behind one that is not settled\n", told)
        for what in ("DMARC", "MTA-STS", "TLS reports"):
            self.assertIn(f"  {what}: none that is settled\n", told)
        for what in ("SPF", "DKIM keys at known selectors"):  # each by itself: these are settled beside one that is not
            self.assertIn(f"  {what}: none\n", told)
        for kind, name in (("host", "mx0.host.example"), ("provider", "org:host.example"), ("address", "25.10.0.1")):
            outage = harness.run("outage", self.db, kind, name)
            self.assertIn("Of 1 it is not known: an MX host or address that is not settled may take the mail.", " ".join(outage.out.split()))
            outage = harness.run("outage", self.db, kind, name, "--format", "json").json()
            self.assertEqual((outage["lost"], outage["unknown"]), (1, 1))
            impact = self.rows(f"SELECT used, lost, fallback, capacity, unknown FROM v_impact WHERE kind = '{kind}' AND name = '{name}'")
            self.assertEqual(impact, [(2, 1, 0, 0, 1)])
        records = self.records()
        self.assertEqual(records["a.test"]["unsettled"], ["auth.dmarc", "transport.mta_sts", "transport.tls_rpt", "transport.tlsa"],
                         "TLSA of an MX host without addresses that are settled was never asked")
        self.assertEqual([records[name]["auth"]["dmarc"] for name in ("a.test", "b.test")], [None, None])
        self.assertEqual(records["b.test"]["unsettled"], [])
        self.assertIn(',"auth.dmarc;transport.mta_sts;transport.tls_rpt;transport.tlsa",', harness.run("export", self.db, "--format", "csv").out)
        policies = dict(self.rows("SELECT domain, policies FROM v_policy"))
        self.assertEqual(policies["a.test"], "no SPF; no DMARC that is settled; no DKIM key known")
        self.assertNotIn("settled", policies["b.test"])
        told = explained["b.test"]
        self.assertIn("1. preference 10, no usable MX host\n", told)
        self.assertIn("3. preference 30, tier 1\n", told)
        self.assertEqual([mx["provider"] for mx in self.records()["b.test"]["mx"]], [None, None, "org:host.example"])

    def test_an_outage_of_what_may_be_ahead_is_not_known(self):
        zone = ("a.test MX 5 open.host.example\na.test MX 10 mx0.host.example\na.test MX 10 mx.other.example\n"
                "mx0.host.example A 25.10.0.1\nmx.other.example A 25.20.0.1\n")
        self.scan(["a.test"], self.serve(zone, ["name=open.host.example -> servfail"]), *QUICK)
        for kind, name, unknown in (("provider", "org:host.example", 1), ("address", "25.10.0.1", 1), ("host", "mx0.host.example", 0),
                                    ("provider", "org:other.example", 0)):
            outage = harness.run("outage", self.db, kind, name, "--format", "json").json()
            self.assertEqual((outage["capacity"], outage["unknown"]), (None if unknown else 1, unknown), name)
            impact = self.rows(f"SELECT used, lost, fallback, capacity, unknown FROM v_impact WHERE kind = '{kind}' AND name = '{name}'")
            self.assertEqual(impact, [(1, 0, 0, 1 - unknown, unknown)], name)

    def test_of_addresses_that_filters_write_another_resolver_decides(self):
        wanted = self.folder / "wanted.db"
        names = "".join(f"n{i}.test MX 10 h{i}.far.example\n" for i in range(COUNT))
        good = names + "".join(f"h{i}.far.example A 25.10.{i}.1\n" for i in range(COUNT))
        self.assertEqual(self.scan(NAMES, self.serve(good), *QUICK, db=wanted).code, 0)
        for address in ("0.0.0.0", "127.0.0.1", "10.10.34.35"):
            with self.subTest(address=address):
                zone = names + "".join(f"h{i}.far.example A {address}\n" for i in range(COUNT))
                self.db = self.folder / f"one-{address}.db"
                servers = [self.serve(zone), self.serve(good)]
                self.scanned(NAMES, servers)
                self.assertEqual(self.content(), self.content(db=wanted))
                withheld = self.rows("SELECT resolver, filtered > 0 FROM v_resolver ORDER BY filtered DESC")
                self.assertEqual(withheld, [(servers[0].resolvers[0], 1), (servers[1].resolvers[0], 0)])
                for kind, servers in (("both", self.serve(zone, servers=2)), ("alone", self.serve(zone))):
                    self.db = self.folder / f"{kind}-{address}.db"
                    self.scanned(NAMES, servers)
                    self.assertEqual(self.rows("SELECT DISTINCT state FROM v_domain"), [("broken",)])
                    self.assertEqual(self.one("SELECT sum(filtered) FROM v_resolver"), 0)

    def test_unbound_with_a_policy_zone_withholds_and_another_resolver_decides(self):
        zone = "".join(f"d{i}.test MX 10 mx.host.example\n" for i in range(1, 6)) + "mx.host.example A 25.10.0.1\n"
        names = [f"d{i}.test" for i in range(1, 6)]
        authority = self.serve(zone)
        policy = self.write("policy.zone", "$TTL 300\n@ SOA ns.rpz. root.rpz. 1 3600 600 86400 60\n@ NS ns.rpz.\n"
                            "d1.test CNAME .\nd2.test CNAME *.\nd3.test MX 10 walled.garden.example.\n*.garden.example A 25.66.0.1\n")
        unbound = self.unbound(authority, 'module-config: "respip iterator"\nlocal-zone: "test." nodefault\n'
                               f'rpz:\n  name: rpz\n  zonefile: "{policy}"\nserver:')
        self.scanned(names, unbound, code=3)
        self.assertEqual(self.rows("SELECT domain, state FROM v_domain WHERE domain <> 'd3.test' ORDER BY 1"),
                         [("d1.test", "undetermined"), ("d2.test", "undetermined"), ("d4.test", "mx"), ("d5.test", "mx")])
        self.assertGreater(self.one("SELECT filtered FROM v_resolver"), 0)
        for night in range(3):
            self.db = self.folder / f"both-{night}.db"
            self.scanned(names, [unbound, authority])
            self.assertEqual(self.rows("SELECT DISTINCT state, mx_hosts FROM v_domain JOIN (SELECT domain AS d, group_concat(host) AS mx_hosts"
                                       " FROM v_mx GROUP BY 1) ON d = domain"), [("mx", "mx.host.example")])

    def test_who_says_no_data_of_what_cannot_exist_is_shut_out_and_doctor_says_the_same(self):
        server = self.serve(ZONE, ["server=2 -> empty", "server=2 -> bare"], servers=2)
        self.scanned(NAMES, server)
        reason = self.one("SELECT excluded FROM v_resolver WHERE excluded IS NOT NULL")
        self.assertIn("says `no data`, without proof, of names that cannot exist", reason)
        self.assertEqual(self.rows("SELECT DISTINCT state FROM v_domain"), [("mx",)])
        doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.folder / "none.db")
        self.assertIn(f"{server.resolvers[1]}: {reason}", doctor.out)
        self.db = self.folder / "alone.db"
        result = self.scan(NAMES, self.serve(ZONE, ["-> empty", "-> bare"]), *QUICK)
        self.assertEqual(result.code, 1, result)
        self.assertIn(reason, result.err)

    def test_no_takeover_is_told_by_who_filters_anything(self):
        zone = ZONE + "cust.test MX 10 mx.lapsed.example\nblocked.test MX 10 mx0.host.example\n"
        rules = ["name=blocked.test -> nxdomain", "name=blocked.test -> ede 15"]
        for kind, rules, servers, told in (("clean", [], 1, True), ("filters", rules, 1, False),
                                           ("one of two", [f"server=1 {rule}" for rule in rules], 2, True)):
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind.replace(' ', '-')}.db"
                self.scan([*NAMES, "cust.test", "blocked.test"], self.serve(zone, rules, servers=servers), *QUICK)
                findings = self.records()["cust.test"]["findings"]
                self.assertIn("dangling_mx_host", findings)
                self.assertEqual("takeover_candidate" in findings, told)

    def test_no_takeover_is_told_where_the_registry_serves_its_own_alone(self):
        closed = ("gov.uk ac.uk nhs.uk police.uk mod.uk gov.br mil.br edu.au gc.ca gouv.fr gv.at go.jp gob.mx k12.ca.us va kp aaa bmw google "
                  "gob.ar gub.uy govt.nz gouv.ci go.kr edu.cn lg.jp ed.jp bel.tr pol.tr muni.il apple xn--p1ai").split()
        sold = ["co.uk", "com.br", "com.au", "ca", "fr", "at", "co.jp", "com.mx", "us", "com", "net", "org", "de", "shop"]
        zone = ZONE + "".join(f"q{i}.test MX 10 mx.lapsed.{suffix}\nheld.{suffix} TXT x\n" for i, suffix in enumerate(closed + sold))
        self.scan([*NAMES, *(f"q{i}.test" for i in range(len(closed + sold)))], self.serve(zone), *QUICK)
        records = self.records()
        told = {suffix: records[f"q{i}.test"]["findings"] for i, suffix in enumerate(closed + sold)}
        self.assertEqual([suffix for suffix, findings in told.items() if "dangling_mx_host" not in findings], [])
        self.assertEqual([suffix for suffix, findings in told.items() if "takeover_candidate" in findings], sold)

    def test_no_takeover_is_told_of_a_name_that_the_list_takes_out_of_a_rule(self):
        zone = ZONE + "".join(f"{name} MX 10 mx.{host}\n" for name, host in (("city.test", "city.kawasaki.jp"), ("www.test", "www.ck"), ("free.test", "gone.co.jp")))
        zone += "held.kawasaki.jp TXT x\nheld.ck TXT x\nheld.co.jp TXT x\n"
        self.scan([*NAMES, "city.test", "www.test", "free.test"], self.serve(zone), *QUICK)
        records = self.records()
        self.assertEqual([name for name in ("city.test", "www.test", "free.test") if "takeover_candidate" in records[name]["findings"]], ["free.test"])
        self.assertTrue(all("dangling_mx_host" in records[name]["findings"] for name in ("city.test", "www.test", "free.test")))

    def test_no_takeover_is_told_of_a_domain_that_is_an_alias_of_nothing(self):
        zone = ZONE + "cust.test MX 10 mx.lapsed.example\nlapsed.example CNAME gone.elsewhere.example\nfree.test MX 10 mx.free.example\n"
        self.scan([*NAMES, "cust.test", "free.test"], self.serve(zone), *QUICK)
        findings = {name: set(self.records()[name]["findings"]) & {"dangling_mx_host", "takeover_candidate"} for name in ("cust.test", "free.test")}
        self.assertEqual(findings, {"cust.test": {"dangling_mx_host"}, "free.test": {"dangling_mx_host", "takeover_candidate"}})

    def test_no_takeover_is_told_by_who_denies_the_public_suffix(self):
        suffixes = ("com", "co.uk", "xyz")
        zone = ZONE + "".join(f"q{i}.test MX 10 mx.lapsed{i}.{suffix}\nheld.{suffix} A 25.10.9.1\n"
                              for i, suffix in enumerate(suffixes)) + "r0.test MX 10 mx.gone0.com\nr1.test MX 10 mx.gone1.com\n"
        names = [*NAMES, "q0.test", "q1.test", "q2.test", "r0.test", "r1.test"]
        denied = [f"suffix={suffix} -> nxdomain" for suffix in suffixes]
        two = [f"server=2 {rule}" for rule in denied]
        for kind, rules, servers, told, noted in (
                ("known", [], 1, 5, {0}), ("denied", denied, 1, 0, {1}), ("one TLD", denied[:1], 1, 2, {1}),
                ("its own names are there", ["name=com -> nxdomain"], 1, 2, {1}), ("unsettled", ["name=com -> refused"], 1, 2, {0}),
                ("an authority", [*denied, "-> flags aa"], 1, 5, {0}), ("one of two", two, 2, 5, {0, 1}), ("both", denied, 2, 0, {1, 2})):
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind.replace(' ', '-')}.db"
                server = self.serve(zone, rules, servers=servers)
                self.scan(names, server, *QUICK)
                found = [name for name, record in self.records().items() if "dangling_mx_host" in record["findings"]]
                self.assertEqual(found, names[COUNT:])
                takeovers = [name for name in found if "takeover_candidate" in self.records()[name]["findings"]]
                self.assertEqual(len(takeovers), told, takeovers)
                self.assertIn(self.one("SELECT count(*) FROM v_note WHERE kind = 'suffix' AND text LIKE '% denies public suffixes (%'"), noted)
                self.assertEqual(harness.run("classify", self.db).code, 0)
                self.assertEqual([name for name in found if "takeover_candidate" in self.records()[name]["findings"]], takeovers)

    def test_who_denies_public_suffixes_is_told_once_wherever_the_run_is_interrupted(self):
        zone = ZONE + "".join(f"q{i}.test MX 10 mx.lapsed{i}.{suffix}\n" for i, suffix in enumerate(("com", "co.uk", "xyz")))
        server = self.serve(zone, [f"suffix={suffix} -> nxdomain" for suffix in ("com", "co.uk", "xyz")])
        self.scanned(NAMES, server)
        for kind, stop in (("before", "BEFORE INSERT ON run_note WHEN new.kind = 'suffix'"),
                           ("behind", "BEFORE INSERT ON journal WHEN EXISTS (SELECT 1 FROM run_note WHERE run_id = new.run_id AND kind = 'suffix')")):
            with self.subTest(kind=kind):
                with sqlite3.connect(self.db) as db:
                    db.execute(f"CREATE TRIGGER no {stop} BEGIN SELECT raise(ABORT, 'not tonight'); END")
                self.scanned([*NAMES, "q0.test", "q1.test", "q2.test"], server, code=1)
                self.assertEqual(self.one("SELECT count(*) FROM v_note WHERE kind = 'suffix'"), kind == "behind")
                with sqlite3.connect(self.db) as db:
                    db.execute("DROP TRIGGER no")
                self.scanned([*NAMES, "q0.test", "q1.test", "q2.test"], server)
                self.assertEqual(self.one("SELECT count(*) FROM v_note WHERE kind = 'suffix' AND run_id = (SELECT max(run_id) FROM v_run)"), 1)
                self.assertEqual(self.content().count("dangling_mx_host"), 3)
                self.assertEqual(self.content().count("takeover_candidate"), 0)
                with sqlite3.connect(self.db) as db:
                    db.execute("DELETE FROM run_note WHERE kind = 'suffix'")

    def test_a_public_suffix_is_asked_once_and_again_by_who_goes_on_with_a_killed_scan(self):
        suffixes = ("com", "co.uk", "xyz")
        names = [f"d{i}.test" for i in range(60)]
        zone = "".join(f"{name} MX 10 mx.gone{i}.{suffixes[i % 3]}\n" for i, name in enumerate(names)) + "held.com TXT x\nheld.co.uk TXT x\n"

        whole = self.folder / "whole.db"
        server = self.serve(zone, log=True)
        self.assertEqual(self.scan(names, server, db=whole).code, 0)
        server.stop()
        self.assertEqual(sorted(row[4].rstrip(".") for row in server.log() if row[4].rstrip(".") in suffixes), sorted(suffixes))
        server = self.serve(zone)
        self.hold(server, "co.uk")
        scan = self.scan_begin(names, server, *self.UNENDING)
        harness.wait_until(lambda: server.counters()["faults"].get("drop"), 60 * harness.SLOW, "the question that is held")
        scan.signal(signal.SIGKILL)
        scan.wait(30 * harness.SLOW)
        self.let_go(server)
        self.assertEqual(self.scan(names, server, *self.UNENDING).code, 0)
        self.assertEqual(self.content(), self.content(db=whole))
        self.assertEqual(self.content().count("takeover_candidate"), 40)

    def test_who_refers_a_control_name_is_shut_out_and_doctor_says_the_same(self):
        for kind, rules in {"referral": ["-> referral ."], "lack": ["-> nxdomain", "-> flags"]}.items():
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind}.db"
                server = self.serve(ZONE, [f"server=2 {rule}" for rule in rules], servers=2)
                self.scanned(NAMES, server)
                reason = self.one("SELECT excluded FROM v_resolver WHERE excluded IS NOT NULL")
                self.assertIn("it is no recursive resolver", reason)
                doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.db)
                self.assertIn(f"{server.resolvers[1]}: {reason}", doctor.out)
                self.db = self.folder / f"{kind}-alone.db"
                result = self.scan(NAMES, self.serve(ZONE, rules), *QUICK)
                self.assertEqual(result.code, 1, result)
                self.assertIn(reason, result.err)

    def test_who_refers_what_is_surveyed_and_answers_control_names_is_shut_out(self):
        names = [*NAMES, *(f"m{i}.test" for i in range(60))]
        zone = ZONE + "".join(f"m{i}.test MX 10 mx0.host.example\n" for i in range(60))
        for kind, rules in {"referral": ["suffix=test -> referral test", "suffix=example -> referral example"],
                            "lack": ["suffix=test -> empty", "suffix=test -> flags"]}.items():
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind}.db"
                server = self.serve(zone, [f"server=2 {rule}" for rule in rules], servers=2)
                result = self.scanned(names, server)
                reason = self.one("SELECT excluded FROM v_resolver WHERE excluded IS NOT NULL")
                self.assertIn("refers nearly all names of the list", reason)
                self.assertIn(f"resolver {server.resolvers[1]} is excluded: {reason}", result.err)
                self.assertEqual(self.rows("SELECT DISTINCT state FROM v_domain"), [("mx",)])
                self.assertIn(server.resolvers[1], self.one("SELECT text FROM v_note WHERE kind = 'shut_out'"))
                self.assertEqual(self.one("SELECT count(*) FROM v_note WHERE kind = 'unfit'"), 0)  # nothing false was said
                doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.db)
                self.assertIn(f"{server.resolvers[1]} was shut out of run 1: {reason}", doctor.out)
                self.db = self.folder / f"{kind}-alone.db"  # nobody else to ask: it stays, and the run says so
                self.scanned(names, self.serve(zone, rules), code=3)
                self.assertRegex(self.one("SELECT text FROM v_note WHERE kind = 'referral'"),
                                 r"referred to other servers.* \d+ times in")
                self.assertEqual(self.rows("SELECT DISTINCT state FROM v_domain"), [("undetermined",)])

    def test_two_authorities_with_half_of_the_list_each_stay(self):
        rules = [f"server={1 + i % 2} name=n{i}.test -> referral test" for i in range(COUNT)]
        self.scanned(NAMES, self.serve(ZONE, [*rules, "-> flags aa"], servers=2))
        self.assertEqual(self.rows("SELECT DISTINCT excluded FROM v_resolver"), [(None,)])
        self.assertEqual(self.rows("SELECT DISTINCT state FROM v_domain"), [("mx",)])
        self.assertEqual(self.one("SELECT count(*) FROM v_note WHERE kind = 'referral'"), 2)

    def test_an_authority_that_answers_is_a_good_resolver(self):
        self.scanned([*NAMES, "empty.test", "gone.test"], self.serve(ZONE, ["-> flags aa"]))
        self.assertEqual(self.rows("SELECT excluded, recursion FROM v_resolver"), [(None, 0)])
        self.assertEqual(self.rows("SELECT state, count(*) FROM v_domain GROUP BY 1 ORDER BY 1"),
                         [("mx", COUNT), ("no_mail", 1), ("nxdomain", 1)])

    def test_dns64_is_said_and_never_counted(self):
        plain = self.folder / "plain.db"
        self.assertEqual(self.scan(NAMES, self.serve(ZONE), *QUICK, db=plain).code, 0)
        for prefix, text in (("64:ff9b::", "64:ff9b::/96"), ("2001:db8:64::", "2001:db8:64::/96")):
            with self.subTest(prefix=prefix):
                self.db = self.folder / f"{prefix.strip(':').replace(':', '-')}.db"
                server = self.serve(ZONE, [f"-> dns64 {prefix}"])
                result = self.scan(NAMES, server, *QUICK)
                self.assertEqual(result.code, 0, result)
                self.assertIn(f"(DNS64, {text})", result.err)
                self.assertEqual(self.content(), self.content(db=plain))
                self.assertEqual(self.one("SELECT dns64 FROM v_resolver"), text)
                self.assertIn(text, self.one("SELECT text FROM v_note WHERE kind = 'dns64'"))
                doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.folder / "none.db")
                self.assertIn(f"(DNS64, {text})", doctor.out)
                self.db = self.folder / f"beside-{self.db.name}"
                self.scanned(NAMES, [server, self.serve(ZONE)])
                self.assertEqual(self.content(), self.content(db=plain))
                self.assertEqual(self.one("SELECT sum(filtered) FROM v_resolver"), 0)

    def test_dns64_whose_question_fails_is_asked_for_again(self):
        plain = self.folder / "plain.db"
        self.assertEqual(self.scan(NAMES, self.serve(ZONE), *QUICK, db=plain).code, 0)
        for what in ("servfail", "notimp", "drop"):
            with self.subTest(what=what):
                self.db = self.folder / f"{what}.db"
                server = self.serve(ZONE, [f"name=ipv4only.arpa first=2 -> {what}", "-> dns64 2001:db8:64::"])
                self.scanned(NAMES, server)
                self.assertEqual(self.one("SELECT dns64 FROM v_resolver"), "2001:db8:64::/96")
                self.assertEqual(self.content(), self.content(db=plain))

    def test_dns64_that_cannot_be_known_is_said_and_the_well_known_prefix_counts_in_no_case(self):
        plain = self.folder / "plain.db"
        self.assertEqual(self.scan(NAMES, self.serve(ZONE), *QUICK, db=plain).code, 0)
        for what in ("servfail", "notimp", "drop"):
            for prefix in ("64:ff9b::", "2001:db8:64::"):
                with self.subTest(what=what, prefix=prefix):
                    self.db = self.folder / f"{what}-{prefix.strip(':').replace(':', '-')}.db"
                    server = self.serve(ZONE, [f"name=ipv4only.arpa -> {what}", f"-> dns64 {prefix}"])
                    result = self.scanned(NAMES, server)
                    notes = str(self.rows("SELECT text FROM v_note WHERE kind = 'dns64'"))
                    doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.folder / "none.db").out
                    said = f"resolver {server.resolvers[0]} does not say whether it makes IPv6 addresses"
                    self.assertIn(said, doctor)
                    self.assertIn(said, notes)
                    self.assertIn(said, result.err)
                    self.assertNotIn("(DNS64, 64:ff9b::/96)", notes, "only its word of ipv4only.arpa convicts it")
                    if prefix.startswith("64:"):
                        self.assertEqual(self.content(), self.content(db=plain))

    def test_an_address_under_the_well_known_prefix_in_a_zone_does_not_count_and_convicts_no_resolver(self):
        zone = "own.test MX 10 mx.own.test\nmx.own.test A 25.10.9.1\nmx.own.test AAAA 64:ff9b::1909:101\n"
        server = self.serve(ZONE + zone)
        result = self.scanned([*NAMES, "own.test"], server)
        self.assertNotIn("DNS64", result.err)
        self.assertEqual(self.rows("SELECT dns64 FROM v_resolver"), [(None,)])
        self.assertEqual(self.one("SELECT count(*) FROM v_note WHERE kind = 'dns64'"), 0)
        self.assertEqual(self.one("SELECT count(*) FROM address WHERE address LIKE '64:ff9b:%'"), 0)

    def test_dns64_that_is_not_known_when_a_scan_ends_is_said(self):
        server = self.serve(ZONE, ["name=ipv4only.arpa -> drop"])
        result = self.scan(NAMES, server, *QUICK[:2], "--timeout", 20000)
        self.assertEqual(result.code, 0, result)
        said = f"resolver {server.resolvers[0]} does not say whether it makes IPv6 addresses"
        self.assertIn(said, self.one("SELECT text FROM v_note WHERE kind = 'dns64'"))
        self.assertIn(said, result.err)
        self.assertNotIn("no resolver answers", result.err)

    def test_dns64_that_begins_in_mid_run_is_noticed_and_what_it_made_is_asked_again(self):
        zone = ZONE + "".join(f"late{i}.test MX 10 late{i}.far.example\nlate{i}.far.example A 25.11.{i}.1\n"
                              for i in range(40))
        names = [*NAMES, *(f"late{i}.test" for i in range(40))]
        plain = self.folder / "plain.db"
        self.assertEqual(self.scan(names, self.serve(zone), *QUICK, db=plain).code, 0)
        for prefix, text in (("2001:db8:64::", "2001:db8:64::/96"), ("64:ff9b::", "64:ff9b::/96")):
            with self.subTest(prefix=prefix):
                self.db = self.folder / f"late-{prefix.strip(':').replace(':', '-')}.db"
                server = self.serve(zone, ["name=slow.test -> delay 1500", f"after=0.7 -> dns64 {prefix}"])
                result = self.scan([*names, "slow.test"], server, *QUICK[:2], "--timeout", 3000, "--rate", 80)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.one("SELECT dns64 FROM v_resolver"), text)
                self.assertEqual(self.one("SELECT excluded FROM v_resolver"), None)
                self.assertIn("it began while it was asked", result.err)
                content = [line for line in self.content().splitlines() if '"slow.test"' not in line]
                self.assertEqual(content, self.content(db=plain).splitlines())

    def test_edns_refused_by_notimp_and_trailing_bytes(self):
        for kind, rules in {"notimp": ["edns -> edns-notimp"], "trailing": ["-> trailing 11"]}.items():
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind}.db"
                self.scanned([*NAMES, "empty.test", "gone.test"], self.serve(ZONE, rules))
                self.assertEqual(self.rows("SELECT state, count(*) FROM v_domain GROUP BY 1 ORDER BY 1"),
                                 [("mx", COUNT), ("no_mail", 1), ("nxdomain", 1)])
                self.assertEqual(self.one("SELECT odd > 0 FROM v_resolver"), int(kind == "trailing"))

    def test_edns_refused_for_some_names_hides_no_filter_from_the_others(self):
        """A recursor passes on what the server of a name says; the word that a name is filtered stands in its own OPT."""
        blocked = [f"b{i}.blocked.test" for i in range(60)]
        odd = [f"odd{i}.test" for i in range(6)]
        zone = ZONE + "".join(f"{name} MX 10 mail.{name}\nmail.{name} A 20.7.1.1\n" for name in odd)
        rules = ["suffix=blocked.test -> nxdomain", "suffix=blocked.test -> ede 15", *(f"name={name} edns -> edns-formerr" for name in odd)]
        result = self.scan([*NAMES, *blocked, *odd], self.serve(zone, rules), "--rate", 100)
        self.assertEqual(result.code, 3, result)
        self.assertEqual(self.rows("SELECT state, count(*) FROM v_domain GROUP BY 1 ORDER BY 1"),
                         [("mx", COUNT + len(odd)), ("undetermined", len(blocked))])
        self.assertEqual(self.rows("SELECT edns FROM v_resolver"), [(1,)])

    def test_who_leaves_edns_unanswered_is_asked_without_it_and_doctor_says_the_same(self):
        told = "leaves questions with EDNS unanswered"
        large = "".join(f"large.test MX {i} a-long-label-for-a-large-answer-{i}.host.example\n" for i in range(1, 30))
        for kind, rules, servers in (("alone", ["edns -> drop"], 1), ("one of two", ["server=2 edns -> drop"], 2)):
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind.replace(' ', '-')}.db"
                server = self.serve(ZONE + large, rules, servers=servers)
                result = self.scanned([*NAMES, "large.test", "empty.test", "gone.test"], server)
                address = server.resolvers[-1]
                self.assertIn(f"resolver {address} {told}", result.err)
                self.assertEqual(self.rows("SELECT edns FROM v_resolver WHERE resolver = ?1", address), [(0,)])
                self.assertIn(f"resolver {address} {told}", self.one("SELECT text FROM v_note WHERE kind = 'edns'"))
                self.assertEqual(len(self.records()["large.test"]["mx"]), 29)
                self.assertEqual(self.rows("SELECT state, count(*) FROM v_domain WHERE domain <> 'large.test' GROUP BY 1 ORDER BY 1"),
                                 [("mx", COUNT), ("no_mail", 1), ("nxdomain", 1)])
                doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.folder / "none.db")
                self.assertIn(f"PROBLEM  resolver {address} {told}", doctor.out)
        self.db = self.folder / "later.db"
        server = self.serve(ZONE, ["-> delay 5", "edns after=0.8 -> drop"])
        self.scanned(NAMES, server, "--rate", 40)
        self.assertEqual(self.rows("SELECT state, count(*) FROM v_domain GROUP BY 1"), [("mx", COUNT)])
        self.assertIn(told, self.one("SELECT text FROM v_note WHERE kind = 'edns'"))

    def test_resolvers_as_forwarders_write_them(self):
        server = self.serve(ZONE)
        address = server.resolvers[0].replace(":", "#")
        path = self.folder / "resolvers.txt"
        path.write_bytes(b"\xef\xbb\xbf# ours\n" + f"{address} # a comment\n; another\n{server.resolvers[0]}\n".encode())
        for options in (("--resolvers", path), ("-r", address), ("-r", "\ufeff" + address)):
            with self.subTest(options=options):
                self.db = self.folder / f"{len(str(options))}.db"
                result = harness.run("scan", "-o", self.db, *QUICK, *options, self.list_file(["n0.test"]))
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.rows("SELECT resolver FROM v_resolver"), [(server.resolvers[0],)])

    def test_a_resolver_with_a_scope_is_asked_behind_the_sandbox(self):
        """Which interface a scope names is asked of the kernel before the sandbox stands."""
        try:
            server = self.serve(ZONE, addresses=("::1",))
        except AssertionError:
            self.skipTest("skipped: this machine has no ::1")
        address = server.resolvers[0].replace("]", "%lo]")
        for path in (None, self.write("resolvers.txt", address.replace("]:", "#").strip("[") + "\n")):
            self.db = self.folder / f"{path is None}.db"
            options = ("-r", address) if path is None else ("--resolvers", path)
            result = harness.run("scan", "-o", self.db, *QUICK, *options, self.list_file(["n0.test"]))
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.rows("SELECT resolver FROM v_resolver"), [(address,)])

    def test_what_is_no_address_of_a_resolver_is_refused_with_a_line_that_would_be_one(self):
        path = self.folder / "resolvers.txt"
        for line, hint in (("192.0.2.1 5353", "write 192.0.2.1:5353"), ("nameserver 192.0.2.1", "write one address a line"),
                           ("forward-addr: 192.0.2.1@53", "write one address a line"), ("192.0.2.1 192.0.2.2", "write one address a line")):
            path.write_text(line + "\n")
            result = harness.run("plan", "--resolvers", path, self.list_file(["n0.test"]))
            self.assertEqual(result.code, 2, result)
            self.assertIn(f"{path}:1: ", result.err)
            self.assertIn(hint, result.err)


if __name__ == "__main__":
    harness.main()
