#include "scenarios/interop/launch_command.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "models/catalog.h"
#include "scenarios/interop/launch_flags.h"
#include "scenarios/interop/shell_words.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::array<std::string_view, 3> kTools{"megatron", "vllm", "sglang"};

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) continue;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Diagnostic problem(std::string message, std::string hint) {
  return {.where = {"command", 0, 0}, .key = {}, .message = std::move(message), .hint = std::move(hint)};
}

std::optional<LaunchTool> tool_of(const std::vector<std::string>& words, const std::vector<Flag>& flags) {
  const auto mentions = [&](std::string_view what) {
    return std::ranges::any_of(words, [&](const std::string& word) { return word.find(what) != std::string::npos; });
  };
  if (mentions("sglang")) return LaunchTool::sglang;
  if (mentions("vllm")) return LaunchTool::vllm;
  const auto megatron = [](const Flag& flag) {
    return flag.name == "--tensor-model-parallel-size" || flag.name == "--pipeline-model-parallel-size" ||
           flag.name == "--micro-batch-size" || flag.name == "--num-layers";
  };
  if (mentions("pretrain_") || mentions("megatron") || std::ranges::any_of(flags, megatron)) return LaunchTool::megatron;
  return std::nullopt;
}

class Import {
 public:
  Import(LaunchTool tool, const LaunchContext& context, std::span<const models::Architecture> architectures)
      : tool_(tool), context_(context), architectures_(architectures) {}

  Result<ImportedCommand> run(const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) take(flag);
    finish_layout();
    find_model();
    if (!problems_.empty()) return problems_;
    ImportedCommand out;
    out.tool = tool_;
    out.not_taken = std::move(not_taken_);
    out.scenario = tool_ == LaunchTool::megatron ? training() : serving();
    return out;
  }

 private:
  void set(std::string_view key, std::string value) { keys_[std::string(key)] = std::move(value); }
  [[nodiscard]] double get(const std::string& key, double otherwise) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? otherwise : number_of(found->second).value_or(otherwise);
  }
  // Whole up to what TOML holds as a whole number.
  static std::string tokens_text(double tokens) {
    return tokens < 9e18 ? fmt::format("{:.0f}", tokens) : fmt::format("{:.6e}", tokens);
  }
  std::optional<double> wanted_number(const Flag& flag) {
    constexpr double kLargest = 1e15;  // beyond any flag, and within what TOML writes as a whole number
    auto value = number_of(flag.value);
    if (value && !(std::abs(*value) <= kLargest)) value.reset();
    if (!value)
      problems_.push_back(
          problem(fmt::format("{} wants a number, found \"{}\"", flag.name, flag.value), "give the expanded command"));
    return value;
  }

  void take(const Flag& flag) {
    if (flag.name.empty()) {
      if (tool_ == LaunchTool::vllm && flag.value.find('/') != std::string::npos && model_.empty()) model_ = flag.value;
      return;
    }
    for (const FlagRow& row : flag_rows(tool_)) {
      if (flag.name != row.flag && (row.other.empty() || flag.name != row.other)) continue;
      if (row.kind == FlagKind::on) return set(row.key, std::string(row.value));
      if (row.kind == FlagKind::text) return set(row.key, toml_text(flag.value));
      if (wanted_number(flag)) set(row.key, flag.value);
      return;
    }
    if (!take_special(flag)) not_taken_.push_back(flag.name + (flag.value.empty() ? "" : " " + flag.value));
  }

  // Flags whose meaning needs another flag, or is no plain key.
  bool take_special(const Flag& flag) {
    const std::string& name = flag.name;
    if (name == "--model" || name == "--model-path") return model_ = flag.value, true;
    if (name == "--nnodes") return nodes_ = wanted_number(flag).value_or(1), true;
    if (name == "--nproc-per-node" || name == "--nproc_per_node") return per_node_ = wanted_number(flag).value_or(1), true;
    if (name == "--quantization" || name == "--dtype") return take_weights(flag.value);
    if (name == "--kv-cache-dtype") {
      if (flag.value.starts_with("fp8")) set("kv", "\"fp8\"");
      return true;
    }
    if (tool_ == LaunchTool::megatron) return take_megatron(flag);
    if (name == "--enable-expert-parallel") return expert_parallel_ = true;
    if (name == "--tp" || name == "--dp" || name == "--ep") {
      if (wanted_number(flag)) set(name.substr(2), flag.value);
      return true;
    }
    if (name == "--data-parallel-size" || name == "--dp-size") {
      if (wanted_number(flag)) set("dp", flag.value);
      return true;
    }
    if (name == "--enable-dp-attention") return dp_attention_ = true;
    return false;
  }

  bool take_megatron(const Flag& flag) {
    if (flag.name == "--fp8-format") {
      keys_.try_emplace("precision", "\"fp8\"");
      keys_["precision"] = "\"fp8\"";
    } else if (flag.name == "--fp8-recipe" && flag.value == "blockwise") {
      block_scaled_ = true;
    } else if (flag.name == "--num-layers") {
      layers_ = wanted_number(flag).value_or(0);
    } else if (flag.name == "--hidden-size") {
      hidden_ = wanted_number(flag).value_or(0);
    } else if (flag.name == "--num-attention-heads") {
      heads_ = wanted_number(flag).value_or(0);
    } else if (flag.name == "--num-layers-per-virtual-pipeline-stage") {
      layers_per_stage_ = wanted_number(flag).value_or(0);
    } else if (flag.name == "--train-samples") {
      samples_ = wanted_number(flag).value_or(0);
    } else if (flag.name == "--train-iters") {
      iterations_ = wanted_number(flag).value_or(0);
    } else {
      return false;
    }
    return true;
  }

  bool take_weights(const std::string& word) {
    static const std::map<std::string, std::string, std::less<>> kFormats{
        {"fp8", "fp8"},   {"bfloat16", "bf16"},  {"half", "fp16"}, {"float16", "fp16"},    {"awq", "int4"},
        {"gptq", "int4"}, {"w8a8_int8", "int8"}, {"auto", ""},     {"modelopt_fp4", "fp4"}};
    const auto found = kFormats.find(word);
    if (found == kFormats.end()) return false;
    if (!found->second.empty() && !keys_.contains("weights")) set("weights", toml_text(found->second));
    return true;
  }

  void finish_layout() {
    if (tool_ == LaunchTool::megatron) {
      const double pp = get("layout.pp", 1);
      if (layers_per_stage_ > 0 && layers_ > 0)
        set("layout.virtual_stages", fmt::format("{}", static_cast<int>(layers_ / pp / layers_per_stage_)));
      if (get("layout.virtual_stages", 1) > 1) set("layout.schedule", "\"interleaved\"");
      if (block_scaled_) set("precision", "\"fp8-block\"");
      const double batch = get("global_batch", 0);
      if (samples_ > 0) set("tokens", tokens_text(samples_ * get("sequence", 0)));
      if (iterations_ > 0 && samples_ == 0) set("tokens", tokens_text(iterations_ * batch * get("sequence", 0)));
      return;
    }
    // SGLang's --tp counts all ranks of an instance; attention groups share them when it runs data-parallel attention.
    if (tool_ == LaunchTool::sglang && dp_attention_) {
      const double ranks = get("tp", 1), groups = get("dp", 1);
      set("tp", fmt::format("{}", std::max(1, static_cast<int>(ranks / groups))));
    }
    if (expert_parallel_) set("ep", fmt::format("{}", static_cast<int>(get("tp", 1) * get("dp", 1))));
    if (get("ep", 1) > 1) set("experts", get("dp", 1) > 1 ? "\"exchange\"" : "\"local\"");
  }

  void find_model() {
    if (!context_.model.empty()) model_ = context_.model;
    if (model_.empty() && layers_ > 0) {
      for (const models::Architecture& one : architectures_)
        if (static_cast<double>(one.layers) == layers_ && (hidden_ == 0 || static_cast<double>(one.hidden) == hidden_) &&
            (heads_ == 0 || static_cast<double>(one.heads) == heads_) && model_.empty())
          model_ = one.name;
    }
    // "deepseek-ai/DeepSeek-R1" names the catalog's DeepSeek-R1.
    const std::string tail = model_.substr(model_.rfind('/') == std::string::npos ? 0 : model_.rfind('/') + 1);
    if (const models::Architecture* found = models::find_architecture(architectures_, tail)) {
      model_ = found->name;
      return;
    }
    const std::string hint = models::suggest_architecture(architectures_, tail);
    problems_.push_back(
        problem(model_.empty() ? "the command does not say which model" : fmt::format("unknown model \"{}\"", model_),
                hint.empty() ? "name one with --model; `gpufleet models list` prints them" : hint));
  }

  [[nodiscard]] int count() const {
    if (context_.count > 0) return context_.count;
    if (nodes_ * per_node_ > 1) return static_cast<int>(nodes_ * per_node_);
    const std::string at = tool_ == LaunchTool::megatron ? "layout." : "";
    return static_cast<int>(get(at + "tp", 1) * get(at + "pp", 1) * get(at + "dp", 1) * get(at + "cp", 1));
  }

  [[nodiscard]] std::string head(std::string_view what) const {
    return fmt::format("title = {}\n\n[[fleet.pool]]\naccelerator = {}\ncount = {}\n\n[model]\narchitecture = {}\n",
                       toml_text(fmt::format("{} {} on {} {}", model_, what, count(), context_.accelerator)),
                       toml_text(context_.accelerator), count(), toml_text(model_));
  }

  // Keys of one table, then those of the tables below it.
  [[nodiscard]] std::string tables(const std::string& root) const {
    std::string own, below;
    std::string open;
    for (const auto& [key, value] : keys_) {
      const std::size_t dot = key.find('.');
      if (dot == std::string::npos) {
        own += fmt::format("{} = {}\n", key, value);
        continue;
      }
      if (const std::string table = key.substr(0, dot); table != open) {
        open = table;
        below += fmt::format("\n[{}.{}]\n", root, table);
      }
      below += fmt::format("{} = {}\n", key.substr(dot + 1), value);
    }
    return own + below;
  }

  [[nodiscard]] std::string training() const { return head("training") + "\n[training]\n" + tables("training"); }
  [[nodiscard]] std::string serving() const {
    return head("serving") +
           fmt::format(
               "\n[serving.workload]  # the command does not say what users send\nrate = \"1 /s\"\nduration = \"600 s\"\n"
               "prompt = {{ mean = 1024 }}\noutput = {{ mean = 256 }}\n\n[[serving.pool]]\nengine = \"{}\"\n",
               kTools[static_cast<std::size_t>(tool_)]) +
           tables("serving.pool");
  }

  LaunchTool tool_;
  const LaunchContext& context_;
  std::span<const models::Architecture> architectures_;
  std::map<std::string, std::string> keys_;  // key below the tool's table, value as TOML
  std::vector<std::string> not_taken_;
  Diagnostics problems_;
  std::string model_;
  double nodes_ = 1, per_node_ = 1, layers_ = 0, hidden_ = 0, heads_ = 0, layers_per_stage_ = 0, samples_ = 0, iterations_ = 0;
  bool expert_parallel_ = false, dp_attention_ = false, block_scaled_ = false;
};

}  // namespace

std::optional<LaunchTool> launch_tool_from_name(std::string_view name) {
  const auto found = std::ranges::find(kTools, name);
  return found == kTools.end() ? std::nullopt : std::optional(static_cast<LaunchTool>(found - kTools.begin()));
}

std::string_view name(LaunchTool tool) { return kTools[static_cast<std::size_t>(tool)]; }

Result<ImportedCommand> import_command(std::string_view command, const LaunchContext& context,
                                       std::span<const models::Architecture> architectures) {
  const auto words = shell_words(command);
  if (!words) return problem("a quote is not closed", {});
  const std::vector<Flag> flags = flags_of(*words);
  const auto tool = tool_of(*words, flags);
  if (!tool) return problem("no program in it is known", "commands of Megatron-LM, vLLM and SGLang are understood");
  return Import(*tool, context, architectures).run(flags);
}

}  // namespace gpufleet::scenarios
