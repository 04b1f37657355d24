// The one equation of a transfer, and the names of transfers in data files.
#include "hwprofiles/fabric/fabric_model.h"

#include <cmath>

#include "core/check.h"

namespace gpufleet::hw {

std::string_view name(Transfer transfer) {
  constexpr std::array<std::string_view, kTransfers> kNames{
      "ring_all_reduce", "nvls_all_reduce", "fused_all_reduce", "all_gather", "reduce_scatter", "all_to_all", "send_recv"};
  return kNames[static_cast<std::size_t>(transfer)];
}

double transfer_seconds(const TransferFit& fit, double rate, double bytes, double steps) {
  check(fit.efficiency > 0 && rate > 0, "a transfer needs a link that can do it");
  const double alpha = fit.launch.value() + fit.step.value() * steps;
  const double wire = bytes / (fit.efficiency * rate);
  const double moving = wire + 2 * std::sqrt(fit.chunk.value() * wire);
  return std::pow(std::pow(alpha, kOnset) + std::pow(moving, kOnset), 1 / kOnset);
}

}  // namespace gpufleet::hw
