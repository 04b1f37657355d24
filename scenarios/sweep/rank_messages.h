// What ranks of a sweep say to each other, as bytes: one kind, then numbers and texts with their lengths, least significant byte
// first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/store/point.h"

namespace gpufleet::scenarios {

struct RankWord {
  enum class Kind : std::uint8_t {
    alive,   ///< both ways, where nothing else has been said for a while
    wants,   ///< to rank 0: `count` more points
    result,  ///< to rank 0: `point` came to `row`
    known,   ///< to rank 0: `point` has the key `row.key`, which the store holds already
    cannot,  ///< to rank 0: why the rank cannot work, `row.message`
    keys,    ///< from rank 0: keys that the store holds; more to follow while `count` > 0
    work,    ///< from rank 0: `points` to work on
    end,     ///< from rank 0: no more work
    bye,     ///< to rank 0: understood, nothing more to come
    leave,   ///< from rank 0, the last word: `count` ranks were lost
  };
  Kind kind = Kind::alive;
  std::uint64_t point = 0, count = 0;
  PointRow row;
  std::vector<std::string> keys;
  std::vector<std::size_t> points;
  friend bool operator==(const RankWord&, const RankWord&) = default;
};

std::string to_bytes(const RankWord& word);
/// Nothing if the bytes are not those of a word.
std::optional<RankWord> from_bytes(std::string_view bytes);

}  // namespace gpufleet::scenarios
