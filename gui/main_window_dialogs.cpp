// Dialogs: files, report, list of keys, command palette, looks and language.
#include "gui/command_line.h"
#include "gui/main_window.h"
#include "gui/report.h"
#include "gui/report_view.h"
#include "gui/table_panel.h"
#include "gui/theme.h"

namespace gpufleet::gui {

void MainWindow::ask_open() {
  auto* dialog =
      new QFileDialog(this, tr("Open scenarios"), QString::fromStdString(workspace_->data().catalogs.data.scenarios.string()),
                      tr("Scenarios (*.toml)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  connect(dialog, &QFileDialog::filesSelected, this, &MainWindow::open_files);
  dialog->open();
}

void MainWindow::ask_save_as() {
  const Document* document = workspace_->document(workspace_->selected());
  if (document == nullptr) return;
  auto* dialog = new QFileDialog(this, tr("Save scenario"), document->file, tr("Scenarios (*.toml)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(u"toml"_qs);
  connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::save_as);
  dialog->open();
}

void MainWindow::save() {
  const Document* document = workspace_->document(workspace_->selected());
  if (document == nullptr) return;
  if (document->file.isEmpty()) return ask_save_as();
  save_as(document->file);
}

void MainWindow::save_as(const QString& file) {
  const QString problem = workspace_->save(workspace_->selected(), file);
  if (!problem.isEmpty()) return notify(tr("Not saved; the text is still here. %1").arg(problem), {});
  if (keeps_session_) session_.add_recent_file(QFileInfo(file).absoluteFilePath());
  statusBar()->showMessage(tr("Saved %1").arg(file), 4000);
}

void MainWindow::export_report() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Report"), u"gpufleet-report.pdf"_qs, tr("PDF (*.pdf);;HTML (*.html)"));
  if (file.isEmpty()) return;
  const QString problem = file.endsWith(u".html") ? write_report_html(*workspace_, report_->parts(), file)
                                                  : write_report_pdf(*workspace_, report_->parts(), file);
  notify(problem.isEmpty() ? tr("Wrote %1").arg(file) : problem, {});
}

void MainWindow::copy_command_line() {
  QString problem;
  const std::optional<QString> command = command_line(*workspace_, workspace_->selected(), problem);
  if (!command) return notify(problem, {});
  QGuiApplication::clipboard()->setText(*command);
  statusBar()->showMessage(tr("Copied: %1").arg(*command), 6000);
}

void MainWindow::show_shortcuts() {
  auto* dialog = new QDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Keyboard shortcuts"));
  TableData table{{tr("Action"), tr("Keys")}, {}, {}};
  for (const QString& name : action_order_) {
    QStringList keys;
    for (const QKeySequence& sequence : action(name)->shortcuts()) keys << sequence.toString(QKeySequence::NativeText);
    if (!keys.isEmpty()) table.rows << QList<Cell>{{.text = action(name)->text().remove(u'&')}, {.text = keys.join(u", ")}};
  }
  for (const auto& [what, keys] :
       {std::pair(tr("Timeline: zoom in, zoom out"), u"W, S"_qs), std::pair(tr("Timeline: move left, right"), u"A, D"_qs),
        std::pair(tr("Timeline: next span, other row"), u"←→ ↑↓"_qs), std::pair(tr("Timeline: everything"), u"Home"_qs)})
    table.rows << QList<Cell>{{.text = what}, {.text = keys}};
  auto* panel = new TablePanel(tr("Keyboard shortcuts"), dialog);
  panel->set(table);
  auto* layout = new QVBoxLayout(dialog);
  layout->addWidget(panel);
  if (keeps_session_)
    layout->addWidget(new QLabel(tr("Own keys: section [shortcuts] of %1").arg(session_.settings().fileName()), dialog));
  dialog->resize(fontMetrics().averageCharWidth() * 72, fontMetrics().height() * 32);
  dialog->open();
}

void MainWindow::show_palette() {
  auto* dialog = new QDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Commands"));
  auto* line = new QLineEdit(dialog);
  line->setAccessibleName(tr("Command"));
  line->setPlaceholderText(tr("Type a command"));
  auto* list = new QListWidget(dialog);
  list->setAccessibleName(tr("Commands"));
  for (const QString& name : action_order_) {
    auto* item = new QListWidgetItem(
        u"%1\t%2"_qs.arg(action(name)->text().remove(u'&'), action(name)->shortcut().toString(QKeySequence::NativeText)), list);
    item->setData(Qt::UserRole, name);
  }
  list->setCurrentRow(0);
  auto* layout = new QVBoxLayout(dialog);
  layout->addWidget(line);
  layout->addWidget(list);
  connect(line, &QLineEdit::textChanged, list, [list](const QString& text) {
    int first = -1;
    for (int i = 0; i < list->count(); ++i) {
      const bool match = list->item(i)->text().contains(text, Qt::CaseInsensitive);
      list->item(i)->setHidden(!match);
      if (match && first < 0) first = i;
    }
    list->setCurrentRow(first);
  });
  const auto take = [this, dialog, list] {
    QAction* chosen = list->currentItem() == nullptr ? nullptr : action(list->currentItem()->data(Qt::UserRole).toString());
    dialog->accept();
    if (chosen != nullptr) chosen->trigger();
  };
  connect(line, &QLineEdit::returnPressed, dialog, take);
  connect(list, &QListWidget::itemActivated, dialog, take);
  dialog->resize(fontMetrics().averageCharWidth() * 56, fontMetrics().height() * 24);
  dialog->open();
}

// Widgets take their words when they are made: the window is made anew, with everything that is open.
void MainWindow::set_language(const QString& code) {
  if (!keeps_session_) return;
  session_.settings().setValue(u"language"_qs, code);
  session_.settings().sync();
  if (!close()) return;
  QCoreApplication::exit(kNewLanguage);
}

void MainWindow::set_look(const QString& appearance, double scale) {
  font_scale_ = scale;
  apply_theme(appearance == u"dark" ? Appearance::dark : Appearance::light, scale);
  if (!keeps_session_) return;
  session_.settings().setValue(u"appearance"_qs, appearance);
  session_.settings().setValue(u"font_scale"_qs, scale);
}

}  // namespace gpufleet::gui
