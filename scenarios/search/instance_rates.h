// What one serving instance can do at best: requests a second whose prompts it prefills, whose answers it decodes, or both, at
// the mean lengths, with the batch that suits it and nobody waiting. Arithmetic on the iteration model alone; queueing, uneven
// lengths and bursts only take away, so a deployment's sum of these is an optimist's estimate by which a search orders what it
// simulates.
#pragma once

#include "sim/serving/job.h"

namespace gpufleet::scenarios {

/// Tokens of the mean request.
struct MeanRequest {
  double prompt = 1, cached = 0, output = 1;  ///< `cached` of the prompt's come from elsewhere
};
/// Of drawn lengths; cut-offs are not looked at.
MeanRequest mean_request(const sim::Workload& workload);

struct InstanceRates {
  double prefill = 0, decode = 0, joint = 0;  ///< requests/s; 0: the promise cannot be kept by one request alone
  double decode_batch = 0;                    ///< sequences of one attention group behind `decode`
};
InstanceRates instance_rates(const sim::IterationModel& model, const sim::InstanceLimits& limits, const MeanRequest& request,
                             const sim::Slo& slo);

}  // namespace gpufleet::scenarios
