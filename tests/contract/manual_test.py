"""What README and manual say is there, and what is there is said: commands, options, environment variables, exit codes."""
import functools
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

# README shows the way in, the manual has the rest.
README = "\n".join((harness.SOURCE / name).read_text() for name in ("README.md", "docs/manual.md"))
# Words with two dashes that belong to other programs.
FOREIGN = {"--preset", "--build", "--install", "--now", "--system"}


@functools.lru_cache(None)
def help_of(*words):
    done = harness.run(*words)
    assert done.code == 0, done
    return done.out


def commands():
    text = help_of("help").split("\nCommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  ([a-z]+) ", text, re.M)


class ManualTest(harness.TestCase):
    def test_every_command_is_in_the_readme_and_no_other(self):
        shown = re.findall(r"^\| `mxsurvey ([a-z]+)[^`]*` \|", README, re.M)
        self.assertEqual(sorted(shown), sorted(commands()))

    def test_every_option_of_the_readme_exists(self):
        known = {"--version", "--json", "--help"}
        for command in commands():
            known |= set(re.findall(r"--[a-z][a-z-]*", help_of("help", command)))
        used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README)) - FOREIGN
        self.assertEqual(used - known, set())

    def test_every_check_has_a_row_and_no_other(self):
        """As the program itself names them where a wrong one is asked for."""
        done = harness.run("lookup", "--checks", "nonesuch", "example.org")
        words = re.search(r"use ([a-z0-9_, ]+) or all", done.err)[1].split(", ")
        self.assertIn("mx", words)
        table = README.split("\n## What is asked\n")[1].split("\n\n")
        rows = next(part for part in table if part.startswith("| check |"))
        self.assertEqual(sorted(re.findall(r"^\| `([a-z0-9_]+)` \|", rows, re.M)), sorted([*words, "all"]))

    def test_every_environment_variable_of_the_readme_is_an_option(self):
        for name in re.findall(r"MXSURVEY_[A-Z_]+", README):
            option = "--" + name.removeprefix("MXSURVEY_").lower().replace("_", "-")
            self.assertTrue(any(option in help_of("help", command) for command in commands()), name)

    def test_help_is_the_same_by_both_ways_and_fits_the_terminal(self):
        for command in commands():
            self.assertEqual(help_of("help", command), help_of(command, "--help"))
            for line in help_of("help", command).split("Usage:")[1].splitlines():
                self.assertLessEqual(len(line), 80, f"{command}: {line}")

    def test_examples_of_help_use_options_that_exist(self):
        for command in commands():
            text = help_of("help", command)
            for line in re.findall(rf"^  .*mxsurvey {command} .*$", text.split("Usage:")[0], re.M):
                for option in re.findall(r"--[a-z][a-z-]*", line):
                    self.assertIn(option, text.split("Usage:")[1], line)

    def test_doctor_lists_what_it_looks_at_and_takes_what_scan_takes(self):
        text = help_of("help", "doctor")
        for option in ("--on-finish", "--keep", "--new", "--shard", "--seed"):
            self.assertNotRegex(text, rf"(?m)^ .*{option}\b")
        for option in ("--resolver", "--recursor", "--asn-db", "--concurrency", "--sandbox"):
            self.assertRegex(text, rf"(?m)^ .*{option}\b")
        self.assertIn("Every other option of scan is taken, too", text)
        self.assertEqual(harness.run("doctor", "--keep", "Region", "--new", "--on-finish", "true", "--help").code, 0)

    def test_wrong_words_are_refused_with_the_nearest_right_one(self):
        for words, hint in ((["sacn"], "did you mean 'scan'?"), (["scan", "--reslover", "x"], "did you mean --resolver?"),
                            (["help", "reprot"], "did you mean 'report'?"), (["help", "scan", "foo"], "'foo' is one word too many"), (["scan"], "INPUT"), ([], "Usage:")):
            done = harness.run(*words)
            self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertIn(hint, done.err)

    def test_a_domain_where_a_list_belongs_is_told_of_lookup(self):
        done = harness.run("scan", "-r", "127.0.0.1:9", "-o", self.db, "example.org", cwd=self.folder)
        self.assertIn("mxsurvey lookup example.org", done.err)
        done = harness.run("scan", "-r", "127.0.0.1:9", "-o", self.db, "domains.txt", cwd=self.folder)
        self.assertIn("check the path", done.err)
        self.assertNotIn("lookup", done.err)

    def test_a_variable_that_sets_nothing_is_refused(self):
        done = harness.run("doctor", env={"MXSURVEY_RATES": "5"})
        self.assertEqual((done.code, "did you mean MXSURVEY_RATE?" in done.err), (2, True), done)


if __name__ == "__main__":
    harness.main()
