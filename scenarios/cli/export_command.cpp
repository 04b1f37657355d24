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
namespace {

/// "2023-11-09: ALLOWED; 2025-04-14: LICENCE_REQUIRED".
std::string history_text(const hw::ExportFacts& facts, const hw::ExportRules& rules, const hw::ExportQuery& query) {
  std::string out;
  for (const auto& [from, verdict] : hw::export_history(facts, rules, query))
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", from, verdict.status());
  return out;
}

std::string history_table(const hw::ExportFacts& facts, const hw::ExportRules& rules, const hw::ExportQuery& query) {
  std::vector<Record> rows;
  for (const auto& [from, verdict] : hw::export_history(facts, rules, query))
    rows.push_back({{"from", from}, {"status", verdict.status()}, {"rule", verdict.rule}, {"reason", verdict.reason}});
  constexpr int kDigits = 4;
  return rows.empty() ? "not sold by then\n" : list_text(rows, CatalogForm::table, kDigits);
}

}  // namespace

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
  const std::string destination = hw::country_code(options.destination);
  if (destination.empty()) {
    console.diagnose({.message = fmt::format("\"{}\" is no ISO country code", options.destination),
                      .hint = "write two letters, e.g. --to CN"});
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
  query.destination = destination;
  query.date = date;
  const CatalogForm form = options.format == Format::json  ? CatalogForm::json
                           : options.format == Format::csv ? CatalogForm::csv
                                                           : CatalogForm::table;
  std::vector<Record> records;
  for (const hw::Accelerator& chip : chips) {
    const hw::ExportFacts facts = hw::export_facts(chip);
    const hw::ExportVerdict verdict = hw::export_status(facts, *rules, query);
    records.push_back({{"chip", chip.name},
                       {"status", verdict.status()},
                       {"rule", verdict.rule},
                       {"reason", verdict.reason},
                       {"buyers_government", verdict.gate_status()},
                       {"uncertain", fmt::format("{}", fmt::join(verdict.uncertain, "; "))}});
    if (form == CatalogForm::table) continue;
    records.back().push_back({"history", history_text(facts, *rules, query)});
    records.back().push_back({"notice", std::string(hw::kExportNotice)});
  }
  constexpr int kDigits = 4;
  console.print(list_text(records, form, kDigits));
  if (form != CatalogForm::table) return kDone;
  if (chips.size() == 1) console.print(fmt::format("\n{}", history_table(hw::export_facts(chips.front()), *rules, query)));
  console.print(fmt::format("\nTo {} on {}. {}\n", destination, date, hw::kExportNotice));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
