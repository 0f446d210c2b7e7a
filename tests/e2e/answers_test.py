"""Faults of answers, against the scripted server: each ends in the right outcome, and a temporary failure never becomes a fact."""
import json
import random
import time

import harness

ZONE = "".join(f"n{i}.test MX 10 mx{i}.mail.test\nmx{i}.mail.test A 20.0.0.{i + 1}\n" for i in range(60)) + """
implicit.test A 20.1.0.1
two.test MX 10 mx0.mail.test
two.test MX 20 mx1.mail.test
"""
NAMES = [f"n{i}.test" for i in range(60)]
QUICK = ("--servfail-wait", 100, "--timeout", 300, "--deadline", 2500)


class Answers(harness.TestCase):
    def outcome_of(self, rules, names=("n0.test",), *options, code=3, **more):
        """(outcome, state) of the first name when only it is hit by the rules."""
        server = self.serve(ZONE, rules, **more)
        result = self.scan([*names], server, *QUICK, *options)
        self.assertEqual(result.code, code, result)
        return self.rows("SELECT mx_outcome, state FROM v_domain WHERE domain = ?", names[0])[0]

    # --- never a fact

    def test_every_fault_for_ever_is_undetermined_with_its_own_outcome(self):
        for action, outcome in (("drop", "timeout"), ("servfail", "servfail"), ("refused", "refused"), ("notimp", "refused"),
                                ("malformed pointer-self", "malformed"), ("malformed counts", "malformed"),
                                ("malformed cut", "malformed"), ("header 5", "refused")):
            with self.subTest(action=action):
                self.db = self.folder / f"{action.replace(' ', '-')}.db"
                found = self.outcome_of([f"name=n0.test type=MX -> {action}"])
                self.assertEqual(found[1], "undetermined", action)
                if outcome != "refused" or action in ("refused", "header 5"):
                    self.assertEqual(found[0], outcome, action)
                else:
                    self.assertIn(found[0], ("refused", "servfail", "malformed"), action)

    def test_truncation_without_a_tcp_that_answers_is_truncated_or_timeout(self):
        for fault in ("silent", "refuse", "cut"):
            with self.subTest(fault=fault):
                self.db = self.folder / f"{fault}.db"
                found = self.outcome_of(["name=n0.test type=MX transport=udp -> truncate", f"name=n0.test transport=tcp -> tcp {fault}",
                                         f"transport=tcp -> tcp {fault}"], ["n0.test"])
                self.assertEqual(found[1], "undetermined")
                self.assertIn(found[0], ("truncated", "timeout", "unreachable"))

    def test_truncation_with_tcp_is_answered(self):
        for fault in (None, "bytes", "close"):  # close: after one answer
            with self.subTest(fault=fault):
                self.db = self.folder / f"{fault}.db"
                rules = ["name=n0.test type=MX transport=udp -> truncate"] + ([f"transport=tcp -> tcp {fault}"] if fault else [])
                # Byte by byte the answer itself takes longer than the short patience of these tests where the machine is busy.
                patience = ("--timeout", 5000, "--deadline", 20000) if fault == "bytes" else ()
                self.assertEqual(self.outcome_of(rules, ("n0.test",), *patience, code=0), ("answered", "mx"))
                self.assertGreater(self.one("SELECT tcp_connections FROM v_run"), 1, "more than the check of TCP")

    def test_mx_nodata_with_an_address_in_doubt_is_undetermined(self):
        for kind in ("A", "AAAA"):
            for action in ("drop", "servfail", "refused"):
                with self.subTest(kind=kind, action=action):
                    self.db = self.folder / f"{kind}-{action}.db"
                    server = self.serve("bare.test TXT \"x\"\n", [f"name=bare.test type={kind} -> {action}"])
                    result = self.scan(["bare.test"], server, *QUICK)
                    self.assertEqual(result.code, 3, result)
                    self.assertEqual(self.rows("SELECT state, mx_outcome FROM v_domain"), [("undetermined", "nodata")])

    def test_implicit_mx_stands_on_one_address(self):
        server = self.serve(ZONE, ["name=implicit.test type=AAAA -> drop"])
        result = self.scan(["implicit.test"], server, *QUICK)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT state, single_point FROM v_domain"), [("implicit_mx", "host")])

    def test_an_mx_host_in_doubt_makes_no_broken_domain(self):
        server = self.serve(ZONE, ["name=mx0.mail.test -> servfail"])
        result = self.scan(["n0.test", "two.test"], server, *QUICK)
        found = self.export()
        self.assertEqual(found["n0.test"]["state"], "undetermined", result)
        two = found["two.test"]
        self.assertEqual((two["state"], two["redundancy"]["usable"], two["redundancy"]["backup"], two["redundancy"]["load_sharing"]),
                         ("mx", None, None, False), "two MX hosts of two preferences share no load, whatever the first has")
        first, second = two["mx"]
        self.assertEqual((first["usable"], first["a"]["outcome"]), (None, "servfail"))
        self.assertEqual((second["usable"], second["a"]["outcome"]), (True, "answered"))
        for finding in ("dead_mx_host", "dangling_mx_host", "nolisting", "backup_dead"):
            self.assertNotIn(finding, two["findings"])

    def test_degraded_is_above_five_percent(self):
        server = self.serve(ZONE, ["name=n0.test type=MX -> servfail", "name=n1.test type=MX -> servfail",
                                   "name=n2.test type=MX -> servfail"])
        result = self.scan(NAMES, server, *QUICK)          # 3 of 60 are 5 %, not more
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.one("SELECT degraded FROM v_run"), 0)
        server.command("rule name=n3.test type=MX -> servfail")
        result = self.scan(NAMES, server, *QUICK, "-q")
        self.assertEqual(result.code, 3)
        self.assertRegex(result.err, "^mxsurvey: error: degraded: too many names could not be determined", "a nightly job says so")
        self.assertEqual(self.one("SELECT degraded FROM v_run WHERE run_id = 2"), 1)

    # --- passing faults change nothing

    def clean(self):
        db = self.folder / "clean.db"
        result = self.scan(NAMES + ["implicit.test", "two.test", "gone.test"], self.serve(ZONE), db=db)
        self.assertEqual(result.code, 0, result)
        return self.content(db=db)

    def test_faults_that_pass_leave_equal_content(self):
        wanted = self.clean()
        faults = {
            "drop": ["first=1 share=40% -> drop"], "servfail": ["first=1 share=40% -> servfail"],
            "refused": ["first=1 share=40% -> refused"], "malformed": ["first=1 share=40% -> malformed random"],
            "header": ["first=1 share=40% -> header 2"], "corrupt": ["first=1 share=40% -> corrupt"],
            "forged": ["share=50% -> forge all"], "twice": ["share=50% -> duplicate 3"], "order": ["-> reorder 50"],
            "late": ["share=30% -> delay 50..150"], "truncated": ["transport=udp share=30% -> truncate"],
        }
        for fault, rules in faults.items():
            with self.subTest(fault=fault):
                db = self.folder / f"{fault}.db"
                result = self.scan(NAMES + ["implicit.test", "two.test", "gone.test"], self.serve(ZONE, rules), *QUICK,
                                   "--tries", 4, db=db)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.content(db=db), wanted)

    def test_malformed_answers_are_kept_as_they_came(self):
        self.outcome_of(["name=n0.test type=MX -> malformed cut"])
        kept = self.rows("SELECT name, type, length(bytes) FROM malformed")
        self.assertTrue(kept)
        self.assertEqual({(name, kind) for name, kind, _ in kept}, {("n0.test", 15)})
        self.assertGreater(kept[0][2], 12)

    def test_forged_answers_are_counted_and_never_taken(self):
        result = self.scan(NAMES, self.serve(ZONE, ["-> forge all"]), *QUICK)
        self.assertEqual(result.code, 0, result)
        self.assertGreater(self.one("SELECT forged FROM v_run"), 0)
        self.assertEqual(self.one("SELECT count(*) FROM v_mx"), len(NAMES))

    # --- several resolvers

    def test_tries_go_to_the_other_resolver(self):
        server = self.serve(ZONE, ["server=1 type=MX suffix=test -> servfail"], servers=2, log=True)
        result = self.scan(NAMES, server, *QUICK, "--tries", 2, "--health", "off")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT DISTINCT mx_outcome FROM v_domain"), [("answered",)])
        server.stop()
        asked = [(row[4].rstrip("."), row[1]) for row in server.log() if row[5] == "MX" and row[4].rstrip(".") in NAMES]
        refused = {name for name, at in asked if at == 1}
        self.assertTrue(refused)
        for name in refused:
            self.assertIn((name, 2), asked)

    def test_tries_bound_the_questions(self):
        server = self.serve(ZONE, ["name=n0.test type=MX -> servfail"], log=True)
        result = self.scan(["n0.test"], server, "--servfail-wait", 100, "--tries", 2)  # no timeout may add a question
        self.assertEqual(result.code, 3, result)
        server.stop()
        asked = [row for row in server.log() if row[4].rstrip(".") == "n0.test" and row[5] == "MX"]
        self.assertEqual(len(asked), 3, "two attempts, and one more in the settle stage")

    def test_the_deadline_ends_a_question(self):
        server = self.serve(ZONE, ["name=n0.test type=MX -> drop"])
        began = time.monotonic()
        result = self.scan(["n0.test"], server, "--timeout", 400, "--deadline", 1000, "--tries", 100)
        self.assertEqual(result.code, 3, result)
        self.assertLess(time.monotonic() - began, 6 * harness.SLOW)
        self.assertEqual(self.rows("SELECT mx_outcome FROM v_domain"), [("timeout",)])

    def test_a_dead_resolver_among_good_ones_costs_no_name(self):
        server = self.serve(ZONE, servers=3)
        server.command("down 2")
        wanted = self.clean()
        result = self.scan(NAMES + ["implicit.test", "two.test", "gone.test"], server, *QUICK)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(), wanted)

    def test_a_resolver_that_dies_under_way_costs_no_name(self):
        names = [f"x{i}.test" for i in range(3000)]
        server = self.serve(generate=50, servers=3)
        scan = self.scan_begin(names, server, "--rate", 2000, "--timeout", 500, "--checks", "mx")
        self.wait_for_questions(server, 500)
        server.command("down 1")
        self.assertEqual(scan.wait(60), 0, scan.text())
        self.assertEqual(self.rows("SELECT mx_outcome, count(*) FROM v_domain GROUP BY 1"), [("answered", len(names))])

    def test_all_resolvers_die_and_come_back(self):
        names = [f"x{i}.test" for i in range(2000)]
        server = self.serve(generate=50, servers=2)
        scan = self.scan_begin(names, server, "--rate", 500, "--timeout", 300, "--checks", "mx", "--outage-wait", 60)
        self.wait_for_questions(server, 200)
        server.command("down 1")
        server.command("down 2")
        time.sleep(2.5)
        self.assertTrue(scan.alive(), scan.text())
        server.command("up 1")
        server.command("up 2")
        self.assertEqual(scan.wait(60), 0, scan.text())
        self.assertEqual(self.rows("SELECT mx_outcome, count(*) FROM v_domain GROUP BY 1"), [("answered", len(names))])

    def test_all_resolvers_die_and_stay_dead(self):
        names = [f"x{i}.test" for i in range(2000)]
        server = self.serve(generate=50)
        arguments = (names, server, "--rate", 500, "--timeout", 300, "--checks", "mx", "--outage-wait", 2)
        scan = self.scan_begin(*arguments)
        self.wait_for_questions(server, 200)
        server.command("down 1")
        self.assertEqual(scan.wait(60), 75, scan.text())
        self.assertIn("resumes", scan.text())
        server.command("up 1")
        self.assertEqual(self.scan(*arguments).code, 0)
        self.assertEqual(self.rows("SELECT mx_outcome, count(*) FROM v_domain GROUP BY 1"), [("answered", len(names))])
        self.assertEqual(self.one("SELECT count(*) FROM v_run"), 1)

    def test_no_resolver_at_the_start_names_those_tried_and_leaves_nothing(self):
        dead = [f"127.0.0.1:{harness.free_port()}", f"127.0.0.2:{harness.free_port()}"]
        result = harness.run("scan", "-o", self.db, *(x for a in dead for x in ("-r", a)), self.list_file(["a.test"]))
        self.assertEqual(result.code, 1, result)
        for address in dead:
            self.assertIn(address, result.err)
        self.assertEqual(len(result.err.strip().splitlines()), 1, result)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["list.txt"])

    def test_a_silent_resolver_is_no_resolver(self):
        result = self.scan(["n0.test"], self.serve(ZONE, ["-> drop"]), "--timeout", 500)
        self.assertEqual(result.code, 1, result)
        self.assertIn("no resolver answers", result.err)
        self.assertFalse(self.db.exists())

    def test_a_resolver_that_knows_every_name_is_shut_out(self):
        server = self.serve(ZONE, ["server=2 -> hijack 20.66.66.66 evil.test"], servers=2)
        result = self.scan(NAMES + ["gone.test"], server, *QUICK)
        self.assertEqual(self.rows("SELECT state FROM v_domain WHERE domain = 'gone.test'"), [("nxdomain",)], result)
        self.assertEqual(self.rows("SELECT DISTINCT m.host FROM v_mx m WHERE host = 'evil.test'"), [])
        self.assertEqual(self.one("SELECT count(*) FROM v_resolver WHERE excluded IS NOT NULL"), 1)

    def test_which_of_too_many_records_are_kept_does_not_hang_on_their_order(self):
        found = set()
        for seed in range(3):
            numbers = list(range(1100))
            random.Random(seed).shuffle(numbers)
            zone = "".join(f"big.test MX {10 + i % 2} m{i:04}.test\n" for i in numbers) + "".join(f"m{i:04}.test A 20.2.{i % 9}.1\n" for i in numbers)
            self.db = self.folder / f"{seed}.db"
            result = self.scan(["n0.test", "big.test"], self.serve(ZONE + zone), *QUICK)
            self.assertEqual(result.code, 3, result)
            self.assertEqual(self.rows("SELECT state, mx_outcome, hosts FROM v_domain WHERE domain = 'big.test'"), [("undetermined", "limit", None)])
            record = next(record for record in map(json.loads, self.content().splitlines()) if record["domain"] == "big.test")
            self.assertEqual((record["redundancy"]["hosts"], record["findings"]), (None, ["many_mx_hosts"]))
            found.add(tuple((mx["preference"], mx["host"]) for mx in record["mx"]))
        every = sorted((10 + i % 2, f"m{i:04}.test") for i in range(1100))
        self.assertEqual([list(mx) for mx in found], [every[:1000]], "of three runs the same")

    # --- pace

    def test_the_rate_is_kept_in_every_tenth_of_a_second(self):
        server = self.serve(generate=50)
        result = self.scan([f"x{i}.test" for i in range(1500)], server, "--rate", 1000, "--checks", "mx")
        self.assertEqual(result.code, 0, result)
        counters = server.counters()
        self.assertGreaterEqual(result.seconds, 1.3, "1,500 questions at 1,000 a second")
        self.assertLessEqual(counters["total"]["max_100ms"] if "total" in counters else counters["max_100ms"], 106, counters)

    def test_polite_bounds_what_is_in_flight_per_domain(self):
        server = self.serve("".join(f"h{i}.one.test MX 0 .\n" for i in range(60)), ["-> delay 20"], hold_ms=0)
        result = self.scan([f"h{i}.one.test" for i in range(60)], server, "--polite", 3)
        self.assertEqual(result.code, 0, result)
        self.assertGreaterEqual(result.seconds, 60 / 3 * 0.020)


if __name__ == "__main__":
    harness.main()
