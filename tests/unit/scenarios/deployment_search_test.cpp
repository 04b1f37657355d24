// Searches over serving deployments, and differences of scenarios under common draws.
#include "scenarios/search/deployment_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "scenarios/data_paths.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/training_difference.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

class Deployments : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    data_ = find_data();
    catalogs_ = new Catalogs(load_catalogs(data_).value());
    hardware_ = new HardwareData(load_hardware_data(data_).value());
  }
  static void TearDownTestSuite() { delete catalogs_, delete hardware_; }

  static Scenario read(const std::string& text) {
    const Result<RawScenario> raw = parse_scenario(text, "test.toml", ::testing::TempDir(), {}, data_);
    EXPECT_TRUE(raw.ok()) << to_text(raw.diagnostics());
    Result<Scenario> scenario = validate(*raw, *catalogs_);
    EXPECT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
    return std::move(scenario).value();
  }
  static Scenario serving(const std::string& slo) {
    return read(
        "[[fleet.pool]]\naccelerator = \"H100 SXM5\"\ncount = 2\nnode = \"HGX-8\"\n"
        "[model]\narchitecture = \"DeepSeek-R1-Distill-Llama-8B\"\n"
        "[[serving.pool]]\nengine = \"sglang\"\ntp = 2\n" +
        slo + "[serving.workload]\nrate = \"4 /s\"\nprompt = { mean = 2000 }\noutput = { mean = 20 }\nrequests = 100\n");
  }

  static inline DataPaths data_;
  static inline Catalogs* catalogs_ = nullptr;
  static inline HardwareData* hardware_ = nullptr;
};

TEST_F(Deployments, ShapesDivideTheModelAndTheNode) {
  const auto& all = catalogs_->architectures;
  const auto model = [&](std::string_view name) {
    const auto found = std::ranges::find(all, name, &models::Architecture::name);
    EXPECT_NE(found, all.end()) << name;
    return found == all.end() ? models::Architecture{} : *found;
  };
  for (const models::ServingShard& shard : instance_shards(model("Llama-3.1-8B"), 16, 8)) {
    EXPECT_EQ(shard.dp, 1);  // without experts groups of attention are instances of their own
    EXPECT_EQ(shard.ep, 1);
    EXPECT_LE(shard.gpus(), 16);
    EXPECT_TRUE(shard.pp == 1 || shard.tp == 8);
  }
  const auto shards = instance_shards(model("DeepSeek-V3"), 144, 8);
  const auto has = [&](int tp, int dp, int ep) {
    return std::ranges::any_of(shards, [&](const models::ServingShard& s) { return s.tp == tp && s.dp == dp && s.ep == ep; });
  };
  EXPECT_TRUE(has(8, 1, 1));
  EXPECT_TRUE(has(1, 32, 32));    // DeepSeek's prefill
  EXPECT_TRUE(has(1, 144, 144));  // and decode
  for (const models::ServingShard& s : shards) EXPECT_EQ(s.ranks() % s.ep, 0);
}

TEST_F(Deployments, TheBestCarriesAtLeastTheScenariosOwnWithinItsPromise) {
  const Scenario scenario = serving("[serving.slo]\nttft = \"300 ms\"\ntpot = \"20 ms\"\n");
  DeploymentRequest request{.limits = BatchLimits::as_given, .top = 2, .jobs = 2, .draws = 0};
  const auto answer = search_deployments(scenario, *catalogs_, *hardware_, request, {});
  ASSERT_TRUE(answer.ok()) << to_text(answer.diagnostics());
  ASSERT_EQ(answer->top.size(), 2U);
  ASSERT_TRUE(answer->own.has_value());
  EXPECT_TRUE(answer->certain);
  EXPECT_GE(answer->top[0].rate, answer->top[1].rate);
  EXPECT_GE(answer->top[0].rate, 0.94 * answer->own->rate);  // each within the precision of its own search
  for (const FoundDeployment& one : answer->top) {
    EXPECT_GE(one.attainment, scenario.serving->attainment);
    EXPECT_LE(one.deployment.gpus, 2);
    EXPECT_LE(one.rate, 1.1 * one.deployment.estimate) << one.text;  // the estimate is an optimist's
  }
  request.jobs = 1;
  EXPECT_EQ(search_deployments(scenario, *catalogs_, *hardware_, request, {})->top[0].rate, answer->top[0].rate);
}

TEST_F(Deployments, WithoutAPromiseThereIsNoBest) {
  const auto answer = search_deployments(serving(""), *catalogs_, *hardware_, {}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.diagnostics()[0].key, "serving.slo");
  const auto hopeless = search_deployments(serving("[serving.slo]\ntpot = \"1 us\"\n"), *catalogs_, *hardware_, {}, {});
  ASSERT_FALSE(hopeless.ok());
  EXPECT_EQ(hopeless.diagnostics()[0].kind, DiagnosticKind::infeasible);
}

TEST_F(Deployments, DifferencesUnderCommonDrawsAreSurerThanTheFiguresThemselves) {
  const auto training = [&](int tp) {
    return read(
        "[[fleet.pool]]\naccelerator = \"H800 SXM\"\ncount = 64\nprice = { rent = \"2 USD/h\" }\n"
        "[model]\narchitecture = \"Llama-2-7B\"\n"
        "[training]\nsequence = 4096\nglobal_batch = 256\nlayout = { pp = 2, micro_batch = 1, tp = " +
        std::to_string(tp) + " }\n");
  };
  const std::vector<Scenario> same{training(2), training(2)};
  const auto none = training_differences(same, *catalogs_, *hardware_, 1, 8, {});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->front().tokens_per_second.value, (Estimate{0, 0, 0}));  // all that is uncertain is common
  EXPECT_EQ(none->front().tokens_per_second.better, 0.5);
  const std::vector<Scenario> two{training(2), training(8)};
  const auto differ = training_differences(two, *catalogs_, *hardware_, 1, 8, {});
  ASSERT_TRUE(differ.ok());
  const RelativeDifference& speed = differ->front().tokens_per_second;
  EXPECT_LT(speed.value.value, 0);  // more tensor parallelism than the model needs
  EXPECT_LE(speed.value.low, speed.value.value);
  EXPECT_GE(speed.value.high, speed.value.value);
  EXPECT_EQ(speed.better, 0);
  ASSERT_TRUE(differ->front().cost_per_token.has_value());
  // The same GPUs at the same price: cost per token is the inverse of the speed.
  EXPECT_NEAR((1 + speed.value.value) * (1 + differ->front().cost_per_token->value.value), 1, 1e-12);
}

}  // namespace
}  // namespace gpufleet::scenarios
