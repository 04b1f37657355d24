// Estimates beside the window, on a thread of their own, so that they wait for no simulation: the newest question of each
// scenario is answered, older ones are forgotten.
#pragma once

#include <deque>

#include "gui/instant.h"
#include "gui/runner.h"

namespace gpufleet::gui {

class Estimator : public QObject {
  Q_OBJECT
 public:
  explicit Estimator(std::shared_ptr<const Data> data);
  ~Estimator() override;

  /// `key` names the question in the answer; a question of the same `id` that still waits is dropped.
  void ask(int id, const QString& key, std::shared_ptr<const scenarios::Scenario> scenario);
  [[nodiscard]] int waiting() const { return waiting_; }

 signals:
  /// Null where no fast answer exists.
  void estimated(int id, const QString& key, std::shared_ptr<const gpufleet::gui::Run> run);

 private:
  struct Question {
    int id = 0;
    QString key;
    std::shared_ptr<const scenarios::Scenario> scenario;
  };
  void work(const std::stop_token& stop);

  std::shared_ptr<const Data> data_;
  InstantMemory memory_;  // the thread's own
  int waiting_ = 0;       // the window's own
  Mailbox window_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Question> queue_;
  std::jthread thread_;
};

}  // namespace gpufleet::gui
