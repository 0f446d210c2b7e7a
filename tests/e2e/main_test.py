"""The main job against NSD: a list in, a database and a report out. Every state, the accounting, lists as people have them,
the options that choose what is asked, and every command once."""
import bz2
import csv
import gzip
import io
import json
import lzma
import re
import sqlite3
import subprocess
import unittest
import zipfile

import harness

ZONE = """
one.test MX 10 mx.one.test
mx.one.test A 20.0.1.1
two.test MX 10 mx1.two.test
two.test MX 20 mx2.two.test
mx1.two.test A 20.0.2.1
mx1.two.test AAAA 2a00:2::1
mx2.two.test A 20.0.3.1
implicit.test A 20.0.4.1
null.test MX 0 .
bad-null.test MX 10 .
nothing.test TXT "no mail here"
broken.test MX 10 mx.broken.test
alias.test CNAME chain.test
chain.test CNAME two.test
xn--mnchen-3ya.test MX 10 mx.one.test
xn--fa-hia.test MX 10 mx.one.test
hosted.test MX 10 hosted-test.mail.protection.outlook.com
hosted-test.mail.protection.outlook.com A 20.0.5.1
hosted-test.mail.protection.outlook.com A 20.0.6.1
"""
STATES = {"one.test": "mx", "two.test": "mx", "implicit.test": "implicit_mx", "null.test": "null_mx",
          "bad-null.test": "null_mx_invalid", "nothing.test": "no_mail", "missing.test": "nxdomain", "broken.test": "broken",
          "alias.test": "mx", "hosted.test": "mx"}


class Main(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.for_all().nsd(ZONE)

    def done(self, *arguments, code=0, **more):
        result = self.scan(*arguments, **more)
        self.assertEqual(result.code, code, result)
        return result

    def names(self, db=None):
        return [name for name, in self.rows("SELECT domain FROM v_domain ORDER BY domain", db=db)]

    def reads(self, *arguments, code=0):
        result = harness.run(*arguments)
        self.assertEqual(result.code, code, result)
        return result

    # --- what is found

    def test_every_state_and_its_outcome(self):
        self.done(list(STATES), self.server)
        self.assertEqual(dict(self.rows("SELECT domain, state FROM v_domain")), STATES)
        outcome = dict(self.rows("SELECT domain, mx_outcome FROM v_domain"))
        self.assertEqual((outcome["one.test"], outcome["implicit.test"], outcome["nothing.test"], outcome["missing.test"]),
                         ("answered", "nodata", "nodata", "nxdomain"))
        hosts = {host: (a, aaaa, addresses) for host, a, aaaa, addresses in
                 self.rows("SELECT host, a_outcome, aaaa_outcome, addresses FROM v_host")}
        self.assertEqual(hosts["mx1.two.test"], ("answered", "answered", "20.0.2.1 2a00:2::1"))
        self.assertEqual(hosts["mx2.two.test"], ("answered", "nodata", "20.0.3.1"))
        self.assertEqual(hosts["mx.broken.test"], ("nxdomain", "nxdomain", None))
        self.assertNotIn("", hosts)

    def test_alias_chain_is_followed_and_kept(self):
        self.done(["alias.test"], self.server)
        self.assertEqual(self.rows("SELECT state, alias FROM v_domain"), [("mx", "two.test")])
        self.assertEqual(self.mx_of(self.export()["alias.test"]), [(10, "mx1.two.test"), (20, "mx2.two.test")])

    def test_accounting_and_states_add_up(self):
        self.done(self.write("list", "one.test\nONE.test.\n\n# a comment\nbad..name\nmissing.test\none.test\n"), self.server)
        self.assertEqual(self.rows("SELECT lines, accepted, rejected, duplicates FROM v_run"), [(5, 2, 1, 2)])
        self.assertEqual(self.one("SELECT sum(domains) FROM v_state"), 2)

    def test_more_than_a_thousand_mx_hosts_are_a_limit(self):
        def zone(count):
            return "".join(f"big{count}.test MX 10 m{i}.big.test\n" for i in range(count))
        hosts = "".join(f"m{i}.big.test A 20.7.{i // 250}.{i % 250}\n" for i in range(1001))
        server = self.nsd(zone(1000) + zone(1001) + zone(398) + hosts)
        self.done(["big1000.test", "big1001.test", "big398.test"], server, "--checks", "mx", code=3)
        found = {d: (o, n) for d, o, n in self.rows("SELECT d.domain, d.mx_outcome, (SELECT count(*) FROM v_mx m WHERE m.domain ="
                                                    " d.domain AND m.run_id = d.run_id) FROM v_domain d")}
        self.assertEqual(found, {"big1000.test": ("answered", 1000), "big1001.test": ("limit", 1000),
                                 "big398.test": ("answered", 398)})
        self.assertEqual(self.rows("SELECT state FROM v_domain WHERE domain = 'big1001.test'"), [("undetermined",)])
        self.assertGreaterEqual(self.one("SELECT tcp_connections FROM v_run"), 4, "and one is the check of TCP")

    # --- lists

    def test_rejects_have_line_and_reason(self):
        lines = ["one.test", "a..test", "*.test", "10.0.0.1", "[::1]", "two words.test", "x" * 64 + ".test", "bad!.test", ".", "@",
                 "a." * 127 + "a", "http://two.test/path", "user@null.test"]
        self.done(self.write("list", "\r\n".join(lines) + "\r\n"), self.server)
        found = self.rows("SELECT line, reason FROM v_reject ORDER BY line")
        self.assertEqual(found, [(2, "empty_label"), (3, "wildcard"), (4, "ip_address"), (5, "ip_address"), (6, "several_fields"),
                                 (7, "label_too_long"), (8, "bad_character"), (9, "empty_name"), (10, "empty_name"),
                                 (11, "name_too_long")])
        self.assertEqual(self.names(), ["null.test", "one.test", "two.test"])

    def test_idn_becomes_a_labels(self):
        self.done(self.write("list", "München.test\nfaß.test\nxn--mnchen-3ya.test\nab--cd.test\n\u202e.test\n"), self.server)
        self.assertEqual(self.names(), ["ab--cd.test", "xn--fa-hia.test", "xn--mnchen-3ya.test"])
        self.assertEqual(self.one("SELECT duplicates FROM v_run"), 1)
        self.assertTrue(self.one("SELECT reason FROM v_reject").startswith("idn_"))

    def test_compressed_lists_and_several_at_once(self):
        plain = b"one.test\ntwo.test\n"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("names.txt", plain)
        zst = subprocess.run(["zstd", "-q"], input=plain, capture_output=True, check=True).stdout
        files = [self.write(name, content) for name, content in
                 (("a.gz", gzip.compress(plain)), ("a.bz2", bz2.compress(plain)), ("a.xz", lzma.compress(plain)),
                  ("a.zip", packed.getvalue()), ("a.zst", zst))]
        for file in files:
            db = self.folder / f"{file.name}.db"
            self.done(file, self.server, db=db)
            self.assertEqual(self.names(db), ["one.test", "two.test"], file)
        result = harness.run("scan", "-o", self.db, *self.resolver_options(self.server), *files)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT lines, accepted, duplicates FROM v_run"), [(10, 2, 8)])

    def test_of_a_zip_only_members_that_are_lists_are_read(self):
        apple = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02\nattr\n\x00\x00"
        others = {"LICENSE": b"MIT\n\nPermission is granted\n", "__MACOSX/._list.txt": apple, "VERSION": b"1.0.3\n", "Makefile": b"all\n", "notes.md": b"# Notes\n\nread me\n"}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in {**others, "list.txt": b"one.test\ntwo.test\n"}.items():
                archive.writestr(name, content)
        result = self.scan(self.write("list.zip", packed.getvalue()), self.server)
        self.assertEqual((result.code, self.names()), (0, ["one.test", "two.test"]), result)
        for name in others:
            self.assertIn(name, result.err)

    def test_what_a_program_with_other_findings_judged_is_judged_again(self):
        self.done(["one.test", "two.test"], self.server)
        judged = harness.run("export", self.db, "--run", 1, "--content-only").out
        with sqlite3.connect(self.db) as store:
            store.execute("DELETE FROM verdict_finding")
            store.execute("UPDATE ruleset SET digest = substr(digest, 1, length(digest) - 8) || '00000000'")
        store.close()
        self.assertNotEqual(harness.run("export", self.db, "--run", 1, "--content-only").out, judged)
        self.assertIn(f"mxsurvey classify {self.db} judges it again", self.reads("report", self.db).err)
        self.done(["one.test", "two.test"], self.server)
        self.assertEqual(harness.run("export", self.db, "--run", 1, "--content-only").out, judged)
        self.assertEqual(self.reads("report", self.db).err, "")
        self.reads("classify", self.db, "--rules", self.write("own.tsv", "test\tmine\tmailbox\n"))
        self.assertEqual(self.reads("report", self.db).err, "", "rules of one's own are no older ones")

    def test_damaged_compression_is_said_with_the_line(self):
        whole = gzip.compress("".join(f"n{i}.test\n" for i in range(100000)).encode())
        result = self.scan(self.write("cut.gz", whole[:len(whole) // 2]), self.server)
        self.assertEqual(result.code, 1, result)
        self.assertIn("cut.gz", result.err)

    def test_standard_input_plain_and_compressed(self):
        for stdin in (b"one.test\n", gzip.compress(b"one.test\n")):
            result = harness.run("scan", "-o", self.db, "--new", *self.resolver_options(self.server), "-", stdin=stdin)
            self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT accepted FROM v_run"), [(1,), (1,)])

    def test_ranked_csv_and_an_empty_list_beside_another(self):
        self.done(self.write("top.csv", "1,one.test\n2,two.test\n"), self.server)
        self.assertEqual(self.names(), ["one.test", "two.test"])
        empty = self.folder / "empty.db"
        said = self.done(self.write("empty", "# nothing\n\n"), self.server, self.write("more", "one.test"), db=empty).err
        self.assertIn("empty: there is no name in it", said)
        self.assertNotIn("more:", said)
        self.assertEqual(self.rows("SELECT kind, text LIKE '%empty: there is no name in it' FROM v_note WHERE kind <> 'denial'", db=empty), [("list", 1)])

    def test_a_list_of_nothing_makes_no_run_and_the_next_night_follows_the_last(self):
        listed = self.list_file(["one.test", "two.test"])
        self.done(listed, self.server)
        for words in ((), (self.write("nothing", ""),)):
            result = self.scan(self.write("empty", "# nothing\n\n"), self.server, *words)
            self.assertEqual(result.code, 1, result)
            self.assertEqual(result.err.count("there is no name in it"), 1, result) # told once
            self.assertEqual(self.rows("SELECT count(*) FROM v_run"), [(1,)])
        self.done(listed, self.server)
        self.assertEqual(self.rows("SELECT state, accepted, previous_run FROM v_run"), [("complete", 2, None), ("complete", 2, 1)])

    def test_a_list_of_nothing_but_refused_lines_is_no_run(self):
        self.done(["one.test"], self.server)
        result = self.scan(self.write("odd", "<p>\n"), self.server)
        self.assertEqual(result.code, 1, result)
        self.assertIn("odd: 1 of 1 entries are not names, so this is not a list of names and no run is made of it", result.err)
        self.assertEqual(self.rows("SELECT lines, accepted, state FROM v_run"), [(1, 1, "complete")])

    def test_a_list_of_another_kind_is_told(self):
        table = "domain,note\n" + "".join(f"{name},\"a\nb\"\n" for name in ("one.test", "two.test"))
        said = self.done(self.write("nl.csv", table), self.server).err
        self.assertIn("nl.csv: CSV (commas); names from column `domain`, by its header", said)
        self.assertEqual(self.names(), ["one.test", "two.test"])
        result = self.scan(self.write("page.html", "<html>\n<body>\none.test\n"), self.server, "--new")
        self.assertEqual(result.code, 1, result)
        self.assertIn("page.html: this is a page of HTML, and no list of names", result.err)
        self.assertEqual(self.names(), ["one.test", "two.test"])
        said = self.done(self.write("part.txt", "<p>\n<b>\none.test\n"), self.server, "--new").err
        self.assertIn("part.txt: 2 of 3 lines are refused; is it a list of names?", said)
        self.assertIn("refused", self.reads("report", self.db, "notes").out)
        said = self.done(self.write("half.txt", "<p>\none.test\n"), self.server, "--new").err
        self.assertNotIn("half.txt", said)

    def test_how_a_list_is_read_is_said_when_it_is_new_or_another(self):
        rows = "".join(f"{name},x,www.{name}\n" for name in ("one.test", "two.test"))
        table = self.write("sites.csv", "domain,note,website\n" + rows)
        said = "sites.csv: CSV (commas); names from column `domain`"
        self.assertIn(said, self.done(table, self.server).err)
        self.assertNotIn("sites.csv", self.done(table, self.server).err)
        self.assertIn("names from column `website`", self.done(table, self.server, "--column", "website").err)
        self.assertIn(said, self.done(table, self.server, "--new").err)
        self.assertIn(said, self.done(table, self.server, "--list", "other").err)
        self.assertEqual(len(self.rows("SELECT DISTINCT run_id FROM v_input WHERE how LIKE '%`domain`%'")), 4, "and each run has it")

    def test_a_word_among_names_is_a_header_or_is_told(self):
        for text, said in (("kunde\none.test\n", "a plain list; its first line, `kunde`, is taken for a header"),
                           ("one.test\nkunde\n", "1 name is a single word, no top-level domain (line 2); asked as it stands"),
                           ("school\none.test\n", "the first name is a top-level domain above names with dots")):
            with self.subTest(said=said):
                self.assertIn(f"kunden.txt: {said}", self.done(self.write("kunden.txt", text), self.server, "--new").err)
        self.assertEqual(self.rows("SELECT lines, accepted FROM v_run"), [(1, 1), (2, 2), (2, 2)])
        self.assertEqual(self.one("SELECT count(*) FROM v_note WHERE text LIKE '%single word%' OR text LIKE '%the first name is%'"), 2)

    def test_a_reason_is_told_in_words(self):
        self.done(self.write("two.txt", "one.test\ntwo.test\nfour.test\none.test two.test\n"), self.server)
        self.assertRegex(self.reads("report", self.db, "rejects").out, r"two\.txt +4 +more than one word +one\.test two\.test")
        self.assertIn(",several_fields,", self.reads("report", self.db, "rejects", "--format", "csv").out)

    def test_a_small_file_of_refused_lines_stores_some_and_counts_all(self):
        count, line, names = 70000, b"a b " * 250, 1000
        listed = "".join(f"n{i}.test\n" for i in range(names)).encode()
        path = self.write("bomb.gz", gzip.compress((line + b"\n") * count + listed + b"never.mil\n"))
        said = self.done(path, self.server, "--checks", "mx", "--exclude", self.write("no", "*.mil\n")).err
        stored = self.one("SELECT count(*) FROM v_reject WHERE reason <> 'excluded'")
        self.assertEqual(self.rows("SELECT lines, rejected, accepted FROM v_run"), [(count + names + 1, count + 1, names)])
        self.assertEqual(stored, (64 << 20) // (32 + len(line)))
        self.assertEqual(self.rows("SELECT text FROM v_reject WHERE reason = 'excluded'"), [("never.mil",)], "`diff` rests on them")
        self.assertIn(f"{count - stored} of {count + 1} refused lines are counted and not stored", said)
        self.assertLess(self.db.stat().st_size, 100 << 20)

    # --- options

    def test_excluded_names_and_mx_hosts_are_never_asked(self):
        server = self.serve(ZONE, log=True)
        self.done(["one.test", "two.test", "hosted.test"], server, "--exclude", self.write("no", "one.test\n*.outlook.com\noutlook.com\n"))
        self.assertEqual(self.rows("SELECT text, reason FROM v_reject"), [("one.test", "excluded")])
        self.assertEqual(self.names(), ["hosted.test", "two.test"])
        server.stop()
        asked = {name.rstrip(".") for _, _, _, _, name, _, _, _ in server.log()}
        self.assertIn("two.test", asked)
        for name in asked:
            self.assertFalse(name == "one.test" or name.endswith(".one.test") or name.endswith("outlook.com"), name)

    def test_of_an_mx_host_that_was_excluded_nobody_says_that_it_is_not_usable_or_that_others_stand_before_it(self):
        server = self.serve("a.test MX 10 mx.x.example\na.test MX 20 mx.y.example\nc.test MX 10 mx.y.example\nmx.y.example A 20.2.1.1\n"
                            "mx.x.example A 20.1.1.1\nl.test MX 10 localhost\nl.test MX 20 mx.y.example\n")
        self.done(["a.test", "c.test", "l.test"], server, "--exclude", self.write("no", "mx.x.example\n"))
        text = self.reads("explain", self.db, "a.test").out
        self.assertIn("preference 10, not asked", text)
        self.assertIn("preference 20, a tier behind one that is not settled", text)
        self.assertIn("preference 10, no usable MX host", self.reads("explain", self.db, "l.test").out, "localhost is known to be none")
        self.assertNotIn("behind MX hosts of others", self.reads("outage", self.db, "provider", "org:x.example").out)

    def test_lists_keep_their_runs_apart(self):
        self.done(["one.test"], self.server, "--list", "left")
        self.done(["two.test"], self.server, "--list", "right")
        self.done(["one.test", "null.test"], self.server, "--list", "left")
        self.assertEqual(self.rows("SELECT list, accepted, previous_run FROM v_run ORDER BY run_id"),
                         [("left", 1, None), ("right", 1, None), ("left", 2, 1)])
        left = self.reads("export", self.db, "--list", "left").lines()
        self.assertEqual([r["domain"] for r in left], ["null.test", "one.test"])
        self.assertEqual([r["domain"] for r in self.reads("export", self.db, "--run", "1").lines()], ["one.test"])

    def test_checks_choose_what_is_asked(self):
        server = self.serve(ZONE, log=True)
        self.done(["one.test", "implicit.test"], server, "--checks", "mx")
        server.stop()
        asked = {(name.rstrip("."), kind) for _, _, _, _, name, kind, _, _ in server.log()}
        self.assertNotIn(("mx.one.test", "A"), asked)
        self.assertIn(("implicit.test", "A"), asked)
        self.assertIn(("implicit.test", "AAAA"), asked)
        self.assertEqual(self.one("SELECT checks FROM v_run"), "mx")
        self.assertIsNone(self.export()["one.test"]["redundancy"]["usable"])

    def test_the_seed_sets_the_order(self):
        names = [f"n{i}.test" for i in range(200)]

        def order(seed, db):
            server = self.serve(generate=10, log=True)
            self.done(names, server, "--checks", "mx", "--concurrency", 1, "--seed", seed, db=self.folder / db)
            server.stop()
            return [row[4].rstrip(".") for row in server.log() if row[4].rstrip(".") in names and row[5] == "MX"][:len(names)]
        first, again, other = order(7, "a"), order(7, "b"), order(8, "c")
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertNotEqual(first, names)
        self.assertEqual(sorted(other), sorted(names))

    def test_each_mx_host_is_asked_once_per_run(self):
        server = self.serve("".join(f"n{i}.test MX 10 mx.shared.test\n" for i in range(300)) + "mx.shared.test A 20.0.0.1\n",
                            log=True)
        self.done([f"n{i}.test" for i in range(300)], server)
        server.stop()
        asked = [kind for _, _, _, _, name, kind, _, _ in server.log() if name.rstrip(".") == "mx.shared.test"]
        self.assertEqual(sorted(asked), ["A", "AAAA"])

    # --- reading

    def test_report_text_and_json_agree(self):
        result = self.done([*STATES, "bad..name"], self.server)
        self.assertIn("mxsurvey report", result.out)
        self.assertIn("11 lines = 10 accepted + 1 rejected + 0 duplicate", result.out)
        text = self.reads("report", self.db).out
        self.assertIn("11 lines = 10 accepted + 1 rejected + 0 duplicate", text)
        self.assertIn("of the 5 domains that can receive mail", text)
        report = self.reads("report", self.db, "--format", "json").json()
        self.assertEqual(report["schema_version"], 1)
        account = report["accounting"]
        self.assertEqual((account["lines"], account["accepted"], account["rejected"], account["duplicate"]), (11, 10, 1, 0))
        self.assertEqual({s: n for s, n in account["states"].items() if n},
                         {"mx": 4, "implicit_mx": 1, "null_mx": 1, "null_mx_invalid": 1, "no_mail": 1, "nxdomain": 1, "broken": 1})
        self.assertEqual(len(account["states"]), 8)
        for key in ("run", "providers", "concentration", "redundancy", "findings"):
            self.assertIn(key, report)
        shares = {(p["role"], p["id"]): p["domains"] for p in report["providers"]}
        self.assertEqual(shares[("mailbox", "microsoft")], 1)

    def test_quiet_says_nothing(self):
        result = self.done(["one.test"], self.server, "-q")
        self.assertEqual((result.out, result.err), ("", ""))

    def test_export_forms_hold_the_same(self):
        self.done(list(STATES), self.server)
        records = self.export()
        self.assertEqual(list(records), sorted(STATES))
        table = list(csv.DictReader(io.StringIO(self.reads("export", self.db, "--format", "csv").out)))
        self.assertEqual([row["domain"] for row in table], list(records))
        for row in table:
            self.assertEqual(row["state"], records[row["domain"]]["state"])
            self.assertEqual(row["findings"], ";".join(records[row["domain"]]["findings"]))
        entry = records["two.test"]["mx"][0]
        self.assertEqual(entry, {"preference": 10, "host": "mx1.two.test", "ttl_s": 300, "alias": None, "usable": True,
                                 "a": {"outcome": "answered", "addresses": ["20.0.2.1"]},
                                 "aaaa": {"outcome": "answered", "addresses": ["2a00:2::1"]}, "provider": "self", "smtp": None})
        for record in records.values():
            for key in ("provider", "redundancy", "auth", "transport", "measured", "facets"):
                self.assertIsInstance(record[key], dict)
        measured = records["one.test"]["measured"]
        self.assertEqual((measured["resolver"], measured["attempts"]), (self.server.resolvers[0], 1))
        found = self.reads("export", self.db, "--state", "broken").lines()
        self.assertEqual([r["domain"] for r in found], ["broken.test"])
        found = self.reads("export", self.db, "--finding", "dangling_mx_host").lines()
        self.assertEqual([r["domain"] for r in found], ["broken.test"])

    def test_two_scans_of_one_world_are_equal(self):
        other = self.folder / "other.db"
        self.done(list(STATES), self.server, "--seed", 1)
        self.done(list(reversed(STATES)), self.server, "--seed", 2, "--concurrency", 1, db=other)
        self.assertEqual(self.content(), self.content(db=other))
        self.done(list(STATES), self.server)
        self.assertEqual(self.content(), self.content(db=other))
        self.assertEqual(self.one("SELECT count(*) FROM domain_history"), len(STATES), "an unchanged night writes no facts")
        for record in self.content().splitlines():
            self.assertNotIn("measured", json.loads(record))
            self.assertNotIn("ttl_s", record)

    def test_an_output_file_appears_whole(self):
        self.done(["one.test"], self.server)
        target = self.folder / "out.jsonl"
        self.reads("export", self.db, "-o", target)
        self.assertEqual(json.loads(target.read_text())["domain"], "one.test")

    def test_no_output_is_written_over_a_database(self):
        """`-o` is the database of a scan, and the file of a report."""
        self.done(["one.test"], self.server)
        other = self.folder / "other.db"
        other.write_bytes(self.db.read_bytes())
        link = self.folder / "link"
        link.symlink_to(other)
        for command in ("report", "export", "trend", "runs", "diff"):
            for file in (self.db, other, link):
                before = file.read_bytes()
                result = harness.run(command, self.db, "-o", file)
                self.assertEqual((result.code, file.read_bytes() == before), (1, True), result)
                self.assertIn("is a database and would be lost: name another file", result.err)

    def test_what_a_whole_report_leaves_out_is_said(self):
        self.done(["one.test"], self.server)
        whole = self.reads("report", self.db, "--format", "csv")
        self.assertIn("csv holds one table, and this is summary", whole.err)
        self.assertEqual(whole.out, self.reads("report", self.db, "summary", "--format", "csv").out)
        self.assertEqual(self.reads("report", self.db, "providers", "--format", "csv").err, "")
        for format_ in ("text", "csv", "html", "json"):
            refused = harness.run("report", self.db, "--limit", 3, "--format", format_)
            self.assertEqual((refused.code, refused.out), (2, ""), refused)
            self.assertIn("--limit belongs to a named table", refused.err)
        config = self.write("mxsurvey.ini", "[report]\nlimit = 3\n")
        self.assertEqual(harness.run("report", self.db, env={"XDG_CONFIG_HOME": str(self.folder)}).code, 0, config)

    def test_a_column_is_named_in_any_case_as_for_keep(self):
        self.done(self.write("list.csv", "Domain,Region\none.test,Tyrol\ntwo.test,Tyrol\nnull.test,Vienna\n"), self.server, "--keep", "region")
        for arguments in (("report", "mailboxes", "--by"), ("outage", "host", "mx.one.test", "--by"), ("trend", "--by")):
            told = [self.reads(arguments[0], self.db, *arguments[1:], name).out for name in ("Region", "region")]
            self.assertEqual(told[0], told[1])
        chosen = [self.reads("export", self.db, "--where", f"{name}=Tyrol").out for name in ("Region", "REGION")]
        self.assertEqual(chosen[0], chosen[1])
        self.assertEqual(chosen[1].count("\n"), 2)

    def test_plan_and_doctor_measure_the_disk_alike(self):
        db = self.folder / "survey.db"
        free = [re.search(pattern, harness.run(command, *arguments, "-o", db).out)[1] for command, pattern, arguments in
                (("plan", r"(?m)^disk +([\d,]+) MB are free", (self.list_file(["one.test"]),)),
                 ("doctor", r"free space in .*: ([\d,]+) MB", self.resolver_options(self.server)))]
        plan, doctor = (int(count.replace(",", "")) for count in free)
        self.assertLess(abs(plan - doctor), plan / 50, "megabytes of one size")

    def test_plan_of_an_empty_list_ends_as_its_scan_does(self):
        for text in ("", "# nothing\n\n"):
            path = self.write("empty.txt", text)
            planned, scanned = harness.run("plan", path), harness.run(*self.scan_arguments(path, self.server, "--health", "off"))
            self.assertEqual((planned.code, planned.err), (1, scanned.err), planned)
            self.assertIn("there is no name in it; nothing was asked", planned.err)

    def test_a_word_that_is_no_name_is_told_why(self):
        for word, why in (("a b", "several_fields: there is more than one word in it"), ("*.x.test", "wildcard: it stands for many names"),
                          ("192.0.2.1", "ip_address: it is an address")):
            self.assertIn(why, harness.run("lookup", *self.resolver_options(self.server), word).err)

    def test_findings_that_no_provider_has_are_no_columns_of_the_page(self):
        self.done(["one.test", "gone.test", "broken.test"], self.nsd("one.test MX 10 mx.one.test\nmx.one.test A 20.1.1.1\nbroken.test MX 10 x.test\n"))
        page = self.reads("report", self.db, "--format", "html").out
        matrix = page[page.index("Providers and findings"):page.index("Top-level domains", page.index("Providers and findings"))]
        self.assertIn("single host", matrix)
        self.assertNotIn("no usable mx host", matrix)
        self.assertNotIn("no such domain", matrix)
        self.assertIn("Concentration (each self-hosted domain its own provider)", self.reads("report", self.db, "concentration").out)

    def test_explain_of_what_was_excluded_says_so(self):
        exclude = self.write("exclude.txt", "two.test\n")
        self.done(["one.test", "Two.test.", "a.two.test"], self.server, "--exclude", exclude)
        for name in ("two.test", "TWO.test.", "a.two.test"):
            self.assertIn("it is on the list, and --exclude left it out", self.reads("explain", self.db, name, code=1).err)
        self.assertNotIn("exclude", self.reads("explain", self.db, "b.two.test", code=1).err)

    def test_a_reader_who_has_enough_leaves_nothing_beside_the_database(self):
        self.done([f"n{i}.test" for i in range(3000)], self.server, "--checks", "mx")
        shell = f"'{harness.PROGRAM}' export '{self.db}' | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout.splitlines()[1], done.stderr), ("0", ""))
        self.assertEqual([path.name for path in self.folder.glob("survey.db*")], ["survey.db"])

    def test_what_lookup_tells_has_no_history(self):
        told = self.reads("lookup", *self.resolver_options(self.server), "one.test").out
        self.assertIn("Delivery", told)
        self.assertNotIn("History", told)
        self.done(["one.test"], self.server)
        self.assertIn("History\n  since run 1", self.reads("explain", self.db, "one.test").out)

    def test_a_change_begins_a_span_and_keeps_the_old(self):
        self.done(["one.test"], self.server)
        self.done(["one.test"], self.nsd(ZONE.replace("one.test MX 10", "one.test MX 20")))
        self.assertEqual(self.rows("SELECT run_id, preference FROM v_mx ORDER BY run_id"), [(1, 10), (2, 20)])

    def test_what_was_not_given_is_not_stored_as_if_it_held(self):
        stored = "SELECT options ->> 'resolver-rate' FROM v_run ORDER BY run_id DESC"
        listed = self.list_file(["one.test"])
        self.done(listed, self.server)
        self.assertIsNone(self.one(stored))
        self.done(listed, self.server, "--resolver-rate", 300)
        self.assertEqual(self.one(stored), 300)

    def test_explain_tells_a_swap_that_changed_no_verdict(self):
        zone = "a.test MX {} mx1.a.test\na.test MX {} mx2.a.test\nmx1.a.test A 20.0.1.1\nmx2.a.test A 20.0.1.2\n"
        for first, second in ((10, 20), (10, 20), (20, 10)):
            self.done(self.list_file(["a.test"]), self.serve(zone.format(first, second)))
        self.assertEqual(self.one("SELECT count(*) FROM judgement"), 1)
        history = self.reads("explain", self.db, "a.test").out.split("History\n")[1]
        self.assertRegex(history, r"^  run 1 \(.*\) to run 2: mx, 10 mx1\.a\.test, 20 mx2\.a\.test\n"
                                  r"  since run 3 \(.*\): mx, 10 mx2\.a\.test, 20 mx1\.a\.test\n$")

    def test_explain_names_order_rule_and_evidence(self):
        self.done(list(STATES), self.server)
        text = self.reads("explain", self.db, "hosted.test").out
        for word in ("hosted-test.mail.protection.outlook.com", "microsoft", "20.0.5.1"):
            self.assertIn(word, text)
        text = self.reads("explain", self.db, "TWO.test.").out
        self.assertLess(text.index("mx1.two.test"), text.index("mx2.two.test"))
        missing = self.reads("explain", self.db, "other.test", code=1)
        self.assertIn("other.test", missing.err)

    def test_plan_tells_how_many_names_begin_with_www(self):
        for header, options, told in (("domain", (), True), ("website", (), False), ("domain", ("--keep-www",), False)):
            with self.subTest(header=header, options=options):
                table = self.write("www.csv", f"{header},n\nwww.one.test,1\ntwo.test,2\nwww.test,3\nwwww.test,4\n")
                plan = self.reads("plan", "-r", "127.0.0.1", *options, table).out
                self.assertEqual("www.        2 of them begin with www." in plan, told, plan)

    def test_lookup_tells_the_same_and_stores_nothing(self):
        before = sorted(p.name for p in self.folder.iterdir())
        result = harness.run("lookup", *self.resolver_options(self.server), "--control", "one.test", "two.test", "null.test", cwd=self.folder)
        self.assertEqual((result.code, result.err), (0, ""), result)
        for word in ("mx1.two.test", "mx2.two.test", "20.0.2.1", "null.test"):
            self.assertIn(word, result.out)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), before)
        file = self.list_file(["two.test"])
        self.assertIn(f"mxsurvey scan {file}", self.reads("lookup", *self.resolver_options(self.server), file, code=2).err)
        bad = self.reads("lookup", *self.resolver_options(self.server), "bad..name", code=2)
        self.assertIn("bad..name", bad.err)

    def test_runs_lists_them(self):
        self.done(["one.test"], self.server)
        self.done(["one.test"], self.server, "--list", "other", "--seed", 9)
        runs = self.reads("runs", self.db, "--format", "json").out
        self.assertIn('"other"', runs)
        self.assertIn("complete", self.reads("runs", self.db).out)

    def test_classify_judges_again_without_dns(self):
        server = self.nsd(ZONE)
        self.done(list(STATES), server)
        before = self.content()
        self.reads("classify", self.db)
        self.assertEqual(self.content(), before)
        rules = self.write("rules.tsv", "two.test\tduo\tmailbox\n")
        server.stop()
        self.reads("classify", self.db, "--rules", rules)
        self.assertEqual(self.export()["two.test"]["provider"]["mailbox"], "duo")
        bad = self.write("bad.tsv", "two.test\tduo\tmailbox\nx\ty\tnonsense\n")
        content = self.content()
        result = harness.run("classify", self.db, "--rules", bad)
        self.assertIn(result.code, (1, 2), result)
        self.assertIn("line 2", result.err)
        self.assertEqual(self.content(), content)

    def test_versions(self):
        versions = self.reads("--version", "--json").json()
        for key in ("mxsurvey", "sqlite", "c-ares", "libuv"):
            self.assertRegex(versions[key], r"^\d+\.\d+")
        self.assertIn(versions["mxsurvey"], self.reads("--version").out)

    # --- every command a reader can type

    def test_every_command_has_help(self):
        text = self.reads("--help").out
        section = text.split("Commands:\n")[1].split("\n\n")[0]
        commands = [line.split()[0] for line in section.splitlines() if line.startswith("  ") and line[2] != " "]
        for command in ("scan", "report", "runs", "lookup", "classify", "export", "explain", "completion"):
            self.assertIn(command, commands)
        for command in commands:
            with self.subTest(command=command):
                result = self.reads(command, "--help")
                self.assertTrue(result.out.startswith(f"mxsurvey {command}"), result)
                self.assertIn("Usage:", result.out)
                self.assertEqual(self.reads("help", command).out, result.out)
                self.assertEqual(result.err, "")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
