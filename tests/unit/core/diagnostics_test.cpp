#include "core/diagnostics.h"

#include <gtest/gtest.h>

#include "core/result.h"

namespace gpufleet {
namespace {

TEST(Diagnostics, TextHasPlaceKeyAndHint) {
  const Diagnostic d{.where = {"a.toml", 3, 7},
                     .key = "fleet.pool",
                     .message = "unknown accelerator \"H80\"",
                     .hint = "did you mean \"H800 SXM\"?"};
  EXPECT_EQ(to_text(d), "a.toml:3:7: error: fleet.pool: unknown accelerator \"H80\"\n  did you mean \"H800 SXM\"?\n");
}

TEST(Diagnostics, NearestNameForgivesTyposButNotStrangers) {
  const std::vector<std::string> names{"accelerator", "count", "node", "fabric", "H800 SXM"};
  EXPECT_EQ(nearest_name("acelerator", names), "accelerator");
  EXPECT_EQ(nearest_name("Accelerator", names), "accelerator");
  EXPECT_EQ(nearest_name("conut", names), "count");
  EXPECT_EQ(nearest_name("H800", names), "H800 SXM");
  EXPECT_EQ(nearest_name("zebra crossing", names), "");
}

TEST(Result, HoldsValueOrDiagnostics) {
  const Result<int> good(4);
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 4);
  const Result<int> bad(Diagnostic{.message = "no"});
  EXPECT_FALSE(bad.ok());
  EXPECT_TRUE(has_errors(bad.diagnostics()));
}

}  // namespace
}  // namespace gpufleet
