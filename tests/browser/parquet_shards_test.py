#!/usr/bin/env python3
"""Parquet by shard and night as docs/queries.md has it: two nights in three shards, each exported, and three questions asked of all in DuckDB, which
say what SQLite says of the merged database. Skipped without node or DuckDB's npm package."""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import page_test

sys.path.insert(0, os.path.join(page_test.HERE, "..", "e2e"))
os.environ.setdefault("MXS_SUPPORT", os.path.join(page_test.BUILD, "tests", "support"))
import harness  # noqa: E402

DOCUMENT = pathlib.Path(page_test.HERE, "..", "..", "docs", "queries.md")
SHARDS, NIGHTS = 3, ("2026-11-29", "2026-11-30")
SAME = {"1": "SELECT provider, round(domains) FROM v_provider_share WHERE run_id = ?1 AND role = 'mailbox' ORDER BY round(domains) DESC, provider LIMIT 10",
        "4": "SELECT domain, backup, tiers, addresses FROM v_domain WHERE run_id = ?1 AND backup IN ('decorative', 'dead') ORDER BY backup, domain LIMIT 50",
        "8": "SELECT tld, domains, receiving FROM v_tld WHERE run_id = ?1 ORDER BY domains DESC, tld LIMIT 20"}


def zone(night):
    lines, names = [], []
    for i in range(400):
        name = f"d{i}.{('test', 'example', 'co.uk')[i % 3]}"
        names.append(name)
        host = (i + night * (i % 5 == 0)) % 9
        if i % 7 == 6:
            continue
        lines += [f"{name} MX 10 mx{host}.mail{host}.test"]
        if i % 4 == 0:
            lines += [f"{name} MX 20 back{host}.mail{host}.test"]
    for host in range(9):
        lines += [f"mx{host}.mail{host}.test A 20.1.{host}.1", f"back{host}.mail{host}.test A 20.1.{host}.{1 if host % 2 else 2}"]
    return "\n".join(lines) + "\n", names


def documented():
    section = DOCUMENT.read_text(encoding="utf-8").split("## By shard and night")[1]
    copy = re.search(r'duckdb -c "(COPY .*?)"\n```', section, re.S).group(1)
    queries = dict(re.findall(r"\((\d+)\)\?\n\n```sql\n(.*?);\n```", section, re.S))
    assert sorted(queries) == ["1", "4", "8"], queries
    return copy, queries


def duckdb(npm, work, copy, query):
    done = subprocess.run(["node", os.path.join(page_test.HERE, "parquet.mjs"), copy, query], cwd=work, capture_output=True, timeout=120,
                          env=dict(os.environ, MXS_NPM=npm))
    if done.returncode == 77:
        page_test.skip(done.stdout.decode().strip())
    assert done.returncode == 0, done.stderr.decode()
    return [tuple(json.loads(line)) for line in done.stdout.decode().splitlines()]


def plain(rows):
    """Numbers as numbers: DuckDB's rows have 64-bit ones as text."""
    return [tuple(float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", str(cell)) else cell for cell in row) for row in rows]


def survey(work, night):
    """A scan in shards, added to the shards' own databases, and its merge."""
    text, names = zone(night)
    listed = work / "list.txt"
    listed.write_text("\n".join(names) + "\n", encoding="utf-8")
    server = harness.Server(work, text)
    parts = [work / "shards" / f"{k}.db" for k in range(1, SHARDS + 1)]
    try:
        for k, part in enumerate(parts, 1):
            page_test.run(page_test.BINARY, "scan", "-q", "-r", server.resolvers[0], "--checks", "mx,host", "--shard", f"{k}/{SHARDS}", "-o", part, listed)
    finally:
        server.stop()
    page_test.run(page_test.BINARY, "merge", "-q", work / "survey.db", *parts)
    return parts


def main():
    if not shutil.which("node"):
        page_test.skip("no node: apt-get install nodejs")
    npm, why = page_test.npm_folder()
    if npm is None or not os.path.isdir(os.path.join(npm, "node_modules", "@duckdb")):
        page_test.skip("no @duckdb/node-api: " + (why or "npm install --prefix tests/browser"))
    copy, queries = documented()
    with tempfile.TemporaryDirectory(prefix="mxs-parquet-") as folder:
        work = pathlib.Path(folder)
        (work / "shards").mkdir()
        for run, night in enumerate(NIGHTS, 1):
            for number, part in enumerate(survey(work, run), 1):
                page_test.run(page_test.BINARY, "export", part, "-o", work / "records.jsonl")
                duckdb(npm, work, copy.replace("$night", night).replace("$shard", str(number)), "SELECT 1")
            files = sorted(str(path.relative_to(work)) for path in work.glob("survey/**/*.parquet"))
            assert len({os.path.dirname(path) for path in files}) == SHARDS * run, files
            with sqlite3.connect(f"file:{work}/survey.db?mode=ro", uri=True) as store:
                for number, query in queries.items():
                    told, mine = duckdb(npm, work, "SELECT 1", query), store.execute(SAME[number], (run,)).fetchall()
                    assert mine and plain(told) == plain(mine), f"question {number}, night {night}: {told}, not {mine}"
            store.close()
        print("%d nights in %d shards: three questions, the same from Parquet" % (len(NIGHTS), SHARDS))


if __name__ == "__main__":
    main()
