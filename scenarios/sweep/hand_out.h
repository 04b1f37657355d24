// Who works on which point of a sweep over several ranks. Points are handed out in order; a rank that has been silent for too
// long is taken for lost and what it had goes to others; the first result of a point counts, a later one of the same point does
// not. Pure: the time comes from the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace gpufleet::scenarios {

class HandOut {
 public:
  /// `silence`: seconds after which a rank is lost. Rank 0, which hands out, never is.
  HandOut(std::size_t points, int ranks, double silence);

  /// Up to `most` points for the rank, its own until their results come or it is lost.
  std::vector<std::size_t> hand_out(int rank, std::size_t most);
  /// The rank is alive. One that was lost is heard again: it may go on.
  void heard(int rank, double now);
  /// True if this is the point's first result.
  bool finished(std::size_t point);
  /// The point is to be handed out again.
  void give_back(std::size_t point);
  /// Takes the points of ranks that fell silent back. Returns ranks lost since the last call.
  std::vector<int> look_for_lost(double now);

  [[nodiscard]] bool complete() const { return left_ == 0; }
  [[nodiscard]] std::size_t left() const { return left_; }
  [[nodiscard]] std::size_t waiting() const { return points_.size() - next_ + again_.size(); }
  [[nodiscard]] bool lost(int rank) const { return ranks_[static_cast<std::size_t>(rank)].lost; }

 private:
  struct Rank {
    double heard = -1;  ///< never, before its first word: ranks start at their own pace
    bool lost = false;
  };
  struct Point {
    std::int32_t holder = -1;  ///< rank that works on it; none
    bool finished = false;
  };

  double silence_;
  std::vector<Rank> ranks_;
  std::vector<Point> points_;
  std::deque<std::size_t> again_;  ///< taken back
  std::size_t next_ = 0, left_ = 0;
};

}  // namespace gpufleet::scenarios
