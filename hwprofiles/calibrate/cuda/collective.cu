// Collectives over the first devices of the machine by NCCL, one process for all. Each rank's buffer holds its number, so that
// the result of every operation is known exactly. Built without NCCL, it refuses.
#include "hwprofiles/calibrate/cuda/device.cuh"

#ifdef GPUFLEET_HAVE_NCCL
#include <nccl.h>

#include <algorithm>
#include <cmath>
#endif

namespace gpufleet::hw::cuda {

#ifdef GPUFLEET_HAVE_NCCL
namespace {

/// Sets per buffer, within this many bytes: more than any L2.
constexpr std::size_t kRotation = std::size_t{256} << 20;

class NcclRun final : public LaunchedKernel {
 public:
  NcclRun(const Context& context, const Collective& shape) : LaunchedKernel(context), shape_(shape) {}
  ~NcclRun() override {
    for (std::size_t rank = 0; rank < communicators_.size(); ++rank) {
      cudaSetDevice(static_cast<int>(rank));
      if (rank < streams_.size()) cudaStreamSynchronize(streams_[rank]);
      ncclCommDestroy(communicators_[rank]);
      if (rank > 0 && rank < streams_.size()) cudaStreamDestroy(streams_[rank]);
      if (rank < buffers_.size()) buffers_[rank].reset();
    }
    cudaSetDevice(context_.device);
  }

  Diagnostics set_up() {
    const auto ranks = static_cast<std::size_t>(shape_.ranks);
    // Whole chunks per rank for the operations that cut the buffer.
    count_ = std::max<std::size_t>(1, static_cast<std::size_t>(shape_.bytes) / sizeof(float) / ranks) * ranks;
    sets_ = std::clamp<std::size_t>(kRotation / (count_ * sizeof(float)), 1, 64);
    const std::size_t values = count_ * sets_;
    communicators_.resize(ranks, nullptr);
    std::vector<int> devices;
    for (std::size_t rank = 0; rank < ranks; ++rank) devices.push_back(static_cast<int>(rank));
    if (const ncclResult_t status = ncclCommInitAll(communicators_.data(), static_cast<int>(ranks), devices.data());
        status != ncclSuccess) {
      communicators_.clear();
      return {refusal(std::string("ncclCommInitAll: ") + ncclGetErrorString(status))};
    }
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      cudaSetDevice(devices[rank]);
      cudaStream_t stream = context_.stream;
      if (rank > 0) cudaStreamCreate(&stream);
      streams_.push_back(stream);
      buffers_.push_back(allocate(2 * values * sizeof(float)));
      if (!buffers_.back()) break;
      fill_constant(send(rank, 0), values, static_cast<float>(rank + 1));
      cudaDeviceSynchronize();
    }
    cudaSetDevice(context_.device);
    if (!buffers_.back()) return {refusal("no memory on a device")};
    return {};
  }

  std::string engine() const override {
    int version = 0;
    ncclGetVersion(&version);
    return "NCCL " + std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
           std::to_string(version % 100);
  }

  Result<double> relative_error() override {
    if (Diagnostics errors = launch(0); !errors.empty()) return errors;
    double worst = 0;
    for (std::size_t rank = 0; rank < streams_.size(); ++rank) {
      cudaSetDevice(static_cast<int>(rank));
      const auto seen = to_host<float>(receive(rank, 0), result_count(), streams_[rank]);
      cudaSetDevice(context_.device);
      if (!seen) return seen.diagnostics();
      std::vector<double> expected;
      for (std::size_t i = 0; i < seen->size(); ++i) expected.push_back(expected_value(rank, i));
      worst = std::max(worst, gpufleet::hw::cuda::relative_error(*seen, expected));
    }
    return worst;
  }

 private:
  std::size_t sets() const override { return sets_; }
  float* send(std::size_t rank, std::size_t set) const { return static_cast<float*>(buffers_[rank].get()) + set * count_; }
  float* receive(std::size_t rank, std::size_t set) const { return send(rank, sets_ + set); }
  std::size_t chunk() const { return count_ / static_cast<std::size_t>(shape_.ranks); }
  std::size_t result_count() const { return shape_.op == CollectiveOp::reduce_scatter ? chunk() : count_; }

  double expected_value(std::size_t rank, std::size_t place) const {
    const double ranks = static_cast<double>(shape_.ranks);
    switch (shape_.op) {
      case CollectiveOp::all_reduce:
      case CollectiveOp::reduce_scatter: return ranks * (ranks + 1) / 2;
      case CollectiveOp::all_gather:
      case CollectiveOp::all_to_all: return static_cast<double>(place / chunk() + 1);
      case CollectiveOp::broadcast: return 1;
      case CollectiveOp::send_recv: return rank == 0 ? ranks : static_cast<double>(rank);
    }
    return NAN;
  }

  ncclResult_t enqueue(std::size_t rank, std::size_t set) {
    const std::size_t ranks = communicators_.size();
    const float* from = send(rank, set);
    float* to = receive(rank, set);
    ncclComm_t comm = communicators_[rank];
    cudaStream_t stream = streams_[rank];
    ncclResult_t status = ncclSuccess;
    const auto keep = [&](ncclResult_t result) {
      if (status == ncclSuccess) status = result;
    };
    switch (shape_.op) {
      case CollectiveOp::all_reduce: return ncclAllReduce(from, to, count_, ncclFloat, ncclSum, comm, stream);
      case CollectiveOp::reduce_scatter: return ncclReduceScatter(from, to, chunk(), ncclFloat, ncclSum, comm, stream);
      case CollectiveOp::all_gather: return ncclAllGather(from, to, chunk(), ncclFloat, comm, stream);
      case CollectiveOp::broadcast: return ncclBroadcast(from, to, count_, ncclFloat, 0, comm, stream);
      case CollectiveOp::send_recv:
        keep(ncclSend(from, count_, ncclFloat, static_cast<int>((rank + 1) % ranks), comm, stream));
        keep(ncclRecv(to, count_, ncclFloat, static_cast<int>((rank + ranks - 1) % ranks), comm, stream));
        return status;
      case CollectiveOp::all_to_all:
        for (std::size_t peer = 0; peer < ranks; ++peer) {
          keep(ncclSend(from + peer * chunk(), chunk(), ncclFloat, static_cast<int>(peer), comm, stream));
          keep(ncclRecv(to + peer * chunk(), chunk(), ncclFloat, static_cast<int>(peer), comm, stream));
        }
        return status;
    }
    return ncclInvalidArgument;
  }

  Diagnostics launch(std::size_t set) override {
    ncclResult_t status = ncclGroupStart();
    for (std::size_t rank = 0; rank < communicators_.size() && status == ncclSuccess; ++rank) status = enqueue(rank, set);
    const ncclResult_t ended = ncclGroupEnd();
    if (status == ncclSuccess) status = ended;
    if (status == ncclSuccess) return {};
    return {refusal(std::string("NCCL: ") + ncclGetErrorString(status))};
  }

  Collective shape_;
  std::size_t count_ = 0, sets_ = 1;
  std::vector<ncclComm_t> communicators_;
  std::vector<cudaStream_t> streams_;
  std::vector<DeviceMemory> buffers_;
};

}  // namespace

Prepared prepare_collective(const Context& context, const Collective& shape) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices < shape.ranks) return refusal("fewer devices than ranks");
  if (context.device != 0) return refusal("collectives are measured from cuda:0");
  auto run = std::make_unique<NcclRun>(context, shape);
  if (Diagnostics errors = run->set_up(); !errors.empty()) return errors;
  return std::unique_ptr<PreparedKernel>(std::move(run));
}
#else
Prepared prepare_collective(const Context&, const Collective&) { return refusal("built without NCCL"); }
#endif

}  // namespace gpufleet::hw::cuda
