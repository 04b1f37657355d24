#include "gui/metric_facts.h"

#include "gui/text.h"
#include "scenarios/output/number_text.h"

namespace gpufleet::gui {
namespace {

// Parts of metric names in this order: the first that a name holds decides.
struct Fact {
  std::string_view part;
  Better better;
  MetricGroup group;
};
constexpr Fact kFacts[] = {
    {"cost", Better::less, MetricGroup::cost},
    {"capex", Better::less, MetricGroup::cost},
    {"opex", Better::less, MetricGroup::cost},
    {"horizon_cash", Better::less, MetricGroup::cost},
    {"revenue", Better::more, MetricGroup::cost},
    {"energy", Better::less, MetricGroup::cost},
    {"carbon", Better::less, MetricGroup::cost},
    {"power", Better::less, MetricGroup::cost},
    {"gpu_hours_per", Better::less, MetricGroup::cost},
    {"run_gpu_hours", Better::less, MetricGroup::cost},
    {"effective_training", Better::more, MetricGroup::reliability},
    {"interruptions", Better::less, MetricGroup::reliability},
    {"mean_time_to_failure", Better::more, MetricGroup::reliability},
    {"lost_gpu", Better::less, MetricGroup::reliability},
    {"recovery", Better::less, MetricGroup::reliability},
    {"checkpoint", Better::neither, MetricGroup::reliability},
    {"restart", Better::less, MetricGroup::reliability},
    {"per_second", Better::more, MetricGroup::throughput},
    {"per_day", Better::more, MetricGroup::throughput},
    {"tflops", Better::more, MetricGroup::throughput},
    {"mfu", Better::more, MetricGroup::throughput},
    {"goodput", Better::more, MetricGroup::throughput},
    {"slo_", Better::more, MetricGroup::latency},
    {"largest_rate", Better::more, MetricGroup::throughput},
    {"served_tokens", Better::more, MetricGroup::throughput},
    {"unmet", Better::less, MetricGroup::throughput},
    {"utilisation", Better::more, MetricGroup::throughput},
    {"prefix_hit", Better::more, MetricGroup::throughput},
    {"memory_per_gpu", Better::less, MetricGroup::memory},
    {"memory_", Better::less, MetricGroup::memory},
    {"kv_memory", Better::neither, MetricGroup::memory},
    {"_time", Better::less, MetricGroup::latency},
    {"run_days", Better::less, MetricGroup::latency},
    {"ttft", Better::less, MetricGroup::latency},
    {"tpot", Better::less, MetricGroup::latency},
    {"e2e", Better::less, MetricGroup::latency},
    {"nodes", Better::less, MetricGroup::fleet},
    {"equivalents", Better::more, MetricGroup::fleet},
    {"tpp_total", Better::more, MetricGroup::fleet},
    {"fleet_memory", Better::more, MetricGroup::fleet},
};

const Fact* fact(std::string_view metric) {
  for (const Fact& each : kFacts)
    if (metric.find(each.part) != std::string_view::npos) return &each;
  return nullptr;
}

}  // namespace

Better better(std::string_view metric) {
  const Fact* found = fact(metric);
  return found == nullptr ? Better::neither : found->better;
}

MetricGroup group_of(std::string_view metric) {
  const Fact* found = fact(metric);
  return found == nullptr ? MetricGroup::fleet : found->group;
}

QString group_name(MetricGroup group) {
  switch (group) {
    case MetricGroup::throughput: return Text::tr("Throughput");
    case MetricGroup::latency: return Text::tr("Time and latency");
    case MetricGroup::cost: return Text::tr("Cost and energy");
    case MetricGroup::memory: return Text::tr("Memory");
    case MetricGroup::reliability: return Text::tr("Reliability");
    case MetricGroup::fleet: return Text::tr("Fleet");
  }
  return {};
}

QString words(std::string_view name) { return qtext(name).replace(u'_', u' '); }

QString value_text(double value, int digits, std::string_view unit) {
  QString text = QString::fromStdString(scenarios::number_text(value, digits)).replace(u'.', QLocale().decimalPoint());
  if (!unit.empty() && unit != "ratio" && unit != "count") text += u' ' + qtext(unit);
  return text;
}

}  // namespace gpufleet::gui
