// `gpufleet models` and `gpufleet accelerators`.
#include <fmt/format.h>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/accelerator_check.h"
#include "models/catalog.h"
#include "models/config_json.h"
#include "scenarios/chip_data.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/output/catalog_text.h"
#include "scenarios/text_file.h"

namespace gpufleet::scenarios::cli {
namespace {

using What = CatalogOptions::What;

// Nothing, once the console has said why, when the file is no chip; doubts about its figures are said too.
std::optional<hw::Accelerator> sound_accelerator(const std::string& file, const Catalogs& catalogs, Console& console) {
  Result<hw::Accelerator> chip = hw::load_accelerator(file);
  console.diagnose(chip.diagnostics());
  if (!chip) return std::nullopt;
  Diagnostics doubts = hw::accelerator_doubts(*chip);
  const Result<hw::Accelerator> known = hw::find_accelerator(catalogs.accelerators, chip->name);
  if (known && *known != *chip)  // else it is the one that the catalog has, or a copy
    doubts.push_back(
        {.severity = Severity::warning,
         .key = "name",
         .message = fmt::format("the catalog has a chip of that name, \"{}\", and scenarios get that one", known->name),
         .hint = "give yours a name of its own"});
  for (const std::string& alias : chip->aliases)
    if (const auto other = hw::find_accelerator(catalogs.accelerators, alias); other && other->name != chip->name)
      doubts.push_back(
          {.severity = Severity::warning,
           .key = "aliases",
           .message = fmt::format("\"{}\" is a name of \"{}\" already, and scenarios get that one", alias, other->name),
           .hint = "leave it out"});
  for (Diagnostic& doubt : doubts) doubt.where.file = file;
  console.diagnose(doubts);
  return std::move(chip).value();
}

}  // namespace

int models_command(const ModelsOptions& options, Console& console) {
  if (options.what == What::import) {
    const Result<std::string> text = read_text_file(options.name, options.name);
    const Result<models::Architecture> model =
        text ? models::import_config(*text, options.name) : Result<models::Architecture>(text.diagnostics());
    console.diagnose(model.diagnostics());
    if (!model) return kBadInput;
    console.print(imported_text(*model, options.format));
    return kDone;
  }
  const Result<Catalogs> catalogs = load_catalogs(console);
  if (!catalogs) return exit_code_of_data(catalogs.diagnostics());
  if (options.what == What::list) {
    console.print(models_text(catalogs->architectures, options.format));
    return kDone;
  }
  const models::Architecture* model = models::find_architecture(catalogs->architectures, options.name);
  if (model == nullptr) {
    console.diagnose({.message = fmt::format("unknown model \"{}\"", options.name),
                      .hint = models::suggest_architecture(catalogs->architectures, options.name)});
    return kBadInput;
  }
  console.print(model_text(*model, options.format));
  return kDone;
}

int accelerators_command(const AcceleratorsOptions& options, Console& console) {
  const DataPaths data = find_data();
  if (options.what == What::blank) {
    const std::filesystem::path form = data.hardware / "templates" / "accelerator.toml";
    const Result<std::string> text = read_text_file(form, form.string());
    console.diagnose(text.diagnostics());
    if (!text) return kInternal;
    console.print(*text);
    return kDone;
  }
  const Result<Catalogs> catalogs = load_catalogs(console);
  if (!catalogs) return exit_code_of_data(catalogs.diagnostics());
  if (options.what == What::list) {
    console.print(accelerators_text(catalogs->accelerators, options.format));
    return kDone;
  }
  const std::optional<hw::Accelerator> chip = options.what == What::check ? sound_accelerator(options.name, *catalogs, console)
                                                                          : named_accelerator(options.name, *catalogs, console);
  if (!chip) return kBadInput;
  const Result<hw::KernelFits> fits = load_fits(data);
  const Result<hw::UserCalibrations> user = load_user(data);
  console.diagnose(fits.diagnostics());
  console.diagnose(user.diagnostics());
  if (!fits || !user) return kInternal;
  console.print(accelerator_text(*chip, *fits, user->fits, options.format));
  if (options.what == What::check && !data.user.empty())
    console.print(fmt::format("\nScenarios can name it once it lies in {}\n", hw::user_accelerators(data.user).string()));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
