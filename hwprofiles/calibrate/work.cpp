// Operation and byte counts by kernel class.
#include "hwprofiles/calibrate/work.h"

#include <fmt/format.h>

namespace gpufleet::hw {

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

/// Results of FP8 and smaller products leave in BF16.
double output_bytes(Dtype dtype) { return bytes_per_value(dtype) < 2 ? 2.0 : bytes_per_value(dtype); }

KernelWork work(const Gemm& g) {
  const double m = real(g.m), n = real(g.n), k = real(g.k);
  return {2 * m * n * k, (m * k + k * n) * bytes_per_value(g.dtype) + m * n * output_bytes(g.dtype), g.dtype};
}

KernelWork work(const GroupedGemm& g) {
  const double rows = real(g.rows), n = real(g.n), k = real(g.k);
  const double weights = real(g.groups) * k * n;
  return {2 * rows * n * k, (rows * k + weights) * bytes_per_value(g.dtype) + rows * n * output_bytes(g.dtype), g.dtype};
}

KernelWork work(const Attention& a) {
  const double q = real(a.q_len), kv = real(a.kv_len);
  // Scores that the mask leaves: all, or query i of the last q_len sees kv_len - q_len + i + 1 keys.
  const double scores = a.mask == Mask::full ? q * kv : q * kv - q * (q - 1) / 2;
  const double width = real(a.head_dim_qk) + real(a.head_dim_v);
  const double heads = real(a.batch) * real(a.q_heads);
  // The backward pass recomputes the scores and forms four further products: 5 against 2.
  const double products = a.pass == Pass::forward ? 1.0 : 2.5;
  const double values = heads * q * width + real(a.batch) * real(a.kv_heads) * kv * width;
  return {2 * products * heads * scores * width, products * values * bytes_per_value(a.dtype), a.dtype};
}

KernelWork work(const MlaDecode& d) {
  const double latent = real(d.kv_lora), rows = real(d.batch) * real(d.heads) * real(d.q_len), kv = real(d.kv_len);
  const double width = latent + real(d.rope);
  return {2 * rows * kv * (width + latent),
          real(d.batch) * kv * width * bytes_per_value(d.kv_dtype) + rows * (width + latent) * 2, Dtype::bf16};
}

KernelWork work(const GqaDecode& d) {
  const double rows = real(d.batch) * real(d.q_heads) * real(d.q_len), kv = real(d.kv_len), width = real(d.head_dim);
  return {4 * rows * kv * width,
          2 * real(d.batch) * real(d.kv_heads) * kv * width * bytes_per_value(d.kv_dtype) + rows * 2 * width * 2, Dtype::bf16};
}

KernelWork work(const Stream& s) { return {0, s.bytes, Dtype::fp32}; }
/// Every rank's memory sees its buffer at least once.
KernelWork work(const Collective& c) { return {0, c.bytes, Dtype::bf16}; }

std::string text(const Gemm& g) { return fmt::format("gemm {} {}x{}x{}", name(g.dtype), g.m, g.n, g.k); }
std::string text(const GroupedGemm& g) {
  return fmt::format("grouped gemm {} {} groups, {} rows, {}x{}", name(g.dtype), g.groups, g.rows, g.n, g.k);
}
std::string text(const Attention& a) {
  return fmt::format("attention {} batch {}, heads {}/{}, {} on {}, head {}/{}", name(a.dtype), a.batch, a.q_heads, a.kv_heads,
                     a.q_len, a.kv_len, a.head_dim_qk, a.head_dim_v);
}
std::string text(const MlaDecode& d) {
  return fmt::format("MLA decode {} batch {}, heads {}, {} on {}", name(d.kv_dtype), d.batch, d.heads, d.q_len, d.kv_len);
}
std::string text(const GqaDecode& d) {
  return fmt::format("GQA decode {} batch {}, heads {}/{}, {} on {}", name(d.kv_dtype), d.batch, d.q_heads, d.kv_heads, d.q_len,
                     d.kv_len);
}
std::string text(const Stream& s) {
  return fmt::format("{} {:.0f} bytes in {}", s.kind == StreamKind::copy ? "copy" : "stream", s.bytes, s.launches);
}
std::string text(const Collective& c) { return fmt::format("collective {} ranks, {:.0f} bytes", c.ranks, c.bytes); }

}  // namespace

KernelWork work_of(const Kernel& kernel) {
  return std::visit([](const auto& k) { return work(k); }, kernel);
}

std::string describe(const Kernel& kernel) {
  return std::visit([](const auto& k) { return text(k); }, kernel);
}

}  // namespace gpufleet::hw
