// gpufleet-fit-training: fits what training sustains (hwprofiles/data/sustained.toml) on half of the shipped training cases.
//   gpufleet-fit-training [--write] [--list] [--sweeps N]
// A case is fitted on when the hash of its file name is even; the other half only judges. One set of figures for all cases: each
// stands for one kind of kernel on one family of chips, between bounds that physics gives. Coordinate descent on the mean of
// |ln(predicted / measured)|, cut at kMostCounted so that no odd row pulls; same cases, same figures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "core/random.h"
#include "core/statistics.h"
#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/atomic_file.h"
#include "scenarios/catalogs.h"
#include "scenarios/fit/sustained_text.h"
#include "scenarios/metrics.h"
#include "scenarios/parallel.h"
#include "scenarios/plan_training.h"
#include "scenarios/toml_reader.h"
#include "scenarios/validate.h"

namespace {

using namespace gpufleet;
using namespace gpufleet::scenarios;
namespace fs = std::filesystem;

constexpr double kMostCounted = 0.4;

struct Figure {
  int row;  // of the table; -1: for all chips
  std::string_view key;
  double hw::SustainedRates::*rate;  // null: SustainedTable::launch_seconds
  double low, high;
};

// Rows as they stand in the file: Hopper, H20, Ampere, Blackwell, Volta, Turing.
const std::array kFigures{
    Figure{0, "gemm_16bit", &hw::SustainedRates::gemm_16bit, 0.7, 1},
    Figure{0, "gemm_8bit_tensor", &hw::SustainedRates::gemm_8bit_tensor, 0.7, 1.2},
    Figure{0, "grouped_gemm", &hw::SustainedRates::grouped_gemm, 0.6, 1},
    Figure{0, "memory", &hw::SustainedRates::memory, 0.7, 1},
    Figure{0, "routing", &hw::SustainedRates::routing, 0.4, 1},
    Figure{0, "attention", &hw::SustainedRates::attention, 0.7, 1},
    Figure{0, "flash2_attention", &hw::SustainedRates::flash2_attention, 0.35, 0.7},
    Figure{2, "gemm_16bit", &hw::SustainedRates::gemm_16bit, 0.85, 1},
    Figure{2, "memory", &hw::SustainedRates::memory, 0.7, 1},
    Figure{2, "flash2_attention", &hw::SustainedRates::flash2_attention, 0.45, 1},
    Figure{3, "gemm_16bit", &hw::SustainedRates::gemm_16bit, 0.7, 1},
    Figure{3, "gemm_8bit_tensor", &hw::SustainedRates::gemm_8bit_tensor, 0.7, 1.6},
    Figure{3, "grouped_gemm", &hw::SustainedRates::grouped_gemm, 0.6, 1.2},
    Figure{3, "memory", &hw::SustainedRates::memory, 0.7, 1},
    Figure{3, "attention", &hw::SustainedRates::attention, 0.7, 1.4},
    Figure{4, "gemm_16bit", &hw::SustainedRates::gemm_16bit, 0.3, 1},
    Figure{5, "gemm_16bit", &hw::SustainedRates::gemm_16bit, 0.15, 1},
    Figure{-1, "launch", nullptr, 3e-6, 20e-6},
};

double& value_of(hw::SustainedTable& table, const Figure& figure) {
  return figure.rate == nullptr ? table.launch_seconds : table.rows[static_cast<std::size_t>(figure.row)].rates.*figure.rate;
}

// One case: its step, and for each published figure the log by which it misses at a step of `step_seconds`.
struct Case {
  sim::TrainingJob job;
  bool fitted = false;
  double step_seconds = 0;  // where the figures below were taken
  struct Row {
    std::string id;
    double log_error = 0;  // ln(predicted / measured) of a time, so that a rate counts the other way round
  };
  std::vector<Row> rows;
  std::set<int> table_rows;  // that its chips use
};

std::uint64_t hash_of(std::string_view text) {  // FNV-1a
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

// Row of the table that stands for a chip: its own name before its family.
int row_of(const hw::SustainedTable& table, const hw::Accelerator& chip) {
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (std::ranges::find(table.rows[i].chips, chip.name) != table.rows[i].chips.end()) return static_cast<int>(i);
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (table.rows[i].chips.empty() && table.rows[i].family == chip.family) return static_cast<int>(i);
  return -1;
}

// +1 for times, -1 for rates of work, 0 for what is not the whole step.
int direction(std::string_view metric) {
  if (metric == "step_time") return 1;
  for (const std::string_view start : {"tokens_per", "samples_per", "mfu", "tflops"})
    if (metric.starts_with(start)) return -1;
  return 0;
}

double step_seconds(const sim::TrainingJob& job) { return to_seconds(sim::simulate_step(job, {}, {}).step_time).value(); }

std::optional<Case> load_case(const fs::path& file, const DataPaths& data, const Catalogs& catalogs,
                              const HardwareData& hardware) {
  const Result<RawScenario> raw = load_scenario(file.generic_string(), {}, data);
  if (!raw) return std::nullopt;
  const Result<Scenario> scenario = validate(*raw, catalogs);
  if (!scenario || !scenario->training) return std::nullopt;
  const Result<sim::TrainingRun> run = plan_training(*scenario, catalogs, hardware);
  if (!run) return std::nullopt;
  Case out;
  out.job = run->phases.front().job;
  out.fitted = hash_of(file.filename().generic_string()) % 2 == 0;
  for (const sim::TrainingPool& pool : out.job.pools) out.table_rows.insert(row_of(hardware.sustained, pool.accelerator));
  const sim::TrainingReport report = sim::simulate_run(*run, {.draws = 0}, {});
  for (const MeasuredFigure& figure : scenario->measured) {
    const int sign = direction(figure.metric);
    const MetricSpec* spec = find_metric(figure.metric);
    if (sign == 0 || spec == nullptr || figure.value == 0) continue;
    for (const sim::TrainingMetric& metric : report.metrics)
      if (metric.name == figure.metric)
        out.rows.push_back(
            {figure.id, sign * std::log(metric.estimate.value / (figure.value * unit_factor(*spec, figure.unit)))});
  }
  if (out.rows.empty()) return std::nullopt;
  out.step_seconds = to_seconds(report.step.step_time).value();
  return out;
}

struct Cases {
  std::vector<Case> all;
  std::vector<double> seconds;  // of each case's step at the present figures

  void simulate(const hw::SustainedTable& table, const std::vector<std::size_t>& which, std::vector<double>& into) {
    for_each_index(which.size(), 0, [&](std::size_t i) {
      Case& one = all[which[i]];
      for (sim::TrainingPool& pool : one.job.pools) pool.sustained = hw::sustained_rates(table, pool.accelerator);
      one.job.launch_seconds = table.launch_seconds;
      into[which[i]] = step_seconds(one.job);
    });
  }
  [[nodiscard]] std::vector<double> errors(const std::vector<double>& at, bool fitted) const {
    std::vector<double> out;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].fitted == fitted)
        for (const Case::Row& row : all[i].rows) out.push_back(row.log_error + std::log(at[i] / all[i].step_seconds));
    return out;
  }
  [[nodiscard]] double loss(const std::vector<double>& at) const {
    double sum = 0, count = 0;
    for (const double error : errors(at, true)) {
      sum += std::min(std::fabs(error), kMostCounted);
      count += 1;
    }
    return sum / std::max(count, 1.0);
  }
};

void tell(const Cases& cases, const char* when) {
  for (const bool fitted : {true, false}) {
    std::vector<double> errors = cases.errors(cases.seconds, fitted), sizes;
    for (const double error : errors) sizes.push_back(std::fabs(error));
    fmt::print("{}, {}: {} figures, median |ln| {:.3f}, 90 % {:.3f}, bias {:+.3f}\n", when, fitted ? "fitted on" : "set aside",
               errors.size(), median(sizes), quantile(sizes, 0.9), median(errors));
  }
}

void fit(Cases& cases, hw::SustainedTable& table, int sweeps) {
  double best = cases.loss(cases.seconds);
  double pace = 0.08;
  for (int sweep = 0; sweep < sweeps; ++sweep, pace /= 2) {
    for (const Figure& figure : kFigures) {
      std::vector<std::size_t> touched;
      for (std::size_t i = 0; i < cases.all.size(); ++i)
        if (cases.all[i].fitted && (figure.row < 0 || cases.all[i].table_rows.contains(figure.row))) touched.push_back(i);
      for (const double factor : {1 + pace, 1 / (1 + pace)}) {
        for (int step = 0; step < 4; ++step) {
          const double before = value_of(table, figure);
          value_of(table, figure) = std::clamp(before * factor, figure.low, figure.high);
          if (value_of(table, figure) == before) break;
          std::vector<double> trial = cases.seconds;
          cases.simulate(table, touched, trial);
          const double loss = cases.loss(trial);
          if (loss < best - 1e-6) {
            best = loss;
            cases.seconds = std::move(trial);
            continue;
          }
          value_of(table, figure) = before;
          break;
        }
      }
    }
    fmt::print("sweep {}: mean |ln| {:.4f}\n", sweep + 1, best);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool write = false, list = false;
  int sweeps = 3;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--write") write = true;
    if (argument == "--list") list = true;
    if (argument == "--sweeps" && i + 1 < argc) sweeps = std::atoi(argv[++i]);
  }
  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(data);
  Result<HardwareData> hardware = load_hardware_data(data);
  if (!catalogs || !hardware) {
    fmt::print(stderr, "{}{}", to_text(catalogs.diagnostics()), to_text(hardware.diagnostics()));
    return 2;
  }
  std::vector<fs::path> files;
  for (auto it = fs::recursive_directory_iterator(data.scenarios / "validation" / "training");
       it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && it->path().filename() == "defaults") it.disable_recursion_pending();
    if (it->is_regular_file() && it->path().extension() == ".toml") files.push_back(it->path());
  }
  std::ranges::sort(files);
  std::vector<std::optional<Case>> loaded(files.size());
  for_each_index(files.size(), 0, [&](std::size_t i) { loaded[i] = load_case(files[i], data, *catalogs, *hardware); });
  Cases cases;
  for (std::optional<Case>& one : loaded)
    if (one) cases.all.push_back(*std::move(one));
  for (const Case& one : cases.all) cases.seconds.push_back(one.step_seconds);

  tell(cases, "before");
  hw::SustainedTable table = hardware->sustained;
  fit(cases, table, sweeps);
  std::vector<std::size_t> everything;
  for (std::size_t i = 0; i < cases.all.size(); ++i) everything.push_back(i);
  cases.simulate(table, everything, cases.seconds);
  tell(cases, "after");
  for (std::size_t i = 0; list && i < cases.all.size(); ++i)
    for (const Case::Row& row : cases.all[i].rows)
      fmt::print("{} {:+.3f}\n", row.id, row.log_error + std::log(cases.seconds[i] / cases.all[i].step_seconds));
  std::vector<double> sizes;
  for (const bool fitted : {true, false})
    for (const double error : cases.errors(cases.seconds, fitted)) sizes.push_back(std::fabs(error));
  constexpr double kNormal = 1.4826;  // median of |x| to the standard deviation of a normal x
  fmt::print("step_log_sigma = {:.2g}\n", kNormal * median(sizes));

  const fs::path file = data.hardware / "sustained.toml";
  std::ifstream stream(file);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  for (const Figure& figure : kFigures) {
    const double value = value_of(table, figure);
    const bool bound = value <= figure.low || value >= figure.high;
    fmt::print("row {:2} {:18} {:.3g}{}\n", figure.row, figure.key, value, bound ? " (at its bound)" : "");
    text = with_figure(text, figure.row, figure.key, value);
  }
  text = with_figure(text, -1, "step_log_sigma", kNormal * median(sizes));
  if (write) std::ofstream(file) << text;
  return 0;
}
