// Fields as transformers, vLLM and NVIDIA's ModelOpt write them; nlohmann/json's exceptions end here.
#include "models/config_weights.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "hwprofiles/toml_depth.h"

namespace gpufleet::models {
namespace {

std::string lower_text(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  std::string out = found->get<std::string>();
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string by_width(const nlohmann::json& object, const char* key, bool floating) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return {};
  const auto bits = found->get<std::int64_t>();
  if (bits == 8) return floating ? "fp8" : "int8";
  if (bits == 4) return floating ? "fp4" : "int4";
  return {};
}

// compressed-tensors: the weights of the first group; groups of one checkpoint differ in what they leave out.
std::string of_groups(const nlohmann::json& config) {
  const auto groups = config.find("config_groups");
  if (groups == config.end() || !groups->is_object()) return {};
  for (const auto& group : *groups) {
    if (!group.is_object() || !group.contains("weights") || !group["weights"].is_object()) continue;
    const nlohmann::json& weights = group["weights"];
    return by_width(weights, "num_bits", lower_text(weights, "type") == "float");
  }
  return {};
}

std::string format_of(const nlohmann::json& config, const std::string& method) {
  const std::string algorithm = lower_text(config, "quant_algo");
  for (const std::string& word : {method, algorithm}) {
    if (word.find("fp4") != std::string::npos) return "fp4";  // mxfp4, nvfp4
    if (word.find("fp8") != std::string::npos) return "fp8";  // fp8, fbgemm_fp8
    if (word.find("w4a16") != std::string::npos || word == "int4") return "int4";
    if (word.find("w8a8") != std::string::npos || word == "int8") return "int8";
  }
  if (std::string out = of_groups(config); !out.empty()) return out;
  if (std::string out = by_width(config, "bits", false); !out.empty()) return out;
  if (method == "awq") return "int4";
  if (config.value("load_in_4bit", nlohmann::json()) == true) return "int4";
  if (config.value("load_in_8bit", nlohmann::json()) == true) return "int8";
  return {};
}

constexpr std::string_view kNote = "The checkpoint stores its weights as ";

}  // namespace

std::optional<StoredWeights> stored_weights(std::string_view config_json) {
  if (hw::deeper_than(config_json, hw::kDeepestToml)) return std::nullopt;
  try {
    const nlohmann::json whole = nlohmann::json::parse(config_json);
    if (!whole.is_object()) return std::nullopt;
    const nlohmann::json* object = &whole;
    if (!whole.contains("quantization_config") && whole.contains("text_config") && whole["text_config"].is_object())
      object = &whole["text_config"];
    const auto found = object->find("quantization_config");
    if (found == object->end() || !found->is_object()) return std::nullopt;
    std::string method = lower_text(*found, "quant_method");
    std::string weights = format_of(*found, method);
    if (method.empty()) method = lower_text(*found, "quant_algo");
    return StoredWeights{std::move(method), std::move(weights)};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string stored_weights_note(const StoredWeights& stored) {
  return fmt::format("{0}{1} ({2}): serving.pool.weights = \"{1}\".", kNote, stored.weights, stored.method);
}

std::string noted_weights(std::string_view notes) {
  const std::size_t at = notes.find(kNote);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = notes.substr(at + kNote.size());
  return std::string(rest.substr(0, rest.find(' ')));
}

}  // namespace gpufleet::models
