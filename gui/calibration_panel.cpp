#include "gui/calibration_panel.h"

#include <QtWidgets>
#include <csignal>

namespace gpufleet::gui {

QString command_line_program() {
  const QString beside = QCoreApplication::applicationDirPath() + u"/gpufleet"_qs;
  return QFileInfo(beside).isExecutable() ? beside : QStandardPaths::findExecutable(u"gpufleet"_qs);
}

CalibrationPanel::CalibrationPanel(QWidget* parent)
    : QWidget(parent),
      effort_(new QComboBox(this)),
      start_(new QPushButton(tr("&Calibrate this machine"), this)),
      progress_(new QProgressBar(this)),
      what_(new QLabel(this)),
      output_(new QPlainTextEdit(this)) {
  setAccessibleName(tr("Calibration"));
  effort_->setAccessibleName(tr("How thoroughly"));
  effort_->addItem(tr("quick"), true);
  effort_->addItem(tr("thorough"), false);
  start_->setToolTip(tr("Runs real kernels here, fits their times and keeps the profile; used from the next start on"));
  progress_->setAccessibleName(tr("Progress of the calibration"));
  progress_->setTextVisible(false);
  progress_->hide();
  what_->setAccessibleName(tr("State of the calibration"));
  what_->setTextFormat(Qt::PlainText);
  what_->setText(tr("Kernels that you measure here stand behind the chip of this machine."));
  what_->setWordWrap(true);
  output_->setAccessibleName(tr("What the calibration found"));
  output_->setReadOnly(true);
  output_->setLineWrapMode(QPlainTextEdit::NoWrap);
  output_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  output_->hide();
  auto* row = new QHBoxLayout;
  row->addWidget(what_, 1);
  row->addWidget(progress_);
  row->addWidget(effort_);
  row->addWidget(start_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(row);
  layout->addWidget(output_);
  connect(start_, &QPushButton::clicked, this, [this] { toggle({}); });
  connect(&process_, &QProcess::readyReadStandardError, this, &CalibrationPanel::read_progress);
  connect(&process_, &QProcess::finished, this, &CalibrationPanel::end);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) {
      what_->setText(tr("gpufleet could not be started: %1").arg(process_.errorString()));
      progress_->hide();
      start_->setText(tr("&Calibrate this machine"));
    }
  });
}

CalibrationPanel::~CalibrationPanel() {
  process_.disconnect(this);
  if (!running()) return;
  process_.kill();
  process_.waitForFinished(2000);
}

QString CalibrationPanel::text() const { return output_->toPlainText(); }
QString CalibrationPanel::state() const { return what_->text(); }

void CalibrationPanel::toggle(const QString& program) {
  if (running()) {
    stopped_ = true;
    what_->setText(tr("Stopping…"));
    // As Ctrl+C does: it ends in order and leaves no half-written file.
    ::kill(static_cast<pid_t>(process_.processId()), SIGINT);
    return;
  }
  const QString file = program.isEmpty() ? command_line_program() : program;
  if (file.isEmpty()) {
    what_->setText(tr("The program gpufleet is neither beside this one nor on the path."));
    return;
  }
  stopped_ = false;
  steps_ = 0;
  errors_.clear();
  output_->clear();
  output_->hide();
  progress_->setRange(0, 0);  // how much is left is not told
  progress_->show();
  start_->setText(tr("&Stop"));
  what_->setText(tr("Starting…"));
  QStringList arguments{u"calibrate"_qs};
  if (effort_->currentData().toBool()) arguments << u"--quick"_qs;
  process_.start(file, arguments);
}

void CalibrationPanel::read_progress() {
  errors_ += process_.readAllStandardError();
  for (qsizetype end = 0; (end = errors_.indexOf('\n')) >= 0; errors_.remove(0, end + 1))
    what_->setText(tr("Step %1: %2").arg(++steps_).arg(QString::fromUtf8(errors_.left(end)).trimmed()));
}

void CalibrationPanel::end(int code, QProcess::ExitStatus status) {
  read_progress();
  progress_->hide();
  start_->setText(tr("&Calibrate this machine"));
  const QString found = QString::fromUtf8(process_.readAllStandardOutput());
  if (stopped_) {
    what_->setText(tr("Stopped; nothing was kept."));
  } else if (code != 0 || status != QProcess::NormalExit) {
    what_->setText(tr("It failed (exit code %1): %2").arg(code).arg(what_->text()));
  } else {
    what_->setText(tr("Done in %1 steps. The profile is used from the next start on.").arg(steps_));
    output_->setPlainText(found);
    output_->show();
  }
}

}  // namespace gpufleet::gui
