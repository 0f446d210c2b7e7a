"""Shards on engines that people have: GNU parallel as it is, and the scripts of Slurm with the environment that Slurm sets."""
import os
import shutil
import subprocess
import unittest

import harness

NAMES = [f"{host}city{i}.test" for i in range(40) for host in ("", "www.")]
SSHD = "/usr/sbin/sshd"
SCRIPTS = harness.SOURCE / "scripts"


class Grid(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve("".join(f"{name} MX 10 mx.p.test\n" for name in NAMES) + "mx.p.test A 20.0.0.1\n")
        self.list = self.list_file(NAMES)
        self.out, self.scratch = self.folder / "out.db", self.folder / "scratch"
        self.scratch.mkdir()
        self.assertEqual(self.scan(self.list, self.server, "-q", "--checks", "mx,host").code, 0)
        self.options = ("-r", self.server.resolvers[0], "--checks", "mx,host")

    def script(self, *argv, code=0, **more):
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=120 * harness.SLOW, check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, "MXSURVEY": str(harness.PROGRAM), "TMPDIR": str(self.scratch), **more})
        self.assertEqual(done.returncode, code, done)
        return done

    def equal(self):
        self.assertEqual(self.content(db=self.out), self.content())


class FinishTo(Grid):
    def test_the_finished_database_moves(self):
        kept, db = self.scratch / "kept.db", self.folder / "a.db"
        self.assertEqual(self.scan(self.list, self.server, "-q", "--finish-to", kept, "--checks", "mx,host", db=db).code, 0)
        self.assertFalse(db.exists())
        self.assertEqual(self.content(db=kept), self.content())
        self.assertEqual([p.name for p in self.scratch.iterdir()], ["kept.db"])

    def test_onto_another_file_system(self):
        kept = harness.pathlib.Path("/dev/shm") / f"mxs-{os.getpid()}.db"
        if os.stat("/dev/shm").st_dev == os.stat(self.folder).st_dev:
            self.skipTest("skipped: /dev/shm is no other file system here")
        self.addCleanup(lambda: kept.unlink(missing_ok=True))
        db = self.folder / "a.db"
        self.assertEqual(self.scan(self.list, self.server, "-q", "--finish-to", kept, "--checks", "mx,host", db=db).code, 0)
        self.assertFalse(db.exists())
        self.assertEqual(self.content(db=kept), self.content())

    def test_what_would_be_lost_is_refused(self):
        kept, db = self.folder / "kept.db", self.folder / "a.db"
        kept.write_bytes(self.db.read_bytes())
        result = self.scan(self.list, self.server, "--finish-to", kept, db=db)
        self.assertEqual(result.code, 2, result)
        self.assertIn("would be lost", result.err)
        self.assertEqual(kept.read_bytes(), self.db.read_bytes())
        shutil.copy(kept, db)
        self.assertEqual(self.scan(self.list, self.server, "-q", "--finish-to", kept, "--checks", "mx,host", db=db).code, 0)
        self.assertEqual(self.one("SELECT count(*) FROM v_run", db=kept), 2)
        result = self.scan(self.list, self.server, "--finish-to", self.folder / "none" / "x.db", db=self.folder / "b.db")
        self.assertEqual(result.code, 2, result)

    def test_a_scan_that_stops_early_stays_where_it_is(self):
        kept, db = self.folder / "kept.db", self.folder / "a.db"
        options = ("-q", "--finish-to", kept, "--checks", "mx,host")
        self.assertEqual(self.scan(self.list, self.server, "--rate", "10", "--time-limit", "1", *options, db=db).code, 75)
        self.assertTrue(db.exists() and not kept.exists())
        self.assertEqual(self.scan(self.list, self.server, *options, db=db).code, 0)
        self.assertEqual(self.content(db=kept), self.content())


@unittest.skipUnless(shutil.which("parallel"), "skipped: GNU parallel is not installed")
class Parallel(Grid):
    def test_shards_and_their_merge(self):
        self.script(SCRIPTS / "parallel.sh", 4, self.out, self.list, *self.options, PARALLEL_OPTIONS="--jobs 4")
        self.equal()
        self.assertFalse((self.folder / "out.db.shards").exists())

    def test_what_is_there_is_not_scanned_again(self):
        shards = self.folder / "out.db.shards"
        shards.mkdir()
        self.assertEqual(self.scan(self.list, self.server, "-q", "--shard", "2/3", "--checks", "mx,host", db=shards / "2-of-3.db").code, 0)
        (shards / "2-of-3.db").chmod(0o400)
        self.script(SCRIPTS / "parallel.sh", 3, self.out, self.list, *self.options, PARALLEL_OPTIONS="--jobs 1")
        self.equal()

    def test_wrong_use(self):
        self.script(SCRIPTS / "parallel.sh", 0, self.out, self.list, code=2)
        self.script(SCRIPTS / "parallel.sh", code=2)
        self.assertIn("parallel.sh N OUT LIST", self.script(SCRIPTS / "parallel.sh", "--help").stdout)


@unittest.skipUnless(shutil.which("parallel") and os.access(SSHD, os.X_OK) and shutil.which("ssh"), "skipped: GNU parallel or OpenSSH is not installed")
class ParallelOverSsh(Grid):
    """Two machines that are this one: ssh talks to an sshd of its own for each login, through a pipe, with a clean environment."""

    def setUp(self):
        super().setUp()
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / key], check=True)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)  # Debian's sshd wants it, its service makes it
        self.log = self.folder / "sshd.log"
        self.server_file = self.write("sshd_config", f"HostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/user.pub\nStrictModes no\nUsePAM no\n"
                                      "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nLogLevel VERBOSE\n")
        self.client_file = self.write("ssh_config", f"Host one two\n  IdentityFile {self.folder}/user\n  IdentitiesOnly yes\n  BatchMode yes\n"
                                      f"  UserKnownHostsFile {self.folder}/known\n  StrictHostKeyChecking accept-new\n"
                                      f"  ProxyCommand sh -c 'echo %n >> {self.folder}/logins; exec {SSHD} -i -f {self.server_file} -E {self.log}'\n")
        self.over = {"PARALLEL_OPTIONS": "--sshlogin 1/one,1/two --jobs 1", "PARALLEL_SSH": f"ssh -F {self.client_file}"}

    def test_shards_on_two_machines_and_their_merge(self):
        self.script(SCRIPTS / "parallel.sh", 4, self.out, self.list, *self.options, **self.over)
        self.equal()
        self.assertFalse((self.folder / "out.db.shards").exists())
        self.assertEqual(set((self.folder / "logins").read_text().split()), {"one", "two"}, "both were used")
        self.assertIn("Accepted publickey", self.log.read_text())

    def test_options_with_blanks_and_quotes_arrive_as_they_were_given(self):
        path = self.write("a list; of 'names'.csv", "domain,Our region\n" + "".join(f"{name},it's $HOME\n" for name in NAMES))
        self.script(SCRIPTS / "parallel.sh", 2, self.out, path, *self.options, "--keep", "Our region", **self.over)
        self.assertEqual(self.rows("SELECT DISTINCT facet, value FROM v_facet", db=self.out), [("Our region", "it's $HOME")])

    def test_a_machine_that_cannot_be_reached_loses_no_shard(self):
        self.over["PARALLEL_OPTIONS"] = "--sshlogin 1/one,1/none.invalid --jobs 1 --retries 3"
        self.script(SCRIPTS / "parallel.sh", 2, self.out, self.list, *self.options, **self.over)
        self.equal()


class Slurm(Grid):
    """The scripts alone, with what Slurm sets; scontrol says what it is told."""

    def task(self, number, *options, code=0, count=3, **more):
        fake = self.folder / "bin"
        fake.mkdir(exist_ok=True)
        (fake / "scontrol").write_text(f"#!/bin/sh\necho \"$@\" >> {self.folder}/scontrol\n")
        (fake / "scontrol").chmod(0o755)
        return self.script(SCRIPTS / "slurm/scan.sh", self.list, self.folder / "shards", *self.options, *options, code=code, SLURM_ARRAY_JOB_ID="77",
                           SLURM_ARRAY_TASK_ID=str(number), SLURM_ARRAY_TASK_MIN="1", SLURM_ARRAY_TASK_MAX=str(count), SLURM_ARRAY_TASK_STEP="1",
                           SLURM_ARRAY_TASK_COUNT=str(count), PATH=f"{fake}:{os.environ['PATH']}", **more)

    def test_an_array_one_task_of_which_runs_out_of_time(self):
        self.task(1)
        self.task(2, "--rate", "12", "--time-limit", "1", code=75)
        self.assertEqual((self.folder / "scontrol").read_text(), "requeue 77_2\n")
        self.assertEqual(sorted(p.name for p in (self.folder / "shards").iterdir()), ["1.db", "2.unfinished.db"])
        self.assertEqual(list(self.scratch.iterdir()), [])
        self.task(2)
        self.assertEqual(self.rows("SELECT run_id, state FROM v_run", db=self.folder / "shards/2.db"), [(1, "complete")])
        self.task(3)
        self.task(3)  # is there already
        self.assertEqual(sorted(p.name for p in (self.folder / "shards").glob("*.db")), ["1.db", "2.db", "3.db"])
        self.script(SCRIPTS / "slurm/merge.sh", self.folder / "shards", self.out)
        self.equal()
        self.assertEqual(list(self.scratch.iterdir()), [])


if __name__ == "__main__":
    harness.main()
