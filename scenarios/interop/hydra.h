// Overrides of NeMo and Megatron-Bridge ("model.tensor_model_parallel_size=2", also with + or ++ before them) as Megatron-LM's
// flags.
#pragma once

#include <optional>
#include <string_view>

#include "scenarios/interop/shell_words.h"

namespace gpufleet::scenarios {

/// Whether a word is such an override: "trainer.", "model.", "train.", "dataset." ... and a value.
bool is_override(std::string_view word);
/// The flag of the same meaning; its own dotted name where there is none, so that it can be named; nothing if the word is no
/// override, or one that switches something off.
std::optional<Flag> override_flag(std::string_view word);

}  // namespace gpufleet::scenarios
