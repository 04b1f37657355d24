#include "scenarios/sweep/rank_messages.h"

namespace gpufleet::scenarios {
namespace {

void put(std::string& out, std::uint64_t number) {
  for (int byte = 0; byte < 8; ++byte) out += static_cast<char>(static_cast<unsigned char>(number >> (8 * byte)));
}
void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

class BytesReader {
 public:
  explicit BytesReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    if (rest_.size() < 8) return fail();
    std::uint64_t out = 0;
    for (std::size_t byte = 0; byte < 8; ++byte)
      out |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[byte])) << (8 * byte);
    rest_.remove_prefix(8);
    return out;
  }
  std::string text() {
    const std::uint64_t length = number();
    if (length > rest_.size()) {
      fail();
      return {};
    }
    std::string out(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return out;
  }
  /// How many things follow, of at least eight bytes each.
  std::uint64_t count() {
    const std::uint64_t out = number();
    return out > rest_.size() / 8 ? fail() : out;
  }
  [[nodiscard]] bool whole() const { return good_ && rest_.empty(); }

 private:
  std::uint64_t fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::string to_bytes(const RankWord& word) {
  std::string out;
  put(out, static_cast<std::uint64_t>(word.kind));
  put(out, word.point);
  put(out, word.count);
  put(out, static_cast<std::uint64_t>(word.row.status));
  for (const std::string_view text : {word.row.key, word.row.message, word.row.metrics}) put(out, text);
  put(out, static_cast<std::uint64_t>(word.keys.size()));
  for (const std::string& key : word.keys) put(out, key);
  put(out, static_cast<std::uint64_t>(word.points.size()));
  for (const std::size_t point : word.points) put(out, static_cast<std::uint64_t>(point));
  return out;
}

std::optional<RankWord> from_bytes(std::string_view bytes) {
  BytesReader in(bytes);
  RankWord out;
  const std::uint64_t kind = in.number();
  out.point = in.number();
  out.count = in.number();
  const std::uint64_t status = in.number();
  out.row.key = in.text();
  out.row.message = in.text();
  out.row.metrics = in.text();
  for (std::uint64_t n = in.count(); n > 0; --n) out.keys.push_back(in.text());
  for (std::uint64_t n = in.count(); n > 0; --n) out.points.push_back(in.number());
  if (!in.whole() || kind > static_cast<std::uint64_t>(RankWord::Kind::leave) ||
      status > static_cast<std::uint64_t>(PointStatus::invalid))
    return std::nullopt;
  out.kind = static_cast<RankWord::Kind>(kind);
  out.row.status = static_cast<PointStatus>(status);
  return out;
}

}  // namespace gpufleet::scenarios
