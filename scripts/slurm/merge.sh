#!/bin/sh
#SBATCH --job-name=mxsurvey-merge
# Merges what scripts/slurm/scan.sh has left in FOLDER into OUT; FOLDER/K.db are kept.
#
#   sbatch --dependency=afterok:JOB scripts/slurm/merge.sh FOLDER OUT [OPTION...]     OPTIONs are those of `mxsurvey merge`
#
# OUT is built in TMPDIR, which is a disk of the node's own, and moved when it is whole: earlier nights in OUT are kept, and a merge that dies leaves
# it as it was. With --dependency=afterany and --partial it merges what there is.
set -eu

folder=$1 out=$2
shift 2
MXSURVEY=${MXSURVEY:-mxsurvey}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mxsurvey.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
if [ -e "$out" ]; then
    cp "$out" "$scratch/out.db"
fi
set -- "$@" "$scratch/out.db"
for shard in "$folder"/*.db; do
    case $shard in *.unfinished.db) ;; *) set -- "$@" "$shard" ;; esac
done
"$MXSURVEY" merge "$@"
cp "$scratch/out.db" "$out.part"
mv "$out.part" "$out"
