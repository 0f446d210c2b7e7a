"""One sample is not the whole set: hosts that answer with a part of a larger pool, others at each question."""
import json

import harness

QUICK = ("--servfail-wait", 50, "--timeout", 500, "--deadline", 4000)
NAMES = ["a.test", "b.test", "c.test", "still.test"]
SETS = "".join(f"{name} MX 10 mx1.lb.example\n{name} MX 20 mx2.lb.example\n" for name in NAMES[:3]) + \
    "still.test MX 10 mx.still.example\nmx.still.example A 25.9.9.9\n"


def hosts(first, second, more=""):
    return SETS + "".join(f"mx1.lb.example A {address}\n" for address in first) + \
        "".join(f"mx2.lb.example A {address}\n" for address in second) + more


ONE, TWO, THREE, FOUR, NINE = (f"25.71.1.{i}" for i in (1, 2, 3, 4, 9))
POOL = hosts((ONE, TWO, THREE), (THREE, ONE, TWO))
ROTATE = ["name=mx1.lb.example type=A -> rotate 1", "name=mx2.lb.example type=A -> rotate 1"]


class Pools(harness.TestCase):
    def night(self, server):
        result = self.scan(NAMES, server, *QUICK)
        self.assertEqual(result.code, 0, result)

    def changes(self, old, new):
        result = harness.run("diff", self.db, old, new, "--format", "json")
        self.assertEqual(result.code, 0, result)
        told = {(change["domain"], change["kind"]) for change in json.loads(result.out)["changes"]}
        if new == old + 1: # the view says the same
            self.assertEqual({tuple(row) for row in self.rows("SELECT domain, kind FROM v_change WHERE run_id = ?", new)}, told)
        return sorted({kind for _, kind in told})

    def addresses(self, host):
        return self.one("SELECT addresses FROM v_host WHERE host = ? ORDER BY run_id DESC LIMIT 1", host)

    def test_six_quiet_nights_tell_nothing(self):
        for rules in (ROTATE, [rule.replace("rotate 1", "rotate 2") for rule in ROTATE]):
            with self.subTest(rules=rules):
                self.db = self.folder / f"{rules[0][-1]}.db"
                server = self.serve(POOL, rules)
                for _ in range(6):
                    self.night(server)
                for run in range(2, 7):
                    self.assertEqual(self.changes(run - 1, run), [], run)
                self.assertEqual(self.changes(1, 6), [])
                self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, TWO, THREE])
                self.assertEqual(self.one("SELECT count(*) FROM host_history"), 3, "one span each")

    def test_what_agrees_with_itself_and_differs_has_moved(self):
        self.night(self.serve(hosts((ONE,), (TWO,))))
        self.night(self.serve(hosts((NINE,), (TWO,))))
        self.assertEqual(self.changes(1, 2), ["address_moved"])
        self.assertEqual(self.addresses("mx1.lb.example"), NINE)

    def test_who_moves_each_night_and_comes_back_is_a_pool(self):
        """A recursor that has the answer at hand gives the same part of the pool to all attempts of a night."""
        nights = (ONE, TWO, THREE, ONE, TWO, THREE, ONE)
        for address in nights:
            self.night(self.serve(hosts((address,), (FOUR,))))
        for run in range(4, 8):
            self.assertEqual(self.changes(run - 1, run), [], run)
        self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, TWO, THREE])

    def test_who_moves_and_comes_back_once_has_moved_twice(self):
        for address in (ONE, ONE, TWO, TWO, ONE):
            self.night(self.serve(hosts((address,), (FOUR,))))
        self.assertEqual([self.changes(run - 1, run) for run in range(2, 6)], [[], ["address_moved"], [], ["address_moved"]])

    def test_a_gained_address_is_no_move_and_a_lost_one_is(self):
        self.night(self.serve(hosts((ONE,), (TWO,))))
        self.night(self.serve(hosts((ONE, THREE), (TWO,))))
        self.assertEqual(self.changes(1, 2), [])
        self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, THREE])
        self.night(self.serve(hosts((THREE,), (TWO,))))
        self.assertEqual(self.changes(2, 3), ["address_moved"])

    def test_an_address_leaves_after_three_runs_without_it(self):
        server = self.serve(POOL, ROTATE)
        for _ in range(3):
            self.night(server)
        self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, TWO, THREE])
        server = self.serve(hosts((TWO, THREE, FOUR), (THREE, FOUR, TWO)), ROTATE)
        seen = []
        for _ in range(6):
            self.night(server)
            seen.append(self.addresses("mx1.lb.example").split())
        self.assertIn(ONE, seen[0])
        self.assertEqual(seen[-1], [TWO, THREE, FOUR])
        for run in range(2, 10):
            self.assertEqual(self.changes(run - 1, run), [], run)

    def test_a_pool_that_moves_has_moved(self):
        server = self.serve(POOL, ROTATE)
        for _ in range(3):
            self.night(server)
        self.night(self.serve(hosts((NINE,), (ONE, TWO, THREE)), ROTATE[1:]))
        self.assertEqual(self.changes(3, 4), ["address_moved", "backup_gained"])
        self.assertEqual(self.addresses("mx1.lb.example"), NINE)
        self.assertEqual(self.one("SELECT count(*) FROM address_pool p JOIN host h ON h.id = p.host_id WHERE h.name = 'mx1.lb.example'"), 0)


if __name__ == "__main__":
    harness.main()
