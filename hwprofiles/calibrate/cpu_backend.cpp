// Inputs lie side by side in one arena of random numbers larger than the last-level cache; each run takes the next stretch of it.
// Times are of the processor, not of the wall: what the kernel gave to other programs meanwhile is not counted. On a quiet
// machine both are the same, for members that wait for each other spin.
#include "hwprofiles/calibrate/cpu_backend.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <memory>

#include "core/check.h"
#include "core/random.h"
#include "hwprofiles/calibrate/work.h"
#include "hwprofiles/calibrate/work_team.h"

namespace gpufleet::hw {

namespace {

constexpr std::int64_t kLargestArena = std::int64_t{256} << 20;
constexpr std::int64_t kSmallestArena = std::int64_t{64} << 20;
constexpr double kTriadFactor = 1.7;
/// Outputs compared with the reference; enough to meet every thread's part and every edge of a small product.
constexpr int kSampledOutputs = 64;

/// Random numbers are made for this many values and repeated: kernels cannot tell, and the arena is full sooner.
constexpr std::int64_t kRandomValues = std::int64_t{1} << 18;

/// Processor seconds that all threads of this program have used.
double processor_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seconds that `work` keeps each member of the team.
double seconds_each(const WorkTeam& team, const auto& work) {
  const double start = processor_seconds();
  work();
  return (processor_seconds() - start) / team.members();
}

/// Random numbers in [-1, 1) to read, and room to write, both of `bytes`.
template <class T>
class Arena {
 public:
  explicit Arena(std::int64_t bytes, WorkTeam& team)
      : size_(bytes / static_cast<std::int64_t>(sizeof(T))),
        inputs_(std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(size_))),
        outputs_(std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(size_))) {
    RandomStream random(0, "calibration inputs");
    const std::int64_t random_values = std::min(size_, kRandomValues);
    for (std::int64_t i = 0; i < random_values; ++i) inputs_[i] = static_cast<T>(2 * random.uniform() - 1);
    team.run([&](int member) {
      const Share part = share(size_, member, team.members(), kRandomValues);
      for (std::int64_t begin = part.begin; begin < part.end; begin += kRandomValues) {
        const std::int64_t count = std::min(kRandomValues, part.end - begin);
        if (begin > 0) std::copy_n(inputs_.get(), std::min(count, random_values), inputs_.get() + begin);
        std::fill_n(outputs_.get() + begin, count, T{});  // touches the pages
      }
    });
  }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] const T* inputs() const { return inputs_.get(); }
  [[nodiscard]] T* outputs() { return outputs_.get(); }

 private:
  std::int64_t size_;
  std::unique_ptr<T[]> inputs_, outputs_;
};

/// Accumulates a root mean square error relative to the reference.
class ErrorSum {
 public:
  void add(double value, double reference) {
    differences_ += (value - reference) * (value - reference);
    references_ += reference * reference;
  }
  [[nodiscard]] double relative() const {
    if (references_ > 0) return std::sqrt(differences_ / references_);
    return differences_ > 0 ? INFINITY : 0.0;
  }

 private:
  double differences_ = 0, references_ = 0;
};

/// Set `index` of `sets` begins here: whole cache lines apart, so that every set is aligned alike.
template <class T>
std::int64_t set_offset(std::int64_t index, std::int64_t values) {
  constexpr std::int64_t kLine = 64 / sizeof(T);
  return index * ((values + kLine - 1) / kLine * kLine);
}

template <class T>
std::int64_t set_count(const Arena<T>& arena, std::int64_t inputs, std::int64_t outputs) {
  return arena.size() / std::max(set_offset<T>(1, inputs), set_offset<T>(1, outputs));
}

template <class T>
class EigenGemm final : public PreparedKernel {
 public:
  EigenGemm(Gemm shape, Arena<T>& arena, WorkTeam& team)
      : shape_(shape),
        arena_(arena),
        team_(team),
        inputs_(shape.m * shape.k + shape.k * shape.n),
        outputs_(shape.m * shape.n),
        sets_(set_count(arena, inputs_, outputs_)) {}

  std::string engine() const override {
    return fmt::format("Eigen {}.{}.{} ({})", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION,
                       Eigen::SimdInstructionSetsInUse());
  }

  Result<double> relative_error() override {
    run_set(0);
    const T* a = arena_.inputs();
    const T* b = a + shape_.m * shape_.k;
    RandomStream random(1, "sampled outputs");
    ErrorSum error;
    for (int sample = 0; sample < kSampledOutputs; ++sample) {
      const auto row = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(shape_.m)));
      const auto column = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(shape_.n)));
      double reference = 0;
      for (std::int64_t i = 0; i < shape_.k; ++i)
        reference += static_cast<double>(a[row * shape_.k + i]) * static_cast<double>(b[i * shape_.n + column]);
      error.add(static_cast<double>(arena_.outputs()[row * shape_.n + column]), reference);
    }
    return error.relative();
  }

  Result<double> time(int runs) override {
    return seconds_each(team_, [&] {
      for (int run = 0; run < runs; ++run) run_set(next_set_++ % sets_);
    });
  }

 private:
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Input = Eigen::Map<const Matrix>;

  void run_set(std::int64_t set) {
    const T* from = arena_.inputs() + set_offset<T>(set, inputs_);
    const Input a(from, shape_.m, shape_.k);
    const Input b(from + shape_.m * shape_.k, shape_.k, shape_.n);
    Eigen::Map<Matrix> c(arena_.outputs() + set_offset<T>(set, outputs_), shape_.m, shape_.n);
    team_.run([&](int member) {  // the longer side is cut, in whole cache lines
      if (shape_.n >= shape_.m) {
        const Share part = share(shape_.n, member, team_.members(), 16);
        if (part.begin < part.end)
          c.middleCols(part.begin, part.end - part.begin).noalias() = a * b.middleCols(part.begin, part.end - part.begin);
      } else {
        const Share part = share(shape_.m, member, team_.members(), 16);
        if (part.begin < part.end)
          c.middleRows(part.begin, part.end - part.begin).noalias() = a.middleRows(part.begin, part.end - part.begin) * b;
      }
    });
  }

  Gemm shape_;
  Arena<T>& arena_;
  WorkTeam& team_;
  std::int64_t inputs_, outputs_, sets_, next_set_ = 1;
};

/// copy: c = a, 16 bytes a value; elementwise: the triad c = a + s·b, 24 bytes a value. Bytes as STREAM counts them: the lines
/// that a store fetches first are not counted.
class StreamRun final : public PreparedKernel {
 public:
  StreamRun(Stream shape, Arena<double>& arena, WorkTeam& team)
      : shape_(shape),
        arena_(arena),
        team_(team),
        is_copy_(shape.kind == StreamKind::copy),
        values_(static_cast<std::int64_t>(shape.bytes / static_cast<double>(shape.launches) / (is_copy_ ? 16 : 24))),
        sets_(set_count(arena, is_copy_ ? values_ : 2 * values_, values_)) {}

  std::string engine() const override { return is_copy_ ? "memcpy" : "C++ triad"; }

  Result<double> relative_error() override {
    run_set(0);
    const double* a = arena_.inputs();
    ErrorSum error;
    for (std::int64_t i = 0; i < values_; ++i)
      error.add(arena_.outputs()[i], is_copy_ ? a[i] : a[i] + kTriadFactor * a[values_ + i]);
    return error.relative();
  }

  Result<double> time(int runs) override {
    return seconds_each(team_, [&] {
      for (std::int64_t run = 0; run < runs * shape_.launches; ++run) run_set(next_set_++ % sets_);
    });
  }

 private:
  void run_set(std::int64_t set) {
    const double* a = arena_.inputs() + set_offset<double>(set, is_copy_ ? values_ : 2 * values_);
    const double* b = a + values_;
    double* c = arena_.outputs() + set_offset<double>(set, values_);
    team_.run([&](int member) {
      const Share part = share(values_, member, team_.members(), 8);
      if (is_copy_)
        std::memcpy(c + part.begin, a + part.begin, static_cast<std::size_t>(part.end - part.begin) * sizeof(double));
      else
        for (std::int64_t i = part.begin; i < part.end; ++i) c[i] = a[i] + kTriadFactor * b[i];
    });
  }

  Stream shape_;
  Arena<double>& arena_;
  WorkTeam& team_;
  bool is_copy_;
  std::int64_t values_, sets_, next_set_ = 1;
};

class CpuBackend final : public CalibrationBackend {
 public:
  explicit CpuBackend(DeviceDescription device) : device_(std::move(device)), team_(device_.units) {}

  const DeviceDescription& device() const override { return device_; }

  Result<std::unique_ptr<PreparedKernel>> prepare(const Kernel& kernel) override {
    if (const auto* gemm = std::get_if<Gemm>(&kernel)) {
      if (gemm->dtype == Dtype::fp32) return fitting(std::make_unique<EigenGemm<float>>(*gemm, arena(singles_), team_), *gemm);
      if (gemm->dtype == Dtype::fp64) return fitting(std::make_unique<EigenGemm<double>>(*gemm, arena(doubles_), team_), *gemm);
    }
    if (const auto* stream = std::get_if<Stream>(&kernel))
      if (stream->kind == StreamKind::copy || stream->kind == StreamKind::elementwise) {
        if (stream->bytes / static_cast<double>(stream->launches) < 24) return refusal("it moves less than one value a launch");
        if (stream->bytes > static_cast<double>(arena_bytes())) return refusal("it does not fit the memory set aside");
        return std::unique_ptr<PreparedKernel>(std::make_unique<StreamRun>(*stream, arena(doubles_), team_));
      }
    return refusal("the processor has no such kernel");
  }

 private:
  static Diagnostic refusal(const char* why) { return {.kind = DiagnosticKind::infeasible, .message = why}; }

  template <class Run>
  Result<std::unique_ptr<PreparedKernel>> fitting(std::unique_ptr<Run> run, const Gemm& shape) const {
    if (work_of(shape).bytes > static_cast<double>(arena_bytes())) return refusal("it does not fit the memory set aside");
    return std::unique_ptr<PreparedKernel>(std::move(run));
  }

  /// Twice the last-level cache, within an eighth of the memory and 256 MiB.
  std::int64_t arena_bytes() const {
    const std::int64_t most = std::clamp(device_.memory.value() / 8, kSmallestArena, kLargestArena);
    return std::clamp(2 * device_.last_level_cache.value(), kSmallestArena, most);
  }

  /// Made on first use and kept: filling one costs more than measuring a kernel.
  template <class T>
  Arena<T>& arena(std::unique_ptr<Arena<T>>& slot) {
    if (!slot) slot = std::make_unique<Arena<T>>(arena_bytes(), team_);
    return *slot;
  }

  DeviceDescription device_;
  WorkTeam team_;
  std::unique_ptr<Arena<float>> singles_;
  std::unique_ptr<Arena<double>> doubles_;
};

}  // namespace

std::unique_ptr<CalibrationBackend> make_cpu_backend(DeviceDescription device) {
  check(device.units >= 1, "a processor has threads");
  return std::make_unique<CpuBackend>(std::move(device));
}

}  // namespace gpufleet::hw
