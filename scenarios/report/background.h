// What stands behind a result's figures: the scenario's text, every key with its value and where that comes from, the catalog
// entries it names with their sources, and one step as it ran.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/catalogs.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/reference_pages.h"
#include "scenarios/run_result.h"
#include "sim/training/step_result.h"

namespace gpufleet::scenarios {

struct NamedText {
  std::string name, text;
};

struct Background {
  enum class Text : std::uint8_t { as_written, resolved };
  Text text = Text::as_written;
  std::vector<NamedText> files;        ///< the scenario's own first, then those it is laid on
  std::vector<std::string> overrides;  ///< --set
  std::vector<ExplainedKey> keys;      ///< with defaults; `from` is a file's line or who uses that default
  std::vector<ExplainedKey> catalog;   ///< key = kind, value = name, from = sources
  std::vector<sim::Span> spans;        ///< of one training step, if recorded
  std::vector<sim::TransferSpan> transfers;
};

/// Reads the files that the scenario's values come from; one that cannot be read any more is left out. Shipped files are named
/// from the root of the shipped data, the same on every machine.
Background background_of(const RawScenario& raw, const Scenario& scenario, const Catalogs& catalogs,
                         std::span<const std::string> overrides);
/// Of a result that was written earlier: its resolved scenario.
Background background_of(const RunResult& stored);

}  // namespace gpufleet::scenarios
