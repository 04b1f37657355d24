// Transformer layers over pipeline stages, where the scenario does not say how many each holds.
#pragma once

#include <optional>
#include <vector>

namespace gpufleet::scenarios {

/// Stages with a given count keep it; the rest of `layers` is shared evenly among the others. What does not divide is left out of
/// the last stage first, then the first, then the next to last and so on inwards: the ends also hold embedding, head and loss
/// (Llama 3 takes one layer from the first and the last stage, Grattafiori et al. 2024, s. 3.3.2).
/// Nothing if the given counts exceed `layers`, or all are given and do not add up to it.
std::optional<std::vector<int>> split_layers(int layers, const std::vector<std::optional<int>>& given);

}  // namespace gpufleet::scenarios
