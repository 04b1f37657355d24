#include "sim/training/step.h"

#include <algorithm>
#include <map>

#include "core/check.h"
#include "sim/training/blocks.h"
#include "sim/training/blocks_pair.h"
#include "sim/training/epilogue.h"
#include "sim/training/partition.h"
#include "sim/training/placement.h"

namespace gpufleet::sim {
namespace {

/// Timed work of every kind of layer on one kind of stage.
struct StageKit {
  TimedLayer dense, moe, embedding, head, mtp;
};

StageKit make_kit(const TrainingJob& job, int stage, const Perturbation& perturbation) {
  const WorkTimer timer(job, stage, perturbation);
  StageKit kit;
  if (job.architecture.dense_layers > 0 || job.architecture.routed_experts == 0)
    kit.dense = timer.layer(models::LayerKind::dense);
  if (job.architecture.moe_layers() > 0) kit.moe = timer.layer(models::LayerKind::moe);
  kit.embedding = timer.embedding();
  kit.head = timer.head();
  if (job.architecture.mtp_layers > 0) kit.mtp = timer.mtp();
  return kit;
}

double whole_seconds(const TimedLayer& layer, const TrainingOverlap& overlap, int tp, int cp) {
  const ChunkBlocks blocks = blocks_alone({{&layer}}, overlap, tp, cp);
  return blocks.forward.seconds + blocks.backward.seconds;
}

ChunkWork chunk_work(const StageKit& kit, const Segment& segment) {
  ChunkWork work;
  if (segment.embedding) work.layers.push_back(&kit.embedding);
  for (std::int64_t i = 0; i < segment.dense_layers; ++i) work.layers.push_back(&kit.dense);
  for (std::int64_t i = 0; i < segment.moe_layers; ++i) work.layers.push_back(&kit.moe);
  for (std::int64_t i = 0; i < segment.mtp_modules; ++i) work.layers.push_back(&kit.mtp);
  if (segment.head) work.layers.push_back(&kit.head);
  return work;
}

/// Blocks of all ranks; equal contents on equal hardware are computed once.
class BlockBook {
 public:
  BlockBook(const TrainingJob& job, const Perturbation& perturbation) : job_(job), perturbation_(perturbation) {}

  const ChunkBlocks& alone(int stage, const Segment& segment) {
    const Key key{hardware(stage), segment};
    auto found = alone_.find(key);
    if (found == alone_.end())
      found = alone_.emplace(key, blocks_alone(chunk_work(kit(stage), segment), job_.overlap, tp(stage), job_.layout.cp)).first;
    return found->second;
  }
  LayerCosts layer_costs(int stage) {
    const StageKit& k = kit(stage);
    const auto seconds = [&](const TimedLayer& layer) { return whole_seconds(layer, job_.overlap, tp(stage), job_.layout.cp); };
    return {.dense = seconds(k.dense),
            .moe = seconds(k.moe),
            .embedding = seconds(k.embedding),
            .head = seconds(k.head),
            .mtp = seconds(k.mtp)};
  }
  const OverlappedPair& pair(int stage, const Segment& forward, const Segment& backward) {
    const std::pair<Key, Segment> key{{hardware(stage), forward}, backward};
    auto found = pairs_.find(key);
    if (found == pairs_.end())
      found = pairs_.try_emplace(key, chunk_work(kit(stage), forward), chunk_work(kit(stage), backward)).first;
    return found->second;
  }

 private:
  using Hardware = std::pair<int, int>;  // pool, tp
  using Key = std::pair<Hardware, Segment>;
  [[nodiscard]] int tp(int stage) const { return job_.layout.stages[static_cast<std::size_t>(stage)].tp; }
  [[nodiscard]] Hardware hardware(int stage) const {
    return {job_.layout.stages[static_cast<std::size_t>(stage)].pool, tp(stage)};
  }
  const StageKit& kit(int stage) {
    auto found = kits_.find(hardware(stage));
    if (found == kits_.end()) found = kits_.emplace(hardware(stage), make_kit(job_, stage, perturbation_)).first;
    return found->second;
  }

  const TrainingJob& job_;
  Perturbation perturbation_;
  std::map<Hardware, StageKit> kits_;
  std::map<Key, ChunkBlocks> alone_;
  std::map<std::pair<Key, Segment>, OverlappedPair> pairs_;
};

Time whole(const BlockSeconds& block) { return to_time(Seconds(block.seconds)); }

/// Activations of one micro-batch between stages; sequence and context parallelism leave each rank its share.
TimedTransfer hop_transfer(const TrainingJob& job, int stage, const Perturbation& perturbation) {
  const Stage& s = job.layout.stages[static_cast<std::size_t>(stage)];
  const double tokens = static_cast<double>(job.layout.micro_batch * job.sequence_length) / job.layout.cp;
  const double share = job.layout.sequence_parallel == models::SequenceParallel::on ? s.tp : 1;
  const double bytes =
      tokens * static_cast<double>(job.architecture.hidden) * hw::bytes_per_value(job.precision.activation()) / share;
  const FabricModel& fabric = job.pools[static_cast<std::size_t>(s.pool)].fabric;
  TimedTransfer hop =
      timed_transfer(collective(fabric, CollectiveOp::send_recv, bytes, pipeline_hop(job, stage), CollectiveLibrary::nccl));
  hop.seconds *= perturbation.network;
  return hop;
}

NominalTimes nominal(const TrainingJob& job, const Perturbation& perturbation, BlockBook& book, int chunks) {
  Segment middle;
  const std::int64_t layers =
      std::max<std::int64_t>(1, job.architecture.layers / (static_cast<std::int64_t>(job.layout.pp) * chunks));
  (job.architecture.moe_layers() > 0 ? middle.moe_layers : middle.dense_layers) = layers;
  const ChunkBlocks& blocks = book.alone(job.layout.pp / 2, middle);
  return {blocks.forward.seconds, blocks.backward_input.seconds, blocks.weight.seconds,
          job.layout.pp > 1 ? hop_transfer(job, 0, perturbation).seconds : 0.0};
}

StepPlan make_plan(const TrainingJob& job, const Perturbation& perturbation, BlockBook& book) {
  const int chunks = chunks_per_rank(job.layout.schedule, job.layout.virtual_stages);
  StepPlan plan;
  plan.program = make_program(job.layout.schedule, job.layout.pp, job.layout.virtual_stages, micro_batches_per_replica(job),
                              nominal(job, perturbation, book, chunks));
  plan.segments = place_segments(plan.program, partition_model(job, plan.program, book.layer_costs(job.layout.pp / 2)));
  return plan;
}

struct Assembly : StepPlan {
  PipelineInput input;
};

void fill_times(const TrainingJob& job, const Perturbation& perturbation, BlockBook& book, Assembly& a) {
  const auto ranks = static_cast<std::size_t>(a.program.ranks);
  a.input.blocks.resize(ranks);
  a.input.pair.resize(ranks);
  const bool pairs = job.layout.schedule == Schedule::dualpipe;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const auto stage = static_cast<int>(rank);
    for (const Segment& segment : a.segments[rank]) {
      const ChunkBlocks& blocks = book.alone(stage, segment);
      a.input.blocks[rank].push_back(
          {whole(blocks.forward), whole(blocks.backward), whole(blocks.backward_input), whole(blocks.weight)});
    }
    if (!pairs) continue;
    for (const Segment& forward : a.segments[rank]) {
      std::vector<Time> row;
      for (const Segment& backward : a.segments[rank]) row.push_back(whole(book.pair(stage, forward, backward).alone()));
      a.input.pair[rank].push_back(std::move(row));
    }
  }
  for (const auto& chain : a.program.chains) {
    std::vector<Time> send;
    std::vector<LinkUse> use;
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      // A hop between chips goes at the pace of its slower end.
      const TimedTransfer one = hop_transfer(job, chain[i].rank, perturbation),
                          other = hop_transfer(job, chain[i + 1].rank, perturbation);
      const TimedTransfer& slower = one.seconds < other.seconds ? other : one;
      send.push_back(chain[i].rank == chain[i + 1].rank ? Time(0) : to_time(Seconds(slower.seconds)));
      use.push_back(slower.use);
    }
    a.input.send.push_back(std::move(send));
    a.input.send_use.push_back(std::move(use));
  }
  a.input.sends = job.overlap.pipeline ? Sends::asynchronous : Sends::blocking;
}

/// Plays a block anew when transfers beside it need the links of its exchanges.
class SharedBlocks : public LinkSharing {
 public:
  SharedBlocks(const StepPlan& plan, BlockBook& book) {
    alone_.resize(plan.segments.size());
    pairs_.resize(plan.segments.size());
    for (std::size_t rank = 0; rank < plan.segments.size(); ++rank) {
      const auto stage = static_cast<int>(rank);
      const std::vector<Segment>& segments = plan.segments[rank];
      for (const Segment& segment : segments) alone_[rank].push_back(&book.alone(stage, segment));
      if (std::none_of(plan.program.ops[rank].begin(), plan.program.ops[rank].end(),
                       [](const Op& op) { return op.kind == OpKind::pair; }))
        continue;
      for (const Segment& forward : segments) {
        std::vector<const OverlappedPair*> row;
        for (const Segment& backward : segments) row.push_back(&book.pair(stage, forward, backward));
        pairs_[rank].push_back(std::move(row));
      }
    }
  }

  [[nodiscard]] double held_up(std::size_t rank, const Op& op, Beside& beside) const override {
    const auto chunk = static_cast<std::size_t>(op.chunk);
    if (op.kind == OpKind::pair) {
      const OverlappedPair& pair = *pairs_[rank][chunk][static_cast<std::size_t>(op.backward_chunk)];
      if (beside.meets(pair.alone().most)) return pair.beside(beside) - pair.alone().seconds;
      beside.advance_alone(pair.alone().seconds);
      return 0;
    }
    const BlockSeconds& block = block_of(*alone_[rank][chunk], op.kind);
    if (beside.meets(block.most) && !block.phases.empty()) return sim::held_up(block.phases, beside);
    beside.advance_alone(block.seconds);
    return 0;
  }

 private:
  static const BlockSeconds& block_of(const ChunkBlocks& blocks, OpKind kind) {
    switch (kind) {
      case OpKind::backward: return blocks.backward;
      case OpKind::backward_input: return blocks.backward_input;
      case OpKind::weight: return blocks.weight;
      default: return blocks.forward;
    }
  }

  std::vector<std::vector<const ChunkBlocks*>> alone_;                  // [rank][chunk]
  std::vector<std::vector<std::vector<const OverlappedPair*>>> pairs_;  // [rank][forward chunk][backward chunk]
};

void report_stage(const PipelineResult& pipeline, const EpilogueResult& epilogue, Time step, std::size_t rank,
                  StageReport& report) {
  Time known;
  for (int part = 0; part < kStepParts; ++part) {
    const auto p = static_cast<std::size_t>(part);
    const Time spent = pipeline.ranks[rank].busy[p] + epilogue.parts[rank][p];
    report.parts[p] = to_seconds(spent);
    known += spent;
  }
  report.parts[static_cast<std::size_t>(StepPart::bubble)] = to_seconds(step - known);
}

}  // namespace

std::int64_t micro_batches_per_replica(const TrainingJob& job) {
  const std::int64_t per_round = job.layout.micro_batch * job.layout.dp;
  return per_round > 0 && job.global_batch % per_round == 0 ? job.global_batch / per_round : 0;
}

std::optional<std::string> step_refusal(const TrainingJob& job) {
  return refusal(job.layout.schedule, job.layout.pp, job.layout.virtual_stages, micro_batches_per_replica(job));
}

StepPlan plan_step(const TrainingJob& job) {
  BlockBook book(job, {});
  return make_plan(job, {}, book);
}

StepResult simulate_step(const TrainingJob& job, const StepOptions& options, const RunControl& control) {
  check(job.layout.stages.size() == static_cast<std::size_t>(job.layout.pp), "simulate_step: one stage a pipeline rank");
  BlockBook book(job, options.perturbation);
  Assembly a{make_plan(job, options.perturbation, book), {}};
  a.input.program = &a.program;
  fill_times(job, options.perturbation, book, a);
  a.input.recording = options.recording;
  if (options.folding == Folding::unfolded) {
    a.input.lanes = stage_ranks(job, 0);
    a.input.group = std::max(job.layout.ep * job.layout.expert_tp, job.layout.tp * job.layout.cp);
  }
  std::vector<EpilogueTimes> epilogues;
  for (int rank = 0; rank < a.program.ranks; ++rank)
    epilogues.push_back(epilogue_times(job, rank, a.segments[static_cast<std::size_t>(rank)], options.perturbation));
  const SharedBlocks sharing(a, book);
  if (options.links == Links::shared) {
    a.input.sharing = &sharing;
    for (const EpilogueTimes& times : epilogues) a.input.parameters.push_back(beside_blocks(times, job.overlap));
  }
  PipelineResult pipeline = run_pipeline(a.input, control);
  const EpilogueResult epilogue = finish_step(job, pipeline, epilogues);

  StepResult result;
  result.step_time = epilogue.end;
  result.events = pipeline.events;
  result.spans = std::move(pipeline.spans);
  result.stages.resize(static_cast<std::size_t>(a.program.ranks));
  for (std::size_t rank = 0; rank < result.stages.size(); ++rank) {
    report_stage(pipeline, epilogue, epilogue.end, rank, result.stages[rank]);
    for (const Op& op : a.program.ops[rank]) {
      const Segment& segment = a.segments[rank][static_cast<std::size_t>(op.chunk)];
      const auto stage = static_cast<int>(rank);
      const ChunkBlocks& blocks = book.alone(stage, segment);
      const BlockSeconds* block = nullptr;
      switch (op.kind) {
        case OpKind::forward: block = &blocks.forward; break;
        case OpKind::backward: block = &blocks.backward; break;
        case OpKind::backward_input: block = &blocks.backward_input; break;
        case OpKind::weight: block = &blocks.weight; break;
        case OpKind::pair:
          block = &book.pair(stage, segment, a.segments[rank][static_cast<std::size_t>(op.backward_chunk)]).alone();
          break;
      }
      result.stages[rank].add(*block);
    }
  }
  return result;
}

}  // namespace gpufleet::sim
