// How fast the window answers: estimates and results after an edit, measured where the user would see them.
#include <QElapsedTimer>
#include <ctime>

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

// Processor time of this thread, ms: what else the machine does is left out.
double thread_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace

QString measure_latency(MainWindow& window) {
  constexpr double kPatience = 600;
  Workspace& workspace = window.workspace();
  window.show();
  wait_for_results(window, kPatience);
  QString out = u"scenario,key,estimate_ms,estimate_work_ms,result_ms,result_work_ms,edit_work_ms,longest_event_work_ms\n"_qs;
  for (const Document& document : WorkspaceState(workspace.state()).documents) {
    workspace.select(document.id);
    const Meaning* meaning = workspace.meaning(document.id);
    if (meaning == nullptr || !meaning->scenario) continue;
    const auto number = free_number(document, *meaning, workspace.data().catalogs);
    if (!number) continue;
    QCoreApplication::processEvents();
    double before = thread_time();
    const QString problem = window.editor()->change(number->first, number->second, Merge::same_place);
    const double edit = thread_time() - before;
    if (!problem.isEmpty()) continue;
    double longest = 0, estimating = 0;
    QElapsedTimer whole;
    whole.start();
    while (workspace.latency(document.id).result < 0 && static_cast<double>(whole.elapsed()) < kPatience * 1000) {
      before = thread_time();
      QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
      longest = std::max(longest, thread_time() - before);
      if (const Shown shown = workspace.shown(document.id); shown.basis == Basis::estimated && shown.run != nullptr)
        estimating = shown.run->seconds * 1e3;
      QThread::usleep(200);
    }
    const Latency latency = workspace.latency(document.id);
    const auto run = workspace.run(document.id);
    out += QFileInfo(document.file).completeBaseName() + u',' + number->first;
    for (const double ms :
         {latency.estimate, estimating, latency.result, run == nullptr ? -1 : run->seconds * 1e3, edit, longest})
      out += u',' + QString::number(ms, 'f', 1);
    out += u'\n';
    wait_for_results(window, kPatience);
  }
  return out;
}

}  // namespace gpufleet::gui
