// A fleet as it stands: halls of nodes by site, the links of each node and of the switches above them, how busy each is. Pure
// values made from a scenario and its result; fleet_canvas.h draws them.
#pragma once

#include <limits>

#include "gui/result_tables.h"
#include "scenarios/pool_hardware.h"

namespace gpufleet::gui {

inline constexpr double kUnknownLoad = std::numeric_limits<double>::quiet_NaN();

/// Links of one kind in one hall.
struct MapLinks {
  QString name;
  double rate = 0;             ///< bytes/s, one direction, of one accelerator
  double lanes = 0;            ///< links of a node; 0 = there are none
  double load = kUnknownLoad;  ///< share of the time that it carries something
  QString why;                 ///< what the load is made of
  friend bool operator==(const MapLinks&, const MapLinks&) = default;
};

/// Accelerators of one kind in one place: a pool of the scenario, or a lot of its fleet.
struct MapHall {
  QString name, chip, node, site, role;
  QString count_key;   ///< of the number of accelerators, as `--set` writes it
  QString fabric_key;  ///< of the fabric's table; empty for lots
  std::int64_t gpus = 0;
  int gpus_per_node = 8;
  double busy = kUnknownLoad;  ///< of the accelerators
  QString busy_why;
  MapLinks scale_up, scale_out, uplinks;
  int leaves = 0, spines = 0, layers = 0, planes = 0;
  bool planes_stated = false;  ///< by the scenario, not by the node
  [[nodiscard]] std::int64_t nodes() const { return gpus_per_node > 0 ? (gpus + gpus_per_node - 1) / gpus_per_node : 0; }
  friend bool operator==(const MapHall&, const MapHall&) = default;
};

struct MapSiteLink {
  QString from, to;
  double rate = 0;
  friend bool operator==(const MapSiteLink&, const MapSiteLink&) = default;
};

struct FleetMap {
  QList<MapHall> halls;
  QList<MapSiteLink> links;
  QStringList sites;
  QString empty_text;
  friend bool operator==(const FleetMap&, const FleetMap&) = default;
};

FleetMap fleet_map(const scenarios::Scenario& scenario, const Contender& contender, const Data& data);
TableData fleet_table(const FleetMap& map);
QString hall_text(const MapHall& hall);
QString links_text(const MapHall& hall, const MapLinks& links);

}  // namespace gpufleet::gui
