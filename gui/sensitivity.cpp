#include "gui/sensitivity.h"

#include "gui/toml_edit.h"
#include "scenarios/metrics.h"

namespace gpufleet::gui {

SensitivityView::SensitivityView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Sensitivity"), parent),
      kind_(new QComboBox(this)),
      metric_(new QComboBox(this)),
      input_(new QComboBox(this)),
      second_(new QComboBox(this)),
      percent_(new QDoubleSpinBox(this)),
      start_(new QPushButton(tr("&Run"), this)),
      progress_(new QProgressBar(this)),
      chart_(new Chart(tr("Sensitivity"), this)) {
  kind_->setAccessibleName(tr("Kind of sensitivity"));
  kind_->addItems({tr("Tornado"), tr("Sweep"), tr("Heat map"), tr("Monte-Carlo fan")});
  metric_->setAccessibleName(tr("Metric"));
  input_->setAccessibleName(tr("Input"));
  second_->setAccessibleName(tr("Second input"));
  for (QComboBox* box : {metric_, input_, second_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(10);
  }
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
  row->addWidget(kind_);
  row->addWidget(metric_, 2);
  row->addWidget(input_, 2);
  row->addWidget(second_, 2);
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
    if (tickets_.remove(ticket) > 0 && !drawing_.isActive()) drawing_.start();
  });
  connect(chart_, &Chart::picked, this, [this](const QVariant& key) { open_case(key.toInt()); });
  connect(kind_, &QComboBox::currentIndexChanged, this, &SensitivityView::show_kind);
  drawing_.setSingleShot(true);
  drawing_.setInterval(80);
  connect(&drawing_, &QTimer::timeout, this, &SensitivityView::draw);
  show_kind();
  draw();
}

SensitivityKind SensitivityView::kind() const { return static_cast<SensitivityKind>(kind_->currentIndex()); }

void SensitivityView::show_kind() {
  input_->setVisible(kind() != SensitivityKind::tornado);
  second_->setVisible(kind() == SensitivityKind::heat);
  percent_->setVisible(kind() == SensitivityKind::tornado);
}

void SensitivityView::choose(SensitivityKind kind, const QString& first, const QString& second) {
  update_now();
  kind_->setCurrentIndex(static_cast<int>(kind));
  if (const int at = input_->findData(first); at >= 0) input_->setCurrentIndex(at);
  if (const int at = second_->findData(second); at >= 0) second_->setCurrentIndex(at);
}

// The case as a scenario of its own, beside the one it came from.
void SensitivityView::open_case(int index) {
  const auto at = static_cast<std::size_t>(index);
  const Document* document = workspace_.document(id_);
  if (document == nullptr || at >= cases_.size()) return;
  const SensitivityCase& each = cases_[at];
  Result<std::string> text = document->text.toStdString();
  QString name = document->name;
  for (const auto& [path, typed] : {std::pair(each.path, each.typed), std::pair(each.second_path, each.second_typed)}) {
    if (path.isEmpty()) continue;
    const scenarios::KeySpec* spec = scenarios::find_key(schema_path(path.toStdString()));
    text = set_value(*text, path.toStdString(), toml_value(typed.toStdString(), *spec));
    if (!text) return;
    name += u", %1 = %2"_qs.arg(path, typed);
  }
  workspace_.undo().beginMacro(tr("open case %1").arg(each.path));
  const int id = workspace_.duplicate(id_);
  workspace_.rename(id, name);
  workspace_.set_text(id, QString::fromStdString(*text), tr("set %1").arg(each.path), Merge::never);
  workspace_.undo().endMacro();
  workspace_.simulate(id);
}

void SensitivityView::sweep(const QString& path) {
  update_now();
  if (input_->findData(path) < 0) return;
  choose(SensitivityKind::sweep, path, {});
  start();
}

void SensitivityView::refresh() {
  std::vector<Contender> selected;
  for (const Contender& contender : contenders(workspace_))
    if (contender.id == workspace_.selected()) selected.push_back(contender);
  refill(metric_, shared_metrics(selected),
         {u"cost_per_million_output_tokens"_qs, u"run_cost"_qs, u"step_time"_qs, u"served_tokens"_qs, u"capex"_qs});
  QList<std::pair<QString, QString>> inputs;
  if (const Meaning* meaning = workspace_.meaning(workspace_.selected()))
    for (const NumericInput& input : numeric_inputs(*meaning)) inputs << std::pair(input.path, input.path);
  refill(input_, inputs, {u"training.global_batch"_qs, u"fleet.pool.0.count"_qs, u"fleet.lot.0.count"_qs});
  refill(second_, inputs, {u"training.sequence"_qs, u"training.tokens"_qs, u"fleet.lot.1.count"_qs});
  if (second_->currentIndex() == input_->currentIndex() && inputs.size() > 1)
    second_->setCurrentIndex(input_->currentIndex() == 0 ? 1 : 0);
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
  shown_ = kind();
  const QString first = input_->currentData().toString(), second = second_->currentData().toString();
  const double share = percent_->value() / 100;
  const std::vector<double> range{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4}, grid{0.5, 0.75, 1, 1.5, 2};
  constexpr int kDraws = 24;
  const scenarios::Catalogs& catalogs = workspace_.data().catalogs;
  switch (shown_) {
    case SensitivityKind::tornado: cases_ = sensitivity_cases(*document, *meaning, {}, {1 - share, 1 + share}, catalogs); break;
    case SensitivityKind::sweep: cases_ = sensitivity_cases(*document, *meaning, first, range, catalogs); break;
    case SensitivityKind::heat: cases_ = heat_cases(*document, *meaning, first, second, grid, catalogs); break;
    case SensitivityKind::fan: cases_ = fan_cases(*document, *meaning, first, range, kDraws, catalogs); break;
  }
  runs_.assign(cases_.size(), nullptr);
  workspace_.simulate(id_);
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    if (cases_[i].scenario == nullptr) continue;
    const int ticket = cases_[i].seed == 0 ? workspace_.runner().start(cases_[i].scenario, JobKind::result)
                                           : workspace_.runner().start_draw(cases_[i].scenario, cases_[i].seed);
    tickets_[ticket] = i;
  }
  draw();
}

void SensitivityView::answer(int ticket, const std::shared_ptr<const Run>& run) {
  const auto it = tickets_.find(ticket);
  if (it == tickets_.end()) return;
  runs_[*it] = run;
  tickets_.erase(it);
  if (!drawing_.isActive()) drawing_.start();
}

void SensitivityView::draw() {
  progress_->setVisible(!tickets_.isEmpty());
  progress_->setRange(0, std::max(1, static_cast<int>(cases_.size())));
  progress_->setValue(static_cast<int>(cases_.size()) - static_cast<int>(tickets_.size()));
  const auto base = workspace_.run(id_);
  const SensitivityAnswer answer{cases_, runs_, base.get(), metric_->currentData().toString()};
  if (cases_.empty()) return chart_->set(tornado_chart(answer));
  switch (shown_) {
    case SensitivityKind::tornado: return chart_->set(tornado_chart(answer));
    case SensitivityKind::sweep: return chart_->set(sweep_chart(answer));
    case SensitivityKind::heat: return chart_->set(heat_chart(answer));
    case SensitivityKind::fan: return chart_->set(fan_chart(answer));
  }
}

}  // namespace gpufleet::gui
