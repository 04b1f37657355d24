// Months to years of a fleet: lots come and go, loads and campaigns share the pools hour by hour in order of priority, and every
// hour is booked. Pure: the capacity curves are given; results are a ledger a period.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/run_control.h"
#include "sim/fleet/capacity_curve.h"
#include "sim/fleet/ledger.h"
#include "sim/fleet/lot.h"

namespace gpufleet::sim {

/// What a kind of work gets out of the chips of one kind (at any site, or at one).
struct WorkOption {
  std::string chip;
  int site = -1;  ///< -1 = any
  CapacityCurve curve;
  std::int64_t unit = 1;            ///< accelerators are taken in multiples of this (an instance, a replica)
  std::int64_t gpus_most = kNever;  ///< at a time
};

/// Tokens/s asked from `hour` on, linear to the next point.
struct DemandPoint {
  std::int64_t hour = 0;
  double rate = 0;
};
/// Linear between points, nothing before the first, the last holds on.
double demand_at(const std::vector<DemandPoint>& points, std::int64_t hour);

struct TokenPrice {
  std::int64_t hour = 0;  ///< from then on
  double usd_per_token = 0;
};

/// lend: accelerators that the hour's load leaves free go to whoever comes next in priority; keep: the day's peak stays reserved.
enum class Lending : std::uint8_t { lend, keep };

struct ServingLoad {
  std::string name;
  int priority = 1;                 ///< 1 is served first
  std::vector<DemandPoint> demand;  ///< nothing is asked before the first; the last holds on
  std::array<double, 24> daily{};   ///< factors by hour of the day, mean 1
  Lending lending = Lending::lend;
  std::vector<WorkOption> options;  ///< in order of preference; serving curves are proportional
  std::vector<TokenPrice> revenue;
};

/// rigid: one synchronous job that needs its accelerators at once and loses time when it is put off; elastic: many small jobs
/// that come and go (rollouts, ablations).
enum class Elasticity : std::uint8_t { rigid, elastic };
/// Whether a job may run on several kinds of chip, and at several sites, at a time.
enum class Spread : std::uint8_t { one_pool, one_site, anywhere };

struct Campaign {
  std::string name;
  FleetUse use = FleetUse::pretraining;
  int priority = 2;
  double tokens = 0;
  std::int64_t start = 0, end = kNever;  ///< hours since 1970; runs in between, until its tokens are done
  std::int64_t gpus_min = 1, gpus_max = 1;
  Elasticity elasticity = Elasticity::rigid;
  Spread spread = Spread::one_site;
  std::vector<WorkOption> options;
  double restart_hours = 0.25, checkpoint_hours = 0;
  double tokens_per_step = 0, gradient_bytes = 0;  ///< for steps over several sites
};

/// A question asked of the whole fleet at the start of each period, whatever it is doing: tokens/s of all that may work on it.
struct Probe {
  std::string name;
  Spread spread = Spread::anywhere;
  std::int64_t gpus_max = kNever;
  double tokens_per_step = 0, gradient_bytes = 0;
  std::vector<WorkOption> options;
};

struct Horizon {
  Fleet fleet;
  std::vector<ServingLoad> loads;
  std::vector<Campaign> campaigns;
  std::vector<Probe> probes;
};

struct CampaignState {
  double done = 0;  ///< tokens
  std::int64_t started = kNever, finished = kNever;
  std::int64_t interruptions = 0;
  bool running = false;
  friend bool operator==(const CampaignState&, const CampaignState&) = default;
};
/// Everything that one hour hands to the next: a horizon may be stopped at any hour and taken up from here.
struct HorizonState {
  std::int64_t hour = 0;
  std::vector<CampaignState> campaigns;
  friend bool operator==(const HorizonState&, const HorizonState&) = default;
};
HorizonState begin_horizon(const Horizon& horizon, std::int64_t hour);

struct Period {
  std::int64_t from = 0, to = 0;
  Ledger ledger;
  std::vector<std::int64_t> load_tokens, load_unmet;             ///< by load
  std::vector<std::int64_t> campaign_tokens, campaign_gpu_time;  ///< by campaign; thousandths of a GPU-hour
  std::vector<double> probes;                                    ///< tokens/s at `from`
  std::int64_t gpus_at_end = 0;
  double peak_power = 0;  ///< W
  friend bool operator==(const Period&, const Period&) = default;
};

/// From `state` to the last of `cuts` (hours, ascending, the first after state.hour); one period a cut. `state` ends there.
std::vector<Period> simulate_horizon(const Horizon& horizon, HorizonState& state, const std::vector<std::int64_t>& cuts,
                                     const RunControl& control);

/// What the whole fleet makes of `probe` at `hour` with nothing else to do, tokens/s; `gpus` is set to the accelerators in it.
double probe_rate(const Horizon& horizon, const Probe& probe, std::int64_t hour, double& gpus);

/// Why a horizon makes no sense; empty if it does.
std::string horizon_problem(const Horizon& horizon);

}  // namespace gpufleet::sim
