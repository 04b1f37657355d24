// Every view as a picture, in light, dark and at twice the text size: for people and for checks.
#pragma once

#include <QString>

namespace gpufleet::gui {

class MainWindow;

/// Waits until everything is simulated, then writes NAME-VIEW.png into `folder`. Empty on success.
QString capture_views(MainWindow& window, const QString& folder);
/// Moves one number of each open scenario as a slider does, and says how long its estimate and its simulated result took, and the
/// longest that one event kept the window.
QString measure_latency(MainWindow& window);
/// Handles events until nothing is simulated any more, or `seconds` have passed; whether it came to rest.
bool wait_for_results(MainWindow& window, double seconds);

}  // namespace gpufleet::gui
