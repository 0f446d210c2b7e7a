#!/bin/sh
# Surveys a list in N shards with GNU parallel, on this machine or over SSH, and merges them.
#
#   ./scripts/parallel.sh N OUT LIST [OPTION...]        OPTIONs are those of `mxsurvey scan`
#
#   ./scripts/parallel.sh 4 survey.db domains.txt -r 192.0.2.53 --rate 400 --checks mx,host
#   PARALLEL_OPTIONS="--sshlogin :,node1,node2 --jobs 1" ./scripts/parallel.sh 8 /shared/survey.db /shared/domains.txt --recursor
#
# PARALLEL_OPTIONS  what GNU parallel is told, such as --jobs 2 or --sshlogin FILE. With --sshlogin the list, OUT's folder and the program
#                   must have the same path on every machine (a shared file system will do: nothing is written on it but finished files).
# MXSURVEY          the program, if it is not `mxsurvey`.
# TMPDIR            where each shard scans: a disk of its own machine, never NFS or Lustre. Default /tmp.
#
# Each shard scans in TMPDIR and moves its finished database to OUT.shards/K-of-N.db. A shard that is there already is not scanned again, so the
# same command goes on where one was stopped, and one whose machine died is scanned anew elsewhere. A scan that stops early (75) is tried again, at
# most five times: it resumes. Exit 3 (degraded: more than 5 % could not be determined) counts as done, and is said. --rate and a given
# --resolver-rate are what the whole survey may send; each shard sends its part of them, so leave --jobs at N, or the survey is slower than allowed.
#
# When every shard is there, OUT gets one more run; earlier nights in OUT are kept. Shards are removed after the merge, and kept where it fails.
set -eu

if [ $# -lt 3 ] || [ "$1" = --help ]; then
    sed -n '2,/^set -eu/{s/^# \{0,1\}//p;}' "$0"
    [ "${1:-}" = --help ] && exit 0
    exit 2
fi
count=$1 out=$2 list=$3
shift 3
MXSURVEY=${MXSURVEY:-mxsurvey}
command -v parallel >/dev/null || { echo "parallel.sh: GNU parallel is missing: apt-get install parallel" >&2; exit 1; }
case $count in '' | *[!0-9]* | 0*) echo "parallel.sh: '$count' is no number of shards" >&2; exit 2 ;; esac

shards=$out.shards
mkdir -p "$shards"

# One shard, by PARALLEL_SEQ; the rest of the command is parallel's to quote.
one='
set -eu
program=$1 count=$2 shards=$3 list=$4
shift 4
done=$shards/$PARALLEL_SEQ-of-$count.db
[ ! -e "$done" ] || exit 0
scratch=${TMPDIR:-/tmp}/mxsurvey-$(printf %s "$shards" | cksum | cut -d" " -f1)
mkdir -p "$scratch"
db=$scratch/$PARALLEL_SEQ-of-$count.db
tries=0 code=75
while [ $code -eq 75 ] && [ $tries -lt 5 ]; do
    tries=$((tries + 1)) code=0
    "$program" scan -q "$@" --shard "auto/$count" -o "$db" --finish-to "$done" "$list" </dev/null || code=$?
done
if [ $code -eq 3 ]; then
    echo "shard $PARALLEL_SEQ of $count is degraded: more than 5 % of its names could not be determined" >&2
    exit 0
fi
exit $code'

# shellcheck disable=SC2086 # a list of options
seq "$count" | parallel ${PARALLEL_OPTIONS:-} --will-cite --max-args 0 --no-run-if-empty --quote sh -c "$one" sh "$MXSURVEY" "$count" "$shards" "$list" "$@"

set --
number=1
while [ $number -le "$count" ]; do
    set -- "$@" "$shards/$number-of-$count.db"
    number=$((number + 1))
done
# shellcheck disable=SC2086 # a list of options
"$MXSURVEY" merge ${MERGE_OPTIONS:-} "$out" "$@"
rm -f "$@"
rmdir "$shards" 2>/dev/null || true
