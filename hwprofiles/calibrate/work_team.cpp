// Rounds are counted; members wait for the count to change (C++20 atomic wait after a short spin).
#include "hwprofiles/calibrate/work_team.h"

#include <algorithm>

#include "core/check.h"

namespace gpufleet::hw {

namespace {

constexpr int kSpins = 4000;

template <class T>
void wait_while(std::atomic<T>& value, T old) {
  for (int i = 0; i < kSpins; ++i)
    if (value.load(std::memory_order_acquire) != old) return;
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

WorkTeam::WorkTeam(int members) {
  check(members >= 1, "a team has at least one member");
  for (int member = 1; member < members; ++member) threads_.emplace_back([this, member] { serve(member); });
}

WorkTeam::~WorkTeam() {
  work_ = nullptr;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
}

void WorkTeam::serve(int member) {
  for (unsigned seen = 0;; ++seen) {
    wait_while(round_, seen);
    if (work_ == nullptr) return;
    (*work_)(member);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void WorkTeam::run(const std::function<void(int)>& work) {
  if (!threads_.empty()) {
    work_ = &work;
    busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }
  work(0);
  for (int left = busy_.load(std::memory_order_acquire); left != 0; left = busy_.load(std::memory_order_acquire))
    wait_while(busy_, left);
}

Share share(std::int64_t count, int member, int members, std::int64_t grain) {
  const std::int64_t grains = (count + grain - 1) / grain;
  const auto cut = [&](int part) { return std::min(count, grains * part / members * grain); };
  return {cut(member), cut(member + 1)};
}

}  // namespace gpufleet::hw
