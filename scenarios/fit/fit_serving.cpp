// gpufleet-fit-serving: fits what engines add to their kernels (scenarios/engines.toml) on half of the shipped serving points.
//   gpufleet-fit-serving [--sweeps N]
// A point is fitted on when the hash of its id is even; the other half only judges. One set of constants an engine, between
// bounds that the engines' own traces give. Coordinate descent on the mean of |ln(predicted / measured)|, cut so that no odd row
// pulls; prints the constants, writes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string_view>

#include "core/random.h"
#include "core/statistics.h"
#include "scenarios/catalogs.h"
#include "scenarios/serving_points.h"

namespace {

using namespace gpufleet;
using namespace gpufleet::scenarios;

constexpr double kMostCounted = 0.4;
// A time to the first token is a queue more often than not; half the weight of a rate.
constexpr double kFirstTokenWeight = 0.5;
constexpr std::size_t kFewestRows = 20;

struct Constant {
  std::string_view key;
  double sim::ServingEngine::*value;
  double low, high, unit;
  std::string_view unit_name;
};
constexpr std::array kConstants{
    Constant{"host_step", &sim::ServingEngine::host_step, 0.1e-3, 3e-3, 1e-3, "ms"},
    Constant{"host_per_sequence", &sim::ServingEngine::host_per_sequence, 1e-6, 60e-6, 1e-6, "us"},
    Constant{"host_prefill", &sim::ServingEngine::host_prefill, 0.5e-3, 25e-3, 1e-3, "ms"},
    Constant{"eager_launch", &sim::ServingEngine::eager_launch, 2e-6, 15e-6, 1e-6, "us"},
    Constant{"graph_gap", &sim::ServingEngine::graph_gap, 0.1e-6, 2e-6, 1e-6, "us"},
    Constant{"exchange_stretch", &sim::ServingEngine::exchange_stretch, 1, 2.8, 1, ""},
};

bool fitted_on(const ServingPoint& point) { return stable_hash(point.id) % 2 == 0; }

struct Errors {
  std::vector<double> rates, first_tokens;  ///< ln(predicted / measured)
};

class Fit {
 public:
  Fit(Catalogs catalogs, HardwareData hardware, std::vector<ServingPoint> points)
      : catalogs_(std::move(catalogs)), hardware_(std::move(hardware)), points_(std::move(points)), engines_(catalogs_.engines) {}

  [[nodiscard]] Errors errors(const std::vector<ServingPoint>& points) const {
    Errors out;
    const auto predicted = predict_points(points, catalogs_, hardware_, engines_, 0, 2);
    if (!predicted) return out;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const PointPrediction& p = (*predicted)[i];
      if (!p.refusal.empty()) continue;
      const auto add = [](std::vector<double>& to, const std::optional<double>& measured, double value) {
        if (measured && *measured > 0 && value > 0) to.push_back(std::log(value / *measured));
      };
      add(out.first_tokens, points[i].ttft, p.ttft);
      add(out.rates, points[i].tpot, p.tpot);
      add(out.rates, points[i].output_per_gpu, p.output_per_gpu);
      add(out.rates, points[i].input_per_gpu, p.input_per_gpu);
    }
    return out;
  }

  void tell(const char* when) const {
    for (const bool half : {true, false}) {
      std::vector<ServingPoint> some;
      std::ranges::copy_if(points_, std::back_inserter(some), [&](const ServingPoint& p) { return fitted_on(p) == half; });
      const Errors e = errors(some);
      const auto line = [&](std::string_view what, std::vector<double> values) {
        for (double& value : values) value = std::fabs(value);
        if (!values.empty())
          fmt::print("{}, {}: {} {} figures, median |ln| {:.3f}, 90 % {:.3f}\n", when, half ? "fitted on" : "set aside",
                     values.size(), what, median(values), quantile(values, 0.9));
      };
      line("rate", e.rates);
      line("first-token", e.first_tokens);
    }
  }

  void run(int sweeps) {
    for (sim::ServingEngine& engine : engines_) {
      std::vector<ServingPoint> mine;
      std::ranges::copy_if(points_, std::back_inserter(mine),
                           [&](const ServingPoint& p) { return fitted_on(p) && p.pool.engine == engine.name; });
      if (mine.size() < kFewestRows) continue;
      const bool exchanges = std::ranges::any_of(
          mine, [](const ServingPoint& p) { return p.pool.shard.experts == models::ExpertPlacement::exchange; });
      double best = loss(errors(mine));
      fmt::print("{}: {} points, mean loss {:.4f}", engine.name, mine.size(), best);
      double pace = 0.6;
      for (int sweep = 0; sweep < sweeps; ++sweep, pace /= 2)
        for (const Constant& constant : kConstants) {
          if (constant.key == "exchange_stretch" && !exchanges) continue;
          descend(engine, constant, mine, pace, best);
        }
      fmt::print(" -> {:.4f}\n", best);
      for (const Constant& constant : kConstants) {
        const double value = engine.*constant.value;
        fmt::print("  {} = {:.3g} {}{}\n", constant.key, value / constant.unit, constant.unit_name,
                   value <= constant.low || value >= constant.high ? " (at its bound)" : "");
      }
    }
  }

 private:
  static double loss(const Errors& e) {
    double sum = 0, weight = 0;
    const auto add = [&](const std::vector<double>& values, double each) {
      for (const double value : values) sum += each * std::min(std::fabs(value), kMostCounted), weight += each;
    };
    add(e.rates, 1);
    add(e.first_tokens, kFirstTokenWeight);
    return sum / std::max(weight, 1.0);
  }

  void descend(sim::ServingEngine& engine, const Constant& constant, const std::vector<ServingPoint>& mine, double pace,
               double& best) const {
    for (const double factor : {1 + pace, 1 / (1 + pace)})
      for (int step = 0; step < 3; ++step) {
        const double before = engine.*constant.value;
        engine.*constant.value = std::clamp(before * factor, constant.low, constant.high);
        const double now = engine.*constant.value == before ? best : loss(errors(mine));
        if (now < best - 1e-5) {
          best = now;
          continue;
        }
        engine.*constant.value = before;
        break;
      }
  }

  Catalogs catalogs_;
  HardwareData hardware_;
  std::vector<ServingPoint> points_;
  std::vector<sim::ServingEngine> engines_;
};

}  // namespace

int main(int argc, char** argv) {
  int sweeps = 2;
  for (int i = 1; i + 1 < argc; ++i)
    if (std::string_view(argv[i]) == "--sweeps") sweeps = std::atoi(argv[i + 1]);
  const DataPaths data = find_data();
  Result<Catalogs> catalogs = load_catalogs(data);
  Result<HardwareData> hardware = load_hardware_data(data);
  if (!catalogs || !hardware) {
    fmt::print(stderr, "{}{}", to_text(catalogs.diagnostics()), to_text(hardware.diagnostics()));
    return 2;
  }
  std::vector<ServingPoint> points;
  for (const char* file : {"deployments.csv", "published.csv"}) {
    Result<std::vector<ServingPoint>> some = load_serving_points(data.scenarios / "validation" / "serving" / file, *catalogs);
    if (!some) {
      fmt::print(stderr, "{}", to_text(some.diagnostics()));
      return 2;
    }
    std::ranges::copy_if(*some, std::back_inserter(points), [](const ServingPoint& p) { return p.tier != "C"; });
  }
  Fit fit(std::move(catalogs).value(), std::move(hardware).value(), std::move(points));
  fit.tell("before");
  fit.run(sweeps);
  fit.tell("after");
  return 0;
}
