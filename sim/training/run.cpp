#include "sim/training/run.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "models/flops.h"
#include "sim/training/power.h"
#include "sim/training/replica_groups.h"
#include "sim/training/step_draw.h"

namespace gpufleet::sim {
namespace {

constexpr double kHour = 3600.0, kDay = 86400.0;

int gpus(const TrainingJob& job) {
  int total = 0;
  for (const StageUse& use : stage_uses(job)) total += use.gpus;
  return total;
}

/// Sum over the GPUs of the dense peak that MFU is counted against.
double peak_flops(const TrainingJob& job, hw::Dtype dtype) {
  double total = 0;
  for (const StageUse& use : stage_uses(job)) {
    const hw::Accelerator& chip = job.pools[static_cast<std::size_t>(use.pool)].accelerator;
    const double peak = chip.supports(dtype) ? chip.peak(dtype).value() : chip.peak(hw::Dtype::fp16).value();
    total += peak * use.gpus;
  }
  return total;
}

double step_seconds(const TrainingJob& job, const Perturbation& perturbation, const RunControl& control) {
  return to_seconds(simulate_step(job, {.perturbation = perturbation}, control).step_time).value();
}

struct RunTotals {
  double seconds = 0, gpu_hours = 0;
  double running = 1;  ///< share of the time in which the job steps or saves
  std::vector<WorkPhase> work;
};

WorkPhase work_phase(const TrainingPhase& phase, double tokens, double seconds) {
  const double per_step = static_cast<double>(phase.job.global_batch * phase.job.sequence_length);
  const auto steps = std::max<std::int64_t>(1, std::llround(tokens / per_step));
  const auto n = static_cast<double>(steps);
  return {steps, seconds / n, std::round(tokens / n), static_cast<double>(gpus(phase.job))};
}

/// Batch sizes a ramp is cut into; the step time is nearly affine in the batch between two points, so few suffice.
constexpr int kRampPieces = 8;

double ramp_batch(const std::vector<RampPoint>& ramp, double token) {
  for (std::size_t i = 0; i + 1 < ramp.size(); ++i) {
    if (token >= ramp[i + 1].from_token) continue;
    const double share = std::clamp((token - ramp[i].from_token) / (ramp[i + 1].from_token - ramp[i].from_token), 0.0, 1.0);
    return static_cast<double>(ramp[i].sequences) + share * static_cast<double>(ramp[i + 1].sequences - ramp[i].sequences);
  }
  return static_cast<double>(ramp.back().sequences);
}

/// Unlike replicas keep their shares of the batch; where the schedule cannot run those, the steady batch stands.
TrainingJob groups_with_batch(const TrainingJob& job, double wanted) {
  TrainingJob out = job;
  const double share = wanted / static_cast<double>(job.global_batch);
  out.global_batch = 0;
  for (ReplicaGroup& group : out.layout.groups) {
    group.micro_batches = std::max<std::int64_t>(1, std::llround(static_cast<double>(group.micro_batches) * share));
    group.fewer = 0;
    out.global_batch += group.replicas * group.micro_batches * job.layout.micro_batch;
  }
  return step_refusal(out) ? job : out;
}

/// The job with the batch nearest to `wanted` that its layout and schedule can run.
TrainingJob with_batch(TrainingJob job, double wanted) {
  if (!job.layout.groups.empty()) return groups_with_batch(job, wanted);
  const std::int64_t unit = job.layout.micro_batch * job.layout.dp;
  const auto nearest = std::max<std::int64_t>(1, std::llround(wanted / static_cast<double>(unit)));
  for (std::int64_t distance = 0; distance <= 4 * job.layout.pp + 4; ++distance)
    for (const std::int64_t candidate : {nearest + distance, nearest - distance}) {
      if (candidate < 1) continue;
      job.global_batch = candidate * unit;
      if (!step_refusal(job)) return job;
    }
  return job;
}

/// Seconds of a phase's steps: an integral over the ramp, then the steady rest.
double phase_seconds(const TrainingPhase& phase, double steady_step, const Perturbation& perturbation,
                     const RunControl& control) {
  const double tokens = *phase.tokens;
  const double steady_tokens = static_cast<double>(phase.job.global_batch * phase.job.sequence_length);
  const double ramp_end = phase.ramp.size() < 2 ? 0.0 : std::min(tokens, phase.ramp.back().from_token);
  double seconds = (tokens - ramp_end) / steady_tokens * steady_step;
  for (int i = 0; i < kRampPieces && ramp_end > 0 && !control.stopped(); ++i) {
    const double piece = ramp_end / kRampPieces;
    const TrainingJob job = with_batch(phase.job, ramp_batch(phase.ramp, (i + 0.5) * piece));
    seconds += piece / static_cast<double>(job.global_batch * job.sequence_length) * step_seconds(job, perturbation, control);
  }
  return seconds;
}

struct Named {
  std::string_view name;
  double value;
};

/// Replicas of the run's chance: their seeds, from `first` on.
struct Chance {
  std::uint64_t seed = 1;
  int first = 0, count = 1;
};

/// The run under faults: each figure's median over the replicas of chance.
void add_long_run(const TrainingRun& run, RunTotals& totals, const Chance& chance, const RunControl& control,
                  std::vector<Named>& out) {
  const TrainingJob& job = run.phases.front().job;
  const LongRun long_one = long_run(job, *run.failures, std::move(totals.work));
  std::vector<std::vector<double>> values;
  std::vector<LongRunFigure> names;
  std::vector<double> seconds, hours, running;
  for (int i = 0; i < chance.count && !control.stopped(); ++i) {
    const std::uint64_t seed = stable_hash(fmt::format("{}/run {}", chance.seed, chance.first + i));
    const LongRunResult result = simulate_long_run(long_one, seed);
    names = figures(long_one, result);
    values.resize(names.size());
    for (std::size_t k = 0; k < names.size(); ++k) values[k].push_back(names[k].value);
    seconds.push_back(result.wall);
    hours.push_back(result.gpu_seconds / kHour);
    running.push_back(result.wall > 0 ? 1 - (result.parts.recovery + result.parts.waiting) / result.wall : 1.0);
  }
  for (std::size_t k = 0; k < names.size(); ++k) out.push_back({names[k].name, median(std::move(values[k]))});
  totals.seconds = median(std::move(seconds));
  totals.gpu_hours = median(std::move(hours));
  totals.running = median(std::move(running));
}

/// All figures of the run for one draw. The order is the same for every draw.
std::vector<Named> evaluate(const TrainingRun& run, const StepResult& step, const Perturbation& perturbation, double factor,
                            const Chance& chance, const RunControl& control) {
  const TrainingPhase& main = run.phases.front();
  const TrainingJob& job = main.job;
  const double seconds = to_seconds(step.step_time).value() * factor;
  const double chips = gpus(job);
  const double tokens = static_cast<double>(job.global_batch * job.sequence_length);
  std::vector<Named> out;
  out.push_back({"step_time", seconds});
  const auto mean = [&](const auto& of_stage) {
    double sum = 0;
    for (const StageReport& stage : step.stages) sum += of_stage(stage);
    return sum / static_cast<double>(step.stages.size()) * factor;
  };
  const auto part = [&](StepPart p) {
    return mean([p](const StageReport& stage) { return stage.parts[static_cast<std::size_t>(p)].value(); });
  };
  const double exposed = mean([](const StageReport& stage) { return stage.exposed; });
  out.push_back({"forward_time", part(StepPart::forward)});
  out.push_back({"backward_time", part(StepPart::backward)});
  out.push_back({"weight_time", part(StepPart::weight)});
  out.push_back({"overlapped_time", part(StepPart::overlapped)});
  out.push_back({"bubble_time", part(StepPart::bubble)});
  out.push_back({"optimizer_time", part(StepPart::gradient) + part(StepPart::optimizer) + part(StepPart::parameter)});
  out.push_back({"exposed_comm_time", exposed + part(StepPart::gradient) + part(StepPart::parameter)});
  out.push_back({"tokens_per_second", tokens / seconds});
  out.push_back({"tokens_per_day", tokens / seconds * kDay});
  out.push_back({"tokens_per_second_per_gpu", tokens / seconds / chips});
  out.push_back({"samples_per_second_per_gpu", static_cast<double>(job.global_batch) / seconds / chips});
  const auto flops = [&](models::AttentionCount count) {
    double per_token = models::training_flops_per_token(job.architecture, job.sequence_length, count);
    return per_token * tokens / seconds;
  };
  const double causal = flops(models::AttentionCount::causal), full = flops(models::AttentionCount::full);
  // Full recomputation runs the forward pass of every layer again: a third more than model FLOPs (Korthikanti et al. 2022, s. 6).
  const double hardware = full * (job.recompute.is_full() ? 4.0 / 3.0 : 1.0);
  out.push_back({"tflops_per_gpu_causal", causal / chips * 1e-12});
  out.push_back({"tflops_per_gpu_full", full / chips * 1e-12});
  out.push_back({"tflops_per_gpu_hardware", hardware / chips * 1e-12});
  const double bf16 = peak_flops(job, hw::Dtype::bf16), fp8 = peak_flops(job, hw::Dtype::fp8);
  out.push_back({"mfu_causal", causal / bf16});
  out.push_back({"mfu_full", full / bf16});
  out.push_back({"mfu_fp8_causal", causal / fp8});
  out.push_back({"gpu_hours_per_trillion_tokens", chips * seconds / kHour / tokens * 1e12});
  const std::optional<JobPower> power = job_power(job, step);
  if (power) out.push_back({"power_per_gpu", power->busy});
  if (run.rl) {
    const double forward = 1.0 / 3;  // of a step's work: the backward pass is twice the forward's
    RlPlan plan = *run.rl;
    plan.slower = factor;
    const RlResult rl = reinforcement(plan, tokens / seconds, forward, chips);
    out.push_back({"rl_rollout_time", rl.rollout});
    out.push_back({"rl_update_time", rl.scoring + rl.update});
    out.push_back({"rl_iteration_time", rl.iteration});
    out.push_back({"rl_rollout_tokens_per_second", rl.tokens_per_second});
    out.push_back({"run_gpu_hours", rl.gpu_hours + run.post_gpu_hours});
    out.push_back({"run_days", rl.seconds / kDay});
    if (run.usd_per_gpu_hour) out.push_back({"run_cost", (rl.gpu_hours + run.post_gpu_hours) * *run.usd_per_gpu_hour});
    return out;
  }
  RunTotals totals;
  bool whole = true;
  for (std::size_t i = 0; i < run.phases.size(); ++i) {
    const TrainingPhase& phase = run.phases[i];
    if (!phase.tokens) {
      whole = false;
      break;
    }
    const double steady = i == 0 ? seconds / factor : step_seconds(phase.job, perturbation, control);
    const double length = phase_seconds(phase, steady, perturbation, control) * factor;
    totals.seconds += length;
    totals.gpu_hours += length * gpus(phase.job) / kHour;
    totals.work.push_back(work_phase(phase, *phase.tokens, length));
  }
  if (run.failures && (whole || run.failures->horizon)) {
    // Without a length of its own the run goes on for the whole horizon.
    if (!whole) totals.work = {work_phase(main, 2 * *run.failures->horizon / seconds * tokens, 2 * *run.failures->horizon)};
    add_long_run(run, totals, chance, control, out);
    whole = whole && !run.failures->horizon;
  }
  if (whole) {
    totals.gpu_hours += run.post_gpu_hours;
    out.push_back({"run_gpu_hours", totals.gpu_hours});
    out.push_back({"run_days", totals.seconds / kDay});
    if (power)
      out.push_back(
          {"run_energy", totals.gpu_hours * (totals.running * power->busy + (1 - totals.running) * power->idle) * 1e-3});
    if (run.usd_per_gpu_hour) out.push_back({"run_cost", totals.gpu_hours * *run.usd_per_gpu_hour});
  }
  return out;
}

hw::KernelClass class_of_slot(hw::Slot slot) {
  switch (slot) {
    case hw::Slot::gemm_bf16: return hw::KernelClass::gemm_bf16;
    case hw::Slot::gemm_fp8: return hw::KernelClass::gemm_fp8;
    case hw::Slot::gemm_fp32: return hw::KernelClass::gemm_other;
    case hw::Slot::grouped_bf16:
    case hw::Slot::grouped_fp8: return hw::KernelClass::grouped_gemm;
    case hw::Slot::attention:
    case hw::Slot::attention_mla: return hw::KernelClass::attention_forward;
    case hw::Slot::attention_backward: return hw::KernelClass::attention_backward;
    case hw::Slot::mla_decode_bf16:
    case hw::Slot::mla_decode_fp8: return hw::KernelClass::mla_decode;
    case hw::Slot::gqa_decode_bf16:
    case hw::Slot::gqa_decode_fp8: return hw::KernelClass::gqa_decode;
    case hw::Slot::all_reduce:
    case hw::Slot::all_gather:
    case hw::Slot::reduce_scatter:
    case hw::Slot::all_to_all:
    case hw::Slot::send_recv:
    case hw::Slot::broadcast: return hw::KernelClass::collective;
    default: return hw::KernelClass::stream;
  }
}

/// Spread of each kernel class on the job's chips: that of typical kernels of the class, the widest over the pools.
std::array<double, hw::kKernelClasses> class_spreads(const TrainingJob& job) {
  std::array<double, hw::kKernelClasses> out{};
  for (const TrainingPool& pool : job.pools)
    for (std::size_t slot = 0; slot < hw::kSlots; ++slot) {
      const hw::KernelTimeModel::Entry& entry = pool.kernels.entry(static_cast<hw::Slot>(slot));
      double& spread = out[static_cast<std::size_t>(class_of_slot(static_cast<hw::Slot>(slot)))];
      spread = std::max(spread, entry.log_sigma);
    }
  return out;
}

double network_spread(const TrainingJob& job) {
  double spread = 0;
  for (const TrainingPool& pool : job.pools)
    for (const hw::TransferFit& fit : {pool.fabric.out.ring, pool.fabric.out.pairwise}) spread = std::max(spread, fit.log_sigma);
  return spread;
}

/// Draw `index`: a factor per class, antithetic in pairs so that the middle of few draws is unbiased.
struct Draw {
  Perturbation perturbation;
  double factor = 1;
};
Draw draw(const TrainingRun& run, const std::array<double, hw::kKernelClasses>& spreads, double network, std::uint64_t seed,
          int index) {
  const double sign = index % 2 == 0 ? 1.0 : -1.0;
  const std::string suffix = fmt::format("/{}", index / 2);
  const auto factor = [&](std::string_view name, double sigma) {
    return std::exp(sign * sigma * RandomStream(seed, std::string(name) + suffix).normal());
  };
  Draw out;
  for (int c = 0; c < hw::kKernelClasses; ++c)
    out.perturbation.kernel[static_cast<std::size_t>(c)] =
        factor(hw::name(static_cast<hw::KernelClass>(c)), spreads[static_cast<std::size_t>(c)]);
  out.perturbation.network = factor("network", network);
  out.factor = factor("step", run.spread.log_sigma);
  return out;
}

hw::Provenance weakest(const TrainingJob& job) {
  hw::Provenance out = hw::Provenance::measured;
  const hw::Slot gemm = job.precision.gemm == hw::Dtype::fp8 ? hw::Slot::gemm_fp8 : hw::Slot::gemm_bf16;
  for (const TrainingPool& pool : job.pools) out = std::max(out, pool.kernels.entry(gemm).provenance);
  return out;
}

// Steps of very many blocks, beyond any published run, are drawn less often: the time of a run stays bounded.
int draws_of(const RunOptions& options, std::size_t blocks) {
  constexpr std::size_t kBlocksDrawn = 1'000'000;
  constexpr int kFewest = 4;
  const auto affordable = static_cast<int>(kBlocksDrawn / std::max<std::size_t>(blocks, 1));
  return std::min(options.draws, std::max(kFewest, affordable));
}

}  // namespace

StepDraw step_draw(const TrainingRun& run, std::uint64_t seed, int index) {
  const TrainingJob& job = run.phases.front().job;
  const Draw one = draw(run, class_spreads(job), network_spread(job), seed, index);
  return {one.perturbation, one.factor};
}

TrainingReport simulate_run(const TrainingRun& run, const RunOptions& options, const RunControl& control) {
  const TrainingJob& job = run.phases.front().job;
  TrainingReport report;
  report.step = simulate_step(job, {.folding = options.folding, .recording = Recording::spans}, control);
  const int draws = draws_of(options, report.step.spans.size());
  if (options.recording == Recording::none) {
    report.step.spans.clear();
    report.step.transfers.clear();
  }
  report.memory = training_memory(job);
  report.provenance = weakest(job);
  if (control.stopped()) return report;  // a step cut short has no figures
  const std::vector<Named> middle = evaluate(run, report.step, {}, 1.0, {options.seed, 0, options.replicas}, control);
  std::vector<std::vector<double>> samples(middle.size());
  const auto spreads = class_spreads(job);
  const double network = network_spread(job);
  for (int i = 0; i < draws && !control.stopped(); ++i) {
    control.report(static_cast<double>(i) / draws, "drawing from the spreads");
    const Draw d = draw(run, spreads, network, options.seed, i);
    const StepResult step = simulate_step(job, {.perturbation = d.perturbation}, control);
    if (control.stopped()) break;
    const std::vector<Named> values =
        evaluate(run, step, d.perturbation, d.factor, {options.seed, options.replicas + i, 1}, control);
    for (std::size_t k = 0; k < values.size(); ++k) samples[k].push_back(values[k].value);
  }
  for (std::size_t k = 0; k < middle.size(); ++k) {
    Estimate estimate{middle[k].value, middle[k].value, middle[k].value};
    if (!samples[k].empty()) {
      std::sort(samples[k].begin(), samples[k].end());
      estimate.low = std::min(estimate.value, quantile_sorted(samples[k], 0.1));
      estimate.high = std::max(estimate.value, quantile_sorted(samples[k], 0.9));
    }
    report.metrics.push_back({middle[k].name, estimate});
  }
  const StageMemory& fullest = report.memory.stages[report.memory.fullest];
  constexpr double kGib = 1073741824.0, kUpper = 0.9;
  const double wide = std::exp(run.spread.memory_log_sigma * inverse_normal(kUpper));
  const auto gib = [&](std::string_view name, double bytes) {
    report.metrics.push_back({name, {bytes / kGib, bytes / kGib / wide, bytes / kGib * wide}});
  };
  gib("memory_per_gpu_peak", fullest.total());
  gib("memory_parameters_optimizer", fullest.lasting());
  gib("memory_activations", fullest.activations);
  return report;
}

}  // namespace gpufleet::sim
