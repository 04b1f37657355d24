// How long one iteration of a serving instance takes, for any mix of prefill chunks and decoding sequences. Kernels and
// communications are summed once into tables over (new tokens), (sequences, cached tokens) and (chunk, prefix); an iteration then
// costs a fixed handful of look-ups, however large its batch.
#pragma once

#include <string>

#include "hwprofiles/accelerator.h"
#include "hwprofiles/kernel_time.h"
#include "hwprofiles/sustained.h"
#include "models/serving_work.h"
#include "sim/serving/engine.h"
#include "sim/serving/grid.h"
#include "sim/training/timed_work.h"

namespace gpufleet::sim {

enum class BatchOverlap : std::uint8_t { none, two_batches };

/// Speculative decoding with the model's own MTP modules: `drafts` tokens a step, each accepted with probability `acceptance` if
/// all before it were. drafts = 0: none.
struct Speculation {
  int drafts = 0;
  double acceptance = 0;
  /// Tokens a step yields on the mean: 1 + p + p² + … + p^drafts.
  [[nodiscard]] double tokens_per_step() const;
  friend bool operator==(const Speculation&, const Speculation&) = default;
};

/// How evenly tokens fall on the ranks of an expert-parallel group: even (as some profiles force), rearranged (busy experts
/// copied and moved by load, EPLB), natural (as trained).
enum class ExpertBalance : std::uint8_t { even, rearranged, natural };
/// Load of the busiest of `ranks` ranks over the mean, `experts` routed experts in all. `rows`: of a rank, where they belong to
/// the sequences of a decode batch; 0 for prompts.
double busiest_rank(ExpertBalance balance, std::int64_t experts, int ranks, double rows);

/// Routed experts kept in the host's memory and computed by its processors (KTransformers), one socket's figures together.
struct HostOffload {
  bool on = false;
  double memory = 0;     ///< bytes
  double bandwidth = 0;  ///< bytes/s of weights
  double flops = 0;      ///< FLOP/s
  friend bool operator==(const HostOffload&, const HostOffload&) = default;
};

/// One kind of instance: the hardware it runs on and how the model is laid over it.
struct InstanceSpec {
  models::Architecture architecture;
  hw::Accelerator accelerator;
  hw::KernelTimeModel kernels;
  FabricModel fabric;
  int gpus_per_node = 8;
  models::ServingShard shard;
  models::ServingPrecision precision;
  ServingEngine engine;
  BatchOverlap prefill_overlap = BatchOverlap::none;
  BatchOverlap decode_overlap = BatchOverlap::none;
  Speculation speculation;
  HostOffload offload;
  ExpertBalance balance = ExpertBalance::natural;
  /// Of benchmarked rates, for prefill: ones, or what holds where prompts run without a break at the power limit.
  hw::SustainedRates sustained;
  double max_context = 131072;  ///< tokens of the longest sequence that tables must cover
};

/// Seconds of all layers for a number of new tokens of one attention group.
struct TokenCosts {
  double attention = 0;  ///< projections, norms
  double ffn = 0;        ///< dense, shared and routed experts, router
  double reduce = 0;     ///< collectives that stand in line with the kernels
  double dispatch = 0, combine = 0;
  double copies = 0;    ///< GPU time that low-latency exchange kernels take to send and receive
  double launches = 0;  ///< kernels
  friend TokenCosts operator+(const TokenCosts& a, const TokenCosts& b) {
    return {a.attention + b.attention, a.ffn + b.ffn,       a.reduce + b.reduce,    a.dispatch + b.dispatch,
            a.combine + b.combine,     a.copies + b.copies, a.launches + b.launches};
  }
  friend TokenCosts operator*(const TokenCosts& a, double f) {
    return {a.attention * f, a.ffn * f, a.reduce * f, a.dispatch * f, a.combine * f, a.copies * f, a.launches * f};
  }
};

/// What one iteration holds, of the busiest attention group.
struct IterationLoad {
  double decode_sequences = 0;
  double decode_cached = 0;  ///< sum of their cached tokens
  double prefill_tokens = 0;
  double prefill_core = 0;       ///< sum of prefill_core() over the chunks
  double prefill_sequences = 0;  ///< chunks
  double last_chunks = 0;        ///< of them, those that end a prompt and are sampled
};

/// Where an iteration's time goes, in seconds.
struct IterationParts {
  double attention_linear = 0, attention_core = 0, ffn = 0, collectives = 0, exchange = 0, head = 0, drafts = 0, host = 0,
         total = 0;
};

class IterationModel {
 public:
  /// Tables from the kernel and fabric models. `perturbation`: factors on kernel and network times, 1 for medians.
  IterationModel(const InstanceSpec& spec, const Perturbation& perturbation);
  /// A machine of constant rates, for tests of queueing laws: an iteration takes `per_prefill_token` seconds a token and
  /// `per_decode` seconds once if it decodes.
  static IterationModel constant(double per_prefill_token, double per_decode);

  /// Seconds of one iteration.
  [[nodiscard]] double seconds(const IterationLoad& load) const { return parts(load).total; }
  [[nodiscard]] IterationParts parts(const IterationLoad& load) const;
  /// Attention core of one chunk of `tokens` new tokens after `prefix` cached ones, all layers, as part of a batch.
  [[nodiscard]] double prefill_core(double tokens, double prefix) const { return prefill_.at(tokens, prefix); }
  [[nodiscard]] double tokens_per_step() const { return tokens_per_step_; }

 private:
  IterationModel() = default;
  struct Constant {
    bool on = false;
    double per_prefill_token = 0, per_decode = 0;
  };
  [[nodiscard]] double padded(double sequences) const;

  Curve<TokenCosts> decode_tokens_, prefill_tokens_;  ///< low-latency and throughput exchange
  Curve<TokenCosts> draft_;                           ///< one draft step
  Curve<double> head_;
  Surface decode_, prefill_;
  ServingEngine engine_;
  BatchOverlap prefill_overlap_ = BatchOverlap::none, decode_overlap_ = BatchOverlap::none;
  Constant constant_;
  double queries_ = 1, tokens_per_step_ = 1, drafts_ = 0, stages_ = 1, stage_send_ = 0;
};

}  // namespace gpufleet::sim
