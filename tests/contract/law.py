"""What the contract tests share: where the house is, its rooms, and how to say what is wrong."""
import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ.get("MXS_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("MXS_BUILD", SOURCE / "build/asan"))


class Room:
    def __init__(self, line):
        name, uses, foreign = line.split("|")
        self.name = name
        self.uses = [u for u in uses.split(",") if u]
        self.foreign = set(f for f in foreign.split(",") if f)
        self.files = sorted(p for glob in ("*.[ch]", "internal/*.h") for p in (SOURCE / name).glob(glob))


def rooms():
    """In link order, as configured (rooms.txt is written by cmake)."""
    text = (BUILD / "rooms.txt").read_text()
    return [Room(line) for line in text.splitlines() if line]


def finish(wrong, good):
    """One line per breach, and the exit code."""
    for line in wrong:
        print(line)
    print(f"{len(wrong)} breaches" if wrong else good)
    sys.exit(1 if wrong else 0)
