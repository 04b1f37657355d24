// The window and the command line give the same bytes, for every shipped scenario that is not long.
#include <QProcess>

#include "scenarios/output/run_text.h"
#include "tests/unit/gui/gui_fixture.h"

namespace gpufleet::gui {
namespace {

TEST(Window, GivesTheResultsOfTheCommandLine) {
  // In every test those that take moments; with GPUFLEET_EVERY_SCENARIO set all but the production day and the refused one.
  const QStringList never{"deepseek-r1-day-h800", "deepseek-r1-one-rtx-3080", "engines"};
  const QStringList slow{"korthikanti-1t-a100-512",    "deepseek-v3-h100-2048",    "deepseek-v3-h20-2048",
                         "deepseek-v3-2048-h800",      "llama-3-405b-mixed-50176", "china-lab-2024-2026",
                         "deepseek-v3-sglang-96-h100", "deepseek-r1-ant-h20",      "gpt-4-class-a100-25000"};
  const bool all = qEnvironmentVariableIsSet("GPUFLEET_EVERY_SCENARIO");
  QStringList files;
  for (const char* folder : {"", "fleets", "claims"}) {
    if (!all && QByteArray(folder) == "claims") continue;
    const QDir dir(shipped(folder));
    for (const QString& name : dir.entryList({"*.toml"}, QDir::Files, QDir::Name)) {
      const QString base = QFileInfo(name).completeBaseName();
      if (!never.contains(base) && (all || !slow.contains(base))) files << dir.filePath(name);
    }
  }
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
