#include "gui/validation_view.h"

#include "gui/calibration_panel.h"
#include "gui/metric_facts.h"
#include "gui/text.h"
#include "scenarios/output/number_text.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::gui {

ChartData validation_chart(const scenarios::ValidationReport& report) {
  ChartData chart{.x = {Text::tr("measured"), ChartAxis::Scale::logarithmic},
                  .y = {Text::tr("predicted"), ChartAxis::Scale::logarithmic}};
  constexpr qsizetype kMostSeries = 8;
  for (const scenarios::ValidationRow& row : report.rows) {
    if (!(row.measured > 0) || !(row.predicted > 0)) continue;
    const QString name = u"%1 (%2)"_qs.arg(QString::fromStdString(row.metric), QString::fromStdString(row.unit));
    auto found = std::find_if(chart.series.begin(), chart.series.end(), [&](const ChartSeries& s) { return s.name == name; });
    if (found == chart.series.end() && chart.series.size() >= kMostSeries)
      found = chart.series.end() - 1, found->name = Text::tr("others");
    if (found == chart.series.end()) {
      chart.series << ChartSeries{.name = name, .colour = static_cast<int>(chart.series.size())};
      found = chart.series.end() - 1;
    }
    found->x << row.measured;
    found->y << row.predicted;
    found->labels << Text::tr("%1, error %2")
                         .arg(QString::fromStdString(row.id), QString::fromStdString(scenarios::percent_text(row.error)));
    found->keys << QString::fromStdString(row.id);
  }
  if (!chart.series.isEmpty())
    chart.guides = {
        {ChartGuide::Kind::diagonal, 1, {}}, {ChartGuide::Kind::diagonal, 1.1, {}}, {ChartGuide::Kind::diagonal, 0.9, {}}};
  chart.empty_text = report.suite.empty() ? Text::tr("Run compares the suite's predictions with measurements")
                                          : Text::tr("This suite compares words; see the table");
  return chart;
}

TableData validation_table(const scenarios::ValidationReport& report) {
  TableData table{{Text::tr("Figure"), Text::tr("Metric"), Text::tr("Unit"), Text::tr("Measured"), Text::tr("Predicted"),
                   Text::tr("Error"), Text::tr("Source")},
                  {},
                  {}};
  const auto number = [](double value) { return Cell{.text = QLocale().toString(value, 'g', 5), .number = value}; };
  for (const scenarios::ValidationRow& row : report.rows) {
    const bool words = !row.measured_word.empty() || !row.predicted_word.empty();
    table.rows << QList<Cell>{{.text = QString::fromStdString(row.id), .hint = QString::fromStdString(row.note)},
                              {.text = QString::fromStdString(row.metric)},
                              {.text = QString::fromStdString(row.unit)},
                              words ? Cell{.text = QString::fromStdString(row.measured_word)} : number(row.measured),
                              words ? Cell{.text = QString::fromStdString(row.predicted_word)} : number(row.predicted),
                              {.text = QString::fromStdString(scenarios::percent_text(row.error)), .number = row.error},
                              {.text = QString::fromStdString(row.source), .hint = QString::fromStdString(row.source)}};
    table.keys << QString::fromStdString(row.id);
  }
  return table;
}

QString validation_summary(const scenarios::ValidationReport& report) {
  const scenarios::ValidationSummary all = scenarios::summarise(report.rows);
  const auto percent = [](double ratio) { return QLocale().toString(ratio * 100, 'f', 1) + u" %"_qs; };
  return Text::tr(
             "<b>%1</b>: %2 figures compared, %3 left out · median error <b>%4</b>, 90 % below %5 · bias %6 · %7 inside the 80 % "
             "interval")
      .arg(QString::fromStdString(report.suite).toHtmlEscaped())
      .arg(all.compared)
      .arg(report.skipped.size())
      .arg(percent(all.median_abs_error), percent(all.p90_abs_error), percent(all.bias), percent(all.coverage_of_interval));
}

TableData kernels_behind(const hw::KernelFits& fits) {
  TableData table{{Text::tr("Chip"), Text::tr("Kernel"), Text::tr("Library"), Text::tr("Measured rows"),
                   Text::tr("Spread of small calls"), Text::tr("Spread"), Text::tr("Source")},
                  {},
                  {}};
  const auto percent = [](double share) {
    return Cell{.text = u"±"_qs + QLocale().toString((std::exp(share) - 1) * 100, 'f', 0) + u" %"_qs, .number = share};
  };
  for (const hw::AcceleratorFits& chip : fits.accelerators)
    for (const hw::KernelFit& fit : chip.fits) {
      table.rows << QList<Cell>{{.text = QString::fromStdString(chip.accelerator)},
                                {.text = words(hw::name(fit.slot))},
                                {.text = QString::fromStdString(fit.engine)},
                                fit.rows > 0 ? Cell{.text = QLocale().toString(static_cast<qlonglong>(fit.rows)),
                                                    .number = static_cast<double>(fit.rows)}
                                             : Cell{.text = Text::tr("carried over"), .mark = Cell::Mark::faint},
                                percent(fit.log_sigma_small),
                                percent(fit.log_sigma),
                                {.text = QString::fromStdString(fit.source), .hint = QString::fromStdString(fit.source)}};
    }
  return table;
}

ValidationView::ValidationView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Validation"), parent),
      suite_(new QComboBox(this)),
      start_(new QPushButton(tr("&Run"), this)),
      summary_(new QLabel(this)),
      chart_(new Chart(tr("Predicted against measured"), this)),
      table_(new TablePanel(tr("Figures"), this)),
      calibration_(new CalibrationPanel(this)) {
  suite_->setAccessibleName(tr("Suite"));
  for (const scenarios::Suite& suite : scenarios::suites()) suite_->addItem(qtext(suite.name), qtext(suite.doc));
  start_->setAccessibleName(tr("Run the suite"));
  summary_->setWordWrap(true);
  summary_->setTextFormat(Qt::RichText);
  summary_->setAccessibleName(tr("Summary of the suite"));
  auto* row = new QHBoxLayout;
  row->addWidget(suite_, 1);
  row->addWidget(start_);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(chart_);
  auto* behind = new TablePanel(tr("Kernels behind the chips"), this);
  behind->set(kernels_behind(workspace_.data().hardware.fits));
  auto* tabs = new QTabWidget(this);
  tabs->addTab(table_, tr("Figures"));
  tabs->addTab(behind, tr("Kernels behind the chips"));
  splitter->addWidget(tabs);
  splitter->setStretchFactor(0, 2);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(row);
  layout->addWidget(summary_);
  layout->addWidget(splitter, 1);
  layout->addWidget(calibration_);
  connect(start_, &QPushButton::clicked, this, &ValidationView::start);
  connect(suite_, &QComboBox::currentIndexChanged, this, [this](int at) { suite_->setToolTip(suite_->itemData(at).toString()); });
  chart_->set(validation_chart({}));
}

void ValidationView::choose(const QString& suite) {
  if (const int at = suite_->findText(suite); at >= 0) suite_->setCurrentIndex(at);
}

void ValidationView::start() {
  if (running_) {
    thread_.request_stop();
    return;
  }
  running_ = true;
  start_->setText(tr("&Cancel"));
  summary_->setText(tr("Running…"));
  const scenarios::Suite* suite = &scenarios::suites()[static_cast<std::size_t>(suite_->currentIndex())];
  thread_ = std::jthread([this, suite, data = workspace_.data().catalogs.data](const std::stop_token& stop) {
    scenarios::SuiteInput input;
    input.data = data;
    input.jobs = 1;
    const Result<scenarios::ValidationReport> report = suite->run(input, RunControl{stop, {}});
    window_.post([this, report, stopped = stop.stop_requested()] {
      running_ = false;
      start_->setText(tr("&Run"));
      if (stopped) {
        summary_->setText(tr("Cancelled."));
      } else if (!report) {
        summary_->setText(QString::fromStdString(to_text(report.diagnostics())).toHtmlEscaped());
      } else {
        show_report(*report);
      }
    });
  });
}

void ValidationView::show_report(const scenarios::ValidationReport& report) {
  summary_->setText(validation_summary(report));
  chart_->set(validation_chart(report));
  table_->set(validation_table(report));
}

}  // namespace gpufleet::gui
