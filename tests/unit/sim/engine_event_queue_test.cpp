// The radix heap against the plainest reference: a stable sort by (time, push order).
#include "sim/engine/event_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <queue>
#include <vector>

#include "core/random.h"
#include "sim/engine/timers.h"

namespace gpufleet::sim {
namespace {

struct Later {
  bool operator()(const Event& a, const Event& b) const { return a.time != b.time ? a.time > b.time : a.sequence > b.sequence; }
};
using Reference = std::priority_queue<Event, std::vector<Event>, Later>;

TEST(EventQueue, TiesComeInPushOrder) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < 100; ++i) queue.push(Time(i % 2 == 0 ? 7 : 5), i);
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(queue.pop().payload, 2 * i + 1);
  queue.push(Time(7), 1000);
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(queue.pop().payload, 2 * i);
  EXPECT_EQ(queue.pop().payload, 1000U);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, HoldsTheWholeRangeOfTime) {
  EventQueue queue;
  queue.push(Time::max_value(), 1);
  queue.push(Time(0), 2);
  queue.push(Time(std::int64_t{1} << 62), 3);
  EXPECT_EQ(queue.next_time(), Time(0));
  EXPECT_EQ(queue.pop().payload, 2U);
  EXPECT_EQ(queue.next_time(), Time(std::int64_t{1} << 62));
  EXPECT_EQ(queue.pop().payload, 3U);
  EXPECT_EQ(queue.pop().time, Time::max_value());
}

TEST(EventQueue, LooksAheadWithoutMovingTime) {
  EventQueue queue;
  queue.push(Time(1000), 1);
  EXPECT_EQ(queue.next_time(), Time(1000));
  queue.push(Time(10), 2);
  EXPECT_EQ(queue.next_time(), Time(10));
  EXPECT_EQ(queue.now(), Time(0));
  EXPECT_EQ(queue.pop().payload, 2U);
}

TEST(EventQueueDeathTest, RefusesThePast) {
  EventQueue queue;
  queue.push(Time(10), 1);
  queue.pop();
  EXPECT_DEATH(queue.push(Time(9), 2), "past");
}

RC_GTEST_PROP(EventQueue, PopsLikeAPriorityQueue, ()) {
  EventQueue queue;
  Reference reference;
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const int range_bits = *rc::gen::inRange(0, 50);
  RandomStream random(seed, "queue");
  for (int step = 0; step < 2000; ++step) {
    if (reference.empty() || random.uniform() < 0.52) {
      const auto ahead = static_cast<std::int64_t>(random.next() >> (63 - range_bits) >> 1);
      const Time time(queue.now().value() + ahead);
      const std::uint32_t sequence = queue.push(time, static_cast<std::uint32_t>(step));
      reference.push(Event{time, sequence, static_cast<std::uint32_t>(step)});
    } else {
      if (random.below(4) == 0) RC_ASSERT(queue.next_time() == reference.top().time);
      RC_ASSERT(queue.pop() == reference.top());
      reference.pop();
    }
    RC_ASSERT(queue.size() == reference.size());
  }
}

RC_GTEST_PROP(Timers, FireLikeAMapOfSlots, ()) {
  constexpr std::uint32_t kSlots = 12;
  struct Slot {
    std::int64_t time = -1;
    int order = 0;
  };
  Timers timers;
  std::vector<Slot> slots(kSlots);
  for (std::uint32_t i = 0; i < kSlots; ++i) timers.add();
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "timers");
  for (int step = 0; step < 1500; ++step) {
    const auto slot = static_cast<std::uint32_t>(random.below(kSlots));
    const std::uint64_t what = random.below(4);
    if (what < 2) {
      const std::int64_t time = timers.now().value() + static_cast<std::int64_t>(random.below(50));
      timers.schedule(TimerId(slot), Time(time));
      slots[slot] = {time, step};
    } else if (what == 2) {
      timers.cancel(TimerId(slot));
      slots[slot].time = -1;
    } else {
      std::uint32_t best = kSlots;
      for (std::uint32_t i = 0; i < kSlots; ++i) {
        if (slots[i].time < 0) continue;
        const bool earlier = best == kSlots || slots[i].time < slots[best].time ||
                             (slots[i].time == slots[best].time && slots[i].order < slots[best].order);
        if (earlier) best = i;
      }
      const auto fired = timers.next();
      RC_ASSERT(fired.has_value() == (best != kSlots));
      if (!fired) continue;
      RC_ASSERT(fired->timer == TimerId(best));
      RC_ASSERT(fired->time == Time(slots[best].time));
      slots[best].time = -1;
    }
    std::size_t pending = 0;
    for (std::uint32_t i = 0; i < kSlots; ++i) {
      RC_ASSERT(timers.scheduled(TimerId(i)) == (slots[i].time >= 0));
      pending += slots[i].time >= 0 ? 1 : 0;
    }
    RC_ASSERT(timers.pending() == pending);
  }
}

}  // namespace
}  // namespace gpufleet::sim
