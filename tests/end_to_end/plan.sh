#!/usr/bin/env bash
# The shipped purchase plan: good to 1 %, lawful on the day of every purchase, the same as its simulation to 2 %; limits that
# cannot be kept end with code 1 and are named.
set -euo pipefail
gpufleet=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CONFIG_HOME="$work"
scenario=$source/scenarios/china-lab-2024-2026.toml

code=0
"$gpufleet" --quiet plan "$scenario" --set 'plan.time_limit=600 s' --out "$work" > "$work/table" 2> "$work/errors" || code=$?
if grep -q 'need a solver' "$work/errors"; then exit 77; fi
[[ $code -eq 0 ]] || { cat "$work/errors"; exit 1; }

below() { awk -v name="$1" -v most="$2" '$1 == name { found = $2 <= most } END { exit !found }' "$work/table"; }
below plan_gap 0.01
below plan_disagreement 0.02

# The law's own command agrees about every purchase.
tail -n +2 "$work/china-lab-2024-2026-purchases.csv" | cut -d, -f1,2 | sort -u > "$work/bought"
[[ -s "$work/bought" ]]
while IFS=, read -r date chip; do
  "$gpufleet" export-status "$chip" --to CN --date "$date" --format csv | tail -n 1 |
    grep -Eq 'ALLOWED|DOMESTIC|LICENCE_GRANTED' || { echo "bought unlawfully: $chip on $date"; exit 1; }
done < "$work/bought"

code=0
"$gpufleet" --quiet plan "$scenario" --set 'fleet.site.0.power_limit=1 MW' > /dev/null 2> "$work/errors" || code=$?
[[ $code -eq 1 ]] && grep -q 'power of site north' "$work/errors"
