// Equations. Without overlap an iteration is the sum of its parts. Two half batches that share one GPU take a layer's time of
// max(2·C, C + D): kernels C of the halves in turn, each half's exchange D behind the other's kernels. Speculation: the model
// sees 1 + drafts tokens a sequence, and every draft runs the MTP module (projection, one layer, head).
#include "sim/serving/iteration_time.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>

#include "sim/net/expert_exchange.h"

namespace gpufleet::sim {
namespace {

using models::CommKind;
using models::Part;

enum class Exchange : std::uint8_t { low_latency, throughput };

/// Times the work of one rank of an instance.
class Timer {
 public:
  Timer(const InstanceSpec& spec, const Perturbation& perturbation)
      : spec_(spec), perturbation_(perturbation), rank_{&spec.architecture, spec.shard, spec.precision, {}} {
    set_imbalance(Exchange::throughput, 0);
  }

  [[nodiscard]] TokenCosts iteration(double tokens, Exchange mode, bool overlapped) const {
    const auto t = static_cast<std::int64_t>(std::ceil(tokens));
    if (t == 0) return {};
    const models::Architecture& m = spec_.architecture;
    rank_.kernels.exchange_rows = mode == Exchange::low_latency ? models::ExchangeRows::sorted : models::ExchangeRows::unsorted;
    throughput_ = mode == Exchange::throughput;
    set_imbalance(mode, static_cast<double>(t));
    share_ = overlapped && mode == Exchange::throughput ? exchange_share() : 1.0;
    TokenCosts out = costs(models::embedding_serving_work(rank_, t), t, mode);
    out = out + costs(models::attention_linear_work(rank_, t), t, mode) * static_cast<double>(m.layers);
    const auto moe = static_cast<double>(m.moe_layers());
    if (static_cast<double>(m.layers) > moe)
      out = out +
            costs(models::ffn_serving_work(rank_, models::LayerKind::dense, t), t, mode) * (static_cast<double>(m.layers) - moe);
    if (moe > 0) out = out + costs(models::ffn_serving_work(rank_, models::LayerKind::moe, t), t, mode) * moe;
    share_ = 1.0;
    throughput_ = false;
    return out;
  }

  /// Projection of hidden state and embedding, one layer without its attention core, head.
  [[nodiscard]] TokenCosts draft(double sequences) const {
    const auto t = static_cast<std::int64_t>(std::ceil(sequences));
    if (t == 0 || spec_.architecture.mtp_layers == 0) return {};
    const std::int64_t h = spec_.architecture.hidden;
    set_imbalance(Exchange::low_latency, static_cast<double>(t));
    TokenCosts out = costs(models::attention_linear_work(rank_, t), t, Exchange::low_latency);
    out = out + costs(models::ffn_serving_work(rank_, spec_.architecture.mtp_kind(), t), t, Exchange::low_latency);
    out = out + costs(models::head_serving_work(rank_, t), t, Exchange::low_latency);
    out.ffn += seconds({Part::mtp, hw::Kernel(hw::Gemm{hw::Dtype::bf16, t, h, 2 * h})});
    out.launches += 1;
    return out;
  }

  [[nodiscard]] double sum(const models::ServingWork& work) const {
    double total = 0;
    for (const models::ServingItem& item : work) total += seconds(item);
    return total;
  }
  [[nodiscard]] const models::ServingRank& rank() const { return rank_; }
  [[nodiscard]] double stage_send(double tokens) const {
    if (spec_.shard.pp == 1) return 0;
    const double bytes = tokens * static_cast<double>(spec_.architecture.hidden) * 2 / spec_.shard.tp;
    const int stage = spec_.shard.ranks(), per_node = spec_.gpus_per_node;
    return collective(spec_.fabric, CollectiveOp::send_recv, bytes, {2, stage * 2 <= per_node ? 2 : 1}, CollectiveLibrary::nccl)
        .time.value();
  }

 private:
  // `tokens` of one attention group; a batch that is exchanged is one of decoding sequences.
  void set_imbalance(Exchange mode, double tokens) const {
    const models::Architecture& a = spec_.architecture;
    const double rows = tokens * spec_.shard.dp * static_cast<double>(a.top_k) / spec_.shard.ep;
    rank_.kernels.expert_imbalance =
        busiest_rank(spec_.balance, a.routed_experts, spec_.shard.ep, mode == Exchange::low_latency ? rows : 0.0);
  }
  [[nodiscard]] double exchange_share() const {
    if (!exchanges()) return 1.0;
    return 1.0 - static_cast<double>(spec_.engine.exchange_sms) / std::max(1, spec_.accelerator.sm_count);
  }
  [[nodiscard]] bool exchanges() const {
    return spec_.shard.experts == models::ExpertPlacement::exchange && spec_.shard.ep > 1 &&
           spec_.architecture.routed_experts > 0;
  }

  [[nodiscard]] TokenCosts costs(const models::ServingWork& work, std::int64_t tokens, Exchange mode) const {
    TokenCosts out;
    for (const models::ServingItem& item : work) {
      if (const auto* comm = std::get_if<models::Comm>(&item.work)) {
        if (comm->kind == CommKind::ep_dispatch || comm->kind == CommKind::ep_combine)
          add_exchange(out, *comm, tokens, mode);
        else
          out.reduce += seconds(item);
      } else {
        const bool attention = item.part == Part::attention_projection || item.part == Part::attention_core;
        (attention ? out.attention : out.ffn) += seconds(item);
      }
      out.launches += 1;
    }
    return out;
  }

  void add_exchange(TokenCosts& out, const models::Comm& comm, std::int64_t tokens, Exchange mode) const {
    const models::Architecture& a = spec_.architecture;
    const bool dispatch = comm.kind == CommKind::ep_dispatch;
    const hw::Dtype dtype = dispatch ? spec_.precision.dispatch : spec_.precision.combine;
    const int groups = static_cast<int>(std::max<std::int64_t>(1, a.expert_groups));
    const double mine = static_cast<double>(tokens) / spec_.shard.tp;
    const ExpertExchange exchange{.tokens = mine,
                                  .hidden = static_cast<int>(a.hidden),
                                  .top_k = static_cast<int>(a.top_k),
                                  .experts = static_cast<int>(a.routed_experts),
                                  .groups = groups,
                                  .group_limit = a.expert_groups > 1 ? static_cast<int>(a.topk_groups) : groups,
                                  .ranks = spec_.shard.ep,
                                  .ranks_per_node = std::min(spec_.shard.ep, spec_.gpus_per_node),
                                  .dispatch_bytes = hw::bytes_per_value(dtype),
                                  .combine_bytes = hw::bytes_per_value(dtype),
                                  .imbalance = rank_.kernels.expert_imbalance,
                                  .sms = spec_.engine.exchange_sms,
                                  .mode = mode == Exchange::low_latency ? ExchangeMode::low_latency : ExchangeMode::throughput};
    const auto direction = dispatch ? ExchangeDirection::dispatch : ExchangeDirection::combine;
    const double time = expert_exchange(spec_.fabric, exchange, direction).time.value() * perturbation_.network;
    (dispatch ? out.dispatch : out.combine) += time * spec_.engine.exchange_stretch;
    if (mode == Exchange::throughput) return;
    // Low-latency kernels give the SMs back while bytes travel, but their two ends are kernels that move whole rows: the sender
    // casts its tokens once and lets the NIC read them; the receiver packs what arrived, a row for each choice; on the way back
    // those rows are laid out for the NIC, and the receiver adds them up (DeepEP, internode_ll.cu).
    const double row = static_cast<double>(a.hidden), rows = mine * static_cast<double>(a.top_k);
    const double value = hw::bytes_per_value(dtype);
    const double out_bytes = dispatch ? mine * row * (2 + value) : 2 * rows * row * value;
    const double in_bytes = dispatch ? 2 * rows * row * value : (rows + mine) * row * value;
    for (const double bytes : {out_bytes, in_bytes})
      out.copies += seconds({Part::permute, hw::Kernel(hw::Stream{hw::StreamKind::copy, bytes, 1})});
  }

  [[nodiscard]] double seconds(const models::ServingItem& item) const {
    if (const auto* comm = std::get_if<models::Comm>(&item.work))
      return collective_seconds(*comm, item.part) * perturbation_.network;
    const auto& kernel = std::get<hw::Kernel>(item.work);
    if (spec_.offload.on)
      if (const auto* grouped = std::get_if<hw::GroupedGemm>(&kernel); grouped != nullptr && item.part == Part::expert_ffn)
        return host_seconds(*grouped, item.stored);
    const double factor = perturbation_.kernel[static_cast<std::size_t>(hw::class_of(kernel))] * spec_.engine.compute_stretch;
    const double rate = throughput_ ? sustained(kernel) : 1.0;
    return (item.stored == hw::Dtype::int4 ? widened_seconds(kernel, item.stored) : plain(kernel)) * factor / rate +
           spec_.engine.graph_gap;
  }
  [[nodiscard]] double sustained(const hw::Kernel& kernel) const {
    const hw::SustainedRates& rates = spec_.sustained;
    const auto product = [&](hw::Dtype dtype) {
      if (hw::bytes_per_value(dtype) > 1) return rates.gemm_16bit;
      return spec_.precision.scaling == models::Fp8Scaling::tensor ? rates.gemm_8bit_tensor : rates.gemm_8bit;
    };
    if (const auto* gemm = std::get_if<hw::Gemm>(&kernel)) return product(gemm->dtype);
    if (const auto* grouped = std::get_if<hw::GroupedGemm>(&kernel)) return product(grouped->dtype);
    return std::holds_alternative<hw::Stream>(kernel) ? rates.memory : rates.attention;
  }
  [[nodiscard]] double plain(const hw::Kernel& kernel) const {
    if (share_ < 1) return spec_.kernels.time(kernel, {share_}).seconds;
    return spec_.kernels.time(kernel).seconds;
  }

  [[nodiscard]] double host_seconds(const hw::GroupedGemm& gemm, hw::Dtype stored) const {
    const double weights = static_cast<double>(gemm.groups) * static_cast<double>(gemm.n) * static_cast<double>(gemm.k);
    const double flops = 2 * static_cast<double>(gemm.rows) * static_cast<double>(gemm.n) * static_cast<double>(gemm.k);
    return std::max(weights * hw::bytes_per_value(stored) / spec_.offload.bandwidth, flops / spec_.offload.flops);
  }

  // Weights are read narrow and multiplied wide: the traffic of a GEMM whose inner length shrinks with the weights, and never
  // less than the products, taken at the rate of a GEMM large enough to be bound by them.
  [[nodiscard]] double widened_seconds(const hw::Kernel& kernel, hw::Dtype stored) const {
    const double ratio = hw::bytes_per_value(stored) / 2;
    const auto shorter = [&](std::int64_t k) { return std::max<std::int64_t>(1, std::llround(static_cast<double>(k) * ratio)); };
    constexpr std::int64_t kManyRows = 4096;
    if (const auto* gemm = std::get_if<hw::Gemm>(&kernel)) {
      hw::Gemm narrow = *gemm, large = *gemm;
      narrow.k = shorter(gemm->k);
      large.m = std::max(kManyRows, gemm->m);
      const double products = plain(large) * static_cast<double>(gemm->m) / static_cast<double>(large.m);
      return std::max(plain(narrow), products);
    }
    if (const auto* grouped = std::get_if<hw::GroupedGemm>(&kernel)) {
      hw::GroupedGemm narrow = *grouped, large = *grouped;
      narrow.k = shorter(grouped->k);
      large.rows = std::max(kManyRows * grouped->groups, grouped->rows);
      const double products = plain(large) * static_cast<double>(grouped->rows) / static_cast<double>(large.rows);
      return std::max(plain(narrow), products);
    }
    return plain(kernel);
  }

  [[nodiscard]] double collective_seconds(const models::Comm& comm, Part part) const {
    // What joins attention groups spans the instance; the rest stays in a tensor-parallel group.
    const bool wide = part == Part::permute || part == Part::expert_ffn;
    const int ranks = wide ? spec_.shard.ranks() : spec_.shard.tp;
    const GroupPlacement group{ranks, std::min(ranks, spec_.gpus_per_node)};
    const CollectiveOp op = comm.kind == CommKind::tp_all_reduce   ? CollectiveOp::all_reduce
                            : comm.kind == CommKind::tp_all_gather ? CollectiveOp::all_gather
                                                                   : CollectiveOp::reduce_scatter;
    return collective(spec_.fabric, op, comm.bytes, group, spec_.engine.all_reduce).time.value();
  }

  const InstanceSpec& spec_;
  const Perturbation& perturbation_;
  mutable models::ServingRank rank_;
  mutable double share_ = 1.0;
  mutable bool throughput_ = false;
};

double whole(double x) { return std::max(1.0, std::ceil(x)); }
std::int64_t count(double x) { return static_cast<std::int64_t>(whole(x)); }

}  // namespace

double busiest_rank(ExpertBalance balance, std::int64_t experts, int ranks, double rows) {
  if (ranks == 1 || experts == 0 || balance == ExpertBalance::even) return 1;
  // The largest of n sums over e experts' popularities lies √(2·ln n / e) of one popularity's deviation above the mean. Measured
  // by what SGLang's prefill on 32 ranks of 9 experts loses (LMSYS, 5 May 2025): 50,302 tokens/s a node with EPLB, 59,337 with
  // perfect balance, so 1.18 times as long for the whole iteration, of which experts and their exchange, which alone wait for the
  // busiest rank, are 46 %. Without EPLB: 2.5 times as long for decoding on 72 ranks.
  constexpr double kTrained = 1, kRearranged = 0.445;
  const auto extreme = [&](double over) { return std::sqrt(2 * std::log(static_cast<double>(ranks)) / over); };
  const double own = static_cast<double>(experts) / ranks;
  if (balance == ExpertBalance::natural) return 1 + kTrained * extreme(own);
  // Prompts are about one thing each, a hundred of them a batch; the sequences of a decode batch are thousands and only chance is
  // left: the fullest of n bins that get m rows each on the mean holds m + √(2·m·ln n).
  const double lasting = 1 + kRearranged * extreme(own);
  return rows > 0 ? std::min(lasting, 1 + extreme(rows)) : lasting;
}

double Speculation::tokens_per_step() const {
  double total = 1, product = 1;
  for (int i = 0; i < drafts; ++i) total += product *= acceptance;
  return total;
}

IterationModel IterationModel::constant(double per_prefill_token, double per_decode) {
  IterationModel out;
  out.constant_ = {true, per_prefill_token, per_decode};
  out.prefill_ = Surface(Grid(1, 16), Grid(1, 16), [](double, double) { return 0.0; });
  return out;
}

IterationModel::IterationModel(const InstanceSpec& spec, const Perturbation& perturbation)
    : engine_(spec.engine), prefill_overlap_(spec.prefill_overlap), decode_overlap_(spec.decode_overlap) {
  const Timer timer(spec, perturbation);
  const auto layers = static_cast<double>(spec.architecture.layers);
  queries_ = 1 + spec.speculation.drafts;
  drafts_ = spec.speculation.drafts;
  tokens_per_step_ = spec.speculation.tokens_per_step();
  stages_ = spec.shard.pp;
  stage_send_ = timer.stage_send(256);

  const double most_sequences = engine_.max_sequences;
  const double most_tokens = std::max<double>(engine_.max_batched_tokens, most_sequences * queries_) + most_sequences;
  constexpr int kFine = 8, kCoarse = 4;
  const auto tokens = [&](Exchange mode, BatchOverlap overlap) {
    return [&timer, mode, overlap](double t) { return timer.iteration(t, mode, overlap == BatchOverlap::two_batches); };
  };
  decode_tokens_ = Curve<TokenCosts>(Grid(kFine, most_sequences * queries_), tokens(Exchange::low_latency, decode_overlap_));
  prefill_tokens_ = Curve<TokenCosts>(Grid(kFine, most_tokens), tokens(Exchange::throughput, prefill_overlap_));
  if (drafts_ > 0) draft_ = Curve<TokenCosts>(Grid(kFine, most_sequences), [&](double b) { return timer.draft(b); });
  head_ = Curve<double>(Grid(kFine, most_sequences * queries_ + 64), [&](double rows) {
    return rows < 1 ? 0.0 : timer.sum(models::head_serving_work(timer.rank(), count(rows)));
  });
  decode_ = Surface(Grid(kCoarse, most_sequences), Grid(kCoarse, spec.max_context), [&](double b, double cached) {
    if (b < 1) return 0.0;
    return layers *
           timer.sum(models::attention_decode_work(timer.rank(), count(b), static_cast<std::int64_t>(queries_), count(cached)));
  });
  // A batch of short prompts shares one launch: each is timed as its part of a batch that fills a few thousand tokens.
  constexpr double kFilled = 4096;
  prefill_ = Surface(Grid(kCoarse, engine_.max_batched_tokens), Grid(kCoarse, spec.max_context), [&](double q, double prefix) {
    if (q < 1) return 0.0;
    const double sequences = whole(kFilled / q);
    return layers *
           timer.sum(
               models::attention_prefill_work(timer.rank(), count(sequences), count(q), static_cast<std::int64_t>(prefix))) /
           sequences;
  });
}

double IterationModel::padded(double sequences) const {
  const auto& sizes = engine_.graph_sizes;
  const auto at = std::lower_bound(sizes.begin(), sizes.end(), sequences);
  return at == sizes.end() ? sequences : static_cast<double>(*at);
}

IterationParts IterationModel::parts(const IterationLoad& load) const {
  IterationParts out;
  if (constant_.on) {
    out.total = load.prefill_tokens * constant_.per_prefill_token + (load.decode_sequences > 0 ? constant_.per_decode : 0.0);
    return out;
  }
  const bool prefill = load.prefill_tokens > 0;
  const double share = 1 / stages_;  // of the batch that is in one pipeline stage at a time
  const double sequences = load.decode_sequences * share;
  const double decoding = prefill ? sequences : padded(sequences);
  const double tokens = decoding * queries_ + load.prefill_tokens * share;
  const BatchOverlap overlap = prefill ? prefill_overlap_ : decode_overlap_;
  const double half = overlap == BatchOverlap::two_batches ? 0.5 : 1.0;
  const TokenCosts costs = (prefill ? prefill_tokens_ : decode_tokens_).at(tokens * half);

  const double mean_cached = load.decode_sequences > 0 ? load.decode_cached / load.decode_sequences : 0.0;
  double core = load.prefill_core * share * half;
  if (sequences > 0) core += decode_.at(std::max(1.0, sequences * half), mean_cached);

  const double compute = costs.attention + core + costs.ffn + costs.reduce + costs.copies;
  const double exchange = costs.dispatch + costs.combine;
  double gpu = 0;
  if (overlap == BatchOverlap::two_batches) {
    gpu = std::max(2 * compute, compute + exchange);
    out.exchange = gpu - 2 * compute;
  } else {
    gpu = compute + exchange;
    out.exchange = exchange;
  }
  const double batches = 1 / half;
  out.attention_linear = batches * costs.attention;
  out.attention_core = batches * core;
  out.ffn = batches * (costs.ffn + costs.copies);
  out.collectives = batches * costs.reduce + stages_ * stage_send_;
  out.head = head_.at(sequences * queries_ + load.last_chunks * share);
  if (drafts_ > 0 && sequences > 0) {
    const TokenCosts draft = draft_.at(sequences);
    out.drafts = drafts_ * (draft.attention + draft.ffn + draft.reduce + draft.dispatch + draft.combine + draft.copies);
  }
  gpu += out.head + out.drafts + stages_ * stage_send_;
  if (prefill) gpu = std::max(gpu, batches * costs.launches * engine_.eager_launch);
  out.host = engine_.host_step + engine_.host_per_sequence * (load.decode_sequences + load.prefill_sequences) +
             (prefill ? engine_.host_prefill : 0.0);
  out.total = gpu + out.host;
  return out;
}

}  // namespace gpufleet::sim
