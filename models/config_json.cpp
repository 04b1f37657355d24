// Field names are those of the transformers library's configuration classes. nlohmann/json's exceptions end here; it keeps no
// positions, so a field's place is that of its quoted name in the text.
#include "models/config_json.h"

#include <fmt/format.h>
#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "hwprofiles/toml_depth.h"
#include "models/config_fields.h"
#include "models/config_weights.h"
#include "models/counts.h"
#include "models/json_keys.h"

namespace gpufleet::models {
namespace {

using nlohmann::json;

SourceLocation place(const std::string& file, std::string_view text, std::size_t offset) {
  SourceLocation out{file, 1, 1};
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
    if (text[i] == '\n') {
      ++out.line;
      out.column = 1;
    } else {
      ++out.column;
    }
  }
  return out;
}

class ConfigReader {
 public:
  ConfigReader(const json& object, std::string_view text, std::size_t start, std::string file)
      : object_(object), text_(text), start_(start), file_(std::move(file)) {}

  /// The first of these fields that is present and not null; 0 if none is.
  std::int64_t count(std::initializer_list<const char*> keys) {
    used_.insert(keys.begin(), keys.end());
    for (const char* key : keys) {
      const auto found = object_.find(key);
      if (found == object_.end() || found->is_null()) continue;
      if (found->is_number_integer()) {
        const bool too_large =
            found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(kLargestCount);
        const std::int64_t value = too_large ? -1 : found->get<std::int64_t>();
        if (value >= 0 && value <= kLargestCount) return value;
      }
      error(key, fmt::format("expected a whole number from 0 to {}", kLargestCount));
      return 0;
    }
    return 0;
  }
  std::int64_t required(std::initializer_list<const char*> keys) {
    const std::size_t before = problems.size();
    const std::int64_t value = count(keys);
    const bool present = std::any_of(keys.begin(), keys.end(), [&](const char* key) { return object_.contains(key); });
    if (problems.size() == before && (!present || value == 0)) error(*keys.begin(), "missing or zero; the shape needs it");
    return value;
  }
  bool flag(const char* key, bool otherwise) {
    used_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) return otherwise;
    if (found->is_boolean()) return found->get<bool>();
    error(key, "expected true or false");
    return otherwise;
  }
  std::string text(const char* key) {
    used_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) return {};
    if (found->is_string()) return found->get<std::string>();
    error(key, "expected text");
    return {};
  }
  /// Elements of a list that are `wanted`; -1 where the field is no list.
  std::int64_t listed(const char* key, const json& wanted) {
    used_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() || !found->is_array() ? -1 : std::count(found->begin(), found->end(), wanted);
  }
  /// Whole numbers of a list; nothing where it is absent or null.
  std::optional<std::vector<std::int64_t>> numbers(const char* key) {
    used_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) return std::nullopt;
    std::vector<std::int64_t> out;
    if (found->is_array())
      for (const json& element : *found)
        if (element.is_number_integer()) out.push_back(element.get<std::int64_t>());
    if (!found->is_array() || out.size() != found->size()) {
      error(key, "expected a list of whole numbers");
      return std::nullopt;
    }
    return out;
  }
  void error(const std::string& key, std::string message, std::string hint = {}) {
    problems.push_back({Severity::error, DiagnosticKind::usage, where(key), key, std::move(message), std::move(hint)});
  }
  void warn(const std::string& key, std::string message) {
    problems.push_back({Severity::warning, DiagnosticKind::usage, where(key), key, std::move(message), ""});
  }
  void warn_of_unknown() {
    for (const auto& [key, value] : object_.items())
      if (!used_.contains(key) && !config_field_without_effect(key)) warn(key, "not known here; ignored");
  }
  [[nodiscard]] SourceLocation where(const std::string& key) const {
    const std::size_t offset = text_.find('"' + key + '"', start_);
    return place(file_, text_, offset == std::string_view::npos ? 0 : offset);
  }

  Diagnostics problems;

 private:
  const json& object_;
  std::string_view text_;
  std::size_t start_;  // fields are sought from here on
  std::string file_;
  std::set<std::string, std::less<>> used_;
};

void read_common(ConfigReader& in, Architecture& out) {
  out.layers = in.required({"num_hidden_layers", "num_layers"});
  out.hidden = in.required({"hidden_size"});
  out.vocab = in.required({"vocab_size", "padded_vocab_size"});
  out.max_position = in.count({"max_position_embeddings", "seq_length"});
  out.tied_embeddings = in.flag("tie_word_embeddings", false);
  out.mtp_layers = in.count({"num_nextn_predict_layers"});
  out.dense_layers = out.layers;
}

void read_latent_attention(ConfigReader& in, Architecture& out) {
  out.attention = AttentionForm::mla;
  out.heads = out.kv_heads = in.required({"num_attention_heads"});
  in.count({"num_key_value_heads"});
  in.flag("attention_bias", false);
  out.q_lora_rank = in.count({"q_lora_rank"});
  out.kv_lora_rank = in.required({"kv_lora_rank"});
  out.qk_nope = in.required({"qk_nope_head_dim"});
  out.qk_rope = in.required({"qk_rope_head_dim"});
  out.v_head_dim = in.required({"v_head_dim"});
  out.head_dim = out.qk_nope + out.qk_rope;
  in.count({"qk_head_dim", "head_dim"});
}

void read_attention(ConfigReader& in, Architecture& out) {
  out.heads = in.required({"num_attention_heads"});
  const std::int64_t groups = in.count({"num_key_value_heads", "multi_query_group_num"});
  out.kv_heads = groups > 0 && in.flag("multi_query_attention", true) ? groups : out.heads;
  out.attention = out.kv_heads == out.heads ? AttentionForm::mha : AttentionForm::gqa;
  out.head_dim = in.count({"head_dim", "kv_channels"});
  if (out.head_dim == 0 && out.heads > 0) out.head_dim = out.hidden / out.heads;
  out.v_head_dim = out.head_dim;
  out.qk_norm = in.flag("use_qk_norm", false);
}

// Which layers have experts, told by each family in its own way. An architecture's dense layers come first; elsewhere their
// number is kept, which leaves every count right, and the order is named.
template <class HasExperts>
void count_dense_layers(ConfigReader& in, Architecture& out, const char* key, HasExperts&& has_experts) {
  std::int64_t dense = 0, first_with_experts = out.layers;
  // Nobody builds more; what is beyond is refused as a shape.
  for (std::int64_t layer = 0; layer < std::min<std::int64_t>(out.layers, 100'000); ++layer) {
    if (!has_experts(layer))
      ++dense;
    else
      first_with_experts = std::min(first_with_experts, layer);
  }
  out.dense_layers = dense;
  if (first_with_experts != dense && dense < out.layers)
    in.warn(key, fmt::format("{} dense layers lie between those with experts; they are counted as if they came first", dense));
}

struct ExpertFields {
  std::initializer_list<const char*> experts, top_k, inner;
};

void read_experts(ConfigReader& in, Architecture& out, const ExpertFields& fields) {
  out.routed_experts = in.required(fields.experts);
  out.top_k = in.required(fields.top_k);
  out.moe_ffn = in.required(fields.inner);
  out.dense_layers = in.count({"first_k_dense_replace"});
  if (const std::int64_t dense = in.listed("mlp_layer_types", "dense"); dense >= 0) out.dense_layers = dense;
  out.shared_experts = in.count({"n_shared_experts"});
  out.shared_ffn = out.shared_experts * out.moe_ffn;
  out.expert_groups = in.count({"n_group"});
  out.topk_groups = in.count({"topk_group"});
  if (out.expert_groups <= 1) out.expert_groups = out.topk_groups = 0;
}

void read_deepseek(ConfigReader& in, Architecture& out) {
  read_latent_attention(in, out);
  out.ffn_dense = in.required({"intermediate_size"});
  read_experts(in, out, {{"n_routed_experts"}, {"num_experts_per_tok"}, {"moe_intermediate_size"}});
  if (in.listed("moe_layer_freq", 1) >= 0) {  // 0 or 1 for each layer
    const std::vector<std::int64_t> experts = in.numbers("moe_layer_freq").value_or(std::vector<std::int64_t>{});
    count_dense_layers(in, out, "moe_layer_freq", [&](std::int64_t layer) {
      return static_cast<std::size_t>(layer) < experts.size() && experts[static_cast<std::size_t>(layer)] != 0;
    });
  } else if (const std::int64_t step = in.count({"moe_layer_freq"}); step > 1) {
    const std::int64_t first = out.dense_layers;
    count_dense_layers(in, out, "moe_layer_freq", [&](std::int64_t layer) { return layer >= first && layer % step == 0; });
  }
}

void read_llama(ConfigReader& in, Architecture& out) {
  read_attention(in, out);
  out.ffn_dense = in.required({"intermediate_size"});
  const bool attention_bias = in.flag("attention_bias", false), qkv_bias = in.flag("qkv_bias", false);
  if (attention_bias || qkv_bias) out.attention_bias = LinearBias::qkv;
}

// Every interleave_moe_layer_step-th layer has experts, and always one that is shared.
void read_llama4(ConfigReader& in, Architecture& out) {
  read_attention(in, out);
  read_experts(in, out, {{"num_local_experts"}, {"num_experts_per_tok"}, {"intermediate_size"}});
  out.shared_experts = 1;
  out.shared_ffn = out.moe_ffn;
  const std::int64_t step = in.count({"interleave_moe_layer_step"});
  out.dense_layers = step > 1 ? out.layers - out.layers / step : 0;
  if (const auto experts = in.numbers("moe_layers"))
    out.dense_layers = std::max<std::int64_t>(0, out.layers - static_cast<std::int64_t>(experts->size()));
  if (out.dense_layers > 0) out.ffn_dense = in.required({"intermediate_size_mlp"});
  in.count({"intermediate_size_mlp"});
  in.flag("attention_bias", false);
}

void read_qwen2(ConfigReader& in, Architecture& out) {
  read_llama(in, out);
  out.attention_bias = LinearBias::qkv;
}

void read_qwen3(ConfigReader& in, Architecture& out) {
  read_llama(in, out);
  out.qk_norm = true;
}

void read_qwen_experts(ConfigReader& in, Architecture& out) {
  const std::int64_t dense = out.ffn_dense;
  read_experts(in, out, {{"num_experts"}, {"num_experts_per_tok"}, {"moe_intermediate_size"}});
  out.ffn_dense = dense;
  out.shared_ffn = in.count({"shared_expert_intermediate_size"});
  out.shared_experts = out.shared_ffn > 0 ? 1 : 0;
  // Every decoder_sparse_step-th layer has experts, but for those listed.
  const std::int64_t step = std::max<std::int64_t>(1, in.count({"decoder_sparse_step"}));
  const std::vector<std::int64_t> plain = in.numbers("mlp_only_layers").value_or(std::vector<std::int64_t>{});
  if (step > 1 || !plain.empty())
    count_dense_layers(in, out, plain.empty() ? "decoder_sparse_step" : "mlp_only_layers", [&](std::int64_t layer) {
      return (layer + 1) % step == 0 && std::find(plain.begin(), plain.end(), layer) == plain.end();
    });
}

void read_mixtral(ConfigReader& in, Architecture& out) {
  read_attention(in, out);
  read_experts(in, out, {{"num_local_experts"}, {"num_experts_per_tok"}, {"intermediate_size"}});
}

void read_gpt_oss(ConfigReader& in, Architecture& out) {
  read_attention(in, out);
  if (in.flag("attention_bias", true)) out.attention_bias = LinearBias::qkv;
  read_experts(in, out, {{"num_local_experts"}, {"num_experts_per_tok", "experts_per_token"}, {"intermediate_size"}});
}

void read_glm(ConfigReader& in, Architecture& out) {
  read_attention(in, out);
  out.ffn_dense = in.required({"ffn_hidden_size", "intermediate_size"});
  if (in.flag("add_qkv_bias", false) || in.flag("attention_bias", false)) out.attention_bias = LinearBias::qkv;
}

void read_glm_moe(ConfigReader& in, Architecture& out) {
  read_glm(in, out);
  read_experts(in, out, {{"n_routed_experts"}, {"num_experts_per_tok"}, {"moe_intermediate_size"}});
}

void read_qwen2_moe(ConfigReader& in, Architecture& out) {
  read_qwen2(in, out);
  read_qwen_experts(in, out);
}
void read_qwen3_moe(ConfigReader& in, Architecture& out) {
  read_qwen3(in, out);
  read_qwen_experts(in, out);
}

struct Family {
  std::string_view model_type;
  void (*read)(ConfigReader&, Architecture&);
};
constexpr std::array<Family, 19> kFamilies{{{"deepseek_v2", read_deepseek},
                                            {"deepseek_v3", read_deepseek},
                                            {"deepseek_v32", read_deepseek},
                                            {"kimi_k2", read_deepseek},
                                            {"llama", read_llama},
                                            {"llama4_text", read_llama4},
                                            {"mistral", read_llama},
                                            {"mixtral", read_mixtral},
                                            {"qwen2", read_qwen2},
                                            {"qwen2_moe", read_qwen2_moe},
                                            {"qwen3", read_qwen3},
                                            {"qwen3_moe", read_qwen3_moe},
                                            {"chatglm", read_glm},
                                            {"glm", read_glm},
                                            {"glm4", read_glm},
                                            {"glm4_moe", read_glm_moe},
                                            {"glm_moe_dsa", read_deepseek},
                                            {"gpt_oss", read_gpt_oss},
                                            {"internlm", read_llama}}};

const Family* find_family(ConfigReader& in, const std::string& word) {
  std::vector<std::string> names;
  for (const Family& family : kFamilies) {
    if (family.model_type == word) return &family;
    names.emplace_back(family.model_type);
  }
  in.error("model_type",
           word.empty() ? "missing; it says how to read the other fields"
                        : fmt::format("\"{}\" is not a known family; known: {}", word, fmt::join(names, ", ")),
           did_you_mean(word, names));
  return nullptr;
}

// "deepseek-ai/DeepSeek-V3" or a path -> its last part.
std::string last_part(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// Attention that looks at less than the whole sequence, in the fields that say so.
void warn_of_windows(ConfigReader& in, const Architecture& model, const std::string& family) {
  const std::int64_t window = in.count({"sliding_window"});
  const bool on = in.flag("use_sliding_window", !family.starts_with("qwen"));
  const bool narrow = window > 0 && (model.max_position == 0 || window < model.max_position);
  if (family == "gpt_oss" || (on && narrow) || in.listed("layer_types", "sliding_attention") > 0)
    in.warn("sliding_window", "layers with a sliding window are counted with full attention");
  if (in.count({"attention_chunk_size"}) > 0 || in.listed("layer_types", "chunked_attention") > 0)
    in.warn("attention_chunk_size", "layers that attend within chunks are counted with full attention");
  if (in.listed("layer_types", "linear_attention") > 0)
    in.warn("layer_types", "layers with linear attention are counted with full attention");
  for (const char* bias : {"mlp_bias", "add_bias_linear"})
    if (in.flag(bias, false)) in.warn(bias, "biases of the feed-forward layers are left out");
}

Diagnostic whole_file(const std::string& file, SourceLocation where, std::string message) {
  where.file = file;
  return {Severity::error, DiagnosticKind::usage, std::move(where), "", std::move(message), ""};
}

}  // namespace

Result<Architecture> import_config(std::string_view text, const std::string& file_name) {
  // Copies of a value call themselves once a level.
  if (const auto deep = hw::deeper_than(text, hw::kDeepestToml))
    return whole_file(file_name, {file_name, deep->line, deep->column}, "nested more deeply than any config.json");
  json object;
  try {
    object = json::parse(text);
  } catch (const json::parse_error& error) {
    const std::size_t offset = error.byte > 0 ? error.byte - 1 : 0;
    return whole_file(file_name, place(file_name, text, offset), "not valid JSON");
  } catch (const json::exception&) {  // numbers beyond any double
    return whole_file(file_name, {file_name, 1, 1}, "holds a number that is out of range");
  }
  if (!object.is_object()) return whole_file(file_name, {file_name, 1, 1}, "expected a JSON object, as config.json is");
  if (const auto repeated = repeated_json_key(text))
    return Diagnostic{Severity::error, DiagnosticKind::usage, place(file_name, text, repeated->offset),
                      repeated->key,   "stands here twice",   "keep one of them"};

  // Models that also see or hear keep the language model's fields in an object of their own.
  const bool part =
      object.contains("text_config") && object["text_config"].is_object() && object["text_config"].contains("model_type");
  const json whole = object;
  if (part) object = whole["text_config"];

  ConfigReader in(object, text, part ? text.find("\"text_config\"") : 0, file_name);
  Architecture out;
  if (part) in.warn("text_config", "only the text model is read");
  const Family* family = find_family(in, in.text("model_type"));
  if (family == nullptr) return in.problems;
  const std::string path = in.text("_name_or_path");
  // Files of this kind are mostly called config.json, and their folder after the model.
  const std::size_t folder = file_name.size() - std::min(file_name.size(), std::string_view("/config.json").size());
  const bool in_folder = folder > 0 && file_name.ends_with("/config.json");
  out.name = last_part(!path.empty() ? path : in_folder ? file_name.substr(0, folder) : file_name);
  out.source = "config.json of " + (path.empty() ? file_name : path);
  read_common(in, out);
  family->read(in, out);
  warn_of_windows(in, out, std::string(family->model_type));
  in.warn_of_unknown();
  if (const auto stored = stored_weights(text)) {
    if (stored->weights.empty())
      in.warn("quantization_config",
              fmt::format("\"{}\" is not known here; the stored format of the weights is not taken over", stored->method));
    else
      out.notes = stored_weights_note(*stored);
  }
  if (!has_errors(in.problems))
    for (const ShapeProblem& problem : shape_problems(out)) in.error(problem.key, problem.message);
  if (has_errors(in.problems)) return in.problems;
  return Result<Architecture>(std::move(out), std::move(in.problems));
}

}  // namespace gpufleet::models
