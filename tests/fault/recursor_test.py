"""F37, F38: what lies behind a recursor, and a recursor of our own on its bad days, over the small internet."""
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import time

import fault
import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import internet  # noqa: E402

NEAR = ("--near", "2-5", "--usual", "2-30")
PROFILE = pathlib.Path("/etc/apparmor.d/usr.sbin.unbound")


def children(pid):
    """{pid: command} of the children of a process."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            command, _, rest = text.partition("(")[2].rpartition(")")
            if rest.split()[0] != "Z" and int(rest.split()[1]) == pid:
                found[int(folder.name)] = command
    return found


def is_there(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class RecursorCase(internet.TestCase, fault.FaultCase):
    """A scan with --recursor in the small internet."""

    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        harness.find_daemon("unbound")

    def recursor_options(self, world):
        return ["--recursor", "--recursor-hints", world.hints]

    def scan_recursor(self, names, world, *options, **more):
        path = self.list_file(list(names)) if isinstance(names, dict) else names
        return harness.run("scan", "-o", self.db, *self.recursor_options(world), *options, path, timeout_s=100 * harness.SLOW, **more)

    def begin_recursor(self, names, world, *options):
        """A scan that runs, its keeper and its Unbound."""
        scan = self._keep(harness.Process([harness.PROGRAM, "scan", "-o", self.db, *self.recursor_options(world), *options,
                                           self.list_file(list(names))], self.folder / f"scan-{time.monotonic_ns()}.txt"))
        return (scan, *self.find_recursor(scan))

    def find_recursor(self, scan, but=None):
        def both():
            for keeper in children(scan.pid):
                for pid, command in children(keeper).items():
                    if command == "unbound" and pid != but:
                        return keeper, pid
            return None
        return harness.wait_until(both, 10 * harness.SLOW, f"Unbound is started: {scan.text()}")

    def wait_for_rows(self, scan, runs=1):
        """Until the run of that number has a batch of answers stored."""
        def some():
            try:
                return self.one("SELECT count(*) FROM journal WHERE run_id = ?", runs) > 0
            except harness.sqlite3.Error:
                return False
        harness.wait_until(lambda: not scan.alive() or some(), 30 * harness.SLOW, "answers are stored")
        self.assertTrue(scan.alive(), scan.text())

    def program(self, name, text):
        """A program of ours that comes before the real one. Returns the environment for it."""
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="ascii")
        path.chmod(0o755)
        return {"PATH": f"{path.parent}:{os.environ['PATH']}"}

    def assert_refused(self, result, code, *words):
        self.assertEqual(result.code, code, result)
        for word in words:
            self.assertIn(word, result.err, result)
        self.assertFalse(self.db.exists(), "nothing is stored")

    def assert_gone(self, *pids):
        for pid in pids:
            harness.wait_until(lambda: not is_there(pid), 3 * harness.SLOW, f"process {pid} is gone")


class F37(RecursorCase):
    """Names on dead and lossy servers behind a recursor: the resolver is well, and everybody else is settled at once."""

    def test_dead_names_behind_a_recursor(self):
        world = self.world("--sound", "--share", "dead=0.002", "--share", "lossy=0.02")
        names = world.names(fault.size(5000, 30000))
        concerned = sum(ill != "healthy" and ill != "absent" for ill in names.values())
        truth = self.truth_of(world, list(names), "--checks", "mx")
        recursor, status = self.recursor(world, internet.TUNED), self.folder / "status"
        scan = self.scan_begin(list(names), recursor, "--checks", "mx", "-q", "--status-file", status)
        lines = self.watch(scan, status)
        # Who loses three of ten questions may lose every one for a name, and the recursor then rests from asking that server.
        spared = sum(ill == "lossy" for ill in names.values()) * 3 // 100
        unsettled = self.assert_nothing_false(names, truth, self.records(), lossy=spared)
        away, = self.rows("SELECT sum(openings) FROM run_resolver")[0]
        timed_out, = self.rows("SELECT sum(timeouts) FROM run_resolver")[0]
        asking = [(when, line) for when, line in lines[:-1] if line["stage"] == "domains"]
        total = max(line["total"] for _, line in asking)
        left = next(when for when, line in asking if line["done"] + line["in_flight"] + line["waiting"] >= total)
        end_s = lines[-1][0] - left
        self.figure(names=len(names), concerned=concerned, unsettled=unsettled, away=away, timeouts=timed_out, end_s=round(end_s, 1))
        self.assertEqual(away, 0, "the resolver was never away")
        self.assertLessEqual(timed_out, 1.5 * concerned)
        self.assertLessEqual(end_s, 10 * harness.SLOW, "after the last first attempt, the judging with it")

    def watch(self, scan, status):
        """[(time, line of --status-file)], the last for the end of the scan."""
        lines, end = [], time.monotonic() + 200 * harness.SLOW
        while scan.alive() and time.monotonic() < end:
            text = status.read_text(encoding="ascii").splitlines(keepends=True) if status.exists() else []
            lines += [(time.monotonic(), harness.json.loads(line)) for line in text[len(lines):] if line.endswith("\n")]
            time.sleep(0.05)
        self.assertIn(scan.wait(1), (0, 3), scan.text())
        return [*lines, (time.monotonic(), None)]


class F38(RecursorCase):
    """The recursor of our own dies, is refused, or finds no world."""

    def test_killed_once_it_is_started_again(self):
        world = self.world("--sound", *NEAR)
        names = world.names(3000)
        truth = self.truth_of(world, list(names), "--checks", "mx")
        scan, keeper, unbound = self.begin_recursor(names, world, "--checks", "mx", "--rate", 600)
        self.wait_for_rows(scan)
        os.kill(unbound, signal.SIGKILL)
        _, second = self.find_recursor(scan, but=unbound)
        self.assertEqual(scan.wait(90 * harness.SLOW), 0, scan.text())
        self.assertIn("signal 9", scan.text())
        self.assertIn("started once more", scan.text())
        self.assertEqual(self.assert_nothing_false(names, truth, self.records()), 0)
        self.assert_gone(keeper, second)
        self.figure(killed="once", names=len(names))

    def test_killed_twice_it_is_75_and_resumes(self):
        world = self.world("--sound", *NEAR)
        names = world.names(3000)
        truth = self.truth_of(world, list(names), "--checks", "mx")
        scan, keeper, unbound = self.begin_recursor(names, world, "--checks", "mx", "--rate", 400)
        self.wait_for_rows(scan)
        os.kill(unbound, signal.SIGKILL)
        _, second = self.find_recursor(scan, but=unbound)
        harness.wait_until(lambda: "started once more" in scan.text(), 10 * harness.SLOW, "the scan knows")
        os.kill(second, signal.SIGKILL)
        self.assertEqual(scan.wait(15 * harness.SLOW), 75, scan.text())
        self.assertIn("not started a third time", scan.text())
        self.assert_gone(keeper, second)
        result = self.scan_recursor(names, world, "--checks", "mx")
        self.assertEqual(result.code, 0, result)
        self.assertIn("resuming", result.err)
        self.assertEqual(self.assert_nothing_false(names, truth, self.records()), 0)
        self.figure(killed="twice", names=len(names))

    def test_no_orphan_however_the_scan_ends(self):
        world = self.world("--sound", *NEAR)
        names = world.names(3000)
        for run, (number, code) in enumerate(((signal.SIGKILL, -9), (signal.SIGTERM, 75)), 1):
            scan, keeper, unbound = self.begin_recursor(names, world, "--checks", "mx", "--rate", 300, "--new")
            self.wait_for_rows(scan, run)
            scan.signal(number)
            self.assertEqual(scan.wait(10 * harness.SLOW), code, scan.text())
            self.assert_gone(keeper, unbound)

    def test_the_keeper_killed_takes_unbound_along(self):
        world = self.world("--sound", *NEAR)
        scan, keeper, unbound = self.begin_recursor(world.names(3000), world, "--checks", "mx", "--rate", 300)
        self.wait_for_rows(scan)
        os.kill(keeper, signal.SIGKILL)
        self.assert_gone(unbound)
        self.assertEqual(scan.wait(10 * harness.SLOW), 75, scan.text())

    def test_an_ordinary_user_with_no_file_of_ours(self):
        """What it may do, and by the rules of the package's own AppArmor profile what it may open."""
        world = self.world("--sound", *NEAR)
        scan, _, unbound = self.begin_recursor(world.names(2000), world, "--checks", "mx", "--rate", 300)
        self.wait_for_rows(scan)
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{unbound}/status").read_text().splitlines() if ":\t" in line)
        if os.getuid() == 0:
            self.assertNotIn("0", status["Uid"].split(), "root is no ordinary user")
            self.assertEqual(int(status["CapEff"], 16), 0)
            self.assertEqual(status["Groups"].split(), [])
        opened = set(fault.descriptors_of(unbound))
        files = sorted(path for path in opened if path.startswith("/"))
        self.assertEqual(stat.S_IMODE(pathlib.Path(f"{self.db}.recursor.log").stat().st_mode), 0o644)
        self.assertEqual([path for path in files if not self.profile_allows(path)], [], opened)
        scan.signal(signal.SIGTERM)
        scan.wait(10 * harness.SLOW)

    def profile_allows(self, path):
        if path in ("/dev/null", "/dev/urandom", "/dev/random"):  # abstractions/base
            return True
        if not PROFILE.exists():
            return False
        for line in PROFILE.read_text(encoding="utf-8").splitlines():
            rule = re.match(r"\s*(?:owner )?(/\S+) [a-z]*r[a-z]*,", line)
            if rule and re.fullmatch(re.escape(rule[1]).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"), path):
                return True
        return False

    def test_the_configuration_names_no_file(self):
        world = self.world("--sound", *NEAR)
        anchor = self.write("anchor", ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n")
        result = harness.run("recursor", "--recursor-hints", world.hints, "--recursor-anchor", anchor, "--checks", "all")
        self.assertEqual(result.code, 0, result)
        said = [line for line in result.out.splitlines() if not line.lstrip().startswith("#")]
        self.assertEqual([line for line in said if re.search(r'[: "]/', line)], [])
        self.assertIn('    trust-anchor: ". IN DS 20326', result.out)
        self.assertIn("    stub-addr: 127.1.0.1", result.out)
        self.assertIn('module-config: "validator iterator"', result.out)

    def test_its_checker_refuses(self):
        world = self.world("--sound", *NEAR)
        env = self.program("unbound-checkconf", "#!/bin/sh\ncat >/dev/null\necho '/dev/stdin:2: error: no thanks' >&2\nexit 1\n")
        self.assert_refused(self.scan_recursor(world.names(5), world, env=env), 1, "checker", "no thanks", "mxsurvey recursor")

    def test_an_older_one_that_does_not_know_a_key(self):
        world = self.world("--sound", *NEAR)
        real = harness.find_daemon("unbound-checkconf")
        env = self.program("unbound-checkconf", f"""#!/bin/sh
text=$(cat)
line=$(printf '%s\\n' "$text" | grep -n 'discard-timeout:' | cut -d: -f1)
[ -z "$line" ] || {{ echo "/dev/stdin:$line: error: unknown keyword 'discard-timeout'" >&2; exit 1; }}
printf '%s\\n' "$text" | {real} /dev/stdin
""")
        result = harness.run("recursor", env=env)
        self.assertEqual(result.code, 0, result)
        self.assertNotIn("discard-timeout", result.out)
        self.assertIn("wait-limit: 0", result.out)
        result = self.scan_recursor(world.names(50), world, "--checks", "mx", env=env)
        self.assertEqual(result.code, 0, result)

    def test_not_installed(self):
        world = self.world("--sound", *NEAR)
        path = self.list_file(world.names(5))
        script = f"mount -t tmpfs none /usr/sbin && exec {harness.PROGRAM} scan -o {self.db} --recursor --recursor-hints {world.hints} {path}"
        result = harness.run("-m", "sh", "-c", script, program="unshare", env={"PATH": "/usr/bin:/bin"})
        if "unshare:" in result.err or "mount:" in result.err:
            self.skipTest("skipped: no mount namespace here")
        self.assert_refused(result, 1, "apt-get install unbound")

    def test_the_port_is_taken(self):
        """Somebody is quicker than Unbound, twice."""
        world = self.world("--sound", *NEAR)
        names = world.names(50)
        real, count = harness.find_daemon("unbound"), self.folder / "count"
        count.write_text("")
        count.chmod(0o666)
        env = self.program("unbound", f"""#!/bin/sh
[ "$(wc -c <{count})" -ge 2 ] && exec {real} "$@"
printf x >>{count}
echo "error: can't bind socket: Address already in use for 127.0.0.1 port 1" >&2
exit 1
""")
        result = self.scan_recursor(names, world, "--checks", "mx", env=env)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(count.read_text(), "xx")

    def test_out_of_memory_at_the_start(self):
        world = self.world("--sound", *NEAR)
        env = self.program("unbound", "#!/bin/sh\necho 'fatal error: out of memory in alloc' >&2\nexit 1\n")
        self.assert_refused(self.scan_recursor(world.names(5), world, env=env), 1, "out of memory in alloc", "recursor.log")

    def test_little_memory(self):
        """What a process may take limits what Unbound takes: it still answers."""
        if os.environ.get("MXS_SANITIZE"):
            self.skipTest("skipped: a sanitizer wants all addresses")
        world = self.world("--sound", *NEAR)
        result = harness.run("--as=700000000", harness.PROGRAM, "scan", "-o", self.db, *self.recursor_options(world), "--checks", "mx",
                             self.list_file(world.names(200)), program="prlimit")
        self.assertEqual(result.code, 0, result)

    def test_hints_that_are_wrong(self):
        names = self.list_file(["a.test"])
        for content, code, words in (("", 2, "no address"), ("a.root. A 127.9.9.9\n", 1, "no root server of --recursor-hints answers")):
            hints = self.write("hints", content)
            result = harness.run("scan", "-o", self.db, "--recursor", "--recursor-hints", hints, names)
            self.assert_refused(result, code, words)
        result = harness.run("scan", "-o", self.db, "--recursor", "--recursor-hints", self.folder / "none", names)
        self.assert_refused(result, 2, "cannot be read")

    def test_no_way_to_the_outside(self):
        result = harness.run("scan", "-o", self.db, "--recursor", self.list_file(["a.test"]))
        self.assert_refused(result, 1, "no root server answers", "-r")

    def test_a_firewall_that_answers_for_everybody(self):
        subprocess.run(["ip", "address", "replace", "198.41.0.4/32", "dev", "lo"], check=True)
        self.addCleanup(subprocess.run, ["ip", "address", "del", "198.41.0.4/32", "dev", "lo"], check=True)
        self.serve("example.com A 20.1.1.1\n", addresses=["198.41.0.4"], port=53)
        result = harness.run("scan", "-o", self.db, "--recursor", self.list_file(["a.test"]))
        self.assert_refused(result, 1, "answers in the name of the root servers", "-r")

    def test_usage(self):
        names = self.list_file(["a.test"])
        for options, words in ((["--recursor", "-r", "127.0.0.1"], "leave out -r"), (["--recursor=65"], "from 0 to 64"),
                               (["--recursor-hints", names], "give that too")):
            self.assert_refused(harness.run("scan", "-o", self.db, *options, names), 2, words)

    def test_it_is_there_within_a_second(self):
        world = self.world("--sound", *NEAR)
        result = self.scan_recursor(world.names(20), world, "-v", "--checks", "mx")
        self.assertEqual(result.code, 0, result)
        took = int(re.search(r"answers at 127.0.0.1:\d+ after (\d+) ms", result.err)[1])
        self.assertLess(took, 1000 * harness.SLOW, result)
        self.figure(ready_ms=took)


if __name__ == "__main__":
    fault.main()
