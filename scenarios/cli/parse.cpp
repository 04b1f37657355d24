// The command line's grammar; the only file that sees CLI11.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <sstream>

#include "core/diagnostics.h"
#include "scenarios/cli/options.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios::cli {
namespace {

const std::map<std::string, Format> kFormats{{"table", Format::table}, {"csv", Format::csv}, {"json", Format::json}};

// One of a few words, whatever their case. CLI11's own transformer shows an enum's values as characters, among them NUL.
template <class Value>
CLI::Validator one_of(const std::map<std::string, Value>& words) {
  return {[words](std::string& text) -> std::string {
            const auto found = words.find(CLI::detail::to_lower(text));
            if (found != words.end()) {
              text = std::to_string(static_cast<int>(found->second));  // as CLI11 reads an enum
              return "";
            }
            std::vector<std::string> names;
            for (const auto& [word, value] : words) names.push_back(word);
            return fmt::format("\"{}\" is none of {}", text, fmt::join(names, ", "));
          },
          ""};
}

void add_format(CLI::App& app, Format& format) {
  app.add_option("--format", format, "table, csv or json")->transform(one_of(kFormats))->default_str("table");
}

// strtoull, which CLI11 reads unsigned numbers with, takes -1, and all that are too large, for the largest one.
CLI::Validator not_negative() {
  return {
      [](std::string& text) -> std::string {
        if (text.starts_with('-')) return fmt::format("{} is negative, and wants a whole number from 0", text);
        std::uint64_t value = 0;
        const bool above = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc::result_out_of_range;
        return above ? fmt::format("{} is above {}, the largest that there is", text, std::numeric_limits<std::uint64_t>::max())
                     : "";
      },
      ""};
}

CLI::Validator finite() {
  return {[](std::string& text) -> std::string {
            double value = 0;
            const bool number = CLI::detail::lexical_cast(text, value);
            return number && std::isfinite(value) ? "" : fmt::format("{} is no finite number", text);
          },
          ""};
}

void add_seed(CLI::App& app, std::uint64_t& seed) {
  app.add_option("--seed", seed, "seed of all random streams")->check(not_negative())->capture_default_str();
}

CLI::App* add(CLI::App& app, const std::string& name, const std::string& doc, const std::string& example_line) {
  CLI::App* command = app.add_subcommand(name, doc);
  command->footer("example:\n  " + example_line);
  return command;
}

void add_scenarios(CLI::App& app, std::vector<std::string>& scenarios, std::vector<std::string>& overrides) {
  app.add_option("SCENARIO", scenarios, "scenario files")->required();
  app.add_option("--set", overrides, "key=value laid over the file, e.g. training.layout.pp=8; repeatable")
      ->take_all()
      ->allow_extra_args(false);
}

// Everything the parser fills; `chosen` is written by the subcommand's callback.
struct Grammar {
  CLI::App app{"Simulates GPU fleets for large language models: how long, how many tokens per second, at what cost.", "gpufleet"};
  bool quiet = false;
  RunOptions run;
  CheckOptions check;
  SweepOptions sweep;
  LayoutsOptions layouts;
  FabricOptions fabric;
  PlanOptions plan;
  ValidateOptions validate;
  ModelsOptions models;
  AcceleratorsOptions accelerators;
  ResultsOptions results;
  ExportStatusOptions export_status;
  CalibrateOptions calibrate;
  ReportOptions report;
  ImportCommandOptions import_command;
  CompletionOptions completion;
  SchemaOptions schema;
  std::optional<Command> chosen;

  Grammar();

 private:
  template <class Options>
  void when_chosen(CLI::App* command, Options& options) {
    command->callback([this, &options] { chosen = options; });
  }
  template <class Options>
  void add_catalog(CLI::App* command, Options& options, const std::string& what);
  void add_run();
  void add_check();
  void add_sweep();
  void add_layouts();
  void add_fabric();
  void add_plan();
  void add_validate();
  void add_results();
  void add_report();
  void add_import_command();
  void add_hardware();
};

template <class Options>
void Grammar::add_catalog(CLI::App* command, Options& options, const std::string& what) {
  using What = CatalogOptions::What;
  command->require_subcommand(1);
  CLI::App* list = add(*command, "list", "one line a " + what, fmt::format("gpufleet {} list", command->get_name()));
  add_format(*list, options.format);
  CLI::App* show = add(*command, "show", "everything known of one " + what,
                       fmt::format("gpufleet {} show \"{}\"", command->get_name(), what == "model" ? "DeepSeek-V3" : "H800 SXM"));
  show->add_option("NAME", options.name, "name or alias")->required();
  add_format(*show, options.format);
  list->callback([this, &options] { options.what = What::list, chosen = options; });
  show->callback([this, &options] { options.what = What::show, chosen = options; });
}

void Grammar::add_run() {
  CLI::App* command =
      add(app, "run", "simulate scenarios", "gpufleet run scenarios/deepseek-v3-h800-2048.toml --set training.layout.pp=8");
  add_scenarios(*command, run.scenarios, run.overrides);
  add_seed(*command, run.seed);
  add_format(*command, run.format);
  command->add_option("--out", run.out_folder, "folder that gets NAME.json and NAME.csv of each scenario");
  command->add_option("--db", run.database, "results store that keeps the results");
  command->add_option("--trace", run.trace_file, "timeline of one step for chrome://tracing or Perfetto");
  command->add_option("--jobs", run.jobs, "threads; 0 = all cores")->check(CLI::Range(0, 1024));
  command->add_flag("--unfolded", run.unfolded, "simulate every rank instead of one of each kind; gives the same figures");
  when_chosen(command, run);
}

void Grammar::add_check() {
  CLI::App* command = add(app, "check", "validate scenarios without running them", "gpufleet check my-cluster.toml --explain");
  add_scenarios(*command, check.scenarios, check.overrides);
  command->add_flag("--explain", check.explain, "print every key with its value or default, and where it comes from");
  when_chosen(command, check);
}

void add_scenario(CLI::App& app, std::string& scenario, std::vector<std::string>& overrides) {
  app.add_option("SCENARIO", scenario, "scenario file")->required();
  app.add_option("--set", overrides, "key=value laid over the file; repeatable")->take_all()->allow_extra_args(false);
}
void add_jobs(CLI::App& app, int& jobs) { app.add_option("--jobs", jobs, "threads; 0 = all cores")->check(CLI::Range(0, 1024)); }

void Grammar::add_sweep() {
  CLI::App* command = add(app, "sweep", "run a scenario at many values of its keys; goes on where an interrupted sweep stopped",
                          "gpufleet sweep scenarios/deepseek-v3-h800-2048.toml --vary training.layout.pp=4,8,16 --jobs 2");
  add_scenario(*command, sweep.scenario, sweep.overrides);
  command
      ->add_option("--vary", sweep.vary,
                   "key=a,b,c | key=a:b:step | key=a:b:*factor | key=a:b:logN | key=uniform(a,b), loguniform, integer, normal, "
                   "lognormal; repeatable")
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  using Sampling = SweepOptions::Sampling;
  const std::map<std::string, Sampling> samplings{
      {"grid", Sampling::grid}, {"latin", Sampling::latin}, {"random", Sampling::random}};
  command->add_option("--sampling", sweep.sampling, "grid, latin or random; left out: grid, and latin with --points")
      ->transform(one_of(samplings));
  command->add_option("--points", sweep.points, "how many points a Latin hypercube, Monte-Carlo or Sobol's base sample has")
      ->check(not_negative());
  using Sensitivity = SweepOptions::Sensitivity;
  const std::map<std::string, Sensitivity> kinds{{"tornado", Sensitivity::tornado}, {"sobol", Sensitivity::sobol}};
  command->add_option("--sensitivity", sweep.sensitivity, "tornado (one key at a time) or sobol (variance shares)")
      ->transform(one_of(kinds));
  command->add_option("--metric", sweep.metrics, "metrics to show; left out: those that differ")
      ->take_all()
      ->allow_extra_args(false);
  add_seed(*command, sweep.seed);
  command->add_option("--draws", sweep.draws, "draws behind the intervals of training metrics; 0 = medians alone")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  command->add_option("--db", sweep.database, "results store that keeps finished points")->capture_default_str();
  command->add_flag("--no-db", sweep.no_database, "keep nothing");
  command->add_option("--rank-silence", sweep.rank_silence, "under mpirun: seconds without a word until a rank is lost")
      ->check(CLI::Range(0.5, 1e6))
      ->capture_default_str();
  add_jobs(*command, sweep.jobs);
  add_format(*command, sweep.format);
  when_chosen(command, sweep);
}

void Grammar::add_layouts() {
  CLI::App* command = add(app, "layouts", "search parallel layouts, schedules, micro-batches and recomputation",
                          "gpufleet layouts scenarios/deepseek-v3-h800-2048.toml --top 10 --jobs 2");
  add_scenario(*command, layouts.scenario, layouts.overrides);
  using Objective = LayoutsOptions::Objective;
  const std::map<std::string, Objective> objectives{
      {"time", Objective::time}, {"cost", Objective::cost}, {"memory", Objective::memory}, {"energy", Objective::energy}};
  command->add_option("--objective", layouts.objective, "time, cost, memory or energy, of one step")
      ->transform(one_of(objectives));
  command->add_option("--top", layouts.top, "how many to list")->check(CLI::Range(1, 1000))->capture_default_str();
  command->add_option("--draws", layouts.draws, "draws behind intervals and rankings")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  command->add_option("--time-limit", layouts.seconds, "seconds after which the best so far is given; 0 = none")
      ->check(CLI::NonNegativeNumber);
  add_seed(*command, layouts.seed);
  add_jobs(*command, layouts.jobs);
  add_format(*command, layouts.format);
  when_chosen(command, layouts);
}

void Grammar::add_fabric() {
  CLI::App* command = add(app, "fabric", "the network of a scenario's pools: switches, cables, price, and what failures cost",
                          "gpufleet fabric scenarios/deepseek-v3-h800-2048.toml --fail h800/spine/0 --draw fabric.dot");
  add_scenario(*command, fabric.scenario, fabric.overrides);
  command
      ->add_option("--fail", fabric.failed,
                   "a part that is down: hall/kind/number with a pool as hall and node_switch, nic, leaf, spine or core as kind; "
                   "part:part for the cable between two; repeatable")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--between-halls", fabric.between_halls,
                      "rate between each pair of halls, e.g. \"6.4 Tb/s\"; left out: none");
  command->add_option("--message", fabric.message, "buffer of the collectives that are timed")->capture_default_str();
  command->add_option("--draw", fabric.drawing, "file that gets the graph: Graphviz, or JSON when it ends in .json");
  add_format(*command, fabric.format);
  when_chosen(command, fabric);
}

void Grammar::add_plan() {
  CLI::App* command =
      add(app, "plan", "what to buy by month and what to use it for: a mixed-integer programme, checked by simulation",
          "gpufleet plan scenarios/china-lab-2024-2026.toml --out plan");
  add_scenario(*command, plan.scenario, plan.overrides);
  command->add_option("--out", plan.out_folder, "folder that gets NAME.json, NAME.csv and one CSV file a table");
  add_format(*command, plan.format);
  when_chosen(command, plan);
}

void Grammar::add_validate() {
  CLI::App* command =
      add(app, "validate", "hold predictions against published measurements", "gpufleet validate training --format json");
  command->add_option("SUITE", validate.suite, "training, kernels, network, export, serving, claims, or all")
      ->capture_default_str();
  command->add_option("--cases", validate.cases, "file or folder with cases of your own, in the form of the shipped ones");
  using Form = ValidateOptions::Form;
  const std::map<std::string, Form> forms{
      {"table", Form::table}, {"csv", Form::csv}, {"json", Form::json}, {"markdown", Form::markdown}};
  command->add_option("--format", validate.format, "table, csv, json or markdown")
      ->transform(one_of(forms))
      ->default_str("table");
  add_seed(*command, validate.seed);
  command->add_option("--jobs", validate.jobs, "threads; 0 = all cores")->check(CLI::Range(0, 1024));
  when_chosen(command, validate);
}

void Grammar::add_results() {
  using What = ResultsOptions::What;
  CLI::App* command = add(app, "results", "the results store", "gpufleet results list --db runs.db");
  command->require_subcommand(1);
  const auto verb = [&](const std::string& name, const std::string& doc, What what, int ids) {
    CLI::App* sub = add(*command, name, doc,
                        fmt::format("gpufleet results {}{} --db runs.db", name,
                                    ids == 0   ? ""
                                    : ids == 1 ? " 3"
                                               : " 3 4"));
    sub->add_option("--db", results.database, "the store's file")->default_str("gpufleet.db");
    if (ids > 0) sub->add_option("ID", results.ids, "number of the result")->required()->expected(ids);
    add_format(*sub, results.format);
    sub->callback([this, what] { results.what = what, chosen = results; });
  };
  verb("list", "one line a result", What::list, 0);
  verb("show", "one result", What::show, 1);
  verb("diff", "two results side by side", What::diff, 2);
  verb("export", "the stored JSON of one result", What::export_one, 1);
}

void Grammar::add_report() {
  CLI::App* command = add(app, "report", "scenarios and results as one HTML file, as Markdown, as CSV",
                          "gpufleet report scenarios/deepseek-v3-h800-2048.toml --html report.html");
  command->add_option("INPUT", report.inputs, "scenario files, result files (.json), numbers of stored results")->required();
  command->add_option("--set", report.overrides, "key=value laid over scenario files; repeatable")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--html", report.html, "one self-contained file");
  command->add_option("--markdown", report.markdown, "the tables as Markdown");
  command->add_option("--csv", report.csv_folder, "folder that gets one CSV file a table");
  command->add_option("--db", report.database, "the store that numbers refer to")->default_str("gpufleet.db");
  command->add_option("--language", report.language, "en, fr or zh")->capture_default_str();
  add_seed(*command, report.seed);
  command->add_flag("--validation", report.validation, "add the errors of the validation suites behind the numbers");
  when_chosen(command, report);
}

void Grammar::add_import_command() {
  CLI::App* command = add(app, "import-command", "a launch command of Megatron-LM, vLLM or SGLang as a scenario, or back",
                          "gpufleet import-command 'vllm serve deepseek-ai/DeepSeek-R1 -tp 8' --accelerator \"H200 SXM\"");
  command->add_option("COMMAND", import_command.command, "the command in quotes; with --emit a scenario file")->required();
  command->add_option("--emit", import_command.emit, "write the scenario as a command of megatron, vllm or sglang");
  command->add_option("--accelerator", import_command.accelerator, "chip that the command runs on")->capture_default_str();
  command->add_option("--count", import_command.count, "accelerators, where the command does not say")
      ->check(CLI::Range(0, 10000000));
  command->add_option("--model", import_command.model, "catalog name, where the command does not say");
  when_chosen(command, import_command);
}

void Grammar::add_hardware() {
  CLI::App* status = add(app, "export-status", "whether a chip may be sold to a destination at a date, by the rules in force",
                         "gpufleet export-status \"H20\" --to CN --date 2025-05-01");
  status->add_option("NAME", export_status.name, "chip, or all; with --design the chip to cut down")->required();
  status->add_option("--to", export_status.destination, "country of delivery, ISO code")->capture_default_str();
  status->add_option("--date", export_status.date, "day of the purchase, YYYY-MM-DD")->required();
  status->add_option("--headquarters", export_status.headquarters, "country of the buyer's headquarters; left out: --to");
  status->add_flag("--state-funded", export_status.state_funded, "the buyer builds with money of its state");
  status->add_option("--what-if", export_status.what_if, "rules that were never enforced, counted as enforced: ids, by commas");
  status->add_option("--withdraw", export_status.withdraw, "rules taken out: ids, by commas");
  status->add_option("--rules", export_status.rules, "rules of your own, a file laid over the shipped ones");
  status->add_option("--country-tpp", export_status.country_tpp, "TPP sold to the country before, for rules with a quota")
      ->check(finite())
      ->check(CLI::NonNegativeNumber);
  status->add_flag("--design", export_status.design, "the largest chips just below the lines, cut from NAME");
  status->add_flag("--notified", export_status.notified, "with --design: also chips that may be sold after a notification");
  add_format(*status, export_status.format);
  when_chosen(status, export_status);
  CLI::App* measure = add(app, "calibrate", "run real kernels on this machine, keep the measurements and the fit made from them",
                          "gpufleet calibrate --device cpu --quick --out here.csv");
  measure->add_option("--device", calibrate.device, "cpu, cuda:0 …; left out, the first there is");
  measure->add_flag("--quick", calibrate.quick, "fewer shapes, about a minute");
  measure->add_option("--out", calibrate.out, "CSV file that gets the measurements");
  when_chosen(measure, calibrate);
}

Grammar::Grammar() {
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(program_version()));
  app.add_flag("--quiet", quiet, "no progress");
  app.fallthrough();
  app.footer(
      "gpufleet COMMAND --help explains each command.\nExit codes: 0 done, 1 the simulation says no, 2 bad input, 3 internal "
      "error, 130 interrupted.");
  add_run();
  add_check();
  add_sweep();
  add_layouts();
  add_fabric();
  add_plan();
  add_validate();
  CLI::App* model = add(app, "models", "the model catalog", "gpufleet models show DeepSeek-V3");
  add_catalog(model, models, "model");
  CLI::App* imports =
      add(*model, "import", "a Hugging Face config.json as a catalog entry", "gpufleet models import config.json");
  imports->add_option("FILE", models.name, "the config.json")->required();
  add_format(*imports, models.format);
  imports->callback([this] { models.what = CatalogOptions::What::import, chosen = models; });
  CLI::App* chips = add(app, "accelerators", "the hardware catalog", "gpufleet accelerators show \"H800 SXM\"");
  add_catalog(chips, accelerators, "accelerator");
  CLI::App* blank = add(*chips, "template", "a chip's file to fill in", "gpufleet accelerators template > my-chip.toml");
  blank->callback([this] { accelerators.what = CatalogOptions::What::blank, chosen = accelerators; });
  CLI::App* judged = add(*chips, "check", "what is wrong with a chip's file", "gpufleet accelerators check my-chip.toml");
  judged->add_option("FILE", accelerators.name, "the chip's TOML file")->required();
  judged->callback([this] { accelerators.what = CatalogOptions::What::check, chosen = accelerators; });
  add_results();
  add_report();
  add_import_command();
  add_hardware();
  CLI::App* shell = add(app, "completion", "a completion script for your shell", "source <(gpufleet completion bash)");
  shell->add_option("SHELL", completion.shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  when_chosen(shell, completion);
  CLI::App* pages = add(app, "schema", "the reference pages, made from the schema and metric tables",
                        "gpufleet schema format > docs/scenario_format.md");
  pages->add_option("PAGE", schema.page, "format or metrics")->required()->check(CLI::IsMember({"format", "metrics"}));
  when_chosen(pages, schema);
}  // namespace

// What to say of a first word, or a verb behind it, that is no command; CLI11 speaks of the missing one alone.
std::string unknown_command(CLI::App& app, int argc, const char* const* argv) {
  CLI::App* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::vector<CLI::App*> commands = at->get_subcommands({});
    if (commands.empty()) return "";
    if (word.starts_with('-')) {
      if (word == "--quiet") continue;
      return "";
    }
    const auto known = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* c) { return c->get_name() == word; });
    if (known != commands.end()) {
      at = *known;
      continue;
    }
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    const std::string near = did_you_mean(word, names);
    return fmt::format("{}: error: there is no command \"{}\"\n  {}\n", at == &app ? "gpufleet" : "gpufleet " + at->get_name(),
                       word, near.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : near);
  }
  return "";
}

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv) {
  Grammar grammar;
  if (std::string unknown = unknown_command(grammar.app, argc, argv); !unknown.empty()) {
    constexpr int kBadCommand = 2;
    return {.exit_code = kBadCommand, .errors = std::move(unknown)};
  }
  try {
    grammar.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    Parsed out;
    std::ostringstream output, errors;
    const int code = grammar.app.exit(error, output, errors);
    constexpr int kBadUsage = 2;
    out.exit_code = code == 0 ? 0 : kBadUsage;
    out.output = output.str();
    out.errors = errors.str();
    return out;
  }
  Parsed out;
  if (grammar.chosen)
    out.command_line = CommandLine{*std::move(grammar.chosen), grammar.quiet ? Verbosity::quiet : Verbosity::normal};
  return out;
}

std::vector<CommandWords> command_words() {
  const Grammar grammar;
  std::vector<CommandWords> out;
  for (const CLI::App* command : grammar.app.get_subcommands({})) {
    CommandWords words{command->get_name(), {}};
    for (const CLI::App* verb : command->get_subcommands({})) words.words.push_back(verb->get_name());
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames()) words.words.push_back("--" + name);
    out.push_back(std::move(words));
  }
  return out;
}

}  // namespace gpufleet::scenarios::cli
