// The one form of kernel measurements: the calibrator writes it, the fitter reads it, a user can bring it. A CSV file holds one
// kernel class, with the columns accelerator, the class's shape columns (named as the members in kernel.h; `dtype` also for
// the caches' type), latency_us, engine, source, licence; or several classes, with a `kernel` column that names each row's.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.h"
#include "core/result.h"
#include "hwprofiles/kernel.h"

namespace gpufleet::hw {

/// One kernel, timed once (a median of many repetitions counts as once).
struct Measurement {
  std::string accelerator;  ///< catalog name, e.g. "H800 SXM"
  Kernel kernel;
  double latency_us = 0;
  std::string engine;   ///< what ran it: library and version, e.g. "cublasLt 13.0"
  std::string source;   ///< where the figure stands: repository@commit, paper, or machine with driver, clock and date
  std::string licence;  ///< SPDX identifier, or "own"
  friend bool operator==(const Measurement&, const Measurement&) = default;
};

/// Names of the kernel classes in file names and in the `kernel` column, indexed as the alternatives of Kernel.
std::span<const std::string> kernel_class_names();
/// All columns of the class's file, in the order in which they are written. Precondition: index < kernel_class_names().size().
std::vector<std::string> measurement_columns(std::size_t kernel_index);

/// What makes the measurement impossible (a negative length, kv_len < q_len under a causal mask, latency not finite, control
/// characters in a text), as one clause; empty if it is sound.
std::string unsound_reason(const Measurement& measurement);

/// Called with each sound row and its line.
using MeasurementSink = std::function<void(Measurement&& measurement, std::uint32_t line)>;

/// Reads row by row in constant memory. Columns are found by name in any order; unknown, repeated and missing columns end the
/// reading. A broken row is an error with its line and column name, and reading goes on with the next; after 50 it ends.
/// Sound rows before and after broken ones reach the sink: the caller drops them if it wants all or nothing.
Diagnostics read_measurements(std::istream& in, const std::string& file, const MeasurementSink& sink);

/// All rows of a file, or of all *.csv files of a folder in the order of their names; any broken row means no value.
Result<std::vector<Measurement>> load_measurements(const std::filesystem::path& file_or_folder);

/// The bytes of the form: one class's columns if all rows are of one class, else the columns of all classes that occur, with
/// the `kernel` column. Rows keep their order; numbers are the shortest text that reads back to the same value.
/// Precondition: every row is sound.
std::string measurements_to_csv(std::span<const Measurement> measurements);

/// Writes that form; the file appears whole or not at all (see atomic_file.h). Errors: nothing to write, an unsound row, the
/// disk.
Diagnostics write_measurements(const std::filesystem::path& file, std::span<const Measurement> measurements);

}  // namespace gpufleet::hw
