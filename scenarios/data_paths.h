// Where the shipped data lies: catalogs, kernel fits, scenarios. The one place that knows about environment, executable and
// source tree.
#pragma once

#include <filesystem>

namespace gpufleet::scenarios {

struct DataPaths {
  std::filesystem::path hardware;   ///< hwprofiles/data
  std::filesystem::path models;     ///< models/data
  std::filesystem::path scenarios;  ///< scenarios
  std::filesystem::path user;       ///< the user's own folder, with their calibrations; empty: none
  friend bool operator==(const DataPaths&, const DataPaths&) = default;
};

/// The three folders below one root, which holds hwprofiles/data, models/data and scenarios; no user's folder.
DataPaths data_below(const std::filesystem::path& root);

/// First of: $GPUFLEET_DATA; <folder of the executable>/../share/gpufleet; the source tree that the program was built from.
/// The user's folder is $XDG_DATA_HOME/gpufleet or $HOME/.local/share/gpufleet (XDG base directory specification).
DataPaths find_data();

}  // namespace gpufleet::scenarios
