"""A change that crosses nights in which its fact could not be settled is told once: in the first night that settles it again, against what stood before."""
import shutil

import harness

SAME = "mx.same.test A 20.0.0.1\nmx2.same.test A 20.0.9.1\naspmx.l.google.com A 20.1.0.1\nn.mail.protection.outlook.com A 20.2.0.1\n"
BEFORE = SAME + """
still.test MX 10 mx.same.test
broke.test MX 10 mx.broke.test
mx.broke.test A 20.3.0.1
gone.test MX 10 mx.same.test
add.test MX 10 mx.same.test
remove.test MX 10 mx.same.test
remove.test MX 20 mx3.same.test
mx3.same.test A 20.0.0.1
swap.test MX 10 mx.same.test
swap.test MX 20 mx2.same.test
migrate.test MX 10 aspmx.l.google.com
lose.test MX 10 mx.same.test
lose.test MX 20 mx2.same.test
gain.test MX 10 mx.same.test
moved.test MX 10 mx.same.test
moved.test MX 20 mx.moved.test
mx.moved.test A 20.4.0.1
dangle.test MX 10 mx.same.test
dangle.test MX 20 mx.dangle.test
mx.dangle.test A 20.5.0.1
backup.test MX 10 mx.same.test
backup.test MX 20 mx.backup.test
mx.backup.test A 20.6.0.1
first.test MX 10 first.l.google.com
first.test MX 20 n.mail.protection.outlook.com
first.l.google.com A 20.1.0.2
policy.test MX 10 mx.same.test
policy.test TXT "v=spf1 ~all"
both.test MX 10 mx.same.test
both.test TXT "v=spf1 ~all"
"""
AFTER = SAME + """
still.test MX 10 mx.same.test
broke.test MX 10 mx.broke.test
add.test MX 10 mx.same.test
add.test MX 20 mx4.same.test
mx4.same.test A 20.0.0.1
again.test MX 10 mx.same.test
remove.test MX 10 mx.same.test
mx3.same.test A 20.0.0.1
swap.test MX 20 mx.same.test
swap.test MX 10 mx2.same.test
migrate.test MX 10 n.mail.protection.outlook.com
lose.test MX 10 mx.same.test
gain.test MX 10 mx.same.test
gain.test MX 20 mx2.same.test
moved.test MX 10 mx.same.test
moved.test MX 20 mx.moved.test
mx.moved.test A 20.4.0.2
dangle.test MX 10 mx.same.test
dangle.test MX 20 mx.dangle.test
backup.test MX 10 mx.same.test
backup.test MX 20 mx.backup.test
mx.backup.test A 20.0.0.1
first.test MX 10 first.l.google.com
first.test MX 20 n.mail.protection.outlook.com
policy.test MX 10 mx.same.test
policy.test TXT "v=spf1 -all"
both.test MX 10 mx2.same.test
both.test TXT "v=spf1 -all"
"""
NAMES = ("still.test", "broke.test", "gone.test", "again.test", "add.test", "remove.test", "swap.test", "migrate.test", "lose.test", "gain.test", "moved.test",
         "dangle.test", "backup.test", "first.test", "policy.test", "both.test")
DOUBT = [f"name={name} type=MX -> servfail" for name in
         ("still.test", "broke.test", "gone.test", "again.test", "add.test", "remove.test", "swap.test", "migrate.test", "lose.test", "gain.test", "both.test")]
DOUBT += [f"name={name} -> servfail" for name in ("mx.moved.test", "mx.dangle.test", "mx.backup.test", "first.l.google.com")]
DOUBT = (*DOUBT, "name=policy.test type=TXT -> servfail")
WANTED = {
    "broke.test": {"receives_no_more", "state_changed", "host_dangling"},
    "gone.test": {"receives_no_more", "state_changed", "host_removed"},
    "again.test": {"receives_again", "state_changed", "host_added"},
    "add.test": {"host_added"},
    "remove.test": {"host_removed"},
    "swap.test": {"preference_swap"},
    "migrate.test": {"provider_migrated", "host_added", "host_removed"},
    "lose.test": {"backup_lost", "host_removed"},
    "gain.test": {"backup_gained", "host_added"},
    "moved.test": {"address_moved"},
    "dangle.test": {"host_dangling", "backup_lost"},
    "backup.test": {"address_moved", "backup_lost"},
    "first.test": {"provider_migrated", "host_dangling"},
    "policy.test": {"policy_changed"},
    "both.test": {"host_added", "host_removed"},
}
CHECKS = ("--checks", "mx,host,auth", "--servfail-wait", 50, "--health", "off", "--list", "nightly")


WITHOUT = tuple(name for name in NAMES if name != "broke.test")
LIES = ("name=gone.test type=MX first=1 -> nxdomain", "name=mx.dangle.test type=A first=1 -> nxdomain", "name=policy.test type=TXT first=1 -> empty")
# What a night finds: (zone, rules, names).
KNOWN, DOUBTFUL, STILL, CHANGED = (BEFORE, (), NAMES), (BEFORE, DOUBT, NAMES), (AFTER, DOUBT, NAMES), (AFTER, (), NAMES)


class Crossing(harness.TestCase):
    def after(self, *nights):
        self.nights(lambda night: self.night(*night, code=3 if night[1] is DOUBT else 0), *nights)

    def night(self, zone, rules=(), names=NAMES, db=None, code=0, more=()):
        result = self.scan(names, self.serve(zone, rules), *CHECKS, *more, **({"db": db} if db else {}))
        self.assertEqual(result.code, code, result)

    def changes(self, old, new, db=None):
        """{(domain, kind, old, new): undetermined since}, and the domains of which nothing could be said."""
        result = harness.run("diff", db or self.db, old, new, "--format", "json")
        self.assertEqual(result.code, 0, result)
        document = result.json()
        told = {(c["domain"], c["kind"], c["old"], c["new"]): c["undetermined_since"] for c in document["changes"]}
        self.assertEqual(len(told), len(document["changes"]), "each kind once")
        self.assertEqual(sum(document["counts"].values()), len(document["changes"]) + len(document["became_undetermined"]))
        of_mail = {c["domain"] for c in document["changes"] if c["kind"] not in ("left", "joined", "facet_changed")}
        self.assertEqual(document["changed_domains"], len(of_mail))
        return told, {c["domain"] for c in document["became_undetermined"]}

    def kinds(self, told):
        found = {}
        for domain, kind, _, _ in told:
            found.setdefault(domain, set()).add(kind)
        return found

    def view(self, new, db=None):
        rows = self.rows("SELECT domain, kind, ifnull(old, ''), ifnull(new, ''), undetermined_since FROM v_change WHERE run_id = ?"
                         " AND kind <> 'became_undetermined'", new, **({"db": db} if db else {}))
        told = {tuple(row[:4]): row[4] for row in rows}
        self.assertEqual(len(told), len(rows))
        return told

    def equal(self, told, other):
        """The same changes, since whenever."""
        self.assertEqual(sorted((a, b, c or "", d or "") for a, b, c, d in told), sorted((a, b, c or "", d or "") for a, b, c, d in other))

    def view_equals(self, old, new, db=None):
        told, _ = self.changes(old, new, db)
        self.assertEqual({(a, b, c or "", d or ""): since for (a, b, c, d), since in told.items()}, self.view(new, db))
        return told

    def test_each_kind_is_told_once_in_the_first_settled_night(self):
        self.after(KNOWN, DOUBTFUL, CHANGED, CHANGED)
        direct, _ = self.changes(1, 3)
        self.assertEqual(self.kinds({c: s for c, s in direct.items() if c[1] != "policy_changed" or c[0] != "both.test"}), WANTED)
        self.assertEqual(set(direct.values()), {None})
        first, doubtful = self.changes(1, 2)
        self.assertEqual(first, {}, "nothing is known of the second night")
        self.assertEqual(doubtful, {"still.test", "broke.test", "gone.test", "again.test", "add.test", "remove.test", "swap.test", "migrate.test", "lose.test",
                                    "gain.test", "both.test"})
        second = self.view_equals(2, 3)
        self.equal(second, direct)
        self.assertEqual({c: since for c, since in second.items() if since != 2}, {("both.test", "policy_changed", "v=spf1 ~all", "v=spf1 -all"): None})
        self.assertEqual(self.changes(3, 4), ({}, set()))
        self.assertEqual(self.view_equals(3, 4), {})
        text = harness.run("diff", self.db, 2, 3).out
        self.assertIn("undetermined since run", text)
        self.assertNotIn("undetermined since", harness.run("diff", self.db, 1, 3).out)
        csv = harness.run("diff", self.db, 2, 3, "--format", "csv", "--exit-code")
        self.assertTrue(csv.out.splitlines()[0].endswith(",undetermined_since"), csv)
        self.assertEqual(csv.code, 4)
        self.assertIn("undetermined since run", harness.run("diff", self.db, 2, 3, "--format", "html").out)

    def test_two_unsettled_nights_in_a_row(self):
        self.after(KNOWN, KNOWN, DOUBTFUL, STILL, CHANGED)
        direct, _ = self.changes(2, 5)
        self.assertEqual(self.kinds(direct).keys(), WANTED.keys())
        second, doubtful = self.changes(3, 4)
        self.assertEqual((self.kinds(second), doubtful), ({"both.test": {"policy_changed"}}, set()), "its policy is settled, and told that night")
        third = self.view_equals(4, 5)
        self.equal(third, [c for c in direct if c[:2] != ("both.test", "policy_changed")])
        self.assertEqual(set(third.values()), {3}, "since the first night that did not know")
        skipped, _ = self.changes(3, 5)
        self.equal(skipped, direct)

    def test_what_came_back_as_it_was_is_no_change(self):
        self.after(KNOWN, DOUBTFUL, KNOWN)
        self.assertEqual(self.view_equals(2, 3), {})

    def test_a_domain_that_leaves_the_list_in_between(self):
        self.after(KNOWN, DOUBTFUL, (AFTER, (), WITHOUT), CHANGED)
        told = self.kinds(self.view_equals(2, 3))
        self.assertEqual(told.pop("broke.test"), {"left"})
        self.assertEqual(self.kinds(self.view_equals(3, 4)), {"broke.test": {"joined"}})
        direct, skipped = self.changes(1, 4)[0], self.changes(2, 4)[0]
        self.equal(skipped, direct)
        self.assertEqual(skipped["broke.test", "state_changed", "mx", "broken"], 2)

    def test_a_domain_that_joins_undetermined_is_compared_with_what_it_last_was(self):
        self.after(KNOWN, (BEFORE, (), WITHOUT), STILL, CHANGED)
        self.assertEqual(self.kinds(self.view_equals(2, 3))["broke.test"], {"joined"})
        third = self.view_equals(3, 4)
        self.assertEqual(third["broke.test", "state_changed", "mx", "broken"], 3)

    def test_runs_that_were_dropped(self):
        self.after(KNOWN, KNOWN, DOUBTFUL, STILL, CHANGED)
        direct, _ = self.changes(2, 5)
        for dropped, old, since in ((1, 4, 3), (2, 4, 3), (4, 3, 3), (3, 4, 4)):
            with self.subTest(dropped=dropped):
                copy = self.folder / f"without{dropped}.db"
                shutil.copy(self.db, copy)
                self.assertEqual(harness.run("prune", copy, "--run", dropped).code, 0)
                told = self.view_equals(old, 5, db=copy)
                told.pop(("both.test", "policy_changed", "v=spf1 ~all", "v=spf1 -all"), None)
                self.equal(told, [c for c in direct if c[:2] != ("both.test", "policy_changed")])
                self.assertEqual(set(told.values()), {since})
        copy = self.folder / "forgotten.db"
        shutil.copy(self.db, copy)
        self.assertEqual(harness.run("prune", copy, "--keep", 3).code, 0)
        self.assertEqual(self.view_equals(4, 5, db=copy), {}, "nobody knows what stood before")

    def test_merged_shards(self):
        out, parts = self.folder / "out.db", [self.folder / "one.db", self.folder / "two.db"]
        for zone, rules in ((BEFORE, ()), (BEFORE, DOUBT), (AFTER, ())):
            for k, part in enumerate(parts):
                result = self.scan(NAMES, self.serve(zone, rules), *CHECKS, "--shard", f"{k + 1}/2", db=part)
                self.assertIn(result.code, (0, 3), result)
            result = harness.run("merge", out, *parts)
            self.assertIn(result.code, (0, 3), result)
        direct, _ = self.changes(1, 3, out)
        self.assertEqual(self.kinds(direct).keys(), WANTED.keys())
        self.assertEqual(self.changes(1, 2, out)[0], {})
        self.equal(self.view_equals(2, 3, out), direct)

    def test_a_loss_behind_an_unsettled_night_is_asked_again_before_it_is_told(self):
        """The first answer of the third night lies, of the MX, of an address and of a policy alike."""
        self.after(KNOWN, DOUBTFUL, (BEFORE, LIES, NAMES))
        self.assertEqual(self.view_equals(2, 3), {})

    def test_a_backup_that_never_answers_hides_no_migration(self):
        lines = "dead.test MX 20 mx.dead.test\n"
        dead = ["name=mx.dead.test -> servfail"]
        self.night(SAME + "dead.test MX 10 aspmx.l.google.com\n" + lines, dead, ["dead.test"])
        self.night(SAME + "dead.test MX 10 n.mail.protection.outlook.com\n" + lines, dead, ["dead.test"])
        self.assertEqual(self.kinds(self.view_equals(1, 2)), {"dead.test": {"provider_migrated", "host_added", "host_removed"}})


if __name__ == "__main__":
    harness.main()
