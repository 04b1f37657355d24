// The picture of one training step: a row a pipeline stage, coloured by what its blocks are, gaps where it waits.
#pragma once

#include <span>
#include <string>

#include "scenarios/report/phrases.h"
#include "sim/training/step_part.h"
#include "sim/training/step_result.h"

namespace gpufleet::scenarios {

/// Inline SVG with its legend; empty without spans. Stages beyond what a page holds are left out evenly, and the caption says so.
/// Blocks of one kind share one path, so that thousands of them stay small.
std::string timeline_chart(const std::string& title, std::span<const sim::Span> spans,
                           std::span<const sim::TransferSpan> transfers, Language language);

}  // namespace gpufleet::scenarios
