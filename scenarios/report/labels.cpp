#include "scenarios/report/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "scenarios/report/headline.h"
#include "scenarios/report/inputs.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::size_t kLabelColumns = 56, kHeadingColumns = 200, kNamedInHeading = 5;

// Characters of a text, each with its bytes.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> out;
  for (const char c : text) {
    if (out.empty() || (static_cast<unsigned char>(c) & 0xc0U) != 0x80U) out.emplace_back();
    out.back() += c;
  }
  return out;
}

// From U+1100 on (three bytes, first at least 0xe1) most characters that names hold are as wide as two letters; general
// punctuation (0xe2) is not.
std::size_t columns(const std::string& character) {
  const auto first = static_cast<unsigned char>(character.front());
  return first >= 0xe1 && first != 0xe2 ? 2 : 1;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c != ' ')
      out.back() += c;
    else if (!out.back().empty())
      out.emplace_back();
  }
  if (out.back().empty() && out.size() > 1) out.pop_back();
  return out;
}

std::string joined(std::span<const std::string> words) { return fmt::format("{}", fmt::join(words, " ")); }

bool all_differ(const std::vector<std::string>& names) { return std::set(names.begin(), names.end()).size() == names.size(); }

// Equal names get numbers.
void number_equals(std::vector<std::string>& names) {
  for (std::size_t round = 0; round < names.size() && !all_differ(names); ++round) {
    const std::vector<std::string> before = names;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (std::ranges::count(before, before[i]) == 1) continue;
      const auto earlier = std::count(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(i), before[i]);
      names[i] = fmt::format("{} ({})", before[i], earlier + 1);
    }
  }
}

// "pp=4 zero=1" for results of one title, where at most three keys differ; nothing where that does not tell them apart.
std::vector<std::string> names_by_inputs(std::span<const RunResult> results, const std::vector<std::string>& titles) {
  constexpr std::size_t kMostKeys = 3;
  const std::vector<DifferentInput> inputs = different_inputs(results);
  if (inputs.empty() || inputs.size() > kMostKeys) return {};
  std::vector<std::string> out = titles;
  for (const DifferentInput& input : inputs) {
    const std::string leaf = input.key.substr(input.key.rfind('.') + 1);
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::string value = input.values[i].empty() ? "–" : input.values[i];
      std::erase(value, '"');
      out[i] += fmt::format(" {}={}", leaf, value);
    }
  }
  return all_differ(out) ? out : std::vector<std::string>();
}

std::vector<std::string> full_names(std::span<const RunResult> results) {
  std::vector<std::string> titles, files;
  for (const RunResult& result : results) {
    titles.push_back(display_name(result));
    files.push_back(std::filesystem::path(result.scenario_name).stem().string());
  }
  if (all_differ(titles)) return titles;
  if (std::vector<std::string> names = names_by_inputs(results, titles); !names.empty()) return names;
  if (all_differ(files)) return files;
  number_equals(titles);
  return titles;
}

}  // namespace

std::size_t columns_of(const std::string& text) {
  std::size_t out = 0;
  for (const std::string& character : characters(text)) out += columns(character);
  return out;
}

std::string elided(const std::string& text, std::size_t columns_most) {
  if (columns_of(text) <= columns_most) return text;
  const std::vector<std::string> all = characters(text);
  const std::size_t room = columns_most - 1, before = room * 3 / 5;
  std::string head, tail;
  std::size_t used = 0;
  for (const std::string& character : all) {
    if (used + columns(character) > before) break;
    head += character, used += columns(character);
  }
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (used + columns(*it) > room) break;
    tail = *it + tail, used += columns(*it);
  }
  return head + "…" + tail;
}

Labels labels_of(std::span<const RunResult> results, Language language) {
  if (results.size() == 1) return {display_name(results.front()), {display_name(results.front())}};
  std::vector<std::vector<std::string>> words;
  std::size_t shortest = std::string::npos;
  for (const std::string& name : full_names(results)) {
    words.push_back(words_of(name));
    shortest = std::min(shortest, words.back().size());
  }
  const auto all_have = [&](auto&& word_of) {
    return std::ranges::all_of(words, [&](const auto& one) { return word_of(one) == word_of(words.front()); });
  };
  // At least one word of each name stays.
  std::size_t before = 0, after = 0;
  while (before + 1 < shortest && all_have([&](const auto& one) { return one[before]; })) ++before;
  while (before + after + 1 < shortest && all_have([&](const auto& one) { return one[one.size() - 1 - after]; })) ++after;
  Labels out;
  for (const auto& one : words)
    out.labels.push_back(elided(joined(std::span(one).subspan(before, one.size() - before - after)), kLabelColumns));
  number_equals(out.labels);

  const std::span<const std::string> first = words.front();
  if (before + after > 0 && results.size() <= kNamedInHeading) {
    out.heading = fmt::format("{} {} {}", joined(first.first(before)), fmt::join(out.labels, " / "), joined(first.last(after)));
    while (out.heading.starts_with(' ')) out.heading.erase(0, 1);
    while (out.heading.ends_with(' ')) out.heading.pop_back();
  } else if (results.size() <= kNamedInHeading) {
    out.heading = fmt::format("{}: {}", phrase(Phrase::comparison, language), fmt::join(out.labels, " / "));
  } else {
    out.heading = fmt::format("{} ({})", phrase(Phrase::comparison, language), results.size());
  }
  out.heading = elided(out.heading, kHeadingColumns);
  return out;
}

}  // namespace gpufleet::scenarios
