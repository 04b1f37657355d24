// What breaks under a training job, and when: independent Poisson processes of accelerators, hosts, switches and software,
// planned stops, or faults read from a trace. Rates are per unit, so a job's time to failure falls as 1 / size.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace gpufleet::sim {

enum class FaultKind : std::uint8_t {
  gpu,             ///< an accelerator: its host leaves the job
  node,            ///< anything else in a host: the host leaves the job
  network_switch,  ///< a leaf switch or its cables: all hosts below it leave the job
  software,        ///< a crash that takes no hardware with it
  planned          ///< maintenance: the job is asked to stop, saves first, and loses no work
};
inline constexpr int kFaultKinds = 5;
std::string_view name(FaultKind kind);

/// Faults a second of one unit; 0 = never. Software and planned stops are counted per accelerator.
struct FaultRates {
  double gpu = 0, node = 0, network_switch = 0, software = 0, planned = 0;
  friend bool operator==(const FaultRates&, const FaultRates&) = default;
};

/// Hosts of one kind that a job holds.
struct FaultPool {
  int gpus = 0, nodes = 0;
  int nodes_per_switch = 1;  ///< hosts that one leaf switch takes down
  int spare_nodes = 0;       ///< kept ready beside the job
  FaultRates rates;
};

/// Faults a second of a kind in a pool, all its units together.
double total_rate(const FaultPool& pool, FaultKind kind);
/// Unplanned faults a second of the whole job.
double unplanned_rate(const std::vector<FaultPool>& pools);

struct Fault {
  double at = 0;  ///< seconds from the job's begin
  FaultKind kind = FaultKind::node;
  std::int32_t pool = 0;
  std::int32_t nodes = 0;  ///< hosts that leave the job
  friend bool operator==(const Fault&, const Fault&) = default;
};

/// Faults in the order of time: those drawn from the pools' rates, merged with a trace's.
class FaultStream {
 public:
  /// `trace` must be sorted by time. Both must outlive the stream.
  FaultStream(const std::vector<FaultPool>& pools, const std::vector<Fault>& trace, std::uint64_t seed);
  /// The next fault; its time is infinite when none will come.
  [[nodiscard]] const Fault& next() const { return next_; }
  void pop();
  /// Puts off the drawn faults: a job that stands still for lack of hosts wears nothing out. A trace's stay where they are.
  void postpone(double seconds);

 private:
  void draw();
  void choose();

  const std::vector<FaultPool>& pools_;
  const std::vector<Fault>& trace_;
  std::vector<double> cumulative_;  // by pool and kind
  RandomStream times_, kinds_;
  Fault drawn_, next_;
  std::size_t traced_ = 0;
};

}  // namespace gpufleet::sim
