"""The disk under the database fails once, or loses its power (F2, F5). fault_io is the program on such a disk.

Every commit tries 30 calls to it (F2: 50), by seed, no two of which are the same call to the same file for the same lines of ours (hundreds of
pages are written for one of them); in full F5 tries every call, and F2 any 500.
"""
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
        self.clean = self.folder / "clean.db"
        self.assertEqual(self.scan(self.path, self.server, *self.options[:2], db=self.clean).code, 0)
        self.wanted = self.stored(self.clean)

    def on_disk(self, *how, db, program=(fault.FAULT_IO,)):
        """(result, what the disk counted)."""
        told = self.folder / "told"
        told.unlink(missing_ok=True)
        result = harness.run(*program[1:], *how, told, *self.scan_arguments(self.path, self.server, *self.options, db=db), program=program[0],
                             timeout_s=60)
        words = told.read_text().split() if told.exists() else []
        return result, dict(zip(words[::2], map(int, words[1::2])))

    def calls(self, mode, chance, count):
        """(what the disk counted of an undisturbed scan, as many of its calls, no two for the same reason)."""
        _, told = self.on_disk("list", mode, db=self.fresh("disk.db"), program=("setarch", "-R", fault.FAULT_IO))
        alike = {}
        for at, line in enumerate((self.folder / "told.list").read_text(encoding="ascii").splitlines(), 1):
            alike.setdefault(line, []).append(at)
        self.assertEqual(told["calls"], sum(map(len, alike.values())))
        return told, sorted(chance.choice(alike[line]) for line in chance.sample(list(alike), min(count, len(alike))))

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
        self.assert_stored(db, self.wanted)


class F5(StorageCase):
    """Each call to the disk fails once."""

    def test_each_call_fails_once(self):
        told, chosen = self.calls("fail", random.Random(5), 30)
        chosen = fault.part(range(1, told["calls"] + 1) if fault.FULL else chosen)
        calls, passed, failed = told["calls"], 0, 0
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
                    self.assert_stored(db, self.wanted)
                    continue
                failed += 1
                self.assertEqual(len(result.err.strip().splitlines()), 1, result)
                if "complete" in self.states(db):
                    self.assert_whole(db, self.count)
                else:
                    self.resume(db)
        self.assertGreater(passed + failed, len(chosen) * 0.8, "the failures come to pass")
        self.assertEqual(self.content(db), self.content(self.clean))
        self.figure(calls=calls, tried=len(chosen), recovered=passed, clean_error_then_resumed=failed)


class F2(StorageCase):
    """The power goes; what was not synced is lost, torn or out of order."""

    def test_power_cuts(self):
        chance = random.Random(2)
        told, chosen = self.calls("cut", chance, 50)
        self.assertEqual(told["late"], 0, "a COMMIT that is told to be done is on the disk")
        calls, landed, unsynced, tried = told["calls"], 0, 0, 0
        for i, at in fault.part(enumerate(chance.choices(range(1, calls + 1), k=500) if fault.FULL else chosen)):
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
                    self.assert_stored(db, self.wanted)
                    continue
                self.resume(db)
        self.assertGreater(landed, tried * 0.8, "the cuts come to pass")
        self.assertGreater(unsynced, 0, "and take something with them")
        self.assertEqual(self.content(db), self.content(self.clean))
        self.figure(calls=calls, cuts=landed, with_something_unsynced=unsynced)


if __name__ == "__main__":
    fault.main()
