// What a scenario asks of a fleet over months: capacity curves, loads, campaigns, probes; checked and typed. capacity_curves.h
// works out the curves, run_horizon.h simulates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/fleet_spec.h"
#include "sim/fleet/horizon.h"

namespace gpufleet::scenarios {

/// training: a training scenario on other numbers of chips; serving: one instance (or one prefill and decode group) of a serving
/// scenario under its promise; given: points that the file states.
struct CurveSpec {
  enum class Kind : std::uint8_t { training, serving, given } kind = Kind::given;
  std::string name;
  std::string accelerator;              ///< catalog name of the pools that it speaks of
  int site = -1;                        ///< -1 = any
  std::string scenario;                 ///< file; empty for `given`
  std::vector<double> counts;           ///< accelerators at which a training scenario is simulated
  std::vector<std::string> overrides;   ///< "key=value", laid over the scenario
  std::vector<sim::CurvePoint> points;  ///< of `given`
  std::int64_t unit = 1;                ///< of `given`
};

struct LoadSpec {
  sim::ServingLoad load;                          ///< options are filled in from the curves
  std::vector<int> curves;                        ///< indices, in order of preference
  std::string model;                              ///< of the API price list; empty = no revenue
  double input_per_output = 0, cached_share = 0;  ///< tokens billed beside the answers
};

struct CampaignSpec {
  sim::Campaign campaign;
  std::vector<int> curves;
  std::optional<double> flop;  ///< instead of tokens: 6 · active parameters · tokens
};

struct ProbeSpec {
  sim::Probe probe;
  std::vector<int> curves;
  double tokens = 0;  ///< of the run whose days are asked; 0 = the rate is asked
  std::optional<double> flop;
};

struct HorizonSpec {
  std::int64_t from = 0, to = 0;  ///< hours since 1970
  std::vector<CurveSpec> curves;
  std::vector<LoadSpec> loads;
  std::vector<CampaignSpec> campaigns;
  std::vector<ProbeSpec> probes;
};

}  // namespace gpufleet::scenarios
