#include "scenarios/output/step_trace_json.h"

#include <fmt/format.h>
#include <algorithm>

#include "scenarios/output/json_writer.h"

namespace gpufleet::scenarios {
namespace {

// Names of chrome://tracing's palette.
constexpr std::string_view kCriticalColour = "terrible";

class TraceWriter {
 public:
  TraceWriter() { json_.begin_object().key("displayTimeUnit").text("ms").key("traceEvents").begin_array(); }

  void name_rows(std::int32_t stages) {
    metadata("process_name", 0, "training step");
    for (std::int32_t stage = 0; stage < stages; ++stage) {
      metadata("thread_name", 2 * stage, fmt::format("stage {} compute", stage));
      metadata("thread_name", 2 * stage + 1, fmt::format("stage {} communication", stage));
    }
  }
  void event(std::string_view name, std::int32_t row, Time begin, Time end, bool critical) {
    json_.begin_object().key("name").text(name).key("cat").text(critical ? "critical" : "step").key("ph").text("X");
    if (critical) json_.key("cname").text(kCriticalColour);
    json_.key("pid").integer(0).key("tid").integer(row);
    json_.key("ts").number(microseconds(begin));
    json_.key("dur").number(microseconds(end - begin));
    json_.key("args").begin_object().key("critical").boolean(critical);
  }
  void argument(std::string_view name, std::int64_t value) { json_.key(name).integer(value); }
  void close() { json_.end_object().end_object(); }
  void memory(const sim::MemoryPoint& point) {
    constexpr double kGib = 1073741824.0;
    json_.begin_object().key("name").text(fmt::format("stage {} memory, GiB", point.stage)).key("ph").text("C");
    json_.key("pid").integer(0).key("ts").number(microseconds(point.at));
    json_.key("args").begin_object().key("GiB").number(point.bytes / kGib).end_object().end_object();
  }
  std::string finish() {
    json_.end_array().end_object();
    return json_.str() + "\n";
  }

 private:
  static double microseconds(Time time) {
    constexpr double kPicoseconds = 1e6;
    return static_cast<double>(time.value()) / kPicoseconds;
  }
  void metadata(std::string_view what, std::int32_t row, std::string_view name) {
    json_.begin_object().key("name").text(what).key("ph").text("M").key("pid").integer(0).key("tid").integer(row);
    json_.key("args").begin_object().key("name").text(name).end_object().end_object();
  }

  JsonWriter json_{JsonWriter::Layout::compact};
};

}  // namespace

std::string step_trace_json(std::span<const sim::Span> spans, std::span<const sim::TransferSpan> transfers,
                            std::span<const sim::MemoryPoint> memory) {
  TraceWriter out;
  std::int32_t stages = 0;
  for (const sim::Span& span : spans) stages = std::max(stages, span.stage + 1);
  out.name_rows(stages);
  for (const sim::Span& span : spans) {
    const bool block = span.part != sim::StepPart::optimizer;
    const std::string name = block ? fmt::format("{} {}", sim::name(span.part), span.micro_batch) : "optimizer";
    out.event(name, 2 * span.stage, span.begin, span.end, span.critical);
    if (block) {
      out.argument("chunk", span.chunk);
      out.argument("micro_batch", span.micro_batch);
    }
    out.close();
  }
  for (const sim::TransferSpan& transfer : transfers) {
    out.event(sim::name(transfer.cost), 2 * transfer.stage + 1, transfer.begin, transfer.end, transfer.critical);
    out.close();
  }
  for (const sim::MemoryPoint& point : memory) out.memory(point);
  return out.finish();
}

}  // namespace gpufleet::scenarios
