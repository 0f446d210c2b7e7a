"""Columns of lists kept beside the domains: stored, told in every table, in the exports, as history; and what strangers name them."""
import base64
import collections
import csv
import functools
import gzip
import hashlib
import html
import io
import json
import pathlib
import re
import signal
import sqlite3
import unittest

import harness

ROWS = [("a.test", "Tyrol", "hospital", "900"), ("b.test", "Tyrol", "school", "1500"), ("c.test", "Vienna", "hospital", "25000"),
        ("d.test", "Vienna", "", ""), ("e.test", "", "school", "12,000"), ("a.test", "Vienna", "hospital", "900"), ("f.test", "Tyrol", "x", "many")]
ZONE = "".join(f"{name}.test MX 10 mx.{host}.test\n" for name, host in zip("abcdf", ["p", "p", "q", "q", "p"])) + \
       "e.test MX 0 .\nmx.p.test A 20.0.0.1\nmx.q.test A 20.0.0.2\n"
SUMS = {"summary": ["measure"], "states": ["state"], "providers": ["role", "id"], "mailboxes": ["id"], "jurisdictions": ["role", "country"], "gateways": ["id"], "redundancy": ["measure", "value"],
        "backup": ["backup", "apart"], "findings": ["finding"], "matrix": ["role", "provider", "finding"]}


def table(rows, head="Domain,Region,Sector,People"):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head.split(","))
    writer.writerows(rows)
    return out.getvalue()


def browse_data(page):
    """What the page to browse holds: JSON, as a gzip stream in Base64."""
    return json.loads(gzip.decompress(base64.b64decode(re.search('<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>', page).group(1), validate=True)))


class Facets(harness.TestCase):
    def night(self, rows, *options, **more):
        path = self.write("list.csv", table(rows, **more))
        result = self.scan(path, self.server, *options)
        self.assertEqual(result.code, 0, result)
        return result

    @classmethod
    def setUpClass(cls):
        cls.server = cls.for_all().serve(ZONE, seconds=900)

    def json(self, *arguments):
        result = harness.run(*arguments)
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)

    records = harness.TestCase.export


class Storing(Facets):
    def stage(self):
        try:
            return harness.one(self.db, "SELECT stage FROM run")
        except sqlite3.OperationalError:  # no file, or a schema under way
            return None

    def test_values_stand_in_export_and_view(self):
        said = self.night(ROWS, "--keep", "Region,Sector").err
        self.assertIn("names from column `Domain`, by its header", said)
        records = self.records()
        self.assertEqual(records["a.test"]["facets"], {"Region": ["Tyrol", "Vienna"], "Sector": ["hospital"]})
        self.assertEqual(records["d.test"]["facets"], {"Region": ["Vienna"]})
        lines = list(csv.DictReader(io.StringIO(harness.run("export", self.db, "--format", "csv").out)))
        self.assertEqual({line["domain"]: (line["facet_Region"], line["facet_Sector"]) for line in lines}["a.test"], ("Tyrol;Vienna", "hospital"))
        self.assertEqual(self.rows("SELECT facet, value FROM v_facet WHERE domain = 'a.test' ORDER BY 1, 2"),
                         [("Region", "Tyrol"), ("Region", "Vienna"), ("Sector", "hospital")])
        self.assertEqual(self.rows("SELECT lines, accepted, duplicates FROM v_run"), [(7, 6, 1)])
        self.assertEqual(self.rows("SELECT format, lines, passed_over, length(sha256) FROM v_input"), [("csv", 7, 1, 64)])

    def test_what_was_read_is_told_and_cited(self):
        path = self.write("tranco_ABC12.csv", "1,a.test\n2,b.test\n")
        self.assertEqual(self.scan(path, self.server).code, 0)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        runs = self.json("runs", self.db, "--format", "json")["runs"][0]["inputs"]
        self.assertEqual([(i["path"], i["format"], i["lines"], i["sha256"]) for i in runs], [(str(path), "csv", 2, digest)])
        self.assertIn("ABC12", runs[0]["citation"])
        self.assertEqual(self.json("report", self.db, "--format", "json")["run"]["inputs"], runs)
        for arguments in (("runs",), ("report", "inputs", "--format", "csv")):
            out = harness.run(arguments[0], self.db, *arguments[1:]).out
            self.assertIn(digest, out, arguments)
            self.assertIn("ABC12", out, arguments)
        self.assertIn("tranco_ABC12.csv", harness.run("report", self.db).out)
        folder = self.folder / "bundle"
        self.assertEqual(harness.run("export", self.db, "--bundle", folder).code, 0)
        self.assertEqual(json.loads((folder / "run.json").read_text())["run"]["inputs"], runs)
        self.assertIn(digest, (folder / "tables/inputs.csv").read_text())
        versions = harness.run("--version").out
        self.assertRegex(versions, r"libcsv\W+3\.\d")
        self.assertRegex(versions, r"ldns\W+1\.\d")

    def test_a_night_without_change_writes_nothing_and_a_change_is_history(self):
        self.once(lambda: self.night(ROWS, "--keep", "all"))
        before = self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3")
        self.night(ROWS, "--keep", "all")
        self.assertEqual(self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3"), before)
        moved = [(n, "Styria" if n == "b.test" else r, s, p) for n, r, s, p in ROWS]
        self.night(moved, "--keep", "all")
        self.assertEqual(self.records()["b.test"]["facets"]["Region"], ["Styria"])
        self.assertEqual(self.records("--run", "1")["b.test"]["facets"]["Region"], ["Tyrol"])
        self.assertEqual(self.one("SELECT count(*) FROM facet_block WHERE first_run = 3"), 1)
        diff = self.json("diff", self.db, "--format", "json")
        self.assertEqual([(c["domain"], c["kind"], c["old"], c["new"]) for c in diff["changes"]],
                         [("b.test", "facet_changed", "Region=Tyrol", "Region=Styria")])
        self.assertEqual(harness.run("diff", self.db, "--exit-code").code, 0, "a column is no change of mail")

    def test_a_run_that_is_given_up_leaves_the_columns_as_they_were(self):
        self.once(lambda: self.night(ROWS, "--keep", "all"))
        before = self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3")
        path = self.write("other.csv", table([(n, "Elsewhere", s, p) for n, r, s, p in ROWS]))
        stopped = self.scan(path, self.server, "--keep", "all", "--rate", "2", "--time-limit", "1")
        self.assertEqual(stopped.code, 75, stopped)
        self.night(ROWS, "--keep", "all", "--new")
        self.assertEqual(self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3"), before)

    def test_other_columns_are_no_continuation_and_are_named(self):
        path = self.write("list.csv", table(ROWS))
        self.hold(self.server, "a.test")
        scan = self.scan_begin(path, self.server, *self.UNENDING, "--keep", "Region")
        harness.wait_until(lambda: self.stage() == "domains", 20 * harness.SLOW, "its list is read")
        scan.signal(signal.SIGTERM)
        self.assertEqual(scan.wait(20), 75, scan.text())
        self.let_go(self.server)
        for options, words in ((("--keep", "Region,Sector"), "begun with --keep=Region, and this command is with --keep=Region,Sector, so that other columns of the list are kept"),
                               ((), "begun with --keep=Region, and this command is without --keep, so that other columns"),
                               (("--keep", "Region", "--column", "Sector"), "begun without --column, and this command is with --column=Sector, so that its list is read otherwise")):
            result = self.scan(path, self.server, *options)
            self.assertEqual(result.code, 2, result)
            self.assertIn(words, result.err)
            self.assertIn("give the same command again to finish it, or begin a new run with --new", result.err)
        other = self.write("other.csv", table(ROWS[1:]))
        self.assertIn("begun with another list of names", self.scan(other, self.server, "--keep", "Region").err)
        self.assertEqual(self.scan(path, self.server, "--keep", "Region").code, 0)
        self.assertEqual(self.records()["a.test"]["facets"], {"Region": ["Tyrol", "Vienna"]})

    def test_without_keep_the_next_run_has_none(self):
        self.once(lambda: self.night(ROWS, "--keep", "all"))
        self.night(ROWS)
        self.assertEqual(self.records()["a.test"]["facets"], {})
        self.assertEqual(self.records("--run", "1")["a.test"]["facets"]["Sector"], ["hospital"])


class Many(Facets):
    """More values than memory has room for: they are sorted in a file, and none is lost. What counts are their bytes, 20 MB."""

    COUNT, SIZE, NAMES = 5000, 4060, 500

    def rows_of(self, changed=()):
        """A value of its own for each row, ten for each name; the order of rows is not that of the values."""
        for at in range(self.COUNT):
            number = at * 7919 % self.COUNT
            key = f"k{number:06}" + ("-moved" if at in changed else "")
            yield f"n{at % self.NAMES}.test", key * (self.SIZE // 7), f"g{at % 5}"

    def night_of(self, changed=(), more=()):
        path = self.write("many.csv", table([*self.rows_of(changed), *more], head="Domain,Key,Group"))
        result = self.scan(path, self.many, "--keep", "Key,Group", "--checks", "mx")
        self.assertEqual(result.code, 0, result)
        self.assertNotIn("not kept", result.err)

    def test_all_are_kept_and_keep_their_numbers(self):
        self.many = self.serve(generate=10)
        more = [("n1.test", "a second value of n1", "g1"), ("n1.test", "", "")]
        self.night_of(more=more)
        want = collections.defaultdict(set, {"n1.test": {"a second value of n1"}})
        for name, key, _ in self.rows_of():
            want[name].add(key)
        self.assertEqual({name: set(r["facets"]["Key"]) for name, r in self.records().items()}, want)
        before = self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3")
        values = self.rows("SELECT facet_id, id, value FROM facet_value ORDER BY 1, 2")
        self.assertEqual(len(values), len({(f, v) for f, _, v in values}), "a value has one number")
        self.night_of(more=more)
        self.assertEqual(self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3"), before, "an unchanged night writes nothing")
        self.assertEqual(self.rows("SELECT facet_id, id, value FROM facet_value ORDER BY 1, 2"), values)
        self.night_of(changed={5, 4750}, more=more)
        diff = self.json("diff", self.db, "--format", "json")
        self.assertEqual(sorted((c["domain"], c["kind"]) for c in diff["changes"]), [("n250.test", "facet_changed"), ("n5.test", "facet_changed")])
        self.assertLess(set(values), set(self.rows("SELECT facet_id, id, value FROM facet_value")))
        text = harness.run("report", self.db, "summary", "--by", "Key")
        self.assertEqual(text.code, 0, text)
        self.assertRegex(text.out, r"4,?9\d\d others", "tables group what they cannot show, and say so")
        page = harness.run("report", self.db, "--format", "html").out
        self.assertIn("different values: nearly every name has its own", page)


class Losing(Facets):
    """What cannot be kept whole is counted, told at the end of the list and stored with the run."""

    def told(self, db=None):
        rows = json.loads(harness.run("report", db or self.db, "notes", "--format", "json").out)["rows"]
        return [(row["kind"], row["text"]) for row in rows if row["kind"] in ("list", "columns")]

    def test_long_cells_nul_and_windows_1252(self):
        long = "\u20ac" * 21000 + "x" * 1001  # 64,001 bytes
        kept = "y" * 64000
        out = io.BytesIO()
        out.write("Domain;Region;Note\n".encode())
        for row in (b"a.test;T\0yrol;" + long.encode(), b"b.test;\0;\xe4", b"c.test;Vienna;" + kept.encode(), b"d\xe4.test;Wien;\xdf", b"e.test;K\xe4rnten;x", b"-;K\xe4rnten\0;x", b"ragged;\xe4"):
            out.write(row + b"\n")
        path = self.write("list.csv", out.getvalue())
        alone = ["1 row names its domain in bytes that are not UTF-8 and were read as Windows-1252"]
        said = alone + ["3 rows have kept cells that are not UTF-8 and were read as Windows-1252",
                        "2 kept cells hold NUL bytes, which are left out", "1 kept cell is longer than 64,000 bytes and was cut there"]
        for options, want in ((("--keep", "Region,Note"), said), ((), alone)):
            plan = harness.run("plan", path, *self.resolver_options(self.server), *options).out
            self.assertEqual(re.findall("^cells +(.*)$", plan, re.M), want)
            result = self.scan(path, self.server, "--checks", "mx", *options)
            self.assertEqual(result.code, 0, result)
            for sentence in want:
                self.assertIn(f"list.csv: {sentence}\n", result.err)
            self.assertEqual(self.told(), sorted(("list", f"{path}: {sentence}") for sentence in want))
        records = self.records("--run", "1")
        self.assertEqual(records["a.test"]["facets"], {"Region": ["Tyrol"], "Note": [long[:-1]]})
        self.assertEqual(records["b.test"]["facets"], {"Note": ["\u00e4"]})
        self.assertEqual(records["c.test"]["facets"]["Note"], [kept])
        self.assertEqual(records["xn--d-0fa.test"]["facets"], {"Region": ["Wien"], "Note": ["\u00df"]})

    def test_json_lines_say_the_same(self):
        lines = [b'{"domain":"a.test","note":"x\\u0000y"}', b'{"domain":"b.test","note":"\xe4"}', b'{"domain":"c.test","note":"\\u0000"}', b'{"domain":"d\\u0000.test","note":"z"}']
        path = self.write("list.jsonl", b"\n".join(lines) + b"\n")
        self.assertEqual(self.scan(path, self.server, "--checks", "mx", "--keep", "note,domain").code, 0)
        self.assertEqual(sorted(text.partition("list.jsonl: ")[2] for _, text in self.told()),
                         ["1 row has kept cells that are not UTF-8 and were read as Windows-1252", "2 kept cells hold NUL bytes, which are left out"])
        self.assertEqual({name: r["facets"].get("note") for name, r in self.records().items()}, {"a.test": ["xy"], "b.test": ["\u00e4"], "c.test": None})

    def test_more_values_of_one_domain_than_a_set_holds(self):
        rows = [("a.test", f"v{i}", f"w{i * 7919 % 16390 // 2}") for i in range(16390)] + [("b.test", "v1", "w1")]
        result = self.scan(self.write("list.csv", table(rows, head="Domain,Key,Other")), self.server, "--keep", "all", "--checks", "mx")
        self.assertEqual(result.code, 0, result)
        said = "the column `Key`: 1 name has more than 16,383 different values; 7 behind these are not kept"
        self.assertIn(said, result.err)
        self.assertEqual(self.told(), [("columns", said)])
        facets = self.records()["a.test"]["facets"]
        self.assertEqual((len(facets["Key"]), facets["Other"]), (16383, sorted(f"w{i}" for i in range(8195))))

    def test_a_column_without_a_value_is_told(self):
        result = self.scan(self.write("list.csv", "Domain,Region,Sector\na.test,,x\nb.test,  ,y\n"), self.server, "--keep", "Region,Sector", "--checks", "mx")
        self.assertIn("the column `Region` is not kept: no name has a value in it", result.err)
        self.assertEqual(self.told(), [("columns", "the column `Region` is not kept: no name has a value in it")])
        self.assertEqual(self.scan(self.write("list.jsonl", '{"domain":"a.test","sector":"x"}\n'), self.server, "--keep", "sektor", "--checks", "mx").code, 0)
        self.assertEqual(self.told(), [("columns", "the column `sektor` is not kept: no name has a value in it")])
        result = harness.run("report", self.db, "--by", "sektor")
        self.assertEqual(result.code, 2, result)
        self.assertIn("this run kept no column of its list in which a name has a value", result.err)

    def test_keys_that_are_not_utf_8_are_names_all_the_same(self):
        path = self.write("list.jsonl", b'{"domain":"a.test","gr\xf6\xdfe":"1","tiefe":{"l\xe4nge":"2"}}\n')
        self.assertEqual(self.scan(path, self.server, "--keep", "all", "--checks", "mx").code, 0)
        self.assertEqual(self.records()["a.test"]["facets"], {"gr\u00f6\u00dfe": ["1"], "tiefe.l\u00e4nge": ["2"]})
        self.assertEqual(sorted(self.records("--where", "gr\u00f6\u00dfe=1")), ["a.test"])

    def test_all_notes_of_many_lists_are_stored(self):
        paths = [self.write(f"{i}.csv", f"Domain;Region\n{i}.test;\u00e4\n".encode("latin-1")) for i in range(20)]
        result = self.scan(paths[0], self.server, *paths[1:], "--keep", "Region", "--checks", "mx")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(len(self.told()), 20)


class SameWorld(Facets):
    """Of several values the order is that of their texts, whatever came first."""

    def setUp(self):
        super().setUp()
        self.server = self.serve(generate=10)
        values = ["b", "a", "B", "\u00e4", "\U0001f600", "\uffee", "10", "9", "a b"]
        self.rows_ = [(f"n{i % 40}.test", values[i * 7 % 9], f"k{i * 5 % 11}") for i in range(200)]
        self.rows_ += [("n1.test", f"many{i * 7919 % 5000:05}", "x") for i in range(5000)]

    def scanned(self, name, rows, *options):
        db = self.folder / f"{name}.db"
        result = self.scan(self.write(f"{name}.csv", table(rows, head="Domain,Region,Key")), self.server, "--keep", "all", "--checks", "mx", *options, db=db)
        self.assertEqual(result.code, 0, result)
        return db

    def content(self, db):
        return [self.exported("--content-only", *more, db=db) for more in ((), ("--format", "csv"))]

    def test_two_databases_of_one_world_are_equal(self):
        one = self.copied("one.db", lambda: self.scanned("one", self.rows_, "--seed", "1"))
        two = self.scanned("two", self.rows_[::-1], "--seed", "2")
        self.assertEqual(self.content(one), self.content(two))
        for record in map(json.loads, self.content(one)[0].splitlines()):
            for values in record["facets"].values():
                self.assertEqual(values, sorted(values, key=str.encode))
        self.assertEqual(len(json.loads(self.content(one)[0].splitlines()[11])["facets"].get("Region", [])) > 1, True)
        changed = [(n, "zz" if (n, v) == ("n2.test", self.rows_[2][1]) else v, k) for n, v, k in self.rows_]
        diffs = []
        for db, name, rows in ((one, "one", changed), (two, "two", changed[::-1])):
            self.scanned(name, rows)
            diffs.append([(c["domain"], c["kind"], c["old"], c["new"]) for c in json.loads(harness.run("diff", db, "--format", "json").out)["changes"]])
        self.assertEqual(diffs[0], diffs[1])
        self.assertEqual([change[:2] for change in diffs[0]], [("n2.test", "facet_changed")])

    def test_merged_shards_are_equal_to_one_run(self):
        whole = self.copied("one.db", lambda: self.scanned("one", self.rows_, "--seed", "1"))
        shards = [self.scanned(f"s{i}", self.rows_[::-1], "--shard", f"{i}/3") for i in (1, 2, 3)]
        merged = self.folder / "merged.db"
        result = harness.run("merge", merged, *shards)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(merged), self.content(whole))
        facets = {r["domain"]: r["facets"] for r in map(json.loads, self.content(merged)[0].splitlines())}
        self.assertGreater(len(facets["n1.test"]["Region"]), 5000, "no value is lost on the way")


class OnPages(Facets):
    def setUp(self):
        super().setUp()
        self.once(lambda: self.night(ROWS, "--keep", "all"))

    def test_a_section_for_each_column(self):
        page = self.of_class("page", lambda: harness.run("report", self.db, "--format", "html").out)
        section = page[page.index('<section id="facets"'):]
        section = section[:section.index("</section>")]
        self.assertEqual(re.findall("<h3>(.*?)</h3>", section), ["People", "Region", "Sector"])
        part = section[section.index("<h3>Region</h3>"):]
        rows = [[re.sub("<[^>]*>", "", cell).replace("&nbsp;", " ") for cell in re.findall("<td.*?>(.*?)</td>", row)] for row in re.findall("<tr>(.*?)</tr>", part[:part.index("</table>")]) if "<td" in row]
        records = self.records().values()
        want = []
        for value in ("Tyrol", "Vienna", None):
            names = [r for r in records if (value in r["facets"].get("Region", []) if value else "Region" not in r["facets"])]
            receiving = [r for r in names if r["state"] == "mx"]
            tops = collections.Counter(r["provider"]["mailbox"] for r in receiving).most_common()
            top = sorted(tops, key=lambda pair: (-pair[1], pair[0]))[0] if tops else None
            found = sum(any(f in self.weighty for f in r["findings"]) for r in names)
            survive = sum(bool(r["redundancy"]["survives_provider"]) for r in receiving)
            share = lambda part, of: f"{100 * part / of:.1f} %" if of else ""
            want.append([value or "without a value", str(len(names)), str(len(receiving)), share(len(receiving), len(names)), share(survive, len(receiving)),
                         share(top[1], len(receiving)) if top else "", share(found, len(names))])
        self.assertEqual([row[:5] + row[6:] for row in rows], want)
        self.assertIn("cellbar", part)
        self.assertIn("<tfoot>", part, "who has no value stays below, however the table is sorted")

    @property
    def weighty(self):
        return {f for f, in self.rows("SELECT name FROM finding WHERE severity >= (SELECT id FROM severity WHERE name = 'warning')")}

    def test_the_query_below_a_table_gives_its_numbers(self):
        page = self.of_class("page", lambda: harness.run("report", self.db, "--format", "html").out)
        part = page[page.index("<h3>Region</h3>"):]
        sql = html.unescape(re.search("<pre><code>(.*?)</code>", part, re.S).group(1))
        self.assertEqual([row[:3] for row in self.rows(sql.rstrip(";"))], self.counted("Region"))

    def counted(self, facet):
        counts = collections.Counter()
        for r in self.records().values():
            for value in r["facets"].get(facet, []):
                counts[value, "all"] += 1
                counts[value, "mx"] += r["state"] == "mx"
        return sorted(((v, n, counts[v, "mx"]) for (v, what), n in counts.items() if what == "all"), key=lambda row: (-row[1], row[0]))

    def test_numbers_are_cut_where_they_are_many(self):
        rows = [(f"n{i}.test", "x", "y", str(i * i)) for i in range(60)]
        db = self.folder / "numbers.db"
        server = self.serve("".join(f"n{i}.test MX 10 mx.p.test\n" for i in range(60)) + "mx.p.test A 20.0.0.1\n")
        self.assertEqual(self.scan(self.write("n.csv", table(rows)), server, "--keep", "People", db=db).code, 0)
        page = harness.run("report", db, "--format", "html").out
        self.assertIn("<td>1000 to below 10000</td>", page)
        self.assertIn("cut at powers of ten", page)

    def test_the_page_to_browse_has_each_domains_values(self):
        page = harness.run("report", self.db, "--format", "html", "--browse").out
        data = browse_data(page)
        digits = {c: i for i, c in enumerate(data["digits"])}
        number = lambda text: functools.reduce(lambda sum_, c: sum_ * len(digits) + digits[c], text, 0)
        names, records = data["names"].split(" "), self.records()
        self.assertEqual([f["name"] for f in data["facets"]], ["People", "Region", "Sector"])
        for facet in data["facets"]:
            width, values = facet["width"], facet["values"]
            sets = [[number(text[i:i + 3]) for i in range(0, len(text), 3)] for text in facet["sets"].split(" ") if text]
            for at, name in enumerate(names):
                code = number(facet["codes"][at * width:(at + 1) * width])
                members = [] if code == 0 else sets[code - len(values) - 2] if code > len(values) + 1 else [code]
                self.assertEqual(sorted(values[m - 1] for m in members), sorted(records[name]["facets"].get(facet["name"], [])), (name, facet))


class Telling(Facets):
    def setUp(self):
        super().setUp()
        self.once(lambda: self.night([row for row in ROWS if row != ROWS[5]], "--keep", "all"))

    def sums(self, names, *options):
        """{table: {key: domains}} by one start."""
        result = harness.run("report", self.db, *names, "--format", "json", "--limit", "100000", *options)
        self.assertEqual(result.code, 0, result)
        told, sums = harness.documents(result.out), {}
        self.assertEqual(len(told), len(names))
        for name, table_ in zip(names, told):
            sums[name] = collections.Counter()
            for row in table_["rows"]:
                sums[name][tuple(row[key] for key in SUMS[name])] += row["domains"]
        return sums

    def test_each_table_by_a_facet_adds_up_to_the_table_without_it(self):
        whole = self.sums(SUMS)
        # Values and cuts in every table; others of the same kinds in one table of each kind of count.
        for spec, names in (("Region", SUMS), ("People:1000,10000", SUMS), ("Sector", ("summary", "mailboxes")), ("People:log", ("summary", "providers"))):
            for name, sums in self.sums(names, "--by", spec).items():
                with self.subTest(table=name, spec=spec):
                    self.assertEqual(+sums, +whole[name])

    def test_groups_and_their_denominators(self):
        rows = self.json("report", self.db, "summary", "--by", "Region", "--format", "json")["rows"]
        self.assertEqual([(r["by"], r["by_domains"], r["by_receiving"]) for r in rows if r["measure"] == "can receive mail"],
                         [("Tyrol", 3, 3), ("Vienna", 2, 2), (None, 1, 0)])
        cut = self.json("report", self.db, "summary", "--by", "People:1000,20000", "--format", "json")["rows"]
        self.assertEqual([(r["by"], r["by_domains"]) for r in cut if r["measure"] == "can receive mail"],
                         [("below 1000", 1), ("1000 to below 20000", 2), ("20000 and more", 1), ("no number", 1), (None, 1)])
        self.assertIn("without a value", harness.run("report", self.db, "mailboxes", "summary", "--by", "Sector").out)

    def test_cuts_are_finite_decimal_numbers(self):
        for cuts in ("nan", "inf", "-inf", "1e400", "0x10", "1000,nan", "1e3", "9" * 400, ".", "-", " 5", "5 ", "1000,,2000"):
            result = harness.run("report", self.db, "summary", "--by", "People:" + cuts)
            self.assertEqual(result.code, 2, (cuts, result))
            self.assertIn("is not a number to cut at: write digits, as in :1000,10000", result.err, cuts)
        for cuts, group in (("-5,0.5,.75", "0.75 and more"), ("1000,", "below 1000"), ("+7", "7 and more")):
            self.assertIn(group, {r["by"] for r in self.json("report", self.db, "summary", "--by", "People:" + cuts, "--format", "json")["rows"]})

    def test_what_counts_as_a_number(self):
        below = ["-3", "0.5", "0,5", "0,1234", "999", "1,5", "+12", ".5"]
        above = ["1000", "1 000", "12,345", "12,345.6", "12.345,6", "1.234.567", "1'000", "1\u00a0000", "1\u202f000", "1_000", "1,234,567"]
        strange = ["nan", "inf", "-inf", "0x10", "1e400", "1e3", "NaN", "Infinity", "1-2", "-", ".", "12,34.5.6", "1,,000", "1  0", "1.2.3", "9" * 60, "1" + " " * 50 + "x", "1,234,56"]
        values = below + above + strange
        rows = [(f"v{i}.test", "x", "y", value) for i, value in enumerate(values)]
        db = self.folder / "numbers.db"
        self.assertEqual(self.scan(self.write("v.csv", table(rows)), self.server, "--keep", "People", "--checks", "mx", db=db).code, 0)
        cut = {r["by"]: r["by_domains"] for r in self.json("report", db, "summary", "--by", "People:1000", "--format", "json")["rows"]}
        self.assertEqual(cut, {"below 1000": len(below), "1000 and more": len(above), "no number": len(strange)})

    def test_long_values_are_told_whole(self):
        long = ["x" * 400 + end for end in ("a", "b")]
        db = self.folder / "long.db"
        self.assertEqual(self.scan(self.write("v.csv", table([(f"l{i}.test", value, "", "") for i, value in enumerate(long)])), self.server, "--keep", "Region", db=db).code, 0)
        rows = self.json("report", db, "summary", "--by", "Region", "--format", "json")["rows"]
        self.assertEqual({r["by"] for r in rows}, set(long))
        for arguments in (("summary", "--by", "Region"), ("--format", "html")):
            out = harness.run("report", db, *arguments).out
            self.assertNotIn("x" * 160, re.sub(r"\s", "", out))
            self.assertIn("\u2026", out)

    def test_where_chooses_on_everything_that_reads(self):
        self.assertEqual(sorted(self.records("--where", "Region=Tyrol")), ["a.test", "b.test", "f.test"])
        self.assertEqual(sorted(self.records("--where", "Region=Tyrol", "--where", "Region=Vienna", "--where", "Sector=hospital")), ["a.test", "c.test"])
        self.assertEqual(sorted(self.records("--where", "Region=")), ["e.test"])
        self.assertEqual(sum(self.sums(["states"], "--where", "Region=Tyrol")["states"].values()), 3)
        report = harness.run("report", self.db, "--where", "Region=Tyrol").out
        self.assertIn("Only the 3 domains with Region=Tyrol", report)
        self.assertNotIn("NOT ADD UP", report)
        lost = self.json("outage", self.db, "host", "mx.p.test", "--where", "Sector=hospital", "--format", "json")
        self.assertIn('"lost":1', json.dumps(lost).replace(" ", ""))
        self.assertEqual(harness.run("explain", self.db, "c.test", "--where", "Region=Tyrol").code, 1)
        self.assertEqual(harness.run("explain", self.db, "a.test", "--where", "Region=Tyrol").code, 0)
        browse = harness.run("report", self.db, "--format", "html", "--browse", "--where", "Region=Tyrol").out
        self.assertEqual(browse_data(browse)["names"], "a.test b.test f.test")
        tables = harness.run("report", self.db, "impact", "tlds", "findings", "providers", "--where", "Region=Vienna")
        self.assertEqual(tables.code, 0, tables)

    def test_mistakes_name_the_nearest(self):
        for arguments, words in ((("report", "--by", "Regon"), "did you mean 'Region'?"), (("report", "--where", "Region=Tirol"), "did you mean 'Tyrol'?"),
                                 (("report", "--where", "Region"), "has no `=`"), (("report", "impact", "--by", "Region"), "cannot be broken down by a facet"),
                                 (("report", "--by", "People:5,1"), "rising numbers"), (("export", "--where", "X=1"), "it kept")):
            result = harness.run(arguments[0], self.db, *arguments[1:])
            self.assertEqual(result.code, 2, result)
            self.assertIn(words, result.err)


def groups_of(record, facet, named=None):
    """The groups a record counts under; values that have no group of their own are the others."""
    values = record["facets"].get(facet, [])
    return {value if named is None or value in named else "others" for value in values} or {None}


class Counting(Facets):
    """What outage, diff and trend count by a column, against counts made here from records."""

    NIGHTS = ({"a": "p", "b": "p", "c": "q", "d": "q", "f": "p", "g": "q"}, {"a": "q", "b": "p", "c": "q", "d": "p", "f": "p", "h": "q"},
              {"a": "q", "b": "p", "c": "p", "d": "p", "f": "", "h": "q"})
    REGIONS = {"a": ["Tyrol", "Vienna"], "b": ["Tyrol"], "c": ["Vienna"], "d": [""], "f": ["Tyrol"], "g": ["Carinthia"], "h": ["Styria"]}

    def setUp(self):
        super().setUp()
        self.once(self.nights)

    def nights(self):
        for hosts in self.NIGHTS:
            zone = "".join(f"{name}.test MX 10 mx.{host}.test\n" if host else f"{name}.test MX 0 .\n" for name, host in hosts.items())
            self.server = self.serve(zone + "mx.p.test A 20.0.0.1\nmx.q.test A 20.0.0.2\n")
            self.night([(f"{name}.test", region) for name in hosts for region in self.REGIONS[name]], "--keep", "Region", head="Domain,Region")

    def test_outage(self):
        for facet_run in ("1", "3"):
            records = self.records("--run", facet_run).values()
            receiving = [r for r in records if r["state"] == "mx"]
            lost = [r for r in receiving if all(entry["host"] == "mx.p.test" for entry in r["mx"])]
            want = {group: [sum(group in groups_of(r, "Region") for r in some) for some in (records, receiving, lost)]
                    for group in {g for r in records for g in groups_of(r, "Region")}}
            told = self.json("outage", self.db, "host", "mx.p.test", "--by", "Region", "--run", facet_run, "--format", "json")
            self.assertEqual({row["by"]: [row["by_domains"], row["by_receiving"], row["lost"]] for row in told["by"]}, want)
            for row in told["by"]:
                self.assertEqual(row["lost_share"], round(row["lost"] / row["by_receiving"], 6) if row["by_receiving"] else None)
            sizes = [row["by_domains"] for row in told["by"] if row["by"] is not None]
            self.assertEqual(sizes, sorted(sizes, reverse=True))
            self.assertEqual(told["by"][-1]["by"], None, "those without a value come last")
        text = harness.run("outage", self.db, "host", "mx.p.test", "--by", "Region")
        self.assertIn("without a value", text.out, text)
        chosen = self.json("outage", self.db, "host", "mx.p.test", "--by", "Region", "--where", "Region=Tyrol", "--format", "json")
        self.assertEqual(sum(row["by_domains"] for row in chosen["by"] if row["by"] == "Tyrol"), 3)
        self.assertEqual(list(csv.DictReader(io.StringIO(harness.run("outage", self.db, "host", "mx.p.test", "--by", "Region", "--format", "csv").out)))[0]["by"], "Tyrol")

    def test_diff(self):
        old, new = self.records("--run", "1"), self.records("--run", "2")
        told = self.json("diff", self.db, "1", "2", "--by", "Region", "--format", "json")
        want = collections.Counter()
        for change in told["changes"]:
            for group in groups_of(old[change["domain"]] if change["kind"] == "left" else new[change["domain"]], "Region"):
                want[group, change["kind"]] += 1
        for domain in {c["domain"] for c in told["changes"] if c["kind"] not in ("left", "joined")}:
            for group in groups_of(new[domain], "Region"):
                want[group, "changed"] += 1
        both = collections.Counter(group for name in old.keys() & new.keys() for group in groups_of(new[name], "Region"))
        self.assertEqual({(row["by"], row["kind"]): row["domains"] for row in told["by"] if row["domains"]}, dict(want))
        self.assertEqual({row["by"]: row["by_both"] for row in told["by"]}, {group: both[group] for group, _ in want})
        self.assertEqual(want["Carinthia", "left"], 1, "under the value it had")
        for row in told["by"]:
            self.assertEqual(row["share"], round(row["domains"] / row["by_both"], 6) if row["by_both"] and row["kind"] not in ("left", "joined") else None)

    def test_trend(self):
        nights = [self.records("--run", str(run)) for run in (1, 2, 3)]
        panel = {name for name in set.intersection(*map(set, nights)) if all(night[name]["state"] != "undetermined" for night in nights)}
        told = self.json("trend", self.db, "--by", "Region", "--format", "json")
        groups = {group for name in panel for group in groups_of(nights[-1][name], "Region")}
        members = {group: {name for name in panel if group in groups_of(nights[-1][name], "Region")} for group in groups}
        receiving = {(group, run): sum(nights[run][name]["state"] == "mx" for name in names) for group, names in members.items() for run in range(3)}
        self.assertEqual({(r["by"], r["run"] - 1): (r["panel"], r["panel_receiving"]) for r in told["groups"] if r["panel"]},
                         {key: (len(members[key[0]]), count) for key, count in receiving.items()})
        seen = 0
        for row in told["by"]:
            if row["measure"] != "mailbox provider":
                continue
            seen += 1
            for run, share in enumerate(row["shares"]):
                served = sum(nights[run][name]["state"] == "mx" and nights[run][name]["provider"]["mailbox"] == row["name"] for name in members[row["by"]])
                self.assertAlmostEqual(share, served / receiving[row["by"], run] if receiving[row["by"], run] else 0, places=5, msg=row)
        self.assertGreater(seen, 3)
        self.assertIn("without a value", harness.run("trend", self.db, "--by", "Region").out)

    def test_more_values_than_are_shown_are_others(self):
        names = [f"n{i}" for i in range(50)]
        path = self.write("many.csv", table([(f"{n}.test", f"v{i // 2:02}") for i, n in enumerate(names)], head="Domain,Group"))
        server = self.serve("".join(f"{n}.test MX 10 mx.p.test\n" for n in names) + "mx.p.test A 20.0.0.1\n")
        db = self.folder / "many.db"
        self.assertEqual(self.scan(path, server, "--keep", "Group", db=db).code, 0)
        text = harness.run("outage", db, "host", "mx.p.test", "--by", "Group").out
        self.assertRegex(text, r"5 others +10 +10 +10")
        whole = self.json("outage", db, "host", "mx.p.test", "--by", "Group", "--format", "json")
        self.assertEqual([(row["by"], row["lost"]) for row in whole["by"]], [(f"v{i:02}", 2) for i in range(25)])

    def test_mistakes(self):
        for arguments in (("outage", "host", "mx.p.test"), ("diff",), ("trend",)):
            result = harness.run(arguments[0], self.db, *arguments[1:], "--by", "Regon")
            self.assertEqual(result.code, 2, result)
            self.assertIn("did you mean 'Region'?", result.err)
        self.assertEqual(harness.run("outage", self.db, "host", "nowhere.test", "--by", "Region").code, 1)
        self.assertEqual(harness.run("diff", self.db, "--by", "Region", "--format", "html").code, 2)


class Strangers(Facets):
    def test_names_and_values_of_any_kind(self):
        corpus = pathlib.Path(harness.SOURCE / "tests/fault/hostile.txt").read_text(encoding="ascii").splitlines()
        strings = [json.loads(line) for line in corpus if line.startswith('"')]
        strings = [s for s in strings if s.isprintable() or "\\u" not in json.dumps(s)][:200] + ["<script>alert(1)</script>", "=1+1", "a,b;c\"d", "x\u202ey"]
        rows = [("abcdf"[i % 5] + ".test", s.replace("\0", "").encode("utf-8", "replace").decode(), "x", "1") for i, s in enumerate(strings)]
        self.night(rows, "--keep", "all", head="Domain,<b>=x\x1b[31m,Sector,People")
        name = next(key for key in self.records()["a.test"]["facets"] if key.startswith("<b>"))
        for arguments in (("report", "--by", name), ("report", "mailboxes", "--by", name, "--format", "csv"), ("report", "mailboxes", "--by", name, "--format", "markdown"),
                          ("report", "mailboxes", "--by", name, "--format", "html"), ("report", "mailboxes", "--by", name, "--format", "latex"), ("report", "mailboxes", "--by", name, "--format", "prometheus"),
                          ("report", "--format", "html"), ("report", "--format", "html", "--browse"), ("report", "mailboxes", "--by", name, "--format", "svg"), ("outage", "host", "mx.p.test", "--by", name),
                          ("outage", "host", "mx.p.test", "--by", name, "--format", "csv"), ("trend", "--by", name), ("trend", "--by", name, "--format", "csv"), ("export", "--format", "csv"), ("report", "--where", "Sector=x")):
            result = harness.run(arguments[0], self.db, *arguments[1:])
            self.assertEqual(result.code, 0, result)
            self.assertNotIn("\x1b", result.out)
            self.assertNotIn("\u202e", result.out)
            if "html" in arguments:
                self.assertNotIn("<script>alert", result.out)
            if "csv" in arguments:
                for line in csv.reader(io.StringIO(result.out)):
                    self.assertFalse([cell for cell in line if cell[:1] in "=+-@" and cell[:1] and not cell.lstrip("-").replace(".", "").isdigit()], line)
        json.loads(harness.run("report", self.db, "mailboxes", "--by", name, "--format", "json").out)
        self.assertEqual(harness.column_types(self.db)[0], [], "views hold one type in each column")


if __name__ == "__main__":
    harness.main()
