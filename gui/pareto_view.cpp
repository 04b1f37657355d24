// Any two metrics against each other, with limits as lines that can be dragged.
#include "gui/metric_facts.h"
#include "gui/text.h"
#include "gui/views.h"
#include "scenarios/metrics.h"

namespace gpufleet::gui {

ParetoView::ParetoView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Pareto"), parent), chart_(new Chart(tr("Pareto"), this)) {
  auto* grid = new QGridLayout;
  const QString labels[] = {tr("&Across"), tr("&Upwards")};
  const QString names[] = {tr("Metric across"), tr("Metric upwards")};
  const QString limits[] = {tr("Limit across"), tr("Limit upwards")};
  for (int axis = 0; axis < 2; ++axis) {
    metrics_[axis] = new QComboBox(this);
    metrics_[axis]->setAccessibleName(names[axis]);
    metrics_[axis]->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    limits_[axis] = new QLineEdit(this);
    limits_[axis]->setAccessibleName(limits[axis]);
    limits_[axis]->setPlaceholderText(tr("limit"));
    limits_[axis]->setToolTip(
        tr("What is promised at most, or at least where more is better. Empty: no limit. "
           "Its line in the chart can be dragged."));
    limits_[axis]->setClearButtonEnabled(true);
    limits_[axis]->setMaximumWidth(fontMetrics().averageCharWidth() * 22);
    auto* label = new QLabel(labels[axis], this);
    label->setBuddy(metrics_[axis]);
    grid->addWidget(label, axis, 0);
    grid->addWidget(metrics_[axis], axis, 1);
    grid->addWidget(limits_[axis], axis, 2);
    connect(metrics_[axis], &QComboBox::currentIndexChanged, this, [this] { refresh(); });
    connect(limits_[axis], &QLineEdit::editingFinished, this, [this, axis] {
      bool number = false;
      const double value = QLocale().toDouble(limits_[axis]->text(), &number);
      workspace_.set_limit(metrics_[axis]->currentData().toString(), number ? std::optional(value) : std::nullopt);
    });
  }
  grid->setColumnStretch(1, 1);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(grid);
  layout->addWidget(chart_, 1);
  connect(chart_, &Chart::picked, this, [this](const QVariant& key) { workspace_.select(key.toInt()); });
  connect(chart_, &Chart::guide_moved, this,
          [this](const QString& metric, double value) { workspace_.set_limit(metric, value); });
}

void ParetoView::choose(const QString& across, const QString& upwards) {
  update_now();
  metrics_[0]->setCurrentIndex(metrics_[0]->findData(across));
  metrics_[1]->setCurrentIndex(metrics_[1]->findData(upwards));
  refresh();
}

void ParetoView::refresh() {
  const std::vector<Contender> all = contenders(workspace_);
  // Metrics that most scenarios have come first to mind.
  const QList<std::pair<QString, QString>> metrics = shared_metrics(all);
  const auto having = [&](const QString& name) {
    return std::count_if(all.begin(), all.end(), [&](const Contender& c) {
      return c.run != nullptr && scenarios::find_metric(c.run->output.result, name.toStdString()) != nullptr;
    });
  };
  const QMap<QString, double> limits = workspace_.limits();
  QStringList wishes[2];
  for (const char* name : {"cost_per_million_output_tokens", "run_cost", "capex", "cost_per_year", "power"})
    if (having(QString::fromLatin1(name)) > 1) wishes[0] << QString::fromLatin1(name);
  for (const char* name :
       {"output_tokens_per_second_per_gpu", "served_tokens", "tokens_per_second", "h100_equivalents_bandwidth", "mfu_causal"})
    if (having(QString::fromLatin1(name)) > 1) wishes[1] << QString::fromLatin1(name);
  for (int axis = 0; axis < 2; ++axis) {
    refill(metrics_[axis], metrics, wishes[axis]);
    const auto limit = limits.find(metrics_[axis]->currentData().toString());
    if (!limits_[axis]->hasFocus() || !limits_[axis]->isModified())
      limits_[axis]->setText(limit == limits.end() ? QString() : QLocale().toString(*limit, 'g', 4));
  }
  chart_->set(pareto_chart(all, metrics_[0]->currentData().toString(), metrics_[1]->currentData().toString(), limits));
}

}  // namespace gpufleet::gui
