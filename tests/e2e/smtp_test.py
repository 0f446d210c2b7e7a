"""The check smtp from the list to the report: what is asked, what is kept, what is found, and what is never said."""
import contextlib
import json
import re
import sqlite3
import subprocess

import harness
import mailworld

ZONE = """probe.example.org A 20.9.9.9
one.example MX 10 mx.example.net
one.example MX 20 c.example.net
two.example MX 10 b.example.net
three.example MX 10 r.example.net
three.example MX 20 c.example.net
four.example MX 10 c.example.net
four.example MX 20 r.example.net
five.example MX 10 r.example.net
six.example MX 10 late.example.net
own.example A 20.1.6.1
private.example MX 10 p.example.net
p.example.net A 10.0.0.1
mx.example.net A 20.1.1.1
b.example.net A 20.1.1.1
r.example.net A 20.1.2.1
c.example.net A 20.1.3.1
late.example.net A 20.1.4.1
"""
DOMAINS = re.findall(r"^(\w+\.example) (?:MX 10|A)", ZONE, re.M)
ASK = ("--checks", "mx,host,smtp", "--smtp-helo", "probe.example.org", "--smtp-rate", 0)


class Smtp(harness.TestCase):
    def setUp(self):
        super().setUp()
        mailworld.enter()
        self.authority = mailworld.Authority(self.folder)
        self.right = str(self.authority.certificate("right", ["mx.example.net", "b.example.net"]))
        self.dns = self.serve(ZONE)

    def begin(self, **changed):
        script = {"20.1.1.1": {"play": "tls", "cert": self.right}, "20.1.2.1": {"play": "say_at_once", "say": "554 no mail here"},
                  "20.1.3.1": {"play": "plain"}, "20.1.4.1": {"play": "say_at_once", "say": "421 later"}, "20.1.6.1": {"play": "plain"}, **changed}
        server = mailworld.MailServer(self.folder, script)
        self.addCleanup(server.stop)
        return server

    def survey(self, *options, names=tuple(DOMAINS), code=0):
        result = self.scan(list(names), self.dns, *ASK, "--smtp-retry", 0, "--ca-file", self.authority.file, *options)
        self.assertEqual(result.code, code, result)
        return result

    def met(self):
        try:
            return self.one("SELECT count(*) FROM smtp_answer")
        except sqlite3.OperationalError:
            return 0

    def servers(self, record):
        return {entry["host"]: entry["smtp"]["addresses"] for entry in record["mx"] if entry["smtp"]}

    def test_what_servers_say_is_kept_under_every_host_and_judged(self):
        server = self.begin()
        self.survey("--sandbox", "require")
        records = self.export()
        first = self.servers(records["one.example"])["mx.example.net"][0]
        self.assertEqual((first["address"], first["outcome"], first["starttls"], first["tls"]), ("20.1.1.1", "ready", "offered", "TLSv1.3"))
        self.assertEqual((first["certificate"]["pkix"], first["certificate"]["dane"]), ("ok", None))
        other = self.servers(records["two.example"])["b.example.net"][0]
        self.assertEqual(other["certificate"]["fingerprint"], first["certificate"]["fingerprint"], "one connection for both")
        found = {domain: set(record["findings"]) for domain, record in records.items()}
        self.assertLessEqual({"no_starttls"}, found["one.example"])
        self.assertNotIn("only_backup_answers", found["one.example"])
        self.assertIn("only_backup_answers", found["three.example"])
        self.assertIn("backup_rejects", found["four.example"])
        self.assertIn("no_server_answers", found["five.example"])
        self.assertFalse(found["six.example"] & {"no_server_answers", "no_starttls"}, "a 421 finds nothing")
        self.assertEqual(self.servers(records["six.example"])["late.example.net"][0]["outcome"], "busy")
        self.assertEqual(self.one("SELECT outcome FROM v_server WHERE host = 'own.example'"), "ready", "its own MX host")
        self.assertEqual(self.servers(records["private.example"]), {}, "no connection to what is not public")
        log = server.log()
        self.assertEqual(sorted(row["address"] for row in log), ["20.1.1.1", "20.1.2.1", "20.1.3.1", "20.1.4.1", "20.1.6.1"], "each address once")
        for row in log:
            self.assertLessEqual({line.split(" ")[0] for line in row["lines"]}, {"EHLO", "STARTTLS", "QUIT"})
        self.assertEqual(self.rows("SELECT role, addresses, answering, rejecting, unsettled FROM v_server_role ORDER BY role"),
                         [("primary", 5, 3, 1, 1), ("secondary", 2, 1, 1, 0)], "an address may have both roles")
        self.assertEqual(self.rows("SELECT sum(certificates), sum(share) FROM v_certificate_validity"), [(1, 1.0)], "one certificate, under two names")
        page = self.folder / "page.html"
        self.assertEqual(harness.run("report", self.db, "--format", "html", "-o", page).code, 0)
        for title in ("Mail servers by role", "Validity of certificates"):
            self.assertIn(title, page.read_text(encoding="utf-8"))
        told = harness.run("explain", self.db, "one.example").out
        self.assertRegex(told, r"20\.1\.1\.1: ready 250.*TLSv1\.3; certificate CN=mx\.example\.net.*authorities: ok")

    def test_what_a_fetched_policy_makes_of_a_server(self):
        self.begin(**{"20.1.3.1": {"play": "tls", "cert": str(self.authority.certificate("wrong", ["elsewhere.example.org"]))}})
        self.survey()
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            for domain, mode, patterns in (("one.example", 2, "*.example.net"), ("two.example", 1, "other.example.net"), ("four.example", 0, "c.example.net")):
                store.execute("INSERT INTO sts_history SELECT id, 1, 1, NULL, 'a', 0, 0, ?, 86400, ? FROM domain WHERE name = ?", (mode, patterns, domain))
            store.commit()
        records = self.export()

        def verdicts(domain):
            return [server["certificate"]["mta_sts"] for servers in self.servers(records[domain]).values() for server in servers if server["certificate"]]

        self.assertEqual(verdicts("one.example"), ["ok", "refused"], "the second certificate is for another name")
        self.assertEqual(verdicts("two.example"), ["refused"], "the policy does not name the MX host")
        self.assertEqual(verdicts("four.example"), [None], "mode none asks for nothing")
        self.assertEqual(verdicts("three.example"), [None], "no policy")
        cells = harness.run("export", self.db, "--format", "csv").out
        self.assertIn('""mta_sts"":""refused""', cells)
        self.assertNotIn("?o", cells)

    def test_two_scans_of_one_world_are_equal(self):
        self.begin()
        self.survey()
        again = self.folder / "again.db"
        result = self.scan(DOMAINS, self.dns, *ASK, "--smtp-retry", 0, "--ca-file", self.authority.file, db=again)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(), self.content(db=again))

    def test_a_second_night_keeps_spans_and_tells_what_changed(self):
        server = self.begin()
        self.survey()
        self.survey()
        self.assertEqual(self.rows("SELECT DISTINCT first_run, last_run FROM smtp_history"), [(1, None)], "an unchanged night writes nothing")
        server.stop()
        self.begin(**{"20.1.3.1": {"play": "tls", "cert": self.right}})
        self.survey()
        self.assertEqual(self.one("SELECT count(*) FROM smtp_history WHERE first_run = 3"), 1)
        self.assertEqual(self.one("SELECT starttls FROM v_server WHERE run_id = 2 AND host = 'c.example.net'"), "absent")
        self.assertEqual(self.one("SELECT starttls FROM v_server WHERE run_id = 3 AND host = 'c.example.net'"), "offered")

    def changes(self, first, second):
        result = harness.run("diff", self.db, first, second, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return {(change["domain"], change["kind"]): (change["old"], change["new"]) for change in result.json()["changes"]}

    def test_tls_that_went_and_certificates_that_end_are_changes(self):
        server = self.begin(**{"20.1.3.1": {"play": "tls", "cert": str(self.authority.certificate("long", ["c.example.net"]))}})
        self.survey()
        server.stop()
        short = self.authority.certificate("short", ["c.example.net"], days=5)
        server = self.begin(**{"20.1.1.1": {"play": "plain"}, "20.1.3.1": {"play": "tls", "cert": str(short)}})
        self.survey()
        found = self.changes(1, 2)
        self.assertEqual(found[("two.example", "tls_lost")], ("b.example.net TLS", "b.example.net no TLS"))
        self.assertRegex(found[("four.example", "certificate_ends")][1], r"c\.example\.net certificate until \d{4}-\d\d-\d\d")
        self.assertIn("certificate_ends", self.export()["four.example"]["findings"])
        server.stop()
        self.begin(**{"20.1.1.1": {"play": "say_at_once", "say": "421 later"}, "20.1.3.1": {"play": "say_after_ehlo", "say": "450 later"}})
        self.survey()
        self.assertEqual({kind for _, kind in self.changes(2, 3)}, set(), "what is busy tonight is no change")

    def test_a_server_is_silent_when_two_runs_say_so(self):
        self.begin()
        for _ in range(4):
            self.survey()
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            host = store.execute("SELECT id FROM host WHERE name = 'c.example.net'").fetchone()[0]
            silent = store.execute("SELECT id FROM smtp_outcome WHERE name = 'silent'").fetchone()[0]
            store.execute("UPDATE smtp_history SET last_run = 1 WHERE host_id = ?", (host,))
            store.execute("INSERT INTO smtp_history SELECT host_id, address_id, list_id, 2, NULL, ?, 0, NULL, NULL, NULL, NULL, 0, 1, NULL, NULL, NULL, NULL"
                          " FROM smtp_history WHERE host_id = ?", (silent, host))
            store.commit()
        told = [self.changes(run, run + 1) for run in (1, 2, 3)]
        self.assertEqual([("four.example", "server_silent") in changes for changes in told], [False, True, False])
        view = self.rows("SELECT run_id, domain, kind FROM v_change WHERE kind IN ('server_silent', 'tls_lost', 'certificate_ends') ORDER BY 2")
        self.assertEqual(view, [(3, domain, "server_silent") for domain in ("four.example", "one.example", "three.example")], "the view says the same")
        self.assertEqual(told[1][("four.example", "server_silent")], ("c.example.net answers", "c.example.net silent"))

    def test_the_name_to_greet_with_is_needed_and_must_resolve(self):
        for options, words in ((("--checks", "mx,host,smtp"), "--smtp-helo"),
                               (("--checks", "mx,host,smtp", "--smtp-helo", "nobody.example.org"), "has no address"),
                               (("--checks", "mx,host,smtp", "--smtp-helo", "localhost"), "no host name"),
                               (("--checks", "mx,smtp", "--smtp-helo", "probe.example.org"), "check host")):
            result = self.scan(["one.example"], self.dns, *options)
            self.assertEqual(result.code, 2, result)
            self.assertIn(words, result.err)
        self.assertEqual(self.scan(["one.example"], self.dns, "--checks", "all").code, 0)
        self.assertIsNone(self.one("SELECT max(host_id) FROM smtp_history"), "never part of all")

    def test_the_address_we_ask_from_should_point_back(self):
        mailworld.command("ip", "address", "add", "20.9.9.9/32", "dev", "lo")
        self.addCleanup(mailworld.command, "ip", "address", "del", "20.9.9.9/32", "dev", "lo")
        mailworld.command("ip", "route", "add", "8.8.8.8/32", "dev", "lo", "src", "20.9.9.9")
        self.addCleanup(mailworld.command, "ip", "route", "del", "8.8.8.8/32")
        self.begin()
        remedy = "publish 9.9.9.20.in-addr.arpa PTR probe.example.org"
        self.assertIn(remedy, self.survey().err, "none")
        for pointed, warned in (("other.example.org", True), ("Probe.Example.ORG", False)):
            self.dns = self.serve(ZONE + f"9.9.9.20.in-addr.arpa PTR {pointed}\n")
            self.assertEqual(remedy in self.survey().err, warned, pointed)
        self.dns = self.serve(ZONE.replace("probe.example.org A 20.9.9.9", "probe.example.org A 20.9.9.8"))
        self.assertIn("does not lead to 20.9.9.9", self.survey().err)

    def test_hosts_addresses_and_prefixes_are_excluded(self):
        server = self.begin()
        self.survey("--exclude", self.write("exclude", "20.1.1.0/24\n20.1.2.1\nc.example.net\n"))
        self.assertEqual(sorted(row["address"] for row in server.log()), ["20.1.4.1", "20.1.6.1"])

    def test_a_network_that_blocks_port_25_stores_no_verdict(self):
        mailworld.command("ip", "route", "add", "unreachable", "40.0.0.0/8")
        self.addCleanup(mailworld.command, "ip", "route", "del", "unreachable", "40.0.0.0/8")
        self.dns = self.serve("probe.example.org A 20.9.9.9\n" + "".join(f"d{i}.example MX 10 m{i}.example\nm{i}.example A 40.{i}.0.1\n" for i in range(60)))
        result = self.survey(names=[f"d{i}.example" for i in range(60)])
        self.assertIn("lets nobody meet mail servers", result.err)
        self.assertEqual(self.one("SELECT count(*) FROM v_server"), 0)
        self.assertEqual(self.one("SELECT count(*) FROM run_note WHERE kind = 'smtp_network'"), 1)
        self.assertTrue(all(record["mx"][0]["smtp"] is None for record in self.export().values()))

    def test_killed_in_the_middle_it_goes_on_with_the_rest(self):
        zone = "probe.example.org A 20.9.9.9\n" + "".join(f"d{i}.example MX 10 m{i}.example\nm{i}.example A 30.{i}.0.1\n" for i in range(200))
        self.dns = self.serve(zone)
        server = self.begin()
        names = [f"d{i}.example" for i in range(200)]
        process = self.scan_begin(names, self.dns, *ASK[:-2], "--smtp-rate", 100)
        harness.wait_until(lambda: self.met() >= 64, 30 * harness.SLOW, "some are met")
        process.signal(9)
        process.wait(10)
        known = {row[0] for row in self.rows("SELECT a.address FROM smtp_answer s JOIN address a ON a.id = s.address_id")}
        before = len(server.log())
        result = self.scan(names, self.dns, *ASK)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.one("SELECT count(*) FROM v_server WHERE outcome = 'ready'"), 200)
        self.assertFalse({row["address"] for row in server.log()[before:]} & known, "nobody who had answered is met again")

    def test_the_drill_counts_what_a_sender_would_wait(self):
        self.begin()
        self.survey()
        drill = json.loads(harness.run("drill", self.db, "--format", "json").out)
        total = drill["drill"][0]
        self.assertEqual({key: total[key] for key in ("domains", "at_once", "later", "queued", "returned", "unknown")},
                         {"domains": 7, "at_once": 4, "later": 1, "queued": 1, "returned": 1, "unknown": 0})
        hops = json.loads(harness.run("drill", self.db, "three.example", "--format", "json").out)["hops"]
        self.assertEqual([(hop["host"], hop["then"]) for hop in hops[:2]],
                         [("r.example.net", "the next is tried"), ("c.example.net", "takes the mail")])
        self.assertEqual(harness.run("drill", self.db, "nobody.example").code, 1)
        self.assertEqual(harness.run("drill", self.db, "one.example", "--by", "Region").code, 2)
        self.assertEqual(harness.run("drill", self.db, "--by", "Region").code, 1, "no column was kept")
        plain = self.folder / "plain.db"
        self.assertEqual(self.scan(["one.example"], self.dns, db=plain).code, 0)
        result = harness.run("drill", plain)
        self.assertEqual(result.code, 1)
        self.assertIn("met no mail servers", result.err)

    def test_the_drill_by_a_column_of_the_list(self):
        self.begin()
        regions = {"one.example": "North", "three.example": "North, <b>", "five.example": "North, <b>"}
        rows = "domain,Region\n" + "".join(f'{domain},"{regions.get(domain, "")}"\n' for domain in DOMAINS)
        listed = self.folder / "regions.csv"
        listed.write_text(rows, encoding="utf-8")
        result = harness.run("scan", *self.resolver_options(self.dns), "-q", "-o", self.db, listed, "--keep", "Region", *ASK, "--smtp-retry", 0,
                             "--ca-file", self.authority.file)
        self.assertEqual(result.code, 0, result)
        drill = json.loads(harness.run("drill", self.db, "--by", "Region", "--format", "json").out)["drill"]
        ends = ("domains", "at_once", "later", "queued", "returned", "unknown")
        by = {row["by"]: tuple(row[end] for end in ends) for row in drill}
        self.assertEqual(by["North"], (1, 1, 0, 0, 0, 0))
        self.assertEqual(by["North, <b>"], (2, 0, 1, 0, 1, 0))
        self.assertEqual(sum(row["domains"] for row in drill), 7, "those without a value are told, too")
        self.assertEqual(len(drill), 3)
        some = json.loads(harness.run("drill", self.db, "--by", "Region", "--where", "Region=North", "--format", "json").out)["drill"]
        self.assertEqual([row["by"] for row in some], ["North"])

    def signed_root(self, zone):
        """The zone as a signed root of NSD, and an Unbound that validates it."""
        mailworld.need("ldns-keygen", "ldns-signzone")
        work = self.folder / "signed"
        work.mkdir()
        (work / "root").write_text(harness.master_file(zone), encoding="ascii")
        key = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "."], cwd=work, check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(["ldns-signzone", "-o", ".", "-f", "root.signed", "root", key], cwd=work, check=True, capture_output=True)
        authority = self.nsd(master=work / "root.signed")
        return self.unbound(authority, f'  module-config: "validator iterator"\n  trust-anchor-file: "{work / (key + ".key")}"')

    def test_dane_by_signed_answers(self):
        good, other = self.authority.tlsa(self.right), self.authority.tlsa(str(self.authority.certificate("other", ["x.example.net"])))

        def tlsa(name, data):
            return f"_25._tcp.{name} TLSA {int(data[:2], 16)} {int(data[2:4], 16)} {int(data[4:6], 16)} {data[6:]}\n"

        zone = ZONE + tlsa("mx.example.net", good) + tlsa("c.example.net", other) + "alias.example MX 10 away.example.net\n" \
            "away.example.net CNAME real.example.net\nreal.example.net A 20.1.5.1\n" + tlsa("real.example.net", good)
        self.begin(**{"20.1.3.1": {"play": "tls", "cert": self.right}, "20.1.5.1": {"play": "tls", "cert": self.right}})
        recursor = self.signed_root(zone)
        result = self.scan([*DOMAINS, "alias.example"], recursor, "--checks", "mx,host,transport,smtp", *ASK[2:], "--smtp-retry", 0,
                           "--ca-file", self.authority.file, timeout_s=90)
        self.assertEqual(result.code, 0, result)
        dane = dict(self.rows("SELECT host, dane FROM v_server WHERE dane IS NOT NULL"))
        self.assertEqual(dane, {"mx.example.net": "ok", "c.example.net": "mismatch", "away.example.net": "ok"})
        records = self.export()
        self.assertIn("dane_mismatch", records["four.example"]["findings"])
        self.assertNotIn("dane_mismatch", records["alias.example"]["findings"])

    def test_lookup_asks_and_stores_nothing(self):
        self.begin()
        result = harness.run("lookup", *self.resolver_options(self.dns), *ASK, "--ca-file", self.authority.file, "one.example", "--smtp-retry", 0)
        self.assertEqual(result.code, 0, result)
        self.assertIn("20.1.1.1: ready 250", result.out)


if __name__ == "__main__":
    harness.main()
