// What communication costs on one kind of node and fabric, as a small value: links inside the scale-up domain, the NIC of each
// GPU, the shape of the switch layers, and the measured constants of the libraries that drive them.
// Time of W bytes on a link: (alpha^w + (W/R + 2·sqrt(tau·W/R))^w)^(1/w): start-up, rate, and the chunking that hides neither.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/quantity.h"
#include "hwprofiles/kernel_time.h"

namespace gpufleet::hw {

/// What has measured constants of its own. `fused_all_reduce` is the one-kernel all-reduce of serving engines.
enum class Transfer : std::uint8_t {
  ring_all_reduce,
  nvls_all_reduce,
  fused_all_reduce,
  all_gather,
  reduce_scatter,
  all_to_all,
  send_recv
};
inline constexpr std::size_t kTransfers = 7;
std::string_view name(Transfer transfer);

/// Constants of one transfer on one link class. Rate = efficiency × the link's rate. `two_rank_rate` multiplies it for a pair:
/// fewer channels on NVSwitch, no crossing of sockets on PCIe. efficiency = 0 means that the class cannot do it.
struct TransferFit {
  Seconds launch;  ///< alpha without steps
  Seconds step;    ///< per step of the algorithm
  double efficiency = 0;
  Seconds chunk;  ///< tau
  double two_rank_rate = 1;
  double log_sigma = 0.2;
  Provenance provenance = Provenance::borrowed;
  friend bool operator==(const TransferFit&, const TransferFit&) = default;
};

/// Exponent w: how softly start-up gives way to rate; one value for all classes (fits of 1.0 … 2.0 scatter around it).
inline constexpr double kOnset = 1.5;
/// Seconds for `bytes` on the wire of a link of `rate` (bytes/s) after `steps` steps. Precondition: fit.efficiency > 0.
double transfer_seconds(const TransferFit& fit, double rate, double bytes, double steps);

enum class ScaleUpKind : std::uint8_t { nvswitch, pcie };

/// Links inside one node or rack: every GPU of the domain reaches every other.
struct ScaleUpModel {
  std::string name;
  std::string link;  ///< as accelerators name it, e.g. "NVLink 4"
  ScaleUpKind kind = ScaleUpKind::nvswitch;
  int domain = 8;                  ///< GPUs in the domain
  BytesPerSecond rate;             ///< per GPU, one direction, nominal
  Seconds latency;                 ///< end to end of a small message
  double exchange_efficiency = 0;  ///< of expert exchange kernels in throughput mode
  double low_latency_efficiency = 0;
  std::array<TransferFit, kTransfers> fits{};
  [[nodiscard]] const TransferFit& fit(Transfer transfer) const { return fits[static_cast<std::size_t>(transfer)]; }
  friend bool operator==(const ScaleUpModel&, const ScaleUpModel&) = default;
};

/// NICs and switches outside the domain.
struct ScaleOutModel {
  std::string name;
  BytesPerSecond rate;                ///< per GPU, one direction, nominal; 0 = a single node
  Seconds endpoint_latency;           ///< both ends of a small message
  Seconds hop_latency;                ///< each switch on the way
  TransferFit ring;                   ///< ring and tree collectives
  TransferFit pairwise;               ///< send/recv and all-to-all
  double exchange_efficiency = 0;     ///< expert exchange, throughput mode
  double low_latency_efficiency = 0;  ///< expert exchange, low-latency mode
  friend bool operator==(const ScaleOutModel&, const ScaleOutModel&) = default;
};

/// How nodes hang together. Rail-optimised: GPU i of every node hangs on rail (or plane) i, and traffic that changes rails
/// does so inside the node.
enum class Wiring : std::uint8_t { rail_optimised, multi_plane, node_per_leaf };

struct TopologyModel {
  Wiring wiring = Wiring::rail_optimised;
  int layers = 2;                    ///< switch layers
  int nodes_per_leaf = 32;           ///< nodes whose GPUs i share a leaf (64-port switch, half of them down)
  int nodes_per_pod = 1024;          ///< nodes below one group of spines; beyond it a third layer or another hall
  double leaf_oversubscription = 1;  ///< leaf ports down over up, by rate
  double pod_oversubscription = 1;
  double hall_oversubscription = 8;  ///< rate of a hall's NICs over its links to other halls
  Seconds hall_latency;              ///< added between halls
  friend bool operator==(const TopologyModel&, const TopologyModel&) = default;
};

/// Constants of expert exchange kernels (DeepEP-style), the same for every fabric.
struct ExchangeFit {
  Seconds local_dispatch, local_combine;    ///< start-up inside one domain
  Seconds remote_dispatch, remote_combine;  ///< start-up over two domains
  Seconds remote_doubling;                  ///< added each time the number of domains doubles
  Seconds notify, notify_doubling;          ///< exchange of counts before the transfer, two domains and each doubling
  BytesPerSecond local_per_sm_dispatch, local_per_sm_combine;    ///< copy rate of one SM inside a domain
  BytesPerSecond remote_per_sm_dispatch, remote_per_sm_combine;  ///< the same while forwarding
  double overlap = 1;          ///< exponent that joins the two hops (infinite = perfect overlap)
  double overlap_stretch = 1;  ///< factor on the time of an exchange while compute runs on the same GPU
  Seconds low_latency_local, low_latency_remote, low_latency_doubling;
  double low_latency_onset = 1;
  double message_header = 0;  ///< bytes a token in low-latency mode
  double log_sigma = 0.1, low_latency_log_sigma = 0.1;
  friend bool operator==(const ExchangeFit&, const ExchangeFit&) = default;
};

struct FabricModel {
  ScaleUpModel up;
  ScaleOutModel out;
  TopologyModel topology;
  ExchangeFit exchange;
  friend bool operator==(const FabricModel&, const FabricModel&) = default;
};

}  // namespace gpufleet::hw
