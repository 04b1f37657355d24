// Public claims that a scenario holds against its own figures; checked and typed. run_claims.h answers them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "scenarios/formula.h"

namespace gpufleet::scenarios {

/// Figures under a name, for formulas.
struct GivenFigure {
  std::string name, unit, source;
  Estimate value;
  bool assumed = false;  ///< an estimate or an assumption, on which nothing can rest alone
};
struct ChipFigures {  ///< NAME.tpp, .bandwidth, .memory, .io, .tdp, .bf16, .fp8: SI
  std::string name, accelerator;
};
struct PriceFigure {  ///< USD, or USD/h for rents; assumptions in their base units
  std::string name, accelerator, kind, assumption, region, date;
};
struct StatusFigure {  ///< 1 where the sale was permitted on the day, else 0
  std::string name, accelerator, destination, date;
};
/// Another scenario's metrics as NAME.metric; the first month of its table as NAME.column, the last as NAME.last.column.
/// NAME.fits: 1 where the plan fits in memory and can run, else 0.
struct ClaimRun {
  std::string name, scenario;
  std::vector<std::string> overrides;
};

enum class Relation : std::uint8_t { equals, at_least, at_most };
enum class Verdict : std::uint8_t { supported, plausible, contradicted, cannot_be_settled };
std::string_view name(Verdict verdict);
std::optional<Verdict> verdict_from_name(std::string_view text);

struct ClaimSpec {
  enum class Kind : std::uint8_t { claim, reference } kind = Kind::claim;
  std::string id, text, unit;
  std::optional<Formula> formula;  ///< nothing: no figure to compute
  Relation relation = Relation::equals;
  double low = 0, high = 0;  ///< what is claimed; equal for a single figure
  double tolerance = 0.1;
  std::string unsettled;    ///< why nothing can be concluded, whatever the figure says
  std::string reading;      ///< what the answer means, and what the claim leaves out
  std::string explanation;  ///< of a reference that is missed on purpose
  std::string source;
  std::optional<Verdict> evidence;  ///< what the public record says, for `validate claims`
};

struct ClaimsSpec {
  std::vector<GivenFigure> given;
  std::vector<ChipFigures> chips;
  std::vector<PriceFigure> prices;
  std::vector<StatusFigure> statuses;
  std::vector<ClaimRun> runs;
  std::vector<ClaimSpec> claims;  ///< claims and references, in the file's order
};

}  // namespace gpufleet::scenarios
