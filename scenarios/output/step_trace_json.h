// A simulated step as a Chrome trace (chrome://tracing, ui.perfetto.dev): two rows a pipeline stage, its compute and its
// communication stream, and a counter of its memory in GiB. Events on the critical path are of category "critical", coloured, and
// say so in their arguments.
#pragma once

#include <span>
#include <string>

#include "sim/training/memory_timeline.h"
#include "sim/training/step_result.h"

namespace gpufleet::scenarios {

std::string step_trace_json(std::span<const sim::Span> spans, std::span<const sim::TransferSpan> transfers,
                            std::span<const sim::MemoryPoint> memory);

}  // namespace gpufleet::scenarios
