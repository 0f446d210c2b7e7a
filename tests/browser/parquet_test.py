#!/usr/bin/env python3
"""The line of docs/queries.md that makes Parquet of an export, as it stands there. Skipped without node or DuckDB's npm package."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import page_test

DOCUMENT = os.path.join(page_test.HERE, "..", "..", "docs", "queries.md")


def main():
    if not shutil.which("node"):
        page_test.skip("no node: apt-get install nodejs")
    npm, why = page_test.npm_folder()
    if npm is None or not os.path.isdir(os.path.join(npm, "node_modules", "@duckdb")):
        page_test.skip("no @duckdb/node-api: " + (why or "npm install --prefix tests/browser"))
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    copy = re.search(r'duckdb -c "(COPY .*)"', text).group(1)
    query = re.search(r"`(SELECT provider\.mailbox.*)`", text).group(1)
    with tempfile.TemporaryDirectory(prefix="mxs-parquet-") as work:
        db, records = os.path.join(work, "survey.db"), os.path.join(work, "survey.jsonl")
        page_test.run(sys.executable, os.path.join(page_test.HERE, "..", "support", "make_fixture.py"), db, "--domains", "2000")
        page_test.run(page_test.BINARY, "export", db, "-o", records)
        done = subprocess.run(["node", os.path.join(page_test.HERE, "parquet.mjs"), copy, query], cwd=work, capture_output=True,
                              timeout=120, env=dict(os.environ, MXS_NPM=npm))
        if done.returncode == 77:
            page_test.skip(done.stdout.decode().strip())
        assert done.returncode == 0, done.stderr.decode()
        told = {row[0]: int(row[1]) for row in map(json.loads, done.stdout.decode().splitlines())}
        mine = {}
        with open(records, encoding="utf-8") as file:
            for line in file:
                mailbox = json.loads(line)["provider"]["mailbox"]
                mine[mailbox] = mine.get(mailbox, 0) + 1
        assert told == mine, "%s, not %s" % (told, mine)
        with open(os.path.join(work, "survey.parquet"), "rb") as file:
            assert file.read(4) == b"PAR1"
        print("%d providers, the same from Parquet" % len(told))


if __name__ == "__main__":
    main()
