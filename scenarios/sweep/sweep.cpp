#include "scenarios/sweep/sweep.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <numeric>
#include <thread>
#include <unordered_map>

#include "scenarios/raw_scenario.h"
#include "scenarios/sweep/known_points.h"
#include "scenarios/sweep/point_work.h"
#include "scenarios/sweep/point_writer.h"

namespace gpufleet::scenarios {
namespace {

// Which point of the sweep simulates a key; points that come to the same scenario share its row.
class Claims {
 public:
  /// The point that has the key: `index` if nobody claimed it before.
  std::size_t claim(const std::string& key, std::size_t index) {
    const std::lock_guard lock(mutex_);
    return owners_.try_emplace(key, index).first->second;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> owners_;
};

}  // namespace

Result<SweepResults> run_sweep(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware, Store* store,
                               const RunControl& control) {
  // What no point could be without: a file that reads.
  const Result<RawScenario> readable = load_scenario(request.scenario, request.overrides, catalogs.data);
  if (!readable) return readable.diagnostics();
  const PointWork points(request, catalogs, hardware);
  const Result<KnownPoints> known = known_points(store, points.suffix());
  if (!known) return known.diagnostics();

  const std::size_t count = request.points.size();
  SweepResults results;
  results.rows.resize(count);
  PointWriter writer(store);
  Claims claims;
  std::vector<std::size_t> owner(count);
  std::iota(owner.begin(), owner.end(), std::size_t{0});
  std::atomic<std::size_t> next{0}, simulated{0}, reused{0};
  const auto work_out = [&](std::size_t i) {
    PreparedPoint prepared = points.prepare(i);
    if (!prepared.scenario) {
      results.rows[i] = std::move(prepared.refused);
    } else if (const auto found = known->find(prepared.key); found != known->end()) {
      results.rows[i] = found->second;
      ++reused;
    } else if (owner[i] = claims.claim(prepared.key, i); owner[i] == i) {
      StoredPoint point = points.simulate(prepared, control);
      if (control.stopped()) return;  // cut short: not a result
      writer.add(to_row(point));
      results.rows[i] = std::move(point);
      ++simulated;
    }
  };
  const auto work = [&](const std::function<void()>& after_each) {
    for (std::size_t i = next++; i < count && !control.stopped() && !writer.failed(); i = next++) {
      work_out(i);
      writer.write_if_due();
      after_each();
    }
  };
  const unsigned wanted =
      request.jobs > 0 ? static_cast<unsigned>(request.jobs) : std::max(1U, std::thread::hardware_concurrency());
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min<std::size_t>(wanted, count); ++i) others.emplace_back([&work] { work([] {}); });
    work([&] { control.report(static_cast<double>(std::min(next.load(), count)) / static_cast<double>(count), "sweeping"); });
  }
  writer.write();
  if (has_errors(writer.problems())) return writer.problems();
  for (std::size_t i = 0; i < count; ++i)
    if (owner[i] != i) results.rows[i] = results.rows[owner[i]];
  results.simulated = simulated;
  results.reused = reused;
  return results;
}

}  // namespace gpufleet::scenarios
