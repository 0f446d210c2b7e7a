"""What configure says to each c-ares: below the floor and 1.34.6 it stops, versions with known holes get a warning."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("MXS_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES C)
list(APPEND CMAKE_MODULE_PATH "{source}/cmake")
include(foreign)
"""
PACKAGE = "Name: c-ares\nDescription: a fake\nVersion: {version}\nLibs: -lcares\nCflags:\n"


class Cares(unittest.TestCase):
    """The house's own cmake/foreign.cmake, with a libcares.pc of ours before the system's."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mxs-cares-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name)
        (cls.root / "CMakeLists.txt").write_text(PROJECT.format(source=SOURCE), encoding="utf-8")

    def configure(self, version):
        (self.root / "libcares.pc").write_text(PACKAGE.format(version=version), encoding="utf-8")
        argv = ["cmake", "-U", "*PC_cares*", "-S", self.root, "-B", self.root / "build"]
        done = subprocess.run(list(map(str, argv)), env={**os.environ, "PKG_CONFIG_PATH": str(self.root)}, capture_output=True,
                              text=True, timeout=120, check=False)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def test_refused(self):
        code, text = self.configure("1.18.0")
        self.assertNotEqual(code, 0, text)
        self.assertIn("libcares>=1.18.1", text)
        code, text = self.configure("1.34.6")
        self.assertNotEqual(code, 0, text)
        self.assertIn("c-ares 1.34.6 opens a UDP socket per query", text)

    def test_warned_of(self):
        for version in ("1.32.3", "1.33.0", "1.34.0", "1.34.5", "1.34.7", "1.34.8"):
            with self.subTest(version=version):
                code, text = self.configure(version)
                self.assertEqual(code, 0, text)
                self.assertIn(f"c-ares {version} has known remote use-after-free", text)
                self.assertIn("use >= 1.34.9", text)

    def test_taken_without_a_word(self):
        for version in ("1.18.1", "1.28.1", "1.32.2", "1.34.9", "1.35.0"):
            with self.subTest(version=version):
                code, text = self.configure(version)
                self.assertEqual(code, 0, text)
                self.assertNotIn("use-after-free", text)
                self.assertNotIn("CMake Warning", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
