#!/usr/bin/env python3
"""The benchmark behind a real recursor: cold names of a small internet, asked by mxsurvey and by others, side by side.

    tests/bench/internet.py build/release                       10,000 names, best and median of 3
    tests/bench/internet.py build/release --sizes 30k,100k --runs 3 --json internet.json

Everything runs in a network namespace of its own: the internet (tests/support/mxs_internet), a fresh Unbound for each asker, and
who asks. Unbound is tuned as `mxsurvey recursor` prints it, the same for all.

dnsperf      at each -q of --dnsperf-q: how long until every answer is there, or 5 s after the last question; its best is the measure
massdns      where it is installed, at -s 1000
mxsurvey     the whole scan, --checks mx: cold, then warm and warm again (a new database, the same Unbound); --checks mx,host and all
             against a fresh Unbound, for the processor time a question
packaged     with --packaged: mxsurvey before an Unbound as Debian configures it
--recursor   with --own: the same scan with an Unbound that mxsurvey starts itself

A run is one turn of all of them (with --brief only the first, the others are dnsperf and the cold scan), so that what else the machine does
falls on each. Nothing here fails on a time. Of each scan it is told how many names could not be settled, how many of them lie on dead servers,
and how many questions the busiest operator got in a second.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))  # before this folder, whose internet.py this file is
import harness  # noqa: E402
import internet  # noqa: E402
from run import Measured, size, summary  # noqa: E402


class Bench:
    def __init__(self, options):
        build = options.build.resolve()
        self.program, self.support = build / "mxsurvey", build / "tests" / "support"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mxs-internet-", dir=options.folder))
        self.folder.chmod(0o755)
        self.options, self.extra = options, options.scan.split()
        self.world = internet.World(self.folder, *options.world.split(), seconds=36000, support=self.support)
        self.tuned = self.tuned_lines()

    def close(self):
        self.world.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tuned_lines(self):
        """The server clause that --recursor would use."""
        said = Measured([self.program, "recursor", "--recursor-hints", self.world.hints]).out
        clause = said.split("server:\n", 1)[1].split("stub-zone:")[0]
        kept = [line for line in clause.splitlines() if not line.lstrip().startswith(("#", "module-config", "do-not-query"))]
        return "\n".join(line[2:] for line in kept)

    def recursor(self, lines=None):
        self.world.command("reset")
        return internet.Recursor(self.folder, self.world, self.tuned if lines is None else lines)

    def dnsperf(self, names, recursor, count, open_questions):
        done = Measured(["dnsperf", "-s", "127.0.0.1", "-p", str(recursor.port), "-d", names, "-n", "1", "-q", str(open_questions),
                         "-c", "8", "-b", "4096", "-t", "5"])
        lost = int(re.search(r"Queries lost:\s+(\d+)", done.out).group(1))
        return {"wall_s": done.wall, "cpu_us_per_question": done.cpu / count * 1e6, "lost": lost}

    def massdns(self, names, recursor, count):
        resolvers = self.folder / "resolvers"
        resolvers.write_text(f"127.0.0.1:{recursor.port}\n", encoding="ascii")
        out = self.folder / "massdns.out"
        done = Measured(["massdns", "-r", resolvers, "-t", "MX", "-s", "1000", "-o", "S", "-w", out, "-q", names])
        return {"wall_s": done.wall, "cpu_us_per_question": done.cpu / count * 1e6, "lost": None}

    def scan(self, names, ills, checks, *whom):
        """A scan into a new database."""
        for path in self.folder.glob("survey.db*"):
            path.unlink()
        db = self.folder / "survey.db"
        done = Measured([self.program, "scan", "-q", "-o", db, "--checks", checks, *whom, *self.extra, names], allowed=(0, 3))
        unsettled = [name for name, in harness.rows(db, "SELECT domain FROM v_domain WHERE state = 'undetermined'")]
        asked, timeouts, away = harness.rows(db, "SELECT sum(asked), sum(timeouts), sum(openings) FROM run_resolver")[0]
        stages = json.loads(harness.one(db, "SELECT text FROM run_note WHERE kind = 'stages'") or "[]")
        busiest = self.world.counters()["busiest"][0]
        return {"wall_s": done.wall, "cpu_us_per_question": done.cpu / max(asked, 1) * 1e6, "questions": asked, "timeouts": timeouts,
                "away": away, "undetermined": len(unsettled), "of_them_dead": sum(ills[name] in internet.DEAD for name in unsettled),
                "busiest_per_s": busiest["peak_per_s"], "stages_s": {s["stage"]: s["wall_ms"] / 1e3 for s in stages}}


def one_turn(bench, lists, ills, count, is_brief=False):
    """{asker: result} of everybody once; brief: of dnsperf and the cold scan, which are compared."""
    names, questions, result = *lists, {}
    for open_questions in bench.options.dnsperf_q.split(",") if shutil.which("dnsperf") else ():
        recursor = bench.recursor()
        result[f"dnsperf -q {open_questions}"] = bench.dnsperf(questions, recursor, count, int(open_questions))
        recursor.stop()
    if shutil.which("massdns"):
        recursor = bench.recursor()
        result["massdns -s 1000"] = bench.massdns(names, recursor, count)
        recursor.stop()
    recursor = bench.recursor()
    for temperature in ("cold",) if is_brief else ("cold", "warm", "warm again"):
        result[f"mxsurvey mx, {temperature}"] = bench.scan(names, ills, "mx", "-r", recursor.resolvers[0])
        bench.world.command("reset")
    recursor.stop()
    if is_brief:
        return result
    for checks in bench.options.checks.split(" "):
        recursor = bench.recursor()
        result[f"mxsurvey {checks}, cold"] = bench.scan(names, ills, checks, "-r", recursor.resolvers[0])
        recursor.stop()
    if bench.options.packaged:
        recursor = bench.recursor(internet.PACKAGED)
        result["mxsurvey mx, packaged"] = bench.scan(names, ills, "mx", "-r", recursor.resolvers[0])
        recursor.stop()
    if bench.options.own:
        bench.world.command("reset")
        result["mxsurvey mx, --recursor"] = bench.scan(names, ills, "mx", "--recursor", "--recursor-hints", bench.world.hints)
    return result


def measure(bench, count):
    ills = bench.world.names(count)
    names, questions = bench.folder / "names.txt", bench.folder / "questions.txt"
    names.write_text("".join(f"{name}\n" for name in ills), encoding="ascii")
    questions.write_text("".join(f"{name} MX\n" for name in ills), encoding="ascii")
    turns, end = [], time.monotonic() + bench.options.budget
    while len(turns) < bench.options.runs and (not turns or time.monotonic() < end):
        turns.append(one_turn(bench, (names, questions), ills, count, bench.options.brief and turns != []))
    dead = sum(ill in internet.DEAD for ill in ills.values())
    return {"names": count, "dead": dead, "runs": len(turns),
            "askers": {asker: [turn[asker] for turn in turns if asker in turn] for asker in turns[0]}}


def show(result):
    print(f"\n{result['names']:,} names of a small internet, {result['dead']} of them on dead servers, {result['runs']} runs")
    print(f"  {'':<28}{'wall best':>10}{'median':>10}{'us CPU/q':>10}{'unsettled':>11}{'timeouts':>10}{'away':>6}{'busiest/s':>11}")
    for asker, runs in result["askers"].items():
        wall, last = summary([run["wall_s"] for run in runs]), runs[-1]
        cpu = statistics.median(run["cpu_us_per_question"] for run in runs)
        unsettled = last.get("undetermined", last.get("lost"))
        print(f"  {asker:<28}{wall['best']:>8.2f} s{wall['median']:>8.2f} s{cpu:>10.1f}{'-' if unsettled is None else unsettled:>11}"
              f"{last.get('timeouts', '-'):>10}{last.get('away', '-'):>6}{last.get('busiest_per_s', '-'):>11}")
    perf = [min(run["wall_s"] for run in runs) for asker, runs in result["askers"].items() if asker.startswith("dnsperf")]
    cold = result["askers"]["mxsurvey mx, cold"]
    if perf:
        bound = 1.25 * min(perf) + 12
        print(f"  mx, cold: best {min(run['wall_s'] for run in cold):.1f} s, median {statistics.median(run['wall_s'] for run in cold):.1f} s;"
              f" 1.25 x dnsperf's best + 12 s is {bound:.1f} s")
    print("  stages of the last mx, cold: " + ", ".join(f"{stage} {wall:.1f} s" for stage, wall in cold[-1]["stages_s"].items()))
    wrong = [(asker, run) for asker, runs in result["askers"].items() for run in runs if run.get("undetermined", 0) != run.get("of_them_dead", 0)]
    for asker, run in wrong:
        print(f"  {asker}: {run['undetermined'] - run['of_them_dead']} names unsettled whose servers answer")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="folder of a Release build with -DMXS_SAMPLE=ON")
    parser.add_argument("--sizes", default="10k", help="numbers of names, e.g. 10k,30k,100k")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--budget", type=float, default=1e9, help="seconds after which no further run of a size begins")
    parser.add_argument("--dnsperf-q", default="500,1000,2000", help="its questions in flight; the best counts")
    parser.add_argument("--checks", default="mx,host all", help="further scans, each against a fresh Unbound")
    parser.add_argument("--brief", action="store_true", help="from the second run on dnsperf and the cold scan alone")
    parser.add_argument("--packaged", action="store_true", help="also an Unbound as Debian configures it")
    parser.add_argument("--own", action="store_true", help="also --recursor")
    parser.add_argument("--world", default="", help="options of mxs_internet, as --share dead=0.01")
    parser.add_argument("--scan", default="", help="more options for every scan")
    parser.add_argument("--json", type=pathlib.Path, help="write everything here")
    parser.add_argument("--folder", help="where names and databases lie (default: the temporary folder)")
    options = parser.parse_args()
    try:
        internet.own_network()
        harness.find_daemon("unbound")
    except harness.unittest.SkipTest as reason:
        sys.exit(f"internet.py: {reason}")
    bench = Bench(options)
    try:
        results = []
        for text in options.sizes.split(","):
            results.append(measure(bench, size(text)))
            show(results[-1])
            sys.stdout.flush()
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="ascii")
    finally:
        bench.close()


if __name__ == "__main__":
    os.environ.pop("MXSURVEY_RESOLVER", None)
    main()
