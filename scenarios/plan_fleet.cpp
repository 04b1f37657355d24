#include "scenarios/plan_fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "core/check.h"
#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/calendar.h"
#include "hwprofiles/node.h"
#include "scenarios/fleet_rules.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kSecondsPerHour = 3600, kJoulesPerKwh = 3.6e6;
constexpr const char* kUndated = "2025-01-01";  // of prices where nothing has a date
constexpr std::string_view kReference = "H100 SXM5";
constexpr double kBeyondAnyQuota = 1e300;  // TPP

Estimate estimate_of(const hw::PriceEstimate& p, double factor) { return {p.central * factor, p.low * factor, p.high * factor}; }
Estimate exactly(double value) { return {value, value, value}; }

std::chrono::year_month_day calendar_day(std::int64_t hour) {
  return std::chrono::sys_days(std::chrono::days(hour >= 0 ? hour / 24 : (hour - 23) / 24));
}
std::string iso(const std::chrono::year_month_day& date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

// The same day of each month from `first` to `last`; days that a month lacks become its last.
std::vector<std::string> monthly(const std::string& first, const std::string& last) {
  if (last.empty()) return {first};
  std::vector<std::string> out;
  const std::chrono::year_month_day start = calendar_day(hour_of(first));
  for (int month = 0;; ++month) {
    const std::chrono::year_month at = start.year() / start.month() + std::chrono::months(month);
    std::chrono::year_month_day day = at / start.day();
    if (!day.ok()) day = std::chrono::year_month_day(at / std::chrono::last);
    if (iso(day) > last) return out;
    out.push_back(iso(day));
  }
}

// What the i-th of so many parts gets of a count.
std::int64_t share(std::int64_t count, std::size_t part, std::size_t parts) {
  const auto i = static_cast<std::int64_t>(part), n = static_cast<std::int64_t>(parts);
  return count * (i + 1) / n - count * i / n;
}

class Planner {
 public:
  Planner(const FleetSpec& spec, const Catalogs& catalogs, const hw::ExportRules& rules)
      : spec_(spec), catalogs_(catalogs), rules_(rules) {}

  Result<PlannedFleet> plan() {
    for (const SiteSpec& site : spec_.sites) out_.fleet.sites.push_back(site_of(site));
    for (const SiteLinkSpec& link : spec_.links) out_.fleet.links.push_back({link.from, link.to, link.rate});
    judge_deliveries();
    for (std::size_t i = 0; i < spec_.lots.size(); ++i) add(spec_.lots[i], verdicts_[i]);
    const Result<hw::Accelerator> reference = hw::find_accelerator(catalogs_.accelerators, kReference);
    if (reference) out_.reference = {*hw::export_facts(*reference).tpp, reference->memory_bandwidth.value()};
    for (const sim::FleetLot& lot : out_.fleet.lots) out_.totals_at = std::max(out_.totals_at, lot.arrives);
    if (!spec_.date.empty()) out_.totals_at = hour_of(spec_.date);
    const std::string date = out_.totals_at > 0 ? date_of(out_.totals_at) : std::string(kUndated);
    out_.research_multiplier = chosen(spec_.costs.research_multiplier, "research-multiplier", spec_.region, date, 1);
    out_.staff_share = chosen(spec_.costs.staff_share, "staff-share", spec_.region, date, 1);
    if (has_errors(problems_)) return problems_;
    return std::move(out_);
  }

 private:
  hw::PriceEstimate in_book(std::string_view key, const std::string& region, const std::string& date) const {
    const Result<hw::PriceEstimate> found = hw::look_up_assumption(catalogs_.prices, key, region, date);
    check(found.ok(), "the price book holds every parameter of the cost views");
    return *found;
  }
  void note(std::string_view key, const std::string& region, const hw::PriceEstimate& used) {
    for (const UsedParameter& known : out_.parameters)
      if (known.key == key && known.region == region) return;
    const auto text = [&](double value) { return format_quantity(value, used.dimension); };
    out_.parameters.push_back({std::string(key), region, text(used.central), text(used.low), text(used.high), used.source});
  }
  Estimate assumed(std::string_view key, const std::string& region, const std::string& date, double factor) {
    const hw::PriceEstimate found = in_book(key, region, date);
    note(key, region, found);
    return estimate_of(found, factor);
  }
  Estimate chosen(const std::optional<double>& own, std::string_view key, const std::string& region, const std::string& date,
                  double factor) {
    if (!own) return assumed(key, region, date, factor);
    hw::PriceEstimate stated = in_book(key, region, date);
    stated.low = stated.central = stated.high = *own;
    stated.source = "this scenario";
    note(key, region, stated);
    return exactly(*own * factor);
  }

  sim::FleetSite site_of(const SiteSpec& spec) {
    std::string date = spec_.date;
    for (const LotSpec& lot : spec_.lots) date = std::max(date, lot.monthly_until.empty() ? lot.date : lot.monthly_until);
    if (date.empty()) date = kUndated;
    sim::FleetSite out{.name = spec.name, .power_limit = spec.power_limit.value_or(0)};
    out.pue = chosen(spec.pue, "pue", spec.region, date, 1).value;
    out.electricity = chosen(spec.electricity, "electricity", spec.region, date, kJoulesPerKwh);
    out.carbon = chosen(spec.carbon, "carbon-intensity", spec.region, date, kJoulesPerKwh);
    return out;
  }

  hw::ExportVerdict verdict_of(const hw::ExportFacts& chip, const LotSpec& lot, const std::string& date,
                               double country_tpp) const {
    hw::ExportQuery query;
    query.country_tpp = country_tpp;
    query.destination = spec_.sites[static_cast<std::size_t>(lot.site)].region;
    query.headquarters = spec_.headquarters;
    query.date = date;
    query.funding = spec_.state_funded ? hw::Funding::state : hw::Funding::ordinary;
    query.what_if = spec_.what_if;
    return hw::export_status(chip, rules_, query);
  }
  [[nodiscard]] bool lawful(const hw::ExportVerdict& verdict) const {
    return hw::purchase_plausible(verdict, spec_.state_funded ? hw::Funding::state : hw::Funding::ordinary);
  }

  // Deliveries in order of date, as a quota of a country counts them: one at its own size after all lawful ones before it. Only
  // those count whose status a sum could change, so not what a quota leaves free nor what was sold before it was in force.
  void judge_deliveries() {
    struct Delivery {
      std::string date;
      std::size_t lot, part;
      double gpus;
    };
    std::vector<Delivery> deliveries;
    for (std::size_t i = 0; i < spec_.lots.size(); ++i) {
      const LotSpec& lot = spec_.lots[i];
      const std::vector<std::string> dates = monthly(lot.date, lot.monthly_until);
      verdicts_.emplace_back(dates.size());
      for (std::size_t part = 0; part < dates.size(); ++part)
        deliveries.push_back({dates[part], i, part, static_cast<double>(share(lot.count, part, dates.size()))});
    }
    std::stable_sort(deliveries.begin(), deliveries.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
    std::map<std::string, double> sold;  // TPP to a country
    for (const Delivery& delivery : deliveries) {
      const LotSpec& lot = spec_.lots[delivery.lot];
      const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs_.accelerators, lot.accelerator);
      check(chip.ok(), "a validated lot names a chip of the catalog");
      const hw::ExportFacts facts = hw::export_facts(*chip);
      double& sum = sold[spec_.sites[static_cast<std::size_t>(lot.site)].region];
      const double with_it = sum + delivery.gpus * facts.tpp.value_or(0);
      hw::ExportVerdict& verdict = verdicts_[delivery.lot][delivery.part];
      verdict = verdict_of(facts, lot, delivery.date, with_it);
      const bool counts = lawful(verdict) && lot.origin != LotOrigin::grey &&
                          verdict_of(facts, lot, delivery.date, kBeyondAnyQuota).outcome != verdict.outcome;
      if (counts) sum = with_it;
    }
  }

  // The chip's price alone, and what stands around it where the quote holds both.
  struct Quote {
    Estimate chip;
    std::optional<Estimate> surroundings;
    std::string source;
  };

  std::optional<Quote> quoted(const hw::Accelerator& chip, hw::PriceKind kind, const std::string& region, const std::string& date,
                              const Estimate& host) const {
    const Result<hw::PriceEstimate> found = hw::look_up_price(catalogs_.prices, {chip.name, kind, region, date});
    if (!found) return std::nullopt;
    Quote out{estimate_of(*found, 1), std::nullopt,
              fmt::format("{} price, {}: {}", hw::name(kind), hw::name(found->basis), found->source)};
    const bool whole_server = kind == hw::PriceKind::server || kind == hw::PriceKind::grey_server;
    if (whole_server && out.chip.low > host.high)
      out.chip = {out.chip.value - host.value, out.chip.low - host.value, out.chip.high - host.value};
    else if (whole_server)
      out.surroundings = Estimate{};
    return out;
  }

  Quote price_of(const LotSpec& lot, const hw::Accelerator& chip, const std::string& date, const Estimate& host) {
    if (lot.price) {
      const Result<double> rate = hw::dollars_per_unit(catalogs_.prices, lot.price->currency, date);
      const double factor = rate.ok() ? *rate : 1;
      const Estimate& amount = lot.price->amount;
      return {{amount.value * factor, amount.low * factor, amount.high * factor}, std::nullopt, lot.price->source};
    }
    const std::string& region = spec_.sites[static_cast<std::size_t>(lot.site)].region;
    std::vector<hw::PriceKind> kinds{hw::PriceKind::purchase, hw::PriceKind::server, hw::PriceKind::launch};
    const bool grey = lot.origin == LotOrigin::grey && !lot.premium;
    if (grey) kinds.insert(kinds.begin(), {hw::PriceKind::grey_server, hw::PriceKind::grey});
    for (const hw::PriceKind kind : kinds)
      if (std::optional<Quote> found = quoted(chip, kind, region, date, host)) {
        const double factor = 1 + lot.premium.value_or(0);
        found->chip = sim::scaled(found->chip, factor);
        return *found;
      }
    problems_.push_back({.where = {},
                         .key = "fleet.lot." + lot.name,
                         .message = fmt::format("the price book knows no price of \"{}\"", chip.name),
                         .hint = "give the lot a price: price = { amount = 12000, currency = \"USD\" }"});
    return {};
  }

  // Watts at the rack: what a data centre provisions less its cooling, or board, host and network.
  void set_power(const LotSpec& lot, const hw::Accelerator& chip, const std::string& region, const std::string& date,
                 sim::FleetLot& out) {
    const double tdp = chip.tdp.value();
    double low = 1, high = 1;
    const auto& list = catalogs_.prices.provisioned_power;
    const auto known = std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.first == chip.name; });
    if (known != list.end()) {
      // The figures include the cooling of a new site, whatever the site at hand needs.
      const double cooling = assumed("pue", "world", date, 1).value;
      out.busy_watts = known->second.central / cooling;
      low = known->second.low / known->second.central;
      high = known->second.high / known->second.central;
    } else {
      const Result<hw::NodeType> node = hw::find_node(catalogs_.nodes, lot.node);
      const Estimate overhead = assumed("host-overhead", region, date, 1);
      const double host = node.ok() && node->host_power.value() > 0 && node->accelerators > 0
                              ? node->host_power.value() / node->accelerators
                              : overhead.value;
      out.busy_watts = tdp + host;
      low = (tdp + host * overhead.low / overhead.value) / out.busy_watts;
      high = (tdp + host * overhead.high / overhead.value) / out.busy_watts;
    }
    // Measured idle readings, or the usual share of board power; hosts and switches keep half of theirs.
    const double idle =
        chip.idle_power.value() > 0 ? chip.idle_power.value() : assumed("idle-power-fraction", region, date, tdp).value;
    out.idle_watts = idle + 0.5 * std::max(0.0, out.busy_watts - tdp);
    out.watts_low = low;
    out.watts_high = std::max(high, 1.0);
  }

  void set_money(const LotSpec& lot, const hw::Accelerator& chip, const std::string& region, const std::string& date,
                 Purchase& note, sim::FleetLot& out) {
    const Estimate host = chosen(spec_.costs.host, "host-per-accelerator", region, date, 1);
    const Estimate network = chosen(spec_.costs.network, "network-per-accelerator", region, date, 1);
    out.life_hours = chosen(spec_.costs.useful_life, "useful-life", region, date, 1 / kSecondsPerHour);
    const Estimate operations = chosen(spec_.costs.operations, "site-and-operations-per-accelerator", region, date, 1);
    out.operations = sim::scaled(operations, 1 / out.life_hours.value);
    const Quote quote = price_of(lot, chip, date, host);
    out.price = quote.chip;
    note.price = quote.chip.value;
    note.price_source = quote.source;
    const Estimate around = quote.surroundings ? network : sim::independent_sum({host, network});
    out.surroundings = lot.surroundings ? exactly(*lot.surroundings) : around;
    const Result<hw::PriceEstimate> rent = hw::look_up_rent(catalogs_.prices, chip.name, region, date);
    if (lot.rent) {
      out.rent = exactly(*lot.rent * kSecondsPerHour);
    } else if (rent) {
      out.rent = estimate_of(*rent, kSecondsPerHour);
    } else {  // nobody quotes one: what it costs its owner
      const Estimate capital = sim::independent_ratio(sim::independent_sum({out.price, out.surroundings}), out.life_hours);
      const Estimate power = sim::scaled(assumed("electricity", region, date, kJoulesPerKwh), out.busy_watts / 1e3);
      out.rent = sim::independent_sum({capital, out.operations, power});
    }
    if (lot.acquisition == sim::Acquisition::rental) out.price = out.surroundings = {};
  }

  void add(const LotSpec& lot, const std::vector<hw::ExportVerdict>& verdicts) {
    const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs_.accelerators, lot.accelerator);
    check(chip.ok(), "a validated lot names a chip of the catalog");
    const hw::ExportFacts facts = hw::export_facts(*chip);
    const std::string& region = spec_.sites[static_cast<std::size_t>(lot.site)].region;
    const std::vector<std::string> dates = monthly(lot.date, lot.monthly_until);
    for (std::size_t i = 0; i < dates.size(); ++i) {
      const std::string& date = dates[i];
      Purchase note{
          .lot = lot.name, .chip = chip->name, .date = date, .site = out_.fleet.sites[static_cast<std::size_t>(lot.site)].name};
      note.count = share(lot.count, i, dates.size());
      note.origin = lot.origin;
      note.verdict = verdicts[i];
      const bool permitted = lawful(note.verdict);
      note.delivered = permitted || lot.always_delivered || lot.origin == LotOrigin::grey;
      sim::FleetLot out{.name = lot.name, .chip = chip->name, .site = lot.site, .count = note.count};
      set_power(lot, *chip, region, date, out);
      set_money(lot, *chip, region, date, note, out);
      out.arrives = hour_of(date) + static_cast<std::int64_t>(lot.delay_hours + 0.5);
      if (!lot.retires.empty()) out.leaves = hour_of(lot.retires);
      out.acquisition = lot.acquisition;
      out.lawful = permitted;
      out.resale_share = lot.resale;
      out.tpp = facts.tpp.value_or(0);
      out.bandwidth = chip->memory_bandwidth.value();
      out.memory = static_cast<double>(chip->memory.value());
      out.mtbf_hours = chosen(lot.mtbf, "accelerator-mtbf", region, date, 1 / kSecondsPerHour).value;
      out.repair_hours = chosen(lot.repair, "accelerator-repair", region, date, 1 / kSecondsPerHour).value;
      const bool in_time = out.leaves > out.arrives;
      if (note.delivered && note.count > 0 && in_time) out_.fleet.lots.push_back(std::move(out));
      out_.purchases.push_back(std::move(note));
    }
  }

  const FleetSpec& spec_;
  const Catalogs& catalogs_;
  const hw::ExportRules& rules_;
  PlannedFleet out_;
  std::vector<std::vector<hw::ExportVerdict>> verdicts_;  // of each lot's deliveries
  Diagnostics problems_;
};

}  // namespace

std::int64_t hour_of(std::string_view iso_date) { return hw::day_number(iso_date) * 24; }
std::string date_of(std::int64_t hour) { return iso(calendar_day(hour)); }

std::int64_t next_month(std::int64_t hour) {
  const std::chrono::year_month_day now = calendar_day(hour);
  const std::chrono::year_month_day next = (now.year() / now.month() + std::chrono::months(1)) / std::chrono::day(1);
  return std::chrono::sys_days(next).time_since_epoch().count() * 24;
}

Result<PlannedFleet> plan_fleet(const FleetSpec& spec, const Catalogs& catalogs) {
  const Result<hw::ExportRules> rules = changed_rules(catalogs.rules, spec.rules_file, spec.withdraw);
  if (!rules) return rules.diagnostics();
  return Planner(spec, catalogs, *rules).plan();
}

}  // namespace gpufleet::scenarios
