"""Every command the README shows does what it shows.

A fenced block marked `console` is a session: a line `$ COMMAND` is run, what follows it up to the next is its output
(shown for the reader, not compared: figures move). Lines ending in a backslash go on. A command must exit 0, or as a
trailing comment says: `$ mxsurvey diff survey.db --exit-code   # exits 4`.

All blocks run in order in one folder. `mxsurvey` is on the PATH, `domains.txt` is a sample of 400 domains, and the
resolver is a loopback server that knows them; so a scan into `survey.db` early in the README feeds what follows it.
The scripts that build or install (`./scripts/...`, cmake, apt, git, sudo) are not run here, other tests do: they must
exist and parse.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

README = harness.SOURCE / "README.md"
ELSEWHERE = ("cmake", "ctest", "apt", "apt-get", "sudo", "git", "systemctl", "docker", "crontab")


def sessions(text):
    """[(line number, command, expected exit code)]"""
    found, inside, pending = [], False, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside, pending = line[3:].strip() == "console", ""
        elif inside and (line.startswith("$ ") or pending):
            pending += line[2:] if line.startswith("$ ") else line.strip()
            if pending.endswith("\\"):
                pending = pending[:-1]
                continue
            match = re.search(r"#\s*exits (\d+)\s*$", pending)
            found.append((number, pending, int(match.group(1)) if match else 0))
            pending = ""
    return found


class ReadmeTest(harness.TestCase):
    def setUp(self):
        super().setUp()
        if not README.exists():
            self.skipTest("skipped: there is no README.md yet")
        made = harness.run("--list", self.folder / "domains.txt", "--zone", self.folder / "zone", "--count", 400,
                           program=harness.SUPPORT / "mxs_sample")
        self.assertEqual(made.code, 0, made)
        server = self.serve((self.folder / "zone").read_text())
        (self.folder / "zone").unlink()
        (self.folder / "bin").mkdir()
        (self.folder / "bin/mxsurvey").symlink_to(harness.PROGRAM)
        self.env = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": str(self.folder),
                    "XDG_CONFIG_HOME": str(self.folder), "MXSURVEY_RESOLVER": server.resolvers[0]}

    def check_script(self, command):
        words = command.split()
        if words[0].startswith("./scripts/"):
            path = harness.SOURCE / words[0]
            self.assertTrue(os.access(path, os.X_OK), f"{path} is not there or cannot be run")
            subprocess.run(["bash", "-n", path], check=True)
            return True
        return words[0] in ELSEWHERE

    def test_what_it_links_to_is_there_and_installed_beside_it(self):
        rules = (harness.SOURCE / "cmake/install.cmake").read_text()
        for path in set(re.findall(r"\]\(([^):#]+)\)", README.read_text())):
            self.assertTrue((harness.SOURCE / path).exists(), path)
            self.assertIn("${CMAKE_SOURCE_DIR}/" + path.split("/")[0], rules, path)

    def test_its_picture_is_what_the_program_draws(self):
        shown = re.findall(r"!\[[^]]+\]\(([^)]+\.svg)\)", README.read_text())
        self.assertTrue(shown)
        for path in shown:
            done = harness.run("scan", "-o", self.db, self.folder / "domains.txt", env=self.env)
            self.assertIn(done.code, (0, 3), done)
            drawn = harness.run("report", self.db, pathlib.Path(path).stem, "--format", "svg").out
            stored = (harness.SOURCE / path).read_text()
            self.assertEqual(stored[stored.index("<style>"):stored.index("</style>")], drawn[drawn.index("<style>"):drawn.index("</style>")])
            self.assertEqual(re.search("<title.*</title>", stored)[0], re.search("<title.*</title>", drawn)[0])

    def test_every_command_runs(self):
        commands = sessions(README.read_text())
        self.assertTrue(commands, "README.md shows no command in a console block")
        bash = shutil.which("bash")
        for number, command, code in commands:
            with self.subTest(line=number, command=command):
                if self.check_script(command):
                    continue
                done = subprocess.run([bash, "-c", command], cwd=self.folder, env=self.env, capture_output=True,
                                      stdin=subprocess.DEVNULL, timeout=60 * harness.SLOW, check=False)
                said = (done.stdout + done.stderr).decode(errors="replace")
                self.assertEqual(done.returncode, code, f"README.md:{number}: {command}\n{said[-3000:]}")
                self.assertIsNone(harness.SANITIZER.search(said), said[-5000:])


class SessionsTest(harness.TestCase):
    def test_reads_blocks(self):
        text = "```console\n$ a b\nout\n$ c \\\n    d   # exits 4\n```\n```\n$ no\n```\n```console\n$ e\n```\n"
        self.assertEqual(sessions(text), [(2, "a b", 0), (5, "c d   # exits 4", 4), (11, "e", 0)])


if __name__ == "__main__":
    harness.main()
