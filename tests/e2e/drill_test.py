"""The failover drill beside a recount of its own: every order of equal MX hosts is played, and every domain counted."""
import fractions
import itertools
import json
import random

import harness
import mailworld

CONNECT_MS, GREETING_MS = 30000, 300000  # a sender's patience, as the command tells it
SERVERS = {"takes": {"play": "plain"}, "rejects": {"play": "say_at_once", "say": "554 no mail here"},
           "odd": {"play": "say_at_once", "say": "HTTP/1.1 400 what?", "delay": 0.3}, "mute": {"play": "silence"}, "away": None}
REGIONS = ["North", "South, <b>", ""]


def address_of(kind, number):
    return f"{40 if kind == 'away' else 20}.{list(SERVERS).index(kind)}.{number}.1"


class Drill(harness.TestCase):
    def setUp(self):
        super().setUp()
        mailworld.enter()
        mailworld.command("ip", "route", "add", "unreachable", "40.0.0.0/8")
        self.addCleanup(mailworld.command, "ip", "route", "del", "unreachable", "40.0.0.0/8")
        self.random = random.Random(5321)
        self.hosts = self.make_hosts()
        self.sets = {f"d{i}.example": self.make_set() for i in range(80)}

    def make_hosts(self):
        """host -> addresses; some have two of different kinds, some a private one, some a question that fails."""
        hosts = {}
        for number in range(30):
            kinds = self.random.choices(list(SERVERS), weights=(6, 2, 2, 2, 2), k=self.random.choice((1, 1, 2)))
            owner = ("one.com", "web-hosting.com")[number] if number < 2 else f"of{number}.example"
            hosts[f"mx{number}.{owner}"] = [address_of(kind, 2 * number + at) for at, kind in enumerate(kinds)]
        hosts["private.example.net"] = ["10.0.0.1"]
        hosts["fails.example.net"] = None
        return hosts

    def make_set(self):
        if self.random.random() < 0.1:
            return []  # its own address
        chosen = self.random.sample(list(self.hosts), self.random.choice((1, 1, 2, 3, 4)))
        return [(self.random.choice((10, 10, 20, 30)), host) for host in chosen]

    def world(self):
        zone = ["probe.example.org A 20.9.9.9", "fails.example.net SERVFAIL"]
        zone += [f"{host} A {address}" for host, addresses in self.hosts.items() for address in addresses or ()]
        zone += [f"{domain} MX {preference} {host}" for domain, members in self.sets.items() for preference, host in members]
        zone += [f"{domain} A 20.{i % 2}.100.{i}" for i, (domain, members) in enumerate(self.sets.items()) if not members]
        script = {address: SERVERS[kind] for kind in SERVERS if kind != "away" for address in
                  [at for addresses in self.hosts.values() for at in addresses or ()] + [f"20.{i % 2}.100.{i}" for i in range(80)]
                  if address.startswith(f"20.{list(SERVERS).index(kind)}.")}
        server = mailworld.MailServer(self.folder, {**script, "*": SERVERS["takes"]})
        self.addCleanup(server.stop)
        return self.serve("\n".join(zone) + "\n")

    def survey(self):
        self.region = {domain: self.random.choice(REGIONS) for domain in self.sets}
        listed = self.folder / "list.csv"
        listed.write_text("domain,Region\n" + "".join(f'{domain},"{region}"\n' for domain, region in self.region.items()), encoding="utf-8")
        result = harness.run("scan", *self.resolver_options(self.world()), "-q", "-o", self.db, listed, "--keep", "Region", "--checks", "mx,host,smtp",
                             "--smtp-helo", "probe.example.org", "--smtp-rate", 0, "--smtp-retry", 0, "--smtp-timeout", 3 * harness.SLOW, timeout_s=120)
        self.assertEqual(result.code, 0, result)

    def measured(self):
        """(host, address) -> (outcome, what it costs a sender not to be served there)."""
        found = {}
        for host, address, outcome, connect_ms, banner_ms in self.rows("SELECT host, address, outcome, connect_ms, banner_ms FROM v_server WHERE run_id = 1"):
            waits = CONNECT_MS if connect_ms is None else GREETING_MS
            found[host, address] = (outcome, waits if outcome in ("timeout", "silent") else (connect_ms or 0) + (banner_ms or 0))
        return found

    def play(self, levels, measured):
        """levels: hosts (name, addresses; None: not settled) by preference. (end, wait or None)"""
        waited, temporary, first = 0, False, True
        for hosts in levels:
            tries = []
            for name, addresses in hosts:
                met = [measured[name, at] for at in addresses or () if (name, at) in measured]
                if not met:
                    return "unknown", None
                cost = sum(cost for _, cost in itertools.takewhile(lambda at: at[0] != "ready", met))
                tries.append((any(outcome == "ready" for outcome, _ in met), cost))
                temporary = temporary or any(outcome != "rejecting" for outcome, _ in met)
            if not any(takes for takes, _ in tries):
                waited, first = waited + sum(cost for _, cost in tries), False
                continue
            orders = list(itertools.permutations(tries))
            for order in orders:
                before = list(itertools.takewhile(lambda at: not at[0], order))
                waited += fractions.Fraction(sum(cost for _, cost in before) + order[len(before)][1], len(orders))
            return ("at_once", None) if first and waited <= 0 else ("later", int(waited + fractions.Fraction(1, 2)))
        return ("queued" if temporary else "returned"), None

    def recount(self):
        measured, ends = self.measured(), {}
        order = {}
        for name, address in self.rows("SELECT h.name, a.address FROM host_history s JOIN host h ON h.id = s.host_id JOIN address_entry e ON e.set_id = s.a_set_id"
                                       " JOIN address a ON a.id = e.address_id WHERE a.public ORDER BY e.address_id"):
            order.setdefault(name, []).append(address)
        for domain, members in self.sets.items():
            members = members or [(0, domain)]
            usable = [(preference, host) for preference, host in members if host != "private.example.net"]
            if not any(host in order for _, host in usable):
                continue  # nobody to try, or nobody knows
            levels = [[(host, order.get(host)) for at, host in usable if at == preference] for preference in sorted({at for at, _ in usable})]
            ends[domain] = self.play(levels, measured)
        return ends

    def told(self, *options):
        result = harness.run("drill", self.db, *options, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)

    def check(self, row, ends):
        counted = {end: sum(found == end for found, _ in ends) for end in ("at_once", "later", "queued", "returned", "unknown")}
        self.assertEqual({end: row[end] for end in counted}, counted, row)
        self.assertEqual(row["domains"], len(ends), row)
        waits = sorted(wait for end, wait in ends if end == "later")
        at = [next((wait for i, wait in enumerate(waits) if (i + 1) * 100 >= share * len(waits)), None) for share in (50, 95)]
        self.assertEqual([row["wait_median_ms"], row["wait_p95_ms"]], at, (row, waits))

    def test_ends_and_quantiles_are_those_of_a_recount(self):
        self.survey()
        ends = self.recount()
        self.assertEqual({end for end, _ in ends.values()}, {"at_once", "later", "queued", "returned", "unknown"}, "the world has every kind")
        everything, *groups = self.told()["drill"]
        self.assertEqual(everything["provider"], "all")
        self.check(everything, list(ends.values()))
        first = {domain: self.first_provider(domain) for domain in ends}
        self.assertEqual({row["provider"] for row in groups}, set(first.values()))
        for row in groups:
            self.check(row, [ends[domain] for domain in ends if first[domain] == row["provider"]])
        facets = self.told("--by", "Region")["drill"]
        self.assertEqual(len(facets), len(REGIONS))
        for row in facets:
            self.check(row, [ends[domain] for domain in ends if self.region[domain] == (row["by"] if row["by"] in REGIONS else "")])
        self.check_hops(ends)

    def first_provider(self, domain):
        """Of the first MX host that has an address and is tried."""
        hosts = sorted((preference, number, host) for number, (preference, host) in enumerate(self.sets[domain]))
        order = [row[0] for row in self.rows("SELECT h.name FROM mx_entry m JOIN host h ON h.id = m.host_id JOIN v_domain d ON d.mx_set_id = m.set_id"
                                             " WHERE d.domain = ? AND d.run_id = 1 ORDER BY m.preference, m.host_id", domain)]
        tried = [host for host in order if self.hosts[host] and host != "private.example.net"] if hosts else [domain]
        found = self.rows("SELECT p.name FROM host_label l JOIN provider p ON p.id = l.provider_id JOIN host h ON h.id = l.host_id WHERE h.name = ?", tried[0])
        return found[0][0] if found and found[0][0] not in ("self",) and not found[0][0].startswith("org:") else "self or unnamed"

    def check_hops(self, ends):
        """Every domain by itself says what the list counts."""
        hops = self.told(*ends)["hops"]
        alone = {hop["domain"]: (hop["then"].removeprefix("in all: "), hop["cost_ms"]) for hop in hops if hop["then"].startswith("in all: ")}
        self.assertEqual({domain: end for domain, (end, _) in alone.items()}, {domain: end for domain, (end, _) in ends.items()})
        for domain, (end, wait) in ends.items():
            if end == "later":
                self.assertEqual(alone[domain][1], wait, domain)


if __name__ == "__main__":
    harness.main()
