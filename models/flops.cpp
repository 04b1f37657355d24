#include "models/flops.h"

#include "models/parameters.h"

namespace gpufleet::models {
namespace {

double d(std::int64_t value) { return static_cast<double>(value); }

double core_flops(const Architecture& m, std::int64_t sequence, AttentionCount count) {
  const double full = 2 * d(sequence) * d(m.heads) * d(m.head_dim + m.v_head_dim);
  return count == AttentionCount::causal ? full / 2 : full;
}

double layer_flops(const Architecture& m, LayerKind kind, std::int64_t sequence, AttentionCount count) {
  return 2 * layer_linear_macs(m, kind) + core_flops(m, sequence, count);
}

}  // namespace

double forward_flops_per_token(const Architecture& m, std::int64_t sequence, AttentionCount count) {
  if (m.aggregate_only) return 2 * m.claimed.active_parameters;
  double sum = 2 * head_linear_macs(m);
  const std::int64_t dense = m.layers - m.moe_layers();
  if (dense > 0) sum += d(dense) * layer_flops(m, LayerKind::dense, sequence, count);
  if (m.moe_layers() > 0) sum += d(m.moe_layers()) * layer_flops(m, LayerKind::moe, sequence, count);
  return sum;
}

double training_flops_per_token(const Architecture& m, std::int64_t sequence, AttentionCount count) {
  return 3 * forward_flops_per_token(m, sequence, count);
}

double mtp_training_flops_per_token(const Architecture& m, std::int64_t sequence, AttentionCount count) {
  if (m.mtp_layers == 0 || m.aggregate_only) return 0;
  const double module = 4 * d(m.hidden) * d(m.hidden) + layer_flops(m, m.mtp_kind(), sequence, count) + 2 * head_linear_macs(m);
  return 3 * d(m.mtp_layers) * module;
}

}  // namespace gpufleet::models
