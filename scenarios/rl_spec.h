// What a scenario says about post-training by reinforcement learning, checked and typed; plan_rl.h turns it into the simulator's
// values.
#pragma once

#include <cstdint>

#include "scenarios/serving_spec.h"
#include "sim/training/rl.h"

namespace gpufleet::scenarios {

struct RlSpec {
  std::int64_t iterations = 1;
  std::int64_t answers = 1;  ///< of one iteration
  double prompt = 0;         ///< tokens
  sim::AnswerLengths lengths;
  double scoring_passes = 2;
  double score_seconds = 0, switch_seconds = 0;
  sim::RlPools pools = sim::RlPools::shared;
  ServingPoolSpec rollout;  ///< one instance and the fleet pool it runs on
};

}  // namespace gpufleet::scenarios
