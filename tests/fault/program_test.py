"""The program itself: its memory (F7), and what the linker and the kernel guard (F34)."""
import json
import os
import pathlib
import socket
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


def landlock_version():
    return harness.LIBC.syscall(444, None, 0, 1)  # landlock_create_ruleset, asked for its version


def is_gone(pid):
    try:
        return "Z" in pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True


def both_kinds():
    """A TCP listener and a UDP socket of one port."""
    while True:
        listener = socket.create_server(("127.0.0.1", 0))
        try:
            heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            heard.setblocking(False)
            heard.bind(listener.getsockname())
            return listener, heard
        except OSError:  # somebody else's
            listener.close()
            heard.close()


def filtered(*program):
    """For a child: what the kernel answers from now on, as a seccomp filter says."""
    import ctypes
    import struct
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    filters = struct.pack("HxxxxxxP", len(program), ctypes.addressof(lines))
    harness.LIBC.prctl(38, 1, 0, 0, 0)
    if harness.LIBC.prctl(22, 2, ctypes.create_string_buffer(filters)) != 0:
        os._exit(99)


LOAD, IS, ANSWER, NOT_THERE, ALLOWED = 0x20, 0x15, 0x06, 0x00050000 | 38, 0x7fff0000


def without_landlock():
    """As a kernel that has no landlock (444 is landlock_create_ruleset)."""
    filtered((LOAD, 0, 0, 0), (IS, 0, 1, 444), (ANSWER, 0, 0, NOT_THERE), (ANSWER, 0, 0, ALLOWED))


def without_seccomp():
    """As a kernel that has no seccomp: neither the call nor what prctl has of it (21, 22)."""
    prctl, seccomp = (157, 317) if os.uname().machine == "x86_64" else (167, 277)
    filtered((LOAD, 0, 0, 0), (IS, 4, 0, seccomp), (IS, 0, 4, prctl), (LOAD, 0, 0, 16), (IS, 1, 0, 21), (IS, 0, 1, 22),
             (ANSWER, 0, 0, NOT_THERE), (ANSWER, 0, 0, ALLOWED))


class F34(fault.FaultCase):
    """What the ELF file says, and what the sandbox refuses to a program led astray."""

    def readelf(self, *options, program=None):
        return subprocess.run(["readelf", "-W", *options, program or harness.PROGRAM], capture_output=True, text=True, check=True).stdout

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
        """FORTIFY by its calls in the file, its level and the flags by what compiled each of our files."""
        build = fault.release_build()
        if build is None:
            self.skipTest("skipped: neither is this a release build, nor is there one in build/release")
        self.assertRegex(self.readelf("--dyn-syms", program=build / "mxsurvey"), r"__(snprintf|memcpy|fprintf|vsnprintf)_chk")
        if os.uname().machine == "x86_64":  # the program as a whole is marked only where the system's own start files are, too
            for room in build.glob("libroom_*.a"):
                notes = self.readelf("-n", program=room)
                self.assertEqual(notes.count("IBT, SHSTK"), notes.count("File: "), f"{room.name}: landing pads in every object")
        told = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        ours = [each for each in told if "/tests/" not in each["file"]]
        self.assertGreater(len(ours), 100)
        for each in ours:
            for flag in ("-D_FORTIFY_SOURCE=3", "-fstack-protector-strong", "-fstack-clash-protection", "-fPIE" if "mxsurvey.c" in each["file"] else "-fPIC"):
                self.assertIn(flag, each["command"], each["file"])

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

    def temptation(self, name):
        """(folders for what it may write and for what it may not, where it tells, the environment that says so to fault_io)."""
        inside, outside = self.folder / f"{name}-inside", self.folder / f"{name}-outside"
        for folder in (inside, outside):
            folder.mkdir()
        (outside / "kept").write_text("kept")
        return inside, self.folder / f"{name}-told", {
            "MXS_OUTSIDE": str(outside / "planted"), "MXS_INSIDE_FILE": str(inside / "planted"),
            "MXS_OUTSIDE_FOLDER": str(outside / "folder"), "MXS_OUTSIDE_KEPT": str(outside / "kept")}

    def deeds(self, told):
        return dict(line.split() for line in told.read_text(encoding="ascii").splitlines())

    def assert_held(self, deeds):
        wanted = {"write_outside": "held", "write_inside": "done", "mkdir_outside": "held", "unlink_outside": "held", "execve": "held"}
        if harness.SLOW == 1:  # a sanitizer's leak check is a process
            wanted["fork"] = "held"
        self.assertEqual({deed: deeds.get(deed) for deed in wanted}, wanted)

    def led_astray(self, mode):
        """{deed: held or done} of a scan whose writer's thread strays at its third COMMIT."""
        inside, told, env = self.temptation(mode)
        listener, self.heard = both_kinds()
        self.addCleanup(listener.close)
        self.addCleanup(self.heard.close)
        env["MXS_OTHER_PORT"] = str(listener.getsockname()[1])
        (self.folder / f"{mode}-db").mkdir()
        status = inside / "status.jsonl"
        result = harness.run("plant", told, *self.scan_arguments(self.names_file(3000), self.serve(generate=50), "--sandbox", mode, "--rate",
                             3000, "--status-file", status, "--checks", "mx", db=self.folder / f"{mode}-db" / "survey.db"), program=fault.FAULT_IO, env=env)
        if result.code == 2 and "no sandbox" in result.err:
            self.skipTest(f"skipped: {result.err.strip()}")
        return result, self.deeds(told), status

    def test_a_scan_led_astray_is_held(self):
        result, deeds, status = self.led_astray("require")
        self.assertEqual(result.code, 0, result)
        self.assert_held(deeds)
        self.assertEqual(deeds["sockets"], "done", "it tried those of the scan")
        self.assertEqual({deed: deeds[deed] for deed in ("listen", "connect", "datagram")}, dict.fromkeys(("listen", "connect", "datagram"), "held"))
        with self.assertRaises(BlockingIOError, msg="a datagram came whom no resolver got"):
            self.heard.recv(10)
        self.assertIn('"stage"', status.read_text(encoding="utf-8"), "the folder of the status file may be written")

    def test_without_the_sandbox_it_is_not(self):
        """The deeds are real: without the sandbox each is done, and /bin/true takes the scan's place."""
        _, deeds, _ = self.led_astray("off")
        self.assertEqual(self.heard.recv(10), b"x")
        self.assertEqual(deeds, {"connect": "done", "listen": "done", "datagram": "done", "sockets": "done", "fork": "done", "write_outside": "done", "write_inside": "done", "mkdir_outside": "done",
                                 "unlink_outside": "done"})

    def test_what_reads_a_database_is_held_too(self):
        """A stranger's database, perhaps. Only its folder and that of the output may be written."""
        if landlock_version() <= 0:
            self.skipTest("skipped: this kernel has no landlock")
        names, server = [f"x{i}.test" for i in range(40)], self.serve(generate=50)
        (self.folder / "db").mkdir()
        self.db = self.folder / "db" / "survey.db"
        for _ in range(2):
            self.assertEqual(self.scan(names, server, "--new").code, 0)
        for at, arguments in enumerate((("report", self.db), ("report", self.db, "--format", "html"), ("export", self.db), ("diff", self.db),
                                        ("trend", self.db), ("runs", self.db), ("explain", self.db, "x1.test"),
                                        ("outage", self.db, "host", self.one("SELECT host FROM v_mx")), ("prune", self.db, "--keep", 1), ("classify", self.db))):
            with self.subTest(command=arguments[0], at=at):
                inside, told, env = self.temptation(f"{at}-{arguments[0]}")
                more = ("-o", inside / "out")
                if arguments[0] in ("prune", "classify", "explain", "runs", "outage"):
                    more, env["MXS_INSIDE_FILE"] = (), str(self.db.parent / f"planted-{at}")
                result = harness.run("stray", told, *arguments, *more, program=fault.FAULT_IO, env=env)
                self.assertEqual(result.code, 0, result)
                self.assert_held(self.deeds(told))
                if more:
                    self.assertGreater((inside / "out").stat().st_size, 0)

    def test_a_plan_is_sandboxed(self):
        """A list is a stranger's as well."""
        argv = [harness.PROGRAM, "plan", "-r", "127.0.0.1:9", "-"]
        process = subprocess.Popen(list(map(str, argv)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(b"a.test\n" * 10)
        process.stdin.flush()

        def filtered():
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                return "Seccomp:\t2" in file.read()
        harness.wait_until(filtered, 20, "the filter is there while the list is read")
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out + err)

    def test_a_database_behind_a_link(self):
        """Its log lies beside the file, not beside the link."""
        server, real, self.db = self.serve(generate=50), self.folder / "real" / "survey.db", self.folder / "link" / "survey.db"
        real.parent.mkdir()
        self.db.parent.mkdir()
        self.assertEqual(self.scan(["x1.test"], server, db=real).code, 0)
        self.db.symlink_to(real)
        result = self.scan(["x1.test", "x2.test"], server, "--sandbox", "auto", "--new")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(harness.run("runs", self.db).out.count("complete"), 2)

    def told_without(self, wall, server, path, modes, doctor, plan):
        """What scan says, mode by mode, and doctor and plan, on a kernel without this wall (for a child). Returns the commands with what they say."""
        for mode, code, says in modes:
            db = self.folder / f"{mode}.db"
            argv = [harness.PROGRAM, *map(str, self.scan_arguments(path, server, "-v", "--sandbox", mode, db=db))]
            done = subprocess.run(argv, preexec_fn=wall, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(says, done.stderr)
            self.assertEqual(db.exists(), mode != "require", "nothing is made before")
        commands = {("doctor", "-r", "127.0.0.1:9"): doctor,
                    ("plan", "--checks", "mx,host,smtp", "--smtp-helo", "a.example", "-r", "127.0.0.1:9", path): plan}
        for command, says in commands.items():
            done = subprocess.run([harness.PROGRAM, *map(str, command)], preexec_fn=wall, capture_output=True, text=True, timeout=60, check=False)
            self.assertIn(says, done.stdout)
        return commands

    def test_a_kernel_without_landlock(self):
        server, path = self.serve("a.test MX 10 mx.a.test\nmx.a.test A 20.0.0.1\n"), self.write("list", "a.test\n")
        modes = (("require", 2, "no sandbox: this kernel has no landlock"), ("auto", 0, "network and calls restricted, files not"), ("off", 0, ""))
        commands = self.told_without(without_landlock, server, path, modes, "sandbox: this kernel has no landlock",
                                     "lets the scan reach the resolvers and port 25, and nobody else")
        for command, says in commands.items():
            if landlock_version() > 0:
                told = harness.run(*command).out
                self.assertTrue("files, calls and network can be restricted" in told or says in told, told)

    def test_a_kernel_without_seccomp(self):
        """Then there is no broker: sockets are made as without the sandbox, and landlock limits what it knows of them."""
        if landlock_version() <= 0:
            self.skipTest("skipped: this kernel has no landlock")
        server = self.serve("a.test MX 10 mx.a.test\nmx.a.test A 20.0.0.1\n", ["name=mx.a.test transport=udp -> truncate"])
        path = self.write("list", "a.test\n")
        modes = (("require", 2, "no sandbox: "), ("auto", 0, "files restricted, network and calls not (no seccomp)"))
        self.told_without(without_seccomp, server, path, modes, "sandbox: this kernel has no seccomp", "cannot say whom the scan reaches")

    def test_the_broker_ends_with_the_scan(self):
        """However the scan ends. It is one process, and has the scan's socket open and nothing else."""
        server = self.serve("", ["-> delay 300"], generate=50)
        scan = self.scan_begin([f"x{i}.test" for i in range(400)], server, "--concurrency", 10, "--sandbox", "auto", "--checks", "mx")
        harness.wait_until(lambda: server.counters()["questions"] > 20, 20, "asks")
        with open(f"/proc/{scan.pid}/task/{scan.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        self.assertEqual(len(children), 1, "one helper")
        broker = children[0]
        kinds = [os.readlink(f"/proc/{broker}/fd/{fd}") for fd in os.listdir(f"/proc/{broker}/fd") if fd != "2"] if os.geteuid() == 0 else ["socket:"]
        self.assertEqual([kind.split("[")[0] for kind in kinds], ["socket:"])
        scan.signal(9)
        scan.wait(20)
        harness.wait_until(lambda: is_gone(broker), 20, "the broker ends")

    def test_a_lookup_is_sandboxed_too(self):
        """It keeps nothing, so it may write nowhere."""
        server = self.serve("a.test MX 10 mx.a.test\nmx.a.test A 20.0.0.1\n", ["-> delay 500"])
        process = self._keep(harness.Process([harness.PROGRAM, "lookup", *self.resolver_options(server), "a.test"], self.folder / "out"))
        harness.wait_until(lambda: server.counters()["questions"] > 0, 20, "asks")
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            self.assertIn("Seccomp:\t2", file.read())
        self.assertEqual(process.wait(30), 0, process.text())
        self.assertIn("mx.a.test", process.text())


if __name__ == "__main__":
    fault.main()
