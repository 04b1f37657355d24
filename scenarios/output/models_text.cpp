#include <fmt/format.h>
#include <limits>

#include "models/flops.h"
#include "models/parameters.h"
#include "scenarios/output/catalog_text.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/output/records.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr int kDigits = 4;
constexpr std::int64_t kSequence = 4096;  // at which FLOPs per token are shown where the model does not say

double known(double value) { return value > 0 ? value : kUnknown; }
// Facts of the architecture: no digit of them is rounded away; 0 = it has none.
decltype(Field::value) count(std::int64_t value) {
  if (value == 0) return kUnknown;
  return value;
}

std::string feed_forward(const models::Architecture& model) {
  if (model.aggregate_only) return "";
  if (model.routed_experts == 0) return "dense";
  return fmt::format("{} of {} experts{}", model.top_k, model.routed_experts,
                     model.shared_experts > 0 ? fmt::format(" + {} shared", model.shared_experts) : "");
}

Record summary(const models::Architecture& model) {
  const models::Parameters parameters = models::parameters(model);
  return {{"name", model.name},
          {"parameters_b", known(parameters.total / 1e9)},
          {"active_b", known(parameters.active / 1e9)},
          {"layers", count(model.layers)},
          {"hidden", count(model.hidden)},
          {"attention", model.aggregate_only ? std::string() : std::string(models::name(model.attention))},
          {"feed_forward", feed_forward(model)}};
}

// A text as TOML writes it; JSON's escapes are TOML's too.
std::string quoted_text(std::string_view text) { return JsonWriter(JsonWriter::Layout::compact).text(text).str(); }

}  // namespace

std::string models_text(std::span<const models::Architecture> models, Format format) {
  std::vector<Record> records;
  for (const models::Architecture& model : models) records.push_back(summary(model));
  return list_text(records, format, kDigits);
}

std::string model_text(const models::Architecture& model, Format format) {
  const models::Parameters p = models::parameters(model);
  Record record = summary(model);
  record.insert(record.begin() + 1, {"aliases", fmt::format("{}", fmt::join(model.aliases, ", "))});
  const auto flops = [&](models::AttentionCount counting) {
    return models::training_flops_per_token(model, kSequence, counting) / 1e9;
  };
  const Record rest{{"heads", count(model.heads)},
                    {"kv_heads", count(model.kv_heads)},
                    {"head_dim", count(model.head_dim)},
                    {"q_lora_rank", count(model.q_lora_rank)},
                    {"kv_lora_rank", count(model.kv_lora_rank)},
                    {"v_head_dim", count(model.v_head_dim)},
                    {"ffn_dense", count(model.ffn_dense)},
                    {"dense_layers", count(model.dense_layers)},
                    {"moe_ffn", count(model.moe_ffn)},
                    {"expert_groups", count(model.expert_groups)},
                    {"vocab", count(model.vocab)},
                    {"mtp_layers", count(model.mtp_layers)},
                    {"max_position", count(model.max_position)},
                    {"embedding_parameters_b", known(p.embedding / 1e9)},
                    {"head_parameters_b", known(p.head / 1e9)},
                    {"attention_parameters_b", known(p.attention / 1e9)},
                    {"dense_ffn_parameters_b", known(p.dense_ffn / 1e9)},
                    {"routed_expert_parameters_b", known(p.routed_experts / 1e9)},
                    {"shared_expert_parameters_b", known(p.shared_experts / 1e9)},
                    {"mtp_parameters_b", known(p.mtp / 1e9)},
                    {"training_gflop_per_token_causal_4096", known(flops(models::AttentionCount::causal))},
                    {"training_gflop_per_token_full_4096", known(flops(models::AttentionCount::full))},
                    {"source", model.source},
                    {"recalled_not_read", fmt::format("{}", fmt::join(model.soft, ", "))},
                    {"notes", model.notes}};
  record.insert(record.end(), rest.begin(), rest.end());
  return record_text(record, format, kDigits);
}

std::string model_entry(const models::Architecture& m) {
  const models::Parameters counted = models::parameters(m);
  std::string out = fmt::format("# {:.4g} B parameters, {:.4g} B of them active\n", counted.total / 1e9, counted.active / 1e9);
  out += fmt::format("name = {}\nsource = {}\n", quoted_text(m.name), quoted_text(m.source));
  if (!m.notes.empty()) out += fmt::format("notes = {}\n", quoted_text(m.notes));
  const auto line = [&](std::string_view key, std::int64_t value) {
    if (value != 0) out += fmt::format("{} = {}\n", key, value);
  };
  out += '\n';
  line("layers", m.layers);
  line("hidden", m.hidden);
  line("vocab", m.vocab);
  line("max_position", m.max_position);
  out += fmt::format("positions = \"{}\"\n", models::name(m.positions));
  line("learned_positions", m.learned_positions);
  if (m.tied_embeddings) out += "tied_embeddings = true\n";
  if (m.attention_bias != models::LinearBias::none) out += fmt::format("bias = \"{}\"\n", models::name(m.attention_bias));
  line("mtp_layers", m.mtp_layers);
  out += fmt::format("\n[attention]\nkind = \"{}\"\n", models::name(m.attention));
  line("heads", m.heads);
  if (m.attention == models::AttentionForm::mla) {
    line("q_lora_rank", m.q_lora_rank);
    line("kv_lora_rank", m.kv_lora_rank);
    line("qk_nope", m.qk_nope);
    line("qk_rope", m.qk_rope);
    line("v_head_dim", m.v_head_dim);
  } else {
    if (m.attention == models::AttentionForm::gqa) line("kv_heads", m.kv_heads);
    line("head_dim", m.head_dim);
  }
  if (m.qk_norm) out += "qk_norm = true\n";
  out += fmt::format("\n[ffn]\ngated = {}\n", m.gated_mlp);
  line("dense", m.ffn_dense);
  if (m.routed_experts == 0) return out;
  out += fmt::format("dense_layers = {}\n\n[ffn.moe]\n", m.dense_layers);
  line("routed_experts", m.routed_experts);
  line("top_k", m.top_k);
  line("inner", m.moe_ffn);
  line("shared_experts", m.shared_experts);
  if (m.shared_ffn != m.shared_experts * m.moe_ffn) line("shared_inner", m.shared_ffn);
  line("groups", m.expert_groups);
  line("topk_groups", m.topk_groups);
  return out;
}

std::string imported_text(const models::Architecture& model, Format format) {
  return format == Format::table ? model_entry(model) : model_text(model, format);
}

}  // namespace gpufleet::scenarios
