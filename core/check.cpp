#include "core/check.h"

#include <cstdio>
#include <cstdlib>

namespace gpufleet {

void fail_check(std::string_view why, std::source_location where) {
  std::fprintf(stderr, "gpufleet: internal error: %.*s (%s:%u)\n", static_cast<int>(why.size()), why.data(), where.file_name(),
               static_cast<unsigned>(where.line()));
#ifdef GPUFLEET_FUZZ
  std::abort();  // a fuzzer keeps the input of what aborts
#else
  std::_Exit(3);
#endif
}

}  // namespace gpufleet
