// Reinforcement learning after pre-training (GRPO as in DeepSeek-R1, Nature 2025): each iteration a policy writes many answers,
// they are scored by forward passes of old policy and reference, and the policy is updated on all of them. The writing lasts as
// long as the longest answer: as others end, the batch thins out and the decoder speeds up only as far as its iteration time lets
// it.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/iteration_time.h"

namespace gpufleet::sim {

/// Lengths of answers in tokens: log-normal with this mean and spread, cut off at `longest`.
struct AnswerLengths {
  double mean = 1000;
  double log_sigma = 0.8;
  double longest = 32768;
};

struct RolloutJob {
  std::int64_t answers = 0;  ///< of one iteration, over all instances
  double prompt = 0;         ///< tokens
  AnswerLengths lengths;
  int instances = 1;
  int groups = 1;               ///< attention groups of an instance (data parallel)
  int max_sequences = 1 << 20;  ///< at once, of a group
  double cache_tokens = 0;      ///< room of a group for keys and values; 0 = enough
};

struct RolloutResult {
  double seconds = 0;
  double tokens = 0;      ///< written, over all answers
  double mean_batch = 0;  ///< sequences of a group, mean over time
};

/// Lengths of `count` answers, at the quantiles (i + 1/2) / count; the order is shuffled by a fixed rule.
std::vector<double> answer_lengths(const AnswerLengths& lengths, std::int64_t count);

/// The group that has the longest answer of all, from the first prompt to its last token.
RolloutResult rollout(const IterationModel& model, const RolloutJob& job);

enum class RlPools : std::uint8_t { shared, split };

/// Post-training by reinforcement learning; the update is the run's main phase.
struct RlPlan {
  double iterations = 1;  ///< rollouts, each followed by updates on all its answers
  RolloutJob rollout;
  IterationModel model;       ///< of one rollout instance
  double scoring_passes = 2;  ///< forward passes of every answer besides the update: old policy and reference
  double switch_seconds = 0;  ///< of weights from the update's layout to the rollout's, and back
  double score_seconds = 0;   ///< of rewards (tests, rules) that nothing hides, an iteration
  RlPools pools = RlPools::shared;
  double slower = 1;        ///< factor on the time of writing
  double rollout_gpus = 0;  ///< of a pool of their own; with shared pools the update's
};

struct RlResult {
  double rollout = 0, scoring = 0, update = 0, iteration = 0;  ///< seconds of one iteration
  double seconds = 0, gpu_hours = 0;                           ///< of the whole
  double tokens_per_second = 0;                                ///< written while writing, over all instances
};

/// `tokens_per_second` of training steps, and their share that a forward pass alone takes; `gpus` of the update.
/// Shared pools: the phases follow each other. Split pools: the next rollout runs beside the update, one policy behind.
RlResult reinforcement(const RlPlan& plan, double tokens_per_second, double forward_share, double gpus);

}  // namespace gpufleet::sim
