"""The progress line on a terminal: built from what matters most at the width there is. What `runs` and `lookup` say of a scan."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import harness

CLEAR = "\r\x1b[K"


class Terminal:
    """A scan whose standard error is a terminal of so many columns."""

    def __init__(self, columns, arguments):
        self.master, slave = pty.openpty()
        self.resize(columns)
        self.text = ""
        self.process = subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=slave,
                                        preexec_fn=harness.die_with_parent)
        os.close(slave)

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read_until(self, condition, timeout_s=30):
        end = time.monotonic() + timeout_s
        while not condition(self.text) and time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.master, 65536).decode()
                except OSError:
                    break
        assert condition(self.text), self.text[-2000:]

    def lines(self):
        return [line for line in self.text.split(CLEAR)[1:] if line and "\n" not in line]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


class Progress(harness.TestCase):
    def begin(self, columns, rules, count=20000):
        self.server = self.serve("", rules, generate=50)
        arguments = self.scan_arguments([f"x{i}.test" for i in range(count)], self.server, "--checks", "mx", "--health", "off", "--rate", 500)
        terminal = Terminal(columns, arguments)
        self.addCleanup(terminal.close)
        return terminal

    def test_a_line_is_never_wider_than_the_window(self):
        terminal = self.begin(80, [])
        terminal.read_until(lambda text: text.count(CLEAR) > 8)
        self.assertTrue(all(len(line) < 80 for line in terminal.lines()), terminal.lines()[-3:])
        terminal.read_until(lambda text: re.search(r"domains [0-9]+%  [0-9m]+s left in this stage  [0-9]+/s", text))
        terminal.resize(24)
        terminal.text = ""
        terminal.read_until(lambda text: text.count(CLEAR) > 8)
        self.assertTrue(all(len(line) < 24 for line in terminal.lines()[1:]), terminal.lines()[-3:])
        self.assertRegex(terminal.lines()[-1], r"^domains [0-9]+%")
        done = harness.run("runs", self.db)
        for columns in (120, 80, 60):  # how far it is and who does it are whole at any width
            done = harness.run("runs", self.db, env={"COLUMNS": str(columns)})
            self.assertRegex(done.out, r"running \([0-9]+ %\)")
            self.assertIn("Run 1 is running as process %d.\n" % terminal.process.pid, done.out)
            self.assertLessEqual(max(map(len, done.out.split("\nLists of")[0].splitlines())), columns, done.out)
        terminal.text = ""
        terminal.process.send_signal(signal.SIGINT)
        terminal.read_until(lambda text: "stopped: " in text)
        self.assertIn("mxsurvey: stopping: ", terminal.text)
        for line in terminal.text.replace("\r\n", "\n").split("\n"):  # a message takes the place of the line, and never follows it
            said = line.split(CLEAR)[-1]
            self.assertTrue("mxsurvey: " not in said or said.startswith("mxsurvey: "), repr(line))
        self.assertEqual(terminal.process.wait(10), 75)
        done = harness.run("runs", self.db)
        self.assertRegex(done.out, r"stopped \([0-9]+ %\)")
        self.assertIn("mxsurvey scan -o %s" % self.db, done.out)

    def test_a_pause_is_seen_at_any_width(self):
        terminal = self.begin(80, [])
        terminal.read_until(lambda text: text.count(CLEAR) > 8)
        self.assertNotIn("PAUSED", terminal.text)
        self.server.command("down 1")
        terminal.read_until(lambda text: "paused: no resolver answers\r\n" in text)
        for columns, said in ((80, "PAUSED: no resolver answers"), (60, "PAUSED: no resolver answers"), (24, "PAUSED")):
            terminal.resize(columns)
            line = re.compile(r"domains [0-9]+%%  %s(  [^\x1b]*)?" % said)
            fits = lambda text: len(text) < columns and line.fullmatch(text)
            terminal.text = ""
            terminal.read_until(lambda text: len(terminal.lines()) > 3 and all(map(fits, terminal.lines()[-3:])))
        terminal.resize(80)
        self.server.command("up 1")
        terminal.read_until(lambda text: "a resolver answers again: continuing\r\n" in text)
        terminal.read_until(lambda text: "PAUSED" not in terminal.lines()[-1])

    def test_a_file_has_a_line_for_a_pause_and_one_for_its_end(self):
        server = self.serve("", [], generate=50)
        scan = self.scan_begin([f"x{i}.test" for i in range(20000)], server, "--checks", "mx", "--health", "off", "--rate", 500)
        self.wait_for_questions(server, 500)
        server.command("down 1")
        harness.wait_until(lambda: "paused: no resolver answers\n" in scan.text(), 30 * harness.SLOW, "a line: paused")
        server.command("up 1")
        harness.wait_until(lambda: "a resolver answers again: continuing\n" in scan.text(), 30 * harness.SLOW, "a line: a resolver answers again")
        self.assertNotIn("\x1b", scan.text())

    def test_a_killed_scan_is_told_from_one_that_was_stopped(self):
        terminal = self.begin(80, [])
        terminal.read_until(lambda text: text.count(CLEAR) > 12)
        terminal.process.kill()
        terminal.process.wait(10)
        done = harness.run("runs", self.db, "--format", "json")
        self.assertEqual([run["state"] for run in json.loads(done.out)["runs"]], ["killed"])

    def test_lookup_writes_records(self):
        server = self.serve("", [], generate=50)
        done = harness.run("lookup", *self.resolver_options(server), "--format", "json", "one.test")
        self.assertEqual(done.code, 0, done)
        self.assertEqual([json.loads(line)["domain"] for line in done.out.splitlines()], ["one.test"])


if __name__ == "__main__":
    harness.main()
