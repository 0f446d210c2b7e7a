#!/usr/bin/python3
"""The fault table at its full sizes: tests/fault/full.py BUILD [ROW...], one row after the other.

Rows whose full size is that of every commit and whose tests are of tests/e2e (F4, F9, F10) run here all the same.

BUILD is a build folder, best a release one with tests (cmake --preset release -DBUILD_TESTING=ON): bounds of memory are
asserted without sanitizers only. Prints each row's figures and a table at the end. All of it takes about three hours, F6 half of
them. Apart from these: F13 is `scripts/fuzz.sh 60`, F36 `scripts/test-cares.sh`.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
# Tests of tests/e2e/badinput_test.py that are rows of the table.
ELSEWHERE = {
    "F4": ["FullDisk.test_a_file_size_limit_is_a_full_disk"],
    "F9": [f"Databases.test_{name}" for name in ("another_programs_database_is_left_as_it_was", "a_file_that_is_no_database",
                                                 "a_newer_schema", "a_damaged_database_is_refused_and_not_touched",
                                                 "a_database_cut_short")],
    "F10": [f"Databases.test_{name}" for name in ("a_folder_that_may_not_be_written", "output_that_cannot_be_written",
                                                  "a_database_that_may_only_be_read_is_reported_and_not_scanned")],
}


def rows():
    """{row: (file, its classes or tests)}, most as CMakeLists.txt registers them."""
    found = {}
    for file, names in re.findall(r"mxs_fault\((\w+) ([F0-9 ]+)\)", (HERE / "CMakeLists.txt").read_text(encoding="utf-8")):
        found.update({name: (HERE / f"{file}_test.py", [name]) for name in names.split()})
    found.update({name: (HERE.parent / "e2e/badinput_test.py", tests) for name, tests in ELSEWHERE.items()})
    return dict(sorted(found.items(), key=lambda item: int(item[0][1:])))


def sanitizers_of(build):
    """What the tests have to know of the build: times and bounds of memory depend on it."""
    found = re.search(r"^MXS_SANITIZE:\w+=(.*)$", (build / "CMakeCache.txt").read_text(encoding="utf-8"), re.M)
    return found[1] if found else ""


def main():
    if len(sys.argv) < 2 or not (pathlib.Path(sys.argv[1]) / "mxsurvey").exists():
        sys.exit("usage: tests/fault/full.py BUILD [ROW...]")
    build, all_rows, told = pathlib.Path(sys.argv[1]).resolve(), rows(), []
    environment = {**os.environ, "MXSURVEY": str(build / "mxsurvey"), "MXS_SUPPORT": str(build / "tests/support"),
                   "MXS_FAULT_BIN": str(build / "tests/fault"), "MXS_SOURCE": str(HERE.parents[1]), "MXS_FAULT_FULL": "1",
                   "MXS_SANITIZE": sanitizers_of(build)}
    for row in sys.argv[2:] or all_rows:
        if row not in all_rows:
            sys.exit(f"no row {row}; there are {' '.join(all_rows)}")
        began = time.monotonic()
        file, tests = all_rows[row]
        code = subprocess.run([sys.executable, "-B", file, *tests], env=environment, check=False).returncode
        told.append(f"{row:4} {'ok' if code == 0 else 'skipped' if code == 77 else 'FAILED':8} {time.monotonic() - began:8.1f} s")
    print("\n".join(told))
    sys.exit(any("FAILED" in line for line in told))


if __name__ == "__main__":
    main()
