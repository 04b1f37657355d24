// The shape of a decoder-only language model: everything that parameter counts, FLOPs, kernels and memory follow from.
// One TOML file a model in models/data; a Hugging Face config.json gives the same value (config_json.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpufleet::models {

/// mha: a key/value head per query head; gqa: query heads share them; mla: keys and values from a low-rank latent.
enum class AttentionForm : std::uint8_t { mha, gqa, mla };
/// Linear biases: none, only in the query/key/value projections, or everywhere.
enum class LinearBias : std::uint8_t { none, qkv, all };
/// How positions enter: rotated queries and keys, a learned table added to the embedding, a bias on the scores, or unknown.
enum class Positions : std::uint8_t { rope, learned, alibi, none };
enum class LayerKind : std::uint8_t { dense, moe };

std::string_view name(AttentionForm form);
std::string_view name(LinearBias bias);
std::string_view name(Positions positions);

/// What the makers say of the model, to hold the shape against; 0 = not said.
struct Claim {
  double total_parameters = 0;
  double active_parameters = 0;
  std::string source;
  friend bool operator==(const Claim&, const Claim&) = default;
};

/// Figures computed from the shape by other means than this library, kept beside the model as its test.
struct Expected {
  double total_parameters = 0;
  double active_parameters = 0;
  double training_gflops_per_token_causal = 0;
  double training_gflops_per_token_full = 0;
  std::int64_t sequence = 0;  ///< sequence length of the two GFLOP figures; 0 = no figures here
  std::string source;
  friend bool operator==(const Expected&, const Expected&) = default;
};

struct Architecture {
  std::string name;
  std::vector<std::string> aliases;
  AttentionForm attention = AttentionForm::mha;
  std::int64_t layers = 0;  ///< transformer layers without the MTP modules
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;      ///< of queries and keys; MLA: qk_nope + qk_rope
  std::int64_t q_lora_rank = 0;   ///< MLA: latent of the queries; 0 = queries come straight from the hidden state
  std::int64_t kv_lora_rank = 0;  ///< MLA: latent of keys and values
  std::int64_t qk_nope = 0;       ///< MLA: part of a head without rotation
  std::int64_t qk_rope = 0;       ///< MLA: rotated part, shared by all heads on the key side
  std::int64_t v_head_dim = 0;    ///< head size of the values (equal to head_dim except in MLA)
  bool qk_norm = false;           ///< queries and keys are normalised per head
  std::int64_t ffn_dense = 0;     ///< inner size of a dense layer's FFN
  std::int64_t dense_layers = 0;  ///< layers with a dense FFN; they come first
  std::int64_t routed_experts = 0;
  std::int64_t shared_experts = 0;
  std::int64_t top_k = 0;
  std::int64_t moe_ffn = 0;        ///< inner size of one routed expert
  std::int64_t shared_ffn = 0;     ///< inner size of all shared experts together
  std::int64_t expert_groups = 0;  ///< group-limited routing; 0 or 1 = no limit
  std::int64_t topk_groups = 0;
  std::int64_t vocab = 0;
  bool gated_mlp = true;  ///< SwiGLU/GeGLU with three matrices; otherwise two
  bool tied_embeddings = false;
  LinearBias attention_bias = LinearBias::none;
  Positions positions = Positions::rope;
  std::int64_t learned_positions = 0;  ///< rows of the learned position table
  std::int64_t mtp_layers = 0;         ///< multi-token-prediction modules
  std::int64_t max_position = 0;
  bool aggregate_only = false;  ///< only the claimed totals are known: there is no shape to compute with
  Claim claimed;
  Expected expected;
  std::string source;
  std::vector<std::string> soft;  ///< keys recalled or inferred rather than read in the source; "*" = all
  std::string notes;

  [[nodiscard]] std::int64_t moe_layers() const { return routed_experts > 0 ? layers - dense_layers : 0; }
  [[nodiscard]] LayerKind layer_kind(std::int64_t layer) const {
    return layer < dense_layers || routed_experts == 0 ? LayerKind::dense : LayerKind::moe;
  }
  /// Kind of the layer inside an MTP module: that of the last layer.
  [[nodiscard]] LayerKind mtp_kind() const { return routed_experts > 0 ? LayerKind::moe : LayerKind::dense; }
  friend bool operator==(const Architecture&, const Architecture&) = default;
};

/// Reasons why the numbers of `architecture` cannot be a model ("heads must be positive"), one sentence each; empty = sound.
/// Keys are those of the catalog files, e.g. "attention.heads".
struct ShapeProblem {
  std::string key;
  std::string message;
};
std::vector<ShapeProblem> shape_problems(const Architecture& architecture);

}  // namespace gpufleet::models
