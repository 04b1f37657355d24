// Which fit stands for a chip: its own rows, its family's nearest chip, or the nearest of all, with the spread that each costs.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "hwprofiles/kernel_time.h"

namespace gpufleet::hw {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_own(const Accelerator& accelerator, const AcceleratorFits& fits) {
  const auto matches = [&](std::string_view known) {
    return same_name(accelerator.name, known) ||
           std::ranges::any_of(accelerator.aliases, [&](const std::string& alias) { return same_name(alias, known); });
  };
  return matches(fits.accelerator);
}

// Distance between two chips in what shapes a kernel's efficiency: operations per byte, and how many SMs share the work.
double distance(const Machine& machine, const AcceleratorFits& fits) {
  const double balance = machine.peak[static_cast<std::size_t>(Dtype::bf16)] / machine.bandwidth;
  return std::abs(std::log(balance / fits.balance)) + 0.5 * std::abs(std::log(machine.all_sms / fits.sms));
}

bool is_graphics(Family family) {
  return family == Family::ada || family == Family::turing || family == Family::ampere_rtx || family == Family::blackwell_rtx;
}

struct Choice {
  const AcceleratorFits* chip = nullptr;
  const KernelFit* fit = nullptr;
  double rank = std::numeric_limits<double>::infinity();
  Provenance provenance = Provenance::datasheet;
};

// Lower is better: own before family before strangers, measured rows before carried-over figures, the asked engine first.
Choice choose(const Accelerator& accelerator, const Machine& machine, const KernelFits& fits, Slot slot,
              std::string_view engine) {
  Choice best;
  for (const AcceleratorFits& chip : fits.accelerators) {
    const bool own = is_own(accelerator, chip);
    const bool family = chip.family == accelerator.family && accelerator.family != Family::other;
    if (chip.family == Family::other && !own) continue;  // a processor, say: nothing to carry over to any other chip
    for (const KernelFit& fit : chip.fits) {
      if (fit.slot != slot) continue;
      const bool asked = !engine.empty() && fit.engine == engine;
      if (!asked && !fit.primary) continue;
      const double rank = (asked ? 0.0 : 10.0) +
                          (own      ? 0.0
                           : family ? 100.0
                                    : 1000.0) +
                          (is_graphics(chip.family) != is_graphics(accelerator.family) ? 20.0 : 0.0) +
                          (fit.rows > 0 || own ? 0.0 : 3.0) + std::min(distance(machine, chip), 2.9);
      if (rank >= best.rank) continue;
      best = {&chip, &fit, rank,
              own && fit.rows > 0 ? Provenance::measured
              : own || family     ? Provenance::borrowed
                                  : Provenance::datasheet};
    }
  }
  return best;
}

// A residual grid holds the tiles and waves of one SM count and balance: it travels only to a chip that shares both.
constexpr double kGridTravels = 0.45;

double root_of_squares(double a, double b) { return std::sqrt(a * a + b * b); }

KernelTimeModel::Entry entry_of(const Choice& choice, const Machine& machine, const KernelFits& fits) {
  const KernelFit& fit = *choice.fit;
  KernelTimeModel::Entry entry{.parameters = fit.parameters,
                               .provenance = choice.provenance,
                               .donor = choice.chip->accelerator,
                               .engine = fit.engine,
                               .rows = fit.rows};
  const double apart = distance(machine, *choice.chip);
  if (choice.provenance == Provenance::measured || apart < kGridTravels) entry.correction = fit.correction;
  const auto widened = [&](double own) {
    if (choice.provenance == Provenance::measured) return own;
    if (choice.provenance == Provenance::datasheet) return root_of_squares(std::max(own, fit.borrow_sigma), fits.stranger_sigma);
    return std::max(own, fit.borrow_sigma > 0 ? fit.borrow_sigma : root_of_squares(own, fits.family_sigma));
  };
  entry.log_sigma_small = widened(fit.log_sigma_small);
  entry.log_sigma = widened(fit.log_sigma);
  return entry;
}

}  // namespace

KernelTimeModel make_kernel_time_model(const Accelerator& accelerator, const KernelFits& fits) {
  return make_kernel_time_model(accelerator, fits, {});
}

KernelTimeModel make_kernel_time_model(const Accelerator& accelerator, const KernelFits& fits, std::string_view engine) {
  const Machine machine = machine_of(accelerator);
  KernelTimeModel::Entries entries;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const Choice choice = choose(accelerator, machine, fits, static_cast<Slot>(slot), engine);
    check(choice.fit != nullptr, "every slot has a fit somewhere");
    entries[slot] = entry_of(choice, machine, fits);
  }
  return {machine, std::move(entries)};
}

}  // namespace gpufleet::hw
