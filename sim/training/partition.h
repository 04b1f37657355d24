// Which layers each chunk of the pipeline holds, and what parameters a rank keeps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/memory.h"
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

/// Seconds of one micro-batch, forward and whole backward, that a split can be balanced by.
struct LayerCosts {
  double dense = 1, moe = 1, embedding = 0, head = 0, mtp = 0;
  friend bool operator==(const LayerCosts&, const LayerCosts&) = default;
};

/// Segments of the model's positions 0..n-1 (n = pipeline ranks x chunks of one chain). Stages that state their layers get them,
/// spread over their chunks. Otherwise layers that divide evenly over like stages are spread evenly, as training frameworks do,
/// and all others so that the slowest position is as fast as can be, embedding, head and MTP modules counted. `costs` are those
/// of each position's hardware: stages on unlike chips are balanced by what their kernels achieve.
std::vector<Segment> partition_model(const TrainingJob& job, const Program& program, std::span<const LayerCosts> costs);

/// Parameters that one rank of a stage keeps for a segment, after tensor and expert parallelism and before ZeRO.
models::RankParameters rank_parameters(const TrainingJob& job, const Segment& segment, int tp);

/// How the ranks of a stage split one layer.
models::Shard shard_of(const TrainingJob& job, int tp);

/// Segment of every [rank][chunk] of the program; both chains of DualPipe pass the same model.
std::vector<std::vector<Segment>> place_segments(const Program& program, const std::vector<Segment>& segments);

}  // namespace gpufleet::sim
