// What fits and what does not, by arithmetic; traces with broken lines; the shipped points.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/catalog.h"
#include "scenarios/data_paths.h"
#include "scenarios/plan_serving.h"
#include "scenarios/serving_engines.h"
#include "scenarios/serving_points.h"
#include "scenarios/serving_trace.h"

namespace gpufleet::scenarios {
namespace {

class ServingPlan : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    data_ = find_data();
    catalogs_ = new Catalogs(load_catalogs(data_).value());
    hardware_ = new HardwareData(load_hardware_data(data_).value());
    engines_ = new std::vector<sim::ServingEngine>(load_engines(data_.scenarios / "engines.toml").value());
  }
  static void TearDownTestSuite() { delete catalogs_, delete hardware_, delete engines_; }

  static std::string refusal(std::string_view model, std::string_view chip, hw::Dtype weights) {
    const PoolSpec fleet{.name = "box", .accelerator = std::string(chip), .node = "single-gpu", .count = 1, .gpus_per_node = 1};
    ServingPoolSpec pool{.name = "box"};
    pool.engine = "llama.cpp";
    pool.precision.linear = pool.precision.experts = weights;
    const auto instance = plan_instance(pool, fleet, *models::find_architecture(catalogs_->architectures, model), 8192,
                                        *catalogs_, *hardware_, *engines_);
    EXPECT_TRUE(instance.ok());
    return sim::memory_refusal(*instance, sim::instance_memory(*instance), 4096);
  }

  static inline DataPaths data_;
  static inline Catalogs* catalogs_ = nullptr;
  static inline HardwareData* hardware_ = nullptr;
  static inline std::vector<sim::ServingEngine>* engines_ = nullptr;
};

// 671 GB in FP8 and about 390 GB at 4.5 bits a weight against not quite 10 GB.
TEST_F(ServingPlan, R1OnOneRtx3080IsRefusedWithTheArithmetic) {
  const std::string fp8 = refusal("DeepSeek-R1", "RTX 3080 10GB", hw::Dtype::fp8);
  EXPECT_NE(fp8.find("times too much"), std::string::npos) << fp8;
  EXPECT_NE(fp8.find("67"), std::string::npos) << fp8;
  const std::string int4 = refusal("DeepSeek-R1", "RTX 3080 10GB", hw::Dtype::int4);
  EXPECT_NE(int4.find("times too much"), std::string::npos) << int4;
}

TEST_F(ServingPlan, TheDistilledEightBillionModelRunsThereAtFourBits) {
  EXPECT_EQ(refusal("Llama-3.1-8B", "RTX 3080 10GB", hw::Dtype::int4), "");
  EXPECT_NE(refusal("Llama-3.1-8B", "RTX 3080 10GB", hw::Dtype::bf16), "");
}

TEST_F(ServingPlan, ShippedPointsAreSound) {
  for (const char* file : {"published.csv", "deployments.csv"}) {
    const auto points = load_serving_points(data_.scenarios / "validation" / "serving" / file, *catalogs_);
    ASSERT_TRUE(points.ok()) << to_text(points.diagnostics());
    EXPECT_GT(points->size(), 50U);
  }
}

TEST_F(ServingPlan, SinglePredictionsAreNearTheirMeasurements) {
  auto points = load_serving_points(data_.scenarios / "validation" / "serving" / "published.csv", *catalogs_).value();
  std::erase_if(points,
                [](const ServingPoint& p) { return p.id != "IS-01" && p.id != "IS-02" && p.id != "TRT8-05" && p.id != "IX-14"; });
  ASSERT_EQ(points.size(), 4U);
  constexpr double kSingleRow = 0.30;  // what `validate serving` grants a row of tier B
  const auto one = predict_points(points, *catalogs_, *hardware_, *engines_, {}, 1),
             two = predict_points(points, *catalogs_, *hardware_, *engines_, {}, 2);
  ASSERT_TRUE(one.ok() && two.ok());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ((*one)[i].tpot, (*two)[i].tpot);
    EXPECT_EQ((*one)[i].output_per_gpu, (*two)[i].output_per_gpu);
    const ServingPoint& p = points[i];
    if (p.output_per_gpu) {
      EXPECT_NEAR((*one)[i].output_per_gpu / *p.output_per_gpu, 1, kSingleRow) << p.id;
    }
    if (p.input_per_gpu) {
      EXPECT_NEAR((*one)[i].input_per_gpu / *p.input_per_gpu, 1, kSingleRow) << p.id;
    }
    if (p.tpot) {
      EXPECT_NEAR((*one)[i].tpot / *p.tpot, 1, kSingleRow) << p.id;
    }
  }
}

TEST(ServingTrace, ReadsEveryFormatAndCountsBrokenLines) {
  std::istringstream azure(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\nrubbish\n2023-11-16 "
      "18:17:04.5000000,3180,8\n");
  const auto a = read_trace(azure, "azure.csv");
  ASSERT_TRUE(a.ok());
  EXPECT_EQ(a->format, TraceFormat::azure);
  EXPECT_EQ(a->requests.size(), 2U);
  EXPECT_EQ(a->broken, 1U);
  EXPECT_EQ(a->warnings.front().where.line, 3U);
  EXPECT_NEAR(to_seconds(a->requests[1].arrival).value(), 0.52004, 1e-4);

  std::istringstream mooncake(
      "{\"timestamp\": 0, \"input_length\": 1100, \"output_length\": 5, \"hash_ids\": [7, 8]}\n{\"timestamp\": 3000, "
      "\"input_length\": -1, "
      "\"output_length\": 5}\n{\"timestamp\": 4000, \"input_length\": 600, \"output_length\": 9, \"hash_ids\": [7]}\n");
  const auto m = read_trace(mooncake, "mooncake.jsonl");
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->requests.size(), 2U);
  EXPECT_EQ(m->broken, 1U);
  EXPECT_EQ(m->requests[1].blocks, std::vector<std::uint64_t>{7});

  std::istringstream burst(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,Conversation log\n");
  EXPECT_EQ(read_trace(burst, "burst.csv").value().requests.front().prompt, 472);
  std::istringstream plain("arrival_s,input_tokens,output_tokens\n1.5,10,2\n0.5,20,3\n");
  EXPECT_EQ(read_trace(plain, "plain.csv").value().requests.front().prompt, 20);
  std::istringstream nothing("a,b\n1,2\n");
  EXPECT_FALSE(read_trace(nothing, "x.csv").ok());
}

std::vector<sim::RequestDraft> drawn(const sim::Workload& workload) {
  std::vector<sim::RequestDraft> out;
  sim::RequestSource source(workload, 1);
  for (sim::RequestDraft draft; source.next(draft);) out.push_back(draft);
  return out;
}

// A stream hands out what the trace in memory does, each time it is opened, and its shape is the trace's.
TEST(ServingTrace, StreamsWhatItReads) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / fmt::format("gpufleet-trace-{}.jsonl", getpid());
  {
    std::ofstream out(file);
    for (int i = 0; i < 6000; ++i)  // every third two seconds late, which sorting mends
      out << fmt::format("{{\"timestamp\": {}, \"input_length\": {}, \"output_length\": {}, \"hash_ids\": [{}, {}]}}\n",
                         5000 + 1000 * (i % 3 == 0 ? i : i + 2), 1 + i * 37 % 900, 1 + i * 17 % 90, i, i / 7)
          << (i % 1000 == 0 ? "broken\n" : "");
  }
  sim::Workload kept, streamed;
  kept.arrivals.kind = streamed.arrivals.kind = sim::ArrivalKind::trace;
  const auto a = read_trace_file(file);
  const auto b = stream_trace_file(file);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_TRUE(b->requests.empty());
  EXPECT_EQ(a->broken, b->broken);
  kept.trace = a->requests;
  streamed.stream = b->stream;
  const sim::TraceShape x = sim::trace_shape(kept), y = sim::trace_shape(streamed);
  EXPECT_EQ(x.requests, 6000U);
  EXPECT_EQ(x.requests, y.requests);
  EXPECT_EQ(x.longest, y.longest);
  EXPECT_DOUBLE_EQ(x.prompt, y.prompt);
  EXPECT_DOUBLE_EQ(x.output, y.output);
  EXPECT_NEAR(x.seconds, y.seconds, 1e-9);
  const auto one = drawn(kept);
  for (int pass = 0; pass < 2; ++pass) {
    const auto two = drawn(streamed);
    ASSERT_EQ(one.size(), two.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      ASSERT_EQ(one[i].arrival, two[i].arrival);
      ASSERT_EQ(one[i].prompt, two[i].prompt);
      ASSERT_EQ(one[i].session, two[i].session);
      ASSERT_EQ(one[i].blocks, two[i].blocks);
    }
  }
  {
    std::ofstream out(file);
    out << "arrival_s,input_tokens,output_tokens\n";
    for (int i = 0; i < 9000; ++i) out << (i == 8000 ? 1 : i) << ",5,5\n";
  }
  EXPECT_TRUE(read_trace_file(file).ok());
  EXPECT_FALSE(stream_trace_file(file).ok());  // the late request would be handed out after later ones
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace gpufleet::scenarios
