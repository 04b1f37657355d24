// The timeline under keys and mouse: W and S zoom, A and D move, arrows step from span to span, dragging zooms in.
#include "gui/gantt.h"

namespace gpufleet::gui {

void Gantt::keyPressEvent(QKeyEvent* event) {
  const double length = to_ - from_, middle = (from_ + to_) / 2;
  switch (event->key()) {
    case Qt::Key_W:
    case Qt::Key_Plus: zoom(0.7, middle); return;
    case Qt::Key_S:
    case Qt::Key_Minus: zoom(1 / 0.7, middle); return;
    case Qt::Key_A: zoom_to(from_ - length / 5, to_ - length / 5); return;
    case Qt::Key_D: zoom_to(from_ + length / 5, to_ + length / 5); return;
    case Qt::Key_0:
    case Qt::Key_Home: show_all(); return;
    case Qt::Key_Right: set_current(current_ + 1); return;
    case Qt::Key_Left: set_current(current_ < 0 ? 0 : current_ - 1); return;
    case Qt::Key_Down:
    case Qt::Key_Up: {
      if (data_.spans.empty()) return;
      const GanttSpan now = current_ < 0 ? data_.spans.front() : data_.spans[static_cast<std::size_t>(current_)];
      const int row = std::clamp(now.row + (event->key() == Qt::Key_Down ? 1 : -1), 0, static_cast<int>(data_.rows.size()) - 1);
      const auto begin = data_.spans.begin() + static_cast<std::ptrdiff_t>(row_begin_[static_cast<std::size_t>(row)]);
      const auto end = data_.spans.begin() + static_cast<std::ptrdiff_t>(row_begin_[static_cast<std::size_t>(row) + 1]);
      auto it = std::upper_bound(begin, end, now.begin, [](double t, const GanttSpan& span) { return t < span.begin; });
      if (it != begin) --it;
      if (it != end) set_current(static_cast<int>(it - data_.spans.begin()));
      return;
    }
    default: QWidget::keyPressEvent(event);
  }
}

void Gantt::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) drag_ = drag_now_ = event->position();
}
void Gantt::mouseMoveEvent(QMouseEvent* event) {
  if (drag_) {
    drag_now_ = event->position();
    update();
    return;
  }
  const int index = span_at(event->position());
  if (index < 0) {
    QToolTip::hideText();
  } else {
    QToolTip::showText(event->globalPosition().toPoint(), description(data_.spans[static_cast<std::size_t>(index)]), this);
  }
}
void Gantt::mouseReleaseEvent(QMouseEvent* event) {
  if (!drag_) return;
  const QPointF from = *drag_, to = event->position();
  drag_.reset();
  constexpr double kClick = 4;  // pixels
  if (std::abs(from.x() - to.x()) > kClick) {
    zoom_to(time_at(std::min(from.x(), to.x())), time_at(std::max(from.x(), to.x())));
  } else if (const int index = span_at(to); index >= 0) {
    set_current(index);
  }
  update();
}
void Gantt::mouseDoubleClickEvent(QMouseEvent*) { show_all(); }
void Gantt::wheelEvent(QWheelEvent* event) {
  if (!event->modifiers().testFlag(Qt::ControlModifier)) {
    event->ignore();
    return;
  }
  zoom(std::pow(0.8, event->angleDelta().y() / 120.0), time_at(event->position().x()));
}

}  // namespace gpufleet::gui
