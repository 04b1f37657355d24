#include "hwprofiles/export_rules.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

constexpr Presence kRequired = Presence::required;
constexpr Presence kOptional = Presence::optional;
constexpr std::array<std::string_view, 7> kOutcomes{"allowed", "notification",     "licence-granted", "case-by-case",
                                                    "quota",   "licence-required", "denied"};
constexpr std::array<std::string_view, 4> kEffects{"restricts", "relieves", "levies", "gates"};
constexpr std::array<std::string_view, 6> kGates{"encouraged", "discouraged", "conditional", "barred-if-state-funded",
                                                 "stop-order", "blocked"};
constexpr std::array<std::string_view, 6> kGateWords{"ENCOURAGED", "DISCOURAGED", "CONDITIONAL", "BARRED_IN_STATE_FUNDED_DC",
                                                     "STOP_ORDER", "BLOCKED"};
constexpr std::array<std::string_view, 3> kSubjects{"accelerator", "memory-stack", "foundry-order"};

// Same order as RuleInput.
const std::vector<VariableSpec>& variables() {
  static const std::vector<VariableSpec> kVariables{{"TPP", ValueType::number},
                                                    {"PD", ValueType::number},
                                                    {"IO", ValueType::number},
                                                    {"DRAM", ValueType::number},
                                                    {"DRAM_PLUS_IO", ValueType::number},
                                                    {"DC", ValueType::boolean},
                                                    {"NAME", ValueType::text},
                                                    {"DESIGNER", ValueType::text},
                                                    {"DESTINATION", ValueType::text},
                                                    {"HQ", ValueType::text},
                                                    {"STATE_FUNDED", ValueType::boolean},
                                                    {"TIER", ValueType::number},
                                                    {"COUNTRY_TPP", ValueType::number},
                                                    {"HBM_BANDWIDTH_DENSITY", ValueType::number},
                                                    {"TRANSISTORS", ValueType::number},
                                                    {"D5", ValueType::set}};
  return kVariables;
}

std::vector<std::string> resolve(TableReader& reader, std::string_view key, const ExportRules& rules) {
  std::vector<std::string> out;
  std::vector<std::string> names;
  for (const auto& [group, members] : rules.groups) names.push_back(group);
  const auto member = [](const std::string& entry) { return entry.size() == 2 && entry[0] >= 'A' && entry[0] <= 'Z'; };
  for (const std::string& entry : reader.texts(key, kOptional)) {
    const std::vector<std::string>& group = rules.group(entry);
    if (!group.empty())
      out.insert(out.end(), group.begin(), group.end());
    else if (member(entry))
      out.push_back(entry);
    else
      reader.report(key, fmt::format("\"{}\" is neither a country code nor a group", entry), did_you_mean(entry, names));
  }
  return out;
}

ExportRule read_rule(const TomlTable& table, const ExportRules& rules, Diagnostics& sink) {
  TableReader reader(table, "rule", sink);
  ExportRule out;
  out.id = reader.text("id", kRequired);
  out.title = reader.text("title", kRequired);
  const std::size_t effect = reader.choice("effect", kEffects, kRequired);
  out.effect = effect < kEffects.size() ? static_cast<RuleEffect>(effect) : RuleEffect::restricts;
  const std::size_t subject = reader.choice("subject", kSubjects, kOptional);
  out.subject = subject < kSubjects.size() ? static_cast<RuleSubject>(subject) : RuleSubject::accelerator;
  out.enforced = reader.has("enforced") ? reader.boolean("enforced", kOptional) : true;
  out.published = reader.date("published", kRequired);
  out.from = reader.date("from", kRequired);
  out.to = reader.date("to", kOptional);
  if (!out.to.empty() && out.to < out.from) reader.report("to", "is before `from`", "");
  out.destinations = resolve(reader, "destinations", rules);
  const std::vector<std::string> except = resolve(reader, "except", rules);
  std::erase_if(out.destinations,
                [&](const std::string& country) { return std::find(except.begin(), except.end(), country) != except.end(); });
  out.headquarters = resolve(reader, "headquarters", rules);
  out.when_text = reader.text("when", kRequired);
  if (const TomlValue* when = table.find("when"); when != nullptr && when->text() != nullptr) {
    Result<Expression> parsed = parse_expression(out.when_text, variables(), when->where);
    if (parsed)
      out.when = std::move(parsed).value();
    else
      for (Diagnostic diagnostic : parsed.diagnostics()) {
        diagnostic.key = "rule.when";
        sink.push_back(std::move(diagnostic));
      }
  }
  if (out.effect == RuleEffect::gates) {
    const std::size_t gate = reader.choice("outcome", kGates, kRequired);
    if (gate < kGates.size()) out.gate = static_cast<GateOutcome>(gate);
  } else {
    const std::size_t outcome = reader.choice("outcome", kOutcomes, out.effect == RuleEffect::levies ? kOptional : kRequired);
    if (outcome < kOutcomes.size()) out.outcome = static_cast<ExportOutcome>(outcome);
  }
  out.relieves = reader.texts("relieves", out.effect == RuleEffect::relieves ? kRequired : kOptional);
  out.cost_share = reader.quantity("cost_share", Dimension::none, {.low = 0, .high = 10}, kOptional);
  out.policy = reader.text("policy", kOptional);
  out.source = reader.text("source", kRequired);
  out.note = reader.text("note", kOptional);
  out.soft = reader.boolean("soft", kOptional);
  reader.finish();
  return out;
}

void read_groups(const TomlTable& file, ExportRules& rules, Diagnostics& sink) {
  const TomlValue* value = file.find("groups");
  const TomlTable* table = value == nullptr ? nullptr : value->table();
  if (table == nullptr) return;
  TableReader reader(*table, "groups", sink);
  for (const auto& [group, members] : table->entries) {
    std::vector<std::string> countries = reader.texts(group, kRequired);
    const auto same = std::find_if(rules.groups.begin(), rules.groups.end(), [&](const auto& g) { return g.first == group; });
    if (same != rules.groups.end())
      same->second = std::move(countries);
    else
      rules.groups.emplace_back(group, std::move(countries));
  }
}

Result<ExportRules> read_over(ExportRules rules, const std::filesystem::path& file) {
  const Result<TomlTable> table = read_toml(file);
  if (!table) return table.diagnostics();
  Diagnostics sink;
  TableReader reader(*table, "", sink);
  reader.table("groups", kOptional);
  read_groups(*table, rules, sink);
  for (const std::string& id : reader.texts("withdraw", kOptional)) {
    const std::size_t before = rules.rules.size();
    std::vector<std::string> ids;
    for (const ExportRule& rule : rules.rules) ids.push_back(rule.id);
    std::erase_if(rules.rules, [&](const ExportRule& rule) { return rule.id == id; });
    if (rules.rules.size() == before)
      reader.report("withdraw", fmt::format("names \"{}\", which is no rule", id), did_you_mean(id, ids));
  }
  std::vector<std::string> seen;
  for (const TomlTable* entry : reader.tables("rule", kOptional)) {
    ExportRule rule = read_rule(*entry, rules, sink);
    if (std::find(seen.begin(), seen.end(), rule.id) != seen.end())
      TableReader(*entry, "rule", sink).report("id", fmt::format("\"{}\" stands twice in this file", rule.id), "");
    seen.push_back(rule.id);
    const auto same = std::find_if(rules.rules.begin(), rules.rules.end(), [&](const ExportRule& r) { return r.id == rule.id; });
    if (same != rules.rules.end())
      *same = std::move(rule);
    else
      rules.rules.push_back(std::move(rule));
  }
  reader.finish();
  for (const ExportRule& rule : rules.rules)
    for (const std::string& id : rule.relieves) {
      // A withdrawn rule leaves its reliefs without effect; only this file's own names are checked.
      const bool own = std::find(seen.begin(), seen.end(), rule.id) != seen.end();
      if (own && rules.find(id) == nullptr)
        reader.report("rule", fmt::format("\"{}\" relieves \"{}\", which is no rule", rule.id, id), "");
    }
  if (has_errors(sink)) return sink;
  return rules;
}

}  // namespace

std::string_view name(GateOutcome outcome) { return kGateWords[static_cast<std::size_t>(outcome)]; }

const std::vector<std::string>& ExportRules::group(std::string_view group_name) const {
  static const std::vector<std::string> kNone;
  for (const auto& [key, members] : groups)
    if (key == group_name) return members;
  return kNone;
}

const ExportRule* ExportRules::find(std::string_view id) const {
  for (const ExportRule& rule : rules)
    if (rule.id == id) return &rule;
  return nullptr;
}

Result<ExportRules> load_export_rules(const std::filesystem::path& file) { return read_over({}, file); }
Result<ExportRules> overlay_export_rules(const ExportRules& base, const std::filesystem::path& extra) {
  return read_over(base, extra);
}

}  // namespace gpufleet::hw
