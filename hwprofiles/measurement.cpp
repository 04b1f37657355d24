// Reader and writer of the measurement form: header first, then row by row.
#include "hwprofiles/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

#include "core/check.h"
#include "hwprofiles/atomic_file.h"
#include "hwprofiles/csv.h"
#include "hwprofiles/measurement_columns.h"

namespace gpufleet::hw {

namespace {

constexpr std::string_view kClassColumn = "kernel";
/// More broken rows than this mean that the file is something else.
constexpr std::size_t kMostErrors = 50;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Columns of every class that occurs, in the order of the classes, then what all share.
std::vector<std::string> union_of_columns(std::span<const std::size_t> kernel_indices) {
  std::vector<std::string> columns;
  std::vector<std::string> tail;
  for (const std::size_t index : kernel_indices) {
    const std::vector<std::string> own = measurement_columns(index);
    const auto shapes_end = std::find(own.begin(), own.end(), "latency_us");
    for (auto column = own.begin(); column != shapes_end; ++column)
      if (!contains(columns, *column)) columns.push_back(*column);
    tail.assign(shapes_end, own.end());
  }
  if (kernel_indices.size() > 1) columns.insert(columns.begin() + 1, std::string(kClassColumn));
  columns.insert(columns.end(), tail.begin(), tail.end());
  return columns;
}

class Reader {
 public:
  Reader(std::istream& in, const std::string& file, const MeasurementSink& sink) : csv_(in), file_(file), sink_(sink) {}

  Diagnostics read() {
    if (!read_header()) return std::move(errors_);
    for (;;) {
      const CsvReader::Next next = csv_.next(cells_);
      if (next == CsvReader::Next::end) return std::move(errors_);
      if (next == CsvReader::Next::record)
        read_row();
      else
        broken_record(next);
      if (errors_.size() >= kMostErrors) {
        error("", fmt::format("stopped after {} errors", kMostErrors), "");
        return std::move(errors_);
      }
    }
  }

 private:
  void error(std::string_view column, std::string message, std::string hint) {
    errors_.push_back({.where = {.file = file_, .line = csv_.line()},
                       .key = std::string(column),
                       .message = std::move(message),
                       .hint = std::move(hint)});
  }

  void broken_record(CsvReader::Next why) {
    if (why == CsvReader::Next::too_long)
      error("", fmt::format("the row is longer than {} bytes", CsvReader::kLongestRecord), "");
    else if (why == CsvReader::Next::bad_quote)
      error("", "misplaced quote: a quoted field opens and closes with \" and doubles those inside", "");
    else
      error("", "the file ends inside a quoted field", "");
  }

  bool read_header() {
    const CsvReader::Next next = csv_.next(header_);
    if (next == CsvReader::Next::end) return error("", "the file is empty; a header row was expected", ""), false;
    if (next != CsvReader::Next::record) return broken_record(next), false;
    if (!contains(header_, kClassColumn)) class_ = nearest_class();
    const std::size_t classes = kernel_class_names().size();
    for (std::size_t i = 0; i < classes; ++i) columns_.push_back(measurement_columns(i));
    std::vector<std::string> known{std::string(kClassColumn)};
    for (std::size_t i = 0; i < classes; ++i)
      for (const std::string& column : columns_[i])
        if ((!class_ || *class_ == i) && !contains(known, column)) known.push_back(column);
    const std::string form = class_ ? fmt::format("of the class {}", kernel_class_names()[*class_]) : "of any kernel class";
    for (std::size_t i = 0; i < header_.size() && errors_.size() < kMostErrors; ++i) {
      if (!contains(known, header_[i]))
        error(shown(header_[i]), fmt::format("unknown column; expected the columns {}", form), did_you_mean(header_[i], known));
      else if (std::find(header_.begin(), header_.begin() + static_cast<std::ptrdiff_t>(i), header_[i]) !=
               header_.begin() + static_cast<std::ptrdiff_t>(i))
        error(header_[i], "the column occurs twice", "");
    }
    // A file of several classes may lack the columns of classes that do not occur in it; each row checks its own.
    for (const std::string& column : class_ ? columns_[*class_] : shared_columns())
      if (!contains(header_, column)) error(column, fmt::format("missing column {}", form), did_you_mean(column, header_));
    return errors_.empty();
  }

  static std::vector<std::string> shared_columns() { return {"accelerator", "latency_us", "engine", "source", "licence"}; }

  /// The class with the fewest columns missing or unknown; the first of equals.
  std::size_t nearest_class() const {
    std::size_t best = 0;
    std::size_t best_distance = static_cast<std::size_t>(-1);
    for (std::size_t i = 0; i < kernel_class_names().size(); ++i) {
      const std::vector<std::string> own = measurement_columns(i);
      const auto shared = static_cast<std::size_t>(
          std::count_if(own.begin(), own.end(), [&](const std::string& column) { return contains(header_, column); }));
      const std::size_t distance = own.size() + header_.size() - 2 * std::min(shared, header_.size());
      if (distance < best_distance) best = i, best_distance = distance;
    }
    return best;
  }

  std::optional<std::size_t> row_class() {
    if (class_) return class_;
    const auto column = std::find(header_.begin(), header_.end(), kClassColumn) - header_.begin();
    const std::string& text = cells_[static_cast<std::size_t>(column)];
    const auto names = kernel_class_names();
    const auto found = std::find(names.begin(), names.end(), text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    error(kClassColumn, fmt::format("{} is not one of {}", shown(text), fmt::join(names, ", ")), did_you_mean(text, names));
    return std::nullopt;
  }

  void read_row() {
    if (cells_.size() != header_.size()) {
      error("", fmt::format("the row has {} fields, the header {}", cells_.size(), header_.size()), "");
      return;
    }
    const std::optional<std::size_t> kernel_index = row_class();
    if (!kernel_index) return;
    const std::size_t errors_before = errors_.size();
    Measurement row{.kernel = blank_kernel(*kernel_index)};
    const std::vector<std::string>& own = columns_[*kernel_index];
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (header_[i] == kClassColumn) continue;
      if (!contains(own, header_[i])) {
        if (!cells_[i].empty())
          error(header_[i], fmt::format("the class {} has no such column", kernel_class_names()[*kernel_index]), "");
        continue;
      }
      if (std::string reason = read_cell(header_[i], cells_[i], row); !reason.empty()) error(header_[i], std::move(reason), "");
    }
    if (!class_)
      for (const std::string& column : own)
        if (!contains(header_, column))
          error(column, fmt::format("missing column of the class {}", kernel_class_names()[*kernel_index]), "");
    if (errors_.size() != errors_before) return;
    if (std::string reason = unsound_reason(row); !reason.empty())
      error("", std::move(reason), "");
    else
      sink_(std::move(row), csv_.line());
  }

  CsvReader csv_;
  const std::string& file_;
  const MeasurementSink& sink_;
  std::optional<std::size_t> class_;  ///< nothing: each row names its own
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> columns_;  ///< by class
  std::vector<std::string> cells_;
  Diagnostics errors_;
};

Diagnostic file_error(const std::filesystem::path& file, std::string message) {
  return {.where = {.file = file.string()}, .message = std::move(message)};
}

}  // namespace

Diagnostics read_measurements(std::istream& in, const std::string& file, const MeasurementSink& sink) {
  return Reader(in, file, sink).read();
}

Result<std::vector<Measurement>> load_measurements(const std::filesystem::path& file_or_folder) {
  std::vector<std::filesystem::path> files{file_or_folder};
  std::error_code failed;
  if (std::filesystem::is_directory(file_or_folder, failed)) {
    files.clear();
    for (std::filesystem::directory_iterator entry(file_or_folder, failed), end; !failed && entry != end; entry.increment(failed))
      if (entry->path().extension() == ".csv") files.push_back(entry->path());
    if (failed) return file_error(file_or_folder, "cannot list the folder: " + failed.message());
    if (files.empty()) return file_error(file_or_folder, "the folder holds no .csv file");
    std::sort(files.begin(), files.end());
  }
  std::vector<Measurement> rows;
  Diagnostics errors;
  for (const std::filesystem::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      errors.push_back(file_error(file, "cannot open the file"));
      continue;
    }
    const Diagnostics found =
        read_measurements(in, file.string(), [&](Measurement&& row, std::uint32_t) { rows.push_back(std::move(row)); });
    errors.insert(errors.end(), found.begin(), found.end());
  }
  if (!errors.empty()) return errors;
  return rows;
}

std::string measurements_to_csv(std::span<const Measurement> measurements) {
  std::vector<std::size_t> classes;
  for (const Measurement& row : measurements)
    if (std::find(classes.begin(), classes.end(), row.kernel.index()) == classes.end()) classes.push_back(row.kernel.index());
  std::sort(classes.begin(), classes.end());
  const std::vector<std::string> columns = union_of_columns(classes);
  std::string out = fmt::format("{}\n", fmt::join(columns, ","));
  for (const Measurement& row : measurements) {
    check(unsound_reason(row).empty(), "an unsound measurement is not written");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_field(out, columns[i] == kClassColumn ? kernel_class_names()[row.kernel.index()] : cell_text(columns[i], row));
    }
    out += '\n';
  }
  return out;
}

Diagnostics write_measurements(const std::filesystem::path& file, std::span<const Measurement> measurements) {
  if (measurements.empty()) return {file_error(file, "there are no measurements to write")};
  for (std::size_t i = 0; i < measurements.size(); ++i)
    if (const std::string reason = unsound_reason(measurements[i]); !reason.empty())
      return {file_error(file, fmt::format("measurement {} is not written: {}", i + 1, reason))};
  return write_file_atomically(file, measurements_to_csv(measurements));
}

}  // namespace gpufleet::hw
