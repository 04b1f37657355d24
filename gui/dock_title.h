// The title bar of a dock: its name in the application's font at any size, and buttons to take it out and to close it.
#pragma once

#include <QDockWidget>

namespace gpufleet::gui {

/// Gives the dock its title bar; the dock owns it.
void give_title(QDockWidget* dock);

}  // namespace gpufleet::gui
