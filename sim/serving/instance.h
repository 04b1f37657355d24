// One instance at work: what it does in its next iteration (continuous batching, chunked prefill, admission into paged KV memory,
// preemption), and what that iteration leaves behind. Knows nothing of other instances or of the event queue.
#pragma once

#include <vector>

#include "sim/serving/decode_set.h"
#include "sim/serving/job.h"
#include "sim/serving/request_table.h"
#include "sim/serving/wait_queue.h"

namespace gpufleet::sim {

/// Requests that changed hands at the end of an iteration.
struct IterationOutcome {
  std::vector<Slot32> first_tokens;  ///< prompt done, first token out
  std::vector<Slot32> ended;         ///< answer complete
  std::vector<Slot32> prefilled;     ///< of a prefill instance: to be sent on
  std::int64_t output_tokens = 0;
  std::int64_t prefill_tokens = 0;
  void clear() {
    first_tokens.clear(), ended.clear(), prefilled.clear();
    output_tokens = prefill_tokens = 0;
  }
};

class Instance {
 public:
  /// Holds a reference to its pool: the pool must outlive it.
  explicit Instance(const ServingPool& pool);

  /// A request that waits here: for its prefill, or, on a decode instance, for room.
  void enqueue(const RequestTable& table, Slot32 slot) { waiting_.push(slot, table[slot].prompt - table[slot].cached); }

  /// Plans the next iteration and returns its seconds; nothing to do: negative. `central` may hold requests for any instance.
  double start(RequestTable& table, WaitQueue& central);
  /// What the iteration begun last has done. Precondition: one was begun.
  void finish(RequestTable& table, IterationOutcome& out);
  /// Keys and values of a prefilled request have left: its blocks are free. Once a request; later calls do nothing.
  void release_blocks(RequestTable& table, Slot32 slot);
  /// Everything it holds is lost; slots go to `lost`, to start again elsewhere.
  void fail(RequestTable& table, std::vector<Slot32>& lost);

  /// Whether the request could ever fit.
  [[nodiscard]] bool fits(std::int64_t prompt, std::int64_t output) const;
  [[nodiscard]] bool busy() const { return busy_; }
  [[nodiscard]] bool idle_and_empty() const {
    return !busy_ && waiting_.empty() && running_.count() == 0 && partial_.empty() && sending_ == 0;
  }
  /// What a router compares: prompt tokens that wait and sequences that run, in tokens.
  [[nodiscard]] double load() const;
  [[nodiscard]] std::int64_t running() const { return running_.count(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::int64_t used_blocks() const { return used_; }
  [[nodiscard]] std::int64_t total_blocks() const { return total_; }
  /// Seconds that the prompt tokens of the iteration begun last would take as part of full batches of their kind.
  [[nodiscard]] double full_batch_seconds() const;
  [[nodiscard]] std::uint64_t preemptions() const { return preemptions_; }
  [[nodiscard]] std::uint64_t iterations() const { return iterations_; }
  [[nodiscard]] PrefixCache& prefix() { return prefix_; }
  [[nodiscard]] const PrefixCache& prefix() const { return prefix_; }

 private:
  struct Chunk {
    Slot32 slot = 0;
    std::int32_t tokens = 0;
    bool last = false;
  };
  [[nodiscard]] std::int64_t blocks_for(std::int64_t tokens) const { return (tokens + limits_.block - 1) / limits_.block; }
  [[nodiscard]] bool admit(RequestTable& table, Slot32 slot);
  void admit_decoding(RequestTable& table);
  void add_chunks(RequestTable& table, WaitQueue& central, std::int64_t budget);
  void add_chunk(RequestTable& table, Slot32 slot, std::int64_t& budget);
  void make_room(RequestTable& table);
  void preempt(RequestTable& table, Slot32 slot);
  void end(RequestTable& table, Slot32 slot, IterationOutcome& out);
  [[nodiscard]] std::int64_t next_step() const;
  [[nodiscard]] std::int64_t balanced_chunk(std::int64_t tokens, std::int64_t prefix) const;
  [[nodiscard]] double price() const;

  const ServingPool& pool_;
  InstanceLimits limits_;
  PrefixCache prefix_;
  WaitQueue waiting_;
  DecodeSet running_;
  std::vector<Slot32> partial_;  ///< prompts begun in an earlier iteration
  std::vector<Chunk> chunks_;    ///< of the iteration in progress
  std::int64_t total_ = 0, used_ = 0;
  std::int64_t reserved_ = 0;  ///< blocks that the running sequences take in the iteration being planned
  std::int64_t epoch_ = 0;     ///< failures so far
  std::int64_t sending_ = 0;   ///< requests whose keys and values are on their way out
  std::int64_t step_ = 0;      ///< tokens each running sequence takes in the iteration in progress; 0 = no decoding
  double emitted_ = 0;         ///< tokens per sequence so far, before rounding to whole ones
  std::int64_t emitted_whole_ = 0;
  double loading_ = 0;  ///< s of prefix and swap loading in the iteration in progress
  double core_ = 0, largest_core_ = 0;
  std::int64_t prefill_ = 0, largest_ = 0;
  bool busy_ = false;
  std::uint64_t preemptions_ = 0, iterations_ = 0;
};

}  // namespace gpufleet::sim
