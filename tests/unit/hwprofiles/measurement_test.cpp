// The measurement form: what is written reads back to the same values, and no input, however broken, does more than a diagnostic.
#include "hwprofiles/measurement.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/random.h"
#include "hwprofiles/atomic_file.h"

namespace gpufleet::hw {
namespace {

const std::string kGemmHeader = "accelerator,dtype,m,n,k,latency_us,engine,source,licence\n";

struct Reading {
  std::vector<Measurement> rows;
  std::vector<std::uint32_t> lines;
  Diagnostics errors;
};

Reading read(const std::string& text) {
  Reading reading;
  std::istringstream in(text);
  reading.errors = read_measurements(in, "rows.csv", [&](Measurement&& row, std::uint32_t line) {
    reading.rows.push_back(std::move(row));
    reading.lines.push_back(line);
  });
  return reading;
}

Measurement gemm_row() {
  return {"H800 SXM", Gemm{Dtype::bf16, 128, 4096, 7168}, 61.25, "cublasLt 13.0", "someone/kernels@1a2b3c", "Apache-2.0"};
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gpufleet_measurement_XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

rc::Gen<std::int64_t> length() { return rc::gen::inRange<std::int64_t>(1, 1'000'000); }
/// Positive and not short in decimal.
double fraction() { return static_cast<double>(*length()) / 7.0; }
template <class Enum>
rc::Gen<Enum> any_of(int count) {
  return rc::gen::map(rc::gen::inRange(0, count), [](int i) { return static_cast<Enum>(i); });
}
rc::Gen<std::string> words() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("aZ9 ,\"';@.-\xc3\xa9"))));
}

Kernel any_kernel() {
  switch (*rc::gen::inRange(0, 7)) {
    case 0: return Gemm{*any_of<Dtype>(9), *length(), *length(), *length()};
    case 1: {
      const double imbalance = 1.0 + *rc::gen::inRange(0, 1000) / 7.0;
      return GroupedGemm{*any_of<Dtype>(9), *length(), *length(), *length(), *length(), imbalance, *any_of<GroupLayout>(2)};
    }
    case 2: {
      const std::int64_t kv_heads = *length(), q_len = *length();
      return Attention{*any_of<Dtype>(9), *any_of<Pass>(2), *any_of<Mask>(2), *any_of<AttentionKind>(2),
                       *length(),         kv_heads * 3,     kv_heads,         q_len,
                       q_len + *length(), *length(),        *length()};
    }
    case 3: return MlaDecode{*any_of<Dtype>(9), *length(), *length(), *length(), *length(), *length(), *length()};
    case 4: {
      const std::int64_t kv_heads = *length();
      return GqaDecode{*any_of<Dtype>(9), *length(), kv_heads * 2, kv_heads, *length(), *length(), *length()};
    }
    case 5: return Stream{*any_of<StreamKind>(7), fraction(), *length()};
    default: return Collective{*any_of<CollectiveOp>(6), 1 + *length(), fraction()};
  }
}

RC_GTEST_PROP(MeasurementForm, WrittenRowsReadBackUnchanged, ()) {
  const auto rows = *rc::gen::nonEmpty(rc::gen::container<std::vector<Measurement>>(
      rc::gen::exec([] { return Measurement{*words(), any_kernel(), fraction(), *words(), *words(), *words()}; })));
  const Reading reading = read(measurements_to_csv(rows));
  RC_ASSERT(reading.errors.empty());
  RC_ASSERT(reading.rows == rows);
}

RC_GTEST_PROP(MeasurementForm, BrokenBytesNeverYieldUnsoundRows, ()) {
  std::string text = measurements_to_csv(std::vector<Measurement>{gemm_row(), gemm_row()});
  const int damages = *rc::gen::inRange(1, 12);
  for (int i = 0; i < damages; ++i) text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  for (const Measurement& row : read(text).rows) RC_ASSERT(unsound_reason(row).empty());
}

TEST(MeasurementForm, OneClassHasItsOwnColumns) {
  EXPECT_EQ(measurements_to_csv(std::vector<Measurement>{gemm_row()}),
            kGemmHeader + "H800 SXM,bf16,128,4096,7168,61.25,cublasLt 13.0,someone/kernels@1a2b3c,Apache-2.0\n");
}

TEST(MeasurementForm, SeveralClassesShareAFileByTheirClassColumn) {
  Measurement stream = gemm_row();
  stream.kernel = Stream{StreamKind::copy, 1048576, 1};
  const std::string text = measurements_to_csv(std::vector<Measurement>{gemm_row(), stream});
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "accelerator,kernel,dtype,m,n,k,kind,bytes,launches,latency_us,engine,source,licence");
  EXPECT_EQ(read(text).rows, (std::vector<Measurement>{gemm_row(), stream}));
  const Reading misplaced =
      read("accelerator,kernel,m,bytes,kind,launches,latency_us,engine,source,licence\nA,stream,7,8,copy,1,1,e,s,l\n");
  ASSERT_EQ(misplaced.errors.size(), 1u);
  EXPECT_EQ(misplaced.errors[0].key, "m");
  EXPECT_EQ(misplaced.errors[0].message, "the class stream has no such column");
}

TEST(MeasurementForm, ColumnsMayStandInAnyOrder) {
  const Reading reading = read(
      "k,n,m,licence,dtype,source,engine,latency_us,accelerator\n7168,4096,128,Apache-2.0,bf16,"
      "someone/kernels@1a2b3c,cublasLt 13.0,61.25,H800 SXM\n");
  EXPECT_TRUE(reading.errors.empty());
  EXPECT_EQ(reading.rows, std::vector<Measurement>{gemm_row()});
}

TEST(MeasurementForm, NamesUnknownMissingAndRepeatedColumns) {
  const Reading misspelt = read("acelerator,dtype,m,n,k,latency_us,engine,source,licence\nA,bf16,1,1,1,1,e,s,l\n");
  ASSERT_EQ(misspelt.errors.size(), 2u);
  EXPECT_EQ(misspelt.errors[0].hint, "did you mean \"accelerator\"?");
  EXPECT_EQ(misspelt.errors[0].where, (SourceLocation{"rows.csv", 1, 0}));
  EXPECT_EQ(misspelt.errors[1].key, "accelerator");
  EXPECT_TRUE(misspelt.rows.empty());
  const Reading repeated = read("accelerator,dtype,m,m,n,k,latency_us,engine,source,licence\n");
  ASSERT_EQ(repeated.errors.size(), 1u);
  EXPECT_EQ(repeated.errors[0].message, "the column occurs twice");
  EXPECT_EQ(read("").errors.size(), 1u);
}

TEST(MeasurementForm, ABrokenRowIsToldWithItsLineAndTheOthersAreRead) {
  const Reading reading =
      read(kGemmHeader + "A,bf16,1,2,3,4.5,e,s,l\nA,bf17,1,2,3,4.5,e,s,l\n\nA,bf16,1,2,4.5,e,s,l\nA,bf16,1,2,3,6,e,s,l");
  ASSERT_EQ(reading.errors.size(), 2u);
  EXPECT_EQ(reading.errors[0].where.line, 3u);
  EXPECT_EQ(reading.errors[0].key, "dtype");
  EXPECT_EQ(reading.errors[1].where.line, 5u);
  EXPECT_EQ(reading.errors[1].message, "the row has 8 fields, the header 9");
  EXPECT_EQ(reading.lines, (std::vector<std::uint32_t>{2, 6}));
}

TEST(MeasurementForm, AcceptsWindowsLineEndsMarksAndAMissingLastNewline) {
  const Reading reading = read(
      "\xEF\xBB\xBF"
      "accelerator,dtype,m,n,k,latency_us,engine,source,licence\r\nA,bf16,1,2,3,4.5,e,s,l\r\n"
      "A,bf16,1,2,3,4.5,e,\"s, quoted \"\"twice\"\"\",l");
  EXPECT_TRUE(reading.errors.empty());
  ASSERT_EQ(reading.rows.size(), 2u);
  EXPECT_EQ(reading.rows[0].licence, "l");
  EXPECT_EQ(reading.rows[1].source, "s, quoted \"twice\"");
}

TEST(MeasurementForm, RefusesImpossibleNumbers) {
  for (const std::string row :
       {"A,bf16,1,2,3,nan,e,s,l", "A,bf16,1,2,3,inf,e,s,l", "A,bf16,1,2,3,-4,e,s,l", "A,bf16,1,2,3,0,e,s,l",
        "A,bf16,-1,2,3,4,e,s,l", "A,bf16,0,2,3,4,e,s,l", "A,bf16,1.5,2,3,4,e,s,l", "A,bf16,99999999999999999999,2,3,4,e,s,l",
        "A,bf16,1,2,3,1e999,e,s,l", "A,bf16,1,2,3,0x10,e,s,l", "A,bf16,1,2,3,,e,s,l", "A,bf16, 1,2,3,4,e,s,l",
        ",bf16,1,2,3,4,e,s,l", "A\t,bf16,1,2,3,4,e,s,l"}) {
    const Reading reading = read(kGemmHeader + row + "\n");
    EXPECT_EQ(reading.errors.size(), 1u) << row;
    EXPECT_TRUE(reading.rows.empty()) << row;
  }
  Measurement causal = gemm_row();
  causal.kernel =
      Attention{.batch = 1, .q_heads = 8, .kv_heads = 8, .q_len = 9, .kv_len = 8, .head_dim_qk = 64, .head_dim_v = 64};
  EXPECT_EQ(unsound_reason(causal), "kv_len is below q_len under a causal mask");
}

TEST(MeasurementForm, SurvivesJunk) {
  RandomStream random(7, "junk");
  for (int length : {1, 100, 100'000, 3'000'000}) {
    std::string junk(static_cast<std::size_t>(length), '\0');
    for (char& c : junk) c = static_cast<char>(random.next());
    EXPECT_FALSE(read(junk).errors.empty());
    const Reading after_header = read(kGemmHeader + junk);
    EXPECT_TRUE(after_header.rows.empty());
    EXPECT_FALSE(after_header.errors.empty());
    EXPECT_LE(after_header.errors.size(), 51u);
  }
}

TEST(MeasurementForm, SkipsRowsOfAbsurdLengthAndTellsOpenQuotes) {
  const std::string sound = "A,bf16,1,2,3,4.5,e,s,l\n";
  const Reading huge = read(kGemmHeader + std::string(10'000'000, 'x') + "\n" + sound);
  ASSERT_EQ(huge.errors.size(), 1u);
  EXPECT_EQ(huge.errors[0].where.line, 2u);
  EXPECT_EQ(huge.rows.size(), 1u);
  const Reading commas = read(kGemmHeader + std::string(10'000'000, ',') + "\n" + sound);
  EXPECT_EQ(commas.errors.size(), 1u);
  EXPECT_EQ(commas.rows.size(), 1u);
  const Reading open = read(kGemmHeader + sound + "\"A,bf16,1\n");
  ASSERT_EQ(open.errors.size(), 1u);
  EXPECT_EQ(open.errors[0].message, "the file ends inside a quoted field");
  EXPECT_EQ(open.errors[0].where.line, 3u);
  EXPECT_EQ(open.rows.size(), 1u);
}

TEST(MeasurementFiles, AFolderIsReadInTheOrderOfItsNames) {
  const Folder folder;
  Measurement stream = gemm_row();
  stream.kernel = Stream{StreamKind::copy, 4096, 1};
  ASSERT_TRUE(write_measurements(folder / "stream.csv", std::vector<Measurement>{stream}).empty());
  ASSERT_TRUE(write_measurements(folder / "gemm.csv", std::vector<Measurement>{gemm_row()}).empty());
  const auto loaded = load_measurements(folder.path());
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(*loaded, (std::vector<Measurement>{gemm_row(), stream}));
  EXPECT_FALSE(load_measurements(folder / "absent.csv").ok());
}

TEST(MeasurementFiles, AFailedWriteLeavesTheOldFileAndNothingElse) {
  const Folder folder;
  ASSERT_TRUE(write_measurements(folder / "gemm.csv", std::vector<Measurement>{gemm_row()}).empty());
  Measurement broken = gemm_row();
  broken.latency_us = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(write_measurements(folder / "gemm.csv", std::vector<Measurement>{gemm_row(), broken}).empty());
  EXPECT_FALSE(write_measurements(folder / "gemm.csv", {}).empty());
  EXPECT_EQ(load_measurements(folder / "gemm.csv")->size(), 1u);
  std::filesystem::create_directory(folder / "taken");
  EXPECT_FALSE(write_file_atomically(folder / "taken", "bytes").empty());
  EXPECT_FALSE(write_file_atomically(folder / "no/such/folder.csv", "bytes").empty());
  EXPECT_EQ(folder.files(), 2u);  // no temporary file stays behind
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}
mode_t rights(const std::filesystem::path& file) {
  struct stat about {};
  return ::stat(file.c_str(), &about) == 0 ? about.st_mode & 0777U : 0U;
}

TEST(AtomicFiles, LinksStayAndFilesKeepTheirRights) {
  namespace fs = std::filesystem;
  const Folder folder;
  fs::create_directory(folder / "far");
  fs::create_symlink("far/target", folder / "link");
  fs::create_symlink("link", folder / "link to it");
  ASSERT_TRUE(write_file_atomically(folder / "link to it", "first").empty());  // where the links lead to nothing yet
  ASSERT_EQ(::chmod((folder / "far/target").c_str(), 0600), 0);
  ASSERT_TRUE(write_file_atomically(folder / "link", "second").empty());
  EXPECT_TRUE(fs::is_symlink(folder / "link") && fs::is_symlink(folder / "link to it"));
  EXPECT_EQ(content(folder / "far/target"), "second");
  EXPECT_EQ(rights(folder / "far/target"), 0600U);
  fs::create_symlink("circle", folder / "circle");
  EXPECT_FALSE(write_file_atomically(folder / "circle", "bytes").empty());
  EXPECT_EQ(folder.files(), 4u);
}

TEST(AtomicFiles, PipesAndDevicesAreWrittenToAndNeverReplaced) {
  const Folder folder;
  const std::filesystem::path pipe = folder / "pipe", full = folder / "full";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  EXPECT_TRUE(write_file_atomically(pipe, "bytes").empty());
  std::array<char, 16> read{};
  EXPECT_EQ(::read(reader, read.data(), read.size()), 5);
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  // A device that is always full, of the test's own: only root can make one, and not everywhere.
  const bool made = ::mknod(full.c_str(), S_IFCHR | 0600, ::makedev(1, 7)) == 0;
  if (made) {
    EXPECT_FALSE(write_file_atomically(full, "bytes").empty());
    EXPECT_TRUE(std::filesystem::is_character_file(full));
  }
  EXPECT_EQ(folder.files(), made ? 2u : 1u);
}

}  // namespace
}  // namespace gpufleet::hw
