// Finished points on their way into the store: any thread adds, whichever thread finds a batch due writes it, one at a time. A
// batch is one transaction, so a program that is killed loses at most what it finished since the last one.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "core/diagnostics.h"
#include "scenarios/store/store.h"

namespace gpufleet::scenarios {

class PointWriter {
 public:
  /// `store` may be null: nothing is kept. It must outlive the writer, and nobody else may use it meanwhile.
  explicit PointWriter(Store* store) : store_(store) {}

  void add(PointRow row);
  /// Writes what has been added if it is much or old, unless another thread is writing.
  void write_if_due();
  /// Writes all of it.
  void write();
  /// True once the store could not be written; what is added after that is not kept.
  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }
  /// Why; when no thread is writing.
  [[nodiscard]] const Diagnostics& problems() const { return problems_; }

 private:
  void write_locked();

  Store* store_;
  std::mutex adding_, writing_;
  std::vector<PointRow> added_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  Diagnostics problems_;
  std::atomic<bool> failed_{false};
};

}  // namespace gpufleet::scenarios
