#!/usr/bin/python3
"""The openspf test suite for RFC 7208 (Debian: python3-spf), as far as it can be decided without a sender.

usage: rfc7208_suite.py PROGRAM, where PROGRAM is tests/unit/parse/spf_suite. Exit 77 (skipped) without the suite or
without PyYAML. The walk supposes that no mechanism matches, so it sees every error the suite's sender sees, and some
that its sender is spared by an earlier match: those cases stand in SENDER below, each with its reason.
"""
import gzip
import re
import subprocess
import sys

SUITE = "/usr/share/doc/python3-spf/rfc7208-tests.yml.gz"

# Cases whose result hangs on who sends: our reason, and why it differs.
SENDER = {
    "include-at-limit": ("too_many_lookups", "its sender matches ip4 before the eleventh look-up is made"),
}


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def octets(value):
    """The octets of a record's text: the suite writes octets above 127 as characters."""
    if isinstance(value, list):
        return b"".join(octets(v) for v in value)
    return str(value).encode("latin-1")


def canonical(name):
    """Canonical text of a name, None when it cannot be one."""
    labels = name.rstrip(".").lower().split(".")
    if not all(0 < len(label) < 64 for label in labels):
        return None
    return ".".join("".join(c if re.match(r"[a-z0-9_-]", c) else "\\%03d" % ord(c) for c in label) for label in labels)


def zone_lines(zone):
    """The zone in spf_suite's form. SPF records stand in for TXT where a name has no TXT of its own."""
    aliases = {}
    for name, rows in zone.items():
        for row in rows:
            if isinstance(row, dict) and "CNAME" in row:
                aliases[canonical(name)] = canonical(row["CNAME"])
    tables = {canonical(name): rows for name, rows in zone.items()}
    for name, rows in tables.items():
        target, seen = name, set()
        while target in aliases and target not in seen:
            seen.add(target)
            target = aliases[target]
        yield from name_lines(name, tables.get(target, []) if target not in seen else rows)


def name_lines(name, rows):
    yield "NAME %s" % name
    pairs = [next(iter(row.items())) for row in rows if isinstance(row, dict)]
    has_txt = any(kind == "TXT" for kind, _ in pairs)
    if "TIMEOUT" in rows:
        yield "TIMEOUT %s" % name
    for kind, value in pairs:
        if kind == "SPF" and not has_txt and value != []:
            yield "TXT %s %s" % (name, octets(value).hex())
        elif kind == "TXT" and value != "NONE":
            yield "TXT %s %s" % (name, octets(value).hex())
        elif kind in ("A", "AAAA", "MX"):
            yield "%s %s -" % (kind, name)


def domain_of(case):
    """The name whose policy is asked for: of the envelope sender, else of the greeting."""
    sender = case["mailfrom"]
    return canonical(sender.rsplit("@", 1)[1] if "@" in sender else case["helo"])


def agrees(expected, ours):
    expected = expected if isinstance(expected, list) else [expected]
    words = {"ok": ("pass", "fail", "softfail", "neutral")}.get(ours, (ours,))
    return any(word in expected for word in words)


def judge(program, documents):
    """Every case: (name, what the suite wants, our verdict's words)."""
    for document in documents:
        asked = [(name, case, domain_of(case)) for name, case in document["tests"].items()]
        lines = list(zone_lines(document["zonedata"]))
        lines += ["ASK %s" % domain for _, _, domain in asked if domain is not None]
        run = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
        verdicts = iter(run.stdout.splitlines())
        for name, case, domain in asked:
            yield name, case["result"], (next(verdicts) if domain is not None else "none no_name 0 0 - 0").split()


def main():
    try:
        import yaml
    except ImportError:
        skip("no PyYAML (python3-yaml)")
    try:
        with gzip.open(SUITE) as suite:
            documents = [d for d in yaml.safe_load_all(suite.read().decode("utf-8")) if d]
    except OSError:
        skip("no suite (python3-spf)")
    agreed, by_sender, wrong = 0, 0, []
    for name, expected, verdict in judge(sys.argv[1], documents):
        if agrees(expected, verdict[0]):
            agreed += 1
            if name in SENDER:
                wrong.append("%s agrees: take it off the list" % name)
        elif name in SENDER and SENDER[name][0] == verdict[1]:
            by_sender += 1
        else:
            wrong.append("%s: suite %s, ours %s" % (name, expected, " ".join(verdict)))
    print("%d cases agree, %d hang on the sender, %d wrong" % (agreed, by_sender, len(wrong)))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
