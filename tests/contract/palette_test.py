#!/usr/bin/env python3
"""Whoever is colour-blind tells severities and roles apart: the colours of the figures as deuteranopes and protanopes see them.

Simulation: Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB. Difference: CIEDE2000 (Sharma, Wu and Dalal 2005).
With --print: the table of differences.
"""
import itertools
import math
import os
import re
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SEEN = {"normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))}
GROUPS = {"severity": ("quiet", "notice", "warning", "critical"), "role": ("mailbox", "gateway", "backup"),
          "backup": ("good", "fair", "quiet", "notice", "critical")}
LEAST = {"severity": 15, "role": 15, "backup": 10}


def linear(hexes):
    values = [int(hexes[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def lab(rgb):
    r, g, b = (min(1, max(0, v)) for v in rgb)
    xyz = ((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047, 0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
           (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
    x, y, z = (v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one, other):
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = (math.degrees(math.atan2(b, a)) % 360 if c else 0 for a, b, c in ((a1, b1, c1), (a2, b2, c2)))
    dh = 0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    big_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(dh / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else h1 + dh / 2
    t = (1 - 0.17 * math.cos(math.radians(hm - 30)) + 0.24 * math.cos(math.radians(2 * hm)) + 0.32 * math.cos(math.radians(3 * hm + 6))
         - 0.20 * math.cos(math.radians(4 * hm - 63)))
    sl, sc, sh = 1 + 0.015 * (lm - 50) ** 2 / math.sqrt(20 + (lm - 50) ** 2), 1 + 0.045 * cm, 1 + 0.015 * cm * t
    turn = math.radians(60 * math.exp(-(((hm % 360 - 275) / 25) ** 2)))
    rt = -2 * math.sqrt(cm ** 7 / (cm ** 7 + 25 ** 7)) * math.sin(turn)
    x, y, z = (l2 - l1) / sl, (c2 - c1) / sc, big_h / sh
    return math.sqrt(x * x + y * y + z * z + rt * y * z)


def read(name):
    with open(os.path.join(ROOT, "reports", name), encoding="utf-8") as file:
        return file.read()


def colors(css):
    return {name: value for name, value in re.findall(r"\.([a-z]+[0-9]?)(?:,\.[a-z0-9]+)*\{fill:(#[0-9a-f]{6})\}", css)}


def differences():
    light = colors(read("format/chart.css"))
    dark = dict(light, **colors(read("page/page.css")))
    for theme, palette in (("light", light), ("dark", dark)):
        for group, names in GROUPS.items():
            for seen, matrix in SEEN.items():
                for one, other in itertools.combinations(names, 2):
                    places = [lab([sum(m * v for m, v in zip(row, linear(palette[name]))) for row in matrix]) for name in (one, other)]
                    yield theme, group, seen, one, other, ciede2000(*places)


class Palette(unittest.TestCase):
    def test_reference(self):
        self.assertAlmostEqual(ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)), 2.0425, 4)
        self.assertAlmostEqual(ciede2000((50, 2.5, 0), (73, 25, -18)), 27.1492, 4)

    def test_told_apart(self):
        for theme, group, seen, one, other, apart in differences():
            with self.subTest(theme=theme, seen=seen, one=one, other=other):
                self.assertGreaterEqual(apart, LEAST[group])


if __name__ == "__main__":
    if "--print" in sys.argv:
        for row in differences():
            print("%-6s %-9s %-13s %-9s %-9s %5.1f" % row)
    else:
        unittest.main()
