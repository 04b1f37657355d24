// Arithmetic over named figures, for answers to public claims: + - * / ^ ( ), min, max, numbers, and names such as "run_cost" or
// "v3.run_days". Every figure has an interval; the result's is of first order, figures erring independently.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/statistics.h"

namespace gpufleet::scenarios {

/// A parsed formula: its names in order of first use, and postfix code.
class Formula {
 public:
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  /// `values` in the order of names(). Division by zero gives infinity or no number.
  [[nodiscard]] double evaluate(const std::vector<double>& values) const;
  /// Centre at the centres; each figure moved to its low and high alone, distances added as squares.
  [[nodiscard]] Estimate evaluate(const std::vector<Estimate>& values) const;

 private:
  friend class FormulaParser;
  enum class Op : unsigned char { number, name, add, subtract, multiply, divide, power, negate, least, most };
  struct Step {
    Op op = Op::number;
    double number = 0;
    std::size_t name = 0;
  };
  std::string text_;
  std::vector<std::string> names_;
  std::vector<Step> steps_;
};

/// Error: what is wrong and at which character.
Result<Formula> parse_formula(std::string_view text);

}  // namespace gpufleet::scenarios
