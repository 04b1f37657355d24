// What if an input were different: every number of the selected scenario up and down by a share (tornado), or one of them over a
// range (sweep). Each case is an ordinary simulation.
#pragma once

#include "gui/views.h"

class QDoubleSpinBox;
class QPushButton;
class QProgressBar;

namespace gpufleet::gui {

struct SensitivityCase {
  QString path;   ///< as `--set` writes it
  QString typed;  ///< the value tried
  double factor = 1;
  std::shared_ptr<const scenarios::Scenario> scenario;
};

/// Numeric keys that the scenario sets, with the number and what follows it ("400", " Gb/s").
struct NumericInput {
  QString path;
  double number = 0;
  QString suffix;
  bool whole = false;
};
std::vector<NumericInput> numeric_inputs(const Meaning& meaning);
/// Cases that validate; a factor that rounds to the same whole number is left out. `only` empty = all inputs.
std::vector<SensitivityCase> sensitivity_cases(const Document& document, const Meaning& meaning, const QString& only,
                                               const std::vector<double>& factors, const scenarios::Catalogs& catalogs);

class SensitivityView : public View {
  Q_OBJECT
 public:
  SensitivityView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] Chart* chart() const { return chart_; }
  void sweep(const QString& path);
  void start();
  [[nodiscard]] bool running() const { return !tickets_.isEmpty(); }

 protected:
  void refresh() override;

 private:
  void stop();
  void answer(int ticket, const std::shared_ptr<const Run>& run);
  void draw();

  QComboBox *metric_, *input_;
  QDoubleSpinBox* percent_;
  QPushButton* start_;
  QProgressBar* progress_;
  Chart* chart_;
  int id_ = 0;   // scenario that the cases are of
  QString key_;  // and its canonical text
  std::vector<SensitivityCase> cases_;
  QHash<int, std::size_t> tickets_;
  std::vector<std::shared_ptr<const Run>> runs_;
};

}  // namespace gpufleet::gui
