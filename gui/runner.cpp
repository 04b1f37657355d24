#include "gui/runner.h"

#include <chrono>

#include "scenarios/data_paths.h"

namespace gpufleet::gui {

Result<std::shared_ptr<const Data>> load_data() {
  const scenarios::DataPaths paths = scenarios::find_data();
  Result<scenarios::Catalogs> catalogs = scenarios::load_catalogs(paths);
  if (!catalogs) return catalogs.diagnostics();
  Result<scenarios::HardwareData> hardware = scenarios::load_hardware_data(paths);
  if (!hardware) return hardware.diagnostics();
  return std::shared_ptr<const Data>(std::make_shared<Data>(std::move(catalogs).value(), std::move(hardware).value()));
}

namespace {
std::shared_ptr<const scenarios::Scenario> step_alone(scenarios::Scenario scenario) {
  scenario.serving.reset();
  scenario.fleet.reset();
  scenario.horizon.reset();
  scenario.claims.reset();
  if (scenario.training) scenario.training->failures.reset();
  return std::make_shared<const scenarios::Scenario>(std::move(scenario));
}

}  // namespace

Runner::Runner(std::shared_ptr<const Data> data)
    : data_(std::move(data)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

Runner::~Runner() {
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
    running_stop_.request_stop();
  }
  thread_.request_stop();
  thread_.join();
}

int Runner::enqueue(Job job) {
  const int ticket = job.ticket = ++last_ticket_;
  tickets_ << ticket;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return ticket;
}

int Runner::start(std::shared_ptr<const scenarios::Scenario> scenario, JobKind kind) {
  return enqueue({.kind = kind, .scenario = std::move(scenario)});
}

int Runner::start_draw(std::shared_ptr<const scenarios::Scenario> scenario, std::uint64_t seed) {
  return enqueue({.kind = JobKind::result, .scenario = std::move(scenario), .draw = seed});
}

void Runner::cancel(int ticket) {
  if (!tickets_.removeOne(ticket)) return;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(queue_, [&](const Job& job) { return job.ticket == ticket; });
    if (running_ == ticket) running_stop_.request_stop();
  }
  emit cancelled(ticket);
}

void Runner::cancel_all() {
  const QList<int> all = tickets_;
  for (auto it = all.rbegin(); it != all.rend(); ++it) cancel(*it);
}

void Runner::deliver(int ticket, std::shared_ptr<const Run> run) {
  if (tickets_.removeOne(ticket)) emit finished(ticket, std::move(run));
}

void Runner::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Job job;
    RunControl control;
    {
      std::unique_lock lock(mutex_);
      running_ = 0;
      if (!wake_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      job = std::move(queue_.front());
      queue_.pop_front();
      running_ = job.ticket;
      running_stop_ = {};
      control.stop = running_stop_.get_token();
    }
    // The window is told at most this often.
    constexpr std::chrono::milliseconds kReportEvery{50};
    auto told = std::chrono::steady_clock::now() - kReportEvery;
    control.progress = [&](double fraction, std::string_view what) {
      const auto now = std::chrono::steady_clock::now();
      if (now - told < kReportEvery) return;
      told = now;
      const QString text = QString::fromUtf8(what.data(), static_cast<qsizetype>(what.size()));
      window_.post([this, ticket = job.ticket, fraction, text] {
        if (tickets_.contains(ticket)) emit progress(ticket, fraction, text);
      });
    };
    const auto begin = std::chrono::steady_clock::now();
    scenarios::RunSettings settings;
    settings.curves = &curves_;
    if (job.draw != 0) {
      settings.seed = job.draw;
      settings.draws = 1;
    }
    if (job.kind == JobKind::trace) {
      settings.recording = sim::Recording::spans;
      job.scenario = step_alone(*job.scenario);
    }
    auto run = std::make_shared<Run>();
    if (job.kind == JobKind::plan) {
      *run = planned(*job.scenario, *data_, control);
    } else {
      Result<scenarios::RunOutput> output =
          scenarios::run_scenario(*job.scenario, data_->catalogs, data_->hardware, settings, control);
      run->problems = output.diagnostics();
      if (output) run->output = std::move(output).value();
    }
    run->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (control.stopped()) continue;
    window_.post([this, ticket = job.ticket, run] { deliver(ticket, run); });
  }
}

}  // namespace gpufleet::gui
