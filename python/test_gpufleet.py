"""The package against the program: same bytes in, same figures out. usage: test_gpufleet.py PROGRAM SOURCE_FOLDER"""

import json
import subprocess
import sys
import threading
import unittest
from pathlib import Path

import gpufleet

PROGRAM, SOURCE = sys.argv[1], Path(sys.argv[2])
SMALL = SOURCE / "tests/golden/good/small.toml"
SMALL_DICT = {
    "title": "Llama 2 7B on 64 H800",
    "fleet": {"pool": [{"accelerator": "H800 SXM", "count": 64, "price": {"rent": "2 USD/h"}}]},
    "model": {"architecture": "Llama-2-7B"},
    "training": {"tokens": "2 T", "sequence": 4096, "global_batch": "1 Ki", "layout": {"tp": 2, "pp": 2, "zero": 1, "micro_batch": 1}},
}


def program(*arguments):
    return json.loads(subprocess.run([PROGRAM, "--quiet", *map(str, arguments)], check=True, capture_output=True).stdout)


class Package(unittest.TestCase):
    def test_a_run_gives_what_the_program_prints(self):
        self.assertEqual(gpufleet.run(SMALL, seed=3), program("run", SMALL, "--seed", 3, "--format", "json"))

    def test_overrides_are_those_of_set(self):
        self.assertEqual(
            gpufleet.run(SMALL, overrides={"training.layout.tp": 4, "title": "x"}),
            program("run", SMALL, "--set", "training.layout.tp=4", "--set", 'title="x"', "--format", "json"),
        )

    def test_a_dict_is_the_same_scenario_as_the_file(self):
        from_dict, from_file = gpufleet.run(SMALL_DICT), gpufleet.run(SMALL)
        self.assertEqual(from_dict["scenario_hash"], from_file["scenario_hash"])
        self.assertEqual(from_dict["metrics"], from_file["metrics"])
        self.assertEqual(from_dict.value("step_time"), from_file.metric("step_time")["value"])

    def test_a_sweep_gives_what_the_program_prints(self):
        expected = program("sweep", SMALL, "--vary", "training.layout.tp=1,2", "--no-db", "--format", "json")
        self.assertEqual(list(gpufleet.sweep(SMALL, {"training.layout.tp": [1, 2]})), expected)
        self.assertEqual([row["training.layout.tp"] for row in gpufleet.sweep(SMALL_DICT, {"training.layout.tp": "1,2"}).records()], [1, 2])

    def test_errors_carry_their_diagnostics(self):
        broken = {**SMALL_DICT, "model": {"architecture": "Lama-2-7B"}}
        with self.assertRaises(gpufleet.ScenarioError) as raised:
            gpufleet.run(broken)
        self.assertEqual(raised.exception.diagnostics[0]["key"], "model.architecture")
        self.assertIn("Llama-2-7B", raised.exception.diagnostics[0]["hint"])
        with self.assertRaises(gpufleet.ScenarioError):
            gpufleet.run(SOURCE / "no-such-file.toml")
        with self.assertRaises(gpufleet.DoesNotFit):
            gpufleet.run(SMALL_DICT, overrides={"model.architecture": "GPT-3-175B", "training.layout.tp": 1, "training.layout.pp": 1})
        with self.assertRaises(TypeError):
            gpufleet.run({"title": object()})

    def test_threads_run_at_the_same_time_and_agree(self):
        results = [None] * 4
        def work(i):
            results[i] = gpufleet.run(SMALL)
        threads = [threading.Thread(target=work, args=(i,)) for i in range(len(results))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(all(result == results[0] for result in results))

    def test_frames_where_pandas_is_there(self):
        try:
            import pandas  # noqa: F401
        except ImportError:
            self.skipTest("no pandas")
        result = gpufleet.run(SMALL)
        self.assertEqual(result.frame().loc["step_time", "value"], result.value("step_time"))
        self.assertEqual(len(gpufleet.sweep(SMALL, {"training.layout.tp": [1, 2]}).frame()), 2)

    def test_sweeps_speak_numbers_and_refuse_nonsense(self):
        points = gpufleet.sweep(SMALL, {"training.layout.tp": [1, 2]}, overrides="training.layout.zero=1").records()
        self.assertEqual([point["training.layout.tp"] for point in points], [1, 2])
        for wrong in ({"sampling": "lattice"}, {"jobs": -1}):
            with self.assertRaises(ValueError):
                gpufleet.sweep(SMALL, {"training.layout.tp": [1]}, **wrong)

    def test_catalogs_are_listed(self):
        self.assertIn("H800 SXM", gpufleet.accelerators())
        self.assertIn("DeepSeek-V3", gpufleet.models())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
