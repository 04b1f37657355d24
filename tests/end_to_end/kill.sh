#!/usr/bin/env bash
# Runs and sweeps ended by kill -9 at random moments, all writing to one store: it opens every time, no result that a finished run
# stored is lost, and none is half-written (each is byte for byte what the same run gives without a store).
# usage: kill.sh BINARY SOURCE_FOLDER KILLS
set -euo pipefail
XDG_DATA_HOME=$(mktemp -d)  # no calibrations of whoever runs this
export XDG_DATA_HOME
readonly binary=$1 source=$2 kills=$3
export GPUFLEET_DATA=$source
work=$(mktemp -d)
trap 'rm -rf "$work" "$XDG_DATA_HOME"' EXIT
readonly scenario=$source/tests/golden/good/small.toml store=$work/runs.db seeds=25
RANDOM=1

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
now() { printf '%s' "${EPOCHREALTIME/./}"; }  # microseconds

# A run's usual length here, so that kills fall all over it, the writing included.
"$binary" --quiet run "$scenario" --seed 1 --db "$work/other.db" > /dev/null
begin=$(now)
"$binary" --quiet run "$scenario" --seed 2 --db "$work/other.db" > /dev/null
length=$(($(now) - begin))

readonly axes=(--vary training.layout.micro_batch=1,2,4 --vary training.layout.zero=0,1,2,3 --vary training.sequence=2048,4096,8192)
finished=() ended=0
for ((i = 0; i < kills; ++i)); do
  seed=$((i % seeds + 1))
  if ((i % 2 == 0)); then
    "$binary" --quiet run "$scenario" --seed "$seed" --db "$store" > /dev/null 2>&1 & pid=$!
  else
    "$binary" --quiet sweep "$scenario" "${axes[@]}" --jobs 2 --db "$store" > /dev/null 2>&1 & pid=$!
  fi
  pause=$((RANDOM * length / 16000))
  sleep "$((pause / 1000000)).$(printf '%06d' $((pause % 1000000)))"
  # Half of them should come to their end: the guess of the usual length follows the machine's load.
  if kill -9 "$pid" 2> /dev/null; then
    ended=$((ended + 1)) length=$((length * 21 / 20))
  else
    length=$((length * 19 / 20))
  fi
  status=0
  wait "$pid" 2> /dev/null || status=$?
  if ((status == 0 && i % 2 == 0)); then finished[seed]=1; fi
  ((status == 0 || status == 137)) || fail "kill $i: the program ended with $status"
  [[ ! -e $store ]] || "$binary" results list --db "$store" --format csv > "$work/list" 2> "$work/errors" ||
    { [[ ! -s $store ]] || grep -q 'not a results store' "$work/errors" || fail "kill $i: $(cat "$work/errors")"; }
done

"$binary" --quiet sweep "$scenario" "${axes[@]}" --jobs 2 --db "$store" --format csv > "$work/resumed"
"$binary" --quiet sweep "$scenario" "${axes[@]}" --jobs 2 --no-db --format csv > "$work/whole"
cmp "$work/resumed" "$work/whole" || fail 'the resumed sweep differs from an uninterrupted one'

"$binary" results list --db "$store" --format csv > "$work/list"
stored=0
while IFS=, read -r id rest; do
  [[ $id == id ]] && continue
  "$binary" results export "$id" --db "$store" > "$work/exported"
  seed=$(grep -m1 -o '"seed": [0-9]*' "$work/exported")
  "$binary" --quiet run "$scenario" --seed "${seed#*: }" --format json > "$work/fresh"
  cmp "$work/exported" "$work/fresh" || fail "result $id is not what its run gives"
  finished[${seed#*: }]=0
  stored=$((stored + 1))
done < "$work/list"
for seed in "${!finished[@]}"; do
  [[ ${finished[seed]} -eq 0 ]] || fail "the run of seed $seed had finished, and its result is gone"
done
printf '%d kills (%d of running programs): %d results whole, the sweep resumed to the same bytes\n' "$kills" "$ended" "$stored"
