#include "scenarios/serving_engines.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "hwprofiles/toml_document.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::array<std::string_view, 2> kPolicies{"mixed", "prefill_first"};
constexpr std::array<std::string_view, 2> kAdmissions{"prompt", "prompt_and_output"};
constexpr std::array<std::string_view, 2> kLibraries{"nccl", "fused"};

// "1 2 4 8": ascending whole numbers.
std::vector<int> whole_numbers(std::string_view key, hw::TableReader& reader) {
  std::istringstream words(reader.text(key, hw::Presence::required));
  std::vector<int> out;
  for (int number = 0; words >> number;) {
    if (number < 1 || (!out.empty() && number <= out.back())) reader.report(key, "wants ascending whole numbers", "");
    out.push_back(number);
  }
  if (!words.eof()) reader.report(key, "wants whole numbers with spaces between", "");
  return out;
}

sim::ServingEngine read_engine(const hw::TomlTable& row, Diagnostics& sink) {
  hw::TableReader table(row, "engine", sink);
  const auto seconds = [&](std::string_view key) {
    return table.quantity(key, Dimension::time, {.low = 0, .high = 10}, hw::Presence::required);
  };
  const auto number = [&](std::string_view key, double low, double high) {
    return table.quantity(key, Dimension::none, {.low = low, .high = high}, hw::Presence::required);
  };
  sim::ServingEngine out;
  out.name = table.text("name", hw::Presence::required);
  out.source = table.text("source", hw::Presence::required);
  out.policy = static_cast<sim::IterationPolicy>(table.choice("policy", kPolicies, hw::Presence::required) % 2);
  out.admission = static_cast<sim::Admission>(table.choice("admission", kAdmissions, hw::Presence::required) % 2);
  out.kernels = table.text("kernels", hw::Presence::required);
  out.tensor_scaled_kernels = table.text("tensor_scaled_kernels", hw::Presence::required);
  out.all_reduce = static_cast<sim::CollectiveLibrary>(table.choice("all_reduce", kLibraries, hw::Presence::required) % 2);
  out.host_step = seconds("host_step");
  out.host_per_sequence = seconds("host_per_sequence");
  out.host_prefill = seconds("host_prefill");
  out.eager_launch = seconds("eager_launch");
  out.graph_gap = seconds("graph_gap");
  out.request_overhead = seconds("request_overhead");
  out.exchange_stretch = number("exchange_stretch", 0.1, 10);
  out.compute_stretch = number("compute_stretch", 0.1, 10);
  out.log_sigma = number("log_sigma", 0, 2);
  out.max_batched_tokens = table.integer("max_batched_tokens", {.low = 1, .high = 1 << 20}, hw::Presence::required);
  out.max_sequences = table.integer("max_sequences", {.low = 1, .high = 1 << 20}, hw::Presence::required);
  out.graph_sizes = whole_numbers("graph_sizes", table);
  out.memory_fraction = number("memory_fraction", 0.05, 1);
  out.workspace = table.quantity("workspace", Dimension::bytes, {.low = 0, .high = 1e12}, hw::Presence::required);
  out.block = table.integer("block", {.low = 1, .high = 4096}, hw::Presence::required);
  out.exchange_sms = table.integer("exchange_sms", {.low = 0, .high = 1000}, hw::Presence::required);
  table.finish();
  return out;
}

}  // namespace

Result<std::vector<sim::ServingEngine>> load_engines(const std::filesystem::path& file) {
  const Result<hw::TomlTable> document = hw::read_toml(file);
  if (!document) return document.diagnostics();
  Diagnostics problems;
  hw::TableReader root(*document, "", problems);
  std::vector<sim::ServingEngine> out;
  for (const hw::TomlTable* row : root.tables("engine", hw::Presence::required)) out.push_back(read_engine(*row, problems));
  root.finish();
  if (has_errors(problems)) return problems;
  return out;
}

const sim::ServingEngine* find_engine(std::span<const sim::ServingEngine> engines, std::string_view name) {
  const auto found = std::ranges::find(engines, name, &sim::ServingEngine::name);
  return found == engines.end() ? nullptr : &*found;
}

std::vector<std::string> engine_names(std::span<const sim::ServingEngine> engines) {
  std::vector<std::string> out;
  for (const sim::ServingEngine& engine : engines) out.push_back(engine.name);
  return out;
}

}  // namespace gpufleet::scenarios
