#include "scenarios/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "core/check.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kDeepest = 64;
constexpr std::size_t kLongest = 4096;

}  // namespace

// Recursive descent; the first mistake ends it.
class FormulaParser {
 public:
  explicit FormulaParser(std::string_view text) : text_(text) { out_.text_ = std::string(text); }

  Result<Formula> parse() {
    if (text_.size() > kLongest) return fault("is too long");
    sum(0);
    skip();
    if (problem_.empty() && at_ < text_.size()) note("expected an operator");
    if (!problem_.empty()) return fault(problem_);
    return std::move(out_);
  }

 private:
  using Op = Formula::Op;

  Diagnostic fault(const std::string& what) const {
    return {.where = {},
            .key = {},
            .message = fmt::format("formula \"{}\", character {}: {}", text_.substr(0, 120), at_ + 1, what),
            .hint = {}};
  }
  void note(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char wanted) {
    skip();
    if (!problem_.empty() || at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void emit(Op op) { out_.steps_.push_back({op}); }

  void sum(int depth) {
    product(depth);
    for (;;) {
      if (take('+')) {
        product(depth);
        emit(Op::add);
      } else if (take('-')) {
        product(depth);
        emit(Op::subtract);
      } else {
        return;
      }
    }
  }
  void product(int depth) {
    power(depth);
    for (;;) {
      if (take('*')) {
        power(depth);
        emit(Op::multiply);
      } else if (take('/')) {
        power(depth);
        emit(Op::divide);
      } else {
        return;
      }
    }
  }
  void power(int depth) {
    if (depth > kDeepest) return note("is nested too deeply");
    if (take('-')) {
      power(depth + 1);
      return emit(Op::negate);
    }
    atom(depth);
    if (take('^')) {
      power(depth + 1);
      emit(Op::power);
    }
  }
  void atom(int depth) {
    if (take('(')) {
      sum(depth + 1);
      if (!take(')')) note("expected )");
      return;
    }
    skip();
    if (at_ >= text_.size()) return note("expected a number, a name or (");
    const char first = text_[at_];
    if (std::isdigit(static_cast<unsigned char>(first)) != 0) return number();
    if (std::isalpha(static_cast<unsigned char>(first)) != 0) return word(depth);
    note("expected a number, a name or (");
  }
  void number() {
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) return note("is no number");
    at_ = static_cast<std::size_t>(end - text_.data());
    out_.steps_.push_back({Op::number, value});
  }
  void word(int depth) {
    const std::size_t begin = at_;
    const auto part_of_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; };
    while (at_ < text_.size() && part_of_name(text_[at_])) ++at_;
    const std::string name(text_.substr(begin, at_ - begin));
    if (name == "min" || name == "max") {
      if (!take('(')) return note("expected (");
      sum(depth + 1);
      while (take(',')) {
        sum(depth + 1);
        emit(name == "min" ? Op::least : Op::most);
      }
      if (!take(')')) note("expected )");
      return;
    }
    const auto known = std::find(out_.names_.begin(), out_.names_.end(), name);
    const auto index = static_cast<std::size_t>(known - out_.names_.begin());
    if (known == out_.names_.end()) out_.names_.push_back(name);
    out_.steps_.push_back({Op::name, 0, index});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
  Formula out_;
};

double Formula::evaluate(const std::vector<double>& values) const {
  check(values.size() == names_.size(), "a formula is given one value a name");
  std::vector<double> stack;
  for (const Step& step : steps_) {
    if (step.op == Op::number || step.op == Op::name) {
      stack.push_back(step.op == Op::number ? step.number : values[step.name]);
      continue;
    }
    const double right = stack.back();
    if (step.op == Op::negate) {
      stack.back() = -right;
      continue;
    }
    stack.pop_back();
    double& left = stack.back();
    switch (step.op) {
      case Op::add: left += right; break;
      case Op::subtract: left -= right; break;
      case Op::multiply: left *= right; break;
      case Op::divide: left /= right; break;
      case Op::power: left = std::pow(left, right); break;
      case Op::least: left = std::min(left, right); break;
      case Op::most: left = std::max(left, right); break;
      default: break;
    }
  }
  return stack.back();
}

Estimate Formula::evaluate(const std::vector<Estimate>& values) const {
  std::vector<double> at;
  for (const Estimate& value : values) at.push_back(value.value);
  const double centre = evaluate(at);
  double up = 0, down = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (const double end : {values[i].low, values[i].high}) {
      at[i] = end;
      const double moved = evaluate(at) - centre;
      (moved > 0 ? up : down) = std::hypot(moved > 0 ? up : down, moved);
    }
    at[i] = values[i].value;
  }
  return {centre, centre - down, centre + up};
}

Result<Formula> parse_formula(std::string_view text) { return FormulaParser(text).parse(); }

}  // namespace gpufleet::scenarios
