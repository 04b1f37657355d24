// What a simulated horizon says month by month and campaign by campaign.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scenarios/capacity_curves.h"
#include "scenarios/horizon_spec.h"
#include "scenarios/run_result.h"
#include "sim/fleet/horizon.h"

namespace gpufleet::scenarios {

/// Tokens of work stated in tokens or in FLOP: 6 · active parameters · tokens = FLOP, with the model of the first curve.
double tokens_of(const std::optional<double>& flop, double tokens, const std::vector<int>& indices,
                 const std::vector<KnownCurve>& curves);

ResultTable monthly_table(const HorizonSpec& spec, const std::vector<sim::Period>& periods,
                          const std::vector<KnownCurve>& curves);

/// What lies below and above a figure, from how far each cause alone moves it: independent causes add as squares. The ends do
/// not leave what a share (0 to 1) or an amount (0 up) can be; only cash may be negative, where resale brings more than is
/// bought.
std::array<double, 2> around(std::string_view figure, double centre, std::span<const double> moved);

/// 10 % and 90 % of the monthly columns that rest on speed or prices. `others` are the same table with those moved.
ResultTable interval_table(const HorizonSpec& spec, const ResultTable& centre, std::span<const ResultTable> others);

/// `usd_per_hour`: of a GPU's hour, and of the same with research and staff.
ResultTable campaign_table(const sim::Horizon& horizon, const sim::HorizonState& state, const std::vector<sim::Period>& periods,
                           const std::vector<double>& usd_per_hour);

}  // namespace gpufleet::scenarios
