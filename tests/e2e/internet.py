"""The small internet (tests/support/mxs_internet) and a real recursor in front of it, in a network namespace of our own.

    import harness
    import internet

    class Something(internet.TestCase):
        def test_one_thing(self):
            world = self.world("--share", "dead=0.01")
            recursor = self.recursor(world)                  # Unbound as Debian packages it; see Recursor
            names = world.names(1000)                        # {name: what ails its servers}; ten of them dead
            result = self.scan(list(names), recursor)

The world serves port 53 of many addresses, so that whoever asks must be in the namespace as well: the process of the
tests enters it before the first test, and all it starts with it.
"""
import ctypes
import json
import os
import pathlib
import select
import subprocess
import tempfile

import harness

PROGRAM = harness.SUPPORT / "mxs_internet"
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
DEAD = ("dead", "lame")  # no server of such an operator says anything: these names cannot be settled


def own_network():
    """This process, and all it starts, in a network namespace with nothing but loopback. Skips where that is not allowed."""
    uid, gid = os.getuid(), os.getgid()
    if harness.LIBC.unshare(CLONE_NEWNET) != 0:
        if harness.LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
            raise harness.unittest.SkipTest(f"skipped: no network namespace here ({os.strerror(ctypes.get_errno())})")
        pathlib.Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        pathlib.Path("/proc/self/uid_map").write_text(f"0 {uid} 1", encoding="ascii")
        pathlib.Path("/proc/self/gid_map").write_text(f"0 {gid} 1", encoding="ascii")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class World:
    """mxs_internet. options: its own, as --share dead=0.01; see `mxs_internet --help`."""

    def __init__(self, folder, *options, seconds=600, support=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="internet-", dir=folder))
        self.hints, self.options = self.folder / "root.hints", [str(o) for o in options]
        self.program = support / "mxs_internet" if support else PROGRAM
        self.process = harness.Process([self.program, "--hints", self.hints, "--seconds", seconds, *self.options],
                                       self.folder / "output", stdout=subprocess.PIPE)
        ready = self._line(20).split()
        if ready[:1] != ["ready"]:
            self.process.stop()
            raise AssertionError(f"mxs_internet did not start: {self.process.text()}")
        self.truth = ready[1]            # who knows everything at once
        self.resolvers = [self.truth]    # so that it can be scanned as a resolver

    def _line(self, timeout_s):
        ready, _, _ = select.select([self.process.popen.stdout], [], [], timeout_s)
        return self.process.popen.stdout.readline().decode() if ready else ""

    def command(self, text):
        """`reset`, `down` (nobody answers), `up`."""
        self.process.popen.stdin.write((text + "\n").encode())
        self.process.popen.stdin.flush()
        answer = self._line(10).strip()
        if not answer or answer.startswith("error"):
            raise AssertionError(f"mxs_internet: {text}: {answer or 'no answer'}")
        return answer

    def counters(self):
        return json.loads(self.command("counters"))

    def names(self, count, first=0):
        """{name: ill} of so many names; `absent` of those that do not exist. Another `first` (some millions apart): others."""
        done = subprocess.run([str(self.program), "--list", str(count), "--first", str(first), "--tell", *self.options],
                              stdout=subprocess.PIPE, text=True, check=True)
        return dict(line.split("\t") for line in done.stdout.splitlines())

    def stop(self):
        self.process.stop()
        if harness.SANITIZER.search(self.process.text()):
            raise AssertionError(f"mxs_internet: {self.process.text()}")


# What Debian's package leaves to the defaults of Unbound, and what one would set for a survey.
PACKAGED = ""
TUNED = """  num-threads: 1
  num-queries-per-thread: 8192
  outgoing-range: 16384
  msg-cache-size: 64m
  rrset-cache-size: 128m
  infra-cache-numhosts: 100000
  outgoing-num-tcp: 256
  so-rcvbuf: 4m
  so-sndbuf: 4m
  discard-timeout: 0
  wait-limit: 0
  unknown-server-time-limit: 1000
"""


class Recursor(harness.Daemon):
    """Unbound in front of the world. options: PACKAGED, TUNED, or lines of one's own for the server clause."""

    def __init__(self, folder, world, options=PACKAGED, timeout_s=30):
        program = harness.find_daemon("unbound")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="unbound-", dir=folder))
        port = harness.free_port()
        (self.folder / "unbound.conf").write_text(f"""server:
  interface: 127.0.0.1@{port}
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  do-not-query-localhost: no
  root-hints: "{world.hints}"
  module-config: "iterator"
{options}
remote-control:
  control-enable: no
""", encoding="ascii")
        self.start([program, "-d", "-c", self.folder / "unbound.conf"], port, timeout_s)


class TestCase(harness.TestCase):
    """A test case inside the small internet."""

    inside = False

    @classmethod
    def setUpClass(cls):
        if not TestCase.inside:
            own_network()
            TestCase.inside = True

    def world(self, *options, **more):
        return self._keep(World(self.folder, *options, **more))

    def recursor(self, world, options=PACKAGED):
        return self._keep(Recursor(self.folder, world, options))

    def truth_of(self, world, names, *options):
        """{domain: record} as who knows everything says it."""
        db = self.folder / "truth.db"
        result = self.scan(names, world, *options, db=db)
        self.assertEqual(result.code, 0, result)
        return self.records(db)

    def records(self, db=None):
        """The content of a database: {domain: record}."""
        result = harness.run("export", db or self.db, "--content-only")
        self.assertEqual(result.code, 0, result)
        return {record["domain"]: record for record in result.lines()}

    def assert_nothing_false(self, names, truth, found, lossy=0):
        """What was settled is true, and all was settled but what lies on dead servers, and so many names on lossy ones at most.

        names: {name: ill}. Returns how many were not settled."""
        unsettled = {name for name, record in found.items() if record["state"] == "undetermined"}
        false = [name for name in names if name not in unsettled and found[name] != truth[name]]
        self.assertEqual([(found[name], truth[name]) for name in false[:3]], [], f"{len(false)} records are not true")
        unlucky = {name for name in unsettled if names[name] == "lossy"}
        self.assertEqual({name for name in unsettled - unlucky if names[name] not in DEAD}, set(), "unsettled though somebody answers")
        self.assertLessEqual(len(unlucky), lossy, f"unsettled though somebody answers: {unlucky}")
        return len(unsettled)


main = harness.main
