#!/usr/bin/env python3
"""A report opened from a file in headless Chromium: nothing on the console, no request beyond the file, charts drawn, and every
figure of its tables that of the JSON, to the digits shown. Needs chromium; not part of the tests for that reason.

usage: report_in_chromium.py PROGRAM SCENARIO...
"""

import html.parser
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PREFIX = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}


class Tables(html.parser.HTMLParser):
    """Rows of cells, and how many shapes the pictures are made of."""

    def __init__(self):
        super().__init__()
        self.rows, self.shapes, self.pictures, self.cell = [], 0, 0, None

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = []
        elif tag == "svg":
            self.pictures += 1
        elif tag in ("rect", "path", "circle", "line", "polyline"):
            self.shapes += 1

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None and self.rows:
            self.rows[-1].append("".join(self.cell).strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


def number(text):
    match = re.fullmatch(r"(-?[0-9.]+(?:e[+-]?[0-9]+)?)(?: ([kMGTPE]))?", text)
    return float(match[1]) * PREFIX.get(match[2], 1) if match else None


def agrees(shown, value):
    if shown == 0 or value == 0:
        return abs(shown - value) < 1e-9
    return abs(shown / value - 1) <= 0.06  # two digits at least are shown


def main():
    program, scenarios = sys.argv[1], sys.argv[2:]
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        page, net = Path(folder) / "report.html", Path(folder) / "net.json"
        results = json.loads(subprocess.run([program, "--quiet", "run", *scenarios, "--format", "json"], check=True, capture_output=True).stdout)
        results = results if isinstance(results, list) else [results]
        subprocess.run([program, "--quiet", "report", *scenarios, "--html", str(page)], check=True)
        browser = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile",
                   "--enable-logging=stderr", f"--log-net-log={net}"]
        ran = subprocess.run([*browser, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=300)
        console = [line for line in ran.stderr.split("\n") if "CONSOLE" in line]
        failures += [f"console: {line}" for line in console]
        # All requests but those of the browser's own services, unless the page names them.
        asked = set(re.findall(r'"url":"(https?://[^"]+)"', net.read_text(errors="replace")))
        own = re.compile(r"https?://[a-z0-9.]*(google\.com|googleapis\.com|gvt1\.com|gstatic\.com)/")
        failures += [f"request: {url}" for url in asked if not own.match(url) or url in ran.stdout]
        dom = Tables()
        dom.feed(ran.stdout)
        if dom.pictures == 0 or dom.shapes < 10:
            failures.append(f"{dom.pictures} pictures of {dom.shapes} shapes")
        compared = 0
        for index, result in enumerate(results):
            for metric in result["metrics"]:
                rows = [row for row in dom.rows if row and row[0] == metric["name"] and len(row) > 2]
                shown = [number(cell) for row in rows for cell in row[1:]]
                if not any(value is not None and agrees(value, metric["value"]) for value in shown):
                    failures.append(f"{metric['name']} of result {index}: {metric['value']} is not among {rows}")
                compared += 1
        size = page.stat().st_size
        if size > 1.5e6:
            failures.append(f"{size} bytes")
    print("\n".join(failures))
    print(f"{compared} figures of {len(results)} results, {dom.pictures} pictures, {size / 1000:.0f} kB, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
