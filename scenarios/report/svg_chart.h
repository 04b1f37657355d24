// Charts as inline SVG: they need no script, print, scale, and carry their numbers as text for readers that do not see them.
#pragma once

#include <string>
#include <vector>

namespace gpufleet::scenarios {

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
  double x_low = x, x_high = x, y_low = y, y_high = y;  ///< equal to the value: no whisker
};
/// Labelled points with the whiskers of their intervals on two linear axes from zero.
std::string scatter_chart(const std::string& title, const std::string& x_name, const std::string& y_name,
                          const std::vector<Point>& points);

struct Series {
  std::string name;
  std::vector<double> values;  ///< one a position; NaN = gap
};
/// Lines over shared positions ("2025-04").
std::string line_chart(const std::string& title, const std::string& unit, const std::vector<std::string>& positions,
                       const std::vector<Series>& series);

/// Grid lines and numbers below a horizontal scale from zero to `most` over [left, right].
std::string horizontal_scale(double most, double left, double right, double top, double bottom);

}  // namespace gpufleet::scenarios
