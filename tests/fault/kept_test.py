"""What is answered is kept: kills, full disks, two at once, signals, clocks (F1, F3, F8, F28); F4, F9 and F10 are tests/e2e/badinput_test.py's."""
import gzip
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import fault
import harness


class F1(fault.FaultCase):
    """kill -9 at random instants."""

    def committed(self):
        """The stage, and how many names have a stored answer."""
        if not self.db.exists():  # killed before it was there
            return "import", 0
        store = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=10)
        try:
            stage, = store.execute("SELECT stage FROM run").fetchone() or ("import",)
            blobs = store.execute("SELECT substr(rows, 1, 4) FROM journal WHERE kind = 0")  # of scanner/write/internal/pack.h: the count comes first
            return stage, sum(int.from_bytes(count, sys.byteorder) for count, in blobs)
        except sqlite3.OperationalError:  # a schema under way
            return "import", 0
        finally:
            store.close()

    def test_killed_and_resumed_is_equal(self):
        kills, count, concurrency = len(fault.part(range(fault.size(20, 200)))), 100000, 1000
        path = self.names_file(count)
        options = ("--concurrency", concurrency, "--seed", 5, "-q")
        began = time.monotonic()
        wanted = self.clean_content(path, self.serve(generate=300, mixed=True), *options)
        whole_s = time.monotonic() - began
        server, chance = self.serve(generate=300, mixed=True), random.Random(fault.PART)
        lost, landed, asked_before, stored_before, runs = [], 0, 0, 0, 0
        while landed < kills:
            scan = self.scan_begin(path, server, *options)
            scan.wait(chance.uniform(0.02, whole_s * 0.4))
            if scan.alive():
                landed += 1
            scan.signal(signal.SIGKILL)
            self.assertIn(scan.wait(10), (0, -signal.SIGKILL), scan.text())
            asked, (stage, stored) = server.counters()["types"].get("MX", 0), self.committed()
            if stage == "done":  # what is killed next is another run
                self.assert_equal_content(self.db, wanted)
                runs += 1
                self.db, asked_before, stored_before = self.folder / f"again-{runs}.db", 0, 0
                server.command("reset")
            elif stage in ("import", "domains", "hosts"):
                lost.append(asked - asked_before - (stored - stored_before))
                asked_before, stored_before = asked, stored
        self.assertEqual(self.scan(path, server, *options).code, 0)
        self.assertEqual([p.name for p in self.folder.glob(self.db.name + "*")], [self.db.name], "one file is left")
        self.assert_whole(self.db, count)
        self.assert_equal_content(self.db, wanted)
        bound = concurrency + fault.uncommitted_most(concurrency)
        self.assertLessEqual(max(lost), bound)
        self.figure(kills=landed, names=count, asked_again_per_kill_median=fault.quantile(lost, 0.5),
                    asked_again_per_kill_most=max(lost), bound=bound)


class F3(fault.FaultCase):
    """The disk is full."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", self.disk], check=False, capture_output=True)
        if done.returncode != 0:
            self.skipTest(f"skipped: no tmpfs may be mounted here: {done.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.db = self.disk / "survey.db"

    def room(self, size_kb):
        subprocess.run(["mount", "-o", f"remount,size={size_kb}k", self.disk], check=True)

    def test_waits_says_so_and_goes_on(self):
        count = fault.size(20000, 200000)
        path, server = self.names_file(count), self.serve(generate=300, mixed=True)
        clean = self.folder / "clean.db"
        self.assertEqual(self.scan(path, server, "--seed", 5, db=clean).code, 0)
        wanted, whole_kb = self.content(db=clean), clean.stat().st_size // 1024
        waits = stops = 0
        for share in fault.part(fault.size((0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.2), [i / 20 for i in range(4, 50)])):
            for file in self.disk.iterdir():
                file.unlink()
            self.room(max(200, int(whole_kb * share)))
            scan = self.scan_begin(path, server, "--seed", 5)
            harness.wait_until(lambda: not scan.alive() or "waiting for room" in scan.text(), 60 * harness.SLOW, "ends or waits")
            if scan.alive():
                waits += 1
                self.assertIn("disk is full", scan.text())
                time.sleep(0.7)
                self.assertTrue(scan.alive(), scan.text())
            else:
                self.assertIn(scan.popen.returncode, (0, 75), f"{share}: {scan.text()}")
            self.room(whole_kb * 8 + 4096)
            code = scan.wait(60 * harness.SLOW)
            self.assertIn(code, (0, 75), scan.text())
            if code == 75:
                stops += 1
                self.assertEqual(self.one("PRAGMA quick_check"), "ok")
                result = self.scan(path, server, "--seed", 5)
                self.assertEqual(result.code, 0, result)
            self.assert_whole(self.db, count)
            self.assert_equal_content(self.db, wanted)
        self.assertGreater(waits, 0)
        self.figure(names=count, paused_and_went_on=waits, exit_75_and_resumed=stops)

    def test_stopped_while_it_waits_is_75_and_resumes(self):
        count = 20000
        path, server = self.names_file(count), self.serve(generate=300, mixed=True)
        wanted = self.clean_content(path, server, "--seed", 5)
        self.room(600)
        scan = self.scan_begin(path, server, "--seed", 5)
        harness.wait_until(lambda: not scan.alive() or "waiting for room" in scan.text(), 60 * harness.SLOW, "waits")
        scan.signal(signal.SIGTERM)
        self.assertEqual(scan.wait(5 + 3 * harness.SLOW), 75, scan.text())
        self.assertEqual(self.one("PRAGMA quick_check"), "ok")
        self.room(40960)
        result = self.scan(path, server, "--seed", 5)
        self.assertEqual(result.code, 0, result)
        self.assert_equal_content(self.db, wanted)


class F8(fault.FaultCase):
    """A second scanner, and readers, on one database."""

    def test_a_second_scanner_is_refused_at_once(self):
        server, path = self.serve(generate=50), self.names_file(3000)
        self.hold(server, "x7.test")
        first = self.scan_begin(path, server, "--rate", 1000, "--checks", "mx", *self.UNENDING)
        self.wait_for_questions(server, 100)
        second = self.scan(path, server, "--checks", "mx")
        self.assertEqual(second.code, 1, second)
        self.assertIn(str(first.pid), second.err)
        self.assertLess(second.seconds, 2 * harness.SLOW)
        self.let_go(server)
        self.assertEqual(first.wait(60), 0, first.text())
        self.assert_whole(self.db, 3000)

    def read(self, stop, held):
        """A reader that begins again and again, and holds what it sees for a while."""
        while not stop.is_set():
            try:
                with sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=10, isolation_level=None) as store:
                    store.execute("BEGIN")
                    store.execute("SELECT count(*) FROM domain").fetchone()
                    held.append(1)
                    time.sleep(0.4)
                    store.execute("COMMIT")
            except sqlite3.OperationalError:
                time.sleep(0.01)

    def watched(self, readers):
        """What the writer's transactions took, and waited for others, while 12,000 names are asked at a steady pace."""
        server, path, told = self.serve(generate=50), self.names_file(12000), self.folder / f"told-{readers}"
        self.db = self.folder / f"readers-{readers}.db"
        stop, held = threading.Event(), []
        threads = [threading.Thread(target=self.read, args=(stop, held)) for _ in range(readers)]
        argv = [fault.FAULT_IO, "watch", told, *self.scan_arguments(path, server, "--rate", 4000, "--checks", "mx")]
        scan = self._keep(harness.Process(argv, self.folder / f"watched-{readers}.txt"))
        harness.wait_until(lambda: server.counters()["questions"] > 100, 20, "asks")
        for thread in threads:
            thread.start()
        harness.wait_until(lambda: server.counters()["questions"] > 11500 or not scan.alive(), 60, "has asked")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(scan.wait(60), 0, scan.text())
        self.assert_whole(self.db, 12000)
        self.assertTrue(len(held) >= 4 or not readers)
        words = told.read_text(encoding="ascii").split()
        return dict(zip(words[::2], map(int, words[1::2])))

    def test_readers_do_not_hold_the_writer_up(self):
        """SQLite waits for another process in its VFS' xSleep only: that is counted, whatever the disk takes."""
        alone, beside = self.watched(0), self.watched(4)
        for told in (alone, beside):
            self.assertGreater(told["commits"], 5)
        self.assertLessEqual(beside["waited_us"], 50000, "no transaction waits for readers")
        self.figure(commits=beside["commits"], longest_wait_for_readers_ms=beside["waited_us"] / 1000,
                    longest_transaction_alone_ms=alone["longest_us"] / 1000, with_4_readers_ms=beside["longest_us"] / 1000)

    def test_the_watch_sees_a_wait(self):
        """A process that writes for 300 ms is waited for, and that is what is counted: the test above can fail."""
        server, told = self.serve(generate=50), self.folder / "told"
        argv = [fault.FAULT_IO, "watch", told, *self.scan_arguments(self.names_file(12000), server, "--rate", 4000, "--checks", "mx")]
        scan = self._keep(harness.Process(argv, self.folder / "watched.txt"))
        harness.wait_until(lambda: server.counters()["questions"] > 2000, 20, "asks")
        store = sqlite3.connect(self.db, timeout=10, isolation_level=None)
        store.execute("BEGIN IMMEDIATE")
        time.sleep(1)
        store.execute("ROLLBACK")
        store.close()
        self.assertEqual(scan.wait(60), 0, scan.text())
        words = told.read_text(encoding="ascii").split()
        self.assertGreater(int(words[words.index("waited_us") + 1]) + int(words[words.index("waited_outside_us") + 1]), 50000)

    def test_a_reader_that_stays_does_not_stop_the_end(self):
        server, path = self.serve(generate=50), self.names_file(2000)
        self.assertEqual(self.scan(path, server, "--checks", "mx").code, 0)
        with sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, isolation_level=None) as store:
            store.execute("BEGIN")
            store.execute("SELECT count(*) FROM domain").fetchone()
            result = self.scan(path, server, "--checks", "mx", "--new")
            self.assertEqual(result.code, 0, result)
            self.assertLess(result.seconds, 10 * harness.SLOW)
        store.close()
        self.assertEqual(self.one("SELECT count(*) FROM v_run WHERE state = 'complete'"), 2)


class F28(fault.FaultCase):
    """Signals, a stopped process, a clock that is set back."""
    count = 12000

    @classmethod
    def setUpClass(cls):
        cls.wanted = None

    def begin(self, *more, **env):
        self.server = self.serve(generate=300, mixed=True)
        self.path = self.names_file(self.count)
        if self.wanted is None:  # of one world for all tests
            type(self).wanted = self.clean_content(self.path, self.server, "--seed", 5)
            self.server.command("reset")
        self.arguments = (self.path, self.server, "--seed", 5, "--rate", 4000, *more)
        return self.scan_begin(*self.arguments) if not env else None

    def test_each_signal_drains_saves_and_resumes(self):
        drains = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                self.db = self.folder / f"signal-{int(number)}.db"
                scan = self.begin()
                harness.wait_until(lambda: self.server.counters()["questions"] > 3000, 20 * harness.SLOW, "asks")
                began = time.monotonic()
                scan.signal(number)
                self.assertEqual(scan.wait(20), 75, scan.text())
                drains.append(time.monotonic() - began)
                self.assertLess(drains[-1], 3 + harness.SLOW)
                self.assertEqual(self.scan(*self.arguments).code, 0)
                self.assert_whole(self.db, self.count)
                self.assert_equal_content(self.db, self.wanted)
        self.figure(drained_within_s=round(max(drains), 2))

    def test_a_signal_is_heard_while_a_list_is_read_again(self):
        """A run that is taken up reads its lists for their digest first; these hold 2 GB of blank lines."""
        names = "".join(f"x{i}.test\n" for i in range(self.count)).encode()
        server, path = self.serve(generate=300, mixed=True), self.folder / "list.gz"
        path.write_bytes(gzip.compress(names))
        scan = self.scan_begin(path, server, "--seed", 5, "--rate", 4000)
        harness.wait_until(lambda: server.counters()["questions"] > 3000, 20 * harness.SLOW, "asks")
        scan.signal(signal.SIGTERM)
        self.assertEqual(scan.wait(20), 75, scan.text())
        path.write_bytes(gzip.compress(names) + gzip.compress(b"\n" * (64 << 20), 9) * 32)
        server.command("reset")
        scan = self.scan_begin(path, server, "--seed", 5)
        harness.wait_until(lambda: server.counters()["questions"] > 0, 20, "looks at its resolver")
        time.sleep(1)
        self.assertTrue(scan.alive(), scan.text())
        began = time.monotonic()
        scan.signal(signal.SIGTERM)
        self.assertEqual(scan.wait(120), 75, scan.text())
        self.assertLess(time.monotonic() - began, 3 + harness.SLOW)
        self.assertNotIn("resuming", scan.text(), "the list was still being read")
        path.write_bytes(gzip.compress(names))
        result = self.scan(path, server, "--seed", 5)
        self.assertEqual(result.code, 0, result)
        self.assert_whole(self.db, self.count)

    def test_stopped_and_continued(self):
        scan = self.begin("--timeout", 1000)
        for _ in range(fault.size(2, 10)):
            time.sleep(0.5)
            scan.signal(signal.SIGSTOP)
            time.sleep(2.5)
            scan.signal(signal.SIGCONT)
        self.assertEqual(scan.wait(60 * harness.SLOW), 0, scan.text())
        self.assert_equal_content(self.db, self.wanted)
        self.assertEqual(self.rows("SELECT sum(timeouts) FROM run_resolver"), [(0,)], "time asleep is no timeout")

    def test_a_clock_set_back(self):
        self.begin(only="names")
        linked = subprocess.run(["ldd", harness.PROGRAM], capture_output=True, text=True, check=True).stdout.split()
        asan = [word for word in linked if word.startswith("/") and "libasan" in word]
        env = {"LD_PRELOAD": ":".join([*asan, str(harness.SUPPORT / "mxs_set_clock.so")]),
               "MXS_CLOCK_STEPS": "1200:-3600,1700:86400,2200:-86400"}
        output = self.folder / "clock.txt"
        scan = self._keep(harness.Process([harness.PROGRAM, *self.scan_arguments(*self.arguments)], output,
                                          env={**os.environ, **env}))
        self.assertEqual(scan.wait(60 * harness.SLOW), 0, scan.text())
        self.assert_equal_content(self.db, self.wanted)
        self.assertEqual(self.rows("SELECT sum(timeouts) FROM run_resolver"), [(0,)])


if __name__ == "__main__":
    fault.main()
