#!/bin/sh
# From a fresh Debian 12 to a survey, in one command.
#
#   ./scripts/quickstart.sh          a sample of 10,000 names, answered by a name server on this machine alone
#   ./scripts/quickstart.sh LIST     your list of domains, asked through the system's resolvers
#
# Leaves survey.db in this folder. Can be run again.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/release
program=$build/mxsurvey
support=$build/tests/support
here=$(pwd)

say() { printf '\n==> %s\n' "$*"; }

list=
if [ $# -gt 0 ]; then
    case $1 in
    -h | --help)
        sed -n '2,7s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    esac
    [ -r "$1" ] || { echo "quickstart: $1 cannot be read" >&2; exit 2; }
    list=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
fi

say "packages"
"$root/scripts/packages.sh" build

say "building into build/release"
cd "$root"
cmake --preset release -DMXS_SAMPLE=ON >/dev/null
cmake --build --preset release -j "$(nproc)"
cd "$here"

show() {
    say "mxsurvey $*"
    "$program" "$@"
}

if [ -n "$list" ]; then
    show scan -o survey.db "$list"
    show report survey.db
    exit 0
fi

# Everything below is stopped and removed however this ends.
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

say "a sample of 10,000 names and a name server that knows them"
"$support/mxs_sample" --count 10000 --list "$work/sample.txt" --zone "$work/sample.zone"
"$support/mxs_server" --keep-stdin --seconds 3600 --zone "$work/sample.zone" --default nxdomain >"$work/ready" &
server=$!
waited=0
while ! grep -q '^ready ' "$work/ready"; do
    kill -0 "$server" 2>/dev/null && [ $waited -lt 100 ] || { echo "quickstart: the name server did not start" >&2; exit 1; }
    sleep 0.1
    waited=$((waited + 1))
done
address=$(sed -n 's/^ready \([^ ]*\).*/\1/p' "$work/ready")

code=0
show scan --list sample --new --servfail-wait 200 -o survey.db -r "$address" "$work/sample.txt" || code=$?
[ $code -eq 0 ] || [ $code -eq 3 ] || exit $code
show report --list sample survey.db
say "done: survey.db is yours; try '$program explain survey.db DOMAIN', '$program help'"
