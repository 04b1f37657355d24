// The model's evaluation: the slot's form, times the correction's exponential.
#include "hwprofiles/kernel_time.h"

#include <cmath>

namespace gpufleet::hw {

std::string_view name(Provenance provenance) {
  constexpr std::array<std::string_view, 3> kNames{"measured", "borrowed", "datasheet"};
  return kNames[static_cast<std::size_t>(provenance)];
}

std::string_view name(KernelClass kernel_class) {
  constexpr std::array<std::string_view, kKernelClasses> kNames{
      "gemm_bf16",          "gemm_fp8",   "gemm_other", "grouped_gemm", "attention_forward",
      "attention_backward", "mla_decode", "gqa_decode", "stream",       "collective"};
  return kNames[static_cast<std::size_t>(kernel_class)];
}

namespace {

struct ClassOf {
  KernelClass operator()(const Gemm& g) const {
    if (g.dtype == Dtype::bf16 || g.dtype == Dtype::fp16) return KernelClass::gemm_bf16;
    return g.dtype == Dtype::fp8 ? KernelClass::gemm_fp8 : KernelClass::gemm_other;
  }
  KernelClass operator()(const GroupedGemm&) const { return KernelClass::grouped_gemm; }
  KernelClass operator()(const Attention& a) const {
    return a.pass == Pass::backward ? KernelClass::attention_backward : KernelClass::attention_forward;
  }
  KernelClass operator()(const MlaDecode&) const { return KernelClass::mla_decode; }
  KernelClass operator()(const GqaDecode&) const { return KernelClass::gqa_decode; }
  KernelClass operator()(const Stream&) const { return KernelClass::stream; }
  KernelClass operator()(const Collective&) const { return KernelClass::collective; }
};

double spread(const KernelTimeModel::Entry& entry, const auto& kernel) {
  return is_small(kernel) ? entry.log_sigma_small : entry.log_sigma;
}

KernelTime corrected(double seconds, const KernelTimeModel::Entry& entry, const auto& kernel) {
  if (!entry.correction.empty()) seconds *= std::exp(entry.correction.at(features_of(kernel)));
  return {seconds, spread(entry, kernel), entry.provenance};
}

// One evaluation for any machine view, so that a share of the SMs takes the same path.
struct Evaluate {
  const Machine& machine;
  const KernelTimeModel& model;

  KernelTime operator()(const Gemm& k) const {
    const auto& e = model.entry(slot_of(k));
    return corrected(gemm_seconds(machine, e.parameters, k), e, k);
  }
  KernelTime operator()(const GroupedGemm& k) const {
    const auto& e = model.entry(slot_of(k));
    return corrected(grouped_gemm_seconds(machine, e.parameters, k), e, k);
  }
  KernelTime operator()(const Attention& k) const {
    const auto& e = model.entry(slot_of(k));
    if (k.kind == AttentionKind::unfused) {
      // No unfused row was ever fitted: its products are known, its passes over the scores are not.
      const auto& softmax = model.entry(Slot::softmax);
      return {unfused_attention_seconds(machine, e.parameters, softmax.parameters[1], k),
              std::max(spread(e, k), softmax.log_sigma), std::max(e.provenance, softmax.provenance)};
    }
    return corrected(attention_seconds(machine, e.parameters, k), e, k);
  }
  KernelTime operator()(const MlaDecode& k) const {
    const auto& e = model.entry(slot_of(k));
    return corrected(mla_decode_seconds(machine, e.parameters, k), e, k);
  }
  KernelTime operator()(const GqaDecode& k) const {
    const auto& e = model.entry(slot_of(k));
    return corrected(gqa_decode_seconds(machine, e.parameters, k), e, k);
  }
  KernelTime operator()(const Stream& k) const {
    const auto& e = model.entry(slot_of(k));
    return corrected(stream_seconds(machine, e.parameters, k), e, k);
  }
  KernelTime operator()(const Collective& k) const {
    const auto& e = model.entry(slot_of(k));
    if (k.ranks <= 1) return {0, 0, e.provenance};
    return corrected(collective_seconds(machine, e.parameters, k), e, k);
  }
};

}  // namespace

KernelClass class_of(const Kernel& kernel) { return std::visit(ClassOf{}, kernel); }

KernelTimeModel::KernelTimeModel(const Machine& machine, Entries entries) : machine_(machine), entries_(std::move(entries)) {}

KernelTime KernelTimeModel::time(const Gemm& k) const { return Evaluate{machine_, *this}(k); }
KernelTime KernelTimeModel::time(const GroupedGemm& k) const { return Evaluate{machine_, *this}(k); }
KernelTime KernelTimeModel::time(const Attention& k) const { return Evaluate{machine_, *this}(k); }
KernelTime KernelTimeModel::time(const MlaDecode& k) const { return Evaluate{machine_, *this}(k); }
KernelTime KernelTimeModel::time(const GqaDecode& k) const { return Evaluate{machine_, *this}(k); }
KernelTime KernelTimeModel::time(const Stream& k) const { return Evaluate{machine_, *this}(k); }
KernelTime KernelTimeModel::time(const Collective& k) const { return Evaluate{machine_, *this}(k); }
KernelTime KernelTimeModel::time(const Kernel& k) const { return std::visit(Evaluate{machine_, *this}, k); }
KernelTime KernelTimeModel::time(const Kernel& k, SmShare share) const {
  const Machine left = with_share(machine_, share);
  return std::visit(Evaluate{left, *this}, k);
}

}  // namespace gpufleet::hw
