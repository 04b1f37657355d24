// Draws a fleet: one box a hall, in it the node grid, above it leaves and spines with their links coloured and thickened by load.
// Clicking selects a hall, dragging from one to another asks to move accelerators, arrow keys walk, and what lies under the
// cursor is told in words.
#pragma once

#include "gui/fleet_map.h"

namespace gpufleet::gui {

enum class MapColours : std::uint8_t { load, role };

class FleetCanvas : public QWidget {
  Q_OBJECT
 public:
  explicit FleetCanvas(QWidget* parent);

  void set(FleetMap map);
  void set_colours(MapColours colours);
  void set_selected(int hall);
  [[nodiscard]] int selected() const { return selected_; }
  void paint(QPainter& painter, QSize size) const;
  [[nodiscard]] QSize minimumSizeHint() const override;

 signals:
  void hall_selected(int hall);
  void move_wanted(int from, int to);
  void described(const QString& text);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Place {
    QRectF box, title, spines, uplinks, leaves, out, nodes;
  };
  [[nodiscard]] int columns(QSize size) const;
  [[nodiscard]] Place place(int hall, QSize size) const;
  [[nodiscard]] int hall_at(QPointF at) const;
  [[nodiscard]] QString text_at(QPointF at) const;
  [[nodiscard]] QColor load_colour(double load) const;
  void paint_hall(QPainter& painter, const MapHall& hall, int index, const Place& place) const;
  void paint_nodes(QPainter& painter, const MapHall& hall, int index, const QRectF& area) const;
  void paint_links(QPainter& painter, const MapLinks& links, const QRectF& area, int from, int to) const;
  void paint_switches(QPainter& painter, const QString& what, int count, const QRectF& area) const;
  void paint_key(QPainter& painter, const QRectF& area) const;

  FleetMap map_;
  MapColours colours_ = MapColours::load;
  int selected_ = 0;
  int pressed_ = -1, over_ = -1;
};

}  // namespace gpufleet::gui
