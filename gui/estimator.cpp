#include "gui/estimator.h"

#include <ctime>

namespace gpufleet::gui {
namespace {

// Processor time of the calling thread: what an estimate costs, whatever else runs.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

Estimator::Estimator(std::shared_ptr<const Data> data)
    : data_(std::move(data)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

Estimator::~Estimator() {
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
  }
  thread_.request_stop();
  thread_.join();
}

void Estimator::ask(int id, const QString& key, std::shared_ptr<const scenarios::Scenario> scenario) {
  {
    const std::lock_guard lock(mutex_);
    const auto dropped = std::erase_if(queue_, [&](const Question& q) { return q.id == id; });
    waiting_ += 1 - static_cast<int>(dropped);
    // The newest first: it is what the hand is on.
    queue_.push_front({id, key, std::move(scenario)});
  }
  wake_.notify_one();
}

void Estimator::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      question = std::move(queue_.front());
      queue_.pop_front();
    }
    const double begin = thread_seconds();
    std::optional<scenarios::RunResult> result = instant_result(*question.scenario, data_->catalogs, data_->hardware, memory_);
    std::shared_ptr<Run> run;
    if (result) {
      run = std::make_shared<Run>();
      run->output.result = *std::move(result);
      run->seconds = thread_seconds() - begin;
    }
    window_.post([this, id = question.id, key = question.key, run] {
      --waiting_;
      emit estimated(id, key, run);
    });
  }
}

}  // namespace gpufleet::gui
