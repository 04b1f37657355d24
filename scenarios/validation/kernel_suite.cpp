// `validate kernels`: kernel times that no fit has seen against the kernel-time model.
#include <fmt/format.h>

#include "hwprofiles/kernel_fits.h"
#include "hwprofiles/kernel_validation.h"
#include "scenarios/chip_data.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {

Result<ValidationReport> validate_kernels(const SuiteInput& input, const RunControl&) {
  const Result<std::vector<hw::Accelerator>> catalog = load_chips(input.data);
  if (!catalog) return catalog.diagnostics();
  const Result<hw::KernelFits> fits = load_fits(input.data);
  if (!fits) return fits.diagnostics();
  const Result<std::vector<hw::Measurement>> rows =
      hw::load_measurements(input.cases.empty() ? input.data.hardware / "kernel_validation" : input.cases);
  if (!rows) return rows.diagnostics();

  std::vector<std::string> unknown;
  ValidationReport report;
  report.suite = "kernels";
  report.listing = RowListing::summary;
  for (const hw::KernelComparison& comparison : hw::compare_kernels(*rows, *catalog, *fits, unknown)) {
    constexpr double kMicrosecondsPerSecond = 1e6;
    const hw::Measurement& measured = *comparison.row;
    const std::string group = hw::validation_group(measured);
    ValidationRow row;
    row.id = fmt::format("{}/{}/{}", measured.accelerator, group, &measured - rows->data() + 1);
    row.metric = "kernel_time";
    row.unit = "us";
    row.source = measured.source;
    row.measured = comparison.measured * kMicrosecondsPerSecond;
    row.predicted = comparison.predicted * kMicrosecondsPerSecond;
    row.low = comparison.low * kMicrosecondsPerSecond;
    row.high = comparison.high * kMicrosecondsPerSecond;
    row.error = comparison.error();
    row.features = {{"kernel", group},
                    {"chip", measured.accelerator},
                    {"kernel on chip", fmt::format("{} on {}", group, measured.accelerator)}};
    report.rows.push_back(std::move(row));
  }
  report.cases = static_cast<int>(rows->size());
  for (const std::string& name : unknown) report.skipped.push_back({name, "the catalog has no such accelerator"});
  return report;
}

}  // namespace gpufleet::scenarios
