#!/usr/bin/env python3
"""What reports and exports write is read back by the readers it is meant for.

JSON by its schema (reports/record/report.schema.json, with Debian's python3-jsonschema), CSV by Python's csv, SVG and HTML by XML
and HTML parsers, Prometheus by promtool, the bundle by sha256sum. All of it on a survey as it is and on one full of hostile
strings (tests/browser/hostile.py).
LaTeX is compiled where a TeX is at hand (texlive-latex-base, and texlive-latex-recommended for booktabs); the SQL that the pages
show is run, and must count what stands beside it.
"""
import contextlib
import csv
import functools
import gzip
import html
import html.parser
import io
import itertools
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SOURCE = os.environ.get("MXS_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
import harness  # noqa: E402

BINARY = os.environ["MXSURVEY"]
# What the program itself offers behind `report DB`, so that a new table is tried without a line here.
TABLES = re.search(r"^ *report:2\) .*-W '([a-z_ ]+)'", harness.run("completion", "bash").out, re.M)[1].split()
NO_FIGURE = {"policy_providers", "policy_tlds", "certificate", "stages", "notes", "inputs", "rejects"}
MEASURES = {"SPF", "SPF ends in", "DMARC", "DKIM key at a known selector", "BIMI", "MTA-STS", "TLS reports", "DANE", "posture"}
MORE = """UPDATE run SET checks = 'mx,host,auth,transport';
              INSERT INTO verdict_value SELECT v.id, m.id, CASE m.name WHEN 'spf_all' THEN 45 WHEN 'bimi' THEN 0 WHEN 'tls_rpt' THEN v.id % 2
                WHEN 'dmarc' THEN v.id % 5 WHEN 'dane' THEN v.id % 5 WHEN 'posture' THEN v.id % 5 ELSE v.id % 3 END
                FROM verdict v JOIN measure m WHERE v.state <> 7 AND (m.name <> 'spf_all' OR v.id % 3 = 0);
              UPDATE asn SET country = CASE id % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' END"""
FORMULA = tuple("=+-@\t\r\n") + ("\uff1d", "\uff0b", "\uff0d", "\uff20")


def run(*command, code=0):
    done = subprocess.run([BINARY, *command], capture_output=True, timeout=300)
    assert done.returncode == code, "%s: %d: %s" % (command, done.returncode, done.stderr.decode())
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    return done.stdout.decode("utf-8", "strict")


csv.field_size_limit(1 << 24)


class Tables(html.parser.HTMLParser):
    """The tables of a page: titles, rows, SQL (None: without), and whether a figure stands before each."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.into, self.figure, self.folded = [], None, False, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "figure":
            self.figure = True
        elif tag == "table":
            self.tables.append({"titles": [], "rows": [], "sql": None, "figure": self.figure})
            self.figure = self.foot = False
        elif tag == "tfoot":  # what all other rows add up to: no row of the query
            self.foot = True
        elif tag == "tr" and not self.foot:
            self.tables[-1]["rows"].append([])
        elif tag in ("th", "td") and not self.foot:
            attributes = dict(attributes)
            self.into = self.tables[-1]["titles"] if tag == "th" else self.tables[-1]["rows"][-1]
            self.into.append(attributes.get("data-id", ""))
            if "data-id" in attributes:  # people read a name, the data have an id
                self.into = None
            self.tables[-1]["figure"] |= "bar" in attributes.get("class", "").split()
        elif tag == "code" and self.folded:
            self.tables[-1]["sql"] = ""
        elif tag == "details" and ("class", "sql") in attributes:
            self.folded = True

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.into = None
        self.folded = self.folded and tag != "details"

    def handle_data(self, data):
        if self.into is not None:
            self.into[-1] += data
        elif self.folded and self.tables[-1]["sql"] is not None:
            self.tables[-1]["sql"] += data


def said(value):
    """What a page may say for a value of the database."""
    if value is None:
        return {""}
    if isinstance(value, str):
        return {value}
    whole = "{:,}".format(int(value + 0.5))
    flag = {"yes"} if value == 1 else {"no"} if value == 0 else set()
    small = {"<0.1 %"} if 0 < value < 0.0005 else set()
    return flag | small | {whole, "%.1f %%" % (value * 100), "%.2f" % value, "%.1f ms" % (value / 1000)}


@functools.cache
def figure(*of):
    """`report ... --format svg`, once for all tests that look at it."""
    done = subprocess.run([BINARY, "report", *of, "--format", "svg"], capture_output=True, timeout=300)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode())


def validator(schema):
    try:
        import jsonschema
    except ImportError:
        raise unittest.SkipTest("python3-jsonschema is not installed") from None
    kind = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)
    kind.check_schema(schema)
    return kind(schema)


@functools.cache
def told(db):
    """{table: what it is as JSON}, by one start."""
    return dict(zip(TABLES, harness.documents(run("report", db, *TABLES, "--format", "json")), strict=True))


@functools.cache
def broken_down(db):
    """Which tables `--by` breaks down, as is said of one that it does not."""
    refused = subprocess.run([BINARY, "report", db, "rejects", "--by", "Region"], capture_output=True, text=True, timeout=300)
    names = re.findall(r"[a-z_]+", refused.stderr.split("cannot be broken down by a facet; ")[1].rsplit(" can", 1)[0].replace(" and ", " "))
    assert set(names) <= set(TABLES) and len(names) > 10, refused.stderr
    return names


class Surveys(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory(prefix="mxs-formats-")
        cls.dbs = [os.path.join(cls.work.name, name) for name in ("survey.db", "hostile.db")]
        subprocess.run([sys.executable, os.path.join(SOURCE, "tests/support/make_fixture.py"), cls.dbs[0], "--domains", "1500", "--runs",
                        "3"], check=True, stderr=subprocess.DEVNULL)
        with contextlib.closing(sqlite3.connect(cls.dbs[0])) as db:
            db.executescript(MORE)
        shutil.copy(*cls.dbs)
        subprocess.run([sys.executable, os.path.join(SOURCE, "tests/browser/hostile.py"), cls.dbs[1]], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.work.cleanup()

    def each_table(self):
        """(db, table): all of the survey as it is, and of the hostile one those whose rows are others, by a hostile string."""
        plain, hostile = map(told, self.dbs)
        strange = [table for table in TABLES if hostile[table]["rows"] != plain[table]["rows"]]
        self.assertLess({"providers", "impact", "networks", "matrix", "policy_providers", "resolvers", "notes", "inputs", "rejects"}, set(strange))
        return [(self.dbs[0], table) for table in TABLES] + [(self.dbs[1], table) for table in strange]

    def bundle(self, db):
        folder = db + ".bundle"
        if not os.path.exists(folder):
            run("export", db, "--bundle", folder)
        return folder


class Data(Surveys):
    """Every table as CSV, SVG and Markdown; bundles."""

    def test_csv_is_read_back(self):
        for db in self.dbs:
            for table in TABLES:
                with open(os.path.join(self.bundle(db), "tables", table + ".csv"), encoding="utf-8", newline="") as file:
                    text = file.read()
                if table == "providers":  # what a command of its own prints is the same
                    self.assertEqual(run("report", db, table, "--format", "csv"), text)
                rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
                self.assertEqual({len(row) for row in rows}, {len(rows[0])}, table)
                self.assertEqual(len(rows) - 1, len(told(db)[table]["rows"]), table)
                for cell in itertools.chain.from_iterable(rows[1:]):
                    if cell.startswith(FORMULA):
                        self.assertRegex(cell[:40], r"^-[0-9.]+(e[-+]?[0-9]+)?$", table)
            rows = list(csv.reader(io.StringIO(run("export", db, "--format", "csv"), newline=""), strict=True))
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})

    def test_svg_is_xml(self):
        for table in NO_FIGURE:
            run("report", self.dbs[0], table, "--format", "svg", code=2)
        for db, table in filter(lambda each: each[1] not in NO_FIGURE, self.each_table()):
            done = figure(db, table)
            self.assertEqual(done.returncode, 0, done.stderr)
            root = xml.etree.ElementTree.fromstring(done.stdout)
            names = {element.tag.split("}")[1] for element in root.iter()}
            self.assertLessEqual(names, {"svg", "title", "desc", "style", "rect", "text", "tspan", "line", "polyline", "path", "circle"})
            self.assertTrue(root[0].text and root[1].text, table)

    def test_a_figure_says_what_a_paper_needs(self):
        """Title, what the numbers are of, run and date, titles of the axes: of every figure, broken down by a column, or empty."""
        smtp = os.path.join(self.work.name, "smtp.db")
        with gzip.open(os.path.join(SOURCE, "tests/fixtures/schema3-smtp.db.gz")) as packed, open(smtp, "wb") as file:
            shutil.copyfileobj(packed, file)
        db, by = self.dbs[0], ("--by", "Region")
        drawn = [table for table in TABLES if table not in NO_FIGURE]
        self.assertGreater(len(drawn), 20)
        other = [table for table in drawn if bool(told(db)[table]["rows"]) != bool(told(smtp)[table]["rows"])]  # empty, or not any more
        self.assertGreater(len(other), 6)
        figures = [(db, table) for table in drawn] + [(db, table, *by) for table in drawn if table in broken_down(db)]
        for of in figures + [(smtp, table) for table in other]:
            with self.subTest(of=of):
                done = figure(*of)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.figure_is_whole(done.stdout)
        self.assertIn("cannot be broken down", figure(db, next(table for table in drawn if table not in broken_down(db)), *by).stderr)

    def figure_is_whole(self, text):
        number = lambda text: float(text.replace(",", ""))
        root = xml.etree.ElementTree.fromstring(text)
        said = ["".join(element.itertext()) for element in root if element.tag.endswith("}text")]
        title, note, source = said
        self.assertEqual(title, root[0].text)
        self.assertTrue(title)
        self.assertRegex(source, r"^mxsurvey \S+, run [0-9]+ of [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC$")
        if note == "Nothing to draw: the table has no rows.":
            return
        plot = next(element for element in root if element.tag.endswith("}svg"))
        dim = [(element.get("x"), element.get("text-anchor"), "".join(element.itertext())) for element in plot.iter()
               if element.tag.endswith("}text") and element.get("class") == "dim"]
        self.assertTrue(dim[-1][2], "the axis has no title")
        self.assertEqual((dim[-1][1], dim[-1][0].endswith("%")), ("middle", True))
        self.assertGreaterEqual(sum(text[:1].isdigit() for _, _, text in dim), 2, "an axis without ticks")
        if any(element.tag.endswith("}polyline") for element in plot.iter()):
            self.assertRegex(dim[0][2], "^[a-z]", "the other axis has no title")
        rows = ["".join(element.itertext()) for element in plot.iter() if element.get("class") == "number"]
        self.assertTrue(rows)
        if re.match(r"Shares of .*\b[0-9][0-9,]* (names|domains)\b", note):
            return
        self.assertRegex(note, '^Drawn: .+, of the number after "of" in each row\\.')
        for row in rows:
            whole = re.fullmatch(r"(?:([0-9.,]+) of ([0-9.,]+) \u00b7 ([0-9.]+) %|[0-9.,]+(?: %)? of [0-9.,]+|0 \u00b7 0\.0 %)", row)
            self.assertTrue(whole, row)
            if whole[1] is not None:
                self.assertAlmostEqual(number(whole[1]) / number(whole[2]) * 100, number(whole[3]), delta=0.051 + 50 / number(whole[2]))
        parts = [element for element in plot.iter() if element.tag.endswith("}rect") and (element.get("x") or "0").endswith("%")]
        self.assertEqual([part for part in parts if float(part.get("x")[:-1]) > 100], [], "drawn beyond its end")

    def test_markdown_has_equal_columns(self):
        for db in self.dbs:
            tables = [list(lines) for is_table, lines in itertools.groupby(run("report", db, *TABLES, "--format", "markdown").splitlines(),
                                                                     lambda line: line.startswith("|")) if is_table]
            self.assertEqual(len(tables), len(TABLES))
            for lines in tables:
                counts = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
                self.assertEqual(len(counts), 1, counts)

    def test_bundle_is_whole(self):
        for db in self.dbs:
            folder = self.bundle(db)
            done = subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=folder, capture_output=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
            there = {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}
            with open(os.path.join(folder, "SHA256SUMS"), encoding="utf-8") as file:
                summed = {line.split("  ", 1)[1].rstrip("\n") for line in file}
            self.assertEqual(there, summed | {"SHA256SUMS"})
            self.assertLessEqual({"README.md", "run.json", "report.html", "report.json", "domains.jsonl", "rules.tsv", "queries.sql"}, there)
            with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
                self.assertEqual(json.load(file)["run"]["run"], 3)
            with open(os.path.join(folder, "domains.jsonl"), encoding="utf-8") as file:
                self.assertEqual(sum(1 for line in file if json.loads(line)["domain"]), 1500)
            with open(os.path.join(folder, "queries.sql"), encoding="utf-8") as file:
                self.assertEqual(len(re.findall(r"(?m)^-- \w+: ", file.read())), len([n for n in there if n.startswith("tables/")]))
            self.tables_are_whole(db, folder)
            run("export", db, "--bundle", folder, code=2)  # it is there already
        run("export", self.dbs[0], "--bundle", os.path.join(self.work.name, "no/such/place"), code=1)
        self.assertEqual([n for n in os.listdir(self.work.name) if ".XX" in n or re.search(r"bundle\.", n)], [])

    def tables_are_whole(self, db, folder):
        """Every table of the bundle has as many rows as its query, and the queries of the bundle are those of the report."""
        with open(os.path.join(folder, "queries.sql"), encoding="utf-8") as file:
            queries = dict(re.findall(r"(?ms)^-- (\w+): [^\n]*\n(.*?);$", file.read()))
        self.assertEqual(set(TABLES) - set(queries), set())
        for table, query in queries.items():
            with open(os.path.join(folder, "tables", table + ".csv"), encoding="utf-8", newline="") as file:
                rows = sum(1 for _ in csv.reader(file)) - 1
            with contextlib.closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as store:
                told = [len(store.execute(query, (3, most) if "?2" in query else (3,)).fetchall()) for most in (-1, 1 << 40)]
            self.assertEqual([rows, rows], told, table)  # "all" is no number of rows that some query takes for a small one
            if table in ("impact", "networks", "providers", "tlds"):
                self.assertGreater(rows, 0, table)


class Pages(Surveys):
    """What people read: every table and whole reports as HTML and LaTeX."""

    def test_html_is_closed(self):
        void = {"meta", "rect", "line", "path", "polyline", "circle", "input", "br", "wbr"}

        class Reader(html.parser.HTMLParser):
            def __init__(self):
                super().__init__()
                self.open, self.wrong, self.names = [], [], set()

            def handle_starttag(self, tag, attributes):
                self.names.add(tag)
                self.wrong += [name for name, _ in attributes if name.startswith("on") or name in ("style", "src")]
                self.wrong += [value for name, value in attributes if name == "href" and not value.startswith("#")]
                if tag not in void:
                    self.open.append(tag)

            def handle_endtag(self, tag):
                if tag not in void and (not self.open or self.open.pop() != tag):
                    self.wrong.append("</%s>" % tag)
        pages = [(command, db) for command in ("report", "diff", "trend") for db in self.dbs]
        pages += [("report", db, table) for db, table in self.each_table()]
        names = {db: set() for db in self.dbs}
        for page in pages:
            reader = Reader()
            text = run(*page, "--format", "html")
            reader.feed(text)
            self.assertEqual((reader.open, reader.wrong), ([], []), page)
            self.assertEqual(text.count("<script>"), 1, page)
            names[page[1]] |= reader.names
        self.assertEqual(names[self.dbs[1]] - names[self.dbs[0]], set(), "hostile strings made elements")

    def test_latex_compiles(self):
        if shutil.which("pdflatex") is None:
            self.skipTest("no TeX at hand")
        made = [("report", *TABLES), ("report",), ("diff",), ("trend",), ("diff", "--kind", "host_added")]
        for i, db in enumerate(self.dbs):
            tables = "".join("%s\n\\clearpage\n" % part for command in made for part in
                             re.split(r"(?=\\begin\{table\})", run(command[0], db, *command[1:], "--format", "latex")))
            path = os.path.join(self.work.name, "tables%d.tex" % i)
            with open(path, "w", encoding="utf-8") as file:
                file.write("\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{booktabs}\n\\begin{document}\n%s"
                           "\\end{document}\n" % tables)
            done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path], cwd=self.work.name,
                                  capture_output=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout.decode("utf-8", "replace")[-3000:])
            self.assertTrue(os.path.exists(path[:-4] + ".pdf"))
            self.assertNotIn(b"Missing character", done.stdout)

    def test_sql_on_the_page_counts_the_same(self):
        """Every figure has its query, and the query, run by sqlite alone, has the table's numbers."""
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.dbs[0], uri=True)) as db:
            for command in (("report",), ("report", "--run", "2"), ("diff",), ("trend",), ("trend", "--last", "2", "--limit", "3")):
                page = Tables(run(command[0], self.dbs[0], *command[1:], "--format", "html"))
                drawn = [table for table in page.tables if table["figure"]]
                self.assertGreaterEqual(len(drawn), {"report": 12, "diff": 2, "trend": 5}[command[0]], command)
                for table in drawn:
                    self.assertIsNotNone(table["sql"], (command, table["titles"]))
                for table in filter(lambda table: table["sql"] is not None, page.tables):
                    self.compare(db, command, table)

    def compare(self, db, command, table):
        rows = [row for row in table["rows"] if row]
        found = db.execute(table["sql"]).fetchall()
        if table["titles"][-1] == "change, points":  # a row per series, a column for some of the runs
            shares = {(name, "run %d" % run_id): share for run_id, name, share in found}
            newest = sorted({run_id for run_id, _, _ in found})[-2:]
            self.assertEqual({name for _, name, _ in found}, {row[0] for row in rows if set(row[1:-1]) - {"0.0 %", ""}}, (command, table["sql"]))
            for name, *cells, change in rows:
                for title, cell in zip(table["titles"][1:], cells):
                    share = shares.get((name, title))
                    self.assertTrue({cell} & (said(share) if share is not None else {"0.0 %", ""}), (command, name, title, cell, share))
                moved = [shares.get((name, "run %d" % run_id), 0) for run_id in newest]
                if len(moved) == 2 and change:
                    self.assertAlmostEqual(float(change), 100 * (moved[1] - moved[0]), delta=0.051, msg=(command, name))
            return
        self.assertEqual(len(found), len(rows), (command, table["titles"], table["sql"]))
        for values in found:
            here = [row for row in rows if all(said(value) & set(row) for value in values if not isinstance(value, str) or len(value) < 300)]
            self.assertTrue(here, (command, table["titles"], values))


class Metrics(Surveys):
    """For those who scrape them."""

    def test_prometheus(self):
        if shutil.which("promtool") is None:
            self.skipTest("promtool is not installed: apt-get install prometheus")
        for db in self.dbs:
            text = run("report", db, "--format", "prometheus")
            done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
            self.assertRegex(text, r'(?m)^mxsurvey_states_domains\{list="[^\n]*",state="mx"\} [0-9]+$')
            series = [line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")]
            self.assertEqual(len(series), len(set(series)), "a series stands twice")


class Documents(Surveys):
    """Whole reports as JSON, records."""

    def test_json_obeys_its_schema(self):
        with open(os.path.join(SOURCE, "reports/record/report.schema.json"), encoding="utf-8") as file:
            check = validator(json.load(file))
        for db in self.dbs:
            report = json.loads(run("report", db, "--format", "json"))
            errors = ["%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:200]) for e in check.iter_errors(report)]
            self.assertEqual(errors, [])
            a = report["accounting"]
            self.assertEqual(a["lines"], a["accepted"] + a["rejected"] + a["duplicate"])
            self.assertEqual(a["accepted"], sum(a["states"].values()))
            self.assertEqual({row["measure"] for row in report["policies"]}, MEASURES)
            del report["accounting"]
            self.assertTrue(list(check.iter_errors(report)), "the schema lets anything pass")

    def test_records_obey_their_schema(self):
        check = validator(json.loads(run("export", "--schema")))
        for db in self.dbs:
            for words in ([], ["--content-only"]):
                records = [json.loads(line) for line in run("export", db, *words).splitlines()]
                errors = ["%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:200]) for record in records
                          for e in check.iter_errors(record)]
                self.assertEqual(errors[:5], [])
        for name in records[0]:
            self.assertTrue(list(check.iter_errors({key: value for key, value in records[0].items() if key != name})), name)
        self.assertTrue(list(check.iter_errors(records[0] | {"more": 1})))
        self.assertTrue(list(check.iter_errors(records[0] | {"redundancy": records[0]["redundancy"] | {"more": 1}})))

    def test_the_schema_and_csv_name_the_same_members(self):
        def titles(node):
            for member in node.get("properties", {}).values():
                yield member["title"]
                yield from titles(member)
                yield from titles(member.get("items", {}))

        members = {title.replace("[]", "") for title in titles(json.loads(run("export", "--schema")))}
        header = run("export", self.dbs[0], "--format", "csv").splitlines()[0].split(",")
        self.assertEqual({name for name in header if not name.startswith("facet_")} - members, set())

    def test_no_table_is_cut_in_silence(self):
        db = self.dbs[0]
        whole = run("report", db, "providers", "--format", "csv").splitlines()[1:]
        self.assertGreater(len(whole), 5)
        self.assertEqual(run("report", db, "providers", "--format", "csv", "--limit", "3").splitlines()[1:], whole[:3])
        text = run("report", db, "providers", "--limit", "3")
        self.assertIn("\n3 of %d rows (--limit N shows more)\n" % len(whole), text)
        self.assertEqual(json.loads(run("report", db, "providers", "--format", "json", "--limit", "3"))["total_rows"], len(whole))
        code = max(json.loads(run("report", db, "findings", "--format", "json"))["rows"], key=lambda row: row["domains"])["finding"]
        of = ("report", db, "findings", "--code", code)
        names = run(*of).splitlines()
        self.assertGreater(len(names), 2)
        self.assertEqual(run(*of, "--limit", "2").splitlines(), names[:2])
        self.assertEqual([json.loads(line)["domain"] for line in run(*of, "--limit", "2", "--format", "json").splitlines()], names[:2])
        page = run(*of, "--limit", "2", "--format", "html")
        self.assertTrue("2 of %s rows" % format(len(names), ",") in page, page[-3000:])
        advice = [row["advice"] for row in json.loads(run("report", db, "findings", "--format", "json"))["rows"] if row["finding"] == code]
        self.assertIn(advice[0].replace("`", ""), re.sub(r"</?code>", "", html.unescape(page)))
        self.assertRegex(page, r"List \w+, run \d+, \d{4}-")
        self.assertRegex(run(*of, "--format", "latex"), r"\\caption\{Domains with the finding .*List .*run \d+, ")
        told = [[cell.replace("\\", "") for cell in line.strip("| ").split(" | ")] for line in run(*of, "--format", "markdown").splitlines()[4:]]
        records = map(json.loads, run("export", db, "--finding", code, "--state", "mx").splitlines())
        self.assertEqual([row for row in told if row[1:2] == ["mx"]],
                         [[r["domain"], "mx", ", ".join(f"{mx['preference']} {mx['host']}" for mx in r["mx"])] for r in records])
        for format_ in ("svg", "prometheus"):
            self.assertIn("--code lists domains", subprocess.run([BINARY, *of, "--format", format_], capture_output=True, text=True).stderr)

    def test_shares_of_a_table_that_is_cut_on_the_page_add_up(self):
        for db in self.dbs:
            page = Tables(run("report", db, "--format", "html"))
            (law,) = [table for table in page.tables if "country of the operator" in table["titles"]]
            rows = [row for row in law["rows"] if row]
            told = json.loads(run("report", db, "jurisdictions", "--format", "json"))["rows"]
            number = lambda text: float(text.replace(",", "").replace("\u00a0", " ").split(" ")[0])
            for role in {row[0] for row in rows}:
                mine = [row for row in rows if row[0] == role]
                self.assertAlmostEqual(sum(number(row[2]) for row in mine), sum(row["domains"] for row in told if row["role"] == role),
                                       delta=len(mine) / 2, msg=role)
                if role == "mailbox":  # every domain that receives mail has its mailbox under some law
                    self.assertAlmostEqual(sum(number(row[3]) for row in mine), 100, delta=len(mine) * 0.05 + 0.01)
            self.assertEqual({row["role"] for row in told}, {row[0] for row in rows})

    def test_the_figure_of_migrations_has_the_numbers_of_its_table(self):
        number = lambda text: int(text.replace(",", ""))
        page = run("diff", self.dbs[0], "1", "3", "--format", "html")
        moves = json.loads(run("diff", self.dbs[0], "1", "3", "--format", "json"))["migrations"]
        total = sum(move["domains"] for move in moves)
        part = page[page.index("Who moved where"):]
        table = part[part.index("<table"):part.index("</table>")]
        shown = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr.*?</tr>", table)]
        self.assertGreater(len(moves), 8)
        self.assertEqual(sum(number(row[-1]) for row in shown if row), total)
        self.assertEqual(shown[-1][0], "all others (%s)" % format(len(moves) - 8, ","))
        figure = part[part.index("<figure"):part.index("</figure>")]
        sides = {}
        for x, text in re.findall(r'<text[^>]* x="([^"]*)"[^>]*>([^<]*)</text>', figure):
            found = re.search(r"(?:^|\u00b7 )([0-9,]+)$", text)
            if found:
                sides.setdefault(x, []).append(number(found[1]))
        self.assertEqual([sum(side) for side in sides.values()], [total, total], sides)

    def test_no_line_of_a_table_is_wider_than_the_terminal(self):
        """Whatever the table, broken down by whatever column: titles take lines, columns stand below their row, and nothing overflows."""
        for width, column in ((80, "Sector"), (60, "Region")):
            environment = {**os.environ, "COLUMNS": str(width), "LC_ALL": "C.UTF-8"}
            for tables, words in ((TABLES, ()), (broken_down(self.dbs[0]), ("--by", column))):
                done = subprocess.run([BINARY, "report", self.dbs[0], *tables, *words], capture_output=True, text=True, env=environment, timeout=300)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertGreater(len(done.stdout.splitlines()), 3 * len(tables))
                self.assertEqual([line for line in done.stdout.splitlines() if len(line) > width], [], (width, words))

    def test_no_line_that_is_told_is_wider_than_sixty_columns(self):
        """What people read, whole reports and help; only what is typed whole stands whole."""
        environment = {**os.environ, "COLUMNS": "60", "LC_ALL": "C.UTF-8"}
        db = self.dbs[0]
        run("report", db, "states")  # brings the views
        with contextlib.closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as store:
            losses = store.execute("SELECT kind, name, max(lost) FROM v_impact WHERE run_id = 3 GROUP BY kind").fetchall()
        self.assertGreater(len(losses), 3)
        words = subprocess.run([BINARY, "help"], capture_output=True, text=True, env=environment, timeout=60).stdout
        commands = [("report", db), ("diff", db), ("diff", db, "1", "3"), ("runs", db), ("trend", db), ("trend", db, "--by", "Region"), ("help",)]
        commands += [("outage", db, kind, name) for kind, name, _ in losses] + [("outage", db, *losses[0][:2], "--by", "Region")]
        helped = [name for name in re.findall(r"(?m)^  ([a-z]+) ", words) if name != "mxsurvey"]
        self.assertLessEqual({"scan", "report", "trend", "outage", "lookup"}, set(helped))
        for command in commands + [("help", name) for name in helped]:
            done = subprocess.run([BINARY, *command], capture_output=True, text=True, env=environment, timeout=300)
            self.assertEqual(done.returncode, 0, (command, done.stderr))
            typed = ("  mxsurvey ", "Usage: mxsurvey ") if command[0] == "help" else ()
            self.assertGreater(len(done.stdout.splitlines()), 3, command)
            self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 60 and not line.startswith(tuple(typed))], [], command)

    def test_what_is_not_there_is_said_with_what_is(self):
        db = os.path.join(self.work.name, "lists.db")
        shutil.copy(self.dbs[0], db)
        run("report", db, "states")  # brings the findings
        refused = lambda: subprocess.run([BINARY, "report", db, "--list", "foo"], capture_output=True, text=True, timeout=300)
        with contextlib.closing(sqlite3.connect(db)) as store:
            (first,) = store.execute("SELECT name FROM list").fetchone()
            (code,) = store.execute("SELECT name FROM finding WHERE code NOT IN (SELECT code FROM verdict_finding) ORDER BY name").fetchone()
            done = refused()
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"holds no run of list foo; its only list is {first}\n", done.stderr)
            store.executescript("INSERT INTO list (id, name) VALUES (7, 'zebra'); UPDATE run SET list_id = 7 WHERE id = 1")
        self.assertIn(f"holds no run of list foo; its lists are {first}, zebra\n", refused().stderr)
        for format_ in ("text", "csv", "json", "html"):
            done = subprocess.run([BINARY, "report", db, "findings", "--code", code, "--format", format_], capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(len(done.stdout.splitlines()) < 2, format_ != "html")
            self.assertIn(f"no domain of run 3 of list {first} has the finding {code}\n", done.stderr)

    def test_runs_that_find_no_room_beside_each_other_are_told(self):
        db = os.path.join(self.work.name, "nights.db")
        shutil.copy(self.dbs[0], db)
        with contextlib.closing(sqlite3.connect(db)) as store:
            store.execute("CREATE TEMP TABLE night AS SELECT * FROM run WHERE id = 3")
            for run_id in range(4, 11):
                store.execute("UPDATE night SET previous_run = id, started_at = started_at + 86400")
                store.execute("UPDATE night SET id = ?", (run_id,))
                store.execute("INSERT INTO run SELECT * FROM night")
            store.commit()
        self.assertIn("\n8 of 10 runs: the first and the 7 newest (--format csv has all)\n", run("trend", db))
        self.assertRegex(run("report", db, "--format", "html"), r">4 of \d+ runs: the first and the 3 newest\.<")
        self.assertNotIn("runs: the first", run("trend", self.dbs[0]))

    def test_one_unknown_domain_costs_the_others_nothing(self):
        name = run("export", self.dbs[0], "--state", "mx").splitlines()[0]
        name = json.loads(name)["domain"]
        told = run("explain", self.dbs[0], "nowhere.invalid", name, code=1)
        self.assertTrue(told.startswith(name + "\n"), told[:200])

    def test_the_view_and_diff_tell_the_same(self):
        """Every change with its old and new value, in the order of preferences, which here is not that of the hosts' ids."""
        db = os.path.join(self.work.name, "changes.db")
        shutil.copy(self.dbs[0], db)
        with contextlib.closing(sqlite3.connect(db)) as store:
            store.executescript("""UPDATE mx_entry SET preference = 1000 - preference;
                CREATE TEMP TABLE gone AS SELECT DISTINCT h.host_id FROM host_history h JOIN mx_entry e USING (host_id)
                  WHERE e.set_id IN (SELECT set_id FROM mx_entry GROUP BY set_id HAVING count(*) > 2) AND h.last_run IS NULL AND h.first_run < 3;
                UPDATE host_history SET last_run = 2 WHERE last_run IS NULL AND host_id IN gone;
                INSERT INTO host_history (host_id, list_id, first_run, a_outcome, aaaa_outcome) SELECT host_id, 1, 3, 2, 2 FROM gone""")
        run("report", db, "states")
        kinds = {}
        for night in (2, 3):
            with contextlib.closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as store:
                view = store.execute("SELECT domain, kind, ifnull(old, ''), ifnull(new, '') FROM v_change WHERE run_id = ?", (night,)).fetchall()
            told = [json.loads(run("diff", db, str(night - 1), str(night), "--format", "json", *words)) for words in ((), ("--kind", "became_undetermined"))]
            rows = {(row["domain"], row["kind"], row["old"], row["new"]) for row in told[0]["changes"] + told[1]["became_undetermined"]}
            self.assertEqual(set(view) ^ rows, set())
            self.assertEqual(len(view), len(rows))
            for _, kind, old, new in view:
                kinds[kind] = max(kinds.get(kind, 0), len((old + new).split()))
        self.assertLessEqual({"host_dangling", "address_moved", "host_added", "host_removed", "provider_migrated", "receives_no_more"}, set(kinds))
        self.assertGreater(kinds["host_dangling"], 3)

    def test_the_earlier_run_comes_first(self):
        run("diff", self.dbs[0], "2", "3")
        run("diff", self.dbs[0], "3", "2", code=1)


if __name__ == "__main__":
    told = unittest.main(verbosity=1, exit=False).result
    sys.exit(1 if not told.wasSuccessful() else 77 if told.testsRun == len(told.skipped) else 0)
