// `gpufleet check`: all diagnostics of all scenarios at once; with --explain, every key and where its value comes from.
#include <fmt/format.h>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/reference_pages.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios::cli {

int check_command(const CheckOptions& options, Console& console) {
  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(console);
  if (!catalogs) return exit_code_of_data(catalogs.diagnostics());
  int code = kDone;
  for (const std::string& file : options.scenarios) {
    const Result<RawScenario> raw = load_scenario(file, options.overrides, data);
    if (!raw) {
      console.diagnose(raw.diagnostics());
      code = kBadInput;
      continue;
    }
    const Result<Scenario> scenario = validate(*raw, *catalogs);
    console.diagnose(scenario.diagnostics());
    if (!scenario) {
      code = kBadInput;
      continue;
    }
    if (options.explain) console.print(explain(*raw));
    console.print(fmt::format("{}: ok\n", file));
  }
  return code;
}

}  // namespace gpufleet::scenarios::cli
