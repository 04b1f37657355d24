// Collective times against hand-computed volumes, laws that any network obeys, and published measurements.
#include "sim/net/collective_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "hwprofiles/fabric/network_catalog.h"
#include "sim/net/expert_exchange.h"

namespace gpufleet::sim {
namespace {

const hw::NetworkCatalog& catalog() {
  static const hw::NetworkCatalog loaded = [] {
    auto read = hw::load_network_catalog(GPUFLEET_SOURCE_DIR "/hwprofiles/data/network");
    check(read.ok(), to_text(read.diagnostics()));
    return *std::move(read);
  }();
  return loaded;
}

FabricModel fabric(std::string link, double up_rate) {
  hw::FabricSpec spec;
  spec.scale_up = std::move(link);
  spec.scale_up_rate = BytesPerSecond(up_rate);
  spec.nic_rate = BytesPerSecond(50e9);
  const auto model = hw::make_fabric_model(catalog(), spec);
  check(model.ok(), to_text(model.diagnostics()));
  return *model;
}
FabricModel h100() { return fabric("NVLink 4", 450e9); }
FabricModel h800() { return fabric("NVLink 4", 200e9); }

double microseconds(Seconds time) { return time.value() * 1e6; }

TEST(FabricModel, IsChosenByLinkAndRate) {
  EXPECT_EQ(h100().up.name, "nvlink4");
  EXPECT_EQ(h800().up.name, "nvlink4_h800");
  EXPECT_EQ(fabric("nvlink3_a800", 0).up.name, "nvlink3_a800");
  const FabricModel b200 = fabric("NVLink 5", 900e9);
  EXPECT_EQ(b200.up.name, "nvlink4");
  EXPECT_EQ(b200.up.rate, BytesPerSecond(900e9));
  EXPECT_EQ(b200.up.fit(hw::Transfer::all_gather).provenance, hw::Provenance::borrowed);
  hw::FabricSpec wrong;
  wrong.scale_out = "infinibund";
  const auto refused = hw::make_fabric_model(catalog(), wrong);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(to_text(refused.diagnostics()).find("did you mean \"infiniband\""), std::string::npos);
}

/// 32 ports down: 32 nodes below a leaf where each of a node's 8 links has a plane, 4 where all hang on one.
TEST(FabricModel, PlanesSayHowManyNodesShareALeaf) {
  hw::FabricSpec spec;
  spec.nic_rate = BytesPerSecond(50e9);
  spec.links_per_node = 8;
  for (const auto& [planes, nodes] : {std::pair{0, 32}, {8, 32}, {2, 8}, {1, 4}}) {
    spec.planes = planes;
    const auto model = hw::make_fabric_model(catalog(), spec);
    ASSERT_TRUE(model.ok());
    EXPECT_EQ(model->topology.nodes_per_leaf, nodes);
    EXPECT_EQ(model->topology.nodes_per_pod, 32 * nodes);
  }
  spec.planes = 9;
  const auto refused = hw::make_fabric_model(catalog(), spec);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(to_text(refused.diagnostics()).find("cannot reach 9 planes"), std::string::npos);
}

TEST(CollectiveTime, OneRankOrNoBytesTakesNoTime) {
  EXPECT_EQ(collective_time(h100(), CollectiveOp::all_reduce, 1e6, {1, 1, 1, 1}).value(), 0);
  EXPECT_EQ(collective_time(h100(), CollectiveOp::all_reduce, 0, {8, 8, 1, 1}).value(), 0);
}

/// NCCL on an HGX H100 box (aiconfigurator, NCCL 2.29): within a quarter at both ends of the range.
TEST(CollectiveTime, FollowsNcclOnOneNode) {
  const GroupPlacement box{8, 8, 1, 1};
  EXPECT_NEAR(microseconds(collective_time(h100(), CollectiveOp::all_reduce, 8192, box)), 16.0, 4.0);
  EXPECT_NEAR(microseconds(collective_time(h100(), CollectiveOp::all_reduce, 67108864, box)), 324.5, 80);
  EXPECT_NEAR(microseconds(collective_time(h100(), CollectiveOp::all_gather, 33554432, box)), 125.5, 30);
  EXPECT_NEAR(microseconds(collective_time(h100(), CollectiveOp::all_to_all, 134217728, box)), 402.4, 100);
}

TEST(CollectiveTime, ChoosesTheAlgorithmBySize) {
  const GroupPlacement many{256, 8, 1, 1};
  const auto small = collective(h100(), CollectiveOp::all_reduce, 1e4, many, CollectiveLibrary::nccl);
  const auto large = collective(h100(), CollectiveOp::all_reduce, 4e9, many, CollectiveLibrary::nccl);
  EXPECT_NE(small.algorithm, Algorithm::ring);  // 62 network steps would cost hundreds of microseconds
  EXPECT_EQ(large.algorithm, Algorithm::ring);
  // 4 GB x 2 x 255/256 through eight NICs of 48.5 GB/s.
  EXPECT_NEAR(large.time.value(), 4e9 * 2 * 255 / 256 / (8 * 48.5e9), 0.05 * large.time.value());
  const auto fused = collective(h100(), CollectiveOp::all_reduce, 1e4, {8, 8, 1, 1}, CollectiveLibrary::fused);
  EXPECT_EQ(fused.algorithm, Algorithm::fused);
  EXPECT_LT(microseconds(fused.time), 5);
}

/// arXiv 2505.09343, table 5: 2.8 and 3.7 us on InfiniBand, 3.33 us on NVLink.
TEST(MessageLatency, CountsSwitches) {
  EXPECT_NEAR(microseconds(message_latency(h800(), 1)), 2.8, 0.01);
  EXPECT_NEAR(microseconds(message_latency(h800(), 100)), 3.7, 0.01);
  EXPECT_NEAR(microseconds(message_latency(h800(), 0)), 3.33, 0.01);
}

/// 8 nodes below leaves of 4: of 7 other nodes 4 are beyond the leaf, so 2:1 uplinks carry 2·4/7 of a NIC's rate.
TEST(LayerSlowdown, IsTheLinkLoad) {
  hw::TopologyModel topology;
  topology.nodes_per_leaf = 4;
  topology.leaf_oversubscription = 2;
  EXPECT_DOUBLE_EQ(layer_slowdown(topology, {64, 8, 1, 1}, CollectiveOp::all_to_all), 2 * 4.0 / 7);
  EXPECT_DOUBLE_EQ(layer_slowdown(topology, {64, 8, 1, 1}, CollectiveOp::all_reduce), 1);  // one in four leaves the leaf
  EXPECT_DOUBLE_EQ(layer_slowdown(topology, {64, 8, 4, 1}, CollectiveOp::all_reduce), 2);  // every node on a leaf of its own
  EXPECT_DOUBLE_EQ(layer_slowdown(topology, {32, 8, 1, 1}, CollectiveOp::all_to_all), 1);  // all below one leaf
  topology.hall_oversubscription = 8;
  EXPECT_DOUBLE_EQ(layer_slowdown(topology, {64, 8, 1, 2}, CollectiveOp::all_to_all), 8 * 4.0 / 7);
}

GroupPlacement any_placement() {
  const int per_node = 1 << *rc::gen::inRange(0, 4);
  const int nodes = 1 << *rc::gen::inRange(0, 8);
  return {per_node * nodes, per_node, *rc::gen::inRange(1, 9), *rc::gen::inRange(1, 3)};
}

RC_GTEST_PROP(CollectiveTime, GrowsWithBytesAndShrinksWithRates, ()) {
  const auto op = static_cast<CollectiveOp>(*rc::gen::inRange(0, 6));
  GroupPlacement p = any_placement();
  RC_PRE(p.ranks > 1);
  const double bytes = std::exp(*rc::gen::inRange(0, 24));
  const double now = collective_time(h100(), op, bytes, p).value();
  RC_ASSERT(now > 0);
  RC_ASSERT(collective_time(h100(), op, bytes * 1.5, p).value() >= now);
  FabricModel faster = h100();
  faster.up.rate = faster.up.rate * 1.5;
  RC_ASSERT(collective_time(faster, op, bytes, p).value() <= now * (1 + 1e-12));
  faster.out.rate = faster.out.rate * 1.5;
  RC_ASSERT(collective_time(faster, op, bytes, p).value() <= now * (1 + 1e-12));
}

/// No start-up and no chunking: time x rate is constant.
RC_GTEST_PROP(CollectiveTime, ScalesInverselyWithRateAtZeroLatency, ()) {
  FabricModel ideal = h100();
  for (hw::TransferFit& fit : ideal.up.fits) fit.launch = fit.step = fit.chunk = Seconds(0);
  for (hw::TransferFit* fit : {&ideal.out.ring, &ideal.out.pairwise}) fit->launch = fit->step = fit->chunk = Seconds(0);
  ideal.out.endpoint_latency = ideal.out.hop_latency = ideal.topology.hall_latency = Seconds(0);
  const auto op = static_cast<CollectiveOp>(*rc::gen::inRange(0, 6));
  const GroupPlacement p = any_placement();
  RC_PRE(p.ranks > 1);
  const double factor = *rc::gen::inRange(2, 50);
  FabricModel fast = ideal;
  fast.up.rate = fast.up.rate * factor;
  fast.out.rate = fast.out.rate * factor;
  const double slow_time = collective_time(ideal, op, 1e7, p).value();
  RC_ASSERT(std::abs(collective_time(fast, op, 1e7, p).value() * factor / slow_time - 1) < 1e-9);
}

ExpertExchange deepep(int ranks) {
  ExpertExchange x;
  x.tokens = 4096;
  x.hidden = 7168;
  x.top_k = 8;
  x.experts = 256;
  x.groups = std::max(1, ranks / 8);
  x.group_limit = std::min(x.groups, 4);
  x.ranks = ranks;
  return x;
}

/// 4 of 8 groups with 32 experts each, 8 experts of 128: 4·(1 − C(96, 8)/C(128, 8)) nodes.
TEST(ExpectedDistinct, CountsByHand) {
  double miss = 1;
  for (int i = 0; i < 8; ++i) miss *= (96.0 - i) / (128.0 - i);
  EXPECT_NEAR(expected_distinct(8, deepep(64)), 4 * (1 - miss), 1e-9);
  EXPECT_NEAR(expected_distinct(1, deepep(64)), 1, 1e-12);
  ExpertExchange one = deepep(64);
  one.top_k = 1;
  EXPECT_NEAR(expected_distinct(8, one), 1, 1e-9);
  EXPECT_NEAR(expected_distinct(64, one), 1, 1e-9);
}

RC_GTEST_PROP(ExpectedDistinct, StaysWithinItsBounds, ()) {
  ExpertExchange x = deepep(8 << *rc::gen::inRange(0, 5));
  x.groups = 1 << *rc::gen::inRange(0, 5);
  x.group_limit = *rc::gen::inRange(1, x.groups + 1);
  x.top_k = *rc::gen::inRange(1, 9);
  const int units = 1 << *rc::gen::inRange(0, 6);
  const double mean = expected_distinct(units, x);
  RC_ASSERT(mean >= 1 - 1e-9);
  RC_ASSERT(mean <= std::min(units, x.top_k) + 1e-9);
  if (units % x.groups == 0) RC_ASSERT(mean <= x.group_limit * (units / x.groups) + 1e-9);
}

/// DeepEP's table on H800: bottleneck GB/s by the copies that leave or stay, FP8 dispatch and BF16 combine of 4,096 tokens.
TEST(ExpertExchange, FollowsDeepEp) {
  const struct {
    int ranks;
    double dispatch, combine;
  } table[] = {{16, 43, 43}, {32, 58, 57}, {64, 51, 50}};
  for (const auto& row : table) {
    const ExpertExchange x = deepep(row.ranks);
    const double nodes = expected_distinct(row.ranks / 8, x);
    const auto dispatch = expert_exchange(h800(), x, ExchangeDirection::dispatch);
    const auto combine = expert_exchange(h800(), x, ExchangeDirection::combine);
    EXPECT_NEAR(4096 * nodes * 7392 / dispatch.time.value() / 1e9, row.dispatch, 0.1 * row.dispatch) << row.ranks;
    EXPECT_NEAR(4096 * nodes * 14336 / combine.time.value() / 1e9, row.combine, 0.1 * row.combine) << row.ranks;
  }
}

/// arXiv 2505.09343 section 2.3.2: (1 + 2) bytes x 32 tokens x 9 experts x 7,000 values at 50 GB/s = 120.96 us.
TEST(ExpertExchange, MeetsThePublishedBoundWhenIdeal) {
  FabricModel ideal = h800();
  ideal.out.low_latency_efficiency = 1;
  ideal.exchange.low_latency_local = ideal.exchange.low_latency_remote = ideal.exchange.low_latency_doubling = Seconds(0);
  ideal.exchange.message_header = 0;
  ExpertExchange x = deepep(64);
  x.mode = ExchangeMode::low_latency;
  x.tokens = 32;
  x.top_k = 9;
  x.hidden = 7000;
  const auto dispatch = expert_exchange(ideal, x, ExchangeDirection::dispatch);
  const auto combine = expert_exchange(ideal, x, ExchangeDirection::combine);
  EXPECT_NEAR(exchange_bound(x, BytesPerSecond(50e9)).value(), 120.96e-6, 1e-12);
  // 61 layers with two micro-batches each: 14.76 ms.
  EXPECT_NEAR(61 * 2 * exchange_bound(x, BytesPerSecond(50e9)).value(), 14.76e-3, 5e-6);
  const double scales = 32 * 9 * 4.0 * 7000 / 128 / 50e9;
  const double remote = 7.0 / 8;  // the bound lets every copy leave the node
  EXPECT_NEAR((dispatch.time.value() + combine.time.value()) / remote - scales, 120.96e-6, 1e-9);
}

}  // namespace
}  // namespace gpufleet::sim
