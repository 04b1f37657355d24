// The only file that sees Cbc (branch and cut) and Clp (simplex), through their C interfaces.
#include <coin/Cbc_C_Interface.h>
#include <coin/Clp_C_Interface.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "scenarios/plan/solver.h"

namespace gpufleet::scenarios {
namespace {

using sim::Solution;

// Columns one after the other, as both interfaces want them; factors of the same row and column are summed.
struct Matrix {
  std::vector<CoinBigIndex> start;
  std::vector<int> row;
  std::vector<double> factor, column_lower, column_upper, cost, row_lower, row_upper;

  explicit Matrix(const sim::Programme& programme) {
    std::vector<std::vector<std::pair<int, double>>> columns(programme.columns.size());
    for (std::size_t r = 0; r < programme.rows.size(); ++r) {
      const sim::Row& source = programme.rows[r];
      for (const sim::Term& term : source.terms) {
        auto& column = columns[static_cast<std::size_t>(term.column)];
        if (!column.empty() && column.back().first == static_cast<int>(r))
          column.back().second += term.factor;
        else
          column.emplace_back(static_cast<int>(r), term.factor);
      }
      row_lower.push_back(source.lower), row_upper.push_back(source.upper);
    }
    start.push_back(0);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      for (const auto& [at, value] : columns[c]) row.push_back(at), factor.push_back(value);
      start.push_back(static_cast<CoinBigIndex>(row.size()));
      column_lower.push_back(programme.columns[c].lower), column_upper.push_back(programme.columns[c].upper);
      cost.push_back(programme.columns[c].cost);
    }
  }
  [[nodiscard]] int columns() const { return static_cast<int>(cost.size()); }
  [[nodiscard]] int rows() const { return static_cast<int>(row_lower.size()); }
};

struct FreeCbc {
  void operator()(Cbc_Model* model) const { Cbc_deleteModel(model); }
};
struct FreeClp {
  void operator()(Clp_Simplex* model) const { Clp_deleteModel(model); }
};

}  // namespace

bool solver_available() { return true; }
std::string_view solver_name() {
  static const std::string name = fmt::format("Cbc {}", Cbc_getVersion());
  return name;
}

Solution solve(const sim::Programme& programme, const SolveRequest& request) {
  // Cbc's own relative gap leaves the constant out; what is asked is turned into units of the objective.
  const Solution relaxed = relax(programme);
  if (!relaxed.has_values()) return relaxed;
  constexpr double kSure = 0.9;
  const double allowed = std::max(kSure * request.gap * std::abs(relaxed.objective), 1e-10);
  const Matrix matrix(programme);
  const std::unique_ptr<Cbc_Model, FreeCbc> model(Cbc_newModel());
  Cbc_Model* cbc = model.get();
  Cbc_setLogLevel(cbc, 0);
  Cbc_loadProblem(cbc, matrix.columns(), matrix.rows(), matrix.start.data(), matrix.row.data(), matrix.factor.data(),
                  matrix.column_lower.data(), matrix.column_upper.data(), matrix.cost.data(), matrix.row_lower.data(),
                  matrix.row_upper.data());
  for (int c = 0; c < matrix.columns(); ++c)
    if (programme.columns[static_cast<std::size_t>(c)].domain == sim::Domain::whole) Cbc_setInteger(cbc, c);
  // Options go in as the command line of the solver would have them, and hold for its preprocessing too.
  Cbc_setParameter(cbc, "log", "0");
  Cbc_setParameter(cbc, "timeMode", "elapsed");
  Cbc_setParameter(cbc, "sec", fmt::format("{}", request.seconds).c_str());
  Cbc_setParameter(cbc, "ratio", "0");
  Cbc_setParameter(cbc, "allow", fmt::format("{:.9g}", allowed).c_str());
  if (request.nodes > 0) Cbc_setParameter(cbc, "maxNodes", fmt::format("{}", request.nodes).c_str());
  if (request.until == SolveUntil::first_solution) Cbc_setParameter(cbc, "maxSolutions", "1");
  Cbc_solve(cbc);

  Solution out;
  const double* best = Cbc_bestSolution(cbc);
  const bool proven_none = Cbc_isProvenInfeasible(cbc) != 0 || Cbc_isInitialSolveProvenPrimalInfeasible(cbc) != 0;
  if (Cbc_isContinuousUnbounded(cbc) != 0) {
    out.status = Solution::Status::unbounded;
  } else if (best != nullptr && !proven_none) {
    out.values.assign(best, best + matrix.columns());
    out.objective = Cbc_getObjValue(cbc) + programme.constant;
    // Branches within the allowed gap of the best are cut off, whatever bound Cbc gives at the end.
    const double proven = std::min(Cbc_getBestPossibleObjValue(cbc) + programme.constant, out.objective - allowed);
    out.bound = std::min(std::max(proven, relaxed.objective), out.objective);
    const bool close = Cbc_isProvenOptimal(cbc) != 0 || out.gap() <= request.gap || request.until == SolveUntil::first_solution;
    out.status = close ? Solution::Status::found : Solution::Status::stopped;
    for (int c = 0; c < matrix.columns(); ++c)
      if (programme.columns[static_cast<std::size_t>(c)].domain == sim::Domain::whole)
        out.values[static_cast<std::size_t>(c)] = std::round(out.values[static_cast<std::size_t>(c)]);
  } else if (proven_none) {
    out.status = Solution::Status::infeasible;
  }
  return out;
}

Solution relax(const sim::Programme& programme) {
  const Matrix matrix(programme);
  const std::unique_ptr<Clp_Simplex, FreeClp> model(Clp_newModel());
  Clp_setLogLevel(model.get(), 0);
  Clp_loadProblem(model.get(), matrix.columns(), matrix.rows(), matrix.start.data(), matrix.row.data(), matrix.factor.data(),
                  matrix.column_lower.data(), matrix.column_upper.data(), matrix.cost.data(), matrix.row_lower.data(),
                  matrix.row_upper.data());
  Clp_initialSolve(model.get());
  Solution out;
  constexpr int kOptimal = 0, kInfeasible = 1, kUnboundedStatus = 2;
  const int status = Clp_status(model.get());
  if (status == kInfeasible) out.status = Solution::Status::infeasible;
  if (status == kUnboundedStatus) out.status = Solution::Status::unbounded;
  if (status != kOptimal) return out;
  out.status = Solution::Status::found;
  out.objective = out.bound = Clp_objectiveValue(model.get()) + programme.constant;
  const auto copied = [](const double* from, int count) { return std::vector<double>(from, from + count); };
  out.values = copied(Clp_primalColumnSolution(model.get()), matrix.columns());
  out.row_prices = copied(Clp_dualRowSolution(model.get()), matrix.rows());
  out.column_prices = copied(Clp_dualColumnSolution(model.get()), matrix.columns());
  return out;
}

}  // namespace gpufleet::scenarios
