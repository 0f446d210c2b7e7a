#!/usr/bin/env python3
"""The HTML pages (report, diff, trend, and the one to browse) in Debian's Chromium: see page.mjs and browse.mjs. Skipped, saying so, without node, chromium or the npm packages.

MXS_NPM names a folder whose node_modules has what package.json asks for; without it `npm ci`-like folders beside this file
and in the build folder are looked at, and MXS_NPM_INSTALL=1 lets it install them into the build folder.
"""
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("MXSURVEY", "mxsurvey")
BUILD = os.environ.get("MXS_BUILD", tempfile.gettempdir())
MAX_BYTES = 300 * 1000
PAGES = ("report", "diff", "trend")
# The invented survey did not ask for policies and knows no countries: so that those sections are looked at as well.
POLICIES = """UPDATE run SET checks = 'mx,host,auth,transport';
              INSERT INTO verdict_value SELECT v.id, m.id, CASE m.name WHEN 'spf_all' THEN 45 WHEN 'bimi' THEN 0 WHEN 'tls_rpt' THEN v.id % 2
                WHEN 'dmarc' THEN v.id % 5 WHEN 'dane' THEN v.id % 5 WHEN 'posture' THEN v.id % 5 ELSE v.id % 3 END
                FROM verdict v JOIN measure m WHERE v.state <> 7 AND (m.name <> 'spf_all' OR v.id % 3 = 0);
              UPDATE asn SET country = CASE id % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' END"""


def skip(why):
    print("skipped:", why)
    sys.exit(77)


NPM_SECONDS = 90
# npm's own patience is minutes for each package; a network that lets nothing out is known sooner.
NPM = ["npm", "install", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000",
       "--fetch-timeout=20000", "--prefix"]


def install(folder):
    """What package.json asks for, into the folder; returns why not. A failure is kept there: the next test does not wait for it again."""
    failed = os.path.join(folder, "npm-failed")
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(failed) and time.time() - os.path.getmtime(failed) < 3600:
        with open(failed, encoding="utf-8") as file:
            return file.read()
    shutil.copy(os.path.join(HERE, "package.json"), folder)
    try:
        done = subprocess.run([*NPM, folder], capture_output=True, timeout=NPM_SECONDS)
        if done.returncode == 0:
            return None
        why = done.stderr.decode(errors="replace").strip()[:2000] or "npm: exit %d" % done.returncode
    except subprocess.TimeoutExpired:
        why = "npm: not done within %d s" % NPM_SECONDS
    with open(failed, "w", encoding="utf-8") as file:
        file.write(why)
    return why


def npm_folder():
    """A folder with node_modules, and why there is none."""
    wanted = os.path.join(BUILD, "browser")
    for folder in (os.environ.get("MXS_NPM"), HERE, wanted):
        if folder and os.path.isdir(os.path.join(folder, "node_modules", "playwright-core")):
            return folder, None
    if os.environ.get("MXS_NPM_INSTALL") != "1" or not shutil.which("npm"):
        return None, "npm install --prefix tests/browser, or set MXS_NPM_INSTALL=1"
    why = install(wanted)
    return (None, why) if why else (wanted, None)


def run(*command):
    subprocess.run(command, check=True, timeout=300)


def write_pages(db, work, kind):
    for name in PAGES:
        run(BINARY, name, db, "--format", "html", "-o", os.path.join(work, "%s-%s.html" % (name, kind)))
    run(BINARY, "report", db, "--format", "html", "--browse", "-o", os.path.join(work, "browse-%s.html" % kind))


def main():
    if not shutil.which("node"):
        skip("no node: apt-get install nodejs")
    if not any(os.path.exists(p) for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser")):
        skip("no chromium: apt-get install chromium")
    npm, why = npm_folder()
    if npm is None:
        skip("no npm packages: " + why)
    with tempfile.TemporaryDirectory(prefix="mxs-browser-") as work:
        db = os.path.join(work, "survey.db")
        run(sys.executable, os.path.join(HERE, "..", "support", "make_fixture.py"), db, "--domains", "5000", "--runs", "4",
            "--change", "0.05")
        with contextlib.closing(sqlite3.connect(db)) as store:
            store.executescript(POLICIES)
        write_pages(db, work, "clean")
        run(sys.executable, os.path.join(HERE, "hostile.py"), db)
        write_pages(db, work, "hostile")
        for name in PAGES:
            size = os.path.getsize(os.path.join(work, name + "-clean.html"))
            assert size <= MAX_BYTES, "%s: %d bytes" % (name, size)
        for name in ("notes", "rejects", "providers", "impact"):
            run(BINARY, "report", db, name, "--format", "html", "-o", os.path.join(work, name + ".html"))
        done = subprocess.run(["node", os.path.join(HERE, "page.mjs"), work], timeout=500,
                              env=dict(os.environ, MXS_NPM=npm))
        code = done.returncode
        if code == 0:
            code = subprocess.run(["node", os.path.join(HERE, "browse.mjs"), *(os.path.join(work, "browse-%s.html" % kind) for kind in
                                   ("clean", "hostile"))], timeout=300, env=dict(os.environ, MXS_NPM=npm)).returncode
        sys.exit(code)


if __name__ == "__main__":
    main()
