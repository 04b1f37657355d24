// Columns of the measurement form and their cells as text: what the reader and the writer share.
#pragma once

#include <string>
#include <string_view>

#include "hwprofiles/measurement.h"

namespace gpufleet::hw {

/// A kernel of the class with every shape at its default. Precondition: kernel_index < kernel_class_names().size().
Kernel blank_kernel(std::size_t kernel_index);

/// Sets the named column of `row` from `text`; returns what is wrong with the text as a clause, empty if nothing is. A column
/// that the row's class lacks is ignored.
std::string read_cell(std::string_view column, std::string_view text, Measurement& row);

/// The named column's text; empty if the row's class lacks it.
std::string cell_text(std::string_view column, const Measurement& row);

}  // namespace gpufleet::hw
