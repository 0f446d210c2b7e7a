"""Policies end to end: what is asked, what is found, what it means, and that no kill loses any of it."""
import collections
import csv
import gzip
import io
import json
import signal
import time

import harness

ZONE = f"""
good.test MX 10 mx.good.test
mx.good.test A 20.1.1.1
good.test A 20.1.1.1
good.test TXT "v=spf1 mx include:spf.sender.test -all"
spf.sender.test TXT "v=spf1 ip4:20.2.0.0/16 include:more.sender.test ~all"
more.sender.test TXT "v=spf1 ip4:20.3.0.0/16 ~all"
_dmarc.good.test TXT "v=DMARC1; p=reject; rua=mailto:a@good.test"
default._domainkey.good.test TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_mta-sts.good.test TXT "v=STSv1; id=20260101;"
_smtp._tls.good.test TXT "v=TLSRPTv1; rua=mailto:t@good.test"
_25._tcp.mx.good.test TLSA 3 1 1 0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3
sub.good.test MX 10 mx.good.test
bare.test MX 10 mx.good.test
open.test MX 10 mx.good.test
open.test TXT "v=spf1 +all"
open.test TXT "some other text"
two.test MX 10 mx.good.test
two.test TXT "v=spf1 -all"
two.test TXT "v=spf1 ~all"
many.test MX 10 mx.good.test
many.test TXT "v=spf1 {' '.join(f'include:i{n}.many.test' for n in range(11))} -all"
{chr(10).join(f'i{n}.many.test TXT "v=spf1 -all"' for n in range(11))}
loop.test MX 10 mx.good.test
loop.test TXT "v=spf1 include:loop.test -all"
parked.test MX 0 .
parked.test TXT "v=spf1 -all"
_dmarc.parked.test TXT "v=DMARC1; p=reject"
forged.test MX 0 .
gate.test MX 10 in.gate.example
in.gate.example A 20.1.1.9
gate.test TXT "v=spf1 include:spf.protection.outlook.com -all"
selector1._domainkey.gate.test CNAME selector1-gate-test._domainkey.gate.onmicrosoft.com
selector1-gate-test._domainkey.gate.onmicrosoft.com A 20.9.9.9
autodiscover.gate.test CNAME autodiscover.outlook.com
alone.test MX 10 in.gate.example
alone.test TXT "v=spf1 include:spf.protection.outlook.com -all"
agreed.test MX 10 in.gate.example
agreed.test TXT "v=spf1 include:spf.protection.outlook.com -all"
agreed.test TXT "MS=ms12345678"
torn.test MX 10 in.gate.example
selector1._domainkey.torn.test CNAME selector1-torn-test._domainkey.torn.onmicrosoft.com
selector1-torn-test._domainkey.torn.onmicrosoft.com A 20.9.9.9
autodiscover.torn.test CNAME autodiscover.ionos.info
autodiscover.ionos.info A 20.9.9.9
named.test MX 10 named-test.mail.protection.outlook.com
named-test.mail.protection.outlook.com A 20.1.1.8
selector1._domainkey.named.test CNAME fm1.named.test.dkim.fmhosted.com
fm1.named.test.dkim.fmhosted.com A 20.9.9.9
spf.protection.outlook.com TXT "v=spf1 ip4:20.4.0.0/16 -all"
"""
RULES = "gate.example\tgatekeeper\tgateway\nprotection.outlook.com\tmicrosoft\tmailbox\n"
NAMES = ["good.test", "sub.good.test", "bare.test", "open.test", "two.test", "many.test", "loop.test", "parked.test", "forged.test",
         "gate.test", "alone.test", "agreed.test", "torn.test", "named.test", "gone.test"]


class Policies(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.case = cls.for_all()
        cls.server = cls.case.serve(ZONE, log=True)
        rules = cls.case.write("rules.tsv", RULES)
        cls.result = cls.case.scan(NAMES, cls.server, "--checks", "all", "--rules", rules)
        cls.records = cls.case.export() if cls.result.code == 0 else {}

    def setUp(self):
        super().setUp()
        self.assertEqual(self.result.code, 0, self.result)

    def spf(self, name):
        spf = self.records[name]["auth"]["spf"]
        return spf["result"], spf["reason"]

    def found(self, name):
        return set(self.records[name]["findings"])

    def test_a_good_domain_has_everything(self):
        auth, transport = self.records["good.test"]["auth"], self.records["good.test"]["transport"]
        self.assertEqual(auth["spf"], {"record": "v=spf1 mx include:spf.sender.test -all", "result": "ok", "reason": "ok", "all": "-",
                                       "lookups": 3, "voids": 0})
        self.assertEqual(auth["dmarc"], {"record": "v=DMARC1; p=reject; rua=mailto:a@good.test", "policy": "reject",
                                         "inherited_from": None, "subdomain_policy": None, "percent": 100, "dkim_alignment": "relaxed",
                                         "spf_alignment": "relaxed", "rua": ["mailto:a@good.test"], "ruf": [], "unauthorised": [],
                                         "tree": None})
        self.assertEqual(auth["dkim"], [{"selector": "default", "type": "ed25519", "bits": 256, "reason": "ok", "target": None}])
        self.assertEqual(transport["mta_sts"], {"record": "v=STSv1; id=20260101;", "result": "ok", "policy": None})
        self.assertEqual(transport["tls_rpt"]["result"], "ok")
        self.assertEqual(transport["tlsa"], [{"host": "mx.good.test", "usable": 1, "unusable": 0, "secure": False}])

    def test_tlsa_without_validation_does_not_count(self):
        self.assertIn("dane_insecure", self.found("good.test"))

    def test_explain_tells_all_of_it(self):
        told = self.explained("good.test", "sub.good.test", "bare.test", "two.test", "gate.test", db=self.case.db)
        for name, lines in (
                ("good.test", ["  SPF: v=spf1 mx include:spf.sender.test -all", "    with all it includes: ok, 3 DNS lookups (10 allowed), 0 void (2 allowed)",
                               "  DKIM keys at known selectors: default ed25519 256", "    its policy: not fetched", "  TLSA: mx.good.test 1 usable, not validated",
                               "  DNSSEC: the MX answer was not validated by the resolver"]),
                ("sub.good.test", ["    inherited from: good.test"]),
                ("bare.test", ["  SPF: none", "  DMARC: none", "  MTA-STS: none"]),
                ("two.test", ["    with all it includes: permerror (many_records), 0 DNS lookups (10 allowed), 0 void (2 allowed)"]),
                ("gate.test", ["  DKIM keys at known selectors: selector1 no_record at selector1-gate-test._domainkey.gate.onmicrosoft.com"])):
            text = told[name].splitlines()
            for line in lines:
                self.assertIn(line, text, name)
            self.assertEqual(sum("with all it includes" in line for line in text), name not in ("sub.good.test", "bare.test"), name)

    def test_the_report_has_a_table_of_policies_where_they_were_asked(self):
        self.assertIn("\n\nPolicies\n", harness.run("report", self.case.db).out)
        db = self.folder / "plain.db"
        self.assertEqual(self.case.scan(["good.test"], self.server, db=db).code, 0)
        self.assertNotIn("Policies", harness.run("report", db).out)

    def test_named_tables_stand_apart(self):
        self.assertIn("\n\nPolicies\n", harness.run("report", self.case.db, "states", "policies").out)

    def test_a_subdomain_inherits_dmarc(self):
        dmarc = self.records["sub.good.test"]["auth"]["dmarc"]
        self.assertEqual((dmarc["policy"], dmarc["inherited_from"]), ("reject", "good.test"))
        self.assertNotIn("dmarc_missing", self.found("sub.good.test"))

    def test_nothing_published_is_told(self):
        self.assertEqual(self.records["bare.test"]["auth"]["spf"]["record"], None)
        self.assertEqual(self.spf("bare.test"), ("none", "no_record"))
        self.assertLessEqual({"spf_missing", "dmarc_missing", "tls_unprotected"}, self.found("bare.test"))

    def test_spf_that_is_no_use(self):
        self.assertIn("spf_pass_all", self.found("open.test"))
        self.assertEqual(self.spf("two.test"), ("permerror", "many_records"))
        self.assertEqual(self.spf("many.test"), ("permerror", "too_many_lookups"))
        self.assertIn("spf_too_many_lookups", self.found("many.test"))
        self.assertEqual(self.records["many.test"]["auth"]["spf"]["lookups"], 11)
        self.assertEqual(self.spf("loop.test"), ("permerror", "too_many_lookups"))
        self.assertEqual([self.records["loop.test"]["auth"]["spf"][key] for key in ("lookups", "voids")], [None, None])
        self.assertIn("permerror (too_many_lookups), more than 10 DNS lookups (10 allowed)\n", self.explained("loop.test", db=self.case.db)["loop.test"])
        self.assertNotIn("auth.spf", self.records["loop.test"]["unsettled"])

    def test_domains_without_mail_are_shut_or_forgeable(self):
        self.assertEqual(self.records["parked.test"]["state"], "null_mx")
        self.assertEqual(self.found("parked.test") & {"parked_forgeable", "spf_missing_parked", "dmarc_missing"}, set())
        self.assertLessEqual({"parked_forgeable", "spf_missing_parked", "dmarc_missing"}, self.found("forged.test"))

    def test_the_mailbox_behind_a_gateway(self):
        provider = self.records["gate.test"]["provider"]
        self.assertEqual((provider["gateway"], provider["mailbox"], provider["mailboxes"]),
                         ("gatekeeper", "microsoft", [["microsoft", 1.0]]))
        self.assertEqual([e["kind"] for e in provider["evidence"]], ["mx", "dkim", "autodiscover", "spf"])
        self.assertLess(provider["confidence"], 0.9)

    def test_spf_alone_never_decides(self):
        self.assertIsNone(self.records["alone.test"]["provider"]["mailbox"])
        self.assertEqual(self.records["agreed.test"]["provider"]["mailbox"], "microsoft")

    def test_signs_that_contradict_claim_nothing(self):
        self.assertIsNone(self.records["torn.test"]["provider"]["mailbox"])

    def test_a_named_mailbox_host_is_not_argued_with(self):
        self.assertEqual([e["kind"] for e in self.records["named.test"]["provider"]["evidence"]], ["mx"])
        self.assertEqual(self.records["named.test"]["provider"]["mailbox"], "microsoft")

    def test_signs_belong_to_whom_they_were_looked_for_and_not_to_who_publishes_the_same(self):
        zone = """
gate.test MX 10 in.gate.example
in.gate.example A 20.1.1.9
named.test MX 10 named-test.mail.protection.outlook.com
named-test.mail.protection.outlook.com A 20.1.1.8
autodiscover.gate.test CNAME autodiscover.outlook.com
autodiscover.named.test CNAME autodiscover.outlook.com
"""
        rules = self.write("rules.tsv", RULES)
        self.assertEqual(self.scan(["gate.test", "named.test"], self.serve(zone), "--checks", "all", "--rules", rules).code, 0)
        self.assertEqual(self.one("SELECT count(DISTINCT policy_id) FROM policy_history"), 1)
        kinds = {name: [e["kind"] for e in record["provider"]["evidence"]] for name, record in self.export().items()}
        self.assertEqual(kinds, {"gate.test": ["mx", "autodiscover"], "named.test": ["mx"]})
        self.assertEqual(self.rows("SELECT domain, kind FROM v_evidence"), [("gate.test", "autodiscover")])
        table = harness.run("export", self.db, "--format", "csv").out.splitlines()
        self.assertIn("autodiscover.outlook.com", table[1])
        self.assertNotIn("autodiscover.outlook.com", table[2])
        self.assertNotIn("behind the MX", harness.run("explain", self.db, "named.test").out)

    def test_a_name_that_does_not_exist_is_not_asked_for_policies(self):
        self.assertEqual(self.records["gone.test"]["auth"], {"spf": None, "dmarc": None, "dkim": None})

    def test_no_checks_no_policies(self):
        db = self.folder / "plain.db"
        self.assertEqual(self.case.scan(["good.test"], self.server, db=db).code, 0)
        record = self.export(db=db)["good.test"]
        self.assertEqual((record["auth"], record["transport"]), ({"spf": None, "dmarc": None, "dkim": None},
                                                                 {"mta_sts": None, "tls_rpt": None, "tlsa": None}))

    def test_classify_says_the_same_from_stored_facts(self):
        before = self.case.content()
        result = harness.run("classify", "--rules", self.case.folder / "rules.tsv", self.case.db)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.case.content(), before)

    def test_an_unchanged_night_adds_no_policy(self):
        server = self.serve(ZONE)
        counts = []
        for _ in range(2):
            self.assertEqual(self.scan(NAMES, server, "--checks", "all").code, 0)
            counts.append(self.rows("SELECT (SELECT count(*) FROM policy), (SELECT count(*) FROM policy_history)"))
        self.assertEqual(counts[0], counts[1])


class Asked(harness.TestCase):
    def test_what_domains_share_is_asked_once(self):
        names = [f"d{n}.test" for n in range(200)]
        zone = "".join(f'{n} MX 10 mx.one.test\n{n} TXT "v=spf1 include:spf.one.test -all"\n' for n in names)
        server = self.serve(zone + 'mx.one.test A 20.1.1.1\nspf.one.test TXT "v=spf1 include:deep.one.test -all"\n'
                                   'deep.one.test TXT "v=spf1 -all"\n', log=True)
        self.assertEqual(self.scan(names, server, "--checks", "all").code, 0)
        records = self.export()
        self.assertEqual({r["auth"]["spf"]["result"] for r in records.values()}, {"ok"})
        server.stop()
        asked = collections.Counter((row[4].rstrip("."), row[5]) for row in server.log())
        for name in ("spf.one.test", "deep.one.test"):
            self.assertEqual(asked[(name, "TXT")], 1)
        self.assertEqual(asked[("_25._tcp.mx.one.test", "TLSA")], 1)

    def test_excluded_names_are_never_asked(self):
        server = self.serve('a.test MX 10 mx.a.test\nmx.a.test A 20.1.1.1\na.test TXT "v=spf1 include:secret.test -all"\n', log=True)
        exclude = self.write("exclude", "secret.test\n_domainkey.a.test\n")
        self.assertEqual(self.scan(["a.test"], server, "--checks", "all", "--exclude", exclude).code, 0)
        server.stop()
        self.assertEqual([row for row in server.log() if "secret" in row[4] or "_domainkey" in row[4]], [])

    def test_killed_and_begun_again_it_says_the_same(self):
        names = [f"d{n}.test" for n in range(1500)]
        zone = "".join(f'{n} MX 10 mx.one.test\n{n} TXT "v=spf1 include:spf{i % 7}.one.test mx ~all"\n_dmarc.{n} TXT "v=DMARC1; p=none"\n'
                       for i, n in enumerate(names))
        zone += "mx.one.test A 20.1.1.1\n" + "".join(f'spf{i}.one.test TXT "v=spf1 -all"\n' for i in range(7))
        server = self.serve(zone)
        whole = self.folder / "whole.db"
        self.assertEqual(self.scan(names, server, "--checks", "all", db=whole).code, 0)
        for wait_ms in (150, 300, 500, 800):
            scan = self.scan_begin(names, server, "--checks", "all")
            time.sleep(wait_ms / 1000 * harness.SLOW)
            scan.signal(signal.SIGKILL)
            scan.wait(10)
        result = self.scan(names, server, "--checks", "all")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(), self.content(db=whole))

    def test_nobody_waits_for_a_silent_domain(self):
        """Policies of a domain, and TLSA of its MX host, leave while the MX of another domain is still waited for."""
        zone = 'fast.test MX 10 mx.fast.test\nmx.fast.test A 20.1.1.1\nfast.test TXT "v=spf1 include:spf.fast.test -all"\nspf.fast.test TXT "v=spf1 -all"\n'
        server = self.serve(zone, ["name=slow.test type=MX -> drop"], log=True)
        result = self.scan(["fast.test", "slow.test"], server, "--checks", "mx,host,auth,transport", "--health", "off", "--timeout", 3000)
        self.assertEqual(result.code, 3, result)
        self.assertEqual(self.export()["fast.test"]["auth"]["spf"]["result"], "ok")
        server.stop()
        asked = [(row[4].rstrip("."), row[5]) for row in server.log()]
        last = len(asked) - 1 - asked[::-1].index(("slow.test", "MX"))
        self.assertGreater(asked.count(("slow.test", "MX")), 1)
        for question in (("fast.test", "TXT"), ("spf.fast.test", "TXT"), ("_25._tcp.mx.fast.test", "TLSA")):
            self.assertLess(asked.index(question), last, question)

    def test_a_domain_that_only_seemed_to_be_gone_keeps_its_policies(self):
        zone = 'late.test MX 10 mx.late.test\nmx.late.test A 20.1.1.1\nlate.test TXT "v=spf1 -all"\n'
        for rules in ([], ["name=late.test type=MX attempt=1 -> nxdomain"]):
            self.assertEqual(self.scan(["late.test"], self.serve(zone, rules), "--checks", "mx,host,auth", "--health", "off").code, 0)
        self.assertEqual(self.rows("SELECT first_run, last_run FROM policy_history"), [(1, None)])
        self.assertEqual(self.export()["late.test"]["auth"]["spf"]["result"], "ok")
        self.assertEqual(harness.run("diff", self.db, "--format", "json").json()["changes"], [])

    def test_without_addresses_asked_every_host_is_asked_for_tlsa(self):
        server = self.serve("a.test MX 10 mx.a.test\na.test MX 20 void.a.test\nmx.a.test A 20.1.1.1\n", log=True)
        self.assertEqual(self.scan(["a.test"], server, "--checks", "mx,transport").code, 0)
        server.stop()
        self.assertEqual(sorted(row[4].rstrip(".") for row in server.log() if row[5] == "TLSA"), ["_25._tcp.mx.a.test", "_25._tcp.void.a.test"])

    def test_a_changed_policy_is_told_with_old_and_new(self):
        zone = 'a.test MX 10 mx.a.test\nmx.a.test A 20.1.1.1\na.test TXT "v=spf1 {}"\n'
        for policy in ("~all", "-all"):
            self.assertEqual(self.scan(["a.test"], self.serve(zone.format(policy)), "--checks", "mx,host,auth").code, 0)
        changes = harness.run("diff", self.db, "--format", "json").json()["changes"]
        self.assertEqual([(c["domain"], c["kind"]) for c in changes], [("a.test", "policy_changed")])
        self.assertEqual((changes[0]["old"], changes[0]["new"]), ("v=spf1 ~all", "v=spf1 -all"))
        self.assertEqual(self.rows("SELECT domain, kind FROM v_change WHERE run_id = 2"), [("a.test", "policy_changed")])

    def test_dane_counts_where_mx_addresses_and_tlsa_are_validated(self):
        digest = "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3"
        zone = f"""
all.test MX 10 mx.all.test
mx.all.test A 20.1.1.1
_25._tcp.mx.all.test TLSA 3 1 1 {digest}
some.test MX 10 mx.all.test
some.test MX 20 mx.bare.test
mx.bare.test A 20.1.1.2
insecure.test MX 10 mx.all.test
host.test MX 10 mx.insecure.test
mx.insecure.test A 20.1.1.3
_25._tcp.mx.insecure.test TLSA 3 1 1 {digest}
wrong.test MX 10 mx.wrong.test
mx.wrong.test A 20.1.1.4
_25._tcp.mx.wrong.test TLSA 0 1 1 {digest}
bare.test MX 10 mx.bare.test
"""
        server = self.serve(zone, arguments=("--authentic",))
        names = ["all.test", "some.test", "insecure.test", "host.test", "wrong.test", "bare.test"]
        self.assertEqual(self.scan(names, server, "--checks", "mx,host,transport").code, 0)
        dane = {name: [f for f in record["findings"] if f.startswith(("dane", "tls_unprotected"))] for name, record in self.export().items()}
        self.assertEqual(dane, {"all.test": [], "some.test": ["dane_partial"], "insecure.test": ["tls_unprotected", "dane_insecure"],
                                "host.test": ["tls_unprotected", "dane_insecure"], "wrong.test": ["tls_unprotected", "dane_unusable"],
                                "bare.test": ["tls_unprotected"]})
        self.assertTrue(self.export()["all.test"]["transport"]["tlsa"][0]["secure"])

    def test_dane_counts_the_mx_hosts_that_mail_can_go_to(self):
        digest = "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3"
        zone = f"""
dead.test MX 10 mx.all.test
dead.test MX 20 gone.all.test
mx.all.test A 20.1.1.1
_25._tcp.mx.all.test TLSA 3 1 1 {digest}
open.test MX 10 mx.all.test
open.test MX 20 late.all.test
late.all.test A 20.1.1.3
hidden.test MX 10 mx.all.test
hidden.test MX 20 mx.hidden.test
mx.hidden.test A 20.1.1.4
itself.test A 20.1.1.2
_25._tcp.itself.test TLSA 3 1 1 {digest}
"""
        server = self.serve(zone, rules=["name=late.all.test -> drop"], arguments=("--authentic",))
        names = ["dead.test", "open.test", "hidden.test", "itself.test"]
        result = self.scan(names, server, "--checks", "mx,host,transport", "--timeout", "200", "--deadline", "600", "--tries", "2",
                           "--exclude", self.write("exclude", "mx.hidden.test\n"))
        self.assertEqual(result.code, 0, result)
        found = {name: [f for f in record["findings"] if f.startswith(("dane", "tls_unp"))] for name, record in self.export().items()}
        self.assertEqual(found, {name: [] for name in names})
        self.assertEqual(self.rows("SELECT value, domains FROM v_policy_measure WHERE measure = 'DANE'"), [("every MX host", 2)])
        self.assertEqual(self.export()["itself.test"]["transport"]["tlsa"], [{"host": "itself.test", "usable": 1, "unusable": 0, "secure": True}])

    def test_a_domain_that_is_its_own_mx_host_shows_its_tlsa(self):
        digest = "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3"
        zone = "".join(f"_25._tcp.{n} TLSA 3 1 1 {digest}\n" for n in ("own.test", "led.test", "to.test", "mx.test", "mail.mx.test", "gone.test", "null.test"))
        zone += ("own.test A 20.1.1.1\nbare.test A 20.1.1.2\nled.test CNAME to.test\nto.test AAAA 2a00::1\nmx.test A 20.1.1.3\nmx.test MX 10 mail.mx.test\n"
                 "mail.mx.test A 20.1.1.4\ngone.test TXT x\nnull.test A 20.1.1.5\nnull.test MX 0 .\nlate.test A 20.1.1.6\n")
        names = ["own.test", "bare.test", "led.test", "mx.test", "gone.test", "null.test", "late.test"]
        server = self.serve(zone, rules=["name=_25._tcp.late.test -> servfail"], arguments=("--authentic",))
        self.assertEqual(self.scan(names, server, "--checks", "mx,host,transport", "--servfail-wait", "10").code, 0)
        records = self.export()
        told = {n: [t["host"] for t in r["transport"]["tlsa"] or ()] for n, r in records.items()}
        self.assertEqual(told, {"own.test": ["own.test"], "bare.test": [], "led.test": ["led.test"], "mx.test": ["mail.mx.test"], "gone.test": [], "null.test": [], "late.test": []})
        self.assertEqual({n for n, r in records.items() if "transport.tlsa" in r["unsettled"]}, {"late.test"})
        told = list(csv.DictReader(io.StringIO(harness.run("export", self.db, "--format", "csv").out)))
        self.assertEqual([row["transport.tlsa"] for row in told if row["domain"] == "own.test"], ["own.test"])

    def test_dmarc_of_the_organisation_and_of_the_tree_are_both_kept(self):
        zone = "mx.one.test A 20.1.1.1\n"
        names = ["a.b.tree.test", "same.test", "x.same.test", "y.open.test", "below.psd.test"]
        zone += "".join(f"{name} MX 10 mx.one.test\n" for name in names) + """
_dmarc.tree.test TXT "v=DMARC1; p=none; sp=quarantine; pct=40; adkim=s; rua=mailto:a@b.tree.test"
_dmarc.b.tree.test TXT "v=DMARC1; p=reject; psd=n"
_dmarc.same.test TXT "v=DMARC1; p=reject"
_dmarc.test TXT "v=DMARC1; p=none; psd=y"
"""
        server = self.serve(zone, rules=["name=_dmarc.open.test -> servfail"])
        result = self.scan(names, server, "--checks", "auth", "--servfail-wait", "10")
        self.assertEqual(result.code, 0, result)
        records = self.export()
        dmarc = {name: record["auth"]["dmarc"] for name, record in records.items()}
        self.assertEqual(dmarc["a.b.tree.test"], {
            "record": "v=DMARC1; p=none; sp=quarantine; pct=40; adkim=s; rua=mailto:a@b.tree.test", "policy": "quarantine",
            "inherited_from": "tree.test", "subdomain_policy": "quarantine", "percent": 40, "dkim_alignment": "strict",
            "spf_alignment": "relaxed", "rua": ["mailto:a@b.tree.test"], "ruf": [], "unauthorised": [],
            "tree": {"at": "b.tree.test", "record": "v=DMARC1; p=reject; psd=n"}})
        self.assertIn("dmarc_tree_differs", records["a.b.tree.test"]["findings"])
        self.assertIn("    the DNS tree walk finds: b.tree.test: v=DMARC1; p=reject; psd=n\n",
                      harness.run("explain", self.db, "a.b.tree.test").out)
        self.assertEqual((dmarc["x.same.test"]["inherited_from"], dmarc["x.same.test"]["tree"]), ("same.test", None))
        # where the organisation's record cannot be had, there is none of which anything could be said
        self.assertIsNone(dmarc["y.open.test"])
        self.assertEqual([f for f in records["y.open.test"]["findings"] if f.startswith("dmarc")], [])
        self.assertEqual(self.one("SELECT unsettled > 0 FROM v_policy WHERE domain = 'y.open.test'"), 1)
        # the public suffix's record holds under the tree walk alone
        self.assertIsNone(dmarc["below.psd.test"])
        self.assertLessEqual({"dmarc_missing", "dmarc_tree_differs"}, set(records["below.psd.test"]["findings"]))

    def test_bimi_is_there_faulty_or_absent(self):
        record = 'default._bimi.{0} TXT "v=BIMI1; l={1}"\n'
        zone = "mx.one.test A 20.1.1.1\n" + "".join(f"{name}.test MX 10 mx.one.test\n" for name in ("logo", "none", "twice", "late", "junk"))
        zone += record.format("logo.test", "https://logo.test/l.svg") + 2 * record.format("twice.test", "") + record.format("late.test", "")
        zone += 'default._bimi.junk.test TXT "v=spf1 -all"\n'
        zone = zone.replace('default._bimi.twice.test TXT "v=BIMI1; l="', 'default._bimi.twice.test TXT "v=BIMI1; l=x"', 1)
        server = self.serve(zone, rules=["name=default._bimi.late.test -> servfail"])
        names = ["logo.test", "none.test", "twice.test", "late.test", "junk.test"]
        self.assertEqual(self.scan(names, server, "--checks", "auth", "--servfail-wait", "10").code, 0)
        rows = dict(self.rows("SELECT value, domains FROM v_policy_measure WHERE measure = 'BIMI'"))
        self.assertEqual(rows, {"published": 1, "faulty": 1, "absent": 2})  # of late.test nothing is known
        self.assertEqual(self.one("SELECT bimi FROM v_policy WHERE domain = 'logo.test'"), "v=BIMI1; l=https://logo.test/l.svg")
        self.assertIn("  BIMI: v=BIMI1; l=https://logo.test/l.svg", harness.run("explain", self.db, "logo.test").out)
        self.assertNotIn("BIMI", harness.run("explain", self.db, "none.test").out)

    def test_bimi_asks_for_dmarc_that_is_enforced_whole(self):
        records = {"reject": ("p=reject", True), "quarantine": ("p=quarantine", True), "whole": ("p=quarantine; pct=100", True), "half": ("p=quarantine; pct=50", False),
                   "rejecthalf": ("p=reject; pct=50", True), "none": ("p=none", False), "below": ("p=reject; sp=none", False), "sub": ("p=reject; sp=quarantine; pct=50", True),
                   "faulty": ("p=rejekt", False), "absent": (None, False), "late": (None, True)}
        zone = "mx.one.test A 20.1.1.1\n" + "".join(f"{n}.test MX 10 mx.one.test\n" 'default._bimi.{0}.test TXT "v=BIMI1; l=https://{0}.test/l.svg"\n'.format(n) for n in records)
        zone += "".join(f'_dmarc.{n}.test TXT "v=DMARC1; {tags}"\n' for n, (tags, _) in records.items() if tags)
        # a subdomain, by the record of its organisational domain
        zone += "".join(f'a.{n}.test MX 10 mx.one.test\ndefault._bimi.a.{n}.test TXT "v=BIMI1; l=https://a.test/l.svg"\n' for n in ("orgnone", "orgreject"))
        zone += '_dmarc.orgnone.test TXT "v=DMARC1; p=none; sp=reject"\n_dmarc.orgreject.test TXT "v=DMARC1; p=reject"\n'
        names = [f"{n}.test" for n in records] + ["a.orgnone.test", "a.orgreject.test"]
        server = self.serve(zone, rules=["name=_dmarc.late.test -> servfail"])
        self.assertEqual(self.scan(names, server, "--checks", "auth", "--servfail-wait", "10").code, 0)
        found = {n: "bimi_unenforced" in r["findings"] for n, r in self.export().items()}
        self.assertEqual(found, {**{f"{n}.test": not shown for n, (_, shown) in records.items()}, "a.orgnone.test": True, "a.orgreject.test": False})

    def test_report_addresses_of_others_must_agree(self):
        record = '_dmarc.{0} TXT "v=DMARC1; p=none; rua=mailto:a@agreed.example,mailto:b@refused.example; ruf=mailto:f@{1}"'
        zone = "\n".join(["a.test MX 10 mx.a.test", "b.test MX 10 mx.a.test", "mx.a.test A 20.1.1.1", record.format("a.test", "silent.example"),
                          '_dmarc.b.test TXT "v=DMARC1; p=none; rua=mailto:a@agreed.example; ruf=mailto:f@sub.b.test"',
                          '*._report._dmarc.agreed.example TXT "v=DMARC1;"',
                          'a.test._report._dmarc.silent.example TXT "not this"'])
        self.assertEqual(self.scan(["a.test", "b.test"], self.serve(zone), "--checks", "auth").code, 0)
        records = self.export()
        self.assertEqual(records["a.test"]["auth"]["dmarc"]["unauthorised"], ["refused.example", "silent.example"])
        self.assertIn("dmarc_report_refused", records["a.test"]["findings"])
        self.assertIn("    report addresses that did not agree: refused.example, silent.example\n",
                      harness.run("explain", self.db, "a.test").out)
        self.assertEqual(records["b.test"]["auth"]["dmarc"]["unauthorised"], [])
        self.assertNotIn("dmarc_report_refused", records["b.test"]["findings"])

    def test_selectors_are_asked_where_there_are_any_and_their_keys_are_told(self):
        short = ("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7VJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu"
                 "NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZqgtzJ6GR3eqoYSW9b9UMvkBpZODSctWSNGj3P7jRFDO5VoTwCQAWbFnOjDf"
                 "H5Ulgp2PKSQnSJP3AJLQNFNe7br1XbrhV//eO+t51mIpGSDCUv3E0DDFcWDTH9cXDTTlRZVEiR2BwpZOOkE/Z0/BVnhZYL71oZV34bKfWjQIt6V/isSMahdsAAS"
                 "ACp4ZTGtwiVuNd9tybAgMBAAE=")
        zone = f"""
keys.test MX 10 mx.one.test
bare.test MX 10 mx.one.test
late.test MX 10 mx.one.test
mx.one.test A 20.1.1.1
google._domainkey.keys.test TXT "v=DKIM1; k=rsa; p="
default._domainkey.keys.test TXT "v=DKIM1; p={short}"
s1._domainkey.keys.test CNAME s1.domainkey.u1.wl.sendgrid.net
s1.domainkey.u1.wl.sendgrid.net TXT "k=rsa; t=y; p=!!!"
"""
        server = self.serve(zone, log=True, rules=["name=selector1._domainkey.late.test -> servfail"])
        result = self.scan(["keys.test", "bare.test", "late.test"], server, "--checks", "auth", "--servfail-wait", "10")
        self.assertEqual(result.code, 0, result)
        keys = {key["selector"]: key for key in self.export()["keys.test"]["auth"]["dkim"]}
        self.assertEqual({s: (k["reason"], k["target"]) for s, k in keys.items()},
                         {"google": ("revoked", None), "default": ("bad_key", None), "s1": ("bad_base64", "s1.domainkey.u1.wl.sendgrid.net")})
        rows = dict(self.rows("SELECT value, domains FROM v_policy_measure WHERE measure = 'DKIM key at a known selector'"))
        self.assertEqual(rows, {"none found": 1, "faulty": 1})  # of late.test nothing is known
        server.stop()
        asked = [row[4].rstrip(".") for row in server.log()]
        self.assertEqual({n for n in asked if n.endswith("._domainkey.bare.test")}, {f"{s}._domainkey.bare.test" for s in ("selector1", "google")})
        self.assertGreater(len({n for n in asked if n.endswith("._domainkey.keys.test")}), 30)

    def test_what_a_domain_says_of_itself_is_one_word(self):
        dmarc, shut = '_dmarc.{0} TXT "v=DMARC1; p={1}"\n', '{0} TXT "v=spf1 -all"\n'
        zone = "mx.one.test A 20.1.1.1\nboth.test MX 10 mx.one.test\nboth.test TXT \"v=spf1 mx -all\"\ndeaf.test MX 10 mx.one.test\n"
        zone += shut.format("deaf.test") + "mute.test MX 0 .\nmute.test TXT \"v=spf1 ip4:20.1.1.0/24 -all\"\n"
        zone += "park.test MX 0 .\n" + shut.format("park.test") + dmarc.format("park.test", "reject")
        zone += "weak.test MX 0 .\n" + shut.format("weak.test") + dmarc.format("weak.test", "none") + "void.test TXT \"x\"\n"
        names = ["both.test", "deaf.test", "mute.test", "park.test", "weak.test", "void.test"]
        self.assertEqual(self.scan(names, self.serve(zone), "--checks", "all").code, 0)
        rows = dict(self.rows("SELECT value, domains FROM v_policy_measure WHERE measure = 'posture'"))
        self.assertEqual(rows, {"receives and sends": 1, "receives, says nobody sends": 1, "sends only": 1, "parked, protected": 1,
                                "parked, can be forged": 2})
        found = {name: set(record["findings"]) for name, record in self.export().items()}
        self.assertIn("parked_forgeable", found["weak.test"])
        self.assertLessEqual({"parked_forgeable", "spf_missing_parked", "no_null_mx", "dmarc_missing"}, found["void.test"])
        self.assertEqual(found["park.test"] & {"parked_forgeable", "no_null_mx", "dmarc_missing"}, set())
        text = harness.run("report", self.db, "policies").out
        self.assertIn("parked, protected", text)
        for form in ("html", "json", "csv"):
            self.assertIn("can be forged", harness.run("report", self.db, *([] if form == "html" else ["policies"]), "--format", form).out)

    def test_a_policy_that_vanished_for_one_question_is_asked_once_more(self):
        zone = 'a.test MX 10 mx.a.test\nmx.a.test A 20.1.1.1\na.test TXT "v=spf1 -all"\n'
        for rules in ((), ("name=a.test type=TXT first=1 -> empty",)):
            server = self.serve(zone, rules=rules)
            self.assertEqual(self.scan(["a.test"], server, "--checks", "mx,host,auth").code, 0)
        self.assertEqual(harness.run("diff", self.db, "--format", "json").json()["changes"], [])

    def test_one_resolver_of_three_that_loses_policies_changes_none(self):
        names = [f"d{i}.test" for i in range(30)]
        zone = 'spf.all.test TXT "v=spf1 ip4:20.2.0.0/16 -all"\n' + "\n".join(f"""
{name} MX 10 mx.{name}
mx.{name} A 20.1.1.{i + 1}
_25._tcp.mx.{name} TLSA 3 1 1 0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3
{name} TXT "v=spf1 include:spf.all.test -all"
_dmarc.{name} TXT "v=DMARC1; p=reject"
""" for i, name in enumerate(names))
        loses = ["server=3 type=TXT suffix=test -> empty", "server=3 type=TLSA suffix=test -> empty"]
        told = []
        for rules in ((), loses, loses):
            self.assertEqual(self.scan(names, self.serve(zone, rules, servers=3),
                                       "--checks", "mx,host,auth,transport").code, 0)
            told.append(harness.run("export", self.db, "--content-only").out)
        self.assertEqual(told, [told[0]] * 3)
        self.assertEqual(harness.run("diff", self.db, "1", "3", "--format", "json").json()["changes"], [])

    def test_a_change_that_one_resolver_of_three_does_not_know_is_told_once(self):
        names = [f"d{i}.test" for i in range(30)]
        old = "\n".join(f"{name} MX 10 mx.{name}\nmx.{name} A 20.1.1.{i + 1}\n" for i, name in enumerate(names))
        new = old + "\n".join(f'{name} TXT "v=spf1 -all"' for name in names)
        told = []
        for night, zone in enumerate((old, new, new, new)):
            server = self.serve(zone, ["server=2 type=TXT suffix=test -> empty"], servers=3)
            self.assertEqual(self.scan(names, server, "--checks", "mx,host,auth").code, 0)
            if night > 0:
                told += harness.run("diff", self.db, "--format", "json").json()["changes"]
        self.assertEqual({change["kind"] for change in told}, {"policy_changed"})
        domains = [change["domain"] for change in told]
        self.assertEqual(len(domains), len(set(domains)))
        self.assertGreater(len(domains), len(names) / 2)

    def test_what_cannot_be_settled_is_not_known(self):
        server = self.serve('a.test MX 10 mx.a.test\nmx.a.test A 20.1.1.1\na.test TXT "v=spf1 include:broken.test -all"\n',
                            rules=["name=broken.test type=TXT -> servfail"])
        result = self.scan(["a.test"], server, "--checks", "auth", "--servfail-wait", "10")
        self.assertEqual(result.code, 0, result)
        record = self.export()["a.test"]
        self.assertEqual(record["auth"]["spf"]["result"], "temperror")
        self.assertEqual([f for f in record["findings"] if f.startswith("spf")], [])


class RealWorld(harness.TestCase):
    """The mailbox behind, against another tool's labels. Included names are mostly not served in that lab."""

    def test_looking_behind_finds_most_mailboxes_and_invents_few(self):
        truth, zone = harness.realworld("truth.jsonl.gz"), harness.realworld("root.zone.gz")
        names = harness.realworld("domains.txt")
        with gzip.open(truth, "rt", encoding="utf-8") as file:
            labels = {record["domain"]: record["label"] for record in map(json.loads, file)}
        self.assertEqual(self.scan(names, self.nsd(master=zone), "--checks", "mx,host,auth").code, 0)
        right = said = of = 0
        for name, record in self.export().items():
            of += labels[name] == "microsoft"
            said += record["provider"]["mailbox"] == "microsoft"
            right += record["provider"]["mailbox"] == labels[name] == "microsoft"
        self.assertGreater(right / of, 0.9)
        self.assertGreater(right / said, 0.95)


if __name__ == "__main__":
    harness.main()
