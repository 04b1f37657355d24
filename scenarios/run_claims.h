// Public claims answered: figures computed, compared, judged, with the arithmetic.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/capacity_curves.h"
#include "scenarios/claims_spec.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

struct ClaimAnswer {
  const ClaimSpec* claim = nullptr;
  Estimate computed;
  Verdict verdict = Verdict::cannot_be_settled;
  std::string arithmetic;  ///< formula, the figures behind its names, and the result
};

/// Whether a figure with its interval bears a claim out: supported within the tolerance (plausible where it rests on assumed
/// figures), plausible where the interval reaches it, contradicted otherwise.
enum class Footing : std::uint8_t { firm, assumed };
Verdict judge(const ClaimSpec& claim, const Estimate& computed, Footing footing);

/// `own`: the result of the scenario that asks, whose metrics formulas use by name. Errors: a scenario that cannot be read, a
/// name that stands for nothing.
Result<std::vector<ClaimAnswer>> answer_claims(const ClaimsSpec& spec, const RunResult& own, const Catalogs& catalogs,
                                               const HardwareData& hardware, CurveMemory& memory, const RunControl& control);

/// Answers as the table "claims" of `result`.
Diagnostics run_claims(const ClaimsSpec& spec, const Catalogs& catalogs, const HardwareData& hardware, CurveMemory& memory,
                       const RunControl& control, RunResult& result);

}  // namespace gpufleet::scenarios
