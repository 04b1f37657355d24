// Charts as inline SVG: they need no script, print, scale, and carry their numbers as text for readers that do not see them.
#pragma once

#include <string>
#include <vector>

namespace gpufleet::scenarios {

/// & < > " ' for text and attributes of HTML and SVG.
std::string escape_html(const std::string& text);

struct Bar {
  std::string label;
  double value = 0, low = 0, high = 0;  ///< low = high = value: no whisker
};
/// Horizontal bars from zero with whiskers for the interval.
std::string bar_chart(const std::string& title, const std::string& unit, const std::vector<Bar>& bars);

struct StackPart {
  std::string name;
  double value = 0;  ///< not negative
};
struct Stack {
  std::string label;
  std::vector<StackPart> parts;
};
/// Horizontal stacked bars; equal names have equal colours, listed in a legend.
std::string stacked_chart(const std::string& title, const std::string& unit, const std::vector<Stack>& stacks);

struct Point {
  std::string label;
  double x = 0, y = 0;
};
/// Labelled points on two linear axes from zero.
std::string scatter_chart(const std::string& title, const std::string& x_name, const std::string& y_name,
                          const std::vector<Point>& points);

struct Series {
  std::string name;
  std::vector<double> values;  ///< one a position; NaN = gap
};
/// Lines over shared positions ("2025-04").
std::string line_chart(const std::string& title, const std::string& unit, const std::vector<std::string>& positions,
                       const std::vector<Series>& series);

}  // namespace gpufleet::scenarios
