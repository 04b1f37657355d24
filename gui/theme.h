// Colours and sizes: light and dark, the same hues for series in both, safe for the colour-blind (Okabe and Ito 2008), and never
// the only sign: markers, dashes and words go with them.
#pragma once

#include <QColor>
#include <QList>

namespace gpufleet::gui {

enum class Appearance : std::uint8_t { light, dark };

struct ThemeColours {
  QColor window, base, alternate, text, faint_text, faint, accent, selection, selected_text, error, warning, good;
};

/// Sets palette and font of the application; `font_scale` 1 = the system's size.
void apply_theme(Appearance appearance, double font_scale);
Appearance appearance();
const ThemeColours& theme_colours();
const ThemeColours& theme_colours(Appearance appearance);
/// Colour of the n-th series; repeats after eight, when marker shapes tell them apart.
QColor series_colour(int index);
/// Contrast of two colours as WCAG 2.1 defines it: (L1 + 0.05) / (L2 + 0.05).
double contrast_ratio(const QColor& a, const QColor& b);

}  // namespace gpufleet::gui
