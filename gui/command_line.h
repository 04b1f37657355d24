// The same run without a window.
#pragma once

#include "gui/workspace.h"

namespace gpufleet::gui {

/// "gpufleet run FILE --set key=value …": what was changed since the file was saved stands in --set. Nothing, with the reason in
/// `problem`, where that cannot say it (never saved, a key taken out).
std::optional<QString> command_line(const Workspace& workspace, int id, QString& problem);

}  // namespace gpufleet::gui
