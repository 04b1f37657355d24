#include "gui/gantt.h"

#include <QSvgGenerator>

#include "gui/theme.h"

namespace gpufleet::gui {
namespace {

// A step of 1, 2 or 5 times a power of ten, no smaller than `least`.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(std::max(least, 1e-15))));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (power * factor >= least) return power * factor;
  return power * 10;
}

QString seconds_text(double seconds, double step) {
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  if (step >= 1e-1) return QLocale().toString(seconds, 'f', digits) + u" s"_qs;
  if (step >= 1e-4) return QLocale().toString(seconds * 1e3, 'f', std::max(0, digits - 3)) + u" ms"_qs;
  return QLocale().toString(seconds * 1e6, 'f', std::max(0, digits - 6)) + u" µs"_qs;
}

QColor text_on(const QColor& fill) {
  return contrast_ratio(fill, Qt::white) > contrast_ratio(fill, Qt::black) ? QColor(Qt::white) : QColor(Qt::black);
}

}  // namespace

void prepare(GanttData& data) {
  std::sort(data.spans.begin(), data.spans.end(),
            [](const GanttSpan& a, const GanttSpan& b) { return std::tie(a.row, a.begin) < std::tie(b.row, b.begin); });
  data.begin = data.end = 0;
  bool first = true;
  for (const GanttSpan& span : data.spans) {
    data.begin = first ? span.begin : std::min(data.begin, span.begin);
    data.end = first ? span.end : std::max(data.end, span.end);
    first = false;
  }
}

Gantt::Gantt(const QString& name, QWidget* parent) : QWidget(parent) {
  setObjectName(name);
  setAccessibleName(name);
  setAccessibleDescription(tr("Spans over time. W and S zoom, A and D move, arrow keys step from span to span"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void Gantt::set(GanttData data) {
  data_ = std::move(data);
  row_begin_.assign(static_cast<std::size_t>(data_.rows.size()) + 1, data_.spans.size());
  for (std::size_t i = data_.spans.size(); i-- > 0;)
    if (data_.spans[i].row >= 0 && data_.spans[i].row < data_.rows.size())
      row_begin_[static_cast<std::size_t>(data_.spans[i].row)] = i;
  for (std::size_t r = row_begin_.size() - 1; r-- > 0;) row_begin_[r] = std::min(row_begin_[r], row_begin_[r + 1]);
  current_ = -1;
  from_ = data_.begin;
  to_ = data_.end > data_.begin ? data_.end : data_.begin + 1;
  updateGeometry();
  update();
  emit visible_changed(from_, to_);
}

TableData Gantt::to_table() const {
  constexpr std::size_t kMost = 20000;  // a table that a person may still scroll
  TableData table{{tr("row"), tr("what"), tr("number"), tr("begin"), tr("end"), data_.mark_name}, {}, {}};
  for (std::size_t i = 0; i < std::min(kMost, data_.spans.size()); ++i) {
    const GanttSpan& span = data_.spans[i];
    const double step = data_.axis == GanttData::Axis::days ? 1 : std::max((span.end - span.begin) / 100, 1e-7);
    table.rows << QList<Cell>{{.text = data_.rows.value(span.row)},
                              {.text = data_.kinds.value(span.kind)},
                              {.text = span.number < 0 ? QString() : QString::number(span.number)},
                              {.text = time_text(span.begin, step), .number = span.begin},
                              {.text = time_text(span.end, step), .number = span.end},
                              {.text = span.marked ? tr("yes") : QString()}};
  }
  return table;
}

int Gantt::label_width(QSize size) const {
  int widest = 0;
  for (const QString& row : data_.rows) widest = std::max(widest, fontMetrics().horizontalAdvance(row));
  return std::min(widest + 12, size.width() / 3);
}
int Gantt::axis_height() const { return fontMetrics().height() + 8; }
double Gantt::row_height(QSize size) const {
  return data_.rows.isEmpty() ? 1 : static_cast<double>(size.height() - axis_height()) / static_cast<double>(data_.rows.size());
}
QSize Gantt::minimumSizeHint() const {
  const int rows = static_cast<int>(data_.rows.size());
  return {300, axis_height() + rows * (data_.axis == GanttData::Axis::days ? fontMetrics().height() + 2
                                       : rows > 24                         ? 8
                                                                           : std::min(fontMetrics().height() + 2, 18))};
}

double Gantt::time_at(double x) const {
  const int left = label_width(size());
  return from_ + (x - left) / std::max(1, width() - left) * (to_ - from_);
}

QString Gantt::time_text(double time, double step) const {
  if (data_.axis == GanttData::Axis::days) {
    const QDate day = QDate(1970, 1, 1).addDays(std::llround(time));
    return step >= 300 ? day.toString(u"yyyy") : step >= 28 ? day.toString(u"yyyy-MM") : day.toString(Qt::ISODate);
  }
  return seconds_text(time, step);
}

void Gantt::zoom_to(double begin, double end) {
  const double whole = std::max(data_.end - data_.begin, 1e-12);
  const double length = std::clamp(end - begin, whole * 1e-7, whole);
  from_ = std::clamp(begin, data_.begin, data_.end - length);
  to_ = from_ + length;
  update();
  emit visible_changed(from_, to_);
}

void Gantt::zoom(double factor, double around) { zoom_to(around - (around - from_) * factor, around + (to_ - around) * factor); }

void Gantt::paint_axis(QPainter& painter, QSize size) const {
  const int left = label_width(size);
  const double length = to_ - from_, width = size.width() - left;
  const int text_width =
      fontMetrics().horizontalAdvance(data_.axis == GanttData::Axis::days ? u"2026-12-31 "_qs : u"123456.789 ms "_qs);
  double step = round_step(length * text_width / std::max(1.0, width));
  if (data_.axis == GanttData::Axis::days)
    step = step <= 31 ? std::max(1.0, step) : step <= 100 ? 91.3125 : step <= 200 ? 182.625 : std::ceil(step / 365.25) * 365.25;
  painter.setPen(theme_colours().faint_text);
  const double base = data_.axis == GanttData::Axis::days ? 0.5 : 0;  // 1970-01-01
  for (double tick = std::ceil((from_ - base) / step) * step + base; tick <= to_; tick += step) {
    const double x = left + (tick - from_) / length * width;
    painter.setPen(QPen(theme_colours().faint, 1, Qt::DotLine));
    painter.drawLine(QPointF(x, axis_height()), QPointF(x, size.height()));
    painter.setPen(theme_colours().text);
    if (x + text_width * 0.6 < size.width() || tick == base)
      painter.drawText(QPointF(x + 2, axis_height() - 6), time_text(tick, step));
  }
}

void Gantt::paint_row(QPainter& painter, QSize size, int row) const {
  const int left = label_width(size);
  const double height = row_height(size), top = axis_height() + row * height;
  const double gap = height > 12 ? 2 : height > 4 ? 1 : 0;
  const double scale = (size.width() - left) / (to_ - from_);
  const auto begin = data_.spans.begin() + static_cast<std::ptrdiff_t>(row_begin_[static_cast<std::size_t>(row)]);
  const auto end = data_.spans.begin() + static_cast<std::ptrdiff_t>(row_begin_[static_cast<std::size_t>(row) + 1]);
  // Rows are sorted by begin; a span that began before the window is looked for one step back, which holds where spans of a
  // row do not overlap.
  auto it = std::lower_bound(begin, end, from_, [](const GanttSpan& span, double time) { return span.begin < time; });
  if (it != begin) --it;
  // Spans within one pixel column are drawn as one, in the colour of the longest, paler where they leave gaps; columns that look
  // alike are drawn together.
  int column = -1;
  double covered = 0, longest = 0;
  const GanttSpan* shown = nullptr;
  struct Strip {
    int from = 0, to = 0, kind = -1, shade = 0;
    bool marked = false;
  } strip;
  constexpr int kShades = 8;
  const auto draw_strip = [&] {
    if (strip.kind < 0) return;
    QColor colour = data_.colours[strip.kind] < 0 ? theme_colours().faint : series_colour(data_.colours[strip.kind]);
    colour.setAlphaF(static_cast<float>(0.35 + 0.65 * strip.shade / kShades));
    painter.fillRect(QRectF(left + strip.from, top + gap / 2, strip.to - strip.from, height - gap), colour);
    if (strip.marked)
      painter.fillRect(QRectF(left + strip.from, top + height - gap / 2 - 2, strip.to - strip.from, 2), theme_colours().error);
    strip.kind = -1;
  };
  const auto flush = [&] {
    if (shown == nullptr) return;
    const int shade = static_cast<int>(std::clamp(covered * scale, 0.0, 1.0) * kShades + 0.5);
    if (strip.kind != shown->kind || strip.shade != shade || strip.marked != shown->marked || strip.to != column) {
      draw_strip();
      strip = {column, column, shown->kind, shade, shown->marked};
    }
    strip.to = column + 1;
    shown = nullptr;
    covered = longest = 0;
  };
  for (; it != end && it->begin <= to_; ++it) {
    if (it->end < from_) continue;
    const double x0 = std::max(0.0, (it->begin - from_) * scale), x1 = (std::min(it->end, to_) - from_) * scale;
    if (x1 - x0 < 2) {
      const int at = static_cast<int>(x0);
      if (at != column) {
        flush();
        column = at;
      }
      covered += it->end - it->begin;
      if (shown == nullptr || it->end - it->begin > longest) shown = &*it, longest = it->end - it->begin;
      continue;
    }
    flush();
    draw_strip();
    const QColor colour = data_.colours.value(it->kind, -1) < 0 ? theme_colours().faint : series_colour(data_.colours[it->kind]);
    const QRectF box(left + x0, top + gap / 2, x1 - x0, height - gap);
    painter.fillRect(box, colour);
    if (x1 - x0 > 4 && height > 6) {
      painter.setPen(QPen(theme_colours().base, 1));
      painter.drawLine(box.topLeft(), box.bottomLeft());
    }
    if (it->marked)
      painter.fillRect(QRectF(box.left(), box.bottom() - std::min(3.0, height / 4), box.width(), std::min(3.0, height / 4)),
                       theme_colours().error);
    if (height > fontMetrics().height() - 2) {
      const QString number = it->number < 0 ? QString() : QString::number(it->number);
      const QString full = it->number < 0 ? data_.kinds.value(it->kind) : data_.kinds.value(it->kind) + u' ' + number;
      const QString& text = fontMetrics().horizontalAdvance(full) + 6 < box.width() ? full : number;
      if (!text.isEmpty() && fontMetrics().horizontalAdvance(text) + 4 < box.width()) {
        painter.setPen(text_on(colour));
        painter.drawText(box.adjusted(3, 0, -1, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
      }
    }
  }
  flush();
  draw_strip();
}

void Gantt::paint(QPainter& painter, QSize size) const {
  const ThemeColours& c = theme_colours();
  painter.fillRect(QRect(QPoint(), size), c.base);
  painter.setFont(font());
  if (data_.spans.empty()) {
    painter.setPen(c.faint_text);
    painter.drawText(QRect(QPoint(), size), Qt::AlignCenter | Qt::TextWordWrap, data_.empty_text);
    return;
  }
  paint_axis(painter, size);
  const int left = label_width(size);
  const double height = row_height(size);
  const int every = std::max(1, static_cast<int>(std::ceil((fontMetrics().height() - 3) / height)));
  for (int row = 0; row < data_.rows.size(); ++row) {
    if (row % every == 0) {
      painter.setPen(c.text);
      painter.drawText(
          QRectF(4, axis_height() + row * height - (every > 1 ? 2 : 0), left - 8, std::max(height, fontMetrics().height() * 1.0)),
          Qt::AlignLeft | Qt::AlignVCenter, fontMetrics().elidedText(data_.rows[row], Qt::ElideMiddle, left - 8));
    }
    paint_row(painter, size, row);
  }
  if (current_ >= 0) {
    const GanttSpan& span = data_.spans[static_cast<std::size_t>(current_)];
    const double scale = (size.width() - left) / (to_ - from_);
    painter.setPen(QPen(c.text, 2));
    painter.drawRect(QRectF(left + (span.begin - from_) * scale, axis_height() + span.row * height + 1,
                            std::max(3.0, (span.end - span.begin) * scale), height - 2));
  }
}

void Gantt::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, size());
  if (drag_) {
    QColor shade = theme_colours().accent;
    shade.setAlpha(60);
    painter.fillRect(QRectF(QPointF(drag_->x(), axis_height()), QPointF(drag_now_.x(), height())).normalized(), shade);
  }
  if (hasFocus()) {
    painter.setPen(QPen(theme_colours().accent, 2));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

QString Gantt::description(const GanttSpan& span) const {
  const double step = data_.axis == GanttData::Axis::days ? 1 : std::max((span.end - span.begin) / 1000, 1e-9);
  QString text = u"%1 · %2"_qs.arg(data_.rows.value(span.row), data_.kinds.value(span.kind));
  if (span.number >= 0) text += u' ' + QString::number(span.number);
  text += data_.axis == GanttData::Axis::days
              ? tr(" · %1 to %2").arg(time_text(span.begin, step), time_text(span.end, step))
              : tr(" · begins %1, lasts %2").arg(time_text(span.begin, step), time_text(span.end - span.begin, step));
  if (span.marked) text += u" · "_qs + data_.mark_name;
  return text;
}

int Gantt::span_at(QPointF at) const {
  const int row = static_cast<int>((at.y() - axis_height()) / row_height(size()));
  if (at.y() < axis_height() || row < 0 || row >= data_.rows.size() || at.x() < label_width(size())) return -1;
  const double time = time_at(at.x());
  const auto begin = data_.spans.begin() + static_cast<std::ptrdiff_t>(row_begin_[static_cast<std::size_t>(row)]);
  const auto end = data_.spans.begin() + static_cast<std::ptrdiff_t>(row_begin_[static_cast<std::size_t>(row) + 1]);
  const auto it = std::upper_bound(begin, end, time, [](double t, const GanttSpan& span) { return t < span.begin; });
  if (it == begin || std::prev(it)->end < time) return -1;
  return static_cast<int>(std::prev(it) - data_.spans.begin());
}

void Gantt::set_current(int index) {
  if (index < 0 || index >= static_cast<int>(data_.spans.size())) return;
  current_ = index;
  const GanttSpan& span = data_.spans[static_cast<std::size_t>(index)];
  if (span.begin < from_ || span.end > to_) zoom_to(span.begin - (to_ - from_) / 2, span.begin + (to_ - from_) / 2);
  emit described(description(span));
  update();
}

bool Gantt::find(const QString& text) {
  const int count = static_cast<int>(data_.spans.size());
  for (int step = 1; step <= count; ++step) {
    const int index = (current_ + step + count) % count;
    if (!description(data_.spans[static_cast<std::size_t>(index)]).contains(text, Qt::CaseInsensitive)) continue;
    set_current(index);
    return true;
  }
  return false;
}

bool Gantt::save_as(const QString& file) {
  if (file.endsWith(u".svg")) {
    QSvgGenerator generator;
    generator.setFileName(file);
    generator.setSize(size());
    generator.setViewBox(rect());
    QPainter painter;
    if (!painter.begin(&generator)) return false;
    paint(painter, size());
    return painter.end();
  }
  QImage image(size() * 2, QImage::Format_RGB32);
  image.setDevicePixelRatio(2);
  QPainter painter(&image);
  paint(painter, size());
  painter.end();
  return image.save(file);
}

}  // namespace gpufleet::gui
