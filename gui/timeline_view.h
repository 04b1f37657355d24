// One training step of two scenarios, one above the other on one time scale: the baseline and the selected one.
#pragma once

#include "gui/gantt.h"
#include "gui/views.h"

class QLineEdit;
class QScrollArea;

namespace gpufleet::gui {

class TimelineView : public View {
  Q_OBJECT
 public:
  TimelineView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] Gantt* first() const { return gantts_[0]; }
  [[nodiscard]] Gantt* second() const { return gantts_[1]; }
  [[nodiscard]] Chart* serving() const { return serving_; }
  void find();

 protected:
  void refresh() override;
  void changeEvent(QEvent* event) override;

 private:
  void align(Gantt* from, Gantt* to);
  void draw_legend();

  QLineEdit* search_;
  QLabel *legend_, *described_;
  QLabel* titles_[2];
  Gantt* gantts_[2];
  QScrollArea* areas_[2];
  Chart* serving_;
  std::shared_ptr<const Run> shown_[2];
  bool aligning_ = false;
};

}  // namespace gpufleet::gui
