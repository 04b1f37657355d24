// Construction, docks, session, messages. Actions are in main_window_actions.cpp.
#include "gui/main_window.h"

#include <QFileSystemWatcher>

#include "gui/dock_title.h"
#include "gui/editor_dock.h"
#include "gui/fabric_view.h"
#include "gui/law_view.h"
#include "gui/plan_view.h"
#include "gui/project_dock.h"
#include "gui/report_view.h"
#include "gui/sensitivity.h"
#include "gui/theme.h"
#include "gui/timeline_view.h"
#include "gui/validation_view.h"
#include "gui/views.h"

namespace gpufleet::gui {
MainWindow::MainWindow(std::shared_ptr<const Data> shipped, const QString& session_folder)
    : session_(session_folder.isEmpty() ? QDir::tempPath() + u"/gpufleet-no-session"_qs : session_folder),
      keeps_session_(!session_folder.isEmpty()),
      workspace_(std::make_unique<Workspace>(std::move(shipped))) {
  setObjectName(u"main"_qs);
  setAcceptDrops(true);
  setDockNestingEnabled(true);
  setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
  watcher_ = new QFileSystemWatcher(this);
  make_docks();
  make_actions();
  make_menus();
  live_.setSingleShot(true);
  live_.setInterval(120);
  connect(&live_, &QTimer::timeout, this, &MainWindow::simulate_stale);
  constexpr int kBackupPause = 2000;  // after the last change; and every ten seconds while changes go on
  backup_.setSingleShot(true);
  backup_.setInterval(kBackupPause);
  connect(&backup_, &QTimer::timeout, this, &MainWindow::back_up);
  connect(workspace_.get(), &Workspace::documents_changed, this, &MainWindow::on_documents_changed);
  connect(workspace_.get(), &Workspace::selection_changed, this, &MainWindow::show_state);
  connect(workspace_.get(), &Workspace::results_changed, this, &MainWindow::show_state);
  connect(workspace_.get(), &Workspace::progressed, this, &MainWindow::show_state);
  connect(watcher_, &QFileSystemWatcher::fileChanged, this, &MainWindow::on_file_changed);
  const QString look = keeps_session_ ? session_.settings().value(u"appearance"_qs, u"light"_qs).toString() : u"light"_qs;
  set_look(look, keeps_session_ ? session_.settings().value(u"font_scale"_qs, 1.0).toDouble() : 1.0);
  resize(1440, 900);
  restore_default_layout();
  if (keeps_session_) {
    restoreGeometry(session_.settings().value(u"geometry"_qs).toByteArray());
    restoreState(session_.settings().value(u"layout"_qs).toByteArray(), kLayoutVersion);
  }
  show_state();
}

// The workspace goes last: views hold references to it, and are children of the window.
MainWindow::~MainWindow() {
  disconnect(workspace_.get(), nullptr, this, nullptr);
  const QList<QDockWidget*> docks = findChildren<QDockWidget*>();
  qDeleteAll(docks);
}

void MainWindow::add_view(const QString& name, const QString& title, QWidget* page) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(name);
  dock->setAccessibleName(title);
  dock->setWidget(page);
  give_title(dock);
  if (auto* view = qobject_cast<View*>(page))
    connect(dock, &QDockWidget::visibilityChanged, view, [view](bool visible) {
      if (visible) view->update_now();
    });
  views_ << std::pair(name, dock);
}

void MainWindow::make_docks() {
  project_ = new ProjectList(*workspace_, this);
  editor_ = new EditorDock(*workspace_, this);
  compare_ = new CompareView(*workspace_, this);
  timeline_ = new TimelineView(*workspace_, this);
  sensitivity_ = new SensitivityView(*workspace_, this);
  validation_ = new ValidationView(*workspace_, this);
  auto* problems = new ProblemsView(*workspace_, this);
  add_view(u"compare"_qs, tr("Compare"), compare_);
  add_view(u"breakdown"_qs, tr("Breakdown"), new BreakdownView(*workspace_, this));
  add_view(u"timeline"_qs, tr("Timeline"), timeline_);
  add_view(u"pareto"_qs, tr("Pareto"), new ParetoView(*workspace_, this));
  add_view(u"sensitivity"_qs, tr("Sensitivity"), sensitivity_);
  fabric_ = new FabricView(*workspace_, this);
  add_view(u"fabric"_qs, tr("Fleet and fabric"), fabric_);
  add_view(u"fleet"_qs, tr("Tables"), new TablesView(*workspace_, this));
  plan_ = new PlanView(*workspace_, this);
  add_view(u"plan"_qs, tr("Capacity plan"), plan_);
  add_view(u"law"_qs, tr("Export law"), new LawView(*workspace_, this));
  add_view(u"validation"_qs, tr("Validation"), validation_);
  report_ = new ReportView(*workspace_, this);
  add_view(u"report"_qs, tr("Report"), report_);
  add_view(u"problems"_qs, tr("Problems"), problems);
  add_view(u"runs"_qs, tr("Runs"), new RunsView(*workspace_, this));
  project_dock_ = new QDockWidget(tr("Project"), this);
  project_dock_->setObjectName(u"project"_qs);
  project_dock_->setWidget(project_);
  give_title(project_dock_);
  editor_dock_ = new QDockWidget(tr("Scenario"), this);
  editor_dock_->setObjectName(u"editor"_qs);
  editor_dock_->setWidget(editor_);
  give_title(editor_dock_);
  connect(compare_, &CompareView::explain, this, [this] { raise_view(u"breakdown"_qs); });
  connect(fabric_, &FabricView::message, this, [this](const QString& text) { notify(text, {}); });
  connect(report_, &ReportView::export_wanted, this, &MainWindow::export_report);
  connect(editor_, &EditorDock::message, this, [this](const QString& text) { notify(text, {}); });
  connect(editor_, &EditorDock::sweep_wanted, this, [this](const QString& path) {
    raise_view(u"sensitivity"_qs);
    sensitivity_->sweep(path);
  });
  connect(problems, &ProblemsView::go_to, this, [this](int id, int line, const QString& key) {
    workspace_->select(id);
    editor_dock_->show();
    editor_dock_->raise();
    editor_->go_to(line, key);
  });
}

void MainWindow::restore_default_layout() {
  for (QDockWidget* dock : findChildren<QDockWidget*>()) {
    removeDockWidget(dock);
    dock->setFloating(false);
  }
  addDockWidget(Qt::LeftDockWidgetArea, project_dock_);
  addDockWidget(Qt::LeftDockWidgetArea, editor_dock_);
  QDockWidget* first = nullptr;
  QDockWidget* below = nullptr;
  for (const auto& [name, dock] : views_) {
    const bool bottom = name == u"problems" || name == u"runs";
    QDockWidget*& anchor = bottom ? below : first;
    if (anchor == nullptr) {
      anchor = dock;
      addDockWidget(Qt::RightDockWidgetArea, dock);
    } else {
      tabifyDockWidget(anchor, dock);
    }
  }
  for (QDockWidget* dock : findChildren<QDockWidget*>()) dock->show();
  // As wide as text of this size needs; 7 pixels is a character at the usual size.
  const double scale = std::max(1.0, QFontMetrics(QApplication::font()).averageCharWidth() / 7.0 * 0.75);
  resizeDocks({project_dock_, first}, {static_cast<int>(380 * scale), std::max(400, width() - static_cast<int>(380 * scale))},
              Qt::Horizontal);
  resizeDocks({project_dock_, editor_dock_}, {height() * 3 / 10, height() * 7 / 10}, Qt::Vertical);
  resizeDocks({first, below}, {height() * 4 / 5, height() / 5}, Qt::Vertical);
  first->raise();
  below->raise();
  fit_titles();
}

// Titles follow the application's font, and tabs show them whole: those that find no room are scrolled to.
void MainWindow::fit_titles() {
  for (QDockWidget* dock : findChildren<QDockWidget*>())
    if (dock->titleBarWidget() != nullptr) dock->titleBarWidget()->setFont(QApplication::font());
  for (QTabBar* tabs : findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly)) {
    tabs->setElideMode(Qt::ElideNone);
    tabs->setUsesScrollButtons(true);
  }
}

void MainWindow::raise_view(const QString& name) {
  for (const auto& [view, dock] : views_) {
    if (view != name) continue;
    dock->show();
    dock->raise();
    if (dock->widget() != nullptr) dock->widget()->setFocus();
  }
}

QStringList MainWindow::scenes(const QString& view) {
  return view == u"sensitivity" ? QStringList{u"-tornado"_qs, u"-heat"_qs, u"-fan"_qs} : QStringList{QString()};
}

void MainWindow::prepare_for_capture(const QString& view, const QString& scene) {
  if (view == u"validation" && scene.isEmpty()) {
    validation_->choose(u"network"_qs);  // the quickest
    validation_->start();
  }
  if (view != u"sensitivity" || scene.isEmpty()) return;
  sensitivity_->choose(scene == u"-heat"  ? SensitivityKind::heat
                       : scene == u"-fan" ? SensitivityKind::fan
                                          : SensitivityKind::tornado,
                       {}, {});
  sensitivity_->start();
}

bool MainWindow::busy() const {
  return workspace_->runner().waiting() > 0 || workspace_->estimator().waiting() > 0 || sensitivity_->running() ||
         plan_->planning() || validation_->running() || live_.isActive();
}

QString MainWindow::notice() const { return strip_->isHidden() ? QString() : strip_text_->text(); }

void MainWindow::notify(const QString& text, QList<Answer> answers) {
  strip_text_->setText(text);
  strip_text_->setAccessibleName(text);
  for (int i = 0; i < 2; ++i) {
    disconnect(strip_answers_[i], nullptr, this, nullptr);
    const bool used = i < answers.size();
    strip_answers_[i]->setVisible(used || i == 0);
    strip_answers_[i]->setText(used ? answers[i].label : tr("&Close"));
    const std::function<void()> act = used ? answers[i].act : std::function<void()>([] {});
    connect(strip_answers_[i], &QPushButton::clicked, this, [this, act] {
      strip_->hide();
      act();
    });
  }
  fit_notice();
  strip_->show();
}

// As high as the text needs at the width it has; a tool bar would guess from a narrow one.
void MainWindow::fit_notice() {
  constexpr int kAnswers = 16;  // characters that the answers take
  const int room = std::max(300, width() - fontMetrics().averageCharWidth() * kAnswers * (strip_answers_[1]->isHidden() ? 1 : 3));
  const QRect needed = fontMetrics().boundingRect(QRect(0, 0, room, 4000), Qt::TextWordWrap, strip_text_->text());
  strip_text_->parentWidget()->setFixedHeight(std::max(needed.height(), fontMetrics().height() * 3 / 2) + 16);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  fit_notice();
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() != QEvent::FontChange || strip_ == nullptr) return;
  fit_titles();
  fit_notice();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList files;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile()) files << url.toLocalFile();
  open_files(files);
  event->acceptProposedAction();
}

void MainWindow::show_state() {
  const int id = workspace_->selected();
  const Document* document = workspace_->document(id);
  setWindowTitle(document == nullptr ? tr("gpufleet") : tr("%1[*] – gpufleet").arg(document->name));
  setWindowModified(document != nullptr && workspace_->modified(id));
  const int waiting = workspace_->runner().waiting();
  progress_->setVisible(waiting > 0);
  action(u"cancel"_qs)->setEnabled(waiting > 0);
  double fraction = 0;
  for (const Document& each : workspace_->state().documents)
    if (workspace_->status(each.id) == Status::running) fraction = workspace_->progress(each.id);
  progress_->setValue(static_cast<int>(fraction * 100));
  if (document == nullptr) {
    state_->setText(tr("No scenario"));
    return;
  }
  const Meaning* meaning = workspace_->meaning(id);
  const QString hash =
      meaning != nullptr && meaning->scenario ? QString::fromStdString(meaning->scenario->hash).left(8) : u"–"_qs;
  const qsizetype problems = meaning == nullptr ? 0 : static_cast<qsizetype>(meaning->diagnostics.size());
  state_->setText(
      tr("%1 · scenario %2 · %3 problems · %4 runs waiting").arg(workspace_->status_text(id), hash).arg(problems).arg(waiting));
}

}  // namespace gpufleet::gui
