#include "hwprofiles/export_law.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "core/check.h"
#include "hwprofiles/calendar.h"
#include "hwprofiles/dtype.h"

namespace gpufleet::hw {
namespace {

using Values = std::vector<Value>;

// Sums of decimal figures carry binary noise; a line is crossed by the printed figure, not by 1e-13 of it.
double printed(double value) { return std::round(value * 1e6) / 1e6; }

bool contains(const std::vector<std::string>& list, const std::string& entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

double tier_of(const ExportRules& rules, const std::string& country) {
  if (contains(rules.group("tier-1"), country)) return 1;
  return contains(rules.group("D:5"), country) ? 3 : 2;
}

std::string headquarters_of(const ExportQuery& query) {
  return query.headquarters.empty() ? query.destination : query.headquarters;
}

Values inputs(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query) {
  Values out(static_cast<std::size_t>(RuleInput::count));
  const auto set = [&](RuleInput input, Value value) { out[static_cast<std::size_t>(input)] = std::move(value); };
  const auto number = [&](RuleInput input, std::optional<double> value) {
    if (value) set(input, printed(*value));
  };
  number(RuleInput::tpp, chip.tpp);
  number(RuleInput::pd, chip.performance_density());
  number(RuleInput::io, chip.io);
  number(RuleInput::dram, chip.dram);
  if (chip.io && chip.dram) number(RuleInput::dram_plus_io, *chip.io + *chip.dram);
  set(RuleInput::dc, chip.market == Market::data_centre);
  set(RuleInput::name, chip.name);
  set(RuleInput::designer, chip.designer);
  set(RuleInput::destination, query.destination);
  set(RuleInput::hq, headquarters_of(query));
  set(RuleInput::state_funded, query.funding == Funding::state);
  set(RuleInput::tier, tier_of(rules, query.destination));
  number(RuleInput::country_tpp, query.country_tpp);
  set(RuleInput::d5, rules.group("D:5"));
  return out;
}

bool in_force(const ExportRule& rule, const ExportQuery& query) {
  if (rule.subject != RuleSubject::accelerator) return false;
  if (!rule.enforced && !contains(query.what_if, rule.id)) return false;
  if (query.date < rule.from || (!rule.to.empty() && query.date > rule.to)) return false;
  if (rule.destinations.empty() && rule.headquarters.empty()) return true;
  return contains(rule.destinations, query.destination) || contains(rule.headquarters, headquarters_of(query));
}

std::string describe(const std::vector<Comparison>& lines) {
  std::vector<std::string> parts;
  for (const Comparison& line : lines) {
    std::string part;
    if (line.numeric) {
      std::string_view relation = line.relation;
      if (line.holds == Truth::no)
        relation = relation == ">=" ? "<" : relation == ">" ? "<=" : relation == "<" ? ">=" : relation == "<=" ? ">" : "is not";
      part = fmt::format("{} {:.6g} {} {:.6g}", line.left, line.value, relation, line.threshold);
    } else if (line.left == "DC") {
      part = line.holds == Truth::yes ? "for data centres" : "not for data centres";
    } else if (line.relation == "in" || line.relation == "==") {
      part = fmt::format("{} is {}listed", line.left == "NAME" ? "the chip" : line.left, line.holds == Truth::yes ? "" : "not ");
    } else {
      continue;
    }
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// A restricting rule that holds, with what a relief made of it.
struct Finding {
  const ExportRule* rule = nullptr;  // that decides: the relief where one answers
  ExportOutcome outcome = ExportOutcome::allowed;
  double share = 0;
  std::vector<Comparison> lines;
};

// The latest relief that answers for `rule`. One that does not hold leaves the outcome, but becomes the rule to name where
// the rule it reviews would have denied: its own lines are then what the chip misses.
Finding relieve(const ExportRule& rule, const ExportRules& rules, const ExportQuery& query, const Values& values) {
  Finding out{&rule, rule.outcome, rule.cost_share, decisive(rule.when, values)};
  const ExportRule* latest = nullptr;
  for (const ExportRule& relief : rules.rules) {
    const bool answers = relief.effect == RuleEffect::relieves && contains(relief.relieves, rule.id) && in_force(relief, query);
    if (!answers) continue;
    const bool holds = evaluate(relief.when, values) == Truth::yes;
    if (holds && (latest == nullptr || relief.from >= latest->from)) {
      latest = &relief;
      // A relief never makes things stricter.
      out = {&relief, std::min(rule.outcome, relief.outcome), relief.cost_share, decisive(rule.when, values)};
      if (relief.outcome == ExportOutcome::case_by_case) out.lines = decisive(relief.when, values);
    } else if (!holds && latest == nullptr && rule.outcome == ExportOutcome::denied) {
      out.rule = &relief;
      out.lines = decisive(relief.when, values);
    }
  }
  return out;
}

void decide(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query, ExportVerdict& out) {
  const Values values = inputs(chip, rules, query);
  const Finding* strictest = nullptr;
  std::vector<Finding> findings;
  const ExportRule* nearest = nullptr;
  double margin = std::numeric_limits<double>::infinity();
  for (const ExportRule& rule : rules.rules) {
    if (rule.effect != RuleEffect::restricts || !in_force(rule, query)) continue;
    const Truth truth = evaluate(rule.when, values);
    if (truth == Truth::yes) findings.push_back(relieve(rule, rules, query, values));
    if (truth == Truth::unknown) out.uncertain.push_back(rule.id);
    if (truth != Truth::no || rule.outcome == ExportOutcome::allowed) continue;
    const double distance = distance_to_true(rule.when, values);
    if (nearest == nullptr || distance < margin) {
      nearest = &rule;
      margin = distance;
    }
  }
  for (const Finding& finding : findings)
    if (strictest == nullptr || finding.outcome > strictest->outcome) strictest = &finding;
  if (strictest != nullptr) {
    out.outcome = strictest->outcome;
    out.rule = strictest->rule->id;
    out.licence_share = out.outcome == ExportOutcome::licence_granted ? strictest->share : 0;
    out.lines = strictest->lines;
  } else if (nearest != nullptr) {
    out.rule = nearest->id;
    out.lines = decisive(nearest->when, values);
  }
  if (out.outcome == ExportOutcome::allowed) out.margin = margin;
  out.reason = describe(out.lines);
  for (const ExportRule& rule : rules.rules)
    if (rule.effect == RuleEffect::levies && in_force(rule, query) && evaluate(rule.when, values) == Truth::yes)
      out.levy_share += rule.cost_share;
}

}  // namespace

std::optional<double> ExportFacts::performance_density() const {
  if (!tpp || !die_area) return std::nullopt;
  return *tpp / *die_area;
}

namespace {

// ISO 3166-1 alpha-2, officially assigned: 249 codes in order. XK and other codes that users may assign are no country's.
constexpr std::string_view kCountries =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ"
    "DEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP"
    "KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOM"
    "PAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ"
    "UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

bool is_assigned(std::string_view code) {
  for (std::size_t at = 0; at < kCountries.size(); at += 2)
    if (kCountries.substr(at, 2) == code) return true;
  return false;
}

}  // namespace

std::string country_code(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter >= 'a' && letter <= 'z')
      out += static_cast<char>(letter - 'a' + 'A');
    else if (letter >= 'A' && letter <= 'Z')
      out += letter;
    else
      return {};
  }
  return out.size() == 2 && is_assigned(out) ? out : std::string();
}

ExportFacts export_facts(const Accelerator& chip) {
  ExportFacts out;
  out.name = chip.name;
  out.designer = chip.designer;
  out.released = chip.release_date;
  out.market = chip.market;
  double best = 0;
  for (const Dtype dtype : {Dtype::fp64, Dtype::fp32, Dtype::bf16, Dtype::fp16, Dtype::fp8, Dtype::int8, Dtype::fp4, Dtype::int4})
    best = std::max(best, chip.peak(dtype).value() / 1e12 * 8 * bytes_per_value(dtype));
  if (chip.tpp_bound > 0) best = chip.tpp_bound;
  if (best > 0) out.tpp = best;
  if (chip.applicable_die_area_mm2 > 0) out.die_area = chip.applicable_die_area_mm2;
  if (chip.pcie_bandwidth.value() > 0) out.io = (chip.scaleup_bandwidth + chip.pcie_bandwidth).value() / 1e9;
  if (chip.memory_bandwidth.value() > 0) out.dram = chip.memory_bandwidth.value() / 1e9;
  return out;
}

std::string ExportVerdict::status() const {
  if (standing == Standing::not_released) return "NOT_RELEASED";
  if (standing == Standing::domestic) return "DOMESTIC";
  if (outcome == ExportOutcome::licence_granted && licence_share > 0)
    return fmt::format("LICENCE_GRANTED_{:.0f}PCT", licence_share * 100);
  constexpr std::array<std::string_view, 7> kWords{"ALLOWED",          "NAC",   "LICENCE_GRANTED", "CASE_BY_CASE", "QUOTA",
                                                   "LICENCE_REQUIRED", "BANNED"};
  return std::string(kWords[static_cast<std::size_t>(outcome)]);
}

std::string ExportVerdict::gate_status() const {
  if (gate.empty()) return "FREE";
  std::vector<std::string_view> words;
  for (const GateFinding& finding : gate)
    if (std::find(words.begin(), words.end(), name(finding.outcome)) == words.end()) words.push_back(name(finding.outcome));
  return fmt::format("{}", fmt::join(words, "+"));
}

ExportVerdict export_status(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query) {
  check(complete_date(query.date) == query.date, "export_status needs a complete ISO date");
  ExportVerdict out;
  const Values values = inputs(chip, rules, query);
  for (const ExportRule& rule : rules.rules)
    if (rule.effect == RuleEffect::gates && in_force(rule, query) && evaluate(rule.when, values) == Truth::yes)
      out.gate.push_back({rule.gate, rule.id});
  if (chip.released.empty() || query.date < chip.released) {
    out.standing = ExportVerdict::Standing::not_released;
    out.reason = chip.released.empty() ? "never sold" : fmt::format("first sold on {}", chip.released);
  } else if (chip.designer == query.destination) {
    out.standing = ExportVerdict::Standing::domestic;
    out.reason = "designed in the country of delivery: export rules act on its foundry and memory supply, not on its sale";
  } else {
    decide(chip, rules, query, out);
  }
  return out;
}

bool purchase_plausible(const ExportVerdict& verdict, Funding funding) {
  if (verdict.standing == ExportVerdict::Standing::not_released) return false;
  const bool open = verdict.standing == ExportVerdict::Standing::domestic || verdict.outcome <= ExportOutcome::licence_granted;
  return open && std::none_of(verdict.gate.begin(), verdict.gate.end(), [&](const GateFinding& finding) {
           return finding.outcome == GateOutcome::stop_order || finding.outcome == GateOutcome::blocked ||
                  (finding.outcome == GateOutcome::barred_if_state_funded && funding == Funding::state);
         });
}

std::vector<StatusChange> export_history(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query) {
  std::vector<StatusChange> out;
  if (chip.released.empty() || chip.released > query.date) return out;
  std::set<std::string> dates{chip.released};
  for (const ExportRule& rule : rules.rules) {
    if (rule.effect == RuleEffect::gates) continue;
    dates.insert(rule.from);
    if (!rule.to.empty()) dates.insert(next_day(rule.to));
  }
  for (const std::string& date : dates) {
    if (date < chip.released || date > query.date) continue;
    ExportQuery then = query;
    then.date = date;
    ExportVerdict verdict = export_status(chip, rules, then);
    if (out.empty() || out.back().verdict.status() != verdict.status()) out.push_back({date, std::move(verdict)});
  }
  return out;
}

}  // namespace gpufleet::hw
