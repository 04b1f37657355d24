// Months of a fleet simulated: curves worked out, hours booked, a monthly table and the metrics of the whole.
#pragma once

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/capacity_curves.h"
#include "scenarios/plan_fleet.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// The curves in the order of spec.curves; those that their chip cannot run are empty, with a warning. Fewer if stopped.
Result<std::vector<KnownCurve>> known_curves(const HorizonSpec& spec, const Catalogs& catalogs, const HardwareData& hardware,
                                             CurveMemory& memory, const RunControl& control, RunResult& result);

/// Spreads of the rates of each load's options, then of each campaign's and each probe's.
std::vector<std::vector<double>> curve_sigmas(const HorizonSpec& spec, const std::vector<KnownCurve>& curves);

/// The same horizon with machines faster by `speed` sigmas, and with high (price > 0) or low (price < 0) prices, power and rates.
sim::Horizon shifted(sim::Horizon horizon, const std::vector<std::vector<double>>& sigmas, double speed, double price);
void shift_prices(sim::FleetLot& lot, double price);

/// Everything but the curves' rates: what the simulator is given. `curves` in the order of spec.curves.
sim::Horizon make_horizon(const HorizonSpec& spec, const PlannedFleet& plan, const std::vector<KnownCurve>& curves,
                          const Catalogs& catalogs);

/// Fills metrics (served_tokens, gpu_utilisation …), the table "monthly" and breakdown. `memory` may be shared between scenarios.
Diagnostics run_horizon(const HorizonSpec& spec, const FleetSpec& fleet, const Catalogs& catalogs, const HardwareData& hardware,
                        CurveMemory& memory, const RunControl& control, RunResult& result);

}  // namespace gpufleet::scenarios
