"""Unbound in front of NSD: the same world through a real recursor."""
import harness

ZONE = "".join(f"n{i}.test MX {10 + i % 3} mx{i % 7}.mail.test\n" for i in range(300)) + \
       "".join(f"mx{i}.mail.test A 20.0.{i}.1\n" for i in range(7)) + """
null.test MX 0 .
implicit.test A 20.1.0.1
broken.test MX 10 gone.test
alias.test CNAME n1.test
""" + "".join(f"many.test MX 10 m{i}.many.test\n" for i in range(398))


class ThroughUnbound(harness.TestCase):
    def test_a_recursor_tells_the_same_as_the_authority(self):
        authority = self.nsd(ZONE)
        recursor = self.unbound(authority)
        names = [f"n{i}.test" for i in range(300)] + ["null.test", "implicit.test", "broken.test", "alias.test", "many.test",
                                                      "missing.test"]
        direct = self.folder / "direct.db"
        for server, db in ((authority, direct), (recursor, self.db)):
            result = self.scan(names, server, "--servfail-wait", 100, db=db, timeout_s=60)
            self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(), self.content(db=direct))
        self.assertEqual(self.one("SELECT count(*) FROM v_mx WHERE domain = 'many.test'"), 398)
        self.assertGreater(self.one("SELECT tcp_connections FROM v_run"), 1, "more than the check of TCP")

    def test_a_dead_authority_is_no_fact(self):
        authority = self.nsd(ZONE)
        recursor = self.unbound(authority)
        authority.stop()
        result = self.scan(["n1.test", "missing.test"], recursor, "--servfail-wait", 100, "--tries", 2, "--timeout", 1000,
                           "--deadline", 3000, "--outage-wait", 5, timeout_s=60)
        if result.code == 1:  # the probe at the start may already meet the silence
            self.assertIn("no resolver answers", result.err)
            self.assertFalse(self.db.exists())
            return
        self.assertEqual(result.code, 3, result)
        self.assertEqual(self.rows("SELECT DISTINCT state FROM v_domain"), [("undetermined",)])


if __name__ == "__main__":
    harness.main()
