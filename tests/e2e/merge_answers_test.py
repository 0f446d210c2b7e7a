"""What shards say of the same thing: mail servers, policy files, MX hosts they disagree on; and what of a shard is its own."""
import os
import shutil
import sqlite3
import subprocess

import harness
import mailworld
import sts_test

SHARDS = 3


class Shards(harness.TestCase):
    """Names whose shard is known, and a merge of what was scanned of them."""

    checks = ("--checks", "mx,host")

    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.db"
        self.parts = [self.folder / f"shard{k}.db" for k in range(1, SHARDS + 1)]

    def made_once(self, what, make, *paths):
        """These files as make() leaves them: made by the first test of the class that needs them, copied for the others."""
        if "made" not in vars(type(self)):
            type(self).made = {}
        if what not in self.made:
            make()
            self.made[what] = [path.read_bytes() for path in paths]
        for path, content in zip(paths, self.made[what]):
            path.write_bytes(content)

    def shard(self, number, names, server, *options, code=0, shards=SHARDS):
        result = self.scan(names, server, "-q", "--shard", f"{number}/{shards}", *self.checks, *options, db=self.parts[number - 1])
        self.assertEqual(result.code, code, result)
        return result

    def shards(self, names, server, *options):
        for number in range(1, SHARDS + 1):
            self.shard(number, names, server, *options)

    def merge(self, *arguments, code=0, words=()):
        before = self.out.read_bytes() if self.out.exists() else None
        result = harness.run("merge", self.out, *(arguments or self.parts))
        self.assertEqual(result.code, code, result)
        for word in words:
            self.assertIn(word, result.err)
        if code:
            self.assertEqual(len(result.err.strip().splitlines()), 1, result)
            self.assertEqual(self.out.read_bytes() if self.out.exists() else None, before)
        return result

    def alter(self, database, sql, *values):
        with sqlite3.connect(database) as store:
            store.execute(sql, values)
        store.close()


NAMES = [f"n{i}.test" for i in range(60)]


def zone(names=NAMES, address="20.0.0.1"):
    return "".join(f"{name} MX 10 mx.p.test\n{name} MX 20 mx.q.test\n" for name in names) + f"mx.p.test A {address}\nmx.q.test A 20.0.0.2\n"


class Disagreement(Shards):
    def given(self, number, world=None, rules=(), *options):
        """The shard of that number as this world is."""
        world = world or zone()
        self.made_once((number, world, *rules, *options), lambda: self.shard(number, NAMES, self.serve(world, rules=rules), *options), self.parts[number - 1])

    def all_merged(self):
        """OUT of three shards of the same world; returns what was told."""
        def make():
            type(self).told = self.merge().out
        for number in range(1, SHARDS + 1):
            self.given(number)
        self.made_once("merged", make, self.out)
        return self.told

    def notes(self):
        return [text for text, in self.rows("SELECT text FROM v_note WHERE kind = 'merge'", db=self.out)]

    def addresses(self, host):
        row, = self.rows("SELECT oa.name, (SELECT group_concat(x.address) FROM address_entry e JOIN address x ON x.id = e.address_id WHERE e.set_id = s.a_set_id),"
                         " ob.name, (SELECT group_concat(x.address) FROM address_entry e JOIN address x ON x.id = e.address_id WHERE e.set_id = s.aaaa_set_id)"
                         " FROM host_history s JOIN host h ON h.id = s.host_id JOIN outcome oa ON oa.id = s.a_outcome JOIN outcome ob ON ob.id = s.aaaa_outcome"
                         " WHERE h.name = ?", host, db=self.out)
        return row

    def test_what_all_say_is_no_disagreement(self):
        self.assertIn("4 times an MX host was asked by one more shard, 4 times (100.0 %)", self.all_merged())
        self.assertEqual(self.notes(), ["4 times an MX host was asked by one more shard, 4 times (100.0 %) it said the same"])

    def test_the_shard_of_the_highest_number_counts_and_the_difference_is_the_error_bar(self):
        for number, world in ((1, zone()), (2, zone()), (3, zone().replace("mx.p.test A 20.0.0.1", "mx.p.test AAAA 2a00::9"))):
            self.given(number, world)
        sample = [self.rows("SELECT agreement_asked, agreement_same FROM v_run", db=part)[0] for part in self.parts]
        result = self.merge()
        self.assertIn("4 times an MX host was asked by one more shard, 3 times (75.0 %) it said the same", result.out)
        self.assertEqual(self.notes(), ["4 times an MX host was asked by one more shard, 3 times (75.0 %) it said the same"])
        self.assertEqual(self.addresses("mx.p.test"), ("nodata", None, "answered", "2a00::9"))
        content = self.content(db=self.out)
        asked, same = (sum(column) for column in zip(*sample))
        self.assertEqual(self.rows("SELECT agreement_asked, agreement_same FROM v_run", db=self.out), [(asked + 4, same + 3)])
        told = harness.run("report", self.out).out
        self.assertIn(f"Repeatability: {same + 3} of {asked + 4} re-queries agreed", told)
        self.alter(self.parts[2], "UPDATE run SET finished_at = finished_at + 99999")
        self.out.unlink()
        self.merge(*reversed(self.parts))
        self.assertEqual(self.content(db=self.out), content, "whatever the clocks say, and in whatever order they are named")

    def test_nights_follow_the_order_of_merging_and_a_clock_that_contradicts_is_named(self):
        server = self.serve(zone())
        self.all_merged()
        shutil.copy(self.parts[0], self.folder / "kept.db")
        self.shards(NAMES[:50], server)
        for part in self.parts[1:]:
            self.alter(part, "UPDATE run SET started_at = started_at - 9000, finished_at = finished_at - 9000 WHERE id = 2")
        self.assertIn("by their clocks 2 of 3 shards ended before run 1 did", self.merge().err)
        self.assertEqual(self.rows("SELECT run_id, accepted FROM v_run", db=self.out), [(1, 60), (2, 50)])
        self.assertEqual([run for run, in self.rows("SELECT run_id FROM v_note WHERE kind = 'unfit'", db=self.out)], [2])
        self.merge(code=2, words=["shard1.db: was merged already, into run 2"])
        self.assertEqual(harness.run("prune", self.out, "--run", 2).code, 0)
        self.merge()
        self.merge(self.folder / "kept.db", "--partial", code=2, words=["kept.db: was merged already, into run 1"])

    def test_other_addresses_are_a_pool_as_for_one_machine_that_asks_again(self):
        for number, address in ((1, "20.0.0.1"), (2, "20.0.0.1"), (3, "20.0.0.9")):
            self.given(number, zone(address=address))
        self.assertIn("4 times an MX host was asked by one more shard, 3 times", self.merge().out)
        self.assertEqual(self.addresses("mx.p.test")[1], "20.0.0.1,20.0.0.9")

    def test_a_shard_whose_resolver_denies_all_control_names_counts_for_less_whoever_is_named_later(self):
        known = "".join(f"{name} MX 10 mx.{name}\n" for name in ("gmail.com", "outlook.com", "yahoo.com", "ripe.net"))
        told = set()
        for number in (1, 3):
            self.given(number, zone() + known)
        self.given(2, zone(), ["name=mx.p.test -> nxdomain", "name=mx.q.test -> empty"])
        for order in ((1, 2, 3), (3, 1, 2), (2, 3, 1), (3, 2, 1)):
            self.out.unlink(missing_ok=True)
            self.merge(*(self.parts[number - 1] for number in order))
            self.assertEqual(self.addresses("mx.p.test")[:2], ("answered", "20.0.0.1"), order)
            told.add(self.content(db=self.out))
            self.assertEqual(self.one("SELECT count(*) FROM v_note WHERE kind = 'denial'", db=self.out), 1)
        self.assertEqual(len(told), 1)

    def test_settled_beats_unsettled_whoever_is_named_later(self):
        options = ("--servfail-wait", 50, "--timeout", 500, "--deadline", 3000)
        for order in ((1, 2, 3), (3, 1, 2)):
            with self.subTest(order=order):
                self.out.unlink(missing_ok=True)
                for number in (1, 3):
                    self.given(number)
                self.given(2, zone(), ["name=mx.p.test -> servfail"], *options)
                told = self.merge(*(self.parts[number - 1] for number in order)).out
                self.assertIn("3 times an MX host was asked by one more shard, 3 times", told)
                self.assertEqual(self.addresses("mx.p.test")[:2], ("answered", "20.0.0.1"))


class Apart(Shards):
    """What was measured stays that of each shard."""

    def test_sums_of_resolvers(self):
        server = self.serve(zone(), servers=2)
        self.shards(NAMES, server)
        self.merge()
        columns = "asked, answers, timeouts, servfail, refused, malformed, truncated, unreachable, rtt_sum_us, rtt_min_us, rtt_max_us, ports"
        for number, part in enumerate(self.parts, 1):
            own = self.rows(f"SELECT r.address, {columns} FROM run_resolver s JOIN resolver r ON r.id = s.resolver_id ORDER BY 1", db=part)
            self.assertEqual(len(own), 2)
            merged = self.rows(f"SELECT r.address, {columns} FROM run_resolver s JOIN resolver r ON r.id = s.resolver_id WHERE r.address LIKE ? ORDER BY 1",
                               f"% of shard {number}/{SHARDS}", db=self.out)
            self.assertEqual([(f"{row[0]} of shard {number}/{SHARDS}", *row[1:]) for row in own], merged)
        asked = self.one("SELECT sum(asked) FROM run_resolver", db=self.out)
        self.assertEqual(asked, sum(self.one("SELECT sum(asked) FROM run_resolver", db=part) for part in self.parts))
        for record in self.export(db=self.out).values():
            self.assertRegex(record["measured"]["resolver"], r" of shard \d/3$")
        one, = {self.one("SELECT sum(datagrams) FROM v_run", db=self.out)}
        self.assertEqual(one, sum(self.one("SELECT datagrams FROM v_run", db=part) for part in self.parts))


class WhatDiffers(Shards):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.for_all().serve(zone())

    def setUp(self):
        super().setUp()
        self.made_once("shards", lambda: self.shards(NAMES, self.server), *self.parts)

    def test_an_unfinished_shard(self):
        self.merge()
        (self.parts[1]).unlink()
        self.assertEqual(self.shard(2, NAMES, self.server, "--rate", "9", "--time-limit", "1", code=75).code, 75)
        self.merge(code=2, words=["shard2.db", "run 1 is not finished", "give the same scan again"])
        other = self.folder / "other.db"
        result = harness.run("merge", "--partial", other, *self.parts)
        self.assertEqual(result.code, 0, result)
        self.assertIn("is not finished", result.err)
        self.assertEqual(self.rows("SELECT shard, degraded FROM v_run", db=other), [("2 of 3", 1)])
        self.shard(2, NAMES, self.server)
        again = self.folder / "again.db"
        self.assertEqual(harness.run("merge", again, *self.parts).code, 0)

    def test_a_damaged_shard_costs_the_others_nothing(self):
        kept = [part.read_bytes() for part in self.parts]
        self.parts[2].write_bytes(kept[2][:8192] + os.urandom(8192) + kept[2][16384:])
        self.merge(code=1, words=["shard3.db"])
        self.assertEqual([part.read_bytes() for part in self.parts[:2]], kept[:2])
        self.parts[2].unlink()
        self.shard(3, NAMES, self.server)
        self.merge()

    def test_another_program_or_rule_set(self):
        for key, words in (("$.mxsurvey", "another version of mxsurvey"), ("$.rule_set", "another rule-set")):
            with self.subTest(key=key):
                old = self.one("SELECT versions FROM run", db=self.parts[1])
                self.alter(self.parts[1], "UPDATE run SET versions = json_set(versions, ?, 'ffff')", key)
                self.merge(code=2, words=[words, "shard1.db", "shard2.db", "ffff"])
                self.alter(self.parts[1], "UPDATE run SET versions = ?", old)
        self.merge()

    def test_another_asn_file(self):
        files = []
        for layout in ("geolite2", "dbip"):
            files.append(self.folder / f"{layout}.mmdb")
            made = subprocess.run(["perl", harness.SOURCE / "tests/support/make_mmdb.pl", files[-1], layout], capture_output=True, check=False)
            if made.returncode == 77:
                self.skipTest("skipped: MaxMind::DB::Writer is not installed")
            self.assertEqual(made.returncode, 0, made)
        for number, file in ((1, files[0]), (2, files[0]), (3, files[1])):
            self.parts[number - 1].unlink()
            self.shard(number, NAMES, self.server, "--asn-db", file)
        self.merge("--asn-db", files[0], *self.parts, code=2, words=["other networks (--asn-db)", "shard1.db", "shard3.db", "GeoLite2-ASN", "DBIP-ASN-Lite"])
        self.parts[2].unlink()
        self.merge(*self.parts, code=2, words=["no such database"])
        self.shard(3, NAMES, self.server)
        self.merge("--asn-db", files[0], *self.parts, code=2, words=["other networks (--asn-db)", "shard3.db", "`none`"])
        self.parts[2].unlink()
        self.shard(3, NAMES, self.server, "--asn-db", files[0])
        for argument in ((), ("--asn-db", files[1])):
            self.merge(*argument, *self.parts, code=2, words=["other networks (--asn-db)", "this merge"])
        self.merge("--asn-db", files[0], *self.parts)

    def test_a_public_suffix_list_is_what_it_says_not_where_it_lies(self):
        source = next((p for p in ("/usr/share/publicsuffix/public_suffix_list.dat",) if os.path.exists(p)), None)
        if source is None:
            self.skipTest("skipped: no public suffix list as text is installed")
        lists = [self.folder / f"psl{k}.dat" for k in (1, 2, 3)]
        for k, path in enumerate(lists):
            shutil.copyfile(source, path)
            os.utime(path, (1600000000 + k * 864000,) * 2)
            self.parts[k].unlink()
            self.shard(k + 1, NAMES, self.server, "--psl", path)
        result = harness.run("merge", "--psl", source, self.out, *self.parts)
        self.assertEqual(result.code, 0, result)
        before = self.out.read_bytes()
        with open(lists[2], "a", encoding="utf-8") as file:
            file.write("\n// another rule\nshop.test\n")
        self.parts[2].unlink()
        self.shard(3, NAMES, self.server, "--psl", lists[2])
        result = harness.run("merge", "--psl", source, self.out, *self.parts)
        self.assertEqual(result.code, 2, result)
        self.assertIn("different public suffix lists", result.err)
        self.assertIn("psl3.dat", result.err)
        self.assertEqual(self.out.read_bytes(), before)


class PolicyFiles(sts_test.Sts):
    def test_files_of_policies_are_those_of_one_machine(self):
        names = [n for n in sts_test.NAMES if n not in ("slow.test", "silent.test")]
        web, server = self.web(), self.serve(sts_test.zone())
        parts, out = [self.folder / f"part{k}.db" for k in range(3)], self.folder / "out.db"
        for db, more in [(self.db, ())] + [(part, ("--shard", f"{k + 1}/3")) for k, part in enumerate(parts)]:
            result = self.scan(names, server, "-q", *self.options(web), *more, db=db)
            self.assertIn(result.code, (0, 3), result)
        result = harness.run("merge", out, *parts)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(db=out), self.content())
        told = [self.rows("SELECT domain, result, mode, max_age_s, mx FROM v_sts ORDER BY 1", db=db) for db in (self.db, out)]
        self.assertEqual(told[0], told[1])
        self.assertIn("enforce.test", {row[0] for row in told[1]})


class MailServers(Shards):
    """Three shards meet one operator's servers, each under the names that its domains have."""

    names = [f"d{i}.example" for i in range(24)]

    def setUp(self):
        super().setUp()
        mailworld.enter()
        self.authority = mailworld.Authority(self.folder)
        self.right = str(self.authority.certificate("right", ["mx.example.net"]))
        text = "probe.example.org A 20.9.9.9\nmx.example.net A 20.1.1.1\nc.example.net A 20.1.3.1\nc.example.net A 20.1.4.1\n"
        for i, name in enumerate(self.names):
            text += f"{name} MX 10 mx.example.net\n{name} MX 20 c.example.net\n" if i % 3 else f"{name} MX 10 own{i}.example\nown{i}.example A 20.2.{i}.1\n"
        self.dns = self.serve(text)
        self.checks = ("--checks", "mx,host,smtp", "--smtp-helo", "probe.example.org", "--smtp-rate", 0, "--smtp-retry", 0, "--ca-file", self.authority.file)

    def begin(self, **changed):
        script = {"20.1.1.1": {"play": "tls", "cert": self.right}, "20.1.3.1": {"play": "plain"}, "20.1.4.1": {"play": "plain"},
                  **{f"20.2.{i}.1": {"play": "plain"} for i in range(24)},
                  "20.2.3.1": {"play": "plain", "name": "server9.one.com"}, **changed}
        server = mailworld.MailServer(self.folder, script)
        self.addCleanup(server.stop)
        return server

    def one_machine(self):
        result = self.scan(self.names, self.dns, "-q", *self.checks)
        self.assertEqual(result.code, 0, result)

    def equal(self):
        self.assertEqual(self.content(db=self.out), self.content())
        sql = "SELECT run_id, host, address, outcome, starttls, tls, banner_name, trusted, tested, name_matches, pkix, fingerprint, settled FROM v_server ORDER BY 1, 2, 3"
        self.assertEqual(self.rows(sql, db=self.out), self.rows(sql))
        tables = ("servers", "server_tls", "server_roles", "validity")
        told = [harness.documents(harness.run("report", db, *tables, "--format", "json", "--limit", 100000).out) for db in (self.db, self.out)]
        for table, *both in zip(tables, *told, strict=True):
            one, other = ([{key: value for key, value in row.items() if key != "banner_ms"} for row in document["rows"]] for document in both)
            self.assertEqual(one, other, table)
            self.assertGreater(len(one), 0, table)

    def test_two_nights_equal_one_machine(self):
        server = self.begin()
        self.one_machine()
        self.shards(self.names, self.dns)
        result = self.merge()
        self.assertIn("6 times a mail server was contacted by one more shard, 6 times (100.0 %)", str(self.rows("SELECT text FROM v_note", db=self.out)))
        self.equal()
        self.assertEqual(self.rows("SELECT DISTINCT kind, provider FROM v_evidence", db=self.out), [("banner", "one.com"), ("ehlo", "one.com")])
        server.stop()
        self.begin(**{"20.1.3.1": {"play": "tls", "cert": str(self.authority.certificate("second", ["c.example.net"]))}})
        self.one_machine()
        self.shards(self.names, self.dns)
        self.merge()
        self.equal()
        self.assertEqual(self.rows("SELECT count(*) FROM smtp_history WHERE first_run = 2", db=self.out), [(1,)], "what is as it was is not written again")
        self.assertEqual(harness.column_types(self.out)[0], [], "views hold one type in each column")
        self.assertEqual(harness.run("prune", self.out, "--run", 1).code, 0)
        self.assertEqual(self.rows("SELECT count(*) FROM smtp_history WHERE first_run < 2", db=self.out), [(0,)])
        self.assertEqual(self.content(db=self.out), self.content())
        self.assertEqual(result.code, 0)

    def test_settled_beats_unsettled_and_differences_are_counted(self):
        busy = {"20.1.1.1": {"play": "say_at_once", "say": "421 later"}}
        server = self.begin()
        self.shard(1, self.names, self.dns)
        server.stop()
        server = self.begin(**{"20.1.3.1": {"play": "tls", "cert": self.right}})
        self.shard(2, self.names, self.dns)
        server.stop()
        self.begin(**busy, **{"20.1.3.1": {"play": "tls", "cert": self.right}})
        self.shard(3, self.names, self.dns)
        self.merge()
        self.assertEqual(self.rows("SELECT outcome, starttls FROM v_server WHERE host = 'mx.example.net'", db=self.out), [("ready", "offered")])
        self.assertEqual(self.rows("SELECT outcome, starttls FROM v_server WHERE address = '20.1.3.1'", db=self.out), [("ready", "offered")], "later")
        self.assertIn("5 times a mail server was contacted by one more shard, 4 times", str(self.rows("SELECT text FROM v_note WHERE kind = 'merge'", db=self.out)))
        self.assertEqual(self.one("SELECT count(*) FROM smtp_answer", db=self.out), 0)

    def test_what_leads_elsewhere_by_the_answer_that_counts_is_left_out(self):
        self.begin()
        self.shards(self.names, self.dns)
        self.parts[2].unlink()
        self.dns = self.serve("probe.example.org A 20.9.9.9\nmx.example.net TXT \"no address\"\nc.example.net A 20.1.4.1\n" +
                              "".join(f"{name} MX 10 mx.example.net\n" for name in self.names))
        self.shard(3, self.names, self.dns)
        self.merge()
        self.assertEqual(self.rows("SELECT address FROM v_server WHERE host = 'mx.example.net'", db=self.out), [])
        self.assertEqual({address for address, in self.rows("SELECT address FROM v_server WHERE host = 'c.example.net'", db=self.out)}, {"20.1.3.1", "20.1.4.1"})


if __name__ == "__main__":
    harness.main()
