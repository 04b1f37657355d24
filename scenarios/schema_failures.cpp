// Keys of [training.failures]: what breaks, how the run comes back, how often it saves.
#include "scenarios/schema_tables.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kLongest = 1e12;  // seconds

KeySpec seconds(std::string path, double least, std::string source, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::quantity,
          .dimension = Dimension::time,
          .minimum = least,
          .maximum = kLongest,
          .fallback_source = std::move(source),
          .doc = std::move(doc)};
}

std::vector<KeySpec> fault_keys(const std::string& at) {
  const std::string profile = "the profile";
  return {
      {.path = at + ".profile",
       .type = KeyType::text,
       .fallback_source = "the chip's usual one",
       .doc = "Profile of hwprofiles/data/reliability.toml, or \"none\" for no faults but those stated here."},
      seconds(at + ".per_gpu_mtbf", 1, profile, "Mean time between faults of one accelerator; its host is replaced."),
      seconds(at + ".per_node_mtbf", 1, profile, "Mean time between faults of a host beside its accelerators."),
      seconds(at + ".per_switch_mtbf", 1, profile, "Mean time between faults of a leaf switch and its cables."),
      seconds(at + ".per_gpu_software_mtbf", 1, profile, "Mean time between software crashes, an accelerator of the job."),
      seconds(at + ".per_gpu_planned", 1, profile, "Mean time between planned stops, an accelerator of the job."),
      {.path = at + ".nodes_per_switch",
       .type = KeyType::integer,
       .minimum = 1,
       .maximum = 4096,
       .fallback_source = profile,
       .doc = "Hosts that one leaf switch takes down."},
      {.path = at + ".spare_nodes",
       .type = KeyType::integer,
       .minimum = 0,
       .maximum = 1e5,
       .fallback = "",
       .fallback_source = "one in 100 of the job's hosts, at least one",
       .doc = "Hosts kept ready beside the job's, paid for as they are."},
  };
}

}  // namespace

std::vector<KeySpec> failure_keys() {
  const std::string at = "training.failures", data = "hwprofiles/data/reliability.toml";
  std::vector<KeySpec> keys{
      {.path = at, .type = KeyType::table, .presence = Presence::asked, .doc = "Interruptions of a run of weeks."}};
  const auto add = [&](std::vector<KeySpec> more) { keys.insert(keys.end(), more.begin(), more.end()); };
  add(fault_keys(at));
  add({
      {.path = at + ".trace",
       .type = KeyType::text,
       .doc = "CSV of faults in place of drawn ones: columns hours, kind (gpu, node, switch, software, planned), and if wanted "
              "nodes and pool."},
      seconds(at + ".duration", 1, "until all tokens are trained", "Wall clock to look at."),
      seconds(at + ".detection", 0, data, "Mean time until a fault is noticed and its hosts are known."),
      seconds(at + ".launch", 0, data, "Time to start processes, before groups are made and state is loaded."),
      seconds(at + ".repair", 1, data, "Mean time until a failed host is a spare again."),
      seconds(at + ".switch_repair", 1, data, "The same after a switch fault."),
      {.path = at + ".shortage",
       .type = KeyType::choice,
       .fallback = "wait",
       .fallback_source = "Megatron-LM",
       .choices = {"wait", "shrink"},
       .doc = "What the job does without enough hosts: stand still, or go on with fewer data-parallel replicas."},
      {.path = at + ".checkpoint", .type = KeyType::table, .doc = "Saving and loading the training state."},
      seconds(at + ".checkpoint.interval", 1, "the best, found numerically", "Work between two saves."),
      {.path = at + ".checkpoint.mode",
       .type = KeyType::choice,
       .fallback = "async",
       .fallback_source = "torch.distributed.checkpoint, MegaScale",
       .choices = {"sync", "async"},
       .doc = "Whether the job stands still for the write, or only for the copy to host memory."},
      {.path = at + ".checkpoint.storage",
       .type = KeyType::quantity,
       .dimension = Dimension::bytes_per_second,
       .minimum = 1e6,
       .maximum = 1e16,
       .fallback_source = data,
       .doc = "Rate of the checkpoint storage for the whole job."},
      {.path = at + ".checkpoint.load",
       .type = KeyType::choice,
       .fallback = "fabric",
       .fallback_source = "MegaScale: one reader, then a broadcast",
       .choices = {"fabric", "storage"},
       .doc = "Whether one replica reads the weights and passes them on, or every replica reads them."},
      {.path = at + ".stragglers", .type = KeyType::table, .doc = "Hosts slower than their kind."},
      {.path = at + ".stragglers.share",
       .type = KeyType::number,
       .minimum = 0,
       .maximum = 1,
       .fallback = "0",
       .fallback_source = "hosts alike; chips' own spread is in every step",
       .doc = "Share of hosts that are slow."},
      {.path = at + ".stragglers.slowdown",
       .type = KeyType::number,
       .minimum = 0,
       .maximum = 100,
       .fallback = "0.1",
       .fallback_source = "MegaScale, arXiv 2402.15627, s. 6.3",
       .doc = "Mean extra time of a slow host's step, over the usual one; exponentially distributed."},
      seconds(at + ".stragglers.evict_after", 1, "never", "Running time until slow hosts are found and replaced by spares."),
      {.path = at + ".pool[]", .type = KeyType::tables, .doc = "What one pool of the fleet has different."},
      {.path = at + ".pool[].name", .type = KeyType::text, .presence = Presence::required, .doc = "Pool of the fleet."},
  });
  add(fault_keys(at + ".pool[]"));
  return keys;
}

}  // namespace gpufleet::scenarios
