// The [training] part: formats, options, phases.
#include <fmt/format.h>
#include <algorithm>

#include "hwprofiles/accelerator_catalog.h"
#include "scenarios/validate_failures.h"
#include "scenarios/validate_parts.h"
#include "scenarios/validate_rl.h"

namespace gpufleet::scenarios {
namespace {

using hw::Dtype;

// Scaled FP8 is one number format; how it is scaled stands beside it (models::Scaling; microscaling runs at the tensor's rate).
Dtype dtype_of(std::string_view format) {
  if (format.starts_with("fp8") || format == "mxfp8") return Dtype::fp8;
  return hw::dtype_from_name(format).value_or(Dtype::bf16);
}

models::Implementation read_implementation(const TypedTable& table) {
  models::Implementation out;
  const std::string attention = table.text("attention").value_or("");
  out.attention = attention == "unfused"   ? hw::AttentionKind::unfused
                  : attention == "flash-2" ? hw::AttentionKind::flash2
                                           : hw::AttentionKind::flash;
  out.elementwise = table.text("fusion") == "unfused" ? models::ElementwiseKernels::unfused : models::ElementwiseKernels::fused;
  out.experts = table.flag("grouped_gemm").value_or(true) ? models::ExpertKernels::grouped : models::ExpertKernels::loop;
  out.dropout = table.flag("dropout").value_or(false) ? models::Dropout::on : models::Dropout::off;
  out.dispatch_copies =
      table.text("dispatcher") == "alltoall" ? models::DispatchCopies::per_choice : models::DispatchCopies::per_rank;
  out.gradient_comm = table.flag("async_tensor_gradients").value_or(true) ? models::GradientComm::beside_products
                                                                          : models::GradientComm::between_products;
  out.checkpoint = table.text("checkpoint") == "early-stop" ? models::Checkpoint::early_stop : models::Checkpoint::whole;
  out.expert_imbalance = table.number("expert_imbalance").value_or(1);
  return out;
}

OverlapSpec read_overlap(const TypedTable& table) {
  OverlapSpec out;
  out.grad_reduce = table.flag("grad_reduce").value_or(out.grad_reduce);
  out.param_gather = table.flag("param_gather").value_or(out.param_gather);
  out.tensor_parallel = table.flag("tensor_parallel").value_or(out.tensor_parallel);
  out.pipeline = table.flag("pipeline").value_or(out.pipeline);
  out.expert = table.flag("expert").value_or(out.expert);
  return out;
}

/// The format of the products as it is written: `precision = "fp8"` or `precision = { gemm = "fp8" }`.
std::string product_format(const TypedTable& training) {
  const std::string gemm = training.table("precision").text("gemm").value_or("bf16");
  const RawValue* raw = training.raw("precision");
  return raw != nullptr && raw->table() == nullptr ? training.text("precision").value_or(gemm) : gemm;
}

// A chip whose tensor cores lack the format cannot run the products; FP32 and TF32 have slower ways everywhere. Micro-scaled
// formats (OCP MX specification 1.0) came to tensor cores together with FP4.
void check_formats(const models::Precision& precision, const TypedTable& training, const std::vector<PoolSpec>& pools,
                   const Catalogs& catalogs, Diagnostics& sink) {
  if (precision.gemm != Dtype::fp8 && precision.gemm != Dtype::fp4 && precision.gemm != Dtype::bf16) return;
  for (const PoolSpec& pool : pools) {
    if (pool.accelerator.empty()) continue;
    const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs.accelerators, pool.accelerator);
    if (!chip) continue;
    if (!chip->supports(precision.gemm))
      sink.push_back(
          training.error("precision", fmt::format("{} has no {} matrix units", chip->name, hw::name(precision.gemm)), {}));
    else if (product_format(training) == "mxfp8" && !chip->supports(Dtype::fp4))
      sink.push_back(
          training.error("precision", fmt::format("{} has no micro-scaled matrix units", chip->name), "state fp8 or fp8-block"));
  }
}

std::vector<RampPoint> read_ramp(const TypedTable& training, Diagnostics& sink) {
  std::vector<RampPoint> out;
  for (const TypedTable& table : training.tables("ramp")) {
    const RampPoint point{table.number("from_token").value_or(0), table.integer("sequences").value_or(1)};
    if (!out.empty() && point.from_token <= out.back().from_token && !table.broken("from_token"))
      sink.push_back(table.error("from_token", "ramp points must rise", {}));
    if (out.empty() && point.from_token != 0 && !table.broken("from_token"))
      sink.push_back(table.error("from_token", "the ramp must begin at token 0", {}));
    out.push_back(point);
  }
  return out;
}

PhaseSpec read_main_phase(const TypedTable& training, LayoutContext context, Diagnostics& sink) {
  PhaseSpec phase;
  phase.name = "main";
  phase.tokens = training.number("tokens");
  phase.sequence = training.integer("sequence").value_or(0);
  phase.ramp = read_ramp(training, sink);
  const std::optional<std::int64_t> batch = training.integer("global_batch");
  if (batch) {
    phase.global_batch = *batch;
    if (!phase.ramp.empty() && phase.ramp.back().sequences != *batch)
      sink.push_back(training.error("global_batch",
                                    fmt::format("{} differs from the ramp's last point, {}", *batch, phase.ramp.back().sequences),
                                    "leave it out, or make them equal"));
  } else if (!phase.ramp.empty()) {
    phase.global_batch = phase.ramp.back().sequences;
  } else if (!training.broken("global_batch") && !training.has("ramp")) {
    sink.push_back(
        training.error("global_batch", "no batch size is given", "give `global_batch` (sequences per step) or `ramp`"));
    phase.global_batch = 0;
  }
  if (training.broken("global_batch") || training.broken("ramp")) phase.global_batch = 0;
  context.sequence = phase.sequence;
  const TypedTable layout = training.table("layout");
  phase.layout = read_layout(layout, context, sink);
  check_layout(phase.layout, layout, context, training, phase, sink);
  return phase;
}

PhaseSpec read_later_phase(const TypedTable& table, const PhaseSpec& main, LayoutContext context, Diagnostics& sink) {
  PhaseSpec phase;
  phase.name = table.text("name").value_or("");
  phase.tokens = table.number("tokens");
  phase.steps = table.integer("steps");
  phase.sequence = table.integer("sequence").value_or(main.sequence);
  phase.global_batch = table.integer("global_batch").value_or(main.global_batch);
  const bool broken = table.broken("tokens") || table.broken("steps");
  if (!broken && phase.tokens.has_value() == phase.steps.has_value())
    sink.push_back(table.error("steps",
                               phase.tokens ? "both `tokens` and `steps` are given" : "neither `tokens` nor `steps` is given",
                               "give one of them"));
  context.sequence = phase.sequence;
  context.inherited = &main.layout;
  const TypedTable layout = table.table("layout");
  phase.layout = read_layout(layout, context, sink);
  check_layout(phase.layout, layout, context, table, phase, sink);
  return phase;
}

}  // namespace

models::Precision read_precision(const TypedTable& training) {
  const TypedTable table = training.table("precision");
  const std::string shorthand = product_format(training);
  models::Precision out;
  out.gemm = dtype_of(shorthand);
  out.scaling = shorthand == "fp8-block" ? models::Scaling::block : models::Scaling::tensor;
  // With products in 8 bits or fewer everything between them stays BF16; else activations are of the products' format.
  const Dtype activation = hw::bytes_per_value(out.gemm) <= 1 ? Dtype::bf16 : out.gemm;
  const bool wide = out.gemm == Dtype::fp32 || out.gemm == Dtype::tf32;
  const auto format = [&](std::string_view key, Dtype otherwise) {
    const std::optional<std::string> text = table.text(key);
    return text ? dtype_of(*text) : otherwise;
  };
  const Dtype stored = wide ? Dtype::fp32 : activation;
  out.attention = format("attention", activation);
  out.dispatch = format("dispatch", stored);
  out.combine = format("combine", stored);
  out.parameters = format("parameters", stored);
  out.gradients = format("gradients", out.gemm == Dtype::fp16 ? Dtype::fp16 : Dtype::fp32);
  out.master = format("master", Dtype::fp32);
  out.moments = format("moments", Dtype::fp32);
  return out;
}

TrainingSpec read_training(const TypedTable& training, const std::vector<PoolSpec>& pools,
                           const models::Architecture& architecture, const Catalogs& catalogs, Diagnostics& sink) {
  TrainingSpec out;
  out.precision = read_precision(training);
  check_formats(out.precision, training, pools, catalogs, sink);
  const TypedTable implementation = training.table("implementation");
  out.implementation = read_implementation(implementation);
  out.train_mtp = implementation.flag("mtp").value_or(true);
  out.optimizer_on_host = implementation.text("optimizer") == "host";
  out.overlap = read_overlap(training.table("overlap"));
  out.comm_sms = static_cast<int>(training.integer("comm_sms").value_or(0));
  out.node_limit = static_cast<int>(training.integer("node_limit").value_or(0));
  constexpr double kSecondsPerHour = 3600;
  out.post_gpu_hours = training.table("post").number("gpu_hours").value_or(0) / kSecondsPerHour;

  if (const TypedTable rl = training.table("rl"); rl.present()) out.rl = read_rl(rl, pools, architecture, sink);
  if (const TypedTable failures = training.table("failures"); failures.present())
    out.failures = read_failures(failures, pools, sink);

  if (!training.present()) return out;  // the schema's walk has said that it is missing
  const LayoutContext context{&pools, &architecture, nullptr, 0};
  out.phases.push_back(read_main_phase(training, context, sink));
  for (const TypedTable& table : training.tables("phase"))
    out.phases.push_back(read_later_phase(table, out.phases.front(), context, sink));
  return out;
}

}  // namespace gpufleet::scenarios
