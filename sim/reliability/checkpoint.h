// How often to save: expected length of a run under Poisson faults as a function of the interval, its minimum found numerically,
// and the closed forms it is held against (Young, CACM 1974; Daly, FGCS 22, 2006).
#pragma once

#include <cstdint>

namespace gpufleet::sim {

/// One save of the training state. Synchronous: the job stands still for all of it. Asynchronous: for the copy to host memory;
/// the write to storage goes on beside the next steps, and counts only when it is complete.
struct CheckpointCost {
  double stall = 0;    ///< seconds that the job stands still
  double durable = 0;  ///< seconds from the begin of the save until a restart could use it, at least `stall`
};

/// Seconds of wall clock a second of work takes when the job saves after every `interval` seconds of work, is interrupted at
/// `rate` a second and takes `recovery` seconds to come back (Daly 2006, eq. 13; the lag of an asynchronous save is work that an
/// interruption loses on top). Precondition: interval > 0.
double expected_stretch(double interval, const CheckpointCost& cost, double recovery, double rate);

/// The interval of least expected_stretch, not below `shortest` (one step, or the time a write takes). Infinite if nothing fails.
double best_interval(const CheckpointCost& cost, double recovery, double rate, double shortest);

/// Young 1974: sqrt(2 stall / rate).
double young_interval(const CheckpointCost& cost, double rate);
/// Daly 2006, eq. 37.
double daly_interval(const CheckpointCost& cost, double rate);

}  // namespace gpufleet::sim
