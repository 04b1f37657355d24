#!/usr/bin/env bash
# A man page of the program and one of each of its commands, from what they say of themselves.
# usage: man_pages.sh HELP2MAN PROGRAM FOLDER
set -euo pipefail
readonly help2man=$1 program=$2 folder=$3
mkdir -p "$folder"
version=$("$program" --version)
page() { # name of the page, what it is about, command
  "$help2man" --no-info --version-string "$version" --name "$2" --output "$folder/$1.1" "$3"
}
page gpufleet 'simulator and planner of GPU fleets' "$program"
"$program" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]\+\)  *\(.*\)/\1 \2/p' | while read -r command about; do
  page "gpufleet-$command" "$about" "$program $command"
done
