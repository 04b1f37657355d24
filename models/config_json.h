// Import of a Hugging Face config.json as an Architecture: DeepSeek-V2/V3/R1, Kimi-K2, Qwen2/2.5/3 and their MoE forms, Llama,
// Mistral, Mixtral, GLM (chatglm, glm4, glm4_moe) and GPT-OSS.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "models/architecture.h"

namespace gpufleet::models {

/// `file_name` is what diagnostics show and what the model is named after when the file does not say. Errors: not JSON, not an
/// object, an unknown model_type (with "did you mean"), a missing or wrong field, an unsound shape. Fields that this reader
/// does not know are warnings, each by name, because they may change what the model computes.
Result<Architecture> import_config(std::string_view text, const std::string& file_name);

}  // namespace gpufleet::models
