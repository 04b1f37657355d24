// The emitted kernels hold the model's FLOPs, whatever the sharding; communications and memory-bound work follow their laws.
#include "models/layer_work.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "models/flops.h"
#include "models/parameters.h"
#include "tests/unit/models/model_fixtures.h"

namespace gpufleet::models {
namespace {

struct PassFlops {
  double forward = 0, backward_input = 0, backward_weight = 0;
  void add(const LayerWork& work, double times) {
    forward += times * model_flops(work.forward);
    backward_input += times * model_flops(work.backward_input);
    backward_weight += times * model_flops(work.backward_weight);
  }
};

PassFlops whole_model(const Architecture& m, const Shard& shard, const Precision& precision, const MicroBatch& batch,
                      const Implementation& how) {
  PassFlops sum;
  for (std::int64_t layer = 0; layer < m.layers; ++layer)
    sum.add(layer_work(m, m.layer_kind(layer), shard, precision, batch, Recompute::none(), how), 1);
  sum.add(embedding_work(m, shard, precision, batch, how), 1);
  sum.add(head_work(m, shard, precision, batch, how), 1);
  return sum;
}

double communicated(const std::vector<WorkItem>& items, CommKind kind) {
  double sum = 0;
  for (const WorkItem& item : items)
    if (const auto* comm = std::get_if<Comm>(&item.work); comm != nullptr && comm->kind == kind) sum += comm->bytes;
  return sum;
}
int kernels(const std::vector<WorkItem>& items) {
  int sum = 0;
  for (const WorkItem& item : items) sum += std::holds_alternative<hw::Kernel>(item.work) ? 1 : 0;
  return sum;
}

// forward + backward-input + backward-weight = 3 forwards: each linear has three equal GEMMs, the attention core 1 + 2. Rows per
// expert are whole numbers in the weight GEMMs, hence the tolerance.
TEST(LayerWork, KernelsHoldTheModelsFlops) {
  for (const Architecture& m : shipped_models()) {
    if (m.aggregate_only) continue;
    const MicroBatch batch{2, 4096};
    for (const hw::Mask mask : {hw::Mask::causal, hw::Mask::full}) {
      Implementation how;
      how.mask = mask;
      const PassFlops sum = whole_model(m, Shard{}, Precision{}, batch, how);
      const AttentionCount count = mask == hw::Mask::causal ? AttentionCount::causal : AttentionCount::full;
      const double forward = forward_flops_per_token(m, 4096, count) * 2 * 4096;
      EXPECT_LT(relative_error(sum.forward, forward), 1e-9) << m.name;
      EXPECT_LT(relative_error(sum.forward + sum.backward_input + sum.backward_weight,
                               training_flops_per_token(m, 4096, count) * 2 * 4096),
                1e-3)
          << m.name;
    }
  }
}

TEST(LayerWork, MtpModuleHoldsItsFlops) {
  const Architecture& m = model("DeepSeek-V3");
  PassFlops sum;
  sum.add(mtp_work(m, Shard{}, Precision{}, {1, 4096}, Recompute::none(), Implementation{}), 1);
  EXPECT_LT(relative_error(sum.forward + sum.backward_input + sum.backward_weight,
                           mtp_training_flops_per_token(m, 4096, AttentionCount::causal) * 4096),
            1e-9);
}

// Sharding divides work: FLOPs of one rank times tp·cp are those of one GPU. (vocabularies pad, so the head is left out)
TEST(LayerWork, ShardsAddUpToTheWhole) {
  for (const char* name :
       {"DeepSeek-V3", "Llama-3.1-405B", "GPT-3-175B", "Mixtral-8x22B", "Qwen3-235B-A22B", "DeepSeek-V2-Lite"}) {
    const Architecture& m = model(name);
    for (const LayerKind kind : {LayerKind::dense, LayerKind::moe}) {
      if (kind == LayerKind::moe ? m.moe_layers() == 0 : m.dense_layers == 0) continue;
      const auto flops = [&](const Shard& shard) {
        PassFlops sum;
        sum.add(layer_work(m, kind, shard, Precision{}, {1, 8192}, Recompute::none(), Implementation{}), 1);
        return sum;
      };
      const PassFlops whole = flops(Shard{});
      for (const Shard& shard : {Shard{4, SequenceParallel::on, 1, 1, 1}, Shard{4, SequenceParallel::on, 2, 8, 1},
                                 Shard{2, SequenceParallel::on, 4, 4, 2}}) {
        const PassFlops part = flops(shard);
        const double ranks = shard.tp * shard.cp;
        EXPECT_LT(relative_error(part.forward * ranks, whole.forward), 1e-9) << name;
        EXPECT_LT(relative_error(part.backward_input * ranks, whole.backward_input), 1e-9) << name;
        EXPECT_LT(relative_error(part.backward_weight * ranks, whole.backward_weight), 1e-9) << name;
      }
    }
  }
}

// Megatron: per dense layer two all-gathers and two reduce-scatters forward, two of each backward and two all-gathers more for
// the weight gradients; without sequence parallelism two all-reduces a pass. Every one moves the whole s·b·h.
TEST(LayerWork, TensorParallelTraffic) {
  const Architecture& m = model("GPT-3-175B");
  const double whole = 2048.0 * 12288 * 2;
  Shard shard{8, SequenceParallel::on, 1, 1, 1};
  LayerWork work = layer_work(m, LayerKind::dense, shard, Precision{}, {1, 2048}, Recompute::none(), Implementation{});
  EXPECT_DOUBLE_EQ(communicated(work.forward, CommKind::tp_all_gather), 2 * whole);
  EXPECT_DOUBLE_EQ(communicated(work.forward, CommKind::tp_reduce_scatter), 2 * whole);
  EXPECT_DOUBLE_EQ(communicated(work.backward_input, CommKind::tp_all_gather), 4 * whole);
  EXPECT_DOUBLE_EQ(communicated(work.backward_input, CommKind::tp_reduce_scatter), 2 * whole);
  shard.sequence_parallel = SequenceParallel::off;
  work = layer_work(m, LayerKind::dense, shard, Precision{}, {1, 2048}, Recompute::none(), Implementation{});
  EXPECT_DOUBLE_EQ(communicated(work.forward, CommKind::tp_all_reduce), 2 * whole);
  EXPECT_DOUBLE_EQ(communicated(work.backward_input, CommKind::tp_all_reduce), 2 * whole);
  EXPECT_DOUBLE_EQ(communicated(work.forward, CommKind::tp_all_gather), 0);
}

// DeepSeek-V3 report s.3.3.3: FP8 dispatch, BF16 combine, in both passes; 4 bytes of scale per 128 values.
TEST(LayerWork, ExpertParallelTraffic) {
  const Architecture& m = model("DeepSeek-V3");
  Precision precision;
  precision.gemm = hw::Dtype::fp8;
  precision.dispatch = hw::Dtype::fp8;
  const Shard shard{1, SequenceParallel::off, 1, 64, 1};
  const LayerWork work = layer_work(m, LayerKind::moe, shard, precision, {1, 4096}, Recompute::none(), Implementation{});
  const double low = 4096.0 * 7168 * (1 + 4.0 / 128), high = 4096.0 * 7168 * 2;
  for (const auto* pass : {&work.forward, &work.backward_input}) {
    EXPECT_DOUBLE_EQ(communicated(*pass, CommKind::ep_dispatch), low);
    EXPECT_DOUBLE_EQ(communicated(*pass, CommKind::ep_combine), high);
  }
  // 4096 tokens · 8 choices arrive on average at 256/64 = 4 experts.
  bool found = false;
  for (const WorkItem& item : work.forward)
    if (const auto* kernel = std::get_if<hw::Kernel>(&item.work))
      if (const auto* grouped = std::get_if<hw::GroupedGemm>(kernel)) {
        found = true;
        EXPECT_EQ(grouped->groups, 4);
        EXPECT_EQ(grouped->rows, 32768);
        EXPECT_EQ(grouped->dtype, hw::Dtype::fp8);
      }
  EXPECT_TRUE(found);
}

// Megatron's default dispatcher copies every token once per choice at its source and merges the copies there.
TEST(LayerWork, CopiesPerChoiceAreMadeAtTheSource) {
  const Architecture& m = model("Mixtral-8x7B");
  const Shard shard{1, SequenceParallel::off, 1, 8, 1};
  const auto bytes = [&](DispatchCopies copies) {
    Implementation how;
    how.dispatch_copies = copies;
    return stream_bytes(layer_work(m, LayerKind::moe, shard, Precision{}, {1, 4096}, Recompute::none(), how).forward);
  };
  EXPECT_DOUBLE_EQ(bytes(DispatchCopies::per_choice) - bytes(DispatchCopies::per_rank), 2 * 4096.0 * 4096 * (1 + 2) * 2);
}

TEST(LayerWork, SeparateKernelsMoveMoreBytes) {
  for (const char* name : {"DeepSeek-V3", "Llama-3.1-8B", "GPT-3-175B", "Mixtral-8x7B"}) {
    const Architecture& m = model(name);
    const LayerKind kind = m.layer_kind(m.layers - 1);
    Implementation unfused;
    unfused.elementwise = ElementwiseKernels::unfused;
    const LayerWork less = layer_work(m, kind, Shard{}, Precision{}, {1, 4096}, Recompute::none(), Implementation{});
    const LayerWork more = layer_work(m, kind, Shard{}, Precision{}, {1, 4096}, Recompute::none(), unfused);
    EXPECT_GT(stream_bytes(more.forward), stream_bytes(less.forward)) << name;
    EXPECT_GT(stream_bytes(more.backward_weight), stream_bytes(less.backward_weight)) << name;
    EXPECT_DOUBLE_EQ(model_flops(more.forward), model_flops(less.forward)) << name;
  }
}

TEST(LayerWork, LoopOverExpertsHasTheSameFlops) {
  const Architecture& m = model("Mixtral-8x7B");
  Implementation loop;
  loop.experts = ExpertKernels::loop;
  PassFlops one, many;
  one.add(layer_work(m, LayerKind::moe, Shard{}, Precision{}, {1, 4096}, Recompute::none(), Implementation{}), 1);
  many.add(layer_work(m, LayerKind::moe, Shard{}, Precision{}, {1, 4096}, Recompute::none(), loop), 1);
  EXPECT_DOUBLE_EQ(one.forward, many.forward);
  EXPECT_DOUBLE_EQ(one.backward_input, many.backward_input);
  EXPECT_DOUBLE_EQ(one.backward_weight, many.backward_weight);
}

TEST(LayerWork, RecomputationStandsBeforeBackward) {
  const Architecture& m = model("DeepSeek-V3");
  const auto work = [&](const Recompute& recompute) {
    return layer_work(m, LayerKind::moe, {1, SequenceParallel::off, 1, 64, 1}, Precision{}, {1, 4096}, recompute,
                      Implementation{});
  };
  const LayerWork none = work(Recompute::none()), full = work(Recompute::full()), core = work(Recompute::selective());
  EXPECT_EQ(none.forward, full.forward);
  EXPECT_EQ(none.backward_weight, full.backward_weight);
  EXPECT_EQ(full.backward_input.size(), full.forward.size() + none.backward_input.size());
  EXPECT_TRUE(std::equal(full.forward.begin(), full.forward.end(), full.backward_input.begin()));
  EXPECT_EQ(kernels(core.backward_input), kernels(none.backward_input) + 1);
  EXPECT_EQ(core.backward_input.front().part, Part::attention_core);

  // q_up and kv_up again: 2·T·(1536·128·192 + 512·128·256).
  const LayerWork up = work(Recompute::of({RecomputeOp::norm, RecomputeOp::mla_up}));
  const double again = 2.0 * 4096 * (1536.0 * 128 * 192 + 512.0 * 128 * 256);
  EXPECT_DOUBLE_EQ(model_flops(up.backward_input) - model_flops(none.backward_input), again);
}

// Per value of s·b·h (bf16, fused, no tp): forward 2 norms (2 each), RoPE 2·2 on q and k, GELU (4 in + 4 out), 2 residuals (3).
double linear_flops(const std::vector<WorkItem>& items) {
  double sum = 0;
  for (const WorkItem& item : items)
    if (const auto* kernel = std::get_if<hw::Kernel>(&item.work))
      if (const auto* gemm = std::get_if<hw::Gemm>(kernel))
        sum += 2.0 * static_cast<double>(gemm->m) * static_cast<double>(gemm->n) * static_cast<double>(gemm->k);
  return sum;
}

// A checkpoint that stops early leaves out the product that closes the feed-forward half: one of its inner · hidden ones.
TEST(LayerWork, EarlyStopLeavesOutTheClosingProduct) {
  const Architecture& m = model("Llama-3.1-8B");
  const MicroBatch batch{2, 1024};
  Implementation whole, early;
  early.checkpoint = Checkpoint::early_stop;
  const auto again = [&](const Recompute& recompute, const Implementation& how) {
    return linear_flops(layer_work(m, LayerKind::dense, Shard{}, Precision{}, batch, recompute, how).backward_input);
  };
  const double closing = 2.0 * 2 * 1024 * static_cast<double>(m.ffn_dense) * static_cast<double>(m.hidden);
  for (const Recompute& recompute : {Recompute::full(), Recompute::of({RecomputeOp::mlp})})
    EXPECT_DOUBLE_EQ(again(recompute, whole) - again(recompute, early), closing);
  EXPECT_EQ(again(Recompute::none(), whole), again(Recompute::none(), early));
}

// Only gathers for the weight product and reductions of the input's gradient may run beside a product: as many bytes as enter.
TEST(LayerWork, BackwardExchangesBesideProducts) {
  const Architecture& m = model("Llama-3.1-8B");
  const MicroBatch batch{1, 2048};
  const auto beside = [&](const Shard& shard, const Implementation& how) {
    const LayerWork work = layer_work(m, LayerKind::dense, shard, Precision{}, batch, Recompute::none(), how);
    double sum = 0;
    for (const auto* items : {&work.forward, &work.backward_input, &work.backward_weight})
      for (const WorkItem& item : *items)
        if (const auto* comm = std::get_if<Comm>(&item.work); comm != nullptr && comm->beside_product) sum += comm->bytes;
    return sum;
  };
  Implementation apart, together;
  together.gradient_comm = GradientComm::beside_products;
  const double tensor = 2048.0 * static_cast<double>(m.hidden) * 2;
  EXPECT_EQ(beside({.tp = 4}, apart), 0);
  EXPECT_DOUBLE_EQ(beside({.tp = 4}, together), 4 * tensor);  // attention and feed-forward: a gather and a scatter each
  EXPECT_DOUBLE_EQ(beside({.tp = 4, .sequence_parallel = SequenceParallel::off}, together), 2 * tensor);
}

// The fullest expert-parallel rank works on more rows; without expert parallelism every rank has all of them.
TEST(LayerWork, FullestExpertRankWorksLonger) {
  const Architecture& m = model("Mixtral-8x7B");
  const MicroBatch batch{1, 4096};
  Implementation even, uneven;
  uneven.expert_imbalance = 1.25;
  const auto rows = [&](const Shard& shard, const Implementation& how) {
    double sum = 0;
    for (const WorkItem& item : layer_work(m, LayerKind::moe, shard, Precision{}, batch, Recompute::none(), how).forward)
      if (const auto* kernel = std::get_if<hw::Kernel>(&item.work))
        if (const auto* grouped = std::get_if<hw::GroupedGemm>(kernel)) sum += static_cast<double>(grouped->rows);
    return sum;
  };
  EXPECT_DOUBLE_EQ(rows({.ep = 8}, uneven), 1.25 * rows({.ep = 8}, even));
  EXPECT_DOUBLE_EQ(rows({}, uneven), rows({}, even));
}

TEST(LayerWork, MemoryBoundBytesOfAPlainLayer) {
  Architecture m = model("GPT-3-175B");
  const double values = 2048.0 * 12288;
  LayerWork work = layer_work(m, LayerKind::dense, Shard{}, Precision{}, {1, 2048}, Recompute::none(), Implementation{});
  EXPECT_DOUBLE_EQ(stream_bytes(work.forward), values * 2 * (2 * 2 + 8 + 2 * 3));
  m.positions = Positions::rope;
  work = layer_work(m, LayerKind::dense, Shard{}, Precision{}, {1, 2048}, Recompute::none(), Implementation{});
  EXPECT_DOUBLE_EQ(stream_bytes(work.forward), values * 2 * (2 * 2 + 4 + 8 + 2 * 3));
  // Backward: norms (3), their branch sums (3), GELU (3·4); weights: FP32 buffer read and written less the GEMM's own output.
  EXPECT_DOUBLE_EQ(stream_bytes(work.backward_input), values * 2 * (2 * 3 + 2 * 3 + 4 + 12));
  EXPECT_DOUBLE_EQ(stream_bytes(work.backward_weight), 12.0 * 12288 * 12288 * (4 + 4 - 2));
}

double cast_bytes(const std::vector<WorkItem>& items) {
  double sum = 0;
  for (const WorkItem& item : items)
    if (const auto* kernel = std::get_if<hw::Kernel>(&item.work))
      if (const auto* stream = std::get_if<hw::Stream>(kernel); stream != nullptr && stream->kind == hw::StreamKind::quantise)
        sum += stream->bytes;
  return sum;
}

// Dense layer of DeepSeek-V3 in FP8, one token: 2 bytes read and 1 + 4/128 written per cast value. Forward: hidden (once for
// both down-projections), two latents, attention output, hidden before the FFN; SwiGLU casts its own output. Backward: the
// gradient of every linear's output in two directions, but SwiGLU's own. Weights: every distinct input again, transposed.
TEST(LayerWork, CastsOfEightBitTraining) {
  const Architecture& m = model("DeepSeek-V3");
  Precision precision;
  precision.gemm = hw::Dtype::fp8;
  const LayerWork work = layer_work(m, LayerKind::dense, Shard{}, precision, {1, 128}, Recompute::none(), Implementation{});
  const double cast = 1 + 4.0 / 128, tokens = 128;
  EXPECT_DOUBLE_EQ(cast_bytes(work.forward), tokens * (7168 + 1536 + 512 + 16384 + 7168) * (2 + cast));
  EXPECT_DOUBLE_EQ(cast_bytes(work.backward_input), tokens * (1536 + 576 + 24576 + 32768 + 7168 + 7168) * (2 + 2 * cast));
  EXPECT_DOUBLE_EQ(cast_bytes(work.backward_weight), tokens * (7168 + 1536 + 512 + 16384 + 7168 + 18432) * 2 * cast);
  EXPECT_EQ(
      cast_bytes(layer_work(m, LayerKind::dense, Shard{}, Precision{}, {1, 128}, Recompute::none(), Implementation{}).forward),
      0);
}

TEST(LayerWork, WeightCastsReadEveryLinearOnce) {
  const Architecture& m = model("DeepSeek-V3");
  Precision precision;
  EXPECT_TRUE(weight_cast_work(m, LayerKind::moe, Shard{}, precision).empty());
  precision.gemm = hw::Dtype::fp8;
  const LayerParameters layer = layer_parameters(m, LayerKind::moe);
  const double weights = layer.total() - layer.norms - layer.router;
  EXPECT_DOUBLE_EQ(stream_bytes(weight_cast_work(m, LayerKind::moe, Shard{}, precision)), weights * (2 + 1 + 1));
}

RC_GTEST_PROP(LayerWork, WorkIsFiniteAndPositive, ()) {
  const Architecture& m = **rc::gen::elementOf(std::vector<const Architecture*>{
      &model("DeepSeek-V3"), &model("GPT-OSS-120B"), &model("Qwen2.5-7B"), &model("GPT-3-175B"), &model("Grok-1")});
  const LayerKind kind = m.routed_experts > 0 ? LayerKind::moe : LayerKind::dense;
  const Shard shard{*rc::gen::element(1, 2, 4, 8), *rc::gen::element(SequenceParallel::off, SequenceParallel::on),
                    *rc::gen::element(1, 2, 3), *rc::gen::element(1, 2, 8), *rc::gen::element(1, 2)};
  Precision precision;
  precision.gemm = *rc::gen::element(hw::Dtype::bf16, hw::Dtype::fp8, hw::Dtype::fp32);
  Implementation how;
  how.elementwise = *rc::gen::element(ElementwiseKernels::fused, ElementwiseKernels::unfused);
  how.dropout = *rc::gen::element(Dropout::off, Dropout::on);
  how.attention = *rc::gen::element(hw::AttentionKind::flash, hw::AttentionKind::unfused);
  const MicroBatch batch{*rc::gen::inRange<std::int64_t>(1, 4), *rc::gen::inRange<std::int64_t>(1, 5000)};
  const LayerWork work = layer_work(m, kind, shard, precision, batch, Recompute::full(), how);
  for (const auto* pass : {&work.forward, &work.backward_input, &work.backward_weight})
    for (const WorkItem& item : *pass) {
      const auto* kernel = std::get_if<hw::Kernel>(&item.work);
      if (kernel == nullptr) {
        RC_ASSERT(std::get<Comm>(item.work).bytes > 0);
      } else if (const auto* stream = std::get_if<hw::Stream>(kernel)) {
        RC_ASSERT(stream->bytes >= 0 && stream->launches >= 0);
      } else {
        RC_ASSERT(model_flops(*kernel) > 0);
      }
    }
}

}  // namespace
}  // namespace gpufleet::models
