// Layer work turned into seconds: each kernel by the kernel-time model, each communication by the fabric, on the hardware of one
// pipeline stage. What comes out are lists of timed items; how they overlap is decided in blocks.h.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/layer_work.h"
#include "models/memory.h"
#include "sim/training/job.h"
#include "sim/training/link_share.h"

namespace gpufleet::sim {

/// What a piece of time is spent on, for breakdowns and the critical path.
enum class Cost : std::uint8_t {
  gemm,
  grouped_gemm,
  attention,
  memory_bound,
  tensor_comm,
  expert_comm,
  context_comm,
  parameter_comm,
  pipeline_comm
};
inline constexpr int kCosts = 9;
std::string_view name(Cost cost);

/// Multipliers on predicted times, one a kernel class and one for the network: 1 everywhere gives the medians. Drawn from the
/// fits' spreads, they give a result's interval.
struct Perturbation {
  std::array<double, hw::kKernelClasses> kernel;
  double network = 1;
  Perturbation() { kernel.fill(1.0); }
};

struct TimedItem {
  Cost cost = Cost::gemm;
  models::CommKind comm = models::CommKind::tp_all_reduce;  ///< meaningful for communication
  bool network = false;
  bool shared_expert = false;
  bool beside_product = false;  ///< of tensor-parallel communication: see models::GradientComm
  double seconds = 0;
  double host = 0;            ///< seconds that the host takes to issue it
  LinkUse use;                ///< of a communication
  double seconds_shared = 0;  ///< while the other stream is busy too: fewer SMs for compute, contended memory for an exchange
};

/// Seconds of a communication, and the links that it keeps busy meanwhile.
struct TimedTransfer {
  double seconds = 0;
  LinkUse use;
};
TimedTransfer timed_transfer(const CollectiveTime& time);

struct TimedLayer {
  std::vector<TimedItem> forward, backward_input, backward_weight;
  double parameter_gather = 0;  ///< seconds to gather this layer's sharded weights (ZeRO-3); 0 otherwise
  double gradient_scatter = 0;  ///< seconds to reduce-scatter its gradients (ZeRO-3)
};

/// Times work on stage `stage` of the job. Holds references: job must outlive it.
class WorkTimer {
 public:
  WorkTimer(const TrainingJob& job, int stage, const Perturbation& perturbation);

  [[nodiscard]] TimedLayer layer(models::LayerKind kind) const;
  [[nodiscard]] TimedLayer embedding() const;
  [[nodiscard]] TimedLayer head() const;
  [[nodiscard]] TimedLayer mtp() const;
  [[nodiscard]] double kernel_seconds(const hw::Kernel& kernel) const;

 private:
  [[nodiscard]] TimedLayer timed(const models::LayerWork& work) const;
  enum class Pass : std::uint8_t { forward, input, weight };
  [[nodiscard]] std::vector<TimedItem> timed(const std::vector<models::WorkItem>& items, Pass pass) const;
  [[nodiscard]] TimedItem timed(const models::WorkItem& item, Pass pass) const;
  [[nodiscard]] TimedTransfer comm(const models::Comm& comm, Pass pass) const;
  /// Share of the benchmarked rate that holds in a long run.
  [[nodiscard]] double sustained(const hw::Kernel& kernel, Pass pass) const;
  [[nodiscard]] models::MicroBatch micro_batch() const;
  void add_sharding(TimedLayer& layer, const models::RankParameters& parameters) const;

  const TrainingJob& job_;
  const TrainingPool& pool_;
  Perturbation perturbation_;
  int stage_;
  int tp_;
  double slowest_;  ///< a synchronous step runs at the pace of its slowest chip
  hw::SmShare shared_;
};

/// SMs that the job's communication kernels hold on an accelerator: comm_sms, or the communication library's usual channels.
double communication_share(const TrainingJob& job, const hw::Accelerator& accelerator);

}  // namespace gpufleet::sim
