#!/usr/bin/env python3
"""What could not be settled counts neither as yes nor as no: its number stands beside what is known, and shares are of the known."""
import json
import os
import re
import sys
import unittest

SOURCE = os.environ["MXS_SOURCE"]
sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
import harness  # noqa: E402

CONTROLS = "".join(f"{name} MX 10 mx.{name}\nmx.{name} A 20.9.9.{at}\n"
                   for at, name in enumerate(("example.com", "gmail.com", "outlook.com", "yahoo.com", "ripe.net"), 1))
SURVIVE, BACKUP, IPV6 = "survive the loss of their provider", "have an effective backup", "are reachable over IPv6"


class Unknown(harness.TestCase):
    def night(self, zone, names, *options, code=0, **more):
        result = self.scan(names, self.serve(CONTROLS + zone), "--servfail-wait", "50", *options, **more)
        self.assertEqual(result.code, code, result)
        return result

    def text(self, *arguments):
        result = harness.run(*arguments)
        self.assertEqual(result.code, 0, result)
        return result.out

    def tabled(self, table):
        return json.loads(self.text("report", self.db, table, "--format", "json"))["rows"]

    def one_of_twenty(self, known=("d19",)):
        names = [f"d{i}" for i in range(20)]
        zone = ""
        for i, name in enumerate(names):
            zone += f"{name}.test MX 10 a.{name}.test\n{name}.test MX 20 b.other{i}.test\na.{name}.test A 20.1.{i}.1\n"
            zone += f"b.other{i}.test A 20.3.1.1\n" if name in known else f"b.other{i}.test SERVFAIL\n"
            zone += f'_dmarc.{name}.test TXT "v=DMARC1; p=reject"\n' if name in known else f"_dmarc.{name}.test SERVFAIL\n"
        self.night(zone, [name + ".test" for name in names], "--checks", "mx,host,auth")

    def test_summary_headline_and_policies_tell_how_many_are_not_known(self):
        self.one_of_twenty()
        rows = {row["measure"]: row for row in self.tabled("summary")}
        self.assertEqual([rows[BACKUP][key] for key in ("domains", "share", "known", "unknown")], [1, 1, 1, 19])
        self.assertEqual([rows[SURVIVE][key] for key in ("domains", "share", "known", "unknown")], [1, 1, 1, 19])
        self.assertEqual([rows["can receive mail"][key] for key in ("domains", "share", "known", "unknown")], [20, 1, 20, None])
        self.assertRegex(self.text("report", self.db, "summary"), SURVIVE + r" +1 +100\.0 % +those that receive mail +1 +19\n")
        whole = " ".join(self.text("report", self.db).split())
        self.assertIn("Of the 1 of which it is known, 100.0 % survive the loss of their provider (not known of 19)", whole)
        self.assertNotIn("Of those that can", whole)
        row = {row["measure"]: row for row in self.tabled("policies")}["DMARC"]
        self.assertEqual([row[key] for key in ("value", "domains", "share", "known", "unknown")], ["p=reject", 1, 1, 1, 19])
        self.assertRegex(self.text("report", self.db, "policies"), r"DMARC +p=reject +1 +100\.0 % +1 +19\n")
        row, = self.tabled("tlds")
        self.assertEqual([row[key] for key in ("receiving", "backup_share", "backup_known", "single_host_known", "unknown")], [20, 1, 1, 1, 19])
        for table, head in (("policy_tlds", ("tld", "test")), ("policy_providers", ("provider", "self"))):
            row, = self.tabled(table)
            self.assertEqual([row[key] for key in (head[0], "domains", "dmarc_share", "spf_known", "dmarc_known", "mta_sts_known")], [head[1], 20, 1, 20, 1, None])
            self.assertRegex(self.text("report", self.db, table), "SPF known +DMARC known\n.* 20 +1\n")
        self.assertIn("not known: 19</small>", self.text("report", self.db, "--format", "html"))

    def test_what_an_mx_host_that_is_not_settled_cannot_change_is_known(self):
        zone = "".join(f"{name}.test MX 10 {at}.{name}.test\n{at}.{name}.test A {address}\n" for name, addresses in
                       (("apart", ("20.1.1.1", "20.1.2.1", "20.1.3.1")), ("near", ("20.2.1.1", "20.2.1.2")), ("one", ("20.3.1.1",)))
                       for at, address in zip("abc", addresses))
        zone += "".join(f"{name}.test MX 20 b.other.test\n" for name in ("apart", "near", "one")) + "b.other.test SERVFAIL\n"
        self.night(zone, ["apart.test", "near.test", "one.test"])
        self.assertEqual({name: record["redundancy"]["single_point"] for name, record in self.export().items()},
                         {"apart.test": "wider_or_none", "near.test": None, "one.test": None})
        row = {row["measure"]: row for row in self.tabled("summary")}["depend on a single host, address or prefix"]
        self.assertEqual([row[key] for key in ("domains", "share", "known", "unknown")], [0, 0, 1, 2])
        row, = self.tabled("tlds")
        self.assertEqual([row[key] for key in ("single_host_share", "single_host_known")], [0, 2], "two MX hosts are not one")
        self.assertIn("single point of failure: wider than a prefix, or none (not settled)", self.text("explain", self.db, "apart.test"))

    def test_where_none_is_known_no_number_stands(self):
        self.one_of_twenty(known=())
        rows = {row["measure"]: row for row in self.tabled("summary")}
        self.assertEqual([rows[SURVIVE][key] for key in ("domains", "share", "known", "unknown")], [None, None, 0, 20])
        whole = " ".join(self.text("report", self.db).split())
        self.assertIn("is not known: the addresses of some MX hosts could not be settled", whole)
        self.assertNotIn("were not asked", whole)
        row, = [row for row in self.tabled("policies") if row["measure"] == "DMARC"]
        self.assertEqual([row[key] for key in ("value", "domains", "share", "known", "unknown")], ["not known", None, None, 0, 20])
        self.assertRegex(self.text("report", self.db, "policies"), r"\nDMARC +not known +0 +20\n")
        self.assertEqual([row["measure"] for row in self.tabled("policies")].count("MTA-STS"), 0, "not asked")

    def test_nothing_needs_fixing_is_said_of_what_is_known(self):
        self.night("".join(f"d{i}.test MX 10 a.d{i}.test\nd{i}.test MX 20 b.d{i}.test\na.d{i}.test A 20.1.{i}.1\nb.d{i}.test SERVFAIL\n"
                           for i in range(9)), [f"d{i}.test" for i in range(9)])
        whole = self.text("report", self.db)
        self.assertIn("Nothing that could be determined needs fixing.", whole)
        self.assertNotIn("Nothing needs fixing.", whole)

    def test_one_provider_of_all_mx_hosts_is_not_survived_whether_they_are_settled_or_not(self):
        self.night("a.test MX 10 a.a.test\na.test MX 20 b.a.test\na.a.test A 20.1.1.1\nb.a.test SERVFAIL\n", ["a.test"])
        rows = {row["measure"]: row for row in self.tabled("summary")}
        self.assertEqual([rows[SURVIVE][key] for key in ("domains", "known", "unknown")], [0, 1, None])
        self.assertEqual({row["kind"]: row["lost"] for row in self.tabled("impact") if row["name"] == "org:a.test"}, {"provider": 1})

    def test_a_run_without_names_has_no_share(self):
        excluded = self.write("excluded", "a.test\n")
        self.night("a.test MX 10 mx.a.test\nmx.a.test A 20.1.1.1\n", ["a.test"], "--exclude", excluded)
        whole = self.text("report", self.db)
        self.assertIn("The run has no names.", whole)
        self.assertNotIn("0 of 0", whole)
        self.assertNotIn("needs fixing", whole)

    def test_what_is_no_longer_known_is_not_worse(self):
        names, good = [f"d{i}.test" for i in range(20)], ""
        for i, name in enumerate(names):
            good += f"{name} MX 10 mx.{name}\n{name} MX 20 b.other{i}.test\nmx.{name} A 20.1.{i}.1\nmx.{name} AAAA 2600:{i + 1}::1\nb.other{i}.test A 20.2.{i}.1\n"
        bad = good
        for i in range(8):
            bad = bad.replace(f"mx.d{i}.test AAAA 2600:{i + 1}::1\n", f"mx.d{i}.test SERVFAIL AAAA\n")
            bad = bad.replace(f"b.other{i}.test A 20.2.{i}.1\n", f"b.other{i}.test SERVFAIL\n")
        self.night(good, names)
        self.night(good, names)
        self.assertRegex(self.text("trend", self.db), r"other rows did not move \(")
        self.night(bad, names)
        text = self.text("trend", self.db)
        for measure in (SURVIVE, BACKUP, IPV6):
            self.assertRegex(text, f"(?m)^{measure} +100\\.0 % +not comparable: 8 not known, then 0 ")
        self.assertNotIn("worse,", text)
        for measure, name in (("survives provider loss", "yes"), ("backup", "effective"), ("reachable over IPv6", "yes"), ("finding", "single_host")):
            row = re.search(f"(?m)^{measure} +{name} +(.*)$", text)
            self.assertTrue(row is None or row[1].endswith("60.0 %"), f"{row and row[0]}: a change of what is not known")
        self.assertRegex(text, "(?m)^survives provider loss +unknown +0.0 % .* \\+40.0$")
        self.assertIn("no change where no more moved than is no longer known, or is known by now", " ".join(text.split()))
        page = self.text("report", self.db, "--format", "html")
        self.assertIn("not comparable with run 2: then 0 not known", page)
        self.assertNotIn("points since run 2", page)
        self.assertIn("What its loss does is not known", self.text("outage", self.db, "host", "b.other3.test"))

    def test_diff_tells_how_many_domains_have_an_mx_host_whose_addresses_are_not_known(self):
        """One behind an effective backup: no verdict hangs on it, and yet its address may have moved."""
        zone = "a.test MX 10 a.one.test\na.test MX 20 b.two.test\na.test MX 30 c.three.test\na.one.test A 20.1.1.1\nb.two.test A 20.2.2.2\n"
        self.night(zone + "c.three.test A 20.3.3.3\n", ["a.test"])
        self.night(zone + "c.three.test SERVFAIL A\n", ["a.test"])
        self.assertIn("\nOf 1 domain not all addresses of MX hosts are known now.\nNothing changed of what is known.\n", self.text("diff", self.db))
        self.assertEqual(json.loads(self.text("diff", self.db, "--format", "json"))["not_known"]["addresses"], 1)
        self.night(zone + "c.three.test A 20.3.3.3\n", ["a.test"])
        self.assertRegex(self.text("diff", self.db), r"(?m)^Nothing changed\.$")

    def test_a_finding_of_a_policy_that_is_no_longer_known_did_not_move(self):
        names = [f"d{i}.test" for i in range(20)]
        zone = "".join(f'{name} MX 10 mx.{name}\nmx.{name} A 20.1.{i}.1\n{name} TXT "v=spf1 -all"\n' for i, name in enumerate(names))
        lost = "".join(f"_dmarc.{name} SERVFAIL\n" for name in names[:8])
        found = "".join(f'_dmarc.{name} TXT "v=DMARC1; p=reject"\n' for name in names[:12])
        self.night(zone, names, "--checks", "mx,host,auth")
        self.night(zone + lost, names, "--checks", "mx,host,auth")
        self.assertRegex(self.text("trend", self.db), r"(?m)^finding +dmarc_missing +100\.0 % +60\.0 %$")
        said = self.text("diff", self.db)
        self.assertIn("\nOf 8 domains not all policies are known now.\nNothing changed of what is known.\n", said)
        self.assertEqual(json.loads(self.text("diff", self.db, "--format", "json"))["not_known"], {"undetermined": 0, "undetermined_before": 0, "partly": 0, "policies": 8, "addresses": 0})
        self.night(zone, names, "--checks", "mx,host,auth", "--list", "other")
        self.night(zone + found, names, "--checks", "mx,host,auth", "--list", "other")
        self.assertRegex(self.text("trend", self.db, "--list", "other"), r"(?m)^finding +dmarc_missing +100\.0 % +40\.0 % +-60\.0$")

    def test_a_move_too_small_to_show_is_a_move(self):
        names = [f"d{i}.test" for i in range(2500)]
        zone = "".join(f"{name} MX 10 mx.mail.test\n" for name in names) + "mx.mail.test A 20.1.1.1\n"
        self.night(zone, names, "--checks", "mx")
        self.night(zone.replace("d7.test MX 10 mx.mail.test\n", "d7.test MX 0 .\n", 1), names, "--checks", "mx")
        text = self.text("trend", self.db)
        self.assertRegex(text, r"(?m)^can receive mail +>99\.9 % +worse, by less than 0\.05")
        self.assertIn("moved by less than 0.05 points", text)


if __name__ == "__main__":
    unittest.main(verbosity=1)
