// Cancellation and progress as one object that is passed down; simulators poll it once per batch of events.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

namespace gpufleet {

struct RunControl {
  std::stop_token stop;
  /// Called with a fraction in [0, 1] and what is being done; may be empty. Called from the thread that runs the simulation.
  std::function<void(double fraction, std::string_view what)> progress;

  [[nodiscard]] bool stopped() const { return stop.stop_requested(); }
  void report(double fraction, std::string_view what) const {
    if (progress) progress(fraction, what);
  }
};

}  // namespace gpufleet
