#include "scenarios/cli/interrupt.h"

#include <pthread.h>
#include <unistd.h>
#include <csignal>
#include <ctime>

namespace gpufleet::scenarios::cli {
namespace {

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watcher_ = std::jthread([source = source_](const std::stop_token& end) mutable {
    const sigset_t waited = watched_signals();
    constexpr timespec kTick{0, 50'000'000};  // how soon the watcher sees that the program ends
    constexpr int kInterruptedExit = 130;
    constexpr int kPatience = 16;  // ticks: what has not heard the request by then (a solver of another library) never will
    int since = 0;
    while (!end.stop_requested()) {
      const bool again = sigtimedwait(&waited, nullptr, &kTick) >= 0;
      if (source.stop_requested() && (again || ++since > kPatience)) _exit(kInterruptedExit);
      if (again) source.request_stop();
    }
  });
}

Interrupt::~Interrupt() { watcher_.request_stop(); }

}  // namespace gpufleet::scenarios::cli
