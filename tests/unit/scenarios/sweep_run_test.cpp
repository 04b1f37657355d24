// Sweeps as they run: keys, order, what a store saves, and ranks that come, go and die.
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "scenarios/data_paths.h"
#include "scenarios/sweep/point_work.h"
#include "scenarios/sweep/rank_messages.h"
#include "scenarios/sweep/rank_sweep.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

class SweepRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const DataPaths data = find_data();
    catalogs_ = new Catalogs(load_catalogs(data).value());
    hardware_ = new HardwareData(load_hardware_data(data).value());
  }
  static void TearDownTestSuite() { delete catalogs_, delete hardware_; }

  /// Nine points of a small job: one that validate refuses (three micro-batches do not divide), two that are the same scenario.
  static SweepRequest request() {
    SweepRequest out{fs::path(GPUFLEET_SOURCE_DIR) / "tests/golden/good/small.toml", {}, {}, {}, 1, 0, 1};
    out.axes.push_back(parse_axis("training.layout.tp=1,2,2").value());
    out.axes.push_back(parse_axis("training.layout.micro_batch=1,2,7").value());
    out.points = make_design(out.axes, Sampling::grid, 0, 1).value();
    return out;
  }
  static Store fresh_store() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    const fs::path file = fs::path(::testing::TempDir()) / (std::string(test->name()) + ".db");
    for (const char* tail : {"", "-wal", "-shm"}) fs::remove(file.string() + tail);
    return Store::open(file.string(), Store::Mode::read_write).value();
  }
  static SweepResults run(const SweepRequest& request, Store* store) {
    return run_sweep(request, *catalogs_, *hardware_, store, {}).value();
  }

  static inline Catalogs* catalogs_ = nullptr;
  static inline HardwareData* hardware_ = nullptr;
};

TEST_F(SweepRun, AKeyIsTheScenarioTheSeedAndTheDraws) {
  SweepRequest one = request();
  const PointWork work(one, *catalogs_, *hardware_);
  EXPECT_NE(work.prepare(0).key, work.prepare(1).key);
  EXPECT_EQ(work.prepare(3).key, work.prepare(6).key);  // tp = 2 twice
  EXPECT_TRUE(work.prepare(2).key.empty());
  EXPECT_EQ(work.prepare(2).refused.status, PointStatus::invalid);
  EXPECT_TRUE(work.prepare(0).key.ends_with(work.suffix()));
  one.seed = 2;
  const PointWork other_seed(one, *catalogs_, *hardware_);
  EXPECT_NE(other_seed.suffix(), work.suffix());
  one.draws = 3;
  EXPECT_NE(PointWork(one, *catalogs_, *hardware_).suffix(), other_seed.suffix());
}

TEST_F(SweepRun, RowsStandInTheOrderOfThePointsOnAnyNumberOfThreads) {
  SweepRequest one = request();
  const SweepResults alone = run(one, nullptr);
  ASSERT_EQ(alone.rows.size(), 9U);
  EXPECT_EQ(alone.simulated, 4U);  // six that run, two of them twice
  const PointWork work(one, *catalogs_, *hardware_);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(alone.rows[i].key, work.prepare(i).key) << i;
    EXPECT_EQ(alone.rows[i].status, i % 3 == 2 ? PointStatus::invalid : PointStatus::done) << i;
  }
  one.jobs = 3;
  EXPECT_EQ(run(one, nullptr).rows, alone.rows);
}

TEST_F(SweepRun, WhatTheStoreHoldsIsNotSimulatedAgainAndGivesTheSameRows) {
  const SweepRequest whole = request();
  SweepRequest part = whole;
  part.points.resize(4);
  Store store = fresh_store();
  EXPECT_EQ(run(part, &store).simulated, 3U);
  const SweepResults rest = run(whole, &store);
  EXPECT_EQ(rest.simulated, 1U);
  EXPECT_EQ(rest.reused, 4U);  // three points, one of them twice
  EXPECT_EQ(rest.rows, run(whole, nullptr).rows);
  EXPECT_EQ(run(whole, &store).simulated, 0U);
  EXPECT_EQ(store.points(PointWork(whole, *catalogs_, *hardware_).suffix()).value().size(), 4U);
  SweepRequest other_seed = whole;
  other_seed.seed = 2;
  EXPECT_EQ(run(other_seed, &store).reused, 0U);
}

TEST_F(SweepRun, AKeyHoldsTheFilesThatTheScenarioNamesAndTheData) {
  const fs::path folder = fs::path(::testing::TempDir()) / "sweep-named-files";
  fs::remove_all(folder);
  fs::create_directories(folder / "below");
  const auto write = [&](const char* name, std::string_view text) { std::ofstream(folder / name) << text; };
  write("config.json", R"({"num_hidden_layers": 32})");
  write("one.toml", "[model]\nconfig = \"config.json\"\n");
  write("below/two.toml", "training = \"../one.toml\"\n");  // a scenario that names a scenario
  const DataPaths& data = catalogs_->data;
  const auto files_of = [&](const char* name) {
    NamedFiles files(data);
    return files.fingerprint(load_scenario((folder / name).string(), {}, data).value());
  };
  const std::string one = files_of("one.toml"), two = files_of("below/two.toml");
  EXPECT_FALSE(one.empty());
  EXPECT_EQ(one, files_of("one.toml"));
  write("config.json", R"({"num_hidden_layers": 8})");
  EXPECT_NE(files_of("one.toml"), one);
  EXPECT_NE(files_of("below/two.toml"), two);
  // The user's own catalogs count, from wherever they are read.
  DataPaths mine = data;
  mine.user = folder / "user";
  const std::string none = data_fingerprint(mine);
  fs::create_directories(mine.user / "calibrations/kernel_fits");
  EXPECT_EQ(data_fingerprint(mine), none);
  std::ofstream(mine.user / "calibrations/kernel_fits/chip.toml") << "a = 1\n";
  const std::string some = data_fingerprint(mine);
  EXPECT_NE(some, none);
  fs::rename(mine.user, folder / "moved");
  mine.user = folder / "moved";
  EXPECT_EQ(data_fingerprint(mine), some);
  fs::remove_all(folder);
}

// A post office in memory in place of MPI.
class Post {
 public:
  void put(int to, RankMessage message) {
    const std::lock_guard lock(mutex_);
    boxes_[to].push_back(std::move(message));
  }
  std::optional<RankMessage> take(int of) {
    const std::lock_guard lock(mutex_);
    if (boxes_[of].empty()) return std::nullopt;
    RankMessage out = std::move(boxes_[of].front());
    boxes_[of].pop_front();
    return out;
  }

 private:
  std::mutex mutex_;
  std::map<int, std::deque<RankMessage>> boxes_;
};

class PostRanks final : public Ranks {
 public:
  PostRanks(Post& post, int rank, int size) : post_(post), rank_(rank), size_(size) {}
  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  void send(int to, std::string bytes) override { post_.put(to, {rank_, std::move(bytes)}); }
  std::optional<RankMessage> receive() override { return post_.take(rank_); }
  void end(Ending /*ending*/) override {}

 private:
  Post& post_;
  int rank_, size_;
};

TEST_F(SweepRun, ThreeRanksGiveTheRowsOfOneProcess) {
  const SweepRequest one = request();
  Store store = fresh_store();
  Post post;
  PostRanks first(post, 0, 3);
  Ranks::Ending ending[2] = {Ranks::Ending::some_lost, Ranks::Ending::some_lost};
  {
    std::vector<std::jthread> others;
    for (int rank : {1, 2})
      others.emplace_back([&, rank] {
        PostRanks ranks(post, rank, 3);
        ending[rank - 1] = follow_sweep(one, *catalogs_, *hardware_, ranks, {}, {}).value();
      });
    const auto results = lead_sweep(one, *catalogs_, *hardware_, &store, first, {}, {});
    ASSERT_TRUE(results.ok());
    EXPECT_EQ(results->lost, 0);
    EXPECT_EQ(results->sweep.rows, run(one, nullptr).rows);
  }
  EXPECT_EQ(ending[0], Ranks::Ending::all_well);
  EXPECT_EQ(ending[1], Ranks::Ending::all_well);
  EXPECT_EQ(store.points(PointWork(request(), *catalogs_, *hardware_).suffix()).value().size(), 4U);
}

TEST_F(SweepRun, ARankThatDiesWithItsPointsCostsNoRow) {
  const SweepRequest one = request();
  Post post;
  PostRanks first(post, 0, 2), dying(post, 1, 2);
  dying.send(0, to_bytes({.kind = RankWord::Kind::wants, .count = 4}));  // the last that is heard of it
  const auto results = lead_sweep(one, *catalogs_, *hardware_, nullptr, first, {.silence = 0.1}, {});
  ASSERT_TRUE(results.ok());
  EXPECT_EQ(results->lost, 1);
  EXPECT_EQ(results->sweep.rows, run(one, nullptr).rows);
  ASSERT_FALSE(results.diagnostics().empty());
  EXPECT_NE(results.diagnostics()[0].message.find("rank 1 fell silent"), std::string::npos);
  bool worked = false;
  while (const auto message = dying.receive()) worked = worked || from_bytes(message->bytes)->kind == RankWord::Kind::work;
  EXPECT_TRUE(worked);  // it had been given points
}

}  // namespace
}  // namespace gpufleet::scenarios
