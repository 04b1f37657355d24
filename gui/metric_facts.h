// What the screen knows of metrics beyond their table: which way is better, and the group they are shown in.
#pragma once

#include <QString>
#include <string_view>

namespace gpufleet::gui {

enum class Better : std::uint8_t { less, more, neither };
Better better(std::string_view metric);
/// "Throughput", "Latency", "Cost and energy", "Memory", "Reliability", "Fleet", "Other"; order of groups by `group_rank`.
enum class MetricGroup : std::uint8_t { throughput, latency, cost, memory, reliability, fleet };
MetricGroup group_of(std::string_view metric);
QString group_name(MetricGroup group);
/// "tokens_per_second" -> "tokens per second".
QString words(std::string_view name);
/// "183 k tok/s", in the user's locale.
QString value_text(double value, int digits, std::string_view unit);

}  // namespace gpufleet::gui
