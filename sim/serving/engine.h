// What a serving engine adds to the kernels: host work, scheduling policy, memory policy. One set of constants an engine, for
// every model and chip alike; scenarios/engines.toml holds them with their sources.
#pragma once

#include <string>
#include <vector>

#include "models/serving_work.h"
#include "sim/net/collective_time.h"

namespace gpufleet::sim {

/// mixed: one iteration decodes all running sequences and fills its token budget with prefill chunks (vLLM 1, TensorRT-LLM);
/// prefill_first: waiting prompts run alone before the next decode iteration (SGLang); decode_only and prefill_only: the halves
/// of a disaggregated deployment.
enum class IterationPolicy : std::uint8_t { mixed, prefill_first };
/// What admits a prompt: room for itself, or for itself and all it may generate.
enum class Admission : std::uint8_t { prompt, prompt_and_output };
enum class QueueOrder : std::uint8_t { arrival, shortest_first };
enum class Preemption : std::uint8_t { recompute, swap };

struct ServingEngine {
  std::string name;
  double host_step = 0;          ///< s of an iteration that no kernel hides
  double host_per_sequence = 0;  ///< s, for each sequence in the iteration (sampling, detokenising, scheduling)
  double host_prefill = 0;       ///< s, once an iteration with prompts
  double eager_launch = 0;       ///< s of host time a kernel outside a captured graph; the slower of host and GPU counts
  double graph_gap = 0;          ///< s between kernels inside a captured graph, beyond the kernels' own launch times
  double request_overhead =
      0;  ///< s a request spends in the front end before it queues (parsing, tokenising) and on its way back
  double exchange_stretch = 1;  ///< time of an expert exchange in service over a benchmark's
  double compute_stretch = 1;   ///< time of kernels in service over a benchmark's (clocks under load, cold caches)
  CollectiveLibrary all_reduce = CollectiveLibrary::fused;
  IterationPolicy policy = IterationPolicy::mixed;
  Admission admission = Admission::prompt;
  Preemption preemption = Preemption::recompute;
  int max_batched_tokens = 8192;      ///< tokens of one iteration of one attention group
  int max_sequences = 1024;           ///< sequences of one instance's attention group
  std::vector<int> graph_sizes;       ///< captured batch sizes, ascending; a batch is padded to the next; empty = no padding
  double memory_fraction = 0.9;       ///< of the device memory that the engine takes
  double workspace = 0;               ///< bytes of activations, graphs and communication buffers within it
  int block = 16;                     ///< tokens of a KV block
  int exchange_sms = 20;              ///< SMs that expert exchange holds at prefill
  double log_sigma = 0;               ///< spread of an instance's time around the predicted one, measured on shipped rows
  std::string kernels;                ///< name of the kernel fits that stand for its kernels, where a chip has them
  std::string tensor_scaled_kernels;  ///< name of the kernel fits that stand for GEMMs with one scale a tensor
  std::string source;
};

}  // namespace gpufleet::sim
