#include "scenarios/sweep/point_writer.h"

#include <utility>

namespace gpufleet::scenarios {
namespace {

// A transaction costs some 0.1 ms beside its rows; a quarter of a second is little to simulate again.
constexpr std::size_t kBatch = 256;
constexpr std::chrono::milliseconds kOldest{250};

}  // namespace

void PointWriter::add(PointRow row) {
  if (store_ == nullptr) return;
  const std::lock_guard lock(adding_);
  added_.push_back(std::move(row));
}

void PointWriter::write_if_due() {
  if (store_ == nullptr) return;
  const std::unique_lock writing(writing_, std::try_to_lock);
  if (!writing) return;
  {
    const std::lock_guard lock(adding_);
    if (added_.empty() || (added_.size() < kBatch && std::chrono::steady_clock::now() - last_ < kOldest)) return;
  }
  write_locked();
}

void PointWriter::write() {
  if (store_ == nullptr) return;
  const std::lock_guard writing(writing_);
  write_locked();
}

void PointWriter::write_locked() {
  std::vector<PointRow> rows;
  {
    const std::lock_guard lock(adding_);
    rows = std::exchange(added_, {});
  }
  if (rows.empty() || failed()) return;
  problems_ = store_->put(rows);
  if (has_errors(problems_)) failed_ = true;
  last_ = std::chrono::steady_clock::now();
}

}  // namespace gpufleet::scenarios
