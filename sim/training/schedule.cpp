#include "sim/training/schedule.h"

#include <array>

namespace gpufleet::sim {
namespace {
constexpr std::array<std::string_view, kSchedules> kNames{"gpipe", "1f1b",   "interleaved", "zb-1p",    "zb-2p",
                                                          "zbv",   "v-half", "v-min",       "dualpipe", "dualpipe-v"};
}  // namespace

std::string_view name(Schedule schedule) { return kNames[static_cast<std::size_t>(schedule)]; }

std::optional<Schedule> schedule_from_name(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<Schedule>(i);
  return std::nullopt;
}

}  // namespace gpufleet::sim
