"""The check smtp from the list to the report: what is asked, what is kept, what is found, and what is never said."""
import contextlib
import gzip
import json
import re
import shutil
import sqlite3
import sys
import unittest

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
    """A small internet with mail servers; it holds no tests."""

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

    def changes(self, first, second):
        result = harness.run("diff", self.db, first, second, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return {(change["domain"], change["kind"]): (change["old"], change["new"]) for change in result.json()["changes"]}


class Told(Smtp):
    """What servers say, one night and the next."""

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
        text = page.read_text(encoding="utf-8")
        self.assertNotIn("no mail server was connected to", text)
        self.assertIn("contacted once on port 25", text)
        section = text[text.index('id="servers"'):]
        section = section[:section.index("</section>")]
        for title, label in (("Mail servers by role", "primary"), ("TLS of mail servers", "TLSv1.3"), ("Time to the banner", "under 0.1 s"),
                             ("Validity of certificates", " days")):
            self.assertIn(title, section)
            table = section[section.index(title):]
            row = next(row for row in table[:table.index("</table>")].split("<tr>") if label in row)
            self.assertIn("<svg", row, f"{title}: a bar in the cell")
        for table in ("servers", "server_roles", "server_tls", "banner_times", "validity"):
            figure = harness.run("report", self.db, table, "--format", "svg")
            self.assertEqual((figure.code, figure.out.count("<rect") > 0), (0, True), table)
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
        self.assertEqual(harness.column_types(self.db)[0], [], "views hold one type in each column")

    def test_a_server_is_silent_when_two_runs_say_so(self):
        self.begin()
        for _ in range(4):
            self.survey()
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            host = store.execute("SELECT id FROM host WHERE name = 'c.example.net'").fetchone()[0]
            silent = store.execute("SELECT id FROM smtp_outcome WHERE name = 'silent'").fetchone()[0]
            store.execute("UPDATE smtp_history SET last_run = 1 WHERE host_id = ?", (host,))
            store.execute("INSERT INTO smtp_history SELECT host_id, address_id, list_id, 2, NULL, ?, 0, NULL, NULL, NULL, NULL, 0, 1, NULL, NULL, NULL, NULL, NULL"
                          " FROM smtp_history WHERE host_id = ?", (silent, host))
            store.commit()
        told = [self.changes(run, run + 1) for run in (1, 2, 3)]
        self.assertEqual([("four.example", "server_silent") in changes for changes in told], [False, True, False])
        view = self.rows("SELECT run_id, domain, kind FROM v_change WHERE kind IN ('server_silent', 'tls_lost', 'certificate_ends') ORDER BY 2")
        self.assertEqual(view, [(3, domain, "server_silent") for domain in ("four.example", "one.example", "three.example")], "the view says the same")
        self.assertEqual(told[1][("four.example", "server_silent")], ("c.example.net answers", "c.example.net silent"))


class Asked(Smtp):
    """Whom a scan connects to, how often, and that it goes on."""

    def test_plan_says_how_many_connections_and_how_long(self):
        names = self.list_file([f"d{i}.example" for i in range(1000)])

        def told(*options):
            result = harness.run("plan", "--checks", "mx,host,smtp", "--smtp-helo", "probe.example.org", "-r", "127.0.0.1:9", *options, names)
            self.assertEqual(result.code, 0, result)
            count, seconds, pace, more = re.search(r"^connections about (\d+) to mail servers.*\n +(.*s) (?:at|with) (.*), and up to (\d+) s more", result.out, re.M).groups()
            hours, minutes, seconds = map(int, re.fullmatch(r"(\d+)h (\d+)m (\d+)s", seconds).groups())
            return int(count), 3600 * hours + 60 * minutes + seconds, pace, int(more)

        count, seconds, pace, more = told()
        self.assertEqual((seconds, pace, more), (count // 20 + 1, "20 a second", 660))
        self.assertEqual(told("--smtp-rate", 5, "--smtp-retry", 0), (count, count // 5 + 1, "5 a second", 60))
        self.assertEqual(told("--smtp-rate", 0)[1:3], (count * 2 // 200 + 1, "200 open"))
        self.assertEqual(told("--smtp-concurrency", 1)[1:3], (count * 2 + 1, "1 open"), "what may be open bounds it, too")

    def test_the_name_to_greet_with_is_needed_and_must_resolve(self):
        for options, words in ((("--checks", "mx,host,smtp"), "--smtp-helo"),
                               (("--checks", "mx,host,smtp", "--smtp-helo", "nobody.example.org"), "has no address"),
                               (("--checks", "mx,host,smtp", "--smtp-helo", "localhost"), "not a host name"),
                               (("--checks", "mx,smtp", "--smtp-helo", "probe.example.org"), "check host")):
            result = self.scan(["one.example"], self.dns, *options)
            self.assertEqual(result.code, 2, result)
            self.assertIn(words, result.err)
        private = self.serve("probe.example.org A 10.0.0.1\none.example MX 0 .\n")
        self.assertIn("no public address", self.scan(["one.example"], private, *ASK).err)
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
        process = self.scan_begin(names, self.dns, *ASK[:-2], "--smtp-rate", 25)
        harness.wait_until(lambda: self.met() >= 32, 30 * harness.SLOW, "some are met")
        process.signal(9)
        process.wait(10)
        known = {row[0] for row in self.rows("SELECT a.address FROM smtp_answer s JOIN address a ON a.id = s.address_id")}
        before = len(server.log())
        result = self.scan(names, self.dns, *ASK)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.one("SELECT count(*) FROM v_server WHERE outcome = 'ready'"), 200)
        self.assertFalse({row["address"] for row in server.log()[before:]} & known, "nobody who had answered is met again")


class Meant(Smtp):
    """What follows from it: drills, DANE, who runs the servers."""

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
        self.assertEqual(json.loads(harness.run("drill", self.db, "Three.Example.", "--format", "json").out)["hops"], hops, "as it may be typed")
        self.assertIn("xn--bcher-kva.example", harness.run("drill", self.db, "bücher.example").err)
        self.assertEqual(harness.run("drill", self.db, "nobody.example").code, 1)
        self.assertEqual(harness.run("drill", self.db, "one.example", "--by", "Region").code, 2)
        self.assertEqual(harness.run("drill", self.db, "--by", "Region").code, 1, "no column was kept")
        plain = self.folder / "plain.db"
        self.assertEqual(self.scan(["one.example"], self.dns, db=plain).code, 0)
        result = harness.run("drill", plain)
        self.assertEqual(result.code, 1)
        self.assertIn("contacted no mail servers", result.err)

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

    def test_dane_by_signed_answers(self):
        good, other = self.authority.tlsa(self.right), self.authority.tlsa(str(self.authority.certificate("other", ["x.example.net"])))

        def tlsa(name, data):
            return f"_25._tcp.{name} TLSA {int(data[:2], 16)} {int(data[2:4], 16)} {int(data[4:6], 16)} {data[6:]}\n"

        zone = ZONE + tlsa("mx.example.net", good) + tlsa("c.example.net", other) + "alias.example MX 10 away.example.net\n" \
            "away.example.net CNAME real.example.net\nreal.example.net A 20.1.5.1\n" + tlsa("real.example.net", good)
        self.begin(**{"20.1.3.1": {"play": "tls", "cert": self.right}, "20.1.5.1": {"play": "tls", "cert": self.right}})
        recursor = mailworld.signed_root(self, zone)
        result = self.scan([*DOMAINS, "alias.example"], recursor, "--checks", "mx,host,transport,smtp", *ASK[2:], "--smtp-retry", 0,
                           "--ca-file", self.authority.file, timeout_s=90)
        self.assertEqual(result.code, 0, result)
        dane = dict(self.rows("SELECT host, dane FROM v_server WHERE dane IS NOT NULL"))
        self.assertEqual(dane, {"mx.example.net": "ok", "c.example.net": "mismatch", "away.example.net": "ok"})
        records = self.export()
        self.assertIn("dane_mismatch", records["four.example"]["findings"])
        self.assertNotIn("dane_mismatch", records["alias.example"]["findings"])

    def test_of_several_names_of_a_server_one_with_tlsa_records_is_sent(self):
        """However the answers came: else whether DANE is told would be the order's. Without any, the first by name."""
        good = self.authority.tlsa(self.right)
        zone = ZONE + f"_25._tcp.mx.example.net TLSA {int(good[:2], 16)} {int(good[2:4], 16)} {int(good[4:6], 16)} {good[6:]}\n"
        self.begin()
        recursor = mailworld.signed_root(self, zone)
        for seed in range(4):  # mx.example.net and b.example.net share an address
            db, names = self.folder / f"seed{seed}.db", DOMAINS if seed % 2 else DOMAINS[::-1]
            result = self.scan(names, recursor, "--seed", seed, "--checks", "mx,host,transport,smtp", *ASK[2:], "--smtp-retry", 0,
                               "--ca-file", self.authority.file, db=db, timeout_s=90)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.rows("SELECT host, dane FROM v_server WHERE dane IS NOT NULL", db=db), [("mx.example.net", "ok")])
            plain = self.folder / f"plain{seed}.db"
            self.assertEqual(self.scan(names, self.dns, "--seed", seed, *ASK, "--smtp-retry", 0, "--ca-file", self.authority.file, db=plain).code, 0)
            self.assertEqual(self.rows("SELECT host FROM v_server WHERE tested AND host IN ('mx.example.net', 'b.example.net')", db=plain),
                             [("b.example.net",)])

    def test_a_night_after_schema_3(self):
        """What a database of schema 3 says of servers stays, and a night later nothing has changed."""
        with gzip.open(FIXTURE) as packed, open(self.db, "wb") as plain:
            shutil.copyfileobj(packed, plain)
        before = {domain: self.servers(record) for domain, record in self.export().items()}
        self.assertEqual(before["one.example"]["c.example.net"][0]["starttls"], "absent")
        self.assertEqual(self.rows("PRAGMA user_version"), [(harness.constant("db/store.h", "MXS_DB_VERSION"),)])
        self.assertEqual(self.rows("SELECT count(*), count(banner_name) FROM v_server"), [(6, 0)], "it was not kept then")
        self.assertEqual(harness.run("classify", self.db).code, 0)
        self.begin()
        self.survey()
        self.assertEqual(self.one("SELECT count(banner_name) FROM v_server WHERE run_id = 2"), 4)
        self.assertEqual(self.changes(1, 2), {}, "another certificate is no change, and neither is what was not kept")

    # domain -> what its servers show, and who is then said to hold its mailbox, how surely, behind which gateway
    SHOWN = {
        "shop.example": ({"play": "tls", "cert": ["*.web-hosting.com"], "name": "premium12.web-hosting.com"}, "namecheap", 0.8, None),
        "sealed.example": ({"play": "tls", "cert": ["mail.sealed.example", "mx1.one.com"], "name": "mail.sealed.example"}, "one.com", 0.75, None),
        "spoken.example": ({"play": "plain", "name": "server9.one.com"}, "one.com", 0.65, None),
        "rented.example": ({"play": "plain", "name": "static.1.5.2.20.clients.your-server.de"}, "self", 0.6, None),
        "numbered.example": ({"play": "plain", "name": "host-20-2-6-1.one.com"}, "self", 0.6, None),
        "forged.example": ({"play": "tls", "cert": None, "name": "mail.forged.example"}, "self", 0.6, None),
        "torn.example": ({"play": "tls", "cert": ["mx1.one.com"], "name": "premium12.web-hosting.com"}, "self", 0.6, None),
        "front.example": ({"play": "plain", "name": "inbound1.mailchannels.net"}, None, 0.65, "mailchannels"),
        "ruled.example": ({"play": "plain", "name": "server9.one.com"}, "namecheap", 0.9, None),
        "bare.example": ({"play": "plain", "name": "server9.one.com"}, "one.com", 0.65, None)}

    def shown_world(self):
        zone, script = ["probe.example.org A 20.9.9.9"], {}
        for at, (domain, (play, *_)) in enumerate(self.SHOWN.items()):
            address, host = f"20.2.{at}.1", f"mail.{domain}"
            if domain == "ruled.example":
                host = "mx.web-hosting.com"
            zone += [f"{domain} A {address}"] if domain == "bare.example" else [f"{domain} MX 10 {host}", f"{host} A {address}"]
            if "cert" in play:
                signed = play["cert"] is not None
                play = {**play, "cert": str(self.authority.certificate(domain, play["cert"] or ["mx.google.com"], signed=signed))}
            script[address] = play
        zone += ["two.example MX 10 one.two.example", "two.example MX 10 other.two.example", "one.two.example A 20.2.2.1", "other.two.example A 20.3.1.1",
                 "later.example MX 10 mail.later.example", "later.example MX 20 back.later.example", "mail.later.example A 20.3.1.1",
                 "back.later.example A 20.2.2.1"]
        script["20.3.1.1"] = {"play": "plain", "name": "mail.of.nobody.example"}
        self.dns = self.serve("\n".join(zone) + "\n")
        return script, [*self.SHOWN, "two.example", "later.example"]

    def test_who_runs_the_servers_where_the_mx_names_nobody(self):
        script, names = self.shown_world()
        server = mailworld.MailServer(self.folder, script)
        self.survey(names=names)
        records = self.export()
        labels = {domain: (records[domain]["provider"]["mailbox"], records[domain]["provider"]["confidence"], records[domain]["provider"]["gateway"])
                  for domain in self.SHOWN}
        self.assertEqual(labels, {domain: tuple(wanted) for domain, (_, *wanted) in self.SHOWN.items()})
        self.assertEqual([records[domain]["provider"]["mailbox"] for domain in ("two.example", "later.example")], ["self", "self"],
                         "one of two at a level is not enough, and a backup tells nothing")
        evidence = {domain: {(each["kind"], each["value"]) for each in record["provider"]["evidence"]} for domain, record in records.items()}
        self.assertEqual(evidence["shop.example"], {("mx", "mail.shop.example"), ("certificate", "*.web-hosting.com"),
                                                    ("ehlo", "premium12.web-hosting.com"), ("banner", "premium12.web-hosting.com")})
        self.assertEqual(evidence["sealed.example"], {("mx", "mail.sealed.example"), ("certificate", "mx1.one.com")})
        self.assertEqual(evidence["forged.example"], {("mx", "mail.forged.example")}, "anybody can write a certificate")
        self.assertEqual(evidence["ruled.example"], {("mx", "mx.web-hosting.com")}, "a rule comes first")
        self.assertEqual(evidence["bare.example"], {("ehlo", "server9.one.com"), ("banner", "server9.one.com")})
        own = records["bare.example"]["smtp"]["addresses"][0]
        self.assertEqual((own["address"], own["outcome"], own["starttls"], own["certificate"]), (f"20.2.{len(self.SHOWN) - 1}.1", "ready", "absent", None))
        self.assertNotIn("smtp", records["shop.example"])
        view = {(kind, value, provider) for kind, value, provider in self.rows("SELECT kind, value, provider FROM v_evidence WHERE domain = 'shop.example'")}
        self.assertEqual(view, {("certificate", "*.web-hosting.com", "namecheap"), ("ehlo", "premium12.web-hosting.com", "namecheap"),
                                ("banner", "premium12.web-hosting.com", "namecheap")})
        self.assertEqual(self.rows("SELECT kind FROM v_evidence WHERE domain IN ('later.example', 'ruled.example', 'rented.example')"), [])
        self.assertIn("certificate *.web-hosting.com - namecheap, by rule web-hosting.com", harness.run("explain", self.db, "shop.example").out)
        content = self.content()
        self.assertEqual(harness.run("classify", self.db).code, 0)
        self.assertEqual(self.content(), content, "judged again, it is the same")
        server.stop()

    def test_a_bad_night_of_a_server_moves_nobody(self):
        """Busy, silent, without TLS for a moment: what it last said whole stays. What it says anew does not."""
        script, names = self.shown_world()
        busy = {"20.2.2.1": {"play": "say_at_once", "say": "421 later"}, "20.2.0.1": {**script["20.2.0.1"], "play": "tls_stops", "patience": 1}}
        changed = {"20.2.2.1": {"play": "plain", "name": "premium12.web-hosting.com"}}
        for night, script_now in enumerate((busy, {}, busy, changed)):
            server = mailworld.MailServer(self.folder, {**script, **script_now})
            self.survey(names=names)
            server.stop()
            mailbox = {domain: record["provider"]["mailbox"] for domain, record in self.export().items()}
            self.assertEqual(mailbox["shop.example"], "self" if night == 0 else "namecheap", night)
            self.assertEqual(mailbox["spoken.example"], ("self", "one.com", "one.com", "namecheap")[night], night)
        moved = [{key for key in self.changes(run, run + 1) if key[1] == "provider_migrated"} for run in (1, 2, 3)]
        self.assertEqual(moved, [set(), set(), {("spoken.example", "provider_migrated")}])
        self.assertEqual(self.rows("SELECT run_id, domain, old, new FROM v_change WHERE kind = 'provider_migrated'"),
                         [(4, "spoken.example", "one.com", "namecheap")])
        self.assertEqual(self.scan(names, self.dns, "--checks", "mx,host").code, 0)
        self.assertEqual(self.changes(4, 5), {}, "a night without the check is no move")

    def test_lookup_asks_and_stores_nothing(self):
        server = self.begin()
        result = harness.run("lookup", *self.resolver_options(self.dns), *ASK, "--ca-file", self.authority.file, "one.example", "--smtp-retry", 0)
        self.assertEqual(result.code, 0, result)
        self.assertIn("20.1.1.1: ready 250", result.out)
        self.assertNotIn("waiting", result.err)
        told = "waiting for 1 mail server, busy or silent: contacted again within "
        busy = harness.Process([harness.PROGRAM, "lookup", *self.resolver_options(self.dns), *ASK, "six.example"], self.folder / "busy")
        harness.wait_until(lambda: any(row["address"] == "20.1.4.1" for row in server.log()), 20 * harness.SLOW, "the busy server is met")
        harness.wait_until(lambda: told + "600 s" in busy.text(), 20 * harness.SLOW, "it says what it waits for")
        busy.signal(15)
        self.assertEqual(busy.wait(20 * harness.SLOW), 75)
        self.assertIn("nothing is stored", busy.text())
        self.assertNotIn("resumes", busy.text())
        for quiet in ((), ("-q",)):
            result = harness.run("lookup", *self.resolver_options(self.dns), *ASK, "--ca-file", self.authority.file, "six.example", "one.example", "--smtp-retry", 1, *quiet)
            self.assertEqual((result.code, result.err.count(told + "1 s")), (0, 0 if quiet else 1), result)


FIXTURE = harness.SOURCE / "tests" / "fixtures" / "schema3-smtp.db.gz"


class Make(Smtp):
    """Not a test: what wrote the fixture, a night of ZONE by 7c8ba65, the last build of schema 3."""

    def runTest(self):
        self.begin()
        self.survey()
        with open(self.db, "rb") as plain, gzip.GzipFile(FIXTURE, "wb", mtime=0) as packed:
            shutil.copyfileobj(plain, packed)


if __name__ == "__main__":
    if sys.argv[1:] == ["--make"]:
        sys.argv.pop()
        unittest.TextTestRunner(verbosity=2).run(Make())
    else:
        del Make
        harness.main()
