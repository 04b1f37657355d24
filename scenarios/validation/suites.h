// The validation suites by name: each reads its cases, predicts, and reports. A new suite is one function and one line in the
// table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/data_paths.h"
#include "scenarios/validation/report.h"

namespace gpufleet::scenarios {

struct SuiteInput {
  std::filesystem::path cases;  ///< file or folder; empty = the shipped ones
  DataPaths data;
  std::uint64_t seed = 1;
  int jobs = 0;  ///< threads; 0 = all cores. Results do not depend on it
};

struct Suite {
  std::string_view name;
  std::string_view doc;
  Result<ValidationReport> (*run)(const SuiteInput& input, const RunControl& control);
};

std::span<const Suite> suites();

/// Training steps and runs: every *.toml below the folder that has [[measured]] figures is a case; skipped.toml lists published
/// figures without one. A case that cannot run is skipped with its first diagnostic.
Result<ValidationReport> validate_training(const SuiteInput& input, const RunControl& control);

/// Serving deployments and single iterations: every *.csv below the folder in the form of serving_points.h.
Result<ValidationReport> validate_serving(const SuiteInput& input, const RunControl& control);

/// Collectives, expert exchange and latencies: files of one fabric with [[measured]] figures on it (see sim/README.md, net).
Result<ValidationReport> validate_network(const SuiteInput& input, const RunControl& control);

/// Kernel times: rows in the measurement form (file or folder), predicted by the kernel-time model.
Result<ValidationReport> validate_kernels(const SuiteInput& input, const RunControl& control);

/// Public claims: every scenario of the folder with [claims]; verdicts against the public record, references against the model.
Result<ValidationReport> validate_claims(const SuiteInput& input, const RunControl& control);

/// Export statuses: tables of chip × date with the status that was in force.
Result<ValidationReport> validate_export_law(const SuiteInput& input, const RunControl& control);

}  // namespace gpufleet::scenarios
