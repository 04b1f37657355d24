// `gpufleet report`: scenarios and results as one HTML file, as Markdown, as CSV files.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>

#include "hwprofiles/atomic_file.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/output_names.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/report/csv_tables.h"
#include "scenarios/report/read_result.h"
#include "scenarios/report/report.h"
#include "scenarios/run_scenario.h"
#include "scenarios/store/store.h"
#include "scenarios/text_file.h"
#include "scenarios/validate.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios::cli {
namespace {

namespace fs = std::filesystem;

std::string store_of(const ReportOptions& options) { return options.database.empty() ? "gpufleet.db" : options.database; }

std::optional<std::int64_t> number_of_result(const std::string& word) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  return error == std::errc() && end == word.data() + word.size() ? std::optional(id) : std::nullopt;
}

// What one word on the command line stands for: results, and what stands behind each.
struct ReportInput {
  std::vector<RunResult> results;
  std::vector<Background> backgrounds;
};

ReportInput with_backgrounds(std::vector<RunResult> results) {
  ReportInput out{std::move(results), {}};
  for (const RunResult& result : out.results) out.backgrounds.push_back(background_of(result));
  return out;
}

Result<ReportInput> stored(std::int64_t id, const ReportOptions& options) {
  Result<Store> store = Store::open(store_of(options), Store::Mode::read_only);
  if (!store) return store.diagnostics();
  const Result<StoredResult> result = store->get(id);
  if (!result) return result.diagnostics();
  Result<std::vector<RunResult>> read = read_results(result->json, result->scenario_name);
  if (!read) return read.diagnostics();
  if (read->front().title.empty()) read->front().title = result->title;
  return with_backgrounds(std::move(read).value());
}

Result<ReportInput> simulated(const std::string& file, const ReportOptions& options, const ShippedData& data,
                              const RunControl& control, Console& console) {
  const Result<RawScenario> raw = load_scenario(file, options.overrides, data.paths);
  if (!raw) return raw.diagnostics();
  const Result<Scenario> scenario = validate(*raw, data.catalogs);
  if (!scenario) return scenario.diagnostics();
  console.diagnose(scenario.diagnostics());
  RunSettings settings;
  settings.seed = options.seed;
  settings.recording = sim::Recording::spans;
  Result<RunOutput> output = run_scenario(*scenario, data.catalogs, data.hardware, settings, control);
  if (!output) return output.diagnostics();
  ReportInput out;
  out.results.push_back(std::move(output->result));
  out.backgrounds.push_back(background_of(*raw, *scenario, data.catalogs, options.overrides));
  out.backgrounds.back().spans = std::move(output->spans);
  out.backgrounds.back().transfers = std::move(output->transfers);
  return out;
}

Result<ReportInput> results_of(const std::string& word, const ReportOptions& options, const ShippedData& data,
                               const RunControl& control, Console& console) {
  if (const auto id = number_of_result(word)) return stored(*id, options);
  if (fs::path(word).extension() != ".json") return simulated(word, options, data, control, console);
  const Result<std::string> text = read_text_file(word, word);
  if (!text) return text.diagnostics();
  Result<std::vector<RunResult>> read = read_results(*text, word);
  if (!read) return read.diagnostics();
  return with_backgrounds(std::move(read).value());
}

// The suites of the subjects that the results speak of.
std::vector<std::string_view> suites_behind(const std::vector<RunResult>& results) {
  std::vector<std::string_view> out{"kernels"};
  const auto has = [&](std::string_view metric) {
    return std::ranges::any_of(results, [&](const RunResult& r) { return find_metric(r, metric) != nullptr; });
  };
  if (has("step_time")) out.insert(out.end(), {"training", "network"});
  if (has("output_tokens_per_second")) out.push_back("serving");
  if (has("legal_share")) out.push_back("export");
  return out;
}

bool write(const fs::path& file, const std::string& text, Console& console) {
  const Diagnostics problems = hw::write_file_atomically(file, text);
  console.diagnose(problems);
  return !has_errors(problems);
}

bool write_csv(const std::string& folder, const Report& report, Console& console) {
  std::error_code error;
  fs::create_directories(folder, error);
  return std::ranges::all_of(csv_files(report),
                             [&](const CsvFile& file) { return write(fs::path(folder) / file.name, file.text, console); });
}

Diagnostics check_files(const ReportOptions& options) {
  std::vector<NamedFile> inputs;
  for (const std::string& word : options.inputs)
    inputs.push_back(number_of_result(word) ? NamedFile{"the results store", store_of(options)} : NamedFile{"an input", word});
  const fs::path table = options.csv_folder.empty() ? fs::path() : fs::path(options.csv_folder) / "results.csv";
  const NamedFile outputs[] = {{"--html", options.html}, {"--markdown", options.markdown}, {"--csv", table}};
  return check_outputs(inputs, outputs);
}

}  // namespace

int report_command(const ReportOptions& options, Console& console, std::stop_token stop) {
  const std::optional<Language> language = language_from_name(options.language);
  if (!language || (options.html.empty() && options.markdown.empty() && options.csv_folder.empty())) {
    console.diagnose({.message = language ? "nowhere to write to" : fmt::format("unknown language \"{}\"", options.language),
                      .hint = language ? "give --html FILE, --markdown FILE or --csv DIR" : "there are en, fr, zh"});
    return kBadInput;
  }
  if (const Diagnostics problems = check_files(options); has_errors(problems)) {
    console.diagnose(problems);
    return kBadInput;
  }
  const Result<ShippedData> data = load_shipped(console);
  if (!data) return exit_code_of_data(data.diagnostics());

  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  Report report;
  report.language = *language;
  for (const std::string& word : options.inputs) {
    Result<ReportInput> input = results_of(word, options, *data, control, console);
    if (control.stopped()) return kInterrupted;
    console.diagnose(input.diagnostics());
    if (!input) return exit_code(input.diagnostics());
    std::ranges::move(input->results, std::back_inserter(report.results));
    std::ranges::move(input->backgrounds, std::back_inserter(report.backgrounds));
  }
  if (options.validation) {
    SuiteInput input;
    input.data = data->paths;
    const auto wanted = suites_behind(report.results);
    for (const Suite& suite : suites()) {
      if (std::ranges::find(wanted, suite.name) == wanted.end()) continue;
      Result<ValidationReport> run = suite.run(input, control);
      if (control.stopped()) return kInterrupted;
      console.diagnose(run.diagnostics());
      if (!run) return exit_code(run.diagnostics());
      report.validation.push_back(std::move(run).value());
    }
  }
  console.end_progress();
  if (!options.html.empty() && !write(options.html, to_html(report), console)) return kBadInput;
  if (!options.markdown.empty() && !write(options.markdown, to_markdown(report), console)) return kBadInput;
  if (!options.csv_folder.empty() && !write_csv(options.csv_folder, report, console)) return kBadInput;
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
