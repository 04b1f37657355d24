#include "scenarios/sweep/hand_out.h"

#include "core/check.h"

namespace gpufleet::scenarios {

HandOut::HandOut(std::size_t points, int ranks, double silence)
    : silence_(silence), ranks_(static_cast<std::size_t>(ranks)), points_(points), left_(points) {}

std::vector<std::size_t> HandOut::hand_out(int rank, std::size_t most) {
  std::vector<std::size_t> out;
  const auto give = [&](std::size_t point) {
    points_[point].holder = rank;
    out.push_back(point);
  };
  while (out.size() < most && !again_.empty()) {
    const std::size_t point = again_.front();
    again_.pop_front();
    if (!points_[point].finished) give(point);  // the lost rank may have been slow only
  }
  while (out.size() < most && next_ < points_.size()) give(next_++);
  return out;
}

void HandOut::heard(int rank, double now) {
  Rank& one = ranks_[static_cast<std::size_t>(rank)];
  one.heard = now;
  one.lost = false;
}

bool HandOut::finished(std::size_t point) {
  check(point < points_.size(), "a rank answers for a point that is in the sweep");
  if (points_[point].finished) return false;
  points_[point] = {-1, true};
  --left_;
  return true;
}

void HandOut::give_back(std::size_t point) {
  check(point < points_.size(), "a rank gives back a point that is in the sweep");
  points_[point].holder = -1;
  if (!points_[point].finished) again_.push_back(point);
}

std::vector<int> HandOut::look_for_lost(double now) {
  std::vector<int> out;
  for (std::size_t rank = 1; rank < ranks_.size(); ++rank) {
    Rank& one = ranks_[rank];
    if (one.lost || one.heard < 0 || now - one.heard <= silence_) continue;
    one.lost = true;
    out.push_back(static_cast<int>(rank));
    for (std::size_t point = 0; point < next_; ++point)
      if (points_[point].holder == static_cast<std::int32_t>(rank)) give_back(point);
  }
  return out;
}

}  // namespace gpufleet::scenarios
