#!/usr/bin/env python3
"""Makes a synthetic survey database from db/schema.sql, without any scan.

    make_fixture.py OUT.db [--domains N] [--runs K] [--change SHARE] [--seed S] [--checks mx,host] [--no-index]

The world is invented, its shape is not: a few MX host sets carry most domains, one large provider gives every
customer a host of its own, and a long tail runs its own. Every state occurs. The verdicts follow the words of the
README closely enough for reports to be developed and timed against; they are not the judges' own.
"""
import argparse
import ipaddress
import os
import random
import re
import sqlite3
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(ROOT, "db", "store.h"), encoding="utf-8") as header:
    DEFINED = dict(re.findall(r"^#define (MXS_DB_\w+) (0x[0-9A-Fa-f]+|\d+)", header.read(), re.M))
APPLICATION_ID, VERSION = (int(DEFINED[name], 0) for name in ("MXS_DB_APPLICATION_ID", "MXS_DB_VERSION"))
MX, IMPLICIT, NULL, NULL_INVALID, NO_MAIL, NXDOMAIN, BROKEN, UNDETERMINED = range(8)
ANSWERED, NODATA, NX, SERVFAIL, REFUSED, TIMEOUT = range(6)
GATEWAY, MAILBOX, BACKUP = range(3)
TLDS = ["com"] * 46 + ["net"] * 8 + ["org"] * 7 + ["de"] * 8 + ["uk"] * 5 + ["fr", "nl", "it", "pl", "ch", "se", "br",
        "jp", "info", "eu", "cz", "dk", "xn--p1ai", "gov", "example"]
FINDINGS = [("single_host", 1, "All mail goes to one host.", "Add a second MX host that shares no address with it."),
            ("no_ipv6", 0, "No MX host has an IPv6 address.", "Publish AAAA records for the MX hosts."),
            ("decorative_backup", 2, "The backup leads to the addresses of the first MX host.",
             "Point it elsewhere, or remove it."),
            ("dead_backup", 2, "No backup MX host has an address.", "Remove it or give it an address."),
            ("null_mx_with_others", 3, "A null MX stands beside other records.", "Keep one or the other."),
            ("broken", 3, "No MX host can be reached.", "Mend the MX records."),
            ("implicit_mx", 0, "Mail goes to the domain's own address.", "Publish an MX record."),
            ("dangling_mx_host", 3, "An MX host does not exist.", "Remove the record."),
            ("mx_literal", 3, "An MX host is an IP address.", "Use a host name.")]
FINDING = {f[0]: i + 1 for i, f in enumerate(FINDINGS)}


class World:
    def __init__(self, rng, hosts_asked):
        self.rng, self.hosts_asked = rng, hosts_asked
        self.host, self.host_facts, self.host_label = {}, {}, {}
        self.sets, self.addresses, self.address_sets = {}, {}, {}
        self.provider, self.rules, self.verdicts = {}, [], {}
        self.asns = {}

    def provider_id(self, name):
        return self.provider.setdefault(name, len(self.provider) + 1)

    def rule_id(self, pattern, provider, kind):
        for i, rule in enumerate(self.rules):
            if rule[0] == pattern:
                return i + 1
        self.rules.append((pattern, provider, kind))
        return len(self.rules)

    def address_id(self, text, asn):
        a = ipaddress.ip_address(text)
        if text not in self.addresses:
            net = ipaddress.ip_network((text, 24 if a.version == 4 else 48), strict=False)
            self.addresses[text] = (len(self.addresses) + 1, a.packed, text, str(net), int(a.is_global), asn)
            if asn is not None:
                self.asns[asn] = "Network %d" % asn
        return self.addresses[text][0]

    def address_set(self, texts, asn):
        ids = tuple(self.address_id(t, asn) for t in sorted(texts, key=lambda t: ipaddress.ip_address(t).packed))
        return self.address_sets.setdefault(ids, len(self.address_sets) + 1)

    def add_host(self, name, v4=(), v6=(), asn=None, label=None, rule=None, a=None, aaaa=None, alias=None):
        """Returns the host's id; v4 and v6 are address texts, a and aaaa outcomes when there are none."""
        if name in self.host:
            return self.host[name]
        i = self.host[name] = len(self.host) + 1
        a = ANSWERED if v4 else (NODATA if a is None else a)
        aaaa = ANSWERED if v6 else (NODATA if aaaa is None else aaaa)
        usable = True if any(ipaddress.ip_address(t).is_global for t in list(v4) + list(v6)) else (
            False if a <= NX and aaaa <= NX else None)
        self.host_facts[i] = dict(a=a, aaaa=aaaa, v4=tuple(v4), v6=tuple(v6), usable=usable, alias=alias, asn=asn,
                                  a_set=self.address_set(v4, asn) if v4 else None,
                                  aaaa_set=self.address_set(v6, asn) if v6 else None)
        if label is not None:
            self.host_label[i] = (self.provider_id(label), rule)
        return i

    def set_of(self, entries):
        return self.sets.setdefault(tuple(sorted(entries)), len(self.sets) + 1)

    def verdict(self, state, red=(0, None, None, None, None, None, None, None, None, None, None, None, None),
                labels=(), findings=()):
        key = (state, red, tuple(labels), tuple(sorted(set(findings))))
        return self.verdicts.setdefault(key, len(self.verdicts) + 1)

    def judge(self, entries, labels, state=MX, findings=()):
        """A verdict from (preference, host id) pairs; labels are (role, provider name, share, confidence)."""
        found = [FINDING[f] for f in findings]
        hosts = len({h for _, h in entries})
        if not self.hosts_asked:
            red = (hosts,) + (None,) * 12
            return self.verdict(state, red, self.label_rows(labels), found)
        facts = self.host_facts
        usable = [(p, h) for p, h in entries if facts[h]["usable"]]
        levels = sorted({p for p, _ in entries})
        tiers = sorted({p for p, _ in usable})
        names = {h for _, h in usable}

        def addresses(pairs):
            return {t for _, h in pairs for t in facts[h]["v4"] + facts[h]["v6"]}
        every = addresses(usable)
        first = addresses([(p, h) for p, h in usable if p == tiers[0]]) if tiers else set()
        later = addresses([(p, h) for p, h in usable if p != tiers[0]]) if tiers else set()
        prefixes = {self.addresses[t][3] for t in every}
        asns = {self.addresses[t][5] for t in every}
        providers = {self.host_label.get(h, ("self:%d" % h,))[0] for h in names}
        if len(tiers) > 1:
            backup = 1 if later - first else 2
        else:
            backup = 3 if tiers and levels[-1] != tiers[0] else 0
        point = 0
        for size, what in ((len(names), 1), (len(every), 2), (len(prefixes), 3), (len(asns), 4), (len(providers), 5)):
            if size == 1 and not (what == 4 and None in asns):
                point = what
                break
        ipv6 = int(any(facts[h]["v6"] for h in names))
        if names and not ipv6:
            found.append(FINDING["no_ipv6"])
        if backup == 2:
            found.append(FINDING["decorative_backup"])
        if backup == 3:
            found.append(FINDING["dead_backup"])
        if len(names) == 1:
            found.append(FINDING["single_host"])
        red = (hosts, len(names), len(tiers), int(len([1 for p, _ in usable if p == tiers[0]]) > 1) if tiers else 0,
               int(any(len(facts[h]["v4"] + facts[h]["v6"]) > 1 for h in names)), ipv6, backup,
               3 if backup == 1 else 0, len(every), len(prefixes), None if None in asns else len(asns), len(providers),
               point)
        return self.verdict(state, red, self.label_rows(labels), found)

    def label_rows(self, labels):
        rows, position = [], {}
        for role, name, share, confidence in labels:
            at = position.get(role, 0)
            position[role] = at + 1
            rows.append((role, at, self.provider_id(name), share, confidence))
        return rows


def public_v4(rng, block):
    """An address in one of 60,000 /24 outside every special range."""
    return "%d.%d.%d.%d" % (20 + block % 60, block // 60 % 250, block // 15000 % 250, 1 + rng.randrange(250))


class Makers:
    """Each maker returns (outcome, set id, implicit host id, verdict id) for a domain."""

    def __init__(self, world):
        self.w = w = world
        self.rng = w.rng
        rule = w.rule_id("google.com", "google", "mailbox")
        g = [w.add_host(n, ["74.125.%d.26" % i, "74.125.%d.27" % i], ["2607:f8b0:400%d::1a" % i], 15169, "google", rule)
             for i, n in enumerate(["aspmx.l.google.com", "alt1.aspmx.l.google.com", "alt2.aspmx.l.google.com",
                                    "alt3.aspmx.l.google.com", "alt4.aspmx.l.google.com", "smtp.google.com"])]
        self.google_sets = [((1, g[0]), (5, g[1]), (5, g[2]), (10, g[3]), (10, g[4])), ((1, g[5]),),
                            ((10, g[0]), (20, g[1]), (30, g[2]))]
        self.ms_rule = w.rule_id("mail.protection.outlook.com", "microsoft", "mailbox")
        self.pp_rule = w.rule_id("pphosted.com", "proofpoint", "gateway")
        mc_rule = w.rule_id("mimecast.com", "mimecast", "gateway")
        self.mimecast = [tuple((10, w.add_host("%s-smtp-inbound-%d.mimecast.com" % (r, i), ["91.220.%d.%d" % (40 + k, i)],
                                               [], 42427, "mimecast", mc_rule)) for i in (1, 2))
                         for k, r in enumerate(["us", "eu", "de", "uk", "au", "za"])]
        self.hosters = [self.hoster(i) for i in range(220)]
        self.orgs = {}
        self.ms_pools = [(["52.101.%d.%d" % (i, j) for j in (1, 2, 3, 4)], ["2a01:111:f40%d::%d" % (i % 8, i + 1)] if i % 2 else [])
                         for i in range(60)]
        self.mix = [(28, self.google), (18, self.microsoft), (3, self.proofpoint), (3, self.mime), (14, self.hosted),
                    (12, self.own), (8, self.org), (4, self.null), (4, self.no_mail), (2, self.nxdomain),
                    (2, self.implicit), (1, self.broken), (0.6, self.undetermined), (0.4, self.invalid),
                    (0.5, self.mixed), (0.5, self.dangling)]
        self.weights = [m[0] for m in self.mix]
        self.functions = [m[1] for m in self.mix]

    def hoster(self, i):
        w = self.w
        name, domain = "hoster%d" % i, "mail%d.net" % i
        rule = w.rule_id("mail%d.net" % i, name, ["registrar", "isp", "mailbox"][i % 3])
        asn = 60000 + i
        h = [w.add_host("mx%d.%s" % (k, domain), [public_v4(self.rng, 15000 + i * 3 + k % 2)],
                        ["2a0%d:%x:1::%x" % (k + 1, 256 + i, k)] if i % 3 else [], asn, name, rule) for k in range(3)]
        shape = [((10, h[0]), (10, h[1])), ((10, h[0]), (20, h[1])), ((10, h[0]),), ((5, h[0]), (10, h[1]), (50, h[2]))][i % 4]
        return name, shape

    def make(self, name):
        return self.rng.choices(self.functions, self.weights)[0](name)

    def judged(self, entries, labels, **more):
        return ANSWERED, self.w.set_of(entries), None, self.w.judge(entries, labels, **more)

    def google(self, name):
        return self.judged(self.rng.choices(self.google_sets, (80, 12, 8))[0], [(MAILBOX, "google", 10000, 95)])

    def microsoft(self, name):
        v4, v6 = self.rng.choice(self.ms_pools)
        h = self.w.add_host(name.replace(".", "-") + ".mail.protection.outlook.com", v4, v6, 8075, "microsoft", self.ms_rule)
        return self.judged(((0, h),), [(MAILBOX, "microsoft", 10000, 95)])

    def proofpoint(self, name):
        c = self.rng.randrange(1 << 30)
        entries = tuple((10, self.w.add_host("mx%s-%08x.gslb.pphosted.com" % (k, c), ["148.163.%d.%d" % (i, c % 250 + 1)], [],
                                             22843, "proofpoint", self.pp_rule)) for i, k in ((129, "a"), (137, "b")))
        return self.judged(entries, [(GATEWAY, "proofpoint", 10000, 95)])

    def mime(self, name):
        return self.judged(self.rng.choice(self.mimecast), [(GATEWAY, "mimecast", 10000, 95)])

    def hosted(self, name):
        provider, entries = self.hosters[min(int(self.rng.paretovariate(0.7)) - 1, len(self.hosters) - 1)]
        return self.judged(entries, [(MAILBOX, provider, 10000, 80)])

    def own_host(self, name, host):
        asn = 1000 + self.rng.randrange(9000)
        org = ".".join(name.split(".")[-2:])
        return self.w.add_host(host, [public_v4(self.rng, self.rng.randrange(15000))], [], asn, "org:" + org, None)

    def own(self, name):
        entries = [(10, self.own_host(name, "mail." + name))]
        labels = [(MAILBOX, "self", 10000, 70)]
        if self.rng.random() < 0.3:
            entries.append((20, self.own_host(name, "backup." + name)))
            labels.append((BACKUP, "self", 0, 70))
        elif self.rng.random() < 0.1:
            provider, shape = self.rng.choice(self.hosters)
            entries.append((50, shape[0][1]))
            labels.append((BACKUP, provider, 0, 80))
        return self.judged(tuple(entries), labels)

    def org(self, name):
        i = min(int(self.rng.paretovariate(0.35)), 20000)
        if i not in self.orgs:
            domain, asn = "isp%d.example" % i, 20000 + i
            ips = [public_v4(self.rng, self.rng.randrange(15000)) for _ in range(2)]
            h = [self.w.add_host("mx%d.%s" % (k, domain), [ips[k if i % 5 else 0]], [], asn, "org:" + domain) for k in range(2)]
            self.orgs[i] = ((10, h[0]), (10 if i % 2 else 20, h[1]))
        return self.judged(self.orgs[i], [(MAILBOX, "org:isp%d.example" % i, 10000, 50)])

    def mixed(self, name):
        a, b = self.rng.sample(self.hosters, 2)
        return self.judged(((10, a[1][0][1]), (10, b[1][0][1])), [(MAILBOX, a[0], 5000, 80), (MAILBOX, b[0], 5000, 80)])

    def null(self, name):
        h = self.w.add_host("", a=None)
        self.w.host_facts[h].update(a=None, aaaa=None, usable=False)
        return ANSWERED, self.w.set_of(((0, h),)), None, self.w.verdict(NULL)

    def invalid(self, name):
        h = self.w.add_host("", a=None)
        self.w.host_facts[h].update(a=None, aaaa=None, usable=False)
        entries = ((10, h),) if self.rng.random() < 0.5 else ((0, h), (10, self.hosters[0][1][0][1]))
        return ANSWERED, self.w.set_of(entries), None, self.w.verdict(NULL_INVALID, findings=[FINDING["null_mx_with_others"]])

    def no_mail(self, name):
        return NODATA, None, None, self.w.verdict(NO_MAIL)

    def nxdomain(self, name):
        return NX, None, None, self.w.verdict(NXDOMAIN)

    def implicit(self, name):
        h = self.own_host(name, name)
        verdict = self.w.judge(((0, h),), [(MAILBOX, "self", 10000, 50)], state=IMPLICIT, findings=["implicit_mx"])
        return NODATA, None, h, verdict

    def broken(self, name):
        kind = self.rng.randrange(3)
        if kind == 0:
            gone = "gone%d.example" % self.rng.randrange(5000)
            h = self.w.add_host(gone, a=NX, aaaa=NX, label="org:" + gone) # as scans label it
        elif kind == 1:
            h = self.w.add_host("10.0.0.1", label=None)
            self.w.host_facts[h].update(a=None, aaaa=None, usable=False)
        else:
            h = self.w.add_host("inside.example", ["10.0.0.1"])
        return self.judged(((10, h),), [], state=BROKEN, findings=["broken"] + (["mx_literal"] if kind == 1 else []))

    def dangling(self, name):
        gone = "gone%d.example" % self.rng.randrange(5000)
        gone = self.w.add_host(gone, a=NX, aaaa=NX, label="org:" + gone)
        provider, shape = self.rng.choice(self.hosters)
        return self.judged(((10, shape[0][1]), (20, gone)), [(MAILBOX, provider, 10000, 80)], findings=["dangling_mx_host"])

    def undetermined(self, name):
        return self.rng.choice([SERVFAIL, TIMEOUT, REFUSED]), None, None, self.w.verdict(UNDETERMINED)


def names(rng, count):
    seen = set()
    syllables = ["ka", "lo", "mi", "ter", "no", "vex", "pra", "sol", "din", "gra", "hu", "ber", "ost", "win", "fe", "yal"]
    i = 0
    while len(seen) < count:
        i += 1
        name = "%s%s%d.%s" % (rng.choice(syllables), rng.choice(syllables), i, rng.choice(TLDS))
        seen.add(name)
        yield name


def words(db):
    """The rows of the word tables, from the one place where the words stand."""
    with open(os.path.join(ROOT, "model", "vocabulary.h"), encoding="utf-8") as f:
        lists = dict(re.findall(r"#define MXS_(\w+)\(X\)(.*?)\n\n", f.read(), re.S))
    for table, flags in (("outcome", 1), ("state", 1), ("backup", 0), ("single_point", 0), ("role", 0), ("severity", 0)):
        listed = lists[{"severity": "SEVERITIES"}.get(table, table.upper() + "S")]
        rows = [(name,) + (told == "true",) * flags for name, told in re.findall(r'X\(\w+, "(\w+)"(?:, (\w+))?', listed)]
        rows = [row + (row[0] != "undetermined",) for row in rows] if table == "state" else rows
        for i, row in enumerate(rows):
            db.execute("INSERT INTO %s VALUES (%s)" % (table, ",".join("?" * (len(row) + 1))), (i,) + row)


def schema(db):
    """Views and counts are written by the program, when it opens a file that was made without them."""
    with open(os.path.join(ROOT, "db", "schema.sql"), encoding="utf-8") as f:
        db.executescript(f.read())
    words(db)
    with open(os.path.join(ROOT, "tests", "support", "check_words.sql"), encoding="utf-8") as f:
        db.executescript(f.read())
    db.execute("PRAGMA application_id=%d" % APPLICATION_ID)
    db.execute("PRAGMA user_version=%d" % VERSION)


def store_world(db, w, runs, moved):
    many = db.executemany
    many("INSERT INTO host (id, name) VALUES (?,?)", ((i, n) for n, i in w.host.items()))
    many("INSERT INTO mx_entry (set_id, preference, host_id)"
          " VALUES (?,?,?)", ((i, p, h) for s, i in w.sets.items() for p, h in s))
    many("INSERT INTO asn (id, name, country) VALUES (?,?,NULL)", w.asns.items())
    many("INSERT INTO address (id, bytes, address, prefix, public, asn) VALUES (?,?,?,?,?,?)", w.addresses.values())
    many("INSERT INTO address_entry (set_id, position, address_id)"
          " VALUES (?,?,?)", ((i, k, a) for s, i in w.address_sets.items() for k, a in enumerate(s)))
    many("INSERT INTO provider (id, name) VALUES (?,?)", ((i, n) for n, i in w.provider.items()))
    db.execute("INSERT INTO ruleset (id, digest, source, made_at) VALUES (1, 'f1x7', 'built in', 1795000000)")
    many("INSERT INTO rule (id, ruleset_id, pattern, provider, kind, country, source, date)"
          " VALUES (?,1,?,?,?,NULL,NULL,NULL)", ((i + 1,) + r for i, r in enumerate(w.rules)))
    many("INSERT INTO host_label (host_id, provider_id, rule_id)"
          " VALUES (?,?,?)", ((h, p, r) for h, (p, r) in w.host_label.items()))
    many("INSERT INTO finding (code, name, severity, sentence, advice)"
          " VALUES (?,?,?,?,?)", ((i + 1,) + f for i, f in enumerate(FINDINGS)))
    many("INSERT INTO verdict (id, state, hosts, usable, tiers, load_sharing, multihomed, ipv6, backup, backup_apart, addresses,"
         " prefixes, asns, providers, single_point, content) VALUES (" + "?," * 15 + "?)", ((i, k[0]) + k[1] + (repr(k).encode(),) for k, i in w.verdicts.items()))
    many("INSERT INTO verdict_label (verdict_id, role, position, provider_id, share, confidence)"
          " VALUES (?,?,?,?,?,?)", ((i,) + tuple(l) for k, i in w.verdicts.items() for l in k[2]))
    many("INSERT INTO verdict_finding (verdict_id, code)"
          " VALUES (?,?)", ((i, c) for k, i in w.verdicts.items() for c in k[3]))
    if w.hosts_asked:
        rows = []
        for i, f in w.host_facts.items():
            if f["a"] is None:
                continue
            row = (f["a"], f["a_set"], f["aaaa"], f["aaaa_set"])
            if i in moved:
                run, old = moved[i]
                rows.append((i, 1, 1, run - 1, ANSWERED, old) + row[2:] + (None, None))
                rows.append((i, 1, run, None) + row + (None, None))
            else:
                rows.append((i, 1, 1, None) + row + (None, NX if f["a"] == NX else None))
        many("INSERT INTO host_history (host_id, list_id, first_run, last_run, a_outcome, a_set_id, aaaa_outcome,"
              " aaaa_set_id, alias_id, registrable_outcome) VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        db.execute("UPDATE host_history SET usable = CASE WHEN EXISTS (SELECT 1 FROM address_entry e JOIN address a ON a.id = e.address_id"
                   " WHERE a.public AND e.set_id IN (a_set_id, aaaa_set_id)) THEN 1 WHEN a_outcome <= ? AND aaaa_outcome <= ? THEN 0 END",
                   (NX, NX))


def store_runs(db, args, counts):
    db.execute("INSERT INTO list (id, name) VALUES (1,'default')")
    for r in range(1, args.runs + 1):
        count = counts[r]
        at = 1795000000 + 86400 * r
        db.execute("INSERT INTO run (id, list_id, state, stage, started_at, finished_at, active_ms,"
              " previous_run, input_digest, checks, shard, seed, options, versions, lines, accepted, rejected,"
              " duplicates, degraded, agreement_asked, agreement_same, datagrams, tcp_connections, forged)"
              " VALUES (?,1,'complete','finish',?,?,?,?,?,?,'1/1',?,?,?,?,?,?,?,?,?,?,?,?,?)",
                   (r, at, at + 60, 60000, r - 1 if r > 1 else None, "digest", args.checks, r, '{"concurrency":4096}',
                    '{"mxsurvey":"0.1.0","ruleset":"f1x7"}', count + 7, count, 4, 3, 0, 100, 100, count * 3, 12, 0))
        db.execute("INSERT INTO run_input (run_id, position, path, lines) VALUES (?,0,'names.txt',?)", (r, count + 7))
        for k in range(2):
            half = count * 3 // 2
            db.execute("INSERT INTO run_resolver (run_id, resolver_id, asked, answers, timeouts, servfail,"
                  " refused, malformed, truncated, unreachable, rtt_sum_us, rtt_min_us, rtt_max_us, ports, excluded)"
                  " VALUES (?,?,?,?,?,?,0,0,2,0,?,?,?,64,NULL)",
                       (r, k + 1, half, half - 9, 9, count // 200, half * 900, 210, 902000))
        db.execute("INSERT INTO member (run_id, first_domain, last_domain) VALUES (?,1,?)", (r, count))
    db.execute("INSERT INTO resolver (id, address) VALUES (1,'127.0.0.1:53'),(2,'127.0.0.2:53')")


def store_facets(db, count):
    """Two columns that every run kept: a byte a domain, 2 v for the value v (db/facets.h)."""
    db.executemany("INSERT INTO facet (id, list_id, name) VALUES (?,1,?)", ((1, "Region"), (2, "Sector")))
    db.executemany("INSERT INTO facet_value VALUES (?,?,?)", ((1, 1, "Tyrol"), (1, 2, "Vienna"), (1, 3, "Styria"), (2, 1, "hospital"), (2, 2, "school")))
    for block in range(count // 256 + 1):
        ids = range(block * 256, block * 256 + 256)
        for facet, values in ((1, 4), (2, 3)): # one in so many has none
            codes = bytes(2 * (i % values) if 1 <= i <= count else 0 for i in ids)
            db.execute("INSERT INTO facet_block (facet_id, block, first_run, width, codes) VALUES (?,?,1,1,?)", (facet, block, codes))


def number(value):
    """7 bits a byte, the lowest first (db/measured.c)."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def store_measurements(db, count, run):
    for block in range(count // 4096 + 1):
        packed, gap = bytearray(1), 0  # nothing is common to all
        for domain in range(block * 4096, block * 4096 + 4096):
            if not 1 <= domain <= count:
                gap += 1
                continue
            i = domain - 1
            for value in (gap, run, 1 + i % 2, 1, 300 + i % 900, i // 20000, 300 * (1 + i % 12) + 1):
                packed += number(value)
            gap = 0
        db.execute("INSERT INTO measurement VALUES (?,?)", (block, bytes(packed)))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("out")
    p.add_argument("--domains", type=int, default=1000)
    p.add_argument("--runs", type=int, default=1)
    p.add_argument("--change", type=float, default=0.01)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--checks", default="mx,host")
    p.add_argument("--no-index", action="store_true")
    args = p.parse_args()
    if os.path.exists(args.out):
        os.remove(args.out)
    rng = random.Random(args.seed)
    db = sqlite3.connect(args.out, isolation_level=None)
    db.execute("PRAGMA auto_vacuum=INCREMENTAL")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA journal_mode=OFF")
    schema(db)
    db.execute("BEGIN")
    world = World(rng, "host" in args.checks)
    makers = Makers(world)
    domains = list(names(rng, args.domains))
    now = [makers.make(n) for n in domains]
    since = [1] * len(domains)
    spans, judged, moved, counts = [], [], {}, {1: len(domains)}
    for r in range(2, args.runs + 1):
        counts[r] = len(domains)
        for i in rng.sample(range(len(domains)), int(len(domains) * args.change)):
            new = makers.make(domains[i])
            if new == now[i]:
                continue
            spans.append((i + 1, 1, since[i], r - 1) + (now[i][0], now[i][1], None, now[i][2]))
            judged.append((i + 1, 1, since[i], r - 1, now[i][3]))
            now[i], since[i] = new, r
    for i, (outcome, mx_set, implicit, verdict) in enumerate(now):
        spans.append((i + 1, 1, since[i], None, outcome, mx_set, None, implicit))
        judged.append((i + 1, 1, since[i], None, verdict))
    for h in list(world.host_facts)[10:2000:17] if args.runs > 1 else []:
        f = world.host_facts[h]
        if f["a_set"] is not None:
            moved[h] = (args.runs, world.address_set([public_v4(rng, 3)], f["asn"]))
    spans.sort()
    judged.sort()
    db.executemany("INSERT INTO domain (id, name) VALUES (?,?)", ((i + 1, n) for i, n in enumerate(domains)))
    store_facets(db, len(domains))
    store_world(db, world, args.runs, moved)
    db.executemany("INSERT INTO domain_history (domain_id, list_id, first_run, last_run, outcome, mx_set_id,"
          " alias_id, implicit_host_id) VALUES (?,?,?,?,?,?,?,?)", spans)
    db.executemany("INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES (?,?,?,?,?)", judged)
    store_measurements(db, len(domains), args.runs)
    db.execute("INSERT INTO reject (run_id, input, line, reason, text) VALUES (1,0,3,'not_a_name','a b')")
    store_runs(db, args, counts)
    db.execute("COMMIT")
    if not args.no_index:
        db.execute("CREATE UNIQUE INDEX host_name ON host(name)")
    db.execute("PRAGMA optimize")
    db.close()
    print("%s: %d domains, %d runs, %d sets, %d hosts, %d verdicts" % (
        args.out, len(domains), args.runs, len(world.sets), len(world.host), len(world.verdicts)), file=sys.stderr)


if __name__ == "__main__":
    main()
