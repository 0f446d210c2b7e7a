#!/usr/bin/env python3
"""How far the provider rules carry: which share of domains with MX they name, and which share the rules made from one half of the domains
name on the other half.

    tests/bench/providers.py FOLDER [--rules scanner/classify/providers.tsv] [--check]

FOLDER holds truth.jsonl.gz (a JSON object a line: "domain", "mx" [[preference, host], ...]) and, for figures by continent, a CSV with
the columns Website and Country (ISO 3166-1). A domain counts as named when a rule names an MX host of its first preference, or one lies
under the domain's own registrable domain (self). A rule is made from a half when it names at least three domains of it. --check also
prints what a reader should look at: rules that name MX hosts under the surveyed domain itself.
"""
import argparse
import collections
import csv
import glob
import gzip
import json
import pathlib
import sys

SUFFIXES = "/usr/share/publicsuffix/public_suffix_list.dat"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
CONTINENTS = {
    "Europe": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO "
              "PL PT RO RS RU SE SI SK SM TR UA VA XK",
    "Asia": "AE AF AM AZ BD BH BN BT CN HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ "
            "TL TM TW UZ VN YE",
    "Africa": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD "
              "SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "North America": "AG AI AW BB BM BS BZ CA CR CU CW DM DO GD GL GT HN HT JM KN KY LC MX NI PA PR SV TC TT US VC VG VI",
    "South America": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
    "Oceania": "AS AU CK FJ FM GU KI MH MP NC NR NU NZ PF PG PW SB TK TO TV VU WF WS",
}
# public tables that others keep, of mail providers or of operators at large; what an operator said itself (also to the Public Suffix List,
# to Mozilla's table, to Domain Connect and to AlmaLinux's list of mirrors), or somebody said of it alone, is a page
TABLES = ("/domainaware/parsedmarc/", "/jace/mxsniff/", "/mxmap-it/", "/complexity-science-hub/mxmap-", "/yohannes-git/mxmap-fr/",
          "/KimTholstorf/mxmap-dk/", "/joaonunovalente/mxmap/", "/MikkelScheike/email-provider-links/", "/mustang-im/ispdb/",
          "/M66B/FairEmail/", "/MailCore/mailcore2/", "/davidhuser/mxmap/", "/jesbinjoseph/mxmap/", "/Nitrokey/dongleauth/",
          "/gentoo/api-gentoo-org/", "/certbot/website/", "/go-acme/lego/", "/acmesh-official/acme.sh/", "/2factorauth/twofactorauth/")
CONTINENT = {code: name for name, codes in CONTINENTS.items() for code in codes.split()}


def read_suffixes():
    lines = [line.strip() for line in open(SUFFIXES, encoding="utf-8")]
    end = lines.index("// ===END ICANN DOMAINS===")
    return {line for line in lines[:end] if line and not line.startswith("//")}


def registrable(name, suffixes):
    labels = name.split(".")
    for at in range(len(labels)):
        suffix, wild = ".".join(labels[at:]), "*." + ".".join(labels[at + 1:])
        if "!" + suffix in suffixes:
            return suffix
        if suffix in suffixes or wild in suffixes:
            return ".".join(labels[max(at - 1, 0):])
    return ".".join(labels[-2:])


def read_rules(path):
    rows = (line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8") if line.strip() and line[0] != "#")
    return {row[0]: row for row in rows}


def find(rules, host):
    labels = host.split(".")
    for at in range(len(labels)):
        suffix = ".".join(labels[at:])
        if at > 0 and "*." + suffix in rules:
            return "*." + suffix
        if suffix in rules:
            return suffix
    return None


def read_domains(folder, rules, suffixes):
    """{domain: (rules of the first preference, is self, continent)} of the domains with MX that is no null MX."""
    countries = {}
    for path in glob.glob(str(folder / "*.csv")):
        for row in csv.DictReader(open(path, encoding="utf-8-sig"), delimiter=";"):
            site = row.get("Website", "").split("//")[-1].split("/")[0].removeprefix("www.").lower()
            countries[site] = CONTINENT.get(row.get("Country", ""), "no country named")
    domains = {}
    for line in gzip.open(folder / "truth.jsonl.gz", "rt"):
        record = json.loads(line)
        if not record["mx"]:
            continue
        name, first = record["domain"], min(preference for preference, _ in record["mx"])
        hosts = {host.lower().rstrip(".") for preference, host in record["mx"] if preference == first}
        if hosts <= {""}:
            continue  # a null MX: it receives nothing
        own = registrable(name, suffixes)
        named = {rule for rule in (find(rules, host) for host in hosts) if rule is not None}
        is_self = any(host == own or host.endswith("." + own) for host in hosts)
        domains[name] = (named, is_self, countries.get(name, "no country named"), hosts)
    return domains


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rules", type=pathlib.Path, default=SOURCE / "scanner/classify/providers.tsv")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not (options.folder / "truth.jsonl.gz").exists():
        sys.exit(f"{options.folder}/truth.jsonl.gz is absent: nothing to measure")
    rules, suffixes = read_rules(options.rules), read_suffixes()
    domains = read_domains(options.folder, rules, suffixes)
    halves = [sorted(domains)[half::2] for half in (0, 1)]
    whole, left_out, total = collections.Counter(), collections.Counter(), collections.Counter()
    for half in (0, 1):
        seen = collections.Counter(rule for name in halves[half] for rule in domains[name][0])
        made = {rule for rule, count in seen.items() if count >= 3}
        good = 0
        for name in halves[1 - half]:
            named, is_self, continent, _ = domains[name]
            total[continent] += 1
            whole[continent] += bool(named) or is_self
            left_out[continent] += bool(named & made) or is_self
            good += bool(named & made) or is_self
        print(f"rules that name three or more of half {half + 1}: {len(made)}; of the other half {100 * good / len(halves[1 - half]):.1f} %")
    for continent in [*sorted(total, key=lambda name: -total[name]), None]:
        n = sum(total.values()) if continent is None else total[continent]
        out = sum(left_out.values()) if continent is None else left_out[continent]
        all_rules = sum(whole.values()) if continent is None else whole[continent]
        print(f"{continent or 'together':18} {n:6} domains, left out {100 * out / n:.1f} %, all rules {100 * all_rules / n:.1f} %")
    tell_sources(rules, domains)
    if options.check:
        for name, (named, is_self, _, hosts) in sorted(domains.items()):
            if named and is_self:
                print(f"{name}: {', '.join(sorted(hosts))} is named {', '.join(sorted(rules[rule][1] for rule in named))}")


def tell_sources(rules, domains):
    """Where the rules can be checked, and how many domains rest on each kind of source."""
    served = collections.Counter(rule for named, _, _, _ in domains.values() for rule in named)
    counts, weights = collections.Counter(), collections.Counter()
    for suffix, rule in rules.items():
        if "://" in rule[5]:
            kind = "a table" if any(table in rule[5] for table in TABLES) else "a page"
        else:
            kind = rule[5] if rule[5] in ("operator's own domain", "general knowledge") else "a host"
        counts[kind] += 1
        weights[kind] += served[suffix]
    for kind in sorted(counts, key=lambda name: -weights[name]):
        print(f"source {kind}: {counts[kind]} rules, {weights[kind]} domains, {100 * weights[kind] / sum(weights.values()):.1f} %")


if __name__ == "__main__":
    main()
