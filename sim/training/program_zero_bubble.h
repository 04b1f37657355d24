// The zero-bubble schedules without a fixed order: ZB-2P (Qi et al., arXiv 2401.10241), ZBV, V-Half, V-Min (Qi et al., arXiv
// 2405.15362) and DualPipeV. Their order depends on the durations of F, B and W, so it is found by playing the pipeline forward
// in time.
#pragma once

#include "sim/training/program.h"

namespace gpufleet::sim {

/// Precondition: `schedule` is one of the family and refusal() gave nothing.
Program zero_bubble_program(Schedule schedule, int ranks, int micro_batches, const NominalTimes& times);

}  // namespace gpufleet::sim
