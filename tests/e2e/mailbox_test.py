"""Who holds the mailbox behind an MX that does not say, in nights in which what would say it could not be settled: nobody, and nobody moved."""
import json

import harness

GATE, OUTLOOK, GOOGLE = "mxa-0012.gslb.pphosted.com", "autodiscover.outlook.com", "autodiscover.googlehosted.com"
KEY = "selector1-x._domainkey.x.onmicrosoft.com"
HOSTS = (f"{GATE} A 25.92.1.1\nmx.host.example A 25.94.1.1\n{OUTLOOK} A 25.93.1.1\nautodiscover.zoho.com A 25.97.1.1\n" f'{KEY} TXT "v=DKIM1; k=rsa; p=MIGf"\n'
         'spf.protection.outlook.com TXT "v=spf1 ip4:20.1.1.0/24 -all"\n')
MX = {"gate": GATE, "org": "mx.host.example", "self": "mx.{n}"}
SIGNS = {"name": (f"autodiscover.{{n}} CNAME {OUTLOOK}\n", "autodiscover.{n} SERVFAIL\n"),
         "srv": (f"_autodiscover._tcp.{{n}} SRV 0 0 443 {OUTLOOK}\n", "_autodiscover._tcp.{n} SERVFAIL\n"),
         "dkim": (f"selector1._domainkey.{{n}} CNAME {KEY}\n", "selector1._domainkey.{n} SERVFAIL\n"),
         "spf": ('{n} TXT "v=spf1 include:spf.protection.outlook.com -all"\n{n} TXT "MS=ms12345678"\n', "{n} SERVFAIL TXT\n")}


class Mailbox(harness.TestCase):
    def night(self, zone, names, *options):
        scan = self.scan(names, self.serve(HOSTS + zone), "--checks", "mx,host,auth", "--servfail-wait", 50, *options)
        self.assertEqual(scan.code, 0, scan.err)
        return self.export()

    def changes(self, *runs):
        return json.loads(harness.run("diff", self.db, *runs, "--format", "json").out)["changes"]

    def test_a_night_without_the_sign_names_nobody_and_is_no_migration(self):
        names = {f"{mx}-{sign}.test": (mx, sign) for mx in MX for sign in SIGNS}
        mx = "".join(f"{n} MX 10 {MX[m].format(n=n)}\nmx.{n} A 25.95.1.{i}\n" for i, (n, (m, _)) in enumerate(names.items()))
        for failing in (0, 1, 0):
            records = self.night(mx + "".join(SIGNS[s][failing].format(n=n) for n, (_, s) in names.items()), list(names))
            for name, record in records.items():
                self.assertEqual(record["provider"]["mailbox"], None if failing else "microsoft", name)
                self.assertEqual("provider.mailbox" in record["unsettled"], bool(failing), name)
            if failing:
                report = json.loads(harness.run("report", self.db, "mailboxes", "--format", "json").out)["rows"]
                self.assertEqual([(row["id"], row["domains"]) for row in report], [("unsettled", len(names))])
                self.assertIn("  mailbox: not settled, not every answer", harness.run("explain", self.db, "org-name.test").out)
        self.assertEqual([self.changes("1", "2"), self.changes(), self.changes("1", "3")], [[], [], []])
        self.assertEqual(self.rows("SELECT domain, kind FROM v_change"), [])
        self.assertEqual(self.rows("SELECT DISTINCT run_id, provider_run FROM v_settled_run ORDER BY 1"), [(1, 1), (2, 1), (3, 3)])

    def test_a_migration_that_crosses_such_a_night_is_told_once(self):
        moves = {"gone.test": OUTLOOK, "back.test": OUTLOOK, "away.test": OUTLOOK, "found.test": None}
        after = {"gone.test": "autodiscover.zoho.com", "back.test": OUTLOOK, "away.test": None, "found.test": OUTLOOK}
        mx = "".join(f"{n} MX 10 mx.host.example\n" for n in moves)
        for leads in (moves, None, after):
            self.night(mx + "".join(f"autodiscover.{n} SERVFAIL\n" if leads is None else f"autodiscover.{n} CNAME {leads[n]}\n"
                                    for n in moves if leads is None or leads[n]), list(moves))
        expected = [("away.test", "microsoft", "org:host.example", 2), ("found.test", "org:host.example", "microsoft", 2), ("gone.test", "microsoft", "zoho", 2)]
        self.assertEqual(self.rows("SELECT domain, old, new, undetermined_since FROM v_change WHERE kind = 'provider_migrated' ORDER BY domain"), expected)
        told = sorted((c["domain"], c["old"], c["new"], c["undetermined_since"]) for c in self.changes() if c["kind"] == "provider_migrated")
        self.assertEqual([row[:3] for row in told], [row[:3] for row in expected])
        self.assertTrue(all(row[3] for row in told), told)

    def test_what_wins_whatever_is_missing_stays_a_fact(self):
        zone = "".join(f"{n}.test MX 10 {GATE}\n" for n in ("wins", "token", "ties", "none")) + "plain.test MX 10 aspmx.l.google.com\naspmx.l.google.com A 25.96.1.1\n"
        for name in ("wins", "ties"):
            zone += SIGNS["name"][0].format(n=f"{name}.test")
        zone += SIGNS["dkim"][0].format(n="wins.test") + SIGNS["spf"][1].format(n="wins.test")  # 8 against 4 at most
        zone += SIGNS["dkim"][1].format(n="ties.test") + SIGNS["name"][1].format(n="plain.test")  # a rule names who holds plain.test
        zone += SIGNS["spf"][0].format(n="token.test")
        records = self.night(zone, ["wins.test", "token.test", "ties.test", "none.test", "plain.test"])
        told = {n[:-5]: (r["provider"]["mailbox"], "provider.mailbox" in r["unsettled"]) for n, r in records.items()}
        self.assertEqual(told, {"wins": ("microsoft", False), "token": ("microsoft", False), "ties": (None, True), "none": (None, False), "plain": ("google", False)})

    def test_what_speaks_for_nobody_is_no_sign(self):
        spf, token, gone = "spf.protection.outlook.com", "MS=ms12345678", "gone.outlook.com"
        terms = {"pass": "include:{0} -all", "fail": "-include:{0} +all", "soft": "~include:{0} -all", "neutral": "?include:{0} -all", "behind": "mx -all include:{0}",
                 "redirect": "redirect={0}", "beside": "redirect={0} ~all", "signed": "+include:{0} ?all"}
        zone = "".join(f'{n}.test TXT "v=spf1 {t.format(spf)}"\n{n}.test TXT "{token}"\n' for n, t in terms.items())
        targets = {"alias": f"autodiscover.alias.test CNAME {OUTLOOK}", "dangling": f"autodiscover.dangling.test CNAME {gone}", "late": "autodiscover.late.test CNAME late.outlook.com",
                   "srv": f"_autodiscover._tcp.srv.test SRV 0 0 443 {gone}", "equal": f"_autodiscover._tcp.equal.test SRV 0 0 443 {gone}\n_autodiscover._tcp.equal.test SRV 0 0 443 {OUTLOOK}",
                   "far": "autodiscover.far.test CNAME far.outlook.com\nfar.outlook.com CNAME nowhere.example", "key": f"selector1._domainkey.key.test CNAME {KEY}",
                   "revoked": 'selector1._domainkey.revoked.test CNAME old._domainkey.x.onmicrosoft.com\nold._domainkey.x.onmicrosoft.com TXT "v=DKIM1; p="'}
        names = [f"{n}.test" for n in (*terms, *targets)]
        zone += "".join(f"{line}\n" for line in targets.values()) + "late.outlook.com SERVFAIL\n" + "".join(f"{n} MX 10 {GATE}\n" for n in names)
        records = self.night(zone, names)
        named = {n[:-5] for n, r in records.items() if r["provider"]["mailbox"] == "microsoft"}
        self.assertEqual(named, {"pass", "redirect", "signed", "alias", "equal", "key"})
        self.assertEqual({n[:-5] for n, r in records.items() if "provider.mailbox" in r["unsettled"]}, {"late"})
        shown = dict(self.rows("SELECT domain, autodiscover FROM v_policy WHERE autodiscover IS NOT NULL"))
        self.assertEqual(shown, {"alias.test": OUTLOOK, "dangling.test": gone, "srv.test": gone, "equal.test": OUTLOOK, "far.test": "far.outlook.com"})

    def test_trend_compares_those_alone_who_are_settled_in_each_run(self):
        names = [f"d{i}.test" for i in range(40)]
        mx = "".join(f"{n} MX 10 mx.host.example\n" for n in names)
        for failing in (0, 10):
            self.night(mx + "".join(SIGNS["name"][i < failing].format(n=n) for i, n in enumerate(names[:20])), names)
        trend = harness.run("trend", self.db).out
        self.assertIn("The matched panel: 40 names", trend)  # their state is settled, and who holds the mailbox of 10 is not
        self.assertIn("\nWho holds the mailbox of 10 of them is not known in every run: shares of mailbox providers are of the other 30.\n", trend)
        self.assertRegex(trend, r"mailbox provider +Microsoft 365 +33\.3 % +33\.3 % +0\.0")
        told = harness.run("trend", self.db, "--format", "json").json()
        self.assertEqual((told["panel"], told["mailbox_panel"], told["mailbox_panel_receiving"]), (40, 30, [30, 30]))
        bases = {row["measure"]: (row["of"], row["shares"]) for row in told["series"] if row["name"] in ("microsoft", "mx", "none")}
        self.assertEqual(bases["mailbox provider"], ("mailbox_panel_receiving", [0.333333] * 2))
        self.assertEqual(bases["backup"], ("panel_receiving", [1, 1]))
        self.assertTrue("is not known in every run" in harness.run("trend", self.db, "--format", "html").out)

    def test_trend_by_a_column_has_the_mailboxes_of_those_alone_who_are_settled(self):
        names = [f"d{i}.test" for i in range(40)]
        rows = "".join(f"{n},{'even' if i % 2 == 0 else 'odd'}\n" for i, n in enumerate(names))
        table = self.write("table.csv", "domain,Parity\n" + rows)
        mx = "".join(f"{n} MX 10 mx.host.example\n" for n in names)
        for failing in (0, 10):
            self.night(mx + "".join(SIGNS["name"][i < failing].format(n=n) for i, n in enumerate(names[:20])), table, "--keep", "Parity")
        with_all = harness.run("trend", self.db, "--by", "Parity", "--format", "json").json()
        told = {(r["by"], r["measure"], r["name"]): (r["by_panel"], r["by_receiving"], r["shares"]) for r in with_all["by"]}
        self.assertEqual(told["even", "mailbox provider", "microsoft"], (15, 15, [0.333333] * 2))
        self.assertEqual(told["even", "backup", "none"], (20, 20, [1, 1]))

    def test_a_backup_that_is_lost_in_such_a_night_is_told(self):
        backup = "lose.test MX 20 late.host2.example\n"
        zone = "late.host2.example A 25.97.1.1\nlose.test MX 10 mx.host.example\n"
        for lost, failing in ((0, 0), (1, 1)):
            self.night(zone + ("" if lost else backup) + SIGNS["name"][failing].format(n="lose.test"), ["lose.test"])
        self.assertIn("backup_lost", {c["kind"] for c in self.changes()})
        self.assertIn(("backup_lost",), self.rows("SELECT kind FROM v_change"))


if __name__ == "__main__":
    harness.main()
