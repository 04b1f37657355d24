#!/usr/bin/env python3
"""Runs calculon (github.com/calculon-ai/calculon) on the dense shipped training cases that it can express, and prints its errors
beside gpufleet's on the same published figures. Not part of the tests: it needs a checkout of calculon and Python's psutil.

    tests/peer/calculon_side_by_side.py --calculon DIR --gpufleet build/bin/gpufleet

What calculon cannot express is left out: other chips than A100 80 GB and H100, experts, grouped or latent attention, context
parallelism, FSDP, schedules other than 1F1B and its interleaved form. Its knobs follow the case's software stack: recomputation,
sequence parallelism, sharded optimiser, overlap. Its own system files stand for the chips; nothing of it is fitted.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, tempfile, tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "scenarios" / "validation" / "training"
SYSTEMS = {"A100 SXM4 80GB": "a100_80g.json", "H100 SXM5": "h100_80g_nvl8.json"}


def merged(below, above):
    out = dict(below)
    for key, value in above.items():
        out[key] = merged(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


def load_case(path):
    case = tomllib.loads(path.read_text())
    if "base" in case:
        case = merged(load_case((path.parent / case["base"]).resolve()), case)
    stack = case.get("training", {}).get("stack")
    if stack and not case.get("_stacked"):
        case = merged(tomllib.loads((ROOT / "scenarios" / "stacks" / f"{stack}.toml").read_text()), case)
        case["_stacked"] = True
    return case


def models():
    out = {}
    for path in sorted((ROOT / "models" / "data").glob("*.toml")):
        text = tomllib.loads(path.read_text())
        out[text.get("name", path.stem)] = text
    return out


def find(table, key):
    """A key of a model file, wherever its tables put it."""
    if key in table:
        return table[key]
    for value in table.values():
        if isinstance(value, dict) and (found := find(value, key)) is not None:
            return found
    return None


def expressed(case, known):
    """Application, execution and system of calculon, or why not."""
    pools = case["fleet"]["pool"]
    training, layout = case["training"], case["training"]["layout"]
    if len(pools) != 1 or pools[0]["accelerator"] not in SYSTEMS:
        return None, "chip"
    model = known.get(case.get("model", {}).get("architecture"))
    if model is None:
        return None, "model"
    heads, kv = find(model, "heads"), find(model, "kv_heads")
    if find(model, "routed_experts") or find(model, "kv_lora_rank") or (kv and kv != heads) or find(model, "gated"):
        return None, "architecture"
    if layout.get("cp", 1) > 1 or layout.get("zero", 1) >= 3 or layout.get("stage"):
        return None, "layout"
    schedule = layout.get("schedule", "1f1b")
    if schedule not in ("1f1b", "interleaved"):
        return None, "schedule"
    precision = training.get("precision", {})
    gemm = precision if isinstance(precision, str) else precision.get("gemm", "bf16")
    if gemm not in ("bf16", "fp16") and not (gemm == "fp8" and pools[0]["accelerator"] == "H100 SXM5"):
        return None, "precision"
    tp, pp, count = layout.get("tp", 1), layout.get("pp", 1), pools[0]["count"]
    recompute = layout.get("recompute", "none")
    implementation, overlap = training.get("implementation", {}), training.get("overlap", {})
    # calculon writes the score matrix; fused attention is its recomputed attention without the second forward pass.
    recompute = {"full": "full", "none": "none"}.get(recompute if isinstance(recompute, str) else "selective", "attn_only")
    if recompute == "none" and implementation.get("attention", "flash") != "unfused":
        recompute = "attn_only"
    sequence_parallel = layout.get("sequence_parallel", True) and tp > 1
    layers = find(model, "layers")
    if layers % pp or count % (tp * pp):
        return None, "division"
    dp = count // (tp * pp)
    hidden = find(model, "hidden")
    application = {"hidden": hidden, "feedforward": find(model, "dense") or 4 * hidden,
                   "seq_size": training["sequence"], "attn_heads": heads, "attn_size": find(model, "head_dim") or hidden // heads,
                   "num_blocks": layers}
    interleaving = layout.get("virtual_stages", 1) if schedule == "interleaved" else 1
    execution = {
        "num_procs": count, "tensor_par": tp, "pipeline_par": pp, "data_par": dp, "tensor_par_net": 0,
        "pipeline_par_net": 1 if count > 8 else 0, "data_par_net": 1 if count > 8 else 0,
        "batch_size": training["global_batch"], "microbatch_size": layout.get("micro_batch", 1),
        "datatype": "float8" if gemm == "fp8" else "float16", "fused_activation": implementation.get("fusion", "fused") == "fused",
        "attention_type": "multihead", "activation_recompute": recompute, "pipeline_interleaving": interleaving,
        "optimizer_sharding": layout.get("zero", 1) >= 1 and dp > 1,
        "tensor_par_comm_type": "rs_ag" if sequence_parallel else "ar",
        "tensor_par_overlap": "ring" if overlap.get("tensor_parallel") and tp > 1 else "none",
        "seq_par_ag_redo": sequence_parallel, "data_par_overlap": bool(overlap.get("grad_reduce")) and dp > 1,
        "weight_offload": False, "activations_offload": False, "optimizer_offload": False, "training": True,
    }
    return (application, execution, SYSTEMS[pools[0]["accelerator"]]), ""


def calculon_seconds(checkout, question):
    application, execution, system = question
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, value in (("app", application), ("exe", execution)):
            paths.append(os.path.join(folder, name + ".json"))
            pathlib.Path(paths[-1]).write_text(json.dumps(value))
        out = os.path.join(folder, "out.json")
        run = subprocess.run([sys.executable, "bin/calculon", "llm", *paths, f"systems/{system}", out], cwd=checkout,
                             env={**os.environ, "PYTHONPATH": os.pathsep.join([".", os.environ.get("PYTHONPATH", "")])}, capture_output=True, text=True)
        if run.returncode != 0 or not os.path.exists(out):
            return None, (run.stdout + run.stderr).strip().splitlines()[-1:] or ["no answer"]
        return json.loads(pathlib.Path(out).read_text())["total_time"], None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calculon", default=os.environ.get("CALCULON"), help="a checkout of calculon")
    parser.add_argument("--gpufleet", default=str(ROOT / "build" / "bin" / "gpufleet"))
    parser.add_argument("--report", help="what `gpufleet validate training --format json` printed, instead of running it")
    arguments = parser.parse_args()
    if not arguments.calculon or not os.path.exists(os.path.join(arguments.calculon, "bin", "calculon")):
        print("no calculon: give --calculon DIR with a checkout of github.com/calculon-ai/calculon")
        return 0
    command = [arguments.gpufleet, "--quiet", "validate", "training", "--format", "json"]
    text = (pathlib.Path(arguments.report).read_text() if arguments.report
            else subprocess.run(command, capture_output=True, text=True).stdout)
    ours = json.loads(text)
    rows = {}
    for row in ours["rows"]:
        rows.setdefault((row["id"], row["metric"]), row)
    known, pairs, left_out = models(), [], {}
    for path in sorted(CASES.rglob("*.toml")):
        if "defaults" in path.parts or path.name == "skipped.toml":
            continue
        case = load_case(path)
        figures = [f for f in case.get("measured", []) if f["metric"] == "step_time" or f["metric"].startswith(("tokens_per_second",
                   "samples_per", "mfu", "tflops"))]
        if not figures:
            continue
        question, why = expressed(case, known)
        if question is None:
            left_out[why] = left_out.get(why, 0) + 1
            continue
        seconds, problem = calculon_seconds(arguments.calculon, question)
        if seconds is None:
            left_out[f"calculon: {problem[0][:60]}"] = left_out.get(f"calculon: {problem[0][:60]}", 0) + 1
            continue
        figure = figures[0]
        row = rows.get((figure["id"], figure["metric"]))
        if row is None:
            continue
        # What our row says of the step: the same figure at calculon's step time.
        time = figure["metric"] == "step_time"
        if time:
            measured_seconds = row["measured"]
        else:
            tokens = question[1]["batch_size"] * question[0]["seq_size"]
            if not figure["metric"].startswith("tokens_per_second_per_gpu"):
                left_out["metric"] = left_out.get("metric", 0) + 1
                continue
            measured_seconds = tokens / question[1]["num_procs"] / row["measured"]
        our_seconds = row["predicted"] if time else measured_seconds * row["measured"] / row["predicted"]
        pairs.append((figure["id"], measured_seconds, seconds / measured_seconds - 1, our_seconds / measured_seconds - 1))
    print(f"{'figure':44} {'measured s':>10} {'calculon':>9} {'gpufleet':>9}")
    for name, measured, theirs, mine in pairs:
        print(f"{name[:44]:44} {measured:10.4g} {theirs * 100:+8.1f}% {mine * 100:+8.1f}%")
    for name, column in (("calculon", 2), ("gpufleet", 3)):
        sizes = sorted(abs(pair[column]) for pair in pairs)
        if sizes:
            print(f"{name}: {len(sizes)} figures, median |error| {statistics.median(sizes) * 100:.1f} %, worst {sizes[-1] * 100:.1f} %")
    print("left out:", ", ".join(f"{why} {count}" for why, count in sorted(left_out.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
