#include "scenarios/fabric/fabric_text.h"

#include <cmath>
#include <limits>

#include "scenarios/output/records.h"

namespace gpufleet::scenarios {
namespace {

double milliseconds(const std::optional<Seconds>& time) {
  constexpr double kMilli = 1e3;
  return time ? time->value() * kMilli : std::numeric_limits<double>::infinity();
}

Record hall_record(const HallAnswer& hall) {
  return {{"hall", hall.name},
          {"gpus", double(hall.gpus)},
          {"nodes", double(hall.nodes)},
          {"planes", double(hall.planes)},
          {"leaves", double(hall.leaves)},
          {"spines", double(hall.spines)},
          {"cores", double(hall.cores)},
          {"all_reduce_ms", milliseconds(hall.whole.all_reduce)},
          {"all_reduce_failed_ms", milliseconds(hall.failed.all_reduce)},
          {"exchange_gpus", double(hall.exchange_ranks)},
          {"all_to_all_ms", milliseconds(hall.whole.all_to_all)},
          {"all_to_all_failed_ms", milliseconds(hall.failed.all_to_all)}};
}

}  // namespace

std::string fabric_text(const FabricAnswer& answer, Format format) {
  std::vector<Record> halls;
  for (const HallAnswer& hall : answer.halls) halls.push_back(hall_record(hall));
  constexpr int kDigits = 5;
  if (format == Format::csv) return list_text(halls, format, kDigits);
  const Record network{{"endpoints", double(answer.counts.endpoints)},
                       {"switches", double(answer.counts.switches)},
                       {"links_between_switches", double(answer.counts.links_between_switches)},
                       {"links_between_halls", double(answer.counts.links_between_halls)},
                       {"transceivers", double(answer.bill.transceivers)},
                       {"price_usd", answer.bill.price.value()},
                       {"price_usd_per_endpoint", answer.bill.price_per_endpoint(answer.counts).value()},
                       {"power_w", answer.bill.power.value()},
                       {"cables_down", double(answer.cables_down)},
                       {"message_bytes", answer.message}};
  return record_text(network, "halls", halls, format, kDigits);
}

}  // namespace gpufleet::scenarios
