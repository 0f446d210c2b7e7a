#!/bin/sh
# From a fresh Debian 12 or 13 to a survey, in one command.
#
#   ./scripts/quickstart.sh          a sample of 10,000 names, answered by a name server on this machine alone
#   ./scripts/quickstart.sh LIST     your list of domains, asked through an Unbound of the scan's own where that can work
#                                    (unbound is installed, port 53 to the outside is open), else the system's resolvers
#   ./scripts/quickstart.sh LIST --recursor     through an Unbound of its own in any case; installs it
#   ./scripts/quickstart.sh LIST --system       through the system's resolvers in any case
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
        sed -n '2,11s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    esac
    [ -r "$1" ] || { echo "quickstart: $1 cannot be read" >&2; exit 2; }
    list=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
fi
whom=${2:-}
case $whom in
'' | --recursor | --system) ;;
*) echo "quickstart: '$whom' is neither --recursor nor --system" >&2; exit 2 ;;
esac

[ -w "$root" ] || {
    echo "quickstart: $root may not be written, and it is built in there: copy it to a folder of yours (cp -r) and go on from there" >&2
    exit 1
}

say "packages"
"$root/scripts/packages.sh" build
[ "$whom" != --recursor ] || "$root/scripts/packages.sh" recursor

say "building into build/release"
cd "$root"
cmake --preset release -DMXS_SAMPLE=ON >/dev/null
cmake --build --preset release -j "$(nproc)"
cd "$here"

# Words as a shell would want them typed again.
typed() {
    for word in "$@"; do
        case $word in
        '' | *[!A-Za-z0-9_./:=,@%+-]*) printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
}

show() {
    say "mxsurvey$(typed "$@")"
    "$program" "$@"
}

# A survey that is done, 3: with more than 5 % of the names undetermined, is worth its report. Then what to do next, with a name to do it to.
tell() {
    [ "$code" -eq 0 ] || [ "$code" -eq 3 ] || exit "$code"
    show report "$@" survey.db
    name=$("$program" export --content-only survey.db | sed -n 's/^{"domain":"\([^"]*\)","state":"mx",.*/\1/p;t end;b;:end;q')
    say "done: survey.db is yours"
    if [ -n "$name" ]; then
        echo "    why one of them is judged as it is:$(typed "$program" explain survey.db "$name")"
    fi
    echo "    what else can be asked of it:      $(typed "$program" help)"
    [ "$code" -eq 0 ] || echo "    degraded: more than 5 % of the names could not be determined; 'mxsurvey report survey.db resolvers' and 'mxsurvey doctor' say more"
}

# An Unbound of our own asks the world itself, as fast as this machine can and without anybody's limits; the system's resolvers may be a
# stub for one desktop, or many people's, and are what a network leaves that lets no questions out.
choose() {
    if [ -n "${MXSURVEY_RESOLVER:-}" ] && [ "$whom" != --recursor ]; then
        say "asking $MXSURVEY_RESOLVER, as MXSURVEY_RESOLVER says"
    elif [ -n "${MXSURVEY_RESOLVERS:-}" ] && [ "$whom" != --recursor ]; then
        say "asking the resolvers in $MXSURVEY_RESOLVERS, as MXSURVEY_RESOLVERS says"
    elif [ "$whom" = --system ]; then
        say "asking the system's resolvers, as you say"
    elif [ "$whom" = --recursor ]; then
        say "asking an Unbound of the scan's own (--recursor), as you say"
        recursor=--recursor
    elif [ ! -x /usr/sbin/unbound ] && ! command -v unbound >/dev/null; then
        say "asking the system's resolvers, because unbound is not installed; for an Unbound of the scan's own: quickstart.sh LIST --recursor"
    elif "$program" doctor --recursor | grep -q '^ok .*an Unbound of our own answers'; then
        say "asking an Unbound of the scan's own (--recursor); for the system's resolvers: quickstart.sh LIST --system"
        recursor=--recursor
    else
        say "asking the system's resolvers, because an Unbound of the scan's own cannot work here ('mxsurvey doctor --recursor' says why)"
    fi
}

if [ -n "$list" ]; then
    recursor=
    choose
    code=0
    show scan ${recursor:+"$recursor"} -o survey.db "$list" || code=$?
    tell
    exit "$code"
fi

# Everything below is stopped and removed however this ends.
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP PIPE

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
tell --list sample
