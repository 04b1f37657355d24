// The export rules held against published statuses: tables of chip x date with the status that was in force.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hwprofiles/accelerator.h"
#include "hwprofiles/export_law.h"

namespace gpufleet::hw {

/// What a table's row gives: the seller's side, the buyer's side, or whether a purchase was plausible ("yes", "no").
enum class ExportGate : std::uint8_t { seller, buyer, purchase };

struct ExportCase {
  std::string chip, destination, date;
  ExportGate gate = ExportGate::seller;
  std::string expected;
  SourceLocation where;
};

/// A CSV table: columns chip, destination, gate (seller, buyer, purchase), then one per date, named by its ISO date; an empty
/// cell is no case. Errors: unknown columns, dates or gates, rows of another length.
Result<std::vector<ExportCase>> load_export_cases(const std::filesystem::path& file);

struct ExportRow {
  std::string id;  ///< "H20 SXM 96GB@2025-05-01"; the buyer's and purchase rows end in "/buyer", "/purchase"
  std::string measured, predicted, rule, reason;
  ExportGate gate = ExportGate::seller;
  bool agrees = false;
};
/// One row per case, in order. Errors: chips that the catalog does not hold.
Result<std::vector<ExportRow>> validate_export(std::span<const ExportCase> cases, std::span<const Accelerator> catalog,
                                               const ExportRules& rules);

}  // namespace gpufleet::hw
