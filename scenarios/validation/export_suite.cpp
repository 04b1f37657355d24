// `validate export`: statuses computed from the chips' numbers against those that were in force.
#include <algorithm>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/export_validation.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

// Tables of chip × date; the folder also holds tables of another form, which their own tests read.
std::vector<fs::path> table_files(const fs::path& at) {
  std::error_code error;
  if (!fs::is_directory(at, error)) return {at};
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(at, error))
    if (entry.path().extension() == ".csv" && !entry.path().filename().string().starts_with("windows"))
      out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Result<ValidationReport> validate_export_law(const SuiteInput& input, const RunControl&) {
  const Result<std::vector<hw::Accelerator>> catalog = hw::load_accelerators(input.data.hardware / "accelerators");
  if (!catalog) return catalog.diagnostics();
  const Result<hw::ExportRules> rules = hw::load_export_rules(input.data.hardware / "export_rules.toml");
  if (!rules) return rules.diagnostics();
  ValidationReport report;
  report.suite = "export";
  report.notice = std::string(hw::kExportNotice);
  for (const fs::path& file : table_files(input.cases.empty() ? input.data.scenarios / "validation" / "export" : input.cases)) {
    const Result<std::vector<hw::ExportCase>> cases = hw::load_export_cases(file);
    if (!cases) return cases.diagnostics();
    const Result<std::vector<hw::ExportRow>> rows = hw::validate_export(*cases, *catalog, *rules);
    if (!rows) return rows.diagnostics();
    report.cases += static_cast<int>(cases->size());
    for (const hw::ExportRow& found : *rows) {
      ValidationRow row;
      row.id = found.id;
      row.metric = "export_status";
      row.source = file.filename().string();
      row.case_file = file.generic_string();
      row.measured_word = found.measured;
      row.predicted_word = found.predicted;
      row.error = found.agrees ? 0 : 1;
      report.rows.push_back(std::move(row));
    }
  }
  return report;
}

}  // namespace gpufleet::scenarios
