#include "models/memory.h"

#include <gtest/gtest.h>

#include "models/parameters.h"
#include "tests/unit/models/model_fixtures.h"

namespace gpufleet::models {
namespace {

Implementation classic() {
  Implementation how;
  how.attention = hw::AttentionKind::unfused;
  how.dropout = Dropout::on;
  return how;
}
double dense(const Architecture& m, const Shard& shard, const Recompute& recompute, const Implementation& how, double sequence) {
  return layer_activation_bytes(m, LayerKind::dense, shard, Precision{}, {1, static_cast<std::int64_t>(sequence)}, recompute,
                                how);
}

// Korthikanti et al. 2022, table 2: bytes of one layer's activations.
TEST(ActivationMemory, KorthikantiTable2) {
  for (const char* name : {"GPT-3-175B", "Megatron-22B", "MT-NLG-530B", "Megatron-1T"}) {
    const Architecture& m = model(name);
    const double s = 2048, h = static_cast<double>(m.hidden), a = static_cast<double>(m.heads), t = 8;
    const double sbh = s * h;
    const Shard alone{}, tp{8, SequenceParallel::off, 1, 1, 1}, sp{8, SequenceParallel::on, 1, 1, 1};
    EXPECT_DOUBLE_EQ(dense(m, alone, Recompute::none(), classic(), s), sbh * (34 + 5 * a * s / h));
    EXPECT_DOUBLE_EQ(dense(m, tp, Recompute::none(), classic(), s), sbh * (10 + 24 / t + 5 * a * s / (h * t)));
    EXPECT_DOUBLE_EQ(dense(m, sp, Recompute::none(), classic(), s), sbh / t * (34 + 5 * a * s / h));
    EXPECT_DOUBLE_EQ(dense(m, tp, Recompute::selective(), classic(), s), sbh * (10 + 24 / t));
    EXPECT_DOUBLE_EQ(dense(m, sp, Recompute::selective(), classic(), s), sbh * 34 / t);
    EXPECT_DOUBLE_EQ(dense(m, tp, Recompute::full(), classic(), s), 2 * sbh);
  }
}

// Figures 1 and 7 of the same paper (GiB per GPU, tp 8; 22B: 48 layers, micro-batch 4; 1T: 2 layers a stage, 64 micro-batches
// in flight): layers only, as the paper counts.
TEST(ActivationMemory, KorthikantiFigures) {
  constexpr double kGib = 1073741824.0;
  const auto activations = [&](const char* name, std::int64_t sequences, double layers, SequenceParallel sp,
                               const Recompute& recompute) {
    return layers *
           layer_activation_bytes(model(name), LayerKind::dense, {8, sp, 1, 1, 1}, Precision{}, {sequences, 2048}, recompute,
                                  classic()) /
           kGib;
  };
  EXPECT_NEAR(activations("Megatron-22B", 4, 48, SequenceParallel::off, Recompute::none()), 59.25, 0.005);
  EXPECT_NEAR(activations("Megatron-22B", 4, 48, SequenceParallel::on, Recompute::selective()), 9.5625, 0.005);
  EXPECT_NEAR(activations("Megatron-1T", 1, 128, SequenceParallel::off, Recompute::none()), 131.25, 0.005);
  EXPECT_NEAR(activations("Megatron-1T", 1, 128, SequenceParallel::on, Recompute::selective()), 26.5625, 0.005);

  const auto states = [&](const char* name, double layers) {
    const RankParameters held = layers * layer_rank_parameters(model(name), LayerKind::dense, {8, SequenceParallel::on, 1, 1, 1});
    return model_state(held, Precision{}, Zero::none, {1, 1}).total() / kGib;
  };
  EXPECT_NEAR(states("Megatron-22B", 48), 45.5625, 0.05);
  EXPECT_NEAR(states("Megatron-1T", 2), 32.96, 0.03);
}

// Without the score matrix the quadratic term vanishes; one FP32 log-sum-exp per query and head takes its place.
TEST(ActivationMemory, FlashAttentionLeavesOnlyTheStatistics) {
  const Architecture& m = model("GPT-3-175B");
  Implementation flash = classic();
  flash.attention = hw::AttentionKind::flash;
  EXPECT_DOUBLE_EQ(dense(m, Shard{}, Recompute::none(), flash, 2048), 2048.0 * 12288 * 34 + 2048.0 * 96 * 4);
}

// DeepSeek-V3, one MoE layer, 4,096 tokens in BF16, by hand: hidden 7168, latents 1536 + 512, 128 heads of 192/192/128.
TEST(ActivationMemory, LatentAttentionAndExpertsByHand) {
  const Architecture& m = model("DeepSeek-V3");
  const double t = 4096, rows = t * 8;
  const double attention = 2 * t * (7168 + 7168 + (2048 + 64) + 2048 + 128 * (192 + 192 + 128) + 128 * 128) + t * 128 * 4;
  const double experts = 2 * rows * (7168 + 2 * 2048 + 2048) + t * 256 * 9 + rows * 16;
  const double shared = 2 * t * 3 * 2048, streams = 2 * t * 2 * 7168;
  const Shard shard{1, SequenceParallel::off, 1, 64, 1};
  EXPECT_DOUBLE_EQ(layer_activation_bytes(m, LayerKind::moe, shard, Precision{}, {1, 4096}, Recompute::none(), Implementation{}),
                   attention + experts + shared + streams);
  // Recomputing norms and up-projections drops their outputs: two hidden, latents, and q, k, v.
  const double dropped = 2 * t * (2 * 7168 + 2048 + 128 * (192 + 192 + 128));
  EXPECT_DOUBLE_EQ(layer_activation_bytes(m, LayerKind::moe, shard, Precision{}, {1, 4096},
                                          Recompute::of({RecomputeOp::norm, RecomputeOp::mla_up}), Implementation{}),
                   attention + experts + shared + streams - dropped);
}

TEST(ActivationMemory, MoreRecomputationNeverKeepsMore) {
  for (const Architecture& m : shipped_models()) {
    if (m.aggregate_only) continue;
    for (const hw::Dtype gemm : {hw::Dtype::bf16, hw::Dtype::fp8}) {
      Precision precision;
      precision.gemm = gemm;
      const LayerKind kind = m.layer_kind(m.layers - 1);
      const auto kept = [&](const Recompute& recompute) {
        return layer_activation_bytes(m, kind, Shard{}, precision, {1, 4096}, recompute, Implementation{});
      };
      const double all = kept(Recompute::none());
      for (int op = 0; op < kRecomputeOps; ++op) {
        const double less = kept(Recompute::of({static_cast<RecomputeOp>(op)}));
        EXPECT_LE(less, all) << m.name;
        EXPECT_GT(less, kept(Recompute::full())) << m.name;
      }
    }
  }
}

// Mixed-precision Adam with BF16 gradients keeps 16 bytes a parameter (ZeRO paper); ZeRO-1 divides 12 of them.
TEST(ModelState, ZeroPaper) {
  Precision precision;
  precision.gradients = hw::Dtype::bf16;
  const RankParameters p{1e9, 0, 0};
  const Replicas replicas{64, 1};
  EXPECT_DOUBLE_EQ(model_state(p, precision, Zero::none, replicas).total(), 16e9);
  EXPECT_DOUBLE_EQ(model_state(p, precision, Zero::optimizer, replicas).total(), 4e9 + 12e9 / 64);
  EXPECT_DOUBLE_EQ(model_state(p, precision, Zero::gradients, replicas).total(), 2e9 + 14e9 / 64);
  EXPECT_DOUBLE_EQ(model_state(p, precision, Zero::parameters, replicas).total(), 16e9 / 64);
}

TEST(ModelState, ExpertsAreSharedAmongTheirOwnReplicas) {
  const ModelState state = model_state({0, 1e9, 0}, Precision{}, Zero::optimizer, {128, 2});
  EXPECT_DOUBLE_EQ(state.optimizer, 12e9 / 2);
}

TEST(ModelState, EightBitGemmsAddTwoCopies) {
  Precision precision;
  precision.gemm = hw::Dtype::fp8;
  EXPECT_DOUBLE_EQ(model_state({1e9, 0, 1e8}, precision, Zero::none, {1, 1}).low_precision_weights, 2e9);
  precision.parameters = hw::Dtype::fp8;
  const ModelState state = model_state({1e9, 0, 1e8}, precision, Zero::none, {1, 1});
  EXPECT_DOUBLE_EQ(state.low_precision_weights, 1e9);
  EXPECT_DOUBLE_EQ(state.weights, 1e9 + 2e8);
}

TEST(RankParameters, OneRankHoldsTheModel) {
  for (const Architecture& m : shipped_models()) {
    if (m.aggregate_only) continue;
    EXPECT_LT(relative_error(model_rank_parameters(m, Shard{}).total(), parameters(m).total), 1e-5) << m.name;
  }
}

// Published bytes a token: DeepSeek-V3 70,272 in BF16 and 656 a layer in FlashMLA's FP8 layout; Llama-70B 327,680.
TEST(KvCache, PublishedFigures) {
  EXPECT_DOUBLE_EQ(kv_cache_bytes_per_token(model("DeepSeek-V3"), hw::Dtype::bf16, 1), 70272);
  EXPECT_DOUBLE_EQ(kv_cache_bytes_per_token(model("DeepSeek-V3"), hw::Dtype::fp8, 1), 61 * 656.0);
  EXPECT_DOUBLE_EQ(kv_cache_bytes_per_token(model("Llama-3.3-70B"), hw::Dtype::bf16, 1), 327680);
  EXPECT_DOUBLE_EQ(kv_cache_bytes_per_token(model("Llama-3.3-70B"), hw::Dtype::bf16, 8), 327680 / 8.0);
  EXPECT_DOUBLE_EQ(kv_cache_bytes_per_token(model("Llama-3.1-8B"), hw::Dtype::bf16, 1), 131072);
}

TEST(Weights, DeepSeekV3InFp8) {
  const double bytes = weight_bytes(model_rank_parameters(model("DeepSeek-V3"), Shard{}), hw::Dtype::fp8, hw::Dtype::bf16);
  EXPECT_NEAR(bytes / 1e9, 673, 2);  // 671 B linears at a byte, embedding and head at two
}

}  // namespace
}  // namespace gpufleet::models
