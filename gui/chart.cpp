#include "gui/chart.h"

#include <qcustomplot.h>
#include <QSvgGenerator>

#include "gui/table_panel.h"
#include "gui/theme.h"

namespace gpufleet::gui {
namespace {

constexpr QCPScatterStyle::ScatterShape kShapes[] = {
    QCPScatterStyle::ssDisc,  QCPScatterStyle::ssSquare, QCPScatterStyle::ssTriangle, QCPScatterStyle::ssDiamond,
    QCPScatterStyle::ssCross, QCPScatterStyle::ssPlus,   QCPScatterStyle::ssStar,     QCPScatterStyle::ssTriangleInverted};
constexpr Qt::PenStyle kDashes[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
constexpr Qt::BrushStyle kFills[] = {Qt::SolidPattern, Qt::Dense3Pattern,    Qt::BDiagPattern,  Qt::Dense5Pattern,
                                     Qt::FDiagPattern, Qt::DiagCrossPattern, Qt::Dense6Pattern, Qt::HorPattern};

QColor colour_of(int index) { return index < 0 ? theme_colours().faint_text : series_colour(index); }

void apply_scale(QCPAxis* axis, ChartAxis::Scale scale) {
  const bool logarithmic = scale == ChartAxis::Scale::logarithmic;
  axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  if (logarithmic) {
    axis->setTicker(QSharedPointer<QCPAxisTickerLog>(new QCPAxisTickerLog));
    axis->setNumberFormat(u"gb"_qs);
  } else {
    axis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    axis->setNumberFormat(u"gbc"_qs);
  }
  axis->setNumberPrecision(logarithmic ? 1 : 5);
}

struct Bounds {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] QCPRange range(ChartAxis::Scale scale) const {
    if (low > high) return {0, 1};
    if (scale == ChartAxis::Scale::logarithmic) {
      const double factor = std::max(1.15, std::pow(high / low, 0.06));
      return {low / factor, high * factor};
    }
    const double margin = high > low ? (high - low) * 0.08 : std::max(std::abs(high) * 0.1, 1e-12);
    return {low >= 0 && low < (high - low) ? 0 : low - margin, high + margin};
  }
};

}  // namespace

TableData to_table(const ChartData& chart) {
  TableData table;
  table.columns << QObject::tr("series") << QObject::tr("label") << chart.x.label << chart.y.label;
  for (const ChartSeries& series : chart.series)
    for (int i = 0; i < series.x.size(); ++i) {
      const bool bar = series.kind == ChartSeries::Kind::bars;
      const QString category = bar ? chart.categories.value(qRound(series.y[i])) : QString::number(series.y[i], 'g', 6);
      table.rows << QList<Cell>{{.text = series.name},
                                {.text = series.labels.value(i)},
                                {.text = QString::number(series.x[i], 'g', 6), .number = series.x[i]},
                                bar ? Cell{.text = category} : Cell{.text = category, .number = series.y[i]}};
      table.keys << series.keys.value(i);
    }
  return table;
}

Chart::Chart(const QString& name, QWidget* parent)
    : QWidget(parent), plot_(new QCustomPlot(this)), stack_(new QStackedWidget(this)), table_(new TablePanel(name, this)) {
  setObjectName(name);
  setAccessibleName(name);
  plot_->setAccessibleName(name);
  plot_->setAccessibleDescription(tr("A chart; the context menu shows it as a table"));
  plot_->setFocusPolicy(Qt::StrongFocus);
  plot_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  plot_->setMinimumSize(220, 140);
  stack_->addWidget(plot_);
  stack_->addWidget(table_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(stack_);
  connect(plot_, &QCustomPlot::mouseMove, this, &Chart::point_at);
  connect(plot_, &QCustomPlot::mousePress, this, &Chart::click_at);
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, [this] { scale_axes(), plot_->replot(); });
  connect(table_, &TablePanel::activated, this, [this](const QVariant& key) {
    if (key.isValid()) emit picked(key);
  });
  setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* as_table = new QAction(tr("Show as &table"), this);
  as_table->setCheckable(true);
  connect(as_table, &QAction::toggled, this, &Chart::show_as_table);
  auto* export_action = new QAction(tr("&Export chart…"), this);
  connect(export_action, &QAction::triggered, this, &Chart::save);
  auto* copy_action = new QAction(tr("&Copy chart"), this);
  connect(copy_action, &QAction::triggered, this, [this] { QGuiApplication::clipboard()->setPixmap(plot_->toPixmap()); });
  addActions({as_table, copy_action, export_action});
  style();
}

void Chart::set(ChartData data) {
  if (data == data_) return;
  data_ = std::move(data);
  redraw();
}

void Chart::redraw() {
  plot_->clearPlottables();
  plot_->clearItems();
  apply_scale(plot_->xAxis, data_.x.scale);
  apply_scale(plot_->yAxis, data_.y.scale);
  plot_->yAxis->setRangeReversed(!data_.categories.isEmpty());
  plot_->xAxis->setLabel(data_.x.label);
  plot_->yAxis->setLabel(data_.y.label);
  style();
  draw_bars();
  draw_series();
  scale_axes();
  draw_guides();
  const bool empty = std::all_of(data_.series.begin(), data_.series.end(), [](const ChartSeries& s) { return s.x.isEmpty(); });
  plot_->xAxis->setVisible(!empty);
  plot_->yAxis->setVisible(!empty);
  if (empty && !data_.empty_text.isEmpty()) {
    auto* hint = new QCPItemText(plot_);
    hint->position->setType(QCPItemPosition::ptAxisRectRatio);
    hint->position->setCoords(0.5, 0.5);
    hint->setText(data_.empty_text);
    hint->setColor(theme_colours().faint_text);
    hint->setFont(font());
  }
  const qsizetype named =
      std::count_if(data_.series.begin(), data_.series.end(), [](const ChartSeries& s) { return !s.name.isEmpty(); });
  plot_->legend->setVisible(named > 1 && !empty);
  plot_->replot(QCustomPlot::rpQueuedReplot);
  table_->set(to_table(data_));
}

void Chart::draw_bars() {
  if (data_.categories.isEmpty()) return;
  auto ticker = QSharedPointer<QCPAxisTickerText>(new QCPAxisTickerText);
  for (int i = 0; i < data_.categories.size(); ++i)
    ticker->addTick(i, QFontMetrics(font()).elidedText(data_.categories[i], Qt::ElideRight,
                                                       std::max(fontMetrics().averageCharWidth() * 36, width() * 3 / 10)));
  plot_->yAxis->setTicker(ticker);
  QCPBars* below = nullptr;
  for (const ChartSeries& series : data_.series) {
    if (series.kind != ChartSeries::Kind::bars) continue;
    const QColor colour = colour_of(series.colour);
    const QBrush brush(colour, series.colour < 8 ? Qt::SolidPattern : kFills[(series.colour / 8) % 8]);
    if (!series.from.isEmpty()) {  // floating bars, as of a waterfall or a tornado
      for (int i = 0; i < series.x.size(); ++i) {
        auto* bar = new QCPBars(plot_->yAxis, plot_->xAxis);
        bar->setBaseValue(series.from[i]);
        bar->setWidth(0.62);
        bar->setPen(QPen(colour.darker(130)));
        bar->setBrush(brush);
        bar->addData(series.y[i], series.x[i]);
        bar->setName(series.name);
        if (i > 0) bar->removeFromLegend();
      }
      continue;
    }
    auto* bars = new QCPBars(plot_->yAxis, plot_->xAxis);
    bars->setName(series.name);
    bars->setWidth(0.62);
    bars->setPen(QPen(theme_colours().base));
    bars->setBrush(brush);
    bars->setData(series.y, series.x);
    if (below != nullptr) bars->moveAbove(below);
    below = bars;
  }
}

void Chart::draw_series() {
  int lines = 0;
  for (const ChartSeries& series : data_.series) {
    if (series.kind == ChartSeries::Kind::bars) continue;
    const QColor colour = colour_of(series.colour);
    const int shape = series.colour < 0 ? 0 : series.colour % 8;
    auto* graph = plot_->addGraph();
    graph->setName(series.name);
    if (series.name.isEmpty()) graph->removeFromLegend();
    graph->setPen(QPen(colour, 2, kDashes[lines % 4]));
    if (series.kind == ChartSeries::Kind::points) {
      graph->setLineStyle(QCPGraph::lsNone);
      graph->setScatterStyle(QCPScatterStyle(kShapes[shape], QPen(colour.darker(115), 1.2), QBrush(colour), 8));
    } else {
      ++lines;
    }
    graph->setData(series.x, series.y);
    if (!series.low.isEmpty()) {
      auto* bars = new QCPErrorBars(plot_->xAxis, plot_->yAxis);
      bars->setDataPlottable(graph);
      bars->setPen(QPen(colour, 1));
      bars->removeFromLegend();
      QVector<double> minus, plus;
      for (int i = 0; i < series.y.size(); ++i) {
        minus << series.y[i] - series.low[i];
        plus << series.high[i] - series.y[i];
      }
      bars->setData(minus, plus);
    }
    if (series.labelling != ChartSeries::Labelling::beside) continue;
    for (int i = 0; i < series.x.size(); ++i) {
      auto* label = new QCPItemText(plot_);
      label->position->setCoords(series.x[i], series.y[i]);
      label->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
      label->setPadding({6, 0, 0, 3});
      label->setText(series.labels.value(i));
      label->setFont(font());
      label->setColor(theme_colours().text);
    }
  }
}

void Chart::scale_axes() {
  Bounds x, y;
  QHash<int, double> stacked;
  for (const ChartSeries& series : data_.series)
    for (int i = 0; i < series.x.size(); ++i) {
      if (series.kind == ChartSeries::Kind::bars) {
        if (series.from.isEmpty()) {
          x.add(0);
          x.add(stacked[qRound(series.y[i])] += series.x[i]);
        } else {
          x.add(series.from[i]);
          x.add(series.from[i] + series.x[i]);
        }
        continue;
      }
      x.add(series.x[i]);
      y.add(series.y[i]);
      if (!series.low.isEmpty()) y.add(series.low[i]), y.add(series.high[i]);
    }
  for (const ChartGuide& guide : data_.guides) {
    if (guide.kind == ChartGuide::Kind::horizontal) y.add(guide.value);
    if (guide.kind == ChartGuide::Kind::vertical) x.add(guide.value);
    if (guide.kind == ChartGuide::Kind::diagonal) {
      const double low = std::min(x.low, y.low), high = std::max(x.high, y.high);
      for (Bounds* bounds : {&x, &y}) bounds->add(low), bounds->add(high);
    }
  }
  plot_->xAxis->setRange(x.range(data_.x.scale));
  plot_->yAxis->setRange(data_.categories.isEmpty() ? y.range(data_.y.scale)
                                                    : QCPRange(-0.6, static_cast<double>(data_.categories.size()) - 0.4));
}

void Chart::draw_guides() {
  for (const ChartGuide& guide : data_.guides) {
    auto* line = new QCPItemStraightLine(plot_);
    line->setPen(QPen(theme_colours().faint_text, 1, guide.value == 1 ? Qt::SolidLine : Qt::DashLine));
    const QCPRange x = plot_->xAxis->range(), y = plot_->yAxis->range();
    QPointF label(x.upper, guide.value);
    switch (guide.kind) {
      case ChartGuide::Kind::horizontal:
        line->point1->setCoords(x.lower, guide.value);
        line->point2->setCoords(x.upper, guide.value);
        break;
      case ChartGuide::Kind::vertical:
        line->point1->setCoords(guide.value, y.lower);
        line->point2->setCoords(guide.value, y.upper);
        label = {guide.value, y.upper};
        break;
      case ChartGuide::Kind::diagonal:
        line->point1->setCoords(x.lower, x.lower * guide.value);
        line->point2->setCoords(x.upper, x.upper * guide.value);
        label = {};
        break;
    }
    if (guide.label.isEmpty() || label.isNull()) continue;
    auto* text = new QCPItemText(plot_);
    text->position->setCoords(label);
    text->setPositionAlignment(guide.kind == ChartGuide::Kind::vertical ? Qt::AlignLeft | Qt::AlignTop
                                                                        : Qt::AlignRight | Qt::AlignBottom);
    text->setPadding({4, 2, 4, 2});
    text->setText(guide.label);
    text->setFont(font());
    text->setColor(theme_colours().faint_text);
  }
}

void Chart::style() {
  const ThemeColours& c = theme_colours();
  plot_->setBackground(QBrush(c.base));
  for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis, plot_->xAxis2, plot_->yAxis2}) {
    axis->setBasePen(QPen(c.faint_text));
    axis->setTickPen(QPen(c.faint_text));
    axis->setSubTickPen(Qt::NoPen);
    axis->setTickLabelColor(c.text);
    axis->setLabelColor(c.text);
    axis->setTickLabelFont(font());
    axis->setLabelFont(font());
    axis->grid()->setPen(QPen(c.faint, 1, Qt::DotLine));
    axis->grid()->setZeroLinePen(QPen(c.faint_text, 1));
  }
  plot_->yAxis->grid()->setVisible(data_.categories.isEmpty());
  plot_->legend->setBrush(QBrush(c.base));
  plot_->legend->setBorderPen(QPen(c.faint));
  plot_->legend->setTextColor(c.text);
  plot_->legend->setFont(font());
  // Beside the drawing, where it covers nothing.
  if (plot_->plotLayout()->columnCount() == 1 && plot_->plotLayout()->rowCount() == 1) {
    plot_->axisRect()->insetLayout()->take(plot_->legend);
    auto* column = new QCPLayoutGrid;
    plot_->plotLayout()->addElement(0, 1, column);
    column->addElement(0, 0, plot_->legend);
    column->addElement(1, 0, new QCPLayoutElement);
    column->setRowStretchFactor(1, 100);
    column->setMargins({0, 8, 4, 0});
    plot_->plotLayout()->setColumnStretchFactor(1, 0.001);
  }
}

std::pair<int, int> Chart::nearest(QPointF at) const {
  constexpr double kReach = 14;  // pixels: an enlarged area to hit
  std::pair<int, int> best(-1, -1);
  double nearest = kReach;
  QHash<int, double> stacked;
  for (int s = 0; s < data_.series.size(); ++s)
    for (int i = 0; i < data_.series[s].x.size(); ++i) {
      const ChartSeries& series = data_.series[s];
      if (series.kind == ChartSeries::Kind::bars) {
        const int row = qRound(series.y[i]);
        const double from = series.from.isEmpty() ? stacked[row] : series.from[i];
        stacked[row] = from + series.x[i];
        const double x = plot_->xAxis->pixelToCoord(at.x()), y = plot_->yAxis->pixelToCoord(at.y());
        if (std::abs(y - row) < 0.4 && x >= std::min(from, from + series.x[i]) && x <= std::max(from, from + series.x[i]))
          return {s, i};
        continue;
      }
      const double distance =
          std::hypot(plot_->xAxis->coordToPixel(series.x[i]) - at.x(), plot_->yAxis->coordToPixel(series.y[i]) - at.y());
      if (distance < nearest) nearest = distance, best = {s, i};
    }
  return best;
}

void Chart::point_at(QMouseEvent* event) {
  const auto [s, i] = nearest(event->position());
  if (s < 0) {
    QToolTip::hideText();
    return;
  }
  const ChartSeries& series = data_.series[s];
  const bool bar = series.kind == ChartSeries::Kind::bars;
  QStringList lines;
  if (!series.name.isEmpty()) lines << series.name;
  if (!series.labels.value(i).isEmpty()) lines << series.labels[i];
  lines << u"%1: %2"_qs.arg(data_.x.label, QLocale().toString(series.x[i], 'g', 5));
  lines << (bar ? data_.categories.value(qRound(series.y[i]))
                : u"%1: %2"_qs.arg(data_.y.label, QLocale().toString(series.y[i], 'g', 5)));
  QToolTip::showText(event->globalPosition().toPoint(), lines.join(u'\n'), plot_);
}

void Chart::click_at(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const auto [s, i] = nearest(event->position());
  if (s >= 0 && data_.series[s].keys.value(i).isValid()) emit picked(data_.series[s].keys[i]);
}

void Chart::show_as_table(bool table) { stack_->setCurrentIndex(table ? 1 : 0); }

void Chart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) redraw();
}

QPixmap Chart::picture(QSize size) { return plot_->toPixmap(size.width(), size.height(), 2); }

bool Chart::save_as(const QString& file) {
  if (file.endsWith(u".pdf")) return plot_->savePdf(file);
  if (!file.endsWith(u".svg")) return plot_->savePng(file, 0, 0, 2);
  QSvgGenerator generator;
  generator.setFileName(file);
  generator.setSize(plot_->size());
  generator.setViewBox(plot_->rect());
  QCPPainter painter;
  if (!painter.begin(&generator)) return false;
  painter.setMode(QCPPainter::pmVectorized);
  plot_->toPainter(&painter, plot_->width(), plot_->height());
  return painter.end();
}

void Chart::save() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Export chart"), objectName() + u".png"_qs, tr("Pictures (*.png *.svg *.pdf)"));
  if (!file.isEmpty() && !save_as(file)) QMessageBox::warning(this, tr("Export chart"), tr("%1 could not be written").arg(file));
}

}  // namespace gpufleet::gui
