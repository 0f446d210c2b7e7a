#!/usr/bin/env python3
"""The HTML page in Debian's Chromium: see page.mjs. Skipped, saying so, without node, chromium or the npm packages.

MXS_NPM names a folder whose node_modules has what package.json asks for; without it `npm ci`-like folders beside this file
and in the build folder are looked at, and MXS_NPM_INSTALL=1 lets it install them into the build folder.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ["MXSURVEY"]
BUILD = os.environ.get("MXS_BUILD", tempfile.gettempdir())
MAX_BYTES = 300 * 1000


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def npm_folder():
    """A folder with node_modules, or None."""
    wanted = os.path.join(BUILD, "browser")
    for folder in (os.environ.get("MXS_NPM"), HERE, wanted):
        if folder and os.path.isdir(os.path.join(folder, "node_modules", "playwright-core")):
            return folder
    if os.environ.get("MXS_NPM_INSTALL") != "1" or not shutil.which("npm"):
        return None
    os.makedirs(wanted, exist_ok=True)
    shutil.copy(os.path.join(HERE, "package.json"), wanted)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", wanted], capture_output=True, timeout=300)
    return wanted if done.returncode == 0 else None


def run(*command):
    subprocess.run(command, check=True, timeout=300)


def main():
    if not shutil.which("node"):
        skip("no node: apt-get install nodejs")
    if not any(os.path.exists(p) for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser")):
        skip("no chromium: apt-get install chromium")
    npm = npm_folder()
    if npm is None:
        skip("no npm packages: npm install --prefix tests/browser, or set MXS_NPM_INSTALL=1")
    with tempfile.TemporaryDirectory(prefix="mxs-browser-") as work:
        db, page, hostile = (os.path.join(work, name) for name in ("survey.db", "page.html", "hostile.html"))
        run(sys.executable, os.path.join(HERE, "..", "support", "make_fixture.py"), db, "--domains", "5000", "--runs", "4",
            "--change", "0.05")
        run(BINARY, "report", db, "--format", "html", "-o", page)
        run(sys.executable, os.path.join(HERE, "hostile.py"), db)
        run(BINARY, "report", db, "--format", "html", "-o", hostile)
        assert os.path.getsize(page) <= MAX_BYTES, "%d bytes" % os.path.getsize(page)
        for name in ("notes", "rejects", "providers", "fate"):
            run(BINARY, "report", db, name, "--format", "html", "-o", os.path.join(work, name + ".html"))
        done = subprocess.run(["node", os.path.join(HERE, "page.mjs"), page, hostile], timeout=400,
                              env=dict(os.environ, MXS_NPM=npm))
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
