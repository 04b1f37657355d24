// Slots: which fit stands for which kernel, and the form's parameters with their bounds.
#include <array>

#include "hwprofiles/kernel_fits.h"

namespace gpufleet::hw {

namespace {

constexpr std::array<std::string_view, kSlots> kSlotNames{"gemm_bf16",
                                                          "gemm_fp8",
                                                          "gemm_fp32",
                                                          "grouped_gemm_bf16",
                                                          "grouped_gemm_fp8",
                                                          "attention_forward",
                                                          "attention_mla",
                                                          "attention_backward",
                                                          "mla_decode_bf16",
                                                          "mla_decode_fp8",
                                                          "gqa_decode_bf16",
                                                          "gqa_decode_fp8",
                                                          "elementwise",
                                                          "norm",
                                                          "copy",
                                                          "softmax",
                                                          "routing",
                                                          "quantise",
                                                          "optimizer",
                                                          "all_reduce",
                                                          "all_gather",
                                                          "reduce_scatter",
                                                          "all_to_all",
                                                          "send_recv",
                                                          "broadcast"};
constexpr std::array<std::string_view, 6> kFormNames{"gemm", "attention", "mla_decode", "gqa_decode", "stream", "collective"};

// lost_cycles: cycles of an SM per 2^20 multiply-adds that the tensor cores wait for vector units; side_share: time of the
// operands' way through shared memory over that at its full width; products hide it where they take longer.
constexpr std::array<ParameterInfo, 14> kGemm{{{"launch_us", 3, 0.5, 60},
                                               {"compute_efficiency", 0.92, 0.1, 1.1},
                                               {"memory_efficiency", 0.85, 0.1, 1.3},
                                               {"lost_cycles", 60, 0, 2000},
                                               {"side_share", 0.5, 0, 4},
                                               {"fill_us", 0.8, 0, 10},
                                               {"wave_strictness", 0.7, 0, 1},
                                               {"sm_bytes_per_cycle", 32, 20, 128},
                                               {"least_rows", 32, 1, 72},
                                               {"least_columns", 64, 16, 256},
                                               {"split_us", 1, 0, 20},
                                               {"split_will", 0.7, 0, 1},
                                               {"cache_gain", 0.4, 0, 8},
                                               {"cache_reach", 0.2, 0.02, 1.5}}};
// score_cycles: cycles of an SM per score (query times key) spent in the softmax and not hidden behind products.
constexpr std::array<ParameterInfo, 10> kAttention{{{"launch_us", 5, 0.5, 100},
                                                    {"compute_efficiency", 0.9, 0.05, 1.1},
                                                    {"memory_efficiency", 0.7, 0.05, 1.3},
                                                    {"score_cycles", 0.03, 0, 1},
                                                    {"fill_us", 1, 0, 50},
                                                    {"wave_strictness", 0.5, 0, 1},
                                                    {"split_will", 0.1, 0, 1},
                                                    {"group_packing", 0.5, 0, 1},
                                                    {"cache_gain", 0.4, 0, 8},
                                                    {"cache_reach", 0.5, 0.02, 1.5}}};
constexpr std::array<ParameterInfo, 10> kDecode{{{"launch_us", 6, 0.5, 100},
                                                 {"compute_efficiency", 0.8, 0.02, 1.1},
                                                 {"memory_efficiency", 0.85, 0.05, 1.3},
                                                 {"row_tile", 32, 1, 128},
                                                 {"score_cycles", 0.05, 0, 4},
                                                 {"fill_us", 1, 0, 50},
                                                 {"sm_bytes_per_cycle", 32, 20, 128},
                                                 {"split_will", 0.8, 0, 1},
                                                 {"cache_gain", 0.4, 0, 8},
                                                 {"cache_reach", 0.5, 0.02, 1.5}}};
constexpr std::array<ParameterInfo, 4> kStream{
    {{"launch_us", 2, 0.001, 100}, {"efficiency", 0.8, 0.02, 1.1}, {"cache_gain", 0.4, 0, 8}, {"cache_reach", 0.5, 0.02, 1.5}}};
constexpr std::array<ParameterInfo, 4> kCollective{
    {{"latency_us", 8, 0.5, 500}, {"link_efficiency", 0.75, 0.002, 1.6}, {"rank_us", 3, 0, 100}, {"ramp", 0.5, 0, 8}}};

Slot gemm_slot(Dtype dtype) {
  switch (dtype) {
    case Dtype::bf16:
    case Dtype::fp16: return Slot::gemm_bf16;
    case Dtype::fp8:
    case Dtype::int8:
    case Dtype::fp4:
    case Dtype::int4: return Slot::gemm_fp8;
    case Dtype::fp64:
    case Dtype::fp32:
    case Dtype::tf32: return Slot::gemm_fp32;
  }
  return Slot::gemm_bf16;
}

bool narrow(Dtype dtype) { return gemm_slot(dtype) == Slot::gemm_fp8; }

}  // namespace

std::string_view name(Slot slot) { return kSlotNames[static_cast<std::size_t>(slot)]; }
std::string_view name(Form form) { return kFormNames[static_cast<std::size_t>(form)]; }

std::span<const ParameterInfo> form_parameters(Form form) {
  switch (form) {
    case Form::gemm: return kGemm;
    case Form::attention: return kAttention;
    case Form::mla_decode:
    case Form::gqa_decode: return kDecode;
    case Form::stream: return kStream;
    case Form::collective: return kCollective;
  }
  return {};
}

Form form_of(Slot slot) {
  if (slot <= Slot::grouped_fp8) return Form::gemm;
  if (slot <= Slot::attention_backward) return Form::attention;
  if (slot <= Slot::mla_decode_fp8) return Form::mla_decode;
  if (slot <= Slot::gqa_decode_fp8) return Form::gqa_decode;
  return slot <= Slot::optimizer ? Form::stream : Form::collective;
}

Slot slot_of(const Gemm& gemm) { return gemm_slot(gemm.dtype); }
Slot slot_of(const GroupedGemm& gemm) { return narrow(gemm.dtype) ? Slot::grouped_fp8 : Slot::grouped_bf16; }
Slot slot_of(const Attention& attention) {
  if (attention.kind == AttentionKind::unfused) return gemm_slot(attention.dtype);
  if (attention.pass == Pass::backward) return Slot::attention_backward;
  return attention.head_dim_qk != attention.head_dim_v ? Slot::attention_mla : Slot::attention;
}
Slot slot_of(const MlaDecode& decode) { return narrow(decode.kv_dtype) ? Slot::mla_decode_fp8 : Slot::mla_decode_bf16; }
Slot slot_of(const GqaDecode& decode) { return narrow(decode.kv_dtype) ? Slot::gqa_decode_fp8 : Slot::gqa_decode_bf16; }
Slot slot_of(const Stream& stream) {
  return static_cast<Slot>(static_cast<int>(Slot::elementwise) + static_cast<int>(stream.kind));
}
Slot slot_of(const Collective& collective) {
  return static_cast<Slot>(static_cast<int>(Slot::all_reduce) + static_cast<int>(collective.op));
}
Slot slot_of(const Kernel& kernel) {
  return std::visit([](const auto& k) { return slot_of(k); }, kernel);
}

namespace {

constexpr std::int64_t kFewRows = 128, kFewQueries = 512, kFewCached = 1 << 15;
constexpr double kSmallBytes = 1024 * 1024;

}  // namespace

bool is_small(const Gemm& gemm) { return gemm.m < kFewRows; }
bool is_small(const GroupedGemm& gemm) { return gemm.rows < kFewRows * gemm.groups; }
bool is_small(const Attention& attention) { return attention.q_len < kFewQueries; }
bool is_small(const MlaDecode& decode) { return decode.batch * decode.kv_len < kFewCached; }
bool is_small(const GqaDecode& decode) { return decode.batch * decode.kv_len < kFewCached; }
bool is_small(const Stream& stream) { return stream.bytes <= kSmallBytes; }
bool is_small(const Collective& collective) { return collective.bytes <= kSmallBytes; }
bool is_small(const Kernel& kernel) {
  return std::visit([](const auto& k) { return is_small(k); }, kernel);
}

namespace {

struct FormSeconds {
  const Machine& machine;
  const Parameters& p;
  double operator()(const Gemm& k) const { return gemm_seconds(machine, p, k); }
  double operator()(const GroupedGemm& k) const { return grouped_gemm_seconds(machine, p, k); }
  double operator()(const Attention& k) const { return attention_seconds(machine, p, k); }
  double operator()(const MlaDecode& k) const { return mla_decode_seconds(machine, p, k); }
  double operator()(const GqaDecode& k) const { return gqa_decode_seconds(machine, p, k); }
  double operator()(const Stream& k) const { return stream_seconds(machine, p, k); }
  double operator()(const Collective& k) const { return collective_seconds(machine, p, k); }
};

}  // namespace

double form_seconds(const Machine& machine, const Parameters& p, const Kernel& kernel) {
  return std::visit(FormSeconds{machine, p}, kernel);
}

}  // namespace gpufleet::hw
