// Published serving measurements as compact points: one line a deployment and load, with what was measured there. Many points
// share an instance, whose tables are worked out once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "scenarios/plan_serving.h"

namespace gpufleet::scenarios {

/// joint: a whole deployment simulated request by request; kernel: the same without the front end; prefill, decode: one kind of
/// iteration at a fixed load; split: prompts on instances of their own, `pool` writes the answers.
enum class PointMode : std::uint8_t { joint, kernel, prefill, decode, split };
/// clients: closed loop of that many; burst: that many requests at once, handed over offline; wave: the same, each streamed;
/// batch: sequences (decode) or tokens (prefill) a GPU; tpot_ms: the batch at which a token takes that long.
enum class PointLoad : std::uint8_t { clients, burst, batch, tpot_ms, wave };

struct ServingPoint {
  std::string id, tier, source, note;
  std::string model;
  PoolSpec fleet;
  ServingPoolSpec pool;
  ServingPoolSpec prompts;                     ///< split only
  std::optional<sim::IterationPolicy> policy;  ///< where the launch differs from its engine's default
  PointMode mode = PointMode::joint;
  PointLoad load = PointLoad::clients;
  double amount = 1;
  double input = 1, output = 1;
  double spread = 0;  ///< lengths are even between (1 - spread) and 1 times the nominal one
  /// Measured: s, s, tokens/s a GPU, tokens/s a GPU.
  std::optional<double> ttft, tpot, output_per_gpu, input_per_gpu;
};

/// Errors: unreadable file, wrong header, and every broken line with its number.
Result<std::vector<ServingPoint>> load_serving_points(const std::filesystem::path& file, const Catalogs& catalogs);

struct PointPrediction {
  double ttft = 0, tpot = 0, output_per_gpu = 0, input_per_gpu = 0;
  double utilisation = 0;  ///< rate over the largest that its memory allows
  std::string refusal;     ///< why it cannot run; then the rest is 0
};

/// One prediction a point, in order, `sigmas` standard deviations of its engine's spread slower than the median, simulated on
/// `threads` threads; the same for any number of them.
Result<std::vector<PointPrediction>> predict_points(std::span<const ServingPoint> points, const Catalogs& catalogs,
                                                    const HardwareData& hardware, std::span<const sim::ServingEngine> engines,
                                                    double sigmas, int threads);

}  // namespace gpufleet::scenarios
