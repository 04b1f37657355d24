// Reads /proc/cpuinfo, the cache folders of /sys and uname.
#include "hwprofiles/calibrate/cpu_machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace gpufleet::hw {

namespace {

/// 2 FMA units of 16 FP32 lanes and the same again, for cores to come.
constexpr double kMostFp32PerCycle = 128;
/// Where the clock is not told (Arm, some virtual machines) or only the base clock is.
constexpr double kMostClock = 6.5e9;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The first value of `key` in /proc/cpuinfo ("key : value").
std::string cpuinfo(const std::string& key) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && trimmed(line.substr(0, colon)) == key) return trimmed(line.substr(colon + 1));
  }
  return {};
}

double number(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The largest cache of the first core, in bytes; 32 MiB where nothing is told.
std::int64_t last_level_cache() {
  double largest = 0;
  for (int index = 0; index < 8; ++index) {
    std::ifstream in(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", index));
    std::string text;
    if (!(in >> text)) continue;
    const double unit = text.back() == 'K' ? 1024.0 : text.back() == 'M' ? 1048576.0 : 1.0;
    largest = std::max(largest, number(text) * unit);
  }
  return largest > 0 ? static_cast<std::int64_t>(largest) : std::int64_t{32} << 20;
}

std::string system_name() {
  utsname system{};
  return uname(&system) == 0 ? fmt::format("{} {} {}", system.sysname, system.release, system.machine) : "unknown system";
}

}  // namespace

int usable_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

DeviceDescription cpu_description(int threads) {
  std::string model = cpuinfo("model name");
  if (model.empty()) model = cpuinfo("Hardware");
  if (model.empty()) model = "unknown model";
  DeviceDescription device{.id = "cpu",
                           .name = fmt::format("CPU {}, {} thread{}", model, threads, threads == 1 ? "" : "s"),
                           .vendor = cpuinfo("vendor_id"),
                           .driver = system_name(),
                           .architecture = "CPU",
                           .family = Family::other,
                           .units = threads,
                           .clock_hz = number(cpuinfo("cpu MHz")) * 1e6,
                           .memory = Bytes(static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE)),
                           .last_level_cache = Bytes(last_level_cache())};
  const double fp32 = threads * kMostFp32PerCycle * std::max(device.clock_hz, kMostClock);
  device.flops_ceiling[static_cast<std::size_t>(Dtype::fp32)] = fp32;
  device.flops_ceiling[static_cast<std::size_t>(Dtype::fp64)] = fp32 / 2;
  return device;
}

}  // namespace gpufleet::hw
