// `validate kernels`: kernel times that no fit has seen against the kernel-time model.
#include <fmt/format.h>

#include <map>
#include <set>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/kernel_fits.h"
#include "hwprofiles/kernel_validation.h"
#include "scenarios/chip_data.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {
namespace {

using Comparisons = std::vector<hw::KernelComparison>;

/// A chip's rows as the other chips' fits predict them, by kernel class and over all. Only rows that its own fits predict
/// otherwise: a chip without fits of its own borrows them anyway, and a processor has nobody to borrow from.
std::vector<LeftOut> chips_left_out(const Comparisons& own, const Comparisons& borrowed,
                                    std::span<const hw::Accelerator> catalog) {
  struct Part {
    std::vector<ValidationRow> rows;
    std::set<std::string> donors;
  };
  constexpr const char* kAll = "all";
  std::map<std::pair<std::string, std::string>, Part> parts;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const hw::KernelComparison& left_out = borrowed[i];
    if (own[i].provenance != hw::Provenance::measured || left_out.provenance == hw::Provenance::measured) continue;
    const Result<hw::Accelerator> chip = hw::find_accelerator(catalog, left_out.row->accelerator);
    if (!chip || chip->family == hw::Family::other) continue;
    for (const std::string& what : {std::string(kAll), hw::validation_group(*left_out.row)}) {
      Part& part = parts[{chip->name, what}];
      ValidationRow row;
      row.measured = left_out.measured;
      row.predicted = left_out.predicted;
      row.low = left_out.low;
      row.high = left_out.high;
      row.error = left_out.error();
      part.rows.push_back(std::move(row));
      part.donors.insert(left_out.donor);
    }
  }
  std::vector<LeftOut> out;
  for (const auto& [key, part] : parts)
    out.push_back({.what = key.second,
                   .left_out = key.first,
                   .from = fmt::format("{}", fmt::join(part.donors, ", ")),
                   .summary = summarise(part.rows)});
  return out;
}

}  // namespace

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
  const Comparisons comparisons = hw::compare_kernels(*rows, *catalog, *fits, unknown);
  report.left_out = chips_left_out(comparisons, hw::compare_left_out(*rows, *catalog, *fits, unknown), *catalog);
  for (const hw::KernelComparison& comparison : comparisons) {
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
