// vLLM's and SGLang's flags as one [[serving.pool]].
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "models/catalog.h"
#include "models/config_weights.h"
#include "scenarios/interop/import_state.h"

namespace gpufleet::scenarios {
namespace {

struct WeightWord {
  std::string_view word, weights;
};
// Empty: the checkpoint says. bitsandbytes stores 4 bits by default.
constexpr std::array kQuantizations = std::to_array<WeightWord>({{"fp8", "fp8"},
                                                                 {"w8a8_fp8", "fp8"},
                                                                 {"fbgemm_fp8", "fp8"},
                                                                 {"modelopt", "fp8"},
                                                                 {"modelopt_fp8", "fp8"},
                                                                 {"ptpc_fp8", "fp8"},
                                                                 {"awq", "int4"},
                                                                 {"awq_marlin", "int4"},
                                                                 {"gptq", "int4"},
                                                                 {"gptq_marlin", "int4"},
                                                                 {"bitsandbytes", "int4"},
                                                                 {"w8a8_int8", "int8"},
                                                                 {"modelopt_fp4", "fp4"},
                                                                 {"nvfp4", "fp4"},
                                                                 {"mxfp4", "fp4"},
                                                                 {"compressed-tensors", ""},
                                                                 {"auto", ""},
                                                                 {"None", ""}});
constexpr std::array kDtypes =
    std::to_array<WeightWord>({{"bfloat16", "bf16"}, {"half", "fp16"}, {"float16", "fp16"}, {"auto", ""}});

const WeightWord* find_word(std::span<const WeightWord> words, const std::string& word) {
  const auto found = std::ranges::find(words, word, &WeightWord::word);
  return found == words.end() ? nullptr : &*found;
}

class ServingImport {
 public:
  ServingImport(std::span<const models::Architecture> architectures, ImportState& state)
      : architectures_(architectures), state_(state) {}

  void run(const std::vector<Flag>& flags) {
    bool after_serve = false;
    for (const Flag& flag : flags) {
      if (flag.name.empty()) {
        if (after_serve && model_.empty()) model_ = flag.value;
        after_serve |= flag.value == "serve";
      } else if (flag.name == "--chunked-prefill-size" && flag.value == "-1") {
        state_.not_taken(flag);  // off
      } else if (!state_.take_row(flag) && !state_.launcher.take(flag, state_.problems) && !take_special(flag)) {
        unknown_.push_back(flag);
      }
    }
    find_model();
    for (const Flag& flag : unknown_) state_.not_taken(flag);
    if (architecture_ == nullptr) return;
    finish_layout();
    finish_weights();
  }

 private:
  bool take_special(const Flag& flag) {
    const std::string& name = flag.name;
    const std::string& value = flag.value;
    for (const std::string_view degree : {"tp", "pp", "dp", "ep"}) {
      if (name != fmt::format("-{}", degree) && name != fmt::format("--{}", degree)) continue;
      state_.set_count(degree, whole_number(flag, 1, state_.problems));
      return true;
    }
    if (name == "--model" || name == "--model-path" || name == "-m") return model_ = value, true;
    if (name == "--quantization" || name == "-q") return take_word(kQuantizations, value, quantization_);
    if (name == "--dtype") return take_word(kDtypes, value, dtype_);
    if (name == "--kv-cache-dtype") {
      if (value.starts_with("fp8")) return state_.set("kv", "\"fp8\""), true;
      return value == "auto" || value == "bfloat16";
    }
    if (name == "--enable-expert-parallel" || name == "--enable-ep-moe") return expert_parallel_ = true;
    if (name == "--enable-deepep-moe" || (name == "--moe-a2a-backend" && value == "deepep"))
      return exchange_ = expert_parallel_ = true;
    if (name == "--all2all-backend") {
      exchange_ = value.starts_with("deepep") || value == "pplx";
      gather_ = value.starts_with("allgather") || value == "naive";
      return exchange_ || gather_;
    }
    if (name == "--enable-dp-attention") return dp_attention_ = true;
    if (name == "--speculative-config") return take_drafts(value);
    if (name == "--speculative-algorithm") return value == "NEXTN" || value == "EAGLE";
    // What the other values of these flags say is in the number of steps.
    return name == "--speculative-eagle-topk" || name == "--speculative-num-draft-tokens" || name == "--node-rank" ||
           name == "--dist-init-addr";
  }

  static bool take_word(std::span<const WeightWord> words, const std::string& value, std::string& out) {
    const WeightWord* found = find_word(words, value);
    if (found != nullptr) out = found->weights;
    return found != nullptr;
  }

  // {"method": "mtp", "num_speculative_tokens": 1}
  bool take_drafts(const std::string& json) {
    constexpr std::string_view kKey = "\"num_speculative_tokens\"";
    const std::size_t key = json.find(kKey);
    if (key == std::string::npos || json.find("mtp") == std::string::npos) return false;
    const std::size_t at = json.find_first_of("0123456789", key + kKey.size());
    int drafts = 0;
    if (at == std::string::npos) return false;
    if (std::from_chars(json.data() + at, json.data() + json.size(), drafts).ec != std::errc()) return false;
    state_.set_count("drafts", drafts);
    return true;
  }

  void find_model() {
    const LaunchContext& context = state_.context;
    if (!context.config.empty()) {
      own_ = state_.read_config();
      if (!own_) return;
      architecture_ = &*own_;
      state_.model = own_->name;
      if (const auto stored = models::stored_weights(context.config_text)) stored_ = stored->weights;
      return;
    }
    if (!context.model.empty()) model_ = context.model;
    // A switch that is not known here may stand before the model's name.
    for (auto flag = unknown_.begin(); model_.empty() && flag != unknown_.end(); ++flag)
      if (models::find_named_model(architectures_, context.checkpoints, flag->value).model != nullptr)
        model_ = std::exchange(flag->value, {});
    const models::NamedModel named = models::find_named_model(architectures_, context.checkpoints, model_);
    if (named.model != nullptr) {
      architecture_ = named.model;
      stored_ = named.weights;
      state_.model = named.model->name;
      return;
    }
    const std::string tail = model_.substr(model_.rfind('/') + 1);  // npos + 1 = 0
    const std::string hint = models::suggest_architecture(architectures_, tail);
    state_.problems.push_back(command_problem(
        model_.empty() ? "the command does not say which model" : fmt::format("unknown model \"{}\"", one_line(model_)),
        hint.empty() ? "name one with --model; `gpufleet models list` prints them" : hint));
  }

  void finish_layout() {
    // SGLang's --tp counts all ranks of an instance; attention groups share them when it runs data-parallel attention, else
    // --dp counts whole instances.
    const double ranks = state_.get("tp", 1), groups = state_.get("dp", 1);
    if (state_.tool == LaunchTool::sglang && dp_attention_ && groups > 1) {
      if (std::fmod(ranks, groups) != 0)
        state_.problems.push_back(
            command_problem(fmt::format("--tp {} does not divide among --dp {} attention groups", ranks, groups), {}));
      state_.set_count("tp", std::max(1.0, std::floor(ranks / groups)));
      for (const char* limit : {"max_sequences", "max_batched_tokens"})  // of all groups together
        if (state_.has(limit)) state_.set_count(limit, std::max(1.0, std::floor(state_.get(limit, 1) / groups)));
    } else if (state_.tool == LaunchTool::sglang && groups > 1) {
      state_.remove("dp");
      state_.set_count("instances", groups);
    }
    const bool experts = architecture_->routed_experts > 0;
    if (expert_parallel_) state_.set_count("ep", state_.get("tp", 1) * state_.get("dp", 1));
    if (!experts && (state_.get("ep", 1) > 1 || expert_parallel_)) {
      state_.remove("ep");
      state_.note(fmt::format("{} has no experts: expert parallelism is not taken over", architecture_->name));
    }
    if (state_.get("ep", 1) > 1) {
      const bool shared = state_.get("dp", 1) > 1;
      state_.set("experts", gather_ ? "\"gather\"" : shared || exchange_ ? "\"exchange\"" : "\"local\"");
    } else {
      for (const char* key : {"redundant_experts", "balance"}) state_.remove(key);
    }
    if (state_.get("drafts", 0) > 0 && architecture_->mtp_layers == 0) {
      state_.remove("drafts");
      state_.note(fmt::format("{} has no multi-token-prediction modules: drafting is not taken over", architecture_->name));
    }
  }

  void finish_weights() {
    const bool plain = stored_.empty() || stored_ == "bf16" || stored_ == "fp16";
    // --dtype is what the engine computes in; it says how weights lie only where nothing quantised them.
    std::string weights = !quantization_.empty() ? quantization_ : plain && !dtype_.empty() ? dtype_ : stored_;
    if (weights == "fp4" && state_.context.widens_fp4) {
      weights = "int4";
      state_.note(fmt::format("4-bit floating-point weights are widened before each product on {}, as int4 is",
                              state_.context.accelerator));
    }
    if (!weights.empty()) state_.set("weights", toml_text(weights));
    // Quantised while it is loaded: one scale a tensor.
    if (weights == "fp8" && plain && !stored_.empty()) state_.set("tensor_scaled", "true");
  }

  std::span<const models::Architecture> architectures_;
  ImportState& state_;
  std::optional<models::Architecture> own_;  // from a config.json
  const models::Architecture* architecture_ = nullptr;
  std::vector<Flag> unknown_;
  std::string model_, stored_, quantization_, dtype_;
  bool expert_parallel_ = false, dp_attention_ = false, exchange_ = false, gather_ = false;
};

}  // namespace

void import_serving(const std::vector<Flag>& flags, std::span<const models::Architecture> architectures, ImportState& state) {
  ServingImport(architectures, state).run(flags);
}

int serving_count(const ImportState& state) {
  if (state.context.count > 0) return state.context.count;
  const double ranks = state.get("tp", 1) * state.get("pp", 1) * state.get("dp", 1) * state.get("instances", 1);
  return static_cast<int>(std::min(1e7, std::max(ranks, state.launcher.nodes())));
}

}  // namespace gpufleet::scenarios
