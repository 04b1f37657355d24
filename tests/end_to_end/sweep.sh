#!/usr/bin/env bash
# A sweep that is killed again and again goes on where it was: every point is simulated into the store once, none is lost, and
# the rows are byte for byte those of a sweep that nobody disturbed, on any number of threads.
# usage: sweep.sh BINARY SOURCE_FOLDER
set -euo pipefail
XDG_DATA_HOME=$(mktemp -d)  # no calibrations of whoever runs this
export XDG_DATA_HOME
readonly binary=$1 source=$2
export GPUFLEET_DATA=$source
work=$(mktemp -d)
trap 'rm -rf "$work" "$XDG_DATA_HOME"' EXIT
cd "$source/tests/golden/good"

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
sweep() { "$binary" sweep small.toml --vary training.sequence=512:4096:8 --draws 8 --format csv "$@"; }
readonly points=449

sweep --jobs 1 --no-db > "$work/undisturbed.csv" 2> /dev/null
[[ $(wc -l < "$work/undisturbed.csv") -eq $((points + 1)) ]] || fail 'a point has no row'

kills=0
for delay in 0.2 0.35 0.25 0.3; do
  sweep --jobs 2 --db "$work/killed.db" > /dev/null 2>&1 & pid=$!
  sleep "$delay"
  kill -KILL "$pid" 2> /dev/null && kills=$((kills + 1))
  wait "$pid" 2> /dev/null || true
done
[[ $kills -gt 0 ]] || fail 'no sweep lived long enough to be killed'

sweep --jobs 2 --db "$work/killed.db" > "$work/resumed.csv" 2> "$work/first.log"
cmp "$work/undisturbed.csv" "$work/resumed.csv" || fail 'a killed and resumed sweep gives other rows'
sweep --db "$work/killed.db" > "$work/again.csv" 2> "$work/second.log"
cmp "$work/undisturbed.csv" "$work/again.csv" || fail 'rows from the store differ'
grep -q "simulated 0 points, $points were in the store" "$work/second.log" || fail 'a finished point was simulated again'
printf 'killed %d times: %s\n' "$kills" "$(grep -o 'simulated .*' "$work/first.log")"
