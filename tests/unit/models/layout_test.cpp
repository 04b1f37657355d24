#include "models/layout.h"

#include <gtest/gtest.h>

#include "tests/unit/models/model_fixtures.h"

namespace gpufleet::models {
namespace {

Layout deepseek() {
  Layout layout;
  layout.pp = 16;
  layout.dp = 128;
  layout.ep = 64;
  return layout;
}
constexpr LayoutJob kJob{2048, 8, 15360, 4096};

std::string reasons(const char* name, const Layout& layout, const LayoutJob& job) {
  return to_text(check_layout(model(name), layout, job));
}

TEST(Layout, PublishedLayoutsAreSound) {
  EXPECT_EQ(reasons("DeepSeek-V3", deepseek(), kJob), "");
  Layout llama;
  llama.tp = 8;
  llama.pp = 16;
  llama.dp = 128;
  EXPECT_EQ(reasons("Llama-3.1-405B", llama, {16384, 8, 2048, 8192}), "");
}

TEST(Layout, SaysWhatDoesNotDivide) {
  Layout layout = deepseek();
  layout.ep = 48;
  EXPECT_EQ(
      reasons("DeepSeek-V3", layout, kJob),
      "error: layout.ep: 256 experts do not divide into ep = 48 equal parts\n"
      "error: layout.ep: ep 48 x expert_tp 1 = 48 does not divide the 128 GPUs of a pipeline stage (tp 1 x cp 1 x dp 128)\n");
  layout = deepseek();
  layout.dp = 64;
  EXPECT_EQ(reasons("DeepSeek-V3", layout, kJob),
            "error: layout.dp: tp 1 x cp 1 x pp 16 x dp 64 = 1024 GPUs, but the job has 2048\n  dp = 128 would use them all\n");
  EXPECT_EQ(reasons("DeepSeek-V3", deepseek(), {2048, 8, 15361, 4096}),
            "error: global_batch: 15361 sequences do not divide into dp 128 x micro_batch 1 = 128\n");
}

TEST(Layout, TensorParallelismStaysInANodeUnlessToldOtherwise) {
  Layout layout;
  layout.tp = 16;
  layout.dp = 2;
  const LayoutJob job{32, 8, 64, 4096};
  EXPECT_EQ(reasons("GPT-3-175B", layout, job),
            "error: layout.tp: a tensor-parallel group of 16 does not fit into a node of 8 GPUs\n"
            "  say so if it is meant to cross nodes, or use a smaller tp\n");
  layout.tp_span = TensorParallelSpan::across_nodes;
  EXPECT_EQ(reasons("GPT-3-175B", layout, job), "");
}

TEST(Layout, PipelinesAndExpertsThatCannotBe) {
  Layout layout;
  layout.pp = 128;
  EXPECT_NE(reasons("GPT-3-175B", layout, {128, 8, 256, 2048}).find("96 layers cannot fill 128 stages"), std::string::npos);
  // One layer a chunk: the embedding and the head may be chunks of their own (126 + 2 = 16 x 8), no more than that.
  layout.pp = 16;
  layout.virtual_stages = 8;
  layout.tp = 8;
  EXPECT_EQ(reasons("Llama-3.1-405B", layout, {128, 8, 32, 8192}), "");
  layout.virtual_stages = 9;
  EXPECT_NE(reasons("Llama-3.1-405B", layout, {128, 8, 32, 8192}).find("126 layers cannot fill 144 stages"), std::string::npos);
  layout = {};
  layout.ep = 8;
  layout.dp = 8;
  EXPECT_EQ(reasons("Llama-3.1-8B", layout, {8, 8, 64, 4096}),
            "error: layout.ep: Llama-3.1-8B has no experts to spread over ep = 8\n");
  layout.dp = 4;
  layout.tp = 2;
  layout.sequence_parallel = SequenceParallel::off;
  EXPECT_NE(reasons("Mixtral-8x7B", layout, {8, 8, 64, 4096}).find("need sequence parallelism"), std::string::npos);
  EXPECT_NE(reasons("GPT-4-rumour", layout, {8, 8, 64, 4096}).find("only totals are known"), std::string::npos);
}

TEST(Layout, RefusesDegreesBelowOne) {
  Layout layout;
  layout.tp = 0;
  layout.cp = -2;
  EXPECT_EQ(reasons("GPT-3-175B", layout, {8, 8, 64, 2048}),
            "error: layout.tp: must be at least 1, is 0\nerror: layout.cp: must be at least 1, is -2\n");
}

TEST(Layout, WarnsOfReplicatedKeysAndThinPipelines) {
  Layout layout;
  layout.tp = 8;
  layout.pp = 4;
  const std::string text = reasons("Qwen2.5-7B", layout, {32, 8, 2, 4096});
  EXPECT_NE(text.find("28 attention heads do not divide"), std::string::npos);
  EXPECT_NE(text.find("warning: layout.tp: tp = 8 exceeds 4 key/value heads"), std::string::npos);
  EXPECT_NE(text.find("warning: layout.pp: 2 micro-batches do not fill"), std::string::npos);
}

}  // namespace
}  // namespace gpufleet::models
