"""One allocation is refused (F6). fault_alloc is the program in such a world; its first comment says whose allocations count.

Every commit tries a seeded sample of each kind. In full every allocation of ours, of c-ares and of libuv is tried, and of
SQLite's tens of thousands each that is asked for from another place (another chain of callers); `MXS_F6_EVERY=1` tries all;
`MXS_F6_ONLY="ours c-ares"` tries these kinds.
"""
import os
import pathlib
import random
import signal
import sqlite3

import fault
import harness

FAULT_ALLOC = pathlib.Path(os.environ.get("MXS_FAULT_BIN", harness.SUPPORT.parent / "fault")) / "fault_alloc"
KINDS = ("ours", "c-ares", "libuv", "sqlite")
ONLY = os.environ.get("MXS_F6_ONLY", "").split()
EVERY = os.environ.get("MXS_F6_EVERY", "") not in ("", "0")


class MemoryCase(fault.FaultCase):
    count = 100

    def setUp(self):
        super().setUp()
        self.path = self.write("names", "".join(f"x{i}.test\n" for i in range(self.count)) + "bad..name\n")
        self.server = self.serve(generate=40, mixed=True)
        self.told = self.folder / "told"

    def refuse(self, at, *arguments):
        """(result, calls, the kind that was refused or None). at: a number, or "list"."""
        self.told.unlink(missing_ok=True)
        program = ["setarch", "-R", FAULT_ALLOC] if at == "list" else [FAULT_ALLOC]
        result = harness.run(*program[1:], at, self.told, *arguments, program=program[0], timeout_s=60 * harness.SLOW)
        words = self.told.read_text().split() if self.told.exists() and at != "list" else []
        fired = len(words) == 6 and words[3] == "1"
        return result, int(words[1]) if words else 0, words[5] if fired else None

    def chosen(self, sample, *arguments):
        """{kind: which allocations to refuse}, counted from 1."""
        result, _, _ = self.refuse("list", *arguments)
        self.assertIn(result.code, (0, 3), result)
        lines = self.told.read_text().splitlines()
        first, kinds = {}, {kind: [] for kind in KINDS}
        for at, line in enumerate(lines, 1):
            kind = line.split()[0]
            if line not in first or EVERY or (fault.FULL and kind != "sqlite"):
                first[line] = at
                kinds[kind].append(at)
        if not fault.FULL:
            chance = random.Random(6)
            kinds = {kind: sorted(chance.sample(all_of, min(len(all_of), sample[kind]))) for kind, all_of in kinds.items()}
        for kind, few in sample.items():  # a kind that nobody asks of any more would be tried in vain
            self.assertTrue(kinds[kind] or not few, f"no allocation of {kind}")
        return len(lines), {kind: fault.part(all_of) for kind, all_of in kinds.items() if not ONLY or kind in ONLY}

    def assert_told(self, result):
        """A clean exit: a documented code, and one sentence."""
        self.assertIn(result.code, (1, 75), result)
        self.assertEqual(len(result.err.strip().splitlines()), 1, result)

    def each(self, what, sample, arguments, check, again=lambda: None):
        """Refuses one after the other. check: judges a result; again: makes the world new. sample: how many
        of each kind."""
        calls, chosen = self.chosen(dict(zip(KINDS, sample)), *arguments())
        tried, recovered, clean, aborted = {}, 0, 0, 0
        for kind, which in chosen.items():
            for at in which:
                with self.subTest(what=what, kind=kind, allocation=at):
                    again()
                    result, _, fired = self.refuse(at, *arguments())
                    if fired is None:
                        continue
                    tried[fired] = tried.get(fired, 0) + 1
                    if result.code == 0:
                        recovered += 1
                    elif fired == "libuv" and result.code == -signal.SIGABRT and not result.err:
                        aborted += 1  # libuv's own (maybe_resize calls abort): as good as kill -9, and check() sees to the rest
                    else:
                        clean += 1
                        self.assert_told(result)
                    check(result)
        self.assertGreater(sum(tried.values()), 0)
        self.figure(what=what, allocations=calls, tried=" ".join(f"{kind} {n}" for kind, n in tried.items()), recovered=recovered,
                    a_sentence=clean, libuv_aborted=aborted)


class F6(MemoryCase):
    """One allocation is refused: a clean exit or recovery, and no leak."""

    def states(self):
        try:
            return [row[0] for row in self.rows("SELECT state FROM run")]
        except sqlite3.OperationalError:
            return []

    def fresh(self):
        for file in self.folder.glob("survey.db*"):
            file.unlink()

    def check(self, result):
        if result.code != 0 and "complete" not in self.states():
            again = self.scan(self.path, self.server, *self.options)
            self.assertEqual(again.code, 0, f"{result}\nthen {again}")
        self.assert_whole(self.db, self.count)
        self.assert_equal_content(self.db, self.wanted)

    def test_a_scan(self):
        """From start-up to the end."""
        self.options = ("--seed", 5, "-q", "--concurrency", 64)
        self.wanted = self.clean_content(self.path, self.server, *self.options[:2])
        self.each("scan", (30, 12, 3, 30), lambda: self.scan_arguments(self.path, self.server, *self.options), self.check, self.fresh)

    def report(self, what, command, *after, other_night=False):
        """Of a finished database: what is written is whole, or it is said that it is not."""
        self.assertEqual(self.scan(self.path, self.server, "--seed", 5).code, 0)
        if other_night:
            self.assertEqual(self.scan(self.path, self.serve(generate=30, mixed=True), "--seed", 5).code, 0)
        arguments = (*command.split(), self.db, *after)
        wanted = harness.run(*arguments)
        self.assertTrue(wanted.out, wanted)

        def check(found):
            if found.code == 0:
                self.assertEqual(found.out, wanted.out)
        self.each(what, (12, 0, 0, 20), lambda: arguments, check)

    def test_tables(self):
        self.report("report", "report")

    def test_the_page(self):
        self.report("page", "report --format html")

    def test_export(self):
        self.report("export", "export")

    def test_explain(self):
        self.report("explain", "explain", "x1.test", "x2.test")

    def test_diff(self):
        self.report("diff", "diff", other_night=True)


if __name__ == "__main__":
    fault.main()
