#include "scenarios/report/svg_chart.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "scenarios/output/number_text.h"
#include "scenarios/report/labels.h"
#include "scenarios/report/safe_text.h"

namespace gpufleet::scenarios {
namespace {

// Okabe and Ito's colours, told apart by colour-blind readers too.
constexpr std::array<std::string_view, 8> kColours{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                   "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"};
std::string_view colour(std::size_t i) { return kColours[i % kColours.size()]; }

constexpr double kWidth = 760, kLabelWidth = 230, kRight = 90, kRow = 28, kTop = 8, kAxis = 34;
constexpr int kDigits = 3, kTicks = 20;
constexpr std::size_t kBarLabelColumns = 30, kPointColumns = 26;
constexpr double kColumn = 6.8;  // width of a letter, on the safe side

// A step of 1, 2 or 5 times a power of ten that gives about five ticks up to `most`.
double tick_step(double most) {
  if (!(most > 0)) return 1;
  const double raw = most / 5, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) return factor * power;
  return 10 * power;
}

std::string open(const std::string& title, double height) {
  return fmt::format(
      "<figure><figcaption><bdi>{}</bdi></figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" "
      "xmlns=\"http://www.w3.org/2000/svg\">",
      escape_html(title), kWidth, height, isolated_attribute(title));
}
std::string close() { return "</svg></figure>\n"; }

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor, escape_html(text));
}

struct Box {
  double left = 0, right = 0, top = 0, bottom = 0;
  [[nodiscard]] bool meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

// Where the names of points go: to the right of the point where that is free, else the nearest free line above or below.
class LabelPlaces {
 public:
  void take(const Box& box) { taken_.push_back(box); }
  Box near(double x, double y, double width) {
    constexpr double kLine = 15, kGap = 8;
    constexpr int kLines = 12;
    Box place;
    for (int line = 0; line < 2 * kLines; ++line) {
      const double shift = kLine * static_cast<double>((line + 1) / 2) * (line % 2 == 0 ? 1 : -1);
      place = {x + kGap, x + kGap + width, y - kLine / 2 + shift, y + kLine / 2 + shift};
      if (place.top > 0 && std::ranges::none_of(taken_, [&](const Box& box) { return place.meets(box); })) break;
    }
    take(place);
    return place;
  }

 private:
  std::vector<Box> taken_;
};

// A bar's name left of it; a long one on two lines, broken between words where that helps.
std::string bar_label(double x, double middle, const std::string& label) {
  if (columns_of(label) <= kBarLabelColumns) return text_at(x, middle + 4, "end", label);
  std::size_t cut = std::string::npos;
  for (std::size_t space = label.find(' '); space != std::string::npos; space = label.find(' ', space + 1))
    if (columns_of(label.substr(0, space)) <= kBarLabelColumns) cut = space;
  if (cut == std::string::npos) return text_at(x, middle + 4, "end", elided(label, kBarLabelColumns));
  return text_at(x, middle - 3, "end", label.substr(0, cut)) +
         text_at(x, middle + 10, "end", elided(label.substr(cut + 1), kBarLabelColumns));
}

std::string legend(const std::vector<std::string>& names) {
  std::string out = "<ul class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i)
    out += fmt::format("<li><span style=\"background:{}\"></span><bdi>{}</bdi></li>", colour(i), escape_html(names[i]));
  return out + "</ul>\n";
}

}  // namespace

std::string horizontal_scale(double most, double left, double right, double top, double bottom) {
  std::string out;
  const double step = tick_step(most);
  for (int i = 0; i < kTicks && i * step <= most * 1.0001; ++i) {
    const double x = left + (right - left) * (i * step / most);
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>", x, top, bottom);
    out += text_at(x, bottom + 16, "middle", number_text(i * step, kDigits));
  }
  return out;
}

std::string bar_chart(const std::string& title, const std::string& unit, const std::vector<Bar>& bars) {
  double most = 0;
  for (const Bar& bar : bars) {
    if (!std::isfinite(bar.value) || !std::isfinite(bar.low) || !std::isfinite(bar.high)) return {};
    most = std::max({most, bar.value, bar.high});
  }
  if (!(most > 0) || !std::isfinite(most)) return {};
  const double bottom = kTop + kRow * static_cast<double>(bars.size()), left = kLabelWidth, right = kWidth - kRight;
  const auto at = [&](double value) { return left + (right - left) * std::clamp(value / most, 0.0, 1.0); };
  std::string out = open(fmt::format("{} ({})", title, unit), bottom + kAxis) + horizontal_scale(most, left, right, kTop, bottom);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double y = kTop + kRow * static_cast<double>(i), middle = y + kRow / 2;
    out += bar_label(left - 8, middle, bar.label);
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>", left, y + 4,
                       at(bar.value) - left, kRow - 8, colour(0));
    if (bar.low != bar.high)
      out += fmt::format("<line class=\"whisker\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", at(bar.low),
                         at(bar.high), middle, middle);
    out += text_at(std::max(at(bar.value), at(bar.high)) + 6, middle + 4, "start",
                   number_text(bar.value, bar.low == bar.high ? kDigits : deserved_digits({bar.value, bar.low, bar.high})));
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
  std::string out = open(fmt::format("{} ({})", title, unit), bottom + kAxis) + horizontal_scale(most, left, right, kTop, bottom);
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const double y = kTop + kRow * static_cast<double>(i);
    out += bar_label(left - 8, y + kRow / 2, stacks[i].label);
    double x = left;
    for (const StackPart& part : stacks[i].parts) {
      const double width = (right - left) * part.value / most;
      const auto index = static_cast<std::size_t>(std::ranges::find(names, part.name) - names.begin());
      out += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"><title>{}: {} {}</title></rect>", x,
          y + 4, width, kRow - 8, colour(index), isolated_attribute(part.name), number_text(part.value, kDigits),
          escape_html(unit));
      constexpr double kRoom = 34;  // of a number of three digits
      if (width >= kRoom)
        out += fmt::format("<text class=\"on {}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                           index % kColours.size() == 0 ? "dark" : "light", x + width / 2, y + kRow / 2 + 4,
                           number_text(part.value, kDigits));
      x += width;
    }
  }
  return out + "</svg>" + legend(names) + "</figure>\n";
}

std::string scatter_chart(const std::string& title, const std::string& x_name, const std::string& y_name,
                          const std::vector<Point>& points) {
  double most_x = 0, most_y = 0;
  for (const Point& point : points)
    most_x = std::max({most_x, point.x, point.x_high}), most_y = std::max({most_y, point.y, point.y_high});
  if (!(most_x > 0) || !(most_y > 0) || !std::isfinite(most_x) || !std::isfinite(most_y)) return {};
  most_x *= 1.05, most_y *= 1.1;
  constexpr double kHeight = 320, kLeft = 70, kUpper = 26;
  const double right = kWidth - 170, bottom = kHeight - 46;
  std::string out = open(title, kHeight) + horizontal_scale(most_x, kLeft, right, kUpper, bottom);
  const double step = tick_step(most_y);
  const auto x_of = [&](double x) { return kLeft + (right - kLeft) * std::clamp(x / most_x, 0.0, 1.0); };
  const auto y_of = [&](double y) { return bottom - (bottom - kUpper) * std::clamp(y / most_y, 0.0, 1.0); };
  for (int i = 0; i < kTicks && i * step <= most_y; ++i) {
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", kLeft, right,
                       y_of(i * step));
    out += text_at(kLeft - 6, y_of(i * step) + 4, "end", number_text(i * step, kDigits));
  }
  LabelPlaces places;
  std::string labels;  // above all whiskers
  for (const Point& point : points) places.take({x_of(point.x) - 6, x_of(point.x) + 6, y_of(point.y) - 6, y_of(point.y) + 6});
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& p = points[i];
    const double x = x_of(p.x), y = y_of(p.y);
    const auto whisker = [&](double x1, double x2, double y1, double y2) {
      if (x1 != x2 || y1 != y2)
        out += fmt::format("<line class=\"thin\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>", x1, x2,
                           y1, y2, colour(i));
    };
    whisker(x_of(p.x_low), x_of(p.x_high), y, y);
    whisker(x, x, y_of(p.y_low), y_of(p.y_high));
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\"/>", x, y, colour(i));
    const std::string label = elided(p.label, kPointColumns);
    const Box place = places.near(x, y, kColumn * static_cast<double>(columns_of(label)));
    labels += text_at(place.left, place.bottom - 3, "start", label);
  }
  out += fmt::format("<g class=\"halo\">{}</g>", labels);
  out += text_at((kLeft + right) / 2, kHeight - 8, "middle", x_name) + text_at(4, 14, "start", y_name);
  std::vector<std::string> names;
  for (const Point& point : points) names.push_back(point.label);
  const bool cut = std::ranges::any_of(names, [](const std::string& name) { return columns_of(name) > kPointColumns; });
  return out + "</svg>" + (cut ? legend(names) : "") + "</figure>\n";
}

std::string line_chart(const std::string& title, const std::string& unit, const std::vector<std::string>& positions,
                       const std::vector<Series>& series) {
  double most = 0;
  for (const Series& one : series)
    for (const double value : one.values)
      if (std::isfinite(value)) most = std::max(most, value);
  if (!(most > 0) || positions.size() < 2) return {};
  constexpr double kHeight = 280, kLeft = 70;
  const double right = kWidth - 34, bottom = kHeight - 40;
  const auto x_of = [&](std::size_t i) {
    return kLeft + (right - kLeft) * static_cast<double>(i) / static_cast<double>(positions.size() - 1);
  };
  const auto y_of = [&](double y) { return bottom - (bottom - kTop) * (y / most); };
  std::string out = open(unit.empty() ? title : fmt::format("{} ({})", title, unit), kHeight);
  const double step = tick_step(most);
  for (int i = 0; i < kTicks && i * step <= most * 1.0001; ++i) {
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
