#include "gui/chart.h"

#include <qcustomplot.h>
#include <QSvgGenerator>

#include "gui/table_panel.h"
#include "gui/theme.h"

namespace gpufleet::gui {
TableData to_table(const ChartData& chart) {
  TableData table;
  table.columns << QObject::tr("series") << QObject::tr("label") << chart.x.label << chart.y.label;
  if (!chart.heat.values.isEmpty()) {
    table.columns = QStringList{chart.y.label, chart.x.label, chart.heat.label};
    const auto across = chart.heat.columns.size();
    for (qsizetype i = 0; i < chart.heat.values.size(); ++i) {
      const double value = chart.heat.values[i];
      table.rows << QList<Cell>{
          {.text = chart.heat.rows.value(i / across)},
          {.text = chart.heat.columns.value(i % across)},
          std::isfinite(value) ? Cell{.text = QString::number(value, 'g', 6), .number = value} : Cell{.text = u"–"_qs}};
      table.keys << chart.heat.keys.value(i);
    }
    return table;
  }
  for (const ChartSeries& series : chart.series)
    for (int i = 0; i < series.x.size(); ++i) {
      if (series.kind == ChartSeries::Kind::band) {
        table.rows << QList<Cell>{
            {.text = series.name},
            {.text = u"%1 … %2"_qs.arg(series.low.value(i), 0, 'g', 6).arg(series.high.value(i), 0, 'g', 6)},
            {.text = QString::number(series.x[i], 'g', 6), .number = series.x[i]},
            {.text = QString::number(series.high.value(i), 'g', 6), .number = series.high.value(i)}};
        table.keys << QVariant();
        continue;
      }
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
  connect(plot_, &QCustomPlot::mouseRelease, this, [this] {
    dragged_ = -1;
    plot_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  });
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

std::pair<int, int> Chart::nearest(QPointF at) const {
  constexpr double kReach = 14;  // pixels: an enlarged area to hit
  std::pair<int, int> best(-1, -1);
  double nearest = kReach;
  QHash<int, double> stacked;
  for (int s = 0; s < data_.series.size(); ++s)
    for (int i = 0; i < data_.series[s].x.size(); ++i) {
      const ChartSeries& series = data_.series[s];
      if (series.kind == ChartSeries::Kind::band) continue;
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

int Chart::guide_at(QPointF at) const {
  constexpr double kReach = 8;  // pixels
  for (int i = 0; i < data_.guides.size(); ++i) {
    const ChartGuide& guide = data_.guides[i];
    if (guide.moves.isEmpty() || guide.kind == ChartGuide::Kind::diagonal) continue;
    const bool upright = guide.kind == ChartGuide::Kind::vertical;
    const double pixel = upright ? plot_->xAxis->coordToPixel(guide.value) : plot_->yAxis->coordToPixel(guide.value);
    if (std::abs(pixel - (upright ? at.x() : at.y())) < kReach) return i;
  }
  return -1;
}

int Chart::heat_cell(QPointF at) const {
  const auto across = data_.heat.columns.size(), up = data_.heat.rows.size();
  const int column = qRound(plot_->xAxis->pixelToCoord(at.x())), row = qRound(plot_->yAxis->pixelToCoord(at.y()));
  const bool inside = column >= 0 && column < across && row >= 0 && row < up && !data_.heat.values.isEmpty();
  return inside ? static_cast<int>(row * across + column) : -1;
}

QString Chart::heat_text(int cell) const {
  const auto across = data_.heat.columns.size();
  const double value = data_.heat.values.value(cell);
  return u"%1: %2\n%3: %4\n%5: %6"_qs.arg(data_.x.label, data_.heat.columns.value(cell % across), data_.y.label,
                                          data_.heat.rows.value(cell / across), data_.heat.label,
                                          std::isfinite(value) ? QLocale().toString(value, 'g', 5) : tr("cannot run"));
}

void Chart::point_at(QMouseEvent* event) {
  if (dragged_ >= 0 && dragged_ < data_.guides.size()) {
    const bool upright = data_.guides[dragged_].kind == ChartGuide::Kind::vertical;
    const double value =
        upright ? plot_->xAxis->pixelToCoord(event->position().x()) : plot_->yAxis->pixelToCoord(event->position().y());
    emit guide_moved(data_.guides[dragged_].moves, value);
    return;
  }
  plot_->setCursor(guide_at(event->position()) >= 0 ? Qt::SizeAllCursor : Qt::ArrowCursor);
  if (const int cell = heat_cell(event->position()); cell >= 0) {
    QToolTip::showText(event->globalPosition().toPoint(), heat_text(cell), plot_);
    return;
  }
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
  if (series.look == ChartSeries::Look::hollow) lines << tr("hollow: an estimate, or beyond a limit");
  QToolTip::showText(event->globalPosition().toPoint(), lines.join(u'\n'), plot_);
}

void Chart::click_at(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  dragged_ = guide_at(event->position());
  if (dragged_ >= 0) {
    plot_->setInteractions({});
    return;
  }
  if (const int cell = heat_cell(event->position()); cell >= 0) {
    if (data_.heat.keys.value(cell).isValid()) emit picked(data_.heat.keys[cell]);
    return;
  }
  const auto [s, i] = nearest(event->position());
  if (s >= 0 && data_.series[s].keys.value(i).isValid()) emit picked(data_.series[s].keys[i]);
}

void Chart::show_as_table(bool table) { stack_->setCurrentIndex(table ? 1 : 0); }

void Chart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) redraw();
}

void Chart::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fit_width();
  plot_->replot(QCustomPlot::rpQueuedReplot);
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
