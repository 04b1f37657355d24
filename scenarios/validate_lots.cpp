#include "scenarios/validate_lots.h"

#include <fmt/format.h>

#include <algorithm>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/calendar.h"
#include "hwprofiles/export_law.h"
#include "scenarios/fleet_rules.h"
#include "scenarios/validate_parts.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::string_view kDefaultDate = "2025-01-01";

std::string read_country(const TypedTable& table, std::string_view key, const std::string& fallback, Diagnostics& sink) {
  const std::optional<std::string> written = table.text(key);
  if (!written) return fallback;
  std::string code = hw::country_code(*written);
  if (code.empty())
    sink.push_back(table.error(key, fmt::format("\"{}\" is no ISO country code", *written),
                               "expected the two letters of a country, e.g. \"CN\""));
  return code;
}

std::vector<SiteSpec> read_sites(const TypedTable& fleet, const std::string& region, Diagnostics& sink) {
  std::vector<SiteSpec> out;
  for (const TypedTable& table : fleet.tables("site")) {
    SiteSpec site{.name = table.text("name").value_or(""), .region = read_country(table, "region", region, sink)};
    site.power_limit = table.number("power_limit");
    site.pue = table.number("pue");
    site.electricity = table.number("electricity");
    site.carbon = table.number("carbon");
    const auto same = [&](const SiteSpec& other) { return other.name == site.name; };
    if (!site.name.empty() && std::any_of(out.begin(), out.end(), same))
      sink.push_back(table.error("name", fmt::format("two sites are called \"{}\"", site.name), {}));
    out.push_back(std::move(site));
  }
  if (out.empty()) out.push_back({.name = region, .region = region});
  return out;
}

std::optional<PriceSpec> read_price(const TypedTable& table, const Catalogs& catalogs, const std::string& date,
                                    Diagnostics& sink) {
  if (!table.present()) return std::nullopt;
  PriceSpec out;
  const double amount = table.number("amount").value_or(0);
  out.amount = {amount, table.number("low").value_or(amount), table.number("high").value_or(amount)};
  if (out.amount.low > amount || out.amount.high < amount)
    sink.push_back(table.error("amount", "low, amount and high are not in that order", {}));
  out.currency = table.text("currency").value_or("USD");
  out.source = table.text("source").value_or("");
  const Result<double> rate = hw::dollars_per_unit(catalogs.prices, out.currency, date);
  if (!rate) sink.push_back(table.error("currency", rate.diagnostics().front().message, rate.diagnostics().front().hint));
  return out;
}

// Catalog names of chip and node; empty where there is none, which is reported.
void read_chip(const TypedTable& table, const Catalogs& catalogs, LotSpec& lot, std::string& designer, Diagnostics& sink) {
  const std::optional<std::string> wanted = table.text("accelerator");
  if (!wanted) return;
  const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs.accelerators, *wanted);
  if (!chip) {
    const std::string hint = did_you_mean(*wanted, accelerator_names(catalogs));
    sink.push_back(table.error("accelerator", fmt::format("unknown accelerator \"{}\"", *wanted),
                               hint.empty() ? "`gpufleet accelerators list` prints the names" : hint));
    return;
  }
  lot.accelerator = chip->name;
  designer = chip->designer;
  const std::optional<std::string> node_name = table.text("node");
  const Result<hw::NodeType> node = node_name ? hw::find_node(catalogs.nodes, *node_name) : hw::usual_node(catalogs.nodes, *chip);
  if (node)
    lot.node = node->name;
  else
    sink.push_back(table.error("node", fmt::format("unknown node type \"{}\"", node_name.value_or("")),
                               did_you_mean(node_name.value_or(""), node_names(catalogs))));
}

LotSpec read_lot(const TypedTable& table, const FleetSpec& fleet, const Catalogs& catalogs, Diagnostics& sink) {
  LotSpec lot;
  lot.count = table.integer("count").value_or(1);
  if (table.text("how") == "rental") lot.acquisition = sim::Acquisition::rental;
  lot.date = read_date(table, "date", std::string(kDefaultDate), sink);
  lot.monthly_until = read_date(table, "monthly_until", "", sink);
  lot.retires = read_date(table, "retires", "", sink);
  if (!lot.monthly_until.empty() && lot.monthly_until < lot.date)
    sink.push_back(table.error("monthly_until", "ends before `date`", {}));
  constexpr std::int64_t kLongestDays = 50 * 366;
  if (!lot.monthly_until.empty() && hw::day_number(lot.monthly_until) - hw::day_number(lot.date) > kLongestDays)
    sink.push_back(table.error("monthly_until", "is more than 50 years after `date`", {}));
  if (!lot.retires.empty() && lot.retires <= lot.date) sink.push_back(table.error("retires", "is not after `date`", {}));
  lot.delay_hours = table.number("delay").value_or(0) / 3600;
  lot.resale = table.number("resale").value_or(0);
  lot.site = find_site(fleet.sites, table, "site", sink);
  read_goods(table, fleet.sites[static_cast<std::size_t>(lot.site)].region, catalogs, lot, sink);
  return lot;
}

CostSpec read_costs(const TypedTable& table) {
  return {.useful_life = table.number("useful_life"),
          .host = table.number("host"),
          .network = table.number("network"),
          .operations = table.number("operations"),
          .research_multiplier = table.number("research_multiplier"),
          .staff_share = table.number("staff_share")};
}

// Ids of rules, shipped or of the fleet's own file.
std::vector<std::string> read_rules(const TypedTable& fleet, std::string_view key, const hw::ExportRules& rules,
                                    Diagnostics& sink) {
  std::vector<std::string> out = split_list(fleet.text(key).value_or(""));
  for (const auto& [id, meant] : unknown_rules(rules, out))
    sink.push_back(fleet.error(key, fmt::format("no export rule is called \"{}\"", id), meant));
  return out;
}

// The shipped rules with the fleet's own file over them; those alone where the file is broken, which is reported.
hw::ExportRules read_rules_file(const TypedTable& fleet, const Catalogs& catalogs, const std::filesystem::path& folder,
                                std::string& file, Diagnostics& sink) {
  if (!fleet.text("rules")) return catalogs.rules;
  const std::size_t before = sink.size();
  file = named_file(fleet, "rules", folder, sink).generic_string();
  if (sink.size() > before) return catalogs.rules;
  Result<hw::ExportRules> laid = changed_rules(catalogs.rules, file, {});
  if (laid) return std::move(laid).value();
  for (const Diagnostic& problem : laid.diagnostics()) sink.push_back(problem);
  return catalogs.rules;
}

}  // namespace

int find_site(const std::vector<SiteSpec>& sites, const TypedTable& table, std::string_view key, Diagnostics& sink) {
  const std::optional<std::string> wanted = table.text(key);
  if (!wanted) return 0;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].name == *wanted) return static_cast<int>(i);
    names.push_back(sites[i].name);
  }
  sink.push_back(table.error(key, fmt::format("unknown site \"{}\"", *wanted), did_you_mean(*wanted, names)));
  return 0;
}

void read_goods(const TypedTable& table, const std::string& region, const Catalogs& catalogs, LotSpec& lot, Diagnostics& sink) {
  std::string designer;
  read_chip(table, catalogs, lot, designer, sink);
  lot.name = table.text("name").value_or(lot.accelerator);
  const std::string origin = table.text("origin").value_or(designer == region && region != "US" ? "domestic" : "official");
  lot.origin = origin == "grey"       ? LotOrigin::grey
               : origin == "domestic" ? LotOrigin::domestic
               : origin == "cloud"    ? LotOrigin::cloud
                                      : LotOrigin::official;
  lot.price = read_price(table.table("price"), catalogs, lot.date, sink);
  lot.premium = table.number("premium");
  lot.rent = table.number("rent");
  lot.surroundings = table.number("surroundings");
  lot.mtbf = table.number("mtbf");
  lot.repair = table.number("repair");
}

std::string_view name(LotOrigin origin) {
  switch (origin) {
    case LotOrigin::official: return "official";
    case LotOrigin::grey: return "grey";
    case LotOrigin::domestic: return "domestic";
    case LotOrigin::cloud: return "cloud";
  }
  return {};
}

std::string read_date(const TypedTable& table, std::string_view key, std::string fallback, Diagnostics& sink) {
  const std::optional<std::string> written = table.text(key);
  if (!written) return fallback;
  std::string date = hw::complete_date(*written);
  if (!date.empty()) return date;
  sink.push_back(
      table.error(key, fmt::format("\"{}\" is no date", *written), "expected e.g. \"2024\", \"2024-10\" or \"2024-10-17\""));
  return fallback;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

std::optional<FleetSpec> read_lots(const TypedTable& fleet, const std::vector<PoolSpec>& pools, PoolsAsLots pools_as_lots,
                                   const Catalogs& catalogs, const std::filesystem::path& folder, Diagnostics& sink) {
  if (!fleet.has("lot") && pools_as_lots == PoolsAsLots::no) return std::nullopt;
  FleetSpec out;
  out.region = read_country(fleet, "region", "CN", sink);
  out.headquarters = read_country(fleet, "headquarters", "", sink);
  out.state_funded = fleet.flag("state_funded").value_or(false);
  out.date = read_date(fleet, "date", "", sink);
  const hw::ExportRules rules = read_rules_file(fleet, catalogs, folder, out.rules_file, sink);
  out.withdraw = read_rules(fleet, "withdraw", rules, sink);
  out.what_if = read_rules(fleet, "what_if", rules, sink);
  out.sites = read_sites(fleet, out.region, sink);
  for (const TypedTable& table : fleet.tables("link"))
    out.links.push_back(
        {find_site(out.sites, table, "from", sink), find_site(out.sites, table, "to", sink), table.number("rate").value_or(0)});
  for (const TypedTable& table : fleet.tables("lot")) out.lots.push_back(read_lot(table, out, catalogs, sink));
  out.costs = read_costs(fleet.table("costs"));
  if (fleet.has("lot")) return out;
  for (const PoolSpec& pool : pools) {
    LotSpec lot{.name = pool.name, .accelerator = pool.accelerator, .node = pool.node, .count = pool.count};
    lot.date = out.date.empty() ? std::string(kDefaultDate) : out.date;
    if (pool.rent_usd_per_hour) lot.rent = *pool.rent_usd_per_hour / 3600;
    lot.always_delivered = true;
    out.lots.push_back(std::move(lot));
  }
  return out;
}

}  // namespace gpufleet::scenarios
