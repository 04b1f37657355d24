// How a chart looks: QCustomPlot's objects made from the chart's values.
#include <qcustomplot.h>

#include "gui/chart.h"
#include "gui/metric_facts.h"
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

// Large ticks as the tables write them: "5 M" rather than a power of ten.
template <typename Ticker>
class TickerOfNumbers : public Ticker {
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
    constexpr double kSmall = 1e-3;
    constexpr int kDigits = 6;
    if (tick != 0 && std::abs(tick) < kSmall) return Ticker::getTickLabel(tick, locale, format, precision);
    return value_text(tick, kDigits, {});
  }
};

void apply_scale(QCPAxis* axis, ChartAxis::Scale scale) {
  const bool logarithmic = scale == ChartAxis::Scale::logarithmic;
  axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  if (logarithmic) {
    axis->setTicker(QSharedPointer<QCPAxisTicker>(new TickerOfNumbers<QCPAxisTickerLog>));
    axis->setNumberFormat(u"gb"_qs);
  } else {
    axis->setTicker(QSharedPointer<QCPAxisTicker>(new TickerOfNumbers<QCPAxisTicker>));
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
  draw_heat();
  draw_series();
  scale_axes();
  draw_guides();
  const bool empty = data_.heat.values.isEmpty() &&
                     std::all_of(data_.series.begin(), data_.series.end(), [](const ChartSeries& s) { return s.x.isEmpty(); });
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
  const bool legend = named > 0 && data_.series.size() > 1 && !empty;
  plot_->legend->setVisible(legend);
  if (!legend) plot_->legend->clearItems();  // or it would still take its place
  plot_->replot(QCustomPlot::rpQueuedReplot);
  table_->set(to_table(data_));
}

void Chart::draw_bars() {
  if (data_.categories.isEmpty()) return;
  auto ticker = QSharedPointer<QCPAxisTickerText>(new QCPAxisTickerText);
  for (int i = 0; i < data_.categories.size(); ++i)
    ticker->addTick(i, QFontMetrics(font()).elidedText(data_.categories[i], Qt::ElideMiddle,
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
  Bounds everything;
  for (const ChartSeries& series : data_.series)
    for (const double x : series.x) everything.add(x);
  for (const ChartSeries& series : data_.series) {
    if (series.kind == ChartSeries::Kind::bars) continue;
    const QColor colour = colour_of(series.colour);
    const int shape = series.colour < 0 ? 0 : series.colour % 8;
    auto* graph = plot_->addGraph();
    graph->setName(series.name);
    if (series.name.isEmpty()) graph->removeFromLegend();
    const bool hollow = series.look == ChartSeries::Look::hollow;
    if (series.kind == ChartSeries::Kind::band) {
      auto* top = plot_->addGraph();
      top->removeFromLegend();
      QColor shade = colour;
      shade.setAlphaF(0.22F);
      for (QCPGraph* edge : {graph, top}) edge->setPen(Qt::NoPen);
      graph->setData(series.x, series.low);
      top->setData(series.x, series.high);
      graph->setBrush(shade);
      graph->setChannelFillGraph(top);
      continue;
    }
    graph->setPen(QPen(colour, 2, hollow ? Qt::DotLine : kDashes[lines % 4]));
    if (series.kind == ChartSeries::Kind::points) {
      graph->setLineStyle(QCPGraph::lsNone);
      graph->setScatterStyle(QCPScatterStyle(kShapes[shape], QPen(colour.darker(115), hollow ? 2.0 : 1.2),
                                             hollow ? QBrush(theme_colours().base) : QBrush(colour), hollow ? 10 : 8));
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
      // Towards the middle, so that the frame cuts nothing.
      const bool right = series.x[i] > (everything.low + everything.high) / 2;
      label->setPositionAlignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignBottom);
      label->setPadding({6, 0, 6, 5});
      label->setText(QFontMetrics(font()).elidedText(series.labels.value(i), Qt::ElideMiddle, std::max(120, width() * 3 / 10)));
      label->setFont(font());
      label->setColor(theme_colours().text);
    }
  }
}

// Dark is little, light is much, in one hue range that every eye tells apart by brightness (after viridis); numbers on it.
void Chart::draw_heat() {
  const ChartHeat& heat = data_.heat;
  if (heat.values.isEmpty()) return;
  const int across = static_cast<int>(heat.columns.size()), up = static_cast<int>(heat.rows.size());
  Bounds bounds;
  for (const double value : heat.values) bounds.add(value);
  static const QList<QColor> stops{"#3b1f6b", "#31688e", "#21918c", "#5ec962", "#fde725"};
  const auto colour_at = [&](double value) {
    const double share = bounds.high > bounds.low ? (value - bounds.low) / (bounds.high - bounds.low) : 0.5;
    const double at = share * static_cast<double>(stops.size() - 1);
    const auto left = std::min(static_cast<qsizetype>(at), stops.size() - 2);
    const double mix = at - static_cast<double>(left);
    const QColor &a = stops[left], &b = stops[left + 1];
    const auto channel = [mix](int p, int q) { return qRound(p + mix * (q - p)); };
    return QColor(channel(a.red(), b.red()), channel(a.green(), b.green()), channel(a.blue(), b.blue()));
  };
  const auto ticks = [](const QStringList& texts) {
    QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    for (int i = 0; i < texts.size(); ++i) ticker->addTick(i, texts[i]);
    return ticker;
  };
  plot_->xAxis->setTicker(ticks(heat.columns));
  plot_->yAxis->setTicker(ticks(heat.rows));
  for (int row = 0; row < up; ++row)
    for (int column = 0; column < across; ++column) {
      const double value = heat.values.value(row * across + column, std::numeric_limits<double>::quiet_NaN());
      auto* box = new QCPItemRect(plot_);
      box->topLeft->setCoords(column - 0.49, row + 0.49);
      box->bottomRight->setCoords(column + 0.49, row - 0.49);
      box->setPen(Qt::NoPen);
      box->setBrush(std::isfinite(value) ? QBrush(colour_at(value)) : QBrush(theme_colours().faint, Qt::BDiagPattern));
      if (!std::isfinite(value)) continue;
      auto* text = new QCPItemText(plot_);
      text->position->setCoords(column, row);
      text->setText(value_text(value, 3, {}));
      text->setFont(font());
      text->setColor(contrast_ratio(colour_at(value), Qt::white) >= 4.5 ? Qt::white : Qt::black);
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
      if (i < series.y.size()) y.add(series.y[i]);
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
  if (!data_.heat.values.isEmpty()) {
    plot_->xAxis->setRange(-0.5, static_cast<double>(data_.heat.columns.size()) - 0.5);
    plot_->yAxis->setRange(-0.5, static_cast<double>(data_.heat.rows.size()) - 0.5);
    return;
  }
  plot_->xAxis->setRange(x.range(data_.x.scale));
  plot_->yAxis->setRange(data_.categories.isEmpty() ? y.range(data_.y.scale)
                                                    : QCPRange(-0.6, static_cast<double>(data_.categories.size()) - 0.4));
}

void Chart::draw_guides() {
  for (const ChartGuide& guide : data_.guides) {
    auto* line = new QCPItemStraightLine(plot_);
    line->setObjectName(guide.moves);
    line->setPen(guide.moves.isEmpty() ? QPen(theme_colours().faint_text, 1, guide.value == 1 ? Qt::SolidLine : Qt::DashLine)
                                       : QPen(theme_colours().error, 2, Qt::DashLine));
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
  fit_width();
}

// The legend stands beside the drawing, in a narrow chart below it: it never covers anything.
void Chart::fit_width() {
  const int character = fontMetrics().averageCharWidth();
  plot_->xAxis->ticker()->setTickCount(std::clamp(width() / (character * 36), 2, 6));
  const bool narrow = width() < character * 96;
  if (legend_below_ && *legend_below_ == narrow) return;
  legend_below_ = narrow;
  QCPLayoutGrid* grid = plot_->plotLayout();
  if (plot_->legend->layout() != nullptr) plot_->legend->layout()->take(plot_->legend);
  if (grid->columnCount() > 1) grid->remove(grid->element(0, 1));
  grid->simplify();
  plot_->legend->setWrap(narrow ? 2 : 0);
  plot_->legend->setFillOrder(narrow ? QCPLayoutGrid::foColumnsFirst : QCPLayoutGrid::foRowsFirst);
  if (narrow) {
    grid->addElement(1, 0, plot_->legend);
    grid->setRowStretchFactor(1, 0.001);
    return;
  }
  auto* column = new QCPLayoutGrid;
  grid->addElement(0, 1, column);
  column->addElement(0, 0, plot_->legend);
  column->addElement(1, 0, new QCPLayoutElement);
  column->setRowStretchFactor(1, 100);
  column->setMargins({0, 8, 4, 0});
  grid->setColumnStretchFactor(1, 0.001);
}

}  // namespace gpufleet::gui
