#!/usr/bin/env bash
# Every header compiles alone: each is the only include of a translation unit that is checked, not compiled.
# usage: headers.sh SOURCE_FOLDER COMPILER
set -uo pipefail
cd "$1" || exit 2
export compiler=$2
check_one() {
  local unit
  unit=$(mktemp --suffix=.cpp)
  printf '#include "%s"\n' "$1" > "$unit"
  $compiler -std=c++20 -Wall -Wextra -fsyntax-only -I. -x c++ "$unit" || { printf 'does not compile alone: %s\n' "$1"; rm -f "$unit"; return 1; }
  rm -f "$unit"
}
export -f check_one
find core hwprofiles models sim scenarios -name '*.h' -print | sort > /tmp/gpufleet-headers.$$
xargs -P "$(nproc)" -n 1 bash -c 'check_one "$0"' < /tmp/gpufleet-headers.$$
status=$?
printf '%d headers\n' "$(wc -l < /tmp/gpufleet-headers.$$)"
rm -f /tmp/gpufleet-headers.$$
exit $status
