// What if inputs were different: a tornado over every number of the selected scenario, one of them over a range, two of them as a
// heat map, a Monte-Carlo fan. Each case is an ordinary simulation.
#pragma once

#include "gui/sensitivity_cases.h"
#include "gui/views.h"

class QDoubleSpinBox;
class QPushButton;
class QProgressBar;

namespace gpufleet::gui {

/// tornado: each input up and down; sweep: one over a range; heat: two against each other; fan: one over a range, with the spread
/// of the kernels drawn.
enum class SensitivityKind : std::uint8_t { tornado, sweep, heat, fan };

class SensitivityView : public View {
  Q_OBJECT
 public:
  SensitivityView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] Chart* chart() const { return chart_; }
  void sweep(const QString& path);
  void choose(SensitivityKind kind, const QString& first, const QString& second);
  void start();
  [[nodiscard]] bool running() const { return !tickets_.isEmpty() || drawing_.isActive(); }

 protected:
  void refresh() override;

 private:
  void stop();
  void answer(int ticket, const std::shared_ptr<const Run>& run);
  void draw();
  void show_kind();
  void open_case(int index);
  [[nodiscard]] SensitivityKind kind() const;

  QComboBox *kind_, *metric_, *input_, *second_;
  QDoubleSpinBox* percent_;
  QPushButton* start_;
  QProgressBar* progress_;
  Chart* chart_;
  int id_ = 0;   // scenario that the cases are of
  QString key_;  // and its canonical text
  SensitivityKind shown_ = SensitivityKind::tornado;
  QTimer drawing_;  // answers come by the hundred
  std::vector<SensitivityCase> cases_;
  QHash<int, std::size_t> tickets_;
  std::vector<std::shared_ptr<const Run>> runs_;
};

}  // namespace gpufleet::gui
