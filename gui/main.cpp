// gpufleet-gui: the desktop program, or, without a window, its pictures and its report.
#include <QApplication>
#include <QCommandLineParser>
#include <QStandardPaths>
#include <cstdio>
#include <utility>

#include "gui/capture.h"
#include "gui/language.h"
#include "gui/main_window.h"
#include "gui/report.h"
#include "scenarios/run_result.h"

namespace {

constexpr int kBadInput = 2, kInternal = 3;  // as the command line's

int fail(int code, const QString& message) {
  std::fprintf(stderr, "gpufleet-gui: %s\n", qPrintable(message));
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  // Pictures, reports and help need no screen.
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if ((argument.starts_with("--screenshot") || argument.starts_with("--report") || argument.starts_with("--latency") ||
         argument == "--help" || argument == "-h" || argument == "--help-all" || argument == "--version" || argument == "-v") &&
        qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
      qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  QApplication application(argc, argv);
  QApplication::setApplicationName(u"gpufleet"_qs);
  const std::string_view version = gpufleet::scenarios::program_version();
  QApplication::setApplicationVersion(QString::fromUtf8(version.data(), static_cast<qsizetype>(version.size())));
  QApplication::setStyle(u"Fusion"_qs);
  QCommandLineParser parser;
  parser.setApplicationDescription(QApplication::translate("main", "Plan and simulate fleets of GPUs."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption screenshot(
      u"screenshot"_qs, QApplication::translate("main", "Write every view as a picture into DIR and end."), u"DIR"_qs);
  const QCommandLineOption report(u"report"_qs, QApplication::translate("main", "Write the comparison as PDF (or HTML) and end."),
                                  u"FILE"_qs);
  const QCommandLineOption latency(
      u"latency"_qs,
      QApplication::translate("main", "Change one number of each scenario, print how long estimate and result take, and end."));
  const QCommandLineOption language(u"language"_qs, QApplication::translate("main", "Speak en, fr or zh."), u"CODE"_qs);
  parser.addOptions({screenshot, report, latency, language});
  parser.addPositionalArgument(u"SCENARIO"_qs, QApplication::translate("main", "Scenario files to open."), u"[SCENARIO…]"_qs);
  parser.process(application);

  const gpufleet::Result<std::shared_ptr<const gpufleet::gui::Data>> data = gpufleet::gui::load_data();
  if (!data) return fail(kInternal, QString::fromStdString(gpufleet::to_text(data.diagnostics())));
  const bool headless = parser.isSet(screenshot) || parser.isSet(report) || parser.isSet(latency);
  const QString folder = headless ? QString() : gpufleet::gui::Session::default_folder();
  if (!headless) {
    int code = 0;
    QStringList files = parser.positionalArguments();
    do {
      const QString chosen = parser.isSet(language) ? parser.value(language)
                                                    : gpufleet::gui::Session(folder).settings().value(u"language"_qs).toString();
      gpufleet::gui::speak(gpufleet::gui::language_from_code(chosen));
      gpufleet::gui::MainWindow window(*data, folder);
      window.begin(std::exchange(files, {}));
      window.show();
      code = QApplication::exec();
    } while (code == gpufleet::gui::MainWindow::kNewLanguage);
    return code;
  }
  gpufleet::gui::speak(gpufleet::gui::language_from_code(parser.isSet(language) ? parser.value(language) : u"en"_qs));
  gpufleet::gui::MainWindow window(*data, folder);
  window.begin(parser.positionalArguments());
  if (window.workspace().state().documents.isEmpty()) return fail(kBadInput, window.notice());
  if (parser.isSet(report)) {
    constexpr double kPatience = 3600;
    if (!gpufleet::gui::wait_for_results(window, kPatience)) return fail(kInternal, u"the simulations did not come to an end"_qs);
    const QString file = parser.value(report);
    const QString problem = file.endsWith(u".html") ? gpufleet::gui::write_report_html(window.workspace(), {}, file)
                                                    : gpufleet::gui::write_report_pdf(window.workspace(), {}, file);
    if (!problem.isEmpty()) return fail(kBadInput, problem);
  }
  if (parser.isSet(latency)) std::fputs(qPrintable(gpufleet::gui::measure_latency(window)), stdout);
  if (parser.isSet(screenshot)) {
    const QString problem = gpufleet::gui::capture_views(window, parser.value(screenshot));
    if (!problem.isEmpty()) return fail(kBadInput, problem);
  }
  return 0;
}
