// A scenario's figures at once, before it is simulated: the folded training step without its spread; a serving deployment as a
// steady state of its iteration times; a fleet's totals in full. What stands behind each is the model of the simulation itself,
// so the numbers are near the simulated ones; intervals, queues and time are what is missing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "scenarios/plan_serving.h"
#include "scenarios/run_result.h"

namespace gpufleet::gui {

/// Serving plans already worked out, by what they are made of; rates, lengths and numbers of instances may change freely.
class InstantMemory {
 public:
  std::shared_ptr<const sim::ServingJob> find(const std::string& key) const;
  void keep(const std::string& key, std::shared_ptr<const sim::ServingJob> job);

 private:
  std::unordered_map<std::string, std::shared_ptr<const sim::ServingJob>> jobs_;
};

/// Nothing where no part of the scenario has a fast answer, or where its plan is refused.
std::optional<scenarios::RunResult> instant_result(const scenarios::Scenario& scenario, const scenarios::Catalogs& catalogs,
                                                   const scenarios::HardwareData& hardware, InstantMemory& memory);

/// The steady state of a deployment: Little's law on decode iterations, prompts in between, queues of M/D/1.
struct SteadyServing {
  double output_rate = 0, input_rate = 0;  ///< tokens/s of the whole
  double ttft = 0, tpot = 0;               ///< s
  double batch = 0;                        ///< sequences of a decode iteration, whole instance
  double decode_busy = 0, prefill_busy = 0;
  double kv_used = 0;  ///< share
};
SteadyServing steady_serving(const sim::ServingJob& job);

}  // namespace gpufleet::gui
