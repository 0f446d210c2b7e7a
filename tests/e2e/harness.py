"""What end-to-end tests stand on: real servers on loopback, the program under test, and its database.

Everything is bounded in time; every process is started here and ended by its pid. A test file is

    import harness

    class Something(harness.TestCase):
        def test_one_thing(self):
            server = self.serve("a.test MX 10 mx.a.test\nmx.a.test A 20.1.1.1\n")
            result = self.scan(["a.test"], server)
            self.assertEqual(result.code, 0, result)

    if __name__ == "__main__":
        harness.main()

The environment, set by CTest: MXSURVEY (the program), MXS_SUPPORT (folder of mxs_server and friends), MXS_SOURCE
(the project's root). By hand: `MXSURVEY=build/asan/mxsurvey MXS_SUPPORT=build/asan/tests/support python3 x_test.py`.
"""
import contextlib
import ctypes
import gzip
import hashlib
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from questions import Answer, TYPES, ask, ask_raw, query_bytes, split_address, wire_name  # noqa: F401

SOURCE = pathlib.Path(os.environ.get("MXS_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("MXSURVEY", str(SOURCE / "build/asan/mxsurvey"))


def constant(header, name):
    """A whole number that a header of the program defines."""
    return int(re.search(rf"^#define {name} (\d+)\b", (SOURCE / header).read_text(), re.M)[1])
SUPPORT = pathlib.Path(os.environ.get("MXS_SUPPORT", SOURCE / "build/asan/tests/support"))
REALWORLD = SOURCE.parent / "shared" / "realworld"
# Bounds of time grow under sanitizers: multiply by this.
SLOW = 5 if os.environ.get("MXS_SANITIZE") else 1
SANITIZER = re.compile(r"ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|WARNING: ThreadSanitizer")


def realworld(name):
    """A file of the real-world lab, or the test is skipped where the lab is absent."""
    path = REALWORLD / name
    if not path.exists():
        raise unittest.SkipTest(f"skipped: {path} is absent")
    return path


def documents(text):
    """Strict JSON documents one after the other, as `report` writes several tables."""
    def no_constant(word):
        raise ValueError(f"{word} is not JSON")
    found, decoder, blank = [], json.JSONDecoder(parse_constant=no_constant), re.compile(r"\s*")
    at = blank.match(text).end()
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        at = blank.match(text, at).end()
    return found


# --- processes ---------------------------------------------------------------------------------------------------

LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """In the child, before exec: the kernel ends it when the test dies without a word (PR_SET_PDEATHSIG)."""
    LIBC.prctl(1, signal.SIGTERM, 0, 0, 0)


class Process:
    """A child that ends with us: its stdin is a pipe, its output a file, its end a signal to its pid."""

    def __init__(self, argv, output, **more):
        self.output = pathlib.Path(output)
        with open(self.output, "ab") as sink:
            self.popen = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE,
                                          stdout=more.pop("stdout", sink), stderr=sink,
                                          preexec_fn=die_with_parent, **more)
        self.pid = self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def signal(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def wait(self, timeout_s):
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, timeout_s=5):
        """Asks, waits, kills. Returns the exit code."""
        if self.popen.stdin and not self.popen.stdin.closed:
            try:
                self.popen.stdin.close()
            except BrokenPipeError:
                pass
        self.signal(signal.SIGTERM)
        if self.wait(timeout_s) is None:
            self.signal(signal.SIGKILL)
            self.wait(timeout_s)
        if self.popen.stdout:
            self.popen.stdout.close()
        return self.popen.returncode

    def text(self):
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Result:
    """A finished run of the program: code, out, err, seconds."""

    def __init__(self, code, out, err, seconds, argv):
        self.code, self.out, self.err, self.seconds, self.argv = code, out, err, seconds, argv

    def __str__(self):
        return f"{' '.join(self.argv)}\nexit {self.code} after {self.seconds:.1f} s\n--- stdout\n{self.out[-4000:]}" \
               f"\n--- stderr\n{self.err[-6000:]}"

    def lines(self):
        """stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    def json(self):
        return json.loads(self.out)


def run(*args, program=None, timeout_s=120, stdin=None, env=None, cwd=None):
    """Runs the program to its end. Output is text; stdin may be text or bytes. A sanitizer's report is a failure."""
    argv = [str(program or PROGRAM), *map(str, args)]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    began = time.monotonic()
    try:
        done = subprocess.run(argv, input=stdin if stdin is not None else b"", capture_output=True, timeout=timeout_s,
                              cwd=cwd, env={**os.environ, **(env or {})}, check=False, preexec_fn=die_with_parent)
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        code, out, err = None, late.stdout or b"", (late.stderr or b"") + b"\nkilled: took too long"
    result = Result(code, out.decode(errors="replace"), err.decode(errors="replace"), time.monotonic() - began, argv)
    if SANITIZER.search(result.err) or code == -signal.SIGILL:
        raise AssertionError(f"sanitizer report\n{result}")
    return result


def free_port():
    """A port that is free now on 127.0.0.1, UDP and TCP."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            port = random.randrange(20000, 32000)
            try:
                udp.bind(("127.0.0.1", port))
                tcp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def wait_until(condition, timeout_s, what, pause_s=0.02):
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(pause_s)
    raise AssertionError(f"{what}: not within {timeout_s} s")


# --- servers -----------------------------------------------------------------------------------------------------

class Server:
    """The scripted server (tests/support/server). zone: text; rules: a list of lines; see zone.h and rule.h."""

    def __init__(self, folder, zone="", rules=(), servers=1, seed=1, generate=0, mixed=False, hold_ms=0, seconds=600,
                 log=False, addresses=(), port=0, arguments=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="server-", dir=folder))
        (self.folder / "zone").write_text(zone, encoding="utf-8")
        (self.folder / "script").write_text("\n".join(rules) + "\n", encoding="utf-8")
        argv = [SUPPORT / "mxs_server", "--zone", self.folder / "zone", "--script", self.folder / "script",
                "--seed", seed, "--seconds", seconds, "--counters", self.folder / "counters", "--hold", hold_ms,
                "--port", port]
        argv += [x for address in addresses for x in ("--address", address)] or ["--servers", servers]
        argv += ["--generate", generate] if generate else []
        argv += ["--mixed"] if mixed else []
        argv += ["--log", self.folder / "log"] if log else []
        self.process = Process([*argv, *arguments], self.folder / "output", stdout=subprocess.PIPE)
        ready = self._line(20).split()
        if ready[:1] != ["ready"]:
            self.process.stop()
            raise AssertionError(f"mxs_server did not start: {self.process.text()}")
        self.resolvers = ready[1:]
        self.port = split_address(self.resolvers[0])[1]

    def _line(self, timeout_s):
        out = self.process.popen.stdout
        ready, _, _ = select.select([out], [], [], timeout_s)
        return out.readline().decode() if ready else ""

    def command(self, text):
        """One control line (`down 2`, `up 2`, `rule ...`, `clear`, `reset`); returns what it says to it."""
        self.process.popen.stdin.write((text + "\n").encode())
        self.process.popen.stdin.flush()
        answer = self._line(10).strip()
        if not answer or answer.startswith("error"):
            raise AssertionError(f"mxs_server: {text}: {answer or 'no answer'}")
        return answer

    def counters(self):
        if self.process.alive():
            return json.loads(self.command("counters"))
        return json.loads((self.folder / "counters").read_text())

    def log(self):
        """[(ms, server, transport, port, name, type, attempt, impact)] of every question; after stop()."""
        rows = []
        for line in (self.folder / "log").read_text().splitlines():
            ms, server, transport, port, name, kind, attempt, impact = line.split(" ")
            rows.append((int(ms), int(server), transport, int(port), name, kind, int(attempt), impact))
        return rows

    def stop(self):
        if self.process.stop() == -signal.SIGILL or SANITIZER.search(self.process.text()):
            raise AssertionError(f"mxs_server: {self.process.text()}")
        path = self.folder / "counters"
        return json.loads(path.read_text()) if path.exists() and path.stat().st_size else None


def master_file(zone):
    """The scripted server's zone text (NAME TYPE [TTL] RDATA) as a master file of the root for NSD."""
    out = ["$TTL 300", ". IN SOA ns.lab.invalid. root.lab.invalid. 1 3600 600 86400 300", ". IN NS ns.lab.invalid.",
           "ns.lab.invalid. IN A 127.0.0.1"]
    hosts = {"MX": (1,), "CNAME": (0,), "NS": (0,), "SRV": (3,)}
    words_of = {"MX": 2, "SRV": 4, "TLSA": 4}
    for line in zone.splitlines():
        words = re.findall(r'"(?:\\.|[^"\\])*"|\S+', line)
        if not words or words[0][0] in "#;$":
            continue
        name, kind, rest, ttl = words[0], words[1].upper(), words[2:], "300"
        if kind not in TYPES:
            raise ValueError(f"a real name server has no {kind}: {line}")
        if len(rest) > words_of.get(kind, 1) and rest[0].isdigit():
            ttl, rest = rest[0], rest[1:]
        for at in hosts.get(kind, ()):
            rest[at] = rest[at].rstrip(".") + "."
        out.append(f"{name.rstrip('.')}. {ttl} IN {kind} {' '.join(rest)}")
    return "\n".join(out) + "\n"


class Daemon:
    """A real server in a folder of its own, without chroot or another user."""

    def start(self, argv, port, timeout_s, probe=("", "SOA")):
        self.port, self.resolvers = port, [f"127.0.0.1:{port}"]
        self.process = Process(argv, self.folder / "output")
        try:
            wait_until(lambda: not self.process.alive() or ask(self.resolvers[0], *probe, timeout_s=0.3), timeout_s,
                       f"{argv[0]} answers")
            if not self.process.alive():
                raise AssertionError(f"{argv[0]} ended: {self.process.text()}")
        except AssertionError:
            self.process.stop()
            raise

    def stop(self):
        return self.process.stop()


def find_daemon(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise unittest.SkipTest(f"skipped: {name} is not installed")
    return path


class Nsd(Daemon):
    """NSD as the authority of one root zone. zone: the scripted server's text; master: a master file's path (.gz too)."""

    def __init__(self, folder, zone=None, master=None):
        program = find_daemon("nsd")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nsd-", dir=folder))
        if master is None:
            text = master_file(zone).encode()
        else:
            text = pathlib.Path(master).read_bytes()
            text = gzip.decompress(text) if str(master).endswith(".gz") else text
        (self.folder / "root.zone").write_bytes(text)
        port = free_port()
        (self.folder / "nsd.conf").write_text(f"""server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/nsd.pid"
  xfrdfile: "{self.folder}/xfrd.state"
  zonelistfile: "{self.folder}/zone.list"
  xfrdir: "{self.folder}"
  server-count: 1
  rrl-ratelimit: 0
  receive-buffer-size: 4194304
  send-buffer-size: 4194304
  tcp-count: 500
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
""")
        self.start([program, "-d", "-c", self.folder / "nsd.conf"], port, 60)


class Unbound(Daemon):
    """Unbound as a recursor in front of an authority that serves the root."""

    def __init__(self, folder, authority, options=""):
        program = find_daemon("unbound")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="unbound-", dir=folder))
        port = free_port()
        host, authority_port = split_address(authority.resolvers[0])
        (self.folder / "unbound.conf").write_text(f"""server:
  interface: 127.0.0.1@{port}
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  num-threads: 1
  outgoing-range: 450
  num-queries-per-thread: 4096
  so-rcvbuf: 4m
  so-sndbuf: 4m
  module-config: "iterator"
  do-not-query-localhost: no
  qname-minimisation: no
  access-control: 127.0.0.0/8 allow
  local-zone: "test." nodefault
  local-zone: "invalid." nodefault
  unblock-lan-zones: yes
{options}
remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: {host}@{authority_port}
""")
        self.start([program, "-d", "-c", self.folder / "unbound.conf"], port, 30, ("ns.lab.invalid", "A"))


# --- the test case -----------------------------------------------------------------------------------------------

def rows(database, sql, *values):
    """Rows of a read-only query."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as store:
        return store.execute(sql, values).fetchall()


def one(database, sql, *values):
    found = rows(database, sql, *values)
    return found[0][0] if found else None


def column_types(database):
    """Of every view: the columns that hold values of several types, or of another than the declared one; and how many columns hold anything."""
    wrong, seen = [], 0
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
        for (view,) in store.execute("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name").fetchall():
            # From SQLite 3.41 on columns of compound views have a declared type, too, and an integer's is INT.
            columns = [(row[1], {"int": "integer"}.get(row[2].lower(), row[2].lower())) for row in store.execute(f'PRAGMA table_info("{view}")')]
            kinds = ", ".join(f'group_concat(DISTINCT typeof("{name}"))' for name, _ in columns)
            for (name, declared), told in zip(columns, store.execute(f'SELECT {kinds} FROM "{view}"').fetchone()):
                found = sorted(set((told or "").split(",")) - {"null", ""})
                seen += bool(found)
                if len(found) > 1 or (found and declared and found != [declared]):
                    wrong.append(f"{view}.{name}: {', '.join(found)}")
    store.close()
    return wrong, seen


class TestCase(unittest.TestCase):
    """A folder of its own, servers that end with the test, and the program's commands."""

    maxDiff = 4000
    EXPORTED = {}

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mxs-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.db = self.folder / "survey.db"

    def _keep(self, server):
        self.addCleanup(server.stop)
        return server

    @classmethod
    def for_all(cls):
        """A test case whose folder and servers last as long as this class: for setUpClass."""
        case = TestCase()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        return case

    def once(self, make):
        """What make() makes of the test's database: by the first test of a class, and for each later one a copy of it."""
        if "made" not in vars(type(self)):
            make()
            type(self).made = self.db.read_bytes()
        self.db.write_bytes(self.made)

    def of_class(self, key, make):
        """What make() returns: made by the first test of the class that needs it."""
        kept = type(self).__dict__.get("kept", {})
        type(self).kept = kept
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def copied(self, name, make):
        """A file of the folder as make() leaves it: made by the first test of the class that needs it, copied for each later one."""
        path = self.folder / name
        path.write_bytes(self.of_class(path.name, lambda: (make(), path.read_bytes())[1]))
        return path

    def nights(self, scan, *nights):
        """The test's database after these nights, each made of the one before by scan(night); what is there already for another test of the class is copied."""
        made = type(self).__dict__.get("nights_made", {})
        type(self).nights_made = made
        for count in range(1, len(nights) + 1):
            if nights[:count] not in made:
                if count > 1:
                    self.db.write_bytes(made[nights[:count - 1]])
                scan(nights[count - 1])
                made[nights[:count]] = self.db.read_bytes()
        self.db.write_bytes(made[nights])

    def serve(self, zone="", rules=(), **more):
        return self._keep(Server(self.folder, zone, rules, **more))

    def nsd(self, zone=None, master=None):
        return self._keep(Nsd(self.folder, zone, master))

    def unbound(self, authority, options=""):
        return self._keep(Unbound(self.folder, authority, options))

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def list_file(self, names, name="list.txt"):
        return self.write(name, "".join(f"{n}\n" for n in names))

    def resolver_options(self, servers):
        servers = servers if isinstance(servers, (list, tuple)) else [servers]
        return [x for server in servers for address in server.resolvers for x in ("-r", address)]

    def scan_arguments(self, names, servers, *options, db=None):
        """names: a list of names, or the path of a list."""
        path = names if isinstance(names, (str, pathlib.Path)) else self.list_file(names)
        return ["scan", "-o", db or self.db, *self.resolver_options(servers), *options, path]

    def scan(self, names, servers, *options, db=None, timeout_s=120, env=None):
        return run(*self.scan_arguments(names, servers, *options, db=db), timeout_s=timeout_s * SLOW, env=env)

    def scan_begin(self, names, servers, *options, db=None):
        """The scan as a process that runs on; ended with the test."""
        output = self.folder / f"scan-{time.monotonic_ns()}.txt"
        return self._keep(Process([PROGRAM, *self.scan_arguments(names, servers, *options, db=db)], output))

    # A scan that cannot end before the test lets it, however long the test itself waits for a processor: one name has no answer until then.
    UNENDING = ("--tries", 100, "--timeout", 2000, "--deadline", 3600000)

    def hold(self, server, name):
        server.command(f"rule name={name} -> drop")

    def let_go(self, server):
        server.command("clear")

    def wait_for_questions(self, server, count=1):
        """Until the scripted server was asked so often; after more than it is looked at with, the scan holds its database."""
        wait_until(lambda: server.counters()["questions"] >= count, 20 * SLOW, f"{count} questions")

    def exported(self, *options, db=None):
        """What `export` writes. The same bytes, with no log beside them, are asked once: what is written depends on nothing else."""
        db, key = pathlib.Path(db or self.db), None
        if db.exists() and not any(db.with_name(db.name + end).exists() for end in ("-wal", "-journal")):
            key = options, hashlib.sha256(db.read_bytes()).digest()
        if key not in self.EXPORTED:
            result = run("export", db, *options)
            self.assertEqual(result.code, 0, result)
            if key is None:
                return result.out
            if len(self.EXPORTED) == 20:
                del self.EXPORTED[next(iter(self.EXPORTED))]
            self.EXPORTED[key] = result.out
        return self.EXPORTED[key]

    def export(self, *options, db=None):
        """{domain: record} of `export`."""
        return {record["domain"]: record for record in map(json.loads, self.exported(*options, db=db).splitlines())}

    def content(self, db=None):
        """The canonical dump: two scans of one world give equal bytes."""
        return self.exported("--content-only", db=db)

    def explained(self, *names, db=None):
        """{domain: what `explain` says of it}, by one process."""
        result = run("explain", db or self.db, *names)
        self.assertEqual(result.code, 0, result)
        parts = re.split(f"(?m)^(?=(?:{'|'.join(map(re.escape, names))})$)", result.out)
        self.assertEqual([part.split("\n", 1)[0] for part in parts], ["", *names], result)
        return dict(zip(names, parts[1:]))

    def tables(self, db=None):
        """{name: CSV} of every table of the newest run: what `report TABLE --format csv` prints, by one process."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tables-", dir=self.folder)) / "bundle"
        result = run("export", db or self.db, "--bundle", folder, timeout_s=120 * SLOW)
        self.assertEqual(result.code, 0, result)
        found = {path.stem: path.read_text(encoding="utf-8") for path in (folder / "tables").iterdir()}
        shutil.rmtree(folder.parent)
        return found

    def rows(self, sql, *values, db=None):
        return rows(db or self.db, sql, *values)

    def one(self, sql, *values, db=None):
        return one(db or self.db, sql, *values)

    def mx_of(self, record):
        return [(entry["preference"], entry["host"]) for entry in record["mx"]]


def main():
    """Runs the file's tests. Exit 77 (skipped, for CTest) when every one was skipped."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    outcome = program.result
    # A class skipped as a whole counts as one skip and no test.
    if outcome.skipped and outcome.wasSuccessful() and len(outcome.skipped) >= outcome.testsRun:
        sys.exit(77)
    sys.exit(0 if outcome.wasSuccessful() else 1)
