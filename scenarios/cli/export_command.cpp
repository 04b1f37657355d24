// `gpufleet export-status`: what the rules in force say of a chip at a date, with the rule and both numbers.
#include <fmt/format.h>
#include <algorithm>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/export_law.h"
#include "hwprofiles/toml_document.h"
#include "scenarios/catalogs.h"
#include "scenarios/cli/commands.h"
#include "scenarios/output/records.h"

namespace gpufleet::scenarios::cli {

int export_status_command(const ExportStatusOptions& options, Console& console) {
  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(data);
  const Result<hw::ExportRules> rules = hw::load_export_rules(data.hardware / "export_rules.toml");
  console.diagnose(catalogs.diagnostics());
  console.diagnose(rules.diagnostics());
  if (!catalogs || !rules) return kInternal;
  const std::string date = hw::complete_date(options.date);
  if (date.empty()) {
    console.diagnose({.message = fmt::format("\"{}\" is not a date", options.date), .hint = "write it as YYYY-MM-DD"});
    return kBadInput;
  }
  std::vector<hw::Accelerator> chips = catalogs->accelerators;
  if (options.name != "all") {
    const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs->accelerators, options.name);
    if (!chip) {
      console.diagnose({.message = fmt::format("unknown accelerator \"{}\"", options.name),
                        .hint = did_you_mean(options.name, accelerator_names(*catalogs))});
      return kBadInput;
    }
    chips = {*chip};
  }
  hw::ExportQuery query;
  query.destination = options.destination;
  query.date = date;
  std::vector<Record> records;
  for (const hw::Accelerator& chip : chips) {
    const hw::ExportVerdict verdict = hw::export_status(hw::export_facts(chip), *rules, query);
    records.push_back({{"chip", chip.name},
                       {"status", verdict.status()},
                       {"rule", verdict.rule},
                       {"reason", verdict.reason},
                       {"buyers_government", verdict.gate_status()},
                       {"uncertain", fmt::format("{}", fmt::join(verdict.uncertain, "; "))}});
  }
  const CatalogForm form = options.format == Format::json  ? CatalogForm::json
                           : options.format == Format::csv ? CatalogForm::csv
                                                           : CatalogForm::table;
  constexpr int kDigits = 4;
  console.print(list_text(records, form, kDigits));
  if (form == CatalogForm::table) console.print(fmt::format("\nTo {} on {}. {}\n", options.destination, date, hw::kExportNotice));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
