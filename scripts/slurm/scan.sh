#!/bin/sh
#SBATCH --job-name=mxsurvey
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@60
# One shard of a survey: a task of a Slurm job array.
#
#   sbatch --parsable --array=1-8%4 scripts/slurm/scan.sh LIST FOLDER [OPTION...]     OPTIONs are those of `mxsurvey scan`
#   sbatch --dependency=afterok:JOB scripts/slurm/merge.sh FOLDER OUT
#
# The array's numbers say which shard of how many this is (--shard auto). Number it from 1; %4 is how many run at once. Few, long shards are better
# than many short ones: as many as there are resolvers that can be asked at once, seldom more than some dozens. A part of an array that is run again
# (--array=3,5) does not say how many there are: give SHARDS=8 in its environment (sbatch --export=ALL,SHARDS=8).
#
# LIST and FOLDER lie on the file system that the nodes share. The scan works in TMPDIR, a disk of the node's own (Slurm's job_container/tmpfs or a
# prolog sets it; else /tmp), because a database that is being written must not lie on NFS or Lustre; the finished one moves to FOLDER/K.db.
#
# When the time is over, or the task is requeued, Slurm sends TERM a minute before (--signal above): the scan stops with 75, its unfinished database is
# copied to FOLDER/K.unfinished.db, and the task asks to be requeued. The next attempt, on whatever node, fetches it and goes on. A node that dies without
# a word costs what its shard had done since it began there. Exit 3 (degraded) counts as done, and is said.
#
# MXSURVEY: the program, if it is not `mxsurvey`. --rate and a given --resolver-rate are what the whole survey may send.
set -eu

list=$1 folder=$2
shift 2
MXSURVEY=${MXSURVEY:-mxsurvey}
shard=auto${SHARDS:+/$SHARDS}
number=$SLURM_ARRAY_TASK_ID
finished=$folder/$number.db unfinished=$folder/$number.unfinished.db
[ ! -e "$finished" ] || exit 0
mkdir -p "$folder"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mxsurvey.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
if [ -e "$unfinished" ]; then
    cp "$unfinished" "$scratch/shard.db"
fi

child=
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' TERM
"$MXSURVEY" scan -q "$@" --shard "$shard" -o "$scratch/shard.db" --finish-to "$finished" "$list" </dev/null &
child=$!
code=0
wait $child || code=$?
while kill -0 $child 2>/dev/null; do # the signal ended the waiting, not the scan
    code=0
    wait $child || code=$?
done
child=

case $code in
0) rm -f "$unfinished" ;;
3)
    rm -f "$unfinished"
    echo "shard $number is degraded: more than 5 % of its names could not be determined" >&2
    code=0
    ;;
75)
    cp "$scratch/shard.db" "$unfinished.part"
    mv "$unfinished.part" "$unfinished"
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$number" || true
    ;;
esac
exit $code
