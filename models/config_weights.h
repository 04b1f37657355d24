// The stored format of a checkpoint's weights, from the quantization_config of its config.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gpufleet::models {

struct StoredWeights {
  std::string method;   ///< as the file says: "fp8", "mxfp4", "awq", "compressed-tensors", ...
  std::string weights;  ///< as a scenario's serving.pool.weights; empty where the method is not known here
};

/// Nothing where the text is not JSON or says of no quantisation: the weights lie in `torch_dtype`, mostly bf16.
std::optional<StoredWeights> stored_weights(std::string_view config_json);

/// The sentence with which a model's notes keep it, and the format that such notes tell (empty: none).
std::string stored_weights_note(const StoredWeights& stored);
std::string noted_weights(std::string_view notes);

}  // namespace gpufleet::models
