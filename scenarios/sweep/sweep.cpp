#include "scenarios/sweep/sweep.h"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "scenarios/run_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

std::string first_error(const Diagnostics& diagnostics) {
  for (const Diagnostic& one : diagnostics)
    if (one.severity == Severity::error) return one.key.empty() ? one.message : fmt::format("{}: {}", one.key, one.message);
  return "refused";
}

PointStatus status_of(const Diagnostics& diagnostics) {
  const bool infeasible = std::all_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& one) {
    return one.severity == Severity::warning || one.kind == DiagnosticKind::infeasible;
  });
  return infeasible ? PointStatus::infeasible : PointStatus::invalid;
}

// Points that are ready to be written, and those that anyone has begun.
class Desk {
 public:
  explicit Desk(std::map<std::string, StoredPoint> known) : done_(std::move(known)) {}

  /// True once for each key: the caller is to simulate it.
  bool claim(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return done_.try_emplace(key).second;
  }
  void finish(const StoredPoint& point) {
    {
      const std::lock_guard lock(mutex_);
      done_[point.key] = point;
      ready_.push_back(point);
    }
    changed_.notify_one();
  }
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      --workers_;
    }
    changed_.notify_one();
  }
  void enter() { ++workers_; }

  /// Waits for finished points; empty once all workers have left and nothing is left to write.
  std::vector<StoredPoint> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || workers_ == 0; });
    return std::exchange(ready_, {});
  }
  /// Only when no worker is left.
  [[nodiscard]] const std::map<std::string, StoredPoint>& done() const { return done_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, StoredPoint> done_;
  std::vector<StoredPoint> ready_;
  int workers_ = 0;
};

struct Prepared {
  std::optional<Scenario> scenario;
  StoredPoint refused;  // where there is no scenario
};

Prepared prepare(const SweepRequest& request, const std::vector<std::string>& values, const Catalogs& catalogs) {
  std::vector<std::string> overrides = request.overrides;
  for (std::size_t a = 0; a < request.axes.size(); ++a)
    if (!values[a].empty()) overrides.push_back(request.axes[a].key + "=" + values[a]);
  const auto refused = [&](const Diagnostics& why) {
    StoredPoint point;
    point.status = PointStatus::invalid;
    point.message = first_error(why);
    return point;
  };
  const Result<RawScenario> raw = load_scenario(request.scenario, overrides, catalogs.data);
  if (!raw) return {std::nullopt, refused(raw.diagnostics())};
  Result<Scenario> scenario = validate(*raw, catalogs);
  if (!scenario) return {std::nullopt, refused(scenario.diagnostics())};
  return {std::move(scenario).value(), {}};
}

StoredPoint simulate(const Scenario& scenario, const std::string& key, const SweepRequest& request, const Catalogs& catalogs,
                     const HardwareData& hardware, const RunControl& control) {
  StoredPoint point;
  point.key = key;
  RunSettings settings;
  settings.seed = request.seed;
  settings.draws = request.draws;
  const Result<RunOutput> output = run_scenario(scenario, catalogs, hardware, settings, {control.stop, {}});
  if (!output) {
    point.status = status_of(output.diagnostics());
    point.message = first_error(output.diagnostics());
    return point;
  }
  point.status = output->memory_refusal.empty() ? PointStatus::done : PointStatus::infeasible;
  point.message = output->memory_refusal;
  for (const MetricValue& metric : output->result.metrics) point.metrics.push_back({metric.name, metric.estimate});
  return point;
}

}  // namespace

Result<SweepResults> run_sweep(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware, Store* store,
                               const RunControl& control) {
  // What no point could be without: a file that reads.
  const Result<RawScenario> readable = load_scenario(request.scenario, request.overrides, catalogs.data);
  if (!readable) return readable.diagnostics();

  const std::string suffix = fmt::format("/{}/{}/{}", request.seed, program_version(), request.draws);
  std::map<std::string, StoredPoint> known;
  if (store != nullptr) {
    Result<std::vector<StoredPoint>> stored = store->points(suffix);
    if (!stored) return stored.diagnostics();
    for (StoredPoint& point : *stored) known.emplace(point.key, point);
  }
  SweepResults results;
  const std::map<std::string, StoredPoint> before = known;
  Desk desk(std::move(known));
  std::vector<std::string> keys(request.points.size());
  std::vector<StoredPoint> refused(request.points.size());
  std::atomic<std::size_t> next{0}, passed{0};
  const auto work = [&] {
    for (std::size_t i = next.fetch_add(1); i < request.points.size() && !control.stopped(); i = next.fetch_add(1)) {
      Prepared prepared = prepare(request, request.points[i], catalogs);
      if (!prepared.scenario) {
        refused[i] = std::move(prepared.refused);
      } else {
        const std::string key = prepared.scenario->hash + suffix;
        if (desk.claim(key)) {
          StoredPoint point = simulate(*prepared.scenario, key, request, catalogs, hardware, control);
          if (control.stopped()) break;  // cut short: not a result
          desk.finish(point);
        }
        keys[i] = key;
      }
      passed.fetch_add(1);
    }
    desk.leave();
  };
  const unsigned wanted =
      request.jobs > 0 ? static_cast<unsigned>(request.jobs) : std::max(1U, std::thread::hardware_concurrency());
  const std::size_t workers = std::max<std::size_t>(1, std::min<std::size_t>(wanted, request.points.size()));
  for (std::size_t i = 0; i < workers; ++i) desk.enter();
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work);
  Diagnostics problems;
  for (std::vector<StoredPoint> points = desk.take(); !points.empty(); points = desk.take()) {
    results.simulated += points.size();
    if (store != nullptr && problems.empty()) problems = store->put(points);
    control.report(static_cast<double>(passed.load()) / static_cast<double>(request.points.size()), "sweeping");
  }
  threads.clear();
  if (has_errors(problems)) return problems;

  for (std::size_t i = 0; i < request.points.size(); ++i) {
    const auto found = desk.done().find(keys[i]);
    results.rows.push_back(keys[i].empty() || found == desk.done().end() ? refused[i] : found->second);
    if (before.contains(keys[i])) ++results.reused;
  }
  return results;
}

}  // namespace gpufleet::scenarios
