// Loads: of accelerators, blocks of the recorded step (or the simulator's busy share of a serving pool); of links, transfers of
// the recorded step by the links that they run on. Nothing is shown where the result has no such figure.
#include "gui/fleet_map.h"

#include "gui/metric_facts.h"
#include "gui/text.h"
#include "scenarios/metrics.h"

namespace gpufleet::gui {
namespace {

using scenarios::PoolSpec;
using scenarios::Scenario;

QString rate_text(double bytes) { return QLocale().toString(bytes * 1e-9, 'g', 3) + u" GB/s"_qs; }

// What one stage of the recorded step was busy with, seconds.
struct StageUse {
  double work = 0, up = 0, out = 0;
};

// Tensor-parallel transfers run inside the node where they fit into it; expert exchange takes both where its group is larger.
StageUse use_of(const Run& trace, int stage, const scenarios::LayoutSpec& layout, int domain, int tp) {
  StageUse use;
  const auto seconds = [](Time begin, Time end) { return static_cast<double>((end - begin).value()) * 1e-12; };
  for (const sim::Span& span : trace.output.spans)
    if (span.stage == stage) use.work += seconds(span.begin, span.end);
  for (const sim::TransferSpan& span : trace.output.transfers) {
    if (span.stage != stage) continue;
    const double length = seconds(span.begin, span.end);
    const bool tensor = span.cost == sim::Cost::tensor_comm, expert = span.cost == sim::Cost::expert_comm;
    const int group = tensor ? tp : expert ? layout.ep : domain + 1;
    if (tensor || expert) use.up += length;
    if (group > domain) use.out += length;
  }
  return use;
}

void add_training(const Scenario& scenario, const Contender& contender, QList<MapHall>& halls) {
  const scenarios::LayoutSpec& layout = scenario.training->phases.front().layout;
  const auto* step = contender.trace == nullptr ? nullptr : scenarios::find_metric(contender.trace->output.result, "step_time");
  for (int pool = 0; pool < halls.size(); ++pool) {
    MapHall& hall = halls[pool];
    QStringList stages;
    StageUse total;
    int count = 0;
    for (std::size_t s = 0; s < layout.stages.size(); ++s) {
      if (layout.stages[s].pool != pool) continue;
      stages << QString::number(s);
      if (contender.trace == nullptr || !layout.replicas.empty()) continue;
      const StageUse use = use_of(*contender.trace, static_cast<int>(s), layout,
                                  scenario.pools[static_cast<std::size_t>(pool)].gpus_per_node, std::max(1, layout.stages[s].tp));
      total.work += use.work, total.up += use.up, total.out += use.out;
      ++count;
    }
    hall.role = stages.isEmpty()     ? Text::tr("idle")
                : stages.size() == 1 ? Text::tr("pipeline stage %1").arg(stages.front())
                                     : Text::tr("pipeline stages %1 to %2").arg(stages.front(), stages.back());
    if (!layout.replicas.empty()) hall.role = Text::tr("replicas of its own");
    if (count == 0 || step == nullptr || step->estimate.value <= 0) continue;
    const double length = step->estimate.value * count;
    hall.busy = std::min(1.0, total.work / length);
    hall.busy_why = Text::tr("work of its stages over the step");
    hall.scale_up.load = std::min(1.0, total.up / length);
    hall.scale_up.why = Text::tr("tensor and expert transfers over the step");
    hall.scale_out.load = hall.uplinks.load = std::min(1.0, total.out / length);
    hall.scale_out.why = hall.uplinks.why = Text::tr("transfers that leave the node over the step");
  }
}

void add_serving(const Scenario& scenario, const Contender& contender, QList<MapHall>& halls) {
  for (const scenarios::ServingPoolSpec& pool : scenario.serving->pools) {
    if (pool.pool < 0 || pool.pool >= halls.size()) continue;
    MapHall& hall = halls[pool.pool];
    const QString role = pool.role == sim::PoolRole::prefill  ? Text::tr("prefill")
                         : pool.role == sim::PoolRole::decode ? Text::tr("decode")
                                                              : Text::tr("prefill and decode");
    hall.role += (hall.role.isEmpty() ? QString() : u", "_qs) + role;
    if (contender.simulated == nullptr) continue;
    for (const scenarios::BreakdownItem& item : contender.simulated->output.result.breakdown)
      if (item.name == pool.name + " busy share") {
        hall.busy = std::isnan(hall.busy) ? item.value : std::max(hall.busy, item.value);
        hall.busy_why = Text::tr("share of the time that its instances compute");
      }
  }
}

MapHall hall_of_pool(const PoolSpec& pool, int index, const Data& data) {
  MapHall hall;
  hall.name = QString::fromStdString(pool.name.empty() ? pool.accelerator : pool.name);
  hall.chip = QString::fromStdString(pool.accelerator);
  hall.node = QString::fromStdString(pool.node);
  hall.count_key = u"fleet.pool.%1.count"_qs.arg(index);
  hall.fabric_key = u"fleet.pool.%1.fabric"_qs.arg(index);
  hall.gpus = pool.count;
  hall.gpus_per_node = std::max(1, pool.gpus_per_node);
  const Result<scenarios::PoolHardware> hardware = scenarios::pool_hardware(pool, data.catalogs, data.hardware);
  if (!hardware) return hall;
  const hw::FabricModel& fabric = hardware->fabric;
  hall.scale_up = {.name = QString::fromStdString(fabric.up.name),
                   .rate = fabric.up.rate.value(),
                   .lanes = static_cast<double>(hall.gpus_per_node),
                   .why = {}};
  if (fabric.out.rate.value() <= 0 || hall.nodes() < 2) return hall;
  const double lanes = pool.fabric.links_per_node.value_or(std::max(1, hardware->node.nics));
  hall.scale_out = {.name = QString::fromStdString(fabric.out.name), .rate = fabric.out.rate.value(), .lanes = lanes, .why = {}};
  hall.uplinks = hall.scale_out;
  hall.uplinks.name = Text::tr("leaf to spine");
  hall.uplinks.rate /= std::max(1.0, fabric.topology.leaf_oversubscription);
  hall.layers = fabric.topology.layers;
  hall.planes_stated = pool.fabric.planes.has_value();
  hall.planes = pool.fabric.planes.value_or(static_cast<int>(lanes));
  // A leaf holds one link of each of its nodes: as many leaves as links, for each group of nodes.
  const auto groups = (hall.nodes() + fabric.topology.nodes_per_leaf - 1) / std::max(1, fabric.topology.nodes_per_leaf);
  hall.leaves = static_cast<int>(std::ceil(static_cast<double>(groups) * lanes));
  hall.spines = hall.layers > 1 ? std::max(1, static_cast<int>(std::ceil(hall.leaves / 2.0))) : 0;
  return hall;
}

QString percent(double share) { return std::isnan(share) ? u"–"_qs : QLocale().toString(share * 100, 'f', 0) + u" %"_qs; }

}  // namespace

FleetMap fleet_map(const Scenario& scenario, const Contender& contender, const Data& data) {
  FleetMap map;
  map.empty_text = Text::tr("The selected scenario has no fleet");
  if (scenario.training || scenario.serving || !scenario.fleet) {
    for (std::size_t i = 0; i < scenario.pools.size(); ++i)
      map.halls << hall_of_pool(scenario.pools[i], static_cast<int>(i), data);
    if (scenario.training) add_training(scenario, contender, map.halls);
    if (scenario.serving) add_serving(scenario, contender, map.halls);
    map.sites << QString();
    return map;
  }
  const scenarios::FleetSpec& fleet = *scenario.fleet;
  for (const scenarios::SiteSpec& site : fleet.sites) map.sites << QString::fromStdString(site.name);
  const auto* used =
      contender.simulated == nullptr ? nullptr : scenarios::find_metric(contender.simulated->output.result, "gpu_utilisation");
  for (std::size_t i = 0; i < fleet.lots.size(); ++i) {
    const scenarios::LotSpec& lot = fleet.lots[i];
    MapHall hall;
    hall.name = QString::fromStdString(lot.name);
    hall.chip = QString::fromStdString(lot.accelerator);
    hall.node = QString::fromStdString(lot.node);
    hall.site = map.sites.value(lot.site);
    hall.count_key = u"fleet.lot.%1.count"_qs.arg(i);
    hall.gpus = lot.count;
    hall.role = Text::tr("%1, %2, from %3")
                    .arg(lot.acquisition == sim::Acquisition::rental ? Text::tr("rented") : Text::tr("bought"),
                         qtext(scenarios::name(lot.origin)), QString::fromStdString(lot.date));
    if (const Result<hw::NodeType> node = hw::find_node(data.catalogs.nodes, lot.node))
      hall.gpus_per_node = std::max(1, node->accelerators);
    if (used != nullptr) {
      hall.busy = used->estimate.value;
      hall.busy_why = Text::tr("mean of the whole fleet over the horizon");
    }
    map.halls << hall;
  }
  for (const scenarios::SiteLinkSpec& link : fleet.links)
    map.links << MapSiteLink{map.sites.value(link.from), map.sites.value(link.to), link.rate};
  return map;
}

QString hall_text(const MapHall& hall) {
  QStringList lines{Text::tr("%1: %L2 × %3").arg(hall.name).arg(hall.gpus).arg(hall.chip)};
  lines << Text::tr("%L1 nodes %2 of %3").arg(hall.nodes()).arg(hall.node).arg(hall.gpus_per_node);
  if (!hall.site.isEmpty()) lines << Text::tr("site %1").arg(hall.site);
  if (!hall.role.isEmpty()) lines << hall.role;
  if (!std::isnan(hall.busy)) lines << Text::tr("busy %1 (%2)").arg(percent(hall.busy), hall.busy_why);
  if (hall.leaves > 0)
    lines << Text::tr("%1 switch layers, %2 leaves, %3 planes").arg(hall.layers).arg(hall.leaves).arg(hall.planes);
  return lines.join(u'\n');
}

QString links_text(const MapHall& hall, const MapLinks& links) {
  QString text = Text::tr("%1, %2: %3 an accelerator, %4 links a node")
                     .arg(hall.name, links.name, rate_text(links.rate), QLocale().toString(links.lanes, 'g', 3));
  text += u'\n' +
          (std::isnan(links.load) ? Text::tr("load not known") : Text::tr("load %1 (%2)").arg(percent(links.load), links.why));
  return text;
}

TableData fleet_table(const FleetMap& map) {
  TableData table{{Text::tr("Where"), Text::tr("What"), Text::tr("Chip or link"), Text::tr("Count"), Text::tr("Rate"),
                   Text::tr("Load"), Text::tr("Role")},
                  {},
                  {}};
  const auto load = [](double share, const QString& why) {
    return std::isnan(share) ? Cell{.text = u"–"_qs, .mark = Cell::Mark::faint}
                             : Cell{.text = percent(share), .number = share, .hint = why};
  };
  for (int i = 0; i < map.halls.size(); ++i) {
    const MapHall& hall = map.halls[i];
    const QString where = hall.site.isEmpty() ? hall.name : u"%1 / %2"_qs.arg(hall.site, hall.name);
    table.rows << QList<Cell>{
        {.text = where},
        {.text = Text::tr("accelerators")},
        {.text = hall.chip},
        {.text = QLocale().toString(static_cast<qlonglong>(hall.gpus)), .number = static_cast<double>(hall.gpus)},
        {},
        load(hall.busy, hall.busy_why),
        {.text = hall.role}};
    table.keys << i;
    for (const MapLinks* links : {&hall.scale_up, &hall.scale_out, &hall.uplinks}) {
      if (links->lanes <= 0) continue;
      const double count = links->lanes * static_cast<double>(hall.nodes());
      table.rows << QList<Cell>{{.text = where},
                                {.text = links == &hall.scale_up    ? Text::tr("links inside nodes")
                                         : links == &hall.scale_out ? Text::tr("links of nodes")
                                                                    : Text::tr("links of leaves")},
                                {.text = links->name},
                                {.text = QLocale().toString(count, 'f', 0), .number = count},
                                {.text = rate_text(links->rate), .number = links->rate},
                                load(links->load, links->why),
                                {}};
      table.keys << i;
    }
  }
  for (const MapSiteLink& link : map.links) {
    table.rows << QList<Cell>{{.text = u"%1 – %2"_qs.arg(link.from, link.to)},
                              {.text = Text::tr("link of sites")},
                              {},
                              {.text = u"1"_qs, .number = 1},
                              {.text = rate_text(link.rate), .number = link.rate},
                              load(kUnknownLoad, {}),
                              {}};
    table.keys << QVariant();
  }
  return table;
}

}  // namespace gpufleet::gui
