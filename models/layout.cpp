#include "models/layout.h"

#include <fmt/format.h>

namespace gpufleet::models {
namespace {

struct Reasons {
  Diagnostics out;
  void error(const char* key, std::string message, std::string hint = {}) {
    out.push_back({Severity::error, DiagnosticKind::usage, {}, key, std::move(message), std::move(hint)});
  }
  void warn(const char* key, std::string message) {
    out.push_back({Severity::warning, DiagnosticKind::usage, {}, key, std::move(message), ""});
  }
  // `what` (a count of `whole`) has to divide into `parts`.
  void divides(const char* key, std::int64_t whole, std::int64_t parts, const char* what, const char* degree) {
    if (whole % parts != 0) error(key, fmt::format("{} {} do not divide into {} = {} equal parts", whole, what, degree, parts));
  }
};

bool positive(Reasons& reasons, const Layout& l, const LayoutJob& job) {
  const auto check_one = [&](const char* key, std::int64_t value) {
    if (value < 1) reasons.error(key, fmt::format("must be at least 1, is {}", value));
  };
  check_one("layout.tp", l.tp);
  check_one("layout.pp", l.pp);
  check_one("layout.dp", l.dp);
  check_one("layout.ep", l.ep);
  check_one("layout.cp", l.cp);
  check_one("layout.expert_tp", l.expert_tp);
  check_one("layout.virtual_stages", l.virtual_stages);
  check_one("layout.micro_batch", l.micro_batch);
  check_one("global_batch", job.global_batch);
  check_one("sequence", job.sequence_length);
  return reasons.out.empty();
}

void check_gpus(Reasons& reasons, const Layout& l, const LayoutJob& job) {
  const std::int64_t used = std::int64_t{l.tp} * l.cp * l.pp * l.dp;
  if (used != job.gpus) {
    const std::int64_t model = std::int64_t{l.tp} * l.cp * l.pp;
    reasons.error(
        "layout.dp",
        fmt::format("tp {} x cp {} x pp {} x dp {} = {} GPUs, but the job has {}", l.tp, l.cp, l.pp, l.dp, used, job.gpus),
        job.gpus % model == 0 ? fmt::format("dp = {} would use them all", job.gpus / model) : std::string());
  }
  if (job.gpus_per_node <= 0 || l.tp_span == TensorParallelSpan::across_nodes) return;
  if (l.tp > job.gpus_per_node)
    reasons.error("layout.tp",
                  fmt::format("a tensor-parallel group of {} does not fit into a node of {} GPUs", l.tp, job.gpus_per_node),
                  "say so if it is meant to cross nodes, or use a smaller tp");
  else if (job.gpus_per_node % l.tp != 0)
    reasons.error("layout.tp",
                  fmt::format("groups of {} do not fill a node of {} GPUs, so some would cross nodes", l.tp, job.gpus_per_node),
                  "say so if they are meant to cross nodes");
}

void check_heads(Reasons& reasons, const Architecture& m, const Layout& l) {
  reasons.divides("layout.tp", m.heads, l.tp, "attention heads", "tp");
  if (m.attention == AttentionForm::gqa && m.kv_heads % l.tp != 0) {
    if (l.tp % m.kv_heads == 0)
      reasons.warn("layout.tp", fmt::format("tp = {} exceeds {} key/value heads, so each is held by {} ranks", l.tp, m.kv_heads,
                                            l.tp / m.kv_heads));
    else
      reasons.divides("layout.tp", m.kv_heads, l.tp, "key/value heads", "tp");
  }
  if (m.ffn_dense > 0) reasons.divides("layout.tp", m.ffn_dense, l.tp, "inner values of the FFN", "tp");
  if (m.shared_ffn > 0) reasons.divides("layout.tp", m.shared_ffn, l.tp, "inner values of the shared experts", "tp");
}

void check_experts(Reasons& reasons, const Architecture& m, const Layout& l) {
  if (m.routed_experts == 0) {
    if (l.ep > 1) reasons.error("layout.ep", fmt::format("{} has no experts to spread over ep = {}", m.name, l.ep));
    if (l.expert_tp > 1) reasons.error("layout.expert_tp", fmt::format("{} has no experts to split", m.name));
    return;
  }
  reasons.divides("layout.ep", m.routed_experts, l.ep, "experts", "ep");
  reasons.divides("layout.expert_tp", m.moe_ffn, l.expert_tp, "inner values of an expert", "expert_tp");
  const std::int64_t ranks = std::int64_t{l.tp} * l.cp * l.dp;
  if (ranks % (std::int64_t{l.ep} * l.expert_tp) != 0)
    reasons.error("layout.ep",
                  fmt::format("ep {} x expert_tp {} = {} does not divide the {} GPUs of a pipeline stage (tp {} x cp {} x dp {})",
                              l.ep, l.expert_tp, l.ep * l.expert_tp, ranks, l.tp, l.cp, l.dp));
  if (l.ep > 1 && l.tp > 1 && l.sequence_parallel == SequenceParallel::off)
    reasons.error("layout.ep",
                  "experts spread over ranks with tp > 1 need sequence parallelism, or tokens would be sent tp times");
}

// With one layer a chunk, frameworks let the embedding and the head be a chunk each (Llama 3, arXiv 2407.21783, s. 3.3.2).
constexpr std::int64_t kEndChunks = 2;

// Blocks of one pipeline that a step is played with; ten times what the largest published runs have. Each takes a kilobyte or
// two.
constexpr std::int64_t kMostBlocks = 32'768;

void check_pipeline(Reasons& reasons, const Architecture& m, const Layout& l, std::int64_t micro_batches) {
  const std::int64_t chunks = std::int64_t{l.pp} * l.virtual_stages;
  if (l.virtual_stages > 1 && l.pp == 1)
    reasons.error("layout.virtual_stages", "virtual stages need a pipeline (pp > 1)");
  else if (m.layers + (l.virtual_stages > 1 ? kEndChunks : 0) < chunks)
    reasons.error(l.virtual_stages > 1 ? "layout.virtual_stages" : "layout.pp",
                  fmt::format("{} layers cannot fill {} stages (pp {} x {} virtual)", m.layers, chunks, l.pp, l.virtual_stages));
  if (l.zero >= Zero::gradients && l.pp > 1)
    reasons.warn("layout.zero", "ZeRO-2 and ZeRO-3 under a pipeline reduce gradients or gather weights every micro-batch");
  if (micro_batches > kMostBlocks / chunks)
    reasons.error("global_batch",
                  fmt::format("{} micro-batches through {} stages are more than {} passes, the most that are simulated",
                              micro_batches, chunks, kMostBlocks));
  if (micro_batches > 0 && micro_batches < l.pp)
    reasons.warn("layout.pp", fmt::format("{} micro-batches do not fill a pipeline of {} stages", micro_batches, l.pp));
}

std::int64_t check_batch(Reasons& reasons, const Layout& l, const LayoutJob& job) {
  const std::int64_t together = std::int64_t{l.dp} * l.micro_batch;
  if (job.global_batch % together != 0) {
    reasons.error("global_batch", fmt::format("{} sequences do not divide into dp {} x micro_batch {} = {}", job.global_batch,
                                              l.dp, l.micro_batch, together));
    return 0;
  }
  return job.global_batch / together;
}

void check_sequence(Reasons& reasons, const Layout& l, const LayoutJob& job) {
  if (l.cp > 1 && job.sequence_length % (2 * std::int64_t{l.cp}) != 0)
    reasons.error("layout.cp",
                  fmt::format("a sequence of {} does not divide into the 2 x cp = {} chunks that balance a causal mask",
                              job.sequence_length, 2 * l.cp));
  else if (l.sequence_parallel == SequenceParallel::on && (job.sequence_length / l.cp) % l.tp != 0)
    reasons.error("layout.tp", fmt::format("sequence parallelism needs {} tokens a rank to divide by tp = {}",
                                           job.sequence_length / l.cp, l.tp));
}

}  // namespace

Diagnostics check_layout(const Architecture& architecture, const Layout& layout, const LayoutJob& job) {
  Reasons reasons;
  if (architecture.aggregate_only) {
    reasons.error("architecture", fmt::format("of {} only totals are known, so there is nothing to lay out", architecture.name));
    return reasons.out;
  }
  if (!positive(reasons, layout, job)) return reasons.out;
  check_gpus(reasons, layout, job);
  check_heads(reasons, architecture, layout);
  check_experts(reasons, architecture, layout);
  check_pipeline(reasons, architecture, layout, check_batch(reasons, layout, job));
  check_sequence(reasons, layout, job);
  return reasons.out;
}

}  // namespace gpufleet::models
