"""Each finding of the check smtp where it holds, and nowhere else."""
import contextlib
import csv
import io
import json
import shutil
import sqlite3
import subprocess
import unittest

import harness
import mailworld

SMTP = {"no_server_answers", "only_backup_answers", "backup_silent", "backup_rejects", "no_starttls", "certificate_expired", "certificate_ends",
        "certificate_name", "dane_mismatch", "mta_sts_refuses", "tls_old", "server_other_name"}
# What is found of domains that have a single MX host mx.DOMAIN: the play of its server (cert: the names of a certificate, or True for its own)
ALONE = {
    "well.example": ({"play": "tls", "cert": True}, set()),
    "plain.example": ({"play": "plain"}, {"no_starttls"}),
    "busy.example": ({"play": "say_after_ehlo", "say": "421 later"}, set()),
    "turned.example": ({"play": "say_after_ehlo", "say": "550 no"}, {"no_server_answers"}),
    "passing.example": ({"play": "say_at_once", "say": "554 try again later"}, set()),
    "old.example": ({"play": "tls", "cert": True, "when": "2 years ago"}, {"certificate_expired"}),
    "ends.example": ({"play": "tls", "cert": True, "days": 13}, {"certificate_ends"}),
    "lasts.example": ({"play": "tls", "cert": True, "days": 15}, set()),
    "other.example": ({"play": "tls", "cert": ["elsewhere.example.org"]}, {"certificate_name"}),
    "early.example": ({"play": "tls", "cert": True, "tls_max": "TLSv1_1"}, {"tls_old"}),
    "later.example": ({"play": "tls", "cert": True, "tls_max": "TLSv1_2"}, set()),
    "failed.example": ({"play": "tls_alert"}, set()),
    "stops.example": ({"play": "tls_reset"}, set()),
    "calls.example": ({"play": "plain", "name": "mail.of.another.test"}, {"no_starttls", "server_other_name"}),
    "greets.example": ({"play": "plain", "banner": "mail.of.another.test ESMTP"}, {"no_starttls", "server_other_name"}),
    **{f"name{i}.example": ({"play": "plain", "name": name}, {"no_starttls"}) for i, name in enumerate((
        "mx.name0.example.", "MAIL.Name1.Example", "localhost", "[20.5.0.1]", "20.5.0.1", "name5.example", "mail_of(another.test)"))},
}


HOSTILE = ["<script>alert(1)</script>", '"quote" \\ back', "\x1b[31mred\x07", "a|b & c $x_{y}%", "{{x}}", "\xe2\x80\xaegnp.exe", "'); DROP TABLE run;--",
           '=cmd|"/c calc"!A1', "x" * 480]


class Findings(harness.TestCase):
    def setUp(self):
        super().setUp()
        mailworld.enter()
        mailworld.need("faketime")
        self.authority = mailworld.Authority(self.folder)

    def begin(self, script):
        server = mailworld.MailServer(self.folder, script)
        self.addCleanup(server.stop)
        return server

    def survey(self, names, dns, *options, checks="mx,host,smtp"):
        result = self.scan(list(names), dns, "--checks", checks, "--smtp-helo", "probe.example.org", "--smtp-rate", 0, "--smtp-retry", 0, "--smtp-timeout",
                           5 * harness.SLOW, "--ca-file", self.authority.file, *options, timeout_s=90)
        self.assertEqual(result.code, 0, result)

    def found(self):
        return {domain: set(record["findings"]) & SMTP for domain, record in self.export().items()}

    def certificate(self, name, hosts, **options):
        return str(self.authority.certificate(name, hosts, **options))

    def test_of_one_server(self):
        zone, script = ["probe.example.org A 20.9.9.9"], {}
        for at, (domain, (play, _)) in enumerate(ALONE.items()):
            zone += [f"{domain} MX 10 mx.{domain}", f"mx.{domain} A 20.5.{at}.1"]
            hosts = [f"mx.{domain}"] if play.get("cert") is True else play.get("cert", ["mx.example.net"])
            options = {key: play[key] for key in ("when", "days") if key in play}
            script[f"20.5.{at}.1"] = {"name": f"mx.{domain}", **play, "cert": self.certificate(domain, hosts, **options)}
        self.begin(script)
        self.survey(ALONE, self.serve("\n".join(zone) + "\n"))
        self.assertEqual(self.found(), {domain: found for domain, (_, found) in ALONE.items()})

    def test_of_a_server_that_chooses_by_name(self):
        """What it shows to one MX host's name is no word on the other's, unless it holds for that, too."""
        old, both = self.certificate("old", ["a.example.net"], when="2 years ago"), self.certificate("both", ["c.example.net", "d.example.net"], days=5)
        self.begin({"20.5.0.1": {"play": "tls", "cert": self.certificate("b", ["b.example.net"]), "by_name": {"a.example.net": old}, "name": "a.example.net"},
                    "20.5.1.1": {"play": "tls", "cert": both, "name": "c.example.net"}})
        dns = self.serve("probe.example.org A 20.9.9.9\n" + "".join(f"{at}.example MX 10 {at}.example.net\n" for at in "abcd")
                         + "a.example.net A 20.5.0.1\nb.example.net A 20.5.0.1\nc.example.net A 20.5.1.1\nd.example.net A 20.5.1.1\n")
        self.survey([f"{at}.example" for at in "abcd"], dns)
        self.assertEqual(self.rows("SELECT host, tested FROM v_server WHERE address = '20.5.0.1' ORDER BY 1"), [("a.example.net", 1), ("b.example.net", 0)])
        self.assertEqual(self.found(), {"a.example": {"certificate_expired"}, "b.example": set(), "c.example": {"certificate_ends"},
                                        "d.example": {"certificate_ends"}})
        ends = dict(self.rows("SELECT h.name, s.certificate_ends IS NOT NULL FROM v_host_server s JOIN host h ON h.id = s.host_id"))
        self.assertEqual(ends, {"a.example.net": 1, "b.example.net": 0, "c.example.net": 1, "d.example.net": 1})

    def test_of_a_primary_and_a_backup(self):
        good, no = {"play": "tls", "cert": self.certificate("good", [f"{at}.example.net" for at in "ab"])}, {"play": "say_at_once", "say": "554 no mail here"}
        self.begin({"20.5.0.1": {**good, "name": "a.example.net"}, "20.5.1.1": {**good, "name": "b.example.net"}, "20.5.2.1": no, "20.5.3.1": no})
        pairs = {"both.example": "ab", "first.example": "ac", "second.example": "ca", "none.example": "cd"}
        dns = self.serve("probe.example.org A 20.9.9.9\n" + "".join(f"{at}.example.net A 20.5.{'abcd'.index(at)}.1\n" for at in "abcd")
                         + "".join(f"{domain} MX {10 + i} {at}.example.net\n" for domain, pair in pairs.items() for i, at in enumerate(pair)))
        self.survey(pairs, dns)
        wanted = {"both.example": set(), "first.example": {"backup_rejects"}, "second.example": {"only_backup_answers"}, "none.example": {"no_server_answers"}}
        self.assertEqual(self.found(), wanted)
        backups = "SELECT backup, later, domains FROM v_backup_server ORDER BY later"
        self.assertEqual(self.rows(backups), [("effective", "answer", 2), ("effective", "reject", 2)])
        explained = self.explained("both.example", "first.example")
        self.assertRegex(explained["both.example"], "backup: effective, .*; its servers answer\n")
        self.assertRegex(explained["first.example"], "backup: effective, .*; its servers turn every greeting away\n")
        told = [line.split("  ") for line in harness.run("report", self.db, "policies").out.splitlines() if line.startswith("later MX hosts on port 25")]
        self.assertEqual(len(told), 2)
        self.set_outcome("c.example.net", "silent")
        self.assertEqual(self.found(), {**wanted, "first.example": {"backup_silent"}})
        self.assertEqual(self.rows(backups), [("effective", "answer", 2), ("effective", "reject", 1), ("effective", "silent", 1)])
        self.set_outcome("c.example.net", "timeout")
        self.assertEqual(self.found(), {domain: set() for domain in pairs}, "what is not settled finds nothing")
        self.assertEqual(self.rows(backups), [("effective", "answer", 2), ("effective", "reject", 1)])

    def test_over_ipv6_where_the_machine_has_it(self):
        if not mailworld.has_ipv6():
            self.skipTest("skipped: no IPv6 here")
        good = {"play": "tls", "cert": self.certificate("good", ["a.example.net"]), "name": "a.example.net"}
        self.begin({"20.5.0.1": good, "2a0a:1::1": {"play": "plain", "name": "a.example.net"}, "2a0a:2::1": {**good, "name": "b.example.net"}})
        dns = self.serve("probe.example.org A 20.9.9.9\none.example MX 10 a.example.net\na.example.net A 20.5.0.1\na.example.net AAAA 2a0a:1::1\n"
                         "six.example MX 10 b.example.net\nb.example.net AAAA 2a0a:2::1\n")
        met = "SELECT address, outcome, starttls FROM v_server WHERE run_id = (SELECT max(id) FROM run) ORDER BY 1"
        self.survey(["one.example", "six.example"], dns)
        self.assertEqual(self.rows(met), [("20.5.0.1", "ready", "offered")])
        self.assertEqual(self.rows("SELECT text FROM run_note WHERE kind = 'smtp'"), [("this machine has no IPv6: mail servers were contacted over IPv4 only",)])
        self.assertEqual(self.found(), {"one.example": set(), "six.example": set()})
        mailworld.command("ip", "-6", "route", "add", "local", "2001:4860::/32", "dev", "lo")
        self.addCleanup(mailworld.command, "ip", "-6", "route", "del", "local", "2001:4860::/32", "dev", "lo")
        self.survey(["one.example", "six.example"], dns)
        self.assertEqual(self.rows(met), [("20.5.0.1", "ready", "offered"), ("2a0a:1::1", "ready", "absent"), ("2a0a:2::1", "ready", "offered")])
        self.assertEqual(self.found(), {"one.example": {"no_starttls"}, "six.example": {"certificate_name"}})

    def test_tls_is_lost_when_the_address_that_had_it_says_so(self):
        """Not while that is busy beside one that never had any; and also when a busy night lies between."""
        tls, plain, busy = {"play": "tls", "cert": self.certificate("a", ["a.example.net"])}, {"play": "plain"}, {"play": "say_at_once", "say": "421 later"}
        dns = self.serve("probe.example.org A 20.9.9.9\none.example MX 10 a.example.net\na.example.net A 20.5.0.1\na.example.net A 20.5.1.1\n")
        for first in (tls, busy, tls, plain, tls, busy, plain):
            server = self.begin({"20.5.0.1": first, "20.5.1.1": plain})
            self.survey(["one.example"], dns)
            server.stop()
        told = [{change["kind"] for change in harness.run("diff", self.db, run, run + 1, "--format", "json").json()["changes"]} for run in range(1, 7)]
        self.assertEqual([run + 2 for run, kinds in enumerate(told) if "tls_lost" in kinds], [4, 7])
        self.assertEqual(self.rows("SELECT run_id FROM v_change WHERE kind = 'tls_lost' ORDER BY 1"), [(4,), (7,)])

    def set_outcome(self, host, outcome):
        """As ten minutes would have it."""
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            store.execute("UPDATE smtp_history SET outcome = (SELECT id FROM smtp_outcome WHERE name = ?) WHERE host_id = (SELECT id FROM host WHERE name = ?)",
                          (outcome, host))
            store.commit()
        self.assertEqual(harness.run("classify", self.db).code, 0)

    def test_of_a_policy_that_is_enforced(self):
        plays = {"well": {"play": "tls", "cert": ["mx.well.example"]}, "plain": {"play": "plain"}, "failed": {"play": "tls_alert"}, "stops": {"play": "tls_reset"},
                 "other": {"play": "tls", "cert": ["elsewhere.example.org"]}, "alone": {"play": "tls", "cert": ["mx.alone.example"], "signed": False},
                 "testing": {"play": "plain"}}
        zone, script = "probe.example.org A 20.9.9.9\n", {}
        for at, (name, play) in enumerate(plays.items()):
            zone += f"{name}.example MX 10 mx.{name}.example\nmx.{name}.example A 20.5.{at}.1\n_mta-sts.{name}.example TXT v=STSv1;\\032id=1;\n"
            script[f"20.5.{at}.1"] = {**play, "name": f"mx.{name}.example",
                                      "cert": self.certificate(name, play.get("cert", ["x.example.net"]), signed=play.get("signed", True))}
        self.begin(script)
        self.survey([f"{name}.example" for name in plays], self.serve(zone), checks="mx,host,transport,smtp")
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            store.execute("INSERT INTO sts_history SELECT id, 1, 1, NULL, '1', 0, 0, iif(name = 'testing.example', 1, 2), 86400, 'mx.' || name FROM domain")
            store.commit()
        self.assertEqual(harness.run("classify", self.db).code, 0)
        refused = {domain.split(".")[0] for domain, found in self.found().items() if "mta_sts_refuses" in found}
        self.assertEqual(refused, {"plain", "failed", "other", "alone"}, "a bad moment and a policy in testing refuse nothing")

    def test_what_servers_say_does_no_harm_where_it_is_told(self):
        zone, script = "probe.example.org A 20.9.9.9\n", {}
        for at, words in enumerate(HOSTILE * 2):
            zone += f"d{at}.example MX 10 mx.d{at}.example\nmx.d{at}.example A 20.5.{at}.1\n"
            subject = "/O=" + words.replace("/", "\\/").encode("latin-1", "replace").decode("ascii", "replace")[:60] + "/CN=mx"
            script[f"20.5.{at}.1"] = {"play": "tls" if at < len(HOSTILE) else "say_at_once", "banner": words, "name": words.replace(" ", "_"), "say": f"554 {words}",
                                      "cert": str(self.authority.sign(f"c{at}", f"subjectAltName=DNS:mx.d{at}.example\n", subject, days=5, signed=at % 2 == 0))}
        self.begin(script)
        names = [f"d{at}.example" for at in range(len(script))]
        self.survey(names, self.serve(zone))
        texts = {form: harness.run("report", self.db, "--format", form).out for form in ("text", "json", "csv", "markdown", "latex", "html", "prometheus")}
        texts.update({f"explain {name}": told for name, told in self.explained(*names).items()})
        texts.update({"export": harness.run("export", self.db).out, "export csv": harness.run("export", self.db, "--format", "csv").out,
                      "drill": harness.run("drill", self.db, *names).out, "drill csv": harness.run("drill", self.db, *names, "--format", "csv").out})
        for what, text in texts.items():
            self.assertEqual([at for at in text if (at < " " and at not in "\n\t\r") or at in "\x7f\u202e"], [], what)
        self.assertNotIn("<script>alert", texts["html"])
        self.assertEqual(len([json.loads(line) for line in texts["export"].splitlines()]), len(names))
        rows = list(csv.DictReader(io.StringIO(texts["export csv"])))
        self.assertEqual((len(rows), {None in row or None in row.values() for row in rows}), (len(names), {False}))
        self.assertFalse([cell for row in rows for cell in row.values() if cell.startswith("=")])
        self.assertIn("mxsurvey_certificate_days{", texts["prometheus"])
        if shutil.which("promtool") is None:
            self.skipTest("skipped: promtool is not installed (./scripts/packages.sh test)")
        done = subprocess.run(["promtool", "check", "metrics"], input=texts["prometheus"].encode(), capture_output=True, timeout=60, check=False)
        self.assertEqual((done.stdout + done.stderr).decode().splitlines(), ['mxsurvey_certificate_days use base unit "seconds" instead of "days"'], "advice, no error")

    def test_of_tlsa_records(self):
        """Who has them and no TLS gets no mail; and the certificate of usage 2 may be for the domain (RFC 7672, 2.2 and 3.2.2)."""
        right, shown = self.certificate("right", ["well.example.net"]), self.certificate("shown", ["named.example", "*.below.example"])
        records = {"well": self.authority.tlsa(right), "plain": self.authority.tlsa(right), "failed": self.authority.tlsa(right),
                   "stops": self.authority.tlsa(right), "wrong": "030101" + "00" * 32, "shown": self.authority.tlsa(None, usage=2, selector=0),
                   "useless": "010101" + "00" * 32, "chosen": self.authority.tlsa(right)}
        plays = {"plain": {"play": "plain"}, "failed": {"play": "tls_alert"}, "stops": {"play": "tls_reset"}, "useless": {"play": "plain"},
                 "shown": {"play": "tls", "cert": shown}, "chosen": {"play": "tls", "cert": shown, "by_name": {"real.example.net": right}}}
        zone, script = "probe.example.org A 20.9.9.9\nbare.example MX 10 bare.example.net\nbare.example.net A 20.6.1.1\n", {}
        for at, (name, data) in enumerate(records.items()):
            host = "real.example.net" if name == "chosen" else f"{name}.example.net"
            zone += f"{host} A 20.5.{at}.1\n_25._tcp.{host} TLSA {int(data[:2], 16)} {int(data[2:4], 16)} {int(data[4:6], 16)} {data[6:]}\n"
            zone += f"{name}.example MX 10 {name}.example.net\n" if name != "shown" else "".join(
                f"{domain} MX 10 shown.example.net\n" for domain in ("named.example", "a.below.example", "unnamed.example"))
            script[f"20.5.{at}.1"] = {"name": f"{name}.example.net", "cert": right, **plays.get(name, {"play": "tls"})}
        self.begin({**script, "*": {"play": "plain"}})
        names = [f"{name}.example" for name in records if name != "shown"] + ["named.example", "a.below.example", "unnamed.example", "bare.example"]
        self.survey(names, mailworld.signed_root(self, zone + "chosen.example.net CNAME real.example.net\n"), checks="mx,host,transport,smtp")
        refused = {domain.split(".")[0] for domain, found in self.found().items() if "dane_mismatch" in found}
        self.assertEqual(refused, {"plain", "failed", "wrong", "unnamed"})
        self.assertEqual(self.rows("SELECT host, dane FROM v_server WHERE host IN ('chosen.example.net', 'shown.example.net') ORDER BY 1"),
                         [("chosen.example.net", None), ("shown.example.net", "name_mismatch")], "senders would have sent another name to the first")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
