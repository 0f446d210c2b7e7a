"""The units that are shipped: understood by systemd without a word, and hardly exposed."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("MXS_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNITS = os.path.join(SOURCE, "scripts", "systemd")
EXPOSURE_MAX = 1.5

if shutil.which("systemd-analyze") is None:
    print("skipped: no systemd-analyze here")
    sys.exit(77)


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)


class Units(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mxs-systemd-")
        self.addCleanup(shutil.rmtree, self.folder)
        # An instance of the template whose program is there: verify looks for it.
        with open(os.path.join(UNITS, "mxsurvey@.service")) as unit:
            text = unit.read()
        self.assertIn("/usr/local/bin/mxsurvey", text)
        self.service = os.path.join(self.folder, "mxsurvey@nightly.service")
        self.timer = os.path.join(self.folder, "mxsurvey@nightly.timer")
        with open(self.service, "w") as unit:
            unit.write(text.replace("/usr/local/bin/mxsurvey", "/bin/true"))
        shutil.copy(os.path.join(UNITS, "mxsurvey@.timer"), self.timer)
        self.text = text

    def test_verify_is_clean(self):
        result = analyze("verify", self.service, self.timer)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_they_speak_of_mail_in_the_words_of_today(self):
        for name in os.listdir(UNITS):
            with open(os.path.join(UNITS, name)) as unit:
                self.assertNotRegex(unit.read(), r"(?i)mail exchanger", name)

    def test_exposure_is_low(self):
        result = analyze("security", "--offline=true", self.service)
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", result.stdout)
        self.assertIsNotNone(found, result.stdout + result.stderr)
        self.assertLessEqual(float(found.group(1)), EXPOSURE_MAX)

    def test_a_stopped_scan_is_resumed_and_a_wrong_one_is_not(self):
        """75 must be a failure that restarts: neither a success nor among what prevents a restart."""
        values = dict(re.findall(r"^(\w+)=(.*)$", self.text, re.M))
        self.assertEqual(values["Type"], "oneshot")
        self.assertEqual(values["Restart"], "on-failure")
        self.assertEqual(set(values["RestartPreventExitStatus"].split()), {"1", "2", "130"})
        self.assertEqual(values["SuccessExitStatus"].split(), ["3"])

    def test_a_night_slept_through_is_made_up_for_and_minutes_differ(self):
        with open(self.timer) as unit:
            text = unit.read()
        self.assertIn("Persistent=true", text)
        self.assertRegex(text, r"RandomizedDelaySec=\w+")

    def test_its_state_has_a_folder_and_a_user_of_its_own(self):
        for line in ("DynamicUser=yes", "StateDirectory=mxsurvey/%i", "ProtectSystem=strict"):
            self.assertIn(line, self.text)


if __name__ == "__main__":
    unittest.main()
