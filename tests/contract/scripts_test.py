"""Scripts parse and are linted; completions are valid in their shells and complete what is there; an installation is whole."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

SCRIPTS = sorted((harness.SOURCE / "scripts").glob("*.sh")) + sorted((harness.SOURCE / "scripts/slurm").glob("*.sh")) + [harness.SOURCE / ".ci/run", harness.SOURCE / "tests/by_the_clock.sh"]


def shell(*argv, stdin=None, timeout_s=60 * harness.SLOW):
    return subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False)


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


class FirstHourTest(harness.TestCase):
    """What a newcomer meets, with this machine's own tools replaced by ones that only say what they are told."""

    def fake(self, name, text):
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)

    def run_with(self, *argv, env=None, cwd=None):
        return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=60 * harness.SLOW, check=False, cwd=cwd,
                              stdin=subprocess.DEVNULL, env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", **(env or {})})

    def checkout(self):
        """The scripts in a folder with a blank in its name, and the program where they build it."""
        root = self.folder / "my checkout"
        shutil.copytree(harness.SOURCE / "scripts", root / "scripts")
        (root / "build/release").mkdir(parents=True)
        (root / "build/release/mxsurvey").symlink_to(harness.PROGRAM)
        self.fake("cmake", "exit 0\n")
        self.fake("dpkg-query", "echo 'ii '\n")
        return root

    def quickstart(self, zone, rules=()):
        root = self.checkout()
        (self.folder / "o'clock list.txt").write_text("".join(f"d{i}.test\n" for i in range(10)))
        server = self.serve(zone, rules=rules)
        return self.run_with(root / "scripts/quickstart.sh", "o'clock list.txt", "--system", cwd=self.folder,
                             env={"MXSURVEY_RESOLVER": server.resolvers[0], "MXSURVEY_SERVFAIL_WAIT": "100", "HOME": str(self.folder)})

    ZONE = "".join(f"d{i}.test MX 10 mx.d{i}.test\nmx.d{i}.test A 20.1.1.{i}\n" for i in range(10))

    def test_quickstart_ends_with_a_command_that_works_as_it_stands(self):
        done = self.quickstart(self.ZONE)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("'\\''clock list.txt'", done.stdout)
        self.assertIn("Providers", done.stdout)
        self.assertRegex(done.stdout, r"==> asking 127\.0\.0\.1:\d+, as MXSURVEY_RESOLVER says")
        self.assertNotIn("the system's resolvers", done.stdout)
        self.assertEqual([path.name for path in self.folder.glob("survey.db*")], ["survey.db"])
        line = [line for line in done.stdout.splitlines() if " explain survey.db " in line][0].split(": ", 1)[1].strip()
        self.assertRegex(line, r"explain survey\.db d\d\.test$")
        again = self.run_with("sh", "-c", line, cwd=self.folder)
        self.assertEqual(again.returncode, 0, again)

    def test_quickstart_reports_a_degraded_survey_too(self):
        done = self.quickstart(self.ZONE, rules=["name=d0.test -> servfail", "name=d1.test -> servfail"])
        self.assertEqual(done.returncode, 3, done)
        self.assertIn("Providers", done.stdout)
        self.assertIn("degraded", done.stdout)

    def test_packages_say_what_they_will_fetch_and_take(self):
        self.fake("id", "echo 0\n")
        self.fake("dpkg-query", "exit 1\n")
        for lines in (["Need to get 126 MB of archives.", "After this operation, 267 MB of additional disk space will be used."],
                      ["  Download size: 126 MB", "  Space needed: 267 MB / 20 GB available"]):
            said = "; ".join(f"echo '{line}'" for line in lines)
            self.fake("apt-get", f"case \" $* \" in *' --assume-no '*) {said}; exit 1 ;; esac; echo \"apt-get $*\"\n")
            done = self.run_with(harness.SOURCE / "scripts/packages.sh", "docs")
            self.assertEqual(done.returncode, 0, done)
            for line in lines:
                self.assertIn("packages: " + line.strip(), done.stdout)
            self.assertLess(done.stdout.index("267 MB"), done.stdout.rindex("apt-get"), "said before it is done")

    def test_neither_root_nor_sudo_is_told_what_root_would_type(self):
        self.fake("id", "echo 1000\n")
        self.fake("dpkg-query", "exit 1\n")
        for name in ("sh", "env", "dirname", "cat", "sed"):
            (self.folder / "bin" / name).symlink_to(shutil.which(name))
        done = self.run_with("/bin/sh", harness.SOURCE / "scripts/packages.sh", "docs", env={"PATH": f"{self.folder}/bin"})
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("as root: apt-get install --no-install-recommends scdoc man-db sqlite3", done.stderr)

    def test_browser_tests_give_npms_own_reason_and_wait_for_it_once(self):
        self.fake("npm", f"echo . >>{self.folder}/asked; echo 'npm ERR! code E403' >&2; exit 1\n")
        code = ("import sys; sys.path.insert(0, sys.argv[1]); import page_test; print(page_test.install(sys.argv[2]));"
                "print(page_test.install(sys.argv[2]))")
        done = self.run_with(sys.executable, "-B", "-c", code, harness.SOURCE / "tests/browser", self.folder / "npm folder")
        self.assertEqual(done.stdout.split("\n")[:2], ["npm ERR! code E403"] * 2, done)
        self.assertEqual((self.folder / "asked").read_text(), ".\n")

    def test_readme_says_how_to_get_it_and_how_root_installs_it(self):
        text = (harness.SOURCE / "README.md").read_text()
        self.assertIn("git clone", text)
        self.assertNotRegex(text, r"`[^`]*sudo cmake --install[^`]*`", "root of a small machine has no sudo")


class InstallTest(harness.TestCase):
    BUILD = pathlib.Path(os.environ.get("MXS_BUILD", harness.SOURCE / "build/asan"))

    def test_a_path_with_a_blank_and_no_criterion(self):
        source, build = self.folder / "my checkout", self.folder / "my build"
        source.symlink_to(harness.SOURCE)
        finder = self.folder / "pkg-config"
        finder.write_text('#!/bin/sh\ncase "$*" in *criterion*) exit 1 ;; esac\nexec pkg-config "$@"\n')
        finder.chmod(0o755)
        # What the compiler takes is known from this build, and need not be probed again.
        cache = (self.BUILD / "CMakeCache.txt").read_text() if (self.BUILD / "CMakeCache.txt").exists() else ""
        known = [f"-D{name}={value}" for name, value in re.findall(r"^(MXS_HAS[^:]+):INTERNAL=(.*)$", cache, re.M)]
        done = shell("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DPKG_CONFIG_EXECUTABLE={finder}", *known, timeout_s=300 * harness.SLOW)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("built without tests: Criterion is not installed", done.stdout)
        # What ninja would do to make completions and manual, with the program of this build in its place.
        (build / "mxsurvey").symlink_to(harness.PROGRAM)
        made = re.findall(r"COMMAND = (.*(?:completion bash|manual\.sh).*)", (build / "build.ninja").read_text())
        self.assertTrue(made)
        for command in made:
            done = shell("sh", "-c", command.replace("$ ", " ").replace("$:", ":").replace("$$", "$"))
            self.assertEqual(done.returncode, 0, done)
        self.assertIn("mxsurvey", (build / "completions/_mxsurvey").read_text())

    def test_what_is_installed_is_whole_and_the_build_keeps_nothing_of_it(self):
        if not (self.BUILD / "completions/mxsurvey").exists():
            self.skipTest("skipped: the target completions is not built")
        # Files alone, and none of ninja's: what runs beside this test makes and removes its own in the folders, and contract.headers builds.
        before = {path: path.stat().st_mtime_ns for path in self.BUILD.iterdir()
                  if path.name != "install_manifest.txt" and not path.name.startswith(".ninja") and path.is_file()}
        done = subprocess.run(["cmake", "--install", self.BUILD, "--prefix", "/usr"], capture_output=True, text=True, timeout=60 * harness.SLOW, check=False,
                              env={**os.environ, "DESTDIR": str(self.folder / "my root")})
        self.assertEqual(done.returncode, 0, done)
        after = {path: path.stat().st_mtime_ns for path in before}
        self.assertEqual(before, after)
        root = self.folder / "my root/usr"
        for path in ("bin/mxsurvey", "lib/systemd/system/mxsurvey@.service", "share/bash-completion/completions/mxsurvey",
                     "share/fish/vendor_completions.d/mxsurvey.fish", "share/doc/mxsurvey/README.md", "share/doc/mxsurvey/docs/manual.md", "share/mxsurvey/probe.html"):
            self.assertTrue((root / path).exists(), path)
        self.assertEqual(len(list(root.glob("share/zsh/*/_mxsurvey"))), 1)
        if shutil.which("scdoc"):
            self.assertEqual(sorted(path.name for path in root.glob("share/man/man*/*")), ["mxsurvey-manual.7", "mxsurvey-views.5", "mxsurvey.1"])
            for page in root.glob("share/man/man*/*"):
                self.assertTrue(page.read_text().startswith("'\\\" t\n"), "man is told of tables")
        unit = (root / "lib/systemd/system/mxsurvey@.service").read_text()
        self.assertIn("ExecStart=/usr/bin/mxsurvey ", unit)
        self.assertNotIn("/usr/local", unit)
        documented = re.search(r"^Documentation=file://(\S+)", unit, re.M)[1]
        self.assertTrue((self.folder / ("my root" + documented)).exists(), documented)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "skipped: a read-only mount needs root")
    def test_a_read_only_checkout_is_told_in_a_sentence(self):
        for name in ("quickstart.sh", "test.sh"):
            done = shell("unshare", "-m", "sh", "-c", 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$1/scripts/$2"', "sh",
                         harness.SOURCE, name)
            if "mount:" in done.stderr or "unshare:" in done.stderr:
                self.skipTest(f"skipped: {done.stderr}")
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("may not be written", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done)


class CompletionTest(harness.TestCase):
    TEXTS = {}

    def script(self, name):
        path = self.folder / f"completion.{name}"
        if name not in self.TEXTS:
            done = harness.run("completion", name)
            self.assertEqual(done.code, 0, done)
            self.TEXTS[name] = done.out
        path.write_text(self.TEXTS[name])
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

    def test_bash_offers_what_the_program_knows(self):
        self.assertIn("providers", self.complete("report", "survey.db", ""))
        self.assertEqual(self.complete("report", "--format", "csv", "survey.db", "concentr"), ["concentration"])
        self.assertIn("findings", self.complete("report", "survey.db", "providers", "summary", "states", "find"))
        self.assertEqual(self.complete("report", "prov"), [], "the first is a database")
        self.assertEqual(self.complete("report", "--code", "single_h"), ["single_host"])
        self.assertEqual(self.complete("export", "--finding", "backup_deco"), ["backup_decorative"])
        for name, command in (("caa_no_mail_certificates", ("export", "--finding")), ("no_server_answers", ("report", "--code"))):
            self.assertEqual(self.complete(*command, name[:-1]), [name], "a finding of a check")
        self.assertEqual(self.complete("outage", "survey.db", "pro"), ["provider"])
        self.assertEqual(self.complete("diff", "survey.db", "--kind", "receives_no"), ["receives_no_more"])
        self.assertEqual(self.complete("scan", "--checks", "tr"), ["transport"])
        self.assertEqual(self.complete("lookup", "--checks", "mx,host,au"), ["mx,host,auth"])
        self.assertEqual(self.complete("plan", "--checks", "al"), ["all"])

    def test_what_is_offered_is_understood(self):
        checks = [word for word in self.complete("scan", "--checks", "") if word != "smtp"]
        done = harness.run("plan", "-r", "127.0.0.1", "--checks", ",".join(checks), "-", stdin="a.test\n")
        self.assertEqual(done.code, 0, done)
        for kind in self.complete("diff", "x.db", "--kind", ""):
            done = harness.run("diff", "/nonexistent.db", "--kind", kind)
            self.assertNotIn("kind of change", done.err)

    @unittest.skipUnless(shutil.which("fish"), "skipped: no fish here")
    def test_fish_offers_them_too(self):
        path = self.script("fish")
        for line, word in (("report survey.db conc", "concentration"), ("outage survey.db pro", "provider"), ("scan --checks tr", "transport")):
            done = shell("fish", "--no-config", "-c", f"source '{path}'; complete -C 'mxsurvey {line}'")
            self.assertIn(word, [offered.split("\t")[0] for offered in done.stdout.splitlines()], done)


if __name__ == "__main__":
    harness.main()
