// Every reader of bytes that others wrote, as one function each: the fuzzer, the corpus replay and their corpus folders know them
// by name. A target returns whatever the bytes are; only a crash, a hang, a sanitiser's report or a broken check is a finding.
#pragma once

#include <span>
#include <string_view>

namespace gpufleet::hardening {

struct Target {
  std::string_view name;  ///< also its folder in corpus/
  void (*run)(std::string_view bytes);
};

/// Readers of hwprofiles and models, which need nothing of the rooms above; those of scenarios.
std::span<const Target> reader_targets();
std::span<const Target> scenario_targets();

}  // namespace gpufleet::hardening
