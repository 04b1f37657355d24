// The physical form of each kernel class: launch + (compute^4 + memory^4)^(1/4), with tiles, waves over the SMs, split-K and the
// share of SMs that still fills the memory pipe. Every parameter has a meaning, a unit and bounds (see form_parameters).
#pragma once

#include <span>
#include <string_view>

#include "hwprofiles/kernel.h"
#include "hwprofiles/kernel_machine.h"

namespace gpufleet::hw {

/// Forms with parameters of their own; several kernel classes share one (GEMM and grouped GEMM tile alike).
enum class Form : std::uint8_t { gemm, attention, mla_decode, gqa_decode, stream, collective };

struct ParameterInfo {
  std::string_view name;
  double initial = 0, low = 0, high = 0;
};
/// Names, start values and bounds, in the order of Parameters.
std::span<const ParameterInfo> form_parameters(Form form);
std::string_view name(Form form);

/// Each: seconds of one call without the correction. Preconditions: shapes and machine rates positive.
double gemm_seconds(const Machine& machine, const Parameters& p, const Gemm& gemm);
double grouped_gemm_seconds(const Machine& machine, const Parameters& p, const GroupedGemm& gemm);
/// Flash attention, forward or backward (2.5 times the forward's operations: five products of which two recompute).
double attention_seconds(const Machine& machine, const Parameters& p, const Attention& attention);
/// Attention that keeps the score matrix in memory: batched products at `p` (a GEMM's), scores, softmax, dropout as traffic.
double unfused_attention_seconds(const Machine& machine, const Parameters& p, double stream_efficiency,
                                 const Attention& attention);
double mla_decode_seconds(const Machine& machine, const Parameters& p, const MlaDecode& decode);
double gqa_decode_seconds(const Machine& machine, const Parameters& p, const GqaDecode& decode);
double stream_seconds(const Machine& machine, const Parameters& p, const Stream& stream);
double collective_seconds(const Machine& machine, const Parameters& p, const Collective& collective);

/// Products of one attention call (multiply-add = 2), the forward's; the causal triangle counted once.
double attention_flops(const Attention& attention);
/// Bytes that one rank puts on its link in the bandwidth-optimal algorithm, as NCCL's bus bandwidth counts them.
double wire_bytes(const Collective& collective);

}  // namespace gpufleet::hw
