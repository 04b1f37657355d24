#include "scenarios/cli/shipped_data.h"

#include <algorithm>

#include "hwprofiles/accelerator_catalog.h"
#include "scenarios/cli/commands.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios::cli {

Result<ShippedData> load_shipped(Console& console) {
  DataPaths paths = find_data();
  Result<Catalogs> catalogs = load_catalogs(console);
  Result<HardwareData> hardware = load_hardware_data(paths);
  // Calibrations of the user's are behind both; what is wrong with them is said once.
  for (const Diagnostic& problem : hardware.diagnostics())
    if (std::ranges::find(catalogs.diagnostics(), problem) == catalogs.diagnostics().end()) console.diagnose(problem);
  if (!catalogs || !hardware) {
    Diagnostics problems = catalogs.diagnostics();
    problems.insert(problems.end(), hardware.diagnostics().begin(), hardware.diagnostics().end());
    return problems;
  }
  return ShippedData{std::move(paths), std::move(catalogs).value(), std::move(hardware).value()};
}

Result<Catalogs> load_catalogs(Console& console) {
  Result<Catalogs> catalogs = scenarios::load_catalogs(find_data());
  console.diagnose(catalogs.diagnostics());
  return catalogs;
}

int exit_code_of_data(std::span<const Diagnostic> errors) {
  const std::string user = find_data().user.string();
  const auto is_users = [&](const Diagnostic& problem) {
    return problem.severity != Severity::error || problem.where.file.starts_with(user + "/");
  };
  return !user.empty() && std::ranges::all_of(errors, is_users) ? kBadInput : kInternal;
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
