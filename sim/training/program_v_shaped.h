// ZB-V, V-Half and V-Min (Qi et al., Pipeline Parallelism with Controllable Memory, arXiv 2405.15362): two chunks a rank, the
// model runs down the ranks and back up, and every micro-batch repeats one pattern of starts. How far the pattern's passes are
// apart from rank to rank sets how long activations live: a half or a third of 1F1B's.
#pragma once

#include "sim/training/program.h"

namespace gpufleet::sim {

/// `schedule` is zbv (with at least 2 · ranks micro-batches), v_half or v_min.
Program v_shaped_program(Schedule schedule, int ranks, int micro_batches, const NominalTimes& times);

}  // namespace gpufleet::sim
