"""Kinds of policies that were once told wrongly, each by names of its own: what decides is never crowded out, two records are two whatever
their text, a slip behind a policy spoils nothing, what was meant as a record is shown, and what every selector answers says nothing."""
import json
import pathlib
import unittest

import harness

KEY = ("v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDT2JE2ZNfFWyxkSg4EPCCyuae+8CxkGXpF4jAunnU/cHlYjZqXCZjQYw+bFy2VOiybmY/UB0do2QDV1xGLKWxp"
       "BEkNFsqPZWqPAt2hPc0Ssygoy5WsYcbMrgz2k00CBMjKiGBeqGivVpYElH9txt4b6rVM8R+fffzzE5A0e2UVNQIDAQAB")


def txt(name, *strings):
    return f"{name} TXT " + " ".join(f'"{s}"' for s in strings) + "\n"


class Kinds(harness.TestCase):
    def told(self, zone, names, checks="mx,host,auth"):
        zone += "mx.host.example A 25.10.1.1\n" + "".join(f"{n} MX 10 mx.host.example\n" for n in names if f"{n} MX" not in zone)
        self.assertEqual(self.scan(names, self.serve(zone), "--checks", checks, "--new").code, 0)
        return self.export()

    def test_tokens_take_no_room_from_spf(self):
        zone = ""
        for count, name in ((8, "eight.test"), (40, "forty.test"), (200, "many.test")):
            zone += "".join(txt(name, f"MS=ms{i:08}") for i in range(count // 2)) + txt(name, "v=spf1 mx -all")
            zone += "".join(txt(name, f"zoho-verification=zb{i:08}.zmverify.zoho.com") for i in range(count // 2))
        zone += "".join(txt("two.test", f"MS=ms{i}") for i in range(9)) + txt("two.test", "v=spf1 a -all") + txt("two.test", "v=spf1 mx -all")
        records = self.told(zone, ["eight.test", "forty.test", "many.test", "two.test"])
        for name in ("eight.test", "forty.test", "many.test"):
            self.assertEqual((records[name]["auth"]["spf"]["record"], records[name]["auth"]["spf"]["result"]), ("v=spf1 mx -all", "ok"), name)
        self.assertEqual(records["two.test"]["auth"]["spf"]["reason"], "many_records")

    def test_where_a_cap_is_reached_the_record_says_so(self):
        big = "".join(txt(f"{at}big.test", f"site-verification={i:06}") for at in ("_mta-sts.", "_smtp._tls.", "_dmarc.") for i in range(1100))
        zone = big + "".join(txt("_mta-sts.forty.test", f"v=STSv1; id={i}") + txt("_dmarc.forty.test", f"v=DMARC1; p=reject; x={i}") for i in range(40))
        zone += "mx.own.test A 25.10.1.2\nown.test MX 10 mx.own.test\n" + "".join(f"_25._tcp.mx.own.test TLSA 3 1 1 {i:064x}\n" for i in range(40))
        zone += "".join(f"mx.owner{i}.example A 25.11.{i}.1\nmany.test MX 10 mx.owner{i}.example\n" for i in range(20))
        records = self.told(zone, ["big.test", "forty.test", "own.test", "many.test"], "mx,host,auth,transport")
        big, forty = records["big.test"], records["forty.test"]
        self.assertEqual([big["transport"]["mta_sts"]["result"], big["transport"]["tls_rpt"]["result"], big["auth"]["dmarc"]["policy"]], ["limit"] * 3)
        self.assertFalse({"dmarc_missing", "tls_unprotected", "tls_unreported"} & set(big["findings"]))
        self.assertEqual([forty["transport"]["mta_sts"]["result"], forty["auth"]["dmarc"]["policy"]], ["faulty"] * 2)  # many, however many
        self.assertEqual(records["own.test"]["transport"]["tlsa"], [{"host": "mx.own.test", "usable": None, "unusable": None, "secure": False}])
        self.assertEqual(records["own.test"]["unsettled"], ["transport.tlsa"])
        self.assertIn("TLSA: mx.own.test not settled", harness.run("explain", self.db, "own.test").out)
        self.assertIn("providers_cut", records["many.test"]["findings"])
        self.assertEqual(len(records["many.test"]["provider"]["mailboxes"]), 16)

    def test_mail_whose_provider_is_not_named_is_behind_a_gateway_only_where_one_stands(self):
        gate, names = "mxa-0012.gslb.pphosted.com", [f"many{k}.test" for k in range(6)]
        zone = "".join(f"mx.owner{i}.example A 25.11.{i}.1\n" for i in range(20)) + f"{gate} A 25.92.1.1\nmx.late.example SERVFAIL\n"
        zone += "".join(f"{n} MX 10 mx.owner{i}.example\n" for n in names for i in range(20))
        zone += f"gate.test MX 10 {gate}\nopen.test MX 10 mx.owner1.example\nopen.test MX 10 mx.late.example\n"
        self.assertEqual(self.scan([*names, "gate.test", "open.test"], self.serve(zone), "--checks", "mx,host", "--servfail-wait", 50, "--deadline", 3000).code, 0)
        rows = json.loads(harness.run("report", self.db, "mailboxes", "--format", "json").out)["rows"]
        told = {row["id"]: row["domains"] for row in rows}
        self.assertEqual({why: round(told[why], 4) for why in ("unknown", "limit", "unsettled")}, {"unknown": 1, "limit": 6 * 4 / 20, "unsettled": 1})
        self.assertAlmostEqual(sum(told.values()), 8)
        self.assertIn("Not named (of more than 16 in one MX set)", harness.run("report", self.db, "mailboxes").out)
        page = harness.run("report", self.db, "--format", "html").out
        self.assertTrue(all(words in page for words in ("behind a gateway", "not named (limit)", "not settled")))

    def test_of_a_level_that_a_gateway_shares_no_mailbox_is_named_alone(self):
        gate, google = "mxa-0012.gslb.pphosted.com", "aspmx.l.google.com"
        levels = {"mixed": (gate, google), "own": (gate, "mx.own.test"), "two": (google, "mx.two.test"), "gate": (gate,), "google": (google,), "pair": (google, "alt1.aspmx.l.google.com")}
        zone = f"{gate} A 25.92.1.1\n{google} A 25.93.1.1\nalt1.{google} A 25.93.2.1\nmx.own.test A 25.94.1.1\nmx.two.test A 25.94.1.2\n"
        zone += "".join(f"{n}.test MX 10 {host}\n" for n, hosts in levels.items() for host in hosts)
        records = self.told(zone, [f"{n}.test" for n in levels], "mx,host")
        self.assertEqual({n: (r["provider"]["gateway"] is not None, r["provider"]["mailbox"], r["provider"]["mailboxes"]) for n in levels for r in [records[f"{n}.test"]]},
                         {"mixed": (True, None, [["google", 0.5]]), "own": (True, None, [["self", 0.5]]), "two": (False, None, [["google", 0.5], ["self", 0.5]]),
                          "gate": (True, None, []), "google": (False, "google", [["google", 1]]), "pair": (False, "google", [["google", 1]])})

    def test_an_spf_record_that_finds_no_room_is_limit_and_not_none(self):
        senders = {count: "".join(f"ip4:192.{i // 250}.2.{i % 250} " for i in range(count)) for count in (500, 4000)}
        zone = "".join(txt(f"n{count}.test", f"v=spf1 {terms}-all") for count, terms in senders.items())
        records = self.told(zone, ["n500.test", "n4000.test"])
        spf = records["n4000.test"]["auth"]["spf"]
        self.assertEqual([spf[key] for key in ("record", "result", "all", "lookups", "voids")], [None, "limit", None, None, None])
        self.assertEqual((records["n4000.test"]["unsettled"], records["n500.test"]["unsettled"]), (["auth.spf"], []))
        self.assertEqual(records["n500.test"]["auth"]["spf"]["result"], "ok")
        self.assertNotIn("spf_missing", records["n4000.test"]["findings"])
        self.assertRegex(harness.run("explain", self.db, "n4000.test").out, r"(?m)^  SPF: limit reached: more than is read or kept\n  DMARC")
        shares = [row.split(",")[:4] for row in harness.run("report", self.db, "policies", "--format", "csv").out.splitlines() if row.startswith("SPF,")]
        self.assertEqual([row for row in shares if row[1] in ("valid", "absent") and int(row[2])], [["SPF", "valid", "1", "1"]])

    def test_tokens_of_one_service_hide_no_other(self):
        zone = "".join(txt("one.test", f"MS=ms{i:08}") for i in range(60)) + txt("one.test", "zoho-verification=zb1.zmverify.zoho.com")
        zone += txt("one.test", "v=spf1 include:zoho.com -all") + txt("zoho.com", "v=spf1 ip4:192.0.2.0/24 -all")
        self.told(zone + "one.test MX 10 mxa-0012.gslb.pphosted.com\nmxa-0012.gslb.pphosted.com A 25.92.1.1\n", ["one.test"])
        providers = {row[0] for row in self.rows("SELECT DISTINCT provider FROM v_evidence WHERE kind = 'txt'")}
        self.assertEqual(providers, {"microsoft", "zoho"})
        self.assertEqual(self.export()["one.test"]["provider"]["mailbox"], "zoho")
        rows = harness.run("report", self.db, "providers", "--format", "csv").out.splitlines()  # what they are, in two words
        self.assertRegex("\n".join(rows), r'gateway,proofpoint,1,.*,"email security, US"')
        told = harness.run("explain", self.db, "one.test").out
        self.assertIn("gateway: proofpoint (email security, US), confidence", told)
        self.assertRegex(told, r"rule pphosted\.com, by \S+, 20\d\d-\d\d-\d\d\n")
        self.assertEqual(self.one("SELECT kind || country FROM v_operator WHERE provider = 'proofpoint'"), "gatewayUS")

    def test_one_text_cut_twice_is_two_records(self):
        zone = (txt("two.test", "v=spf1 mx -all") + txt("two.test", "v=spf1", " mx -all") + txt("_dmarc.two.test", "v=DMARC1; p=reject") +
                txt("_dmarc.two.test", "v=DMARC1; ", "p=reject") + txt("_mta-sts.two.test", "v=STSv1; id=1") + txt("_mta-sts.two.test", "v=STSv1; ", "id=1"))
        record = self.told(zone, ["two.test"], "all")["two.test"]
        self.assertEqual((record["auth"]["spf"]["reason"], record["auth"]["dmarc"]["policy"], record["transport"]["mta_sts"]["result"]),
                         ("many_records", "faulty", "faulty"))

    def test_a_slip_behind_the_policy_spoils_nothing(self):
        texts = {"colon.test": ("v=DMARC1;p=none;fo:0;adkim=r", "none"), "format.test": ("v=DMARC1;p=reject;rf:afrf;sp=none", "reject"),
                 "empty.test": ("v=DMARC1;;p=quarantine", "quarantine"), "word.test": ("v=DMARC1; p=reject; x", "reject"),
                 "twice.test": ("v=DMARC1; p=reject; rua=mailto:a@twice.test; rua=mailto:b@twice.test", "reject"),
                 "case.test": ("v=DMARC1; P=Reject; rua=mailto:a@case.test", "reject")}
        records = self.told("".join(txt(f"_dmarc.{n}", t) for n, (t, _) in texts.items()), list(texts))
        for name, (_, policy) in texts.items():
            self.assertEqual(records[name]["auth"]["dmarc"]["policy"], policy, name)
            self.assertEqual("dmarc_discarded" in records[name]["findings"], name != "case.test", name)
            self.assertNotIn("dmarc_faulty", records[name]["findings"])

    def test_what_was_meant_as_a_record_is_shown(self):
        zone = (txt("_dmarc.capital.test", "V=DMARC1; p=reject") + txt("_dmarc.escaped.test", "v=DMARC1\\\\; p=reject") + txt("_dmarc.below.test", "v=dmarc1; p=none") +
                txt("blank.test", " v=spf1 -all") + txt("quoted.test", "'v=spf1 -all'") + txt("fine.test", "v=spf1 -all") +
                txt("_dmarc.fine.test", "v=DMARC1; p=reject") + txt("_dmarc.ahead.test", " v=DMARC1; p=reject"))
        records = self.told(zone, ["ahead.test", "capital.test", "escaped.test", "below.test", "blank.test", "quoted.test", "fine.test"])
        for name in ("capital.test", "escaped.test", "below.test", "ahead.test"):
            self.assertIn("DMARC1" if name != "below.test" else "dmarc1", records[name]["auth"]["dmarc"]["nearly"])
            self.assertLessEqual({"dmarc_missing", "dmarc_nearly"}, set(records[name]["findings"]), name)
        for name in ("blank.test", "quoted.test"):
            self.assertEqual(records[name]["auth"]["spf"]["result"], "none")
            self.assertIn("v=spf1 -all", records[name]["auth"]["spf"]["nearly"])
            self.assertLessEqual({"spf_missing", "spf_nearly"}, set(records[name]["findings"]), name)
        self.assertNotIn("nearly", records["fine.test"]["auth"]["spf"])

    def test_another_order_another_version_and_a_logo_are_shown_too(self):
        spf = {"two.test": ("v=spf2 -all", True), "bare.test": ("v=spf -all", True), "later.test": ("x=1; v=spf1 -all", True),
               "sender-id.test": ("spf2.0/mfrom -all", False), "word.test": ("spfix=1", False)}
        meant = {"_dmarc.two.test": "p=reject; v=DMARC1", "_mta-sts.two.test": "id=1; v=STSv1", "_smtp._tls.two.test": "rua=mailto:a@two.test; v=TLSRPTv1",
                 "default._bimi.two.test": "V=BIMI1; l=https://two.test/l.svg", "default._bimi.bare.test": "v=bimi1; l=https://bare.test/l.svg"}
        zone = "".join(txt(n, t) for n, (t, _) in spf.items()) + "".join(txt(n, t) for n, t in meant.items())
        records = self.told(zone, list(spf), "mx,host,auth,transport")
        for name, (text, nearly) in spf.items():
            self.assertEqual(records[name]["auth"]["spf"].get("nearly"), text if nearly else None, name)
            self.assertEqual("spf_nearly" in records[name]["findings"], nearly, name)
        two = records["two.test"]
        self.assertEqual((two["auth"]["dmarc"]["nearly"], two["transport"]["mta_sts"]["nearly"], two["transport"]["tls_rpt"]["nearly"]),
                         tuple(list(meant.values())[:3]))
        self.assertEqual([n for n in spf if "bimi_nearly" in records[n]["findings"]], ["two.test", "bare.test"])
        self.assertIn("bimi V=BIMI1; l=https://two.test/l.svg", harness.run("explain", self.db, "two.test").out)

    def test_a_token_of_another_service_was_not_meant_as_a_record(self):
        tokens = {"_dmarc.": ["dmarcian-verification=123", "dmarc-verify=abc", "dmarc-verification=v1", "dmarc=ok", "dmarc token 12"],
                  "_mta-sts.": ["sts-verification=1", "mta-sts-verification=1", "stsid=1", "sts_check 1", "dev=sts-1"],
                  "_smtp._tls.": ["tlsrpt-verification=1", "tlsrptr=1", "tlsrpt=1", "tls-rpt-site=1", "tlsrpt_1"],
                  "default._bimi.": ["bimi-verification=1", "bimigroup=2", "bimi=1", "bimi_x", "bimi token 1"],
                  "": ["spf-verification=abc", "spf1-verification=abc", "spfcheck=12", "vspf-check=1", "v=spf-check=1"]}
        meant = {"_dmarc.": ["v=DMARC1p=reject", "DMARC1; p=none", "v=DMARC; p=none", "DMARC1 p=none", "v = dmarc1"],
                 "_mta-sts.": ["STSv1; id=1", "v=STS; id=1", "v=STS1; id=1", "MTA-STSv1; id=1", "v=STS-v1"],
                 "": ["spf1 -all", "v=spf -all", "vspf1 -all", "v=SPFv1 -all", "v=spf-1 -all"]}
        zone = "".join(txt(f"{at}token{i}.test", t) for at, texts in tokens.items() for i, t in enumerate(texts))
        zone += "".join(txt(f"{at}meant{i}.test", t) for at, texts in meant.items() for i, t in enumerate(texts))
        records = self.told(zone, [f"{n}{i}.test" for n in ("token", "meant") for i in range(5)], "mx,host,auth,transport")
        for i in range(5):
            self.assertFalse([f for f in records[f"token{i}.test"]["findings"] if f.endswith("_nearly")], [t[i] for t in tokens.values()])
            self.assertLessEqual({"dmarc_nearly", "mta_sts_nearly", "spf_nearly"}, set(records[f"meant{i}.test"]["findings"]), [t[i] for t in meant.values()])

    def test_of_a_record_without_a_usable_policy_no_other_policy_holds(self):
        zone = txt("_dmarc.above.test", "v=DMARC1; p=foo; sp=reject; rua=mailto:a@above.test")
        records = self.told(zone, ["above.test", "below.above.test"])
        self.assertEqual([(r["policy"], r["subdomain_policy"]) for r in (records[n]["auth"]["dmarc"] for n in ("above.test", "below.above.test"))],
                         [("none", None)] * 2)

    def test_what_was_meant_for_transport_is_shown(self):
        sts = {"capital.test": "V=STSv1; id=1", "ahead.test": " v=STSv1; id=1", "bare.test": "v=STSv1", "lower.test": "v=stsv1; id=1",
               "comma.test": "v=STSv1, id=1", "two.test": "v=STSv2; id=1", "noversion.test": "STSv1; id=1"}
        reports = {"capital.test": "V=TLSRPTv1; rua=mailto:t@capital.test", "ahead.test": " v=TLSRPTv1; rua=mailto:t@ahead.test", "bare.test": "v=TLSRPTv1",
                   "lower.test": "v=tlsrptv1; rua=mailto:t@lower.test", "comma.test": "v=TLSRPTv1, rua=mailto:t@comma.test",
                   "two.test": "v=TLS-RPTv1; rua=mailto:t@two.test", "noversion.test": "TLSRPT; rua=mailto:t@noversion.test"}
        zone = "".join(txt(f"_mta-sts.{n}", t) for n, t in sts.items()) + "".join(txt(f"_smtp._tls.{n}", t) for n, t in reports.items())
        faulty = {"noid.test": "v=STSv1;", "dated.test": "v=STSv1; id=2024-01-01", "spaced.test": "v=STSv1; id = 1"}
        zone += "".join(txt(f"_mta-sts.{n}", t) for n, t in faulty.items())
        zone += txt("_mta-sts.more.test", "v=STSv1; id=1; x-y.z=1") + txt("_smtp._tls.more.test", "v=TLSRPTv1; rua=mailto:t@more.test; x-y.z=1")
        zone += txt("_mta-sts.both.test", "v=STSv1; id=1") + txt("_mta-sts.both.test", "V=STSv1; id=2") + txt("*.wild.test", "v=spf1 -all")
        zone += txt("_smtp._tls.both.test", "v=TLSRPTv1; rua=mailto:a@both.test") + txt("_smtp._tls.both.test", "v=TLSRPTv1; rua=mailto:b@both.test")
        others = ["more.test", "both.test", "wild.test"]
        records = self.told(zone, [*sts, *faulty, *others], "mx,host,transport")
        told = {n: (r["transport"]["mta_sts"], r["transport"]["tls_rpt"], set(r["findings"])) for n, r in records.items()}
        for name in sts:
            self.assertEqual(told[name][0], {"record": None, "result": "absent", "policy": None, "nearly": sts[name]})
            self.assertEqual(told[name][1], {"record": None, "result": "absent", "nearly": reports[name]})
            self.assertLessEqual({"mta_sts_nearly", "tls_rpt_nearly", "tls_unprotected"}, told[name][2], name)
            self.assertFalse({"mta_sts_faulty", "tls_rpt_faulty"} & told[name][2], name)
        for name in faulty:
            self.assertEqual((told[name][0]["result"], told[name][0]["record"]), ("faulty", faulty[name]))
            self.assertIn("mta_sts_faulty", told[name][2])
        self.assertEqual([told[n][0] and told[n][0]["result"] for n in others], ["ok", "ok", None])
        self.assertEqual([told[n][1] and told[n][1]["result"] for n in others], ["ok", "faulty", None])
        self.assertFalse([n for n in others if {"mta_sts_nearly", "tls_rpt_nearly"} & told[n][2]])
        self.assertIn("meant as a record, and none: mta_sts V=STSv1; id=1; tls_rpt V=TLSRPTv1", harness.run("explain", self.db, "capital.test").out)

    def test_voids_are_counted_when_all_are_settled(self):
        zone = txt("seven.test", "v=spf1 " + " ".join(f"include:gone{i}.example" for i in range(7)) + " ~all") + "mx.host.example A 25.10.1.1\nseven.test MX 10 mx.host.example\n"
        told = []
        for rules in (["name=gone5.example -> servfail"], []):
            result = self.scan(["seven.test"], self.serve(zone, rules), "--checks", "mx,host,auth", "--servfail-wait", 50)
            self.assertEqual(result.code, 0, result)
            spf = self.export()["seven.test"]["auth"]["spf"]
            told.append((spf["result"], spf["reason"], spf["lookups"], spf["voids"]))
            self.assertIn(("not all DNS lookups are settled", "7 DNS lookups (10 allowed), 7 void (2 allowed)")[len(told) - 1], harness.run("explain", self.db, "seven.test").out)
        self.assertEqual(told, [("permerror", "include_none", None, None), ("permerror", "include_none", 7, 7)])
        self.assertEqual(harness.run("diff", self.db, "--format", "json").json()["changes"], [])

    def test_terms_that_cover_every_address_pass_all(self):
        policies = {"zero.test": "v=spf1 ip4:0.0.0.0/0 -all", "halves.test": "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "own.test": "v=spf1 a/0 -all",
                    "mx.test": "v=spf1 mx/0 ~all", "include.test": "v=spf1 include:zero.test -all", "half.test": "v=spf1 ip4:0.0.0.0/1 -all",
                    "not.test": "v=spf1 -ip4:0.0.0.0/1 ip4:0.0.0.0/0 -all"}
        neutral = {"neutral.test": "v=spf1 ?ip4:0.0.0.0/0 -all", "mixed.test": "v=spf1 ip4:0.0.0.0/1 ?ip4:128.0.0.0/1 -all", "far.test": "v=spf1 redirect=neutral.test",
                   "question.test": "v=spf1 ?include:zero.test -all", "six.test": "v=spf1 ?ip6:2000::/3 -all", "end.test": "v=spf1 ip4:0.0.0.0/1 ?all"}
        refused = {"soft.test": "v=spf1 ~ip4:0.0.0.0/0 -all", "in.test": "v=spf1 include:neutral.test -all", "first.test": "v=spf1 -ip4:128.0.0.0/1 ?ip4:0.0.0.0/0 -all"}
        policies |= neutral | refused
        zone = "own.test A 25.1.1.1\n" + "".join(txt(n, t) for n, t in policies.items())
        records = self.told(zone, list(policies))
        found = {n: "spf_pass_all" in r["findings"] for n, r in records.items()}
        self.assertEqual(found, {n: n not in ("half.test", "not.test", *neutral, *refused) for n in policies})
        self.assertEqual({n for n, r in records.items() if "spf_neutral" in r["findings"]}, set(neutral))

    def test_what_lies_around_the_addresses_of_a_name_counts(self):
        policies = {"low.test": ("a/1 ip4:128.0.0.0/1", True), "high.test": ("a/1 ip4:128.0.0.0/1", False), "both.test": ("a/1", True), "far.test": ("a:both.test/1", True),
                    "mx.test": ("mx/1", True), "one.test": ("mx:one.example/1", False), "six.test": ("a:six.example//4", True), "in.test": ("include:mx.test", True),
                    "many.test": ("a:many.example/4", True), "crowd.test": ("a:crowd.example/1", True), "usual.test": ("a/24 mx/24", False)}
        zone = "low.test A 25.1.1.1\nhigh.test A 200.1.1.1\nboth.test A 25.1.1.1\nboth.test A 200.1.1.1\nsix.example AAAA 2a00::1\nsix.example AAAA 3001::1\n"
        zone += "mx.test MX 10 one.mx.test\nmx.test MX 20 two.example\none.mx.test A 25.2.1.1\ntwo.example A 200.2.1.1\none.example MX 10 one.mx.test\nusual.test A 25.1.1.1\n"
        zone += "".join(f"crowd.example A 25.1.1.{i + 1}\n" for i in range(40)) + "crowd.example A 200.1.1.1\n"
        zone += "".join(f"many.example A {i * 16 + 1}.1.1.1\n" for i in range(14)) + "".join(txt(n, f"v=spf1 {t} -all") for n, (t, _) in policies.items())
        # More blocks than are looked at: which they are is not for the order of an answer to say.
        blocks, far = [f"25.{i}.1.1" for i in range(20)], "200.1.1.1"
        for name, addresses in (("front", [far, *blocks]), ("back", [*blocks, far])):
            policies[f"{name}.test"] = (f"a:{name}.example/1", False)
            zone += txt(f"{name}.test", f"v=spf1 a:{name}.example/1 -all") + "".join(f"{name}.example A {address}\n" for address in addresses)
        for night in range(2):  # what one domain asked another one has from it, and a second night is no change
            records = self.told(zone, list(policies))
            self.assertEqual({n: "spf_pass_all" in r["findings"] for n, r in records.items()}, {n: wide for n, (_, wide) in policies.items()})
        self.assertEqual({(r["auth"]["spf"]["result"], r["auth"]["spf"]["voids"]) for r in records.values()}, {("ok", 0)})

    def test_what_refuses_before_all_decides_who_passes(self):
        policies = {"six.test": ("-ip4:0.0.0.0/0 +all", "ipv6"), "four.test": ("ip4:0.0.0.0/0 -all", "ipv4"), "every.test": ("+all", "all"), "nobody.test": ("-ip4:0.0.0.0/0 -ip6:::/0 +all", None),
                    "mx.test": ("-mx/0 +all", "ipv6"), "most.test": ("-ip4:25.1.0.0/16 -ip6:2a00::/16 +all", None), "some.test": ("ip4:25.0.0.0/8 -all", None)}
        records = self.told("".join(txt(n, f"v=spf1 {terms}") for n, (terms, _) in policies.items()), list(policies))
        self.assertEqual({n: r["auth"]["spf"].get("passing") for n, r in records.items()}, {n: passing for n, (_, passing) in policies.items()})
        self.assertEqual({n for n, r in records.items() if "spf_pass_all" in r["findings"]}, {n for n, (_, passing) in policies.items() if passing} | {"most.test"})

    def test_what_stands_behind_all_and_modifiers_let_nobody_send(self):
        policies = {"bare": ("-all", "parked", False), "exp": ("exp=why.exp.test -all", "parked", False), "behind": ("-all ptr include:bare.test", "parked", False),
                    "unknown": ("x=1 -all y=2", "parked", False), "refuses": ("-ip4:25.0.0.0/8 -ptr -all", "parked", True), "some": ("ip4:25.0.0.1 -all", "sends", False),
                    "soft": ("~all", "sends", False), "ptr": ("ptr -all", "sends", True), "redirect": ("redirect=bare.test -all", "parked", False)}
        zone = "".join(f"{n}.test MX 0 .\n" + txt(f"{n}.test", f"v=spf1 {terms}") + txt(f"_dmarc.{n}.test", "v=DMARC1; p=reject") for n, (terms, *_) in policies.items())
        records = self.told(zone, [f"{n}.test" for n in policies])
        words = {"parked": "parked, protected", "sends": "sends only"}
        told = dict(self.rows("SELECT value, domains FROM v_policy_measure WHERE measure = 'posture'"))
        self.assertEqual(told, {words[w]: sum(posture == w for _, posture, _ in policies.values()) for w in words})
        self.assertEqual({n for n in policies if "spf_ptr" in records[f"{n}.test"]["findings"]}, {n for n, (*_, ptr) in policies.items() if ptr})

    def test_what_an_include_decides_never_comes_to_all(self):
        policies = {"ask.test": ("?include:all.inc +all", "neutral"), "soft.test": ("~include:all.inc +all", None), "fail.test": ("-include:all.inc +all", None),
                    "pass.test": ("include:all.inc -all", "pass_all"), "end.test": ("-include:all.inc ?all", None), "none.test": ("~include:all.inc", None),
                    "half.test": ("?include:half.inc +all", "pass_all"), "six.test": ("?include:half.inc ?ip6:::/0 +all", "pass_all"), "re.test": ("?include:all.inc redirect=all.inc", "neutral"),
                    "wild.test": ("-exists:%{i}.wild.inc +all", None), "who.test": ("-include:%{i}.all.inc +all", None),
                    "listed.test": ("-exists:%{i}.listed.inc +all", "pass_all"), "open.test": ("?ip4:25.0.0.0/8 ?all", "neutral")}
        zone = txt("all.inc", "v=spf1 +all") + txt("half.inc", "v=spf1 ip4:0.0.0.0/1 -all") + "*.wild.inc A 127.0.0.2\n"
        records = self.told(zone + "".join(txt(n, f"v=spf1 {t}") for n, (t, _) in policies.items()), list(policies))
        found = {n: [f for f in ("pass_all", "neutral") if f"spf_{f}" in r["findings"]] for n, r in records.items()}
        self.assertEqual(found, {n: [word] if word else [] for n, (_, word) in policies.items()})
        self.assertEqual({r["auth"]["spf"]["result"] for r in records.values()}, {"ok"})

    def test_a_wildcard_below_exists_passes_all_and_mx_without_addresses_nobody(self):
        policies = {"address.test": ("exists:%{i}.all.example", True), "local.test": ("exists:%{l}.%{d}.all.example", True), "none.test": ("exists:%{i}.none.example", False),
                    "soft.test": ("~exists:%{i}.all.example", False), "in.test": ("include:address.test", True), "null.test": ("mx:null.example/0", False),
                    "gone.test": ("mx:gone.example/0", False), "six.test": ("mx:six.example//0", True), "four.test": ("mx:six.example/0", False), "own.test": ("mx/0", True)}
        zone = "*.all.example A 127.0.0.2\nnone.example A 25.1.1.1\nnull.example MX 0 .\ngone.example MX 10 mx.gone.example\n"
        zone += "six.example MX 10 mx.six.example\nmx.six.example AAAA 2a00:1::1\n" + "".join(txt(n, f"v=spf1 {t} -all") for n, (t, _) in policies.items())
        records = self.told(zone, list(policies))
        self.assertEqual({n: "spf_pass_all" in r["findings"] for n, r in records.items()}, {n: wide for n, (_, wide) in policies.items()})
        self.assertEqual({(r["auth"]["spf"]["result"], r["auth"]["spf"]["voids"]) for r in records.values()}, {("ok", 0)})

    def test_dmarc_where_nobody_looks_is_shown(self):
        policy = "v=DMARC1; p=reject"
        meant = {"apex.test": (policy, "@"), "twice.test": (policy, "_dmarc._dmarc"), "alias.test": ("CNAME _dmarc.gone.example", None), "pasted.test": ('_dmarc 300 IN TXT v=DMARC1; p=none', None)}
        zone = txt("apex.test", policy) + txt("_dmarc._dmarc.twice.test", policy) + "_dmarc.alias.test CNAME _dmarc.gone.example\n" + txt("_dmarc.pasted.test", meant["pasted.test"][0])
        zone += txt("both.test", policy) + txt("_dmarc.both.test", "v=DMARC1; p=none; rua=mailto:a@both.test") + "*.wild.test CNAME wild.test\n" + txt("wild.test", "hello")
        zone += "_dmarc.led.test CNAME _dmarc.gone.example\n*.led.test CNAME x.gone.example\n" + txt("_mta-sts.apex.test", "v=MTA-STSv1; id=1") + "default._domainkey.alias.test CNAME key.gone.example\n"
        records = self.told(zone, [*meant, "both.test", "wild.test", "led.test"], "mx,host,auth,transport")
        for name, (text, at) in meant.items():
            dmarc = records[name]["auth"]["dmarc"]
            self.assertEqual((dmarc["record"], dmarc["policy"], dmarc["nearly"], dmarc.get("nearly_at")), (None, None, text, at))
            self.assertLessEqual({"dmarc_missing", "dmarc_nearly"}, set(records[name]["findings"]), name)
        self.assertEqual(records["both.test"]["auth"]["dmarc"]["policy"], "none")
        self.assertEqual([records[n]["auth"]["dmarc"] for n in ("wild.test", "led.test")], [None, None])  # all names lead there, as by a DNAME
        self.assertFalse([n for n in ("both.test", "wild.test", "led.test") if "dmarc_nearly" in records[n]["findings"]])
        self.assertEqual(records["apex.test"]["transport"]["mta_sts"]["nearly"], "v=MTA-STSv1; id=1")
        self.assertEqual([k["target"] for k in records["alias.test"]["auth"]["dkim"]], ["key.gone.example"])
        self.assertIn("dkim_dangling", records["alias.test"]["findings"])
        self.assertEqual(records["wild.test"]["auth"]["dkim"], [])

    def test_a_policy_that_is_supposed_says_so_and_of_a_faulty_record_no_tag_holds(self):
        zone = txt("_dmarc.bogus.test", "v=DMARC1; p=bogus; rua=mailto:a@bogus.test") + txt("_dmarc.bare.test", "v=DMARC1; rua=mailto:a@bare.test")
        zone += txt("_dmarc.two.test", "v=DMARC1; p=none") + txt("_dmarc.two.test", "v=DMARC1; p=reject; pct=50")
        records = self.told(zone, ["bogus.test", "bare.test", "two.test"])
        for name in ("bogus.test", "bare.test"):
            self.assertEqual(records[name]["auth"]["dmarc"]["policy"], "none")
            self.assertLessEqual({"dmarc_none", "dmarc_discarded"}, set(records[name]["findings"]))
        two = records["two.test"]["auth"]["dmarc"]
        self.assertEqual([two[k] for k in ("policy", "subdomain_policy", "percent", "dkim_alignment", "spf_alignment")], ["faulty"] + [None] * 4)

    def test_more_than_is_read_is_told_and_explained(self):
        long = "v=DMARC1; p=reject; rua=" + ",".join(f"mailto:reports@x{i}.example" for i in range(120))
        zone = txt("_dmarc.long.test", *(long[i:i + 200] for i in range(0, len(long), 200)))
        zone += "".join(f"many.test MX {i} mx{i}.many.test\nmx{i}.many.test A 25.60.{i % 250}.{i // 250 + 1}\n" for i in range(300))
        records = self.told(zone, ["long.test", "many.test"])
        dmarc = records["long.test"]["auth"]["dmarc"]
        self.assertEqual((len(dmarc["rua"]), len(dmarc["unauthorised"]), dmarc["addresses"]), (32, 32, "limit"))
        self.assertIn("report addresses that were looked at: limit reached: of each kind the first 32 alone", harness.run("explain", self.db, "long.test").out)
        for name in ("long.test", "many.test"):
            explained = harness.run("explain", self.db, name)
            self.assertEqual(explained.code, 0, explained)
        self.assertIn("mx299.many.test", explained.out)

    def test_tlsa_at_the_securely_expanded_name_is_dane(self):
        digest = "ab" * 32
        zone = "".join(f"{n}.test MX 10 mx.{n}.test\n" for n in ("far", "near", "none", "loose")) + \
            "mx.far.test CNAME real.example\nreal.example A 25.91.1.1\n" + f"_25._tcp.real.example TLSA 3 1 1 {digest}\n" + \
            "mx.near.test CNAME bare.example\nbare.example A 25.91.1.2\n" + f"_25._tcp.mx.near.test TLSA 3 1 1 {digest}\n" + \
            "mx.none.test CNAME bare.example\n" + \
            "mx.loose.test CNAME real.insecure.example\nreal.insecure.example A 25.91.1.3\n" + \
            f"_25._tcp.real.insecure.example TLSA 3 1 1 {digest}\n"
        names = ["far.test", "near.test", "none.test", "loose.test"]
        result = self.scan(names, self.serve(zone, arguments=("--authentic",)), "--checks", "mx,host,transport")
        self.assertEqual(result.code, 0, result)
        records = self.export()
        usable = {n: [t["usable"] for t in records[n]["transport"]["tlsa"] if t["secure"]] for n in names}
        self.assertEqual(usable, {"far.test": [1], "near.test": [1], "none.test": [], "loose.test": []})
        unprotected = {n for n in names if "tls_unprotected" in records[n]["findings"]}
        self.assertEqual(unprotected, {"none.test", "loose.test"})

    def test_what_every_selector_answers_says_nothing(self):
        gate = "mxa-0012.gslb.pphosted.com"
        zone = (f"{gate} A 25.92.1.1\nkey.test MX 10 {gate}\nalias.test MX 10 {gate}\nleft.test MX 10 {gate}\n" +
                txt("_spf.google.com", "v=spf1 ip4:192.0.2.0/24 ~all") + txt("key.test", "v=spf1 include:_spf.google.com -all") +
                txt("*._domainkey.key.test", KEY) + txt("*.dmarc.test", "v=DMARC1; p=reject") +
                "*._domainkey.alias.test CNAME selector1-a._domainkey.tenant.onmicrosoft.com\n" +
                txt("selector1-a._domainkey.tenant.onmicrosoft.com", KEY) +
                "selector1._domainkey.left.test CNAME selector1-left-test._domainkey.gone.onmicrosoft.com\n" +
                txt("s1._domainkey.real.test", KEY))
        zone += (f"auto.test MX 10 {gate}\n*.auto.test CNAME autodiscover.outlook.com\nautodiscover.outlook.com A 25.93.1.1\n" +
                 f"led.test MX 10 {gate}\nautodiscover.led.test CNAME autodiscover.outlook.com\n")
        records = self.told(zone, ["key.test", "alias.test", "dmarc.test", "left.test", "real.test", "auto.test", "led.test"])
        self.assertEqual([records.pop(n)["provider"]["mailbox"] for n in ("auto.test", "led.test")], [None, "microsoft"])
        selectors = {n: [k["selector"] for k in r["auth"]["dkim"]] for n, r in records.items()}
        self.assertEqual(selectors, {"key.test": ["*"], "alias.test": ["*"], "dmarc.test": [], "left.test": ["selector1"], "real.test": ["s1"]})
        for name in ("key.test", "alias.test", "left.test"):
            self.assertIsNone(records[name]["provider"]["mailbox"], name)
        self.assertIn("dkim_dangling", records["left.test"]["findings"])
        self.assertNotIn("dkim_faulty", records["dmarc.test"]["findings"])

    def test_a_key_of_another_service_is_none_and_a_comma_behind_the_version_is_faulty(self):
        zone = (txt("default._domainkey.other.test", KEY.replace("v=DKIM1;", "v=DKIM1; s=tlsrpt;")) +
                txt("default._domainkey.both.test", KEY.replace("v=DKIM1;", "v=DKIM1; s=tlsrpt:email;")) +
                txt("default._domainkey.comma.test", KEY.replace("v=DKIM1;", "v=DKIM1,")))
        records = self.told(zone, ["other.test", "both.test", "comma.test"])
        self.assertEqual({n: [k["reason"] for k in r["auth"]["dkim"]] for n, r in records.items()},
                         {"other.test": [], "both.test": ["ok"], "comma.test": ["bad_version"]})
        self.assertEqual({n: "dkim_faulty" in r["findings"] for n, r in records.items()}, {"other.test": False, "both.test": False, "comma.test": True})
        self.assertEqual(self.one("SELECT count(*) FROM v_policy WHERE policies LIKE '%no DKIM key known%'"), 1)

    def test_a_key_for_sha1_alone_is_faulty(self):
        zone = "".join(txt(f"default._domainkey.{n}.test", KEY.replace("v=DKIM1;", f"v=DKIM1; {tags}"))
                       for n, tags in (("old", "h=sha1;"), ("both", "h=sha1:sha256;"), ("other", "h=sha1; s=tlsrpt;")))
        records = self.told(zone, ["old.test", "both.test", "other.test"])
        self.assertEqual({n: [k["reason"] for k in r["auth"]["dkim"]] for n, r in records.items()},
                         {"old.test": ["no_sha256"], "both.test": ["ok"], "other.test": []})
        self.assertEqual({n for n, r in records.items() if "dkim_faulty" in r["findings"]}, {"old.test"})

    def test_an_alias_of_every_selector_to_nowhere_is_nobodys_selector(self):
        zone = "*._domainkey.all.test CNAME gone.example\n"
        records = self.told(zone + "selector1._domainkey.one.test CNAME gone.example\n", ["all.test", "one.test"])
        self.assertEqual({n: "dkim_dangling" in r["findings"] for n, r in records.items()}, {"all.test": False, "one.test": True})
        self.assertEqual([(k["selector"], k["target"]) for k in records["all.test"]["auth"]["dkim"]], [("*", "gone.example")])

    def test_the_key_that_can_be_used_is_kept_among_however_many(self):
        zone = "".join(txt(f"google._domainkey.{n}.test", f"v=DKIM1; p={i:02}") for n in ("late", "none") for i in range(40)) + txt("google._domainkey.late.test", KEY)
        zone += "".join(txt("google._domainkey.mail.test", KEY.replace("; ", f"; n={i:02}; s=tlsrpt; ")) for i in range(40)) + txt("google._domainkey.mail.test", KEY)
        records = self.told(zone, ["late.test", "none.test", "mail.test"])
        self.assertEqual({n: [k["reason"] for k in r["auth"]["dkim"]] for n, r in records.items()}, {"late.test": ["ok"], "none.test": ["bad_base64"], "mail.test": ["ok"]})
        self.assertEqual({n for n, r in records.items() if "dkim_faulty" in r["findings"]}, {"none.test"})

    def test_a_wildcard_may_answer_something_else_at_each_name(self):
        gate = "mxa-0012.gslb.pphosted.com"
        srv = "SRV 0 0 443 autodiscover.outlook.com\n"
        zone = (f"{gate} A 25.92.1.1\n" + "".join(f"{n}.test MX 10 {gate}\n" for n in ("each", "few", "wild", "led")) +
                txt("_spf.google.com", "v=spf1 ip4:192.0.2.0/24 ~all") + txt("each.test", "v=spf1 include:_spf.google.com -all") +
                txt("few.test", "v=spf1 include:_spf.google.com -all") + txt("*._domainkey.few.test", "v=DKIM1; p=") + txt("google._domainkey.few.test", KEY) +
                txt("*._domainkey.each.test", KEY) + f"*._tcp.wild.test {srv}_autodiscover._tcp.led.test {srv}")
        evidence = (pathlib.Path(__file__).parents[2] / "scanner/classify/selectors.tsv").read_text()
        selectors = [line.split("\t")[0] for line in evidence.splitlines() if "\t" in line and not line.startswith("#")]
        zone += "".join(txt(f"{s}._domainkey.each.test", KEY + f"; n={i}") for i, s in enumerate(selectors))
        records = self.told(zone, ["each.test", "few.test", "wild.test", "led.test"])
        self.assertEqual({n: r["provider"]["mailbox"] for n, r in records.items()},
                         {"each.test": None, "few.test": "google", "wild.test": None, "led.test": "microsoft"})
        self.assertEqual([k["selector"] for k in records["each.test"]["auth"]["dkim"]], ["*"])
        self.assertEqual([k["selector"] for k in records["few.test"]["auth"]["dkim"]], ["google", "*"])

    def test_of_several_srv_records_the_order_of_the_answer_decides_nothing(self):
        first, later, light, other = ("SRV 1 9 443 autodiscover.outlook.com", "SRV 2 99 443 a.example", "SRV 1 8 443 b.example", "SRV 1 9 443 z.example")
        gate = "mxa-0012.gslb.pphosted.com"
        orders = {"one": (first, later, light, other), "two": (later, light, other, first), "three": (other, light, first, later)}
        zone = f"{gate} A 25.92.1.1\n" + "".join(f"{n}.test MX 10 {gate}\n" for n in orders)
        zone += "".join(f"_autodiscover._tcp.{n}.test {record}\n" for n, records in orders.items() for record in records)
        records = self.told(zone, [f"{n}.test" for n in orders])
        self.assertEqual({r["provider"]["mailbox"] for r in records.values()}, {"microsoft"})
        self.assertEqual(self.rows("SELECT DISTINCT autodiscover FROM v_policy"), [("autodiscover.outlook.com",)])

    def test_equal_srv_records_at_two_providers_name_nobody(self):
        outlook, zoho, gate = "autodiscover.outlook.com", "autodiscover.zoho.com", "mxa-0012.gslb.pphosted.com"
        sets = {"two": (f"0 0 443 {zoho}", f"0 0 443 {outlook}"), "lighter": (f"0 5 443 {outlook}", f"0 1 443 {zoho}"),
                "later": (f"0 1 443 {outlook}", f"1 1 443 {zoho}"), "ports": (f"0 0 443 {outlook}", f"0 0 8443 {outlook}"),
                "own": (f"0 0 443 {outlook}", "0 0 443 mail.own.test")}
        zone = f"{gate} A 25.92.1.1\n{zoho} A 25.93.1.1\n" + "".join(f"{n}.test MX 10 {gate}\n" for n in sets)
        zone += "".join(f"_autodiscover._tcp.{n}.test SRV {record}\n" for n, records in sets.items() for record in records)
        records = self.told(zone, [f"{n}.test" for n in sets])
        named = {n: records[f"{n}.test"]["provider"]["mailbox"] for n in sets}
        self.assertEqual(named, {"two": None, **dict.fromkeys(("lighter", "later", "ports", "own"), "microsoft")})

    def test_where_a_name_that_nobody_uses_could_not_be_asked_a_wildcard_names_nobody(self):
        gate, autodiscover, key = "mxa-0012.gslb.pphosted.com", "autodiscover.outlook.com", "fm1.keys.test.dkim.fmhosted.com"
        names = ["auto.test", "srv.test", "keys.test", "led.test", "signed.test"]
        zone = f"{gate} A 25.92.1.1\n{autodiscover} A 25.93.1.1\n" + "".join(f"{n} MX 10 {gate}\n" for n in names) + txt(key, KEY)
        zone += (f"*.auto.test CNAME {autodiscover}\n*._tcp.srv.test SRV 0 0 443 {autodiscover}\n*._domainkey.keys.test CNAME {key}\n"
                 f"autodiscover.led.test CNAME {autodiscover}\nfm1._domainkey.signed.test CNAME {key}\n")
        rules = ["name=x????????????????.* -> servfail"]
        for failing, led in ((True, None), (False, "microsoft")):
            scan = self.scan(names, self.serve(zone, rules if failing else []), "--checks", "mx,host,auth", "--servfail-wait", 50, "--new")
            self.assertEqual(scan.code, 0, scan.err)
            told = {n: r["provider"]["mailbox"] for n, r in self.export().items()}  # that of other selectors without a key, no wildcard gives fm1 one
            self.assertEqual(told, {**dict.fromkeys(("auto.test", "srv.test", "keys.test"), None), "led.test": led, "signed.test": "fastmail"})


if __name__ == "__main__":
    unittest.main()
