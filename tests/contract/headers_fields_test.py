"""Every public header opens with the ten fields, in order, none empty, then a paragraph."""
import re

import law

FIELDS = "Room Spec In Out Units Limits Errors Ownership Threads Bugs".split()


def breaches_of(room, path):
    where = path.relative_to(law.SOURCE)
    match = re.match(r"/\*(.*?)\*/", path.read_text(errors="replace"), re.S)
    if not match:
        yield f"{where}: does not open with a comment"
        return
    lines = [re.sub(r"^ \* ?", "", line) for line in ("\n" + match.group(1).lstrip()).splitlines()[1:]]
    found = [m.groups() for m in (re.match(r"([A-Z][a-z]+) +(\S.*)$", line) for line in lines) if m]
    heads = [name for name, _ in found if name in FIELDS]
    if heads[:len(FIELDS)] != FIELDS:
        missing = [name for name in FIELDS if name not in heads]
        yield f"{where}: fields are {' '.join(heads)}" + (f"; missing: {' '.join(missing)}" if missing else "")
    elif dict(reversed(found))["Room"].strip() != room:
        yield f"{where}: says Room {dict(reversed(found))['Room']}, lies in {room}"
    elif "" not in lines or not any(line.strip() for line in lines[lines.index(""):]):
        yield f"{where}: no paragraph after the fields"


def main():
    wrong, headers = [], 0
    for room in law.rooms():
        for path in room.files:
            if path.suffix == ".h":
                headers += 1
                wrong += breaches_of(room.name, path)
    law.finish(wrong, f"{headers} headers open as they must")


main()
