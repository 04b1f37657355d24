// Every action once: name, text, keys, what it does. Menus, the list of shortcuts and the command palette are made from it.
#include "gui/editor_dock.h"
#include "gui/main_window.h"
#include "gui/project_dock.h"
#include "gui/sensitivity.h"
#include "gui/theme.h"
#include "gui/timeline_view.h"
#include "gui/views.h"
#include "scenarios/output/run_text.h"

namespace gpufleet::gui {

QAction* MainWindow::add_action(const QString& name, const QString& text, const QKeySequence& keys, std::function<void()> act) {
  auto* made = new QAction(text, this);
  made->setObjectName(name);
  // The user's own keys go before ours.
  const QString own = keeps_session_ ? session_.settings().value(u"shortcuts/"_qs + name).toString() : QString();
  made->setShortcut(own.isEmpty() ? keys : QKeySequence(own));
  connect(made, &QAction::triggered, this, [act = std::move(act)] { act(); });
  addAction(made);
  actions_[name] = made;
  action_order_ << name;
  return made;
}

void MainWindow::make_actions() {
  const auto selected = [this] { return workspace_->selected(); };
  add_action(u"new"_qs, tr("&New"), QKeySequence::New, [this] {
    const int id = workspace_->add(
        {}, tr("New scenario"),
        u"title = \"New scenario\"\n\n[[fleet.pool]]\naccelerator = \"H800 SXM\"\ncount = 2048\n\n[model]\narchitecture = "
        u"\"DeepSeek-V3\"\n\n"
        u"[training]\nsequence = 4096\nglobal_batch = 15360\nprecision = \"fp8-block\"\n"
        u"layout = { pp = 16, ep = 64, schedule = \"dualpipe\", recompute = [\"norm\", \"mla-up\", \"activation\"] }\n"_qs);
    workspace_->select(id);
  });
  add_action(u"open"_qs, tr("&Open…"), QKeySequence::Open, [this] { ask_open(); });
  add_action(u"save"_qs, tr("&Save"), QKeySequence::Save, [this] { save(); });
  add_action(u"save_as"_qs, tr("Save &as…"), QKeySequence(tr("Ctrl+Shift+S")), [this] { ask_save_as(); });
  add_action(u"close"_qs, tr("&Close scenario"), QKeySequence(tr("Ctrl+W")),
             [this, selected] { workspace_->remove(selected()); });
  add_action(u"report"_qs, tr("&Report as HTML or PDF…"), QKeySequence(tr("Ctrl+P")), [this] { export_report(); });
  add_action(u"result_json"_qs, tr("Copy result as &JSON"), {}, [this, selected] {
    if (const auto run = workspace_->run(selected()))
      QGuiApplication::clipboard()->setText(QString::fromStdString(scenarios::to_json(std::span(&run->output.result, 1))));
  });
  add_action(u"trace"_qs, tr("Export &timeline for Perfetto…"), {}, [this, selected] {
    const auto trace = workspace_->trace(selected());
    if (trace == nullptr) return notify(tr("The selected scenario has no recorded step."), {});
    const QString file =
        QFileDialog::getSaveFileName(this, tr("Export timeline"), u"timeline.json"_qs, tr("Chrome trace (*.json)"));
    if (file.isEmpty()) return;
    QSaveFile out(file);
    const std::string text = scenarios::chrome_trace(trace->output);
    if (!out.open(QIODevice::WriteOnly) || out.write(text.data(), static_cast<qint64>(text.size())) < 0 || !out.commit())
      notify(tr("%1 could not be written: %2").arg(file, out.errorString()), {});
  });
  add_action(u"command"_qs, tr("Copy as command &line"), QKeySequence(tr("Ctrl+Shift+C")), [this] { copy_command_line(); });
  add_action(u"quit"_qs, tr("&Quit"), QKeySequence::Quit, [this] { close(); });

  QAction* undo = workspace_->undo().createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  undo->setObjectName(u"undo"_qs);
  QAction* redo = workspace_->undo().createRedoAction(this, tr("&Redo"));
  redo->setShortcuts({QKeySequence(tr("Ctrl+Shift+Z")), QKeySequence(tr("Ctrl+Y"))});
  redo->setObjectName(u"redo"_qs);
  for (QAction* each : {undo, redo}) {
    addAction(each);
    actions_[each->objectName()] = each;
    action_order_ << each->objectName();
  }
  add_action(u"duplicate"_qs, tr("&Duplicate"), QKeySequence(tr("Ctrl+D")),
             [this, selected] { workspace_->duplicate(selected()); });
  add_action(u"rename"_qs, tr("Re&name"), {}, [this] {
    project_->setFocus();
    project_->edit(project_->currentIndex());
  });
  add_action(u"baseline"_qs, tr("Set &baseline"), QKeySequence(tr("Ctrl+B")),
             [this, selected] { workspace_->set_baseline(selected()); });
  add_action(u"find"_qs, tr("&Find…"), QKeySequence::Find, [this] {
    const QWidget* focus = QApplication::focusWidget();
    if (focus != nullptr && timeline_->isAncestorOf(focus)) {
      timeline_->find();
    } else {
      editor_dock_->show();
      editor_dock_->raise();
      editor_->find();
    }
  });
  add_action(u"equal"_qs, tr("Hide &equal rows"), QKeySequence(tr("Ctrl+E")), [this] { compare_->toggle_equal_rows(); });
  add_action(u"reset"_qs, tr("Reset &key to default"), QKeySequence(tr("Ctrl+Backspace")), [this] { editor_->reset_key(); });

  QAction* run =
      add_action(u"run"_qs, tr("&Simulate"), QKeySequence(tr("F5")), [this, selected] { workspace_->simulate(selected()); });
  run->setShortcuts({run->shortcut(), QKeySequence(tr("Ctrl+R"))});
  add_action(u"run_all"_qs, tr("Simulate &all"), QKeySequence(tr("Shift+F5")), [this] { workspace_->simulate_all(); });
  add_action(u"cancel"_qs, tr("&Cancel"), QKeySequence(tr("Esc")), [this] {
    live_.stop();
    workspace_->cancel();
  });
  QAction* live = add_action(u"live"_qs, tr("Simulate while &editing"), {}, [this] {
    if (action(u"live"_qs)->isChecked()) live_.start();
  });
  live->setCheckable(true);
  live->setChecked(true);
  add_action(u"sweep"_qs, tr("Sensitivity of the &selected scenario"), {}, [this] {
    raise_view(u"sensitivity"_qs);
    sensitivity_->start();
  });

  add_action(u"light"_qs, tr("&Light"), {}, [this] { set_look(u"light"_qs, font_scale_); });
  add_action(u"dark"_qs, tr("&Dark"), {}, [this] { set_look(u"dark"_qs, font_scale_); });
  const auto look = [] { return appearance() == Appearance::dark ? u"dark"_qs : u"light"_qs; };
  for (const auto& [code, words] :
       {std::pair(u"en"_qs, u"English"_qs), std::pair(u"fr"_qs, u"Français"_qs), std::pair(u"zh"_qs, u"中文"_qs)})
    add_action(u"language_"_qs + code, words, {}, [this, code = code] { set_language(code); });
  add_action(u"larger"_qs, tr("&Larger text"), QKeySequence::ZoomIn,
             [this, look] { set_look(look(), std::min(2.0, font_scale_ + 0.25)); });
  add_action(u"smaller"_qs, tr("S&maller text"), QKeySequence::ZoomOut,
             [this, look] { set_look(look(), std::max(0.75, font_scale_ - 0.25)); });
  add_action(u"normal"_qs, tr("&Normal text"), QKeySequence(tr("Ctrl+0")), [this, look] { set_look(look(), 1); });
  add_action(u"layout"_qs, tr("&Default layout"), QKeySequence(tr("Ctrl+Shift+0")), [this] { restore_default_layout(); });
  add_action(u"full"_qs, tr("&Full screen"), QKeySequence(tr("F11")),
             [this] { isFullScreen() ? showNormal() : showFullScreen(); });
  int number = 0;
  for (const auto& [name, dock] : views_) {
    const QKeySequence keys = ++number <= 9 ? QKeySequence(u"Ctrl+%1"_qs.arg(number)) : QKeySequence();
    const QString view = name;
    add_action(u"view_"_qs + name, dock->windowTitle(), keys, [this, view] { raise_view(view); });
  }
  add_action(u"shortcuts"_qs, tr("&Keyboard shortcuts"), QKeySequence(tr("F1")), [this] { show_shortcuts(); });
  add_action(u"palette"_qs, tr("&Command palette"), QKeySequence(tr("Ctrl+K")), [this] { show_palette(); });
}

void MainWindow::make_menus() {
  const auto menu = [this](const QString& title, const QStringList& names) {
    QMenu* made = menuBar()->addMenu(title);
    for (const QString& name : names) {
      if (name.isEmpty()) {
        made->addSeparator();
      } else {
        made->addAction(action(name));
      }
    }
    return made;
  };
  QMenu* file = menu(tr("&File"), {u"new"_qs, u"open"_qs});
  recent_menu_ = file->addMenu(tr("Open &recent"));
  recent_menu_->setToolTipsVisible(true);
  QMenu* examples = file->addMenu(tr("Open &example"));
  const QDir shipped(QString::fromStdString(workspace_->data().catalogs.data.scenarios.string()));
  add_action(u"compare_serving"_qs, tr("DeepSeek-R1 &served on three kinds of node"), {}, [this, shipped] {
    open_files({shipped.filePath(u"deepseek-r1-8xh200.toml"_qs), shipped.filePath(u"deepseek-r1-8xmi308x.toml"_qs),
                shipped.filePath(u"deepseek-r1-16xascend-910b.toml"_qs)});
    workspace_->set_baseline(workspace_->selected());
  });
  examples->addAction(action(u"compare_serving"_qs));
  examples->addSeparator();
  for (const QString& folder : {QString(), u"fleets"_qs, u"claims"_qs}) {
    const QDir dir(folder.isEmpty() ? shipped.path() : shipped.filePath(folder));
    for (const QString& name : dir.entryList({u"*.toml"_qs}, QDir::Files, QDir::Name)) {
      if (name == u"engines.toml") continue;
      const QString path = dir.filePath(name);
      QAction* example = examples->addAction(QString(name).chopped(5).replace(u'&', u"&&"_qs));
      connect(example, &QAction::triggered, this, [this, path] { open_files({path}); });
    }
    examples->addSeparator();
  }
  for (const QString& name : {u"save"_qs, u"save_as"_qs, u"close"_qs, QString(), u"report"_qs, u"result_json"_qs, u"trace"_qs,
                              u"command"_qs, QString(), u"quit"_qs}) {
    if (name.isEmpty()) {
      file->addSeparator();
    } else {
      file->addAction(action(name));
    }
  }
  menu(tr("&Edit"), {u"undo"_qs, u"redo"_qs, QString(), u"duplicate"_qs, u"rename"_qs, u"baseline"_qs, QString(), u"find"_qs,
                     u"reset"_qs, u"equal"_qs});
  menu(tr("&Run"), {u"run"_qs, u"run_all"_qs, u"cancel"_qs, QString(), u"live"_qs, u"sweep"_qs});
  QStringList views;
  for (const auto& [name, dock] : views_) views << u"view_"_qs + name;
  QMenu* view = menu(tr("&View"), views);
  view->addSeparator();
  view->addAction(project_dock_->toggleViewAction());
  view->addAction(editor_dock_->toggleViewAction());
  for (const QString& name : {u"light"_qs, u"dark"_qs, u"larger"_qs, u"smaller"_qs, u"normal"_qs, u"layout"_qs, u"full"_qs})
    view->addAction(action(name));
  QMenu* languages = view->addMenu(tr("&Language"));
  for (const char* code : {"language_en", "language_fr", "language_zh"}) languages->addAction(action(QString::fromLatin1(code)));
  menu(tr("&Help"), {u"shortcuts"_qs, u"palette"_qs});
  menuBar()->setAccessibleName(tr("Menu bar"));
  project_->addActions({action(u"run"_qs), action(u"baseline"_qs), action(u"duplicate"_qs), action(u"rename"_qs),
                        action(u"command"_qs), action(u"close"_qs)});

  strip_ = new QToolBar(tr("Messages"), this);
  strip_->setObjectName(u"messages"_qs);
  strip_->setMovable(false);
  strip_->setAccessibleName(tr("Messages"));
  strip_text_ = new QLabel(strip_);
  strip_text_->setWordWrap(true);
  strip_text_->setMargin(6);
  strip_text_->setTextFormat(Qt::PlainText);
  strip_text_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  auto* content = new QWidget(strip_);
  auto* row = new QHBoxLayout(content);
  row->setContentsMargins(4, 0, 4, 0);
  row->addWidget(strip_text_, 1);
  for (QPushButton*& answer : strip_answers_) {
    answer = new QPushButton(content);
    row->addWidget(answer);
  }
  strip_->addWidget(content);
  addToolBar(Qt::TopToolBarArea, strip_);
  strip_->hide();

  state_ = new QLabel(this);
  state_->setAccessibleName(tr("State of the selected scenario"));
  progress_ = new QProgressBar(this);
  progress_->setAccessibleName(tr("Progress of the simulation"));
  progress_->setMaximumWidth(220);
  progress_->setRange(0, 100);
  statusBar()->addWidget(state_, 1);
  statusBar()->addPermanentWidget(progress_);
  show_recent();
}

void MainWindow::show_recent() {
  recent_menu_->clear();
  if (!keeps_session_) return;
  for (const QString& file : session_.recent_files()) {
    QAction* entry = recent_menu_->addAction(QFileInfo(file).fileName());
    entry->setToolTip(file);
    entry->setStatusTip(file);
    connect(entry, &QAction::triggered, this, [this, file] { open_files({file}); });
  }
}

}  // namespace gpufleet::gui
