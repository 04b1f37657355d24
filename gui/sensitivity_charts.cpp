// What cases say: a tornado, a line, a heat map, a fan of percentiles.
#include "core/random.h"
#include "core/statistics.h"
#include "gui/metric_facts.h"
#include "gui/sensitivity_cases.h"
#include "gui/text.h"
#include "scenarios/metrics.h"

namespace gpufleet::gui {
namespace {

struct Outcome {
  std::size_t index;
  Estimate estimate;
};

std::vector<Outcome> outcomes_of(const SensitivityAnswer& answer) {
  std::vector<Outcome> out;
  for (std::size_t i = 0; i < answer.cases.size(); ++i) {
    if (answer.runs[i] == nullptr || has_errors(answer.runs[i]->problems)) continue;
    if (const auto* value = scenarios::find_metric(answer.runs[i]->output.result, answer.metric.toStdString()))
      out.push_back({i, value->estimate});
  }
  return out;
}

std::optional<double> as_it_is(const SensitivityAnswer& answer) {
  const auto* value =
      answer.base == nullptr ? nullptr : scenarios::find_metric(answer.base->output.result, answer.metric.toStdString());
  return value == nullptr ? std::nullopt : std::optional(value->estimate.value);
}

QString label_of(const QString& metric) {
  const scenarios::MetricSpec* spec = scenarios::find_metric(metric.toStdString());
  return spec == nullptr ? metric : u"%1 (%2)"_qs.arg(words(spec->name), qtext(spec->unit));
}

ChartData begin_chart() {
  return {.title = {},
          .x = {},
          .y = {},
          .categories = {},
          .series = {},
          .guides = {},
          .empty_text = Text::tr("Run simulates the selected scenario again with inputs changed")};
}

}  // namespace

ChartData tornado_chart(const SensitivityAnswer& answer) {
  ChartData chart = begin_chart();
  const std::vector<Outcome> outcomes = outcomes_of(answer);
  const std::optional<double> middle = as_it_is(answer);
  if (!middle || outcomes.empty()) return chart;
  // The inputs that matter most come first; those that change nothing are left out.
  QHash<QString, double> swing;
  for (const Outcome& outcome : outcomes)
    swing[answer.cases[outcome.index].path] =
        std::max(swing.value(answer.cases[outcome.index].path), std::abs(outcome.estimate.value - *middle));
  QStringList order = swing.keys();
  order.removeIf([&](const QString& path) { return swing[path] <= std::abs(*middle) * 1e-6; });
  std::sort(order.begin(), order.end(),
            [&](const QString& a, const QString& b) { return swing[a] != swing[b] ? swing[a] > swing[b] : a < b; });
  constexpr qsizetype kMost = 18;
  chart.categories = order.mid(0, kMost);
  chart.x = {label_of(answer.metric)};
  ChartSeries less{.kind = ChartSeries::Kind::bars, .name = Text::tr("less of it"), .colour = 1},
      more{.kind = ChartSeries::Kind::bars, .name = Text::tr("more of it"), .colour = 0};
  for (const Outcome& outcome : outcomes) {
    const auto row = chart.categories.indexOf(answer.cases[outcome.index].path);
    if (row < 0) continue;
    ChartSeries& series = answer.cases[outcome.index].factor < 1 ? less : more;
    series.x << outcome.estimate.value - *middle;
    series.from << *middle;
    series.y << static_cast<double>(row);
    series.labels << answer.cases[outcome.index].typed;
    series.keys << static_cast<int>(outcome.index);
  }
  if (!less.x.isEmpty()) chart.series << less;
  if (!more.x.isEmpty()) chart.series << more;
  chart.guides << ChartGuide{ChartGuide::Kind::vertical, *middle, QString()};
  return chart;
}

ChartData sweep_chart(const SensitivityAnswer& answer) {
  ChartData chart = begin_chart();
  const std::vector<Outcome> outcomes = outcomes_of(answer);
  if (outcomes.empty()) return chart;
  chart.x = {Text::tr("%1, times the scenario's value").arg(answer.cases.front().path)};
  chart.y = {label_of(answer.metric)};
  ChartSeries series{.kind = ChartSeries::Kind::line, .name = {}, .colour = 0};
  for (const Outcome& outcome : outcomes) {
    series.x << answer.cases[outcome.index].factor;
    series.y << outcome.estimate.value;
    series.low << outcome.estimate.low;
    series.high << outcome.estimate.high;
    series.labels << answer.cases[outcome.index].typed;
    series.keys << static_cast<int>(outcome.index);
  }
  chart.series << series;
  if (const auto middle = as_it_is(answer))
    chart.guides << ChartGuide{ChartGuide::Kind::horizontal, *middle, Text::tr("as it is")};
  return chart;
}

ChartData heat_chart(const SensitivityAnswer& answer) {
  ChartData chart = begin_chart();
  const std::vector<Outcome> outcomes = outcomes_of(answer);
  if (outcomes.empty()) return chart;
  ChartHeat& heat = chart.heat;
  for (const SensitivityCase& each : answer.cases) {
    if (!heat.columns.contains(each.typed)) heat.columns << each.typed;
    if (!heat.rows.contains(each.second_typed)) heat.rows << each.second_typed;
  }
  heat.label = label_of(answer.metric);
  heat.values.fill(std::numeric_limits<double>::quiet_NaN(), heat.columns.size() * heat.rows.size());
  heat.keys.fill(QVariant(), heat.values.size());
  for (const Outcome& outcome : outcomes) {
    const SensitivityCase& each = answer.cases[outcome.index];
    const auto cell = heat.rows.indexOf(each.second_typed) * heat.columns.size() + heat.columns.indexOf(each.typed);
    heat.values[cell] = outcome.estimate.value;
    heat.keys[cell] = static_cast<int>(outcome.index);
  }
  chart.title = heat.label;
  chart.x = {answer.cases.front().path};
  chart.y = {answer.cases.front().second_path};
  return chart;
}

ChartData fan_chart(const SensitivityAnswer& answer) {
  ChartData chart = begin_chart();
  constexpr double kPercentiles[] = {0.1, 0.25, 0.5, 0.75, 0.9};
  std::map<double, std::vector<double>> draws;
  std::map<double, Estimate> wholes;
  for (const Outcome& outcome : outcomes_of(answer)) {
    const SensitivityCase& each = answer.cases[outcome.index];
    const Estimate& e = outcome.estimate;
    // One draw: it is the end of the interval that is not the middle.
    draws[each.factor].push_back(e.low < e.value ? e.low : e.high);
    wholes[each.factor] = e;
  }
  if (draws.empty()) return chart;
  chart.x = {Text::tr("%1, times the scenario's value").arg(answer.cases.front().path)};
  chart.y = {label_of(answer.metric)};
  QList<double> at;
  QList<double> lines[5];
  const bool drawn = answer.cases.front().seed != 0;
  for (auto& [factor, values] : draws) {
    at << factor;
    std::sort(values.begin(), values.end());
    const Estimate& e = wholes[factor];
    for (int p = 0; p < 5; ++p) {
      // Without draws: a normal distribution on each side of the middle, through its 10 % and 90 % points.
      const double reach = inverse_normal(kPercentiles[p]) / inverse_normal(0.9);
      const double side = reach < 0 ? e.value - e.low : e.high - e.value;
      lines[p] << (drawn ? quantile_sorted(values, kPercentiles[p]) : e.value + reach * side);
    }
  }
  chart.series << ChartSeries{.kind = ChartSeries::Kind::band,
                              .name = Text::tr("10 to 90 %"),
                              .colour = 4,
                              .x = at,
                              .low = lines[0],
                              .high = lines[4]}
               << ChartSeries{.kind = ChartSeries::Kind::band,
                              .name = Text::tr("25 to 75 %"),
                              .colour = 0,
                              .x = at,
                              .low = lines[1],
                              .high = lines[3]}
               << ChartSeries{.kind = ChartSeries::Kind::line, .name = Text::tr("median"), .colour = 0, .x = at, .y = lines[2]};
  if (const auto middle = as_it_is(answer))
    chart.guides << ChartGuide{ChartGuide::Kind::horizontal, *middle, Text::tr("as it is")};
  return chart;
}

}  // namespace gpufleet::gui
