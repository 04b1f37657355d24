#!/usr/bin/env python3
"""Do sim's tests notice a wrong operator? Flips one in a source at a time, rebuilds the unit tests, runs them; restores the source.

usage: tools/mutation.py BUILD_FOLDER [COUNT] [SEED] [--source COPY]

COUNT places (50) are drawn over all sources of sim/, a file as often as its share of lines. A mutant is caught when the tests fail,
crash or hang, or when it does not compile (then it is drawn again). Works in a copy of the tree: --source names the copy that
BUILD_FOLDER was configured from, so that nobody's files change under their hands.
"""

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


def main() -> int:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    source = Path(__file__).resolve().parent.parent
    if "--source" in sys.argv:
        source = Path(words.pop(words.index(sys.argv[sys.argv.index("--source") + 1])))
    build = words[0]
    count = int(words[1]) if len(words) > 1 else 50
    draw = random.Random(int(words[2]) if len(words) > 2 else 1)
    tests = str(Path(build) / "bin" / "sim_test")
    caught = tried = 0
    candidates = places(source)
    while tried < count and candidates:
        file, number, at, flip = candidates.pop(draw.randrange(len(candidates)))
        original = file.read_text()
        name = f"{file.relative_to(source)}:{number + 1}"
        try:
            file.write_text(mutated(original, number, at, flip))
            built = subprocess.run(["ninja", "-C", build, "sim_test"], capture_output=True)
            if built.returncode != 0:
                continue
            tried += 1
            try:
                ran = subprocess.run([tests, "--gtest_brief=1", "--gtest_fail_fast"], capture_output=True, timeout=SECONDS, env={"RC_PARAMS": "seed=20241226"})
                alive = ran.returncode == 0
            except subprocess.TimeoutExpired:
                alive = False
            caught += not alive
            print(f"{'SURVIVED' if alive else 'caught  '} {name}: {original.split(chr(10))[number].strip()}   [{flip.strip()} -> {FLIPS[flip].strip()}]", flush=True)
        finally:
            file.write_text(original)
    print(f"{caught} of {tried} mutants caught ({100 * caught / max(tried, 1):.0f} %)")
    subprocess.run(["ninja", "-C", build, "sim_test"], capture_output=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
