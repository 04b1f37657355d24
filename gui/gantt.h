// Work over time: rows of spans on one time axis, at any size. Spans narrower than a pixel are joined as they are drawn, so that
// a million cost no more than reading them once. W and S zoom, A and D move, arrows step from span to span, dragging zooms in.
#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

#include "gui/table_data.h"

namespace gpufleet::gui {

struct GanttSpan {
  double begin = 0, end = 0;
  std::int32_t row = 0;
  std::int16_t kind = 0;     ///< index into GanttData::kinds
  bool marked = false;       ///< on the critical path
  std::int32_t number = -1;  ///< shown after the kind's name where there is room; -1 = none
};

struct GanttData {
  enum class Axis : std::uint8_t { seconds, days } axis = Axis::seconds;  ///< days count from 1970
  QStringList rows;
  QStringList kinds;
  QList<int> colours;            ///< of the kinds; -1 = grey
  std::vector<GanttSpan> spans;  ///< sorted by row, then begin
  double begin = 0, end = 0;
  QString mark_name;  ///< what a marked span is
  QString empty_text;
};

/// Sorts spans and sets begin and end.
void prepare(GanttData& data);

class Gantt : public QWidget {
  Q_OBJECT
 public:
  Gantt(const QString& name, QWidget* parent);

  void set(GanttData data);
  [[nodiscard]] const GanttData& data() const { return data_; }
  [[nodiscard]] TableData to_table() const;
  void zoom_to(double begin, double end);
  void zoom(double factor, double around);
  void show_all() { zoom_to(data_.begin, data_.end); }
  [[nodiscard]] double visible_begin() const { return from_; }
  [[nodiscard]] double visible_end() const { return to_; }
  /// The span under the keyboard's cursor, or -1.
  [[nodiscard]] int current() const { return current_; }
  void set_current(int index);
  bool find(const QString& text);
  void paint(QPainter& painter, QSize size) const;
  bool save_as(const QString& file);

  [[nodiscard]] QSize minimumSizeHint() const override;

 signals:
  void visible_changed(double begin, double end);
  void described(const QString& text);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;

 private:
  [[nodiscard]] int label_width(QSize size) const;
  [[nodiscard]] int axis_height() const;
  [[nodiscard]] double row_height(QSize size) const;
  [[nodiscard]] double time_at(double x) const;
  [[nodiscard]] int span_at(QPointF at) const;
  [[nodiscard]] QString description(const GanttSpan& span) const;
  [[nodiscard]] QString time_text(double time, double step) const;
  void paint_axis(QPainter& painter, QSize size) const;
  void paint_row(QPainter& painter, QSize size, int row) const;

  GanttData data_;
  std::vector<std::size_t> row_begin_;  // of each row in spans, one more at the end
  double from_ = 0, to_ = 1;
  int current_ = -1;
  std::optional<QPointF> drag_;
  QPointF drag_now_;
};

}  // namespace gpufleet::gui
