// Megatron-LM's arguments (megatron/training/arguments.py) as [training]. A switch that is not given is off there, also where
// scenarios have it on; NeMo's and Megatron-Bridge's overrides stand on recipes that are not seen here, so that nothing follows
// from what they leave out.
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <sstream>
#include <utility>

#include "models/catalog.h"
#include "scenarios/interop/import_state.h"
#include "scenarios/interop/launch_flags.h"
#include "scenarios/interop/model_match.h"
#include "scenarios/interop/pipeline_ends.h"
#include "scenarios/interop/recompute_modules.h"

namespace gpufleet::scenarios {
namespace {

class MegatronImport {
 public:
  MegatronImport(std::span<const models::Architecture> architectures, ImportState& state)
      : architectures_(architectures), state_(state) {}

  void run(const std::vector<Flag>& flags) {
    for (std::size_t i = 0; i < flags.size(); ++i) {
      const Flag& flag = flags[i];
      if (flag.name.empty()) continue;  // the script, and further values of flags that are not known
      overrides_ |= !flag.name.starts_with("-");
      if (flag.name == "--rampup-batch-size" || flag.name == "--recompute-modules") {
        std::vector<std::string> values{flag.value};
        while (i + 1 < flags.size() && flags[i + 1].name.empty()) values.push_back(flags[++i].value);
        take_list(flag, values);
      } else if (!state_.take_row(flag) && !shape_.take(flag, state_.problems) && !state_.launcher.take(flag, state_.problems) &&
                 !take_special(flag)) {
        state_.not_taken(flag);
      }
    }
    const bool recipe = std::ranges::none_of(flags, [](const Flag& flag) { return flag.name == "--num-layers"; }) || overrides_;
    find_model();
    if (!recipe) take_defaults();
    finish();
  }

 private:
  bool take_special(const Flag& flag) {
    const std::string& name = flag.name;
    const std::string& value = flag.value;
    if (name == "--bf16" || name == "--fp16") {
      if (value != "false" && value != "False") gemm_ = name.substr(2);
    } else if (name == "--precision") {
      const auto holds = [&](std::string_view word) { return value.find(word) != std::string::npos; };
      gemm_ = value.starts_with("16") || holds("fp16") ? "fp16" : value.starts_with("32") ? "fp32" : "bf16";
      fp8_ |= holds("fp8");
      if (holds("mxfp8")) fp8_recipe_ = "mxfp8";
      if (holds("subchannel") || holds("blockwise")) fp8_recipe_ = "blockwise";
    } else if (name == "--optimizer-name") {  // NeMo's
      if (value.find("distributed") != std::string::npos) state_.set("layout.zero", "1");
    } else if (name == "--fp8-format") {
      fp8_ = true;
    } else if (name == "--fp8-recipe") {
      fp8_recipe_ = value;
    } else if (name == "--recompute-activations") {
      recompute_ = "selective";
    } else if (name == "--recompute-granularity") {
      if (value != "full" && value != "selective") return false;
      recompute_ = value;
    } else if (name == "--recompute-method") {
      if (value == "block") state_.note("--recompute-method block recomputes some layers of a stage only; all are taken");
    } else if (name == "--recompute-num-layers") {
      if (value != "1") state_.note(one_line(fmt::format("--recompute-num-layers {} is taken as 1", value)));
    } else if (name == "--num-layers-per-virtual-pipeline-stage") {
      layers_per_stage_ = whole_number(flag, 1, state_.problems);
    } else if (name == "--train-samples") {
      samples_ = whole_number(flag, 1, state_.problems);
    } else if (name == "--train-iters") {
      iterations_ = whole_number(flag, 1, state_.problems);
    } else if (name == "--data-parallel-sharding-strategy") {
      zero_ = value == "optim_grads_params" ? "3" : value == "optim_grads" ? "2" : value == "optim" ? "1" : "0";
    } else if (name == "--use-torch-fsdp2") {
      zero_ = "3";
    } else if (name == "--use-megatron-fsdp" || name == "--use-custom-fsdp") {
      fsdp_ = true;
    } else if (name == "--num-distributed-optimizer-instances") {
      instances_ = whole_number(flag, 1, state_.problems);
    } else if (name == "--moe-router-num-groups") {
      return true;
    } else if (name == "--moe-router-group-topk") {
      group_limit_ = whole_number(flag, 1, state_.problems);
    } else if (name == "--moe-grouped-gemm") {
      grouped_ = true;
    } else if (name == "--moe-token-dispatcher-type") {
      if (value == "flex" || value == "alltoall")
        state_.set("implementation.dispatcher", value == "flex" ? "\"deepep\"" : "\"alltoall\"");
      else
        return false;
    } else if (name == "--moe-enable-deepep") {
      state_.set("implementation.dispatcher", "\"deepep\"");
    } else if (name == "--attention-backend") {
      if (value == "unfused" || value == "local") state_.set("implementation.attention", "\"unfused\"");
    } else if (name == "--hidden-dropout" || name == "--attention-dropout") {
      if (value.find_first_not_of("0.") != std::string::npos) state_.set("implementation.dropout", "true");
    } else if (name == "--mtp-num-layers") {
      modules_ = whole_number(flag, 0, state_.problems);
    } else if (name == "--accumulate-allreduce-grads-in-fp32") {
      wide_gradients_ = true;
    } else if (name == "--grad-reduce-in-bf16") {
      formats_.emplace_back("gradients", "bf16");
    } else if (name == "--fp8-param-gather") {
      formats_.emplace_back("parameters", "fp8");
    } else if (name == "--main-params-dtype" || name == "--exp-avg-dtype") {
      if (value != "fp32" && value != "fp16" && value != "bf16" && value != "fp8") return false;
      formats_.emplace_back(name == "--exp-avg-dtype" ? "moments" : "master", value);
    } else if (name == "--exp-avg-sq-dtype" || name == "--use-precision-aware-optimizer") {
      return true;  // moments are of one format here
    } else if (name == "--decoder-first-pipeline-num-layers") {
      first_stage_ = whole_number(flag, 0, state_.problems);
    } else if (name == "--decoder-last-pipeline-num-layers") {
      last_stage_ = whole_number(flag, 0, state_.problems);
    } else if (name == "--account-for-embedding-in-pipeline-split") {
      embedding_counts_ = value != "false" && value != "False";
    } else if (name == "--account-for-loss-in-pipeline-split") {
      loss_counts_ = value != "false" && value != "False";
    } else if (name == "--pipeline-model-parallel-layout") {
      own_layout_ = true;
      return false;
    } else if (name == "--tokenizer-model") {
      tokenizer_ = value;
    } else if (name == "--recipe" || name == "--model-recipe-name" || name == "--factory") {
      recipe_ = value;
      overrides_ = true;
    } else {
      return names_the_rest(name);
    }
    return true;
  }

  // What follows from the model, or changes nothing that is simulated.
  static bool names_the_rest(std::string_view name) {
    constexpr std::array<std::string_view, 6> kSilent{"--model-family-name",       "--max-position-embeddings",
                                                      "--tokenizer-type",          "--normalization",
                                                      "--position-embedding-type", "--use-rotary-position-embeddings"};
    return std::ranges::find(kSilent, name) != kSilent.end();
  }

  void take_list(const Flag& flag, std::vector<std::string> values) {
    if (flag.name == "--recompute-modules") {
      for (std::string& text : values) {
        std::ranges::replace_if(
            text, [](char c) { return std::string_view("[],\"'").find(c) != std::string_view::npos; }, ' ');
        std::istringstream words(text);
        for (std::string word; words >> word;) modules_again_.push_back(word);
      }
      return;
    }
    for (const std::string& value : values) ramp_.push_back(whole_number({flag.name, value}, 1, state_.problems));
    if (ramp_.size() != 3)
      state_.problems.push_back(command_problem("--rampup-batch-size wants three numbers: start, increment, samples", {}));
  }

  void find_model() {
    const int tp = static_cast<int>(std::min(state_.get("layout.tp", 1), 1e6));
    const auto named = models::find_named_model(architectures_, state_.context.checkpoints, tokenizer_).model;
    if (const LaunchContext& context = state_.context; !context.config.empty()) {
      own_ = state_.read_config();
      if (!own_) return;
      model_ = &*own_;
      take_differences(tp);
    } else if (!context.model.empty()) {
      const auto wanted = models::find_named_model(architectures_, context.checkpoints, context.model).model;
      if (wanted == nullptr) {
        state_.problems.push_back(command_problem(fmt::format("unknown model \"{}\"", one_line(context.model)),
                                                  models::suggest_architecture(architectures_, context.model)));
        return;
      }
      model_ = wanted;
      take_differences(tp);
    } else if (shape_.complete()) {
      const MatchResult found = match_model(shape_, tp, architectures_, named);
      // A model named by its tokeniser may be cut to fewer layers.
      if (found.problem && named != nullptr && shape_.differences(with_layers(*named), tp).empty()) {
        model_ = named;
        take_differences(tp);
        state_.model = model_->name;
        return;
      }
      if (found.problem) {
        state_.problems.push_back(*found.problem);
        return;
      }
      model_ = found.match.model;
      if (!found.match.equals.empty()) state_.note(fmt::format("the flags fit {} as well", fmt::join(found.match.equals, ", ")));
    } else if (const auto of_recipe = recipe_model(); of_recipe != nullptr || named != nullptr) {
      model_ = of_recipe != nullptr ? of_recipe : named;
      take_differences(tp);
    } else {
      state_.problems.push_back(
          command_problem("the command does not say which model", "name one with --model; `gpufleet models list` prints them"));
      return;
    }
    state_.model = model_->name;
  }

  // "llama3_70b_pretrain_config" is Llama-3-70B: the letters and digits of a recipe's name, without what it does with the model.
  [[nodiscard]] const models::Architecture* recipe_model() const {
    const auto plain = [](std::string_view text) {
      std::string out;
      for (const char c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
          out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return out;
    };
    const std::string wanted = plain(recipe_.substr(0, std::min(recipe_.find("_pretrain"), recipe_.find("_sft"))));
    if (wanted.empty()) return nullptr;
    for (const models::Architecture& model : architectures_) {
      if (plain(model.name) == wanted) return &model;
      for (const std::string& alias : model.aliases)
        if (plain(alias) == wanted) return &model;
    }
    return nullptr;
  }

  // The model with as many layers as the flags say.
  [[nodiscard]] models::Architecture with_layers(const models::Architecture& model) const {
    models::Architecture out = model;
    if (const std::int64_t layers = shape_.value_of("--num-layers"); layers > 0) out.layers = layers;
    if (const auto dense = shape_.dense_layers(); dense && out.routed_experts > 0) out.dense_layers = *dense;
    return out;
  }

  // A model named by the user rules; what a scenario can change of it follows the flags, the rest is said.
  void take_differences(int tp) {
    const models::Architecture changed = with_layers(*model_);
    if (changed.layers != model_->layers) state_.shape.emplace_back("layers", static_cast<double>(changed.layers));
    if (changed.dense_layers != model_->dense_layers)
      state_.shape.emplace_back("dense_layers", static_cast<double>(changed.dense_layers));
    for (const std::string& difference : shape_.differences(changed, tp))
      state_.note(fmt::format("{} has {}: the flag is not taken over", model_->name, difference));
  }

  [[nodiscard]] bool has_experts() const { return model_ != nullptr && model_->routed_experts > 0; }

  // Megatron-LM's own defaults where they are not the scenario's.
  void take_defaults() {
    for (const FlagRow& row : flag_rows(LaunchTool::megatron))
      if (row.kind == FlagKind::on && !row.absent.empty() && !state_.has(std::string(row.key)))
        state_.set(row.key, std::string(row.absent));
    if (has_experts()) {
      if (!state_.has("layout.expert_tp") && state_.get("layout.tp", 1) > 1)
        state_.set_count("layout.expert_tp", state_.get("layout.tp", 1));
      if (!grouped_) state_.set("implementation.grouped_gemm", "false");
    }
    if (model_ != nullptr && model_->mtp_layers > 0 && modules_ == 0) state_.set("implementation.mtp", "false");
    if (gemm_.empty() && !fp8_) state_.note("neither --bf16 nor --fp16 is given; bf16 is assumed, Megatron-LM would take fp32");
  }

  void finish() {
    ImportState& state = state_;
    const double pp = state.get("layout.pp", 1);
    const double layers = shape_.complete()   ? static_cast<double>(shape_.value_of("--num-layers"))
                          : model_ != nullptr ? static_cast<double>(model_->layers)
                                              : 0;
    finish_virtual_stages(layers, pp);
    if (state.get("layout.virtual_stages", 1) > 1) state.set("layout.schedule", "\"interleaved\"");
    if (state.get("layout.tp", 1) <= 1) state.remove("layout.sequence_parallel");
    if (!zero_.empty() || fsdp_) state.set("layout.zero", zero_.empty() ? "3" : zero_);
    if (state.get("layout.zero", 1) == 0) state.remove("overlap.param_gather");
    if (const double limit = group_limit_; limit > 0 && has_experts() && static_cast<double>(model_->topk_groups) != limit)
      state.set_count("node_limit", limit);
    const double per_node = state.launcher.per_node();
    if (per_node > 0 && state.get("layout.tp", 1) > per_node) state.set("layout.tp_across_nodes", "true");
    if (modules_ > 0 && model_ != nullptr && model_->mtp_layers == 0)
      state.note(fmt::format("{} has no multi-token-prediction modules: --mtp-num-layers is not taken over", model_->name));
    const double world = megatron_count(state), shards = state.get("layout.tp", 1) * pp;
    if (instances_ > 1 && shards > 0) state.set_count("layout.shard_group", std::max(1.0, world / shards / instances_));
    finish_precision();
    finish_recompute();
    finish_stages(layers, pp);
    finish_batch();
    if (!state.has("sequence"))
      state.problems.push_back(command_problem("the command does not say --seq-length", "give the expanded command"));
  }

  void finish_precision() {
    std::string gemm = gemm_;
    if (fp8_) gemm = fp8_recipe_ == "blockwise" ? "fp8-block" : fp8_recipe_ == "mxfp8" ? "mxfp8" : "fp8";
    if (wide_gradients_ && gemm_ == "fp16") formats_.emplace_back("gradients", "fp32");
    if (formats_.empty()) {
      if (!gemm.empty()) state_.set("precision", toml_text(gemm));
      return;
    }
    std::string table = gemm.empty() ? "" : fmt::format("gemm = {}", toml_text(gemm));
    for (const auto& [key, format] : formats_)
      table += fmt::format("{}{} = {}", table.empty() ? "" : ", ", key, toml_text(format));
    state_.set("precision", fmt::format("{{ {} }}", table));
  }

  void finish_recompute() {
    if (recompute_.empty()) return;
    if (recompute_ != "selective" || modules_again_.empty()) return state_.set("layout.recompute", toml_text(recompute_));
    std::string list;
    for (const std::string& module : modules_again_) {
      const auto op = recompute_op_of(module);
      if (op)
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", models::name(*op));
      else
        state_.not_taken({"--recompute-modules", module});
    }
    if (!list.empty()) state_.set("layout.recompute", "[" + list + "]");
  }

  // Megatron-LM may count the embedding as a layer of the first stage, the loss as one of the last.
  [[nodiscard]] double counted(double layers) const { return layers + (embedding_counts_ ? 1 : 0) + (loss_counts_ ? 1 : 0); }

  void finish_virtual_stages(double layers, double pp) {
    if (layers_per_stage_ == 0 || layers == 0) return;
    const double all = counted(layers);
    if (std::fmod(all, pp * layers_per_stage_) == 0)
      return state_.set_count("layout.virtual_stages", all / pp / layers_per_stage_);
    state_.problems.push_back(command_problem(
        fmt::format("--num-layers-per-virtual-pipeline-stage {} does not divide {} layers over {} pipeline stages",
                    layers_per_stage_, all, pp),
        all - layers == 2 ? "Megatron-LM refuses it, too"
                          : "Megatron-LM refuses it, too; --account-for-embedding-in-pipeline-split and "
                            "--account-for-loss-in-pipeline-split count embedding and loss as a layer each"));
  }

  /// Layers of the first stage, of the last, and of each between.
  struct Split {
    double first, between, last;
  };

  // As the flags have it; nothing where they do not divide.
  [[nodiscard]] std::optional<Split> stated_split(double layers, double pp) const {
    if (first_stage_ == 0 && last_stage_ == 0) {
      const double each = counted(layers) / pp;
      const Split out{each - (embedding_counts_ ? 1 : 0), each, each - (loss_counts_ ? 1 : 0)};
      return std::fmod(each, state_.get("layout.virtual_stages", 1)) == 0 ? std::optional(out) : std::nullopt;
    }
    const double others = pp - (first_stage_ > 0 ? 1 : 0) - (last_stage_ > 0 ? 1 : 0);
    const double rest = layers - first_stage_ - last_stage_;
    if (rest < 0 || (others == 0 && rest > 0)) return std::nullopt;
    const double each = others > 0 ? rest / others : 0;
    const Split out{first_stage_ > 0 ? first_stage_ : each, each, last_stage_ > 0 ? last_stage_ : each};
    for (const double stage : {out.first, out.between, out.last})
      if (std::fmod(stage, state_.get("layout.virtual_stages", 1)) != 0) return std::nullopt;
    return out;
  }

  // A stage that states its layers gives its first chunks the most, where Megatron-LM's first stage begins with a short one; the
  // simulator's own balance does the same, where layers and head are such that it comes out alike.
  [[nodiscard]] bool balanced_alike() const {
    return state_.get("layout.virtual_stages", 1) > 1 && first_stage_ == 0 && last_stage_ == 0 && loss_counts_ &&
           model_ != nullptr &&
           balance_shortens_ends(*model_, model_->mtp_layers > 0 && modules_ > 0 ? MtpModules::trained : MtpModules::none);
  }

  void finish_stages(double layers, double pp) {
    if (pp < 2 || pp > 10'000 || layers == 0) return;
    if (first_stage_ == 0 && last_stage_ == 0 && counted(layers) == layers) {
      if (const double chunks = pp * state_.get("layout.virtual_stages", 1); std::fmod(layers, chunks) != 0 && !own_layout_)
        state_.note(fmt::format("{} layers do not divide into {} parts of the pipeline; the simulator balances them by cost",
                                layers, chunks));
      return;
    }
    const std::optional<Split> split = stated_split(layers, pp);
    if (!split)
      return state_.note("the layers of the first and last pipeline stage are not taken over: the others do not divide");
    if (balanced_alike()) return;
    std::string list;
    for (int stage = 0; stage < static_cast<int>(pp); ++stage)
      list += fmt::format("{}{{ layers = {:.0f} }}", stage == 0 ? "" : ", ",
                          stage == 0                          ? split->first
                          : stage == static_cast<int>(pp) - 1 ? split->last
                                                              : split->between);
    state_.set("layout.stage", "[" + list + "]");
  }

  // Whole up to what TOML holds as a whole number.
  static std::string tokens_text(double tokens) {
    return tokens < 9e18 ? fmt::format("{:.0f}", tokens) : fmt::format("{:.6e}", tokens);
  }

  void finish_batch() {
    if (!state_.has("global_batch") && !overrides_) {  // Megatron-LM's default: one micro-batch a replica
      const double replica = state_.get("layout.tp", 1) * state_.get("layout.pp", 1) * state_.get("layout.cp", 1);
      state_.set_count("global_batch", state_.get("layout.micro_batch", 1) * std::max(1.0, megatron_count(state_) / replica));
    }
    const double sequence = state_.get("sequence", 0), batch = state_.get("global_batch", 0);
    if (ramp_.size() == 3 && batch > ramp_[0]) {
      state_.remove("global_batch");
      state_.set("ramp", fmt::format("[{{ from_token = 0, sequences = {:.0f} }}, {{ from_token = {}, sequences = {:.0f} }}]",
                                     ramp_[0], tokens_text(ramp_[2] * sequence), batch));
    }
    if (samples_ > 0) state_.set("tokens", tokens_text(samples_ * sequence));
    if (iterations_ > 0 && samples_ == 0) state_.set("tokens", tokens_text(iterations_ * batch * sequence));
  }

  std::span<const models::Architecture> architectures_;
  ImportState& state_;
  GivenShape shape_;
  std::optional<models::Architecture> own_;  // from a config.json
  const models::Architecture* model_ = nullptr;
  std::vector<std::string> modules_again_;
  std::vector<std::pair<std::string, std::string>> formats_;
  std::vector<double> ramp_;
  std::string gemm_, fp8_recipe_, recompute_, zero_, tokenizer_, recipe_;
  double layers_per_stage_ = 0, samples_ = 0, iterations_ = 0, instances_ = 0, group_limit_ = 0, modules_ = 0, first_stage_ = 0,
         last_stage_ = 0;
  bool fp8_ = false, fsdp_ = false, grouped_ = false, overrides_ = false, wide_gradients_ = false, embedding_counts_ = false,
       loss_counts_ = false, own_layout_ = false;
};

}  // namespace

void import_megatron(const std::vector<Flag>& flags, std::span<const models::Architecture> architectures, ImportState& state) {
  MegatronImport(architectures, state).run(flags);
}

int megatron_count(const ImportState& state) {
  constexpr double kMost = 1e7;
  if (state.context.count > 0) return state.context.count;
  if (const double world = state.launcher.world(); world > 0) return static_cast<int>(std::min(kMost, world));
  // The fewest that the degrees need; experts are laid over the same accelerators.
  const double tp = state.get("layout.tp", 1), pp = state.get("layout.pp", 1), cp = state.get("layout.cp", 1);
  const double experts = state.get("layout.ep", 1) * state.get("layout.expert_tp", 1);
  const double least = pp * std::max(tp * cp, std::ceil(experts / (tp * cp)) * tp * cp);
  return static_cast<int>(std::min(kMost, std::max(least, state.launcher.nodes())));
}

}  // namespace gpufleet::scenarios
