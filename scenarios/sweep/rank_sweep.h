// A sweep over the ranks of a parallel job. Rank 0 reads and writes the store and hands points out, a few at a time, as ranks ask
// for them; all ranks simulate. A rank that dies or hangs costs time alone: its points go to others, rank 0 at the least. The
// rows are those of one process.
#pragma once

#include "scenarios/mpi/ranks.h"
#include "scenarios/sweep/sweep.h"

namespace gpufleet::scenarios {

struct RankSettings {
  double silence = 10;  ///< seconds without a word after which a rank is taken for lost
};

struct RankedResults {
  SweepResults sweep;
  int lost = 0;  ///< ranks
};

/// Of rank 0; as run_sweep, with request.jobs threads on each rank (0 = one). Warnings: ranks that were lost or could not work.
Result<RankedResults> lead_sweep(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware,
                                 Store* store, Ranks& ranks, const RankSettings& settings, const RunControl& control);

/// Of the other ranks, with the same request: works until rank 0 says that all is done. How the job is to be ended.
/// Error: rank 0 is lost.
Result<Ranks::Ending> follow_sweep(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware,
                                   Ranks& ranks, const RankSettings& settings, const RunControl& control);

}  // namespace gpufleet::scenarios
