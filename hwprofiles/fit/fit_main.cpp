// gpufleet-fit: the developer's command that makes the shipped fits and the validation table from a folder of measurements.
//   gpufleet-fit ROWS --data hwprofiles/data [--report FILE.md]
// Same rows, same bytes. Rows whose shape hash is a multiple of kSetAside are set aside for validation and enter no fit.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/statistics.h"
#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/atomic_file.h"
#include "hwprofiles/csv.h"
#include "hwprofiles/fit/fit_kernels.h"
#include "hwprofiles/kernel_validation.h"

namespace {

using namespace gpufleet;
using namespace gpufleet::hw;

constexpr std::uint64_t kSetAside = 8;       // one row in eight
constexpr std::size_t kMostSetAside = 4000;  // the shipped table's limit

int fail(std::span<const Diagnostic> diagnostics) {
  fmt::print(stderr, "{}", to_text(diagnostics));
  return 2;
}

std::string file_name(std::string_view accelerator) {
  std::string out;
  for (const char c : accelerator) out += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(c)) : '-';
  return out + ".toml";
}

struct Split {
  std::vector<Measurement> fitted, aside;
};

Split split(std::vector<Measurement> rows) {
  std::vector<std::pair<std::uint64_t, Measurement>> chosen;
  Split out;
  for (Measurement& row : rows) {
    const std::uint64_t hash = fit::shape_hash(row);
    if (hash % kSetAside == 0)
      chosen.emplace_back(hash, std::move(row));
    else
      out.fitted.push_back(std::move(row));
  }
  std::ranges::stable_sort(chosen, {}, [](const auto& entry) { return entry.first; });
  if (chosen.size() > kMostSetAside) chosen.resize(kMostSetAside);  // the rest enters neither
  for (auto& [hash, row] : chosen) out.aside.push_back(std::move(row));
  std::ranges::stable_sort(out.aside, {}, [](const Measurement& m) { return std::pair(m.kernel.index(), m.accelerator); });
  return out;
}

double spread_of(std::vector<double> logs) {
  for (double& e : logs) e = std::abs(e);
  return quantile(std::move(logs), 0.8) / kNormalQuantile90;
}

// What each slot's borrowers are off by: every chip's rows of its primary engine, predicted without that chip. Same family:
// the fits' borrow_sigma; a chip alone in its family: the strangers' spread.
void measure_borrowing(KernelFits& fits, std::span<const Measurement> rows, std::span<const Accelerator> catalog) {
  std::vector<std::string> unknown;
  std::vector<Measurement> primary;
  for (const Measurement& row : rows)
    for (const AcceleratorFits& chip : fits.accelerators)
      for (const KernelFit& fit : chip.fits)
        if (chip.accelerator == row.accelerator && fit.primary && fit.engine == row.engine && fit.slot == slot_of(row.kernel))
          primary.push_back(row);
  std::map<std::pair<Family, Slot>, std::vector<double>> family;
  std::map<Slot, std::vector<double>> strangers;
  for (const KernelComparison& c : compare_left_out(primary, catalog, fits, unknown)) {
    const Slot slot = slot_of(c.row->kernel);
    const auto chip = std::ranges::find(catalog, c.row->accelerator, &Accelerator::name);
    const double log_error = std::log(c.measured / c.predicted);
    (c.provenance == Provenance::borrowed ? family[{chip->family, slot}] : strangers[slot]).push_back(log_error);
  }
  std::vector<double> all_family, all_strangers;
  for (const auto& [key, logs] : family) all_family.insert(all_family.end(), logs.begin(), logs.end());
  for (const auto& [slot, logs] : strangers) all_strangers.insert(all_strangers.end(), logs.begin(), logs.end());
  if (!all_family.empty()) fits.family_sigma = spread_of(all_family);
  if (!all_strangers.empty()) fits.stranger_sigma = std::max(spread_of(all_strangers), fits.family_sigma);
  for (AcceleratorFits& chip : fits.accelerators)
    for (KernelFit& fit : chip.fits)
      if (const auto found = family.find({chip.family, fit.slot}); found != family.end())
        fit.borrow_sigma = spread_of(found->second);
}

std::string quality_table(std::span<const fit::FitQuality> quality) {
  std::string out =
      "| accelerator | slot | engine | rows | form alone, median | left out, median | p90 | bias | inside 10-90 % "
      "|\n|---|---|---|--:|--:|--:|--:|--:|--:|\n";
  for (const auto& q : quality)
    out += fmt::format("| {} | {} | {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {:+.1f} % | {:.0f} % |\n", q.accelerator,
                       name(q.slot), q.engine, q.rows, 100 * q.form_median_error, 100 * q.median_error, 100 * q.p90_error,
                       100 * q.bias, 100 * q.coverage);
  return out;
}

// The chips that have rows, most rows first: later ones start from what earlier ones found.
std::vector<Accelerator> by_rows(std::span<const Accelerator> catalog, std::span<const Measurement> rows) {
  std::map<std::string, std::int64_t> count;
  for (const Measurement& row : rows) ++count[row.accelerator];
  std::vector<Accelerator> chips;
  std::ranges::copy_if(catalog, std::back_inserter(chips), [&](const Accelerator& chip) { return count.contains(chip.name); });
  std::ranges::stable_sort(chips, std::greater<>(), [&](const Accelerator& chip) { return count.at(chip.name); });
  return chips;
}

// For whoever looks where the forms fail: every fitted row, and what folds without it predict.
std::string left_out_csv(std::span<const fit::LeftOutRow> rows) {
  std::string out = "accelerator,slot,engine,feature_1,feature_2,feature_3,feature_4,measured_us,predicted_us,form_us\n";
  for (const fit::LeftOutRow& row : rows) {
    append_csv_field(out, row.row->accelerator);
    out += fmt::format(",{},", name(slot_of(row.row->kernel)));
    append_csv_field(out, row.row->engine);
    for (const double feature : features_of(row.row->kernel).at) out += fmt::format(",{:.4g}", feature);
    out += fmt::format(",{:.6g},{:.6g},{:.6g}\n", row.row->latency_us, row.predicted * 1e6, row.form * 1e6);
  }
  return out;
}

struct Options {
  std::filesystem::path rows, data, report, left_out;
  std::vector<std::string> preferred;
};

int run(const Options& options) {
  const Result<std::vector<Accelerator>> catalog = load_accelerators(options.data / "accelerators");
  if (!catalog) return fail(catalog.diagnostics());
  Result<std::vector<Measurement>> loaded = load_measurements(options.rows);
  if (!loaded) return fail(loaded.diagnostics());
  std::vector<Measurement> rows = std::move(loaded).value();
  for (Measurement& row : rows) {
    const Result<Accelerator> chip = find_accelerator(*catalog, row.accelerator);
    if (!chip) return fail(chip.diagnostics());
    row.accelerator = chip->name;
  }
  const Split parts = split(std::move(rows));
  Result<KernelFits> carried = load_kernel_fits(options.data / "kernel_fits" / "carried");
  if (!carried) return fail(carried.diagnostics());
  KernelFits fits = *carried;
  std::vector<fit::FitQuality> quality;
  std::vector<fit::LeftOutRow> left_out;
  for (const Accelerator& chip : by_rows(*catalog, parts.fitted)) {
    fit::FitReport report = fit::fit_accelerator(chip, parts.fitted, fits, options.preferred);
    quality.insert(quality.end(), report.quality.begin(), report.quality.end());
    left_out.insert(left_out.end(), report.left_out.begin(), report.left_out.end());
    fits.accelerators.push_back(std::move(report.fits));
    fmt::print(stderr, "{}: {} fits\n", chip.name, fits.accelerators.back().fits.size());
  }
  measure_borrowing(fits, parts.fitted, *catalog);
  for (std::size_t i = carried->accelerators.size(); i < fits.accelerators.size(); ++i)
    if (const Diagnostics problems = write_file_atomically(
            options.data / "kernel_fits" / file_name(fits.accelerators[i].accelerator), to_toml(fits.accelerators[i]));
        has_errors(problems))
      return fail(problems);
  if (const Diagnostics problems = write_file_atomically(options.data / "kernel_fits" / "spreads.toml", spreads_toml(fits));
      has_errors(problems))
    return fail(problems);
  if (const Diagnostics problems = write_measurements(options.data / "kernel_validation" / "kernels.csv", parts.aside);
      has_errors(problems))
    return fail(problems);
  if (!options.left_out.empty())
    if (const Diagnostics problems = write_file_atomically(options.left_out, left_out_csv(left_out)); has_errors(problems))
      return fail(problems);
  std::vector<std::string> unknown;
  std::string text = fmt::format("# Kernel fits\n\n{} rows fitted, {} set aside.\n\n## Cross-validation by fit\n\n{}",
                                 parts.fitted.size(), parts.aside.size(), quality_table(quality));
  text += "\n## Rows set aside, against the fits\n\n" +
          errors_markdown(summarise(compare_kernels(parts.aside, *catalog, fits, unknown)));
  text += "\n## Leave one chip out\n\n" + errors_markdown(summarise(compare_left_out(parts.aside, *catalog, fits, unknown)));
  if (const Diagnostics problems = write_file_atomically(options.report, text); has_errors(problems)) return fail(problems);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Fits the kernel-time model to a folder of measurements"};
  Options options;
  app.add_option("rows", options.rows, "folder of measurement CSV files")->required();
  app.add_option("--data", options.data, "hwprofiles/data: read accelerators, write kernel_fits and kernel_validation")
      ->required();
  app.add_option("--report", options.report, "Markdown file for the fit's quality")->required();
  app.add_option("--left-out", options.left_out, "CSV file for every fitted row and what folds without it predict");
  app.add_option("--prefer", options.preferred, "engines that stand for a chip where several were measured");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
