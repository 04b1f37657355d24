#include "gui/theme.h"

namespace gpufleet::gui {
namespace {

// What the application wears now; set by apply_theme from the one thread that draws.
struct Wearing {
  Appearance appearance = Appearance::light;
  double system_points = 0;
};
Wearing& wearing() {
  static Wearing state;
  return state;
}

const ThemeColours kLight{.window = "#f3f4f6",
                          .base = "#ffffff",
                          .alternate = "#f5f8fb",
                          .text = "#16191d",
                          .faint_text = "#5a6270",
                          .faint = "#c4cad3",
                          .accent = "#0072b2",
                          .selection = "#0b5c94",
                          .selected_text = "#ffffff",
                          .error = "#b3261e",
                          .warning = "#8a5a00",
                          .good = "#00694c"};
const ThemeColours kDark{.window = "#22252a",
                         .base = "#191b1f",
                         .alternate = "#202328",
                         .text = "#e8eaed",
                         .faint_text = "#a3abb8",
                         .faint = "#474d57",
                         .accent = "#56b4e9",
                         .selection = "#1f5f8b",
                         .selected_text = "#ffffff",
                         .error = "#ff8a80",
                         .warning = "#f0b429",
                         .good = "#4fd1a5"};

double luminance(const QColor& colour) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

}  // namespace

const ThemeColours& theme_colours(Appearance appearance) { return appearance == Appearance::dark ? kDark : kLight; }
const ThemeColours& theme_colours() { return theme_colours(wearing().appearance); }
Appearance appearance() { return wearing().appearance; }

void apply_theme(Appearance appearance, double font_scale) {
  Wearing& state = wearing();
  state.appearance = appearance;
  QFont font = QApplication::font();
  if (state.system_points <= 0) state.system_points = font.pointSizeF() > 0 ? font.pointSizeF() : 10;
  font.setPointSizeF(state.system_points * font_scale);
  QApplication::setFont(font);
  const ThemeColours& c = theme_colours();
  QPalette palette;
  palette.setColor(QPalette::Window, c.window);
  palette.setColor(QPalette::WindowText, c.text);
  palette.setColor(QPalette::Base, c.base);
  palette.setColor(QPalette::AlternateBase, c.alternate);
  palette.setColor(QPalette::Text, c.text);
  palette.setColor(QPalette::Button, c.window);
  palette.setColor(QPalette::ButtonText, c.text);
  palette.setColor(QPalette::BrightText, c.error);
  palette.setColor(QPalette::ToolTipBase, c.base);
  palette.setColor(QPalette::ToolTipText, c.text);
  palette.setColor(QPalette::PlaceholderText, c.faint_text);
  palette.setColor(QPalette::Highlight, c.selection);
  palette.setColor(QPalette::HighlightedText, c.selected_text);
  palette.setColor(QPalette::Link, c.accent);
  palette.setColor(QPalette::Light, c.base);
  palette.setColor(QPalette::Mid, c.faint);
  palette.setColor(QPalette::Dark, c.faint);
  for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, c.faint_text);
  QApplication::setPalette(palette);
}

QColor series_colour(int index) {
  // Okabe-Ito without black, and its yellow darkened so that it shows on white.
  static const QList<QColor> colours{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#7f7f7f"};
  return colours[index % colours.size()];
}

double contrast_ratio(const QColor& a, const QColor& b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace gpufleet::gui
