"""What the check smtp costs: whole dialogues with TLS over 10,000 addresses, beside bare handshakes of `openssl s_time` in the same run.

    python3 tests/bench/mail.py BUILD [--addresses 10000] [--open 200]

A network namespace of its own (root), each address its own /24 and provider, one scripted server behind them all. Processor times are those
of the client alone; dialogues a second are bounded by the server, which shares the machine. Nothing here fails on a figure.
"""
import argparse
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "e2e"))
KEYS = {"EC P-256": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "RSA 2048": ("rsa:2048",)}


def address_of(number):
    return f"20.{number // 250}.{number % 250}.1"


def own_times(function):
    """What the children of one call took of the processor, in seconds, and what it returned."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    value = function()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, value


def bare(seconds):
    """Handshakes of s_time to one address: processor time of each, in microseconds."""
    cpu_s, out = own_times(lambda: subprocess.run(["openssl", "s_time", "-connect", "30.1.1.1:25", "-new", "-time", str(seconds)],
                                                  capture_output=True, check=False, text=True).stdout)
    found = re.search(r"^(\d+) connections in [\d.]+ real", out, re.M) or re.search(r"^(\d+) connections in", out, re.M)
    return cpu_s * 1e6 / int(found.group(1)), int(found.group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--addresses", type=int, default=10000)
    parser.add_argument("--open", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ.update(MXS_SUPPORT=str(options.build.resolve() / "tests/support"), MXS_SOURCE=str(HERE.parents[2]))
    import mailworld  # pylint: disable=import-outside-toplevel
    mailworld.enter()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mxs-bench-"))
    try:
        measure(mailworld, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(mailworld, folder, options):
    authority = mailworld.Authority(folder)
    for name, key in KEYS.items():
        pem = authority.certificate("bench", ["mx.example.net"], key=key)
        script = {"*": {"play": "tls", "cert": str(pem)}, "30.1.1.1": {"play": "bare", "cert": str(pem)}}
        (folder / "mail.log").unlink(missing_ok=True)
        server = mailworld.MailServer(folder, script)
        ratios, rates = [], []
        for at in range(options.rounds):
            part = options.addresses // options.rounds
            targets = [(address_of(at * part + i), "mx.example.net") for i in range(part)]
            alone_us, count = bare(2)
            began = time.monotonic()
            _, counts, words = mailworld.meet(folder, targets, "--rate", "0", "--quiet", ca=authority.file, timeout_s=300,
                                              concurrency=options.open)
            wall_s = time.monotonic() - began
            if words or counts["done"] != part:
                raise SystemExit(f"mail.py: {counts} {words}")
            each_us = counts["cpu_ms"] * 1000 / part
            ratios.append(each_us / alone_us)
            rates.append(part / wall_s)
            print(f"{name}: {part} dialogues at {rates[-1]:.0f}/s, {each_us:.0f} us of processor each; bare handshake {alone_us:.0f} us "
                  f"({count}); ratio {ratios[-1]:.2f}; {counts['open_peak']} open, {counts['rss_kb']} KB")
        print(f"{name}: median {statistics.median(rates):.0f} dialogues/s, {statistics.median(ratios):.2f} x a bare handshake (goal 1.5)")
        server.stop()
    memory(mailworld, folder, authority)


def memory(mailworld, folder, authority, held=1000):
    pem = authority.certificate("held", ["mx.example.net"])
    for play, goal_kb in (("silence", 8), ("tls_and_silence", 64)):
        server = mailworld.MailServer(folder, {"*": {"play": play, "cert": str(pem)}, address_of(0): {"play": "tls", "cert": str(pem)}})
        sizes = []
        for count in (1, held + 1):
            targets = [(address_of(i), "mx.example.net") for i in range(count)]
            _, counts, _ = mailworld.meet(folder, targets, "--timeout", "6000", "--quiet", ca=authority.file, concurrency=2 * held)
            sizes.append((counts["rss_kb"], counts["open_peak"]))
        print(f"{play}: {(sizes[1][0] - sizes[0][0]) / held:.1f} KB for each of {sizes[1][1]} connections (goal {goal_kb})")
        server.stop()


main()
