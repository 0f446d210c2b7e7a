#!/bin/sh
# The page as people see it: light, dark, phone, print. For eyes, not for assertions.
#
#   tests/browser/screenshots.sh MXSURVEY FOLDER [DB]     without DB one is invented by tests/support/make_fixture.py
set -eu
if [ $# -lt 2 ]; then
    sed -n 2,4p "$0" >&2
    exit 2
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$2"
db=${3:-}
if [ -z "$db" ]; then
    db=$2/survey.db
    python3 "$here/../support/make_fixture.py" "$db" --domains 20000 --runs 4 --change 0.05
fi
"$1" report "$db" --format html -o "$2/page.html"
MXS_NPM=${MXS_NPM:-$here} node "$here/screenshots.mjs" "$2/page.html" "$2"
if command -v pdftoppm >/dev/null; then
    pdftoppm -r 60 -png "$2/print.pdf" "$2/print"
fi
