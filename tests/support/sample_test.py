"""The sample is what the quickstart promises: the same every time, 10,000 names, every kind of domain, servable."""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402


class SampleTest(harness.TestCase):
    def make(self, name, *options):
        paths = self.folder / f"{name}.txt", self.folder / f"{name}.zone"
        done = harness.run("--list", paths[0], "--zone", paths[1], *options, program=harness.SUPPORT / "mxs_sample")
        self.assertEqual(done.code, 0, done)
        return paths

    def test_is_the_same_every_time(self):
        first, second = self.make("one", "--count", 500), self.make("two", "--count", 500)
        for a, b in zip(first, second):
            self.assertEqual(a.read_bytes(), b.read_bytes())

    def test_holds_ten_thousand_names_and_every_kind(self):
        names, zone = self.make("all")
        plain = [line for line in names.read_text().splitlines() if line.isprintable() and "." in line
                 and not set(line) & set("#@/* =!") and not line.endswith(".") and ".." not in line
                 and not line[0].isdigit() and not line.startswith("toolong")]
        self.assertEqual(len(set(plain)), 10000)
        self.assertEqual(sum(not name.isascii() for name in plain), 40)
        server = self.serve(zone.read_text())
        kinds = collections.Counter()
        for name in plain[::5]:
            ascii_name = ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode()
                                  for label in name.split("."))
            answer = harness.ask(server.resolvers[0], ascii_name)
            kinds[(answer.rcode, len(answer.mx))] += 1
        for kind in ((0, 0), (0, 1), (0, 2), (0, 3), (0, 5), (2, 0), (3, 0)):
            self.assertGreater(kinds[kind], 0, kinds)


class NamesTest(harness.TestCase):
    def test_are_distinct_and_the_same_every_time(self):
        one, two = (harness.run(20000, program=harness.SUPPORT / "mxs_names").out for _ in range(2))
        self.assertEqual(one, two)
        names = one.split()
        self.assertEqual(len(set(names)), 20000)
        self.assertEqual(harness.run(10, 19990, program=harness.SUPPORT / "mxs_names").out.split(), names[-10:])


class ResponderTest(harness.TestCase):
    def test_says_what_the_scripted_server_says(self):
        responder = harness.Process([harness.SUPPORT / "mxs_responder", "--threads", 2], self.folder / "responder")
        self.addCleanup(responder.stop)
        harness.wait_until(lambda: "ready" in responder.text(), 10, "responder")
        address, server = responder.text().split()[1], self.serve(generate=10000)
        for name, kind in (("a.com", "MX"), ("zupexi.de", "MX"), ("mx1.mail3.test", "A"), ("mx2.mail3.test", "AAAA"),
                           ("mx2.mail4.test", "AAAA"), ("x.invalid", "A"), ("a.com", "A")):
            fast, scripted = harness.ask(address, name, kind), harness.ask(server.resolvers[0], name, kind)
            self.assertEqual((fast.rcode, fast.mx), (scripted.rcode, scripted.mx), name)
            if kind != "MX":
                self.assertEqual(fast.records, scripted.records, name)


if __name__ == "__main__":
    harness.main()
