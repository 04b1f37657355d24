#include "gui/plan_tables.h"

#include "gui/metric_facts.h"
#include "gui/text.h"

namespace gpufleet::gui {
namespace {

using scenarios::ResultTable;

double number_in(const ResultTable& table, std::size_t row, std::string_view column) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].name == column)
      if (const auto* value = std::get_if<double>(&table.rows[row][c])) return std::isfinite(*value) ? *value : 0;
  return 0;
}

QString word_in(const ResultTable& table, std::size_t row, std::string_view column) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].name == column)
      if (const auto* text = std::get_if<std::string>(&table.rows[row][c])) return QString::fromStdString(*text);
  return {};
}

// The first figure in tokens/s that the scenario asked of the fleet every month.
double first_rate(const ResultTable& table, std::size_t row) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].unit == "tok/s")
      if (const auto* value = std::get_if<double>(&table.rows[row][c])) return std::isfinite(*value) ? *value : 0;
  return 0;
}

constexpr double kTight = 0.98;  // a share from which something counts as used up

void judge(PlanMonth& month, double power_limit, bool refused) {
  const double unmet = month.demand - month.served;
  const bool short_of = unmet > 1e-6 * std::max(1.0, month.demand);
  if (power_limit > 0 && month.peak_power >= kTight * power_limit) {
    month.binding = Text::tr("power of the site");
    month.relax = Text::tr("more power, or chips that do more with it");
  } else if (short_of && refused) {
    month.binding = Text::tr("export law");
    month.relax = Text::tr("chips that may be sold, or another destination");
  } else if (short_of) {
    month.binding = Text::tr("accelerators");
    month.relax = Text::tr("%1 of demand is not served: more or faster chips")
                      .arg(QLocale().toString(unmet / month.demand * 100, 'f', 0) + u" %"_qs);
  } else if (month.utilisation >= kTight) {
    month.binding = Text::tr("accelerators, just enough");
    month.relax = Text::tr("nothing in reserve for more demand");
  } else {
    month.binding = Text::tr("demand");
    month.relax = Text::tr("%1 of the hours are free").arg(QLocale().toString((1 - month.utilisation) * 100, 'f', 0) + u" %"_qs);
  }
}

}  // namespace

std::vector<PlanMonth> plan_months(const Contender& contender, const scenarios::Scenario& scenario) {
  std::vector<PlanMonth> out;
  const ResultTable* table = find_table(contender, u"monthly"_qs);
  if (table == nullptr) return out;
  double limit = 0;  // MW, of all sites that state one
  bool all = scenario.fleet.has_value();
  if (scenario.fleet)
    for (const scenarios::SiteSpec& site : scenario.fleet->sites) {
      all = all && site.power_limit.has_value();
      limit += site.power_limit.value_or(0) * 1e-6;
    }
  if (!all) limit = 0;
  struct Arrival {
    QString month, lot;
    double count;
    bool delivered;
  };
  std::vector<Arrival> arrivals;
  if (const ResultTable* purchases = find_table(contender, u"purchases"_qs))
    for (std::size_t r = 0; r < purchases->rows.size(); ++r)
      arrivals.push_back({word_in(*purchases, r, "date").left(7), word_in(*purchases, r, "lot"), number_in(*purchases, r, "gpus"),
                          word_in(*purchases, r, "delivered") != u"no"});
  bool refused = false;
  for (std::size_t r = 0; r < table->rows.size(); ++r) {
    PlanMonth month;
    month.month = word_in(*table, r, "month");
    month.year = month.month.left(4).toDouble() + (month.month.mid(5).toDouble() - 1) / 12;
    month.gpus = number_in(*table, r, "gpus");
    month.served = number_in(*table, r, "served_tokens");
    month.demand = month.served + number_in(*table, r, "unmet_tokens");
    const QDate first = QDate::fromString(month.month + u"-01"_qs, Qt::ISODate);
    month.capacity = first_rate(*table, r) * 86400.0 * (first.isValid() ? first.daysInMonth() : 30);
    month.utilisation = number_in(*table, r, "utilisation");
    month.peak_power = number_in(*table, r, "peak_power");
    month.cost = number_in(*table, r, "cost");
    QStringList lots;
    for (const Arrival& arrival : arrivals) {
      if (arrival.month != month.month) continue;
      refused = refused || !arrival.delivered;
      if (!arrival.delivered) {
        lots << Text::tr("%1 (refused)").arg(arrival.lot);
        continue;
      }
      month.bought += arrival.count;
      if (!lots.contains(arrival.lot)) lots << arrival.lot;
    }
    month.lots = lots.join(u", "_qs);
    judge(month, limit, refused);
    out.push_back(month);
  }
  return out;
}

ChartData plan_fleet_chart(const std::vector<PlanMonth>& months) {
  ChartData chart{.empty_text = Text::tr("The selected scenario has no [horizon]")};
  if (months.empty()) return chart;
  chart.x = {Text::tr("year")};
  chart.y = {Text::tr("accelerators")};
  ChartSeries fleet{.kind = ChartSeries::Kind::line, .name = Text::tr("in the fleet"), .colour = 0},
      bought{.kind = ChartSeries::Kind::points, .name = Text::tr("bought in the month"), .colour = 5};
  for (const PlanMonth& month : months) {
    fleet.x << month.year;
    fleet.y << month.gpus;
    fleet.labels << month.month;
    if (month.bought <= 0) continue;
    bought.x << month.year;
    bought.y << month.bought;
    bought.labels << u"%1: %2"_qs.arg(month.month, month.lots);
  }
  chart.series << fleet;
  if (!bought.x.isEmpty()) chart.series << bought;
  return chart;
}

ChartData plan_demand_chart(const std::vector<PlanMonth>& months) {
  ChartData chart{.empty_text = Text::tr("The horizon asks for no tokens")};
  const bool asked = std::any_of(months.begin(), months.end(), [](const PlanMonth& m) { return m.demand > 0 || m.capacity > 0; });
  if (!asked) return chart;
  chart.x = {Text::tr("year")};
  chart.y = {Text::tr("tokens a month")};
  ChartSeries capacity{.kind = ChartSeries::Kind::line, .name = Text::tr("the whole fleet could"), .colour = 2},
      demand{.kind = ChartSeries::Kind::line, .name = Text::tr("asked"), .colour = 5},
      served{.kind = ChartSeries::Kind::line, .name = Text::tr("served"), .colour = 0};
  for (const PlanMonth& month : months) {
    for (const auto& [series, value] :
         {std::pair(&capacity, month.capacity), std::pair(&demand, month.demand), std::pair(&served, month.served)}) {
      series->x << month.year;
      series->y << value;
      series->labels << u"%1: %2"_qs.arg(month.month, month.binding);
    }
  }
  const auto any = [](const ChartSeries& series) {
    return std::any_of(series.y.begin(), series.y.end(), [](double y) { return y > 0; });
  };
  for (const ChartSeries& series : {demand, served, capacity})
    if (any(series)) chart.series << series;
  return chart;
}

TableData plan_table(const std::vector<PlanMonth>& months) {
  TableData table{{Text::tr("Month"), Text::tr("Accelerators"), Text::tr("Bought"), Text::tr("Lots"), Text::tr("Asked (tokens)"),
                   Text::tr("Served"), Text::tr("In use"), Text::tr("Peak power (MW)"), Text::tr("Cost (USD)"),
                   Text::tr("What binds"), Text::tr("What would relax it")},
                  {},
                  {}};
  constexpr int kDigits = 4;
  const auto figure = [](double value) {
    return value == 0 ? Cell{.text = u"–"_qs, .number = 0, .mark = Cell::Mark::faint}
                      : Cell{.text = value_text(value, kDigits, {}), .number = value};
  };
  for (const PlanMonth& m : months) {
    const bool tight = m.demand > m.served * (1 + 1e-6);
    table.rows << QList<Cell>{{.text = m.month},
                              figure(m.gpus),
                              figure(m.bought),
                              {.text = m.lots},
                              figure(m.demand),
                              figure(m.served),
                              {.text = QLocale().toString(m.utilisation * 100, 'f', 0) + u" %"_qs, .number = m.utilisation},
                              figure(m.peak_power),
                              figure(m.cost),
                              {.text = m.binding, .mark = tight ? Cell::Mark::warning : Cell::Mark::none},
                              {.text = m.relax}};
  }
  return table;
}

QString plan_headline(const std::vector<PlanMonth>& months) {
  if (months.empty()) return Text::tr("No months: open a scenario with a [horizon], for instance fleet-50k-three-years.");
  const auto bad =
      std::find_if(months.begin(), months.end(), [](const PlanMonth& m) { return m.demand > m.served * (1 + 1e-6); });
  const auto short_months =
      std::count_if(months.begin(), months.end(), [](const PlanMonth& m) { return m.demand > m.served * (1 + 1e-6); });
  const QString fleet =
      Text::tr("%L1 accelerators at the end of %2").arg(static_cast<qlonglong>(months.back().gpus)).arg(months.back().month);
  if (bad == months.end())
    return Text::tr("<b>The fleet serves what is asked</b> in each of %1 months · %2").arg(months.size()).arg(fleet);
  return Text::tr("<b>Demand is not met in %1 of %2 months</b>, first in %3, bound by %4 · %5")
      .arg(short_months)
      .arg(months.size())
      .arg(bad->month, bad->binding, fleet);
}

}  // namespace gpufleet::gui
