// libFuzzer's entry (llvm.org/docs/LibFuzzer.html). One program for all targets: `fuzz --target=NAME CORPUS...`; libFuzzer itself
// passes over flags that begin with two dashes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/hardening/targets.h"

namespace {

const gpufleet::hardening::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kFlag = "--target=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view word = (*argv)[i];
    if (!word.starts_with(kFlag)) continue;
    for (const gpufleet::hardening::Target& target : gpufleet::hardening::targets())
      if (target.name == word.substr(kFlag.size())) chosen = &target;
  }
  if (chosen != nullptr) return 0;
  std::fputs("name a target with --target=NAME; there are", stderr);
  for (const gpufleet::hardening::Target& target : gpufleet::hardening::targets())
    std::fprintf(stderr, " %.*s", static_cast<int>(target.name.size()), target.name.data());
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
