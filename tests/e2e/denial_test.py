"""A denial that makes an MX host worthless is said by two resolvers, where there are several."""
import collections
import json

import harness

NAMES = [f"d{i}.test" for i in range(40)]
ZONE = "\n".join(f"{name} MX 10 mx.h{i}.example\nmx.h{i}.example A 20.1.1.{i + 1}\nh{i}.example A 20.1.2.{i + 1}" for i, name in enumerate(NAMES)) + "\n"
DENIES = {"A": "server=3 type=A suffix=example -> nxdomain", "AAAA": "server=3 type=AAAA suffix=example -> nxdomain",
          "both": "server=3 suffix=example -> nxdomain", "no records": "server=3 suffix=example -> empty"}


class Denials(harness.TestCase):
    def night(self, rules=(), names=NAMES, servers=3, zone=ZONE, code=0):
        """How often each question was asked."""
        server = self.serve(zone, rules, servers=servers, log=True)
        result = self.scan(names, server, "--checks", "mx,host", "--health", "off", "--timeout", 800, "--servfail-wait", 20)
        self.assertEqual(result.code, code, result)
        server.stop()
        return collections.Counter((name.rstrip("."), kind) for _, _, _, _, name, kind, _, _ in server.log())

    def test_one_resolver_of_three_that_denies_mx_hosts_breaks_nothing(self):
        for what, rule in DENIES.items():
            with self.subTest(what=what):
                self.db = self.folder / f"{what}.db"
                for _ in range(3):
                    self.night([rule])
                self.assertEqual(self.rows("SELECT run_id, state, count(*) FROM v_domain GROUP BY 1, 2"), [(run, "mx", 40) for run in (1, 2, 3)])
                self.assertEqual(self.rows("SELECT DISTINCT a_outcome, aaaa_outcome FROM v_host"), [("answered", "nodata")])
                self.assertEqual(self.rows("SELECT * FROM v_change"), [])
                self.assertEqual(self.rows("SELECT finding FROM v_finding WHERE finding LIKE '%takeover%' OR finding LIKE '%dangling%'"), [])

    def test_a_third_one_is_asked_where_the_second_knows_nothing(self):
        self.night([DENIES["both"], "server=2 suffix=example -> servfail"])
        self.assertEqual(self.rows("SELECT state, count(*) FROM v_domain GROUP BY 1"), [("mx", 40)])

    def test_what_does_not_exist_is_found_by_one_resolver_and_by_three(self):
        zone = "gone.test MX 10 mx.gone.example\nbare.test MX 10 mx.bare.example\nmx.bare.example TXT x\nhalf.test MX 10 mx.half.example\nmx.half.example AAAA 2a00::1\n"
        for servers, most in ((1, 1), (3, 2)):
            with self.subTest(servers=servers):
                self.db = self.folder / f"{servers}.db"
                asked = self.night(names=["gone.test", "bare.test", "half.test"], zone=zone, servers=servers, code=0)
                self.assertEqual(dict(self.rows("SELECT domain, state FROM v_domain")), {"gone.test": "broken", "bare.test": "broken", "half.test": "mx"})
                self.assertEqual(self.rows("SELECT host, a_outcome, aaaa_outcome FROM v_host ORDER BY 1"),
                                 [("mx.bare.example", "nodata", "nodata"), ("mx.gone.example", "nxdomain", "nxdomain"), ("mx.half.example", "nodata", "answered")])
                self.assertEqual((asked["mx.half.example", "A"], asked["mx.half.example", "AAAA"]), (1, 1))
                self.assertLessEqual(max(asked[f"mx.{name}.example", kind] for name in ("gone", "bare") for kind in ("A", "AAAA")), most)

    def test_a_name_that_is_there_for_one_type_is_there(self):
        """NXDOMAIN is said of all types (RFC 8020 2), and some balancers say it of AAAA alone (RFC 4074 4.2)."""
        for kind, outcomes, state in (("AAAA", ("answered", "nodata"), "mx"), ("A", ("malformed", "answered"), "mx")):
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind}.db"
                zone = "a.test MX 10 mx.one.example\nmx.one.example A 20.1.1.1\nmx.one.example AAAA 2a00::1\n"
                self.night([f"type={kind} name=mx.one.example -> nxdomain"], ["a.test"], 1, zone)
                self.assertEqual(self.rows("SELECT a_outcome, aaaa_outcome FROM v_host"), [outcomes])
                record = json.loads(harness.run("export", self.db).out)
                self.assertEqual((record["state"], "dangling_mx_host" in record["findings"]), (state, False))


if __name__ == "__main__":
    harness.main()
