// The window: views as docks around one workspace, actions with their shortcuts, messages that never block.
#pragma once

#include <QMainWindow>
#include <QTimer>

#include "gui/session.h"
#include "gui/workspace.h"

class QFileSystemWatcher;
class QLabel;
class QProgressBar;
class QPushButton;

namespace gpufleet::gui {

class CompareView;
class EditorDock;
class FabricView;
class PlanView;
class ProjectList;
class ReportView;
class SensitivityView;
class TimelineView;
class ValidationView;

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  /// Exit code of the event loop when the window is to be made again, in another language.
  static constexpr int kNewLanguage = 1000;

  /// `session_folder` empty: nothing is kept between runs (screenshots, reports).
  MainWindow(std::shared_ptr<const Data> data, const QString& session_folder);
  ~MainWindow() override;

  /// The given files; without any the last session, and at the first start the three fleets of the public debate.
  void begin(const QStringList& files);
  void open_files(const QStringList& files);

  [[nodiscard]] Workspace& workspace() { return *workspace_; }
  [[nodiscard]] EditorDock* editor() const { return editor_; }
  [[nodiscard]] CompareView* compare() const { return compare_; }
  [[nodiscard]] PlanView* plan() const { return plan_; }
  [[nodiscard]] ReportView* report() const { return report_; }
  [[nodiscard]] FabricView* fabric() const { return fabric_; }
  [[nodiscard]] SensitivityView* sensitivity() const { return sensitivity_; }
  [[nodiscard]] TimelineView* timeline() const { return timeline_; }
  [[nodiscard]] ValidationView* validation() const { return validation_; }
  [[nodiscard]] bool busy() const;

  /// Docks by name, in the order of their shortcuts.
  [[nodiscard]] const QList<std::pair<QString, QDockWidget*>>& views() const { return views_; }
  void raise_view(const QString& name);
  void restore_default_layout();
  /// Ways in which a view is pictured: as it is (empty), and by name.
  static QStringList scenes(const QString& view);
  void prepare_for_capture(const QString& view, const QString& scene);

  /// The action of that name ("run", "undo" …), or null.
  [[nodiscard]] QAction* action(const QString& name) const { return actions_.value(name); }
  [[nodiscard]] QString notice() const;

  void save();
  void save_as(const QString& file);
  void reload(int id);
  void back_up();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  static constexpr int kLayoutVersion = 3;  // of the docks' arrangement
  struct Answer {
    QString label;
    std::function<void()> act;
  };

  void make_docks();
  void make_actions();
  void make_menus();
  QAction* add_action(const QString& name, const QString& text, const QKeySequence& keys, std::function<void()> act);
  void add_view(const QString& name, const QString& title, QWidget* page);
  /// A strip below the menu with up to two answers; the newest replaces the one before.
  void notify(const QString& text, QList<Answer> answers);
  void fit_notice();
  void fit_titles();
  void ask_open();
  void ask_save_as();
  void export_report();
  void copy_command_line();
  void show_shortcuts();
  void show_palette();
  void set_look(const QString& appearance, double scale);
  void set_language(const QString& code);
  void on_documents_changed();
  void on_file_changed(const QString& file);
  void simulate_stale();
  void show_state();
  void show_recent();

  Session session_;
  bool keeps_session_;
  std::unique_ptr<Workspace> workspace_;
  QList<std::pair<QString, QDockWidget*>> views_;
  QHash<QString, QAction*> actions_;
  QStringList action_order_;
  ProjectList* project_ = nullptr;
  EditorDock* editor_ = nullptr;
  CompareView* compare_ = nullptr;
  FabricView* fabric_ = nullptr;
  PlanView* plan_ = nullptr;
  ReportView* report_ = nullptr;
  SensitivityView* sensitivity_ = nullptr;
  TimelineView* timeline_ = nullptr;
  ValidationView* validation_ = nullptr;
  QDockWidget *project_dock_ = nullptr, *editor_dock_ = nullptr;
  QToolBar* strip_ = nullptr;
  QLabel* strip_text_ = nullptr;
  QPushButton* strip_answers_[2] = {};
  QProgressBar* progress_ = nullptr;
  QLabel* state_ = nullptr;
  QMenu* recent_menu_ = nullptr;
  QFileSystemWatcher* watcher_ = nullptr;
  QTimer live_, backup_;
  WorkspaceState backed_up_;
  double font_scale_ = 1;
};

}  // namespace gpufleet::gui
