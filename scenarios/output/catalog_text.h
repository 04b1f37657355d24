// Catalog entries as tables, CSV or JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "hwprofiles/accelerator.h"
#include "models/architecture.h"

namespace gpufleet::hw {
struct AcceleratorFits;
struct KernelFits;
}  // namespace gpufleet::hw

namespace gpufleet::scenarios {

enum class CatalogForm : std::uint8_t { table, csv, json };

std::string models_text(std::span<const models::Architecture> models, CatalogForm form);
std::string model_text(const models::Architecture& model, CatalogForm form);
/// The model as a catalog file (models/data form).
std::string model_entry(const models::Architecture& model);

std::string accelerators_text(std::span<const hw::Accelerator> accelerators, CatalogForm form);
/// With what stands behind each of its kernel times; `fits` hold the `user`'s calibrations.
std::string accelerator_text(const hw::Accelerator& accelerator, const hw::KernelFits& fits,
                             std::span<const hw::AcceleratorFits> user, CatalogForm form);

}  // namespace gpufleet::scenarios
