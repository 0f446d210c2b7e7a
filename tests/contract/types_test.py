#!/usr/bin/env python3
"""Every column of every view holds values of one type, and of the declared one where there is one: readers such as DuckDB refuse others."""
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("MXS_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
import harness  # noqa: E402


class Types(unittest.TestCase):
    def test_views_of_three_runs(self):
        with tempfile.TemporaryDirectory() as work:
            path = os.path.join(work, "survey.db")
            subprocess.run([sys.executable, os.path.join(SOURCE, "tests/support/make_fixture.py"), path, "--domains", "1500", "--runs", "3", "--change",
                            "0.05"], check=True, stderr=subprocess.DEVNULL)
            subprocess.run([os.environ["MXSURVEY"], "runs", path], check=True, stdout=subprocess.DEVNULL)  # writes views and counts
            mixed, seen = harness.column_types(path)
            self.assertEqual(mixed, [])
            self.assertGreater(seen, 150, "columns that hold something")

    def test_what_is_mixed_is_found(self):
        with tempfile.TemporaryDirectory() as work:
            path = os.path.join(work, "mixed.db")
            with sqlite3.connect(path) as store:
                store.executescript("CREATE TABLE t (a INTEGER, b TEXT) STRICT; INSERT INTO t VALUES (1, 'x'), (2, 'y');"
                                    "CREATE VIEW good AS SELECT a, b, a + 0.5 AS c FROM t;"
                                    "CREATE VIEW bad AS SELECT CASE a WHEN 1 THEN 'one' ELSE 2 END AS d, CAST(b AS BLOB) AS e FROM t;")
            store.close()
            self.assertEqual(harness.column_types(path), (["bad.d: integer, text"], 5))


if __name__ == "__main__":
    unittest.main(verbosity=1)
