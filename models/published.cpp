// Endings of names are those that makers and quantisers use on Hugging Face; models/data/published/ holds the ids.
#include "models/published.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cctype>

#include "hwprofiles/toml_document.h"
#include "models/catalog.h"
#include "models/config_weights.h"

namespace gpufleet::models {
namespace {

constexpr std::array<std::string_view, 6> kStored{"bf16", "fp16", "fp8", "int8", "fp4", "int4"};

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view last_of(std::string_view id) {
  while (id.ends_with('/')) id.remove_suffix(1);
  const std::size_t slash = id.rfind('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

struct FormatEnding {
  std::string_view word, weights;
};
constexpr std::array kFormatEndings = std::to_array<FormatEnding>({{"fp8", "fp8"},
                                                                   {"fp8-static", "fp8"},
                                                                   {"fp8-dynamic", "fp8"},
                                                                   {"bf16", "bf16"},
                                                                   {"fp16", "fp16"},
                                                                   {"awq", "int4"},
                                                                   {"gptq", "int4"},
                                                                   {"int4", "int4"},
                                                                   {"w4a16", "int4"},
                                                                   {"4bit", "int4"},
                                                                   {"int8", "int8"},
                                                                   {"w8a8", "int8"},
                                                                   {"w8a16", "int8"},
                                                                   {"fp4", "fp4"},
                                                                   {"nvfp4", "fp4"},
                                                                   {"mxfp4", "fp4"}});
constexpr std::array<std::string_view, 9> kTunings{"instruct", "base", "chat", "thinking", "hf", "it", "sft", "inst", "turbo"};

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// "2507" (a date), "v0.1" (a revision), "1M" or "128k" (a stretched context).
bool is_revision(std::string_view word) {
  if (word.size() == 4 && digits(word)) return true;
  if (word.size() > 1 && (word[0] == 'v' || word[0] == 'V'))
    return std::ranges::all_of(word.substr(1), [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
  const char unit = word.empty() ? '\0' : static_cast<char>(std::tolower(static_cast<unsigned char>(word.back())));
  return (unit == 'k' || unit == 'm') && digits(word.substr(0, word.size() - 1));
}

}  // namespace

Result<std::vector<PublishedModel>> load_published(const std::filesystem::path& file) {
  const Result<hw::TomlTable> document = hw::read_toml(file);
  if (!document) return document.diagnostics();
  Diagnostics problems;
  hw::TableReader root(*document, "", problems);
  static_cast<void>(root.text("source", hw::Presence::required));
  std::vector<PublishedModel> out;
  for (const hw::TomlTable* row : root.tables("checkpoint", hw::Presence::required)) {
    hw::TableReader table(*row, "checkpoint", problems);
    PublishedModel one{table.text("id", hw::Presence::required), table.text("model", hw::Presence::required), "bf16"};
    if (const std::size_t choice = table.choice("weights", kStored, hw::Presence::optional); choice < kStored.size())
      one.weights = kStored[choice];
    if (std::ranges::any_of(out, [&](const PublishedModel& other) { return same_word(other.id, one.id); }))
      table.report("id", fmt::format("\"{}\" stands here twice", one.id), "");
    table.finish();
    out.push_back(std::move(one));
  }
  root.finish();
  if (has_errors(problems)) return problems;
  return out;
}

NamedModel find_named_model(std::span<const Architecture> catalog, std::span<const PublishedModel> checkpoints,
                            std::string_view name) {
  for (const PublishedModel& one : checkpoints)
    if (same_word(one.id, name)) return {find_architecture(catalog, one.model), one.weights};
  std::string_view tail = last_of(name);
  std::string weights;
  const auto found = [&](const Architecture* model, std::string_view stored) {
    return NamedModel{model, weights.empty() ? std::string(stored) : weights};
  };
  while (!tail.empty()) {
    for (const PublishedModel& one : checkpoints)
      if (same_word(last_of(one.id), tail)) return found(find_architecture(catalog, one.model), one.weights);
    if (const Architecture* model = find_architecture(catalog, tail)) {
      const PublishedModel* first = checkpoint_of(checkpoints, model->name, {});
      return found(model, first == nullptr ? noted_weights(model->notes) : first->weights);
    }
    if (tail.size() > 5 && same_word(tail.substr(0, 5), "meta-")) {
      tail.remove_prefix(5);
      continue;
    }
    const auto format = std::ranges::find_if(kFormatEndings, [&](const FormatEnding& ending) {
      return tail.size() > ending.word.size() + 1 && same_word(tail.substr(tail.size() - ending.word.size()), ending.word) &&
             (tail[tail.size() - ending.word.size() - 1] == '-' || tail[tail.size() - ending.word.size() - 1] == '_');
    });
    if (format != kFormatEndings.end()) {
      // The last ending is the one that was stored: "-GPTQ-Int8" is 8 bits wide.
      if (weights.empty()) weights = format->weights;
      tail.remove_suffix(format->word.size() + 1);
      continue;
    }
    const std::size_t dash = tail.find_last_of("-_");
    if (dash == std::string_view::npos || dash == 0) break;
    const std::string_view ending = tail.substr(dash + 1);
    const bool tuned = std::ranges::any_of(kTunings, [&](std::string_view word) { return same_word(word, ending); });
    if (!tuned && !is_revision(ending)) break;
    tail = tail.substr(0, dash);
  }
  return {};
}

const PublishedModel* checkpoint_of(std::span<const PublishedModel> checkpoints, std::string_view model,
                                    std::string_view weights) {
  const PublishedModel* first = nullptr;
  for (const PublishedModel& one : checkpoints) {
    if (!same_word(one.model, model)) continue;
    if (one.weights == weights) return &one;
    if (first == nullptr) first = &one;
  }
  return first;
}

}  // namespace gpufleet::models
