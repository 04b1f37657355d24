// Broken invariants end the program with their reason, in release builds too; user errors never come here (see result.h).
#pragma once

#include <source_location>
#include <string_view>

namespace gpufleet {

[[noreturn]] void fail_check(std::string_view why, std::source_location where);

inline void check(bool condition, std::string_view why, std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    fail_check(why, where);
}

}  // namespace gpufleet
