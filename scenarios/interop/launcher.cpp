// torchrun --help, srun(1), mpirun(1), deepspeed --help.
#include "scenarios/interop/launcher.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>

namespace gpufleet::scenarios {
namespace {

// "gpu:8", "gpu:h100:8", "8".
std::string last_of_colons(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  return colon == std::string::npos ? text : text.substr(colon + 1);
}

}  // namespace

Diagnostic command_problem(std::string message, std::string hint) {
  return {.where = {"command", 0, 0}, .key = {}, .message = std::move(message), .hint = std::move(hint)};
}

double whole_number(const Flag& flag, double least, Diagnostics& problems) {
  constexpr double kLargest = 1e15;  // beyond any flag, and within what TOML writes as a whole number
  double value = 0;
  const auto [end, error] = std::from_chars(flag.value.data(), flag.value.data() + flag.value.size(), value);
  const bool number = error == std::errc() && end == flag.value.data() + flag.value.size();
  if (number && value >= least && value <= kLargest && value == std::floor(value)) return value;
  problems.push_back(
      command_problem(fmt::format("{} wants a whole number from {}, found \"{}\"", flag.name, least, one_line(flag.value)),
                      number ? "" : "give the expanded command"));
  return std::max(1.0, least);
}

bool Launcher::take_before(const Flag& flag, Diagnostics& problems) {
  const std::string& name = flag.name;
  if (name == "-N")
    slurm_nodes_ = whole_number(flag, 1, problems);
  else if (name == "-n" || name == "-np")
    tasks_ = whole_number(flag, 1, problems);
  else if (name == "--num-gpus")  // deepspeed's, of each node
    processes_ = whole_number(flag, 1, problems);
  else
    return take(flag, problems);
  return true;
}

bool Launcher::take(const Flag& flag, Diagnostics& problems) {
  const std::string& name = flag.name;
  if (name == "--nnodes" || name == "--num-nodes") {
    nnodes_ = whole_number({name, last_of_colons(flag.value)}, 1, problems);  // "1:4": at most four
  } else if (name == "--nproc-per-node") {
    if (flag.value == "gpu" || flag.value == "auto") return false;  // as many as the node has
    processes_ = whole_number(flag, 1, problems);
  } else if (name == "--nodes") {
    slurm_nodes_ = whole_number(flag, 1, problems);
  } else if (name == "--ntasks" || name == "--num-gpus") {  // Megatron-Bridge's: of all nodes
    tasks_ = whole_number(flag, 1, problems);
  } else if (name == "--ntasks-per-node" || name == "--tasks-per-node" || name == "-npernode" || name == "-ppn") {
    tasks_per_node_ = whole_number(flag, 1, problems);
  } else if (name == "--gpus-per-node" || name == "--gres") {
    gpus_per_node_ = whole_number({name, last_of_colons(flag.value)}, 1, problems);
  } else {
    return false;
  }
  return true;
}

double Launcher::per_node() const {
  if (processes_ > 0) return processes_;
  // One task a node starts the node's processes itself.
  if (tasks_per_node_ > 1 || (tasks_per_node_ == 1 && gpus_per_node_ == 0)) return tasks_per_node_;
  if (gpus_per_node_ > 0) return gpus_per_node_;
  return tasks_ > 0 && nodes() > 0 ? tasks_ / nodes() : 0;
}

double Launcher::world() const {
  if (processes_ > 0) {
    // torchrun under srun: each task is a node's torchrun.
    const double launchers = nnodes_ > 0 ? nnodes_ : std::max(slurm_nodes_, tasks_);
    return processes_ * std::max(1.0, launchers);
  }
  if (tasks_ > 0 && tasks_ > nodes()) return tasks_;
  return per_node() > 0 ? per_node() * std::max(1.0, nodes()) : tasks_;
}

}  // namespace gpufleet::scenarios
