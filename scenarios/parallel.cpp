#include "scenarios/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace gpufleet::scenarios {

void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  const unsigned wanted = threads > 0 ? static_cast<unsigned>(threads) : std::max(1U, std::thread::hardware_concurrency());
  const std::size_t workers = std::min<std::size_t>(wanted, count);
  std::atomic<std::size_t> next{0};
  const auto drain = [&] {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < workers; ++i) others.emplace_back(drain);
  drain();
}

}  // namespace gpufleet::scenarios
