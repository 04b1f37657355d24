#include "scenarios/run_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/export_law.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/run_text.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/run_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kDigits = 4;
constexpr double kLargestWithPrefix = 1e15;
std::string figure_text(double value) {
  return std::abs(value) < kLargestWithPrefix ? number_text(value, kDigits) : fmt::format("{:.4g}", value);
}
Estimate exactly(double value) { return {value, value, value}; }

struct Figure {
  Estimate value;
  Footing footing = Footing::firm;
};

// Every name that formulas may use; metrics of runs are looked up when asked.
class Figures {
 public:
  Figures(const RunResult& own, const Catalogs& catalogs) : own_(own), catalogs_(catalogs) {}

  void set(const std::string& name, const Estimate& value, Footing footing) { known_[name] = {value, footing}; }
  void add_run(const std::string& name, RunResult result) { runs_.insert_or_assign(name, std::move(result)); }

  [[nodiscard]] std::optional<Figure> find(const std::string& name) const {
    if (const auto it = known_.find(name); it != known_.end()) return it->second;
    if (auto own = of_result(own_, name)) return own;
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) return std::nullopt;
    const auto run = runs_.find(name.substr(0, dot));
    return run == runs_.end() ? std::nullopt : of_result(run->second, name.substr(dot + 1));
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, figure] : known_) out.push_back(name);
    for (const MetricValue& metric : own_.metrics) out.push_back(metric.name);
    for (const auto& [run, result] : runs_)
      for (const MetricValue& metric : result.metrics) out.push_back(run + "." + metric.name);
    return out;
  }

  Diagnostics add_chips(const std::vector<ChipFigures>& chips) {
    for (const ChipFigures& entry : chips) {
      const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs_.accelerators, entry.accelerator);
      if (!chip) return chip.diagnostics();
      const hw::ExportFacts facts = hw::export_facts(*chip);
      const auto put = [&](const char* what, double value) { set(entry.name + "." + what, exactly(value), Footing::firm); };
      put("tpp", facts.tpp.value_or(0));
      put("io", facts.io.value_or(0));
      put("bandwidth", chip->memory_bandwidth.value());
      put("memory", static_cast<double>(chip->memory.value()));
      put("tdp", chip->tdp.value());
      put("bf16", std::max(chip->peak(hw::Dtype::bf16).value(), chip->peak(hw::Dtype::fp16).value()));
      put("fp8", chip->peak(hw::Dtype::fp8).value());
      put("scaleup", chip->scaleup_bandwidth.value());
    }
    return {};
  }
  Diagnostics add_prices(const std::vector<PriceFigure>& prices) {
    for (const PriceFigure& entry : prices) {
      const bool parameter = !entry.assumption.empty();
      const hw::PriceKind kind = hw::price_kind_from_name(entry.kind).value_or(hw::PriceKind::purchase);
      const Result<hw::PriceEstimate> found =
          parameter ? hw::look_up_assumption(catalogs_.prices, entry.assumption, entry.region, entry.date)
                    : hw::look_up_price(catalogs_.prices, {entry.accelerator, kind, entry.region, entry.date});
      if (!found) return found.diagnostics();
      const double factor = !parameter && hw::is_rent(kind) ? 3600 : 1;
      set(entry.name, {found->central * factor, found->low * factor, found->high * factor},
          found->soft ? Footing::assumed : Footing::firm);
    }
    return {};
  }
  Diagnostics add_statuses(const std::vector<StatusFigure>& statuses) {
    for (const StatusFigure& entry : statuses) {
      const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs_.accelerators, entry.accelerator);
      if (!chip) return chip.diagnostics();
      const hw::ExportVerdict verdict =
          hw::export_status(hw::export_facts(*chip), catalogs_.rules, {.destination = entry.destination, .date = entry.date});
      const bool free = hw::purchase_plausible(verdict, hw::Funding::ordinary);
      set(entry.name, exactly(free ? 1 : 0), Footing::firm);
      words_[entry.name] = fmt::format("{} to {} on {}: {} ({})", entry.accelerator, entry.destination, entry.date,
                                       verdict.status(), verdict.reason);
    }
    return {};
  }
  [[nodiscard]] std::string word_of(const std::string& name) const {
    const auto it = words_.find(name);
    return it == words_.end() ? std::string() : it->second;
  }

 private:
  // A figure of a month with its interval, where the run worked one out.
  static Estimate interval_of(const RunResult& result, const std::string& column, bool last, double value) {
    Estimate out = exactly(value);
    for (const ResultTable& table : result.tables)
      for (std::size_t c = 0; table.name == "monthly-intervals" && c + 1 < table.columns.size(); ++c) {
        if (table.columns[c].name != column + " low" || table.rows.empty()) continue;
        const auto& row = last ? table.rows.back() : table.rows.front();
        const double *low = std::get_if<double>(&row[c]), *high = std::get_if<double>(&row[c + 1]);
        if (low != nullptr && high != nullptr && *low <= value && value <= *high) out.low = *low, out.high = *high;
      }
    return out;
  }

  static std::optional<Figure> of_result(const RunResult& result, const std::string& name) {
    for (const MetricValue& metric : result.metrics)
      if (metric.name == name) return Figure{metric.estimate};
    const bool last = name.starts_with("last.");
    const std::string column = last ? name.substr(5) : name;
    for (const ResultTable& table : result.tables)
      for (std::size_t c = 0; table.name == "monthly" && c < table.columns.size(); ++c) {
        if (table.columns[c].name != column || table.rows.empty()) continue;
        const auto& row = last ? table.rows.back() : table.rows.front();
        const double* value = std::get_if<double>(&row[c]);
        if (value != nullptr) return Figure{interval_of(result, column, last, *value)};
      }
    return std::nullopt;
  }

  const RunResult& own_;
  const Catalogs& catalogs_;
  std::map<std::string, Figure> known_;
  std::map<std::string, RunResult> runs_;
  std::map<std::string, std::string> words_;
};

// A plan that the simulators refuse is an answer too: NAME.fits = 0.
Diagnostics add_runs(const std::vector<ClaimRun>& runs, const Catalogs& catalogs, const HardwareData& hardware,
                     CurveMemory& memory, const RunControl& control, Figures& figures) {
  for (const ClaimRun& run : runs) {
    const Result<RawScenario> raw = load_scenario(run.scenario, run.overrides, catalogs.data);
    if (!raw) return raw.diagnostics();
    Result<Scenario> scenario = validate(*raw, catalogs);
    if (!scenario) return scenario.diagnostics();
    scenario->claims.reset();  // its own claims are answered where it is asked
    RunSettings settings;
    settings.curves = &memory;
    const Result<RunOutput> output = run_scenario(*scenario, catalogs, hardware, settings, control);
    const bool refused =
        !output && std::all_of(output.diagnostics().begin(), output.diagnostics().end(), [](const Diagnostic& d) {
          return d.kind == DiagnosticKind::infeasible || d.severity == Severity::warning;
        });
    if (!output && !refused) return output.diagnostics();
    figures.set(run.name + ".fits", exactly(output && output->memory_refusal.empty() ? 1 : 0), Footing::firm);
    if (output) figures.add_run(run.name, output->result);
  }
  return {};
}

Result<ClaimAnswer> answer(const ClaimSpec& claim, const Figures& figures) {
  ClaimAnswer out{.claim = &claim};
  if (!claim.formula) {
    out.arithmetic = claim.unsettled;
    return out;
  }
  std::vector<Estimate> values;
  Footing footing = Footing::firm;
  std::string with;
  for (const std::string& name : claim.formula->names()) {
    const std::optional<Figure> figure = figures.find(name);
    if (!figure)
      return Diagnostic{.where = {},
                        .key = "claims." + claim.id,
                        .message = fmt::format("\"{}\" stands for nothing in this scenario", name),
                        .hint = did_you_mean(name, figures.names())};
    values.push_back(figure->value);
    if (figure->footing == Footing::assumed) footing = Footing::assumed;
    const std::string word = figures.word_of(name);
    with += fmt::format("{}{} = {}", with.empty() ? "" : ", ", name, figure_text(figure->value.value));
    if (!word.empty()) with += fmt::format(" [{}]", word);
  }
  out.computed = claim.formula->evaluate(values);
  const std::string unit = claim.unit.empty() ? std::string() : " " + claim.unit;
  out.arithmetic = fmt::format("{} = {}{}{}", claim.formula->text(), figure_text(out.computed.value), unit,
                               with.empty() ? "" : fmt::format(" with {}", with));
  out.verdict = judge(claim, out.computed, footing);
  return out;
}

}  // namespace

Verdict judge(const ClaimSpec& claim, const Estimate& computed, Footing footing) {
  if (!claim.unsettled.empty() || !std::isfinite(computed.value)) return Verdict::cannot_be_settled;
  const double slack = claim.tolerance;
  const double least = claim.low - slack * std::abs(claim.low), most = claim.high + slack * std::abs(claim.high);
  const bool from = claim.relation != Relation::at_most, to = claim.relation != Relation::at_least;
  const auto within = [&](double low, double high) { return (!from || high >= least) && (!to || low <= most); };
  if (within(computed.value, computed.value)) return footing == Footing::firm ? Verdict::supported : Verdict::plausible;
  return within(computed.low, computed.high) ? Verdict::plausible : Verdict::contradicted;
}

Result<std::vector<ClaimAnswer>> answer_claims(const ClaimsSpec& spec, const RunResult& own, const Catalogs& catalogs,
                                               const HardwareData& hardware, CurveMemory& memory, const RunControl& control) {
  Figures figures(own, catalogs);
  for (const GivenFigure& given : spec.given)
    figures.set(given.name, given.value, given.assumed ? Footing::assumed : Footing::firm);
  Diagnostics problems = figures.add_chips(spec.chips);
  if (!has_errors(problems)) problems = figures.add_prices(spec.prices);
  if (!has_errors(problems)) problems = figures.add_statuses(spec.statuses);
  if (!has_errors(problems)) problems = add_runs(spec.runs, catalogs, hardware, memory, control, figures);
  if (has_errors(problems)) return problems;
  std::vector<ClaimAnswer> out;
  for (const ClaimSpec& claim : spec.claims) {
    if (control.stopped()) return out;
    Result<ClaimAnswer> answered = answer(claim, figures);
    if (!answered) return answered.diagnostics();
    out.push_back(std::move(answered).value());
  }
  return out;
}

Diagnostics run_claims(const ClaimsSpec& spec, const Catalogs& catalogs, const HardwareData& hardware, CurveMemory& memory,
                       const RunControl& control, RunResult& result) {
  const Result<std::vector<ClaimAnswer>> answers = answer_claims(spec, result, catalogs, hardware, memory, control);
  if (!answers) return answers.diagnostics();
  ResultTable table{.name = "claims",
                    .columns = {{"id", ""},
                                {"claim", ""},
                                {"verdict", ""},
                                {"computed", ""},
                                {"low", ""},
                                {"high", ""},
                                {"claimed", ""},
                                {"unit", ""},
                                {"arithmetic", ""},
                                {"reading", ""},
                                {"notice", ""}}};
  for (const ClaimAnswer& a : *answers) {
    const bool reference = a.claim->kind == ClaimSpec::Kind::reference;
    const bool computed = a.claim->formula.has_value();
    const auto number = [&](double value) { return computed ? TableCell(value) : TableCell(std::string("-")); };
    const std::string claimed = !computed ? std::string("-")
                                : a.claim->low == a.claim->high
                                    ? figure_text(a.claim->low)
                                    : fmt::format("{} to {}", figure_text(a.claim->low), figure_text(a.claim->high));
    table.rows.push_back({a.claim->id, a.claim->text, reference ? std::string("reference") : std::string(name(a.verdict)),
                          number(a.computed.value), number(a.computed.low), number(a.computed.high), claimed, a.claim->unit,
                          a.arithmetic, reference ? a.claim->explanation : a.claim->reading, std::string(hw::kExportNotice)});
  }
  if (notice_of(result).empty()) result.warnings.emplace_back(hw::kExportNotice);
  result.tables.push_back(std::move(table));
  return {};
}

}  // namespace gpufleet::scenarios
