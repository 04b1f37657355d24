#include "scenarios/plan_failures.h"

#include <fmt/format.h>
#include <algorithm>

namespace gpufleet::scenarios {
namespace {

constexpr std::string_view kNoFaults = "none";

// Keeping 1 % of hosts in reserve is the usual contract of rented clusters (estimate, soft).
constexpr int kHostsPerSpare = 100;

/// A pool's own statements go before those for all pools.
FaultSpec merged(const FailureSpec& spec, int pool) {
  FaultSpec out = spec.all;
  const auto take = [](auto& into, const auto& from) {
    if (from) into = from;
  };
  for (const auto& [index, own] : spec.own) {
    if (index != pool) continue;
    take(out.profile, own.profile);
    take(out.gpu, own.gpu);
    take(out.node, own.node);
    take(out.network_switch, own.network_switch);
    take(out.software, own.software);
    take(out.planned, own.planned);
    take(out.nodes_per_switch, own.nodes_per_switch);
    take(out.spare_nodes, own.spare_nodes);
  }
  return out;
}

double rate(const std::optional<double>& stated, double usual_mean) {
  const double mean = stated.value_or(usual_mean);
  return mean > 0 ? 1 / mean : 0.0;
}

std::vector<std::string> profile_names(const hw::ReliabilityTable& table) {
  std::vector<std::string> names{std::string(kNoFaults)};
  for (const hw::ReliabilityProfile& profile : table.profiles) names.push_back(profile.name);
  return names;
}

}  // namespace

Result<sim::FailurePlan> plan_failures(const Scenario& scenario, const sim::TrainingJob& job, const hw::ReliabilityTable& table) {
  const FailureSpec& spec = *scenario.training->failures;
  sim::FailurePlan out;
  const std::vector<int> used = sim::gpus_by_pool(job);
  for (std::size_t i = 0; i < job.pools.size(); ++i) {
    const FaultSpec faults = merged(spec, static_cast<int>(i));
    hw::ReliabilityProfile profile;
    // A trace stands for all that happens; only stated rates come on top.
    const bool none = faults.profile ? *faults.profile == kNoFaults : !spec.trace.empty();
    if (!none) {
      const hw::ReliabilityProfile* named = faults.profile ? hw::find_reliability(table, *faults.profile) : nullptr;
      if (faults.profile && named == nullptr)
        return Diagnostic{.where = {scenario.name, 0, 0},
                          .key = "training.failures.profile",
                          .message = fmt::format("no reliability profile is called \"{}\"", *faults.profile),
                          .hint = did_you_mean(*faults.profile, profile_names(table))};
      profile = named != nullptr ? *named : hw::usual_reliability(table, job.pools[i].accelerator);
    }
    const int nodes = used[i] / std::max(1, job.pools[i].gpus_per_node);
    out.pools.push_back({.rates = {.gpu = rate(faults.gpu, profile.gpu),
                                   .node = rate(faults.node, profile.node),
                                   .network_switch = rate(faults.network_switch, profile.network_switch),
                                   .software = rate(faults.software, profile.software),
                                   .planned = rate(faults.planned, profile.planned)},
                         .nodes_per_switch = faults.nodes_per_switch.value_or(profile.nodes_per_switch),
                         .spare_nodes = faults.spare_nodes.value_or((nodes + kHostsPerSpare - 1) / kHostsPerSpare)});
  }
  out.trace = spec.trace;
  out.detection = spec.detection.value_or(table.detection);
  out.launch = spec.launch.value_or(table.launch);
  out.group_setup_per_gpu = table.group_setup_per_gpu;
  out.repair = spec.repair.value_or(table.repair);
  out.switch_repair = spec.switch_repair.value_or(table.switch_repair);
  out.storage_rate = spec.storage ? spec.storage->value() : 0.0;
  out.storage_per_gpu = table.storage_per_gpu.value();
  out.save = spec.save;
  out.load = spec.load;
  out.interval = spec.interval;
  out.horizon = spec.horizon;
  out.shortage = spec.shortage;
  out.stragglers = spec.stragglers;
  return out;
}

}  // namespace gpufleet::scenarios
