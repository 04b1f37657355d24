// The targets of the program fuzz_scenarios.
#include "tests/hardening/targets.h"

std::span<const gpufleet::hardening::Target> fuzz_targets();
std::span<const gpufleet::hardening::Target> fuzz_targets() { return gpufleet::hardening::scenario_targets(); }
