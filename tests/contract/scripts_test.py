"""Scripts parse and are linted; completions are valid in their shells and complete what is there; an installation is whole."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

SCRIPTS = sorted((harness.SOURCE / "scripts").glob("*.sh")) + [harness.SOURCE / ".ci/run"]


def shell(*argv, stdin=None):
    return subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True, timeout=60, check=False)


class ScriptsTest(harness.TestCase):
    def test_every_script_parses_and_can_be_run(self):
        for path in SCRIPTS:
            self.assertTrue(os.access(path, os.X_OK), path)
            self.assertEqual(shell("sh", "-n", path).returncode, 0, path)

    @unittest.skipUnless(shutil.which("shellcheck"), "skipped: no shellcheck here")
    def test_shellcheck_has_nothing_to_say(self):
        done = shell("shellcheck", "--severity=warning", *SCRIPTS)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_no_package_stands_in_two_groups(self):
        groups = ["build", "docs", "test", "shells", "bench", "browser"]
        names = shell(harness.SOURCE / "scripts/packages.sh", "--list", *groups).stdout.split()
        self.assertGreater(len(names), 30)
        self.assertEqual(len(names), len(set(names)))

    def test_wrong_use_is_refused(self):
        self.assertEqual(shell(harness.SOURCE / "scripts/packages.sh", "--list", "biuld").returncode, 2)
        self.assertEqual(shell(harness.SOURCE / "scripts/packages.sh", "biuld").returncode, 2)
        self.assertEqual(shell(harness.SOURCE / "scripts/quickstart.sh", "/nonexistent/list").returncode, 2)
        self.assertIn("quickstart.sh LIST", shell(harness.SOURCE / "scripts/quickstart.sh", "--help").stdout)


class CompletionTest(harness.TestCase):
    def script(self, name):
        path = self.folder / f"completion.{name}"
        done = harness.run("completion", name)
        self.assertEqual(done.code, 0, done)
        path.write_text(done.out)
        return path

    def test_shells_accept_them(self):
        for name in ("bash", "zsh", "fish"):
            if shutil.which(name) is None:
                print(f"skipped: no {name} here")
                continue
            done = shell(name, "-n", self.script(name))
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)

    def complete(self, *words):
        """What bash would offer for the last word."""
        line = " ".join(f"'{word}'" for word in words)
        done = shell("bash", "-c", f"source '{self.script('bash')}'; COMP_WORDS=(mxsurvey {line}); "
                     f"COMP_CWORD={len(words)}; _mxsurvey; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_bash_offers_commands_options_and_choices(self):
        self.assertEqual(self.complete("sca"), ["scan"])
        self.assertEqual(sorted(self.complete("scan", "--resolver")), ["--resolver", "--resolver-rate", "--resolvers"])
        self.assertEqual(self.complete("scan", "--sandbox", "re"), ["require"])
        self.assertEqual(self.complete("completion", "f"), ["fish"])
        self.assertIn("report", self.complete("help", ""))
        self.assertEqual(self.complete("nonsense", "--x"), [])


if __name__ == "__main__":
    harness.main()
