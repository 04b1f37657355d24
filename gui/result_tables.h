// What the views show, as values: pure functions of results, tested without a window.
#pragma once

#include <memory>
#include <vector>

#include "gui/chart.h"
#include "gui/gantt.h"
#include "gui/table_data.h"
#include "gui/workspace.h"

namespace gpufleet::gui {

/// A scenario as comparisons see it.
struct Contender {
  int id = 0;
  QString name;
  std::shared_ptr<const Run> run;        ///< may be null: as Workspace::shown has it, perhaps an estimate
  std::shared_ptr<const Run> simulated;  ///< may be null: the last simulated one, perhaps of an older text
  std::shared_ptr<const Run> trace;      ///< may be null
  Status status = Status::stale;
  int place = 0;  ///< in the project's list: its colour
  Basis basis = Basis::simulated;
};
/// The baseline first, then the others in their order.
std::vector<Contender> contenders(const Workspace& workspace);

enum class EqualRows : std::uint8_t { shown, hidden };
/// Rows = metrics by group, columns = contenders; deltas against the first, the best of each row marked.
/// `limits` by metric: who breaks one is marked, and is never the best of that row.
TableData compare_table(const std::vector<Contender>& all, EqualRows equal_rows, const QMap<QString, double>& limits);
/// Whether a value keeps the limit: at most it, or at least where more is better.
bool keeps_limit(const QString& metric, double value, double limit);
/// Of the limits that a contender has figures for, those it breaks, as metric names.
QStringList broken_limits(const Contender& contender, const QMap<QString, double>& limits);
/// The answer first: one sentence and up to three numbers.
QString headline(const std::vector<Contender>& all);
/// Keys of the canonical scenarios that differ, one row a key.
TableData difference_table(const Workspace& workspace, const std::vector<Contender>& all);
TableData problems_table(const Workspace& workspace);
TableData runs_table(const Workspace& workspace);

/// Units of which the contenders have breakdown items, e.g. "s", "GiB"; memory apart from capacity.
QStringList breakdown_kinds(const std::vector<Contender>& all);
ChartData breakdown_chart(const std::vector<Contender>& all, const QString& kind);

/// Metrics that at least one contender has, as (name, words).
QList<std::pair<QString, QString>> shared_metrics(const std::vector<Contender>& all);
/// Any two metrics; the frontier is joined by a line, dominated points are grey.
/// Limits are drawn as lines that can be dragged; who breaks one is no part of the frontier.
ChartData pareto_chart(const std::vector<Contender>& all, const QString& x, const QString& y,
                       const QMap<QString, double>& limits);

/// A result's own table, and a line chart of its numbers.
QStringList table_names(const std::vector<Contender>& all);
TableData result_table(const Contender& contender, const QString& name);
QStringList table_columns(const std::vector<Contender>& all, const QString& name);
ChartData table_chart(const std::vector<Contender>& all, const QString& name, const QString& column);

/// One training step: two rows a stage.
GanttData step_gantt(const Run& trace);
/// Requests waiting and running over time, of the contenders that have them; else the nodes in service of each pool.
ChartData serving_chart(const std::vector<Contender>& all);
/// Null where the contender's result has no such table.
const scenarios::ResultTable* find_table(const Contender& contender, const QString& name);

}  // namespace gpufleet::gui
