// `gpufleet export-status`: what the rules in force say of a chip at a date, with the rule and both numbers; with --design, the
// largest chips just below the lines of that day.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "hwprofiles/export_design.h"
#include "hwprofiles/export_law.h"
#include "hwprofiles/toml_document.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/fleet_rules.h"
#include "scenarios/output/records.h"
#include "scenarios/validate_lots.h"

namespace gpufleet::scenarios::cli {
namespace {

constexpr int kStatusDigits = 4;

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
  return rows.empty() ? "not sold by then\n" : list_text(rows, Format::table, kStatusDigits);
}

// What is asked, and by which rules; what is wrong with it goes to the console.
struct Question {
  hw::ExportQuery query;
  hw::ExportRules rules;
};

std::optional<std::string> country(const std::string& written, const char* option, Console& console) {
  std::string code = hw::country_code(written);
  if (!code.empty()) return code;
  console.diagnose({.message = fmt::format("\"{}\" is no ISO country code", written),
                    .hint = fmt::format("write two letters, e.g. {} CN", option)});
  return std::nullopt;
}

std::optional<Question> question_of(const ExportStatusOptions& options, const hw::ExportRules& shipped, Console& console) {
  Question out;
  out.query.date = hw::complete_date(options.date);
  if (out.query.date.empty()) {
    console.diagnose({.message = fmt::format("\"{}\" is not a date", options.date), .hint = "write it as YYYY-MM-DD"});
    return std::nullopt;
  }
  const std::optional<std::string> destination = country(options.destination, "--to", console);
  if (!destination) return std::nullopt;
  out.query.destination = *destination;
  if (!options.headquarters.empty()) {
    const std::optional<std::string> seat = country(options.headquarters, "--headquarters", console);
    if (!seat) return std::nullopt;
    out.query.headquarters = *seat;
  }
  out.query.funding = options.state_funded ? hw::Funding::state : hw::Funding::ordinary;
  out.query.country_tpp = options.country_tpp;
  out.query.what_if = split_list(options.what_if);
  const std::vector<std::string> withdraw = split_list(options.withdraw);
  const Result<hw::ExportRules> all = changed_rules(shipped, options.rules, {});
  console.diagnose(all.diagnostics());
  if (!all) return std::nullopt;
  bool known = true;
  for (const std::vector<std::string>& ids : {out.query.what_if, withdraw})
    for (const auto& [id, meant] : unknown_rules(*all, ids)) {
      known = false;
      console.diagnose({.message = fmt::format("no export rule is called \"{}\"", id), .hint = meant});
    }
  if (!known) return std::nullopt;
  out.rules = *changed_rules(*all, "", withdraw);
  return out;
}

int print_designs(const hw::Accelerator& chip, const Question& asked, const ExportStatusOptions& options, Console& console) {
  const hw::ExportFacts facts = hw::export_facts(chip);
  if (!facts.tpp || !facts.io || !facts.dram) {
    console.diagnose({.message = fmt::format("the catalog lacks the TPP, link or memory bandwidth of \"{}\"", chip.name),
                      .hint = "start from a chip of which all three are known"});
    return kBadInput;
  }
  const hw::ExportOutcome loosest = options.notified ? hw::ExportOutcome::notification : hw::ExportOutcome::allowed;
  const std::vector<hw::Design> designs = hw::largest_below_lines(facts, asked.rules, asked.query, loosest);
  if (designs.empty()) {
    console.diagnose({.message = fmt::format("nothing cut from \"{}\" may be sold to {} on {}", chip.name,
                                             asked.query.destination, asked.query.date),
                      .hint = "a rule there does not ask for numbers"});
    return kRefused;
  }
  std::vector<Record> records;
  for (const hw::Design& design : designs) {
    std::string limits;
    for (const hw::DesignLimit& limit : design.limits)
      limits += fmt::format("{}{}: {} ({})", limits.empty() ? "" : "; ", limit.quantity, limit.rule, limit.reason);
    records.push_back({{"cut_from", chip.name},
                       {"tpp", design.tpp},
                       {"performance_density", design.performance_density},
                       {"io_gb_s", design.io},
                       {"dram_gb_s", design.dram},
                       {"next_step_crosses", limits.empty() ? std::string("nothing: the whole chip may be sold") : limits}});
    if (options.format == Format::table) continue;
    for (auto& [key, text] : {std::pair{"to", asked.query.destination}, std::pair{"date", asked.query.date},
                              std::pair{"notice", std::string(hw::kExportNotice)}})
      records.back().push_back({key, text});
  }
  console.print(list_text(records, options.format, kStatusDigits));
  if (options.format == Format::table)
    console.print(fmt::format("\nOn the die of {}, to {} on {}. {}\n", chip.name, asked.query.destination, asked.query.date,
                              hw::kExportNotice));
  return kDone;
}

void print_statuses(const std::vector<hw::Accelerator>& chips, const Question& asked, Format format, Console& console) {
  std::vector<Record> records;
  for (const hw::Accelerator& chip : chips) {
    const hw::ExportFacts facts = hw::export_facts(chip);
    const hw::ExportVerdict verdict = hw::export_status(facts, asked.rules, asked.query);
    records.push_back({{"chip", chip.name},
                       {"status", verdict.status()},
                       {"rule", verdict.rule},
                       {"reason", verdict.reason},
                       {"buyers_government", verdict.gate_status()},
                       {"uncertain", fmt::format("{}", fmt::join(verdict.uncertain, "; "))}});
    if (format == Format::table) continue;
    records.back().push_back({"history", history_text(facts, asked.rules, asked.query)});
    records.back().push_back({"notice", std::string(hw::kExportNotice)});
  }
  console.print(list_text(records, format, kStatusDigits));
  if (format != Format::table) return;
  if (chips.size() == 1)
    console.print(fmt::format("\n{}", history_table(hw::export_facts(chips.front()), asked.rules, asked.query)));
  std::string buyer;
  if (!asked.query.headquarters.empty()) buyer += fmt::format(", buyer from {}", asked.query.headquarters);
  if (asked.query.funding == hw::Funding::state) buyer += ", state-funded";
  console.print(fmt::format("\nTo {} on {}{}. {}\n", asked.query.destination, asked.query.date, buyer, hw::kExportNotice));
}

}  // namespace

int export_status_command(const ExportStatusOptions& options, Console& console) {
  const Result<Catalogs> catalogs = load_catalogs(console);
  if (!catalogs) return exit_code_of_data(catalogs.diagnostics());
  const std::optional<Question> asked = question_of(options, catalogs->rules, console);
  if (!asked) return kBadInput;
  if (options.name == "all" && options.design) {
    console.diagnose({.message = "a design is cut from one chip", .hint = "name it, e.g. \"H100 SXM5\""});
    return kBadInput;
  }
  if (options.name == "all") {
    print_statuses(catalogs->accelerators, *asked, options.format, console);
    return kDone;
  }
  const std::optional<hw::Accelerator> chip = named_accelerator(options.name, *catalogs, console);
  if (!chip) return kBadInput;
  if (options.design) return print_designs(*chip, *asked, options, console);
  print_statuses({*chip}, *asked, options.format, console);
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
