// Ctrl-C as a stop request: a thread waits for SIGINT and SIGTERM, so that no code runs inside a signal handler. The first asks
// the work to end cleanly; a second, or 0.8 s without an end, ends the program at once. Nothing is half-written either way: files
// are renamed into place when they are whole, and the store keeps transactions.
#pragma once

#include <stop_token>
#include <thread>

namespace gpufleet::scenarios::cli {

class Interrupt {
 public:
  /// Must be made before any other thread: they inherit the blocked signals.
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  [[nodiscard]] bool requested() const { return source_.stop_requested(); }

 private:
  std::stop_source source_;
  std::jthread watcher_;
};

}  // namespace gpufleet::scenarios::cli
