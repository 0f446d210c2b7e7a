"""Mail servers that do what no mail server should (F44): each has its row, none makes a false fact, and nothing is left behind."""
import collections
import unittest

import fault
import harness
import mailworld

HELO = "probe.example.net"
OURS = "554 5.7.1 your address is on a list"
# play -> (script, outcome, starttls, what tls_failure begins with, is QUIT said)
ROWS = {
    "ready": ({"play": "tls"}, "ready", "offered", None, True),
    "plain": ({"play": "plain"}, "ready", "absent", None, True),
    "banner after a while": ({"play": "plain", "delay": 1.2}, "ready", "absent", None, True),
    "byte by byte": ({"play": "bytewise"}, "ready", "absent", None, True),
    "a banner of many lines": ({"play": "many_banner_lines"}, "ready", "absent", None, True),
    "220 without EHLO": ({"play": "no_ehlo"}, "rejecting", "unknown", None, True),
    "220, HELO only": ({"play": "no_ehlo", "helo": True}, "ready", "unknown", None, True),
    "deaf": ({"play": "deaf"}, "timeout", "unknown", None, True),
    "421 at once": ({"play": "say_at_once", "say": "421 too many connections"}, "busy", "unknown", None, True),
    "421 at once, and away": ({"play": "say_at_once", "say": "421 busy", "hang_up": True}, "busy", "unknown", None, None),
    "450 at once": ({"play": "say_at_once", "say": "450 come back later"}, "busy", "unknown", None, True),
    "554 at once": ({"play": "say_at_once", "say": "554 no SMTP service here"}, "rejecting", "unknown", None, True),
    "554 at once, about us": ({"play": "say_at_once", "say": OURS}, "busy", "unknown", None, True),
    "554 that names our address": ({"play": "say_at_once", "say": "554 go away 20.9.9.9"}, "busy", "unknown", None, True),
    "521": ({"play": "say_at_once", "say": "521 mx.example.net does not accept mail"}, "rejecting", "unknown", None, True),
    "421 after EHLO": ({"play": "say_after_ehlo", "say": "421 too fast"}, "busy", "unknown", None, True),
    "550 after EHLO": ({"play": "say_after_ehlo", "say": "550 no"}, "rejecting", "unknown", None, True),
    "550 after EHLO, about our name": ({"play": "say_after_ehlo", "say": f"550 {HELO} unknown"}, "busy", "unknown", None, True),
    "421 after STARTTLS": ({"play": "say_after_starttls", "say": "421 too fast"}, "ready", "offered", "421", True),
    "454 after STARTTLS": ({"play": "say_after_starttls", "say": "454 4.7.0 not now"}, "ready", "offered", "454", True),
    "STARTTLS refused": ({"play": "say_after_starttls", "say": "502 no"}, "ready", "failed", "502", True),
    "plaintext behind STARTTLS": ({"play": "injected"}, "ready", "offered", None, True),
    "TLS that stops": ({"play": "tls_stops"}, "ready", "offered", "timeout", False),
    "TLS that is reset": ({"play": "tls_reset"}, "ready", "offered", "closed", False),
    "TLS alert": ({"play": "tls_alert"}, "ready", "failed", "alert handshake failure", False),
    "TLS alert of a bad moment": ({"play": "tls_alert", "alert": 80}, "ready", "offered", "alert internal error", False),
    "TLS that is rubbish": ({"play": "tls_rubbish"}, "ready", "offered", "wrong version number", False),
    "TLS 1.0": ({"play": "tls", "tls_max": "TLSv1"}, "ready", "offered", None, True),
    "1,000 EHLO lines": ({"play": "many_ehlo_lines"}, "limit", "unknown", None, True),
    "a line of 70,000": ({"play": "long_line"}, "limit", "unknown", None, True),
    "plain rubbish": ({"play": "rubbish"}, "protocol", "unknown", None, True),
    "HTTP": ({"play": "http"}, "protocol", "unknown", None, None),
    "silence": ({"play": "silence"}, "timeout", "unknown", None, None),
    "tarpit": ({"play": "tarpit"}, "timeout", "unknown", None, None),
    "tarpit of lines": ({"play": "tarpit_lines"}, "timeout", "unknown", None, None),
    "reset at once": ({"play": "reset_at_once"}, "protocol", "unknown", None, None),
    "reset in the banner": ({"play": "reset_in_banner"}, "protocol", "unknown", None, None),
    "reset after EHLO": ({"play": "reset_after_ehlo"}, "protocol", "unknown", None, None),
    "closed in EHLO": ({"play": "close_in_ehlo"}, "protocol", "unknown", None, None),
    "reset after STARTTLS": ({"play": "reset_after_starttls"}, "ready", "offered", "closed", None),
    "reset after TLS": ({"play": "reset_after_tls"}, "ready", "offered", None, None),
    "no goodbye": ({"play": "no_goodbye"}, "ready", "absent", None, True),
    "XXXX in EHLO": ({"play": "plain", "keywords": ["PIPELINING", "XXXXXXXA"]}, "ready", "unknown", None, True),
    "stars in the banner": ({"play": "plain", "banner": "****************"}, "ready", "unknown", None, True),
}
RESETS = {"reset at once", "reset in the banner"}  # the kernel may tell of either before or after the connection stands


def address_of(number):
    return f"20.{number // 200}.{number % 200 + 1}.25"


class F44(fault.FaultCase):
    def setUp(self):
        super().setUp()
        mailworld.enter()
        self.authority = mailworld.Authority(self.folder)
        self.right = self.authority.certificate("right", ["mx.example.net"])

    def begin(self, script):
        server = mailworld.MailServer(self.folder, {"*": {"play": "plain"}, **script})
        self.addCleanup(server.stop)
        return server

    def check_manners(self, server):
        """Of every connection: nothing but the four words, and nothing before the banner."""
        log = harness.wait_until(server.log, 20, "the server's log")
        for row in log:
            words = [line.split(" ")[0].upper() for line in row["lines"]]
            self.assertFalse(row["early"], row)
            self.assertLessEqual(set(words), {"EHLO", "HELO", "STARTTLS", "QUIT"}, row)
        return log

    def test_each_has_its_row(self):
        names = list(ROWS)
        script = {address_of(i): {"cert": str(self.right), "patience": 60, **ROWS[name][0]} for i, name in enumerate(names)}
        server = self.begin(script)
        timeout_ms = 2500 * harness.SLOW
        targets = [(address_of(i), "mx.example.net") for i in range(len(names))]
        targets.append(("127.0.9.9", "nobody.example.net"))
        found, counts, words = mailworld.meet(self.folder, targets, "--timeout", timeout_ms, ca=self.authority.file)
        self.assertEqual(words, [])
        self.assertEqual(counts["done"], len(targets))
        log = {row["address"]: row for row in self.check_manners(server)}
        for number, name in enumerate(names):
            with self.subTest(name):
                self.check_row(name, found[address_of(number)], log.get(address_of(number), {"lines": []}))
        self.assertEqual(found[address_of(names.index("plaintext behind STARTTLS"))]["injected"], True)
        self.assertEqual(found[address_of(names.index("TLS 1.0"))]["tls"], "TLSv1")
        self.assertEqual(found[address_of(names.index("reset after TLS"))]["certificate"]["pkix"], "ok")
        self.figure(rows=len(names), false_absent=0)

    def check_row(self, name, row, heard):
        _, outcome, starttls, failure, says_quit = ROWS[name]
        if name in RESETS:
            self.assertIn(row["outcome"], ("protocol", "refused_connection"), row)
            return
        self.assertEqual((row["outcome"], row["starttls"]), (outcome, starttls), row)
        if failure is None:
            self.assertIsNone(row["tls_failure"], row)
        else:
            self.assertTrue((row["tls_failure"] or "").startswith(failure), row)
        if says_quit is not None:
            self.assertEqual("QUIT" in heard["lines"], says_quit, (name, heard))

    def test_a_certificate_of_100_kb(self):
        hosts = [f"{'n' * 50}{i}.{'m' * 50}.example.net" for i in range(800)]
        huge = self.authority.certificate("huge", ["mx.example.net", *hosts])
        server = self.begin({"20.1.1.1": {"play": "tls", "cert": huge}, "20.1.2.1": {"play": "tls", "cert": self.right}})
        found, _, _ = mailworld.meet(self.folder, [("20.1.1.1", "mx.example.net"), ("20.1.2.1", "mx.example.net")], ca=self.authority.file)
        certificate = found["20.1.1.1"]["certificate"]
        self.assertEqual((certificate["total"], len(certificate["names"]), certificate["pkix"]), (801, 100, "ok"))
        self.check_manners(server)

    def test_descriptors_and_memory_stay_flat(self):
        """Many connections that end in every way there is, and no more memory at the end than a tenth of the way in."""
        names = [name for name in ROWS if name not in ("deaf", "silence", "tarpit", "tarpit of lines", "TLS that stops", "no goodbye")]
        rounds = fault.size(30, 300)
        script = {}
        for i in range(len(names) * rounds):
            script[address_of(i)] = {"cert": str(self.right), "patience": 30, **ROWS[names[i % len(names)]][0], "delay": 0}
        self.begin(script)
        targets = [(address_of(i), "mx.example.net") for i in range(len(names) * rounds)]
        little, small, _ = mailworld.meet(self.folder, targets[:len(names) * rounds // 10], ca=self.authority.file, concurrency=40)
        much, large, _ = mailworld.meet(self.folder, targets, ca=self.authority.file, concurrency=40)
        self.assertEqual((len(little), len(much)), (len(targets) // 10, len(targets)))
        if harness.SLOW == 1:  # a sanitizer keeps what is freed
            self.assertLess(large["rss_kb"] - small["rss_kb"], 2048 + len(targets) // 2)
        self.figure(connections=large["connections"], rss_kb=large["rss_kb"], rss_kb_at_a_tenth=small["rss_kb"])

    def test_few_descriptors_make_it_slower_and_no_more(self):
        self.begin({})
        targets = [(address_of(i), "mx.example.net") for i in range(200)]
        lines = "".join(f"{address} {host} {i}\n" for i, (address, host) in enumerate(targets))
        result = harness.run("-c", f"ulimit -n 40; exec {harness.SUPPORT}/mxs_smtp --concurrency 200", program="/bin/sh", stdin=lines,
                             timeout_s=60 * harness.SLOW)
        rows = [row for row in result.lines() if "address" in row]
        self.assertEqual(collections.Counter(row["outcome"] for row in rows), {"ready": 200}, result)

    def test_a_network_that_blocks_port_25(self):
        blocked = [(f"127.1.{i}.1", "mx.example.net") for i in range(60)]
        self.begin({f"20.8.{i}.1": {"play": "plain"} for i in range(4)})
        answering = [(f"20.8.{i}.1", "mx.example.net") for i in range(4)]
        mailworld.command("ip", "route", "add", "unreachable", "40.0.0.0/8")
        self.addCleanup(mailworld.command, "ip", "route", "del", "unreachable", "40.0.0.0/8")
        far = [(address.replace("127.", "40."), host) for address, host in blocked]
        found, counts, words = mailworld.meet(self.folder, far + answering, "--retry", 1)
        self.assertEqual((found, counts["done"]), ({}, 0), "nothing is told of anybody")
        self.assertEqual([(word["network"], word["family"]) for word in words], [("blocked", 4)])
        found, _, words = mailworld.meet(self.folder, far[:3])
        self.assertEqual((found, len(words)), ({}, 1), "a short list is judged when it ends")
        found, _, words = mailworld.meet(self.folder, far[:2])
        self.assertEqual((len(found), words), (2, []), "two are too few to say that")

    def test_a_box_that_answers_for_everybody(self):
        alike = {f"20.8.{i}.1": {"play": "plain", "banner": f"firewall ready, connection {i}"} for i in range(60)}
        masked = {f"20.9.{i}.1": {"play": "plain", "banner": f"mx{chr(97 + i % 26)}{i} ESMTP", "keywords": ["XXXXXXXA"]} for i in range(60)}
        self.begin({**alike, **masked})
        for script in (alike, masked):
            targets = [(address, "mx.example.net") for address in script]
            found, _, words = mailworld.meet(self.folder, targets)
            self.assertEqual((found, [word["network"] for word in words]), ({}, ["middlebox"]))
        one_provider = [(address, "mx.example.net", 7) for address in list(alike)[:12]]
        found, _, words = mailworld.meet(self.folder, one_provider, timeout_s=90)
        self.assertEqual((len(found), words), (12, []), "one provider may greet alike")

    def test_one_provider_is_met_slowly_and_slower_when_it_asks_for_it(self):
        server = self.begin({f"20.7.{i}.1": {"play": "say_at_once", "say": "421 slow down"} for i in range(4)})
        for first, pauses in (("20.6", [0.5, 0.5, 0.5]), ("20.7", [0.5, 1.0, 2.0])):
            _, counts, _ = mailworld.meet(self.folder, [(f"{first}.{i}.1", "mx.example.net", 1) for i in range(4)])
            self.assertEqual((counts["done"], counts["connections"]), (4, 4))
            came = sorted(row["at"] for row in server.log() if row["address"].startswith(first))
            between = [b - a for a, b in zip(came, came[1:])]
            for pause, least in zip(between, pauses):
                self.assertGreater(pause, least - 0.05, (first, between))

    def test_one_network_is_met_slowly(self):
        server = self.begin({})
        mailworld.meet(self.folder, [(f"20.6.6.{i}", "mx.example.net") for i in range(1, 4)])
        came = sorted(row["at"] for row in server.log())
        self.assertGreater(min(b - a for a, b in zip(came, came[1:])), 0.45)

    def test_what_is_busy_is_met_again_and_no_more_than_that(self):
        server = self.begin({"20.1.1.1": {"play": "say_at_once", "say": "421 later"}, "20.1.2.1": {"play": "plain"},
                             "20.1.3.1": {"play": "say_after_starttls", "say": "454 not now"}})
        targets = [(f"20.1.{i}.1", "mx.example.net") for i in range(1, 4)]
        found, counts, _ = mailworld.meet(self.folder, targets, "--retry", 2)
        self.assertEqual([(found[address]["outcome"], found[address]["attempts"]) for address, _ in targets],
                         [("busy", 3), ("ready", 1), ("ready", 3)])
        self.assertEqual((counts["connections"], counts["retries"]), (7, 4))
        self.check_manners(server)

    def silence(self, targets, *options, speed=200):
        """Two hundred seconds in one: what ten minutes bring."""
        mailworld.need("faketime")
        lines = "".join(f"{address} {host} {i}\n" for i, (address, host) in enumerate(targets))
        result = harness.run("-f", f"+0 x{speed}", harness.SUPPORT / "mxs_smtp", *options, program="faketime", stdin=lines, timeout_s=60)
        self.assertEqual(result.code, 0, result)
        return {row["address"]: row for row in result.lines() if "address" in row}, result.lines()[-1]

    @unittest.skipIf(harness.SLOW > 1, "skipped: faketime and a sanitizer do not go together")
    def test_a_banner_after_50_s_is_waited_for(self):
        """RFC 5321 gives it five minutes, the default is 60 s: ten of them in one."""
        self.begin({"20.1.1.1": {"play": "plain", "delay": 5}, "20.1.2.1": {"play": "plain", "delay": 9}})
        found, _ = self.silence([("20.1.1.1", "a.example.net"), ("20.1.2.1", "b.example.net")], speed=10)
        self.assertEqual({address: row["outcome"] for address, row in found.items()}, {"20.1.1.1": "ready", "20.1.2.1": "timeout"})
        self.assertGreaterEqual(found["20.1.1.1"]["banner_ms"], 49000)

    @unittest.skipIf(harness.SLOW > 1, "skipped: faketime and a sanitizer do not go together")
    def test_silence_takes_ten_minutes_and_somebody_who_answers(self):
        mailworld.command("ip", "route", "add", "unreachable", "40.0.0.0/8")
        self.addCleanup(mailworld.command, "ip", "route", "del", "unreachable", "40.0.0.0/8")
        server = self.begin({})
        targets = [("20.1.1.1", "a.example.net"), ("40.1.1.1", "b.example.net")]
        found, counts = self.silence(targets, "--retry", 600)
        self.assertEqual({address: (row["outcome"], row["attempts"]) for address, row in found.items()},
                         {"20.1.1.1": ("ready", 1), "40.1.1.1": ("silent", 3)})
        self.assertEqual(counts["connections"], 5, "one of them to see that the way is open")
        found, _ = self.silence(targets, "--retry", 500)
        self.assertEqual(found["40.1.1.1"]["outcome"], "unreachable", "less than ten minutes are not enough")
        found, _ = self.silence(targets[1:], "--retry", 600)
        self.assertEqual(found["40.1.1.1"]["outcome"], "unreachable", "nobody else answered: it may be us")
        server.stop()


if __name__ == "__main__":
    harness.main()
