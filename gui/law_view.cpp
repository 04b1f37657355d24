#include "gui/law_view.h"

#include "gui/text.h"
#include "gui/theme.h"

namespace gpufleet::gui {
namespace {

hw::ExportQuery query_of(const LawQuestion& question) {
  hw::ExportQuery query;
  query.destination = question.destination.toStdString();
  query.date = question.date.toString(Qt::ISODate).toStdString();
  if (!question.what_if.isEmpty()) query.what_if = {question.what_if.toStdString()};
  return query;
}

// From free to closed; the order of the legend.
const QStringList& statuses() {
  static const QStringList names{u"ALLOWED"_qs,         u"DOMESTIC"_qs,     u"NAC"_qs,   u"LICENCE_GRANTED_15PCT"_qs,
                                 u"LICENCE_GRANTED"_qs, u"CASE_BY_CASE"_qs, u"QUOTA"_qs, u"LICENCE_REQUIRED"_qs,
                                 u"BANNED"_qs,          u"NOT_RELEASED"_qs};
  return names;
}
int status_colour(const QString& status) {
  if (status == u"ALLOWED") return 2;
  if (status == u"DOMESTIC") return 0;
  if (status == u"NAC") return 4;
  if (status.startsWith(u"LICENCE_GRANTED")) return 6;
  if (status == u"CASE_BY_CASE") return 1;
  if (status == u"QUOTA") return 3;
  if (status == u"LICENCE_REQUIRED") return 5;
  return status == u"BANNED" ? 7 : -1;
}

double days(const std::string& iso) {
  return static_cast<double>(QDate(1970, 1, 1).daysTo(QDate::fromString(QString::fromStdString(iso), Qt::ISODate)));
}

}  // namespace

QString status_words(const QString& status) {
  if (status == u"ALLOWED") return Text::tr("free");
  if (status == u"DOMESTIC") return Text::tr("domestic");
  if (status == u"NAC") return Text::tr("notify (NAC)");
  if (status == u"LICENCE_GRANTED_15PCT") return Text::tr("licensed for 15 %");
  if (status.startsWith(u"LICENCE_GRANTED")) return Text::tr("licensed");
  if (status == u"CASE_BY_CASE") return Text::tr("case by case");
  if (status == u"QUOTA") return Text::tr("quota");
  if (status == u"LICENCE_REQUIRED") return Text::tr("licence, presumed denied");
  if (status == u"BANNED") return Text::tr("banned");
  return Text::tr("not sold yet");
}

GanttData law_gantt(const scenarios::Catalogs& catalogs, const LawQuestion& question) {
  GanttData data;
  data.axis = GanttData::Axis::days;
  data.empty_text = Text::tr("No chip of the catalog was sold by then");
  for (const QString& status : statuses()) {
    data.kinds << status_words(status);
    data.colours << status_colour(status);
  }
  const hw::ExportQuery query = query_of(question);
  struct Row {
    QString name;
    std::vector<hw::StatusChange> history;
  };
  std::vector<Row> rows;
  for (const hw::Accelerator& chip : catalogs.accelerators) {
    Row row{QString::fromStdString(chip.name), hw::export_history(hw::export_facts(chip), catalogs.rules, query)};
    if (!row.history.empty()) rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.history.front().date < b.history.front().date; });
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.history.size(); ++i) {
      const QString status = QString::fromStdString(row.history[i].verdict.status());
      const auto kind = std::max<qsizetype>(0, statuses().indexOf(status));
      const double end = i + 1 < row.history.size() ? days(row.history[i + 1].date) : days(query.date);
      data.spans.push_back({days(row.history[i].date), end, static_cast<std::int32_t>(data.rows.size()),
                            static_cast<std::int16_t>(kind), false, -1});
    }
    data.rows << row.name;
  }
  prepare(data);
  // The rules begin in 2022: what was free for years before takes no room.
  data.begin = std::max(data.begin, days("2022-06-01"));
  return data;
}

ChartData law_plane(const scenarios::Catalogs& catalogs, const LawQuestion& question) {
  ChartData chart{.x = {Text::tr("performance density (TPP / mm²)"), ChartAxis::Scale::logarithmic},
                  .y = {Text::tr("total processing performance (TPP)"), ChartAxis::Scale::logarithmic}};
  const hw::ExportQuery query = query_of(question);
  for (const QString& status : statuses()) {
    ChartSeries series{.name = status_words(status), .colour = status_colour(status)};
    for (const hw::Accelerator& chip : catalogs.accelerators) {
      const hw::ExportFacts facts = hw::export_facts(chip);
      const std::optional<double> density = facts.performance_density();
      if (!facts.tpp || !density || *facts.tpp <= 0 || *density <= 0) continue;
      if (QString::fromStdString(hw::export_status(facts, catalogs.rules, query).status()) != status) continue;
      series.x << *density;
      series.y << *facts.tpp;
      series.labels << QString::fromStdString(chip.name);
    }
    if (!series.x.isEmpty()) chart.series << series;
  }
  // The published lines of 3A090 (88 FR 73458): a and b by TPP, and by density below them.
  chart.guides = {{ChartGuide::Kind::horizontal, 4800, u"TPP 4800"_qs}, {ChartGuide::Kind::horizontal, 2400, u"TPP 2400"_qs},
                  {ChartGuide::Kind::horizontal, 1600, u"TPP 1600"_qs}, {ChartGuide::Kind::vertical, 5.92, u"5.92"_qs},
                  {ChartGuide::Kind::vertical, 3.2, u"3.2"_qs},         {ChartGuide::Kind::vertical, 1.6, u"1.6"_qs}};
  return chart;
}

TableData law_table(const scenarios::Catalogs& catalogs, const LawQuestion& question) {
  TableData table{{Text::tr("Chip"), Text::tr("Status"), Text::tr("Rule"), Text::tr("Why"), Text::tr("TPP"), Text::tr("Density"),
                   Text::tr("Buyer's side")},
                  {},
                  {}};
  const hw::ExportQuery query = query_of(question);
  for (const hw::Accelerator& chip : catalogs.accelerators) {
    const hw::ExportFacts facts = hw::export_facts(chip);
    const hw::ExportVerdict verdict = hw::export_status(facts, catalogs.rules, query);
    const auto number = [](const std::optional<double>& value) {
      return value ? Cell{.text = QLocale().toString(*value, 'g', 5), .number = *value} : Cell{.text = u"–"_qs};
    };
    table.rows << QList<Cell>{
        {.text = QString::fromStdString(chip.name)},
        {.text = status_words(QString::fromStdString(verdict.status())), .hint = QString::fromStdString(verdict.status())},
        {.text = QString::fromStdString(verdict.rule)},
        {.text = QString::fromStdString(verdict.reason), .hint = QString::fromStdString(verdict.reason)},
        number(facts.tpp),
        number(facts.performance_density()),
        {.text = QString::fromStdString(verdict.gate_status())}};
    table.keys << QString::fromStdString(chip.name);
  }
  return table;
}

LawView::LawView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Export law"), parent),
      destination_(new QComboBox(this)),
      what_if_(new QComboBox(this)),
      date_(new QDateEdit(this)),
      legend_(new QLabel(this)),
      gantt_(new Gantt(tr("Chips and dates"), this)),
      plane_(new Chart(tr("Chips against the thresholds"), this)),
      table_(new TablePanel(tr("Status of every chip"), this)) {
  destination_->setAccessibleName(tr("Destination"));
  destination_->addItems({u"CN"_qs, u"HK"_qs, u"SG"_qs, u"MY"_qs, u"AE"_qs, u"SA"_qs, u"RU"_qs, u"IN"_qs, u"DE"_qs, u"JP"_qs});
  destination_->setEditable(true);
  what_if_->setAccessibleName(tr("What if a rule were in force"));
  what_if_->addItem(tr("the rules in force"), QString());
  for (const hw::ExportRule& rule : workspace_.data().catalogs.rules.rules)
    if (!rule.enforced && rule.subject == hw::RuleSubject::accelerator)
      what_if_->addItem(tr("what if: %1").arg(QString::fromStdString(rule.title.empty() ? rule.id : rule.title)),
                        QString::fromStdString(rule.id));
  what_if_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  date_->setAccessibleName(tr("Date of purchase"));
  date_->setDisplayFormat(u"yyyy-MM-dd"_qs);
  date_->setDateRange(QDate(2022, 7, 1), QDate(2030, 12, 31));
  date_->setDate(QDate(2026, 6, 30));
  date_->setCalendarPopup(true);
  legend_->setWordWrap(true);
  legend_->setTextFormat(Qt::RichText);
  legend_->setAccessibleName(tr("Colours of statuses"));
  auto* row = new QHBoxLayout;
  auto* to = new QLabel(tr("&To"), this);
  to->setBuddy(destination_);
  auto* until = new QLabel(tr("&until"), this);
  until->setBuddy(date_);
  for (QWidget* widget : {static_cast<QWidget*>(to), static_cast<QWidget*>(destination_), static_cast<QWidget*>(until),
                          static_cast<QWidget*>(date_)})
    row->addWidget(widget);
  row->addWidget(what_if_, 1);
  auto* area = new QScrollArea(this);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setWidget(gantt_);
  auto* tabs = new QTabWidget(this);
  tabs->addTab(area, tr("&Dates"));
  tabs->addTab(plane_, tr("&Thresholds"));
  tabs->addTab(table_, tr("T&able"));
  auto* notice = new QLabel(tr("Information, not legal advice."), this);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(row);
  layout->addWidget(legend_);
  layout->addWidget(tabs, 1);
  layout->addWidget(notice);
  connect(destination_, &QComboBox::currentTextChanged, this, &LawView::ask);
  connect(what_if_, &QComboBox::currentIndexChanged, this, &LawView::ask);
  connect(date_, &QDateEdit::dateChanged, this, &LawView::ask);
}

// Nothing here depends on scenarios: once asked, only another question changes the answer.
void LawView::refresh() {
  if (!asked_) ask();
}

void LawView::ask() {
  const LawQuestion question{destination_->currentText().trimmed().toUpper(), date_->date(), what_if_->currentData().toString()};
  if (question.destination.size() != 2) return;
  asked_ = true;
  const scenarios::Catalogs& catalogs = workspace_.data().catalogs;
  gantt_->set(law_gantt(catalogs, question));
  plane_->set(law_plane(catalogs, question));
  table_->set(law_table(catalogs, question));
  QStringList parts;
  for (const GanttSpan& span : gantt_->data().spans) {
    const int colour = gantt_->data().colours[span.kind];
    const QString swatch =
        u"<span style='color:%1'>■</span> %2"_qs.arg((colour < 0 ? theme_colours().faint_text : series_colour(colour)).name(),
                                                     gantt_->data().kinds[span.kind].toHtmlEscaped());
    if (!parts.contains(swatch)) parts << swatch;
  }
  legend_->setText(parts.join(u"&nbsp;&nbsp; "));
}

void LawView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && asked_) ask();
}

}  // namespace gpufleet::gui
