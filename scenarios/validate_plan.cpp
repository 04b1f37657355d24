#include "scenarios/validate_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "hwprofiles/calendar.h"
#include "scenarios/fleet_rules.h"
#include "scenarios/plan_fleet.h"
#include "scenarios/validate_lots.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kMillionTokens = 1e6;

class PlanReader {
 public:
  PlanReader(const FleetSpec& fleet, const HorizonSpec& horizon, const Catalogs& catalogs, Diagnostics& sink)
      : fleet_(fleet), horizon_(horizon), catalogs_(catalogs), sink_(sink) {}

  PlanSpec read(const TypedTable& table) {
    const std::string objective = table.text("objective").value_or("cost");
    out_.objective = objective == "tokens" ? PlanObjective::tokens
                     : objective == "time" ? PlanObjective::time
                                           : PlanObjective::cost;
    out_.gap = table.number("gap").value_or(0);
    out_.seconds = table.number("time_limit").value_or(0);
    out_.agreement = table.number("agreement").value_or(0);
    for (const TypedTable& offer : table.tables("offer")) read_offer(offer);
    for (const TypedTable& budget : table.tables("budget")) {
      BudgetSpec made{.amount = budget.number("amount").value_or(0)};
      made.from = hour_of(read_date(budget, "from", "2025-01-01", sink_));
      made.to = hour_of(read_date(budget, "to", "2026-01-01", sink_));
      if (made.to <= made.from) sink_.push_back(budget.error("to", "is not after `from`", {}));
      out_.budgets.push_back(made);
    }
    for (const TypedTable& rack : table.tables("rack")) {
      const RackSpec made{find_site(fleet_.sites, rack, "site", sink_), rack.number("gpus").value_or(0)};
      for (const RackSpec& other : out_.racks)
        if (other.site == made.site) sink_.push_back(rack.error("site", "has its places given twice", {}));
      out_.racks.push_back(made);
    }
    for (const TypedTable& need : table.tables("need")) read_need(need);
    read_branches(table);
    return std::move(out_);
  }

 private:
  void read_offer(const TypedTable& table) {
    OfferSpec out;
    for (const std::string& wanted : split_list(table.text("sites").value_or(""))) {
      std::vector<std::string> names;
      for (std::size_t i = 0; i < fleet_.sites.size(); ++i) {
        names.push_back(fleet_.sites[i].name);
        if (fleet_.sites[i].name == wanted) out.sites.push_back(static_cast<int>(i));
      }
      if (std::find(names.begin(), names.end(), wanted) == names.end())
        sink_.push_back(table.error("sites", fmt::format("unknown site \"{}\"", wanted), did_you_mean(wanted, names)));
    }
    if (!table.has("sites"))
      for (std::size_t i = 0; i < fleet_.sites.size(); ++i) out.sites.push_back(static_cast<int>(i));
    const int first = out.sites.empty() ? 0 : out.sites.front();
    out.lot.date = date_of(horizon_.from);
    out.lot.site = first;
    read_goods(table, fleet_.sites[static_cast<std::size_t>(first)].region, catalogs_, out.lot, sink_);
    out.lot.count = table.integer("lot").value_or(1);
    if (table.has("most")) out.most = table.number("most");
    out.delay_months = static_cast<int>(table.integer("delay").value_or(0));
    if (table.has("delivery")) out.delivery = table.number("delivery");
    if (out.lot.origin == LotOrigin::grey && !out.delivery) out.delivery = 1;
    const auto same = [&](const OfferSpec& other) { return other.lot.name == out.lot.name; };
    if (std::any_of(out_.offers.begin(), out_.offers.end(), same))
      sink_.push_back(table.error("name", fmt::format("two offers are called \"{}\"", out.lot.name), {}));
    read_supply(table, out);
    out_.offers.push_back(std::move(out));
  }

  void read_supply(const TypedTable& table, OfferSpec& out) {
    for (const std::string& part : split_list(table.text("supply").value_or(""))) {
      const std::size_t space = part.find(' ');
      const std::string date = hw::complete_date(part.substr(0, space));
      const std::string count = space == std::string::npos ? "" : part.substr(part.find_first_not_of(' ', space));
      double gpus = -1;
      const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), gpus);
      const bool number = error == std::errc() && end == count.data() + count.size() && std::isfinite(gpus) && gpus >= 0;
      if (date.empty() || !number || (!out.supply.empty() && hour_of(date) <= out.supply.back().hour)) {
        sink_.push_back(table.error("supply", fmt::format("\"{}\" is no date and number, or not after the one before", part),
                                    "expected e.g. \"2024-01 4096, 2025-07 0\""));
        return;
      }
      out.supply.push_back({hour_of(date), gpus});
    }
  }

  void read_need(const TypedTable& table) {
    NeedSpec out;
    const std::string wanted = table.text("name").value_or("");
    std::vector<std::string> names;
    for (std::size_t i = 0; i < horizon_.loads.size(); ++i) {
      names.push_back(horizon_.loads[i].load.name);
      if (names.back() == wanted) out.load = static_cast<int>(i);
    }
    for (std::size_t i = 0; i < horizon_.campaigns.size(); ++i) {
      names.push_back(horizon_.campaigns[i].campaign.name);
      if (names.back() == wanted && out.load < 0) out.campaign = static_cast<int>(i);
    }
    if (out.load < 0 && out.campaign < 0) {
      if (table.has("name"))
        sink_.push_back(
            table.error("name", fmt::format("no load or campaign is called \"{}\"", wanted), did_you_mean(wanted, names)));
      return;
    }
    for (const NeedSpec& other : out_.needs)
      if (other.load == out.load && other.campaign == out.campaign)
        sink_.push_back(table.error("name", fmt::format("\"{}\" has two needs", wanted), {}));
    for (const char* key : {"coverage", "penalty"})
      if (out.load < 0 && table.has(key))
        sink_.push_back(table.error(key, fmt::format("is for loads, and \"{}\" is a campaign", wanted), {}));
    for (const char* key : {"before", "late"})
      if (out.campaign < 0 && table.has(key))
        sink_.push_back(table.error(key, fmt::format("is for campaigns, and \"{}\" is a load", wanted), {}));
    out.coverage = table.number("coverage").value_or(0);
    out.penalty = table.number("penalty").value_or(0) / kMillionTokens;
    if (table.has("before")) {
      out.before = hour_of(read_date(table, "before", date_of(horizon_.to), sink_));
      const std::int64_t day = *out.before;
      if (day <= horizon_.from || day > horizon_.to || next_month(day - 1) != day)
        sink_.push_back(table.error("before", "is not the first of a month of the horizon", {}));
    }
    if (table.has("late")) out.late = table.number("late");
    out_.needs.push_back(out);
  }

  void read_branches(const TypedTable& table) {
    double sum = 0;
    for (const TypedTable& branch : table.tables("branch")) {
      BranchSpec out{.name = branch.text("name").value_or(""), .probability = branch.number("probability").value_or(0)};
      out.withdraw = rules_of(branch, "withdraw"), out.what_if = rules_of(branch, "what_if");
      sum += out.probability;
      out_.branches.push_back(std::move(out));
    }
    constexpr double kRounding = 1e-6;
    if (!out_.branches.empty() && std::abs(sum - 1) > kRounding)
      sink_.push_back(table.error("branch", fmt::format("the probabilities of the branches add up to {}, not to 1", sum), {}));
    if (table.has("known"))
      out_.known = hour_of(read_date(table, "known", date_of(horizon_.from), sink_));
    else
      out_.known = first_difference();
  }

  std::vector<std::string> rules_of(const TypedTable& table, std::string_view key) {
    std::vector<std::string> out = split_list(table.text(key).value_or(""));
    const Result<hw::ExportRules> rules = changed_rules(catalogs_.rules, fleet_.rules_file, {});
    if (!rules) return out;  // reported where the fleet names the file
    for (const auto& [id, meant] : unknown_rules(*rules, out))
      sink_.push_back(table.error(key, fmt::format("no export rule is called \"{}\"", id), meant));
    return out;
  }

  // The first day on which a rule that some branches take out or in would come into force or end.
  [[nodiscard]] std::int64_t first_difference() const {
    std::int64_t out = horizon_.to;
    for (const BranchSpec& branch : out_.branches)
      for (const std::vector<std::string>& ids : {branch.withdraw, branch.what_if})
        for (const std::string& id : ids)
          if (const hw::ExportRule* rule = catalogs_.rules.find(id)) out = std::min(out, hour_of(rule->from));
    return std::max(out, horizon_.from);
  }

  const FleetSpec& fleet_;
  const HorizonSpec& horizon_;
  const Catalogs& catalogs_;
  Diagnostics& sink_;
  PlanSpec out_;
};

}  // namespace

PlanSpec read_plan(const TypedTable& plan, const FleetSpec& fleet, const HorizonSpec& horizon, const Catalogs& catalogs,
                   Diagnostics& sink) {
  return PlanReader(fleet, horizon, catalogs, sink).read(plan);
}

}  // namespace gpufleet::scenarios
