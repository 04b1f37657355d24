#include "sim/training/link_share.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr std::size_t kLinks = 2;
constexpr std::size_t kMostTransfers = kStreams + 1;

double on(const LinkUse& use, std::size_t link) { return link == 0 ? use.nic : use.scale_up; }

}  // namespace

void fair_speeds(std::span<const LinkUse> uses, std::span<double> speeds) {
  check(uses.size() == speeds.size() && uses.size() <= kMostTransfers, "fair_speeds: one speed a transfer");
  std::fill(speeds.begin(), speeds.end(), 1.0);
  std::array<bool, kMostTransfers> fixed{};
  const auto asked = [&](std::size_t link) {
    double sum = 0;
    for (const LinkUse& use : uses) sum += on(use, link);
    return sum;
  };
  if (asked(0) <= 1 && asked(1) <= 1) return;
  // Progressive filling by the share of each transfer's dominant link.
  for (std::size_t i = 0; i < uses.size(); ++i) fixed[i] = !uses[i].any();
  const auto dominant = [&](std::size_t i) { return std::max(uses[i].nic, uses[i].scale_up); };
  for (std::size_t round = 0; round < 2 * kMostTransfers; ++round) {
    // The share at which the first open transfer reaches its own pace, and that at which each link is full.
    double lowest = kForever;
    std::array<double, kLinks> full{kForever, kForever};
    for (std::size_t i = 0; i < uses.size(); ++i)
      if (!fixed[i]) lowest = std::min(lowest, dominant(i));
    if (lowest == kForever) return;
    for (std::size_t link = 0; link < kLinks; ++link) {
      double room = 1, slope = 0;
      for (std::size_t i = 0; i < uses.size(); ++i) {
        if (fixed[i])
          room -= speeds[i] * on(uses[i], link);
        else
          slope += on(uses[i], link) / dominant(i);
      }
      if (slope > 0) full[link] = std::max(0.0, room) / slope;
    }
    const double share = std::min({lowest, full[0], full[1]});
    for (std::size_t i = 0; i < uses.size(); ++i) {
      if (fixed[i]) continue;
      const bool stopped = (on(uses[i], 0) > 0 && full[0] <= share) || (on(uses[i], 1) > 0 && full[1] <= share);
      if (!stopped && dominant(i) > share) continue;
      fixed[i] = true;
      speeds[i] = std::min(1.0, share / dominant(i));
    }
  }
}

bool Beside::meets(const LinkUse& use) const {
  for (const auto& queue : queues_)
    for (const BesideTransfer& transfer : queue)
      if ((transfer.use.nic > 0 && use.nic > 0) || (transfer.use.scale_up > 0 && use.scale_up > 0)) return true;
  return false;
}

double Beside::share(const LinkUse& block) {
  std::array<LinkUse, kMostTransfers> uses;
  std::array<double, kMostTransfers> speeds{};
  uses[0] = block;
  for (std::size_t s = 0; s < kStreams; ++s)
    if (!queues_[s].empty() && queues_[s].front().wait <= 0) uses[s + 1] = queues_[s].front().use;
  fair_speeds(uses, speeds);
  for (std::size_t s = 0; s < kStreams; ++s) speeds_[s] = speeds[s + 1];
  return speeds[0];
}

double Beside::next_change() const {
  double next = kForever;
  for (std::size_t s = 0; s < kStreams; ++s) {
    if (queues_[s].empty()) continue;
    const BesideTransfer& head = queues_[s].front();
    next = std::min(next, head.wait > 0 ? head.wait : head.left / speeds_[s]);
  }
  return next;
}

void Beside::advance(double seconds) {
  constexpr double kDone = 1e-15;  // of a second: less than any clock here
  for (std::size_t s = 0; s < kStreams; ++s) {
    auto& queue = queues_[s];
    if (queue.empty()) continue;
    BesideTransfer& head = queue.front();
    const bool runs = head.wait <= 0;
    const double lost = runs ? seconds * (1 - speeds_[s]) : 0.0;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      if (queue[i].wait > 0)
        queue[i].wait = queue[i].wait - seconds > kDone ? queue[i].wait - seconds : 0.0;
      else if (i == 0 || s == static_cast<std::size_t>(Stream::pipeline))
        queue[i].delay += lost;
    }
    if (!runs) continue;
    head.left -= seconds * speeds_[s];
    if (head.left > kDone) continue;
    ended_[s].push_back(head);
    queue.erase(queue.begin());
  }
}

void Beside::advance_alone(double seconds) {
  while (seconds > 0 && !empty()) {
    share({});
    const double step = std::min(seconds, next_change());
    advance(step);
    seconds -= step;
  }
}

double held_up(std::span<const LinkPhase> phases, Beside& beside) {
  double lost = 0;
  for (const LinkPhase& phase : phases) {
    double left = phase.seconds;
    while (left > 0) {
      const double speed = beside.share(phase.use);
      const double step = std::min(left / speed, beside.next_change());
      if (step == kForever) break;
      beside.advance(step);
      if (step >= left / speed) {
        lost += step - left;
        break;
      }
      left -= step * speed;
      lost += step * (1 - speed);
    }
  }
  return lost;
}

}  // namespace gpufleet::sim
