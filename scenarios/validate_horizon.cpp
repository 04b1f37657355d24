#include "scenarios/validate_horizon.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/calendar.h"
#include "scenarios/plan_fleet.h"
#include "scenarios/validate_lots.h"
#include "scenarios/validate_parts.h"

namespace gpufleet::scenarios {
namespace {

// Beyond any plan; within them the ledger's whole numbers hold a century.
constexpr double kMostAccelerators = 1e7, kLargestRate = 1e12;

std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole_text = error == std::errc() && end == text.data() + text.size();
  return whole_text && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// "a 1, b 2" as pairs of words.
std::vector<std::pair<std::string, std::string>> pairs(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& part : split_list(text)) {
    const std::size_t space = part.find(' ');
    const std::size_t second = space == std::string::npos ? std::string::npos : part.find_first_not_of(' ', space);
    out.emplace_back(part.substr(0, space), second == std::string::npos ? std::string() : part.substr(second));
  }
  return out;
}

class Reader {
 public:
  Reader(const FleetSpec& fleet, const Catalogs& catalogs, const std::filesystem::path& folder, Diagnostics& sink)
      : fleet_(fleet), catalogs_(catalogs), folder_(folder), sink_(sink) {}

  HorizonSpec read(const TypedTable& table) {
    out_.from = hour_of(read_date(table, "from", "2025-01-01", sink_));
    out_.to = hour_of(read_date(table, "to", "2026-01-01", sink_));
    constexpr std::int64_t kLongest = 50 * 366 * 24;
    if (table.has("to") && (out_.to <= out_.from || out_.to - out_.from > kLongest))
      sink_.push_back(table.error("to", "is not after `from`, or more than 50 years", {}));
    for (const TypedTable& curve : table.tables("curve")) read_curve(curve);
    for (const TypedTable& load : table.tables("load")) read_load(load);
    for (const TypedTable& campaign : table.tables("campaign")) read_campaign(campaign);
    for (const TypedTable& probe : table.tables("probe")) read_probe(probe);
    return std::move(out_);
  }

 private:
  void read_curve(const TypedTable& table) {
    CurveSpec out{.name = table.text("name").value_or("")};
    if (const auto wanted = table.text("accelerator")) {
      const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs_.accelerators, *wanted);
      if (chip)
        out.accelerator = chip->name;
      else
        sink_.push_back(table.error("accelerator", fmt::format("unknown accelerator \"{}\"", *wanted),
                                    did_you_mean(*wanted, accelerator_names(catalogs_))));
    }
    if (const auto site = table.text("site")) {
      for (std::size_t i = 0; i < fleet_.sites.size(); ++i)
        if (fleet_.sites[i].name == *site) out.site = static_cast<int>(i);
      if (out.site < 0) sink_.push_back(table.error("site", fmt::format("unknown site \"{}\"", *site), {}));
    }
    const int ways =
        static_cast<int>(table.has("training")) + static_cast<int>(table.has("serving")) + static_cast<int>(table.has("points"));
    if (ways != 1) sink_.push_back(table.error("name", "a curve has one of `training`, `serving` and `points`", {}));
    for (const char* key : {"training", "serving"})
      if (table.text(key)) {
        out.kind = std::string_view(key) == "training" ? CurveSpec::Kind::training : CurveSpec::Kind::serving;
        out.scenario = named_file(table, key, folder_, sink_).generic_string();
      }
    read_points(table, out);
    std::string_view rest;
    const std::string set = table.text("set").value_or("");
    for (rest = set; !rest.empty();) {
      const std::size_t end = rest.find(';');
      std::string_view part = rest.substr(0, end);
      while (part.starts_with(' ')) part.remove_prefix(1);
      if (!part.empty()) out.overrides.emplace_back(part);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    out.unit = table.integer("unit").value_or(1);
    out_.curves.push_back(std::move(out));
  }

  void read_points(const TypedTable& table, CurveSpec& out) {
    for (const std::string& count : split_list(table.text("counts").value_or(""))) {
      const std::optional<double> value = plain_number(count);
      if (!value || *value < 1 || *value > kMostAccelerators)
        sink_.push_back(table.error("counts", fmt::format("\"{}\" is no number of accelerators", count), {}));
      out.counts.push_back(value.value_or(1));
    }
    std::sort(out.counts.begin(), out.counts.end());
    if (out.kind == CurveSpec::Kind::training && out.counts.empty())
      sink_.push_back(table.error("counts", "a training curve needs numbers of accelerators", "counts = \"1024, 2048, 4096\""));
    for (const auto& [gpus, rate] : pairs(table.text("points").value_or(""))) {
      const std::optional<double> n = plain_number(gpus), r = plain_number(rate);
      const bool in_order = n && (out.points.empty() || *n > out.points.back().gpus);
      if (!n || !r || *n <= 0 || *r < 0 || *n > kMostAccelerators || *r > kLargestRate || !in_order) {
        sink_.push_back(table.error("points", fmt::format("\"{} {}\" is no point, or not in order", gpus, rate),
                                    "points = \"2048 2.4e6, 4096 4.7e6\""));
        return;
      }
      out.points.push_back({*n, *r});
    }
  }

  std::vector<int> curves_of(const TypedTable& table) {
    std::vector<int> out;
    std::vector<std::string> names;
    for (const CurveSpec& curve : out_.curves) names.push_back(curve.name);
    for (const std::string& wanted : split_list(table.text("curves").value_or(""))) {
      const auto found = std::find(names.begin(), names.end(), wanted);
      if (found == names.end())
        sink_.push_back(table.error("curves", fmt::format("unknown curve \"{}\"", wanted), did_you_mean(wanted, names)));
      else
        out.push_back(static_cast<int>(found - names.begin()));
    }
    return out;
  }

  void read_load(const TypedTable& table) {
    LoadSpec out;
    sim::ServingLoad& load = out.load;
    load.name = table.text("name").value_or("");
    load.priority = static_cast<int>(table.integer("priority").value_or(1));
    load.lending = table.text("lending") == "keep" ? sim::Lending::keep : sim::Lending::lend;
    out.curves = curves_of(table);
    for (const auto& [date, rate] : pairs(table.text("demand").value_or(""))) {
      const std::string day = hw::complete_date(date);
      const std::optional<double> r = plain_number(rate);
      const bool in_order = !day.empty() && (load.demand.empty() || hour_of(day) > load.demand.back().hour);
      if (!r || *r < 0 || *r > kLargestRate || !in_order) {
        sink_.push_back(table.error("demand", fmt::format("\"{} {}\" is no date and rate, or not in order", date, rate),
                                    "demand = \"2025-01 0, 2025-02 1.9e6\""));
        break;
      }
      load.demand.push_back({hour_of(day), *r});
    }
    load.daily = hours_of(table);
    out.model = table.text("model").value_or("");
    out.input_per_output = table.number("input_per_output").value_or(0);
    out.cached_share = table.number("cached_share").value_or(0);
    if (!out.model.empty()) {
      const auto known = hw::look_up_api_price(catalogs_.prices, out.model, "2025-01-01");
      if (!known) sink_.push_back(table.error("model", known.diagnostics().front().message, known.diagnostics().front().hint));
    }
    out_.loads.push_back(std::move(out));
  }

  std::array<double, 24> hours_of(const TypedTable& table) {
    std::array<double, 24> out{};
    out.fill(1);
    const auto text = table.text("hours");
    if (!text) return out;
    std::vector<double> values;
    std::string_view rest = *text;
    while (!rest.empty()) {
      const std::size_t end = rest.find_first_of(" ,");
      if (end != 0) values.push_back(plain_number(rest.substr(0, end)).value_or(-1));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    constexpr double kLargestShare = 1e9;
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    if (values.size() != out.size() || sum <= 0 || *std::max_element(values.begin(), values.end()) > kLargestShare ||
        *std::min_element(values.begin(), values.end()) < 0) {
      sink_.push_back(table.error("hours", "expected 24 numbers, none negative, not all 0", {}));
      return out;
    }
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = values[i] * 24 / sum;
    return out;
  }

  static sim::Spread spread_of(const TypedTable& table) {
    const std::string text = table.text("spread").value_or("one-site");
    return text == "one-pool" ? sim::Spread::one_pool : text == "anywhere" ? sim::Spread::anywhere : sim::Spread::one_site;
  }

  void read_campaign(const TypedTable& table) {
    CampaignSpec out;
    sim::Campaign& c = out.campaign;
    c.name = table.text("name").value_or("");
    const std::string use = table.text("use").value_or("pretraining");
    c.use = use == "ablation"        ? sim::FleetUse::ablation
            : use == "reinforcement" ? sim::FleetUse::reinforcement
                                     : sim::FleetUse::pretraining;
    c.priority = static_cast<int>(table.integer("priority").value_or(2));
    out.curves = curves_of(table);
    out.flop = table.number("flop");
    c.tokens = table.number("tokens").value_or(0);
    if (table.has("tokens") == table.has("flop"))
      sink_.push_back(table.error("tokens", "a campaign has either `tokens` or `flop`", {}));
    c.start = hour_of(read_date(table, "start", "2025-01-01", sink_));
    const std::string end = read_date(table, "end", "", sink_);
    if (!end.empty()) c.end = hour_of(end);
    c.gpus_min = table.integer("gpus_min").value_or(1);
    c.gpus_max = table.integer("gpus_max").value_or(sim::kNever);
    if (c.gpus_max < c.gpus_min) sink_.push_back(table.error("gpus_max", "is less than gpus_min", {}));
    c.elasticity = table.text("elasticity") == "elastic" ? sim::Elasticity::elastic : sim::Elasticity::rigid;
    c.spread = spread_of(table);
    c.restart_hours = table.number("restart").value_or(0) / 3600;
    c.checkpoint_hours = table.number("checkpoint").value_or(0) / 3600;
    c.tokens_per_step = table.number("tokens_per_step").value_or(0);
    c.gradient_bytes = table.number("gradients").value_or(0);
    out_.campaigns.push_back(std::move(out));
  }

  void read_probe(const TypedTable& table) {
    ProbeSpec out;
    out.probe.name = table.text("name").value_or("");
    out.curves = curves_of(table);
    out.tokens = table.number("tokens").value_or(0);
    out.flop = table.number("flop");
    out.probe.spread = spread_of(table);
    out.probe.gpus_max = table.integer("gpus_max").value_or(sim::kNever);
    out.probe.tokens_per_step = table.number("tokens_per_step").value_or(0);
    out.probe.gradient_bytes = table.number("gradients").value_or(0);
    out_.probes.push_back(std::move(out));
  }

  const FleetSpec& fleet_;
  const Catalogs& catalogs_;
  const std::filesystem::path& folder_;
  Diagnostics& sink_;
  HorizonSpec out_;
};

}  // namespace

HorizonSpec read_horizon(const TypedTable& horizon, const FleetSpec& fleet, const Catalogs& catalogs,
                         const std::filesystem::path& folder, Diagnostics& sink) {
  return Reader(fleet, catalogs, folder, sink).read(horizon);
}

}  // namespace gpufleet::scenarios
