"""Nights: two runs over a world that changed, and what diff, trend, outage and prune say of them."""
import contextlib
import re
import sqlite3

import harness

HOSTS = "".join(f"mx{i}.mail.test A 20.0.{i}.1\n" for i in range(6)) + "aspmx.l.google.com A 20.1.0.1\n" \
        "night-test.mail.protection.outlook.com A 20.2.0.1\n"
BEFORE = HOSTS + """
same.test MX 10 mx0.mail.test
swap.test MX 10 mx1.mail.test
swap.test MX 20 mx2.mail.test
grow.test MX 10 mx1.mail.test
lose.test MX 10 mx1.mail.test
lose.test MX 20 mx2.mail.test
move.test MX 10 aspmx.l.google.com
quiet.test MX 10 mx3.mail.test
shaky.test MX 10 mx4.mail.test
hang.test MX 10 mx.hang.test
hang.test MX 20 mx5.mail.test
mx.hang.test A 20.3.0.1
"""
AFTER = HOSTS + """
same.test MX 10 mx0.mail.test
swap.test MX 20 mx1.mail.test
swap.test MX 10 mx2.mail.test
grow.test MX 10 mx1.mail.test
grow.test MX 20 mx2.mail.test
lose.test MX 10 mx1.mail.test
move.test MX 10 night-test.mail.protection.outlook.com
quiet.test MX 0 .
shaky.test MX 10 mx4.mail.test
hang.test MX 10 mx.hang.test
hang.test MX 20 mx5.mail.test
"""
NAMES = ["same.test", "swap.test", "grow.test", "lose.test", "move.test", "quiet.test", "shaky.test", "hang.test"]


class Nights(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.scan(NAMES, self.nsd(BEFORE)).code, 0)

    def second_night(self):
        self.assertEqual(self.scan(NAMES, self.nsd(AFTER)).code, 0)

    def reads(self, *arguments, code=0):
        result = harness.run(*arguments)
        self.assertEqual(result.code, code, result)
        return result

    def changes(self):
        found = {}
        for change in self.reads("diff", self.db, "--format", "json").json()["changes"]:
            found.setdefault(change["domain"], set()).add(change["kind"])
        return found

    def judged(self):
        return dict(self.rows("SELECT run_id, count(*) FROM v_domain GROUP BY run_id"))

    def test_another_list_under_other_rules_costs_the_first_nothing(self):
        """A new rule-set drops what was judged by the old one, of every list; so all are judged again."""
        before = self.judged()
        rules = self.write("own.tsv", "test\tmine\tmailbox\n")
        server = self.nsd(AFTER)
        self.assertEqual(self.scan(["same.test"], server, "--checks", "mx,host", "--list", "other", "--rules", rules).code, 0)
        self.assertEqual({run: count for run, count in self.judged().items() if run in before}, before)

    def test_the_run_another_is_judged_against_is_not_pruned(self):
        self.second_night()
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            store.execute("UPDATE run SET state = 'running', stage = 'judge' WHERE id = 2")
            store.commit()
        result = self.reads("prune", self.db, "--run", 1, code=1)
        self.assertIn("run 2 is being judged against run 1", result.err)
        self.assertEqual(self.rows("SELECT count(*) FROM run"), [(2,)])

    def test_who_was_killed_while_all_was_judged_again_is_followed_by_one_who_does_it(self):
        before = self.judged()
        with contextlib.closing(sqlite3.connect(self.db)) as store:  # as it stands when none of them is judged yet
            store.execute("DELETE FROM judgement")
            store.execute("UPDATE ruleset SET digest = 'judging:' || digest")
            store.commit()
        self.assertEqual(self.scan(NAMES, self.nsd(AFTER), "--checks", "mx,host").code, 0)
        self.assertEqual({run: count for run, count in self.judged().items() if run in before}, before)
        self.assertEqual(self.rows("SELECT count(*) FROM ruleset WHERE digest LIKE 'judging:%'"), [(0,)])

    def test_every_change_has_its_kind(self):
        self.second_night()
        found = self.changes()
        self.assertEqual(found.pop("swap.test"), {"preference_swap"})
        self.assertLessEqual({"host_added", "backup_gained"}, found.pop("grow.test"))
        self.assertLessEqual({"host_removed", "backup_lost"}, found.pop("lose.test"))
        self.assertLessEqual({"host_added", "host_removed", "provider_migrated"}, found.pop("move.test"))
        self.assertLessEqual({"state_changed", "host_removed"}, found.pop("quiet.test"))
        self.assertIn("host_dangling", found.pop("hang.test"))
        self.assertEqual(found, {})

    def test_what_diff_and_the_questions_call_dangling_is_what_the_finding_does(self):
        hosts = "mx.mail.test A 20.0.1.1\nother.mail.test A 20.0.2.1\n"
        names = ["here.test", "literal.test", "gone.test", "twice.test"]
        before = "".join(f"{name} MX 10 mx.mail.test\n" for name in names)
        after = before + "here.test MX 20 localhost\nliteral.test MX 20 20.0.1.1\ngone.test MX 20 nowhere.mail.test\n" \
            "twice.test MX 20 mx.mail.test\n"
        for zone in (before, after):
            self.assertEqual(self.scan(names, self.nsd(hosts + zone)).code, 0)
        dangling = [record["domain"] for record in self.reads("export", self.db, "--finding", "dangling_mx_host").lines()]
        self.assertEqual(dangling, ["gone.test"])
        self.assertEqual([name for name, kinds in self.changes().items() if "host_dangling" in kinds], dangling)
        self.assertEqual(self.rows("SELECT domain, new FROM v_change WHERE kind = 'host_dangling'"), [("gone.test", "nowhere.mail.test")])
        text = (harness.SOURCE / "docs/queries.md").read_text()
        asked = {number: re.search(rf"^## {number}\. .*?```sql\n(.*?)```", text, re.M | re.S)[1] for number in (5, 6)}
        self.assertEqual(self.rows(asked[6]), [("nowhere.mail.test", 1)])
        lost = self.rows("SELECT name, lost FROM v_impact WHERE kind = 'host' AND run_id = 2 AND lost > 0")
        self.assertEqual(lost, [("mx.mail.test", 4)])
        self.assertEqual(self.rows(asked[5]), lost)

    def test_the_question_for_a_domain_calls_its_own_mx_hosts_what_reports_do(self):
        zone = "own.test MX 10 mail.own.test\nown.test MX 20 mx.other.test\nmail.own.test A 20.0.1.1\nmx.other.test A 20.0.2.1\n"
        self.assertEqual(self.scan(["own.test"], self.nsd(zone)).code, 0)
        record, = self.reads("export", self.db).lines()
        text = (harness.SOURCE / "docs/queries.md").read_text()
        told = self.rows(re.search(r"^## 7\. .*?```sql\n(.*?)```", text, re.M | re.S)[1])
        self.assertEqual([(row[1], row[2]) for row in told], [("mail.own.test", "self"), ("mx.other.test", "org:other.test")])
        self.assertEqual([row[2] for row in told], [mx["provider"] for mx in record["mx"]])

    def test_a_swap_is_told_in_full(self):
        self.second_night()
        document = self.reads("diff", self.db, "--format", "json").json()
        self.assertEqual((document["schema_version"], document["comparable"], document["from"]["run"], document["to"]["run"]),
                         (1, True, 1, 2))
        swap = [change for change in document["changes"] if change["domain"] == "swap.test"]
        self.assertEqual([(c["old"], c["new"]) for c in swap],
                         [("10 mx1.mail.test, 20 mx2.mail.test", "10 mx2.mail.test, 20 mx1.mail.test")])
        self.assertIn("swap.test", self.reads("diff", self.db).out)
        self.reads("diff", self.db, "--exit-code", code=4)

    def test_nothing_changed_is_said_and_exits_0(self):
        self.assertEqual(self.scan(NAMES, self.nsd(BEFORE)).code, 0)
        self.assertEqual(self.changes(), {})
        self.reads("diff", self.db, "--exit-code")

    def test_a_temporary_failure_is_no_change_but_apart(self):
        server = self.serve(BEFORE, ["name=shaky.test type=MX -> servfail"])
        result = self.scan(NAMES, server, "--servfail-wait", 50)
        self.assertEqual(result.code, 3, result)
        self.assertEqual(self.changes(), {})
        document = self.reads("diff", self.db, "--format", "json").json()
        self.assertEqual([(c["domain"], c["kind"]) for c in document["became_undetermined"]], [("shaky.test", "became_undetermined")])
        self.assertEqual(document["counts"]["became_undetermined"], 1)
        self.assertFalse(document["comparable"])
        self.assertTrue(document["reasons"])

    def test_a_loss_is_asked_again_before_it_is_written(self):
        """The first answer lies that the name is gone; the settle stage asks once more."""
        server = self.serve(BEFORE, ["name=same.test type=MX first=1 -> nxdomain"])
        self.assertEqual(self.scan(NAMES, server).code, 0)
        self.assertEqual(self.changes(), {})

    def test_a_new_rule_set_is_no_migration(self):
        self.reads("classify", self.db, "--rules", self.write("rules.tsv", "mail.test\tnewname\tmailbox\n"))
        result = self.scan(NAMES, self.nsd(BEFORE))
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.changes(), {})

    def test_one_run_cannot_be_compared(self):
        result = self.reads("diff", self.db, code=1)
        self.assertEqual(len(result.err.strip().splitlines()), 1)

    def trend_of(self, *checks):
        """Nights that differ in their checks alone; lists them apart from the first."""
        for check in checks:
            self.assertEqual(self.scan(NAMES, self.nsd(BEFORE), "--checks", check, "--list", "-".join(checks)).code, 0)
        arguments = ("trend", self.db, "--list", "-".join(checks))
        rows = self.reads(*arguments, "--format", "json").json()["series"]
        return self.reads(*arguments).out, {(row["measure"], row["name"]): row["shares"] for row in rows}, arguments

    def test_trend_has_no_figure_for_what_a_run_did_not_check(self):
        text, shares, arguments = self.trend_of("mx", "mx,host", "all")
        for name in (("backup", "effective"), ("backup", "none"), ("reachable over IPv6", "no"), ("single point of failure", "host"),
                     ("state", "mx"), ("state", "broken"), ("finding", "single_host")):
            if name in shares:
                self.assertEqual((shares[name][0], None in shares[name][1:]), (None, False), name)
        self.assertEqual(shares["backup", "unknown"], [1, 0, 0])
        self.assertEqual(shares["finding", "dmarc_missing"], [None, None, 1])
        self.assertRegex(text, r"(?m)^can receive mail +100\.0 % +unchanged +not checked$")
        self.assertRegex(text, r"(?m)^have an effective backup +37\.5 % +unchanged +not checked$")
        self.assertNotRegex(text, "(?m)worse,|better,|^finding +dmarc_missing.* 100.0 % +[-+0]")
        self.assertRegex(text, r"(?m)^mailbox provider +Google Workspace +12\.5 % +12\.5 % +12\.5 %$")  # no change: `auth` may tell another
        page = self.reads(*arguments, "--format", "html").out
        self.assertIn("what a run did not check has no figure in it", page)

    def test_trend_to_a_run_that_checked_less_tells_no_change(self):
        text, shares, _ = self.trend_of("mx,host", "mx")
        self.assertEqual(shares["backup", "effective"], [0.375, None])
        self.assertRegex(text, r"(?m)^have an effective backup +not checked$")
        self.assertRegex(text, r"(?m)^backup +effective +37\.5 %$")

    def test_trend_without_addresses_compares_mx_records(self):
        text, shares, arguments = self.trend_of("mx", "mx")
        for told in (" ".join(text.split()), self.reads(*arguments, "--format", "html").out):
            self.assertIn("MX hosts not checked: counted by MX records", told)
        self.assertEqual((shares["state", "mx"], shares["state", "broken"]), ([1, 1], [None, None]))
        self.assertRegex(text, r"(?m)^can receive mail +100\.0 % +unchanged$")
        self.assertNotIn("have an effective backup", text)

    def test_what_rests_on_mx_hosts_says_where_they_were_not_checked(self):
        zone = BEFORE + "bare.test A 20.5.0.1\noff.test MX 0 .\nodd.test MX 0 .\nodd.test MX 10 mx1.mail.test\n"
        for checks in ("mx", "mx,host"):
            self.assertEqual(self.scan([*NAMES, "bare.test", "off.test", "odd.test"], self.nsd(zone), "--checks", checks,
                                       "--list", checks).code, 0)
        said = "MX hosts not checked"
        for arguments in (("report", self.db), ("report", self.db, "summary"), ("report", self.db, "states"), ("report", self.db, "impact"),
                          ("report", self.db, "tlds"), ("outage", self.db, "host", "mx1.mail.test"), ("report", self.db, "backup", "--format", "svg"),
                          ("report", self.db, "--format", "html"), ("report", self.db, "backup", "--format", "markdown"),
                          ("report", self.db, "summary", "--format", "json")):
            self.assertIn(said, " ".join(self.reads(*arguments, "--list", "mx").out.split()), arguments)
            self.assertNotIn(said, self.reads(*arguments, "--list", "mx,host").out, arguments)
        rows = {row["measure"]: row["domains"] for row in self.reads("report", self.db, "summary", "--list", "mx", "--format", "json").json()["rows"]}
        self.assertEqual(rows, {"can receive mail": 9, "say they take no mail (null MX)": 1, "mean to say so: the null MX is invalid": 1,
                                "have neither MX nor address": 0, "do not exist": 0, "are broken: no MX host has a public address": None,
                                "could not be determined": 0, "share load over equal MX hosts": None, "have an effective backup": None,
                                "survive the loss of their provider": None, "have an ineffective or dead backup": None,
                                "depend on a single host, address or prefix": None, "are reachable over IPv6": None})
        rows = self.reads("report", self.db, "summary", "--list", "mx,host", "--format", "json").json()["rows"]
        self.assertNotIn(None, [row["domains"] for row in rows])
        self.assertEqual(sum(row["domains"] for row in rows if row["of"] == "all names"), 11)
        for checks in ("mx", "mx,host"):
            told = self.reads("report", self.db, "--list", checks, "--format", "json").json()["accounting"]
            self.assertEqual(told["hosts_checked"], checks != "mx")

    def test_a_bundle_of_a_choice_is_refused(self):
        for option in (("--state", "mx"), ("--finding", "single_host"), ("--where", "Region=x"), ("--content-only",), ("--format", "csv"),
                       ("-o", self.folder / "out.csv")):
            result = harness.run("export", self.db, "--bundle", self.folder / "bundle", *option)
            self.assertEqual((result.code, result.out), (2, ""), result)
            self.assertIn("--bundle makes a folder of a whole run: leave out --", result.err)
            self.assertFalse((self.folder / "bundle").exists() or (self.folder / "out.csv").exists())
        self.reads("export", self.db, "--bundle", self.folder / "bundle")

    def test_records_hold_what_impact_counts_of_domains_that_are_their_own_mx_host(self):
        own = "bare.test A 20.5.0.1\nbare.test AAAA 2a00:1::1\nbeside.test A 20.5.0.1\nprivate.test A 10.0.0.1\n"
        names = [*NAMES, "bare.test", "beside.test", "private.test", "none.test"]
        self.assertEqual(self.scan(names, self.nsd(BEFORE + own + "none.test TXT x\n"), "--list", "own").code, 0)
        records = {record["domain"]: record for record in self.reads("export", self.db, "--list", "own").lines()}
        self.assertEqual(records["bare.test"]["own"], {"a": {"outcome": "answered", "addresses": ["20.5.0.1"]},
                                                       "aaaa": {"outcome": "answered", "addresses": ["2a00:1::1"]}})
        self.assertEqual({name for name, record in records.items() if "own" in record}, {"bare.test", "beside.test", "private.test", "none.test"})
        used = {}
        for name, record in records.items():
            ways = [(mx["host"], mx["a"], mx["aaaa"]) for mx in record["mx"] if mx["usable"]]
            ways += [(name, record["own"]["a"], record["own"]["aaaa"])] if record["state"] == "implicit_mx" else []
            for part in {part for host, *kinds in ways for part in [("host", host)] + [("address", a) for kind in kinds for a in kind["addresses"]]}:
                used[part] = used.get(part, 0) + 1
        run = self.rows("SELECT max(run_id) FROM v_run")[0][0]
        told = {(kind, name): count for kind, name, count in self.rows(f"SELECT kind, name, used FROM v_impact WHERE run_id = {run}")
                if kind in ("host", "address")}
        self.assertEqual(used, told)
        csv = self.reads("export", self.db, "--list", "own", "--format", "csv").out.splitlines()
        place = csv[0].split(",").index("own.a.addresses")
        self.assertEqual([row.split(",")[place] for row in csv if row.startswith("beside.test,")], ["20.5.0.1"])

    def test_trend_reads_over_the_matched_panel(self):
        self.second_night()
        text = self.reads("trend", self.db).out
        self.assertIn("Google Workspace", text)
        self.assertLess(text.index("Better or worse"), text.index("Shares over the matched panel"))
        self.assertRegex(text, r"have an effective backup +[\d.]+ % +(worse, -|better, \+)[\d.]+\n", "the second night moved some")
        rows = self.reads("trend", self.db, "--format", "csv").out.count("\n") - 1
        shown, hidden = text[text.index("Shares over"):], int(re.search(r"(\d+) other rows? did not move", text).group(1))
        self.assertEqual(shown[:shown.index("change: percentage")].count("\n") - 2 + hidden, rows)
        self.assertLessEqual(max(map(len, harness.run("trend", self.db, env={"COLUMNS": "80"}).out.splitlines())), 80)
        self.assertEqual(self.reads("trend", self.db, "--format", "json").json()["schema_version"], 1)

    def test_outage_names_who_loses_and_who_falls_back(self):
        text = self.reads("outage", self.db, "host", "mx1.mail.test", "--domains").out
        for domain in ("grow.test", "swap.test", "lose.test"):
            self.assertIn(domain, text)
        self.assertNotIn("same.test", text)
        for kind, name in (("provider", "google"), ("address", "20.0.1.1"), ("prefix", "20.0.1.0/24")):
            self.reads("outage", self.db, kind, name)

    def test_prune_forgets_old_runs_and_keeps_the_rest_equal(self):
        self.second_night()
        before = self.content()
        self.reads("prune", self.db, "--keep", 1)
        self.assertEqual(self.rows("SELECT run_id FROM v_run"), [(2,)])
        self.assertEqual(self.content(), before)
        self.assertEqual(self.one("PRAGMA quick_check"), "ok")
        self.assertEqual(self.scan(NAMES, self.nsd(AFTER)).code, 0)
        self.assertEqual(self.content(), before)

    def test_prune_puts_what_it_sorts_beside_the_database(self):
        """More names than SQLite keeps in memory: its temporary files lie where the sandbox lets them."""
        names = [f"n{i}.many.test" for i in range(15000)]
        many, server = self.folder / "many.db", self.nsd(HOSTS + "*.many.test MX 10 mx0.mail.test\n")
        for _ in range(2):
            self.assertEqual(self.scan(names, server, db=many).code, 0)
        self.reads("prune", many, "--keep", 1)
        self.assertEqual(self.one("SELECT count(*) FROM v_domain", db=many), 15000)

    def test_plan_sends_nothing(self):
        result = self.reads("plan", self.list_file(NAMES))
        self.assertIn("8", result.out)


if __name__ == "__main__":
    harness.main()
