// An accelerator's catalog entry as the forms need it, with gaps filled by rules that are stated where they apply.
#include "hwprofiles/kernel_machine.h"

namespace gpufleet::hw {

namespace {

constexpr double kHopperSmFlops = 989.4e12 / 132;  // dense BF16 of one SM, from the H100 SXM datasheet
constexpr double kUsualClock = 1.5e9;

double first_known(const std::array<double, 9>& peaks, std::initializer_list<Dtype> order) {
  for (const Dtype dtype : order)
    if (const double peak = peaks[static_cast<std::size_t>(dtype)]; peak > 0) return peak;
  return 0;
}

}  // namespace

Machine machine_of(const Accelerator& accelerator) {
  using enum Dtype;
  Machine machine;
  const auto& known = accelerator.peak_flops;
  const auto fill = [&](Dtype dtype, std::initializer_list<Dtype> order) {
    machine.peak[static_cast<std::size_t>(dtype)] = std::max(first_known(known, order), 1e9);
  };
  fill(fp64, {fp64, fp32});
  fill(fp32, {fp32, tf32, bf16});
  fill(tf32, {tf32, fp32, bf16});
  fill(bf16, {bf16, fp16, tf32, fp32});  // before Ampere, frameworks run FP16 where BF16 is asked for
  fill(fp16, {fp16, bf16, tf32, fp32});
  fill(fp8, {fp8, bf16, fp16, fp32});  // weights are widened before the product
  fill(int8, {int8, fp8, bf16, fp16, fp32});
  fill(fp4, {fp4, fp8, bf16, fp16, fp32});
  fill(int4, {int4, int8, fp8, bf16, fp16, fp32});
  machine.bandwidth = std::max(accelerator.memory_bandwidth.value(), 1e9);
  machine.l2 = static_cast<double>(accelerator.l2.value());
  machine.clock_hz = accelerator.boost_hz > 0 ? accelerator.boost_hz : kUsualClock;
  const double half = machine.peak[static_cast<std::size_t>(bf16)];
  machine.all_sms = accelerator.sm_count > 0 ? accelerator.sm_count : std::max(1.0, std::round(half / kHopperSmFlops));
  machine.sms = machine.all_sms;
  const double link =
      accelerator.scaleup_bandwidth.value() > 0 ? accelerator.scaleup_bandwidth.value() : accelerator.pcie_bandwidth.value();
  machine.link = std::max(link / 2, 1e9);
  return machine;
}

Machine with_share(const Machine& machine, SmShare share) {
  Machine left = machine;
  left.sms = std::max(1.0, std::floor(machine.all_sms * std::clamp(share.fraction, 0.0, 1.0) + 0.5));
  return left;
}

}  // namespace gpufleet::hw
