#include "sim/training/pipeline.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "core/random.h"
#include "sim/engine/event_queue.h"

namespace gpufleet::sim {
namespace {

constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();

StepPart part_of(OpKind kind) {
  switch (kind) {
    case OpKind::forward: return StepPart::forward;
    case OpKind::weight: return StepPart::weight;
    case OpKind::pair: return StepPart::overlapped;
    default: return StepPart::backward;
  }
}

/// One transfer between neighbours.
struct Hop {
  Time time;
  LinkUse use;
};

/// Position of each (rank, chunk) in its chain.
struct Seat {
  std::int32_t chain = -1, position = -1;
};

class Runner {
 public:
  explicit Runner(const PipelineInput& input) : in_(input), program_(*input.program) {
    ranks_ = static_cast<std::size_t>(program_.ranks);
    chunks_ = static_cast<std::size_t>(program_.chunks);
    batches_ = static_cast<std::size_t>(program_.micro_batches);
    seats_.resize(ranks_ * chunks_);
    for (std::size_t chain = 0; chain < program_.chains.size(); ++chain)
      for (std::size_t i = 0; i < program_.chains[chain].size(); ++i) {
        const Place& place = program_.chains[chain][i];
        seats_[seat_index(place.rank, place.chunk)] = {static_cast<std::int32_t>(chain), static_cast<std::int32_t>(i)};
      }
    const auto lanes = static_cast<std::size_t>(in_.lanes);
    workers_.resize(lanes * ranks_);
    // Arrival times of a chunk's input and of its output's gradient, by [worker][chunk][micro-batch].
    forward_arrival_.assign(lanes * ranks_ * chunks_ * batches_, kUnknown);
    backward_arrival_ = forward_arrival_;
    groups_.assign(lanes / static_cast<std::size_t>(in_.group) * ranks_, 0);
    for (std::size_t lane = 0; lane < lanes; ++lane)
      for (const auto& chain : program_.chains)
        for (std::size_t i = 0; i < batches_; ++i)
          forward_arrival_[slot(lane * ranks_ + static_cast<std::size_t>(chain[0].rank), chain[0].chunk,
                                static_cast<std::int32_t>(i))] = 0;
    result_.ranks.resize(ranks_);
    for (RankTimeline& rank : result_.ranks) {
      rank.last_backward_begin.resize(chunks_);
      rank.last_backward_end.resize(chunks_);
      rank.reduce_delay.resize(chunks_);
    }
    if (in_.block_log_sigma > 0) draw_factors();
    if (in_.sharing != nullptr) open_streams();
  }

  PipelineResult run(const RunControl& control) {
    for (std::size_t worker = 0; worker < workers_.size(); ++worker) try_start(worker, Time(0));
    constexpr std::uint64_t kPollEvery = 65536;
    while (!queue_.empty()) {
      const Event event = queue_.pop();
      if (++result_.events % kPollEvery == 0 && control.stopped()) return result_;
      wake(event.payload, event.time);
    }
    for (const Worker& worker : workers_) check(worker.next == worker_ops(worker).size(), "the pipeline program is stuck");
    return std::move(result_);
  }

 private:
  struct Worker {
    std::size_t next = 0;      // op to start, or running
    std::int64_t end = 0;      // of the running op
    std::int64_t free_at = 0;  // end, plus a blocking send
    bool running = false, waiting = false;
    std::uint32_t rank = 0;
    Beside beside;  // transfers of this GPU that no block waits for, as of `beside_at`
    std::int64_t beside_at = 0;
    std::int64_t last_arrival = 0;  // of the sends so far
  };
  /// A send on its way: where it is awaited, and when it would be there if it had its links to itself from its begin on.
  struct Message {
    std::vector<std::int64_t>* arrivals;
    std::size_t slot;
    std::uint32_t receiver;
    std::int64_t alone;
  };
  static constexpr std::uint32_t kGather = 0xFFFFFFFFU;

  [[nodiscard]] std::size_t seat_index(int rank, int chunk) const {
    return static_cast<std::size_t>(rank) * chunks_ + static_cast<std::size_t>(chunk);
  }
  [[nodiscard]] std::size_t slot(std::size_t worker, int chunk, int micro_batch) const {
    return (worker * chunks_ + static_cast<std::size_t>(chunk)) * batches_ + static_cast<std::size_t>(micro_batch);
  }
  [[nodiscard]] const std::vector<Op>& worker_ops(const Worker& worker) const { return program_.ops[worker.rank]; }

  [[nodiscard]] std::int64_t forward_ready(std::size_t worker, int chunk, int micro_batch) const {
    return forward_arrival_[slot(worker, chunk, micro_batch)];
  }
  [[nodiscard]] std::int64_t backward_ready(std::size_t worker, int chunk, int micro_batch) const {
    return backward_arrival_[slot(worker, chunk, micro_batch)];
  }
  [[nodiscard]] std::int64_t inputs_ready(std::size_t worker, const Op& op) const {
    switch (op.kind) {
      case OpKind::forward: return forward_ready(worker, op.chunk, op.micro_batch);
      case OpKind::weight: return 0;
      case OpKind::pair:
        return std::max(forward_ready(worker, op.chunk, op.micro_batch),
                        backward_ready(worker, op.backward_chunk, op.backward_micro_batch));
      default: return backward_ready(worker, op.chunk, op.micro_batch);
    }
  }
  /// One factor an op, of mean 1.
  void draw_factors() {
    const double sigma = in_.block_log_sigma;
    factors_.resize(ranks_);
    for (std::size_t rank = 0; rank < ranks_; ++rank) {
      RandomStream stream(0, fmt::format("pipeline/{}", rank));
      for (std::size_t i = 0; i < program_.ops[rank].size(); ++i)
        factors_[rank].push_back(std::exp(sigma * stream.normal() - sigma * sigma / 2));
    }
  }
  [[nodiscard]] Time duration(std::size_t rank, const Op& op) const {
    const Time mean = mean_duration(rank, op);
    if (factors_.empty()) return mean;
    const auto index = static_cast<std::size_t>(&op - program_.ops[rank].data());
    return to_time(to_seconds(mean) * factors_[rank][index]);
  }
  [[nodiscard]] Time mean_duration(std::size_t rank, const Op& op) const {
    const BlockTimes& block = in_.blocks[rank][static_cast<std::size_t>(op.chunk)];
    switch (op.kind) {
      case OpKind::forward: return block.forward;
      case OpKind::backward: return block.backward;
      case OpKind::backward_input: return block.backward_input;
      case OpKind::weight: return block.weight;
      case OpKind::pair: return in_.pair[rank][static_cast<std::size_t>(op.chunk)][static_cast<std::size_t>(op.backward_chunk)];
    }
    return Time(0);
  }

  void wake(std::size_t index, Time now) {
    Worker& worker = workers_[index];
    if (worker.running) {
      if (now.value() < worker.free_at) return;  // a message came while the rank works
      worker.running = false;
      ++worker.next;
    }
    try_start(index, now);
  }

  // Starts the worker's next op if it can start now; the last ready member of a group starts all of them.
  void try_start(std::size_t index, Time now) {
    Worker& worker = workers_[index];
    worker.rank = static_cast<std::uint32_t>(index % ranks_);
    const std::vector<Op>& ops = program_.ops[worker.rank];
    if (worker.running || worker.waiting || worker.next == ops.size()) return;
    if (inputs_ready(index, ops[worker.next]) > now.value()) return;  // an arrival or a sender's wake-up will come
    if (in_.group == 1) {
      start(index, now);
      return;
    }
    worker.waiting = true;
    const std::size_t lane = index / ranks_,
                      first = lane / static_cast<std::size_t>(in_.group) * static_cast<std::size_t>(in_.group);
    int& ready = groups_[lane / static_cast<std::size_t>(in_.group) * ranks_ + worker.rank];
    if (++ready < in_.group) return;
    ready = 0;
    for (std::size_t member = first; member < first + static_cast<std::size_t>(in_.group); ++member)
      start(member * ranks_ + worker.rank, now);
  }

  void start(std::size_t index, Time now) {
    Worker& worker = workers_[index];
    const Op& op = program_.ops[worker.rank][worker.next];
    const Time end = now + duration(worker.rank, op) + shared_delay(index, op, now);
    worker.running = true;
    worker.waiting = false;
    worker.end = end.value();
    worker.free_at = worker.end;
    if (op.kind == OpKind::forward || op.kind == OpKind::pair) deliver_forward(index, op.chunk, op.micro_batch, end);
    if (op.kind == OpKind::backward || op.kind == OpKind::backward_input) deliver_backward(index, op.chunk, op.micro_batch, end);
    // The activations and the gradient of a pair leave through the same adapter, one after the other.
    if (op.kind == OpKind::pair)
      deliver_backward(index, op.backward_chunk, op.backward_micro_batch, end + send_after(worker.rank, op.chunk));
    queue_.push(Time(worker.free_at), static_cast<std::uint32_t>(index));
    result_.end = std::max(result_.end, end);
    if (index < ranks_) record(index, op, now, end);
  }

  // Sets the arrival at `there` and wakes its rank then; a blocking send keeps the sender as long.
  void deliver(std::size_t index, std::vector<std::int64_t>& arrivals, const Place& there, int micro_batch, Time end, Hop hop) {
    Worker& worker = workers_[index];
    const std::size_t lane = index / ranks_, other = lane * ranks_ + static_cast<std::size_t>(there.rank);
    if (in_.sharing != nullptr && in_.sends == Sends::asynchronous && other != index) {
      post(index, arrivals, slot(other, there.chunk, micro_batch), other, end, hop);
      return;
    }
    const Time arrival = other == index ? end : end + hop.time;
    arrivals[slot(other, there.chunk, micro_batch)] = arrival.value();
    if (in_.sends == Sends::blocking) worker.free_at = std::max(worker.free_at, arrival.value());
    if (other != index) queue_.push(arrival, static_cast<std::uint32_t>(other));
  }
  [[nodiscard]] Hop hop(std::int32_t chain, std::size_t position) const {
    const auto c = static_cast<std::size_t>(chain);
    return {in_.send[c][position], in_.sharing != nullptr ? in_.send_use[c][position] : LinkUse{}};
  }
  /// Transfer time of the activations that a forward of this chunk sends on; none from the last position.
  [[nodiscard]] Time send_after(std::size_t rank, int chunk) const {
    const Seat seat = seats_[seat_index(static_cast<int>(rank), chunk)];
    const std::vector<Time>& sends = in_.send[static_cast<std::size_t>(seat.chain)];
    const auto position = static_cast<std::size_t>(seat.position);
    return position < sends.size() ? sends[position] : Time(0);
  }
  void deliver_forward(std::size_t index, int chunk, int micro_batch, Time end) {
    const Seat seat = seats_[seat_index(static_cast<int>(index % ranks_), chunk)];
    const auto& chain = program_.chains[static_cast<std::size_t>(seat.chain)];
    const auto next = static_cast<std::size_t>(seat.position) + 1;
    if (next == chain.size())
      backward_arrival_[slot(index, chunk, micro_batch)] = end.value();  // the loss: its gradient is there at once
    else
      deliver(index, forward_arrival_, chain[next], micro_batch, end, hop(seat.chain, next - 1));
  }
  void deliver_backward(std::size_t index, int chunk, int micro_batch, Time end) {
    const Seat seat = seats_[seat_index(static_cast<int>(index % ranks_), chunk)];
    if (seat.position == 0) return;
    const auto previous = static_cast<std::size_t>(seat.position) - 1;
    const auto& chain = program_.chains[static_cast<std::size_t>(seat.chain)];
    deliver(index, backward_arrival_, chain[previous], micro_batch, end, hop(seat.chain, previous));
  }

  // -- links shared with the transfers beside the blocks --

  void open_streams() {
    final_op_.assign(ranks_ * chunks_, std::numeric_limits<std::size_t>::max());
    for (std::size_t rank = 0; rank < ranks_; ++rank)
      for (std::size_t i = 0; i < program_.ops[rank].size(); ++i) {
        const Op& op = program_.ops[rank][i];
        if (op.kind == OpKind::backward || op.kind == OpKind::weight || op.kind == OpKind::pair)
          final_op_[seat_index(static_cast<int>(rank), gradient_chunk(op))] = i;
      }
    for (std::size_t index = 0; index < workers_.size(); ++index) {
      const ParameterTransfers& transfers = in_.parameters[index % ranks_];
      if (transfers.gather > 0)
        workers_[index].beside.add(Stream::parameters, {transfers.gather_use, 0, transfers.gather, 0, kGather});
    }
  }
  [[nodiscard]] static int gradient_chunk(const Op& op) { return op.kind == OpKind::pair ? op.backward_chunk : op.chunk; }

  /// Moves the transfers beside an op to its end; returns how long they hold it up.
  Time shared_delay(std::size_t index, const Op& op, Time now) {
    if (in_.sharing == nullptr) return Time(0);
    Worker& worker = workers_[index];
    const Time alone = duration(worker.rank, op);
    worker.beside.advance_alone(to_seconds(now - Time(worker.beside_at)).value());
    const auto chunk = static_cast<std::size_t>(gradient_chunk(op));
    const ParameterTransfers& transfers = in_.parameters[worker.rank];
    if (final_op_[worker.rank * chunks_ + chunk] == worker.next && !transfers.reduce.empty() && transfers.reduce[chunk] > 0)
      worker.beside.add(Stream::parameters,
                        {transfers.reduce_use[chunk], to_seconds(alone).value() / static_cast<double>(transfers.buckets[chunk]),
                         transfers.reduce[chunk], 0, static_cast<std::uint32_t>(chunk)});
    Time delay;
    if (!worker.beside.empty()) delay = to_time(Seconds(in_.sharing->held_up(worker.rank, op, worker.beside)));
    worker.beside_at = (now + alone + delay).value();
    retime(index, now);
    return delay;
  }

  /// Puts a send behind those of the rank that are still on their way.
  void post(std::size_t index, std::vector<std::int64_t>& arrivals, std::size_t there, std::size_t receiver, Time end, Hop hop) {
    Worker& worker = workers_[index];
    const Time arrival = std::max(end, Time(worker.last_arrival)) + hop.time;
    worker.last_arrival = arrival.value();
    arrivals[there] = arrival.value();
    queue_.push(arrival, static_cast<std::uint32_t>(receiver));
    worker.beside.add(Stream::pipeline,
                      {hop.use, 0, to_seconds(hop.time).value(), 0, static_cast<std::uint32_t>(messages_.size())});
    messages_.push_back({&arrivals, there, static_cast<std::uint32_t>(receiver), arrival.value()});
  }

  /// Takes over what sharing has done to the worker's transfers, as if it stayed idle from now on.
  void retime(std::size_t index, Time now) {
    Worker& worker = workers_[index];
    for (const BesideTransfer& transfer : worker.beside.ended(Stream::pipeline)) retime(worker, transfer, now);
    for (const BesideTransfer& transfer : worker.beside.ended(Stream::parameters)) note(index, transfer);
    worker.beside.forget_ended();
    for (const BesideTransfer& transfer : worker.beside.queue(Stream::parameters)) note(index, transfer);
    if (worker.beside.queue(Stream::pipeline).empty()) return;
    if (worker.beside.queue(Stream::parameters).empty()) {
      for (const BesideTransfer& transfer : worker.beside.queue(Stream::pipeline)) retime(worker, transfer, now);
    } else {
      Beside later = worker.beside;
      later.advance_alone(std::numeric_limits<double>::infinity());
      for (const BesideTransfer& transfer : later.ended(Stream::pipeline)) retime(worker, transfer, now);
    }
  }
  void retime(Worker& worker, const BesideTransfer& transfer, Time now) {
    const Message& message = messages_[transfer.tag];
    std::int64_t& arrival = (*message.arrivals)[message.slot];
    if (arrival <= now.value()) return;  // it is there
    const std::int64_t expected = std::max(now.value(), message.alone + to_time(Seconds(transfer.delay)).value());
    if (expected == arrival) return;
    arrival = expected;
    worker.last_arrival = std::max(worker.last_arrival, arrival);
    queue_.push(Time(arrival), message.receiver);
  }
  void note(std::size_t index, const BesideTransfer& transfer) {
    if (index >= ranks_) return;
    RankTimeline& rank = result_.ranks[index];
    (transfer.tag == kGather ? rank.gather_delay : rank.reduce_delay[transfer.tag]) = to_time(Seconds(transfer.delay));
  }

  void record(std::size_t rank_index, const Op& op, Time begin, Time end) {
    RankTimeline& rank = result_.ranks[rank_index];
    const StepPart part = part_of(op.kind);
    if (rank.end == Time(0)) {
      rank.begin = begin;
      rank.first_forward = end - begin;
    }
    rank.busy[static_cast<std::size_t>(part)] += end - begin;
    rank.end = std::max(rank.end, end);
    if (op.kind == OpKind::backward || op.kind == OpKind::weight || op.kind == OpKind::pair) {
      const auto chunk = static_cast<std::size_t>(op.kind == OpKind::pair ? op.backward_chunk : op.chunk);
      rank.last_backward_begin[chunk] = begin;
      rank.last_backward_end[chunk] = end;
    }
    if (in_.recording == Recording::spans)
      result_.spans.push_back({static_cast<std::int32_t>(rank_index), part, op.micro_batch, op.chunk, begin, end});
  }

  const PipelineInput& in_;
  const Program& program_;
  std::size_t ranks_ = 0, chunks_ = 0, batches_ = 0;
  std::vector<Seat> seats_;
  std::vector<Worker> workers_;
  std::vector<std::int64_t> forward_arrival_, backward_arrival_;
  std::vector<int> groups_;
  std::vector<std::vector<double>> factors_;  // by rank and op; empty: all blocks as their mean
  std::vector<std::size_t> final_op_;         // by seat: index of the op that completes its gradients
  std::vector<Message> messages_;
  EventQueue queue_;
  PipelineResult result_;
};

}  // namespace

PipelineResult run_pipeline(const PipelineInput& input, const RunControl& control) {
  check(input.program != nullptr && input.lanes >= 1 && input.group >= 1 && input.lanes % input.group == 0,
        "run_pipeline: lanes must be whole groups");
  return Runner(input).run(control);
}

}  // namespace gpufleet::sim
