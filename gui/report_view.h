// The report before it is printed: ticked parts, the page as it will be, and export as PDF or HTML.
#pragma once

#include "gui/report.h"
#include "gui/views.h"

class QPushButton;
class QTextBrowser;

namespace gpufleet::gui {

class ReportView : public View {
  Q_OBJECT
 public:
  ReportView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] QTextBrowser* page() const { return page_; }
  [[nodiscard]] const ReportParts& parts() const { return parts_; }
  void tick(ReportPart part, bool on);

 signals:
  void export_wanted();

 protected:
  void refresh() override;
  void changeEvent(QEvent* event) override;

 private:
  ReportParts parts_;
  QCheckBox* boxes_[kReportParts];
  QPushButton* export_;
  QTextBrowser* page_;
};

}  // namespace gpufleet::gui
