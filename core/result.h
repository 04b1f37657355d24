// Value or diagnostics. Functions that read what a user wrote return Result<T>; exceptions stay inside the one .cpp around a
// library.
#pragma once

#include <optional>
#include <utility>

#include "core/check.h"
#include "core/diagnostics.h"

namespace gpufleet {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                              // NOLINT(google-explicit-constructor)
  Result(Diagnostics diagnostics) : diagnostics_(std::move(diagnostics)) {}  // NOLINT(google-explicit-constructor)
  Result(Diagnostic diagnostic) : diagnostics_{std::move(diagnostic)} {}     // NOLINT(google-explicit-constructor)
  /// A value with warnings.
  Result(T value, Diagnostics warnings) : value_(std::move(value)), diagnostics_(std::move(warnings)) {}

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& value() const& {
    check(ok(), "Result has no value");
    return *value_;
  }
  [[nodiscard]] T& value() & {
    check(ok(), "Result has no value");
    return *value_;
  }
  [[nodiscard]] T&& value() && {
    check(ok(), "Result has no value");
    return std::move(*value_);
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// Errors when there is no value; warnings otherwise.
  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  std::optional<T> value_;
  Diagnostics diagnostics_;
};

}  // namespace gpufleet
