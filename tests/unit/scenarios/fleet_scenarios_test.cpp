// Fleets from files: totals by hand, lots against the law of their day, formulas, and verdicts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "scenarios/formula.h"
#include "scenarios/plan_fleet.h"
#include "scenarios/run_claims.h"
#include "scenarios/run_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios::fleet_test {
namespace {

class FleetScenarios : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    DataPaths data = find_data();
    data.user.clear();
    catalogs_ = new Catalogs(load_catalogs(data).value());
  }
  static void TearDownTestSuite() { delete catalogs_; }

  static Result<Scenario> read(const std::string& text, std::vector<std::string> overrides) {
    const Result<RawScenario> raw =
        parse_scenario(text, "fleet.toml", catalogs_->data.scenarios / "claims", overrides, catalogs_->data);
    if (!raw) return raw.diagnostics();
    return validate(*raw, *catalogs_);
  }
  static PlannedFleet plan(const std::string& text, std::vector<std::string> overrides) {
    const Result<Scenario> scenario = read(text, std::move(overrides));
    EXPECT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
    return plan_fleet(*scenario->fleet, *catalogs_).value();
  }
  static sim::FleetTotals totals(const PlannedFleet& fleet) {
    return fleet_totals(fleet.fleet, fleet.totals_at, fleet.reference);
  }

  static inline Catalogs* catalogs_ = nullptr;
};

// 30,000 · 2,368 + 20,000 · 15,832 = 387.68 M; / 15,832 = 24,487; (30,000 · 4 + 20,000 · 3.35) / 3.35 = 55,821.
TEST_F(FleetScenarios, TheReportedFleetAddsUp) {
  const PlannedFleet fleet = plan("base = \"fleet-mix.toml\"\n", {});
  const sim::FleetTotals sum = totals(fleet);
  EXPECT_EQ(sum.gpus, 50000);
  EXPECT_NEAR(sum.tpp, 387.68e6, 387.68e6 * 1e-4);
  EXPECT_NEAR(sum.equivalents_compute, 24487, 2);
  EXPECT_NEAR(sum.equivalents_bandwidth, 55821, 2);
  EXPECT_DOUBLE_EQ(sum.memory, 4.48e15);
  EXPECT_NEAR(sum.power.value, 69.1e6, 0.1e6);
  EXPECT_NEAR(sum.capex.value, 995e6, 1);
  EXPECT_NEAR(sum.lawful_share, 0.8, 1e-9);
  EXPECT_LT(sum.yearly.low, sum.yearly.value);
  EXPECT_GT(sum.yearly.high, sum.yearly.value);
}

const std::string kMonthly =
    "[[fleet.lot]]\naccelerator = \"H20\"\ncount = 1200\ndate = \"2024-07-01\"\nmonthly_until = \"2025-06-01\"\n";

// 100 a month; those of May and June 2025 fall under the letter of April.
TEST_F(FleetScenarios, DeliveriesStopWhenTheLawDoes) {
  const PlannedFleet fleet = plan(kMonthly, {});
  EXPECT_EQ(fleet.purchases.size(), 12u);
  EXPECT_EQ(totals(fleet).gpus, 1000);
  EXPECT_EQ(fleet.purchases.back().verdict.status(), "LICENCE_REQUIRED");
  EXPECT_FALSE(fleet.purchases.back().delivered);
  const PlannedFleet kept = plan(fmt::format("[fleet]\nwithdraw = \"US-2025-04-LETTER\"\n{}", kMonthly), {});
  EXPECT_EQ(totals(kept).gpus, 1200);
}

const std::string kToMalaysia =
    "[fleet]\nregion = \"MY\"\nwhat_if = \"US-2025-01-15-DIFFUSION\"\n"
    "[[fleet.lot]]\nname = \"late\"\naccelerator = \"H100 SXM\"\ncount = 30000\ndate = \"2025-09-01\"\n"
    "[[fleet.lot]]\nname = \"early\"\naccelerator = \"H100 SXM\"\ncount = 30000\ndate = \"2025-06-01\"\n";

// A quota of 790 M TPP is 49,900 H100 at 15,832: the second 30,000 by date go over it, whatever the order in the file; what was
// sold before the rule and what its tier leaves free do not count.
TEST_F(FleetScenarios, AQuotaCountsWhatACountryWasSoldBefore) {
  const PlannedFleet fleet = plan(kToMalaysia, {});
  ASSERT_EQ(fleet.purchases.size(), 2U);
  EXPECT_EQ(fleet.purchases[0].verdict.status(), "QUOTA");
  EXPECT_FALSE(fleet.purchases[0].delivered);
  EXPECT_EQ(fleet.purchases[1].verdict.status(), "ALLOWED");
  EXPECT_TRUE(fleet.purchases[1].verdict.uncertain.empty());
  EXPECT_EQ(totals(fleet).gpus, 30000);
  EXPECT_EQ(totals(plan(kToMalaysia, {"fleet.lot.1.date=2025-03-01"})).gpus, 60000);
  EXPECT_EQ(totals(plan(kToMalaysia, {"fleet.region=FR"})).gpus, 60000);
  EXPECT_EQ(totals(plan(kToMalaysia, {"fleet.lot.1.count=100000"})).gpus, 30000);
}

TEST_F(FleetScenarios, RulesThatNobodyKnowsAreNamedBesideAFileOfRulesToo) {
  const std::string file = ::testing::TempDir() + "gpufleet-own-rules.toml";
  std::ofstream(file) << "[[rule]]\nid = \"OWN\"\ntitle = \"a\"\neffect = \"restricts\"\npublished = \"2024-01-01\"\n"
                         "from = \"2024-01-01\"\ndestinations = [\"CN\"]\nwhen = \"TPP >= 1000\"\noutcome = \"denied\"\n"
                         "source = \"test\"\n";
  const std::string text = fmt::format("[fleet]\nrules = \"{}\"\n{}", file, kMonthly);
  EXPECT_EQ(totals(plan(text, {})).gpus, 0);
  EXPECT_EQ(totals(plan(text, {"fleet.withdraw=OWN"})).gpus, 1000);
  const Result<Scenario> misspelt = read(text, {"fleet.withdraw=OWM"});
  ASSERT_FALSE(misspelt.ok());
  EXPECT_NE(to_text(misspelt.diagnostics()).find("OWN"), std::string::npos);
}

TEST_F(FleetScenarios, GreyLotsComeAndCountAsUnlawful) {
  const PlannedFleet fleet =
      plan("[[fleet.lot]]\naccelerator = \"H100 SXM\"\ncount = 8\ndate = \"2024-01\"\norigin = \"grey\"\n", {});
  EXPECT_EQ(totals(fleet).gpus, 8);
  EXPECT_EQ(totals(fleet).lawful_share, 0);
}

TEST_F(FleetScenarios, PricesFollowTheCurrencyOfTheirDay) {
  const std::string lot =
      "[[fleet.lot]]\naccelerator = \"H20\"\ncount = 1\ndate = \"2024-07-02\"\nprice = { amount = 72000, currency = \"CNY\" }\n";
  EXPECT_NEAR(totals(plan(lot, {})).capex.value, 10000, 1);
}

TEST_F(FleetScenarios, PoolsAloneAreAFleet) {
  const PlannedFleet fleet = plan("[[fleet.pool]]\naccelerator = \"H100 SXM\"\ncount = 16\n", {});
  EXPECT_EQ(totals(fleet).gpus, 16);
  EXPECT_EQ(totals(fleet).lawful_share, 0);
}

TEST_F(FleetScenarios, MistakesAreReportedTogether) {
  const Result<Scenario> bad = read(
      "[fleet]\nwithdraw = \"US-2025-04-LETER\"\n[[fleet.lot]]\naccelerator = \"H2O\"\ncount = 1\ndate = \"yesterday\"\nsite = "
      "\"x\"\n",
      {});
  ASSERT_FALSE(bad.ok());
  const std::string text = to_text(bad.diagnostics());
  for (const char* part : {"US-2025-04-LETTER", "unknown accelerator \"H2O\"", "\"yesterday\" is no date", "unknown site \"x\""})
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

// Curves given as points: 24 · 31 hours of 1,000 tokens/s on 10 of 16 GPUs.
TEST_F(FleetScenarios, AMonthOfGivenCurves) {
  const std::string text =
      "[[fleet.lot]]\naccelerator = \"H20\"\ncount = 16\ndate = \"2024-07-01\"\nmtbf = \"0 h\"\n"
      "[horizon]\nfrom = \"2025-01\"\nto = \"2025-02\"\n"
      "[[horizon.curve]]\nname = \"c\"\naccelerator = \"H20\"\npoints = \"1 100\"\n"
      "[[horizon.load]]\nname = \"l\"\ncurves = \"c\"\ndemand = \"2025-01 1000\"\n";
  const Result<Scenario> scenario = read(text, {});
  ASSERT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
  const Result<RunOutput> output = run_scenario(*scenario, *catalogs_, {}, {}, {});
  ASSERT_TRUE(output.ok()) << to_text(output.diagnostics());
  EXPECT_DOUBLE_EQ(find_metric(output->result, "served_tokens")->estimate.value, 1000.0 * 31 * 86400);
  EXPECT_NEAR(find_metric(output->result, "gpu_utilisation")->estimate.value, 10.0 / 16, 1e-6);
  EXPECT_EQ(output->result.tables.back().rows.size(), 1u);
}

TEST(Formula, ComputesWithIntervals) {
  const Formula formula = parse_formula("2 * a / (b - 1) ^ 2 + min(a, 3, b)").value();
  EXPECT_EQ(formula.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_DOUBLE_EQ(formula.evaluate(std::vector<double>{8, 3}), 7);
  const Formula product = parse_formula("x * y").value();
  const Estimate out = product.evaluate(std::vector<Estimate>{{10, 9, 13}, {2, 1.6, 2.2}});
  EXPECT_DOUBLE_EQ(out.value, 20);
  EXPECT_DOUBLE_EQ(out.low, 20 - std::hypot(2, 4));
  EXPECT_DOUBLE_EQ(out.high, 20 + std::hypot(6, 2));
  for (const char* bad : {"", "1 +", "(1", "1 2", "a b", "$", "min 3", "1..2 +"}) EXPECT_FALSE(parse_formula(bad).ok()) << bad;
  EXPECT_FALSE(parse_formula(std::string(500, '(') + "1").ok());
}

TEST(Claims, AreJudgedByIntervalAndFooting) {
  ClaimSpec claim{.relation = Relation::equals, .low = 100, .high = 100, .tolerance = 0.05};
  EXPECT_EQ(judge(claim, {103, 90, 110}, Footing::firm), Verdict::supported);
  EXPECT_EQ(judge(claim, {103, 90, 110}, Footing::assumed), Verdict::plausible);
  EXPECT_EQ(judge(claim, {120, 104, 140}, Footing::firm), Verdict::plausible);
  EXPECT_EQ(judge(claim, {120, 110, 140}, Footing::firm), Verdict::contradicted);
  claim.relation = Relation::at_most;
  EXPECT_EQ(judge(claim, {20, 10, 30}, Footing::firm), Verdict::supported);
  claim.relation = Relation::at_least;
  EXPECT_EQ(judge(claim, {20, 10, 30}, Footing::firm), Verdict::contradicted);
  claim.unsettled = "nobody knows";
  EXPECT_EQ(judge(claim, {100, 100, 100}, Footing::firm), Verdict::cannot_be_settled);
}

// Every statement of the five texts has one answer.
TEST_F(FleetScenarios, EveryClaimHasAFile) {
  std::set<std::string> ids;
  for (const auto& entry : std::filesystem::directory_iterator(catalogs_->data.scenarios / "claims")) {
    if (entry.path().extension() != ".toml") continue;
    const Result<RawScenario> raw = load_scenario(entry.path().generic_string(), {}, catalogs_->data);
    ASSERT_TRUE(raw.ok()) << to_text(raw.diagnostics());
    const Result<Scenario> scenario = validate(*raw, *catalogs_);
    ASSERT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
    if (!scenario->claims) continue;
    for (const ClaimSpec& claim : scenario->claims->claims) EXPECT_TRUE(ids.insert(claim.id).second) << claim.id << " twice";
  }
  const int claims_a_text[] = {8, 9, 9, 12, 14};
  for (int text = 0; text < 5; ++text)
    for (int i = 1; i <= claims_a_text[text]; ++i) {
      const std::string id = fmt::format("S{}.{}", text, i);
      EXPECT_TRUE(ids.contains(id)) << id;
    }
}

}  // namespace
}  // namespace gpufleet::scenarios::fleet_test
