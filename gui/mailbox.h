// What worker threads have for the window's thread: calls, made there in the order in which they were posted.
#pragma once

#include <QObject>
#include <deque>
#include <functional>
#include <mutex>

namespace gpufleet::gui {

class Mailbox : public QObject {
  Q_OBJECT
 public:
  /// From any thread; `call` runs in the thread that owns the mailbox, at its next turn of events.
  void post(std::function<void()> call);

 private:
  Q_INVOKABLE void deliver();

  // The calls pass under a mutex of ours, not inside Qt's event, so that a thread sanitiser sees who handed what to whom.
  std::mutex mutex_;
  std::deque<std::function<void()>> calls_;
};

}  // namespace gpufleet::gui
