#include "scenarios/search/layout_text.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "hwprofiles/csv.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kGib = 1073741824.0, kJoulesPerKilowattHour = 3.6e6;

void add_row(TextTable& table, std::string place, const FoundLayout& found, const FoundLayout& best) {
  table.row({std::move(place), found.text, number_text(found.seconds, 4),
             fmt::format("{} - {}", number_text(found.interval.low, 3), number_text(found.interval.high, 3)),
             fmt::format("{:.1f}", found.memory / kGib), found.usd ? number_text(*found.usd, 3) : "-",
             found.joules ? number_text(*found.joules / kJoulesPerKilowattHour, 3) : "-",
             fmt::format("{:.1f} %", (found.bound / found.seconds) * 100),
             &found == &best ? "-" : fmt::format("{:.0f} %", found.first_beats * 100)});
}

std::string table_text(const LayoutAnswer& answer) {
  const auto table = [] {
    return TextTable({{"", Align::right},
                      {"layout", Align::left},
                      {"step_s", Align::right},
                      {"10-90 %", Align::right},
                      {"GiB", Align::right},
                      {"USD", Align::right},
                      {"kWh", Align::right},
                      {"bound", Align::right},
                      {"1 wins", Align::right}});
  };
  std::string out = fmt::format("{} valid layouts: {} do not fit, {} ruled out by their bound, {} simulated{}\n",
                                answer.candidates, answer.too_big, answer.ruled_out, answer.simulated,
                                answer.certain ? "" : " (stopped early: better ones may be left)");
  if (answer.top.empty()) return out;
  const FoundLayout& best = answer.top.front();
  TextTable top = table();
  for (std::size_t i = 0; i < answer.top.size(); ++i) add_row(top, fmt::format("{}", i + 1), answer.top[i], best);
  if (answer.own) add_row(top, "own", *answer.own, best);
  out += fmt::format("\n{}", top.str());
  if (answer.own)
    out += fmt::format("\nown: the scenario's layout, {} than the best ({} simulated ones are better): {}\n",
                       answer.own->seconds < best.seconds
                           ? fmt::format("{} faster", percent_text(best.seconds / answer.own->seconds - 1))
                           : fmt::format("{} slower", percent_text(answer.own->seconds / best.seconds - 1)),
                       answer.own_rank, why_slower(best, *answer.own));
  else
    out += fmt::format("\nown: the scenario's layout does not fit: {}\n", answer.own_refusal);
  if (answer.top.size() > 1)
    out +=
        fmt::format("2 loses to 1, in {:.0f} % of draws: {}\n", answer.top[1].first_beats * 100, why_slower(best, answer.top[1]));
  TextTable front({{"layout", Align::left}, {"step_s", Align::right}, {"GiB", Align::right}, {"USD", Align::right}});
  for (const FoundLayout& found : answer.front)
    front.row({found.text, number_text(found.seconds, 4), fmt::format("{:.1f}", found.memory / kGib),
               found.usd ? number_text(*found.usd, 3) : "-"});
  return out + fmt::format("\nPareto front of time, memory and cost among the simulated layouts\n{}", front.str());
}

void add_json(JsonWriter& json, const FoundLayout& found) {
  json.begin_object().key("layout").text(found.text).key("step_time_s").number(found.seconds);
  json.key("low_s").number(found.interval.low).key("high_s").number(found.interval.high);
  json.key("bound_s").number(found.bound).key("memory_gib").number(found.memory / kGib);
  if (found.usd) json.key("step_cost_usd").number(*found.usd);
  if (found.joules) json.key("step_energy_kwh").number(*found.joules / kJoulesPerKilowattHour);
  json.key("gpus").integer(found.gpus);
  json.key("first_beats").number(found.first_beats).key("parts_s").begin_object();
  for (int part = 0; part < sim::kStepParts; ++part)
    json.key(sim::name(static_cast<sim::StepPart>(part))).number(found.parts[static_cast<std::size_t>(part)]);
  json.end_object().end_object();
}

std::string json_text(const LayoutAnswer& answer) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().key("candidates").integer(static_cast<std::int64_t>(answer.candidates));
  json.key("too_big").integer(static_cast<std::int64_t>(answer.too_big));
  json.key("ruled_out").integer(static_cast<std::int64_t>(answer.ruled_out));
  json.key("simulated").integer(static_cast<std::int64_t>(answer.simulated)).key("certain").boolean(answer.certain);
  json.key("top").begin_array();
  for (const FoundLayout& found : answer.top) add_json(json, found);
  json.end_array();
  if (answer.own) {
    json.key("own");
    add_json(json, *answer.own);
    json.key("own_rank").integer(static_cast<std::int64_t>(answer.own_rank));
  } else {
    json.key("own_refusal").text(answer.own_refusal);
  }
  if (answer.top.size() > 1) json.key("why_second_loses").text(why_slower(answer.top[0], answer.top[1]));
  json.key("front").begin_array();
  for (const FoundLayout& found : answer.front) add_json(json, found);
  json.end_array().end_object();
  return json.str() + "\n";
}

std::string csv_text(const LayoutAnswer& answer) {
  std::string out = "rank,layout,step_time_s,low_s,high_s,bound_s,memory_gib,step_cost_usd,step_energy_kwh,gpus,first_beats\n";
  const auto row = [&](const std::string& place, const FoundLayout& found) {
    out += fmt::format("{},", place);
    hw::append_csv_text(out, found.text);
    out += fmt::format(",{},{},{},{},{},{},{},{},{}\n", found.seconds, found.interval.low, found.interval.high, found.bound,
                       found.memory / kGib, found.usd ? fmt::format("{}", *found.usd) : std::string(),
                       found.joules ? fmt::format("{}", *found.joules / kJoulesPerKilowattHour) : std::string(), found.gpus,
                       found.first_beats);
  };
  for (std::size_t i = 0; i < answer.top.size(); ++i) row(fmt::format("{}", i + 1), answer.top[i]);
  if (answer.own) row("own", *answer.own);
  return out;
}

}  // namespace

std::string why_slower(const FoundLayout& best, const FoundLayout& other) {
  std::array<std::size_t, sim::kStepParts> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto difference = [&](std::size_t part) { return other.parts[part] - best.parts[part]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(difference(a)) > std::abs(difference(b)); });
  std::string out;
  const double whole = std::abs(other.seconds - best.seconds);
  for (const std::size_t part : order) {
    if (std::abs(difference(part)) < std::max(whole * 0.02, 1e-9)) continue;  // crumbs explain nothing
    const double seconds = difference(part);
    out += fmt::format("{}{} {}{} s", out.empty() ? "" : ", ", sim::name(static_cast<sim::StepPart>(part)),
                       seconds < 0 ? "-" : "+", number_text(std::abs(seconds), 3));
  }
  return out.empty() ? "no difference" : out;
}

std::string layout_text(const LayoutAnswer& answer, Format format) {
  switch (format) {
    case Format::csv: return csv_text(answer);
    case Format::json: return json_text(answer);
    default: return table_text(answer);
  }
}

}  // namespace gpufleet::scenarios
