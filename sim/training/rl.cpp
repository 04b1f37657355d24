#include "sim/training/rl.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "core/random.h"

namespace gpufleet::sim {
namespace {

/// Mean of the log-normal of median 1 cut off at `cut`.
double cut_mean(double median, double sigma, double cut) {
  const auto below = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const double z = (std::log(cut) - std::log(median)) / sigma;
  return median * std::exp(sigma * sigma / 2) * below(z - sigma) + cut * (1 - below(z));
}

/// Median for which the mean after the cut is the one asked for.
double median_for(const AnswerLengths& lengths) {
  double low = 1, high = lengths.longest;
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = std::sqrt(low * high);
    (cut_mean(middle, lengths.log_sigma, lengths.longest) < lengths.mean ? low : high) = middle;
  }
  return high;
}

/// An answer being written.
struct Writing {
  double ends_at = 0;  ///< in tokens of the group's clock: every sequence gains as many an iteration
  double length = 0;
  bool operator>(const Writing& other) const { return ends_at > other.ends_at; }
};

}  // namespace

std::vector<double> answer_lengths(const AnswerLengths& lengths, std::int64_t count) {
  std::vector<double> out;
  const double sigma = std::max(lengths.log_sigma, 1e-6), median = median_for(lengths);
  for (std::int64_t i = 0; i < count; ++i) {
    const double q = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    out.push_back(std::clamp(std::round(median * std::exp(sigma * inverse_normal(q))), 1.0, lengths.longest));
  }
  RandomStream order(1, "answers");
  for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[order.below(i)]);
  return out;
}

RolloutResult rollout(const IterationModel& model, const RolloutJob& job) {
  RolloutResult out;
  const auto groups = static_cast<std::int64_t>(job.instances) * job.groups;
  const std::int64_t own = std::max<std::int64_t>(1, (job.answers + groups - 1) / groups);
  const std::vector<double> all = answer_lengths(job.lengths, job.answers);
  for (const double length : all) out.tokens += length;
  std::vector<double> lengths = answer_lengths(job.lengths, own);
  *std::max_element(lengths.begin(), lengths.end()) = *std::max_element(all.begin(), all.end());

  std::priority_queue<Writing, std::vector<Writing>, std::greater<>> writing;
  std::size_t next = 0;
  double clock = 0, begun = 0;  // tokens of the group's clock, and the sum over its sequences of the clock at their begin
  double held = 0;              // tokens that the sequences being written will have in the cache at their ends
  double sequence_seconds = 0;
  const auto admit = [&] {
    double admitted = 0;
    while (next < lengths.size() && static_cast<int>(writing.size()) < job.max_sequences) {
      const double room = job.prompt + lengths[next];
      if (job.cache_tokens > 0 && !writing.empty() && held + room > job.cache_tokens) break;
      writing.push({clock + lengths[next], lengths[next]});
      begun += clock;
      held += room;
      ++next;
      ++admitted;
    }
    if (admitted == 0) return;
    out.seconds += model.seconds({.prefill_tokens = admitted * job.prompt,
                                  .prefill_core = admitted * model.prefill_core(job.prompt, 0),
                                  .prefill_sequences = admitted,
                                  .last_chunks = admitted});
  };
  admit();
  while (!writing.empty()) {
    const Writing first = writing.top();
    const auto sequences = static_cast<double>(writing.size());
    const double gain = first.ends_at - clock, middle = clock + gain / 2;
    const double cached = sequences * (job.prompt + middle) - begun;
    const double seconds = gain / model.tokens_per_step() *
                           model.seconds({.decode_sequences = sequences, .decode_cached = cached, .last_chunks = 0});
    out.seconds += seconds;
    sequence_seconds += seconds * sequences;
    clock = first.ends_at;
    while (!writing.empty() && writing.top().ends_at <= clock) {
      begun -= writing.top().ends_at - writing.top().length;
      held -= job.prompt + writing.top().length;
      writing.pop();
    }
    admit();
  }
  out.mean_batch = out.seconds > 0 ? sequence_seconds / out.seconds : 0.0;
  return out;
}

RlResult reinforcement(const RlPlan& plan, double tokens_per_second, double forward_share, double gpus) {
  constexpr double kHour = 3600;
  const RolloutResult written = rollout(plan.model, plan.rollout);
  const double tokens = written.tokens + static_cast<double>(plan.rollout.answers) * plan.rollout.prompt;
  RlResult out;
  out.rollout = written.seconds * plan.slower;
  out.update = tokens / tokens_per_second;
  out.scoring = plan.scoring_passes * out.update * forward_share + plan.score_seconds;
  out.tokens_per_second = out.rollout > 0 ? written.tokens / out.rollout : 0.0;
  const double learning = out.scoring + out.update + plan.switch_seconds;
  const bool split = plan.pools == RlPools::split;
  out.iteration = split ? std::max(out.rollout, learning) : out.rollout + learning;
  out.seconds = plan.iterations * out.iteration;
  out.gpu_hours = out.seconds * (gpus + (split ? plan.rollout_gpus : 0.0)) / kHour;
  return out;
}

}  // namespace gpufleet::sim
