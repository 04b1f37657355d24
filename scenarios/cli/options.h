// What the user asked on the command line, as values: one struct a subcommand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gpufleet::scenarios::cli {

enum class Format : std::uint8_t { table, csv, json };
enum class Verbosity : std::uint8_t { normal, quiet };

struct RunOptions {
  std::vector<std::string> scenarios, overrides;
  std::uint64_t seed = 1;
  bool unfolded = false;  ///< every rank as events of its own; the same figures, for checking and timing
  Format format = Format::table;
  std::string out_folder, database, trace_file;
  int jobs = 0;  ///< threads; 0 = as many as cores
};
struct CheckOptions {
  std::vector<std::string> scenarios, overrides;
  bool explain = false;
};
struct ValidateOptions {
  enum class Form : std::uint8_t { table, csv, json, markdown };
  std::string suite = "all";
  std::string cases;
  Form format = Form::table;
  std::uint64_t seed = 1;
  int jobs = 0;
};
struct CatalogOptions {
  enum class What : std::uint8_t { list, show, import };
  What what = What::list;
  std::string name;  ///< model or chip; for import the file
  Format format = Format::table;
};
struct ModelsOptions : CatalogOptions {};
struct AcceleratorsOptions : CatalogOptions {};
struct ResultsOptions {
  enum class What : std::uint8_t { list, show, diff, export_one };
  What what = What::list;
  std::string database;
  std::vector<std::int64_t> ids;
  Format format = Format::table;
};
struct ExportStatusOptions {
  std::string name;  ///< chip, or "all"
  std::string destination = "CN", date;
  Format format = Format::table;
};
struct CalibrateOptions {
  std::string device, out;
  bool quick = false;
};
struct CompletionOptions {
  std::string shell;
};
struct SchemaOptions {
  std::string page;  ///< "format" or "metrics"
};

using Command = std::variant<RunOptions, CheckOptions, ValidateOptions, ModelsOptions, AcceleratorsOptions, ResultsOptions,
                             ExportStatusOptions, CalibrateOptions, CompletionOptions, SchemaOptions>;

struct CommandLine {
  Command command;
  Verbosity verbosity = Verbosity::normal;
};

/// Either a command, or what to print and the exit code (help, version, usage errors).
struct Parsed {
  std::optional<CommandLine> command_line;
  int exit_code = 0;
  std::string output, errors;
};
Parsed parse_command_line(int argc, const char* const* argv);

/// Subcommand names and their long options, for completion scripts.
struct CommandWords {
  std::string command;
  std::vector<std::string> words;
};
std::vector<CommandWords> command_words();

}  // namespace gpufleet::scenarios::cli
