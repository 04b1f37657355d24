// Metrics compared, differences of scenarios, problems, runs.
#include "gui/result_tables.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "gui/metric_facts.h"
#include "gui/text.h"
#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"

namespace gpufleet::gui {
namespace {

using scenarios::MetricSpec;
using scenarios::MetricValue;

const MetricValue* metric_of(const Contender& contender, std::string_view name) {
  return contender.run == nullptr ? nullptr : scenarios::find_metric(contender.run->output.result, name);
}

QString hint_of(const MetricSpec& spec, const MetricValue& value, const Contender& contender) {
  if (contender.basis == Basis::estimated)
    return Text::tr("%1\n%2\nAn estimate: the simulation will give the value and its interval\nFormula: %3")
        .arg(words(spec.name), qtext(spec.doc), qtext(spec.formula));
  const int digits = scenarios::deserved_digits(value.estimate) + 1;
  const QString hash = QString::fromStdString(contender.run->output.result.scenario_hash).left(8);
  return Text::tr("%1\n%2\n80 % between %3 and %4\nFormula: %5\nKernel times behind it: %6\nResult of scenario %7")
      .arg(words(spec.name), qtext(spec.doc), value_text(value.estimate.low, digits, spec.unit),
           value_text(value.estimate.high, digits, spec.unit), qtext(spec.formula), qtext(hw::name(value.provenance)), hash);
}

int best_of(const std::vector<Contender>& all, std::string_view metric, const QMap<QString, double>& limits) {
  const Better way = better(metric);
  if (way == Better::neither) return -1;
  int best = -1, having = 0;
  bool differ = false;
  double value = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const MetricValue* found = metric_of(all[i], metric);
    if (found == nullptr || !broken_limits(all[i], limits).isEmpty()) continue;
    const double now = found->estimate.value;
    differ = differ || (having > 0 && now != value);
    if (having++ == 0 || (way == Better::less ? now < value : now > value)) best = static_cast<int>(i), value = now;
  }
  return having > 1 && differ ? best : -1;
}

void flatten(const QJsonValue& value, const QString& path, QMap<QString, QString>& out) {
  if (value.isObject()) {
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
      flatten(it.value(), path.isEmpty() ? it.key() : path + u'.' + it.key(), out);
  } else if (value.isArray()) {
    const QJsonArray array = value.toArray();
    const bool plain = std::none_of(array.begin(), array.end(), [](const QJsonValue& v) { return v.isObject() || v.isArray(); });
    if (plain) {
      QStringList parts;
      for (const QJsonValue& item : array) parts << item.toVariant().toString();
      out[path] = parts.join(u", ");
      return;
    }
    for (int i = 0; i < array.size(); ++i) flatten(array[i], u"%1.%2"_qs.arg(path).arg(i), out);
  } else {
    out[path] = value.isDouble() ? QLocale().toString(value.toDouble(), 'g', 7) : value.toVariant().toString();
  }
}

}  // namespace

std::vector<Contender> contenders(const Workspace& workspace) {
  std::vector<Contender> out;
  const auto add = [&](const Document& d) {
    const auto place = static_cast<int>(workspace.state().documents.indexOf(d));
    const Shown shown = workspace.shown(d.id);
    out.push_back(
        {d.id, d.name, shown.run, workspace.run(d.id), workspace.trace(d.id), workspace.status(d.id), place, shown.basis});
  };
  for (const Document& document : workspace.state().documents)
    if (document.id == workspace.state().baseline) add(document);
  for (const Document& document : workspace.state().documents)
    if (document.id != workspace.state().baseline) add(document);
  return out;
}

bool keeps_limit(const QString& metric, double value, double limit) {
  return better(metric.toStdString()) == Better::more ? value >= limit : value <= limit;
}

QStringList broken_limits(const Contender& contender, const QMap<QString, double>& limits) {
  QStringList out;
  for (auto it = limits.begin(); it != limits.end(); ++it) {
    const MetricValue* value = metric_of(contender, it.key().toStdString());
    if (value != nullptr && !keeps_limit(it.key(), value->estimate.value, *it)) out << it.key();
  }
  return out;
}

TableData compare_table(const std::vector<Contender>& all, EqualRows equal_rows, const QMap<QString, double>& limits) {
  TableData table;
  table.columns << Text::tr("Metric") << Text::tr("Unit");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const QString state = all[i].run == nullptr              ? Text::tr(" (no result)")
                          : all[i].basis == Basis::estimated ? Text::tr(" (○ estimate)")
                          : all[i].status == Status::done    ? QString()
                                                             : Text::tr(" (stale)");
    table.columns << (i == 0 ? Text::tr("%1 · baseline").arg(all[i].name) : all[i].name) + state;
  }
  // Groups that more of the contenders have figures in come first.
  std::vector<std::pair<long, MetricGroup>> groups;
  for (int g = 0; g <= static_cast<int>(MetricGroup::fleet); ++g) {
    long having = 0;
    for (const MetricSpec& spec : scenarios::metrics())
      if (group_of(spec.name) == static_cast<MetricGroup>(g))
        having = std::max<long>(having, std::count_if(all.begin(), all.end(),
                                                      [&](const Contender& c) { return metric_of(c, spec.name) != nullptr; }));
    groups.emplace_back(having, static_cast<MetricGroup>(g));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [having, group] : groups) {
    QList<QList<Cell>> rows;
    for (const MetricSpec& spec : scenarios::metrics()) {
      if (group_of(spec.name) != group) continue;
      const MetricValue* base = all.empty() ? nullptr : metric_of(all.front(), spec.name);
      bool any = false, equal = true;
      for (const Contender& contender : all) {
        const MetricValue* value = metric_of(contender, spec.name);
        any = any || value != nullptr;
        equal = equal && (value == nullptr) == (base == nullptr) &&
                (value == nullptr || value->estimate.value == base->estimate.value);
      }
      if (!any || (equal && equal_rows == EqualRows::hidden)) continue;
      QList<Cell> row{{.text = words(spec.name), .hint = qtext(spec.doc)}, {.text = qtext(spec.unit), .mark = Cell::Mark::faint}};
      const int best = best_of(all, spec.name, limits);
      const auto limit = limits.find(qtext(spec.name));
      for (std::size_t i = 0; i < all.size(); ++i) {
        const MetricValue* value = metric_of(all[i], spec.name);
        if (value == nullptr) {
          row << Cell{.text = u"–"_qs, .hint = Text::tr("This scenario has no such metric"), .mark = Cell::Mark::faint};
          continue;
        }
        Cell cell{.text = value_text(value->estimate.value, scenarios::deserved_digits(value->estimate), {}),
                  .number = value->estimate.value,
                  .hint = hint_of(spec, *value, all[i])};
        if (i > 0 && base != nullptr && base->estimate.value != 0 && value->estimate.value != base->estimate.value) {
          cell.delta = value->estimate.value / base->estimate.value - 1;
          cell.text += u"  (%1)"_qs.arg(QString::fromStdString(scenarios::percent_text(*cell.delta)));
        }
        if (all[i].basis == Basis::estimated) {
          cell.text = u"○ "_qs + cell.text;
          cell.mark = Cell::Mark::estimate;
        }
        if (static_cast<int>(i) == best) cell.mark = Cell::Mark::best;
        if (limit != limits.end() && !keeps_limit(limit.key(), value->estimate.value, *limit)) {
          cell.text = u"✖ "_qs + cell.text;
          cell.hint += u'\n' + Text::tr("Breaks the limit of %1").arg(value_text(*limit, 4, spec.unit));
          cell.mark = Cell::Mark::warning;
        }
        row << cell;
      }
      rows << row;
    }
    if (rows.isEmpty()) continue;
    QList<Cell> title(table.columns.size());
    title[0] = {.text = group_name(group), .mark = Cell::Mark::heading};
    table.rows << title << rows;
  }
  for (qsizetype i = 0; i < table.rows.size(); ++i) table.keys << QVariant();
  return table;
}

QString headline(const std::vector<Contender>& all) {
  if (all.empty()) return Text::tr("No scenario is open. Ctrl+O opens one, Ctrl+N begins one.");
  const auto base = std::find_if(all.begin(), all.end(), [](const Contender& c) { return c.run != nullptr; });
  if (base == all.end()) return Text::tr("Nothing is simulated yet: F5 simulates the selected scenario, Shift+F5 all.");
  // In this order of interest: what an answer or a run costs, how fast it is, what a fleet costs.
  constexpr std::string_view kQuestions[] = {"cost_per_million_output_tokens",
                                             "cost_per_million_served_tokens",
                                             "run_cost",
                                             "output_tokens_per_second",
                                             "served_tokens",
                                             "step_time",
                                             "tokens_per_second",
                                             "capex",
                                             "h100_equivalents_compute",
                                             "h100_equivalents_bandwidth",
                                             "power"};
  QStringList facts;
  QString answer;
  for (const std::string_view name : kQuestions) {
    const MetricSpec* spec = scenarios::find_metric(name);
    const MetricValue* first = metric_of(*base, name);
    if (spec == nullptr || first == nullptr) continue;
    const Contender* best = nullptr;
    for (const Contender& other : all) {
      const MetricValue* value = metric_of(other, name);
      if (&other == &*base || value == nullptr || value->estimate.value == first->estimate.value) continue;
      const MetricValue* so_far = best == nullptr ? nullptr : metric_of(*best, name);
      const bool less = better(name) == Better::less;
      if (so_far == nullptr ||
          (less ? value->estimate.value < so_far->estimate.value : value->estimate.value > so_far->estimate.value))
        best = &other;
    }
    if (answer.isEmpty() && best != nullptr) {
      const MetricValue* value = metric_of(*best, name);
      const double ratio = value->estimate.value / first->estimate.value - 1;
      // Intervals that overlap leave the order open.
      const bool open = value->estimate.low < first->estimate.high && first->estimate.low < value->estimate.high;
      answer = Text::tr("<b>%1</b>: %2 %3 of “%4”%5.")
                   .arg(best->name.toHtmlEscaped(), words(name),
                        ratio < 0 ? Text::tr("%1 % below that").arg(QLocale().toString(-ratio * 100, 'g', 2))
                                  : Text::tr("%1 % above that").arg(QLocale().toString(ratio * 100, 'g', 2)),
                        base->name.toHtmlEscaped(), open ? Text::tr(", within the uncertainty of both") : QString());
    }
    if (facts.size() < 3)
      facts << Text::tr("%1 <b>%2</b>")
                   .arg(words(name), value_text(first->estimate.value, scenarios::deserved_digits(first->estimate), spec->unit));
  }
  if (answer.isEmpty()) answer = Text::tr("<b>%1</b> alone has figures for these questions.").arg(base->name.toHtmlEscaped());
  return answer + u"<br>"_qs + Text::tr("Baseline: %1").arg(facts.join(u" · "));
}

TableData difference_table(const Workspace& workspace, const std::vector<Contender>& all) {
  TableData table{{Text::tr("Input")}, {}, {}};
  std::vector<QMap<QString, QString>> inputs;
  QMap<QString, bool> keys;
  for (const Contender& contender : all) {
    table.columns << contender.name;
    QMap<QString, QString> flat;
    const Meaning* meaning = workspace.meaning(contender.id);
    if (meaning != nullptr && meaning->scenario)
      flatten(QJsonDocument::fromJson(QByteArray::fromStdString(meaning->scenario->canonical)).object(), {}, flat);
    for (auto it = flat.begin(); it != flat.end(); ++it)
      if (!it.key().startsWith(u"measured") && !it.key().startsWith(u"claims")) keys[it.key()] = true;
    inputs.push_back(std::move(flat));
  }
  for (auto it = keys.begin(); it != keys.end(); ++it) {
    const QString first = inputs.front().value(it.key());
    if (std::all_of(inputs.begin(), inputs.end(), [&](const auto& flat) { return flat.value(it.key()) == first; })) continue;
    QList<Cell> row{{.text = it.key()}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool has = inputs[i].contains(it.key());
      row << Cell{.text = has ? inputs[i].value(it.key()) : u"–"_qs,
                  .mark = !has                                          ? Cell::Mark::faint
                          : i > 0 && inputs[i].value(it.key()) != first ? Cell::Mark::heading
                                                                        : Cell::Mark::none};
    }
    table.rows << row;
    table.keys << it.key();
  }
  return table;
}

TableData problems_table(const Workspace& workspace) {
  TableData table{
      {Text::tr("Kind"), Text::tr("Scenario"), Text::tr("Line"), Text::tr("Key"), Text::tr("Problem"), Text::tr("Hint")}, {}, {}};
  const auto add = [&](const Document& document, const Diagnostic& problem) {
    const bool error = problem.severity == Severity::error;
    table.rows << QList<Cell>{
        {.text = error ? Text::tr("✖ error") : Text::tr("▲ warning"), .mark = error ? Cell::Mark::error : Cell::Mark::warning},
        {.text = document.name},
        problem.where.line > 0 ? Cell{.text = QString::number(problem.where.line), .number = problem.where.line} : Cell{},
        {.text = QString::fromStdString(problem.key)},
        {.text = QString::fromStdString(problem.message), .hint = QString::fromStdString(to_text(problem))},
        {.text = QString::fromStdString(problem.hint)}};
    table.keys << QVariant(QVariantList{document.id, static_cast<int>(problem.where.line), QString::fromStdString(problem.key)});
  };
  for (const Document& document : workspace.state().documents) {
    if (const Meaning* meaning = workspace.meaning(document.id))
      for (const Diagnostic& problem : meaning->diagnostics) add(document, problem);
    const auto run = workspace.run(document.id);
    if (run == nullptr) continue;
    for (const Diagnostic& problem : run->problems) add(document, problem);
    for (const std::string& warning : run->output.result.warnings)
      add(document, {.severity = Severity::warning, .message = warning, .hint = {}});
  }
  return table;
}

TableData runs_table(const Workspace& workspace) {
  TableData table{{Text::tr("Scenario"), Text::tr("State"), Text::tr("Took"), Text::tr("Estimate after"),
                   Text::tr("Result after"), Text::tr("Metrics"), Text::tr("Result of"), Text::tr("Version")},
                  {},
                  {}};
  for (const Document& document : workspace.state().documents) {
    const auto run = workspace.run(document.id);
    const Status status = workspace.status(document.id);
    const Cell::Mark mark = status == Status::error || status == Status::failed ? Cell::Mark::error
                            : status == Status::done                            ? Cell::Mark::none
                                                                                : Cell::Mark::warning;
    QList<Cell> row{{.text = document.name}, {.text = workspace.status_text(document.id), .mark = mark}};
    const Latency latency = workspace.latency(document.id);
    const auto after = [](double ms) {
      return ms < 0 ? Cell{} : Cell{.text = u"%1 ms"_qs.arg(QLocale().toString(ms, 'f', ms < 10 ? 1 : 0)), .number = ms};
    };
    if (run != nullptr) {
      row << Cell{.text = u"%1 s"_qs.arg(QLocale().toString(run->seconds, 'f', 2)), .number = run->seconds}
          << after(latency.estimate) << after(latency.result)
          << Cell{.text = QString::number(run->output.result.metrics.size()),
                  .number = static_cast<double>(run->output.result.metrics.size())}
          << Cell{.text = QString::fromStdString(run->output.result.scenario_hash)}
          << Cell{.text = QString::fromStdString(run->output.result.version)};
    } else {
      row << Cell{} << after(latency.estimate) << after(latency.result) << Cell{} << Cell{} << Cell{};
    }
    table.rows << row;
    table.keys << document.id;
  }
  return table;
}

}  // namespace gpufleet::gui
