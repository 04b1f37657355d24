// Internal to validation: one function a part of the scenario. Each adds its problems to `sink` and returns what could be read.
#pragma once

#include "core/diagnostics.h"
#include "scenarios/catalogs.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/scenario.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

std::vector<PoolSpec> read_pools(const TypedTable& fleet, const Catalogs& catalogs, Diagnostics& sink);
models::Architecture read_model(const TypedTable& model, const Catalogs& catalogs, const std::filesystem::path& folder,
                                Diagnostics& sink);

models::Precision read_precision(const TypedTable& training);
TrainingSpec read_training(const TypedTable& training, const std::vector<PoolSpec>& pools,
                           const models::Architecture& architecture, const Catalogs& catalogs, Diagnostics& sink);

/// What a layout is read against. Layout keys absent from `table` come from `inherited`, or the schema's defaults without one.
struct LayoutContext {
  const std::vector<PoolSpec>* pools = nullptr;
  const models::Architecture* architecture = nullptr;
  const LayoutSpec* inherited = nullptr;
  std::int64_t sequence = 0;
};
/// Degrees, schedule and stages; dp derived from the pools. Divisibility is checked by check_layout.
LayoutSpec read_layout(const TypedTable& table, const LayoutContext& context, Diagnostics& sink);
/// Problems of the layout that its keys do not show one by one; `batches` are the global batches it must carry.
void check_layout(const LayoutSpec& layout, const TypedTable& table, const LayoutContext& context, const TypedTable& phase,
                  const PhaseSpec& spec, Diagnostics& sink);

/// The file that a text key names: relative to the file that says so, which may be a base in another folder, or to the
/// scenario's `folder` where no file does. An error at the key where there is no such file. Precondition: the key is present.
std::filesystem::path named_file(const TypedTable& table, std::string_view key, const std::filesystem::path& folder,
                                 Diagnostics& sink);

std::vector<MeasuredFigure> read_measured(const TypedTable& root, Diagnostics& sink);

}  // namespace gpufleet::scenarios
