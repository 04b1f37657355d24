#include "scenarios/search/instance_rates.h"

#include <algorithm>
#include <cmath>

namespace gpufleet::scenarios {
namespace {

// A promise holds for a share of requests, so their mean may lie a little above it.
constexpr double kSlack = 1.1;

class Rates {
 public:
  Rates(const sim::IterationModel& model, const sim::InstanceLimits& limits, const MeanRequest& request, const sim::Slo& slo)
      : model_(model), limits_(limits), request_(request), slo_(slo), new_(std::max(1.0, request.prompt - request.cached)) {}

  [[nodiscard]] InstanceRates best() const {
    InstanceRates out;
    const double prompt = prompt_seconds();
    if (slo_.ttft > 0 && single_prompt_seconds() > slo_.ttft) return out;
    out.prefill = limits_.groups / prompt;
    const double most = most_sequences();
    for (double batch = 1; batch <= most; batch = std::min(2 * batch, std::max(most, batch + 1))) {
      const double decode = decode_rate(batch);
      if (decode > out.decode) out.decode = decode, out.decode_batch = batch;
      out.joint = std::max({out.joint, taking_turns(batch, prompt), side_by_side(batch)});
    }
    return out;
  }

 private:
  [[nodiscard]] double most_sequences() const {
    const double tokens = static_cast<double>(limits_.kv_blocks) * limits_.block;
    return std::min<double>(limits_.max_sequences, tokens / (request_.prompt + 0.5 * request_.output));
  }
  [[nodiscard]] bool kept(double seconds_per_token) const { return slo_.tpot <= 0 || seconds_per_token <= kSlack * slo_.tpot; }

  // `prompts` at once, whole.
  [[nodiscard]] double whole_prompts(double prompts) const {
    return model_.seconds({.prefill_tokens = prompts * new_,
                           .prefill_core = prompts * model_.prefill_core(new_, request_.cached),
                           .prefill_sequences = prompts,
                           .last_chunks = prompts});
  }
  [[nodiscard]] double single_prompt_seconds() const {
    if (new_ <= limits_.max_batched_tokens) return whole_prompts(1);
    double seconds = 0;
    for (double done = 0; done < new_;) {
      const double chunk = std::min<double>(limits_.max_batched_tokens, new_ - done);
      const double last = done + chunk >= new_ ? 1 : 0;
      seconds += model_.seconds({.prefill_tokens = chunk,
                                 .prefill_core = model_.prefill_core(chunk, request_.cached + done),
                                 .prefill_sequences = 1,
                                 .last_chunks = last});
      done += chunk;
    }
    return seconds;
  }
  // Seconds a prompt costs one attention group in the batch that suits it.
  [[nodiscard]] double prompt_seconds() const {
    double best = single_prompt_seconds();
    for (double prompts = 2; prompts * new_ <= limits_.max_batched_tokens; prompts *= 2)
      best = std::min(best, whole_prompts(prompts) / prompts);
    return best;
  }
  [[nodiscard]] sim::IterationLoad decoding(double batch) const {
    return {.decode_sequences = batch, .decode_cached = batch * (request_.prompt + 0.5 * request_.output)};
  }
  [[nodiscard]] double decode_rate(double batch) const {
    const double seconds = model_.seconds(decoding(batch)) / model_.tokens_per_step();
    return kept(seconds) ? limits_.groups * batch / (seconds * request_.output) : 0.0;
  }
  // Prompts alone, then a decode iteration of all: what a request costs is its prompt and its share of the iterations.
  [[nodiscard]] double taking_turns(double batch, double prompt) const {
    const double iterations = request_.output / model_.tokens_per_step();
    const double seconds = prompt + iterations * model_.seconds(decoding(batch)) / batch;
    return kept(batch * seconds / request_.output) ? limits_.groups / seconds : 0.0;
  }
  // Every iteration decodes all and prefills as many prompts as answers end in it.
  [[nodiscard]] double side_by_side(double batch) const {
    const double prompts = batch * model_.tokens_per_step() / request_.output;
    if (prompts * new_ > limits_.max_batched_tokens) return 0;
    sim::IterationLoad load = decoding(batch);
    load.prefill_tokens = prompts * new_;
    load.prefill_core = prompts * model_.prefill_core(new_, request_.cached);
    load.prefill_sequences = load.last_chunks = prompts;
    const double seconds = model_.seconds(load);
    return kept(seconds / model_.tokens_per_step()) ? limits_.groups * prompts / seconds : 0.0;
  }

  const sim::IterationModel& model_;
  const sim::InstanceLimits& limits_;
  const MeanRequest& request_;
  const sim::Slo& slo_;
  double new_;
};

}  // namespace

MeanRequest mean_request(const sim::Workload& workload) {
  return {workload.prompt.mean, workload.cached_share * workload.prompt.mean, std::max(1.0, workload.output.mean)};
}

InstanceRates instance_rates(const sim::IterationModel& model, const sim::InstanceLimits& limits, const MeanRequest& request,
                             const sim::Slo& slo) {
  return Rates(model, limits, request, slo).best();
}

}  // namespace gpufleet::scenarios
