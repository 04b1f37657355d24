// Measures the kernels of this machine: `gpufleet calibrate` as a process of its own, with its progress and a way to stop it.
#pragma once

#include <QProcess>
#include <QWidget>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace gpufleet::gui {

/// The command-line program: beside this one, else on the path; empty if it is nowhere.
QString command_line_program();

class CalibrationPanel : public QWidget {
  Q_OBJECT
 public:
  explicit CalibrationPanel(QWidget* parent);
  ~CalibrationPanel() override;
  /// Starts, or stops what runs. `program` empty: the one of command_line_program().
  void toggle(const QString& program);
  [[nodiscard]] bool running() const { return process_.state() != QProcess::NotRunning; }
  [[nodiscard]] QString text() const;
  [[nodiscard]] QString state() const;

 private:
  void read_progress();
  void end(int code, QProcess::ExitStatus status);

  QProcess process_;
  QByteArray errors_;  // a line that has not ended yet
  int steps_ = 0;
  bool stopped_ = false;
  QComboBox* effort_;
  QPushButton* start_;
  QProgressBar* progress_;
  QLabel* what_;
  QPlainTextEdit* output_;
};

}  // namespace gpufleet::gui
