// What long training runs take away from kernel times measured one by one on a cool chip: the clock sinks at the power limit
// while tensor cores run for hours, and some kernels of training are slower than the benchmarked ones of the same shape.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "hwprofiles/accelerator.h"

namespace gpufleet::hw {

/// Share of the benchmarked rate that holds for hours; 1 = all of it.
struct SustainedRates {
  double gemm_16bit = 1;
  double gemm_8bit = 1;         ///< block-scaled, as fitted
  double gemm_8bit_tensor = 1;  ///< one scale a tensor; above 1 where that is faster than the block-scaled kernels behind the fit
  double grouped_gemm = 1;      ///< of the same format's rate, for products grouped over experts
  double memory = 1;            ///< of memory-bound kernels
  double routing = 1;           ///< of that rate, for kernels that permute tokens and count them
  double attention = 1;
  double weight_gradient_8bit = 1;  ///< of the 8-bit rate, for products whose two operands are both scaled along k
  double flash2_attention = 1;      ///< of the newest attention kernels' rate, for software that still runs FlashAttention-2
  double clock_spread = 0;          ///< standard deviation of the rate among chips of one batch, over the mean
};

struct SustainedTable {
  struct Row {
    std::vector<std::string> chips;  ///< catalog names; empty = the whole family
    Family family = Family::other;
    SustainedRates rates;
  };
  std::vector<Row> rows;
  double block_log_sigma = 0;   ///< spread of a pipeline block from one micro-batch to the next, beyond that of routed tokens
  double launch_seconds = 0;    ///< of the host, for every kernel that a framework without graphs issues
  double memory_log_sigma = 0;  ///< spread of the memory that a training job holds, around what is counted
  double step_log_sigma = 0;    ///< spread of a training step that kernels and links do not explain
};

/// Reads data/sustained.toml. Errors: all diagnostics of the file.
Result<SustainedTable> load_sustained(const std::filesystem::path& file);

/// How much longer the slowest of `chips` takes than the mean one: spread times the expected maximum of normal values (Blom
/// 1958). A synchronous job waits for it. 1 for a single chip.
double slowest_of(double clock_spread, int chips);

/// The row that names the chip, else its family's, else ones.
SustainedRates sustained_rates(const SustainedTable& table, const Accelerator& accelerator);

}  // namespace gpufleet::hw
