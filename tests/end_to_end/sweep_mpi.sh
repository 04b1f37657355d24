#!/usr/bin/env bash
# A sweep over four ranks gives the bytes of one process; a rank that is killed in the middle costs no row. Without MPI: skipped.
# usage: sweep_mpi.sh BINARY SOURCE_FOLDER
set -euo pipefail
XDG_DATA_HOME=$(mktemp -d)  # no calibrations of whoever runs this
export XDG_DATA_HOME
readonly binary=$1 source=$2
export GPUFLEET_DATA=$source OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
readonly skipped=77
command -v mpirun > /dev/null && [[ -e $(dirname "$binary")/libgpufleet_mpi.so ]] || { echo 'no MPI here'; exit "$skipped"; }
work=$(mktemp -d)
trap 'rm -rf "$work" "$XDG_DATA_HOME"' EXIT
cd "$source/tests/golden/good"

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
readonly arguments=(sweep small.toml --vary training.sequence=512:4096:8 --draws 8 --format csv)

"$binary" --quiet "${arguments[@]}" --no-db > "$work/one.csv"
mpirun -n 4 --oversubscribe "$binary" --quiet "${arguments[@]}" --db "$work/four.db" > "$work/four.csv" 2> "$work/four.log" ||
  { cat "$work/four.log"; fail 'four ranks end with an error'; }
cmp "$work/one.csv" "$work/four.csv" || fail 'four ranks give other rows than one process'

mpirun --enable-recovery -n 4 --oversubscribe "$binary" "${arguments[@]}" --rank-silence 1 --db "$work/killed.db" \
  > "$work/killed.csv" 2> "$work/killed.log" & launcher=$!
victim=
for _ in $(seq 100); do
  sleep 0.1
  [[ -e $work/killed.db-wal ]] || continue  # rank 0 has begun
  for pid in $(pgrep -P "$launcher"); do
    tr '\0' '\n' < "/proc/$pid/environ" 2> /dev/null | grep -qx 'OMPI_COMM_WORLD_RANK=2' && victim=$pid
  done
  [[ -n $victim ]] && break
done
[[ -n $victim ]] && kill -KILL "$victim" || fail 'there was no rank 2 to kill'
wait "$launcher" || { cat "$work/killed.log"; fail 'a killed rank ends the sweep'; }
cmp "$work/one.csv" "$work/killed.csv" || fail 'a killed rank costs rows'
grep -q 'rank 2 fell silent' "$work/killed.log" || fail 'nobody noticed that a rank had died'
echo 'four ranks, one of them killed: the rows of one process'
