"""Suites that nobody here wrote (F35). Two more are unit.model.domain (test_psl) and unit.parse.rfc7208 (203 cases)."""
import os
import pathlib
import re

import fault
import harness

INPUTS = harness.SOURCE / "build" / "cares-inputs"
TESTS = pathlib.Path(os.environ.get("MXS_FAULT_BIN", harness.SUPPORT.parent / "fault")).parent
PSL_SUITE = pathlib.Path("/usr/share/doc/publicsuffix/examples/test_psl.txt")
TYPES = 8  # how many the first octet chooses from in tests/fuzz/message_fuzz.c


class F35(fault.FaultCase):
    def inputs(self):
        """The inputs of c-ares' own fuzzers: messages and names."""
        if not (INPUTS / "fuzzinput").is_dir():
            self.skipTest("skipped: no inputs of c-ares here: ./scripts/cares-inputs.sh build/cares-inputs fetches them")
        return sorted((INPUTS / "fuzzinput").iterdir()), sorted((INPUTS / "fuzznames").iterdir())

    def test_what_c_ares_was_fuzzed_with(self):
        messages, names = self.inputs()
        self.assertGreater(len(messages), 50)
        for kind, files, heads in (("message", messages, [bytes([i]) for i in range(TYPES)]), ("name", names, [b""])):
            seeds = self.folder / kind
            seeds.mkdir()
            for path in files:
                for head in heads:
                    (seeds / f"{path.name}-{head.hex()}").write_bytes(head + path.read_bytes())
            result = harness.run(seeds, program=TESTS / "fuzz" / f"fuzz_{kind}", timeout_s=60)
            self.assertEqual(result.code, 0, result)
            self.assertIn(f"{len(files) * len(heads)} seeds", result.out)
        self.figure(messages_of_c_ares=len(messages), as_types=TYPES, names_of_c_ares=len(names))

    def test_our_reading_of_them_against_c_ares(self):
        self.inputs()
        result = harness.run("--verbose", program=TESTS / "unit_parse_differential", timeout_s=60,
                             env={"MXS_CARES_INPUTS": str(INPUTS / "fuzzinput")})
        self.assertEqual(result.code, 0, result)

    def test_the_list_of_public_suffixes_is_the_whole_suite(self):
        """unit.model.domain reads it; here with the names of other scripts as they are asked, and every case accounted for."""
        if not PSL_SUITE.exists():
            self.skipTest("skipped: this machine leaves out the examples of packages")
        cases = [line for line in PSL_SUITE.read_text(encoding="utf-8").splitlines() if line.startswith("checkPublicSuffix(")]
        self.assertGreaterEqual(len(cases), 78)
        nothing, dots, private = (sum(word in line for line in cases) for word in ("(null", "('.", "uk.com'"))
        asked = [re.sub(r"'([^']*)'", lambda name: f"'{self.a_labels(name[1])}'", line) for line in cases]
        least = len(cases) - nothing - dots - private
        result = harness.run("--verbose", "--filter", "domain/*", program=TESTS / "unit_model_domain", timeout_s=60,
                             env={"MXS_PSL_SUITE": str(self.write("suite", "\n".join(asked) + "\n")), "MXS_PSL_CASES": str(least)})
        self.assertEqual(result.code, 0, result)
        self.figure(public_suffix_cases=len(cases), equal=least, no_name=nothing, of_an_empty_label=dots, private_part=private)

    def a_labels(self, name):
        return name if name.isascii() else name.encode("idna").decode()


if __name__ == "__main__":
    fault.main()
