// Policies after the engines' schedulers: vLLM's (Kwon et al. 2023; chunked prefill of Agrawal et al. 2024), SGLang's and
// TensorRT-LLM's in-flight batching. A sequence with k cached tokens holds ceil(k / block) blocks.
#include "sim/serving/instance.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace gpufleet::sim {

Instance::Instance(const ServingPool& pool)
    : pool_(pool),
      limits_(pool.limits),
      prefix_(pool.prefix),
      waiting_(pool.limits.order),
      running_(pool.limits.block),
      total_(pool.limits.kv_blocks * pool.limits.groups) {}

bool Instance::fits(std::int64_t prompt, std::int64_t output) const {
  // A sequence lives in one attention group.
  const std::int64_t most = pool_.role == PoolRole::prefill ? prompt : prompt + output;
  return blocks_for(most) <= limits_.kv_blocks;
}

double Instance::load() const {
  // A running sequence weighs as much as the share of a full batch that it takes.
  const double sequence = static_cast<double>(limits_.max_batched_tokens) / limits_.max_sequences;
  return static_cast<double>(waiting_.tokens()) +
         sequence * static_cast<double>(running_.count() + static_cast<std::int64_t>(waiting_.size())) +
         static_cast<double>(prefill_);
}

bool Instance::admit(RequestTable& table, Slot32 slot) {
  const std::int64_t tokens =
      std::int64_t{table[slot].prompt} +
      (limits_.admission == Admission::prompt_and_output && pool_.role != PoolRole::prefill ? table[slot].output : 0);
  const std::int64_t need = blocks_for(tokens);
  if (used_ + need + reserved_ > total_) return false;
  used_ += need;
  table[slot].blocks = static_cast<std::int32_t>(need);
  return true;
}

// Decode instance: prompts come with their keys and values; they join as soon as there is room.
void Instance::admit_decoding(RequestTable& table) {
  const std::int64_t most = std::int64_t{limits_.max_sequences} * limits_.groups;
  while (!waiting_.empty() && running_.count() < most) {
    const Slot32 slot = waiting_.front();
    if (!admit(table, slot)) return;
    waiting_.pop();
    table[slot].state = RequestState::decoding;
    if (table[slot].done < table[slot].prompt && limits_.preemption == Preemption::swap) {  // preempted here: brought back
      loading_ += table[slot].cached * limits_.swap_seconds_per_token;
      table[slot].done = table[slot].prompt;
    } else if (table[slot].done < table[slot].prompt) {  // or computed again, as one prompt
      const double tokens = table[slot].prompt;
      loading_ += pool_.iteration.seconds(
          {.prefill_tokens = tokens, .prefill_core = pool_.iteration.prefill_core(tokens, 0), .prefill_sequences = 1});
      table[slot].done = table[slot].prompt;
    }
    running_.join(table, slot, table[slot].prompt, table[slot].output);
  }
}

std::int64_t Instance::next_step() const {
  return static_cast<std::int64_t>(std::floor(emitted_ + pool_.iteration.tokens_per_step() + 1e-9)) - emitted_whole_;
}

void Instance::preempt(RequestTable& table, Slot32 slot) {
  const std::int64_t cached = running_.cached_of(table, slot), remaining = running_.remaining_of(table, slot);
  running_.remove(table, slot);
  used_ -= blocks_for(cached);
  ++preemptions_;
  table[slot].prompt = static_cast<std::int32_t>(cached + 1);
  table[slot].output = static_cast<std::int32_t>(remaining);
  // Swapped out: all but the newest token comes back from host memory; otherwise it is computed again.
  table[slot].cached = limits_.preemption == Preemption::swap ? static_cast<std::int32_t>(cached) : 0;
  table[slot].done = 0;
  table[slot].state = RequestState::waiting;
  waiting_.push_front(slot, table[slot].prompt - table[slot].cached);
}

// Every running sequence must be able to take its tokens; the youngest give way.
void Instance::make_room(RequestTable& table) {
  if (limits_.admission == Admission::prompt_and_output) return;
  const std::int64_t step = next_step();
  while (running_.count() > 0 && used_ + running_.block_growth(step) > total_) preempt(table, running_.youngest());
}

// Attention groups wait for each other in every layer. A scheduler that balances their attention (DeepSeek's, open-infra-index,
// day 6) gives a chunk far into a long prompt no more products of queries and keys than a fresh one of the largest size M has:
// q·(prefix + q/2) <= M²/2.
std::int64_t Instance::balanced_chunk(std::int64_t tokens, std::int64_t prefix) const {
  if (limits_.groups == 1) return tokens;
  const double before = static_cast<double>(prefix), most = static_cast<double>(limits_.max_batched_tokens);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::sqrt(before * before + most * most) - before), 1, tokens);
}

double Instance::full_batch_seconds() const {
  if (prefill_ == 0) return 0;
  const double full = static_cast<double>(limits_.max_batched_tokens), tokens = static_cast<double>(prefill_);
  const double batches = tokens / (full * limits_.groups), grown = full / tokens;
  const double sequences = static_cast<double>(chunks_.size()) * grown;
  return batches *
         pool_.iteration.seconds(
             {.prefill_tokens = full, .prefill_core = core_ * grown, .prefill_sequences = sequences, .last_chunks = sequences});
}

void Instance::add_chunk(RequestTable& table, Slot32 slot, std::int64_t& budget) {
  const std::int64_t left = std::int64_t{table[slot].prompt} - table[slot].done;
  const std::int64_t tokens =
      balanced_chunk(std::min({left, budget, std::int64_t{limits_.max_batched_tokens}}), table[slot].done);
  const double core = pool_.iteration.prefill_core(static_cast<double>(tokens), table[slot].done);
  chunks_.push_back({slot, static_cast<std::int32_t>(tokens), tokens == left});
  budget -= tokens;
  prefill_ += tokens;
  largest_ = std::max(largest_, tokens);
  core_ += core;
  largest_core_ = std::max(largest_core_, core);
}

void Instance::add_chunks(RequestTable& table, WaitQueue& central, std::int64_t budget) {
  for (const Slot32 slot : partial_) {
    if (budget <= 0) return;
    add_chunk(table, slot, budget);
  }
  const std::int64_t most = std::int64_t{limits_.max_sequences} * limits_.groups;
  while (budget > 0) {
    WaitQueue& queue = waiting_.empty() ? central : waiting_;
    if (queue.empty()) return;
    const auto begun = static_cast<std::int64_t>(chunks_.size());
    if (running_.count() + begun >= most) return;
    const Slot32 slot = queue.front();
    if (!admit(table, slot)) return;
    queue.pop();
    if (prefix_.spec().on() && !table.names[slot].empty()) {
      const PrefixHit hit = prefix_.use(table.names[slot]);
      const std::int64_t tokens = std::min<std::int64_t>(hit.total() * prefix_.spec().block_tokens, table[slot].prompt - 1);
      table[slot].cached = std::max(table[slot].cached, static_cast<std::int32_t>(tokens));
      for (std::size_t tier = 0; tier < kCacheTiers; ++tier)
        if (const double rate = prefix_.spec().bandwidth[tier]; rate > 0)
          loading_ += static_cast<double>(hit.blocks[tier] * prefix_.spec().block_tokens) * pool_.kv_bytes_per_token / rate;
    } else if (limits_.preemption == Preemption::swap && table[slot].first >= 0) {
      loading_ += table[slot].cached * limits_.swap_seconds_per_token;
    }
    table[slot].done = table[slot].cached;
    table[slot].state = RequestState::prefilling;
    partial_.push_back(slot);
    add_chunk(table, slot, budget);
  }
}

double Instance::price() const {
  const double groups = limits_.groups;
  IterationLoad load;
  if (step_ > 0) {
    load.decode_sequences = std::ceil(static_cast<double>(running_.count()) / groups);
    load.decode_cached = static_cast<double>(running_.cached()) / groups * (1 + pool_.kv_spread);
    if (groups > 1)
      load.decode_cached *= load.decode_sequences * groups / std::max<double>(1, static_cast<double>(running_.count()));
  }
  if (!chunks_.empty()) {
    // A prompt lives in one group and groups wait for each other: the busiest has its share of whole chunks.
    const double chunks = static_cast<double>(chunks_.size());
    const double busiest = std::ceil(chunks / groups) / chunks;
    load.prefill_tokens = std::min(std::max(static_cast<double>(prefill_) * busiest, static_cast<double>(largest_)),
                                   static_cast<double>(limits_.max_batched_tokens));
    load.prefill_core = std::max(core_ * busiest, largest_core_);
    load.prefill_sequences = static_cast<double>(chunks_.size());
    load.last_chunks =
        std::ceil(static_cast<double>(std::ranges::count_if(chunks_, [](const Chunk& c) { return c.last; })) / groups);
  }
  const IterationParts busiest = pool_.iteration.parts(load);
  double seconds = busiest.total;
  // Experts that gather tokens (their collectives stand in line, no exchange) work on the sum over all groups, however unevenly
  // prompts lie; only attention waits for the busiest group.
  const double mean = static_cast<double>(prefill_) / groups;
  if (groups > 1 && mean < load.prefill_tokens && busiest.collectives > 0 && busiest.exchange == 0) {
    load.prefill_tokens = mean;
    seconds -= std::max(0.0, busiest.ffn - pool_.iteration.parts(load).ffn);
  }
  return seconds + loading_;
}

double Instance::start(RequestTable& table, WaitQueue& central) {
  check(!busy_, "an instance does one iteration at a time");
  chunks_.clear();
  step_ = prefill_ = largest_ = 0;
  core_ = largest_core_ = loading_ = 0;
  reserved_ = limits_.admission == Admission::prompt ? running_.block_growth(next_step()) : 0;
  if (pool_.role == PoolRole::decode) {
    admit_decoding(table);
    make_room(table);
    if (running_.count() == 0 && waiting_.empty()) return -1;
  } else {
    const std::int64_t budget = std::int64_t{limits_.max_batched_tokens} * limits_.groups;
    if (limits_.policy == IterationPolicy::mixed) {
      make_room(table);
      reserved_ = limits_.admission == Admission::prompt ? running_.block_growth(next_step()) : 0;
      add_chunks(table, central, budget - running_.count());
    } else {
      add_chunks(table, central, budget);
      if (chunks_.empty()) make_room(table);
    }
  }
  const bool decodes = running_.count() > 0 && (chunks_.empty() || limits_.policy == IterationPolicy::mixed);
  if (decodes) step_ = next_step();
  if (step_ == 0 && chunks_.empty()) return -1;
  busy_ = true;
  ++iterations_;
  return price();
}

void Instance::end(RequestTable& table, Slot32 slot, IterationOutcome& out) {
  if (limits_.admission == Admission::prompt_and_output)
    used_ -= table[slot].blocks;
  else
    used_ -= blocks_for(running_.cached_of(table, slot));
  out.ended.push_back(slot);
}

void Instance::finish(RequestTable& table, IterationOutcome& out) {
  check(busy_, "no iteration was begun");
  busy_ = false;
  if (step_ > 0) {
    emitted_ += pool_.iteration.tokens_per_step();
    emitted_whole_ += step_;
    const std::int64_t before = running_.cached();
    std::int64_t gone = 0;
    const std::int64_t grown = running_.advance(table, step_, [&](Slot32 slot) {
      gone += running_.cached_of(table, slot);
      end(table, slot, out);
    });
    // Tokens given out are the growth of all caches, of the ended ones too.
    out.output_tokens += running_.cached() + gone - before;
    if (limits_.admission == Admission::prompt) used_ += grown;
  }
  for (const Chunk& chunk : chunks_) {
    const Slot32 slot = chunk.slot;
    table[slot].done += chunk.tokens;
    if (!chunk.last) continue;
    ++out.output_tokens;
    out.first_tokens.push_back(slot);
    --table[slot].output;
    if (pool_.role == PoolRole::prefill) {
      ++sending_;
      table[slot].due = epoch_;
      table[slot].state = RequestState::transferring;
      out.prefilled.push_back(slot);
    } else if (table[slot].output == 0) {
      table[slot].state = RequestState::waiting;
      used_ -= table[slot].blocks;
      out.ended.push_back(slot);
    } else {
      table[slot].state = RequestState::decoding;
      running_.join(table, slot, table[slot].prompt, table[slot].output);
    }
  }
  std::erase_if(partial_, [&](Slot32 slot) { return table[slot].state != RequestState::prefilling; });
  out.prefill_tokens += prefill_;
  prefill_ = 0;
  check(used_ >= 0 && used_ <= total_, "KV blocks are never negative and never more than there are");
}

void Instance::release_blocks(RequestTable& table, Slot32 slot) {
  if (table[slot].blocks == 0 || table[slot].due != epoch_) return;  // given back before, or lost in a failure
  used_ -= table[slot].blocks;
  table[slot].blocks = 0;
  --sending_;
  check(used_ >= 0 && sending_ >= 0, "blocks are given back once");
}

void Instance::fail(RequestTable& table, std::vector<Slot32>& lost) {
  while (running_.count() > 0) {
    const Slot32 slot = running_.youngest();
    const std::int64_t cached = running_.cached_of(table, slot), remaining = running_.remaining_of(table, slot);
    running_.remove(table, slot);
    table[slot].prompt = static_cast<std::int32_t>(cached + 1);
    table[slot].output = static_cast<std::int32_t>(remaining);
    lost.push_back(slot);
  }
  lost.insert(lost.end(), partial_.begin(), partial_.end());
  partial_.clear();
  while (!waiting_.empty()) lost.push_back(waiting_.pop());
  chunks_.clear();
  for (const Slot32 slot : lost) table[slot].cached = table[slot].done = 0;
  used_ = sending_ = step_ = prefill_ = 0;
  busy_ = false;
  ++epoch_;
  prefix_.clear();
}

}  // namespace gpufleet::sim
