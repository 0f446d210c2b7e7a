"""The Jobs of scripts/kubernetes: the commands of their containers, run with the environment that Kubernetes sets. What stands in the manifests
besides is checked against the schemas of Kubernetes by tests/browser/kubernetes_test.py."""
import os
import shutil
import signal
import subprocess
import unittest

import harness

try:
    import yaml
except ImportError:
    yaml = None

NAMES = [f"{host}city{i}.test" for i in range(40) for host in ("", "www.")]
MANIFESTS = harness.SOURCE / "scripts/kubernetes"


def container(name):
    pod = yaml.safe_load((MANIFESTS / f"{name}.yaml").read_text(encoding="utf-8"))["spec"]["template"]["spec"]
    return pod["containers"][0]


@unittest.skipUnless(yaml, "skipped: python3-yaml is not installed")
class Kubernetes(harness.TestCase):
    shards = 3

    def setUp(self):
        super().setUp()
        self.server = self.serve("".join(f"{name} MX 10 mx.p.test\n" for name in NAMES) + "mx.p.test A 20.0.0.1\n")
        self.list = self.list_file(NAMES)
        self.results, self.out = self.folder / "results", self.folder / "survey.db"
        self.options = f"-r {self.server.resolvers[0]} --checks mx,host"

    def environment(self, name, **more):
        """What the manifest says, with the paths of this machine, and what Kubernetes adds."""
        scratch = self.folder / f"scratch-{len(list(self.folder.iterdir()))}"
        scratch.mkdir()
        said = {entry["name"]: entry["value"] for entry in container(name)["env"]}
        self.assertEqual(set(said) - {"SHARDS", "OPTIONS", "LIST", "RESULTS", "TMPDIR", "OUT"}, set(), "what this test does not know")
        known = {"SHARDS": str(self.shards), "OPTIONS": self.options if name == "scan" else "", "LIST": str(self.list), "RESULTS": str(self.results),
                 "TMPDIR": str(scratch), "OUT": str(self.out)}
        return {"PATH": os.environ["PATH"], "HOSTNAME": "mxsurvey-scan-1-x7k2p", "KUBERNETES_SERVICE_HOST": "10.96.0.1", "MXSURVEY": str(harness.PROGRAM),
                **{key: value for key, value in known.items() if key in said}, **more}

    def pod(self, index=None, code=0, name="scan", **more):
        if index is not None:
            more["JOB_COMPLETION_INDEX"] = str(index)
        done = subprocess.run(container(name)["command"], env=self.environment(name, **more), capture_output=True, text=True, check=False,
                              timeout=120 * harness.SLOW, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done)
        return done

    def test_a_survey_whose_second_shard_is_stopped_and_goes_on_elsewhere(self):
        self.assertEqual(self.scan(self.list, self.server, "-q", "--checks", "mx,host").code, 0)
        self.pod(0)
        self.pod(1, code=75, OPTIONS=self.options + " --rate 12 --time-limit 1")
        self.assertEqual(sorted(path.name for path in self.results.iterdir()), ["1.db", "2.unfinished.db"])
        self.pod(1)
        self.pod(1, LIST="/none")  # is there already
        self.pod(2)
        self.assertEqual(sorted(path.name for path in self.results.iterdir()), ["1.db", "2.db", "3.db"])
        copy = shutil.copy(self.results / "2.db", self.folder / "copy.db")
        self.assertEqual(self.rows("SELECT run_id, state, shard FROM v_run", db=copy), [(1, "complete", "2/3")], "one run, taken up again")
        self.pod(name="merge")
        self.assertEqual(self.content(db=self.out), self.content())
        self.assertEqual(list(self.results.iterdir()), [])

    def test_a_node_is_drained(self):
        """SIGTERM comes to the first process of the container alone."""
        child = subprocess.Popen(container("scan")["command"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                 env=self.environment("scan", JOB_COMPLETION_INDEX="0", SHARDS="1", OPTIONS=self.options + " --rate 10"))
        self.addCleanup(child.stderr.close)
        harness.wait_until(lambda: list(self.folder.glob("scratch-*/shard.db-wal")), 20 * harness.SLOW, "the scan has begun")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(60 * harness.SLOW), 75)
        self.assertEqual([path.name for path in self.results.iterdir()], ["1.unfinished.db"])

    def test_degraded_is_done_and_noted(self):
        half = self.serve("".join(f"{name} MX 10 mx.p.test\n" for name in NAMES) + "mx.p.test A 20.0.0.1\n", rules=["name=www.* -> servfail"])
        self.pod(0, SHARDS="1", OPTIONS=f"-r {half.resolvers[0]} --servfail-wait 50 --timeout 300 --deadline 2000")
        self.assertEqual(sorted(path.name for path in self.results.iterdir()), ["1.db", "1.note"])
        self.assertIn("shard 1 is degraded", (self.results / "1.note").read_text())

    def test_wrong_use_fails_the_index_at_once(self):
        self.assertIn("unknown option", self.pod(0, code=2, OPTIONS="--no-such-option").stderr)
        policy = yaml.safe_load((MANIFESTS / "scan.yaml").read_text(encoding="utf-8"))["spec"]["podFailurePolicy"]["rules"]
        self.assertIn({"action": "FailIndex", "onExitCodes": {"containerName": "scan", "operator": "In", "values": [2]}}, policy)

    def test_a_missing_shard_is_named_and_what_is_there_stays(self):
        self.pod(0)
        self.pod(2)
        self.assertIn("1 of 3 shards is missing: 2", self.pod(code=2, name="merge").stderr)
        self.assertEqual(sorted(path.name for path in self.results.iterdir()), ["1.db", "3.db"])
        self.assertFalse(self.out.exists())
        self.pod(name="merge", OPTIONS="--partial")
        self.assertEqual(self.rows("SELECT shard FROM v_run", db=self.out), [("2 of 3",)])

    def test_the_manifests_agree_with_themselves(self):
        scan = yaml.safe_load((MANIFESTS / "scan.yaml").read_text(encoding="utf-8"))
        spec, said = scan["spec"], {entry["name"]: entry["value"] for entry in container("scan")["env"]}
        self.assertEqual(str(spec["completions"]), said["SHARDS"])
        self.assertEqual((spec["completionMode"], spec["template"]["spec"]["restartPolicy"]), ("Indexed", "Never"), "what backoffLimitPerIndex demands")
        self.assertIn("--recursor", said["OPTIONS"])
        for name in ("scan", "merge"):
            one = container(name)
            mounted = [mount["mountPath"] for mount in one["volumeMounts"]]
            for entry in one["env"]:
                if entry["value"].startswith("/"):
                    self.assertTrue(any(entry["value"].startswith(path) for path in mounted), entry)
            if shutil.which("shellcheck"):
                done = subprocess.run(["shellcheck", "-s", "sh", "-"], input=one["command"][-1], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    harness.main()
