#!/usr/bin/env python3
"""The benchmark: what a survey costs, beside what the kernel alone costs, in one run against one server.

    cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DMXS_SAMPLE=ON
    cmake --build build/bench
    tests/bench/run.py build/bench                      100,000 names, best and median of 5
    tests/bench/run.py build/bench --sizes 1M --runs 3 --json bench.json
    tests/bench/run.py build/bench --whole --json bench.json     100,000, 1,000,000 and 10,000,000 names, best and median of 5 each,
                                                        and (f) with the last: half an hour of a machine that does nothing else

(a) probe      raw sendmmsg/recvmmsg over the same names, no parsing: the limit
(b) mx         mxsurvey scan --checks mx into a new database
(c) mx,host    the same with the addresses of every MX host
(d) stages     each stage of the scans of (c), as the program itself books them; the same scan again (an unchanged night); judging
               again (classify) and all tables of a report alone
(e) memory     peak resident size of (b) and (c), and in each stage; at a million names and below, also what a distinct MX host costs:
               one more scan of as many names on a hundred times as many MX hosts. What reading takes is left out: it depends on
               the names alone, and is the most where MX hosts are few
(f) latency    with --latency: 50,000 questions in flight, every answer 200 ms late, at the last of the sizes. The window grows from 16
               and doubles with each round trip, so that the first two seconds ask little: told are the rate over the stage, and
               that from when the window is full until the names run out
(g) turns      how long the loop that asks was busy at a time, as the program books it
dnsperf, where installed, asks the same names of the same server, as an outside reference.

CPU is user + system of the whole process, from wait4. Times are of this machine on this day; ratios are what is kept.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

MX_HOSTS, MANY_MX_HOSTS = 20000, 2000000  # of the responder's pool; 80 of 100 domains on the first hundredth


class Measured:
    """One finished child: wall, cpu (seconds), rss (bytes), out."""

    def __init__(self, argv, watch=None, allowed=(0,)):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            began = time.monotonic()
            child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            if watch:
                watch(child)
            _, status, usage = os.wait4(child.pid, 0)
            self.wall = time.monotonic() - began
            child.returncode = os.waitstatus_to_exitcode(status)
            self.cpu, self.rss = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
            self.user, self.sys = usage.ru_utime, usage.ru_stime
            for stream in (out, err):
                stream.seek(0)
            self.out, said = out.read().decode(errors="replace"), err.read().decode(errors="replace")
        if child.returncode not in allowed:
            sys.exit(f"{' '.join(map(str, argv))}\nexit {child.returncode}\n{said[-3000:]}")


class Responder:
    """The fast server, ended by closing its stdin."""

    def __init__(self, support, latency_ms=0, threads=1, pool=MX_HOSTS):
        argv = [support / "mxs_responder", "--threads", str(threads), "--seconds", "7200", "--pool", str(pool)]
        argv += ["--latency", str(latency_ms)] if latency_ms else []
        self.child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.child.stdout.readline().split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait(10)
        self.child.stdout.close()


class Bench:
    def __init__(self, options):
        build = options.build.resolve()
        self.program, self.support, self.runs = build / "mxsurvey", build / "tests" / "support", 0
        for path in (self.program, self.support / "mxs_responder", self.support / "limit_probe"):
            if not path.exists():
                sys.exit(f"{path} is absent: build it as this file's first lines say")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mxs-bench-", dir=options.folder))
        self.extra = options.scan.split()
        self.db = self.folder / "survey.db"

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def names(self, count):
        path = self.folder / f"{count}.txt"
        with open(path, "wb") as file:
            subprocess.run([str(self.support / "mxs_names"), str(count)], stdout=file, check=True)
        return path

    def fresh(self):
        for path in self.folder.glob("survey.db*"):
            path.unlink()

    def scan_argv(self, names, server, checks, *more):
        return [self.program, "scan", "-q", "-o", self.db, "-r", server.address, "--checks", checks, *self.extra, *more,
                names]

    def scan(self, names, server, checks, *more, watch=None):
        return Measured(self.scan_argv(names, server, checks, *more), watch, allowed=(0, 3))

    def one(self, sql):
        with sqlite3.connect(f"file:{self.db}?mode=ro", uri=True) as store:
            row = store.execute(sql).fetchone()
        return row[0] if row else None

    def stages(self):
        """What each stage of the newest run cost, as the program booked it."""
        return json.loads(self.one("SELECT text FROM run_note WHERE kind = 'stages' ORDER BY run_id DESC LIMIT 1") or "[]")

    def probe(self, names, server, *more):
        done = Measured([self.support / "limit_probe", server.address, names, *more])
        return json.loads(done.out)

    def dnsperf(self, names, server, count):
        program = shutil.which("dnsperf")
        if not program:
            return None
        data = self.folder / "dnsperf.txt"
        with open(names, encoding="ascii") as source, open(data, "w", encoding="ascii") as file:
            for line in source:
                file.write(f"{line.strip()} MX\n")
        host, port = server.address.split(":")
        done = Measured([program, "-s", host, "-p", port, "-d", data, "-n", "1", "-q", "2000", "-c", "4", "-b", "4096"])
        lost = re.search(r"Queries lost:\s+(\d+)", done.out)
        return {"wall_s": done.wall, "cpu_us_per_query": done.cpu / count * 1e6, "lost": int(lost.group(1)) if lost else None}


def summary(values):
    return {"best": min(values), "median": statistics.median(values), "all": [round(v, 4) for v in values]}


class MemoryWatch:
    """Resident size of a running scan, ten times a second: too seldom to disturb it."""

    def __init__(self):
        self.began, self.samples = time.monotonic(), []

    def __call__(self, child):
        while not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            with open(f"/proc/{child.pid}/statm", encoding="ascii") as file:
                self.samples.append((time.monotonic() - self.began, int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")))
            time.sleep(0.1)

    def of_stages(self, stages):
        """Peak of each stage, in MB. The stages fill the time up to the last sample."""
        at = (self.samples[-1][0] if self.samples else 0) - sum(stage["wall_ms"] for stage in stages) / 1000
        peaks = {}
        for stage in stages:
            end = at + stage["wall_ms"] / 1000
            within = [size for when, size in self.samples if at <= when <= end]
            if within:
                peaks[stage["stage"]] = max(within) / 1e6
            at = end
        return peaks


def repeated(bench, names, server, count, checks):
    """--runs scans into new databases: the middle of the benchmark."""
    walls, cpus, rss, datagrams, stages, peaks, turns = [], [], [], 0, {}, {}, []
    for _ in range(bench.runs):
        bench.fresh()
        watch = MemoryWatch()
        done = bench.scan(names, server, checks, watch=watch)
        walls.append(done.wall)
        cpus.append(done.cpu)
        rss.append(done.rss)
        datagrams = bench.one("SELECT datagrams FROM run") or 0
        booked = bench.stages()
        for stage in booked:
            stages.setdefault(stage["stage"], []).append(stage)
            turns.append(stage.get("longest_turn_ms", 0))
        for stage, size in watch.of_stages(booked).items():
            peaks[stage] = max(size, peaks.get(stage, 0))
    return {"wall_s": summary(walls), "cpu_us_per_name": summary([c / count * 1e6 for c in cpus]),
            "cpu_us_per_question": summary([c / max(datagrams, count) * 1e6 for c in cpus]), "questions": datagrams,
            "longest_turn_ms": max(turns), "rss_mb": max(rss) / 1e6, "db_bytes_per_name": bench.db.stat().st_size / count,
            "stages": {name: {"wall_s": summary([s["wall_ms"] / 1e3 for s in booked]),
                              "cpu_us_per_name": summary([s["cpu_ms"] * 1e3 / count for s in booked]), "rss_mb": peaks.get(name)}
                       for name, booked in stages.items()}}


def stages_apart(bench, names, server, count):
    """An unchanged second night over the last scan, then judging and reporting alone."""
    before = bench.db.stat().st_size
    night = bench.scan(names, server, "mx,host")
    result = {"night": {"wall_s": night.wall, "cpu_us_per_name": night.cpu / count * 1e6,
                        "db_bytes_per_name": (bench.db.stat().st_size - before) / count}}
    known = Measured([bench.program, "--help"], allowed=(0, 2)).out
    if "classify" in known:
        judged = Measured([bench.program, "classify", bench.db], allowed=(0, 2))
        result["classify"] = {"wall_s": judged.wall, "domains_per_s": count / judged.wall, "rss_mb": judged.rss / 1e6}
    for form in ("text", "json"):
        told = Measured([bench.program, "report", bench.db, "--format", form], allowed=(0, 2))
        result[f"report_{form}"] = {"wall_s": told.wall, "rss_mb": told.rss / 1e6}
    return result


def mx_host_memory(bench, names):
    """How much larger a scan of the same names is, once they are read, when they lie on many more MX hosts, for each one more."""
    sizes = []
    for pool in (MX_HOSTS, MANY_MX_HOSTS):
        with Responder(bench.support, pool=pool) as server:
            bench.fresh()
            watch = MemoryWatch()
            bench.scan(names, server, "mx,host", watch=watch)
            peaks = watch.of_stages(bench.stages())
            peak = max(size for stage, size in peaks.items() if stage != "reading")
            sizes.append((bench.one("SELECT count(*) FROM host"), peak * 1e6))
    (few, small), (many, large) = sizes
    return {"MX hosts": [few, many], "rss_mb": [small / 1e6, large / 1e6], "bytes_per_mx_host": (large - small) / max(1, many - few)}


class StatusWatch:
    """The lines of --status-file of a running scan, each with the time it came."""

    def __init__(self, path):
        self.path, self.lines = path, []

    def __call__(self, child):
        while not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if self.path.exists():
                lines = self.path.read_text(encoding="ascii").splitlines(keepends=True)
                whole = [line for line in lines[len(self.lines):] if line.endswith("\n")]
                self.lines += [(time.monotonic(), json.loads(line)) for line in whole]
            time.sleep(0.05)

    def full(self, window):
        """Names a second while at least nine tenths of the window were in flight; None: for less than two lines."""
        full = [(when, line["done"]) for when, line in self.lines
                if line["stage"] == "domains" and line["in_flight"] >= window * 0.9]
        return (full[-1][1] - full[0][1]) / (full[-1][0] - full[0][0]) if len(full) > 1 else None


def late_answers(bench, names, count):
    """50,000 in flight, every answer 200 ms late."""
    status = bench.folder / "status.json"
    watch = StatusWatch(status)
    with Responder(bench.support, latency_ms=200) as server:
        limit = bench.probe(names, server, "--window", "50000", "--sockets", "32")
        bench.fresh()
        done = bench.scan(names, server, "mx", "--concurrency", "50000", "--status-file", status, watch=watch)
    booked = {stage["stage"]: stage for stage in bench.stages()}
    walls = {name: stage["wall_ms"] / 1e3 for name, stage in booked.items()}
    asking = booked.get("domains", {})
    return {"probe_qps": limit["qps"], "wall_s": done.wall, "cpu_us_per_name": done.cpu / count * 1e6,
            "asked_per_s": count / walls["domains"] if walls.get("domains") else None, "full_per_s": watch.full(50000),
            "asking_cpu_us_per_name": asking.get("cpu_ms", 0) * 1e3 / count, "longest_turn_ms": asking.get("longest_turn_ms"),
            "turns": asking.get("turns"), "rss_mb": done.rss / 1e6,
            "stages_wall_s": walls}


def measure(bench, count, latency):
    names = bench.names(count)
    with Responder(bench.support) as server:
        probes = [bench.probe(names, server) for _ in range(bench.runs)]
        result = {"names": count, "runs": bench.runs,
                  "probe": {"wall_s": summary([p["wall_s"] for p in probes]), "lost": max(p["lost"] for p in probes),
                            "cpu_us_per_query": summary([p["cpu_us_per_query"] for p in probes])},
                  "dnsperf": bench.dnsperf(names, server, count)}
        for checks in ("mx", "mx,host"):
            result[checks] = repeated(bench, names, server, count, checks)
        result["apart"] = stages_apart(bench, names, server, count)
    if count <= 1000000:
        result["mx_host_memory"] = mx_host_memory(bench, names)
    if latency:
        result["latency"] = late_answers(bench, names, count)
    names.unlink()
    limit = result["probe"]
    result["ratios"] = {
        kind: {"cpu_per_name_mx": result["mx"]["cpu_us_per_name"][kind] / limit["cpu_us_per_query"][kind],
               "wall_mx": result["mx"]["wall_s"][kind] / limit["wall_s"][kind],
               "cpu_per_question_mx_host": result["mx,host"]["cpu_us_per_question"][kind] / limit["cpu_us_per_query"][kind]}
        for kind in ("best", "median")}
    return result


def row(name, *cells):
    print(f"  {name:<28}" + "".join(f"{c:>14}" for c in cells))


def show(result):
    """The table a person reads."""
    count, limit = result["names"], result["probe"]
    print(f"\n{count:,} names, {result['runs']} runs")
    row("", "wall best", "median", "us CPU best", "median", "peak MB")
    row("(a) limit probe", *(f"{limit['wall_s'][k]:.3f} s" for k in ("best", "median")),
        *(f"{limit['cpu_us_per_query'][k]:.2f}" for k in ("best", "median")), "-")
    if result["dnsperf"]:
        row("    dnsperf", f"{result['dnsperf']['wall_s']:.3f} s", "", f"{result['dnsperf']['cpu_us_per_query']:.2f}", "", "-")
    for letter, checks in (("b", "mx"), ("c", "mx,host")):
        r = result[checks]
        row(f"({letter}) scan --checks {checks}", *(f"{r['wall_s'][k]:.3f} s" for k in ("best", "median")),
            *(f"{r['cpu_us_per_name'][k]:.2f}" for k in ("best", "median")), f"{r['rss_mb']:.0f}")
    for kind in ("best", "median"):
        r = result["ratios"][kind]
        print(f"  ratios ({kind}): mx CPU per name {r['cpu_per_name_mx']:.2f} x, wall {r['wall_mx']:.2f} x, "
              f"mx,host CPU per question {r['cpu_per_question_mx_host']:.2f} x the probe")
    print(f"  questions (c): {result['mx,host']['questions']:,}; database: {result['mx']['db_bytes_per_name']:.1f} bytes a name "
          f"(mx), {result['mx,host']['db_bytes_per_name']:.1f} (mx,host)")
    print(f"(g) longest turn of the loop: {result['mx']['longest_turn_ms']:.1f} ms (mx), {result['mx,host']['longest_turn_ms']:.1f} ms (mx,host)")
    apart = result["apart"]
    for stage, r in result["mx,host"]["stages"].items():
        row(f"(d) stage {stage}", *(f"{r['wall_s'][k]:.3f} s" for k in ("best", "median")),
            *(f"{r['cpu_us_per_name'][k]:.2f}" for k in ("best", "median")), f"{r['rss_mb']:.0f}" if r["rss_mb"] else "-")
    night = apart["night"]
    row("    an unchanged night", f"{night['wall_s']:.3f} s", "", f"{night['cpu_us_per_name']:.2f}", "",
        f"{night['db_bytes_per_name']:.2f} B/name")
    for name in ("classify", "report_text", "report_json"):
        if name in apart:
            row(f"    {name} alone", f"{apart[name]['wall_s']:.3f} s", "", "", "", f"{apart[name]['rss_mb']:.0f}")
    if "mx_host_memory" in result:
        r = result["mx_host_memory"]
        print(f"(e) {r['bytes_per_mx_host']:.0f} bytes of memory per distinct MX host: {r['MX hosts'][0]:,} took {r['rss_mb'][0]:.0f} MB, "
              f"{r['MX hosts'][1]:,} took {r['rss_mb'][1]:.0f} MB")
    if "latency" in result:
        r = result["latency"]
        asked = f"{r['asked_per_s']:,.0f}/s" if r["asked_per_s"] else "-"
        row("(f) 50,000 open, 200 ms", f"{r['wall_s']:.3f} s", "", f"{r['cpu_us_per_name']:.2f}", asked,
            f"{r['rss_mb']:.0f}")
        if r["full_per_s"]:
            print(f"    with the window full: {r['full_per_s']:,.0f}/s")
        if r["turns"]:
            print(f"    turns of the loop below 1, 2, 5, 10, 20 ms, longer: {r['turns']}, the longest {r['longest_turn_ms']:.1f} ms; "
                  f"asking {r['asking_cpu_us_per_name']:.2f} us CPU a name")
        print(f"    the probe: {r['probe_qps']:,.0f}/s; stages: "
              + ", ".join(f"{stage} {wall:.2f} s" for stage, wall in r["stages_wall_s"].items()))


def size(text):
    units = {"k": 1000, "m": 1000000}
    return int(text[:-1]) * units[text[-1].lower()] if text[-1].lower() in units else int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="folder of a Release build with -DMXS_SAMPLE=ON")
    parser.add_argument("--sizes", default="100k", help="numbers of names, e.g. 100k,1M,10M")
    parser.add_argument("--runs", default="5", help="of each size, or a number for each: 5,5,3")
    parser.add_argument("--latency", action="store_true", help="also 50,000 in flight with 200 ms, at the last size")
    parser.add_argument("--whole", action="store_true", help="--sizes 100k,1M,10M --latency")
    parser.add_argument("--json", type=pathlib.Path, help="write everything here")
    parser.add_argument("--folder", help="where names and databases lie (default: the temporary folder)")
    parser.add_argument("--scan", default="", help="more options for every scan")
    options = parser.parse_args()
    if options.whole:
        options.sizes, options.latency = "100k,1M,10M", True
    bench = Bench(options)
    try:
        results = []
        sizes = [size(text) for text in options.sizes.split(",")]
        runs = [int(text) for text in options.runs.split(",")]
        for at, count in enumerate(sizes):
            bench.runs = runs[min(at, len(runs) - 1)]
            results.append(measure(bench, count, options.latency and count == sizes[-1]))
            show(results[-1])
            sys.stdout.flush()
        if len(results) > 1:
            first, last = results[-2], results[-1]
            growth = last["mx"]["cpu_us_per_name"]["best"] / first["mx"]["cpu_us_per_name"]["best"]
            print(f"\n  growth: CPU per name at {last['names']:,} is {growth:.2f} x that at {first['names']:,}")
        if options.json:
            versions = json.loads(Measured([bench.program, "--version", "--json"], allowed=(0, 1, 2)).out or "{}")
            options.json.write_text(json.dumps({"versions": versions, "results": results}, indent=1) + "\n")
    finally:
        bench.close()


if __name__ == "__main__":
    main()
