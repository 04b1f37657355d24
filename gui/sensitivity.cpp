#include "gui/sensitivity.h"

#include "gui/form_model.h"
#include "gui/metric_facts.h"
#include "gui/toml_edit.h"
#include "scenarios/metrics.h"
#include "scenarios/validate.h"

namespace gpufleet::gui {
namespace {

void collect(const scenarios::RawTable& table, const QString& path, std::vector<NumericInput>& out) {
  using scenarios::KeyType;
  for (const scenarios::RawMember& member : table.members) {
    const QString here = path.isEmpty() ? QString::fromStdString(member.key) : path + u'.' + QString::fromStdString(member.key);
    if (here == u"measured" || here == u"claims") continue;
    if (const scenarios::RawTable* inner = member.value.table()) {
      collect(*inner, here, out);
      continue;
    }
    if (const scenarios::RawArray* items = member.value.array()) {
      for (std::size_t i = 0; i < items->size(); ++i)
        if (const scenarios::RawTable* item = (*items)[i].table()) collect(*item, here + u'.' + QString::number(i), out);
      continue;
    }
    const scenarios::KeySpec* key = scenarios::find_key(schema_path(here.toStdString()));
    if (key == nullptr || (key->type != KeyType::integer && key->type != KeyType::number && key->type != KeyType::quantity))
      continue;
    static const QRegularExpression number(u"^\\s*([0-9][0-9.eE+_]*)(.*)$"_qs);
    const auto match = number.match(typed_text(member.value));
    const double value = match.captured(1).remove(u'_').toDouble();
    if (match.hasMatch() && value > 0)
      out.push_back({here, value, match.captured(2), key->type == KeyType::integer && match.captured(2).trimmed().isEmpty()});
  }
}

}  // namespace

std::vector<NumericInput> numeric_inputs(const Meaning& meaning) {
  std::vector<NumericInput> out;
  if (meaning.raw) collect(meaning.raw->root, {}, out);
  return out;
}

std::vector<SensitivityCase> sensitivity_cases(const Document& document, const Meaning& meaning, const QString& only,
                                               const std::vector<double>& factors, const scenarios::Catalogs& catalogs) {
  std::vector<SensitivityCase> out;
  if (!meaning.raw) return out;
  for (const NumericInput& input : numeric_inputs(meaning)) {
    if (!only.isEmpty() && input.path != only) continue;
    for (const double factor : factors) {
      const double value = input.whole ? std::round(input.number * factor) : input.number * factor;
      if (value == input.number && factor != 1) continue;
      const QString typed = QString::number(value, 'g', 12) + input.suffix;
      const std::vector<std::string> change{(input.path + u'=' + typed).toStdString()};
      Result<scenarios::RawScenario> raw =
          scenarios::parse_scenario(document.text.toStdString(), meaning.raw->name, meaning.raw->folder, change, catalogs.data);
      if (!raw) continue;
      Result<scenarios::Scenario> scenario = scenarios::validate(*raw, catalogs);
      if (!scenario) continue;
      out.push_back({input.path, typed, factor, std::make_shared<const scenarios::Scenario>(std::move(scenario).value())});
    }
  }
  return out;
}

SensitivityView::SensitivityView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Sensitivity"), parent),
      metric_(new QComboBox(this)),
      input_(new QComboBox(this)),
      percent_(new QDoubleSpinBox(this)),
      start_(new QPushButton(tr("&Run"), this)),
      progress_(new QProgressBar(this)),
      chart_(new Chart(tr("Sensitivity"), this)) {
  metric_->setAccessibleName(tr("Metric"));
  input_->setAccessibleName(tr("Input"));
  for (QComboBox* box : {metric_, input_}) box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  percent_->setAccessibleName(tr("Change of each input"));
  percent_->setRange(1, 90);
  percent_->setValue(20);
  percent_->setPrefix(u"±"_qs);
  percent_->setSuffix(u" %"_qs);
  percent_->setDecimals(0);
  start_->setAccessibleName(tr("Run the cases"));
  progress_->setAccessibleName(tr("Cases done"));
  progress_->setTextVisible(true);
  progress_->hide();
  auto* row = new QHBoxLayout;
  row->addWidget(metric_, 2);
  row->addWidget(input_, 2);
  row->addWidget(percent_);
  row->addWidget(start_);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(row);
  layout->addWidget(progress_);
  layout->addWidget(chart_, 1);
  connect(start_, &QPushButton::clicked, this, &SensitivityView::start);
  connect(metric_, &QComboBox::currentIndexChanged, this, &SensitivityView::draw);
  connect(&workspace_.runner(), &Runner::finished, this, &SensitivityView::answer);
  connect(&workspace_.runner(), &Runner::cancelled, this, [this](int ticket) {
    if (tickets_.remove(ticket) > 0) draw();
  });
  connect(chart_, &Chart::picked, this, [this](const QVariant& key) {
    // The case as a scenario of its own, beside the one it came from.
    const auto at = static_cast<std::size_t>(key.toInt());
    const Document* document = workspace_.document(id_);
    if (document == nullptr || at >= cases_.size()) return;
    const scenarios::KeySpec* spec = scenarios::find_key(schema_path(cases_[at].path.toStdString()));
    const Result<std::string> text =
        set_value(document->text.toStdString(), cases_[at].path.toStdString(), toml_value(cases_[at].typed.toStdString(), *spec));
    if (!text) return;
    const QString name = u"%1, %2 = %3"_qs.arg(document->name, cases_[at].path, cases_[at].typed);
    workspace_.undo().beginMacro(tr("open case %1").arg(cases_[at].path));
    const int id = workspace_.duplicate(id_);
    workspace_.rename(id, name);
    workspace_.set_text(id, QString::fromStdString(*text), tr("set %1").arg(cases_[at].path), Merge::never);
    workspace_.undo().endMacro();
    workspace_.simulate(id);
  });
  draw();
}

void SensitivityView::sweep(const QString& path) {
  update_now();
  const int at = input_->findData(path);
  if (at < 0) return;
  input_->setCurrentIndex(at);
  start();
}

void SensitivityView::refresh() {
  std::vector<Contender> selected;
  for (const Contender& contender : contenders(workspace_))
    if (contender.id == workspace_.selected()) selected.push_back(contender);
  refill(metric_, shared_metrics(selected),
         {u"cost_per_million_output_tokens"_qs, u"run_cost"_qs, u"step_time"_qs, u"served_tokens"_qs, u"capex"_qs});
  QList<std::pair<QString, QString>> inputs{{QString(), tr("every input of the scenario")}};
  if (const Meaning* meaning = workspace_.meaning(workspace_.selected()))
    for (const NumericInput& input : numeric_inputs(*meaning)) inputs << std::pair(input.path, tr("sweep %1").arg(input.path));
  refill(input_, inputs, {});
  draw();
}

void SensitivityView::stop() {
  const QList<int> waiting = tickets_.keys();
  tickets_.clear();
  for (const int ticket : waiting) workspace_.runner().cancel(ticket);
}

void SensitivityView::start() {
  stop();
  id_ = workspace_.selected();
  const Document* document = workspace_.document(id_);
  const Meaning* meaning = workspace_.meaning(id_);
  if (document == nullptr || meaning == nullptr || !meaning->scenario) return;
  key_ = QString::fromStdString(meaning->scenario->canonical);
  const QString only = input_->currentData().toString();
  const double share = percent_->value() / 100;
  const std::vector<double> factors =
      only.isEmpty() ? std::vector<double>{1 - share, 1 + share} : std::vector<double>{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4};
  cases_ = sensitivity_cases(*document, *meaning, only, factors, workspace_.data().catalogs);
  runs_.assign(cases_.size(), nullptr);
  workspace_.simulate(id_);
  for (std::size_t i = 0; i < cases_.size(); ++i) tickets_[workspace_.runner().start(cases_[i].scenario, JobKind::result)] = i;
  draw();
}

void SensitivityView::answer(int ticket, const std::shared_ptr<const Run>& run) {
  const auto it = tickets_.find(ticket);
  if (it == tickets_.end()) return;
  runs_[*it] = run;
  tickets_.erase(it);
  draw();
}

void SensitivityView::draw() {
  progress_->setVisible(!tickets_.isEmpty());
  progress_->setRange(0, std::max(1, static_cast<int>(cases_.size())));
  progress_->setValue(static_cast<int>(cases_.size()) - static_cast<int>(tickets_.size()));
  ChartData chart{.empty_text = tr("Run simulates the selected scenario again with each input changed")};
  const std::string metric = metric_->currentData().toString().toStdString();
  const auto base = workspace_.run(id_);
  const scenarios::MetricSpec* spec = scenarios::find_metric(metric);
  const scenarios::MetricValue* middle = base == nullptr ? nullptr : scenarios::find_metric(base->output.result, metric);
  if (cases_.empty() || spec == nullptr || middle == nullptr) {
    chart_->set(chart);
    return;
  }
  const QString label =
      u"%1 (%2)"_qs.arg(words(metric), QString::fromLatin1(spec->unit.data(), static_cast<qsizetype>(spec->unit.size())));
  const bool one =
      std::all_of(cases_.begin(), cases_.end(), [&](const SensitivityCase& c) { return c.path == cases_.front().path; }) &&
      cases_.size() > 2;
  struct Outcome {
    std::size_t index;
    double value;
  };
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    if (runs_[i] == nullptr || has_errors(runs_[i]->problems)) continue;
    if (const scenarios::MetricValue* value = scenarios::find_metric(runs_[i]->output.result, metric))
      outcomes.push_back({i, value->estimate.value});
  }
  if (one) {
    chart.x = {tr("%1, times the scenario's value").arg(cases_.front().path)};
    chart.y = {label};
    ChartSeries series{.kind = ChartSeries::Kind::line, .colour = 0};
    for (const Outcome& outcome : outcomes) {
      series.x << cases_[outcome.index].factor;
      series.y << outcome.value;
      series.labels << cases_[outcome.index].typed;
      series.keys << static_cast<int>(outcome.index);
    }
    chart.series << series;
    chart.guides << ChartGuide{ChartGuide::Kind::horizontal, middle->estimate.value, tr("as it is")};
    chart_->set(chart);
    return;
  }
  // The inputs that matter most come first; those that change nothing are left out.
  QHash<QString, double> swing;
  for (const Outcome& outcome : outcomes)
    swing[cases_[outcome.index].path] =
        std::max(swing.value(cases_[outcome.index].path), std::abs(outcome.value - middle->estimate.value));
  QStringList order = swing.keys();
  order.removeIf([&](const QString& path) { return swing[path] <= std::abs(middle->estimate.value) * 1e-6; });
  std::sort(order.begin(), order.end(),
            [&](const QString& a, const QString& b) { return swing[a] != swing[b] ? swing[a] > swing[b] : a < b; });
  constexpr qsizetype kMost = 18;
  chart.categories = order.mid(0, kMost);
  chart.x = {label};
  ChartSeries less{.kind = ChartSeries::Kind::bars, .name = tr("less of it"), .colour = 1},
      more{.kind = ChartSeries::Kind::bars, .name = tr("more of it"), .colour = 0};
  for (const Outcome& outcome : outcomes) {
    const auto row = chart.categories.indexOf(cases_[outcome.index].path);
    if (row < 0) continue;
    ChartSeries& series = cases_[outcome.index].factor < 1 ? less : more;
    series.x << outcome.value - middle->estimate.value;
    series.from << middle->estimate.value;
    series.y << static_cast<double>(row);
    series.labels << cases_[outcome.index].typed;
    series.keys << static_cast<int>(outcome.index);
  }
  if (!less.x.isEmpty()) chart.series << less;
  if (!more.x.isEmpty()) chart.series << more;
  chart.guides << ChartGuide{ChartGuide::Kind::vertical, middle->estimate.value, QString()};
  chart_->set(chart);
}

}  // namespace gpufleet::gui
