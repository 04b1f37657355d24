// The desktop program without a screen: values behind the views, item models, undo, recovery, and the main tasks by keyboard.
#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <ctime>
#include <random>

#include "gui/command_line.h"
#include "gui/editor_dock.h"
#include "gui/gantt.h"
#include "gui/law_view.h"
#include "gui/project_dock.h"
#include "gui/report.h"
#include "gui/result_tables.h"
#include "gui/sensitivity.h"
#include "gui/table_panel.h"
#include "gui/theme.h"
#include "gui/timeline_view.h"
#include "gui/toml_edit.h"
#include "gui/views.h"
#include "scenarios/output/run_text.h"
#include "tests/unit/gui/gui_fixture.h"

namespace gpufleet::gui {
namespace {

std::string edited(const Result<std::string>& result) { return result ? *result : to_text(result.diagnostics()); }

TEST(TomlEdit, ChangesOneValueAndKeepsTheRest) {
  const std::string text =
      "# head\ntitle = \"a\" # said\n\n[fleet] # hardware\n[[fleet.pool]]\ncount = 8 # eight\nfabric = { planes = 2 "
      "}\n[[fleet.pool]]\ncount = 4\n";
  EXPECT_EQ(edited(set_value(text, "fleet.pool.1.count", "16")),
            "# head\ntitle = \"a\" # said\n\n[fleet] # hardware\n[[fleet.pool]]\ncount = 8 # eight\nfabric = { planes = 2 "
            "}\n[[fleet.pool]]\ncount = 16\n");
  EXPECT_NE(edited(set_value(text, "fleet.pool.0.fabric.layers", "3")).find("{ planes = 2, layers = 3 }"), std::string::npos);
  EXPECT_NE(edited(set_value(text, "fleet.pool.0.node", "\"HGX-8\"")).find("planes = 2 }\nnode = \"HGX-8\"\n"),
            std::string::npos);
  EXPECT_NE(edited(set_value(text, "training.layout.pp", "8")).find("\n[training.layout]\npp = 8\n"), std::string::npos);
  EXPECT_NE(edited(set_value(text, "base", "\"b.toml\"")).find("# said\nbase = \"b.toml\"\n"), std::string::npos);
  EXPECT_EQ(edited(remove_value(text, "fleet.pool.0.fabric")).find("fabric"), std::string::npos);
  EXPECT_EQ(edited(remove_value(edited(set_value(text, "training.layout.pp", "8")), "training.layout.pp")).find("pp"),
            std::string::npos);
  EXPECT_FALSE(set_value(text, "fleet.pool.7.count", "1").ok());
}

TEST(TomlEdit, WritesWhatAPersonTyped) {
  const auto value = [](const char* typed, const char* path) { return toml_value(typed, *scenarios::find_key(path)); };
  EXPECT_EQ(value("2048", "fleet.pool[].count"), "2048");
  EXPECT_EQ(value("14.8 T", "training.tokens"), "\"14.8 T\"");
  EXPECT_EQ(value("400 Gb/s", "fleet.pool[].fabric.link"), "\"400 Gb/s\"");
  EXPECT_EQ(value("say \"x\"", "title"), "\"say \\\"x\\\"\"");
  EXPECT_EQ(schema_path("fleet.pool.0.fabric.link"), "fleet.pool[].fabric.link");
}

TEST(TableData, IsWrittenForProgramsAndPeople) {
  const TableData table{{"a", "b"}, {{{.text = "x,\"y\""}, {.text = "1.5 k", .number = 1500.25}}}, {}};
  EXPECT_EQ(to_text(table, TableForm::csv), u"a,b\r\n\"x,\"\"y\"\"\",1500.25\r\n");
  EXPECT_EQ(to_text(table, TableForm::tsv), u"a\tb\nx,\"y\"\t1500.25\n");
  EXPECT_EQ(to_text(table, TableForm::markdown), u"| a | b |\n| --- | --- |\n| x,\"y\" | 1.5 k |\n");
}

TEST(Theme, TextIsReadableInBoth) {
  for (const Appearance look : {Appearance::light, Appearance::dark}) {
    const ThemeColours& c = theme_colours(look);
    for (const QColor& ink : {c.text, c.faint_text, c.error, c.warning, c.good})
      for (const QColor& ground : {c.base, c.alternate, c.window})
        EXPECT_GE(contrast_ratio(ink, ground), 4.5) << ink.name().toStdString() << " on " << ground.name().toStdString();
    EXPECT_GE(contrast_ratio(c.selected_text, c.selection), 4.5);
  }
}

TEST(Models, HoldTheRulesOfItemModels) {
  Workspace workspace(data());
  TableModel table;
  FormModel form(nullptr);
  ProjectModel project(workspace, nullptr);
  using Mode = QAbstractItemModelTester::FailureReportingMode;
  const QAbstractItemModelTester a(&table, Mode::Fatal), b(&form, Mode::Fatal), c(&project, Mode::Fatal);
  QString problem;
  const int id = workspace.open(shipped("deepseek-v3-h800-2048.toml"), problem);
  ASSERT_GT(id, 0) << problem.toStdString();
  form.set(*workspace.meaning(id), nullptr);
  EXPECT_TRUE(form.find("fleet.pool.0.count").isValid());
  EXPECT_FALSE(form.find("fleet.pool.0.count").data(Qt::ToolTipRole).toString().isEmpty());
  workspace.duplicate(id);
  workspace.set_text(id, workspace.document(id)->text + u"\n[nonsense]\n"_qs, "x", Merge::never);
  form.set(*workspace.meaning(id), nullptr);
  table.set(problems_table(workspace));
  EXPECT_GT(table.rowCount({}), 0);
  workspace.remove(id);
  table.set(compare_table(contenders(workspace), EqualRows::shown, {}));
}

TEST(Workspace, UndoOfEverythingIsTheBeginning) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    std::mt19937 random(seed);
    Workspace workspace(data());
    const WorkspaceState start = workspace.state();
    for (int step = 0; step < 60; ++step) {
      const QList<Document> documents = workspace.state().documents;
      const int id =
          documents.isEmpty() ? 0 : documents[static_cast<qsizetype>(random() % static_cast<unsigned>(documents.size()))].id;
      switch (documents.isEmpty() ? 0 : random() % 7) {
        case 0: workspace.add({}, QString::number(random()), u"title = \"a\"\n"_qs); break;
        case 1: workspace.set_text(id, workspace.document(id)->text + u"# more\n"_qs, u"type"_qs, Merge::never); break;
        case 2: workspace.rename(id, QString::number(random())); break;
        case 3: workspace.duplicate(id); break;
        case 4: workspace.remove(id); break;
        case 5: workspace.move(id, static_cast<int>(random() % 5)); break;
        default: workspace.set_baseline(id);
      }
    }
    const WorkspaceState end = workspace.state();
    while (workspace.undo().canUndo()) workspace.undo().undo();
    EXPECT_EQ(workspace.state(), start) << "seed " << seed;
    while (workspace.undo().canRedo()) workspace.undo().redo();
    EXPECT_EQ(workspace.state(), end) << "seed " << seed;
  }
}

TEST(Session, SurvivesAndRefusesWhatIsBroken) {
  const QTemporaryDir folder;
  SessionData written{{{Document{1, "/a.toml", "A", "text é"}, Document{2, {}, "B", {}}}, 2}, {{1, "old"}}};
  Session session(folder.path());
  ASSERT_EQ(session.write_recovery(written), QString());
  QString problem;
  const std::optional<SessionData> read = session.read_recovery(problem);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->state, written.state);
  EXPECT_EQ(read->saved, written.saved);
  for (const char* broken : {"", "{", "[]", R"({"format": 1, "documents": [{"id": 0}]})", R"({"format": 9})"}) {
    problem.clear();
    EXPECT_FALSE(session_from_json(broken, problem));
    EXPECT_FALSE(problem.isEmpty());
  }
  QFile file(folder.filePath("recovery.json"));
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write("{\"format\": ");
  file.close();
  EXPECT_FALSE(session.read_recovery(problem));
  EXPECT_TRUE(QFileInfo::exists(folder.filePath("recovery.json.broken")));
  // A folder that cannot be: a file stands in its place.
  Session nowhere(folder.filePath("recovery.json.broken"));
  EXPECT_FALSE(nowhere.write_session(written).isEmpty());
}

TEST(Gantt, DrawsAMillionSpans) {
  GanttData timeline;
  timeline.kinds << "forward"
                 << "backward";
  timeline.colours << 0 << 1;
  constexpr int kRows = 64, kEach = 15625;
  for (int row = 0; row < kRows; ++row) {
    timeline.rows << QString::number(row);
    for (int i = 0; i < kEach; ++i)
      timeline.spans.push_back({i * 1e-3, i * 1e-3 + 9e-4, row, static_cast<std::int16_t>(i % 2), i % 7 == 0, i});
  }
  prepare(timeline);
  Gantt gantt("t", nullptr);
  gantt.set(std::move(timeline));
  QImage image(1600, 900, QImage::Format_RGB32);
  QPainter painter(&image);
  const std::clock_t before = std::clock();
  gantt.paint(painter, image.size());
  std::printf("1 M spans drawn in %ld ms of processor time\n", (std::clock() - before) * 1000 / CLOCKS_PER_SEC);
  painter.end();
  // Something was drawn in the first and in the last row.
  EXPECT_NE(image.pixelColor(800, 40), theme_colours().base);
  EXPECT_NE(image.pixelColor(800, 860), theme_colours().base);
  gantt.set_current(5);
  EXPECT_EQ(gantt.current(), 5);
  EXPECT_TRUE(gantt.find("backward 15"));
}

TEST(Law, HasAStretchForEveryChipSold) {
  const LawQuestion question{"CN", QDate(2026, 1, 1), {}};
  const GanttData chart = law_gantt(data()->catalogs, question);
  const auto row = chart.rows.indexOf("H20 SXM 96GB");
  ASSERT_GE(row, 0);
  QStringList statuses;
  for (const GanttSpan& span : chart.spans)
    if (span.row == row) statuses << chart.kinds[span.kind];
  EXPECT_GE(statuses.size(), 2);  // free at first, then not
  EXPECT_EQ(statuses.front(), status_words("ALLOWED"));
  EXPECT_FALSE(law_plane(data()->catalogs, question).series.isEmpty());
}

TEST(Window, TheMainTasksByKeyboard) {
  const QTemporaryDir folder;
  MainWindow window(data(), folder.filePath("session"));
  window.begin({});  // first start: the fleets of the debate, compared
  window.show();
  ASSERT_TRUE(QTest::qWaitForWindowExposed(&window));
  ASSERT_EQ(window.workspace().state().documents.size(), 3);
  ASSERT_TRUE(wait_for_results(window, 120));
  EXPECT_GT(window.compare()->table()->table().rows.size(), 5);
  EXPECT_GT(window.compare()->differences()->table().rows.size(), 1);
  EXPECT_EQ(window.compare()->table()->table().columns.size(), 5);

  // Baseline, duplicate, undo and redo.
  window.workspace().select(window.workspace().state().documents[2].id);
  const int first = window.workspace().selected();
  QTest::keyClick(&window, Qt::Key_B, Qt::ControlModifier);
  EXPECT_EQ(window.workspace().state().baseline, first);
  QTest::keyClick(&window, Qt::Key_D, Qt::ControlModifier);
  EXPECT_EQ(window.workspace().state().documents.size(), 4);
  const int copy = window.workspace().selected();
  window.action("undo")->trigger();
  EXPECT_EQ(window.workspace().state().documents.size(), 3);
  window.action("redo")->trigger();
  window.workspace().select(copy);

  // A value by the form; the text follows, and keeps its comment.
  EXPECT_EQ(window.editor()->change("fleet.lot.0.count", "4096", Merge::never), QString());
  EXPECT_TRUE(window.editor()->text()->toPlainText().contains("count = 4096"));
  EXPECT_TRUE(window.editor()->text()->toPlainText().startsWith("# The reported fleet"));
  // And by typing into the text; the form follows, errors are live.
  window.editor()->tabs()->setCurrentIndex(1);
  window.editor()->text()->moveCursor(QTextCursor::End);
  QTest::keyClicks(window.editor()->text(), "oops = 1");
  EXPECT_EQ(window.workspace().status(copy), Status::error);
  EXPECT_GT(problems_table(window.workspace()).rows.size(), 0);
  window.action("undo")->trigger();
  EXPECT_NE(window.workspace().status(copy), Status::error);
  ASSERT_TRUE(wait_for_results(window, 120));
  EXPECT_EQ(window.workspace().status(copy), Status::done);

  // The command line says the same; saving writes it.
  QString problem;
  EXPECT_FALSE(command_line(window.workspace(), copy, problem)) << "a copy has no file yet";
  window.save_as(folder.filePath("mine.toml"));
  EXPECT_TRUE(QFileInfo::exists(folder.filePath("mine.toml"))) << window.notice().toStdString();
  // A folder that is not there: a message, and nothing lost.
  window.save_as(folder.filePath("no/such/folder.toml"));
  EXPECT_TRUE(window.notice().contains("Not saved"));

  // Cancel: at once, whatever the simulator does.
  window.workspace().set_text(copy, window.workspace().document(copy)->text + u"\n# again\n"_qs, u"x"_qs, Merge::never);
  EXPECT_EQ(window.editor()->change("fleet.lot.0.count", "4097", Merge::never), QString());
  window.workspace().simulate(copy);
  QElapsedTimer clock;
  clock.start();
  window.action("cancel")->trigger();
  std::printf("cancelled in %lld ms\n", static_cast<long long>(clock.elapsed()));
  EXPECT_EQ(window.workspace().runner().waiting(), 0);
  EXPECT_EQ(window.workspace().status(copy), Status::cancelled);

  // Report.
  EXPECT_EQ(write_report_html(window.workspace(), {}, folder.filePath("r.html")), QString());
  EXPECT_EQ(write_report_pdf(window.workspace(), {}, folder.filePath("r.pdf")), QString());
  EXPECT_GT(QFileInfo(folder.filePath("r.pdf")).size(), 10000);
}

TEST(Window, OffersTheWorkOfAKilledRun) {
  const QTemporaryDir folder;
  {
    MainWindow window(data(), folder.path());
    window.open_files({shipped("fleets/mix-without-h20.toml")});
    const int id = window.workspace().selected();
    window.workspace().set_text(id, window.workspace().document(id)->text + u"# my work\n"_qs, u"type"_qs, Merge::never);
    window.back_up();  // what the timer does; then the program is gone without closing
  }
  MainWindow window(data(), folder.path());
  window.begin({});
  ASSERT_EQ(window.workspace().state().documents.size(), 1);
  EXPECT_TRUE(window.workspace().state().documents[0].text.endsWith("# my work\n"));
  EXPECT_TRUE(window.workspace().modified(window.workspace().state().documents[0].id));
  EXPECT_TRUE(window.notice().contains("recovered"));
}

TEST(Window, EverythingHasANameForScreenReaders) {
  MainWindow window(data(), {});
  window.open_files({shipped("fleets/mix-without-h20.toml")});
  for (const QWidget* widget : window.findChildren<QWidget*>()) {
    if (widget->focusPolicy() == Qt::NoFocus || qobject_cast<const QTabBar*>(widget) != nullptr ||
        qobject_cast<const QAbstractButton*>(widget) != nullptr)
      continue;
    const QString type = QString::fromLatin1(widget->metaObject()->className());
    const bool ours = qobject_cast<const QComboBox*>(widget) != nullptr ||
                      qobject_cast<const QAbstractItemView*>(widget) != nullptr ||
                      qobject_cast<const QAbstractSlider*>(widget) != nullptr ||
                      qobject_cast<const QPlainTextEdit*>(widget) != nullptr || type.startsWith("gpufleet");
    const QWidget* parent = widget->parentWidget();
    const bool inner = widget->objectName().startsWith("qt_") ||
                       (parent != nullptr && (qobject_cast<const QComboBox*>(parent->parentWidget()) != nullptr ||
                                              parent->objectName().startsWith("qt_")));
    if (!ours || inner || qobject_cast<const QScrollBar*>(widget) != nullptr ||
        qobject_cast<const QHeaderView*>(widget) != nullptr || type.startsWith("QComboBox"))
      continue;
    EXPECT_FALSE(widget->accessibleName().isEmpty())
        << type.toStdString() << " in " << (parent == nullptr ? "" : parent->objectName().toStdString());
  }
}

}  // namespace
}  // namespace gpufleet::gui

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  testing::InitGoogleTest(&argc, argv);
  QApplication application(argc, argv);
  QApplication::setStyle("Fusion");
  gpufleet::gui::apply_theme(gpufleet::gui::Appearance::light, 1);
  return RUN_ALL_TESTS();
}
