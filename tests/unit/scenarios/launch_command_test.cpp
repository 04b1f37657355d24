// Launch commands as scenarios: words, flags, what is derived from two flags together, and what is refused.
#include <gtest/gtest.h>

#include "models/catalog.h"
#include "scenarios/data_paths.h"
#include "scenarios/interop/launch_command.h"
#include "scenarios/interop/shell_words.h"

namespace gpufleet::scenarios {
namespace {

Result<ImportedCommand> imported(std::string_view command) {
  static const auto catalog = models::load_architectures(find_data().models).value();
  return import_command(command, {"H100 SXM5", 0, {}}, catalog);
}

bool says(const Result<ImportedCommand>& command, std::string_view line) {
  return command.ok() && ("\n" + command->scenario).find("\n" + std::string(line) + "\n") != std::string::npos;
}

TEST(ShellWords, AreCutAsAShellWould) {
  const auto words = shell_words("a 'b c' \"d\\\"e\" f\\ g \\\n  h # rest\n''");
  ASSERT_TRUE(words);
  EXPECT_EQ(*words, (std::vector<std::string>{"a", "b c", "d\"e", "f g", "h", ""}));
  EXPECT_FALSE(shell_words("a 'b"));
}

TEST(LaunchCommand, MegatronsFlagsBecomeALayout) {
  const auto command = imported(
      "torchrun --nnodes 16 --nproc-per-node=8 pretrain_gpt.py --tensor-model-parallel-size 8 --pipeline-model-parallel-size 4 "
      "--num-layers 32 --num-layers-per-virtual-pipeline-stage 4 --hidden-size 4096 --micro-batch-size 2 --global-batch-size 256 "
      "--seq-length 8192 --train-iters 10 --bf16 --log-interval 5");
  ASSERT_TRUE(command.ok()) << to_text(command.diagnostics());
  EXPECT_TRUE(says(command, "count = 128"));
  EXPECT_TRUE(says(command, "tp = 8"));
  EXPECT_TRUE(says(command, "virtual_stages = 2"));
  EXPECT_TRUE(says(command, "schedule = \"interleaved\""));
  EXPECT_TRUE(says(command, "tokens = 20971520"));
  EXPECT_EQ(command->not_taken, std::vector<std::string>{"--log-interval 5"});
}

TEST(LaunchCommand, ServingFlagsBecomeAnInstance) {
  const auto sglang = imported(
      "python -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 --tp 16 --dp 8 --enable-dp-attention --ep-size 16");
  EXPECT_TRUE(says(sglang, "tp = 2"));
  EXPECT_TRUE(says(sglang, "dp = 8"));
  EXPECT_TRUE(says(sglang, "experts = \"exchange\""));
  const auto vllm = imported("vllm serve deepseek-ai/DeepSeek-R1 -tp 8 --enable-expert-parallel --quantization fp8");
  EXPECT_TRUE(says(vllm, "ep = 8"));
  EXPECT_TRUE(says(vllm, "weights = \"fp8\""));
}

TEST(LaunchCommand, RefusesWhatItCannotTell) {
  EXPECT_FALSE(imported("rm -rf build").ok());
  EXPECT_FALSE(imported("vllm serve 'x").ok());
  EXPECT_FALSE(imported("vllm serve nobody/knows-this-model").ok());
  EXPECT_FALSE(imported("vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size eight").ok());
}

}  // namespace
}  // namespace gpufleet::scenarios
