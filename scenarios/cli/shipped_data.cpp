#include "scenarios/cli/shipped_data.h"

#include "hwprofiles/accelerator_catalog.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios::cli {

std::optional<ShippedData> load_shipped(Console& console) {
  DataPaths paths = find_data();
  Result<Catalogs> catalogs = load_catalogs(paths);
  Result<HardwareData> hardware = load_hardware_data(paths);
  console.diagnose(catalogs.diagnostics());
  console.diagnose(hardware.diagnostics());
  if (!catalogs || !hardware) return std::nullopt;
  return ShippedData{std::move(paths), std::move(catalogs).value(), std::move(hardware).value()};
}

std::optional<Catalogs> load_catalogs(Console& console) {
  Result<Catalogs> catalogs = scenarios::load_catalogs(find_data());
  console.diagnose(catalogs.diagnostics());
  if (!catalogs) return std::nullopt;
  return std::move(catalogs).value();
}

std::optional<hw::Accelerator> named_accelerator(const std::string& name, const Catalogs& catalogs, Console& console) {
  const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs.accelerators, name);
  console.diagnose(chip.diagnostics());
  if (!chip) return std::nullopt;
  return *chip;
}

std::optional<Scenario> load_checked(const std::string& file, const std::vector<std::string>& overrides, const ShippedData& data,
                                     Console& console) {
  const Result<RawScenario> raw = load_scenario(file, overrides, data.paths);
  console.diagnose(raw.diagnostics());
  if (!raw) return std::nullopt;
  Result<Scenario> scenario = validate(*raw, data.catalogs);
  console.diagnose(scenario.diagnostics());
  if (!scenario) return std::nullopt;
  return std::move(scenario).value();
}

}  // namespace gpufleet::scenarios::cli
