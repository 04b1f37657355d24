#include "scenarios/report/svg_chart.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "scenarios/output/number_text.h"

namespace gpufleet::scenarios {
namespace {

// Okabe and Ito's colours, told apart by colour-blind readers too.
constexpr std::array<std::string_view, 8> kColours{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                   "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"};
std::string_view colour(std::size_t i) { return kColours[i % kColours.size()]; }

constexpr double kWidth = 760, kLabelWidth = 230, kRight = 90, kRow = 26, kTop = 8, kAxis = 34;
constexpr int kDigits = 3;

// A step of 1, 2 or 5 times a power of ten that gives about five ticks up to `most`.
double tick_step(double most) {
  if (!(most > 0)) return 1;
  const double raw = most / 5, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) return factor * power;
  return 10 * power;
}

std::string clipped(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
  return text.substr(0, end) + "…";
}

std::string open(const std::string& title, double height) {
  return fmt::format(
      "<figure><figcaption>{0}</figcaption><svg viewBox=\"0 0 {1} {2}\" role=\"img\" aria-label=\"{0}\" "
      "xmlns=\"http://www.w3.org/2000/svg\">",
      escape_html(title), kWidth, height);
}
std::string close() { return "</svg></figure>\n"; }

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor, escape_html(text));
}

// Ticks below a horizontal scale of `most` over [left, right].
std::string ticks(double most, double left, double right, double top, double bottom) {
  std::string out;
  const double step = tick_step(most);
  for (int i = 0; i * step <= most * 1.0001; ++i) {
    const double x = left + (right - left) * (i * step / most);
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>", x, top, bottom);
    out += text_at(x, bottom + 16, "middle", number_text(i * step, kDigits));
  }
  return out;
}

std::string legend(const std::vector<std::string>& names) {
  std::string out = "<ul class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i)
    out += fmt::format("<li><span style=\"background:{}\"></span>{}</li>", colour(i), escape_html(names[i]));
  return out + "</ul>\n";
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string bar_chart(const std::string& title, const std::string& unit, const std::vector<Bar>& bars) {
  double most = 0;
  for (const Bar& bar : bars) most = std::max({most, bar.value, bar.high});
  if (!(most > 0) || !std::isfinite(most)) return {};
  const double bottom = kTop + kRow * static_cast<double>(bars.size()), left = kLabelWidth, right = kWidth - kRight;
  const auto at = [&](double value) { return left + (right - left) * std::clamp(value / most, 0.0, 1.0); };
  std::string out = open(fmt::format("{} ({})", title, unit), bottom + kAxis) + ticks(most, left, right, kTop, bottom);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double y = kTop + kRow * static_cast<double>(i), middle = y + kRow / 2;
    out += text_at(left - 8, middle + 4, "end", clipped(bar.label, 36));
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>", left, y + 4,
                       at(bar.value) - left, kRow - 8, colour(0));
    if (bar.low != bar.high)
      out += fmt::format("<line class=\"whisker\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", at(bar.low),
                         at(bar.high), middle, middle);
    out += text_at(std::max(at(bar.value), at(bar.high)) + 6, middle + 4, "start", number_text(bar.value, kDigits));
  }
  return out + close();
}

std::string stacked_chart(const std::string& title, const std::string& unit, const std::vector<Stack>& stacks) {
  std::vector<std::string> names;
  double most = 0;
  for (const Stack& stack : stacks) {
    double sum = 0;
    for (const StackPart& part : stack.parts) {
      if (std::ranges::find(names, part.name) == names.end()) names.push_back(part.name);
      sum += part.value;
    }
    most = std::max(most, sum);
  }
  if (!(most > 0) || !std::isfinite(most)) return {};
  const double bottom = kTop + kRow * static_cast<double>(stacks.size()), left = kLabelWidth, right = kWidth - kRight;
  std::string out = open(fmt::format("{} ({})", title, unit), bottom + kAxis) + ticks(most, left, right, kTop, bottom);
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const double y = kTop + kRow * static_cast<double>(i);
    out += text_at(left - 8, y + kRow / 2 + 4, "end", clipped(stacks[i].label, 36));
    double x = left;
    for (const StackPart& part : stacks[i].parts) {
      const double width = (right - left) * part.value / most;
      const auto index = static_cast<std::size_t>(std::ranges::find(names, part.name) - names.begin());
      out += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"><title>{}: {} {}</title></rect>", x,
          y + 4, width, kRow - 8, colour(index), escape_html(part.name), number_text(part.value, kDigits), escape_html(unit));
      x += width;
    }
  }
  return out + "</svg>" + legend(names) + "</figure>\n";
}

std::string scatter_chart(const std::string& title, const std::string& x_name, const std::string& y_name,
                          const std::vector<Point>& points) {
  double most_x = 0, most_y = 0;
  for (const Point& point : points) most_x = std::max(most_x, point.x), most_y = std::max(most_y, point.y);
  if (!(most_x > 0) || !(most_y > 0) || !std::isfinite(most_x) || !std::isfinite(most_y)) return {};
  most_x *= 1.1, most_y *= 1.1;
  constexpr double kHeight = 300, kLeft = 70;
  const double right = kWidth - 160, bottom = kHeight - 46;
  std::string out = open(title, kHeight) + ticks(most_x, kLeft, right, kTop, bottom);
  const double step = tick_step(most_y);
  const auto y_of = [&](double y) { return bottom - (bottom - kTop) * (y / most_y); };
  for (int i = 0; i * step <= most_y; ++i) {
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", kLeft, right,
                       y_of(i * step));
    out += text_at(kLeft - 6, y_of(i * step) + 4, "end", number_text(i * step, kDigits));
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double x = kLeft + (right - kLeft) * points[i].x / most_x, y = y_of(points[i].y);
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\"/>", x, y, colour(i));
    out += text_at(x + 8, y - 6, "start", clipped(points[i].label, 30));
  }
  out += text_at((kLeft + right) / 2, kHeight - 8, "middle", x_name) + text_at(kLeft, kTop + 4, "start", y_name);
  return out + close();
}

std::string line_chart(const std::string& title, const std::string& unit, const std::vector<std::string>& positions,
                       const std::vector<Series>& series) {
  double most = 0;
  for (const Series& one : series)
    for (const double value : one.values)
      if (std::isfinite(value)) most = std::max(most, value);
  if (!(most > 0) || positions.size() < 2) return {};
  constexpr double kHeight = 280, kLeft = 70;
  const double right = kWidth - 20, bottom = kHeight - 40;
  const auto x_of = [&](std::size_t i) {
    return kLeft + (right - kLeft) * static_cast<double>(i) / static_cast<double>(positions.size() - 1);
  };
  const auto y_of = [&](double y) { return bottom - (bottom - kTop) * (y / most); };
  std::string out = open(unit.empty() ? title : fmt::format("{} ({})", title, unit), kHeight);
  const double step = tick_step(most);
  for (int i = 0; i * step <= most * 1.0001; ++i) {
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", kLeft, right,
                       y_of(i * step));
    out += text_at(kLeft - 6, y_of(i * step) + 4, "end", number_text(i * step, kDigits));
  }
  constexpr std::size_t kLabels = 8;
  const std::size_t stride = std::max<std::size_t>(1, (positions.size() + kLabels - 1) / kLabels);
  for (std::size_t i = 0; i < positions.size(); i += stride) out += text_at(x_of(i), bottom + 18, "middle", positions[i]);
  std::vector<std::string> names;
  for (std::size_t s = 0; s < series.size(); ++s) {
    names.push_back(series[s].name);
    std::string path;
    bool drawing = false;
    for (std::size_t i = 0; i < series[s].values.size() && i < positions.size(); ++i) {
      if (!std::isfinite(series[s].values[i])) {
        drawing = false;
        continue;
      }
      path += fmt::format("{}{:.1f} {:.1f}", drawing ? "L" : "M", x_of(i), y_of(series[s].values[i]));
      drawing = true;
    }
    out += fmt::format("<path class=\"line\" d=\"{}\" stroke=\"{}\"/>", path, colour(s));
  }
  return out + "</svg>" + legend(names) + "</figure>\n";
}

}  // namespace gpufleet::scenarios
