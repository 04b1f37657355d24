// What the window does with files: the first start, the last session, recovery, changes by other programs, closing.
#include <QFileSystemWatcher>

#include "gui/main_window.h"
#include "gui/sensitivity.h"
#include "gui/validation_view.h"

namespace gpufleet::gui {
namespace {
// The fleets of the public debate: what one known run took, what is said to be there, and the same without the chip that was
// lost.
const char* const kFirstScenarios[] = {"fleets/deepseek-v3-2048-h800.toml", "claims/fleet-mix.toml",
                                       "fleets/mix-without-h20.toml"};
}  // namespace

void MainWindow::begin(const QStringList& files) {
  if (!files.isEmpty()) {
    open_files(files);
    return;
  }
  QString problem;
  if (keeps_session_) {
    // A recovery file is there only if the last run was killed.
    if (const std::optional<SessionData> recovered = session_.read_recovery(problem);
        recovered && !recovered->state.documents.isEmpty()) {
      workspace_->restore(recovered->state, recovered->saved);
      notify(tr("The last run did not end in order. Your work was recovered."),
             {{tr("&Keep it"), [] {}}, {tr("&Discard unsaved changes"), [this] {
                                          for (const Document& document : WorkspaceState(workspace_->state()).documents)
                                            if (!document.file.isEmpty() && workspace_->modified(document.id))
                                              workspace_->set_text(document.id, workspace_->saved_text(document.id),
                                                                   tr("discard changes"), Merge::never);
                                        }}});
      return;
    }
    if (problem.isEmpty())
      if (const std::optional<SessionData> last = session_.read_session(problem); last && !last->state.documents.isEmpty()) {
        workspace_->restore(last->state, last->saved);
        // Files may have changed, or gone, since.
        for (const Document& document : last->state.documents)
          if (!document.file.isEmpty()) on_file_changed(document.file);
        return;
      }
  }
  QStringList first;
  for (const char* name : kFirstScenarios) {
    const QString file = QString::fromStdString((workspace_->data().catalogs.data.scenarios / name).string());
    if (QFileInfo::exists(file)) first << file;
  }
  open_files(first);
  if (workspace_->state().documents.size() > 1) workspace_->set_baseline(workspace_->state().documents[1].id);
  workspace_->undo().clear();
  notify(problem.isEmpty() ? tr("Welcome. ① The fleets of the public debate are compared at the right. ② Change one at the left: "
                                "its result follows. "
                                "③ Ctrl+D duplicates it, ★ Ctrl+B makes it the baseline. ④ F1 shows all keys.")
                           : problem,
         {});
}

void MainWindow::open_files(const QStringList& files) {
  QStringList problems;
  int last = 0;
  for (const QString& file : files) {
    QString problem;
    const int id = workspace_->open(file, problem);
    if (id == 0) {
      problems << problem;
      continue;
    }
    last = last == 0 ? id : last;
    if (keeps_session_) session_.add_recent_file(QFileInfo(file).absoluteFilePath());
  }
  if (last != 0) workspace_->select(last);
  if (!problems.isEmpty()) notify(problems.join(u'\n'), {});
  show_recent();
}

void MainWindow::on_documents_changed() {
  // Files that are open are watched; editors that replace a file instead of writing it make the watcher lose it.
  QStringList wanted;
  for (const Document& document : workspace_->state().documents)
    if (!document.file.isEmpty() && QFileInfo::exists(document.file)) wanted << document.file;
  const QStringList watched = watcher_->files();
  for (const QString& file : watched)
    if (!wanted.contains(file)) watcher_->removePath(file);
  for (const QString& file : wanted)
    if (!watched.contains(file)) watcher_->addPath(file);
  if (action(u"live"_qs)->isChecked()) live_.start();
  if (keeps_session_ && workspace_->state() != backed_up_ && !backup_.isActive()) backup_.start();
  show_state();
}

void MainWindow::on_file_changed(const QString& file) {
  for (const Document& document : workspace_->state().documents) {
    if (document.file != file) continue;
    const int id = document.id;
    QFile now(file);
    if (!now.open(QIODevice::ReadOnly)) {
      notify(tr("%1 is gone from the disk. Its text is still here: Ctrl+S writes it again.").arg(file), {});
      return;
    }
    const QString text = QString::fromUtf8(now.readAll());
    if (text == workspace_->saved_text(id)) return;
    const qsizetype lines = std::abs(text.count(u'\n') - document.text.count(u'\n'));
    notify(tr("%1 was changed by another program (%2 lines longer or shorter).").arg(document.name).arg(lines),
           {{tr("&Reload"), [this, id] { reload(id); }}, {tr("&Keep mine"), [] {}}});
  }
}

void MainWindow::reload(int id) {
  const Document* document = workspace_->document(id);
  if (document == nullptr) return;
  QFile now(document->file);
  if (!now.open(QIODevice::ReadOnly)) {
    notify(tr("%1 cannot be read: %2").arg(document->file, now.errorString()), {});
    return;
  }
  workspace_->set_text(id, QString::fromUtf8(now.readAll()), tr("reload"), Merge::never);
  workspace_->note_saved(id);
}

void MainWindow::simulate_stale() {
  for (const Document& document : workspace_->state().documents)
    if (workspace_->status(document.id) == Status::stale) workspace_->simulate(document.id);
}

void MainWindow::back_up() {
  if (!keeps_session_) return;
  SessionData session{workspace_->state(), {}};
  for (const Document& document : session.state.documents) session.saved[document.id] = workspace_->saved_text(document.id);
  const QString problem = session_.write_recovery(session);
  backed_up_ = workspace_->state();
  if (!problem.isEmpty()) notify(problem, {});
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (keeps_session_) {
    SessionData session{workspace_->state(), {}};
    for (const Document& document : session.state.documents) session.saved[document.id] = workspace_->saved_text(document.id);
    const QString problem = session_.write_session(session);
    if (!problem.isEmpty() && isVisible() &&
        QMessageBox::warning(this, tr("Close"), problem + u"\n\n"_qs + tr("Close all the same?"),
                             QMessageBox::Yes | QMessageBox::No) == QMessageBox::No) {
      event->ignore();
      return;
    }
    session_.settings().setValue(u"geometry"_qs, saveGeometry());
    session_.settings().setValue(u"layout"_qs, saveState(kLayoutVersion));
    session_.clear_recovery();
  }
  workspace_->cancel();
  event->accept();
}

}  // namespace gpufleet::gui
