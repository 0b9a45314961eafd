#!/usr/bin/env bash
# Grades one shard of a class: `shard.sh I`, from 1 to SHARDS. Whatever starts it (Slurm, Kubernetes, GNU parallel, a loop)
# may kill it and start it again, here or on another machine: it goes on where it ended.
#
#   COURSE   the course's folder, on all machines at the same place; the grader in it is built (see the book)
#   CLASS    the folder of submissions, or a download
#   PARTS    the folder for the shards' gradebooks, shared by all machines
#   SHARDS   how many shards there are; the same for all
#   SEED     seed of the generated scenarios; the same for all
#   ROSTER   CSV file of the class, if there is one
#   OPTIONS  more options of `grader class`, such as: --lab tlb --submitted times.csv --jobs 2
set -uo pipefail
: "${COURSE:?}" "${CLASS:?}" "${PARTS:?}" "${SHARDS:?}" "${SEED:?}"
# Kubernetes counts from 0 and says so in this variable.
shard=${1:-${JOB_COMPLETION_INDEX:+$((JOB_COMPLETION_INDEX + 1))}}
: "${shard:?say which shard: shard.sh 1}"

mkdir -p "$PARTS"
# shellcheck disable=SC2086  # OPTIONS is several words.
"$COURSE/target/release/grader" --course "$COURSE" class "$CLASS" ${ROSTER:+--roster "$ROSTER"} ${OPTIONS:-} \
  --seed "$SEED" --shard "$shard/$SHARDS" --gradebook "$PARTS/part-$shard.gradebook"
code=$?
# 1 says that some submissions could not be graded: that is written down, and no second attempt would help.
[ "$code" -eq 1 ] && code=0
exit "$code"
