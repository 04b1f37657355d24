// Published checkpoints: which model of the catalog a Hugging Face id holds, and in what format its weights are stored.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/architecture.h"

namespace gpufleet::models {

struct PublishedModel {
  std::string id;       ///< "deepseek-ai/DeepSeek-R1"
  std::string model;    ///< catalog name
  std::string weights;  ///< as a scenario's serving.pool.weights: "bf16", "fp8", "fp4", "int4", ...
  friend bool operator==(const PublishedModel&, const PublishedModel&) = default;
};

/// Errors: every broken key of the file, with its place; an id that stands there twice.
Result<std::vector<PublishedModel>> load_published(const std::filesystem::path& file);

/// What a name in a launch command means: `model` is null if no model is called so.
struct NamedModel {
  const Architecture* model = nullptr;
  std::string weights;  ///< stored format; empty if nothing tells
};

/// An id, its last part, a catalog name or alias, ignoring case; endings that do not change the shape (-Instruct, -Chat, -2507,
/// -v0.1, -hf) are dropped one by one, and those that name a stored format (-FP8, -AWQ, -NVFP4) tell it.
NamedModel find_named_model(std::span<const Architecture> catalog, std::span<const PublishedModel> checkpoints,
                            std::string_view name);

/// The checkpoint of that model stored in that format, else the model's first; null if none is known.
const PublishedModel* checkpoint_of(std::span<const PublishedModel> checkpoints, std::string_view model,
                                    std::string_view weights);

}  // namespace gpufleet::models
