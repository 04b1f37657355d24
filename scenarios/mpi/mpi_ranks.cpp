// The only file that sees MPI (MPI 3.1 standard, mpi-forum.org): a plug-in that the program opens when a launcher started it.
// Nothing here waits for another rank, since any of them may die: sends and receives are begun and looked at again later.
#include <mpi.h>

#include <list>

#include "scenarios/mpi/ranks.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kTag = 1;

class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }

  void send(int to, std::string bytes) override {
    Transfer& out = sending_.emplace_back(Transfer{to, std::move(bytes), MPI_REQUEST_NULL});
    MPI_Isend(out.bytes.data(), static_cast<int>(out.bytes.size()), MPI_BYTE, to, kTag, MPI_COMM_WORLD, &out.request);
    forget_sent();
  }

  std::optional<RankMessage> receive() override {
    forget_sent();
    int waiting = 0;
    MPI_Status status;
    while (MPI_Iprobe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &waiting, &status) == MPI_SUCCESS && waiting != 0) {
      int length = 0;
      MPI_Get_count(&status, MPI_BYTE, &length);
      Transfer& in = receiving_.emplace_back(
          Transfer{status.MPI_SOURCE, std::string(static_cast<std::size_t>(length), '\0'), MPI_REQUEST_NULL});
      MPI_Irecv(in.bytes.data(), length, MPI_BYTE, in.peer, kTag, MPI_COMM_WORLD, &in.request);
    }
    for (auto in = receiving_.begin(); in != receiving_.end(); ++in) {
      if (!done(*in) || waits_behind(in)) continue;
      RankMessage out{in->peer, std::move(in->bytes)};
      receiving_.erase(in);
      return out;
    }
    return std::nullopt;
  }

  void end(Ending ending) override {
    // Finalising waits for every rank, so only where all of them will.
    if (ending == Ending::all_well) {
      while (!sending_.empty()) forget_sent();
      MPI_Finalize();
      return;
    }
    const double begun = MPI_Wtime();
    constexpr double kFarewell = 0.5;  // seconds in which the last messages leave
    while (!sending_.empty() && MPI_Wtime() - begun < kFarewell) forget_sent();
  }

 private:
  struct Transfer {
    int peer = 0;
    std::string bytes;
    MPI_Request request;
  };
  using Transfers = std::list<Transfer>;  // MPI keeps addresses of their bytes

  static bool done(Transfer& transfer) {
    if (transfer.request == MPI_REQUEST_NULL) return true;
    int finished = 0;
    return MPI_Test(&transfer.request, &finished, MPI_STATUS_IGNORE) == MPI_SUCCESS && finished != 0;
  }
  // An earlier message of the same rank that has not come in whole.
  bool waits_behind(Transfers::iterator one) {
    for (auto earlier = receiving_.begin(); earlier != one; ++earlier)
      if (earlier->peer == one->peer) return true;
    return false;
  }
  void forget_sent() {
    std::erase_if(sending_, [](Transfer& out) { return done(out); });
  }

  int rank_ = 0, size_ = 1;
  Transfers sending_, receiving_;
};

}  // namespace
}  // namespace gpufleet::scenarios

extern "C" __attribute__((visibility("default"))) gpufleet::scenarios::Ranks* gpufleet_open_ranks() {
  int provided = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS) return nullptr;
  return new gpufleet::scenarios::MpiRanks();
}
