"""Columns of lists kept beside the domains: stored, told in every table, in the exports, as history; and what strangers name them."""
import collections
import csv
import io
import json
import pathlib
import unittest

import harness

ROWS = [("a.test", "Tyrol", "hospital", "900"), ("b.test", "Tyrol", "school", "1500"), ("c.test", "Vienna", "hospital", "25000"),
        ("d.test", "Vienna", "", ""), ("e.test", "", "school", "12,000"), ("a.test", "Vienna", "hospital", "900"), ("f.test", "Tyrol", "x", "many")]
ZONE = "".join(f"{name}.test MX 10 mx.{host}.test\n" for name, host in zip("abcdf", ["p", "p", "q", "q", "p"])) + \
       "e.test MX 0 .\nmx.p.test A 20.0.0.1\nmx.q.test A 20.0.0.2\n"
SUMS = {"summary": ["measure"], "states": ["state"], "providers": ["role", "id"], "mailboxes": ["id"], "gateways": ["id"], "redundancy": ["measure", "value"],
        "backup": ["backup", "apart"], "findings": ["finding"], "matrix": ["role", "provider", "finding"]}


def table(rows, head="Domain,Region,Sector,People"):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head.split(","))
    writer.writerows(rows)
    return out.getvalue()


class Facets(harness.TestCase):
    def night(self, rows, *options, **more):
        path = self.write("list.csv", table(rows, **more))
        result = self.scan(path, self.server, *options)
        self.assertEqual(result.code, 0, result)
        return result

    def setUp(self):
        super().setUp()
        self.server = self.serve(ZONE)

    def json(self, *arguments):
        result = harness.run(*arguments)
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)

    def records(self, *options):
        return {r["domain"]: r for r in harness.run("export", self.db, *options).lines()}


class Storing(Facets):
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

    def test_a_night_without_change_writes_nothing_and_a_change_is_history(self):
        self.night(ROWS, "--keep", "all")
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
        self.night(ROWS, "--keep", "all")
        before = self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3")
        path = self.write("other.csv", table([(n, "Elsewhere", s, p) for n, r, s, p in ROWS]))
        stopped = self.scan(path, self.server, "--keep", "all", "--rate", "2", "--time-limit", "1")
        self.assertEqual(stopped.code, 75, stopped)
        self.night(ROWS, "--keep", "all", "--new")
        self.assertEqual(self.rows("SELECT * FROM facet_block ORDER BY 1, 2, 3"), before)

    def test_without_keep_the_next_run_has_none(self):
        self.night(ROWS, "--keep", "all")
        self.night(ROWS)
        self.assertEqual(self.records()["a.test"]["facets"], {})
        self.assertEqual(self.records("--run", "1")["a.test"]["facets"]["Sector"], ["hospital"])


class Telling(Facets):
    def setUp(self):
        super().setUp()
        self.night([row for row in ROWS if row != ROWS[5]], "--keep", "all")

    def sums(self, name, keys, *options):
        counts = collections.Counter()
        for row in self.json("report", self.db, name, "--format", "json", "--limit", "100000", *options)["rows"]:
            counts[tuple(row[key] for key in keys)] += row["domains"]
        return counts

    def test_each_table_by_a_facet_adds_up_to_the_table_without_it(self):
        for name, keys in SUMS.items():
            for spec in ("Region", "Sector", "People:1000,10000", "People:log"):
                with self.subTest(table=name, spec=spec):
                    self.assertEqual(+self.sums(name, keys, "--by", spec), +self.sums(name, keys))

    def test_groups_and_their_denominators(self):
        rows = self.json("report", self.db, "summary", "--by", "Region", "--format", "json")["rows"]
        self.assertEqual([(r["by"], r["by_domains"], r["by_receiving"]) for r in rows if r["measure"] == "can receive mail"],
                         [("Tyrol", 3, 3), ("Vienna", 2, 2), (None, 1, 0)])
        cut = self.json("report", self.db, "summary", "--by", "People:1000,20000", "--format", "json")["rows"]
        self.assertEqual([(r["by"], r["by_domains"]) for r in cut if r["measure"] == "can receive mail"],
                         [("below 1000", 1), ("1000 to below 20000", 2), ("20000 and more", 1), ("no number", 1), (None, 1)])
        self.assertIn("without a value", harness.run("report", self.db, "mailboxes", "--by", "Sector").out + harness.run("report", self.db, "summary", "--by", "Sector").out)

    def test_where_chooses_on_everything_that_reads(self):
        self.assertEqual(sorted(self.records("--where", "Region=Tyrol")), ["a.test", "b.test", "f.test"])
        self.assertEqual(sorted(self.records("--where", "Region=Tyrol", "--where", "Region=Vienna", "--where", "Sector=hospital")), ["a.test", "c.test"])
        self.assertEqual(sorted(self.records("--where", "Region=")), ["e.test"])
        self.assertEqual(sum(self.sums("states", ["state"], "--where", "Region=Tyrol").values()), 3)
        report = harness.run("report", self.db, "--where", "Region=Tyrol").out
        self.assertIn("Only the 3 domains with Region=Tyrol", report)
        self.assertNotIn("NOT ADD UP", report)
        lost = self.json("outage", self.db, "host", "mx.p.test", "--where", "Sector=hospital", "--format", "json")
        self.assertIn('"lost":1', json.dumps(lost).replace(" ", ""))
        self.assertEqual(harness.run("explain", self.db, "c.test", "--where", "Region=Tyrol").code, 1)
        self.assertEqual(harness.run("explain", self.db, "a.test", "--where", "Region=Tyrol").code, 0)
        for name in ("impact", "tlds", "findings", "providers"):
            self.assertEqual(harness.run("report", self.db, name, "--where", "Region=Vienna").code, 0, name)

    def test_mistakes_name_the_nearest(self):
        for arguments, words in ((("report", "--by", "Regon"), "did you mean 'Region'?"), (("report", "--where", "Region=Tirol"), "did you mean 'Tyrol'?"),
                                 (("report", "--where", "Region"), "has no `=`"), (("report", "impact", "--by", "Region"), "does not go by a facet"),
                                 (("report", "--by", "People:5,1"), "rising numbers"), (("export", "--where", "X=1"), "it kept")):
            result = harness.run(arguments[0], self.db, *arguments[1:])
            self.assertEqual(result.code, 2, result)
            self.assertIn(words, result.err)


class Strangers(Facets):
    def test_names_and_values_of_any_kind(self):
        corpus = pathlib.Path(harness.SOURCE / "tests/fault/hostile.txt").read_text(encoding="ascii").splitlines()
        strings = [json.loads(line) for line in corpus if line.startswith('"')]
        strings = [s for s in strings if s.isprintable() or "\\u" not in json.dumps(s)][:200] + ["<script>alert(1)</script>", "=1+1", "a,b;c\"d", "x\u202ey"]
        rows = [("abcdf"[i % 5] + ".test", s.replace("\0", "").encode("utf-8", "replace").decode(), "x", "1") for i, s in enumerate(strings)]
        self.night(rows, "--keep", "all", head="Domain,<b>=x\x1b[31m,Sector,People")
        name = next(key for key in self.records()["a.test"]["facets"] if key.startswith("<b>"))
        for arguments in (("report", "--by", name), ("report", "mailboxes", "--by", name, "--format", "csv"), ("report", "mailboxes", "--by", name, "--format", "markdown"),
                          ("report", "mailboxes", "--by", name, "--format", "html"), ("report", "mailboxes", "--by", name, "--format", "latex"), ("export", "--format", "csv"), ("report", "--where", "Sector=x")):
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

    def test_municipalities(self):
        shared = harness.SOURCE.parent / "shared/municipalities/municipalities.csv"
        if not shared.exists():
            raise unittest.SkipTest(f"{shared} is not there")
        plan = harness.run("plan", "-r", "127.0.0.1", shared)
        self.assertIn("names       22,426  (0 duplicate, 0 rejected, 0 excluded)", plan.out)


if __name__ == "__main__":
    harness.main()
