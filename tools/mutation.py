#!/usr/bin/env python3
"""Do the tests notice a wrong operator in sim? Flips one in a source at a time, rebuilds, tests; restores the source.

usage: tools/mutation.py BUILD_FOLDER [COUNT] [SEED] [--source COPY]

COUNT places (50) are drawn over all sources of sim/, a file as often as its share of operators. A mutant is caught when tests fail,
crash or hang: sim's unit tests, then the golden runs of the program, then the scenarios' unit tests; one that does not compile is
drawn again. Works in a copy of the tree: --source names the copy that BUILD_FOLDER was configured from, so that nobody's files
change under their hands. Golden runs only count where the unchanged program passes them.
"""

import collections
import os
import random
import re
import subprocess
import sys
from pathlib import Path

# Each with spaces around: what clang-format leaves of binary operators, and never of templates, pointers or references.
FLIPS = {
    " + ": " - ", " - ": " + ", " * ": " / ", " / ": " * ", " < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ",
    " == ": " != ", " != ": " == ", " && ": " || ", " || ": " && ", "std::min(": "std::max(", "std::max(": "std::min(",
    " += ": " -= ", " -= ": " += ",
}
PATTERN = re.compile("|".join(re.escape(flip) for flip in FLIPS))
SECONDS = 300
TARGETS = {"sim": "sim_test", "golden": "gpufleet", "scenarios": "scenarios_test"}
# Longer than all the others together: whole unfolded steps.
SLOW = "--gtest_filter=-*UnfoldedDeepSeek*"


def places(source: Path):
    out = []
    for file in sorted((source / "sim").rglob("*.cpp")):
        for number, line in enumerate(file.read_text().split("\n")):
            code = line.split("//")[0]
            if code.lstrip().startswith(("#", "check(", "template")) or '"' in code:
                continue
            out += [(file, number, match.start(), match.group()) for match in PATTERN.finditer(code)]
    return out


def mutated(text: str, number: int, at: int, flip: str) -> str:
    lines = text.split("\n")
    lines[number] = lines[number][:at] + FLIPS[flip] + lines[number][at + len(flip) :]
    return "\n".join(lines)


def commands(build: str, source: Path):
    program = Path(build).resolve() / "bin"
    return {
        "sim": [program / "sim_test", "--gtest_brief=1", "--gtest_fail_fast", SLOW],
        "golden": [source / "tests/end_to_end/golden.sh", program / "gpufleet", source],
        "scenarios": [program / "scenarios_test", "--gtest_brief=1", "--gtest_fail_fast"],
    }


def built(build: str, *targets: str) -> bool:
    return subprocess.run(["ninja", "-C", build, *targets], capture_output=True).returncode == 0


def passes(command) -> bool:
    try:
        return subprocess.run([str(word) for word in command], capture_output=True, timeout=SECONDS, env=os.environ | {"RC_PARAMS": "seed=20241226 max_success=20"}).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main() -> int:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    source = Path(__file__).resolve().parent.parent
    if "--source" in sys.argv:
        source = Path(words.pop(words.index(sys.argv[sys.argv.index("--source") + 1])))
    build = words[0]
    count = int(words[1]) if len(words) > 1 else 50
    draw = random.Random(int(words[2]) if len(words) > 2 else 1)
    if not built(build, *TARGETS.values()):
        sys.exit(f"mutation: {build} does not build")
    unchanged = {name: passes(command) for name, command in commands(build, source).items()}
    print("unchanged: " + ", ".join(f"{name} {'passes' if ok else 'FAILS (not counted)'}" for name, ok in unchanged.items()), flush=True)
    use = {name: command for name, command in commands(build, source).items() if unchanged[name]}
    catchers = collections.Counter()
    tried = 0
    candidates = places(source)
    while tried < count and candidates:
        file, number, at, flip = candidates.pop(draw.randrange(len(candidates)))
        original = file.read_text()
        name = f"{file.relative_to(source)}:{number + 1}"
        try:
            file.write_text(mutated(original, number, at, flip))
            if not built(build, "sim_test"):
                continue
            tried += 1
            by = next((test for test, command in use.items() if not built(build, TARGETS[test]) or not passes(command)), None)
            catchers[by] += 1
            line = original.split("\n")[number].strip()
            print(f"{'caught by ' + by if by else 'SURVIVED':24} {name}:{at + 1}: {line}   [{flip.strip()} -> {FLIPS[flip].strip()}]", flush=True)
        finally:
            file.write_text(original)
    caught = tried - catchers[None]
    print(f"{caught} of {tried} mutants caught ({100 * caught / max(tried, 1):.0f} %), " +
          ", ".join(f"{catchers[name]} by {name}" for name in use))
    built(build, *TARGETS.values())
    return 0


if __name__ == "__main__":
    sys.exit(main())
