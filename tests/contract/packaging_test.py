"""Packages name what the program is built with, install what it installs, and take the version from one place.

Whether a package works is tried by scripts/package-test.sh, which needs roots of its own, some minutes and the right to make them.
"""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

PACKAGING = harness.SOURCE / "packaging"
# What every machine that builds packages has, and what is not a library.
ALWAYS = {"build-essential", "cmake", "ninja-build", "pkg-config", "publicsuffix"}


def group(name):
    return set(subprocess.run([harness.SOURCE / "scripts/packages.sh", "--list", name], capture_output=True, text=True, check=True).stdout.split())


def field(name):
    text = re.sub(r"\n[ \t]+", " ", (PACKAGING / "debian/control").read_text())
    return {word.split()[0] for word in re.search(rf"^{name}: (.*)$", text, re.M)[1].split(",")}


class Packaging(harness.TestCase):
    def test_debian_builds_with_what_the_scripts_install(self):
        wanted = group("build") - {"build-essential"}
        self.assertEqual(wanted - field("Build-Depends"), set())
        self.assertEqual(field("Build-Depends") - wanted, {"debhelper-compat", "scdoc"})

    def test_rpm_builds_with_what_cmake_looks_for(self):
        foreign = (harness.SOURCE / "cmake/foreign.cmake").read_text()
        wanted = set(re.findall(r"^\s*mxs_foreign\(\w+ +(?:PKG|OPTIONAL) (\S+)", foreign, re.M))
        self.assertGreater(len(wanted), 10)
        spec = (PACKAGING / "rpm/mxsurvey.spec").read_text()
        self.assertEqual(wanted - set(re.findall(r"pkgconfig\(([^)]+)\)", spec)), set())
        self.assertIn("libcsv-devel", spec)

    def test_rpm_lists_every_manual_page(self):
        spec = (PACKAGING / "rpm/mxsurvey.spec").read_text()
        for page in (harness.SOURCE / "man").glob("*.scd"):
            section = page.suffixes[-2][1:]
            self.assertIn("%{_mandir}/man" + section, spec, page)

    def test_the_version_stands_in_one_place(self):
        cmake = (harness.SOURCE / "CMakeLists.txt").read_text()
        version = re.search(r"^project\(mxsurvey VERSION ([0-9.]+)", cmake, re.M)[1]
        suffix = re.search(r'^set\(MXS_VERSION_SUFFIX "(.*)"\)', cmake, re.M)[1]
        self.assertIn(f"## {version}{suffix}", (harness.SOURCE / "CHANGELOG.md").read_text(), "scripts/release.sh wants its section")
        places = [path for path in [*PACKAGING.rglob("*"), *(harness.SOURCE / "scripts").glob("*.sh"), harness.SOURCE / "README.md",
                                    harness.SOURCE / "docs/manual.md"] if path.is_file() and version in path.read_text(errors="replace")]
        self.assertEqual(places, [])
        self.assertEqual(harness.run("--version").out.split()[1], version + suffix)

    def test_no_timer_is_enabled_and_a_purge_leaves_what_is_not_the_packages(self):
        self.assertIn("dh_installsystemd --no-enable --no-start", (PACKAGING / "debian/rules").read_text())
        postrm = (PACKAGING / "debian/mxsurvey.postrm").read_text()
        self.assertNotRegex(postrm, r"\brm\b(?! it by hand)[^;]*mxsurvey")

    def test_scripts_parse(self):
        for path in (PACKAGING / "container/build.sh", PACKAGING / "container/test.sh", PACKAGING / "debian/mxsurvey.postrm", PACKAGING / "debian/tests/survey",
                     harness.SOURCE / "scripts/package-test.sh", harness.SOURCE / "scripts/musl.sh"):
            done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    harness.main()
