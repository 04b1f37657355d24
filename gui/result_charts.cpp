// Breakdown and a result's own tables as chart values.
#include "gui/metric_facts.h"
#include "gui/result_tables.h"
#include "gui/text.h"
#include "scenarios/metrics.h"
#include "scenarios/output/breakdown_part.h"

namespace gpufleet::gui {
namespace {

// A breakdown item by what it is a part of: "stage 0 busy: gemm" is a part "gemm" of "stage 0 busy".
struct Part {
  QString whole, name;
  double value = 0;
};

QString whole_name(const scenarios::BreakdownPart& part, const std::string& unit) {
  using enum scenarios::BreakdownWhole;
  switch (part.whole) {
    case step: return Text::tr("Step");
    case work: return Text::tr("Work of a stage");
    case memory: return Text::tr("Memory of the fullest stage");
    case waited: return Text::tr("What the step waited for");
    case share: return Text::tr("Shares of %1").arg(qtext(part.of));
    case other: break;
  }
  if (!part.of.empty()) return qtext(part.of);
  return unit == "ratio" ? Text::tr("Shares") : unit == "USD" ? Text::tr("Cost") : Text::tr("Other");
}

std::vector<Part> parts_of(const Contender& contender) {
  std::vector<Part> out;
  const auto& run = contender.trace != nullptr && contender.simulated != nullptr ? contender.trace : contender.simulated;
  if (run == nullptr) return out;
  for (const scenarios::BreakdownItem& item : run->output.result.breakdown)
    if (const auto part = scenarios::breakdown_part(item))
      out.push_back({u"%1 (%2)"_qs.arg(whole_name(*part, item.unit), qtext(item.unit)), qtext(part->name), item.value});
  return out;
}

const scenarios::MetricValue* value_of(const Contender& contender, const QString& metric) {
  return contender.run == nullptr ? nullptr : scenarios::find_metric(contender.run->output.result, metric.toStdString());
}

QString axis_label(const QString& metric) {
  const scenarios::MetricSpec* spec = scenarios::find_metric(metric.toStdString());
  return spec == nullptr ? metric : u"%1 (%2)"_qs.arg(words(spec->name), qtext(spec->unit));
}

QString column_title(const scenarios::TableColumn& column) {
  return column.unit.empty() ? words(column.name) : u"%1 (%2)"_qs.arg(words(column.name), QString::fromStdString(column.unit));
}

}  // namespace

const scenarios::ResultTable* find_table(const Contender& contender, const QString& name) {
  for (const auto& run : {contender.run, contender.simulated}) {
    if (run == nullptr) continue;
    for (const scenarios::ResultTable& table : run->output.result.tables)
      if (QString::fromStdString(table.name) == name) return &table;
  }
  return nullptr;
}

QStringList breakdown_kinds(const std::vector<Contender>& all) {
  QStringList kinds;
  for (const Contender& contender : all)
    for (const Part& part : parts_of(contender))
      if (!kinds.contains(part.whole)) kinds << part.whole;
  return kinds;
}

ChartData breakdown_chart(const std::vector<Contender>& all, const QString& kind) {
  ChartData chart{.title = kind, .x = {kind}, .empty_text = Text::tr("No breakdown yet: F5 simulates")};
  for (const Contender& contender : all) {
    QStringList own;
    for (const Part& part : parts_of(contender)) {
      if (part.whole != kind || part.value == 0) continue;
      if (!chart.categories.contains(contender.name)) chart.categories << contender.name;
      auto found =
          std::find_if(chart.series.begin(), chart.series.end(), [&](const ChartSeries& s) { return s.name == part.name; });
      if (found == chart.series.end()) {
        const int colour = static_cast<int>(chart.series.size());
        chart.series << ChartSeries{.kind = ChartSeries::Kind::bars, .name = part.name, .colour = colour};
        found = chart.series.end() - 1;
      }
      ChartSeries& series = *found;
      series.x << part.value;
      series.y << static_cast<double>(chart.categories.indexOf(contender.name));
      series.labels << contender.name;
      series.keys << contender.id;
    }
  }
  // Every series has every category, so that stacks add up.
  for (ChartSeries& series : chart.series)
    for (int c = 0; c < chart.categories.size(); ++c)
      if (!series.y.contains(c)) {
        series.x << 0;
        series.y << c;
        series.labels << QString();
        series.keys << QVariant();
      }
  return chart;
}

QList<std::pair<QString, QString>> shared_metrics(const std::vector<Contender>& all) {
  QList<std::pair<QString, QString>> out;
  for (const scenarios::MetricSpec& spec : scenarios::metrics())
    if (std::any_of(all.begin(), all.end(), [&](const Contender& c) { return value_of(c, qtext(spec.name)) != nullptr; }))
      out << std::pair(qtext(spec.name), axis_label(qtext(spec.name)));
  return out;
}

QStringList table_names(const std::vector<Contender>& all) {
  QStringList names;
  for (const Contender& contender : all) {
    if (contender.simulated == nullptr) continue;
    for (const scenarios::ResultTable& table : contender.simulated->output.result.tables)
      if (!names.contains(QString::fromStdString(table.name))) names << QString::fromStdString(table.name);
  }
  return names;
}

TableData result_table(const Contender& contender, const QString& name) {
  TableData out;
  const scenarios::ResultTable* table = find_table(contender, name);
  if (table == nullptr) return out;
  for (const scenarios::TableColumn& column : table->columns) out.columns << column_title(column);
  constexpr int kDigits = 4;
  for (const auto& row : table->rows) {
    QList<Cell> cells;
    for (const scenarios::TableCell& cell : row) {
      if (const auto* text = std::get_if<std::string>(&cell)) {
        cells << Cell{.text = QString::fromStdString(*text), .hint = QString::fromStdString(*text)};
      } else {
        const double value = std::get<double>(cell);
        cells << (std::isfinite(value) ? Cell{.text = value_text(value, kDigits, {}), .number = value} : Cell{.text = u"–"_qs});
      }
    }
    out.rows << cells;
  }
  return out;
}

QStringList table_columns(const std::vector<Contender>& all, const QString& name) {
  QStringList out;
  for (const Contender& contender : all) {
    const scenarios::ResultTable* table = find_table(contender, name);
    if (table == nullptr) continue;
    for (std::size_t c = 0; c < table->columns.size(); ++c) {
      const bool numbers = std::any_of(table->rows.begin(), table->rows.end(),
                                       [&](const auto& row) { return std::holds_alternative<double>(row[c]); });
      const QString title = column_title(table->columns[c]);
      if (numbers && !out.contains(title)) out << title;
    }
  }
  return out;
}

ChartData table_chart(const std::vector<Contender>& all, const QString& name, const QString& column) {
  ChartData chart{.x = {Text::tr("row")}, .y = {column}, .empty_text = Text::tr("No result has this table")};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const scenarios::ResultTable* table = find_table(all[i], name);
    if (table == nullptr) continue;
    for (std::size_t c = 0; c < table->columns.size(); ++c) {
      if (column_title(table->columns[c]) != column) continue;
      ChartSeries series{.kind = ChartSeries::Kind::line, .name = all[i].name, .colour = all[i].place};
      for (std::size_t r = 0; r < table->rows.size(); ++r) {
        const auto* value = std::get_if<double>(&table->rows[r][c]);
        if (value == nullptr || !std::isfinite(*value)) continue;
        const auto* first = std::get_if<std::string>(&table->rows[r].front());
        double x = static_cast<double>(r);
        // Months stand on a scale of years, so that scenarios of unlike horizons line up.
        if (first != nullptr && first->size() == 7 && (*first)[4] == '-') {
          x = QString::fromStdString(first->substr(0, 4)).toDouble() +
              (QString::fromStdString(first->substr(5)).toDouble() - 1) / 12;
          chart.x.label = Text::tr("year");
        }
        const bool month = chart.x.label == Text::tr("year");
        if (!month) {
          // Rows without an order in time are bars, one a row and scenario.
          series.kind = ChartSeries::Kind::bars;
          chart.x.label = column;
          const QString row = first == nullptr ? QString::number(r + 1) : QString::fromStdString(*first);
          x = *value;
          series.y << static_cast<double>(chart.categories.size());
          chart.categories << u"%1 · %2"_qs.arg(row, all[i].name);
        } else {
          series.y << *value;
        }
        series.x << x;
        series.labels << (first == nullptr ? QString() : QString::fromStdString(*first));
        series.keys << all[i].id;
      }
      chart.series << series;
    }
  }
  return chart;
}

}  // namespace gpufleet::gui
