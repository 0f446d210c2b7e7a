"""The units under a running systemd: booted in a container over this machine's own files, which are read and not written, or over those of
MXS_UNIT_ROOT, where the package is installed (scripts/package-test.sh).

The timer fires, a scan that is killed is taken up again, the hook runs as the unit's own user, an Unbound of the scan's own starts under the
unit's restrictions, and the exposure is low. Skipped, saying why, where
no container can be booted, and with sanitizers, whose shadow memory the unit does not allow.
"""
import os
import re
import shutil
import subprocess

import harness

UNITS = harness.SOURCE / "scripts/systemd"
ROOT = os.environ.get("MXS_UNIT_ROOT", "/")
PROGRAM = "/usr/local/bin/mxsurvey" if ROOT == "/" else "/usr/bin/mxsurvey"
INI = """[scan]
resolver = 127.0.0.1:5399
rate = 1000
servfail-wait = 100
on-finish = head -c 20 > hook.json
"""
# Inside. Every wait has an end.
PROBE = """exec >/out/log 2>&1
ip link set lo up
mxs_sample --list /etc/mxsurvey/nightly.txt --zone /root/zone --count 3000
mxs_internet --list 300 --sound >/etc/mxsurvey/own.txt
mxs_server --seconds 300 --port 5399 --zone /root/zone --default nxdomain </dev/zero &
systemctl start mxsurvey@nightly.timer
for i in $(seq 200); do
    [ "$(sqlite3 -readonly $DB 'SELECT count(*) > 0 FROM v_run' 2>/dev/null)" = 1 ] && systemctl is-active mxsurvey@nightly.service | grep -q activating && break
    sleep 0.1
done
systemctl stop mxsurvey@nightly.timer
systemctl kill -s KILL mxsurvey@nightly.service
for i in $(seq 300); do [ -s $STATE/hook.json ] && break; sleep 0.2; done
for i in $(seq 100); do systemctl is-active mxsurvey@nightly.service | grep -q inactive && break; sleep 0.1; done
journalctl --no-pager -o cat -u mxsurvey@nightly.service
sleep 300 | mxs_internet --hints /etc/mxsurvey/root.hints --sound --seconds 300 >/root/ready &
for i in $(seq 100); do grep -q ready /root/ready && break; sleep 0.1; done
systemctl start mxsurvey@own.service
journalctl --no-pager -o cat -u mxsurvey@own.service
echo "own: $(mxsurvey export /var/lib/private/mxsurvey/own/survey.db | grep -c '"state":"mx"') of $(grep -c . /etc/mxsurvey/own.txt)"
echo "own: unbound $(ls /var/lib/private/mxsurvey/own | tr '\\n' ' ') left $(pgrep -c -x unbound)"
echo "hook: $(tr -d '\\n' <$STATE/hook.json)"
echo "owner: $(stat -c %U:%a $STATE/survey.db)"
mxsurvey runs $STATE/survey.db
systemd-analyze security --no-pager mxsurvey@nightly.service | tail -1
echo "DONE"
systemctl poweroff --force
"""
# Outside, in a mount namespace of its own, so that nothing stays mounted.
BOOT = """set -e
mount -t tmpfs -o size=400m tmpfs "$1/box"
mkdir "$1/box/up" "$1/box/work" "$1/box/root"
mount -t overlay -o "lowerdir=$2,upperdir=$1/box/up,workdir=$1/box/work" overlay "$1/box/root"
root=$1/box/root
rm -rf "$root"/etc/systemd/system/*.wants "$root/etc/machine-id"
cp -r "$1/files/." "$root/"
ln -sf probe.target "$root/etc/systemd/system/default.target"
exec timeout 120 systemd-nspawn -q -D "$root" --bind="$1/out:/out" --boot --register=no --keep-unit --private-network --console=pipe </dev/null
"""


class UnitTest(harness.TestCase):
    def put(self, path, text):
        path = self.folder / "files" / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def fill(self):
        for name in ("box", "out", "files/usr/local/bin"):
            (self.folder / name).mkdir(parents=True)
        state = "/var/lib/private/mxsurvey/nightly"
        self.put("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        self.put("etc/mxsurvey.ini", INI)
        self.put("root/probe.sh", f"STATE={state} DB={state}/survey.db\n" + PROBE)
        if ROOT == "/":
            shutil.copy(harness.PROGRAM, self.folder / "files/usr/local/bin/mxsurvey")
            for name in ("mxsurvey@.service", "mxsurvey@.timer"):
                self.put(f"etc/systemd/system/{name}", (UNITS / name).read_text())
        self.put("etc/systemd/system/mxsurvey@.service.d/soon.conf", "[Service]\nRestartSec=1s\n")
        self.put("etc/systemd/system/mxsurvey@.timer.d/soon.conf",
                 "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\nRandomizedDelaySec=0\nAccuracySec=100ms\n")
        self.put("etc/systemd/system/mxsurvey@own.service.d/own.conf", f"""[Service]
ExecStart=
ExecStart={PROGRAM} scan --db %S/mxsurvey/own/survey.db --sandbox auto --recursor --recursor-hints /etc/mxsurvey/root.hints /etc/mxsurvey/own.txt
Restart=no
""")
        self.put("etc/systemd/system/probe.service", "[Service]\nExecStart=/bin/sh /root/probe.sh\n")
        self.put("etc/systemd/system/probe.target", "[Unit]\nRequires=basic.target\nAfter=basic.target\nWants=probe.service\nAllowIsolate=yes\n")
        for name in ("mxs_sample", "mxs_server", "mxs_internet"):
            shutil.copy(harness.SUPPORT / name, self.folder / "files/usr/local/bin")
        (self.folder / "files/etc/mxsurvey").mkdir(parents=True)

    def test_a_night_fires_is_killed_resumes_and_calls_its_hook(self):
        if os.environ.get("MXS_SANITIZE"):
            self.skipTest("skipped: not with sanitizers")
        if os.geteuid() != 0 or not shutil.which("systemd-nspawn") or not os.path.exists("/lib/systemd/systemd") or not shutil.which("sqlite3"):
            self.skipTest("skipped: needs root, systemd, systemd-nspawn (systemd-container) and sqlite3")
        self.fill()
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", BOOT, "sh", str(self.folder), ROOT], capture_output=True,
                              text=True, timeout=150, check=False)
        log = self.folder / "out/log"
        if not log.exists():
            self.skipTest(f"skipped: no container can be booted here: {(done.stdout + done.stderr)[-500:]}")
        text = log.read_text()
        self.assertIn("DONE", text, text)
        self.assertRegex(text, r"code=killed, status=9/KILL")
        self.assertRegex(text, r"resuming run 1 of list nightly")
        self.assertIn('hook: {"schema_version"', text)
        self.assertRegex(text, r"owner: (?!root)\S+:640")
        self.assertRegex(text, r"(?m)^ +1  nightly  complete ")
        own = re.search(r"own: (\d+) of 300", text)
        self.assertTrue(own and int(own.group(1)) > 200, text)
        self.assertRegex(text, r"own: unbound .*survey\.db\.recursor\.log .*left 0")
        self.assertLessEqual(float(re.search(r"exposure level for \S+: ([0-9.]+)", text).group(1)), 1.5)


if __name__ == "__main__":
    harness.main()
