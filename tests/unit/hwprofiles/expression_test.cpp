// The expression language: values, three-valued logic, positions of errors, bounds, and that no input breaks the parser.
#include "hwprofiles/expression.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace gpufleet::hw {
namespace {

const std::vector<VariableSpec> kSpec{{"X", ValueType::number},
                                      {"Y", ValueType::number},
                                      {"B", ValueType::boolean},
                                      {"NAME", ValueType::text},
                                      {"GROUP", ValueType::set}};
const SourceLocation kPlace{"rules.toml", 7, 8};

Result<Expression> parse(std::string_view text) { return parse_expression(text, kSpec, kPlace); }

Truth ask(std::string_view text, std::vector<Value> values) {
  const Result<Expression> parsed = parse(text);
  EXPECT_TRUE(parsed.ok()) << to_text(parsed.diagnostics());
  return evaluate(*parsed, values);
}
Truth ask(std::string_view text) {
  return ask(text, {2400.0, 3.0, true, std::string("H20"), std::vector<std::string>{"CN", "H20"}});
}

TEST(Expression, EvaluatesWithTheUsualPrecedence) {
  EXPECT_EQ(ask("X >= 2400"), Truth::yes);
  EXPECT_EQ(ask("X > 2400"), Truth::no);
  EXPECT_EQ(ask("1 + 2 * 3 == 7 && (1 + 2) * 3 == 9"), Truth::yes);
  EXPECT_EQ(ask("X - Y - 1 == 2396 && X / Y / 2 == 400 && -Y < 0"), Truth::yes);
  EXPECT_EQ(ask("true || false && false"), Truth::yes);
  EXPECT_EQ(ask("!B || X < 1"), Truth::no);
  EXPECT_EQ(ask("NAME in {\"H100\", 'H20'} && NAME in GROUP && NAME != \"H100\""), Truth::yes);
  EXPECT_EQ(ask("X > 790e6"), Truth::no);
}

// Kleene: unknown && false = false, unknown || true = true, otherwise unknown.
TEST(Expression, UnknownMattersOnlyWhereItDecides) {
  const std::vector<Value> values{2400.0, {}, true, {}, {}};
  EXPECT_EQ(ask("Y > 1", values), Truth::unknown);
  EXPECT_EQ(ask("!(Y > 1)", values), Truth::unknown);
  EXPECT_EQ(ask("Y > 1 && X < 1", values), Truth::no);
  EXPECT_EQ(ask("Y > 1 || X > 1", values), Truth::yes);
  EXPECT_EQ(ask("Y > 1 || X < 1", values), Truth::unknown);
  EXPECT_EQ(ask("NAME in GROUP", values), Truth::unknown);
  EXPECT_EQ(ask("X / (X - X) > 1", values), Truth::unknown);
}

TEST(Expression, ErrorsPointAtTheCharacter) {
  struct Wrong {
    const char* text;
    std::uint32_t offset;  // from the first character of the expression
    const char* message;
    const char* hint;
  };
  for (const Wrong& wrong : std::vector<Wrong>{{"XX > 1", 0, "names \"XX\"", "did you mean \"X\"?"},
                                               {"X > ", 4, "ends where a value is needed", ""},
                                               {"X > 1 )", 6, "has \")\" after its end", ""},
                                               {"X > B", 4, "needs a number here, not a truth value", ""},
                                               {"X", 0, "needs a truth value here, not a number", ""},
                                               {"NAME in \"a\"", 8, "needs a set of texts here, not a text", ""},
                                               {"NAME in {1}", 9, "needs texts in quotes", ""},
                                               {"X # 1", 2, "unexpected character '#'", ""},
                                               {"(X > 1", 6, "needs )", ""},
                                               {"NAME == \"H20", 8, "without a closing quote", ""},
                                               {"X > 1 > 2", 6, "has \">\" after its end", ""},
                                               {"", 0, "ends where a value is needed", ""}}) {
    const Result<Expression> parsed = parse(wrong.text);
    ASSERT_FALSE(parsed.ok()) << wrong.text;
    const Diagnostic& d = parsed.diagnostics().front();
    EXPECT_NE(d.message.find(wrong.message), std::string::npos) << wrong.text << ": " << d.message;
    EXPECT_EQ(d.hint, wrong.hint) << wrong.text;
    EXPECT_EQ(d.where.line, 7U);
    EXPECT_EQ(d.where.column, 8 + 1 + wrong.offset) << wrong.text << ": " << d.message;
  }
}

TEST(Expression, DepthAndLengthAreBounded) {
  const std::string deep = std::string(1000, '(') + "B" + std::string(1000, ')');
  EXPECT_NE(parse(deep).diagnostics().front().message.find("nested"), std::string::npos);
  EXPECT_FALSE(parse(std::string(1000, '!') + "B").ok());
  EXPECT_FALSE(parse(std::string("B").append(5000, ' ')).ok());
  std::string wide = "B";
  while (wide.size() + 5 < kLongestExpression) wide += " && B";
  EXPECT_EQ(ask(wide), Truth::yes);
}

TEST(Expression, NamesWhatDecides) {
  const Expression both = parse("X >= 4800 || (X >= 1600 && Y >= 5.92)").value();
  const std::vector<Value> values{2368.0, 2.909, true, {}, {}};
  const std::vector<Comparison> why = decisive(both, values);
  ASSERT_EQ(why.size(), 2U);  // the first alternative fails by X, the second by Y alone
  EXPECT_EQ(why[0].left + why[0].relation + why[0].right, "X>=4800");
  EXPECT_EQ(why[1].left, "Y");
  EXPECT_DOUBLE_EQ(why[1].value, 2.909);
  EXPECT_DOUBLE_EQ(why[1].threshold, 5.92);
  // The nearer way: X by 1 - 2368/4800 = 0.507, Y by 1 - 2.909/5.92 = 0.509.
  EXPECT_NEAR(distance_to_true(both, values), 1 - 2368.0 / 4800, 1e-12);
  EXPECT_TRUE(std::isinf(distance_to_true(parse("!B").value(), values)));
}

RC_GTEST_PROP(ExpressionProperty, AnyTextParsesOrIsDiagnosedInsideIt, ()) {
  const auto piece = rc::gen::elementOf(
      std::vector<std::string>{"X", "Y",  "B",  "NAME", "GROUP", "(", ")", "{", "}", "\"a\"", ",", "&&",   "||", "!",
                               "<", ">=", "==", "in",   "+",     "-", "*", "/", "1", "2.5",   " ", "true", "\"", "$"});
  std::string text;
  for (const std::string& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part + " ";
  const Result<Expression> parsed = parse(text);
  if (parsed) {
    evaluate(*parsed, {});
    decisive(*parsed, {});
  } else {
    const std::uint32_t column = parsed.diagnostics().front().where.column;
    RC_ASSERT(column > 8U && column <= 9U + text.size());
  }
}

// De Morgan holds in three values.
RC_GTEST_PROP(ExpressionProperty, DeMorgan, ()) {
  const auto value = [] {
    return *rc::gen::element<int>(0, 1, 2) == 0 ? Value{} : Value{static_cast<double>(*rc::gen::inRange(0, 4))};
  };
  const std::vector<Value> values{value(), value(), {}, {}, {}};
  RC_ASSERT(evaluate(parse("!(X > 1 && Y > 2)").value(), values) == evaluate(parse("!(X > 1) || !(Y > 2)").value(), values));
  RC_ASSERT(evaluate(parse("!(X > 1 || Y > 2)").value(), values) == evaluate(parse("X <= 1 && Y <= 2").value(), values));
}

}  // namespace
}  // namespace gpufleet::hw
