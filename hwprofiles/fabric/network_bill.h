// What a network is made of and costs: switches, links between them and links to endpoints, their price and power. Closed forms
// for the topologies of the literature, and counts of a built fabric.
#pragma once

#include <cstdint>

#include "core/result.h"
#include "hwprofiles/fabric/fabric_graph.h"
#include "hwprofiles/fabric/network_catalog.h"

namespace gpufleet::hw {

struct NetworkCounts {
  std::int64_t endpoints = 0, switches = 0, links_between_switches = 0, links_between_halls = 0;
  friend bool operator==(const NetworkCounts&, const NetworkCounts&) = default;
};

/// Two layers: radix²/2 endpoints, 3·radix/2 switches; `planes` copies of it.
NetworkCounts two_layer_fat_tree(int radix, int planes);
/// Three layers: radix³/4 endpoints, 5·radix²/4 switches (Al-Fares et al. 2008).
NetworkCounts three_layer_fat_tree(int radix);
/// MMS graphs: 2q² switches of network degree (3q − δ)/2, q = 4w + δ, and half as many endpoints on each (Besta & Hoefler 2014).
NetworkCounts slim_fly(int q);
/// `groups` of `a` switches with `p` endpoints and `h` links to other groups each (Kim et al. 2008).
NetworkCounts dragonfly(int p, int a, int h, int groups);
/// Of the scale-out part of a built fabric: cables by their count.
NetworkCounts count_network(const FabricGraph& graph);

struct NetworkBill {
  Dollars price;
  Watts power;
  std::int64_t transceivers = 0;  ///< two a link
  [[nodiscard]] Dollars price_per_endpoint(const NetworkCounts& counts) const {
    return price / static_cast<double>(counts.endpoints);
  }
};

/// With the catalog's `switch_64x400g`, `link_between_switches` and `link_to_endpoint`. Error: one of them is missing.
Result<NetworkBill> bill(const NetworkCounts& counts, const NetworkCatalog& catalog);

}  // namespace gpufleet::hw
