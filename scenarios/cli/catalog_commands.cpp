// `gpufleet models` and `gpufleet accelerators`.
#include <fmt/format.h>

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

}  // namespace

int models_command(const ModelsOptions& options, Console& console) {
  if (options.what == What::import) {
    const Result<std::string> text = read_text_file(options.name, options.name);
    const Result<models::Architecture> model =
        text ? models::import_config(*text, options.name) : Result<models::Architecture>(text.diagnostics());
    console.diagnose(model.diagnostics());
    if (!model) return kBadInput;
    console.print(model_entry(*model));
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
  const Result<Catalogs> catalogs = load_catalogs(console);
  if (!catalogs) return exit_code_of_data(catalogs.diagnostics());
  if (options.what == What::list) {
    console.print(accelerators_text(catalogs->accelerators, options.format));
    return kDone;
  }
  const std::optional<hw::Accelerator> chip = named_accelerator(options.name, *catalogs, console);
  if (!chip) return kBadInput;
  const Result<hw::KernelFits> fits = load_fits(data);
  const Result<hw::UserCalibrations> user = load_user(data);
  console.diagnose(fits.diagnostics());
  console.diagnose(user.diagnostics());
  if (!fits || !user) return kInternal;
  console.print(accelerator_text(*chip, *fits, user->fits, options.format));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
