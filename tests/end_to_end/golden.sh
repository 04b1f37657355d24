#!/usr/bin/env bash
# Golden tests through the real program: broken scenarios with their exact diagnostics and exit codes, and stable outputs.
# usage: golden.sh BINARY SOURCE_FOLDER [--update]   (--update rewrites the expected files from what the program says now)
set -uo pipefail
XDG_DATA_HOME=$(mktemp -d)  # no calibrations of whoever runs this
export XDG_DATA_HOME
binary=$(realpath "$1")
readonly binary source=$2 mode=${3:-check}
export GPUFLEET_DATA=$source NO_COLOR=1 LC_ALL=C.UTF-8
failures=0

# name, expected file, command...: stdout and stderr together, then the exit code.
compare() {
  local name=$1 expected=$2 actual code
  shift 2
  actual=$("$@" 2>&1; printf 'exit %d' "$?")
  # Shipped data is named by where it lies, which differs between machines.
  actual=${actual//"$source"\//}
  if [[ $mode == --update ]]; then
    printf '%s\n' "$actual" > "$expected"
  elif ! diff -u "$expected" <(printf '%s\n' "$actual"); then
    printf 'FAILED: %s\n' "$name"
    failures=$((failures + 1))
  fi
}

cd "$source/tests/golden/bad" || exit 2
for scenario in *.toml; do
  command=check
  head -c 14 "$scenario" | grep -aq '^# command: run' && command=run
  compare "bad/$scenario" "${scenario%.toml}.expected" "$binary" --quiet "$command" "$scenario"
done
compare 'no such file' no_such_file.expected "$binary" check no-such-scenario.toml
compare 'a folder' folder.expected "$binary" check ../bad
compare 'broken --set' broken_set.expected "$binary" check ../good/small.toml --set training.layout.tp=eight --set nonsense --set training.lay.tp=1

cd "$source/tests/golden/good" || exit 2
compare 'check' check.expected "$binary" check small.toml
compare 'check --explain' explain.expected "$binary" check small.toml --explain
compare 'models show' models_show.expected "$binary" models show DeepSeek-V3
compare 'export-status --design' export_design.expected "$binary" export-status 'H100 SXM5' --date 2025-06-01 --design
compare 'export-status --design, as JSON' export_design_json.expected "$binary" export-status 'H100 SXM5' --date 2024-01-01 --design --format json
compare 'export-status of a state-funded buyer' export_buyer.expected "$binary" export-status 'H100 SXM5' --to SG --headquarters CN --state-funded --date 2024-01-01
compare 'accelerators show' accelerators_show.expected "$binary" accelerators show 'H800 SXM'
# Whole serving simulations with their time series: the same request by request, on any number of threads.
# Without the scenario's hash, which every new key of the format changes.
run_serving() { "$binary" --quiet run "$1" | sed '/^scenario [0-9a-f]*, seed/d'; }
for scenario in serving-*.toml; do
  compare "good/$scenario" "${scenario%.toml}.expected" run_serving "$scenario"
done
compare 'unknown command' unknown_command.expected "$binary" rum
compare 'completion' completion.expected "$binary" completion bash

printf '%d golden outputs differ\n' "$failures"
[[ $failures -eq 0 ]]
