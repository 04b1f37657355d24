// Keys of [training.rl]: post-training by reinforcement learning, its rollouts and updates.
#include "scenarios/schema_tables.h"

namespace gpufleet::scenarios {
namespace {

KeySpec whole(std::string path, double least, double most, std::string fallback, std::string source, std::string doc) {
  return {.path = "training.rl." + std::move(path),
          .type = KeyType::integer,
          .minimum = least,
          .maximum = most,
          .fallback = std::move(fallback),
          .fallback_source = std::move(source),
          .doc = std::move(doc)};
}
KeySpec real(std::string path, double least, double most, std::string fallback, std::string source, std::string doc) {
  KeySpec key = whole(std::move(path), least, most, std::move(fallback), std::move(source), std::move(doc));
  key.type = KeyType::number;
  return key;
}
KeySpec seconds(std::string path, std::string doc) {
  KeySpec key = whole(std::move(path), 0, 1e7, "0 s", "nothing that shows", std::move(doc));
  key.type = KeyType::quantity;
  key.dimension = Dimension::time;
  return key;
}
KeySpec must(KeySpec key) {
  key.presence = Presence::required;
  return key;
}

}  // namespace

std::vector<KeySpec> rl_keys() {
  return {
      {.path = "training.rl",
       .type = KeyType::table,
       .presence = Presence::asked,
       .doc = "The run is reinforcement learning: rollouts, then updates by steps as [training] describes them."},
      must(whole("iterations", 1, 1e9, "", "", "Rollouts, each followed by updates on all its answers.")),
      must(whole("answers", 1, 1e9, "", "", "Answers written in one rollout.")),
      whole("prompt", 0, 1e7, "200", "a question of a few sentences", "Tokens of a question."),
      {.path = "training.rl.length", .type = KeyType::table, .doc = "Lengths of answers: log-normal, cut off."},
      must(real("length.mean", 1, 1e8, "", "", "Mean tokens of an answer after the cut, over the whole run.")),
      real("length.log_sigma", 0, 5, "0.8", "spread of reasoning answers (estimate, soft)", "Spread of the logarithm."),
      must(whole("length.longest", 1, 1e8, "", "", "Tokens at which an answer is cut off.")),
      real("scoring_passes", 0, 100, "2", "GRPO: old policy and reference", "Forward passes over the answers beside the update."),
      seconds("score_time", "Rewards by tests and rules that nothing hides, a rollout."),
      seconds("switch_time", "Moving weights between the layouts of update and rollout, a rollout."),
      {.path = "training.rl.rollout", .type = KeyType::table, .doc = "One instance that writes answers."},
      {.path = "training.rl.rollout.pool",
       .type = KeyType::text,
       .fallback_source = "the update's, one after the other",
       .doc = "Fleet pool of its own; then rollouts run beside updates, one policy behind."},
      {.path = "training.rl.rollout.engine",
       .type = KeyType::text,
       .fallback = "vllm",
       .fallback_source = "DeepSeek-R1's rollout workers",
       .doc = "Serving engine of scenarios/engines.toml."},
      whole("rollout.instances", 1, 1e6, "", "as many as fit", "Instances."),
      whole("rollout.tp", 1, 1024, "1", "attention data-parallel", "Tensor-parallel degree."),
      whole("rollout.dp", 1, 4096, "1", "one group", "Attention groups of an instance."),
      whole("rollout.ep", 1, 4096, "1", "experts on every rank", "Ranks that share the routed experts."),
      whole("rollout.drafts", 0, 16, "0", "no speculation", "Tokens drafted a step by the model's own prediction modules."),
      real("rollout.acceptance", 0, 1, "0.85", "DeepSeek-V3 report, s. 5.4.3", "Probability that a draft is accepted."),
      {.path = "training.rl.rollout.weights",
       .type = KeyType::choice,
       .fallback = "bf16",
       .fallback_source = "the policy as trained",
       .choices = {"bf16", "fp16", "fp8"},
       .doc = "Format of the weights while writing."},
  };
}

}  // namespace gpufleet::scenarios
