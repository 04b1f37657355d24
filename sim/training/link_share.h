// How transfers that run at once share a GPU's links, its NIC and its port into the scale-up domain: max-min fair shares of the
// link that each needs most, none faster than alone (dominant-resource fairness, Ghodsi et al., NSDI 2011; with one link it is
// the max-min rate of sim/net/flow_network.h). One GPU stands for all of its stage: links are full duplex and neighbours load
// theirs alike, so the sending side decides.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace gpufleet::sim {

/// Share of each link that a transfer keeps busy while it runs at its own pace, 0 ... 1.
struct LinkUse {
  double nic = 0, scale_up = 0;
  [[nodiscard]] bool any() const { return nic > 0 || scale_up > 0; }
  friend auto operator<=>(const LinkUse&, const LinkUse&) = default;
};

/// Speeds, 1 = as alone, of transfers that run at once. Exactly 1 for all where no link is asked for more than it has.
/// Precondition: uses.size() == speeds.size().
void fair_speeds(std::span<const LinkUse> uses, std::span<double> speeds);

/// A stretch of a block in which it uses its links alike.
struct LinkPhase {
  double seconds = 0;
  LinkUse use;
};

/// Streams of transfers that no block of the rank waits for; each sends its transfers one after the other.
enum class Stream : std::uint8_t { pipeline, parameters };
inline constexpr std::size_t kStreams = 2;

struct BesideTransfer {
  LinkUse use;
  double wait = 0;  ///< seconds until it may begin
  double left = 0;  ///< seconds at its own pace
  double delay =
      0;  ///< seconds by which sharing has put off its end so far; in the pipeline stream, that of those before it, too
  std::uint32_t tag = 0;
};

/// Transfers that go on beside the blocks of one rank.
class Beside {
 public:
  void add(Stream stream, const BesideTransfer& transfer) { queues_[static_cast<std::size_t>(stream)].push_back(transfer); }
  [[nodiscard]] bool empty() const { return queues_[0].empty() && queues_[1].empty(); }
  /// True if one of them needs a link of `use`.
  [[nodiscard]] bool meets(const LinkUse& use) const;

  /// Shares the links with a transfer of the block; returns its speed. Holds until next_change().
  double share(const LinkUse& block);
  /// Seconds until a transfer begins or ends at the present speeds; infinite if none will.
  [[nodiscard]] double next_change() const;
  /// Moves all on by `seconds` <= next_change(). Transfers that end go to ended().
  void advance(double seconds);
  /// The same over any time, with no block running; infinite runs them out.
  void advance_alone(double seconds);

  [[nodiscard]] std::span<const BesideTransfer> queue(Stream stream) const { return queues_[static_cast<std::size_t>(stream)]; }
  [[nodiscard]] std::span<const BesideTransfer> ended(Stream stream) const { return ended_[static_cast<std::size_t>(stream)]; }
  void forget_ended() {
    for (auto& ended : ended_) ended.clear();
  }

 private:
  std::array<std::vector<BesideTransfer>, kStreams> queues_;
  std::array<double, kStreams> speeds_{1, 1};
  std::array<std::vector<BesideTransfer>, kStreams> ended_;
};

/// Seconds by which a block of these phases is held up by the transfers beside it; moves them to its end.
double held_up(std::span<const LinkPhase> phases, Beside& beside);

}  // namespace gpufleet::sim
