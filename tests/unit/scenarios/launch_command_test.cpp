// Launch commands as scenarios and back: words, flags, what follows from several flags, what is refused, what is named as lost.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "models/catalog.h"
#include "scenarios/catalogs.h"
#include "scenarios/interop/launch_command.h"
#include "scenarios/interop/shell_words.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

const Catalogs& catalogs() {
  static const Catalogs loaded = load_catalogs(find_data()).value();
  return loaded;
}
const std::vector<models::PublishedModel>& published() {
  static const auto loaded = models::load_published(find_data().models / "published" / "hugging_face.toml").value();
  return loaded;
}

Result<ImportedCommand> imported(std::string_view command) {
  return import_command(command, {"H100 SXM5", 0, {}, published()}, catalogs().architectures);
}
bool says(const Result<ImportedCommand>& command, std::string_view line) {
  return command.ok() && ("\n" + command->scenario).find("\n" + std::string(line) + "\n") != std::string::npos;
}
std::string problem(std::string_view command) {
  const auto read = imported(command);
  return read.ok() ? "" : to_text(read.diagnostics());
}
bool mentions(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

Result<Scenario> scenario(const std::string& text) {
  const auto raw = parse_scenario(text, "test", ".", {}, find_data());
  return raw.ok() ? validate(*raw, catalogs()) : Result<Scenario>(raw.diagnostics());
}
std::string emitted(const std::string& text, LaunchTool tool) {
  const auto read = scenario(text);
  EXPECT_TRUE(read.ok()) << to_text(read.diagnostics()) << text;
  return read.ok() ? emit_command(*read, tool, catalogs().architectures, published()).value() : "";
}

TEST(ShellWords, AreCutAsAShellWould) {
  const auto words = shell_words("a 'b c' \"d\\\"e\" f\\ g \\\n  h # rest\n''");
  ASSERT_TRUE(words);
  EXPECT_EQ(*words, (std::vector<std::string>{"a", "b c", "d\"e", "f g", "h", ""}));
  EXPECT_FALSE(shell_words("a 'b"));
}

TEST(ShellWords, QuotedComeBack) {
  EXPECT_EQ(shell_quoted("deepseek-ai/DeepSeek-R1"), "deepseek-ai/DeepSeek-R1");
  EXPECT_EQ(shell_quoted("x; touch PWN #"), "'x; touch PWN #'");
  for (const char* word : {"", "it's", "$(id)", "a\nb", "`id`", "*", "~", "!!", "\\"})
    EXPECT_EQ(shell_words(shell_quoted(word)), std::vector<std::string>{word});
  EXPECT_EQ(one_line("a\nb \xff\xc3\xa9\xed\xa0\x80"), "a b ?\xc3\xa9???");
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
  EXPECT_TRUE(says(command, "zero = 0"));  // what Megatron-LM does where it is not told
  EXPECT_TRUE(says(command, "sequence_parallel = false"));
  EXPECT_EQ(command->not_taken, std::vector<std::string>{"--log-interval 5"});
}

std::string warned(std::string_view command) {
  const auto read = imported(command);
  return read.ok() ? to_text(read.diagnostics()) : "refused: " + to_text(read.diagnostics());
}

// Meta's layout as Megatron-LM is told it: (126 + 2) / 16 / 4 = 2.
constexpr std::string_view kLlama405 =
    "torchrun --nproc_per_node=8 --nnodes 128 pretrain_gpt.py --num-layers 126 --hidden-size 16384 --ffn-hidden-size 53248 "
    "--num-attention-heads 128 --group-query-attention --num-query-groups 8 --seq-length 8192 --micro-batch-size 1 "
    "--global-batch-size 256 --tensor-model-parallel-size 8 --pipeline-model-parallel-size 16 --bf16 --swiglu "
    "--untie-embeddings-and-output-weights --vocab-size 128256";

TEST(LaunchCommand, EmbeddingAndLossCountAsLayers) {
  const std::string ends = " --account-for-embedding-in-pipeline-split --account-for-loss-in-pipeline-split";
  const auto command = imported(std::string(kLlama405) + " --num-layers-per-virtual-pipeline-stage 4" + ends);
  ASSERT_TRUE(command.ok()) << to_text(command.diagnostics());
  EXPECT_TRUE(says(command, "virtual_stages = 2") && says(command, "schedule = \"interleaved\"")) << command->scenario;
  EXPECT_TRUE(command->not_taken.empty());
  // With chunks the simulator's own balance is this; without, it is stated.
  EXPECT_FALSE(mentions(command->scenario, "stage = [")) << command->scenario;
  const auto whole = imported(std::string(kLlama405) + ends);
  ASSERT_TRUE(whole.ok()) << to_text(whole.diagnostics());
  const auto read = scenario(whole->scenario);
  ASSERT_TRUE(read.ok()) << to_text(read.diagnostics());
  const std::vector<StageSpec>& stages = read->training->phases.front().layout.stages;
  ASSERT_EQ(stages.size(), 16U);
  EXPECT_EQ(stages.front().layers, 7);
  EXPECT_EQ(stages[7].layers, 8);
  EXPECT_EQ(stages.back().layers, 7);
  // One end alone, and NeMo's words for it.
  for (const char* flags :
       {"--num-layers 32 --hidden-size 4096 --seq-length 4096 --pipeline-model-parallel-size 3 "
        "--account-for-loss-in-pipeline-split",
        "model.num_layers=32 model.hidden_size=4096 model.encoder_seq_length=4096 model.pipeline_model_parallel_size=3 "
        "model.account_for_loss_in_pipeline_split=True model.account_for_embedding_in_pipeline_split=False"}) {
    const auto loss = imported(std::string("pretrain_gpt.py --bf16 ") + flags);
    ASSERT_TRUE(loss.ok()) << to_text(loss.diagnostics());
    EXPECT_TRUE(says(loss, "stage = [{ layers = 11 }, { layers = 11 }, { layers = 10 }]")) << loss->scenario;
  }
}

TEST(LaunchCommand, VirtualStagesThatDoNotDivideAreRefused) {
  const std::string alone = problem(std::string(kLlama405) + " --num-layers-per-virtual-pipeline-stage 4");
  EXPECT_TRUE(mentions(alone, "4 does not divide 126 layers over 16 pipeline stages")) << alone;
  EXPECT_TRUE(mentions(alone, "--account-for-embedding-in-pipeline-split")) << alone;
  EXPECT_TRUE(mentions(problem(std::string(kLlama405) + " --num-layers-per-virtual-pipeline-stage 3 "
                                                        "--account-for-embedding-in-pipeline-split "
                                                        "--account-for-loss-in-pipeline-split"),
                       "3 does not divide 128 layers"));
  // Without chunks it is no error here, but said.
  const auto uneven = imported(kLlama405);
  ASSERT_TRUE(uneven.ok());
  EXPECT_TRUE(std::ranges::any_of(uneven->notes, [](const auto& note) { return mentions(note, "126 layers do not divide"); }));
}

TEST(LaunchCommand, UnevenStagesTakeTheirChunks) {
  const std::string chunks =
      std::string(kLlama405) + " --num-virtual-stages-per-pipeline-rank 2 --decoder-first-pipeline-num-layers ";
  const auto taken = imported(chunks + "6 --decoder-last-pipeline-num-layers 8");
  EXPECT_TRUE(taken.ok() && mentions(taken->scenario, "stage = [{ layers = 6 }, { layers = 8 }, ")) << taken->scenario;
  const auto odd = imported(chunks + "7 --decoder-last-pipeline-num-layers 7");
  EXPECT_TRUE(odd.ok() && !mentions(odd->scenario, "stage = [") && !odd->notes.empty());
}

// What Megatron-LM asserts: layers, with the ends that count as such, divide by stages and chunks.
TEST(LaunchCommand, EmittedPipelinesDivide) {
  const auto shipped = [](const char* file) {
    const auto raw = load_scenario((find_data().scenarios / file).string(), {}, find_data());
    return validate(*raw, catalogs()).value();
  };
  const auto text = [](const Scenario& of) {
    return emit_command(of, LaunchTool::megatron, catalogs().architectures, published()).value();
  };
  const Scenario llama = shipped("llama-3-405b-h100-16384.toml");
  const std::string command = text(llama);
  EXPECT_TRUE(mentions(command, "--account-for-embedding-in-pipeline-split") &&
              mentions(command, "--account-for-loss-in-pipeline-split"))
      << command;
  EXPECT_FALSE(mentions(command, "balance of")) << command;  // it is the simulator's own split
  const auto back = imported(command);
  ASSERT_TRUE(back.ok()) << to_text(back.diagnostics());
  EXPECT_TRUE(says(back, "pp = 16") && says(back, "virtual_stages = 8")) << back->scenario;
  const auto again = scenario(back->scenario);
  ASSERT_TRUE(again.ok()) << to_text(again.diagnostics());
  EXPECT_EQ(again->training->phases.front().layout.stages, llama.training->phases.front().layout.stages);
  EXPECT_TRUE(mentions(text(*again), "--account-for-loss-in-pipeline-split")) << text(*again);

  // 61 = 3 + 14 · 4 + 2; multi-token prediction is at the end, too.
  const std::string deepseek = text(shipped("deepseek-v3-h800-2048.toml"));
  EXPECT_TRUE(mentions(deepseek, "--decoder-first-pipeline-num-layers 3") &&
              mentions(deepseek, "--decoder-last-pipeline-num-layers 2"))
      << deepseek;
  EXPECT_TRUE(mentions(deepseek, "# not said: the balance of 61 layers")) << deepseek;
  EXPECT_TRUE(says(imported(deepseek), "pp = 16"));

  const auto stages = [&](int count, const std::string& layout) {
    return emitted(fmt::format("[[fleet.pool]]\naccelerator = \"H100 SXM5\"\ncount = {}\n[model]\narchitecture = "
                               "\"Llama-3.3-70B\"\n[training]\nsequence = 8192\nglobal_batch = {}\n[training.layout]\n{}\n",
                               count, count * 8, layout),
                   LaunchTool::megatron);
  };
  const std::string chunks = "schedule = \"interleaved\"\nvirtual_stages = 3\n";
  for (const char* flag : {"pipeline-num-layers", "account-for", "# not said: the balance"})
    EXPECT_FALSE(mentions(stages(256, "pp = 8"), flag)) << flag;
  const std::string uneven = stages(256, "pp = 4\n" + chunks);
  EXPECT_TRUE(mentions(uneven, "# not said: an uneven split of 80 layers over 4 stages of 3 chunks")) << uneven;
  const std::string stated =
      stages(256, "pp = 4\n" + chunks + "stage = [{ layers = 20 }, { layers = 21 }, { layers = 19 }, { layers = 20 }]");
  EXPECT_TRUE(mentions(stated, "20, 21, 19, 20, for which Megatron-LM wants a --pipeline-model-parallel-layout")) << stated;
  const std::string loss = stages(240, "pp = 3\n" + chunks + "stage = [{ layers = 27 }, { layers = 27 }, { layers = 26 }]");
  EXPECT_TRUE(mentions(loss, "--account-for-loss-in-pipeline-split") && !mentions(loss, "account-for-embedding")) << loss;
}

TEST(LaunchCommand, MisspeltFlagsAreSuspected) {
  const std::string slip = warned("vllm serve meta-llama/Llama-3.1-8B-Instruct --tensor-paralel-size 4");
  EXPECT_TRUE(mentions(slip, "warning: unknown flag \"--tensor-paralel-size\"")) << slip;
  EXPECT_TRUE(mentions(slip, "did you mean \"--tensor-parallel-size\"?")) << slip;
  EXPECT_EQ(imported("vllm serve meta-llama/Llama-3.1-8B-Instruct --tensor-paralel-size 4")->not_taken,
            std::vector<std::string>{"--tensor-paralel-size 4"});
  EXPECT_TRUE(mentions(warned(std::string(kLlama405) + " --num-virtual-stage-per-pipeline-rank 8"), "did you mean"));
  EXPECT_TRUE(mentions(warned(std::string(kLlama405) + " --use-distributed-optimiser"), "--use-distributed-optimizer"));
  EXPECT_TRUE(mentions(warned("python -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 --enable-dp-atention"),
                       "--enable-dp-attention"));
}

// Flags that the programs have.
TEST(LaunchCommand, FlagsOfOthersAreNotSuspected) {
  const std::string vllm =
      "vllm serve Qwen/Qwen3-32B --max-num-seqs 4 --max-num-partial-prefills 2 --max-model-len 8192 --data-parallel-size 2 "
      "--data-parallel-size-local 1 --data-parallel-rank 0 --data-parallel-backend mp --enable-expert-parallel "
      "--no-enable-prefix-caching --enable-prefix-caching --enable-lora --tokenizer-mode auto --model-impl vllm "
      "--kv-cache-dtype int4 --kv-transfer-config {} --quantization mystery --num-gpu-blocks-override 9 --tp-size 2 --swap-space "
      "4 "
      "--compilation-config 3 --distributed-executor-backend mp --all2all-backend naive";
  EXPECT_EQ(warned(vllm), "");
  const std::string sglang =
      "python -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 --tp-size 8 --dp-size 8 --cp-size 1 --moe-dp-size 1 "
      "--moe-dense-tp-size 1 --enable-dp-attention --enable-dp-lm-head --enable-deepep-moe --moe-runner-backend triton "
      "--moe-a2a-backend mooncake --max-prefill-tokens 4096 --max-queued-requests 9 --attention-backend fa3 "
      "--speculative-draft-model-path x --enable-single-batch-overlap --enable-ep-moe --mem-fraction-static 0.8 "
      "--ep-dispatch-algorithm dynamic --cuda-graph-max-bs 64";
  EXPECT_EQ(warned(sglang), "");
  const std::string megatron =
      " --vocab-file v.json --merge-file m --tp-comm-overlap-ag --tp-comm-overlap-rs --fp4-format e2m1 --fp4-recipe nvfp4 "
      "--main-grads-dtype fp32 --num-workers 4 --eval-iters 1 --eval-interval 10 --exit-interval 5 --save-interval 5 "
      "--overlap-param-gather-with-optimizer-step --moe-router-dtype fp32 --moe-router-fusion --no-bias-dropout-fusion "
      "--pipeline-model-parallel-layout x --encoder-num-layers 2 --decoder-num-layers 2 --decoder-seq-length 8 "
      "--recompute-granularity mystery --lr-decay-iters 3 --lr-warmup-samples 8 --exp-avg-dtype int8";
  EXPECT_EQ(warned(std::string(kLlama405) + megatron), "");
}

TEST(LaunchCommand, EveryArchitectureFlagCounts) {
  const std::string rest = " --seq-length 4096 --micro-batch-size 1 --global-batch-size 256 --bf16";
  const std::string mixtral =
      "pretrain_gpt.py --num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 --num-attention-heads 32 --num-experts 8 "
      "--moe-router-topk 2 --group-query-attention --num-query-groups 8 --swiglu";
  EXPECT_TRUE(says(imported(mixtral + rest), "architecture = \"Mixtral-8x7B\""));
  const std::string llama = "pretrain_gpt.py --num-layers 80 --hidden-size 8192 --num-attention-heads 64 --ffn-hidden-size 28672";
  EXPECT_TRUE(says(imported(llama + " --vocab-size 128256" + rest), "architecture = \"Llama-3.3-70B\""));
  EXPECT_TRUE(
      says(imported(llama + " --vocab-size 32000 --tensor-model-parallel-size 8" + rest), "architecture = \"Llama-2-70B\""));
  const std::string refused = problem(llama + " --vocab-size 99999" + rest);
  EXPECT_TRUE(mentions(refused, "the nearest is Llama-")) << refused;
  EXPECT_TRUE(mentions(refused, "vocabulary 128256, not 99999") || mentions(refused, "vocabulary 32000, not 99999")) << refused;
  EXPECT_EQ(refused.find("error:"), refused.rfind("error:")) << refused;
}

TEST(LaunchCommand, EveryModelComesBackFromMegatronsFlags) {
  for (const models::Architecture& model : catalogs().architectures) {
    if (model.aggregate_only) continue;
    const std::string text = "[[fleet.pool]]\naccelerator = \"H100 SXM5\"\ncount = 8\n[model]\narchitecture = \"" + model.name +
                             "\"\n[training]\nsequence = 2048\nglobal_batch = 64\n";
    const auto back = imported(emitted(text, LaunchTool::megatron));
    ASSERT_TRUE(back.ok()) << model.name << "\n" << to_text(back.diagnostics());
    const auto again = scenario(back->scenario);
    ASSERT_TRUE(again.ok()) << to_text(again.diagnostics());
    const models::Architecture& same = again->architecture;
    EXPECT_EQ(
        std::tie(same.layers, same.hidden, same.heads, same.kv_heads, same.ffn_dense, same.routed_experts, same.moe_ffn),
        std::tie(model.layers, model.hidden, model.heads, model.kv_heads, model.ffn_dense, model.routed_experts, model.moe_ffn))
        << model.name << " -> " << same.name;
    EXPECT_EQ(again->training->phases, scenario(text)->training->phases) << model.name;
  }
}

TEST(LaunchCommand, TrainingComesBackOrIsNamed) {
  const std::string text = R"(
[[fleet.pool]]
accelerator = "H100 SXM5"
count = 512
[model]
architecture = "DeepSeek-V3"
[training]
sequence = 4096
global_batch = 4096
tokens = 41943040000
node_limit = 4
precision = { gemm = "fp8-block", gradients = "bf16", moments = "bf16" }
[training.layout]
tp = 2
pp = 4
ep = 32
zero = 3
expert_tp = 1
recompute = ["norm", "mla-up", "activation"]
stage = [{ layers = 14 }, { layers = 16 }, { layers = 16 }, { layers = 15 }]
[training.implementation]
dispatcher = "alltoall"
optimizer = "host"
[training.overlap]
expert = true
param_gather = false
)";
  const std::string command = emitted(text, LaunchTool::megatron);
  EXPECT_TRUE(mentions(command, "--moe-layer-freq '([0]*3+[1]*58)'")) << command;
  EXPECT_FALSE(mentions(command, "schedule")) << command;
  const auto back = imported(command);
  ASSERT_TRUE(back.ok()) << to_text(back.diagnostics());
  const auto first = scenario(text), again = scenario(back->scenario);
  ASSERT_TRUE(again.ok()) << to_text(again.diagnostics()) << back->scenario;
  EXPECT_EQ(again->architecture.name, "DeepSeek-V3");
  EXPECT_EQ(again->training->phases, first->training->phases) << back->scenario;
  EXPECT_EQ(again->training->precision, first->training->precision) << back->scenario;
  EXPECT_EQ(again->training->overlap, first->training->overlap) << back->scenario;
  EXPECT_EQ(again->training->implementation, first->training->implementation) << back->scenario;
  EXPECT_EQ(again->training->optimizer_on_host, true);
  std::string dual = text;
  dual.replace(dual.find("zero = 3"), 8, "zero = 1\nschedule = \"dualpipe\"");
  EXPECT_TRUE(mentions(emitted(dual, LaunchTool::megatron), "# not said: schedule = \"dualpipe\""));
}

TEST(LaunchCommand, DenseTrainingComesBack) {
  for (const char* layout :
       {"tp = 8\npp = 4\nschedule = \"interleaved\"\nvirtual_stages = 2\nrecompute = \"full\"\nshard_group = 4",
        "tp = 2\ncp = 2\nzero = 0\nsequence_parallel = false\nrecompute = \"selective\"", "zero = 2\nmicro_batch = 2",
        "pp = 8\nrecompute = [\"norm\", \"attention-core\"]"}) {
    const std::string text =
        std::string("[[fleet.pool]]\naccelerator = \"H100 SXM5\"\ncount = 256\n[model]\narchitecture = ") +
        "\"Llama-3.3-70B\"\n[training]\nsequence = 8192\nramp = [{ from_token = 0, sequences = 1024 }, "
        "{ from_token = 8388608000, sequences = 2048 }]\ntokens = 83886080000\nprecision = { gemm = \"fp16\", gradients = "
        "\"fp32\" }\n"
        "implementation = { dropout = true, attention = \"unfused\", fusion = \"unfused\" }\n[training.layout]\n" +
        layout + "\n";
    const auto back = imported(emitted(text, LaunchTool::megatron));
    ASSERT_TRUE(back.ok()) << to_text(back.diagnostics());
    const auto first = scenario(text), again = scenario(back->scenario);
    ASSERT_TRUE(again.ok()) << to_text(again.diagnostics()) << back->scenario;
    EXPECT_EQ(again->architecture.name, "Llama-3.3-70B");
    EXPECT_EQ(again->training->phases, first->training->phases) << emitted(text, LaunchTool::megatron) << back->scenario;
    EXPECT_EQ(again->training->precision, first->training->precision) << back->scenario;
    EXPECT_EQ(again->training->implementation, first->training->implementation) << back->scenario;
  }
}

TEST(LaunchCommand, CutModelsComeBackByTheirName) {
  const auto text = [](std::string_view model) {
    return fmt::format(
        "[[fleet.pool]]\naccelerator = \"H100 SXM5\"\ncount = 8\n[model]\narchitecture = \"{}\"\nlayers = 4\n[training]\n"
        "sequence = 2048\nglobal_batch = 64\n",
        model);
  };
  const auto llama = imported(emitted(text("Llama-3.3-70B"), LaunchTool::megatron));
  EXPECT_TRUE(says(llama, "architecture = \"Llama-3.3-70B\"") && says(llama, "layers = 4"));
  EXPECT_TRUE(mentions(emitted(text("Grok-1"), LaunchTool::megatron), "--model Grok-1 brings it back"));
}

TEST(LaunchCommand, NodesAreCounted) {
  const std::string flags =
      " pretrain_gpt.py --num-layers 32 --hidden-size 4096 --seq-length 4096 --global-batch-size 64 --bf16 "
      "--tensor-model-parallel-size 2";
  EXPECT_TRUE(says(imported("srun -N 4 --ntasks-per-node=8 python" + flags), "count = 32"));
  EXPECT_TRUE(says(imported("srun --nodes=4 --gres=gpu:h100:8 --ntasks-per-node=1 python" + flags), "count = 32"));
  EXPECT_TRUE(says(imported("srun -N 2 torchrun --nproc_per_node 4" + flags), "count = 8"));
  EXPECT_TRUE(says(imported("mpirun -np 16 python" + flags), "count = 16"));
  EXPECT_TRUE(says(imported("python" + flags), "count = 2"));
  const auto sglang = imported(
      "python -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 --tp 16 --nnodes 2 --node-rank 0 --dist-init-addr "
      "x:5000");
  EXPECT_TRUE(says(sglang, "count = 16"));
  EXPECT_TRUE(sglang.ok() && sglang->not_taken.empty());
}

TEST(LaunchCommand, NemosOverridesAreTheSameArguments) {
  const auto command = imported(
      "python /opt/NeMo/examples/nlp/language_modeling/megatron_gpt_pretraining.py trainer.num_nodes=4 trainer.devices=8 "
      "model.tensor_model_parallel_size=2 ++model.pipeline_model_parallel_size=4 model.micro_batch_size=1 "
      "model.global_batch_size=512 model.encoder_seq_length=4096 model.num_layers=32 model.hidden_size=4096 "
      "model.num_attention_heads=32 model.ffn_hidden_size=11008 model.sequence_parallel=True model.data.data_prefix=[x]");
  ASSERT_TRUE(command.ok()) << to_text(command.diagnostics());
  EXPECT_TRUE(says(command, "architecture = \"Llama-2-7B\"") || says(command, "architecture = \"InternLM-7B\""));
  for (const char* line : {"count = 32", "tp = 2", "pp = 4", "global_batch = 512", "sequence = 4096", "sequence_parallel = true"})
    EXPECT_TRUE(says(command, line)) << line << "\n" << command->scenario;
  EXPECT_EQ(command->not_taken, std::vector<std::string>{"model.data.data_prefix=[x]"});
}

TEST(LaunchCommand, RecipesNameModels) {
  const auto bridge = imported(
      "python scripts/performance/setup_experiment.py --model_recipe_name llama3_70b --num_gpus 64 --gpus_per_node 8 -tp 4 -pp 4 "
      "-mb 1 -gb 128 -sl 8192");
  ASSERT_TRUE(bridge.ok()) << to_text(bridge.diagnostics());
  EXPECT_TRUE(says(bridge, "architecture = \"Llama-3.3-70B\"") && says(bridge, "count = 64") && says(bridge, "pp = 4"));
  const auto nemo = imported(
      "nemo llm pretrain --factory llama3_8b trainer.num_nodes=2 trainer.devices=8 trainer.strategy.tensor_model_parallel_size=2 "
      "data.global_batch_size=64 data.seq_length=8192");
  ASSERT_TRUE(nemo.ok()) << to_text(nemo.diagnostics());
  EXPECT_TRUE(says(nemo, "architecture = \"Llama-3.1-8B\"") && says(nemo, "count = 16") && says(nemo, "tp = 2"));
}

TEST(LaunchCommand, ServingFlagsBecomeAnInstance) {
  const auto sglang = imported(
      "python -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 --tp 16 --dp 8 --enable-dp-attention --ep-size 16");
  EXPECT_TRUE(says(sglang, "tp = 2"));
  EXPECT_TRUE(says(sglang, "dp = 8"));
  EXPECT_TRUE(says(sglang, "experts = \"exchange\""));
  const auto vllm = imported("vllm serve --trust-remote-code deepseek-ai/DeepSeek-R1 -tp 8 --enable-expert-parallel");
  EXPECT_TRUE(says(vllm, "ep = 8"));
  EXPECT_TRUE(says(vllm, "weights = \"fp8\""));  // as the checkpoint lies
  EXPECT_TRUE(says(imported("vllm serve DeepSeek-R1 --tensor-parallel-size 2"), "tp = 2"));
  EXPECT_TRUE(says(imported("vllm serve --mystery Qwen/Qwen3-32B"), "architecture = \"Qwen3-32B\""));
  EXPECT_TRUE(says(imported("vllm serve Qwen/Qwen3-32B --quantization fp8"), "tensor_scaled = true"));
  const auto piped = imported("cd /work && vllm serve Qwen/Qwen3-32B --api-key secret --enforce-eager 2>&1 | tee -tp");
  ASSERT_TRUE(piped.ok()) << to_text(piped.diagnostics());
  EXPECT_EQ(piped->not_taken, (std::vector<std::string>{"--api-key", "--enforce-eager"}));
  EXPECT_TRUE(says(imported("vllm serve Qwen/Qwen3-30B-A3B-Instruct-2507-FP8"), "weights = \"fp8\""));
}

TEST(LaunchCommand, ServingComesBack) {
  for (const LaunchTool tool : {LaunchTool::vllm, LaunchTool::sglang}) {
    const std::string text = R"(
[[fleet.pool]]
accelerator = "H200 SXM"
count = 16
[model]
architecture = "DeepSeek-R1"
[serving.workload]
rate = "1 /s"
duration = "600 s"
prompt = { mean = 1024 }
output = { mean = 256 }
[[serving.pool]]
tp = 2
dp = 8
ep = 16
experts = "exchange"
redundant_experts = 16
balance = "eplb"
weights = "fp8"
kv = "fp8"
max_sequences = 32
memory_fraction = 0.9
drafts = 1
two_batch_overlap = true
engine = ")" + std::string(name(tool)) +
                             "\"\n";
    const std::string command = emitted(text, tool);
    const auto back = imported(command);
    ASSERT_TRUE(back.ok()) << to_text(back.diagnostics()) << command;
    EXPECT_TRUE(says(back, "count = 16"));
    const auto first = scenario(text), again = scenario(back->scenario);
    ASSERT_TRUE(again.ok()) << to_text(again.diagnostics()) << back->scenario;
    const ServingPoolSpec &a = first->serving->pools.front(), &b = again->serving->pools.front();
    EXPECT_EQ(a.shard, b.shard) << command;
    EXPECT_EQ(a.precision, b.precision) << command;
    EXPECT_EQ(a.max_sequences, b.max_sequences) << command;
    EXPECT_EQ(a.speculation.drafts, b.speculation.drafts) << command;
    EXPECT_EQ(a.balance, b.balance) << command;
    EXPECT_TRUE(back->not_taken.empty()) << back->not_taken.front();
  }
}

TEST(LaunchCommand, EveryPoolIsEmitted) {
  const auto raw = load_scenario((find_data().scenarios / "deepseek-v3-sglang-96-h100.toml").string(), {}, find_data());
  ASSERT_TRUE(raw.ok());
  const auto read = validate(*raw, catalogs());
  ASSERT_TRUE(read.ok()) << to_text(read.diagnostics());
  const std::string text = emit_command(*read, LaunchTool::sglang, catalogs().architectures, published()).value();
  EXPECT_TRUE(mentions(text, "--model-path deepseek-ai/DeepSeek-V3")) << text;
  EXPECT_TRUE(mentions(text, "# pool prefill") && mentions(text, "--disaggregation-mode prefill")) << text;
  EXPECT_TRUE(mentions(text, "# pool decode") && mentions(text, "--tensor-parallel-size 72")) << text;
  EXPECT_TRUE(mentions(text, "--max-running-requests 10800")) << text;  // 150 for each of 72 attention groups
}

TEST(LaunchCommand, RefusesWhatItCannotTell) {
  EXPECT_FALSE(imported("rm -rf build").ok());
  EXPECT_FALSE(imported("vllm serve 'x").ok());
  EXPECT_FALSE(imported("vllm serve nobody/knows-this-model").ok());
  for (const char* degree : {"eight", "0", "-8", "1.5", "1e99"})
    EXPECT_TRUE(mentions(problem(std::string("vllm serve deepseek-ai/DeepSeek-R1 -tp ") + degree), "whole number")) << degree;
}

TEST(LaunchCommand, NothingInANameIsRunByAShell) {
  const std::string evil = "x; touch PWN #\ny 'z'";
  const models::Architecture real = *models::find_architecture(catalogs().architectures, "Llama-3.1-8B");
  auto read = scenario(
      "[[fleet.pool]]\naccelerator = \"H200 SXM\"\ncount = 8\n[model]\narchitecture = \"Llama-3.1-8B\"\n[serving.workload]\n"
      "rate = \"1 /s\"\nduration = \"600 s\"\nprompt = { mean = 1024 }\noutput = { mean = 256 }\n[[serving.pool]]\n"
      "engine = \"vllm\"\n");
  ASSERT_TRUE(read.ok()) << to_text(read.diagnostics());
  read->architecture.name = evil;
  for (const LaunchTool tool : {LaunchTool::vllm, LaunchTool::sglang}) {
    const auto words = shell_words(emit_command(*read, tool, catalogs().architectures, published()).value());
    ASSERT_TRUE(words);
    EXPECT_EQ(std::ranges::count(*words, evil), 1);
    EXPECT_EQ(std::ranges::count(*words, "touch"), 0);
  }
}

}  // namespace
}  // namespace gpufleet::scenarios
