// Which layers each chunk of the pipeline holds, and what parameters a rank keeps.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/training/job.h"
#include "sim/training/program.h"

namespace gpufleet::sim {

/// Contents of one position of the model along the pipeline.
struct Segment {
  std::int64_t dense_layers = 0, moe_layers = 0;
  std::int64_t mtp_modules = 0;
  bool embedding = false, head = false;
  friend auto operator<=>(const Segment&, const Segment&) = default;
  [[nodiscard]] std::int64_t layers() const { return dense_layers + moe_layers; }
};

/// Segments of the model's positions 0..n-1 (n = pipeline ranks x chunks of one chain). Stages that state their layers get them,
/// spread over their chunks; otherwise layers are spread evenly, short positions first at the end (which also holds the head) and
/// then at the beginning (which holds the embedding). The embedding comes first, head and MTP modules come last.
std::vector<Segment> partition_model(const TrainingJob& job, const Program& program);

/// Parameters that one rank of a stage keeps for a segment, after tensor and expert parallelism and before ZeRO.
struct RankParameters {
  double dense = 0;   ///< everything but routed experts
  double expert = 0;  ///< routed experts
};
RankParameters rank_parameters(const TrainingJob& job, const Segment& segment, int tp);

}  // namespace gpufleet::sim
