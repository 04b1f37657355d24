// How fast the window answers: estimates and results after an edit, measured where the user would see them.
#include <QElapsedTimer>

#include "gui/capture.h"
#include "gui/editor_dock.h"
#include "gui/main_window.h"
#include "gui/sensitivity_cases.h"

namespace gpufleet::gui {
namespace {

// A number that may grow a little without breaking anything else: the first that still validates.
std::optional<std::pair<QString, QString>> free_number(const Document& document, const Meaning& meaning,
                                                       const scenarios::Catalogs& catalogs) {
  constexpr double kALittle = 1.01;
  for (const double factor : {kALittle, 2.0}) {
    const std::vector<SensitivityCase> cases = sensitivity_cases(document, meaning, {}, {factor}, catalogs);
    if (!cases.empty()) return std::pair(cases.front().path, cases.front().typed);
  }
  return std::nullopt;
}

}  // namespace

QString measure_latency(MainWindow& window) {
  constexpr double kPatience = 600;
  Workspace& workspace = window.workspace();
  window.show();
  wait_for_results(window, kPatience);
  QString out = u"scenario,key,estimate_ms,result_ms,longest_event_ms\n"_qs;
  for (const Document& document : WorkspaceState(workspace.state()).documents) {
    workspace.select(document.id);
    const Meaning* meaning = workspace.meaning(document.id);
    if (meaning == nullptr || !meaning->scenario) continue;
    const auto number = free_number(document, *meaning, workspace.data().catalogs);
    if (!number) continue;
    QCoreApplication::processEvents();
    QElapsedTimer clock;
    clock.start();
    qint64 longest = 0;
    const QString problem = window.editor()->change(number->first, number->second, Merge::same_place);
    longest = clock.nsecsElapsed();
    if (!problem.isEmpty()) continue;
    QElapsedTimer whole;
    whole.start();
    while (workspace.latency(document.id).result < 0 && static_cast<double>(whole.elapsed()) < kPatience * 1000) {
      clock.restart();
      QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
      longest = std::max(longest, clock.nsecsElapsed());
      QThread::usleep(200);
    }
    const Latency latency = workspace.latency(document.id);
    out += u"%1,%2,%3,%4,%5\n"_qs.arg(QFileInfo(document.file).completeBaseName(), number->first)
               .arg(latency.estimate, 0, 'f', 1)
               .arg(latency.result, 0, 'f', 0)
               .arg(static_cast<double>(longest) * 1e-6, 0, 'f', 1);
    wait_for_results(window, kPatience);
  }
  return out;
}

}  // namespace gpufleet::gui
