// The training run of a scenario as Megatron-LM's arguments.
#pragma once

#include <span>
#include <string>

#include "models/published.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios {

/// `torchrun ... pretrain_gpt.py ...`, and a comment line for each thing that it has no argument for. The scenario trains.
std::string emit_megatron(const Scenario& scenario, std::span<const models::PublishedModel> checkpoints);

}  // namespace gpufleet::scenarios
