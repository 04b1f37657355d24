#include "hwprofiles/accelerator_check.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "hwprofiles/export_law.h"

namespace gpufleet::hw {
namespace {

void doubt(Diagnostics& sink, std::string key, std::string message, std::string hint) {
  sink.push_back({.severity = Severity::warning, .key = std::move(key), .message = std::move(message), .hint = std::move(hint)});
}

// Units fed by the same registers: halving the format never slows them, and doubles them at most (3 times for FP4 on Blackwell
// Ultra, whose FP8 units stayed as they were).
void rates(const Accelerator& chip, Diagnostics& sink) {
  struct Pair {
    Dtype wide, narrow;
    double most;
  };
  constexpr std::array kPairs{Pair{Dtype::tf32, Dtype::bf16, 2.2}, Pair{Dtype::fp16, Dtype::fp8, 2.2},
                              Pair{Dtype::fp8, Dtype::fp4, 3.3}};
  for (const Pair& pair : kPairs) {
    const double wide = chip.peak(pair.wide).value(), narrow = chip.peak(pair.narrow).value();
    if (wide <= 0 || narrow <= 0) continue;
    const std::string key = fmt::format("peak.{}", name(pair.narrow));
    if (narrow < wide * 0.99)
      doubt(sink, key, fmt::format("is slower than {}", name(pair.wide)), "both are dense rates in operations a second");
    if (narrow > wide * pair.most)
      doubt(sink, key, fmt::format("is {:.3g} times {}", narrow / wide, name(pair.wide)),
            "makers print rates with 2:4 sparsity too, which are twice the dense ones");
  }
}

// Operations a byte between 31 (H20) and 624 (BR100) on every chip of the catalog.
void intensity(const Accelerator& chip, Diagnostics& sink) {
  const double rate = std::max(chip.peak(Dtype::bf16).value(), chip.peak(Dtype::fp16).value());
  const double bandwidth = chip.memory_bandwidth.value();
  if (rate <= 0 || bandwidth <= 0) return;
  constexpr double kLeast = 10, kMost = 2000;
  if (const double ratio = rate / bandwidth; ratio < kLeast || ratio > kMost)
    doubt(sink, "bandwidth", fmt::format("gives {:.3g} operations a byte; known chips have 30 to 620", ratio),
          "are both units right (GB/s, TFLOP/s)?");
}

void memory(const Accelerator& chip, Diagnostics& sink) {
  // A driver offers the printed size, read as GB or GiB, less what it keeps.
  constexpr double kLeast = 0.90, kMost = 1.0738;
  const double ratio = chip.usable_memory / chip.memory;
  if (ratio < kLeast || ratio > kMost)
    doubt(sink, "usable_memory", fmt::format("is {:.0f} % of memory", ratio * 100),
          "drivers offer 90 to 107 % of the printed size, as it is read as GB or GiB");
}

void export_figures(const Accelerator& chip, Diagnostics& sink) {
  constexpr double kAgreement = 0.02;
  const auto differs = [](double printed, double computed) { return std::abs(printed / computed - 1) > kAgreement; };
  const ExportFacts facts = export_facts(chip);
  if (chip.tpp > 0 && facts.tpp && differs(chip.tpp, *facts.tpp))
    doubt(sink, "export.tpp", fmt::format("is {:.6g}, the rates give {:.6g}", chip.tpp, *facts.tpp),
          "dense operations a second times the bits of the format, in tera, at the largest (3A090, note 2)");
  const std::optional<double> density = facts.performance_density();
  if (chip.performance_density > 0 && density && differs(chip.performance_density, *density))
    doubt(sink, "export.performance_density",
          fmt::format("is {:.4g}, TPP over the area is {:.4g}", chip.performance_density, *density),
          "the area of all logic dies below 16 nm counts");
}

// What a catalog entry may leave out because export rules or prices alone ask for it, and a simulation cannot.
void unknown(const Accelerator& chip, Diagnostics& sink) {
  bool rates = false;
  for (const Dtype format : {Dtype::bf16, Dtype::fp16, Dtype::fp8, Dtype::int8}) rates = rates || chip.peak(format).value() > 0;
  if (!rates) doubt(sink, "peak", "is missing: the chip multiplies in no format", "jobs on it are refused");
  if (chip.memory_bandwidth.value() <= 0) doubt(sink, "bandwidth", "is missing", "jobs on it are refused");
  if (chip.tdp.value() <= 0) doubt(sink, "tdp", "is missing", "results leave out power and energy");
}

void power(const Accelerator& chip, Diagnostics& sink) {
  if (chip.tdp.value() > 0 && chip.idle_power.value() >= chip.tdp.value()) doubt(sink, "idle_power", "is not below tdp", "");
}

}  // namespace

Diagnostics accelerator_doubts(const Accelerator& chip) {
  Diagnostics out;
  for (const auto& law : {unknown, rates, intensity, memory, export_figures, power}) law(chip, out);
  return out;
}

}  // namespace gpufleet::hw
