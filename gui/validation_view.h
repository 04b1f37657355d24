// Predicted against measured: a suite run in the background, its rows as points around the line where both agree.
#pragma once

#include <thread>

#include "gui/mailbox.h"
#include "gui/views.h"
#include "scenarios/validation/report.h"

class QPushButton;

namespace gpufleet::gui {

ChartData validation_chart(const scenarios::ValidationReport& report);
TableData validation_table(const scenarios::ValidationReport& report);
QString validation_summary(const scenarios::ValidationReport& report);

class CalibrationPanel;

/// Which measured kernels stand behind each chip, and how far its fits are from rows that they did not see.
TableData kernels_behind(const hw::KernelFits& fits);

class ValidationView : public View {
  Q_OBJECT
 public:
  ValidationView(Workspace& workspace, QWidget* parent);
  /// By name; unknown names change nothing.
  void choose(const QString& suite);
  void start();
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] Chart* chart() const { return chart_; }
  [[nodiscard]] CalibrationPanel* calibration() const { return calibration_; }

 protected:
  void refresh() override {}

 private:
  void show_report(const scenarios::ValidationReport& report);

  QComboBox* suite_;
  QPushButton* start_;
  QLabel* summary_;
  Chart* chart_;
  TablePanel* table_;
  CalibrationPanel* calibration_;
  bool running_ = false;
  Mailbox window_;
  std::jthread thread_;  // last: it ends before what it tells
};

}  // namespace gpufleet::gui
