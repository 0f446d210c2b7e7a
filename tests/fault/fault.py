"""What the tests of the fault table share: sizes, figures, and what "equal content" means.

A row of the table is a class of its name (F1, F2, ...) in one of the *_test.py files; CTest runs it as fault.F1 at the
size for every commit. With MXS_FAULT_FULL=1 (tests/fault/full.py sets it) the same test runs at its full size. Each row
prints what it measured as a line `figure F1: ...`, which README.md of this folder records.
"""
import contextlib
import os
import pathlib
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

FULL = os.environ.get("MXS_FAULT_FULL", "") not in ("", "0")
# The program on a disk of ours (io_fault.c).
FAULT_IO = pathlib.Path(os.environ.get("MXS_FAULT_BIN", harness.SUPPORT.parent / "fault")) / "fault_io"
HERE = pathlib.Path(__file__).resolve().parent
# The pool of batches of scanner/write/writer.c: rows that can be answered and not yet committed.
BATCH_ROWS, SPARE_BATCHES = 4096, 4


# MXS_FAULT_PART=2/10: the second tenth of what a row tries, where it tries many things (F1, F2, F3, F5, F6): for a machine
# that cannot be spared for an hour at a time.
PART, PARTS = map(int, os.environ.get("MXS_FAULT_PART", "1/1").split("/"))


def size(here, full):
    """The size for every commit, or the full one."""
    return full if FULL else here


def descriptors_of(pid):
    """What its descriptors are open on, "socket:[1234]" and such, one for each."""
    found = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{number}"))
        except FileNotFoundError:
            pass  # closed since
    return found


def part(things):
    """Those of the things that this part of the row tries."""
    return list(things)[PART - 1::PARTS]


def uncommitted_most(concurrency):
    """How many answers the writer can hold that are not committed."""
    return ((concurrency + BATCH_ROWS - 1) // BATCH_ROWS + 1 + SPARE_BATCHES) * BATCH_ROWS


def release_build():
    """The folder of a release build: that of the program under test, or build/release; None: there is none."""
    for build in (pathlib.Path(harness.PROGRAM).parent, harness.SOURCE / "build/release"):
        cache = build / "CMakeCache.txt"
        text = cache.read_text(encoding="utf-8") if cache.exists() and (cache.parent / "mxsurvey").exists() else ""
        if "CMAKE_BUILD_TYPE:STRING=Release\n" in text and "MXS_SANITIZE:STRING=\n" in text:
            return cache.parent
    return None


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


# What `export --content-only` says of a scan that asks for MX and hosts alone, as the views have it: quicker up to 20,000 names.
STORED = ("SELECT * FROM v_domain", "SELECT * FROM v_mx", "SELECT * FROM v_host", "SELECT * FROM v_browse", "SELECT * FROM v_evidence",
          "SELECT run_id, domain, l.* FROM v_domain JOIN v_label l USING (verdict_id)", "SELECT run_id, checks FROM v_run")


def first_difference(left, right):
    """Where two dumps part, short enough to read."""
    for a, b in zip(left.splitlines(), right.splitlines()):
        if a != b:
            return f"{a[:600]}\n--- is not ---\n{b[:600]}"
    return f"{len(left.splitlines())} lines and {len(right.splitlines())} lines"


class FaultCase(harness.TestCase):
    """A test case that tells its figures and compares content."""

    def figure(self, **values):
        row = type(self).__name__
        print(f"figure {row}{' (full)' if FULL else ''}: "
              + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in values.items()), flush=True)

    def names_file(self, count, suffix="test", first=0):
        return self.write(f"names-{first}-{count}-{suffix}", "".join(f"x{i}.{suffix}\n" for i in range(first, first + count)))

    def assert_equal_content(self, db, wanted):
        """wanted: the content of an undisturbed run."""
        found = self.content(db=db)
        if found != wanted:
            self.fail("the content is not that of an undisturbed run\n" + first_difference(found, wanted))

    def stored(self, db=None):
        """The content of the newest run, a row a line: as many bytes as content() where they are equal, and no start of the program."""
        lines = []
        with contextlib.closing(sqlite3.connect(f"file:{db or self.db}?mode=ro", uri=True, timeout=10)) as store:
            for query in STORED:
                found = store.execute(f"SELECT * FROM ({query}) WHERE run_id = (SELECT max(run_id) FROM v_run)")
                kept = [at for at, column in enumerate(found.description) if not column[0].endswith("_id")]
                lines += sorted(repr([row[at] for at in kept]) for row in found)
        return "\n".join(lines)

    def assert_stored(self, db, wanted):
        """wanted: what an undisturbed run has stored."""
        found = self.stored(db)
        if found != wanted:
            self.fail("what is stored is not what an undisturbed run stores\n" + first_difference(found, wanted))

    def assert_whole(self, db, names, code=None):
        """One row per name, no name twice, pages as they should be, sums that add up."""
        self.assertEqual(self.one("PRAGMA quick_check", db=db), "ok")
        self.assertEqual(self.rows("SELECT state, lines - accepted - rejected - duplicates FROM v_run"
                                   " ORDER BY run_id DESC LIMIT 1", db=db), [("complete", 0)])
        self.assertEqual(self.rows("SELECT count(*), count(DISTINCT domain) FROM v_domain", db=db), [(names, names)])
        self.assertEqual(self.one("SELECT count(*) - count(DISTINCT name) FROM domain", db=db), 0)
        self.assertEqual(self.one("SELECT count(*) - count(DISTINCT name) FROM host", db=db), 0)

    def clean_content(self, names, server, *options, **more):
        """The content of an undisturbed run."""
        db = self.folder / f"clean-{time.monotonic_ns()}.db"
        result = self.scan(names, server, "-q", *options, db=db, **more)
        self.assertEqual(result.code, 0, result)
        return self.content(db=db)

    def clean_stored(self, names, server, *options):
        """What an undisturbed run stores."""
        db = self.folder / f"clean-{time.monotonic_ns()}.db"
        result = self.scan(names, server, "-q", *options, db=db)
        self.assertEqual(result.code, 0, result)
        return self.stored(db)

    def outcomes(self, db=None):
        return dict(self.rows("SELECT mx_outcome, count(*) FROM v_domain GROUP BY 1", db=db))


main = harness.main
