// Runs a Program as events: a block starts when its rank is free, its inputs have arrived and its group is ready; its outputs
// travel to the neighbours. Knows nothing of models or chips, only of durations.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/quantity.h"
#include "core/run_control.h"
#include "sim/training/link_share.h"
#include "sim/training/program.h"
#include "sim/training/step_part.h"

namespace gpufleet::sim {

/// Durations of one chunk's blocks on one rank.
struct BlockTimes {
  Time forward, backward, backward_input, weight;
  friend bool operator==(const BlockTimes&, const BlockTimes&) = default;
};

enum class Sends : std::uint8_t { asynchronous, blocking };
enum class Recording : std::uint8_t { none, spans };

/// How blocks and the transfers beside them slow each other where they use the same links of a GPU.
class LinkSharing {
 public:
  virtual ~LinkSharing() = default;
  /// Seconds by which an op is held up by the transfers beside it; moves them to the op's end.
  [[nodiscard]] virtual double held_up(std::size_t rank, const Op& op, Beside& beside) const = 0;
};

/// Transfers of parameters and gradients beside the blocks of one rank: a gather from the step's begin, and reductions as each
/// chunk's gradients become complete. Zero seconds: not beside.
struct ParameterTransfers {
  double gather = 0;
  LinkUse gather_use;
  std::vector<double> reduce;         ///< per chunk
  std::vector<std::int64_t> buckets;  ///< per chunk; the first goes when its share of the last backward is done
  std::vector<LinkUse> reduce_use;
};

struct PipelineInput {
  const Program* program = nullptr;
  std::vector<std::vector<BlockTimes>> blocks;  ///< [rank][chunk]
  std::vector<std::vector<std::vector<Time>>>
      pair;  ///< [rank][forward chunk][backward chunk]; empty where the program has no pairs
  /// Transfer time from position i to i+1 of a chain (the gradient takes as long the other way): [chain][i].
  std::vector<std::vector<Time>> send;
  Sends sends = Sends::asynchronous;
  const LinkSharing* sharing = nullptr;        ///< null: every transfer has its links to itself
  std::vector<std::vector<LinkUse>> send_use;  ///< like `send`; used with sharing
  std::vector<ParameterTransfers> parameters;  ///< per rank; used with sharing
  /// Spread of ln(duration) of a block around its mean: equal blocks differ from one micro-batch to the next (tokens routed
  /// unevenly, hosts, clocks). Each op has its own draw, the same in every lane and run; 0: none.
  double block_log_sigma = 0;
  /// Replicas of the pipeline that run side by side, and how many neighbouring ones must start a block together because their
  /// ranks exchange tokens or shards inside it (EP and TP groups). 1 and 1 is the folded run.
  int lanes = 1, group = 1;
  Recording recording = Recording::none;
};

struct RankTimeline {
  std::array<Time, kStepParts> busy{};    ///< forward, backward, weight, overlapped
  Time begin;                             ///< of the first block
  Time first_forward;                     ///< length of the first block
  Time end;                               ///< last block's end
  std::vector<Time> last_backward_begin;  ///< per chunk: begin and end of the op that completes its gradients
  std::vector<Time> last_backward_end;
  std::vector<Time> reduce_delay;  ///< per chunk: what sharing adds to its reduction
  Time gather_delay;
};

struct PipelineResult {
  Time end;                         ///< of the slowest rank of any lane
  std::vector<RankTimeline> ranks;  ///< of lane 0
  std::vector<Span> spans;          ///< of lane 0, if recorded
  std::uint64_t events = 0;
};

/// Precondition: the program is free of deadlock (every schedule of make_program is).
PipelineResult run_pipeline(const PipelineInput& input, const RunControl& control);

}  // namespace gpufleet::sim
