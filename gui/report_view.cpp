#include "gui/report_view.h"

#include <QTextBrowser>

#include "gui/theme.h"

namespace gpufleet::gui {

ReportView::ReportView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Report"), parent), export_(new QPushButton(tr("E&xport…"), this)), page_(new QTextBrowser(this)) {
  auto* grid = new QGridLayout;
  constexpr int kAcross = 4;
  for (int i = 0; i < kReportParts; ++i) {
    const auto part = static_cast<ReportPart>(i);
    boxes_[i] = new QCheckBox(name(part), this);
    boxes_[i]->setChecked(true);
    boxes_[i]->setAccessibleName(tr("Part of the report: %1").arg(name(part)));
    grid->addWidget(boxes_[i], i / kAcross, i % kAcross);
    connect(boxes_[i], &QCheckBox::toggled, this, [this, part](bool on) { tick(part, on); });
  }
  export_->setAccessibleName(tr("Export the report"));
  grid->addWidget(export_, 1, kAcross - 1);
  page_->setAccessibleName(tr("Preview of the report"));
  page_->setOpenLinks(false);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(grid);
  layout->addWidget(page_, 1);
  connect(export_, &QPushButton::clicked, this, &ReportView::export_wanted);
}

void ReportView::tick(ReportPart part, bool on) {
  parts_.on[static_cast<std::size_t>(part)] = on;
  boxes_[static_cast<std::size_t>(part)]->setChecked(on);
  changed();
  update_now();
}

void ReportView::refresh() {
  // Letters as large as the window's.
  constexpr double kPrinted = 9;  // points of the page as it is exported
  ReportParts seen = parts_;
  seen.text_scale = std::max(1.0, font().pointSizeF() / kPrinted);
  const ReportPage page = report_page(workspace_, seen);
  const int at = page_->verticalScrollBar()->value();
  // Paper, whatever the screen wears.
  QPalette paper = page_->palette();
  paper.setColor(QPalette::Base, theme_colours(Appearance::light).base);
  paper.setColor(QPalette::Text, theme_colours(Appearance::light).text);
  page_->setPalette(paper);
  QTextDocument* document = page_->document();
  document->clear();
  for (const auto& [file, image] : page.pictures) document->addResource(QTextDocument::ImageResource, QUrl(file), image);
  document->setDefaultFont(font());
  document->setHtml(page.html);
  page_->verticalScrollBar()->setValue(at);
}

void ReportView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() != QEvent::FontChange) return;
  changed();
}

}  // namespace gpufleet::gui
