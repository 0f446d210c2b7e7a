"""The small internet itself, and the program in front of it through a real recursor."""
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


if __name__ == "__main__":
    internet.main()
