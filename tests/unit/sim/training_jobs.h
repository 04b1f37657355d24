// Training jobs for tests, made from the shipped catalogs.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/fabric/network_catalog.h"
#include "models/catalog.h"
#include "sim/training/job.h"

namespace gpufleet::sim::testing {

template <class T>
T value_of(Result<T> result) {
  EXPECT_TRUE(result.ok()) << to_text(result.diagnostics());
  return std::move(result).value();
}

struct Catalogs {
  std::vector<hw::Accelerator> accelerators;
  hw::NetworkCatalog network;
  hw::KernelFits fits;
  std::vector<models::Architecture> architectures;
};

inline const Catalogs& catalogs() {
  static const Catalogs loaded = [] {
    const std::string root = GPUFLEET_SOURCE_DIR;
    return Catalogs{value_of(hw::load_accelerators(root + "/hwprofiles/data/accelerators")),
                    value_of(hw::load_network_catalog(root + "/hwprofiles/data/network")),
                    value_of(hw::load_kernel_fits(root + "/hwprofiles/data/kernel_fits")),
                    value_of(models::load_architectures(root + "/models/data"))};
  }();
  return loaded;
}

inline models::Architecture architecture(std::string_view name) {
  for (const models::Architecture& a : catalogs().architectures)
    if (a.name == name) return a;
  ADD_FAILURE() << "no architecture " << name;
  return {};
}

inline TrainingPool pool(std::string_view chip, int gpus, const hw::FabricSpec& spec) {
  const hw::Accelerator accelerator = value_of(hw::find_accelerator(catalogs().accelerators, chip));
  return {.name = std::string(chip),
          .accelerator = accelerator,
          .kernels = hw::make_kernel_time_model(accelerator, catalogs().fits),
          .fabric = value_of(hw::make_fabric_model(catalogs().network, spec)),
          .gpus = gpus,
          .gpus_per_node = 8};
}

inline hw::FabricSpec hopper_fabric(std::string scale_up) {
  hw::FabricSpec spec;
  spec.scale_up = std::move(scale_up);
  spec.scale_out = "infiniband";
  spec.nic_rate = BytesPerSecond(50e9);
  return spec;
}

/// DeepSeek-V3 on 2,048 H800 as its report lays it out.
inline TrainingJob deepseek_v3() {
  TrainingJob job;
  job.architecture = architecture("DeepSeek-V3");
  job.pools.push_back(pool("H800 SXM", 2048, hopper_fabric("nvlink4_h800")));
  job.layout.pp = 16;
  job.layout.dp = 128;
  job.layout.ep = 64;
  job.layout.schedule = Schedule::dualpipe;
  job.layout.stages.assign(16, Stage{});
  job.precision = {.gemm = hw::Dtype::fp8,
                   .attention = hw::Dtype::bf16,
                   .dispatch = hw::Dtype::fp8,
                   .combine = hw::Dtype::bf16,
                   .parameters = hw::Dtype::bf16,
                   .gradients = hw::Dtype::fp32,
                   .master = hw::Dtype::fp32,
                   .moments = hw::Dtype::bf16};
  job.recompute = models::Recompute::of({models::RecomputeOp::norm, models::RecomputeOp::mla_up});
  job.sequence_length = 4096;
  job.global_batch = 15360;
  job.comm_sms = 20;
  job.node_limit = 4;
  return job;
}

/// A small dense job that runs in microseconds: 8 layers of Llama-3.1-8B's shape.
inline TrainingJob small_dense() {
  TrainingJob job;
  job.architecture = architecture("Llama-3.1-8B");
  job.architecture.layers = job.architecture.dense_layers = 8;
  job.pools.push_back(pool("H100 SXM5", 64, hopper_fabric("nvlink4")));
  job.layout.tp = 2;
  job.layout.pp = 4;
  job.layout.dp = 8;
  job.layout.stages.assign(4, Stage{.tp = 2});
  job.sequence_length = 2048;
  job.global_batch = 128;
  return job;
}

}  // namespace gpufleet::sim::testing
