#include "scenarios/interop/launch_command.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>

#include "models/config_json.h"
#include "scenarios/interop/hydra.h"
#include "scenarios/interop/import_state.h"
#include "scenarios/interop/launch_flags.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::array<std::string_view, 3> kTools{"megatron", "vllm", "sglang"};

std::string_view file_part(std::string_view word) {
  const std::size_t slash = word.rfind('/');
  return slash == std::string_view::npos ? word : word.substr(slash + 1);
}

struct Program {
  LaunchTool tool = LaunchTool::megatron;
  std::size_t at = 0;  ///< index of its word; the number of words where only flags tell the tool
};

// The first word that is a program of a tool; a container's image is named after one too, so a later, plainer word wins.
std::optional<Program> find_program(const std::vector<std::string>& words) {
  std::optional<Program> image;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.starts_with("-")) continue;
    if (word.starts_with("sglang.") || word == "sglang") return Program{LaunchTool::sglang, i};
    if (word.starts_with("vllm.") || (file_part(word) == "vllm" && i + 1 < words.size() && words[i + 1] == "serve"))
      return Program{LaunchTool::vllm, i};
    const std::string_view file = file_part(word);
    if (file.ends_with(".py") || word.starts_with("megatron.") || file == "nemo" || word.starts_with("nemo."))
      return Program{file.starts_with("api_server") ? LaunchTool::vllm : LaunchTool::megatron, i};
    if (!image && word.find("sglang") != std::string::npos) image = Program{LaunchTool::sglang, i};
    if (!image && word.find("vllm") != std::string::npos) image = Program{LaunchTool::vllm, i};
  }
  return image;
}

bool has_training_flags(const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [](const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    return name == "--tensor-model-parallel-size" || name == "--pipeline-model-parallel-size" || name == "--micro-batch-size" ||
           name == "--num-layers" || name == "--recipe" || name == "--model_recipe_name" || is_override(word);
  });
}

struct Cut {
  LaunchTool tool = LaunchTool::megatron;
  std::vector<Flag> before, flags;
};

Result<Cut> cut_command(std::string_view command) {
  const auto words = shell_words(command);
  if (!words) return command_problem("a quote is not closed", {});
  auto program = find_program(*words);
  // Any script may be Python's: training is told by its name or its flags.
  if (program && program->tool == LaunchTool::megatron) {
    const std::string& name = (*words)[program->at];
    const bool known =
        name.find("pretrain") != std::string::npos || name.find("megatron") != std::string::npos || file_part(name) == "nemo";
    if (!known && !has_training_flags(*words)) program.reset();
  }
  if (!program && has_training_flags(*words)) program = Program{LaunchTool::megatron, 0};
  if (!program) return command_problem("no program in it is known", "commands of Megatron-LM, vLLM and SGLang are understood");
  const auto split = words->begin() + static_cast<std::ptrdiff_t>(program->at);
  Cut out;
  out.tool = program->tool;
  out.before = flags_of({words->begin(), split}, is_bare_flag);
  // What the shell does after the program is not the program's.
  constexpr std::array<std::string_view, 10> kOperators{"|", "||", "&&", ";", "&", ">", ">>", "2>", "2>&1", "<"};
  const auto end = std::find_if(split, words->end(),
                                [&](const std::string& word) { return std::ranges::find(kOperators, word) != kOperators.end(); });
  std::vector<std::string> rest(split, end);
  if (out.tool == LaunchTool::megatron) {
    for (const std::string& word : rest)
      if (auto flag = override_flag(word)) out.flags.push_back(std::move(*flag));
    std::erase_if(rest, [](const std::string& word) { return is_override(word); });
  }
  const std::vector<Flag> plain = flags_of(rest, is_bare_flag);
  out.flags.insert(out.flags.end(), plain.begin(), plain.end());
  return out;
}

}  // namespace

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : one_line(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

double ImportState::get(const std::string& key, double otherwise) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return otherwise;
  double value = otherwise;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

void ImportState::set_count(std::string_view key, double value) { set(key, fmt::format("{:.0f}", value)); }

bool ImportState::take_row(const Flag& flag) {
  for (const FlagRow& row : flag_rows(tool)) {
    if (flag.name != row.flag && (row.other.empty() || flag.name != row.other)) continue;
    switch (row.kind) {
      case FlagKind::on:
        if (flag.value != "false" && flag.value != "False") set(row.key, std::string(row.value));
        break;
      case FlagKind::count: set_count(row.key, whole_number(flag, 1, problems)); break;
      case FlagKind::natural: set_count(row.key, whole_number(flag, 0, problems)); break;
      case FlagKind::share: {
        double value = 0;
        const auto [end, error] = std::from_chars(flag.value.data(), flag.value.data() + flag.value.size(), value);
        if (error == std::errc() && end == flag.value.data() + flag.value.size() && value > 0 && value <= 1)
          set(row.key, fmt::format("{}", value));
        else
          problems.push_back(command_problem(
              fmt::format("{} wants a share above 0, at most 1, found \"{}\"", flag.name, one_line(flag.value)), {}));
      }
    }
    return true;
  }
  return false;
}

void ImportState::not_taken(const Flag& flag) {
  if (std::string hint = meant_flag(tool, flag.name); !hint.empty()) {
    Diagnostic slip = command_problem(fmt::format("unknown flag \"{}\"", one_line(flag.name)), std::move(hint));
    slip.severity = Severity::warning;
    warnings.push_back(std::move(slip));
  }
  // A scenario is passed on; secrets are not.
  if (flag.name.ends_with("-key") || flag.name.ends_with("-token")) return left_over.push_back(one_line(flag.name));
  left_over.push_back(one_line(flag.name + (flag.value.empty() ? "" : (flag.name.starts_with("-") ? " " : "=") + flag.value)));
}

std::optional<models::Architecture> ImportState::read_config() {
  Result<models::Architecture> read = models::import_config(context.config_text, context.config);
  if (read) return std::move(read).value();
  problems.insert(problems.end(), read.diagnostics().begin(), read.diagnostics().end());
  return std::nullopt;
}

std::string ImportState::head(std::string_view what, int count) const {
  std::string out = fmt::format("title = {}\n\n[[fleet.pool]]\naccelerator = {}\ncount = {}\n\n[model]\n{} = {}\n",
                                toml_text(fmt::format("{} {} on {} {}", model, what, count, context.accelerator)),
                                toml_text(context.accelerator), count, context.config.empty() ? "architecture" : "config",
                                toml_text(context.config.empty() ? model : context.config));
  for (const auto& [key, value] : shape) out += fmt::format("{} = {:.0f}\n", key, value);
  return out;
}

std::string ImportState::tables(const std::string& root) const {
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

std::optional<LaunchTool> launch_tool_from_name(std::string_view name) {
  const auto found = std::ranges::find(kTools, name);
  return found == kTools.end() ? std::nullopt : std::optional(static_cast<LaunchTool>(found - kTools.begin()));
}

std::string_view name(LaunchTool tool) { return kTools[static_cast<std::size_t>(tool)]; }

std::string model_word(std::string_view command) {
  const Result<Cut> cut = cut_command(command);
  if (!cut || cut->tool == LaunchTool::megatron) return {};
  bool after_serve = false;
  for (const Flag& flag : cut->flags) {
    if (flag.name == "--model" || flag.name == "--model-path" || flag.name == "-m") return flag.value;
    if (flag.name.empty() && after_serve) return flag.value;
    if (flag.name.empty() && flag.value == "serve") after_serve = true;
  }
  return {};
}

Result<ImportedCommand> import_command(std::string_view command, const LaunchContext& context,
                                       std::span<const models::Architecture> architectures) {
  const Result<Cut> cut = cut_command(command);
  if (!cut) return cut.diagnostics();
  ImportState state(cut->tool, context);
  for (const Flag& flag : cut->before) static_cast<void>(state.launcher.take_before(flag, state.problems));
  const bool training = cut->tool == LaunchTool::megatron;
  if (training)
    import_megatron(cut->flags, architectures, state);
  else
    import_serving(cut->flags, architectures, state);
  if (!state.problems.empty()) {
    state.problems.insert(state.problems.end(), state.warnings.begin(), state.warnings.end());
    return state.problems;
  }
  ImportedCommand out;
  out.tool = cut->tool;
  if (training)
    out.scenario = state.head("training", megatron_count(state)) + "\n[training]\n" + state.tables("training");
  else
    out.scenario = state.head("serving", serving_count(state)) +
                   fmt::format(
                       "\n[serving.workload]  # the command does not say what users send\nrate = \"1 /s\"\nduration = \"600 s\"\n"
                       "prompt = {{ mean = 1024 }}\noutput = {{ mean = 256 }}\n\n[[serving.pool]]\nengine = \"{}\"\n",
                       name(out.tool)) +
                   state.tables("serving.pool");
  out.not_taken = std::move(state.left_over);
  out.notes = std::move(state.notes);
  return {std::move(out), std::move(state.warnings)};
}

}  // namespace gpufleet::scenarios
