"""One allocation is refused (F6). fault_alloc is the program in such a world; its first comment says whose allocations count.

Every commit tries a seeded sample of each kind, no two allocations of which have the same callers of ours, who have to live with
the refusal. In full every allocation of ours, of c-ares and of libuv is tried, and of SQLite's tens of thousands each that is asked
for from another place, its own callers included; `MXS_F6_EVERY=1` tries all; `MXS_F6_ONLY="ours c-ares"` tries these kinds.
"""
import os
import pathlib
import random
import re
import signal
import sqlite3

import fault
import harness

FAULT_ALLOC = pathlib.Path(os.environ.get("MXS_FAULT_BIN", harness.SUPPORT.parent / "fault")) / "fault_alloc"
KINDS = ("ours", "c-ares", "libuv", "sqlite")
ONLY = os.environ.get("MXS_F6_ONLY", "").split()
CARES = tuple(int(n) for n in re.search(r"c-ares (\d+)\.(\d+)", harness.run("--version").out).groups())
EVERY = os.environ.get("MXS_F6_EVERY", "") not in ("", "0")


class MemoryCase(fault.FaultCase):
    count = 100

    def setUp(self):
        super().setUp()
        self.path = self.write("names", "".join(f"x{i}.test\n" for i in range(self.count)) + "bad..name\n")
        self.server = self.serve(generate=40, mixed=True)
        self.told = self.folder / "told"

    def unasked(self):
        """c-ares 1.34.6 and later keep an answer until its callback may be called, and drop it without freeing it where there is no memory to keep it
        (end_query and ares_append_endqueue of ares_process.c). Nobody here calls ares_dns_parse, so that such a leak is none of ours; to see
        that it is one of these, the stack is walked through c-ares."""
        file = self.write("unasked", "leak:ares_dns_parse\n")
        return {"LSAN_OPTIONS": f"suppressions={file}:print_suppressions=0",
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":fast_unwind_on_malloc=0"}

    def refuse(self, at, *arguments, kind=None):
        """(result, calls, the kind that was refused or None). at: a number, or how to list them all."""
        self.told.unlink(missing_ok=True)
        env = self.unasked() if kind == "c-ares" and CARES >= (1, 34) else None
        lists = at in ("list", "own")
        program = ["setarch", "-R", FAULT_ALLOC] if lists else [FAULT_ALLOC]
        result = harness.run(*program[1:], at, self.told, *arguments, program=program[0], timeout_s=60 * harness.SLOW, env=env)
        words = self.told.read_text().split() if self.told.exists() and not lists else []
        fired = len(words) == 6 and words[3] == "1"
        return result, int(words[1]) if words else 0, words[5] if fired else None

    def chosen(self, sample, *arguments):
        """(how many allocations there are, {kind: which to refuse, counted from 1}, the undisturbed result)."""
        whole, _, _ = self.refuse("list" if fault.FULL else "own", *arguments)
        self.assertIn(whole.code, (0, 3), whole)
        lines = self.told.read_text().splitlines()
        places, chance = {kind: {} for kind in KINDS}, random.Random(6)
        for at, line in enumerate(lines, 1):
            kind = line.split()[0]
            each = EVERY or (fault.FULL and kind != "sqlite")
            places[kind].setdefault(at if each else line, []).append(at)
        kinds = {kind: [chance.choice(of_one) for of_one in all_of.values()] for kind, all_of in places.items()}
        if not fault.FULL:
            kinds = {kind: chance.sample(some, min(len(some), sample[kind])) for kind, some in kinds.items()}
        for kind, few in sample.items():  # a kind that nobody asks of any more would be tried in vain
            self.assertTrue(kinds[kind] or not few, f"no allocation of {kind}")
        return len(lines), {kind: fault.part(sorted(some)) for kind, some in kinds.items() if not ONLY or kind in ONLY}, whole

    def assert_told(self, result):
        """A clean exit: a documented code, and one sentence."""
        self.assertIn(result.code, (1, 75), result)
        self.assertEqual(len(result.err.strip().splitlines()), 1, result)

    def each(self, what, sample, arguments, check, again=lambda: None):
        """Refuses one after the other. check: judges a result, beside the undisturbed one; again: makes the world new.
        sample: how many of each kind."""
        calls, chosen, whole = self.chosen(dict(zip(KINDS, sample)), *arguments())
        tried, recovered, clean, aborted = {}, 0, 0, 0
        for kind, which in chosen.items():
            for at in which:
                with self.subTest(what=what, kind=kind, allocation=at):
                    again()
                    result, _, fired = self.refuse(at, *arguments(), kind=kind)
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
                    check(result, whole)
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

    def test_a_scan(self):
        """From start-up to the end."""
        options = ("--seed", 5, "-q", "--concurrency", 64)
        self.assertEqual(self.scan(self.path, self.server, *options[:2], db=self.folder / "clean.db").code, 0)
        wanted = self.stored(self.folder / "clean.db")

        def check(result, _):
            if result.code != 0 and "complete" not in self.states():
                again = self.scan(self.path, self.server, *options)
                self.assertEqual(again.code, 0, f"{result}\nthen {again}")
            self.assert_whole(self.db, self.count)
            self.assert_stored(self.db, wanted)
        self.each("scan", (20, 8, 3, 20), lambda: self.scan_arguments(self.path, self.server, *options), check, self.fresh)
        self.assertEqual(self.content(), self.content(self.folder / "clean.db"))

    def test_what_reads_a_database(self):
        """What is written is whole, or it is said that it is not."""
        for server in (self.server, self.serve(generate=30, mixed=True)):  # two nights
            self.assertEqual(self.scan(self.path, server, "--seed", 5).code, 0)

        def check(found, whole):
            self.assertTrue(whole.out, whole)
            if found.code == 0:
                self.assertEqual(found.out, whole.out)
        for what, command, *more in (("report", ("report",)), ("page", ("report", "--format", "html")), ("export", ("export",)),
                                     ("explain", ("explain",), "x1.test", "x2.test"), ("diff", ("diff",))):
            self.each(what, (10, 0, 0, 12), lambda: (*command, self.db, *more), check)


if __name__ == "__main__":
    fault.main()
