// Recursive descent over tokens; see expression.h. Grammar, loosest first: or, and, not, comparison or `in`, sum, product, unary.
#include <fmt/format.h>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "hwprofiles/expression.h"

namespace gpufleet::hw {
namespace {

using Op = Expression::Op;

struct Token {
  enum class Kind : std::uint8_t { number, text, name, symbol, end } kind = Kind::end;
  std::string_view text;
  std::size_t at = 0;
  double number = 0;
};

struct Failure {
  std::size_t at = 0;
  std::string message;
  std::string hint;
};

std::string_view type_name(ValueType type) {
  constexpr std::array<std::string_view, 4> kNames{"a number", "a truth value", "a text", "a set of texts"};
  return kNames[static_cast<std::size_t>(type)];
}

class Parser {
 public:
  Parser(std::string_view text, std::span<const VariableSpec> variables) : text_(text), variables_(variables) { advance(); }

  std::optional<Failure> run(Expression& out) {
    if (text_.size() > kLongestExpression) return Failure{0, fmt::format("is longer than {} characters", kLongestExpression), ""};
    const int root = parse_or(0);
    if (!failure_ && token_.kind != Token::Kind::end) fail(fmt::format("has \"{}\" after its end", token_.text));
    if (!failure_) need(root, ValueType::boolean, 0);
    if (failure_) return failure_;
    out.nodes = std::move(nodes_);
    return std::nullopt;
  }

 private:
  // --- tokens
  void advance() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t' || text_[position_] == '\n'))
      ++position_;
    token_ = {Token::Kind::end, {}, position_, 0};
    if (position_ >= text_.size()) return;
    const char c = text_[position_];
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return scan_number();
    if (c == '"' || c == '\'') return scan_text(c);
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') return scan_name();
    constexpr std::array<std::string_view, 18> kSymbols{"||", "&&", "==", "!=", "<=", ">=", "<", ">", "!",
                                                        "+",  "-",  "*",  "/",  "(",  ")",  "{", "}", ","};
    for (const std::string_view symbol : kSymbols)
      if (text_.substr(position_).starts_with(symbol)) return emit(Token::Kind::symbol, symbol.size());
    fail(fmt::format("has an unexpected character '{}'", std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?'));
  }
  void emit(Token::Kind kind, std::size_t length) {
    token_ = {kind, text_.substr(position_, length), position_, 0};
    position_ += length;
  }
  void scan_number() {
    double value = 0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc()) return fail("has a number that cannot be read");
    emit(Token::Kind::number, static_cast<std::size_t>(end - begin));
    token_.number = value;
  }
  void scan_text(char quote) {
    const std::size_t close = text_.find(quote, position_ + 1);
    if (close == std::string_view::npos) return fail("has a text without a closing quote");
    const std::size_t start = position_;
    token_ = {Token::Kind::text, text_.substr(start + 1, close - start - 1), start, 0};
    position_ = close + 1;
  }
  void scan_name() {
    std::size_t end = position_;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_')) ++end;
    emit(Token::Kind::name, end - position_);
  }
  bool accept(std::string_view symbol) {
    const bool here = (token_.kind == Token::Kind::symbol || token_.kind == Token::Kind::name) && token_.text == symbol;
    if (here && !failure_) advance();
    return here;
  }

  // --- errors: the first one stands
  void fail_at(std::size_t at, std::string message, std::string hint) {
    if (!failure_) failure_ = Failure{at, std::move(message), std::move(hint)};
    token_.kind = Token::Kind::end;
  }
  void fail(std::string message) { fail_at(token_.at, std::move(message), ""); }
  bool need(int node, ValueType type, std::size_t at) {
    if (failure_ || nodes_[static_cast<std::size_t>(node)].type == type) return !failure_;
    fail_at(at, fmt::format("needs {} here, not {}", type_name(type), type_name(nodes_[static_cast<std::size_t>(node)].type)),
            "");
    return false;
  }

  // --- nodes
  int add(Expression::Node node, std::size_t begin) {
    std::string_view written = text_.substr(begin, token_.at - begin);
    while (written.ends_with(' ')) written.remove_suffix(1);
    node.text = std::string(written);
    nodes_.push_back(std::move(node));
    return static_cast<int>(nodes_.size()) - 1;
  }
  int binary(Op op, ValueType type, int left, int right, std::size_t begin) {
    return add({.op = op, .type = type, .left = left, .right = right}, begin);
  }

  // --- grammar; after a failure the tree is never used, so any index will do
  int parse_or(int depth) {
    const std::size_t begin = token_.at;
    int left = parse_and(depth);
    while (!failure_ && accept("||")) {
      const std::size_t at = token_.at;
      const int right = parse_and(depth);
      if (!need(left, ValueType::boolean, begin) || !need(right, ValueType::boolean, at)) return 0;
      left = binary(Op::logical_or, ValueType::boolean, left, right, begin);
    }
    return left;
  }
  int parse_and(int depth) {
    const std::size_t begin = token_.at;
    int left = parse_comparison(depth);
    while (!failure_ && accept("&&")) {
      const std::size_t at = token_.at;
      const int right = parse_comparison(depth);
      if (!need(left, ValueType::boolean, begin) || !need(right, ValueType::boolean, at)) return 0;
      left = binary(Op::logical_and, ValueType::boolean, left, right, begin);
    }
    return left;
  }
  int parse_comparison(int depth) {
    const std::size_t begin = token_.at;
    const int left = parse_sum(depth);
    constexpr std::array<std::pair<std::string_view, Op>, 6> kRelations{{{"==", Op::equal},
                                                                         {"!=", Op::unequal},
                                                                         {"<=", Op::less_equal},
                                                                         {">=", Op::greater_equal},
                                                                         {"<", Op::less},
                                                                         {">", Op::greater}}};
    if (failure_) return 0;
    if (accept("in")) {
      const std::size_t at = token_.at;
      const int right = parse_set(depth);
      if (!need(left, ValueType::text, begin) || !need(right, ValueType::set, at)) return 0;
      return binary(Op::in, ValueType::boolean, left, right, begin);
    }
    for (const auto& [symbol, op] : kRelations) {
      if (!accept(symbol)) continue;
      const std::size_t at = token_.at;
      const int right = parse_sum(depth);
      if (failure_) return 0;
      const bool ordered = op != Op::equal && op != Op::unequal;
      const ValueType type = ordered ? ValueType::number : nodes_[static_cast<std::size_t>(left)].type;
      if (type == ValueType::set) fail_at(begin, "compares sets; use `in`", "");
      if (failure_ || !need(left, type, begin) || !need(right, type, at)) return 0;
      return binary(op, ValueType::boolean, left, right, begin);
    }
    return left;
  }
  int parse_set(int depth) {
    const std::size_t begin = token_.at;
    if (!accept("{")) return parse_unary(depth + 1);
    std::vector<std::string> members;
    do {
      if (token_.kind != Token::Kind::text) {
        fail("needs texts in quotes between { and }");
        return 0;
      }
      members.emplace_back(token_.text);
      advance();
    } while (!failure_ && accept(","));
    if (!accept("}")) fail("needs } after the last text of a set");
    return failure_ ? 0 : add({.op = Op::constant, .type = ValueType::set, .constant = std::move(members)}, begin);
  }
  int parse_sum(int depth) {
    const std::size_t begin = token_.at;
    int left = parse_product(depth);
    while (!failure_ && token_.kind == Token::Kind::symbol && (token_.text == "+" || token_.text == "-")) {
      const Op op = token_.text == "+" ? Op::add : Op::subtract;
      advance();
      left = arithmetic(op, left, parse_product(depth), begin);
    }
    return left;
  }
  int parse_product(int depth) {
    const std::size_t begin = token_.at;
    int left = parse_unary(depth);
    while (!failure_ && token_.kind == Token::Kind::symbol && (token_.text == "*" || token_.text == "/")) {
      const Op op = token_.text == "*" ? Op::multiply : Op::divide;
      advance();
      left = arithmetic(op, left, parse_unary(depth), begin);
    }
    return left;
  }
  int arithmetic(Op op, int left, int right, std::size_t begin) {
    if (!need(left, ValueType::number, begin) || !need(right, ValueType::number, begin)) return 0;
    return binary(op, ValueType::number, left, right, begin);
  }
  int parse_unary(int depth) {
    if (depth > kDeepestExpression) {
      fail(fmt::format("is nested more than {} deep", kDeepestExpression));
      return 0;
    }
    const std::size_t begin = token_.at;
    if (failure_) return 0;
    if (accept("!")) {
      const int inner = parse_unary(depth + 1);
      return need(inner, ValueType::boolean, begin + 1) ? binary(Op::logical_not, ValueType::boolean, inner, -1, begin) : 0;
    }
    if (accept("-")) {
      const int inner = parse_unary(depth + 1);
      return need(inner, ValueType::number, begin + 1) ? binary(Op::negate, ValueType::number, inner, -1, begin) : 0;
    }
    if (accept("(")) {
      const int inner = parse_or(depth + 1);
      if (!failure_ && !accept(")")) fail("needs ) to close a parenthesis");
      return inner;
    }
    return parse_primary();
  }
  int parse_primary() {
    const Token token = token_;
    if (token.kind == Token::Kind::end) {
      fail("ends where a value is needed");
      return 0;
    }
    if (token.kind == Token::Kind::symbol) {
      fail(fmt::format("has \"{}\" where a value is needed", token.text));
      return 0;
    }
    advance();
    if (failure_) return 0;
    if (token.kind == Token::Kind::number)
      return add({.op = Op::constant, .type = ValueType::number, .constant = token.number}, token.at);
    if (token.kind == Token::Kind::text)
      return add({.op = Op::constant, .type = ValueType::text, .constant = std::string(token.text)}, token.at);
    if (token.text == "true" || token.text == "false")
      return add({.op = Op::constant, .type = ValueType::boolean, .constant = token.text == "true"}, token.at);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (variables_[i].name == token.text)
        return add({.op = Op::variable, .type = variables_[i].type, .variable = static_cast<int>(i)}, token.at);
      names.push_back(variables_[i].name);
    }
    fail_at(token.at, fmt::format("names \"{}\", which is not known here", token.text), did_you_mean(token.text, names));
    return 0;
  }

  std::string_view text_;
  std::span<const VariableSpec> variables_;
  std::size_t position_ = 0;
  Token token_;
  std::optional<Failure> failure_;
  std::vector<Expression::Node> nodes_;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text, std::span<const VariableSpec> variables, const SourceLocation& where) {
  Expression out;
  const std::optional<Failure> failure = Parser(text, variables).run(out);
  if (!failure) return out;
  Diagnostic diagnostic;
  diagnostic.where = where;
  if (where.line != 0) diagnostic.where.column += static_cast<std::uint32_t>(failure->at) + 1;
  diagnostic.message = "the expression " + failure->message;
  diagnostic.hint = failure->hint;
  return diagnostic;
}

}  // namespace gpufleet::hw
