// The pipeline schedules' names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gpufleet::sim {

enum class Schedule : std::uint8_t { gpipe, one_f_one_b, interleaved, zb_1p, zb_2p, zbv, v_half, v_min, dualpipe, dualpipe_v };
inline constexpr int kSchedules = 10;

/// As scenario files write it: "gpipe", "1f1b", "interleaved", "zb-1p", "zb-2p", "zbv", "v-half", "v-min", "dualpipe",
/// "dualpipe-v".
std::string_view name(Schedule schedule);
std::optional<Schedule> schedule_from_name(std::string_view text);

}  // namespace gpufleet::sim
