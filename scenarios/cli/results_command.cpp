// `gpufleet results`: what the store holds.
#include <fmt/format.h>
#include <algorithm>

#include "scenarios/cli/commands.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/records.h"
#include "scenarios/output/text_table.h"
#include "scenarios/store/store.h"

namespace gpufleet::scenarios::cli {
namespace {

using What = ResultsOptions::What;

std::string list(const std::vector<StoredResult>& results, Format format) {
  std::vector<Record> records;
  for (const StoredResult& result : results)
    records.push_back({{"id", static_cast<double>(result.id)},
                       {"scenario", result.scenario_name},
                       {"title", result.title},
                       {"scenario_hash", result.scenario_hash},
                       {"seed", fmt::format("{}", result.seed)},
                       {"version", result.version}});
  constexpr int kDigits = 15;
  return list_text(records, format, kDigits);
}

std::string show(const StoredResult& result, Format format) {
  if (format == Format::json) return result.json;
  std::vector<Record> records;
  for (const StoredMetric& metric : result.metrics) {
    const Estimate& e = metric.estimate;
    if (format == Format::csv) {
      records.push_back({{"metric", metric.name},
                         {"value", e.value},
                         {"unit", metric.unit},
                         {"low", e.low},
                         {"high", e.high},
                         {"provenance", metric.provenance}});
    } else {
      const int digits = deserved_digits(e);
      records.push_back({{"metric", metric.name},
                         {"value", number_text(e.value, digits)},
                         {"unit", metric.unit},
                         {"low", number_text(e.low, digits)},
                         {"high", number_text(e.high, digits)},
                         {"provenance", metric.provenance}});
    }
  }
  constexpr int kDigits = 4;
  const std::string head =
      format == Format::csv ? "" : fmt::format("result {}: {} ({})\n\n", result.id, result.title, result.scenario_name);
  return head + list_text(records, format, kDigits);
}

std::string diff(const StoredResult& a, const StoredResult& b, Format format) {
  std::vector<Record> records;
  const auto add = [&](const std::string& name, const std::string& unit, const StoredMetric* left, const StoredMetric* right) {
    const auto text = [&](const StoredMetric* metric) {
      return metric == nullptr         ? std::string("-")
             : format == Format::table ? number_text(metric->estimate.value, deserved_digits(metric->estimate))
                                       : fmt::format("{}", metric->estimate.value);
    };
    const bool comparable = left != nullptr && right != nullptr && left->estimate.value != 0;
    records.push_back(
        {{"metric", name},
         {"unit", unit},
         {fmt::format("result_{}", a.id), text(left)},
         {fmt::format("result_{}", b.id), text(right)},
         {"change", comparable ? percent_text(right->estimate.value / left->estimate.value - 1) : std::string("-")}});
  };
  const auto find = [](const StoredResult& in, const std::string& name) -> const StoredMetric* {
    const auto it = std::find_if(in.metrics.begin(), in.metrics.end(), [&](const StoredMetric& m) { return m.name == name; });
    return it == in.metrics.end() ? nullptr : &*it;
  };
  for (const StoredMetric& metric : a.metrics) add(metric.name, metric.unit, &metric, find(b, metric.name));
  for (const StoredMetric& metric : b.metrics)
    if (find(a, metric.name) == nullptr) add(metric.name, metric.unit, nullptr, &metric);
  constexpr int kDigits = 4;
  return list_text(records, format, kDigits);
}

}  // namespace

int results_command(const ResultsOptions& options, Console& console) {
  Result<Store> store = Store::open(options.database.empty() ? "gpufleet.db" : options.database, Store::Mode::read_only);
  if (!store) {
    console.diagnose(store.diagnostics());
    return kBadInput;
  }
  if (options.what == What::list) {
    const Result<std::vector<StoredResult>> results = store->list();
    console.diagnose(results.diagnostics());
    if (!results) return kBadInput;
    console.print(list(*results, options.format));
    return kDone;
  }
  std::vector<StoredResult> chosen;
  for (const std::int64_t id : options.ids) {
    Result<StoredResult> result = store->get(id);
    console.diagnose(result.diagnostics());
    if (!result) return kBadInput;
    chosen.push_back(std::move(result).value());
  }
  if (options.what == What::diff) {
    console.print(diff(chosen[0], chosen[1], options.format));
  } else if (options.what == What::export_one) {
    console.print(chosen[0].json);
  } else {
    console.print(show(chosen[0], options.format));
  }
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
