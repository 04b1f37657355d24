#include "gui/mailbox.h"

namespace gpufleet::gui {

void Mailbox::post(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  QMetaObject::invokeMethod(this, "deliver", Qt::QueuedConnection);
}

void Mailbox::deliver() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    call = std::move(calls_.front());  // as many as deliveries: each post brings one of both
    calls_.pop_front();
  }
  call();
}

}  // namespace gpufleet::gui
