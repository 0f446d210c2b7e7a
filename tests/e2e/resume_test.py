"""A scan that is killed, stopped, or given another list: nothing is lost, nothing is doubled, the same command goes on."""
import collections
import json
import random
import signal
import sqlite3
import time

import harness

CONCURRENCY = 500
RATE = 2500  # so that it lasts longer than all kills together
KILLS = 8
# Rows that may be answered and not yet committed: half a second of answers (the commit interval), with room for a slow disk.
UNCOMMITTED = RATE * 2


class Resume(harness.TestCase):
    """What its classes share; it holds no tests."""

    def content_of_views(self, db):
        """The content columns, ordered by name: what two scans of one world must share."""
        return [self.rows(sql, db=db) for sql in (
            "SELECT domain, state, mx_outcome, alias, backup, single_point, hosts, usable, tiers, load_sharing, multihomed, ipv6,"
            " addresses, prefixes, asns, providers FROM v_domain ORDER BY domain",
            "SELECT domain, preference, host, implicit FROM v_mx ORDER BY domain, preference, host",
            "SELECT host, a_outcome, aaaa_outcome, alias, provider, rule, addresses FROM v_host ORDER BY host",
            "SELECT line, reason, text FROM v_reject ORDER BY line", "SELECT lines, accepted, rejected, duplicates FROM v_run")]

    def assert_whole(self, db, names):
        self.assertEqual(self.one("PRAGMA quick_check", db=db), "ok")
        self.assertEqual(self.rows("SELECT state FROM v_run", db=db), [("complete",)])
        self.assertEqual(self.one("SELECT count(*) FROM v_domain", db=db), names)
        self.assertEqual(self.one("SELECT count(DISTINCT domain) FROM v_domain", db=db), names)
        self.assertEqual(self.one("SELECT count(*) FROM (SELECT name FROM domain GROUP BY name HAVING count(*) > 1)", db=db), 0)
        self.assertEqual(self.one("SELECT count(*) FROM (SELECT name FROM host GROUP BY name HAVING count(*) > 1)", db=db), 0)

    def stage_of(self, db):
        try:
            return harness.one(db, "SELECT stage FROM run") or "before"
        except sqlite3.OperationalError:  # no file, or a schema under way
            return "before"

    def asked(self, server, kind="MX"):
        """How often each name was asked for its MX."""
        server.stop()
        return collections.Counter(row[4].rstrip(".") for row in server.log() if row[5] == kind)

    def stopped(self, number, *more):
        server = self.serve(generate=50)
        names = [f"x{i}.test" for i in range(6000)]
        arguments = (names, server, "--rate", 2000, "--checks", "mx", *more)
        # Slower than it goes on, so that the signal comes long before the end, whenever this test gets a processor.
        scan = self.scan_begin(names, server, "--rate", 600, "--checks", "mx", *more)
        harness.wait_until(lambda: self.server_asked(server) > 500, 20 * harness.SLOW, "it asks")
        began = time.monotonic()
        scan.signal(number)
        code = scan.wait(20)
        return scan, code, time.monotonic() - began, arguments

    def server_asked(self, server):
        counters = server.counters()
        return sum(one["questions"] for one in counters["servers"])

    def row_counts(self):
        tables = [name for name, in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
        return {table: self.one(f"SELECT count(*) FROM {table}") for table in tables}


class Killed(Resume):
    """kill -9 at random moments."""

    def test_killed_at_random_and_resumed_is_equal(self):
        names = [f"x{i}.test" for i in range(20000)] + ["bad..name", "x1.test"]
        path = self.list_file(names)
        options = ("--rate", RATE, "--concurrency", CONCURRENCY, "--seed", 5, "-q")
        clean_server = self.serve(generate=300, mixed=True, log=True)
        clean = self.folder / "clean.db"
        self.assertEqual(self.scan(path, clean_server, *options, db=clean).code, 0)
        clean_asked = self.asked(clean_server)
        server = self.serve(generate=300, mixed=True, log=True)
        chance, killed = random.Random(20261123), 0
        while killed < KILLS:
            scan = self.scan_begin(path, server, *options)
            time.sleep(chance.uniform(0.05, 0.55 * harness.SLOW if killed == 0 else 0.8))
            self.assertTrue(scan.alive(), scan.text())
            scan.signal(signal.SIGKILL)
            scan.wait(10)
            killed += 1
        result = self.scan(path, server, *options)
        self.assertEqual(result.code, 0, result)
        self.assert_whole(self.db, 20000)
        self.assertEqual(self.content_of_views(self.db), self.content_of_views(clean))
        self.assertEqual(self.content(), self.content(db=clean))
        again = sum((self.asked(server) - clean_asked).values())
        self.assertLessEqual(again, KILLS * (CONCURRENCY + UNCOMMITTED))
        self.assertLess(again, 20000, "a resumed run does not begin again")


class KilledInStages(Resume):
    """kill -9 in each stage, before the list is read and while the database is made."""

    def test_killed_in_every_stage_is_equal(self):
        """Kills at growing shares of the questions, then at growing instants: import, questions, settling, judging and finishing."""
        names = [f"x{i}.test" for i in range(3000)] + ["never.invalid"]
        server = self.serve("slow.test MX 10 gone.test\n", ["name=x7.test first=3 -> servfail"], generate=200, mixed=True)
        clean = self.folder / "clean.db"
        options = ("--servfail-wait", 20, "-q")
        began = time.monotonic()
        self.assertEqual(self.scan(names, server, *options, db=clean).code, 0)
        whole_s, wanted, stages = time.monotonic() - began, self.content(db=clean), collections.Counter()
        questions, shares = server.counters()["questions"], (0, 0.3, 0.6, 0.9)
        for step in range(200):  # until one is through: how long that takes changes with what else the machine does
            if step >= 24 and stages["done"] > 0:
                break
            db = self.folder / f"step{step}.db"
            asked = server.counters()["questions"]
            scan = self.scan_begin(names, server, *options, db=db)
            if step < len(shares):
                self.wait_for_questions(server, asked + shares[step] * questions + 1)
            else:
                time.sleep(whole_s * (step + 1) / 22)
            scan.signal(signal.SIGKILL)
            scan.wait(10)
            stage = self.stage_of(db)
            stages[stage] += 1
            if stage == "done":  # the next scan is another night
                continue
            result = self.scan(names, server, *options, db=db)
            self.assertEqual(result.code, 0, result)
            self.assertEqual([p.name for p in self.folder.glob(db.name + "*")], [db.name], "one file is left")
            self.assert_whole(db, len(names))
            self.assertEqual(self.content(db=db), wanted)
        self.assertGreaterEqual(len(stages), 3, stages)
        self.assertGreater(stages["done"], 0, stages)

    def test_killed_before_its_list_was_read_and_begun_with_other_options(self):
        """Nothing was read yet, so the list is read as the new command says; and the run says so."""
        server, path = self.serve(generate=50), self.write("list.csv", "domain,sector,town\na.test,hospital,Graz\n")
        scan = self.scan_begin("-", server, "--list", "l", "--keep", "sector", "--seed", 5)  # its standard input does not end
        harness.wait_until(lambda: self.stage_of(self.db) == "import", 20 * harness.SLOW, "it reads")
        scan.signal(signal.SIGKILL)
        scan.wait(10)
        result = self.scan(path, server, "--list", "l", "--keep", "town", "--seed", 6)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT count(*), max(seed), max(options ->> 'keep'), max(options ->> 'seed') FROM run"), [(1, 6, "town", 6)])
        self.assertEqual(self.export()["a.test"]["facets"], {"town": ["Graz"]})

    def test_killed_while_the_database_is_made(self):
        """The file has our mark before anything else, so that the same command never takes it for a stranger's."""
        server, first = self.serve(generate=50), collections.Counter()
        for step in range(400):  # until both were met: how long it takes to make a file is the machine's
            if step >= 20 and first["before"] > 0:
                break
            db = self.folder / f"new{step}.db"
            scan = self.scan_begin(["a.test"], server, "-q", db=db)
            harness.wait_until(lambda: db.exists() or not scan.alive(), 20, "the database")
            time.sleep(step % 20 * 0.002)
            scan.signal(signal.SIGKILL)
            scan.wait(10)
            first[self.stage_of(db)] += 1
            reader = harness.run("report", db)
            self.assertIn(reader.code, (0, 1), reader)
            result = self.scan(["a.test"], server, "-q", db=db)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.one("PRAGMA auto_vacuum", db=db), 2)
        self.assertGreater(first["before"], 0, first)


class Stopped(Resume):
    """Signals and limits of time."""

    def test_a_first_signal_drains_and_exits_75(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                self.db = self.folder / f"signal{int(number)}.db"
                scan, code, seconds, arguments = self.stopped(number)
                self.assertEqual(code, 75, scan.text())
                self.assertLess(seconds, 3.5 * harness.SLOW)
                self.assertIn("the same command resumes", scan.text())
                self.assertEqual(self.one("SELECT state FROM v_run"), "running")
                asked = self.server_asked(arguments[1])
                self.assertGreater(asked, 500)
                status = self.folder / f"status{int(number)}.jsonl"
                result = self.scan(*arguments, "--status-file", status)
                self.assertEqual(result.code, 0, result)
                self.assertIn("resuming run 1", result.err)
                told = [json.loads(line) for line in status.read_text().splitlines()]
                asking = [line for line in told if line["stage"] == "domains"]
                self.assertTrue(all(line["total"] >= 6000 for line in asking), asking)  # what was answered before counts
                self.assert_whole(self.db, 6000)
                # Every name once, the sample of the settle stage, and the resolver's checks of two starts: a drain loses nothing.
                self.assertLess(self.server_asked(arguments[1]), 6000 + 60 + 200)

    def test_a_second_signal_ends_at_once_with_130(self):
        server = self.serve("", ["suffix=test -> drop"], generate=50)
        names = [f"x{i}.test" for i in range(100)]
        scan = self.scan_begin(names, server, "--health", "off", "--timeout", 20000)
        self.wait_for_questions(server, 50)
        scan.signal(signal.SIGINT)
        time.sleep(0.3)
        self.assertTrue(scan.alive(), "it drains for up to 3 s")
        began = time.monotonic()
        scan.signal(signal.SIGINT)
        self.assertEqual(scan.wait(10), 130, scan.text())
        self.assertLess(time.monotonic() - began, 1.0 * harness.SLOW)
        server.command("clear")
        self.assertEqual(self.scan(names, server, "--health", "off").code, 0)
        self.assert_whole(self.db, 100)

    def test_a_drain_ends_after_three_seconds(self):
        server = self.serve("", ["suffix=test -> drop"], generate=50)
        scan = self.scan_begin([f"x{i}.test" for i in range(100)], server, "--timeout", 60000, "--deadline", 60000)
        self.wait_for_questions(server, 50)
        began = time.monotonic()
        scan.signal(signal.SIGINT)
        self.assertEqual(scan.wait(20), 75, scan.text())
        self.assertLess(time.monotonic() - began, 3 + 1.0 * harness.SLOW)
        server.command("clear")
        result = self.scan([f"x{i}.test" for i in range(100)], server, "--timeout", 60000, "--deadline", 60000)
        self.assertEqual(result.code, 0, result)
        self.assert_whole(self.db, 100)  # what was not settled stayed pending
        self.assertEqual(self.rows("SELECT DISTINCT mx_outcome FROM v_domain"), [("answered",)])

    def test_a_time_limit_stops_with_75(self):
        server = self.serve(generate=50)
        names = [f"x{i}.test" for i in range(6000)]
        result = self.scan(names, server, "--rate", 2000, "--checks", "mx", "--time-limit", 1)
        self.assertEqual(result.code, 75, result)
        self.assertIn("time limit", result.err)
        self.assertEqual(self.scan(names, server, "--checks", "mx").code, 0)
        self.assert_whole(self.db, 6000)


class Beside(Resume):
    """Another list, another scanner."""

    def test_who_always_begins_anew_is_told_what_resumes(self):
        names, server = [f"n{i}.test" for i in range(40)], self.serve("".join(f"n{i}.test MX 10 mx.p.test\n" for i in range(40)) + "mx.p.test A 20.0.0.1\n")
        config = self.write("new.ini", "[scan]\nnew = yes\n")
        for options, env, origin in (((), {"MXSURVEY_NEW": "yes"}, "MXSURVEY_NEW"), (("--config", config), {}, f"{config}:2: new"),
                                     (("--new",), {}, None)):
            stopped = self.scan(names, server, "--rate", 10, "--time-limit", 1, "--health", "off", *options, env=env)
            self.assertEqual(stopped.code, 75, stopped)
            self.assertIn(f"the same command with --new=no resumes ({origin} begins a new run)" if origin else
                          "the same command without --new resumes", stopped.err)
            run, = self.rows("SELECT max(run_id) FROM v_run")[0]
            again = self.scan(names, server, "--health", "off", *(options + ("--new=no",) if origin else ()), env=env)
            self.assertEqual(again.code, 0, again)
            self.assertEqual(self.rows("SELECT max(run_id), state FROM v_run"), [(run, "complete")])

    def test_another_list_or_checks_are_refused_naming_new(self):
        _, code, _, (names, server, *_) = self.stopped(signal.SIGINT)
        self.assertEqual(code, 75)
        before = self.row_counts()
        for other, options in ((names[:-1], ()), (names, ("--checks", "mx,host")), ([*names, "more.test"], ())):
            result = self.scan(other, server, *(options or ("--checks", "mx")))
            self.assertEqual(result.code, 2, result)
            self.assertIn("--new", result.err)
            self.assertEqual(len(result.err.strip().splitlines()), 1)
        self.assertEqual(self.row_counts(), before, "nothing stored is lost")
        result = self.scan(names[:10], server, "--checks", "mx", "--new")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT state, accepted FROM v_run ORDER BY run_id"), [("abandoned", 6000), ("complete", 10)])
        self.assertEqual(len(self.export()), 10)

    def test_the_same_names_written_otherwise_are_the_same_list(self):
        _, code, _, (names, server, *_) = self.stopped(signal.SIGINT)
        self.assertEqual(code, 75)
        other = self.write("other", "".join(f"# a comment\n{name.upper()}.\r\n" for name in names))
        result = self.scan(other, server, "--checks", "mx")
        self.assertEqual(result.code, 0, result)
        self.assert_whole(self.db, 6000)

    def test_another_list_name_may_run_meanwhile(self):
        _, code, _, (names, server, *_) = self.stopped(signal.SIGINT)
        self.assertEqual(code, 75)
        self.assertEqual(self.scan(["y.test"], server, "--checks", "mx", "--list", "other").code, 0)
        self.assertEqual(self.scan(names, server, "--checks", "mx").code, 0)
        self.assertEqual(self.rows("SELECT list, state, accepted FROM v_run ORDER BY run_id"),
                         [("default", "complete", 6000), ("other", "complete", 1)])

    # --- two at once

    def test_a_second_scanner_is_refused_naming_the_first(self):
        server = self.serve(generate=50)
        names = [f"x{i}.test" for i in range(6000)]
        self.hold(server, "x7.test")
        first = self.scan_begin(names, server, "--rate", 3000, "--checks", "mx", *self.UNENDING)
        self.wait_for_questions(server, 100)
        second = self.scan(names, server, "--checks", "mx")
        self.assertEqual(second.code, 1, second)
        self.assertIn(str(first.pid), second.err)
        self.assertLess(second.seconds, 2 * harness.SLOW)
        early = harness.run("report", self.db)
        self.assertEqual(early.code, 1, early)
        self.assertIn(f"run 1 of list default is running: `mxsurvey runs {self.db}` says how far it is", early.err)
        self.assertIn("running", harness.run("runs", self.db).out)
        self.let_go(server)
        self.assertEqual(first.wait(60), 0, first.text())
        self.assert_whole(self.db, 6000)

    def test_a_lock_left_by_a_killed_scan_is_no_lock(self):
        server = self.serve(generate=50)
        scan = self.scan_begin([f"x{i}.test" for i in range(6000)], server, "--rate", 1000, "--checks", "mx")
        self.wait_for_questions(server, 100)
        scan.signal(signal.SIGKILL)
        scan.wait(10)
        self.assertIn(f"is unfinished: `mxsurvey scan -o {self.db} LIST` resumes it", harness.run("report", self.db).err)
        self.assertEqual(self.scan([f"x{i}.test" for i in range(6000)], server, "--checks", "mx").code, 0)
        self.assertEqual(sorted(p.name for p in self.folder.glob("survey.db*")), ["survey.db"])


if __name__ == "__main__":
    harness.main()
