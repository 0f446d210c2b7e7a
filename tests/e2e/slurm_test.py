"""Debian's Slurm as it is: munged, slurmctld and slurmd of the test's own, one node, and the scripts of scripts/slurm.

Everything lies in the test's folder (configuration, state, sockets, key) and listens on free ports; nothing of the machine's own Slurm is used.
"""
import os
import re
import shutil
import socket
import subprocess
import time

import harness

NAMES = [f"{host}city{i}.test" for i in range(120) for host in ("", "www.")]
SCRIPTS = harness.SOURCE / "scripts/slurm"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo")
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
CONFIGURATION = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=100000
MinJobAge=600
KillWait=20
ReturnToService=2
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=100 State=UNKNOWN
PartitionName=test Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Slurm(harness.TestCase):
    def setUp(self):
        super().setUp()
        missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
        if missing:
            self.skipTest(f"skipped: {', '.join(missing)} not installed (./scripts/packages.sh grid)")
        if os.geteuid() != 0:
            self.skipTest("skipped: Slurm runs jobs as other users, and so as root only")
        self.server = self.serve("".join(f"{name} MX 10 mx.p.test\n" for name in NAMES) + "mx.p.test A 20.0.0.1\n")
        self.list = self.list_file(NAMES)
        self.slurm, self.shards, self.out = self.folder / "slurm", self.folder / "shards", self.folder / "out.db"
        for name in ("state", "spool", "munge", "scratch"):
            (self.slurm / name).mkdir(parents=True)
        self.begin()

    def daemon(self, name, *argv):
        path = shutil.which(name, path=PATH)
        process = harness.Process([path, *argv], self.slurm / f"{name}.log", env={**os.environ, "SLURM_CONF": str(self.slurm / "slurm.conf")})
        self.addCleanup(process.stop)
        return process

    def begin(self):
        munge = self.slurm / "munge"
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o400)
        munge.chmod(0o755)
        self.daemon("munged", "--foreground", "--force", f"--key-file={munge}/key", f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                    f"--seed-file={munge}/seed", f"--log-file={munge}/log")
        harness.wait_until(lambda: (munge / "socket").exists(), 20 * harness.SLOW, "munged listens")
        text = CONFIGURATION.format(host=socket.gethostname().split(".")[0], folder=self.slurm, control=harness.free_port(), node=harness.free_port())
        (self.slurm / "slurm.conf").write_text(text, encoding="utf-8")
        version = tuple(int(n) for n in re.search(r"(\d+)\.(\d+)", self.command(shutil.which("slurmd", path=PATH), "-V")).groups())
        if version >= (23, 11):  # it does not begin where there are no cgroups; nothing here is confined by them
            (self.slurm / "cgroup.conf").write_text("CgroupPlugin=disabled\n", encoding="utf-8")
        self.daemon("slurmctld", "-D", "-f", self.slurm / "slurm.conf")
        self.daemon("slurmd", "-D", "-f", self.slurm / "slurm.conf")
        try:
            harness.wait_until(lambda: "idle" in self.command("sinfo", "-h", "-o", "%T", check=False), 60 * harness.SLOW, "a node is idle")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    def logs(self):
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in self.slurm.glob("*.log"))

    def command(self, *argv, check=True):
        env = {**os.environ, "SLURM_CONF": str(self.slurm / "slurm.conf"), "MXSURVEY": str(harness.PROGRAM), "TMPDIR": str(self.slurm / "scratch")}
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=60 * harness.SLOW, check=False, env=env, cwd=self.folder,
                              stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise AssertionError(f"{argv}: {done.returncode}: {done.stderr}\n{self.logs()}")
        return done.stdout.strip()

    def submit(self, *argv):
        return self.command("sbatch", "--parsable", f"--output={self.folder}/job-%A_%a.txt", *argv)

    def tasks(self, job, state):
        """How many tasks of the array are in this state."""
        return len(self.command("squeue", "-h", "-r", "-j", job, "-t", state, "-o", "%K", check=False).split())

    def test_four_tasks_at_once_one_killed_and_requeued_then_the_merge(self):
        self.assertEqual(self.scan(self.list, self.server, "-q", "--checks", "mx,host").code, 0)
        options = ("-r", self.server.resolvers[0], "--checks", "mx,host", "--rate", 24)  # 6 a second for each: about ten seconds
        job = self.submit("--array=1-4%4", SCRIPTS / "scan.sh", self.list, self.shards, *options)
        merge = self.submit(f"--dependency=afterok:{job}", SCRIPTS / "merge.sh", self.shards, self.out)
        harness.wait_until(lambda: self.tasks(job, "RUNNING") == 4, 60 * harness.SLOW, "four tasks run at once", pause_s=0.2)
        scratch = self.slurm / "scratch"
        harness.wait_until(lambda: len(list(scratch.glob("*/shard.db"))) == 4, 30 * harness.SLOW, "four scans have begun")
        self.assertEqual(self.tasks(merge, "PENDING"), 1)
        time.sleep(1)
        self.command("scontrol", "requeue", f"{job}_2")
        unfinished = self.shards / "2.unfinished.db"
        harness.wait_until(unfinished.exists, 60 * harness.SLOW, "the unfinished database of task 2 is where the others' finished ones are")
        copy = shutil.copy(unfinished, self.folder / "copy.db")  # who reads a database leaves files beside it
        self.assertEqual(self.one("SELECT state FROM run", db=copy), "running")
        harness.wait_until(lambda: self.tasks(job, "all") == self.tasks(job, "COMPLETED"), 240 * harness.SLOW, "all tasks are done", pause_s=0.2)
        harness.wait_until(lambda: self.tasks(merge, "COMPLETED,FAILED") == 1, 60 * harness.SLOW, "the merge is done", pause_s=0.2)
        told = {path.name: path.read_text() for path in self.folder.glob("job-*.txt")}
        self.assertTrue(self.out.exists(), told)
        self.assertEqual(sorted(path.name for path in self.shards.iterdir()), ["1.db", "2.db", "3.db", "4.db"])
        self.assertEqual(self.rows("SELECT run_id, state, shard FROM v_run", db=self.shards / "2.db"), [(1, "complete", "2/4")], "one run, taken up again")
        self.assertIn("Restarts=1", self.command("scontrol", "show", "job", f"{job}_2"))
        self.assertEqual(self.content(db=self.out), self.content())
        self.assertEqual(self.rows("SELECT lines, accepted, shard FROM v_run", db=self.out), [(len(NAMES), len(NAMES), "1/1")])
        self.assertEqual(list(scratch.iterdir()), [], "nothing is left on the node")


if __name__ == "__main__":
    harness.main()
