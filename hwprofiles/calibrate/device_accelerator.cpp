// Names are compared word by word in lower case, so that "NVIDIA H100 80GB HBM3" meets "H100 SXM" but not "H1000".
#include "hwprofiles/calibrate/device_accelerator.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>

#include "hwprofiles/calibrate/work.h"

namespace gpufleet::hw {

namespace {

constexpr double kMemoryTolerance = 0.15;  // vendors' gigabytes against what the driver leaves

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// The first word with a digit: "h100" of "H100 SXM", "4090" of "GeForce RTX 4090".
std::string model_word(const std::string& name) {
  for (const std::string& word : words_of(name))
    if (std::any_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) return word;
  return {};
}

/// Boards of one chip that differ in power and clocks say so in both names or in neither.
bool is_same_board(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto agree = [&](const char* word) { return std::ranges::count(a, word) == std::ranges::count(b, word); };
  return agree("pcie") && agree("nvl");
}

double memory_gap(const DeviceDescription& device, const Accelerator& chip) {
  const auto own = static_cast<double>(device.memory.value()), other = static_cast<double>(chip.memory.value());
  return own > 0 && other > 0 ? std::abs(std::log(own / other)) : INFINITY;
}

}  // namespace

std::optional<Accelerator> catalog_match(const DeviceDescription& device, std::span<const Accelerator> catalog) {
  const std::vector<std::string> own = words_of(device.name);
  for (const Accelerator& chip : catalog) {
    if (words_of(chip.name) == own) return chip;
    for (const std::string& alias : chip.aliases)
      if (words_of(alias) == own) return chip;
  }
  const Accelerator* best = nullptr;
  for (const Accelerator& chip : catalog) {
    const std::string model = model_word(chip.name);
    if (model.empty() || std::find(own.begin(), own.end(), model) == own.end() || chip.sm_count != device.units) continue;
    if (!is_same_board(own, words_of(chip.name))) continue;
    if (memory_gap(device, chip) > kMemoryTolerance) continue;
    if (best == nullptr || memory_gap(device, chip) < memory_gap(device, *best)) best = &chip;
  }
  return best == nullptr ? std::nullopt : std::optional<Accelerator>(*best);
}

Accelerator measured_accelerator(const DeviceDescription& device, std::span<const TimedKernel> kernels,
                                 const std::string& source) {
  Accelerator chip{.name = device.name,
                   .vendor = device.vendor,
                   .architecture = device.architecture,
                   .family = device.family,
                   .sm_count = device.units,
                   .boost_hz = device.clock_hz,
                   .memory = device.memory,
                   .l2 = device.last_level_cache,
                   .source = source,
                   .notes = "peaks and bandwidth are the best measured rates"};
  double cached = 0, beyond = 0;
  for (const TimedKernel& timed : kernels) {
    const KernelWork work = work_of(timed.kernel);
    double& peak = chip.peak_flops[static_cast<std::size_t>(work.dtype)];
    if (work.flops > 0) peak = std::max(peak, work.flops / timed.seconds);
    if (!std::holds_alternative<Stream>(timed.kernel)) continue;
    double& rate = work.bytes > static_cast<double>(device.last_level_cache.value()) ? beyond : cached;
    rate = std::max(rate, work.bytes / timed.seconds);
  }
  chip.memory_bandwidth = BytesPerSecond(beyond > 0 ? beyond : cached);
  return chip;
}

}  // namespace gpufleet::hw
