#include "gui/views.h"

#include "gui/metric_facts.h"

namespace gpufleet::gui {

void refill(QComboBox* box, const QList<std::pair<QString, QString>>& items, const QStringList& preferred) {
  const QString before = box->currentData().toString();
  const QSignalBlocker quiet(box);
  box->clear();
  for (const auto& [data, text] : items) box->addItem(text, data);
  for (const QString& wish : QStringList(before) + preferred)
    if (const int at = box->findData(wish); at >= 0) {
      box->setCurrentIndex(at);
      return;
    }
}

View::View(Workspace& workspace, const QString& name, QWidget* parent) : QWidget(parent), workspace_(workspace) {
  setObjectName(name);
  setAccessibleName(name);
  // An edit's estimate is near: what shows it is drawn once, not twice.
  constexpr int kEstimateIsNear = 25;  // ms
  connect(&workspace_, &Workspace::documents_changed, this, [this] { changed_since(kEstimateIsNear); });
  connect(&workspace_, &Workspace::results_changed, this, &View::changed);
  connect(&workspace_, &Workspace::selection_changed, this, &View::changed);
}

// A page behind another tab counts as visible to Qt, though none of it is to be seen.
bool View::seen() const { return isVisible() && !visibleRegion().isEmpty(); }

void View::changed_since(int milliseconds) {
  dirty_ = true;
  if (pending_ || !seen()) return;
  pending_ = true;
  QTimer::singleShot(milliseconds, this, &View::update_now);
}

void View::update_now() {
  pending_ = false;
  if (!dirty_) return;
  dirty_ = false;
  refresh();
}

void View::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  QTimer::singleShot(0, this, [this] {
    if (seen()) update_now();
  });
}

CompareView::CompareView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Compare"), parent),
      headline_(new QLabel(this)),
      hide_equal_(new QCheckBox(tr("Hide &equal rows"), this)),
      table_(new TablePanel(tr("Comparison"), this)),
      differences_(new TablePanel(tr("What differs"), this)) {
  headline_->setWordWrap(true);
  headline_->setTextFormat(Qt::RichText);
  headline_->setAccessibleName(tr("Answer"));
  headline_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  hide_equal_->setAccessibleName(tr("Hide equal rows"));
  table_->view()->setSortingEnabled(false);  // rows stand in groups
  auto* below = new QWidget(this);
  auto* below_layout = new QVBoxLayout(below);
  below_layout->setContentsMargins(0, 0, 0, 0);
  auto* caption = new QLabel(tr("What differs in the inputs"), below);
  caption->setBuddy(differences_);
  below_layout->addWidget(caption);
  below_layout->addWidget(differences_);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(table_);
  splitter->addWidget(below);
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 1);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(headline_);
  layout->addWidget(hide_equal_);
  layout->addWidget(splitter, 1);
  connect(hide_equal_, &QCheckBox::toggled, this, [this] {
    changed();
    update_now();
  });
  connect(table_, &TablePanel::activated, this, [this] { emit explain(); });
}

void CompareView::toggle_equal_rows() { hide_equal_->toggle(); }

void CompareView::refresh() {
  const std::vector<Contender> all = contenders(workspace_);
  headline_->setText(headline(all));
  table_->set(compare_table(all, hide_equal_->isChecked() ? EqualRows::hidden : EqualRows::shown, workspace_.limits()));
  differences_->set(all.empty() ? TableData{} : difference_table(workspace_, all));
}

BreakdownView::BreakdownView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Breakdown"), parent), kind_(new QComboBox(this)), chart_(new Chart(tr("Breakdown"), this)) {
  kind_->setAccessibleName(tr("What is broken down"));
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(kind_);
  layout->addWidget(chart_, 1);
  connect(kind_, &QComboBox::currentIndexChanged, this, [this] { refresh(); });
  connect(chart_, &Chart::picked, this, [this](const QVariant& key) { workspace_.select(key.toInt()); });
}

void BreakdownView::refresh() {
  const std::vector<Contender> all = contenders(workspace_);
  QList<std::pair<QString, QString>> kinds;
  for (const QString& kind : breakdown_kinds(all)) kinds << std::pair(kind, kind);
  refill(kind_, kinds, {tr("Step (s)")});
  chart_->set(breakdown_chart(all, kind_->currentData().toString()));
}

TablesView::TablesView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Fleet and months"), parent),
      name_(new QComboBox(this)),
      column_(new QComboBox(this)),
      chart_(new Chart(tr("Fleet and months"), this)),
      table_(new TablePanel(tr("Table of the result"), this)) {
  name_->setAccessibleName(tr("Table"));
  column_->setAccessibleName(tr("Column drawn"));
  auto* row = new QHBoxLayout;
  row->addWidget(name_, 1);
  row->addWidget(column_, 2);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(chart_);
  splitter->addWidget(table_);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(row);
  layout->addWidget(splitter, 1);
  connect(name_, &QComboBox::currentIndexChanged, this, [this] { refresh(); });
  connect(column_, &QComboBox::currentIndexChanged, this, [this] { refresh(); });
}

void TablesView::refresh() {
  const std::vector<Contender> all = contenders(workspace_);
  QList<std::pair<QString, QString>> names, columns;
  for (const QString& name : table_names(all)) names << std::pair(name, words(name.toStdString()));
  refill(name_, names, {u"monthly"_qs});
  const QString name = name_->currentData().toString();
  for (const QString& column : table_columns(all, name)) columns << std::pair(column, column);
  refill(column_, columns, {});
  chart_->set(table_chart(all, name, column_->currentData().toString()));
  TableData table;
  for (const Contender& contender : all)
    if (contender.id == workspace_.selected()) table = result_table(contender, name);
  for (const Contender& contender : all)
    if (table.rows.isEmpty()) table = result_table(contender, name);
  table_->set(std::move(table));
}

ProblemsView::ProblemsView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Problems"), parent), table_(new TablePanel(tr("Problems"), this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(table_);
  connect(table_, &TablePanel::activated, this, [this](const QVariant& key) {
    const QVariantList place = key.toList();
    if (place.size() == 3) emit go_to(place[0].toInt(), place[1].toInt(), place[2].toString());
  });
}

void ProblemsView::refresh() { table_->set(problems_table(workspace_)); }

RunsView::RunsView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Runs"), parent), table_(new TablePanel(tr("Runs"), this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(table_);
  connect(&workspace_, &Workspace::progressed, this, &RunsView::changed);
  connect(table_, &TablePanel::activated, this, [this](const QVariant& key) { workspace_.select(key.toInt()); });
}

void RunsView::refresh() { table_->set(runs_table(workspace_)); }

}  // namespace gpufleet::gui
