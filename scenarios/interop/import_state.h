// What an import has gathered: keys of the scenario, flags that have no counterpart, assumptions, problems.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.h"
#include "scenarios/interop/launch_command.h"
#include "scenarios/interop/launcher.h"
#include "scenarios/interop/shell_words.h"

namespace gpufleet::scenarios {

std::string toml_text(std::string_view text);

class ImportState {
 public:
  ImportState(LaunchTool launch_tool, const LaunchContext& launch_context) : tool(launch_tool), context(launch_context) {}

  void set(std::string_view key, std::string value) { keys_[std::string(key)] = std::move(value); }
  void remove(const std::string& key) { keys_.erase(key); }
  [[nodiscard]] bool has(const std::string& key) const { return keys_.contains(key); }
  /// A key's whole number.
  [[nodiscard]] double get(const std::string& key, double otherwise) const;
  void set_count(std::string_view key, double value);

  /// Takes a flag that is a row of the tool's table.
  bool take_row(const Flag& flag);
  /// Names it among what is left over; warns where it is another flag's name misspelt.
  void not_taken(const Flag& flag);
  void note(std::string text) { notes.push_back(std::move(text)); }

  /// The model of the config.json that the command names; nothing, with the problem noted, where that is none.
  [[nodiscard]] std::optional<models::Architecture> read_config();

  /// [[fleet.pool]] and [model].
  [[nodiscard]] std::string head(std::string_view what, int count) const;
  /// Keys of one table, then those of the tables below it.
  [[nodiscard]] std::string tables(const std::string& root) const;

  LaunchTool tool;
  const LaunchContext& context;
  Launcher launcher;
  std::string model;                                  ///< catalog name, once found
  std::vector<std::pair<std::string, double>> shape;  ///< keys of [model] that differ from the catalog's
  Diagnostics problems, warnings;
  std::vector<std::string> left_over, notes;

 private:
  std::map<std::string, std::string> keys_;  // key below the tool's table, value as TOML
};

/// One tool's flags as keys of its table; the model is found on the way. Problems are left in the state.
void import_megatron(const std::vector<Flag>& flags, std::span<const models::Architecture> architectures, ImportState& state);
void import_serving(const std::vector<Flag>& flags, std::span<const models::Architecture> architectures, ImportState& state);

/// Accelerators that the command takes.
int megatron_count(const ImportState& state);
int serving_count(const ImportState& state);

}  // namespace gpufleet::scenarios
