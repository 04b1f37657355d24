// Route arithmetic, and the breadth-first search of Boost.Graph that checks it.
#include "hwprofiles/fabric/fabric_route.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>

#include <limits>
#include <optional>

#include "core/check.h"

namespace gpufleet::hw {
namespace {

constexpr std::uint32_t up(std::uint32_t cable) { return 2 * cable; }
constexpr std::uint32_t down(std::uint32_t cable) { return 2 * cable + 1; }

struct Place {
  const HallLayout* hall = nullptr;
  std::uint32_t number = 0;  ///< of the hall
  std::uint32_t gpu = 0, node = 0, rail = 0, leaf = 0, block = 0;
};

Place place_of(const FabricGraph& graph, std::uint32_t gpu) {
  Place p;
  for (const HallLayout& hall : graph.halls) {
    if (gpu < hall.first_global_gpu + hall.gpus) {
      p.hall = &hall;
      break;
    }
    ++p.number;
  }
  check(p.hall != nullptr, "no GPU of the fabric has this number");
  const auto rails = static_cast<std::uint32_t>(p.hall->spec.gpus_per_node);
  p.gpu = gpu - p.hall->first_global_gpu;
  p.node = p.gpu / rails;
  p.rail = p.gpu % rails;
  p.leaf = graph.cables[p.hall->first_endpoint + p.gpu].b - p.hall->first_leaf;
  p.block = p.leaf / p.hall->leaves_per_block;
  return p;
}

std::uint32_t uplink(const Place& p, std::uint32_t spine_in_block) {
  return p.hall->first_uplink + p.leaf * p.hall->spines_per_block + spine_in_block;
}
std::uint32_t core_link(const Place& p, std::uint32_t spine_in_block, std::uint32_t k) {
  return p.hall->first_core_link + (p.block * p.hall->spines_per_block + spine_in_block) * p.hall->cores_per_spine + k;
}

std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 31;
  x *= 0x9E3779B97F4A7C15ULL;
  x ^= x >> 29;
  return x;
}

/// Finds a way up from `a` and down to `b`, and appends it.
class Climb {
 public:
  Climb(const FabricGraph& graph, const Failures& failures, const Place& a, const Place& b, std::vector<std::uint32_t>& links)
      : graph_(graph), failures_(failures), a_(a), b_(b), links_(links) {}

  bool run(std::uint64_t choice) {
    if (a_.hall == b_.hall && a_.leaf == b_.leaf) return true;
    const std::uint32_t spines = a_.hall->spines_per_block;
    for (std::uint32_t step = 0; step < spines; ++step) {
      const auto spine = static_cast<std::uint32_t>((choice + step) % spines);
      if (failures_.down(uplink(a_, spine))) continue;
      if (a_.hall == b_.hall && a_.block == b_.block) {
        if (failures_.down(uplink(b_, spine))) continue;
        links_.push_back(up(uplink(a_, spine)));
        links_.push_back(down(uplink(b_, spine)));
        return true;
      }
      if (a_.hall == b_.hall ? over_cores(spine, choice) : over_halls(spine, choice)) return true;
    }
    return false;
  }

 private:
  /// Cores hang on spines of equal number, so the way down uses the same spine number in the other block.
  bool over_cores(std::uint32_t spine, std::uint64_t choice) {
    const std::uint32_t cores = a_.hall->cores_per_spine;
    if (cores == 0 || failures_.down(uplink(b_, spine))) return false;
    for (std::uint32_t step = 0; step < cores; ++step) {
      const auto k = static_cast<std::uint32_t>((choice / a_.hall->spines_per_block + step) % cores);
      if (failures_.down(core_link(a_, spine, k)) || failures_.down(core_link(b_, spine, k))) continue;
      for (const std::uint32_t link :
           {up(uplink(a_, spine)), up(core_link(a_, spine, k)), down(core_link(b_, spine, k)), down(uplink(b_, spine))})
        links_.push_back(link);
      return true;
    }
    return false;
  }

  /// From a top switch of a hall to its gateway: the cable, and before it the way from the leaf.
  std::optional<std::uint32_t> gateway_cable(const Place& p, std::uint32_t spine, std::uint64_t choice,
                                             std::optional<std::uint32_t>& core) const {
    const std::uint32_t number = p.block * p.hall->spines_per_block + spine;
    if (p.hall->cores == 0) return p.hall->first_to_gateway + number;
    const auto k = static_cast<std::uint32_t>(choice % p.hall->cores_per_spine);
    core = core_link(p, spine, k);
    return p.hall->first_to_gateway + graph_.cables[*core].b - p.hall->first_core;
  }

  bool over_halls(std::uint32_t spine, std::uint64_t choice) {
    if (graph_.hall_cables.empty()) return false;
    const std::uint32_t halls = static_cast<std::uint32_t>(graph_.halls.size());
    const std::uint32_t low = std::min(a_.number, b_.number), high = std::max(a_.number, b_.number);
    const std::uint32_t between = graph_.hall_cables[low * halls - low * (low + 1) / 2 + high - low - 1];
    const auto other = static_cast<std::uint32_t>(choice % b_.hall->spines_per_block);
    std::optional<std::uint32_t> core_a, core_b;
    const auto out = gateway_cable(a_, spine, choice, core_a), in = gateway_cable(b_, other, choice, core_b);
    std::vector<std::uint32_t> way{up(uplink(a_, spine))};
    if (core_a) way.push_back(up(*core_a));
    way.push_back(up(*out));
    way.push_back(a_.number < b_.number ? up(between) : down(between));
    way.push_back(down(*in));
    if (core_b) way.push_back(down(*core_b));
    way.push_back(down(uplink(b_, other)));
    for (const std::uint32_t link : way)
      if (failures_.down(link / 2)) return false;
    links_.insert(links_.end(), way.begin(), way.end());
    return true;
  }

  const FabricGraph& graph_;
  const Failures& failures_;
  const Place &a_, &b_;
  std::vector<std::uint32_t>& links_;
};

}  // namespace

void Failures::set_vertex(const FabricGraph& graph, std::uint32_t vertex, bool is_down) {
  for (std::uint32_t c = 0; c < graph.cables.size(); ++c)
    if (graph.cables[c].a == vertex || graph.cables[c].b == vertex) down_[c] = is_down;
}

bool append_route(const FabricGraph& graph, const Failures& failures, Routing routing, std::uint32_t from, std::uint32_t to,
                  std::uint32_t key, std::vector<std::uint32_t>& links) {
  check(from != to, "a route has two ends");
  const std::size_t before = links.size();
  Place a = place_of(graph, from);
  const Place b = place_of(graph, to);
  const auto add = [&](std::uint32_t link) {
    links.push_back(link);
    return !failures.down(link / 2);
  };
  const auto give_up = [&] {
    links.resize(before);
    return false;
  };
  bool alive = true;
  if (a.hall == b.hall && a.node == b.node) {
    alive = add(up(a.hall->first_scale_up + a.gpu)) && add(down(b.hall->first_scale_up + b.gpu));
    return alive || give_up();
  }
  const bool rails = a.hall->spec.wiring != Wiring::node_per_leaf && a.hall->spec.scale_up == ScaleUpKind::nvswitch;
  if (rails && a.rail != b.rail && b.rail < static_cast<std::uint32_t>(a.hall->spec.gpus_per_node)) {
    alive = add(up(a.hall->first_scale_up + a.gpu));
    a = place_of(graph, from - a.rail + b.rail);
    alive = add(down(a.hall->first_scale_up + a.gpu)) && alive;
  }
  alive = add(up(a.hall->first_pcie + a.gpu)) && alive;
  alive = add(up(a.hall->first_endpoint + a.gpu)) && alive;
  // Targets are counted leaf by leaf: with a leaf a rail, GPUs of one rail as their nodes.
  const std::uint32_t below = b.hall->nodes_per_leaf;
  const std::uint32_t place = b.hall->spec.wiring == Wiring::node_per_leaf ? b.gpu : b.leaf * below + b.node % below;
  const std::uint64_t choice =
      routing == Routing::destination_modulo ? place : mixed((std::uint64_t{from} << 40) ^ (std::uint64_t{to} << 16) ^ key);
  alive = alive && Climb(graph, failures, a, b, links).run(choice);
  if (!alive) return give_up();
  alive = add(down(b.hall->first_endpoint + b.gpu));
  alive = add(down(b.hall->first_pcie + b.gpu)) && alive;
  return alive || give_up();
}

std::vector<std::uint32_t> hop_distances(const FabricGraph& graph, const Failures& failures, std::uint32_t vertex) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
  Graph boosted(graph.vertices.size());
  for (std::uint32_t c = 0; c < graph.cables.size(); ++c)
    if (!failures.down(c)) boost::add_edge(graph.cables[c].a, graph.cables[c].b, boosted);
  std::vector<std::uint32_t> out(graph.vertices.size(), std::numeric_limits<std::uint32_t>::max());
  out[vertex] = 0;
  boost::breadth_first_search(
      boosted, vertex, boost::visitor(boost::make_bfs_visitor(boost::record_distances(out.data(), boost::on_tree_edge()))));
  return out;
}

}  // namespace gpufleet::hw
