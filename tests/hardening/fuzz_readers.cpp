// The targets of the program fuzz_readers.
#include "tests/hardening/targets.h"

std::span<const gpufleet::hardening::Target> fuzz_targets();
std::span<const gpufleet::hardening::Target> fuzz_targets() { return gpufleet::hardening::reader_targets(); }
