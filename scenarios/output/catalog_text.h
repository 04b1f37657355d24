// Catalog entries as tables, CSV or JSON.
#pragma once

#include <span>
#include <string>

#include "hwprofiles/accelerator.h"
#include "models/architecture.h"
#include "scenarios/output/format.h"

namespace gpufleet::hw {
struct AcceleratorFits;
struct KernelFits;
}  // namespace gpufleet::hw

namespace gpufleet::scenarios {

std::string models_text(std::span<const models::Architecture> models, Format format);
std::string model_text(const models::Architecture& model, Format format);
/// The model as a catalog file (models/data form), its parameter count in a comment above.
std::string model_entry(const models::Architecture& model);
/// What an import prints: the catalog file, or as JSON and CSV what `models show` tells of a model.
std::string imported_text(const models::Architecture& model, Format format);

std::string accelerators_text(std::span<const hw::Accelerator> accelerators, Format format);
/// With what stands behind each of its kernel times; `fits` hold the `user`'s calibrations.
std::string accelerator_text(const hw::Accelerator& accelerator, const hw::KernelFits& fits,
                             std::span<const hw::AcceleratorFits> user, Format format);

}  // namespace gpufleet::scenarios
