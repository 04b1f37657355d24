// Trade-offs and what happens over time, as chart values.
#include <QSet>

#include "gui/metric_facts.h"
#include "gui/result_tables.h"
#include "gui/text.h"
#include "scenarios/metrics.h"
#include "sim/training/timed_work.h"

namespace gpufleet::gui {
namespace {

const scenarios::MetricValue* metric_value(const Contender& contender, const QString& metric) {
  return contender.run == nullptr ? nullptr : scenarios::find_metric(contender.run->output.result, metric.toStdString());
}

QString metric_label(const QString& metric) {
  const scenarios::MetricSpec* spec = scenarios::find_metric(metric.toStdString());
  return spec == nullptr ? metric : u"%1 (%2)"_qs.arg(words(spec->name), qtext(spec->unit));
}

// A column of a time series by any of the words that name it; -1 without.
int column_like(const scenarios::ResultTable& table, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      if (table.columns[c].name == name) return static_cast<int>(c);
  return -1;
}

// The first table whose rows stand at times of a serving simulation.
const scenarios::ResultTable* series_of(const Contender& contender) {
  if (contender.simulated == nullptr) return nullptr;
  for (const scenarios::ResultTable& table : contender.simulated->output.result.tables)
    if (column_like(table, {"time"}) >= 0 && column_like(table, {"running"}) >= 0) return &table;
  return nullptr;
}

}  // namespace

ChartData pareto_chart(const std::vector<Contender>& all, const QString& x, const QString& y,
                       const QMap<QString, double>& limits) {
  ChartData chart{.x = {metric_label(x)}, .y = {metric_label(y)}, .empty_text = Text::tr("No scenario has both metrics")};
  struct Point {
    double x, y;
    const Contender* contender;
    scenarios::MetricValue value;
  };
  std::vector<Point> points;
  for (const Contender& contender : all) {
    const auto *a = metric_value(contender, x), *b = metric_value(contender, y);
    if (a != nullptr && b != nullptr) points.push_back({a->estimate.value, b->estimate.value, &contender, *b});
  }
  const double sign_x = better(x.toStdString()) == Better::less ? -1 : 1,
               sign_y = better(y.toStdString()) == Better::less ? -1 : 1;
  const auto breaks = [&](const Point& p) { return !broken_limits(*p.contender, limits).isEmpty(); };
  const auto dominated = [&](const Point& p) {
    return std::any_of(points.begin(), points.end(), [&](const Point& q) {
      return !breaks(q) && sign_x * q.x >= sign_x * p.x && sign_y * q.y >= sign_y * p.y && (q.x != p.x || q.y != p.y);
    });
  };
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  ChartSeries frontier{.kind = ChartSeries::Kind::line, .name = Text::tr("frontier"), .colour = -1};
  QList<ChartSeries> dots;
  for (const Point& point : points) {
    const bool out = breaks(point), worse = out || dominated(point);
    const QString name = out     ? Text::tr("%1 (breaks a limit)").arg(point.contender->name)
                         : worse ? Text::tr("%1 (dominated)").arg(point.contender->name)
                                 : point.contender->name;
    ChartSeries dot{
        .name = worse ? name : QString(),  // the frontier is labelled in the drawing
        .colour = worse ? -1 : point.contender->place,
        .x = {point.x},
        .y = {point.y},
        .low = {point.value.estimate.low},
        .high = {point.value.estimate.high},
        .labels = {point.contender->name},
        .labelling = worse ? ChartSeries::Labelling::hover : ChartSeries::Labelling::beside,
        .keys = {point.contender->id},
        .look = out || point.contender->basis == Basis::estimated ? ChartSeries::Look::hollow : ChartSeries::Look::solid};
    dots << dot;
    if (worse) continue;
    frontier.x << point.x;
    frontier.y << point.y;
    frontier.labels << point.contender->name;
  }
  if (frontier.x.size() > 1) chart.series << frontier;
  chart.series << dots;
  if (points.empty()) return chart;
  const auto line = [&](const QString& metric, ChartGuide::Kind kind) {
    const auto limit = limits.find(metric);
    if (limit == limits.end()) return;
    chart.guides << ChartGuide{.kind = kind, .value = *limit, .label = Text::tr("limit"), .moves = metric};
  };
  line(x, ChartGuide::Kind::vertical);
  line(y, ChartGuide::Kind::horizontal);
  return chart;
}

GanttData step_gantt(const Run& trace) {
  GanttData data;
  data.mark_name = Text::tr("on the critical path");
  data.empty_text = Text::tr("No step recorded");
  QHash<QString, int> kinds;
  const auto kind = [&](std::string_view name, int colour) {
    const QString text = words(name);
    if (!kinds.contains(text)) {
      kinds[text] = static_cast<int>(data.kinds.size());
      data.kinds << text;
      data.colours << colour;
    }
    return static_cast<std::int16_t>(kinds[text]);
  };
  const auto seconds = [](Time time) { return static_cast<double>(time.value()) * 1e-12; };
  int stages = 0;
  for (const sim::Span& span : trace.output.spans) stages = std::max(stages, span.stage + 1);
  QSet<int> communicating;
  for (const sim::TransferSpan& span : trace.output.transfers) communicating << span.stage;
  QHash<int, int> row_of;  // 2 · stage + stream
  for (int stage = 0; stage < stages; ++stage) {
    row_of[2 * stage] = static_cast<int>(data.rows.size());
    data.rows << Text::tr("stage %1").arg(stage);
    if (!communicating.contains(stage)) continue;
    row_of[2 * stage + 1] = static_cast<int>(data.rows.size());
    data.rows << Text::tr("  network");
  }
  data.spans.reserve(trace.output.spans.size() + trace.output.transfers.size());
  for (const sim::Span& span : trace.output.spans) {
    const bool block = span.part != sim::StepPart::optimizer;
    data.spans.push_back({seconds(span.begin), seconds(span.end), row_of[2 * span.stage],
                          kind(sim::name(span.part), static_cast<int>(span.part)), span.critical, block ? span.micro_batch : -1});
  }
  for (const sim::TransferSpan& span : trace.output.transfers)
    data.spans.push_back(
        {seconds(span.begin), seconds(span.end), row_of[2 * span.stage + 1], kind(sim::name(span.cost), -1), span.critical, -1});
  prepare(data);
  return data;
}

ChartData serving_chart(const std::vector<Contender>& all) {
  ChartData chart{.empty_text = Text::tr("No scenario shown here serves requests")};
  for (const Contender& contender : all) {
    const scenarios::ResultTable* table = series_of(contender);
    if (table == nullptr) continue;
    const int time = column_like(*table, {"time"});
    const std::string& unit = table->columns[static_cast<std::size_t>(time)].unit;
    chart.x = {unit.empty() ? Text::tr("time") : Text::tr("time (%1)").arg(QString::fromStdString(unit))};
    chart.y = {Text::tr("requests")};
    int shade = 0;
    for (const char* name : {"running", "waiting"}) {
      const int column = column_like(*table, {name});
      if (column < 0) continue;
      ChartSeries series{.kind = ChartSeries::Kind::line,
                         .name = u"%1: %2"_qs.arg(contender.name, words(name)),
                         .colour = contender.place + 8 * shade++};
      for (const auto& row : table->rows) {
        const auto *x = std::get_if<double>(&row[static_cast<std::size_t>(time)]),
                   *y = std::get_if<double>(&row[static_cast<std::size_t>(column)]);
        if (x == nullptr || y == nullptr) continue;
        series.x << *x;
        series.y << *y;
      }
      chart.series << series;
    }
  }
  if (!chart.series.isEmpty()) return chart;
  // Without a series: what stood in service, on the mean and at the peak.
  chart.x = {Text::tr("nodes")};
  ChartSeries mean{.kind = ChartSeries::Kind::bars, .name = Text::tr("in service"), .colour = 0},
      peak{.kind = ChartSeries::Kind::bars, .name = Text::tr("more at the peak"), .colour = 4};
  for (const Contender& contender : all) {
    if (contender.simulated == nullptr) continue;
    const auto& breakdown = contender.simulated->output.result.breakdown;
    for (const scenarios::BreakdownItem& item : breakdown) {
      const QString name = QString::fromStdString(item.name);
      if (!name.endsWith(u" nodes in service")) continue;
      const QString pool = name.chopped(17);
      const auto most = std::find_if(breakdown.begin(), breakdown.end(), [&](const scenarios::BreakdownItem& other) {
        return QString::fromStdString(other.name) == pool + u" nodes at the peak"_qs;
      });
      for (ChartSeries* series : {&mean, &peak}) {
        series->y << static_cast<double>(chart.categories.size());
        series->labels << contender.name;
        series->keys << contender.id;
      }
      mean.x << item.value;
      peak.x << (most == breakdown.end() ? 0.0 : std::max(0.0, most->value - item.value));
      chart.categories << u"%1 · %2"_qs.arg(contender.name, pool);
    }
  }
  if (!mean.x.isEmpty()) chart.series << mean << peak;
  return chart;
}

}  // namespace gpufleet::gui
