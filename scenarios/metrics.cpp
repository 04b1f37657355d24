#include "scenarios/metrics.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace gpufleet::scenarios {
namespace {

constexpr std::string_view kStep = "event simulation of one optimiser step";
constexpr std::string_view kPart = "event simulation, mean over the pipeline stages";
constexpr std::string_view kRun = "event simulation of the run under faults, median over replicas of chance";
constexpr std::string_view kMfu = "model FLOP / (step time · GPUs · dense BF16 peak); Chowdhery et al. 2022, app. B";

constexpr std::string_view kServing = "event simulation, request by request";
constexpr std::string_view kLatency = "quantile sketch of the simulated requests, within 0.4 %";

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
    MetricSpec{"power_per_gpu", "W",
               "idle + (design - idle) power · share of the step with kernels running, plus the host's share",
               "Mean draw of an accelerator with its host while training."},
    MetricSpec{"run_energy", "kWh", "run_gpu_hours · power_per_gpu; idle power while interrupted",
               "Energy of the whole run at the racks, without cooling."},
    MetricSpec{"rl_rollout_time", "s", "iterations of the serving model, the batch thinning out until the longest answer ends",
               "Writing the answers of one iteration of reinforcement learning."},
    MetricSpec{"rl_update_time", "s", "tokens / tokens_per_second, plus forward passes at a third of it",
               "Scoring and update on one iteration's answers."},
    MetricSpec{"rl_iteration_time", "s", "rollout + scoring + update + switch; the longer half with pools of their own",
               "One iteration of reinforcement learning."},
    MetricSpec{"rl_rollout_tokens_per_second", "tok/s", "tokens written / rl_rollout_time", "Writing rate of all instances."},
    MetricSpec{"effective_training_time_ratio", "ratio", "steps that count at their usual length / wall clock",
               "Share of the wall clock that trained the model."},
    MetricSpec{"interruptions", "count", kRun, "Unplanned interruptions over the run."},
    MetricSpec{"mean_time_to_failure", "h", "wall clock without waiting for hosts / interruptions",
               "Of the running job, unplanned; left out where none struck."},
    MetricSpec{"lost_gpu_hours", "h", kRun, "Steps done again, and steps cut off, times the job's accelerators."},
    MetricSpec{"recovery_gpu_hours", "h", kRun, "Detection, restart and waiting for hosts, times the job's accelerators."},
    MetricSpec{"checkpoint_interval", "s", "minimum of the expected run length; Daly 2006, eq. 13", "Work between two saves."},
    MetricSpec{"checkpoint_stall", "s", "state / host links, plus state / storage where saves are synchronous",
               "Standing still for one save."},
    MetricSpec{"restart_time", "s", "launch + communicators + state / storage + weights / fabric",
               "From the decision to restart until the first step."},
    MetricSpec{"tokens_trained", "tok", kRun, "Tokens that count, over the run or the time looked at."},
    MetricSpec{"gpus", "count", "sum of lots in the fleet on the day", "Accelerators of the fleet."},
    MetricSpec{"tpp_total", "TPP", "sum of TFLOP/s · bits, densest format; 88 FR 73458, note to 3A090",
               "Total processing performance of the fleet."},
    MetricSpec{"h100_equivalents_compute", "count", "tpp_total / 15,832", "H100 SXM with as much processing performance."},
    MetricSpec{"h100_equivalents_bandwidth", "count", "memory bandwidth / 3.35 TB/s", "H100 SXM with as much memory bandwidth."},
    MetricSpec{"fleet_memory", "PB", "sum of nominal memory", "Device memory of the fleet."},
    MetricSpec{"capex", "USD", "sum of lots · price", "Accelerators bought, without hosts and network."},
    MetricSpec{"capex_all_in", "USD", "capex + hosts + network", "Purchase of the fleet with what stands around it."},
    MetricSpec{"opex_per_year", "USD", "electricity at full load + site and operations + rent", "Running cost of the fleet."},
    MetricSpec{"cost_per_year", "USD", "opex_per_year + capex_all_in / useful life", "Yearly cost of the fleet's compute."},
    MetricSpec{"cost_per_year_with_staff", "USD", "cost_per_year / (1 - staff share); Cottier et al. 2024",
               "Yearly cost with the staff that a development budget has."},
    MetricSpec{"power", "MW", "sum of provisioned power, at the meters", "Power of the fleet at full load."},
    MetricSpec{"legal_share", "ratio", "accelerators whose sale was permitted on their day / accelerators",
               "Lawfully bought share; information, not legal advice."},
    MetricSpec{"input_tokens_per_second", "tok/s", kServing, "Prompt tokens taken in, cached ones included."},
    MetricSpec{"output_tokens_per_second", "tok/s", kServing, "Answer tokens given out."},
    MetricSpec{"input_tokens_per_second_per_node", "tok/s", kServing, "The same over all nodes in service."},
    MetricSpec{"output_tokens_per_second_per_node", "tok/s", kServing, "The same over all nodes in service."},
    MetricSpec{"input_tokens_per_second_per_gpu", "tok/s", kServing, "The same over all accelerators in service."},
    MetricSpec{"output_tokens_per_second_per_gpu", "tok/s", kServing, "The same over all accelerators in service."},
    MetricSpec{"input_tokens_per_second_per_prefill_node", "tok/s", kServing, "Over the nodes of prefill pools."},
    MetricSpec{"output_tokens_per_second_per_decode_node", "tok/s", kServing, "Over the nodes of decode pools."},
    MetricSpec{"output_tokens_per_second_per_user", "tok/s", "1 / tpot_mean", "Speed at which a user reads."},
    MetricSpec{"ttft_p50", "s", kLatency, "Time to the first token."},
    MetricSpec{"ttft_p90", "s", kLatency, "Time to the first token."},
    MetricSpec{"ttft_p99", "s", kLatency, "Time to the first token."},
    MetricSpec{"ttft_mean", "s", kServing, "Time to the first token."},
    MetricSpec{"tpot_p50", "s", kLatency, "Time of a further token, mean of a request."},
    MetricSpec{"tpot_p90", "s", kLatency, "Time of a further token, mean of a request."},
    MetricSpec{"tpot_p99", "s", kLatency, "Time of a further token, mean of a request."},
    MetricSpec{"tpot_mean", "s", kServing, "Time of a further token, mean of a request."},
    MetricSpec{"e2e_p50", "s", kLatency, "Time to the last token."},
    MetricSpec{"e2e_p90", "s", kLatency, "Time to the last token."},
    MetricSpec{"e2e_p99", "s", kLatency, "Time to the last token."},
    MetricSpec{"e2e_mean", "s", kServing, "Time to the last token."},
    MetricSpec{"goodput", "requests/s", kServing, "Requests that kept the promise."},
    MetricSpec{"slo_attainment", "ratio", kServing, "Share of all requests that kept the promise."},
    MetricSpec{"kv_memory_used", "ratio", kServing, "Share of KV blocks in use, mean over iterations."},
    MetricSpec{"prefix_hit_ratio", "ratio", kServing, "Share of prompt tokens found in a cache."},
    MetricSpec{"cost_per_million_output_tokens", "USD", "rent / answer tokens", "All cost on the answers."},
    MetricSpec{"cost_per_million_input_tokens", "USD", "rent / prompt tokens", "All cost on the prompts."},
    MetricSpec{"energy_per_million_tokens", "kWh", "busy · power + idle · idle power, over all tokens",
               "Accelerators and hosts."},
    MetricSpec{"serving_nodes", "nodes", kServing, "Nodes in service, mean over time."},
    MetricSpec{"serving_cost", "USD", "node hours in service · rent", "Rent of the simulated time."},
    MetricSpec{"largest_rate", "requests/s",
               "bisection over simulations; low and high: largest rate seen to hold, smallest to fail",
               "Largest rate of arrivals at which the promise holds."},
    MetricSpec{"fewest_nodes", "nodes", "bisection over simulations", "Fewest nodes of the first pool with which it holds."},
    MetricSpec{"served_tokens", "tok", "hourly allocation of the fleet by priority, summed", "Answer tokens over the horizon."},
    MetricSpec{"unmet_share", "ratio", "tokens asked and not served / tokens asked", "Demand that the fleet could not meet."},
    MetricSpec{"gpu_utilisation", "ratio", "GPU-hours in use / GPU-hours owned", "Share of the fleet's hours that work."},
    MetricSpec{"horizon_cost", "USD", "straight-line amortisation + rent + electricity + operations, by the hour",
               "Accrued cost over the horizon."},
    MetricSpec{"horizon_cash", "USD", "purchases - resale + rent + electricity + operations", "Money spent over the horizon."},
    MetricSpec{"horizon_rent_value", "USD", "GPU-hours in use · market rent", "What the hours in use would have cost to rent."},
    MetricSpec{"horizon_revenue", "USD", "served tokens · API price of the day", "List-price revenue over the horizon."},
    MetricSpec{"horizon_energy", "MWh", "(idle + busy share · (full - idle)) power · PUE, by the hour", "Energy at the meters."},
    MetricSpec{"horizon_carbon", "t", "energy · carbon intensity", "CO2 equivalent of the electricity."},
    MetricSpec{"plan_cost", "USD", "accrued cost of the simulated plan, mean over branches",
               "What the plan costs in its months, without penalties."},
    MetricSpec{"plan_spend", "USD", "price, host and network of all lots bought, mean over branches", "Cash for purchases."},
    MetricSpec{"plan_penalty", "USD", "penalties of [[plan.need]] for unserved tokens and late campaigns",
               "What the programme counts besides cost."},
    MetricSpec{"plan_days", "days", "sum over campaigns, start to the end of the month in which each is done",
               "Days until the campaigns are done."},
    MetricSpec{"plan_gap", "ratio", "(objective - best possible) / objective of the mixed-integer programme",
               "How far the plan may be from the best one."},
    MetricSpec{"plan_disagreement", "ratio", "largest |simulated - programme| / programme over cost, purchases, loads, campaigns",
               "How far programme and simulation lie apart."},
    MetricSpec{"cost_per_million_served_tokens", "USD", "horizon_cost · serving share of used GPU-hours / served tokens",
               "Accrued cost of a million answer tokens."},
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
