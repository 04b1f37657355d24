#include "models/config_json.h"

#include <gtest/gtest.h>

#include "models/config_weights.h"
#include "models/parameters.h"
#include "models/published.h"
#include "tests/unit/models/model_fixtures.h"

namespace gpufleet::models {
namespace {

Architecture imported(const std::string& text) {
  Result<Architecture> read = import_config(text, "config.json");
  EXPECT_TRUE(read.ok()) << to_text(read.diagnostics());
  return read.ok() ? std::move(read).value() : Architecture{};
}
// Same shape, whatever the names and sources say.
void expect_same_shape(const Architecture& a, const Architecture& b) {
  EXPECT_EQ(a.attention, b.attention);
  EXPECT_EQ(a.kv_heads, b.kv_heads);
  EXPECT_EQ(a.head_dim, b.head_dim);
  EXPECT_EQ(a.mtp_layers, b.mtp_layers);
  EXPECT_EQ(a.expert_groups, b.expert_groups);
  EXPECT_DOUBLE_EQ(parameters(a).total, parameters(b).total);
  EXPECT_DOUBLE_EQ(parameters(a).active, parameters(b).active);
}

TEST(ConfigJson, DeepSeekV3) {
  const Architecture read = imported(R"({"model_type": "deepseek_v3", "_name_or_path": "deepseek-ai/DeepSeek-V3",
    "hidden_size": 7168, "num_hidden_layers": 61, "vocab_size": 129280, "num_attention_heads": 128, "num_key_value_heads": 128,
    "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
    "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "first_k_dense_replace": 3, "n_group": 8, "topk_group": 4, "num_nextn_predict_layers": 1,
    "max_position_embeddings": 163840, "tie_word_embeddings": false})");
  EXPECT_EQ(read.name, "DeepSeek-V3");
  expect_same_shape(read, model("DeepSeek-V3"));
}

TEST(ConfigJson, DeepSeekV2LiteWithoutQueryLatent) {
  expect_same_shape(imported(R"({"model_type": "deepseek_v2", "hidden_size": 2048, "num_hidden_layers": 27, "vocab_size": 102400,
    "num_attention_heads": 16, "q_lora_rank": null, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
    "v_head_dim": 128, "intermediate_size": 10944, "moe_intermediate_size": 1408, "n_routed_experts": 64, "n_shared_experts": 2,
    "num_experts_per_tok": 6, "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1})"),
                    model("DeepSeek-V2-Lite"));
}

TEST(ConfigJson, LlamaAndQwenAndMixtral) {
  expect_same_shape(imported(R"({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "vocab_size": 128256,
    "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336})"),
                    model("Llama-3.1-8B"));
  expect_same_shape(imported(R"({"model_type": "qwen2", "hidden_size": 1536, "num_hidden_layers": 28, "vocab_size": 151936,
    "num_attention_heads": 12, "num_key_value_heads": 2, "intermediate_size": 8960, "tie_word_embeddings": true})"),
                    model("Qwen2.5-1.5B"));
  expect_same_shape(imported(R"({"model_type": "qwen3_moe", "hidden_size": 4096, "num_hidden_layers": 94, "vocab_size": 151936,
    "num_attention_heads": 64, "num_key_value_heads": 4, "head_dim": 128, "intermediate_size": 12288,
    "moe_intermediate_size": 1536, "num_experts": 128, "num_experts_per_tok": 8})"),
                    model("Qwen3-235B-A22B"));
  expect_same_shape(imported(R"({"model_type": "qwen2_moe", "hidden_size": 3584, "num_hidden_layers": 28, "vocab_size": 151936,
    "num_attention_heads": 28, "num_key_value_heads": 4, "intermediate_size": 18944, "moe_intermediate_size": 2560,
    "shared_expert_intermediate_size": 20480, "num_experts": 64, "num_experts_per_tok": 8})"),
                    model("Qwen2-57B-A14B"));
  expect_same_shape(imported(R"({"model_type": "mixtral", "hidden_size": 6144, "num_hidden_layers": 56, "vocab_size": 32000,
    "num_attention_heads": 48, "num_key_value_heads": 8, "intermediate_size": 16384, "num_local_experts": 8,
    "num_experts_per_tok": 2})"),
                    model("Mixtral-8x22B"));
}

TEST(ConfigJson, KimiAndGptOss) {
  expect_same_shape(imported(R"({"model_type": "kimi_k2", "hidden_size": 7168, "num_hidden_layers": 61, "vocab_size": 163840,
    "num_attention_heads": 64, "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
    "v_head_dim": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 384, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1, "num_nextn_predict_layers": 0})"),
                    model("Kimi-K2"));
  const Architecture oss =
      imported(R"({"model_type": "gpt_oss", "hidden_size": 2880, "num_hidden_layers": 36, "vocab_size": 201088,
    "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 2880, "num_local_experts": 128,
    "num_experts_per_tok": 4})");
  EXPECT_LT(relative_error(parameters(oss).total, parameters(model("GPT-OSS-120B")).total), 0.001);
}

TEST(ConfigJson, TextModelInsideALargerOne) {
  const Result<Architecture> read = import_config(R"({"model_type": "llama4", "text_config": {"model_type": "llama4_text",
    "hidden_size": 5120, "num_hidden_layers": 48, "vocab_size": 202048, "num_attention_heads": 40, "num_key_value_heads": 8,
    "head_dim": 128, "intermediate_size": 8192, "intermediate_size_mlp": 16384, "num_local_experts": 128,
    "num_experts_per_tok": 1, "interleave_moe_layer_step": 2}})",
                                                  "config.json");
  ASSERT_TRUE(read.ok()) << to_text(read.diagnostics());
  expect_same_shape(*read, model("Llama-4-Maverick-400B"));
  EXPECT_EQ(to_text(read.diagnostics()), "config.json:1:26: warning: text_config: only the text model is read\n");
}

TEST(ConfigJson, GlmNamesItsFieldsDifferently) {
  const Architecture read =
      imported(R"({"model_type": "chatglm", "hidden_size": 4096, "num_layers": 40, "padded_vocab_size": 151552,
    "num_attention_heads": 32, "multi_query_attention": true, "multi_query_group_num": 2, "kv_channels": 128,
    "ffn_hidden_size": 13696, "add_qkv_bias": true})");
  EXPECT_EQ(read.kv_heads, 2);
  EXPECT_EQ(read.attention_bias, LinearBias::qkv);
  EXPECT_NEAR(parameters(read).total, 9.4e9, 0.05e9);
}

TEST(ConfigJson, NamesUnknownFieldsAsWarnings) {
  const Result<Architecture> read = import_config(
      "{\"model_type\": \"llama\", \"hidden_size\": 64, \"num_hidden_layers\": 2, \"vocab_size\": 100,\n"
      "  \"num_attention_heads\": 4, \"intermediate_size\": 128,\n  \"mystery\": 3}",
      "c.json");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_text(read.diagnostics()), "c.json:3:3: warning: mystery: not known here; ignored\n");
}

// Fields of a small Qwen3 mixture of experts with eight layers.
std::string qwen_with(const std::string& fields) {
  return R"({"model_type": "qwen3_moe", "hidden_size": 64, "num_hidden_layers": 8, "vocab_size": 100, "num_attention_heads": 4,
    "intermediate_size": 256, "moe_intermediate_size": 32, "num_experts": 16, "num_experts_per_tok": 2, )" +
         fields + "}";
}
std::string warnings_of(const std::string& text) {
  const Result<Architecture> read = import_config(text, "c.json");
  return read.ok() ? to_text(read.diagnostics()) : "refused: " + to_text(read.diagnostics());
}

TEST(ConfigJson, DenseLayersAmongExpertsAreCounted) {
  EXPECT_EQ(imported(qwen_with(R"("mlp_only_layers": [0, 1], "decoder_sparse_step": 1)")).dense_layers, 2);
  EXPECT_EQ(warnings_of(qwen_with(R"("mlp_only_layers": [0, 1])")), "");
  EXPECT_EQ(imported(qwen_with(R"("decoder_sparse_step": 2, "mlp_only_layers": [])")).dense_layers, 4);
  EXPECT_NE(warnings_of(qwen_with(R"("decoder_sparse_step": 2)")).find("decoder_sparse_step: 4 dense layers lie between"),
            std::string::npos);
  EXPECT_NE(warnings_of(qwen_with(R"("mlp_only_layers": "none")")).find("expected a list"), std::string::npos);
  const Architecture every_other = imported(R"({"model_type": "deepseek_v2", "hidden_size": 64, "num_hidden_layers": 9,
    "vocab_size": 100, "num_attention_heads": 4, "kv_lora_rank": 16, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8,
    "v_head_dim": 16, "intermediate_size": 256, "moe_intermediate_size": 32, "n_routed_experts": 16, "num_experts_per_tok": 2,
    "first_k_dense_replace": 1, "moe_layer_freq": 2})");
  EXPECT_EQ(every_other.moe_layers(), 4);  // layers 2, 4, 6, 8
}

TEST(ConfigJson, NamesWindowsAndRepeatedKeys) {
  const std::string mistral = R"({"model_type": "mistral", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 100,
    "num_attention_heads": 4, "intermediate_size": 128, "max_position_embeddings": 32768, "sliding_window": )";
  EXPECT_NE(warnings_of(mistral + "4096}").find("sliding_window: layers with a sliding window"), std::string::npos);
  EXPECT_EQ(warnings_of(mistral + "null}"), "");
  EXPECT_EQ(warnings_of("{\"model_type\": \"llama\",\n \"hidden_size\": 64,\n \"hidden_size\": 128}"),
            "refused: c.json:3:2: error: hidden_size: stands here twice\n  keep one of them\n");
}

TEST(ConfigJson, StoredFormatIsKept) {
  const auto format = [](const std::string& quantization) {
    const auto stored = stored_weights("{\"quantization_config\": " + quantization + "}");
    return stored ? stored->weights : "none";
  };
  EXPECT_EQ(format(R"({"quant_method": "fp8", "weight_block_size": [128, 128]})"), "fp8");
  EXPECT_EQ(format(R"({"quant_method": "mxfp4"})"), "fp4");
  EXPECT_EQ(format(R"({"quant_method": "gptq", "bits": 8})"), "int8");
  EXPECT_EQ(
      format(R"({"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 4, "type": "int"}}}})"),
      "int4");
  EXPECT_EQ(format(R"({"quant_method": "modelopt", "quant_algo": "NVFP4"})"), "fp4");
  EXPECT_EQ(format("3"), "none");
  const Architecture read = imported(qwen_with(R"("quantization_config": {"quant_method": "fp8"})"));
  EXPECT_EQ(noted_weights(read.notes), "fp8") << read.notes;
  EXPECT_EQ(import_config(qwen_with(R"("top_k": 1)"), "models/Mine-7B/config.json")->name, "Mine-7B");
  EXPECT_NE(warnings_of(qwen_with(R"("quantization_config": {"quant_method": "dreams"})")).find("\"dreams\" is not known here"),
            std::string::npos);
}

TEST(Checkpoints, NamesWithEndingsMeanModels) {
  const auto checkpoints = load_published(std::string(GPUFLEET_SOURCE_DIR) + "/models/data/published/hugging_face.toml").value();
  for (const PublishedModel& one : checkpoints) EXPECT_EQ(model(one.model).name, one.model) << one.id;
  const auto meant = [&](std::string_view name) {
    const NamedModel found = find_named_model(shipped_models(), checkpoints, name);
    return (found.model == nullptr ? "?" : found.model->name) + " " + found.weights;
  };
  EXPECT_EQ(meant("deepseek-ai/DeepSeek-R1"), "DeepSeek-R1 fp8");
  EXPECT_EQ(meant("unsloth/DeepSeek-R1-BF16"), "DeepSeek-R1 bf16");
  EXPECT_EQ(meant("Qwen/Qwen3-30B-A3B-Instruct-2507-FP8"), "Qwen3-30B-A3B fp8");
  EXPECT_EQ(meant("Qwen/Qwen2.5-72B-Instruct-AWQ"), "Qwen2.5-72B int4");
  EXPECT_EQ(meant("meta-llama/Meta-Llama-3.1-8B-Instruct"), "Llama-3.1-8B bf16");
  EXPECT_EQ(meant("meta-llama/Llama-2-7b-chat-hf"), "Llama-2-7B fp16");
  EXPECT_EQ(meant("mistralai/Mixtral-8x7B-Instruct-v0.1"), "Mixtral-8x7B bf16");
  EXPECT_EQ(meant("openai/gpt-oss-120b"), "GPT-OSS-120B fp4");
  EXPECT_EQ(meant("nobody/knows-this"), "? ");
  EXPECT_EQ(checkpoint_of(checkpoints, "DeepSeek-V3", "fp8")->id, "deepseek-ai/DeepSeek-V3");
}

std::string problems_of_config(const std::string& text) {
  const Result<Architecture> read = import_config(text, "c.json");
  EXPECT_FALSE(read.ok());
  return to_text(read.diagnostics());
}

TEST(ConfigJson, RefusesWithPlaces) {
  EXPECT_EQ(problems_of_config("{\n \"a\": }"), "c.json:2:7: error: not valid JSON\n");
  EXPECT_EQ(problems_of_config("[1, 2]"), "c.json:1:1: error: expected a JSON object, as config.json is\n");
  EXPECT_NE(problems_of_config(R"({"model_type": "lama"})").find("did you mean \"llama\"?"), std::string::npos);
  const std::string missing = problems_of_config("{\"model_type\": \"llama\",\n \"hidden_size\": \"wide\"}");
  EXPECT_NE(missing.find("c.json:2:2: error: hidden_size: expected a whole number"), std::string::npos) << missing;
  EXPECT_NE(missing.find("num_hidden_layers: missing or zero"), std::string::npos) << missing;
  for (const char* junk :
       {"", "\xff\xfe", "{\"model_type\": 3}", "{\"model_type\": \"llama\", \"hidden_size\": 99999999999999999999}"})
    EXPECT_FALSE(problems_of_config(junk).empty());
}

}  // namespace
}  // namespace gpufleet::models
