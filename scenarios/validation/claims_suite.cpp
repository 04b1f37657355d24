// `validate claims`: every shipped claim answered; verdicts against what the public record says, reference figures against the
// model's.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hwprofiles/export_rules.h"
#include "scenarios/output/number_text.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/run_claims.h"
#include "scenarios/run_scenario.h"
#include "scenarios/validate.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> claim_files(const fs::path& at) {
  std::error_code error;
  if (!fs::is_directory(at, error)) return {at};
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(at, error))
    if (entry.path().extension() == ".toml") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

ValidationRow row_of(const ClaimAnswer& answer, const std::string& file) {
  const ClaimSpec& claim = *answer.claim;
  ValidationRow row{.id = claim.id, .unit = claim.unit, .source = claim.source, .case_file = file};
  row.predicted = answer.computed.value;
  row.low = answer.computed.low;
  row.high = answer.computed.high;
  if (claim.kind == ClaimSpec::Kind::reference) {
    row.metric = "reference";
    row.measured = std::clamp(row.predicted, claim.low, claim.high);  // the nearest of a range
    constexpr int kRangeDigits = 4;
    if (claim.low != claim.high)
      row.measured_range = fmt::format("{} to {}", number_text(claim.low, kRangeDigits), number_text(claim.high, kRangeDigits));
    row.error = row.measured != 0 ? row.predicted / row.measured - 1 : row.predicted;
    // A difference that the file explains is shown, not missed.
    row.tolerance = claim.explanation.empty() ? claim.tolerance : 0;
    row.answer =
        fmt::format("{}: {}{}", claim.text, answer.arithmetic, claim.explanation.empty() ? "" : ". " + claim.explanation);
    return row;
  }
  row.metric = "verdict";
  row.predicted_word = std::string(name(answer.verdict));
  row.measured_word = claim.evidence ? std::string(name(*claim.evidence)) : row.predicted_word;
  row.error = row.measured_word == row.predicted_word ? 0 : 1;
  constexpr double kAnyDifference = 0.5;
  row.tolerance = kAnyDifference;
  std::string computed;
  if (claim.formula && answer.computed.low != answer.computed.high) {
    const int digits = deserved_digits(answer.computed);
    computed = fmt::format(" [{} … {}]", number_text(answer.computed.low, digits), number_text(answer.computed.high, digits));
  }
  row.answer = fmt::format("{}: \"{}\" {}{}{}{}", row.predicted_word, claim.text, answer.arithmetic, computed,
                           claim.reading.empty() ? "" : ". ", claim.reading);
  if (claim.formula && !claim.unsettled.empty()) row.answer += ". " + claim.unsettled;
  return row;
}

}  // namespace

Result<ValidationReport> validate_claims(const SuiteInput& input, const RunControl& control) {
  const Result<Catalogs> catalogs = load_catalogs(input.data);
  if (!catalogs) return catalogs.diagnostics();
  const Result<HardwareData> hardware = load_hardware_data(input.data);
  if (!hardware) return hardware.diagnostics();
  ValidationReport report;
  report.suite = "claims";
  CurveMemory memory;
  const std::vector<fs::path> files = claim_files(input.cases.empty() ? input.data.scenarios / "claims" : input.cases);
  for (std::size_t i = 0; i < files.size() && !control.stopped(); ++i) {
    control.report(static_cast<double>(i) / static_cast<double>(files.size()), files[i].filename().string());
    const Result<RawScenario> raw = load_scenario(files[i].generic_string(), {}, input.data);
    if (!raw) return raw.diagnostics();
    Result<Scenario> scenario = validate(*raw, *catalogs);
    if (!scenario) return scenario.diagnostics();
    if (!scenario->claims) continue;
    // The claims are answered here; the rest of the scenario gives the figures.
    const ClaimsSpec claims = *std::exchange(scenario->claims, std::nullopt);
    RunSettings settings;
    settings.seed = input.seed;
    settings.curves = &memory;
    const Result<RunOutput> own = run_scenario(*scenario, *catalogs, *hardware, settings, {control.stop, {}});
    if (!own) return own.diagnostics();
    const auto answers = answer_claims(claims, own->result, *catalogs, *hardware, memory, {control.stop, {}});
    if (!answers) return answers.diagnostics();
    ++report.cases;
    for (const ClaimAnswer& answer : *answers) report.rows.push_back(row_of(answer, files[i].filename().string()));
  }
  report.notice = std::string(hw::kExportNotice);
  return report;
}

}  // namespace gpufleet::scenarios
