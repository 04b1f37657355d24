// Fields of a Hugging Face config.json that do not change what a model computes per token.
#pragma once

#include <string_view>

namespace gpufleet::models {

/// True for text, token ids, initialisation, scaling of positions, training losses, generation defaults and run-time switches.
bool config_field_without_effect(std::string_view field);

}  // namespace gpufleet::models
