// One slot and engine at a time: robust form fit, residual grid, five-fold cross-validation of both together for the spread.
#include "hwprofiles/fit/fit_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/statistics.h"
#include "hwprofiles/fit/residual.h"
#include "hwprofiles/fit/robust_fit.h"

namespace gpufleet::hw::fit {

namespace {

constexpr std::uint64_t kFolds = 5;

struct Row {
  const Measurement* measurement;
  double seconds;
  std::uint64_t hash;
};

struct Start {
  Parameters parameters{};
  bool from_family = false;  // not the bounds' own start
};

// What the rows leave open stays near the family's chip that is most alike in FLOP per byte and SMs. A dense GEMM is the same
// library call on every chip, so there a measured chip comes first; other kernels differ by engine and start from carried
// figures.
Start start_of(Slot slot, const KernelFits& donors, const AcceleratorFits& chip) {
  Start start;
  std::size_t index = 0;
  for (const ParameterInfo& info : form_parameters(form_of(slot))) start.parameters[index++] = info.initial;
  double nearest = std::numeric_limits<double>::infinity();
  for (const AcceleratorFits& donor : donors.accelerators)
    for (const KernelFit& fit : donor.fits) {
      if (donor.family != chip.family || fit.slot != slot || !fit.primary) continue;
      constexpr double kLast = 100;
      const bool dense = slot <= Slot::gemm_fp32;
      const double apart = std::abs(std::log(donor.balance / chip.balance)) + 0.5 * std::abs(std::log(donor.sms / chip.sms)) +
                           ((fit.rows > 0) == dense ? 0.0 : kLast);
      if (apart < nearest) nearest = apart, start = {fit.parameters, true};
    }
  return start;
}

// Where memory hides how many rows the least tile pads to, as on chips with many operations a byte, what is known of a family's
// libraries counts more than a few rows: for few rows they swap the operands, and the narrow side of a BF16 product is then 8 or
// 16 wide. A chip that borrows the fit, and is bound by its products, shows it.
std::vector<double> stiffness_of(Slot slot, const Start& start) {
  constexpr double kKnown = 30;
  std::vector<double> stiffness;
  for (const ParameterInfo& info : form_parameters(form_of(slot)))
    stiffness.push_back(start.from_family && slot == Slot::gemm_bf16 && info.name == "least_rows" ? kKnown : 1.0);
  return stiffness;
}

struct Trained {
  Parameters parameters{};
  Correction correction;
};

class SlotFitter {
 public:
  SlotFitter(const Machine& machine, Slot slot, const Start& start)
      : machine_(machine), slot_(slot), start_(start.parameters), stiffness_(stiffness_of(slot, start)) {}

  [[nodiscard]] Parameters parameters(std::span<const Row> rows) const {
    std::vector<double> seconds;
    for (const Row& row : rows) seconds.push_back(row.seconds);
    const Predict form = [&](const Parameters& p, std::size_t i) {
      return form_seconds(machine_, p, rows[i].measurement->kernel);
    };
    return fit_parameters(form_parameters(form_of(slot_)), start_, stiffness_, seconds, form).parameters;
  }
  [[nodiscard]] std::vector<ResidualPoint> residuals(std::span<const Row> rows, const Parameters& p) const {
    std::vector<ResidualPoint> points;
    for (const Row& row : rows)
      points.push_back(
          {features_of(row.measurement->kernel), std::log(row.seconds / form_seconds(machine_, p, row.measurement->kernel))});
    return points;
  }
  [[nodiscard]] Trained train(std::span<const Row> rows, const Smoothing& smoothing) const {
    const Parameters p = parameters(rows);
    return {p, smooth_residuals(residuals(rows, p), smoothing)};
  }

 private:
  const Machine& machine_;
  Slot slot_;
  Parameters start_;
  std::vector<double> stiffness_;
};

struct LeftOut {
  const Row* row;
  double predicted = 0, form = 0;  // seconds
  double log_error = 0;            // ln(measured / predicted)
  bool small = false;
};

// Every row, each predicted by a model that did not see its fold.
std::vector<LeftOut> left_out(const Machine& machine, const SlotFitter& fitter, std::span<const Row> rows,
                              const Smoothing& smoothing) {
  std::vector<LeftOut> out;
  for (std::uint64_t fold = 0; fold < kFolds; ++fold) {
    std::vector<Row> seen;
    std::vector<const Row*> unseen;
    for (const Row& row : rows)
      if ((row.hash >> 8) % kFolds == fold)
        unseen.push_back(&row);
      else
        seen.push_back(row);
    if (unseen.empty() || seen.empty()) continue;
    const Trained trained = fitter.train(seen, smoothing);
    for (const Row* row : unseen) {
      const Kernel& kernel = row->measurement->kernel;
      const double form = form_seconds(machine, trained.parameters, kernel);
      const double predicted = form * std::exp(trained.correction.at(features_of(kernel)));
      out.push_back({row, predicted, form, std::log(row->seconds / predicted), is_small(kernel)});
    }
  }
  return out;
}

double median_of(std::vector<double> values) { return values.empty() ? 0.0 : median(std::move(values)); }

// The spread is set where 80 % of left-out rows fall inside: what the interval promises. A regime with few rows takes all rows'.
void set_spreads(KernelFit& fit, std::span<const LeftOut> rows) {
  constexpr std::size_t kFew = 15;
  constexpr double kLeast = 0.005, kUnknown = 0.3;
  std::vector<double> small, large, all;
  for (const LeftOut& row : rows) {
    all.push_back(std::abs(row.log_error));
    (row.small ? small : large).push_back(std::abs(row.log_error));
  }
  const auto spread = [&](const std::vector<double>& some) {
    const std::vector<double>& sizes = some.size() >= kFew ? some : all;
    return sizes.empty() ? kUnknown : std::max(kLeast, quantile(sizes, 0.8) / kNormalQuantile90);
  };
  fit.log_sigma_small = spread(small);
  fit.log_sigma = spread(large);
}

void describe(FitQuality& quality, const KernelFit& fit, std::span<const LeftOut> rows) {
  if (rows.empty()) return;
  std::vector<double> errors, logs;
  double covered = 0;
  for (const LeftOut& row : rows) {
    logs.push_back(row.log_error);
    errors.push_back(std::abs(std::expm1(-row.log_error)));
    covered += std::abs(row.log_error) <= kNormalQuantile90 * (row.small ? fit.log_sigma_small : fit.log_sigma) ? 1 : 0;
  }
  quality.median_error = median_of(errors);
  quality.p90_error = quantile(errors, 0.9);
  quality.bias = median_of(logs);
  quality.coverage = covered / static_cast<double>(rows.size());
}

std::string sources_of(std::span<const Row> rows) {
  std::set<std::string> sources;
  for (const Row& row : rows) sources.insert(row.measurement->source);
  return fmt::format("{}", fmt::join(sources, "; "));
}

}  // namespace

std::uint64_t shape_hash(const Measurement& row) {
  const Features features = features_of(row.kernel);
  std::string text = fmt::format("{}|{}", row.accelerator, name(slot_of(row.kernel)));
  for (int axis = 0; axis < features.count; ++axis) text += fmt::format("|{:.3f}", features.at[static_cast<std::size_t>(axis)]);
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, then a finaliser so that low bits are as good as high ones
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

FitReport fit_accelerator(const Accelerator& accelerator, std::span<const Measurement> rows, const KernelFits& donors,
                          std::span<const std::string> preferred) {
  const Machine machine = machine_of(accelerator);
  FitReport report;
  report.fits = {.accelerator = accelerator.name,
                 .family = accelerator.family,
                 .balance = machine.peak[static_cast<std::size_t>(Dtype::bf16)] / machine.bandwidth,
                 .sms = machine.all_sms};
  std::map<std::pair<Slot, std::string>, std::vector<Row>> groups;
  for (const Measurement& row : rows)
    if (row.accelerator == accelerator.name)
      groups[{slot_of(row.kernel), row.engine}].push_back({&row, row.latency_us * 1e-6, shape_hash(row)});
  for (const auto& [key, group] : groups) {
    const auto& [slot, engine] = key;
    const SlotFitter fitter(machine, slot, start_of(slot, donors, report.fits));
    KernelFit fit{.slot = slot,
                  .engine = engine,
                  .primary = false,
                  .rows = static_cast<std::int64_t>(group.size()),
                  .source = sources_of(group),
                  .parameters = fitter.parameters(group)};
    const std::vector<ResidualPoint> points = fitter.residuals(group, fit.parameters);
    const Smoothing smoothing = choose_smoothing(points);
    fit.correction = smooth_residuals(points, smoothing);
    FitQuality quality{.accelerator = accelerator.name, .engine = engine, .slot = slot, .rows = fit.rows};
    std::vector<double> form_errors;
    for (const ResidualPoint& point : points) form_errors.push_back(std::abs(std::expm1(-point.residual)));
    quality.form_median_error = median_of(form_errors);
    const std::vector<LeftOut> rows_left_out = left_out(machine, fitter, group, smoothing);
    set_spreads(fit, rows_left_out);
    describe(quality, fit, rows_left_out);
    for (const LeftOut& row : rows_left_out) report.left_out.push_back({row.row->measurement, row.predicted, row.form});
    report.quality.push_back(quality);
    report.fits.fits.push_back(std::move(fit));
  }
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    KernelFit* best = nullptr;
    const auto asked = [&](const KernelFit& fit) { return std::ranges::find(preferred, fit.engine) != preferred.end(); };
    for (KernelFit& fit : report.fits.fits)
      if (fit.slot == static_cast<Slot>(slot) &&
          (best == nullptr || std::pair(asked(fit), fit.rows) > std::pair(asked(*best), best->rows)))
        best = &fit;
    if (best != nullptr) best->primary = true;
  }
  return report;
}

}  // namespace gpufleet::hw::fit
