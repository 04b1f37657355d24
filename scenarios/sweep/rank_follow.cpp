#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "scenarios/sweep/point_work.h"
#include "scenarios/sweep/rank_messages.h"
#include "scenarios/sweep/rank_sweep.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::chrono::microseconds kFollowNap{500};
constexpr double kFollowAliveShare = 0.1;    // of the silence that nobody keeps
constexpr std::size_t kWantedPerThread = 8;  // points asked for at once
constexpr double kPatience = 6;              // times the silence of a rank until rank 0 is taken for lost

double follow_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

class Follow {
 public:
  Follow(const SweepRequest& request, const PointWork& points, Ranks& ranks, double silence, const RunControl& control)
      : request_(request), points_(points), ranks_(ranks), silence_(silence), control_(control) {}

  Result<Ranks::Ending> run();

 private:
  void work(const std::stop_token& end);
  void obey(const RankWord& word);
  void greeted(const RankWord& word);
  void speak();
  [[nodiscard]] std::size_t threads() const { return static_cast<std::size_t>(std::max(1, request_.jobs)); }
  void tell(const RankWord& word) {
    ranks_.send(0, to_bytes(word));
    last_said_ = follow_now();
  }

  const SweepRequest& request_;
  const PointWork& points_;
  Ranks& ranks_;
  double silence_;
  const RunControl& control_;
  std::mutex mutex_;  // of the next two
  std::deque<std::size_t> todo_;
  std::vector<RankWord> finished_;
  std::condition_variable_any changed_;
  std::unordered_set<std::string> known_;  // complete before the first point comes
  enum class State { greeting, idle, asking, useless, ended } state_ = State::greeting;
  Ranks::Ending ending_ = Ranks::Ending::all_well;
  double last_said_ = follow_now(), last_heard_ = -1;
};

void Follow::work(const std::stop_token& end) {
  while (true) {
    std::size_t point = 0;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, end, [this] { return !todo_.empty(); })) return;
      point = todo_.front();
      todo_.pop_front();
    }
    const PreparedPoint prepared = points_.prepare(point);
    RankWord word{.kind = RankWord::Kind::result, .point = point};
    if (!prepared.scenario) {
      word.row = to_row(prepared.refused);
    } else if (known_.contains(prepared.key)) {
      word.kind = RankWord::Kind::known;
      word.row.key = prepared.key;
    } else {
      word.row = to_row(points_.simulate(prepared, {end, {}}));
      if (end.stop_requested()) return;  // cut short: not a result
    }
    const std::lock_guard lock(mutex_);
    finished_.push_back(std::move(word));
  }
}

void Follow::greeted(const RankWord& word) {
  known_.insert(word.keys.begin(), word.keys.end());
  if (word.count > 0) return;  // more keys follow
  state_ = State::idle;
  if (word.point == request_.points.size() && word.row.key == points_.prepare(0).key) return;
  state_ = State::useless;
  RankWord reply{.kind = RankWord::Kind::cannot};
  reply.row.message = "its scenario, data or program differs from rank 0's";
  tell(reply);
}

void Follow::obey(const RankWord& word) {
  last_heard_ = follow_now();
  switch (word.kind) {
    case RankWord::Kind::keys: greeted(word); break;
    case RankWord::Kind::work: {
      const std::lock_guard lock(mutex_);
      todo_.insert(todo_.end(), word.points.begin(), word.points.end());
      if (state_ == State::asking) state_ = State::idle;
      changed_.notify_all();
      break;
    }
    case RankWord::Kind::end:
      state_ = State::useless;
      tell({.kind = RankWord::Kind::bye});
      break;
    case RankWord::Kind::leave:
      state_ = State::ended;
      if (word.count > 0) ending_ = Ranks::Ending::some_lost;
      break;
    default: break;
  }
}

void Follow::speak() {
  std::vector<RankWord> finished;
  std::size_t waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    finished = std::exchange(finished_, {});
    waiting = todo_.size();
  }
  for (const RankWord& word : finished) tell(word);
  if (state_ == State::idle && waiting < 2 * threads()) {
    tell({.kind = RankWord::Kind::wants, .count = kWantedPerThread * threads()});
    state_ = State::asking;
  }
  if (follow_now() - last_said_ > kFollowAliveShare * silence_) tell({.kind = RankWord::Kind::alive});
}

Result<Ranks::Ending> Follow::run() {
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < threads(); ++i) workers.emplace_back([this](const std::stop_token& end) { work(end); });
  while (state_ != State::ended && !control_.stopped()) {
    bool heard = false;
    while (const std::optional<RankMessage> message = ranks_.receive()) {
      if (const std::optional<RankWord> word = from_bytes(message->bytes)) obey(*word);
      heard = true;
    }
    speak();
    if (last_heard_ > 0 && follow_now() - last_heard_ > kPatience * silence_)
      return Diagnostic{.where = {"MPI", 0, 0},
                        .message = fmt::format("rank {} lost rank 0", ranks_.rank()),
                        .hint = "start the sweep again: it goes on from what the store holds"};
    if (!heard) std::this_thread::sleep_for(kFollowNap);
  }
  return control_.stopped() ? Ranks::Ending::some_lost : ending_;
}

}  // namespace

Result<Ranks::Ending> follow_sweep(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware,
                                   Ranks& ranks, const RankSettings& settings, const RunControl& control) {
  const PointWork points(request, catalogs, hardware);
  return Follow(request, points, ranks, settings.silence, control).run();
}

}  // namespace gpufleet::scenarios
