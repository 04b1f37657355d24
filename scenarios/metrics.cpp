#include "scenarios/metrics.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace gpufleet::scenarios {
namespace {

constexpr std::string_view kStep = "event simulation of one optimiser step";
constexpr std::string_view kPart = "event simulation, first pipeline stage";
constexpr std::string_view kMfu = "model FLOP / (step time · GPUs · dense BF16 peak); Chowdhery et al. 2022, app. B";

constexpr std::array kMetrics{
    MetricSpec{"step_time", "s", kStep, "One optimiser step at the final batch size."},
    MetricSpec{"forward_time", "s", kPart, "Forward blocks that run alone."},
    MetricSpec{"backward_time", "s", kPart, "Backward blocks that run alone."},
    MetricSpec{"weight_time", "s", kPart, "Weight-gradient blocks that run alone."},
    MetricSpec{"overlapped_time", "s", kPart, "Forward and backward blocks of two micro-batches run together."},
    MetricSpec{"bubble_time", "s", kPart, "Waiting for other pipeline stages."},
    MetricSpec{"optimizer_time", "s", kPart, "Optimiser update with what it exposes of gradient and parameter exchange."},
    MetricSpec{"exposed_comm_time", "s", kPart, "Communication that no compute covers."},
    MetricSpec{"tokens_per_second", "tok/s", "global batch · sequence / step time", "Training throughput of the whole job."},
    MetricSpec{"tokens_per_day", "tok/day", "tokens_per_second · 86400", "Training throughput of the whole job."},
    MetricSpec{"tokens_per_second_per_gpu", "tok/s", "tokens_per_second / GPUs", "Training throughput of one accelerator."},
    MetricSpec{"samples_per_second_per_gpu", "samples/s", "global batch / step time / GPUs",
               "Sequences per second of one accelerator."},
    MetricSpec{"tflops_per_gpu_causal", "TFLOP/s", "model FLOP with the unmasked half of attention / step time / GPUs",
               "Useful rate, attention counted causally."},
    MetricSpec{"tflops_per_gpu_full", "TFLOP/s",
               "model FLOP with the whole attention square / step time / GPUs; Narayanan et al. 2021, eq. 3",
               "Useful rate, attention counted in full."},
    MetricSpec{"tflops_per_gpu_hardware", "TFLOP/s",
               "model FLOP with recomputation / step time / GPUs; Korthikanti et al. 2022, s. 6",
               "Rate with recomputed work counted."},
    MetricSpec{"mfu_causal", "ratio", kMfu, "Model FLOP utilisation, attention counted causally."},
    MetricSpec{"mfu_full", "ratio", kMfu, "Model FLOP utilisation, attention counted in full."},
    MetricSpec{"mfu_fp8_causal", "ratio", "model FLOP / (step time · GPUs · dense FP8 peak)",
               "Utilisation against the FP8 peak, attention counted causally."},
    MetricSpec{"memory_per_gpu_peak", "GiB",
               "parameters, gradients, optimiser states, activations in flight, buffers; fullest stage",
               "Peak memory of one accelerator."},
    MetricSpec{"memory_parameters_optimizer", "GiB",
               "weights, gradients and optimiser states under ZeRO; Rajbhandari et al. 2020", "Memory that lasts over the step."},
    MetricSpec{"memory_activations", "GiB", "activations of all micro-batches in flight; Korthikanti et al. 2022",
               "Memory of activations at the peak."},
    MetricSpec{"gpu_hours_per_trillion_tokens", "h", "GPUs · step time / tokens per step · 1e12 / 3600",
               "Accelerator-hours for 1e12 tokens of the main phase."},
    MetricSpec{"run_gpu_hours", "h", "sum over phases of steps · step time · GPUs, plus post-training",
               "Accelerator-hours of the whole run."},
    MetricSpec{"run_days", "days", "sum over phases of steps · step time", "Length of all simulated phases."},
    MetricSpec{"run_cost", "USD", "run_gpu_hours · rent", "Rent of the whole run."},
};

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

struct UnitFactor {
  std::string_view metric_unit, unit;
  double factor;
};
constexpr std::array kFactors{
    UnitFactor{"s", "ms", 1e-3},
    UnitFactor{"s", "min", 60},
    UnitFactor{"h", "gpu-h", 1},
    UnitFactor{"h", "kh", 1e3},
    UnitFactor{"days", "d", 1},
    UnitFactor{"days", "day", 1},
    UnitFactor{"days", "h", 1.0 / 24},
    UnitFactor{"USD", "$", 1},
    UnitFactor{"USD", "musd", 1e6},
    UnitFactor{"GiB", "mib", 1.0 / 1024},
    UnitFactor{"GiB", "gb", 1e9 / 1073741824.0},
    UnitFactor{"TFLOP/s", "tflops", 1},
    UnitFactor{"TFLOP/s", "pflop/s", 1e3},
    UnitFactor{"TFLOP/s", "gflop/s", 1e-3},
    UnitFactor{"ratio", "%", 0.01},
    UnitFactor{"ratio", "", 1},
    UnitFactor{"ratio", "1", 1},
    UnitFactor{"tok/day", "1e9tok/day", 1e9},
    UnitFactor{"tok/s", "tokens/s", 1},
    UnitFactor{"tok/day", "tokens/day", 1},
    UnitFactor{"samples/s", "samples/s/gpu", 1},
    UnitFactor{"samples/s", "sequences/s", 1},
    UnitFactor{"tok/s", "tok/s/gpu", 1},
};

}  // namespace

std::span<const MetricSpec> metrics() { return kMetrics; }

const MetricSpec* find_metric(std::string_view name) {
  const auto it = std::find_if(kMetrics.begin(), kMetrics.end(), [&](const MetricSpec& metric) { return metric.name == name; });
  return it == kMetrics.end() ? nullptr : &*it;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricSpec& metric : kMetrics) names.emplace_back(metric.name);
  return names;
}

double unit_factor(const MetricSpec& metric, std::string_view unit) {
  const std::string wanted = lower(unit);
  if (wanted == lower(metric.unit)) return 1;
  for (const UnitFactor& row : kFactors)
    if (row.metric_unit == metric.unit && row.unit == wanted) return row.factor;
  return 0;
}

std::string column_name(const MetricSpec& metric) {
  std::string out(metric.name);
  if (metric.unit == "ratio") return out;
  out += '_';
  for (const char c : metric.unit) {
    if (c == '/') {
      out += "_per_";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace gpufleet::scenarios
