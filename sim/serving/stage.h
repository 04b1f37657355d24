// Internal to the simulation: requests, instances and events of a deployment or of one half of it. Where answers are written on
// instances of their own and nothing flows back from them to the prompts, the two halves are simulated apart: the entry half
// hands over what it has prefilled, in order of time.
#pragma once

#include <optional>
#include <vector>

#include "core/run_control.h"
#include "sim/engine/event_queue.h"
#include "sim/serving/fleet_state.h"
#include "sim/serving/recorder.h"
#include "sim/serving/transfer_links.h"

namespace gpufleet::sim {

/// whole: everything, and requests are drawn here; entry: prompts, from requests that are given; answers: what entry hands over.
enum class StagePart : std::uint8_t { whole, entry, answers };

/// Bytes/s that the instances which write a job's answers take in together.
double receiving_rate(const ServingJob& job);

/// A prefilled request when its keys and values arrive.
struct Handover {
  Time at;
  Request request;
};

enum class ServingEvent : std::uint32_t { arrival, iteration, transfer, client, scale, started, failure, repair, sample, links };

class ServingStage {
 public:
  /// Holds a reference to the job, which must outlive it. A part's job has that part's pools only. `receivers`: bytes/s that the
  /// instances which write the answers take in together; 0 = no limit.
  ServingStage(const ServingJob& job, StagePart part, double receivers, std::uint64_t seed);

  /// Goes on with these requests, in order of time and none earlier than any before. `last`: none will follow, and the stage
  /// ends when all have; otherwise it stops at the last of them.
  enum class Follow : std::uint8_t { more, none };
  void run(const std::vector<RequestDraft>& drafts, Follow follow, const RunControl& control);
  void run(const std::vector<Handover>& handovers, Follow follow, const RunControl& control);
  /// The whole deployment.
  void run(const RunControl& control);
  /// Lets the clock go on to `time` (autoscaling, samples) after the last request has ended.
  void idle_until(std::int64_t time);

  /// What has left since the last call to this.
  void take_handed_over(std::vector<Handover>& out) {
    out.clear();
    out.swap(handed_over_);
  }
  /// No more events: stopped from outside, or given up.
  [[nodiscard]] bool ended_early() const { return stopped_ || overrun_ != Overrun::none; }
  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] std::int64_t last_end() const { return recorder_.last_end(); }
  /// Once. `end`: ps of the end of the simulation; `last_end`: when the last request ended.
  [[nodiscard]] ServingResult result(std::int64_t end, std::int64_t last_end);

 private:
  void begin();
  void handle(const Event& event);
  void arrive();
  void admit(const RequestDraft& draft);
  void place(Slot32 slot);
  void start(std::size_t i);
  void wake_idle();
  void finish_iteration(std::size_t i, std::uint32_t sequence);
  void send(std::size_t i, Slot32 slot);
  void watch_links();
  void sent(std::uint32_t sequence);
  void transferred(Slot32 slot);
  void decode(Slot32 slot);
  void end_request(Slot32 slot);
  void scale(std::size_t pool);
  void fail(std::size_t i);
  void repair(std::size_t i);
  void plan_failure(std::size_t i);
  void draw_next();
  template <class Given, class Take>
  void go_on(const std::vector<Given>& given, Follow follow, const RunControl& control, Take&& take);
  [[nodiscard]] bool polled(const RunControl& control);
  [[nodiscard]] bool hands_over() const { return part_ == StagePart::entry || decodes_apart_; }
  std::uint32_t after(double seconds, ServingEvent kind, std::size_t index);
  [[nodiscard]] bool closed() const { return job_.workload.arrivals.kind == ArrivalKind::closed_loop; }
  [[nodiscard]] bool over() const { return exhausted_ && table_.alive() == 0; }

  const ServingJob& job_;
  StagePart part_;
  EventQueue queue_;
  std::optional<RequestSource> source_;  ///< whole only
  RequestTable table_;
  FleetState fleet_;
  Recorder recorder_;
  WaitQueue central_, nothing_;
  TransferLinks links_;
  RandomStream failures_;
  RequestDraft draft_;
  IterationOutcome outcome_;
  std::vector<Slot32> lost_, homeless_, arrived_;
  std::vector<Handover> handed_over_;
  std::int64_t now_ = 0;          ///< ps
  std::int64_t warm_up_ = 0;      ///< ps
  std::int64_t link_end_ = -1;    ///< ps of the event that watches the links; negative: none
  std::uint32_t link_event_ = 0;  ///< its sequence number
  std::uint64_t events_ = 0;
  bool exhausted_ = false;  ///< no more requests will come
  bool decodes_apart_ = false, names_ = false, stopped_ = false, begun_ = false;
  Overrun overrun_ = Overrun::none;
};

}  // namespace gpufleet::sim
