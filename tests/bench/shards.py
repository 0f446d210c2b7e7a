#!/usr/bin/env python3
"""What size costs: one scan of N names, the same list in shards, their merge, and what is read of both.

    cmake --preset release -DMXS_SAMPLE=ON && cmake --build --preset release
    tests/bench/shards.py build/release --names 1M --shards 5
    tests/bench/shards.py build/release --names 50M --shards 5 --folder /var/tmp --json shards.json     hours, 20 GB
    tests/bench/shards.py build/release --names 8M --shards 8 --no-one --no-compare

For each step: wall, processor time and peak resident memory of the process (wait4), size of the file; for scans also what each stage took
and the most memory it had. `merged` says whether `export --content-only` of the merged database and of the one scan are the same bytes.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import run as bench


def say(what, result):
    print(f"{what}: " + ", ".join(f"{key} {value:,.1f}" if isinstance(value, float) else f"{key} {value}" for key, value in result.items()
                                  if not isinstance(value, (dict, list))), flush=True)
    return result


class Shards(bench.Bench):
    def __init__(self, options):
        super().__init__(options)
        self.options, self.count = options, bench.size(options.names)
        self.results = {"names": self.count, "shards": options.shards, "checks": options.checks}

    def measured(self, what, argv, db=None, watch=None):
        done = bench.Measured(argv, watch, allowed=(0, 3))
        result = {"wall_s": done.wall, "cpu_s": done.cpu, "rss_mb": done.rss / 1e6, "names_per_s": self.count / done.wall}
        if db is not None:
            result["db_mb"] = db.stat().st_size / 1e6
            result["bytes_per_name"] = db.stat().st_size / self.count
        self.results[what] = say(what, result)
        return result

    def scanned(self, what, names, server, db, *more):
        watch = bench.MemoryWatch()
        argv = [self.program, "scan", "-q", "-o", db, "-r", server.address, "--checks", self.options.checks, *self.extra, *more, names]
        result = self.measured(what, argv, db, watch)
        self.db = db
        stages = self.stages()
        peaks = watch.of_stages(stages)
        result["stages"] = {s["stage"]: {"wall_s": s["wall_ms"] / 1e3, "cpu_s": s["cpu_ms"] / 1e3, "peak_mb": peaks.get(s["stage"])} for s in stages}
        for stage, one in result["stages"].items():
            say(f"    {stage}", one)
        return result

    def read(self, what, db):
        self.measured(f"{what}: report", [self.program, "report", db, "-o", self.folder / "report.txt"])
        self.measured(f"{what}: page", [self.program, "report", db, "--format", "html", "-o", self.folder / "page.html"])

    def digest(self, db):
        with subprocess.Popen([str(self.program), "export", str(db), "--content-only"], stdout=subprocess.PIPE) as child:
            return hashlib.file_digest(child.stdout, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else self.old_digest(child.stdout)

    @staticmethod
    def old_digest(stream):
        digest = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()

    def measure(self):
        names = self.names(self.count)
        self.results["name_bytes"] = names.stat().st_size / self.count - 1
        one, out = self.folder / "one.db", self.folder / "out.db"
        parts = [self.folder / f"shard{k + 1}.db" for k in range(self.options.shards)]
        with bench.Responder(self.support) as server:
            if not self.options.no_one:
                self.scanned("one", names, server, one)
                self.read("one", one)
            for number, part in enumerate(parts, 1):
                self.scanned(f"shard {number}", names, server, part, "--shard", f"{number}/{len(parts)}")
        watch = bench.MemoryWatch()
        self.measured("merge", [self.program, "merge", "-q", out, *parts], out, watch)
        self.results["merge"]["samples_mb"] = [[round(when), round(size / 1e6)] for when, size in watch.samples[::100]]
        for part in parts:
            part.unlink()
        self.read("merged", out)
        if not self.options.no_one and not self.options.no_compare:
            self.results["same"] = self.digest(one) == self.digest(out)
            print(f"merged: the same as one: {self.results['same']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="folder of a Release build with -DMXS_SAMPLE=ON")
    parser.add_argument("--names", default="1M")
    parser.add_argument("--shards", type=int, default=5)
    parser.add_argument("--checks", default="mx")
    parser.add_argument("--no-one", action="store_true", help="only the shards and their merge")
    parser.add_argument("--no-compare", action="store_true", help="do not compare what is exported")
    parser.add_argument("--folder", help="where names and databases lie (default: the temporary folder)")
    parser.add_argument("--json", type=pathlib.Path, help="write everything here")
    parser.add_argument("--scan", default="", help="more options for every scan")
    options = parser.parse_args()
    shards = Shards(options)
    try:
        shards.measure()
    finally:
        if options.json:
            options.json.write_text(json.dumps(shards.results, indent=1) + "\n")
        shards.close()
    return 0 if shards.results.get("same", True) else 1


if __name__ == "__main__":
    sys.exit(main())
