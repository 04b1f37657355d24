// What starts the processes: srun, mpirun, torchrun, deepspeed; how many nodes and accelerators they say.
#pragma once

#include <string>

#include "core/diagnostics.h"
#include "scenarios/interop/shell_words.h"

namespace gpufleet::scenarios {

/// Counts; 0 = not said.
class Launcher {
 public:
  /// Takes a flag that stands before the program: short ones mean other things behind it.
  bool take_before(const Flag& flag, Diagnostics& problems);
  /// Takes a flag that means the same anywhere.
  bool take(const Flag& flag, Diagnostics& problems);

  [[nodiscard]] double nodes() const { return nnodes_ > 0 ? nnodes_ : slurm_nodes_; }
  [[nodiscard]] double per_node() const;
  /// Accelerators of all nodes, one a process.
  [[nodiscard]] double world() const;

 private:
  double nnodes_ = 0, processes_ = 0;                                            // torchrun, deepspeed
  double slurm_nodes_ = 0, tasks_ = 0, tasks_per_node_ = 0, gpus_per_node_ = 0;  // srun, mpirun
};

/// A flag's number, at least `least` and whole; reports and gives `least` otherwise.
double whole_number(const Flag& flag, double least, Diagnostics& problems);
Diagnostic command_problem(std::string message, std::string hint);

}  // namespace gpufleet::scenarios
