// The same traffic in SimGrid (max-min model CM02, zero latency, one actor that starts all; in a chain, one a host) and here,
// side by side: simulated finish time and user CPU seconds of each. Built only where libsimgrid is installed. Usage: simgrid_peer
// WORKLOAD LEAVES HOSTS SPINES SPREAD [ours|simgrid|both] [SEED], WORKLOAD = a2a, shift or chain.
#include <sys/resource.h>
#include <simgrid/s4u.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/support/fat_tree_workloads.h"

namespace {

namespace sg = simgrid::s4u;
using gpufleet::testing::Workload;

double user_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

struct Peer {
  Workload work;
  std::vector<sg::Host*> hosts;

  sg::CommPtr send(std::uint32_t from, std::uint32_t to, std::uint32_t index) const {
    const double bytes = gpufleet::testing::spread_bytes(work.bytes, work.spread, from, index, work.seed);
    return sg::Comm::sendto_async(hosts[from], hosts[to], static_cast<std::uint64_t>(bytes));
  }

  void all_to_all() const {
    std::vector<sg::CommPtr> comms;
    const auto n = static_cast<std::uint32_t>(hosts.size());
    for (std::uint32_t i = 0; i < n; ++i)
      for (std::uint32_t j = 0; j < n; ++j)
        if (i != j) comms.push_back(send(i, j, j));
    sg::Comm::wait_all(comms);
  }

  void shift() const {
    const auto n = static_cast<std::uint32_t>(hosts.size());
    for (std::uint32_t k = 1; k < n; ++k) {
      std::vector<sg::CommPtr> comms;
      for (std::uint32_t i = 0; i < n; ++i) comms.push_back(send(i, (i + k) % n, k));
      sg::Comm::wait_all(comms);
    }
  }

  /// Host i's share of the chain, as an actor of its own: waiting for any of n flows at once would cost SimGrid n each time.
  void chain_of(std::uint32_t i) const {
    const auto n = static_cast<std::uint32_t>(hosts.size());
    for (std::uint32_t k = 1; k < n; ++k) send(i, (i + k) % n, k)->wait();
  }
};

double run_simgrid(const std::string& what, const Workload& work, char* program) {
  int count = 4;
  char model[] = "--cfg=network/model:CM02", quiet[] = "--log=root.thres:error";
  char crosstraffic[] = "--cfg=network/crosstraffic:0";
  char* arguments[] = {program, model, crosstraffic, quiet, nullptr};
  sg::Engine engine(&count, arguments);
  auto* zone = sg::create_fatTree_zone("tree", nullptr, {2, {work.tree.hosts, work.tree.leaves}, {1, work.tree.spines}, {1, 1}},
                                       {[](sg::NetZone* parent, const std::vector<unsigned long>&, unsigned long id) {
                                          auto* host = parent->create_host("h" + std::to_string(id), 1e9)->seal();
                                          return std::make_pair(host->get_netpoint(),
                                                                static_cast<simgrid::kernel::routing::NetPoint*>(nullptr));
                                        },
                                        nullptr, nullptr},
                                       work.rate, 0.0, sg::Link::SharingPolicy::SPLITDUPLEX);
  zone->seal();
  Peer peer{work, {}};
  for (std::uint32_t i = 0; i < work.tree.size(); ++i) peer.hosts.push_back(engine.host_by_name("h" + std::to_string(i)));
  if (what == "chain") {
    for (std::uint32_t i = 0; i < work.tree.size(); ++i)
      sg::Actor::create("driver", peer.hosts[0], [&peer, i] { peer.chain_of(i); });
  } else {
    sg::Actor::create("driver", peer.hosts[0], [&] { what == "a2a" ? peer.all_to_all() : peer.shift(); });
  }
  engine.run();
  return sg::Engine::get_clock();
}

double run_ours(const std::string& what, const Workload& work) {
  if (what == "a2a") return gpufleet::testing::all_to_all(work);
  return what == "shift" ? gpufleet::testing::shift(work) : gpufleet::testing::chain(work);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: %s a2a|shift|chain LEAVES HOSTS SPINES SPREAD [ours|simgrid|both] [SEED]\n", argv[0]);
    return 2;
  }
  const auto number = [&](int i) { return static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)); };
  const std::string what = argv[1], who = argc > 6 ? argv[6] : "both";
  const Workload work{{number(2), number(3), number(4)}, std::strtod(argv[5], nullptr), argc > 7 ? number(7) : 0U};
  if (who != "simgrid") {
    const double before = user_seconds();
    const double finish = run_ours(what, work);
    std::printf("ours     %-6s %4u hosts  finish %.9f s  user CPU %.3f s\n", what.c_str(), work.tree.size(), finish,
                user_seconds() - before);
    std::fflush(stdout);
  }
  if (who == "ours") return 0;
  const double before = user_seconds();
  const double finish = run_simgrid(what, work, argv[0]);
  std::printf("simgrid  %-6s %4u hosts  finish %.9f s  user CPU %.3f s\n", what.c_str(), work.tree.size(), finish,
              user_seconds() - before);
  return 0;
}
