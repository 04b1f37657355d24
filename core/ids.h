// Typed 32-bit indices into vectors: a NodeId cannot index links.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace gpufleet {

template <class Tag>
struct Id {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t index = kNone;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t value) : index(value) {}
  [[nodiscard]] constexpr bool valid() const { return index != kNone; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

}  // namespace gpufleet

template <class Tag>
struct std::hash<gpufleet::Id<Tag>> {
  std::size_t operator()(gpufleet::Id<Tag> id) const noexcept { return std::hash<std::uint32_t>{}(id.index); }
};
