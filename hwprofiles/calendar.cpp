#include "hwprofiles/calendar.h"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <chrono>

#include "core/check.h"

namespace gpufleet::hw {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

std::string complete_date(std::string_view text) {
  if (text.size() < 4 || !all_digits(text.substr(0, 4))) return {};
  const std::string year(text.substr(0, 4));
  if (text.size() == 4) return year + "-01-01";
  if (text[4] != '-') return {};
  if (text.size() == 7 && text[5] == 'Q' && text[6] >= '1' && text[6] <= '4')
    return fmt::format("{}-{:02}-01", year, 3 * (text[6] - '1') + 1);
  if (text.size() < 7 || !all_digits(text.substr(5, 2))) return {};
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  if (month < 1 || month > 12) return {};
  if (text.size() == 7) return std::string(text) + "-01";
  if (text.size() != 10 || text[7] != '-' || !all_digits(text.substr(8, 2))) return {};
  const int day = (text[8] - '0') * 10 + (text[9] - '0');
  const int number = std::stoi(year);
  const bool leap = number % 4 == 0 && (number % 100 != 0 || number % 400 == 0);
  const int longest = month == 2 ? (leap ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11) ? 30 : 31;
  return day >= 1 && day <= longest ? std::string(text) : std::string();
}

std::int64_t day_number(std::string_view iso_date) {
  check(complete_date(iso_date) == iso_date, "day_number needs a complete, valid ISO date");
  const auto field = [&](std::size_t at, std::size_t length) { return std::stoi(std::string(iso_date.substr(at, length))); };
  const std::chrono::year_month_day date{std::chrono::year(field(0, 4)), std::chrono::month(static_cast<unsigned>(field(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(field(8, 2)))};
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::string next_day(std::string_view iso_date) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day_number(iso_date) + 1))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace gpufleet::hw
