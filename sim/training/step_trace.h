// What a recorded step shows: its blocks and transfers by stage and stream, and the critical path walked back from the step's
// end: before a block comes the block that freed its rank or the one whose output it waited for, whichever was later.
#pragma once

#include <functional>

#include "sim/training/epilogue.h"
#include "sim/training/pipeline.h"
#include "sim/training/step_result.h"

namespace gpufleet::sim {

struct TraceInput {
  const Program* program = nullptr;
  const PipelineInput* pipeline_input = nullptr;
  const PipelineResult* pipeline = nullptr;  ///< with its spans
  const std::vector<EpilogueTimes>* epilogues = nullptr;
  const EpilogueResult* epilogue = nullptr;
  std::function<const BlockSeconds&(std::size_t rank, const Op& op)> block;
  std::int32_t first_stage = 0;  ///< number of the program's rank 0 in the result
};

/// Adds the pipeline's spans and transfers, those after the blocks included.
void trace_blocks(const TraceInput& in, StepResult& result);

/// Marks the critical path of `in` and sums it up. Precondition: trace_blocks has filled `result`, and the last gradient of the
/// whole step is reduced on one of these ranks.
void trace_critical_path(const TraceInput& in, StepResult& result);

}  // namespace gpufleet::sim
