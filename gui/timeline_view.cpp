#include "gui/timeline_view.h"

#include "gui/theme.h"

namespace gpufleet::gui {

TimelineView::TimelineView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Timeline"), parent),
      search_(new QLineEdit(this)),
      legend_(new QLabel(this)),
      described_(new QLabel(this)) {
  search_->setPlaceholderText(tr("Find a span: forward 12, optimizer"));
  search_->setAccessibleName(tr("Find a span"));
  search_->setMaximumWidth(fontMetrics().averageCharWidth() * 36);
  legend_->setTextFormat(Qt::RichText);
  legend_->setWordWrap(true);
  legend_->setAccessibleName(tr("Colours of the timeline"));
  described_->setAccessibleName(tr("Span under the cursor"));
  auto* top = new QHBoxLayout;
  top->addWidget(search_);
  top->addWidget(legend_, 1);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(top);
  for (int i = 0; i < 2; ++i) {
    titles_[i] = new QLabel(this);
    titles_[i]->setTextFormat(Qt::PlainText);
    gantts_[i] = new Gantt(i == 0 ? tr("Timeline of the baseline") : tr("Timeline of the selected scenario"), this);
    areas_[i] = new QScrollArea(this);
    areas_[i]->setWidgetResizable(true);
    areas_[i]->setFrameShape(QFrame::NoFrame);
    areas_[i]->setWidget(gantts_[i]);
    layout->addWidget(titles_[i]);
    layout->addWidget(areas_[i], 1);
    connect(gantts_[i], &Gantt::described, described_, &QLabel::setText);
    connect(gantts_[i], &Gantt::visible_changed, this, [this, i] { align(gantts_[i], gantts_[1 - i]); });
  }
  serving_ = new Chart(tr("Requests over time"), this);
  layout->addWidget(serving_, 1);
  layout->addWidget(described_);
  connect(search_, &QLineEdit::returnPressed, this, [this] {
    for (Gantt* gantt : gantts_)
      if (gantt->isVisible() && gantt->find(search_->text())) return;
    described_->setText(tr("No span holds “%1”").arg(search_->text()));
  });
}

// The same number of seconds across, from the same moment: the shorter one ends before the edge.
void TimelineView::align(Gantt* from, Gantt* to) {
  if (aligning_) return;
  aligning_ = true;
  to->zoom_to(from->visible_begin(), from->visible_end());
  aligning_ = false;
}

void TimelineView::refresh() {
  const int base = workspace_.state().baseline, chosen = workspace_.selected();
  // Where the baseline has no step, the selected scenario stands alone.
  std::shared_ptr<const Run> traces[2] = {workspace_.trace(base), base == chosen ? nullptr : workspace_.trace(chosen)};
  QString names[2] = {
      workspace_.document(base) == nullptr ? QString() : tr("Baseline: %1").arg(workspace_.document(base)->name),
      workspace_.document(chosen) == nullptr ? QString() : tr("Selected: %1").arg(workspace_.document(chosen)->name)};
  if (traces[0] == nullptr && traces[1] != nullptr) {
    std::swap(traces[0], traces[1]);
    std::swap(names[0], names[1]);
  }
  // Pools of serving deployments, the baseline's and the selected one's on the same axis.
  std::vector<Contender> pair;
  for (const Contender& contender : contenders(workspace_))
    if (contender.id == base || contender.id == chosen) pair.push_back(contender);
  const ChartData requests = serving_chart(pair);
  const bool serves = !requests.series.isEmpty();
  serving_->setVisible(serves);
  serving_->set(requests);
  GanttData steps[2];
  double longest = 0;
  for (int i = 0; i < 2; ++i) {
    if (traces[i] != nullptr) steps[i] = step_gantt(*traces[i]);
    longest = std::max(longest, steps[i].end);
    steps[i].empty_text = tr(
        "Neither the baseline nor the selected scenario has a simulated training step: open one with [training] and press F5.");
  }
  aligning_ = true;
  for (int i = 0; i < 2; ++i) {
    const bool shown = (i == 0 && !serves) || traces[i] != nullptr;
    areas_[i]->setVisible(shown);
    titles_[i]->setVisible(shown && traces[i] != nullptr);
    titles_[i]->setText(names[i]);
    if (shown_[i] == traces[i] && traces[i] != nullptr && gantts_[i]->data().end == longest) continue;
    shown_[i] = traces[i];
    if (!steps[i].spans.empty()) steps[i].end = longest;
    gantts_[i]->set(std::move(steps[i]));
  }
  aligning_ = false;
  draw_legend();
}

void TimelineView::draw_legend() {
  QStringList parts;
  for (Gantt* gantt : gantts_)
    for (int k = 0; k < gantt->data().kinds.size(); ++k) {
      const int colour = gantt->data().colours[k];
      const QString swatch = u"<span style='color:%1'>■</span> %2"_qs.arg(
          (colour < 0 ? theme_colours().faint_text : series_colour(colour)).name(), gantt->data().kinds[k].toHtmlEscaped());
      if (!parts.contains(swatch)) parts << swatch;
    }
  if (!parts.isEmpty()) parts << u"<span style='color:%1'>▁</span> %2"_qs.arg(theme_colours().error.name(), tr("critical path"));
  legend_->setText(parts.join(u"&nbsp;&nbsp; "));
}

void TimelineView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) draw_legend();
}

void TimelineView::find() {
  search_->setFocus();
  search_->selectAll();
}

}  // namespace gpufleet::gui
