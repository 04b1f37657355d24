// The selected scenario as a form and as text, side by side in tabs; each shows at once what was changed in the other.
#pragma once

#include <QPlainTextEdit>
#include <QTabWidget>
#include <QTreeView>

#include "gui/form_model.h"

class QLabel;
class QLineEdit;
class QSlider;

namespace gpufleet::gui {

class EditorDock : public QWidget {
  Q_OBJECT
 public:
  EditorDock(Workspace& workspace, QWidget* parent);

  [[nodiscard]] FormModel& form() { return *form_; }
  [[nodiscard]] QTreeView* tree() const { return tree_; }
  [[nodiscard]] QPlainTextEdit* text() const { return text_; }
  [[nodiscard]] QTabWidget* tabs() const { return tabs_; }
  [[nodiscard]] QSlider* slider() const { return slider_; }
  /// Shows a problem's place in the text, or a key in the form.
  void go_to(int line, const QString& key);
  void find();
  /// Changes one key of the selected scenario; the message if it cannot be done.
  QString change(const QString& path, const QString& typed, Merge merge);
  void reset_key();

 signals:
  void message(const QString& text);
  void sweep_wanted(const QString& path);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void show_selected();
  void show_key(const QModelIndex& index);
  void text_edited();
  void mark_problems();
  void slide(int position);

  Workspace& workspace_;
  FormModel* form_;
  QTabWidget* tabs_;
  QTreeView* tree_;
  QPlainTextEdit* text_;
  QLineEdit* search_;
  QLabel* help_;
  QSlider* slider_;
  QString slider_path_;
  double slider_middle_ = 0;
  QString slider_suffix_;
  int shown_ = 0;
};

}  // namespace gpufleet::gui
