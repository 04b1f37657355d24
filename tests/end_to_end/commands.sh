#!/usr/bin/env bash
# Every command once: its formats hold the same rows and figures, what it writes it can read, and what it cannot do it says.
# usage: commands.sh BINARY SOURCE_FOLDER
set -euo pipefail
XDG_DATA_HOME=$(mktemp -d)  # no calibrations of whoever runs this
work=$(mktemp -d)
trap 'rm -rf "$work" "$XDG_DATA_HOME"' EXIT
export XDG_DATA_HOME GPUFLEET_DATA=$2 NO_COLOR=1 LC_ALL=C.UTF-8
readonly binary=$1 source=$2 scenario=$2/tests/golden/good/small.toml
cd "$work"

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# The command works; its standard output is in `out`.
works() { "$binary" --quiet "$@" > out 2> err || fail "$*: exit $?: $(head -c 400 err)"; }
# The command ends with this code and says this.
refuses() {
  local code=$1 message=$2 status=0
  shift 2
  "$binary" --quiet "$@" > out 2>&1 || status=$?
  [[ $status -eq $code ]] || fail "$*: exit $status instead of $code: $(head -c 400 out)"
  grep -q -- "$message" out || fail "$*: says nothing of \"$message\": $(head -c 400 out)"
}
# A list has as many lines in CSV below its header as records in JSON, and the first column in the table too.
same_rows() { # key of each record, command...
  local key=$1 csv json first
  shift
  works "$@" --format csv
  csv=$(($(wc -l < out) - 1))
  first=$(sed -n '2s/,.*//p' out)
  works "$@" --format json
  json=$(grep -c "^ *\"$key\":" out)
  [[ $csv -gt 0 && $csv -eq $json ]] || fail "$*: $csv lines of CSV, $json records of JSON"
  works "$@" --format table
  grep -qF -- "${first//\"/}" out || fail "$*: the table lacks $first"
}
# The figure of a metric in the JSON of a result.
figure() { grep -A3 "\"name\": \"$1\"" "$2" | grep -m1 '"value"' | tr -dc '0-9.e+-'; }

# Help is plain text, and a wrong word is answered with the right ones.
for command in run check sweep layouts fabric plan validate models accelerators results report import-command export-status calibrate; do
  works "$command" --help
  ! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f]' out || fail "$command --help holds control characters"
done
refuses 2 'is none of csv, json, table' models list --format xml

same_rows name models list
same_rows name accelerators list
for format in table csv json; do
  works models show Qwen3-235B-A22B --format "$format"
  grep -q 235 out || fail "models show --format $format has no parameter count"
  works accelerators show 'H20' --format "$format"
  works models import "$source/tests/hardening/corpus/config_json/deepseek_v3.json" --format "$format"
done
refuses 2 'DeepSeek-V3' models show deepsek-v3
refuses 2 'H100' accelerators show H10O
refuses 2 'no-such' models import no-such.json

# Results: what is stored is what was run; two differ where their scenarios do.
works run "$scenario" --format json
cp out small.json
works run "$scenario" --set training.layout.pp=4 --db runs.db
works run "$scenario" --db runs.db
same_rows id results list --db runs.db
works results show 2 --db runs.db --format json
[[ $(figure step_time out) == "$(figure step_time small.json)" ]] || fail 'the store shows another step time than the run'
for format in table csv json; do
  works results diff 1 2 --db runs.db --format "$format"
  grep -q step_time out || fail "results diff --format $format lacks the step time"
done
refuses 2 '7' results show 7 --db runs.db

# A report holds the run's figures, no script and no address to fetch from.
for language in en fr zh; do
  works report "$scenario" small.json 2 --db runs.db --language "$language" --html report.html --markdown report.md --csv tables
  grep -q '</html>' report.html || fail "the report in $language is cut short"
  ! grep -qE '<script|src="http' report.html || fail "the report in $language loads something"
  [[ -s report.md && -s tables/results.csv ]] || fail "the report in $language has no tables"
done
refuses 2 'nothing' report nothing.toml --html report.html

# Networks: the failed plane of a fabric never makes its collectives faster.
for format in table csv json; do works fabric "$scenario" --format "$format"; done
works fabric "$scenario" --draw graph.json --message '256 MB'
works fabric "$scenario" --draw graph.dot
grep -q graph graph.dot || fail 'the drawing is no graph'
[[ -s graph.json ]] || fail 'no drawing as JSON'

# The best layout is no slower than the scenario's own, whatever it is asked to be best at.
for objective in time memory; do
  works layouts "$scenario" --set fleet.pool.0.count=8 --set training.global_batch=64 --objective "$objective" --top 2 \
    --draws 2 --format csv
  [[ $(wc -l < out) -ge 2 ]] || fail "layouts --objective $objective found nothing"
done
works layouts "$scenario" --set fleet.pool.0.count=4 --set training.global_batch=16 --draws 2
grep -q '^own' out || fail 'the table of layouts lacks the own one'
# A deployment is loaded until its promise breaks; one GPU has one shape, which is the own one.
works layouts "$source/tests/golden/good/serving-joint.toml"
grep -q '^own *1 joint of 1 GPU' out || fail 'the table of deployments lacks the own one'
refuses 2 'is none of cost, energy, memory, time' layouts "$scenario" --objective beauty

# A launch command becomes a scenario that passes its check, and comes back with the same degrees.
works import-command 'vllm serve Qwen/Qwen2.5-32B --tensor-parallel-size 4 --max-num-seqs 64'
cp out serve.toml
works check serve.toml
works import-command --emit vllm serve.toml
grep -q 'tensor-parallel-size 4' out || fail 'vllm serve lost its tensor parallelism'
works import-command --emit megatron "$scenario"
cp out launch.sh
works import-command "$(tr '\n\\' '  ' < launch.sh)" --model Llama-2-7B --accelerator 'H800 SXM'
cp out train.toml
works check train.toml
grep -q 'tp = 2' train.toml || fail 'the training command lost its tensor parallelism'
refuses 2 'understood' import-command 'bash -c ls'

# Law: the H20 could be sold to China in 2024 and not in May 2025.
works export-status H20 --to CN --date 2024-06-01
cp out before
works export-status H20 --to CN --date 2025-05-01
! cmp -s before out || fail 'the April 2025 rule changes nothing for the H20'
same_rows chip export-status all --to CN --date 2025-05-01
refuses 2 '2025-13-01' export-status H20 --date 2025-13-01

# Sweeps in words: a tornado swings by what the two runs differ, every point has its line.
works sweep "$scenario" --vary training.layout.tp=1,2 --sensitivity tornado --no-db
grep -q 'training.layout.tp .*%' out || fail 'the tornado lacks its key'
works sweep "$scenario" --vary training.layout.tp=1,2 --vary training.layout.pp=1,2 --no-db --format csv
[[ $(wc -l < out) -eq 5 ]] || fail 'four points are not four lines'
works sweep "$scenario" --vary training.layout.tp=1,2 --vary training.layout.pp=1,2 --no-db
works run "$scenario" --trace trace.json --out results
grep -q traceEvents trace.json || fail 'the timeline holds no events'

# Claims: fleets, runs under faults, costs; a claim's own file is a suite of one.
for claim in true-cost deepseek-tco context export-timeline; do
  for format in table csv json; do works run "$source/scenarios/claims/$claim.toml" --format "$format"; done
done
works run "$source/scenarios/llama-3-405b-mixed-50176.toml"
grep -q effective_training_time_ratio out || fail 'the run under faults has no effective time'
works validate claims --cases "$source/scenarios/claims/true-cost.toml"
grep -q '^claims: 1 cases' out || fail 'one claim is not one case'
refuses 2 'did you mean "cpu"' calibrate --device tpu

# The first published deployments: a table of one's own is a suite.
head -n 4 "$source/scenarios/validation/serving/published.csv" > few.csv
for format in table csv json markdown; do works validate serving --cases few.csv --format "$format"; done
works validate serving --cases few.csv
grep -q '^serving: 3 cases' out || fail 'three deployments are not three cases'

for suite in export network kernels; do
  for format in table csv json markdown; do works validate "$suite" --format "$format"; done
done
refuses 2 'suite' validate astrology
printf 'every command works\n'
