#!/usr/bin/python3
"""The fault table at its full sizes: tests/fault/full.py BUILD [ROW...], one row after the other.

BUILD is a build folder, best a release one with tests (cmake --preset release -DBUILD_TESTING=ON): bounds of memory are
asserted without sanitizers only. Prints each row's figures and a table at the end. All of it takes about two hours.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def rows():
    """{row: file} as CMakeLists.txt registers them."""
    found = {}
    for file, names in re.findall(r"mxs_fault\((\w+) ([F0-9 ]+)\)", (HERE / "CMakeLists.txt").read_text(encoding="utf-8")):
        found.update({name: HERE / f"{file}_test.py" for name in names.split()})
    return dict(sorted(found.items(), key=lambda item: int(item[0][1:])))


def main():
    if len(sys.argv) < 2 or not (pathlib.Path(sys.argv[1]) / "mxsurvey").exists():
        sys.exit("usage: tests/fault/full.py BUILD [ROW...]")
    build, all_rows, told = pathlib.Path(sys.argv[1]).resolve(), rows(), []
    environment = {**os.environ, "MXSURVEY": str(build / "mxsurvey"), "MXS_SUPPORT": str(build / "tests/support"),
                   "MXS_FAULT_BIN": str(build / "tests/fault"), "MXS_SOURCE": str(HERE.parents[1]), "MXS_FAULT_FULL": "1"}
    for row in sys.argv[2:] or all_rows:
        if row not in all_rows:
            sys.exit(f"no row {row}; there are {' '.join(all_rows)}")
        began = time.monotonic()
        code = subprocess.run([sys.executable, "-B", all_rows[row], row], env=environment, check=False).returncode
        told.append(f"{row:4} {'ok' if code == 0 else 'skipped' if code == 77 else 'FAILED':8} {time.monotonic() - began:8.1f} s")
    print("\n".join(told))
    sys.exit(any("FAILED" in line for line in told))


if __name__ == "__main__":
    main()
