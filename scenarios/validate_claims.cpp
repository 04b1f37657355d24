#include "scenarios/validate_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hwprofiles/accelerator_catalog.h"
#include "scenarios/validate_lots.h"
#include "scenarios/validate_parts.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::array<std::string_view, 4> kVerdicts{"supported", "plausible", "contradicted", "cannot be settled"};

std::string chip_of(const TypedTable& table, const Catalogs& catalogs, Diagnostics& sink) {
  const std::optional<std::string> wanted = table.text("accelerator");
  if (!wanted) return {};
  const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs.accelerators, *wanted);
  if (chip) return chip->name;
  sink.push_back(table.error("accelerator", fmt::format("unknown accelerator \"{}\"", *wanted),
                             did_you_mean(*wanted, accelerator_names(catalogs))));
  return {};
}

PriceFigure read_price_figure(const TypedTable& table, const Catalogs& catalogs, Diagnostics& sink) {
  PriceFigure out{.name = table.text("name").value_or("")};
  out.accelerator = chip_of(table, catalogs, sink);
  out.kind = table.text("kind").value_or("purchase");
  out.assumption = table.text("assumption").value_or("");
  out.region = table.text("region").value_or("US");
  out.date = read_date(table, "date", "2025-01-01", sink);
  if (out.assumption.empty() && out.accelerator.empty() && !table.has("accelerator"))
    sink.push_back(table.error("accelerator", "a price has `accelerator` or `assumption`", {}));
  if (!hw::price_kind_from_name(out.kind))
    sink.push_back(table.error("kind", fmt::format("\"{}\" is no kind of price", out.kind), {}));
  return out;
}

ClaimSpec read_statement(const TypedTable& table, ClaimSpec::Kind kind, Diagnostics& sink) {
  ClaimSpec out{.kind = kind,
                .id = table.text("id").value_or(""),
                .text = table.text("text").value_or(""),
                .unit = table.text("unit").value_or("")};
  if (const auto formula = table.text("formula")) {
    Result<Formula> parsed = parse_formula(*formula);
    if (parsed)
      out.formula = std::move(parsed).value();
    else
      sink.push_back(table.error("formula", parsed.diagnostics().front().message, {}));
  }
  const std::string relation = table.text("relation").value_or("equals");
  out.relation = relation == "at-least" ? Relation::at_least : relation == "at-most" ? Relation::at_most : Relation::equals;
  const std::optional<double> value = table.number("value"), low = table.number("low"), high = table.number("high");
  out.low = value.value_or(low.value_or(0));
  out.high = value.value_or(high.value_or(out.low));
  if (out.formula && !value && !(low && high))
    sink.push_back(table.error("value", "a formula needs a `value`, or `low` and `high`, to be held against", {}));
  if (out.high < out.low) sink.push_back(table.error("high", "is below low", {}));
  out.tolerance = table.number("tolerance").value_or(0.1);
  out.source = table.text("source").value_or("");
  if (kind == ClaimSpec::Kind::reference) {
    out.explanation = table.text("explanation").value_or("");
    return out;
  }
  out.reading = table.text("reading").value_or("");
  out.unsettled = table.text("unsettled").value_or("");
  if (const auto evidence = table.text("evidence")) out.evidence = verdict_from_name(*evidence);
  if (!out.formula && out.unsettled.empty() && !table.has("formula"))
    sink.push_back(table.error("formula", "a claim has a formula, or says in `unsettled` why nothing can be computed", {}));
  return out;
}

}  // namespace

std::string_view name(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }
std::optional<Verdict> verdict_from_name(std::string_view text) {
  for (std::size_t i = 0; i < kVerdicts.size(); ++i)
    if (kVerdicts[i] == text) return static_cast<Verdict>(i);
  return std::nullopt;
}

std::vector<std::string> split_overrides(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    std::string_view part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (!part.empty()) out.emplace_back(part);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

ClaimsSpec read_claims(const TypedTable& claims, const Catalogs& catalogs, const std::filesystem::path& folder,
                       Diagnostics& sink) {
  ClaimsSpec out;
  for (const TypedTable& table : claims.tables("given")) {
    const double value = table.number("value").value_or(0);
    out.given.push_back({table.text("name").value_or(""),
                         table.text("unit").value_or(""),
                         table.text("source").value_or(""),
                         {value, table.number("low").value_or(value), table.number("high").value_or(value)},
                         table.flag("assumed").value_or(false)});
  }
  for (const TypedTable& table : claims.tables("chip"))
    out.chips.push_back({table.text("name").value_or(""), chip_of(table, catalogs, sink)});
  for (const TypedTable& table : claims.tables("price")) out.prices.push_back(read_price_figure(table, catalogs, sink));
  for (const TypedTable& table : claims.tables("status"))
    out.statuses.push_back({table.text("name").value_or(""), chip_of(table, catalogs, sink), table.text("to").value_or("CN"),
                            read_date(table, "date", "2025-01-01", sink)});
  for (const TypedTable& table : claims.tables("run")) {
    ClaimRun run{.name = table.text("name").value_or("")};
    if (table.text("scenario")) run.scenario = named_file(table, "scenario", folder, sink).generic_string();
    run.overrides = split_overrides(table.text("set").value_or(""));
    out.runs.push_back(std::move(run));
  }
  for (const TypedTable& table : claims.tables("claim"))
    out.claims.push_back(read_statement(table, ClaimSpec::Kind::claim, sink));
  for (const TypedTable& table : claims.tables("reference"))
    out.claims.push_back(read_statement(table, ClaimSpec::Kind::reference, sink));
  return out;
}

}  // namespace gpufleet::scenarios
