"""Strings that try to become something else, and lists as nobody should write them (F26, F27)."""
import csv
import gzip
import html.parser
import io
import itertools
import json
import re
import signal
import time
import unicodedata

import fault
import harness

FORMULA = "=+-@\t\r\n"
# Characters that turn, hide or join text although some call them printable.
STEERING = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def hostile():
    """The strings of hostile.txt."""
    lines = (fault.HERE / "hostile.txt").read_text(encoding="ascii").splitlines()
    return [json.loads(line) for line in lines if line.startswith('"')]


def raw(text):
    """Its bytes in a DNS message: below U+0100 the byte of that number, else UTF-8."""
    return b"".join(bytes([ord(c)]) if ord(c) < 256 else c.encode("utf-8", "surrogatepass") for c in text)


def label(text):
    """One label of at most 63 bytes in presentation form, every odd byte as \\DDD: a dot stays inside."""
    return "".join(chr(b) if chr(b).isascii() and chr(b).isalnum() else f"\\{b:03}" for b in raw(text)[:63]) or "empty"


def quoted(text, most=200):
    """A TXT string in presentation form."""
    return '"' + "".join(chr(b) if chr(b).isascii() and chr(b).isalnum() else f"\\{b:03}" for b in raw(text)[:most]) + '"'


class Elements(html.parser.HTMLParser):
    """Which elements with which attributes a page has, and where it points."""

    def __init__(self, text):
        super().__init__()
        self.found, self.links, self.count = set(), set(), 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.count += 1
        self.found.add((tag, *sorted(name for name, _ in attrs)))
        self.links |= {(tag, value.split("#")[0]) for name, value in attrs if name in ("href", "src", "action", "data") and value}


class F26(fault.FaultCase):
    """The corpus through the whole chain: MX hosts, aliases, policies, rejects; then every command and format."""

    @classmethod
    def setUpClass(cls):
        cls.strings = hostile()
        assert len(cls.strings) >= 200

    def world(self, strings):
        zone, names = [], []
        for i, text in enumerate(strings):
            name, odd = f"f{i}.test", label(text)
            names.append(name)
            zone += [f"{name} MX 10 {odd}.evil{i % 7}.test", f"{name} MX 20 ok.{odd}", f"{odd}.evil{i % 7}.test A 20.0.{i // 250}.{i % 250 + 1}",
                     f"{name} TXT {quoted('v=spf1 include:' + text + ' -all')}", f"_dmarc.{name} TXT {quoted('v=DMARC1; p=none; rua=mailto:' + text)}",
                     f"_smtp._tls.{name} TXT {quoted('v=TLSRPTv1; rua=' + text)}"]
        long = ".".join(["\\001" * 63] * 3) + "." + "\\001" * 59  # 1,020 characters when written
        zone += [f"long.test MX 10 {long}", "alias.test CNAME " + label("=<b>\x1b[31m") + ".evil.test"]
        return "\n".join(zone) + "\n", names + ["long.test", "alias.test"]

    def survey(self, strings, db):
        zone, names = self.world(strings)
        lines = b"".join(name.encode() + b"\n" for name in names)
        lines += b"".join(text.encode("utf-8", "surrogatepass").replace(b"\n", b" ") + b"\n" for text in strings)
        result = self.scan(self.write(f"{db.stem}.txt", lines), self.serve(zone), "--checks", "all", "--servfail-wait", 20, "--timeout",
                           1000, "--control", "f0.test", "--list", "=1+1<b>", db=db)
        self.assertIn(result.code, (0, 3), result)
        return result, names

    def printable(self, text, what):
        for line in text.split("\n"):
            odd = {c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
            self.assertEqual(odd, set(), f"{what}: {line[:300]!r}")
            self.assertIsNone(STEERING.search(line), what)

    def check_csv(self, text, what):
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertGreater(len(rows), 0, what)
        self.assertEqual({len(row) for row in rows}, {len(rows[0])}, f"{what}: as many cells in each row")
        for row in rows:
            for cell in row:
                self.assertFalse(cell.startswith(tuple(FORMULA)) and not re.fullmatch(r"-?[0-9.]+", cell), f"{what}: {cell!r}")

    def check_json(self, text, what, count=1):
        """As many documents one after the other, and the first of them."""
        try:
            found = harness.documents(text)
        except ValueError as bad:
            self.fail(f"{what}: {bad}")
        self.assertEqual(len(found), count, what)
        return found[0]

    def command(self, *arguments, codes=(0,)):
        result = harness.run(*arguments, timeout_s=60)
        self.assertIn(result.code, codes, result)
        return result.out

    def test_every_command_and_format(self):
        result, names = self.survey(self.strings, self.db)
        self.printable(result.err + result.out, "scan")
        self.assertEqual(self.one("PRAGMA quick_check"), "ok")
        self.assertGreaterEqual(self.one("SELECT accepted FROM v_run"), len(names))
        tables = self.tables()
        formats = len(tables)
        for name, text in tables.items():
            self.check_csv(text, f"report {name} csv")
        # Several tables by one start where a format holds several; where it holds one, those that have a word of a stranger's (of
        # all tables contract.formats writes every format).
        strange = [name for name, text in tables.items() if "evil" in text or "\\" in text]
        self.assertLessEqual({"policy_providers", "mailboxes", "providers", "impact", "rejects", "matrix"}, set(strange))
        asked = [((), kind) for kind in ("text", "json", "markdown", "latex", "prometheus", "svg", "html", "csv")]
        asked += [(tuple(tables), kind) for kind in ("text", "json", "markdown", "latex")]
        asked += [((name,), kind) for name in strange for kind in ("prometheus", "svg", "html")]
        for names_of, kind in asked:
            done = harness.run("report", self.db, *names_of, "--format", kind, "--color", "always" if kind == "text" else "never")
            if done.code != 0:  # not every table has every format; it says so in one printable line
                self.assertEqual(kind, "svg", done)
                self.assertEqual(len(done.err.strip().splitlines()), 1, done)
                continue
            formats += max(1, len(names_of))
            what, out = f"report {' '.join(names_of)} {kind}", re.sub(r"\x1b\[[0-9;]*m", "", done.out) if kind == "text" else done.out
            if kind == "json":
                self.check_json(out, what, max(1, len(names_of)))
            elif kind == "csv":
                self.check_csv(out, what)
            elif kind not in ("html", "svg"):
                self.printable(out.replace("\t", " "), what)
        self.check_csv(self.command("export", self.db, "--format", "csv"), "export csv")
        exported = [self.check_json(line, "export") for line in self.command("export", self.db).splitlines()]
        self.assertEqual(len(exported), self.one("SELECT accepted FROM v_run"))
        for record in exported:
            for entry in record["mx"]:
                self.assertTrue(entry["host"].isascii() and entry["host"].isprintable() and " " not in entry["host"], entry)
        for arguments in (("runs", self.db), ("explain", self.db, *names[::9], "long.test"), ("outage", self.db, "provider", "org:evil1.test")):
            done = harness.run(*arguments)
            self.assertEqual(done.code, 0, done)
            self.printable(done.out + done.err, " ".join(map(str, arguments[:1] + arguments[2:])))
        self.figure(strings=len(self.strings), tables=len(tables), formats_written=formats, records=len(exported))

    def test_a_page_has_no_element_more(self):
        _, _ = self.survey(self.strings, self.db)
        tame = self.folder / "tame.db"
        self.survey([f"tame{i}" for i in range(len(self.strings))], tame)
        for command in (("report", "--format", "html"), ("report", "--format", "svg")):
            bad, good = (harness.run(command[0], db, *command[1:]) for db in (self.db, tame))
            if good.code != 0:
                continue
            self.assertEqual(bad.code, 0, bad)
            bad, good = Elements(bad.out), Elements(good.out)
            self.assertEqual(bad.found - good.found, set(), command)
            self.assertEqual({link for link in bad.links if not link[1].startswith(("data:", "https://"))} - good.links, set())

    def test_arguments_are_strings_too(self):
        server = self.serve("a.test MX 10 mx.a.test\nmx.a.test A 20.0.0.1\n")
        self.assertEqual(self.scan(["a.test"], server).code, 0)
        before = self.one("SELECT group_concat(name || ifnull(sql, '')) FROM sqlite_schema")
        strings = [text.replace("\0", "")[:1000] for text in self.strings]
        strings = [text for text in strings if text and not any(0xd800 <= ord(c) < 0xe000 for c in text)]
        self.assertGreater(len(strings), 250)
        # Names that nobody knows are told one by one, of other words the first that is wrong: those take turns.
        commands = [("explain", self.db, "--", *strings)]
        for text, command in zip(strings[::6], itertools.cycle((("report", self.db, "--list"), ("outage", self.db, "provider"),
                                                                ("report", self.db, "--"), ("export", self.db, "--state")))):
            commands.append((*command, text))
        for arguments in commands:
            done = harness.run(*arguments)
            self.assertIn(done.code, (1, 2), done)
            self.printable(done.out + done.err, " ".join(map(repr, arguments)))
            self.assertGreaterEqual(len(done.err.splitlines()), len(arguments) - 3, "each is told")
        self.assertEqual(self.one("SELECT group_concat(name || ifnull(sql, '')) FROM sqlite_schema"), before)

    def test_looked_up_names_are_printable(self):
        """Six strings to a name, as hosts and below hosts."""
        zone, _ = self.world(self.strings)
        zone = re.sub(r"(?m)^f(\d+)\.test MX", lambda found: f"g{int(found[1]) // 6}.test MX", zone)
        names = [f"g{i}.test" for i in range((len(self.strings) + 5) // 6)] + ["long.test", "alias.test"]
        done = harness.run("lookup", *self.resolver_options(self.serve(zone)), "--health", "off", *names)
        self.printable(done.out + done.err, "lookup")
        self.assertGreaterEqual(done.out.count(".evil"), len(self.strings))


class F27(fault.FaultCase):
    """Lists as nobody should write them: each line is accepted, or rejected with its number and reason; the sums add up."""

    LINES = [  # line, name or reason
        (b"a.test", "a.test"), (b"B.Test.", "b.test"), (b"\tc.test  ", "c.test"), (b"d.test # why", "d.test"), (b"7,e.test", "e.test"),
        (b"https://f.test/x?y#z", "f.test"), (b"user@g.test", "g.test"), (b"h.test:8080", "h.test"), (b'"i.test"', "i.test"),
        (b"single", "single"), (b"_dmarc.j.test", "_dmarc.j.test"), ("bücher.test".encode(), "xn--bcher-kva.test"),
        (b"l" * 63 + b".test", "l" * 63 + ".test"), (b".".join([b"m" * 63] * 3) + b"." + b"m" * 61, ".".join(["m" * 63] * 3) + "." + "m" * 61),
        (b"n" * 64 + b".test", "label_too_long"), (b".".join([b"o" * 63] * 4), "name_too_long"), (b".", "empty_name"), (b"..", "empty_label"),
        (b"p..test", "empty_label"), (b".q.test", "empty_label"), (b"*.r.test", "wildcard"), (b"*", "wildcard"), (b"192.0.2.1", "ip_address"),
        (b"[2001:db8::1]", "ip_address"), (b"2001:db8::1", "ip_address"), (b"s test", "several_fields"), (b"t\0.test", "nul_byte"),
        (b"u\xff.test", "not_utf8"), (b"v!.test", "bad_character"), (b"w" * 70000, "line_too_long"), (b"user@", "empty_name"),
    ]

    def reasons(self):
        return dict(self.rows("SELECT line, reason FROM reject"))

    def test_each_line_has_its_fate(self):
        for end in (b"\n", b"\r\n", b"\r"):
            with self.subTest(end=end):
                self.db = self.folder / f"end{end.hex()}.db"
                content = b"\xef\xbb\xbf# a comment" + end + end + end.join(line for line, _ in self.LINES) + end
                server = self.serve(generate=10)
                result = self.scan(self.write("list", content), server, "--checks", "mx")
                self.assertEqual(result.code, 0, result)
                reasons = self.reasons()
                names = {row[0] for row in self.rows("SELECT name FROM domain")}
                for at, (line, impact) in enumerate(self.LINES, 3):
                    if at in reasons:
                        self.assertEqual(reasons[at], impact, line[:60])
                    else:
                        self.assertIn(impact, names, line[:60])
                accepted = sum("_" not in impact or impact.startswith("_") for _, impact in self.LINES if impact not in ("wildcard",))
                self.assertEqual(self.rows("SELECT lines, accepted, rejected, duplicates FROM v_run"),
                                 [(len(self.LINES), accepted, len(self.LINES) - accepted, 0)])
                counters = server.counters()
                self.assertEqual(counters["root"], counters["root_ns"], "the root is never asked for mail")
                self.assertNotIn("", names)

    def test_utf_16(self):
        names = [f"x{i}.test" for i in range(50)] + ["bücher.test"]
        for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
            self.db = self.folder / f"{encoding}.db"
            content = mark + "".join(f"{name}\r\n" for name in names).encode(encoding)
            self.assertEqual(self.scan(self.write("list", content), self.serve(generate=10), "--checks", "mx").code, 0)
            self.assertEqual(self.rows("SELECT lines, accepted FROM v_run"), [(51, 51)])

    def test_noise_adds_up(self):
        import random
        chance, server = random.Random(27), self.serve(generate=10)
        for round_ in range(fault.size(4, 40)):
            self.db = self.folder / f"noise-{round_}.db"
            lines = [b"good%d.test" % i for i in range(60)] + [chance.randbytes(chance.randrange(1, 80)).replace(b"\n", b"").replace(b"\r", b"") for _ in range(2000)]
            result = self.scan(self.write("noise", b"\n".join(lines) + b"\n"), server, "--checks", "mx")
            if result.code == 1:  # taken for something compressed or binary, and said so
                self.assertEqual(len(result.err.strip().splitlines()), 1, result)
                continue
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.one("SELECT lines - accepted - rejected - duplicates FROM v_run"), 0)
            self.assertEqual(self.one("SELECT count(*) FROM reject"), self.one("SELECT rejected FROM v_run"))

    def test_a_bomb_of_blank_lines_can_be_stopped(self):
        """2 GB of line ends in 64 KB: no entry ever comes of it, and a signal is heard all the same."""
        member = gzip.compress(b"\n" * (64 << 20), 9)
        path = self.write("bomb.gz", gzip.compress(b"a.test\n") + member * 32)
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.serve(generate=10)
            scan = self.scan_begin(path, server, "--checks", "mx", "-q")
            self.wait_for_questions(server)
            time.sleep(1)
            self.assertTrue(scan.alive(), "it is still reading")
            self.assertLess(scan.rss_bytes(), (64 if harness.SLOW == 1 else 200) << 20)
            began = time.monotonic()
            scan.signal(number)
            self.assertEqual(scan.wait(30), 75, scan.text())
            self.assertLess(time.monotonic() - began, 3 * harness.SLOW)
            self.assertNotIn("(line", scan.text())

    def test_one_endless_line(self):
        """A line of 1 GB: one reject, and memory as for a short one."""
        size = fault.size(200 << 20, 1 << 30)
        path = self.folder / "endless"
        with open(path, "wb") as file:
            file.write(b"a.test\n")
            block = b"x" * (1 << 20)
            for _ in range(size >> 20):
                file.write(block)
            file.write(b"\nb.test\n")
        server, peak, began = self.serve(generate=10), 0, time.monotonic()
        scan = self.scan_begin(path, server, "--checks", "mx", "-q")
        while scan.alive():
            try:
                peak = max(peak, scan.rss_bytes())
            except (OSError, IndexError):
                break
            time.sleep(0.02)
        self.assertEqual(scan.wait(30), 0, scan.text())
        self.assertEqual(self.rows("SELECT lines, accepted, rejected FROM v_run"), [(3, 2, 1)])
        self.assertEqual(self.reasons(), {2: "line_too_long"})
        if harness.SLOW == 1:
            self.assertLess(peak, 64 << 20)
        self.assertLess(peak, 200 << 20, "not the line")
        self.figure(line_mb=size >> 20, rss_mb=peak >> 20, sanitized=harness.SLOW != 1, seconds=round(time.monotonic() - began, 1))


if __name__ == "__main__":
    fault.main()
