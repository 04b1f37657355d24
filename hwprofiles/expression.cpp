// Evaluation in three values, and the reasons for a result; see expression.h.
#include "hwprofiles/expression.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gpufleet::hw {
namespace {

using Op = Expression::Op;
using Node = Expression::Node;

Truth truth(bool value) { return value ? Truth::yes : Truth::no; }
std::string_view symbol(Op op) {
  switch (op) {
    case Op::equal: return "==";
    case Op::unequal: return "!=";
    case Op::less: return "<";
    case Op::less_equal: return "<=";
    case Op::greater: return ">";
    case Op::greater_equal: return ">=";
    default: return "in";
  }
}
Truth opposite(Truth value) { return value == Truth::unknown ? value : value == Truth::yes ? Truth::no : Truth::yes; }

class Evaluator {
 public:
  Evaluator(const Expression& expression, std::span<const Value> values) : nodes_(expression.nodes), values_(values) {}

  [[nodiscard]] int root() const { return static_cast<int>(nodes_.size()) - 1; }

  [[nodiscard]] Truth decide(int index) const {
    const Node& node = at(index);
    switch (node.op) {
      case Op::logical_not: return opposite(decide(node.left));
      case Op::logical_and: {
        const Truth a = decide(node.left), b = decide(node.right);
        if (a == Truth::no || b == Truth::no) return Truth::no;
        return a == Truth::yes && b == Truth::yes ? Truth::yes : Truth::unknown;
      }
      case Op::logical_or: {
        const Truth a = decide(node.left), b = decide(node.right);
        if (a == Truth::yes || b == Truth::yes) return Truth::yes;
        return a == Truth::no && b == Truth::no ? Truth::no : Truth::unknown;
      }
      case Op::constant:
      case Op::variable: {
        const Value value = operand(node);
        const bool* known = std::get_if<bool>(&value);
        return known == nullptr ? Truth::unknown : truth(*known);
      }
      case Op::in: return membership(node);
      case Op::equal:
      case Op::unequal: return equality(node);
      default: return order(node);
    }
  }

  // Comparisons that bring about `wanted`, the node's own truth.
  void collect(int index, std::vector<Comparison>& out) const {
    const Node& node = at(index);
    const Truth mine = decide(index);
    switch (node.op) {
      case Op::logical_not: return collect(node.left, out);
      case Op::logical_and:
      case Op::logical_or: {
        // A side counts when it has the truth of the whole: both of a true `and`, the failing ones of a false one.
        for (const int side : {node.left, node.right})
          if (decide(side) == mine) collect(side, out);
        return;
      }
      default: out.push_back(comparison(node, mine));
    }
  }

  [[nodiscard]] double distance(int index, bool wanted) const {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    const Node& node = at(index);
    if (decide(index) == truth(wanted)) return 0;
    if (node.op == Op::logical_not) return distance(node.left, !wanted);
    if (node.op == Op::logical_and || node.op == Op::logical_or) {
      const double a = distance(node.left, wanted), b = distance(node.right, wanted);
      return (node.op == Op::logical_and) == wanted ? std::max(a, b) : std::min(a, b);
    }
    const bool ordered =
        node.op == Op::less || node.op == Op::less_equal || node.op == Op::greater || node.op == Op::greater_equal;
    if (!ordered) return kNever;
    const Value left = number(node.left), right = number(node.right);
    if (!std::holds_alternative<double>(left) || !std::holds_alternative<double>(right)) return kNever;
    const double value = std::get<double>(left), threshold = std::get<double>(right);
    return std::abs(value - threshold) / std::max(std::abs(threshold), 1e-300);
  }

 private:
  [[nodiscard]] const Node& at(int index) const { return nodes_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] Value operand(const Node& node) const {
    if (node.op == Op::constant) return node.constant;
    const auto variable = static_cast<std::size_t>(node.variable);
    return variable < values_.size() ? values_[variable] : Value{};
  }

  [[nodiscard]] Value number(int index) const {
    const Node& node = at(index);
    if (node.op == Op::constant || node.op == Op::variable) return operand(node);
    const Value left = number(node.left);
    if (!std::holds_alternative<double>(left)) return {};
    const double a = std::get<double>(left);
    if (node.op == Op::negate) return -a;
    const Value right = number(node.right);
    if (!std::holds_alternative<double>(right)) return {};
    const double b = std::get<double>(right);
    switch (node.op) {
      case Op::add: return a + b;
      case Op::subtract: return a - b;
      case Op::multiply: return a * b;
      case Op::divide: return b == 0 ? Value{} : Value{a / b};
      default: return {};
    }
  }

  [[nodiscard]] Truth membership(const Node& node) const {
    const Value left = operand(at(node.left)), right = operand(at(node.right));
    const auto* text = std::get_if<std::string>(&left);
    const auto* set = std::get_if<std::vector<std::string>>(&right);
    if (text == nullptr || set == nullptr) return Truth::unknown;
    return truth(std::find(set->begin(), set->end(), *text) != set->end());
  }

  [[nodiscard]] Truth equality(const Node& node) const {
    Truth same = Truth::unknown;
    if (at(node.left).type == ValueType::boolean) {
      const Truth a = decide(node.left), b = decide(node.right);
      if (a != Truth::unknown && b != Truth::unknown) same = truth(a == b);
    } else {
      const bool numeric = at(node.left).type == ValueType::number;
      const Value a = numeric ? number(node.left) : operand(at(node.left));
      const Value b = numeric ? number(node.right) : operand(at(node.right));
      if (a.index() != 0 && b.index() != 0) same = truth(a == b);
    }
    return node.op == Op::equal ? same : opposite(same);
  }

  [[nodiscard]] Truth order(const Node& node) const {
    const Value left = number(node.left), right = number(node.right);
    if (!std::holds_alternative<double>(left) || !std::holds_alternative<double>(right)) return Truth::unknown;
    const double a = std::get<double>(left), b = std::get<double>(right);
    switch (node.op) {
      case Op::less: return truth(a < b);
      case Op::less_equal: return truth(a <= b);
      case Op::greater: return truth(a > b);
      case Op::greater_equal: return truth(a >= b);
      default: return Truth::unknown;
    }
  }

  [[nodiscard]] Comparison comparison(const Node& node, Truth holds) const {
    Comparison out;
    out.holds = holds;
    out.left = node.text;
    if (node.left < 0) return out;
    out.left = at(node.left).text;
    out.right = at(node.right).text;
    out.relation = std::string(symbol(node.op));
    if (at(node.left).type != ValueType::number) return out;
    const Value left = number(node.left), right = number(node.right);
    out.numeric = std::holds_alternative<double>(left) && std::holds_alternative<double>(right);
    if (out.numeric) {
      out.value = std::get<double>(left);
      out.threshold = std::get<double>(right);
    }
    return out;
  }

  const std::vector<Node>& nodes_;
  std::span<const Value> values_;
};

}  // namespace

Truth evaluate(const Expression& expression, std::span<const Value> values) {
  if (expression.nodes.empty()) return Truth::unknown;
  const Evaluator evaluator(expression, values);
  return evaluator.decide(evaluator.root());
}

std::vector<Comparison> decisive(const Expression& expression, std::span<const Value> values) {
  std::vector<Comparison> out;
  if (expression.nodes.empty()) return out;
  const Evaluator evaluator(expression, values);
  evaluator.collect(evaluator.root(), out);
  return out;
}

double distance_to_true(const Expression& expression, std::span<const Value> values) {
  if (expression.nodes.empty()) return std::numeric_limits<double>::infinity();
  const Evaluator evaluator(expression, values);
  return evaluator.distance(evaluator.root(), true);
}

}  // namespace gpufleet::hw
