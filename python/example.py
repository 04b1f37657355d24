"""What would 2,048 H20 take for DeepSeek-V3's pre-training, and which pipeline suits them? Prints a table, as a notebook would.

usage: python3 example.py [PROGRAM SOURCE_FOLDER]    (the program is not used; without arguments: from the source folder)
"""

import sys
from pathlib import Path

import gpufleet

folder = Path(sys.argv[2] if len(sys.argv) > 2 else ".") / "scenarios"

# A shipped scenario, as it is and with another chip.
print(f"{'chip':6} {'step':>8} {'days':>6} {'cost':>8}")
for chip in ("h800", "h20", "h100"):
    result = gpufleet.run(folder / f"deepseek-v3-{chip}-2048.toml")
    cost = f"{result.value('run_cost') / 1e6:.1f} M$"
    print(f"{chip:6} {result.value('step_time'):6.1f} s {result.value('run_days'):6.0f} {cost:>8}")

# A scenario built in Python.
small = {
    "title": "Llama 2 7B on 64 H800",
    "fleet": {"pool": [{"accelerator": "H800 SXM", "count": 64, "price": {"rent": "2 USD/h"}}]},
    "model": {"architecture": "Llama-2-7B"},
    "training": {
        "tokens": "2 T",
        "sequence": 4096,
        "global_batch": 1024,
        "layout": {"tp": 2, "pp": 2, "zero": 1, "micro_batch": 1},
    },
}
print()
for point in gpufleet.sweep(small, {"training.layout.tp": [1, 2, 4], "training.layout.pp": [1, 2]}, draws=0).records():
    step = point.get("step_time")
    print(point["training.layout.tp"], point["training.layout.pp"], f"{step:.2f} s" if step else point["status"])

# What is wrong is said as in the terminal.
try:
    gpufleet.run({**small, "model": {"architecture": "Lama-2-7B"}})
except gpufleet.ScenarioError as error:
    print()
    print(error)
