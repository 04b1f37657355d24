// The overlapped pair: a forward chain and a backward chain share a compute stream and a communication stream. Played forward in
// time: the compute stream takes the ready chain that reaches its next exchange soonest, so that the network is fed; weight
// gradients of finished layers fill the gaps. Compute slows while the exchange kernels hold their SMs, the exchange while compute
// contends for memory.
#include <algorithm>
#include <limits>

#include "sim/training/blocks.h"

namespace gpufleet::sim {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();

/// One chain of items in order, compute and network alternating as they come.
struct Chain {
  std::vector<TimedItem> items;
  std::vector<double> until_network;  ///< compute seconds from an item to the next exchange of its chain
  std::size_t next = 0;
  double ready = 0;  ///< when the item before has ended
  [[nodiscard]] bool done() const { return next == items.size(); }
  [[nodiscard]] const TimedItem& item() const { return items[next]; }

  void measure() {
    until_network.assign(items.size() + 1, kForever);
    for (std::size_t i = items.size(); i-- > 0;)
      until_network[i] = items[i].network ? 0.0 : items[i].seconds + until_network[i + 1];
  }
};

/// Weight-gradient work, released as the backward chain passes the end of its layer.
struct Filler {
  struct Piece {
    TimedItem item;
    std::size_t after;  ///< backward items that must have ended
  };
  std::vector<Piece> pieces;
  std::size_t next = 0;
};

class PairPlayer {
 public:
  PairPlayer(const ChunkWork& forward, const ChunkWork& backward) {
    for (const TimedLayer* layer : forward.layers)
      chains_[0].items.insert(chains_[0].items.end(), layer->forward.begin(), layer->forward.end());
    for (auto layer = backward.layers.rbegin(); layer != backward.layers.rend(); ++layer) {
      chains_[1].items.insert(chains_[1].items.end(), (*layer)->backward_input.begin(), (*layer)->backward_input.end());
      for (const TimedItem& item : (*layer)->backward_weight) filler_.pieces.push_back({item, chains_[1].items.size()});
    }
    for (Chain& chain : chains_) {
      chain.measure();
      for (const TimedItem& item : chain.items) account(item);
    }
    for (const Filler::Piece& piece : filler_.pieces) account(piece.item);
  }

  BlockSeconds play() {
    while (step()) {
    }
    out_.seconds = std::max(now_, std::max(compute_.end, network_.end));
    return out_;
  }

 private:
  // What a stream works on, as time left alone and time left while the other stream is busy too.
  struct Running {
    int chain = -1;  ///< 0, 1, or 2 for the filler; -1 idle
    double left = 0;
    double left_shared = 0;
    double end = 0;
  };

  void account(const TimedItem& item) { out_.spent[static_cast<std::size_t>(item.cost)] += item.seconds; }

  void start_network() {
    if (network_.chain >= 0) return;
    int best = -1;
    for (int c = 0; c < 2; ++c) {
      const Chain& chain = chains_[static_cast<std::size_t>(c)];
      if (chain.done() || busy_[c] || !chain.item().network) continue;
      if (best < 0 || chain.ready < chains_[static_cast<std::size_t>(best)].ready) best = c;
    }
    if (best < 0) return;
    network_.chain = best;
    network_.left = chains_[static_cast<std::size_t>(best)].item().seconds;
    network_.left_shared = chains_[static_cast<std::size_t>(best)].item().seconds_shared;
    busy_[best] = true;
  }

  void start_compute() {
    if (compute_.chain >= 0) return;
    int best = -1;
    double soonest = kForever;
    for (int c = 0; c < 2; ++c) {
      const Chain& chain = chains_[static_cast<std::size_t>(c)];
      if (chain.done() || busy_[c] || chain.item().network) continue;
      if (best < 0 || chain.until_network[chain.next] < soonest) {
        best = c;
        soonest = chain.until_network[chain.next];
      }
    }
    const TimedItem* item = nullptr;
    if (best >= 0) {
      item = &chains_[static_cast<std::size_t>(best)].item();
      busy_[best] = true;
    } else if (filler_.next < filler_.pieces.size() && chains_[1].next >= filler_.pieces[filler_.next].after) {
      best = 2;
      item = &filler_.pieces[filler_.next].item;
    }
    if (best < 0) return;
    compute_.chain = best;
    compute_.left = item->seconds;
    compute_.left_shared = item->seconds_shared;
  }

  // Advances to the next end of an item; false when all is done.
  bool step() {
    start_network();
    start_compute();
    if (compute_.chain < 0 && network_.chain < 0) return false;
    const bool both = compute_.chain >= 0 && network_.chain >= 0;
    const double compute_left = compute_.chain < 0 ? kForever : (both ? compute_.left_shared : compute_.left);
    const double network_left = network_.chain < 0 ? kForever : (both ? network_.left_shared : network_.left);
    const double advance = std::min(compute_left, network_left);
    now_ += advance;
    if (compute_.chain < 0) out_.exposed += advance;
    progress(compute_, compute_left, advance);
    progress(network_, network_left, advance);
    return true;
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
    stream.end = now_;
    if (stream.chain == 2) {
      ++filler_.next;
    } else {
      Chain& chain = chains_[static_cast<std::size_t>(stream.chain)];
      ++chain.next;
      chain.ready = now_;
      busy_[stream.chain] = false;
    }
    stream.chain = -1;
  }

  Chain chains_[2];
  Filler filler_;
  bool busy_[2] = {false, false};
  Running compute_, network_;
  double now_ = 0;
  BlockSeconds out_;
};

}  // namespace

BlockSeconds overlapped_pair(const ChunkWork& forward, const ChunkWork& backward) { return PairPlayer(forward, backward).play(); }

}  // namespace gpufleet::sim
