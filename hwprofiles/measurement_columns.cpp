// One visitor per kernel class lists its columns; reading, writing and the header all go through it, so they cannot disagree.
#include "hwprofiles/measurement_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <system_error>

#include "core/check.h"
#include "hwprofiles/csv.h"

namespace gpufleet::hw {

namespace {

using Names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 2> kLayouts{"contiguous", "masked"};
constexpr std::array<std::string_view, 2> kPasses{"forward", "backward"};
constexpr std::array<std::string_view, 2> kMasks{"full", "causal"};
constexpr std::array<std::string_view, 3> kAttentionKinds{"flash", "unfused", "flash-2"};
constexpr std::array<std::string_view, 7> kStreamKinds{"elementwise", "norm",     "copy",     "softmax",
                                                       "routing",     "quantise", "optimizer"};
constexpr std::array<std::string_view, 6> kCollectiveOps{"all_reduce", "all_gather", "reduce_scatter",
                                                         "all_to_all", "send_recv",  "broadcast"};
constexpr std::array<std::string_view, 9> kDtypes{"fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4", "int4"};

Names names_of(GroupLayout) { return kLayouts; }
Names names_of(Pass) { return kPasses; }
Names names_of(Mask) { return kMasks; }
Names names_of(AttentionKind) { return kAttentionKinds; }
Names names_of(StreamKind) { return kStreamKinds; }
Names names_of(CollectiveOp) { return kCollectiveOps; }
Names names_of(Dtype) { return kDtypes; }

void visit_columns(Gemm& g, auto&& column) { column("dtype", g.dtype), column("m", g.m), column("n", g.n), column("k", g.k); }
void visit_columns(GroupedGemm& g, auto&& column) {
  column("dtype", g.dtype), column("groups", g.groups), column("rows", g.rows), column("n", g.n), column("k", g.k);
  column("imbalance", g.imbalance), column("layout", g.layout);
}
void visit_columns(Attention& a, auto&& column) {
  column("dtype", a.dtype), column("pass", a.pass), column("mask", a.mask), column("kind", a.kind), column("batch", a.batch);
  column("q_heads", a.q_heads), column("kv_heads", a.kv_heads), column("q_len", a.q_len), column("kv_len", a.kv_len);
  column("head_dim_qk", a.head_dim_qk), column("head_dim_v", a.head_dim_v);
}
void visit_columns(MlaDecode& d, auto&& column) {
  column("dtype", d.kv_dtype), column("batch", d.batch), column("heads", d.heads), column("q_len", d.q_len);
  column("kv_len", d.kv_len), column("kv_lora", d.kv_lora), column("rope", d.rope);
}
void visit_columns(GqaDecode& d, auto&& column) {
  column("dtype", d.kv_dtype), column("batch", d.batch), column("q_heads", d.q_heads), column("kv_heads", d.kv_heads);
  column("q_len", d.q_len), column("kv_len", d.kv_len), column("head_dim", d.head_dim);
}
void visit_columns(Stream& s, auto&& column) { column("kind", s.kind), column("bytes", s.bytes), column("launches", s.launches); }
void visit_columns(Collective& c, auto&& column) { column("op", c.op), column("ranks", c.ranks), column("bytes", c.bytes); }

// --- text to value: each returns what is wrong as a clause, empty if nothing is ---

std::string parse(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return fmt::format("{} is not a whole number", shown(text));
}

std::string parse(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return {};
  return fmt::format("{} is not a finite number", shown(text));
}

template <class Enum>
requires std::is_enum_v<Enum> std::string parse(std::string_view text, Enum& value) {
  const Names names = names_of(value);
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return fmt::format("{} is not one of {}", shown(text), fmt::join(names, ", "));
  value = static_cast<Enum>(found - names.begin());
  return {};
}

std::string text_of(std::int64_t value) { return fmt::format("{}", value); }
std::string text_of(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc() ? std::string(buffer.data(), end) : std::string();
}
template <class Enum>
requires std::is_enum_v<Enum> std::string text_of(Enum value) {
  return std::string(names_of(value)[static_cast<std::size_t>(value)]);
}

// --- what a sound row looks like ---

/// No length, batch or byte count of one kernel comes near; it keeps products within double's exact range of sense.
constexpr double kLargest = 1e15;

std::string range_reason(const char* column, std::int64_t value) {
  if (value >= 1 && static_cast<double>(value) <= kLargest) return {};
  return fmt::format("{} = {} is outside 1 to 1e15", column, value);
}
std::string range_reason(const char* column, double value) {
  const double least = std::string_view(column) == "imbalance" ? 1.0 : 0.0;
  if (std::isfinite(value) && value > 0 && value >= least && value <= kLargest) return {};
  return fmt::format("{} = {} is not a number {} to 1e15", column, value, least > 0 ? "from 1" : "above 0");
}
template <class Enum>
requires std::is_enum_v<Enum> std::string range_reason(const char* column, Enum value) {
  if (static_cast<std::size_t>(value) < names_of(value).size()) return {};
  return fmt::format("{} is no known value", column);
}

std::string text_reason(const char* column, std::string_view text) {
  if (text.empty()) return fmt::format("{} is empty", column);
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  if (std::any_of(text.begin(), text.end(), is_control)) return fmt::format("{} holds control characters", column);
  return {};
}

std::string relation_reason(const Attention& a) {
  if (a.mask == Mask::causal && a.kv_len < a.q_len) return "kv_len is below q_len under a causal mask";
  return a.q_heads % a.kv_heads == 0 ? "" : "q_heads is not a multiple of kv_heads";
}
std::string relation_reason(const GqaDecode& d) {
  return d.q_heads % d.kv_heads == 0 ? "" : "q_heads is not a multiple of kv_heads";
}
std::string relation_reason(const Collective& c) { return c.ranks >= 2 ? "" : "a collective has at least 2 ranks"; }
std::string relation_reason(const auto&) { return {}; }

}  // namespace

std::span<const std::string> kernel_class_names() {
  static const std::array<std::string, 7> names{"gemm",       "grouped_gemm", "attention", "mla_decode",
                                                "gqa_decode", "stream",       "collective"};
  static_assert(std::variant_size_v<Kernel> == std::tuple_size_v<decltype(names)>);
  return names;
}

Kernel blank_kernel(std::size_t kernel_index) {
  static const std::array<Kernel, 7> blanks{Gemm{}, GroupedGemm{}, Attention{}, MlaDecode{}, GqaDecode{}, Stream{}, Collective{}};
  check(kernel_index < blanks.size(), "no such kernel class");
  return blanks[kernel_index];
}

std::vector<std::string> measurement_columns(std::size_t kernel_index) {
  std::vector<std::string> columns{"accelerator"};
  Kernel kernel = blank_kernel(kernel_index);
  std::visit([&](auto& k) { visit_columns(k, [&](const char* column, auto&) { columns.emplace_back(column); }); }, kernel);
  for (const char* column : {"latency_us", "engine", "source", "licence"}) columns.emplace_back(column);
  return columns;
}

std::string unsound_reason(const Measurement& measurement) {
  std::string reason = text_reason("accelerator", measurement.accelerator);
  const auto keep_first = [&](std::string found) {
    if (reason.empty()) reason = std::move(found);
  };
  Kernel kernel = measurement.kernel;
  std::visit(
      [&](auto& k) {
        visit_columns(k, [&](const char* column, auto& value) { keep_first(range_reason(column, value)); });
        if (reason.empty()) reason = relation_reason(std::as_const(k));
      },
      kernel);
  keep_first(range_reason("latency_us", measurement.latency_us));
  keep_first(text_reason("engine", measurement.engine));
  keep_first(text_reason("source", measurement.source));
  keep_first(text_reason("licence", measurement.licence));
  return reason;
}

std::string read_cell(std::string_view column, std::string_view text, Measurement& row) {
  if (column == "accelerator") return row.accelerator = text, std::string();
  if (column == "engine") return row.engine = text, std::string();
  if (column == "source") return row.source = text, std::string();
  if (column == "licence") return row.licence = text, std::string();
  if (column == "latency_us") return parse(text, row.latency_us);
  std::string reason;
  const auto read_if_named = [&](const char* name, auto& value) {
    if (column == name) reason = parse(text, value);
  };
  std::visit([&](auto& k) { visit_columns(k, read_if_named); }, row.kernel);
  return reason;
}

std::string cell_text(std::string_view column, const Measurement& row) {
  if (column == "accelerator") return row.accelerator;
  if (column == "engine") return row.engine;
  if (column == "source") return row.source;
  if (column == "licence") return row.licence;
  if (column == "latency_us") return text_of(row.latency_us);
  std::string text;
  const auto print_if_named = [&](const char* name, auto& value) {
    if (column == name) text = text_of(value);
  };
  Kernel kernel = row.kernel;
  std::visit([&](auto& k) { visit_columns(k, print_if_named); }, kernel);
  return text;
}

}  // namespace gpufleet::hw
