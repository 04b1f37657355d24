// Keys of [serving]: deployments, what users send, what they are promised.
#include "scenarios/schema_tables.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace gpufleet::scenarios {
namespace {

const std::vector<std::string> kFormats{"bf16", "fp16", "fp8", "int8", "fp4", "int4"};

KeySpec whole(std::string path, double least, double most, std::string fallback, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::integer,
          .minimum = least,
          .maximum = most,
          .fallback = std::move(fallback),
          .doc = std::move(doc)};
}
KeySpec real(std::string path, double least, double most, std::string fallback, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::number,
          .minimum = least,
          .maximum = most,
          .fallback = std::move(fallback),
          .doc = std::move(doc)};
}
// The simulation counts picoseconds in 63 bits, which is 106 days; what starts within these ends before that.
constexpr double kLongestTime = 30.0 * 86400;

KeySpec time(std::string path, std::string fallback, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::quantity,
          .dimension = Dimension::time,
          .minimum = 0,
          .maximum = kLongestTime,
          .fallback = std::move(fallback),
          .doc = std::move(doc)};
}
KeySpec seldom(std::string path, std::string fallback, std::string doc) {
  KeySpec out = time(std::move(path), std::move(fallback), std::move(doc));
  out.maximum = 1e10;
  return out;
}
KeySpec choice(std::string path, std::vector<std::string> choices, std::string fallback, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::choice,
          .fallback = std::move(fallback),
          .choices = std::move(choices),
          .doc = std::move(doc)};
}
KeySpec flag(std::string path, std::string doc) {
  return {.path = std::move(path), .type = KeyType::boolean, .fallback = "false", .doc = std::move(doc)};
}
KeySpec asked(std::string path, std::string doc) {
  return {.path = std::move(path), .type = KeyType::table, .presence = Presence::asked, .doc = std::move(doc)};
}
KeySpec table(std::string path, std::string doc) {
  return {.path = std::move(path), .type = KeyType::table, .doc = std::move(doc)};
}

KeySpec rate(std::string path, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::quantity,
          .dimension = Dimension::bytes_per_second,
          .minimum = 1e6,
          .maximum = 1e15,
          .doc = std::move(doc)};
}

std::vector<KeySpec> pool_keys() {
  const std::string at = "serving.pool[]";
  return {
      {.path = at, .type = KeyType::tables, .doc = "Instances of one kind: prefill, decode, or both in one."},
      {.path = at + ".name", .type = KeyType::text, .fallback_source = "the role", .doc = "What results call the pool."},
      {.path = at + ".fleet", .type = KeyType::text, .fallback_source = "the first fleet pool", .doc = "Fleet pool it runs on."},
      choice(at + ".role", {"joint", "prefill", "decode"}, "joint",
             "What its instances do; prefill and decode pools go together."),
      whole(at + ".instances", 1, 20000, "", "Instances; as many as the fleet pool holds where it is left out."),
      {.path = at + ".engine",
       .type = KeyType::text,
       .presence = Presence::required,
       .doc = "Serving engine of scenarios/engines.toml."},
      whole(at + ".tp", 1, 1024, "1", "Ranks over which attention and dense layers are split."),
      whole(at + ".dp", 1, 4096, "1", "Attention groups, each with sequences of its own."),
      whole(at + ".pp", 1, 256, "1", "Pipeline stages."),
      whole(at + ".ep", 1, 4096, "1", "Groups of whole experts over the tp · dp ranks."),
      choice(at + ".experts", {"split", "local", "exchange", "gather"}, "split",
             "How tokens meet experts: experts cut over all ranks, whole experts with all tokens everywhere, dispatch and "
             "combine, or gather and scatter."),
      whole(at + ".redundant_experts", 0, 4096, "0", "Copies of busy experts over the whole instance."),
      choice(at + ".balance", {"even", "eplb", "natural"}, "natural", "How evenly tokens fall on experts."),
      choice(at + ".weights", kFormats, "bf16", "Stored format of weights."),
      flag(at + ".tensor_scaled", "8-bit floating point with one scale a tensor instead of one a block."),
      choice(at + ".kv", kFormats, "bf16", "Stored format of keys and values."),
      choice(at + ".attention", {"bf16", "fp8"}, "bf16",
             "Products of the attention core; fp8 where its kernels do not widen what they read."),
      flag(at + ".two_batch_overlap", "Two half batches whose exchange and kernels overlap."),
      whole(at + ".drafts", 0, 16, "0", "Tokens drafted a step by the model's own MTP modules."),
      real(at + ".acceptance", 0, 1, "0.8", "Probability that a draft is accepted if all before it were."),
      flag(at + ".offload_experts", "Routed experts in the host's memory, computed there."),
      whole(at + ".max_batched_tokens", 1, 1e7, "",
            "Tokens of one iteration of one attention group; the engine's where left out."),
      whole(at + ".max_sequences", 1, 1e6, "", "Sequences of one attention group; the engine's where left out."),
      real(at + ".memory_fraction", 0.05, 1, "", "Share of the device memory; the engine's where left out."),
      {.path = at + ".preemption",
       .type = KeyType::choice,
       .fallback_source = "the engine's",
       .choices = {"recompute", "swap"},
       .doc = "What becomes of the youngest sequence where memory runs out: computed again, or kept in host memory."},
      whole(at + ".kv_tokens", 1, 1e12, "",
            "Tokens whose keys and values one attention group holds; from memory where left out."),
      {.path = at + ".front_end",
       .type = KeyType::boolean,
       .fallback = "true",
       .doc = "Whether latencies hold what requests spend outside the engine."},
      choice(at + ".order", {"arrival", "shortest-first"}, "arrival", "Which waiting prompt goes first."),
      real(at + ".hidden_transfer", 0, 1, "0", "Share of a key-value transfer that runs behind the prefill, layer by layer."),
      real(at + ".kv_spread", 0, 10, "0", "Cached tokens of the fullest attention group over the mean, less 1."),
      asked(at + ".autoscale", "Instances follow the load."),
      real(at + ".autoscale.target", 0.01, 1, "0.7", "Share of what an instance can do that is kept in use."),
      whole(at + ".autoscale.least", 1, 1e6, "1", "Instances that always run."),
      time(at + ".autoscale.period", "5 min", "Time between decisions."),
      time(at + ".autoscale.start", "60 s", "Time until an added instance takes requests."),
      {.path = at + ".autoscale.hours",
       .type = KeyType::text,
       .doc =
           "Instances by hour of the day, 24 whole numbers; they take the place of the target. The rest is free for training."},
      asked(at + ".failures", "Instances that break down."),
      seldom(at + ".failures.mean_time_between", "0 s", "Mean time between failures of one instance; 0 = never."),
      time(at + ".failures.repair", "10 min", "Time until it serves again."),
      asked(at + ".prefix_cache", "Prompts' blocks kept for reuse, for traces and sessions."),
      whole(at + ".prefix_cache.hbm_blocks", 0, 1e12, "0", "Blocks in the GPUs' memory of one instance."),
      whole(at + ".prefix_cache.dram_blocks", 0, 1e12, "0", "Blocks in host memory."),
      whole(at + ".prefix_cache.storage_blocks", 0, 1e12, "0", "Blocks on disk or another machine."),
      rate(at + ".prefix_cache.dram_bandwidth", "Rate from host memory to the GPUs; at once where left out."),
      rate(at + ".prefix_cache.storage_bandwidth", "Rate from disk or the other machine; at once where left out."),
  };
}

std::vector<KeySpec> length_keys(const std::string& at, const std::string& doc) {
  return {
      {.path = at, .type = KeyType::table, .doc = doc},
      choice(at + ".kind", {"fixed", "uniform", "lognormal", "exponential"}, "fixed", "Distribution."),
      real(at + ".mean", 1, 1e7, "1024", "Mean, tokens."),
      real(at + ".variation", 0, 100, "1", "Coefficient of variation of a lognormal."),
      real(at + ".low", 1, 1e7, "1", "Least of a uniform."),
      real(at + ".high", 1, 1e7, "1", "Most of a uniform."),
      whole(at + ".most", 1, 1e7, "1048576", "Longer ones are cut to this."),
  };
}

std::vector<KeySpec> workload_keys() {
  const std::string at = "serving.workload";
  std::vector<KeySpec> out{
      {.path = at, .type = KeyType::table, .doc = "What users send."},
      choice(at + ".arrivals", {"poisson", "gamma", "mmpp", "closed-loop", "burst", "trace"}, "poisson", "When requests arrive."),
      {.path = at + ".rate",
       .type = KeyType::quantity,
       .dimension = Dimension::rate,
       .minimum = 1e-9,
       .maximum = 1e9,
       .fallback = "1 /s",
       .doc = "Mean arrival rate."},
      real(at + ".variation", 0.01, 100, "1", "Coefficient of variation of gamma intervals."),
      real(at + ".busy_factor", 1, 1e4, "4", "mmpp: rate in the busy state over the calm one's."),
      time(at + ".busy", "10 s", "mmpp: mean length of a busy state."),
      time(at + ".calm", "60 s", "mmpp: mean length of a calm state."),
      whole(at + ".clients", 1, 1e7, "1", "Clients of a closed loop."),
      choice(at + ".start", {"together", "warm", "staggered"}, "together",
             "How a closed loop begins: all clients at once; the same, first requests not counted; or each in the middle of a "
             "request that is not counted."),
      {.path = at + ".hours", .type = KeyType::text, .doc = "24 numbers: the rate by hour of the day, over any common scale."},
      {.path = at + ".trace", .type = KeyType::text, .doc = "Trace file, relative to this file."},
      real(at + ".trace_speed", 1e-3, 1e3, "1", "More than 1 replays the trace faster."),
      real(at + ".cached_share", 0, 0.999, "0", "Share of prompt tokens found in a cache outside the simulation."),
      time(at + ".duration", "0 s", "Time in which requests arrive; 0 = until `requests`."),
      whole(at + ".requests", 0, 1e12, "0", "Requests at most; 0 = no limit."),
      real(at + ".turns", 1, 1000, "1", "Mean turns of a conversation."),
      time(at + ".think", "60 s", "Mean time between turns."),
      whole(at + ".shared_prefix", 0, 1e6, "0", "Tokens of a system prompt that all conversations begin with."),
  };
  for (std::vector<KeySpec> part :
       {length_keys(at + ".prompt", "Length of prompts."), length_keys(at + ".output", "Length of answers.")})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

// Who uses the default of a key, by the key's end.
constexpr std::pair<std::string_view, std::string_view> kSources[] = {
    {".router", "vLLM's data-parallel balancing"},
    {".warm_up", "every request counts"},
    {".horizon", "until the last request ends"},
    {".search", "the load is as stated"},
    {".sample_period", "readable tables of some hours"},
    {".slo.ttft", "no promise"},
    {".slo.tpot", "no promise"},
    {".slo.e2e", "no promise"},
    {".slo.attainment", "DistServe (2024) plans for 90 %"},
    {".role", "one instance does both"},
    {".tp", "vLLM, SGLang"},
    {".dp", "vLLM, SGLang"},
    {".pp", "vLLM, SGLang"},
    {".ep", "vLLM, SGLang"},
    {".experts", "vLLM without --enable-expert-parallel"},
    {".redundant_experts", "vLLM, SGLang"},
    {".balance", "no balancer runs unless told to"},
    {".weights", "as most checkpoints are published"},
    {".tensor_scaled", "blocks, as DeepSeek-V3's checkpoint"},
    {".kv", "vLLM's --kv-cache-dtype auto: the model's"},
    {".attention", "kernels widen what they read"},
    {".two_batch_overlap", "SGLang without --enable-two-batch-overlap"},
    {".drafts", "no speculation unless told to"},
    {".acceptance", "less than the 85 to 90 % of DeepSeek-V3's report, s. 5.4.3"},
    {".offload_experts", "weights on the GPU"},
    {".front_end", "users measure at the client"},
    {".order", "vLLM, SGLang: first come, first served"},
    {".hidden_transfer", "after the prefill, as Mooncake's and vLLM's connectors without layer-wise sending"},
    {".kv_spread", "groups filled evenly"},
    {".autoscale.target", "an assumption: state your own"},
    {".autoscale.least", "one stays warm"},
    {".autoscale.period", "an assumption: state your own"},
    {".autoscale.start", "an assumption: loading of weights takes about a minute"},
    {".failures.mean_time_between", "none fails"},
    {".failures.repair", "an assumption: state your own"},
    {"_blocks", "no cache on that tier"},
    {".arrivals", "independent users"},
    {".rate", "an assumption: state your own"},
    {".variation", "that of an exponential law"},
    {".busy_factor", "an assumption: state your own"},
    {".busy", "an assumption: state your own"},
    {".calm", "an assumption: state your own"},
    {".clients", "one user"},
    {".start", "as benchmarks begin"},
    {".trace_speed", "as recorded"},
    {".cached_share", "no cache outside"},
    {".duration", "until `requests` have come"},
    {".requests", "as many as come in `duration`"},
    {".turns", "single requests"},
    {".think", "an assumption: state your own"},
    {".shared_prefix", "none"},
    {".kind", "as benchmarks of one length"},
    {".mean", "an assumption: state your own"},
    {".low", "one token"},
    {".high", "one token"},
    {".most", "no cut"},
};

// The first of the list that fits wins: longer ends stand before their own ends.
void name_sources(std::vector<KeySpec>& keys) {
  for (KeySpec& key : keys) {
    if (key.fallback.empty() || !key.fallback_source.empty()) continue;
    const auto found = std::ranges::find_if(kSources, [&](const auto& source) { return key.path.ends_with(source.first); });
    if (found != std::end(kSources)) key.fallback_source = found->second;
  }
}

}  // namespace

std::vector<KeySpec> serving_keys() {
  std::vector<KeySpec> out{
      asked("serving", "A serving deployment."),
      choice("serving.router", {"round-robin", "least-loaded", "cache-aware", "session-affinity", "central"}, "least-loaded",
             "How requests find an instance."),
      time("serving.warm_up", "0 s", "Requests that arrive earlier do not count."),
      time("serving.horizon", "0 s", "Time at which tokens cease to be counted; 0 = when the last request ends."),
      choice("serving.search", {"none", "rate", "nodes"}, "none",
             "Capacity search: the largest rate of arrivals, or the fewest instances of the first pool, at which the promise "
             "holds."),
      time("serving.sample_period", "10 min", "Time between points of the time series."),
      table("serving.slo", "What users are promised."),
      time("serving.slo.ttft", "0 s", "Time to the first token; 0 = no promise."),
      time("serving.slo.tpot", "0 s", "Time of a further token, mean of a request."),
      time("serving.slo.e2e", "0 s", "Time to the last token."),
      real("serving.slo.attainment", 0.01, 1, "0.9", "Share of requests for which it must hold in a capacity search."),
  };
  for (std::vector<KeySpec> part : {pool_keys(), workload_keys()}) out.insert(out.end(), part.begin(), part.end());
  name_sources(out);
  return out;
}

}  // namespace gpufleet::scenarios
