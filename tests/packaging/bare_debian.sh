#!/usr/bin/env bash
# The Debian package on a bare Debian 12: a minimal tree by debootstrap, the package installed with what it depends on and nothing
# else, the main scenario run and compared with this build's, every view of the desktop program drawn without a screen.
# Needs root, debootstrap and a mirror; not part of the tests for that reason. Leaves the tree for the next time.
# usage: bare_debian.sh PACKAGE.deb PROGRAM SOURCE_FOLDER [TREE [MIRROR]]
set -euo pipefail
readonly package=$1 program=$2 source=$3 tree=${4:-/var/tmp/gpufleet-bare-debian} mirror=${5:-http://deb.debian.org/debian}
readonly scenario=share/gpufleet/scenarios/deepseek-v3-h800-2048.toml

[[ -x $tree/usr/bin/apt-get ]] || debootstrap --variant=minbase bookworm "$tree" "$mirror"
cp "$package" "$tree/tmp/gpufleet.deb"
cp /etc/resolv.conf "$tree/etc/resolv.conf" 2> /dev/null || true
mountpoint -q "$tree/proc" || mount -t proc proc "$tree/proc"  # by which the program finds itself, and its data beside it
trap 'umount "$tree/proc"' EXIT
inside() { chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive HOME=/root "$@"; }

inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends /tmp/gpufleet.deb > "$tree/tmp/install.log"
inside gpufleet --version
inside gpufleet run "/usr/$scenario" --format json --quiet > "$tree/tmp/result.json"
HOME=/nonexistent GPUFLEET_DATA=$tree/usr/share/gpufleet "$program" run "$source/scenarios/deepseek-v3-h800-2048.toml" --format json --quiet > "$tree/tmp/here.json"
grep -A2 '"step_time"' "$tree/tmp/result.json" | head -3
cmp <(sed -n '/"metrics"/,$p' "$tree/tmp/result.json") <(sed -n '/"metrics"/,$p' "$tree/tmp/here.json")

rm -rf "$tree/tmp/pictures"
inside QT_QPA_PLATFORM=offscreen gpufleet-gui --screenshot /tmp/pictures "/usr/$scenario"
pictures=$(find "$tree/tmp/pictures" -name '*.png' -size +4k | wc -l)
[[ $pictures -ge 5 ]] || { printf 'FAILED: %s pictures\n' "$pictures" >&2; exit 1; }
inside test -s /usr/share/man/man1/gpufleet.1.gz || inside test -s /usr/share/man/man1/gpufleet.1 || printf 'no man page (help2man was missing when the package was built)\n'
inside test -s /usr/share/bash-completion/completions/gpufleet
printf 'on a bare Debian 12: the figures of this build, %s pictures\n' "$pictures"
