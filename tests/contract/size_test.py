"""No function over 100 lines, no file over 600, no line of C over 120 columns: the house aims at 70, 600 and 120."""
import re

import law

FUNCTION_MAX, FILE_MAX, LINE_MAX = 100, 600, 120
FOLDERS = ("base", "model", "db", "options", "scanner", "reports", "tests", "scripts", "cmake")
SUFFIXES = {".c", ".h", ".py", ".sh", ".cmake"}
NAME = re.compile(r"(\w+)\(")


def functions(lines):
    """(name, first line, length) of each function: a brace in column 0 up to the next closing one in column 0."""
    begin, head = None, ""
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            begin = number
        elif line.startswith("}") and begin:
            match = NAME.search(head)
            yield (match.group(1) if match else "?"), begin, number - begin + 1
            begin = None
        elif begin is None and NAME.search(line) and line[:1] not in " \t#/*":
            head = line


def main():
    wrong, files, longest = [], 0, (0, "")
    paths = [p for folder in FOLDERS for p in sorted((law.SOURCE / folder).rglob("*")) if p.suffix in SUFFIXES or p.name == "CMakeLists.txt"]
    for path in [law.SOURCE / "mxsurvey.c", *paths]:
        if not path.is_file() or "seeds" in path.parts or "corpus" in path.parts:
            continue
        files += 1
        where = path.relative_to(law.SOURCE)
        lines = path.read_text(errors="replace").splitlines()
        if len(lines) > FILE_MAX:
            wrong.append(f"{where}: {len(lines)} lines, more than {FILE_MAX}")
        if path.suffix in {".c", ".h"}:
            wrong += [f"{where}:{number}: {len(line)} columns, more than {LINE_MAX}"
                      for number, line in enumerate(lines, 1) if len(line) > LINE_MAX]
        if path.suffix != ".c":
            continue
        for name, begin, length in functions(lines):
            longest = max(longest, (length, f"{where}:{begin} {name}"))
            if length > FUNCTION_MAX:
                wrong.append(f"{where}:{begin}: {name} has {length} lines, more than {FUNCTION_MAX}")
    law.finish(wrong, f"{files} files; the longest function: {longest[1]}, {longest[0]} lines")


main()
