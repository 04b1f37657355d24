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
refuses 2 'did you mean "sweep"' sweeep "$scenario"
refuses 2 'did you mean "list"' models lsit
refuses 2 '-1 is negative' run "$scenario" --seed -1
refuses 2 'no ISO country code' export-status H20 --to XX --date 2025-05-01
mkdir -p broken/gpufleet/calibrations/accelerators
printf 'broken = [' > broken/gpufleet/calibrations/accelerators/mine.toml
XDG_DATA_HOME=$work/broken refuses 2 'mine.toml:1' run "$scenario"

same_rows name models list
same_rows name accelerators list
for format in table csv json; do
  works models show Qwen3-235B-A22B --format "$format"
  grep -q 235 out || fail "models show --format $format has no parameter count"
  works accelerators show 'H20' --format "$format"
  works models import "$source/tests/hardening/corpus/config_json/deepseek_v3.json" --format "$format"
done
grep -q '"parameters_b": 671' out || fail 'models import --format json is no JSON'
works models show DeepSeek-V3
grep -q '129280' out || fail 'a vocabulary is rounded'
works accelerators template
cp out chip.toml
works accelerators check chip.toml
grep -q 'borrowed' out || fail 'a new chip borrows nothing'
sed -i 's/fp8 = "1979/fp8 = "3958/' chip.toml
works accelerators check chip.toml
grep -q 'sparsity' err || fail 'a sparse rate passes for a dense one'
sed -i 's/"hopper"/"hoper"/' chip.toml
refuses 2 'did you mean "hopper"' accelerators check chip.toml
refuses 2 'DeepSeek-V3' models show deepsek-v3
refuses 2 'H100' accelerators show H10O
refuses 2 'no-such' models import no-such.json

# No output replaces an input, another output, a device or another program's database.
mkdir -p one two
cp "$scenario" one/same.toml
cp "$scenario" two/same.toml
ln -sf one/same.toml link.toml
refuses 2 'also an input' report one/same.toml --html link.toml
refuses 2 'also --html' report one/same.toml --html page --markdown ./page
refuses 2 'also a scenario' run one/same.toml --trace one/same.toml
refuses 2 'also the scenario' fabric one/same.toml --draw one/same.toml
refuses 2 'trains nothing' run "$source/scenarios/r1-distill-qwen-32b-h20.toml" --trace trace.json
works run one/same.toml two/same.toml --out both
[[ -s both/same.json && -s both/same-2.json && -s both/same-2.csv ]] || fail 'scenarios of one name share their files'
cmp -s one/same.toml "$scenario" || fail 'a scenario was replaced'
mkfifo pipe
cat pipe > through & reader=$!
works report one/same.toml --markdown pipe
wait "$reader"
[[ -p pipe && -s through ]] || fail 'a pipe was replaced'

# A sweep simulates again what rests on a file that has changed.
config() { # layers
  printf '{"model_type": "llama", "hidden_size": 2048, "num_hidden_layers": %d, "num_attention_heads": 16, ' "$1"
  printf '"num_key_value_heads": 16, "intermediate_size": 8192, "vocab_size": 32000}'
}
config 16 > config.json
sed 's/^architecture.*/config = "config.json"/' "$scenario" > named.toml
works sweep named.toml --vary training.layout.zero=1,2 --draws 0 --db named.db --format csv
cp out before
works sweep named.toml --vary training.layout.zero=1,2 --draws 0 --db named.db --format csv
cmp -s out before || fail 'a sweep gives other rows from the store'
config 8 > config.json
works sweep named.toml --vary training.layout.zero=1,2 --draws 0 --db named.db --format csv
! cmp -s out before || fail 'a sweep takes points from the store whose config.json has changed'

# One Ctrl-C ends a long run.
"$binary" --quiet run "$source/scenarios/deepseek-r1-day-h800.toml" --out day > /dev/null 2>&1 & long=$!
sleep 1
kill -INT "$long"
status=0
wait "$long" || status=$?
[[ $status -eq 130 && ! -e day ]] || fail "an interrupted run ends with $status"

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
  [[ -s report.md ]] || fail "the report in $language has no Markdown"
  for table in results scenarios comparison 1-metrics 1-breakdown 1-assumptions 1-catalog; do
    [[ -s tables/$table.csv ]] || fail "the report in $language has no table $table"
  done
done
grep -q 'rent = &quot;2 USD/h&quot;' report.html || fail 'the report lacks the scenario as it was written'
works report 1 2 --db runs.db --markdown report.md --csv tables
grep -q '^training.layout.pp,4,2' tables/inputs.csv || fail 'the tables of a report do not say what differs in the inputs'
grep -qF '| `training.layout.pp` | 4 | 2 |' report.md || fail 'the report does not say what differs in the inputs'
works report "$source/scenarios/china-lab-2024-2026.toml" --html plan.html --csv tables
! grep -qi '>nan<' plan.html || fail 'a report shows what is not known as nan'
[[ -s tables/1-monthly.csv ]] || fail 'the tables of a report are not named'
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
# A flag misspelt is a comment of the scenario, and a warning.
works import-command 'vllm serve Qwen/Qwen2.5-32B --tensor-paralel-size 4'
grep -q '^# not taken over: --tensor-paralel-size 4' out || fail 'a misspelt flag is not named'
grep -q 'did you mean "--tensor-parallel-size"' err || fail 'a misspelt flag is no warning'
# Pipelines whose layers do not divide: what Megatron-LM would refuse is emitted with what makes it divide, and read back.
works import-command --emit megatron "$source/scenarios/llama-3-405b-h100-16384.toml"
cp out launch.sh
works import-command "$(tr '\n\\' '  ' < launch.sh)"
grep -q 'virtual_stages = 8' out || fail 'the training command lost its virtual stages'

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

# Sensitivities and grids for programs hold what the tables say.
for format in table csv json; do
  works sweep "$scenario" --vary training.layout.tp=1,2 --no-db --format "$format"
  works sweep "$scenario" --vary training.layout.tp=1,2 --sensitivity tornado --no-db --format "$format"
  works sweep "$scenario" --vary 'training.tokens=uniform(1e9,2e9)' --vary 'fleet.pool.0.price.rent=uniform(1,3) USD/h' \
    --sensitivity sobol --points 4 --no-db --metric run_cost --format "$format"
  grep -q rent out || fail "the Sobol indices as $format lack a key"
done

# Two scenarios side by side, in every format; months of a fleet and its campaigns too.
sed 's/^title = .*/title = "the same on half of the wires"/' "$scenario" > other.toml
for format in table csv json; do
  works run "$scenario" other.toml --format "$format"
  grep -q 'half of the wires' out || fail "two scenarios as $format lack the second"
done
works run "$source"/scenarios/fleet-50k-three-years.toml
grep -q '^campaign  *use' out || fail 'the fleet has no table of campaigns'
for claim in lose-h20 h20-kept; do works run "$source/scenarios/claims/$claim.toml"; done
works run "$source"/scenarios/claims/{lose-h20,h20-kept}.toml

# Layouts and deployments for programs.
for format in csv json; do
  works layouts "$scenario" --set fleet.pool.0.count=4 --set training.global_batch=16 --draws 2 --format "$format"
  works layouts "$source/tests/golden/good/serving-joint.toml" --format "$format"
  grep -q requests_per_second out || fail "deployments as $format have no rate"
done

# Capacity searches, a trace of one's own, and figures measured on it as a suite.
joint=$source/tests/golden/good/serving-joint.toml
works run "$joint" --set 'serving.search="rate"'
grep -q largest_rate out || fail 'no largest rate'
works run "$joint" --set 'serving.search="nodes"' --set fleet.pool.0.count=3 --set fleet.pool.0.gpus_per_node=1
grep -q fewest_nodes out || fail 'no fewest nodes'
mkdir -p own/traces
{ printf 'arrival_s,input_tokens,output_tokens\n'; for second in {0..99}; do printf '%d,700,60\n' "$second"; done; } > own/traces/hour.csv
sed '/^arrivals\|^variation\|^rate\|^prompt\|^output\|^requests/d' "$joint" > own/traced.toml
{ printf 'arrivals = "trace"\ntrace = "traces/hour.csv"\n\n'
  printf '[[measured]]\nid = "OWN-1"\nmetric = "ttft_p50"\nvalue = 0.03\nunit = "s"\nsource = "by hand"\ntolerance = 9\n'; } >> own/traced.toml
works run own/traced.toml
works validate serving --cases own
grep -q 'OWN-1' out || fail 'a scenario with a measured figure is no case'
for format in table csv json markdown; do
  works validate training --cases "$source/tests/golden/good/cases" --format "$format"
  grep -q 'TEST-3\|3 figures compared' out || fail "validate --format $format: no case is compared"
done

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
