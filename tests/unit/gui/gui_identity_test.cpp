// The window and the command line give the same bytes, for every shipped scenario that is not long.
#include <QProcess>

#include "scenarios/output/run_text.h"
#include "tests/unit/gui/gui_fixture.h"

namespace gpufleet::gui {
namespace {

TEST(Window, GivesTheResultsOfTheCommandLine) {
  // Those that take longer than a test may: a production day, searches, and the long horizons (run by hand: tests/end_to_end).
  const QStringList long_ones{"deepseek-r1-day-h800", "engines", "r2-three-sites", "h20-as-the-law-ran", "h20-kept", "lose-h20",
                              "deepseek-r1-ant-h20"};
  QStringList files;
  for (const char* folder : {"", "fleets"}) {
    const QDir dir(shipped(folder));
    for (const QString& name : dir.entryList({"*.toml"}, QDir::Files, QDir::Name))
      if (!long_ones.contains(QFileInfo(name).completeBaseName())) files << dir.filePath(name);
  }
  files << shipped("claims/fleet-mix.toml");
  QElapsedTimer clock;
  clock.start();
  QStringList arguments{"run"};
  arguments << files << "--format"
            << "json"
            << "--quiet";
  QProcess program;
  program.start(QStringLiteral(GPUFLEET_PROGRAM), arguments);
  MainWindow window(data(), {});
  window.open_files(files);
  ASSERT_TRUE(wait_for_results(window, kPatience));
  ASSERT_TRUE(program.state() == QProcess::NotRunning || program.waitForFinished(120000));
  std::printf("%lld scenarios in %lld ms\n", static_cast<long long>(files.size()), static_cast<long long>(clock.elapsed()));
  std::vector<scenarios::RunResult> results;
  for (const Document& document : window.workspace().state().documents) {
    const auto run = window.workspace().run(document.id);
    ASSERT_NE(run, nullptr) << document.file.toStdString();
    results.push_back(run->output.result);
  }
  const std::string ours = scenarios::to_json(results), theirs = program.readAllStandardOutput().toStdString();
  if (ours == theirs) return;
  std::size_t at = 0;
  while (at < std::min(ours.size(), theirs.size()) && ours[at] == theirs[at]) ++at;
  FAIL() << "they part at byte " << at << ":\n"
         << ours.substr(at, 200) << "\nagainst\n"
         << theirs.substr(at, 200) << "\n"
         << program.readAllStandardError().toStdString();
}

}  // namespace
}  // namespace gpufleet::gui
