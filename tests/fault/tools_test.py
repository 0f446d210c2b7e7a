"""What ASan and UBSan do not see (F33): the same program under ThreadSanitizer, and a plain build under valgrind.

Both are builds of their own, made here below the build folder: the whole program, without its tests. For valgrind a release
build that stands in build/release already is brought up to date instead.
"""
import os
import pathlib
import shutil
import subprocess

import fault
import harness

BUILDS = pathlib.Path(os.environ.get("MXS_FAULT_BIN", harness.SUPPORT.parent / "fault"))
SETTINGS = {"thread": ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -g", "-DMXS_SANITIZE=thread", "-DBUILD_TESTING=ON"),
            "plain": ("-DCMAKE_BUILD_TYPE=Release", "-DBUILD_TESTING=OFF")}


class ToolCase(fault.FaultCase):
    def program(self, kind, *targets):
        """The build folder with the targets in it."""
        build, steps = kind == "plain" and fault.release_build(), []
        if not build:
            build = BUILDS / f"with-{kind}"
            steps = [["cmake", "-S", harness.SOURCE, "-B", build, "-G", "Ninja", *SETTINGS[kind]]]
        for argv in (*steps, ["ninja", "-C", build, "-j2", "mxsurvey", *targets]):
            done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[-4000:])
        return build

    def commands(self, db):
        """What reads a database, in every way that has code of its own."""
        return [("report", db), ("report", db, "--format", "html"), ("export", db), ("runs", db), ("diff", db), ("classify", db)]


class F33(ToolCase):
    def test_no_race(self):
        build = self.program("thread", "ask_stress")
        program = build / "mxsurvey"
        server = self.serve("", ["share=2% -> drop", "share=2% -> servfail", "share=1% type=MX transport=udp -> truncate"],
                            generate=300, mixed=True, servers=3)
        options = ("--seed", 5, "--servfail-wait", 50, "--timeout", 500, "--tries", 5, "-q", "--status-file", self.folder / "status")
        count = fault.size(5000, 50000)
        for db, names, checks in ((self.db, count, "mx,host"), (self.folder / "all.db", 100, "all")):
            for _ in range(2):  # the second run finds what stood
                result = harness.run(*self.scan_arguments(self.names_file(names), server, *options, "--checks", checks, "--new", db=db),
                                     program=program, timeout_s=240)
                self.assertEqual(result.code, 0, result)
            for arguments in self.commands(db):
                self.assertIn(harness.run(*arguments, program=program).code, (0, 3, 4))
        stress = harness.run("--resolver", server.resolvers[0], "--count", count, program=build / "tests/stress/ask_stress", timeout_s=240)
        self.assertEqual(stress.code, 0, stress)
        self.figure(tool="ThreadSanitizer", names=count, reports=0)

    def test_valgrind_finds_nothing(self):
        valgrind = shutil.which("valgrind")
        if not valgrind:
            self.skipTest("skipped: valgrind is not installed (./scripts/packages.sh test)")
        program = self.program("plain") / "mxsurvey"
        server = self.serve("", ["share=2% -> servfail", "share=1% type=MX transport=udp -> truncate", "share=1% -> malformed random"],
                            generate=40, mixed=True)
        count = fault.size(100, 5000)
        options = ("--seed", 5, "--servfail-wait", 50, "--timeout", 5000, "--deadline", 20000, "-q", "--sandbox", "off", "--checks", "all")
        scan = self.scan_arguments(self.names_file(count), server, *options)
        for arguments in (scan, [*scan[:-1], "--new", scan[-1]], *self.commands(self.db)):
            result = harness.run("-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite",
                                 "--show-leak-kinds=definite", program, *arguments, program=valgrind, timeout_s=240)
            self.assertIn(result.code, (0, 3, 4), result)
        self.figure(tool="valgrind", names=count, errors=0, definite_leaks=0)


if __name__ == "__main__":
    fault.main()
