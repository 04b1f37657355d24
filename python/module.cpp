// The library as Python sees it: text in, JSON text and diagnostics out. The package around it (gpufleet/__init__.py) makes
// dicts, exceptions and data frames of them. Python's lock is released while anything is simulated.
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "scenarios/output/catalog_text.h"
#include "scenarios/output/run_text.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/run_scenario.h"
#include "scenarios/store/store.h"
#include "scenarios/sweep/sweep_text.h"
#include "scenarios/validate.h"

namespace py = pybind11;

namespace {

using namespace gpufleet;
using namespace gpufleet::scenarios;

py::list as_list(const Diagnostics& diagnostics) {
  py::list out;
  for (const Diagnostic& one : diagnostics) {
    py::dict item;
    item["severity"] = one.severity == Severity::error ? "error" : "warning";
    item["infeasible"] = one.kind == DiagnosticKind::infeasible;
    item["file"] = one.where.file;
    item["line"] = one.where.line;
    item["column"] = one.where.column;
    item["key"] = one.key;
    item["message"] = one.message;
    item["hint"] = one.hint;
    out.append(item);
  }
  return out;
}

// JSON, or nothing; and what there is to say.
struct Answer {
  std::optional<std::string> json;
  Diagnostics diagnostics;
};
py::tuple as_tuple(const Answer& answer) { return py::make_tuple(answer.json, as_list(answer.diagnostics)); }

// Ctrl-C in the interpreter stops what runs here; polled where progress is reported.
class Interruptible {
 public:
  RunControl control() {
    return {stop_.get_token(), [this](double, std::string_view) {
              const py::gil_scoped_acquire lock;
              if (PyErr_CheckSignals() == 0) return;
              stop_.request_stop();
              interrupted_ = true;
            }};
  }
  void rethrow() const {
    if (interrupted_) throw py::error_already_set();
  }

 private:
  std::stop_source stop_;
  bool interrupted_ = false;
};

class Engine {
 public:
  explicit Engine(const std::string& data_folder) {
    DataPaths data = find_data();
    if (!data_folder.empty()) {
      const std::filesystem::path user = data.user;
      data = data_below(data_folder);
      data.user = user;
    }
    Result<Catalogs> catalogs = load_catalogs(data);
    Result<HardwareData> hardware = load_hardware_data(data);
    if (!catalogs) throw py::value_error(to_text(catalogs.diagnostics()));
    if (!hardware) throw py::value_error(to_text(hardware.diagnostics()));
    catalogs_ = std::move(catalogs).value();
    hardware_ = std::move(hardware).value();
  }

  py::tuple check(const std::string& text, const std::string& name, const std::string& folder,
                  const std::vector<std::string>& overrides) const {
    Answer out;
    const Result<Scenario> scenario = read(text, name, folder, overrides);
    out.diagnostics = scenario.diagnostics();
    if (scenario) out.json = scenario->canonical;
    return as_tuple(out);
  }

  py::tuple run(const std::string& text, const std::string& name, const std::string& folder,
                const std::vector<std::string>& overrides, std::uint64_t seed) const {
    Interruptible interruptible;
    const RunControl control = interruptible.control();
    Answer out;
    {
      const py::gil_scoped_release unlock;
      out = run_unlocked(text, name, folder, overrides, seed, control);
    }
    interruptible.rethrow();
    return as_tuple(out);
  }

  py::tuple sweep(const std::string& file, const std::vector<std::string>& overrides, const std::vector<std::string>& vary,
                  std::size_t points, const std::string& sampling, std::uint64_t seed, int draws, int jobs,
                  const std::string& database) const {
    Interruptible interruptible;
    const RunControl control = interruptible.control();
    SweepRequest request{file, overrides, {}, {}, seed, draws, jobs};
    Answer out;
    {
      const py::gil_scoped_release unlock;
      out = sweep_unlocked(request, vary, points, sampling, database, control);
    }
    interruptible.rethrow();
    return as_tuple(out);
  }

  [[nodiscard]] std::vector<std::string> accelerators() const { return accelerator_names(catalogs_); }
  [[nodiscard]] std::vector<std::string> models() const {
    std::vector<std::string> out;
    for (const auto& model : catalogs_.architectures) out.push_back(model.name);
    return out;
  }

 private:
  Result<Scenario> read(const std::string& text, const std::string& name, const std::string& folder,
                        const std::vector<std::string>& overrides) const {
    const Result<RawScenario> raw = parse_scenario(text, name, folder, overrides, catalogs_.data);
    if (!raw) return raw.diagnostics();
    return validate(*raw, catalogs_);
  }

  Answer run_unlocked(const std::string& text, const std::string& name, const std::string& folder,
                      const std::vector<std::string>& overrides, std::uint64_t seed, const RunControl& control) const {
    const Result<Scenario> scenario = read(text, name, folder, overrides);
    if (!scenario) return {{}, scenario.diagnostics()};
    RunSettings settings;
    settings.seed = seed;
    const Result<RunOutput> output = run_scenario(*scenario, catalogs_, hardware_, settings, control);
    if (control.stopped()) return {};
    Answer out{{}, scenario.diagnostics()};
    out.diagnostics.insert(out.diagnostics.end(), output.diagnostics().begin(), output.diagnostics().end());
    if (!output) return out;
    if (!output->memory_refusal.empty()) {
      out.diagnostics.push_back({.kind = DiagnosticKind::infeasible,
                                 .where = {name, 0, 0},
                                 .key = "training.layout",
                                 .message = output->memory_refusal,
                                 .hint = output->nearby});
      return out;
    }
    out.json = to_json(std::span(&output->result, 1));
    return out;
  }

  Answer sweep_unlocked(SweepRequest& request, const std::vector<std::string>& vary, std::size_t points,
                        const std::string& sampling, const std::string& database, const RunControl& control) const {
    for (const std::string& text : vary) {
      Result<Axis> axis = parse_axis(text);
      if (!axis) return {{}, axis.diagnostics()};
      request.axes.push_back(std::move(axis).value());
    }
    const Sampling how = sampling == "latin" ? Sampling::latin : sampling == "random" ? Sampling::random : Sampling::grid;
    Result<DesignPoints> design = make_design(request.axes, how, points, request.seed);
    if (!design) return {{}, design.diagnostics()};
    request.points = std::move(design).value();
    std::optional<Store> store;
    if (!database.empty()) {
      Result<Store> opened = Store::open(database, Store::Mode::read_write);
      if (!opened) return {{}, opened.diagnostics()};
      store.emplace(std::move(opened).value());
    }
    const Result<SweepResults> results = run_sweep(request, catalogs_, hardware_, store ? &*store : nullptr, control);
    if (control.stopped()) return {};
    if (!results) return {{}, results.diagnostics()};
    return {sweep_text(request, results->rows, {}, Format::json), results.diagnostics()};
  }

  Catalogs catalogs_;
  HardwareData hardware_;
};

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.attr("version") = std::string(program_version());
  py::class_<Engine>(module, "Engine")
      .def(py::init<const std::string&>(), py::arg("data_folder"))
      .def("check", &Engine::check)
      .def("run", &Engine::run)
      .def("sweep", &Engine::sweep)
      .def("accelerators", &Engine::accelerators)
      .def("models", &Engine::models);
}
