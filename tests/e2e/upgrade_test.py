"""A database that an older build wrote opens, reports, takes a night with the right diff, and is whole when it is killed in the middle of it.

tests/fixtures/schemaN.db.gz has two nights of WORLD, schemaN-unfinished.db.gz one and a half; each written by the last build of its
schema (2: 87694af):

    MXSURVEY=PROGRAM_OF_THAT_BUILD python3 tests/e2e/upgrade_test.py --make N
"""
import contextlib
import fcntl
import gzip
import pathlib
import shutil
import signal
import sqlite3
import sys
import time
import unittest

import harness

FIXTURES = harness.SOURCE / "tests" / "fixtures"
OLDEST, VERSION = (harness.constant("db/store.h", name) for name in ("MXS_DB_OLDEST", "MXS_DB_VERSION"))
HOSTS = "".join(f"mx{i}.mail.test A 20.0.{i}.1\n" for i in range(4)) + "aspmx.l.google.com A 20.1.0.1\n" \
        "_25._tcp.mx0.mail.test TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
SAME = HOSTS + """
same.test MX 10 mx0.mail.test
same.test TXT "v=spf1 mx -all"
_dmarc.same.test TXT "v=DMARC1; p=reject; rua=mailto:d@same.test"
selector1._domainkey.same.test TXT "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC"
_mta-sts.same.test TXT "v=STSv1; id=1;"
_smtp._tls.same.test TXT "v=TLSRPTv1; rua=mailto:t@same.test"
two.test MX 10 mx1.mail.test
two.test MX 20 mx2.mail.test
none.test MX 0 .
bare.test A 20.2.0.1
literal.test MX 10 20.3.0.1
dead.test MX 10 gone.mail.test
google.test MX 10 aspmx.l.google.com
"""
FIRST = SAME + "lose.test MX 10 mx1.mail.test\nlose.test MX 20 mx2.mail.test\nswap.test MX 10 mx1.mail.test\nswap.test MX 20 mx3.mail.test\n"
SECOND = SAME + "lose.test MX 10 mx1.mail.test\nswap.test MX 10 mx1.mail.test\nswap.test MX 20 mx3.mail.test\n"
THIRD = SAME + "lose.test MX 10 mx1.mail.test\nswap.test MX 20 mx1.mail.test\nswap.test MX 10 mx3.mail.test\n"
NAMES = ["same.test", "two.test", "none.test", "bare.test", "literal.test", "dead.test", "google.test", "lose.test", "swap.test", "absent.test"]
CHECKS = ("--checks", "mx,host,auth,transport", "--seed", 7)  # all there were


servers = None  # for all tests of this file


def setUpModule():
    global servers
    servers = harness.TestCase()
    servers.setUp()
    unittest.addModuleCleanup(servers.doCleanups)


class Make(harness.TestCase):
    """Not a test: what wrote the fixtures."""

    def keep(self, name):
        with open(self.db, "rb") as plain, gzip.GzipFile(FIXTURES / name, "wb", mtime=0) as packed:
            shutil.copyfileobj(plain, packed)

    def runTest(self):
        path = self.list_file(NAMES)
        self.assertEqual(self.scan(path, self.nsd(FIRST), *CHECKS).code, 0)
        self.assertEqual(self.scan(path, self.nsd(SECOND), *CHECKS).code, 0)
        self.keep(f"schema{self.schema}.db.gz")
        result = self.scan(path, self.nsd(THIRD), *CHECKS, "--rate", 4, "--time-limit", 4)
        self.assertEqual(result.code, 75, result)
        self.keep(f"schema{self.schema}-unfinished.db.gz")


class Upgrade(harness.TestCase):
    schema, in_the_way, complaint = 2, "CREATE TABLE impact (x)", "table impact already exists"
    SHARED = {}  # what is the same whatever the file's schema is: made by the first test that needs it

    def of_all(self, key, make):
        if key not in self.SHARED:
            self.SHARED[key] = make()
        return self.SHARED[key]

    def third(self):
        return self.of_all("third", lambda: servers.nsd(THIRD))

    def lift(self):
        self.put()
        self.assertIn('"domain":"swap.test"', self.reads("export", self.db).out)
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # into the one file that is copied

    def put(self, rest=""):
        name = f"schema{self.schema}{rest}.db.gz"
        for rest in ("-wal", "-shm", ".lock"):
            pathlib.Path(f"{self.db}{rest}").unlink(missing_ok=True)
        with gzip.open(FIXTURES / name) as packed, open(self.db, "wb") as plain:
            shutil.copyfileobj(packed, plain)
        return pathlib.Path(self.db).read_bytes()

    def reads(self, *arguments):
        result = harness.run(*arguments)
        self.assertEqual(result.code, 0, result)
        return result

    def fresh(self, world):
        """The content of a new scan of that world; its database stands in fresh.db."""
        db = self.folder / "fresh.db"

        def make():
            server = self.third() if world == THIRD else self.nsd(world)
            self.assertEqual(self.scan(self.list_file(NAMES), server, *CHECKS, db=db).code, 0)
            return db.read_bytes()
        db.write_bytes(self.of_all(world, make))
        return self.content(db)

    def columns(self, db):
        """Of every table, with what each column may hold."""
        with contextlib.closing(sqlite3.connect(db)) as store:
            tables = [name for (name,) in store.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
            return {table: sorted(row[1:4] for row in store.execute(f"PRAGMA table_info({table})")) for table in tables}

    def test_it_reports_what_a_new_scan_of_that_world_reports(self):
        self.once(self.lift)
        self.reads("classify", self.db)  # the judges have learnt since
        self.assertEqual(self.reads("export", self.db, "--content-only").out, self.fresh(SECOND))
        upgraded, fresh = self.tables(), self.of_all("tables", lambda: self.tables(self.folder / "fresh.db"))
        for table in ("summary", "states", "providers", "redundancy", "impact", "findings", "tlds", "policies"):
            with self.subTest(table=table):
                self.assertEqual(upgraded[table], fresh[table])
        kinds = {(c["domain"], c["kind"]) for c in self.reads("diff", self.db, "--format", "json").json()["changes"]}
        self.assertEqual(kinds, {("lose.test", "host_removed"), ("lose.test", "backup_lost")})

    def test_its_tables_are_those_of_a_new_one(self):
        self.once(self.lift)
        self.fresh(SECOND)
        self.assertEqual(self.columns(self.db), self.columns(self.folder / "fresh.db"))

    def test_a_new_night_has_the_right_diff(self):
        self.put()
        self.assertEqual(self.scan(self.list_file(NAMES), self.third(), *CHECKS).code, 0)
        kinds = {(c["domain"], c["kind"]) for c in self.reads("diff", self.db, "--format", "json").json()["changes"]}
        self.assertEqual(kinds, {("swap.test", "preference_swap")})
        self.assertEqual(self.reads("export", self.db, "--content-only").out, self.fresh(THIRD))

    def test_its_unfinished_run_goes_on(self):
        self.put("-unfinished")
        result = self.scan(self.list_file(NAMES), self.third(), *CHECKS)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT run_id, state FROM v_run"), [(1, "complete"), (2, "complete"), (3, "complete")])
        self.assertEqual(self.reads("export", self.db, "--content-only").out, self.fresh(THIRD))

    def test_who_may_not_write_reads_a_copy(self):
        """Here because a scan of the older build holds the file."""
        self.put()
        with open(f"{self.db}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("swap.test", self.reads("export", self.db).out)
            self.assertEqual(self.rows("PRAGMA user_version"), [(self.schema,)])

    def test_killed_in_the_middle_it_is_what_it_was(self):
        """F42: at whatever instant."""
        self.put()
        started = time.monotonic()
        self.reads("runs", self.db)
        whole = time.monotonic() - started
        wanted, versions = self.content(), set()
        for step in range(24):
            self.put()
            process = harness.Process([harness.PROGRAM, "runs", self.db], self.folder / "told")
            time.sleep(whole * step / 20)
            process.signal(signal.SIGKILL)
            process.stop()
            with contextlib.closing(sqlite3.connect(self.db)) as store:
                versions.add(store.execute("PRAGMA user_version").fetchone()[0])
                self.assertEqual(store.execute("PRAGMA integrity_check").fetchone()[0], "ok")
            self.assertEqual(self.content(), wanted)
        self.assertLessEqual(versions, {self.schema, VERSION})

    def test_a_step_that_fails_leaves_the_file(self):
        self.put()
        with contextlib.closing(sqlite3.connect(self.db)) as store:
            store.execute(self.in_the_way)
            store.execute("PRAGMA journal_mode = DELETE")
        before = pathlib.Path(self.db).read_bytes()
        result = self.scan(self.list_file(NAMES), self.third(), *CHECKS)
        self.assertEqual(result.code, 1, result)
        self.assertIn(self.complaint, result.err)
        self.assertEqual(pathlib.Path(self.db).read_bytes(), before)


class UpgradeOf3(Upgrade):
    schema, in_the_way = 3, "CREATE TABLE impact_of_run (x)"
    complaint = "there is already another table or index with this name: impact_of_run"


class UpgradeOf4(Upgrade):
    schema, complaint = 4, "not tonight"
    in_the_way = "CREATE TRIGGER no BEFORE UPDATE ON measurement BEGIN SELECT raise(ABORT, 'not tonight'); END"


class UpgradeOf5(Upgrade):
    schema, in_the_way, complaint = 5, "CREATE TABLE sts_mode (x)", "table sts_mode already exists"


class UpgradeOf6(Upgrade):
    schema, in_the_way, complaint = 6, "CREATE TABLE mx_pool (x)", "table mx_pool already exists"


class Complete(harness.TestCase):
    def test_every_schema_that_landed_has_its_fixtures_and_its_tests(self):
        before = set(range(OLDEST, VERSION))
        self.assertEqual({kind.schema for kind in (Upgrade, *Upgrade.__subclasses__())}, before)
        for schema in sorted(before):
            for rest in ("", "-unfinished"):
                name = f"schema{schema}{rest}.db.gz"
                self.assertTrue((FIXTURES / name).is_file(), f"{name}: make it by the last build of that schema, see above")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        Make.schema = int(sys.argv[2])
        unittest.TextTestRunner(verbosity=2).run(Make())
    else:
        del Make
        harness.main()
