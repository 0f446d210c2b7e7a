"""CAA: the records of the domain or of the nearest parent that has any, asked once for all; what they say of mail; and nothing where an
answer is missing (tests/unit/checks/caa_test.c)."""
import unittest

import json

import harness

MX = "in.host.example A 20.1.1.1\n" + "".join(f"{name} MX 10 in.host.example\n" for name in (
    "own.test", "a.deep.up.test", "b.deep.up.test", "bare.example", "nomail.test", "somemail.test", "bad.test"))
ZONE = MX + """
own.test CAA 0 issue "ca.example; account=1"
own.test CAA 0 issuewild ";"
own.test CAA 128 iodef "mailto:a@own.test"
up.test CAA 0 issue "up.example"
test CAA 0 issue "top.example"
nomail.test CAA 0 issuemail ";"
null.test CAA 0 issuemail ";"
null.test MX 0 .
somemail.test CAA 0 issuemail ";"
somemail.test CAA 0 issuemail "mail.example"
bad.test CAA 0 issue "not a name"
"""
NAMES = ["own.test", "a.deep.up.test", "b.deep.up.test", "bare.example", "nomail.test", "null.test", "somemail.test", "bad.test"]


class Caa(harness.TestCase):
    def authority(self, zone):
        """The zone as a master file: the harness knows no CAA."""
        lines = zone.strip().splitlines()
        caa = [line for line in lines if " CAA " in line]
        text = harness.master_file("\n".join(line for line in lines if line not in caa) + "\n")
        for line in caa:
            name, rest = line.split(" ", 1)
            text += f"{name}. 300 IN {rest}\n"
        return self.nsd(master=self.write("master", text))

    def setUp(self):
        super().setUp()
        self.assertEqual(self.scan(NAMES, self.authority(ZONE), "--checks", "mx,host,caa").code, 0)
        self.records = self.export()

    def caa(self, name):
        return self.records[name]["caa"]

    def test_the_nearest_name_with_records_holds(self):
        self.assertEqual(self.caa("own.test"), {
            "record": '0 issue "ca.example; account=1"; 0 issuewild ";"; 128 iodef "mailto:a@own.test"', "result": "ok", "inherited_from": None,
            "issue": ["ca.example"], "issuewild": [], "issuemail": None, "iodef": ["mailto:a@own.test"]})
        for name in ("a.deep.up.test", "b.deep.up.test"):
            self.assertEqual((self.caa(name)["inherited_from"], self.caa(name)["issue"]), ("up.test", ["up.example"]))
        self.assertIsNone(self.caa("bare.example"))
        self.assertIsNone(self.records["own.test"]["auth"]["spf"], "not asked")

    def test_more_than_are_read_is_told_as_that(self):
        many = "many.test MX 10 in.host.example\n" + "".join(f'many.test CAA 0 issue "ca{i:02}.example"\n' for i in range(40))
        self.assertEqual(self.scan(["many.test"], self.authority(MX + many), "--checks", "mx,host,caa", "--new").code, 0)
        told = self.export()["many.test"]["caa"]
        self.assertEqual((told["result"], len(told["issue"])), ("limit", 32))

    def test_findings(self):
        found = {name: [f for f in record["findings"] if f.startswith("caa_")] for name, record in self.records.items()}
        self.assertEqual({name: f for name, f in found.items() if f},
                         {"nomail.test": ["caa_no_mail_certificates"], "bad.test": ["caa_malformed"]})

    def test_tables_count_what_was_found(self):
        self.assertEqual(self.rows("SELECT value, domains FROM v_policy_measure WHERE measure = 'CAA'"),
                         [("absent", 1), ("published", 4), ("of a parent", 2), ("malformed", 1)])

    def test_reports_show_a_check_they_do_not_know_by_name(self):
        """Without `auth` and `transport`, too: the tables of policies are of whatever check tells of records."""
        text = harness.run("report", self.db)
        self.assertRegex(text.out, r"CAA +published +4")
        page = harness.run("report", self.db, "--format", "html").out
        self.assertRegex(page, r"CAA")
        self.assertRegex(page, r"Read from [^\n]*--checks mx,[^\n]*caa", "what was asked")
        told = json.loads(harness.run("report", self.db, "--format", "json").out)
        self.assertIn("CAA", json.dumps(told["policies"]))
        explained = harness.run("explain", self.db, "own.test")
        self.assertIn('  CAA: 0 issue "ca.example; account=1"', explained.out)
        self.assertNotIn("CAA", harness.run("explain", self.db, "bare.example").out)

    def test_parents_are_asked_once_for_all(self):
        self.assertEqual(self.rows("SELECT name, count(*) FROM shared WHERE type = 257 AND name IN ('up.test', 'deep.up.test') GROUP BY name"),
                         [("deep.up.test", 1), ("up.test", 1)])

    def test_a_change_is_told_as_one_of_policy(self):
        other = self.authority(ZONE.replace("ca.example; account=1", "other.example"))
        self.assertEqual(self.scan(NAMES, other, "--checks", "mx,host,caa").code, 0)
        self.assertEqual(self.rows("SELECT domain, old, new FROM v_policy_change WHERE from_run = 1 AND to_run = 2"),
                         [("own.test", '0 issue "ca.example; account=1"; 0 issuewild ";"; 128 iodef "mailto:a@own.test"',
                           '0 issue "other.example"; 0 issuewild ";"; 128 iodef "mailto:a@own.test"')])


if __name__ == "__main__":
    unittest.main()
