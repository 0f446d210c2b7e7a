#!/usr/bin/env python3
"""What is counted once is told the same everywhere: page, text, CSV, JSON and the SQL on the page, for every table of a run.

On the real list behind NSD where there is one, with all checks; else on an invented survey. Beside it: every table says what its shares
are of, and every finding, table and option that a text names exists.
"""
import contextlib
import csv
import functools
import html
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import unittest

SOURCE = os.environ["MXS_SOURCE"]
sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
import harness  # noqa: E402


def cells(fragment, tag):
    """The text of each cell; of a provider its id, as data have it."""
    found = []
    for attributes, inner in re.findall(r"<%s\b([^>]*)>(.*?)</%s>" % (tag, tag), fragment, re.S):
        name = re.search(r'data-id="([^"]*)"', attributes)
        found.append(html.unescape(name.group(1) if name else re.sub(r"<[^>]*>", "", inner)))
    return found


def tables_of(page):
    """By its question: the rows, and the query."""
    found = {}
    for piece in page.split('<table class="data')[1:]:
        question = re.search(r"<caption>(.*?)</caption>", piece, re.S).group(1)
        body = re.search(r"<tbody>(.*?)</tbody>", piece, re.S).group(1)
        query = re.search(r'<details class="sql">.*?<code>(.*?)</code>', piece.split("<table", 1)[0], re.S)
        rows = [cells(row, "td") for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)]
        found[html.unescape(question)] = (rows, html.unescape(query.group(1)) if query else None)
    return found


def shown(value):
    """What people may be shown for a value of the data."""
    if value is None or value == "":
        return {"", "-", "\u2013"}
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    if isinstance(value, str):
        return {value}
    words = {"{:,}".format(int(value + 0.5)), "%.1f %%" % (value * 100), "%.2f" % value, "%.1f ms" % (value / 1000), "%d ms" % value, "%.1f s" % (value / 1000),
             "{:,.2f}".format(value), "{:,.1f}".format(value)}
    words |= {form for whole in (int(value), int(value + 0.5)) for form in ("%d ms" % whole, "%.1f s" % (whole / 1000))}  # times are whole milliseconds
    words |= {"<0.1 %"} if 0 < value < 0.0005 else {">99.9 %"} if 0.9995 <= value < 1 else set()
    words |= {time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(value))} if value > 1e9 else set()
    return words | ({"yes"} if value == 1 else {"no"} if value == 0 else set())


def plain(value):
    """A value of CSV as JSON has it: what a spreadsheet would take for a formula has a quote before it."""
    value = value[1:] if re.match(r"'[=+@-]", value) else value
    try:
        return float(value)
    except ValueError:
        return value


class Numbers(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.case = cls.for_all()
        cls.survey = str(cls.case.db)
        try:
            zone, names = harness.realworld("root.zone.gz"), harness.realworld("domains.txt")
            result = cls.case.scan(names, cls.case.nsd(master=zone), "--checks", "all", timeout_s=200)
            assert result.code == 0, result
        except unittest.SkipTest:
            subprocess.run([sys.executable, os.path.join(SOURCE, "tests/support/make_fixture.py"), cls.survey, "--domains", "1500", "--runs",
                            "2"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        refusal = harness.run("report", cls.survey, "nosuch").err
        cls.names = re.search(r"there are ([a-z_, ]+)", refusal).group(1).split(", ")
        told = harness.documents(harness.run("report", cls.survey, *cls.names, "--format", "json").out)
        assert len(told) == len(cls.names), told
        cls.whole = dict(zip(cls.names, told))

    @staticmethod
    @functools.cache
    def told(*arguments):
        """What `report` says of the survey, once for all tests that look at it."""
        result = harness.run("report", Numbers.survey, *arguments)
        assert result.code == 0, result
        return result.out

    def matches(self, row, said):
        """Whether a row of the data is what cells of people say."""
        values = [v for v in row.values() if not isinstance(v, (list, dict)) and not (isinstance(v, str) and (len(v) > 60 or "`" in v))]
        return all(shown(value) & said or value is None for value in values)

    def test_csv_and_sql(self):
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.survey, uri=True)) as db:
            run = db.execute("SELECT max(run_id) FROM v_run WHERE state = 'complete'").fetchone()[0]
            tables = self.tables(db=self.survey)
            for name, table in self.whole.items():
                rows = list(csv.reader(io.StringIO(tables[name])))
                wanted = [[plain(str(v) if not isinstance(v, bool) else str(int(v))) if v is not None else "" for v in row.values()]
                          for row in table["rows"] if not any(isinstance(v, (list, dict)) for v in row.values())]
                got = [[plain(cell) for cell in row] for row in rows[1:]]
                self.assertEqual(len(got), len(table["rows"]), name)
                if len(wanted) == len(table["rows"]):
                    self.assertEqual(got, wanted, name)
                if table.get("sql"):
                    found = db.execute(table["sql"], [run, -1][:1 + ("?2" in table["sql"])]).fetchall()
                    self.assertEqual(len(found), len(table["rows"]), name)
                    for values, row in zip(found, table["rows"]):
                        for value, (key, told) in zip(values, row.items()):
                            if key == "what":  # words stand there for an operator's id, kind and country
                                country = value.rsplit(" ", 1)[1]
                                self.assertTrue(told and (country == "-" or told.endswith(country)), (value, told))
                            elif isinstance(value, float):
                                self.assertAlmostEqual(value, told, 5, name)
                            elif not isinstance(told, (list, dict, bool)):
                                self.assertEqual(value, told, name)

    def test_pages_and_text(self):
        for name, table in self.whole.items():
            if not table["rows"]:
                continue
            page = self.told(name, "--format", "html")
            rows, query = tables_of(page)[table["question"]]
            self.assertRegex(page, r'<p class="lede">List default, run \d+, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.</p>')
            with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.survey, uri=True)) as db:  # as it stands there
                self.assertEqual(len(db.execute(query).fetchall()), len(table["rows"]), name)
            self.assertTrue(rows, name)
            for said in rows:
                self.assertTrue(any(self.matches(row, set(said)) for row in table["rows"]), (name, said))
            lines = [set(re.split(r"\s{2,}", line.strip())) for line in self.told(name, "--limit", "100000").splitlines()]
            for row in table["rows"]:
                numbers = [v for v in row.values() if isinstance(v, (int, float)) and not isinstance(v, bool)]
                self.assertTrue(any(all(any(shown(n) & {word for cell in line for word in (cell, *cell.split(" "), cell.rsplit("  ")[-1])}
                                            for n in [number]) for number in numbers) for line in lines), (name, row))

    def test_the_whole_page(self):
        found = tables_of(self.told("--format", "html"))
        known = {table["question"]: table for table in self.whole.values()}
        both = set(found) & set(known)
        self.assertGreaterEqual(len(both), 12, sorted(set(found) - set(known)))
        for question in both - {"What is wrong or worth knowing, and what can be done?"}:
            for said in found[question][0]:
                if not said[1].startswith(("all others (", "behind a gateway", "not named (limit)", "not settled")):
                    self.assertTrue(any(self.matches(row, set(said)) for row in known[question]["rows"]), (question, said))
        findings = {row["finding"]: row for row in self.whole["findings"]["rows"]}
        said = {row[2]: row for row in found["What is wrong or worth knowing, and what can be done?"][0]}
        self.assertEqual(set(said), set(findings))
        for name, row in findings.items():
            self.assertTrue({said[name][3]} & shown(row["domains"]) and {said[name][4]} & shown(row["share"]), (said[name], row))

    def test_the_countries_of_the_page(self):
        """The table has all countries, the page the largest and all others; behind which laws nobody can see, both say."""
        table, counts = self.whole["jurisdictions"], {}
        for role, what, domains, _ in tables_of(self.told("--format", "html"))[table["question"]][0]:
            counts.setdefault(role, {})[what] = int(domains.replace(",", ""))
        for role, said in counts.items():
            unseen = ("behind a gateway", "not named (limit)", "not settled")
            whole = [row["domains"] for row in table["rows"] if row["role"] == role and row["country"] not in unseen]
            hidden = sum(said.pop(why, 0) for why in unseen)
            self.assertEqual(hidden, sum(row["domains"] for row in table["rows"] if row["role"] == role and row["country"] in unseen))
            others = [what for what in said if what.startswith("all others (")]
            left = len(whole) - (len(said) - len(others))
            self.assertEqual(others, [f"all others ({left})"] if left else [], role)
            self.assertEqual(sum(said.values()), sum(whole), role)
            if role == "mailbox":
                receiving = sum(row["domains"] for row in self.whole["states"]["rows"] if row["state"] in ("mx", "implicit_mx"))
                self.assertEqual(hidden + sum(whole), receiving)

    def test_the_ranks_of_the_page(self):
        """The curve stands on the page with a column for each role."""
        ranks = {row[0]: row[1:] for row in tables_of(self.told("--format", "html"))["How much of the mail do the largest providers cover?"][0]}
        for row in self.whole["curve"]["rows"]:
            column = ["mailbox", "gateway"].index(row["role"])
            self.assertIn(ranks["{:,}".format(row["rank"])][column], shown(row["share"]), row)

    def test_the_document(self):
        document = harness.run("report", self.survey, "--format", "json").json()
        self.assertEqual(document["accounting"]["states"], {row["state"]: row["domains"] for row in self.whole["states"]["rows"]})
        for part, key in (("providers", "domains"), ("findings", "domains")):
            self.assertEqual([row[key] for row in document[part]], [row[key] for row in self.whole[part]["rows"]], part)

    def test_every_share_says_of_what(self):
        for name, table in self.whole.items():
            if table["rows"] and any("share" in column for column in table["rows"][0]):
                self.assertRegex(self.told(name), r"(?m)^share.*: of |[Ss]hares? of |of known|of the row|  of +known\n|  of\n", name)

    def test_what_is_named_exists(self):
        commands = re.findall(r"(?m)^  ([a-z]+) ", harness.run("--help").out)
        helps = "".join(harness.run(command, "--help").out for command in commands)
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.survey, uri=True)) as db:
            findings = {name for (name,) in db.execute("SELECT name FROM finding")}
            told = self.told() + html.unescape(self.told("--format", "html"))
            told += " ".join(text for row in db.execute("SELECT sentence, advice FROM finding") for text in row if text)
        options = set(re.findall(r"(?<![\w-])--([a-z][a-z0-9-]+)", told)) - {"paper", "ink", "dim", "rule", "card", "link", "accent"}
        self.assertEqual({option for option in options if "--" + option not in helps}, set())
        self.assertEqual(set(re.findall(r"--code ([a-z_]+)", told)) - findings, set())
        self.assertEqual(set(re.findall(r"report DB ([a-z_]+)", told)) - set(self.names), set())
        self.assertEqual({row["finding"] for row in self.whole["findings"]["rows"]} - findings, set())


if __name__ == "__main__":
    unittest.main()
