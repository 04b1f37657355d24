#!/usr/bin/env bash
# The results store where it cannot be written: read-only, held by another program, damaged, on a full disk; and two programs that
# write at once. Each failure is one clear sentence and exit code 2. The full disk needs the right to mount and is left out without.
# usage: store.sh BINARY SOURCE_FOLDER
set -euo pipefail
XDG_DATA_HOME=$(mktemp -d)
export XDG_DATA_HOME
readonly binary=$1 source=$2
export GPUFLEET_DATA=$source
work=$(mktemp -d)
disk=$work/disk
trap 'umount "$disk" 2> /dev/null || true; chmod -R u+w "$work"; rm -rf "$work" "$XDG_DATA_HOME"' EXIT
readonly scenario=$source/tests/golden/good/small.toml
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# refused WORDS COMMAND...: exit code 2, and the words in what it says
refused() {
  local words=$1 code=0
  shift
  "$@" > /dev/null 2> "$work/said" || code=$?
  [[ $code -eq 2 ]] || fail "exit $code instead of 2 from: $* ($(cat "$work/said"))"
  grep -q "$words" "$work/said" || fail "\"$words\" is not in: $(cat "$work/said")"
}
run() { "$binary" --quiet run "$scenario" "$@"; }
count() { "$binary" results list --db "$1" --format csv | tail -n +2 | wc -l; }

# Two programs make and fill the same new store at once.
pids=()
for seed in 1 2 3 4 5 6; do
  run --seed "$seed" --db "$work/shared.db" > /dev/null 2> "$work/error.$seed" & pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a program that shares a new store failed: $(cat "$work"/error.*)"; done
[[ $(count "$work/shared.db") -eq 6 ]] || fail 'results of programs that write at once are missing'

printf 'this is a text, and no database, however long it may be\n' > "$work/text.db"
refused 'not a results store' run --db "$work/text.db"
refused 'no such results store' "$binary" results list --db "$work/none.db"
refused 'cannot be opened' run --db "$work/no-such-folder/runs.db"
head -c 9000 "$work/shared.db" > "$work/cut.db"
refused 'damaged\|malformed\|not a results store' run --db "$work/cut.db"

if [[ $EUID -ne 0 ]]; then  # nothing is read-only to root
  cp "$work/shared.db" "$work/fixed.db"
  chmod a-w "$work/fixed.db"
  refused 'read-only' run --seed 9 --db "$work/fixed.db"
fi

mkdir "$disk"
if mount -t tmpfs -o size=256k none "$disk" 2> /dev/null; then
  code=0
  for ((seed = 1; seed < 200 && code == 0; ++seed)); do
    run --seed "$seed" --db "$disk/runs.db" > /dev/null 2> "$work/said" || code=$?
  done
  [[ $code -eq 2 ]] || fail "a full disk gives exit $code"
  grep -q 'disk is full' "$work/said" || fail "a full disk is called: $(cat "$work/said")"
  "$binary" results list --db "$disk/runs.db" > /dev/null || fail 'the store on the full disk does not open'
  mount -o remount,ro "$disk" && refused 'read-only\|cannot be opened' run --seed 300 --db "$disk/runs.db"
  printf 'full disk after %d results\n' "$((seed - 2))"
else
  printf 'no right to mount: full disk not tried\n'
fi
printf 'the store says what is wrong\n'
