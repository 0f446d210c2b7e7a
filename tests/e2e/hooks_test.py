"""--on-finish and --on-change: real shell commands, what they are given, and that nothing they do touches the run."""
import json
import shlex

import harness

ZONE = """
a.test MX 10 mx1.mail.test
b.test MX 10 mx1.mail.test
b.test MX 20 mx2.mail.test
c.test MX 10 mx2.mail.test
mx1.mail.test A 20.1.1.1
mx2.mail.test A 20.2.2.2
"""
CHANGED = ZONE.replace("a.test MX 10 mx1", "a.test MX 10 mx2")
NAMES = ["a.test", "b.test", "c.test"]


class Hooks(harness.TestCase):
    def into(self, name):
        """A command that keeps its input in a file, and the file."""
        path = self.folder / name
        return f"cat > {shlex.quote(str(path))}", path

    def scan_world(self, zone, *options, **more):
        return self.scan(NAMES, self.serve(zone), *options, **more)

    def test_a_finished_scan_tells_what_report_tells(self):
        command, path = self.into("finish.json")
        result = self.scan_world(ZONE, "--on-finish", command)
        self.assertEqual(result.code, 0, result)
        told = json.loads(path.read_text())
        self.assertEqual(told, harness.run("report", self.db, "--format", "json").json())
        self.assertEqual(told["accounting"]["accepted"], 3)

    def test_quiet_does_not_silence_hooks(self):
        command, path = self.into("finish.json")
        result = self.scan_world(ZONE, "-q", "--on-finish", command)
        self.assertEqual((result.code, result.out, result.err), (0, "", ""), result)
        self.assertTrue(path.exists())

    def test_a_change_is_told_as_diff_tells_it_and_nothing_else_is(self):
        command, path = self.into("change.json")
        self.assertEqual(self.scan_world(ZONE, "--on-change", command).code, 0)
        self.assertFalse(path.exists(), "a first run has nothing to be compared with")
        self.assertEqual(self.scan_world(ZONE, "--on-change", command).code, 0)
        self.assertFalse(path.exists(), "nothing changed")
        self.assertEqual(self.scan_world(CHANGED, "--on-change", command).code, 0)
        told = json.loads(path.read_text())
        self.assertEqual(told, harness.run("diff", self.db, "--format", "json").json())
        self.assertEqual({(c["domain"], c["kind"]) for c in told["changes"]},
                         {("a.test", "host_added"), ("a.test", "host_removed")})
        self.assertEqual((told["from"]["run"], told["to"]["run"]), (2, 3))

    def test_a_change_is_one_of_the_same_list(self):
        command, path = self.into("change.json")
        self.assertEqual(self.scan_world(ZONE, "--list", "one").code, 0)
        self.assertEqual(self.scan_world(CHANGED, "--list", "two", "--on-change", command).code, 0)
        self.assertFalse(path.exists())

    def test_a_failing_hook_is_said_and_changes_nothing(self):
        before = self.folder / "other.db"
        self.assertEqual(self.scan_world(ZONE, db=before).code, 0)
        result = self.scan_world(ZONE, "--on-finish", "echo gone wrong >&2; exit 7")
        self.assertEqual(result.code, 0, result)
        self.assertIn("--on-finish", result.err)
        self.assertIn("exited with 7", result.err)
        self.assertIn("gone wrong", result.err)
        self.assertEqual(self.content(), self.content(before))
        self.assertEqual(self.one("SELECT state FROM run"), "complete")
        result = self.scan_world(ZONE, "--on-finish", "kill -9 $$")
        self.assertEqual(result.code, 0, result)
        self.assertIn("signal 9", result.err)
        result = self.scan_world(ZONE, "--on-finish", "/nonexistent/command")
        self.assertEqual(result.code, 0, result)
        self.assertIn("exited with 127", result.err)

    def test_a_degraded_scan_tells_and_keeps_its_exit_code(self):
        command, path = self.into("finish.json")
        result = self.scan(["a.test"], self.serve("a.test SERVFAIL\n"), "--servfail-wait", 0, "--on-finish", command + "; exit 1")
        self.assertEqual(result.code, 3, result)
        self.assertTrue(path.exists())

    def test_a_scan_that_stopped_tells_nothing_until_it_is_resumed(self):
        command, path = self.into("finish.json")
        silent = self.serve(ZONE, ["name=*.test type=MX -> drop"])
        result = self.scan(NAMES, silent, "--time-limit", 1, "--on-finish", command)
        self.assertEqual(result.code, 75, result)
        self.assertFalse(path.exists())
        self.assertEqual(self.scan_world(ZONE, "--on-finish", command).code, 0)
        self.assertTrue(path.exists())

    def test_what_a_hook_prints_is_no_data(self):
        result = self.scan_world(ZONE, "-q", "--on-finish", "echo printed")
        self.assertEqual((result.code, result.out), (0, ""), result)
        self.assertIn("printed", result.err)

    def test_a_hook_may_read_and_write_the_database(self):
        self.assertEqual(self.scan_world(ZONE).code, 0)
        program = shlex.quote(harness.PROGRAM)
        database = shlex.quote(str(self.db))
        result = self.scan_world(CHANGED, "--on-finish", f"{program} prune {database} --keep 1", "--on-change",
                                 f"{program} runs {database}")
        self.assertEqual(result.code, 0, result)
        self.assertNotIn("on-finish", result.err)
        self.assertEqual(self.rows("SELECT id FROM run"), [(2,)])

    def test_a_hook_works_from_inside_the_sandbox(self):
        command, path = self.into("elsewhere.json")
        result = self.scan_world(ZONE, "--sandbox", "require", "-v", "--on-finish", command)
        if result.code == 2 and "landlock" in result.err:
            raise harness.unittest.SkipTest("skipped: this kernel has no landlock")
        self.assertEqual(result.code, 0, result)
        self.assertTrue(path.exists())

    def test_a_hook_of_a_configuration_file(self):
        command, path = self.into("finish.json")
        config = self.write("nightly.ini", f"[scan]\non-finish = {command}\n")
        self.assertEqual(self.scan_world(ZONE, "--config", config).code, 0)
        self.assertTrue(path.exists())

    def test_strange_names_arrive_as_they_are(self):
        command, path = self.into("change.json")
        zone = '*.x.test MX 10 mx1.mail.test\nmx1.mail.test A 20.1.1.1\nmx2.mail.test A 20.1.1.2\n'
        names = ["$(touch${IFS}pwned).x.test", "xn--bcher-kva.x.test", "_a-b.x.test"]
        self.assertIn(self.scan(names, self.serve(zone)).code, (0, 3))
        changed = zone.replace("10 mx1", "10 mx2")
        self.assertIn(self.scan(names, self.serve(changed), "--on-change", command).code, (0, 3))
        told = json.loads(path.read_text())
        stored = {name for name, in self.rows("SELECT name FROM domain")}
        self.assertTrue(told["changes"])
        self.assertTrue({c["domain"] for c in told["changes"]} <= stored)


if __name__ == "__main__":
    harness.main()
