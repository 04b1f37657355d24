// Stands in for cbc_solver.cpp in builds without Cbc: nothing is solved, and says so.
#include "scenarios/plan/solver.h"

namespace gpufleet::scenarios {

bool solver_available() { return false; }
std::string_view solver_name() { return "built without Cbc (Debian package coinor-libcbc-dev)"; }

sim::Solution solve(const sim::Programme& /*programme*/, const SolveRequest& /*request*/) { return {}; }
sim::Solution relax(const sim::Programme& /*programme*/) { return {}; }

}  // namespace gpufleet::scenarios
