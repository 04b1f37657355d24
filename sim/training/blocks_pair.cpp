// The overlapped pair's two streams, one for compute and one for communication, played forward in time: the compute stream takes
// the ready chain that reaches its next exchange soonest, so that the network is fed; weight gradients of finished layers fill
// the gaps. Compute slows while the exchange kernels hold their SMs, the exchange while compute contends for memory, and while
// other transfers share its links.
#include "sim/training/blocks_pair.h"

#include <algorithm>
#include <limits>

namespace gpufleet::sim {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr int kFiller = 2;

class PairPlayer {
 public:
  /// `beside` may be null: nothing else uses the links.
  PairPlayer(const OverlappedPair::Work& work, Beside* beside) : work_(work), beside_(beside) {}
  void record(std::vector<Slice>& into) { slices_ = &into; }

  double play() {
    while (step()) {
    }
    return now_;
  }

  [[nodiscard]] double exposed() const { return exposed_; }

 private:
  // What a stream works on, as time left alone and time left while the other stream is busy too.
  struct Running {
    int chain = -1;  ///< 0, 1, or 2 for the filler; -1 idle
    double left = 0;
    double left_shared = 0;
    LinkUse use;
    Cost cost = Cost::gemm;
    double begin = 0;
  };
  struct Progress {
    std::size_t next = 0;
    double ready = 0;  ///< when the item before has ended
    bool busy = false;
  };

  [[nodiscard]] bool done(int c) const { return at_[c].next == work_.chains[static_cast<std::size_t>(c)].items.size(); }
  [[nodiscard]] const TimedItem& item(int c) const { return work_.chains[static_cast<std::size_t>(c)].items[at_[c].next]; }

  void start_network() {
    if (network_.chain >= 0) return;
    int best = -1;
    for (int c = 0; c < 2; ++c) {
      if (done(c) || at_[c].busy || !item(c).network) continue;
      if (best < 0 || at_[c].ready < at_[best].ready) best = c;
    }
    if (best < 0) return;
    network_ = {best, item(best).seconds, item(best).seconds_shared, item(best).use, item(best).cost, now_};
    at_[best].busy = true;
  }

  void start_compute() {
    if (compute_.chain >= 0) return;
    int best = -1;
    double soonest = kForever;
    for (int c = 0; c < 2; ++c) {
      if (done(c) || at_[c].busy || item(c).network) continue;
      const double until = work_.chains[static_cast<std::size_t>(c)].until_network[at_[c].next];
      if (best < 0 || until < soonest) {
        best = c;
        soonest = until;
      }
    }
    const TimedItem* taken = nullptr;
    if (best >= 0) {
      taken = &item(best);
      at_[best].busy = true;
    } else if (filled_ < work_.filler.size() && at_[1].next >= work_.filler[filled_].after) {
      best = kFiller;
      taken = &work_.filler[filled_].item;
    }
    if (best < 0) return;
    compute_ = {best, taken->seconds, taken->seconds_shared, {}, taken->cost, now_};
  }

  // Advances to the next end of an item; false when all is done.
  bool step() {
    start_network();
    start_compute();
    if (compute_.chain < 0 && network_.chain < 0) return false;
    const bool both = compute_.chain >= 0 && network_.chain >= 0;
    const double compute_left = compute_.chain < 0 ? kForever : (both ? compute_.left_shared : compute_.left);
    double network_left = network_.chain < 0 ? kForever : (both ? network_.left_shared : network_.left);
    if (beside_ != nullptr) network_left /= beside_->share(use_now(both));
    double advance = std::min(compute_left, network_left);
    if (beside_ != nullptr) {
      advance = std::min(advance, beside_->next_change());
      beside_->advance(advance);
    }
    now_ += advance;
    if (compute_.chain < 0) exposed_ += advance;
    progress(compute_, compute_left, advance);
    progress(network_, network_left, advance);
    return true;
  }

  // An exchange that compute slows asks less of its links.
  [[nodiscard]] LinkUse use_now(bool both) const {
    if (network_.chain < 0) return {};
    const double pace = both && network_.left_shared > 0 ? network_.left / network_.left_shared : 1.0;
    return {network_.use.nic * pace, network_.use.scale_up * pace};
  }

  // `left` is at the stream's present speed; the work left shrinks in proportion at either speed.
  void progress(Running& stream, double left, double advance) {
    if (stream.chain < 0) return;
    if (advance >= left) {
      finish(stream);
      return;
    }
    stream.left *= 1.0 - advance / left;
    stream.left_shared *= 1.0 - advance / left;
  }

  void finish(Running& stream) {
    if (slices_ != nullptr && &stream == &network_) slices_->push_back({stream.cost, stream.begin, now_});
    if (stream.chain == kFiller)
      ++filled_;
    else
      at_[stream.chain] = {at_[stream.chain].next + 1, now_, false};
    stream.chain = -1;
  }

  const OverlappedPair::Work& work_;
  Beside* beside_;
  std::vector<Slice>* slices_ = nullptr;
  Progress at_[2];
  std::size_t filled_ = 0;
  Running compute_, network_;
  double now_ = 0, exposed_ = 0;
};

void measure(OverlappedPair::Chain& chain) {
  chain.until_network.assign(chain.items.size() + 1, kForever);
  for (std::size_t i = chain.items.size(); i-- > 0;)
    chain.until_network[i] = chain.items[i].network ? 0.0 : chain.items[i].seconds + chain.until_network[i + 1];
}

}  // namespace

OverlappedPair::OverlappedPair(const ChunkWork& forward, const ChunkWork& backward) {
  auto& [ahead, back] = work_.chains;
  for (const TimedLayer* layer : forward.layers)
    ahead.items.insert(ahead.items.end(), layer->forward.begin(), layer->forward.end());
  for (auto layer = backward.layers.rbegin(); layer != backward.layers.rend(); ++layer) {
    back.items.insert(back.items.end(), (*layer)->backward_input.begin(), (*layer)->backward_input.end());
    for (const TimedItem& item : (*layer)->backward_weight) work_.filler.push_back({item, back.items.size()});
  }
  const auto account = [&](const TimedItem& item) {
    alone_.spent[static_cast<std::size_t>(item.cost)] += item.seconds;
    alone_.most = {std::max(alone_.most.nic, item.use.nic), std::max(alone_.most.scale_up, item.use.scale_up)};
  };
  for (Chain& chain : work_.chains) {
    measure(chain);
    for (const TimedItem& item : chain.items) account(item);
  }
  for (const Piece& piece : work_.filler) account(piece.item);
  PairPlayer player(work_, nullptr);
  player.record(alone_.slices);
  alone_.seconds = player.play();
  alone_.exposed = player.exposed();
}

double OverlappedPair::beside(Beside& transfers) const {
  // Slower exchanges may lead the streams to a luckier order; sharing is not to be thanked for it.
  return std::max(alone_.seconds, PairPlayer(work_, &transfers).play());
}

}  // namespace gpufleet::sim
