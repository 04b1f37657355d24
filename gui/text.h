// tr() for functions that belong to no widget.
#pragma once

#include <QCoreApplication>

namespace gpufleet::gui {

struct Text {
  Q_DECLARE_TR_FUNCTIONS(gpufleet)
};

inline QString qtext(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

}  // namespace gpufleet::gui
