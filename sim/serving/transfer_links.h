// Keys and values on their way from prefill instances to those that write the answers: flows over the sending instance's adapters
// and over what all receivers take together, at max-min fair rates. With n flows leaving an instance of rate E each gets min(E/n,
// L), where L is the level at which the receivers' rate is used up: sum over instances of min(E, n·L) = R, or no limit if the
// left side stays below R.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/request_table.h"

namespace gpufleet::sim {

class TransferLinks {
 public:
  /// `rates`: bytes/s that each instance sends at most. `receivers`: bytes/s of all receivers together; 0 = no limit.
  TransferLinks(std::vector<double> rates, double receivers);

  /// A flow of `bytes` > 0 leaves instance `source`, whose rate is positive, at `now` (ps), no earlier than any call before.
  /// Counts once share(now) is called, after the last start of that time.
  void start(std::size_t source, Slot32 slot, double bytes, std::int64_t now);
  void share(std::int64_t now);
  /// ps at which the next flow ends if none starts before; negative if none is under way.
  [[nodiscard]] std::int64_t next_end() const { return next_end_; }
  /// Takes out the flows that end at `now` == next_end(), in order of their instances, then of their start.
  void finish(std::int64_t now, std::vector<Slot32>& ended);

 private:
  struct Flow {
    double end = 0;           ///< bytes that each flow of its instance has sent since the beginning, when this one ends
    std::uint64_t order = 0;  ///< of starts
    Slot32 slot = 0;
  };
  struct Source {
    double most = 0;          ///< bytes/s
    double rate = 0;          ///< bytes/s of each of its flows
    double sent = 0;          ///< bytes that each flow of it has sent since the beginning, at `since`
    std::int64_t since = 0;   ///< ps
    std::vector<Flow> flows;  ///< heap, first end first
  };
  static bool later(const Flow& a, const Flow& b) { return a.end != b.end ? a.end > b.end : a.order > b.order; }
  static void advance(Source& source, std::int64_t now);
  [[nodiscard]] double level() const;

  std::vector<Source> sources_;
  std::vector<std::size_t> active_;  ///< instances with flows, ascending
  double receivers_ = 0;
  std::uint64_t started_ = 0;
  std::int64_t next_end_ = -1;
};

}  // namespace gpufleet::sim
