// Main tasks clicked through: fleets moved and broken, sensitivities, limits, the plan, the report, calibration, languages.
#include <QTest>
#include <QTextBrowser>
#include <csignal>
#include <random>

#include "gui/calibration_panel.h"
#include "gui/command_line.h"
#include "gui/editor_dock.h"
#include "gui/fabric_view.h"
#include "gui/instant.h"
#include "gui/language.h"
#include "gui/plan_view.h"
#include "gui/report_view.h"
#include "gui/sensitivity.h"
#include "gui/validation_view.h"
#include "gui/views.h"
#include "scenarios/metrics.h"
#include "tests/unit/gui/gui_fixture.h"

namespace gpufleet::gui {
namespace {

double metric_of(const scenarios::RunResult& result, const char* name) {
  const scenarios::MetricValue* value = scenarios::find_metric(result, name);
  return value == nullptr ? std::numeric_limits<double>::quiet_NaN() : value->estimate.value;
}

TEST(Instant, TrainingIsTheSimulatedMedian) {
  // The step of an estimate is the very step of the simulation: the interval alone is missing.
  Workspace workspace(data());
  QString problem;
  const int id = workspace.open(shipped("narayanan-310b-a100-1920.toml"), problem);
  const auto scenario = workspace.meaning(id)->scenario;
  ASSERT_NE(scenario, nullptr) << problem.toStdString();
  InstantMemory memory;
  const auto estimate = instant_result(*scenario, data()->catalogs, data()->hardware, memory);
  ASSERT_TRUE(estimate);
  const auto run = scenarios::run_scenario(*scenario, data()->catalogs, data()->hardware, {}, {});
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(metric_of(*estimate, "step_time"), metric_of(run->result, "step_time"));
  EXPECT_EQ(metric_of(*estimate, "mfu_causal"), metric_of(run->result, "mfu_causal"));
}

TEST(Instant, SteadyServingKeepsLittlesLaw) {
  // A constant machine: d seconds an iteration, no time for prompts. Requests arrive at r a second, each of L tokens:
  // sequences in flight = r L d, until the batch is full; then B/d tokens a second come out.
  constexpr double d = 0.02, L = 200;
  sim::ServingJob job;
  sim::ServingPool pool{.name = "all", .iteration = sim::IterationModel::constant(1e-9, d)};
  pool.limits.kv_blocks = 1 << 20;
  pool.limits.max_sequences = 64;
  job.pools.push_back(pool);
  job.workload.prompt.mean = 100;
  job.workload.output.mean = L;
  for (const double r : {1.0, 4.0, 10.0, 16.0, 40.0, 400.0}) {
    job.workload.arrivals.rate = r;
    const SteadyServing steady = steady_serving(job);
    EXPECT_NEAR(steady.output_rate, std::min(r * L, 64 / d), 0.01 * r * L) << r;
    EXPECT_NEAR(steady.tpot, d, 0.01 * d) << r;
    EXPECT_NEAR(steady.batch, std::min(64.0, r * L * d), 0.5) << r;
  }
}

TEST(Tasks, AnEditShowsAnEstimateAndThenTheResult) {
  MainWindow window(data(), {});
  window.open_files({shipped("gpt-3-175b-a100-1024.toml")});
  ASSERT_TRUE(wait_for_results(window, kPatience));
  Workspace& workspace = window.workspace();
  const int id = workspace.selected();
  QList<Basis> seen;
  QObject::connect(&workspace, &Workspace::results_changed, &window, [&] {
    const Shown shown = workspace.shown(id);
    if (shown.run != nullptr && workspace.status(id) != Status::done && shown.basis == Basis::estimated && seen.isEmpty())
      seen << Basis::estimated;
    if (workspace.status(id) == Status::done && !seen.contains(Basis::simulated)) seen << shown.basis;
  });
  ASSERT_EQ(window.editor()->change("training.global_batch", "3072", Merge::same_place), QString());
  ASSERT_TRUE(wait_for_results(window, kPatience));
  EXPECT_EQ(seen, (QList<Basis>{Basis::estimated, Basis::simulated}));
  EXPECT_GE(workspace.latency(id).estimate, 0);
  EXPECT_GE(workspace.latency(id).result, workspace.latency(id).estimate);
  std::printf("estimate after %.1f ms, result after %.0f ms\n", workspace.latency(id).estimate, workspace.latency(id).result);
}

TEST(Tasks, NodesMoveAndLinksFailThroughTheUndoStack) {
  MainWindow window(data(), {});
  window.open_files({shipped("fleets/mix-without-h20.toml")});
  Workspace& workspace = window.workspace();
  FabricView& fabric = *window.fabric();
  fabric.update_now();
  ASSERT_EQ(fabric.map().halls.size(), 2);
  const QString before = workspace.document(workspace.selected())->text;
  ASSERT_EQ(fabric.move_nodes(0, 1, 250), QString());
  fabric.update_now();
  EXPECT_EQ(fabric.map().halls[0].gpus, 8000);
  EXPECT_EQ(fabric.map().halls[1].gpus, 12000);
  EXPECT_TRUE(workspace.document(workspace.selected())->text.startsWith("# The reported fleet"));
  workspace.undo().undo();
  EXPECT_EQ(workspace.document(workspace.selected())->text, before);

  window.open_files({shipped("gpt-3-175b-a100-1024.toml")});
  ASSERT_TRUE(wait_for_results(window, kPatience));
  const int id = workspace.selected();
  const double whole = metric_of(workspace.run(id)->output.result, "step_time");
  fabric.update_now();
  ASSERT_EQ(fabric.map().halls.size(), 1);
  EXPECT_FALSE(std::isnan(fabric.map().halls[0].scale_out.load));
  EXPECT_GT(fabric.table()->table().rows.size(), 2);
  ASSERT_EQ(fabric.toggle(Failure::link), QString());
  EXPECT_TRUE(fabric.is_down(0, Failure::link));
  ASSERT_TRUE(wait_for_results(window, kPatience));
  ASSERT_EQ(workspace.status(id), Status::done) << window.workspace().status_text(id).toStdString();
  EXPECT_GT(metric_of(workspace.run(id)->output.result, "step_time"), whole);
  ASSERT_EQ(fabric.toggle(Failure::link), QString());
  EXPECT_FALSE(fabric.is_down(0, Failure::link));
  EXPECT_EQ(metric_of(workspace.run(id)->output.result, "step_time"), whole);
}

TEST(Tasks, AHeatMapOfTwoInputsAddsUp) {
  MainWindow window(data(), {});
  window.open_files({shipped("fleets/mix-without-h20.toml")});
  ASSERT_TRUE(wait_for_results(window, kPatience));
  SensitivityView& view = *window.sensitivity();
  view.choose(SensitivityKind::heat, "fleet.lot.0.count", "fleet.lot.1.count");
  view.start();
  ASSERT_TRUE(wait_for_results(window, kPatience));
  const ChartHeat& heat = view.chart()->data().heat;
  ASSERT_EQ(heat.columns.size(), 5);
  ASSERT_EQ(heat.rows.size(), 5);
  ASSERT_TRUE(view.chart()->data().title.startsWith("capex")) << view.chart()->data().title.toStdString();
  // Money of two lots: f(x, y) = a x + b y, so mixed differences vanish.
  const auto at = [&](int column, int row) { return heat.values[row * 5 + column]; };
  for (int i = 1; i < 5; ++i) EXPECT_NEAR(at(i, i) - at(i, 0) - at(0, i) + at(0, 0), 0, 1e-6 * at(i, i));
  EXPECT_GT(at(4, 0), at(0, 0));
  EXPECT_GT(at(0, 4), at(0, 0));
  // A point of a sweep opens as a scenario of its own.
  view.choose(SensitivityKind::sweep, "fleet.lot.0.count", {});
  view.start();
  ASSERT_TRUE(wait_for_results(window, kPatience));
  emit view.chart()->picked(0);
  EXPECT_EQ(window.workspace().state().documents.size(), 2);
}

TEST(Sensitivity, AFanHoldsThePercentilesOfItsDraws) {
  // Draws 1 … 21 around a middle of 11, at one factor: type-7 quantiles of 1 … n are 1 + p (n - 1).
  std::vector<SensitivityCase> cases;
  std::vector<std::shared_ptr<const gui::Run>> runs;
  for (int i = 1; i <= 21; ++i) {
    cases.push_back({.path = "a.b", .typed = "1", .factor = 1, .seed = static_cast<std::uint64_t>(i), .scenario = nullptr});
    auto run = std::make_shared<gui::Run>();
    const double draw = i;
    run->output.result.metrics.push_back(
        {"step_time", {11, std::min(11.0, draw), std::max(11.0, draw)}, hw::Provenance::measured});
    runs.push_back(run);
  }
  const ChartData fan = fan_chart({cases, runs, runs.front().get(), "step_time"});
  ASSERT_EQ(fan.series.size(), 3);
  EXPECT_DOUBLE_EQ(fan.series[0].low[0], 3);
  EXPECT_DOUBLE_EQ(fan.series[0].high[0], 19);
  EXPECT_DOUBLE_EQ(fan.series[1].low[0], 6);
  EXPECT_DOUBLE_EQ(fan.series[1].high[0], 16);
  EXPECT_DOUBLE_EQ(fan.series[2].y[0], 11);
  // Without draws, the interval of the one result.
  cases.resize(1);
  cases[0].seed = 0;
  runs.resize(1);
  const ChartData whole = fan_chart({cases, runs, nullptr, "step_time"});
  EXPECT_NEAR(whole.series[0].low[0], 1, 1e-9);
  EXPECT_NEAR(whole.series[2].y[0], 11, 1e-9);
}

TEST(Tasks, LimitsRankTheComparison) {
  MainWindow window(data(), {});
  window.open_files({shipped("claims/fleet-mix.toml"), shipped("fleets/mix-without-h20.toml")});
  ASSERT_TRUE(wait_for_results(window, kPatience));
  Workspace& workspace = window.workspace();
  const auto all = contenders(workspace);
  const ChartData before = pareto_chart(all, "capex", "h100_equivalents_compute", {});
  // A limit below the dearest fleet takes it off the frontier, and the line can be dragged.
  double dearest = 0;
  for (const Contender& c : all) dearest = std::max(dearest, metric_of(c.run->output.result, "capex"));
  workspace.set_limit("capex", dearest * 0.99);
  const ChartData after = pareto_chart(all, "capex", "h100_equivalents_compute", workspace.limits());
  EXPECT_LT(after.series.front().x.size(), before.series.front().x.size());
  ASSERT_EQ(after.guides.size(), 1);
  EXPECT_EQ(after.guides[0].moves, "capex");
  int marked = 0;
  for (const QList<Cell>& row : compare_table(all, EqualRows::shown, workspace.limits()).rows)
    for (const Cell& cell : row) marked += cell.mark == Cell::Mark::warning ? 1 : 0;
  EXPECT_EQ(marked, 1);
  workspace.set_limit("capex", std::nullopt);
  EXPECT_TRUE(workspace.limits().isEmpty());
}

TEST(Tasks, LimitsStartFromWhatTheScenarioPromises) {
  Workspace workspace(data());
  QString problem;
  workspace.select(workspace.open(shipped("r1-distill-llama-8b-rtx-3080.toml"), problem));
  const scenarios::ServingSpec& serving = *workspace.meaning(workspace.selected())->scenario->serving;
  ASSERT_GT(serving.slo.ttft, 0);
  EXPECT_EQ(workspace.limits().value("ttft_p90"), serving.slo.ttft);
  EXPECT_FALSE(workspace.limits().contains("ttft_p99"));  // promised to nine of ten
  // The user's word counts more, and what was taken away stays away.
  workspace.set_limit("ttft_p90", 2 * serving.slo.ttft);
  EXPECT_EQ(workspace.limits().value("ttft_p90"), 2 * serving.slo.ttft);
  workspace.set_limit("ttft_p90", std::nullopt);
  EXPECT_FALSE(workspace.limits().contains("ttft_p90"));
}

TEST(Tasks, ThePlanNamesWhatBinds) {
  MainWindow window(data(), {});
  window.open_files({shipped("fleet-50k-three-years.toml")});
  ASSERT_TRUE(wait_for_results(window, kPatience));
  const int id = window.workspace().selected();
  const std::vector<PlanMonth> months =
      plan_months(contenders(window.workspace()).front(), *window.workspace().meaning(id)->scenario);
  ASSERT_EQ(months.size(), 36U);
  double bought = 0;
  for (const PlanMonth& month : months) {
    bought += month.bought;
    EXPECT_FALSE(month.binding.isEmpty()) << month.month.toStdString();
    EXPECT_GE(month.demand, month.served);
  }
  EXPECT_GT(bought, 0);
  window.plan()->update_now();
  EXPECT_EQ(window.plan()->table()->table().rows.size(), 36);
}

TEST(Tasks, TheReportShowsWhatIsTicked) {
  MainWindow window(data(), {});
  window.open_files({shipped("fleets/mix-without-h20.toml")});
  ASSERT_TRUE(wait_for_results(window, kPatience));
  window.report()->update_now();
  const QString whole = window.report()->page()->toPlainText();
  EXPECT_TRUE(whole.contains(name(ReportPart::runs)));
  window.report()->tick(ReportPart::runs, false);
  EXPECT_FALSE(window.report()->page()->toPlainText().contains("\n" + name(ReportPart::runs)));
  EXPECT_LT(window.report()->page()->toPlainText().size(), whole.size());
}

TEST(Tasks, CalibrationRunsAsideAndStops) {
  std::signal(SIGINT, SIG_DFL);  // a shell's background jobs ignore it, and so would the scripts below
  const QTemporaryDir folder;
  const auto program = [&](const char* body) {
    const QString file = folder.filePath(QString::number(qHash(QByteArray(body))));
    QFile script(file);
    EXPECT_TRUE(script.open(QIODevice::WriteOnly));
    script.write(body);
    script.close();
    script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return file;
  };
  CalibrationPanel panel(nullptr);
  panel.toggle(program("#!/bin/sh\necho gemm >&2\necho stream >&2\necho \"$*\"\n"));
  ASSERT_TRUE(QTest::qWaitFor([&] { return !panel.running(); }, 10000));
  EXPECT_TRUE(panel.state().contains("2"));
  EXPECT_TRUE(panel.text().contains("calibrate --quick"));
  panel.toggle(program("#!/bin/sh\ntrap 'exit 130' INT\necho gemm >&2\nwhile :; do sleep 0.05; done\n"));
  ASSERT_TRUE(QTest::qWaitFor([&] { return panel.state().contains("gemm"); }, 10000));
  panel.toggle({});
  ASSERT_TRUE(QTest::qWaitFor([&] { return !panel.running(); }, 10000));
  EXPECT_TRUE(panel.state().contains("nothing was kept"));
  panel.toggle(folder.filePath("not there"));
  EXPECT_TRUE(QTest::qWaitFor([&] { return panel.state().contains("could not be started"); }, 10000));
}

// Every text that the sources mark for translation, with neighbouring literals joined.
QStringList marked_texts() {
  static const QRegularExpression call(
      uR"re((?<![A-Za-z_])(?:tr|translate\("main",)\s*\(?\s*((?:u?"(?:[^"\\]|\\.)*"\s*)+))re"_qs);
  static const QRegularExpression literal(uR"re("((?:[^"\\]|\\.)*)")re"_qs);
  QStringList out;
  const QDir dir(QStringLiteral(GPUFLEET_SOURCE_DIR "/gui"));
  for (const QString& name : dir.entryList({"*.cpp", "*.h"}, QDir::Files)) {
    QFile file(dir.filePath(name));
    if (!file.open(QIODevice::ReadOnly)) continue;
    const QString text = QString::fromUtf8(file.readAll());
    for (auto it = call.globalMatch(text); it.hasNext();) {
      QString whole;
      for (auto part = literal.globalMatch(it.next().captured(1)); part.hasNext();) whole += part.next().captured(1);
      whole.replace("\\n", "\n").replace("\\\"", "\"");
      if (!out.contains(whole)) out << whole;
    }
  }
  return out;
}

TEST(Languages, LackNoText) {
  const QStringList texts = marked_texts();
  ASSERT_GT(texts.size(), 250);
  static const QRegularExpression place("%L?[1-9]");
  const auto places = [](const QString& text) {
    QStringList out;
    for (auto it = place.globalMatch(text); it.hasNext();) out << it.next().captured().remove('L');
    out.sort();
    return out;
  };
  for (const Language language : {Language::french, Language::chinese}) {
    const QHash<QString, QString> table = built_in_translations(language);
    for (const QString& text : texts) {
      if (text.trimmed().isEmpty()) continue;
      ASSERT_TRUE(table.contains(text)) << language_code(language).toStdString() << " lacks: " << text.toStdString();
      EXPECT_EQ(places(table[text]), places(text)) << table[text].toStdString();
    }
  }
}

TEST(Languages, SpeakAtOnceAndGoBack) {
  speak(Language::french);
  {
    MainWindow window(data(), {});
    EXPECT_EQ(window.views().front().second->windowTitle(), "Comparaison");
  }
  speak(Language::english);
  MainWindow window(data(), {});
  EXPECT_EQ(window.views().front().second->windowTitle(), "Compare");
}

}  // namespace
}  // namespace gpufleet::gui
