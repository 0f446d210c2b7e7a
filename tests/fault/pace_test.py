"""How fast, and whom: losses, delays, dead and tired resolvers, limits of the system, politeness (F18, F19, F21, F22, F25, F29 - F32)."""
import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import fault
import harness

QUICK = ("--servfail-wait", 100, "--timeout", 500, "--deadline", 5000)


class F18(fault.FaultCase):
    """A plausible mix of latencies: no false timeouts, no waste."""

    def test_no_false_timeouts(self):
        count = fault.size(10000, 100000)
        server = self.serve("", ["-> delay f18"], generate=300)
        result = self.scan(self.names_file(count), server, "--checks", "mx", "--deadline", 5000, timeout_s=240)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.outcomes(), {"answered": count})
        self.assertEqual(self.one("SELECT sum(timeouts) FROM run_resolver"), 0, "no answer is given up too early")
        sample = self.one("SELECT agreement_asked FROM v_run")
        asked = server.counters()["types"]["MX"] - sample
        self.assertLess(asked, count * 1.02, "less than 2 % more datagrams than names")
        self.figure(names=count, timeouts=0, datagrams_over_names=f"{100 * (asked / count - 1):.2f} %", seconds=round(result.seconds, 1))

    def test_as_late_as_the_timeout_allows(self):
        """Beyond the 5 s that newer c-ares waits by itself."""
        count = 40
        server = self.serve("", ["name=x*.test -> delay 5600..6000"], generate=50)
        result = self.scan(self.names_file(count), server, "--checks", "mx", "--timeout", 9000)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.outcomes(), {"answered": count})
        self.assertEqual(self.rows("SELECT sum(timeouts) FROM run_resolver"), [(0,)])


class F19(fault.FaultCase):
    """Loss on the way, both directions alike."""

    def lossy(self, percent, settled_share, most, count):
        server = self.serve("", [f"share={percent}% -> drop"], generate=300)
        result = self.scan(self.names_file(count), server, "--checks", "mx", "--timeout", 1000, "--deadline", 15000, timeout_s=280)
        found = self.outcomes()
        settled = found.get("answered", 0) / count
        sample = self.one("SELECT agreement_asked FROM v_run")
        ratio = (server.counters()["types"]["MX"] - sample) / count
        self.figure(loss=f"{percent} %", names=count, settled=f"{100 * settled:.3f} %", datagrams_of_minimum=f"{ratio:.3f}x",
                    seconds=round(result.seconds, 1))
        self.assertIn(result.code, (0,), result)
        self.assertGreaterEqual(settled, settled_share, found)
        self.assertLessEqual(ratio, most)

    def test_five_percent(self):
        self.lossy(5, 0.9999, 1.15, fault.size(10000, 100000))

    def test_twenty_percent(self):
        self.lossy(20, 0.995, 1.6, fault.size(5000, 50000))

    def test_loss_of_the_line(self):
        """The same by the kernel: iptables in a network namespace of our own."""
        script = f"""set -e
ip link set lo up
iptables -A INPUT -i lo -p udp -m statistic --mode random --probability 0.05 -j DROP
exec /usr/bin/python3 -B {__file__} Inside
"""
        if os.environ.get("MXS_INSIDE"):
            self.skipTest("skipped: inside")
        if shutil.which("iptables", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
            self.skipTest("skipped: no iptables here")
        done = subprocess.run(["unshare", "-n", "sh", "-c", script], env={**os.environ, "MXS_INSIDE": "1"}, check=False,
                              capture_output=True, text=True, timeout=280)
        if done.returncode == 77 or "Operation not permitted" in done.stderr:
            self.skipTest("skipped: no network namespace or iptables here")
        print(done.stdout, end="", flush=True)
        self.assertEqual(done.returncode, 0, done.stderr)


class Inside(fault.FaultCase):
    """What F19 runs in its namespace: 5 % of the datagrams are lost in each direction, so about a tenth of the answers."""

    def test_lossy_line(self):
        if not os.environ.get("MXS_INSIDE"):
            self.skipTest("skipped: F19 runs it")
        count = fault.size(5000, 50000)
        server = self.serve(generate=300)
        result = self.scan(self.names_file(count), server, "--checks", "mx", "--timeout", 1000, "--deadline", 15000, timeout_s=200)
        self.assertEqual(result.code, 0, result)
        found = self.outcomes()
        self.assertGreaterEqual(found.get("answered", 0), count * 0.998, (found, result))
        self.figure(names=count, kernel_loss="5 % each way", outcomes=json.dumps(found), seconds=round(result.seconds, 1))


class F21(fault.FaultCase):
    """Resolvers die and come back."""

    def load(self, server, seconds):
        """Questions per server and 100 ms step, sampled while it goes on."""
        steps, last, end = [], None, time.monotonic() + seconds
        while time.monotonic() < end:
            now = [s["questions"] for s in server.counters()["servers"]]
            if last:
                steps.append([b - a for a, b in zip(last, now)])
            last = now
            time.sleep(0.1)
        return steps

    def test_one_of_three_dies_and_returns(self):
        count = fault.size(45000, 120000)
        server = self.serve("", ["-> delay 5"], generate=300, servers=3)
        scan = self.scan_begin(self.names_file(count), server, "--rate", 3000, "--checks", "mx", "--timeout", 500)
        harness.wait_until(lambda: server.counters()["questions"] > 3000, 20, "asks")
        server.command("down 2")
        time.sleep(1.0 * harness.SLOW / 2)
        dead = self.load(server, 1.5)
        server.command("up 2")
        returned, began = None, time.monotonic()
        while time.monotonic() - began < 20 and scan.alive() and returned is None:
            if sum(step[1] for step in self.load(server, 0.5)) > 100:
                returned = time.monotonic() - began
        self.assertEqual(scan.wait(120), 0, scan.text())
        self.assertEqual(self.outcomes(), {"answered": count})
        self.assertLessEqual(sum(step[1] for step in dead), 5, "questions to the dead one stop; only health may look")
        self.assertIsNotNone(returned, "load returns")
        self.assertLess(returned, 10 * harness.SLOW)
        self.figure(names=count, failed=0, load_returned_after_s=round(returned, 1))

    def test_silent_instead_of_closed(self):
        """A resolver that is there and says nothing any more: told apart by time, not by ICMP."""
        count = 15000
        server = self.serve("", ["server=1 after=2 until=6 -> drop"], generate=300, servers=3)
        result = self.scan(self.names_file(count), server, "--rate", 1500, "--checks", "mx", "--timeout", 400)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.outcomes(), {"answered": count})

    def test_three_names_do_not_fail_for_a_resolver_that_is_away(self):
        """Too few for twenty failures in a row: a control question tells."""
        server = self.serve("", ["suffix=test until=6 -> drop", "after=0.5 until=6 -> drop"], generate=50)
        result = self.scan(self.names_file(3), server, "--checks", "mx", "--health", "off", "--timeout", 1000, "--tries", 2)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.outcomes(), {"answered": 3})

    def test_all_die_and_return(self):
        count = 6000
        server = self.serve(generate=50, servers=2)
        scan = self.scan_begin(self.names_file(count), server, "--rate", 1500, "--timeout", 300, "--checks", "mx", "--outage-wait", 60)
        harness.wait_until(lambda: server.counters()["questions"] > 1000, 20, "asks")
        server.command("down 1")
        server.command("down 2")
        time.sleep(fault.size(6, 40))
        self.assertTrue(scan.alive(), scan.text())
        server.command("up 1")
        server.command("up 2")
        self.assertEqual(scan.wait(100), 0, scan.text())
        self.assertEqual(self.outcomes(), {"answered": count}, "no failure is written")

    def test_all_die_and_stay_dead(self):
        count = 4000
        server = self.serve(generate=50)
        arguments = (self.names_file(count), server, "--rate", 1500, "--timeout", 300, "--checks", "mx", "--outage-wait", 3)
        scan = self.scan_begin(*arguments)
        harness.wait_until(lambda: server.counters()["questions"] > 1000, 20, "asks")
        server.command("down 1")
        self.assertEqual(scan.wait(60), 75, scan.text())
        server.command("up 1")
        self.assertEqual(self.scan(*arguments).code, 0)
        self.assertEqual(self.outcomes(), {"answered": count})
        self.assert_whole(self.db, count)


class F22(fault.FaultCase):
    """A resolver that can do 1,000 a second, and drops or refuses the rest."""
    capacity = 1000

    def overload(self, how):
        count = fault.size(26000, 60000)
        server = self.serve("", [f"-> capacity {self.capacity} {how}"], generate=50)
        scan = self.scan_begin(self.names_file(count), server, "--checks", "mx", "--resolver-rate", 0, "--timeout", 1000)
        harness.wait_until(lambda: server.counters()["questions"] > 0, 20, "asks")
        time.sleep(10)
        windows = []  # the pace in the best of them: the machine may be busy with something else
        for _ in range(6):
            first = server.counters()
            time.sleep(2)
            last = server.counters()
            windows.append((last["questions"] - first["questions"], last["over_capacity"] - first["over_capacity"]))
        best = max(asked - over for asked, over in windows) / 2
        asked, over = (sum(column) for column in zip(*windows))  # of all: what is over comes in lumps, at a cut every six seconds
        self.figure(how=how, names=count, used_of_capacity=f"{100 * best / self.capacity:.0f} %", over=f"{100 * over / asked:.1f} %",
                    windows=windows)
        self.assertGreaterEqual(best, self.capacity * 0.85)
        self.assertLess(over, asked * 0.02)
        self.assertEqual(scan.wait(100), 0, scan.text())
        self.assertEqual(self.outcomes(), {"answered": count}, "no name is lost")

    def test_drops(self):
        self.overload("drop")

    def test_refuses(self):
        self.overload("refuse")

    def share(self, how):
        """Whose names are done, of those who began first, from half of the time on that both asked."""
        server = self.serve("", [f"-> capacity {self.capacity} {how}"], generate=50)
        scans = [self.scan_begin(self.names_file(60000, suffix=f"s{i}"), server, "--checks", "mx", "--resolver-rate", 0,
                                 "--timeout", 1000, "--status-file", self.folder / f"status{i}", "-q", db=self.folder / f"s{i}.db")
                 for i in range(2)]
        # Two sanitized programs are some seconds apart when they begin to ask, and one cut of a pace takes six seconds.
        time.sleep(fault.size(24 if harness.SLOW == 1 else 54, 50))

        def steps(i):
            lines = map(json.loads, (self.folder / f"status{i}").read_text().splitlines())
            return [(line["at"], line["done"]) for line in lines if line["stage"] == "domains"]
        both = [steps(i) for i in range(2)]
        first, last = max(line[0][0] for line in both), min(line[-1][0] for line in both)

        def done_until(line, moment):
            return max(done for at, done in line if at <= moment)
        rates = [done_until(line, last) - done_until(line, (first + last) / 2) for line in both]
        for scan in scans:
            scan.stop(20)
        share = rates[0] / sum(rates)
        self.figure(how=how, share_of_first=f"{100 * share:.0f} %")
        self.assertTrue(0.35 <= share <= 0.65, rates)

    def test_two_scanners_share_what_refuses(self):
        self.share("refuse")

    @unittest.skipUnless(fault.FULL, "skipped: in the full size; the arithmetic is in unit.schedule.pace")
    def test_two_scanners_share_what_drops(self):
        self.share("drop")


class F25(fault.FaultCase):
    """200,000 wanted in flight, and nothing answers."""

    def test_the_cap_holds_and_nothing_stalls(self):
        ceiling = 200000
        server = self.serve("", ["suffix=hole -> drop"], generate=50, hold_ms=10000)
        path, status = self.names_file(fault.size(230000, 600000), suffix="hole"), self.folder / "status"
        began = time.monotonic()
        scan = self.scan_begin(path, server, "--concurrency", ceiling, "--timeout", 10000, "--resolver-rate", 0, "--checks", "mx",
                               "--health", "off", "--status-file", status, "--time-limit", 15)
        code = scan.wait(120)
        self.assertIn(code, (75, 3), scan.text())
        looks = [json.loads(line) for line in status.read_text().splitlines()]
        most = max(look["in_flight"] for look in looks)
        self.assertLessEqual(most, ceiling)
        at = [look["at"] for look in looks]
        self.assertLessEqual(max(b - a for a, b in zip(at, at[1:])), 1 + 2 * harness.SLOW, "the loop is never away for long")
        self.figure(wanted=ceiling, most_in_flight=most, at_the_server=server.counters()["max_in_flight"],
                    seconds=round(time.monotonic() - began, 1))


class F29(fault.FaultCase):
    """Few descriptors, few ports, small buffers: slower, and nothing lost."""
    count = 6000

    @classmethod
    def setUpClass(cls):
        cls.wanted = None

    def begin(self):
        path, server = self.names_file(self.count), self.serve(generate=100, mixed=True)
        if self.wanted is None:  # of one world for all tests
            type(self).wanted = self.clean_stored(path, server, "--seed", 5)
        return path, server

    def limited(self, argv, path, server, *more):
        result = harness.run(*argv[1:], harness.PROGRAM, *self.scan_arguments(path, server, "--seed", 5, *more), program=argv[0],
                             timeout_s=60 * harness.SLOW)
        self.assertEqual(result.code, 0, result)
        return result

    def test_64_descriptors(self):
        path, server = self.begin()
        server.command("rule -> delay 30")
        result = self.limited(["prlimit", "--nofile=64:64"], path, server)
        self.assert_stored(self.db, self.wanted)
        self.figure(names=self.count, descriptors=64, ports=server.counters()["servers"][0]["ports"], seconds=round(result.seconds, 1))

    def test_64_descriptors_and_truncation(self):
        path, server = self.begin()
        server.command("rule share=10% type=MX transport=udp -> truncate")
        self.limited(["prlimit", "--nofile=64:64"], path, server)
        self.assert_stored(self.db, self.wanted)

    def test_a_narrow_way_out(self):
        """The kernel takes a packet of datagrams or none, by chance: what it did not take is sent later."""
        path, server = self.begin()
        told = self.folder / "told"
        server.command("reset")
        result = harness.run("choke", 29, told, *self.scan_arguments(path, server, "--seed", 5), program=fault.FAULT_IO, timeout_s=60 * harness.SLOW)
        self.assertEqual(result.code, 0, result)
        self.assert_stored(self.db, self.wanted)
        self.assertEqual(self.rows("SELECT sum(timeouts) FROM run_resolver"), [(0,)], "nothing was lost on the way")
        words = told.read_text(encoding="ascii").split()
        calls, cut = int(words[1]), int(words[3])
        self.assertGreater(cut, 100)
        self.figure(calls=calls, refused=cut, questions=server.counters()["questions"], seconds=round(result.seconds, 1))

    def in_namespace(self, settings):
        script = "set -e\nip link set lo up\n" + settings + f"exec /usr/bin/python3 -B {__file__} Narrow\n"
        done = subprocess.run(["unshare", "-n", "sh", "-c", script], env={**os.environ, "MXS_INSIDE": "1"}, check=False,
                              capture_output=True, text=True, timeout=280)
        if "Operation not permitted" in done.stderr or "Read-only file system" in done.stderr:
            self.skipTest("skipped: no network namespace here")
        self.assertEqual(done.returncode, 0, done.stderr)
        print(done.stdout, end="", flush=True)

    def test_few_ports(self):
        self.in_namespace("echo 40000 40040 >/proc/sys/net/ipv4/ip_local_port_range\n")


class Narrow(fault.FaultCase):
    """What F29 runs in its namespace: 41 ports for everything, and small socket buffers."""

    def test_narrow(self):
        if not os.environ.get("MXS_INSIDE"):
            self.skipTest("skipped: F29 runs it")
        count = 6000
        path, server = self.names_file(count), self.serve("", ["-> delay 20"], generate=100, mixed=True, arguments=("--port", "5399"))
        result = self.scan(path, server)
        self.assertEqual(result.code, 0, result)
        self.assert_whole(self.db, count)
        self.assertEqual(self.one("SELECT count(*) FROM v_domain WHERE state = 'undetermined'"), 0)
        self.figure(names=count, ports=server.counters()["servers"][0]["ports"], seconds=round(result.seconds, 1))
        few = self.folder / "few.db"
        result = harness.run("--nofile=64:64", harness.PROGRAM, *self.scan_arguments(path, server, db=few), program="prlimit")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(db=few), self.content(), "few ports and few descriptors")


class F30(fault.FaultCase):
    """Bulk equals solo."""

    def test_one_at_a_time_equals_all_at_once(self):
        count, bulk = fault.size(3000, 10000), fault.size(30000, 100000)
        rules = ["share=2% -> drop", "share=1% -> servfail", "-> delay 0..3"]
        path = self.names_file(bulk)
        many = self.scan(path, self.serve("", rules, generate=300, mixed=True), *QUICK, "--tries", 6, "--seed", 5, timeout_s=200)
        self.assertEqual(many.code, 0, many)
        all_of = {line.split('"', 4)[3]: line for line in self.content().splitlines()}
        chosen = random.Random(5).sample(range(bulk), count)
        db = self.folder / "solo.db"
        solo = self.scan([f"x{i}.test" for i in chosen], self.serve("", rules[2:], generate=300, mixed=True), *QUICK,
                         "--concurrency", 1, "--seed", 6, db=db, timeout_s=200)
        self.assertEqual(solo.code, 0, solo)
        different = [line for line in self.content(db=db).splitlines() if all_of[line.split('"', 4)[3]] != line]
        self.assertEqual(different[:3], [], f"{len(different)} of {count}")
        self.figure(bulk=bulk, solo=count, different=0, seconds_bulk_solo=(round(many.seconds, 1), round(solo.seconds, 1)))


class F31(fault.FaultCase):
    """Politeness, counted at the server."""

    def test_the_rate_in_every_tenth_of_a_second(self):
        figures = {}
        for rate in (200, 1000, 5000):
            count = rate * fault.size(2, 10)
            self.db = self.folder / f"rate-{rate}.db"
            server = self.serve("", ["share=5% -> drop"], generate=50, servers=2)
            result = self.scan(self.names_file(count), server, "--rate", rate, "--timeout", 300, "--servfail-wait", 100,
                               "--tries", 5, timeout_s=60)
            self.assertEqual(result.code, 0, result)
            figures[f"at_{rate}"] = server.counters()["max_100ms"]
            self.assertLessEqual(figures[f"at_{rate}"], rate / 10 * 1.05 + 1)
            self.assertGreaterEqual(result.seconds, count / rate * 0.9)
        self.figure(most_in_100_ms=figures)

    def test_the_rate_of_each_resolver(self):
        server = self.serve(generate=50, servers=2)
        result = self.scan(self.names_file(1000), server, "--resolver-rate", 200, "--checks", "mx", "--health", "off")
        self.assertEqual(result.code, 0, result)
        for each in server.counters()["servers"]:
            self.assertLessEqual(each["max_100ms"], 25)

    def test_in_flight_per_registrable_domain(self):
        names = [f"h{i}.d{j}.test" for i in range(100) for j in range(5)]
        for polite in (1, 3):
            self.db = self.folder / f"polite-{polite}.db"
            server = self.serve("", ["-> delay 5"], generate=50)
            result = self.scan(names, server, "--polite", polite, "--health", "off", timeout_s=60)
            self.assertEqual(result.code, 0, result)
            counters = server.counters()
            self.assertLessEqual(counters["max_suffix_in_flight"], polite, counters["max_suffix"])

    def test_who_waits_for_politeness_does_not_fail_by_it(self):
        """The deadline is a name's own: 80 names of one domain, one at a time, take four times as long.

        A name alone takes a seventh of it, so that a second in which a sanitized program gets no processor decides nothing."""
        slow = 3 if harness.SLOW > 1 else 1
        names = [f"h{i}.slow.test" for i in range(80)] + [f"x{i}.test" for i in range(50)]
        server = self.serve("", [f"suffix=slow.test -> delay {50 * slow}", "name=h?7.slow.test type=MX first=2 -> servfail"], generate=50)
        result = self.scan(names, server, "--polite", 1, "--deadline", 1000 * slow, "--servfail-wait", 50, "--checks", "mx",
                           "--health", "off", timeout_s=60)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.outcomes(), {"answered": len(names)})
        self.assertEqual(server.counters()["max_suffix_in_flight"], 1)

    def test_excluded_names_are_never_asked(self):
        exclude = self.write("exclude", "x7.test\n*.quiet.test\nmail1.test\n")
        names = [f"x{i}.test" for i in range(300)] + [f"a{i}.quiet.test" for i in range(50)]
        server = self.serve("x8.test MX 10 in.quiet.test\n", generate=20, log=True)
        result = self.scan(names, server, "--exclude", exclude)
        self.assertIn(result.code, (0, 3), result)
        server.stop()
        asked = {row[4].rstrip(".") for row in server.log()}
        self.assertEqual({name for name in asked if name == "x7.test" or name.endswith((".quiet.test", "mail1.test"))}, set())


def sockets_of(pid, *tables):
    """The sockets of its network namespace that are in these tables of /proc/net, named as fault.descriptors_of names them."""
    found = set()
    for table in tables:
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
            found |= {f"socket:[{line.split()[6 if table == 'unix' else 9]}]" for line in list(file)[1:]}
    return found


class F32(fault.FaultCase):
    """Soak: everything goes wrong a little, for a while."""

    def test_memory_and_descriptors_are_flat(self):
        seconds, pace = fault.size(30, 600), 20000
        some = "2%"
        rules = [f"share={some} -> malformed random", f"share={some} -> servfail", f"share={some} -> refused", f"share={some} -> drop",
                 f"share={some} -> corrupt", f"transport=udp share={some} -> truncate", f"share={some} -> forge all",
                 f"share={some} -> duplicate 2", f"share={some} -> reorder 20", f"share={some} -> delay 50..200",
                 "type=MX share=3% sticky -> nxdomain"]
        # In the mixed world each twentieth name is an MX host of its own: in ten minutes the dictionary would grow by what is stored.
        server = self.serve("", rules, generate=3000, mixed=not fault.FULL, servers=3, seconds=seconds + 400)
        scan = self.scan_begin(self.names_file(seconds * pace), server, "--rate", pace, *QUICK, "--resolver-rate", 0, "-q")
        # From when names are asked (before: controls): how long a list is read depends on the machine, and takes memory.
        harness.wait_until(lambda: server.counters()["questions"] > 1000, 300, "asks")
        samples, rates, began = [], [], time.monotonic()
        before = (began, server.counters()["questions"])
        seen, channels = {}, set()  # sockets to a resolver, with the first and the last time that each was open; those of UDP
        while scan.alive() and time.monotonic() - began < seconds:
            at, opened, inner = time.monotonic(), fault.descriptors_of(scan.pid), sockets_of(scan.pid, "unix")
            asking = {each for each in opened if each.startswith("socket:")} - inner
            for each in asking:
                seen.setdefault(each, [at, at])[1] = at
            channels |= sockets_of(scan.pid, "udp", "udp6") & asking
            samples.append((scan.rss_bytes(), len([each for each in opened if each not in asking])))
            time.sleep(0.5)
            now = (time.monotonic(), server.counters()["questions"])
            rates.append((now[1] - before[1]) / (now[0] - before[0]))
            before = now
        scan.signal(signal.SIGTERM)
        self.assertIn(scan.wait(60), (0, 3, 75), scan.text())
        self.assertNotRegex(scan.text(), harness.SANITIZER)
        slowest, median = (fault.quantile(rates, share) for share in (0.1, 0.5))
        third = len(samples) // 3
        memory, files = ([s[i] for s in samples] for i in range(2))
        growth = max(memory[-third:]) / max(memory[third:2 * third]) - 1
        self.figure(seconds=seconds, questions=server.counters()["questions"], a_second_median=round(median),
                    a_second_slowest_tenth=round(slowest), rss_mb=max(memory) >> 20,
                    growth_last_third=f"{100 * growth:.1f} %", channels=len(channels),
                    connections_seen=len(seen) - len(channels), other_descriptors=(max(files[:2 * third]), max(files[-third:])))
        self.assertLessEqual(len(channels), 3 * 64, "channels are opened up to their number, and stay")
        lasting = [each for each, (first, last) in seen.items() if last - first > 10 and each not in channels]
        self.assertEqual(lasting, [], "a connection ends with its question")
        self.assertLessEqual(max(files[-third:]), max(files[:2 * third]))
        if harness.SLOW == 1:
            self.assertLessEqual(growth, 0.02 if fault.FULL else 0.05)
        if fault.FULL and harness.SLOW == 1:
            self.assertGreaterEqual(median, pace * 0.95, "a soak that sips is none")


if __name__ == "__main__":
    fault.main()
