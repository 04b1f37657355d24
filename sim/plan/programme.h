// A mixed-integer linear programme as a value, and its solution: least constant + cost · x, with bounds on every column x and on
// every row (a sum of factors times columns). Solvers stand behind scenarios/plan/solver.h.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace gpufleet::sim {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

enum class Domain : std::uint8_t { real, whole };

struct Column {
  double lower = 0, upper = kUnbounded, cost = 0;
  Domain domain = Domain::real;
  friend bool operator==(const Column&, const Column&) = default;
};
struct Term {
  int column = 0;
  double factor = 0;
  friend bool operator==(const Term&, const Term&) = default;
};
struct Row {
  double lower = -kUnbounded, upper = kUnbounded;
  std::vector<Term> terms;  ///< a column may come more than once; its factors add up
  friend bool operator==(const Row&, const Row&) = default;
};

struct Programme {
  std::vector<Column> columns;
  std::vector<Row> rows;
  double constant = 0;

  /// Each returns the new one's index.
  int add(const Column& column) {
    columns.push_back(column);
    return static_cast<int>(columns.size()) - 1;
  }
  int add(Row row) {
    rows.push_back(std::move(row));
    return static_cast<int>(rows.size()) - 1;
  }
  friend bool operator==(const Programme&, const Programme&) = default;
};

struct Solution {
  /// found: within the gap that was asked; stopped: the best when time ran out; none: nothing found in that time.
  enum class Status : std::uint8_t { found, stopped, infeasible, unbounded, none } status = Status::none;
  double objective = 0;        ///< with the programme's constant
  double bound = 0;            ///< no solution is better than this
  std::vector<double> values;  ///< of the columns
  /// Of a relaxation alone: what the objective gains when a row's binding bound, or a column's, moves up by one.
  std::vector<double> row_prices, column_prices;

  [[nodiscard]] bool has_values() const { return status == Status::found || status == Status::stopped; }
  /// (objective - bound) / |objective|
  [[nodiscard]] double gap() const;
};

}  // namespace gpufleet::sim
