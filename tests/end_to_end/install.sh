#!/usr/bin/env bash
# Installs into a folder of its own and runs the main scenario from there: the installed data must give the same bytes.
# usage: install.sh BUILD_FOLDER PROGRAM
set -euo pipefail
build=$1
program=$2
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
unset GPUFLEET_DATA
cmake --install "$build" --prefix "$prefix" > "$prefix/install.log"
cd "$prefix"
scenario=share/gpufleet/scenarios/deepseek-v3-h800-2048.toml
bin/gpufleet run "$scenario" --format json --quiet > installed.json
GPUFLEET_DATA="$prefix/share/gpufleet" "$program" run "$scenario" --format json --quiet > built.json
cmp installed.json built.json
test -s share/bash-completion/completions/gpufleet
! command -v help2man > /dev/null || test -s share/man/man1/gpufleet-run.1
test -s share/gpufleet/hwprofiles/data/templates/accelerator.toml
echo "installed program and data agree with the built ones"
