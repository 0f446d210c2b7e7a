"""A month of nights, lists and forgetting: what changes is told once, on its night, with its kind; what does not change is never told.

The world is a dict of domains and hosts that each night's list of changes edits; every change says itself what `diff` must
tell of it. Noise (lost datagrams, SERVFAIL, silence, liars, kills, a degraded night) is laid over it by the scripted server,
never on a domain that changes that night: a change that could not be seen is not one to be told."""
import contextlib
import signal
import sqlite3
import time

import harness

NAMES = 600
NIGHTS = 31
QUICK = ("--timeout", 800, "--servfail-wait", 20, "--outage-wait", 60, "-q")
LYING, LYING_UNSEEN, CONSTANT, KILLED, DEGRADED = 9, 14, 19, 23, 27


class World:
    """Domains: {"mx": [(preference, host)]}, or {"state": ...}. Hosts: their address, or None when they do not exist."""

    def __init__(self):
        self.domains, self.hosts, self.used = {}, {}, set()
        self.next_address = 0
        for shared in ("mx1.hoster.test", "mx2.hoster.test", "aspmx.l.google.com"):
            self.hosts[shared] = self.address()
        self.pools = {kind: [] for kind in ("two", "one", "equal", "google", "hosted", "odd")}
        for i in range(NAMES):
            self.make(f"d{i}.test", ("two", "two", "two", "one", "one", "one", "equal", "google", "hosted", "odd")[i % 10], i)

    def address(self):
        """Each in a /24 of its own."""
        self.next_address += 1
        return f"20.{self.next_address // 250}.{self.next_address % 250}.7"

    def own(self, domain, number):
        host = f"mx{number}.{domain}"
        self.hosts[host] = self.address()
        return host

    def make(self, domain, kind, i):
        self.pools[kind].append(domain)
        if kind in ("two", "equal"):
            second = 20 if kind == "two" else 10
            self.domains[domain] = {"mx": [(10, self.own(domain, 1)), (second, self.own(domain, 2))]}
        elif kind == "one":
            self.domains[domain] = {"mx": [(10, self.own(domain, 1))]}
        elif kind == "google":
            self.domains[domain] = {"mx": [(1, "aspmx.l.google.com")]}
        elif kind == "hosted":
            self.domains[domain] = {"mx": [(10, "mx1.hoster.test"), (10, "mx2.hoster.test")]}
        else:
            self.domains[domain] = {"state": ("null_mx", "implicit_mx", "no_mail", "nxdomain")[i // 10 % 4]}

    def take(self, kind):
        """A domain of the pool that has not changed yet."""
        domain = self.pools[kind].pop()
        self.used.add(domain)
        return domain

    def zone(self):
        lines = []
        for domain, facts in self.domains.items():
            for preference, host in facts.get("mx", ()):
                lines.append(f"{domain} MX {preference} {host}")
            state = facts.get("state")
            if state == "null_mx":
                lines.append(f"{domain} MX 0 .")
            elif state == "implicit_mx":
                lines.append(f"{domain} A 21.0.0.1")
            elif state == "no_mail":
                lines.append(f'{domain} TXT "nothing"')
            elif state == "nxdomain":
                lines.append(f"{domain} NXDOMAIN")
        lines += [f"{host} A {address}" for host, address in self.hosts.items() if address]
        return "\n".join(lines) + "\n"


def text_of(mx):
    return ", ".join(f"{preference} {host}" for preference, host in sorted(mx))


RECEIVING = ("mx", "implicit_mx")


class Change:
    """The changes of definitions.md: each edits the world and returns {(domain, kind, old, new)}."""

    def __init__(self, world):
        self.world = world

    def drop_hosts(self, domain):
        for host in [h for h in self.world.hosts if h.endswith("." + domain)]:
            del self.world.hosts[host]

    def swap(self):
        domain = self.world.take("two")
        before = self.world.domains[domain]["mx"]
        after = [(20, before[0][1]), (10, before[1][1])]
        self.world.domains[domain]["mx"] = after
        return {(domain, "preference_swap", text_of(before), text_of(after))}

    def host_added(self):
        domain = self.world.take("one")
        host = self.world.own(domain, 2)
        self.world.domains[domain]["mx"].append((10, host))
        return {(domain, "host_added", "", host)}

    def host_removed(self):
        domain = self.world.take("equal")
        _, host = self.world.domains[domain]["mx"].pop()
        return {(domain, "host_removed", host, "")}

    def backup_gained(self):
        domain = self.world.take("one")
        host = self.world.own(domain, 2)
        self.world.domains[domain]["mx"].append((20, host))
        return {(domain, "host_added", "", host), (domain, "backup_gained", "none", "effective")}

    def backup_lost(self):
        domain = self.world.take("two")
        _, host = self.world.domains[domain]["mx"].pop()
        return {(domain, "host_removed", host, ""), (domain, "backup_lost", "effective", "none")}

    def migrated(self):
        domain = self.world.take("google")
        host = domain.replace(".", "-") + ".mail.protection.outlook.com"
        self.world.hosts[host] = self.world.address()
        self.world.domains[domain]["mx"] = [(0, host)]
        return {(domain, "host_removed", "aspmx.l.google.com", ""), (domain, "host_added", "", host),
                (domain, "provider_migrated", "google", "microsoft")}

    def went(self, state):
        domain = self.world.take("one")
        (_, host), = self.world.domains[domain]["mx"]
        self.drop_hosts(domain)
        self.world.domains[domain] = {"state": state}
        return {(domain, "state_changed", "mx", state), (domain, "host_removed", host, "")}

    def came(self):
        domain = self.world.take("odd")
        before = self.world.domains[domain]["state"]
        host = self.world.own(domain, 1)
        self.world.domains[domain] = {"mx": [(10, host)]}
        return {(domain, "state_changed", before, "mx"), (domain, "host_added", "", host)}

    def backup_dangles(self):
        domain = self.world.take("two")
        host = self.world.domains[domain]["mx"][1][1]
        self.world.hosts[host] = None
        return {(domain, "host_dangling", "", host), (domain, "backup_lost", "effective", "dead")}

    def broke(self):
        domain = self.world.take("one")
        (_, host), = self.world.domains[domain]["mx"]
        self.world.hosts[host] = None
        return {(domain, "state_changed", "mx", "broken"), (domain, "host_dangling", "", host)}

    def moved(self):
        domain = self.world.take("two")
        host = self.world.domains[domain]["mx"][0][1]
        before, after = self.world.hosts[host], self.world.address()
        self.world.hosts[host] = after
        return {(domain, "address_moved", f"{host} {before}", f"{host} {after}")}

    def hoster_moved(self):
        before, after = self.world.hosts["mx1.hoster.test"], self.world.address()
        self.world.hosts["mx1.hoster.test"] = after
        return {(domain, "address_moved", f"mx1.hoster.test {before}", f"mx1.hoster.test {after}")
                for domain in self.world.pools["hosted"]}

    def of_night(self, night):
        """What changes on this night: most kinds on most nights."""
        todo = [self.swap, self.moved, self.host_added if night % 2 else self.host_removed, self.backup_gained,
                self.backup_lost if night % 2 else self.backup_dangles]
        if night % 2:
            todo.append(self.migrated)
        if night % 3 == 0:
            todo.append(self.came)
        todo.append((lambda: self.went(("null_mx", "no_mail", "nxdomain", "implicit_mx")[night // 3 % 4]), self.broke,
                     self.hoster_moved)[night % 3])
        found = set().union(*(change() for change in todo))
        return found | {(domain, "receives_again" if new in RECEIVING else "receives_no_more", old, new)
                        for domain, kind, old, new in found
                        if kind == "state_changed" and (old in RECEIVING) != (new in RECEIVING)}


class Month(harness.TestCase):
    def noise(self, world, night):
        """Rules of the night, and the domains that nobody can determine on it. Pools are used up from their other end."""
        calm = [d for pool in ("two", "one", "equal") for d in world.pools[pool]][night % 3::3]
        silent, refused, failing = calm[:2] if night % 8 == 5 else [], calm[2:4], calm[4:6]
        rules = [f"name={domain} type=MX -> drop" for domain in silent]
        rules += [f"name={domain} type=MX -> refused" for domain in refused]
        rules += [f"name={domain} type=MX -> servfail" for domain in failing]
        # The first MX host of two, and a backup, cannot be determined: their domains can.
        halves = [d for d in world.pools["two"] if d not in silent + refused + failing][:4]
        rules += [f"name=mx{1 + i % 2}.{domain} -> servfail" for i, domain in enumerate(halves)]
        lost = set(silent + refused + failing)
        if night == DEGRADED:
            more = (world.pools["one"] + world.pools["two"])[:100]
            rules += [f"name={domain} type=MX -> servfail" for domain in more]
            lost |= set(more)
        rules += ["share=3% first=1 -> servfail", "share=5% sticky -> duplicate"]
        if night % 4 == 0:
            rules.append("share=1% attempt=1 -> drop")
        return rules, lost

    def liar(self, night):
        if night == LYING:
            return ["server=3 -> hijack 22.2.2.2"]
        if night == LYING_UNSEEN: # says what could be true: nothing in it tells the liar from the others
            return ["server=3 share=20% sticky suffix=test -> nxdomain", "server=3 share=20% sticky suffix=com -> nxdomain"]
        return ["server=3 type=MX suffix=test -> mx mx1.hoster.test"] if night == CONSTANT else []

    def killed(self, names, server):
        """Two kills -9 on the way, each with answers already stored."""
        for wanted in (1, 2):
            scan = self.scan_begin(names, server, *QUICK, "--concurrency", 8)
            def stored():
                try:
                    return len(self.rows("SELECT 1 FROM journal")) >= wanted
                except sqlite3.Error:
                    return False
            harness.wait_until(lambda: stored() or not scan.alive(), 30 * harness.SLOW, "answers are stored")
            self.assertTrue(scan.alive(), scan.text())
            scan.signal(signal.SIGKILL)
            scan.wait(10)

    def night(self, world, night):
        rules, lost = self.noise(world, night)
        rules += ["-> delay 10..30"] if night == KILLED else []
        server = self.serve(world.zone(), self.liar(night) + rules, servers=3, seed=night)
        names = sorted(world.domains)
        if night == KILLED:
            self.killed(names, server)
        result = self.scan(names, server, *QUICK)
        self.assertEqual(result.code, 3 if night == DEGRADED else 0, f"night {night}: {result}")
        server.stop()
        return lost

    def compare(self, night, expected, lost, lost_before):
        found = harness.run("diff", self.db, "--format", "json").json()
        self.assertEqual(found["to"]["run"], night, "one run a night")
        told = [(c["domain"], c["kind"], c["old"], c["new"]) for c in found["changes"]]
        self.assertEqual(len(told), len(set(told)), "each once")
        told = set(told)
        self.assertEqual((told - expected, expected - told), (set(), set()), f"night {night}: told falsely, and not told")
        in_sql = set(self.rows("SELECT domain, kind FROM v_change WHERE run_id = ? AND kind <> 'became_undetermined'", night))
        self.assertEqual(in_sql, {c[:2] for c in told}, f"night {night}: the view tells what diff tells")
        undetermined = {c["domain"] for c in found["became_undetermined"]}
        self.assertEqual(undetermined, lost - lost_before, f"night {night}")
        unfit = night in (LYING, LYING + 1, DEGRADED, DEGRADED + 1)
        self.assertEqual(found["comparable"], not unfit, f"night {night}: {found['reasons']}")
        noted = self.one("SELECT group_concat(text) FROM run_note WHERE run_id = ? AND kind = 'unfit'", night) or ""
        self.assertEqual("degraded" in noted, night == DEGRADED, noted)
        self.assertEqual("was excluded" in noted, night == LYING, noted)

    def test_a_month(self):
        world = World()
        changes = Change(world)
        lost_before = self.night(world, 1)
        kinds = set()
        total = 0
        for night in range(2, NIGHTS + 1):
            expected = changes.of_night(night)
            lost = self.night(world, night)
            expected = {c for c in expected if c[0] not in lost | lost_before}
            self.compare(night, expected, lost, lost_before)
            lost_before = lost
            kinds |= {kind for _, kind, _, _ in expected}
            total += len(expected)
        self.assertEqual(kinds, {"receives_no_more", "receives_again", "host_added", "host_removed", "preference_swap", "provider_migrated", "backup_lost",
                                 "backup_gained", "state_changed", "host_dangling", "address_moved"})
        print(f"{total} changes in {NIGHTS} nights", flush=True)
        self.assertEqual(harness.column_types(self.db)[0], [], "views hold one type in each column")

def stayed(told):
    """Without those that only came to the list, or left it."""
    return {change for change in told if change[1] not in ("joined", "left")}


class Lists(harness.TestCase):
    """Lists in one database, names that come and go, and forgetting."""

    def setUp(self):
        super().setUp()
        self.world = World()
        self.names = sorted(self.world.domains)

    def night(self, names, name="default", *options):
        server = self.serve(self.world.zone())
        result = self.scan(self.list_file(names, f"{name}.txt"), server, *QUICK, "--list", name, *options)
        server.stop()
        self.assertEqual(result.code, 0, result)

    def told(self, name="default", *options):
        found = harness.run("diff", self.db, *options, *(("--list", name) if not options else ()), "--format", "json").json()
        return {(c["domain"], c["kind"], c["old"], c["new"]) for c in found["changes"]}, found

    def test_two_lists_in_turn_do_not_see_each_other(self):
        even, odd = self.names[::2], self.names[1::2] + self.names[:2]
        self.night(even, "even")
        self.night(odd, "odd")
        expected = Change(self.world).of_night(3)
        self.night(even, "even")
        told, found = self.told("even")
        self.assertEqual(told, {c for c in expected if c[0] in even})
        self.assertEqual((found["from"]["run"], found["to"]["run"]), (1, 3))
        self.night(odd, "odd")
        told, found = self.told("odd")
        self.assertEqual(told, {c for c in expected if c[0] in odd})
        self.assertEqual((found["from"]["run"], found["to"]["run"]), (2, 4))
        for run, names in ((3, even), (4, odd)):
            self.assertEqual(set(self.export("--run", run)), set(names))
        self.night(even, "even")
        self.assertEqual(self.told("even")[0], set())

    def test_names_come_and_go_and_are_no_changes(self):
        self.night(self.names[:400])
        self.night(self.names[200:])
        told, found = self.told()
        self.assertEqual(stayed(told), set())
        self.assertEqual({(domain, kind) for domain, kind, _, _ in told},
                         {(name, "left") for name in self.names[:200]} | {(name, "joined") for name in self.names[400:600]})
        self.assertEqual(found["population"], {"both": 200, "joined": 200, "left": 200, "excluded": 0, "other_shard": 0, "shrank": True})
        self.assertEqual(set(self.export()), set(self.names[200:]))
        expected = Change(self.world).of_night(3)
        self.night(self.names[:400]) # back after a night away
        told, found = self.told()
        self.assertEqual(stayed(told), {c for c in expected if c[0] in self.names[200:400]})
        told, found = self.told("default", 1, 3)
        self.assertEqual(told, {c for c in expected if c[0] in self.names[:400]})
        self.assertEqual(set(self.export("--run", 2)), set(self.names[200:]))

    def killed_while_it_ends(self, delay_s):
        """One more night, killed when its answers are being made facts. Returns the stage it died in."""
        server = self.serve(self.world.zone())
        names = self.list_file(self.names)
        scan = self.scan_begin(names, server, *QUICK)
        with contextlib.closing(sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=10)) as store:
            def ending():
                return store.execute("SELECT 1 FROM run WHERE state = 'running' AND stage IN ('judge', 'finish')").fetchone()
            while scan.alive() and not ending():
                time.sleep(0.001)
        time.sleep(delay_s)
        scan.signal(signal.SIGKILL)
        scan.wait(10)
        stage = self.one("SELECT stage FROM run ORDER BY id DESC")
        if stage != "done":
            self.assertEqual(self.scan(names, server, *QUICK).code, 0)
        server.stop()
        return stage

    def test_killed_between_facts_and_the_end_is_one_night(self):
        changes, stages = Change(self.world), set()
        self.night(self.names)
        for night in range(2, 14):
            expected = changes.of_night(night)
            stages.add(self.killed_while_it_ends((night - 2) * 0.006))
            told, found = self.told()
            self.assertEqual(told, expected, f"night {night}, killed in {stages}")
            self.assertEqual((found["from"]["run"], found["to"]["run"]), (night - 1, night))
        self.assertTrue(stages & {"judge", "finish"}, stages)

    def test_forgetting_shrinks_the_file_and_keeps_the_rest(self):
        changes = Change(self.world)
        for night in range(1, 9):
            if night > 1:
                expected = changes.of_night(night)
            self.night(self.names)
        before, content = self.db.stat().st_size, self.content()
        for keep in (4, 2):
            result = harness.run("prune", self.db, "--keep", keep)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(len(self.rows("SELECT id FROM run")), keep)
            self.assertEqual(self.told()[0], expected)
            self.assertEqual(self.content(), content)
        self.assertLess(self.db.stat().st_size, before)
        self.assertEqual(self.one("PRAGMA quick_check"), "ok")
        self.night(self.names)
        self.assertEqual(self.told()[0], set())


class Fitness(harness.TestCase):
    """What makes a run unfit to compare is noted when it ends, and diff says it first."""

    def setUp(self):
        super().setUp()
        self.world = World()

    EVENLY = ("--resolver-rate", 500)  # which of three resolvers is quickest is the machine's affair, and one that is hardly asked shows nothing

    def night(self, rules=(), options=()):
        server = self.serve(self.world.zone(), rules, servers=3, seed=7)
        result = self.scan(sorted(self.world.domains), server, *QUICK, *options)
        self.assertEqual(result.code, 0, result)
        server.stop()

    def notes(self, run):
        return [text for text, in self.rows("SELECT text FROM run_note WHERE run_id = ? AND kind = 'unfit'", run)]

    def reasons(self):
        return harness.run("diff", self.db, "--format", "json").json()["reasons"]

    def test_resolvers_that_err_alike_are_fit(self):
        self.night(["share=15% -> servfail", "share=5% -> refused"])
        self.assertEqual(self.notes(1), [])

    def test_a_resolver_that_fails_more_than_the_others_is_named(self):
        self.night()
        self.night(["server=3 share=30% -> servfail"], self.EVENLY)
        note, = self.notes(2)
        self.assertRegex(note, r"^resolver 127\.0\.0\.3:\d+ deviates: .* of its answers were SERVFAIL, of the others' 0\.0 %$")
        self.assertEqual(self.reasons(), [f"run 2: {note}"])
        text = harness.run("diff", self.db).out
        self.assertLess(text.index("NOT FIT"), text.index("Nothing changed"))

    def test_a_resolver_that_denies_names_on_the_first_night_is_named(self):
        self.night(["server=2 type=MX share=40% sticky -> nxdomain"], self.EVENLY)
        note, = self.notes(1)
        self.assertRegex(note, r"127\.0\.0\.2:\d+ deviates: .* NXDOMAIN")

    def test_a_resolver_that_is_excluded_is_named(self):
        self.night(["server=1 -> hijack 22.2.2.2"])
        note, = self.notes(1)
        self.assertRegex(note, r"127\.0\.0\.1:\d+ was excluded")

    def test_a_share_that_moved_is_said_once(self):
        self.night()
        for domain in self.world.pools["one"][:30]:
            self.world.domains[domain] = {"state": "null_mx"}
        self.night()
        note, = self.notes(2)
        self.assertEqual(note, "since run 1, the share of names that list no MX host went from 10.0 % to 15.0 %")
        self.assertEqual(self.reasons(), ["the share of names that list no MX host went from 10.0 % to 15.0 %"])
        self.night()
        self.assertEqual((self.notes(3), self.reasons()), ([], []))


class Policies(harness.TestCase):
    """policy_changed, under the check auth: told once, on its night, and never for an answer that did not come."""

    def night(self, policies, rules=()):
        """policies: {domain: (SPF, DMARC)}, None for none. Returns {domain: (old, new)} of what diff tells as policy_changed."""
        lines = ["mx.mail.test A 20.1.1.1"]
        for domain, (spf, dmarc) in policies.items():
            lines.append(f"{domain} MX 10 mx.mail.test")
            lines += [f'{domain} TXT "{spf}"'] if spf else []
            lines += [f'_dmarc.{domain} TXT "{dmarc}"'] if dmarc else []
        server = self.serve("\n".join(lines) + "\n", rules, servers=2)
        result = self.scan(sorted(policies), server, *QUICK, "--checks", "mx,host,auth")
        self.assertEqual(result.code, 0, result)
        server.stop()
        if self.one("SELECT max(id) FROM run") == 1:
            return {}
        changes = harness.run("diff", self.db, "--format", "json").json()["changes"]
        self.assertEqual({c["kind"] for c in changes} - {"policy_changed"}, set(), changes)
        return {c["domain"]: (c["old"], c["new"]) for c in changes}

    def test_policies_change_once_on_their_night(self):
        world = {f"p{i}.test": ("v=spf1 mx -all", "v=DMARC1; p=none") for i in range(40)}
        self.night(world)
        self.assertEqual(self.night(world), {})
        world["p1.test"] = ("v=spf1 mx ~all", "v=DMARC1; p=none")
        world["p2.test"] = ("v=spf1 mx -all", "v=DMARC1; p=reject")
        world["p3.test"] = (None, "v=DMARC1; p=none")
        silent = ["name=p7.test type=TXT -> servfail", "name=_dmarc.p8.test -> servfail"]
        told = self.night(world, silent)
        self.assertEqual(set(told), {"p1.test", "p2.test", "p3.test"})
        for domain, old, new in (("p1.test", "-all", "~all"), ("p2.test", "p=none", "p=reject"), ("p3.test", "v=spf1 mx -all", "no SPF")):
            self.assertIn(old, told[domain][0])
            self.assertIn(new, told[domain][1])
        self.assertEqual(self.night(world), {}, "what could not be read has come back, and did not change")
        world["p4.test"] = ("v=spf1 mx -all", None)
        self.assertEqual(set(self.night(world)), {"p4.test"})
        self.assertEqual(harness.column_types(self.db)[0], [], "views hold one type in each column")


if __name__ == "__main__":
    harness.main()
