// Failures, unlike replicas and reinforcement learning from files: what is read, what is refused, what a trace says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scenarios/data_paths.h"
#include "scenarios/plan_training.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

class TrainingPlan : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    data_ = find_data();
    catalogs_ = new Catalogs(load_catalogs(data_).value());
    hardware_ = new HardwareData(load_hardware_data(data_).value());
  }
  static void TearDownTestSuite() { delete catalogs_, delete hardware_; }

  /// A small job of eight A100 hosts with `training` behind its [training] keys.
  static std::string text(const std::string& training) {
    return "[[fleet.pool]]\nname = \"a\"\naccelerator = \"A100 SXM4 80GB\"\ncount = 64\n"
           "[model]\narchitecture = \"Llama-3.1-8B\"\n"
           "[training]\nsequence = 4096\nglobal_batch = 64\n" +
           training;
  }
  Result<Scenario> read(const std::string& content) {
    folder_ = fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(folder_);
    const fs::path file = folder_ / "case.toml";
    std::ofstream(file) << content;
    const Result<RawScenario> raw = load_scenario(file.string(), {}, data_);
    if (!raw) return raw.diagnostics();
    return validate(*raw, *catalogs_);
  }
  static std::string problems(const Result<Scenario>& scenario) { return to_text(scenario.diagnostics()); }

  fs::path folder_;
  static inline DataPaths data_;
  static inline Catalogs* catalogs_ = nullptr;
  static inline HardwareData* hardware_ = nullptr;
};

TEST_F(TrainingPlan, FailuresTakeTheChipsProfileAndWhatTheFileStates) {
  const auto scenario =
      read(text("[training.failures]\nper_gpu_mtbf = \"1000 h\"\nspare_nodes = 2\n"
                "checkpoint = { interval = \"10 min\", mode = \"sync\", storage = \"40 GB/s\" }\n"));
  ASSERT_TRUE(scenario.ok()) << problems(scenario);
  const auto run = plan_training(*scenario, *catalogs_, *hardware_);
  ASSERT_TRUE(run.ok());
  const sim::FailurePlan& plan = *run->failures;
  EXPECT_DOUBLE_EQ(plan.pools[0].rates.gpu, 1 / 3.6e6);
  EXPECT_DOUBLE_EQ(plan.pools[0].rates.node, 1 / (3692 * 3600.0));  // RSC-1's, for A100
  EXPECT_EQ(plan.pools[0].spare_nodes, 2);
  EXPECT_EQ(plan.interval, 600);
  // 8.03 B parameters in 2 + 4 + 8 bytes over 40 GB/s, after the copy of a 64th over a PCIe 4 link.
  const sim::CheckpointCost cost = sim::checkpoint_cost(run->phases[0].job, plan);
  EXPECT_NEAR(cost.stall, 8.03e9 * 14 / 40e9 + 8.03e9 * 14 / 64 / 32e9, 0.02);
  EXPECT_EQ(cost.stall, cost.durable);
}

TEST_F(TrainingPlan, AnUnknownProfileIsRefusedWithTheNearest) {
  const auto scenario = read(text("[training.failures]\nprofile = \"meta-rsc1-a10\"\n"));
  ASSERT_TRUE(scenario.ok()) << problems(scenario);
  const auto run = plan_training(*scenario, *catalogs_, *hardware_);
  ASSERT_FALSE(run.ok());
  EXPECT_NE(to_text(run.diagnostics()).find("meta-rsc1-a100"), std::string::npos) << to_text(run.diagnostics());
}

TEST_F(TrainingPlan, ATraceStandsInPlaceOfTheProfile) {
  const std::string content = text("[training.failures]\ntrace = \"faults.csv\"\n");
  fs::path folder = fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
  fs::create_directories(folder);
  std::ofstream(folder / "faults.csv") << "hours,kind,nodes\n5,switch,2\n1.5,gpu,\n";
  const auto scenario = read(content);
  ASSERT_TRUE(scenario.ok()) << problems(scenario);
  const std::vector<sim::Fault>& trace = scenario->training->failures->trace;
  ASSERT_EQ(trace.size(), 2U);
  EXPECT_EQ(trace[0], (sim::Fault{.at = 5400, .kind = sim::FaultKind::gpu, .pool = 0, .nodes = 1}));
  EXPECT_EQ(trace[1], (sim::Fault{.at = 18000, .kind = sim::FaultKind::network_switch, .pool = 0, .nodes = 2}));
  const auto run = plan_training(*scenario, *catalogs_, *hardware_);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->failures->pools[0].rates, sim::FaultRates{});

  std::ofstream(folder / "faults.csv") << "hours,kind\n-1,gpu\n2,gremlin\n";
  const std::string why = problems(read(content));
  EXPECT_NE(why.find("faults.csv:2"), std::string::npos) << why;
  EXPECT_NE(why.find("gremlin"), std::string::npos) << why;
}

TEST_F(TrainingPlan, UnlikeReplicasAreBalancedOrMustCarryTheBatch) {
  const std::string pools = "[[fleet.pool]]\nname = \"b\"\naccelerator = \"H100 SXM5\"\ncount = 32\n";
  const auto balanced =
      read(pools + text("[training.layout]\ntp = 8\nreplica = [{ count = 4, pool = \"a\" }, { count = 4, pool = \"b\" }]\n"));
  ASSERT_TRUE(balanced.ok()) << problems(balanced);
  const auto run = plan_training(*balanced, *catalogs_, *hardware_);
  ASSERT_TRUE(run.ok()) << to_text(run.diagnostics());
  const auto& groups = run->phases[0].job.layout.groups;
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(4 * (groups[0].micro_batches + groups[1].micro_batches), 64);
  EXPECT_LT(groups[0].micro_batches, groups[1].micro_batches);  // A100 against H100

  const std::string short_of = problems(read(
      pools + text("[training.layout]\ntp = 8\nreplica = [{ count = 4, pool = \"a\", micro_batches = 4 }, { count = 4, pool = "
                   "\"b\", micro_batches = 4 }]\n")));
  EXPECT_NE(short_of.find("carry 32 sequences"), std::string::npos) << short_of;
  const std::string too_many = problems(
      read(pools + text("[training.layout]\ntp = 8\nreplica = [{ count = 4, pool = \"a\" }, { count = 5, pool = \"b\" }]\n")));
  EXPECT_NE(too_many.find("40 of the 32"), std::string::npos) << too_many;
}

TEST_F(TrainingPlan, AFormatThatAChipOfTheJobLacksIsRefused) {
  const std::string why = problems(read(text("precision = \"fp8\"\n")));
  EXPECT_NE(why.find("A100 SXM4 80GB has no fp8 matrix units"), std::string::npos) << why;
}

TEST_F(TrainingPlan, ReinforcementLearningNeedsLengthsAndAnEngine) {
  const std::string rl = "[training.rl]\niterations = 10\nanswers = 512\n";
  EXPECT_NE(problems(read(text(rl))).find("length"), std::string::npos);
  const auto scenario = read(text(rl + "length = { mean = 500, longest = 4096 }\nrollout = { tp = 2 }\n"));
  ASSERT_TRUE(scenario.ok()) << problems(scenario);
  const auto run = plan_training(*scenario, *catalogs_, *hardware_);
  ASSERT_TRUE(run.ok()) << to_text(run.diagnostics());
  EXPECT_EQ(run->rl->rollout.instances, 32);
  EXPECT_GT(sim::reinforcement(*run->rl, 1e5, 1.0 / 3, 64).rollout, 0);
}

}  // namespace
}  // namespace gpufleet::scenarios
