// What if inputs were different: which cases to simulate, and what their results say. Pure functions; sensitivity.h runs them.
#pragma once

#include "gui/result_tables.h"

namespace gpufleet::gui {

struct SensitivityCase {
  QString path;   ///< as `--set` writes it
  QString typed;  ///< the value tried
  double factor = 1;
  QString second_path = {}, second_typed = {};  ///< of a heat map
  double second_factor = 1;
  std::uint64_t seed = 0;  ///< not 0: one draw from the kernels' and links' spreads, with this seed
  std::shared_ptr<const scenarios::Scenario> scenario;
};

/// Numeric keys that the scenario sets, with the number and what follows it ("400", " Gb/s").
struct NumericInput {
  QString path;
  double number = 0;
  QString suffix;
  bool whole = false;
};
std::vector<NumericInput> numeric_inputs(const Meaning& meaning);
/// Cases that validate; a factor that rounds to the same whole number is left out. `only` empty = all inputs.
std::vector<SensitivityCase> sensitivity_cases(const Document& document, const Meaning& meaning, const QString& only,
                                               const std::vector<double>& factors, const scenarios::Catalogs& catalogs);
/// Every pair of factors on two inputs, the first fastest. Cases that do not validate have no scenario.
std::vector<SensitivityCase> heat_cases(const Document& document, const Meaning& meaning, const QString& across,
                                        const QString& up, const std::vector<double>& factors,
                                        const scenarios::Catalogs& catalogs);
/// Each factor on one input `draws` times, with seeds of their own.
std::vector<SensitivityCase> fan_cases(const Document& document, const Meaning& meaning, const QString& only,
                                       const std::vector<double>& factors, int draws, const scenarios::Catalogs& catalogs);

/// What simulations of cases gave; `runs` by case, null where there is none yet.
struct SensitivityAnswer {
  const std::vector<SensitivityCase>& cases;
  const std::vector<std::shared_ptr<const Run>>& runs;
  const Run* base = nullptr;  ///< the scenario as it is
  QString metric;
};
ChartData tornado_chart(const SensitivityAnswer& answer);
ChartData sweep_chart(const SensitivityAnswer& answer);
ChartData heat_chart(const SensitivityAnswer& answer);
/// Percentiles 10, 25, 50, 75, 90 over an input: of the draws; where a metric has none, of each result's own interval.
ChartData fan_chart(const SensitivityAnswer& answer);

}  // namespace gpufleet::gui
