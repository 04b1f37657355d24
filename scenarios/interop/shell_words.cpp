#include "scenarios/interop/shell_words.h"

#include <algorithm>
#include <cctype>

namespace gpufleet::scenarios {
namespace {

// Bytes of the first character (RFC 3629); 0 where they are none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  for (std::size_t i = 1; i < length; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  // Overlong forms, surrogates and what lies beyond the last character.
  const unsigned next = byte(1);
  if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) || (lead == 0xf0 && next < 0x90) ||
      (lead == 0xf4 && next > 0x8f))
    return 0;
  return length;
}

}  // namespace

std::optional<std::vector<std::string>> shell_words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool inside = false;  // a word has begun, perhaps an empty one in quotes
  char quote = 0;
  const auto end_word = [&] {
    if (inside) out.push_back(word);
    word.clear();
    inside = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else if (c == '\\' && quote == '"' && i + 1 < text.size())
        word += text[++i];
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == '\\' && i + 1 < text.size()) {
      ++i;
      if (text[i] != '\n') word += text[i], inside = true;
    } else if (c == '#' && !inside) {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      end_word();
    } else {
      word += c;
      inside = true;
    }
  }
  if (quote != 0) return std::nullopt;
  end_word();
  return out;
}

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
  std::string out = "'";
  for (const char c : word) {
    // A quote cannot stand inside single quotes; a zero byte in no word at all.
    if (c == '\'')
      out += "'\\''";
    else if (c != '\0')
      out += c;
  }
  return out + "'";
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size();) {
    const auto lead = static_cast<unsigned char>(out[i]);
    const std::size_t length = utf8_length(std::string_view(out).substr(i));
    if (length == 0) out[i] = '?';
    if (lead < 0x20 || lead == 0x7f) out[i] = ' ';
    i += std::max<std::size_t>(1, length);
  }
  return out;
}

std::vector<Flag> flags_of(const std::vector<std::string>& words, BareFlag bare) {
  // "-5" is a value, "-tp" a flag.
  const auto is_flag = [](const std::string& word) {
    return word.size() > 1 && word[0] == '-' && std::isdigit(static_cast<unsigned char>(word[1])) == 0 && word[1] != '.';
  };
  std::vector<Flag> out;
  bool open = false;  // the last flag still takes a value
  for (const std::string& word : words) {
    if (is_flag(word)) {
      const std::size_t equals = word.find('=');
      Flag flag;
      flag.name = word.substr(0, equals);
      std::ranges::replace(flag.name, '_', '-');
      if (equals != std::string::npos) flag.value = word.substr(equals + 1);
      open = equals == std::string::npos;
      out.push_back(std::move(flag));
    } else if (open && (!bare(out.back().name) || word == "true" || word == "false" || word == "True" || word == "False")) {
      out.back().value = word;
      open = false;
    } else {
      out.push_back({{}, word});
      open = false;
    }
  }
  return out;
}

}  // namespace gpufleet::scenarios
