#!/usr/bin/env python3
"""What the checks auth and transport cost beside mx alone: CPU per question, and memory.

    tests/bench/policies.py build/bench                 100,000 names, three runs each
    tests/bench/policies.py build/bench --names 1M --runs 1 --only all

The build is that of run.py. A question is a datagram that was sent. Domains publish what tests/support/policies.h says; the
responder is the same for both checks. Memory is the peak resident size of the process, and where it stood in each stage.
"""
import argparse
import os
import pathlib
import subprocess
import time

import run

PAGE = os.sysconf("SC_PAGE_SIZE")


class Responder(run.Responder):
    def __init__(self, support):
        self.child = subprocess.Popen([str(support / "mxs_responder"), "--policies", "--seconds", "7200"], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.address = self.child.stdout.readline().split()[1]


class Memory(run.StageWatch):
    """Also the highest resident size of each stage."""

    def __call__(self, child):
        self.rss, at, cpu, current = {}, time.monotonic(), 0.0, "import"
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.05)
            current = self.stage() or current
            try:
                with open(f"/proc/{child.pid}/statm", encoding="ascii") as file:
                    size = int(file.read().split()[1]) * PAGE
            except (OSError, IndexError):
                continue
            now, used = time.monotonic(), self.cpu_of(child.pid)
            self.rss[current] = max(self.rss.get(current, 0), size)
            self.wall[current] = self.wall.get(current, 0) + now - at
            self.cpu[current] = self.cpu.get(current, 0) + used - cpu
            at, cpu = now, used


def measure(bench, names, count, server, checks):
    bench.fresh()
    watch = Memory(bench.db)
    done = bench.scan(names, server, checks, watch=watch)
    asked = bench.one("SELECT datagrams FROM run")
    stages = ", ".join(f"{s} {watch.wall[s]:.1f} s {watch.cpu[s]:.1f} s {watch.rss[s] / 1e6:.0f} MB" for s in watch.rss)
    print(f"  --checks {checks:<4} {done.wall:7.2f} s wall, {asked:>10,} questions, {done.cpu / asked * 1e6:5.2f} us CPU a question, "
          f"{done.rss / 1e6:4.0f} MB, {bench.db.stat().st_size / count:5.0f} bytes a name\n    wall, CPU, memory: {stages}", flush=True)
    return done.cpu / asked * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--names", default="100k")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="one check alone")
    parser.add_argument("--folder")
    parser.add_argument("--scan", default="")
    options = parser.parse_args()
    bench, count, best = run.Bench(options), run.size(options.names), {}
    try:
        names = bench.names(count)
        with Responder(bench.support) as server:
            for _ in range(options.runs):
                for checks in [options.only] if options.only else ["mx", "all"]:
                    cost = measure(bench, names, count, server, checks)
                    best[checks] = min(best.get(checks, cost), cost)
    finally:
        bench.close()
    if len(best) == 2:
        print(f"  CPU a question: all is {best['all'] / best['mx']:.2f} x mx (best of each)")


if __name__ == "__main__":
    main()
