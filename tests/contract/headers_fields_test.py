"""Every header opens with a sentence that says what it is for; fields follow in order, and none says nothing."""
import re

import law

FIELDS = "Spec In Out Units Limits Errors Ownership Threads Bugs".split()
EMPTY = re.compile(r"(none|nothing|n/a|-)\b.{0,8}$", re.I)


def breaches_of(path):
    where = path.relative_to(law.SOURCE)
    match = re.match(r"/\*(.*?)\*/", path.read_text(errors="replace"), re.S)
    if not match:
        yield f"{where}: does not open with a comment"
        return
    lines = [re.sub(r"^ ?\* ?", "", line).strip() for line in match.group(1).strip().splitlines()]
    found = [m.groups() for m in (re.match(r"([A-Z][a-z]+) {2,}(\S.*)$", line) for line in lines) if m and m.group(1) in FIELDS]
    heads = [name for name, _ in found]
    if not lines[0] or lines[0].split()[0] in FIELDS and re.match(r"[A-Z][a-z]+ {2,}", lines[0]):
        yield f"{where}: does not open with a sentence"
    if heads != sorted(heads, key=FIELDS.index) or len(set(heads)) != len(heads):
        yield f"{where}: the fields are in another order than {' '.join(FIELDS)}: {' '.join(heads)}"
    for name, text in found:
        if EMPTY.match(text):
            yield f"{where}: the field {name} says nothing: leave it out"


def main():
    wrong, headers = [], 0
    for room in law.rooms():
        for path in room.files:
            if path.suffix == ".h":
                headers += 1
                wrong += breaches_of(path)
    law.finish(wrong, f"{headers} headers open as they must")


main()
