"""The real-world lab behind NSD: 4,739 domains, every MX set and preference equal to its truth."""
import collections
import gzip
import json

import harness

# MX hosts whose name alone says who holds the mailbox, by the operators' own documentation.
SHOWN = {"microsoft": (".mail.protection.outlook.com", ".mx.microsoft", ".mail.protection.outlook.de"),
         "google": (".google.com", ".googlemail.com")}
REQUIRED = 0.97


def shows(label, mx):
    """The first choice is that provider's, all of it."""
    first = min((preference for preference, _ in mx), default=None)
    return bool(mx) and all(("." + host).endswith(SHOWN[label]) for preference, host in mx if preference == first)


class RealWorld(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        truth = harness.realworld("truth.jsonl.gz")
        zone, names = harness.realworld("root.zone.gz"), harness.realworld("domains.txt")
        cls.case = harness.TestCase()
        cls.case.setUp()
        cls.addClassCleanup(cls.case.doCleanups)
        with gzip.open(truth, "rt", encoding="utf-8") as file:
            cls.truth = {record["domain"]: record for record in map(json.loads, file)}
        cls.result = cls.case.scan(names, cls.case.nsd(master=zone), timeout_s=120)
        cls.records = cls.case.export() if cls.result.code == 0 else {}

    def setUp(self):
        super().setUp()
        self.assertEqual(self.result.code, 0, self.result)

    def test_every_mx_host_and_preference_is_true(self):
        self.assertEqual(set(self.records), set(self.truth))
        wrong = {name: (self.mx_of(self.records[name]), record["mx"]) for name, record in self.truth.items()
                 if sorted(map(tuple, record["mx"])) != sorted(self.mx_of(self.records[name]))}
        self.assertEqual(wrong, {})

    def test_nothing_stays_undetermined(self):
        self.assertEqual([n for n, r in self.records.items() if r["state"] == "undetermined"], [])

    def test_no_domain_with_mx_is_called_without(self):
        for name, record in self.truth.items():
            state = self.records[name]["state"]
            if record["mx"] == [[0, ""]]:
                self.assertEqual(state, "null_mx", name)
                # nobody holds its mail, whatever a label says: the data set's own calls 14 of these 15 "independent"
                provider = self.records[name]["provider"]
                self.assertEqual((provider["gateway"], provider["mailbox"], provider["mailboxes"], provider["backup"]), (None, None, [], []), name)
            elif record["mx"]:
                self.assertIn(state, ("mx", "broken", "null_mx_invalid"), name)
            else:
                self.assertIn(state, ("implicit_mx", "no_mail", "nxdomain", "broken"), name)

    def test_shown_mailboxes_are_named(self):
        right, all_of, wrong = collections.Counter(), collections.Counter(), []
        for name, record in self.truth.items():
            label = record["label"]
            if label not in SHOWN or not shows(label, record["mx"]):
                continue
            all_of[label] += 1
            found = self.records[name]["provider"]["mailbox"]
            right[label] += found == label
            if found != label:
                wrong.append((name, found, record["mx"]))
        for label in SHOWN:
            self.assertGreater(all_of[label], 0)
            self.assertGreaterEqual(right[label] / all_of[label], REQUIRED, wrong[:20])


if __name__ == "__main__":
    harness.main()
