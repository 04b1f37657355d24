// What the desktop program's tests share: the shipped data, loaded once, and the shipped scenarios.
#pragma once

#include <gtest/gtest.h>

#include <QtWidgets>

#include "core/check.h"
#include "gui/capture.h"
#include "gui/main_window.h"

namespace gpufleet::gui {

inline QString shipped(const char* name) { return QStringLiteral(GPUFLEET_SOURCE_DIR "/scenarios/") + QString::fromLatin1(name); }

inline std::shared_ptr<const Data> data() {
  static const std::shared_ptr<const Data> loaded = [] {
    Result<std::shared_ptr<const Data>> result = load_data();
    check(result.ok(), "the shipped data can be read");
    return *result;
  }();
  return loaded;
}

constexpr double kPatience = 120;  // seconds

}  // namespace gpufleet::gui
