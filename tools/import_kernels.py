#!/usr/bin/env python3
"""Turns a folder of published kernel timings, each project in its own CSV form, into gpufleet's measurement form.

    tools/import_kernels.py FOLDER OUT

writes OUT/<class>.csv (columns: see hwprofiles/measurement.h). Developer tool: the product ships fits and a validation table,
not these rows. Every rule that drops or re-labels rows says why. Standard library only; same input, same bytes.
"""
import csv
import pathlib
import sys

AIC = ("ai-dynamo/aiconfigurator@095f58a5", "Apache-2.0")
# Rows removed from that project's head, so of weaker provenance; the device column says H20-3e (141 GB), not H20-96G.
AIC_H20 = ("ai-dynamo/aiconfigurator@faf460b4", "Apache-2.0")
INFERSIM = ("alibaba/InferSim@f2293dab", "Apache-2.0")
FRONTIER = ("NetX-lab/Frontier@a4b22df8", "MIT")
APEX = ("microsoft/apex_plus@87690965", "MIT")
LLMCOMPASS = ("PrincetonUniversity/LLMCompass@2e015fd2", "BSD-3-Clause")
SERVINGSIM = ("casys-kaist/LLMServingSim@5daddb21", "MIT")
DEEPGEMM = ("deepseek-ai/DeepGEMM@a6d97a1 README", "MIT")

CHIPS = {
    "h100_sxm": "H100 SXM5", "h200_sxm": "H200 SXM", "a100_sxm": "A100 SXM4 80GB", "l40s": "L40S",
    "rtx_pro_6000_server": "RTX PRO 6000 Blackwell Server Edition", "h20_3e": "H20-3e 141GB", "h20e(no device column)": "H20-3e 141GB",
    "h20": "H20 SXM 96GB", "h800": "H800 SXM", "a100": "A100 SXM4 80GB", "H100-SXM-80GB": "H100 SXM5", "H200-SXM-141GB": "H200 SXM",
    "RTX4090": "RTX 4090", "RTXPRO6000": "RTX PRO 6000 Blackwell Server Edition", "a800_8x_nvlink": "A800 SXM4 80GB", "h100_dgx": "H100 SXM5",
}
DTYPES = {"bfloat16": "bf16", "float16": "fp16", "bf16": "bf16", "fp16": "fp16", "fp8": "fp8", "fp8_block": "fp8"}
COLUMNS = {
    "gemm": ["dtype", "m", "n", "k"],
    "grouped_gemm": ["dtype", "groups", "rows", "n", "k", "imbalance", "layout"],
    "attention": ["dtype", "pass", "mask", "kind", "batch", "q_heads", "kv_heads", "q_len", "kv_len", "head_dim_qk", "head_dim_v"],
    "mla_decode": ["dtype", "batch", "heads", "q_len", "kv_len", "kv_lora", "rope"],
    "gqa_decode": ["dtype", "batch", "q_heads", "kv_heads", "q_len", "kv_len", "head_dim"],
    "stream": ["kind", "bytes", "launches"],
    "collective": ["op", "ranks", "bytes"],
}
# hidden, query heads, KV heads, head size, feed-forward width of the models whose layers were profiled
MODELS = {
    "Llama-3.1-8B": (4096, 32, 8, 128, 14336),
    "Qwen3-32B": (5120, 64, 8, 128, 25600),
    "Qwen3-30B-A3B-Instruct-2507": (2048, 32, 4, 128, 0),
}


def rows_of(folder, name):
    path = folder / name
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def aic_source(row):
    return AIC_H20 if row["gpu_system"].startswith("h20") else AIC


def aic_gemm(folder):
    for r in rows_of(folder, "gemm_aic.csv"):
        # Two FP8 forms from one engine: block scales (what models ship) and one scale a tensor; they are different kernels.
        scale = {"fp8_block": " block-scaled", "fp8": " tensor-scaled"}.get(r["dtype"], "")
        yield ("gemm", r["gpu_system"], dict(dtype=DTYPES[r["dtype"]], m=r["m"], n=r["n"], k=r["k"]), r["latency_us"],
               f'{r["engine"]} {r["engine_version"]}{scale}', aic_source(r))


def other_gemm(folder):
    for r in rows_of(folder, "gemm_infersim_h20_h800.csv"):
        yield "gemm", r["gpu"], dict(dtype="fp8", m=r["m"], n=r["n"], k=r["k"]), r["latency_us"], "DeepGEMM", INFERSIM
    for r in rows_of(folder, "gemm_h800_frontier.csv"):
        # Its FP8 rates halve above 4,096 rows (1.38 to 0.67 PFLOPS): activation quantisation or throttling got in; below they are sound.
        if r["dtype"] == "fp8" and int(r["m"]) > 4096:
            continue
        yield "gemm", r["gpu"], dict(dtype=DTYPES[r["dtype"]], m=r["m"], n=r["n"], k=r["k"]), r["latency_us"], "vLLM", FRONTIER
    for r in rows_of(folder, "gemm_a100_llmcompass.csv"):
        yield "gemm", r["gpu"], dict(dtype="fp16", m=r["m"], n=r["n"], k=r["k"]), r["latency_us"], "cuBLAS 11", LLMCOMPASS


def shape_of(text):
    return {key: int(value) for key, value in (part.split("=") for part in text.split(";"))}


def published(folder):
    for r in rows_of(folder, "published_tables.csv"):
        if r["source"] != "DeepGEMM" or r["unit"] != "tflops" or r["gpu"] != "h800_sxm":
            continue
        s = shape_of(r["shape"])
        if r["kernel"] == "fp8 dense gemm":
            # The first release flushed the L2 cache incompletely (its pull request 68): rows of 64 and 128 are 3-28 % optimistic.
            if s["m"] <= 128:
                continue
            time = 2e-6 * s["m"] * s["n"] * s["k"] / float(r["value"])
            yield "gemm", "h800", dict(dtype="fp8", m=s["m"], n=s["n"], k=s["k"]), f"{time:.6g}", "DeepGEMM", DEEPGEMM
        elif r["kernel"].startswith("fp8 grouped"):
            rows = s["groups"] * s["m_per_group"]
            time = 2e-6 * rows * s["n"] * s["k"] / float(r["value"])
            yield ("grouped_gemm", "h800",
                   dict(dtype="fp8", groups=s["groups"], rows=rows, n=s["n"], k=s["k"], imbalance=1,
                        layout="masked" if "masked" in r["kernel"] else "contiguous"), f"{time:.6g}", "DeepGEMM", DEEPGEMM)


def grouped(folder):
    for r in rows_of(folder, "grouped_gemm_infersim_h20_h800.csv"):
        groups, hidden, inter = int(r["num_local_experts"]), int(r["hidden"]), int(r["inter"])
        # Tokens are per GPU, every GPU of the group sends as many, so this GPU's experts see tokens x top-k rows in all.
        rows = int(r["tokens_per_gpu"]) * int(r["topk"])
        layout = "masked" if r["phase"] == "decode" else "contiguous"
        for n, k, latency in ((2 * inter, hidden, r["up_proj_us"]), (hidden, inter, r["down_proj_us"])):
            yield ("grouped_gemm", r["gpu"], dict(dtype="fp8", groups=groups, rows=rows, n=n, k=k, imbalance=1, layout=layout), latency,
                   "DeepGEMM", INFERSIM)


def attention_shape(dtype, batch, q_heads, kv_heads, q_len, kv_len, qk, v):
    return {"dtype": dtype, "pass": "forward", "mask": "causal", "kind": "flash", "batch": batch, "q_heads": q_heads,
            "kv_heads": kv_heads, "q_len": q_len, "kv_len": kv_len, "head_dim_qk": qk, "head_dim_v": v}


def aic_attention(folder):
    for r in rows_of(folder, "attn_gqa_aic.csv"):
        engine = f'{r["engine"]} {r["engine_version"]}'
        length = int(r["isl"]) + int(r["step"])
        if r["phase"] == "context":
            shape = attention_shape(DTYPES[r["attn_dtype"]], r["batch_size"], r["num_heads"], r["num_key_value_heads"], r["isl"], length,
                                    r["head_dim"], r["head_dim"])
            yield "attention", r["gpu_system"], shape, r["latency_us"], engine, aic_source(r)
        else:
            shape = dict(dtype=DTYPES[r["kv_cache_dtype"]], batch=r["batch_size"], q_heads=r["num_heads"],
                         kv_heads=r["num_key_value_heads"], q_len=1, kv_len=length, head_dim=r["head_dim"])
            yield "gqa_decode", r["gpu_system"], shape, r["latency_us"], engine, aic_source(r)


def aic_mla(folder):
    for r in rows_of(folder, "mla_core_aic.csv"):
        engine = f'{r["engine"]} {r["engine_version"]}'
        length = int(r["isl"]) + int(r["step"])
        if r["phase"] == "context":
            # SGLang 0.5.14 writes its absorbed kernel here: another shape under the same name.
            if r["engine"] == "sglang" and r["engine_version"].startswith("0.5.14"):
                continue
            dtype = DTYPES[r["mla_dtype"]]
            if r["kv_cache_dtype"] == "fp8":
                engine += " fp8 cache"  # another kernel; the products' type stays where no rate says otherwise
                # 263 TFLOP/s on a chip whose FP16 peak is 148, and half the time of the FP16 rows: the products are FP8.
                dtype = "fp8" if r["gpu_system"] == "h20_3e" else dtype
            shape = attention_shape(dtype, r["batch_size"], r["num_heads"], r["num_heads"], r["isl"], length, 192, 128)
            yield "attention", r["gpu_system"], shape, r["latency_us"], engine, aic_source(r)
        else:
            shape = dict(dtype=DTYPES[r["kv_cache_dtype"]], batch=r["batch_size"], heads=r["num_heads"], q_len=1, kv_len=length,
                         kv_lora=512, rope=64)
            yield "mla_decode", r["gpu_system"], shape, r["latency_us"], engine, aic_source(r)


def other_attention(folder):
    for r in rows_of(folder, "attn_infersim_h20_h800.csv"):
        a, b, c = (int(x) for x in r["shape"].split("-"))
        if r["kind"] == "mla" and r["phase"] == "prefill":
            yield "attention", r["gpu"], attention_shape("bf16", r["batch"], a, a, r["len"], r["len"], b + c, b), r["latency_us"], "FlashAttention-3", INFERSIM
        elif r["kind"] == "mla":
            shape = dict(dtype=r["kv_dtype"], batch=r["batch"], heads=a, q_len=1, kv_len=r["len"], kv_lora=b, rope=c)
            yield "mla_decode", r["gpu"], shape, r["latency_us"], "FlashMLA", INFERSIM
        elif r["phase"] == "prefill":
            yield "attention", r["gpu"], attention_shape("bf16", r["batch"], a, b, r["len"], r["len"], c, c), r["latency_us"], "FlashAttention-3", INFERSIM
        else:
            shape = dict(dtype=r["kv_dtype"], batch=r["batch"], q_heads=a, kv_heads=b, q_len=1, kv_len=r["len"], head_dim=c)
            yield "gqa_decode", r["gpu"], shape, r["latency_us"], "FlashAttention-3", INFERSIM
    for r in rows_of(folder, "attn_gqa_prefill_h800_frontier.csv"):
        # kv_len there is the cached prefix; its decode rows imply 8 TB/s on a 3.35 TB/s chip (shared blocks) and are not used.
        total = int(r["new_tokens"]) + int(r["kv_len"])
        yield ("attention", r["gpu"], attention_shape("bf16", r["batch"], r["q_heads"], r["kv_heads"], r["new_tokens"], total, r["head_dim"],
                                                      r["head_dim"]), r["latency_us"], "FlashInfer", FRONTIER)
    for r in rows_of(folder, "attention_rtx4090_rtxpro6000_llama8b_llmservingsim.csv"):
        new, prefix, sequences, cached = (int(r[c]) for c in ("prefill_chunk", "kv_prefill", "n_decode", "kv_decode"))
        if new > 0 and sequences == 0:
            yield "attention", r["gpu"], attention_shape("bf16", 1, 32, 8, new, new + prefix, 128, 128), r["time_us"], "vLLM", SERVINGSIM
        elif new == 0 and sequences > 0:
            shape = dict(dtype="bf16", batch=sequences, q_heads=32, kv_heads=8, q_len=1, kv_len=cached + 1, head_dim=128)
            yield "gqa_decode", r["gpu"], shape, r["time_us"], "vLLM", SERVINGSIM
        # Mixed batches are one launch over two shapes: no kernel of ours.


def servingsim_layers(folder):
    for r in rows_of(folder, "dense_layers_rtx4090_rtxpro6000_llmservingsim.csv"):
        hidden, heads, kv_heads, dim, inter = MODELS[r["model"]]
        tp, tokens, layer = int(r["tp"][2:]), int(r["tokens"]), r["layer"]
        gemms = {"qkv_proj": ((heads + 2 * kv_heads) * dim // tp, hidden), "o_proj": (hidden, heads * dim // tp),
                 "gate_up_proj": (2 * inter // tp, hidden), "down_proj": (hidden, inter // tp)}
        # Bytes moved, in BF16: the gated activation reads two and writes one, the norm with residual reads and writes two, the
        # rotation reads and writes queries and keys, the embedding copies a row.
        streams = {"act_fn": ("elementwise", 3 * inter // tp), "rotary_emb": ("elementwise", 2 * (heads + kv_heads) * dim // tp),
                   "layernorm": ("norm", 4 * hidden), "final_layernorm": ("norm", 4 * hidden), "embedding": ("copy", 2 * hidden)}
        if layer in gemms and inter > 0:
            n, k = gemms[layer]
            yield "gemm", r["gpu"], dict(dtype="bf16", m=tokens, n=n, k=k), r["time_us"], "vLLM", SERVINGSIM
        elif layer in streams:
            kind, values = streams[layer]
            yield "stream", r["gpu"], dict(kind=kind, bytes=2 * values * tokens, launches=1), r["time_us"], "vLLM", SERVINGSIM
        # lm_head and sampler run on a number of rows that the table does not give; qk_norm is two launches of unknown split.


def collectives(folder):
    ops = {"alltoall": "all_to_all", "sendrecv": "send_recv"}
    for r in rows_of(folder, "nccl_aic.csv"):
        # L40S: 2 GB/s on eight GPUs, so peer-to-peer was evidently off; that is a fault of the machine, not a figure of the chip.
        if r["gpu_system"] == "l40s":
            continue
        yield ("collective", r["gpu_system"], dict(op=ops.get(r["op_name"], r["op_name"]), ranks=r["num_gpus"], bytes=r["message_bytes"]),
               r["latency_us"], r["lib"], aic_source(r))
    for r in rows_of(folder, "collectives_h100_h200_apex.csv"):
        size = int(float(r["size_kb"]) * 1024)
        ranks = int(r["gpus_per_node"]) * int(r["num_nodes"])
        if size > 0:
            yield "collective", r["gpu"], dict(op=ops.get(r["op"], r["op"]), ranks=ranks, bytes=size), r["time_us"], "NCCL (apex)", APEX
    for r in rows_of(folder, "collectives_a800_h100_frontier.csv"):
        # Pairwise-bridged A100s are another topology than a switched node (24 GB/s on four); one GPU a node leaves the node.
        if r["system"] == "a100_4x_pairwise_nvlink" or r["devices_per_node"] == "1":
            continue
        yield "collective", r["system"], dict(op=r["op"], ranks=r["num_gpus"], bytes=r["bytes"]), r["latency_us"], "NCCL (Frontier)", FRONTIER
    for r in rows_of(folder, "custom_allreduce_aic.csv"):
        if r["gpu_system"] == "l40s":
            continue
        mode = r["kernel"].rsplit("_", 1)[-1] if "_" in r["kernel"] else "one-shot"
        yield ("collective", r["gpu_system"], dict(op="all_reduce", ranks=r["num_gpus"], bytes=2 * int(r["message_elements"])), r["latency_us"],
               f'{r["lib"]} custom {mode}', AIC)


# Not imported, because no single kernel of ours is one such row: fused MoE layers (two products, activation and permutation in
# one time; Triton rows with expert parallelism even compute all top-k slots), MLA modules with their projections, DeepEP (its
# multi-node rows under the H100's name repeat the H200's), and whole-model token times.
IMPORTERS = [aic_gemm, other_gemm, published, grouped, aic_attention, aic_mla, other_attention, servingsim_layers, collectives]


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: import_kernels.py FOLDER OUT")
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    tables = {name: [] for name in COLUMNS}
    for importer in IMPORTERS:
        for name, chip, shape, latency, engine, (source, licence) in importer(folder):
            if float(latency) <= 0:  # broken timer
                continue
            tables[name].append([CHIPS[chip], *(shape[c] for c in COLUMNS[name]), latency, engine, source, licence])
    for name, rows in tables.items():
        with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["accelerator", *COLUMNS[name], "latency_us", "engine", "source", "licence"])
            writer.writerows(rows)
        print(f"{name}: {len(rows)} rows")


main()
