// JSON as text with nothing left to chance: members in the order given, numbers as the shortest text that reads back the same,
// no locale. The same values give the same bytes everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpufleet::scenarios {

class JsonWriter {
 public:
  enum class Layout : std::uint8_t { compact, indented };
  explicit JsonWriter(Layout layout) : layout_(layout) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// Inside an object, before each value.
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  /// Not finite numbers become null, which JSON has instead.
  JsonWriter& number(double value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& boolean(bool value);
  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  /// The text so far. Precondition: everything begun has ended.
  [[nodiscard]] const std::string& str() const;

 private:
  void before_value();
  void begin(char bracket);
  void end(char bracket);
  void line_break();

  Layout layout_;
  std::string out_;
  std::vector<bool> has_members_;  // one per open bracket
  bool after_key_ = false;
};

}  // namespace gpufleet::scenarios
