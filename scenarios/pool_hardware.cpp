#include "scenarios/pool_hardware.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/check.h"
#include "hwprofiles/accelerator_catalog.h"

namespace gpufleet::scenarios {
namespace {

hw::Wiring wiring_of(const std::string& kind) {
  if (kind == "multi-plane-fat-tree") return hw::Wiring::multi_plane;
  if (kind == "rail-fat-tree") return hw::Wiring::rail_optimised;
  return hw::Wiring::node_per_leaf;
}

// Links inside the node: the chip's own where they join all accelerators of the node, else PCIe, by way of the host's memory in
// a box that joins nothing.
void fill_scale_up(hw::FabricSpec& spec, const PoolSpec& pool, const hw::Accelerator& chip, const hw::NodeType& node) {
  spec.domain = pool.gpus_per_node;
  const bool linked = node.scaleup == hw::ScaleUp::switched || node.scaleup == hw::ScaleUp::direct;
  const bool whole_node = pool.gpus_per_node <= node.scaleup_domain;
  if (linked && whole_node && chip.scaleup_bandwidth.value() > 0) {
    spec.scale_up = chip.scaleup_link;
    spec.scale_up_rate = chip.scaleup_bandwidth / 2;  // the catalog counts both directions
  } else if (node.scaleup == hw::ScaleUp::none && pool.gpus_per_node > 1) {
    spec.scale_up = "PCIe through host";
  } else {
    constexpr int kOldestModelled = 4, kNewestModelled = 5;  // generations with measured collectives
    spec.scale_up = fmt::format("PCIe {}", std::clamp(chip.pcie_generation, kOldestModelled, kNewestModelled));
    spec.scale_up_rate = chip.pcie_bandwidth / 2;
  }
}

hw::FabricSpec fabric_spec(const PoolSpec& pool, const hw::Accelerator& chip, const hw::NodeType& node) {
  hw::FabricSpec spec;
  fill_scale_up(spec, pool, chip, node);
  const FabricSpec& asked = pool.fabric;
  const double links = asked.links_per_node ? *asked.links_per_node : node.nics;
  const BytesPerSecond link = asked.link.value_or(node.nic_bandwidth);
  // A pool may use fewer accelerators of a box than it has; the adapters are then shared by those alone.
  const int sharing = asked.links_per_node ? pool.gpus_per_node : std::max(node.accelerators, 1);
  spec.nic_rate = link * (links / sharing);
  if (asked.kind) spec.topology.wiring = wiring_of(*asked.kind);
  if (asked.kind == "ethernet") spec.scale_out = "roce";
  if (asked.layers) spec.topology.layers = *asked.layers;
  spec.planes = asked.planes.value_or(0);
  spec.links_per_node = links;
  if (asked.oversubscription) spec.topology.leaf_oversubscription = *asked.oversubscription;
  return spec;
}

// A stated latency is that of a small message between far nodes: endpoints and every switch on the way up and down.
void override_latency(sim::FabricModel& fabric, Seconds latency) {
  const int hops = 2 * fabric.topology.layers - 1;
  fabric.out.endpoint_latency = Seconds(std::max(0.0, (latency - fabric.out.hop_latency * static_cast<double>(hops)).value()));
}

}  // namespace

Result<PoolHardware> pool_hardware(const PoolSpec& pool, const Catalogs& catalogs, const HardwareData& hardware) {
  const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs.accelerators, pool.accelerator);
  const Result<hw::NodeType> node = hw::find_node(catalogs.nodes, pool.node);
  check(chip.ok() && node.ok(), "a validated scenario names chips and nodes of the catalog");
  Result<sim::FabricModel> fabric = hw::make_fabric_model(hardware.network, fabric_spec(pool, *chip, *node));
  if (!fabric) return fabric.diagnostics();
  if (pool.fabric.latency) override_latency(*fabric, *pool.fabric.latency);
  return PoolHardware{*chip, *node, hw::make_kernel_time_model(*chip, hardware.fits), *std::move(fabric)};
}

}  // namespace gpufleet::scenarios
