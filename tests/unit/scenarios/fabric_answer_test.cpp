// The fabric of a scenario's pools: what it is made of, and what a failed part costs.
#include "scenarios/fabric/fabric_answer.h"

#include <gtest/gtest.h>

#include "scenarios/data_paths.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

class FabricOfScenario : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const DataPaths data = find_data();
    catalogs_ = new Catalogs(load_catalogs(data).value());
    hardware_ = new HardwareData(load_hardware_data(data).value());
    const Result<RawScenario> raw = load_scenario((data.scenarios / "deepseek-v3-h800-2048.toml").string(), {}, data);
    ASSERT_TRUE(raw.ok());
    scenario_ = new Scenario(validate(*raw, *catalogs_).value());
  }
  static void TearDownTestSuite() { delete scenario_, delete catalogs_, delete hardware_; }

  static Result<FabricAnswer> ask(std::vector<std::string> failed) {
    return fabric_answer(*scenario_, *catalogs_, *hardware_, {std::move(failed), {}, 1e9}, {});
  }

  static inline Catalogs* catalogs_ = nullptr;
  static inline HardwareData* hardware_ = nullptr;
  static inline Scenario* scenario_ = nullptr;
};

/// Eight planes of two-layer fat trees over 256 nodes: 8 leaves of 32 ports down and 4 spines each.
TEST_F(FabricOfScenario, CountsTheSwitchesOfEightPlanes) {
  const auto answer = ask({});
  ASSERT_TRUE(answer.ok()) << to_text(answer.diagnostics());
  ASSERT_EQ(answer->halls.size(), 1U);
  const HallAnswer& hall = answer->halls.front();
  EXPECT_EQ(hall.gpus, 2048U);
  EXPECT_EQ(hall.planes, 8U);
  EXPECT_EQ(hall.leaves, 64U);
  EXPECT_EQ(answer->counts.endpoints, 2048);
  EXPECT_EQ(answer->counts.switches, hall.leaves + hall.spines);
  EXPECT_GT(answer->bill.price.value(), 0);
  EXPECT_EQ(hall.whole.all_reduce, hall.failed.all_reduce);
}

TEST_F(FabricOfScenario, AFailureSlowsAndACutIsSaid) {
  const auto slower = ask({"h800/spine/0"});
  ASSERT_TRUE(slower.ok()) << to_text(slower.diagnostics());
  EXPECT_GT(slower->cables_down, 0U);
  EXPECT_GT(slower->halls[0].failed.all_to_all->value(), slower->halls[0].whole.all_to_all->value());
  const auto cut = ask({"h800/nic/0:h800/leaf/0"});
  ASSERT_TRUE(cut.ok()) << to_text(cut.diagnostics());
  EXPECT_EQ(cut->cables_down, 1U);
}

TEST_F(FabricOfScenario, AWrongPartIsNamedWithTheNearest) {
  EXPECT_NE(to_text(ask({"h800/spin/0"}).diagnostics()).find("did you mean \"spine\""), std::string::npos);
  EXPECT_NE(to_text(ask({"h80/spine/0"}).diagnostics()).find("did you mean \"h800\""), std::string::npos);
  EXPECT_NE(to_text(ask({"h800/spine/99"}).diagnostics()).find("0 to"), std::string::npos);
  EXPECT_NE(to_text(ask({"h800"}).diagnostics()).find("hall/kind/number"), std::string::npos);
  EXPECT_NE(to_text(ask({"h800/core/0"}).diagnostics()).find("has no core"), std::string::npos);
}

}  // namespace
}  // namespace gpufleet::scenarios
