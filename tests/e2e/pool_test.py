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
                self.assertEqual(self.rows("SELECT first_run, count(*) FROM host_history GROUP BY 1"), [(1, 3), (2, 2)],
                                 "one span more when the second night knows the pool, and none after")

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
        self.assertEqual([ONE in addresses for addresses in seen], [True, True, False, False, False, False])
        self.assertEqual(seen[-1], [TWO, THREE, FOUR])
        for run in range(2, 10):
            self.assertEqual(self.changes(run - 1, run), [], run)

    def test_parts_that_a_cache_holds_for_a_night_become_a_pool(self):
        """All attempts of a night agree, and the parts of the nights overlap."""
        for part in ((ONE, TWO), (TWO, THREE), (ONE, THREE), (ONE, TWO), (THREE, ONE), (TWO, THREE), (ONE, TWO)):
            self.night(self.serve(hosts(part, (FOUR,))))
        for run in range(5, 8):
            self.assertEqual(self.changes(run - 1, run), [], run)
        self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, TWO, THREE])
        self.assertEqual(self.one("SELECT count(*) FROM host_history WHERE first_run > 4"), 0)

    def test_a_pool_that_moves_and_comes_back_has_moved_twice(self):
        there, away = self.serve(POOL, ROTATE), self.serve(hosts((NINE,), (ONE, TWO, THREE)), ROTATE[1:])
        for server in (there, there, there, away, away, away, there, there):
            self.night(server)
        for run in range(2, 9):
            self.assertEqual("address_moved" in self.changes(run - 1, run), run in (4, 7), run)
        self.assertEqual(self.changes(3, 8), [])

    def test_a_database_that_a_shard_is_merged_into_knows_its_pools(self):
        server, shard, whole = self.serve(POOL, ROTATE), self.db, self.folder / "whole.db"
        for night in range(1, 8):
            self.assertEqual(self.scan(NAMES, server, "--shard", "1/2", *QUICK).code, 0)
            if night > 3:
                result = harness.run("merge", whole, shard, "--partial")
                self.assertEqual(result.code, 0, result)
        self.db = whole
        self.assertEqual([self.changes(run - 1, run) for run in range(2, 5)], [[], [], []])
        self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, TWO, THREE])
        self.assertEqual(self.one("SELECT count(*) FROM host_history"), 3)

    def test_a_pool_that_cannot_be_asked_has_not_moved(self):
        server = self.serve(POOL, ROTATE)
        for _ in range(3):
            self.night(server)
        for _ in range(4):
            self.scan(NAMES, self.serve(POOL, [f"name=mx{i}.lb.example type=A -> servfail" for i in (1, 2)]), *QUICK)
        self.night(server)
        for run in range(2, 9):
            self.assertEqual(harness.run("diff", self.db, run - 1, run, "--format", "json").json()["changes"], [], run)
        self.assertEqual({kind for kind, in self.rows("SELECT kind FROM v_change")}, {"became_undetermined"})
        self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, TWO, THREE])

    def test_a_pool_that_moves_has_moved(self):
        server = self.serve(POOL, ROTATE)
        for _ in range(3):
            self.night(server)
        self.night(self.serve(hosts((NINE,), (ONE, TWO, THREE)), ROTATE[1:]))
        self.assertEqual(self.changes(3, 4), ["address_moved", "backup_gained"])
        self.assertEqual(self.addresses("mx1.lb.example"), NINE)
        self.assertEqual(self.rows("SELECT address, heard_run, moved_run FROM v_address_pool WHERE host = 'mx1.lb.example' ORDER BY address"),
                         [(ONE, None, 4), (TWO, None, 4), (THREE, None, 4), (NINE, 4, None)], "a pool still, of what it is now")

    def test_what_left_a_pool_and_is_heard_again_is_no_move(self):
        server = self.serve(POOL, ROTATE)
        for _ in range(3):
            self.night(server)
        for addresses in 8 * [(ONE, TWO)] + [(THREE,)]:
            self.night(self.serve(hosts(addresses, (FOUR,))))
        self.assertEqual(self.one("SELECT addresses FROM v_host WHERE host = 'mx1.lb.example' AND run_id = 11").split(), [ONE, TWO])
        self.assertEqual(self.addresses("mx1.lb.example").split(), [ONE, TWO, THREE])
        self.assertEqual(self.changes(10, 11), [])
        self.assertEqual(self.changes(11, 12), [])
        self.assertEqual(self.changes(3, 11), ["address_moved", "backup_gained"], "FOUR is none of the pool of mx2")

    def test_a_known_pool_may_have_an_empty_part(self):
        six = "mx1.lb.example AAAA 2a00::1\nmx2.lb.example AAAA 2a00::1\n"
        zone = hosts((ONE,), (ONE,), six)

        def empty(first):
            return [f"name=mx{i}.lb.example type=AAAA first={first} -> empty" for i in (1, 2)]

        for rules in ([], empty(1), empty(3), empty(5)):
            self.night(self.serve(zone, rules))
        for run in (2, 3, 4):
            self.assertEqual(self.changes(run - 1, run), [], run)
        self.night(self.serve(hosts((ONE,), (ONE,))))
        self.assertEqual(self.changes(4, 5), ["address_moved"], "what no attempt has is gone")

    def told_with(self, parts, prune):
        """What each night told that was told its part, where that is done behind each."""
        told = []
        for run, part in enumerate(parts, 1):
            self.night(self.serve(hosts(part, (FOUR,))))
            before = self.one("SELECT previous_run FROM run WHERE id = ?", run)
            changes = harness.run("diff", self.db, before, run, "--format", "json").json()["changes"] if before else []
            told.append([(change["domain"], change["kind"], change["old"], change["new"]) for change in changes])
            for argument in prune(run):
                result = harness.run("prune", self.db, *argument)
                self.assertEqual(result.code, 0, result)
        return told

    def test_what_is_pruned_changes_nothing_that_a_later_night_tells(self):
        worlds = {"single": ((ONE,), (TWO,), (THREE,), (ONE,), (TWO,), (THREE,)), "pairs": ((ONE, TWO), (TWO, THREE), (ONE, THREE), (ONE, TWO), (TWO, THREE)),
                  "still": ((ONE,), (ONE,), (TWO,), (TWO,), (TWO,), (TWO,), (TWO,), (ONE,), (ONE,), (TWO,))}
        for world, parts in worlds.items():
            self.db = self.folder / f"{world}.db"
            wanted = self.told_with(parts, lambda run: [])
            self.assertGreater(sum(map(bool, wanted)), 1)
            for keep in (1, 2):
                with self.subTest(world=world, keep=keep):
                    self.db = self.folder / f"{world}-{keep}.db"
                    self.assertEqual(self.told_with(parts, lambda run: [("--keep", keep)]), wanted)
                    self.assertEqual(self.one("SELECT count(*) FROM v_domain WHERE domain = 'a.test'"), keep)
                    self.assertEqual(self.one("SELECT count(*) FROM host_history WHERE list_id < 0 AND last_run < ?", len(parts) - keep - 5), 0)

    def test_a_run_that_is_cut_out_takes_no_pool_with_it(self):
        parts = ((ONE,), (TWO,), (THREE,), (ONE,), (TWO,), (THREE,), (ONE,), (TWO,))
        for cut in (1, 3, 4, 5):
            with self.subTest(cut=cut):
                self.db = self.folder / f"{cut}.db"
                told = self.told_with(parts, lambda run: [("--run", cut)] if run == 5 else [])
                self.assertEqual(told[3:], [[]] * 5)


class TwelveNights(harness.TestCase):
    """Pools that stay, some of them larger than a run can see, pools that move as a whole on the fifth night, and plain hosts. What a run found is told
    of it ever after."""
    MOVED = {"one", "two", "fixed", "six", "plain", "late"}  # hosts; each the only one of its domain
    NIGHTS, MOVE = 12, 5

    @staticmethod
    def world(night):
        zone, rules, names = [], [], []

        def host(name, addresses, rotate=0, more=()):
            domain = f"{name}.test"
            if domain not in names:
                names.append(domain)
                zone.append(f"{domain} MX 10 {name}.pool.example")
            zone.extend(f"{name}.pool.example {'AAAA' if ':' in address else 'A'} {address}" for address in addresses)
            if rotate:
                rules.append(f"name={name}.pool.example type={'AAAA' if ':' in addresses[0] else 'A'} -> rotate {rotate}")
            for line in more:
                zone.append(line)

        def v4(net, count):
            return [f"25.{net}.{i}.1" for i in range(count)]

        def v6(net, count):
            return [f"2a00:{net}::{i + 1:x}" for i in range(count)]

        moved = 50 if night >= TwelveNights.MOVE else 0
        for net, (count, rotate) in enumerate(((3, 1), (5, 1), (10, 1), (5, 2), (10, 4)), 10):
            host(f"a{count}x{rotate}", v4(net, count), rotate)
        for net, (count, rotate) in enumerate(((3, 1), (4, 1), (10, 3)), 20):
            host(f"aaaa{count}x{rotate}", v4(net, 1))
            host(f"aaaa{count}x{rotate}", v6(net, count), rotate)
        host("both", v4(25, 3), 1)
        host("both", v6(25, 3), 1)
        host("flap6", v4(26, 1) + v6(26, 1))
        rules.append("name=flap6.pool.example type=AAAA every=2 -> empty")
        host("flap", v4(27, 1), more=["flap.test MX 20 still.pool.example"])
        rules.append("name=flap.pool.example type=A every=2 -> empty")
        host("first", v4(28, 4), 1, more=["first.test MX 20 second.pool.example"])
        zone.extend(f"second.pool.example A {address}" for address in v4(28, 4)[::-1])
        rules.append("name=second.pool.example type=A -> rotate 1")
        host("still", v4(29, 2))
        host("one", v4(30 + moved, 3), 1)
        host("two", v4(31 + moved, 5), 2)
        host("fixed", v4(32, 3) if not moved else v4(32 + moved, 1), 0 if moved else 1)
        host("six", v4(33, 1))
        host("six", v6(33 + moved, 4), 1)
        host("plain", v4(34 + moved, 2))
        host("late", v4(35 + moved, 3 if moved else 1), 1)  # a plain host that moved to a pool
        return names, "\n".join(zone) + "\n", rules

    def told(self, old, new):
        result = harness.run("diff", self.db, old, new, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return sorted((change["domain"], change["kind"]) for change in result.json()["changes"])

    def export(self, run):
        result = harness.run("export", self.db, "--run", run, "--content-only")
        self.assertEqual(result.code, 0, result)
        return result.out

    def check_record(self, line):
        record = json.loads(line)
        told = {address for host in record["mx"] for family in ("a", "aaaa") for address in host[family]["addresses"]}
        self.assertEqual(record["redundancy"]["addresses"], len(told), record)

    def test_pools_that_stay_tell_nothing_and_those_that_move_are_told_once(self):
        exports, server = {}, None
        for night in range(1, self.NIGHTS + 1):
            names, zone, rules = self.world(night)
            if night in (1, self.MOVE):
                server = self.serve(zone, rules)
            result = self.scan(names, server, *QUICK)
            self.assertEqual(result.code, 0, result)
            exports[night] = self.export(night)
        moves = sorted((f"{name}.test", "address_moved") for name in self.MOVED)
        view = {}
        for run, domain, kind in self.rows("SELECT run_id, domain, kind FROM v_change"):
            view.setdefault(run, []).append((domain, kind))
        for run in range(3, self.NIGHTS + 1):
            with self.subTest(run=run):
                self.assertEqual(self.told(run - 1, run), moves if run == self.MOVE else [])
                self.assertEqual(sorted(view.get(run, [])), moves if run == self.MOVE else [])
        for old, new in ((1, 4), (3, 4), (5, 12), (3, 8), (2, 12), (1, 12)):
            with self.subTest(old=old, new=new):
                self.assertEqual(self.told(old, new), moves if old < self.MOVE <= new else [])
        for run, before in exports.items():
            with self.subTest(run=run):
                self.assertEqual(self.export(run), before)
                for line in before.splitlines():
                    self.check_record(line)

    def test_a_night_that_hears_nothing_new_writes_no_span(self):
        names, zone, rules = self.world(1)
        server = self.serve(zone, rules)
        for _ in range(9):
            self.assertEqual(self.scan(names, server, *QUICK).code, 0)
        self.assertEqual(self.rows("SELECT h.name, s.first_run FROM host_history s JOIN host h ON h.id = s.host_id WHERE s.first_run > 3"), [])


if __name__ == "__main__":
    harness.main()
