#include "sim/training/step.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "core/check.h"
#include "sim/training/blocks.h"
#include "sim/training/blocks_pair.h"
#include "sim/training/epilogue.h"
#include "sim/training/partition.h"
#include "sim/training/placement.h"
#include "sim/training/replica_groups.h"
#include "sim/training/step_trace.h"

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
  std::vector<LayerCosts> costs;
  for (const Place& place : plan.program.chains[0]) costs.push_back(book.layer_costs(place.rank));
  plan.segments = place_segments(plan.program, partition_model(job, plan.program, costs));
  return plan;
}

struct Assembly : StepPlan {
  PipelineInput input;
};

void fill_times(const TrainingJob& job, const Perturbation& perturbation, BlockBook& book, Assembly& a) {
  const auto ranks = static_cast<std::size_t>(a.program.ranks);
  a.input.blocks.resize(ranks);
  a.input.pair.resize(ranks);
  const bool pairs = job.layout.schedule == Schedule::dualpipe || job.layout.schedule == Schedule::dualpipe_v;
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
  // The load of the fullest expert rank is not the same one micro-batch after another: it scatters by about its excess.
  a.input.block_log_sigma = std::hypot(job.block_log_sigma, job.layout.ep > 1 ? job.implementation.expert_imbalance - 1 : 0.0);
  a.input.sends = job.overlap.pipeline ? Sends::asynchronous : Sends::blocking;
}

const BlockSeconds& block_of(const ChunkBlocks& blocks, OpKind kind) {
  switch (kind) {
    case OpKind::backward: return blocks.backward;
    case OpKind::backward_input: return blocks.backward_input;
    case OpKind::weight: return blocks.weight;
    default: return blocks.forward;
  }
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
  if (job.layout.groups.empty())
    return refusal(job.layout.schedule, job.layout.pp, job.layout.virtual_stages, micro_batches_per_replica(job));
  std::int64_t carried = 0;
  for (const ReplicaGroup& group : job.layout.groups) {
    if (auto why = refusal(job.layout.schedule, job.layout.pp, job.layout.virtual_stages, group.micro_batches)) return why;
    carried += (group.replicas * group.micro_batches - group.fewer) * job.layout.micro_batch;
  }
  if (carried != job.global_batch)
    return fmt::format("the replicas carry {} sequences, the global batch is {}", carried, job.global_batch);
  return std::nullopt;
}

StepPlan plan_step(const TrainingJob& job) {
  BlockBook book(job, {});
  return make_plan(job, {}, book);
}

namespace {

/// One group's pipeline, or all of a job whose replicas are alike.
struct GroupRun {
  GroupRun(const TrainingJob& of, const StepOptions& options) : job(of), book(of, options.perturbation) {
    check(job.layout.stages.size() == static_cast<std::size_t>(job.layout.pp), "simulate_step: one stage a pipeline rank");
    static_cast<StepPlan&>(assembly) = make_plan(job, options.perturbation, book);
    assembly.input.program = &assembly.program;
    fill_times(job, options.perturbation, book, assembly);
    assembly.input.recording = options.recording;
    if (options.folding == Folding::unfolded) {
      assembly.input.lanes = stage_ranks(job, 0);
      assembly.input.group = std::max(job.layout.ep * job.layout.expert_tp, job.layout.tp * job.layout.cp);
    }
    for (int rank = 0; rank < assembly.program.ranks; ++rank)
      epilogues.push_back(epilogue_times(job, rank, assembly.segments[static_cast<std::size_t>(rank)], options.perturbation));
  }
  GroupRun(const GroupRun&) = delete;

  const BlockSeconds& block(std::size_t rank, const Op& op) {
    const Segment& segment = assembly.segments[rank][static_cast<std::size_t>(op.chunk)];
    const auto stage = static_cast<int>(rank);
    if (op.kind == OpKind::pair)
      return book.pair(stage, segment, assembly.segments[rank][static_cast<std::size_t>(op.backward_chunk)]).alone();
    return block_of(book.alone(stage, segment), op.kind);
  }
  void play(const StepOptions& options, const RunControl& control) {
    const SharedBlocks sharing(assembly, book);
    if (options.links == Links::shared) {
      assembly.input.sharing = &sharing;
      for (const EpilogueTimes& times : epilogues) assembly.input.parameters.push_back(beside_blocks(times, job.overlap));
    }
    pipeline = run_pipeline(assembly.input, control);
    assembly.input.sharing = nullptr;
  }

  const TrainingJob& job;
  BlockBook book;
  Assembly assembly;
  std::vector<EpilogueTimes> epilogues;
  PipelineResult pipeline;
};

/// A reduction or gather over all replicas goes at the pace of the slowest group's links.
void join_transfers(std::deque<GroupRun>& groups) {
  const auto slower = [](double& seconds, LinkUse& use, double other, const LinkUse& other_use) {
    if (other <= seconds) return;
    seconds = other;
    use = other_use;
  };
  for (GroupRun& group : groups)
    for (const GroupRun& other : groups)
      for (std::size_t rank = 0; rank < group.epilogues.size(); ++rank) {
        EpilogueTimes& mine = group.epilogues[rank];
        const EpilogueTimes& theirs = other.epilogues[rank];
        slower(mine.parameter_gather, mine.gather_use, theirs.parameter_gather, theirs.gather_use);
        for (std::size_t c = 0; c < mine.gradient_reduce.size(); ++c)
          slower(mine.gradient_reduce[c], mine.reduce_use[c], theirs.gradient_reduce[c], theirs.reduce_use[c]);
      }
}

/// What the group's ranks did, as if the step were theirs alone.
EpilogueResult share_of(const EpilogueResult& whole, std::size_t first, std::size_t ranks) {
  EpilogueResult out{whole.end, {}};
  for (std::size_t i = 0; i < ranks; ++i) out.parts.push_back(whole.parts[first + i]);
  return out;
}

void trace(std::deque<GroupRun>& groups, const EpilogueResult& epilogue, StepResult& result) {
  std::vector<EpilogueResult> shares;
  std::vector<TraceInput> inputs;
  std::size_t first = 0, last_group = 0;
  Time last;
  for (GroupRun& group : groups)
    shares.push_back(share_of(epilogue, first, group.epilogues.size())), first += group.epilogues.size();
  first = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    GroupRun& group = groups[g];
    inputs.push_back({.program = &group.assembly.program,
                      .pipeline_input = &group.assembly.input,
                      .pipeline = &group.pipeline,
                      .epilogues = &group.epilogues,
                      .epilogue = &shares[g],
                      .block = [&group](std::size_t rank, const Op& op) -> const BlockSeconds& { return group.block(rank, op); },
                      .first_stage = static_cast<std::int32_t>(first)});
    trace_blocks(inputs.back(), result);
    first += group.epilogues.size();
    for (std::size_t rank = 0; rank < group.epilogues.size(); ++rank) {
      const Time reduced = group.pipeline.ranks[rank].end + shares[g].parts[rank][static_cast<std::size_t>(StepPart::gradient)];
      if (reduced > last) {
        last = reduced;
        last_group = g;
      }
    }
  }
  trace_critical_path(inputs[last_group], result);
}

}  // namespace

StepResult simulate_step(const TrainingJob& job, const StepOptions& options, const RunControl& control) {
  std::vector<TrainingJob> jobs;  // of groups; empty where all replicas are alike
  if (!job.layout.groups.empty()) jobs = group_jobs(job);
  std::deque<GroupRun> groups;
  if (jobs.empty()) groups.emplace_back(job, options);
  for (const TrainingJob& one : jobs) groups.emplace_back(one, options);
  if (groups.size() > 1) join_transfers(groups);

  StepResult result;
  PipelineResult all;
  std::vector<EpilogueTimes> epilogues;
  for (GroupRun& group : groups) {
    group.play(options, control);
    result.events += group.pipeline.events;
    all.ranks.insert(all.ranks.end(), group.pipeline.ranks.begin(), group.pipeline.ranks.end());
    epilogues.insert(epilogues.end(), group.epilogues.begin(), group.epilogues.end());
  }
  const EpilogueResult epilogue = finish_step(job, all, epilogues);
  result.step_time = epilogue.end;
  result.stages.resize(all.ranks.size());
  std::size_t at = 0;
  for (GroupRun& group : groups)
    for (std::size_t rank = 0; rank < group.epilogues.size(); ++rank, ++at) {
      report_stage(all, epilogue, epilogue.end, at, result.stages[at]);
      for (const Op& op : group.assembly.program.ops[rank]) result.stages[at].add(group.block(rank, op));
    }
  if (options.recording == Recording::spans && !control.stopped()) trace(groups, epilogue, result);
  return result;
}

}  // namespace gpufleet::sim
