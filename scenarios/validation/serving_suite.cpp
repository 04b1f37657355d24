// `validate serving`: published points of deployments and single iterations against predictions. Tiers A and B are compared, tier
// C and what cannot run are skipped with their reasons. The interval is that of the kernel fits' spreads on the instance's time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/random.h"
#include "hwprofiles/toml_document.h"
#include "scenarios/serving_engines.h"
#include "scenarios/serving_points.h"
#include "scenarios/validation/serving_cases.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kTierBTolerance = 0.3;

struct Figure {
  std::string_view metric, unit;
  double measured = 0, predicted = 0, slow = 0, fast = 0;
};

std::vector<Figure> figures(const ServingPoint& point, const PointPrediction& middle, const PointPrediction& slow,
                            const PointPrediction& fast) {
  std::vector<Figure> out;
  const auto add = [&](std::string_view metric, std::string_view unit, const std::optional<double>& measured,
                       double PointPrediction::*value) {
    if (measured && *measured > 0) out.push_back({metric, unit, *measured, middle.*value, slow.*value, fast.*value});
  };
  add("ttft_mean", "s", point.ttft, &PointPrediction::ttft);
  add("tpot_mean", "s", point.tpot, &PointPrediction::tpot);
  add("output_tokens_per_second_per_gpu", "tokens/s", point.output_per_gpu, &PointPrediction::output_per_gpu);
  add("input_tokens_per_second_per_gpu", "tokens/s", point.input_per_gpu, &PointPrediction::input_per_gpu);
  return out;
}

// Times to the first token stand for themselves: near full load they are queues, which any error multiplies.
std::string load_of(std::string_view metric, double utilisation) {
  constexpr double kFull = 0.85;
  if (metric != "ttft_mean") return "any";
  return utilisation < kFull ? "first token below 85 % of capacity" : "first token from 85 % of capacity";
}

ValidationRow row_of(const ServingPoint& point, const Figure& figure, const std::filesystem::path& file, double utilisation) {
  ValidationRow out;
  out.id = point.id + (figure.metric == "ttft_mean" && point.tpot ? "-ttft" : "");
  out.metric = figure.metric;
  out.unit = figure.unit;
  out.source = point.source;
  out.case_file = file.filename().string();
  out.measured = figure.measured;
  out.predicted = figure.predicted;
  out.low = std::min({figure.predicted, figure.slow, figure.fast});
  out.high = std::max({figure.predicted, figure.slow, figure.fast});
  out.error = figure.predicted / figure.measured - 1;
  out.tolerance = point.tier == "B" ? kTierBTolerance : 0;
  out.note = point.note;
  const std::size_t dash = point.id.find('-');
  out.features = {{"tier", point.tier},
                  {"model", point.model},
                  {"chip", point.fleet.accelerator},
                  {"engine", point.pool.engine},
                  {"series", point.id.substr(0, dash)},
                  {"load", load_of(figure.metric, utilisation)},
                  {"half", stable_hash(point.id) % 2 == 0 ? "fitted on" : "set aside"},  // as gpufleet-fit-serving splits them
                  {"metric", out.metric}};
  return out;
}

// Tables of points and scenarios with [[measured]] figures, in the order of their paths.
std::vector<std::filesystem::path> case_files(const std::filesystem::path& place, std::error_code& error) {
  if (std::filesystem::is_regular_file(place, error)) return {place};
  std::vector<std::filesystem::path> out;
  for (auto it = std::filesystem::recursive_directory_iterator(place, error);
       !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
    const auto name = it->path().filename();
    if (it->is_directory() && (name == "defaults" || name == "traces")) it.disable_recursion_pending();  // parts of cases
    const auto extension = it->path().extension();
    if (it->is_regular_file() && (extension == ".csv" || extension == ".toml")) out.push_back(it->path());
  }
  std::ranges::sort(out);
  return out;
}

Diagnostics add_points(const std::filesystem::path& file, const Catalogs& catalogs, const HardwareData& hardware, int threads,
                       const RunControl& control, ValidationReport& out) {
  const auto points = load_serving_points(file, catalogs);
  if (!points) return points.diagnostics();
  const auto predict = [&](double sigmas) {
    return predict_points(*points, catalogs, hardware, catalogs.engines, sigmas, threads);
  };
  const auto middle = predict(0);
  if (control.stopped()) return {};
  const auto slow = predict(kNormalQuantile90);
  if (control.stopped()) return {};
  const auto fast = predict(-kNormalQuantile90);
  for (const auto* each : {&middle, &slow, &fast})
    if (!*each) return each->diagnostics();
  for (std::size_t i = 0; i < points->size(); ++i) {
    const ServingPoint& point = (*points)[i];
    ++out.cases;
    if (const std::string& why = (*middle)[i].refusal; !why.empty()) {
      out.skipped.push_back({point.id, why});
      continue;
    }
    std::string shown;
    for (const Figure& figure : figures(point, (*middle)[i], (*slow)[i], (*fast)[i])) {
      ValidationRow row = row_of(point, figure, file, (*middle)[i].utilisation);
      // Tier C is never compared: its figures stand beside the prediction among the skipped.
      if (point.tier == "C")
        shown += fmt::format("; {} measured {:.4g}, predicted {:.4g} {}", row.metric, row.measured, row.predicted, row.unit);
      else
        out.rows.push_back(std::move(row));
    }
    if (point.tier == "C") out.skipped.push_back({point.id, fmt::format("tier C: {}{}", point.note, shown)});
  }
  return {};
}

}  // namespace

Result<ValidationReport> validate_serving(const SuiteInput& input, const RunControl& control) {
  const auto catalogs = load_catalogs(input.data);
  if (!catalogs) return catalogs.diagnostics();
  const auto hardware = load_hardware_data(input.data);
  if (!hardware) return hardware.diagnostics();

  ValidationReport out;
  out.suite = "serving";
  const std::filesystem::path place = input.cases.empty() ? input.data.scenarios / "validation" / "serving" : input.cases;
  const int threads = input.jobs > 0 ? input.jobs : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::error_code error;
  for (const std::filesystem::path& file : case_files(place, error)) {
    if (control.stopped()) break;
    if (file.extension() == ".toml") {
      add_serving_case(file, input, *catalogs, *hardware, control, out);
    } else if (const Diagnostics problems = add_points(file, *catalogs, *hardware, threads, control, out); has_errors(problems)) {
      return problems;
    }
  }
  if (error)
    return Diagnostic{.where = {place.generic_string(), 0, 0}, .message = "no cases there: " + error.message(), .hint = {}};
  return out;
}

}  // namespace gpufleet::scenarios
