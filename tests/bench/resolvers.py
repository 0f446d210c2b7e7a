#!/usr/bin/env python3
"""How long a scan takes where names or the resolver are ill: silent, refused and broken names, loss, latency.

    tests/bench/resolvers.py build/release                     every row, three seeds side by side
    tests/bench/resolvers.py build/release --only loss,steady --resolvers 1,3

The scripted server (tests/support/server) is the resolver; a seed decides whom an ill befalls. The seeds of a row run at the same
time: they wait much more than they work. Told for each row: wall of the best and the worst seed, the bound it is measured by, how
often a resolver was called away though it answers, attempts that timed out, and names left undetermined.
Nothing here fails on a time.
"""
import argparse
import concurrent.futures
import pathlib
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402

MS = 20  # of every answer but the steady rows'
LATENCIES_MS = (500, 900, 1100, 1500, 2500, 4500)


def rows(options):
    """(kind, what, names, resolvers, rules, options of the scan, bound in s over the time without ills)."""
    only = options.only.split(",")
    for count in (int(n) for n in options.resolvers.split(",")):
        for share in (float(n) for n in options.shares.split(",")):
            for kind, action in (("silent", "drop"), ("refused", "refused"), ("servfail", "servfail")):
                if kind in only:
                    yield kind, f"{share:g} %", 20000, count, [f"name=*.test share={share}% sticky -> {action}", f"-> delay {MS}"], 20 + 1.5 * share
            if "loss" in only:
                yield "loss", f"{share:g} %", 20000, count, [f"share={share}% -> drop", f"-> delay {MS}"], 20
    for ms in LATENCIES_MS if "steady" in only else ():
        yield "steady", f"{ms} ms", 3000, 1, [f"-> delay {ms}"], 20 + 10 * ms / 1e3
        yield "jitter", f"{ms} ms + 30 %", 3000, 1, [f"-> delay {ms}..{min(1.3 * ms, 4900):.0f}"], 20 + 13 * ms / 1e3


def scan(program, folder, names, count, rules, seed):
    folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
    names_file = folder / "names.txt"
    names_file.write_text("".join(f"n{i}.s{seed}.test\n" for i in range(names)), encoding="ascii")
    server = harness.Server(folder, "", rules, servers=count, seed=seed, generate=300)
    try:
        whom = [x for address in server.resolvers for x in ("-r", address)]
        begun = time.monotonic()
        done = harness.subprocess.run([program, "scan", "-q", "-o", folder / "s.db", "--checks", "mx", *whom, names_file],
                                      check=False, capture_output=True, timeout=900)
        wall = time.monotonic() - begun
        if done.returncode not in (0, 3):
            raise AssertionError(done.stderr.decode())
        asked, timeouts, away = harness.rows(folder / "s.db", "SELECT sum(asked), sum(timeouts), sum(openings) FROM run_resolver")[0]
        left = harness.one(folder / "s.db", "SELECT count(*) FROM v_domain WHERE state = 'undetermined'")
        return {"wall": wall, "asked": asked, "timeouts": timeouts, "away": away, "undetermined": left}
    finally:
        server.process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="folder of a Release build with -DMXS_SAMPLE=ON")
    parser.add_argument("--only", default="silent,refused,servfail,loss,steady")
    parser.add_argument("--resolvers", default="1,2,3")
    parser.add_argument("--shares", default="0.2,2,10,20,30", help="percent of the names, or of the datagrams")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    program, harness.SUPPORT = options.build.resolve() / "mxsurvey", options.build.resolve() / "tests" / "support"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mxs-resolvers-"))
    print(f"{'':<10}{'':<18}{'resolvers':>10}{'best':>9}{'worst':>9}{'ratio':>7}{'bound':>9}{'away':>6}{'timeouts':>10}{'undetermined':>14}")
    try:
        with concurrent.futures.ThreadPoolExecutor(options.seeds) as seeds:
            without = scan(program, folder, 20000, 1, [f"-> delay {MS}"], 1)["wall"]
            for kind, what, names, count, rules, more in rows(options):
                found = list(seeds.map(lambda seed, row=(names, count, rules): scan(program, folder, *row, seed),  # pylint: disable=W0640
                                       range(1, options.seeds + 1)))
                walls = [one["wall"] for one in found]
                bound = more + (1.5 * without if names == 20000 else 0)
                print(f"{kind:<10}{what:<18}{count:>10}{min(walls):>7.1f} s{max(walls):>7.1f} s{max(walls) / min(walls):>7.2f}{bound:>7.1f} s"
                      f"{sum(one['away'] for one in found):>6}{max(one['timeouts'] for one in found):>10}"
                      f"{max(one['undetermined'] for one in found):>14}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    harness.os.environ.pop("MXSURVEY_RESOLVER", None)
    main()
