"""The suite of RFC 7208 (Debian: python3-spf), served to the program by the scripted server.

unit.parse.rfc7208 holds the walk alone against the suite; here each scenario's zone is served, its domains are scanned
with the check auth, and what the export says of their SPF is compared. A case that cannot be decided so stands in OUT with its
reason: nothing else may be left out, and nothing that agrees may stand there.
"""
import gzip
import importlib.util

import harness

OUT = {
    "toolonglabel": "a label of 64 letters is no name: the list refuses it, nothing is asked",
    "emptylabel": "a name with an empty label is no name: the list refuses it",
    "helo-domain-literal": "an address literal is no name: the list refuses it",
    "domain-literal": "an address literal is no name: the list refuses it",
    "include-at-limit": "its sender matches ip4 before the eleventh look-up is made; without a sender it is made",
}


def load_suite():
    """Its reading of the zones, shared with the test of the walk, and the scenarios."""
    path = harness.SOURCE / "tests/unit/parse/rfc7208_suite.py"
    spec = importlib.util.spec_from_file_location("rfc7208_suite", path)
    suite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    try:
        import yaml
        with gzip.open(suite.SUITE) as file:
            return suite, [d for d in yaml.safe_load_all(file.read().decode("utf-8")) if d]
    except (ImportError, OSError) as missing:
        raise harness.unittest.SkipTest(f"skipped: {missing}")


def quoted(text):
    return '"%s"' % "".join(chr(b) if 32 <= b < 127 and b not in (34, 92) else "\\%03d" % b for b in text)


def zone_lines(suite, zone):
    """The zone as the scripted server reads it. SPF records stand in for TXT where a name has no TXT of its own."""
    for name, rows in zone.items():
        owner = suite.canonical(name)
        if owner is None:
            continue
        pairs = [next(iter(row.items())) for row in rows if isinstance(row, dict)]
        has_txt = any(kind == "TXT" for kind, _ in pairs)
        served = set()
        for kind, value in pairs:
            if kind in ("SPF", "TXT") and (kind == "TXT" or not has_txt) and value not in ([], "NONE"):
                parts = value if isinstance(value, list) else [value]
                text = b"".join(suite.octets(part) for part in parts)
                yield "%s TXT %s" % (owner, quoted(text))
            elif kind in ("A", "AAAA"):
                yield "%s %s %s" % (owner, kind, value)
            elif kind == "MX":
                yield "%s MX %d %s" % (owner, value[0], suite.canonical(value[1]) if value[1] else ".")
            elif kind == "CNAME":
                yield "%s CNAME %s" % (owner, suite.canonical(value))
            else:
                continue
            served.add("TXT" if kind == "SPF" else kind)
        if "TIMEOUT" in rows:  # every type that has no record
            yield from ("%s DROP %s" % (owner, kind) for kind in ("A", "AAAA", "MX", "TXT") if kind not in served)
        elif not served:
            yield "%s NODATA" % owner


class Suite(harness.TestCase):
    def judge(self, suite, document, number):
        """{case: (what the suite wants, result and reason of the export)} of one scenario."""
        server = self.serve("\n".join(zone_lines(suite, document["zonedata"])) + "\n")
        names = {case: suite.domain_of(test) for case, test in document["tests"].items()}
        scanned = sorted({name for name in names.values() if name is not None})
        db = self.folder / f"{number}.db"
        result = self.scan(scanned, server, "--checks", "auth", "--timeout", "400", "--deadline", "900", "--tries", "2",
                           "--servfail-wait", "10", db=db)
        server.stop()
        self.assertIn(result.code, (0, 3), result)  # 3: a scenario where most names time out
        records = self.export(db=db)
        for case, test in document["tests"].items():
            record = records.get(names[case])
            spf = record and record["auth"]["spf"]
            if record and spf is None and record["state"] in ("nxdomain", "undetermined"):
                spf = {"result": "none" if record["state"] == "nxdomain" else "temperror", "reason": record["state"]}
            yield case, test["result"], spf

    def test_every_case_that_needs_no_sender_agrees(self):
        suite, documents = load_suite()
        agreed, left, wrong = 0, set(), []
        for number, document in enumerate(documents):
            for case, expected, spf in self.judge(suite, document, number):
                if spf is not None and suite.agrees(expected, spf["result"]):
                    agreed += 1
                elif case in OUT:
                    left.add(case)
                else:
                    wrong.append(f"{case}: suite {expected}, ours {spf}")
        print(f"{agreed} cases agree, {len(left)} are out of scope")
        self.assertEqual(wrong, [])
        self.assertEqual(left, set(OUT), "a case that agrees is taken off the list")
        self.assertEqual(agreed + len(left), 203)


if __name__ == "__main__":
    harness.main()
