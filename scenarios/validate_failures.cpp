#include "scenarios/validate_failures.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "hwprofiles/csv.h"
#include "scenarios/text_file.h"

namespace gpufleet::scenarios {
namespace {

FaultSpec read_faults(const TypedTable& table) {
  const auto whole = [&](std::string_view key) -> std::optional<int> {
    const auto value = table.integer(key);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  };
  return {.profile = table.text("profile"),
          .gpu = table.number("per_gpu_mtbf"),
          .node = table.number("per_node_mtbf"),
          .network_switch = table.number("per_switch_mtbf"),
          .software = table.number("per_gpu_software_mtbf"),
          .planned = table.number("per_gpu_planned"),
          .nodes_per_switch = whole("nodes_per_switch"),
          .spare_nodes = whole("spare_nodes")};
}

std::optional<double> to_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<sim::FaultKind> kind_of(std::string_view text) {
  for (int kind = 0; kind < sim::kFaultKinds; ++kind)
    if (sim::name(static_cast<sim::FaultKind>(kind)) == text) return static_cast<sim::FaultKind>(kind);
  return std::nullopt;
}

/// Rows of a trace; a broken row is an error at its line of the trace.
class TraceReader {
 public:
  TraceReader(std::string file, const std::vector<PoolSpec>& pools, Diagnostics& sink)
      : file_(std::move(file)), pools_(pools), sink_(sink) {}

  std::vector<sim::Fault> read(const std::string& text) {
    std::istringstream in(text);
    hw::CsvReader csv(in);
    std::vector<std::string> fields;
    std::vector<sim::Fault> out;
    if (csv.next(fields) != hw::CsvReader::Next::record) {
      problem(1, "the trace is empty");
      return out;
    }
    hours_ = column(fields, "hours");
    kind_ = column(fields, "kind");
    nodes_ = column(fields, "nodes");
    pool_ = column(fields, "pool");
    if (hours_ < 0 || kind_ < 0) {
      problem(1, "the first line must name the columns `hours` and `kind`");
      return out;
    }
    for (auto next = csv.next(fields); next != hw::CsvReader::Next::end; next = csv.next(fields)) {
      if (next != hw::CsvReader::Next::record || fields.size() <= static_cast<std::size_t>(std::max(hours_, kind_))) {
        problem(csv.line(), "this line is no row of the trace");
        continue;
      }
      if (const auto fault = row(fields, csv.line())) out.push_back(*fault);
    }
    std::stable_sort(out.begin(), out.end(), [](const sim::Fault& a, const sim::Fault& b) { return a.at < b.at; });
    return out;
  }

 private:
  static int column(const std::vector<std::string>& names, std::string_view wanted) {
    const auto found = std::find(names.begin(), names.end(), wanted);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
  }
  [[nodiscard]] std::string field(const std::vector<std::string>& fields, int column) const {
    const auto index = static_cast<std::size_t>(column);
    return column < 0 || index >= fields.size() ? std::string() : fields[index];
  }
  void problem(std::uint32_t line, std::string message) {
    sink_.push_back({.where = {file_, line, 1}, .key = {}, .message = std::move(message), .hint = {}});
  }

  std::optional<sim::Fault> row(const std::vector<std::string>& fields, std::uint32_t line) {
    constexpr double kHour = 3600;
    const auto hours = to_number(field(fields, hours_));
    const auto kind = kind_of(field(fields, kind_));
    if (!hours || *hours < 0 || *hours > 1e7) {
      problem(line, fmt::format("{} is no time in hours", hw::shown(field(fields, hours_))));
      return std::nullopt;
    }
    if (!kind) {
      problem(line, fmt::format("unknown kind of fault {}; there are gpu, node, switch, software, planned",
                                hw::shown(field(fields, kind_))));
      return std::nullopt;
    }
    sim::Fault out{.at = *hours * kHour, .kind = *kind, .pool = 0, .nodes = 0};
    const bool takes_host = *kind != sim::FaultKind::software && *kind != sim::FaultKind::planned;
    if (takes_host) {
      const std::string count = field(fields, nodes_);
      const auto nodes = count.empty() ? std::optional(1.0) : to_number(count);
      if (!nodes || *nodes < 1 || *nodes > 1e6) {
        problem(line, fmt::format("{} is no number of hosts", hw::shown(count)));
        return std::nullopt;
      }
      out.nodes = static_cast<std::int32_t>(*nodes);
    }
    if (const std::string pool = field(fields, pool_); !pool.empty()) {
      const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const PoolSpec& p) { return p.name == pool; });
      if (found == pools_.end()) {
        problem(line, fmt::format("no pool is called {}", hw::shown(pool)));
        return std::nullopt;
      }
      out.pool = static_cast<std::int32_t>(found - pools_.begin());
    }
    return out;
  }

  std::string file_;
  const std::vector<PoolSpec>& pools_;
  Diagnostics& sink_;
  int hours_ = -1, kind_ = -1, nodes_ = -1, pool_ = -1;
};

std::vector<sim::Fault> read_trace(const TypedTable& failures, const std::vector<PoolSpec>& pools, Diagnostics& sink) {
  const auto name = failures.text("trace");
  if (!name) return {};
  const std::filesystem::path at = std::filesystem::path(failures.raw("trace")->where.file).parent_path() / *name;
  const Result<std::string> text = read_text_file(at, at.generic_string());
  if (!text) {
    sink.push_back(failures.error("trace", fmt::format("\"{}\" cannot be read", *name), {}));
    return {};
  }
  return TraceReader(at.generic_string(), pools, sink).read(*text);
}

}  // namespace

FailureSpec read_failures(const TypedTable& failures, const std::vector<PoolSpec>& pools, Diagnostics& sink) {
  FailureSpec out;
  out.all = read_faults(failures);
  for (const TypedTable& table : failures.tables("pool")) {
    const std::string name = table.text("name").value_or("");
    const auto found = std::find_if(pools.begin(), pools.end(), [&](const PoolSpec& p) { return p.name == name; });
    if (found != pools.end()) {
      out.own.emplace_back(static_cast<int>(found - pools.begin()), read_faults(table));
    } else if (!name.empty()) {
      std::vector<std::string> names;
      for (const PoolSpec& pool : pools) names.push_back(pool.name);
      sink.push_back(table.error("name", fmt::format("no pool is called \"{}\"", name), did_you_mean(name, names)));
    }
  }
  out.trace = read_trace(failures, pools, sink);
  out.detection = failures.number("detection");
  out.launch = failures.number("launch");
  out.repair = failures.number("repair");
  out.switch_repair = failures.number("switch_repair");
  out.horizon = failures.number("duration");
  out.shortage = failures.text("shortage") == "shrink" ? sim::Shortage::shrink : sim::Shortage::wait;
  const TypedTable checkpoint = failures.table("checkpoint");
  out.interval = checkpoint.number("interval");
  if (const auto rate = checkpoint.number("storage")) out.storage = BytesPerSecond(*rate);
  out.save = checkpoint.text("mode") == "sync" ? sim::SaveMode::synchronous : sim::SaveMode::asynchronous;
  out.load = checkpoint.text("load") == "storage" ? sim::LoadPath::storage : sim::LoadPath::fabric;
  const TypedTable stragglers = failures.table("stragglers");
  out.stragglers = {.share = stragglers.number("share").value_or(0),
                    .slowdown = stragglers.number("slowdown").value_or(0),
                    .evict_after = stragglers.number("evict_after").value_or(0)};
  return out;
}

}  // namespace gpufleet::scenarios
