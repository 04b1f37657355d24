// Purchase plans: the programme against exhaustive enumeration, the law of each day, programme against simulation, limits in
// conflict, the worth of limits, branches of the law.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "scenarios/plan/limits.h"
#include "scenarios/plan/purchase_plan.h"
#include "scenarios/plan/solver.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios::plan_test {
namespace {

// Two months, two kinds of chip at one site, lots of one accelerator; whole accelerators serve and train, so that everything can
// be tried: lots bought, the campaign's pool and number in each month. What is left serves; tokens go where they cost least.
constexpr int kMonths = 2;
constexpr double kDays = 30, kSeconds = kDays * 86400;

sim::PlanProblem random_problem(unsigned seed) {
  std::mt19937 random(seed);
  const auto draw = [&](int low, int high) { return static_cast<double>(std::uniform_int_distribution<int>(low, high)(random)); };
  sim::PlanProblem p{.days = {kDays, kDays}};
  p.fixed_cost = 1e6;
  p.sites = {{"here", draw(0, 1) * draw(3, 9) * 1000, draw(0, 1) * draw(3, 6)}};
  sim::PlanLoad load{.name = "load", .coverage = draw(0, 2) * 0.25, .penalty = draw(1, 5) * 1e-3};
  sim::PlanCampaign campaign{.name = "run", .tokens = draw(1, 4) * 1e9, .seconds = {kSeconds, kSeconds}, .last = kMonths - 1};
  if (draw(0, 2) == 0) campaign.last = 0, campaign.late = draw(1, 4) * 1e6;
  for (int q = 0; q < 2; ++q) {
    const double owned = draw(0, 2), rate = draw(2, 9) * 100;
    p.pools.push_back({q == 0 ? "a" : "b", 0, 1, draw(800, 1200), {owned, owned}});
    sim::PlanOffer offer{.name = p.pools.back().chip, .pool = q, .supply = q};
    for (int m = 0; m < kMonths; ++m) {
      const double price = draw(1, 6) * 1e6;
      offer.months.push_back({draw(0, 4) > 0, std::min(m + (q == 1 ? 1 : 0), kMonths), price, price * (kMonths - m) / 4, 1});
    }
    p.offers.push_back(std::move(offer));
    p.supplies.push_back(
        {p.pools.back().chip, {draw(0, 2), draw(0, 2)}, draw(0, 1) > 0 ? std::optional(draw(1, 3)) : std::nullopt});
    load.routes.push_back({q, rate, 1, draw(0, 3) * 1e-5});
    campaign.routes.push_back({q, {{1, rate}, {2, rate * 1.9}, {3, rate * 2.7}}, 1, draw(0, 3) * 1e-5});
  }
  p.budgets = {{0, kMonths - 1, draw(2, 12) * 1e6}};
  for (int m = 0; m < kMonths; ++m) {
    const double rate = draw(1, 15) * 100;
    load.months.push_back(
        {rate * kSeconds, sim::served_lines(std::vector<double>(static_cast<std::size_t>(kDays * 24), rate)), true});
  }
  campaign.gpus_max = 3;
  p.loads = {std::move(load)}, p.campaigns = {std::move(campaign)};
  return p;
}

struct Share {
  double capacity = 0, usd = 0;
};
// Cheapest first.
double fill(std::vector<Share> shares, double wanted, double& usd) {
  std::sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.usd < b.usd; });
  double done = 0;
  for (const Share& share : shares) {
    const double part = std::min(share.capacity, wanted - done);
    done += part, usd += part * share.usd;
  }
  return done;
}

// A campaign's pool (0 = none) and accelerators in a month, as one number from 0 to 6.
struct Turn {
  int pool = -1, gpus = 0;
  explicit Turn(int code) : pool(code == 0 ? -1 : (code - 1) / 3), gpus(code == 0 ? 0 : (code - 1) % 3 + 1) {}
};

// USD of given lots and turns, if they keep all limits.
std::optional<double> cost_of(const sim::PlanProblem& p, const int lots[2][kMonths], const Turn turns[kMonths]) {
  double usd = p.fixed_cost, cash = 0;
  std::vector<Share> training[kMonths];
  for (int o = 0; o < 2; ++o) {
    double in_all = 0;
    for (int m = 0; m < kMonths; ++m) {
      const sim::OfferMonth& month = p.offers[o].months[m];
      if (lots[o][m] > 0 && (!month.open || month.arrives >= kMonths || lots[o][m] > p.supplies[o].most[m])) return {};
      in_all += lots[o][m], cash += lots[o][m] * month.cash, usd += lots[o][m] * month.standing;
    }
    if (p.supplies[o].in_all && in_all > *p.supplies[o].in_all) return {};
  }
  if (cash > p.budgets[0].amount) return {};
  const sim::PlanLoad& load = p.loads[0];
  const sim::PlanCampaign& campaign = p.campaigns[0];
  for (int m = 0; m < kMonths; ++m) {
    double watts = 0, places = 0;
    std::vector<Share> serving;
    for (int q = 0; q < 2; ++q) {
      double owned = p.pools[q].owned[m];
      for (int bought = 0; bought < kMonths; ++bought)
        if (p.offers[q].months[bought].arrives <= m) owned += lots[q][bought];
      watts += owned * p.pools[q].watts, places += owned;
      const double busy = turns[m].pool == q ? turns[m].gpus : 0;
      if (busy > owned) return {};
      serving.push_back({(owned - busy) * load.routes[q].rate * kSeconds, load.routes[q].usd_per_token});
      if (busy > 0)
        training[m].push_back(
            {campaign.routes[q].points[static_cast<std::size_t>(busy) - 1].rate * kSeconds, campaign.routes[q].usd_per_token});
    }
    if ((p.sites[0].watts > 0 && watts > p.sites[0].watts) || (p.sites[0].slots > 0 && places > p.sites[0].slots)) return {};
    const double demand = load.months[m].demand, served = fill(serving, demand, usd);
    if (served < load.coverage * demand - 1) return {};
    usd += load.penalty * (demand - served);
  }
  std::vector<Share> all = training[0];
  all.insert(all.end(), training[1].begin(), training[1].end());
  const auto done = [&](const std::vector<Share>& shares, double& price) { return fill(shares, campaign.tokens, price); };
  if (!campaign.late) {
    if (done(all, usd) < campaign.tokens - 1) return {};
    return usd;
  }
  // Late: done in the first month, in the second with one fine, or left with two, and then nothing is done at all.
  double early = 0, later = 0;
  const bool first = done(training[0], early) >= campaign.tokens - 1, second = done(all, later) >= campaign.tokens - 1;
  double extra = 2 * *campaign.late;
  if (second) extra = std::min(extra, later + *campaign.late);
  if (first) extra = std::min(extra, early);
  return usd + extra;
}

std::optional<double> enumerate(const sim::PlanProblem& p) {
  std::optional<double> best;
  for (int code = 0; code < 81; ++code) {
    const int lots[2][kMonths] = {{code % 3, code / 3 % 3}, {code / 9 % 3, code / 27}};
    for (int turn = 0; turn < 49; ++turn) {
      const Turn turns[kMonths] = {Turn(turn % 7), Turn(turn / 7)};
      const std::optional<double> usd = cost_of(p, lots, turns);
      if (usd && (!best || *usd < *best)) best = usd;
    }
  }
  return best;
}

TEST(PurchaseProgramme, AgreesWithEnumeration) {
  if (!solver_available()) GTEST_SKIP() << solver_name();
  int plans = 0;
  for (unsigned seed = 1; seed <= 13; ++seed) {
    const sim::PlanProblem problem = random_problem(seed);
    const std::optional<double> best = enumerate(problem);
    const sim::Formulation made = sim::formulate({.branches = {{"", 1, problem}}});
    const sim::Solution found = solve(made.programme, {});
    ASSERT_EQ(found.has_values(), best.has_value()) << "seed " << seed;
    if (!best) continue;
    ++plans;
    EXPECT_NEAR(found.objective * sim::kMoneyUnit, *best, 2) << "seed " << seed;  // USD of millions
    EXPECT_NEAR(sim::read_outcome(problem, made.branches[0], found.values).cost, *best, 2) << "seed " << seed;
  }
  EXPECT_GE(plans, 10);
}

// min(demand, c) summed over 100, 200, 200 and 300 tokens/s: at c = 150, 100 + 3 · 150 tokens/s · 3600 s.
TEST(PurchaseProgramme, ServedTokensAreConcaveInCapacity) {
  const std::vector<sim::ServedLine> lines = sim::served_lines({200, 100, 300, 200});
  const auto served = [&](double c) {
    double out = 1e300;
    for (const sim::ServedLine& line : lines) out = std::min(out, line.base + line.slope * c);
    return out / 3600;
  };
  EXPECT_DOUBLE_EQ(served(50), 200);
  EXPECT_DOUBLE_EQ(served(150), 550);
  EXPECT_DOUBLE_EQ(served(250), 750);
  EXPECT_DOUBLE_EQ(served(1000), 800);
}

// A lab of H20 as the law of April 2025 comes: rates are given, so that nothing has to be simulated first.
const std::string kLab = R"([fleet]
[[fleet.site]]
name = "home"
power_limit = "3 MW"
[[fleet.lot]]
accelerator = "H800"
count = 256
date = "2023-06"
[horizon]
from = "2025-01"
to = "2025-08"
[[horizon.curve]]
name = "serve-h20"
accelerator = "H20"
points = "8 2000"
unit = 8
[[horizon.curve]]
name = "serve-h800"
accelerator = "H800"
points = "16 12000"
unit = 16
[[horizon.curve]]
name = "train"
accelerator = "H800"
points = "64 60000, 256 220000"
[[horizon.load]]
name = "users"
curves = "serve-h20, serve-h800"
demand = "2025-01 40000, 2025-07 260000"
hours = "1 1 1 1 1 1 1 2 2 2 2 2 2 2 2 2 2 2 2 2 2 1 1 1"
[[horizon.campaign]]
name = "run"
curves = "train"
tokens = 1.2e12
start = "2025-02-01"
gpus_min = 64
spread = "one-pool"
[plan]
gap = 0.004
[[plan.offer]]
name = "H20"
accelerator = "H20"
lot = 32
supply = "2025-01 256"
delay = 1
[[plan.budget]]
from = "2025-01"
to = "2026-01"
amount = "60e6 USD"
[[plan.need]]
name = "users"
penalty = 20
[[plan.need]]
name = "run"
before = "2025-07-01"
)";

class PurchasePlans : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    DataPaths data = find_data();
    data.user.clear();
    catalogs_ = new Catalogs(load_catalogs(data).value());
  }
  static void TearDownTestSuite() { delete catalogs_; }
  void SetUp() override {
    if (!solver_available()) GTEST_SKIP() << solver_name();
  }
  static Result<Scenario> read(const std::string& text, std::vector<std::string> overrides) {
    const Result<RawScenario> raw = parse_scenario(text, "plan.toml", catalogs_->data.scenarios, overrides, catalogs_->data);
    if (!raw) return raw.diagnostics();
    return validate(*raw, *catalogs_);
  }
  static PurchasePlan plan(const std::string& text, std::vector<std::string> overrides) {
    const Result<Scenario> scenario = read(text, std::move(overrides));
    EXPECT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
    const Result<PurchasePlan> made = make_purchase_plan(*scenario, *catalogs_, {}, {});
    EXPECT_TRUE(made.ok()) << to_text(made.diagnostics());
    return *made;
  }
  static const ResultTable& table(const PurchasePlan& plan, std::string_view name) {
    for (const ResultTable& found : plan.result.tables)
      if (found.name == name) return found;
    ADD_FAILURE() << "no table " << name;
    return plan.result.tables.front();
  }
  static double metric(const PurchasePlan& plan, std::string_view name) { return find_metric(plan.result, name)->estimate.value; }

  static inline Catalogs* catalogs_ = nullptr;
};

TEST_F(PurchasePlans, KeepTheLawAndAgreeWithTheSimulation) {
  const PurchasePlan made = plan(kLab, {});
  EXPECT_LE(metric(made, "plan_disagreement"), 0.02);
  EXPECT_LE(metric(made, "plan_gap"), 0.004);
  const ResultTable& bought = table(made, "purchases");
  EXPECT_FALSE(bought.rows.empty());
  for (const std::vector<TableCell>& row : bought.rows) EXPECT_LT(std::get<std::string>(row[0]), "2025-04-14");
  // Without the letter of April 2025 the same lab goes on buying.
  const PurchasePlan free = plan(kLab, {"fleet.withdraw=US-2025-04-LETTER"});
  EXPECT_GE(std::get<std::string>(table(free, "purchases").rows.back()[0]), "2025-05-01");
  EXPECT_LE(metric(free, "plan_cost") + metric(free, "plan_penalty"), metric(made, "plan_cost") + metric(made, "plan_penalty"));
}

TEST_F(PurchasePlans, NameTheLimitsInConflict) {
  const PurchasePlan made = plan(kLab, {"plan.budget.0.amount=1e5 USD", "plan.need.0.coverage=0.9"});
  // Neither the power nor the supply stands in the way: money, users and the run do.
  ASSERT_FALSE(made.conflict.empty());
  const auto named = [&](std::string_view part) {
    return std::any_of(made.conflict.begin(), made.conflict.end(), [&](const std::string& l) { return l.find(part) == 0; });
  };
  EXPECT_TRUE(named("budget of 2025-01 to 2025-07"));
  EXPECT_TRUE(named("\"users\": 90 %"));
  EXPECT_FALSE(named("power of site"));
  EXPECT_FALSE(named("supply of"));
}

// One more unit of a limit, tried: the continuous programme around the plan improves by the worth that is named.
TEST_F(PurchasePlans, LimitsAreWorthWhatTheySay) {
  const sim::PlanProblem problem = [] {
    sim::PlanProblem p = random_problem(2);
    p.budgets[0].amount = 4e6, p.sites[0] = {"here", 0, 0};
    for (sim::SupplyLimit& supply : p.supplies) supply.most = {9, 9}, supply.in_all.reset();
    for (sim::OfferMonth& month : p.offers[0].months) month.open = true;
    p.campaigns[0].late = 1e6, p.loads[0].coverage = 0;
    for (sim::LoadMonth& month : p.loads[0].months) {
      month.in_blocks = false;
      month.demand = 4000 * kSeconds, month.lines = sim::served_lines(std::vector<double>(720, 4000.0));
    }
    p.loads[0].penalty = 2e-2;
    return p;
  }();
  const sim::PlanTree tree{.branches = {{"", 1, problem}}};
  const sim::Formulation made = sim::formulate(tree);
  const sim::Solution found = solve(made.programme, {});
  ASSERT_TRUE(found.has_values());
  PlanModel model;
  model.tree = tree, model.starts = {0, 720, 1440};
  double worth = 0;
  for (const LimitWorth& limit : limit_worths(model, tree, made, found.values))
    if (limit.limit.starts_with("budget")) worth = limit.worth;
  ASSERT_GT(worth, 0);
  sim::Programme more = sim::relaxed_around(made, found.values);
  const double before = relax(more).objective;
  for (const sim::Limit& limit : made.limits)
    if (limit.kind == sim::Limit::Kind::budget) more.rows[static_cast<std::size_t>(limit.members[0].at)].upper += 1e-3;
  EXPECT_NEAR((before - relax(more).objective) / 1e-3 * sim::kMoneyUnit, worth, worth * 1e-4);
}

TEST_F(PurchasePlans, DecideTogetherUntilTheBranchIsKnown) {
  const std::string branches =
      "[[plan.branch]]\nname = \"as it came\"\nprobability = 0.5\n"
      "[[plan.branch]]\nname = \"no letter\"\nprobability = 0.5\nwithdraw = \"US-2025-04-LETTER\"\n";
  const PurchasePlan made = plan(kLab + branches, {});
  for (const std::vector<TableCell>& row : table(made, "purchases").rows) {
    const bool early = std::get<std::string>(row[0]) < "2025-04-14";
    EXPECT_EQ(std::get<std::string>(row.back()) == "all", early);
    EXPECT_EQ(std::get<std::string>(row.back()) == "no letter", !early);
  }
  // Knowing is never worse than the mean of the plan for both, which is never worse in the mean than the careful plan; and the
  // careful one is never worse where it does worst. Gaps aside.
  const std::vector<std::vector<TableCell>>& rows = table(made, "branches").rows;
  const auto usd = [&](std::size_t row, std::size_t column) { return std::get<double>(rows[row][column]); };
  constexpr double kGaps = 1.01;
  EXPECT_LE(usd(2, 4), usd(2, 2) * kGaps);
  EXPECT_LE(usd(2, 2), usd(2, 3) * kGaps);
  EXPECT_LE(std::max(usd(0, 3), usd(1, 3)), std::max(usd(0, 2), usd(1, 2)) * kGaps);
}

TEST_F(PurchasePlans, MistakesAreReportedTogether) {
  const Result<Scenario> bad =
      read(kLab +
               "[[plan.offer]]\naccelerator = \"H2O\"\nlot = 8\nsupply = \"soon 8\"\n[[plan.need]]\nname = \"uses\"\n"
               "[[plan.branch]]\nname = \"x\"\nprobability = 0.4\n",
           {});
  ASSERT_FALSE(bad.ok());
  const std::string text = to_text(bad.diagnostics());
  for (const char* part : {"unknown accelerator \"H2O\"", "\"soon 8\" is no date", "did you mean \"users\"", "add up to 0.4"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

}  // namespace
}  // namespace gpufleet::scenarios::plan_test
