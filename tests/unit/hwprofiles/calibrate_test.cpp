// The calibrator apart from any device: the driver on a simulated device whose times are known, the grids, the judgement of
// times, the naming of devices; and the CPU back end's arithmetic. Nothing here asserts how long real work takes.
#include "hwprofiles/calibrate/calibrate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <stop_token>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/calibrate/accelerator_toml.h"
#include "hwprofiles/calibrate/cpu_backend.h"
#include "hwprofiles/calibrate/cpu_machine.h"
#include "hwprofiles/calibrate/device_accelerator.h"
#include "hwprofiles/calibrate/measure.h"
#include "hwprofiles/calibrate/user_calibrations.h"
#include "hwprofiles/calibrate/work.h"
#include "hwprofiles/calibrate/work_team.h"

namespace gpufleet::hw {
namespace {

/// A device whose clock moves only when it works: run i of a kernel takes `seconds` times the i-th of a cycle of factors.
struct FakeDevice {
  double now = 0;
  double seconds = 1e-5;
  double error = 0;
  std::vector<double> factors{1.0};
  std::size_t next = 0;
  int prepared = 0;
  std::function<void()> on_time = [] {};
};

class FakeKernel final : public PreparedKernel {
 public:
  explicit FakeKernel(FakeDevice& device) : device_(device) {}
  std::string engine() const override { return "fake 1"; }
  Result<double> relative_error() override { return device_.error; }
  Result<double> time(int runs) override {
    device_.on_time();
    const double took = runs * device_.seconds * device_.factors[device_.next++ % device_.factors.size()];
    device_.now += took;
    return took;
  }

 private:
  FakeDevice& device_;
};

class FakeBackend final : public CalibrationBackend {
 public:
  FakeBackend(FakeDevice& device, DeviceDescription description) : device_(device), description_(std::move(description)) {}
  const DeviceDescription& device() const override { return description_; }
  Result<std::unique_ptr<PreparedKernel>> prepare(const Kernel& kernel) override {
    if (std::holds_alternative<Collective>(kernel)) return Diagnostic{.message = "no peers"};
    ++device_.prepared;
    return std::unique_ptr<PreparedKernel>(std::make_unique<FakeKernel>(device_));
  }

 private:
  FakeDevice& device_;
  DeviceDescription description_;
};

const Kernel kGemm = Gemm{Dtype::bf16, 128, 4096, 7168};
const TimingPlan kPlan{
    .least_samples = 5, .most_samples = 51, .sample_seconds = 1e-3, .kernel_seconds = 0.1, .total_seconds = 25};

Result<MeasuredGrid> measure(FakeDevice& fake, const std::vector<Kernel>& grid, const TimingPlan& plan,
                             const RunControl& control) {
  FakeBackend backend(fake, {.name = "fake"});
  return measure_grid(
      backend, grid, plan, [&] { return fake.now; }, control);
}

TEST(CalibrationDriver, TheMedianIgnoresAFewDisturbedSamples) {
  FakeDevice fake{.factors = {1, 1, 9, 1, 1, 1, 1, 1, 1, 1, 1}};
  const auto measured = measure(fake, {kGemm}, kPlan, {});
  ASSERT_TRUE(measured.ok());
  ASSERT_EQ(measured->kernels.size(), 1u);
  EXPECT_NEAR(measured->kernels[0].seconds, 1e-5, 1e-18);
  EXPECT_EQ(measured->kernels[0].engine, "fake 1");
  EXPECT_GE(measured->kernels[0].samples, kPlan.least_samples);
  EXPECT_LE(measured->kernels[0].samples, kPlan.most_samples);
}

TEST(CalibrationDriver, SamplesLastLongEnoughForTheClock) {
  FakeDevice fake;
  int calls = 0;
  fake.on_time = [&] { ++calls; };
  ASSERT_TRUE(measure(fake, {kGemm}, kPlan, {}).ok());
  EXPECT_GE(fake.now, kPlan.least_samples * kPlan.sample_seconds);
  EXPECT_LT(calls, 70);  // batches, not single runs: 51 samples of 100 runs each
}

TEST(CalibrationDriver, AWrongResultIsNeverTimed) {
  FakeDevice fake{.error = 0.5};
  int calls = 0;
  fake.on_time = [&] { ++calls; };
  const auto measured = measure(fake, {kGemm}, kPlan, {});
  EXPECT_FALSE(measured.ok());
  EXPECT_EQ(calls, 0);
  EXPECT_NE(to_text(measured.diagnostics()).find("its result is wrong"), std::string::npos);
  fake.error = std::nan("");
  EXPECT_FALSE(measure(fake, {kGemm}, kPlan, {}).ok());
  EXPECT_EQ(calls, 0);
}

TEST(CalibrationDriver, KernelsThatCannotRunAreToldAndTheOthersMeasured) {
  FakeDevice fake;
  const auto measured = measure(fake, {Collective{CollectiveOp::all_reduce, 2, 1024}, kGemm}, kPlan, {});
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->kernels.size(), 1u);
  ASSERT_EQ(measured->warnings.size(), 1u);
  EXPECT_EQ(measured->warnings[0].message, "left out: no peers");
  EXPECT_EQ(measured->warnings[0].severity, Severity::warning);
}

TEST(CalibrationDriver, OfRoundsTheMedianOfTheirShortestSamplesCounts) {
  // Every third run is disturbed, and a whole round takes twice as long: neither is the kernel's time.
  FakeDevice fake{.factors = {1, 1, 9}};
  TimingPlan plan{.rounds = 3, .sample_quantile = 0.1, .least_samples = 7, .most_samples = 7, .sample_seconds = 0};
  int prepared = 0;
  fake.on_time = [&] {
    if (fake.prepared != prepared) fake.seconds = ++prepared == 2 ? 2e-5 : 1e-5;
  };
  const auto measured = measure(fake, {kGemm}, plan, {});
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(fake.prepared, 3);
  EXPECT_EQ(measured->kernels[0].samples, 21);
  EXPECT_NEAR(measured->kernels[0].seconds, 1e-5, 1e-18);
  EXPECT_NEAR(measured->kernels[0].round_spread, 2, 1e-9);
  ASSERT_EQ(measured->warnings.size(), 1u);
  EXPECT_NE(measured->warnings[0].message.find("rounds"), std::string::npos);
}

TEST(CalibrationDriver, TimeSpentAfterTheFirstRoundLeavesNothingOut) {
  FakeDevice fake{.seconds = 1.0};
  TimingPlan plan = kPlan;
  plan.rounds = 50;
  plan.least_samples = 1;
  const auto measured = measure(fake, {kGemm, kGemm}, plan, {});
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->kernels.size(), 2u);
  EXPECT_TRUE(measured->warnings.empty());
  EXPECT_LT(fake.now, 30);
}

TEST(CalibrationDriver, UnsteadyTimesAreKeptAndTold) {
  FakeDevice fake{.factors = {1, 3}};
  const auto measured = measure(fake, {kGemm}, kPlan, {});
  ASSERT_TRUE(measured.ok());
  EXPECT_NEAR(measured->kernels[0].spread, 3, 1e-9);
  ASSERT_EQ(measured->warnings.size(), 1u);
  EXPECT_NE(measured->warnings[0].message.find("unsteady"), std::string::npos);
}

TEST(CalibrationDriver, EndsWhenItsTimeIsSpent) {
  FakeDevice fake{.seconds = 2.0};
  const auto measured = measure(fake, {kGemm, kGemm, kGemm, kGemm, kGemm}, kPlan, {});
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->kernels.size(), 3u);  // 6 runs of 2 s each: 12, 24, then past 25 s
  ASSERT_EQ(measured->warnings.size(), 1u);
  EXPECT_NE(measured->warnings[0].message.find("2 of 5 kernels were left out"), std::string::npos);
}

TEST(CalibrationDriver, StopsBetweenSamplesWithoutAValue) {
  std::stop_source stop;
  FakeDevice fake;
  int calls = 0;
  fake.on_time = [&] {
    if (++calls == 5) stop.request_stop();
  };
  const auto measured = measure(fake, {kGemm, kGemm}, kPlan, {.stop = stop.get_token(), .progress = {}});
  EXPECT_FALSE(measured.ok());
  EXPECT_LE(calls, 6);
  EXPECT_EQ(fake.prepared, 1);
  ASSERT_FALSE(measured.diagnostics().empty());
  EXPECT_EQ(measured.diagnostics()[0].kind, DiagnosticKind::infeasible);
}

TEST(CalibrationDriver, ReportsProgressUpwards) {
  FakeDevice fake;
  std::vector<double> fractions;
  ASSERT_TRUE(measure(fake, {kGemm, kGemm, kGemm}, kPlan,
                      {.stop = {}, .progress = [&](double f, std::string_view) { fractions.push_back(f); }})
                  .ok());
  EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
  EXPECT_EQ(fractions.front(), 0.0);
  EXPECT_EQ(fractions.back(), 1.0);
}

TEST(CalibrationDriver, RatesAboveTheDeviceAreImplausible) {
  DeviceDescription device{.last_level_cache = Bytes(50'000'000)};
  device.flops_ceiling[static_cast<std::size_t>(Dtype::bf16)] = 1e15;
  device.bandwidth_ceiling = 3.35e12;
  const double flops = 2.0 * 128 * 4096 * 7168;
  EXPECT_TRUE(implausible_reason(kGemm, flops / 0.9e15, device).empty());
  EXPECT_FALSE(implausible_reason(kGemm, flops / 1.2e15, device).empty());
  const Kernel large = Stream{StreamKind::copy, 1e9, 1}, cached = Stream{StreamKind::copy, 1e7, 1};
  EXPECT_FALSE(implausible_reason(large, 1e9 / 4e12, device).empty());
  EXPECT_TRUE(implausible_reason(cached, 1e7 / 4e12, device).empty());  // the cache is faster than the memory
  EXPECT_FALSE(implausible_reason(kGemm, 0.0, device).empty());
  EXPECT_FALSE(implausible_reason(kGemm, std::nan(""), device).empty());
}

TEST(CalibrationGrid, FitsTheDeviceAndRepeatsNothing) {
  const DeviceDescription hopper{.family = Family::hopper, .memory = Bytes(80'000'000'000), .peers = 8};
  for (const Effort effort : {Effort::quick, Effort::full}) {
    std::set<std::string> seen;
    std::set<std::size_t> classes;
    for (const Kernel& kernel : cuda_grid(hopper, effort)) {
      EXPECT_TRUE(unsound_reason({"A", kernel, 1, "e", "s", "l"}).empty()) << describe(kernel);
      EXPECT_LE(4 * work_of(kernel).bytes, 80e9);
      classes.insert(kernel.index());
      const auto row = measurements_to_csv(std::vector<Measurement>{{"A", kernel, 1, "e", "s", "l"}});
      EXPECT_TRUE(seen.insert(row).second) << describe(kernel);
    }
    EXPECT_EQ(classes, (std::set<std::size_t>{0, 1, 2, 3, 5, 6}));  // all but GQA decode
  }
}

TEST(CalibrationGrid, FollowsWhatTheDeviceCan) {
  const auto has = [](const std::vector<Kernel>& grid, auto&& wanted) { return std::any_of(grid.begin(), grid.end(), wanted); };
  const auto fp8 = [](const Kernel& k) { return std::holds_alternative<Gemm>(k) && std::get<Gemm>(k).dtype == Dtype::fp8; };
  const auto collective = [](const Kernel& k) { return std::holds_alternative<Collective>(k); };
  const DeviceDescription ampere{.family = Family::ampere, .memory = Bytes(80'000'000'000)};
  const DeviceDescription hopper{.family = Family::hopper, .memory = Bytes(80'000'000'000)};
  EXPECT_FALSE(has(cuda_grid(ampere, Effort::quick), fp8));
  EXPECT_TRUE(has(cuda_grid(hopper, Effort::quick), fp8));
  EXPECT_FALSE(has(cuda_grid(hopper, Effort::quick), collective));
  EXPECT_EQ(cuda_grid(hopper, Effort::quick), cuda_grid(hopper, Effort::quick));
}

TEST(CalibrationDevice, IsFoundInTheCatalogByAliasOrModelUnitsAndMemory) {
  Accelerator h100{.name = "H100 SXM", .sm_count = 132, .memory = Bytes(80'000'000'000)};
  Accelerator h200{.name = "H200 SXM", .aliases = {"NVIDIA H200"}, .sm_count = 132, .memory = Bytes(141'000'000'000)};
  Accelerator pcie{.name = "H100 PCIe", .sm_count = 114, .memory = Bytes(80'000'000'000)};
  const std::vector<Accelerator> catalog{h100, h200, pcie};
  const auto match = [&](const std::string& name, int units, std::int64_t memory) {
    const auto chip = catalog_match({.name = name, .units = units, .memory = Bytes(memory)}, catalog);
    return chip ? chip->name : std::string();
  };
  EXPECT_EQ(match("NVIDIA H200", 132, 0), "H200 SXM");
  EXPECT_EQ(match("NVIDIA H100 80GB HBM3", 132, 85'000'000'000), "H100 SXM");
  EXPECT_EQ(match("NVIDIA H100 PCIe", 114, 85'000'000'000), "H100 PCIe");
  EXPECT_EQ(match("NVIDIA H100 NVL", 132, 80'000'000'000), "");  // another board of the same chip
  EXPECT_EQ(match("NVIDIA H100 80GB HBM3", 132, 100'000'000'000), "");
  EXPECT_EQ(match("NVIDIA H1000", 132, 80'000'000'000), "");
  EXPECT_EQ(match("CPU Some Processor, 2 threads", 2, 80'000'000'000), "");
}

TEST(CalibrationDevice, PeaksAreTheBestMeasuredRates) {
  const DeviceDescription device{.name = "CPU Test, 1 thread", .units = 1, .last_level_cache = Bytes(1'000'000)};
  const std::vector<TimedKernel> timed{{.kernel = Gemm{Dtype::fp32, 100, 100, 100}, .seconds = 1e-4},
                                       {.kernel = Gemm{Dtype::fp32, 10, 100, 100}, .seconds = 1e-4},
                                       {.kernel = Stream{StreamKind::copy, 1e5, 1}, .seconds = 1e-6},
                                       {.kernel = Stream{StreamKind::copy, 1e7, 1}, .seconds = 1e-3}};
  const Accelerator chip = measured_accelerator(device, timed, "here");
  EXPECT_NEAR(chip.peak(Dtype::fp32).value(), 2e6 / 1e-4, 1);
  EXPECT_NEAR(chip.memory_bandwidth.value(), 1e10, 1);  // the cached stream's 1e11 is not the memory's
  EXPECT_FALSE(chip.supports(Dtype::bf16));
}

TEST(CpuBackend, EveryKernelOfItsGridIsRight) {
  for (const int threads : {1, 3}) {
    DeviceDescription device = cpu_description(threads);
    device.last_level_cache = Bytes(1 << 20);  // a small arena suffices for right and wrong
    const auto backend = make_cpu_backend(device);
    for (const Kernel& kernel :
         std::vector<Kernel>{Gemm{Dtype::fp32, 1, 33, 70}, Gemm{Dtype::fp32, 200, 17, 64}, Gemm{Dtype::fp64, 65, 129, 31},
                             Gemm{Dtype::fp64, 3, 5, 1}, Stream{StreamKind::copy, 4096, 1},
                             Stream{StreamKind::elementwise, 4800, 2}, Stream{StreamKind::elementwise, 48, 1}}) {
      auto prepared = backend->prepare(kernel);
      ASSERT_TRUE(prepared.ok()) << describe(kernel);
      EXPECT_LE((*prepared)->relative_error().value(), error_tolerance(kernel)) << describe(kernel) << " on " << threads;
      EXPECT_GT((*prepared)->time(3).value(), 0.0);
    }
    EXPECT_FALSE(backend->prepare(kGemm).ok());
    EXPECT_FALSE(backend->prepare(Gemm{Dtype::fp32, 1 << 20, 1 << 20, 1}).ok());
    EXPECT_FALSE(backend->prepare(Stream{StreamKind::norm, 4096, 1}).ok());
  }
}

TEST(WorkTeam, EveryMemberWorksOnceARoundAndSharesCoverAll) {
  WorkTeam team(4);
  std::array<std::atomic<int>, 4> calls{};
  for (int round = 0; round < 2000; ++round) team.run([&](int member) { ++calls[static_cast<std::size_t>(member)]; });
  for (const auto& count : calls) EXPECT_EQ(count.load(), 2000);
  for (const std::int64_t count : {0, 1, 15, 16, 17, 1000}) {
    std::int64_t next = 0;
    for (int member = 0; member < 4; ++member) {
      const Share part = share(count, member, 4, 16);
      EXPECT_EQ(part.begin, next);
      next = part.end;
    }
    EXPECT_EQ(next, count);
  }
}

TEST(Calibrate, UnknownDevicesAreNamedWithTheKnownOnes) {
  const auto run = calibrate({.device = "gpu", .effort = Effort::quick, .date = "", .catalog = {}}, {});
  ASSERT_FALSE(run.ok());
  EXPECT_NE(run.diagnostics()[0].message.find("cpu"), std::string::npos);
  EXPECT_FALSE(calibrate({.device = "cuda:x", .effort = Effort::quick, .date = "", .catalog = {}}, {}).ok());
  EXPECT_EQ(calibration_devices().devices.back().id, "cpu");
}

TEST(Calibrate, AStoppedRunHasNoValue) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(
      calibrate({.device = "cpu", .effort = Effort::quick, .date = "", .catalog = {}}, {.stop = stop.get_token(), .progress = {}})
          .ok());
}

/// A folder of its own that goes when the test ends.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gpufleet_calibrations_XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

/// A device whose FP32 products take a launch and a rate, exactly.
CalibrationRun exact_run() {
  CalibrationRun run;
  Accelerator chip{.name = "CPU \"Test\" (R), 4 threads",
                   .vendor = "Maker",
                   .architecture = "CPU",
                   .sm_count = 4,
                   .boost_hz = 2.1e9,
                   .memory = Bytes(8'589'934'592),
                   .memory_bandwidth = BytesPerSecond(1.03e10),
                   .l2 = Bytes(33'554'432),
                   .source = "gpufleet calibrate; 2026-01-02"};
  chip.peak_flops[static_cast<std::size_t>(Dtype::fp32)] = 1.7e10;
  for (std::int64_t m = 1; m <= 1024; m *= 2)
    for (const std::int64_t n : {256, 768, 2048})
      run.measurements.push_back({chip.name, Gemm{Dtype::fp32, m, n, 512},
                                  1.5 + 2.0 * static_cast<double>(m * n * 512) / 1.6e10 * 1e6, "Eigen 3.4", chip.source, "own"});
  run.devices.push_back({.description = {}, .accelerator = chip, .in_catalog = false});
  return run;
}

TEST(UserCalibrations, WhatIsStoredIsLoaded) {
  const Folder data;
  const CalibrationRun run = exact_run();
  const std::string& name = run.devices[0].accelerator.name;
  ASSERT_TRUE(load_user_calibrations(data.path).ok());
  EXPECT_TRUE(load_user_calibrations(data.path)->accelerators.empty());
  EXPECT_TRUE(load_user_measurements(data.path, name)->empty());
  const std::vector<fit::FitReport> reports = fit_calibration(run, {});
  ASSERT_EQ(reports.size(), 1u);
  for (int again = 0; again < 2; ++again) {
    const Diagnostics errors = store_calibration(data.path, run, reports);
    ASSERT_TRUE(errors.empty()) << to_text(errors);
  }
  const auto user = load_user_calibrations(data.path);
  ASSERT_TRUE(user.ok()) << to_text(user.diagnostics());
  ASSERT_EQ(user->accelerators.size(), 1u);
  const Accelerator &stored = user->accelerators[0], &chip = run.devices[0].accelerator;
  EXPECT_EQ(stored.name, chip.name);
  EXPECT_EQ(stored.peak_flops, chip.peak_flops);
  EXPECT_EQ(stored.memory_bandwidth, chip.memory_bandwidth);
  EXPECT_EQ(stored.memory, chip.memory);
  EXPECT_EQ(stored.boost_hz, chip.boost_hz);
  EXPECT_EQ(stored.sm_count, chip.sm_count);
  ASSERT_EQ(user->fits.size(), 1u);
  EXPECT_EQ(user->fits[0].accelerator, name);
  ASSERT_EQ(user->fits[0].fits.size(), 1u);
  EXPECT_EQ(user->fits[0].fits[0].rows, static_cast<std::int64_t>(run.measurements.size()));
  EXPECT_EQ(*load_user_measurements(data.path, name), run.measurements);
}

TEST(UserCalibrations, ACalibrationIsFittedWithItsQuality) {
  const auto reports = fit_calibration(exact_run(), {});
  ASSERT_EQ(reports[0].quality.size(), 1u);
  EXPECT_EQ(reports[0].quality[0].slot, Slot::gemm_fp32);
  EXPECT_LT(reports[0].quality[0].median_error, 0.10);  // rows left out of a law as simple as this
}

TEST(UserCalibrations, TheUsersFitsStandBeforeTheShippedOnes) {
  const auto fit = [](const char* engine, bool primary) {
    return KernelFit{.slot = Slot::gemm_bf16, .engine = engine, .primary = primary};
  };
  KernelFits shipped;
  shipped.accelerators = {{.accelerator = "H200 SXM", .fits = {fit("trtllm", true), fit("cublasLt 13.0", false)}},
                          {.accelerator = "H800 SXM", .fits = {fit("trtllm", true)}}};
  const KernelFits both = with_user_fits(shipped, {{.accelerator = "H200 SXM", .fits = {fit("cublasLt 13.0", true)}},
                                                   {.accelerator = "CPU", .fits = {fit("Eigen", true)}}});
  ASSERT_EQ(both.accelerators.size(), 3u);
  ASSERT_EQ(both.accelerators[0].fits.size(), 2u);
  EXPECT_EQ(both.accelerators[0].fits[0].engine, "trtllm");
  EXPECT_FALSE(both.accelerators[0].fits[0].primary);
  EXPECT_TRUE(both.accelerators[0].fits[1].primary);
  EXPECT_TRUE(both.accelerators[1].fits[0].primary);
  EXPECT_EQ(both.accelerators[2].accelerator, "CPU");
}

TEST(UserCalibrations, FileNamesAreSafeAndDistinct) {
  EXPECT_EQ(calibration_file_stem("H800 SXM").substr(0, 9), "h800-sxm-");
  EXPECT_EQ(calibration_file_stem("../../etc/passwd").find('/'), std::string::npos);
  EXPECT_EQ(calibration_file_stem("../../etc/passwd").find('.'), std::string::npos);
  EXPECT_NE(calibration_file_stem("a b"), calibration_file_stem("a-b"));
  EXPECT_LT(calibration_file_stem(std::string(5000, 'x')).size(), 100u);
}

}  // namespace
}  // namespace gpufleet::hw
