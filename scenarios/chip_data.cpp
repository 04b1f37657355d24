#include "scenarios/chip_data.h"

#include "hwprofiles/accelerator_catalog.h"

namespace gpufleet::scenarios {

Result<hw::UserCalibrations> load_user(const DataPaths& data) {
  if (data.user.empty()) return hw::UserCalibrations{};
  return hw::load_user_calibrations(data.user);
}

Result<std::vector<hw::Accelerator>> load_chips(const DataPaths& data) {
  Result<std::vector<hw::Accelerator>> shipped = hw::load_accelerators(data.hardware / "accelerators");
  if (!shipped) return shipped;
  const Result<hw::UserCalibrations> user = load_user(data);
  if (!user) return user.diagnostics();
  return hw::with_user_accelerators(std::move(shipped).value(), user->accelerators);
}

Result<hw::KernelFits> load_fits(const DataPaths& data) {
  Result<hw::KernelFits> shipped = hw::load_kernel_fits(data.hardware / "kernel_fits");
  if (!shipped) return shipped;
  const Result<hw::UserCalibrations> user = load_user(data);
  if (!user) return user.diagnostics();
  return hw::with_user_fits(std::move(shipped).value(), user->fits);
}

}  // namespace gpufleet::scenarios
