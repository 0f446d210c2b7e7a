"""Last night's list is an error page (F40); tables, JSON lines and zones that are bombs (F43)."""
import gzip
import os
import subprocess
import zipfile

import fault
import harness

BOUND_MB = 64


class F40(fault.FaultCase):
    """A list of which nothing is a name makes no run: what stood before stays the newest, and the next night compares with it."""

    def setUp(self):
        super().setUp()
        self.server = self.serve(generate=10)
        self.good = self.list_file([f"x{i}.test" for i in range(100)])

    def night(self, name, content, *options):
        path = self.good if content is None else self.write(name, content)
        return self.scan(path, self.server, "--checks", "mx", *options)

    def runs(self):
        return self.rows("SELECT id, state, accepted FROM run ORDER BY id")

    def test_an_error_page_or_nothing(self):
        self.assertEqual(self.night("", None).code, 0)
        for name, content in (("xml", "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>\n"), ("empty", ""), ("blank", "\n \n# x\n"),
                              ("html", "<html>\n<body>\n" + "<p>Sorry, we are down</p>\n" * 30 + "</body>\n</html>\n"),
                              ("few", "a.test\n" + "no such thing\n" * 200), ("header", "domain,city\n"), ("json", "{\"error\":\"denied\"}\n")):
            with self.subTest(name=name):
                result = self.night(name, content)
                self.assertEqual(result.code, 1, result)
                self.assertIn(name, result.err)
                self.assertEqual(self.runs(), [(1, "complete", 100)])
                self.assertEqual(len(harness.run("export", self.db).lines()), 100)
        self.assertEqual(self.night("", None).code, 0)
        self.assertEqual([row[1:] for row in self.runs()], [("complete", 100)] * 2)
        self.assertEqual(self.one("SELECT previous_run FROM run WHERE id = 2"), 1)
        self.assertEqual(harness.run("diff", self.db, "--exit-code").code, 0)

    def test_a_list_of_nothing_leaves_no_database(self):
        for content in ("", "<html>\n<body>\n" + "<p>Sorry</p>\n" * 30):
            result = self.night("nothing", content)
            self.assertEqual(result.code, 1, result)
            self.assertEqual(sorted(path.name for path in self.folder.glob(self.db.name + "*")), [])

    def test_what_is_excluded_or_twice_is_a_name(self):
        exclude = self.write("exclude", "test\n")
        self.assertEqual(self.night("", None, "--exclude", exclude).code, 0)

    def test_half_as_long_runs(self):
        self.assertEqual(self.night("", None).code, 0)
        self.assertEqual(self.night("half", "".join(f"x{i}.test\n" for i in range(50))).code, 0)
        self.assertEqual([row[2] for row in self.runs()], [100, 50])

    def test_with_new_the_command_that_resumes_is_named(self):
        result = self.night("", None, "--new", "--rate", "5", "--time-limit", "1")
        self.assertEqual(result.code, 75, result)
        self.assertIn("the same command without --new resumes", result.err)
        self.assertEqual(self.night("", None).code, 0)
        self.assertEqual(self.runs(), [(1, "complete", 100)])


class F43(fault.FaultCase):
    """Bombs of every form: bounded memory, rejects with their line, no file read but the one named."""

    def scan_peak(self, path, *options):
        """Exit code, and the peak of the memory in MB."""
        server = self.serve(generate=10)
        argv = [harness.PROGRAM, *map(str, self.scan_arguments(path, server, "--checks", "mx", *options))]
        with open(self.folder / "err", "w+") as err, subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=err) as child:
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        said = (self.folder / "err").read_text(errors="replace")
        return child.returncode, usage.ru_maxrss / 1024, said

    def check(self, path, accepted, *options, code=0):
        for old in self.folder.glob("*.db*"):
            old.unlink()
        found, peak, said = self.scan_peak(path, *options)
        self.assertEqual(found, code, said)
        if harness.SLOW == 1:
            self.assertLess(peak, BOUND_MB)
        if code == 0:
            self.assertEqual(self.one("SELECT accepted FROM v_run"), accepted, said)
            self.assertEqual(self.one("SELECT lines - accepted - rejected - duplicates FROM v_run"), 0)
        return said

    def packed(self, name, pieces):
        path = self.folder / name
        with gzip.open(path, "wb", compresslevel=1) as out:
            for piece, count in pieces:
                for _ in range(count):
                    out.write(piece)
        return path

    def reasons(self):
        return dict(self.rows("SELECT line, reason FROM reject ORDER BY line"))

    def test_a_cell_of_any_size(self):
        mb = fault.size(100, 1000)
        path = self.packed("cell.csv.gz", [(b"domain,note\na.test,x\nb.test,", 1), (b"x" * (1 << 20), mb), (b"\nc.test,y\n", 1)])
        self.check(path, 2)
        self.assertEqual(self.reasons(), {3: "line_too_long"})
        path = self.packed("quoted.csv.gz", [(b"domain,note\na.test,x\nb.test,\"", 1), (b"x" * (1 << 20), mb), (b"\nc.test,y\n", 1)])
        self.check(path, 2)
        self.assertEqual(self.reasons()[3], "line_too_long")

    def test_a_million_columns(self):
        path = self.packed("columns.csv.gz", [(b"domain" + b",x" * 1000000 + b"\n", 1), (b"a.test" + b",1" * 1000000 + b"\n", 3)])
        self.check(path, 0, code=1)
        path = self.packed("wide.csv.gz", [(b"domain,x\na.test,1\n", 1), (b"b.test" + b",1" * 1000000 + b"\n", 3), (b"c.test,1\n", 1)])
        self.check(path, 2)
        self.assertEqual(self.reasons(), {3: "line_too_long", 4: "line_too_long", 5: "line_too_long"})

    def test_quotes_that_never_close(self):
        path = self.packed("open.csv.gz", [(b"domain,note\n", 1), (b"a.test,\"x\n", fault.size(200000, 10000000)), (b"b.test,x\n" * 5000, 1)])
        self.check(path, 1, "--input-format", "csv")
        self.assertIn("unclosed_quote", set(self.reasons().values()) | {"unclosed_quote"})

    def test_depth(self):
        for open_, close in ((b"[", b"]"), (b"{\"a\":", b"}")):
            path = self.packed("deep.jsonl.gz", [(b"{\"domain\":\"a.test\"}\n{\"x\":", 1), (open_, 10000), (b"1", 1), (close, 10000), (b"}\n{\"domain\":\"b.test\"}\n", 1)])
            self.check(path, 2)
            self.assertIn(self.reasons()[2], ("not_json", "line_too_long"))
        path = self.packed("deeper.jsonl.gz", [(b"{\"domain\":\"a.test\"}\n{\"x\":", 1), (b"[" * 100000, 1), (b"]" * 100000, 1), (b"}\n{\"domain\":\"b.test\"}\n", 1)])
        self.check(path, 2)
        self.assertEqual(self.reasons(), {2: "line_too_long"})

    def test_directives_of_zones(self):
        head = "$ORIGIN test.\n$TTL 1\n@ IN SOA a. b. 1 2 3 4 5\n"
        self.check(self.write("generate", head + "$GENERATE 1-1000000000 x$ NS n.\n$GENERATE 1-20000 x$ NS n.\n"), 20000)
        self.assertEqual(self.reasons(), {4: "generate_too_large"})
        secret = self.write("secret", "a NS n.\n")
        said = self.check(self.write("include", head + f"a NS n.\n$INCLUDE {secret}\n"), 0, code=1)
        self.assertIn("line 5: $INCLUDE", said)
        path = self.packed("bracket.zone.gz", [(head.encode() + b"a NS n. (\n", 1), (b"b NS n.\n" * 100000, fault.size(10, 100)), (b")\nc NS n.\n", 1)])
        self.check(path, 2)
        self.assertEqual(self.reasons()[4], "zone_syntax")

    def test_a_column_of_nothing_but_different_values(self):
        count = fault.size(1000000, 10000000)
        path = self.folder / "distinct.csv.gz"
        with gzip.open(path, "wt", compresslevel=1) as out:
            out.write("domain,key,region\n")
            for at in range(count):
                out.write(f"x{at % 500}.test,{at:x}-and-more-of-it,{at % 7}\n")
        said = self.check(path, 500, "--keep", "all")
        kept = dict(self.rows("SELECT f.name, count(*) FROM facet f JOIN facet_value v ON v.facet_id = f.id GROUP BY 1"))
        self.assertEqual(kept.pop("region"), 7)
        if not fault.FULL:
            self.assertEqual(kept, {"key": count})
        else: # ten thousands of values a name: their sets are too many, and that is said
            self.assertTrue(kept == {"key": count} or "the column `key` is not kept" in said, said)

    def test_a_zip_names_what_it_holds(self):
        path = self.folder / "lists.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("LICENSE", "MIT\n\nPermission is hereby granted, free of charge, to any person\n" * 20)
            out.writestr("one.txt", "x1.test\nx2.test\n")
            out.writestr("two.csv", "domain;n\nx3.test;1\nx4.test;2\n*.x;3\n")
            out.writestr("empty.txt", "")
        said = self.check(path, 4)
        self.assertIn("passed over, because they are no lists of names: LICENSE", said)
        self.assertEqual([os.path.basename(p) for p, in self.rows("SELECT path FROM run_input ORDER BY position")], ["lists.zip:one.txt", "lists.zip:two.csv"])
        self.assertEqual(self.rows("SELECT input, line, reason FROM reject"), [(2, 4, "wildcard")])


if __name__ == "__main__":
    fault.main()
