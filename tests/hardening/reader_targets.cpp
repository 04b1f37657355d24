// Catalog files, measurements, config.json, rule expressions and quantities.
#include <array>
#include <sstream>
#include <vector>

#include "core/units.h"
#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/export_rules.h"
#include "hwprofiles/expression.h"
#include "hwprofiles/kernel_fits.h"
#include "hwprofiles/measurement.h"
#include "hwprofiles/node.h"
#include "hwprofiles/prices.h"
#include "hwprofiles/reliability.h"
#include "models/catalog.h"
#include "models/config_json.h"
#include "models/parameters.h"
#include "tests/hardening/scratch_file.h"
#include "tests/hardening/targets.h"

namespace gpufleet::hardening {
namespace {

const std::vector<hw::Accelerator>& shipped_accelerators() {
  static const std::vector<hw::Accelerator> kAll =
      hw::load_accelerators(std::filesystem::path(GPUFLEET_SOURCE_DIR) / "hwprofiles/data/accelerators").value();
  return kAll;
}

void read_accelerator_file(std::string_view bytes) {
  (void)hw::load_accelerators(scratch_file("accelerators", "chip.toml", bytes).parent_path());
}

void read_node_file(std::string_view bytes) {
  (void)hw::load_nodes(scratch_file("nodes", "node.toml", bytes).parent_path(), shipped_accelerators());
}

void read_price_file(std::string_view bytes) {
  const Result<hw::PriceBook> book = hw::load_prices(scratch_file("prices", "prices.toml", bytes));
  if (!book) return;
  (void)hw::look_up_rent(*book, "H800 SXM", "CN", "2024-06-01");
  (void)hw::look_up_price(*book, {"H800 SXM", hw::PriceKind::purchase, "CN", "2024-06-01"});
  (void)hw::dollars_per_unit(*book, "CNY", "2024-06-01");
}

void read_rule_file(std::string_view bytes) { (void)hw::load_export_rules(scratch_file("rules", "rules.toml", bytes)); }

void read_reliability_file(std::string_view bytes) {
  (void)hw::load_reliability(scratch_file("reliability", "reliability.toml", bytes));
}

void read_fit_file(std::string_view bytes) {
  const Result<hw::KernelFits> fits = hw::load_kernel_fits(scratch_file("fits", "chip.toml", bytes).parent_path());
  if (!fits) return;
  for (const hw::AcceleratorFits& chip : fits->accelerators) (void)hw::to_toml(chip);
}

void read_architecture_text(std::string_view bytes) {
  const Result<models::Architecture> model = models::parse_architecture(bytes, "fuzz.toml");
  if (model && !model->aggregate_only) (void)models::parameters(*model);
}

void read_config_text(std::string_view bytes) {
  const Result<models::Architecture> model = models::import_config(bytes, "config.json");
  if (model) (void)models::parameters(*model);
}

void read_measurement_text(std::string_view bytes) {
  std::istringstream in{std::string(bytes)};
  std::vector<hw::Measurement> rows;
  const Diagnostics problems =
      hw::read_measurements(in, "fuzz.csv", [&](hw::Measurement&& row, std::uint32_t) { rows.push_back(std::move(row)); });
  if (rows.empty() || has_errors(problems)) return;
  // What was read is written in the one form, which reads back as the same rows.
  std::istringstream again{hw::measurements_to_csv(rows)};
  std::vector<hw::Measurement> second;
  (void)hw::read_measurements(again, "again.csv",
                              [&](hw::Measurement&& row, std::uint32_t) { second.push_back(std::move(row)); });
  check(second == rows, "measurements change when they are written and read back");
}

void read_rule_expression(std::string_view bytes) {
  static const std::vector<hw::VariableSpec> kVariables{{"TPP", hw::ValueType::number},
                                                        {"IO", hw::ValueType::number},
                                                        {"DC", hw::ValueType::boolean},
                                                        {"DESTINATION", hw::ValueType::text},
                                                        {"D5", hw::ValueType::set}};
  const Result<hw::Expression> parsed = hw::parse_expression(bytes, kVariables, {"fuzz", 1, 1});
  if (!parsed) return;
  using Values = std::vector<hw::Value>;
  for (const Values& values : {Values{4800.0, 600.0, true, std::string("CN"), std::vector<std::string>{"CN", "RU"}}, Values(5),
                               Values{0.0, -0.0, false, std::string(), std::vector<std::string>{}}}) {
    (void)hw::evaluate(*parsed, values);
    (void)hw::decisive(*parsed, values);
    (void)hw::distance_to_true(*parsed, values);
  }
}

void read_quantities(std::string_view bytes) {
  for (int i = 0; i <= static_cast<int>(Dimension::carbon); ++i) {
    std::string why;
    const auto dimension = static_cast<Dimension>(i);
    if (const std::optional<double> value = parse_quantity(bytes, dimension, why)) (void)format_quantity(*value, dimension);
  }
}

}  // namespace

std::span<const Target> reader_targets() {
  static constexpr std::array<Target, 11> kAll{{{"accelerator", read_accelerator_file},
                                                {"node", read_node_file},
                                                {"prices", read_price_file},
                                                {"rules", read_rule_file},
                                                {"reliability", read_reliability_file},
                                                {"kernel_fits", read_fit_file},
                                                {"architecture", read_architecture_text},
                                                {"config_json", read_config_text},
                                                {"measurements", read_measurement_text},
                                                {"expression", read_rule_expression},
                                                {"quantity", read_quantities}}};
  return kAll;
}

}  // namespace gpufleet::hardening
