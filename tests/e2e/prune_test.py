"""prune --run: one run is cut out, as if it had never been."""
import json

import harness

QUICK = ("--servfail-wait", 50, "--timeout", 500, "--deadline", 4000, "--checks", "mx,host,auth")


def zone(hosts, gone=()):
    return "".join(f"n{i}.test MX 10 mx{hosts}.example\nn{i}.test TXT \"v=spf1 ip4:192.0.2.{hosts} -all\"\n" for i in range(9) if i not in gone) + \
        f"mx{hosts}.example A 25.1.1.{hosts}\n"


NAMES = [f"n{i}.test" for i in range(9)]


class Prune(harness.TestCase):
    def night(self, world):
        self.assertEqual(self.scan(NAMES, self.serve(world), *QUICK, "--list", "nightly").code, 0)

    def export(self, run):
        return self.exported("--run", run, "--content-only")

    def diff(self, *runs):
        result = harness.run("diff", self.db, *runs, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return sorted((change["domain"], change["kind"]) for change in json.loads(result.out)["changes"])

    def prune(self, run, code=0):
        result = harness.run("prune", self.db, "--run", run)
        self.assertEqual(result.code, code, result)
        return result

    def test_a_bad_night_is_forgotten_wherever_it_stands(self):
        good, bad = zone(1), zone(2, gone=(3, 4))
        self.nights(self.night, good)
        wanted = self.export(1)
        self.assertEqual(len(wanted.splitlines()), 9)
        for position in ("first", "middle", "last", "two in a row"):
            with self.subTest(position=position):
                self.db = self.folder / f"{position.replace(' ', '-')}.db"
                order = {"first": (bad, good, good), "middle": (good, bad, good), "last": (good, good, bad),
                         "two in a row": (good, bad, bad, good)}[position]
                self.nights(self.night, *order)
                kept = [run for run, world in enumerate(order, 1) if world is good]
                for run in (run for run, world in enumerate(order, 1) if world is bad):
                    self.prune(run)
                self.assertEqual({run: self.export(run) for run in kept}, {run: wanted for run in kept})
                self.assertEqual(self.diff(*kept), [])
                self.assertEqual(harness.run("export", self.db, "--run", 9).code, 1)
                self.night(good)
                self.assertEqual(self.diff(), [], "the next night compares with the one before it")
                self.assertEqual(self.one("SELECT count(*) FROM v_change"), 0)
                self.assertEqual(self.one("SELECT previous_run FROM run ORDER BY id DESC LIMIT 1"), kept[-1])

    def test_values_of_columns_go_with_their_last_run(self):
        server = self.serve(zone(1))
        for night, row in (("old", "{0},gone{1}\n"), ("both", "{0},one\n{0},two\n"), ("new", "{0},kept\n")):
            listed = "domain,Region\n" + "".join(row.format(name, i) for i, name in enumerate(NAMES)) + "lone.test,stays\n"
            self.assertEqual(self.scan(self.write(f"{night}.csv", listed), server, *QUICK, "--list", "nightly", "--keep", "Region").code, 0)
        values = "SELECT value FROM facet_value ORDER BY value"
        self.assertEqual(len(self.rows(values)), 9 + 2 + 1 + 1)
        before = {run: self.export(run) for run in (2, 3)}
        self.prune(1)
        self.assertEqual([value for value, in self.rows(values)], ["kept", "one", "stays", "two"], "those of a set stay with it")
        self.assertEqual({run: self.export(run) for run in (2, 3)}, before)
        self.prune(2)
        self.assertEqual([value for value, in self.rows(values)], ["kept", "stays"])
        self.assertEqual(self.one("SELECT count(*) FROM facet_set"), 0)
        self.assertEqual(self.export(3), before[3])
        self.assertEqual(self.scan(self.write("next.csv", listed.replace("kept", "fresh")), server, *QUICK, "--list", "nightly", "--keep", "Region").code, 0)
        self.assertEqual(self.rows("SELECT value, count(*) FROM v_facet WHERE run_id = 4 GROUP BY 1 ORDER BY 1"), [("fresh", 9), ("stays", 1)])
        self.assertEqual(self.export(3), before[3])

    def test_the_only_run_can_go(self):
        self.nights(self.night, zone(1))
        self.assertIn("forgot 1 run, kept 0; ", (told := self.prune(1).out))
        self.assertTrue(told.endswith("; no complete run is left\n"), told)
        self.assertEqual(self.one("SELECT count(*) FROM domain_history") + self.one("SELECT count(*) FROM judgement"), 0)
        self.night(zone(1))
        self.assertEqual(self.one("SELECT count(*) FROM v_domain"), 9)

    def test_what_is_not_there_or_not_over_stays(self):
        self.nights(self.night, zone(1))
        self.assertIn("there is no run 7", self.prune(7, code=1).err)
        result = harness.run("prune", self.db, "--run", 1, "--keep", 3)
        self.assertEqual(result.code, 2)
        self.assertEqual(self.one("SELECT count(*) FROM v_run"), 1)


if __name__ == "__main__":
    harness.main()
