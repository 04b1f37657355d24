// Pools, model and measured figures of a scenario.
#include <fmt/format.h>
#include <algorithm>

#include "hwprofiles/accelerator_catalog.h"
#include "models/catalog.h"
#include "models/config_json.h"
#include "scenarios/metrics.h"
#include "scenarios/text_file.h"
#include "scenarios/validate_parts.h"

namespace gpufleet::scenarios {
namespace {

FabricSpec read_fabric(const TypedTable& table) {
  const auto whole = [&](std::string_view key) -> std::optional<int> {
    const std::optional<std::int64_t> value = table.integer(key);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  };
  FabricSpec out;
  out.kind = table.text("kind");
  out.layers = whole("layers");
  out.planes = whole("planes");
  out.links_per_node = whole("links_per_node");
  if (const auto link = table.number("link")) out.link = BytesPerSecond(*link);
  out.oversubscription = table.number("oversubscription");
  if (const auto latency = table.number("latency")) out.latency = Seconds(*latency);
  return out;
}

std::string list_hint(std::string_view what) { return fmt::format("`gpufleet {} list` prints the names", what); }

PoolSpec read_pool(const TypedTable& table, const Catalogs& catalogs, Diagnostics& sink) {
  PoolSpec pool;
  pool.count = static_cast<int>(table.integer("count").value_or(0));
  pool.gpus_per_node = static_cast<int>(table.integer("gpus_per_node").value_or(0));
  pool.fabric = read_fabric(table.table("fabric"));
  constexpr double kSecondsPerHour = 3600;
  if (const auto rent = table.table("price").number("rent")) pool.rent_usd_per_hour = *rent * kSecondsPerHour;

  const std::optional<std::string> name = table.text("accelerator");
  if (name) {
    const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs.accelerators, *name);
    if (chip) {
      pool.accelerator = chip->name;
      if (chip->memory_bandwidth.value() <= 0)
        sink.push_back(table.error("accelerator",
                                   fmt::format("the memory bandwidth of {} is not known: nothing can be timed on it", chip->name),
                                   "state `bandwidth` in its file"));
      const std::optional<std::string> node_name = table.text("node");
      const Result<hw::NodeType> node =
          node_name ? hw::find_node(catalogs.nodes, *node_name) : hw::usual_node(catalogs.nodes, *chip);
      if (node) {
        pool.node = node->name;
        if (pool.gpus_per_node == 0) pool.gpus_per_node = std::max(node->accelerators, node->scaleup_domain);
      } else {
        const std::string hint = node_name ? did_you_mean(*node_name, node_names(catalogs)) : std::string();
        sink.push_back(table.error("node", fmt::format("unknown node type \"{}\"", node_name.value_or("")),
                                   hint.empty() ? fmt::format("there are {}", fmt::join(node_names(catalogs), ", ")) : hint));
      }
    } else {
      const std::string hint = did_you_mean(*name, accelerator_names(catalogs));
      sink.push_back(table.error("accelerator", fmt::format("unknown accelerator \"{}\"", *name),
                                 hint.empty() ? list_hint("accelerators") : hint));
    }
  }
  pool.name = table.text("name").value_or(pool.accelerator);
  return pool;
}

void override_shape(const TypedTable& model, models::Architecture& architecture, Diagnostics& sink) {
  if (const auto layers = model.integer("layers")) {
    architecture.layers = *layers;
    architecture.dense_layers = std::min(architecture.dense_layers, *layers);
  }
  if (const auto dense = model.integer("dense_layers")) architecture.dense_layers = *dense;
  if (const auto vocab = model.integer("vocab")) architecture.vocab = *vocab;
  if (architecture.dense_layers > architecture.layers)
    sink.push_back(
        model.error("dense_layers",
                    fmt::format("{} dense layers in a model of {} layers", architecture.dense_layers, architecture.layers), {}));
}

}  // namespace

std::vector<PoolSpec> read_pools(const TypedTable& fleet, const Catalogs& catalogs, Diagnostics& sink) {
  std::vector<PoolSpec> pools;
  for (const TypedTable& table : fleet.tables("pool")) {
    PoolSpec pool = read_pool(table, catalogs, sink);
    const auto same = [&](const PoolSpec& other) { return other.name == pool.name; };
    if (!pool.name.empty() && std::any_of(pools.begin(), pools.end(), same))
      sink.push_back(
          table.error("name", fmt::format("two pools are called \"{}\"", pool.name), "give each pool a name of its own"));
    pools.push_back(std::move(pool));
  }
  return pools;
}

models::Architecture read_model(const TypedTable& model, const Catalogs& catalogs, const std::filesystem::path& folder,
                                Diagnostics& sink) {
  models::Architecture none;
  if (!model.present()) return none;  // the schema's walk has said that it is missing
  if (model.raw("architecture") != nullptr && model.raw("config") != nullptr)
    sink.push_back(model.error("config", "both `architecture` and `config` are given", "keep one of them"));
  if (const auto name = model.text("architecture")) {
    const models::Architecture* found = models::find_architecture(catalogs.architectures, *name);
    if (found == nullptr) {
      const std::string hint = models::suggest_architecture(catalogs.architectures, *name);
      sink.push_back(
          model.error("architecture", fmt::format("unknown model \"{}\"", *name), hint.empty() ? list_hint("models") : hint));
      return none;
    }
    if (found->aggregate_only)
      sink.push_back(model.error("architecture",
                                 fmt::format("of {} only its parameter count is known, not its shape", found->name),
                                 "name a model with a shape: `gpufleet models list`"));
    models::Architecture out = *found;
    override_shape(model, out, sink);
    return out;
  }
  if (const auto config = model.text("config")) {
    const std::size_t before = sink.size();
    const std::filesystem::path file = named_file(model, "config", folder, sink);
    if (sink.size() > before) return none;
    const Result<std::string> text = read_text_file(file, file.generic_string());
    Result<models::Architecture> read =
        text ? models::import_config(*text, file.generic_string()) : Result<models::Architecture>(text.diagnostics());
    if (!read) {
      sink.insert(sink.end(), read.diagnostics().begin(), read.diagnostics().end());
      sink.push_back(model.error("config", fmt::format("\"{}\" gives no model", *config), {}));
      return none;
    }
    models::Architecture out = std::move(read).value();
    override_shape(model, out, sink);
    return out;
  }
  if (!model.broken("architecture") && !model.broken("config"))
    sink.push_back(
        model.error("architecture", "no model is named", "give `architecture` (a catalog name) or `config` (a config.json)"));
  return none;
}

std::filesystem::path named_file(const TypedTable& table, std::string_view key, const std::filesystem::path& folder,
                                 Diagnostics& sink) {
  const RawValue& value = *table.raw(key);
  const std::string written = table.text(key).value_or("");
  const std::filesystem::path beside = std::filesystem::path(value.where.file).parent_path();  // empty of a text in memory
  const std::filesystem::path file = (value.where.line == 0 || beside.empty() ? folder : beside) / written;
  std::error_code error;
  if (written.empty() || !std::filesystem::exists(file, error))
    sink.push_back(table.error(key, fmt::format("no such file: \"{}\"", written),
                               file == written ? "" : fmt::format("it is looked for as {}", file.generic_string())));
  return file;
}

std::vector<MeasuredFigure> read_measured(const TypedTable& root, Diagnostics& sink) {
  std::vector<MeasuredFigure> out;
  for (const TypedTable& table : root.tables("measured")) {
    MeasuredFigure figure;
    figure.id = table.text("id").value_or("");
    figure.metric = table.text("metric").value_or("");
    figure.unit = table.text("unit").value_or("");
    figure.source = table.text("source").value_or("");
    figure.locator = table.text("locator").value_or("");
    figure.note = table.text("note").value_or("");
    figure.value = table.number("value").value_or(0);
    figure.tolerance = table.number("tolerance");
    const auto same = [&](const MeasuredFigure& other) { return other.id == figure.id; };
    if (!figure.id.empty() && std::any_of(out.begin(), out.end(), same))
      sink.push_back(table.error("id", fmt::format("two figures are called \"{}\"", figure.id), {}));
    const MetricSpec* metric = find_metric(figure.metric);
    if (metric == nullptr && !figure.metric.empty()) {
      sink.push_back(table.error("metric", fmt::format("unknown metric \"{}\"", figure.metric),
                                 did_you_mean(figure.metric, metric_names())));
    } else if (metric != nullptr && table.has("unit") && !table.broken("unit") && unit_factor(*metric, figure.unit) == 0) {
      sink.push_back(table.error(
          "unit", fmt::format("unit \"{}\" does not fit {}; expected \"{}\"", figure.unit, metric->name, metric->unit), {}));
    }
    out.push_back(std::move(figure));
  }
  return out;
}

}  // namespace gpufleet::scenarios
