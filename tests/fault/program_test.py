"""The program itself: its memory (F7), and what the linker and the kernel guard (F34)."""
import os
import subprocess
import time

import fault
import harness


class F7(fault.FaultCase):
    """Memory does not grow with the list."""

    def test_memory_is_bounded_and_flat(self):
        count = fault.size(1000000 if harness.SLOW == 1 else 150000, 5000000)
        path = self.folder / "names"
        with open(path, "wb") as file:
            for first in range(0, count, 100000):
                file.write("".join(f"x{i}.test\n" for i in range(first, min(count, first + 100000))).encode())
        server = self.responder()
        scan = self.scan_begin(path, server, "--resolver-rate", 0, "--checks", "mx,host", "-q")
        samples, began = [], time.monotonic()
        while scan.alive():
            try:
                samples.append(scan.rss_bytes())
            except (OSError, IndexError):
                break
            time.sleep(0.1)
        self.assertEqual(scan.wait(60), 0, scan.text())
        self.assertEqual(self.one("SELECT accepted FROM v_run"), count)
        third = max(1, len(samples) // 3)
        before, last = max(samples[:-third] or samples), max(samples[-third:])
        self.figure(names=count, rss_mb=max(samples) >> 20, growth_last_third=f"{100 * (last / before - 1):.1f} %",
                    sanitized=harness.SLOW != 1, seconds=round(time.monotonic() - began, 1))
        if harness.SLOW == 1:
            self.assertLessEqual(max(samples), 256 << 20)
            self.assertLessEqual(last, before * 1.02)

    def responder(self):
        """The fast one: the scripted server would be the slower side."""
        output = self.folder / "responder.txt"
        process = self._keep(harness.Process([harness.SUPPORT / "mxs_responder", "--pool", 10000, "--seconds", 900], output))
        harness.wait_until(lambda: "ready" in process.text(), 10, "the responder is there")
        process.resolvers = [process.text().split()[1]]
        return process


class F34(fault.FaultCase):
    """What the ELF file says; a planted execve and a write outside are refused in tests/unit/base/sandbox_test.c."""

    def readelf(self, *options):
        return subprocess.run(["readelf", "-W", *options, harness.PROGRAM], capture_output=True, text=True, check=True).stdout

    def test_the_file_is_hardened(self):
        header, program, dynamic, symbols = (self.readelf(o) for o in ("-h", "-l", "-d", "--dyn-syms"))
        self.assertIn("DYN (Position-Independent Executable file)", header)
        self.assertIn("GNU_RELRO", program)
        self.assertRegex(dynamic, r"BIND_NOW|FLAGS_1.*NOW")
        stack = next(line for line in program.splitlines() if "GNU_STACK" in line)
        self.assertNotIn("RWE", stack)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertNotRegex(dynamic, "RPATH|RUNPATH|TEXTREL")
        fortified = "_chk@" in symbols
        self.figure(pie="yes", full_relro="yes", nx="yes", canary="yes", fortify="yes" if fortified else "not in this build")

    def test_a_release_is_fortified(self):
        release = harness.SOURCE / "build" / "release" / "mxsurvey"
        if not release.exists():
            self.skipTest("skipped: no release build beside")
        symbols = subprocess.run(["readelf", "-W", "--dyn-syms", release], capture_output=True, text=True, check=True).stdout
        self.assertRegex(symbols, r"__(snprintf|memcpy|fprintf|vsnprintf)_chk")

    def test_the_sandbox_is_in_force_while_it_scans(self):
        server = self.serve("", ["-> delay 300"], generate=50)
        scan = self.scan_begin([f"x{i}.test" for i in range(400)], server, "--concurrency", 10, "--sandbox", "auto", "--checks", "mx")
        harness.wait_until(lambda: server.counters()["questions"] > 20, 20, "asks")
        threads = os.listdir(f"/proc/{scan.pid}/task")
        self.assertGreater(len(threads), 1)
        for thread in threads:
            with open(f"/proc/{scan.pid}/task/{thread}/status", encoding="ascii") as file:
                status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
            self.assertEqual(status["NoNewPrivs"].strip(), "1", "of every thread")
            self.assertEqual(status["Seccomp"].strip(), "2", "of every thread")


if __name__ == "__main__":
    fault.main()
