// A fixed team of threads that run one function together, again and again; the caller is member 0. Waiting spins briefly and
// then sleeps, so that a call costs microseconds and an idle team nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace gpufleet::hw {

class WorkTeam {
 public:
  /// Precondition: members >= 1.
  explicit WorkTeam(int members);
  ~WorkTeam();
  WorkTeam(const WorkTeam&) = delete;
  WorkTeam& operator=(const WorkTeam&) = delete;

  [[nodiscard]] int members() const { return static_cast<int>(threads_.size()) + 1; }
  /// Calls work(0) ... work(members() - 1), each on its own thread; returns when all are done. `work` does not throw.
  void run(const std::function<void(int)>& work);

 private:
  void serve(int member);

  const std::function<void(int)>* work_ = nullptr;  ///< set before round_ grows; null ends the team
  std::atomic<unsigned> round_ = 0;
  std::atomic<int> busy_ = 0;
  std::vector<std::jthread> threads_;
};

/// Part `member` of [0, count) cut into `members` runs, each but the last a multiple of `grain`.
struct Share {
  std::int64_t begin = 0, end = 0;
};
Share share(std::int64_t count, int member, int members, std::int64_t grain);

}  // namespace gpufleet::hw
