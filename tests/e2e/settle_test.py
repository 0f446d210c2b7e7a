"""The settle stage: once more, all at once; and the sample that is a run's own error bar. Whom a retry goes to."""
import json

import harness

DELAY_MS = 250


def arrivals(server, wanted):
    """{name: [(ms, server)]} of the MX questions for names of that suffix, in order of arrival."""
    server.stop()
    found = {}
    for ms, at, _, _, name, kind, _, _ in server.log():
        if kind == "MX" and name.rstrip(".").endswith(wanted):
            found.setdefault(name.rstrip("."), []).append((ms, at))
    return found


def most_within(times, span_ms):
    """The most arrivals in any span of that length: what was in flight when each answer takes it."""
    times, first, most = sorted(times), 0, 0
    for last, ms in enumerate(times):
        while ms - times[first] >= span_ms:
            first += 1
        most = max(most, last - first + 1)
    return most


class Settle(harness.TestCase):
    def names(self, count):
        return [f"x{i}.test" for i in range(count)]

    def test_a_hundredth_is_asked_again_and_the_agreement_is_told(self):
        count = 6000
        server = self.serve("", [f"-> delay {DELAY_MS}"], generate=50, log=True)
        result = self.scan(self.names(count), server, "--checks", "mx", "--health", "off")
        self.assertEqual(result.code, 0, result)
        again = [times[1][0] for times in arrivals(server, ".test").values() if len(times) > 1]
        self.assertEqual(len(again), count // 100)
        self.assertGreater(most_within(again, DELAY_MS - 20), 32, "at the pace that has been found")
        self.assertEqual(self.rows("SELECT agreement_asked, agreement_same FROM v_run"), [(60, 60)])
        self.assertIn("Repeatability: 60 of 60 re-queries agreed (100.0 %)", result.out)

    def test_what_says_something_else_the_second_time_is_counted_and_no_fact(self):
        changing = "suffix=test type=MX attempt=2 -> mx other.example"
        server = self.serve("", [changing], generate=50)
        result = self.scan(self.names(500), server, "--checks", "mx", "--health", "off")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT agreement_asked, agreement_same FROM v_run"), [(5, 0)])
        self.assertIn("Repeatability: 0 of 5 re-queries agreed (0.0 %)", result.out)
        self.assertEqual(self.one("SELECT count(*) FROM v_mx WHERE host = 'other.example'"), 0)

    def test_what_is_not_settled_is_asked_once_more_all_at_once(self):
        count = 400
        server = self.serve("", [f"-> delay {DELAY_MS}", "suffix=test type=MX -> servfail"], generate=50, log=True)
        result = self.scan(self.names(count), server, "--checks", "mx", "--health", "off", "--tries", 1)
        self.assertEqual(result.code, 3, result)
        asked = arrivals(server, ".test")
        self.assertEqual({len(times) for times in asked.values()}, {2}, "one attempt, and one in the settle stage")
        self.assertGreater(most_within([times[1][0] for times in asked.values()], DELAY_MS - 20), 64)

    def test_a_silent_name_is_asked_again_while_it_is_waited_for(self):
        """At 0, 2 and 4 s of a timeout of 5, and once more for its recheck: over within two timeouts, and nobody waits meanwhile."""
        server = self.serve("", ["name=x7.test type=MX -> drop"], generate=50, log=True)
        result = self.scan(self.names(100), server, "--checks", "mx", "--health", "off", "--timeout", 1000)
        self.assertEqual(result.code, 0, result)
        asked = arrivals(server, ".test")
        times = [ms - asked["x7.test"][0][0] for ms, _ in asked["x7.test"]]
        self.assertEqual(len(times), 4)
        for at, wanted in zip(times, (0, 400, 800, 1500)):
            self.assertTrue(wanted - 50 <= at <= wanted + 400 * harness.SLOW, times)
        self.assertEqual(self.rows("SELECT count(*) FROM v_domain WHERE state = 'undetermined'"), [(1,)])

    def test_a_name_that_was_silent_early_is_asked_again_before_the_stage_is_over(self):
        """Names and MX hosts that answer the fourth time, nearly all of them long through with the first three: no stage of their own."""
        silent = [f"x{i}.q.test" for i in range(30)]
        zone = "\n".join(f"{name} MX 10 mx.{name}\nmx.{name} A 192.0.2.1" for name in silent)
        rules = [f"suffix=q.test attempt={attempt} -> drop" for attempt in (1, 2, 3)]
        server = self.serve(zone, rules, generate=50)
        result = self.scan(self.names(300) + silent, server, "--checks", "mx,host", "--health", "off", "--timeout", 1000, "--rate", 100)
        self.assertEqual(result.code, 0, result)
        found = dict(self.rows("SELECT domain, host FROM v_mx"))
        self.assertEqual({name: found[name] for name in silent}, {name: f"mx.{name}" for name in silent})
        self.assertEqual(self.one("SELECT count(*) FROM v_host WHERE host LIKE '%.q.test' AND a_outcome <> 'answered'"), 0)
        stages = [stage["stage"] for stage in json.loads(self.one("SELECT text FROM run_note WHERE kind = 'stages'"))]
        self.assertFalse({"once more", "MX hosts once more"} & set(stages), stages)

    def test_who_was_silent_last_is_not_asked_again(self):
        """Where there is another: the one attempt behind the last name."""
        silent = [f"x{i}.q.test" for i in range(12)]
        rules = [f"suffix=q.test attempt={attempt} -> drop" for attempt in (1, 2, 3)]
        server = self.serve("\n".join(f"{name} MX 10 mx.{name}" for name in silent), rules, generate=50, log=True, servers=2)
        result = self.scan(self.names(200) + silent, server, "--checks", "mx", "--health", "off", "--timeout", 500, "--rate", 100)
        self.assertEqual(result.code, 0, result)
        asked = arrivals(server, ".q.test")
        self.assertEqual(len(asked), len(silent))
        for name, times in asked.items():
            self.assertNotEqual(times[2][1], times[3][1], (name, times))

    def test_a_name_that_was_silent_early_has_a_glance_when_the_others_are_over(self):
        """Names that answer the fifth time: three attempts, one behind the last name, and the glance four fifths of a timeout after that."""
        silent = [f"x{i}.q.test" for i in range(60)]
        zone = "\n".join(f"{name} MX 10 mx.{name}" for name in silent)
        rules = [f"suffix=q.test attempt={attempt} -> drop" for attempt in (1, 2, 3, 4)]
        server = self.serve(zone, rules, generate=50, log=True)
        result = self.scan(self.names(900) + silent, server, "--seed", 5, "--checks", "mx", "--health", "off", "--timeout", 2000, "--rate", 200)
        self.assertIn(result.code, (0, 3), result)
        settled = {name for name, in self.rows("SELECT domain FROM v_mx WHERE domain LIKE '%.q.test'")}
        self.assertGreater(len(settled), 5, "asked in the first second")
        self.assertEqual(self.one("SELECT count(*) FROM v_domain WHERE state = 'undetermined'"), len(silent) - len(settled))
        asked = {name.rstrip("."): len(times) for name, times in arrivals(server, ".q.test").items()}
        self.assertLessEqual({asked[name] for name in settled}, {5, 6}, "the sixth is the sample's")
        self.assertEqual({asked[name] for name in silent if name not in settled}, {4})

    def test_an_mx_host_named_late_is_asked_beside_with_all_attempts(self):
        """The name is settled the fourth time only; nobody waits for its silent MX host after that stage."""
        late = [f"name=x7.test type=MX attempt={attempt} -> servfail" for attempt in (1, 2, 3)]
        server = self.serve("", [*late, "name=x7.test type=MX -> mx mx.late.test", "name=mx.late.test -> drop"], generate=50, log=True)
        result = self.scan(self.names(100), server, "--checks", "mx,host", "--health", "off", "--timeout", 1000, "--servfail-wait", 50)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT host FROM v_mx WHERE domain = 'x7.test'"), [("mx.late.test",)])
        server.stop()
        asked = [kind for _, _, _, _, name, kind, _, _ in server.log() if name.rstrip(".") == "mx.late.test"]
        for kind in ("A", "AAAA"):
            self.assertGreaterEqual(asked.count(kind), 4, "three attempts and the recheck")
        stages = [stage["stage"] for stage in json.loads(self.one("SELECT text FROM run_note WHERE kind = 'stages'"))]
        self.assertIn("once more", stages)
        self.assertNotIn("MX hosts", stages)

    def test_a_retry_goes_to_another_resolver(self):
        """As long as that has room: fewer names than a window holds at first."""
        server = self.serve("", ["suffix=test type=MX attempt=1 -> servfail"], generate=50, log=True, servers=2)
        result = self.scan(self.names(12), server, "--checks", "mx", "--health", "off", "--servfail-wait", 100)
        self.assertEqual(result.code, 0, result)
        for name, times in arrivals(server, ".test").items():
            self.assertNotEqual(times[0][1], times[1][1], name)
            self.assertGreaterEqual(times[1][0] - times[0][0], 95)


if __name__ == "__main__":
    harness.main()
