// A chart as a value, and the widget that draws it with QCustomPlot. Every chart can be read as a table instead, exported, and
// reached by keyboard and screen reader.
#pragma once

#include <QVariant>
#include <QWidget>

#include "gui/table_data.h"

class QCustomPlot;
class QStackedWidget;

namespace gpufleet::gui {

struct ChartAxis {
  QString label;
  enum class Scale : std::uint8_t { linear, logarithmic } scale = Scale::linear;
  friend bool operator==(const ChartAxis&, const ChartAxis&) = default;
};

struct ChartSeries {
  enum class Kind : std::uint8_t { points, line, bars, band } kind = Kind::points;
  QString name;
  int colour = 0;           ///< index of series_colour; -1 = grey
  QList<double> x, y;       ///< bars: x is the length, y the category; band: y is unused, low and high are its edges
  QList<double> low, high;  ///< of y (bars: of x); empty = no interval
  QList<double> from;       ///< bars only: where each begins; empty = on the series before it
  QStringList labels;       ///< one a point; shown on hover and, where `label_points`, beside it
  enum class Labelling : std::uint8_t { hover, beside } labelling = Labelling::hover;
  QList<QVariant> keys;  ///< what a point stands for
  /// hollow: an estimate, or something that does not count.
  enum class Look : std::uint8_t { solid, hollow } look = Look::solid;
  friend bool operator==(const ChartSeries&, const ChartSeries&) = default;
};

struct ChartGuide {
  enum class Kind : std::uint8_t { horizontal, vertical, diagonal } kind = Kind::horizontal;
  double value = 0;  ///< diagonal: factor of y = value · x
  QString label;
  QString moves = {};  ///< named in `guide_moved` when the user drags it; empty = fixed
  friend bool operator==(const ChartGuide&, const ChartGuide&) = default;
};

/// Cells over two lists of values, drawn by colour with their numbers.
struct ChartHeat {
  QStringList columns, rows;
  QList<double> values;  ///< row by row; NaN = not there
  QString label;
  QList<QVariant> keys;
  friend bool operator==(const ChartHeat&, const ChartHeat&) = default;
};

struct ChartData {
  QString title;
  ChartAxis x, y;
  QStringList categories;  ///< of bars, from the top
  QList<ChartSeries> series;
  QList<ChartGuide> guides;
  ChartHeat heat = {};      ///< instead of series
  QString empty_text = {};  ///< what to do, where there is nothing to draw yet
  friend bool operator==(const ChartData&, const ChartData&) = default;
};

TableData to_table(const ChartData& chart);

class Chart : public QWidget {
  Q_OBJECT
 public:
  Chart(const QString& name, QWidget* parent);

  void set(ChartData data);
  [[nodiscard]] const ChartData& data() const { return data_; }
  [[nodiscard]] QPixmap picture(QSize size);
  void save();
  /// By the file's ending: png, svg, pdf. False where the file cannot be written.
  bool save_as(const QString& file);
  void redraw();

 signals:
  void picked(const QVariant& key);
  /// While it is dragged, and at the end.
  void guide_moved(const QString& what, double value);

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void draw_series();
  void draw_bars();
  void draw_heat();
  void draw_guides();
  void scale_axes();
  void style();
  void fit_width();
  void point_at(QMouseEvent* event);
  void click_at(QMouseEvent* event);
  void show_as_table(bool table);
  [[nodiscard]] std::pair<int, int> nearest(QPointF at) const;
  [[nodiscard]] int guide_at(QPointF at) const;
  [[nodiscard]] int heat_cell(QPointF at) const;
  [[nodiscard]] QString heat_text(int cell) const;

  ChartData data_;
  QCustomPlot* plot_;
  QStackedWidget* stack_;
  std::optional<bool> legend_below_;
  int dragged_ = -1;  // guide under the pressed button
  class TablePanel* table_;
};

}  // namespace gpufleet::gui
