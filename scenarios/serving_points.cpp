#include "scenarios/serving_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/csv.h"
#include "models/catalog.h"

namespace gpufleet::scenarios {
namespace {

// clang-format off
constexpr std::array<std::string_view, 35> kColumns{
    "id", "tier", "model", "chip", "gpus_per_node", "engine", "weights", "kv", "mode", "tp", "dp", "ep", "placement", "overlap",
    "drafts", "acceptance", "balance", "input", "output", "spread", "load", "amount", "ttft_ms", "tpot_ms", "output_per_gpu",
    "input_per_gpu", "source", "note", "most_tokens", "policy", "instances", "prompt_instances", "prompt_tp", "prompt_dp",
    "prompt_ep"};
// clang-format on
constexpr std::size_t kNeeded = 28;  // what follows may be left out
enum Column : std::size_t {
  id,
  tier,
  model,
  chip,
  gpus_per_node,
  engine,
  weights,
  kv,
  mode,
  tp,
  dp,
  ep,
  placement,
  overlap,
  drafts,
  acceptance,
  balance,
  input,
  output,
  spread,
  load,
  amount,
  ttft_ms,
  tpot_ms,
  output_per_gpu,
  input_per_gpu,
  source,
  note,
  most_tokens,
  policy,
  instances,
  prompt_instances,
  prompt_tp,
  prompt_dp,
  prompt_ep
};

/// One line; problems go to `sink` with the column's name as key.
class Line {
 public:
  Line(const std::vector<std::string>& fields, SourceLocation where, Diagnostics& sink)
      : fields_(fields), where_(std::move(where)), sink_(sink) {}

  [[nodiscard]] const std::string& text(Column c) const { return fields_[c]; }
  [[nodiscard]] std::optional<double> number(Column c) const {
    const std::string& field = fields_[c];
    if (field.empty()) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || !(value >= 0)) {
      report(c, fmt::format("{} is no number", hw::shown(field)), "");
      return std::nullopt;
    }
    return value;
  }
  [[nodiscard]] int whole(Column c) const { return static_cast<int>(number(c).value_or(0)); }
  std::size_t choice(Column c, std::span<const std::string_view> names) const {
    const auto found = std::ranges::find(names, fields_[c]);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    report(c, fmt::format("{} is none of the choices", hw::shown(fields_[c])),
           did_you_mean(fields_[c], std::vector<std::string>(names.begin(), names.end())));
    return 0;
  }
  hw::Dtype dtype(Column c) const {
    const auto found = hw::dtype_from_name(fields_[c]);
    if (!found) report(c, fmt::format("{} is no number format", hw::shown(fields_[c])), "");
    return found.value_or(hw::Dtype::bf16);
  }
  void report(Column c, std::string message, std::string hint) const {
    sink_.push_back({.where = where_, .key = std::string(kColumns[c]), .message = std::move(message), .hint = std::move(hint)});
  }

 private:
  const std::vector<std::string>& fields_;
  SourceLocation where_;
  Diagnostics& sink_;
};

constexpr std::array<std::string_view, 5> kModes{"joint", "kernel", "prefill", "decode", "split"};
constexpr std::array<std::string_view, 5> kLoads{"clients", "burst", "batch", "tpot_ms", "wave"};
constexpr std::array<std::string_view, 4> kPlacements{"split", "local", "exchange", "gather"};
constexpr std::array<std::string_view, 3> kBalances{"even", "eplb", "natural"};
constexpr std::array<std::string_view, 2> kPolicies{"mixed", "prefill_first"};
constexpr std::array<std::string_view, 2> kOverlaps{"none", "two"};

void read_layout(const Line& line, ServingPoint& out) {
  sim::BatchOverlap overlapping = static_cast<sim::BatchOverlap>(line.choice(overlap, kOverlaps));
  ServingPoolSpec& pool = out.pool;
  pool.name = out.id;
  pool.instances = 1;
  pool.engine = line.text(engine);
  pool.shard.tp = std::max(1, line.whole(tp));
  pool.shard.dp = std::max(1, line.whole(dp));
  pool.shard.ep = std::max(1, line.whole(ep));
  pool.shard.experts = static_cast<models::ExpertPlacement>(line.choice(placement, kPlacements));
  pool.prefill_overlap = pool.decode_overlap = overlapping;
  pool.speculation = {line.whole(drafts), line.number(acceptance).value_or(0)};
  pool.balance = static_cast<sim::ExpertBalance>(line.choice(balance, kBalances));
  if (!line.text(most_tokens).empty()) pool.max_batched_tokens = std::max(1, line.whole(most_tokens));
  if (!line.text(policy).empty()) out.policy = static_cast<sim::IterationPolicy>(line.choice(policy, kPolicies));
  const std::string_view format = line.text(weights);
  constexpr std::string_view kTensor = "-tensor";
  const bool tensor = format.ends_with(kTensor);
  const auto found = hw::dtype_from_name(format.substr(0, format.size() - (tensor ? kTensor.size() : 0)));
  if (!found) line.report(weights, fmt::format("{} is no number format", hw::shown(format)), "");
  pool.precision.linear = pool.precision.experts = found.value_or(hw::Dtype::bf16);
  if (tensor) pool.precision.scaling = models::Fp8Scaling::tensor;
  // "fp8-products": the attention core multiplies in 8 bits too, where others widen the cache.
  constexpr std::string_view kProducts = "fp8-products";
  pool.precision.kv = line.text(kv) == kProducts ? hw::Dtype::fp8 : line.dtype(kv);
  if (line.text(kv) == kProducts) pool.precision.attention = hw::Dtype::fp8;
  if (pool.precision.linear == hw::Dtype::fp8) pool.precision.dispatch = hw::Dtype::fp8;
  if (pool.shard.ranks() % pool.shard.ep != 0) line.report(ep, "the ranks of an instance are a multiple of ep", "");
}

// Attention groups that share experts gather their tokens for them; one group has whole experts on its ranks.
models::ExpertPlacement usual_placement(const models::ServingShard& shard) {
  if (shard.dp > 1) return models::ExpertPlacement::gather;
  return shard.ep > 1 ? models::ExpertPlacement::local : models::ExpertPlacement::split;
}

void read_halves(const Line& line, ServingPoint& out) {
  out.prompts = out.pool;
  out.prompts.role = sim::PoolRole::prefill;
  out.prompts.instances = std::max(1, line.whole(prompt_instances));
  models::ServingShard& shard = out.prompts.shard;
  shard.tp = std::max(1, line.whole(prompt_tp));
  shard.dp = std::max(1, line.whole(prompt_dp));
  shard.ep = std::max(1, line.whole(prompt_ep));
  shard.experts = usual_placement(shard);
  out.pool.role = sim::PoolRole::decode;
  out.pool.max_batched_tokens.reset();  // a limit is one of prompts
  out.pool.instances = std::max(1, line.whole(instances));
  out.fleet.count = out.pool.instances * out.pool.shard.gpus() + out.prompts.instances * shard.gpus();
}

ServingPoint read_point(const Line& line, const Catalogs& catalogs) {
  ServingPoint out;
  out.id = line.text(id);
  out.tier = line.text(tier);
  out.source = line.text(source);
  out.note = line.text(note);
  const models::Architecture* found = models::find_architecture(catalogs.architectures, line.text(model));
  if (found == nullptr)
    line.report(model, fmt::format("no model is named {}", hw::shown(line.text(model))),
                models::suggest_architecture(catalogs.architectures, line.text(model)));
  else
    out.model = found->name;
  // "CHIP on NODE", or the chip's usual node.
  constexpr std::string_view kOn = " on ";
  const std::string& place = line.text(chip);
  const std::size_t cut = std::min(place.find(kOn), place.size());
  const Result<hw::Accelerator> accelerator = hw::find_accelerator(catalogs.accelerators, place.substr(0, cut));
  if (!accelerator) {
    line.report(chip, fmt::format("no accelerator is named {}", hw::shown(line.text(chip))), "");
  } else {
    const auto node = hw::usual_node(catalogs.nodes, *accelerator);
    out.fleet.accelerator = accelerator->name;
    if (node) out.fleet.node = node->name;
    if (cut < place.size()) out.fleet.node = place.substr(cut + kOn.size());
  }
  out.fleet.gpus_per_node = std::max(1, line.whole(gpus_per_node));
  read_layout(line, out);
  out.fleet.name = out.fleet.accelerator;
  out.fleet.count = out.pool.shard.gpus();
  out.mode = static_cast<PointMode>(line.choice(mode, kModes));
  if (out.mode == PointMode::prefill) out.pool.role = sim::PoolRole::prefill;
  if (out.mode == PointMode::split) read_halves(line, out);
  out.load = static_cast<PointLoad>(line.choice(load, kLoads));
  out.amount = line.number(amount).value_or(1);
  out.input = line.number(input).value_or(1);
  out.output = line.number(output).value_or(1);
  out.spread = line.number(spread).value_or(0);
  const auto milliseconds = [&](Column c) {
    auto value = line.number(c);
    if (value) *value /= 1e3;
    return value;
  };
  out.ttft = milliseconds(ttft_ms);
  out.tpot = milliseconds(tpot_ms);
  out.output_per_gpu = line.number(output_per_gpu);
  out.input_per_gpu = line.number(input_per_gpu);
  return out;
}

}  // namespace

Result<std::vector<ServingPoint>> load_serving_points(const std::filesystem::path& file, const Catalogs& catalogs) {
  std::ifstream in(file, std::ios::binary);
  const SourceLocation top{file.string(), 0, 0};
  if (!in) return Diagnostic{.where = top, .key = "", .message = "cannot be read", .hint = ""};
  hw::CsvReader reader(in);
  std::vector<std::string> fields;
  Diagnostics problems;
  if (reader.next(fields) != hw::CsvReader::Next::record || fields.size() < kNeeded || fields.size() > kColumns.size() ||
      !std::equal(fields.begin(), fields.end(), kColumns.begin()))
    return Diagnostic{
        .where = top, .key = "", .message = fmt::format("wants the columns {}", fmt::join(kColumns, ",")), .hint = ""};
  const std::size_t columns = fields.size();
  std::vector<ServingPoint> out;
  for (auto next = reader.next(fields); next != hw::CsvReader::Next::end; next = reader.next(fields)) {
    const SourceLocation where{file.string(), reader.line(), 1};
    if (next != hw::CsvReader::Next::record || fields.size() != columns) {
      problems.push_back({.where = where, .key = "", .message = fmt::format("a line has {} fields", columns), .hint = ""});
      continue;
    }
    fields.resize(kColumns.size());
    out.push_back(read_point(Line(fields, where, problems), catalogs));
  }
  if (has_errors(problems)) return problems;
  return out;
}

}  // namespace gpufleet::scenarios
