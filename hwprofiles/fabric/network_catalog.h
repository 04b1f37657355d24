// The link classes and library constants that ship (data/network/*.toml), and the choice of a fabric model for a node.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "hwprofiles/fabric/fabric_model.h"

namespace gpufleet::hw {

/// A switch, cable or transceiver as bought.
struct NetworkPart {
  std::string name;
  int ports = 0;
  BytesPerSecond port_rate;
  Watts power;
  Dollars price;
  friend bool operator==(const NetworkPart&, const NetworkPart&) = default;
};

struct NetworkCatalog {
  std::vector<ScaleUpModel> scale_up;
  std::vector<ScaleOutModel> scale_out;
  std::vector<NetworkPart> parts;
  ExchangeFit exchange;
};

/// Reads scale_up.toml, scale_out.toml, expert_exchange.toml and parts.toml of `folder`. Errors: all diagnostics of all files.
Result<NetworkCatalog> load_network_catalog(const std::filesystem::path& folder);

/// What a node and its network are made of, as node and scenario files say it.
struct FabricSpec {
  std::string scale_up;          ///< class name ("nvlink4_h800") or link name ("NVLink 4"); empty: chosen by rate
  int domain = 8;                ///< GPUs in the scale-up domain
  BytesPerSecond scale_up_rate;  ///< per GPU, one direction; 0 = the class's own
  std::string scale_out;         ///< class name ("infiniband"); empty: the first in the catalog
  BytesPerSecond nic_rate;       ///< per GPU, one direction; 0 = no network
  TopologyModel topology;        ///< nodes below a leaf and a pod: with each link of a node in a plane of its own
  int planes = 0;                ///< networks that a node's links are spread over; 0 = as many as links
  double links_per_node = 0;
};

/// The class named by the spec, or of the same link and nearest rate, at the spec's own rate. A fit measured on another class or
/// rate becomes `borrowed`, with a wider spread. In fewer planes than links a node takes several ports of a leaf, so fewer nodes
/// share it. Errors: unknown name, with "did you mean"; more planes than links.
Result<FabricModel> make_fabric_model(const NetworkCatalog& catalog, const FabricSpec& spec);

}  // namespace gpufleet::hw
