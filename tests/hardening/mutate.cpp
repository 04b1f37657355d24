#include "tests/hardening/mutate.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

namespace gpufleet::hardening {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNumbers{"0"sv,
                              "-0.0"sv,
                              "-1"sv,
                              "1"sv,
                              "3"sv,
                              "7"sv,
                              "1e308"sv,
                              "-1e308"sv,
                              "1e-308"sv,
                              "inf"sv,
                              "-inf"sv,
                              "nan"sv,
                              "1e18"sv,
                              "1e9"sv,
                              "1e12"sv,
                              "0.5"sv,
                              "1000000000"sv,
                              "65536"sv,
                              "2147483647"sv,
                              "2147483648"sv,
                              "4294967296"sv,
                              "100000"sv,
                              "1000000"sv,
                              "9223372036854775807"sv,
                              "-9223372036854775808"sv};
constexpr std::array kValues{"\"\""sv,
                             "true"sv,
                             "[]"sv,
                             "{}"sv,
                             "[[[]]]"sv,
                             "\"1e308 T\""sv,
                             "\"-5 s\""sv,
                             "\"0 GB\""sv,
                             "\"1e30 Gb/s\""sv,
                             "\"nan\""sv,
                             "\"1000 T\""sv,
                             "\"1 ps\""sv,
                             "\"1000000 h\""sv,
                             "\"../../../../etc/passwd\""sv,
                             "\"/dev/zero\""sv,
                             "\"=1+1\""sv,
                             "\"<script>\""sv,
                             "\"\\u0000\""sv,
                             "1979-05-27"sv,
                             "[1, \"a\", {}]"sv};

std::size_t below(RandomStream& random, std::size_t bound) { return static_cast<std::size_t>(random.below(bound)); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '\n') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

// Where numbers stand: digits with a point or exponent, not inside a word.
std::vector<std::pair<std::size_t, std::size_t>> numbers_in(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  const auto digit = [&](std::size_t i) { return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!digit(i)) continue;
    std::size_t end = i;
    while (digit(end) || (end < text.size() && text[end] == '.' && digit(end + 1))) ++end;
    const bool word = i > 0 && (std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0 || text[i - 1] == '-');
    if (!word) out.emplace_back(i, end - i);
    i = end;
  }
  return out;
}

void replace_number(std::string& text, RandomStream& random) {
  const auto places = numbers_in(text);
  if (places.empty()) return;
  const auto [at, length] = places[below(random, places.size())];
  text.replace(at, length, kNumbers[below(random, kNumbers.size())]);
}

void replace_value(std::string& text, RandomStream& random) {
  std::vector<std::string> lines = lines_of(text);
  std::string& line = lines[below(random, lines.size())];
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos) return replace_number(text, random);
  const bool number = random.below(2) == 0;
  line = line.substr(0, equals + 1) + ' ' +
         std::string(number ? kNumbers[below(random, kNumbers.size())] : kValues[below(random, kValues.size())]);
  text = joined(lines);
}

void move_lines(std::string& text, RandomStream& random) {
  std::vector<std::string> lines = lines_of(text);
  const std::size_t a = below(random, lines.size()), b = below(random, lines.size());
  switch (random.below(3)) {
    case 0: lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(a)); break;
    case 1: lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(b), std::string(lines[a])); break;
    default: std::swap(lines[a], lines[b]);
  }
  text = joined(lines);
}

}  // namespace

std::string mutate_bytes(std::string text, RandomStream& random) {
  for (std::uint64_t left = 1 + random.below(4); left > 0 && !text.empty(); --left) {
    const std::size_t at = below(random, text.size()), length = 1 + below(random, std::min<std::size_t>(text.size() - at, 64));
    switch (random.below(6)) {
      case 0: text[at] = static_cast<char>(random.below(256)); break;
      case 1: text.erase(at, length); break;
      case 2: text.insert(at, text.substr(below(random, text.size()), length)); break;
      case 3: text.resize(at); break;
      case 4: {
        const std::string piece = text.substr(at, length);
        for (std::uint64_t n = random.below(200); n > 0; --n) text.insert(at, piece);
        break;
      }
      default: replace_number(text, random);
    }
  }
  return text;
}

std::string mutate_scenario(std::string text, RandomStream& random) {
  for (std::uint64_t left = 1 + random.below(3) * random.below(2); left > 0 && !text.empty(); --left) {
    const std::uint64_t kind = random.below(20);
    if (kind < 10) {
      replace_number(text, random);
    } else if (kind < 14) {
      replace_value(text, random);
    } else if (kind < 19) {
      move_lines(text, random);
    } else {
      text = mutate_bytes(std::move(text), random);
    }
  }
  return text;
}

}  // namespace gpufleet::hardening
