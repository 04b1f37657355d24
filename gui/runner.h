// Simulations beside the window: one worker thread takes jobs in order, and gives whole results back to the window's thread.
// A cancelled job is given up at once; its thread ends when the simulator next looks (once per batch of events).
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "gui/mailbox.h"
#include "scenarios/run_scenario.h"

namespace gpufleet::gui {

/// The shipped data, loaded once and read by all.
struct Data {
  scenarios::Catalogs catalogs;
  scenarios::HardwareData hardware;
};
Result<std::shared_ptr<const Data>> load_data();

struct Run {
  scenarios::RunOutput output;
  Diagnostics problems;  ///< errors: then there is no output
  double seconds = 0;    ///< that the worker took
};

/// What `gpufleet plan` works out; limits that cannot be met together are problems of the run.
Run planned(const scenarios::Scenario& scenario, const Data& data, const RunControl& control);

/// `trace`: one training step again with its spans kept. Apart, because what is recorded adds to the breakdown, and a result
/// must be what the command line gives. `plan`: the scenario's purchase plan, as `gpufleet plan` works it out.
enum class JobKind : std::uint8_t { result, trace, plan };

struct Job {
  int ticket = 0;
  JobKind kind = JobKind::result;
  std::shared_ptr<const scenarios::Scenario> scenario;
  std::uint64_t draw = 0;  ///< seed of one draw from the spreads; 0 = an ordinary run
};

class Runner : public QObject {
  Q_OBJECT
 public:
  explicit Runner(std::shared_ptr<const Data> data);
  ~Runner() override;

  /// Returns the ticket that the signals carry.
  int start(std::shared_ptr<const scenarios::Scenario> scenario, JobKind kind);
  /// A run of which the interval is one draw from the spreads, by this seed.
  int start_draw(std::shared_ptr<const scenarios::Scenario> scenario, std::uint64_t seed);
  /// The job is given up whether it waits or runs; `cancelled` follows at once.
  void cancel(int ticket);
  void cancel_all();
  [[nodiscard]] int waiting() const { return static_cast<int>(tickets_.size()); }

 signals:
  void progress(int ticket, double fraction, const QString& what);
  void finished(int ticket, std::shared_ptr<const gpufleet::gui::Run> run);
  void cancelled(int ticket);

 private:
  int enqueue(Job job);
  void work(const std::stop_token& stop);
  void deliver(int ticket, std::shared_ptr<const Run> run);

  std::shared_ptr<const Data> data_;
  scenarios::CurveMemory curves_;  // the worker's own
  QList<int> tickets_;             // not yet answered; the window's own
  int last_ticket_ = 0;
  Mailbox window_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> queue_;
  int running_ = 0;
  std::stop_source running_stop_;
  std::jthread thread_;
};

}  // namespace gpufleet::gui
