#include "gui/plan_view.h"

namespace gpufleet::gui {

PlanView::PlanView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Capacity plan"), parent),
      headline_(new QLabel(this)),
      plan_(new QPushButton(tr("&Plan purchases"), this)),
      planned_(new QLabel(this)),
      tabs_(new QTabWidget(this)),
      fleet_(new Chart(tr("Accelerators by month"), this)),
      demand_(new Chart(tr("Demand against capacity"), this)),
      table_(new TablePanel(tr("Months of the plan"), this)) {
  headline_->setWordWrap(true);
  headline_->setTextFormat(Qt::RichText);
  headline_->setAccessibleName(tr("Answer of the plan"));
  auto* charts = new QSplitter(Qt::Horizontal, this);
  charts->addWidget(fleet_);
  charts->addWidget(demand_);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(charts);
  tabs_->addTab(table_, tr("Months"));
  splitter->addWidget(tabs_);
  splitter->setStretchFactor(0, 2);
  splitter->setStretchFactor(1, 1);
  auto* layout = new QVBoxLayout(this);
  plan_->setAccessibleName(tr("Plan the purchases"));
  planned_->setAccessibleName(tr("State of the purchase plan"));
  planned_->setWordWrap(true);
  auto* row = new QHBoxLayout;
  row->addWidget(planned_, 1);
  row->addWidget(plan_);
  layout->addWidget(headline_);
  layout->addLayout(row);
  layout->addWidget(splitter, 1);
  connect(plan_, &QPushButton::clicked, this, &PlanView::plan_purchases);
  connect(&workspace_.runner(), &Runner::progress, this, [this](int ticket, double fraction, const QString& what) {
    if (ticket == ticket_) planned_->setText(tr("Planning: %1 % (%2)").arg(qRound(fraction * 100)).arg(what));
  });
  connect(&workspace_.runner(), &Runner::cancelled, this, [this](int ticket) {
    if (ticket != ticket_) return;
    ticket_ = 0;
    changed();
    update_now();
  });
  connect(&workspace_.runner(), &Runner::finished, this, [this](int ticket, const std::shared_ptr<const Run>& run) {
    if (ticket != ticket_) return;
    ticket_ = 0;
    found_ = run;
    changed();
    update_now();
  });
}

void PlanView::plan_purchases() {
  if (ticket_ != 0) return workspace_.runner().cancel(ticket_);
  const Meaning* meaning = workspace_.meaning(workspace_.selected());
  if (meaning == nullptr || !meaning->scenario || !meaning->scenario->plan) return;
  planned_id_ = workspace_.selected();
  planned_key_ = result_key(*meaning);
  ticket_ = workspace_.runner().start(meaning->scenario, JobKind::plan);
  changed();
  update_now();
}

// What was found stands in tabs of its own, and says so where the scenario has changed since.
void PlanView::show_plan() {
  const Meaning* meaning = workspace_.meaning(workspace_.selected());
  const bool can = meaning != nullptr && meaning->scenario && meaning->scenario->plan.has_value();
  plan_->setEnabled(can || ticket_ != 0);
  plan_->setText(ticket_ != 0 ? tr("&Cancel") : tr("&Plan purchases"));
  while (tabs_->count() > 1) {
    QWidget* old = tabs_->widget(1);
    tabs_->removeTab(1);
    old->deleteLater();
  }
  if (ticket_ != 0) return planned_->setText(tr("Planning…"));
  if (found_ == nullptr || planned_id_ != workspace_.selected())
    return planned_->setText(can ? tr("What to buy, when, for the least: not worked out yet")
                                 : tr("Purchases are planned where a scenario has [plan]"));
  if (has_errors(found_->problems) || found_->output.result.tables.empty()) {
    QStringList why;
    for (const Diagnostic& problem : found_->problems) why << QString::fromStdString(problem.message);
    return planned_->setText(tr("No plan: %1").arg(why.join(u"; "_qs)));
  }
  const bool stale = meaning == nullptr || result_key(*meaning) != planned_key_;
  planned_->setText(stale ? tr("Purchases planned for an older text of this scenario") : tr("Purchases are planned"));
  Contender contender;
  contender.run = found_;
  for (const scenarios::ResultTable& table : found_->output.result.tables) {
    const QString title = QString::fromStdString(table.name);
    auto* panel = new TablePanel(title, this);
    panel->set(result_table(contender, title));
    tabs_->addTab(panel, title);
  }
}

void PlanView::refresh() {
  std::vector<PlanMonth> months;
  QString of;
  // The selected scenario; where it has no months, the first that has.
  const std::vector<Contender> all = contenders(workspace_);
  const auto take = [&](const Contender& contender) {
    const Meaning* meaning = workspace_.meaning(contender.id);
    if (months.empty() && meaning != nullptr && meaning->scenario) {
      months = plan_months(contender, *meaning->scenario);
      of = contender.name;
    }
  };
  for (const Contender& contender : all)
    if (contender.id == workspace_.selected()) take(contender);
  for (const Contender& contender : all) take(contender);
  headline_->setText((months.empty() ? QString() : of.toHtmlEscaped() + u": "_qs) + plan_headline(months));
  fleet_->set(plan_fleet_chart(months));
  demand_->set(plan_demand_chart(months));
  table_->set(plan_table(months));
  show_plan();
}

}  // namespace gpufleet::gui
