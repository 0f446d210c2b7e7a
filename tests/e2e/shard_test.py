"""Shards: each name is of one, the rest is counted, and what is wrong is said before anything is asked."""
import unittest

import harness

NAMES = [f"{host}city{i}.test" for i in range(60) for host in ("", "www.", "mail.")]
ENGINES = {f"SLURM_ARRAY_TASK_{word}": "" for word in ("ID", "MIN", "MAX", "STEP", "COUNT")} | {"JOB_COMPLETION_INDEX": "", "PARALLEL_SEQ": ""}


class Shards(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve("".join(f"{name} MX 10 mx.p.test\n" for name in NAMES) + "mx.p.test A 20.0.0.1\n")
        self.list = self.write("list.txt", "\n".join(NAMES + ["no name", NAMES[0], "x.excluded.test"]) + "\n")
        self.exclude = self.write("exclude.txt", "excluded.test\n")

    def shard(self, value, *options, db=None, **environment):
        return harness.run("scan", "-q", "-r", self.server.resolvers[0], "--exclude", self.exclude, "--shard", value, "--db", db or self.db, *options,
                           self.list, env={**ENGINES, **environment})

    def test_every_name_is_of_one_shard_and_the_rest_is_counted(self):
        seen, registrable = {}, {}
        sums = [0, 0, 0, 0]
        seeds = set()
        for number in range(1, 5):
            db = self.folder / f"shard{number}.db"
            result = self.shard(f"{number}/4", db=db)
            self.assertEqual(result.code, 0, result)
            row = self.rows("SELECT lines, accepted, rejected, duplicates, other_shard, shard FROM v_run", db=db)[0]
            lines, accepted, rejected, duplicates, elsewhere, shard = row
            self.assertEqual((lines, shard), (183, f"{number}/4"))
            self.assertEqual(lines, accepted + rejected + duplicates)
            self.assertEqual(rejected, elsewhere + 2)
            self.assertEqual(self.rows("SELECT reason, count(*) FROM v_reject GROUP BY 1 ORDER BY 1", db=db), [("excluded", 1), ("several_fields", 1)])
            sums = [a + b for a, b in zip(sums, (accepted, duplicates, elsewhere, 0))]
            seeds.add(self.rows("SELECT seed FROM v_run", db=db)[0][0])
            for (name,) in self.rows("SELECT domain FROM v_domain", db=db):
                self.assertNotIn(name, seen)
                seen[name] = number
                self.assertEqual(registrable.setdefault(name.split(".")[-2], number), number, "a registrable domain in two shards")
        self.assertEqual(sorted(seen), sorted(NAMES))
        self.assertEqual(sums[:3], [180, 1, 3 * 181])
        self.assertEqual(len(seeds), 4, "all shards ask in one order")
        self.assertEqual(len({self.rows("SELECT input_digest FROM v_run", db=self.folder / f"shard{n}.db")[0][0] for n in range(1, 5)}), 1)

    def test_a_report_says_that_it_is_of_a_part_of_the_list_and_what_was_rejected(self):
        self.assertEqual(self.shard("2/4").code, 0)
        elsewhere, accepted = self.rows("SELECT other_shard, accepted FROM v_run")[0]
        sums = f"183 lines = {accepted} accepted + {elsewhere + 2} rejected ({elsewhere} names of other shards, 1 excluded) + "
        part = "list default, shard 2/4: a part of the list, which `mxsurvey merge` joins with the others"
        text = " ".join(harness.run("report", self.db).out.split())
        self.assertIn(f"Run 1 of {part}, ", text)
        self.assertIn(sums, text)
        page = harness.run("report", self.db, "--format", "html").out
        self.assertIn(f"L{part[1:]}", page)
        self.assertIn(sums, page)
        told = harness.run("report", self.db, "--format", "json").json()["accounting"]
        self.assertEqual((told["other_shard"], told["excluded"]), (elsewhere, 1))
        whole = self.folder / "whole.db"
        self.assertEqual(self.scan(NAMES[:9], self.server, "-o", whole).code, 0)
        self.assertRegex(harness.run("report", whole).out, r"(?m)^Run 1 of list default, \d{4}-")

    def test_what_an_engine_says(self):
        array = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "4", "SLURM_ARRAY_TASK_STEP": "1",
                 "SLURM_ARRAY_TASK_COUNT": "4"}
        for value, environment in (("auto", array), ("auto/4", array), ("auto/4", {"JOB_COMPLETION_INDEX": "1"}), ("auto/4", {"PARALLEL_SEQ": "2"})):
            with self.subTest(value=value, environment=environment):
                db = self.folder / f"{len(list(self.folder.iterdir()))}.db"
                result = self.shard(value, db=db, **environment)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.rows("SELECT shard FROM v_run", db=db), [("2/4",)])

    def test_what_is_wrong_is_a_sentence(self):
        for value, words, environment in (("0/4", "no shard 0 of 4", {}), ("5/4", "no shard 5 of 4", {}), ("auto", "SLURM_ARRAY_TASK_ID", {}),
                                          ("auto/4", "PARALLEL_SEQ", {}), ("four", "3/8", {}),
                                          ("auto", "auto/N", {"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "5",
                                                              "SLURM_ARRAY_TASK_COUNT": "2"})):
            with self.subTest(value=value):
                result = self.shard(value, **environment)
                self.assertEqual(result.code, 2, result)
                self.assertIn(words, result.err)
                self.assertEqual(len(result.err.strip().splitlines()), 1, result)
                self.assertFalse(self.db.exists())

    def test_rates_are_divided(self):
        for option in ("--rate", "--resolver-rate"):
            result = self.shard("1/4", option, "3")
            self.assertEqual(result.code, 2, result)
            self.assertIn(f"{option} 3 cannot be divided among 4 shards", result.err)
            plan = harness.run("plan", "-r", self.server.resolvers[0], "--shard", "1/4", option, "400", self.list, env=ENGINES)
            self.assertIn("at most 100 questions per second", plan.out)
        self.assertIn("of other shards than 1/4", plan.out)

    def test_another_shard_does_not_go_on_with_this_one(self):
        stopped = self.shard("1/4", "--rate", "8", "--time-limit", "1")
        self.assertEqual(stopped.code, 75, stopped)
        other = self.shard("2/4")
        self.assertEqual(other.code, 2, other)
        self.assertIn("another shard", other.err)
        self.assertEqual(self.shard("1/4").code, 0)
        self.assertEqual(self.rows("SELECT run_id, state FROM v_run"), [(1, "complete")])

    def compared(self, *nights):
        for options in nights:
            result = harness.run("scan", "-q", "-r", self.server.resolvers[0], "--db", self.db, *options, self.list, env=ENGINES)
            self.assertEqual(result.code, 0, result)
        found = harness.run("diff", self.db, "--format", "json", "--exit-code")
        told = found.json()
        self.assertEqual(found.code, 0, told)
        self.assertEqual(self.rows("SELECT kind, count(*) FROM v_change GROUP BY 1"), [])
        self.assertEqual((told["counts"]["left"], told["counts"]["joined"], told["changes"]), (0, 0, []))
        return told, " ".join(harness.run("diff", self.db).out.split())

    def test_what_exclude_leaves_out_has_not_left_the_list_nor_joined_it_afterwards(self):
        self.list = self.write("list.txt", "\n".join([*NAMES[:-1], NAMES[-1].upper() + "."]) + "\n")
        exclude = self.write("some.txt", "\n".join(NAMES[90:]) + "\n")
        population = {"both": 90, "joined": 0, "left": 0, "excluded": 90, "other_shard": 0, "shrank": False}
        for nights in ([(), ("--exclude", exclude)], [()]):
            told, text = self.compared(*nights)
            self.assertEqual((told["population"], told["comparable"]), (population, True))
            self.assertIn("90 domains in both, 90 excluded from one of them.", text)
            self.assertNotIn("SHRANK", text)

    def test_what_is_of_another_shard_has_not_left_the_list_and_the_runs_are_not_fit_to_compare(self):
        for nights, parts in (([(), ("--shard", "1/2")], "1/1 and 1/2"), ([()], "1/2 and 1/1")):
            told, text = self.compared(*nights)
            both = self.one("SELECT accepted FROM v_run WHERE shard = '1/2'")
            self.assertEqual(told["population"], {"both": both, "joined": 0, "left": 0, "excluded": 0, "other_shard": len(NAMES) + 1 - both, "shrank": False})
            self.assertFalse(told["comparable"])
            self.assertIn(f"the runs are of different parts of the list: shards {parts}", told["reasons"][0])
            self.assertIn("NOT FIT TO COMPARE", text)
            self.assertIn("of a shard of one of them", text)


if __name__ == "__main__":
    harness.main()
