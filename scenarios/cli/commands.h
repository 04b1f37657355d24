// The subcommands: each takes its options and a console, prints, and returns the exit code.
#pragma once

#include <stop_token>

#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"

namespace gpufleet::scenarios::cli {

inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;  ///< the simulation says no, or a validation bound is missed
inline constexpr int kBadInput = 2;
inline constexpr int kInternal = 3;
inline constexpr int kInterrupted = 130;

int run_command(const RunOptions& options, Console& console, std::stop_token stop);
int check_command(const CheckOptions& options, Console& console);
int sweep_command(const SweepOptions& options, Console& console, std::stop_token stop);
int layouts_command(const LayoutsOptions& options, Console& console, std::stop_token stop);
int fabric_command(const FabricOptions& options, Console& console, std::stop_token stop);
int plan_command(const PlanOptions& options, Console& console, std::stop_token stop);
int validate_command(const ValidateOptions& options, Console& console, std::stop_token stop);
int models_command(const ModelsOptions& options, Console& console);
int accelerators_command(const AcceleratorsOptions& options, Console& console);
int results_command(const ResultsOptions& options, Console& console);
int export_status_command(const ExportStatusOptions& options, Console& console);
int calibrate_command(const CalibrateOptions& options, Console& console, std::stop_token stop);
int report_command(const ReportOptions& options, Console& console, std::stop_token stop);
int import_command_command(const ImportCommandOptions& options, Console& console);
int completion_command(const CompletionOptions& options, Console& console);
int schema_command(const SchemaOptions& options, Console& console);

}  // namespace gpufleet::scenarios::cli
