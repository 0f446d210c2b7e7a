"""The small internet itself, and the program in front of it through a real recursor."""
import os
import unittest

import harness
import internet


class SmallInternet(internet.TestCase):
    def test_names_have_the_shares_that_were_asked_for(self):
        world = self.world("--share", "dead=0.01", "--share", "lossy=0.1")
        names = world.names(1000)
        self.assertEqual(len(names), 1000)
        ills = list(names.values())
        self.assertEqual((ills.count("dead"), ills.count("lossy"), ills.count("far")), (10, 100, 2))
        self.assertFalse(set(names) & set(world.names(1000, first=10000000)), "a second list is another one")

    def test_a_recursor_finds_what_the_truth_port_says(self):
        world = self.world("--sound", "--near", "1-2", "--usual", "1-10")
        recursor = self.recursor(world, internet.TUNED)
        for name in [*list(world.names(40)), "gmail.com", "mx1.mail7.info", "missing.example", "_dmarc.outlook.com", "co.uk"]:
            for kind in ("MX", "A", "AAAA", "TXT"):
                told, true = (harness.ask(server.resolvers[0], name, kind, timeout_s=5 * harness.SLOW) for server in (recursor, world))
                self.assertIsNotNone(told, (name, kind))
                self.assertEqual((told.rcode, sorted(told.mx), len(told.records)), (true.rcode, sorted(true.mx), len(true.records)),
                                 (name, kind))
        counters = world.counters()
        self.assertGreater(counters["root"], 0)
        self.assertGreater(counters["tld"], 8)
        self.assertEqual((counters["nobody"], counters["unsent"], counters["unreadable"]), (0, 0, 0))

    def test_large_sets_come_by_tcp(self):
        world = self.world("--sound", "--near", "1-2", "--usual", "1-2")
        many = next(name for name in world.names(5000) if (harness.ask(world.truth, name, tcp=True) or 0).mx[79:])
        self.assertTrue(harness.ask(world.truth, many).truncated)
        recursor = self.recursor(world)
        self.assertEqual(len(harness.ask(recursor.resolvers[0], many, tcp=True, timeout_s=5).mx), 80)
        self.assertGreater(world.counters()["tcp"], 0)


class Advice(internet.TestCase):
    """What doctor and plan say of recursors."""

    @unittest.skipIf(os.environ.get("MXS_PLAIN") == "ON", "skipped: elsewhere than on Linux doctor looks at no running Unbound")
    def test_doctor_tells_how_a_packaged_unbound_is_set(self):
        world = self.world("--sound", "--near", "1-2", "--usual", "1-4")
        self.folder.chmod(0o755)
        for options, words in ((internet.PACKAGED, ("set for a household", "longer than 1900 ms is never sent", "{queries} questions at a time",
                                                    "hold 8 MB", "`mxsurvey recursor` prints")),
                               (internet.TUNED + "  serve-expired: yes\n", ("set for a household", "serves expired answers")),
                               (internet.TUNED, ("set as a survey needs it",))):
            recursor = self.recursor(world, options)
            recursor.folder.chmod(0o755)
            result = harness.run("doctor", "-r", recursor.resolvers[0])
            queries = harness.run("-o", "num-queries-per-thread", recursor.folder / "unbound.conf", program=harness.find_daemon("unbound-checkconf")).out.strip()
            for word in words:
                self.assertIn(word.format(queries=queries), result.out)
            recursor.stop()

    def test_doctor_tries_a_recursor_of_its_own(self):
        world = self.world("--sound", "--near", "1-2", "--usual", "1-4")
        result = harness.run("doctor", "--recursor", "--recursor-hints", world.hints)
        for word in ("the root servers answer", "checker accepts", "an Unbound of our own answers after", "recursion yes"):
            self.assertIn(word, result.out)
        world.command("down")
        result = harness.run("doctor", "--recursor", "--recursor-hints", world.hints)
        self.assertEqual(result.code, 1, result)
        self.assertIn("PROBLEM  no root server of --recursor-hints answers", result.out)

    def test_plan_and_lookup_know_it(self):
        world = self.world("--sound", "--near", "1-2", "--usual", "1-4")
        result = harness.run("plan", "--recursor=2", "--checks", "all", self.list_file(["a.test"]))
        self.assertEqual(result.code, 0, result)
        self.assertRegex(result.out, r"an Unbound of our own: 2 threads, \d+ MB of memory at most .*, which validates")
        result = harness.run("lookup", "--recursor", "--recursor-hints", world.hints, "gmail.com")
        self.assertEqual(result.code, 0, result)
        self.assertIn("State mx", result.out)


if __name__ == "__main__":
    internet.main()
