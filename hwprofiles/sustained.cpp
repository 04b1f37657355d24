#include "hwprofiles/sustained.h"

#include <algorithm>

#include "core/random.h"
#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

constexpr std::array kFamilies{Family::volta, Family::turing, Family::ampere, Family::ada, Family::hopper, Family::blackwell};

SustainedTable::Row read_row(const TomlTable& table, Diagnostics& sink) {
  TableReader reader(table, "chip", sink);
  std::array<std::string_view, kFamilies.size()> names{};
  std::transform(kFamilies.begin(), kFamilies.end(), names.begin(), [](Family family) { return name(family); });
  SustainedTable::Row row;
  row.chips = reader.texts("names", Presence::optional);
  const std::size_t family = reader.choice("family", names, Presence::required);
  if (family < kFamilies.size()) row.family = kFamilies[family];
  const auto share = [&](std::string_view key) {
    return reader.has(key) ? reader.quantity(key, Dimension::none, {.low = 0.05, .high = 3}, Presence::optional) : 1.0;
  };
  row.rates = {.gemm_16bit = share("gemm_16bit"),
               .gemm_8bit = share("gemm_8bit"),
               .gemm_8bit_tensor = share("gemm_8bit_tensor"),
               .grouped_gemm = share("grouped_gemm"),
               .memory = share("memory"),
               .routing = share("routing"),
               .attention = share("attention"),
               .weight_gradient_8bit = share("weight_gradient_8bit"),
               .flash2_attention = share("flash2_attention"),
               .clock_spread = reader.quantity("clock_spread", Dimension::none, {.low = 0, .high = 0.2}, Presence::optional)};
  (void)reader.text("source", Presence::required);
  reader.finish();
  return row;
}

}  // namespace

Result<SustainedTable> load_sustained(const std::filesystem::path& file) {
  const Result<TomlTable> document = read_toml(file);
  if (!document) return document.diagnostics();
  Diagnostics sink;
  TableReader reader(*document, "", sink);
  SustainedTable out;
  out.launch_seconds = reader.quantity("launch", Dimension::time, {.low = 0, .high = 1e-3}, Presence::optional);
  out.memory_log_sigma = reader.quantity("memory_log_sigma", Dimension::none, {.low = 0, .high = 1}, Presence::optional);
  out.block_log_sigma = reader.quantity("block_log_sigma", Dimension::none, {.low = 0, .high = 0.5}, Presence::optional);
  out.step_log_sigma = reader.quantity("step_log_sigma", Dimension::none, {.low = 0, .high = 1}, Presence::required);
  for (const TomlTable* row : reader.tables("chip", Presence::optional)) out.rows.push_back(read_row(*row, sink));
  reader.finish();
  if (has_errors(sink)) return sink;
  return out;
}

double slowest_of(double clock_spread, int chips) {
  if (chips <= 1) return 1;
  constexpr double kBlom = 0.375;
  return 1 + clock_spread * inverse_normal((chips - kBlom) / (chips + 1 - 2 * kBlom));
}

SustainedRates sustained_rates(const SustainedTable& table, const Accelerator& accelerator) {
  for (const SustainedTable::Row& row : table.rows)
    if (std::find(row.chips.begin(), row.chips.end(), accelerator.name) != row.chips.end()) return row.rates;
  for (const SustainedTable::Row& row : table.rows)
    if (row.chips.empty() && row.family == accelerator.family) return row.rates;
  return {};
}

}  // namespace gpufleet::hw
