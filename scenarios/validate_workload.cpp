#include "scenarios/validate_workload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <span>
#include <sstream>

#include "scenarios/serving_trace.h"
#include "scenarios/validate_parts.h"

namespace gpufleet::scenarios {

std::vector<double> day_of(const TypedTable& table, Diagnostics& sink) {
  std::vector<double> out;
  const auto text = table.text("hours");
  if (!text) return out;
  std::istringstream words(*text);
  for (double value = 0; words >> value;) out.push_back(value);
  if (words.eof() && out.size() == 24 && std::ranges::all_of(out, [](double x) { return x >= 0 && x <= 1e9; })) return out;
  sink.push_back(table.error("hours", "wants 24 numbers that are not negative", {}));
  return {};
}

namespace {

// A key that one kind of arrivals or lengths reads.
struct KindKey {
  std::string_view key;
  std::span<const std::string_view> kinds;
};

constexpr std::string_view kClosed[] = {"closed-loop"}, kGamma[] = {"gamma"}, kBusyAndCalm[] = {"mmpp"}, kTrace[] = {"trace"},
                           kOpen[] = {"poisson", "gamma", "mmpp"}, kUniform[] = {"uniform"}, kLognormal[] = {"lognormal"},
                           kOfMean[] = {"fixed", "lognormal", "exponential"};
constexpr KindKey kArrivalKeys[] = {{"rate", kOpen},        {"variation", kGamma},  {"busy_factor", kBusyAndCalm},
                                    {"busy", kBusyAndCalm}, {"calm", kBusyAndCalm}, {"clients", kClosed},
                                    {"start", kClosed},     {"trace", kTrace},      {"trace_speed", kTrace}};
constexpr KindKey kLengthKeys[] = {{"mean", kOfMean}, {"variation", kLognormal}, {"low", kUniform}, {"high", kUniform}};

// A key that the kind does not read: an error where nobody chose a kind, for the wish is plain and would be lost; a warning where
// somebody did, over a base's value maybe. True if there is an error.
bool refuse_unread(const TypedTable& table, std::string_view selector, std::span<const KindKey> keys, Diagnostics& sink) {
  if (table.broken(selector)) return false;
  const std::string kind = table.text(selector).value_or("");
  bool refused = false;
  for (const auto& [key, kinds] : keys) {
    if (!table.has(key) || std::ranges::find(kinds, kind) != kinds.end()) continue;
    Diagnostic unread = table.error(key, fmt::format("is read with {} = \"{}\" alone", selector, fmt::join(kinds, "\" or \"")),
                                    fmt::format("add that, or leave `{}` out", key));
    if (table.has(selector)) unread.severity = Severity::warning;
    refused = refused || unread.severity == Severity::error;
    sink.push_back(unread);
  }
  return refused;
}

sim::LengthDistribution read_length(const TypedTable& table, Diagnostics& sink) {
  refuse_unread(table, "kind", kLengthKeys, sink);
  constexpr std::array<std::string_view, 4> kKinds{"fixed", "uniform", "lognormal", "exponential"};
  sim::LengthDistribution out;
  out.kind = chosen<sim::LengthKind>(table, "kind", kKinds);
  out.mean = table.number("mean").value_or(1024);
  out.variation = table.number("variation").value_or(1);
  out.low = table.number("low").value_or(1);
  out.high = table.number("high").value_or(1);
  out.most = static_cast<std::int32_t>(table.integer("most").value_or(1 << 20));
  if (out.kind == sim::LengthKind::uniform && !table.has("low") && !table.has("high"))
    sink.push_back(table.error("kind", "a uniform length lies between `low` and `high`", "give both"));
  if (out.kind == sim::LengthKind::uniform && out.high < out.low) sink.push_back(table.error("high", "lies below `low`", {}));
  if (out.kind == sim::LengthKind::uniform) out.mean = 0.5 * (out.low + out.high);
  return out;
}

// Rates by the hour, scaled to a mean of 1.
std::vector<double> read_hours(const TypedTable& table, Diagnostics& sink) {
  std::vector<double> out = day_of(table, sink);
  double sum = 0;
  for (const double factor : out) sum += factor;
  if (!out.empty() && sum <= 0) {
    sink.push_back(table.error("hours", "wants at least one number above zero", {}));
    return {};
  }
  for (double& factor : out) factor *= 24 / sum;
  return out;
}

}  // namespace

void read_workload(const TypedTable& table, const std::filesystem::path& folder, sim::Workload& out, Diagnostics& sink) {
  constexpr std::array<std::string_view, 6> kArrivals{"poisson", "gamma", "mmpp", "closed-loop", "burst", "trace"};
  out.arrivals.kind = chosen<sim::ArrivalKind>(table, "arrivals", kArrivals);
  out.arrivals.rate = table.number("rate").value_or(1);
  out.arrivals.variation = table.number("variation").value_or(1);
  out.arrivals.busy_factor = table.number("busy_factor").value_or(4);
  out.arrivals.busy_seconds = table.number("busy").value_or(10);
  out.arrivals.calm_seconds = table.number("calm").value_or(60);
  out.arrivals.clients = whole(table, "clients");
  constexpr std::array<std::string_view, 3> kStarts{"together", "warm", "staggered"};
  out.arrivals.start = chosen<sim::ClosedStart>(table, "start", kStarts);
  out.arrivals.hours = read_hours(table, sink);
  out.prompt = read_length(table.table("prompt"), sink);
  out.output = read_length(table.table("output"), sink);
  out.cached_share = table.number("cached_share").value_or(0);
  out.duration = table.number("duration").value_or(0);
  out.requests = static_cast<std::uint64_t>(table.integer("requests").value_or(0));
  out.sessions.turns = table.number("turns").value_or(1);
  out.sessions.think_seconds = table.number("think").value_or(60);
  out.sessions.shared_prefix = whole(table, "shared_prefix");
  out.trace_speed = table.number("trace_speed").value_or(1);
  if (out.arrivals.kind == sim::ArrivalKind::trace) {
    const std::size_t before = sink.size();
    if (!table.has("trace"))
      sink.push_back(table.error("arrivals", "no trace is named to replay", "give `trace`, a file"));
    else if (table.broken("trace"))
      return;
    const std::filesystem::path file = table.has("trace") ? named_file(table, "trace", folder, sink) : std::filesystem::path();
    if (sink.size() > before) return;
    auto trace = read_trace_file(file);
    sink.insert(sink.end(), trace.diagnostics().begin(), trace.diagnostics().end());
    if (!trace) return;
    sink.insert(sink.end(), trace->warnings.begin(), trace->warnings.end());
    out.block_tokens = trace->block_tokens;
    out.trace = std::move(trace->requests);
    out.stream = std::move(trace->stream);
  }
  if (refuse_unread(table, "arrivals", kArrivalKeys, sink)) return;
  // What a broken value stands for is nobody's mistake.
  for (const char* key : {"arrivals", "requests", "duration", "rate", "clients", "busy", "calm", "hours", "prompt", "output"})
    if (table.broken(key)) return;
  if (const std::string why = sim::workload_problem(out); !why.empty()) sink.push_back(table.error("arrivals", why, {}));
}

}  // namespace gpufleet::scenarios
