// `validate serving`: published points of deployments and single iterations against predictions. Tiers A and B are compared, tier
// C and what cannot run are skipped with their reasons. The interval is that of the kernel fits' spreads on the instance's time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "hwprofiles/toml_document.h"
#include "scenarios/serving_engines.h"
#include "scenarios/serving_points.h"
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

ValidationRow row_of(const ServingPoint& point, const Figure& figure, const std::filesystem::path& file) {
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
                  {"metric", out.metric}};
  return out;
}

// Kernels of one class err together: a factor of one standard deviation times the 90 % quantile on all of them.
sim::Perturbation shifted(double sigmas) {
  constexpr double kClassSigma = 0.1;  // of an instance's time: classes average out
  sim::Perturbation out;
  out.kernel.fill(std::exp(sigmas * kClassSigma));
  out.network = std::exp(sigmas * kClassSigma);
  return out;
}

std::vector<std::filesystem::path> point_files(const std::filesystem::path& place) {
  if (!std::filesystem::is_directory(place)) return {place};
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(place))
    if (entry.path().extension() == ".csv") out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
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
  for (const std::filesystem::path& file : point_files(place)) {
    if (control.stopped()) break;
    const auto points = load_serving_points(file, *catalogs);
    if (!points) return points.diagnostics();
    const auto predict = [&](double sigmas) {
      return predict_points(*points, *catalogs, *hardware, catalogs->engines, shifted(sigmas), threads);
    };
    const auto middle = predict(0), slow = predict(kNormalQuantile90), fast = predict(-kNormalQuantile90);
    for (const auto* each : {&middle, &slow, &fast})
      if (!*each) return each->diagnostics();
    for (std::size_t i = 0; i < points->size(); ++i) {
      const ServingPoint& point = (*points)[i];
      ++out.cases;
      if (const std::string& why = (*middle)[i].refusal; !why.empty()) {
        out.skipped.push_back({point.id, why});
      } else if (point.tier == "C") {
        out.skipped.push_back({point.id, "tier C: " + point.note});
      } else {
        for (const Figure& figure : figures(point, (*middle)[i], (*slow)[i], (*fast)[i]))
          out.rows.push_back(row_of(point, figure, file));
      }
    }
  }
  return out;
}

}  // namespace gpufleet::scenarios
