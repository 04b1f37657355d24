// The few figures of a chip that the physical forms use, and the parameters they take. Pure values: the same forms serve the
// runtime model and the fitter.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "hwprofiles/accelerator.h"

namespace gpufleet::hw {

/// The share of the SMs that communication kernels leave to compute (DeepSeek-V3: 112 of 132).
struct SmShare {
  double fraction = 1;
};

/// What the physical forms see of a chip. Rates in SI units; `sms` may be a share of the chip's.
struct Machine {
  double sms = 1;      ///< SMs (compute units, AI cores) left to the kernel
  double all_sms = 1;  ///< SMs of the chip
  double clock_hz = 1e9;
  double bandwidth = 1;          ///< of the memory, bytes/s
  double l2 = 0;                 ///< bytes of the last-level cache; 0 if unknown
  double link = 0;               ///< scale-up bandwidth in one direction, bytes/s
  std::array<double, 9> peak{};  ///< dense FLOP/s of the whole chip by Dtype; never 0 (see machine_of)
};

/// Missing figures get the nearest known one: a format the chip lacks runs at the next wider format's rate; an unknown SM count
/// is peak over a Hopper SM's rate. Needs a known bandwidth and at least one peak.
Machine machine_of(const Accelerator& accelerator);
Machine with_share(const Machine& machine, SmShare share);

/// Most parameters that a form takes.
inline constexpr int kMaxParameters = 14;
using Parameters = std::array<double, kMaxParameters>;

}  // namespace gpufleet::hw
