// The capacity plan: months, purchases, demand against capacity, and what binds in each month.
#pragma once

#include "gui/plan_tables.h"
#include "gui/views.h"

class QPushButton;
class QTabWidget;

namespace gpufleet::gui {

class PlanView : public View {
  Q_OBJECT
 public:
  PlanView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] TablePanel* table() const { return table_; }
  /// Works out the selected scenario's purchases, or gives that up.
  void plan_purchases();
  [[nodiscard]] bool planning() const { return ticket_ != 0; }

 protected:
  void refresh() override;

 private:
  QLabel* headline_;
  void show_plan();

  QPushButton* plan_;
  QLabel* planned_;
  QTabWidget* tabs_;
  Chart *fleet_, *demand_;
  TablePanel* table_;
  int ticket_ = 0, planned_id_ = 0;
  QString planned_key_;
  std::shared_ptr<const Run> found_;
};

}  // namespace gpufleet::gui
