"""Every command that README.md and docs/manual.md show does what they show.

A fenced block marked `console` is a session: a line `$ COMMAND` is run, what follows it up to the next is its output.
Lines ending in a backslash go on. A command must exit 0, or as a trailing comment says:
`$ mxsurvey diff survey.db --exit-code   # exits 4`.

All blocks of a document run in order in one folder. `mxsurvey` is on the PATH, `domains.txt` is a sample, and the resolver is
a loopback server that knows it; so a scan into `survey.db` early in a document feeds what follows it. README's sample is
that of quickstart.sh, 10,000 domains, and its output is compared, line by line: a line `...` stands for any lines, and a date
or a duration is as good as another. The manual runs with 400 domains, and its output is not compared. The scripts that build or
install (`./scripts/...`, cmake, apt, git, sudo) are not run here, other tests do: they must exist and parse.
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
MANUAL = harness.SOURCE / "docs/manual.md"
DOCUMENTS = sorted([README, *(harness.SOURCE / "docs").glob("*.md")])
ELSEWHERE = ("cmake", "ctest", "apt", "apt-get", "sudo", "git", "systemctl", "docker", "crontab")


def sessions(text):
    """[(line number, command, expected exit code, lines of output shown)]"""
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
            found.append((number, pending, int(match.group(1)) if match else 0, []))
            pending = ""
        elif inside and found:
            found[-1][3].append(line)
    return found


def settled(line):
    """A line without what differs from one run to the next: dates, durations, rates, ports."""
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE", line)
    line = re.sub(r"[\d,.]+ (ms|s|names/s)\b", "N", line)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", line).rstrip()


def agrees(shown, real):
    """Whether the lines shown are the real ones, where `...` stands for any number of them."""
    if not shown:
        return True
    pattern = "".join(r"(?:[^\n]*\n)*" if line == "..." else re.escape(settled(line)) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(settled(line) + "\n" for line in real)) is not None


class DocumentTest(harness.TestCase):
    def world(self, count):
        made = harness.run("--list", self.folder / "domains.txt", "--zone", self.folder / "zone", "--count", count,
                           program=harness.SUPPORT / "mxs_sample")
        self.assertEqual(made.code, 0, made)
        server = self.serve((self.folder / "zone").read_text())
        (self.folder / "zone").unlink()
        (self.folder / "bin").mkdir()
        (self.folder / "bin/mxsurvey").symlink_to(harness.PROGRAM)
        self.env = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": str(self.folder), "COLUMNS": "100",
                    "XDG_CONFIG_HOME": str(self.folder), "MXSURVEY_RESOLVER": server.resolvers[0], "MXSURVEY_SERVFAIL_WAIT": "200"}

    def check_script(self, command):
        words = command.split()
        if words[0].startswith("./scripts/"):
            path = harness.SOURCE / words[0]
            self.assertTrue(os.access(path, os.X_OK), f"{path} is not there or cannot be run")
            subprocess.run(["bash", "-n", path], check=True)
            return True
        return words[0] in ELSEWHERE

    def check_document(self, path, compared):
        commands = sessions(path.read_text())
        self.assertTrue(commands, f"{path} shows no command in a console block")
        bash = shutil.which("bash")
        for number, command, code, shown in commands:
            with self.subTest(line=number, command=command):
                if self.check_script(command):
                    continue
                done = subprocess.run([bash, "-c", command], cwd=self.folder, env=self.env, capture_output=True,
                                      stdin=subprocess.DEVNULL, timeout=60 * harness.SLOW, check=False)
                said = (done.stdout + done.stderr).decode(errors="replace")
                self.assertEqual(done.returncode, code, f"{path.name}:{number}: {command}\n{said[-3000:]}")
                self.assertIsNone(harness.SANITIZER.search(said), said[-5000:])
                if compared:
                    real = done.stdout.decode(errors="replace").splitlines()
                    self.assertTrue(agrees(shown, real), f"{path.name}:{number} shows\n" + "\n".join(shown) + "\nand it is\n" + "\n".join(real))

    def test_readme_shows_what_its_commands_print_and_draw(self):
        self.world(10000)
        self.check_document(README, compared=True)
        if not (self.folder / "share.db").exists():
            self.fail("README no longer makes share.db: let the picture be compared with another")
        drawn = harness.run("report", self.folder / "share.db", "mailboxes", "--limit", 8, "--format", "svg").out
        picture = (harness.SOURCE / "docs/mailboxes.svg").read_text()
        self.assertEqual(list(map(settled, picture.splitlines())), list(map(settled, drawn.splitlines())), "./scripts/picture.sh draws it anew")

    def test_every_command_of_the_manual_runs(self):
        self.world(400)
        self.check_document(MANUAL, compared=False)


class LinksTest(harness.TestCase):
    def test_what_documents_link_to_is_there_and_installed_beside_them(self):
        rules = (harness.SOURCE / "cmake/install.cmake").read_text()
        for document in DOCUMENTS:
            for path, anchor in re.findall(r"\]\(([^):#]*)(?:#([^)]*))?\)", document.read_text()):
                target = (document.parent / path).resolve() if path else document
                self.assertTrue(target.exists(), f"{document}: {path}")
                top = target.relative_to(harness.SOURCE.resolve()).parts[0]
                self.assertIn("${CMAKE_SOURCE_DIR}/" + top, rules, f"{document}: {path}")
                if anchor:
                    heads = re.findall(r"^#+ (.*)", target.read_text(), re.M)
                    self.assertIn(anchor, [re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads], document)

    def test_readme_is_short_and_begins_with_commands_and_a_picture(self):
        lines = README.read_text().splitlines()
        self.assertLess(len(lines), 150, "what is long belongs into docs/manual.md")
        screen = "\n".join(lines[:40])
        self.assertIn("$ ./scripts/quickstart.sh", screen)
        self.assertRegex(screen, r"!\[[^]]+\]\(docs/mailboxes\.svg\)")
        self.assertIn("## Three things people do", screen)


class SessionsTest(harness.TestCase):
    def test_reads_blocks(self):
        text = "```console\n$ a b\nout\n$ c \\\n    d   # exits 4\n```\n```\n$ no\n```\n```console\n$ e\n```\n"
        self.assertEqual(sessions(text), [(2, "a b", 0, ["out"]), (5, "c d   # exits 4", 4, []), (11, "e", 0, [])])

    def test_compares_all_but_what_time_changes(self):
        real = ["run 1, 2026-11-25 13:54:38 UTC, 672 ms (14,880 names/s)", "b", "c", "d"]
        self.assertTrue(agrees(["run 1, 2020-01-01 00:00:00 UTC, 1.2 s (9 names/s)", "...", "d"], real))
        self.assertTrue(agrees([real[0], "..."], real))
        self.assertFalse(agrees(["run 2, 2020-01-01 00:00:00 UTC, 1.2 s (9 names/s)", "..."], real))
        self.assertFalse(agrees([real[0], "c", "..."], real))
        self.assertFalse(agrees([real[0]], real))


if __name__ == "__main__":
    harness.main()
