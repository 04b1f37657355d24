// What runs on a GPU, as values: the shapes whose time the kernel-time model predicts. Models emit them, the simulators add
// them up. Shapes are those of one call on one GPU; nothing here knows of ranks, layers or time.
#pragma once

#include <cstdint>
#include <variant>

#include "hwprofiles/dtype.h"

namespace gpufleet::hw {

/// C[m,n] = A[m,k] · B[k,n]; `dtype` is the type of the tensor-core operation (FP8 means block-scaled, FP32 accumulate).
struct Gemm {
  Dtype dtype = Dtype::bf16;
  std::int64_t m = 0, n = 0, k = 0;
  friend bool operator==(const Gemm&, const Gemm&) = default;
};

enum class GroupLayout : std::uint8_t { contiguous, masked };

/// `groups` GEMMs [rows_g, k]·[k, n] of MoE experts in one launch; `rows` is the sum over the groups on this GPU and
/// `imbalance` the largest group's rows over the mean (1 = even).
struct GroupedGemm {
  Dtype dtype = Dtype::bf16;
  std::int64_t groups = 0, rows = 0, n = 0, k = 0;
  double imbalance = 1.0;
  GroupLayout layout = GroupLayout::contiguous;
  friend bool operator==(const GroupedGemm&, const GroupedGemm&) = default;
};

enum class Pass : std::uint8_t { forward, backward };
enum class Mask : std::uint8_t { full, causal };
/// `unfused` materialises the score matrix and softmax in memory (frameworks before FlashAttention); `flash2` is
/// FlashAttention-2, which does not use what Hopper added.
enum class AttentionKind : std::uint8_t { flash, unfused, flash2 };

/// Attention core over `batch` sequences: q_len queries against kv_len keys (causal: the last q_len positions).
/// Covers MHA, GQA and MLA in its non-absorbed form (head_dim_qk = 192, head_dim_v = 128, kv_heads = q_heads).
struct Attention {
  Dtype dtype = Dtype::bf16;
  Pass pass = Pass::forward;
  Mask mask = Mask::causal;
  AttentionKind kind = AttentionKind::flash;
  std::int64_t batch = 0, q_heads = 0, kv_heads = 0, q_len = 0, kv_len = 0, head_dim_qk = 0, head_dim_v = 0;
  friend bool operator==(const Attention&, const Attention&) = default;
};

/// MLA core in its absorbed form: `batch` sequences with kv_len cached positions of (kv_lora + rope) = 576 values, q_len
/// queries each (1 + drafts). `kv_dtype` is the cache's type.
struct MlaDecode {
  Dtype kv_dtype = Dtype::bf16;
  std::int64_t batch = 0, heads = 0, q_len = 1, kv_len = 0, kv_lora = 512, rope = 64;
  friend bool operator==(const MlaDecode&, const MlaDecode&) = default;
};

/// GQA/MHA decode: q_len queries per sequence against a paged cache.
struct GqaDecode {
  Dtype kv_dtype = Dtype::bf16;
  std::int64_t batch = 0, q_heads = 0, kv_heads = 0, q_len = 1, kv_len = 0, head_dim = 128;
  friend bool operator==(const GqaDecode&, const GqaDecode&) = default;
};

/// What a memory-bound kernel does, for its own efficiency: element-wise and norms stream, copies only move, routing is
/// top-k/permutation (irregular), quantise is the cast to FP8 with its scales, softmax reads twice.
enum class StreamKind : std::uint8_t { elementwise, norm, copy, softmax, routing, quantise, optimizer };

/// A kernel bound by memory traffic: bytes read + written, and how many launches it is split into.
struct Stream {
  StreamKind kind = StreamKind::elementwise;
  double bytes = 0;
  std::int64_t launches = 1;
  friend bool operator==(const Stream&, const Stream&) = default;
};

enum class CollectiveOp : std::uint8_t { all_reduce, all_gather, reduce_scatter, all_to_all, send_recv, broadcast };

/// A collective inside one scale-up domain (NVLink or PCIe); `bytes` is the buffer per rank before the operation as NCCL
/// counts it (all_reduce, broadcast: the buffer; all_gather, reduce_scatter, all_to_all: the whole concatenated buffer).
struct Collective {
  CollectiveOp op = CollectiveOp::all_reduce;
  std::int64_t ranks = 0;
  double bytes = 0;
  friend bool operator==(const Collective&, const Collective&) = default;
};

using Kernel = std::variant<Gemm, GroupedGemm, Attention, MlaDecode, GqaDecode, Stream, Collective>;

}  // namespace gpufleet::hw
