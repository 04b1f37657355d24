#include "gui/fleet_canvas.h"

#include "gui/text.h"
#include "gui/theme.h"

namespace gpufleet::gui {
namespace {
constexpr int kGap = 10;              // between halls, pixels
constexpr std::int64_t kCells = 640;  // most that a hall's grid shows; beyond it one stands for several nodes
}  // namespace

FleetCanvas::FleetCanvas(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Map of the fleet"));
  setAccessibleDescription(tr("Arrow keys walk from hall to hall; the table beside it holds the same figures"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
}

void FleetCanvas::set(FleetMap map) {
  if (map == map_) return;
  map_ = std::move(map);
  selected_ = std::clamp(selected_, 0, std::max(0, static_cast<int>(map_.halls.size()) - 1));
  updateGeometry();
  update();
}

void FleetCanvas::set_colours(MapColours colours) {
  colours_ = colours;
  update();
}

void FleetCanvas::set_selected(int hall) {
  if (hall < 0 || hall >= map_.halls.size()) return;
  selected_ = hall;
  update();
  emit hall_selected(hall);
  emit described(hall_text(map_.halls[hall]).replace(u'\n', u" · "_qs));
}

int FleetCanvas::columns(QSize size) const {
  const int widest = fontMetrics().averageCharWidth() * 34;
  const int most = std::max(1, size.width() / std::max(1, widest));
  return std::clamp(static_cast<int>(map_.halls.size()), 1, most);
}

QSize FleetCanvas::minimumSizeHint() const {
  const int line = fontMetrics().height();
  const int rows = map_.halls.isEmpty() ? 1 : (static_cast<int>(map_.halls.size()) + columns(size()) - 1) / columns(size());
  return {line * 16, rows * line * 13 + line * 3};
}

FleetCanvas::Place FleetCanvas::place(int hall, QSize size) const {
  const int across = columns(size), down = (static_cast<int>(map_.halls.size()) + across - 1) / across;
  const double line = fontMetrics().height(), key = line * 1.8;
  const double width = (size.width() - kGap * (across + 1.0)) / across;
  const double height = (size.height() - key - kGap * (down + 1.0)) / std::max(1, down);
  Place out;
  out.box = QRectF(kGap + (hall % across) * (width + kGap), kGap + (hall / across) * (height + kGap), width, height);
  QRectF rest = out.box.adjusted(8, 4, -8, -8);
  const auto take = [&rest](double h) {
    const QRectF top(rest.left(), rest.top(), rest.width(), h);
    rest.setTop(rest.top() + h);
    return top;
  };
  out.title = take(line * 2.3);
  if (map_.halls[hall].leaves > 0) {
    const double link = std::clamp(height * 0.09, 14.0, 60.0);
    if (map_.halls[hall].spines > 0) {
      out.spines = take(line * 1.3);
      out.uplinks = take(link);
    }
    out.leaves = take(line * 1.3);
    out.out = take(link);
  }
  out.nodes = rest;
  return out;
}

// Pale is idle, dark is busy; the width of links and the words say the same.
QColor FleetCanvas::load_colour(double load) const {
  if (std::isnan(load)) return theme_colours().faint;
  const QColor low = appearance() == Appearance::dark ? QColor("#35607f") : QColor("#a9c9e2");
  const QColor high("#d55e00");
  const double t = std::clamp(load, 0.0, 1.0);
  const auto mix = [t](int a, int b) { return qRound(a + t * (b - a)); };
  return {mix(low.red(), high.red()), mix(low.green(), high.green()), mix(low.blue(), high.blue())};
}

void FleetCanvas::paint_nodes(QPainter& painter, const MapHall& hall, int index, const QRectF& area) const {
  if (hall.nodes() <= 0 || area.height() < 8) return;
  const std::int64_t each = (hall.nodes() + kCells - 1) / kCells, cells = (hall.nodes() + each - 1) / each;
  const double line = fontMetrics().height();
  const QRectF grid = area.adjusted(0, 0, 0, -line * 1.1);
  const double side =
      std::max(3.0, std::min(26.0, std::sqrt(grid.width() * std::max(8.0, grid.height()) / static_cast<double>(cells))));
  auto across = std::max<std::int64_t>(1, static_cast<std::int64_t>(grid.width() / side));
  const auto rows = (cells + across - 1) / across;
  const double step = std::min(side, grid.height() / static_cast<double>(std::max<std::int64_t>(1, rows)));
  const QColor colour = colours_ == MapColours::load ? load_colour(hall.busy) : series_colour(index);
  for (std::int64_t i = 0; i < cells; ++i) {
    const QRectF cell(grid.left() + static_cast<double>(i % across) * side, grid.top() + static_cast<double>(i / across) * step,
                      side - 1.5, step - 1.5);
    painter.fillRect(cell, colour);
  }
  painter.setPen(theme_colours().faint_text);
  painter.drawText(area, Qt::AlignLeft | Qt::AlignBottom,
                   each == 1 ? tr("a square is a node of %1").arg(hall.gpus_per_node)
                             : tr("a square is %1 nodes of %2").arg(each).arg(hall.gpus_per_node));
}

void FleetCanvas::paint_links(QPainter& painter, const MapLinks& links, const QRectF& area, int from, int to) const {
  constexpr int kMost = 48;  // lines that still can be told apart
  const int count = std::clamp(std::max(from, to), 1, kMost);
  const double load = std::isnan(links.load) ? 0 : links.load;
  painter.setPen(QPen(load_colour(links.load), 1 + 3 * load));
  for (int i = 0; i < count; ++i) {
    const double bottom = area.left() + (i + 0.5) / count * area.width();
    const double top = area.left() + (std::floor(static_cast<double>(i) * std::min(from, count) / count) + 0.5) /
                                         std::max(1, std::min(from, count)) * area.width();
    painter.drawLine(QPointF(top, area.top()), QPointF(bottom, area.bottom()));
  }
  const QString text = std::isnan(links.load) ? tr("%1 · load not known").arg(links.name)
                                              : tr("%1 · load %2 %").arg(links.name).arg(qRound(links.load * 100));
  QRectF label = fontMetrics().boundingRect(text);
  label.moveCenter(area.center());
  painter.fillRect(label.adjusted(-3, -1, 3, 1), theme_colours().base);
  painter.setPen(theme_colours().text);
  painter.drawText(label.adjusted(-2, 0, 4, 0), Qt::AlignCenter, text);
}

void FleetCanvas::paint_switches(QPainter& painter, const QString& what, int count, const QRectF& area) const {
  const int shown = std::min(count, 24);
  const double width = area.width() / std::max(1, shown);
  painter.setPen(QPen(theme_colours().faint_text, 1));
  painter.setBrush(theme_colours().alternate);
  for (int i = 0; i < shown; ++i)
    painter.drawRect(QRectF(area.left() + i * width + 1, area.top() + 1, std::max(2.0, width - 2), area.height() - 2));
  const QString text = tr("%L1 %2").arg(count).arg(what);
  QRectF label = fontMetrics().boundingRect(text);
  label.moveCenter(area.center());
  painter.fillRect(label.adjusted(-4, 0, 4, 0), theme_colours().alternate);
  painter.setPen(theme_colours().text);
  painter.drawText(label.adjusted(-2, 0, 4, 0), Qt::AlignCenter, text);
}

void FleetCanvas::paint_hall(QPainter& painter, const MapHall& hall, int index, const Place& place) const {
  const ThemeColours& c = theme_colours();
  painter.setBrush(c.base);
  painter.setPen(QPen(index == selected_                ? c.accent
                      : index == over_ && pressed_ >= 0 ? c.warning
                                                        : c.faint,
                      index == selected_ || (index == over_ && pressed_ >= 0) ? 3 : 1));
  painter.drawRoundedRect(place.box, 6, 6);
  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(c.text);
  const auto elided = [&](const QString& text) {
    return QFontMetrics(painter.font()).elidedText(text, Qt::ElideRight, static_cast<int>(place.title.width()));
  };
  const QString site = hall.site.isEmpty() ? QString() : hall.site + u" · "_qs;
  painter.drawText(place.title, Qt::AlignLeft | Qt::AlignTop,
                   elided(tr("%1%2 · %L3 × %4").arg(site, hall.name).arg(hall.gpus).arg(hall.chip)));
  painter.setFont(font());
  painter.setPen(c.faint_text);
  const QString busy = std::isnan(hall.busy) ? QString() : tr("busy %1 %").arg(qRound(hall.busy * 100));
  QStringList second;
  for (const QString& part : {hall.role, busy})
    if (!part.isEmpty()) second << part;
  painter.drawText(place.title, Qt::AlignLeft | Qt::AlignBottom, elided(second.join(u" · "_qs)));
  if (!place.leaves.isEmpty()) {
    if (!place.spines.isEmpty()) {
      paint_links(painter, hall.uplinks, place.uplinks, hall.spines, hall.leaves);
      paint_switches(painter, tr("spines"), hall.spines, place.spines);
    }
    paint_links(painter, hall.scale_out, place.out, hall.leaves, static_cast<int>(std::min<std::int64_t>(hall.nodes(), 48)));
    paint_switches(painter, tr("leaves"), hall.leaves, place.leaves);
  }
  paint_nodes(painter, hall, index, place.nodes);
}

void FleetCanvas::paint_key(QPainter& painter, const QRectF& area) const {
  painter.setPen(theme_colours().text);
  QString links;
  for (const MapSiteLink& link : map_.links) links += u" · "_qs + tr("%1 – %2 linked").arg(link.from, link.to);
  if (colours_ == MapColours::role) {
    painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, tr("Colours tell the halls apart") + links);
    return;
  }
  const QString first = tr("Load: idle"), last = tr("full; grey: not known");
  const double left = fontMetrics().horizontalAdvance(first) + 6, bar = std::min(160.0, area.width() / 4);
  painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, first);
  constexpr int kSteps = 20;
  for (int i = 0; i < kSteps; ++i)
    painter.fillRect(QRectF(area.left() + left + bar * i / kSteps, area.center().y() - 6, bar / kSteps + 0.5, 12),
                     load_colour((i + 0.5) / kSteps));
  painter.drawText(area.adjusted(left + bar + 6, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, last + links);
}

void FleetCanvas::paint(QPainter& painter, QSize size) const {
  painter.fillRect(QRect(QPoint(), size), theme_colours().window);
  painter.setFont(font());
  painter.setRenderHint(QPainter::Antialiasing);
  if (map_.halls.isEmpty()) {
    painter.setPen(theme_colours().faint_text);
    painter.drawText(QRect(QPoint(), size), Qt::AlignCenter | Qt::TextWordWrap, map_.empty_text);
    return;
  }
  for (int i = 0; i < map_.halls.size(); ++i) paint_hall(painter, map_.halls[i], i, place(i, size));
  const double key = fontMetrics().height() * 1.8;
  paint_key(painter, QRectF(kGap, size.height() - key, size.width() - 2.0 * kGap, key));
}

void FleetCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, size());
  if (!hasFocus()) return;
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme_colours().accent, 2));
  painter.drawRect(rect().adjusted(1, 1, -1, -1));
}

int FleetCanvas::hall_at(QPointF at) const {
  for (int i = 0; i < map_.halls.size(); ++i)
    if (place(i, size()).box.contains(at)) return i;
  return -1;
}

QString FleetCanvas::text_at(QPointF at) const {
  const int hall = hall_at(at);
  if (hall < 0) return {};
  const Place where = place(hall, size());
  const MapHall& each = map_.halls[hall];
  if (where.uplinks.contains(at)) return links_text(each, each.uplinks);
  if (where.out.contains(at)) return links_text(each, each.scale_out);
  if (where.nodes.contains(at) && each.scale_up.lanes > 0) return hall_text(each) + u"\n\n"_qs + links_text(each, each.scale_up);
  return hall_text(each);
}

void FleetCanvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  pressed_ = hall_at(event->position());
  if (pressed_ >= 0) set_selected(pressed_);
}

void FleetCanvas::mouseMoveEvent(QMouseEvent* event) {
  const int now = hall_at(event->position());
  if (now == over_) return;
  over_ = now;
  setCursor(pressed_ >= 0 && over_ >= 0 && over_ != pressed_ ? Qt::DragMoveCursor : Qt::ArrowCursor);
  if (pressed_ >= 0) update();
}

void FleetCanvas::mouseReleaseEvent(QMouseEvent* event) {
  const int from = std::exchange(pressed_, -1), to = hall_at(event->position());
  setCursor(Qt::ArrowCursor);
  update();
  if (from >= 0 && to >= 0 && from != to) emit move_wanted(from, to);
}

void FleetCanvas::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Right: return set_selected(selected_ + 1);
    case Qt::Key_Left: return set_selected(selected_ - 1);
    case Qt::Key_Down: return set_selected(selected_ + columns(size()));
    case Qt::Key_Up: return set_selected(selected_ - columns(size()));
    default: QWidget::keyPressEvent(event);
  }
}

bool FleetCanvas::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), text_at(help->pos()), this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace gpufleet::gui
