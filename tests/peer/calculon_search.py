#!/usr/bin/env python3
"""Runs calculon's exhaustive search (github.com/calculon-ai/calculon, `llm-optimal-execution`) for a 530B model and gpufleet's search for
the same job, one after the other on this machine, and prints candidates a second of both; then asks calculon's own cost model what it
thinks of gpufleet's best layout. Not part of the tests: it needs a checkout of calculon and Python's psutil.

    tests/peer/calculon_search.py --calculon DIR --gpufleet build/bin/gpufleet [--gpus 512] [--batch 512] [--cpus 2]

Both search tensor, pipeline and data parallelism, micro-batch, interleaving, recomputation and optimiser sharding of MT-NLG 530B in
16 bits on A100 80 GB. calculon searches without offloading (its system file's second memory is taken out), so that both search one
space; it alone tries kinds of tensor-parallel communication and tensor groups over several nodes, gpufleet alone ZeRO-2 and ZeRO-3,
context parallelism and schedules beyond 1F1B. The best of each that both can express are compared.
"""
import argparse, json, os, pathlib, re, resource, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVERY = 100_000  # answers asked of calculon: all
SCENARIO = """title = "MT-NLG 530B, as calculon's example searches it"
[[fleet.pool]]
accelerator = "A100 SXM4 80GB"
count = {gpus}
[model]
architecture = "{model}"
[training]
stack = "megatron-2022"
sequence = 2048
precision = {{ gemm = "fp16" }}
global_batch = {batch}
[training.layout]
tp = 8
pp = 32
micro_batch = 1
recompute = "full"
"""


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command, **more):
    before, begun = cpu_of_children(), time.monotonic()
    run = subprocess.run(command, capture_output=True, text=True, **more)
    return run, cpu_of_children() - before, time.monotonic() - begun


def calculon_environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join([".", os.environ.get("PYTHONPATH", "")])}


def calculon_system(arguments, folder):
    """calculon's A100 without the memory that it would offload to."""
    system = json.loads((pathlib.Path(arguments.calculon) / "systems" / "a100_80g.json").read_text())
    system["mem2"]["GiB"] = 0
    path = folder / "a100_80g.json"
    path.write_text(json.dumps(system))
    return str(path)


def calculon_search(arguments, folder):
    out = folder / "best.json"
    command = [sys.executable, "bin/calculon", "llm-optimal-execution", "models/turing-530B.json", str(arguments.gpus), str(arguments.batch),
               "float16", calculon_system(arguments, folder), str(out), "-t", str(EVERY), "-c", str(arguments.cpus)]
    run, cpu, wall = timed(command, cwd=arguments.calculon, env=calculon_environment())
    text = run.stdout + run.stderr
    count = re.search(r"Total executions: (\d+)", text)
    if count is None:
        return None, text.strip().splitlines()[-3:]
    best = json.loads(out.read_text()) if out.exists() else {}
    return {"count": int(count.group(1)), "cpu": cpu, "wall": wall, "best": best}, None


def calculon_rate(arguments, folder, execution):
    """Samples a second of one execution by calculon's model; nothing where it refuses it."""
    paths = folder / "execution.json", folder / "stats.json"
    paths[0].write_text(json.dumps(execution))
    paths[1].unlink(missing_ok=True)
    subprocess.run([sys.executable, "bin/calculon", "llm", "models/turing-530B.json", str(paths[0]), calculon_system(arguments, folder), str(paths[1])],
                   cwd=arguments.calculon, env=calculon_environment(), capture_output=True)
    return json.loads(paths[1].read_text())["sample_rate"] if paths[1].exists() else None


def gpufleet_search(arguments, folder, bounds_alone):
    scenario = folder / "mt-nlg.toml"
    scenario.write_text(SCENARIO.format(gpus=arguments.gpus, batch=arguments.batch, model=arguments.model))
    command = [arguments.gpufleet, "layouts", str(scenario), "--format", "json", "--quiet", "--jobs", str(arguments.cpus), "--top", "1000",
               "--draws", "0"] + (["--time-limit", "1e-9"] if bounds_alone else [])
    run, cpu, wall = timed(command)
    if run.returncode != 0:
        return None, (run.stdout + run.stderr).strip().splitlines()[-3:]
    return {"answer": json.loads(run.stdout), "cpu": cpu, "wall": wall}, None


def executions(layout, arguments):
    """calculon's forms of a layout as gpufleet writes it; none where it has no word for it."""
    def degree(name):
        found = re.search(rf"\b{name}(\d+)", layout)
        return int(found.group(1)) if found else 1
    if degree("CP") > 1 or "ZeRO-3" in layout or "ZeRO-2" in layout:
        return
    schedule = re.search(r"ZeRO-\d (\S+)(?: x(\d+))?", layout)
    if schedule.group(1) not in ("1f1b", "interleaved"):
        return
    tp, pp, dp, chunks = degree("TP"), degree("PP"), degree("DP"), int(schedule.group(2) or 1)
    recompute = "full" if "recompute all" in layout else "none" if "keep all" in layout else "attn_only"
    for overlap in ("ring", "pipe", "none") if tp > 1 else ("none",):
        for redo in (True, False) if tp > 1 and recompute != "full" else (False,):
            yield {"num_procs": arguments.gpus, "tensor_par": tp, "pipeline_par": pp, "data_par": dp, "tensor_par_net": 0,
                   "pipeline_par_net": 1 if pp > 1 else 0, "data_par_net": 1 if dp > 1 else 0, "batch_size": arguments.batch,
                   "microbatch_size": degree("mb"), "datatype": "float16", "fused_activation": True,
                   "attention_type": "multihead", "activation_recompute": recompute, "pipeline_interleaving": chunks,
                   "optimizer_sharding": "ZeRO-1" in layout and dp > 1, "tensor_par_comm_type": "rs_ag" if tp > 1 else "ar",
                   "tensor_par_overlap": overlap, "seq_par_ag_redo": redo, "data_par_overlap": dp > 1, "weight_offload": False,
                   "activations_offload": False, "optimizer_offload": False, "training": True}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calculon", default=os.environ.get("CALCULON"), help="a checkout of calculon")
    parser.add_argument("--gpufleet", default=str(ROOT / "build" / "bin" / "gpufleet"))
    parser.add_argument("--gpus", type=int, default=512)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--cpus", type=int, default=os.cpu_count())
    parser.add_argument("--model", default="MT-NLG-530B", help="name in gpufleet's catalog")
    arguments = parser.parse_args()
    if not arguments.calculon or not os.path.exists(os.path.join(arguments.calculon, "bin", "calculon")):
        print("no calculon: give --calculon DIR with a checkout of github.com/calculon-ai/calculon")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        theirs, problem = calculon_search(arguments, folder)
        if theirs is None:
            print("calculon's search ended without an answer:", *problem, sep="\n  ")
            return 1
        for bounds_alone in (True, False):
            ours, problem = gpufleet_search(arguments, folder, bounds_alone)
            if ours is None:
                print("gpufleet's search ended without an answer:", *problem, sep="\n  ")
                return 1
            count = ours["answer"]["candidates"]
            what = "bounds of all" if bounds_alone else f"bounds, {ours['answer']['simulated']} simulated"
            print(f"gpufleet: {count} layouts ({what}) in {ours['cpu']:.1f} s of CPU, {ours['wall']:.1f} s: {count / ours['cpu']:.0f} a second of CPU")
            ratio = (count / ours["cpu"]) / (theirs["count"] / theirs["cpu"])
            print(f"  {ratio:.0f} times calculon's {theirs['count']} in {theirs['cpu']:.1f} s of CPU, {theirs['wall']:.1f} s: "
                  f"{theirs['count'] / theirs['cpu']:.0f} a second of CPU")
        within_node = [run for run in theirs["best"].values() if run["execution"]["tensor_par"] <= 8]
        if not within_node:
            print("calculon finds no execution that fits with tensor groups inside nodes: the two optima cannot be compared")
            return 0
        best = within_node[0]
        rate = best["stats"]["sample_rate"]
        e = best["execution"]
        print(f"calculon's best inside nodes, its number {list(theirs['best'].values()).index(best) + 1}: TP {e['tensor_par']}, PP {e['pipeline_par']}, DP {e['data_par']}, micro-batch "
              f"{e['microbatch_size']}, interleaved {e['pipeline_interleaving']}, recompute {e['activation_recompute']}: {rate:.2f} samples/s")
        for place, found in enumerate(ours["answer"]["top"], 1):
            rates = [r for r in (calculon_rate(arguments, folder, e) for e in executions(found["layout"], arguments)) if r]
            if not rates:
                continue
            print(f"gpufleet's best that calculon can express, its number {place}: {found['layout']}")
            print(f"  by calculon's model {max(rates):.2f} samples/s, {(max(rates) / rate - 1) * 100:+.1f} % of its own best; "
                  f"by gpufleet's {arguments.batch / found['step_time_s']:.2f}")
            break
        else:
            print("nothing that gpufleet simulated can be expressed in calculon")
    return 0


if __name__ == "__main__":
    sys.exit(main())
