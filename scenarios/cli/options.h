// What the user asked on the command line, as values: one struct a subcommand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scenarios/output/format.h"

namespace gpufleet::scenarios::cli {

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
struct SweepOptions {
  enum class Sampling : std::uint8_t { automatic, grid, latin, random };
  enum class Sensitivity : std::uint8_t { none, tornado, sobol };
  std::string scenario;
  std::vector<std::string> overrides, vary, metrics;
  Sampling sampling = Sampling::automatic;
  Sensitivity sensitivity = Sensitivity::none;
  std::uint64_t points = 0, seed = 1;
  int draws = 24;
  int jobs = 0;
  double rank_silence = 10;  ///< seconds after which a rank of a parallel job is taken for lost
  std::string database = "gpufleet.db";
  bool no_database = false;
  Format format = Format::table;
};
struct LayoutsOptions {
  enum class Objective : std::uint8_t { time, cost, memory, energy };
  std::string scenario;
  std::vector<std::string> overrides;
  Objective objective = Objective::time;
  int top = 10;
  int draws = 24;
  double seconds = 0;  ///< limit; 0 = until it is certain
  std::uint64_t seed = 1;
  int jobs = 0;
  Format format = Format::table;
};
struct FabricOptions {
  std::string scenario;
  std::vector<std::string> overrides, failed;
  std::string between_halls, message = "1 GB";  ///< with units, as in scenarios
  std::string drawing;                          ///< file: .dot, or .json
  Format format = Format::table;
};
struct PlanOptions {
  std::string scenario;
  std::vector<std::string> overrides;
  std::string out_folder;
  Format format = Format::table;
};
struct CatalogOptions {
  enum class What : std::uint8_t { list, show, import, check, blank };
  What what = What::list;
  std::string name;  ///< model or chip; for import and check the file
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
  std::string name;  ///< chip, or "all"; of a design the template
  std::string destination = "CN", date;
  std::string headquarters;  ///< of the buyer; empty = as the destination
  bool state_funded = false;
  std::string what_if, withdraw;      ///< ids of rules, commas between them
  std::string rules;                  ///< file laid over the shipped rules
  std::optional<double> country_tpp;  ///< sold to the country before, for quotas
  bool design = false;                ///< the largest chips below the lines instead of a status
  bool notified = false;              ///< of designs: also those that may be sold after a notification
  Format format = Format::table;
};
struct CalibrateOptions {
  std::string device, out;
  bool quick = false;
};
struct ReportOptions {
  std::vector<std::string> inputs, overrides;  ///< scenarios, result files (.json), numbers of stored results
  std::string html, markdown, csv_folder, database, language = "en";
  std::uint64_t seed = 1;
  bool validation = false;  ///< with the errors of the suites behind the numbers
};
struct ImportCommandOptions {
  std::string command;  ///< the launch command, or with `emit` a scenario file
  std::string emit;     ///< "megatron", "vllm" or "sglang"; empty = import
  std::string accelerator = "H100 SXM5", model;
  int count = 0;
};
struct CompletionOptions {
  std::string shell;
};
struct SchemaOptions {
  std::string page;  ///< "format" or "metrics"
};

using Command = std::variant<RunOptions, CheckOptions, PlanOptions, SweepOptions, LayoutsOptions, FabricOptions, ValidateOptions,
                             ModelsOptions, AcceleratorsOptions, ResultsOptions, ExportStatusOptions, CalibrateOptions,
                             ReportOptions, ImportCommandOptions, CompletionOptions, SchemaOptions>;

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
