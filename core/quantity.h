// Strong types for quantities: a number that knows its dimension. Only products that mean something exist, so adding seconds
// to bytes does not compile. Integer quantities (simulation time, bytes) use checked arithmetic.
#pragma once

#include <cmath>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>

#include "core/check.h"

namespace gpufleet {

template <class Tag, class Rep>
class Quantity {
 public:
  using rep = Rep;
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }

  friend constexpr auto operator<=>(const Quantity&, const Quantity&) = default;

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(add(a.value_, b.value_)); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(subtract(a.value_, b.value_)); }
  friend constexpr Quantity operator*(Quantity a, Rep factor) { return Quantity(multiply(a.value_, factor)); }
  friend constexpr Quantity operator*(Rep factor, Quantity a) { return a * factor; }
  friend constexpr Quantity operator/(Quantity a, Rep divisor) { return Quantity(a.value_ / divisor); }
  friend constexpr double operator/(Quantity a, Quantity b) {
    return static_cast<double>(a.value_) / static_cast<double>(b.value_);
  }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }

  static constexpr Quantity max_value() { return Quantity(std::numeric_limits<Rep>::max()); }

 private:
  static constexpr Rep add(Rep a, Rep b) {
    if constexpr (std::integral<Rep>) {
      Rep out{};
      check(!__builtin_add_overflow(a, b, &out), "quantity overflow in +");
      return out;
    } else {
      return a + b;
    }
  }
  static constexpr Rep subtract(Rep a, Rep b) {
    if constexpr (std::integral<Rep>) {
      Rep out{};
      check(!__builtin_sub_overflow(a, b, &out), "quantity overflow in -");
      return out;
    } else {
      return a - b;
    }
  }
  static constexpr Rep multiply(Rep a, Rep b) {
    if constexpr (std::integral<Rep>) {
      Rep out{};
      check(!__builtin_mul_overflow(a, b, &out), "quantity overflow in *");
      return out;
    } else {
      return a * b;
    }
  }

  Rep value_{};
};

/// Simulated time inside a step and in serving: integer picoseconds (106 days at most).
using Time = Quantity<struct TimeTag, std::int64_t>;
/// Length of a run or a horizon, and every time that is a result: seconds.
using Seconds = Quantity<struct SecondsTag, double>;
using Bytes = Quantity<struct BytesTag, std::int64_t>;
using Flops = Quantity<struct FlopsTag, double>;
using BytesPerSecond = Quantity<struct BytesPerSecondTag, double>;
using FlopsPerSecond = Quantity<struct FlopsPerSecondTag, double>;
using Watts = Quantity<struct WattsTag, double>;
using Joules = Quantity<struct JoulesTag, double>;
using Dollars = Quantity<struct DollarsTag, double>;
using Tokens = Quantity<struct TokensTag, double>;

inline constexpr double kPicosecondsPerSecond = 1e12;

/// The one place where a real duration becomes integer picoseconds: rounded upward, so that nothing takes no time.
inline Time to_time(Seconds seconds) {
  const double picoseconds = std::ceil(seconds.value() * kPicosecondsPerSecond);
  check(picoseconds >= 0 && picoseconds < 9.2e18, "duration outside the range of integer picoseconds");
  return Time(static_cast<std::int64_t>(picoseconds));
}
constexpr Seconds to_seconds(Time time) { return Seconds(static_cast<double>(time.value()) / kPicosecondsPerSecond); }

constexpr Seconds operator/(Bytes bytes, BytesPerSecond rate) {
  return Seconds(static_cast<double>(bytes.value()) / rate.value());
}
constexpr Seconds operator/(Flops flops, FlopsPerSecond rate) { return Seconds(flops.value() / rate.value()); }
constexpr Joules operator*(Watts power, Seconds time) { return Joules(power.value() * time.value()); }

}  // namespace gpufleet
