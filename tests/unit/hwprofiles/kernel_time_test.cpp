// The kernel-time model's physics: monotone in work, never faster than the roofline's bounds allow, waves, fewer SMs, spreads by
// provenance. Equation: launch + (compute^4 + memory^4)^(1/4), times exp(residual).
#include "hwprofiles/kernel_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/warm_cache.h"

namespace gpufleet::hw {
namespace {

const KernelFits& fits() {
  static const KernelFits loaded = [] {
    auto result = load_kernel_fits(GPUFLEET_SOURCE_DIR "/hwprofiles/data/kernel_fits");
    EXPECT_TRUE(result.ok()) << to_text(result.diagnostics());
    return std::move(result).value();
  }();
  return loaded;
}

const std::vector<Accelerator>& catalog() {
  static const std::vector<Accelerator> loaded = [] {
    auto result = load_accelerators(GPUFLEET_SOURCE_DIR "/hwprofiles/data/accelerators");
    EXPECT_TRUE(result.ok()) << to_text(result.diagnostics());
    return std::move(result).value();
  }();
  return loaded;
}

KernelTimeModel model_of(const char* name) {
  const Result<Accelerator> chip = find_accelerator(catalog(), name);
  EXPECT_TRUE(chip.ok());
  return make_kernel_time_model(*chip, fits());
}

constexpr Attention kAttention{
    .batch = 1, .q_heads = 32, .kv_heads = 8, .q_len = 4096, .kv_len = 4096, .head_dim_qk = 128, .head_dim_v = 128};

TEST(KernelTime, EveryChipOfTheCatalogHasATimeForEveryClass) {
  Attention backward = kAttention, unfused = kAttention;
  backward.pass = Pass::backward;
  unfused.kind = AttentionKind::unfused;
  const std::vector<Kernel> kernels{Gemm{Dtype::bf16, 1, 1, 1},
                                    Gemm{Dtype::fp8, 32768, 7168, 18432},
                                    Gemm{Dtype::fp32, 128, 256, 7168},
                                    GroupedGemm{Dtype::fp8, 32, 7, 4096, 7168},
                                    kAttention,
                                    backward,
                                    unfused,
                                    MlaDecode{Dtype::fp8, 128, 128, 2, 4096},
                                    GqaDecode{Dtype::bf16, 64, 32, 8, 1, 4096, 128},
                                    Stream{StreamKind::norm, 1e6, 2},
                                    Collective{CollectiveOp::all_reduce, 8, 1e6}};
  for (const Accelerator& chip : catalog()) {
    const KernelTimeModel model = make_kernel_time_model(chip, fits());
    for (const Kernel& kernel : kernels) {
      const KernelTime time = model.time(kernel);
      EXPECT_TRUE(std::isfinite(time.seconds) && time.seconds > 0) << chip.name << " " << kernel.index();
      EXPECT_GT(time.log_sigma, 0) << chip.name << " " << kernel.index();
    }
  }
}

TEST(KernelTime, LargeProductsStayBelowThePeakAndAboveHalfOfIt) {
  for (const char* name : {"H100 SXM5", "H200 SXM", "H800 SXM", "A100 SXM4 80GB", "H20-3e 141GB"}) {
    const KernelTimeModel model = model_of(name);
    const Gemm gemm{Dtype::bf16, 8192, 8192, 8192};
    const double share =
        2 * std::pow(8192.0, 3) / model.time(gemm).seconds / model.machine().peak[static_cast<std::size_t>(Dtype::bf16)];
    EXPECT_GT(share, 0.5) << name;
    EXPECT_LT(share, 1.0) << name;
  }
}

TEST(KernelTime, ThrottledTensorCoresAreBetterFed) {
  // H20 has a fourth of an H800 SM's rate, and reaches a larger part of it: what feeds it takes cycles, not peak.
  const Gemm gemm{Dtype::fp8, 8192, 7168, 4096};
  const auto share = [&](const char* name) {
    const KernelTimeModel model = model_of(name);
    return 2.0 * 8192 * 7168 * 4096 / model.time(gemm).seconds / model.machine().peak[static_cast<std::size_t>(Dtype::fp8)];
  };
  EXPECT_GT(share("H20 SXM 96GB"), share("H800 SXM") + 0.1);
}

TEST(KernelTime, ProvenanceFallsAndSpreadGrowsWithDistance) {
  const Gemm gemm{Dtype::bf16, 4096, 4096, 4096};
  const KernelTime measured = model_of("H100 SXM5").time(gemm);
  const KernelTime borrowed = model_of("H100 PCIe").time(gemm);
  const KernelTime datasheet = model_of("Ascend 910B").time(gemm);
  EXPECT_EQ(measured.provenance, Provenance::measured);
  EXPECT_EQ(borrowed.provenance, Provenance::borrowed);
  EXPECT_EQ(datasheet.provenance, Provenance::datasheet);
  EXPECT_LT(measured.log_sigma, borrowed.log_sigma);
  EXPECT_LT(borrowed.log_sigma, datasheet.log_sigma);
}

TEST(KernelTime, FewerSmsSlowComputeInProportionAndMemoryHardly) {
  const KernelTimeModel model = model_of("H800 SXM");
  const SmShare share{112.0 / 132};
  const Kernel compute = Gemm{Dtype::bf16, 16384, 8192, 8192}, memory = Gemm{Dtype::bf16, 8, 16384, 16384};
  const double slower = model.time(compute, share).seconds / model.time(compute).seconds;
  EXPECT_NEAR(slower, 132.0 / 112, 0.06);
  EXPECT_LT(model.time(memory, share).seconds / model.time(memory).seconds, 1.05);
  EXPECT_DOUBLE_EQ(model.time(compute, SmShare{}).seconds, model.time(compute).seconds);
}

TEST(KernelTime, BackwardTakesTwoToFourTimesTheForward) {
  Attention backward = kAttention;
  backward.pass = Pass::backward;
  for (const char* name : {"H100 SXM5", "H800 SXM", "A100 SXM4 80GB"}) {
    const KernelTimeModel model = model_of(name);
    const double ratio = model.time(backward).seconds / model.time(kAttention).seconds;
    EXPECT_GT(ratio, 2.0) << name;
    EXPECT_LT(ratio, 4.0) << name;
  }
}

TEST(KernelTime, OneRankCommunicatesForNothing) {
  EXPECT_EQ(model_of("H100 SXM5").time(Collective{CollectiveOp::all_reduce, 1, 1e9}).seconds, 0);
}

TEST(KernelTime, TrafficThatRidesInANeighbourPaysNoLaunch) {
  const Machine machine{.bandwidth = 2e12};
  const Parameters p{3, 0.5};  // launch_us, efficiency
  EXPECT_DOUBLE_EQ(stream_seconds(machine, p, {StreamKind::elementwise, 1e6, 0}), 1e-6);
  EXPECT_DOUBLE_EQ(stream_seconds(machine, p, {StreamKind::elementwise, 1e6, 1}), 4e-6);
  EXPECT_DOUBLE_EQ(stream_seconds(machine, p, {StreamKind::elementwise, 1e6, 5}), 16e-6);
}

TEST(KernelTime, AProcessorsFitsServeOnlyTheProcessor) {
  KernelFits all = fits();
  const Accelerator stranger{
      .name = "Unheard of", .sm_count = 2, .peak_flops = {0, 1e11}, .memory_bandwidth = BytesPerSecond(1e10)};
  const KernelTimeModel before = make_kernel_time_model(stranger, all);
  AcceleratorFits processor{.accelerator = "CPU", .family = Family::other, .balance = 10, .sms = 2};
  processor.fits = {{.slot = Slot::copy, .engine = "memcpy", .rows = 99, .parameters = {1, 0.9}}};
  all.accelerators.push_back(processor);
  EXPECT_EQ(make_kernel_time_model(stranger, all).entry(Slot::copy).donor, before.entry(Slot::copy).donor);
  Accelerator own = stranger;
  own.name = "CPU";
  EXPECT_EQ(make_kernel_time_model(own, all).entry(Slot::copy).engine, "memcpy");
  EXPECT_EQ(make_kernel_time_model(own, all).entry(Slot::copy).provenance, Provenance::measured);
}

RC_GTEST_PROP(KernelTime, FormsGrowWithTheWork, ()) {
  // Without the residual. Four times the depth, in whole slices of 256, splits over at most four times the SMs: each piece is as
  // long, and the bytes that grow take as long; only those that do not grow (results, queries) may come faster from more SMs.
  const auto m = *rc::gen::inRange<std::int64_t>(1, 20000), n = *rc::gen::inRange<std::int64_t>(1, 20000);
  const std::int64_t k = 256 * *rc::gen::inRange<std::int64_t>(1, 64);
  static const KernelTimeModel model = model_of("H100 SXM5");
  constexpr double kRounding = 1 - 1e-9;
  const auto grows = [&](double longer, double shorter, std::int64_t growing, std::int64_t constant) {
    const double share = static_cast<double>(growing) / static_cast<double>(growing + constant);
    return longer >= kRounding * share * shorter;
  };
  const Parameters& p = model.entry(Slot::gemm_bf16).parameters;
  RC_ASSERT(grows(gemm_seconds(model.machine(), p, {Dtype::bf16, m, n, 4 * k}),
                  gemm_seconds(model.machine(), p, {Dtype::bf16, m, n, k}), (m + n) * k, m * n));
  const Parameters& d = model.entry(Slot::mla_decode_bf16).parameters;
  const std::int64_t batch = 1 + m % 512, heads = 128, latent = 512, rope = 64;
  const auto decode = [&](std::int64_t keys) {
    return mla_decode_seconds(model.machine(), d, {Dtype::bf16, batch, heads, 1, keys, latent, rope});
  };
  RC_ASSERT(grows(decode(4 * k), decode(k), k * (latent + rope), heads * (2 * latent + rope)));
  // With a cache for each SM nothing is split, and more keys of any number take longer.
  const std::int64_t many = 132 + m % 512, keys = 1 + n % 8192;
  const auto unsplit = [&](std::int64_t length) {
    return mla_decode_seconds(model.machine(), d, {Dtype::bf16, many, heads, 1, length, latent, rope});
  };
  RC_ASSERT(unsplit(keys + 1 + k) > unsplit(keys));
}

TEST(KernelTime, AWarmCacheEndsSharplyAtItsEdge) {
  const Machine machine{.l2 = 100e6};
  EXPECT_DOUBLE_EQ(warm_factor(machine, 3, 0.5, 0), 4);
  EXPECT_NEAR(warm_factor(machine, 3, 0.5, 25e6), 4, 0.02);
  EXPECT_DOUBLE_EQ(warm_factor(machine, 3, 0.5, 50e6), 2.5);
  EXPECT_NEAR(warm_factor(machine, 3, 0.5, 100e6), 1, 0.02);
  EXPECT_DOUBLE_EQ(warm_factor(Machine{}, 3, 0.5, 1e9), 1);  // no cache known
}

RC_GTEST_PROP(KernelTime, NothingOutrunsTheMachine, ()) {
  const auto m = *rc::gen::inRange<std::int64_t>(1, 40000), n = *rc::gen::inRange<std::int64_t>(16, 40000);
  const auto k = *rc::gen::inRange<std::int64_t>(16, 40000);
  static const KernelTimeModel model = model_of("H200 SXM");
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  RC_ASSERT(model.time(Gemm{Dtype::bf16, m, n, k}).seconds > 0.95 * flops / 989.4e12);
}

}  // namespace
}  // namespace gpufleet::hw
