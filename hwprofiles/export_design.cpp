#include "hwprofiles/export_design.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/check.h"

namespace gpufleet::hw {
namespace {

struct Knob {
  std::string_view name;
  std::optional<double> ExportFacts::*field;
};
constexpr std::array<Knob, 3> kKnobs{{{"TPP", &ExportFacts::tpp}, {"IO", &ExportFacts::io}, {"DRAM", &ExportFacts::dram}}};

class Search {
 public:
  Search(ExportFacts chip, const ExportRules& rules, ExportQuery query, ExportOutcome loosest)
      : full_(std::move(chip)), rules_(rules), query_(std::move(query)), loosest_(loosest) {
    full_.name = "";  // rules that name parts do not bind a new one
    full_.released = query_.date;
  }

  [[nodiscard]] std::optional<Design> corner(const std::array<int, 3>& order) const {
    ExportFacts chip = full_;
    for (const Knob& knob : kKnobs) chip.*knob.field = 0.0;
    if (!sellable(chip)) return std::nullopt;
    for (const int index : order) {
      const auto field = kKnobs[static_cast<std::size_t>(index)].field;
      chip.*field = *(full_.*field);
      if (!sellable(chip)) chip.*field = largest(chip, field);
    }
    return describe(chip);
  }

 private:
  [[nodiscard]] ExportVerdict verdict(const ExportFacts& chip) const { return export_status(chip, rules_, query_); }
  [[nodiscard]] bool sellable(const ExportFacts& chip) const {
    const ExportVerdict found = verdict(chip);
    return found.outcome <= loosest_ && found.uncertain.empty();
  }

  // Largest whole value that is sellable; zero is, and the template's value is not. The legal set is closed downwards in each
  // number, so bisection finds its edge.
  [[nodiscard]] double largest(ExportFacts chip, std::optional<double> ExportFacts::*field) const {
    double low = 0, high = std::floor(*(full_.*field)) + 1;
    while (high - low > 1) {
      const double middle = std::floor((low + high) / 2);
      chip.*field = middle;
      (sellable(chip) ? low : high) = middle;
    }
    return low;
  }

  [[nodiscard]] Design describe(const ExportFacts& chip) const {
    Design out{
        .tpp = *chip.tpp, .io = *chip.io, .dram = *chip.dram, .performance_density = chip.performance_density().value_or(0)};
    for (const Knob& knob : kKnobs) {
      if (*(chip.*knob.field) >= *(full_.*knob.field)) continue;
      ExportFacts next = chip;
      next.*knob.field = *(chip.*knob.field) + 1;
      const ExportVerdict found = verdict(next);
      out.limits.push_back({std::string(knob.name), found.rule, found.reason});
    }
    return out;
  }

  ExportFacts full_;
  const ExportRules& rules_;
  ExportQuery query_;
  ExportOutcome loosest_;
};

}  // namespace

std::vector<Design> largest_below_lines(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query,
                                        ExportOutcome loosest) {
  check(chip.tpp && chip.io && chip.dram, "the template of a design needs its TPP, IO and DRAM bandwidth");
  const Search search(chip, rules, query, loosest);
  std::vector<Design> out;
  std::array<int, 3> order{0, 1, 2};
  do {
    const std::optional<Design> found = search.corner(order);
    const auto same = [&](const Design& other) {
      return other.tpp == found->tpp && other.io == found->io && other.dram == found->dram;
    };
    if (found && std::none_of(out.begin(), out.end(), same)) out.push_back(*found);
  } while (std::next_permutation(order.begin(), order.end()));
  return out;
}

}  // namespace gpufleet::hw
