#!/usr/bin/env python3
"""What reading lists costs: rows a second and memory of each form, what kept columns add to reading, and a compressed zone of any size.

    cmake --preset release -DMXS_SAMPLE=ON && cmake --build --preset release
    tests/bench/lists.py build/release                       1,000,000 rows of each form, best and median of 5
    tests/bench/lists.py build/release --rows 200k --runs 3
    tests/bench/lists.py build/release --zone-gb 5           5 GB of gzip through standard input of `mxsurvey plan`; minutes

forms   a plain list, a CSV of five columns with quotes and URLs, a zone of NS and DS records: accepted, refused and passed-over lines a
        second, alone in a process (tests/bench/list_bench.c)
kept    the stage `reading` of scans of that CSV, with three columns kept (997, 1,000 and 1,000 values) and with none, in turn: ratios of
        processor time and wall of the two best and medians, and bytes a name more in the database
zone    a signed one (NS, DS and RRSIG of each name), made as it is read, never stored: what is signed hardly compresses
"""
import argparse
import base64
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import zlib

import run as bench

KEPT = "Sector,Region,Employees"


class Lists(bench.Bench):
    def __init__(self, options):
        super().__init__(options)
        self.tool = self.support / "list_bench"
        self.rows, self.runs = bench.size(options.rows), options.runs

    def make(self, form, count):
        path = self.folder / f"rows.{form}"
        with open(path, "wb") as out:
            subprocess.run([self.tool, "--make", form, str(count)], stdout=out, check=True)
        return path

    def forms(self):
        print(f"forms, {self.rows:,} names each, {self.runs} runs: lines a second best / median, most memory")
        for form, lines in (("list", 1), ("csv", 1), ("zone", 3)):
            path, rates, sizes = self.make(form, self.rows * lines), [], []
            for _ in range(self.runs):
                alone = bench.Measured([self.tool, path]).out.splitlines()[0]
                rate, kilobytes = re.search(r"([\d]+) lines/s, (\d+) KB", alone).groups()
                rates.append(int(rate))
                sizes.append(int(kilobytes))
            middle = bench.summary(rates)["median"]
            print(f"  {form:<5} {max(rates):>12,} / {middle:>12,.0f}   {max(sizes) / 1000:.1f} MB")
            if form != "csv":
                path.unlink()
        return self.folder / "rows.csv"

    def kept(self, path):
        costs = {keep: {"wall_ms": [], "cpu_ms": []} for keep in (None, KEPT)}
        sizes = {}
        with bench.Responder(self.support) as server:
            for _ in range(self.runs):
                for keep, cost in costs.items():
                    self.fresh()
                    self.scan(path, server, "mx", *(("--keep", keep) if keep else ()))
                    stage, = (s for s in self.stages() if s["stage"] == "reading")
                    for key, values in cost.items():
                        values.append(stage[key])
                    sizes[keep] = self.db.stat().st_size
        print(f"kept, {self.rows:,} rows, three columns: {(sizes[KEPT] - sizes[None]) / self.rows:.1f} bytes a name more")
        for key, word in (("cpu_ms", "processor"), ("wall_ms", "wall")):
            with_, without = (bench.summary(costs[keep][key]) for keep in (KEPT, None))
            print(f"  {word:<9} best {with_['best'] / without['best']:.3f} x ({with_['best']:.0f} of {without['best']:.0f} ms), "
                  f"median {with_['median'] / without['median']:.3f} x")


def zone(out, wanted_bytes):
    """A gzip of a registry's signed zone into a pipe, of so many bytes; returns how many, and of how many names."""
    chance, packer = random.Random(16), zlib.compressobj(1, wbits=31)
    names, sent = 0, out.write(packer.compress(b"test.\t86400\tin\tsoa\tns1.x. admin.x. 1 2 3 4 5\n"))
    while sent < wanted_bytes:
        digests = chance.randbytes(32 * 2000).hex()
        signatures = base64.b64encode(chance.randbytes(129 * 2000)).decode()
        lines = []
        for i in range(2000):
            name, digest = f"{digests[64 * i:64 * i + 9]}{names:x}.test.\t86400\tin\t", digests[64 * i:64 * i + 64]
            lines.append(f"{name}ns\tns{names % 7}.h{digest[:3]}.example.\n{name}ds\t{names % 65536} 8 2 {digest}\n"
                         f"{name}rrsig\tds 8 2 86400 20270101000000 20261201000000 4711 test. {signatures[172 * i:172 * i + 172]}\n")
            names += 1
        sent += out.write(packer.compress("".join(lines).encode()))
    sent += out.write(packer.flush())
    out.close()
    return sent, names


def large_zone(lists, gigabytes):
    began = time.monotonic()
    child = subprocess.Popen([lists.program, "plan", "-r", "127.0.0.1:53", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=False)
    told = []
    reader = threading.Thread(target=lambda: told.append(child.stdout.read().decode()))
    reader.start()
    sent, names = zone(child.stdin, gigabytes * 10**9)
    reader.join()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    found = "".join(line for line in told[0].splitlines(True) if line.startswith(("list", "lines", "names")))
    print(f"zone, {sent:,} bytes of gzip, {names:,} names: exit {os.waitstatus_to_exitcode(status)}, {wall:.0f} s with its making, "
          f"{usage.ru_utime + usage.ru_stime:.0f} s of processor, {usage.ru_maxrss / 1000:.1f} MB\n{found}", end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="folder of a Release build with -DMXS_SAMPLE=ON")
    parser.add_argument("--rows", default="1M")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--zone-gb", type=float, default=0)
    parser.add_argument("--folder", help="where lists and databases lie (default: the temporary folder)")
    parser.add_argument("--scan", default="", help="more options for every scan")
    options = parser.parse_args()
    lists = Lists(options)
    try:
        if options.zone_gb:
            large_zone(lists, options.zone_gb)
        else:
            lists.kept(lists.forms())
    finally:
        lists.close()


if __name__ == "__main__":
    sys.exit(main())
