"""The disk under the database fails once, or loses its power (F2, F5). fault_io is the program on such a disk."""
import random
import sqlite3

import fault
import harness

CUT = 137


class StorageCase(fault.FaultCase):
    def setUp(self):
        super().setUp()
        self.count = fault.size(400, 3000)
        self.path = self.write("names", "".join(f"x{i}.test\n" for i in range(self.count)) + "bad..name\n")
        self.server = self.serve(generate=40, mixed=True)
        self.options = ("--seed", 5, "-q", "--sandbox", "off", "--concurrency", 64)
        self.wanted = self.clean_content(self.path, self.server, *self.options[:2])

    def on_disk(self, *how, db, arguments=None):
        """(result, what the disk counted)."""
        told = self.folder / "told"
        told.unlink(missing_ok=True)
        result = harness.run(*how, told, *(arguments or self.scan_arguments(self.path, self.server, *self.options, db=db)),
                             program=fault.FAULT_IO, timeout_s=60)
        words = told.read_text().split() if told.exists() else []
        return result, dict(zip(words[::2], map(int, words[1::2])))

    def fresh(self, name):
        for file in self.folder.glob("disk*"):
            file.unlink()
        return self.folder / name

    def states(self, db):
        try:
            return [row[0] for row in self.rows("SELECT state FROM run", db=db)]
        except sqlite3.OperationalError:
            return []

    def resume(self, db):
        result = self.scan(self.path, self.server, *self.options, db=db)
        self.assertEqual(result.code, 0, result)
        self.assert_whole(db, self.count)
        self.assert_equal_content(db, self.wanted)


class F5(StorageCase):
    """Each call to the disk fails once."""

    def test_each_call_fails_once(self):
        _, told = self.on_disk("fail", 0, db=self.fresh("disk.db"))
        calls = told["calls"]
        chosen = range(1, calls + 1) if fault.FULL else sorted(random.Random(5).sample(range(1, calls + 1), min(calls, 45)))
        chosen, passed, failed = fault.part(chosen), 0, 0
        for at in chosen:
            with self.subTest(call=at):
                db = self.fresh("disk.db")
                result, told = self.on_disk("fail", at, db=db)
                if not told.get("fired"):
                    continue
                self.assertIn(result.code, (0, 1, 3, 75), result)
                if result.code == 0:
                    passed += 1
                    self.assert_whole(db, self.count)
                    self.assert_equal_content(db, self.wanted)
                    continue
                failed += 1
                self.assertEqual(len(result.err.strip().splitlines()), 1, result)
                if "complete" in self.states(db):
                    self.assert_whole(db, self.count)
                else:
                    self.resume(db)
        self.assertGreater(passed + failed, len(chosen) * 0.8, "the failures come to pass")
        self.figure(calls=calls, tried=len(chosen), recovered=passed, clean_error_then_resumed=failed)


class F2(StorageCase):
    """The power goes; what was not synced is lost, torn or out of order."""

    def test_power_cuts(self):
        _, told = self.on_disk("cut", 10**9, 1, db=self.fresh("disk.db"))
        calls, cuts, chance = told["calls"], fault.size(50, 500), random.Random(2)
        self.assertEqual(told["late"], 0, "a COMMIT that is told to be done is on the disk")
        landed, unsynced, tried = 0, 0, 0
        for i, at in fault.part(enumerate(chance.randrange(1, calls + 1) for _ in range(cuts))):
            with self.subTest(cut=at, seed=i):
                db, tried = self.fresh("disk.db"), tried + 1
                result, told = self.on_disk("cut", at, i, db=db)
                if result.code == 0:
                    continue
                self.assertEqual(result.code, CUT, result)
                self.assertEqual(told["late"], 0)
                landed += 1
                unsynced += told["unsynced"] > 0
                for shared in self.folder.glob("disk.db-shm"):
                    shared.unlink()  # it was memory
                if "complete" in self.states(db):
                    self.assert_whole(db, self.count)
                    self.assert_equal_content(db, self.wanted)
                    continue
                self.resume(db)
        self.assertGreater(landed, tried * 0.8, "the cuts come to pass")
        self.assertGreater(unsynced, 0, "and take something with them")
        self.figure(calls=calls, cuts=landed, with_something_unsynced=unsynced)


if __name__ == "__main__":
    fault.main()
