// FLOPs and bytes of emitted work, for tests and breakdowns.
#include "models/work.h"
#include "models/counts.h"

#include <algorithm>

namespace gpufleet::models {
namespace {

struct KernelFlops {
  double operator()(const hw::Gemm& g) const { return 2.0 * as_double(g.m) * as_double(g.n) * as_double(g.k); }
  double operator()(const hw::GroupedGemm& g) const { return 2.0 * as_double(g.rows) * as_double(g.n) * as_double(g.k); }
  double operator()(const hw::Attention& a) const {
    const double q = as_double(a.q_len), kv = as_double(a.kv_len);
    const double pairs = a.mask == hw::Mask::causal ? q * kv - q * q / 2 : q * kv;
    const double forward = 2.0 * as_double(a.batch) * as_double(a.q_heads) * pairs * as_double(a.head_dim_qk + a.head_dim_v);
    return a.pass == hw::Pass::forward ? forward : 2.0 * forward;
  }
  double operator()(const hw::MlaDecode& d) const {
    return 2.0 * as_double(d.batch) * as_double(d.heads) * as_double(d.q_len) * as_double(d.kv_len) *
           as_double(2 * d.kv_lora + d.rope);
  }
  double operator()(const hw::GqaDecode& d) const {
    return 4.0 * as_double(d.batch) * as_double(d.q_heads) * as_double(d.q_len) * as_double(d.kv_len) * as_double(d.head_dim);
  }
  double operator()(const hw::Stream&) const { return 0; }
  double operator()(const hw::Collective&) const { return 0; }
};

}  // namespace

double model_flops(const hw::Kernel& kernel) { return std::visit(KernelFlops{}, kernel); }

double model_flops(const std::vector<WorkItem>& items) {
  double sum = 0;
  for (const WorkItem& item : items)
    if (const auto* kernel = std::get_if<hw::Kernel>(&item.work)) sum += model_flops(*kernel);
  return sum;
}

double stream_bytes(const std::vector<WorkItem>& items) {
  double sum = 0;
  for (const WorkItem& item : items) {
    const auto* kernel = std::get_if<hw::Kernel>(&item.work);
    if (kernel == nullptr) continue;
    if (const auto* stream = std::get_if<hw::Stream>(kernel)) sum += stream->bytes;
  }
  return sum;
}

}  // namespace gpufleet::models
