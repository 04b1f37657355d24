#include "scenarios/report/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "scenarios/output/breakdown_part.h"

namespace gpufleet::scenarios {
namespace {

struct Place {
  std::string kind, name;
};

std::optional<Place> place_of(const BreakdownItem& item, Language language) {
  std::optional<BreakdownPart> part = breakdown_part(item);
  if (!part) return std::nullopt;
  const auto in = [&](Phrase kind) { return Place{std::string(phrase(kind, language)), std::move(part->name)}; };
  switch (part->whole) {
    case BreakdownWhole::step: return in(Phrase::parts_step);
    case BreakdownWhole::work: return in(Phrase::parts_work);
    case BreakdownWhole::memory: return in(Phrase::parts_memory);
    case BreakdownWhole::waited: return in(Phrase::parts_waited);
    case BreakdownWhole::share: {
      // "bought lawfully, share of compute" is no chip's
      if (item.unit != "ratio" || part->name.ends_with(',')) return std::nullopt;
      Place out = in(Phrase::parts_shares);
      out.kind = fmt::format("{} {}", out.kind, part->of);
      return out;
    }
    case BreakdownWhole::other: break;
  }
  if (item.unit == "USD" && item.name.find(" a year") != std::string::npos)
    return Place{std::string(phrase(Phrase::parts_cost, language)), item.name};
  return std::nullopt;
}

// The eight colours go to the parts that are largest in any bar; the others become one part.
void sum_up_small(std::vector<Stack>& stacks, std::string_view name_of_rest) {
  constexpr std::size_t kNamed = 7;
  std::map<std::string, double> largest;
  for (const Stack& stack : stacks)
    for (const StackPart& part : stack.parts) largest[part.name] = std::max(largest[part.name], part.value);
  if (largest.size() <= kNamed + 1) return;
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [name, value] : largest) order.emplace_back(-value, name);
  std::sort(order.begin(), order.end());
  for (Stack& stack : stacks) {
    double rest = 0;
    std::erase_if(stack.parts, [&](const StackPart& part) {
      const bool named =
          std::any_of(order.begin(), order.begin() + kNamed, [&](const auto& one) { return one.second == part.name; });
      if (!named) rest += part.value;
      return !named;
    });
    if (rest > 0) stack.parts.push_back({std::string(name_of_rest), rest});
  }
}

}  // namespace

std::vector<Whole> wholes_of(const RunResult& result, Language language) {
  std::vector<Whole> out;
  for (const BreakdownItem& item : result.breakdown) {
    if (!(item.value > 0)) continue;
    std::optional<Place> place = place_of(item, language);
    if (!place) continue;
    auto found =
        std::ranges::find_if(out, [&](const Whole& whole) { return whole.kind == place->kind && whole.unit == item.unit; });
    if (found == out.end()) found = out.insert(out.end(), {std::move(place->kind), item.unit, {}});
    found->parts.push_back({std::move(place->name), item.value});
  }
  return out;
}

std::string parts_charts(std::span<const RunResult> results, const std::vector<std::string>& labels, Language language) {
  struct Kind {
    std::string name, unit;
    std::vector<Stack> stacks;
  };
  std::vector<Kind> kinds;
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (Whole& whole : wholes_of(results[i], language)) {
      auto kind = std::ranges::find_if(kinds, [&](const Kind& k) { return k.name == whole.kind && k.unit == whole.unit; });
      if (kind == kinds.end()) kind = kinds.insert(kinds.end(), {whole.kind, whole.unit, {}});
      kind->stacks.push_back({labels[i], std::move(whole.parts)});
    }
  }
  std::string out;
  for (Kind& kind : kinds) {
    // That the only chip has all of it needs no picture.
    const auto one = [](const Stack& stack) { return stack.parts.size() == 1; };
    if (kind.unit == "ratio" && std::ranges::all_of(kind.stacks, one)) continue;
    sum_up_small(kind.stacks, phrase(Phrase::parts_smaller, language));
    out += stacked_chart(kind.name, std::string(word_in(kind.unit, language)), kind.stacks);
  }
  return out;
}

}  // namespace gpufleet::scenarios
