// Reads catalog files with toml++, whose exceptions end here.
#include "models/catalog.h"
#include "models/counts.h"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace gpufleet::models {
namespace {

enum class Need : std::uint8_t { required, optional };

// A TOML table that knows which keys were asked for, so that the others can be called unknown.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string prefix, std::string file, Diagnostics& out)
      : table_(table), prefix_(std::move(prefix)), file_(std::move(file)), out_(out) {}

  std::int64_t count(const char* key, Need need) {
    const toml::node* node = get(key, need);
    if (node == nullptr) return 0;
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value >= 0 && *value <= kLargestCount) return *value;
    error(*node, key, fmt::format("expected a whole number from 0 to {}", kLargestCount));
    return 0;
  }
  double number(const char* key, Need need) {
    const toml::node* node = get(key, need);
    if (node == nullptr) return 0;
    const std::optional<double> value = node->is_number() ? node->value<double>() : std::nullopt;
    if (value && std::isfinite(*value) && *value >= 0) return *value;
    error(*node, key, "expected a number, not negative");
    return 0;
  }
  std::string text(const char* key, Need need) {
    const toml::node* node = get(key, need);
    if (node == nullptr) return {};
    if (const auto value = node->value_exact<std::string>()) return *value;
    error(*node, key, "expected text in quotes");
    return {};
  }
  bool flag(const char* key, bool otherwise) {
    const toml::node* node = get(key, Need::optional);
    if (node == nullptr) return otherwise;
    if (const auto value = node->value_exact<bool>()) return *value;
    error(*node, key, "expected true or false");
    return otherwise;
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> out;
    const toml::node* node = get(key, Need::optional);
    if (node == nullptr) return out;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      error(*node, key, "expected a list of texts");
      return out;
    }
    for (const toml::node& element : *array) {
      if (const auto value = element.value_exact<std::string>())
        out.push_back(*value);
      else
        error(element, key, "expected text in quotes");
    }
    return out;
  }
  // An enumeration by its names; the first is the default of an optional key.
  template <class Enum>
  Enum choice(const char* key, Need need, std::initializer_list<Enum> values) {
    const toml::node* node = get(key, need);
    if (node == nullptr) return *values.begin();
    const std::string word = node->value_exact<std::string>().value_or("");
    std::vector<std::string> names;
    for (const Enum value : values) {
      if (name(value) == word) return value;
      names.emplace_back(name(value));
    }
    error(*node, key, fmt::format("expected one of {}", fmt::join(names, ", ")), did_you_mean(word, names));
    return *values.begin();
  }
  const toml::table* table(const char* key, Need need) {
    const toml::node* node = get(key, need);
    if (node == nullptr) return nullptr;
    if (node->is_table()) return node->as_table();
    error(*node, key, "expected a table");
    return nullptr;
  }
  void finish() {
    for (const auto& [key, node] : table_) {
      const std::string word(key.str());
      if (std::find(known_.begin(), known_.end(), word) == known_.end())
        out_.push_back({Severity::error, DiagnosticKind::usage, place(key.source()), prefix_ + word, "unknown key",
                        did_you_mean(word, known_)});
    }
  }
  [[nodiscard]] std::size_t problem_count() const { return out_.size(); }
  [[nodiscard]] SourceLocation where() const { return place(table_.source()); }
  [[nodiscard]] SourceLocation where(const char* key) const {
    const toml::node* node = table_.get(key);
    return node == nullptr ? where() : place(node->source());
  }

 private:
  const toml::node* get(const char* key, Need need) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr && need == Need::required)
      out_.push_back(
          {Severity::error, DiagnosticKind::usage, where(), prefix_ + key, "missing; every model of this kind needs it", ""});
    return node;
  }
  void error(const toml::node& node, const char* key, std::string message, std::string hint = {}) {
    out_.push_back(
        {Severity::error, DiagnosticKind::usage, place(node.source()), prefix_ + key, std::move(message), std::move(hint)});
  }
  [[nodiscard]] SourceLocation place(const toml::source_region& region) const {
    return {file_, static_cast<std::uint32_t>(region.begin.line), static_cast<std::uint32_t>(region.begin.column)};
  }

  const toml::table& table_;
  std::string prefix_, file_;
  Diagnostics& out_;
  std::vector<std::string> known_;
};

void read_attention(TableReader& in, Architecture& out) {
  using enum AttentionForm;
  const std::size_t before = in.problem_count();
  out.attention = in.choice("kind", Need::required, {mha, gqa, mla});
  if (in.problem_count() != before) return;  // which keys belong here depends on it
  out.heads = in.count("heads", Need::required);
  out.qk_norm = in.flag("qk_norm", false);
  if (out.attention == mla) {
    out.q_lora_rank = in.count("q_lora_rank", Need::optional);
    out.kv_lora_rank = in.count("kv_lora_rank", Need::required);
    out.qk_nope = in.count("qk_nope", Need::required);
    out.qk_rope = in.count("qk_rope", Need::required);
    out.v_head_dim = in.count("v_head_dim", Need::required);
    out.head_dim = out.qk_nope + out.qk_rope;
    out.kv_heads = out.heads;
  } else {
    out.kv_heads = out.attention == gqa ? in.count("kv_heads", Need::required) : out.heads;
    out.head_dim = in.count("head_dim", Need::required);
    out.v_head_dim = out.head_dim;
  }
  in.finish();
}

void read_experts(TableReader& in, Architecture& out) {
  out.routed_experts = in.count("routed_experts", Need::required);
  out.top_k = in.count("top_k", Need::required);
  out.moe_ffn = in.count("inner", Need::required);
  out.shared_experts = in.count("shared_experts", Need::optional);
  out.shared_ffn = in.count("shared_inner", Need::optional);
  if (out.shared_ffn == 0) out.shared_ffn = out.shared_experts * out.moe_ffn;
  out.expert_groups = in.count("groups", Need::optional);
  out.topk_groups = in.count("topk_groups", Need::optional);
  in.finish();
}

void read_claim(TableReader& in, Claim& out) {
  out.total_parameters = in.number("total", Need::optional);
  out.active_parameters = in.number("active", Need::optional);
  out.source = in.text("source", Need::required);
  in.finish();
}

void read_expected(TableReader& in, Expected& out) {
  out.total_parameters = in.number("total_parameters", Need::required);
  out.active_parameters = in.number("active_parameters", Need::required);
  out.training_gflops_per_token_causal = in.number("training_gflops_per_token_causal", Need::required);
  out.training_gflops_per_token_full = in.number("training_gflops_per_token_full", Need::required);
  out.sequence = in.count("sequence", Need::required);
  out.source = in.text("source", Need::required);
  in.finish();
}

Architecture read_architecture(const toml::table& root, const std::string& file, Diagnostics& problems) {
  Architecture out;
  TableReader in(root, "", file, problems);
  const auto section = [&](TableReader& parent, const char* key, const std::string& prefix, Need need, auto&& read,
                           auto& target) {
    const toml::table* table = parent.table(key, need);
    if (table == nullptr) return;
    TableReader reader(*table, prefix, file, problems);
    read(reader, target);
  };
  out.name = in.text("name", Need::required);
  out.aliases = in.texts("aliases");
  out.source = in.text("source", Need::required);
  out.soft = in.texts("soft");
  out.notes = in.text("notes", Need::optional);
  out.aggregate_only = in.flag("aggregate_only", false);
  const Need shape = out.aggregate_only ? Need::optional : Need::required;
  out.layers = in.count("layers", shape);
  out.hidden = in.count("hidden", shape);
  out.vocab = in.count("vocab", shape);
  out.max_position = in.count("max_position", Need::optional);
  out.positions =
      in.choice("positions", Need::optional, {Positions::rope, Positions::learned, Positions::alibi, Positions::none});
  out.learned_positions = in.count("learned_positions", Need::optional);
  out.tied_embeddings = in.flag("tied_embeddings", false);
  out.attention_bias = in.choice("bias", Need::optional, {LinearBias::none, LinearBias::qkv, LinearBias::all});
  out.mtp_layers = in.count("mtp_layers", Need::optional);
  section(in, "attention", "attention.", shape, read_attention, out);
  if (const toml::table* table = in.table("ffn", shape)) {
    TableReader ffn(*table, "ffn.", file, problems);
    out.gated_mlp = ffn.flag("gated", true);
    out.ffn_dense = ffn.count("dense", Need::optional);
    const bool moe = table->contains("moe");
    out.dense_layers = moe ? ffn.count("dense_layers", Need::required) : out.layers;
    section(ffn, "moe", "ffn.moe.", Need::optional, read_experts, out);
    ffn.finish();
  }
  section(in, "claimed", "claimed.", Need::optional, read_claim, out.claimed);
  section(in, "expected", "expected.", Need::optional, read_expected, out.expected);
  in.finish();
  if (has_errors(problems)) return out;
  for (ShapeProblem& problem : shape_problems(out)) {
    const std::string top = problem.key.substr(0, problem.key.find('.'));
    problems.push_back(
        {Severity::error, DiagnosticKind::usage, in.where(top.c_str()), problem.key, std::move(problem.message), ""});
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

Diagnostic file_problem(const std::string& file, std::string message) {
  return {Severity::error, DiagnosticKind::usage, {file, 0, 0}, "", std::move(message), ""};
}

}  // namespace

Result<Architecture> parse_architecture(std::string_view text, const std::string& file) {
  Diagnostics problems;
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    return Diagnostic{Severity::error,
                      DiagnosticKind::usage,
                      {file, static_cast<std::uint32_t>(begin.line), static_cast<std::uint32_t>(begin.column)},
                      "",
                      fmt::format("not valid TOML: {}", error.description()),
                      ""};
  }
  Architecture out = read_architecture(root, file, problems);
  if (has_errors(problems)) return problems;
  return Result<Architecture>(std::move(out), std::move(problems));
}

Result<std::vector<Architecture>> load_architectures(const std::filesystem::path& folder) {
  std::error_code failure;
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entry(folder, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
    if (entry->path().extension() == ".toml") files.push_back(entry->path());
  if (failure) return file_problem(folder.string(), fmt::format("cannot read the model catalog: {}", failure.message()));
  std::sort(files.begin(), files.end());

  std::vector<Architecture> catalog;
  Diagnostics problems;
  std::map<std::string, std::string> owners;  // lower-case name or alias -> file
  for (const std::filesystem::path& path : files) {
    const std::string file = path.string();
    const std::optional<std::string> text = read_file(path);
    if (!text) {
      problems.push_back(file_problem(file, "cannot be read"));
      continue;
    }
    Result<Architecture> model = parse_architecture(*text, file);
    problems.insert(problems.end(), model.diagnostics().begin(), model.diagnostics().end());
    if (!model) continue;
    std::vector<std::string> names = model->aliases;
    names.push_back(model->name);
    for (const std::string& name : names) {
      const auto [owner, fresh] = owners.emplace(lower(name), file);
      if (!fresh) problems.push_back(file_problem(file, fmt::format("the name \"{}\" is taken by {}", name, owner->second)));
    }
    catalog.push_back(std::move(model).value());
  }
  if (has_errors(problems)) return problems;
  return Result<std::vector<Architecture>>(std::move(catalog), std::move(problems));
}

const Architecture* find_architecture(std::span<const Architecture> catalog, std::string_view name) {
  const std::string wanted = lower(name);
  for (const Architecture& model : catalog) {
    if (lower(model.name) == wanted) return &model;
    for (const std::string& alias : model.aliases)
      if (lower(alias) == wanted) return &model;
  }
  return nullptr;
}

std::string suggest_architecture(std::span<const Architecture> catalog, std::string_view name) {
  std::vector<std::string> names;
  for (const Architecture& model : catalog) {
    names.push_back(model.name);
    names.insert(names.end(), model.aliases.begin(), model.aliases.end());
  }
  return did_you_mean(name, names);
}

}  // namespace gpufleet::models
