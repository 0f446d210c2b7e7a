#!/bin/sh
# Draws the picture of README.md anew, docs/mailboxes.svg: surveys the sample of quickstart.sh and lets the program draw its providers.
#
#   ./scripts/picture.sh
#
# The sample is always the same, so the picture changes only with the program; tests/contract/readme_test.py holds the two together.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && "$root/scripts/quickstart.sh")
"$root/build/release/mxsurvey" report "$work/survey.db" mailboxes --limit 8 --format svg -o "$root/docs/mailboxes.svg"
echo "==> docs/mailboxes.svg"
