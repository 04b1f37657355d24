#include "gui/capture.h"

#include <QElapsedTimer>

#include "gui/main_window.h"
#include "gui/text.h"
#include "gui/theme.h"

namespace gpufleet::gui {

bool wait_for_results(MainWindow& window, double seconds) {
  QElapsedTimer clock;
  clock.start();
  // Two quiet looks: an answer may start the next run.
  for (int quiet = 0; quiet < 2;) {
    QCoreApplication::processEvents(QEventLoop::AllEvents, 50);
    quiet = window.busy() ? 0 : quiet + 1;
    if (static_cast<double>(clock.elapsed()) > seconds * 1000) return false;
    QThread::msleep(10);
  }
  return true;
}

QString capture_views(MainWindow& window, const QString& folder) {
  constexpr double kPatience = 900;
  if (!QDir().mkpath(folder)) return Text::tr("%1 cannot be made").arg(folder);
  struct Look {
    const char* name;
    Appearance appearance;
    double scale;
    QSize size;
  };
  // Twice the text needs twice the room: a large screen, as who needs it has one.
  const Look looks[] = {{"light", Appearance::light, 1, {1440, 900}},
                        {"dark", Appearance::dark, 1, {1440, 900}},
                        {"large", Appearance::light, 2, {1920, 1200}}};
  window.resize(looks[0].size);
  window.show();
  if (!wait_for_results(window, kPatience)) return Text::tr("the simulations did not come to an end");
  for (const auto& [name, view] : window.views()) {
    window.raise_view(name);
    window.prepare_for_capture(name, {});
  }
  if (!wait_for_results(window, kPatience)) return Text::tr("the simulations did not come to an end");
  // Each scene is simulated once and then seen in every look.
  for (const auto& [name, view] : window.views())
    for (const QString& scene : MainWindow::scenes(name)) {
      if (!scene.isEmpty()) {
        window.prepare_for_capture(name, scene);
        if (!wait_for_results(window, kPatience)) return Text::tr("the simulations did not come to an end");
      }
      for (const Look& look : looks) {
        apply_theme(look.appearance, look.scale);
        window.resize(look.size);
        window.restore_default_layout();
        window.raise_view(name);
        for (int i = 0; i < 4; ++i) QCoreApplication::processEvents(QEventLoop::AllEvents, 100);
        const QString file = u"%1/%2-%3%4.png"_qs.arg(folder, QString::fromLatin1(look.name), name, scene);
        if (!window.grab().save(file)) return Text::tr("%1 could not be written").arg(file);
      }
    }
  return {};
}

}  // namespace gpufleet::gui
