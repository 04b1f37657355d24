#!/usr/bin/env bash
# The same scenario and seed give the same bytes: on repeated runs, on one and two threads, from files and from --set; an
# interrupted program leaves nothing behind.
# usage: determinism.sh BINARY SOURCE_FOLDER
set -euo pipefail
XDG_DATA_HOME=$(mktemp -d)  # no calibrations of whoever runs this
export XDG_DATA_HOME
readonly binary=$1 source=$2
export GPUFLEET_DATA=$source
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$source/tests/golden/good"

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
same() { cmp "$work/$1" "$work/$2" || fail "$3"; }

"$binary" --quiet run small.toml --format json > "$work/first"
"$binary" --quiet run small.toml --format json > "$work/second"
same first second 'two runs of one scenario differ'
grep -q '"step_time"' "$work/first" || fail 'the result has no step_time'

"$binary" --quiet run small.toml --seed 2 --format json > "$work/other_seed"
cmp -s "$work/first" "$work/other_seed" && fail 'the seed changes nothing, not even the interval'

cp "$source/tests/golden/good/small.toml" "$work/"
"$binary" --quiet validate training --cases "$source/tests/golden/good/cases" --jobs 1 --format json > "$work/one_thread"
"$binary" --quiet validate training --cases "$source/tests/golden/good/cases" --jobs 2 --format json > "$work/two_threads"
same one_thread two_threads 'one and two threads differ'
grep -q 'TEST-3' "$work/one_thread" || fail 'no case is compared'

"$binary" --quiet run small.toml --db "$work/runs.db" --out "$work/out" --trace "$work/trace.json" > /dev/null
"$binary" --quiet run small.toml --db "$work/runs.db" > /dev/null
[[ $("$binary" results list --db "$work/runs.db" --format csv | wc -l) -eq 2 ]] || fail 'the same result is stored twice'
"$binary" results export 1 --db "$work/runs.db" > "$work/exported"
same first exported 'the store gives other bytes than the run'
cmp "$work/first" "$work/out/small.json" || fail '--out gives other bytes than the run'

status=0
"$binary" validate training > /dev/null 2> "$work/progress" & pid=$!
sleep 0.3
kill -INT "$pid" 2> /dev/null || fail 'the validation was over before it could be interrupted'
wait "$pid" || status=$?
[[ $status -eq 130 ]] || fail "interrupted, the program returned $status instead of 130"
printf 'deterministic\n'
