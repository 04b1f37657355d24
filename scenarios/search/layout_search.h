// The best parallel layouts of a training scenario: every valid one is bounded from below, those that fit in memory are simulated
// in the order of their bounds until no bound is left that could beat the N-th best. The answer does not depend on the number of
// threads; with a time limit it depends on how far the search came, and says so.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "core/statistics.h"
#include "scenarios/plan_training.h"
#include "sim/search/layout_space.h"
#include "sim/training/step_part.h"

namespace gpufleet::scenarios {

enum class LayoutObjective : std::uint8_t { time, cost, memory, energy };

struct LayoutRequest {
  LayoutObjective objective = LayoutObjective::time;
  int top = 10;
  int draws = 24;
  std::uint64_t seed = 1;
  int jobs = 0;        ///< threads; 0 = one a core
  double seconds = 0;  ///< after which the best so far is given; 0 = no limit
};

struct FoundLayout {
  std::string text;
  double bound = 0;              ///< seconds
  double seconds = 0;            ///< of a step
  Estimate interval;             ///< of the same
  double memory = 0;             ///< bytes of the fullest GPU
  std::optional<double> usd;     ///< of a step; nothing without prices
  std::optional<double> joules;  ///< of a step; nothing where a chip's power is not known
  int gpus = 0;
  std::array<double, sim::kStepParts> parts{};  ///< seconds, mean over the stages; their sum is the step
  double first_beats = 0;                       ///< share of draws in which the first of the list is faster
  std::size_t variants = 1;                     ///< of recomputation and ZeRO stage that were simulated
};

struct LayoutAnswer {
  std::size_t candidates = 0;  ///< valid layouts
  std::size_t too_big = 0;     ///< of them, that do not fit in memory
  std::size_t ruled_out = 0;   ///< by their bound
  std::size_t simulated = 0;
  double enumerate_seconds = 0, simulate_seconds = 0;
  bool certain = true;  ///< false: stopped before every bound was above the last of the list
  std::vector<FoundLayout> top;
  std::vector<FoundLayout> front;  ///< of the simulated ones: none is better in time, memory and cost at once
  std::optional<FoundLayout> own;  ///< the scenario's layout
  std::string own_refusal;         ///< why that does not fit; empty if it does
  std::size_t own_rank = 0;        ///< simulated distinct layouts that are better
};

/// `usd_per_gpu_hour` by pool; empty without prices. Errors: objective cost without prices; no layout fits.
Result<LayoutAnswer> search_layouts(const sim::TrainingRun& run, const std::vector<std::optional<double>>& usd_per_gpu_hour,
                                    const LayoutRequest& request, const RunControl& control);

}  // namespace gpufleet::scenarios
