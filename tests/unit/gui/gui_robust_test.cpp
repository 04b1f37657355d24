// What goes wrong around the program: files that break, vanish or cannot be written; and the promise that the window never
// blocks.
#include <sys/resource.h>

#include <QTest>
#include <csignal>
#include <ctime>
#include <random>

#include "gui/editor_dock.h"
#include "gui/result_tables.h"
#include "tests/unit/gui/gui_fixture.h"

namespace gpufleet::gui {
namespace {

const char* const kText = "title = \"a\"\n\n[[fleet.pool]]\naccelerator = \"H800 SXM\"\ncount = 16\n";

QString write(const QString& file, const QByteArray& bytes) {
  QFile out(file);
  EXPECT_TRUE(out.open(QIODevice::WriteOnly));
  out.write(bytes);
  return file;
}

TEST(Robust, ACorruptSessionIsSetAsideAndSaid) {
  const QTemporaryDir folder;
  write(folder.filePath("session.json"), "{\"format\": 1, \"documents\": [{\"id\"");
  MainWindow window(data(), folder.path());
  window.begin({});
  EXPECT_TRUE(window.notice().contains("session.json.broken")) << window.notice().toStdString();
  EXPECT_TRUE(QFileInfo::exists(folder.filePath("session.json.broken")));
  EXPECT_EQ(window.workspace().state().documents.size(), 3);  // and it begins anew
}

TEST(Robust, ACorruptScenarioIsNamedWithItsPlace) {
  const QTemporaryDir folder;
  MainWindow window(data(), {});
  window.open_files(
      {write(folder.filePath("a.toml"), "title = \"a\n[fleet\n"), write(folder.filePath("b.toml"), "\xff\xfe\x01")});
  EXPECT_TRUE(window.notice().contains("b.toml")) << window.notice().toStdString();
  ASSERT_EQ(window.workspace().state().documents.size(), 1);  // broken TOML can be mended here, binary cannot
  EXPECT_EQ(window.workspace().status(window.workspace().selected()), Status::error);
  EXPECT_GT(problems_table(window.workspace()).rows.size(), 0);
}

TEST(Robust, AFolderThatCannotBeWrittenLosesNothing) {
  // /proc takes no files, whoever asks.
  MainWindow window(data(), {});
  const int id = window.workspace().add({}, "a", kText);
  window.workspace().select(id);
  window.save_as("/proc/gpufleet.toml");
  EXPECT_TRUE(window.notice().contains("Not saved")) << window.notice().toStdString();
  EXPECT_EQ(window.workspace().document(id)->text, kText);
  EXPECT_TRUE(window.workspace().modified(id));
  // The same for the session's own folder: said, and the work goes on.
  MainWindow homeless(data(), "/proc/gpufleet");
  homeless.workspace().add({}, "a", kText);
  homeless.back_up();
  EXPECT_TRUE(homeless.notice().contains("/proc/gpufleet")) << homeless.notice().toStdString();
}

TEST(Robust, AFullDiskKeepsTheOldFile) {
  // The limit on a file's size stands for the disk's: writing fails half-way.
  const QTemporaryDir folder;
  const QString file = write(folder.filePath("a.toml"), kText);
  MainWindow window(data(), {});
  window.open_files({file});
  const int id = window.workspace().selected();
  const QString longer = QString::fromLatin1(kText) + QString(100000, '#') + "\n";
  window.workspace().set_text(id, longer, "type", Merge::never);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &small);
  window.save();
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(window.notice().contains("Not saved")) << window.notice().toStdString();
  EXPECT_EQ(window.workspace().document(id)->text, longer);
  QFile kept(file);
  ASSERT_TRUE(kept.open(QIODevice::ReadOnly));
  EXPECT_EQ(kept.readAll(), kText);
  EXPECT_EQ(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);  // nothing half-written is left
}

TEST(Robust, AScenarioDeletedUnderneathCanBeWrittenAgain) {
  const QTemporaryDir folder;
  const QString file = write(folder.filePath("a.toml"), kText);
  MainWindow window(data(), {});
  window.open_files({file});
  const int id = window.workspace().selected();
  ASSERT_TRUE(QFile::remove(file));
  ASSERT_TRUE(QTest::qWaitFor([&] { return window.notice().contains("is gone"); }, 10000));
  EXPECT_EQ(window.workspace().document(id)->text, kText);
  window.save();
  EXPECT_TRUE(QFileInfo::exists(file));
  // Changed by another program: offered, not taken.
  write(file, QByteArray(kText) + "# theirs\n");
  ASSERT_TRUE(QTest::qWaitFor([&] { return window.notice().contains("another program"); }, 10000));
  EXPECT_EQ(window.workspace().document(id)->text, kText);
  window.reload(id);
  EXPECT_TRUE(window.workspace().document(id)->text.endsWith("# theirs\n"));
}

TEST(Robust, UndoOfFormAndTextEditsIsTheBeginning) {
  // Any mix of form edits, typing, failures of keys and removals: undoing all is the first state, redoing all the last.
  const char* const keys[] = {"fleet.lot.0.count", "fleet.lot.1.count", "fleet.date", "title", "fleet.region"};
  for (const unsigned seed : {11U, 12U}) {
    std::mt19937 random(seed);
    MainWindow window(data(), {});
    window.action("live")->setChecked(false);
    window.open_files({shipped("fleets/mix-without-h20.toml")});
    Workspace& workspace = window.workspace();
    workspace.undo().clear();
    const WorkspaceState start = workspace.state();
    for (int step = 0; step < 25; ++step) {
      const char* key = keys[random() % std::size(keys)];
      switch (random() % 4) {
        case 0: window.editor()->change(key, QString::number(random() % 5000), Merge::never); break;
        case 1: window.editor()->change(key, {}, Merge::never); break;
        case 2: window.editor()->change(key, QString::number(random() % 50), Merge::same_place); break;
        default: window.editor()->text()->appendPlainText("# typed");
      }
    }
    const WorkspaceState end = workspace.state();
    EXPECT_FALSE(end == start);
    while (workspace.undo().canUndo()) workspace.undo().undo();
    EXPECT_EQ(workspace.state(), start) << "seed " << seed;
    while (workspace.undo().canRedo()) workspace.undo().redo();
    EXPECT_EQ(workspace.state(), end) << "seed " << seed;
  }
}

// Processor time of this thread: what the machine does besides does not count.
double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

TEST(Robust, NoEventKeepsTheWindowDuringARun) {
  MainWindow window(data(), {});
  window.open_files({shipped("gpt-3-175b-a100-1024.toml"), shipped("fleets/mix-without-h20.toml")});
  window.show();
  ASSERT_TRUE(wait_for_results(window, kPatience));
  ASSERT_EQ(window.editor()->change("training.global_batch", "3072", Merge::same_place), QString());
  double longest = 0;
  int turns = 0;
  while (window.busy()) {
    const double before = thread_ms();
    QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
    longest = std::max(longest, thread_ms() - before);
    ++turns;
    QThread::usleep(200);
  }
  std::printf("%d turns of the event loop, the longest %.1f ms of processor time\n", turns, longest);
  EXPECT_GT(turns, 3);
  EXPECT_LT(longest, 50);
}

}  // namespace
}  // namespace gpufleet::gui
