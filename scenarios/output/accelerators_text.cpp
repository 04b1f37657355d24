#include <fmt/format.h>
#include <array>
#include <cmath>
#include <limits>

#include "core/statistics.h"
#include "hwprofiles/kernel_time.h"
#include "scenarios/output/catalog_text.h"
#include "scenarios/output/records.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr int kDigits = 4;

double known(double value, double unit) { return value > 0 ? value / unit : kUnknown; }

constexpr std::array kFormats{hw::Dtype::fp64, hw::Dtype::fp32, hw::Dtype::tf32, hw::Dtype::bf16, hw::Dtype::fp16,
                              hw::Dtype::fp8,  hw::Dtype::int8, hw::Dtype::fp4,  hw::Dtype::int4};

Record summary(const hw::Accelerator& chip) {
  return {{"name", chip.name},
          {"vendor", chip.vendor},
          {"released", chip.release_date},
          {"bf16_tflops", known(chip.peak(hw::Dtype::bf16).value(), 1e12)},
          {"fp8_tflops", known(chip.peak(hw::Dtype::fp8).value(), 1e12)},
          {"memory_gb", known(static_cast<double>(chip.memory.value()), 1e9)},
          {"memory_tb_per_s", known(chip.memory_bandwidth.value(), 1e12)},
          {"scaleup_gb_per_s", known(chip.scaleup_bandwidth.value(), 1e9)},
          {"tdp_w", known(chip.tdp.value(), 1)}};
}

// The fit that an entry was made from; nullptr if `chips` do not hold it.
const hw::KernelFit* fit_behind(hw::Slot slot, const hw::KernelTimeModel::Entry& entry,
                                std::span<const hw::AcceleratorFits> chips) {
  for (const hw::AcceleratorFits& chip : chips)
    for (const hw::KernelFit& fit : chip.fits)
      if (chip.accelerator == entry.donor && fit.slot == slot && fit.engine == entry.engine) return &fit;
  return nullptr;
}

// Half the width of the 10-90 % interval, as a percentage of the median.
double percent(double log_sigma) { return 100 * std::expm1(kNormalQuantile90 * log_sigma); }

Record behind(hw::Slot slot, const hw::KernelTimeModel::Entry& entry, const hw::KernelFits& fits,
              std::span<const hw::AcceleratorFits> user) {
  const hw::KernelFit* fit = fit_behind(slot, entry, fits.accelerators);
  return {{"kernel", std::string(hw::name(slot))},
          {"provenance", std::string(hw::name(entry.provenance))},
          {"fit_of", entry.donor},
          {"engine", entry.engine},
          {"rows", static_cast<double>(entry.rows)},
          {"spread_small_percent", percent(entry.log_sigma_small)},
          {"spread_percent", percent(entry.log_sigma)},
          {"kept_by", fit_behind(slot, entry, user) != nullptr ? "user" : "shipped"},
          {"source", fit != nullptr ? fit->source : ""}};
}

}  // namespace

std::string accelerators_text(std::span<const hw::Accelerator> accelerators, Format format) {
  std::vector<Record> records;
  for (const hw::Accelerator& chip : accelerators) records.push_back(summary(chip));
  return list_text(records, format, kDigits);
}

std::string accelerator_text(const hw::Accelerator& chip, const hw::KernelFits& fits, std::span<const hw::AcceleratorFits> user,
                             Format format) {
  Record record{{"name", chip.name},
                {"aliases", fmt::format("{}", fmt::join(chip.aliases, ", "))},
                {"vendor", chip.vendor},
                {"architecture", chip.architecture},
                {"process", chip.process},
                {"released", chip.release_date},
                {"die_area_mm2", known(chip.die_area_mm2, 1)},
                {"multiprocessors", known(chip.sm_count, 1)},
                {"boost_ghz", known(chip.boost_hz, 1e9)}};
  for (const hw::Dtype dtype : kFormats)
    record.push_back({fmt::format("{}_dense_tflops", hw::name(dtype)), known(chip.peak(dtype).value(), 1e12)});
  const Record rest{{"memory_gb", known(static_cast<double>(chip.memory.value()), 1e9)},
                    {"usable_memory_gib", known(static_cast<double>(chip.usable_memory.value()), 1073741824.0)},
                    {"memory_type", chip.memory_type},
                    {"memory_gb_per_s", known(chip.memory_bandwidth.value(), 1e9)},
                    {"l2_mb", known(static_cast<double>(chip.l2.value()), 1e6)},
                    {"scaleup_link", chip.scaleup_link},
                    {"scaleup_gb_per_s_both_directions", known(chip.scaleup_bandwidth.value(), 1e9)},
                    {"pcie_gb_per_s_both_directions", known(chip.pcie_bandwidth.value(), 1e9)},
                    {"nic_gb_per_s", known(chip.nic_bandwidth.value(), 1e9)},
                    {"tdp_w", known(chip.tdp.value(), 1)},
                    {"tpp", known(chip.tpp, 1)},
                    {"performance_density_per_mm2", known(chip.performance_density, 1)},
                    {"recalled_not_read", fmt::format("{}", fmt::join(chip.soft, ", "))},
                    {"source", chip.source},
                    {"notes", chip.notes}};
  record.insert(record.end(), rest.begin(), rest.end());
  const hw::KernelTimeModel times = hw::make_kernel_time_model(chip, fits);
  std::vector<Record> evidence;
  for (std::size_t i = 0; i < hw::kSlots; ++i) {
    const auto slot = static_cast<hw::Slot>(i);
    evidence.push_back(behind(slot, times.entry(slot), fits, user));
  }
  return record_text(record, "kernel_times", evidence, format, kDigits);
}

}  // namespace gpufleet::scenarios
