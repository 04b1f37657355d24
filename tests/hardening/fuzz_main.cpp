// libFuzzer's entry (llvm.org/docs/LibFuzzer.html). One program for the targets of a list: `fuzz_readers --target=NAME
// CORPUS...`; libFuzzer itself passes over flags that begin with two dashes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/hardening/targets.h"

std::span<const gpufleet::hardening::Target> fuzz_targets();  // of fuzz_readers.cpp or fuzz_scenarios.cpp

namespace {

const gpufleet::hardening::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kFlag = "--target=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view word = (*argv)[i];
    if (!word.starts_with(kFlag)) continue;
    for (const gpufleet::hardening::Target& target : fuzz_targets())
      if (target.name == word.substr(kFlag.size())) chosen = &target;
  }
  if (chosen != nullptr) return 0;
  std::fputs("name a target with --target=NAME; there are", stderr);
  for (const gpufleet::hardening::Target& target : fuzz_targets())
    std::fprintf(stderr, " %.*s", static_cast<int>(target.name.size()), target.name.data());
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
