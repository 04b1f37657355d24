// Blocks of prompts whose keys and values are kept for reuse: least recently used first out, over tiers from the GPU's memory to
// DRAM to a disk or another machine. What one tier evicts falls to the next.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace gpufleet::sim {

enum class CacheTier : std::uint8_t { hbm, dram, storage };
inline constexpr int kCacheTiers = 3;

struct PrefixCacheSpec {
  std::int32_t block_tokens = 512;
  std::array<std::int64_t, kCacheTiers> blocks{};  ///< capacity of each tier; all 0 = no cache
  std::array<double, kCacheTiers> bandwidth{};     ///< bytes/s from the tier to the GPU; 0 = at once
  [[nodiscard]] bool on() const { return blocks[0] + blocks[1] + blocks[2] > 0; }
  friend bool operator==(const PrefixCacheSpec&, const PrefixCacheSpec&) = default;
};

/// Blocks found from the start of a prompt, by tier.
struct PrefixHit {
  std::array<std::int64_t, kCacheTiers> blocks{};
  [[nodiscard]] std::int64_t total() const { return blocks[0] + blocks[1] + blocks[2]; }
};

class PrefixCache {
 public:
  explicit PrefixCache(const PrefixCacheSpec& spec) : spec_(spec) {}

  /// Longest prefix of `blocks` in the cache, without touching it.
  [[nodiscard]] std::int64_t peek(std::span<const std::uint64_t> blocks) const;
  /// The same; found blocks become the most recently used, all of `blocks` are kept afterwards.
  PrefixHit use(std::span<const std::uint64_t> blocks);
  /// Blocks held now, over all tiers.
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(index_.size()); }
  [[nodiscard]] const PrefixCacheSpec& spec() const { return spec_; }
  void clear();

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Node {
    std::uint64_t block = 0;
    std::uint32_t before = kNone, after = kNone;
    std::uint8_t tier = 0;
  };
  void unlink(std::uint32_t node);
  void push_front(std::uint32_t node, int tier);
  void overflow(int tier);

  PrefixCacheSpec spec_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> free_;
  std::array<std::uint32_t, kCacheTiers> first_{kNone, kNone, kNone}, last_{kNone, kNone, kNone};
  std::array<std::int64_t, kCacheTiers> held_{};
  std::unordered_map<std::uint64_t, std::uint32_t> index_;
};

}  // namespace gpufleet::sim
