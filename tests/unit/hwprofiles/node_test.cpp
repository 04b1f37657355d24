// Node types: the shipped ones read and are consistent with the chips they carry; mistakes are diagnosed.
#include "hwprofiles/node.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "hwprofiles/accelerator_catalog.h"

namespace gpufleet::hw {
namespace {

namespace fs = std::filesystem;
const fs::path kData = fs::path(GPUFLEET_SOURCE_DIR) / "hwprofiles/data";

struct Shipped {
  std::vector<Accelerator> chips = load_accelerators(kData / "accelerators").value();
  std::vector<NodeType> nodes;
  Shipped() {
    Result<std::vector<NodeType>> loaded = load_nodes(kData / "nodes", chips);
    EXPECT_TRUE(loaded.ok()) << to_text(loaded.diagnostics());
    nodes = std::move(loaded).value();
  }
};

TEST(Node, DeepSeeksBoxIsEightWaysWithAnAdapterEach) {
  const Shipped shipped;
  const NodeType hgx = find_node(shipped.nodes, "hgx 8").value();
  EXPECT_EQ(hgx.accelerators, 8);
  EXPECT_EQ(hgx.scaleup, ScaleUp::switched);
  EXPECT_EQ(hgx.scaleup_domain, 8);
  // 8 adapters x 400 Gb/s / 8 GPUs = 50 GB/s a GPU, one direction.
  EXPECT_DOUBLE_EQ(hgx.nic_bandwidth_per_accelerator().value(), 50e9);
  // 4 x 100 Gb/s / 8 = 6.25 GB/s.
  EXPECT_DOUBLE_EQ(find_node(shipped.nodes, "p4d")->nic_bandwidth_per_accelerator().value(), 6.25e9);
  EXPECT_EQ(find_node(shipped.nodes, "GB200 NVL72")->scaleup_domain, 72);
}

TEST(Node, EveryChipHasAUsualNode) {
  const Shipped shipped;
  for (const Accelerator& chip : shipped.chips) {
    const Result<NodeType> node = usual_node(shipped.nodes, chip);
    ASSERT_TRUE(node.ok()) << chip.name;
    // A chip without a link of its own cannot sit in a switched box.
    EXPECT_TRUE(node->scaleup != ScaleUp::switched || !chip.scaleup_link.empty()) << chip.name << " in " << node->name;
  }
  EXPECT_EQ(usual_node(shipped.nodes, find_accelerator(shipped.chips, "H800").value())->name, "HGX-8");
  // One that no node type names: around a switch if it has links of its own.
  Accelerator own = find_accelerator(shipped.chips, "H800").value();
  own.name = "a chip of somebody's own";
  EXPECT_EQ(usual_node(shipped.nodes, own)->name, "HGX-8");
  own.scaleup_bandwidth = BytesPerSecond(0);
  EXPECT_EQ(usual_node(shipped.nodes, own)->name, "PCIe-8");
}

TEST(Node, UnknownNamesSuggest) {
  const Shipped shipped;
  const Result<NodeType> found = find_node(shipped.nodes, "HGX-9");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.diagnostics().front().hint, "did you mean \"HGX-8\"?");
}

TEST(Node, ReportsEveryMistake) {
  const Shipped shipped;
  const fs::path folder = fs::path(testing::TempDir()) / "node-mistakes";
  fs::create_directories(folder);
  std::ofstream(folder / "n.toml")
      << "name = \"N\"\naccelerators = -1\nscaleup = \"pcie\"\nscaleup_domain = 16\nnics = 2\nhost_power = "
         "\"3 kW\"\nchips = [\"H80O\"]\nsources = [\"s\"]\nnic = 1\n";
  const auto loaded = load_nodes(folder, shipped.chips);
  fs::remove_all(folder);
  ASSERT_FALSE(loaded.ok());
  const std::string text = to_text(loaded.diagnostics());
  EXPECT_NE(text.find(":2:16: error: accelerators: is -1, expected at least 1"), std::string::npos) << text;
  EXPECT_NE(text.find(":4:18: error: scaleup_domain"), std::string::npos) << text;
  EXPECT_NE(text.find("nic_rate: is missing"), std::string::npos) << text;
  EXPECT_NE(text.find(":7:9: error: chips: no accelerator is called \"H80O\""), std::string::npos) << text;
  EXPECT_NE(text.find(":9:1: error: nic: is not a key"), std::string::npos) << text;
}

}  // namespace
}  // namespace gpufleet::hw
