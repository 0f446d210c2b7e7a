#!/usr/bin/python3
"""What a month of nights costs: the size of the database and the time of a scan, night after night, while 1 % of the names change.

    tests/bench/nights.py BUILD [--names 100000] [--nights 30] [--share 0.01]

BUILD is a release build with tests/support in it. Night 2 changes nothing, so that its growth is what an unchanged night costs.
The bounds: all nights <= 2 x the first night's file, the last night <= 1.3 x the first one's time, an unchanged night <= 3 bytes
a name. Times are those of the program's processor (all stages) beside the wall's: other work on the machine moves only the latter.
"""
import argparse
import json
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

PAIRS = 10000


class Server:
    """mxs_server: the generator's world, and over it the names that have changed since."""

    def __init__(self, build, folder, changed):
        zone = folder / "zone"
        zone.write_text("".join(f"{name} MX 10 mx{pair % 2 + 1}.mail{pair}.test\n" for name, pair in changed.items()))
        self.process = subprocess.Popen([build / "tests/support/mxs_server", "--zone", zone, "--generate", str(PAIRS), "--port", "0",
                                         "--seconds", "3600"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.resolver = self.process.stdout.readline().split()[1]

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def scan(build, folder, changed):
    server = Server(build, folder, changed)
    try:
        began = time.monotonic()
        subprocess.run([build / "mxsurvey", "scan", "-q", "-o", folder / "survey.db", "-r", server.resolver, folder / "names"], check=True)
        wall_s = time.monotonic() - began
    finally:
        server.stop()
    size = (folder / "survey.db").stat().st_size
    with sqlite3.connect(f"file:{folder / 'survey.db'}?mode=ro", uri=True) as store:
        text, = store.execute("SELECT text FROM run_note WHERE kind = 'stages' ORDER BY run_id DESC LIMIT 1").fetchone()
    store.close()
    stages = json.loads(text)
    return {"wall_s": wall_s, "cpu_s": sum(stage["cpu_ms"] for stage in stages) / 1000, "size": size,
            "after_s": sum(stage["wall_ms"] for stage in stages if stage["stage"] in ("judging", "finishing")) / 1000}


def diff_seconds(build, folder):
    began = time.monotonic()
    subprocess.run([build / "mxsurvey", "diff", folder / "survey.db", "--format", "json", "-o", folder / "diff.json"], check=True)
    return time.monotonic() - began, json.loads((folder / "diff.json").read_text())["changed_domains"]


def measure(build, folder, wish):
    names = [f"name{i}.test" for i in range(wish.names)]
    (folder / "names").write_text("\n".join(names) + "\n")
    draw = random.Random(1)
    changed, nights = {}, []
    for night in range(1, wish.nights + 1):
        if night > 2:
            for name in draw.sample(names, int(wish.names * wish.share)):
                changed[name] = draw.randrange(PAIRS)
        nights.append(scan(build, folder, changed))
        one = nights[-1]
        print(f"night {night:2}: {one['wall_s']:6.2f} s, processor {one['cpu_s']:6.2f} s, judging and finishing {one['after_s']:5.2f} s, "
              f"{one['size'] / 1e6:7.2f} MB", flush=True)
    return nights


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--names", type=int, default=100000)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--share", type=float, default=0.01)
    wish = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mxs-nights-"))
    try:
        nights = measure(wish.build.resolve(), folder, wish)
        first, last = nights[0], nights[-1]
        seconds, domains = diff_seconds(wish.build.resolve(), folder)
        print(f"size: {last['size'] / first['size']:.2f} x the first night's (bound 2)")
        print(f"time: {last['wall_s'] / first['wall_s']:.2f} x by the clock, {last['cpu_s'] / first['cpu_s']:.2f} x by the processor (bound 1.3)")
        if len(nights) > 1:
            print(f"an unchanged night: {(nights[1]['size'] - first['size']) / wish.names:.2f} bytes a name (bound 3)")
        print(f"diff of the last two nights: {seconds:.2f} s, {domains} names changed")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
