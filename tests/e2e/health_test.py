"""What is known of resolvers: control names, what each can do, the doctor."""
import os
import re
import subprocess
import time
import unittest

import harness

BUILT_IN = ("example.com", "gmail.com", "outlook.com", "yahoo.com", "ripe.net")
WORLD = "example.com MX 0 .\n" + "".join(f"{name} MX 10 mx.{name}\n" for name in BUILT_IN[1:])
QUICK = ("--checks", "mx", "--servfail-wait", 100, "--timeout", 500 * harness.SLOW, "--deadline", 5000 * harness.SLOW)


def names(count):
    return [f"x{i}.test" for i in range(count)]


def denial(what, match=""):
    """Rules: all that is surveyed and the control names do not exist, or have no mail; what cannot exist does not in either case."""
    return [f"{match}name={name} -> {what}" for name in BUILT_IN] + [f"{match}suffix=test -> {what}"]


def asked(server):
    """Names the server was asked for, by name and type."""
    server.stop()
    return {(row[4].rstrip("."), row[5]) for row in server.log()}


class Controls(harness.TestCase):
    def test_built_in_names_are_recorded_and_with_one_resolver_not_judged(self):
        server = self.serve(WORLD.replace("gmail.com MX 10 mx.gmail.com", "gmail.com MX 10 mx.elsewhere"), generate=50)
        self.assertEqual(self.scan(names(300), server, *QUICK, "--rate", 300).code, 0)
        found = self.rows("SELECT name, outcome, answer, agrees FROM v_control")
        self.assertEqual({row[0] for row in found}, set(BUILT_IN))
        self.assertIn(("gmail.com", "answered", "10 mx.elsewhere", None), found)
        self.assertIn(("example.com", "answered", "0 .", None), found)
        self.assertEqual(self.rows("SELECT excluded, recursion IS NULL, edns, tcp, invalid, openings, checked_at > 0, latency_us > 0"
                                   " FROM v_resolver"), [(None, 0, 1, 1, "nxdomain", 0, 1, 1)])

    def test_a_question_that_is_lost_is_asked_again_in_the_same_check(self):
        server = self.serve(WORLD, ["name=gmail.com first=2 -> drop"], generate=50)
        self.assertEqual(self.scan(names(50), server, "--checks", "mx").code, 0)
        self.assertIn(("gmail.com", "answered"), self.rows("SELECT name, outcome FROM v_control"))

    def test_a_liar_about_most_of_them_is_shut_out(self):
        lies = [f"server=2 name={name} -> mx same.evil" for name in BUILT_IN] + ["server=2 suffix=test -> mx same.evil"]
        clean = self.folder / "clean.db"
        self.assertEqual(self.scan(names(400), self.serve(WORLD, generate=50), *QUICK, "--seed", 5, db=clean).code, 0)
        result = self.scan(names(400), self.serve(WORLD, lies, generate=50, servers=3), *QUICK, "--rate", 130, "--seed", 5)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.rows("SELECT count(*) FROM v_resolver WHERE excluded LIKE '%built-in control names%'"), [(1,)])
        self.assertEqual(self.content(), self.content(db=clean), "what it said is asked again")

    @unittest.skipIf(harness.SLOW > 1, "skipped: a sanitizer wants to be loaded first")
    def test_a_clock_that_is_set_in_mid_run_keeps_no_lie(self):
        """Server 3 is away for a second, and its return brings a good check; then server 2 begins to lie, after the clock was set."""
        clean = self.folder / "clean.db"
        self.assertEqual(self.scan(names(700), self.serve(WORLD, generate=50), *QUICK, "--seed", 5, db=clean).code, 0)
        rules = ["server=3 after=0.3 until=1.3 -> down"]
        rules += [f"server=2 after=4 name={name} -> mx same.evil" for name in BUILT_IN] + ["server=2 after=4 suffix=test -> mx same.evil"]
        for shift in (-1000, 1000):
            with self.subTest(shift=shift):
                self.db = self.folder / f"shift{shift}.db"
                env = {"LD_PRELOAD": str(harness.SUPPORT / "mxs_set_clock.so"), "MXS_CLOCK_STEPS": f"3500:{shift}"}
                result = self.scan(names(700), self.serve(WORLD, rules, generate=50, servers=3), *QUICK, "--rate", 100, "--seed", 5, env=env)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.one("SELECT count(excluded) FROM v_resolver"), 1, result)
                self.assertEqual(self.content(), self.content(db=clean), "what it said is asked again")

    def test_one_view_of_its_own_is_no_lie(self):
        view = ["server=2 name=gmail.com -> mx mx.region.example"]
        self.assertEqual(self.scan(names(400), self.serve(WORLD, view, generate=50, servers=3), *QUICK, "--rate", 130).code, 0)
        self.assertEqual(self.rows("SELECT count(excluded) FROM v_resolver"), [(0,)])
        self.assertEqual(self.rows("SELECT name, agrees, count(*) FROM v_control WHERE name IN ('gmail.com', 'yahoo.com') GROUP BY 1, 2"),
                         [("gmail.com", 0, 1), ("gmail.com", 1, 2), ("yahoo.com", 1, 3)])

    def test_who_denies_them_all_is_shut_out_beside_one_that_knows_them(self):
        clean = self.folder / "clean.db"
        self.assertEqual(self.scan(names(40), self.serve(WORLD, generate=50), *QUICK, db=clean).code, 0)
        for what in ("nxdomain", "empty"):
            with self.subTest(what=what):
                self.db = self.folder / f"{what}.db"
                server = self.serve(WORLD, denial(what, "server=2 "), generate=50, servers=2)
                result = self.scan(names(40), server, *QUICK)
                self.assertEqual(result.code, 0, result)
                reason = "denies all control names, which another resolver answers"
                self.assertIn(f"resolver {server.resolvers[1]} is excluded: {reason}; what it said is asked again", result.err)
                self.assertEqual(self.rows("SELECT resolver, excluded FROM v_resolver WHERE excluded IS NOT NULL"), [(server.resolvers[1], reason)])
                self.assertEqual(self.content(), self.content(db=clean), "what it said is asked again")
                doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.folder / "none.db")
                self.assertIn(f"PROBLEM  resolver {server.resolvers[1]}: {reason}", doctor.out)
                self.assertIn("control names are answered, by too few resolvers to compare: example.com", doctor.out)

    def test_who_denies_them_all_alone_stays_and_the_run_says_so(self):
        for what, servers in (("nxdomain", 1), ("empty", 1), ("nxdomain", 2)):
            with self.subTest(what=what, servers=servers):
                self.db = self.folder / f"{what}{servers}.db"
                server = self.serve(WORLD, denial(what), servers=servers)
                result = self.scan(names(40), server, *QUICK)
                self.assertEqual(result.code, 0, result)
                doctor = harness.run("doctor", *self.resolver_options(server), "-o", self.folder / "none.db").out
                report = harness.run("report", self.db).out
                lookup = harness.run("lookup", *self.resolver_options(server), *names(2))
                quiet = self.scan(names(40), server, *QUICK, "-q", db=self.folder / "quiet.db")
                self.assertEqual((lookup.code, quiet.err), (0, ""))
                for address in server.resolvers:
                    said = f"resolver {address} " + (
                        "has no MX for any of the control names (example.com, gmail.com, ...): MX records that it denies may exist, too" if what == "empty" else
                        "denies all control names (example.com, gmail.com, ...), which exist: other names that it denies may exist, too")
                    for where in (result.err, doctor, report, lookup.err, harness.run("report", self.folder / "quiet.db").out):
                        self.assertEqual(" ".join(where.split()).count(said), 1, where)
                        self.assertIn("in a closed network, name a domain with MX records there with --control NAME", " ".join(where.split()))
                self.assertEqual(self.rows("SELECT DISTINCT excluded FROM v_resolver"), [(None,)])
        self.db = self.folder / "four.db"
        result = self.scan(names(40), self.serve(WORLD, ["name=ripe.net -> servfail", *denial("nxdomain")]), *QUICK)
        self.assertIn("denies all control names that it settled (example.com, gmail.com, ...), which exist", result.err)
        lab = self.serve("lab.test MX 10 mx.lab.test\nmx.lab.test A 20.0.0.1\n", generate=50)
        result = self.scan(names(40), lab, *QUICK, "--control", "lab.test", db=self.folder / "lab.db")
        self.assertEqual((result.code, "control names" in result.err), (0, False), result)
        result = self.scan(names(40), lab, *QUICK, "--control", "mx.lab.test", db=self.folder / "host.db")
        self.assertIn("has no MX for any of the control names (mx.lab.test): MX records that it denies may exist", result.err)
        doctor = harness.run("doctor", *self.resolver_options(lab), "--control", "mx.lab.test", "-o", self.folder / "none.db").out
        self.assertIn("has no MX for any of the control names (mx.lab.test)", doctor)
        self.assertNotIn("mx.lab.test, which exist", doctor)
        for options in (("--control", "lab.test"), ("--health", "off"), ("-q",)):
            result = harness.run("lookup", *self.resolver_options(lab), *options, "lab.test")
            self.assertEqual((result.code, result.err), (0, ""))

    def test_lookup_does_not_ask_on_for_a_control_name_that_is_dropped(self):
        for servers in (1, 3):
            with self.subTest(servers=servers):
                server = self.serve(WORLD, ["name=ripe.net -> drop"], generate=50, servers=servers)
                result = harness.run("lookup", *self.resolver_options(server), *names(2))
                self.assertEqual((result.code, result.err), (0, ""))
                # once beside the names and once at the end; before each second of silence is over, which each would be asked in again
                self.assertLess(server.counters()["faults"]["drop"], 5 * servers)

    def test_who_denies_them_all_and_answered_them_before_is_shut_out_though_it_is_alone(self):
        listed = [f"d{i}.city.test" for i in range(120)]
        zone = WORLD + "".join(f"{name} MX 10 mx.p.test\n" for name in listed) + "mx.p.test A 20.0.0.1\n"
        clean = self.folder / "clean.db"
        self.assertEqual(self.scan(listed, self.serve(zone), *QUICK, db=clean).code, 0)
        server = self.serve(zone, ["after=1 -> nxdomain"])
        result = self.scan(listed, server, *QUICK, "--rate", 60)
        self.assertEqual(result.code, 75, result)
        reason = "denies all control names, which it answered before"
        self.assertIn(f"resolver {server.resolvers[0]} is excluded: {reason}; what it said is asked again", result.err)
        again = self.scan(listed, server, *QUICK)
        self.assertEqual(again.code, 75, "nor does the run that goes on take it for a closed network's: " + again.err)
        self.assertIn(reason, again.err)
        self.assertEqual(self.scan(listed, self.serve(zone), *QUICK).code, 0)
        self.assertEqual(self.content(), self.content(db=clean), "what it said is asked again")

    def test_what_is_excluded_is_not_asked_as_a_control_name_either(self):
        exclude = self.write("exclude.txt", "gmail.com\ninvalid\n")
        server = self.serve(WORLD, generate=50, log=True)
        self.assertEqual(self.scan(names(200), server, *QUICK, "--exclude", exclude).code, 0)
        found = {name for name, _ in asked(server)}
        self.assertIn("ripe.net", found)
        self.assertFalse([name for name in found if name == "gmail.com" or name.endswith("invalid")])

    def test_with_health_off_none_is_asked(self):
        server = self.serve(WORLD, generate=50, log=True)
        self.assertEqual(self.scan(names(50), server, *QUICK, "--health", "off", "--control", "control.test").code, 0)
        self.assertEqual(asked(server), {("", "NS")} | {(name, "MX") for name in names(50)})
        self.assertEqual(self.rows("SELECT tcp, invalid FROM v_resolver"), [(None, None)])

    def test_a_persons_name_replaces_them_and_must_be_a_name(self):
        server = self.serve(WORLD, generate=50, log=True)
        self.assertEqual(self.scan(names(50), server, *QUICK, "--control", "Control.TEST.").code, 0)
        found = {name for name, _ in asked(server)}
        self.assertIn("control.test", found)
        self.assertFalse(found & set(BUILT_IN))
        for bad in (["--control", "a..b"], [word for i in range(9) for word in ("--control", f"c{i}.test")]):
            result = harness.run("scan", "-o", self.db, "-r", server.resolvers[0], *bad, self.list_file(names(1)))
            self.assertEqual((result.code, "--control" in result.err), (2, True), result)


class Doctor(harness.TestCase):
    def doctor(self, servers, *options):
        result = harness.run("doctor", *self.resolver_options(servers), "-o", self.db, *options)
        self.assertIn(result.code, (0, 1), result)
        self.assertEqual(result.code == 1, "PROBLEM" in result.out, result)
        self.assertFalse(self.db.exists())
        return result.out

    def line(self, out, *words):
        """The line that has all the words; a problem is followed by its remedy."""
        lines = out.splitlines()
        found = [i for i, line in enumerate(lines) if all(word in line for word in words)]
        self.assertEqual(len(found), 1, (words, out))
        if lines[found[0]].startswith("PROBLEM"):
            self.assertRegex(lines[found[0] + 1], r"^ +-> \w")
        return lines[found[0]]

    def test_a_sound_resolver(self):
        out = self.doctor(self.serve(WORLD, generate=50))
        self.assertRegex(self.line(out, "answers in"), r"^ok .*: recursion \S+, EDNS yes, TCP yes, validates no, does not make up names$")
        self.assertRegex(self.line(out, "gmail.com"), "^ok .*too few resolvers to compare: example.com, .*, ripe.net$")
        self.assertRegex(self.line(out, "checks of the resolvers took"), r"^ok .* \d+\.\d s$")
        for topic in ("open files", "socket buffers: net.core.rmem_max", "free space", "public suffix list"):
            self.line(out, topic)

    def test_whom_to_ask_stands_in_the_file_once_for_scan_lookup_doctor_and_plan(self):
        a, b = (self.serve(WORLD + "a.test MX 10 mx.a.test\nmx.a.test A 20.0.0.1\n") for _ in range(2))
        name = a.resolvers[0]
        others = self.write("others.txt", b.resolvers[0] + "\n")
        listed = self.list_file(["a.test"])

        def asked(text, command, *options):
            """Which of the two was asked, as the command itself tells it."""
            run = harness.run(command, "--config", self.write("my.ini", text), *options)
            self.assertIn(run.code, (0, 1), run)
            return {server for server in (a, b) if server.resolvers[0] in run.out}

        by_scan = f"[scan]\nresolver = {name}\n"
        self.assertEqual(asked(by_scan, "lookup", "a.test"), {a})
        self.assertEqual(asked(by_scan, "doctor", "-o", self.db), {a})
        self.assertEqual(asked(f"[scan]\nresolvers = {others}\n", "doctor", "-o", self.db), {b})
        self.assertEqual(asked(f"{by_scan}[lookup]\nresolver = {b.resolvers[0]}\n", "lookup", "a.test"), {b})
        self.assertEqual(harness.run("plan", "--config", self.write("none.ini", "[scan]\nresolver = nobody\n"), listed).code, 2)
        planned = [harness.run("plan", "--config", self.write("my.ini", f"{by_scan}{checks}"), listed).out for checks in ("checks = all\n", "checks = mx\n")]
        self.assertEqual([re.search(r"checks +(\S+)", text).group(1).count(",") > 0 for text in planned], [True, False], planned)
        for other in (f"resolvers = {others}", "recursor = 1\nrecursor-hints = /nonexistent"):  # what is typed wins
            self.assertEqual(asked(f"[scan]\n{other}\n", "lookup", "-r", name, "a.test"), {a})
            self.assertEqual(asked(f"[scan]\n{other}\n", "doctor", "-r", name, "-o", self.db), {a})
        both = harness.run("scan", "-r", name, "--recursor", "-o", self.db, listed)
        self.assertEqual((both.code, "leave out -r, or --recursor" in both.err), (2, True), both)

    def test_who_denies_what_exists_is_no_sound_resolver(self):
        """One alone, or some that agree in it; one name that nobody knows, too."""
        for count in (1, 2, 3):
            server = self.serve("", ["suffix=. -> nxdomain"], servers=count)
            out = self.doctor(server)
            for address in server.resolvers:
                self.assertRegex(self.line(out, f"{address} denies all control names"), "^PROBLEM")
            self.assertNotRegex(out, "(?m)^ok .*control names")
        out = self.doctor(self.serve(WORLD, ["name=gmail.com -> empty"], generate=50))
        self.assertRegex(self.line(out, "no resolver knows"), r"^PROBLEM .*: gmail\.com$")

    def test_what_is_wrong_with_each(self):
        rules = ["server=1 transport=tcp -> tcp refuse", "server=2 -> hijack 20.66.66.66 trap.evil", "server=3 -> drop",
                 "server=4 name=gmail.com -> mx mx.region.example"]
        server = self.serve(WORLD, rules, generate=50, servers=6)
        began = time.monotonic()
        out = self.doctor(server)
        self.assertLess(time.monotonic() - began, 12 * harness.SLOW)
        one, two, three, four = server.resolvers[:4]
        self.assertRegex(self.line(out, one, "by TCP"), "^PROBLEM")
        self.assertRegex(self.line(out, two, "cannot exist"), "^PROBLEM")
        self.assertRegex(self.line(out, three, "does not answer"), "^PROBLEM")
        self.assertRegex(self.line(out, four, "gmail.com: answered, 10 mx.region.example"), "^PROBLEM")
        self.assertRegex(self.line(out, "control name gmail.com"), "3 of 4 resolvers say the same")

    def test_without_validation_dane_cannot_count(self):
        server = self.serve(WORLD, generate=50)
        self.assertRegex(self.line(self.doctor(server, "--checks", "all"), "does not validate"), "^PROBLEM")
        self.assertNotIn("does not validate", self.doctor(server))

    def test_the_stub_of_a_desktop(self):
        server = self.serve(WORLD, generate=50, addresses=("127.0.0.53",))
        self.assertRegex(self.line(self.doctor(server), "systemd's stub"), "^PROBLEM")

    def test_excluded_names_are_not_asked(self):
        server = self.serve(WORLD, generate=50, log=True)
        self.doctor(server, "--exclude", self.write("exclude.txt", "gmail.com\n"))
        found = {name for name, _ in asked(server)}
        self.assertIn("yahoo.com", found)
        self.assertNotIn("gmail.com", found)

    def test_a_folder_that_is_not_there(self):
        server = self.serve(WORLD, generate=50)
        out = harness.run("doctor", *self.resolver_options(server), "-o", self.folder / "none" / "x.db").out
        self.assertRegex(self.line(out, "the database's folder"), "^PROBLEM")


def number(text):
    """Of "about 1,234  (...)"."""
    return int(text.split()[1].replace(",", ""))


def without(etc, *argv, disk=None):
    """The program in a world of its own whose /etc holds these files and nothing else; disk: a folder that is one of 100 KB there."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0:
        raise unittest.SkipTest("skipped: no namespaces here")
    lines = ["mount -t tmpfs tmpfs /etc"] + [f"printf '{text}' >/etc/{name}" for name, text in etc.items()]
    lines += [f"mount -t tmpfs -o size=100k tmpfs '{disk}'"] if disk else []
    return harness.run("-rm", "sh", "-c", "set -e; " + "; ".join(lines) + '; exec "$@"', "sh", harness.PROGRAM, *argv, program="unshare")


class Bare(harness.TestCase):
    """A machine that lacks what others have."""

    def test_a_machine_without_resolvers_is_diagnosed(self):
        for etc, told in (({}, "/etc/resolv.conf: cannot be read"), ({"resolv.conf": "search x\\n"}, "it names no resolver"),
                          ({"resolv.conf": "search x\\nnameserver foo\\n"}, '/etc/resolv.conf:2: "foo" is not a resolver address')):
            done = without(etc, "doctor", "-o", self.db)
            self.assertEqual(done.code, 1, done)
            self.assertRegex(done.out, r"PROBLEM  .*" + re.escape(told) + r".*\n +-> .*--resolver ADDR")
            self.assertIn("free space", done.out) # the rest is looked at all the same
            for command in ("plan", "scan", "lookup"):
                done = without(etc, command, self.list_file(["a.test"]))
                self.assertEqual((done.code, told in done.err), (2, True), done)

    def test_certificates_are_missed_before_anything_is_asked(self):
        done = without({}, "scan", "-r", "127.0.0.1:9", "--checks", "transport", "--fetch-sts", "-o", self.db, self.list_file(["a.test"]))
        if "libcurl" in done.err:
            self.skipTest("skipped: built without libcurl, or without it here")
        self.assertEqual((done.code, "apt-get install ca-certificates" in done.err), (2, True), done)
        self.assertFalse(self.db.exists())

    def test_a_disk_that_is_too_small_is_told_beforehand(self):
        small = self.folder / "small"
        small.mkdir()
        done = without({}, "plan", "-r", "127.0.0.1", "-o", small / "x.db", self.list_file(["a.test"]), disk=small)
        self.assertEqual(done.code, 0, done)
        self.assertRegex(done.out, r"disk +PROBLEM: 0 MB are free in \S+/small, about 2 MB are wanted")

    def test_an_old_list_of_suffixes_comes_with_a_remedy_that_works(self):
        old = self.write("psl.dat", "// ===BEGIN ICANN DOMAINS===\ncom\norg\nnet\n// ===END ICANN DOMAINS===\n")
        os.utime(old, (1500000000, 1500000000))
        out = harness.run("doctor", *self.resolver_options(self.serve(WORLD)), "-o", self.db, "--psl", old).out
        self.assertRegex(out, r"PROBLEM  public suffix list: .* days old\n +-> .*https://publicsuffix.org/list/public_suffix_list.dat")
        self.assertNotIn("apt-get install --only-upgrade", out)

    def test_a_silent_resolver_is_waited_for_aloud(self):
        server = self.serve(WORLD, rules=["-> drop"])
        for command, argument in (("scan", self.list_file(["a.test"])), ("lookup", "a.test"), ("doctor", None)):
            done = harness.run(command, *self.resolver_options(server), "--timeout", 1500, "--deadline", 3000, *(["-o", self.db] if command != "lookup" else []),
                               *([argument] if argument else []))
            self.assertEqual(done.code, 1, done)
            self.assertIn(f"{server.resolvers[0]} is silent so far: waiting for an answer", done.err)

    def test_an_answering_resolver_is_not_waited_for(self):
        done = harness.run("scan", *self.resolver_options(self.serve(WORLD)), "-o", self.db, self.list_file(["a.test"]))
        self.assertNotIn("silent", done.err)


class Plan(harness.TestCase):
    """Before a datagram leaves; and near the truth."""

    def plan(self, server, names, *options):
        result = harness.run("plan", *self.resolver_options(server), "-o", self.db, *options, self.list_file(names))
        self.assertEqual(result.code, 0, result)
        return dict(line.split(None, 1) for line in result.out.splitlines())

    def test_it_sends_nothing_and_writes_nothing(self):
        server = self.serve(WORLD, generate=50)
        self.plan(server, names(10), "--checks", "all")
        self.assertEqual(server.counters()["datagrams_in"], 0)
        self.assertFalse(self.db.exists())

    def test_questions_and_size_are_near_the_truth(self):
        count, own = 2000, 1700  # as many MX hosts as a list of this size has
        zone = "".join(f"d{i}.test MX 10 mx{min(i, own)}.test\nmx{min(i, own)}.test A 20.{i // 250}.1.{i % 250}\n" for i in range(count))
        listed = [f"d{i}.test" for i in range(count)]
        server = self.serve(zone)
        for checks in ("mx", "mx,host", "mx,host,transport"):
            with self.subTest(checks=checks):
                self.db = self.folder / f"{checks}.db"
                plan = self.plan(server, listed, "--checks", checks)
                self.assertEqual(self.scan(listed, server, "--checks", checks, "--servfail-wait", 100).code, 0)
                asked = self.one("SELECT datagrams FROM v_run")
                planned = number(plan["questions"])
                self.assertTrue(0.8 * asked < planned < 1.25 * asked, (planned, asked))
                planned, size = float(plan["database"].split()[1]) * 1e6, self.db.stat().st_size
                self.assertTrue(0.6 * size < planned < 1.6 * size, (planned, size))

    def test_files_of_policies_are_counted_where_they_would_be_fetched(self):
        server, listed = self.serve(WORLD, generate=50), [f"d{i}.test" for i in range(1000)]
        plain = self.plan(server, listed, "--checks", "all")
        fetched = self.plan(server, listed, "--checks", "all", "--fetch-sts")
        self.assertEqual(number(fetched["questions"]), number(plain["questions"]) + 2 * 10)
        self.assertTrue(fetched["fetches"].startswith("about 10 MTA-STS policies"), fetched)
        self.assertNotIn("fetches", plain)

    def test_time_follows_the_pace(self):
        server = self.serve(WORLD, generate=50)
        listed = [f"d{i}.test" for i in range(10000)]
        self.assertRegex(self.plan(server, listed, "--checks", "mx", "--rate", 100)["time"], r"^at least 0h 01m 5\ds")
        self.assertRegex(self.plan(server, listed, "--checks", "mx", "--resolver-rate", 10)["time"], r"^at least 0h 18m 3\ds")
        self.assertRegex(self.plan(server, listed, "--checks", "mx")["time"], r"^0h 00m 01s where .* 0h 00m 12s where the world is asked")


if __name__ == "__main__":
    harness.main()
