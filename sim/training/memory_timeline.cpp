#include "sim/training/memory_timeline.h"

#include <algorithm>

#include "sim/training/replica_groups.h"
#include "sim/training/step.h"

namespace gpufleet::sim {

std::vector<MemoryPoint> memory_timeline(const TrainingJob& job, const MemoryReport& memory, std::span<const Span> spans) {
  std::vector<std::vector<Op>> ops;  // by stage of the report
  if (job.layout.groups.empty()) {
    ops = plan_step(job).program.ops;
  } else {
    for (const TrainingJob& group : group_jobs(job))
      for (auto& of_rank : plan_step(group).program.ops) ops.push_back(std::move(of_rank));
  }
  std::vector<std::vector<const Span*>> blocks(ops.size());
  for (const Span& span : spans) {
    const auto stage = static_cast<std::size_t>(span.stage);
    if (static_cast<std::size_t>(span.op) < ops[stage].size()) blocks[stage].push_back(&span);
  }
  std::vector<MemoryPoint> out;
  for (std::size_t stage = 0; stage < ops.size(); ++stage) {
    const StageMemory& parts = memory.stages[stage];
    double held = parts.lasting() + parts.buffers;
    const auto note = [&](Time at) { out.push_back({static_cast<std::int32_t>(stage), at, held}); };
    note(Time(0));
    std::stable_sort(blocks[stage].begin(), blocks[stage].end(), [](const Span* a, const Span* b) { return a->op < b->op; });
    for (const Span* span : blocks[stage]) {
      const Op& op = ops[stage][static_cast<std::size_t>(span->op)];
      const auto bytes = [&](int chunk) { return parts.chunk_activations[static_cast<std::size_t>(chunk)]; };
      if (op.kind == OpKind::forward || op.kind == OpKind::pair) {
        held += bytes(op.chunk);
        note(span->begin);
      }
      const bool frees = op.kind == OpKind::backward || op.kind == OpKind::weight || op.kind == OpKind::pair;
      if (!frees) continue;
      held -= bytes(op.kind == OpKind::pair ? op.backward_chunk : op.chunk);
      note(span->end);
    }
  }
  return out;
}

}  // namespace gpufleet::sim
