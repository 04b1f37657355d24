// A small expression language for rules kept as data: numbers, texts, booleans and sets of texts, with
// || && ! == != < <= > >= + - * / ( ) and `in`. Typed at parse time; evaluated in three values, so that an unknown input
// makes a result unknown only where it matters.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"

namespace gpufleet::hw {

enum class ValueType : std::uint8_t { number, boolean, text, set };

struct VariableSpec {
  std::string name;
  ValueType type = ValueType::number;
};

/// monostate = unknown.
using Value = std::variant<std::monostate, double, bool, std::string, std::vector<std::string>>;

/// A parsed boolean expression; cheap to copy, independent of the text it came from.
struct Expression {
  enum class Op : std::uint8_t {
    constant,
    variable,
    logical_not,
    logical_and,
    logical_or,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    add,
    subtract,
    multiply,
    divide,
    negate,
    in
  };
  struct Node {
    Op op = Op::constant;
    ValueType type = ValueType::number;
    int left = -1, right = -1;
    int variable = -1;
    Value constant;
    std::string text;  ///< as written
  };
  std::vector<Node> nodes;  ///< children before parents; the last is the root; empty = no expression
};

/// Bounds on hostile input: characters and nesting.
inline constexpr std::size_t kLongestExpression = 4096;
inline constexpr int kDeepestExpression = 64;

/// Parses a boolean expression over `variables` (values are later given in the same order). Errors carry `where`, its column
/// moved to the offending character (`where` is the place of the opening quote), and "did you mean" for names.
Result<Expression> parse_expression(std::string_view text, std::span<const VariableSpec> variables, const SourceLocation& where);

enum class Truth : std::uint8_t { no, yes, unknown };
/// Kleene logic; a comparison with an unknown operand, or a division by zero, is unknown. `values` follows the specification.
Truth evaluate(const Expression& expression, std::span<const Value> values);

/// One comparison that decides a result: "TPP" 2368 "<" 2400.
struct Comparison {
  std::string left, relation, right;  ///< as written
  bool numeric = false;
  double value = 0, threshold = 0;  ///< when numeric
  Truth holds = Truth::unknown;
};
/// The comparisons (and plain booleans) that make the expression true, false or unknown, in order of writing.
std::vector<Comparison> decisive(const Expression& expression, std::span<const Value> values);

/// How far from true: 0 when true, else the relative change of a number that would make it so (the largest where several must
/// change together, the smallest among alternatives); infinity when no number can.
double distance_to_true(const Expression& expression, std::span<const Value> values);

}  // namespace gpufleet::hw
