// One model per accelerator and engine, made once; then every row is one evaluation.
#include "hwprofiles/kernel_validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "core/statistics.h"
#include "hwprofiles/accelerator_catalog.h"

namespace gpufleet::hw {

namespace {

constexpr std::int64_t kFewRows = 128;         // below, a GEMM streams weights; above, it computes
constexpr double kLargeMessage = 1024 * 1024;  // above, a collective is bound by the link

// "H20" of "H20-3e 141GB": letters and digits up to the first other character.
std::string_view product(std::string_view accelerator) { return accelerator.substr(0, accelerator.find_first_of(" -_/")); }

KernelFits without(const KernelFits& fits, std::string_view accelerator) {
  KernelFits rest = fits;
  std::erase_if(rest.accelerators,
                [&](const AcceleratorFits& chip) { return product(chip.accelerator) == product(accelerator); });
  return rest;
}

using ModelOf = std::function<KernelTimeModel(const Accelerator& chip, const Measurement& row)>;

std::vector<KernelComparison> compare(std::span<const Measurement> rows, std::span<const Accelerator> catalog,
                                      const ModelOf& model_of, std::vector<std::string>& unknown) {
  std::map<std::pair<std::string, std::string>, std::optional<KernelTimeModel>> models;
  std::vector<KernelComparison> out;
  out.reserve(rows.size());
  for (const Measurement& row : rows) {
    const auto [at, is_new] = models.try_emplace({row.accelerator, row.engine});
    if (is_new)
      if (const Result<Accelerator> chip = find_accelerator(catalog, row.accelerator); chip) at->second = model_of(*chip, row);
    if (!at->second) {
      if (std::ranges::find(unknown, row.accelerator) == unknown.end()) unknown.push_back(row.accelerator);
      continue;
    }
    const KernelTime time = at->second->time(row.kernel);
    const double half = std::exp(kNormalQuantile90 * time.log_sigma);
    out.push_back({.row = &row,
                   .measured = row.latency_us * 1e-6,
                   .predicted = time.seconds,
                   .low = time.seconds / half,
                   .high = time.seconds * half,
                   .log_sigma = time.log_sigma,
                   .provenance = time.provenance,
                   .donor = at->second->entry(slot_of(row.kernel)).donor});
  }
  return out;
}

struct Group {
  std::string operator()(const Gemm& g) const {
    const bool half = g.dtype == Dtype::bf16 || g.dtype == Dtype::fp16;
    return fmt::format("gemm_{}_m_{}128", half ? "bf16" : std::string(name(g.dtype)), g.m < kFewRows ? "below_" : "from_");
  }
  std::string operator()(const GroupedGemm& g) const { return fmt::format("grouped_gemm_{}", name(g.dtype)); }
  std::string operator()(const Attention& a) const {
    if (a.pass == Pass::backward) return "attention_backward";
    return a.head_dim_qk != a.head_dim_v ? "mla_prefill" : "attention_forward";
  }
  std::string operator()(const MlaDecode&) const { return "mla_decode"; }
  std::string operator()(const GqaDecode&) const { return "gqa_decode"; }
  std::string operator()(const Stream&) const { return "stream"; }
  std::string operator()(const Collective& c) const {
    return c.bytes > kLargeMessage ? "collective_above_1MiB" : "collective_up_to_1MiB";
  }
};

KernelErrors errors_of(std::string group, std::string accelerator, std::span<const KernelComparison* const> rows) {
  KernelErrors errors{
      .group = std::move(group), .accelerator = std::move(accelerator), .rows = rows.size(), .provenance = Provenance::measured};
  std::vector<double> sizes, signs;
  std::size_t covered = 0;
  for (const KernelComparison* row : rows) {
    sizes.push_back(std::abs(row->error()));
    signs.push_back(row->error());
    covered += row->covered() ? 1 : 0;
    errors.provenance = std::max(errors.provenance, row->provenance);
  }
  errors.median_error = median(sizes);
  errors.p90_error = quantile(sizes, 0.9);
  errors.bias = median(signs);
  errors.coverage = static_cast<double>(covered) / static_cast<double>(rows.size());
  return errors;
}

}  // namespace

std::string validation_group(const Measurement& row) { return std::visit(Group{}, row.kernel); }

std::vector<KernelComparison> compare_kernels(std::span<const Measurement> rows, std::span<const Accelerator> catalog,
                                              const KernelFits& fits, std::vector<std::string>& unknown) {
  return compare(
      rows, catalog,
      [&](const Accelerator& chip, const Measurement& row) { return make_kernel_time_model(chip, fits, row.engine); }, unknown);
}

std::vector<KernelComparison> compare_left_out(std::span<const Measurement> rows, std::span<const Accelerator> catalog,
                                               const KernelFits& fits, std::vector<std::string>& unknown) {
  return compare(
      rows, catalog,
      [&](const Accelerator& chip, const Measurement& row) {
        return make_kernel_time_model(chip, without(fits, chip.name), row.engine);
      },
      unknown);
}

std::vector<KernelErrors> summarise(std::span<const KernelComparison> comparisons) {
  std::map<std::string, std::vector<const KernelComparison*>> by_group;
  std::map<std::pair<std::string, std::string>, std::vector<const KernelComparison*>> by_chip;
  for (const KernelComparison& comparison : comparisons) {
    const std::string group = validation_group(*comparison.row);
    by_group[group].push_back(&comparison);
    by_chip[{group, comparison.row->accelerator}].push_back(&comparison);
  }
  std::vector<KernelErrors> out;
  for (const auto& [group, rows] : by_group) out.push_back(errors_of(group, "", rows));
  for (const auto& [key, rows] : by_chip) out.push_back(errors_of(key.first, key.second, rows));
  return out;
}

std::string errors_markdown(std::span<const KernelErrors> errors) {
  std::string out =
      "| class | accelerator | rows | median error | p90 error | bias | inside 10-90 % | provenance "
      "|\n|---|---|--:|--:|--:|--:|--:|---|\n";
  for (const KernelErrors& e : errors)
    out += fmt::format("| {} | {} | {} | {:.1f} % | {:.1f} % | {:+.1f} % | {:.0f} % | {} |\n", e.group,
                       e.accelerator.empty() ? "all" : e.accelerator, e.rows, 100 * e.median_error, 100 * e.p90_error,
                       100 * e.bias, 100 * e.coverage, name(e.provenance));
  return out;
}

}  // namespace gpufleet::hw
