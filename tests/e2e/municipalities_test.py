"""A real list with columns, as it is kept: 22,426 names of the public sector, their MX sets, made-up addresses. Its tables by country are
counted again here, from the export alone."""
import collections
import gzip
import json
import unittest

import harness

RECEIVING = ("mx", "implicit_mx")
MEASURES = {"can receive mail": lambda r: receives(r), "say they take no mail (null MX)": lambda r: r["state"] in ("null_mx", "null_mx_invalid"),
            "have neither MX nor address": lambda r: r["state"] == "no_mail", "do not exist": lambda r: r["state"] == "nxdomain",
            "are broken: no MX host has a public address": lambda r: r["state"] == "broken", "could not be determined": lambda r: r["state"] == "undetermined",
            "share load over equal MX hosts": lambda r: of(r, "load_sharing"), "have an effective backup": lambda r: of(r, "backup") == "effective",
            "survive the loss of their provider": lambda r: of(r, "survives_provider"),
            "have an ineffective or dead backup": lambda r: of(r, "backup") in ("decorative", "dead"),
            "depend on a single host, address or prefix": lambda r: of(r, "single_point") in ("host", "address", "prefix"),
            "are reachable over IPv6": lambda r: receives(r) and any(mx["aaaa"]["addresses"] for mx in r["mx"])}


def receives(record):
    return record["state"] in RECEIVING


def of(record, key):
    return record["redundancy"][key] if receives(record) else None


def mailboxes(record):
    return [((provider,), part) for provider, part in record["provider"]["mailboxes"]] if receives(record) else []


def labels(record):
    """(role, provider) with its part of the domain."""
    if not receives(record):
        return []
    provider = record["provider"]
    return [(("mailbox", name), part) for (name,), part in mailboxes(record)] + \
        [(("gateway", name), 1) for name in [provider["gateway"]] if name] + [(("backup", name), 1) for name in provider["backup"]]


def redundancy(record):
    if not receives(record):
        return []

    def number(value, most):
        return "unknown" if value is None else str(value) if value < most else f"{most} or more"

    def said(value):
        return {True: "yes", False: "no", None: "unknown"}[value]
    told = record["redundancy"]
    return [((measure, value), 1) for measure, value in (
        ("MX hosts", number(told["hosts"], 6)), ("usable MX hosts", number(told["usable"], 6)), ("tiers", number(told["tiers"], 4)),
        ("load sharing", said(told["load_sharing"])), ("one MX host, several addresses", said(told["multihomed"])),
        ("reachable over IPv6", said(bool(MEASURES["are reachable over IPv6"](record)))), ("single point of failure", told["single_point"] or "none"),
        ("survives provider loss", said(told["survives_provider"])))]


def backup(record):
    """What an effective one does not share with the first tier, at least the address."""
    if not receives(record):
        return []
    kind = record["redundancy"]["backup"]
    apart = "" if kind != "effective" else "provider" if record["redundancy"]["survives_provider"] else \
        "address" if "backup_same_prefix" in record["findings"] else "prefix"
    return [((kind, apart), 1)]


# Of each table that goes by a column: the columns that name a row, and what a domain adds to which.
TABLES = {
    "summary": (["measure"], lambda r: [((name,), 1) for name, holds in MEASURES.items() if holds(r)]),
    "states": (["state"], lambda r: [((r["state"],), 1)]),
    "mailboxes": (["id"], lambda r: mailboxes(r) or [(("unknown",), 1)] * receives(r)),
    "providers": (["role", "id"], labels),
    "gateways": (["id"], lambda r: [((name,), part) for (role, name), part in labels(r) if role == "gateway"]),
    "backups": (["id"], lambda r: [((name,), part) for (role, name), part in labels(r) if role == "backup"]),
    "redundancy": (["measure", "value"], redundancy),
    "points": (["value"], lambda r: [((of(r, "single_point") or "none",), 1)] * receives(r)),
    "backup": (["backup", "apart"], backup),
    "findings": (["finding"], lambda r: [((finding,), 1) for finding in r["findings"]]),
    "matrix": (["role", "provider", "finding"], lambda r: [((*label, finding), part) for label, part in labels(r) if label[0] != "backup" for finding in r["findings"]]),
}


def countries(record):
    return record["facets"].get("Country") or [None]


class Municipalities(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.list = harness.SOURCE.parent / "shared/municipalities"
        if not (self.list / "municipalities.csv").exists():
            raise unittest.SkipTest(f"{self.list} is not there")

    def world(self):
        lines, hosts = [], {}
        with gzip.open(self.list / "truth.jsonl.gz", "rt", encoding="utf-8") as file:
            for record in map(json.loads, file):
                for preference, host in record["mx"]:
                    lines.append(f"{record['domain']} MX {preference} {host.rstrip('.') or '.'}")
                    if host.rstrip("."):
                        hosts.setdefault(host.rstrip("."), len(hosts))
        lines += [f"{host} A 20.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}" for host, at in hosts.items()]
        return "\n".join(lines) + "\n"

    def tables_of(self, names, *options):
        """{table: rows} by one start."""
        result = harness.run("report", self.db, *names, "--format", "json", "--limit", "1000000", *options, timeout_s=120 * harness.SLOW)
        self.assertEqual(result.code, 0, result)
        told = harness.documents(result.out)
        self.assertEqual([("sql" in table) for table in told], ["--by" not in options] * len(names))  # the query is that of all domains together
        return {name: table["rows"] for name, table in zip(names, told)}

    def test_as_it_is_given(self):
        for listed in ("municipalities.csv", "domains.txt"):
            plan = harness.run("plan", "-r", "127.0.0.1", self.list / listed)
            self.assertIn("names       22,426  (0 duplicate, 0 rejected, 0 excluded)", plan.out)
        server, plain = self.serve(self.world()), self.folder / "plain.db"
        self.assertEqual(self.scan(self.list / "municipalities.csv", server, "--keep", "Country,Population").code, 0)
        self.assertEqual(self.scan(self.list / "domains.txt", server, db=plain).code, 0)
        records = self.export("--content-only")
        others = self.export("--content-only", db=plain)
        self.assertEqual(len(records), 22426)
        self.assertEqual(sorted(records), sorted(others))
        self.assertEqual([name for name, r in records.items() if dict(r, facets={}) != others[name]], [])
        told = self.check_tables(records.values())
        self.check_concentration(records.values(), told)

    def seats(self):
        """{provider: the country that most of its rules name}"""
        named = collections.defaultdict(collections.Counter)
        for provider, country in self.rows("SELECT provider, country FROM rule WHERE country <> ''"):
            named[provider][country] += 1
        return {"self": "self-hosted", **{provider: min(held, key=lambda country: (-held[country], country)) for provider, held in named.items()}}

    def check_tables(self, records):
        """Group by group as it is counted here, so that each table adds up to the one without groups."""
        refused = harness.run("report", self.db, "tlds", "--by", "Country").err
        self.assertEqual(set(refused.split("facet; ")[1].split(" can")[0].replace(" and ", ", ").split(", ")),
                         TABLES.keys() | {"jurisdictions", "concentration", "policies"})
        seats = self.seats()
        tables = {**TABLES, "jurisdictions": (["role", "country"], lambda r: [((label[0], seats.get(label[1], "unknown")), part)
                                                                              for label, part in labels(r) if label[0] != "backup"])}
        told = {options: self.tables_of([*tables, "concentration"], *options) for options in (("--by", "Country"), ())}
        for name, (keys, of_domain) in tables.items():
            want, whole = collections.Counter(), collections.Counter()
            for record in records:
                for row, part in of_domain(record):
                    whole[row] += part
                    for country in countries(record):
                        want[country, row] += part
            for options, counts in ((("--by", "Country"), want), ((), whole)):
                got = collections.Counter()
                for line in told[options][name]:
                    if name == "jurisdictions" and line["country"] in ("behind a gateway", "not named (limit)", "not settled"):
                        continue  # no label of a record: what they leave over
                    row = tuple("" if line[key] is None else str(line[key]) for key in keys)
                    got[(line["by"], row) if options else row] += line["domains"]
                wrong = {row: (got[row], counts[row]) for row in got.keys() | counts.keys()
                         if not abs(got[row] - counts[row]) <= 0.01 + counts[row] / 10000}  # shares have four digits
                self.assertEqual(wrong, {}, name)
        return told

    def check_concentration(self, records, told):
        for options, groups_of in ((("--by", "Country"), countries), ((), lambda _: ["all"])):
            held = collections.defaultdict(collections.Counter)
            for record in records:
                for (role, provider), part in labels(record):
                    for group in groups_of(record) if role != "backup" else ():
                        held[group, role][provider] += part
            rows = told[options]["concentration"]
            self.assertEqual({(line.get("by", "all"), line["role"]) for line in rows}, held.keys())
            for line in rows:
                found = held[line.get("by", "all"), line["role"]]
                own, named = found.get("self", 0), sorted(n for provider, n in found.items() if provider != "self")
                total = own + sum(named)
                self.assertAlmostEqual(line["domains"], total, delta=0.01 + total / 10000, msg=line)
                self.assertEqual(line["providers"], len(named) + int(own + 0.0001), line)
                self.assertAlmostEqual(line["hhi"], 10000 * (sum(n * n for n in named) + own) / total / total, delta=1, msg=line)
                self.assertAlmostEqual(line["top3"], sum(named[-3:]) / total, delta=0.001, msg=line)


if __name__ == "__main__":
    harness.main()
