"""What the check smtp costs: whole dialogues with TLS over 10,000 addresses, beside bare handshakes of `openssl s_time` in the same run; the same by
the program; what a connection holds; and what a scan without the check costs.

    python3 tests/bench/mail.py BUILD [--addresses 10000] [--open 200] [--key RSA] [--names 20000,100000]
        [--skip handshakes,program,memory,without]

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
    parser.add_argument("--key", default="", help="of the handshakes: those whose name begins so")
    parser.add_argument("--names", default="20000,100000", help="sizes of the scans without the check")
    parser.add_argument("--skip", default="")
    options = parser.parse_args()
    build = options.build.resolve()
    os.environ.update(MXS_SUPPORT=str(build / "tests/support"), MXS_SOURCE=str(HERE.parents[2]), MXSURVEY=str(build / "mxsurvey"))
    import mailworld  # pylint: disable=import-outside-toplevel
    mailworld.enter()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mxs-bench-"))
    try:
        authority = mailworld.Authority(folder)
        for name, key in KEYS.items():
            if "handshakes" not in options.skip and name.startswith(options.key):
                handshakes(mailworld, folder, authority, options, name, key)
        if "program" not in options.skip:
            program(mailworld, folder, authority, options)
        if "memory" not in options.skip:
            memory(mailworld, folder, authority)
        if "without" not in options.skip:
            for names in options.names.split(","):
                without(folder, int(names))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def handshakes(mailworld, folder, authority, options, name, key):
    """All addresses in one go, between two measurements of bare handshakes."""
    pem = authority.certificate("bench", ["mx.example.net"], key=key)
    (folder / "mail.log").unlink(missing_ok=True)
    server = mailworld.MailServer(folder, {"*": {"play": "tls", "cert": str(pem)}, "30.1.1.1": {"play": "bare", "cert": str(pem)}})
    targets = [(address_of(i), "mx.example.net") for i in range(options.addresses)]
    before_us, _ = bare(3)
    began = time.monotonic()
    _, counts, words = mailworld.meet(folder, targets, "--rate", "0", "--quiet", ca=authority.file, timeout_s=900, concurrency=options.open)
    wall_s = time.monotonic() - began
    after_us, _ = bare(3)
    server.stop()
    if words or counts["done"] != options.addresses:
        raise SystemExit(f"mail.py: {counts} {words}")
    each_us, bare_us = counts["cpu_ms"] * 1000 / options.addresses, (before_us + after_us) / 2
    print(f"{name}: {options.addresses} dialogues, {counts['open_peak']} open, {options.addresses / wall_s:.0f}/s; {each_us:.0f} us of processor "
          f"each, bare handshake {before_us:.0f} and {after_us:.0f}: {each_us / bare_us:.2f} x (goal 1.5); {counts['rss_kb']} KB", flush=True)


def program(mailworld, folder, authority, options):
    """The whole program, from the list to the verdicts, with the check and without it in turn."""
    import harness  # pylint: disable=import-outside-toplevel
    count = options.addresses
    pem = authority.certificate("program", ["mx.example.net"])
    zone = "probe.example.org A 20.9.9.9\n" + "".join(f"d{i}.example MX 10 mx.d{i}.example\nmx.d{i}.example A {address_of(i)}\n" for i in range(count))
    dns = harness.Server(folder, zone)
    server = mailworld.MailServer(folder, {"*": {"play": "tls", "cert": str(pem)}})
    names = folder / "names"
    names.write_text("".join(f"d{i}.example\n" for i in range(count)), encoding="ascii")
    smtp = ("--smtp-helo", "probe.example.org", "--smtp-rate", 0, "--smtp-concurrency", options.open, "--smtp-retry", 0, "--ca-file", authority.file)
    for checks, more in (("mx,host", ()), ("mx,host,smtp", smtp)):
        began = time.monotonic()
        cpu_s, result = own_times(lambda checks=checks, more=more: harness.run(
            "scan", "-q", "-o", folder / f"{len(checks)}.db", "-r", dns.resolvers[0], "--checks", checks, *more, names, timeout_s=300))
        if result.code != 0:
            raise SystemExit(f"mail.py: {result}")
        print(f"scan of {count} names, {checks}: {time.monotonic() - began:.1f} s, {cpu_s:.2f} s of processor", flush=True)
    server.stop()
    dns.process.stop()


def without(folder, names):
    """A scan without the check under callgrind: what the functions of the check take of all instructions."""
    import harness  # pylint: disable=import-outside-toplevel
    zone = "".join(f"d{i}.example MX 10 mx.d{i}.example\nmx.d{i}.example A {address_of(i % 60000)}\n" for i in range(names))
    dns = harness.Server(folder, zone)
    listed, out = folder / "few", folder / "callgrind"
    listed.write_text("".join(f"d{i}.example\n" for i in range(names)), encoding="ascii")
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", harness.PROGRAM, "scan", "-q", "-o", folder / "few.db", "-r",
                           dns.resolvers[0], "--checks", "mx,host", "--sandbox", "off", listed], capture_output=True, text=True, check=False)
    dns.process.stop()
    if done.returncode != 0:
        raise SystemExit(f"mail.py: {done.stderr[-500:]}")
    told = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--show-percs=no", out], capture_output=True, text=True, check=True).stdout
    total = int(re.search(r"([\d,]+)\s+PROGRAM TOTALS", told)[1].replace(",", ""))
    ours = {}
    for value, name in re.findall(r"^\s*([\d,]+) .*?:([\w']*(?:smtp|SSL_CTX)\w*)", told, re.M):
        ours[name] = max(ours.get(name, 0), int(value.replace(",", "")))
    print(f"scan of {names} names without the check: {total} instructions, of which in functions of the check "
          f"{', '.join(f'{name} {value}' for name, value in ours.items()) or 'none'}; {sum(ours.values()) / total:.4%} at most")


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
