"""One sample is not the whole set: domains that answer with some of their MX records, others at each question."""
import json
import signal

import harness

QUICK = ("--servfail-wait", 50, "--timeout", 500, "--deadline", 4000)
NAMES = ["lb.test", "still.test"]
HOSTS = "".join(f"mx{i}.lb.example A 25.71.{i}.1\n" for i in range(1, 10)) + "still.test MX 10 mx6.lb.example\nstill.test MX 20 mx7.lb.example\n"
ONE, TWO, THREE, FOUR, BACKUP = "10 mx1", "10 mx2", "10 mx3", "10 mx4", "20 mx9"


class Pools(harness.TestCase):
    def world(self, *records, rules=()):
        zone = HOSTS + "".join(f"lb.test MX {record}.lb.example\n" for record in records)
        return self.serve(zone, [f"name=lb.test type=MX {rule}" for rule in rules], log=True)

    def nights(self, count, server, *more, db=None):
        """In one world: an answer has what comes after that of the last night."""
        for _ in range(count):
            result = self.scan(NAMES, server, *QUICK, *more, db=db)
            self.assertEqual(result.code, 0, result)

    def asked(self, server):
        """How often lb.test was, and the domain that does not change."""
        server.stop()
        names = [row[4].rstrip(".") for row in server.log() if row[5] == "MX"]
        return names.count("lb.test"), names.count("still.test")

    def night(self, *records, rules=()):
        """In a world of its own; how often lb.test was asked."""
        server = self.world(*records, rules=rules)
        self.nights(1, server)
        count, still = self.asked(server)
        self.assertEqual(still, 1, "the common case is asked once")
        return count

    def rotating(self, *records):
        return self.world(*records, rules=["-> rotate 1"])

    def changes(self, old, new):
        result = harness.run("diff", self.db, old, new, "--format", "json")
        self.assertEqual(result.code, 0, result)
        told = {(change["domain"], change["kind"]) for change in json.loads(result.out)["changes"]}
        if new == old + 1: # the view says the same
            self.assertEqual({tuple(row) for row in self.rows("SELECT domain, kind FROM v_change WHERE run_id = ?", new)}, told)
        self.assertLessEqual({domain for domain, _ in told}, {"lb.test"})
        return sorted({kind for _, kind in told})

    def nights_tell(self, first, last):
        return [self.changes(run - 1, run) for run in range(first, last + 1)]

    def mx(self, db=None):
        return [f"{preference} {host.split('.')[0]}" for preference, host in self.rows(
            "SELECT preference, host FROM v_mx WHERE domain = 'lb.test' AND run_id = (SELECT max(run_id) FROM v_run) ORDER BY preference, host", db=db)]

    def test_quiet_nights_tell_nothing(self):
        """Some of the records, one of several, one of another preference; at each question the next. Nor do those in which the pool is found out."""
        for kept, records in ((2, (ONE, TWO, THREE)), (1, (ONE, TWO)), (1, (ONE, "20 mx2", "30 mx3")), (1, (ONE, TWO, "20 mx1", "20 mx2")), (3, (ONE, TWO, THREE, FOUR, "5 mx5"))):
            with self.subTest(kept=kept, records=records):
                self.db = self.folder / f"{kept}-{len(records)}-{len(set(records[1].split()))}.db"
                server = self.world(*records, rules=[f"-> rotate {kept}"])
                self.nights(9, server)
                self.assertEqual(self.nights_tell(2, 9), 8 * [[]])
                self.assertEqual([self.changes(1, 9), self.changes(1, 3), self.changes(3, 9)], [[], [], []])
                self.assertEqual(self.mx(), sorted(records, key=lambda record: (int(record.split()[0]), record)))
                self.assertEqual(self.one("SELECT count(*) FROM domain_history WHERE first_run > 3"), 0, "nor is anything written")
                self.assertEqual(self.one("SELECT count(*) FROM v_domain WHERE state = 'undetermined'"), 0)
                self.assertEqual(self.asked(server)[1], 9)

    def test_on_the_first_night_nobody_is_asked_again(self):
        self.assertEqual(self.night(ONE, TWO, THREE, rules=["-> rotate 1"]), 1)

    def test_what_agrees_with_itself_and_differs_is_told_the_same_night(self):
        self.assertEqual(self.night(ONE, BACKUP), 1)
        self.assertEqual(self.night(ONE), 3)
        self.assertEqual(self.changes(1, 2), ["backup_lost", "host_removed"])
        self.assertEqual(self.night(ONE), 1)
        self.assertEqual(self.night(TWO, BACKUP), 3)
        self.assertEqual(self.changes(3, 4), ["backup_gained", "host_added", "host_removed"])
        self.assertEqual(self.one("SELECT count(*) FROM mx_pool"), 0)

    def test_a_change_that_not_every_cache_knows_yet_is_told_when_all_do(self):
        """What was last told and one other set: that may be a change, or a pool of two parts."""
        self.night(ONE, BACKUP)
        self.assertEqual(self.night(ONE, BACKUP, rules=["attempt=1 -> mx mx2.lb.example", "attempt=3 -> mx mx2.lb.example"]), 3)
        self.assertEqual(self.changes(1, 2), [])
        self.assertEqual(self.mx(), [ONE, BACKUP])
        self.assertEqual(self.night(TWO), 8)
        self.assertEqual(self.changes(2, 3), ["backup_lost", "host_added", "host_removed"])
        self.assertEqual(self.mx(), [TWO])
        self.assertEqual(self.one("SELECT count(*) FROM mx_pool"), 0)
        self.assertEqual(self.night(TWO), 1)

    def test_a_doubt_that_nothing_confirms_is_forgotten(self):
        self.night(ONE)
        self.night(ONE, rules=["attempt=1 -> mx mx2.lb.example"])
        asked = [self.night(ONE) for _ in range(7)]
        self.assertEqual(asked, 6 * [8] + [1])
        self.assertEqual(self.nights_tell(2, 9), 8 * [[]])
        self.assertEqual(self.one("SELECT count(*) FROM mx_pool"), 0)

    def test_three_sets_of_one_night_are_a_pool(self):
        self.night(ONE)
        self.night(ONE, rules=["attempt=1 -> mx mx2.lb.example", "attempt=2 -> mx mx3.lb.example"])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])
        self.assertEqual(self.changes(1, 2), [])

    def test_a_resolver_that_always_says_otherwise_adds_nothing(self):
        def night(*records, rules=("server=3 name=lb.test type=MX -> mx mx9.lb.example",)):
            zone = HOSTS + "".join(f"lb.test MX {record}.lb.example\n" for record in records)
            server = self.serve(zone, rules, servers=3, log=True)
            self.nights(1, server)
            return self.asked(server)
        night(ONE, TWO, rules=())
        for _ in range(4):
            night(ONE, TWO)
        self.assertEqual(night(ONE, THREE), (8, 1), "until it is known who says what, and always the same")
        self.assertEqual(self.nights_tell(2, 6), [[], [], [], [], ["host_added", "host_removed"]])
        self.assertEqual(self.mx(), [ONE, THREE])
        night(ONE, THREE)
        self.assertEqual(self.nights_tell(7, 7), [[]])
        self.assertEqual(self.one("SELECT count(*) FROM mx_pool"), 0)

    def test_two_resolvers_that_always_disagree_tell_nothing(self):
        rules = [f"server={server} name=lb.test type=MX -> mx {host}.lb.example" for server, host in ((1, "mx1"), (2, "mx2"))]
        self.nights(10, self.serve(HOSTS + "lb.test MX 10 mx3.lb.example\n", rules, servers=2))
        self.assertEqual(self.nights_tell(2, 10), [[]] * 9)
        self.assertEqual(len(self.mx()), 2)

    def test_parts_of_several_resolvers_are_a_pool_as_those_of_one(self):
        zone = HOSTS + "".join(f"lb.test MX {record}.lb.example\n" for record in (ONE, TWO, THREE))
        self.nights(12, self.serve(zone, ["name=lb.test type=MX -> rotate 1"], servers=3))
        self.assertEqual(self.nights_tell(7, 12), [[]] * 6)
        self.assertEqual(self.mx(), [ONE, TWO, THREE])

    def test_nights_that_settle_nothing_part_no_pool(self):
        first = self.rotating(ONE, TWO)
        self.nights(4, first)
        server = self.serve(HOSTS, ["name=lb.test -> servfail"])
        for _ in range(2):
            self.assertEqual(self.scan(NAMES, server, *QUICK).code, 3)
        self.nights(2, self.rotating(ONE, TWO))
        self.assertEqual(self.changes(1, 8), [])
        self.assertEqual(self.mx(), [ONE, TWO])

    def test_a_null_mx_of_other_nights_is_no_part(self):
        first = self.rotating(ONE, TWO)
        self.nights(4, first)
        self.nights(2, self.serve(HOSTS + "lb.test MX 0 .\n"))
        self.nights(3, self.rotating(ONE, TWO))
        self.assertEqual(self.nights_tell(4, 9), [[], ["host_removed", "receives_no_more", "state_changed"], [],
                                                  ["host_added", "receives_again", "state_changed"], [], []])
        self.assertEqual(self.mx(), [ONE, TWO])

    def test_a_record_leaves_after_three_runs_without_it(self):
        self.nights(5, self.rotating(ONE, TWO, THREE))
        server, seen = self.rotating(ONE, TWO, FOUR), []
        for _ in range(6):
            self.nights(1, server)
            seen.append(self.mx())
        self.assertEqual(seen, 2 * [[ONE, TWO, THREE, FOUR]] + 4 * [[ONE, TWO, FOUR]])
        self.assertEqual(self.nights_tell(2, 11), 4 * [[]] + [["host_added"], [], ["host_removed"], [], [], []])
        self.assertEqual(self.changes(1, 5), [])
        self.assertEqual(self.changes(1, 11), ["host_added"], "what was found out is told with what was not")

    def test_parts_that_a_cache_holds_for_a_night_become_a_pool(self):
        """All attempts of a night agree. MX hosts that no answer of a night names are looked up all the same."""
        for part in (ONE, TWO, THREE, ONE, TWO, THREE, ONE):
            self.night(part)
        self.assertEqual(self.nights_tell(2, 7), 2 * [["host_added", "host_removed"]] + 4 * [[]])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])
        self.assertEqual(self.one("SELECT count(*) FROM v_host WHERE run_id = 7 AND a_outcome = 'answered'"), 5)
        self.assertEqual(self.one("SELECT usable FROM v_domain WHERE run_id = 7 AND domain = 'lb.test'"), 3)

    def test_a_pool_that_moves_has_moved_and_is_none_any_more(self):
        self.nights(4, self.rotating(ONE, TWO, THREE))
        self.assertEqual(self.night(FOUR, BACKUP), 8)
        self.assertEqual(self.changes(4, 5), ["backup_gained", "host_added", "host_removed"])
        self.assertEqual(self.mx(), [FOUR, BACKUP])
        self.night(FOUR)
        self.assertEqual(self.changes(5, 6), ["backup_lost", "host_removed"], "as of any domain")

    def test_a_domain_that_moves_to_a_pool_has_moved(self):
        for _ in range(4):
            self.night(FOUR, BACKUP)
        self.nights(3, self.rotating(ONE, TWO, THREE))
        self.assertEqual(self.nights_tell(5, 7), [["backup_lost", "host_added", "host_removed"], [], []])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])

    def test_a_pool_whose_parts_have_left_is_none_any_more(self):
        self.nights(4, self.rotating(ONE, TWO))
        nights = 0
        while self.mx() == [ONE, TWO] and nights < 20:
            self.night(TWO)
            nights += 1
        self.assertEqual(nights, 12, "three, and nine for the part that a cache may hold")
        self.assertEqual(self.changes(15, 16), ["host_removed"])
        self.assertEqual(self.night(TWO), 1)
        self.assertEqual(self.night(ONE, TWO), 3)
        self.assertEqual(self.changes(17, 18), ["host_added"], "the set that the pool had been, but not more of a pool")
        self.assertEqual(self.night(THREE), 3)
        self.assertEqual(self.changes(18, 19), ["host_added", "host_removed"])

    def test_an_attempt_that_brings_nothing_contradicts_nothing(self):
        self.nights(3, self.world(ONE, TWO, THREE, rules=["-> rotate 2"]))
        self.night(ONE, TWO, THREE, rules=["first=1 -> rotate 2", "-> servfail"])
        self.assertEqual(self.changes(3, 4), [])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])
        self.night(FOUR, rules=["attempt=3 -> servfail", "attempt=4 -> servfail", "attempt=5 -> servfail", "attempt=6 -> servfail"])
        self.assertEqual(self.one("SELECT count(*) FROM v_domain WHERE state = 'undetermined'"), 0)

    def test_without_the_check_host(self):
        self.nights(6, self.rotating(ONE, TWO, THREE), "--checks", "mx")
        self.assertEqual(self.nights_tell(3, 6), 4 * [[]])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])

    def test_a_night_that_is_killed_goes_on(self):
        self.nights(3, self.rotating(ONE, TWO, THREE))
        server = self.world(ONE, TWO, THREE, rules=["first=2 -> rotate 1", "-> drop"])
        scan = self.scan_begin(NAMES, server, *self.UNENDING)
        self.wait_for_questions(server, 20)  # it waits for the third answer of lb.test
        scan.signal(signal.SIGKILL)
        scan.wait(20)
        result = self.scan(NAMES, self.rotating(ONE, TWO, THREE), "--timeout", 500)
        self.assertEqual(result.code, 0, result)
        self.assertIn("resuming run 4", result.err)
        self.assertEqual(self.changes(3, 4), [])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])

    def test_a_database_that_a_shard_is_merged_into_has_its_sets(self):
        server, shard, whole = self.rotating(ONE, TWO, THREE), self.db, self.folder / "whole.db"
        for _ in range(6):
            self.nights(1, server, "--shard", "1/1", db=shard)
            result = harness.run("merge", whole, shard)
            self.assertEqual(result.code, 0, result)
        self.db = whole
        self.assertEqual(self.nights_tell(2, 6), 5 * [[]])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])
        self.nights(2, server)
        self.assertEqual(self.nights_tell(7, 8), [[], []], "nor where it goes on by itself")
        server = self.rotating(ONE, TWO, FOUR)
        for _ in range(4):
            self.nights(1, server, "--shard", "1/1", db=shard)
            self.assertEqual(harness.run("merge", whole, shard).code, 0)
            self.assertEqual(self.mx(), self.mx(db=shard), "what it knew itself is not asked: the shard has asked")
            self.assertEqual(self.one("SELECT count(*) FROM v_domain WHERE state = 'undetermined'"), 0)
        self.assertEqual(self.mx(), [ONE, TWO, FOUR])

    def test_prune_keeps_the_pools_of_domains_that_are_kept(self):
        server = self.rotating(ONE, TWO, THREE)
        self.nights(4, server)
        self.assertEqual(harness.run("prune", self.db, "--run", 2).code, 0)  # in which it became known
        self.assertEqual(self.changes(1, 3), [])
        self.assertEqual(self.rows("SELECT * FROM v_change"), [])
        self.assertEqual(harness.run("prune", self.db, "--keep", 1).code, 0)
        self.assertEqual(self.one("SELECT count(*) FROM mx_pool"), 3)
        self.nights(2, server)
        self.assertEqual(self.nights_tell(6, 6), [[]])
        self.assertEqual(self.mx(), [ONE, TWO, THREE])
        self.assertEqual(self.scan(NAMES[1:], server, *QUICK).code, 0)
        self.assertEqual(harness.run("prune", self.db, "--keep", 1).code, 0)
        self.assertEqual(self.one("SELECT count(*) FROM mx_pool"), 0)


if __name__ == "__main__":
    harness.main()
