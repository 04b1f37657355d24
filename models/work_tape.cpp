// Equations of a linear's three GEMMs: Y = X·W, dX = dY·Wᵀ, dW = Xᵀ·dY. With 8-bit GEMMs (DeepSeek-V3 report s.3.3) X is cast
// in 1×128 tiles along k, dY along n for dX and along m for dW, and X again along m for dW.
#include "models/work_tape.h"

#include <algorithm>

#include "core/check.h"
#include "models/counts.h"

namespace gpufleet::models {
namespace {

constexpr double kScaleBytes = 4.0 / 128.0;  // one FP32 scale per 128 values

WorkItem item(Part part, const hw::Kernel& kernel) { return {part, kernel}; }
WorkItem stream_item(Part part, hw::StreamKind kind, double bytes, std::int64_t launches) {
  return {part, hw::Kernel(hw::Stream{kind, bytes, launches})};
}

}  // namespace

double wire_bytes(hw::Dtype dtype) {
  const double bytes = hw::bytes_per_value(dtype);
  return bytes <= 1 ? bytes + kScaleBytes : bytes;
}

Tape::Tape(const Precision& precision, const Implementation& implementation)
    : precision_(precision), implementation_(implementation) {}

double Tape::cast_bytes() const { return hw::bytes_per_value(precision_.gemm) + kScaleBytes; }

void Tape::closing_scope(std::initializer_list<RecomputeOp> ops) {
  scope(ops);
  closing_ = true;
}

void Tape::scope(std::initializer_list<RecomputeOp> ops) {
  closing_ = false;
  classes_ = 0;
  for (const RecomputeOp op : ops) classes_ |= 1U << static_cast<unsigned>(op);
}

Tape::Step& Tape::add() {
  Step& step = steps_.emplace_back();
  step.classes = classes_;
  step.closing = closing_;
  return step;
}

// Weight gradients are accumulated over micro-batches. Fused: the GEMM's epilogue reads and writes the buffer, beyond the
// activation-sized output that every GEMM writes. Unfused: a kernel reads the fresh gradient and adds it to the buffer.
void Tape::add_weight_accumulation(Step& step, Part part, double weights) const {
  const double buffer = hw::bytes_per_value(precision_.gradients);
  if (fused())
    step.weight.push_back(stream_item(part, hw::StreamKind::elementwise, weights * std::max(0.0, 2 * buffer - value_bytes()), 0));
  else
    step.weight.push_back(stream_item(part, hw::StreamKind::elementwise, weights * (value_bytes() + 2 * buffer), 1));
}

void Tape::add_casts(Step& step, const Linear& shape) const {
  if (!casts() || shape.kind == LinearKind::plain) return;
  const double input = as_double(shape.m) * as_double(shape.k);
  const double output = as_double(shape.m) * as_double(shape.n);
  if (shape.input == InputCast::separate)  // X read, cast X written
    step.forward.push_back(stream_item(shape.part, hw::StreamKind::quantise, input * (value_bytes() + cast_bytes()), 1));
  if (shape.gradient == GradientCast::separate)  // dY read once, written cast along n and along m
    step.backward.push_back(stream_item(shape.part, hw::StreamKind::quantise, output * (value_bytes() + 2 * cast_bytes()), 1));
  if (shape.gradient == GradientCast::received)  // cast dY read, written transposed with scales along m
    step.weight.push_back(stream_item(shape.part, hw::StreamKind::quantise, output * 2 * cast_bytes(), 1));
  if (shape.input != InputCast::shared)  // the kept cast X read, written transposed with scales along m
    step.weight.push_back(stream_item(shape.part, hw::StreamKind::quantise, input * 2 * cast_bytes(), 1));
}

void Tape::linear(const Linear& shape) {
  const hw::Dtype dtype = shape.kind == LinearKind::quantised ? precision_.gemm : precision_.activation();
  Step& step = add();
  add_casts(step, shape);
  step.forward.push_back(item(shape.part, hw::Gemm{dtype, shape.m, shape.n, shape.k}));
  step.backward.push_back(item(shape.part, hw::Gemm{dtype, shape.m, shape.k, shape.n}));
  step.weight.push_back(item(shape.part, hw::Gemm{dtype, shape.n, shape.k, shape.m}));
  add_weight_accumulation(step, shape.part, as_double(shape.n) * as_double(shape.k));
  if (shape.input == InputCast::shared)  // two linears of one input: their input gradients are read, summed, written
    step.backward.push_back(
        stream_item(shape.part, hw::StreamKind::elementwise, 3 * as_double(shape.m) * as_double(shape.k) * value_bytes(), 1));
}

void Tape::grouped_linear(const GroupedLinear& shape) {
  check(shape.groups > 0, "a rank needs at least one expert");
  Step& step = add();
  add_casts(step, {shape.part, shape.rows, shape.n, shape.k, shape.input, shape.gradient, LinearKind::quantised});
  const hw::Dtype dtype = precision_.gemm;
  const std::int64_t mean_rows = std::max<std::int64_t>(1, shape.rows / shape.groups);
  if (implementation_.experts == ExpertKernels::grouped) {
    const double imbalance = implementation_.expert_imbalance;
    step.forward.push_back(item(shape.part, hw::GroupedGemm{dtype, shape.groups, shape.rows, shape.n, shape.k, imbalance}));
    step.backward.push_back(item(shape.part, hw::GroupedGemm{dtype, shape.groups, shape.rows, shape.k, shape.n, imbalance}));
    // dW of every expert is [n, rows_g]·[rows_g, k]: equal output shapes, only the inner lengths differ.
    step.weight.push_back(
        item(shape.part, hw::GroupedGemm{dtype, shape.groups, shape.groups * shape.n, shape.k, mean_rows, 1.0}));
  } else {
    for (std::int64_t expert = 0; expert < shape.groups; ++expert) {
      const std::int64_t rows = shape.rows / shape.groups + (expert < shape.rows % shape.groups ? 1 : 0);
      if (rows == 0) continue;
      step.forward.push_back(item(shape.part, hw::Gemm{dtype, rows, shape.n, shape.k}));
      step.backward.push_back(item(shape.part, hw::Gemm{dtype, rows, shape.k, shape.n}));
      step.weight.push_back(item(shape.part, hw::Gemm{dtype, shape.n, shape.k, rows}));
    }
  }
  add_weight_accumulation(step, shape.part, as_double(shape.groups) * as_double(shape.n) * as_double(shape.k));
}

void Tape::stream(Part part, const StreamCost& forward, const StreamCost& backward) {
  Step& step = add();
  if (forward.bytes > 0) step.forward.push_back(stream_item(part, forward.kind, forward.bytes, forward.launches));
  if (backward.bytes > 0) step.backward.push_back(stream_item(part, backward.kind, backward.bytes, backward.launches));
}

void Tape::weight_stream(Part part, const StreamCost& cost) {
  if (cost.bytes > 0) add().weight.push_back(stream_item(part, cost.kind, cost.bytes, cost.launches));
}

void Tape::kernel(Part part, const hw::Kernel& forward, const hw::Kernel& backward) {
  Step& step = add();
  step.forward.push_back(item(part, forward));
  step.backward.push_back(item(part, backward));
}

void Tape::comm(Part part, const Comm& forward, const Comm& backward) {
  Step& step = add();
  if (forward.bytes > 0) step.forward.push_back({part, forward});
  if (backward.bytes > 0) step.backward.push_back({part, backward});
}

void Tape::append(const Tape& other) { steps_.insert(steps_.end(), other.steps_.begin(), other.steps_.end()); }

LayerWork Tape::play(const Recompute& recompute) const {
  std::uint32_t again = 0;
  for (int op = 0; op < kRecomputeOps; ++op)
    if (recompute.contains(static_cast<RecomputeOp>(op))) again |= 1U << op;

  LayerWork out;
  const auto append_to = [](std::vector<WorkItem>& list, const std::vector<WorkItem>& items) {
    list.insert(list.end(), items.begin(), items.end());
  };
  const bool stops_early = implementation_.checkpoint == Checkpoint::early_stop;
  for (const Step& step : steps_) {
    append_to(out.forward, step.forward);
    if (step.closing && stops_early) continue;
    if (recompute.is_full() || (step.classes & again) != 0) append_to(out.backward_input, step.forward);
  }
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    append_to(out.backward_input, step->backward);
    append_to(out.backward_weight, step->weight);
  }
  return out;
}

}  // namespace gpufleet::models
