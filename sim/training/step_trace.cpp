#include "sim/training/step_trace.h"

#include <algorithm>
#include <map>

namespace gpufleet::sim {
namespace {

double seconds(Time time) { return to_seconds(time).value(); }

bool communication(std::size_t cost) { return cost >= static_cast<std::size_t>(Cost::tensor_comm); }

/// Splits a block's time by cause: exposed communication in proportion to what was communicated, the rest by kernels.
void add_block(const BlockSeconds& block, double length, CriticalPath& path) {
  const double exposed = std::clamp(block.exposed, 0.0, block.seconds), covered = block.seconds - exposed;
  double compute = 0, comm = 0;
  for (std::size_t i = 0; i < block.spent.size(); ++i) (communication(i) ? comm : compute) += block.spent[i];
  for (std::size_t i = 0; i < block.spent.size(); ++i) {
    const double whole = communication(i) ? comm : compute, part = communication(i) ? exposed : covered;
    if (whole > 0) path.by_cost[i] += part * block.spent[i] / whole;
  }
  // What no kernel and no exchange accounts for, and what the transfers beside the block added.
  path.contention += length - (comm > 0 ? exposed : 0.0) - (compute > 0 ? covered : 0.0);
}

class Walk {
 public:
  Walk(const TraceInput& in, StepResult& result) : in_(in), result_(result), program_(*in.program) {
    spans_.resize(program_.ops.size());
    for (Span& span : result.spans) {
      const std::int32_t rank = span.stage - in.first_stage;
      if (rank < 0 || rank >= program_.ranks) continue;
      auto& of_rank = spans_[static_cast<std::size_t>(rank)];
      if (of_rank.size() < program_.ops[static_cast<std::size_t>(rank)].size()) of_rank.push_back(&span);
    }
    for (std::size_t rank = 0; rank < program_.ops.size(); ++rank)
      for (std::size_t i = 0; i < program_.ops[rank].size(); ++i) {
        const Op& op = program_.ops[rank][i];
        const auto r = static_cast<std::int32_t>(rank);
        if (op.kind == OpKind::forward || op.kind == OpKind::pair) forward_[{r, op.chunk, op.micro_batch}] = i;
        if (op.kind == OpKind::backward || op.kind == OpKind::backward_input) backward_[{r, op.chunk, op.micro_batch}] = i;
        if (op.kind == OpKind::pair) backward_[{r, op.backward_chunk, op.backward_micro_batch}] = i;
      }
    for (std::size_t c = 0; c < program_.chains.size(); ++c)
      for (std::size_t i = 0; i < program_.chains[c].size(); ++i)
        seats_[{program_.chains[c][i].rank, program_.chains[c][i].chunk}] = {c, i};
  }

  void run(std::size_t rank) {
    std::size_t index = program_.ops[rank].size() - 1;
    for (;;) {
      Span& span = *spans_[rank][index];
      span.critical = true;
      add_block(in_.block(rank, program_.ops[rank][index]), seconds(span.end - span.begin), result_.critical);
      const Before before = predecessor(rank, index);
      if (!before.found) {
        result_.critical.waiting += seconds(span.begin);
        return;
      }
      const Span& earlier = *spans_[before.rank][before.index];
      result_.critical.by_cost[static_cast<std::size_t>(Cost::pipeline_comm)] += seconds(span.begin - earlier.end);
      if (before.rank != rank) mark_transfer(before.rank, earlier.end);
      rank = before.rank;
      index = before.index;
    }
  }

 private:
  using Key = std::array<std::int32_t, 3>;  // rank, chunk, micro-batch
  struct Before {
    bool found = false;
    std::size_t rank = 0, index = 0;
    Time arrival;
  };

  void consider(Before& best, const std::map<Key, std::size_t>& ops, const Place& from, std::int32_t micro_batch,
                Time send) const {
    const auto found = ops.find({from.rank, from.chunk, micro_batch});
    if (found == ops.end()) return;
    const auto rank = static_cast<std::size_t>(from.rank);
    const Time arrival = spans_[rank][found->second]->end + send;
    if (!best.found || arrival > best.arrival) best = {true, rank, found->second, arrival};
  }
  void consider_forward(Before& best, std::size_t rank, std::int32_t chunk, std::int32_t micro_batch) const {
    const auto [chain, position] = seats_.at({static_cast<std::int32_t>(rank), chunk});
    if (position == 0) return;
    consider(best, forward_, program_.chains[chain][position - 1], micro_batch, in_.pipeline_input->send[chain][position - 1]);
  }
  void consider_backward(Before& best, std::size_t rank, std::int32_t chunk, std::int32_t micro_batch) const {
    const auto [chain, position] = seats_.at({static_cast<std::int32_t>(rank), chunk});
    if (position + 1 == program_.chains[chain].size())
      consider(best, forward_, program_.chains[chain][position], micro_batch, Time(0));
    else
      consider(best, backward_, program_.chains[chain][position + 1], micro_batch, in_.pipeline_input->send[chain][position]);
  }

  [[nodiscard]] Before predecessor(std::size_t rank, std::size_t index) const {
    const Op& op = program_.ops[rank][index];
    const Time begin = spans_[rank][index]->begin;
    const Before own = index == 0 ? Before{} : Before{true, rank, index - 1, spans_[rank][index - 1]->end};
    if (own.found && own.arrival == begin) return own;
    Before best;
    if (op.kind == OpKind::forward || op.kind == OpKind::pair) consider_forward(best, rank, op.chunk, op.micro_batch);
    if (op.kind == OpKind::backward || op.kind == OpKind::backward_input) consider_backward(best, rank, op.chunk, op.micro_batch);
    if (op.kind == OpKind::pair) consider_backward(best, rank, op.backward_chunk, op.backward_micro_batch);
    // A blocking send keeps the rank after its block's end; an input that is there early is not what was waited for.
    const bool blocked = in_.pipeline_input->sends == Sends::blocking && best.found && best.arrival < begin;
    return own.found && (!best.found || blocked) ? own : best;
  }

  void mark_transfer(std::size_t rank, Time begin) {
    for (TransferSpan& transfer : result_.transfers)
      if (transfer.stage == in_.first_stage + static_cast<std::int32_t>(rank) && transfer.begin == begin &&
          transfer.cost == Cost::pipeline_comm)
        transfer.critical = true;
  }

  const TraceInput& in_;
  StepResult& result_;
  const Program& program_;
  std::vector<std::vector<Span*>> spans_;  // [rank][op]
  std::map<Key, std::size_t> forward_, backward_;
  std::map<std::pair<std::int32_t, std::int32_t>, std::pair<std::size_t, std::size_t>> seats_;  // [rank, chunk]: chain, position
};

void add_sends(const TraceInput& in, StepResult& result) {
  // By rank and chunk: the hop after its forward, and after its backward.
  std::map<std::pair<std::int32_t, std::int32_t>, std::pair<Time, Time>> hops;
  for (std::size_t c = 0; c < in.program->chains.size(); ++c) {
    const auto& chain = in.program->chains[c];
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const Time after = i + 1 < chain.size() ? in.pipeline_input->send[c][i] : Time(0);
      const Time before = i > 0 ? in.pipeline_input->send[c][i - 1] : Time(0);
      hops[{chain[i].rank, chain[i].chunk}] = {after, before};
    }
  }
  std::vector<std::size_t> next(in.program->ops.size(), 0);
  for (const Span& span : in.pipeline->spans) {
    const auto rank = static_cast<std::size_t>(span.stage);
    const Op& op = in.program->ops[rank][next[rank]++];
    const auto send = [&](Time hop) {
      if (hop > Time(0))
        result.transfers.push_back({in.first_stage + span.stage, Cost::pipeline_comm, span.end, span.end + hop, false});
    };
    if (op.kind == OpKind::forward || op.kind == OpKind::pair) send(hops[{span.stage, op.chunk}].first);
    if (op.kind == OpKind::backward || op.kind == OpKind::backward_input) send(hops[{span.stage, op.chunk}].second);
    if (op.kind == OpKind::pair) send(hops[{span.stage, op.backward_chunk}].second);
  }
}

}  // namespace

void trace_blocks(const TraceInput& in, StepResult& result) {
  std::vector<std::int32_t> next(in.program->ops.size(), 0);
  for (Span span : in.pipeline->spans) {
    const auto rank = static_cast<std::size_t>(span.stage);
    span.op = next[rank]++;
    const BlockSeconds& block = in.block(rank, in.program->ops[rank][static_cast<std::size_t>(span.op)]);
    span.stage += in.first_stage;
    result.spans.push_back(span);
    // A block that was held up stretches its exchanges with it.
    const double stretch = block.seconds > 0 ? seconds(span.end - span.begin) / block.seconds : 1.0;
    for (const Slice& slice : block.slices) {
      const Time begin = span.begin + to_time(Seconds(std::max(0.0, slice.begin) * stretch));
      const Time end = std::min(span.end, span.begin + to_time(Seconds(slice.end * stretch)));
      if (end > begin) result.transfers.push_back({span.stage, slice.cost, begin, end, false});
    }
  }
  add_sends(in, result);
  for (std::size_t rank = 0; rank < in.program->ops.size(); ++rank) {
    const auto stage = in.first_stage + static_cast<std::int32_t>(rank);
    const auto part = [&](StepPart p) { return in.epilogue->parts[rank][static_cast<std::size_t>(p)]; };
    const Time end = in.pipeline->ranks[rank].end, reduced = end + part(StepPart::gradient);
    const Time begin = std::min(end, reduced - to_time(Seconds([&] {
                                       double total = 0;
                                       for (const double s : (*in.epilogues)[rank].gradient_reduce) total += s;
                                       return total;
                                     }())));
    if (reduced > begin) result.transfers.push_back({stage, Cost::parameter_comm, std::max(Time(0), begin), reduced, false});
    const Time late = part(StepPart::parameter), updated = in.epilogue->end - late;
    const Time work = part(StepPart::optimizer);
    result.spans.push_back({.stage = stage,
                            .part = StepPart::optimizer,
                            .begin = std::max(reduced, updated - work),
                            .end = std::max(reduced, updated - work) + work,
                            .op = next[rank]});
    if (late > Time(0)) result.transfers.push_back({stage, Cost::parameter_comm, updated, in.epilogue->end, false});
  }
}

void trace_critical_path(const TraceInput& in, StepResult& result) {
  std::size_t last = 0;
  Time reduced, exposed;
  for (std::size_t rank = 0; rank < in.program->ops.size(); ++rank) {
    const Time here = in.pipeline->ranks[rank].end + in.epilogue->parts[rank][static_cast<std::size_t>(StepPart::gradient)];
    if (here > reduced) {
      reduced = here;
      last = rank;
    }
  }
  for (const auto& parts : in.epilogue->parts) exposed = std::max(exposed, parts[static_cast<std::size_t>(StepPart::parameter)]);
  CriticalPath& path = result.critical;
  path.gradient = seconds(in.epilogue->parts[last][static_cast<std::size_t>(StepPart::gradient)]);
  path.parameter = seconds(exposed);
  path.optimizer = seconds(in.epilogue->end - exposed - reduced);
  for (Span& span : result.spans)
    if (span.part == StepPart::optimizer && span.stage == in.first_stage + static_cast<std::int32_t>(last)) span.critical = true;
  for (TransferSpan& transfer : result.transfers)
    if (transfer.cost == Cost::parameter_comm && transfer.stage == in.first_stage + static_cast<std::int32_t>(last) &&
        transfer.end == reduced && path.gradient > 0)
      transfer.critical = true;
  Walk(in, result).run(last);
}

}  // namespace gpufleet::sim
