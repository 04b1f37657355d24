// Programmes solved by Cbc and Clp (COIN-OR), if the build has them; cbc_solver.cpp alone sees their headers, no_solver.cpp
// stands in for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/plan/programme.h"

namespace gpufleet::scenarios {

/// Whether programmes can be solved; if not, every solution has status `none`.
bool solver_available();
/// "Cbc 2.10.8", or why there is none.
std::string_view solver_name();

enum class SolveUntil : std::uint8_t { gap_closed, first_solution };
struct SolveRequest {
  double gap = 0;       ///< relative, at which a solution is good enough
  double seconds = 60;  ///< wall clock; an answer that it cuts short (status `stopped`) depends on the machine
  SolveUntil until = SolveUntil::gap_closed;
  int nodes = 0;  ///< of the search at most; 0 = no limit
};

/// One thread; equal programmes give equal solutions while the time suffices.
sim::Solution solve(const sim::Programme& programme, const SolveRequest& request);
/// Whole columns taken as real, with the prices of rows and columns.
sim::Solution relax(const sim::Programme& programme);

}  // namespace gpufleet::scenarios
