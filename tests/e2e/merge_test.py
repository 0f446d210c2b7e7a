"""Merging N shards equals one machine: in the export byte for byte, in the accounting, in every table; and what is wrong leaves OUT untouched.

MXS_MERGE_NAMES=100000 compares so many names instead of 2,000 and 700 (a Release build, minutes).
"""
import os
import random
import resource
import signal
import subprocess
import time
import unittest

import harness

SHARDS = 4
MANY = int(os.environ.get("MXS_MERGE_NAMES", 0))
# What was measured on the way is each scan's own, and the page shows a merge's notes.
MEASURED = {"resolvers", "stages", "notes", "controls", "summary"}


def address(first, i):
    return f"20.{first + i // 62500}.{i // 250 % 250}.{i % 250 + 1}"


def world(names, moved=0):
    """A zone of every state; the second night's differs in `moved` of a hundred names."""
    chance = random.Random(19)
    lines, listed = [], []
    for i in range(names):
        domain = f"n{i}.test" if i % 11 else f"n{i}.co.uk"
        listed.append(domain)
        kind, host = chance.randrange(20), chance.randrange(40)
        if chance.randrange(100) < moved:
            host = (host + 1) % 40
        if kind < 12:
            lines += [f"{domain} MX 10 mx1.p{host}.test", f"{domain} MX 20 mx2.p{host}.test"]
        elif kind == 12:
            lines += [f"{domain} MX 10 mx.{domain}", f"mx.{domain} A {address(100, i)}"]
        elif kind == 13:
            lines += [f"{domain} MX 0 ."]
        elif kind == 14:
            lines += [f"{domain} A {address(120, i)}"]
        elif kind == 15:
            lines += [f"{domain} TXT \"nothing else\""]
        elif kind == 16:
            lines += [f"{domain} MX 10 gone.nowhere{host}.test"]
        elif kind == 17:
            lines += [f"{domain} CNAME n0.alias.test"]
        if kind < 6:
            lines += [f"{domain} TXT \"v=spf1 include:spf.p{host}.test {'-all' if kind % 2 else '~all'}\"",
                      f"_dmarc.{domain} TXT \"v=DMARC1; p={('none', 'quarantine', 'reject')[kind % 3]}\""]
    for host in range(40):
        lines += [f"mx1.p{host}.test A 20.1.{host}.1", f"mx2.p{host}.test A 20.2.{host}.1", f"mx1.p{host}.test AAAA 2a00:1::{host + 1:x}",
                  f"spf.p{host}.test TXT \"v=spf1 ip4:20.1.{host}.0/24 -all\""]
    lines += ["n0.alias.test MX 10 mx1.p0.test"]
    return "\n".join(lines) + "\n", listed


class Merge(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.db"
        self.parts = [self.folder / f"shard{k}.db" for k in range(1, SHARDS + 1)]

    def night(self, listed, server, *options, shards=SHARDS):
        path = self.write("list.csv", "domain,Region\n" + "".join(f"{n},r{i % 5}\n" for i, n in enumerate(listed)) + "not a name,x\n" + f"{listed[0]},r9\n")
        for db, more in [(self.db, ())] + [(self.parts[k], ("--shard", f"{k + 1}/{shards}")) for k in range(shards)]:
            result = self.scan(path, server, "-q", "--keep", "Region", *options, *more, db=db, timeout_s=300 + MANY // 50)
            self.assertIn(result.code, (0, 3), result)

    def merge(self, *arguments, code=0, words=()):
        result = harness.run("merge", *arguments, timeout_s=300 * harness.SLOW + MANY // 50)
        self.assertEqual(result.code, code, result)
        for word in words:
            self.assertIn(word, result.err)
        if code:
            self.assertEqual(len(result.err.strip().splitlines()), 1, result)
        return result

    def all_tables(self):
        """The names of the tables that report has, by its complaint about one that it has not."""
        if "names" not in vars(Merge):
            Merge.names = set(harness.run("report", self.db, "no-such-table").err.split("there are ")[1].strip().split(", "))
        return Merge.names

    def equal(self):
        self.assertEqual(self.content(db=self.out), self.content())
        for options in (("--format", "csv", "--content-only"),):
            self.assertEqual(self.exported(*options, db=self.out), self.exported(*options))
        sums = "SELECT run_id, state, checks, shard, lines, accepted, rejected, duplicates, other_shard, degraded, input_digest FROM v_run"
        self.assertEqual(self.rows(sums, db=self.out), self.rows(sums))
        merged, whole = self.tables(self.out), self.tables()
        self.assertEqual(set(merged), self.all_tables())
        for name in sorted(set(merged) - MEASURED):
            with self.subTest(table=name):
                self.assertEqual(merged[name], whole[name])
        for view in ("v_verdict", "v_mx", "v_finding", "v_facet", "v_reject", "v_input"):
            with self.subTest(view=view):
                drop = {"run_id", "verdict_id", "domain_id", "host_id", "provider_id", "set_id"}
                columns = [r[1] for r in self.rows(f"PRAGMA table_info({view})") if r[1] not in drop]
                order = ", ".join(str(i + 1) for i in range(len(columns)))
                sql = f"SELECT {', '.join(columns)} FROM {view} ORDER BY {order}"
                self.assertEqual(self.rows(sql, db=self.out), self.rows(sql))

    def test_hosts_and_a_changed_night(self):
        names = MANY or 2000
        zone, listed = world(names)
        self.night(listed, self.serve(zone), "--checks", "mx,host")
        self.merge(self.out, *self.parts)
        self.equal()
        self.assertEqual(self.rows("SELECT count(*) FROM v_note WHERE kind = 'merge'", db=self.out), [(1,)])
        before = self.out.read_bytes()
        self.merge(self.out, *self.parts, code=2, words=["was merged already"])
        self.assertEqual(self.out.read_bytes(), before)
        zone, listed = world(names + names // 20, moved=20)
        self.night(listed[names // 20:], self.serve(zone), "--checks", "mx,host")
        self.merge(self.out, *self.parts)
        self.equal()
        for arguments in (("diff",), ("trend",)):
            one, other = (harness.run(*arguments, db, "--format", "json").json() for db in (self.db, self.out))
            for side in (one, other):
                for key in ("from", "to", "runs"):
                    side.pop(key, None)
            if arguments == ("diff",):
                keys = ("domain", "kind", "old", "new")
                self.assertEqual(*([[c[k] for k in keys] for c in side["changes"]] for side in (one, other)))
                self.assertEqual(one["counts"], other["counts"])
        self.assertEqual(harness.run("prune", self.out, "--keep", "1").code, 0)
        self.assertEqual(self.content(db=self.out), self.content())

    def test_all_checks(self):
        names = MANY or 700
        zone, listed = world(names)
        self.night(listed, self.serve(zone), "--checks", "all")
        self.merge(self.out, *self.parts)
        self.equal()
        zone, listed = world(names + 20, moved=20)
        self.night(listed, self.serve(zone), "--checks", "all")
        self.merge(self.out, *self.parts)
        self.equal()
        self.assertEqual(harness.column_types(self.out)[0], [], "views hold one type in each column")


class F41(Merge):
    """The row of the fault table: killed, disk full, damaged, doubled, missing, of another survey."""

    test_hosts_and_a_changed_night = test_all_checks = None

    @classmethod
    def setUpClass(cls):
        cls.made, servers = {}, cls.for_all()
        zone, cls.listed = world(200)
        cls.server = servers.serve(zone)
        zone, cls.changed = world(260, moved=50)
        cls.second = servers.serve(zone)

    def setUp(self):
        super().setUp()
        self.parts = self.parts[:3]
        self.begin("one night", lambda: self.night(self.listed, self.server, "--checks", "mx", shards=3))

    def begin(self, what, make):
        """The list and the databases as make() leaves them: made by the first test that needs them, copied for the others."""
        if what not in self.made:
            make()
            self.made[what] = {path.name: path.read_bytes() for path in (self.folder / "list.csv", self.db, self.out, *self.parts) if path.exists()}
        for name, content in self.made[what].items():
            self.write(name, content)

    def merged(self):
        self.begin("merged", lambda: self.merge(self.out, *self.parts))

    def another_night(self):
        self.merged()
        self.begin("another night", lambda: self.night(self.changed, self.second, "--checks", "mx", shards=3))

    def untouched(self, *arguments, words, code=2):
        before = self.out.read_bytes() if self.out.exists() else None
        self.merge(self.out, *arguments, code=code, words=words)
        self.assertEqual(self.out.read_bytes() if self.out.exists() else None, before)
        self.assertEqual([p.name for p in self.folder.glob("out.db*")], ["out.db"] if before else [])

    def test_what_does_not_belong_together(self):
        one, two, three = self.parts
        other, further = self.folder / "other.db", self.folder / "further.db"
        self.scan(self.listed[:150], self.server, "-q", "--checks", "mx", "--shard", "3/3", db=other)
        self.scan(self.folder / "list.csv", self.server, "-q", "--keep", "Region", "--checks", "mx,host", "--shard", "3/3", db=further)
        for out in (False, True):
            if out:
                self.merged()
            self.untouched(one, three, words=["1 of 3 shards is missing: 2"])
            self.untouched(one, two, one, words=["shard 1 of 3 was given twice", str(one)])
            self.untouched(one, two, self.folder / "none.db", words=["none.db", "no such database"])
            self.untouched(self.db, one, two, words=["one of 1"])
            damaged = self.folder / "damaged.db"
            raw = bytearray(three.read_bytes())
            raw[8192:12288] = os.urandom(4096)
            damaged.write_bytes(raw)
            self.untouched(one, two, damaged, words=["damaged.db", "damaged"], code=1)
            damaged.write_bytes(three.read_bytes()[:len(raw) // 2])
            self.untouched(one, two, damaged, words=["damaged.db"], code=1)
            self.untouched(one, two, other, words=["other lists of names", "other.db"])
            self.untouched(one, two, further, words=["other checks"])
        self.untouched(one, two, self.out, words=["one of 1"])

    def test_partial_is_marked(self):
        self.merge(self.out, "--partial", *self.parts[:2], self.folder / "none.db")
        row = self.rows("SELECT lines, accepted, rejected, duplicates, other_shard, degraded, shard FROM v_run", db=self.out)[0]
        self.assertEqual(row[0], row[1] + row[2] + row[3])
        self.assertEqual(row[5:], (1, "2 of 3"))
        self.assertGreater(row[4], 0)
        why = "shards are missing: 2 of 3 were merged"
        self.assertTrue(harness.run("report", self.out).out.startswith(f"DEGRADED: {why}. Do not compare this run with others.\n"))
        self.assertIn(f"degraded:</strong> {why}. Do not", harness.run("report", self.out, "--format", "html").out)
        self.assertIn("partial: of 3 shards these are missing: 3", str(self.rows("SELECT text FROM v_note WHERE kind = 'unfit'", db=self.out)))

    def test_a_full_disk(self):
        for out in (False, True):
            if out:
                self.another_night()
            before = self.out.read_bytes() if out else None
            whole = (self.out if out else self.parts[0]).stat().st_size
            for share in (0.2, 0.6, 0.95):
                limit = int(whole * share) // 4096 * 4096
                done = subprocess.run([harness.PROGRAM, "merge", "-q", self.out, *self.parts], capture_output=True, text=True,
                                      preexec_fn=lambda size=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
                with self.subTest(out=out, share=share):
                    self.assertEqual(done.returncode, 75, done)
                    self.assertEqual(len(done.stderr.strip().splitlines()), 1, done)
                    self.assertEqual(self.out.read_bytes() if out else self.out.exists(), before if out else False)
                    self.assertEqual([p.name for p in self.folder.glob("out.db*")], ["out.db"] if out else [])
        self.merge(self.out, *self.parts)
        self.assertEqual(self.content(db=self.out), self.content())

    def test_killed_at_any_moment(self):
        self.another_night()
        before = self.content(db=self.out)
        for i in range(12):
            process = subprocess.Popen([harness.PROGRAM, "merge", "-q", self.out, *self.parts], stderr=subprocess.DEVNULL)
            time.sleep(0.01 * i)
            process.send_signal(signal.SIGKILL)
            process.wait()
            count = self.one("SELECT count(*) FROM v_run", db=self.out)
            if count == 2:
                break
            self.assertEqual(count, 1)
            self.assertEqual(self.content(db=self.out), before)
        if self.one("SELECT count(*) FROM v_run", db=self.out) == 1:
            self.merge(self.out, *self.parts)
        self.assertEqual(self.content(db=self.out), self.content())


if __name__ == "__main__":
    harness.main()
