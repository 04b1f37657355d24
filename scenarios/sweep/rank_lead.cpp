#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "scenarios/raw_scenario.h"
#include "scenarios/sweep/hand_out.h"
#include "scenarios/sweep/known_points.h"
#include "scenarios/sweep/point_work.h"
#include "scenarios/sweep/point_writer.h"
#include "scenarios/sweep/rank_messages.h"
#include "scenarios/sweep/rank_sweep.h"

namespace gpufleet::scenarios {
namespace {

using Kind = RankWord::Kind;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds kNap{500};  // between two looks at messages
constexpr double kAliveShare = 0.1;             // of the silence that nobody keeps
constexpr std::size_t kMostAtOnce = 16;         // points a rank is given
constexpr std::size_t kKeysAtOnce = 1000;
constexpr double kStartUp = 5;  // times the silence that a rank may take to its first word

double seconds_now() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

class Lead {
 public:
  Lead(const SweepRequest& request, const PointWork& points, const KnownPoints& known, Store* store, Ranks& ranks, double silence,
       const RunControl& control)
      : request_(request),
        points_(points),
        known_(known),
        ranks_(ranks),
        control_(control),
        silence_(silence),
        hand_out_(request.points.size(), ranks.size(), silence),
        writer_(store),
        wanted_(static_cast<std::size_t>(ranks.size())),
        gone_(static_cast<std::size_t>(ranks.size())) {
    out_.sweep.rows.resize(request.points.size());
    for (int rank = 1; rank < ranks.size(); ++rank) hand_out_.heard(rank, seconds_now() + kStartUp * silence);
  }

  Result<RankedResults> run();

 private:
  void greet() const;
  void work(const std::stop_token& end);
  bool listen();
  void answer(const RankMessage& message);
  void hand_on();
  void watch();
  void part();
  void take(std::size_t point, StoredPoint row, PointRow text);
  void tell_all(const RankWord& word) const {
    const std::string bytes = to_bytes(word);
    for (int rank = 1; rank < ranks_.size(); ++rank) ranks_.send(rank, bytes);
  }
  void warn(std::string message) {
    warnings_.push_back({.severity = Severity::warning, .where = {"MPI", 0, 0}, .message = std::move(message), .hint = {}});
  }
  [[nodiscard]] bool going_on() {
    const std::lock_guard lock(mutex_);
    return !hand_out_.complete() && !control_.stopped() && !writer_.failed();
  }

  const SweepRequest& request_;
  const PointWork& points_;
  const KnownPoints& known_;
  Ranks& ranks_;
  const RunControl& control_;
  double silence_;
  std::mutex mutex_;  // of the next two
  HandOut hand_out_;
  RankedResults out_;
  PointWriter writer_;
  std::vector<std::size_t> wanted_;  // by rank: points it has asked for
  std::vector<bool> gone_;           // by rank: whether it has said good-bye
  double last_alive_ = seconds_now();
  Diagnostics warnings_;
};

// What the others need before they ask: what need not be simulated, and by what they see that they have the same sweep.
void Lead::greet() const {
  RankWord word{.kind = Kind::keys, .point = request_.points.size()};
  word.row.key = points_.prepare(0).key;
  word.count = known_.size();
  for (const auto& [key, point] : known_) {
    word.keys.push_back(key);
    --word.count;
    if (word.keys.size() < kKeysAtOnce || word.count == 0) continue;
    tell_all(word);
    word.keys.clear();
  }
  tell_all(word);
}

// Points of this rank's own, one at a time, beside the others'.
void Lead::work(const std::stop_token& end) {
  while (!end.stop_requested() && !control_.stopped() && !writer_.failed()) {
    std::vector<std::size_t> mine;
    {
      const std::lock_guard lock(mutex_);
      mine = hand_out_.hand_out(0, 1);
      if (mine.empty() && hand_out_.complete()) return;
    }
    if (mine.empty()) {  // others may still be lost
      std::this_thread::sleep_for(10 * kNap);
      continue;
    }
    PreparedPoint prepared = points_.prepare(mine[0]);
    if (!prepared.scenario) {
      take(mine[0], std::move(prepared.refused), {});
    } else if (const auto found = known_.find(prepared.key); found != known_.end()) {
      take(mine[0], found->second, {});
    } else {
      StoredPoint row = points_.simulate(prepared, {end, {}});
      if (control_.stopped() || end.stop_requested()) return;  // cut short: not a result
      PointRow text = to_row(row);
      take(mine[0], std::move(row), std::move(text));
    }
  }
}

/// `text` is what the store is to keep; without a key nothing.
void Lead::take(std::size_t point, StoredPoint row, PointRow text) {
  const bool simulated = !text.key.empty();
  {
    const std::lock_guard lock(mutex_);
    if (!hand_out_.finished(point)) return;
    if (simulated) ++out_.sweep.simulated;
    if (!simulated && !row.key.empty()) ++out_.sweep.reused;
    out_.sweep.rows[point] = std::move(row);
  }
  if (simulated) writer_.add(std::move(text));
}

void Lead::answer(const RankMessage& message) {
  std::optional<RankWord> word = from_bytes(message.bytes);
  if (!word || word->point >= request_.points.size()) return;
  {
    const std::lock_guard lock(mutex_);
    hand_out_.heard(message.from, seconds_now());
  }
  switch (word->kind) {
    case Kind::wants: wanted_[static_cast<std::size_t>(message.from)] = word->count; break;
    case Kind::bye: gone_[static_cast<std::size_t>(message.from)] = true; break;
    case Kind::cannot: warn(fmt::format("rank {} cannot work: {}", message.from, word->row.message)); break;
    case Kind::known: {
      const auto found = known_.find(word->row.key);
      if (found != known_.end()) {
        take(word->point, found->second, {});
      } else {
        const std::lock_guard lock(mutex_);
        hand_out_.give_back(word->point);
      }
      break;
    }
    case Kind::result: {
      std::optional<StoredPoint> row = from_row(word->row);
      if (!row) break;
      take(word->point, *std::move(row), std::move(word->row));
      break;
    }
    default: break;
  }
}

bool Lead::listen() {
  bool heard = false;
  while (std::optional<RankMessage> message = ranks_.receive()) {
    answer(*message);
    heard = true;
  }
  return heard;
}

void Lead::hand_on() {
  for (int rank = 1; rank < ranks_.size(); ++rank) {
    std::size_t& wanted = wanted_[static_cast<std::size_t>(rank)];
    if (wanted == 0) continue;
    RankWord word{.kind = Kind::work};
    {
      const std::lock_guard lock(mutex_);
      if (hand_out_.lost(rank)) continue;
      // Ever fewer at once, so that all end together.
      const std::size_t share = hand_out_.waiting() / (4 * static_cast<std::size_t>(ranks_.size()));
      word.points = hand_out_.hand_out(rank, std::min({wanted, kMostAtOnce, std::max<std::size_t>(1, share)}));
    }
    if (word.points.empty()) return;
    wanted = 0;
    ranks_.send(rank, to_bytes(word));
  }
}

void Lead::watch() {
  const double now = seconds_now();
  std::vector<int> lost;
  std::size_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    lost = hand_out_.look_for_lost(now);
    left = hand_out_.left();
  }
  for (const int rank : lost) warn(fmt::format("rank {} fell silent; its points went to others", rank));
  const auto count = static_cast<double>(request_.points.size());
  control_.report(1 - static_cast<double>(left) / count, "sweeping");
  if (now - last_alive_ < kAliveShare * silence_) return;
  last_alive_ = now;
  tell_all({.kind = Kind::alive});
}

// Who has died is known before anyone ends in step with the others.
void Lead::part() {
  tell_all({.kind = Kind::end});
  const auto present = [&](int rank) { return !gone_[static_cast<std::size_t>(rank)] && !hand_out_.lost(rank); };
  const auto anyone = [&] {
    for (int rank = 1; rank < ranks_.size(); ++rank)
      if (present(rank)) return true;
    return false;
  };
  while (anyone() && !control_.stopped()) {
    if (!listen()) std::this_thread::sleep_for(kNap);
    watch();
  }
  for (int rank = 1; rank < ranks_.size(); ++rank) out_.lost += gone_[static_cast<std::size_t>(rank)] ? 0 : 1;
  tell_all({.kind = Kind::leave, .count = static_cast<std::uint64_t>(out_.lost)});
}

Result<RankedResults> Lead::run() {
  greet();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < std::max(1, request_.jobs); ++i) threads.emplace_back([this](const std::stop_token& end) { work(end); });
    while (going_on()) {
      const bool heard = listen();
      hand_on();
      watch();
      writer_.write_if_due();
      if (!heard) std::this_thread::sleep_for(kNap);
    }
  }
  writer_.write();
  part();
  if (has_errors(writer_.problems())) return writer_.problems();
  return {std::move(out_), std::move(warnings_)};
}

}  // namespace

Result<RankedResults> lead_sweep(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware,
                                 Store* store, Ranks& ranks, const RankSettings& settings, const RunControl& control) {
  const auto refuse = [&](const Diagnostics& why) {
    for (int rank = 1; rank < ranks.size(); ++rank) ranks.send(rank, to_bytes({.kind = Kind::leave}));
    return why;
  };
  const Result<RawScenario> readable = load_scenario(request.scenario, request.overrides, catalogs.data);
  if (!readable) return refuse(readable.diagnostics());
  const PointWork points(request, catalogs, hardware);
  const Result<KnownPoints> known = known_points(store, points.suffix());
  if (!known) return refuse(known.diagnostics());
  return Lead(request, points, *known, store, ranks, settings.silence, control).run();
}

}  // namespace gpufleet::scenarios
