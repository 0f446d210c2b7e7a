"""What comes back is judged before it is believed (F11, F12, F14 - F17, F20, F23, F24)."""
import time
import unittest

import fault
import harness

QUICK = ("--servfail-wait", 100, "--timeout", 500, "--deadline", 5000)


class F11(fault.FaultCase):
    """Malformed answers among many."""

    def test_those_and_only_those(self):
        count = fault.size(30000, 100000)
        path = self.names_file(count)
        clean_server = self.serve(generate=300, mixed=True)
        clean = {line.split('"', 4)[3]: line for line in self.clean_content(path, clean_server, "--seed", 5).splitlines()}
        server = self.serve("", ["type=MX suffix=test share=1% sticky -> malformed random"], generate=300, mixed=True)
        result = self.scan(path, server, *QUICK, "--seed", 5, timeout_s=240)
        self.assertEqual(result.code, 0, result)
        self.assert_whole(self.db, count)
        broken = {row[0] for row in self.rows("SELECT domain FROM v_domain WHERE mx_outcome = 'malformed'")}
        self.assertTrue(0.007 * count < len(broken) < 0.013 * count, len(broken))
        self.assertEqual({row[0] for row in self.rows("SELECT domain FROM v_domain WHERE state = 'undetermined'")}, broken)
        kept = dict(self.rows("SELECT name, max(length(bytes)) FROM malformed WHERE type = 15 GROUP BY name"))
        self.assertLessEqual(broken, set(kept), "the raw bytes are kept")
        self.assertTrue(all(size > 0 for size in kept.values()))
        different = [line for line in self.content().splitlines()
                     if (name := line.split('"', 4)[3]) not in broken and clean[name] != line]
        self.assertEqual(different[:3], [], f"{len(different)} innocents differ")
        self.figure(names=count, malformed=len(broken), innocents_lost=len(different), kept_bytes=sum(kept.values()),
                    seconds=round(result.seconds, 1))


class F12(fault.FaultCase):
    """Parser bombs, over UDP and over TCP; the work per message is bounded in the unit tests of scanner/parse."""

    def test_bombs_cost_little_and_hurt_nobody(self):
        zone = "".join(f"n{i}.test MX 10 mx.mail.test\n" for i in range(50)) + "mx.mail.test A 20.0.0.1\n"
        names, peaks = [f"n{i}.test" for i in range(50)], {}
        for kind in ("pointer-chain", "long-name", "counts", "mx4000", "txt64k", "cname-chain"):
            for transport in ("udp", "tcp"):
                with self.subTest(kind=kind, transport=transport):
                    rules = [f"name=n7.test type=MX transport={transport} -> bomb {kind}"]
                    if transport == "tcp":
                        rules.append("name=n7.test type=MX transport=udp -> truncate")
                    self.db = self.folder / f"{kind}-{transport}.db"
                    scan = self.scan_begin(names, self.serve(zone, rules), *QUICK, "-v")
                    while scan.alive():
                        try:
                            peaks[kind] = max(peaks.get(kind, 0), scan.rss_bytes())
                        except (OSError, IndexError):
                            break
                        time.sleep(0.05)
                    self.assertIn(scan.wait(30), (0, 3), scan.text())
                    self.assertNotRegex(scan.text(), harness.SANITIZER)
                    self.assertEqual(self.one("SELECT count(*) FROM v_domain WHERE mx_outcome = 'answered' AND domain <> 'n7.test'"), 49)
                    outcome = self.one("SELECT mx_outcome FROM v_domain WHERE domain = 'n7.test'")
                    allowed = {"answered", "malformed", "limit", "truncated", "timeout"} | ({"nodata"} if kind == "txt64k" else set())
                    self.assertIn(outcome, allowed, kind)  # 64 KB of TXT to a question for MX hold no MX
                    self.assertNotEqual((outcome, self.one("SELECT count(*) FROM v_mx WHERE domain = 'n7.test'")), ("answered", 0))
        self.figure(**{kind.replace("-", "_") + "_rss_mb": peak >> 20 for kind, peak in peaks.items()})

    def test_four_thousand_mx_hosts_are_read_or_a_limit(self):
        server = self.serve("", ["name=big.test type=MX transport=udp -> truncate",
                                 "name=big.test type=MX transport=tcp -> bomb mx4000", "type=A -> servfail", "type=AAAA -> servfail"])
        result = self.scan(["big.test"], server, "--checks", "mx", *QUICK)
        self.assertIn(result.code, (0, 3), result)
        outcome, count = self.rows("SELECT mx_outcome, (SELECT count(*) FROM v_mx) FROM v_domain")[0]
        self.assertEqual((outcome, self.one("SELECT state FROM v_domain")), ("limit", "undetermined"))
        self.assertLessEqual(count, 1000, "what is stored is bounded")


class F14(fault.FaultCase):
    """Forged answers: every one comes before the true one, none is taken."""

    def test_no_forged_answer_is_taken(self):
        count = fault.size(3400, 170000)  # six forged datagrams for each of its questions
        path = self.names_file(count)
        wanted = self.clean_content(path, self.serve(generate=300, mixed=True), "--seed", 5)
        for kind in ("all", "id", "question", "qr", "address", "port", "late"):
            db = self.folder / f"forged-{kind}.db"
            some = path if kind == "all" else self.names_file(300, first=count)
            server = self.serve("", [f"-> forge {kind}"], generate=300, mixed=True)
            result = self.scan(some, server, "--seed", 5, "--concurrency", 500, db=db, timeout_s=300)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.one("SELECT count(*) FROM host WHERE name LIKE '%attacker%'", db=db), 0)
            self.assertEqual(self.one("SELECT count(*) FROM address WHERE address = '66.66.66.66'", db=db), 0)
            if kind == "all":
                self.assert_equal_content(db, wanted)
                forged = server.counters()["forged"]
                counted = self.one("SELECT forged FROM v_run", db=db)
                self.assertGreaterEqual(forged, fault.size(20000, 1000000))
                self.assertGreater(counted, forged // 2, "what reaches our sockets is counted")
                self.figure(forged=forged, taken=0, counted=counted, names=count, seconds=round(result.seconds, 1))


class F15(fault.FaultCase):
    """Guessing from off the path: many ports, few questions on each."""

    def test_ports(self):
        server = self.serve("", ["-> delay 150"], generate=300)
        result = self.scan(self.names_file(fault.size(30000, 200000)), server, "--checks", "mx", "--concurrency", 4096, timeout_s=240)
        self.assertEqual(result.code, 0, result)
        counters = server.counters()["servers"][0]
        self.assertGreaterEqual(counters["ports"], 64, counters)
        self.assertLessEqual(counters["max_port_in_flight"], 2000, counters)
        self.assertGreater(counters["max_in_flight"], 64, "under load")
        self.assertLessEqual(counters["max_in_flight"], 4096, "the ceiling holds")
        self.figure(ports=counters["ports"], most_open_on_a_port=counters["max_port_in_flight"],
                    most_in_flight=counters["max_in_flight"])


class F16(fault.FaultCase):
    """Truncation, and a TCP that misbehaves."""
    count = 100
    # Under a sanitizer a hundred connections that bring one byte at a time wait for the processor, not for the server.
    PATIENT = ("--timeout", 20000, "--deadline", 120000) if harness.SLOW > 1 else ()

    def scan_truncated(self, *rules, codes=(0,), zone="", more=()):
        names = [f"x{i}.test" for i in range(self.count)]
        server = self.serve(zone, ["suffix=test type=MX transport=udp -> truncate", *rules], generate=300)
        result = self.scan(names, server, *QUICK, "--checks", "mx", "--concurrency", 200, *more, timeout_s=60)
        self.assertIn(result.code, codes, result)
        found = self.outcomes()
        for never in ("nodata", "nxdomain"):
            self.assertNotIn(never, found)
        return found

    def test_a_server_that_closes_after_each_answer_fails_none(self):
        began = time.monotonic()
        self.assertEqual(self.scan_truncated("transport=tcp -> tcp close", more=self.PATIENT), {"answered": self.count})
        self.figure(parallel_truncated=self.count, answered=self.count, seconds=round(time.monotonic() - began, 1))

    def test_byte_by_byte(self):
        self.assertEqual(self.scan_truncated("transport=tcp -> tcp bytes", more=self.PATIENT), {"answered": self.count})

    def test_silent_cut_or_refused_is_never_nodata(self):
        for kind in ("silent", "cut", "refuse"):
            with self.subTest(kind=kind):
                self.db = self.folder / f"{kind}.db"
                found = self.scan_truncated(f"transport=tcp -> tcp {kind}", codes=(3,), more=("--deadline", 1000, "--tries", 2))
                self.assertLessEqual(set(found), {"truncated", "timeout", "unreachable"})

    def test_truncated_over_tcp_as_well_is_truncated(self):
        self.assertEqual(self.scan_truncated("suffix=test type=MX transport=tcp -> truncate", codes=(3,)),
                         {"truncated": self.count})

    def test_unbound_with_2500_mx_hosts(self):
        count = 2500
        zone = "".join(f"big.test MX {i} mx{i:04}.a-rather-long-mx-host-name.example\n" for i in range(count)) + "ok.test MX 1 mx.ok.test\n"
        authority = self.nsd(zone)
        result = self.scan(["big.test", "ok.test"], self.unbound(authority), *QUICK, "--checks", "mx", timeout_s=60)
        self.assertIn(result.code, (0, 3), result)
        found = dict(self.rows("SELECT domain, mx_outcome FROM v_domain"))
        self.assertEqual(found["ok.test"], "answered")
        self.assertNotIn(found["big.test"], ("nodata", "nxdomain"))
        if found["big.test"] == "answered":
            self.assertEqual(self.one("SELECT count(*) FROM v_mx WHERE domain = 'big.test'"), count)


class F17(fault.FaultCase):
    """A resolver that refuses EDNS: it alone falls back."""

    def test_only_that_resolver_falls_back(self):
        count = 2000
        path = self.names_file(count)
        wanted = self.clean_stored(path, self.serve(generate=300, mixed=True), "--seed", 5)
        server = self.serve("", ["server=1 edns -> edns-formerr"], generate=300, mixed=True, servers=2)
        result = self.scan(path, server, "--seed", 5, *QUICK)
        self.assertEqual(result.code, 0, result)
        self.assert_stored(self.db, wanted)
        refused = server.counters()["faults"]["edns_refused"]
        self.assertLess(refused, count / 4, "asked without EDNS after the first refusals")
        # A rule for questions that carry EDNS still hits the other resolver.
        server = self.serve("", ["server=1 edns -> edns-formerr", "server=2 noedns -> refused"], generate=300, mixed=True, servers=2)
        db = self.folder / "other.db"
        self.assertEqual(self.scan(path, server, "--seed", 5, *QUICK, db=db).code, 0)
        self.assertEqual(server.counters()["faults"]["rcode"], 0, "the other resolver is asked with EDNS throughout")
        self.figure(names=count, refused_with_edns=refused)


class F20(fault.FaultCase):
    """Duplicates, another order, damage on the way."""

    def test_equal_content(self):
        count = fault.size(4000, 50000)
        path = self.names_file(count)
        wanted = self.clean_stored(path, self.serve(generate=300, mixed=True), "--seed", 5)
        faults = {"duplicate": ["share=50% -> duplicate 3"], "reorder": ["-> reorder 60"], "corrupt": ["share=5% -> corrupt"],
                  "together": ["share=20% -> duplicate 2", "-> reorder 30", "share=5% -> corrupt"]}
        for what, rules in faults.items():
            with self.subTest(what=what):
                self.db = self.folder / f"{what}.db"
                result = self.scan(path, self.serve("", rules, generate=300, mixed=True), "--seed", 5, *QUICK, "--tries", 5,
                                   timeout_s=240)
                self.assertEqual(result.code, 0, result)
                self.assert_stored(self.db, wanted)
        self.figure(names=count, equal=", ".join(faults))


class F23(fault.FaultCase):
    """SERVFAIL: of a domain, for a while or for ever."""

    def asked_at(self, server, name, kind="MX"):
        server.stop()
        return [row[0] for row in server.log() if row[4].rstrip(".") == name and row[5] == kind]

    def test_twice_then_the_answer(self):
        wait_ms = 700
        server = self.serve("", ["name=x3.test type=MX first=2 -> servfail"], generate=50, log=True)
        result = self.scan(self.names_file(100), server, "--servfail-wait", wait_ms)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.outcomes(), {"answered": 100})
        at = self.asked_at(server, "x3.test")
        self.assertGreaterEqual(len(at), 3)
        for before, after in zip(at[:2], at[1:3]):
            self.assertGreaterEqual(after - before, wait_ms - 5)

    def test_the_default_spacing_is_five_seconds(self):
        server = self.serve("", ["name=x3.test type=MX first=1 -> servfail"], generate=50, log=True)
        self.assertEqual(self.scan(self.names_file(20), server).code, 0)
        at = self.asked_at(server, "x3.test")
        self.assertGreaterEqual(at[1] - at[0], 4990)

    def test_for_ever_is_bounded_and_slows_nobody(self):
        count, tries = fault.size(20000, 100000), 3
        broken = "suffix=test type=MX share=4% sticky -> servfail"
        path = self.names_file(count)
        clean = self.serve(generate=300)
        whole = self.scan(path, clean, "--checks", "mx", db=self.folder / "clean.db")
        for _ in range(5):  # what is asked while the machine stands still is not held against a name: then it proves nothing
            self.db.unlink(missing_ok=True)
            server = self.serve("", [broken], generate=300, log=True)
            result = self.scan(path, server, "--checks", "mx", "--servfail-wait", 200, "--tries", tries, timeout_s=240)
            self.assertEqual(result.code, 0, result)
            server.stop()
            at = sorted(row[0] for row in server.log())
            if max(after - before for before, after in zip(at, at[1:])) < 1000:
                break
        found = self.outcomes()
        self.assertEqual(set(found), {"answered", "servfail"})
        asked, first_pass = {}, [row for row in server.log() if row[5] == "MX"]
        for row in first_pass:
            if row[7] == "rcode":
                asked.setdefault(row[4], []).append(row[0])
        self.assertEqual(len(asked), found["servfail"])
        self.assertLessEqual(max(map(len, asked.values())), tries + 1, "one more in the settle stage")
        self.assertEqual(self.one("SELECT excluded FROM v_resolver"), None)
        most = (clean.counters()["max_in_flight"], server.counters()["max_in_flight"])
        self.assertGreaterEqual(most[1], most[0] // 2, "the window is not reduced by broken domains")
        self.figure(names=count, broken=found["servfail"], most_attempts=max(map(len, asked.values())),
                    in_flight_clean_and_broken=most, seconds_clean_and_broken=(round(whole.seconds, 1), round(result.seconds, 1)))


class F24(fault.FaultCase):
    """Resolvers that lie, from the start or from some moment on."""
    lies = {"hijack": "hijack 20.66.66.66 trap.evil", "constant": "mx same.evil", "empty": "empty"}

    def world(self, count):
        """Half of the names do not exist, so that hijacking shows."""
        return "".join(f"gone{i}.test NXDOMAIN\n" for i in range(count // 2)), \
            [f"gone{i}.test" for i in range(count // 2)] + [f"x{i}.test" for i in range(count // 2)]

    def test_a_liar_from_the_start_is_found(self):
        zone, names = self.world(400)
        zone += "control.test MX 10 mx.control.test\n"
        wanted = self.clean_content(names, self.serve(zone, generate=50), "--seed", 5)
        for what, lie in self.lies.items():
            with self.subTest(what=what):
                self.db = self.folder / f"{what}.db"
                server = self.serve(zone, [f"server=2 -> {lie}"], generate=50, servers=3)
                result = self.scan(names, server, "--seed", 5, "--control", "control.test", "--rate", 100, *QUICK)
                self.assertEqual(result.code, 0, result)
                self.assert_equal_content(self.db, wanted)
                self.assertEqual(self.one("SELECT count(*) FROM v_resolver WHERE excluded IS NOT NULL"), 1)
                self.assertGreater(self.one("SELECT count(*) FROM run_note WHERE kind NOT IN ('stages', 'asn_db')"), 0, "the run is marked")

    def test_a_run_that_ends_before_the_second_check(self):
        """Checked once more before it ends: what the liar said is not in it."""
        zone, names = self.world(400)
        zone += "control.test MX 10 mx.control.test\n"
        wanted = self.clean_content(names, self.serve(zone, generate=50), "--seed", 5)
        server = self.serve(zone, ["server=2 -> empty"], generate=50, servers=3)
        result = self.scan(names, server, "--seed", 5, "--control", "control.test", *QUICK)
        self.assertEqual(result.code, 0, result)
        self.assertLess(result.seconds, 60)
        self.assert_equal_content(self.db, wanted)
        self.assertEqual(self.one("SELECT count(*) FROM v_resolver WHERE excluded IS NOT NULL"), 1)
        self.assertGreater(self.one("SELECT count(*) FROM run_note WHERE kind = 'shut_out'"), 0, "the run is marked")

    def test_one_that_lies_only_now_is_found_before_the_end(self):
        """Sound at the start, hijacking from the first name on; the next regular check is a minute away."""
        zone, names = self.world(400)
        wanted = self.clean_content(names, self.serve(zone, generate=50), "--seed", 5)
        server = self.serve(zone, generate=50, servers=3)
        scan = self.scan_begin(names, server, "--seed", 5, "--rate", 150, *QUICK)
        harness.wait_until(lambda: server.counters()["questions"] > 60, 20, "asks")
        server.command(f"rule server=2 -> {self.lies['hijack']}")
        self.assertEqual(scan.wait(60), 0, scan.text())
        self.assert_equal_content(self.db, wanted)
        self.assertEqual(self.one("SELECT count(*) FROM v_resolver WHERE excluded IS NOT NULL"), 1)
        self.assertEqual(self.rows("SELECT name FROM host WHERE name LIKE '%evil'"), [("trap.evil",)], "it was told")
        self.assertEqual(self.rows("SELECT host FROM v_host WHERE host LIKE '%evil'"), [], "and is no MX host of the run")

    def test_policies_of_a_liar_are_asked_again(self):
        """A row of policies sums up the answers of all resolvers: also those that the liar did not end."""
        zone, names = "control.test MX 10 mx.control.test\n", [f"p{i}.test" for i in range(60)]
        for name in names:
            zone += (f'{name} MX 10 mx.{name}\n{name} TXT "v=spf1 include:spf.shared.test -all"\n_dmarc.{name} TXT "v=DMARC1; p=reject"\n'
                     f'_smtp._tls.{name} TXT "v=TLSRPTv1; rua=mailto:t@{name}"\nmx.{name} A 20.1.1.1\n')
        zone += 'spf.shared.test TXT "v=spf1 ip4:20.1.1.0/24 -all"\n'
        options = ("--seed", 5, "--checks", "mx,host,auth,transport", *QUICK)
        policies = "SELECT * FROM v_policy ORDER BY domain"
        self.clean_content(names, self.serve(zone), *options)
        clean = next(self.folder.glob("clean-*.db"))
        columns = [row[1] for row in self.rows("PRAGMA table_info(v_policy)", db=clean)]
        policies = "SELECT " + ", ".join(c for c in columns if not c.endswith("_id")) + " FROM v_policy ORDER BY domain"
        wanted = self.rows(policies, db=clean)
        self.assertEqual(len(wanted), len(names))
        server = self.serve(zone, ["server=2 -> empty"], servers=3)
        result = self.scan(names, server, "--control", "control.test", *options)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.one("SELECT count(*) FROM v_resolver WHERE excluded IS NOT NULL"), 1)
        self.assertEqual(self.rows(policies), wanted)

    def test_a_liar_in_mid_run_is_found_and_its_answers_asked_again(self):
        if not fault.FULL:
            self.skipTest("skipped: takes the minute between two checks; in the full size")
        zone, names = self.world(140000)
        zone += "control.test MX 10 mx.control.test\n"
        wanted = self.clean_content(names, self.serve(zone, generate=50), "--seed", 5, "--checks", "mx")
        server = self.serve(zone, [f"server=2 after=5 -> {self.lies['hijack']}"], generate=50, servers=3)
        result = self.scan(names, server, "--seed", 5, "--control", "control.test", "--rate", 1500, "--checks", "mx", *QUICK,
                           timeout_s=300)
        self.assertEqual(result.code, 0, result)
        self.assert_equal_content(self.db, wanted)
        self.assertEqual(self.one("SELECT count(*) FROM v_resolver WHERE excluded IS NOT NULL"), 1)
        self.figure(names=len(names), seconds=round(result.seconds, 1))


if __name__ == "__main__":
    fault.main()
