// gpufleet: parses the command line, runs one subcommand, returns its exit code.
#include <cstdio>
#include <exception>
#include <type_traits>
#include <variant>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/interrupt.h"

namespace {

using namespace gpufleet::scenarios::cli;

int dispatch(const CommandLine& line, Console& console, const Interrupt& interrupt) {
  return std::visit(
      [&](const auto& options) {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Options, RunOptions>) return run_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, CheckOptions>) return check_command(options, console);
        if constexpr (std::is_same_v<Options, SweepOptions>) return sweep_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, LayoutsOptions>) return layouts_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, FabricOptions>) return fabric_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, PlanOptions>) return plan_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, ValidateOptions>) return validate_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, ModelsOptions>) return models_command(options, console);
        if constexpr (std::is_same_v<Options, AcceleratorsOptions>) return accelerators_command(options, console);
        if constexpr (std::is_same_v<Options, ResultsOptions>) return results_command(options, console);
        if constexpr (std::is_same_v<Options, ExportStatusOptions>) return export_status_command(options, console);
        if constexpr (std::is_same_v<Options, CalibrateOptions>) return calibrate_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, ReportOptions>) return report_command(options, console, interrupt.token());
        if constexpr (std::is_same_v<Options, ImportCommandOptions>) return import_command_command(options, console);
        if constexpr (std::is_same_v<Options, CompletionOptions>) return completion_command(options, console);
        if constexpr (std::is_same_v<Options, SchemaOptions>) return schema_command(options, console);
      },
      line.command);
}

}  // namespace

int main(int argc, char** argv) {
  const Interrupt interrupt;
  try {
    const Parsed parsed = parse_command_line(argc, argv);
    std::fputs(parsed.output.c_str(), stdout);
    std::fputs(parsed.errors.c_str(), stderr);
    if (!parsed.command_line) return parsed.exit_code;
    Console console(parsed.command_line->verbosity);
    const int code = dispatch(*parsed.command_line, console, interrupt);
    if (interrupt.requested()) return kInterrupted;
    if (!console.flush()) {
      console.diagnose({.message = "the results could not be written to the standard output", .hint = {}});
      return kInternal;
    }
    return code;
  } catch (const std::exception& error) {
    if (interrupt.requested()) return kInterrupted;
    std::fprintf(stderr, "internal error: %s\n", error.what());
    return kInternal;
  }
}
