#!/usr/bin/env python3
"""Every query of docs/queries.md runs on a database as scans make it, opened read-only, brings rows, and names views only."""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("MXS_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class Queries(unittest.TestCase):
    def test_each(self):
        with open(os.path.join(SOURCE, "docs/queries.md"), encoding="utf-8") as file:
            text = file.read()
        queries = re.findall(r"(?s)^## (\d+)\. ([^\n]+)\n+```sql\n(.*?)```", text, re.M)
        self.assertEqual([int(number) for number, _, _ in queries], list(range(1, len(queries) + 1)))
        self.assertGreaterEqual(len(queries), 10)
        with tempfile.TemporaryDirectory() as work:
            path = os.path.join(work, "survey.db")
            subprocess.run([sys.executable, os.path.join(SOURCE, "tests/support/make_fixture.py"), path, "--domains", "4000", "--runs", "3"],
                           check=True, stderr=subprocess.DEVNULL)
            subprocess.run([os.environ["MXSURVEY"], "runs", path], check=True, stdout=subprocess.DEVNULL)  # writes views and counts
            db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
            views = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
            for number, question, sql in queries:
                names = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", sql))
                self.assertLessEqual(names, views, "question %s reads what is no view" % number)
                cursor = db.execute(sql)
                rows = cursor.fetchall()
                self.assertTrue(rows, "question %s, %s: no rows" % (number, question))
                columns = [column[0] for column in cursor.description]
                if "domains" in columns:
                    self.assertEqual({type(row[columns.index("domains")]) for row in rows}, {int}, "question %s: 12.0 domains" % number)
                self.assertEqual(len(columns), len(set(columns)), "question %s: two columns of one name" % number)
            db.close()


if __name__ == "__main__":
    unittest.main(verbosity=1)
