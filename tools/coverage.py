#!/usr/bin/env python3
"""Lines of our rooms that the tests run, from gcov's own JSON (gcc.gnu.org/onlinedocs/gcc/Invoking-Gcov.html).

usage: tools/coverage.py BUILD_FOLDER [--files]    (a build with --coverage whose tests have run; --files lists each file)
"""

import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOMS = ("core", "hwprofiles", "models", "sim", "scenarios")
BATCH = 50


def line_counts(build: Path, source: Path):
    """Highest count of each executable line by file below the source folder: a header's lines are in many objects."""
    # Folder by folder: a report is named after its object, and objects of unity builds share their names.
    folders = collections.defaultdict(list)
    for path in sorted(build.rglob("*.gcda")):
        folders[path.parent].append(str(path.resolve()))
    batches = [notes[at : at + BATCH] for notes in folders.values() for at in range(0, len(notes), BATCH)]
    counts = collections.defaultdict(dict)
    for batch in batches:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["gcov", "--json-format", *batch], cwd=folder, check=True, capture_output=True)
            for report in Path(folder).glob("*.gcov.json.gz"):
                data = json.loads(gzip.open(report).read())
                for file in data["files"]:
                    path = os.path.normpath(os.path.join(data.get("current_working_directory", "."), file["file"]))
                    if not path.startswith(str(source) + os.sep):
                        continue
                    lines = counts[os.path.relpath(path, source)]
                    for line in file["lines"]:
                        lines[line["line_number"]] = max(lines.get(line["line_number"], 0), line["count"])
    return counts


def main() -> int:
    build, source = Path(sys.argv[1]), Path(__file__).resolve().parent.parent
    files = {name: lines for name, lines in line_counts(build, source).items() if lines and name.split(os.sep)[0] in ROOMS}
    if "--files" in sys.argv:
        for name, lines in sorted(files.items(), key=lambda item: sum(1 for count in item[1].values() if not count), reverse=True):
            covered = sum(1 for count in lines.values() if count)
            print(f"{100 * covered / len(lines):6.1f} % of {len(lines):5} {name}")
    total = [0, 0]
    for room in ROOMS:
        lines = [count for name, counts in files.items() if name.startswith(room + os.sep) for count in counts.values()]
        covered = sum(1 for count in lines if count)
        total = [total[0] + covered, total[1] + len(lines)]
        print(f"{room:12} {100 * covered / max(len(lines), 1):5.1f} % of {len(lines)} lines")
    print(f"{'all':12} {100 * total[0] / max(total[1], 1):5.1f} % of {total[1]} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
