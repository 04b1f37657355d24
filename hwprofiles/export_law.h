// The legal status of a chip for a destination at a date, computed from the chip's own numbers by the rules in force, with the
// rule, the lines crossed and both numbers. Strictest outcome wins; the buyer's own government is a second gate.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hwprofiles/accelerator.h"
#include "hwprofiles/export_rules.h"

namespace gpufleet::hw {

/// What the rules look at. Unknown numbers stay unknown and make a status uncertain only where they matter.
struct ExportFacts {
  std::string name;
  std::string designer;
  std::string released;  ///< ISO date; empty = never sold
  Market market = Market::data_centre;
  std::optional<double> tpp;       ///< TFLOP/s x bits, dense
  std::optional<double> die_area;  ///< mm2
  std::optional<double> io;        ///< scale-up + PCIe, both directions, GB/s
  std::optional<double> dram;      ///< GB/s
  [[nodiscard]] std::optional<double> performance_density() const;
};
/// TPP = max over formats of dense TFLOP/s x bits (TF32 left out, as its 19 bits have no agreed count); a declared bound where
/// no rate is published. Source: 88 FR 73458, note to 3A090.
ExportFacts export_facts(const Accelerator& chip);

enum class Funding : std::uint8_t { ordinary, state };

/// "cn" -> "CN"; empty where the text is no ISO 3166-1 code of a country. No rule names anything else, so that all would be
/// allowed there.
std::string country_code(std::string_view text);

struct ExportQuery {
  std::string destination = "CN";  ///< ISO country of delivery
  std::string headquarters;        ///< of the buyer; empty = as the destination
  std::string date;                ///< complete ISO date of purchase
  Funding funding = Funding::ordinary;
  std::optional<double> country_tpp;  ///< sum of TPP sold to the country, for quotas
  std::vector<std::string> what_if;   ///< ids of rules to count as enforced
};

struct GateFinding {
  GateOutcome outcome = GateOutcome::encouraged;
  std::string rule;
};

struct ExportVerdict {
  enum class Standing : std::uint8_t { on_sale, not_released, domestic } standing = Standing::on_sale;
  ExportOutcome outcome = ExportOutcome::allowed;  ///< meaningful when on sale
  std::string rule;                    ///< that decided; for a free chip the one with the nearest line; empty if none is in force
  std::string reason;                  ///< one line with both numbers: "TPP 2368 < 2400"
  std::vector<Comparison> lines;       ///< the comparisons behind it
  double margin = 0;                   ///< free chip: relative distance to the nearest line
  double licence_share = 0;            ///< of the price, that the licence costs
  double levy_share = 0;               ///< of the price, tariffs
  std::vector<GateFinding> gate;       ///< what the buyer's government does, most specific first
  std::vector<std::string> uncertain;  ///< rules that unknown inputs leave open

  /// "ALLOWED", "NAC", "LICENCE_GRANTED_15PCT", "CASE_BY_CASE", "QUOTA", "LICENCE_REQUIRED", "BANNED", "NOT_RELEASED",
  /// "DOMESTIC".
  [[nodiscard]] std::string status() const;
  /// "FREE", or the gate's outcomes joined with '+'.
  [[nodiscard]] std::string gate_status() const;
};

/// Precondition: query.date is a complete ISO date.
ExportVerdict export_status(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query);

/// No licence question stands open and no government stops the purchase (a notification or a granted licence counts as open).
bool purchase_plausible(const ExportVerdict& verdict, Funding funding);

struct StatusChange {
  std::string date;
  ExportVerdict verdict;
};
/// Status from first sale on, one entry per change of the status word up to `query.date`; empty if never sold by then.
std::vector<StatusChange> export_history(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query);

}  // namespace gpufleet::hw
