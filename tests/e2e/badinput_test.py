"""Bad input and bad days: one sentence with the cause and the remedy, the documented exit code, and nothing stored is lost."""
import fcntl
import gzip
import os
import pathlib
import shlex
import signal
import sqlite3
import stat
import subprocess
import time
import unittest
import zipfile

import harness

USAGE, FAILED, STOPPED = 2, 1, 75
ZONE = "one.test MX 10 mx.one.test\nmx.one.test A 20.0.1.1\ntwo.test MX 0 .\n"


class Complaint(harness.TestCase):
    """What all tests here share: a run must fail with one sentence that holds these words."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.for_all().serve(ZONE, seconds=900)

    def setUp(self):
        super().setUp()
        self.names = self.list_file(["one.test", "two.test"])

    def complains(self, code, words, *arguments, lines=1, **more):
        result = harness.run(*arguments, **more)
        self.assertEqual(result.code, code, result)
        self.assertEqual(result.out, "", result)
        said = result.err.strip()
        self.assertTrue(said.startswith("mxsurvey"), result)
        self.assertEqual(len(said.splitlines()), lines, result)
        for word in words:
            self.assertIn(word, said, result)
        return result

    def scan_of(self, *arguments):
        return ("scan", "-o", self.db, *self.resolver_options(self.server), *arguments)

    def stored(self):
        """A database with a complete run."""
        self.once(lambda: self.assertEqual(harness.run(*self.scan_of(self.names)).code, 0))
        return self.db


class Usage(Complaint):
    def test_options(self):
        for words, arguments in (
                (["--resolver", "did you mean"], ("scan", "--resolvr", "127.0.0.1", self.names)),
                (["--rate"], self.scan_of("--rate", "fast", self.names)),
                (["--concurrency"], self.scan_of("--concurrency", "0", self.names)),
                (["--checks", "mx"], self.scan_of("--checks", "mail", self.names)),
                (["--health", "on"], self.scan_of("--health", "maybe", self.names)),
                (["INPUT"], ("scan",)),
                (["not-an-address"], ("scan", "-o", self.db, "-r", "not-an-address", self.names)),
                (["127.0.0.1:99999"], ("scan", "-o", self.db, "-r", "127.0.0.1:99999", self.names)),
                (["nowhere.txt"], ("scan", "-o", self.db, "--resolvers", self.folder / "nowhere.txt", self.names)),
                (["spaced.txt:1", "write 127.0.0.1:5353"],
                 ("scan", "-o", self.db, "--resolvers", self.write("spaced.txt", "127.0.0.1 5353\n"), self.names)),
                (["nowhere.txt"], self.scan_of("--exclude", self.folder / "nowhere.txt", self.names)),
                (["nowhere.tsv"], self.scan_of("--rules", self.folder / "nowhere.tsv", self.names)),
                (["nowhere.ini"], self.scan_of("--config", self.folder / "nowhere.ini", self.names)),
                (["report", "did you mean"], ("reprot", self.db)),
        ):
            with self.subTest(arguments=[str(a) for a in arguments[:5]]):
                result = harness.run(*arguments)
                self.assertEqual(result.code, USAGE, result)
                self.assertEqual(result.out, "")
                for word in words:
                    self.assertIn(word, result.err)
                self.assertFalse(self.db.exists())

    def test_a_configuration_file_names_its_line(self):
        config = self.write("bad.ini", "[scan]\nrate = 10\nrtae = 10\n")
        result = self.complains(USAGE, ["bad.ini", "rate"], *self.scan_of("--config", config, self.names))
        self.assertIn("3", result.err)

    def test_rules_with_an_error_name_line_and_leave_nothing(self):
        rules = self.write("bad.tsv", "a.test\tone\tmailbox\nb.test\ttwo\tnonsense\n")
        self.complains(USAGE, ["bad.tsv", "2"], *self.scan_of("--rules", rules, self.names))
        self.assertFalse(self.db.exists())


class Endless(Complaint):
    def test_a_file_without_an_end_is_refused_at_once(self):
        for option in ("--config", "--resolvers", "--rules", "--exclude", "--psl", "--recursor-hints", "--recursor-anchor"):
            with self.subTest(option=option):
                began = time.monotonic()
                result = harness.run("scan", "-o", self.db, *(("--recursor",) if "recursor" in option else ()),
                                     option, "/dev/zero", self.names, timeout_s=60)
                self.assertLess(time.monotonic() - began, 20 * harness.SLOW)
                self.assertIn(result.code, (FAILED, USAGE), result)
                self.assertIn("/dev/zero", result.err)
                self.assertNotIn("no such file", result.err)
                self.assertEqual(len(result.err.strip().splitlines()), 1, result)
                self.assertFalse(self.db.exists())


class Lists(Complaint):
    def test_lists_that_cannot_be_read(self):
        binary = self.write("binary.bin", bytes(range(256)) * 400)
        for words, path in ((["missing.txt"], self.folder / "missing.txt"), ([str(self.folder), "directory"], self.folder),
                            (["binary.bin"], binary), (["empty.gz"], self.write("empty.gz", b"\x1f\x8b\x08\0garbage"))):
            with self.subTest(path=path.name):
                result = harness.run(*self.scan_of(path))
                self.assertEqual(result.code, FAILED, result)
                self.assertEqual(len(result.err.strip().splitlines()), 1, result)
                for word in words:
                    self.assertIn(word, result.err)

    def test_a_list_of_numbers_is_none(self):
        for text in ("404\n", "200\nOK <br>\n", "Forbidden\n", "Access\nDenied\n", "AccessDenied\nRequest\nhost\n",
                     "AccessDenied\nRequest has expired\nhost\n"):  # words are none, but for top-level domains; `host` is one
            answer = self.write("answer.txt", text.encode())
            said = self.complains(FAILED, ["not a list of names"], *self.scan_of(answer)).err
            planned = harness.run("plan", answer)
            self.assertEqual((planned.code, planned.err), (FAILED, said), "plan says what the scan will")
        self.assertEqual(harness.run(*self.scan_of(self.write("mixed.txt", b"404\n1.2.3\nword\none.test\n"))).code, 0)
        self.assertEqual(self.rows("SELECT domain FROM v_domain"), [("one.test",), ("word",)])
        self.assertEqual(harness.run(*self.scan_of(self.write("tlds.txt", b"com\nnet\nhost\nnotyet\n")), "--new").code, 0)
        self.assertEqual(self.rows("SELECT line, reason FROM v_reject"), [(1, "numeric_tld"), (2, "numeric_tld")])
        words = self.write("words.txt", b"dc01\nmail\nprinter\n")
        self.complains(FAILED, ["3 of 3 entries", "--input-format list"], *self.scan_of(words))
        self.assertEqual(harness.run(*self.scan_of(words), "--input-format", "list").code, 0)
        self.assertEqual(harness.run("plan", words, "--input-format", "list").code, 0)
        self.assertEqual(self.rows("SELECT domain FROM v_domain WHERE run_id = (SELECT max(id) FROM run)"), [("dc01",), ("mail",), ("printer",)])
        self.complains(2, ["`1.2.3` is not a domain name (numeric_tld: no top-level domain is a number)"], "lookup", "1.2.3")

    def test_a_bad_list_that_comes_slowly_has_one_sentence(self):
        """By then it is known that the resolver denies the control names, which is news of a run, and there is none."""
        result = harness.run("-c", '(sleep 2.5; echo 404) | "$@"', "sh", harness.PROGRAM, *self.scan_of("-"), program="sh")
        self.assertEqual((result.code, len(result.err.splitlines())), (FAILED, 1), result)

    def test_a_bad_list_among_good_ones_stops_before_anything_is_asked(self):
        self.complains(FAILED, ["missing.txt"], *self.scan_of(self.names, self.folder / "missing.txt"))
        self.assertFalse(self.db.exists())

    def test_binary_with_a_name_in_its_first_64_kb_is_read(self):
        path = self.write("odd", b"one.test\n" + bytes(range(1, 256)) * 20 + b"\n")
        self.assertEqual(harness.run(*self.scan_of(path)).code, 0)
        self.assertEqual(self.rows("SELECT domain FROM v_domain"), [("one.test",)])

    def test_what_goes_with_a_list_in_an_archive_is_none(self):
        about = {"README": "list.example\n", "d/LICENSE.md": "# MIT\nopensource.example\n", "NOTICE-2.txt": "www.example.org\n"}
        for name, wanted in (("names.txt", ["one.test"]), ("noticeable.txt", ["one.test"])):
            path = self.folder / f"{name}.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for member, text in {**about, name: "one.test\n"}.items():
                    archive.writestr(member, text)
            result = harness.run("plan", *self.scan_of(path)[1:])
            self.assertRegex(result.out, r"\nnames +1 ", result)
            for member in about:
                self.assertIn(member, result.out + result.err)
            self.db = self.folder / f"{name}.db"
            self.assertEqual(harness.run(*self.scan_of(path)).code, 0)
            self.assertEqual([row[0] for row in self.rows("SELECT domain FROM v_domain")], wanted)

    def test_a_list_without_a_reader_right(self):
        self.folder.chmod(0o755)
        self.names.chmod(0o000)
        result = as_nobody(*self.scan_of(self.names))
        self.assertEqual(result.code, FAILED, result)
        self.assertIn("list.txt", result.err)


class Databases(Complaint):
    def foreign(self):
        path = self.folder / "other.db"
        with sqlite3.connect(path) as store:
            store.execute("CREATE TABLE theirs (x)")
        store.close()
        return path

    def refused(self, path, words, code=FAILED):
        before = path.read_bytes()
        self.db = path
        self.complains(code, [path.name, *words], *self.scan_of(self.names))
        for command in (("report", path), ("export", path), ("runs", path), ("classify", path)):
            self.complains(code, [path.name], *command)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual([p.name for p in self.folder.glob(path.name + "*")], [path.name], "nothing is left beside it")

    def test_another_programs_database_is_left_as_it_was(self):
        self.refused(self.foreign(), ["another program"])

    def test_a_file_that_is_no_database(self):
        self.refused(self.write("letter.db", "Dear reader,\n" * 100), ["not a database"])
        self.refused(self.write("short.db", "x"), ["not a database"])

    def test_a_newer_schema(self):
        path = self.stored()
        with sqlite3.connect(path) as store:
            store.execute("PRAGMA user_version = 9999")
        store.close()
        path.rename(self.folder / "newer.db")
        self.refused(self.folder / "newer.db", ["newer"])

    def test_a_damaged_database_is_refused_and_not_touched(self):
        path = self.stored()
        data = bytearray(path.read_bytes())
        for page in range(2, len(data) // 4096, 2):
            data[page * 4096:page * 4096 + 64] = b"\xa5" * 64
        path.write_bytes(data)
        before = path.read_bytes()
        self.complains(FAILED, ["damaged"], *self.scan_of("--new", self.names))
        for command in ("report", "export", "runs", "classify"):
            result = harness.run(command, path)
            self.assertEqual(result.code, FAILED, result)
        self.assertEqual(path.read_bytes(), before)

    def test_a_database_cut_short(self):
        path = self.stored()
        with open(path, "r+b") as file:
            file.truncate(path.stat().st_size // 2)
        self.complains(FAILED, ["damaged"], *self.scan_of("--new", self.names))

    def altered(self, *statements):
        path = self.stored()
        with sqlite3.connect(path) as store:
            for statement in statements:
                store.execute(statement)
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()

    def test_ids_that_no_scan_gives_are_damage(self):
        self.altered("UPDATE domain SET id = 2147483648 WHERE id = (SELECT max(id) FROM domain)")
        self.refused(self.db, ["damaged", "domain.id 2147483648 is out of range", "restore it"])

    def test_a_state_that_was_altered_is_no_bug_of_ours(self):
        self.altered("UPDATE verdict SET state = 99")
        result = harness.run(*self.scan_of("--new", self.names))
        self.assertEqual(result.code, FAILED, result)
        self.assertIn("mxsurvey classify", result.err)
        self.assertNotIn("bug", result.err)
        self.assertEqual(harness.run("classify", self.db).code, 0)
        self.assertEqual(harness.run(*self.scan_of(self.names)).code, 0)

    def test_how_an_unfinished_run_goes_on_can_be_given_to_a_shell(self):
        path = self.folder / "two words.db"
        packed = harness.SOURCE / "tests" / "fixtures" / "schema5-unfinished.db.gz"
        path.write_bytes(gzip.decompress(packed.read_bytes()))
        harness.run("runs", path)  # brings it up to date
        with sqlite3.connect(path) as store:
            store.execute("UPDATE run_input SET path = 'it''s $HOME.txt'")
            store.execute("UPDATE run SET options = json_set(options, '$.keep', 'Land; x', '$.rate', 20, '$.polite', 0,"
                          " '$.control', json('[\"lab.test\"]'))")
        store.close()
        said = " ".join(harness.run("runs", path).out.split())
        command = said[said.index("mxsurvey scan"):said.index(", and what it was told of timeouts, tries and hooks")]
        words = shlex.split(command)
        self.assertEqual(words[:4], ["mxsurvey", "scan", "-o", str(path)])
        self.assertEqual(words[-1], "it's $HOME.txt")
        for word in ("--keep=Land; x", "--rate=20", "--control=lab.test"):
            self.assertIn(word, words)
        self.assertNotIn("--polite", command, "what was not given is not said")
        self.assertIn(" -r 127.0.0.1:", command, "quoted only where it must be")
        self.assertNotIn("'127", command)

    def test_a_database_that_is_judged_again_is_not_said_to_be_scanned(self):
        path = self.stored()
        lock = open(f"{path}.lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()} 2\n")
        lock.flush()
        self.complains(FAILED, [f"process {os.getpid()} is judging this database again"], *self.scan_of(self.names))
        lock.close()

    def test_a_folder_or_a_missing_folder_as_database(self):
        folder = self.folder / "folder.db"
        folder.mkdir()
        self.db = folder
        self.complains(FAILED, ["folder.db"], *self.scan_of(self.names))
        self.complains(FAILED, ["folder.db"], "report", folder)
        self.db = self.folder / "no" / "such.db"
        self.complains(FAILED, ["such.db", "folder"], *self.scan_of(self.names))
        self.assertFalse(self.db.parent.exists())

    def test_a_missing_database_names_the_scan(self):
        for command in ("report", "export", "runs", "classify"):
            self.complains(FAILED, ["nowhere.db", "scan"], command, self.folder / "nowhere.db")
        self.complains(FAILED, ["nowhere.db"], "explain", self.folder / "nowhere.db", "a.test")
        self.assertFalse((self.folder / "nowhere.db").exists())

    def test_a_run_or_table_that_is_not_there(self):
        path = self.stored()
        self.assertIn(self.complains(FAILED, ["7"], "report", path, "--run", "7").code, (FAILED, USAGE))
        self.complains(FAILED, ["itself"], "diff", path, "1", "1")
        self.complains(USAGE, ["providers"], "report", path, "provider")
        self.complains(USAGE, ["nx"], "export", path, "--state", "nx")
        self.complains(USAGE, ["single_host"], "export", path, "--finding", "single_hots")

    def test_a_folder_that_may_not_be_written(self):
        if os.geteuid() != 0:
            self.skipTest("skipped: needs root to become somebody else")
        self.folder.chmod(0o755)
        before = sorted(self.folder.iterdir())
        result = as_nobody(*self.scan_of(self.names))
        self.assertEqual(result.code, FAILED, result)
        said = [line for line in result.err.splitlines() if "is silent so far" not in line]  # on a busy machine a second may pass
        self.assertEqual(len(said), 1, result)
        self.assertIn("survey.db", result.err)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_a_database_that_may_only_be_read_is_reported_and_not_scanned(self):
        path = self.stored()
        self.folder.chmod(0o755)
        path.chmod(0o444)
        before = path.read_bytes()
        report = as_nobody("report", path)
        self.assertEqual(report.code, 0, report)
        result = as_nobody(*self.scan_of("--new", self.names))
        self.assertEqual(result.code, FAILED, result)
        self.assertIn("survey.db", result.err)
        self.assertEqual(path.read_bytes(), before)

    def test_output_that_cannot_be_written(self):
        path = self.stored()
        self.complains(FAILED, ["out.json"], "export", path, "-o", self.folder / "no" / "out.json")
        with open("/dev/full", "wb") as sink:
            full = subprocess.run([harness.PROGRAM, "export", str(path)], stdout=sink, stderr=subprocess.PIPE, timeout=60,
                                  check=False)
        self.assertEqual(full.returncode, FAILED, full.stderr)
        self.assertEqual(full.stderr.count(b"\n"), 1, full.stderr)

    def test_closed_standard_streams(self):
        """Nothing of ours gets their numbers, and libuv closes none of them."""
        def closed(which, *arguments):
            return harness.run("-c", f'exec "$0" "$@" {which}', harness.PROGRAM, *arguments, program="/bin/sh")
        for which in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(which=which):
                self.assertEqual(closed(which, *self.scan_of("-q", self.names)).code, 0)
        self.assertEqual(closed(">&-", "report", self.db).code, FAILED)
        self.assertEqual(closed("2>&-", "report", self.db).code, 0)
        nothing = closed("<&-", *self.scan_of("-q", "--new", "--list", "other", "-"))
        self.assertEqual((nothing.code, nothing.err.count("Bad file descriptor")), (FAILED, 1), nothing)

    def test_a_pipe_for_a_database(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.complains(FAILED, ["pipe: is a pipe, not a file"], "report", pipe)
        result = harness.run("scan", *self.resolver_options(self.server), "-o", pipe, self.names, timeout_s=20)
        self.assertEqual(result.code, FAILED, result)
        self.assertIn("is a pipe, not a file", result.err)


def as_nobody(*arguments):
    """The program as another uid."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("skipped: needs root to become somebody else")
    setpriv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", harness.PROGRAM]
    return harness.run(*setpriv[1:], *arguments, program=setpriv[0], env={"HOME": "/", "XDG_CONFIG_HOME": "/"})


class FullDisk(Complaint):
    """A database on a small tmpfs."""

    SMALL, LARGE = "800k", "64m" # full while answers are stored (600k to 1000k are); from 1100k on only while they are judged
    COUNT = 12000

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SMALL}", "tmpfs", self.disk], capture_output=True,
                              check=False)
        if done.returncode != 0:
            self.skipTest(f"skipped: no tmpfs here ({done.stderr.decode().strip()})")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.db = self.disk / "survey.db"
        self.many = self.list_file([f"x{i}.test" for i in range(self.COUNT)], "many.txt")
        self.world = self.serve(generate=200)

    def grow(self):
        subprocess.run(["mount", "-o", f"remount,size={self.LARGE}", self.disk], check=True)

    def begin(self):
        return self.scan_begin(self.many, self.world, "--rate", 8000)

    def assert_equal_to_a_clean_run(self):
        clean = self.folder / "clean.db"
        self.assertEqual(self.scan(self.many, self.world, db=clean).code, 0)
        self.assertEqual(self.one("PRAGMA quick_check"), "ok")
        self.assertEqual(self.content(), self.content(db=clean))

    def test_waits_says_so_and_goes_on_when_there_is_room(self):
        scan = self.begin()
        harness.wait_until(lambda: "disk is full" in scan.text() or not scan.alive(), 60, "it says that the disk is full")
        self.assertTrue(scan.alive(), scan.text())
        self.assertIn("waiting", scan.text())
        time.sleep(1)
        self.assertTrue(scan.alive(), scan.text())
        self.grow()
        self.assertEqual(scan.wait(120), 0, scan.text())
        self.assert_equal_to_a_clean_run()

    def test_stopped_while_it_waits_exits_75_and_resumes(self):
        scan = self.begin()
        harness.wait_until(lambda: "disk is full" in scan.text() or not scan.alive(), 60, "it says that the disk is full")
        scan.signal(signal.SIGINT)
        self.assertEqual(scan.wait(20), STOPPED, scan.text())
        self.assertEqual(self.one("PRAGMA quick_check"), "ok")
        self.grow()
        result = self.scan(self.many, self.world)
        self.assertEqual(result.code, 0, result)
        self.assert_equal_to_a_clean_run()

    def test_full_at_every_size_ends_with_75_or_waits(self):
        """Whatever the stage that meets the full disk: no row is lost, and the same command finishes later."""
        for size in ("100k", "300k", "600k", "900k", "1500k", "2500k"):
            with self.subTest(size=size):
                self.db = self.disk / f"at{size}.db"
                for old in self.disk.iterdir():
                    old.unlink()
                subprocess.run(["mount", "-o", f"remount,size={size}", self.disk], check=True)
                scan = self.scan_begin(self.many, self.world)
                harness.wait_until(lambda: "disk is full" in scan.text() or not scan.alive(), 60, "something happens")
                if scan.wait(2) is None:
                    scan.signal(signal.SIGINT)
                code = scan.wait(20)
                self.assertIn(code, (0, STOPPED), scan.text())
                self.grow()
                if code != 0:
                    result = self.scan(self.many, self.world)
                    self.assertEqual(result.code, 0, result)
                self.assertEqual(self.one("SELECT count(*) FROM v_domain"), self.COUNT)
                self.assertEqual(self.one("PRAGMA quick_check"), "ok")

    def test_a_file_size_limit_is_a_full_disk(self):
        self.db = self.folder / "limited.db"
        script = f"ulimit -f 1000; exec {harness.PROGRAM} \"$@\""
        argv = ["bash", "-c", script, "scan", *map(str, self.scan_arguments(self.many, self.world, "--rate", 8000))]
        scan = harness.Process(argv, self.folder / "limited.txt")
        self.addCleanup(scan.stop)
        harness.wait_until(lambda: "full" in scan.text() or "large" in scan.text() or not scan.alive(), 60, "it says so")
        if scan.wait(2) is None:
            scan.signal(signal.SIGINT)
        self.assertEqual(scan.wait(20), STOPPED, scan.text())
        self.assertEqual(self.one("PRAGMA quick_check"), "ok")
        self.assertEqual(self.scan(self.many, self.world).code, 0)
        self.assert_equal_to_a_clean_run()


class Rights(Complaint):
    def test_a_database_is_not_executable_and_a_lock_is_taken_away(self):
        path = self.stored()
        self.assertFalse(path.stat().st_mode & (stat.S_IXUSR | stat.S_IWOTH))
        self.assertEqual([p.name for p in pathlib.Path(self.folder).glob("survey.db*")], ["survey.db"])


if __name__ == "__main__":
    harness.main()
