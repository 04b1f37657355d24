// Numbers are the shortest text that reads back to the same value; control characters of a driver's strings become spaces.
#include "hwprofiles/calibrate/accelerator_toml.h"

#include <fmt/format.h>

#include <algorithm>

namespace gpufleet::hw {

namespace {

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= 0 && c < ' ' ? ' ' : c;
  }
  return out + '"';
}

void append_if_known(std::string& out, std::string_view key, double value, std::string_view unit) {
  if (value > 0) out += fmt::format("{} = \"{} {}\"\n", key, value, unit);
}

}  // namespace

std::string accelerator_to_toml(const Accelerator& chip) {
  std::string out = "# Written by gpufleet calibrate: a device that the catalog does not have.\n";
  out += fmt::format("name = {}\nvendor = {}\narchitecture = {}\nfamily = {}\n\n", toml_string(chip.name),
                     toml_string(chip.vendor.empty() ? "unknown" : chip.vendor),
                     toml_string(chip.architecture.empty() ? "unknown" : chip.architecture), toml_string(name(chip.family)));
  if (chip.sm_count > 0) out += fmt::format("sm_count = {}\n", chip.sm_count);
  append_if_known(out, "boost", chip.boost_hz, "Hz");
  std::string peaks;
  for (std::size_t i = 0; i < chip.peak_flops.size(); ++i)
    if (chip.peak_flops[i] > 0)
      peaks += fmt::format("{}{} = \"{} FLOP/s\"", peaks.empty() ? "" : ", ", name(static_cast<Dtype>(i)), chip.peak_flops[i]);
  if (!peaks.empty()) out += fmt::format("peak = {{ {} }}\n", peaks);
  append_if_known(out, "memory", static_cast<double>(chip.memory.value()), "B");
  append_if_known(out, "bandwidth", chip.memory_bandwidth.value(), "B/s");
  append_if_known(out, "l2", static_cast<double>(chip.l2.value()), "B");
  out += fmt::format("\nexport = {{ market = \"data-centre\", designer = {} }}\n\n",
                     toml_string(chip.designer.empty() ? "unknown" : chip.designer));
  out += fmt::format("sources = [{}]\nnotes = {}\n", toml_string(chip.source.empty() ? "gpufleet calibrate" : chip.source),
                     toml_string(chip.notes));
  return out;
}

}  // namespace gpufleet::hw
