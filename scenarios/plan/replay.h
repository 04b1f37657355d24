// The plan held against the fleet simulator: its purchases and its allocation of every month are simulated hour by hour, the two
// outcomes compared, and the programme's coefficients corrected by what came out.
#pragma once

#include <string>
#include <vector>

#include "core/run_control.h"
#include "scenarios/plan/model.h"
#include "sim/plan/formulate.h"

namespace gpufleet::scenarios {

struct PlanReplay {
  std::vector<sim::Period> periods;  ///< one a month
  sim::HorizonState state;
};
PlanReplay replay_plan(const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome, const RunControl& control);

/// One figure of both.
struct Agreement {
  enum class Figure : std::uint8_t { cost, purchases, load, campaign } figure = Figure::cost;
  int index = 0;  ///< load or campaign
  double programme = 0, simulated = 0;
  /// |simulated - programme| / programme
  [[nodiscard]] double gap() const;
};
std::vector<Agreement> compare(const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome,
                               const PlanReplay& replay);

/// Whether the simulation finishes every campaign that the programme does: a last token may be missing where all figures are
/// close.
bool finishes_as_planned(const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome, const PlanReplay& replay);

/// Factors on the coefficients of the model's tree: rates by load and by campaign, electricity of being busy.
struct PlanCorrections {
  std::vector<double> loads, campaigns;
  double electricity = 1;
};
PlanCorrections no_corrections(const PlanModel& model);
sim::PlanTree corrected(sim::PlanTree tree, const PlanCorrections& corrections);
/// After one branch was found to differ.
void correct(PlanCorrections& corrections, const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome,
             const std::vector<Agreement>& found);

}  // namespace gpufleet::scenarios
